// SPDX-License-Identifier: MIT
// map/hash.c: hashing of many bytes.
//
// The idea: every map has a seed nobody outside the process knows (seed.c), so
// nobody knows which keys share a bucket. Bytes are hashed by folded products
// (leat/map_hash.h), 16 at a time; where the CPU has the instructions, by
// rounds of AES, which is faster from some dozens of bytes on. The lowest bit
// of the seed says whether AES may be used: it is 0 in a seeded run, so that
// the same seed gives the same order on every machine.
//
// Locks: none.
#include "map/map_int.h"

enum { HASH_AES_MIN = 32 }; // bytes from which AES may be used

// Tags ---------------------------------------------------------------------

#define HASH_TAG(top)                                                         \
    LEAT__EIGHT((uint64_t)((top) < LEAT__TAG_MIN ? (top) + LEAT__TAG_MIN      \
                                                 : (top)))
#define HASH_TAGS4(top)                                                       \
    HASH_TAG(top), HASH_TAG((top) + 1), HASH_TAG((top) + 2),                  \
        HASH_TAG((top) + 3)
#define HASH_TAGS16(top)                                                      \
    HASH_TAGS4(top), HASH_TAGS4((top) + 4), HASH_TAGS4((top) + 8),            \
        HASH_TAGS4((top) + 12)
#define HASH_TAGS64(top)                                                      \
    HASH_TAGS16(top), HASH_TAGS16((top) + 16), HASH_TAGS16((top) + 32),       \
        HASH_TAGS16((top) + 48)

const uint64_t leat__tags8[256] = {
    HASH_TAGS64(0), HASH_TAGS64(64), HASH_TAGS64(128), HASH_TAGS64(192)};

// Bytes ------------------------------------------------------------------

// 16 bytes a step, and the last 16 again.
static uint64_t
hash_portable(const char *p, size_t n, uint64_t seed)
{
    uint64_t factor = leat__hash_factor(seed);
    uint64_t key = factor + n * 0x9e3779b97f4a7c15u;
    uint64_t h = seed;
    const char *last = p + n - 16;
    for (; p < last; p += 16)
        h = leat__hash_fold(
            leat__load64(p) ^ h, leat__load64(p + 8) ^ key);
    h = leat__hash_fold(leat__load64(last) ^ h, leat__load64(last + 8) ^ key);
    return leat__hash_fold(h, factor);
}

#if defined(__x86_64__)
#include <wmmintrin.h>

// Two lanes of 16 bytes, two rounds a block. (With one round, differences in
// one block can be undone in the next with a chance of 1 in 64.)
__attribute__((target("aes"))) static uint64_t
hash_aes(const char *p, size_t n, uint64_t seed)
{
    uint64_t key = leat__hash_factor(seed);
    __m128i k = _mm_set_epi64x((long long)seed, (long long)key);
    __m128i a = _mm_set_epi64x((long long)key, (long long)(seed + n));
    __m128i b = _mm_set_epi64x((long long)(seed ^ n), (long long)~key);
    const char *last = p + n - HASH_AES_MIN;
    for (;; p += HASH_AES_MIN) {
        if (p > last)
            p = last;
        a = _mm_xor_si128(a, _mm_loadu_si128((const __m128i *)(const void *)p));
        b = _mm_xor_si128(
            b, _mm_loadu_si128((const __m128i *)(const void *)(p + 16)));
        a = _mm_aesenc_si128(_mm_aesenc_si128(a, k), k);
        b = _mm_aesenc_si128(_mm_aesenc_si128(b, k), k);
        if (p == last)
            break;
    }
    a = _mm_aesenc_si128(_mm_aesenc_si128(a, b), k);
    a = _mm_aesenc_si128(a, k);
    return (uint64_t)_mm_cvtsi128_si64(a) ^
        (uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(a, a));
}

static bool
hash_has_aes(void)
{
    return __builtin_cpu_supports("aes");
}
#else
static bool
hash_has_aes(void)
{
    return false;
}

static uint64_t
hash_aes(const char *p, size_t n, uint64_t seed)
{
    return hash_portable(p, n, seed);
}
#endif

uint64_t
leat__hash_bytes(const void *p, size_t n, uint64_t seed)
{
    if (n <= LEAT__HASH_SHORT)
        return leat__hash_short(p, n, seed, leat__hash_factor(seed));
    if (n >= HASH_AES_MIN && seed & 1 && hash_has_aes())
        return hash_aes(p, n, seed);
    return hash_portable(p, n, seed);
}
