// SPDX-License-Identifier: MIT
// test_idle.c: threads that go to sleep and are woken (sched/idle.c), with
// the calls between the scheduler and the poller watched and delayed.
#include "lib/test.h"
#include "os/fault.h"
#include "sched/sched.h"

#include <leat.h>

#include <stdatomic.h>
#include <unistd.h>

enum {
    IDLE_ROUNDS = 4,
    IDLE_TRIES = 2000,
    // How long a wake-up is held back for another thread to come between.
    IDLE_HOLD_NS = 100 * 1000000
};

static bool (*idle_netpoll)(int64_t, struct leat__gqueue *);
static void (*idle_break)(void);
// Threads that sleep in netpoll now, and the most there ever were.
static _Atomic int idle_asleep, idle_most;
static _Atomic int idle_computing, idle_may_end, idle_hold, idle_brief_left;

static bool
idle_watch_netpoll(int64_t timeout_ns, struct leat__gqueue *ready)
{
    if (timeout_ns == 0)
        return idle_netpoll(0, ready);
    int n = atomic_fetch_add(&idle_asleep, 1) + 1;
    if (n > idle_most)
        idle_most = n;
    bool waited = idle_netpoll(timeout_ns, ready);
    atomic_fetch_sub(&idle_asleep, 1);
    return waited;
}

// The wake-up is on its way: now the other thread runs out of work.
static void
idle_delay_break(void)
{
    if (atomic_exchange(&idle_hold, 0) != 0) {
        idle_may_end = 1;
        int64_t until = leat__nanotime() + IDLE_HOLD_NS;
        while (idle_asleep < 2 && leat__nanotime() < until)
            ;
    }
    idle_break();
}

static void
idle_waits(int fd)
{
    leat_wait_fd(fd, LEAT_READ, LEAT_FOREVER);
}

static void
idle_brief(void)
{
    idle_brief_left--;
}

static void
idle_computes(void)
{
    idle_computing = 1;
    while (!idle_may_end)
        ;
    idle_computing = 0;
}

static void
idle_start_brief(void)
{
    idle_brief_left += 2;
    leat_go(idle_brief);
    leat_go(idle_brief);
}

// One thread computes, one sleeps for the descriptor, and this one wakes the
// sleeper while the other goes to sleep.
static void
idle_round(void)
{
    idle_may_end = 0;
    leat_go(idle_computes);
    while (!idle_computing || idle_asleep == 0) {
        idle_start_brief();
        leat_yield();
    }
    idle_hold = 1;
    // Until it is the poller that is woken, and not a third one.
    for (int i = 0; i < IDLE_TRIES && idle_hold; i++) {
        idle_start_brief();
        leat_yield();
        int64_t until = leat_now() + i % 64 * LEAT_MICROSECOND;
        while (leat_now() < until)
            ;
    }
    idle_may_end = 1;
    while (idle_brief_left > 0 || idle_computing)
        leat_yield();
    idle_hold = 0;
}

static int
idle_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    int fd[2];
    CHECK_EQ(pipe(fd), 0);
    leat_go(idle_waits, fd[0]);
    for (int i = 0; i < IDLE_ROUNDS; i++) {
        idle_round();
        // Waits for every P: one that is lost is missed here.
        leat_gomaxprocs(2 + i % 2);
        leat_gomaxprocs(3);
    }
    CHECK_EQ(idle_most, 1);
    _exit(0);
}

// The bell is heard by one thread. If the next poller went to sleep while the
// last one is handed a P, it would hear the bell in the other's place, and
// the P would never arrive.
PLAIN_TEST_WITH(idle, one_thread_at_a_time_sleeps_for_descriptors,
    .env = {"LEATPROCS=3"}, .timeout_s = 30)
{
    idle_netpoll = leat__hooks.netpoll;
    idle_break = leat__hooks.netpoll_break;
    leat__hooks.netpoll = idle_watch_netpoll;
    leat__hooks.netpoll_break = idle_delay_break;
    leat_run(idle_main, 0, NULL);
}

static _Atomic bool idle_lose; // the next sleep without an end fails

static bool
idle_lose_netpoll(int64_t timeout_ns, struct leat__gqueue *ready)
{
    if (timeout_ns < 0 && atomic_exchange(&idle_lose, false))
        CHECK(leat__fault_parse("epoll:1"));
    return idle_netpoll(timeout_ns, ready);
}

static void
idle_waits_in_vain(int fd, leat_chan(int) result)
{
    int got = leat_wait_fd(fd, LEAT_READ, LEAT_FOREVER);
    idle_may_end = 1;
    leat_send(result, got);
}

// A new pipe, and a goroutine that waits for it by now.
static void
idle_begin_wait(
    int fd[2], void (*waits)(int, leat_chan(int)), leat_chan(int) result)
{
    CHECK_EQ(pipe(fd), 0);
    leat_go(waits, fd[0], result);
    while (leat__hooks.netpoll_waiters() == 0)
        leat_yield();
}

static int
idle_lose_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    int fd[2];
    leat_chan(int) result = leat_make_chan(int, 1);
    idle_begin_wait(fd, idle_waits_in_vain, result);
    leat_go(idle_computes);
    idle_lose = true;
    // While one P computes nobody takes the program for dead, and looks.
    CHECK_EQ(leat_recv(result), LEAT_ESYS);
    CHECK(!idle_lose);
    _exit(0);
}

// The set fails while a thread sleeps on it: that thread has goroutines to
// run, and nobody else knows of them.
PLAIN_TEST_WITH(idle, who_waits_for_a_descriptor_hears_that_the_set_is_lost,
    .env = {"LEATPROCS=2"}, .timeout_s = 30)
{
    idle_netpoll = leat__hooks.netpoll;
    leat__hooks.netpoll = idle_lose_netpoll;
    leat_run(idle_lose_main, 0, NULL);
}

static _Atomic bool idle_for_ever; // somebody sleeps on the set without an end

static bool
idle_note_netpoll(int64_t timeout_ns, struct leat__gqueue *ready)
{
    if (timeout_ns < 0)
        idle_for_ever = true;
    return idle_netpoll(timeout_ns, ready);
}

static void
idle_answers(int fd, leat_chan(int) result)
{
    leat_send(result, leat_wait_fd(fd, LEAT_READ, LEAT_FOREVER));
}

static int
idle_look_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    int fd[2];
    leat_chan(int) result = leat_make_chan(int, 1);
    struct leat__gqueue q = {NULL, NULL};
    idle_begin_wait(fd, idle_answers, result);
    while (!idle_for_ever)
        ;
    CHECK(leat__fault_parse("epoll:1"));
    CHECK(!idle_netpoll(0, &q));
    CHECK(q.head == NULL);
    CHECK_EQ(write(fd[1], "", 1), 1);
    CHECK_EQ(leat_recv(result), LEAT_READ);
    _exit(0);
}

// A look at the set fails while another thread sleeps on it. Whoever has
// looked must not throw it away: the sleeper would hear of nothing more. (The
// switch of fault injection is a plain flag, to be set before threads run.)
PLAIN_TEST_WITH(idle, a_look_that_fails_leaves_the_set_to_who_sleeps_on_it,
    .env = {"LEATPROCS=2"}, .timeout_s = 30, .skip_under = TEST_TSAN)
{
    idle_netpoll = leat__hooks.netpoll;
    leat__hooks.netpoll = idle_note_netpoll;
    leat_run(idle_look_main, 0, NULL);
}
