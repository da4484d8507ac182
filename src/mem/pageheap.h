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
    LEAT__HEAP_PAGE = 8192,        // bytes of a page of the heap, as Go's
    LEAT__SPAN_OBJECTS_MAX = 1024, // 8-byte objects of one page
};

// What pointers an object holds, for the collector to come.
enum leat__layout_kind {
    LAYOUT_NONE,         // no pointers
    LAYOUT_BITMAP,       // one bit a word, from the caller
    LAYOUT_CONSERVATIVE, // every word may be one
    LAYOUT_KINDS
};

enum leat__span_state { SPAN_FREE, SPAN_SMALL, SPAN_LARGE };

struct leat__span {
    char *base;
    size_t npages;
    uint8_t state; // enum leat__span_state
    uint8_t size_class;
    uint8_t layout;    // enum leat__layout_kind
    bool released;     // free: its memory was given back
    uint32_t elem_size; // bytes of an object
    uint32_t divmagic;  // ceil(2^32 / elem_size): offset to index
    uint16_t nelems;
    uint16_t nfree; // objects not handed out; guarded by the central lock
    struct leat__span *next, *prev; // in a free bin or a central list
    // LAYOUT_BITMAP: each object's bitmap (large: the only one).
    const uint8_t **bitmaps;
    // One bit an object: handed out (to a cache or further). Guarded by the
    // central lock of its class.
    uint64_t allocated[LEAT__SPAN_OBJECTS_MAX / 64];
#if LEAT_DEBUG >= 1
    // One bit an object: the user has it. Catches double frees.
    _Atomic uint64_t in_use[LEAT__SPAN_OBJECTS_MAX / 64];
#endif
};

// A span of npages pages, zero if *zeroed comes back true. NULL when out of
// memory. Takes the heap's lock.
struct leat__span *leat__span_alloc(size_t npages, bool *zeroed);
void leat__span_free(struct leat__span *s);

// The span that p lies in (free or not), or NULL for a foreign address.
struct leat__span *leat__span_of(const void *p);

// Index of the object that p lies in.
LEAT__INLINE uint32_t
leat__span_index(const struct leat__span *s, const void *p)
{
    uint64_t offset = (uint64_t)((const char *)p - s->base);
    return (uint32_t)((offset * s->divmagic) >> 32);
}

// Gives the memory of free spans back to the system, up to `max` bytes;
// returns how much it was. For idle times.
size_t leat__heap_scavenge(size_t max);

// Bytes of address space, of spans in use, and of free spans still backed.
struct leat__heap_stats {
    size_t reserved, in_use, idle;
};
void leat__heap_get_stats(struct leat__heap_stats *stats);

// Walks every structure and checks the invariants; for tests.
void leat__heap_check(void);

#endif
