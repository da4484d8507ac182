// SPDX-License-Identifier: MIT
// test_chan_lock.c: whatever touches a channel waits for its lock. The test
// holds the lock, and sees the other thread fall asleep on it.
#include "chan/chan_int.h"
#include "lib/test.h"

#include <leat.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

typedef leat_chan(int) lock_chan;

static void
lock_first_value(lock_chan c)
{
    leat_send(c, 1);
}

static void
lock_send(lock_chan c)
{
    leat_send(c, 2);
}

static void
lock_send_until(lock_chan c)
{
    CHECK_EQ(leat_send_until(c, 2, leat_now()), 0);
}

static void
lock_try_send(lock_chan c)
{
    CHECK_EQ(leat_try_send(c, 2), 0);
}

static void
lock_recv(lock_chan c)
{
    CHECK_EQ(leat_recv(c), 1);
}

static void
lock_recv_until(lock_chan c)
{
    int n = 0;
    CHECK_EQ(leat_recv_until(c, &n, leat_now()), 0);
    CHECK_EQ(n, 1);
}

static void
lock_try_recv(lock_chan c)
{
    int n = 0;
    CHECK_EQ(leat_try_recv(c, &n), 0);
    CHECK_EQ(n, 1);
}

static void
lock_close(lock_chan c)
{
    leat_close(c);
}

static void
lock_free(lock_chan c)
{
    leat_free(c);
}

struct lock_call {
    void (*fn)(lock_chan c);
    lock_chan c;
    _Atomic bool done;
};

static void *
lock_thread(void *arg)
{
    struct lock_call *call = arg;
    call->fn(call->c);
    call->done = true;
    return NULL;
}

static void
lock_start(pthread_t *id, struct lock_call *call)
{
    CHECK_EQ(pthread_create(id, NULL, lock_thread, call), 0);
}

// With one of two values in the channel, so that no call has to wait for
// another.
static void
lock_check(void (*fn)(lock_chan c))
{
    pthread_t id;
    struct lock_call call = {.fn = lock_first_value, .c = leat_make_chan(int, 2)};
    struct hchan *c = (struct hchan *)(void *)call.c;
    lock_start(&id, &call); // a second thread: locks are real
    pthread_join(id, NULL);
    CHECK(leat__multi);
    call.fn = fn;
    call.done = false;
    leat__mutex_lock(&c->lock);
    lock_start(&id, &call);
    while (!call.done && atomic_load(leat__lock_count(&c->lock)) == 0)
        sched_yield();
    CHECK(!call.done);
    leat__mutex_unlock(&c->lock);
    pthread_join(id, NULL);
}

#define LOCK_TEST(call)                                                        \
    PLAIN_TEST(chan, call##_waits_for_the_lock)                                \
    {                                                                          \
        lock_check(lock_##call);                                               \
    }
LOCK_TEST(send)
LOCK_TEST(send_until)
LOCK_TEST(try_send)
LOCK_TEST(recv)
LOCK_TEST(recv_until)
LOCK_TEST(try_recv)
LOCK_TEST(close)
LOCK_TEST(free)
