// SPDX-License-Identifier: MIT
// sched/unstarted.c: goroutines that have not run yet, and have no stack.
//
// Idea: who spawns thousands that end at once would use a stack for each, a
// page that no cache has seen, although few of them run at a time. So a
// goroutine for which no used stack lies ready, on a P with a long queue, is
// only a descriptor and its arguments, packed densely. It gets a stack when
// its turn comes (leat__g_start_on): often the one on which another has just
// ended. A descriptor on a stack looks the same, so that nobody else has to
// know; only busy says it, which whoever wants to switch to it looks at.
//
// Records are cut from chunks of address space, small ones first, so that a
// program with few goroutines uses little; then huge pages, because page
// faults would be half of the cost. Each P keeps some records; the rest lies
// in the chunk it came from. A huge page of which all are free goes back to
// the system, but for a few; the small chunks together are less than one, and
// stay: what they hold is started and ends again and again.
//
// Invariants: a record is in use, or on the list of a P, or free in its
// chunk; free_count of a chunk counts the last kind; a chunk is on the list
// of those that have something to give if and only if it has. What is in a
// record in use is a goroutine that is G_RUNNABLE. Chunks are never unmapped:
// a stale pointer reads a descriptor, or zeros.
// Locks: unstarted_lock guards the chunks; chunks are read without it.
//
// Rejected: doing it for every goroutine. One that is started at once would
// be copied for nothing.
#include "sched/unstarted.h"
#include "os/pages.h"

enum {
    UNSTARTED_SMALL = 64 << 10, // bytes of the first chunks
    UNSTARTED_SMALL_COUNT = 8,
    UNSTARTED_LARGE = 2 << 20,   // of the others: a huge page
    UNSTARTED_CHUNKS_MAX = 1024, // so 2 GiB: 4.7 million goroutines
    UNSTARTED_BLANK_MAX = 2,     // large ones that keep memory for nothing
    UNSTARTED_P_MAX = 128,       // records a P keeps
    UNSTARTED_BATCH = 64         // moved between it and the chunks at once
};

// As on a stack: the arguments end where the descriptor begins.
struct unstarted {
    struct leat__start start;
    struct leat__g g;
} __attribute__((aligned(64)));

struct unstarted_chunk {
    struct unstarted *_Atomic base;
    size_t bytes;
    uint32_t count;        // records that fit
    _Atomic uint32_t used; // the first so many were given out
    uint32_t free_count;   // of these, free
    struct leat__g *free;
    struct unstarted_chunk *next, *prev; // on the list
    bool listed;
};

static struct leat__lock unstarted_lock;
static struct unstarted_chunk unstarted_chunks[UNSTARTED_CHUNKS_MAX];
static _Atomic uint32_t unstarted_chunk_count;
static struct unstarted_chunk *unstarted_list; // that have something to give
static int unstarted_blank; // large ones that give nothing but new records

static void
unstarted_link(struct unstarted_chunk *k)
{
    if (k->listed)
        return;
    k->listed = true;
    k->prev = NULL;
    k->next = unstarted_list;
    if (k->next != NULL)
        k->next->prev = k;
    unstarted_list = k;
}

static void
unstarted_unlink(struct unstarted_chunk *k)
{
    k->listed = false;
    if (k->prev != NULL)
        k->prev->next = k->next;
    else
        unstarted_list = k->next;
    if (k->next != NULL)
        k->next->prev = k->prev;
}

// k has begun to give nothing but new records, or has given the first.
static void
unstarted_count_blank(const struct unstarted_chunk *k, int change)
{
    if (k->bytes == UNSTARTED_LARGE)
        unstarted_blank += change;
}

// One chunk more on the list; false when out of address space.
static bool
unstarted_grow(void)
{
    uint32_t n = atomic_load(&unstarted_chunk_count);
    if (n == UNSTARTED_CHUNKS_MAX)
        return false;
    bool small = n < UNSTARTED_SMALL_COUNT;
    struct unstarted_chunk *k = &unstarted_chunks[n];
    k->bytes = small ? UNSTARTED_SMALL : UNSTARTED_LARGE;
    k->count = (uint32_t)(k->bytes / sizeof(struct unstarted));
    void *base = small
        ? leat__pages_reserve(k->bytes, "leat goroutines")
        : leat__pages_reserve_huge(k->bytes, "leat goroutines");
    if (base == NULL)
        return false;
    if (!small)
        leat__pages_make_huge(base, k->bytes);
    atomic_store(&k->base, base);
    atomic_store(&unstarted_chunk_count, n + 1);
    unstarted_count_blank(k, 1);
    unstarted_link(k);
    return true;
}

// A record of the first chunk on the list.
static struct leat__g *
unstarted_take(void)
{
    struct unstarted_chunk *k = unstarted_list;
    struct leat__g *g = k->free;
    uint32_t used = atomic_load_explicit(&k->used, memory_order_relaxed);
    if (g != NULL) {
        k->free = g->link;
        k->free_count--;
    } else {
        if (used == 0)
            unstarted_count_blank(k, -1);
        g = &atomic_load(&k->base)[used].g;
        atomic_store(&k->used, ++used);
        g->stack_slab = (uint32_t)(k - unstarted_chunks);
    }
    if (k->free == NULL && used == k->count)
        unstarted_unlink(k);
    return g;
}

static LEAT__COLD void
unstarted_refill(struct leat__p *p)
{
    leat__spin_lock(&unstarted_lock);
    while (p->unstarted_count < UNSTARTED_BATCH &&
        (unstarted_list != NULL || unstarted_grow())) {
        struct leat__g *g = unstarted_take();
        g->link = p->unstarted;
        p->unstarted = g;
        p->unstarted_count++;
    }
    leat__spin_unlock(&unstarted_lock);
}

// k is as it was when it was new; off the list if its memory is to go.
static bool
unstarted_blank_out(struct unstarted_chunk *k)
{
    k->free = NULL;
    k->free_count = 0;
    atomic_store(&k->used, 0);
    if (k->bytes == UNSTARTED_SMALL || unstarted_blank < UNSTARTED_BLANK_MAX) {
        unstarted_count_blank(k, 1);
        return false;
    }
    unstarted_unlink(k);
    return true;
}

// g back into its chunk; the chunk if its memory is to be given back.
static struct unstarted_chunk *
unstarted_put(struct leat__g *g)
{
    struct unstarted_chunk *k = &unstarted_chunks[g->stack_slab];
    g->link = k->free;
    k->free = g;
    k->free_count++;
    unstarted_link(k);
    uint32_t used = atomic_load_explicit(&k->used, memory_order_relaxed);
    return k->free_count == used && unstarted_blank_out(k) ? k : NULL;
}

static LEAT__COLD void
unstarted_spill(struct leat__p *p, int keep)
{
    struct unstarted_chunk *gone = NULL, *k;
    leat__spin_lock(&unstarted_lock);
    while (p->unstarted_count > keep) {
        struct leat__g *g = p->unstarted;
        p->unstarted = g->link;
        p->unstarted_count--;
        if ((k = unstarted_put(g)) != NULL) {
            k->next = gone;
            gone = k;
        }
    }
    leat__spin_unlock(&unstarted_lock);
    while ((k = gone) != NULL) {
        gone = k->next;
        leat__pages_discard(atomic_load(&k->base), k->bytes);
        leat__spin_lock(&unstarted_lock);
        unstarted_count_blank(k, 1);
        unstarted_link(k);
        leat__spin_unlock(&unstarted_lock);
    }
}

struct leat__g *
leat__unstarted_new(struct leat__p *p)
{
    if (LEAT__UNLIKELY(p->unstarted == NULL))
        unstarted_refill(p);
    struct leat__g *g = p->unstarted;
    if (LEAT__UNLIKELY(g == NULL))
        return NULL;
    p->unstarted = g->link;
    p->unstarted_count--;
    struct unstarted *u =
        (struct unstarted *)(void *)((char *)g - offsetof(struct unstarted, g));
    g->stack_lo = (char *)u;
    g->stack_hi = (char *)(u + 1);
    atomic_store_explicit(
        &g->busy, G_BUSY_UNSTARTED, memory_order_relaxed);
    return g;
}

void
leat__unstarted_free(struct leat__p *p, struct leat__g *g)
{
    struct leat__start *start = (struct leat__start *)(void *)g - 1;
    atomic_store_explicit(&g->status, G_DEAD, memory_order_relaxed);
    // To the leak report, which looks everywhere but on stacks, what is left
    // over would be references.
    for (size_t i = 0; i < sizeof start->integer / sizeof *start->integer; i++)
        start->integer[i] = 0;
    g->ctx = NULL;
    if (LEAT__UNLIKELY(p->unstarted_count >= UNSTARTED_P_MAX))
        unstarted_spill(p, UNSTARTED_P_MAX - UNSTARTED_BATCH);
    g->link = p->unstarted;
    p->unstarted = g;
    p->unstarted_count++;
}

void
leat__unstarted_drain(struct leat__p *p)
{
    unstarted_spill(p, 0);
}

void
leat__unstarted_each(void (*visit)(void *arg, struct leat__g *g), void *arg)
{
    uint32_t chunks = atomic_load(&unstarted_chunk_count);
    for (uint32_t i = 0; i < chunks; i++) {
        struct unstarted *base = atomic_load(&unstarted_chunks[i].base);
        uint32_t used = atomic_load(&unstarted_chunks[i].used);
        for (uint32_t k = 0; k < used; k++) {
            struct leat__g *g = &base[k].g;
            uint32_t s =
                atomic_load_explicit(&g->status, memory_order_acquire);
            if (s == G_RUNNABLE)
                visit(arg, g);
        }
    }
}
