// SPDX-License-Identifier: MIT
// sched/sysmon.c: the thread that watches the others.
//
// Every 2.5 ms it looks at each P. One that has not switched for 10 ms runs
// a goroutine that computes, or sits in a blocking C call: its P is taken
// and given to another thread; the stray thread goes on alone and asks for a
// P when it next calls the runtime. C code cannot be interrupted safely (it
// may hold malloc's lock), so this is preemption by adding a thread. Timers
// nobody gets to and descriptors nobody polls are seen to. When every P has
// been idle for a while it gives memory back and sleeps until woken.
#include "sched/sysmon.h"
#include "sched/deadlock.h"
#include "sched/entry.h"
#include "sched/idle.h"
#include "sched/proc.h"
#include "sched/world.h"
#include "base/print.h"
#include "os/clock.h"
#include "os/cpu.h"
#include "os/futex.h"
#include "os/thread.h"
#include "os/ticks.h"

enum {
    SYSMON_TICK_NS = 2500 * 1000,
    SYSMON_SLICE_NS = 10 * 1000 * 1000,     // as Go's forcePreemptNS
    SYSMON_GRACE_NS = 100 * 1000 * 1000,    // idle before deep sleep
    SYSMON_TRIM_BATCH = 256,                // stacks given back a tick
    SYSMON_SCAVENGE = 2 << 20,              // bytes of the heap, likewise
    SYSMON_REFUSED_TICKS = 100,             // a quarter of a second
    SYSMON_POLL_NS = 10 * 1000 * 1000       // between polls of descriptors
};
#define SYSMON_QUOTA_NS (10 * LEAT_SECOND) // between reads of the quota

struct sysmon_state {
    int64_t now, idle_since, polled_at, quota_at;
    uint64_t refusals; // seen so far
    int refused_ticks; // in a row
    bool told;
    bool flushed; // the caches of the idle Ps, since they are idle
    uint64_t heap_events; // when last looked
};

// A P that has run the same goroutine for a slice is taken.
static void
sysmon_look_at(struct leat__p *p, int64_t now)
{
    uint32_t tick = atomic_load_explicit(&p->tick, memory_order_relaxed);
    if (atomic_load(&p->m) == NULL || tick != p->seen_tick) {
        p->seen_tick = tick;
        p->seen_at = now;
        return;
    }
    if (now - p->seen_at < SYSMON_SLICE_NS)
        return;
    leat__spin_lock(&leat__sched.lock);
    bool taken = leat__sched.stopping == NULL && leat__p_ask(p);
    leat__spin_unlock(&leat__sched.lock);
    if (!taken)
        return;
    leat__sched.retakes++;
    leat__p_hand_off(p);
}

static void
sysmon_timers(int64_t now)
{
    for (int i = 0; i < leat__sched.nprocs; i++) {
        struct leat__p *p = leat__sched.allp[i];
        if (atomic_load(&p->timers.earliest) > now)
            continue;
        atomic_store(&p->check, 1);
        if (leat__sched.npidle > 0 && leat__sched.poller == NULL)
            leat__wake_p();
    }
}

// While the ready goroutines are in nobody's queue but this one, the rest
// may look like a deadlock: sysmon_polls says that it is none.
static void
sysmon_poll_now(void)
{
    struct leat__gqueue q = {NULL, NULL};
    atomic_store(&leat__sched.sysmon_polls, true);
    leat__hooks.netpoll(0, &q);
    int n = 0;
    for (struct leat__g *g = q.head; g != NULL; g = g->link, n++)
        atomic_store(&g->status, G_RUNNABLE);
    leat__globq_put_list(&q, n);
    leat__spin_lock(&leat__sched.lock);
    atomic_store(&leat__sched.sysmon_polls, false);
    leat__check_dead();
    leat__spin_unlock(&leat__sched.lock);
    if (n > 0)
        leat__wake_p();
}

static void
sysmon_poll(struct sysmon_state *s)
{
    if (leat__hooks.netpoll == NULL || leat__hooks.netpoll_waiters() == 0 ||
        s->now - s->polled_at < SYSMON_POLL_NS ||
        (leat__sched.poller != NULL && leat__sched.poll_fds))
        return;
    s->polled_at = s->now;
    sysmon_poll_now();
}

// Follows the mask of CPUs and the cgroup's quota, unless the program or
// LEATPROCS set a number.
static void
sysmon_quota(struct sysmon_state *s)
{
    if (!leat__sched.auto_procs || s->now - s->quota_at < SYSMON_QUOTA_NS)
        return;
    s->quota_at = s->now;
    leat__cpu_look();
    int n = leat__cpu_quota();
    if (n == leat__sched.nprocs || n > LEAT_PROCS_MAX)
        return;
    struct leat__m *m = leat__enter();
    leat__set_procs(m, n, true);
    leat__leave(m);
    leat__detach(m);
}

static void
sysmon_deep_sleep(struct sysmon_state *s)
{
    leat__spin_lock(&leat__sched.lock);
    // Where the system refuses a thread there may be work, or nobody who
    // sleeps for timers and descriptors.
    bool idle = leat__sched.npidle == leat__sched.nprocs &&
        leat__sched.poller != NULL && !leat__any_work();
    // A plain thread may have ended since the others went to sleep.
    if (idle)
        leat__check_dead();
    if (idle)
        atomic_store(&leat__sched.sysmon_asleep, 1);
    leat__spin_unlock(&leat__sched.lock);
    while (idle && atomic_load(&leat__sched.sysmon_asleep) != 0)
        leat__futex_wait(&leat__sched.sysmon_asleep, 1, -1);
    s->idle_since = leat__os_clock();
}

// Goroutines that could run but for a thread: what looks like a hang is one,
// for as long as those that block do.
static void
sysmon_tell_refused(struct sysmon_state *s)
{
    uint64_t refusals = leat__thread_refusals();
    s->refused_ticks = refusals != s->refusals ? s->refused_ticks + 1 : 0;
    s->refusals = refusals;
    if (s->refused_ticks < SYSMON_REFUSED_TICKS || s->told)
        return;
    s->told = true;
    bool banned = leat__thread_banned();
    leat__printf(2, banned
        ? "leat: the system permits no thread: goroutines wait until others "
          "no longer block (a sandbox must allow clone, and allow clone3 or "
          "refuse it with ENOSYS)\n"
        : "leat: the system refused a thread, again and again: goroutines "
          "wait until others no longer block (raise ulimit -u or -v, or "
          "pids.max or memory.max of the cgroup)\n");
}

// Work for which there was no thread, because the system refused one; and
// what is left by those who wake others without a fence (sched/idle.c).
static void
sysmon_work(struct sysmon_state *s)
{
    leat__idle_look();
    sysmon_tell_refused(s);
}

// The caches of idle Ps go back to the spans, so that these become free.
static void
sysmon_flush(void)
{
    leat__spin_lock(&leat__sched.lock);
    for (struct leat__p *p = leat__sched.pidle; p != NULL; p = p->idle_link)
        leat__objcache_flush(&p->objects);
    leat__spin_unlock(&leat__sched.lock);
}

// Whether nothing runs on a P, and nobody uses the heap: a goroutine that lost
// its P because it computes may go on to take and free memory.
static bool
sysmon_is_idle(struct sysmon_state *s)
{
    uint64_t events = leat__heap_events();
    bool quiet = events == s->heap_events;
    s->heap_events = events;
    return quiet && leat__sched.npidle == leat__sched.nprocs &&
        !leat__any_work();
}

static void
sysmon_idle(struct sysmon_state *s)
{
    if (!sysmon_is_idle(s)) {
        s->idle_since = s->now;
        s->flushed = false;
        return;
    }
    if (s->now - s->idle_since < SYSMON_GRACE_NS)
        return;
    if (!s->flushed)
        sysmon_flush();
    s->flushed = true;
    bool done = leat__gs_trim(SYSMON_TRIM_BATCH) == 0 &&
        leat__heap_scavenge(SYSMON_SCAVENGE) == 0;
    s->heap_events = leat__heap_events(); // without one's own
    if (done)
        sysmon_deep_sleep(s);
}

static void
sysmon_main(void *arg)
{
    struct sysmon_state s = {0};
    (void)arg;
    s.idle_since = s.quota_at = leat__os_clock();
    for (;;) {
        leat__os_sleep(SYSMON_TICK_NS);
        // Whoever reports the end keeps its P, however long that takes.
        if (atomic_load(&leat__sched.dying))
            continue;
        s.now = leat__os_clock();
        leat__ticks_note();
        leat__coarse_refresh();
        for (int i = 0; i < leat__sched.nprocs; i++)
            sysmon_look_at(leat__sched.allp[i], s.now);
        sysmon_timers(s.now);
        sysmon_poll(&s);
        sysmon_work(&s);
        sysmon_quota(&s);
        leat__heap_scavenge_excess();
        sysmon_idle(&s);
    }
}

bool
leat__sysmon_start(void)
{
    leat__ticks_note();
    return leat__thread_start(sysmon_main, NULL, "leat-sysmon");
}

// A P stops being idle; sched.lock is held.
void
leat__sysmon_wake(void)
{
    if (LEAT__LIKELY(atomic_load_explicit(&leat__sched.sysmon_asleep,
                         memory_order_relaxed) == 0))
        return;
    atomic_store(&leat__sched.sysmon_asleep, 0);
    leat__coarse_refresh();
    leat__futex_wake(&leat__sched.sysmon_asleep, 1);
}
