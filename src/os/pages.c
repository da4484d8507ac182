// SPDX-License-Identifier: MIT
// os/pages.c: mmap and madvise for stacks.
//
// Huge pages are refused for stacks: one touched page of each 256 KiB would
// commit 2 MiB. MAP_NORESERVE, because address space is not memory.
#include "os/pages.h"
#include "os/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif
#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif

enum { PAGES_HUGE = 2 << 20 }; // bytes of a huge page

enum pages_guard_kind { PAGES_UNKNOWN, PAGES_LIGHT, PAGES_MPROTECT };

// Which guard the kernel has; every thread finds the same.
static _Atomic int pages_guard_kind;

static void *
pages_map(size_t n, const char *name, int flags)
{
    if (leat__fault_hits(LEAT__FAULT_MMAP))
        return NULL;
    int saved = errno;
    void *p = mmap(NULL, n, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
    if (p != MAP_FAILED) {
        madvise(p, n, MADV_NOHUGEPAGE);
        prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, p, n, name);
    }
    errno = saved;
    return p == MAP_FAILED ? NULL : p;
}

void *
leat__pages_reserve(size_t n, const char *name)
{
    return pages_map(n, name, MAP_NORESERVE);
}

void *
leat__pages_commit(size_t n, const char *name)
{
    return pages_map(n, name, 0);
}

// n bytes at a multiple of `align`: more is mapped, and the ends given back.
static void *
pages_map_aligned(size_t n, size_t align)
{
    char *p = mmap(NULL, n + align, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    size_t before = -(uintptr_t)p & (align - 1);
    if (before > 0)
        munmap(p, before);
    munmap(p + before + n, align - before);
    return p + before;
}

void *
leat__pages_reserve_huge(size_t n, const char *name)
{
    if (leat__fault_hits(LEAT__FAULT_MMAP))
        return NULL;
    int saved = errno;
    n = (n + LEAT__PAGE - 1) & -(size_t)LEAT__PAGE;
    void *p = pages_map_aligned(n, PAGES_HUGE);
    if (p != NULL)
        prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, p, n, name);
    errno = saved;
    return p;
}

void
leat__pages_make_huge(void *p, size_t n)
{
    int saved = errno;
    madvise(p, (n + LEAT__PAGE - 1) & -(size_t)LEAT__PAGE, MADV_HUGEPAGE);
    errno = saved;
}

void
leat__pages_release(void *p, size_t n)
{
    int saved = errno;
    munmap(p, n);
    errno = saved;
}

bool
leat__pages_discard(void *p, size_t n)
{
    int saved = errno;
    bool ok = madvise(p, n, MADV_DONTNEED) == 0;
    errno = saved;
    return ok;
}

// Whether the guard at p really faults. An emulator may take the advice and
// not follow it: a system call that reads from p must fail with EFAULT.
static bool
pages_guard_holds(const void *p)
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0)
        return true; // cannot be told: trust the kernel
    bool holds = write(fds[1], p, 1) < 0 && errno == EFAULT;
    close(fds[0]);
    close(fds[1]);
    return holds;
}

static bool
pages_guard_light(void *p, size_t n)
{
    int kind = atomic_load_explicit(&pages_guard_kind, memory_order_relaxed);
    if (kind == PAGES_MPROTECT)
        return false;
    int err = madvise(p, n, MADV_GUARD_INSTALL) == 0 ? 0 : errno;
    if (err == 0 && kind == PAGES_UNKNOWN && !pages_guard_holds(p))
        err = EINVAL;
    if (err == 0)
        atomic_store_explicit(
            &pages_guard_kind, PAGES_LIGHT, memory_order_relaxed);
    else if (kind == PAGES_UNKNOWN && err == EINVAL)
        atomic_store_explicit(
            &pages_guard_kind, PAGES_MPROTECT, memory_order_relaxed);
    return err == 0;
}

bool
leat__pages_guard(void *p, size_t n)
{
    if (leat__fault_hits(LEAT__FAULT_GUARD))
        return false;
    int saved = errno;
    bool ok = pages_guard_light(p, n) || mprotect(p, n, PROT_NONE) == 0;
    errno = saved;
    return ok;
}

bool
leat__pages_guard_is_light(void)
{
    return atomic_load_explicit(&pages_guard_kind, memory_order_relaxed) ==
        PAGES_LIGHT;
}
