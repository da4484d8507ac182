// SPDX-License-Identifier: MIT
// base/lock.c: waiting for a lock somebody holds, and waking who waits.
#include "base/lock.h"
#include "os/barrier.h"
#include "os/futex.h"
#include "os/cpu.h"

enum {
    // Holders keep a lock for tens of nanoseconds: longer means that the
    // holder's thread is off its CPU, and spinning only takes time from it.
    LOCK_SPINS = 100,
    // Without the process-wide barrier a wake can be missed: look again.
    LOCK_POLL_NS = 1000000
};

bool leat__multi;
_Atomic uint32_t leat__lock_sleepers[LEAT__LOCK_COUNTS]
    __attribute__((aligned(64)));

void
leat__lock_slow(struct leat__lock *l)
{
    int spins = leat__cpu_count() > 1 ? LOCK_SPINS : 0;
    for (int i = 0; i < spins; i++) {
        leat__cpu_relax();
        if (atomic_load_explicit(&l->state, memory_order_relaxed) == 0 &&
            leat__spin_try_lock(l))
            return;
    }
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
