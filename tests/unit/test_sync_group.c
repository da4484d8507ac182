// SPDX-License-Identifier: MIT
// test_sync_group.c: goroutines that belong together.
#include "unit/test_sync_util.h"

static int
group_return(void *arg)
{
    return *(int *)arg;
}

TEST(group, wait_returns_0_when_all_went_well)
{
    static int zero = 0;
    struct leat_group *g = leat_new_group(NULL);
    for (int i = 0; i < 10; i++)
        leat_group_go(g, group_return, &zero);
    CHECK_EQ(leat_group_wait(g), 0);
    g = leat_new_group(NULL);
    CHECK_EQ(leat_group_wait(g), 0); // nobody at all
}

struct group_sleeper {
    int64_t ns;
    int result;
    int canceled; // what the sleep said
};

static int
group_sleep(void *arg)
{
    struct group_sleeper *s = arg;
    s->canceled = leat_sleep_until(leat_deadline(s->ns));
    return s->result;
}

// The second to end fails; the others see their context end and stop early.
static void
group_first_error(void *arg)
{
    (void)arg;
    struct group_sleeper s[4] = {
        {.ns = LEAT_MILLISECOND, .result = 0},
        {.ns = 2 * LEAT_MILLISECOND, .result = -71},
        {.ns = LEAT_HOUR, .result = -72},
        {.ns = LEAT_HOUR, .result = 0},
    };
    int64_t start = leat_now();
    struct leat_group *g = leat_new_group(NULL);
    struct leat_context *ctx = leat_context_retain(leat_group_context(g));
    for (int i = 0; i < 4; i++)
        leat_group_go(g, group_sleep, &s[i]);
    CHECK_EQ(leat_group_wait(g), -71);
    CHECK_EQ(ms_since(start), 2);
    CHECK_EQ(s[0].canceled, 0);
    CHECK_EQ(s[1].canceled, 0);
    CHECK_EQ(s[2].canceled, LEAT_ECANCELED);
    CHECK_EQ(s[3].canceled, LEAT_ECANCELED);
    CHECK_EQ(leat_context_error(ctx), LEAT_ECANCELED);
    CHECK_EQ(leat_context_cause(ctx), -71);
    leat_context_release(ctx);
}

PLAIN_TEST(group, first_error_wins_and_ends_the_others)
{
    run_seeds(group_first_error, 20);
}

// All fail at once; whose error is returned is the one whose arg is told.
static void
group_first_arg(void *unused)
{
    (void)unused;
    struct group_sleeper s[8];
    void *arg = s;
    struct leat_group *g = leat_new_group(NULL);
    for (int i = 0; i < 8; i++) {
        s[i] = (struct group_sleeper){.ns = LEAT_MILLISECOND, .result = 1 + i};
        leat_group_go(g, group_sleep, &s[i]);
    }
    int error = leat_group_wait_arg(g, &arg);
    CHECK(error >= 1 && error <= 8);
    CHECK(arg == &s[error - 1]);
}

PLAIN_TEST(group, wait_arg_tells_whose_error_it_is)
{
    run_seeds(group_first_arg, 50);
}

static void
group_first_arg_raced(void)
{
    static int numbers[] = {1, 2, 3, 4};
    for (int i = 0; i < 500; i++) {
        void *arg = NULL;
        struct leat_group *g = leat_new_group(NULL);
        for (int k = 0; k < 4; k++)
            leat_group_go(g, group_return, &numbers[k]);
        int error = leat_group_wait_arg(g, &arg);
        CHECK(arg == &numbers[error - 1]);
    }
}

TEST_ON_PROCS(group, wait_arg_tells_it_on_many_ps, group_first_arg_raced)

TEST(group, wait_arg_tells_null_when_all_went_well)
{
    static int zero = 0;
    void *arg = &zero;
    struct leat_group *g = leat_new_group(NULL);
    leat_group_go(g, group_return, &zero);
    CHECK_EQ(leat_group_wait_arg(g, &arg), 0);
    CHECK(arg == NULL);
    CHECK_EQ(leat_group_wait_arg(leat_new_group(NULL), NULL), 0);
}

static void
group_parent_ends(void *arg)
{
    (void)arg;
    struct group_sleeper s = {.ns = LEAT_HOUR, .result = 0};
    struct leat_context *parent = leat_with_timeout(NULL, LEAT_MILLISECOND);
    struct leat_group *g = leat_new_group(parent);
    leat_group_go(g, group_sleep, &s);
    CHECK_EQ(leat_group_wait(g), 0);
    CHECK_EQ(s.canceled, LEAT_ECANCELED);
    leat_context_release(parent);
}

PLAIN_TEST(group, ends_with_its_parent)
{
    run_seeds(group_parent_ends, 10);
}

static void
group_own_parent(void *arg)
{
    (void)arg;
    static const char key;
    struct leat_context *own = leat_with_value(NULL, &key, (void *)&key);
    leat_set_context(own);
    struct leat_group *g = leat_new_group(NULL);
    CHECK(leat_context_value(leat_group_context(g), &key) == &key);
    CHECK_EQ(leat_group_wait(g), 0);
    leat_set_context(NULL);
    leat_context_release(own);
}

PLAIN_TEST(group, has_the_callers_context_as_its_parent)
{
    run_seeds(group_own_parent, 1);
}

// Limits ------------------------------------------------------------------

struct group_limited {
    _Atomic int running, most, ran;
};

static int
group_count(void *arg)
{
    struct group_limited *l = arg;
    int now = atomic_fetch_add(&l->running, 1) + 1;
    int most = l->most;
    while (now > most && !atomic_compare_exchange_weak(&l->most, &most, now))
        ;
    leat_yield();
    leat_yield();
    atomic_fetch_sub(&l->running, 1);
    l->ran++;
    return 0;
}

static void
group_limits(void)
{
    struct group_limited l = {.ran = 0};
    struct leat_group *g = leat_new_group(NULL);
    CHECK_EQ(leat_group_limit(g, 3), 0);
    for (int i = 0; i < 200; i++)
        leat_group_go(g, group_count, &l);
    CHECK_EQ(leat_group_wait(g), 0);
    CHECK_EQ(l.ran, 200);
    CHECK(l.most <= 3);
}

TEST_ON_PROCS(group, never_runs_more_than_its_limit, group_limits)

static int
group_wait_for(void *arg)
{
    leat_recv((leat_chan(int))arg);
    return 0;
}

TEST(group, try_go_refuses_at_the_limit)
{
    leat_chan(int) gate = leat_make_chan(int);
    struct leat_group *g = leat_new_group(NULL);
    CHECK_EQ(leat_group_limit(g, -1), LEAT_EINVAL);
    CHECK_EQ(leat_group_limit(g, 2), 0);
    CHECK(leat_group_try_go(g, group_wait_for, (void *)gate));
    CHECK(leat_group_try_go(g, group_wait_for, (void *)gate));
    CHECK(!leat_group_try_go(g, group_wait_for, (void *)gate));
    CHECK_EQ(leat_group_limit(g, 5), LEAT_EBUSY);
    leat_send(gate, 1);
    leat_send(gate, 1);
    CHECK_EQ(leat_group_wait(g), 0);
    leat_free(gate);
}

// The last step of a member is not yet done when it no longer counts.
static void
group_limit_again(void *arg)
{
    (void)arg;
    static int zero = 0;
    struct leat_group *g = leat_new_group(NULL);
    CHECK_EQ(leat_group_limit(g, 1), 0);
    leat_group_go(g, group_return, &zero);
    while (leat_group_limit(g, 2) == LEAT_EBUSY)
        leat_yield();
    leat_group_go(g, group_return, &zero);
    CHECK_EQ(leat_group_wait(g), 0);
}

PLAIN_TEST(group, limit_may_be_set_as_soon_as_it_is_not_busy)
{
    run_seeds(group_limit_again, 200);
}

static void
group_go_twice(struct leat_group *g, leat_chan(bool) done)
{
    static int zero = 0;
    leat_group_go(g, group_return, &zero);
    leat_group_go(g, group_return, &zero);
    leat_send(done, true);
}

static void
group_limit_beside_a_waiter(void *arg)
{
    (void)arg;
    leat_chan(bool) done = leat_make_chan(bool, 1);
    struct leat_group *g = leat_new_group(NULL);
    CHECK_EQ(leat_group_limit(g, 1), 0);
    leat_go(group_go_twice, g, done);
    while (leat_len(done) == 0) {
        leat_group_limit(g, 1);
        leat_yield();
    }
    leat_free(done);
    CHECK_EQ(leat_group_wait(g), 0);
}

PLAIN_TEST(group, limit_is_busy_while_somebody_waits_for_a_place)
{
    run_seeds(group_limit_beside_a_waiter, 200);
}

static void
group_deadlines(void *arg)
{
    (void)arg;
    int error = 1;
    leat_chan(int) gate = leat_make_chan(int);
    struct leat_group *g = leat_new_group(leat_background());
    CHECK_EQ(leat_group_limit(g, 1), 0);
    CHECK_EQ(leat_group_go_until(g, group_wait_for, (void *)gate, 0), 0);
    int64_t deadline = leat_deadline(LEAT_SECOND);
    CHECK_EQ(leat_group_go_until(g, group_wait_for, (void *)gate, deadline),
        LEAT_ETIMEDOUT);
    CHECK(leat_now() >= deadline);
    CHECK_EQ(leat_group_wait_until(g, &error, leat_deadline(LEAT_SECOND)),
        LEAT_ETIMEDOUT);
    struct leat_context *own = leat_with_cancel(NULL);
    leat_context_cancel(own, 0);
    leat_set_context(own);
    CHECK_EQ(leat_group_wait_until(g, &error, LEAT_FOREVER), LEAT_ECANCELED);
    CHECK_EQ(
        leat_group_go_until(g, group_wait_for, (void *)gate, LEAT_FOREVER),
        LEAT_ECANCELED);
    leat_set_context(NULL);
    leat_context_release(own);
    CHECK_EQ(error, 1);
    // It goes on as if nothing had been.
    leat_send(gate, 1);
    CHECK_EQ(
        leat_group_go_until(g, group_wait_for, (void *)gate, LEAT_FOREVER), 0);
    leat_send(gate, 1);
    CHECK_EQ(leat_group_wait_until(g, &error, LEAT_FOREVER), 0);
    CHECK_EQ(error, 0);
    leat_free(gate);
}

PLAIN_TEST(group, go_and_wait_end_at_a_deadline_and_by_the_callers_context)
{
    run_seeds(group_deadlines, 10);
}

TEST(group, wait_until_tells_the_groups_error)
{
    static int failed = LEAT_ETIMEDOUT; // no mistaking it for the wait's
    int error = 0;
    struct leat_group *g = leat_new_group(NULL);
    leat_group_go(g, group_return, &failed);
    CHECK_EQ(leat_group_wait_until(g, &error, LEAT_FOREVER), 0);
    CHECK_EQ(error, LEAT_ETIMEDOUT);
}

static int
group_exit(void *arg)
{
    ++*(int *)arg;
    leat_goexit();
}

TEST(group, member_that_calls_leat_goexit_has_ended)
{
    int n = 0;
    struct leat_group *g = leat_new_group(NULL);
    leat_group_go(g, group_exit, &n);
    CHECK_EQ(leat_group_wait(g), 0);
    CHECK_EQ(n, 1);
}

static int
group_panic(void *arg)
{
    leat_panic("%s", (char *)arg);
}

TEST_WITH(group, panic_of_a_member_ends_the_program, .exit_status = 2,
    .stderr_has = {"panic: group member"})
{
    struct leat_group *g = leat_new_group(NULL);
    leat_group_go(g, group_panic, "group member");
    leat_group_wait(g);
    exit(0);
}
