// SPDX-License-Identifier: MIT
// sched/deadlock.c: nothing can ever run again.
//
// True when every P is idle, every thread of the runtime sleeps, no timer is
// set, nobody waits for a descriptor, and no plain thread is on its way.
// Plain threads that never called Leat are unknown to it, but may: if the
// process has more threads than the runtime knows, or nobody can tell how many
// it has (no /proc), nothing is reported. In a seeded run no thread may call.
//
// Before leat_run nobody runs goroutines, so that those in the queue are no
// hope to a thread that waits. Threads that wait run the timers; one that does
// so is hope to the others until it is done, although it is parked.
#include "sched/deadlock.h"
#include "sched/idle.h"
#include "sched/runq.h"
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

// Whether nobody is left to run a goroutine that is ready.
static bool
deadlock_nobody_runs(void)
{
    if (!leat__sched.running)
        return true;
    if (leat__sched.runq_size > 0)
        return false;
    // The one thread of a seeded run asks when it has found nothing.
    if (leat__sched.seeded)
        return leat__this_m()->p != NULL;
    return leat__sched.npidle == leat__sched.nprocs &&
        leat__sched.nmidle == leat__sched.nm;
}

// Whether no plain thread can call in, be it known or not.
static bool
deadlock_no_thread_comes(void)
{
    if (leat__sched.seeded)
        return true;
    if (leat__sched.nforeign != leat__sched.nforeign_parked)
        return false;
    int known = leat__sched.nm + leat__sched.nforeign +
        (leat__sched.sysmon_runs ? 1 : 0);
    int count = leat__thread_count();
    // ThreadSanitizer has a thread of its own.
    return count > 0 && count <= known + LEAT__TSAN;
}

static bool
deadlock_is(void)
{
    if (leat__sched.dying || leat__sched.sysmon_polls ||
        leat__sched.stopping != NULL)
        return false;
    if (!deadlock_nobody_runs() || leat__next_timer() != INT64_MAX)
        return false;
    // A plain thread runs timers, and asks here itself when it has.
    if (leat__sched.serving > 0)
        return false;
    if (leat__hooks.netpoll_waiters != NULL &&
        leat__hooks.netpoll_waiters() > 0)
        return false;
    return deadlock_no_thread_comes() && !deadlock_ask_poller();
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
    if (!leat__sched.running)
        leat__throw("all goroutines are asleep - deadlock!\n"
                    "leat_run was not called: name your main leat_main, or "
                    "call leat_run");
    if (leat__sched.main_ended && n == 0)
        leat__throw(
            "no goroutines (main called runtime.Goexit) - deadlock!");
    leat__throw("all goroutines are asleep - deadlock!");
}
