// SPDX-License-Identifier: MIT
// test_fd_util.h: what the tests of waiting for descriptors share.
//
// Whether a goroutine is parked the tests read from the poller's own count of
// waiters; none of them sleeps to let it happen.
#ifndef LEAT_TESTS_UNIT_TEST_FD_UTIL_H
#define LEAT_TESTS_UNIT_TEST_FD_UTIL_H

#include "lib/test.h"
#include "sched/sched.h"

#include <leat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

// One wait made by a goroutine, and what came of it.
struct waiter {
    int fd, events;
    int64_t deadline;
    leat_chan(int) result;
};

static inline void
wait_and_tell(struct waiter *w)
{
    leat_send(w->result, leat_wait_fd(w->fd, w->events, w->deadline));
}

static inline struct waiter *
start_waiter(int fd, int events, int64_t deadline)
{
    struct waiter *w = calloc(1, sizeof *w);
    *w = (struct waiter){fd, events, deadline, leat_make_chan(int, 1)};
    leat_go(wait_and_tell, w);
    return w;
}

// Until n goroutines wait for descriptors.
static inline void
until_waiting(int n)
{
    while (leat__hooks.netpoll_waiters() != n)
        leat_yield();
}

static inline void
write_byte(int fd)
{
    char byte = 'x';
    CHECK_EQ(write(fd, &byte, 1), 1);
}

static inline void
read_byte(int fd)
{
    char byte = 0;
    CHECK_EQ(read(fd, &byte, 1), 1);
    CHECK_EQ(byte, 'x');
}

static inline void
make_pipe(int ends[2])
{
    CHECK_EQ(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
}

// Nothing can be read from fd, and whoever calls waits for that.
static inline void
check_nothing_comes(int fd)
{
    CHECK_EQ(leat_wait_fd(fd, LEAT_READ, leat_deadline(LEAT_MILLISECOND)),
        LEAT_ETIMEDOUT);
}

// Parks a reader on `in`, makes it ready through `out`.
static inline void
check_reader_wakes(int in, int out)
{
    struct waiter *w = start_waiter(in, LEAT_READ, LEAT_FOREVER);
    until_waiting(1);
    CHECK_EQ(leat_try_recv(w->result, NULL), LEAT_EAGAIN);
    write_byte(out);
    CHECK_EQ(leat_recv(w->result), LEAT_READ);
    read_byte(in);
    CHECK_EQ(leat__hooks.netpoll_waiters(), 0);
}

#endif
