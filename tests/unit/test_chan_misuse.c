// SPDX-License-Identifier: MIT
// test_chan_misuse.c: the two profiles where more than one goroutine is
// concerned, and the state of a channel after it was misused. The table of
// the profiles itself is tested in test_misuse.c.
//
// The texts and statuses are Go's (`panic: send on closed channel`, status 2),
// in the strict profile with `fatal error: ` in front.
#include "lib/test.h"
#include "test_waiters.h"

#include <stdio.h>

#define GO_PROFILE .env = {"LEATDEBUG=profile=go"}

// The ways to misuse a channel -------------------------------------------------
// Functions whose frames the trace must show: not inlined, and something is
// left to do after the last call.

#define MISUSE static __attribute__((noinline)) void
#define KEEP_FRAME __asm__ volatile("")

MISUSE
send_closed(void)
{
    leat_chan(int) ch = leat_make_chan(int);
    leat_close(ch);
    leat_send(ch, 1);
    KEEP_FRAME;
}

MISUSE
send_closed_with_room(void)
{
    leat_chan(int) ch = leat_make_chan(int, 3);
    leat_send(ch, 1);
    leat_close(ch);
    leat_send(ch, 2);
    KEEP_FRAME;
}

static void
close_when_sender_waits(leat_chan(int) ch)
{
    until_senders(ch, 1);
    leat_close(ch);
}

MISUSE
send_waiting_when_closed(void)
{
    leat_chan(int) ch = leat_make_chan(int);
    leat_go(close_when_sender_waits, ch);
    leat_send(ch, 1);
    KEEP_FRAME;
}

MISUSE
select_send_closed(void)
{
    leat_chan(int) ch = leat_make_chan(int);
    leat_close(ch);
    leat_select(leat_case_send(ch, 1));
    KEEP_FRAME;
}

MISUSE
select_send_closed_or_default(void)
{
    leat_chan(int) ch = leat_make_chan(int);
    leat_close(ch);
    leat_select(leat_case_send(ch, 1), leat_default);
    KEEP_FRAME;
}

MISUSE
select_waiting_when_closed(void)
{
    leat_chan(int) ch = leat_make_chan(int), other = leat_make_chan(int);
    leat_go(close_when_sender_waits, ch);
    leat_select(leat_case_send(ch, 1), leat_case_recv(other, NULL));
    KEEP_FRAME;
}

MISUSE
close_closed(void)
{
    leat_chan(int) ch = leat_make_chan(int);
    leat_close(ch);
    leat_close(ch);
    KEEP_FRAME;
}

MISUSE
close_nil(void)
{
    leat_chan(int) nil = NULL;
    leat_close(nil);
    KEEP_FRAME;
}

MISUSE
close_borrowed(void)
{
    struct leat_timer *t = leat_new_timer(LEAT_HOUR);
    leat_close(leat_timer_chan(t));
    KEEP_FRAME;
}

MISUSE
send_nil(void)
{
    leat_chan(int) nil = NULL;
    leat_send(nil, 1);
    KEEP_FRAME;
}

MISUSE
recv_nil(void)
{
    leat_chan(int) nil = NULL;
    leat_recv(nil);
    KEEP_FRAME;
}

static const char closed_text[] = "send on closed channel";

// Strict: fatal -----------------------------------------------------------------

static void
say_deferred(void *arg)
{
    (void)arg;
    fprintf(stderr, "deferred ran\n");
}

// A deferred function and a catch that must both do nothing.
static void
misuse_guarded(void (*misuse)(void))
{
    struct leat_caught c;
    leat_defer(say_deferred, NULL);
    leat_try {
        leat_catch(&c);
        misuse();
    }
    fprintf(stderr, "went on\n");
}

#define STRICT_TEST(name, misuse, text)                                        \
    TEST_WITH(chan_strict, name, .exit_status = 2,                             \
        .stderr_has = {"fatal error: " text "\n\ngoroutine ", #misuse "(...)"},\
        .stderr_lacks = {"panic:", "deferred ran", "went on"})                 \
    {                                                                          \
        misuse_guarded(misuse);                                                \
    }

STRICT_TEST(default_does_not_help, select_send_closed_or_default,
    "send on closed channel")
STRICT_TEST(a_select_that_waited_is_fatal, select_waiting_when_closed,
    "send on closed channel")
STRICT_TEST(close_of_a_timers_channel_is_fatal, close_borrowed,
    "close of a channel that a timer or context owns")

static void
park_for_ever(leat_chan(int) ch)
{
    leat_recv(ch);
}

TEST_WITH(chan_strict, the_message_shows_every_goroutine, .exit_status = 2,
    .stderr_has = {"fatal error: send on closed channel",
        "goroutine 1 [running]:", "[chan receive]:", "park_for_ever(...)"})
{
    leat_chan(int) other = leat_make_chan(int);
    leat_go(park_for_ever, other);
    until_receivers(other, 1);
    send_closed();
}

// Go: a panic ------------------------------------------------------------------

static void
check_panics(void (*misuse)(void), const char *text)
{
    struct leat_caught c = {.kind = 0};
    leat_try {
        leat_catch(&c);
        misuse();
    }
    CHECK_EQ(c.kind, LEAT_PANIC_RUNTIME);
    CHECK_STR(c.text, text);
}

TEST_WITH(chan_go, misuse_can_be_recovered, GO_PROFILE)
{
    check_panics(send_closed, closed_text);
    check_panics(send_closed_with_room, closed_text);
    check_panics(send_waiting_when_closed, closed_text);
    check_panics(select_send_closed, closed_text);
    check_panics(select_send_closed_or_default, closed_text);
    check_panics(select_waiting_when_closed, closed_text);
    check_panics(close_closed, "close of closed channel");
    check_panics(close_nil, "close of nil channel");
    check_panics(close_borrowed,
        "close of a channel that a timer or context owns");
}

TEST_WITH(chan_go, a_channel_works_after_a_recovered_panic, GO_PROFILE)
{
    leat_chan(int) ch = leat_make_chan(int, 2);
    leat_send(ch, 5);
    leat_close(ch);
    for (int i = 0; i < 3; i++) {
        struct leat_caught c = {.kind = 0};
        leat_try {
            leat_catch(&c);
            leat_send(ch, 6);
        }
        CHECK_STR(c.text, closed_text);
    }
    leat__chan_check(hchan_of(ch));
    CHECK_EQ(leat_recv(ch), 5);
    CHECK(!leat_recv_ok(ch, NULL));
}

#define GO_TEST(name, misuse, text)                                            \
    TEST_WITH(chan_go, name, GO_PROFILE, .exit_status = 2,                     \
        .stderr_has = {"deferred ran\npanic: " text "\n\ngoroutine 1 [running" \
                       "]:", #misuse "(...)"},                                 \
        .stderr_lacks = {"fatal error"})                                       \
    {                                                                          \
        leat_defer(say_deferred, NULL);                                        \
        misuse();                                                              \
    }

GO_TEST(a_sender_that_waited_panics, send_waiting_when_closed,
    "send on closed channel")

// With others running nothing is reported.
TEST_WITH(chan_go, whoever_waits_on_nil_just_stays, GO_PROFILE)
{
    leat_go(send_nil);
    leat_go(recv_nil);
    leat_sleep(5 * LEAT_MILLISECOND);
    CHECK_EQ(leat_num_goroutine(), 3);
}

static leat_chan(int) shared;
static _Atomic int panicked;

static void
count_panic(void *arg)
{
    (void)arg;
    const struct leat_panic_info *p = leat_recover();
    if (p != NULL)
        panicked++;
}

static void
send_and_recover(int v)
{
    leat_defer(count_panic, NULL);
    leat_send(shared, v);
}

static void
select_and_recover(int v)
{
    leat_chan(int) other = leat_make_chan(int);
    leat_defer(count_panic, NULL);
    leat_select(leat_case_recv(other, NULL), leat_case_send(shared, v));
}

static void
check_all_senders_panic(void)
{
    enum { N = 20 };
    shared = leat_make_chan(int, 1);
    leat_send(shared, 99);
    for (int i = 0; i < N; i++) {
        if (i % 2)
            leat_go(send_and_recover, i);
        else
            leat_go(select_and_recover, i);
    }
    until_senders(shared, N);
    leat_close(shared);
    until_goroutines(1);
    CHECK_EQ(panicked, N);
    CHECK(hchan_of(shared)->sendq.first == NULL);
    CHECK_EQ(leat_recv(shared), 99);
    CHECK(!leat_recv_ok(shared, NULL));
}

TEST_WITH(chan_go, close_makes_every_waiting_sender_panic_p1,
    .env = {"LEATDEBUG=profile=go", "LEATPROCS=1"})
{
    check_all_senders_panic();
}

TEST_WITH(chan_go, close_makes_every_waiting_sender_panic_p8,
    .env = {"LEATDEBUG=profile=go", "LEATPROCS=8"})
{
    check_all_senders_panic();
}

PLAIN_TEST(chan_go, a_program_can_choose_the_profile)
{
    const struct leat_config bad = {.profile = (enum leat_profile)7};
    CHECK_EQ(leat_configure(&bad), LEAT_EINVAL);
    const struct leat_config go = {.profile = LEAT_GO};
    CHECK_EQ(leat_configure(&go), 0);
    CHECK_EQ(leat_get_profile(), LEAT_GO);
    CHECK_EQ(leat_configure(&go), LEAT_EBUSY);
    check_panics(close_nil, "close of nil channel");
}

TEST(chan_strict, the_default_is_strict)
{
    CHECK_EQ(leat_get_profile(), LEAT_STRICT);
}
