// SPDX-License-Identifier: MIT
// leat/sync_impl.h: the common case of the calls of leat/sync.h, compiled into
// the program (see leat/inline.h).
//
// The macros have the names of the functions. Those are called where the
// common case does not hold, by pointer, or with the name in parentheses.
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

#define leat_once_do(o, fn, arg) leat__once_do_here(o, fn, arg)
// Once it is done a call is one load.
LEAT__HERE void
leat__once_do_here(struct leat_once *o, void (*fn)(void *arg), void *arg)
{
    if (!LEAT__COMMON(
            __atomic_load_n(&o->state, __ATOMIC_ACQUIRE) == LEAT__ONCE_DONE))
        (leat_once_do)(o, fn, arg);
}

// Whether delta may be added to the state s of a waitgroup.
LEAT__HERE bool
leat__waitgroup_allows(uint64_t s, int delta)
{
    int64_t v = (int64_t)(int32_t)(s >> 32) + delta;
    return v >= 0 && v <= INT32_MAX;
}

#if !LEAT__CALLS_ONLY

#define leat_mutex_lock(m) leat__mutex_lock_here(m)
#define leat_mutex_unlock(m) leat__mutex_unlock_here(m)
#define leat_rwmutex_lock(rw) leat__rwmutex_lock_here(rw)
#define leat_rwmutex_unlock(rw) leat__rwmutex_unlock_here(rw)
#define leat_rwmutex_rlock(rw) leat__rwmutex_rlock_here(rw)
#define leat_rwmutex_runlock(rw) leat__rwmutex_runlock_here(rw)
#define leat_waitgroup_add(wg, delta) leat__waitgroup_add_here(wg, delta)
#define leat_waitgroup_done(wg) leat__waitgroup_add_here(wg, -1)
#define leat_waitgroup_wait(wg) leat__waitgroup_wait_here(wg)

// The halves of a mutex's state: locked or not, and what is to be done when it
// is unlocked. Both of the processors store the lower half first.
LEAT__HERE uint32_t *
leat__mutex_half(struct leat_mutex *m, int upper)
{
    return (uint32_t *)(void *)&m->state + upper;
}

// Shared: one exchange, which leaves the upper half alone.
LEAT__HERE void
leat__mutex_lock_here(struct leat_mutex *m)
{
    if (leat__is_shared()) {
        if (LEAT__COMMON(__atomic_exchange_n(leat__mutex_half(m, 0),
                             LEAT__MUTEX_LOCKED, __ATOMIC_ACQUIRE) == 0))
            return;
    } else if (LEAT__COMMON(
                   leat__alone_step64(&m->state, 0, LEAT__MUTEX_LOCKED))) {
        return;
    }
    leat__mutex_lock_contended(m);
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
LEAT__HERE void
leat__mutex_unlock_here(struct leat_mutex *m)
{
    if (!leat__is_shared()) {
        if (LEAT__COMMON(
                leat__alone_step64(&m->state, LEAT__MUTEX_LOCKED, 0)))
            return;
    } else if (LEAT__COMMON(leat__mutex_is_simple(m))) {
        uint32_t *sleepers = leat__sleepers_of(m);
        __atomic_store_n(leat__mutex_half(m, 0), 0, __ATOMIC_RELEASE);
        // From here on m may be gone.
        __atomic_signal_fence(__ATOMIC_SEQ_CST);
        if (!LEAT__COMMON(__atomic_load_n(sleepers, __ATOMIC_RELAXED) == 0))
            leat__mutex_unlocked(m);
        return;
    }
    (leat_mutex_unlock)(m);
}

LEAT__HERE void
leat__rwmutex_lock_here(struct leat_rwmutex *rw)
{
    if (!LEAT__COMMON(leat__step(&rw->state, 0, LEAT__RW_WRITER)))
        leat__rwmutex_lock_contended(rw);
}

LEAT__HERE void
leat__rwmutex_unlock_here(struct leat_rwmutex *rw)
{
    if (!LEAT__COMMON(leat__step(&rw->state, LEAT__RW_WRITER, 0)))
        (leat_rwmutex_unlock)(rw);
}

LEAT__HERE void
leat__rwmutex_rlock_here(struct leat_rwmutex *rw)
{
    uint32_t s = __atomic_load_n(&rw->state, __ATOMIC_RELAXED);
    if (!LEAT__COMMON((s & (LEAT__RW_WRITER | LEAT__RW_WAITERS)) == 0 &&
            leat__step(&rw->state, s, s + LEAT__RW_READER)))
        leat__rwmutex_rlock_contended(rw);
}

LEAT__HERE void
leat__rwmutex_runlock_here(struct leat_rwmutex *rw)
{
    uint32_t s = __atomic_load_n(&rw->state, __ATOMIC_RELAXED);
    if (!LEAT__COMMON(s >= LEAT__RW_READER && (s & LEAT__RW_WAITERS) == 0 &&
            leat__step(&rw->state, s, s - LEAT__RW_READER)))
        (leat_rwmutex_runlock)(rw);
}

// Shared: one addition, which does not fail however many make it. More is to
// be done if the counter reaches zero while somebody waits, or if another
// step, not allowed beside this one, came in between.
LEAT__HERE void
leat__waitgroup_add_here(struct leat_waitgroup *wg, int delta)
{
    uint64_t s = __atomic_load_n(&wg->state, __ATOMIC_RELAXED);
    uint64_t step = (uint64_t)(int64_t)delta << 32;
    if (!LEAT__COMMON(leat__waitgroup_allows(s, delta))) {
        (leat_waitgroup_add)(wg, delta);
    } else if (leat__is_shared()) {
        s = __atomic_fetch_add(&wg->state, step, __ATOMIC_ACQ_REL);
        // From here on wg may be gone.
        if (!LEAT__COMMON(leat__waitgroup_allows(s, delta) &&
                s + step != LEAT__WG_WAITERS))
            leat__waitgroup_added(wg, s, delta);
    } else if (!LEAT__COMMON((s & LEAT__WG_WAITERS) == 0 &&
                   leat__alone_step64(&wg->state, s, s + step))) {
        (leat_waitgroup_add)(wg, delta);
    }
}

// Acquires what was done before the counter reached zero.
LEAT__HERE void
leat__waitgroup_wait_here(struct leat_waitgroup *wg)
{
    if (!LEAT__COMMON(__atomic_load_n(&wg->state, __ATOMIC_ACQUIRE) >> 32 ==
            0))
        (leat_waitgroup_wait)(wg);
}

#endif

#endif
