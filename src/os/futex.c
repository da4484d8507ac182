// SPDX-License-Identifier: MIT
// os/futex.c: futex(2). Private futexes: the runtime is one process.
#include "os/futex.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void
leat__futex_wait(
    _Atomic uint32_t *word, uint32_t expected, int64_t timeout_ns)
{
    int saved = errno;
    struct timespec ts = {
        .tv_sec = (time_t)(timeout_ns / 1000000000),
        .tv_nsec = (long)(timeout_ns % 1000000000),
    };
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected,
        timeout_ns < 0 ? NULL : &ts, NULL, 0);
    errno = saved;
}

void
leat__futex_wake(_Atomic uint32_t *word, int n)
{
    int saved = errno;
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, n, NULL, NULL, 0);
    errno = saved;
}
