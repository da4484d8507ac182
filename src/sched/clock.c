// SPDX-License-Identifier: MIT
// sched/clock.c: the runtime's clock.
//
// leat__nanotime is the machine's monotonic clock, or in a seeded run a
// number that only the scheduler moves. coarse_now is a copy that sysmon
// refreshes, for stamps that must cost nothing (how long somebody waits).
// Timers that are far enough away are set by os/ticks.h, at half the cost.
#include "sched/sched.h"
#include "os/clock.h"
#include "os/ticks.h"

// For waits from here on 6 us more are less than a hundredth.
enum { CLOCK_LONG = 1000 * 1000 };

int64_t
leat__nanotime(void)
{
    if (LEAT__UNLIKELY(leat__sched.seeded))
        return atomic_load_explicit(
            &leat__sched.virtual_now, memory_order_relaxed);
    return leat__os_clock();
}

int64_t
leat__nanotime_after(int64_t ns)
{
    int64_t now = -1, sum;
    if (ns >= CLOCK_LONG && !leat__sched.seeded)
        now = leat__ticks_late();
    if (now < 0)
        now = leat__nanotime();
    return __builtin_add_overflow(now, ns, &sum) ? LEAT_FOREVER : sum;
}

void
leat__coarse_refresh(void)
{
    atomic_store_explicit(
        &leat__sched.coarse_now, leat__nanotime(), memory_order_relaxed);
}
