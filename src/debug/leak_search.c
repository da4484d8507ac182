// SPDX-License-Identifier: MIT
// debug/leak_search.c: finding addresses of what is waited for in memory.
//
// The idea: every aligned word is a possible address. Most are none: a bitmap
// with a bit for each page (modulo its size) that has the stack of a parked
// goroutine or an object waited for says so at once; the others are looked for
// in the sorted arrays. Who is reached goes to `work`, and its stack, or the
// values in the buffer of its channel, is searched in turn.
//
// For a goroutine that waits for a mutex, waitgroup or other object inside
// something larger, an address up to LEAK_BEFORE bytes before the object
// counts: it may be that of the whole. A goroutine whose own stack is pointed
// at is live as well (a timer that will wake it, a variable that it lent),
// unless it is its entry in a queue: who wants to wake it by that comes from
// the object the queue is of.
//
// Invariants: a goroutine goes to `work` once at most, when it becomes live,
// and an edge when it is reached, so that `work` has room for all.
// Locks: none of its own; the world is stopped and threads stand still.
// Rejected: reading memory directly (a guard page of some other library would
// fault: /proc/self/mem gives an error instead).
#include "debug/leak_int.h"

#include <string.h>
#include <unistd.h>

enum {
    LEAK_BEFORE = 4096,  // see the top
    LEAK_SYNC_BYTES = 64 // the largest object of leat/sync.h
};

static void
leak_bitmap_add(struct leak *k, uintptr_t lo, uintptr_t hi)
{
    for (uintptr_t page = lo / LEAK_PAGE; page <= (hi - 1) / LEAK_PAGE;
         page++) {
        uintptr_t bit = page % LEAK_BITMAP;
        k->bitmap[bit / 8] |= (unsigned char)(1u << bit % 8);
    }
}

void
leat__leak_bitmap_fill(struct leak *k)
{
    for (uint32_t i = 0; i < k->g_count; i++)
        if (!k->gs[i].live)
            leak_bitmap_add(k, k->gs[i].stack.lo, k->gs[i].stack.hi);
    for (uint32_t i = 0; i < k->edge_count; i++) {
        uintptr_t at = k->edges[i].addr;
        leak_bitmap_add(k, k->edges[i].is_chan ? at : at - LEAK_BEFORE,
            at + LEAT__CHAN_BYTES);
    }
}

static void
leak_reach_g(struct leak *k, uint32_t i)
{
    if (k->gs[i].live)
        return;
    k->gs[i].live = true;
    k->work[k->work_count++] = i;
}

// Whether v is the address of an entry in a queue of waiters (a sudog, or
// its like in sync/sema.h): their first word is the goroutine's descriptor,
// which nothing of the program's can be.
LEAK_RACY static bool
leak_is_queue_entry(const struct leak_g *g, uintptr_t v)
{
    _Static_assert(offsetof(struct leat__sudog, g) == 0, "the first word");
    if (v % sizeof(void *) != 0 || v + sizeof(void *) > g->stack.hi)
        return false;
    return *(struct leat__g *const *)v == g->g;
}

// The parked goroutine on whose stack v lies, or g_count.
static uint32_t
leak_find_stack(const struct leak *k, uintptr_t v)
{
    uint32_t lo = 0, hi = k->g_count;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (k->gs[mid].stack.hi > v)
            hi = mid;
        else
            lo = mid + 1;
    }
    return lo < k->g_count && k->gs[lo].stack.lo <= v ? lo : k->g_count;
}

static bool
leak_edge_matches(const struct leak_edge *e, uintptr_t v)
{
    if (e->is_chan)
        return v >= e->addr && v < e->addr + LEAT__CHAN_BYTES;
    return v + LEAK_BEFORE >= e->addr && v < e->addr + LEAK_SYNC_BYTES;
}

// v may be the address of something that is waited for.
static void
leak_match_edges(struct leak *k, uintptr_t v)
{
    uint32_t lo = 0, hi = k->edge_count;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (k->edges[mid].addr + LEAT__CHAN_BYTES > v)
            hi = mid;
        else
            lo = mid + 1;
    }
    for (; lo < k->edge_count && k->edges[lo].addr <= v + LEAK_BEFORE;
         lo++) {
        struct leak_edge *e = &k->edges[lo];
        if (e->reached || !leak_edge_matches(e, v))
            continue;
        e->reached = true;
        leak_reach_g(k, e->g);
        if (e->is_chan)
            k->work[k->work_count++] = k->g_count + lo;
    }
}

void
leat__leak_match(struct leak *k, uintptr_t v)
{
    uintptr_t bit = v / LEAK_PAGE % LEAK_BITMAP;
    if (!(k->bitmap[bit / 8] >> bit % 8 & 1))
        return;
    uint32_t i = leak_find_stack(k, v);
    if (i < k->g_count) {
        // An entry may lie in front of the waitgroup that it is queued for:
        // it is not the beginning of something that has it inside.
        if (leak_is_queue_entry(&k->gs[i], v))
            return;
        leak_reach_g(k, i);
    }
    leak_match_edges(k, v);
}

// Reads at most a chunk; returns where the part that can be read ends.
static uintptr_t
leak_search_chunk(struct leak *k, uintptr_t lo, uintptr_t hi)
{
    ssize_t n = pread(k->mem_fd, k->chunk, hi - lo, (off_t)lo);
    for (ssize_t i = 0; i + 8 <= n; i += 8) {
        uintptr_t v;
        memcpy(&v, k->chunk + i, sizeof v);
        leat__leak_match(k, v);
    }
    return n > 0 ? lo + (uintptr_t)n : lo;
}

void
leat__leak_search(struct leak *k, uintptr_t lo, uintptr_t hi)
{
    lo = (lo + 7) & ~(uintptr_t)7;
    while (lo < hi) {
        uintptr_t end = (lo | (LEAK_CHUNK - 1)) + 1;
        if (end > hi)
            end = hi;
        lo = leak_search_chunk(k, lo, end);
        if (lo < end)
            lo = (lo | (LEAK_PAGE - 1)) + 1;
    }
}

LEAK_RACY void
leat__leak_drain(struct leak *k)
{
    while (k->work_count > 0) {
        uint32_t i = k->work[--k->work_count];
        struct leak_range r = i < k->g_count
            ? k->gs[i].stack
            : leat__leak_chan_buffer(k->edges[i - k->g_count].addr);
        leat__leak_search(k, r.lo, r.hi);
    }
}
