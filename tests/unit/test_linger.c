// SPDX-License-Identifier: MIT
// test_linger.c: looking out for descriptors before sleeping (sched/linger.c),
// with the looks counted and answered between the scheduler and the poller.
#include "lib/test.h"
#include "os/cpu.h"
#include "sched/sched.h"

#include <leat.h>

#include <stdatomic.h>
#include <unistd.h>

enum {
    LINGER_WAITS = 1000,
    LINGER_DUE_WAITS = 300,  // were they lost, 200 sleeps or so would follow
    LINGER_DUE_ANSWERS = 50,
    LINGER_WAIT_NS = 200 * 1000 // each of those that are in vain
};

static bool (*linger_netpoll)(int64_t, struct leat__gqueue *);
static int linger_fd[2];
// The looks since somebody last began to wait, all of them, and the sleeps.
static _Atomic int linger_looks, linger_all_looks, linger_sleeps;

static bool
linger_count(int64_t timeout_ns, struct leat__gqueue *ready)
{
    if (timeout_ns == 0)
        linger_all_looks++;
    else
        linger_sleeps++;
    return linger_netpoll(timeout_ns, ready);
}

// The answer comes between the first look and the second, or into the sleep.
static bool
linger_answer(int64_t timeout_ns, struct leat__gqueue *ready)
{
    if (timeout_ns != 0)
        linger_sleeps++;
    if (timeout_ns != 0 || ++linger_looks == 2)
        CHECK_EQ(write(linger_fd[1], "", 1), 1);
    return linger_netpoll(timeout_ns, ready);
}

// Before anything runs, so that no thread sees the hook change.
static void
linger_run(bool (*netpoll)(int64_t, struct leat__gqueue *),
    int (*fn)(int argc, char **argv))
{
    if (leat__cpu_count() == 1)
        test_skip("with one CPU nobody lingers");
    CHECK_EQ(pipe(linger_fd), 0);
    linger_netpoll = leat__hooks.netpoll;
    leat__hooks.netpoll = netpoll;
    leat_run(fn, 0, NULL);
}

static void
linger_wait_in_vain(int64_t until)
{
    CHECK_EQ(leat_wait_fd(linger_fd[0], LEAT_READ | LEAT_TRIED, until),
        LEAT_ETIMEDOUT);
}

// Most are answered without a sleep.
static void
linger_wait_for_answers(int n)
{
    char c;
    linger_sleeps = 0;
    for (int i = 0; i < n; i++) {
        linger_looks = 0;
        CHECK_EQ(leat_wait_fd(linger_fd[0], LEAT_READ | LEAT_TRIED,
                     LEAT_FOREVER), LEAT_READ);
        while (read(linger_fd[0], &c, 1) != 1)
            ;
    }
    CHECK_MSG(linger_sleeps < n / 2, "%d", linger_sleeps);
}

static int
linger_main_in_vain(int argc, char **argv)
{
    (void)argc, (void)argv;
    for (int i = 0; i < LINGER_WAITS; i++)
        linger_wait_in_vain(leat_now() + LINGER_WAIT_NS);
    CHECK(linger_sleeps > 0);
    CHECK_MSG(linger_all_looks < 3 * LINGER_WAITS, "%d", linger_all_looks);
    return 0;
}

// Without learning, each wait would look some 25 times or more.
PLAIN_TEST_WITH(linger, who_waits_in_vain_looks_out_ever_less,
    .env = {"LEATPROCS=1"})
{
    linger_run(linger_count, linger_main_in_vain);
}

static int
linger_main_answered(int argc, char **argv)
{
    (void)argc, (void)argv;
    linger_wait_for_answers(LINGER_WAITS);
    return 0;
}

PLAIN_TEST_WITH(linger, who_is_answered_at_once_does_not_sleep,
    .env = {"LEATPROCS=1"})
{
    linger_run(linger_answer, linger_main_answered);
}

// A timer that is due when the look before lingering ends leaves no time.
static _Atomic int64_t linger_due;

static bool
linger_until_due(int64_t timeout_ns, struct leat__gqueue *ready)
{
    while (timeout_ns == 0 && leat_now() <= linger_due)
        ;
    return linger_answer(timeout_ns, ready);
}

static int
linger_main_due(int argc, char **argv)
{
    (void)argc, (void)argv;
    for (int i = 0; i < LINGER_DUE_WAITS; i++) {
        linger_looks = 2; // no answer
        linger_due = leat_now() + LINGER_WAIT_NS;
        linger_wait_in_vain(linger_due);
    }
    linger_wait_for_answers(LINGER_DUE_ANSWERS);
    return 0;
}

PLAIN_TEST_WITH(linger, who_had_no_time_to_look_has_not_lost,
    .env = {"LEATPROCS=1"})
{
    linger_run(linger_until_due, linger_main_due);
}

static _Atomic bool linger_silent;

static bool
linger_answer_unless_silent(int64_t timeout_ns, struct leat__gqueue *ready)
{
    if (linger_silent)
        return linger_netpoll(timeout_ns, ready);
    return linger_answer(timeout_ns, ready);
}

static int
linger_main_again(int argc, char **argv)
{
    (void)argc, (void)argv;
    linger_silent = true;
    for (int i = 0; i < LINGER_WAITS; i++)
        linger_wait_in_vain(leat_now() + LINGER_WAIT_NS);
    linger_silent = false;
    linger_wait_for_answers(LINGER_WAITS);
    return 0;
}

// After 255 sleeps at the latest.
PLAIN_TEST_WITH(linger, who_has_lost_often_looks_out_again,
    .env = {"LEATPROCS=1"})
{
    linger_run(linger_answer_unless_silent, linger_main_again);
}
