// SPDX-License-Identifier: MIT
// test_ticks.c: the time that timers are set by: never early, hardly late.
#include "lib/test.h"
#include "os/clock.h"
#include "os/ticks.h"
#include "sched/sched.h"

#include <leat.h>

enum {
    TICKS_READINGS = 200000,
    TICKS_LATE_NS = 7000 // what os/ticks.h promises, and the note's width
};

// The monitor has noted counter and clock; it needs 20 ms for the first.
static void
ticks_await(void)
{
    int64_t until = leat_now() + LEAT_SECOND;
    while (leat__ticks_late() < 0 && leat_now() < until)
        leat_sleep(LEAT_MILLISECOND);
    if (leat__ticks_late() < 0)
        test_skip("the kernel's clock is not the processor's counter");
}

// Each reading lies between two of the clock, but for what is promised.
TEST(ticks, are_never_before_the_clock_and_hardly_after)
{
    int known = 0;
    ticks_await();
    for (int i = 0; i < TICKS_READINGS; i++) {
        int64_t before = leat__os_clock();
        int64_t at = leat__ticks_late();
        int64_t after = leat__os_clock();
        if (at < 0)
            continue; // the note is too old
        known++;
        CHECK_MSG(at >= before, "%ld ns early", (long)(before - at));
        CHECK_MSG(at <= after + TICKS_LATE_NS, "%ld ns late", (long)(at - after));
    }
    CHECK(known > 0);
}

// What is far away is set by them; what is near, by the clock itself.
TEST(ticks, a_time_from_now_is_not_before_it)
{
    ticks_await();
    const int64_t spans[] = {0, 1, 999999, LEAT_MILLISECOND, LEAT_HOUR};
    for (int i = 0; i < 1000; i++) {
        int64_t ns = spans[i % 5], before = leat_now();
        int64_t when = leat__nanotime_after(ns);
        CHECK(when >= before + ns);
        CHECK(when <= leat_now() + ns + TICKS_LATE_NS);
    }
    CHECK_EQ(leat__nanotime_after(INT64_MAX), LEAT_FOREVER);
}

static void
ticks_in_a_run(void *arg)
{
    (void)arg;
    CHECK_EQ(leat__nanotime_after(LEAT_HOUR), leat_now() + LEAT_HOUR);
}

PLAIN_TEST(ticks, a_seeded_run_has_its_own_time)
{
    CHECK_EQ(leat_test_run(1, ticks_in_a_run, NULL), 0);
}
