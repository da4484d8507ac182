// SPDX-License-Identifier: MIT
// test_select_table.c: what blocks for ever, what never does, what panics:
// the table of test/chan/select3, row by row, and what pygolang and libdill
// test of close and select.
//
// Whether a row blocks is not guessed from a clock: in a seeded run the main
// goroutine waits until everybody else waits; a row that has not said by then
// that it went on is blocked for ever.
#include "test_chan_matrix.h"
#include "test_waiters.h"

#include <string.h>

static leat_chan(int) tb_nil, tb_closed, tb_empty, tb_room, tb_full;
static bool tb_went_on, tb_panicked;

enum tb_outcome { TB_BLOCKS, TB_GOES_ON, TB_PANICS };

struct tb_row {
    void (*run)(void);
    enum tb_outcome outcome;
    const char *what;
};

// The rows --------------------------------------------------------------------------

static void
tb_send_nil(void)
{
    leat_send(tb_nil, 7);
}

static void
tb_recv_nil(void)
{
    leat_recv(tb_nil);
}

static void
tb_recv_ok_nil(void)
{
    leat_recv_ok(tb_nil, NULL);
}

static void
tb_try_nil(void)
{
    CHECK_EQ(leat_select(leat_case_send(tb_nil, 7), leat_default), 1);
    CHECK_EQ(leat_select(leat_case_recv(tb_nil, NULL), leat_default), 1);
    CHECK_EQ(leat_try_send(tb_nil, 7), LEAT_EAGAIN);
    CHECK_EQ(leat_try_recv(tb_nil, NULL), LEAT_EAGAIN);
}

static void
tb_send_room(void)
{
    leat_send(tb_room, 7);
}

static void
tb_send_full(void)
{
    leat_send(tb_full, 7);
}

static void
tb_send_empty(void)
{
    leat_send(tb_empty, 7);
}

static void
tb_recv_full(void)
{
    CHECK_EQ(leat_recv(tb_full), 5);
}

static void
tb_recv_closed(void)
{
    for (int i = 0; i < 10; i++) {
        int v = 9;
        CHECK_EQ(leat_recv(tb_closed), 0);
        CHECK(!leat_recv_ok(tb_closed, &v));
        CHECK_EQ(v, 0);
    }
}

static void
tb_send_closed(void)
{
    leat_send(tb_closed, 7);
}

static void
tb_recv_empty(void)
{
    leat_recv(tb_empty);
}

static void
tb_select_none(void)
{
    leat_select();
}

static void
tb_select_recv_nil(void)
{
    leat_select(leat_case_recv(tb_nil, NULL));
}

static void
tb_select_send_nil(void)
{
    leat_select(leat_case_send(tb_nil, 7));
}

static void
tb_select_both_nil(void)
{
    leat_select(leat_case_recv(tb_nil, NULL), leat_case_send(tb_nil, 7));
}

static void
tb_select_empty(void)
{
    leat_select(leat_case_recv(tb_empty, NULL));
}

static void
tb_select_full(void)
{
    leat_select(leat_case_send(tb_full, 1), leat_case_recv(tb_nil, NULL));
}

static void
tb_select_default(void)
{
    CHECK_EQ(leat_select(leat_default), 0);
}

static void
tb_select_room_or_default(void)
{
    CHECK_EQ(leat_select(leat_case_send(tb_room, 7), leat_default), 0);
}

static void
tb_select_full_or_default(void)
{
    CHECK_EQ(leat_select(leat_case_recv(tb_full, NULL), leat_default), 0);
}

static void
tb_select_recv_closed(void)
{
    bool ok = true;
    int v = 9;
    CHECK_EQ(leat_select(leat_case_recv(tb_closed, NULL)), 0);
    CHECK_EQ(leat_select(leat_case_recv_ok(tb_closed, &v, &ok)), 0);
    CHECK_EQ(v, 0);
    CHECK(!ok);
    CHECK_EQ(leat_select(leat_case_recv(tb_closed, &v), leat_default), 0);
}

static void
tb_select_send_closed(void)
{
    leat_select(leat_case_send(tb_closed, 7));
}

static void
tb_select_send_closed_or_default(void)
{
    leat_select(leat_case_send(tb_closed, 7), leat_default);
}

static void
tb_select_itself(void)
{
    leat_select(leat_case_send(tb_empty, 1), leat_case_recv(tb_empty, NULL));
}

static void
tb_until_forever(void)
{
    leat_recv_until(tb_empty, NULL, LEAT_FOREVER);
}

static void
tb_select_until_forever(void)
{
    leat_select_until(LEAT_FOREVER, leat_case_send(tb_empty, 1));
}

static const struct tb_row tb_rows[] = {
    {tb_send_nil, TB_BLOCKS, "send on nil"},
    {tb_recv_nil, TB_BLOCKS, "receive on nil"},
    {tb_recv_ok_nil, TB_BLOCKS, "receive with ok on nil"},
    {tb_try_nil, TB_GOES_ON, "try on nil"},
    {tb_send_room, TB_GOES_ON, "send with room"},
    {tb_send_full, TB_BLOCKS, "send on full"},
    {tb_send_empty, TB_BLOCKS, "send without a receiver"},
    {tb_recv_full, TB_GOES_ON, "receive a buffered value"},
    {tb_recv_closed, TB_GOES_ON, "receive on closed"},
    {tb_send_closed, TB_PANICS, "send on closed"},
    {tb_recv_empty, TB_BLOCKS, "receive on empty"},
    {tb_select_none, TB_BLOCKS, "select without cases"},
    {tb_select_recv_nil, TB_BLOCKS, "select: receive on nil"},
    {tb_select_send_nil, TB_BLOCKS, "select: send on nil"},
    {tb_select_both_nil, TB_BLOCKS, "select: both on nil"},
    {tb_select_empty, TB_BLOCKS, "select: receive on empty"},
    {tb_select_full, TB_BLOCKS, "select: send on full"},
    {tb_select_default, TB_GOES_ON, "select: only a default"},
    {tb_select_room_or_default, TB_GOES_ON, "select: room or default"},
    {tb_select_full_or_default, TB_GOES_ON, "select: a value or default"},
    {tb_select_recv_closed, TB_GOES_ON, "select: receive on closed"},
    {tb_select_send_closed, TB_PANICS, "select: send on closed"},
    {tb_select_send_closed_or_default, TB_PANICS,
        "select: send on closed or default"},
    {tb_select_itself, TB_BLOCKS, "select: itself"},
    {tb_until_forever, TB_BLOCKS, "until for ever"},
    {tb_select_until_forever, TB_BLOCKS, "select until for ever"},
};

static void
tb_note_panic(void *arg)
{
    (void)arg;
    tb_panicked = leat_recover() != NULL;
}

static void
tb_run_row(const struct tb_row *row)
{
    leat_defer(tb_note_panic, NULL);
    row->run();
    tb_went_on = true;
}

static void
tb_check_row(void *arg)
{
    const struct tb_row *row = arg;
    tb_closed = leat_make_chan(int);
    tb_empty = leat_make_chan(int);
    tb_room = leat_make_chan(int, 1);
    tb_full = leat_make_chan(int, 1);
    leat_close(tb_closed);
    leat_send(tb_full, 5);
    tb_went_on = tb_panicked = false;
    leat_go(tb_run_row, row);
    leat_test_wait();
    CHECK_MSG(tb_went_on == (row->outcome == TB_GOES_ON), "%s", row->what);
    CHECK_MSG(tb_panicked == (row->outcome == TB_PANICS), "%s", row->what);
    int left = row->outcome == TB_BLOCKS ? 2 : 1;
    CHECK_MSG(leat_num_goroutine() == left, "%s", row->what);
}

PLAIN_TEST_WITH(select_table, blocks_goes_on_or_panics_as_in_go,
    .env = {"LEATDEBUG=profile=go"})
{
    for (size_t i = 0; i < sizeof tb_rows / sizeof *tb_rows; i++)
        CHECK_EQ(leat_test_run(i, tb_check_row,
            (void *)(uintptr_t)&tb_rows[i]), 0);
}

// In the strict profile the same, but for what is fatal there.
PLAIN_TEST(select_table, the_strict_profile_differs_only_in_misuse)
{
    for (size_t i = 0; i < sizeof tb_rows / sizeof *tb_rows; i++) {
        void (*run)(void) = tb_rows[i].run;
        if (tb_rows[i].outcome == TB_PANICS || run == tb_send_nil ||
            run == tb_recv_nil || run == tb_recv_ok_nil)
            continue;
        CHECK_EQ(leat_test_run(i, tb_check_row,
            (void *)(uintptr_t)&tb_rows[i]), 0);
    }
}

// A blocked row goes on when what it waits for comes -------------------------------

static void
tb_wake(void *arg)
{
    tb_check_row(arg);
    leat_close(tb_empty);
    leat_test_wait();
    CHECK_EQ(tb_went_on, true);
    CHECK_EQ(leat_num_goroutine(), 1);
}

PLAIN_TEST(select_table, close_wakes_every_kind_of_receiver)
{
    for (size_t i = 0; i < sizeof tb_rows / sizeof *tb_rows; i++) {
        void (*run)(void) = tb_rows[i].run;
        if (run == tb_recv_empty || run == tb_select_empty ||
            run == tb_until_forever)
            CHECK_EQ(leat_test_run(i, tb_wake,
                (void *)(uintptr_t)&tb_rows[i]), 0);
    }
}

// libdill's choose: every pairing of a plain or selecting partner with a plain
// or selecting one, whoever comes first, for small and large values.

struct tb_large {
    int v, more[200];
};

static void
tb_partner(leat_chan(struct tb_large) c, bool select, bool sender,
    leat_chan(int) out)
{
    struct tb_large x = {.v = 0};
    if (sender) {
        x.v = 555;
        x.more[199] = 556;
    }
    if (sender && select)
        leat_select(leat_case_send(c, x));
    else if (sender)
        leat_send(c, x);
    else if (select)
        leat_select(leat_case_recv(c, &x));
    else
        x = leat_recv(c);
    leat_send(out, x.v + x.more[199]);
}

TEST_MATRIX(select_table, plain_and_select_pair_in_every_order)
{
    for (int shape = 0; shape < 16; shape++) {
        leat_chan(struct tb_large) c =
            leat_make_chan(struct tb_large, shape & 8 ? 1 : 0);
        leat_chan(int) out = leat_make_chan(int, 2);
        bool sender_first = shape & 1;
        leat_go(tb_partner, c, (shape & 2) != 0, sender_first, out);
        if (shape & 8)
            leat_yield();
        else if (sender_first)
            until_senders(c, 1);
        else
            until_receivers(c, 1);
        leat_go(tb_partner, c, (shape & 4) != 0, !sender_first, out);
        CHECK_EQ(leat_recv(out), 1111);
        CHECK_EQ(leat_recv(out), 1111);
    }
}

// libdill: two senders into one channel, and two receivers out of it, all of
// them selects.
static void
tb_choose_send(leat_chan(int) c, int v)
{
    leat_select(leat_case_send(c, v));
}

TEST_MATRIX(select_table, several_selects_wait_in_line)
{
    leat_chan(int) c = leat_make_chan(int);
    for (int i = 0; i < 10; i++) {
        leat_go(tb_choose_send, c, i);
        until_senders(c, i + 1);
    }
    for (int i = 0; i < 10; i++) {
        int v = -1;
        leat_select(leat_case_recv(c, &v));
        CHECK_EQ(v, i);
    }
}

// pygolang: a select that is won on one channel while another goroutine, under
// that one's lock, is about to serve it on a second.
struct tb_win {
    leat_chan(int) a, b, log;
};

static void
tb_win_select(struct tb_win *w)
{
    int v = -1;
    int r = leat_select(leat_case_recv(w->a, &v), leat_case_recv(w->b, &v));
    leat_send(w->log, 10 * r + v);
}

static void
tb_win_send(struct tb_win *w, int which)
{
    leat_send(which ? w->b : w->a, which);
}

TEST_MATRIX(select_table, one_of_two_senders_wins_and_the_other_stays)
{
    for (int i = 0; i < matrix_rounds(2000); i++) {
        struct tb_win w = {leat_make_chan(int), leat_make_chan(int),
            leat_make_chan(int)};
        leat_go(tb_win_select, &w);
        leat_go(tb_win_send, &w, 0);
        leat_go(tb_win_send, &w, 1);
        int won = leat_recv(w.log);
        CHECK(won == 0 || won == 11);
        CHECK_EQ(leat_recv(won ? w.a : w.b), won ? 0 : 1);
        until_goroutines(1);
        leat_free(w.a);
        leat_free(w.b);
        leat_free(w.log);
    }
}
