// SPDX-License-Identifier: MIT
// test_timer.c: sleep, timers, tickers, leat_after and leat_after_func: when
// they fire, what stop and reset say, and that no stale tick is ever seen.
#include "lib/test.h"
#include "sched/sched.h"

#include <leat.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#define MS LEAT_MILLISECOND

static int
timer_scale(int n)
{
    return n / test_slowness() > 0 ? n / test_slowness() : 1;
}

// ---- Sleep -----------------------------------------------------------------

TEST(timer, sleep_takes_at_least_as_long_as_asked)
{
    for (int64_t ns = 1; ns < 4 * MS; ns *= 3) {
        int64_t before = leat_now();
        leat_sleep(ns);
        CHECK(leat_now() - before >= ns);
    }
}

TEST(timer, sleep_of_nothing_or_less_returns_at_once)
{
    leat_sleep(0);
    leat_sleep(-1);
    leat_sleep(INT64_MIN);
    CHECK_EQ(leat_sleep_until(leat_now() - 1), 0);
    CHECK_EQ(leat_sleep_until(INT64_MIN), 0);
    CHECK_EQ(leat_num_goroutine(), 1);
}

TEST(timer, sleep_under_an_ended_context_says_so_however_late_it_is)
{
    struct leat_context *ended = leat_with_cancel(NULL);
    leat_context_cancel(ended, 0);
    leat_set_context(ended);
    CHECK_EQ(leat_sleep_until(INT64_MIN), LEAT_ECANCELED);
    CHECK_EQ(leat_sleep_until(LEAT_FOREVER), LEAT_ECANCELED);
    leat_set_context(NULL);
    leat_context_release(ended);
}

TEST(timer, a_deadline_beyond_the_clock_is_for_ever)
{
    CHECK(leat_deadline(INT64_MAX) == LEAT_FOREVER);
    CHECK(leat_deadline(LEAT_FOREVER - 1) == LEAT_FOREVER);
    CHECK(leat_deadline(LEAT_HOUR) < LEAT_FOREVER);
    CHECK(leat_deadline(-LEAT_HOUR) < leat_now());
}

TEST_WITH(timer, sleeping_for_ever_alone_is_a_deadlock, .exit_status = 2,
    .stderr_has = {"all goroutines are asleep", "goroutine 1 [sleep"})
{
    leat_sleep(LEAT_FOREVER);
}

static void
sleep_and_note(leat_chan(int) order, int i)
{
    int64_t before = leat_now();
    leat_sleep((1 + i) * 3 * MS);
    CHECK(leat_now() - before >= (1 + i) * 3 * MS);
    leat_send(order, i);
}

// Which of two comes first the clock of a busy machine does not say: a thread
// may be kept from its CPU longer than they are apart.
TEST(timer, many_sleepers_wake_each_once_and_none_too_soon)
{
    enum { N = 10 };
    leat_chan(int) order = leat_make_chan(int, N);
    for (int i = N; i-- > 0;)
        leat_go(sleep_and_note, order, i);
    int woken = 0;
    for (int i = 0; i < N; i++)
        woken |= 1 << leat_recv(order);
    CHECK_EQ(woken, (1 << N) - 1);
}

static void
sleep_seeded(void *arg)
{
    leat_chan(int) order = leat_make_chan(int, 10);
    (void)arg;
    for (int i = 10; i-- > 0;)
        leat_go(sleep_and_note, order, i);
    for (int i = 0; i < 10; i++)
        CHECK_EQ(leat_recv(order), i);
    leat_free(order);
}

// The exact order, where the clock is ours.
PLAIN_TEST(timer, sleepers_wake_exactly_in_order_on_the_virtual_clock)
{
    for (uint64_t seed = 0; seed < 100; seed++)
        CHECK_EQ(leat_test_run(seed, sleep_seeded, NULL), 0);
}

// ---- Timers ----------------------------------------------------------------

TEST(timer, a_timer_fires_once_with_the_time)
{
    int64_t before = leat_now();
    struct leat_timer *t = leat_new_timer(2 * MS);
    int64_t fired = leat_recv(leat_timer_chan(t));
    CHECK(fired - before >= 2 * MS);
    CHECK(fired <= leat_now());
    CHECK_EQ(leat_recv_until(leat_timer_chan(t), NULL, leat_deadline(5 * MS)),
        LEAT_ETIMEDOUT);
    CHECK(!leat_timer_stop(t));
    leat_timer_free(t);
}

TEST(timer, a_timer_of_nothing_or_less_fires_at_once)
{
    int64_t ns[] = {0, -1, INT64_MIN};
    for (int i = 0; i < 3; i++) {
        struct leat_timer *t = leat_new_timer(ns[i]);
        CHECK(leat_recv(leat_timer_chan(t)) <= leat_now());
        leat_timer_free(t);
    }
}

TEST(timer, a_timer_for_ever_waits_and_can_be_stopped)
{
    struct leat_timer *t = leat_new_timer(INT64_MAX);
    CHECK_EQ(leat_try_recv(leat_timer_chan(t), NULL), LEAT_EAGAIN);
    CHECK(leat_timer_stop(t));
    CHECK(!leat_timer_stop(t));
    leat_timer_free(t);
}

TEST(timer, stop_says_whether_it_kept_the_timer_from_firing)
{
    struct leat_timer *t = leat_new_timer(LEAT_HOUR);
    CHECK(leat_timer_stop(t));
    CHECK(!leat_timer_stop(t));
    CHECK(!leat_timer_reset(t, MS));
    leat_recv(leat_timer_chan(t));
    CHECK(!leat_timer_stop(t));
    CHECK(!leat_timer_reset(t, LEAT_HOUR));
    CHECK(leat_timer_reset(t, LEAT_HOUR));
    CHECK(leat_timer_stop(t));
    leat_timer_free(t);
    leat_timer_free(NULL);
}

// Fired, not received: as in Go since 1.23 that is not fired yet.
TEST(timer, a_tick_nobody_received_is_taken_back)
{
    struct leat_timer *t = leat_new_timer(0);
    leat_sleep(3 * MS);
    CHECK(leat_timer_stop(t));
    CHECK_EQ(leat_try_recv(leat_timer_chan(t), NULL), LEAT_EAGAIN);
    leat_timer_reset(t, 0);
    leat_sleep(3 * MS);
    CHECK(leat_timer_reset(t, LEAT_HOUR));
    CHECK_EQ(leat_try_recv(leat_timer_chan(t), NULL), LEAT_EAGAIN);
    leat_timer_free(t);
}

// A ticker waits for its next tick while the last one lies in its channel.
TEST_WITH(timer, a_tick_from_before_a_tickers_reset_is_taken_back,
    .env = {"LEATPROCS=1"})
{
    struct leat_timer *t = leat_new_ticker(MS);
    leat_sleep(3 * MS);
    CHECK(leat_timer_reset(t, LEAT_HOUR));
    CHECK_EQ(leat_try_recv(leat_timer_chan(t), NULL), LEAT_EAGAIN);
    leat_timer_free(t);
}

TEST(timer, a_timer_channel_has_no_length_and_no_capacity)
{
    struct leat_timer *t = leat_new_timer(0);
    leat_sleep(2 * MS);
    CHECK_EQ(leat_len(leat_timer_chan(t)), 0);
    CHECK_EQ(leat_cap(leat_timer_chan(t)), 0);
    leat_timer_free(t);
}

TEST(timer, reset_moves_a_timer_forward_and_back)
{
    struct leat_timer *t = leat_new_timer(LEAT_HOUR);
    CHECK(leat_timer_reset(t, 2 * MS));
    int64_t before = leat_now();
    leat_recv(leat_timer_chan(t));
    CHECK(leat_now() - before < LEAT_MINUTE);
    CHECK(!leat_timer_reset(t, MS));
    CHECK(leat_timer_reset(t, 20 * MS));
    before = leat_now();
    leat_recv(leat_timer_chan(t));
    CHECK(leat_now() - before >= 19 * MS);
    leat_timer_free(t);
}

static void *
timer_reset_plain(void *t)
{
    leat_timer_reset(t, MS);
    return NULL;
}

// All Ps sleep until the old time: somebody has to tell them.
TEST(timer, reset_to_earlier_from_a_plain_thread_is_heard)
{
    struct leat_timer *t = leat_new_timer(LEAT_HOUR);
    for (int i = 0; i < 20; i++) {
        pthread_t id;
        pthread_create(&id, NULL, timer_reset_plain, t);
        CHECK(leat_recv(leat_timer_chan(t)) > 0);
        pthread_join(id, NULL);
        leat_timer_reset(t, LEAT_HOUR);
    }
    leat_timer_free(t);
}

static void
timer_busy(_Atomic bool *stop)
{
    while (!*stop)
        ;
}

static void
timer_reset_then_hog(struct leat_timer *t, _Atomic bool *stop)
{
    leat_timer_reset(t, MS);
    timer_busy(stop);
}

TEST_WITH(timer, reset_to_earlier_by_a_hog_is_heard, .env = {"LEATPROCS=2"})
{
    static _Atomic bool stop;
    struct leat_timer *t = leat_new_timer(LEAT_HOUR);
    leat_go(timer_reset_then_hog, t, &stop);
    CHECK(leat_recv(leat_timer_chan(t)) > 0);
    stop = true;
    leat_timer_free(t);
}

// ---- Never a stale tick ----------------------------------------------------

// After stop or reset has returned nothing from before can be received:
// every tick received must be younger than the last reset.
static void
timer_hammer(struct leat_timer *t, int rounds, unsigned seed)
{
    leat_chan(int64_t) c = leat_timer_chan(t);
    for (int i = 0; i < rounds; i++) {
        int64_t tick, reset = leat_now(), ns = rand_r(&seed) % 3000;
        leat_timer_reset(t, ns);
        for (int spin = rand_r(&seed) % 2000; spin > 0; spin--)
            __asm__ volatile("");
        if (rand_r(&seed) % 4 == 0)
            leat_yield();
        if (rand_r(&seed) % 2 == 0 && leat_try_recv(c, &tick) == 0 &&
            tick < reset + ns)
            FAIL("a tick %ld ns too old", (long)(reset + ns - tick));
        if (rand_r(&seed) % 2 == 0) {
            leat_timer_stop(t);
            if (leat_try_recv(c, &tick) == 0)
                FAIL("a tick after stop");
        }
    }
}

static void
timer_hammer_goroutine(leat_chan(int) done, int seed)
{
    struct leat_timer *t = leat_new_timer(LEAT_HOUR);
    timer_hammer(t, timer_scale(20000), (unsigned)seed);
    leat_timer_free(t);
    leat_send(done, 1);
}

static void
timer_hammer_all(void)
{
    leat_chan(int) done = leat_make_chan(int);
    for (int i = 0; i < 4; i++)
        leat_go(timer_hammer_goroutine, done, (int)test_seed() + i);
    for (int i = 0; i < 4; i++)
        CHECK_EQ(leat_recv(done), 1);
}

TEST_WITH(timer, no_stale_tick_on_one_p, .env = {"LEATPROCS=1"})
{
    timer_hammer_all();
}

TEST_WITH(timer, no_stale_tick_on_four_ps, .env = {"LEATPROCS=4"})
{
    timer_hammer_all();
}

static void *
timer_hammer_plain(void *arg)
{
    struct leat_timer *t = leat_new_timer(LEAT_HOUR);
    timer_hammer(t, timer_scale(5000), (unsigned)(uintptr_t)arg);
    leat_timer_free(t);
    return NULL;
}

TEST(timer, no_stale_tick_on_plain_threads)
{
    pthread_t id[3];
    for (int i = 0; i < 3; i++)
        pthread_create(&id[i], NULL, timer_hammer_plain,
            (void *)(uintptr_t)(test_seed() + (uint64_t)i));
    timer_hammer_all();
    for (int i = 0; i < 3; i++)
        pthread_join(id[i], NULL);
}

static void
timer_share(struct leat_timer *t, leat_chan(int) done, int seed)
{
    unsigned s = (unsigned)seed;
    for (int i = 0; i < timer_scale(10000); i++) {
        if (rand_r(&s) % 3 == 0)
            leat_timer_stop(t);
        else
            leat_timer_reset(t, rand_r(&s) % 5000 + 1);
        if (rand_r(&s) % 4 == 0)
            leat_try_recv(leat_timer_chan(t), NULL);
    }
    leat_send(done, 1);
}

// Several stop and reset the same timer: it is in its heap once, or not.
static void
timer_share_all(struct leat_timer *t)
{
    leat_chan(int) done = leat_make_chan(int);
    for (int i = 0; i < 4; i++)
        leat_go(timer_share, t, done, (int)test_seed() + i);
    for (int i = 0; i < 4; i++)
        leat_recv(done);
    leat_timer_stop(t);
    struct leat_stats s;
    leat_get_stats(&s);
    CHECK_EQ(s.timers, 0);
    leat_timer_free(t);
}

TEST_WITH(timer, several_may_stop_and_reset_one_timer,
    .env = {"LEATPROCS=4"})
{
    timer_share_all(leat_new_timer(LEAT_HOUR));
}

TEST_WITH(timer, several_may_stop_and_reset_one_ticker,
    .env = {"LEATPROCS=4"})
{
    timer_share_all(leat_new_ticker(LEAT_HOUR));
}

// ---- Tickers ---------------------------------------------------------------

TEST(timer, a_ticker_drops_ticks_nobody_takes)
{
    struct leat_timer *t = leat_new_ticker(MS);
    leat_sleep(20 * MS);
    int64_t first = leat_recv(leat_timer_chan(t)), now = leat_now(), v;
    CHECK(first < now - 5 * MS); // the one that has waited
    int more = 0;
    while (leat_try_recv(leat_timer_chan(t), &v) == 0)
        more++;
    CHECK(more <= 1);
    CHECK(leat_recv(leat_timer_chan(t)) > first + 5 * MS);
    leat_timer_free(t);
}

static void
ticker_seeded(void *arg)
{
    (void)arg;
    int64_t start = leat_now();
    struct leat_timer *t = leat_new_ticker(LEAT_SECOND);
    for (int i = 1; i <= 5; i++)
        CHECK_EQ(leat_recv(leat_timer_chan(t)), start + i * LEAT_SECOND);
    // Late by two and a half: one tick waits, and the beat is kept.
    leat_sleep(2 * LEAT_SECOND + LEAT_SECOND / 2);
    CHECK_EQ(leat_recv(leat_timer_chan(t)), start + 6 * LEAT_SECOND);
    CHECK_EQ(leat_recv(leat_timer_chan(t)), start + 8 * LEAT_SECOND);
    CHECK(leat_timer_reset(t, 10 * LEAT_SECOND));
    CHECK_EQ(leat_recv(leat_timer_chan(t)), start + 18 * LEAT_SECOND);
    CHECK_EQ(leat_recv(leat_timer_chan(t)), start + 28 * LEAT_SECOND);
    CHECK(leat_timer_stop(t));
    CHECK(!leat_timer_stop(t));
    CHECK(!leat_timer_reset(t, LEAT_SECOND));
    CHECK_EQ(leat_recv(leat_timer_chan(t)), start + 29 * LEAT_SECOND);
    leat_timer_free(t);
}

PLAIN_TEST(timer, a_ticker_keeps_its_beat)
{
    for (uint64_t seed = 0; seed < 20; seed++)
        CHECK_EQ(leat_test_run(seed, ticker_seeded, NULL), 0);
}

static void
ticker_of_ages(void *arg)
{
    (void)arg;
    // 200 years and 200 more overflow the clock: the second never comes.
    int64_t period = (int64_t)200 * 365 * 24 * LEAT_HOUR;
    struct leat_timer *t = leat_new_ticker(period);
    CHECK(leat_recv(leat_timer_chan(t)) >= period);
    CHECK_EQ(leat_try_recv(leat_timer_chan(t), NULL), LEAT_EAGAIN);
    CHECK(leat_timer_stop(t));
    leat_timer_free(t);
}

PLAIN_TEST(timer, a_ticker_that_overflows_the_clock_waits_for_ever)
{
    CHECK_EQ(leat_test_run(1, ticker_of_ages, NULL), 0);
}

TEST_WITH(timer, a_ticker_of_nothing_panics, .exit_status = 2,
    .stderr_has = {"panic: non-positive interval for NewTicker"})
{
    CHECK(leat_new_ticker(0) == NULL); // does not return
}

TEST_WITH(timer, a_ticker_reset_to_nothing_panics, .exit_status = 2,
    .stderr_has = {"panic: non-positive interval for Ticker.Reset"})
{
    struct leat_timer *t = leat_new_ticker(LEAT_HOUR);
    leat_timer_reset(t, -5);
}

TEST_WITH(timer, freeing_a_timer_someone_waits_for_is_fatal,
    .exit_status = 2, .stderr_has = {"fatal error: free of a channel with"})
{
    struct leat_timer *t = leat_new_timer(LEAT_HOUR);
    leat_go(leat_chan_recv, (struct leat_chan *)(void *)leat_timer_chan(t),
        NULL);
    for (int i = 0; i < 100; i++) {
        leat_yield();
        leat_sleep(MS);
    }
    leat_timer_free(t);
}

TEST_WITH(timer, a_timers_channel_cannot_be_closed, .exit_status = 2,
    .stderr_has = {"close of a channel that a timer or context owns"})
{
    leat_close(leat_timer_chan(leat_new_timer(LEAT_HOUR)));
}

TEST_WITH(timer, a_timers_channel_cannot_be_freed, .exit_status = 2,
    .stderr_has = {"free of a channel that a timer or context owns"})
{
    leat_free(leat_timer_chan(leat_new_timer(LEAT_HOUR)));
}

// ---- leat_after and leat_after_func ----------------------------------------

TEST(timer, after_sends_the_time_once)
{
    int64_t before = leat_now();
    leat_chan(int64_t) c = leat_after(2 * MS);
    CHECK(leat_recv(c) - before >= 2 * MS);
    CHECK_EQ(leat_recv_until(c, NULL, leat_deadline(3 * MS)), LEAT_ETIMEDOUT);
}

TEST(timer, after_ends_a_select)
{
    leat_chan(int) never = leat_make_chan(int);
    CHECK_EQ(leat_select(leat_case_recv(never, NULL),
                 leat_case_recv(leat_after(2 * MS), NULL)),
        1);
    leat_free(never);
}

static void
after_many(leat_chan(int) done)
{
    for (int i = 0; i < 100; i++)
        leat_after(i % 2 == 0 ? LEAT_HOUR : 0);
    leat_yield();
    leat_send(done, 1);
}

TEST(timer, what_after_made_ends_with_its_goroutine)
{
    leat_chan(int) done = leat_make_chan(int);
    for (int i = 0; i < 50; i++)
        leat_go(after_many, done);
    for (int i = 0; i < 50; i++)
        leat_recv(done);
    while (leat_num_goroutine() > 1)
        leat_yield();
    struct leat_stats s;
    leat_get_stats(&s);
    CHECK_EQ(s.timers, 0);
}

static void *
after_plain(void *arg)
{
    (void)arg;
    leat_after(LEAT_HOUR);
    leat_recv(leat_after(MS));
    return NULL;
}

TEST(timer, what_after_made_ends_with_its_thread)
{
    for (int i = 0; i < 5; i++) {
        pthread_t id;
        pthread_create(&id, NULL, after_plain, NULL);
        pthread_join(id, NULL);
    }
    struct leat_stats s;
    leat_get_stats(&s);
    CHECK_EQ(s.timers, 0);
}

static void *
timer_wait_for_tick(void *t)
{
    leat_recv(leat_timer_chan(t));
    return NULL;
}

// The waiting thread had nothing to wake up for.
PLAIN_TEST(timer, one_set_before_leat_run_wakes_the_thread_that_serves_it)
{
    for (int i = 0; i < 50; i++) {
        pthread_t id;
        struct leat_timer *t = leat_new_timer(LEAT_HOUR);
        CHECK(leat_timer_stop(t));
        CHECK_EQ(pthread_create(&id, NULL, timer_wait_for_tick, t), 0);
        while (leat__sched.nforeign_parked == 0)
            sched_yield();
        for (int k = 0; k < i; k++)
            sched_yield();
        leat_timer_reset(t, 1);
        CHECK_EQ(pthread_join(id, NULL), 0);
        leat_timer_free(t);
    }
}

TEST(timer, the_channel_of_after_may_be_freed_early)
{
    struct leat_stats s;
    for (int i = 0; i < 100; i++) {
        leat_chan(int64_t) a = leat_after(LEAT_HOUR), b = leat_after(0);
        leat_free(i % 2 == 0 ? a : b);
        leat_free(i % 2 == 0 ? b : a);
    }
    leat_get_stats(&s);
    CHECK_EQ(s.timers, 0);
}

static void
func_count(void *arg)
{
    ++*(_Atomic int *)arg;
}

TEST(timer, after_func_runs_in_a_goroutine_of_its_own)
{
    static _Atomic int n;
    struct leat_timer *t = leat_after_func(MS, func_count, (void *)&n);
    CHECK(leat_timer_chan(t) == NULL);
    while (n == 0)
        leat_yield();
    CHECK(!leat_timer_stop(t));
    CHECK(!leat_timer_reset(t, MS));
    while (n == 1)
        leat_yield();
    CHECK(!leat_timer_reset(t, LEAT_HOUR));
    CHECK(leat_timer_stop(t));
    leat_timer_free(t);
    CHECK_EQ(n, 2);
}

static void
func_blocks(void *arg)
{
    leat_chan(int) *c = arg;
    leat_send(c[0], 1);
    leat_send(c[1], 1);
}

TEST(timer, freeing_an_after_func_leaves_what_it_started_alone)
{
    leat_chan(int) c[2] = {leat_make_chan(int), leat_make_chan(int)};
    struct leat_timer *t = leat_after_func(0, func_blocks, c);
    leat_recv(c[0]);
    leat_timer_free(t);
    CHECK_EQ(leat_recv(c[1]), 1);
}

// ---- Many ------------------------------------------------------------------

TEST_WITH(timer, a_million_timers, .timeout_s = 60, .serial = 1,
    .skip_under = TEST_QEMU)
{
    int n = timer_scale(1000000);
    static _Atomic int fired;
    struct leat_timer **t = malloc((size_t)n * sizeof *t);
    unsigned seed = (unsigned)test_seed();
    for (int i = 0; i < n; i++)
        t[i] = leat_after_func(LEAT_HOUR + rand_r(&seed) % LEAT_SECOND,
            func_count, (void *)&fired);
    struct leat_stats s;
    leat_get_stats(&s);
    CHECK_EQ(s.timers, n);
    // A thousand of them are to fire, the others are stopped.
    int stopped = 0;
    for (int i = 0; i < n; i++) {
        if (i % (n / 1000 + 1) == 0)
            leat_timer_reset(t[i], rand_r(&seed) % (20 * MS));
        else
            stopped += leat_timer_stop(t[i]);
    }
    while (fired < n - stopped)
        leat_sleep(MS);
    CHECK_EQ(fired, n - stopped);
    leat_get_stats(&s);
    CHECK_EQ(s.timers, 0);
    for (int i = 0; i < n; i++)
        leat_timer_free(t[i]);
    free(t);
}

static void
many_sleepers(_Atomic int *awake, int ns)
{
    leat_sleep(ns);
    ++*awake;
}

// Timers of a P that goes away belong to the first one from then on.
TEST_WITH(timer, timers_survive_the_loss_of_their_p, .env = {"LEATPROCS=8"},
    .timeout_s = 30)
{
    static _Atomic int awake;
    int n = timer_scale(20000);
    for (int i = 0; i < n; i++) {
        leat_go(many_sleepers, &awake, 1 + i % 10000000);
        if (i % 1000 == 0)
            leat_gomaxprocs(1 + i / 1000 % 8);
    }
    leat_gomaxprocs(1);
    while (awake < n)
        leat_sleep(MS);
    CHECK_EQ(awake, n);
    struct leat_stats s;
    leat_get_stats(&s);
    CHECK_EQ(s.timers, 0);
}
