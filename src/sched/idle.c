// SPDX-License-Identifier: MIT
// sched/idle.c: threads without work: going to sleep and being woken.
//
// Idea: an idle thread gives its P to the idle list and sleeps on its note.
// One idle thread, the poller, sleeps until the next timer or descriptor
// instead. While other Ps run, the poller also watches: every 50 us it looks
// for a runnext nobody came to (proc.c, point 2), and stops when nothing has
// moved for a while; from then on a ready wakes it explicitly.
//
// Invariants: a P is bound to one m, or on the idle list, or on its way to a
// thread (`handed`), or in limbo while the world stops. At most one thread
// sleeps in netpoll: a poller that is handed a P stays the poller until it is
// out of there, since the bell that wakes it is heard by one thread only, and
// the next poller would hear it in its place. A thread publishes that it
// sleeps (npidle, watching), then runs the process-wide barrier, then looks
// for work once more: who publishes work and sees no sleeper is seen by that
// second look.
// Locks: leat__sched.lock guards the lists.
#include "sched/idle.h"
#include "sched/deadlock.h"
#include "sched/entry.h"
#include "sched/proc.h"
#include "sched/runq.h"
#include "sched/sysmon.h"
#include "base/print.h"
#include "os/barrier.h"
#include "os/clock.h"
#include "os/cpu.h"
#include "os/futex.h"
#include "os/thread.h"

#include <leat/debug.h>

enum {
    IDLE_WATCH_NS = 50 * 1000,      // between the watcher's first looks
    IDLE_WATCH_LONG_NS = 400 * 1000, // after a while without a find
    IDLE_WATCH_QUIET = 20,          // looks without a change before it stops
    IDLE_RETRY_NS = 200 * 1000,     // due timers, but every P is busy
    IDLE_THREADS_MAX = 10000        // as Go's first limit on threads
};

static int idle_threads_max = IDLE_THREADS_MAX; // guarded by sched.lock

// The barrier of the top. With one P it is not needed: only who has a P can
// publish work without sched.lock, and whoever goes to sleep had the only one.
static void
idle_barrier(void)
{
    if (leat__multi && leat__sched.nprocs > 1)
        leat__barrier_all();
}

struct leat__p *
leat__p_take_idle(void)
{
    struct leat__p *p = leat__sched.pidle;
    if (p == NULL || leat__sched.stopping != NULL)
        return NULL;
    leat__sched.pidle = p->idle_link;
    leat__sched.npidle--;
    leat__sysmon_wake();
    return p;
}

void
leat__p_put_idle(struct leat__p *p)
{
    p->idle_link = leat__sched.pidle;
    leat__sched.pidle = p;
    leat__sched.npidle++;
}

void
leat__p_bind(struct leat__m *m, struct leat__p *p)
{
    m->p = p;
    atomic_store(&p->m, m);
}

int64_t
leat__next_timer(void)
{
    int64_t next = INT64_MAX;
    for (int i = 0; i < leat__sched.nprocs; i++) {
        int64_t t = atomic_load(&leat__sched.allp[i]->timers.earliest);
        if (t < next)
            next = t;
    }
    return next;
}

// Work that anybody may take at once.
bool
leat__any_work(void)
{
    if (leat__sched.runq_size > 0)
        return true;
    for (int i = 0; i < leat__sched.nprocs; i++)
        if (!leat__runq_empty(leat__sched.allp[i]))
            return true;
    return false;
}

// Work that the watcher has to keep an eye on. With one P nobody else could
// come to it.
static bool
idle_any_runnext(void)
{
    if (leat__sched.nprocs == 1)
        return false;
    for (int i = 0; i < leat__sched.nprocs; i++)
        if (atomic_load(&leat__sched.allp[i]->runnext) != NULL)
            return true;
    return false;
}

// The poller, unless a P is on its way to it. sched.lock is held.
static struct leat__m *
idle_poller(void)
{
    struct leat__m *m = leat__sched.poller;
    return m != NULL && m->handed == NULL ? m : NULL;
}

// m is to sleep as the poller. sched.lock is held.
static void
idle_set_poller(struct leat__m *m)
{
    leat__sched.poller = m;
    leat__sched.poll_fds = false; // until it says otherwise
}

// Waking ----------------------------------------------------------------

static void
idle_note_wake(struct leat__m *m, bool polls)
{
    atomic_store(&m->note, 1);
    leat__futex_wake(&m->note, 1);
    if (polls && leat__hooks.netpoll_break != NULL)
        leat__hooks.netpoll_break();
}

static void
idle_thread_main(void *arg)
{
    struct leat__m *m = arg;
    leat__m_adopt(m);
    leat__p_bind(m, m->handed);
    m->handed = NULL;
    leat__schedule(m);
}

// Takes a thread off the list of those that sleep, or the poller; NULL when
// there is none. sched.lock is held.
static struct leat__m *
idle_take_sleeper(bool *polls)
{
    struct leat__m *m = leat__sched.midle;
    *polls = m == NULL;
    if (m != NULL)
        leat__sched.midle = m->idle_link;
    else
        m = idle_poller();
    if (m != NULL)
        leat__sched.nmidle--;
    return m;
}

static _Noreturn void
idle_exhausted(int max)
{
    leat__printf(2, "runtime: program exceeds %d-thread limit\n", max);
    leat__throw("thread exhaustion");
}

// A new thread for p, which sched.nm counts already. False when the system
// refuses one.
static bool
idle_new_thread(struct leat__p *p, bool spinning)
{
    struct leat__m *m = leat__m_new();
    if (m == NULL)
        return false;
    m->handed = p;
    m->spinning = spinning;
    if (leat__thread_start(idle_thread_main, m, "leat"))
        return true;
    leat__object_free(NULL, m, sizeof *m);
    return false;
}

// There is no thread for p.
static void
idle_give_up(struct leat__p *p, bool spinning)
{
    leat__spin_lock(&leat__sched.lock);
    leat__sched.nm--;
    leat__sched.nspinning -= spinning; // before p is seen to be idle
    // Whatever P is next to have a thread must find it.
    struct leat__g *g = leat__runnext_get(p);
    if (g != NULL) {
        leat__gqueue_push(&leat__sched.runq, g);
        leat__sched.runq_size++;
    }
    leat__p_put_idle(p);
    leat__spin_unlock(&leat__sched.lock);
}

// Gives p to a sleeping thread or a new one; p is idle again when none can be
// had. Called with sched.lock held, returns without it.
static void
idle_start(struct leat__p *p, bool spinning)
{
    bool polls;
    struct leat__m *m = idle_take_sleeper(&polls);
    if (m != NULL) {
        m->handed = p;
        m->spinning = spinning;
        leat__spin_unlock(&leat__sched.lock);
        idle_note_wake(m, polls);
        return;
    }
    int max = idle_threads_max;
    bool allowed = leat__sched.nm < max;
    leat__sched.nm += allowed;
    leat__spin_unlock(&leat__sched.lock);
    if (!allowed)
        idle_exhausted(max);
    if (!idle_new_thread(p, spinning))
        idle_give_up(p, spinning);
}

int
leat_set_max_threads(int n)
{
    struct leat__m *m = leat__enter();
    leat__spin_lock(&leat__sched.lock);
    int old = idle_threads_max;
    if (n > 0)
        idle_threads_max = n;
    bool exceeded = leat__sched.nm > idle_threads_max;
    leat__spin_unlock(&leat__sched.lock);
    if (exceeded)
        idle_exhausted(n);
    leat__leave(m);
    return old;
}

void
leat__wake_p(void)
{
    if (leat__sched.npidle == 0)
        return;
    int zero = 0;
    if (!atomic_compare_exchange_strong(&leat__sched.nspinning, &zero, 1))
        return;
    leat__spin_lock(&leat__sched.lock);
    struct leat__p *p = leat__p_take_idle();
    if (p != NULL) {
        idle_start(p, true);
        return;
    }
    // Under the lock: who sees a P that goes idle, or the world start, after
    // this sees that nobody spins.
    leat__sched.nspinning--;
    leat__spin_unlock(&leat__sched.lock);
}

static bool
idle_any_fds(void)
{
    return leat__hooks.netpoll != NULL && leat__hooks.netpoll_waiters() > 0;
}

// The poller sleeps too long, or does not watch what there is to watch.
static bool
idle_poller_is_late(void)
{
    return leat__next_timer() < leat__sched.poll_until ||
        (!leat__sched.poll_fds && idle_any_fds()) ||
        (!leat__sched.watching && idle_any_runnext());
}

void
leat__poke_poller(void)
{
    leat__spin_lock(&leat__sched.lock);
    struct leat__m *m = idle_poller();
    bool late = m != NULL && idle_poller_is_late();
    if (late)
        atomic_store(&m->note, 2);
    leat__spin_unlock(&leat__sched.lock);
    if (!late)
        return;
    leat__futex_wake(&m->note, 1);
    if (leat__hooks.netpoll_break != NULL)
        leat__hooks.netpoll_break();
}

// A P whose thread has gone astray: somebody has to run it if there is work,
// or nobody sleeps for the timers and descriptors.
void
leat__p_hand_off(struct leat__p *p)
{
    leat__spin_lock(&leat__sched.lock);
    if (leat__sched.stopping != NULL) {
        p->limbo = true; // who stops the world waits for it
        leat__spin_unlock(&leat__sched.lock);
        return;
    }
    if (leat__p_has_work(p) || leat__sched.runq_size > 0 ||
        idle_poller() == NULL) {
        leat__sysmon_wake();
        idle_start(p, false);
        return;
    }
    leat__p_put_idle(p);
    leat__spin_unlock(&leat__sched.lock);
    idle_barrier();
    if (leat__any_work()) // of a P that runs, which saw no idle one
        leat__wake_p();
    leat__poke_poller();
}

// There is something only a poller sees to. While every P is idle the next one
// is on its way.
static bool
idle_poller_is_missed(void)
{
    return leat__sched.poller == NULL &&
        leat__sched.npidle < leat__sched.nprocs &&
        (idle_any_fds() || idle_any_runnext() ||
            leat__next_timer() != INT64_MAX);
}

void
leat__idle_look(void)
{
    if (leat__sched.npidle == 0)
        return;
    if (leat__any_work() || idle_poller_is_missed())
        leat__wake_p(); // a thread that finds nothing becomes the poller
    else
        leat__poke_poller();
}

// Sleeping --------------------------------------------------------------

// Takes an idle P for m if there is one; m then looks for work.
static bool
idle_regain(struct leat__m *m)
{
    leat__spin_lock(&leat__sched.lock);
    struct leat__p *p = leat__p_take_idle();
    leat__spin_unlock(&leat__sched.lock);
    if (p == NULL)
        return false;
    leat__p_bind(m, p);
    return true;
}

// The poller leaves. Who went to sleep after it was handed its P becomes the
// next one; returns who that is, to be woken once sched.lock is released.
static struct leat__m *
idle_next_poller(void)
{
    struct leat__m *next = leat__sched.midle;
    leat__sched.poller = NULL;
    if (next == NULL)
        return NULL;
    leat__sched.midle = next->idle_link;
    idle_set_poller(next);
    atomic_store(&next->note, 2);
    return next;
}

// The P came with the wake-up.
static void
idle_take_handed(struct leat__m *m)
{
    struct leat__m *next = NULL;
    leat__spin_lock(&leat__sched.lock);
    atomic_store(&m->note, 0);
    leat__p_bind(m, m->handed);
    m->handed = NULL;
    if (leat__sched.poller == m)
        next = idle_next_poller();
    leat__spin_unlock(&leat__sched.lock);
    if (next != NULL)
        leat__futex_wake(&next->note, 1);
}

// Sleeps until m has a P; false: until it is to be the poller.
static bool
idle_sleep(struct leat__m *m)
{
    for (;;) {
        uint32_t poked = 2;
        if (atomic_load(&m->note) == 1)
            break;
        if (atomic_compare_exchange_strong(&m->note, &poked, 0))
            return false;
        leat__futex_wait(&m->note, 0, -1);
    }
    idle_take_handed(m);
    return true;
}

// The poller ------------------------------------------------------------

struct idle_watch {
    uint32_t ticks; // sum over all Ps at the last look
    int quiet;      // looks in a row without a change
    int64_t pause;  // ns to the next look
};

// Whether somebody else is running and seems to be switching.
static bool
idle_watch_needed(struct idle_watch *w)
{
    if (leat__sched.npidle == leat__sched.nprocs || leat__sched.nprocs == 1)
        return false;
    uint32_t ticks = 0;
    for (int i = 0; i < leat__sched.nprocs; i++)
        ticks += atomic_load_explicit(
            &leat__sched.allp[i]->tick, memory_order_relaxed);
    w->quiet = ticks == w->ticks ? w->quiet + 1 : 0;
    w->ticks = ticks;
    return w->quiet < IDLE_WATCH_QUIET;
}

// How long to sleep now, in ns (-1: for ever); publishes it.
static int64_t
idle_poll_timeout(struct idle_watch *w)
{
    bool watch = idle_watch_needed(w);
    leat__sched.watching = watch;
    if (!watch) {
        idle_barrier();
        watch = idle_any_runnext();
        leat__sched.watching = watch;
    }
    leat__spin_lock(&leat__sched.lock);
    int64_t next = leat__next_timer();
    leat__sched.poll_until = next;
    leat__sched.poll_fds = idle_any_fds();
    leat__spin_unlock(&leat__sched.lock);
    int64_t timeout = -1;
    if (next != INT64_MAX) {
        timeout = next - leat__nanotime();
        timeout = timeout < 0 ? 0 : timeout;
    }
    if (watch && (timeout < 0 || timeout > w->pause))
        timeout = w->pause;
    // Who finds nothing looks less often: each look costs the other Ps a
    // little of their cores.
    if (w->pause < IDLE_WATCH_LONG_NS)
        w->pause += w->pause / 8;
    return timeout;
}

static void
idle_poll_wait(struct leat__m *m, int64_t timeout, struct leat__gqueue *q)
{
    // A set that was lost is no wait, but may have made goroutines ready.
    if (leat__sched.poll_fds &&
        (leat__hooks.netpoll(timeout, q) || q->head != NULL))
        return;
    if (timeout != 0)
        leat__futex_wait(&m->note, 0, timeout);
}

// The poller takes a P for what it found; false when all are busy.
static bool
idle_poll_claim(struct leat__m *m)
{
    leat__spin_lock(&leat__sched.lock);
    struct leat__p *p = NULL;
    if (idle_poller() == m && (p = leat__p_take_idle()) != NULL) {
        leat__sched.poller = NULL;
        leat__sched.nmidle--;
        m->spinning = true;
        leat__sched.nspinning++;
        leat__p_bind(m, p);
    }
    leat__spin_unlock(&leat__sched.lock);
    return p != NULL;
}

// Everybody is busy: what is ready goes to the global queue, and the owners
// of the Ps are told to look at their timers.
static void
idle_poll_delegate(struct leat__gqueue *q, bool due)
{
    int n = 0;
    for (struct leat__g *g = q->head; g != NULL; g = g->link)
        n++;
    leat__globq_put_list(q, n);
    // A P may have become idle since the poller asked for one.
    if (n > 0)
        leat__wake_p();
    if (!due)
        return;
    for (int i = 0; i < leat__sched.nprocs; i++)
        atomic_store(&leat__sched.allp[i]->check, 1);
    leat__os_sleep(IDLE_RETRY_NS);
}

static void
idle_mark_ready(struct leat__gqueue *q)
{
    for (struct leat__g *g = q->head; g != NULL; g = g->link)
        atomic_store_explicit(
            &g->status, G_RUNNABLE, memory_order_relaxed);
}

// A lonely runnext goes to the global queue. One step under the lock: a
// goroutine that is nowhere would pass for a deadlock.
static void
idle_poll_lonely(struct leat__m *m)
{
    if (!leat__multi || !leat__sched.watching || leat__sched.npidle == 0)
        return;
    leat__spin_lock(&leat__sched.lock);
    struct leat__g *g = leat__steal_lonely(m);
    if (g != NULL) {
        leat__gqueue_push(&leat__sched.runq, g);
        leat__sched.runq_size++;
    }
    leat__spin_unlock(&leat__sched.lock);
}

// The poller has found nothing in netpoll, and everybody else is idle.
static void
idle_poll_check_dead(void)
{
    if (!leat__sched.poll_fds || leat__sched.npidle != leat__sched.nprocs)
        return;
    leat__spin_lock(&leat__sched.lock);
    leat__sched.poll_fds = false;
    leat__check_dead();
    leat__spin_unlock(&leat__sched.lock);
}

// Sleeps as the poller until m has a P.
static void
idle_poll(struct leat__m *m)
{
    struct idle_watch w = {.pause = IDLE_WATCH_NS};
    while (m->p == NULL) {
        struct leat__gqueue q = {NULL, NULL};
        idle_poll_wait(m, idle_poll_timeout(&w), &q);
        idle_mark_ready(&q);
        uint32_t poked = 2;
        if (atomic_compare_exchange_strong(&m->note, &poked, 0))
            w = (struct idle_watch){.pause = IDLE_WATCH_NS};
        bool due = leat__next_timer() <= leat__nanotime();
        idle_poll_lonely(m);
        bool work = q.head != NULL || due || leat__any_work();
        if (work && idle_poll_claim(m)) {
            leat__ready_list(m, &q);
        } else if (atomic_load(&m->note) == 1) {
            idle_take_handed(m);
            leat__ready_list(m, &q);
        } else if (q.head != NULL || due) {
            idle_poll_delegate(&q, due);
        } else {
            idle_poll_check_dead();
        }
    }
    leat__sched.watching = false;
}

// Gives up m's P. True: go back to work after all.
static bool
idle_release(struct leat__m *m)
{
    struct leat__p *p = m->p;
    m->p = NULL;
    atomic_store(&p->m, NULL);
    if (leat__sched.stopping != NULL) {
        p->limbo = true;
        return false;
    }
    if (leat__sched.runq_size > 0) {
        leat__p_bind(m, p);
        return true;
    }
    leat__p_put_idle(p);
    leat__spin_unlock(&leat__sched.lock);
    leat__spin_stop(m);
    idle_barrier();
    bool again = leat__multi && leat__any_work() && idle_regain(m);
    leat__spin_lock(&leat__sched.lock);
    return again;
}

// A seeded run has one thread: it waits here, and the clock jumps.
static void
idle_seeded(struct leat__m *m)
{
    if (leat__sched.runq_size > 0 || leat__p_has_work(m->p))
        return;
    struct leat__gqueue q = {NULL, NULL};
    if (leat__hooks.test_idle != NULL && leat__hooks.test_idle(m))
        return;
    int64_t next = leat__next_timer();
    if (next != INT64_MAX) {
        if (next > leat__sched.virtual_now)
            leat__sched.virtual_now = next;
        leat__coarse_refresh();
        return;
    }
    if (leat__hooks.netpoll != NULL && leat__hooks.netpoll_waiters() > 0) {
        leat__hooks.netpoll(-1, &q);
        leat__ready_list(m, &q);
        return;
    }
    leat__spin_lock(&leat__sched.lock);
    leat__check_dead();
    leat__spin_unlock(&leat__sched.lock);
}

void
leat__idle(struct leat__m *m)
{
    if (leat__sched.seeded) {
        idle_seeded(m);
        return;
    }
    if (m->next != NULL) { // chosen, but the world stops
        leat__globq_put(m->next);
        m->next = NULL;
    }
    leat__spin_lock(&leat__sched.lock);
    if (m->p != NULL && idle_release(m)) {
        leat__spin_unlock(&leat__sched.lock);
        return;
    }
    leat__spin_stop(m);
    struct leat__p *p;
    if (leat__sched.runq_size > 0 && (p = leat__p_take_idle()) != NULL) {
        leat__p_bind(m, p);
        leat__spin_unlock(&leat__sched.lock);
        return;
    }
    atomic_store(&m->note, 0);
    leat__sched.nmidle++;
    bool polls = leat__sched.poller == NULL;
    if (polls) {
        idle_set_poller(m);
    } else {
        m->idle_link = leat__sched.midle;
        leat__sched.midle = m;
    }
    leat__check_dead();
    bool poke = !polls && idle_poller_is_late();
    leat__spin_unlock(&leat__sched.lock);
    if (poke)
        leat__poke_poller();
    // What it took while it had no P.
    leat__objcache_flush_thread();
    if (polls || !idle_sleep(m))
        idle_poll(m);
}
