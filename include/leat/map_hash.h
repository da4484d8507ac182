// SPDX-License-Identifier: MIT
// leat/map_hash.h: the hash functions for keys of 4 and 8 bytes and for short
// strings. Not to be included or called by name.
//
// A product of 128 bits folded by exclusive or. Both factors depend on the
// seed of the map, which is from the system's random source: without knowing
// it no two keys are known to collide. (The idea is that of wyhash and of
// its kin; the fixed multipliers there are what attacks on them use.) A
// second one follows, by the same secret factor: after only one, keys at equal
// distances are so still, and for one seed in a hundred they meet in a few
// buckets.
#ifndef LEAT__MAP_HASH_H
#define LEAT__MAP_HASH_H

#include <leat/map_type.h>

LEAT__MAP_INLINE uint64_t
leat__hash_fold(uint64_t a, uint64_t b)
{
#if defined(__x86_64__)
    // gcc 12 stores the halves of the product and loads them again.
    uint64_t high;
    __asm__("mulq %3" : "=a"(a), "=d"(high) : "0"(a), "rm"(b) : "cc");
    return a ^ high;
#else
    __extension__ unsigned __int128 p = (unsigned __int128)a * b;
    return (uint64_t)p ^ (uint64_t)(p >> 64);
#endif
}

// The secret factor. A map keeps it beside its seed.
LEAT__MAP_INLINE uint64_t
leat__hash_factor(uint64_t seed)
{
    return __builtin_bswap64(seed) | 1;
}

LEAT__MAP_INLINE uint64_t
leat__hash_number(uint64_t k, uint64_t seed, uint64_t factor)
{
    return leat__hash_fold(leat__hash_fold(k ^ seed, factor), factor);
}

LEAT__MAP_INLINE uint64_t
leat__hash64(uint64_t k, uint64_t seed)
{
    return leat__hash_number(k, seed, leat__hash_factor(seed));
}

LEAT__BEGIN

// Any bytes.
LEAT_API uint64_t leat__hash_bytes(const void *p, size_t n, uint64_t seed);

LEAT__END

LEAT__MAP_INLINE uint64_t
leat__load64(const char *p)
{
    uint64_t x;
    __builtin_memcpy(&x, p, 8);
    return x;
}
LEAT__MAP_INLINE uint64_t
leat__load32(const char *p)
{
    uint32_t x;
    __builtin_memcpy(&x, p, 4);
    return x;
}

enum { LEAT__HASH_SHORT = 16 }; // bytes that need no loop

// Up to 16 bytes: two loads that may overlap cover them.
LEAT__MAP_INLINE uint64_t
leat__hash_short(const char *p, size_t n, uint64_t seed, uint64_t factor)
{
    uint64_t a = 0, b = 0;
    if (n >= 8) {
        a = leat__load64(p);
        b = leat__load64(p + n - 8);
    } else if (n >= 4) {
        a = leat__load32(p);
        b = leat__load32(p + n - 4);
    } else if (n > 0) {
        a = (uint64_t)(unsigned char)p[0] << 16 |
            (uint64_t)(unsigned char)p[n / 2] << 8 |
            (uint64_t)(unsigned char)p[n - 1];
    }
    // The length moves a factor by carries that depend on the seed.
    uint64_t key = factor + n * 0x9e3779b97f4a7c15u;
    return leat__hash_fold(leat__hash_fold(a ^ seed, b ^ key), factor);
}

LEAT__MAP_INLINE uint64_t
leat__hash_text(const char *p, size_t n, uint64_t seed, uint64_t factor)
{
    return n <= LEAT__HASH_SHORT ? leat__hash_short(p, n, seed, factor)
                                 : leat__hash_bytes(p, n, seed);
}

LEAT__MAP_INLINE uint64_t
leat__hash_str(const char *p, size_t n, uint64_t seed)
{
    return leat__hash_text(p, n, seed, leat__hash_factor(seed));
}

#endif
