// SPDX-License-Identifier: MIT
// sched/proc.h: for the scheduler's own files: publishing work, the global
// queue, and which goroutine runs next.
#ifndef LEAT_SCHED_PROC_H
#define LEAT_SCHED_PROC_H

#include "sched/fiber.h"
#include "sched/runq.h"
#include "sched/sched.h"

// The cheap half of the fence that pairs with leat__barrier_all: between
// publishing work and looking for sleepers.
extern bool leat__need_fence;

LEAT__INLINE void
leat__light_fence(void)
{
    atomic_signal_fence(memory_order_seq_cst);
#if !LEAT__TSAN
    if (LEAT__UNLIKELY(leat__need_fence))
        atomic_thread_fence(memory_order_seq_cst);
#endif
}

// Global run queue; sched.lock must not be held.
void leat__globq_put(struct leat__g *g);
void leat__globq_put_list(struct leat__gqueue *q, int n);
// Takes a share of the global queue for p; returns one to run. max 0: a
// fair share.
struct leat__g *leat__globq_get(struct leat__p *p, int max);

// The loop every runtime thread runs on its own stack; returns only when a
// seeded run has ended.
void leat__schedule(struct leat__m *m);
struct leat__g *leat__find_runnable(struct leat__m *m);
// Leaves the goroutine m runs, which is queued, parked or dead, for the next
// one; returns when it runs again.
void leat__switch_away(struct leat__m *m, bool dying);
// Waits until g's last thread has left its stack; not for a goroutine that
// parks (see the top of proc.c).
void leat__g_wait_left(struct leat__g *g);
// Takes from other Ps; NULL when there is nothing.
struct leat__g *leat__steal(struct leat__m *m);
struct leat__g *leat__steal_lonely(struct leat__m *m);
// Takes one whose descriptor is ready, and readies the others; or NULL.
struct leat__g *leat__netpoll_now(struct leat__m *m);
// Whoever stops looking for work lets somebody else start.
void leat__spin_stop(struct leat__m *m);

#endif
