// SPDX-License-Identifier: MIT
// sched/unstarted.h: goroutines that have not run yet, and have no stack.
#ifndef LEAT_SCHED_UNSTARTED_H
#define LEAT_SCHED_UNSTARTED_H

#include "sched/sched.h"

// g->busy of such a goroutine: it cannot be switched to before
// leat__g_start_on has given it a stack.
enum { G_BUSY_UNSTARTED = 2 };

// A g below which lies the struct leat__start of its arguments, both to be
// filled in by the caller, who owns p; NULL when there is no memory.
struct leat__g *leat__unstarted_new(struct leat__p *p);

// Gives g back. The caller owns p.
void leat__unstarted_free(struct leat__p *p, struct leat__g *g);

// p goes away: what it keeps goes to the others.
void leat__unstarted_drain(struct leat__p *p);

// Calls visit for all that wait to be started. Without locks.
void leat__unstarted_each(
    void (*visit)(void *arg, struct leat__g *g), void *arg);

LEAT__INLINE bool
leat__is_unstarted(struct leat__g *g)
{
    return atomic_load_explicit(&g->busy, memory_order_relaxed) ==
        G_BUSY_UNSTARTED;
}

#endif
