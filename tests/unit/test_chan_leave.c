// SPDX-License-Identifier: MIT
// test_chan_leave.c: a goroutine that was woken through one of its channels,
// or by its deadline, is still queued on the others, and those may be closed
// and freed before it runs.
#include "chan/chan_int.h"
#include "lib/test.h"

#include <leat.h>

#include <stdatomic.h>

enum { LEAVE_ROUNDS = 2000 };

static int
leave_rounds(void)
{
    int n = LEAVE_ROUNDS / test_slowness();
    return n > 0 ? n : 1;
}

// How long a goroutine needs to get from being woken to its last channel
// differs: so does how long the other one waits before it frees.
static void
leave_wait(int round, int most)
{
    for (volatile int i = 0; i < round % 50 * most / 50; i++)
        ;
}

// Until the other one is queued on c, or has come and gone.
static void
leave_until_queued(leat_chan(int) c, leat_chan(int) ended)
{
    struct hchan *h = (struct hchan *)(void *)c;
    while (!leat__waitq_any(&h->recvq) && !leat__waitq_any(&h->sendq) &&
        leat_len(ended) == 0)
        leat_yield();
}

static void
leave_sends(leat_chan(int) c, leat_chan(int) quit, leat_chan(int) ended)
{
    leat_send(ended,
        leat_select(leat_case_send(c, 7), leat_case_recv(quit, NULL)));
}

static void
leave_receives(leat_chan(int) c, leat_chan(int) quit, leat_chan(int) ended)
{
    leat_send(ended,
        leat_select(leat_case_recv(c, NULL), leat_case_recv(quit, NULL)));
}

static void
leave_by_deadline(leat_chan(int) c, leat_chan(int) quit, leat_chan(int) ended)
{
    (void)quit;
    leat_recv_until(c, NULL, leat_deadline(20 * LEAT_MICROSECOND));
    leat_send(ended, 0);
}

enum leave_how { LEAVE_RECV, LEAVE_SEND, LEAVE_CLOSE, LEAVE_OTHER };

// Each round makes c, lets the other wait there, ends that wait, and frees c
// at once.
static void
leave_run(void (*other)(leat_chan(int), leat_chan(int), leat_chan(int)),
    enum leave_how how)
{
    leat_chan(int) quit = leat_make_chan(int);
    leat_chan(int) ended = leat_make_chan(int, 1);
    for (int i = 0; i < leave_rounds(); i++) {
        leat_chan(int) c = leat_make_chan(int);
        leat_go(other, c, quit, ended);
        leave_until_queued(c, ended);
        leave_wait(i, other == leave_by_deadline ? 20000 : 1000);
        if (how == LEAVE_RECV)
            CHECK_EQ(leat_recv(c), 7);
        else if (how == LEAVE_SEND)
            leat_send(c, i);
        else if (how == LEAVE_OTHER)
            leat_send(quit, i);
        else
            leat_close(c);
        leat_free(c);
        int by = leat_recv(ended);
        CHECK_EQ(by, how == LEAVE_OTHER);
    }
    leat_free(quit);
    leat_free(ended);
}

#define LEAVE(name, other, how)                                               \
    TEST_WITH(chan_leave, name, .env = {"LEATPROCS=1"})                       \
    {                                                                         \
        leave_run(other, how);                                                \
    }                                                                         \
    TEST_WITH(chan_leave, name##_on_2_ps, .env = {"LEATPROCS=2"})             \
    {                                                                         \
        leave_run(other, how);                                                \
    }

LEAVE(who_receives_from_a_select_may_free, leave_sends, LEAVE_RECV)
LEAVE(who_sends_to_a_select_may_free, leave_receives, LEAVE_SEND)
LEAVE(who_closes_under_a_select_may_free, leave_receives, LEAVE_CLOSE)
LEAVE(what_a_served_select_also_waited_on_may_be_freed, leave_receives,
    LEAVE_OTHER)
LEAVE(who_closes_after_a_deadline_may_free, leave_by_deadline, LEAVE_CLOSE)

// Goroutine main waits in a select on two channels, one of them w's.
static void
leave_free_under(leat_chan(int) c, leat_chan(int) quit, leat_chan(int) ended)
{
    (void)quit;
    (void)ended;
    leat_free(c);
}

TEST_WITH(chan_leave, who_still_waits_in_a_select_is_not_freed_under,
    .exit_status = 2,
    .stderr_has = {"fatal error: free of a channel with waiting goroutines"})
{
    leat_chan(int) c = leat_make_chan(int), quit = leat_make_chan(int);
    leat_go(leave_free_under, c, quit, quit);
    leat_select(leat_case_recv(c, NULL), leat_case_recv(quit, NULL));
}

// ---- Channels of timers and contexts ---------------------------------------

#define BORROWED "send on a channel that a timer or context owns"

TEST_WITH(chan_leave, nobody_sends_on_a_timers_channel, .exit_status = 2,
    .stderr_has = {"fatal error: " BORROWED "\n"})
{
    leat_send(leat_timer_chan(leat_new_timer(LEAT_HOUR)), 1);
}

TEST_WITH(chan_leave, nobody_tries_to_send_on_a_timers_channel,
    .exit_status = 2, .stderr_has = {"fatal error: " BORROWED "\n"})
{
    leat_try_send(leat_timer_chan(leat_new_timer(LEAT_HOUR)), 1);
}

TEST_WITH(chan_leave, nobody_selects_a_send_on_a_timers_channel,
    .exit_status = 2, .stderr_has = {"fatal error: " BORROWED "\n"})
{
    leat_select(leat_case_send(leat_timer_chan(leat_new_timer(LEAT_HOUR)), 1),
        leat_default);
}

TEST_WITH(chan_leave, nobody_sends_on_a_done_channel, .exit_status = 2,
    .stderr_has = {"fatal error: " BORROWED "\n"})
{
    struct leat_context *c = leat_with_cancel(NULL);
    leat_send(leat_context_done(c), (struct leat_done){});
}

static void
leave_after(leat_chan(leat_chan(int64_t)) pass)
{
    leat_send(pass, leat_after(LEAT_HOUR));
    leat_yield(); // the other begins to wait
}

// The channel of leat_after goes with the goroutine that asked for it.
TEST_WITH(chan_leave, who_waits_for_the_leat_after_of_another_is_told,
    .exit_status = 2, .env = {"LEATPROCS=1"},
    .stderr_has = {"fatal error: end of a goroutine while others wait for its "
                   "channel of leat_after (use leat_new_timer)\n"})
{
    leat_chan(leat_chan(int64_t)) pass = leat_make_chan(leat_chan(int64_t));
    leat_go(leave_after, pass);
    leat_recv(leat_recv(pass));
}

// ---- What a try says -------------------------------------------------------

static _Atomic int leave_round, leave_done;

static void
leave_close_and_take(leat_chan(int) c, int round)
{
    while (leave_round != round)
        ;
    leat_close(c);
    leat_try_recv(c, NULL);
    leave_done = round;
}

// There is one value in it, and it is closed before that is taken: it is never
// open and empty.
TEST_WITH(chan_leave, a_try_does_not_take_a_closed_channel_for_an_open_one,
    .env = {"LEATPROCS=2"}, .timeout_s = 60)
{
    for (int i = 1; i <= 20 * leave_rounds(); i++) {
        leat_chan(int) c = leat_make_chan(int, 1);
        leat_send(c, i);
        leat_go(leave_close_and_take, c, i);
        leave_round = i;
        leave_wait(i, 1000);
        int got = leat_try_recv(c, NULL);
        while (leave_done != i)
            leat_yield();
        CHECK_MSG(got == 0 || got == LEAT_ECLOSED, "%s", leat_strerror(got));
        leat_free(c);
    }
}
