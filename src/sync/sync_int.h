// SPDX-License-Identifier: MIT
// sync/sync_int.h: what the files of this room share: the words of state
// that decide without a lock, and unlocking a mutex from inside.
//
// While leat__multi is false the P is the lock: nobody else is between enter
// and leave, so compare-and-swap is a load, a branch and a store. So they may
// be called inside only, with one exception: once leat__sync_shared() is true
// it stays so, and a compare-and-swap stands by itself. The fast paths then
// neither enter nor leave. Much of them is in <leat/sync.h>, compiled into the
// program; what is here serves the rest, and calls by pointer.
#ifndef LEAT_SYNC_SYNC_INT_H
#define LEAT_SYNC_SYNC_INT_H

#include "sync/sema.h"

#include <leat/sync.h>

// Compare-and-swap stands by itself. Who is outside is not stopped with the
// world, and without membarrier has passed no fence: pairs with the release in
// leat__multi_settle, so that leat__multi is seen too.
LEAT__INLINE bool
leat__sync_shared(void)
{
    return __atomic_load_n(&leat__sharing, __ATOMIC_ACQUIRE) != LEAT__ALONE;
}

// Acquire: what the one who stored it did before is visible.
LEAT__INLINE uint32_t
leat__sync_load(const uint32_t *word)
{
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

// word: old -> new, or false. Acquires and releases.
LEAT__INLINE bool
leat__sync_move(uint32_t *word, uint32_t old, uint32_t new)
{
    if (LEAT__LIKELY(!leat__multi)) {
        if (__atomic_load_n(word, __ATOMIC_ACQUIRE) != old)
            return false;
        __atomic_store_n(word, new, __ATOMIC_RELEASE);
        return true;
    }
    return __atomic_compare_exchange_n(
        word, &old, new, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

LEAT__INLINE void
leat__sync_clear64(uint64_t *word, uint64_t bits)
{
    __atomic_fetch_and(word, ~bits, __ATOMIC_ACQ_REL);
}

LEAT__INLINE uint64_t
leat__sync_load64(const uint64_t *word)
{
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

LEAT__INLINE bool
leat__sync_move64(uint64_t *word, uint64_t old, uint64_t new)
{
    if (LEAT__LIKELY(!leat__multi)) {
        if (__atomic_load_n(word, __ATOMIC_ACQUIRE) != old)
            return false;
        __atomic_store_n(word, new, __ATOMIC_RELEASE);
        return true;
    }
    return __atomic_compare_exchange_n(
        word, &old, new, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

// Adds n to word; what it had. Acquires and releases.
LEAT__INLINE uint64_t
leat__sync_add64(uint64_t *word, uint64_t n)
{
    if (LEAT__LIKELY(!leat__multi)) {
        uint64_t old = __atomic_load_n(word, __ATOMIC_ACQUIRE);
        __atomic_store_n(word, old + n, __ATOMIC_RELEASE);
        return old;
    }
    return __atomic_fetch_add(word, n, __ATOMIC_ACQ_REL);
}

// Spins for a moment if whoever holds the thing may be running on another
// CPU; false when parking is better. turn counts from 0.
bool leat__sync_spin(struct leat__m *m, int turn);

// Whether the caller, a deferred function outside the runtime, runs because
// of a panic (and not of leat_goexit or a normal end): then the program is
// about to end by it, and nobody must be told that all went well.
bool leat__sync_panicking(void);

// For those who start a goroutine for the caller: leat_go's answer to a NULL
// function, before anything is counted. Outside.
LEAT__INLINE void
leat__sync_check_fn(bool given)
{
    if (LEAT__UNLIKELY(!given))
        leat__panic_text("go of nil func value");
}

// Unlocks from inside; does not park.
void leat__sync_unlock(struct leat__m *m, struct leat_mutex *mu);

#endif
