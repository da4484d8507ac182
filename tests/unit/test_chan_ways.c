// SPDX-License-Identifier: MIT
// test_chan_ways.c: a value passes whole in every size by every pair of calls:
// through the buffer, from hand to hand either way, and into the place of the
// one that leaves a full buffer.
#include "unit/test_chan_matrix.h"
#include "unit/test_waiters.h"

#include <string.h>

enum { WAYS_SIZE_MAX = 100 };

static const size_t ways_sizes[] = {0, 1, 4, 8, 24, WAYS_SIZE_MAX};

// ---- The calls -------------------------------------------------------------

// Each waits if it has to, or gives way and tries again.
struct way {
    void (*send)(struct leat_chan *ch, const void *elem);
    bool (*recv)(struct leat_chan *ch, void *elem); // false: closed
};

static void
way_try_send(struct leat_chan *ch, const void *elem)
{
    while (leat_chan_send_until(ch, elem, INT64_MIN) != 0)
        leat_yield();
}

static bool
way_try_recv(struct leat_chan *ch, void *elem)
{
    int err;
    while ((err = leat_chan_recv_until(ch, elem, INT64_MIN)) == LEAT_EAGAIN)
        leat_yield();
    return err == 0;
}

static void
way_send_until(struct leat_chan *ch, const void *elem)
{
    CHECK_EQ(leat_chan_send_until(ch, elem, leat_deadline(LEAT_HOUR)), 0);
}

static bool
way_recv_until(struct leat_chan *ch, void *elem)
{
    return leat_chan_recv_until(ch, elem, LEAT_FOREVER) == 0;
}

static struct leat_chan *ways_nobody; // never ready

static int
way_select(struct leat_chan *ch, void *elem, bool *ok, uint32_t op, size_t n)
{
    struct leat_case k[20] = {
        {.ch = ch, .elem = elem, .ok = ok, .op = op},
        {.ch = ways_nobody, .op = LEAT_CASE_RECV},
    };
    for (size_t i = 2; i < n; i++)
        k[i].op = i == 2 ? LEAT_CASE_DEFAULT : LEAT_CASE_SEND;
    return leat_select_cases(k, n, 0, 0);
}

static void
way_select_send(struct leat_chan *ch, const void *elem)
{
    void *e = (void *)(uintptr_t)elem;
    CHECK_EQ(way_select(ch, e, NULL, LEAT_CASE_SEND, 2), 0);
}

static bool
way_select_recv(struct leat_chan *ch, void *elem)
{
    bool ok;
    CHECK_EQ(way_select(ch, elem, &ok, LEAT_CASE_RECV, 2), 0);
    return ok;
}

// With a default, and more cases than fit on the stack.
static void
way_select_try_send(struct leat_chan *ch, const void *elem)
{
    void *e = (void *)(uintptr_t)elem;
    while (way_select(ch, e, NULL, LEAT_CASE_SEND, 20) != 0)
        leat_yield();
}

static bool
way_select_try_recv(struct leat_chan *ch, void *elem)
{
    bool ok;
    while (way_select(ch, elem, &ok, LEAT_CASE_RECV, 20) != 0)
        leat_yield();
    return ok;
}

static const struct way ways[] = {
    {leat_chan_send, leat_chan_recv},
    {way_try_send, way_try_recv},
    {way_send_until, way_recv_until},
    {way_select_send, way_select_recv},
    {way_select_try_send, way_select_try_recv},
};
enum { WAYS = sizeof ways / sizeof *ways };

// Those that park, so that the other side can be made to come second.
static bool
way_parks(int i)
{
    return i == 0 || i == 2 || i == 3;
}

// ---- Values ----------------------------------------------------------------

struct ways_value {
    unsigned char byte[WAYS_SIZE_MAX];
};

static struct ways_value
ways_value(int k)
{
    struct ways_value v;
    for (int i = 0; i < WAYS_SIZE_MAX; i++)
        v.byte[i] = (unsigned char)(k * 7 + i + 1);
    return v;
}

// The first size bytes are those of value k (all 0 for k < 0), and nothing
// was written behind them.
static void
ways_check(const struct ways_value *v, size_t size, int k)
{
    struct ways_value expected = ways_value(k < 0 ? 0 : k);
    if (k < 0)
        memset(&expected, 0, sizeof expected);
    CHECK(memcmp(v, &expected, size) == 0);
    for (size_t i = size; i < WAYS_SIZE_MAX; i++)
        CHECK(v->byte[i] == 0xee);
}

static void
ways_receive(struct leat_chan *c, size_t size, int way, int k)
{
    struct ways_value v;
    memset(&v, 0xee, sizeof v);
    CHECK_EQ(ways[way].recv(c, &v), k >= 0);
    ways_check(&v, size, k);
    leat__chan_check(hchan_of(c));
}

static void
ways_send(struct leat_chan *c, int way, int k)
{
    struct ways_value v = ways_value(k);
    ways[way].send(c, &v);
    leat__chan_check(hchan_of(c));
}

static void
ways_sender(struct leat_chan *c, int way, int k)
{
    ways_send(c, way, k);
}

// k as in ways_receive; k of the large kind drops the value.
enum { WAYS_DROP = 1000 };

static void
ways_receiver(struct leat_chan *c, size_t size, int way, int k)
{
    if (k == WAYS_DROP)
        CHECK(ways[way].recv(c, NULL));
    else
        ways_receive(c, size, way, k);
}

// ---- The scenes ------------------------------------------------------------

// Round and round in a buffer; what was taken leaves no trace in it.
static void
ways_through_buffer(size_t size, int s, int r)
{
    struct leat_chan *c = leat_chan_make(size, 3, 0);
    for (int k = 0; k < 8; k++) {
        ways_send(c, s, k);
        ways_send(c, s, k + 1);
        ways_receive(c, size, r, k);
        ways_receiver(c, size, r, WAYS_DROP);
    }
    const unsigned char *buf = hchan_of(c)->buf;
    for (size_t i = 0; i < 3 * size; i++)
        CHECK_EQ(buf[i], 0);
    leat_chan_close(c);
    ways_receive(c, size, r, -1);
    leat_chan_free(c);
}

static void
ways_to_waiting_receiver(size_t size, int s, int r)
{
    struct leat_chan *c = leat_chan_make(size, 0, 0);
    int base = leat_num_goroutine();
    leat_go(ways_receiver, c, size, r, 5);
    until_receivers(c, 1);
    leat_go(ways_receiver, c, size, r, WAYS_DROP);
    until_receivers(c, 2);
    leat_go(ways_receiver, c, size, r, -1);
    until_receivers(c, 3);
    leat__chan_check(hchan_of(c));
    ways_send(c, s, 5);
    ways_send(c, s, 6);
    leat_chan_close(c);
    until_goroutines(base);
    leat_chan_free(c);
}

static void
ways_from_waiting_sender(size_t size, int s, int r)
{
    struct leat_chan *c = leat_chan_make(size, 0, 0);
    int base = leat_num_goroutine();
    for (int k = 0; k < 3; k++) {
        leat_go(ways_sender, c, s, k);
        until_senders(c, k + 1);
    }
    leat__chan_check(hchan_of(c));
    ways_receive(c, size, r, 0);
    ways_receiver(c, size, r, WAYS_DROP);
    ways_receive(c, size, r, 2);
    until_goroutines(base);
    leat_chan_free(c);
}

static void
ways_into_full_buffer(size_t size, int s, int r, int cap)
{
    struct leat_chan *c = leat_chan_make(size, cap, 0);
    int base = leat_num_goroutine();
    for (int k = 0; k < cap; k++)
        ways_send(c, s, k);
    for (int k = cap; k < cap + 3; k++) {
        leat_go(ways_sender, c, s, k);
        until_senders(c, k - cap + 1);
    }
    for (int k = 0; k < cap + 3; k++)
        ways_receive(c, size, r, k);
    until_goroutines(base);
    leat_chan_free(c);
}

TEST_MATRIX(chan, every_way_carries_every_size_whole)
{
    int sizes = (int)(sizeof ways_sizes / sizeof *ways_sizes);
    ways_nobody = leat_chan_make(0, 0, 0);
    for (int i = 0; i < sizes * WAYS * WAYS; i++) {
        size_t size = ways_sizes[i % sizes];
        int s = i / sizes % WAYS, r = i / sizes / WAYS;
        ways_through_buffer(size, s, r);
        if (way_parks(r))
            ways_to_waiting_receiver(size, s, r);
        if (way_parks(s))
            ways_from_waiting_sender(size, s, r);
        for (int cap = 1; cap < 3 && way_parks(s); cap++)
            ways_into_full_buffer(size, s, r, cap);
    }
}

// ---- Who waits when a channel is freed -------------------------------------

TEST_WITH(chan, free_while_a_sender_waits_is_fatal, .exit_status = 2,
    .stderr_has = {"fatal error: free of a channel with waiting goroutines"})
{
    struct leat_chan *c = leat_chan_make(8, 0, 0);
    leat_go(ways_sender, c, 0, 1);
    until_senders(c, 1);
    leat_chan_free(c);
}
