// SPDX-License-Identifier: MIT
// test_limit.c: how many threads may run goroutines.
#include "lib/test.h"

#include <leat.h>

#include <unistd.h>

static void
limit_nothing(void)
{
}

static void
limit_block(int fd)
{
    char byte;
    leat_blocking_begin();
    (void)!read(fd, &byte, 1);
    leat_blocking_end();
}

static int limit_pipe[2];

// One thread runs main and each of the others sits in a blocking call.
static void
limit_block_threads(int n)
{
    CHECK_EQ(pipe(limit_pipe), 0);
    for (int i = 0; i < n; i++)
        leat_go(limit_block, limit_pipe[0]);
    struct leat_stats s = {0};
    while (s.threads < n + 2) { // with sysmon
        leat_yield();
        leat_get_stats(&s);
    }
}

// A few more than it takes: where the machine lets main wait, sysmon adds one.
TEST_WITH(sched, threads_within_the_limit_block_and_come_back,
    .env = {"LEATPROCS=1"})
{
    CHECK_EQ(leat_set_max_threads(0), 10000);
    CHECK_EQ(leat_set_max_threads(12), 10000);
    CHECK_EQ(leat_set_max_threads(-1), 12);
    limit_block_threads(5);
    leat_go(limit_nothing);
    leat_sleep(1);
    CHECK_EQ(write(limit_pipe[1], "12345", 5), 5);
    while (leat_num_goroutine() > 1)
        leat_yield();
}

TEST_WITH(sched, one_thread_more_than_the_limit_is_fatal, .exit_status = 2,
    .env = {"LEATPROCS=1"},
    .stderr_has = {"runtime: program exceeds 6-thread limit\n"
                   "fatal error: thread exhaustion\n"})
{
    leat_set_max_threads(6);
    limit_block_threads(6);
}

TEST_WITH(sched, a_limit_below_the_number_of_threads_is_fatal,
    .exit_status = 2, .env = {"LEATPROCS=1"},
    .stderr_has = {"runtime: program exceeds 2-thread limit\n"
                   "fatal error: thread exhaustion\n"})
{
    limit_block_threads(5);
    leat_set_max_threads(2);
}
