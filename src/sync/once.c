// SPDX-License-Identifier: MIT
// sync/once.c: doing something the first time only.
//
// The word goes ONCE_NEW, ONCE_RUNS, perhaps ONCE_AWAITED, ONCE_DONE. The
// step to ONCE_AWAITED and the one from there happen under the root's lock;
// the last is also the last touch of the word by who ran the function.
//
// Rejected: Go's mutex around the call: who sees "done" may free the once
// while the mutex in it is still being unlocked.
#include "sync/sync_int.h"

#include <leat/panic.h>

enum { ONCE_NEW, ONCE_RUNS, ONCE_AWAITED, ONCE_DONE = LEAT__ONCE_DONE };

// Also runs when the function panics or calls leat_goexit.
static void
once_finish(void *p)
{
    struct leat_once *o = p;
    struct leat__semawaiter *woken = NULL;
    struct leat__m *m = leat__enter();
    if (!leat__sync_move(&o->state, ONCE_RUNS, ONCE_DONE)) {
        uint32_t n = 0;
        struct leat__semaroot *root = leat__sema_lock(o);
        __atomic_store_n(&o->state, ONCE_DONE, __ATOMIC_RELEASE);
        woken = leat__sema_pop_all(root, o, &n);
        leat__sema_unlock(root);
    }
    leat__sema_ready_all(m, woken);
    leat__leave(m);
}

static void
once_run(struct leat_once *o, void (*fn)(void *arg), void *arg)
{
    leat_defer(once_finish, o);
    fn(arg);
}

// Waits for the one that runs; leaves the runtime.
static void
once_wait(struct leat__m *m, struct leat_once *o)
{
    struct leat__semawaiter w = {.units = 0};
    struct leat__semaroot *root = leat__sema_lock(o);
    leat__sync_move(&o->state, ONCE_RUNS, ONCE_AWAITED);
    if (leat__sync_load(&o->state) == ONCE_DONE) {
        leat__sema_unlock(root);
    } else {
        leat__sema_prepare(m, &w, NULL);
        leat__sema_push(root, o, &w, false);
        leat__sema_begin(m, root, &w, WAIT_MUTEX, o);
        leat__sema_finish(&m, root, &w, NULL);
    }
    leat__leave(m);
}

static LEAT__NOINLINE void
once_slow(struct leat_once *o, void (*fn)(void *arg), void *arg)
{
    struct leat__m *m = leat__enter();
    if (!leat__sync_move(&o->state, ONCE_NEW, ONCE_RUNS)) {
        once_wait(m, o);
        return;
    }
    leat__leave(m);
    once_run(o, fn, arg);
}

// The function behind the macro of the same name.
void (leat_once_do)(struct leat_once *o, void (*fn)(void *arg), void *arg)
{
    // Pairs with the release in once_finish: what fn did is visible.
    if (LEAT__UNLIKELY(leat__sync_load(&o->state) != ONCE_DONE))
        once_slow(o, fn, arg);
}
