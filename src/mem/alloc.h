// SPDX-License-Identifier: MIT
// mem/alloc.h: the one small interface behind which all memory of the rooms
// above the scheduler comes from: allocate by size, give back.
//
// The idea: callers ask for what they need and round up with leat__mem_round
// themselves where they can use the slack (a slice shows it as capacity).
// Layout and zeroing are the caller's to say; a collector will need the
// layout, and nothing else about an object.
//
// Any thread may call, inside the runtime or not, with locks of channels and
// the like held. Nothing here parks or yields: a goroutine is on the same
// thread afterwards.
#ifndef LEAT_MEM_ALLOC_H
#define LEAT_MEM_ALLOC_H

#include "mem/objects.h"

enum leat__mem_flags {
    LEAT__MEM_ZERO = 1,  // all bytes are 0
    LEAT__MEM_PLAIN = 2  // will hold no pointers: text, numbers
};

// `bytes` (above 0) of memory aligned for any type of C, or NULL when there
// is none. (Objects below 16 bytes are aligned to 8: no type of such a size
// wants more.)
void *leat__mem_alloc(size_t bytes, unsigned flags);

// The same for an object with pointers in the words whose bit in `bitmap` is
// set. The bitmap is borrowed for as long as the object lives.
void *leat__mem_alloc_typed(
    size_t bytes, const uint8_t *bitmap, unsigned flags);

// The same, of which only the first `head` bytes are 0. They are not written
// if they come so from the system: a large object is then as good as free.
void *leat__mem_alloc_head(size_t bytes, size_t head);

// Gives p back; NULL is ignored. bytes is what was asked for, or 0 when the
// caller does not know. An address outside the heap, or in what is free whole
// pages of it, ends the program; with LEAT_DEBUG also one that was given back
// before, and one inside of an object.
void leat__mem_free(void *p, size_t bytes);

// p with room for new_bytes, moved if need be, the first old_bytes kept; NULL
// when there is no memory, and p is as it was.
void *leat__mem_realloc(void *p, size_t old_bytes, size_t new_bytes);

#endif
