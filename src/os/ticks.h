// SPDX-License-Identifier: MIT
// os/ticks.h: the processor's own counter, for a time that must not be early
// but may be a little late.
//
// Reading the clock takes 28 ns on the machine of docs/performance.md: the
// kernel's code waits until all earlier instructions are done, then reads the
// counter. Reading the counter alone takes 11. Who sets a timer needs only a
// time that is not before the true one, so that the timer does not fire early.
//
// The monitor thread notes counter and clock together, the counter first,
// every few milliseconds. A reading adds to that what the counter has run
// since, a thousandth more than its rate says: adjusting the clock changes
// its rate by half of that at most. So the reading is late by a thousandth of
// the age of the note, 5 us at most, because older notes are not used; nor
// are those after a suspended machine, whose counter has started anew.
#ifndef LEAT_OS_TICKS_H
#define LEAT_OS_TICKS_H

#include "base/check.h"

#include <stdatomic.h>

struct leat__ticks {
    _Atomic uint32_t turn; // odd while it is written
    _Atomic uint64_t span; // ticks it is good for; 0: not at all
    _Atomic uint64_t tick; // the counter when it was noted,
    _Atomic int64_t ns;    // the clock just after that,
    _Atomic uint64_t rate; // and ns a tick, by 2^32, a thousandth more
};
extern struct leat__ticks leat__ticks;

// A reading may be made before earlier instructions are done; by so much less
// than this many ns.
enum { LEAT__TICKS_EARLY = 250 };

LEAT__INLINE uint64_t
leat__ticks_read(void)
{
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#else
    uint64_t t;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(t));
    return t;
#endif
}

// The clock, or up to 6 us later; -1 when only the clock itself can tell.
LEAT__INLINE int64_t
leat__ticks_late(void)
{
    // Pairs with the last store in ticks_store. All others acquire, so that
    // the second look at turn comes after them.
    uint32_t turn =
        atomic_load_explicit(&leat__ticks.turn, memory_order_acquire);
    uint64_t span =
        atomic_load_explicit(&leat__ticks.span, memory_order_acquire);
    uint64_t since = leat__ticks_read() -
        atomic_load_explicit(&leat__ticks.tick, memory_order_acquire);
    int64_t ns = atomic_load_explicit(&leat__ticks.ns, memory_order_acquire);
    uint64_t rate =
        atomic_load_explicit(&leat__ticks.rate, memory_order_acquire);
    if (LEAT__UNLIKELY(since >= span || turn % 2 != 0 ||
            atomic_load_explicit(&leat__ticks.turn, memory_order_relaxed) !=
                turn))
        return -1;
    return ns + (int64_t)(since * rate >> 32) + LEAT__TICKS_EARLY;
}

// Notes the two; by one thread only, again and again. The first call opens a
// file: while nothing runs beside it, it takes no number of the program's.
void leat__ticks_note(void);

#endif
