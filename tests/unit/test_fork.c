// SPDX-License-Identifier: MIT
// test_fork.c: fork in a running program: the child can exec, exit, and go on
// with goroutines, channels, timers and descriptors; the parent notices
// nothing.
#include "lib/test.h"

#include <leat.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

// ThreadSanitizer refuses new threads in a child, the emulator forks badly
// with threads.
#define FORK_SKIP .skip_under = TEST_TSAN | TEST_QEMU

enum { FORK_STATUS = 42 };

static int
fork_scale(int n)
{
    return n / test_slowness() > 0 ? n / test_slowness() : 1;
}

// Waits for the child without holding a P, and checks how it ended.
static void
fork_check(pid_t pid, int expected)
{
    int status;
    CHECK(pid > 0);
    pid_t self = getpid();
    leat_blocking_begin();
    pid_t ended = waitpid(pid, &status, 0);
    leat_blocking_end();
    if (getpid() != self)
        leat_sleep(LEAT_FOREVER); // somebody forked us: not our child
    CHECK_EQ(ended, pid);
    if (WIFSIGNALED(status))
        FAIL("the child died of signal %d", WTERMSIG(status));
    CHECK_EQ(WEXITSTATUS(status), expected);
}

static void
fork_on_alarm(int sig)
{
    (void)sig;
    kill(getpid(), SIGQUIT);
}

// In the child: a hang is a failure and shows all goroutines.
static void
fork_in_child(void)
{
    signal(SIGALRM, fork_on_alarm);
    alarm((unsigned)(10 * test_slowness()));
}

// ---- Ends ------------------------------------------------------------------

TEST(fork, a_child_ends_with_its_value)
{
    for (int i = 0; i < fork_scale(20); i++) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(FORK_STATUS);
        fork_check(pid, FORK_STATUS);
    }
}

TEST(fork, a_child_execs)
{
    pid_t pid = fork();
    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", "exit 42", (char *)NULL);
        _exit(1);
    }
    fork_check(pid, FORK_STATUS);
}

TEST_WITH(fork, exit_in_a_child_gives_its_status, FORK_SKIP)
{
    pid_t pid = fork();
    if (pid == 0) {
        fork_in_child();
        exit(FORK_STATUS);
    }
    fork_check(pid, FORK_STATUS);
}

// ---- Going on --------------------------------------------------------------

static void
fork_send(leat_chan(int) c, int v)
{
    leat_send(c, v);
}

static void
fork_echo(leat_chan(int) in, leat_chan(int) out)
{
    for (int v; leat_recv_ok(in, &v);)
        leat_send(out, v + 1);
    leat_close(out);
}

// Everything once more: spawning, channels, select, timers, descriptors,
// changing the number of Ps, plain threads.
static void
fork_use_everything(void)
{
    leat_chan(int) in = leat_make_chan(int), out = leat_make_chan(int, 2);
    leat_go(fork_echo, in, out);
    for (int i = 0; i < 100; i++) {
        leat_send(in, i);
        if (leat_recv(out) != i + 1)
            _exit(1);
    }
    int64_t before = leat_now();
    leat_sleep(2 * LEAT_MILLISECOND);
    if (leat_now() - before < 2 * LEAT_MILLISECOND)
        _exit(2);
    leat_recv(leat_after(LEAT_MILLISECOND));
    if (leat_select_until(leat_deadline(LEAT_MILLISECOND),
            leat_case_recv(out, NULL)) != LEAT_ETIMEDOUT)
        _exit(3);
    int fd[2];
    if (pipe(fd) != 0)
        _exit(4);
    leat_go(fork_send, in, (int)write(fd[1], "x", 1));
    if (leat_wait_fd(fd[0], LEAT_READ, LEAT_FOREVER) != LEAT_READ)
        _exit(5);
    leat_recv(out);
    leat_gomaxprocs(5);
    leat_gomaxprocs(2);
    leat_close(in);
    leat_recv_ok(out, NULL);
}

TEST_WITH(fork, a_child_uses_everything, FORK_SKIP)
{
    fork_use_everything();
    for (int i = 0; i < fork_scale(10); i++) {
        pid_t pid = fork();
        if (pid == 0) {
            fork_in_child();
            fork_use_everything();
            _exit(FORK_STATUS);
        }
        fork_check(pid, FORK_STATUS);
    }
    fork_use_everything();
}

TEST_WITH(fork, a_child_uses_everything_on_one_p, FORK_SKIP,
    .env = {"LEATPROCS=1"})
{
    pid_t pid = fork();
    if (pid == 0) {
        fork_in_child();
        fork_use_everything();
        _exit(FORK_STATUS);
    }
    fork_check(pid, FORK_STATUS);
    fork_use_everything();
}

TEST_WITH(fork, a_child_of_a_child_uses_everything, FORK_SKIP)
{
    pid_t pid = fork();
    if (pid == 0) {
        fork_in_child();
        fork_use_everything();
        pid_t second = fork();
        if (second == 0) {
            fork_in_child();
            fork_use_everything();
            _exit(FORK_STATUS);
        }
        fork_check(second, FORK_STATUS);
        fork_use_everything();
        _exit(FORK_STATUS);
    }
    fork_check(pid, FORK_STATUS);
}

static void
fork_sleeper(leat_chan(int) c, int64_t ns)
{
    leat_sleep(ns);
    leat_send(c, 1);
}

static void
fork_reader(leat_chan(int) c, int fd)
{
    leat_send(c, leat_wait_fd(fd, LEAT_READ, LEAT_FOREVER));
}

// Goroutines that were parked at the fork go on in both.
TEST_WITH(fork, parked_goroutines_go_on_in_parent_and_child, FORK_SKIP)
{
    leat_chan(int) in = leat_make_chan(int), out = leat_make_chan(int);
    leat_chan(int) slept = leat_make_chan(int), got = leat_make_chan(int);
    int fd[2];
    CHECK_EQ(pipe(fd), 0);
    leat_go(fork_echo, in, out);
    for (int i = 0; i < 10; i++)
        leat_go(fork_sleeper, slept, (30 + i) * LEAT_MILLISECOND);
    leat_go(fork_reader, got, fd[0]);
    leat_sleep(5 * LEAT_MILLISECOND);
    pid_t pid = fork();
    if (pid == 0)
        fork_in_child();
    leat_send(in, 7);
    if (leat_recv(out) != 8)
        _exit(1);
    for (int i = 0; i < 10; i++)
        leat_recv(slept);
    if (pid == 0 && write(fd[1], "x", 1) != 1)
        _exit(2);
    if (leat_recv(got) != LEAT_READ)
        _exit(3);
    if (pid == 0)
        _exit(FORK_STATUS);
    fork_check(pid, FORK_STATUS);
}

// Queued, not parked: runnable at the fork.
TEST_WITH(fork, runnable_goroutines_run_in_the_child, FORK_SKIP,
    .env = {"LEATPROCS=1"})
{
    leat_chan(int) c = leat_make_chan(int, 400);
    for (int i = 0; i < 400; i++)
        leat_go(fork_send, c, 1);
    pid_t pid = fork();
    if (pid == 0)
        fork_in_child();
    int sum = 0;
    for (int i = 0; i < 400; i++)
        sum += leat_recv(c);
    if (pid == 0)
        _exit(sum == 400 ? FORK_STATUS : 1);
    CHECK_EQ(sum, 400);
    fork_check(pid, FORK_STATUS);
}

TEST_WITH(fork, a_deadlock_in_a_child_is_found, FORK_SKIP)
{
    pid_t pid = fork();
    if (pid == 0) {
        fork_in_child();
        leat_recv(leat_make_chan(int));
    }
    fork_check(pid, 2);
}

// ---- While others are busy -------------------------------------------------

static _Atomic bool fork_stop;

static void
fork_hog(void)
{
    while (!fork_stop)
        ;
}

static void
fork_chatter(leat_chan(int) done)
{
    leat_chan(int) a = leat_make_chan(int), b = leat_make_chan(int);
    leat_go(fork_echo, a, b);
    for (int i = 0; !fork_stop; i++) {
        leat_send(a, i);
        leat_recv(b);
    }
    leat_close(a);
    leat_send(done, 1);
}

static void
fork_sleepy(leat_chan(int) done)
{
    while (!fork_stop)
        leat_sleep(50 * LEAT_MICROSECOND);
    leat_send(done, 1);
}

// Reads nothing: the child has the same pipe.
static void
fork_waiter(leat_chan(int) done, int fd)
{
    while (!fork_stop)
        if (leat_wait_fd(fd, LEAT_READ,
                leat_deadline(50 * LEAT_MICROSECOND)) != LEAT_ETIMEDOUT)
            _exit(9);
    leat_send(done, 1);
}

static void *
fork_plain(void *arg)
{
    fork_chatter(*(leat_chan(int) *)arg);
    return NULL;
}

static void *
fork_plain_sleepy(void *arg)
{
    fork_sleepy(*(leat_chan(int) *)arg);
    return NULL;
}

// Forks again and again while goroutines and threads do everything; each
// child uses everything.
static void
fork_beside_all(void)
{
    enum { BUSY = 8 };
    leat_chan(int) done = leat_make_chan(int);
    pthread_t id[2];
    leat_go(fork_hog);
    for (int i = 0; i < 2; i++) {
        int fd[2];
        CHECK_EQ(pipe(fd), 0);
        leat_go(fork_chatter, done);
        leat_go(fork_sleepy, done);
        leat_go(fork_waiter, done, fd[0]);
    }
    pthread_create(&id[0], NULL, fork_plain, &done);
    pthread_create(&id[1], NULL, fork_plain_sleepy, &done);
    for (int i = 0; i < fork_scale(40); i++) {
        pid_t pid = fork();
        if (pid == 0) {
            fork_in_child();
            // What ran elsewhere is gone; the rest must not be in the way.
            fork_use_everything();
            _exit(FORK_STATUS);
        }
        fork_check(pid, FORK_STATUS);
    }
    fork_stop = true;
    for (int i = 0; i < BUSY; i++)
        leat_recv(done);
    for (int i = 0; i < 2; i++)
        pthread_join(id[i], NULL);
}

TEST_WITH(fork, beside_busy_goroutines_and_threads, FORK_SKIP,
    .timeout_s = 60)
{
    fork_beside_all();
}

TEST_WITH(fork, beside_busy_goroutines_and_threads_on_one_p, FORK_SKIP,
    .timeout_s = 60, .env = {"LEATPROCS=1"})
{
    fork_beside_all();
}

TEST_WITH(fork, beside_busy_goroutines_and_threads_without_membarrier,
    FORK_SKIP, .timeout_s = 60, .env = {"LEATDEBUG=fence=1"})
{
    fork_beside_all();
}

static void
fork_many(leat_chan(int) done)
{
    for (int i = 0; i < fork_scale(20); i++) {
        pid_t pid = fork();
        if (pid == 0) {
            fork_in_child();
            leat_chan(int) c = leat_make_chan(int);
            leat_go(fork_send, c, FORK_STATUS);
            _exit(leat_recv(c));
        }
        fork_check(pid, FORK_STATUS);
    }
    leat_send(done, 1);
}

static void *
fork_many_plain(void *arg)
{
    fork_many(*(leat_chan(int) *)arg);
    return NULL;
}

static void
fork_change_procs(leat_chan(int) done)
{
    for (int i = 0; !fork_stop; i++) {
        leat_gomaxprocs(1 + i % 4);
        leat_sleep(100 * LEAT_MICROSECOND);
    }
    leat_send(done, 1);
}

// Several fork at once, while the world is stopped for other reasons too.
TEST_WITH(fork, from_several_goroutines_and_threads_at_once, FORK_SKIP,
    .timeout_s = 60)
{
    leat_chan(int) done = leat_make_chan(int);
    pthread_t id;
    leat_go(fork_many, done);
    leat_go(fork_many, done);
    leat_go(fork_change_procs, done);
    pthread_create(&id, NULL, fork_many_plain, &done);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(leat_recv(done), 1);
    fork_stop = true;
    leat_recv(done);
    pthread_join(id, NULL);
}

// ---- From a plain thread ---------------------------------------------------

static void *
fork_from_thread(void *arg)
{
    bool known = *(bool *)arg;
    if (known)
        leat_yield();
    for (int i = 0; i < 5; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            fork_in_child();
            fork_use_everything();
            _exit(FORK_STATUS);
        }
        int status;
        CHECK_EQ(waitpid(pid, &status, 0), pid);
        CHECK(WIFEXITED(status));
        CHECK_EQ(WEXITSTATUS(status), FORK_STATUS);
    }
    return NULL;
}

TEST_WITH(fork, from_a_plain_thread_that_has_called_in, FORK_SKIP)
{
    bool known = true;
    pthread_t id;
    pthread_create(&id, NULL, fork_from_thread, &known);
    pthread_join(id, NULL);
    fork_use_everything();
}

TEST_WITH(fork, from_a_plain_thread_never_seen, FORK_SKIP)
{
    bool known = false;
    pthread_t id;
    pthread_create(&id, NULL, fork_from_thread, &known);
    pthread_join(id, NULL);
    fork_use_everything();
}

static void *
fork_recv(void *arg)
{
    leat_recv(*(leat_chan(int) *)arg);
    return NULL;
}

static void *
fork_recv_until(void *arg)
{
    leat_recv_until(*(leat_chan(int) *)arg, NULL,
        leat_deadline(50 * LEAT_MILLISECOND));
    return NULL;
}

// The value is not given to a thread that does not exist in the child, nor
// does that thread's deadline fire there.
TEST_WITH(fork, a_thread_that_waited_gets_no_value_in_the_child, FORK_SKIP)
{
    leat_chan(int) c = leat_make_chan(int);
    pthread_t id[3];
    pthread_create(&id[0], NULL, fork_recv, &c);
    pthread_create(&id[1], NULL, fork_recv_until, &c);
    pthread_create(&id[2], NULL, fork_recv, &c);
    leat_sleep(20 * LEAT_MILLISECOND); // most likely they wait by now
    pid_t pid = fork();
    if (pid == 0) {
        fork_in_child();
        if (leat_try_send(c, 1) != LEAT_EAGAIN)
            _exit(1);
        leat_go(fork_send, c, FORK_STATUS);
        leat_sleep(100 * LEAT_MILLISECOND);
        _exit(leat_recv(c));
    }
    fork_check(pid, FORK_STATUS);
    leat_send(c, 1);
    leat_close(c);
    for (int i = 0; i < 3; i++)
        pthread_join(id[i], NULL);
}

// A goroutine that another thread ran at the fork is not counted, and main
// was one of them: when the last one ends, the child does.
static void
fork_without_main(leat_chan(int) done)
{
    pid_t pid = fork();
    if (pid == 0) {
        fork_in_child();
        if (leat_num_goroutine() != 1)
            _exit(1);
        return;
    }
    fork_check(pid, 2);
    fork_stop = true;
    leat_send(done, 1);
}

TEST_WITH(fork, goroutines_of_other_threads_are_gone_in_the_child, FORK_SKIP,
    .env = {"LEATPROCS=2"})
{
    leat_chan(int) done = leat_make_chan(int, 1);
    leat_go(fork_without_main, done);
    while (!fork_stop)
        ;
    CHECK_EQ(leat_recv(done), 1);
}

static void
fork_seeded(void *arg)
{
    leat_chan(int) c = leat_make_chan(int);
    (void)arg;
    leat_go(fork_send, c, 5);
    pid_t pid = fork();
    int v = leat_recv(c);
    leat_sleep(LEAT_HOUR);
    if (pid == 0)
        _exit(v == 5 ? FORK_STATUS : 1);
    int status;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(WEXITSTATUS(status), FORK_STATUS);
    leat_free(c);
}

PLAIN_TEST_WITH(fork, inside_a_seeded_run, .skip_under = TEST_TSAN)
{
    CHECK_EQ(leat_test_run(1, fork_seeded, NULL), 0);
}

PLAIN_TEST(fork, before_the_runtime_runs)
{
    leat_chan(int) c = leat_make_chan(int, 1);
    pid_t pid = fork();
    leat_send(c, FORK_STATUS);
    int v = leat_recv(c);
    leat_sleep(LEAT_MILLISECOND);
    if (pid == 0)
        _exit(v);
    int status;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(WEXITSTATUS(status), FORK_STATUS);
}
