// SPDX-License-Identifier: MIT
// test_bench_line.c: compare.py judges rounds by how far the CPUs are apart.
// A script says what the way of a cache line is, look by look, and two more
// stand for Leat and Go: what is tested is what becomes of their rounds.
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_TEST_TIMEOUT_S = 60 };

static void
line_check_shell(const char *script)
{
    struct test_result r;
    CHECK(test_shell(&r, LINE_TEST_TIMEOUT_S, "cd '%s' && PYTHONPATH='%s' %s",
        test_tmpdir(), test_source_path("bench"), script));
    CHECK_MSG(r.status == 0, "status %d: %s%s", r.status, r.out, r.err);
    test_result_free(&r);
}

// That a command of the shell, in the test's directory, prints just this.
static void
line_check_prints(const char *command, const char *expected)
{
    struct test_result r;
    CHECK(test_shell(&r, LINE_TEST_TIMEOUT_S, "cd '%s' && PYTHONPATH='%s' %s",
        test_tmpdir(), test_source_path("bench"), command));
    CHECK_MSG(r.status == 0, "status %d: %s", r.status, r.err);
    CHECK_STR(r.out, expected);
    test_result_free(&r);
}

// Two rounds of one benchmark of 50,000 ns by two programs, in this setting,
// while the looks at the line give these ns, the last for ever.
static void
line_compare(const char *ways, const char *setting, const char *more)
{
    struct test_result r;
    line_check_shell("printf '%s\\n' '#!/bin/sh' 'if [ \"$1\" = list ]; "
                     "then echo A; else echo A 1000 50000000; fi' > bench && "
                     "printf '%s\\n' '#!/bin/sh' 'read way < ways' "
                     "'[ $(wc -l < ways) = 1 ] || sed -i 1d ways' "
                     "'echo line 0 1 $way $way $way' > line && "
                     "chmod +x bench line");
    CHECK(test_shell(&r, LINE_TEST_TIMEOUT_S,
        "cd '%s' && printf '%%s\\n' %s > ways && "
        "python3 '%s' --c ./bench --go-program ./bench --peers go "
        "--settings %s --rounds 2 --ms 10 --no-modes --no-pin --line ./line "
        "--logs logs %s 2>&1 && mv logs/*/* .",
        test_tmpdir(), ways, test_source_path("bench/compare.py"), setting,
        more));
    CHECK_MSG(r.status == 0, "status %d: %s", r.status, r.out);
    test_result_free(&r);
}

PLAIN_TEST_WITH(bench_line, a_line_goes_to_another_cpu_and_back,
    .skip_under = TEST_QEMU)
{
    struct test_result r;
    int a, b, end = 0;
    double median, least, most;
    char *path = test_source_path("build/machine/line");
    if (access(path, X_OK) != 0)
        test_skip("no %s: make tests", path);
    CHECK(test_shell(&r, LINE_TEST_TIMEOUT_S, "'%s'", path));
    free(path);
    if (strstr(r.err, "no two CPUs") != NULL)
        test_skip("%s", r.err);
    CHECK_EQ(r.status, 0);
    CHECK(sscanf(r.out, "line %d %d %lf %lf %lf%n", &a, &b, &median, &least,
              &most, &end) == 5);
    CHECK_STR(r.out + end, "\n");
    CHECK(a < b);
    CHECK(least > 0);
    CHECK(least <= median);
    CHECK(median <= most);
    test_result_free(&r);
}

PLAIN_TEST_WITH(bench_line, a_round_with_a_slow_line_is_repeated_by_all,
    .timeout_s = LINE_TEST_TIMEOUT_S, .skip_under = TEST_QEMU)
{
    // Before the first round, after it, while waiting, and from then on.
    line_compare("90.0 4000.0 95.0", "2p", "--patience 50");
    line_check_prints("cat line.log",
        "A, 2 Ps, round 1: 90.0 before, 4000.0 after: repeated\n"
        "A, 2 Ps, round 1: 95.0 before, 95.0 after\n"
        "A, 2 Ps, round 2: 95.0 before, 95.0 after\n");
    line_check_prints("cat Leat-2p.log Go-2p.log | wc -l", "6\n");
    line_check_prints(
        "python3 -c 'import json; c = json.load(open(\"results.json\"))"
        "[\"results\"][0]; print(c[\"line_slow\"], c[\"line_ns\"], "
        "*[len(p[\"ns_total\"]) for p in c[\"programs\"].values()])'",
        "0 [[95.0, 95.0], [95.0, 95.0]] 2 2\n");
    line_check_prints("grep -c '?' report.md || true", "0\n");
    line_check_prints("grep -o 'and repeating.*rounds' report.md",
        "and repeating 1 rounds\n");
}

PLAIN_TEST_WITH(bench_line, without_patience_a_slow_round_stands_and_is_marked,
    .timeout_s = LINE_TEST_TIMEOUT_S, .skip_under = TEST_QEMU)
{
    // 250 is below the limit, but above four times 60.
    line_compare("60.0 60.0 250.0 60.0", "2p", "--patience 0");
    line_check_prints("cat line.log",
        "A, 2 Ps, round 1: 60.0 before, 60.0 after\n"
        "A, 2 Ps, round 2: 60.0 before, 250.0 after: slow\n");
    line_check_prints("grep -o 'A .*slow line.*' summary.txt | "
                      "sed 's/.*  slow/slow/'",
        "slow line in 1 of 2 rounds\n");
    line_check_prints("grep '^| A ' report.md | head -1",
        "| A | 50,000 | 50,000 | 1.00? | 0% |\n");
    line_check_prints("grep 'cache line' report.md",
        "A cache line went to another CPU and back in 60 ns at best, 250 at "
        "worst. Of 3 looks at it, before and after the rounds at more than "
        "one CPU, 1 found more than 240 ns. Rows with such rounds, marked by "
        "a ?: 1.\n");
    line_check_prints("grep -o 'at two Ps, without.*' report.md | "
                      "sed 's/.*Missed/Missed/'",
        "Missed: A? (1.00)\n");
}

PLAIN_TEST_WITH(bench_line, a_cpu_that_has_no_time_is_no_line,
    .timeout_s = LINE_TEST_TIMEOUT_S, .skip_under = TEST_QEMU)
{
    line_compare("90.0 17000000.0 90.0", "2p", "--patience 0");
    line_check_prints("grep -o '90 ns at best.*' report.md",
        "90 ns at best, 90 at worst. Of 3 looks at it, before and after the "
        "rounds at more than one CPU, 0 found more than 300 ns, and 1 a CPU "
        "that had no time. Rows with such rounds, marked by a ?: 1.\n");
}

PLAIN_TEST_WITH(bench_line, one_cpu_is_not_far_from_anything,
    .timeout_s = LINE_TEST_TIMEOUT_S, .skip_under = TEST_QEMU)
{
    line_compare("4000.0 5000.0", "1p", "--patience 50");
    line_check_prints("wc -l < ways", "2\n"); // nobody looked
    line_check_prints("grep -c '?\\|cache line' report.md || true", "0\n");
    line_check_prints("grep -o \"CPUs' time stolen\" report.md",
        "CPUs' time stolen\n");
}

PLAIN_TEST_WITH(bench_line, what_the_hypervisor_took_is_a_part_of_all_time,
    .timeout_s = LINE_TEST_TIMEOUT_S, .skip_under = TEST_QEMU)
{
    // 20 of 100 ticks; what guests of this machine had is in user already.
    line_check_prints(
        "python3 -c 'from machine import parse_stat, steal_percent; "
        "a = parse_stat(\"cpu  10 0 10 80 0 0 0 5 7 0\\ncpu0 1\\n\"); "
        "b = parse_stat(\"cpu  20 0 10 150 0 0 0 25 9 0\\ncpu0 1\\n\"); "
        "print(a, b, steal_percent(a, b), steal_percent(a, a), "
        "parse_stat(\"cpu  1 2 3\\n\"), steal_percent(None, b))'",
        "(5, 105) (25, 205) 20.0 None None None\n");
    line_check_prints(
        "python3 -c 'from machine import parse_line; "
        "print(parse_line(\"line 0 3 91.5 80.0 99.9\\n\"), "
        "parse_line(\"line 0 3 nan 1 2\\n\"), parse_line(\"\"))'",
        "91.5 None None\n");
}
