// SPDX-License-Identifier: MIT
// time/spawn.h: goroutines that nobody's call starts: at a point in time, or
// at the end of a context.
#ifndef LEAT_TIME_SPAWN_H
#define LEAT_TIME_SPAWN_H

#include "sched/sched.h"

// As leat__spawn, but with the background as its context: that of whoever
// happens to run the timer or to end the context is none of its business.
LEAT__INLINE struct leat__g *
leat__spawn_apart(struct leat__m *m, void (*fn)(void *), void *arg, void *pc)
{
    void *own = m->g->ctx;
    m->g->ctx = NULL;
    struct leat__g *g = leat__spawn(m, NULL, fn, arg, pc);
    m->g->ctx = own;
    return g;
}

#endif
