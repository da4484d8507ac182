// SPDX-License-Identifier: MIT
// debug/dump.c: goroutines in Go's layout:
//
//     goroutine 7 "reader" [chan receive, 2 minutes]:
//     worker(...)
//             /home/me/prog.c:31 +0x5c
//     created by leat_main in goroutine 1
//             /home/me/prog.c:52 +0x3a
//
// A name stands between number and status (Go has no names). The time a
// goroutine has waited is given in minutes from one minute on, as in Go, and
// in seconds from ten seconds on, which Go does not do. A plain thread that
// waits in Leat is written as `thread [STATUS]:`, at the end.
//
// Idea: works with nothing but the descriptors themselves, because it runs
// in signal handlers and while the process dies: no allocation, no lock.
// Goroutines that another thread runs are walked with the registers that
// thread gives when asked (freeze.c); without an answer Go's line
// `goroutine running on other thread; stack unavailable` is written.
// Goroutines may change while they are read if the world is not stopped;
// every walk stays on the goroutine's stack, so that the worst is a wrong
// frame.
//
// Invariants: dump_list is used by who has stopped the world, so by one at a
// time, dump_last by the one thread that reports the end of the process
// (sched/die.c): it waits for no dump under way, which may be what it has
// interrupted, but for the end of its freeze (freeze.c knows whose that is),
// and shares nothing with it.
// Rejected: all goroutines of a program with a million of them. The first
// DUMP_MAX by number are written: they take 0.4 seconds and are more than
// anybody reads.
#include "debug/dump.h"

#include "base/print.h"
#include "debug/freeze.h"
#include "debug/ucontext.h"
#include "sched/sched.h"

#include <leat/debug.h>

#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

// The fields read here change under us, and that is accepted: see the top.
#define DUMP_RACY __attribute__((no_sanitize("thread")))

enum {
    DUMP_MAX = 10000,           // goroutines in one dump
    DUMP_FREEZE_NS = 2 * 1000000000, // more than a dump to a file takes
    DUMP_HEADER_MAX = 160,      // bytes of the line with the status
    DUMP_SECONDS_MIN = 10,      // shorter waits are not told
    DUMP_COPY = 4096,           // bytes of a write from the spool
    DUMP_BYTES_MAX = 1 << 30    // more than any dump has
};

struct dump_list {
    struct leat__g *g[DUMP_MAX]; // a heap, largest number first; then sorted
    int len;
    long total;         // that should be in it
    struct leat__g *skip;
    bool others_run;    // one is on another thread
};

static struct dump_list dump_list, dump_last;

// One goroutine ---------------------------------------------------------

DUMP_RACY static const char *
dump_status(struct leat__g *g)
{
    uint32_t status = atomic_load(&g->status);
    if (status == G_RUNNABLE)
        return "runnable";
    if (status == G_WAITING)
        return leat__wait_text((enum leat__wait)g->wait_reason);
    if (status == G_DEAD)
        return "dead";
    struct leat__m *m = g->m;
    return m != NULL && m->blocking ? "syscall" : "running";
}

// `, 2 minutes` or `, 30 seconds`, or nothing: short waits tell little, and
// would keep a dump from being equal to Go's.
DUMP_RACY static void
dump_format_wait(char *buf, size_t size, struct leat__g *g)
{
    buf[0] = 0;
    if (atomic_load(&g->status) != G_WAITING || g->wait_since == 0)
        return;
    long seconds = (long)((leat__nanotime() - g->wait_since) / LEAT_SECOND);
    if (seconds >= 60)
        leat__format(buf, size, ", %ld minutes", seconds / 60);
    else if (seconds >= DUMP_SECONDS_MIN)
        leat__format(buf, size, ", %ld seconds", seconds);
}

DUMP_RACY static void
dump_header(int fd, struct leat__g *g, const char *note)
{
    char line[DUMP_HEADER_MAX], wait[32];
    size_t n;
    dump_format_wait(wait, sizeof wait, g);
    if (g->foreign)
        n = leat__format(line, sizeof line, "thread");
    else
        n = leat__format(
            line, sizeof line, "goroutine %lu", (unsigned long)g->goid);
    if (g->name[0] != 0)
        n += leat__format(line + n, sizeof line - n, " \"%s\"", g->name);
    leat__format(line + n, sizeof line - n, " [%s%s%s]:\n", dump_status(g),
        note != NULL ? note : "", wait);
    leat__printf(fd, "%s", line);
}

// A stack is read within its bounds only; a walk that starts elsewhere (the
// program's own signal stack) asks the kernel about every page.
DUMP_RACY static void
dump_set_bounds(struct leat__frames_at *at, struct leat__g *g)
{
    uintptr_t sp = at->ucontext != NULL ? leat__ucontext_sp(at->ucontext)
                                        : at->regs->sp;
    uintptr_t lo = (uintptr_t)g->stack_lo, hi = (uintptr_t)g->stack_hi;
    bool inside = sp >= lo && sp < hi && !g->foreign;
    at->stack_lo = inside ? lo : 0;
    at->stack_hi = inside ? hi : 0;
}

// Where g was left; false when only its own thread could say.
DUMP_RACY static bool
dump_find(struct leat__g *g, struct leat__regs *regs,
    struct leat__frames_at *at)
{
    at->ucontext = leat__frozen(g);
    if (at->ucontext != NULL)
        return true;
    if (g->foreign || atomic_load(&g->status) == G_RUNNING ||
        atomic_load(&g->busy) == 1)
        return false;
    *regs = (struct leat__regs){(uintptr_t)g->context.pc,
        (uintptr_t)g->context.sp, (uintptr_t)g->context.fp};
    at->regs = regs;
    return true;
}

DUMP_RACY void
leat__dump_goroutine(int fd, struct leat__g *g,
    const struct leat__frames_at *at, const char *note)
{
    struct leat__regs regs;
    struct leat__frames_at from = {.ucontext = NULL};
    bool known = at != NULL;
    if (known)
        from = *at;
    else
        known = dump_find(g, &regs, &from);
    dump_header(fd, g, note);
    if (known) {
        dump_set_bounds(&from, g);
        // Not begun yet, or its last call has replaced its frame.
        if (leat__frames_print(fd, &from) == 0 && !g->foreign)
            leat__frames_entry(fd, (uintptr_t)g->entry);
    } else {
        leat__printf(fd,
            "\tgoroutine running on other thread; stack unavailable\n");
    }
    if (g->creator != 0 && !g->foreign)
        leat__frames_created_by(
            fd, (uintptr_t)g->creator_pc, (unsigned long)g->creator);
}

// All of them -----------------------------------------------------------

// The order of a dump: by number, plain threads last.
DUMP_RACY static uint64_t
dump_key(const struct leat__g *g)
{
    return g->foreign ? UINT64_MAX : g->goid;
}

static void
dump_sift_down(struct leat__g **heap, int len)
{
    struct leat__g *g = heap[0];
    int i = 0;
    for (int child; (child = 2 * i + 1) < len; i = child) {
        int right = child + 1;
        if (right < len && dump_key(heap[right]) > dump_key(heap[child]))
            child = right;
        if (dump_key(heap[child]) <= dump_key(g))
            break;
        heap[i] = heap[child];
    }
    heap[i] = g;
}

static void
dump_sift_up(struct leat__g **heap, int i)
{
    struct leat__g *g = heap[i];
    while (i > 0 && dump_key(heap[(i - 1) / 2]) < dump_key(g)) {
        heap[i] = heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    heap[i] = g;
}

DUMP_RACY static bool
dump_wanted(const struct leat__g *g)
{
    // Of plain threads only those that wait are the runtime's business.
    if (g->foreign)
        return atomic_load(&g->status) == G_WAITING;
    return !g->system;
}

DUMP_RACY static void
dump_collect(void *arg, struct leat__g *g)
{
    struct dump_list *list = arg;
    if (g == list->skip || !dump_wanted(g))
        return;
    list->total++;
    if (g->foreign || atomic_load(&g->status) == G_RUNNING)
        list->others_run = true;
    if (list->len < DUMP_MAX) {
        list->g[list->len] = g;
        dump_sift_up(list->g, list->len++);
    } else if (dump_key(g) < dump_key(list->g[0])) {
        list->g[0] = g;
        dump_sift_down(list->g, list->len);
    }
}

// Fills the list with the first DUMP_MAX goroutines but `skip`, in order.
static void
dump_fill(struct dump_list *list, struct leat__g *skip)
{
    list->len = 0;
    list->total = 0;
    list->skip = skip;
    list->others_run = false;
    leat__each_g(dump_collect, list);
}

static void
dump_sort(struct dump_list *list)
{
    for (int n = list->len - 1; n > 0; n--) {
        struct leat__g *last = list->g[0];
        list->g[0] = list->g[n];
        dump_sift_down(list->g, n);
        list->g[n] = last;
    }
}

static void
dump_others(int fd, struct leat__g *self, struct dump_list *list)
{
    dump_fill(list, self);
    uint32_t frozen = list->others_run ? leat__freeze(DUMP_FREEZE_NS) : 0;
    if (frozen != 0)
        dump_fill(list, self);
    dump_sort(list);
    for (int i = 0; i < list->len; i++) {
        leat__write(fd, "\n", 1);
        leat__dump_goroutine(fd, list->g[i], NULL, NULL);
    }
    if (list->total > list->len)
        leat__printf(fd, "\n...%ld more goroutines...\n",
            list->total - list->len);
    leat__thaw(frozen);
}

void
leat__dump_all_at(int fd, const struct leat__frames_at *at)
{
    struct leat__g *self = leat__this_m()->g;
    struct leat__regs here;
    struct leat__frames_at from = {.regs = &here};
    leat__regs_here(&here);
    bool shown = self != NULL && (!self->system || self->foreign);
    if (shown) {
        leat__write(fd, "\n", 1);
        leat__dump_goroutine(fd, self, at != NULL ? at : &from, NULL);
    }
    dump_others(fd, shown ? self : NULL, &dump_last);
}

void
leat__dump_all(int fd)
{
    leat__dump_all_at(fd, NULL);
}

void
leat__dump_g(int fd, struct leat__g *g)
{
    struct leat__regs here;
    struct leat__frames_at from = {.regs = &here};
    leat__regs_here(&here);
    bool own = g == leat__this_m()->g;
    leat__dump_goroutine(fd, g, own ? &from : NULL, NULL);
}

// Spooling --------------------------------------------------------------

// Whether a file may grow as large as a dump. A write beyond the limit kills,
// also one to memory.
static bool
dump_may_spool(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_FSIZE, &limit) != 0 ||
        limit.rlim_cur >= DUMP_BYTES_MAX;
}

int
leat__dump_spool_open(int fd)
{
    int saved = errno;
    int spool =
        dump_may_spool() ? memfd_create("leat dump", MFD_CLOEXEC) : -1;
    errno = saved;
    return spool >= 0 ? spool : fd;
}

void
leat__dump_spool_close(int spool, int fd)
{
    if (spool == fd)
        return;
    char buf[DUMP_COPY];
    int saved = errno;
    off_t at = 0;
    ssize_t n;
    while ((n = pread(spool, buf, sizeof buf, at)) > 0) {
        leat__write(fd, buf, (size_t)n);
        at += n;
    }
    close(spool);
    errno = saved;
}

void
leat_stack_dump(int fd, bool all)
{
    struct leat__regs here;
    struct leat__frames_at from = {.regs = &here,
        .hide_to = (uintptr_t)__builtin_return_address(0)};
    leat__regs_here(&here);
    struct leat__m *m = leat__enter();
    struct leat__g *self = m->g;
    int spool = leat__dump_spool_open(fd);
    if (all)
        leat__stop_world(m);
    leat__dump_goroutine(spool, self, &from, NULL);
    if (all) {
        dump_others(spool, self, &dump_list);
        leat__start_world();
    }
    leat__leave(leat__this_m());
    leat__dump_spool_close(spool, fd);
}
