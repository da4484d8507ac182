// SPDX-License-Identifier: MIT
// test_chan.c: what a channel is: values in, values out, in order, each once.
#include "test_chan_matrix.h"
#include "test_waiters.h"

#include <stdlib.h>
#include <string.h>

enum {
    CANARY = 16, // bytes behind a variable that a receive must not touch
    ELEM_MOST = 65535
};

// Element sizes ------------------------------------------------------------

static void
fill(unsigned char *p, size_t n, unsigned salt)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (unsigned char)(i * 31 + salt * 7 + 1);
}

static void
send_patterns(struct leat_chan *ch, int size, int count)
{
    unsigned char *v = malloc(ELEM_MOST);
    for (int i = 0; i < count; i++) {
        fill(v, (size_t)size, (unsigned)i);
        leat_chan_send(ch, v);
    }
    leat_chan_close(ch);
    free(v);
}

static void
check_patterns(struct leat_chan *ch, int size, int count)
{
    unsigned char *want = malloc(ELEM_MOST);
    unsigned char *got = malloc(ELEM_MOST + CANARY);
    memset(got, 0xee, ELEM_MOST + CANARY);
    for (int i = 0; i < count; i++) {
        fill(want, (size_t)size, (unsigned)i);
        CHECK(leat_chan_recv(ch, got));
        CHECK_MSG(memcmp(want, got, (size_t)size) == 0,
            "value %d of %d bytes differs", i, size);
        for (int k = 0; k < CANARY; k++)
            CHECK_EQ(got[size + k], 0xee);
    }
    CHECK(!leat_chan_recv(ch, got));
    for (int k = 0; k < size; k++)
        CHECK_EQ(got[k], 0);
    CHECK_EQ(got[size], 0xee);
    free(want);
    free(got);
}

TEST_MATRIX(chan, values_of_every_size_arrive_whole_and_in_order)
{
    static const int sizes[] = {
        0, 1, 2, 3, 4, 8, 12, 16, 24, 100, 4096, ELEM_MOST};
    static const int capacities[] = {0, 1, 3};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (size_t k = 0; k < 3; k++) {
            struct leat_chan *ch = leat_chan_make(
                (size_t)sizes[i], capacities[k], 0);
            CHECK_EQ(hchan_of(ch)->elemsize, sizes[i]);
            leat_go(send_patterns, ch, sizes[i], 7);
            check_patterns(ch, sizes[i], 7);
            leat__chan_check(hchan_of(ch));
            leat_chan_free(ch);
        }
    }
}

TEST(chan, a_buffered_value_does_not_touch_its_neighbours)
{
    struct leat_chan *ch = leat_chan_make(3, 4, 0);
    unsigned char *buf = hchan_of(ch)->buf;
    static const unsigned char v[3] = {1, 2, 3};
    leat_chan_send(ch, v);
    leat_chan_send(ch, v);
    static const unsigned char want[12] = {1, 2, 3, 1, 2, 3};
    CHECK_EQ(memcmp(buf, want, 12), 0);
    leat_chan_free(ch);
}

TEST(chan, elements_of_64_KiB_are_refused)
{
    CHECK(leat_chan_make(LEAT_ELEM_MAX, 0, 1) != NULL);
    CHECK(leat_chan_make(LEAT_ELEM_MAX + 1, 0, 1) == NULL);
    CHECK(leat_chan_make(SIZE_MAX, 0, 1) == NULL);
    struct leat_caught c = {.kind = 0};
    leat_try {
        leat_catch(&c);
        leat_chan_make(LEAT_ELEM_MAX + 1, 0, 0);
    }
    CHECK_STR(c.text, "makechan: invalid channel element type");
    CHECK_EQ(c.kind, LEAT_PANIC_RUNTIME);
}

// Capacities -----------------------------------------------------------------

static void
check_makechan_panics(size_t size, int64_t capacity)
{
    struct leat_caught c = {.kind = 0};
    CHECK(leat_chan_make(size, capacity, 1) == NULL);
    leat_try {
        leat_catch(&c);
        leat_chan_make(size, capacity, 0);
    }
    CHECK_STR(c.text, "makechan: size out of range");
}

TEST(chan, capacities_out_of_range_panic)
{
    const int64_t room = (int64_t)1 << 47;
    check_makechan_panics(8, -1);
    check_makechan_panics(0, -1);
    check_makechan_panics(8, INT64_MIN);
    check_makechan_panics(8, INT64_MAX);
    check_makechan_panics(LEAT_ELEM_MAX, INT64_MAX);
    check_makechan_panics(1, room - (int64_t)sizeof(struct hchan) + 1);
    check_makechan_panics(8, (room - (int64_t)sizeof(struct hchan)) / 8 + 1);
    check_makechan_panics(16, INT64_MAX / 16 + 1);
}

// A sanitizer's allocator ends the process instead of saying no.
TEST_WITH(chan, the_largest_capacity_is_out_of_memory_not_out_of_range,
    .skip_under = TEST_ASAN | TEST_TSAN, .exit_status = 2,
    .stderr_has = {"fatal error: out of memory: makechan"},
    .stderr_lacks = {"panic:"})
{
    int64_t most = ((int64_t)1 << 47) - (int64_t)sizeof(struct hchan);
    CHECK(leat_chan_make(1, most, 1) == NULL);
    leat_chan_make(1, most, 0);
}

TEST(chan, zero_size_elements_have_any_capacity)
{
    leat_chan(struct leat_done) ch =
        leat_make_chan(struct leat_done, INT64_MAX);
    CHECK_EQ(leat_cap(ch), INT64_MAX);
    for (int i = 0; i < 1000; i++)
        leat_send(ch, (struct leat_done){});
    CHECK_EQ(leat_len(ch), 1000);
    struct leat_done d;
    CHECK(leat_recv_ok(ch, &d));
    leat_close(ch);
    for (int i = 1; i < 1000; i++)
        CHECK(leat_recv_ok(ch, NULL));
    CHECK(!leat_recv_ok(ch, NULL));
    leat_free(ch);
}

TEST(chan, zero_size_elements_block_when_the_buffer_is_full)
{
    leat_chan(struct leat_done) ch = leat_make_chan(struct leat_done, 2);
    CHECK_EQ(leat_try_send(ch, (struct leat_done){}), 0);
    CHECK_EQ(leat_try_send(ch, (struct leat_done){}), 0);
    CHECK_EQ(leat_try_send(ch, (struct leat_done){}), LEAT_EAGAIN);
    leat_free(ch);
}

TEST(chan, capacity_may_be_an_expression)
{
    int n = 3;
    leat_chan(int) a = leat_make_chan(int, n == 3 ? 4 : 5);
    leat_chan(int) b = leat_try_make_chan(int, n << 1);
    leat_chan(int) c = leat_try_make_chan(int, -n);
    CHECK_EQ(leat_cap(a), 4);
    CHECK_EQ(leat_cap(b), 6);
    CHECK(c == NULL);
    leat_free(a);
    leat_free(b);
}

TEST(chan, len_and_cap_count_what_is_buffered)
{
    leat_chan(int) nil = NULL;
    CHECK_EQ(leat_len(nil), 0);
    CHECK_EQ(leat_cap(nil), 0);
    for (int cap = 0; cap < 20; cap++) {
        leat_chan(int) ch = leat_make_chan(int, cap);
        CHECK_EQ(leat_cap(ch), cap);
        for (int i = 0; i < cap; i++) {
            CHECK_EQ(leat_len(ch), i);
            leat_send(ch, i);
        }
        CHECK_EQ(leat_len(ch), cap);
        leat_close(ch);
        CHECK_EQ(leat_len(ch), cap);
        for (int i = 0; i < cap; i++)
            CHECK_EQ(leat_recv(ch), i);
        CHECK_EQ(leat_len(ch), 0);
        leat_free(ch);
    }
}

// The ring wraps round at every offset.
TEST(chan, a_ring_wraps_without_losing_order)
{
    for (int cap = 1; cap <= 5; cap++) {
        leat_chan(int) ch = leat_make_chan(int, cap);
        int in = 0, out = 0;
        for (int round = 0; round < 30; round++) {
            for (int k = 0; k <= round % cap; k++)
                leat_send(ch, in++);
            leat__chan_check(hchan_of(ch));
            while (leat_len(ch) > 0)
                CHECK_EQ(leat_recv(ch), out++);
        }
        CHECK_EQ(in, out);
        leat_free(ch);
    }
}

// Where values lie -----------------------------------------------------------

static void
recv_into(leat_chan(int64_t) ch, int64_t *to, leat_chan(int) done)
{
    *to = leat_recv(ch);
    leat_send(done, 1);
}

TEST_MATRIX(chan, a_waiting_receiver_gets_the_value_past_the_buffer)
{
    leat_chan(int64_t) ch = leat_make_chan(int64_t, 4);
    leat_chan(int) done = leat_make_chan(int);
    int64_t got = 0;
    leat_go(recv_into, ch, &got, done);
    until_receivers(ch, 1);
    leat_send(ch, 77);
    CHECK_EQ(hchan_of(ch)->qcount, 0);
    CHECK_EQ(hchan_of(ch)->sendx, 0);
    CHECK_EQ(((int64_t *)hchan_of(ch)->buf)[0], 0);
    leat_recv(done);
    CHECK_EQ(got, 77);
    leat_free(ch);
    leat_free(done);
}

static void
check_zero(const void *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        CHECK_EQ(((const unsigned char *)p)[i], 0);
}

TEST(chan, the_slot_a_value_leaves_is_cleared)
{
    static const int sizes[] = {1, 2, 4, 8, 16, 24, 100, 4096};
    unsigned char v[4096], got[4096];
    memset(v, 0xff, sizeof v);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t size = (size_t)sizes[i];
        struct leat_chan *ch = leat_chan_make(size, 2, 0);
        unsigned char *buf = hchan_of(ch)->buf;
        leat_chan_send(ch, v);
        leat_chan_send(ch, v);
        CHECK_EQ(buf[0], 0xff);
        CHECK(leat_chan_recv(ch, got));
        check_zero(buf, size);
        CHECK_EQ(buf[size], 0xff);
        CHECK_EQ(leat_chan_recv_until(ch, NULL, INT64_MIN), 0);
        check_zero(buf, 2 * size);
        leat_chan_send(ch, v);
        struct leat_case k = {.ch = ch, .elem = got, .op = LEAT_CASE_RECV};
        CHECK_EQ(leat_select_cases(&k, 1, 0, 0), 0);
        check_zero(buf, 2 * size);
        leat_chan_free(ch);
    }
}

static void
send_one(leat_chan(int) ch, int v)
{
    leat_send(ch, v);
}

TEST_MATRIX(chan, a_waiting_sender_fills_the_slot_that_is_freed)
{
    leat_chan(int) ch = leat_make_chan(int, 2);
    leat_send(ch, 1);
    leat_send(ch, 2);
    leat_go(send_one, ch, 3);
    until_senders(ch, 1);
    CHECK_EQ(leat_recv(ch), 1);
    CHECK_EQ(leat_len(ch), 2);
    CHECK_EQ(((int *)hchan_of(ch)->buf)[0], 3);
    leat__chan_check(hchan_of(ch));
    CHECK_EQ(leat_recv(ch), 2);
    CHECK_EQ(leat_recv(ch), 3);
    leat_free(ch);
}

TEST(chan, the_buffer_follows_the_header_in_one_block)
{
    leat_chan(int64_t) ch = leat_make_chan(int64_t, 2);
    CHECK_EQ((char *)hchan_of(ch)->buf - (char *)ch, sizeof(struct hchan));
    leat_chan(int64_t) none = leat_make_chan(int64_t);
    CHECK(hchan_of(none)->buf == (void *)&hchan_of(none)->buf);
    leat_free(ch);
    leat_free(none);
}

// Order of those who wait ------------------------------------------------------

struct took {
    int who, value;
};

static void
take_one(leat_chan(int) ch, leat_chan(struct took) log, int who)
{
    leat_send(log, ((struct took){who, leat_recv(ch)}));
}

TEST_MATRIX(chan, receivers_are_served_in_the_order_they_came)
{
    enum { N = 12 };
    leat_chan(int) ch = leat_make_chan(int);
    leat_chan(struct took) log = leat_make_chan(struct took, N);
    for (int i = 0; i < N; i++) {
        leat_go(take_one, ch, log, i);
        until_receivers(ch, i + 1);
    }
    for (int i = 0; i < N; i++)
        leat_send(ch, i);
    for (int i = 0; i < N; i++) {
        struct took t = leat_recv(log);
        CHECK_EQ(t.who, t.value);
    }
    leat_free(ch);
    leat_free(log);
}

TEST_MATRIX(chan, senders_are_served_in_the_order_they_came)
{
    enum { N = 12 };
    for (int cap = 0; cap < 4; cap++) {
        leat_chan(int) ch = leat_make_chan(int, cap);
        for (int i = 0; i < cap; i++)
            leat_send(ch, i);
        for (int i = cap; i < N; i++) {
            leat_go(send_one, ch, i);
            until_senders(ch, i - cap + 1);
        }
        for (int i = 0; i < N; i++)
            CHECK_EQ(leat_recv(ch), i);
        leat_free(ch);
    }
}

// Close ------------------------------------------------------------------------

TEST(chan, what_is_buffered_survives_close)
{
    leat_chan(int) ch = leat_make_chan(int, 3);
    leat_send(ch, 1);
    leat_send(ch, 2);
    leat_close(ch);
    int v = 9;
    CHECK(leat_recv_ok(ch, &v));
    CHECK_EQ(v, 1);
    CHECK_EQ(leat_recv(ch), 2);
    v = 9;
    CHECK(!leat_recv_ok(ch, &v));
    CHECK_EQ(v, 0);
    CHECK_EQ(leat_recv(ch), 0);
    leat_free(ch);
}

static void
wait_for_close(leat_chan(int) ch, leat_chan(int) order, int who, int form)
{
    int v = 77;
    bool ok = true;
    if (form == 0)
        ok = leat_recv_ok(ch, &v);
    else if (form == 1)
        leat_select(leat_case_recv_ok(ch, &v, &ok));
    else
        ok = leat_recv_until(ch, &v, LEAT_FOREVER) == 0;
    CHECK(!ok);
    CHECK_EQ(v, 0);
    leat_send(order, who);
}

TEST_MATRIX(chan, close_wakes_all_receivers_in_every_form)
{
    enum { N = 30 };
    leat_chan(int) ch = leat_make_chan(int);
    leat_chan(int) order = leat_make_chan(int, N);
    for (int i = 0; i < N; i++) {
        leat_go(wait_for_close, ch, order, i, i % 3);
        until_receivers(ch, i + 1);
    }
    leat_close(ch);
    CHECK_EQ(hchan_of(ch)->closed, 1);
    CHECK(hchan_of(ch)->recvq.first == NULL);
    CHECK(hchan_of(ch)->recvq.last == NULL);
    bool seen[N] = {false};
    for (int i = 0; i < N; i++)
        seen[leat_recv(order)] = true;
    for (int i = 0; i < N; i++)
        CHECK(seen[i]);
    leat_free(ch);
    leat_free(order);
}

TEST_WITH(chan, close_wakes_receivers_in_the_order_they_came,
    .env = {"LEATPROCS=1"})
{
    enum { N = 30 };
    leat_chan(int) ch = leat_make_chan(int);
    leat_chan(int) order = leat_make_chan(int, N);
    for (int i = 0; i < N; i++) {
        leat_go(wait_for_close, ch, order, i, i % 3);
        until_receivers(ch, i + 1);
    }
    leat_close(ch);
    for (int i = 0; i < N; i++)
        CHECK_EQ(leat_recv(order), i);
}

TEST(chan, a_closed_channel_is_ready_for_ever)
{
    leat_chan(int) ch = leat_make_chan(int, 4);
    leat_close(ch);
    for (int i = 0; i < 1000; i++) {
        CHECK_EQ(leat_recv(ch), 0);
        CHECK(!leat_recv_ok(ch, NULL));
    }
    leat_free(ch);
}

// Forms ------------------------------------------------------------------------

static void
count_to(leat_chan(int) ch, int n)
{
    for (int i = 0; i < n; i++)
        leat_send(ch, i);
    leat_close(ch);
}

TEST_MATRIX(chan, range_ends_when_the_channel_is_closed_and_drained)
{
    for (int cap = 0; cap < 3; cap++) {
        leat_chan(int) ch = leat_make_chan(int, cap);
        leat_go(count_to, ch, 100);
        int n = 0;
        leat_range(int, v, ch)
            CHECK_EQ(v, n++);
        CHECK_EQ(n, 100);
        leat_free(ch);
    }
}

TEST(chan, range_takes_any_type_breaks_and_nests)
{
    leat_chan(const char *) words = leat_make_chan(const char *, 3);
    leat_chan(struct took) rows = leat_make_chan(struct took, 3);
    leat_send(words, "a");
    leat_send(words, "b");
    leat_send(words, "c");
    for (int i = 0; i < 3; i++)
        leat_send(rows, ((struct took){i, 10 * i}));
    leat_close(rows);
    int sum = 0, n = 0;
    leat_range(const char *, w, words) {
        if (w[0] == 'a')
            continue;
        n++;
        leat_range(struct took, r, rows)
            sum += r.value;
        break;
    }
    CHECK_EQ(n, 1);
    CHECK_EQ(sum, 30);
    CHECK_EQ(leat_len(words), 1);
}

static int evaluated;

static leat_chan(int)
which(leat_chan(int) ch)
{
    evaluated++;
    return ch;
}

static int
value_of(int v)
{
    evaluated += 100;
    return v;
}

static int *
room_of(int *p)
{
    evaluated += 10000;
    return p;
}

TEST(chan, operands_are_evaluated_once)
{
    leat_chan(int) ch = leat_make_chan(int, 4);
    int v = 0;
    leat_send(which(ch), value_of(5));
    CHECK_EQ(evaluated, 101);
    CHECK_EQ(leat_recv(which(ch)), 5);
    CHECK_EQ(evaluated, 102);
    CHECK_EQ(leat_try_send(which(ch), value_of(6)), 0);
    CHECK_EQ(evaluated, 203);
    CHECK_EQ(leat_try_recv(which(ch), room_of(&v)), 0);
    CHECK_EQ(evaluated, 10204);
    leat_send(ch, 7);
    CHECK(leat_recv_ok(which(ch), room_of(&v)));
    CHECK_EQ(evaluated, 20205);
    CHECK_EQ(leat_send_until(which(ch), LEAT_FOREVER, value_of(1)), 0);
    CHECK_EQ(evaluated, 20306);
    CHECK_EQ(leat_len(which(ch)) + leat_cap(which(ch)), 5);
    CHECK_EQ(evaluated, 20308);
    leat_close(which(ch));
    CHECK_EQ(evaluated, 20309);
}

TEST(chan, a_value_is_converted_as_in_an_assignment)
{
    leat_chan(double) d = leat_make_chan(double, 2);
    leat_send(d, 3);
    leat_send(d, 2.5f);
    CHECK(leat_recv(d) == 3.0);
    CHECK(leat_recv(d) == 2.5);
    leat_chan(signed char) c = leat_make_chan(signed char, 1);
    leat_send(c, -1L);
    CHECK_EQ(leat_recv(c), -1);
    leat_chan(bool) b = leat_make_chan(bool, 1);
    leat_send(b, 42);
    CHECK_EQ(leat_recv(b), 1);
    leat_chan(void *) p = leat_make_chan(void *, 1);
    leat_send(p, &d);
    CHECK(leat_recv(p) == &d);
}

TEST(chan, a_struct_literal_with_commas_needs_no_parentheses)
{
    leat_chan(struct took) ch = leat_make_chan(struct took, 2);
    leat_send(ch, (struct took){1, 2});
    CHECK_EQ(leat_try_send(ch, (struct took){3, 4}), 0);
    CHECK_EQ(leat_recv(ch).value, 2);
    CHECK_EQ(leat_recv(ch).who, 3);
}

TEST(chan, channels_carry_channels_and_functions)
{
    leat_chan(leat_chan(int)) cc = leat_make_chan(leat_chan(int), 1);
    leat_chan(int) c = leat_make_chan(int, 1);
    leat_chan(int (*)(int)) f = leat_make_chan(int (*)(int), 1);
    leat_send(cc, c);
    leat_send(leat_recv(cc), 2);
    CHECK_EQ(leat_recv(c), 2);
    leat_send(f, value_of);
    CHECK_EQ(leat_recv(f)(8), 8);
}

TEST(chan, nested_operations_do_not_confuse_each_other)
{
    leat_chan(int) a = leat_make_chan(int, 2), b = leat_make_chan(int, 2);
    leat_send(a, 20);
    leat_send(a, 22);
    leat_send(b, leat_recv(a) + leat_recv(a));
    CHECK_EQ(leat_recv(b), 42);
}

// The calls behind the macros do the same for a binding.
TEST(chan, a_channel_works_without_its_type)
{
    struct leat_chan *ch = leat_chan_make(sizeof(int), 2, 0);
    leat_chan(int) typed = (leat_chan(int))ch;
    leat_elem(typed) v = 5, got = 0;
    leat_chan_send(ch, &v);
    CHECK_EQ(leat_chan_send_until(ch, &v, 0), 0);
    CHECK_EQ(leat_chan_send_until(ch, &v, 0), LEAT_ETIMEDOUT);
    CHECK_EQ(leat_chan_send_until(ch, &v, INT64_MIN), LEAT_EAGAIN);
    CHECK_EQ(leat_chan_len(ch), 2);
    CHECK_EQ(leat_chan_cap(ch), 2);
    CHECK_EQ(leat_recv(typed), 5);
    CHECK(leat_chan_recv(ch, &got));
    CHECK_EQ(got, 5);
    leat_chan_close(ch);
    CHECK_EQ(leat_chan_recv_until(ch, &got, 0), LEAT_ECLOSED);
    leat_chan_free(ch);
    CHECK_EQ(leat_chan_len(NULL) + leat_chan_cap(NULL), 0);
}

TEST(chan, a_volatile_or_const_handle_works)
{
    leat_chan(int) volatile v = leat_make_chan(int, 1);
    leat_send(v, 3);
    leat_chan(int) const k = v;
    CHECK_EQ(leat_recv(k), 3);
    leat_free(k);
}

TEST(chan, freeing_nothing_is_fine)
{
    leat_chan(int) ch = NULL;
    leat_free(ch);
    leat_chan(int) full = leat_make_chan(int, 1);
    leat_send(full, 1);
    leat_free(full);
    leat_chan(int) closed = leat_make_chan(int, 1);
    leat_close(closed);
    leat_free(closed);
    CHECK(ch == NULL);
}

static void
send_and_close(leat_chan(int) ch)
{
    leat_send(ch, 7);
    leat_close(ch);
}

static void
send_until_taken(leat_chan(int) ch)
{
    CHECK_EQ(leat_send_until(ch, LEAT_FOREVER, 7), 0);
}

// A sanitizer sees whether those who sent or closed touch it after that.
TEST_MATRIX(chan, whoever_gets_the_last_value_may_free_the_channel)
{
    for (int i = 0; i < matrix_rounds(3000); i++) {
        leat_chan(int) ch = leat_make_chan(int, i % 2);
        leat_go(send_and_close, ch);
        CHECK_EQ(leat_recv(ch), 7);
        CHECK(!leat_recv_ok(ch, NULL));
        leat_free(ch);
        ch = leat_make_chan(int, i % 2);
        leat_go(send_until_taken, ch);
        CHECK_EQ(leat_recv(ch), 7);
        leat_free(ch);
    }
}

TEST_WITH(chan, freeing_a_channel_somebody_waits_on_is_fatal,
    .exit_status = 2,
    .stderr_has = {"fatal error: free of a channel with waiting goroutines",
        "[chan receive"})
{
    leat_chan(int) ch = leat_make_chan(int);
    leat_go(wait_for_close, ch, NULL, 0, 0);
    until_receivers(ch, 1);
    leat_free(ch);
}

// Traffic --------------------------------------------------------------------

static void
pong(leat_chan(int) in, leat_chan(int) out)
{
    leat_range(int, v, in)
        leat_send(out, v + 1);
    leat_close(out);
}

TEST_MATRIX(chan, a_pair_passes_a_number_to_and_fro)
{
    leat_chan(int) a = leat_make_chan(int), b = leat_make_chan(int);
    leat_go(pong, a, b);
    int n = matrix_rounds(20000), v = 0;
    for (int i = 0; i < n; i++) {
        leat_send(a, v);
        v = leat_recv(b);
    }
    leat_close(a);
    CHECK(!leat_recv_ok(b, &v));
    CHECK_EQ(v, 0);
}

static void
relay(leat_chan(int) in, leat_chan(int) out)
{
    leat_range(int, v, in)
        leat_send(out, v);
}

static void
produce(leat_chan(int) out, int from, int n, struct leat_waitgroup *wg)
{
    for (int i = 0; i < n; i++)
        leat_send(out, from + i);
    leat_waitgroup_done(wg);
}

// Senders, relays and one receiver: every value comes out once, and those of
// one sender that took one way come in order.
TEST_MATRIX(chan, no_value_is_lost_or_doubled)
{
    enum { SENDERS = 5, RELAYS = 3 };
    int each = matrix_rounds(2000);
    for (int cap = 0; cap < 3; cap++) {
        leat_chan(int) in = leat_make_chan(int, cap);
        leat_chan(int) out = leat_make_chan(int, cap);
        struct leat_waitgroup wg = LEAT_ZERO;
        leat_waitgroup_add(&wg, SENDERS);
        for (int i = 0; i < RELAYS; i++)
            leat_go(relay, in, out);
        for (int i = 0; i < SENDERS; i++)
            leat_go(produce, in, i * each, each, &wg);
        bool *seen = calloc((size_t)(SENDERS * each), 1);
        for (int i = 0; i < SENDERS * each; i++) {
            int v = leat_recv(out);
            CHECK(!seen[v]);
            seen[v] = true;
        }
        leat_waitgroup_wait(&wg);
        leat_close(in);
        until_goroutines(1);
        CHECK_EQ(leat_try_recv(out, NULL), LEAT_EAGAIN);
        free(seen);
        leat_free(in);
        leat_free(out);
    }
}
