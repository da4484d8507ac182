// SPDX-License-Identifier: MIT
// sched/g.c: the life of a goroutine: made, started, ended, used again.
//
// Idea: a dead goroutine keeps its stack and waits on a list of the P it
// died on, so that spawning costs no system call. What a P has too much of
// goes to a shared list, and from there its memory back to the system when
// the program idles (leat__gs_trim).
//
// The descriptor lies at the top of the stack, shifted by a colour of 0 to
// 11 cache lines: all stacks begin at the same offset in a page, and eight
// descriptors would fill their set of the first-level cache.
#include "sched/fiber.h"
#include "sched/proc.h"
#include "sched/unstarted.h"
#include "mem/stack.h"

#include <string.h>

enum {
    G_FREE_P_MAX = 64,   // dead goroutines one P keeps
    G_FREE_BATCH = 32,   // moved to and from the shared list at once
    G_COLOURS = 12,      // cache lines the descriptors are spread over
    G_IDS_BATCH = 16,    // numbers a P reserves at once, as in Go
    // Behind so many in the queue a goroutine gets a stack when its turn comes.
    G_QUEUE_LONG = 32
};

// Where the g of the default stack that ends at hi lies.
static struct leat__g *
g_at(char *hi)
{
    size_t colour = (uintptr_t)hi / leat__stack_slot % G_COLOURS;
    uintptr_t at = (uintptr_t)hi - colour * 64 - sizeof(struct leat__g);
    return (struct leat__g *)(at & ~(uintptr_t)63);
}

void
leat__g_link_odd(struct leat__g *g)
{
    g->all_prev = NULL;
    g->all_next = leat__sched.odd_gs;
    if (g->all_next != NULL)
        g->all_next->all_prev = g;
    leat__sched.odd_gs = g;
}

void
leat__g_unlink_odd(struct leat__g *g)
{
    if (g->all_prev != NULL)
        g->all_prev->all_next = g->all_next;
    else
        leat__sched.odd_gs = g->all_next;
    if (g->all_next != NULL)
        g->all_next->all_prev = g->all_prev;
}

// A goroutine on a stack that was never used, or NULL.
static LEAT__COLD struct leat__g *
g_create(size_t stack_size)
{
    struct leat__stack s;
    if (!leat__stack_alloc(stack_size, &s))
        return NULL;
    struct leat__g *g = g_at(s.hi);
    g->stack_lo = s.lo;
    g->stack_hi = s.hi;
    g->stack_slab = s.slab;
    g->odd_stack = s.odd;
    leat__fiber_create(g);
    // The address may have been that of a stack that was unmapped.
    leat__fiber_reuse(g, (char *)g);
    if (g->odd_stack) {
        leat__spin_lock(&leat__sched.lock);
        leat__g_link_odd(g);
        leat__spin_unlock(&leat__sched.lock);
    }
    return g;
}

// Fetches dead goroutines from the shared list for m's P.
static LEAT__COLD void
g_refill(struct leat__p *p)
{
    leat__spin_lock(&leat__sched.lock);
    for (int i = 0; i < G_FREE_BATCH && leat__sched.gfree != NULL; i++) {
        struct leat__g *g = leat__sched.gfree;
        leat__sched.gfree = g->link;
        leat__sched.gfree_count--;
        g->link = p->gfree;
        p->gfree = g;
        p->gfree_count++;
    }
    leat__spin_unlock(&leat__sched.lock);
}

static LEAT__COLD void
g_spill(struct leat__p *p)
{
    leat__spin_lock(&leat__sched.lock);
    for (int i = 0; i < G_FREE_BATCH; i++) {
        struct leat__g *g = p->gfree;
        p->gfree = g->link;
        p->gfree_count--;
        g->link = leat__sched.gfree;
        leat__sched.gfree = g;
        leat__sched.gfree_count++;
    }
    leat__spin_unlock(&leat__sched.lock);
}

static struct leat__g *
g_pop_shared(void)
{
    leat__spin_lock(&leat__sched.lock);
    struct leat__g *g = leat__sched.gfree;
    if (g != NULL) {
        leat__sched.gfree = g->link;
        leat__sched.gfree_count--;
    }
    leat__spin_unlock(&leat__sched.lock);
    return g;
}

struct leat__g *
leat__g_make(struct leat__m *m, size_t stack_size)
{
    if (LEAT__UNLIKELY(stack_size != 0 &&
            stack_size + LEAT__STACK_GUARD != leat__stack_slot))
        return g_create(stack_size);
    struct leat__p *p = m->p;
    struct leat__g *g = NULL;
    if (LEAT__LIKELY(p != NULL)) {
        if (LEAT__UNLIKELY(p->gfree == NULL && leat__sched.gfree_count > 0))
            g_refill(p);
        g = p->gfree;
        if (LEAT__LIKELY(g != NULL)) {
            p->gfree = g->link;
            p->gfree_count--;
        }
    } else {
        g = g_pop_shared();
    }
    if (LEAT__UNLIKELY(g == NULL))
        return g_create(0);
    // Its last thread may just be leaving its stack.
    leat__g_wait_left(g);
    leat__fiber_reuse(g, (char *)g);
    return g;
}

void
leat__g_release(struct leat__m *m, struct leat__g *g)
{
    struct leat__p *p = m->p;
    if (LEAT__UNLIKELY(g->odd_stack)) {
        m->retired = g;
        return;
    }
    if (LEAT__UNLIKELY(p->gfree_count >= G_FREE_P_MAX))
        g_spill(p);
    g->link = p->gfree;
    p->gfree = g;
    p->gfree_count++;
}

// Frees a goroutine with a stack of its own, from another stack.
void
leat__g_bury(struct leat__g *g)
{
    leat__spin_lock(&leat__sched.lock);
    leat__g_unlink_odd(g);
    leat__spin_unlock(&leat__sched.lock);
    leat__fiber_destroy(g);
    struct leat__stack s = {
        .lo = g->stack_lo, .hi = g->stack_hi, .odd = true};
    leat__stack_free(&s);
}

static LEAT__NOINLINE void
g_reserve_ids(struct leat__p *p)
{
    p->goid_next =
        atomic_fetch_add(&leat__sched.goid_last, G_IDS_BATCH) + 1;
    p->goid_end = p->goid_next + G_IDS_BATCH;
}

static uint64_t
g_next_id(struct leat__m *m)
{
    struct leat__p *p = m->p;
    if (p == NULL)
        return atomic_fetch_add(&leat__sched.goid_last, 1) + 1;
    if (LEAT__UNLIKELY(p->goid_next == p->goid_end))
        g_reserve_ids(p);
    return p->goid_next++;
}

static void
g_count(struct leat__m *m, int64_t spawned)
{
    struct leat__p *p = m->p;
    if (p != NULL) {
        // Owner only: a plain add, atomic for its readers.
        _Atomic int64_t *c = spawned > 0 ? &p->spawned : &p->ended;
        atomic_store_explicit(c,
            atomic_load_explicit(c, memory_order_relaxed) + 1,
            memory_order_relaxed);
        return;
    }
    __atomic_fetch_add(&leat__sched.foreign_spawned, 1, __ATOMIC_RELAXED);
}

// Where its arguments lie.
LEAT__INLINE struct leat__start *
g_arguments(struct leat__g *g)
{
    return (struct leat__start *)(void *)g - 1;
}

// What every goroutine begins with.
LEAT__INLINE void
g_reset(struct leat__g *g)
{
    g->context.sp = g_arguments(g);
    g->context.pc = (void *)leat__g_start;
    g->context.fp = NULL;
    g->defers = NULL;
    g->panics = NULL;
    g->owned = NULL;
    g->binding = NULL;
    g->panic_on_fault = false;
    g->waiting = NULL;
    g->wait_reason = WAIT_NONE;
    g->system = false;
}

// Fills in everything but the arguments; *start is where those go.
static struct leat__start *
g_prepare(struct leat__m *m, struct leat__g *g, void (*fn)(void), void *pc)
{
    struct leat__start *start = g_arguments(g);
    g_reset(g);
    start->fn = fn;
    g->entry = fn;
    g->creator_pc = pc;
    g->creator = m->g->goid;
    g->goid = g_next_id(m);
    g->ctx = NULL;
    g->name[0] = 0;
    if (LEAT__UNLIKELY(m->g->ctx != NULL))
        leat__hooks.context_inherit(m->g, g);
    return start;
}

static void
g_set_name(struct leat__g *g, const char *name)
{
    size_t n = strnlen(name, LEAT_NAME_MAX);
    memcpy(g->name, name, n);
    g->name[n] = 0;
}

static int
g_check_options(const struct leat_go_options *o, size_t *stack_size)
{
    *stack_size = o != NULL ? o->stack_size : 0;
    if (*stack_size == 0)
        return 0;
    bool ok = *stack_size >= LEAT_STACK_MIN && *stack_size <= LEAT_STACK_MAX;
    return ok ? 0 : LEAT_EINVAL;
}

static LEAT__COLD _Noreturn void
g_spawn_failed(int err)
{
    if (err == LEAT_EINVAL)
        leat__panic_text("leat_go: stack_size out of range "
                         "(LEAT_STACK_MIN to LEAT_STACK_MAX)");
    leat__throw("out of memory: cannot make the stack of a new goroutine "
                "(limits: RLIMIT_AS, overcommit, and vm.max_map_count "
                "before Linux 6.13; leat_try_go reports this instead)");
}

// Starting those without a stack ------------------------------------------

// One without a stack, if it will not run soon.
static LEAT__NOINLINE struct leat__g *
g_make_unstarted(struct leat__p *p)
{
    uint32_t queued =
        atomic_load_explicit(&p->runq_tail, memory_order_relaxed) -
        atomic_load_explicit(&p->runq_head, memory_order_relaxed);
    return queued >= G_QUEUE_LONG ? leat__unstarted_new(p) : NULL;
}

// u becomes g, which has a stack.
static void
g_become(struct leat__p *p, struct leat__g *g, struct leat__g *u)
{
    g_reset(g);
    *g_arguments(g) = *g_arguments(u);
    g->entry = u->entry;
    g->creator_pc = u->creator_pc;
    g->creator = u->creator;
    g->goid = u->goid;
    g->ctx = u->ctx;
    g->name[0] = u->name[0];
    if (LEAT__UNLIKELY(u->name[0] != 0))
        memcpy(g->name, u->name, sizeof g->name);
    leat__unstarted_free(p, u);
    atomic_store_explicit(&g->status, G_RUNNABLE, memory_order_relaxed);
}

struct leat__g *
leat__g_start_on(struct leat__m *m, struct leat__g *u)
{
    struct leat__g *g = leat__g_make(m, 0);
    if (LEAT__UNLIKELY(g == NULL))
        g_spawn_failed(LEAT_ENOMEM);
    g_become(m->p, g, u);
    return g;
}

bool
leat__g_start_here(struct leat__m *m, struct leat__g *u)
{
    struct leat__p *p = m->p;
    struct leat__g *g = m->g;
    // A sanitizer's picture of a stack ends with its goroutine.
    if (LEAT__TSAN || LEAT__ASAN || p->gfree != g)
        return false;
    p->gfree = g->link;
    p->gfree_count--;
    g_become(p, g, u);
    atomic_store_explicit(&g->status, G_RUNNING, memory_order_relaxed);
    return true;
}

// The common part of all spawns: a prepared goroutine, or an error. now: it
// is to be made sure that there is memory for its stack.
static int
g_new(struct leat__m *m, const struct leat_go_options *options,
    void (*fn)(void), void *pc, bool now, struct leat__g **out)
{
    size_t stack_size;
    int err = g_check_options(options, &stack_size);
    if (err != 0)
        return err;
    struct leat__g *g = NULL;
    if (LEAT__UNLIKELY(m->p != NULL && m->p->gfree == NULL) && !now &&
        stack_size == 0)
        g = g_make_unstarted(m->p);
    if (LEAT__LIKELY(g == NULL))
        g = leat__g_make(m, stack_size);
    if (LEAT__UNLIKELY(g == NULL))
        return LEAT_ENOMEM;
    m->start = g_prepare(m, g, fn, pc);
    if (LEAT__UNLIKELY(options != NULL && options->name != NULL))
        g_set_name(g, options->name);
    *out = g;
    return 0;
}

int
leat__go_prepare(
    const struct leat_go_options *options, void (*fn)(void), int may_fail)
{
    if (LEAT__UNLIKELY(fn == NULL))
        leat__panic_text("go of nil func value");
    struct leat__m *m = leat__enter();
    int err = g_new(
        m, options, fn, __builtin_return_address(0), may_fail, &m->spawned);
    if (LEAT__LIKELY(err == 0))
        return 0; // leat__go_finish leaves
    leat__leave(m);
    if (!may_fail)
        g_spawn_failed(err);
    return err;
}

// Called by leat__go_commit (arch) once the arguments are stored.
void leat__go_finish(void);
__attribute__((visibility("hidden"), used)) void
leat__go_finish(void)
{
    struct leat__m *m = leat__this_m();
    struct leat__g *g = m->spawned;
    g_count(m, 1);
    leat__ready(m, g);
    leat__leave(m);
}

struct leat__g *
leat__spawn(struct leat__m *m, const struct leat_go_options *options,
    void (*fn)(void *), void *arg, void *pc)
{
    struct leat__g *g;
    if (g_new(m, options, (void (*)(void))fn, pc, true, &g) != 0)
        return NULL;
    m->start->integer[0] = (uintptr_t)arg;
    g_count(m, 1);
    return g;
}

struct leat__g *
leat__spawn_main(struct leat__m *m, void (*fn)(void *), void *arg, void *pc)
{
    struct leat__g *g = leat__spawn(m, NULL, fn, arg, pc);
    if (g == NULL)
        return NULL;
    m->p->goid_next = g->goid; // of the next one instead
    g->goid = GOID_MAIN;
    return g;
}

int
leat_go_ptr(
    const struct leat_go_options *options, void (*fn)(void *arg), void *arg)
{
    if (fn == NULL)
        return LEAT_EINVAL;
    struct leat__m *m = leat__enter();
    struct leat__g *g;
    int err = g_new(m, options, (void (*)(void))fn,
        __builtin_return_address(0), true, &g);
    if (err == 0) {
        m->start->integer[0] = (uintptr_t)arg;
        g_count(m, 1);
        leat__ready(m, g);
    }
    leat__leave(m);
    return err;
}

// First on every new stack.
__attribute__((visibility("hidden"), used)) void
leat__g_begin(void)
{
    struct leat__m *m = leat__this_m();
    leat__fiber_arrive(m->g);
    leat__leave(m);
}

// The goroutine's function has returned.
__attribute__((visibility("hidden"), used)) _Noreturn void
leat__g_end(void)
{
    leat__exit_g(leat__enter());
}

LEAT__COLD void
leat__g_end_owned(struct leat__g *g)
{
    if (g->owned != NULL)
        leat__hooks.owned_end(g);
    if (g->ctx != NULL)
        leat__hooks.context_end(g);
}

_Noreturn void
leat__exit_g(struct leat__m *m)
{
    struct leat__g *g = m->g;
    if (LEAT__UNLIKELY(g->owned != NULL || g->ctx != NULL))
        leat__g_end_owned(g);
    atomic_store_explicit(&g->status, G_DEAD, memory_order_relaxed);
    g_count(m, -1);
    leat__g_release(m, g);
    leat__switch_away(m, true);
    __builtin_unreachable();
}

struct g_visit {
    void (*fn)(void *arg, struct leat__g *g);
    void *arg;
};

static void
g_visit_slab(void *arg, char *hi)
{
    struct g_visit *v = arg;
    struct leat__g *g = g_at(hi);
    uint32_t s = atomic_load_explicit(&g->status, memory_order_acquire);
    if (s != G_IDLE && s != G_DEAD)
        v->fn(v->arg, g);
}

void
leat__each_g(void (*visit)(void *arg, struct leat__g *g), void *arg)
{
    struct g_visit v = {visit, arg};
    leat__stack_each(g_visit_slab, &v);
    for (struct leat__g *g = leat__sched.odd_gs; g != NULL; g = g->all_next) {
        uint32_t s = atomic_load_explicit(&g->status, memory_order_acquire);
        if (s != G_IDLE && s != G_DEAD)
            visit(arg, g);
    }
    leat__unstarted_each(visit, arg);
}

// Gives the memory of dead goroutines on the shared list back to the
// system; called when the program idles. At most `max`, to stay short.
int
leat__gs_trim(int max)
{
    int n = 0;
    for (; n < max; n++) {
        struct leat__g *g = g_pop_shared();
        if (g == NULL)
            break;
        leat__g_wait_left(g);
        leat__fiber_destroy(g);
        struct leat__stack s = {
            .lo = g->stack_lo, .hi = g->stack_hi, .slab = g->stack_slab};
        leat__stack_free(&s);
    }
    return n;
}

static void
g_abandon(void *arg, struct leat__g *g)
{
    struct leat__m *m = arg;
    if (g->foreign || g == m->g0)
        return;
    leat__g_end_owned(g);
    atomic_store(&g->status, G_DEAD);
    if (leat__is_unstarted(g)) {
        leat__unstarted_free(m->p, g);
        return;
    }
    atomic_store(&g->busy, 0);
    if (g->odd_stack)
        return;
    leat__g_release(m, g);
}

// Ends a seeded run: whatever is left of its goroutines is dropped.
void
leat__gs_abandon(struct leat__m *m)
{
    leat__each_g(g_abandon, m);
    struct leat__g *next;
    for (struct leat__g *g = leat__sched.odd_gs; g != NULL; g = next) {
        next = g->all_next;
        if (!g->foreign && atomic_load(&g->status) == G_DEAD)
            leat__g_bury(g);
    }
}

int
leat_num_goroutine(void)
{
    struct leat__m *m = leat__enter();
    int64_t n = __atomic_load_n(
        &leat__sched.foreign_spawned, __ATOMIC_RELAXED);
    for (int i = 0; i < LEAT_PROCS_MAX; i++) {
        struct leat__p *p = leat__sched.allp[i];
        if (p == NULL)
            break;
        n += atomic_load_explicit(&p->spawned, memory_order_relaxed) -
            atomic_load_explicit(&p->ended, memory_order_relaxed);
    }
    leat__leave(m);
    return (int)n;
}

uint64_t
leat_goid(void)
{
    struct leat__m *m = leat__enter();
    uint64_t id = m->g->foreign ? 0 : m->g->goid;
    leat__leave(m);
    return id;
}

void
leat_set_name(const char *name)
{
    struct leat__m *m = leat__enter();
    g_set_name(m->g, name != NULL ? name : "");
    leat__leave(m);
}

const char *
leat_get_name(void)
{
    struct leat__m *m = leat__enter();
    const char *name = m->g->name;
    leat__leave(m);
    return name;
}
