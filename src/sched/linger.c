// SPDX-License-Identifier: MIT
// sched/linger.c: looking out for work a little longer before going to sleep.
//
// The idea: falling asleep and being woken take a fence on all CPUs, two calls
// of the kernel and its scheduler's time, together longer than lingering. Who
// stays gets work that comes meanwhile without all that. It leaves alone the
// queues of Ps that switch often, whose goroutines would sooner run there than
// their memory could come here. Figures and what was rejected: design 0014.
//
// Invariants: one thread lingers at a time (nspinning is 1: itself), and only
// while another P runs.
// Locks: none.
#include "sched/proc.h"
#include "os/clock.h"
#include "os/cpu.h"
#include "sched/runq.h"

enum {
    LINGER_NS = 50 * 1000,
    LINGER_PAUSES = 16 // between two looks
};

// Whether work is likely to come at once: another P runs, and nobody else
// looks out for what it does. A P for which there is no CPU would only take
// the time of those it waits for. Nor where somebody waits for a descriptor:
// nobody else may be in netpoll.
static bool
linger_goes_on(struct leat__m *m)
{
    int idle = atomic_load_explicit(&leat__sched.npidle, memory_order_relaxed);
    return idle + 1 < leat__sched.nprocs && idle >= leat__sched.nsurplus &&
        atomic_load_explicit(
            &leat__sched.nspinning, memory_order_relaxed) == 1 &&
        leat__sched.stopping == NULL && atomic_load(&m->p->check) == 0 &&
        (leat__hooks.netpoll == NULL || leat__hooks.netpoll_waiters() == 0);
}

// A P with work in its queue that has not switched since the last look: who
// switches often comes to its queue itself, sooner than the goroutine's memory
// could come here.
static struct leat__p *
linger_stuck(struct leat__p *self)
{
    struct leat__p *stuck = NULL;
    for (int i = 0; i < leat__sched.nprocs; i++) {
        struct leat__p *p = leat__sched.allp[i];
        uint32_t tick = atomic_load_explicit(&p->tick, memory_order_relaxed);
        uint32_t last = atomic_load_explicit(
            &p->linger_tick, memory_order_relaxed);
        atomic_store_explicit(&p->linger_tick, tick, memory_order_relaxed);
        if (p != self && tick == last && !leat__runq_empty(p))
            stuck = p;
    }
    return stuck;
}

struct leat__g *
leat__linger(struct leat__m *m)
{
    int64_t until = leat__nanotime() + LINGER_NS;
    while (linger_goes_on(m) && leat__nanotime() < until) {
        leat__cpu_pause(LINGER_PAUSES);
        struct leat__g *g = NULL;
        struct leat__p *stuck = linger_stuck(m->p);
        if (leat__sched.runq_size > 0)
            g = leat__globq_get(m->p, 0);
        else if (stuck != NULL && (g = leat__runq_steal(m->p, stuck)) != NULL)
            leat__sched.steals++;
        if (g != NULL)
            return g;
    }
    return NULL;
}
