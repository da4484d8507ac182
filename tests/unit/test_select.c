// SPDX-License-Identifier: MIT
// test_select.c: select: which case is chosen, what it does, when it waits.
#include "test_chan_matrix.h"
#include "test_waiters.h"

#include <stdlib.h>
#include <string.h>

static void
send_value(leat_chan(int) ch, int v)
{
    leat_send(ch, v);
}

static void
recv_value(leat_chan(int) ch, leat_chan(int) out)
{
    leat_send(out, leat_recv(ch));
}

// Forms ------------------------------------------------------------------------

TEST(select, the_index_is_the_position_of_the_case)
{
    leat_chan(int) ch[4];
    for (int i = 0; i < 4; i++)
        ch[i] = leat_make_chan(int, 1);
    for (int i = 0; i < 4; i++) {
        int v[4] = {0, 0, 0, 0};
        leat_send(ch[i], 10 + i);
        CHECK_EQ(leat_select(leat_case_recv(ch[0], &v[0]),
            leat_case_recv(ch[1], &v[1]), leat_case_recv(ch[2], &v[2]),
            leat_case_recv(ch[3], &v[3]), leat_default), i);
        for (int k = 0; k < 4; k++)
            CHECK_EQ(v[k], k == i ? 10 + i : 0);
    }
}

TEST(select, default_is_chosen_only_when_nothing_is_ready)
{
    leat_chan(int) full = leat_make_chan(int, 1);
    leat_chan(int) none = leat_make_chan(int);
    leat_chan(int) nil = NULL;
    int v = 7;
    leat_send(full, 1);
    CHECK_EQ(leat_select(leat_case_send(full, 2), leat_case_recv(none, &v),
        leat_case_send(nil, 1), leat_case_recv(nil, &v), leat_default), 4);
    CHECK_EQ(leat_select(leat_default, leat_case_recv(none, &v)), 0);
    CHECK_EQ(leat_select(leat_default), 0);
    CHECK_EQ(v, 7);
    CHECK_EQ(leat_len(full), 1);
    for (int i = 0; i < 1000; i++) {
        CHECK_EQ(leat_select(leat_default, leat_case_recv(full, &v)), 1);
        CHECK_EQ(leat_select(leat_default, leat_case_send(full, 1)), 1);
    }
}

TEST(select, a_send_case_sends_and_a_recv_case_tells_closed)
{
    leat_chan(int) ch = leat_make_chan(int, 1);
    bool ok = false;
    int v = 0;
    CHECK_EQ(leat_select(leat_case_send(ch, 5)), 0);
    CHECK_EQ(leat_select(leat_case_recv_ok(ch, &v, &ok)), 0);
    CHECK(ok);
    CHECK_EQ(v, 5);
    leat_close(ch);
    CHECK_EQ(leat_select(leat_case_recv_ok(ch, &v, &ok), leat_default), 0);
    CHECK(!ok);
    CHECK_EQ(v, 0);
    CHECK_EQ(leat_select(leat_case_recv(ch, NULL)), 0);
}

static int evaluated;

static leat_chan(int)
select_which(leat_chan(int) ch)
{
    evaluated++;
    return ch;
}

static int
select_value(int v)
{
    evaluated += 100;
    return v;
}

TEST(select, operands_are_evaluated_once_chosen_or_not)
{
    leat_chan(int) a = leat_make_chan(int, 1), b = leat_make_chan(int);
    int v;
    CHECK_EQ(leat_select(leat_case_send(select_which(a), select_value(1)),
        leat_case_send(select_which(b), select_value(2)),
        leat_case_recv(select_which(b), &v)), 0);
    CHECK_EQ(evaluated, 203);
    CHECK_EQ(leat_recv(a), 1);
}

TEST(select, results_of_cases_not_chosen_are_not_touched)
{
    leat_chan(int) a = leat_make_chan(int, 1), b = leat_make_chan(int);
    int x = 11, y = 12;
    bool okx = false, oky = false;
    leat_send(a, 42);
    CHECK_EQ(leat_select(leat_case_recv_ok(b, &y, &oky),
        leat_case_recv_ok(a, &x, &okx)), 1);
    CHECK_EQ(x, 42);
    CHECK_EQ(y, 12);
    CHECK(okx);
    CHECK(!oky);
}

TEST_MATRIX(select, it_waits_for_whichever_comes_first)
{
    leat_chan(int) a = leat_make_chan(int), b = leat_make_chan(int);
    for (int i = 0; i < 200; i++) {
        int v = 0;
        leat_go(send_value, i % 2 ? a : b, i);
        CHECK_EQ(leat_select(leat_case_recv(a, &v), leat_case_recv(b, &v)),
            i % 2 ? 0 : 1);
        CHECK_EQ(v, i);
    }
    CHECK_EQ(waiters_of(a, false) + waiters_of(b, false), 0);
}

TEST_MATRIX(select, a_waiting_send_case_is_taken_by_a_receiver)
{
    leat_chan(int) a = leat_make_chan(int), b = leat_make_chan(int);
    leat_chan(int) out = leat_make_chan(int, 1);
    for (int i = 0; i < 200; i++) {
        leat_go(recv_value, i % 2 ? a : b, out);
        int r = leat_select(
            leat_case_send(a, 2 * i), leat_case_send(b, 2 * i + 1));
        CHECK_EQ(r, i % 2 ? 0 : 1);
        CHECK_EQ(leat_recv(out), 2 * i + r);
    }
}

struct large {
    unsigned char bytes[5000];
};

static void
send_large(leat_chan(struct large) ch)
{
    static struct large v;
    memset(&v, 7, sizeof v);
    leat_select(leat_case_send(ch, v));
}

TEST_MATRIX(select, large_values_pass_whole)
{
    leat_chan(struct large) ch = leat_make_chan(struct large);
    struct large v;
    leat_go(send_large, ch);
    CHECK_EQ(leat_select(leat_case_recv(ch, &v)), 0);
    for (size_t i = 0; i < sizeof v; i++)
        CHECK_EQ(v.bytes[i], 7);
}

static void
select_send_none(leat_chan(struct leat_done) ch)
{
    CHECK_EQ(leat_select(leat_case_send(ch, (struct leat_done){})), 0);
}

TEST_MATRIX(select, values_of_size_zero_pass)
{
    leat_chan(struct leat_done) ch = leat_make_chan(struct leat_done);
    struct leat_done d;
    bool ok = false;
    leat_go(select_send_none, ch);
    CHECK_EQ(leat_select(leat_case_recv_ok(ch, &d, &ok)), 0);
    CHECK(ok);
}

// The same channel in several cases ------------------------------------------

TEST_MATRIX(select, the_same_channel_twice_wakes_once)
{
    leat_chan(int) c = leat_make_chan(int);
    for (int i = 0; i < 100; i++) {
        int x = -1, y = -1;
        leat_go(send_value, c, i);
        int r = leat_select(leat_case_recv(c, &x), leat_case_recv(c, &y));
        CHECK(r == 0 || r == 1);
        CHECK_EQ(r == 0 ? x : y, i);
        CHECK_EQ(r == 0 ? y : x, -1);
    }
    CHECK_EQ(waiters_of(c, false), 0);
}

TEST_WITH(select, itself_is_no_partner, .exit_status = 2,
    .stderr_has = {"all goroutines are asleep - deadlock!",
        "goroutine 1 [select]:"})
{
    leat_chan(int) c = leat_make_chan(int);
    int v;
    leat_select(leat_case_send(c, 1), leat_case_recv(c, &v));
    FAIL("a select met itself");
}

TEST(select, itself_is_a_partner_through_a_buffer)
{
    leat_chan(int) c = leat_make_chan(int, 1);
    int v = 0, sent = 0, received = 0;
    for (int i = 0; i < 100; i++) {
        if (leat_select(leat_case_send(c, i), leat_case_recv(c, &v)) == 0)
            sent++;
        else
            received++;
    }
    CHECK_EQ(sent, 50);
    CHECK_EQ(received, 50);
}

static void
meet(leat_chan(int) c, int me, struct leat_waitgroup *wg, int *met)
{
    int v = -1;
    if (leat_select(leat_case_send(c, me), leat_case_recv(c, &v)) == 1)
        met[me] = v;
    leat_waitgroup_done(wg);
}

// Two selects on both ends of one channel: one sends, the other receives.
TEST_MATRIX(select, two_selects_meet_each_other)
{
    leat_chan(int) c = leat_make_chan(int);
    for (int i = 0; i < matrix_rounds(300); i++) {
        struct leat_waitgroup wg = LEAT_ZERO;
        int met[2] = {-1, -1};
        leat_waitgroup_add(&wg, 2);
        leat_go(meet, c, 0, &wg, &met[0]);
        leat_go(meet, c, 1, &wg, &met[0]);
        leat_waitgroup_wait(&wg);
        CHECK((met[0] == 1) != (met[1] == 0));
    }
}

// Nil channels, none, many --------------------------------------------------

TEST_WITH(select, no_cases_wait_for_ever, .exit_status = 2,
    .stderr_has = {"all goroutines are asleep - deadlock!",
        "goroutine 1 [select (no cases)]:"})
{
    leat_select();
}

TEST_WITH(select, only_nil_channels_wait_for_ever, .exit_status = 2,
    .stderr_has = {"all goroutines are asleep - deadlock!",
        "goroutine 1 [select]:"})
{
    leat_chan(int) nil = NULL;
    int v;
    leat_select(leat_case_send(nil, 1), leat_case_recv(nil, &v));
}

TEST_MATRIX(select, nil_cases_are_never_chosen)
{
    leat_chan(int) nil = NULL, c = leat_make_chan(int);
    for (int i = 0; i < 100; i++) {
        int v = -1;
        leat_go(send_value, c, i);
        CHECK_EQ(leat_select(leat_case_send(nil, 1), leat_case_recv(nil, &v),
            leat_case_recv(c, &v), leat_case_recv(nil, &v)), 2);
        CHECK_EQ(v, i);
    }
}

TEST(select, bad_cases_are_refused)
{
    leat_chan(int) c = leat_make_chan(int, 1);
    struct leat_case k[2] = {{.op = LEAT_CASE_DEFAULT},
        {.op = LEAT_CASE_DEFAULT}};
    CHECK_EQ(leat_select_cases(k, 2, 0, 0), LEAT_EINVAL);
    k[1] = (struct leat_case){.ch = (struct leat_chan *)c, .op = 0};
    CHECK_EQ(leat_select_cases(k, 2, 0, 0), LEAT_EINVAL);
    k[1].op = 4;
    CHECK_EQ(leat_select_cases(k, 2, 0, 0), LEAT_EINVAL);
    k[1].op = UINT32_MAX;
    CHECK_EQ(leat_select_cases(k, 2, 0, 0), LEAT_EINVAL);
    k[1].op = LEAT_CASE_DEFAULT;
    CHECK_EQ(leat_select_cases(k + 1, 1, 0, 0), LEAT_EINVAL);
    CHECK_EQ(leat_select_cases(k, 1, 0, 0), 0);
    CHECK_EQ(leat_select_cases(NULL, (size_t)1 << 40, 0, 0), LEAT_EINVAL);
    CHECK_EQ(leat_len(c), 0);
}

static struct leat_case *
many_cases(int n, leat_chan(int) *ch, int *values)
{
    struct leat_case *k = calloc((size_t)n, sizeof *k);
    CHECK(k != NULL);
    for (int i = 0; i < n; i++)
        k[i] = (struct leat_case){.ch = (struct leat_chan *)ch[i],
            .elem = &values[i], .op = LEAT_CASE_RECV};
    return k;
}

static leat_chan(int) many[LEAT_CASES_MAX + 1];
static int many_values[LEAT_CASES_MAX + 1];

static void
make_many(int n, int capacity)
{
    for (int i = 0; i < n; i++)
        many[i] = leat_make_chan(int, capacity);
}

TEST_MATRIX(select, it_takes_65536_cases_and_refuses_one_more)
{
    make_many(LEAT_CASES_MAX + 1, 0);
    struct leat_case *k =
        many_cases(LEAT_CASES_MAX + 1, many, many_values);
    CHECK_EQ(leat_select_cases(k, LEAT_CASES_MAX + 1, 0, 0), LEAT_EINVAL);
    static const int at[] = {LEAT_CASES_MAX - 1, 0, 40000};
    for (int i = 0; i < 3; i++) {
        leat_go(send_value, many[at[i]], i + 1);
        CHECK_EQ(leat_select_cases(k, LEAT_CASES_MAX, 0, 0), at[i]);
        CHECK_EQ(many_values[at[i]], i + 1);
    }
    for (int i = 0; i < LEAT_CASES_MAX; i += 997)
        CHECK(hchan_of(many[i])->recvq.first == NULL);
    k[7] = (struct leat_case){.op = LEAT_CASE_DEFAULT};
    CHECK_EQ(leat_select_cases(k, LEAT_CASES_MAX, 0, 0), 7);
}

// Around the number of cases that fit on the stack.
TEST_MATRIX(select, any_number_of_cases_works)
{
    make_many(40, 0);
    for (int n = 1; n <= 40; n++) {
        struct leat_case *k = many_cases(n, many, many_values);
        for (int i = 0; i < n; i += 5) {
            leat_go(send_value, many[i], 100 * n + i);
            CHECK_EQ(leat_select_cases(k, (size_t)n, 0, 0), i);
            CHECK_EQ(many_values[i], 100 * n + i);
        }
        free(k);
    }
}

// Choice -----------------------------------------------------------------------

enum {
    CHOICES = 5,
    // The 99.9999% point of chi-square with four degrees of freedom is 33.4.
    CHI_LIMIT = 34
};

static double
chi_square(const int *count, int n, int total)
{
    double sum = 0, want = (double)total / n;
    for (int i = 0; i < n; i++)
        sum += (count[i] - want) * (count[i] - want) / want;
    return sum;
}

static void
choose_often(void *arg)
{
    int *count = arg;
    leat_chan(int) c[CHOICES];
    int v;
    for (int i = 0; i < CHOICES; i++) {
        c[i] = leat_make_chan(int);
        leat_close(c[i]);
    }
    for (int i = 0; i < 10000; i++) {
        count[leat_select(leat_case_recv(c[0], &v), leat_case_recv(c[1], &v),
            leat_case_recv(c[2], &v), leat_case_recv(c[3], &v),
            leat_case_recv(c[4], &v))]++;
    }
    for (int i = 0; i < CHOICES; i++)
        leat_free(c[i]);
}

TEST_MATRIX(select, each_ready_case_is_as_likely)
{
    int count[CHOICES] = {0};
    choose_often(count);
    CHECK_MSG(chi_square(count, CHOICES, 10000) < CHI_LIMIT,
        "%d %d %d %d %d", count[0], count[1], count[2], count[3], count[4]);
}

PLAIN_TEST(select, each_ready_case_is_as_likely_in_a_seeded_run)
{
    for (uint64_t seed = 1; seed <= 5; seed++) {
        int count[CHOICES] = {0};
        CHECK_EQ(leat_test_run(seed, choose_often, count), 0);
        CHECK(chi_square(count, CHOICES, 10000) < CHI_LIMIT);
    }
}

// Cases that are not ready in between must not give their share to their
// neighbour.
TEST(select, gaps_do_not_shift_the_odds)
{
    leat_chan(int) on = leat_make_chan(int), off = leat_make_chan(int);
    int count[8] = {0}, v;
    leat_close(on);
    for (int i = 0; i < 9000; i++)
        count[leat_select(leat_case_recv(off, &v), leat_case_recv(on, &v),
            leat_case_recv(off, &v), leat_case_recv(off, &v),
            leat_case_recv(off, &v), leat_case_recv(on, &v),
            leat_case_recv(on, &v), leat_case_recv(off, &v))]++;
    int ready[3] = {count[1], count[5], count[6]};
    CHECK_EQ(ready[0] + ready[1] + ready[2], 9000);
    // 99.9999% with two degrees of freedom: 27.6.
    CHECK(chi_square(ready, 3, 9000) < 28);
}

TEST(select, priority_takes_the_first_that_is_ready)
{
    leat_chan(int) a = leat_make_chan(int, 100);
    leat_chan(int) b = leat_make_chan(int, 100);
    for (int i = 0; i < 100; i++) {
        leat_send(a, i);
        leat_send(b, i);
    }
    int v;
    for (int i = 0; i < 200; i++) {
        CHECK_EQ(leat_select_priority(
            leat_case_recv(a, &v), leat_case_recv(b, &v)), i / 100);
        CHECK_EQ(v, i % 100);
    }
    CHECK_EQ(leat_select_priority(leat_case_recv(a, &v),
        leat_case_recv(b, &v), leat_default), 2);
    CHECK_EQ(leat_select_priority(leat_default, leat_case_send(a, 1)), 1);
}

TEST_MATRIX(select, priority_waits_when_nothing_is_ready)
{
    leat_chan(int) a = leat_make_chan(int), b = leat_make_chan(int);
    int v = 0;
    leat_go(send_value, b, 3);
    CHECK_EQ(leat_select_priority(
        leat_case_recv(a, &v), leat_case_recv(b, &v)), 1);
    CHECK_EQ(v, 3);
}

static void
choose_waiting(leat_chan(int) c, leat_chan(int) d, int *count, int n,
    leat_chan(int) done)
{
    for (int i = 0; i < n; i++) {
        int r = leat_select(leat_case_send(c, 0), leat_case_recv(d, NULL),
            leat_case_send(c, 1), leat_case_send(c, 2));
        count[r]++;
    }
    leat_send(done, 1);
}

// The same channel in several cases: who waits is served by one of them, each
// as likely, and it is that case's value that arrives.
TEST_MATRIX(select, each_case_that_waits_for_the_same_is_as_likely)
{
    int n = matrix_rounds(6000), count[4] = {0}, got[3] = {0};
    leat_chan(int) c = leat_make_chan(int), d = leat_make_chan(int);
    leat_chan(int) done = leat_make_chan(int, 1);
    leat_go(choose_waiting, c, d, count, n, done);
    for (int i = 0; i < n; i++) {
        until_senders(c, 3);
        got[leat_recv(c)]++;
    }
    leat_recv(done);
    int shares[3] = {count[0], count[2], count[3]};
    for (int i = 0; i < 3; i++)
        CHECK_EQ(got[i], shares[i]);
    // 99.9999% with two degrees of freedom: 27.6.
    CHECK_MSG(chi_square(shares, 3, n) < 28, "%d %d %d of %d", shares[0],
        shares[1], shares[2], n);
}

static void
wait_by_priority(leat_chan(int) c, leat_chan(int) out)
{
    int v[3];
    leat_send(out, leat_select_priority(leat_case_recv(c, &v[0]),
        leat_case_recv(c, &v[1]), leat_case_recv(c, &v[2])));
}

TEST_MATRIX(select, priority_holds_among_cases_that_wait_for_the_same)
{
    leat_chan(int) c = leat_make_chan(int), out = leat_make_chan(int);
    for (int i = 0; i < 50; i++) {
        leat_go(wait_by_priority, c, out);
        until_receivers(c, 3);
        leat_send(c, 1);
        CHECK_EQ(leat_recv(out), 0);
    }
}

// Deadlines --------------------------------------------------------------------

TEST(select, a_passed_deadline_still_takes_what_is_ready)
{
    leat_chan(int) c = leat_make_chan(int, 1);
    int v = 0;
    CHECK_EQ(leat_select_until(0, leat_case_recv(c, &v)), LEAT_ETIMEDOUT);
    CHECK_EQ(leat_select_until(-1, leat_case_recv(c, &v)), LEAT_ETIMEDOUT);
    CHECK_EQ(leat_select_until(INT64_MIN, leat_case_recv(c, &v)),
        LEAT_ETIMEDOUT);
    leat_send(c, 4);
    CHECK_EQ(leat_select_until(0, leat_case_recv(c, &v)), 0);
    CHECK_EQ(v, 4);
    CHECK_EQ(leat_select_until(0, leat_case_recv(c, &v), leat_default), 1);
    CHECK_EQ(leat_select_until(0), LEAT_ETIMEDOUT);
    CHECK_EQ(waiters_of(c, false), 0);
}

static void
deadline_exactly(void *arg)
{
    leat_chan(int) c = leat_make_chan(int), d = leat_make_chan(int);
    int v;
    (void)arg;
    for (int i = 1; i < 50; i++) {
        int64_t deadline = leat_now() + i * LEAT_SECOND;
        CHECK_EQ(leat_select_until(deadline, leat_case_recv(c, &v),
            leat_case_send(d, 1)), LEAT_ETIMEDOUT);
        CHECK_EQ(leat_now(), deadline);
        CHECK_EQ(leat_select_until(leat_now() + 5), LEAT_ETIMEDOUT);
        CHECK_EQ(waiters_of(c, false) + waiters_of(d, true), 0);
    }
}

PLAIN_TEST(select, the_virtual_clock_stops_at_the_deadline)
{
    CHECK_EQ(leat_test_run(1, deadline_exactly, NULL), 0);
}

TEST_MATRIX(select, a_deadline_ends_the_wait_and_leaves_nothing_queued)
{
    leat_chan(int) c = leat_make_chan(int), d = leat_make_chan(int);
    int v;
    for (int i = 0; i < 20; i++) {
        int64_t deadline = leat_deadline(LEAT_MILLISECOND / 2);
        CHECK_EQ(leat_select_until(deadline, leat_case_recv(c, &v),
            leat_case_send(d, 1)), LEAT_ETIMEDOUT);
        CHECK(leat_now() >= deadline);
        CHECK_EQ(waiters_of(c, false) + waiters_of(d, true), 0);
        leat_go(send_value, c, i);
        CHECK_EQ(leat_select_until(leat_deadline(LEAT_HOUR),
            leat_case_recv(c, &v), leat_case_send(d, 1)), 0);
        CHECK_EQ(v, i);
    }
}

static void
cancel_when_waiting(struct leat_context *ctx, leat_chan(int) c)
{
    until_receivers(c, 1);
    leat_context_cancel(ctx, 0);
}

TEST_MATRIX(select, the_end_of_the_context_ends_the_wait)
{
    leat_chan(int) c = leat_make_chan(int, 1);
    struct leat_context *ctx = leat_with_cancel(NULL);
    int v = 0;
    leat_go(cancel_when_waiting, ctx, c);
    leat_set_context(ctx);
    CHECK_EQ(leat_select_until(LEAT_FOREVER, leat_case_recv(c, &v)),
        LEAT_ECANCELED);
    CHECK_EQ(leat_select_until(LEAT_FOREVER, leat_case_recv(c, &v)),
        LEAT_ECANCELED);
    CHECK_EQ(leat_select_until(LEAT_FOREVER), LEAT_ECANCELED);
    leat_send(c, 1);
    CHECK_EQ(leat_select_until(LEAT_FOREVER, leat_case_recv(c, &v)), 0);
    CHECK_EQ(waiters_of(c, false), 0);
    leat_set_context(NULL);
    leat_context_release(ctx);
}

static void
select_send_after(leat_chan(int) c, leat_chan(int) sent)
{
    leat_sleep(9 + (int64_t)(leat_test_random() % 3));
    leat_send(sent, leat_send_until(c, leat_now() + 1, 7) == 0);
}

static void
race_deadline(void *arg)
{
    leat_chan(int) c = leat_make_chan(int), d = leat_make_chan(int);
    leat_chan(int) sent = leat_make_chan(int);
    int v = 0, *both = arg;
    leat_go(select_send_after, c, sent);
    int r = leat_select_until(
        leat_now() + 10, leat_case_recv(c, &v), leat_case_recv(d, &v));
    bool passed = leat_recv(sent);
    // Either both sides say it happened, or neither does.
    CHECK_EQ(r == 0, passed);
    CHECK(r == 0 || r == LEAT_ETIMEDOUT);
    CHECK_EQ(v, passed ? 7 : 0);
    CHECK_EQ(waiters_of(c, false) + waiters_of(c, true), 0);
    both[passed]++;
}

PLAIN_TEST(select, a_value_at_the_deadline_is_passed_or_kept)
{
    int both[2] = {0, 0};
    for (uint64_t seed = 0; seed < 300; seed++)
        CHECK_EQ(leat_test_run(seed, race_deadline, both), 0);
    CHECK_MSG(both[0] > 0 && both[1] > 0,
        "%d timeouts, %d values: the race was not run", both[0], both[1]);
}

// From one P to many -----------------------------------------------------------

static void
wait_on_two(leat_chan(int) a, leat_chan(int) b, _Atomic int *done)
{
    int v;
    leat_select(leat_case_recv(a, &v), leat_case_recv(b, &v));
    atomic_store(done, 1);
}

// On one P no locks are taken. A select that began there must take them when
// it goes on with more: with one of them held it has to wait for it.
TEST_WITH(select, those_who_waited_on_one_P_lock_when_there_are_more,
    .env = {"LEATPROCS=1"})
{
    leat_chan(int) a = leat_make_chan(int), b = leat_make_chan(int);
    struct leat__lock *lock = &hchan_of(b)->lock;
    _Atomic int done = 0;
    leat_go(wait_on_two, a, b, &done);
    until_receivers(a, 1);
    leat_gomaxprocs(2);
    leat__spin_lock(lock);
    leat_send(a, 1);
    while (atomic_load(leat__lock_count(lock)) == 0)
        CHECK_MSG(atomic_load(&done) == 0, "left a queue without its lock");
    leat__spin_unlock(lock);
    while (atomic_load(&done) == 0)
        leat_yield();
    CHECK(hchan_of(b)->recvq.first == NULL);
}
