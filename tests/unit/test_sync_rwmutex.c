// SPDX-License-Identifier: MIT
// test_sync_rwmutex.c: many readers or one writer, taking turns.
#include "unit/test_sync_util.h"

// Go's TestParallelReaders: all readers are inside at the same time.
struct rw_readers {
    struct leat_rwmutex rw;
    leat_chan(int) in, out, done;
};

static void
rw_read_together(struct rw_readers *r)
{
    leat_rwmutex_rlock(&r->rw);
    leat_send(r->in, 1);
    leat_recv(r->out);
    leat_rwmutex_runlock(&r->rw);
    leat_send(r->done, 1);
}

static void
rw_parallel_readers(void)
{
    struct rw_readers r = {.in = leat_make_chan(int), .out = leat_make_chan(int),
        .done = leat_make_chan(int)};
    enum { READERS = 5 };
    for (int i = 0; i < READERS; i++)
        leat_go(rw_read_together, &r);
    for (int i = 0; i < READERS; i++)
        leat_recv(r.in);
    CHECK(!leat_rwmutex_try_lock(&r.rw));
    for (int i = 0; i < READERS; i++)
        leat_send(r.out, 1);
    for (int i = 0; i < READERS; i++)
        leat_recv(r.done);
    CHECK_EQ(r.rw.state, 0);
}

TEST_ON_PROCS(rwmutex, lets_readers_in_together, rw_parallel_readers)

// Go's HammerRWMutex: activity is 10000 for a writer and 1 for each reader.
enum { RW_TURNS = 1000, RW_READERS = 8 };

struct rw_hammer {
    struct leat_rwmutex rw;
    struct leat_waitgroup wg;
    _Atomic int activity;
    _Atomic int64_t reads, writes, gave_up;
    bool until; // with deadlines
    int64_t guarded;
};

static bool
rw_hammer_lock(struct rw_hammer *h, bool write, int i)
{
    int64_t deadline = leat_deadline(i % 3 * 20 * LEAT_MICROSECOND);
    int err = 0;
    if (h->until && i % 2 == 0)
        err = write ? leat_rwmutex_lock_until(&h->rw, deadline)
                    : leat_rwmutex_rlock_until(&h->rw, deadline);
    else if (write)
        leat_rwmutex_lock(&h->rw);
    else
        leat_rwmutex_rlock(&h->rw);
    if (err != 0) {
        CHECK_EQ(err, LEAT_ETIMEDOUT);
        h->gave_up++;
    }
    return err == 0;
}

static void
rw_hammer_read(struct rw_hammer *h)
{
    for (int i = 0; i < RW_TURNS; i++) {
        if (!rw_hammer_lock(h, false, i))
            continue;
        int n = atomic_fetch_add(&h->activity, 1) + 1;
        CHECK(n >= 1 && n < 10000);
        if (i % 32 == 0)
            leat_yield();
        atomic_fetch_sub(&h->activity, 1);
        h->reads++;
        leat_rwmutex_runlock(&h->rw);
    }
    leat_waitgroup_done(&h->wg);
}

static void
rw_hammer_write(struct rw_hammer *h)
{
    for (int i = 0; i < RW_TURNS; i++) {
        if (!rw_hammer_lock(h, true, i))
            continue;
        CHECK_EQ(atomic_fetch_add(&h->activity, 10000), 0);
        h->guarded++;
        if (i % 32 == 0)
            leat_yield();
        atomic_fetch_sub(&h->activity, 10000);
        h->writes++;
        leat_rwmutex_unlock(&h->rw);
    }
    leat_waitgroup_done(&h->wg);
}

static void
rw_hammer_run(bool until)
{
    struct rw_hammer h = {.until = until};
    leat_waitgroup_add(&h.wg, RW_READERS + 2);
    leat_go(rw_hammer_write, &h);
    for (int i = 0; i < RW_READERS; i++)
        leat_go(rw_hammer_read, &h);
    leat_go(rw_hammer_write, &h);
    leat_waitgroup_wait(&h.wg);
    CHECK_EQ(h.guarded, h.writes);
    CHECK_EQ(h.reads + h.writes + h.gave_up, (RW_READERS + 2) * RW_TURNS);
    CHECK_EQ(h.rw.state, 0);
}

static void
rw_hammer_plain(void)
{
    rw_hammer_run(false);
}

static void
rw_hammer_until(void)
{
    rw_hammer_run(true);
}

TEST_ON_PROCS(rwmutex, excludes_writers_from_all_others, rw_hammer_plain)
TEST_ON_PROCS(rwmutex, loses_nobody_when_waiters_give_up, rw_hammer_until)

static void *
rw_thread_read(void *h)
{
    rw_hammer_read(h);
    return NULL;
}

static void *
rw_thread_write(void *h)
{
    rw_hammer_write(h);
    return NULL;
}

static void
rw_hammer_threads(void)
{
    struct rw_hammer h = {.until = true};
    pthread_t reader, writer;
    leat_waitgroup_add(&h.wg, 5);
    CHECK_EQ(pthread_create(&reader, NULL, rw_thread_read, &h), 0);
    CHECK_EQ(pthread_create(&writer, NULL, rw_thread_write, &h), 0);
    leat_go(rw_hammer_read, &h);
    leat_go(rw_hammer_read, &h);
    leat_go(rw_hammer_write, &h);
    leat_waitgroup_wait(&h.wg);
    leat_blocking_begin();
    pthread_join(reader, NULL);
    pthread_join(writer, NULL);
    leat_blocking_end();
    CHECK_EQ(h.guarded, h.writes);
    CHECK_EQ(h.rw.state, 0);
}

TEST_ON_PROCS(rwmutex, serves_plain_threads_and_goroutines, rw_hammer_threads)

TEST(rwmutex, try_forms_say_whether_it_can_be_had_now)
{
    struct leat_rwmutex rw = LEAT_ZERO;
    leat_rwmutex_lock(&rw);
    CHECK(!leat_rwmutex_try_lock(&rw));
    CHECK(!leat_rwmutex_try_rlock(&rw));
    leat_rwmutex_unlock(&rw);
    CHECK(leat_rwmutex_try_lock(&rw));
    leat_rwmutex_unlock(&rw);
    CHECK(leat_rwmutex_try_rlock(&rw));
    CHECK(leat_rwmutex_try_rlock(&rw));
    CHECK(!leat_rwmutex_try_lock(&rw));
    leat_rwmutex_runlock(&rw);
    CHECK(!leat_rwmutex_try_lock(&rw));
    leat_rwmutex_runlock(&rw);
    CHECK(leat_rwmutex_try_lock(&rw));
}

// Turns -------------------------------------------------------------------

struct rw_line {
    struct leat_rwmutex rw;
    struct record order;
    int64_t hold; // how long each stays inside
};

static void
rw_line_read(struct rw_line *line, int id)
{
    leat_rwmutex_rlock(&line->rw);
    record_add(&line->order, id);
    leat_sleep(line->hold);
    leat_rwmutex_runlock(&line->rw);
}

static void
rw_line_write(struct rw_line *line, int id)
{
    leat_rwmutex_lock(&line->rw);
    record_add(&line->order, id);
    leat_sleep(line->hold);
    leat_rwmutex_unlock(&line->rw);
}

static void
rw_writer_first(void *arg)
{
    (void)arg;
    struct rw_line line = {.hold = 0};
    leat_rwmutex_rlock(&line.rw);
    leat_go(rw_line_write, &line, 1);
    leat_test_wait();
    CHECK(!leat_rwmutex_try_rlock(&line.rw));
    leat_go(rw_line_read, &line, 2);
    leat_test_wait();
    CHECK_EQ(line.order.count, 0);
    leat_rwmutex_runlock(&line.rw);
    leat_test_wait();
    CHECK_EQ(line.order.count, 2);
    CHECK_EQ(line.order.value[0], 1);
    CHECK_EQ(line.rw.state, 0);
}

PLAIN_TEST(rwmutex, waiting_writer_keeps_new_readers_out)
{
    run_seeds(rw_writer_first, 20);
}

// A writer holds; writer 1, readers 10 and 11, writer 2, reader 12 come. Go's
// order: all readers, also the one behind writer 2, then the writers.
static void
rw_take_turns(void *arg)
{
    (void)arg;
    struct rw_line line = {.hold = LEAT_MILLISECOND};
    static const int who[] = {1, 10, 11, 2, 12};
    leat_rwmutex_lock(&line.rw);
    for (int i = 0; i < 5; i++) {
        if (who[i] < 10)
            leat_go(rw_line_write, &line, who[i]);
        else
            leat_go(rw_line_read, &line, who[i]);
        leat_test_wait();
    }
    int64_t start = leat_now();
    leat_rwmutex_unlock(&line.rw);
    leat_sleep(LEAT_SECOND);
    CHECK_EQ(line.order.count, 5);
    int readers = 0;
    for (int i = 0; i < 3; i++)
        readers += line.order.value[i] >= 10;
    CHECK_EQ(readers, 3);
    CHECK_EQ(line.order.value[3], 1);
    CHECK_EQ(line.order.value[4], 2);
    CHECK_EQ(ms_since(start), 1000);
    CHECK_EQ(line.rw.state, 0);
}

PLAIN_TEST(rwmutex, readers_that_wait_go_before_the_next_writer)
{
    run_seeds(rw_take_turns, 20);
}

// Deadlines and contexts --------------------------------------------------

static void
rw_lock_result(struct leat_rwmutex *rw, int64_t deadline, int *result)
{
    *result = leat_rwmutex_lock_until(rw, deadline);
}

static void
rw_rlock_result(struct leat_rwmutex *rw, int64_t deadline, int *result)
{
    *result = leat_rwmutex_rlock_until(rw, deadline);
}

// The writer that gives up was all that kept the reader behind it out.
static void
rw_writer_gives_up(void *arg)
{
    (void)arg;
    struct leat_rwmutex rw = LEAT_ZERO;
    int write = 1, read = 1;
    leat_rwmutex_rlock(&rw);
    leat_go(rw_lock_result, &rw, leat_deadline(5 * LEAT_MILLISECOND), &write);
    leat_test_wait();
    leat_go(rw_rlock_result, &rw, LEAT_FOREVER, &read);
    leat_test_wait();
    CHECK_EQ(read, 1);
    leat_sleep(10 * LEAT_MILLISECOND);
    CHECK_EQ(write, LEAT_ETIMEDOUT);
    CHECK_EQ(read, 0);
    leat_rwmutex_runlock(&rw);
    leat_rwmutex_runlock(&rw);
    CHECK_EQ(rw.state, 0);
}

PLAIN_TEST(rwmutex, writer_that_gives_up_lets_readers_in)
{
    run_seeds(rw_writer_gives_up, 20);
}

static void
rw_until_forms(void *arg)
{
    (void)arg;
    struct leat_rwmutex rw = LEAT_ZERO;
    int64_t start = leat_now();
    int64_t later = start + 3 * LEAT_MILLISECOND;
    CHECK_EQ(leat_rwmutex_lock_until(&rw, start), 0);
    CHECK_EQ(leat_rwmutex_rlock_until(&rw, start), LEAT_ETIMEDOUT);
    CHECK_EQ(leat_rwmutex_rlock_until(&rw, later), LEAT_ETIMEDOUT);
    CHECK_EQ(ms_since(start), 3);
    leat_rwmutex_unlock(&rw);
    CHECK_EQ(leat_rwmutex_rlock_until(&rw, start), 0);
    CHECK_EQ(leat_rwmutex_lock_until(&rw, start), LEAT_ETIMEDOUT);
    CHECK_EQ(leat_rwmutex_rlock_until(&rw, start), 0);
    leat_rwmutex_runlock(&rw);
    leat_rwmutex_runlock(&rw);
    CHECK_EQ(rw.state, 0);
}

PLAIN_TEST(rwmutex, until_forms_give_up_at_their_deadline)
{
    run_seeds(rw_until_forms, 5);
}

static void
rw_canceled(void *arg)
{
    (void)arg;
    struct leat_rwmutex rw = LEAT_ZERO;
    struct leat_context *ctx = leat_with_cancel(NULL);
    int write = 1, read = 1;
    leat_set_context(ctx);
    leat_rwmutex_lock(&rw);
    leat_go(rw_lock_result, &rw, LEAT_FOREVER, &write);
    leat_go(rw_rlock_result, &rw, LEAT_FOREVER, &read);
    leat_test_wait();
    leat_context_cancel(ctx, 0);
    leat_test_wait();
    CHECK_EQ(write, LEAT_ECANCELED);
    CHECK_EQ(read, LEAT_ECANCELED);
    leat_rwmutex_unlock(&rw);
    CHECK_EQ(rw.state, 0);
    leat_set_context(NULL);
    leat_context_release(ctx);
}

PLAIN_TEST(rwmutex, until_forms_end_with_the_goroutines_context)
{
    run_seeds(rw_canceled, 20);
}

// Misuse ------------------------------------------------------------------

TEST_WITH(rwmutex, unlock_of_unlocked_is_fatal, .exit_status = 2,
    .stderr_has = {"fatal error: sync: Unlock of unlocked RWMutex\n"})
{
    struct leat_rwmutex rw = LEAT_ZERO;
    leat_rwmutex_unlock(&rw);
}

TEST_WITH(rwmutex, unlock_of_read_locked_is_fatal, .exit_status = 2,
    .stderr_has = {"fatal error: sync: Unlock of unlocked RWMutex\n"})
{
    struct leat_rwmutex rw = LEAT_ZERO;
    leat_rwmutex_rlock(&rw);
    leat_rwmutex_unlock(&rw);
}

TEST_WITH(rwmutex, runlock_of_unlocked_is_fatal, .exit_status = 2,
    .stderr_has = {"fatal error: sync: RUnlock of unlocked RWMutex\n"})
{
    struct leat_rwmutex rw = LEAT_ZERO;
    leat_rwmutex_runlock(&rw);
}

TEST_WITH(rwmutex, runlock_of_write_locked_is_fatal, .exit_status = 2,
    .stderr_has = {"fatal error: sync: RUnlock of unlocked RWMutex\n"})
{
    struct leat_rwmutex rw = LEAT_ZERO;
    leat_rwmutex_lock(&rw);
    leat_rwmutex_runlock(&rw);
}

TEST_WITH(rwmutex, writer_behind_its_own_read_lock_is_a_deadlock,
    .exit_status = 2,
    .stderr_has = {"fatal error: all goroutines are asleep - deadlock!",
        "goroutine 1 [sync.RWMutex.Lock"})
{
    struct leat_rwmutex rw = LEAT_ZERO;
    leat_rwmutex_rlock(&rw);
    leat_rwmutex_lock(&rw);
}
