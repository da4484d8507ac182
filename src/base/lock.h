// SPDX-License-Identifier: MIT
// base/lock.h: the lock of the runtime: one compare-and-swap to take it, one
// plain store to give it back, elided while only one P exists.
//
// Idea: `state` is 0 or 1. Who finds it taken spins a little, then counts
// itself as a sleeper, runs a process-wide memory barrier and sleeps on
// `state`. The barrier lets unlock be a plain store followed by a plain load
// of the count: without it the load could pass the store and a sleeper be
// forgotten (Dekker's problem; the expensive half of the fence moves to the
// side that sleeps anyway).
//
// The counts are not in the locks but in a static table, found by the lock's
// address. So the store that frees a lock is the last that unlock has to do
// with its memory: whoever can take the lock then may free what it is in, as
// one who receives the last value of a channel frees the channel. Two locks
// may share a count; one of them then wakes in vain.
//
// Elision: while leat__multi is false there is one P and every holder of a
// runtime lock holds that P, so locks guard nothing. The flag turns true
// with the world stopped (second P, plain thread calling in) and stays.
// leat__mutex_* are elided, leat__spin_* never: those guard what threads
// without a P touch.
//
// Rejected: an exchange in unlock as glibc and Go have (2 ns here, twice
// that on older machines, on each channel operation).
#ifndef LEAT_BASE_LOCK_H
#define LEAT_BASE_LOCK_H

#include "base/check.h"

#include <stdatomic.h>

struct leat__lock {
    _Atomic uint32_t state; // 0 free, 1 taken
};

enum { LEAT__LOCK_COUNTS = 256 }; // 1 KiB; read by everybody, written rarely
// Threads asleep or about to be, on locks that share a place.
extern _Atomic uint32_t leat__lock_sleepers[LEAT__LOCK_COUNTS];

// True once more than one thread may be inside the runtime at a time.
extern bool leat__multi;

// Tells the program's own fast paths (leat/inline.h) once everybody has seen
// leat__multi change.
void leat__multi_settle(void);

void leat__lock_slow(struct leat__lock *l);
void leat__unlock_slow(struct leat__lock *l);

LEAT__INLINE _Atomic uint32_t *
leat__lock_count(const struct leat__lock *l)
{
    // What a lock is in is 32 bytes or more from the next.
    return &leat__lock_sleepers[((uintptr_t)l >> 5) % LEAT__LOCK_COUNTS];
}

LEAT__INLINE bool
leat__spin_try_lock(struct leat__lock *l)
{
    uint32_t free = 0;
    return atomic_compare_exchange_strong_explicit(
        &l->state, &free, 1, memory_order_acquire, memory_order_relaxed);
}

LEAT__INLINE void
leat__spin_lock(struct leat__lock *l)
{
    if (LEAT__UNLIKELY(!leat__spin_try_lock(l)))
        leat__lock_slow(l);
}

LEAT__INLINE void
leat__spin_unlock(struct leat__lock *l)
{
    _Atomic uint32_t *sleepers = leat__lock_count(l);
    atomic_store_explicit(&l->state, 0, memory_order_release);
    // Pairs with the process-wide barrier in leat__lock_slow.
    atomic_signal_fence(memory_order_seq_cst);
    if (LEAT__UNLIKELY(
            atomic_load_explicit(sleepers, memory_order_relaxed) != 0))
        leat__unlock_slow(l);
}

LEAT__INLINE void
leat__mutex_lock(struct leat__lock *l)
{
    if (leat__multi)
        leat__spin_lock(l);
}

LEAT__INLINE void
leat__mutex_unlock(struct leat__lock *l)
{
    if (leat__multi)
        leat__spin_unlock(l);
}

#endif
