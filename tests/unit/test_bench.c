// SPDX-License-Identifier: MIT
// test_bench.c: the benchmark program keeps the protocol of bench/README.md,
// and has the same workloads as its Go twin. What it measures is not tested:
// a workload's own checks are (a wrong sum ends the program with status 1).
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BENCH_TEST_TIMEOUT_S = 100 };

// Under a sanitizer that many goroutines do not fit.
static const char bench_large[] = "Echo/conns=10000";

static void
bench_needed(void)
{
    char *path = test_build_path("bench");
    if (access(path, X_OK) != 0)
        test_skip("no benchmark program: make %s", path);
    free(path);
}

// Runs `bench a b` with so many Ps.
static struct test_result
bench_run(const char *a, const char *b, const char *procs)
{
    struct test_result r;
    const char *arguments[] = {a, b, NULL};
    const char *env[] = {procs, NULL};
    CHECK(test_spawn_built("bench", arguments, env, &r, 30));
    return r;
}

// That the answer is one line "NAME N ns", or "NAME 0 0" for n 0.
static void
bench_check_answer(const struct test_result *r, const char *name, long long n)
{
    char got[128];
    long long got_n, ns;
    int end = 0;
    CHECK_MSG(r->status == 0, "%s: status %d: %s", name, r->status, r->err);
    CHECK_MSG(sscanf(r->out, "%127s %lld %lld%n", got, &got_n, &ns, &end) == 3,
        "%s answered \"%s\"", name, r->out);
    CHECK_STR(r->out + end, "\n");
    CHECK_STR(got, name);
    CHECK_MSG(n < 0 || got_n == n, "%s ran %lld times", name, got_n);
    CHECK_MSG(n != 0 || ns == 0, "%s has a time at 0 runs", name);
}

static void
bench_check_run(
    const char *name, const char *n, const char *procs, long long expected)
{
    struct test_result r = bench_run(name, n, procs);
    bench_check_answer(&r, name, expected);
    test_result_free(&r);
}

PLAIN_TEST_WITH(bench, every_workload_runs_once_on_one_and_two_ps,
    .timeout_s = BENCH_TEST_TIMEOUT_S)
{
    bench_needed();
    struct test_result list = bench_run("list", NULL, "LEATPROCS=1");
    int count = 0;
    char *save = NULL;
    for (char *name = strtok_r(list.out, "\n", &save); name != NULL;
         name = strtok_r(NULL, "\n", &save)) {
        count++;
        if (strcmp(name, bench_large) == 0)
            continue;
        // Its server is this program again, which qemu does not start.
        if (strncmp(name, "Echo/", 5) == 0 && test_under() & TEST_QEMU)
            continue;
        bench_check_run(name, "1", "LEATPROCS=1", -1);
        bench_check_run(name, "1", "LEATPROCS=2", -1);
    }
    CHECK_MSG(count > 100, "only %d workloads are listed", count);
    test_result_free(&list);
}

// That the answer is one line of head and at least so many numbers more.
static void
bench_check_numbers(const struct test_result *r, const char *head, int least)
{
    int found = 0;
    CHECK_MSG(r->status == 0, "status %d: %s", r->status, r->err);
    CHECK_MSG(strncmp(r->out, head, strlen(head)) == 0, "\"%s\"", r->out);
    char *at = r->out + strlen(head);
    for (char *end = at; *at == ' '; at = end, found++) {
        strtoll(at, &end, 10);
        CHECK_MSG(end > at, "\"%s\" at number %d", r->out, found + 1);
    }
    CHECK_STR(at, "\n");
    CHECK_MSG(found >= least, "only %d numbers", found);
}

PLAIN_TEST(bench, memory_says_what_parked_goroutines_cost)
{
    bench_needed();
    struct test_result r = bench_run("memory", "1000", "LEATPROCS=1");
    bench_check_numbers(&r, "memory 1000", 3);
    test_result_free(&r);
}

PLAIN_TEST(bench, ticker_says_how_late_each_tick_was)
{
    struct test_result r;
    const char *arguments[] = {"ticker", "1", "100", NULL};
    const char *env[] = {"LEATPROCS=1", NULL};
    bench_needed();
    CHECK(test_spawn_built("bench", arguments, env, &r, 30));
    bench_check_numbers(&r, "ticker 1 100", 1);
    test_result_free(&r);
}

PLAIN_TEST_WITH(bench, ten_thousand_connections_are_served,
    .timeout_s = BENCH_TEST_TIMEOUT_S,
    .skip_under = TEST_ASAN | TEST_TSAN | TEST_QEMU)
{
    bench_needed();
    struct test_result r = bench_run(bench_large, "1", "LEATPROCS=2");
    if (strstr(r.err, "open files are needed") != NULL)
        test_skip("%s", r.err);
    bench_check_answer(&r, bench_large, 10000);
    test_result_free(&r);
}

PLAIN_TEST(bench, n_is_rounded_up_to_the_granule_and_zero_where_undefined)
{
    bench_needed();
    bench_check_run("ChanSync", "1", "LEATPROCS=1", 2000);
    bench_check_run("ChanSync", "2001", "LEATPROCS=1", 4000);
    bench_check_run("ChanProdCons10", "1", "LEATPROCS=2", 1000);
    bench_check_run("FanInSelect", "5", "LEATPROCS=1", 8);
    bench_check_run("CreateGoroutinesParallel", "3", "LEATPROCS=2", 4);
    bench_check_run("ChanSem", "7", "LEATPROCS=2", 7);
    bench_check_run("PingPongHog", "1", "LEATPROCS=2", 0);
    bench_check_run("ParallelTimerLatency", "1", "LEATPROCS=1", 0);
}

PLAIN_TEST(bench, wrong_arguments_are_status_2_with_a_message)
{
    static const char *const wrong[][2] = {
        {"NoSuchBenchmark", "1"},
        {"ChanSem", "0"},
        {"ChanSem", "-1"},
        {"ChanSem", "1x"},
        {"ChanSem", ""},
        {"ChanSem", "1000000001"},
        {"ChanSem", NULL},
        {"memory", "0"},
        {"ticker", "many"},
    };
    bench_needed();
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct test_result r =
            bench_run(wrong[i][0], wrong[i][1], "LEATPROCS=1");
        CHECK_EQ(r.status, 2);
        CHECK_STR(r.out, "");
        CHECK(r.err_len > 0);
        test_result_free(&r);
    }
}

// The names of bench-go, sorted; the twin is built in the test's directory.
static void
bench_go_list(struct test_result *r)
{
    CHECK(test_shell(r, BENCH_TEST_TIMEOUT_S,
        "go=$(command -v go || echo /usr/lib/go-1.19/bin/go); "
        "\"$go\" version >&2 || exit 77; cd '%s' && "
        "GO111MODULE=on GOFLAGS= GOPROXY=off GOTOOLCHAIN=local CGO_ENABLED=0 "
        "GOCACHE='%s' \"$go\" build -o '%s/bench-go' . && "
        "'%s/bench-go' list | LC_ALL=C sort",
        test_source_path("bench/go"), test_source_path("build/go/cache"),
        test_tmpdir(), test_tmpdir()));
    if (r->status == 77)
        test_skip("no go command");
    CHECK_MSG(r->status == 0, "status %d: %s", r->status, r->err);
}

PLAIN_TEST_WITH(bench, the_go_twin_has_the_same_workloads,
    .timeout_s = BENCH_TEST_TIMEOUT_S, .skip_under = TEST_QEMU)
{
    struct test_result go, c;
    bench_needed();
    bench_go_list(&go);
    CHECK(test_shell(&c, 30, "'%s' list | LC_ALL=C sort",
        test_build_path("bench")));
    CHECK_EQ(c.status, 0);
    CHECK(c.out_len > 0);
    CHECK_STR(c.out, go.out);
    test_result_free(&go);
    test_result_free(&c);
}

// Runs every workload of a peer once: it checks its result itself.
static void
bench_check_peer(const char *program, const char *name)
{
    struct test_result list, known, r;
    char *save = NULL;
    int count = 0;
    CHECK(test_shell(&list, 30, "'%s' list", program));
    CHECK_EQ(list.status, 0);
    CHECK(test_shell(&known, 30, "'%s' list", test_build_path("bench")));
    for (char *line = strtok_r(list.out, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save), count++) {
        char whole[256];
        snprintf(whole, sizeof whole, "%s\n", line);
        CHECK_MSG(strstr(known.out, whole) != NULL, "%s has a %s of its own",
            name, line);
        if (strcmp(line, bench_large) == 0)
            continue;
        CHECK(test_shell(&r, 30, "PEERPROCS=2 '%s' '%s' 1", program, line));
        bench_check_answer(&r, line, -1);
        test_result_free(&r);
    }
    CHECK_MSG(count >= 5, "%s has only %d workloads", name, count);
    test_result_free(&list);
    test_result_free(&known);
}

PLAIN_TEST_WITH(bench, the_peers_do_the_same_work,
    .timeout_s = BENCH_TEST_TIMEOUT_S, .skip_under = TEST_QEMU)
{
    static const char *const peers[] = {"build/peers/bench-pthread",
        "build/peers/bench-ucontext", "build/peers/bench-boost",
        "build/rust/release/bench-tokio", "build/rust/release/bench-crossbeam",
        "build/rust/release/bench-may", "build/peers/bench-flat_map",
        "build/peers/bench-absl", "build/peers/bench-std"};
    int found = 0;
    bench_needed();
    for (size_t i = 0; i < sizeof peers / sizeof peers[0]; i++) {
        char *path = test_source_path(peers[i]);
        if (access(path, X_OK) == 0) {
            bench_check_peer(path, peers[i]);
            found++;
        }
        free(path);
    }
    CHECK_MSG(found >= 2, "make tests builds two peers; there are %d", found);
}

// A program of the protocol: six benchmarks, each answered by what `answer`,
// a command of the shell, does.
static void
bench_write_program(const char *name, const char *answer)
{
    struct test_result r;
    CHECK(test_shell(&r, 30,
        "printf '%%s\\n' '#!/bin/sh' "
        "'if [ \"$1\" = list ]; then echo A B C D E F; else %s; fi' "
        "> '%s/%s' && chmod +x '%s/%s'",
        answer, test_tmpdir(), name, test_tmpdir(), name));
    CHECK_EQ(r.status, 0);
    test_result_free(&r);
}

static int
bench_count(const char *text, const char *part)
{
    int n = 0;
    for (; (text = strstr(text, part)) != NULL; text++)
        n++;
    return n;
}

PLAIN_TEST_WITH(bench, a_peer_that_never_answers_is_soon_left_out_by_name,
    .timeout_s = BENCH_TEST_TIMEOUT_S, .skip_under = TEST_QEMU)
{
    struct test_result r;
    bench_write_program("quick", "echo $1 1000 50000000");
    bench_write_program("silent", "sleep 100");
    CHECK(test_shell(&r, BENCH_TEST_TIMEOUT_S,
        "python3 '%s' --c '%s/quick' --go-program '%s/silent' --peers go "
        "--settings 1p --rounds 1 --ms 10 --timeout 1 --no-modes --no-pin "
        "--logs '%s/logs' 2>&1",
        test_source_path("bench/compare.py"), test_tmpdir(), test_tmpdir(),
        test_tmpdir()));
    CHECK_MSG(bench_count(r.out, "no answer in 1 s") == 3, "%s", r.out);
    CHECK_MSG(bench_count(r.out, "left out here: 3 runs had no answer") == 3,
        "%s", r.out);
    CHECK_MSG(strstr(r.out, "Go at 1 P: left out here") != NULL, "%s", r.out);
    CHECK_EQ(r.status, 1); // Go is no peer that may fail
    test_result_free(&r);
}
