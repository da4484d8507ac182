// SPDX-License-Identifier: MIT
// base/lock.c: waiting for a lock somebody holds, and waking who waits.
#include "base/lock.h"
#include "os/barrier.h"
#include "os/futex.h"
#include "os/cpu.h"

#include <leat/inline.h>

enum {
    // Holders keep a lock for tens of nanoseconds: longer means that the
    // holder's thread is off its CPU, and spinning only takes time from it.
    LOCK_SPINS = 400,      // pauses in all, about 15 us
    // Between two looks; doubled each time, since every look takes the line
    // from the holder, who may need it many times yet: half a microsecond
    // is more than a holder needs, and makes more of several than one.
    LOCK_PAUSE_FIRST = 16,
    LOCK_PAUSE_LAST = 64,
    // Without the process-wide barrier a wake can be missed: look again.
    LOCK_POLL_NS = 1000 * 1000
};

bool leat__multi;
uint32_t leat__sharing = LEAT__ALONE;
uint32_t leat__sleepers[LEAT__SLEEPER_COUNTS] __attribute__((aligned(64)));
_Atomic uint32_t leat__lock_sleepers[LEAT__LOCK_COUNTS]
    __attribute__((aligned(64)));

void
leat__multi_settle(void)
{
    uint32_t sharing = LEAT__ALONE;
    if (leat__multi)
        sharing = leat__barrier_works() ? LEAT__SHARED : LEAT__FENCED;
    __atomic_store_n(&leat__sharing, sharing, __ATOMIC_RELEASE);
}

static bool
lock_spin(struct leat__lock *l)
{
    int pause = LOCK_PAUSE_FIRST;
    for (int spins = 0; spins < LOCK_SPINS; spins += pause) {
        leat__cpu_pause(pause);
        if (atomic_load_explicit(&l->state, memory_order_relaxed) == 0 &&
            leat__spin_try_lock(l))
            return true;
        if (pause < LOCK_PAUSE_LAST)
            pause *= 2;
    }
    return false;
}

void
leat__lock_slow(struct leat__lock *l)
{
    if (leat__cpu_count() > 1 && lock_spin(l))
        return;
    _Atomic uint32_t *sleepers = leat__lock_count(l);
    atomic_fetch_add_explicit(sleepers, 1, memory_order_relaxed);
    // From here on an unlock that this thread does not see sees the count.
    leat__barrier_all();
    int64_t timeout_ns = leat__barrier_works() ? -1 : LOCK_POLL_NS;
    while (!leat__spin_try_lock(l))
        leat__futex_wait(&l->state, 1, timeout_ns);
    atomic_fetch_sub_explicit(sleepers, 1, memory_order_relaxed);
}

// *l may be gone: only its address is used.
void
leat__unlock_slow(struct leat__lock *l)
{
    leat__futex_wake(&l->state, 1);
}
