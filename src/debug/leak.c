// SPDX-License-Identifier: MIT
// debug/leak.c: which parked goroutines can never run again.
//
// Idea (Go 1.26's goroutine leak profile does the same with its collector):
// a goroutine that waits for a channel can go on only if somebody uses that
// channel, and for that somebody has to hold its address. Goroutines that
// can run are live, and so is all memory but goroutine stacks. Whoever waits
// for something whose address is found in live memory is live too, so its
// stack is searched as well, and so on until nothing is added. Who is left
// has leaked for certain.
//
// C has no collector that knows what is a pointer and what is in use, so
// every word of all writable memory counts as a possible address, also in
// memory that was freed. The report therefore misses leaks (the address may
// be left somewhere), but a goroutine it names is never going to run. That
// channels lie where malloc never gave anything out (mem/objects.c) keeps
// what it has free from counting as references to them. It is
// for tests and for the end of a program rather than for every minute: it
// reads all memory, about a second for 2 GiB.
//
// What is not searched, because it refers to waiting goroutines only for the
// runtime's own ends: their descriptors, the channels they wait for (their
// queues; the values in a buffer are searched once the channel is reached),
// the descriptors of threads, and the part of a scheduler's stack that is
// not in use. For a goroutine that waits for a mutex, waitgroup or other
// object inside something larger, an address up to LEAK_BEFORE bytes before
// the object counts: it may be that of the whole. A goroutine whose own
// stack is pointed at is live as well (a timer that will wake it, a variable
// that it lent), unless it is its entry in a queue: who wants to wake it by
// that comes from the object the queue is of.
//
// Locks: the world is stopped and all threads stand still while memory is
// read. If a goroutine runs in a thread that does not answer, its registers
// are unknown, and nothing is certain: the report says so.
// Rejected: asking the allocator which blocks are in use (no libc tells);
// reading memory directly (a guard page of some other library would fault:
// /proc/self/mem gives an error instead).
#include "debug/leak.h"

#include "base/print.h"
#include "debug/dump.h"
#include "debug/freeze.h"
#include "debug/ucontext.h"
#include "mem/stack.h"
#include "os/open.h"
#include "os/pages.h"
#include "sched/sched.h"

#include <leat/chan_impl.h>
#include <leat/debug.h>
#include <leat/panic.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// Others' fields and stacks are read while they stand still: see the top.
#define LEAK_RACY __attribute__((no_sanitize("thread", "address")))

enum {
    LEAK_CHUNK = 256 << 10, // bytes read at a time; the unit that is skipped
    LEAK_PAGE = 4096,
    LEAK_MAPS = 8192,        // buffer for /proc/self/maps
    LEAK_BEFORE = 4096,      // see the top
    LEAK_SYNC_BYTES = 64,    // the largest object of leat/sync.h
    LEAK_BITMAP = 1 << 20,   // bits, one per page that is worth a search
    LEAK_RED_ZONE = 128,     // below a stack pointer (x86-64's ABI)
    LEAK_PRINT_MAX = 10000   // goroutines of each kind that are written
};
#define LEAK_FREEZE_NS (60 * LEAT_SECOND) // more than the search takes
// Larger mappings are a sanitizer's shadow.
#define LEAK_MAP_MAX ((uintptr_t)64 << 30)

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

// Collecting ------------------------------------------------------------

// Whether only another goroutine can end this wait.
static bool
leak_may_leak(const struct leat__g *g)
{
    switch (g->wait_reason) {
    case WAIT_CHAN_SEND:
    case WAIT_CHAN_RECV:
    case WAIT_CHAN_SEND_NIL:
    case WAIT_CHAN_RECV_NIL:
    case WAIT_SELECT:
    case WAIT_SELECT_NO_CASES:
    case WAIT_SEMACQUIRE:
    case WAIT_MUTEX:
    case WAIT_RWMUTEX_LOCK:
    case WAIT_RWMUTEX_RLOCK:
    case WAIT_WAITGROUP:
    case WAIT_COND:
        return true;
    default:
        return false;
    }
}

static bool
leak_waits_for_chan(const struct leat__g *g)
{
    return g->wait_reason == WAIT_CHAN_SEND ||
        g->wait_reason == WAIT_CHAN_RECV;
}

LEAK_RACY static bool
leak_is_parked(const struct leat__g *g)
{
    return !g->foreign && !g->system && atomic_load(&g->status) == G_WAITING;
}

// First pass: how much room is needed.
LEAK_RACY static void
leak_count(void *arg, struct leat__g *g)
{
    struct leak *k = arg;
    k->quiet_room += 2; // its stack, and sudogs outside
    if (g != k->self && atomic_load(&g->status) == G_RUNNING && !g->foreign &&
        leat__frozen(g) == NULL)
        k->uncertain = true;
    if (!leak_is_parked(g))
        return;
    k->g_room++;
    k->edge_room += g->wait_reason == WAIT_SELECT ? g->waiting_count : 1;
}

static void
leak_add_quiet(struct leak *k, uintptr_t lo, uintptr_t hi)
{
    if (lo < hi && k->quiet_count < k->quiet_room)
        k->quiet[k->quiet_count++] = (struct leak_range){lo, hi};
}

static struct leak_range
leak_chan_buffer(uintptr_t addr)
{
    const struct leat__chan_view *c = (const struct leat__chan_view *)addr;
    uintptr_t lo = (uintptr_t)c->buf;
    uint64_t bytes = c->dataqsiz * c->elemsize;
    return (struct leak_range){lo, lo + bytes};
}

LEAK_RACY static void
leak_add_edge(struct leak *k, void *object, uint32_t g, bool is_chan)
{
    if (object == NULL || k->edge_count == k->edge_room)
        return;
    uintptr_t addr = (uintptr_t)object;
    k->edges[k->edge_count++] = (struct leak_edge){addr, g, is_chan, false};
    if (!is_chan)
        return;
    leak_add_quiet(k, addr, addr + LEAT__CHAN_BYTES);
    struct leak_range buf = leak_chan_buffer(addr);
    leak_add_quiet(k, buf.lo, buf.hi);
}

LEAK_RACY static void
leak_add_select(struct leak *k, struct leat__g *g, uint32_t i)
{
    const struct leat__sudog *s = g->waiting;
    for (uint32_t n = 0; n < g->waiting_count; n++)
        leak_add_edge(k, s[n].c, i, true);
    // Of a large select they lie in the heap.
    leak_add_quiet(k, (uintptr_t)s, (uintptr_t)(s + g->waiting_count));
}

// Where the part of g's stack that is in use begins; 0 when unknown.
LEAK_RACY static uintptr_t
leak_stack_pointer(const struct leak *k, const struct leat__g *g)
{
    if (g == k->self)
        return k->self_sp;
    const void *uc = leat__frozen(g);
    if (uc != NULL)
        return leat__ucontext_sp(uc) - LEAK_RED_ZONE;
    if (atomic_load(&g->status) == G_RUNNING || atomic_load(&g->busy) == 1)
        return 0;
    return (uintptr_t)g->context.sp;
}

// Second pass: the parked ones.
LEAK_RACY static void
leak_collect(void *arg, struct leat__g *g)
{
    struct leak *k = arg;
    if (!g->foreign && g->odd_stack)
        leak_add_quiet(k, (uintptr_t)g->stack_lo, (uintptr_t)g->stack_hi);
    if (!leak_is_parked(g) || g == k->self || k->g_count == k->g_room)
        return;
    uint32_t i = k->g_count++;
    k->gs[i] = (struct leak_g){.g = g,
        .stack = {(uintptr_t)g->context.sp, (uintptr_t)g},
        .live = !leak_may_leak(g)};
}

// Third pass, after the goroutines are sorted: what they wait for.
LEAK_RACY static void
leak_add_edges(struct leak *k)
{
    for (uint32_t i = 0; i < k->g_count; i++) {
        struct leat__g *g = k->gs[i].g;
        if (g->wait_reason == WAIT_SELECT)
            leak_add_select(k, g, i);
        else if (!k->gs[i].live)
            leak_add_edge(k, g->wait_on, i, leak_waits_for_chan(g));
    }
}

// A thread's own stack is searched from where it is in use.
LEAK_RACY static void
leak_trim_thread(struct leak *k, struct leat__m *m)
{
    struct leat__g *g0 = m->g0;
    uintptr_t lo = (uintptr_t)g0->stack_lo;
    uintptr_t sp = leak_stack_pointer(k, g0);
    if (m->g != g0 && sp == 0)
        sp = (uintptr_t)g0->context.sp;
    if (sp > lo && sp < (uintptr_t)g0->stack_hi)
        leak_add_quiet(k, lo, sp);
    // m->start points at the stack of the last goroutine it has spawned.
    leak_add_quiet(k, (uintptr_t)m, (uintptr_t)(m + 1));
}

// Order -----------------------------------------------------------------

// Heap sort, because qsort may allocate: n elements of `size` bytes, by the
// 64-bit key at the start of each.
static uint64_t
leak_key(const char *p)
{
    uint64_t key;
    memcpy(&key, p, sizeof key);
    return key;
}

static void
leak_swap(char *a, char *b, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        char c = a[i];
        a[i] = b[i];
        b[i] = c;
    }
}

static void
leak_sift(char *base, size_t i, size_t n, size_t size)
{
    for (size_t child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n &&
            leak_key(base + (child + 1) * size) >
                leak_key(base + child * size))
            child++;
        if (leak_key(base + child * size) <= leak_key(base + i * size))
            return;
        leak_swap(base + child * size, base + i * size, size);
    }
}

static void
leak_sort(void *array, size_t n, size_t size)
{
    char *base = array;
    for (size_t i = n / 2; i-- > 0;)
        leak_sift(base, i, n, size);
    for (size_t end = n; end-- > 1;) {
        leak_swap(base, base + end * size, size);
        leak_sift(base, 0, end, size);
    }
}

// The keys.
_Static_assert(offsetof(struct leak_g, g) == 0, "sorted by address");
_Static_assert(offsetof(struct leak_line, goid) == 0, "sorted by number");
_Static_assert(offsetof(struct leak_edge, addr) == 0, "sorted by addr");
_Static_assert(offsetof(struct leak_range, lo) == 0, "sorted by lo");

// Live memory -----------------------------------------------------------

static void
leak_bitmap_add(struct leak *k, uintptr_t lo, uintptr_t hi)
{
    for (uintptr_t page = lo / LEAK_PAGE; page <= (hi - 1) / LEAK_PAGE;
         page++) {
        uintptr_t bit = page % LEAK_BITMAP;
        k->bitmap[bit / 8] |= (unsigned char)(1u << bit % 8);
    }
}

static void
leak_bitmap_fill(struct leak *k)
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

static void
leak_match(struct leak *k, uintptr_t v)
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
        leak_match(k, v);
    }
    return n > 0 ? lo + (uintptr_t)n : lo;
}

// Searches [lo, hi); a page that cannot be read, such as a guard in the midst
// of a mapping, is skipped.
static void
leak_search(struct leak *k, uintptr_t lo, uintptr_t hi)
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

// Searches what was reached, and what that reaches, until nothing is left.
LEAK_RACY static void
leak_drain(struct leak *k)
{
    while (k->work_count > 0) {
        uint32_t i = k->work[--k->work_count];
        struct leak_range r = i < k->g_count
            ? k->gs[i].stack
            : leak_chan_buffer(k->edges[i - k->g_count].addr);
        leak_search(k, r.lo, r.hi);
    }
}

// Roots -----------------------------------------------------------------

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
            leak_search(k, lo, stop);
        leak_drain(k);
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

// False when /proc is not there.
static bool
leak_search_roots(struct leak *k)
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
    if (g->foreign || g->system || (leak_is_parked(g) && g != k->self))
        return;
    uintptr_t sp = leak_stack_pointer(k, g);
    uintptr_t lo = (uintptr_t)g->stack_lo;
    leak_search(k, sp > lo ? sp : lo, (uintptr_t)g);
    leak_match(k, (uintptr_t)g->ctx);
    leak_match(k, (uintptr_t)g->owned);
}

static void
leak_search_live(struct leak *k)
{
    for (uint32_t i = 0; i < k->g_count; i++)
        if (k->gs[i].live)
            leak_search(k, k->gs[i].stack.lo, k->gs[i].stack.hi);
    leat__each_g(leak_search_runnable, k);
    leak_drain(k);
}

// Memory for all this ---------------------------------------------------

static void *
leak_take(char **at, size_t n)
{
    void *p = *at;
    *at += (n + 63) & ~(size_t)63;
    return p;
}

// Places the arrays in one mapping, which is zero; with NULL only adds up.
static size_t
leak_place(struct leak *k, char *base)
{
    char *at = base;
    k->gs = leak_take(&at, k->g_room * sizeof *k->gs);
    k->edges = leak_take(&at, k->edge_room * sizeof *k->edges);
    k->quiet = leak_take(&at, k->quiet_room * sizeof *k->quiet);
    k->lines = leak_take(&at, k->g_room * sizeof *k->lines);
    k->work = leak_take(
        &at, (k->g_room + (size_t)k->edge_room) * sizeof *k->work);
    k->bitmap = leak_take(&at, LEAK_BITMAP / 8);
    k->chunk = leak_take(&at, LEAK_CHUNK);
    return (size_t)(at - base);
}

static bool
leak_map(struct leak *k)
{
    k->memory_size = leak_place(k, NULL);
    k->memory = leat__pages_reserve(k->memory_size, "leat leak report");
    if (k->memory == NULL)
        return false;
    leak_place(k, k->memory);
    return true;
}

static void
leak_count_threads(struct leak *k)
{
    for (struct leat__m *m = leat__sched.allm; m != NULL; m = m->all_link)
        k->quiet_room += 2;
    // Of each channel itself and buffer; this mapping.
    k->quiet_room += 2 * k->edge_room + 1;
}

static void
leak_gather(struct leak *k)
{
    leat__each_g(leak_collect, k);
    leak_sort(k->gs, k->g_count, sizeof *k->gs);
    leak_add_edges(k);
    leak_sort(k->edges, k->edge_count, sizeof *k->edges);
    for (struct leat__m *m = leat__sched.allm; m != NULL; m = m->all_link)
        leak_trim_thread(k, m);
    leak_add_quiet(k, (uintptr_t)k->memory,
        (uintptr_t)k->memory + k->memory_size);
    leak_sort(k->quiet, k->quiet_count, sizeof *k->quiet);
    leak_bitmap_fill(k);
}

// Finds out who is live. The world is stopped.
static void
leak_find(struct leak *k)
{
    uint32_t frozen = leat__freeze(LEAK_FREEZE_NS);
    leat__each_g(leak_count, k);
    leak_count_threads(k);
    k->mem_fd = leat__os_open("/proc/self/mem", 0);
    k->pagemap_fd = leat__os_open("/proc/self/pagemap", 0);
    if (k->mem_fd < 0) {
        k->error = LEAT_ESYS;
    } else if (!leak_map(k)) {
        k->error = LEAT_ENOMEM;
    } else {
        leak_gather(k);
        leak_search_live(k);
        k->uncertain |= !leak_search_roots(k);
    }
    if (k->mem_fd >= 0)
        close(k->mem_fd);
    if (k->pagemap_fd >= 0)
        close(k->pagemap_fd);
    leat__thaw(frozen);
}

// The report ------------------------------------------------------------

// The numbers and descriptors of the parked goroutines that have leaked, or
// have not, in order; returns how many.
static uint32_t
leak_lines(struct leak *k, bool leaked)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < k->g_count; i++)
        if ((!k->gs[i].live && !k->uncertain) == leaked)
            k->lines[n++] =
                (struct leak_line){k->gs[i].g->goid, k->gs[i].g};
    leak_sort(k->lines, n, sizeof *k->lines);
    return n;
}

static void
leak_print(struct leak *k, int fd, bool leaked)
{
    uint32_t n = leak_lines(k, leaked);
    for (uint32_t i = 0; i < n && i < LEAK_PRINT_MAX; i++) {
        leat__write(fd, "\n", 1);
        leat__dump_goroutine(
            fd, k->lines[i].g, NULL, leaked ? " (leaked)" : NULL);
    }
    if (n > LEAK_PRINT_MAX)
        leat__printf(
            fd, "\n...%u more goroutines...\n", n - LEAK_PRINT_MAX);
}

static void
leak_report(struct leak *k, int fd, int leaked)
{
    if (k->error != 0) {
        leat__printf(fd, "leak report: none: %s\n",
            k->error == LEAT_ENOMEM
                ? "out of memory (raise RLIMIT_AS or the cgroup's limit)"
                : "/proc/self/mem cannot be opened (is /proc mounted?)");
        return;
    }
    leat__printf(fd, "leak report: %d goroutine%s leaked, %d still parked\n",
        leaked, leaked == 1 ? "" : "s", (int)k->g_count - leaked);
    if (k->uncertain)
        leat__printf(fd, "leak report: a goroutine was running and could not "
                         "be stopped: nothing is certain\n");
    leak_print(k, fd, true);
    leak_print(k, fd, false);
}

// Not inlined: what it and its callees leave on the stack lies below sp.
static LEAT__NOINLINE int
leak_run(int fd, uintptr_t sp)
{
    struct leak k = {.mem_fd = -1, .pagemap_fd = -1, .self_sp = sp};
    int spool = fd >= 0 ? leat__dump_spool_open(fd) : fd;
    struct leat__m *m = leat__enter();
    int saved = errno;
    k.self = m->g;
    leat__stop_world(m);
    leak_find(&k);
    int leaked = 0;
    for (uint32_t i = 0; i < k.g_count; i++)
        leaked += !k.gs[i].live && !k.uncertain;
    if (fd >= 0)
        leak_report(&k, spool, leaked);
    if (k.memory != NULL)
        leat__pages_release(k.memory, k.memory_size);
    leat__start_world();
    errno = saved;
    leat__leave(leat__this_m());
    if (fd >= 0)
        leat__dump_spool_close(spool, fd);
    return k.error != 0 ? k.error : leaked;
}

int
leat_leak_report(int fd)
{
    // The caller's registers may hold the only address of something.
    void *registers[LEAT__TRY_WORDS];
    struct leat__regs here;
    leat__try_mark(registers);
    leat__regs_here(&here);
    return leak_run(fd, here.sp);
}

void
leat__leak_at_exit(void)
{
    if (leat__sched.leak_at_exit)
        leat_leak_report(2);
}
