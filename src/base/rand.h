// SPDX-License-Identifier: MIT
// base/rand.h: fast pseudo-random numbers (xorshift64*, Marsaglia 2003 and
// Vigna 2014): for spreading load and shuffling select, not for secrets.
#ifndef LEAT_BASE_RAND_H
#define LEAT_BASE_RAND_H

#include "base/check.h"

struct leat__rand {
    uint64_t state; // never 0
};

LEAT__INLINE void
leat__rand_seed(struct leat__rand *r, uint64_t seed)
{
    // One round of splitmix64, so that neighbouring seeds differ everywhere.
    uint64_t z = seed + 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    r->state = z ? z : 1;
}

LEAT__INLINE uint64_t
leat__rand_next(struct leat__rand *r)
{
    uint64_t x = r->state;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    r->state = x;
    return x * 0x2545f4914f6cdd1du;
}

// A number in [0, n), n > 0: Lemire's multiplication, whose bias below 2^32
// is under 2^-32.
LEAT__INLINE uint32_t
leat__rand_below(struct leat__rand *r, uint32_t n)
{
    return (uint32_t)(((leat__rand_next(r) >> 32) * n) >> 32);
}

#endif
