// SPDX-License-Identifier: MIT
// os/barrier.c: membarrier(2), or a fence of this thread where it is missing
// (the callers of leat__barrier_init know to fence on the other side too).
#include "os/barrier.h"
#include "base/check.h"
#include "base/print.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

// Set once by leat__barrier_init, before other threads exist.
static bool barrier_works;

bool
leat__barrier_init(void)
{
    int saved = errno;
    // ThreadSanitizer does not know this barrier: the slow fences it does.
    barrier_works = !LEAT__TSAN &&
        syscall(SYS_membarrier,
            MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
    errno = saved;
    return barrier_works;
}

bool
leat__barrier_works(void)
{
    return barrier_works;
}

static bool
barrier_run(void)
{
    return syscall(
        SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0;
}

// It worked and does not any more. The frequent side has relied on it for long,
// and without it a wake-up can be lost: a hang, or worse.
static LEAT__COLD _Noreturn void
barrier_lost(void)
{
    leat__printf(2,
        "fatal error: membarrier(2), which the system had at the start, is "
        "refused now: a sandbox that the program enters later must allow it\n");
    _exit(LEAT__EXIT_STATUS);
}

void
leat__barrier_all(void)
{
#if !LEAT__TSAN
    atomic_thread_fence(memory_order_seq_cst);
#endif
    if (!barrier_works)
        return;
    int saved = errno;
    if (LEAT__UNLIKELY(!barrier_run()))
        barrier_lost();
    errno = saved;
}
