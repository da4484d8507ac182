// SPDX-License-Identifier: MIT
// test_fork.c: fork in a running program. The child can exec, end, and do what
// does without the runtime; its first call into it ends it with a message,
// whatever the parent's other threads were doing. Where there is one thread
// only, the child goes on.
#include "lib/test.h"
#include "sched/die.h"

#include <leat.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    FORK_STATUS = 42,
    FORK_REFUSED = 2,
    FORK_ALARM_S = 10 // a child that hangs dies of SIGALRM
};

static const char fork_message[] =
    "fatal error: the child of a fork called Leat: ";

// Waits for the child, checks how it ended and what it wrote to fd.
static void
fork_check(pid_t pid, int status, int fd, const char *wrote)
{
    char text[512] = "";
    size_t n = 0;
    int how;
    CHECK(pid > 0);
    for (ssize_t k; n < sizeof text - 1 &&
         (k = read(fd, text + n, sizeof text - 1 - n)) > 0;)
        n += (size_t)k;
    CHECK_EQ(waitpid(pid, &how, 0), pid);
    CHECK_MSG(WIFEXITED(how), "signal %d, %s", WTERMSIG(how), text);
    CHECK_EQ(WEXITSTATUS(how), status);
    CHECK_EQ(strncmp(text, wrote, strlen(wrote)), 0);
    close(fd);
}

// A child that does body, and then ends with FORK_STATUS; *fd is where what
// it writes as its errors can be read.
static pid_t
fork_run(void (*body)(void), int *fd)
{
    int p[2];
    CHECK_EQ(pipe(p), 0);
    pid_t pid = fork();
    if (pid == 0) {
        alarm((unsigned)(FORK_ALARM_S * test_slowness()));
        dup2(p[1], 2);
        close(p[0]);
        close(p[1]);
        body();
        _exit(FORK_STATUS);
    }
    close(p[1]);
    *fd = p[0];
    return pid;
}

static void
fork_child_does(void (*body)(void), int status, const char *wrote)
{
    int fd;
    pid_t pid = fork_run(body, &fd);
    fork_check(pid, status, fd, wrote);
}

// ---- Without the runtime ---------------------------------------------------

static void
fork_nothing(void)
{
}

static void
fork_exec(void)
{
    execl("/bin/sh", "sh", "-c", "echo hello >&2; exit 42", (char *)NULL);
}

static void
fork_exit(void)
{
    exit(FORK_STATUS);
}

// The heap is no part of the runtime.
static void
fork_allocates(void)
{
    for (int i = 0; i < 500; i++) {
        leat_slice(int) s = {0};
        for (int k = 0; k <= i % 30; k++)
            leat_push(&s, k);
        leat_slice_free(s);
        free(malloc((size_t)(1 + i)));
    }
}

static void
fork_check_plain_children(void)
{
    fork_child_does(fork_nothing, FORK_STATUS, "");
    fork_child_does(fork_exec, FORK_STATUS, "hello\n");
    fork_child_does(fork_exit, FORK_STATUS, "");
    fork_child_does(fork_allocates, FORK_STATUS, "");
}

TEST(fork, a_child_can_exec_and_end)
{
    fork_check_plain_children();
}

static void *
fork_in_thread(void *arg)
{
    (void)arg;
    fork_check_plain_children();
    return NULL;
}

TEST(fork, a_child_of_a_plain_thread_can_exec_and_end)
{
    pthread_t id;
    CHECK_EQ(pthread_create(&id, NULL, fork_in_thread, NULL), 0);
    CHECK_EQ(pthread_join(id, NULL), 0);
}

// ---- With it ---------------------------------------------------------------

static leat_chan(int) fork_chan;
static struct leat_mutex fork_mutex;
static int fork_pipe[2];

static void
fork_sends(void)
{
    leat_send(fork_chan, 1);
}

static void
fork_receives(void)
{
    leat_recv(fork_chan);
}

static void
fork_selects(void)
{
    leat_select(leat_case_recv(fork_chan, NULL), leat_default);
}

static void
fork_goes(void)
{
    leat_go(fork_nothing);
}

static void
fork_sleeps(void)
{
    leat_sleep(LEAT_HOUR);
}

static void
fork_locks(void)
{
    leat_mutex_lock(&fork_mutex);
}

static void
fork_waits(void)
{
    leat_wait_fd(fork_pipe[0], LEAT_READ, LEAT_FOREVER);
}

static void
fork_changes_procs(void)
{
    leat_gomaxprocs(3);
}

static void
fork_reports(void)
{
    leat_leak_report(2);
}

static void *
fork_thread_sends(void *arg)
{
    fork_sends();
    return arg;
}

static void
fork_starts_thread(void)
{
    pthread_t id;
    if (pthread_create(&id, NULL, fork_thread_sends, NULL) == 0)
        pthread_join(id, NULL);
}

static void (*const fork_calls[])(void) = {fork_sends, fork_receives,
    fork_selects, fork_goes, fork_sleeps, fork_locks, fork_waits,
    fork_changes_procs, fork_reports, leat_yield};

static void
fork_check_refusals(void)
{
    fork_chan = leat_make_chan(int);
    CHECK_EQ(pipe(fork_pipe), 0);
    leat_mutex_lock(&fork_mutex);
    for (size_t i = 0; i < sizeof fork_calls / sizeof *fork_calls; i++)
        fork_child_does(fork_calls[i], FORK_REFUSED, fork_message);
    leat_mutex_unlock(&fork_mutex);
}

TEST(fork, a_child_that_calls_the_runtime_is_told_why_not)
{
    fork_check_refusals();
}

TEST_WITH(fork, a_child_is_told_on_one_p, .env = {"LEATPROCS=1"})
{
    fork_check_refusals();
}

static void *
fork_refusals_in_thread(void *arg)
{
    fork_check_refusals();
    return arg;
}

TEST(fork, a_child_of_a_plain_thread_is_told)
{
    pthread_t id;
    CHECK_EQ(pthread_create(&id, NULL, fork_refusals_in_thread, NULL), 0);
    CHECK_EQ(pthread_join(id, NULL), 0);
}

// ThreadSanitizer refuses new threads in a child, and AddressSanitizer's heap
// stays locked in it if another thread was just allocating: one of the
// runtime's, which has only started (20 of 60 runs). qemu's own data of a
// child do not know its threads (an assertion of its own fails).
TEST_WITH(fork, threads_of_a_child_are_told,
    .skip_under = TEST_TSAN | TEST_ASAN | TEST_QEMU)
{
    fork_chan = leat_make_chan(int);
    fork_child_does(fork_starts_thread, FORK_REFUSED, fork_message);
}

// Its goroutine ends in the child, and there is no other.
static void
fork_and_return(leat_chan(int) done)
{
    int p[2];
    CHECK_EQ(pipe(p), 0);
    pid_t pid = fork();
    if (pid == 0) {
        alarm((unsigned)(FORK_ALARM_S * test_slowness()));
        dup2(p[1], 2);
        close(p[1]);
        return;
    }
    close(p[1]);
    fork_check(pid, FORK_REFUSED, p[0], fork_message);
    leat_send(done, 1);
}

TEST(fork, a_goroutine_that_returns_in_the_child_is_told)
{
    leat_chan(int) done = leat_make_chan(int);
    leat_go(fork_and_return, done);
    leat_recv(done);
}

// The descriptor's buffer belongs to the parent.
TEST_WITH(fork, what_the_parent_printed_is_printed_once,
    .stdout_is = "printed\n")
{
    printf("printed");
    fork_chan = leat_make_chan(int);
    fork_child_does(fork_sends, FORK_REFUSED, fork_message);
    printf("\n");
}

// ---- At any moment ---------------------------------------------------------

static _Atomic bool fork_stop;

static void
fork_busy(leat_chan(int) in, leat_chan(int) out)
{
    while (!fork_stop) {
        leat_try_send(out, 1);
        leat_try_recv(in, NULL);
        leat_chan_free((void *)leat_make_chan(int, 3));
        leat_sleep(LEAT_MICROSECOND);
    }
}

// Whatever lock another thread holds, parent and child see nothing of it.
TEST_WITH(fork, at_any_moment_nobody_hangs, .env = {"LEATPROCS=4"},
    .timeout_s = 40)
{
    leat_chan(int) a = leat_make_chan(int, 2), b = leat_make_chan(int, 2);
    for (int i = 0; i < 8; i++)
        leat_go(fork_busy, i % 2 ? a : b, i % 2 ? b : a);
    fork_chan = a;
    fork_mutex = (struct leat_mutex){0};
    CHECK_EQ(pipe(fork_pipe), 0);
    int rounds = 50 / test_slowness();
    for (int i = 0; i < rounds; i++) {
        leat_sleep(i * LEAT_MICROSECOND);
        fork_child_does(fork_allocates, FORK_STATUS, "");
        fork_child_does(fork_goes, FORK_REFUSED, fork_message);
        fork_child_does(fork_exit, FORK_STATUS, "");
    }
    fork_stop = true;
    while (leat_num_goroutine() > 1)
        leat_yield();
    CHECK_EQ(leat_num_goroutine(), 1);
}

// ---- Shared maps -----------------------------------------------------------

static leat_syncmap(int, int) fork_map;

static void *
fork_thread_stores(void *arg)
{
    for (int i = 0; !fork_stop; i++)
        leat_syncmap_store(fork_map, i % 100000, 1);
    return arg;
}

static void
fork_stores(void)
{
    for (int i = 0; i < 300; i++) {
        int one = 0;
        leat_syncmap_store(fork_map, i, 1);
        CHECK(leat_syncmap_load(fork_map, i, &one));
        CHECK_EQ(one, 1);
    }
}

// A part that a thread of the parent was just changing is in no state to be
// used. Which one that is, is chance; of the two ends one must come.
PLAIN_TEST_WITH(fork, a_child_uses_a_shared_map_or_is_told,
    .timeout_s = 60, .skip_under = TEST_TSAN)
{
    pthread_t id[2];
    fork_map = leat_make_syncmap(int, int);
    fork_child_does(fork_stores, FORK_STATUS, "");
    for (int i = 0; i < 2; i++)
        CHECK_EQ(pthread_create(&id[i], NULL, fork_thread_stores, NULL), 0);
    for (int i = 0; i < 20; i++) {
        int fd, how;
        pid_t pid = fork_run(fork_stores, &fd);
        CHECK_EQ(waitpid(pid, &how, 0), pid);
        CHECK_MSG(WIFEXITED(how), "signal %d", WTERMSIG(how));
        CHECK(WEXITSTATUS(how) == FORK_STATUS ||
            WEXITSTATUS(how) == FORK_REFUSED);
        close(fd);
    }
    fork_stop = true;
    for (int i = 0; i < 2; i++)
        CHECK_EQ(pthread_join(id[i], NULL), 0);
    leat_syncmap_free(fork_map);
}

// ---- Where the child goes on -----------------------------------------------

static void
fork_echo(leat_chan(int) in, leat_chan(int) out)
{
    for (int v; leat_recv_ok(in, &v);)
        leat_send(out, v + 1);
    leat_close(out);
}

// Goroutines, channels, timers, descriptors; 0 or which of them failed.
static int
fork_use_everything(void)
{
    leat_chan(int) in = leat_make_chan(int), out = leat_make_chan(int, 2);
    leat_go(fork_echo, in, out);
    for (int i = 0; i < 100; i++) {
        leat_send(in, i);
        if (leat_recv(out) != i + 1)
            return 3;
    }
    leat_close(in);
    leat_recv(leat_after(LEAT_MILLISECOND));
    int fd[2];
    if (pipe(fd) != 0 || write(fd[1], "x", 1) != 1)
        return 4;
    if (leat_wait_fd(fd[0], LEAT_READ, LEAT_FOREVER) != LEAT_READ)
        return 5;
    if (leat_wait_fd(fd[0], LEAT_PRI, leat_deadline(LEAT_MILLISECOND)) !=
        LEAT_ETIMEDOUT)
        return 6;
    return FORK_STATUS;
}

static int
fork_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return fork_use_everything();
}

static void
fork_runs(void)
{
    leat_run(fork_main, 0, NULL);
}

// ThreadSanitizer refuses new threads in a child.
PLAIN_TEST_WITH(fork, a_child_made_before_leat_run_runs_it,
    .skip_under = TEST_TSAN)
{
    fork_child_does(fork_runs, FORK_STATUS, "");
    // The main thread is known to the runtime now, and still alone.
    leat_chan(int) c = leat_make_chan(int, 1);
    leat_send(c, 1);
    fork_child_does(fork_runs, FORK_STATUS, "");
    CHECK_EQ(leat_recv(c), 1);
}

static void *
fork_thread_calls(void *arg)
{
    leat_send((leat_chan(int))arg, 1);
    leat_recv(fork_chan);
    return NULL;
}

PLAIN_TEST(fork, a_child_of_one_of_several_plain_threads_is_told)
{
    leat_chan(int) c = leat_make_chan(int);
    fork_chan = leat_make_chan(int);
    pthread_t id;
    CHECK_EQ(pthread_create(&id, NULL, fork_thread_calls, (void *)c), 0);
    CHECK_EQ(leat_recv(c), 1);
    fork_child_does(fork_selects, FORK_REFUSED, fork_message);
    leat_send(fork_chan, 1);
    CHECK_EQ(pthread_join(id, NULL), 0);
}

static void
fork_reader(leat_chan(int) got, int fd)
{
    leat_send(got, leat_wait_fd(fd, LEAT_READ, LEAT_FOREVER));
}

// Whoever waits for a descriptor at the fork goes on waiting in both, and
// what happens in the one is nothing to the other.
static void
fork_seeded(void *arg)
{
    leat_chan(int) got = leat_make_chan(int);
    int fd[2], errors;
    (void)arg;
    CHECK_EQ(pipe(fd), 0);
    leat_go(fork_reader, got, fd[0]);
    leat_sleep(LEAT_SECOND);
    pid_t pid = fork_run(fork_nothing, &errors);
    fork_check(pid, FORK_STATUS, errors, "");
    CHECK_EQ(pipe(fork_pipe), 0);
    pid = fork();
    if (pid == 0)
        alarm((unsigned)(FORK_ALARM_S * test_slowness()));
    CHECK_EQ(fork_use_everything(), FORK_STATUS);
    if (pid == 0)
        CHECK_EQ(write(fd[1], "x", 1), 1);
    CHECK_EQ(leat_recv(got), LEAT_READ);
    if (pid == 0)
        _exit(FORK_STATUS);
    close(fork_pipe[1]);
    fork_check(pid, FORK_STATUS, fork_pipe[0], "");
}

// ThreadSanitizer takes the goroutines of a child for threads that run.
PLAIN_TEST_WITH(fork, a_child_goes_on_in_a_seeded_run,
    .skip_under = TEST_TSAN)
{
    for (uint64_t seed = 0; seed < 10; seed++)
        CHECK_EQ(leat_test_run(seed, fork_seeded, NULL), 0);
}

// Seeded or not, the report at the end is the program's.
static void
fork_check_no_report(void)
{
    char byte;
    int p[2], how;
    leat_go(fork_receives);
    leat_sleep(LEAT_MILLISECOND);
    CHECK_EQ(pipe(p), 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(p[1], 2);
        exit(FORK_STATUS);
    }
    close(p[1]);
    CHECK_EQ(read(p[0], &byte, 1), 0);
    CHECK_EQ(waitpid(pid, &how, 0), pid);
    CHECK_EQ(WEXITSTATUS(how), FORK_STATUS);
}

TEST_WITH(fork, a_child_makes_no_leak_report, .env = {"LEATDEBUG=leak=1"},
    .stderr_has = {"leak report: "})
{
    fork_chan = leat_make_chan(int);
    fork_check_no_report();
}

TEST_WITH(fork, a_child_of_a_seeded_program_makes_no_leak_report,
    .env = {"LEATDEBUG=leak=1,seed=1"}, .stderr_has = {"leak report: "},
    .skip_under = TEST_TSAN)
{
    fork_chan = leat_make_chan(int);
    fork_check_no_report();
}

// ---- Of a parent that dies -------------------------------------------------

static void *
fork_begins_to_die(void *arg)
{
    leat__die_begin();
    return arg;
}

static void
fork_throws(void)
{
    leat__throw("of the child");
}

// The thread that reports is not in the child, and nobody waits for it there.
TEST(fork, a_child_can_report_while_the_parent_does)
{
    pthread_t id;
    CHECK_EQ(pthread_create(&id, NULL, fork_begins_to_die, NULL), 0);
    CHECK_EQ(pthread_join(id, NULL), 0);
    fork_child_does(fork_throws, 2, "fatal error: of the child\n");
    leat__die_forget();
}
