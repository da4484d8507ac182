// SPDX-License-Identifier: MIT
// test_chan_matrix.h: what the tests of goroutines, channels and select share:
// one body run as five tests, and waiting until somebody waits.
//
// A test that wants a receiver to be parked asks the channel, by its queues,
// and gives way until it is so. Nothing here sleeps: what a test relies on has
// happened, it is not merely likely.
#ifndef LEAT_TESTS_TEST_CHAN_MATRIX_H
#define LEAT_TESTS_TEST_CHAN_MATRIX_H

#include "chan/chan_int.h"
#include "lib/test.h"

#include <leat.h>

// One body as five tests: on one P (where locks are elided), on two, on more
// than the machine has, with a goroutine moved to another thread at every
// call, and without the asymmetric fence.
#define TEST_MATRIX(area, name)                                                \
    static void matrix_body_##name(void);                                      \
    TEST_WITH(area, name##_p1, .env = {"LEATPROCS=1"})                         \
    {                                                                          \
        matrix_body_##name();                                                  \
    }                                                                          \
    TEST_WITH(area, name##_p2, .env = {"LEATPROCS=2"})                         \
    {                                                                          \
        matrix_body_##name();                                                  \
    }                                                                          \
    TEST_WITH(area, name##_p8, .env = {"LEATPROCS=8"})                         \
    {                                                                          \
        matrix_body_##name();                                                  \
    }                                                                          \
    TEST_WITH(area, name##_migrate,                                            \
        .env = {"LEATPROCS=2", "LEATDEBUG=migrate=1"}, .timeout_s = 60)        \
    {                                                                          \
        matrix_body_##name();                                                  \
    }                                                                          \
    TEST_WITH(area, name##_fence, .env = {"LEATPROCS=2", "LEATDEBUG=fence=1"}) \
    {                                                                          \
        matrix_body_##name();                                                  \
    }                                                                          \
    static void matrix_body_##name(void)

// How many rounds a race is given: fewer where each round is dear.
static inline int
matrix_rounds(int n)
{
    return test_slowness() > 1 || leat__sched.migrate ? n / 10 + 1 : n;
}

static inline int
matrix_waiters(void *ch, bool senders)
{
    struct hchan *c = ch;
    int n = 0;
    struct leat__m *m = leat__enter();
    leat__mutex_lock(&c->lock);
    struct leat__sudog *s = senders ? c->sendq.first : c->recvq.first;
    for (; s != NULL; s = s->next)
        n++;
    leat__mutex_unlock(&c->lock);
    leat__leave(m);
    return n;
}

// Give way until exactly n wait to receive from ch, or to send to it.
static inline void
until_receivers(void *ch, int n)
{
    while (matrix_waiters(ch, false) != n)
        leat_yield();
}

static inline void
until_senders(void *ch, int n)
{
    while (matrix_waiters(ch, true) != n)
        leat_yield();
}

// Gives way until no more than n goroutines are left.
static inline void
until_goroutines(int n)
{
    while (leat_num_goroutine() > n)
        leat_yield();
}

static inline struct hchan *
hchan_of(void *ch)
{
    return ch;
}

#endif
