// SPDX-License-Identifier: MIT
// test_misuse.c: misuse of channels under both profiles: in the strict one
// it is fatal, deferred calls do not run and nothing recovers it; in the go
// one it panics (or waits) as in Go. One row of the table, two tests.
#include "lib/test.h"

#include <leat.h>

#include <stdio.h>

#define STRICT(text)                                                           \
    .exit_status = 2, .stdout_is = "",                                         \
    .stderr_has = {"fatal error: " text "\n\ngoroutine 1 [running]:\n"},       \
    .stderr_lacks = {"panic:"}
#define GO .env = {"LEATDEBUG=profile=go"}

static void
say(void *text)
{
    puts(text);
}

// Runs fn under a deferred print and a recover. In the strict profile it
// does not come back.
static struct leat_caught caught;

static void
misuse(void (*fn)(void))
{
    leat_try {
        leat_catch(&caught);
        leat_defer(say, "deferred");
        fn();
    }
}

static void
check_panic(const char *text)
{
    CHECK_EQ(caught.kind, LEAT_PANIC_RUNTIME);
    CHECK_STR(caught.text, text);
}

static leat_chan(int)
closed_chan(int capacity)
{
    leat_chan(int) c = leat_make_chan(int, capacity);
    leat_close(c);
    return c;
}

// Send on a closed channel ----------------------------------------------

static void
send_closed(void)
{
    leat_send(closed_chan(0), 1);
}

TEST_WITH(misuse, strict_send_on_closed, STRICT("send on closed channel"))
{
    misuse(send_closed);
}

TEST_WITH(misuse, go_send_on_closed, GO, .stdout_is = "deferred\n")
{
    misuse(send_closed);
    check_panic("send on closed channel");
}

static void
send_closed_with_room(void)
{
    leat_send(closed_chan(3), 1);
}

TEST_WITH(misuse, strict_send_on_closed_with_room,
    STRICT("send on closed channel"))
{
    misuse(send_closed_with_room);
}

TEST_WITH(misuse, go_send_on_closed_with_room, GO, .stdout_is = "deferred\n")
{
    misuse(send_closed_with_room);
    check_panic("send on closed channel");
}

static void
select_closed(void)
{
    leat_select(leat_case_send(closed_chan(0), 1), leat_default);
}

TEST_WITH(misuse, strict_send_on_closed_in_select,
    STRICT("send on closed channel"))
{
    misuse(select_closed);
}

TEST_WITH(misuse, go_send_on_closed_in_select, GO, .stdout_is = "deferred\n")
{
    misuse(select_closed);
    check_panic("send on closed channel");
}

static void
close_later(leat_chan(int) c)
{
    leat_close(c);
}

static void
blocked_send(void)
{
    leat_chan(int) c = leat_make_chan(int);
    leat_go(close_later, c);
    leat_send(c, 1);
}

TEST_WITH(misuse, strict_close_under_a_blocked_sender,
    STRICT("send on closed channel"))
{
    misuse(blocked_send);
}

TEST_WITH(misuse, go_close_under_a_blocked_sender, GO,
    .stdout_is = "deferred\n")
{
    misuse(blocked_send);
    check_panic("send on closed channel");
}

static void
blocked_select(void)
{
    leat_chan(int) c = leat_make_chan(int), d = leat_make_chan(int);
    leat_go(close_later, c);
    leat_select(leat_case_send(c, 1), leat_case_recv(d, NULL));
}

TEST_WITH(misuse, strict_close_under_a_blocked_select,
    STRICT("send on closed channel"))
{
    misuse(blocked_select);
}

TEST_WITH(misuse, go_close_under_a_blocked_select, GO,
    .stdout_is = "deferred\n")
{
    misuse(blocked_select);
    check_panic("send on closed channel");
}

// Close -----------------------------------------------------------------

static void
close_closed(void)
{
    leat_close(closed_chan(0));
}

TEST_WITH(misuse, strict_close_of_closed, STRICT("close of closed channel"))
{
    misuse(close_closed);
}

TEST_WITH(misuse, go_close_of_closed, GO, .stdout_is = "deferred\n")
{
    misuse(close_closed);
    check_panic("close of closed channel");
}

static void
close_nil(void)
{
    leat_chan(int) c = NULL;
    leat_close(c);
}

TEST_WITH(misuse, strict_close_of_nil, STRICT("close of nil channel"))
{
    misuse(close_nil);
}

TEST_WITH(misuse, go_close_of_nil, GO, .stdout_is = "deferred\n")
{
    misuse(close_nil);
    check_panic("close of nil channel");
}

// Nil channels ----------------------------------------------------------

static void
send_nil(void)
{
    leat_chan(int) c = NULL;
    leat_send(c, 1);
}

static void
recv_nil(void)
{
    leat_chan(int) c = NULL;
    leat_recv(c);
}

TEST_WITH(misuse, strict_send_on_nil, STRICT("send on nil channel"))
{
    misuse(send_nil);
}

TEST_WITH(misuse, strict_receive_on_nil, STRICT("receive on nil channel"))
{
    misuse(recv_nil);
}

TEST_WITH(misuse, go_send_on_nil_waits_for_ever, GO, .exit_status = 2,
    .stdout_is = "",
    .stderr_has = {"fatal error: all goroutines are asleep - deadlock!\n\n"
                   "goroutine 1 [chan send (nil chan)]:\nsend_nil(...)\n"})
{
    misuse(send_nil);
}

TEST_WITH(misuse, go_receive_on_nil_waits_for_ever, GO, .exit_status = 2,
    .stdout_is = "",
    .stderr_has = {"fatal error: all goroutines are asleep - deadlock!\n\n"
                   "goroutine 1 [chan receive (nil chan)]:\nrecv_nil(...)\n"})
{
    misuse(recv_nil);
}

// The same in both ------------------------------------------------------

static void
check_both(void)
{
    leat_chan(int) nil = NULL, closed = closed_chan(0);
    int v = 7;
    CHECK_EQ(leat_try_send(nil, 1), LEAT_EAGAIN);
    CHECK_EQ(leat_try_recv(nil, &v), LEAT_EAGAIN);
    CHECK_EQ(leat_try_send(closed, 1), LEAT_ECLOSED);
    CHECK_EQ(leat_try_recv(closed, &v), LEAT_ECLOSED);
    CHECK_EQ(v, 0);
    CHECK(!leat_recv_ok(closed, &v));
    CHECK_EQ(leat_select(leat_case_recv(nil, &v), leat_default), 1);
    CHECK_EQ(leat_len(nil), 0);
    CHECK_EQ(leat_cap(nil), 0);
}

TEST_WITH(misuse, strict_what_is_no_misuse, .stderr_lacks = {"fatal"})
{
    check_both();
    CHECK_EQ(leat_get_profile(), LEAT_STRICT);
}

TEST_WITH(misuse, go_what_is_no_misuse, GO, .stderr_lacks = {"panic"})
{
    check_both();
    CHECK_EQ(leat_get_profile(), LEAT_GO);
}

static void
make_negative(void)
{
    leat_make_chan(int, -1);
}

static void
make_huge(void)
{
    leat_make_chan(int, INT64_MAX / 2);
}

TEST_WITH(misuse, a_size_out_of_range_panics_in_both_profiles,
    .stdout_is = "deferred\ndeferred\n")
{
    misuse(make_negative);
    check_panic("makechan: size out of range");
    caught.kind = 0;
    misuse(make_huge);
    check_panic("makechan: size out of range");
}
