// SPDX-License-Identifier: MIT
// sync/waitgroup.c: waiting for a number of things to be done.
//
// The word: the counter in the high 32 bits, and WG_WAITERS in the lowest. The
// counter changes by one addition. Who takes it to zero while WG_WAITERS is
// set goes to the root, clears the word and wakes them all.
//
// Invariants: WG_WAITERS is set if and only if somebody is queued (one byte
// behind the address of the waitgroup, where nobody else's queue is), and
// changes under the root's lock only.
//
// The waitgroup may lie on the stack of who waits, and that one may give up
// at any time. So whoever has taken the counter to zero touches it no more
// but under the root's lock with somebody queued. And nobody returns while
// somebody is: who comes to wait and finds the counter at zero lets them go.
//
// Different from Go: a panic for a negative counter leaves the counter as it
// was (what was added is taken back), and "Add called concurrently with Wait"
// does not arise: what is added before the waiters are woken they wait for as
// well. Nor does "WaitGroup is reused before previous Wait has returned": who
// was woken has waited for what was counted until then, and does not look at
// the word again, which may be gone.
//
// Rejected: compare-and-swap. Ten goroutines that count on two CPUs spend
// their time on exchanges that fail.
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

static uint64_t
wg_step(int delta)
{
    return (uint64_t)(int64_t)delta << 32;
}

static const void *
wg_queue(const struct leat_waitgroup *wg)
{
    return (const char *)wg + 1;
}

// The counter has reached zero, and somebody waited.
static LEAT__NOINLINE void
wg_finish(struct leat__m *m, struct leat_waitgroup *wg)
{
    struct leat__semawaiter *woken = NULL;
    uint32_t n = 0;
    struct leat__semaroot *root = leat__sema_lock(wg);
    if (leat__sema_head(root, wg_queue(wg)) != NULL &&
        leat__sync_move64(&wg->state, WG_WAITERS, 0))
        woken = leat__sema_pop_all(root, wg_queue(wg), &n);
    leat__sema_unlock(root);
    leat__sema_ready_all(m, woken);
}

// delta was added to the state s. False when it should not have been; then
// it was taken back. Who came to wait in between is let go.
static bool
wg_added(
    struct leat__m *m, struct leat_waitgroup *wg, uint64_t s, int delta)
{
    if (LEAT__UNLIKELY(!leat__waitgroup_allows(s, delta))) {
        s = leat__sync_add64(&wg->state, -wg_step(delta));
        if (s - wg_step(delta) == WG_WAITERS)
            wg_finish(m, wg);
        return false;
    }
    if (s + wg_step(delta) == WG_WAITERS)
        wg_finish(m, wg);
    return true;
}

LEAT__COLD _Noreturn static void
wg_panic(void)
{
    leat__panic_text("sync: negative WaitGroup counter");
}

void
leat__waitgroup_added(struct leat_waitgroup *wg, uint64_t state, int delta)
{
    struct leat__m *m = leat__enter();
    bool ok = wg_added(m, wg, state, delta);
    leat__leave(m);
    if (LEAT__UNLIKELY(!ok))
        wg_panic();
}

void (leat_waitgroup_add)(struct leat_waitgroup *wg, int delta)
{
    if (leat__sync_shared()) {
        uint64_t s = leat__sync_add64(&wg->state, wg_step(delta));
        if (!leat__waitgroup_allows(s, delta) ||
            s + wg_step(delta) == WG_WAITERS)
            leat__waitgroup_added(wg, s, delta);
        return;
    }
    struct leat__m *m = leat__enter();
    bool ok = leat__waitgroup_allows(leat__sync_load64(&wg->state), delta) &&
        wg_added(m, wg, leat__sync_add64(&wg->state, wg_step(delta)), delta);
    leat__leave(m);
    if (LEAT__UNLIKELY(!ok))
        wg_panic();
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
        wg_finish(m, wg);
        leat__leave(m);
        return 0;
    }
    leat__sema_prepare(m, &w, deadline);
    leat__sema_push(root, wg_queue(wg), &w, false);
    leat__sema_begin(m, root, &w, WAIT_WAITGROUP, wg);
    int err = leat__sema_finish(&m, root, &w, deadline);
    // Let go by wg_finish, wg may be gone: another waiter has returned.
    if (err != 0) {
        if (w.left && leat__sema_head(root, wg_queue(wg)) == NULL)
            wg_unmark(wg);
        leat__sema_unlock(root);
    }
    leat__leave(m);
    return err;
}

LEAT__INLINE int
wg_wait(struct leat_waitgroup *wg, const int64_t *deadline)
{
    if (leat__sync_load64(&wg->state) == 0)
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
    leat__sync_check_fn(fn != NULL);
    leat_waitgroup_add(wg, 1);
    leat_go(wg_run, wg, fn, arg);
}
