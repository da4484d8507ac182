// SPDX-License-Identifier: MIT
// tick.h: when the ticks of 1 ms are due, for Leat's program and the peers'.
#ifndef BENCH_TICK_H
#define BENCH_TICK_H

#include <stdint.h>

enum { BENCH_TICK_NS = 1000000 };

// When the tick after the one received now is due: at the next whole
// millisecond. But who receives much earlier than that has received one that
// lay in the ticker's channel, and still waits for the same. In ns.
static inline int64_t
bench_next_due(int64_t due, int64_t now)
{
    if (now < due - BENCH_TICK_NS / 2)
        return due;
    int64_t missed = now > due ? (now - due) / BENCH_TICK_NS : 0;
    return due + (missed + 1) * BENCH_TICK_NS;
}

#endif
