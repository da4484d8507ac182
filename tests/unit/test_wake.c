// SPDX-License-Identifier: MIT
// test_wake.c: no wake-up is lost (docs/internals/sched.md, Who wakes whom):
// the states in which one could be, built by hand.
#include "lib/test.h"
#include "sched/sched.h"

#include <leat.h>

#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

enum {
    WAKE_SLEEP_NS = 400 * 1000000, // sysmon sleeps after 100 ms
    WAKE_BLOCK_S = 5,
    WAKE_EVENTS = 20
};

static _Atomic int wake_ran, wake_spins, wake_end;

static void
wake_nap(long ns)
{
    struct timespec t = {ns / 1000000000, ns % 1000000000};
    nanosleep(&t, NULL);
}

static void
wake_after_sleep(void)
{
    leat_sleep(WAKE_SLEEP_NS);
    wake_ran = 1;
}

// Threads that sleep until they are given a P, the poller among them.
static int
wake_sleepers(void)
{
    leat__spin_lock(&leat__sched.lock);
    int n = leat__sched.nmidle;
    leat__spin_unlock(&leat__sched.lock);
    return n;
}

// The one P has no thread when the timer is due, because the system refused
// one when sysmon was still awake.
TEST_WITH(wake, a_timer_is_seen_to_although_a_thread_was_refused_before,
    .env = {"LEATPROCS=1", "LEATDEBUG=fault=thread:2"}, .timeout_s = 30)
{
    leat_go(wake_after_sleep);
    leat_yield();
    leat_blocking_begin();
    CHECK_EQ(wake_sleepers(), 0); // it was refused
    time_t end = time(NULL) + WAKE_BLOCK_S;
    while (!wake_ran && time(NULL) <= end)
        wake_nap(1000000);
    CHECK_EQ(wake_ran, 1);
    leat_blocking_end();
}

static void
wake_spin(void)
{
    wake_spins++;
    while (!wake_end)
        ;
    wake_spins--;
}

// Until all Ps but the caller's are idle, and a thread sleeps as the poller.
static void
wake_settle(void)
{
    while (leat__sched.npidle != leat__sched.nprocs - 1 ||
        leat__sched.poller == NULL || leat__sched.nspinning > 0)
        wake_nap(1000000);
}

// What leat_go does, without leaving.
static void
wake_go(struct leat__m *m, void (*fn)(void))
{
    leat__ready(m,
        leat__spawn(m, NULL, (void (*)(void *))(void (*)(void))fn, NULL, NULL));
}

// One goes to the ring of the caller's P, one to runnext.
static void
wake_go_spinners(struct leat__m *m)
{
    for (int i = 0; i < 2; i++)
        wake_go(m, wake_spin);
}

static void
wake_join_spinners(void)
{
    wake_end = 1;
    while (leat_num_goroutine() > 1)
        leat_yield();
}

TEST_WITH(wake, what_is_started_while_the_world_stands_still_is_heard_of_after,
    .env = {"LEATPROCS=3"})
{
    wake_settle();
    struct leat__m *m = leat__enter();
    leat__stop_world(m);
    wake_go_spinners(m);
    int idle = leat__sched.npidle;
    leat__start_world();
    int left = leat__sched.npidle;
    leat__leave(m);
    CHECK_EQ(idle, 2);
    CHECK(left < 2);
    wake_join_spinners();
}

static void
wake_brief(void)
{
}

// Has work of its own while it computes.
static void
wake_burdened(void)
{
    struct leat__m *m = leat__enter();
    wake_go_spinners(m);
    leat__leave(m);
    wake_spin();
}

static void
wake_block(void)
{
    leat_blocking_begin();
    wake_spins++;
    while (!wake_end)
        wake_nap(1000000);
    wake_spins--;
    leat_blocking_end();
}

// Two threads without a P: one sleeps as the poller, one on its note.
static void
wake_make_sleepers(void)
{
    leat_go(wake_block);
    leat_go(wake_block);
    while (wake_spins < 2)
        leat_yield();
    wake_join_spinners();
    wake_end = 0;
    while (wake_sleepers() < 2)
        wake_nap(1000000);
    wake_settle();
}

// The first of the two goes to the thread that sleeps on its note, and the
// poller stays one.
static void
wake_start_burdened(void)
{
    struct leat__m *m = leat__enter();
    wake_go(m, wake_burdened);
    wake_go(m, wake_brief);
    leat__leave(m);
    while (wake_spins < 1)
        ;
    leat_yield();
}

TEST_WITH(wake, a_p_that_is_given_away_takes_work_of_another,
    .env = {"LEATPROCS=2"})
{
    wake_make_sleepers();
    wake_start_burdened();
    leat_blocking_begin();
    int idle = leat__sched.npidle;
    leat_blocking_end();
    CHECK_EQ(idle, 0);
    wake_join_spinners();
}

static void
wake_wait_fd(int fd)
{
    leat_wait_fd(fd, LEAT_READ, LEAT_FOREVER);
}

static void
wake_spin_at_events(int fd)
{
    for (char c;;) {
        leat_wait_fd(fd, LEAT_READ, LEAT_FOREVER);
        if (read(fd, &c, 1) == 1)
            wake_spin();
    }
}

// Whether somebody polls again while the goroutine of an event computes, before
// sysmon takes its P, which has the same effect.
static bool
wake_round_of_events(int fd)
{
    while (leat__sched.poller == NULL || wake_spins > 0)
        wake_nap(100000);
    wake_end = 0;
    int64_t retakes = leat__sched.retakes;
    CHECK_EQ(write(fd, "", 1), 1);
    while (wake_spins == 0 || leat__sched.poller == NULL)
        wake_nap(100000);
    bool first = leat__sched.retakes == retakes;
    wake_end = 1;
    return first;
}

// (A machine that is busy elsewhere may be late once and again.)
TEST_WITH(wake, while_an_event_is_seen_to_somebody_waits_for_the_next,
    .env = {"LEATPROCS=3"}, .timeout_s = 30)
{
    int spins[2], other[2], n = 0;
    CHECK_EQ(pipe(spins), 0);
    CHECK_EQ(pipe(other), 0);
    leat_go(wake_wait_fd, other[0]);
    leat_go(wake_spin_at_events, spins[0]);
    leat_blocking_begin();
    for (int i = 0; i < WAKE_EVENTS; i++)
        n += wake_round_of_events(spins[1]);
    leat_blocking_end();
    CHECK_MSG(n > WAKE_EVENTS / 2, "%d", n);
}
