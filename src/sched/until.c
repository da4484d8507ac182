// SPDX-License-Identifier: MIT
// sched/until.c: waits with a deadline, or under a context.
#include "sched/until.h"

// What says at once that there is nothing to wait for, or 0.
static int
until_overdue(struct leat__g *g, int64_t deadline)
{
    if (g->ctx != NULL && leat__hooks.context_ended(g))
        return LEAT_ECANCELED;
    if (deadline != LEAT_FOREVER && deadline <= leat__nanotime())
        return LEAT_ETIMEDOUT;
    return 0;
}

// The deadline is armed.
static struct leat__m *
until_wait(struct leat__m *m, struct leat__wait_until *w)
{
    struct leat__g *g = m->g;
    bool context = g->ctx != NULL;
    if (context)
        leat__hooks.context_watch(m, &w->watch);
    m = leat__park(m);
    if (context)
        leat__hooks.context_unwatch(&w->watch);
    leat__deadline_disarm(&w->timer);
    if (g->wake == WAKE_TIMEOUT)
        w->error = LEAT_ETIMEDOUT;
    else if (g->waker == NULL && g->wake == WAKE_CLOSED)
        w->error = LEAT_ECANCELED;
    return m;
}

struct leat__m *
leat__until_park(
    struct leat__m *m, struct leat__wait_until *w, int64_t deadline)
{
    struct leat__g *g = m->g;
    int error = until_overdue(g, deadline);
    if (error == 0) {
        if (leat__deadline_arm(&w->timer, g, deadline))
            return until_wait(m, w);
        if (!w->may_fail)
            leat__throw(
                "out of memory: cannot arm a deadline" LEAT__RAISE_LIMIT);
        error = LEAT_ENOMEM;
    }
    // Somebody may have been faster: then this wait was served.
    if (!leat__win(g))
        return leat__park(m);
    atomic_store_explicit(&g->status, G_RUNNING, memory_order_relaxed);
    w->error = error;
    return m;
}
