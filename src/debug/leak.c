// SPDX-License-Identifier: MIT
// debug/leak.c: which parked goroutines can never run again: the idea of the
// search, and the report.
//
// Idea (Go 1.26's goroutine leak profile does the same with its collector):
// a goroutine that waits for a channel can go on only if somebody uses that
// channel, and for that somebody has to hold its address. Goroutines that
// can run are live, and so is all memory but goroutine stacks. Whoever waits
// for something whose address is found in live memory is live too, so its
// stack is searched as well, and so on until nothing is added. Who is left
// has leaked for certain. The three steps have a file each: leak_collect.c
// (who waits for what), leak_roots.c (what is live to begin with) and
// leak_search.c (who is reached from there).
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
// Invariants: memory is read between leat__freeze and leat__thaw only; what is
// written comes after, from the descriptors, while the world is stopped.
// Locks: the world is stopped and all threads stand still while memory is
// read. If a goroutine runs in a thread that does not answer, its registers
// are unknown, and nothing is certain: the report says so.
// Rejected: see leak_roots.c, leak_search.c and leak_sort.c.
#include "debug/leak.h"

#include "base/print.h"
#include "debug/dump.h"
#include "debug/freeze.h"
#include "debug/leak_int.h"
#include "os/open.h"
#include "os/pages.h"

#include <leat/debug.h>
#include <leat/panic.h>

#include <errno.h>
#include <unistd.h>

enum {
    LEAK_PRINT_MAX = 10000 // goroutines of each kind that are written
};
#define LEAK_FREEZE_NS (60 * LEAT_SECOND) // more than the search takes

// Finds out who is live. The world is stopped.
static void
leak_find(struct leak *k)
{
    uint32_t frozen = leat__freeze(LEAK_FREEZE_NS);
    k->mem_fd = leat__os_open("/proc/self/mem", 0);
    k->pagemap_fd = leat__os_open("/proc/self/pagemap", 0);
    if (k->mem_fd < 0) {
        k->error = LEAT_ESYS;
    } else if (!leat__leak_collect(k)) {
        k->error = LEAT_ENOMEM;
    } else {
        leat__leak_search_live(k);
        k->uncertain |= !leat__leak_search_memory(k);
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
    leat__leak_sort(k->lines, n, sizeof *k->lines);
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
