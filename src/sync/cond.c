// SPDX-License-Identifier: MIT
// sync/cond.c: the condition variable.
//
// A waiter queues itself before it unlocks the mutex, so a signal that comes
// after the unlock finds it: no wake-up is lost, and none is kept for later.
// Wake-ups are in the order of waiting.
//
// c->waiters is how many are queued: it changes under the root's lock and
// lets a signal that wakes nobody be one load. Whoever changed the condition
// under the mutex after a waiter had unlocked it sees that waiter counted.
#include "sync/sync_int.h"

static void
cond_count(struct leat_cond *c, uint32_t change)
{
    __atomic_fetch_add(&c->waiters, change, __ATOMIC_RELEASE);
}

static int
cond_wait(struct leat_cond *c, const int64_t *deadline)
{
    struct leat__semawaiter w = {.units = 0};
    struct leat_mutex *l = c->l; // who is woken may find c freed
    if (LEAT__UNLIKELY(l == NULL))
        leat__panic_text("leat_cond: l is not set");
    struct leat__m *m = leat__enter();
    struct leat__semaroot *root = leat__sema_lock(c);
    cond_count(c, 1);
    leat__sema_prepare(m, &w, deadline);
    leat__sema_push(root, c, &w, false);
    leat__sema_begin(m, root, &w, WAIT_COND, c);
    leat__sync_unlock(m, l);
    int err = leat__sema_finish(&m, root, &w, deadline);
    if (err != 0) {
        if (w.left)
            cond_count(c, (uint32_t)-1);
        leat__sema_unlock(root);
    }
    leat__leave(m);
    leat_mutex_lock(l);
    return err;
}

void
leat_cond_wait(struct leat_cond *c)
{
    cond_wait(c, NULL);
}

int
leat_cond_wait_until(struct leat_cond *c, int64_t deadline)
{
    return cond_wait(c, &deadline);
}

// Takes off the first who still waits, or all; adds to *n all that it takes
// off: who has lost to its deadline does not come back to c.
static struct leat__semawaiter *
cond_take(
    struct leat__semaroot *root, struct leat_cond *c, bool all, uint32_t *n)
{
    struct leat__semawaiter *first = NULL, **end = &first, *w;
    while ((all || first == NULL) &&
        (w = leat__sema_head(root, c)) != NULL) {
        ++*n;
        if (!leat__sema_take(root, w))
            continue;
        *end = w;
        end = &w->next;
    }
    return first;
}

static LEAT__NOINLINE void
cond_wake(struct leat_cond *c, bool all)
{
    struct leat__m *m = leat__enter();
    uint32_t n = 0;
    struct leat__semaroot *root = leat__sema_lock(c);
    struct leat__semawaiter *woken = cond_take(root, c, all, &n);
    if (n != 0)
        cond_count(c, 0 - n);
    leat__sema_unlock(root);
    if (all)
        leat__sema_ready_all(m, woken);
    else if (woken != NULL)
        leat__ready(m, woken->g);
    leat__leave(m);
}

void
leat_cond_signal(struct leat_cond *c)
{
    if (leat__sync_load(&c->waiters) != 0)
        cond_wake(c, false);
}

void
leat_cond_broadcast(struct leat_cond *c)
{
    if (leat__sync_load(&c->waiters) != 0)
        cond_wake(c, true);
}
