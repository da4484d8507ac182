// SPDX-License-Identifier: MIT
// test_go_end.c: how a program ends: by its main, by exit, and when nothing
// can ever run again. The scenarios are those of Go's testprog/deadlock.go
// that C has; panics and goexit have their own tests.
#include "test_chan_matrix.h"
#include "test_waiters.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DEADLOCK                                                               \
    .exit_status = 2,                                                          \
    .stderr_lacks = {"panic:", "end of the test"}

static void
end_spin(_Atomic int *started)
{
    for (;;)
        *started = 1;
}

static void
end_park(leat_chan(int) c)
{
    leat_recv(c);
}

// Main returns --------------------------------------------------------------------

static _Atomic int end_started;

static int
end_main_7(int argc, char **argv)
{
    leat_chan(int) c = leat_make_chan(int);
    leat_go(end_spin, &end_started);
    leat_go(end_park, c);
    while (!end_started)
        leat_yield();
    return argc == 2 && argv[1][0] == 'x' ? 7 : 8;
}

PLAIN_TEST_WITH(go_end, main_returns_its_value_whatever_others_do,
    .exit_status = 7)
{
    char *argv[] = {(char *)"name", (char *)"x", NULL};
    leat_run(end_main_7, 2, argv);
}

static void
end_say(void)
{
    puts("atexit ran");
}

static void
end_exit(void)
{
    exit(9);
}

TEST_WITH(go_end, any_goroutine_may_call_exit, .exit_status = 9,
    .stdout_is = "atexit ran\n")
{
    leat_chan(int) c = leat_make_chan(int);
    atexit(end_say);
    leat_go(end_exit);
    leat_recv(c);
}

// Main is over, without having returned; another one ends the program.
static void
end_exit_later(void)
{
    while (leat_num_goroutine() > 1)
        leat_yield();
    exit(9);
}

TEST_WITH(go_end, another_goroutine_may_call_exit_when_main_has_ended,
    .exit_status = 9, .stdout_is = "atexit ran\n")
{
    atexit(end_say);
    leat_go(end_exit_later);
    leat_goexit();
}

static int
end_run_again(int argc, char **argv)
{
    leat_run(end_main_7, argc, argv);
}

PLAIN_TEST_WITH(go_end, the_runtime_starts_once, .exit_status = 2,
    .stderr_has = {"fatal error: leat_run called twice"})
{
    leat_run(end_run_again, 0, NULL);
}

TEST(go_end, a_seeded_run_inside_a_runtime_is_refused)
{
    CHECK_EQ(leat_test_run(1, NULL, NULL), LEAT_EBUSY);
}

// Deadlocks -----------------------------------------------------------------------

TEST_WITH(go_end, a_main_that_waits_alone_is_a_deadlock, DEADLOCK,
    .stderr_has = {"fatal error: all goroutines are asleep - deadlock!\n\n"
                   "goroutine 1 [chan receive]:\n", "test_go_end.c:"})
{
    leat_chan(int) c = leat_make_chan(int);
    leat_recv(c);
    fprintf(stderr, "end of the test\n");
}

static void
end_lock(struct leat_mutex *mu)
{
    leat_mutex_lock(mu);
}

static void
end_wait(struct leat_waitgroup *wg)
{
    leat_waitgroup_wait(wg);
}

static void
end_cond(struct leat_cond *c)
{
    leat_mutex_lock(c->l);
    leat_cond_wait(c);
}

static void
end_send(leat_chan(int) c)
{
    leat_send(c, 1);
}

static void
end_select(leat_chan(int) c)
{
    leat_select(leat_case_send(c, 1), leat_case_recv(c, NULL));
}

static void
end_select_none(void)
{
    leat_select();
}

// Every goroutine is told with what it waits for and where it was started.
TEST_WITH(go_end, a_deadlock_shows_what_each_one_waits_for, DEADLOCK,
    .stderr_has = {"fatal error: all goroutines are asleep - deadlock!",
        "goroutine 1 [chan receive]:", "[sync.Mutex.Lock]:\n",
        "\nend_lock(...)", "[sync.WaitGroup.Wait]:\n", "\nend_wait(...)",
        "[sync.Cond.Wait]:\n", "\nend_cond(...)",
        "[chan send]:\nend_send(...)",
        "[select]:\nend_select(...)",
        "[select (no cases)]:\nend_select_none(...)", "in goroutine 1\n"})
{
    struct leat_mutex mu = LEAT_ZERO, mu2 = LEAT_ZERO;
    struct leat_waitgroup wg = LEAT_ZERO;
    struct leat_cond cond = {.l = &mu2};
    leat_chan(int) a = leat_make_chan(int), b = leat_make_chan(int);
    leat_chan(int) c = leat_make_chan(int);
    leat_mutex_lock(&mu);
    leat_waitgroup_add(&wg, 1);
    leat_go(end_lock, &mu);
    leat_go(end_wait, &wg);
    leat_go(end_cond, &cond);
    leat_go(end_send, a);
    leat_go(end_select, b);
    leat_go(end_select_none);
    leat_recv(c);
    fprintf(stderr, "end of the test\n");
}

TEST_WITH(go_end, a_deadlock_is_seen_once_the_last_timer_has_fired, DEADLOCK,
    .stderr_has = {"all goroutines are asleep - deadlock!",
        "goroutine 1 [chan receive]:"})
{
    leat_chan(int) c = leat_make_chan(int);
    leat_recv(leat_after(20 * LEAT_MILLISECOND));
    fprintf(stderr, "the timer fired\n");
    leat_recv(c);
    fprintf(stderr, "end of the test\n");
}

static void
end_close(void *arg)
{
    leat_chan(int) c = arg;
    leat_close(c);
}

TEST_MATRIX(go_end, a_timer_that_is_set_is_no_deadlock)
{
    leat_chan(int) c = leat_make_chan(int);
    struct leat_timer *t =
        leat_after_func(5 * LEAT_MILLISECOND, end_close, (void *)c);
    CHECK_EQ(leat_recv(c), 0);
    leat_timer_free(t);
}

// A goroutine between begin and end may still come back with a value.
static void
end_blocking(leat_chan(int) c, int fd)
{
    char byte;
    leat_blocking_begin();
    ssize_t n = read(fd, &byte, 1);
    leat_blocking_end();
    leat_send(c, (int)n);
}

TEST_MATRIX(go_end, a_goroutine_in_a_blocking_call_is_no_deadlock)
{
    leat_chan(int) c = leat_make_chan(int);
    int fd[2];
    CHECK_EQ(pipe(fd), 0);
    leat_go(end_blocking, c, fd[0]);
    struct leat_timer *t = leat_new_timer(20 * LEAT_MILLISECOND);
    leat_recv(leat_timer_chan(t));
    leat_timer_free(t);
    CHECK_EQ(write(fd[1], "x", 1), 1);
    CHECK_EQ(leat_recv(c), 1);
}

TEST_WITH(go_end, after_a_blocking_call_a_deadlock_is_seen, DEADLOCK,
    .stderr_has = {"all goroutines are asleep - deadlock!"})
{
    leat_chan(int) c = leat_make_chan(int);
    leat_blocking_begin();
    usleep(1000);
    leat_blocking_end();
    leat_recv(c);
}

// Panics and the numbers in their traces ----------------------------------------

TEST_WITH(go_end, main_is_goroutine_1, .exit_status = 2,
    .stderr_has = {"panic: test\n\ngoroutine 1 [running]:\n"})
{
    leat_panic("test");
}

static void
end_never(void *arg)
{
    (void)arg;
}

// Timers and the threads of the runtime are no goroutines.
TEST_WITH(go_end, a_trace_shows_no_helpers, .exit_status = 2,
    .stderr_has = {"fatal error: oops\n\ngoroutine 1 [running]:\n"},
    .stderr_lacks = {"goroutine 2", "goroutine 3"})
{
    leat_after_func(LEAT_HOUR, end_never, NULL);
    CHECK(leat_new_ticker(LEAT_HOUR) != NULL);
    leat_throw("oops");
}

static void
end_yield_then_panic(void *arg)
{
    (void)arg;
    leat_yield();
    fprintf(stderr, "yielded\n");
}

TEST_WITH(go_end, a_deferred_call_of_a_panic_may_yield, .exit_status = 2,
    .stderr_has = {"yielded\npanic: first"})
{
    leat_defer(end_yield_then_panic, NULL);
    leat_panic("first");
}

// What a seeded run leaves behind -----------------------------------------------

static leat_chan(int) end_outlives;
static struct leat_mutex end_mutex;

static void
end_recv_outlives(void)
{
    leat_recv(end_outlives);
}

static void
end_select_outlives(void)
{
    leat_chan(int) own = leat_make_chan(int);
    leat_select(leat_case_recv(own, NULL), leat_case_recv(end_outlives, NULL),
        leat_case_send(own, 1));
}

static void
end_until_outlives(void)
{
    leat_recv_until(end_outlives, NULL, LEAT_FOREVER);
}

static void
end_leave_waiters(void *arg)
{
    (void)arg;
    leat_go(end_recv_outlives);
    leat_go(end_select_outlives);
    leat_go(end_until_outlives);
    leat_go(end_lock, &end_mutex);
    leat_test_wait();
    CHECK_EQ(leat_num_goroutine(), 5);
    CHECK_EQ(waiters_of(end_outlives, false), 3);
}

static void
end_use_again(void *arg)
{
    struct leat_waitgroup wg = LEAT_ZERO;
    (void)arg;
    CHECK_EQ(waiters_of(end_outlives, false), 0);
    CHECK_EQ(leat_try_send(end_outlives, 1), LEAT_EAGAIN);
    leat_waitgroup_add(&wg, 1);
    leat_go(end_wait, &wg);
    leat_test_wait();
    leat_waitgroup_done(&wg);
    leat_mutex_unlock(&end_mutex);
    leat_test_wait();
    CHECK_EQ(leat_num_goroutine(), 1);
    leat_mutex_lock(&end_mutex);
}

// What outlives a run does not know the goroutines that it dropped.
PLAIN_TEST(go_end, a_seeded_run_leaves_no_waiters_to_the_next)
{
    end_outlives = leat_make_chan(int);
    leat_mutex_lock(&end_mutex);
    for (uint64_t seed = 0; seed < 50; seed++) {
        CHECK_EQ(leat_test_run(seed, end_leave_waiters, NULL), 0);
        CHECK_EQ(leat_test_run(seed, end_use_again, NULL), 0);
    }
    leat_free(end_outlives);
}

// That descriptors were waited for once, and the poller runs, is no reason to
// wait for ever.
TEST_WITH(go_end, a_deadlock_is_seen_after_descriptors_were_waited_for,
    .exit_status = 2,
    .stderr_has = {"fatal error: all goroutines are asleep - deadlock!"})
{
    int fd[2];
    leat_chan(int) c = leat_make_chan(int);
    CHECK_EQ(pipe(fd), 0);
    CHECK_EQ(leat_wait_fd(fd[0], LEAT_READ, leat_deadline(1000)),
        LEAT_ETIMEDOUT);
    CHECK_EQ(write(fd[1], "x", 1), 1);
    CHECK_EQ(leat_wait_fd(fd[0], LEAT_READ, LEAT_FOREVER), LEAT_READ);
    leat_recv(c);
}
