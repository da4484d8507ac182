// SPDX-License-Identifier: MIT
// debug/dwarf_memory.c: reads of stack memory that cannot fault.
//
// The idea: a stack with known bounds is read directly. Without bounds each
// page is first shown to the kernel: rt_sigprocmask copies the new mask from
// user memory before it looks at `how`, so with an impossible `how` it changes
// nothing and answers EFAULT for memory that cannot be read and EINVAL for
// memory that can. No descriptor, no handler and no permission is needed.
//
// Invariants: no byte is read that neither the bounds nor the kernel allow.
// Locks: none. A page could be unmapped between the question and the read;
// that takes another thread that unmaps a stack in use.
//
// Rejected: process_vm_readv (forbidden in many containers), mincore (says
// "mapped" of a PROT_NONE page and of a guard), a pipe to write to (a
// descriptor may not be left), catching SIGSEGV (the handler is the user).

#include "debug/dwarf_memory.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    // The smallest page of both CPUs; bigger pages only cost more questions.
    MEMORY_PAGE_BYTES = 4096,
    // The kernel's sigset on both CPUs: 64 signals.
    MEMORY_SIGSET_BYTES = 8,
};

// Sanitizers see other goroutines' stacks as poisoned or racing; an unwinder
// reads them all the same, by design.
#if defined(__clang__)
#define MEMORY_UNCHECKED                                                       \
    __attribute__((noinline, no_sanitize("address", "thread", "undefined")))
#else
#define MEMORY_UNCHECKED                                                       \
    __attribute__((noinline, no_sanitize("address"), no_sanitize("thread"),    \
        no_sanitize("undefined")))
#endif

// Whether the 8 bytes at the aligned addr can be read.
static bool
memory_probe(uintptr_t addr)
{
    int saved_errno = errno;
    long rc = syscall(
        SYS_rt_sigprocmask, -1, (void *)addr, NULL, MEMORY_SIGSET_BYTES);
    bool readable = rc == -1 && errno == EINVAL;
    errno = saved_errno;
    return readable;
}

static bool
memory_page_readable(struct leat__memory *m, uintptr_t addr)
{
    uintptr_t page = addr & ~(uintptr_t)(MEMORY_PAGE_BYTES - 1);
    if (page == 0)
        return false;
    for (int i = 0; i < LEAT__MEMORY_PAGES; i++) {
        if (m->page[i] == page)
            return true;
    }
    // The word itself, as Valgrind minds bytes of the page nobody wrote.
    if (!memory_probe(addr))
        return false;
    m->page[m->page_next] = page;
    m->page_next = (m->page_next + 1) % LEAT__MEMORY_PAGES;
    return true;
}

MEMORY_UNCHECKED static uint64_t
memory_load(uintptr_t addr)
{
    return *(const volatile uint64_t *)addr;
}

bool
leat__memory_word(struct leat__memory *m, uintptr_t addr, uint64_t *out)
{
    if (addr % sizeof(uint64_t) != 0)
        return false;
    if (m->hi != 0) {
        if (addr < m->lo || addr >= m->hi || m->hi - addr < sizeof(uint64_t))
            return false;
    } else if (!memory_page_readable(m, addr)) {
        return false;
    }
    *out = memory_load(addr);
    return true;
}

bool
leat__memory_code_is(uintptr_t addr, const uint8_t *code, size_t len)
{
    uintptr_t first = addr & ~(uintptr_t)7;
    for (uintptr_t word = first; word < addr + len; word += 8) {
        if (word == 0 || !memory_probe(word))
            return false;
        uint64_t bytes = memory_load(word);
        for (uintptr_t at = word; at < word + 8; at++) {
            if (at < addr || at >= addr + len)
                continue;
            if ((uint8_t)(bytes >> (8 * (at - word))) != code[at - addr])
                return false;
        }
    }
    return true;
}
