// SPDX-License-Identifier: MIT
// sched/world.c: being alone in the runtime: stopping the world, changing
// the number of Ps, and the first plain thread that calls in.
//
// Stopping takes every P: from a thread that is in user code at once (it
// goes on without one until it calls the runtime), from one that is inside
// as soon as it leaves or schedules. Nobody waits for user code.
#include "sched/proc.h"
#include "os/barrier.h"
#include "os/clock.h"
#include "os/cpu.h"
#include "os/heap.h"

enum { WORLD_POLL_NS = 20 * 1000 }; // between looks at who is still inside

// Asks p's thread for it; true if it is taken. sched.lock is held.
bool
leat__p_ask(struct leat__p *p)
{
    struct leat__m *m = atomic_load(&p->m);
    if (m == NULL)
        return false;
    atomic_fetch_or(&m->flags, M_ASK);
    leat__barrier_all();
    if (atomic_load(&m->inside) != 0)
        return false;
    atomic_fetch_or(&m->flags, M_TAKEN);
    atomic_store(&p->m, NULL);
    return true;
}

// Takes what can be taken now; the number of Ps still held by others.
static int
world_sweep(struct leat__m *self)
{
    int held = 0;
    leat__spin_lock(&leat__sched.lock);
    for (int i = 0; i < leat__sched.nprocs; i++) {
        struct leat__p *p = leat__sched.allp[i];
        struct leat__m *m = atomic_load(&p->m);
        if (m == NULL || m == self)
            continue;
        if (leat__p_ask(p))
            p->limbo = true;
        else
            held++;
    }
    // A P handed to a thread that is just waking is on its way to an m.
    for (struct leat__m *m = leat__sched.allm; m != NULL; m = m->all_link)
        held += m->handed != NULL;
    leat__spin_unlock(&leat__sched.lock);
    return held;
}

// Gives way while somebody else stops the world.
static struct leat__m *
world_claim(struct leat__m *m)
{
    for (;;) {
        struct leat__m *nobody = NULL;
        if (atomic_compare_exchange_strong(
                &leat__sched.stopping, &nobody, m))
            return m;
        if (m->p != NULL) {
            atomic_store(&m->p->check, 1); // by way of g0, which gives way
            m = leat__yield(m);
        } else {
            leat__os_sleep(WORLD_POLL_NS);
        }
    }
}

void
leat__stop_world(struct leat__m *m)
{
    world_claim(m);
    while (world_sweep(m) != 0)
        leat__os_sleep(WORLD_POLL_NS);
}

void
leat__start_world(struct leat__m *m)
{
    struct leat__p *list[LEAT_PROCS_MAX];
    int n = 0;
    (void)m;
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
    if (leat__sched.runq_size > 0)
        leat__wake_p();
}

void
leat__go_multi(struct leat__m *m)
{
    if (leat__multi)
        return;
    leat__stop_world(m);
    // Before leat_run the main thread may be inside without a P.
    leat__spin_lock(&leat__sched.lock);
    for (struct leat__m *x = leat__sched.allm; x != NULL; x = x->all_link)
        while (x != m && x->p == NULL && x->g0->foreign &&
            atomic_load(&x->inside) != 0 &&
            atomic_load(&x->g0->status) == G_RUNNING)
            leat__cpu_relax();
    leat__multi = true;
    leat__spin_unlock(&leat__sched.lock);
    leat__start_world(m);
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
world_p_drain(struct leat__m *m, struct leat__p *p)
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
    leat__spin_lock(&leat__sched.lock);
    while ((g = p->gfree) != NULL) {
        p->gfree = g->link;
        p->gfree_count--;
        g->link = leat__sched.gfree;
        leat__sched.gfree = g;
        leat__sched.gfree_count++;
    }
    leat__spin_unlock(&leat__sched.lock);
    (void)m;
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
        world_p_drain(m, p);
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

// Makes the first n Ps before anything runs; false when out of memory.
bool
leat__procs_init(int n)
{
    for (int i = 0; i < n; i++) {
        if (leat__sched.allp[i] == NULL)
            leat__sched.allp[i] = world_p_new(i);
        if (leat__sched.allp[i] == NULL)
            return i > 0;
        leat__sched.nprocs = i + 1;
    }
    return true;
}

void
leat__set_procs(struct leat__m *m, int n)
{
    leat__stop_world(m);
    if (n > 1)
        leat__multi = true;
    if (n < leat__sched.nprocs)
        world_shrink(m, n);
    else
        world_grow(n);
    leat__start_world(m);
    if (leat__sched.npidle > 0)
        leat__wake_p();
}

int
leat_gomaxprocs(int n)
{
    struct leat__m *m = leat__enter();
    int old = leat__sched.nprocs;
    if (n > LEAT_PROCS_MAX)
        n = LEAT_PROCS_MAX;
    if (n > 0 && n != old && !leat__sched.seeded) {
        leat__sched.auto_procs = false;
        leat__set_procs(m, n);
        m = leat__this_m();
    }
    leat__leave(m);
    return old;
}

int
leat_num_cpu(void)
{
    return leat__cpu_quota();
}
