// SPDX-License-Identifier: MIT
// test_chan_here.c: the common case of channels that is compiled into the
// program: it and the calls behind the macros are one protocol, whichever of
// the two does a step.
#include "test_chan_matrix.h"

#include "chan/chan_int.h"

#include <string.h>

enum { HERE_ROUNDS = 40, HERE_ROOM = 3 };

// The bytes of value number i.
static unsigned char
here_byte(int i, size_t at)
{
    return (unsigned char)(1 + i * 37 + (int)at * 11);
}

// Slots that hold no value are clear.
static void
here_check_clear(struct leat_chan *ch)
{
    struct hchan *c = (struct hchan *)(void *)ch;
    for (uint64_t k = c->qcount; k < c->dataqsiz; k++) {
        const unsigned char *slot =
            leat__chan_slot(c, (c->recvx + k) % c->dataqsiz);
        for (size_t i = 0; i < c->elemsize; i++)
            CHECK_EQ(slot[i], 0);
    }
}

// Values of n bytes go through a buffer of three, at each level of it, sent
// and received by macro and by call in turn.
#define HERE_SIZE_TEST(n)                                                      \
    struct here_##n {                                                          \
        unsigned char b[n];                                                    \
    };                                                                         \
    static struct here_##n here_value##n(int i)                                \
    {                                                                          \
        struct here_##n v;                                                     \
        for (size_t k = 0; k < n; k++)                                         \
            v.b[k] = here_byte(i, k);                                          \
        return v;                                                              \
    }                                                                          \
    TEST_MATRIX(chan_here, values_of_##n##_bytes_pass_by_macro_and_by_call)    \
    {                                                                          \
        leat_chan(struct here_##n) ch =                                        \
            leat_make_chan(struct here_##n, HERE_ROOM);                        \
        int sent = 0, got = 0;                                                 \
        for (int round = 0; round < HERE_ROUNDS; round++) {                    \
            for (int k = 0; k <= round % HERE_ROOM; k++, sent++) {             \
                struct here_##n v = here_value##n(sent);                       \
                if ((sent + round) % 2 == 0)                                   \
                    leat_send(ch, v);                                          \
                else                                                           \
                    leat_chan_send((struct leat_chan *)ch, &v);                \
            }                                                                  \
            CHECK_EQ(leat_len(ch), sent - got);                                \
            for (; got < sent; got++) {                                        \
                struct here_##n v, want = here_value##n(got);                  \
                if ((got + round / 2) % 2 == 0)                                \
                    CHECK(leat_recv_ok(ch, &v));                               \
                else                                                           \
                    CHECK(leat_chan_recv((struct leat_chan *)ch, &v));         \
                CHECK(memcmp(&v, &want, sizeof v) == 0);                       \
                here_check_clear((struct leat_chan *)ch);                      \
            }                                                                  \
        }                                                                      \
        leat_free(ch);                                                         \
    }
HERE_SIZE_TEST(1)
HERE_SIZE_TEST(3)
HERE_SIZE_TEST(4)
HERE_SIZE_TEST(8)
HERE_SIZE_TEST(16)
HERE_SIZE_TEST(31)
HERE_SIZE_TEST(32) // LEAT__CHAN_HERE_MAX
HERE_SIZE_TEST(33)

// A receive that drops the value clears its slot as well.
TEST_MATRIX(chan_here, a_dropped_value_leaves_its_slot_clear)
{
    leat_chan(int64_t) ch = leat_make_chan(int64_t, 2);
    for (int64_t i = 1; i <= 5; i++) {
        leat_send(ch, i);
        CHECK(leat_recv_ok(ch, NULL));
        CHECK_EQ(leat_len(ch), 0);
        here_check_clear((struct leat_chan *)ch);
    }
    leat_free(ch);
}

// A channel made by the call for elements of another size than its type says:
// the channel's own size counts.
TEST_MATRIX(chan_here, the_channel_knows_its_element_size)
{
    leat_chan(int64_t) ch = (leat_chan(int64_t))leat_chan_make(4, 2, 0);
    struct hchan *c = (struct hchan *)(void *)ch;
    leat_send(ch, (int64_t)0x1111111122222222);
    CHECK_EQ(((uint32_t *)c->buf)[1], 0); // its neighbour
    leat_send(ch, (int64_t)0x3333333344444444);
    int64_t v = -1;
    CHECK(leat_recv_ok(ch, &v));
    CHECK_EQ((uint32_t)v, 0x22222222);
    CHECK_EQ((uint32_t)(v >> 32), 0xffffffff); // not touched
    leat_free(ch);
}

// What a try answers in every state, and what it leaves in the variable.
TEST_MATRIX(chan_here, a_try_answers_in_every_state)
{
    leat_chan(int64_t) nil = NULL, ch = leat_make_chan(int64_t, 1);
    leat_chan(int64_t) plain = leat_make_chan(int64_t);
    int64_t v = 7;
    CHECK_EQ(leat_try_recv(nil, &v), LEAT_EAGAIN);
    CHECK_EQ(leat_try_send(nil, 1), LEAT_EAGAIN);
    CHECK_EQ(leat_try_recv(plain, &v), LEAT_EAGAIN);
    CHECK_EQ(leat_try_send(plain, 1), LEAT_EAGAIN);
    CHECK_EQ(leat_try_recv(ch, &v), LEAT_EAGAIN);
    CHECK_EQ(v, 7);
    CHECK_EQ(leat_try_send(ch, 5), 0);
    CHECK_EQ(leat_try_send(ch, 6), LEAT_EAGAIN);
    leat_close(ch);
    CHECK_EQ(leat_try_send(ch, 6), LEAT_ECLOSED);
    CHECK_EQ(leat_try_recv(ch, &v), 0);
    CHECK_EQ(v, 5);
    CHECK_EQ(leat_try_recv(ch, &v), LEAT_ECLOSED);
    CHECK_EQ(v, 0);
    CHECK_EQ(leat_try_recv(ch, NULL), LEAT_ECLOSED);
    v = 7;
    CHECK(!leat_recv_ok(ch, &v));
    CHECK_EQ(v, 0);
    leat_free(ch);
    leat_free(plain);
}

static void
here_recv(leat_chan(int64_t) ch, int64_t *got)
{
    __atomic_store_n(got, leat_recv(ch), __ATOMIC_RELEASE);
}

static void
here_send(leat_chan(int64_t) ch, int64_t v)
{
    leat_send(ch, v);
}

static void
here_await(bool (*parked)(const struct hchan *), leat_chan(int64_t) ch)
{
    struct hchan *c = (struct hchan *)(void *)ch;
    while (!parked(c))
        leat_yield();
}

static bool
here_has_receiver(const struct hchan *c)
{
    return leat__waitq_any(&c->recvq);
}

static bool
here_has_sender(const struct hchan *c)
{
    return leat__waitq_any(&c->sendq);
}

// With somebody waiting the buffer is not the whole of the channel.
TEST_MATRIX(chan_here, a_receiver_that_waits_comes_before_the_buffer)
{
    leat_chan(int64_t) ch = leat_make_chan(int64_t, 2);
    int64_t got = 0;
    leat_go(here_recv, ch, &got);
    here_await(here_has_receiver, ch);
    CHECK_EQ(leat_try_send(ch, 9), 0);
    CHECK_EQ(leat_len(ch), 0);
    leat_send(ch, 10);
    CHECK_EQ(leat_len(ch), 1);
    while (__atomic_load_n(&got, __ATOMIC_ACQUIRE) == 0)
        leat_yield();
    CHECK_EQ(got, 9);
    leat_free(ch);
}

TEST_MATRIX(chan_here, a_sender_that_waits_fills_the_slot_that_is_freed)
{
    leat_chan(int64_t) ch = leat_make_chan(int64_t, 2);
    leat_send(ch, 1);
    leat_send(ch, 2);
    leat_go(here_send, ch, (int64_t)3);
    here_await(here_has_sender, ch);
    int64_t v = 0;
    CHECK_EQ(leat_try_recv(ch, &v), 0);
    CHECK_EQ(v, 1);
    CHECK_EQ(leat_len(ch), 2);
    CHECK_EQ(leat_recv(ch), 2);
    CHECK_EQ(leat_recv_until(ch, &v, LEAT_FOREVER), 0);
    CHECK_EQ(v, 3);
    leat_free(ch);
}

// What is ready is taken though the deadline has passed.
TEST_MATRIX(chan_here, a_deadline_that_has_passed_takes_what_is_ready)
{
    leat_chan(int64_t) ch = leat_make_chan(int64_t, 1);
    int64_t past = leat_now() - 1, v = 0;
    CHECK_EQ(leat_send_until(ch, past, 4), 0);
    CHECK_EQ(leat_send_until(ch, past, 5), LEAT_ETIMEDOUT);
    CHECK_EQ(leat_recv_until(ch, &v, past), 0);
    CHECK_EQ(v, 4);
    CHECK_EQ(leat_recv_until(ch, &v, past), LEAT_ETIMEDOUT);
    leat_free(ch);
}

// As in Go's `for v := range f()`.
static leat_chan(int64_t)
here_counted(leat_chan(int64_t) ch, int *calls)
{
    ++*calls;
    return ch;
}

TEST_MATRIX(chan_here, a_range_evaluates_its_channel_once)
{
    leat_chan(int64_t) ch = leat_make_chan(int64_t, 4);
    int calls = 0, seen = 0;
    for (int64_t i = 0; i < 4; i++)
        leat_send(ch, i);
    leat_close(ch);
    leat_range(int64_t, v, here_counted(ch, &calls)) {
        if (v == 2)
            break;
        CHECK_EQ(v, seen);
        seen++;
    }
    CHECK_EQ(calls, 1);
    CHECK_EQ(seen, 2);
    CHECK_EQ(leat_len(ch), 1);
    leat_free(ch);
}
