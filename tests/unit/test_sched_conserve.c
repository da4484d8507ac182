// SPDX-License-Identifier: MIT
// test_sched_conserve.c: runs tests/stress/conserve.c (single channels, used
// in every way) and tests/stress/graph.c (many in a row): no value is lost,
// doubled or overtaken.
//
// Each repetition of a test (tests --repeat N, make soak) has seeds of its own.
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>

// The first of the seeds of this test: the runner counts its own one by one,
// and these are to lie far from each other.
static unsigned long long
conserve_seed(void)
{
    return test_seed() * 0x9e3779b97f4a7c15u >> 34;
}

// The environment is the test's own: the program inherits it.
static void
conserve_run(const char *program, const char *const *arguments)
{
    struct test_result r;
    CHECK(test_spawn_built(program, arguments, NULL, &r, 25));
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
    snprintf(values, sizeof values, "%d", n / test_slowness());
    snprintf(seed, sizeof seed, "%llu", conserve_seed());
    conserve_run("stress/conserve",
        (const char *[]){"--values", values, "--seed", seed, a, b, c, NULL});
}

static void
conserve_seeds(const char *program, int n)
{
    char first[32], count[32];
    snprintf(first, sizeof first, "%llu", conserve_seed());
    snprintf(count, sizeof count, "%d", n / test_slowness());
    conserve_run(program, (const char *[]){"--seeds", first, count, NULL});
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
    conserve_seeds("stress/conserve", 2000);
}

// ---- From end to end -------------------------------------------------------

static void
conserve_graph(int n, const char *option)
{
    char values[32], seed[32];
    snprintf(values, sizeof values, "%d", n / test_slowness());
    snprintf(seed, sizeof seed, "%llu", conserve_seed());
    conserve_run("stress/graph",
        (const char *[]){"--values", values, "--seed", seed, option, NULL});
}

PLAIN_TEST_WITH(sched, every_value_comes_through_a_graph_on_one_p,
    .env = {"LEATPROCS=1"}, .timeout_s = 30)
{
    conserve_graph(1000000, NULL);
}

PLAIN_TEST_WITH(sched, every_value_comes_through_a_graph_on_two_ps,
    .env = {"LEATPROCS=2"}, .timeout_s = 30)
{
    conserve_graph(1000000, NULL);
}

PLAIN_TEST_WITH(sched, every_value_comes_through_a_graph_on_eight_ps,
    .env = {"LEATPROCS=8"}, .timeout_s = 30)
{
    conserve_graph(500000, NULL);
}

PLAIN_TEST_WITH(sched, every_value_comes_through_a_graph_with_plain_threads,
    .timeout_s = 30)
{
    conserve_graph(100000, "--threads");
}

PLAIN_TEST_WITH(sched, every_value_comes_through_a_graph_on_changing_threads,
    .env = {"LEATDEBUG=migrate=1"}, .timeout_s = 30)
{
    conserve_graph(20000, NULL);
}

PLAIN_TEST_WITH(sched, every_value_comes_through_under_hundreds_of_seeds,
    .timeout_s = 30)
{
    conserve_seeds("stress/graph", 2000);
}
