// SPDX-License-Identifier: MIT
// mem/alloc.h: the one small interface behind which memory for slices and
// strings comes from: allocate by size, give back.
//
// The idea: callers ask for what they need and round up with leat__mem_round
// themselves where they can use the slack (a slice shows it as capacity).
// Sizes are told when giving back, where they are known, so that the memory
// behind this need not look them up.
//
// Locks: none of its own; nothing here parks.
#ifndef LEAT_MEM_ALLOC_H
#define LEAT_MEM_ALLOC_H

#include "mem/sizeclass.h"
#include "os/heap.h"

enum leat__mem_flags {
    LEAT__MEM_ZERO = 1 // all bytes are 0
};

// `bytes` (above 0) of memory aligned for any type of C, or NULL when there
// is none.
static inline void *
leat__mem_alloc(size_t bytes, unsigned flags)
{
    return flags & LEAT__MEM_ZERO ? leat__heap_zalloc(bytes)
                                  : leat__heap_alloc(bytes);
}

// Gives p back; NULL is ignored. bytes is what was asked for, or 0 when the
// caller does not know.
static inline void
leat__mem_free(void *p, size_t bytes)
{
    (void)bytes;
    leat__heap_free(p);
}

// p with room for new_bytes, moved if need be, the first old_bytes kept; NULL
// when there is no memory, and p is as it was.
static inline void *
leat__mem_realloc(void *p, size_t old_bytes, size_t new_bytes)
{
    (void)old_bytes;
    return leat__heap_realloc(p, new_bytes);
}

#endif
