// SPDX-License-Identifier: MIT
// test_sandbox.c: system calls that a sandbox refuses, by a filter of seccomp(2)
// as container runtimes install it. Those written before a call existed refuse
// it with EPERM, later ones with ENOSYS.
#include "lib/test.h"
#include "os/barrier.h"

#include <leat.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// Makes the call of this number fail with err, in all threads, from now on.
static void
sandbox_refuse(long call, int err)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)err),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {sizeof code / sizeof *code, code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
            SECCOMP_FILTER_FLAG_TSYNC, &filter) != 0)
        test_skip("no seccomp filters here");
}

static int
sandbox_read_end(void)
{
    int fds[2];
    CHECK_EQ(pipe(fds), 0);
    return fds[0];
}

// Where what is written to stderr from now on can be read.
static int
sandbox_errors(void)
{
    int fds[2];
    CHECK_EQ(pipe(fds), 0);
    CHECK_EQ(dup2(fds[1], 2), 2);
    close(fds[1]);
    return fds[0];
}

// ---- Memory ---------------------------------------------------------------

TEST_WITH(sandbox, that_takes_membarrier_away_is_told, .exit_status = 2,
    .env = {"LEATPROCS=2"}, .skip_under = TEST_TSAN,
    .stderr_has = {"fatal error: membarrier(2), which the system had"})
{
    if (!leat__barrier_works())
        test_skip("no membarrier here");
    sandbox_refuse(SYS_membarrier, EPERM);
    leat_sleep(LEAT_SECOND); // the threads go to sleep, which needs it
    CHECK(false);
}

static void
sandbox_send(leat_chan(int) c, int i)
{
    leat_send(c, i);
}

static int
sandbox_sums(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    leat_chan(int) c = leat_make_chan(int);
    for (int i = 0; i < 1000; i++)
        leat_go(sandbox_send, c, i);
    int sum = 0;
    for (int i = 0; i < 1000; i++)
        sum += leat_recv(c);
    CHECK_EQ(sum, 999 * 1000 / 2);
    return 0;
}

// Nothing has been told either; errors is where it would be.
static int
sandbox_sums_silently(int errors, char **argv)
{
    char byte;
    sandbox_sums(0, argv);
    CHECK_EQ(fcntl(errors, F_SETFL, O_NONBLOCK), 0);
    CHECK_EQ(read(errors, &byte, 1), -1);
    return 0;
}

static void
sandbox_work_without(long call)
{
    sandbox_refuse(call, EPERM);
    leat_run(sandbox_sums, 0, NULL);
}

PLAIN_TEST_WITH(sandbox, without_membarrier_from_the_start_works,
    .env = {"LEATPROCS=2"})
{
    sandbox_work_without(SYS_membarrier);
}

// Sanitizers cannot do without it.
PLAIN_TEST_WITH(sandbox, without_advice_on_memory_works,
    .env = {"LEATPROCS=2"}, .skip_under = TEST_ASAN | TEST_TSAN)
{
    sandbox_work_without(SYS_madvise);
}

// ---- Threads ---------------------------------------------------------------

// The C library takes clone where clone3 is not known.
static void
sandbox_refuse_threads(void)
{
    sandbox_refuse(SYS_clone3, EPERM);
    sandbox_refuse(SYS_clone, EPERM);
}

PLAIN_TEST_WITH(sandbox, without_threads_from_the_start_that_is_told,
    .env = {"LEATPROCS=2"},
    .stderr_has = {"leat: the system permits no thread: blocking calls and "
                   "loops of one goroutine will hold up the others (a sandbox "
                   "must allow clone, and allow clone3 or refuse it with "
                   "ENOSYS)\n"})
{
    sandbox_refuse_threads();
    leat_run(sandbox_sums, 0, NULL);
}

PLAIN_TEST_WITH(sandbox, clone3_that_is_not_known_is_not_missed,
    .env = {"LEATPROCS=2"})
{
    sandbox_refuse(SYS_clone3, ENOSYS);
    int errors = sandbox_errors();
    leat_run(sandbox_sums_silently, errors, NULL);
}

static void
sandbox_block(int fd)
{
    char byte;
    leat_blocking_begin();
    (void)!read(fd, &byte, 1);
    leat_blocking_end();
}

// Each goroutine takes a thread, until there is none for the next; then main
// reads what is told.
TEST_WITH(sandbox, without_threads_later_that_is_told, .env = {"LEATPROCS=1"})
{
    enum { BLOCKED = 20 };
    char text[512] = "";
    int errors = sandbox_errors(), never = sandbox_read_end();
    sandbox_refuse_threads();
    for (int i = 0; i < BLOCKED; i++)
        leat_go(sandbox_block, never);
    leat_blocking_begin();
    (void)!read(errors, text, sizeof text - 1);
    leat_blocking_end();
    CHECK_STR(text,
        "leat: the system permits no thread: goroutines wait until others no "
        "longer block (a sandbox must allow clone, and allow clone3 or refuse "
        "it with ENOSYS)\n");
    _exit(0);
}

// ---- Descriptors -----------------------------------------------------------

// On one P its thread is the one that sleeps on the set.
static void
sandbox_wait_a_while(int err)
{
    sandbox_refuse(SYS_epoll_pwait2, err);
    int fd = sandbox_read_end();
    int64_t start = leat_now();
    CHECK_EQ(leat_wait_fd(fd, LEAT_READ, leat_deadline(100 * LEAT_MILLISECOND)),
        LEAT_ETIMEDOUT);
    CHECK(leat_now() - start >= 100 * LEAT_MILLISECOND);
}

TEST_WITH(sandbox, a_deadline_of_a_wait_needs_no_epoll_pwait2,
    .env = {"LEATPROCS=1"})
{
    sandbox_wait_a_while(ENOSYS);
}

TEST_WITH(sandbox, a_deadline_of_a_wait_needs_no_epoll_pwait2_permitted,
    .env = {"LEATPROCS=1"})
{
    sandbox_wait_a_while(EPERM);
}

TEST(sandbox, without_epoll_a_wait_is_an_error)
{
    int fd = sandbox_read_end();
    sandbox_refuse(SYS_epoll_create1, EPERM);
    CHECK_EQ(leat_wait_fd(fd, LEAT_READ, LEAT_FOREVER), LEAT_ESYS);
}

TEST(sandbox, without_eventfd_a_wait_is_an_error_and_closes_nothing)
{
    int fd = sandbox_read_end();
    sandbox_refuse(SYS_eventfd2, EPERM);
    CHECK_EQ(leat_wait_fd(fd, LEAT_READ, LEAT_FOREVER), LEAT_ESYS);
    for (int i = 0; i <= fd; i++)
        CHECK(fcntl(i, F_GETFD) >= 0);
}

static void *
sandbox_thread_waits(void *arg)
{
    int fd = sandbox_read_end();
    *(int *)arg = leat_wait_fd(fd, LEAT_READ, leat_deadline(LEAT_MILLISECOND));
    return NULL;
}

PLAIN_TEST(sandbox, without_eventfd_a_wait_of_a_thread_is_an_error)
{
    pthread_t t;
    int result = 0;
    sandbox_refuse(SYS_eventfd2, EPERM);
    CHECK_EQ(pthread_create(&t, NULL, sandbox_thread_waits, &result), 0);
    pthread_join(t, NULL);
    CHECK_EQ(result, LEAT_ESYS);
    CHECK(fcntl(2, F_GETFD) >= 0);
}
