// SPDX-License-Identifier: MIT
// test_sync_sem.c: the weighted semaphore.
#include "unit/test_sync_util.h"

struct sem_hammer {
    struct leat_sem sem;
    struct leat_waitgroup wg;
    _Atomic int64_t held;
    bool until;
    _Atomic int taken, gave_up;
};

enum { SEM_SIZE = 10, SEM_TURNS = 500 };

static void
sem_member(struct sem_hammer *h, int64_t n)
{
    for (int i = 0; i < SEM_TURNS; i++) {
        int64_t deadline = leat_deadline(i % 4 * 20 * LEAT_MICROSECOND);
        int err = h->until && i % 2 ? leat_sem_acquire_until(&h->sem, n, deadline)
                                    : leat_sem_acquire(&h->sem, n);
        if (err != 0) {
            CHECK_EQ(err, LEAT_ETIMEDOUT);
            h->gave_up++;
            continue;
        }
        h->taken++;
        CHECK(atomic_fetch_add(&h->held, n) + n <= SEM_SIZE);
        if (i % 8 == 0)
            leat_yield();
        atomic_fetch_sub(&h->held, n);
        leat_sem_release(&h->sem, n);
    }
    leat_waitgroup_done(&h->wg);
}

static void
sem_hammer_run(bool until)
{
    struct sem_hammer h = {.until = until};
    leat_sem_init(&h.sem, SEM_SIZE);
    leat_waitgroup_add(&h.wg, SEM_SIZE);
    for (int64_t n = 1; n <= SEM_SIZE; n++)
        leat_go(sem_member, &h, n);
    leat_waitgroup_wait(&h.wg);
    CHECK_EQ(h.taken + h.gave_up, SEM_SIZE * SEM_TURNS);
    CHECK_EQ(h.sem.cur, 0);
    CHECK(leat_sem_try_acquire(&h.sem, SEM_SIZE));
}

static void
sem_hammer_plain(void)
{
    sem_hammer_run(false);
}

static void
sem_hammer_until(void)
{
    sem_hammer_run(true);
}

TEST_ON_PROCS(sem, never_hands_out_more_than_it_has, sem_hammer_plain)
TEST_ON_PROCS(sem, loses_nothing_when_waiters_give_up, sem_hammer_until)

struct sem_line {
    struct leat_sem sem;
    struct record order;
};

static void
sem_queue_up(struct sem_line *line, int64_t n, int id)
{
    CHECK_EQ(leat_sem_acquire(&line->sem, n), 0);
    record_add(&line->order, id);
}

// 3 of 10 are free. A request for 5 waits; one for 1 would fit, but came
// later, so it waits too: else the large one might wait for ever.
static void
sem_fifo(void *arg)
{
    (void)arg;
    struct sem_line line = {.order.count = 0};
    leat_sem_init(&line.sem, 10);
    CHECK_EQ(leat_sem_acquire(&line.sem, 7), 0);
    leat_go(sem_queue_up, &line, (int64_t)5, 1);
    leat_test_wait();
    leat_go(sem_queue_up, &line, (int64_t)1, 2);
    leat_test_wait();
    CHECK_EQ(line.order.count, 0);
    CHECK(!leat_sem_try_acquire(&line.sem, 1));
    leat_sem_release(&line.sem, 1); // 4 free
    leat_test_wait();
    CHECK_EQ(line.order.count, 0);
    leat_sem_release(&line.sem, 2); // 6 free: both fit
    leat_test_wait();
    CHECK_EQ(line.order.count, 2);
    CHECK_EQ(line.sem.cur, 10);
    leat_sem_release(&line.sem, 10);
    CHECK_EQ(line.sem.cur, 0);
}

PLAIN_TEST(sem, serves_in_the_order_of_asking_whatever_the_weight)
{
    run_seeds(sem_fifo, 20);
}

static void
sem_result(struct leat_sem *sem, int64_t n, int64_t deadline, int *result)
{
    *result = leat_sem_acquire_until(sem, n, deadline);
}

// The large one in front gives up: the small one behind it fits at once.
static void
sem_head_leaves(void *arg)
{
    (void)arg;
    struct leat_sem sem;
    int large = 1, small = 1, canceled = 1;
    leat_sem_init(&sem, 10);
    CHECK_EQ(leat_sem_acquire(&sem, 7), 0);
    leat_go(sem_result, &sem, (int64_t)5, leat_deadline(3 * LEAT_MILLISECOND), &large);
    leat_test_wait();
    leat_go(sem_result, &sem, (int64_t)2, LEAT_FOREVER, &small);
    leat_test_wait();
    CHECK_EQ(small, 1);
    leat_sleep(5 * LEAT_MILLISECOND);
    CHECK_EQ(large, LEAT_ETIMEDOUT);
    CHECK_EQ(small, 0);
    CHECK_EQ(leat_sem_acquire_until(&sem, 2, leat_now()), LEAT_ETIMEDOUT);
    CHECK_EQ(leat_sem_acquire_until(&sem, 1, leat_now()), 0);
    CHECK_EQ(sem.cur, 10);
    struct leat_context *ctx = leat_with_cancel(NULL);
    leat_set_context(ctx);
    leat_go(sem_result, &sem, (int64_t)1, LEAT_FOREVER, &canceled);
    leat_set_context(NULL);
    leat_test_wait();
    leat_context_cancel(ctx, 0);
    leat_test_wait();
    CHECK_EQ(canceled, LEAT_ECANCELED);
    leat_context_release(ctx);
    leat_sem_release(&sem, 10);
}

PLAIN_TEST(sem, waiter_that_gives_up_lets_those_behind_it_in)
{
    run_seeds(sem_head_leaves, 20);
}

TEST(sem, refuses_what_can_never_be_had)
{
    struct leat_sem sem;
    leat_sem_init(&sem, 3);
    CHECK_EQ(leat_sem_acquire(&sem, 4), LEAT_EINVAL);
    CHECK_EQ(leat_sem_acquire(&sem, -1), LEAT_EINVAL);
    CHECK_EQ(leat_sem_acquire(&sem, INT64_MAX), LEAT_EINVAL);
    CHECK_EQ(leat_sem_acquire_until(&sem, 4, LEAT_FOREVER), LEAT_EINVAL);
    CHECK(!leat_sem_try_acquire(&sem, 4));
    CHECK(!leat_sem_try_acquire(&sem, -1));
    CHECK_EQ(leat_sem_acquire(&sem, 0), 0);
    CHECK(leat_sem_try_acquire(&sem, 3));
    CHECK(!leat_sem_try_acquire(&sem, 1));
    leat_sem_release(&sem, 3);
}

TEST_WITH(sem, releasing_more_than_held_panics, .exit_status = 2,
    .stderr_has = {"panic: semaphore: released more than held\n"})
{
    struct leat_sem sem;
    leat_sem_init(&sem, 3);
    leat_sem_acquire(&sem, 1);
    leat_sem_release(&sem, 2);
}

TEST_WITH(sem, releasing_less_than_nothing_panics, .exit_status = 2,
    .stderr_has = {"panic: semaphore: released more than held\n"})
{
    struct leat_sem sem;
    leat_sem_init(&sem, 3);
    leat_sem_acquire(&sem, 1);
    leat_sem_release(&sem, -1);
}

static void *
sem_thread(void *h)
{
    sem_member(h, 3);
    return NULL;
}

TEST(sem, serves_plain_threads_and_goroutines)
{
    struct sem_hammer h = {.until = true};
    pthread_t thread[2];
    leat_sem_init(&h.sem, SEM_SIZE);
    leat_waitgroup_add(&h.wg, 4);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(pthread_create(&thread[i], NULL, sem_thread, &h), 0);
        leat_go(sem_member, &h, (int64_t)5);
    }
    leat_waitgroup_wait(&h.wg);
    leat_blocking_begin();
    for (int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    leat_blocking_end();
    CHECK_EQ(h.sem.cur, 0);
}
