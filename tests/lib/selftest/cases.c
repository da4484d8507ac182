// SPDX-License-Identifier: MIT
// cases.c: tests that must fail, and some that must not, for selftest.sh to
// see what the runner says of each.
#include "lib/test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TEST(good, passes_as_main_goroutine)
{
    CHECK(1 + 1 == 2);
}

PLAIN_TEST(good, passes_in_plain_main)
{
    CHECK_EQ(4, 2 + 2);
    CHECK_STR("a", "a");
    CHECK_HAS("abc", "bc");
}

PLAIN_TEST_WITH(good, ends_as_expected, .exit_status = 3,
    .stdout_is = "out\n", .stderr_has = {"some", "words"},
    .stderr_lacks = {"absent"})
{
    printf("out\n");
    fprintf(stderr, "some words\n");
    exit(3);
}

PLAIN_TEST_WITH(good, dies_by_expected_signal, .signal = SIGABRT)
{
    signal(SIGABRT, SIG_DFL);
    abort();
}

PLAIN_TEST_WITH(good, gets_its_environment,
    .env = {"LEAT_SELFTEST=yes", "LEATDEBUG=more=1"})
{
    CHECK_STR(getenv("LEAT_SELFTEST"), "yes");
    CHECK_HAS(getenv("LEATDEBUG"), "more=1");
}

PLAIN_TEST(good, has_a_directory_of_its_own)
{
    CHECK(access(test_tmpdir(), W_OK) == 0);
}

PLAIN_TEST(good, runs_programs)
{
    struct test_result r;
    CHECK(test_shell(&r, 5, "echo out; echo err >&2; cat; exit %d", 7));
    CHECK_EQ(r.status, 7);
    CHECK_STR(r.out, "out\n");
    CHECK_STR(r.err, "err\n");
    test_result_free(&r);
    CHECK(test_shell(&r, 5, "kill -9 $$"));
    CHECK_EQ(r.signal, SIGKILL);
    CHECK_EQ(r.status, -1);
    test_result_free(&r);
    CHECK(!test_spawn((const char *[]){"/nonexistent", NULL}, NULL, &r, 5) ||
        r.status == 127);
    test_result_free(&r);
}

PLAIN_TEST(good, stops_programs_that_hang)
{
    struct test_result r;
    CHECK(test_shell(&r, 1, "trap '' QUIT; exec sleep 1000"));
    CHECK(r.timed_out);
    CHECK_EQ(r.signal, SIGKILL);
    test_result_free(&r);
}

PLAIN_TEST(skips, with_a_reason)
{
    test_skip("no %s here", "thing");
}

PLAIN_TEST(broken, check)
{
    printf("shown line\n");
    CHECK(1 + 1 == 3);
}

TEST(broken, check_in_main_goroutine)
{
    CHECK_EQ(1, 2);
}

PLAIN_TEST(broken, check_of_strings)
{
    CHECK_STR("left", "right");
}

PLAIN_TEST(broken, check_of_part)
{
    CHECK_HAS("left", "right");
}

PLAIN_TEST(broken, check_with_message)
{
    CHECK_MSG(false, "the number is %d", 42);
}

PLAIN_TEST(broken, empty)
{
}

PLAIN_TEST_WITH(broken, hang, .timeout_s = 1)
{
    for (;;)
        pause();
}

PLAIN_TEST_WITH(broken, hang_without_quit, .timeout_s = 1)
{
    signal(SIGQUIT, SIG_IGN);
    for (;;)
        pause();
}

PLAIN_TEST(broken, wrong_status)
{
    exit(4);
}

PLAIN_TEST_WITH(broken, expected_status_missing, .exit_status = 4)
{
}

PLAIN_TEST_WITH(broken, expected_signal_missing, .signal = SIGABRT)
{
}

PLAIN_TEST(broken, unexpected_signal)
{
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
}

PLAIN_TEST_WITH(broken, stdout_differs, .stdout_is = "a\n")
{
    printf("a\nb\n");
}

PLAIN_TEST_WITH(broken, stderr_lacks_a_part, .stderr_has = {"x", "y"})
{
    fprintf(stderr, "x\n");
}

PLAIN_TEST_WITH(broken, stderr_has_what_it_must_lack, .stderr_lacks = {"y"})
{
    fprintf(stderr, "xyz\n");
}

// The process that outlives its test: the sleep must be gone afterwards, and
// the test still passes.
PLAIN_TEST(good, leaves_a_process_behind)
{
    char *mark = test_source_path("leftover");
    CHECK(strlen(mark) > 0);
    if (fork() == 0) {
        execl("/bin/sleep", "leat-selftest-leftover", "1000", (char *)NULL);
        _exit(1);
    }
}
