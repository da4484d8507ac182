// SPDX-License-Identifier: MIT
// sync/rwmutex.c: many readers or one writer.
//
// Idea: one word: a bit for the writer, a bit for "somebody waits", and the
// number of readers. While nobody waits all is compare-and-swap. Once
// somebody does, the newcomers queue up behind, and whoever lets go hands the
// lock over under the root's lock: a writer to all readers that wait, the
// last reader to the first writer. So writers and readers take turns, as in
// Go, and neither can starve the other.
//
// Invariants: RW_WAITERS is set if and only if one of the two queues (writers
// at the address of the rwmutex, readers one byte behind, in the same root)
// is not empty, and changes only under the root's lock. While it is set only
// holders change the rest of the word, and the last of them only under the
// root's lock: it is still a holder when it takes that lock, so the rwmutex
// exists; after its store it does not touch it.
//
// Rejected: Go's layout (a mutex for the writers, two semaphores and two
// counters): a writer takes and leaves four words there, and a waiter that
// gives up would have to put three of them right.
#include "sync/sync_int.h"

enum {
    RW_WRITER = LEAT__RW_WRITER,
    RW_WAITERS = LEAT__RW_WAITERS,
    // One reader; so up to 2^30 - 1 of them, as in Go.
    RW_READER = LEAT__RW_READER
};

// What one of the two kinds of waiters asks of the word.
struct rw_kind {
    uint32_t takes;   // added when it has the lock
    uint32_t barred;  // bits that must be clear
    enum leat__wait reason;
};
static const struct rw_kind rw_write = {
    RW_WRITER, UINT32_MAX, WAIT_RWMUTEX_LOCK};
static const struct rw_kind rw_read = {
    RW_READER, RW_WRITER | RW_WAITERS, WAIT_RWMUTEX_RLOCK};

static const void *
rw_queue(const struct leat_rwmutex *rw, const struct rw_kind *kind)
{
    return (const char *)rw + (kind == &rw_read);
}

// Takes waiters of a kind off their queue: all readers or one writer. What
// they take of the word; they are linked to *woken.
static uint32_t
rw_admit(struct leat__semaroot *root, struct leat_rwmutex *rw,
    const struct rw_kind *kind, struct leat__semawaiter **woken)
{
    uint32_t n = 0;
    const void *queue = rw_queue(rw, kind);
    if (kind == &rw_read)
        *woken = leat__sema_pop_all(root, queue, &n);
    else if ((*woken = leat__sema_pop(root, queue)) != NULL)
        n = 1;
    return n * kind->takes;
}

// The heart: `gives` of the word is given back (RW_WRITER, RW_READER, or 0
// when a waiter has given up), who may go in is let in, and the root, which
// the caller has locked, is unlocked.
static void
rw_settle(struct leat__m *m, struct leat__semaroot *root,
    struct leat_rwmutex *rw, uint32_t gives)
{
    struct leat__semawaiter *woken = NULL;
    const void *writers = rw_queue(rw, &rw_write);
    const void *readers = rw_queue(rw, &rw_read);
    // Others may give back meanwhile, but never the last (see the top).
    uint32_t held =
        (leat__sync_load(&rw->state) - gives) & ~(uint32_t)RW_WAITERS;
    uint32_t takes = 0;
    if (held == 0 && gives != RW_WRITER)
        takes = rw_admit(root, rw, &rw_write, &woken);
    if (takes == 0 && (held & RW_WRITER) == 0 &&
        (gives == RW_WRITER || leat__sema_head(root, writers) == NULL))
        takes = rw_admit(root, rw, &rw_read, &woken);
    if (takes == 0 && held == 0)
        takes = rw_admit(root, rw, &rw_write, &woken);
    bool more = leat__sema_head(root, writers) != NULL ||
        leat__sema_head(root, readers) != NULL;
    uint32_t s, n;
    do {
        s = leat__sync_load(&rw->state);
        n = (s - gives + takes) & ~(uint32_t)RW_WAITERS;
        n |= more ? RW_WAITERS : 0;
    } while (!leat__sync_move(&rw->state, s, n));
    leat__sema_unlock(root);
    leat__sema_ready_all(m, woken);
}

// Sets RW_WAITERS; false when the lock can be had after all. Root locked.
static bool
rw_mark(struct leat_rwmutex *rw, const struct rw_kind *kind)
{
    for (;;) {
        uint32_t s = leat__sync_load(&rw->state);
        if ((s & kind->barred) == 0)
            return false;
        if (leat__sync_move(&rw->state, s, s | RW_WAITERS))
            return true;
    }
}

// 0: try again; 1: has the lock; negative: gave up.
static int
rw_wait(struct leat__m **mp, struct leat_rwmutex *rw,
    const struct rw_kind *kind, const int64_t *deadline)
{
    struct leat__semawaiter w = {.units = 0};
    struct leat__semaroot *root = leat__sema_lock(rw);
    if (!rw_mark(rw, kind)) {
        leat__sema_unlock(root);
        return 0;
    }
    leat__sema_prepare(*mp, &w, deadline);
    leat__sema_push(root, rw_queue(rw, kind), &w, false);
    leat__sema_begin(*mp, root, &w, kind->reason, rw);
    int err = leat__sema_finish(mp, root, &w, deadline);
    if (err == 0)
        return 1;
    rw_settle(*mp, root, rw, 0);
    return err;
}

// Leaves the runtime.
static LEAT__NOINLINE int
rw_slow(struct leat__m *m, struct leat_rwmutex *rw,
    const struct rw_kind *kind, const int64_t *deadline)
{
    int r = 0;
    for (int turn = 0; r == 0;) {
        uint32_t s = leat__sync_load(&rw->state);
        if ((s & kind->barred) == 0)
            r = leat__sync_move(&rw->state, s, s + kind->takes);
        else if ((s & RW_WAITERS) == 0 && leat__sync_spin(m, turn))
            turn++;
        else
            r = rw_wait(&m, rw, kind, deadline);
    }
    leat__leave(m);
    return r > 0 ? 0 : r;
}

LEAT__INLINE bool
rw_take(struct leat_rwmutex *rw, const struct rw_kind *kind)
{
    uint32_t s = leat__sync_load(&rw->state);
    return (s & kind->barred) == 0 &&
        leat__sync_move(&rw->state, s, s + kind->takes);
}

LEAT__INLINE int
rw_acquire(struct leat_rwmutex *rw, const struct rw_kind *kind,
    const int64_t *deadline)
{
    if (leat__sync_shared() && rw_take(rw, kind))
        return 0;
    struct leat__m *m = leat__enter();
    if (LEAT__UNLIKELY(!rw_take(rw, kind)))
        return rw_slow(m, rw, kind, deadline);
    leat__leave(m);
    return 0;
}

// See leat__mutex_lock_contended.
LEAT__INLINE void
rw_acquire_contended(struct leat_rwmutex *rw, const struct rw_kind *kind)
{
    struct leat__m *m = leat__enter();
    leat__sync_spin(m, 0);
    rw_slow(m, rw, kind, NULL);
}

void
leat__rwmutex_lock_contended(struct leat_rwmutex *rw)
{
    rw_acquire_contended(rw, &rw_write);
}

void
leat__rwmutex_rlock_contended(struct leat_rwmutex *rw)
{
    rw_acquire_contended(rw, &rw_read);
}

// Succeeds if the lock can be had now; one that moves under it is had again.
LEAT__INLINE bool
rw_try(struct leat_rwmutex *rw, const struct rw_kind *kind)
{
    struct leat__m *m = leat__enter();
    bool ok = false;
    while (!ok && (leat__sync_load(&rw->state) & kind->barred) == 0)
        ok = rw_take(rw, kind);
    leat__leave(m);
    return ok;
}

void (leat_rwmutex_lock)(struct leat_rwmutex *rw)
{
    rw_acquire(rw, &rw_write, NULL);
}

int
leat_rwmutex_lock_until(struct leat_rwmutex *rw, int64_t deadline)
{
    return rw_acquire(rw, &rw_write, &deadline);
}

bool
leat_rwmutex_try_lock(struct leat_rwmutex *rw)
{
    return rw_try(rw, &rw_write);
}

void (leat_rwmutex_rlock)(struct leat_rwmutex *rw)
{
    rw_acquire(rw, &rw_read, NULL);
}

int
leat_rwmutex_rlock_until(struct leat_rwmutex *rw, int64_t deadline)
{
    return rw_acquire(rw, &rw_read, &deadline);
}

bool
leat_rwmutex_try_rlock(struct leat_rwmutex *rw)
{
    return rw_try(rw, &rw_read);
}

static LEAT__NOINLINE void
rw_unlock_slow(struct leat__m *m, struct leat_rwmutex *rw)
{
    if ((leat__sync_load(&rw->state) & RW_WRITER) == 0)
        leat__throw("sync: Unlock of unlocked RWMutex");
    // With the root locked nobody else can begin or give up waiting.
    rw_settle(m, leat__sema_lock(rw), rw, RW_WRITER);
}

void (leat_rwmutex_unlock)(struct leat_rwmutex *rw)
{
    if (leat__sync_shared() && leat__sync_move(&rw->state, RW_WRITER, 0))
        return;
    struct leat__m *m = leat__enter();
    if (LEAT__UNLIKELY(!leat__sync_move(&rw->state, RW_WRITER, 0)))
        rw_unlock_slow(m, rw);
    leat__leave(m);
}

// The last reader with somebody waiting has to hand over.
static bool
rw_is_simple(uint32_t s)
{
    return (s & RW_WAITERS) == 0 || s >= 2 * RW_READER;
}

static LEAT__NOINLINE void
rw_runlock_slow(struct leat__m *m, struct leat_rwmutex *rw)
{
    struct leat__semaroot *root = NULL;
    for (;;) {
        uint32_t s = leat__sync_load(&rw->state);
        if (s < RW_READER)
            leat__throw("sync: RUnlock of unlocked RWMutex");
        if (rw_is_simple(s)) {
            if (!leat__sync_move(&rw->state, s, s - RW_READER))
                continue;
            if (root != NULL)
                leat__sema_unlock(root);
            return;
        }
        if (root != NULL)
            break;
        root = leat__sema_lock(rw);
    }
    rw_settle(m, root, rw, RW_READER);
}

LEAT__INLINE bool
rw_drop_read(struct leat_rwmutex *rw)
{
    uint32_t s = leat__sync_load(&rw->state);
    return s >= RW_READER && rw_is_simple(s) &&
        leat__sync_move(&rw->state, s, s - RW_READER);
}

void (leat_rwmutex_runlock)(struct leat_rwmutex *rw)
{
    if (leat__sync_shared() && rw_drop_read(rw))
        return;
    struct leat__m *m = leat__enter();
    if (LEAT__UNLIKELY(!rw_drop_read(rw)))
        rw_runlock_slow(m, rw);
    leat__leave(m);
}
