// SPDX-License-Identifier: MIT
// sync/waitgroup.c: waiting for a number of things to be done.
//
// The word: the counter in the high 32 bits, and WG_WAITERS in the lowest.
//
// Invariants: WG_WAITERS is set only while the counter is above zero, if and
// only if somebody is queued, and changes under the root's lock only. The
// step to zero with somebody waiting is one store under that lock and the
// last touch: the waitgroup may lie on the stack of who waits.
//
// Different from Go: a panic for a negative counter leaves the counter as it
// was, and "Add called concurrently with Wait" cannot arise: a waiter is
// queued, or not, before or after the counter's step, never in between.
#include "sync/sync_int.h"
#include "panic/panic.h"

#include <leat/go.h>
#include <leat/panic.h>

enum { WG_WAITERS = LEAT__WG_WAITERS };

static int64_t
wg_count(uint64_t s)
{
    return (int32_t)(s >> 32);
}

// The counter reaches zero and somebody waits: takes the step under the
// root's lock and wakes them all. False when the word has changed.
static LEAT__NOINLINE bool
wg_finish(struct leat__m *m, struct leat_waitgroup *wg, uint64_t s)
{
    struct leat__semawaiter *woken = NULL;
    uint32_t n = 0;
    struct leat__semaroot *root = leat__sema_lock(wg);
    bool ok = leat__sync_move64(&wg->state, s, 0);
    if (ok)
        woken = leat__sema_pop_all(root, wg, &n);
    leat__sema_unlock(root);
    leat__sema_ready_all(m, woken);
    return ok;
}

// Adds; false when the result would be negative.
static LEAT__NOINLINE bool
wg_add(struct leat__m *m, struct leat_waitgroup *wg, int delta)
{
    for (;;) {
        uint64_t s = leat__sync_load64(&wg->state);
        int64_t v = wg_count(s) + delta;
        if (LEAT__UNLIKELY(v < 0 || v > INT32_MAX))
            return false;
        uint64_t n = (uint64_t)v << 32 | (s & WG_WAITERS);
        if (LEAT__LIKELY(n != WG_WAITERS)) {
            if (LEAT__LIKELY(leat__sync_move64(&wg->state, s, n)))
                return true;
        } else if (wg_finish(m, wg, s)) {
            return true;
        }
    }
}

// Adds if there is nobody to wake and nothing wrong.
LEAT__INLINE bool
wg_add_simply(struct leat_waitgroup *wg, int delta)
{
    uint64_t s = leat__sync_load64(&wg->state);
    int64_t v = wg_count(s) + delta;
    return (s & WG_WAITERS) == 0 && v >= 0 && v <= INT32_MAX &&
        leat__sync_move64(&wg->state, s, (uint64_t)v << 32);
}

void (leat_waitgroup_add)(struct leat_waitgroup *wg, int delta)
{
    if (leat__sync_shared() && wg_add_simply(wg, delta))
        return;
    struct leat__m *m = leat__enter();
    bool ok = wg_add_simply(wg, delta) || wg_add(m, wg, delta);
    leat__leave(m);
    if (LEAT__UNLIKELY(!ok))
        leat__panic_text("sync: negative WaitGroup counter");
}

void (leat_waitgroup_done)(struct leat_waitgroup *wg)
{
    leat_waitgroup_add(wg, -1);
}

// Sets WG_WAITERS; false when there is nothing to wait for. Root locked.
static bool
wg_mark(struct leat_waitgroup *wg)
{
    for (;;) {
        uint64_t s = leat__sync_load64(&wg->state);
        if (wg_count(s) == 0)
            return false;
        if (leat__sync_move64(&wg->state, s, s | WG_WAITERS))
            return true;
    }
}

static void
wg_unmark(struct leat_waitgroup *wg)
{
    __atomic_fetch_and(
        &wg->state, ~(uint64_t)WG_WAITERS, __ATOMIC_ACQ_REL);
}

// Leaves the runtime.
static LEAT__NOINLINE int
wg_wait_slow(
    struct leat__m *m, struct leat_waitgroup *wg, const int64_t *deadline)
{
    struct leat__semawaiter w = {.units = 0};
    struct leat__semaroot *root = leat__sema_lock(wg);
    if (!wg_mark(wg)) {
        leat__sema_unlock(root);
        leat__leave(m);
        return 0;
    }
    leat__sema_prepare(m, &w, deadline);
    leat__sema_push(root, wg, &w, false);
    leat__sema_begin(m, root, &w, WAIT_WAITGROUP, wg);
    int err = leat__sema_finish(&m, root, &w, deadline);
    bool reused = false;
    if (err == 0) {
        reused = leat__sync_load64(&wg->state) != 0;
    } else {
        if (leat__sema_head(root, wg) == NULL)
            wg_unmark(wg);
        leat__sema_unlock(root);
    }
    leat__leave(m);
    if (LEAT__UNLIKELY(reused))
        leat__panic_text("sync: WaitGroup is reused before previous Wait "
                         "has returned");
    return err;
}

LEAT__INLINE int
wg_wait(struct leat_waitgroup *wg, const int64_t *deadline)
{
    if (wg_count(leat__sync_load64(&wg->state)) == 0)
        return 0;
    return wg_wait_slow(leat__enter(), wg, deadline);
}

void (leat_waitgroup_wait)(struct leat_waitgroup *wg)
{
    wg_wait(wg, NULL);
}

int
leat_waitgroup_wait_until(struct leat_waitgroup *wg, int64_t deadline)
{
    return wg_wait(wg, &deadline);
}

bool
leat__sync_panicking(void)
{
    struct leat__m *m = leat__enter();
    const struct leat__panic *p = m->g->panics;
    bool panicking = p != NULL && !p->goexit;
    leat__leave(m);
    return panicking;
}

// Not after a panic: done would let the program end before it is reported.
static void
wg_done_unless_panicking(void *wg)
{
    if (!leat__sync_panicking())
        leat_waitgroup_done(wg);
}

static void
wg_run(struct leat_waitgroup *wg, void (*fn)(void *arg), void *arg)
{
    leat_defer(wg_done_unless_panicking, wg);
    fn(arg);
}

void
leat_waitgroup_go(
    struct leat_waitgroup *wg, void (*fn)(void *arg), void *arg)
{
    leat_waitgroup_add(wg, 1);
    leat_go(wg_run, wg, fn, arg);
}
