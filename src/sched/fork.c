// SPDX-License-Identifier: MIT
// sched/fork.c: fork in a program with many threads.
//
// Idea: the child has one thread, the one that forked, and a copy of all
// memory. That copy is of use only if nobody was in the middle of changing
// the runtime. So before the fork the world stops; plain threads are waited
// for until they are outside, the poller and sysmon until they hold nothing;
// and the scheduler's lock is held, at which whoever wants in again waits.
//
// In the child every P is idle, and the threads are forgotten. Goroutines
// that were parked or in a queue live on; those that other threads ran at
// that moment are gone, as those threads are. New threads come as they are
// needed, and not before the child first calls the runtime: most children
// exec or end at once. What a plain thread was doing when it was lost stays
// undone: a mutex that it held stays locked, and one for which it waited may
// still be handed to it.
//
// Invariants: while fork_stopper is sched.stopping, sched.lock and
// sched.sysmon_lock are held by the forking thread, and no other thread is
// inside but asleep.
// Locks: sysmon_lock, then sched.lock; both over the fork.
// Rejected: giving the child threads at once (a child that only execs would
// start five threads); calling the fork handlers of each room (every lock
// there would have to be taken in order, and still a value could be in the
// hands of a thread).
#include "sched/proc.h"
#include "os/barrier.h"
#include "os/clock.h"
#include "os/futex.h"

#include <pthread.h>

enum { FORK_POLL_NS = 20 * 1000 }; // between looks at who is still inside

// Who stops the world: the forking thread may have no m, and gives up the P
// it has, so that others who stop the world need not wait for it.
static struct leat__m fork_stopper;
// The fork was prepared; false where nothing is to be protected.
static bool fork_prepared;
static bool fork_registered;

// The forking thread is a plain one from here on, as in a blocking call.
static void
fork_lay_down(struct leat__m *m)
{
    leat__spin_lock(&leat__sched.lock);
    struct leat__p *p = m->p;
    if (p != NULL && !(atomic_load(&m->flags) & M_TAKEN)) {
        atomic_fetch_or(&m->flags, M_TAKEN);
        atomic_store(&p->m, NULL);
        p->limbo = true;
    }
    leat__spin_unlock(&leat__sched.lock);
}

// Whether x cannot change anything before sched.lock is free. Plain threads
// have been asked to come by that lock when they enter.
static bool
fork_is_quiet(struct leat__m *x, struct leat__m *self, int *asleep)
{
    if (x == self || atomic_load(&x->inside) == 0)
        return true;
    if (x->g0->foreign)
        return false;
    ++*asleep; // or else on its way there
    return true;
}

// With sched.lock held.
static bool
fork_all_quiet(struct leat__m *self)
{
    for (struct leat__m *x = leat__sched.allm; x != NULL; x = x->all_link)
        if (x->g0->foreign && x != self)
            atomic_fetch_or(&x->flags, M_ASK);
    leat__barrier_all();
    int asleep = 0;
    for (struct leat__m *x = leat__sched.allm; x != NULL; x = x->all_link)
        if (!fork_is_quiet(x, self, &asleep))
            return false;
    if (asleep != leat__sched.nmidle)
        return false;
    return leat__sched.poller == NULL || leat__sched.poller_waits;
}

// Returns with sched.lock held and everybody quiet.
static void
fork_quieten(struct leat__m *self)
{
    atomic_store(&leat__sched.forking, 1);
    for (;;) {
        leat__spin_lock(&leat__sched.lock);
        if (fork_all_quiet(self))
            return;
        struct leat__m *poller = leat__sched.poller;
        bool awake = poller != NULL && !leat__sched.poller_waits;
        if (awake)
            atomic_store(&poller->note, 2);
        leat__spin_unlock(&leat__sched.lock);
        if (awake) {
            leat__futex_wake(&poller->note, 1);
            // It may still sleep for the fork before this one.
            leat__futex_wake(&leat__sched.forking, 1);
            if (leat__hooks.netpoll_break != NULL)
                leat__hooks.netpoll_break();
        }
        leat__os_sleep(FORK_POLL_NS);
    }
}

static void
fork_prepare(void)
{
    struct leat__m *m = leat__this_m();
    // A seeded run has one thread. A fork out of a signal handler that
    // interrupted the runtime can only be followed by exec.
    bool known = !(atomic_load(&m->flags) & M_UNATTACHED);
    if (leat__sched.seeded || leat__sched.allp[0] == NULL ||
        (known && atomic_load(&m->inside) != 0))
        return;
    leat__spin_lock(&leat__sched.sysmon_lock);
    if (known)
        fork_lay_down(m);
    leat__stop_world(&fork_stopper);
    fork_quieten(m);
    fork_prepared = true;
}

static void
fork_parent(void)
{
    if (!fork_prepared)
        return;
    fork_prepared = false;
    leat__sched.poller_waits = false;
    atomic_store(&leat__sched.forking, 0);
    leat__futex_wake(&leat__sched.forking, INT32_MAX);
    leat__spin_unlock(&leat__sched.lock);
    leat__start_world(&fork_stopper);
    leat__spin_unlock(&leat__sched.sysmon_lock);
}

// The child --------------------------------------------------------------

// Timers that lie on the stack of a plain thread that is no more.
static void
fork_drop_timers(struct leat__g *g)
{
    struct leat__timerheap *h = &leat__sched.allp[0]->timers;
    for (uint32_t i = 0; i < h->len;) {
        char *t = (char *)h->slot[i].timer;
        if (t >= g->stack_lo && t < g->stack_hi) {
            leat__timer_del(h->slot[i].timer);
            i = 0; // others have moved
        } else {
            i++;
        }
    }
}

// A plain thread that is no more: who finds it in a channel's queue passes it
// over, because somebody seems to have woken it.
static void
fork_drop_thread(struct leat__g *g)
{
    bool queued = atomic_load(&g->status) == G_WAITING &&
        (g->wait_reason == WAIT_CHAN_SEND ||
            g->wait_reason == WAIT_CHAN_RECV ||
            g->wait_reason == WAIT_SELECT);
    atomic_store(&g->select_done, 1);
    for (uint32_t i = 0; queued && i < g->waiting_count; i++)
        g->waiting[i].is_select = true;
    fork_drop_timers(g);
    atomic_store(&g->status, G_DEAD);
}

static void
fork_visit(void *arg, struct leat__g *g)
{
    struct leat__m *self = arg;
    if (g == self->g)
        return;
    if (g->foreign) {
        fork_drop_thread(g);
        return;
    }
    if (atomic_load(&g->status) != G_RUNNING)
        return;
    // Its stack is not used again: others may point into it.
    atomic_store(&g->status, G_DEAD);
    leat__sched.allp[0]->ended++;
    if (g->goid == 1)
        leat__sched.main_ended = true;
}

static void
fork_unlink_threads(struct leat__m *self)
{
    struct leat__g *next, *kept = NULL;
    for (struct leat__g *g = leat__sched.odd_gs; g != NULL; g = next) {
        next = g->all_next;
        if (g->foreign && g != self->g)
            continue;
        g->all_prev = NULL;
        g->all_next = kept;
        if (kept != NULL)
            kept->all_prev = g;
        kept = g;
    }
    leat__sched.odd_gs = kept;
}

static void
fork_reset_ps(void)
{
    leat__sched.pidle = NULL;
    leat__sched.npidle = 0;
    if (!leat__sched.running)
        return;
    for (int i = leat__sched.nprocs; i-- > 0;) {
        struct leat__p *p = leat__sched.allp[i];
        atomic_store(&p->m, NULL);
        p->limbo = false;
        leat__p_put_idle(p);
    }
}

static void
fork_reset_ms(struct leat__m *self, bool known)
{
    bool plain = known && self->g0->foreign;
    leat__sched.allm = known ? self : NULL;
    if (known)
        self->all_link = NULL;
    leat__sched.midle = leat__sched.poller = NULL;
    leat__sched.nmidle = 0;
    leat__sched.nm = known && !plain;
    leat__sched.nforeign = plain;
    leat__sched.nforeign_parked = 0;
    leat__sched.nspinning = 0;
    if (leat__sched.alone != self)
        leat__sched.alone = NULL;
}

static void
fork_reset_rest(void)
{
    leat__sched.sysmon_runs = false;
    leat__sched.sysmon_polls = false;
    leat__sched.sysmon_asleep = 0;
    leat__sched.watching = leat__sched.poll_fds = false;
    leat__sched.poller_waits = leat__sched.poller_leaves = false;
    leat__sched.forking = 0;
    leat__sched.stopping = NULL;
    // Whoever was asleep on a lock, or about to be, is gone.
    for (int i = 0; i < LEAT__LOCK_COUNTS; i++)
        leat__lock_sleepers[i] = 0;
    leat__sched.lock = (struct leat__lock){0};
    leat__sched.sysmon_lock = (struct leat__lock){0};
    if (!leat__barrier_init())
        leat__need_fence = true;
}

// Only memory is put in order here; threads come with the first call.
static void
fork_child(void)
{
    struct leat__m *m = leat__this_m();
    bool known = !(atomic_load(&m->flags) & M_UNATTACHED);
    if (!fork_prepared && !leat__sched.seeded)
        return;
    leat__sched.forked = true;
    if (known)
        atomic_fetch_or(&m->flags,
            M_FORKED | (leat__need_fence ? (uint32_t)M_FENCE : 0));
    if (!fork_prepared)
        return;
    fork_prepared = false;
    leat__each_g(fork_visit, m);
    fork_unlink_threads(m);
    fork_reset_ms(m, known);
    fork_reset_ps();
    fork_reset_rest();
}

// The child's first call: inside, m has its P back.
void
leat__fork_resume(struct leat__m *m)
{
    if (!atomic_exchange(&leat__sched.forked, false))
        return;
    if (leat__hooks.after_fork != NULL)
        leat__hooks.after_fork(m);
    if (leat__sched.seeded || !leat__sched.running)
        return;
    leat__sched.sysmon_runs = leat__sysmon_start();
    leat__wake_p();
}

void
leat__fork_install(void)
{
    if (fork_registered)
        return;
    fork_registered = true;
    fork_stopper.g0 = fork_stopper.g = &fork_stopper.g0_storage;
    fork_stopper.g0->foreign = true;
    pthread_atfork(fork_prepare, fork_parent, fork_child);
}
