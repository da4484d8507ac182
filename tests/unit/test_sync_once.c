// SPDX-License-Identifier: MIT
// test_sync_once.c: doing something the first time only.
#include "unit/test_sync_util.h"

struct once_test {
    struct leat_once once;
    struct leat_waitgroup wg;
    int runs; // written by the function only, read by who has come through
    _Atomic int seen;
};

static void
once_count(void *arg)
{
    struct once_test *t = arg;
    leat_yield(); // others come meanwhile
    t->runs++;
}

static void
once_member(struct once_test *t)
{
    leat_once_do(&t->once, once_count, t);
    if (t->runs == 1)
        t->seen++;
    leat_waitgroup_done(&t->wg);
}

static void
once_many(void)
{
    for (int turn = 0; turn < 200; turn++) {
        struct once_test t = {.runs = 0};
        leat_waitgroup_add(&t.wg, 10);
        for (int i = 0; i < 10; i++)
            leat_go(once_member, &t);
        leat_waitgroup_wait(&t.wg);
        CHECK_EQ(t.runs, 1);
        CHECK_EQ(t.seen, 10);
    }
}

TEST_ON_PROCS(once, runs_once_and_all_see_what_it_did, once_many)

static void *
once_thread(void *t)
{
    once_member(t);
    return NULL;
}

TEST(once, serves_plain_threads_and_goroutines)
{
    struct once_test t = {.runs = 0};
    pthread_t thread[4];
    leat_waitgroup_add(&t.wg, 8);
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(pthread_create(&thread[i], NULL, once_thread, &t), 0);
        leat_go(once_member, &t);
    }
    leat_waitgroup_wait(&t.wg);
    leat_blocking_begin();
    for (int i = 0; i < 4; i++)
        pthread_join(thread[i], NULL);
    leat_blocking_end();
    CHECK_EQ(t.runs, 1);
    CHECK_EQ(t.seen, 8);
}

static void
once_sleep(void *arg)
{
    leat_sleep(5 * LEAT_MILLISECOND);
    *(bool *)arg = true;
}

static void
once_wait_for_it(struct leat_once *o, bool *done, int64_t *when)
{
    leat_once_do(o, once_sleep, done);
    CHECK(*done);
    *when = leat_now();
}

static void
once_waits(void *arg)
{
    (void)arg;
    struct leat_once once = LEAT_ZERO;
    bool done = false;
    int64_t start = leat_now(), when[3] = {0};
    for (int i = 0; i < 3; i++)
        leat_go(once_wait_for_it, &once, &done, &when[i]);
    leat_sleep(10 * LEAT_MILLISECOND);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(when[i] - start, 5 * LEAT_MILLISECOND);
}

PLAIN_TEST(once, keeps_all_callers_until_it_has_returned)
{
    run_seeds(once_waits, 20);
}

static void
once_panic(void *n)
{
    ++*(int *)n;
    leat_panic("on purpose");
}

static void
once_exit(void *n)
{
    ++*(int *)n;
    leat_goexit();
}

TEST(once, arguments_are_evaluated_at_every_call)
{
    struct once_test t = {.runs = 0};
    int evaluated = 0;
    for (int i = 0; i < 3; i++)
        leat_once_do(&t.once, once_count, (evaluated++, &t));
    CHECK_EQ(t.runs, 1);
    CHECK_EQ(evaluated, 3);
}

TEST(once, a_panic_counts_as_done)
{
    struct leat_once once = LEAT_ZERO;
    struct leat_caught caught = {.value = NULL};
    int n = 0;
    leat_try {
        leat_catch(&caught);
        leat_once_do(&once, once_panic, &n);
        FAIL("the panic did not come through");
    }
    CHECK_HAS(caught.text, "on purpose");
    leat_once_do(&once, once_panic, &n);
    CHECK_EQ(n, 1);
}

struct once_exiting {
    struct leat_once once;
    int n;
};

static void
once_do_exit(void *arg)
{
    struct once_exiting *e = arg;
    leat_once_do(&e->once, once_exit, &e->n);
    FAIL("leat_goexit came back");
}

TEST(once, leat_goexit_counts_as_done)
{
    struct once_exiting e = {.n = 0};
    struct leat_waitgroup wg = LEAT_ZERO;
    leat_waitgroup_go(&wg, once_do_exit, &e);
    leat_waitgroup_wait(&wg);
    leat_once_do(&e.once, once_exit, &e.n);
    CHECK_EQ(e.n, 1);
}

static void
once_recurse(void *once)
{
    leat_once_do(once, once_recurse, once);
}

TEST_WITH(once, calling_it_from_within_is_a_deadlock, .exit_status = 2,
    .stderr_has = {"fatal error: all goroutines are asleep - deadlock!"})
{
    struct leat_once once = LEAT_ZERO;
    leat_once_do(&once, once_recurse, &once);
}
