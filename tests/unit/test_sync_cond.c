// SPDX-License-Identifier: MIT
// test_sync_cond.c: the condition variable: order, nothing lost, deadlines.
#include "unit/test_sync_util.h"

struct cond_test {
    struct leat_mutex mu;
    struct leat_cond cond;
    leat_chan(int) running, awake;
    bool exit; // guarded by mu
};

static struct cond_test *
cond_new(void)
{
    struct cond_test *t = calloc(1, sizeof *t);
    t->cond.l = &t->mu;
    t->running = leat_make_chan(int, 64);
    t->awake = leat_make_chan(int, 64);
    return t;
}

static void
cond_free(struct cond_test *t)
{
    leat_free(t->running);
    leat_free(t->awake);
    free(t);
}

static void
cond_wait_once(struct cond_test *t, int id)
{
    leat_mutex_lock(&t->mu);
    leat_send(t->running, id);
    leat_cond_wait(&t->cond);
    leat_send(t->awake, id);
    leat_mutex_unlock(&t->mu);
}

// Go's TestCondSignal: each signal wakes exactly one.
static void
cond_signal_one(void)
{
    struct cond_test *t = cond_new();
    enum { WAITERS = 4 };
    for (int i = 0; i < WAITERS; i++)
        leat_go(cond_wait_once, t, i);
    for (int i = 0; i < WAITERS; i++)
        leat_recv(t->running);
    for (int i = 0; i < WAITERS; i++) {
        CHECK_EQ(leat_len(t->awake), 0);
        leat_mutex_lock(&t->mu);
        leat_cond_signal(&t->cond);
        leat_mutex_unlock(&t->mu);
        leat_recv(t->awake);
    }
    leat_cond_signal(&t->cond); // nobody: nothing happens, nothing is kept
    CHECK_EQ(t->cond.waiters, 0);
    leat_mutex_lock(&t->mu); // the last has unlocked
    cond_free(t);
}

TEST_ON_PROCS(cond, signal_wakes_exactly_one, cond_signal_one)

// Go's TestCondSignalGenerations: in the order of waiting, with new waiters
// coming in between.
static void
cond_generations(void)
{
    struct cond_test *t = cond_new();
    enum { TURNS = 100 };
    for (int i = 0; i < TURNS; i++) {
        leat_go(cond_wait_once, t, i);
        if (i > 0)
            CHECK_EQ(leat_recv(t->awake), i - 1);
        leat_recv(t->running);
        leat_mutex_lock(&t->mu);
        leat_cond_signal(&t->cond);
        leat_mutex_unlock(&t->mu);
    }
    CHECK_EQ(leat_recv(t->awake), TURNS - 1);
    leat_mutex_lock(&t->mu);
    cond_free(t);
}

TEST_ON_PROCS(cond, signal_wakes_in_the_order_of_waiting, cond_generations)

// All signals come before the first of the woken runs.
static void
cond_fifo(void *arg)
{
    (void)arg;
    struct cond_test *t = cond_new();
    for (int i = 0; i < 8; i++) {
        leat_go(cond_wait_once, t, i);
        leat_test_wait();
    }
    leat_cond_signal(&t->cond);
    leat_test_wait();
    leat_cond_signal(&t->cond);
    leat_test_wait();
    leat_cond_broadcast(&t->cond);
    leat_test_wait();
    CHECK_EQ(leat_len(t->awake), 8);
    CHECK_EQ(leat_recv(t->awake), 0);
    CHECK_EQ(leat_recv(t->awake), 1);
    CHECK_EQ(t->cond.waiters, 0);
    cond_free(t);
}

PLAIN_TEST(cond, signal_before_broadcast_keeps_the_order)
{
    run_seeds(cond_fifo, 20);
}

// Go's TestCondBroadcast.
static void
cond_loop(struct cond_test *t, int id)
{
    leat_mutex_lock(&t->mu);
    while (!t->exit) {
        leat_send(t->running, id);
        leat_cond_wait(&t->cond);
        leat_send(t->awake, id);
    }
    leat_mutex_unlock(&t->mu);
    leat_send(t->running, -1);
}

static void
cond_broadcast_all(void)
{
    struct cond_test *t = cond_new();
    enum { MEMBERS = 20, TURNS = 10 };
    for (int i = 0; i < MEMBERS; i++)
        leat_go(cond_loop, t, i);
    for (int turn = 0; turn < TURNS; turn++) {
        bool seen[MEMBERS] = {false};
        for (int i = 0; i < MEMBERS; i++)
            leat_recv(t->running);
        leat_mutex_lock(&t->mu);
        CHECK_EQ(leat_len(t->awake), 0);
        t->exit = turn == TURNS - 1;
        leat_cond_broadcast(&t->cond);
        leat_mutex_unlock(&t->mu);
        for (int i = 0; i < MEMBERS; i++) {
            int id = leat_recv(t->awake);
            CHECK_MSG(!seen[id], "%d woke twice", id);
            seen[id] = true;
        }
    }
    for (int i = 0; i < MEMBERS; i++)
        CHECK_EQ(leat_recv(t->running), -1);
    leat_cond_broadcast(&t->cond);
    cond_free(t);
}

TEST_ON_PROCS(cond, broadcast_wakes_all_once, cond_broadcast_all)

// Go's TestCondSignalStealing: two waiters, two signals; a waiter that comes
// after the second signal must not take it from the one it was for.
struct cond_steal {
    struct leat_mutex mu;
    struct leat_cond cond;
    leat_chan(int) ready, done;
    bool go;
};

static void
cond_steal_wait(struct cond_steal *s)
{
    leat_mutex_lock(&s->mu);
    leat_send(s->ready, 1);
    leat_cond_wait(&s->cond);
    leat_mutex_unlock(&s->mu);
    leat_send(s->done, 1);
}

static void
cond_steal_loop(struct cond_steal *s)
{
    leat_mutex_lock(&s->mu);
    leat_send(s->ready, 2);
    while (!s->go)
        leat_cond_wait(&s->cond);
    leat_mutex_unlock(&s->mu);
    leat_send(s->done, 2);
}

static void
cond_stealing(void)
{
    for (int turn = 0; turn < 200; turn++) {
        struct cond_steal s = {
            .ready = leat_make_chan(int), .done = leat_make_chan(int, 2)};
        s.cond.l = &s.mu;
        leat_go(cond_steal_wait, &s);
        leat_recv(s.ready);
        leat_mutex_lock(&s.mu);
        leat_mutex_unlock(&s.mu); // it waits
        leat_cond_signal(&s.cond);
        leat_go(cond_steal_loop, &s);
        leat_recv(s.ready);
        leat_mutex_lock(&s.mu);
        s.go = true;
        leat_mutex_unlock(&s.mu);
        leat_cond_signal(&s.cond);
        CHECK_EQ(leat_recv(s.done) + leat_recv(s.done), 3);
        leat_free(s.ready);
        leat_free(s.done);
    }
}

TEST_ON_PROCS(cond, signal_is_not_stolen_by_a_later_waiter, cond_stealing)

// Deadlines and contexts --------------------------------------------------

static void
cond_until(struct cond_test *t, int64_t deadline, int *result)
{
    leat_mutex_lock(&t->mu);
    *result = leat_cond_wait_until(&t->cond, deadline);
    CHECK(!leat_mutex_try_lock(&t->mu)); // locked again in every case
    leat_mutex_unlock(&t->mu);
}

// The first gives up; the signal after that is for the second.
static void
cond_times_out(void *arg)
{
    (void)arg;
    struct cond_test *t = cond_new();
    int64_t start = leat_now();
    int first = 1, second = 1, past = 1;
    leat_go(cond_until, t, start + 3 * LEAT_MILLISECOND, &first);
    leat_test_wait();
    leat_go(cond_until, t, start + LEAT_SECOND, &second);
    leat_go(cond_until, t, start, &past);
    leat_sleep(5 * LEAT_MILLISECOND);
    CHECK_EQ(past, LEAT_ETIMEDOUT);
    CHECK_EQ(first, LEAT_ETIMEDOUT);
    CHECK_EQ(second, 1);
    CHECK_EQ(t->cond.waiters, 1);
    leat_cond_signal(&t->cond);
    leat_test_wait();
    CHECK_EQ(second, 0);
    CHECK_EQ(t->cond.waiters, 0);
    cond_free(t);
}

PLAIN_TEST(cond, signal_after_a_timeout_is_for_the_next_waiter)
{
    run_seeds(cond_times_out, 20);
}

static void
cond_canceled(void *arg)
{
    (void)arg;
    struct cond_test *t = cond_new();
    struct leat_context *ctx = leat_with_cancel(NULL);
    int result = 1;
    leat_set_context(ctx);
    leat_go(cond_until, t, LEAT_FOREVER, &result);
    leat_test_wait();
    CHECK_EQ(result, 1);
    leat_context_cancel(ctx, 0);
    leat_test_wait();
    CHECK_EQ(result, LEAT_ECANCELED);
    CHECK_EQ(t->cond.waiters, 0);
    leat_set_context(NULL);
    leat_context_release(ctx);
    cond_free(t);
}

PLAIN_TEST(cond, wait_until_ends_with_the_goroutines_context)
{
    run_seeds(cond_canceled, 20);
}

// A queue between plain threads and goroutines -----------------------------

enum { COND_ROOM = 4, COND_VALUES = 2000 };

struct cond_queue {
    struct leat_mutex mu;
    struct leat_cond not_empty, not_full;
    int head, count, value[COND_ROOM];
    int64_t sum;
    struct leat_waitgroup wg;
};

static void
cond_produce(struct cond_queue *q)
{
    for (int i = 1; i <= COND_VALUES; i++) {
        leat_mutex_lock(&q->mu);
        while (q->count == COND_ROOM)
            leat_cond_wait(&q->not_full);
        q->value[(q->head + q->count++) % COND_ROOM] = i;
        leat_mutex_unlock(&q->mu);
        leat_cond_signal(&q->not_empty);
    }
    leat_waitgroup_done(&q->wg);
}

static void
cond_consume(struct cond_queue *q)
{
    for (int i = 1; i <= COND_VALUES; i++) {
        leat_mutex_lock(&q->mu);
        while (q->count == 0)
            leat_cond_wait(&q->not_empty);
        q->sum += q->value[q->head];
        q->head = (q->head + 1) % COND_ROOM;
        q->count--;
        leat_mutex_unlock(&q->mu);
        leat_cond_signal(&q->not_full);
    }
    leat_waitgroup_done(&q->wg);
}

static void *
cond_thread_produce(void *q)
{
    cond_produce(q);
    return NULL;
}

static void *
cond_thread_consume(void *q)
{
    cond_consume(q);
    return NULL;
}

static void
cond_bounded_queue(void)
{
    struct cond_queue q = {.head = 0};
    pthread_t producer, consumer;
    q.not_empty.l = q.not_full.l = &q.mu;
    leat_waitgroup_add(&q.wg, 6);
    CHECK_EQ(pthread_create(&producer, NULL, cond_thread_produce, &q), 0);
    CHECK_EQ(pthread_create(&consumer, NULL, cond_thread_consume, &q), 0);
    for (int i = 0; i < 2; i++) {
        leat_go(cond_produce, &q);
        leat_go(cond_consume, &q);
    }
    leat_waitgroup_wait(&q.wg);
    leat_blocking_begin();
    pthread_join(producer, NULL);
    pthread_join(consumer, NULL);
    leat_blocking_end();
    CHECK_EQ(q.count, 0);
    CHECK_EQ(q.sum, 3 * (int64_t)COND_VALUES * (COND_VALUES + 1) / 2);
}

TEST_ON_PROCS(cond, makes_a_queue_that_loses_nothing, cond_bounded_queue)

TEST_WITH(cond, wait_without_the_mutex_is_fatal, .exit_status = 2,
    .stderr_has = {"fatal error: sync: unlock of unlocked mutex"})
{
    struct leat_mutex mu = LEAT_ZERO;
    struct leat_cond cond = {.l = &mu};
    leat_cond_wait(&cond);
}
