// SPDX-License-Identifier: MIT
// mem/pageheap.h: spans of 8 KiB pages, and which span an address lies in.
//
// The collector to come finds everything here: from any address its span,
// from the span the object's index, its allocation bit and its layout.
#ifndef LEAT_MEM_PAGEHEAP_H
#define LEAT_MEM_PAGEHEAP_H

#include "base/check.h"

#include <stdatomic.h>

enum {
    LEAT__HEAP_PAGE_SHIFT = 13,
    LEAT__HEAP_PAGE = 1 << LEAT__HEAP_PAGE_SHIFT, // bytes, as Go's
    LEAT__SPAN_OBJECTS_MAX = 1024, // 8-byte objects of one page
    // An arena is what one table describes: 64 MiB of addresses, as Go's.
    LEAT__ARENA_SHIFT = 26,
    LEAT__ARENA_PAGES = 1 << (LEAT__ARENA_SHIFT - LEAT__HEAP_PAGE_SHIFT),
    LEAT__ADDRESS_BITS = 48,
    LEAT__ARENAS_MAX = 1 << (LEAT__ADDRESS_BITS - LEAT__ARENA_SHIFT)
};

// What pointers an object holds, for the collector to come.
enum leat__layout_kind {
    LAYOUT_CONSERVATIVE, // every word may be one
    LAYOUT_NONE,         // no pointers
    LAYOUT_BITMAP,       // one bit a word, from the caller
    LAYOUT_KINDS
};

enum leat__span_state { SPAN_FREE, SPAN_SMALL, SPAN_LARGE };

struct leat__span {
    // Number of the first page. Not its address: that would be the address
    // of the first object as well, and the leak report would find it here.
    uint64_t page;
    size_t npages;
    // enum leat__span_state. SPAN_FREE is set and left under the heap's lock;
    // neighbours look whether it is that.
    _Atomic uint8_t state;
    uint8_t size_class;
    uint8_t layout;     // enum leat__layout_kind
    bool released;      // free: its memory was given back
    bool stuck;         // free: the system did not take it (mlock)
    uint32_t elem_size; // bytes of an object; 0 for a large one
    uint32_t divmagic;  // ceil(2^32 / elem_size): offset to index
    uint16_t nelems;
    uint16_t nfree; // objects not handed out; guarded by the central lock
    struct leat__span *next, *prev; // in a free bin or a central list
    // LAYOUT_BITMAP: each object's bitmap (large: the only one).
    const uint8_t **bitmaps;
    // One bit an object: handed out (to a cache or further). Guarded by the
    // central lock of its class. Here if they fit, as those of most spans do.
    uint64_t *allocated, allocated_here[1];
#if LEAT_DEBUG >= 1
    // One bit an object: the user has it. Catches double frees.
    _Atomic uint64_t in_use[LEAT__SPAN_OBJECTS_MAX / 64];
#endif
};

// What `allocated` points at when it does not fit.
struct leat__span_bits {
    uint64_t word[LEAT__SPAN_OBJECTS_MAX / 64];
};

// The pages of an arena. Entries are written under the heap's lock, before
// an object of the span is handed out; whoever has an object may read them.
struct leat__arena {
    // Of each page of small objects the number of their list in a cache
    // (leat__objlist_number), else 0: all that freeing needs to know.
    uint8_t list[LEAT__ARENA_PAGES];
    // Its span; of a free span only the first and last page are known.
    struct leat__span *span[LEAT__ARENA_PAGES];
};

extern struct leat__arena *_Atomic leat__arenas[LEAT__ARENAS_MAX];

// The arena of p, and in *page the number of p's page in it; NULL if there
// is none, as for every address the heap has never had.
LEAT__INLINE struct leat__arena *
leat__arena_of(const void *p, size_t *page)
{
    uint64_t n = (uintptr_t)p >> LEAT__ARENA_SHIFT;
    *page = ((uintptr_t)p >> LEAT__HEAP_PAGE_SHIFT) % LEAT__ARENA_PAGES;
    if (LEAT__UNLIKELY(n >= LEAT__ARENAS_MAX))
        return NULL;
    return atomic_load_explicit(&leat__arenas[n], memory_order_acquire);
}

// A span of npages pages. `zero` says that the caller wants zeroes: a span
// that has them is preferred, and *zeroed tells whether it has. NULL when
// out of memory. Takes the heap's lock.
struct leat__span *leat__span_alloc(size_t npages, bool zero, bool *zeroed);
void leat__span_free(struct leat__span *s);

// Makes s, which is in use, npages long where it lies, if the pages behind it
// are free. They may hold anything.
bool leat__span_extend(struct leat__span *s, size_t npages);

// Gives s zeroed bits for its nelems objects; false when out of memory.
// leat__span_free takes them back.
bool leat__span_add_bits(struct leat__span *s);

// Enters or clears (0) the list of the span's pages.
void leat__span_set_list(struct leat__span *s, uint8_t list);

// The span that p lies in (free or not), or NULL for a foreign address.
struct leat__span *leat__span_of(const void *p);

LEAT__INLINE void
leat__span_set_state(struct leat__span *s, enum leat__span_state state)
{
    atomic_store_explicit(&s->state, (uint8_t)state, memory_order_relaxed);
}

LEAT__INLINE char *
leat__span_base(const struct leat__span *s)
{
    return (char *)(uintptr_t)(s->page << LEAT__HEAP_PAGE_SHIFT);
}

// Index of the object that p lies in.
LEAT__INLINE uint32_t
leat__span_index(const struct leat__span *s, const void *p)
{
    uint64_t offset = (uint64_t)((const char *)p - leat__span_base(s));
    return (uint32_t)((offset * s->divmagic) >> 32);
}

// How many spans were ever taken and freed: whether the heap is quiet.
uint64_t leat__heap_events(void);

// Gives the memory of free spans back to the system, about `max` bytes;
// returns how much it was. For idle times.
size_t leat__heap_scavenge(size_t max);

// The same for what a program that runs should not keep: memory beyond nine
// eighths of what was in use at most of late, and 32 MiB. A tick: "of late" is
// some 500 calls. Cheap when there is nothing to do.
void leat__heap_scavenge_excess(void);

// Bytes of address space, of spans in use, and of free spans still backed.
struct leat__heap_stats {
    size_t reserved, in_use, idle;
};
void leat__heap_get_stats(struct leat__heap_stats *stats);

// Around fork: the child finds the heap as it is between two calls.
void leat__heap_fork_lock(void);
void leat__heap_fork_unlock(void);

// Walks every structure and checks the invariants; for tests.
void leat__heap_check(void);

#endif
