// SPDX-License-Identifier: MIT
// test_settings.c: what LEATPROCS and LEATDEBUG take, and what they refuse.
#include "lib/test.h"
#include "mem/stack.h"

#include <leat.h>

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

// ---- Numbers ---------------------------------------------------------------

TEST_WITH(settings, a_leading_zero_is_decimal, .env = {"LEATPROCS=010"},
    .stderr_lacks = {"ignored"})
{
    CHECK_EQ(leat_gomaxprocs(0), 10);
}

TEST_WITH(settings, a_number_may_be_hexadecimal, .env = {"LEATPROCS=0x0B"},
    .stderr_lacks = {"ignored"})
{
    CHECK_EQ(leat_gomaxprocs(0), 11);
}

TEST_WITH(settings, a_negative_number_is_refused,
    .env = {"LEATPROCS=-18446744073709551614"},
    .stderr_has = {"LEATPROCS=-18446744073709551614 ignored"})
{
    CHECK_EQ(leat_gomaxprocs(0), leat_num_cpu());
}

TEST_WITH(settings, a_sign_is_refused, .env = {"LEATPROCS=+3"},
    .stderr_has = {"LEATPROCS=+3 ignored"})
{
    CHECK_EQ(leat_gomaxprocs(0), leat_num_cpu());
}

TEST_WITH(settings, what_stands_behind_a_number_is_refused,
    .env = {"LEATPROCS=3 "}, .stderr_has = {"LEATPROCS=3  ignored"})
{
    CHECK_EQ(leat_gomaxprocs(0), leat_num_cpu());
}

TEST_WITH(settings, zero_ps_are_refused, .env = {"LEATPROCS=0"},
    .stderr_has = {"LEATPROCS=0 ignored: it must be a number from 1 to 256"})
{
    CHECK_EQ(leat_gomaxprocs(0), leat_num_cpu());
}

TEST_WITH(settings, a_stack_below_the_least_is_refused,
    .env = {"LEATDEBUG=stack=16383"},
    .stderr_has = {"stack=16383 is not understood and ignored"})
{
    CHECK_EQ(leat__stack_slot, LEAT_STACK_DEFAULT + LEAT__STACK_GUARD);
}

TEST_WITH(settings, the_least_stack_is_taken,
    .env = {"LEATDEBUG=stack=16384"}, .stderr_lacks = {"stack"})
{
    CHECK_EQ(leat__stack_slot, 16384 + LEAT__STACK_GUARD);
}

TEST_WITH(settings, hexadecimal_needs_digits, .env = {"LEATPROCS=0x"},
    .stderr_has = {"LEATPROCS=0x ignored"})
{
    CHECK_EQ(leat_gomaxprocs(0), leat_num_cpu());
}

// ---- Items -----------------------------------------------------------------

// A seeded program has one P, whatever is asked for.
static void
settings_check_unseeded(void)
{
    leat_gomaxprocs(2);
    CHECK_EQ(leat_gomaxprocs(0), 2);
}

TEST_WITH(settings, a_bad_seed_is_named_and_is_none,
    .env = {"LEATDEBUG=seed=abc"},
    .stderr_has = {"LEATDEBUG: seed=abc is not understood"})
{
    settings_check_unseeded();
}

TEST_WITH(settings, a_seed_beyond_64_bits_is_named_and_is_none,
    .env = {"LEATDEBUG=seed=18446744073709551616"},
    .stderr_has = {"seed=18446744073709551616 is not understood"})
{
    settings_check_unseeded();
}

#define SETTINGS_64 "maptrace=0,maptrace=0,maptrace=0,maptrace=0,maptrace=0,.,"
#define SETTINGS_512                                                           \
    SETTINGS_64 SETTINGS_64 SETTINGS_64 SETTINGS_64 SETTINGS_64 SETTINGS_64    \
        SETTINGS_64 SETTINGS_64 SETTINGS_64 SETTINGS_64

TEST_WITH(settings, an_item_behind_600_bytes_is_read,
    .env = {"LEATDEBUG=" SETTINGS_512 "profile=go"})
{
    CHECK_EQ(leat_get_profile(), LEAT_GO);
}

#define SETTINGS_ZEROES                                                        \
    "0000000000000000000000000000000000000000000000000000000000000000"

TEST_WITH(settings, an_item_that_is_too_long_is_named_and_ignored,
    .env = {"LEATDEBUG=profile=go,seed=" SETTINGS_ZEROES SETTINGS_ZEROES
            "1,,profile=strict"},
    .stderr_has = {"LEATDEBUG: seed=000", "000... is not understood"})
{
    CHECK_EQ(leat_get_profile(), LEAT_STRICT);
    settings_check_unseeded();
}

// The P goes to another thread and the goroutine with it; where that thread is
// kept from running for long it may come back.
TEST_WITH(settings, migrate_moves_the_goroutine_to_another_thread,
    .env = {"LEATDEBUG=migrate=1", "LEATPROCS=1"})
{
    enum { N = 100 };
    int moves = 0;
    for (int i = 0; i < N; i++) {
        pid_t before = gettid();
        leat_goid();
        moves += gettid() != before;
    }
    CHECK_MSG(moves > N / 2, "%d of %d", moves, N);
}

// ---- The quota -------------------------------------------------------------

static void
settings_write(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    CHECK(fd >= 0);
    CHECK_EQ(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

// One CPU or all, to the root of the groups of either version.
static void
settings_set_quota(bool one)
{
    settings_write("/sys/fs/cgroup/cpu.max",
        one ? "100000 100000\n" : "max 100000\n");
    settings_write("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    settings_write("/sys/fs/cgroup/cpu/cpu.cfs_quota_us",
        one ? "100000\n" : "-1\n");
}

// A file system of this process alone, with a quota for the root of all groups.
static void
settings_make_cgroups(void)
{
    if (unshare(CLONE_NEWNS) != 0 &&
        unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
        test_skip("no mounts of its own for a process");
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", "/sys/fs/cgroup", "tmpfs", 0, NULL) != 0)
        test_skip("/sys/fs/cgroup cannot be replaced");
    CHECK_EQ(mkdir("/sys/fs/cgroup/cpu", 0755), 0);
}

static int
settings_main(int argc, char **argv)
{
    (void)argc, (void)argv;
    CHECK(leat_gomaxprocs(0) > 1);
    settings_set_quota(true);
    while (leat_gomaxprocs(0) > 1)
        leat_sleep(10 * LEAT_MILLISECOND);
    return 0;
}

// It is read every 10 seconds.
PLAIN_TEST_WITH(settings, the_number_of_ps_follows_the_quota,
    .env = {"LEATPROCS="}, .timeout_s = 40, .skip_under = TEST_QEMU)
{
    settings_make_cgroups();
    settings_set_quota(true);
    if (leat_num_cpu() != 1)
        test_skip("the process is in no group with a quota");
    settings_set_quota(false);
    if (leat_num_cpu() == 1)
        test_skip("one CPU: no quota is less");
    leat_run(settings_main, 0, NULL);
}
