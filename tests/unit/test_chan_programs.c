// SPDX-License-Identifier: MIT
// test_chan_programs.c: the scenarios of the programs in Go's test/chan and of
// test/ken/chan, in our own words: what is named here is the program that
// covers the same ground. (select3 is in test_select_table.c, perm in
// test_chan_types.c.)
#include "test_chan_matrix.h"
#include "test_waiters.h"

#include <stdio.h>
#include <stdlib.h>

static void
gt_send(leat_chan(int) ch, int v)
{
    leat_send(ch, v);
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
    CHECK_EQ(waiters_of(dummy, false) + waiters_of(c, true), 0);
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
    CHECK_EQ(waiters_of(c1, false), 0);
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
