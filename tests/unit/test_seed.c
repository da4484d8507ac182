// SPDX-License-Identifier: MIT
// test_seed.c: seeded runs: the same seed is the same run, other seeds are
// other runs, the clock is virtual, and what goes wrong names its seed.
#include "lib/test.h"
#include "sched/sched.h"

#include <leat.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// ---- A program that uses everything ----------------------------------------

// What happened, in order: a hash of every step any goroutine took.
static uint64_t seed_log;
static int seed_left;

static void
seed_note(int who, int64_t what)
{
    seed_log = (seed_log ^ (uint64_t)(who * 1000003 + what)) * 0x100000001b3u;
}

struct seed_world {
    leat_chan(int) jobs, results;
    struct leat_mutex lock;
    int counter;
    struct leat_waitgroup group;
};

static void
seed_worker(struct seed_world *w, int id)
{
    int job;
    while (leat_recv_ok(w->jobs, &job)) {
        leat_mutex_lock(&w->lock);
        int n = w->counter++;
        if (job % 5 == 0)
            leat_yield(); // while holding the lock: others queue for it
        leat_mutex_unlock(&w->lock);
        seed_note(id, job * 100 + n);
        if (job % 3 == 0)
            leat_sleep((int64_t)(leat_test_random() % 1000));
        int r = leat_select_until(leat_deadline(500),
            leat_case_send(w->results, job), leat_case_recv((leat_chan(int))NULL, NULL));
        seed_note(id, r);
        if (r != 0)
            leat_send(w->results, job);
    }
    leat_waitgroup_done(&w->group);
}

static void
seed_tick(struct seed_world *w)
{
    struct leat_timer *t = leat_new_ticker(300);
    for (int i = 0; i < 5; i++)
        seed_note(77, leat_recv(leat_timer_chan(t)));
    leat_timer_free(t);
    leat_waitgroup_done(&w->group);
}

static void
seed_feed(struct seed_world *w)
{
    for (int i = 0; i < 12; i++)
        leat_send(w->jobs, i);
    leat_close(w->jobs);
    leat_waitgroup_done(&w->group);
}

static void
seed_program(void *arg)
{
    (void)arg;
    struct seed_world w = {
        .jobs = leat_make_chan(int, 2), .results = leat_make_chan(int)};
    leat_waitgroup_add(&w.group, 5);
    for (int i = 0; i < 3; i++)
        leat_go(seed_worker, &w, i);
    leat_go(seed_tick, &w);
    leat_go(seed_feed, &w);
    int sum = 0;
    for (int i = 0; i < 12; i++) {
        int v = leat_recv(w.results);
        seed_note(99, v);
        sum += v;
    }
    leat_waitgroup_wait(&w.group);
    CHECK_EQ(sum, 66);
    CHECK_EQ(w.counter, 12);
    seed_note(98, leat_now());
    leat_free(w.jobs);
    leat_free(w.results);
}

struct seed_outcome {
    uint64_t trace, log;
};

static struct seed_outcome
seed_run(uint64_t seed)
{
    seed_log = 0;
    CHECK_EQ(leat_test_run(seed, seed_program, NULL), 0);
    return (struct seed_outcome){leat_test_trace(), seed_log};
}

static int
seed_scale(int n)
{
    return n / test_slowness();
}

PLAIN_TEST_WITH(seed, the_same_seed_is_the_same_run, .timeout_s = 40)
{
    for (int i = 0; i < seed_scale(3000); i++) {
        uint64_t seed = test_seed() + (uint64_t)i;
        struct seed_outcome a = seed_run(seed), b = seed_run(seed);
        if (a.trace != b.trace || a.log != b.log)
            FAIL("seed %llu gave two runs", (unsigned long long)seed);
    }
}

// A run must not depend on what ran before it in the process.
PLAIN_TEST(seed, the_order_of_the_runs_does_not_matter)
{
    enum { N = 50 };
    struct seed_outcome forth[N];
    for (int i = 0; i < N; i++)
        forth[i] = seed_run((uint64_t)i);
    for (int i = N; i-- > 0;) {
        struct seed_outcome back = seed_run((uint64_t)i);
        CHECK_EQ(back.trace, forth[i].trace);
        CHECK_EQ(back.log, forth[i].log);
    }
}

static int
seed_compare(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

PLAIN_TEST(seed, other_seeds_are_other_runs)
{
    enum { N = 500 };
    static uint64_t log[N];
    for (int i = 0; i < N; i++)
        log[i] = seed_run((uint64_t)i).log;
    qsort(log, N, sizeof *log, seed_compare);
    int distinct = 1;
    for (int i = 1; i < N; i++)
        distinct += log[i] != log[i - 1];
    // Chance decides hundreds of times in each run.
    CHECK_MSG(distinct > N * 9 / 10, "%d of %d", distinct, N);
}

// ---- Choices ---------------------------------------------------------------

static int seed_first;

static void
seed_be_first(int id)
{
    if (seed_first < 0)
        seed_first = id;
    seed_left--;
}

static void
seed_race(void *arg)
{
    (void)arg;
    seed_first = -1;
    seed_left = 4;
    for (int i = 0; i < 4; i++)
        leat_go(seed_be_first, i);
    while (seed_left > 0)
        leat_yield();
}

// Whoever is runnable has a chance to run next, not just the oldest.
PLAIN_TEST(seed, any_runnable_goroutine_may_run_first)
{
    int wins[4] = {0};
    for (uint64_t seed = 0; seed < 400; seed++) {
        leat_test_run(seed, seed_race, NULL);
        wins[seed_first]++;
    }
    for (int i = 0; i < 4; i++)
        CHECK_MSG(wins[i] > 20, "goroutine %d was first %d times", i, wins[i]);
}

// Two steps without a lock: somewhere another goroutine comes in between.
static void
seed_unsafe_add(leat_chan(int) done, int *counter)
{
    int n = *counter;
    leat_goid(); // any call may switch
    *counter = n + 1;
    leat_send(done, 1);
}

static bool seed_lost_update;

static void
seed_find_race(void *arg)
{
    (void)arg;
    leat_chan(int) done = leat_make_chan(int, 2);
    int counter = 0;
    leat_go(seed_unsafe_add, done, &counter);
    leat_go(seed_unsafe_add, done, &counter);
    leat_recv(done);
    leat_recv(done);
    leat_free(done);
    if (counter == 1)
        seed_lost_update = true;
}

PLAIN_TEST(seed, a_lost_update_is_found_by_some_seed_and_not_by_all)
{
    int found = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        seed_lost_update = false;
        leat_test_run(seed, seed_find_race, NULL);
        found += seed_lost_update;
    }
    CHECK(found > 0);
    CHECK(found < 200);
}

static uint64_t seed_numbers[4];

static void
seed_draw(void *arg)
{
    (void)arg;
    for (int i = 0; i < 4; i++)
        seed_numbers[i] = leat_test_random();
}

PLAIN_TEST(seed, random_numbers_come_from_the_seed)
{
    uint64_t first[4];
    leat_test_run(42, seed_draw, NULL);
    memcpy(first, seed_numbers, sizeof first);
    leat_test_run(43, seed_draw, NULL);
    CHECK(memcmp(first, seed_numbers, sizeof first) != 0);
    leat_test_run(42, seed_draw, NULL);
    CHECK(memcmp(first, seed_numbers, sizeof first) == 0);
}

// ---- The clock -------------------------------------------------------------

static void
seed_hours(void *arg)
{
    (void)arg;
    int64_t start = leat_now();
    for (int i = 0; i < 60; i++)
        leat_sleep(LEAT_MINUTE);
    CHECK_EQ(leat_now() - start, LEAT_HOUR);
    CHECK(leat_recv(leat_after(LEAT_HOUR)) == start + 2 * LEAT_HOUR);
    leat_chan(int) never = leat_make_chan(int);
    CHECK_EQ(leat_recv_until(never, NULL, leat_deadline(LEAT_HOUR)),
        LEAT_ETIMEDOUT);
    CHECK_EQ(leat_now() - start, 3 * LEAT_HOUR);
    leat_free(never);
}

PLAIN_TEST(seed, hours_pass_in_milliseconds)
{
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    for (uint64_t seed = 0; seed < 10; seed++)
        leat_test_run(seed, seed_hours, NULL);
    clock_gettime(CLOCK_MONOTONIC, &b);
    CHECK(b.tv_sec - a.tv_sec < 5 * test_slowness());
}

static void
seed_standing_clock(void *arg)
{
    (void)arg;
    int64_t start = leat_now();
    for (int i = 0; i < 1000; i++)
        leat_yield();
    CHECK_EQ(leat_now(), start);
}

PLAIN_TEST(seed, the_clock_stands_still_while_anything_runs)
{
    leat_test_run(5, seed_standing_clock, NULL);
}

static int seed_stage;

static void
seed_stages(leat_chan(int) c)
{
    seed_stage = 1;
    leat_recv(c);
    seed_stage = 2;
    leat_sleep(LEAT_SECOND);
    seed_stage = 3;
}

static void
seed_wait_for_all(void *arg)
{
    (void)arg;
    leat_chan(int) c = leat_make_chan(int);
    int64_t start = leat_now();
    seed_stage = 0;
    leat_go(seed_stages, c);
    leat_test_wait();
    CHECK_EQ(seed_stage, 1);
    leat_send(c, 1);
    leat_test_wait();
    CHECK_EQ(seed_stage, 2);
    CHECK_EQ(leat_now(), start); // the clock has not jumped
    leat_sleep(2 * LEAT_SECOND);
    CHECK_EQ(seed_stage, 3);
    leat_test_wait();
    leat_free(c);
}

PLAIN_TEST(seed, test_wait_returns_when_all_others_wait)
{
    for (uint64_t seed = 0; seed < 100; seed++)
        leat_test_run(seed, seed_wait_for_all, NULL);
}

TEST_WITH(seed, test_wait_outside_a_seeded_run_panics, .exit_status = 2,
    .stderr_has = {"panic: leat_test_wait outside a seeded run"})
{
    leat_test_wait();
}

// ---- What goes wrong -------------------------------------------------------

static void
seed_deadlock(void *arg)
{
    (void)arg;
    leat_recv(leat_make_chan(int));
}

PLAIN_TEST_WITH(seed, a_deadlock_names_its_seed, .exit_status = 2,
    .stderr_has = {"fatal error: all goroutines are asleep - deadlock!",
        "leat: seed 123456789"})
{
    leat_test_run(123456789, seed_deadlock, NULL);
}

static void
seed_panic(void *arg)
{
    (void)arg;
    leat_panic("the %s failed", "test");
}

PLAIN_TEST_WITH(seed, a_panic_names_its_seed, .exit_status = 2,
    .stderr_has = {"panic: the test failed", "leat: seed 77"})
{
    leat_test_run(77, seed_panic, NULL);
}

static void
seed_throw(void *arg)
{
    (void)arg;
    leat_close((leat_chan(int))NULL);
}

PLAIN_TEST_WITH(seed, a_fatal_error_names_its_seed, .exit_status = 2,
    .stderr_has = {"fatal error: close of nil channel", "leat: seed 78"})
{
    leat_test_run(78, seed_throw, NULL);
}

static void
seed_nested(void *arg)
{
    *(int *)arg = leat_test_run(1, seed_draw, NULL);
}

PLAIN_TEST(seed, a_run_inside_a_run_is_refused)
{
    int err = 0;
    CHECK_EQ(leat_test_run(1, seed_nested, &err), 0);
    CHECK_EQ(err, LEAT_EBUSY);
}

TEST(seed, a_run_inside_a_program_is_refused)
{
    CHECK_EQ(leat_test_run(1, seed_draw, NULL), LEAT_EBUSY);
}

static void *
seed_intruder(void *arg)
{
    leat_yield();
    return arg;
}

static void
seed_with_thread(void *arg)
{
    pthread_t id;
    (void)arg;
    pthread_create(&id, NULL, seed_intruder, NULL);
    pthread_join(id, NULL);
}

PLAIN_TEST_WITH(seed, a_plain_thread_in_a_seeded_run_is_fatal,
    .exit_status = 2,
    .stderr_has = {"a plain thread called into a seeded run"})
{
    leat_test_run(1, seed_with_thread, NULL);
}

// ---- What is left behind ---------------------------------------------------

static void
seed_forever(leat_chan(int) c)
{
    leat_after(LEAT_HOUR);
    leat_recv(c);
}

static void
seed_leave(void *arg)
{
    struct leat_go_options o = {.stack_size = 1 << 20};
    leat_chan(int) c = leat_make_chan(int);
    (void)arg;
    for (int i = 0; i < 300; i++)
        leat_go(seed_forever, c);
    leat_go_with(&o, seed_forever, c);
    CHECK_EQ(leat_num_goroutine(), 302);
    leat_test_wait();
}

PLAIN_TEST(seed, what_a_run_leaves_behind_is_gone_in_the_next)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        leat_test_run(seed, seed_leave, NULL);
        struct leat_stats s;
        leat_get_stats(&s);
        CHECK_EQ(s.timers, 0);
        CHECK_MSG(s.stack_bytes < 512 << 20, "%ld", (long)s.stack_bytes);
    }
}

static void *
seed_in_thread(void *arg)
{
    leat_chan(int) c = leat_make_chan(int, 1);
    leat_send(c, 1);
    *(int *)arg = leat_test_run(3, seed_draw, NULL);
    leat_send_until(c, leat_deadline(1000), 2);
    leat_free(c);
    return NULL;
}

// The thread was known before the run and is again afterwards.
PLAIN_TEST(seed, a_run_may_be_on_any_thread)
{
    for (int i = 0; i < 10; i++) {
        int err = -1;
        pthread_t id;
        pthread_create(&id, NULL, seed_in_thread, &err);
        pthread_join(id, NULL);
        CHECK_EQ(err, 0);
    }
}

// More runnable goroutines than the ring holds are chosen from as well.
static void
seed_count(int *n)
{
    leat_yield();
    ++*n;
}

static void
seed_crowd(void *arg)
{
    int n = 0;
    (void)arg;
    for (int i = 0; i < 1000; i++)
        leat_go(seed_count, &n);
    while (n < 1000)
        leat_yield();
    CHECK_EQ(leat_num_goroutine(), 1);
}

PLAIN_TEST(seed, a_crowd_of_goroutines_runs_under_a_seed)
{
    uint64_t trace = 0;
    for (int i = 0; i < 2; i++) {
        leat_test_run(9, seed_crowd, NULL);
        CHECK(i == 0 || trace == leat_test_trace());
        trace = leat_test_trace();
    }
}

static void
seed_wait_once(void)
{
    leat_test_wait();
}

static void
seed_wait_twice(void *arg)
{
    struct leat_caught c = {.kind = 0};
    (void)arg;
    leat_go(seed_wait_once);
    while (leat__sched.test_waiters == NULL)
        leat_yield();
    leat_try {
        leat_catch(&c);
        leat_test_wait();
    }
    CHECK_STR(c.text, "leat_test_wait: somebody waits already");
    leat_sleep(1);
    CHECK_EQ(leat_num_goroutine(), 1);
}

PLAIN_TEST(seed, two_cannot_wait_for_all_others)
{
    for (uint64_t seed = 1; seed <= 20; seed++)
        CHECK_EQ(leat_test_run(seed, seed_wait_twice, NULL), 0);
}

static void
seed_recover(void *arg)
{
    (void)arg;
    leat_recover();
}

static void
seed_panic_recovered(void *arg)
{
    CHECK_EQ(leat_goid(), 1);
    leat_go(seed_forever, leat_make_chan(int));
    leat_defer(seed_recover, NULL);
    leat_panic("%s", (char *)arg);
}

// As the return of its function: there is no leat_try to go on behind.
PLAIN_TEST(seed, a_panic_that_main_recovers_ends_a_seeded_run)
{
    CHECK_EQ(leat_test_run(1, seed_panic_recovered, "one"), 0);
    CHECK_EQ(leat_test_run(2, seed_panic_recovered, "two"), 0);
}

TEST_WITH(seed, a_panic_that_main_recovers_ends_a_seeded_program,
    .env = {"LEATDEBUG=seed=1"}, .stderr_lacks = {"fatal error"})
{
    seed_panic_recovered("three");
    FAIL("went on behind a panic");
}

static int
seed_main_on_four(int argc, char **argv)
{
    (void)argc, (void)argv;
    CHECK_EQ(leat_gomaxprocs(0), 4);
    return 0;
}

PLAIN_TEST(seed, gomaxprocs_before_a_seeded_run_is_for_the_program_after_it)
{
    leat_gomaxprocs(4);
    CHECK_EQ(leat_test_run(9, seed_crowd, NULL), 0);
    uint64_t trace = leat_test_trace();
    CHECK_EQ(leat_test_run(9, seed_crowd, NULL), 0);
    CHECK_EQ(leat_test_trace(), trace);
    CHECK_EQ(leat_gomaxprocs(0), 4);
    leat_run(seed_main_on_four, 0, NULL);
}

// ---- LEATDEBUG=seed=N ------------------------------------------------------

TEST_WITH(seed, leatdebug_seeds_a_whole_program,
    .env = {"LEATDEBUG=seed=17"})
{
    int64_t start = leat_now();
    leat_sleep(LEAT_HOUR);
    CHECK_EQ(leat_now() - start, LEAT_HOUR);
    CHECK_EQ(leat_gomaxprocs(0), 1);
    CHECK_EQ(leat_gomaxprocs(4), 1);
    CHECK_EQ(leat_gomaxprocs(0), 1);
}

// For the next one, which runs it under a seed. Without one it needs one P,
// since goroutines note what they do without a lock.
TEST_WITH(seed_aid, print_the_run, .env = {"LEATPROCS=1"})
{
    seed_program(NULL);
    CHECK(seed_log != 0);
    printf("%llx %llx\n", (unsigned long long)leat_test_trace(),
        (unsigned long long)seed_log);
}

// Over processes, too: nothing depends on addresses.
PLAIN_TEST(seed, the_same_seed_is_the_same_program_in_another_process)
{
    struct test_result r[3];
    const char *arguments[] = {"--run", "seed_aid.print_the_run", NULL};
    for (int i = 0; i < 3; i++) {
        const char *env[] = {
            i < 2 ? "LEATDEBUG=seed=5" : "LEATDEBUG=seed=6", NULL};
        CHECK(test_spawn_built("tests", arguments, env, &r[i], 10));
        CHECK_EQ(r[i].status, 0);
    }
    CHECK_STR(r[0].out, r[1].out);
    CHECK(strcmp(r[0].out, r[2].out) != 0);
    for (int i = 0; i < 3; i++)
        test_result_free(&r[i]);
}

TEST_WITH(seed, a_seeded_program_that_dies_names_its_seed,
    .env = {"LEATDEBUG=seed=4711"}, .exit_status = 2,
    .stderr_has = {"all goroutines are asleep", "leat: seed 4711"})
{
    seed_deadlock(NULL);
}
