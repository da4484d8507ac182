// SPDX-License-Identifier: MIT
// test_storm.c: signals at every moment of every wait. A handler that does not
// ask for restarting interrupts each system call that can be: futex, epoll,
// poll, sleeps and reads of the bell. No wait ends early, none is missed.
#include "lib/test.h"

#include <leat.h>

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

enum {
    STORM_ROUNDS = 60,
    STORM_PAUSE_US = 50,  // between two volleys at all threads
    STORM_TIMER_US = 300, // and the process's own timer
    STORM_STATUS = 7
};

static _Atomic int storm_signals, storm_over;

static void
storm_handler(int sig)
{
    (void)sig;
    storm_signals++;
}

// Signals every other thread of the process, the runtime's too.
static void
storm_volley(void)
{
    DIR *d = opendir("/proc/self/task");
    CHECK(d != NULL);
    int self = (int)syscall(SYS_gettid);
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        int tid = atoi(e->d_name);
        if (tid > 0 && tid != self)
            syscall(SYS_tgkill, getpid(), tid, SIGUSR1);
    }
    closedir(d);
}

static void *
storm_thread(void *arg)
{
    while (!storm_over) {
        storm_volley();
        usleep(STORM_PAUSE_US);
    }
    return arg;
}

static pthread_t
storm_begin(void)
{
    struct sigaction action = {.sa_handler = storm_handler};
    struct itimerval timer = {
        .it_interval.tv_usec = STORM_TIMER_US,
        .it_value.tv_usec = STORM_TIMER_US,
    };
    pthread_t id;
    CHECK_EQ(sigaction(SIGUSR1, &action, NULL), 0);
    CHECK_EQ(sigaction(SIGALRM, &action, NULL), 0);
    CHECK_EQ(setitimer(ITIMER_REAL, &timer, NULL), 0);
    CHECK_EQ(pthread_create(&id, NULL, storm_thread, NULL), 0);
    return id;
}

static void
storm_end(pthread_t id)
{
    struct itimerval none = {0};
    setitimer(ITIMER_REAL, &none, NULL);
    storm_over = 1;
    CHECK_EQ(pthread_join(id, NULL), 0);
    CHECK(storm_signals > 0);
}

// ---- What waits --------------------------------------------------------

static void
storm_echo(leat_chan(int) in, leat_chan(int) out)
{
    for (int v; leat_recv_ok(in, &v);)
        leat_send(out, v + 1);
    leat_close(out);
}

static void
storm_check_channels(void)
{
    leat_chan(int) in = leat_make_chan(int), out = leat_make_chan(int);
    leat_go(storm_echo, in, out);
    for (int i = 0; i < 50; i++) {
        leat_send(in, i);
        CHECK_EQ(leat_recv(out), i + 1);
    }
    leat_close(in);
    CHECK(!leat_recv_ok(out, NULL));
    leat_free(in);
    leat_free(out);
}

// A deadline that has come has come: not a nanosecond early.
static void
storm_check_deadlines(int fd)
{
    leat_chan(int) never = leat_make_chan(int);
    const int64_t ns = 700 * LEAT_MICROSECOND;
    int64_t start = leat_now();
    leat_sleep(ns);
    CHECK(leat_now() - start >= ns);
    start = leat_now();
    CHECK_EQ(leat_recv_until(never, NULL, leat_deadline(ns)), LEAT_ETIMEDOUT);
    CHECK(leat_now() - start >= ns);
    start = leat_now();
    CHECK_EQ(leat_select_until(leat_deadline(ns), leat_case_recv(never, NULL)),
        LEAT_ETIMEDOUT);
    CHECK(leat_now() - start >= ns);
    start = leat_now();
    CHECK_EQ(leat_wait_fd(fd, LEAT_READ, leat_deadline(ns)), LEAT_ETIMEDOUT);
    CHECK(leat_now() - start >= ns);
    leat_free(never);
}

static void
storm_write_late(int fd)
{
    leat_sleep(300 * LEAT_MICROSECOND);
    CHECK_EQ(write(fd, "x", 1), 1);
}

static void
storm_check_fds(const int *fd)
{
    char byte;
    leat_go(storm_write_late, fd[1]);
    CHECK_EQ(leat_wait_fd(fd[0], LEAT_READ, LEAT_FOREVER), LEAT_READ);
    CHECK_EQ(read(fd[0], &byte, 1), 1);
}

static struct leat_mutex storm_mutex;
static struct leat_waitgroup storm_done;
static int storm_count;

static void
storm_lock(void)
{
    leat_mutex_lock(&storm_mutex);
    storm_count++;
    leat_yield();
    leat_mutex_unlock(&storm_mutex);
    leat_waitgroup_done(&storm_done);
}

static void
storm_check_mutexes(void)
{
    storm_count = 0;
    leat_waitgroup_add(&storm_done, 20);
    for (int i = 0; i < 20; i++)
        leat_go(storm_lock);
    leat_waitgroup_wait(&storm_done);
    CHECK_EQ(storm_count, 20);
}

static void
storm_check_all(const int *fd)
{
    storm_check_channels();
    storm_check_deadlines(fd[0]);
    storm_check_fds(fd);
    storm_check_mutexes();
}

static void
storm_rounds(void)
{
    int fd[2], rounds = STORM_ROUNDS / test_slowness();
    CHECK_EQ(pipe(fd), 0);
    pthread_t id = storm_begin();
    for (int i = 0; i < rounds; i++)
        storm_check_all(fd);
    storm_end(id);
    // Who has said that it is done may still be on its way out.
    while (leat_num_goroutine() > 1)
        leat_yield();
}

// The emulator takes signals at points of its own.
#define STORM_SKIP .skip_under = TEST_QEMU, .timeout_s = 60

TEST_WITH(storm, no_wait_ends_early_or_late_on_one_p, STORM_SKIP,
    .env = {"LEATPROCS=1"})
{
    storm_rounds();
}

TEST_WITH(storm, no_wait_ends_early_or_late_on_four_ps, STORM_SKIP,
    .env = {"LEATPROCS=4"})
{
    storm_rounds();
}

static void *
storm_in_thread(void *fd)
{
    for (int i = 0; i < STORM_ROUNDS / 2 / test_slowness(); i++) {
        storm_check_channels();
        storm_check_deadlines(((int *)fd)[0]);
        storm_check_fds(fd);
    }
    return NULL;
}

// A plain thread sleeps in calls of its own.
TEST_WITH(storm, no_wait_of_a_plain_thread_ends_early_or_late, STORM_SKIP)
{
    int fd[2];
    pthread_t thread;
    CHECK_EQ(pipe(fd), 0);
    pthread_t id = storm_begin();
    CHECK_EQ(pthread_create(&thread, NULL, storm_in_thread, fd), 0);
    while (pthread_tryjoin_np(thread, NULL) != 0)
        leat_sleep(LEAT_MILLISECOND);
    storm_end(id);
}

static int
storm_main(int argc, char **argv)
{
    int fd[2];
    (void)argc;
    (void)argv;
    CHECK_EQ(pipe(fd), 0);
    storm_check_all(fd);
    return STORM_STATUS;
}

// From before the start until after the end.
PLAIN_TEST_WITH(storm, a_program_starts_and_ends_with_its_value, STORM_SKIP,
    .exit_status = STORM_STATUS)
{
    storm_begin();
    leat_run(storm_main, 0, NULL);
}
