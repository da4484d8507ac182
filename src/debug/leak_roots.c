// SPDX-License-Identifier: MIT
// debug/leak_roots.c: the memory that is live to begin with.
//
// The idea: the stacks of goroutines that can go on by themselves, from where
// they are in use, and every writable mapping of /proc/self/maps but stacks
// and what leak_collect.c has found not to be searched. A chunk of it that was
// never touched, says /proc/self/pagemap, is zero and left out.
//
// Invariants: what is reached is searched before the next chunk
// (leat__leak_drain), so that `work` is empty between two.
// Locks: none of its own; the world is stopped and threads stand still.
// Rejected: asking the allocator which blocks are in use (no libc tells).
#include "debug/leak_int.h"

#include "mem/stack.h"
#include "os/open.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LEAK_MAPS = 8192 // buffer for /proc/self/maps
};
// Larger mappings are a sanitizer's shadow.
#define LEAK_MAP_MAX ((uintptr_t)64 << 30)

// Whether any page of [lo, hi), a chunk at most, was ever touched.
static bool
leak_is_touched(struct leak *k, uintptr_t lo, uintptr_t hi)
{
    uint64_t entries[LEAK_CHUNK / LEAK_PAGE];
    size_t n = (hi - 1) / LEAK_PAGE - lo / LEAK_PAGE + 1;
    if (k->pagemap_fd < 0 || n > LEAK_CHUNK / LEAK_PAGE)
        return true;
    ssize_t got = pread(k->pagemap_fd, entries, n * 8,
        (off_t)(lo / LEAK_PAGE * 8));
    if (got != (ssize_t)(n * 8))
        return true;
    uint64_t all = 0;
    for (size_t i = 0; i < n; i++)
        all |= entries[i];
    return all >> 62 != 0; // present, or swapped out
}

// The end of the part of [lo, hi) that is no goroutine's stack from a slab;
// lo itself when it is.
static uintptr_t
leak_before_stacks(uintptr_t lo, uintptr_t hi)
{
    for (uintptr_t at = lo; at < hi; at = (at | (LEAK_PAGE - 1)) + 1)
        if (leat__stack_of(at) != NULL)
            return at;
    return hi;
}

static void
leak_search_root(struct leak *k, uintptr_t lo, uintptr_t hi)
{
    while (lo < hi) {
        uintptr_t end = (lo | (LEAK_CHUNK - 1)) + 1;
        if (end > hi)
            end = hi;
        uintptr_t stop = leak_before_stacks(lo, end);
        if (stop == lo) {
            lo = (uintptr_t)leat__stack_of(lo);
            continue;
        }
        if (leak_is_touched(k, lo, stop))
            leat__leak_search(k, lo, stop);
        leat__leak_drain(k);
        lo = stop;
    }
}

// A writable mapping, without what is quiet in it.
static void
leak_search_mapping(struct leak *k, uintptr_t lo, uintptr_t hi)
{
    uint32_t first = 0, last = k->quiet_count;
    while (first < last) {
        uint32_t mid = (first + last) / 2;
        if (k->quiet[mid].lo > lo)
            last = mid;
        else
            first = mid + 1;
    }
    // Ranges do not overlap, so only the one before may reach into it.
    uint32_t i = first > 0 ? first - 1 : 0;
    for (; i < k->quiet_count && k->quiet[i].lo < hi; i++) {
        if (k->quiet[i].hi <= lo)
            continue;
        if (k->quiet[i].lo > lo)
            leak_search_root(k, lo, k->quiet[i].lo);
        lo = k->quiet[i].hi;
    }
    if (lo < hi)
        leak_search_root(k, lo, hi);
}

// One line of /proc/self/maps.
static void
leak_search_line(struct leak *k, const char *line)
{
    char *at;
    uintptr_t lo = strtoul(line, &at, 16);
    if (*at != '-')
        return;
    uintptr_t hi = strtoul(at + 1, &at, 16);
    if (strncmp(at, " rw", 3) != 0 || hi - lo > LEAK_MAP_MAX)
        return;
    if (strstr(at, "[anon:leat stack") == NULL)
        leak_search_mapping(k, lo, hi);
}

bool
leat__leak_search_memory(struct leak *k)
{
    char buf[LEAK_MAPS];
    size_t len = 0;
    int fd = leat__os_open("/proc/self/maps", 0);
    if (fd < 0)
        return false;
    for (;;) {
        ssize_t n = read(fd, buf + len, sizeof buf - 1 - len);
        if (n <= 0)
            break;
        len += (size_t)n;
        buf[len] = 0;
        char *line = buf;
        for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
            *end = 0;
            leak_search_line(k, line);
        }
        len -= (size_t)(line - buf);
        memmove(buf, line, len);
    }
    close(fd);
    return true;
}

// The stacks of goroutines that can run.
LEAK_RACY static void
leak_search_runnable(void *arg, struct leat__g *g)
{
    struct leak *k = arg;
    if (g->foreign || g->system || (leat__leak_is_parked(g) && g != k->self))
        return;
    uintptr_t sp = leat__leak_stack_pointer(k, g);
    uintptr_t lo = (uintptr_t)g->stack_lo;
    leat__leak_search(k, sp > lo ? sp : lo, (uintptr_t)g);
    leat__leak_match(k, (uintptr_t)g->ctx);
    leat__leak_match(k, (uintptr_t)g->owned);
}

void
leat__leak_search_live(struct leak *k)
{
    for (uint32_t i = 0; i < k->g_count; i++)
        if (k->gs[i].live)
            leat__leak_search(k, k->gs[i].stack.lo, k->gs[i].stack.hi);
    leat__each_g(leak_search_runnable, k);
    leat__leak_drain(k);
}
