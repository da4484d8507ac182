// SPDX-License-Identifier: MIT
// test_waiters.h: giving way until somebody waits.
//
// A test that wants a receiver to be parked asks the channel, by its queues,
// and gives way until it is so. Nothing here sleeps: what a test relies on has
// happened, it is not merely likely, and the virtual clock of a seeded test
// stands still meanwhile.
#ifndef LEAT_TESTS_TEST_WAITERS_H
#define LEAT_TESTS_TEST_WAITERS_H

#include "chan/chan_int.h"

#include <leat.h>

// How many wait to send to ch, or to receive from it.
static inline int
waiters_of(void *ch, bool senders)
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
    while (waiters_of(ch, false) != n)
        leat_yield();
}

static inline void
until_senders(void *ch, int n)
{
    while (waiters_of(ch, true) != n)
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
