// SPDX-License-Identifier: MIT
// mem/pageheap.c: the heap's pages, cut into spans.
//
// Idea: address space is reserved in chunks, which double from 4 to 64 MiB;
// tables of 64 MiB each lead from an address to its span by two shifts. Free
// spans stand in bins by length (the last bin holds all longer ones) and are
// merged with free neighbours when they come back; the tables tell the
// neighbours. Only the first and last page of a free span are in them, but
// every page of one in use: interior pointers must find it.
//
// Memory goes back to the system by madvise, the address space stays. While
// the program is busy that happens to what exceeds by a share what it had in
// use at most of late (sysmon's ticks; the one who frees, where nobody else
// keeps up), while it idles to everything. "Of late" is a maximum that falls at
// each tick by a 512th of what is not in use: half of it in a second. So who
// frees and fills the same again and again has no page faults. What the system
// does not take, as what the program has locked (mlock), stays as it is, and
// is not tried again before it was used.
//
// Invariants (leat__heap_check): no two free spans touch that are alike (both
// backed, or both given back); the pages of all spans add up to what was
// reserved. Locks: heap_lock. It is held over a madvise of 1 MiB at most.
//
// Descriptors and tables come from mappings of their own: they are needed
// where malloc's locks may not be taken, and they never go back.
//
// Rejected: a tree of free spans by address (Go's radix tree): the bins and
// merging keep fragmentation low enough at our sizes and take 100 lines.
// Chunks at multiples of 64 MiB: they ask for twice that, which a program
// with a limit on its address space does not have.
#include "mem/pageheap.h"
#include "base/lock.h"
#include "os/heap.h"
#include "os/pages.h"

#include <string.h>

enum {
    HEAP_BINS = 128, // bin i: spans of i pages; bin 0: longer ones
    HEAP_META_BYTES = 64 << 10,
    HEAP_CHUNK_FIRST = 4 << 20,  // bytes reserved at once: first,
    HEAP_CHUNK_LAST = 64 << 20,  // doubling to this,
    HEAP_CHUNK_LEAST = 64 << 10, // and when the system refuses that
    // A longer madvise keeps others from the heap for too long.
    HEAP_SCAVENGE_PAGES = (1 << 20) / LEAT__HEAP_PAGE,
    HEAP_EXCESS_BYTES = 32 << 20, // see leat__heap_scavenge_excess
    HEAP_EXCESS_SHARE = 8,
    HEAP_PEAK_SHARE = 512, // of the peak's distance, that it falls at a tick
    // Bytes a call gives back at most: 0.4 ms of a CPU on which others wait.
    HEAP_EXCESS_TICK = 2 << 20
};

struct leat__arena *_Atomic leat__arenas[LEAT__ARENAS_MAX];

static struct leat__lock heap_lock;
static struct leat__span *heap_bins[HEAP_BINS];
static struct leat__span *heap_meta; // unused descriptors
static void *heap_bits; // unused struct leat__span_bits, linked
static char *heap_meta_at, *heap_meta_end; // of both, never used
static size_t heap_reserved, heap_chunk = HEAP_CHUNK_FIRST;
// Written under the lock.
static _Atomic size_t heap_in_use, heap_idle;
static _Atomic size_t heap_peak; // heap_in_use at most, of late
static _Atomic size_t heap_stuck; // of heap_idle: see struct leat__span
static _Atomic uint64_t heap_events;

static size_t
heap_bytes(const struct leat__span *s)
{
    return s->npages * LEAT__HEAP_PAGE;
}

// Owned by the lock, so no atomic addition.
static void
heap_count(_Atomic size_t *n, size_t plus, size_t minus)
{
    size_t old = atomic_load_explicit(n, memory_order_relaxed);
    atomic_store_explicit(n, old + plus - minus, memory_order_relaxed);
}

// The spans in use have become longer by so many bytes. With the lock held.
static void
heap_count_use(size_t bytes)
{
    heap_count(&heap_in_use, bytes, 0);
    size_t now = atomic_load_explicit(&heap_in_use, memory_order_relaxed);
    if (now > atomic_load_explicit(&heap_peak, memory_order_relaxed))
        atomic_store_explicit(&heap_peak, now, memory_order_relaxed);
}

// The table's place for a page of the heap, NULL where there is no table.
static struct leat__span **
heap_slot(uint64_t page)
{
    size_t i;
    struct leat__arena *a = leat__arena_of(
        (void *)(uintptr_t)(page << LEAT__HEAP_PAGE_SHIFT), &i);
    return a != NULL ? &a->span[i] : NULL;
}

static void
heap_set_slot(uint64_t page, struct leat__span *s)
{
    __atomic_store_n(heap_slot(page), s, __ATOMIC_RELAXED);
}

struct leat__span *
leat__span_of(const void *p)
{
    size_t i;
    struct leat__arena *a = leat__arena_of(p, &i);
    return a != NULL ? __atomic_load_n(&a->span[i], __ATOMIC_RELAXED) : NULL;
}

void
leat__span_set_list(struct leat__span *s, uint8_t list)
{
    for (size_t n = 0; n < s->npages; n++) {
        size_t i;
        struct leat__arena *a = leat__arena_of(
            leat__span_base(s) + n * LEAT__HEAP_PAGE, &i);
        __atomic_store_n(&a->list[i], list, __ATOMIC_RELAXED);
    }
}

// Descriptors --------------------------------------------------------------

static void *
heap_meta_cut(size_t bytes)
{
    if ((size_t)(heap_meta_end - heap_meta_at) < bytes) {
        char *p = leat__pages_reserve(HEAP_META_BYTES, "leat heap spans");
        if (p == NULL)
            return NULL;
        heap_meta_at = p;
        heap_meta_end = p + HEAP_META_BYTES;
    }
    void *cut = heap_meta_at;
    heap_meta_at += bytes;
    return cut;
}

static struct leat__span *
heap_meta_new(void)
{
    struct leat__span *s = heap_meta;
    if (s == NULL)
        return heap_meta_cut(sizeof *s);
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

bool
leat__span_add_bits(struct leat__span *s)
{
    s->allocated = s->allocated_here;
    s->allocated_here[0] = 0;
    if (s->nelems <= 64)
        return true;
    leat__spin_lock(&heap_lock);
    void *bits = heap_bits;
    if (bits != NULL)
        heap_bits = *(void **)bits;
    else
        bits = heap_meta_cut(sizeof(struct leat__span_bits));
    leat__spin_unlock(&heap_lock);
    if (bits == NULL)
        return false;
    s->allocated = memset(bits, 0, sizeof(struct leat__span_bits));
    return true;
}

static void
heap_bits_free(struct leat__span *s)
{
    if (s->allocated != NULL && s->allocated != s->allocated_here) {
        *(void **)(void *)s->allocated = heap_bits;
        heap_bits = s->allocated;
    }
    s->allocated = NULL;
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
    leat__span_set_state(s, SPAN_FREE);
    s->prev = NULL;
    s->next = *bin;
    if (s->next != NULL)
        s->next->prev = s;
    *bin = s;
    heap_set_slot(s->page, s);
    heap_set_slot(s->page + s->npages - 1, s);
    if (!s->released)
        heap_count(&heap_idle, heap_bytes(s), 0);
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
    heap_set_slot(s->page, NULL);
    heap_set_slot(s->page + s->npages - 1, NULL);
    if (!s->released)
        heap_count(&heap_idle, 0, heap_bytes(s));
    if (s->stuck)
        heap_count(&heap_stuck, 0, heap_bytes(s));
    s->stuck = false;
}

// The best of the long spans: the shortest, of those that are backed by memory,
// or, where zeroes are wanted, of those that have gone back to the system, if
// there are any. (The shortest of all would fault pages in while others, which
// are there, go back as too many.)
static struct leat__span *
heap_find_long(size_t npages, bool zero)
{
    struct leat__span *best = NULL;
    for (struct leat__span *s = heap_bins[0]; s != NULL; s = s->next) {
        if (s->npages < npages)
            continue;
        bool as_wanted = s->released == zero;
        if (best == NULL || (as_wanted && best->released != zero) ||
            (as_wanted == (best->released == zero) &&
                s->npages < best->npages))
            best = s;
    }
    return best;
}

// The best span of at least npages: of the shortest bin that has one.
static struct leat__span *
heap_find(size_t npages, bool zero)
{
    for (size_t i = npages; i < HEAP_BINS; i++)
        if (heap_bins[i] != NULL)
            return heap_bins[i];
    return heap_find_long(npages, zero);
}

// Chunks -------------------------------------------------------------------

// Makes the tables of the addresses [p, p + bytes); false when there is no
// memory for them.
static bool
heap_add_tables(const char *p, size_t bytes)
{
    size_t first = (uintptr_t)p >> LEAT__ARENA_SHIFT;
    size_t last = ((uintptr_t)p + bytes - 1) >> LEAT__ARENA_SHIFT;
    if (last >= LEAT__ARENAS_MAX)
        return false;
    for (size_t k = first; k <= last; k++) {
        if (leat__arenas[k] != NULL)
            continue;
        struct leat__arena *a =
            leat__pages_reserve(sizeof *a, "leat heap tables");
        if (a == NULL)
            return false;
        atomic_store_explicit(&leat__arenas[k], a, memory_order_release);
    }
    return true;
}

// Reserves a multiple of the heap's page at such a multiple.
static char *
heap_map(size_t bytes)
{
    // One object that is larger than all memory: an answer at once is better
    // than tables for its pages.
    char *p = bytes > HEAP_CHUNK_LAST
        ? leat__pages_commit(bytes + LEAT__HEAP_PAGE, "leat heap")
        : leat__pages_reserve(bytes + LEAT__HEAP_PAGE, "leat heap");
    if (p == NULL)
        return NULL;
    size_t head = -(uintptr_t)p % LEAT__HEAP_PAGE;
    if (head > 0)
        leat__pages_release(p, head);
    leat__pages_release(p + head + bytes, LEAT__HEAP_PAGE - head);
    return p + head;
}

// A new free span of `bytes`, in no bin, or NULL.
static struct leat__span *
heap_grow_by(size_t bytes)
{
    struct leat__span *s = heap_meta_new();
    char *p = s != NULL ? heap_map(bytes) : NULL;
    if (p == NULL || !heap_add_tables(p, bytes)) {
        if (p != NULL)
            leat__pages_release(p, bytes);
        if (s != NULL)
            heap_meta_free(s);
        return NULL;
    }
    s->page = (uintptr_t)p >> LEAT__HEAP_PAGE_SHIFT;
    s->npages = bytes / LEAT__HEAP_PAGE;
    s->released = true; // reads as zero, costs nothing yet
    heap_reserved += bytes;
    return s;
}

// A new free span of at least npages pages, in no bin.
static struct leat__span *
heap_grow(size_t npages)
{
    size_t need = npages * LEAT__HEAP_PAGE;
    if (need < HEAP_CHUNK_LEAST)
        need = HEAP_CHUNK_LEAST;
    struct leat__span *s = need < heap_chunk ? heap_grow_by(heap_chunk) : NULL;
    if (s == NULL)
        return heap_grow_by(need);
    if (heap_chunk < HEAP_CHUNK_LAST)
        heap_chunk *= 2;
    return s;
}

// Allocating ---------------------------------------------------------------

// Cuts s, which is in no bin, to npages; the rest goes to a bin.
static bool
heap_split(struct leat__span *s, size_t npages)
{
    if (s->npages == npages)
        return true;
    struct leat__span *rest = heap_meta_new();
    if (rest == NULL)
        return false;
    rest->page = s->page + npages;
    rest->npages = s->npages - npages;
    rest->released = s->released;
    s->npages = npages;
    heap_bin_push(rest);
    return true;
}

static struct leat__span *
heap_take(size_t npages, bool zero)
{
    struct leat__span *s = heap_find(npages, zero);
    if (s != NULL)
        heap_bin_remove(s);
    else
        s = heap_grow(npages);
    if (s == NULL || heap_split(s, npages))
        return s;
    heap_bin_push(s);
    return NULL;
}

// With the lock held.
static void
heap_note_event(void)
{
    uint64_t n = atomic_load_explicit(&heap_events, memory_order_relaxed);
    atomic_store_explicit(&heap_events, n + 1, memory_order_relaxed);
}

uint64_t
leat__heap_events(void)
{
    return atomic_load_explicit(&heap_events, memory_order_relaxed);
}

struct leat__span *
leat__span_alloc(size_t npages, bool zero, bool *zeroed)
{
    leat__spin_lock(&heap_lock);
    heap_note_event();
    struct leat__span *s = heap_take(npages, zero);
    if (s != NULL) {
        *zeroed = s->released;
        s->released = false;
        leat__span_set_state(s, SPAN_LARGE);
        for (size_t i = 0; i < npages; i++)
            heap_set_slot(s->page + i, s);
        heap_count_use(heap_bytes(s));
    }
    leat__spin_unlock(&heap_lock);
    return s;
}

// The free span that begins or ends at this page, or NULL.
static struct leat__span *
heap_free_at(uint64_t page)
{
    struct leat__span **slot = heap_slot(page);
    struct leat__span *n = slot != NULL ? *slot : NULL;
    return n != NULL && n->state == SPAN_FREE ? n : NULL;
}

// Puts s, which is in no bin, there, as one with neighbours like it.
static void
heap_merge(struct leat__span *s)
{
    struct leat__span *after = heap_free_at(s->page + s->npages);
    if (after != NULL && after->released == s->released) {
        heap_bin_remove(after);
        s->npages += after->npages;
        heap_meta_free(after);
    }
    struct leat__span *before = heap_free_at(s->page - 1);
    if (before != NULL && before->released == s->released) {
        heap_bin_remove(before);
        s->page = before->page;
        s->npages += before->npages;
        heap_meta_free(before);
    }
    heap_bin_push(s);
}

// Is there more than a busy program should keep, `times` over?
static bool
heap_excess(size_t times)
{
    size_t in_use = atomic_load_explicit(&heap_in_use, memory_order_relaxed);
    size_t idle = atomic_load_explicit(&heap_idle, memory_order_relaxed);
    size_t stuck = atomic_load_explicit(&heap_stuck, memory_order_relaxed);
    size_t peak = atomic_load_explicit(&heap_peak, memory_order_relaxed);
    size_t more = peak / HEAP_EXCESS_SHARE + HEAP_EXCESS_BYTES;
    return in_use + idle > peak + times * more + stuck;
}

// The peak falls by a tick.
static void
heap_forget_peak(void)
{
    leat__spin_lock(&heap_lock);
    size_t in_use = atomic_load_explicit(&heap_in_use, memory_order_relaxed);
    size_t peak = atomic_load_explicit(&heap_peak, memory_order_relaxed);
    peak -= (peak - in_use) / HEAP_PEAK_SHARE;
    atomic_store_explicit(&heap_peak, peak, memory_order_relaxed);
    leat__spin_unlock(&heap_lock);
}

void
leat__span_free(struct leat__span *s)
{
    leat__heap_free(s->bitmaps);
    leat__spin_lock(&heap_lock);
    heap_note_event();
    s->bitmaps = NULL;
    heap_bits_free(s);
    size_t bytes = heap_bytes(s);
    heap_count(&heap_in_use, 0, bytes);
    for (size_t i = 0; i < s->npages; i++)
        heap_set_slot(s->page + i, NULL);
    s->released = false;
    heap_merge(s);
    bool excess = heap_excess(2);
    leat__spin_unlock(&heap_lock);
    // sysmon is asleep, not there, or slower than this program frees.
    if (LEAT__UNLIKELY(excess))
        leat__heap_scavenge(bytes);
}

bool
leat__span_extend(struct leat__span *s, size_t npages)
{
    leat__spin_lock(&heap_lock);
    size_t more = npages - s->npages;
    struct leat__span *after = heap_free_at(s->page + s->npages);
    bool ok = after != NULL && after->npages >= more;
    if (ok) {
        heap_bin_remove(after);
        ok = heap_split(after, more);
        if (!ok)
            heap_bin_push(after);
    }
    if (ok) {
        for (size_t i = 0; i < more; i++)
            heap_set_slot(s->page + s->npages + i, s);
        s->npages = npages;
        heap_count_use(heap_bytes(after));
        heap_meta_free(after);
    }
    leat__spin_unlock(&heap_lock);
    return ok;
}

// Giving back --------------------------------------------------------------

// A free span that is still backed and may go, or NULL: long ones first.
static struct leat__span *
heap_find_backed(void)
{
    for (int i = 0; i < HEAP_BINS; i++) {
        int bin = i == 0 ? 0 : HEAP_BINS - i;
        for (struct leat__span *s = heap_bins[bin]; s != NULL; s = s->next)
            if (!s->released && !s->stuck)
                return s;
    }
    return NULL;
}

// Gives a piece of s, which is in a bin, back; the bytes, 0 if the system does
// not take it.
static size_t
heap_give_back(struct leat__span *s)
{
    heap_bin_remove(s);
    // Without a descriptor for the rest it goes back as a whole.
    if (s->npages > HEAP_SCAVENGE_PAGES)
        heap_split(s, HEAP_SCAVENGE_PAGES);
    size_t bytes = heap_bytes(s);
    s->released = leat__pages_discard(leat__span_base(s), bytes);
    heap_merge(s);
    if (s->released)
        return bytes;
    s->stuck = true;
    heap_count(&heap_stuck, heap_bytes(s), 0);
    return 0;
}

// Gives a piece of a span back; the bytes, 0 if there is none. With the lock
// held.
static size_t
heap_scavenge_one(void)
{
    size_t bytes = 0;
    while (bytes == 0 && heap_idle > heap_stuck) {
        struct leat__span *s = heap_find_backed();
        if (s == NULL)
            break;
        bytes = heap_give_back(s);
    }
    return bytes;
}

size_t
leat__heap_scavenge(size_t max)
{
    size_t done = 0, bytes;
    do {
        leat__spin_lock(&heap_lock);
        bytes = heap_scavenge_one();
        leat__spin_unlock(&heap_lock);
        done += bytes;
    } while (bytes > 0 && done < max);
    return done;
}

void
leat__heap_scavenge_excess(void)
{
    heap_forget_peak();
    for (size_t done = 0; done < HEAP_EXCESS_TICK && heap_excess(1);) {
        leat__spin_lock(&heap_lock);
        size_t bytes = heap_scavenge_one();
        leat__spin_unlock(&heap_lock);
        if (bytes == 0)
            return;
        done += bytes;
    }
}

void
leat__heap_get_stats(struct leat__heap_stats *stats)
{
    leat__spin_lock(&heap_lock);
    *stats = (struct leat__heap_stats){
        .reserved = heap_reserved, .in_use = heap_in_use, .idle = heap_idle};
    leat__spin_unlock(&heap_lock);
}

void
leat__heap_fork_lock(void)
{
    leat__spin_lock(&heap_lock);
}

void
leat__heap_fork_unlock(void)
{
    leat__spin_unlock(&heap_lock);
}

// Checking -----------------------------------------------------------------

static void
heap_check_free(const struct leat__span *s)
{
    LEAT_CHECK(s->state == SPAN_FREE);
    LEAT_CHECK(s->npages > 0);
    LEAT_CHECK(*heap_slot(s->page) == s);
    LEAT_CHECK(*heap_slot(s->page + s->npages - 1) == s);
    const struct leat__span *after = heap_free_at(s->page + s->npages);
    LEAT_CHECK(after == NULL || after->released != s->released);
}

void
leat__heap_check(void)
{
    size_t free_bytes = 0, backed = 0, stuck = 0;
    leat__spin_lock(&heap_lock);
    for (size_t i = 0; i < HEAP_BINS; i++)
        for (struct leat__span *s = heap_bins[i]; s != NULL; s = s->next) {
            heap_check_free(s);
            LEAT_CHECK(i == 0 ? s->npages >= HEAP_BINS : s->npages == i);
            free_bytes += heap_bytes(s);
            backed += s->released ? 0 : heap_bytes(s);
            stuck += s->stuck ? heap_bytes(s) : 0;
        }
    LEAT_CHECK(free_bytes + heap_in_use == heap_reserved);
    LEAT_CHECK(backed == heap_idle);
    LEAT_CHECK(stuck == heap_stuck);
    leat__spin_unlock(&heap_lock);
}
