// SPDX-License-Identifier: MIT
// os/clock.h: the machine's monotonic clock, in nanoseconds. Code above
// src/sched reads leat__nanotime (sched/sched.h) instead, which may be
// virtual.
#ifndef LEAT_OS_CLOCK_H
#define LEAT_OS_CLOCK_H

#include <errno.h>
#include <stdint.h>
#include <time.h>

static inline int64_t
leat__os_clock(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

// Sleeps this thread for ns nanoseconds, or until a signal comes.
static inline void
leat__os_sleep(int64_t ns)
{
    struct timespec ts = {
        .tv_sec = (time_t)(ns / 1000000000),
        .tv_nsec = (long)(ns % 1000000000),
    };
    int saved = errno;
    nanosleep(&ts, NULL);
    errno = saved;
}

#endif
