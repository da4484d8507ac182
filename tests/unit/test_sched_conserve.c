// SPDX-License-Identifier: MIT
// test_sched_conserve.c: runs tests/stress/conserve.c, which loses no value.
//
// LEAT_SOAK=N in the environment makes every run N times as long.
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>

static int
conserve_size(int n)
{
    const char *soak = getenv("LEAT_SOAK");
    int factor = soak != NULL ? atoi(soak) : 1;
    return n * (factor > 0 ? factor : 1) / test_slowness();
}

// The environment is the test's own: the program inherits it.
static void
conserve_run(const char *const *arguments)
{
    struct test_result r;
    const char *soak = getenv("LEAT_SOAK");
    int limit = 15 * (soak != NULL && atoi(soak) > 0 ? atoi(soak) : 1);
    CHECK(test_spawn_built("stress/conserve", arguments, NULL, &r, limit));
    if (r.status != 0)
        FAIL("status %d, signal %d%s\n%s", r.status, r.signal,
            r.timed_out ? ", hung" : "", r.err);
    CHECK_HAS(r.out, " values in ");
    test_result_free(&r);
}

static void
conserve_values(int n, const char *a, const char *b, const char *c)
{
    char values[32], seed[32];
    snprintf(values, sizeof values, "%d", conserve_size(n));
    snprintf(seed, sizeof seed, "%llu",
        (unsigned long long)(test_seed() % 1000000000));
    conserve_run((const char *[]){
        "--values", values, "--seed", seed, a, b, c, NULL});
}

PLAIN_TEST_WITH(sched, no_value_is_lost_on_one_p, .env = {"LEATPROCS=1"},
    .timeout_s = 30)
{
    conserve_values(1000000, NULL, NULL, NULL);
}

PLAIN_TEST_WITH(sched, no_value_is_lost_on_two_ps, .env = {"LEATPROCS=2"},
    .timeout_s = 30)
{
    conserve_values(1000000, NULL, NULL, NULL);
}

PLAIN_TEST_WITH(sched, no_value_is_lost_on_eight_ps, .env = {"LEATPROCS=8"},
    .timeout_s = 30)
{
    conserve_values(1000000, NULL, NULL, NULL);
}

PLAIN_TEST_WITH(sched, no_value_is_lost_with_plain_threads, .timeout_s = 30)
{
    conserve_values(300000, "--threads", NULL, NULL);
}

PLAIN_TEST_WITH(sched, no_value_is_lost_with_plain_threads_on_one_p,
    .env = {"LEATPROCS=1"}, .timeout_s = 30)
{
    conserve_values(300000, "--threads", NULL, NULL);
}

PLAIN_TEST_WITH(sched, no_value_is_lost_while_the_number_of_ps_changes,
    .timeout_s = 30)
{
    conserve_values(300000, "--procs", "--threads", NULL);
}

// Not restarted: every blocking call is interrupted each millisecond.
PLAIN_TEST_WITH(sched, no_value_is_lost_in_a_storm_of_signals,
    .timeout_s = 30)
{
    conserve_values(300000, "--storm", "--threads", "--procs");
}

PLAIN_TEST_WITH(sched, no_value_is_lost_without_membarrier,
    .env = {"LEATDEBUG=fence=1"}, .timeout_s = 30)
{
    conserve_values(300000, "--threads", NULL, NULL);
}

PLAIN_TEST_WITH(sched, no_value_is_lost_when_every_call_changes_the_thread,
    .env = {"LEATDEBUG=migrate=1"}, .timeout_s = 30)
{
    conserve_values(50000, "--threads", NULL, NULL);
}

PLAIN_TEST_WITH(sched, no_value_is_lost_under_hundreds_of_seeds,
    .timeout_s = 30)
{
    char first[32], count[32];
    snprintf(first, sizeof first, "%llu",
        (unsigned long long)(test_seed() % 1000000000));
    snprintf(count, sizeof count, "%d", conserve_size(2000));
    conserve_run((const char *[]){"--seeds", first, count, NULL});
}
