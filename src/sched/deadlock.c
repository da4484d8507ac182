// SPDX-License-Identifier: MIT
// sched/deadlock.c: nothing can ever run again.
//
// True when every P is idle, every thread of the runtime sleeps, no timer is
// set, nobody waits for a descriptor, and no plain thread is on its way.
// Plain threads that never called Leat are unknown to it, but may: if the
// process has more threads than the runtime knows, nothing is reported.
#include "sched/proc.h"
#include "os/futex.h"
#include "os/thread.h"

static void
deadlock_count(void *arg, struct leat__g *g)
{
    *(int *)arg += !g->system;
}

// The poller may hold goroutines whose descriptors are ready, which are
// counted as waiting no longer. It is made to look itself: idle.c.
static bool
deadlock_ask_poller(void)
{
    struct leat__m *m = leat__sched.poller;
    if (m == NULL || !leat__sched.poll_fds)
        return false;
    atomic_store(&m->note, 2);
    leat__futex_wake(&m->note, 1);
    leat__hooks.netpoll_break();
    return true;
}

static bool
deadlock_is(void)
{
    if (leat__sched.dying || !leat__sched.running ||
        leat__sched.sysmon_polls)
        return false;
    if (!leat__sched.seeded &&
        (leat__sched.npidle != leat__sched.nprocs ||
            leat__sched.nmidle != leat__sched.nm))
        return false;
    if (leat__sched.nforeign != leat__sched.nforeign_parked)
        return false;
    if (leat__sched.runq_size > 0 || leat__sched.stopping != NULL)
        return false;
    if (leat__next_timer() != INT64_MAX)
        return false;
    if (leat__hooks.netpoll_waiters != NULL &&
        leat__hooks.netpoll_waiters() > 0)
        return false;
    int known = leat__sched.nm + leat__sched.nforeign +
        (leat__sched.sysmon_runs ? 1 : 0);
    // ThreadSanitizer has a thread of its own.
    if (leat__thread_count() > known + LEAT__TSAN)
        return false;
    return !deadlock_ask_poller();
}

void
leat__check_dead(void)
{
    if (!deadlock_is())
        return;
    for (int i = 0; i < leat__sched.nprocs; i++)
        if (leat__p_has_work(leat__sched.allp[i]))
            return;
    int n = 0;
    leat__sched.dying = true; // nobody else comes here
    leat__spin_unlock(&leat__sched.lock);
    leat__each_g(deadlock_count, &n);
    leat__sched.dying = false;
    if (leat__sched.main_ended && n == 0)
        leat__throw(
            "no goroutines (main called runtime.Goexit) - deadlock!");
    leat__throw("all goroutines are asleep - deadlock!");
}
