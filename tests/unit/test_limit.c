// SPDX-License-Identifier: MIT
// test_limit.c: how many threads may run goroutines, and a program that has
// left no thread-local key.
#include "lib/test.h"
#include "mem/alloc.h"

#include <leat.h>

#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/resource.h>
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

// ---- Address space ---------------------------------------------------------

// Bytes of address space this process has.
static size_t
limit_address_space(void)
{
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    CHECK(f != NULL);
    CHECK_EQ(fscanf(f, "%lu", &pages), 1);
    fclose(f);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void
limit_receive(leat_chan(int) c)
{
    leat_recv(c);
}

// Stacks are reserved many at a time; there is room for 12 more of 8 MiB, and
// so there are some. (Some room is for the rest: threads, and the heap.)
TEST_WITH(limit, stacks_are_made_as_long_as_one_fits,
    .env = {"LEATDEBUG=stack=8388608", "LEATPROCS=1", "MALLOC_ARENA_MAX=1"},
    .skip_under = TEST_ASAN | TEST_TSAN | TEST_QEMU | TEST_VALGRIND)
{
    enum { ROOM = 12, SLAB = 32, STACK = (8 << 20) + (64 << 10) };
    leat_chan(int) c = leat_make_chan(int);
    struct rlimit limit = {.rlim_max = RLIM_INFINITY};
    size_t before, now = limit_address_space();
    int made = 0;
    do {
        before = now;
        CHECK_EQ(leat_try_go(limit_receive, c), 0);
        made++;
        now = limit_address_space();
        // The first slab, of half as many, is full. (No thread takes so much.)
    } while (now - before < SLAB * (size_t)STACK);
    limit.rlim_cur = now + ROOM * (size_t)STACK;
    CHECK_EQ(setrlimit(RLIMIT_AS, &limit), 0);
    int more = 0;
    while (more < 200 && leat_try_go(limit_receive, c) == 0)
        more++;
    // Those of the slab just made, and of the room.
    CHECK_MSG(more > SLAB - 1 + ROOM / 2, "%d more", more);
    while (made + more-- > 0)
        leat_send(c, 1);
}

// ---- Keys ------------------------------------------------------------------

static pthread_key_t limit_keys[PTHREAD_KEYS_MAX];

// Takes every key there is and stores something with each.
static int
limit_take_keys(void)
{
    int n = 0;
    while (pthread_key_create(&limit_keys[n], NULL) == 0) {
        CHECK_EQ(pthread_setspecific(limit_keys[n], &limit_keys[n]), 0);
        n++;
    }
    return n;
}

PLAIN_TEST(limit, without_a_key_memory_is_had_and_no_other_key_is_written)
{
    int n = limit_take_keys();
    for (size_t bytes = 16; bytes <= 4096; bytes *= 2) {
        void *p = leat__mem_alloc(bytes, 0);
        CHECK(p != NULL);
        leat__mem_free(p, 0);
    }
    for (int i = 0; i < n; i++)
        CHECK(pthread_getspecific(limit_keys[i]) == &limit_keys[i]);
}

PLAIN_TEST_WITH(limit, without_a_key_the_runtime_does_not_start,
    .exit_status = 2, .stderr_has = {"fatal error: cannot start the runtime",
        "pthread_key_create"})
{
    limit_take_keys();
    leat_chan(int) c = leat_make_chan(int, 1);
    leat_send(c, 1);
}
