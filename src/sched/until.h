// SPDX-License-Identifier: MIT
// sched/until.h: a wait that a deadline or the goroutine's context may end.
//
// Written once for channels, select, sync and descriptors. Several may want
// to wake the goroutine; who wins g->select_done does. Use:
//     queue sudogs with is_select set, under their locks;
//     leat__until_begin(&w, g, reason, what);
//     unlock;
//     m = leat__until_park(m, &w, deadline);
//     remove what is still queued, under the locks (channels look without
//     them first: leat__waitq_leave).
// After that w.error is 0 (served: g->waker says by which sudog),
// LEAT_ETIMEDOUT or LEAT_ECANCELED. Being out of memory for the deadline is
// fatal; with w.may_fail, set after the beginning, it is LEAT_ENOMEM.
#ifndef LEAT_SCHED_UNTIL_H
#define LEAT_SCHED_UNTIL_H

#include "sched/sched.h"

struct leat__wait_until {
    struct leat__timer timer;
    struct leat__ctxwatch watch;
    int error;
    bool may_fail;
};

LEAT__INLINE void
leat__until_begin(struct leat__wait_until *w, struct leat__g *g,
    enum leat__wait reason, void *what)
{
    w->error = 0;
    w->may_fail = false;
    g->waker = NULL;
    atomic_store_explicit(&g->select_done, 0, memory_order_relaxed);
    leat__park_begin(g, reason, what);
}

// Parks; deadline LEAT_FOREVER for none, one that has passed does not wait.
struct leat__m *leat__until_park(
    struct leat__m *m, struct leat__wait_until *w, int64_t deadline);

#endif
