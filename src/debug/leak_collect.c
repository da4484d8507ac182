// SPDX-License-Identifier: MIT
// debug/leak_collect.c: who is parked, what each waits for, and what is not to
// be searched.
//
// The idea: nothing may be allocated while threads stand still, so that the
// goroutines are gone through twice: once to count how much room is needed,
// then, with all arrays in one mapping, to fill them in.
//
// Not searched, because it refers to waiting goroutines only for the
// runtime's own ends: their descriptors, the channels they wait for (their
// queues; the values in a buffer are searched once the channel is reached),
// the descriptors of threads, and the part of a scheduler's stack that is
// not in use.
//
// Invariants: no array gets more than was counted; ranges in `quiet` do not
// overlap; all arrays are sorted when leat__leak_collect returns.
// Locks: none of its own; the world is stopped and threads stand still.
// Rejected: arrays that grow, for malloc's lock may be held by a thread that
// stands still.
#include "debug/leak_int.h"

#include "debug/freeze.h"
#include "debug/ucontext.h"
#include "os/pages.h"

enum {
    LEAK_RED_ZONE = 128 // below a stack pointer (x86-64's ABI)
};

// Whether only another goroutine can end this wait.
static bool
leak_may_leak(const struct leat__g *g)
{
    switch (g->wait_reason) {
    case WAIT_CHAN_SEND:
    case WAIT_CHAN_RECV:
    case WAIT_CHAN_SEND_NIL:
    case WAIT_CHAN_RECV_NIL:
    case WAIT_SELECT:
    case WAIT_SELECT_NO_CASES:
    case WAIT_SEMACQUIRE:
    case WAIT_MUTEX:
    case WAIT_RWMUTEX_LOCK:
    case WAIT_RWMUTEX_RLOCK:
    case WAIT_WAITGROUP:
    case WAIT_COND:
        return true;
    default:
        return false;
    }
}

static bool
leak_waits_for_chan(const struct leat__g *g)
{
    return g->wait_reason == WAIT_CHAN_SEND ||
        g->wait_reason == WAIT_CHAN_RECV;
}

LEAK_RACY bool
leat__leak_is_parked(const struct leat__g *g)
{
    return !g->foreign && !g->system && atomic_load(&g->status) == G_WAITING;
}

// First pass: how much room is needed.
LEAK_RACY static void
leak_count(void *arg, struct leat__g *g)
{
    struct leak *k = arg;
    k->quiet_room += 2; // its stack, and sudogs outside
    if (g != k->self && atomic_load(&g->status) == G_RUNNING && !g->foreign &&
        leat__frozen(g) == NULL)
        k->uncertain = true;
    if (!leat__leak_is_parked(g))
        return;
    k->g_room++;
    k->edge_room += g->wait_reason == WAIT_SELECT ? g->waiting_count : 1;
}

static void
leak_add_quiet(struct leak *k, uintptr_t lo, uintptr_t hi)
{
    if (lo < hi && k->quiet_count < k->quiet_room)
        k->quiet[k->quiet_count++] = (struct leak_range){lo, hi};
}

struct leak_range
leat__leak_chan_buffer(uintptr_t addr)
{
    const struct leat__chan_view *c = (const struct leat__chan_view *)addr;
    uintptr_t lo = (uintptr_t)c->buf;
    uint64_t bytes = c->dataqsiz * c->elemsize;
    return (struct leak_range){lo, lo + bytes};
}

LEAK_RACY static void
leak_add_edge(struct leak *k, void *object, uint32_t g, bool is_chan)
{
    if (object == NULL || k->edge_count == k->edge_room)
        return;
    uintptr_t addr = (uintptr_t)object;
    k->edges[k->edge_count++] = (struct leak_edge){addr, g, is_chan, false};
    if (!is_chan)
        return;
    leak_add_quiet(k, addr, addr + LEAT__CHAN_BYTES);
    struct leak_range buf = leat__leak_chan_buffer(addr);
    leak_add_quiet(k, buf.lo, buf.hi);
}

LEAK_RACY static void
leak_add_select(struct leak *k, struct leat__g *g, uint32_t i)
{
    const struct leat__sudog *s = g->waiting;
    for (uint32_t n = 0; n < g->waiting_count; n++)
        leak_add_edge(k, s[n].c, i, true);
    // Of a large select they lie in the heap.
    leak_add_quiet(k, (uintptr_t)s, (uintptr_t)(s + g->waiting_count));
}

// Where the part of g's stack that is in use begins; 0 when unknown.
LEAK_RACY uintptr_t
leat__leak_stack_pointer(const struct leak *k, const struct leat__g *g)
{
    if (g == k->self)
        return k->self_sp;
    const void *uc = leat__frozen(g);
    if (uc != NULL)
        return leat__ucontext_sp(uc) - LEAK_RED_ZONE;
    if (atomic_load(&g->status) == G_RUNNING || atomic_load(&g->busy) == 1)
        return 0;
    return (uintptr_t)g->context.sp;
}

// Second pass: the parked ones.
LEAK_RACY static void
leak_collect(void *arg, struct leat__g *g)
{
    struct leak *k = arg;
    if (!g->foreign && g->odd_stack)
        leak_add_quiet(k, (uintptr_t)g->stack_lo, (uintptr_t)g->stack_hi);
    if (!leat__leak_is_parked(g) || g == k->self || k->g_count == k->g_room)
        return;
    uint32_t i = k->g_count++;
    k->gs[i] = (struct leak_g){.g = g,
        .stack = {(uintptr_t)g->context.sp, (uintptr_t)g},
        .live = !leak_may_leak(g)};
}

// Third pass, after the goroutines are sorted: what they wait for.
LEAK_RACY static void
leak_add_edges(struct leak *k)
{
    for (uint32_t i = 0; i < k->g_count; i++) {
        struct leat__g *g = k->gs[i].g;
        if (g->wait_reason == WAIT_SELECT)
            leak_add_select(k, g, i);
        else if (!k->gs[i].live)
            leak_add_edge(k, g->wait_on, i, leak_waits_for_chan(g));
    }
}

// A thread's own stack is searched from where it is in use.
LEAK_RACY static void
leak_trim_thread(struct leak *k, struct leat__m *m)
{
    struct leat__g *g0 = m->g0;
    uintptr_t lo = (uintptr_t)g0->stack_lo;
    uintptr_t sp = leat__leak_stack_pointer(k, g0);
    if (m->g != g0 && sp == 0)
        sp = (uintptr_t)g0->context.sp;
    if (sp > lo && sp < (uintptr_t)g0->stack_hi)
        leak_add_quiet(k, lo, sp);
    // m->start points at the stack of the last goroutine it has spawned.
    leak_add_quiet(k, (uintptr_t)m, (uintptr_t)(m + 1));
}

// Memory for all this ---------------------------------------------------

static void *
leak_take(char **at, size_t n)
{
    void *p = *at;
    *at += (n + 63) & ~(size_t)63;
    return p;
}

// Places the arrays in one mapping, which is zero; with NULL only adds up.
static size_t
leak_place(struct leak *k, char *base)
{
    char *at = base;
    k->gs = leak_take(&at, k->g_room * sizeof *k->gs);
    k->edges = leak_take(&at, k->edge_room * sizeof *k->edges);
    k->quiet = leak_take(&at, k->quiet_room * sizeof *k->quiet);
    k->lines = leak_take(&at, k->g_room * sizeof *k->lines);
    k->work = leak_take(
        &at, (k->g_room + (size_t)k->edge_room) * sizeof *k->work);
    k->bitmap = leak_take(&at, LEAK_BITMAP / 8);
    k->chunk = leak_take(&at, LEAK_CHUNK);
    return (size_t)(at - base);
}

static bool
leak_map(struct leak *k)
{
    k->memory_size = leak_place(k, NULL);
    k->memory = leat__pages_reserve(k->memory_size, "leat leak report");
    if (k->memory == NULL)
        return false;
    leak_place(k, k->memory);
    return true;
}

static void
leak_count_threads(struct leak *k)
{
    for (struct leat__m *m = leat__sched.allm; m != NULL; m = m->all_link)
        k->quiet_room += 2;
    // Of each channel itself and buffer; this mapping.
    k->quiet_room += 2 * k->edge_room + 1;
}

static void
leak_gather(struct leak *k)
{
    leat__each_g(leak_collect, k);
    leat__leak_sort(k->gs, k->g_count, sizeof *k->gs);
    leak_add_edges(k);
    leat__leak_sort(k->edges, k->edge_count, sizeof *k->edges);
    for (struct leat__m *m = leat__sched.allm; m != NULL; m = m->all_link)
        leak_trim_thread(k, m);
    leak_add_quiet(k, (uintptr_t)k->memory,
        (uintptr_t)k->memory + k->memory_size);
    leat__leak_sort(k->quiet, k->quiet_count, sizeof *k->quiet);
    leat__leak_bitmap_fill(k);
}

bool
leat__leak_collect(struct leak *k)
{
    leat__each_g(leak_count, k);
    leak_count_threads(k);
    if (!leak_map(k))
        return false;
    leak_gather(k);
    return true;
}
