// SPDX-License-Identifier: MIT
// test_chan_order.c: what Go's memory model says that channels order is
// ordered: a plain variable written before is read after, and
// ThreadSanitizer, which knows nothing of channels, sees no race. (The
// scenarios of Go's race/testdata/chan_test.go in which there is none.)
#include "unit/test_chan_matrix.h"

enum { ORDER_ROUNDS = 500 };

// What one round's goroutines share: x is the plain variable.
struct order {
    leat_chan(int) c, d;
    int x;
};

static struct order
order_make(int capacity)
{
    return (struct order){
        .c = leat_make_chan(int, capacity), .d = leat_make_chan(int)};
}

static void
order_free(struct order *o)
{
    leat_free(o->c);
    leat_free(o->d);
}

// A round: fn in a goroutine, and what main sees of it. The second one of a
// channel, d, ends the round, so that o can be used again.
static void
order_go(struct order *o, void (*fn)(struct order *o))
{
    o->x = 0;
    leat_go(fn, o);
}

static void
order_end(struct order *o)
{
    leat_recv(o->d);
}

static void
order_write_send(struct order *o)
{
    o->x = 1;
    leat_send(o->c, 1);
    leat_send(o->d, 1);
}

static void
order_write_recv(struct order *o)
{
    o->x = 1;
    leat_recv(o->c);
    leat_send(o->d, 1);
}

static void
order_write_close(struct order *o)
{
    leat_recv(o->c);
    o->x = 1;
    leat_close(o->c);
    leat_send(o->d, 1);
}

static void
order_write_select(struct order *o)
{
    leat_chan(int) never = NULL;
    o->x = 1;
    leat_select(leat_case_recv(never, NULL), leat_case_send(o->c, 1));
    leat_send(o->d, 1);
}

TEST_MATRIX(chan_order, a_send_comes_before_its_receive)
{
    for (int capacity = 0; capacity < 3; capacity++) {
        struct order o = order_make(capacity);
        for (int i = 0; i < matrix_rounds(ORDER_ROUNDS); i++) {
            order_go(&o, i % 2 ? order_write_send : order_write_select);
            leat_recv(o.c);
            CHECK_EQ(o.x, 1);
            order_end(&o);
        }
        order_free(&o);
    }
}

// Unbuffered: the receive comes before the send has returned.
TEST_MATRIX(chan_order, a_receive_comes_before_the_end_of_its_send)
{
    struct order o = order_make(0);
    for (int i = 0; i < matrix_rounds(ORDER_ROUNDS); i++) {
        order_go(&o, order_write_recv);
        if (i % 2)
            leat_send(o.c, 1);
        else
            CHECK_EQ(leat_select(leat_case_send(o.c, 1)), 0);
        CHECK_EQ(o.x, 1);
        order_end(&o);
    }
    order_free(&o);
}

// Buffered: receive k comes before send k + capacity has returned, which
// makes a channel of capacity 1 a mutex, and one of n a semaphore.
static void
order_count_up(struct order *o)
{
    for (int i = 0; i < 200; i++) {
        leat_send(o->c, 1);
        o->x++;
        leat_recv(o->c);
    }
    leat_send(o->d, 1);
}

TEST_MATRIX(chan_order, a_channel_of_capacity_one_is_a_mutex)
{
    struct order o = order_make(1);
    for (int i = 0; i < 4; i++)
        leat_go(order_count_up, &o);
    for (int i = 0; i < 4; i++)
        leat_recv(o.d);
    CHECK_EQ(o.x, 800);
    order_free(&o);
}

TEST_MATRIX(chan_order, a_close_comes_before_the_receive_that_sees_it)
{
    for (int i = 0; i < matrix_rounds(ORDER_ROUNDS); i++) {
        struct order o = order_make(0);
        int v;
        order_go(&o, order_write_close);
        leat_send(o.c, 1);
        switch (i % 4) {
        case 0:
            CHECK(!leat_recv_ok(o.c, &v));
            break;
        case 1:
            CHECK_EQ(leat_select(leat_case_recv(o.c, &v)), 0);
            break;
        case 2:
            CHECK_EQ(leat_recv_until(o.c, &v, LEAT_FOREVER), LEAT_ECLOSED);
            break;
        default:
            while (leat_try_recv(o.c, &v) == LEAT_EAGAIN)
                leat_yield();
        }
        CHECK_EQ(o.x, 1);
        order_end(&o);
        order_free(&o);
    }
}

// What try finds is ordered as what a wait finds.
TEST_MATRIX(chan_order, a_try_that_succeeds_orders_like_a_wait)
{
    struct order o = order_make(1);
    for (int i = 0; i < matrix_rounds(ORDER_ROUNDS); i++) {
        order_go(&o, order_write_send);
        while (i % 2 ? leat_try_recv(o.c, NULL) != 0
                     : leat_select(leat_case_recv(o.c, NULL), leat_default))
            leat_yield();
        CHECK_EQ(o.x, 1);
        order_end(&o);
    }
    order_free(&o);
}

// A value passes on what was ordered before it, over any number of hands.
static void
order_pass(struct order *o)
{
    int v = leat_recv(o->c);
    if (v < 20)
        leat_go(order_pass, o);
    o->x++;
    leat_send(v < 20 ? o->c : o->d, v + 1);
}

TEST_MATRIX(chan_order, is_handed_on_from_goroutine_to_goroutine)
{
    struct order o = order_make(0);
    for (int i = 0; i < matrix_rounds(100); i++) {
        order_go(&o, order_pass);
        leat_send(o.c, 1);
        CHECK_EQ(leat_recv(o.d), 21);
        CHECK_EQ(o.x, 20);
    }
    order_free(&o);
}

static void
order_timer(void *arg)
{
    struct order *o = arg;
    CHECK_EQ(o->x, 7);
    o->x = 8;
    leat_send(o->c, 1);
}

// Starting a goroutine, and a timer's function, comes before it runs.
TEST_MATRIX(chan_order, what_starts_a_function_comes_before_it)
{
    struct order o = order_make(0);
    for (int i = 0; i < matrix_rounds(100); i++) {
        o.x = 7;
        struct leat_timer *t = leat_after_func(1, order_timer, &o);
        leat_recv(o.c);
        CHECK_EQ(o.x, 8);
        leat_timer_free(t);
    }
    order_free(&o);
}
