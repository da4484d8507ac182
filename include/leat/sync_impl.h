// SPDX-License-Identifier: MIT
// leat/sync_impl.h: the common case of the calls of leat/sync.h, compiled into
// the program (see leat/inline.h).
//
// The macros have the names of the functions. Those are called where the
// common case does not hold, by pointer, or with the name in parentheses. The
// call stands in the macro, on the line of the program, so that a trace shows
// that line; what the macros call here says whether it has done all.
#ifndef LEAT__SYNC_IMPL_H
#define LEAT__SYNC_IMPL_H

#include <leat/inline.h>
#include <leat/sync.h>

enum {
    LEAT__MUTEX_LOCKED = 1, // alone in the lower half
    LEAT__RW_WRITER = 1,
    LEAT__RW_WAITERS = 2,
    LEAT__RW_READER = 4,
    LEAT__WG_WAITERS = 1,
    LEAT__ONCE_DONE = 3
};

#define LEAT__O(n) LEAT__CAT(leat__o, n)

#define leat_once_do(o, fn, arg) leat__once_do(o, fn, arg, __COUNTER__)
#define leat__once_do(o, fn, arg, n)                                          \
    ({                                                                        \
        struct leat_once *LEAT__O(n) = (o);                                   \
        void (*LEAT__CAT(leat__of, n))(void *) = (fn);                        \
        void *LEAT__CAT(leat__oa, n) = (arg);                                 \
        if (!leat__once_is_done(LEAT__O(n)))                                  \
            (leat_once_do)(                                                   \
                LEAT__O(n), LEAT__CAT(leat__of, n), LEAT__CAT(leat__oa, n));  \
    })

// Once it is done a call is one load.
LEAT__HERE bool
leat__once_is_done(const struct leat_once *o)
{
    return LEAT__COMMON(
        __atomic_load_n(&o->state, __ATOMIC_ACQUIRE) == LEAT__ONCE_DONE);
}

// Whether delta may be added to the state s of a waitgroup.
LEAT__HERE bool
leat__waitgroup_allows(uint64_t s, int delta)
{
    int64_t v = (int64_t)(int32_t)(s >> 32) + delta;
    return v >= 0 && v <= INT32_MAX;
}

#if !LEAT__CALLS_ONLY

#define LEAT__SYNC(type, o, here, call, n)                                    \
    ({                                                                        \
        struct type *LEAT__O(n) = (o);                                        \
        if (!here(LEAT__O(n)))                                                \
            (call)(LEAT__O(n));                                               \
    })
#define leat_mutex_lock(m)                                                    \
    LEAT__SYNC(leat_mutex, m, leat__mutex_lock_here,                          \
        leat__mutex_lock_contended, __COUNTER__)
#define leat_mutex_unlock(m)                                                  \
    LEAT__SYNC(leat_mutex, m, leat__mutex_unlock_here, leat_mutex_unlock,     \
        __COUNTER__)
#define leat_rwmutex_lock(rw)                                                 \
    LEAT__SYNC(leat_rwmutex, rw, leat__rwmutex_lock_here,                     \
        leat__rwmutex_lock_contended, __COUNTER__)
#define leat_rwmutex_unlock(rw)                                               \
    LEAT__SYNC(leat_rwmutex, rw, leat__rwmutex_unlock_here,                   \
        leat_rwmutex_unlock, __COUNTER__)
#define leat_rwmutex_rlock(rw)                                                \
    LEAT__SYNC(leat_rwmutex, rw, leat__rwmutex_rlock_here,                    \
        leat__rwmutex_rlock_contended, __COUNTER__)
#define leat_rwmutex_runlock(rw)                                              \
    LEAT__SYNC(leat_rwmutex, rw, leat__rwmutex_runlock_here,                  \
        leat_rwmutex_runlock, __COUNTER__)
#define leat_waitgroup_wait(wg)                                               \
    LEAT__SYNC(leat_waitgroup, wg, leat__waitgroup_wait_here,                 \
        leat_waitgroup_wait, __COUNTER__)
#define leat_waitgroup_done(wg) leat__waitgroup_add(wg, -1, __COUNTER__)
#define leat_waitgroup_add(wg, delta)                                         \
    leat__waitgroup_add(wg, delta, __COUNTER__)

// The halves of a mutex's state: locked or not, and what is to be done when it
// is unlocked. Both of the processors store the lower half first.
LEAT__HERE uint32_t *
leat__mutex_half(struct leat_mutex *m, int upper)
{
    return (uint32_t *)(void *)&m->state + upper;
}

// Shared: one exchange, which leaves the upper half alone.
LEAT__HERE bool
leat__mutex_lock_here(struct leat_mutex *m)
{
    if (leat__is_shared())
        return LEAT__COMMON(__atomic_exchange_n(leat__mutex_half(m, 0),
                                LEAT__MUTEX_LOCKED, __ATOMIC_ACQUIRE) == 0);
    return LEAT__COMMON(
        leat__alone_step64(&m->state, 0, LEAT__MUTEX_LOCKED));
}

// Whether nobody has to be woken, and m is locked.
LEAT__HERE bool
leat__mutex_is_simple(struct leat_mutex *m)
{
    return __atomic_load_n(leat__mutex_half(m, 0), __ATOMIC_RELAXED) ==
        LEAT__MUTEX_LOCKED &&
        __atomic_load_n(leat__mutex_half(m, 1), __ATOMIC_RELAXED) == 0;
}

// Shared: a plain store and a plain load. Who starts to wait counts itself
// in leat__sleepers, sets its bit in the upper half and makes every thread
// pass a fence; then it looks at the lower half again (src/sync/mutex.c).
LEAT__HERE bool
leat__mutex_unlock_here(struct leat_mutex *m)
{
    if (!leat__is_shared())
        return LEAT__COMMON(
            leat__alone_step64(&m->state, LEAT__MUTEX_LOCKED, 0));
    if (!LEAT__COMMON(leat__mutex_is_simple(m)))
        return false;
    uint32_t *sleepers = leat__sleepers_of(m);
    __atomic_store_n(leat__mutex_half(m, 0), 0, __ATOMIC_RELEASE);
    // From here on m may be gone.
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    if (!LEAT__COMMON(__atomic_load_n(sleepers, __ATOMIC_RELAXED) == 0))
        leat__mutex_unlocked(m);
    return true;
}

LEAT__HERE bool
leat__rwmutex_lock_here(struct leat_rwmutex *rw)
{
    return LEAT__COMMON(leat__step(&rw->state, 0, LEAT__RW_WRITER));
}

LEAT__HERE bool
leat__rwmutex_unlock_here(struct leat_rwmutex *rw)
{
    return LEAT__COMMON(leat__step(&rw->state, LEAT__RW_WRITER, 0));
}

LEAT__HERE bool
leat__rwmutex_rlock_here(struct leat_rwmutex *rw)
{
    uint32_t s = __atomic_load_n(&rw->state, __ATOMIC_RELAXED);
    return LEAT__COMMON((s & (LEAT__RW_WRITER | LEAT__RW_WAITERS)) == 0 &&
        leat__step(&rw->state, s, s + LEAT__RW_READER));
}

LEAT__HERE bool
leat__rwmutex_runlock_here(struct leat_rwmutex *rw)
{
    uint32_t s = __atomic_load_n(&rw->state, __ATOMIC_RELAXED);
    return LEAT__COMMON(s >= LEAT__RW_READER && (s & LEAT__RW_WAITERS) == 0 &&
        leat__step(&rw->state, s, s - LEAT__RW_READER));
}

#define leat__waitgroup_add(wg, delta, n)                                     \
    ({                                                                        \
        struct leat_waitgroup *LEAT__O(n) = (wg);                             \
        int LEAT__CAT(leat__d, n) = (delta);                                  \
        uint64_t LEAT__CAT(leat__s, n);                                       \
        enum leat__added LEAT__CAT(leat__r, n) = leat__waitgroup_add_here(    \
            LEAT__O(n), LEAT__CAT(leat__d, n), &LEAT__CAT(leat__s, n));       \
        if (LEAT__CAT(leat__r, n) == LEAT__ADD_MORE)                          \
            leat__waitgroup_added(LEAT__O(n), LEAT__CAT(leat__s, n),          \
                LEAT__CAT(leat__d, n));                                       \
        else if (LEAT__CAT(leat__r, n) == LEAT__ADD_NOT)                      \
            (leat_waitgroup_add)(LEAT__O(n), LEAT__CAT(leat__d, n));          \
    })

enum leat__added {
    LEAT__ADD_DONE,
    LEAT__ADD_NOT, // nothing was done
    LEAT__ADD_MORE // it was added, and *before is to be looked at
};

// Shared: one addition, which does not fail however many make it, and no look
// before: it would fetch the line of the word twice, to read and to write.
// More is to be done if the counter reaches zero while somebody waits, or if
// the step was not allowed: then it is taken back.
LEAT__HERE enum leat__added
leat__waitgroup_add_here(
    struct leat_waitgroup *wg, int delta, uint64_t *before)
{
    uint64_t s, step = (uint64_t)(int64_t)delta << 32;
    if (leat__is_shared()) {
        s = __atomic_fetch_add(&wg->state, step, __ATOMIC_ACQ_REL);
        // From here on wg may be gone.
        *before = s;
        return LEAT__COMMON(leat__waitgroup_allows(s, delta) &&
                   s + step != LEAT__WG_WAITERS)
            ? LEAT__ADD_DONE : LEAT__ADD_MORE;
    }
    *before = s = __atomic_load_n(&wg->state, __ATOMIC_RELAXED);
    return LEAT__COMMON(leat__waitgroup_allows(s, delta) &&
               (s & LEAT__WG_WAITERS) == 0 &&
               leat__alone_step64(&wg->state, s, s + step))
        ? LEAT__ADD_DONE : LEAT__ADD_NOT;
}

// Acquires what was done before the counter reached zero. With somebody
// queued the call has to see that they are let go.
LEAT__HERE bool
leat__waitgroup_wait_here(struct leat_waitgroup *wg)
{
    return LEAT__COMMON(
        __atomic_load_n(&wg->state, __ATOMIC_ACQUIRE) == 0);
}

#endif

#endif
