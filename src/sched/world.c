// SPDX-License-Identifier: MIT
// sched/world.c: being alone in the runtime: stopping the world, changing
// the number of Ps, and the first plain thread that calls in.
//
// Stopping takes every P: from a thread that is in user code at once (it
// goes on without one until it calls the runtime), from one that is inside
// as soon as it leaves or schedules. Nobody waits for user code.
#include "sched/world.h"
#include "sched/entry.h"
#include "sched/idle.h"
#include "sched/proc.h"
#include "sched/runq.h"
#include "sched/sysmon.h"
#include "sched/unstarted.h"
#include "os/barrier.h"
#include "os/clock.h"
#include "os/cpu.h"
#include "os/heap.h"

enum { WORLD_POLL_NS = 20 * 1000 }; // between looks at who is still inside

bool
leat__p_is_outside(struct leat__p *p, enum leat__m_flags flag)
{
    struct leat__m *m = atomic_load(&p->m);
    if (m == NULL)
        return false;
    atomic_fetch_or(&m->flags, flag);
    leat__barrier_all();
    return atomic_load(&m->inside) == 0;
}

bool
leat__p_ask(struct leat__p *p)
{
    if (!leat__p_is_outside(p, M_ASK))
        return false;
    atomic_fetch_or(&atomic_load(&p->m)->flags, M_TAKEN);
    atomic_store(&p->m, NULL);
    return true;
}

// A P is at rest when no thread can use it or is about to get it.
static int
world_resting(struct leat__m *self)
{
    int n = leat__sched.npidle + (self->p != NULL);
    for (int i = 0; i < leat__sched.nprocs; i++)
        n += leat__sched.allp[i]->limbo;
    return n;
}

// Takes what can be taken now; true when all Ps are at rest. One that is
// neither held, idle nor in limbo is on its way to a thread that starts or
// wakes, or to the idle list: it will come to rest by itself.
static bool
world_sweep(struct leat__m *self)
{
    leat__spin_lock(&leat__sched.lock);
    for (int i = 0; i < leat__sched.nprocs; i++) {
        struct leat__p *p = leat__sched.allp[i];
        if (p != self->p && leat__p_ask(p))
            p->limbo = true;
    }
    // Before leat_run there is one P and nobody has it.
    bool done = world_resting(self) == leat__sched.nprocs ||
        !leat__sched.running;
    leat__spin_unlock(&leat__sched.lock);
    return done;
}

// Somebody else stops the world: m lays its P down for the while.
static void
world_lay_down(struct leat__m *m)
{
    leat__spin_lock(&leat__sched.lock);
    struct leat__p *p = m->p;
    if (leat__sched.stopping != NULL && p != NULL) {
        m->p = NULL;
        atomic_store(&p->m, NULL);
        p->limbo = true;
    }
    leat__spin_unlock(&leat__sched.lock);
}

// The world stands still: a goroutine that laid its P down takes any.
static void
world_pick_up(struct leat__m *m)
{
    leat__spin_lock(&leat__sched.lock);
    for (int i = 0; i < leat__sched.nprocs && m->p == NULL; i++) {
        struct leat__p *p = leat__sched.allp[i];
        if (!p->limbo)
            continue;
        p->limbo = false;
        leat__p_bind(m, p);
    }
    if (m->p == NULL) {
        // Nobody runs: what is not in limbo is idle.
        struct leat__p *p = leat__sched.pidle;
        LEAT_CHECK(p != NULL);
        leat__sched.pidle = p->idle_link;
        leat__sched.npidle--;
        leat__p_bind(m, p);
        leat__sysmon_wake();
    }
    leat__spin_unlock(&leat__sched.lock);
}

// Waits until nobody else stops the world. The goroutine stays on its
// thread, so that callers need not look for their m again; and `inside` is
// 0 meanwhile, so that nobody waits for it.
static void
world_claim(struct leat__m *m)
{
    for (;;) {
        struct leat__m *nobody = NULL;
        if (atomic_compare_exchange_strong(
                &leat__sched.stopping, &nobody, m))
            break;
        world_lay_down(m);
        atomic_store(&m->inside, m->p != NULL);
        leat__os_sleep(WORLD_POLL_NS);
    }
    atomic_store(&m->inside, 1);
}

void
leat__stop_world(struct leat__m *m)
{
    world_claim(m);
    while (!world_sweep(m))
        leat__os_sleep(WORLD_POLL_NS);
    if (m->p == NULL && !m->g->foreign)
        world_pick_up(m);
}

void
leat__start_world(void)
{
    struct leat__p *list[LEAT_PROCS_MAX];
    int n = 0;
    leat__spin_lock(&leat__sched.lock);
    leat__sched.stopping = NULL;
    for (int i = 0; i < leat__sched.nprocs; i++) {
        struct leat__p *p = leat__sched.allp[i];
        if (p->limbo)
            list[n++] = p;
        p->limbo = false;
    }
    leat__spin_unlock(&leat__sched.lock);
    for (int i = 0; i < n; i++)
        leat__p_hand_off(list[i]);
    // Nobody could be woken for what was published meanwhile.
    if (leat__any_work())
        leat__wake_p();
}

// The one thread that may be inside with locks elided and without a P: the
// main thread before leat_run. It has seen leat__multi (set, then the
// barrier) or is seen inside here.
static void
world_wait_alone(struct leat__m *self)
{
    leat__barrier_all();
    struct leat__m *alone = atomic_load(&leat__sched.alone);
    while (alone != NULL && alone != self &&
        atomic_load(&alone->inside) != 0)
        leat__os_sleep(WORLD_POLL_NS);
}

// The world is stopped. Written once only: who reads it has no lock.
static void
world_be_multi(struct leat__m *m)
{
    if (!leat__multi) {
        leat__multi = true;
        world_wait_alone(m);
    }
    leat__multi_settle();
    atomic_store(&leat__sched.multi_settled, true);
}

void
leat__go_multi(struct leat__m *m)
{
    // Settled, not leat__multi: who comes second waits for the first.
    if (atomic_load(&leat__sched.multi_settled))
        return;
    leat__stop_world(m);
    // A plain thread was outside while it waited for its turn: a seeded run
    // may have begun, which elides its locks.
    if (atomic_load(&m->flags) & M_REFUSED)
        leat__refuse();
    world_be_multi(m);
    leat__start_world();
}

// The number of Ps -------------------------------------------------------

static struct leat__p *
world_p_new(int id)
{
    void *mem = NULL;
    if (leat__fault_hits(LEAT__FAULT_MALLOC) ||
        posix_memalign(&mem, 64, sizeof(struct leat__p)) != 0)
        return NULL;
    struct leat__p *p = mem;
    *p = (struct leat__p){.id = id};
    p->timers.earliest = INT64_MAX;
    return p;
}

// Everything a P that goes away holds is passed on.
static void
world_p_drain(struct leat__p *p)
{
    struct leat__gqueue q = {NULL, NULL};
    int n = 0;
    struct leat__g *g = leat__runnext_get(p);
    if (g != NULL)
        leat__gqueue_push(&q, g), n++;
    while ((g = leat__runq_get(p)) != NULL)
        leat__gqueue_push(&q, g), n++;
    leat__globq_put_list(&q, n);
    leat__timers_move(&leat__sched.allp[0]->timers, &p->timers);
    leat__objcache_flush(&p->objects);
    leat__spin_lock(&leat__sched.lock);
    while ((g = p->gfree) != NULL) {
        p->gfree = g->link;
        p->gfree_count--;
        g->link = leat__sched.gfree;
        leat__sched.gfree = g;
        leat__sched.gfree_count++;
    }
    leat__spin_unlock(&leat__sched.lock);
    leat__unstarted_drain(p);
}

static void
world_unidle(struct leat__p *p)
{
    struct leat__p **at = &leat__sched.pidle;
    while (*at != NULL && *at != p)
        at = &(*at)->idle_link;
    if (*at != p)
        return;
    *at = p->idle_link;
    leat__sched.npidle--;
}

// The caller's P goes away: it moves to the first one.
static void
world_move_to_first(struct leat__m *m)
{
    struct leat__p *first = leat__sched.allp[0];
    leat__spin_lock(&leat__sched.lock);
    world_unidle(first);
    first->limbo = false;
    atomic_store(&m->p->m, NULL);
    leat__p_bind(m, first);
    leat__spin_unlock(&leat__sched.lock);
}

static void
world_shrink(struct leat__m *m, int n)
{
    if (m->p != NULL && m->p->id >= n)
        world_move_to_first(m);
    for (int i = n; i < leat__sched.nprocs; i++) {
        struct leat__p *p = leat__sched.allp[i];
        leat__spin_lock(&leat__sched.lock);
        world_unidle(p);
        p->limbo = false;
        leat__spin_unlock(&leat__sched.lock);
        world_p_drain(p);
    }
    leat__sched.nprocs = n;
}

static void
world_grow(int n)
{
    for (int i = leat__sched.nprocs; i < n; i++) {
        if (leat__sched.allp[i] == NULL)
            leat__sched.allp[i] = world_p_new(i);
        if (leat__sched.allp[i] == NULL)
            break; // out of memory: fewer Ps
        leat__spin_lock(&leat__sched.lock);
        leat__p_put_idle(leat__sched.allp[i]);
        leat__spin_unlock(&leat__sched.lock);
        leat__sched.nprocs = i + 1;
    }
}

static void
world_count_surplus(void)
{
    int surplus = leat__sched.nprocs - leat__cpu_count();
    leat__sched.nsurplus = surplus > 0 ? surplus : 0;
}

// Makes the first n Ps before anything runs; false when out of memory.
bool
leat__procs_init(int n)
{
    int i;
    for (i = 0; i < n; i++) {
        if (leat__sched.allp[i] == NULL)
            leat__sched.allp[i] = world_p_new(i);
        if (leat__sched.allp[i] == NULL)
            break;
        leat__sched.nprocs = i + 1;
    }
    world_count_surplus();
    return i > 0;
}

static void
world_resize(struct leat__m *m, int n)
{
    if (n > 1)
        world_be_multi(m);
    if (n < leat__sched.nprocs)
        world_shrink(m, n);
    else
        world_grow(n);
    world_count_surplus();
}

// Whoever sets a number clears auto_procs first and stops the world then: it
// comes before this look at it, or after the change.
void
leat__set_procs(struct leat__m *m, int n, bool followed)
{
    leat__stop_world(m);
    if (!followed || leat__sched.auto_procs)
        world_resize(m, n);
    leat__start_world();
    if (leat__sched.npidle > 0)
        leat__wake_p();
}

int
leat__procs_to_be(void)
{
    leat__spin_lock(&leat__sched.lock);
    int n = leat__sched.procs_wanted;
    leat__spin_unlock(&leat__sched.lock);
    if (n == 0)
        n = leat__cpu_quota();
    return n < LEAT_PROCS_MAX ? n : LEAT_PROCS_MAX;
}

// Before leat_run nothing runs on a P: the number is only noted. The number
// before, or 0 once the runtime runs.
static int
world_note_procs(int n)
{
    if (leat__sched.running)
        return 0;
    int old = leat__procs_to_be();
    leat__spin_lock(&leat__sched.lock);
    if (leat__sched.running)
        old = 0;
    else if (n > 0)
        leat__sched.procs_wanted = n;
    leat__spin_unlock(&leat__sched.lock);
    return old;
}

// Also the number that is: from here on it stays.
static struct leat__m *
world_set_procs(struct leat__m *m, int n, int old)
{
    bool followed = atomic_exchange(&leat__sched.auto_procs, false);
    if (n == old && !followed)
        return m;
    leat__set_procs(m, n, false);
    return leat__this_m();
}

int
leat_gomaxprocs(int n)
{
    struct leat__m *m = leat__enter();
    if (n > LEAT_PROCS_MAX)
        n = LEAT_PROCS_MAX;
    int old = world_note_procs(n);
    if (old == 0) {
        old = leat__sched.nprocs;
        if (n > 0 && !leat__sched.seeded)
            m = world_set_procs(m, n, old);
    }
    leat__leave(m);
    return old;
}

int
leat_num_cpu(void)
{
    return leat__cpu_quota();
}
