// SPDX-License-Identifier: MIT
// sched/linger.c: looking out for work a little longer before going to sleep.
//
// The idea: falling asleep and being woken take a fence on all CPUs, two calls
// of the kernel and its scheduler's time, together longer than lingering. Who
// stays gets work that comes meanwhile without all that. It leaves alone the
// queues of Ps that switch often, whose goroutines would sooner run there than
// their memory could come here. Figures and what was rejected: design 0014.
//
// Work comes from another P that runs; or from outside, by a descriptor that
// somebody waits for. The latter is a gamble: it may be an answer that is on
// its way, or a client who is asleep. So it is played again at once where it
// was won, and where it was lost only after twice as many sleeps each time.
//
// Invariants: one thread lingers at a time: the only one that spins, or the
// one that has the only P. Nobody lingers while more Ps run than there are
// CPUs; nor in a seeded run, where chance and the clock are the seed's.
// Locks: none. What the gamble has brought so far is only a guess, and may be
// written by two threads at once.
#include "sched/linger.h"
#include "sched/idle.h"
#include "sched/proc.h"
#include "os/clock.h"
#include "os/cpu.h"
#include "sched/runq.h"

#include <sched.h>

enum {
    LINGER_NS = 50 * 1000,       // for work of another P
    LINGER_EVENT_NS = 25 * 1000, // for a descriptor
    LINGER_PAUSES = 16,          // between two looks
    LINGER_LOSSES = 8            // that count: 255 sleeps between two gambles
};

static _Atomic int linger_losses; // more of late than gambles that were won
static _Atomic int linger_skip;   // sleeps before the next gamble

// Whether another P runs, and may make work. A P for which there is no CPU
// would only take the time of those it waits for.
static bool
linger_others_run(void)
{
    int idle = atomic_load_explicit(&leat__sched.npidle, memory_order_relaxed);
    return idle + 1 < leat__sched.nprocs && idle >= leat__sched.nsurplus;
}

// Somebody waits for a descriptor, and nobody sleeps until it is ready.
static bool
linger_nobody_polls(void)
{
    return leat__hooks.netpoll != NULL && leat__hooks.netpoll_waiters() > 0 &&
        (leat__sched.poller == NULL || !leat__sched.poll_fds);
}

static bool
linger_gambles(void)
{
    if (!linger_nobody_polls() || leat__cpu_count() == 1 ||
        leat__sched.nsurplus > 0)
        return false;
    int skip = atomic_load_explicit(&linger_skip, memory_order_relaxed);
    if (skip > 0)
        atomic_store_explicit(&linger_skip, skip - 1, memory_order_relaxed);
    return skip == 0;
}

static void
linger_learn(bool won)
{
    int n = atomic_load_explicit(&linger_losses, memory_order_relaxed);
    if (won)
        n /= 2;
    else if (n < LINGER_LOSSES)
        n++;
    atomic_store_explicit(&linger_losses, n, memory_order_relaxed);
    atomic_store_explicit(
        &linger_skip, won ? 0 : (1 << n) - 1, memory_order_relaxed);
}

// A P with work in its queue that has not switched since the last look: who
// switches often comes to its queue itself, sooner than the goroutine's memory
// could come here. (Not leat__steal_lonely, which looks for a runnext that was
// left behind: it asks for more, in longer steps, and under a lock.)
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

// One look at all that may have work.
static struct leat__g *
linger_look(struct leat__m *m)
{
    struct leat__p *stuck = linger_stuck(m->p);
    struct leat__g *g;
    if (leat__sched.runq_size > 0)
        return leat__globq_get(m->p, 0);
    if (stuck != NULL && (g = leat__runq_steal(m->p, stuck)) != NULL) {
        leat__sched.steals++;
        return g;
    }
    return linger_nobody_polls() ? leat__netpoll_now(m) : NULL;
}

// m has not been asked for something else meanwhile.
static bool
linger_undisturbed(struct leat__m *m)
{
    return leat__sched.stopping == NULL && atomic_load(&m->p->check) == 0 &&
        atomic_load_explicit(
            &leat__sched.nspinning, memory_order_relaxed) <= 1;
}

// For what comes from outside; whoever it comes from may want this CPU.
static struct leat__g *
linger_for_event(struct leat__m *m, int64_t until)
{
    struct leat__g *g = NULL;
    bool looked = false;
    while (g == NULL && leat__nanotime() < until) {
        if (!linger_undisturbed(m))
            return NULL; // neither won nor lost
        sched_yield();
        g = linger_look(m);
        looked = true;
    }
    if (looked) // or a timer was due at once: not played at all
        linger_learn(g != NULL);
    return g;
}

// Timers do not shorten it, which the one that is awake sees to.
static struct leat__g *
linger_for_others(struct leat__m *m)
{
    struct leat__g *g = NULL;
    int64_t until = leat__nanotime() + LINGER_NS;
    while (g == NULL && linger_others_run() && linger_undisturbed(m) &&
        leat__nanotime() < until) {
        leat__cpu_pause(LINGER_PAUSES);
        g = linger_look(m);
    }
    return g;
}

// The end of a gamble that begins now: a timer is not kept waiting.
static int64_t
linger_until(void)
{
    int64_t until = leat__nanotime() + LINGER_EVENT_NS;
    int64_t timer = leat__next_timer();
    return timer < until ? timer : until;
}

struct leat__g *
leat__linger(struct leat__m *m)
{
    if (leat__sched.seeded)
        return NULL;
    if (linger_others_run())
        return linger_for_others(m);
    if (linger_gambles())
        return linger_for_event(m, linger_until());
    return NULL;
}
