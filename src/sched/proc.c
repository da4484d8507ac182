// SPDX-License-Identifier: MIT
// sched/proc.c: park, ready, and which goroutine runs next.
//
// Idea: Go's scheduler (G, M, P, work stealing, runnext), with four
// differences, each for a reason.
// 1. A goroutine that parks switches straight to the next one; the thread's
//    own stack (g0) is visited only when the choice is not simple. So the
//    context of who parks may be incomplete when somebody else has already
//    readied it: `busy` says so, and who takes such a g waits (as Linux does
//    with on_cpu). A parking goroutine never waits for another one's busy
//    (two could wait for each other): it goes to g0 first.
// 2. A wake-up that only fills runnext wakes no other P: of a pair that talk
//    to each other one runs at a time anyway, and two cores would pass the
//    channel to and fro. An idle thread, the watcher, looks every 50 us and
//    takes a runnext that was left lying (see idle.c).
// 3. Publishing work and looking for sleepers needs no fence: going to sleep
//    has a process-wide one (leat__barrier_all).
// 4. A thread without work lingers before it sleeps (see linger.c).
//
// Locks: none here but the global queue's, leat__sched.lock.
#include "sched/proc.h"
#include "sched/deadlock.h"
#include "sched/entry.h"
#include "sched/fiber.h"
#include "sched/idle.h"
#include "sched/linger.h"
#include "sched/runq.h"
#include "sched/world.h"
#include "sched/unstarted.h"
#include "os/barrier.h"
#include "os/clock.h"
#include "os/cpu.h"
#include "os/futex.h"

#include <sched.h>

enum {
    // The clock is read every so many switches while the P has timers: at
    // 22 ns a reading this adds 1.4 ns to a switch.
    PROC_TICK_TIMERS = 16
};

bool leat__need_fence;

// The global queue ------------------------------------------------------

void
leat__globq_put(struct leat__g *g)
{
    leat__spin_lock(&leat__sched.lock);
    leat__gqueue_push(&leat__sched.runq, g);
    leat__sched.runq_size++;
    leat__spin_unlock(&leat__sched.lock);
}

void
leat__globq_put_list(struct leat__gqueue *q, int n)
{
    if (q->head == NULL)
        return;
    leat__spin_lock(&leat__sched.lock);
    if (leat__sched.runq.tail != NULL)
        leat__sched.runq.tail->link = q->head;
    else
        leat__sched.runq.head = q->head;
    leat__sched.runq.tail = q->tail;
    leat__sched.runq_size += n;
    leat__spin_unlock(&leat__sched.lock);
    q->head = q->tail = NULL;
}

struct leat__g *
leat__globq_get(struct leat__p *p, int max)
{
    leat__spin_lock(&leat__sched.lock);
    int n = leat__sched.runq_size / leat__sched.nprocs + 1;
    if (n > LEAT__RUNQ_CAP / 2)
        n = LEAT__RUNQ_CAP / 2;
    if (max > 0 && n > max)
        n = max;
    struct leat__g *first = NULL;
    for (int i = 0; i < n; i++) {
        struct leat__g *g = leat__gqueue_pop(&leat__sched.runq);
        if (g == NULL)
            break;
        leat__sched.runq_size--;
        if (first == NULL)
            first = g;
        else if (!leat__runq_put(p, g)) {
            leat__gqueue_push(&leat__sched.runq, g);
            leat__sched.runq_size++;
            break;
        }
    }
    leat__spin_unlock(&leat__sched.lock);
    return first;
}

// The ring is full: half of it and g go to the global queue.
static LEAT__COLD void
proc_spill(struct leat__p *p, struct leat__g *g)
{
    struct leat__gqueue q = {NULL, NULL};
    int n = 0;
    for (; n < LEAT__RUNQ_CAP / 2; n++) {
        struct leat__g *x = leat__runq_get(p);
        if (x == NULL)
            break;
        leat__gqueue_push(&q, x);
    }
    leat__gqueue_push(&q, g);
    leat__globq_put_list(&q, n + 1);
}

LEAT__INLINE void
proc_put_last(struct leat__p *p, struct leat__g *g)
{
    if (LEAT__UNLIKELY(!leat__runq_put(p, g)))
        proc_spill(p, g);
}

// Ready -----------------------------------------------------------------

// Whether a P is idle that a CPU could run. Where every CPU has a P already,
// one more would only take turns with it, and each turn costs two switches in
// the kernel: then work waits for its P, and if that one does not come to it,
// for sysmon, which wakes all the same.
LEAT__INLINE bool
proc_may_wake(void)
{
    return LEAT__UNLIKELY(atomic_load_explicit(&leat__sched.npidle,
                              memory_order_relaxed) >
        atomic_load_explicit(&leat__sched.nsurplus, memory_order_relaxed));
}

// Work was published that no running P may get to soon.
LEAT__INLINE void
proc_wake_if_idle(void)
{
    leat__light_fence();
    if (proc_may_wake() &&
        atomic_load_explicit(&leat__sched.nspinning, memory_order_relaxed) ==
            0)
        leat__wake_p();
}

// Only runnext was filled: the watcher, if there is one, will see it.
LEAT__INLINE void
proc_wake_if_unwatched(void)
{
    leat__light_fence();
    if (LEAT__UNLIKELY(atomic_load_explicit(&leat__sched.npidle,
                           memory_order_relaxed) != 0) &&
        !atomic_load_explicit(&leat__sched.watching, memory_order_relaxed) &&
        atomic_load_explicit(&leat__sched.nspinning, memory_order_relaxed) ==
            0)
        leat__wake_p();
}

// From a thread without a P, or for a plain thread.
static LEAT__COLD void
proc_ready_far(struct leat__g *g)
{
    if (g->foreign) {
        // Counted here: a thread on its way is not asleep. After the store
        // it may be gone, and g is not read again.
        leat__sched.nforeign_parked--;
        _Atomic uint32_t *word = &g->thread_word;
        atomic_store_explicit(word, THREAD_READY, memory_order_release);
        leat__futex_wake(word, 1);
        return;
    }
    leat__globq_put(g);
    leat__barrier_all();
    leat__wake_p();
}

void
leat__ready(struct leat__m *m, struct leat__g *g)
{
    atomic_store_explicit(&g->status, G_RUNNABLE, memory_order_relaxed);
    struct leat__p *p = m->p;
    if (LEAT__UNLIKELY(p == NULL || g->foreign)) {
        proc_ready_far(g);
        return;
    }
    struct leat__g *old = leat__runnext_put(p, g);
    if (old == NULL) {
        proc_wake_if_unwatched();
        return;
    }
    proc_put_last(p, old);
    proc_wake_if_idle();
}

void
leat__ready_last(struct leat__m *m, struct leat__g *g)
{
    atomic_store_explicit(&g->status, G_RUNNABLE, memory_order_relaxed);
    if (LEAT__UNLIKELY(m->p == NULL || g->foreign)) {
        proc_ready_far(g);
        return;
    }
    proc_put_last(m->p, g);
    proc_wake_if_idle();
}

void
leat__ready_list(struct leat__m *m, struct leat__gqueue *q)
{
    for (struct leat__g *g; (g = leat__gqueue_pop(q)) != NULL;)
        leat__ready_last(m, g);
}

// Switching -------------------------------------------------------------

LEAT__INLINE void
proc_switch(struct leat__m *m, struct leat__g *from, struct leat__g *to,
    bool dying)
{
    m->g = to;
    to->m = m;
    atomic_store_explicit(&to->busy, 1, memory_order_relaxed);
    atomic_store_explicit(&to->status, G_RUNNING, memory_order_relaxed);
    leat__fiber_leave(from, to, dying);
    leat__switch(&from->context, &to->context, &from->busy);
    leat__fiber_arrive(from);
}

// The next goroutine of this P if the choice is simple, else NULL.
LEAT__INLINE struct leat__g *
proc_pick(struct leat__m *m)
{
    struct leat__p *p = m->p;
    if (LEAT__UNLIKELY(
            atomic_load_explicit(&p->check, memory_order_relaxed) != 0))
        return NULL;
    uint32_t tick = atomic_load_explicit(&p->tick, memory_order_relaxed) + 1;
    atomic_store_explicit(&p->tick, tick, memory_order_relaxed);
    if (LEAT__UNLIKELY(tick % PROC_TICK_TIMERS == 0) &&
        (tick % LEAT__TICK_GLOBAL == 0 ||
            atomic_load_explicit(
                &p->timers.count, memory_order_relaxed) != 0))
        return NULL;
    struct leat__g *g = leat__runnext_get(p);
    return g != NULL ? g : leat__runq_get(p);
}

static LEAT__NOINLINE void
proc_switch_to_g0(struct leat__m *m, struct leat__g *g, bool dying)
{
    struct leat__g *g0 = m->g0;
    proc_switch(m, g, g0, dying);
}

// self starts over, as somebody else: its frames are gone.
static _Noreturn void
proc_start_here(struct leat__g *self)
{
    struct leat__context nobody;
    _Atomic uint32_t busy;
    leat__switch(&nobody, &self->context, &busy);
    __builtin_unreachable();
}

// next is not known, has no stack yet, or is just leaving it. Waiting here for
// its context could wait for ever: see the top.
static LEAT__NOINLINE void
proc_switch_hard(
    struct leat__m *m, struct leat__g *self, struct leat__g *next, bool dying)
{
    if (dying && next != NULL && leat__is_unstarted(next) &&
        leat__g_start_here(m, next))
        proc_start_here(self);
    m->next = next;
    proc_switch_to_g0(m, self, dying);
}

void
leat__switch_away(struct leat__m *m, bool dying)
{
    struct leat__g *self = m->g;
    if (LEAT__UNLIKELY(m->p == NULL || m->retired != NULL)) {
        proc_switch_to_g0(m, self, dying);
        return;
    }
    struct leat__g *next = proc_pick(m);
    if (next == self) { // readied before it had left
        atomic_store_explicit(
            &self->status, G_RUNNING, memory_order_relaxed);
        return;
    }
    if (LEAT__UNLIKELY(next == NULL ||
            atomic_load_explicit(&next->busy, memory_order_acquire) != 0)) {
        proc_switch_hard(m, self, next, dying);
        return;
    }
    proc_switch(m, self, next, dying);
}

static void
proc_run_timers(struct leat__m *m, struct leat__p *p)
{
    if (atomic_load_explicit(&p->timers.count, memory_order_relaxed) == 0)
        return;
    int64_t now = leat__nanotime();
    if (now >= atomic_load_explicit(
                   &p->timers.earliest, memory_order_relaxed))
        leat__timers_run(m, &p->timers, now);
}

int64_t
leat__serve_timers(struct leat__m *m)
{
    if (leat__sched.running)
        return -1;
    // What has fired may still be about to wake somebody.
    leat__sched.serving++;
    proc_run_timers(m, leat__sched.allp[0]);
    leat__sched.serving--;
    int64_t next = leat__next_timer(), now = leat__nanotime();
    if (next == INT64_MAX)
        return -1;
    return next > now ? next - now : 0;
}

static void
proc_check_dead(void)
{
    leat__spin_lock(&leat__sched.lock);
    leat__check_dead();
    leat__spin_unlock(&leat__sched.lock);
}

void
leat__threads_look(void)
{
    leat__spin_lock(&leat__sched.lock);
    for (struct leat__g *g = leat__sched.odd_gs; g != NULL; g = g->all_next) {
        // Also one that is only about to sleep: its futex tells it.
        uint32_t sleeps = THREAD_SLEEPS;
        if (g->foreign &&
            atomic_compare_exchange_strong(
                &g->thread_word, &sleeps, THREAD_LOOKS))
            leat__futex_wake(&g->thread_word, 1);
    }
    leat__spin_unlock(&leat__sched.lock);
}

// If it is not, it is about to look at the timers: who has asked for that is
// heard.
static bool
proc_thread_is_ready(struct leat__g *g)
{
    uint32_t word = THREAD_LOOKS;
    atomic_compare_exchange_strong(&g->thread_word, &word, THREAD_SLEEPS);
    return word == THREAD_READY;
}

// Blocks the plain thread behind g.
static LEAT__COLD struct leat__m *
proc_park_thread(struct leat__m *m)
{
    struct leat__g *g = m->g;
    leat__sched.nforeign_parked++; // who readies it takes this back
    while (!proc_thread_is_ready(g)) {
        int64_t timeout = leat__serve_timers(m);
        if (timeout < 0)
            proc_check_dead();
        // Asleep it is outside: nobody who wants the runtime still waits
        // for it.
        leat__leave(m);
        leat__futex_wait(&g->thread_word, THREAD_SLEEPS, timeout);
        leat__enter();
    }
    if (LEAT__UNLIKELY(leat__is_refused(m)))
        leat__refuse(); // the run has ended its wait
    atomic_store_explicit(
        &g->thread_word, THREAD_SLEEPS, memory_order_relaxed);
    // Pairs with entry_any_comes: who sees this sees that it is inside.
    atomic_store_explicit(&g->status, G_RUNNING, memory_order_release);
    return m;
}

struct leat__m *
leat__park(struct leat__m *m)
{
    struct leat__g *g = m->g;
    if (LEAT__UNLIKELY(g->foreign))
        return proc_park_thread(m);
    g->wait_since = atomic_load_explicit(
        &leat__sched.coarse_now, memory_order_relaxed);
    leat__switch_away(m, false);
    return leat__this_m();
}

struct leat__m *
leat__yield(struct leat__m *m)
{
    struct leat__g *g = m->g;
    if (g->foreign || m->p == NULL) {
        sched_yield();
        return m;
    }
    atomic_store_explicit(&g->status, G_RUNNABLE, memory_order_relaxed);
    struct leat__g *next = leat__runnext_get(m->p);
    if (next != NULL)
        proc_put_last(m->p, next);
    // Behind those in the global queue too: the ring comes before it, and one
    // that yields again and again would keep them waiting.
    if (LEAT__UNLIKELY(leat__sched.runq_size > 0))
        leat__globq_put(g);
    else
        proc_put_last(m->p, g);
    leat__switch_away(m, false);
    return leat__this_m();
}

void
leat_yield(void)
{
    leat__leave(leat__yield(leat__enter()));
}

// Choosing on g0 --------------------------------------------------------

struct leat__g *
leat__netpoll_now(struct leat__m *m)
{
    if (leat__hooks.netpoll == NULL || leat__hooks.netpoll_waiters() == 0)
        return NULL;
    struct leat__gqueue q = {NULL, NULL};
    leat__hooks.netpoll(0, &q);
    struct leat__g *g = leat__gqueue_pop(&q);
    leat__ready_list(m, &q);
    return g;
}

// Timers that are due on a P whose owner is busy elsewhere.
static void
proc_steal_timers(struct leat__m *m, struct leat__p *from)
{
    if (atomic_load_explicit(&from->timers.earliest, memory_order_relaxed) !=
        INT64_MAX)
        proc_run_timers(m, from);
}

struct leat__g *
leat__steal(struct leat__m *m)
{
    struct leat__p *p = m->p;
    uint32_t n = (uint32_t)leat__sched.nprocs;
    uint32_t at = leat__rand_below(&m->rand, n);
    for (uint32_t i = 0; i < n; i++, at++) {
        struct leat__p *victim = leat__sched.allp[at % n];
        if (victim == p)
            continue;
        struct leat__g *g = leat__runq_steal(p, victim);
        if (g != NULL) {
            leat__sched.steals++;
            return g;
        }
        proc_steal_timers(m, victim);
        if ((g = leat__runnext_get(p)) != NULL ||
            (g = leat__runq_get(p)) != NULL)
            return g;
    }
    return NULL;
}

// A runnext that has lain unused since the watcher's last look. sched.lock is
// held.
struct leat__g *
leat__steal_lonely(struct leat__m *m)
{
    for (int i = 0; i < leat__sched.nprocs; i++) {
        struct leat__p *p = leat__sched.allp[i];
        uint32_t tick = atomic_load_explicit(&p->tick, memory_order_relaxed);
        struct leat__g *g =
            atomic_load_explicit(&p->runnext, memory_order_relaxed);
        bool same = g != NULL && g == p->watch_next && tick == p->watch_tick;
        p->watch_next = g;
        p->watch_tick = tick;
        if (same && p != m->p && leat__p_is_outside(p, M_WATCHED) &&
            (g = leat__runnext_get(p)) != NULL) {
            leat__sched.steals++;
            return g;
        }
    }
    return NULL;
}

static struct leat__g *
proc_find_local(struct leat__m *m)
{
    struct leat__p *p = m->p;
    uint32_t tick = atomic_load_explicit(&p->tick, memory_order_relaxed);
    atomic_store_explicit(&p->check, 0, memory_order_relaxed);
    struct leat__g *g = leat__runnext_get(p);
    if (tick % LEAT__TICK_GLOBAL == 0) {
        // The fair turn: a pair that passes runnext to and fro would keep
        // everybody else waiting.
        atomic_store_explicit(&p->tick, tick + 1, memory_order_relaxed);
        if (g != NULL)
            proc_put_last(p, g);
        g = NULL;
        if (leat__sched.runq_size > 0)
            g = leat__globq_get(p, 1);
    }
    if (g != NULL)
        return g;
    if ((g = leat__runq_get(p)) != NULL)
        return g;
    if (leat__sched.runq_size > 0)
        return leat__globq_get(p, 0);
    return NULL;
}

static struct leat__g *
proc_find_elsewhere(struct leat__m *m)
{
    struct leat__g *g = leat__netpoll_now(m);
    if (g != NULL)
        return g;
    if (leat__sched.nprocs == 1)
        return leat__linger(m);
    if (!m->spinning) {
        m->spinning = true;
        leat__sched.nspinning++;
    }
    if ((g = leat__linger(m)) != NULL)
        return g;
    // A few rounds: work often comes right after one runs dry.
    for (int i = 0; i < 4; i++) {
        if ((g = leat__steal(m)) != NULL)
            return g;
        leat__cpu_relax();
    }
    return NULL;
}

// Whoever stops looking for work lets somebody else start.
void
leat__spin_stop(struct leat__m *m)
{
    if (!m->spinning)
        return;
    m->spinning = false;
    leat__sched.nspinning--;
}

// Seeded runs: any runnable goroutine, each as likely.
static struct leat__g *
proc_find_seeded(struct leat__m *m)
{
    struct leat__p *p = m->p;
    struct leat__g *g = leat__runnext_get(p);
    if (g != NULL)
        proc_put_last(p, g);
    while (leat__sched.runq_size > 0 && (g = leat__globq_get(p, 1)) != NULL)
        if (!leat__runq_put(p, g)) {
            leat__globq_put(g);
            break;
        }
    uint32_t head = atomic_load(&p->runq_head);
    uint32_t n = atomic_load(&p->runq_tail) - head;
    if (n == 0)
        return NULL;
    uint32_t i = head + leat__rand_below(&leat__sched.rand, n);
    g = atomic_load(&p->runq[i % LEAT__RUNQ_CAP]);
    atomic_store(&p->runq[i % LEAT__RUNQ_CAP],
        atomic_load(&p->runq[head % LEAT__RUNQ_CAP]));
    atomic_store(&p->runq[head % LEAT__RUNQ_CAP], g);
    leat__sched.trace = (leat__sched.trace ^ g->goid) * 0x100000001b3u;
    return leat__runq_get(p);
}

struct leat__g *
leat__find_runnable(struct leat__m *m)
{
    for (;;) {
        if (m->p == NULL)
            leat__idle(m);
        if (LEAT__UNLIKELY(leat__sched.stopping != NULL))
            leat__idle(m); // gives the P up, returns with one
        struct leat__g *g = m->next;
        if (g != NULL) {
            m->next = NULL;
            return g;
        }
        proc_run_timers(m, m->p);
        if (leat__sched.seeded)
            g = proc_find_seeded(m);
        else
            g = proc_find_local(m);
        if (g != NULL || (g = proc_find_elsewhere(m)) != NULL)
            return g;
        leat__idle(m);
    }
}

void
leat__g_wait_left(struct leat__g *g)
{
    for (int i = 0;
         atomic_load_explicit(&g->busy, memory_order_acquire) != 0; i++)
        leat__cpu_give_way(i);
}

void
leat__schedule(struct leat__m *m)
{
    for (;;) {
        if (m->retired != NULL) {
            leat__g_bury(m->retired);
            m->retired = NULL;
        }
        if (leat__sched.seeded && leat__sched.main_returned)
            return;
        struct leat__g *g = leat__find_runnable(m);
        if (m->spinning) {
            leat__spin_stop(m);
            // What came while this one was looking woke nobody.
            if (leat__any_work())
                proc_wake_if_idle();
        }
        if (leat__is_unstarted(g))
            g = leat__g_start_on(m, g);
        leat__g_wait_left(g);
        proc_switch(m, m->g0, g, false);
        // This thread may now sleep for long with what g had in them.
        leat__forget_registers();
    }
}
