// SPDX-License-Identifier: MIT
// test_chan_until.c: the channel calls that may say no: try, and until a
// deadline or the end of the goroutine's context.
#include "test_chan_matrix.h"
#include "test_waiters.h"

#include <pthread.h>

// Try ---------------------------------------------------------------------------

TEST(chan, try_says_EAGAIN_where_it_would_wait)
{
    leat_chan(int) un = leat_make_chan(int), one = leat_make_chan(int, 1);
    leat_chan(int) nil = NULL;
    int v = 9;
    CHECK_EQ(leat_try_send(un, 1), LEAT_EAGAIN);
    CHECK_EQ(leat_try_recv(un, &v), LEAT_EAGAIN);
    CHECK_EQ(leat_try_recv(one, &v), LEAT_EAGAIN);
    CHECK_EQ(leat_try_send(one, 1), 0);
    CHECK_EQ(leat_try_send(one, 2), LEAT_EAGAIN);
    CHECK_EQ(leat_try_send(nil, 1), LEAT_EAGAIN);
    CHECK_EQ(leat_try_recv(nil, &v), LEAT_EAGAIN);
    CHECK_EQ(v, 9);
    CHECK_EQ(leat_try_recv(one, &v), 0);
    CHECK_EQ(v, 1);
    CHECK_EQ(leat_try_recv(one, NULL), LEAT_EAGAIN);
}

static void
check_try_on_closed(void)
{
    leat_chan(int) ch = leat_make_chan(int, 2);
    int v = 9;
    leat_send(ch, 5);
    leat_close(ch);
    CHECK_EQ(leat_try_send(ch, 1), LEAT_ECLOSED);
    CHECK_EQ(leat_send_until(ch, 0, 1), LEAT_ECLOSED);
    CHECK_EQ(leat_send_until(ch, LEAT_FOREVER, 1), LEAT_ECLOSED);
    CHECK_EQ(leat_len(ch), 1);
    CHECK_EQ(leat_try_recv(ch, &v), 0);
    CHECK_EQ(v, 5);
    CHECK_EQ(leat_try_recv(ch, &v), LEAT_ECLOSED);
    CHECK_EQ(v, 0);
    v = 9;
    CHECK_EQ(leat_recv_until(ch, &v, 0), LEAT_ECLOSED);
    CHECK_EQ(v, 0);
    CHECK_EQ(leat_recv_until(ch, NULL, LEAT_FOREVER), LEAT_ECLOSED);
    leat_chan(int) un = leat_make_chan(int);
    leat_close(un);
    CHECK_EQ(leat_try_send(un, 1), LEAT_ECLOSED);
    CHECK_EQ(leat_try_recv(un, &v), LEAT_ECLOSED);
}

TEST(chan, try_says_ECLOSED_and_the_program_goes_on)
{
    check_try_on_closed();
}

TEST_WITH(chan, try_says_ECLOSED_in_the_go_profile_too,
    .env = {"LEATDEBUG=profile=go"})
{
    check_try_on_closed();
}

static void
until_recv_one(leat_chan(int) ch, leat_chan(int) out)
{
    leat_send(out, leat_recv(ch));
}

static void
until_send_one(leat_chan(int) ch, int v)
{
    leat_send(ch, v);
}

TEST_MATRIX(chan, try_meets_those_who_wait)
{
    leat_chan(int) ch = leat_make_chan(int), out = leat_make_chan(int, 1);
    int v = 0;
    leat_go(until_recv_one, ch, out);
    until_receivers(ch, 1);
    CHECK_EQ(leat_try_send(ch, 3), 0);
    CHECK_EQ(leat_recv(out), 3);
    leat_go(until_send_one, ch, 4);
    until_senders(ch, 1);
    CHECK_EQ(leat_try_recv(ch, &v), 0);
    CHECK_EQ(v, 4);
    CHECK_EQ(leat_try_recv(ch, &v), LEAT_EAGAIN);
}

// Deadlines -----------------------------------------------------------------------

TEST(chan, a_passed_deadline_still_takes_what_is_ready_at_once)
{
    leat_chan(int) ch = leat_make_chan(int, 1);
    int v = 0;
    static const int64_t passed[] = {0, -1, 1, INT64_MIN + 1};
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(leat_recv_until(ch, &v, passed[i]), LEAT_ETIMEDOUT);
        CHECK_EQ(leat_send_until(ch, passed[i], i), 0);
        CHECK_EQ(leat_send_until(ch, passed[i], 77), LEAT_ETIMEDOUT);
        CHECK_EQ(leat_recv_until(ch, &v, passed[i]), 0);
        CHECK_EQ(v, i);
    }
    CHECK_EQ(waiters_of(ch, false) + waiters_of(ch, true), 0);
}

static void
until_exactly(void *arg)
{
    leat_chan(int) ch = leat_make_chan(int), nil = NULL;
    (void)arg;
    for (int i = 1; i < 40; i++) {
        int64_t deadline = leat_now() + i * LEAT_MINUTE;
        int v = 9;
        CHECK_EQ(leat_recv_until(ch, &v, deadline), LEAT_ETIMEDOUT);
        CHECK_EQ(leat_now(), deadline);
        CHECK_EQ(v, 9);
        deadline++;
        CHECK_EQ(leat_send_until(ch, deadline, 1), LEAT_ETIMEDOUT);
        CHECK_EQ(leat_now(), deadline);
        deadline++;
        CHECK_EQ(leat_send_until(nil, deadline, 1), LEAT_ETIMEDOUT);
        CHECK_EQ(leat_now(), deadline);
        deadline++;
        CHECK_EQ(leat_recv_until(nil, &v, deadline), LEAT_ETIMEDOUT);
        CHECK_EQ(leat_now(), deadline);
    }
}

PLAIN_TEST(chan, a_wait_ends_at_its_deadline_and_not_before)
{
    CHECK_EQ(leat_test_run(7, until_exactly, NULL), 0);
}

// A sender that gave up takes its value with it.
TEST_MATRIX(chan, what_was_given_up_is_not_delivered)
{
    leat_chan(int) ch = leat_make_chan(int);
    int v = 0;
    for (int i = 0; i < 20; i++) {
        int64_t deadline = leat_deadline(LEAT_MILLISECOND / 2);
        CHECK_EQ(leat_send_until(ch, deadline, 666), LEAT_ETIMEDOUT);
        CHECK(leat_now() >= deadline);
        CHECK_EQ(waiters_of(ch, true), 0);
        CHECK_EQ(leat_recv_until(ch, &v, leat_deadline(1000)),
            LEAT_ETIMEDOUT);
        CHECK_EQ(waiters_of(ch, false), 0);
        leat_go(until_send_one, ch, i);
        CHECK_EQ(leat_recv_until(ch, &v, leat_deadline(LEAT_HOUR)), 0);
        CHECK_EQ(v, i);
    }
}

static void
close_when_received(leat_chan(int) ch)
{
    until_receivers(ch, 1);
    leat_close(ch);
}

static void
close_when_sent(leat_chan(int) ch)
{
    until_senders(ch, 1);
    leat_close(ch);
}

TEST_MATRIX(chan, close_ends_a_wait_with_ECLOSED)
{
    for (int i = 0; i < 20; i++) {
        leat_chan(int) ch = leat_make_chan(int);
        int v = 9;
        int64_t deadline = i % 2 ? LEAT_FOREVER : leat_deadline(LEAT_HOUR);
        leat_go(close_when_received, ch);
        CHECK_EQ(leat_recv_until(ch, &v, deadline), LEAT_ECLOSED);
        CHECK_EQ(v, 0);
        ch = leat_make_chan(int);
        leat_go(close_when_sent, ch);
        CHECK_EQ(leat_send_until(ch, deadline, 1), LEAT_ECLOSED);
    }
}

TEST_WITH(chan, waiting_without_end_on_nil_is_a_deadlock, .exit_status = 2,
    .stderr_has = {"all goroutines are asleep - deadlock!",
        "goroutine 1 [chan receive (nil chan)]:"})
{
    leat_chan(int) nil = NULL;
    int v;
    leat_recv_until(nil, &v, LEAT_FOREVER);
}

// Context ---------------------------------------------------------------------------

static void
cancel_then_tell(struct leat_context *ctx, leat_chan(int) ch, bool sender)
{
    if (sender)
        until_senders(ch, 1);
    else
        until_receivers(ch, 1);
    leat_context_cancel(ctx, 0);
}

TEST_MATRIX(chan, the_end_of_the_context_ends_a_wait)
{
    for (int i = 0; i < 20; i++) {
        leat_chan(int) ch = leat_make_chan(int);
        struct leat_context *ctx = leat_with_cancel(NULL);
        int64_t deadline = i % 2 ? LEAT_FOREVER : leat_deadline(LEAT_HOUR);
        int v = 9;
        leat_go(cancel_then_tell, ctx, ch, i % 4 < 2);
        leat_set_context(ctx);
        if (i % 4 < 2)
            CHECK_EQ(leat_send_until(ch, deadline, 1), LEAT_ECANCELED);
        else
            CHECK_EQ(leat_recv_until(ch, &v, deadline), LEAT_ECANCELED);
        CHECK_EQ(v, 9);
        CHECK_EQ(waiters_of(ch, false) + waiters_of(ch, true), 0);
        leat_set_context(NULL);
        leat_context_release(ctx);
        leat_free(ch);
    }
}

TEST(chan, an_ended_context_does_not_stop_what_is_ready)
{
    leat_chan(int) ch = leat_make_chan(int, 1), nil = NULL;
    struct leat_context *ctx = leat_with_cancel(NULL);
    int v = 0;
    leat_context_cancel(ctx, 0);
    leat_set_context(ctx);
    CHECK_EQ(leat_send_until(ch, LEAT_FOREVER, 4), 0);
    CHECK_EQ(leat_send_until(ch, LEAT_FOREVER, 5), LEAT_ECANCELED);
    CHECK_EQ(leat_recv_until(ch, &v, LEAT_FOREVER), 0);
    CHECK_EQ(v, 4);
    CHECK_EQ(leat_recv_until(ch, &v, LEAT_FOREVER), LEAT_ECANCELED);
    CHECK_EQ(leat_try_recv(ch, &v), LEAT_EAGAIN);
    CHECK_EQ(leat_recv_until(nil, &v, LEAT_FOREVER), LEAT_ECANCELED);
    leat_send(ch, 6);
    CHECK_EQ(leat_recv(ch), 6);
    leat_set_context(NULL);
    leat_context_release(ctx);
}

// Races: what the two sides say must agree ---------------------------------------

struct tally {
    int sent, received, gave_up;
};

static void
hasty_sender(leat_chan(int) ch, int from, int n, struct tally *t,
    leat_chan(int) done)
{
    for (int i = 0; i < n; i++) {
        int64_t wait = (int64_t)(leat_test_random() % 4);
        int err = leat_send_until(ch, leat_now() + wait, from + i);
        CHECK(err == 0 || err == LEAT_ETIMEDOUT);
        t->sent += err == 0 ? from + i : 0;
        t->gave_up += err != 0;
        leat_sleep((int64_t)(leat_test_random() % 3));
    }
    leat_send(done, 1);
}

static void
hasty_receiver(leat_chan(int) ch, struct tally *t, leat_chan(int) done)
{
    for (int v, err;;) {
        int64_t wait = (int64_t)(leat_test_random() % 4);
        err = leat_recv_until(ch, &v, leat_now() + wait);
        if (err == LEAT_ECLOSED)
            break;
        CHECK(err == 0 || err == LEAT_ETIMEDOUT);
        t->received += err == 0 ? v : 0;
        leat_sleep((int64_t)(leat_test_random() % 3));
    }
    leat_send(done, 1);
}

static void
hasty(void *arg)
{
    enum { SIDES = 3, EACH = 20 };
    struct tally *t = arg;
    leat_chan(int) ch =
        leat_make_chan(int, (int64_t)(leat_test_random() % 3));
    leat_chan(int) done = leat_make_chan(int);
    for (int i = 0; i < SIDES; i++) {
        leat_go(hasty_sender, ch, 1 + i * 1000, EACH, t, done);
        leat_go(hasty_receiver, ch, t, done);
    }
    for (int i = 0; i < SIDES; i++)
        leat_recv(done);
    leat_close(ch);
    for (int i = 0; i < SIDES; i++)
        leat_recv(done);
    leat__chan_check(hchan_of(ch));
    leat_free(ch);
    leat_free(done);
}

PLAIN_TEST(chan, values_and_timeouts_add_up_under_every_schedule)
{
    struct tally t = {0, 0, 0};
    for (uint64_t seed = 0; seed < 300; seed++) {
        CHECK_EQ(leat_test_run(seed, hasty, &t), 0);
        CHECK_EQ(t.sent, t.received);
    }
    CHECK_MSG(t.sent > 0 && t.gave_up > 0, "%d sent, %d given up: no race",
        t.sent, t.gave_up);
}
