// SPDX-License-Identifier: MIT
// sched/clock.c: the runtime's clock.
//
// leat__nanotime is the machine's monotonic clock, or in a seeded run a
// number that only the scheduler moves. coarse_now is a copy that sysmon
// refreshes, for stamps that must cost nothing (how long somebody waits).
#include "sched/proc.h"
#include "os/clock.h"

int64_t
leat__nanotime(void)
{
    if (LEAT__UNLIKELY(leat__sched.seeded))
        return atomic_load_explicit(
            &leat__sched.virtual_now, memory_order_relaxed);
    return leat__os_clock();
}

void
leat__coarse_refresh(void)
{
    atomic_store_explicit(
        &leat__sched.coarse_now, leat__nanotime(), memory_order_relaxed);
}
