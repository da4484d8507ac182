// SPDX-License-Identifier: MIT
// test_chan_go.c: the scenarios of Go's runtime/chan_test.go, in our own words:
// what is named here is the test that covers the same ground.
#include "test_chan_matrix.h"
#include "test_waiters.h"

#include <stdlib.h>
#include <string.h>

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
