// SPDX-License-Identifier: MIT
// test_chan_go.c: the scenarios Go tests its channels and select with, in our
// own words: what is named here is the program of test/chan or the test of
// runtime/chan_test.go that covers the same ground.
#include "test_chan_matrix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
gt_send(leat_chan(int) ch, int v)
{
    leat_send(ch, v);
}

// TestChan ------------------------------------------------------------------------

static void
gt_recv_flag(leat_chan(int) ch, _Atomic int *count)
{
    leat_recv(ch);
    (*count)++;
}

static void
empty_blocks(int cap)
{
    leat_chan(int) ch = leat_make_chan(int, cap);
    _Atomic int count = 0;
    leat_go(gt_recv_flag, ch, &count);
    leat_go(gt_recv_flag, ch, &count);
    until_receivers(ch, 2);
    CHECK_EQ(count, 0);
    leat_send(ch, 0);
    leat_send(ch, 0);
    until_goroutines(1);
    CHECK_EQ(count, 2);
    leat_free(ch);
}

static void
gt_send_flag(leat_chan(int) ch, _Atomic int *count)
{
    leat_send(ch, 77);
    (*count)++;
}

static void
full_blocks(int cap)
{
    leat_chan(int) ch = leat_make_chan(int, cap);
    _Atomic int count = 0;
    for (int i = 0; i < cap; i++)
        leat_send(ch, i);
    leat_go(gt_send_flag, ch, &count);
    until_senders(ch, 1);
    CHECK_EQ(count, 0);
    CHECK_EQ(leat_select(leat_case_send(ch, 0), leat_default), 1);
    for (int i = 0; i < cap; i++)
        CHECK_EQ(leat_recv(ch), i);
    CHECK_EQ(leat_recv(ch), 77);
    until_goroutines(1);
    CHECK_EQ(count, 1);
    leat_free(ch);
}

static void
gt_tell_closed(leat_chan(int) ch, leat_chan(bool) done)
{
    int v = 1;
    bool ok = leat_recv_ok(ch, &v);
    leat_send(done, !ok && v == 0);
}

static void
close_unblocks(int cap)
{
    leat_chan(int) ch = leat_make_chan(int, cap);
    leat_chan(bool) done = leat_make_chan(bool);
    leat_go(gt_tell_closed, ch, done);
    until_receivers(ch, 1);
    leat_close(ch);
    CHECK(leat_recv(done));
    leat_free(ch);
    leat_free(done);
}

static void
gt_count(leat_chan(int) ch, int n)
{
    for (int i = 0; i < n; i++)
        leat_send(ch, i);
}

static void
gt_tally(leat_chan(int) ch, int n, _Atomic int *seen, leat_chan(int) done)
{
    for (int i = 0; i < n; i++)
        seen[leat_recv(ch)]++;
    leat_send(done, 1);
}

static void
many_to_many(int cap)
{
    enum { P = 4, L = 100 };
    leat_chan(int) ch = leat_make_chan(int, cap), done = leat_make_chan(int);
    _Atomic int seen[L];
    memset((void *)seen, 0, sizeof seen);
    for (int i = 0; i < P; i++) {
        leat_go(gt_count, ch, L);
        leat_go(gt_tally, ch, L, seen, done);
    }
    for (int i = 0; i < P; i++)
        leat_recv(done);
    for (int i = 0; i < L; i++)
        CHECK_EQ(seen[i], P);
    until_goroutines(1);
    leat_free(ch);
    leat_free(done);
}

static void
one_to_one(int cap)
{
    leat_chan(int) ch = leat_make_chan(int, cap);
    leat_go(gt_count, ch, 100);
    for (int i = 0; i < 100; i++)
        CHECK_EQ(leat_recv(ch), i);
    until_goroutines(1);
    leat_free(ch);
}

// TestChan, at every capacity.
TEST_MATRIX(chan_go, every_capacity_from_0_to_200_behaves)
{
    int step = matrix_rounds(10) < 10 ? 23 : 1;
    for (int cap = 0; cap <= 200; cap += step) {
        empty_blocks(cap);
        full_blocks(cap);
        close_unblocks(cap);
        one_to_one(cap);
        many_to_many(cap);
    }
}

// Races -----------------------------------------------------------------------------

static void
gt_must_be_ready(leat_chan(int) ch, leat_chan(int) done)
{
    leat_send(done, leat_try_recv(ch, NULL));
}

// TestNonblockRecvRace: a channel with a value that is being closed is ready
// at every moment.
TEST_MATRIX(chan_go, a_value_stays_ready_while_the_channel_is_closed)
{
    leat_chan(int) done = leat_make_chan(int, 1);
    for (int i = 0; i < matrix_rounds(5000); i++) {
        leat_chan(int) ch = leat_make_chan(int, 1);
        leat_send(ch, 1);
        leat_go(gt_must_be_ready, ch, done);
        leat_close(ch);
        leat_recv(ch);
        int err = leat_recv(done);
        CHECK(err == 0 || err == LEAT_ECLOSED);
        leat_free(ch);
    }
}

static void
gt_must_select(leat_chan(int) a, leat_chan(int) b, leat_chan(int) done)
{
    leat_send(done, leat_select(leat_case_recv(a, NULL),
        leat_case_recv(b, NULL), leat_default));
}

// TestNonblockSelectRace: one of the two channels is ready at every moment,
// so the default must not be taken, although they are never read at once.
TEST_MATRIX(chan_go, default_is_not_taken_while_readiness_moves)
{
    leat_chan(int) done = leat_make_chan(int, 1);
    for (int i = 0; i < matrix_rounds(10000); i++) {
        leat_chan(int) a = leat_make_chan(int, 1), b = leat_make_chan(int, 1);
        leat_send(a, 1);
        leat_go(gt_must_select, a, b, done);
        leat_send(b, 1);
        leat_try_recv(a, NULL);
        CHECK(leat_recv(done) != 2);
        leat_free(a);
        leat_free(b);
    }
}

// TestNonblockSelectRace2: the same with a close.
TEST_MATRIX(chan_go, default_is_not_taken_while_a_close_takes_over)
{
    leat_chan(int) done = leat_make_chan(int, 1);
    for (int i = 0; i < matrix_rounds(10000); i++) {
        leat_chan(int) a = leat_make_chan(int, 1), b = leat_make_chan(int);
        leat_send(a, 1);
        leat_go(gt_must_select, a, b, done);
        leat_close(b);
        leat_try_recv(a, NULL);
        CHECK(leat_recv(done) != 2);
        leat_free(a);
        leat_free(b);
    }
}

static void
gt_self(leat_chan(int) ch, int me, int n, bool buffered, leat_chan(int) done)
{
    for (int i = 0; i < n; i++) {
        int v = -1, r;
        if (me == 0 || i % 2)
            r = leat_select(leat_case_send(ch, me), leat_case_recv(ch, &v));
        else
            r = !leat_select(leat_case_recv(ch, &v), leat_case_send(ch, me));
        CHECK(buffered || r == 0 || v != me);
    }
    leat_send(done, 1);
}

// TestSelfSelect: both ends of one channel in a select.
TEST_MATRIX(chan_go, a_select_on_both_ends_does_not_meet_itself)
{
    for (int cap = 0; cap <= 10; cap += 10) {
        leat_chan(int) ch = leat_make_chan(int, cap);
        leat_chan(int) done = leat_make_chan(int);
        int n = matrix_rounds(1000);
        leat_go(gt_self, ch, 0, n, cap > 0, done);
        leat_go(gt_self, ch, 1, n, cap > 0, done);
        // An odd one out would wait for ever: help until both are done.
        for (int left = 2; left > 0;) {
            int v;
            if (leat_select(leat_case_recv(done, &v),
                    leat_case_recv(ch, &v)) == 0)
                left--;
        }
    }
}

// TestSelectStress ------------------------------------------------------------------

struct gt_stress {
    leat_chan(int) c[4];
    int n;
    struct leat_waitgroup wg;
};

static void
gt_stress_send(struct gt_stress *s, int k)
{
    for (int i = 0; i < s->n; i++)
        leat_send(s->c[k], i);
    leat_waitgroup_done(&s->wg);
}

static void
gt_stress_recv(struct gt_stress *s, int k)
{
    for (int i = 0; i < s->n; i++)
        leat_recv(s->c[k]);
    leat_waitgroup_done(&s->wg);
}

static void
gt_stress_select(struct gt_stress *s, uint32_t op)
{
    struct leat_case k[4];
    int count[4] = {0}, v = 0;
    for (int i = 0; i < 4; i++) {
        int at = op == LEAT_CASE_SEND ? 3 - i : i;
        k[i] = (struct leat_case){.ch = (struct leat_chan *)s->c[at],
            .elem = &v, .op = op};
    }
    for (int i = 0; i < 4 * s->n; i++) {
        int r = leat_select_cases(k, 4, 0, 0);
        if (++count[r] == s->n)
            k[r].ch = NULL;
    }
    leat_waitgroup_done(&s->wg);
}

TEST_MATRIX(chan_go, selects_and_plain_operations_mix_without_loss)
{
    struct gt_stress s = {.n = matrix_rounds(3000)};
    for (int i = 0; i < 4; i++)
        s.c[i] = leat_make_chan(int, i < 2 ? 0 : i);
    leat_waitgroup_add(&s.wg, 10);
    for (int i = 0; i < 4; i++) {
        leat_go(gt_stress_send, &s, i);
        leat_go(gt_stress_recv, &s, i);
    }
    leat_go(gt_stress_select, &s, (uint32_t)LEAT_CASE_SEND);
    leat_go(gt_stress_select, &s, (uint32_t)LEAT_CASE_RECV);
    leat_waitgroup_wait(&s.wg);
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(leat_len(s.c[i]), 0);
        leat__chan_check(hchan_of(s.c[i]));
    }
}

// Fairness ------------------------------------------------------------------------

static void
gt_fair(leat_chan(char) a, leat_chan(char) b, leat_chan(char) out,
    leat_chan(char) done)
{
    leat_chan(char) c = leat_make_chan(char), d = leat_make_chan(char);
    char v;
    do
        leat_select(leat_case_recv(c, &v), leat_case_recv(d, &v),
            leat_case_recv(a, &v), leat_case_recv(b, &v));
    while (leat_select(
               leat_case_send(out, v), leat_case_recv(done, NULL)) == 0);
}

// TestSelectFairness: within ten sigma.
TEST_MATRIX(chan_go, two_ready_channels_get_equal_shares)
{
    enum { TRIALS = 4000 };
    leat_chan(char) a = leat_make_chan(char, TRIALS + 1);
    leat_chan(char) b = leat_make_chan(char, TRIALS + 1);
    leat_chan(char) out = leat_make_chan(char), done = leat_make_chan(char);
    for (int i = 0; i < TRIALS + 1; i++) {
        leat_send(a, 1);
        leat_send(b, 2);
    }
    leat_go(gt_fair, a, b, out, done);
    int count[3] = {0};
    for (int i = 0; i < TRIALS; i++)
        count[(int)leat_recv(out)]++;
    leat_close(done);
    CHECK_EQ(count[1] + count[2], TRIALS);
    CHECK(abs(count[1] - TRIALS / 2) < 10 * 32); // sigma is 31.6
}

static void
gt_take(leat_chan(int) ch, int *list, int n, leat_chan(int) done)
{
    for (int i = 0; i < n; i++) {
        leat_yield();
        list[i] = leat_recv(ch);
    }
    leat_send(done, 1);
}

// TestPseudoRandomSend: two cases that send to the same channel.
TEST_MATRIX(chan_go, which_of_two_values_is_sent_is_random)
{
    enum { N = 200 };
    for (int cap = 0; cap <= N; cap += N) {
        leat_chan(int) ch = leat_make_chan(int, cap);
        leat_chan(int) done = leat_make_chan(int);
        int list[N], ones = 0;
        leat_go(gt_take, ch, list, (int)N, done);
        for (int i = 0; i < N; i++)
            leat_select(leat_case_send(ch, 1), leat_case_send(ch, 0));
        leat_recv(done);
        for (int i = 0; i < N; i++)
            ones += list[i];
        CHECK_MSG(ones > N / 10 && ones < N - N / 10, "%d of %d", ones,
            (int)N);
    }
}

// TestMultiConsumer -----------------------------------------------------------------

static const int gt_primes[] = {2, 3, 7, 11, 13, 17, 19, 23, 27, 31};

static void
gt_worker(leat_chan(int) q, leat_chan(int) r, int w, struct leat_waitgroup *wg)
{
    leat_range(int, v, q) {
        if (gt_primes[w % 10] == v)
            leat_yield();
        leat_send(r, v);
    }
    leat_waitgroup_done(wg);
}

static void
gt_feed(leat_chan(int) q, leat_chan(int) r, int n, struct leat_waitgroup *wg)
{
    for (int i = 0; i < n; i++)
        leat_send(q, gt_primes[i % 10]);
    leat_close(q);
    leat_waitgroup_wait(wg);
    leat_close(r);
}

TEST_MATRIX(chan_go, many_workers_share_one_queue)
{
    enum { WORKERS = 23 };
    int n = matrix_rounds(20000), got = 0, want = 0;
    long sum = 0;
    leat_chan(int) q = leat_make_chan(int, 3 * WORKERS);
    leat_chan(int) r = leat_make_chan(int, 3 * WORKERS);
    struct leat_waitgroup wg = LEAT_ZERO;
    leat_waitgroup_add(&wg, WORKERS);
    for (int i = 0; i < WORKERS; i++)
        leat_go(gt_worker, q, r, i, &wg);
    leat_go(gt_feed, q, r, n, &wg);
    for (int i = 0; i < n; i++)
        want += gt_primes[i % 10];
    leat_range(int, v, r) {
        got++;
        sum += v;
    }
    CHECK_EQ(got, n);
    CHECK_EQ(sum, want);
}

// TestSelectDuplicateChannel -----------------------------------------------------

static void
gt_twice(leat_chan(int) c, leat_chan(int) d, leat_chan(int) e)
{
    leat_select(leat_case_recv(c, NULL), leat_case_recv(c, NULL),
        leat_case_recv(d, NULL));
    leat_send(e, 9);
}

static void
gt_recv_to(leat_chan(int) c, leat_chan(int) e)
{
    leat_send(e, leat_recv(c));
}

TEST_MATRIX(chan_go, a_select_queued_twice_leaves_others_in_the_queue)
{
    leat_chan(int) c = leat_make_chan(int), d = leat_make_chan(int);
    leat_chan(int) e = leat_make_chan(int);
    leat_go(gt_twice, c, d, e);
    until_receivers(c, 2);
    leat_go(gt_recv_to, c, e);
    until_receivers(c, 3);
    leat_send(d, 7);
    CHECK_EQ(leat_recv(e), 9);
    until_receivers(c, 1);
    leat_send(c, 8);
    CHECK_EQ(leat_recv(e), 8);
}

// TestChanSendSelectBarrier and TestChanSendBarrier ----------------------------------

static void
gt_barrier(int form, leat_chan(int) in, leat_chan(int *) out, int n,
    struct leat_waitgroup *wg)
{
    for (int i = 0; i < n; i++) {
        int *v = malloc(sizeof *v);
        *v = i;
        // What was written before the send is seen behind the receive.
        if (form == 0)
            leat_send(out, v);
        else
            leat_select(leat_case_send(out, v), leat_case_recv(in, NULL));
    }
    leat_waitgroup_done(wg);
}

TEST_MATRIX(chan_go, what_a_pointer_points_to_arrives_with_it)
{
    enum { N = 10 };
    int each = matrix_rounds(1000);
    for (int form = 0; form < 2; form++) {
        leat_chan(int *) out = leat_make_chan(int *, form);
        leat_chan(int) in = leat_make_chan(int);
        struct leat_waitgroup wg = LEAT_ZERO;
        long sum = 0;
        leat_waitgroup_add(&wg, N);
        for (int i = 0; i < N; i++)
            leat_go(gt_barrier, form, in, out, each, &wg);
        for (int i = 0; i < N * each; i++) {
            int *v = leat_recv(out);
            sum += *v;
            free(v);
        }
        CHECK_EQ(sum, (long)N * each * (each - 1) / 2);
        leat_waitgroup_wait(&wg);
    }
}

// test/chan/fifo -------------------------------------------------------------------

static void
gt_link(leat_chan(int) ch, int v, leat_chan(int) in, leat_chan(int) out)
{
    leat_recv(in);
    CHECK_EQ(leat_recv(ch), v);
    leat_send(out, 1);
}

TEST_MATRIX(chan_go, fifo_through_a_chain_of_goroutines)
{
    leat_chan(int) ch = leat_make_chan(int), in = leat_make_chan(int);
    leat_chan(int) start = in;
    for (int i = 0; i < 100; i++) {
        leat_chan(int) out = leat_make_chan(int);
        leat_go(gt_link, ch, i, in, out);
        in = out;
    }
    leat_send(start, 0);
    for (int i = 0; i < 100; i++)
        leat_send(ch, i);
    CHECK_EQ(leat_recv(in), 1);
}

// test/chan/goroutines -------------------------------------------------------------

static void
gt_pass(leat_chan(int) left, leat_chan(int) right)
{
    leat_send(left, leat_recv(right) + 1);
}

TEST_MATRIX(chan_go, goroutines_a_long_chain_of_them_counts_itself)
{
    int n = matrix_rounds(10000);
    leat_chan(int) leftmost = leat_make_chan(int), right = leftmost;
    for (int i = 0; i < n; i++) {
        leat_chan(int) left = right;
        right = leat_make_chan(int);
        leat_go(gt_pass, left, right);
    }
    leat_go(gt_send, right, 0);
    CHECK_EQ(leat_recv(leftmost), n);
}

// test/chan/doubleselect ---------------------------------------------------------

static void
gt_spread(leat_chan(int) *c, int n)
{
    for (int i = 0; i < n; i++)
        leat_select(leat_case_send(c[0], i), leat_case_send(c[1], i),
            leat_case_send(c[2], i), leat_case_send(c[3], i));
    for (int i = 0; i < 4; i++)
        leat_close(c[i]);
}

static void
gt_mux(leat_chan(int) out, leat_chan(int) in, struct leat_waitgroup *wg)
{
    leat_range(int, v, in)
        leat_send(out, v);
    leat_waitgroup_done(wg);
}

static void
gt_close_after(leat_chan(int) out, struct leat_waitgroup *wg)
{
    leat_waitgroup_wait(wg);
    leat_close(out);
}

TEST_MATRIX(chan_go, doubleselect_wakes_a_select_once)
{
    int n = matrix_rounds(10000), got = 0;
    leat_chan(int) c[4], out = leat_make_chan(int);
    struct leat_waitgroup wg = LEAT_ZERO;
    bool *seen = calloc((size_t)n, 1);
    leat_waitgroup_add(&wg, 4);
    for (int i = 0; i < 4; i++) {
        c[i] = leat_make_chan(int);
        leat_go(gt_mux, out, c[i], &wg);
    }
    leat_go(gt_spread, c, n);
    leat_go(gt_close_after, out, &wg);
    leat_range(int, v, out) {
        CHECK(!seen[v]);
        seen[v] = true;
        got++;
    }
    CHECK_EQ(got, n);
    free(seen);
}

// test/chan/nonblock -----------------------------------------------------------------

static void
gt_want(leat_chan(int) c, int v, leat_chan(bool) strobe)
{
    leat_send(strobe, leat_recv(c) == v);
}

static void
gt_give(leat_chan(int) c, int v, leat_chan(bool) strobe)
{
    leat_send(c, v);
    leat_send(strobe, true);
}

TEST_MATRIX(chan_go, nonblock_operations_succeed_in_the_end)
{
    leat_chan(bool) strobe = leat_make_chan(bool);
    for (int cap = 0; cap < 2; cap++) {
        leat_chan(int) c = leat_make_chan(int, cap);
        int v = 0;
        CHECK_EQ(leat_select(leat_case_recv(c, &v), leat_default), 1);
        leat_go(gt_want, c, 123, strobe);
        while (leat_select(leat_case_send(c, 123), leat_default) != 0)
            leat_yield();
        CHECK(leat_recv(strobe));
        leat_go(gt_give, c, 234, strobe);
        while (leat_select(leat_case_recv(c, &v), leat_default) != 0)
            leat_yield();
        CHECK_EQ(v, 234);
        CHECK(leat_recv(strobe));
    }
}

// test/chan/select, select2, select4, select6, select7, select8 ---------------------

static uint32_t gt_counter, gt_shift;

static uint32_t
gt_next(void)
{
    uint32_t v = gt_counter;
    gt_counter++;
    return v;
}

static leat_chan(uint32_t)
gt_on_off(leat_chan(uint32_t) c)
{
    return (gt_shift++ & 1) ? c : NULL;
}

static void
gt_produce(leat_chan(uint32_t) a, leat_chan(uint32_t) b, int n)
{
    for (int i = 0; i < n; i++) {
        uint32_t v = gt_next();
        leat_chan(uint32_t) x = a, y = b;
        for (int sent = 0; sent < 2; sent++) {
            int r = leat_select(leat_case_send(x, v), leat_case_send(y, v),
                leat_case_send(gt_on_off(NULL), v));
            if (r == 0)
                x = NULL;
            else
                y = NULL;
        }
    }
    leat_close(a);
    leat_close(b);
}

// select: each value goes out on both channels, whichever is free first.
TEST_MATRIX(chan_go, select_sends_each_value_to_both)
{
    enum { N = 1000 };
    leat_chan(uint32_t) a = leat_make_chan(uint32_t, 1);
    leat_chan(uint32_t) b = leat_make_chan(uint32_t);
    uint64_t sum[2] = {0, 0};
    leat_go(gt_produce, a, b, (int)N);
    for (leat_chan(uint32_t) x = a, y = b; x != NULL || y != NULL;) {
        uint32_t v = 0;
        bool ok = false;
        int r = leat_select(
            leat_case_recv_ok(x, &v, &ok), leat_case_recv_ok(y, &v, &ok));
        sum[r] += v;
        if (!ok && r == 0)
            x = NULL;
        else if (!ok)
            y = NULL;
    }
    CHECK_EQ(sum[0], (uint64_t)N * (N - 1) / 2);
    CHECK_EQ(sum[1], sum[0]);
}

static void
gt_select_sender(leat_chan(int) c, int n)
{
    for (int i = 0; i < n; i++)
        leat_select(leat_case_send(c, 1));
}

static void
gt_select_receiver(leat_chan(int) c, leat_chan(int) dummy, int n)
{
    for (int i = 0; i < n; i++)
        CHECK_EQ(leat_select(leat_case_recv(c, NULL),
            leat_case_recv(dummy, NULL)), 0);
}

static int64_t
gt_resident(void)
{
    long pages = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    CHECK(f != NULL && fscanf(f, "%ld %ld", &pages, &resident) == 2);
    fclose(f);
    return resident * 4096L;
}

// select2: selects that wait leave nothing behind: no memory, nobody queued.
TEST_MATRIX(chan_go, select2_waiting_leaves_nothing_behind)
{
    leat_chan(int) c = leat_make_chan(int), dummy = leat_make_chan(int);
    int n = matrix_rounds(10000);
    int64_t before = 0;
    for (int i = 0; i < 6; i++) {
        leat_go(gt_select_sender, c, n);
        gt_select_receiver(c, dummy, n);
        until_goroutines(1);
        if (i == 0)
            before = gt_resident();
    }
    // A sudog of 72 bytes lost per wait would be 3.6 MB.
    CHECK(test_under() != 0 || gt_resident() - before < 1 << 20);
    CHECK_EQ(matrix_waiters(dummy, false) + matrix_waiters(c, true), 0);
}

static void
gt_recv_once(leat_chan(bool) c)
{
    leat_recv(c);
}

static void
gt_bystander(leat_chan(bool) c1, leat_chan(bool) c2, leat_chan(bool) c3)
{
    CHECK_EQ(leat_select(
        leat_case_recv(c1, NULL), leat_case_recv(c2, NULL)), 1);
    leat_send(c3, true);
    leat_recv(c1);
}

static void
gt_send_bool(leat_chan(bool) c)
{
    leat_send(c, true);
}

// select6: a select that was served elsewhere leaves its place in a queue
// that others stand in before and behind it.
TEST_MATRIX(chan_go, select6_leaves_from_the_middle_of_a_queue)
{
    leat_chan(bool) c1 = leat_make_chan(bool), c2 = leat_make_chan(bool);
    leat_chan(bool) c3 = leat_make_chan(bool);
    leat_go(gt_recv_once, c1);
    until_receivers(c1, 1);
    leat_go(gt_bystander, c1, c2, c3);
    until_receivers(c1, 2);
    leat_go(gt_send_bool, c2);
    leat_recv(c3);
    leat_send(c1, true);
    leat_send(c1, true);
    until_goroutines(1);
    CHECK_EQ(matrix_waiters(c1, false), 0);
}

static void
gt_recv_form(leat_chan(int) c, int form)
{
    leat_chan(int) other = leat_make_chan(int);
    if (form == 0)
        leat_recv(c);
    else if (form == 1)
        leat_select(leat_case_recv(c, NULL));
    else
        leat_select(leat_case_recv(c, NULL), leat_case_recv(other, NULL));
}

// select7: plain, one case, two cases; both sides, all combinations.
TEST_MATRIX(chan_go, select7_every_form_of_send_meets_every_form_of_receive)
{
    leat_chan(int) other = leat_make_chan(int);
    for (int form = 0; form < 9; form++) {
        leat_chan(int) c = leat_make_chan(int);
        leat_go(gt_recv_form, c, form % 3);
        until_receivers(c, 1);
        if (form / 3 == 0)
            leat_send(c, 1);
        else if (form / 3 == 1)
            leat_select(leat_case_send(c, 1));
        else
            CHECK_EQ(leat_select(
                leat_case_send(c, 1), leat_case_send(other, 1)), 0);
        until_goroutines(1);
    }
}

// select8: break leaves the switch over a select, not more.
TEST(chan_go, select8_break_leaves_the_switch)
{
    leat_chan(int) c = leat_make_chan(int, 1);
    int n = 0;
    for (int i = 0; i < 2; i++) {
        leat_send(c, 5);
        switch (leat_select(leat_case_recv(c, NULL), leat_default)) {
        case 0:
            n++;
            break;
        default:
            FAIL("the default was taken");
        }
        n += 10;
    }
    CHECK_EQ(n, 22);
}

// test/chan/sendstmt, zerosize ------------------------------------------------------

TEST(chan_go, sendstmt_a_channel_from_a_channel_is_sent_to)
{
    leat_chan(leat_chan(int)) cc = leat_make_chan(leat_chan(int), 1);
    leat_chan(int) c = leat_make_chan(int, 1);
    leat_send(cc, c);
    CHECK_EQ(leat_select(
        leat_case_send(leat_recv(cc), 2), leat_default), 0);
    CHECK_EQ(leat_recv(c), 2);
    leat_chan(bool) b = leat_make_chan(bool, 1);
    leat_send(b, false || true);
    CHECK(leat_recv(b));
}

struct gt_nothing {
};

TEST(chan_go, zerosize_channels_of_nothing_can_be_made)
{
    leat_chan(struct gt_nothing) a = leat_make_chan(struct gt_nothing);
    leat_chan(struct gt_nothing) b = leat_make_chan(struct gt_nothing, 1);
    leat_send(b, (struct gt_nothing){});
    struct gt_nothing v = leat_recv(b);
    (void)v;
    CHECK_EQ(hchan_of(a)->elemsize + hchan_of(b)->elemsize, 0);
    CHECK_EQ(leat_len(b), 0);
}

// test/chan/sieve1 and sieve2 --------------------------------------------------------

static void
gt_generate(leat_chan(int) out, leat_chan(int) stop)
{
    for (int i = 2; leat_select(leat_case_send(out, i),
             leat_case_recv(stop, NULL)) == 0; i++)
        ;
    leat_close(out);
}

static void
gt_filter(leat_chan(int) in, leat_chan(int) out, leat_chan(int) stop,
    int prime)
{
    leat_range(int, v, in)
        if (v % prime != 0 && leat_select(leat_case_send(out, v),
                leat_case_recv(stop, NULL)) != 0)
            break;
    leat_close(out);
}

TEST_MATRIX(chan_go, sieve1_finds_the_first_primes)
{
    static const int want[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37,
        41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97};
    leat_chan(int) c = leat_make_chan(int), stop = leat_make_chan(int);
    leat_go(gt_generate, c, stop);
    for (int i = 0; i < 25; i++) {
        int prime = leat_recv(c);
        CHECK_EQ(prime, want[i]);
        leat_chan(int) next = leat_make_chan(int);
        leat_go(gt_filter, c, next, stop, prime);
        c = next;
    }
    leat_close(stop);
    until_goroutines(1);
}

static void
gt_multiples(int prime, leat_chan(int) out, leat_chan(int) stop)
{
    for (int i = prime * prime; leat_select(leat_case_send(out, i),
             leat_case_recv(stop, NULL)) == 0; i += prime)
        ;
}

// sieve2: every prime has a stream of its multiples; the merge of them all,
// by the next value of each, says which numbers are none.
TEST_MATRIX(chan_go, sieve2_merges_streams_of_multiples)
{
    enum { LIMIT = 100, STREAMS = 5 };
    leat_chan(int) stream[STREAMS], stop = leat_make_chan(int);
    int head[STREAMS], n = 0, primes = 0;
    for (int i = 2; i < LIMIT; i++) {
        bool composite = false;
        for (int k = 0; k < n; k++) {
            composite |= head[k] == i;
            if (head[k] == i)
                head[k] = leat_recv(stream[k]);
        }
        if (composite)
            continue;
        primes++;
        if (i * i >= LIMIT)
            continue;
        CHECK(n < STREAMS);
        stream[n] = leat_make_chan(int, n);
        leat_go(gt_multiples, i, stream[n], stop);
        head[n] = leat_recv(stream[n]);
        n++;
    }
    CHECK_EQ(primes, 25);
    leat_close(stop);
    until_goroutines(1);
}

// test/chan/powser1: power series as streams of rational coefficients -------------

struct gt_rat {
    long num, den;
};

struct gt_series {
    leat_chan(int) want; // asks for the next coefficient
    leat_chan(struct gt_rat) have;
};

static long
gt_gcd(long a, long b)
{
    return b == 0 ? (a < 0 ? -a : a) : gt_gcd(b, a % b);
}

static struct gt_rat
gt_rat(long num, long den)
{
    long g = gt_gcd(num, den);
    if (den < 0)
        g = -g;
    return (struct gt_rat){num / g, den / g};
}

static struct gt_series *
gt_series(void)
{
    struct gt_series *s = malloc(sizeof *s);
    s->want = leat_make_chan(int);
    s->have = leat_make_chan(struct gt_rat);
    return s;
}

static struct gt_rat
gt_get(struct gt_series *s)
{
    leat_send(s->want, 1);
    return leat_recv(s->have);
}

// False when nobody will ask any more.
static bool
gt_put(struct gt_series *s, struct gt_rat v)
{
    if (!leat_recv_ok(s->want, NULL))
        return false;
    leat_send(s->have, v);
    return true;
}

static void
gt_add_run(struct gt_series *a, struct gt_series *b, struct gt_series *sum)
{
    for (;;) {
        if (!leat_recv_ok(sum->want, NULL))
            break;
        struct gt_rat x = gt_get(a), y = gt_get(b);
        leat_send(sum->have,
            gt_rat(x.num * y.den + y.num * x.den, x.den * y.den));
    }
    leat_close(a->want);
    leat_close(b->want);
}

// 1 / (1 - x): all ones.
static void
gt_ones_run(struct gt_series *s)
{
    while (gt_put(s, gt_rat(1, 1)))
        ;
}

// The integral of s with constant c.
static void
gt_integrate_run(long c, struct gt_series *s, struct gt_series *out)
{
    bool more = gt_put(out, gt_rat(c, 1));
    for (long i = 1; more && leat_recv_ok(out->want, NULL); i++) {
        struct gt_rat v = gt_get(s);
        leat_send(out->have, gt_rat(v.num, v.den * i));
    }
    leat_close(s->want);
}

// Copies in to out and, one coefficient behind, keeps feeding itself: the
// exponential is its own integral plus one.
static void
gt_exp_run(struct gt_series *out)
{
    struct gt_rat v = gt_rat(1, 1);
    for (long i = 1; gt_put(out, v); i++)
        v = gt_rat(v.num, v.den * i);
}

TEST_MATRIX(chan_go, powser1_series_are_added_and_integrated_on_demand)
{
    struct gt_series *ones = gt_series(), *integral = gt_series();
    struct gt_series *exps = gt_series(), *sum = gt_series();
    leat_go(gt_ones_run, ones);
    leat_go(gt_integrate_run, 5L, ones, integral);
    leat_go(gt_exp_run, exps);
    leat_go(gt_add_run, integral, exps, sum);
    long factorial = 1;
    for (long i = 0; i < 12; i++) {
        factorial *= i > 0 ? i : 1;
        // 5 + x + x^2/2 + x^3/3 ... plus the sum of x^i / i!
        struct gt_rat a = i == 0 ? gt_rat(5, 1) : gt_rat(1, i);
        struct gt_rat want = gt_rat(a.num * factorial + a.den,
            a.den * factorial);
        struct gt_rat got = gt_get(sum);
        CHECK_EQ(got.num, want.num);
        CHECK_EQ(got.den, want.den);
    }
    leat_close(sum->want);
    until_goroutines(1);
}

// test/ken/chan ---------------------------------------------------------------------

static _Atomic int gt_total;

static void
gt_ken_send(leat_chan(int) *c, int n, int from, int count)
{
    for (int i = 0; i < count; i++)
        leat_send(c[i % n], from + i);
    gt_total += count;
}

static void
gt_ken_recv(leat_chan(int) *c, int n, int count, _Atomic long *sum)
{
    for (int i = 0; i < count; i++)
        *sum += leat_recv(c[i % n]);
    gt_total += count;
}

static void
gt_ken_select(leat_chan(int) *c, int n, int count, _Atomic long *sum)
{
    struct leat_case k[4];
    int left[4], v;
    for (int i = 0; i < n; i++) {
        left[i] = count / n + (i < count % n);
        k[i] = (struct leat_case){.ch = (struct leat_chan *)c[i],
            .elem = &v, .op = LEAT_CASE_RECV};
    }
    for (int i = 0; i < count; i++) {
        int r = leat_select_cases(k, (size_t)n, 0, 0);
        *sum += v;
        if (--left[r] == 0)
            k[r].ch = NULL;
    }
    gt_total += count;
}

// One channel or several, plain or selecting receivers, all capacities.
TEST_MATRIX(chan_go, ken_all_shapes_of_traffic_add_up)
{
    enum { COUNT = 200 };
    for (int shape = 0; shape < 16; shape++) {
        int n = 1 + shape % 4, cap = shape / 4 * 3;
        leat_chan(int) c[4];
        _Atomic long sum = 0;
        gt_total = 0;
        for (int i = 0; i < n; i++)
            c[i] = leat_make_chan(int, cap);
        leat_go(gt_ken_send, c, n, 0, (int)COUNT);
        leat_go(gt_ken_send, c, n, (int)COUNT, (int)COUNT);
        leat_go(gt_ken_recv, c, n, (int)COUNT, &sum);
        leat_go(gt_ken_select, c, n, (int)COUNT, &sum);
        until_goroutines(1);
        CHECK_EQ(gt_total, 4 * COUNT);
        CHECK_EQ(sum, COUNT * (2 * COUNT - 1));
        for (int i = 0; i < n; i++)
            leat_free(c[i]);
    }
}
