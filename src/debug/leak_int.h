// SPDX-License-Identifier: MIT
// debug/leak_int.h: what the files of the leak report share. leak.c tells the
// idea.
#ifndef LEAT_DEBUG_LEAK_INT_H
#define LEAT_DEBUG_LEAK_INT_H

#include "sched/sched.h"

#include <leat/chan_impl.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Others' fields and stacks are read while they stand still: see leak.c.
#define LEAK_RACY __attribute__((no_sanitize("thread", "address")))

enum {
    LEAK_CHUNK = 256 << 10, // bytes read at a time; the unit that is skipped
    LEAK_PAGE = 4096,
    LEAK_BITMAP = 1 << 20 // bits, one per page that is worth a search
};

struct leak_range {
    uintptr_t lo, hi;
};

// A parked goroutine.
struct leak_g {
    struct leat__g *g; // lies above its stack: the order is the same
    struct leak_range stack; // in use: from sp to the descriptor
    bool live;
};

// Goroutine g waits for the object at addr.
struct leak_edge {
    uintptr_t addr;
    uint32_t g; // index
    bool is_chan;
    bool reached;
};

struct leak_line {
    uint64_t goid;
    struct leat__g *g;
};

// What they are sorted by comes first: see leak_sort.c.
_Static_assert(offsetof(struct leak_g, g) == 0, "sorted by address");
_Static_assert(offsetof(struct leak_line, goid) == 0, "sorted by number");
_Static_assert(offsetof(struct leak_edge, addr) == 0, "sorted by addr");
_Static_assert(offsetof(struct leak_range, lo) == 0, "sorted by lo");

struct leak {
    struct leak_g *gs; // by stack
    uint32_t g_count, g_room;
    struct leak_edge *edges; // by addr
    uint32_t edge_count, edge_room;
    struct leak_range *quiet; // not searched, by lo
    struct leak_line *lines;  // to be written, by number
    uint32_t quiet_count, quiet_room;
    uint32_t *work; // live, yet to search: index of a g, or g_count + edge
    uint32_t work_count;
    unsigned char *bitmap;
    char *chunk;
    char *memory; // all of the above
    size_t memory_size;
    int mem_fd, pagemap_fd;
    struct leat__g *self;
    uintptr_t self_sp;
    bool uncertain;
    int error; // of LEAT_ERROR_MAP, when nothing could be searched
};

// leak_collect.c: fills in gs, edges and quiet, all sorted, in memory that it
// maps; also sets `uncertain` when somebody runs whose registers are unknown.
// False when out of memory.
bool leat__leak_collect(struct leak *k);
// Whether g is a goroutine of the program's that waits.
bool leat__leak_is_parked(const struct leat__g *g);
// Where the part of g's stack that is in use begins; 0 when unknown.
uintptr_t leat__leak_stack_pointer(
    const struct leak *k, const struct leat__g *g);
// The values a channel holds.
struct leak_range leat__leak_chan_buffer(uintptr_t addr);

// leak_sort.c: n elements of `size` bytes, by the 64-bit key at the start of
// each.
void leat__leak_sort(void *array, size_t n, size_t size);

// leak_search.c: marks the pages that are worth a closer look, after gs and
// edges are there and before anything is searched.
void leat__leak_bitmap_fill(struct leak *k);
// Who is reached by the word v, and by the words of [lo, hi), is live and goes
// to `work`. A page that cannot be read, such as a guard in the midst of a
// mapping, is skipped.
void leat__leak_match(struct leak *k, uintptr_t v);
void leat__leak_search(struct leak *k, uintptr_t lo, uintptr_t hi);
// Searches what was reached, and what that reaches, until nothing is left.
void leat__leak_drain(struct leak *k);

// leak_roots.c: searches from the stacks of those that can go on, and from all
// writable memory that is no stack. The second is false when /proc is not
// there.
void leat__leak_search_live(struct leak *k);
bool leat__leak_search_memory(struct leak *k);

#endif
