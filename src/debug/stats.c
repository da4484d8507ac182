// SPDX-License-Identifier: MIT
// debug/stats.c: leat_get_stats: counters of the scheduler, added up.
//
// Nothing is stopped: each number is right at some moment during the call,
// but not all of them at the same one.
#include "mem/stack.h"
#include "sched/sched.h"

#include <leat/debug.h>
#include <leat/go.h>

#include <string.h>

static void
stats_add_p(struct leat_stats *s, struct leat__p *p)
{
    s->goroutines_total +=
        atomic_load_explicit(&p->spawned, memory_order_relaxed);
    s->timers +=
        atomic_load_explicit(&p->timers.count, memory_order_relaxed);
}

void
leat_get_stats(struct leat_stats *stats)
{
    struct leat__m *m = leat__enter();
    memset(stats, 0, sizeof *stats);
    // Ps that were given up keep their counts, and come first.
    for (int i = 0; i < LEAT_PROCS_MAX && leat__sched.allp[i] != NULL; i++)
        stats_add_p(stats, leat__sched.allp[i]);
    stats->goroutines_total += __atomic_load_n(
        &leat__sched.foreign_spawned, __ATOMIC_RELAXED);
    leat__spin_lock(&leat__sched.lock);
    stats->threads = leat__sched.nm + (leat__sched.sysmon_runs ? 1 : 0);
    stats->procs = leat__sched.nprocs;
    leat__spin_unlock(&leat__sched.lock);
    stats->stack_bytes = leat__stack_bytes();
    stats->steals = atomic_load(&leat__sched.steals);
    stats->retakes = atomic_load(&leat__sched.retakes);
    leat__leave(m);
    stats->goroutines = leat_num_goroutine();
}
