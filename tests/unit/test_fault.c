// SPDX-License-Identifier: MIT
// test_fault.c: the system refuses memory, address space, guards, threads,
// epoll, descriptors, processes: at every single call in turn, or from some
// call on. The program ends well or with a message, and never hangs.
#include "lib/test.h"

#include <leat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { FAULT_CALLS_MAX = 2000 }; // a sweep that does not end is a failure

// ---- Injected --------------------------------------------------------------

// Runs the program once; true if it ended well, with the number of calls.
static bool
fault_run(const char *kind, int n, const char *plus, const char *procs,
    long *calls)
{
    char debug[64], leatprocs[32];
    struct test_result r;
    snprintf(debug, sizeof debug, "LEATDEBUG=fault=%s:%d%s", kind, n, plus);
    snprintf(leatprocs, sizeof leatprocs, "LEATPROCS=%s", procs);
    const char *env[] = {debug, leatprocs, NULL};
    CHECK(test_spawn_built("stress/everything", NULL, env, &r, 10));
    if (r.timed_out)
        FAIL("%s: hung\n%s", debug, r.err);
    if (r.signal != 0)
        FAIL("%s: signal %d\n%s", debug, r.signal, r.err);
    bool ok = r.status == 0;
    if (ok && sscanf(r.out, "ok %ld", calls) != 1)
        FAIL("%s: ended without a result", debug);
    bool told = strstr(r.err, "fatal error: ") != NULL ||
        strstr(r.err, "panic: ") != NULL;
    if (!ok && (r.status != 2 || !told))
        FAIL("%s: status %d without a message\n%s", debug, r.status, r.err);
    test_result_free(&r);
    return ok;
}

// Fails call after call until none is left to fail.
static void
fault_sweep(const char *kind, const char *procs)
{
    int step = test_slowness(); // under sanitizers every fifth
    for (int n = 1; n < FAULT_CALLS_MAX; n += step) {
        long calls = 0;
        if (fault_run(kind, n, "", procs, &calls) && calls < n) {
            CHECK_MSG(n > 1, "no call of kind %s was made", kind);
            return;
        }
    }
    FAIL("%s: more than %d calls", kind, FAULT_CALLS_MAX);
}

PLAIN_TEST_WITH(fault, malloc_may_fail_anywhere, .timeout_s = 60)
{
    fault_sweep("malloc", "2");
}

PLAIN_TEST_WITH(fault, malloc_may_fail_anywhere_on_one_p, .timeout_s = 60)
{
    fault_sweep("malloc", "1");
}

PLAIN_TEST_WITH(fault, mmap_may_fail_anywhere, .timeout_s = 60)
{
    fault_sweep("mmap", "2");
}

PLAIN_TEST_WITH(fault, a_guard_may_fail_anywhere, .timeout_s = 60)
{
    fault_sweep("guard", "2");
}

PLAIN_TEST_WITH(fault, a_thread_may_be_refused_anywhere, .timeout_s = 60)
{
    fault_sweep("thread", "2");
}

PLAIN_TEST_WITH(fault, a_thread_may_be_refused_anywhere_on_one_p,
    .timeout_s = 60)
{
    fault_sweep("thread", "1");
}

PLAIN_TEST_WITH(fault, epoll_may_fail_anywhere, .timeout_s = 60)
{
    fault_sweep("epoll", "2");
}

PLAIN_TEST_WITH(fault, an_eventfd_may_be_refused_anywhere, .timeout_s = 60)
{
    fault_sweep("eventfd", "2");
}

PLAIN_TEST_WITH(fault, a_signal_stack_may_be_refused_anywhere,
    .timeout_s = 60)
{
    fault_sweep("sigstack", "2");
}

// From the N-th call on nothing is granted any more. Threads are left out: a
// program whose only thread sits in a read can only wait.
PLAIN_TEST_WITH(fault, nothing_is_granted_any_more, .timeout_s = 60)
{
    static const char *const kinds[] = {"malloc", "mmap", "guard"};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        long calls = 0;
        for (int n = 1; n < 100; n += 1 + n / 4 * test_slowness())
            fault_run(kinds[k], n, "+", "2", &calls);
        CHECK(calls >= 0);
    }
}

// ---- Limits ----------------------------------------------------------------

static void
limit(int what, rlim_t n)
{
    struct rlimit r = {n, n};
    CHECK_EQ(setrlimit(what, &r), 0);
}

static void
limit_park(leat_chan(int) c)
{
    leat_recv(c);
}

// leat_try_go reports it, and what was started before goes on.
TEST_WITH(fault, address_space_runs_out,
    .skip_under = TEST_ASAN | TEST_TSAN | TEST_QEMU)
{
    leat_chan(int) c = leat_make_chan(int);
    limit(RLIMIT_AS, (rlim_t)1 << 30);
    int n = 0;
    while (n < 100000 && leat_try_go(limit_park, c) == 0)
        n++;
    CHECK_MSG(n > 100 && n < 100000, "%d", n);
    CHECK_EQ(leat_try_go(limit_park, c), LEAT_ENOMEM);
    CHECK(leat_try_make_chan(int, 1 << 29) == NULL);
    leat_close(c);
    while (leat_num_goroutine() > 1)
        leat_yield();
    CHECK_EQ(leat_try_go(limit_park, c), 0);
}

// No more than 1024 stacks of 256 KiB fit; how many fewer depends on what the C
// library has reserved for each thread.
TEST_WITH(fault, address_space_runs_out_for_leat_go, .exit_status = 2,
    .stderr_has = {"fatal error: out of memory: cannot make the stack of a new "
                   "goroutine (limits: RLIMIT_AS, overcommit, and "
                   "vm.max_map_count before Linux 6.13; leat_try_go reports "
                   "this instead)\n"},
    .stderr_lacks = {"goroutine 1100 "},
    .skip_under = TEST_ASAN | TEST_TSAN | TEST_QEMU)
{
    leat_chan(int) c = leat_make_chan(int);
    limit(RLIMIT_AS, (rlim_t)1 << 28);
    for (;;) {
        leat_go(limit_park, c);
        leat_yield(); // it gets its stack at its first turn
    }
}

// Those that have not started have no stack: it is missed when one starts.
TEST_WITH(fault, address_space_runs_out_for_a_goroutine_that_starts,
    .exit_status = 2, .env = {"LEATPROCS=1"},
    .stderr_has = {"fatal error: out of memory: cannot make the stack"},
    .skip_under = TEST_ASAN | TEST_TSAN | TEST_QEMU)
{
    leat_chan(int) c = leat_make_chan(int);
    limit(RLIMIT_AS, (rlim_t)1 << 28);
    for (int i = 0; i < 2000; i++)
        leat_go(limit_park, c);
    for (;;)
        leat_yield();
}

TEST_WITH(fault, a_channel_too_large_for_memory_is_fatal, .exit_status = 2,
    .stderr_has = {"fatal error: out of memory: makechan"},
    .skip_under = TEST_ASAN | TEST_TSAN | TEST_QEMU)
{
    limit(RLIMIT_AS, (rlim_t)1 << 29);
    struct block {
        char bytes[1024];
    };
    leat_make_chan(struct block, 1 << 20);
}

static void
fault_wait_fd(int fd, leat_chan(int) c)
{
    leat_send(c, leat_wait_fd(fd, LEAT_READ, LEAT_FOREVER));
}

// No descriptor left for the poller: the wait says so, and works once there
// is one again.
TEST(fault, descriptors_run_out)
{
    int fd[2], extra;
    CHECK_EQ(pipe(fd), 0);
    leat_chan(int) c = leat_make_chan(int);
    struct rlimit old, none;
    getrlimit(RLIMIT_NOFILE, &old);
    none = old;
    extra = dup(fd[0]); // the next number is the limit
    close(extra);
    none.rlim_cur = (rlim_t)extra;
    setrlimit(RLIMIT_NOFILE, &none);
    leat_go(fault_wait_fd, fd[0], c);
    CHECK_EQ(leat_recv(c), LEAT_EMFILE);
    setrlimit(RLIMIT_NOFILE, &old);
    leat_go(fault_wait_fd, fd[0], c);
    CHECK_EQ(write(fd[1], "x", 1), 1);
    CHECK_EQ(leat_recv(c), LEAT_READ);
}

// A user without threads to spare. The limit does not bind root, so the
// program runs as somebody else. That it sits in a read for ever at the end,
// when no other thread can write, is what the message foretells.
PLAIN_TEST_WITH(fault, no_thread_is_granted, .timeout_s = 30,
    .skip_under = TEST_QEMU | TEST_TSAN)
{
    if (geteuid() != 0)
        test_skip("needs root to become a user without processes");
    struct test_result r;
    char *program = test_build_path("stress/everything");
    CHECK(test_shell(&r, 20,
        "type setpriv prlimit timeout || exit 127; "
        "d=$(mktemp -d) && cp %s $d/p && chmod 755 $d $d/p || exit 1; "
        "timeout -s KILL 3 setpriv --reuid 61234 --regid 61234 "
        "--clear-groups prlimit --nproc=1:1 $d/p; "
        "s=$?; rm -rf $d; exit $s",
        program));
    if (r.status == 127)
        test_skip("setpriv, prlimit or timeout is missing");
    CHECK_HAS(r.err, "the system refused a thread");
    if (r.status != 0 && r.status != 128 + 9) {
        CHECK_EQ(r.status, 2);
        CHECK_HAS(r.err, "fatal error");
    }
    test_result_free(&r);
    free(program);
}

// What needs no second thread works without one.
TEST_WITH(fault, one_thread_is_enough_for_goroutines_that_do_not_block,
    .env = {"LEATPROCS=4", "LEATDEBUG=fault=thread:1+"},
    .stderr_has = {"the system refused a thread"})
{
    leat_chan(int) c = leat_make_chan(int);
    for (int i = 0; i < 100; i++)
        leat_go(leat_chan_recv, (struct leat_chan *)(void *)c, NULL);
    for (int i = 0; i < 100; i++)
        leat_send(c, i);
    leat_sleep(2 * LEAT_MILLISECOND);
    while (leat_num_goroutine() > 1)
        leat_yield();
    CHECK_EQ(leat_gomaxprocs(0), 4);
}

// A thread that was refused once is asked for again.
static void
fault_writer(int fd)
{
    CHECK_EQ(write(fd, "x", 1), 1);
}

TEST_WITH(fault, a_thread_refused_once_is_asked_for_again,
    .env = {"LEATPROCS=1", "LEATDEBUG=fault=thread:2"})
{
    int fd[2];
    char byte;
    CHECK_EQ(pipe(fd), 0);
    leat_go(fault_writer, fd[1]);
    CHECK_EQ(read(fd[0], &byte, 1), 1);
}
