// SPDX-License-Identifier: MIT
// mem/pageheap.c: the heap's pages: arenas of 64 MiB, cut into spans.
//
// Idea: an arena is a mapping of 64 MiB at a multiple of 64 MiB, so that an
// address finds its arena by a shift, and in it its span by another. Free
// spans stand in bins by length (the last bin holds all longer ones) and are
// merged with free neighbours when they come back; the arena's table tells
// the neighbours. Only the first and last page of a free span are in the
// table, but every page of one in use: interior pointers must find it.
//
// Invariants (leat__heap_check): no two free spans touch within an arena;
// the pages of all spans of an arena add up to it. Locks: heap_lock.
// Requests longer than an arena take several arenas in a row.
//
// Rejected: a tree of free spans by address (Go's radix tree): the bins and
// merging keep fragmentation low enough at our sizes and take 100 lines.
#include "mem/pageheap.h"
#include "base/lock.h"
#include "os/heap.h"
#include "os/pages.h"

#include <string.h>
#include <sys/mman.h>

enum {
    HEAP_ARENA_SHIFT = 26,
    HEAP_ARENA_PAGES = (1 << HEAP_ARENA_SHIFT) / LEAT__HEAP_PAGE,
    HEAP_ADDRESS_BITS = 48,
    HEAP_ARENAS_MAX = 1 << (HEAP_ADDRESS_BITS - HEAP_ARENA_SHIFT),
    HEAP_BINS = 128,     // bin i: spans of i pages; bin 0: longer ones
    HEAP_META_BATCH = 64 // span descriptors made at once
};
#define HEAP_ARENA_BYTES ((size_t)1 << HEAP_ARENA_SHIFT)

struct heap_arena {
    struct leat__span *spans[HEAP_ARENA_PAGES];
};

static struct leat__lock heap_lock;
static struct heap_arena *_Atomic heap_arenas[HEAP_ARENAS_MAX];
static struct leat__span *heap_bins[HEAP_BINS];
static struct leat__span *heap_meta; // unused descriptors
static size_t heap_reserved, heap_in_use, heap_idle;

static size_t
heap_arena_number(const void *p)
{
    return (uintptr_t)p >> HEAP_ARENA_SHIFT;
}

static struct leat__span **
heap_slot(const void *p)
{
    size_t n = heap_arena_number(p);
    if (n >= HEAP_ARENAS_MAX)
        return NULL;
    struct heap_arena *a =
        atomic_load_explicit(&heap_arenas[n], memory_order_acquire);
    if (a == NULL)
        return NULL;
    size_t page =
        ((uintptr_t)p & (HEAP_ARENA_BYTES - 1)) / LEAT__HEAP_PAGE;
    return &a->spans[page];
}

struct leat__span *
leat__span_of(const void *p)
{
    struct leat__span **slot = heap_slot(p);
    return slot != NULL ? __atomic_load_n(slot, __ATOMIC_RELAXED) : NULL;
}

// Descriptors --------------------------------------------------------------

static struct leat__span *
heap_meta_new(void)
{
    if (heap_meta == NULL) {
        struct leat__span *s =
            leat__heap_zalloc(HEAP_META_BATCH * sizeof *s);
        if (s == NULL)
            return NULL;
        for (int i = 0; i < HEAP_META_BATCH; i++) {
            s[i].next = heap_meta;
            heap_meta = &s[i];
        }
    }
    struct leat__span *s = heap_meta;
    heap_meta = s->next;
    memset(s, 0, sizeof *s);
    return s;
}

static void
heap_meta_free(struct leat__span *s)
{
    s->next = heap_meta;
    heap_meta = s;
}

// Bins ---------------------------------------------------------------------

static struct leat__span **
heap_bin(size_t npages)
{
    return &heap_bins[npages < HEAP_BINS ? npages : 0];
}

static void
heap_bin_push(struct leat__span *s)
{
    struct leat__span **bin = heap_bin(s->npages);
    s->state = SPAN_FREE;
    s->prev = NULL;
    s->next = *bin;
    if (s->next != NULL)
        s->next->prev = s;
    *bin = s;
    *heap_slot(s->base) = s;
    *heap_slot(s->base + (s->npages - 1) * LEAT__HEAP_PAGE) = s;
    if (!s->released)
        heap_idle += s->npages * LEAT__HEAP_PAGE;
}

static void
heap_bin_remove(struct leat__span *s)
{
    if (s->prev != NULL)
        s->prev->next = s->next;
    else
        *heap_bin(s->npages) = s->next;
    if (s->next != NULL)
        s->next->prev = s->prev;
    *heap_slot(s->base) = NULL;
    *heap_slot(s->base + (s->npages - 1) * LEAT__HEAP_PAGE) = NULL;
    if (!s->released)
        heap_idle -= s->npages * LEAT__HEAP_PAGE;
}

// The best span of at least npages: the shortest bin that has one, and of
// the long ones the shortest.
static struct leat__span *
heap_find(size_t npages)
{
    for (size_t i = npages; i < HEAP_BINS; i++)
        if (heap_bins[i] != NULL)
            return heap_bins[i];
    struct leat__span *best = NULL;
    for (struct leat__span *s = heap_bins[0]; s != NULL; s = s->next)
        if (s->npages >= npages && (best == NULL || s->npages < best->npages))
            best = s;
    return best;
}

// Arenas -------------------------------------------------------------------

// A mapping of n arenas, aligned to an arena; NULL if there is none.
static char *
heap_map(size_t n)
{
    size_t bytes = n * HEAP_ARENA_BYTES;
    char *p = leat__pages_reserve(bytes + HEAP_ARENA_BYTES, "leat heap");
    if (p == NULL)
        return NULL;
    size_t head = -(uintptr_t)p & (HEAP_ARENA_BYTES - 1);
    if (head > 0)
        leat__pages_release(p, head);
    if (HEAP_ARENA_BYTES - head > 0)
        leat__pages_release(p + head + bytes, HEAP_ARENA_BYTES - head);
    return p + head;
}

// Makes the tables of n arenas from p on; false when out of memory.
static bool
heap_add_tables(char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t k = heap_arena_number(p) + i;
        if (k >= HEAP_ARENAS_MAX)
            return false;
        if (heap_arenas[k] != NULL)
            continue;
        struct heap_arena *a = leat__heap_zalloc(sizeof *a);
        if (a == NULL)
            return false;
        atomic_store_explicit(&heap_arenas[k], a, memory_order_release);
    }
    return true;
}

// A new free span of at least npages pages, in no bin.
static struct leat__span *
heap_grow(size_t npages)
{
    size_t n = (npages + HEAP_ARENA_PAGES - 1) / HEAP_ARENA_PAGES;
    struct leat__span *s = heap_meta_new();
    char *p = s != NULL ? heap_map(n) : NULL;
    if (p == NULL || !heap_add_tables(p, n)) {
        if (p != NULL)
            leat__pages_release(p, n * HEAP_ARENA_BYTES);
        if (s != NULL)
            heap_meta_free(s);
        return NULL;
    }
    s->base = p;
    s->npages = n * HEAP_ARENA_PAGES;
    s->released = true; // reads as zero, costs nothing yet
    heap_reserved += n * HEAP_ARENA_BYTES;
    return s;
}

// Allocating ---------------------------------------------------------------

// Cuts s, which is in no bin, to npages; the rest goes back.
static bool
heap_split(struct leat__span *s, size_t npages)
{
    if (s->npages == npages)
        return true;
    struct leat__span *rest = heap_meta_new();
    if (rest == NULL)
        return false;
    rest->base = s->base + npages * LEAT__HEAP_PAGE;
    rest->npages = s->npages - npages;
    rest->released = s->released;
    s->npages = npages;
    heap_bin_push(rest);
    return true;
}

struct leat__span *
leat__span_alloc(size_t npages, bool *zeroed)
{
    leat__spin_lock(&heap_lock);
    struct leat__span *s = heap_find(npages);
    if (s != NULL)
        heap_bin_remove(s);
    else
        s = heap_grow(npages);
    if (s != NULL && !heap_split(s, npages)) {
        heap_bin_push(s);
        s = NULL;
    }
    if (s != NULL) {
        *zeroed = s->released;
        s->released = false;
        s->state = SPAN_LARGE;
        for (size_t i = 0; i < npages; i++)
            __atomic_store_n(heap_slot(s->base + i * LEAT__HEAP_PAGE), s,
                __ATOMIC_RELAXED);
        heap_in_use += npages * LEAT__HEAP_PAGE;
    }
    leat__spin_unlock(&heap_lock);
    return s;
}

// The free span that begins or ends at p in s's own arena, or NULL.
static struct leat__span *
heap_free_neighbour(struct leat__span *s, char *p)
{
    if (heap_arena_number(p) != heap_arena_number(s->base))
        return NULL;
    struct leat__span *n = *heap_slot(p);
    bool alike = n != NULL && n->state == SPAN_FREE &&
        n->released == s->released;
    return alike ? n : NULL;
}

static void
heap_merge(struct leat__span *s)
{
    struct leat__span *after =
        heap_free_neighbour(s, s->base + s->npages * LEAT__HEAP_PAGE);
    if (after != NULL) {
        heap_bin_remove(after);
        s->npages += after->npages;
        heap_meta_free(after);
    }
    struct leat__span *before = (uintptr_t)s->base % HEAP_ARENA_BYTES == 0
        ? NULL
        : heap_free_neighbour(s, s->base - 1);
    if (before != NULL) {
        heap_bin_remove(before);
        s->base = before->base;
        s->npages += before->npages;
        heap_meta_free(before);
    }
    heap_bin_push(s);
}

void
leat__span_free(struct leat__span *s)
{
    leat__heap_free(s->bitmaps);
    leat__spin_lock(&heap_lock);
    s->bitmaps = NULL;
    heap_in_use -= s->npages * LEAT__HEAP_PAGE;
    for (size_t i = 0; i < s->npages; i++)
        __atomic_store_n(heap_slot(s->base + i * LEAT__HEAP_PAGE), NULL,
            __ATOMIC_RELAXED);
    s->released = false;
    heap_merge(s);
    leat__spin_unlock(&heap_lock);
}

// Giving back --------------------------------------------------------------

// A free span that is still backed, or NULL.
static struct leat__span *
heap_find_backed(void)
{
    for (int i = 0; i < HEAP_BINS; i++) {
        // Long spans first: bin 0, then from the longest down.
        int bin = i == 0 ? 0 : HEAP_BINS - i;
        for (struct leat__span *s = heap_bins[bin]; s != NULL; s = s->next)
            if (!s->released)
                return s;
    }
    return NULL;
}

size_t
leat__heap_scavenge(size_t max)
{
    size_t done = 0;
    while (done < max) {
        leat__spin_lock(&heap_lock);
        struct leat__span *s = heap_idle > 0 ? heap_find_backed() : NULL;
        if (s != NULL) {
            heap_bin_remove(s);
            leat__pages_discard(s->base, s->npages * LEAT__HEAP_PAGE);
            done += s->npages * LEAT__HEAP_PAGE;
            s->released = true;
            heap_merge(s);
        }
        leat__spin_unlock(&heap_lock);
        if (s == NULL)
            break;
    }
    return done;
}

void
leat__heap_get_stats(struct leat__heap_stats *stats)
{
    leat__spin_lock(&heap_lock);
    *stats = (struct leat__heap_stats){
        .reserved = heap_reserved, .in_use = heap_in_use, .idle = heap_idle};
    leat__spin_unlock(&heap_lock);
}

// Checking -----------------------------------------------------------------

static void
heap_check_free(struct leat__span *s)
{
    LEAT_CHECK(s->state == SPAN_FREE);
    LEAT_CHECK(s->npages > 0);
    LEAT_CHECK(*heap_slot(s->base) == s);
    LEAT_CHECK(
        *heap_slot(s->base + (s->npages - 1) * LEAT__HEAP_PAGE) == s);
    LEAT_CHECK(heap_free_neighbour(
                   s, s->base + s->npages * LEAT__HEAP_PAGE) == NULL);
}

void
leat__heap_check(void)
{
    size_t free_bytes = 0, backed = 0;
    leat__spin_lock(&heap_lock);
    for (size_t i = 0; i < HEAP_BINS; i++)
        for (struct leat__span *s = heap_bins[i]; s != NULL; s = s->next) {
            heap_check_free(s);
            LEAT_CHECK(i == 0 ? s->npages >= HEAP_BINS : s->npages == i);
            free_bytes += s->npages * LEAT__HEAP_PAGE;
            backed += s->released ? 0 : s->npages * LEAT__HEAP_PAGE;
        }
    LEAT_CHECK(free_bytes + heap_in_use == heap_reserved);
    LEAT_CHECK(backed == heap_idle);
    leat__spin_unlock(&heap_lock);
}
