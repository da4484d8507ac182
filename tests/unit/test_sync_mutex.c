// SPDX-License-Identifier: MIT
// test_sync_mutex.c: the mutex: exclusion, fairness, deadlines, misuse.
#include "sync/sema.h"
#include "unit/test_sync_util.h"

// Exclusion ---------------------------------------------------------------

enum { MUTEX_HAMMERS = 10, MUTEX_TURNS = 2000 };

struct mutex_hammer {
    struct leat_mutex mu;
    struct leat_waitgroup wg;
    int inside;    // guarded by mu
    int64_t count; // guarded by mu
    _Atomic int64_t taken, timed_out;
};

static void
mutex_section(struct mutex_hammer *h)
{
    CHECK_MSG(h->inside == 0, "two in the critical section");
    h->inside = 1;
    h->count++;
    if (h->count % 64 == 0)
        leat_yield(); // let others find it locked
    h->inside = 0;
    h->taken++;
    leat_mutex_unlock(&h->mu);
}

static void
mutex_hammer(struct mutex_hammer *h)
{
    for (int i = 0; i < MUTEX_TURNS; i++) {
        if (i % 3 == 0) {
            if (leat_mutex_try_lock(&h->mu))
                mutex_section(h);
            continue;
        }
        leat_mutex_lock(&h->mu);
        mutex_section(h);
    }
    leat_waitgroup_done(&h->wg);
}

static void
mutex_hammer_all(void)
{
    struct mutex_hammer h = LEAT_ZERO;
    for (int i = 0; i < MUTEX_HAMMERS; i++) {
        leat_waitgroup_add(&h.wg, 1);
        leat_go(mutex_hammer, &h);
    }
    leat_waitgroup_wait(&h.wg);
    CHECK_EQ(h.count, h.taken);
    CHECK(h.count >= MUTEX_HAMMERS * (MUTEX_TURNS * 2 / 3));
    CHECK_EQ(h.mu.state, 0);
}

TEST_ON_PROCS(mutex, excludes_many_goroutines, mutex_hammer_all)

// Some give up after a moment. Goal: no wake-up is lost with those who leave,
// so everybody comes to an end and nothing stays behind in the state.
static void
mutex_hammer_until(struct mutex_hammer *h, int id)
{
    for (int i = 0; i < MUTEX_TURNS / 4; i++) {
        int64_t patience = (id + i) % 4 * 20 * LEAT_MICROSECOND;
        int err = 0;
        if (id % 2 == 0)
            leat_mutex_lock(&h->mu);
        else
            err = leat_mutex_lock_until(&h->mu, leat_deadline(patience));
        if (err == 0) {
            mutex_section(h);
        } else {
            CHECK_EQ(err, LEAT_ETIMEDOUT);
            h->timed_out++;
        }
    }
    leat_waitgroup_done(&h->wg);
}

static void
mutex_hammer_deadlines(void)
{
    struct mutex_hammer h = LEAT_ZERO;
    for (int i = 0; i < MUTEX_HAMMERS; i++) {
        leat_waitgroup_add(&h.wg, 1);
        leat_go(mutex_hammer_until, &h, i);
    }
    leat_waitgroup_wait(&h.wg);
    CHECK_EQ(h.count, h.taken);
    CHECK_EQ(h.taken + h.timed_out, MUTEX_HAMMERS * (MUTEX_TURNS / 4));
    CHECK_EQ(h.mu.state, 0);
}

TEST_ON_PROCS(mutex, loses_no_wakeup_when_waiters_give_up,
    mutex_hammer_deadlines)

static void *
mutex_thread(void *h)
{
    mutex_hammer(h);
    return NULL;
}

static void
mutex_hammer_threads(void)
{
    struct mutex_hammer h = LEAT_ZERO;
    pthread_t thread[3];
    leat_waitgroup_add(&h.wg, 6);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(pthread_create(&thread[i], NULL, mutex_thread, &h), 0);
        leat_go(mutex_hammer, &h);
    }
    leat_waitgroup_wait(&h.wg);
    leat_blocking_begin();
    for (int i = 0; i < 3; i++)
        pthread_join(thread[i], NULL);
    leat_blocking_end();
    CHECK_EQ(h.count, h.taken);
    CHECK_EQ(h.mu.state, 0);
}

TEST_ON_PROCS(mutex, excludes_plain_threads_and_goroutines,
    mutex_hammer_threads)

// Who locks a mutex last may free it: unlock does not touch it afterwards.
// (A use after that shows under the address sanitizer.)
struct mutex_counted {
    struct leat_mutex mu;
    int refs;
};

static void
mutex_drop_ref(struct mutex_counted *c, struct leat_waitgroup *wg)
{
    leat_mutex_lock(&c->mu);
    int left = --c->refs;
    leat_mutex_unlock(&c->mu);
    if (left == 0)
        free(c);
    leat_waitgroup_done(wg);
}

static void
mutex_freed_by_the_last(void)
{
    struct leat_waitgroup wg = LEAT_ZERO;
    for (int i = 0; i < 2000; i++) {
        struct mutex_counted *c = calloc(1, sizeof *c);
        c->refs = 3;
        leat_waitgroup_add(&wg, 3);
        for (int k = 0; k < 3; k++)
            leat_go(mutex_drop_ref, c, &wg);
        if (i % 16 == 0)
            leat_waitgroup_wait(&wg);
    }
    leat_waitgroup_wait(&wg);
    CHECK_EQ(leat_waitgroup_wait_until(&wg, 0), 0);
}

TEST_ON_PROCS(mutex, may_be_freed_by_whoever_locked_it_last,
    mutex_freed_by_the_last)

TEST(mutex, try_lock_succeeds_only_while_it_is_unlocked)
{
    struct leat_mutex mu = LEAT_ZERO;
    CHECK(leat_mutex_try_lock(&mu));
    CHECK(!leat_mutex_try_lock(&mu));
    leat_mutex_unlock(&mu);
    leat_mutex_lock(&mu);
    CHECK(!leat_mutex_try_lock(&mu));
    leat_mutex_unlock(&mu);
    CHECK(leat_mutex_try_lock(&mu));
}

static void
mutex_unlock_it(struct leat_mutex *mu)
{
    leat_mutex_unlock(mu);
}

TEST(mutex, may_be_unlocked_by_another_goroutine)
{
    struct leat_mutex mu = LEAT_ZERO;
    leat_mutex_lock(&mu);
    leat_go(mutex_unlock_it, &mu);
    leat_mutex_lock(&mu);
    CHECK(!leat_mutex_try_lock(&mu));
}

// Fairness ----------------------------------------------------------------

// A holder that keeps the lock 100 us and takes it again at once. In starving
// mode a waiter gets it when 1 ms has passed: at the 11th unlock, or the one
// after when the waiter came in the middle.
struct mutex_hog {
    struct leat_mutex mu;
    bool stop; // guarded by mu
    int sections;
    struct leat_waitgroup wg;
};

static void
mutex_hog(struct mutex_hog *h)
{
    for (bool stop = false; !stop;) {
        leat_mutex_lock(&h->mu);
        h->sections++;
        leat_sleep(100 * LEAT_MICROSECOND);
        stop = h->stop;
        leat_mutex_unlock(&h->mu);
    }
    leat_waitgroup_done(&h->wg);
}

static void
mutex_fairness(void *arg)
{
    (void)arg;
    struct mutex_hog h = LEAT_ZERO;
    leat_waitgroup_add(&h.wg, 1);
    leat_go(mutex_hog, &h);
    leat_sleep(50 * LEAT_MICROSECOND);
    for (int i = 0; i < 10; i++) {
        int before = h.sections;
        leat_mutex_lock(&h.mu);
        CHECK(h.sections - before <= 12);
        h.stop = i == 9;
        leat_mutex_unlock(&h.mu);
        leat_sleep(150 * LEAT_MICROSECOND);
    }
    leat_waitgroup_wait(&h.wg);
    CHECK(h.sections >= 10);
}

PLAIN_TEST(mutex, lets_a_waiter_in_after_1_ms_whatever_the_others_do)
{
    run_seeds(mutex_fairness, 50);
}

// The same on real threads, as in Go's TestMutexFairness: ten turns beside a
// goroutine that has the lock nearly all of the time.
static void
mutex_real_fairness(void)
{
    struct mutex_hog h = LEAT_ZERO;
    leat_waitgroup_add(&h.wg, 1);
    leat_go(mutex_hog, &h);
    for (int i = 0; i < 10; i++) {
        leat_sleep(100 * LEAT_MICROSECOND);
        CHECK_EQ(leat_mutex_lock_until(&h.mu, leat_deadline(10 * LEAT_SECOND)), 0);
        h.stop = i == 9;
        leat_mutex_unlock(&h.mu);
    }
    leat_waitgroup_wait(&h.wg);
}

TEST_ON_PROCS(mutex, is_fair_beside_a_hog, mutex_real_fairness)

struct mutex_line {
    struct leat_mutex mu;
    struct record order; // guarded by mu
};

static void
mutex_queue_up(struct mutex_line *line, int id)
{
    leat_mutex_lock(&line->mu);
    record_add(&line->order, id);
    leat_mutex_unlock(&line->mu);
}

static void
mutex_fifo(void *arg)
{
    (void)arg;
    struct mutex_line line = LEAT_ZERO;
    leat_mutex_lock(&line.mu);
    for (int i = 0; i < 8; i++) {
        leat_go(mutex_queue_up, &line, i);
        leat_test_wait(); // it waits now
    }
    leat_sleep(2 * LEAT_MILLISECOND);
    leat_mutex_unlock(&line.mu);
    leat_test_wait();
    CHECK_EQ(line.order.count, 8);
    for (int i = 0; i < 8; i++)
        CHECK_EQ(line.order.value[i], i);
}

PLAIN_TEST(mutex, serves_those_who_starve_in_the_order_they_came)
{
    run_seeds(mutex_fifo, 20);
}

// Deadlines and contexts --------------------------------------------------

static void
mutex_times_out(void *arg)
{
    (void)arg;
    struct leat_mutex mu = LEAT_ZERO;
    int64_t start = leat_now();
    CHECK_EQ(leat_mutex_lock_until(&mu, start - 1), 0); // free: no matter
    CHECK_EQ(leat_mutex_lock_until(&mu, start - 1), LEAT_ETIMEDOUT);
    CHECK_EQ(ms_since(start), 0);
    CHECK_EQ(leat_mutex_lock_until(&mu, start + 5 * LEAT_MILLISECOND), LEAT_ETIMEDOUT);
    CHECK_EQ(ms_since(start), 5);
    leat_mutex_unlock(&mu);
    CHECK_EQ(mu.state, 0);
}

PLAIN_TEST(mutex, lock_until_gives_up_at_its_deadline_and_not_before)
{
    run_seeds(mutex_times_out, 5);
}

static void
mutex_lock_result(struct leat_mutex *mu, int64_t deadline, int *result)
{
    *result = leat_mutex_lock_until(mu, deadline);
}

static void
mutex_succeeds_in_time(void *arg)
{
    (void)arg;
    struct leat_mutex mu = LEAT_ZERO;
    int result = 1;
    leat_mutex_lock(&mu);
    leat_go(mutex_lock_result, &mu, leat_deadline(LEAT_SECOND), &result);
    leat_test_wait();
    CHECK_EQ(result, 1);
    leat_mutex_unlock(&mu);
    leat_test_wait();
    CHECK_EQ(result, 0);
    CHECK(!leat_mutex_try_lock(&mu));
}

PLAIN_TEST(mutex, lock_until_gets_a_lock_that_is_unlocked_in_time)
{
    run_seeds(mutex_succeeds_in_time, 20);
}

static void
mutex_canceled(void *arg)
{
    (void)arg;
    struct leat_mutex mu = LEAT_ZERO;
    struct leat_context *ctx = leat_with_cancel(NULL);
    int result = 1;
    leat_mutex_lock(&mu);
    leat_set_context(ctx);
    leat_go(mutex_lock_result, &mu, LEAT_FOREVER, &result); // inherits it
    leat_test_wait();
    CHECK_EQ(result, 1);
    leat_context_cancel(ctx, 0);
    leat_test_wait();
    CHECK_EQ(result, LEAT_ECANCELED);
    CHECK_EQ(leat_mutex_lock_until(&mu, LEAT_FOREVER), LEAT_ECANCELED);
    leat_mutex_unlock(&mu);
    CHECK_EQ(mu.state, 0);
    // A lock that is free is taken, and the plain form knows no context.
    CHECK_EQ(leat_mutex_lock_until(&mu, LEAT_FOREVER), 0);
    leat_mutex_unlock(&mu);
    leat_mutex_lock(&mu);
    leat_set_context(NULL);
    leat_context_release(ctx);
}

PLAIN_TEST(mutex, lock_until_ends_with_the_goroutines_context)
{
    run_seeds(mutex_canceled, 20);
}

// One in the middle of the queue and the last one leave; the rest is served.
static void
mutex_leave_queue(void *arg)
{
    (void)arg;
    struct mutex_line line = LEAT_ZERO;
    int result[2] = {1, 1};
    leat_mutex_lock(&line.mu);
    leat_go(mutex_queue_up, &line, 1);
    leat_test_wait();
    leat_go(mutex_lock_result, &line.mu, leat_deadline(LEAT_MILLISECOND), &result[0]);
    leat_test_wait();
    leat_go(mutex_queue_up, &line, 2);
    leat_test_wait();
    leat_go(mutex_lock_result, &line.mu, leat_deadline(LEAT_MILLISECOND), &result[1]);
    leat_sleep(2 * LEAT_MILLISECOND);
    CHECK_EQ(result[0], LEAT_ETIMEDOUT);
    CHECK_EQ(result[1], LEAT_ETIMEDOUT);
    leat_mutex_unlock(&line.mu);
    leat_test_wait();
    CHECK_EQ(line.order.count, 2);
    CHECK_EQ(line.order.value[0], 1);
    CHECK_EQ(line.order.value[1], 2);
    CHECK_EQ(line.mu.state, 0);
}

PLAIN_TEST(mutex, queue_survives_waiters_that_leave_it)
{
    run_seeds(mutex_leave_queue, 20);
}

// The unlock that is compiled into the program ------------------------------

#if !LEAT__CALLS_ONLY
// It looks whether somebody waits, and then stores "unlocked". Goal: whoever
// begins to wait between the two is woken all the same. Method: the test does
// the two steps itself, as they stand in leat/sync.h.
static bool
mutex_late_begin(struct leat_mutex *mu)
{
    if (leat__sharing != LEAT__SHARED)
        test_skip("locks are not shared without a fence here");
    leat_mutex_lock(mu);
    return leat__mutex_is_simple(mu);
}

static void
mutex_late_end(struct leat_mutex *mu)
{
    uint32_t *sleepers = leat__sleepers_of(mu);
    __atomic_store_n(leat__mutex_half(mu, 0), 0, __ATOMIC_RELEASE);
    CHECK(__atomic_load_n(sleepers, __ATOMIC_RELAXED) != 0);
    leat__mutex_unlocked(mu);
}

// Until n are in its queue, where the unlocker has to find them.
static void
mutex_until_queued(struct leat_mutex *mu, int n)
{
    int queued = 0;
    while (queued < n) {
        leat_yield();
        struct leat__m *m = leat__enter();
        struct leat__semaroot *root = leat__sema_lock(mu);
        queued = 0;
        for (struct leat__semawaiter *w = leat__sema_head(root, mu); w != NULL; w = w->next)
            queued++;
        leat__sema_unlock(root);
        leat__leave(m);
    }
}

TEST_WITH(mutex, a_late_unlock_wakes_who_began_to_wait, .env = {"LEATPROCS=2"})
{
    struct leat_mutex mu = LEAT_ZERO;
    int result = 1;
    CHECK(mutex_late_begin(&mu));
    leat_go(mutex_lock_result, &mu, LEAT_FOREVER, &result);
    mutex_until_queued(&mu, 1);
    mutex_late_end(&mu);
    // It got the lock, or this waits for ever: a deadlock.
    while (__atomic_load_n(&result, __ATOMIC_ACQUIRE) != 0)
        leat_yield();
    CHECK(!leat_mutex_try_lock(&mu));
    leat_mutex_unlock(&mu);
    CHECK_EQ(mu.state, 0);
}

// The first, which is counted, leaves; the second is then woken.
TEST_WITH(mutex, a_late_unlock_wakes_who_came_second, .env = {"LEATPROCS=2"})
{
    struct leat_mutex mu = LEAT_ZERO;
    int first = 1, second = 1;
    struct leat_context *ctx = leat_with_cancel(NULL);
    CHECK(mutex_late_begin(&mu));
    leat_set_context(ctx);
    leat_go(mutex_lock_result, &mu, LEAT_FOREVER, &first); // inherits it
    leat_set_context(leat_background());
    mutex_until_queued(&mu, 1);
    leat_go(mutex_lock_result, &mu, LEAT_FOREVER, &second);
    mutex_until_queued(&mu, 2);
    leat_context_cancel(ctx, 0);
    while (__atomic_load_n(&first, __ATOMIC_ACQUIRE) == 1)
        leat_yield();
    CHECK_EQ(first, LEAT_ECANCELED);
    mutex_late_end(&mu);
    while (__atomic_load_n(&second, __ATOMIC_ACQUIRE) != 0)
        leat_yield();
    leat_mutex_unlock(&mu);
    CHECK_EQ(mu.state, 0);
    leat_context_release(ctx);
}

// When all who waited have left, nobody is counted any more.
TEST_WITH(mutex, a_late_unlock_finds_nobody_left, .env = {"LEATPROCS=2"})
{
    struct leat_mutex mu = LEAT_ZERO;
    CHECK(mutex_late_begin(&mu));
    CHECK_EQ(leat_mutex_lock_until(&mu, leat_deadline(LEAT_MILLISECOND)), LEAT_ETIMEDOUT);
    CHECK_EQ(mu.state, LEAT__MUTEX_LOCKED);
    CHECK_EQ(__atomic_load_n(leat__sleepers_of(&mu), __ATOMIC_RELAXED), 0);
    leat_mutex_unlock(&mu);
    CHECK_EQ(mu.state, 0);
}

#endif

// Called by pointer they are the library's, and get on with the others.
static void
mutex_by_pointer(struct mutex_hammer *h)
{
    void (*lock)(struct leat_mutex *) = leat_mutex_lock;
    void (*unlock)(struct leat_mutex *) = leat_mutex_unlock;
    for (int i = 0; i < MUTEX_TURNS; i++) {
        lock(&h->mu);
        CHECK_MSG(h->inside == 0, "two in the critical section");
        h->inside = 1;
        h->count++;
        h->inside = 0;
        h->taken++;
        unlock(&h->mu);
    }
    leat_waitgroup_done(&h->wg);
}

static void
mutex_both_ways(void)
{
    struct mutex_hammer h = LEAT_ZERO;
    leat_waitgroup_add(&h.wg, 4);
    for (int i = 0; i < 2; i++) {
        leat_go(mutex_by_pointer, &h);
        leat_go(mutex_hammer, &h);
    }
    leat_waitgroup_wait(&h.wg);
    CHECK_EQ(h.count, h.taken);
    CHECK_EQ(h.mu.state, 0);
}

TEST_ON_PROCS(mutex, calls_by_pointer_get_on_with_the_others, mutex_both_ways)

// Misuse ------------------------------------------------------------------

TEST_WITH(mutex, unlock_of_unlocked_is_fatal, .exit_status = 2,
    .stderr_has = {"fatal error: sync: unlock of unlocked mutex\n"})
{
    struct leat_mutex mu = LEAT_ZERO;
    leat_mutex_unlock(&mu);
}

TEST_WITH(mutex, recover_cannot_stop_a_second_unlock, .exit_status = 2,
    .stderr_has = {"fatal error: sync: unlock of unlocked mutex\n"})
{
    struct leat_mutex mu = LEAT_ZERO;
    struct leat_caught caught = {.value = NULL};
    leat_mutex_lock(&mu);
    leat_mutex_unlock(&mu);
    leat_try {
        leat_catch(&caught);
        leat_mutex_unlock(&mu);
    }
    exit(0); // reached only if it was stopped
}

TEST_WITH(mutex, locking_twice_is_a_deadlock, .exit_status = 2,
    .stderr_has = {"fatal error: all goroutines are asleep - deadlock!",
        "goroutine 1 [sync.Mutex.Lock"})
{
    struct leat_mutex mu = LEAT_ZERO;
    leat_mutex_lock(&mu);
    leat_mutex_lock(&mu);
}
