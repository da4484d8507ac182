// SPDX-License-Identifier: MIT
// map/hash.c: hashing of many bytes, and where the seeds come from.
//
// The idea: every map has a seed of 64 bits from the system, so nobody
// outside the process knows which keys share a bucket. The system is asked
// for many at a time. Bytes are hashed by folded products (leat/map_impl.h),
// 16 at a time; where the CPU has the instructions, by rounds of AES, which
// is faster from some dozens of bytes on. The lowest bit of the seed says
// whether AES may be used: it is 0 in a seeded run, so that the same seed
// gives the same order on every machine.
//
// Locks: none. The stock of random numbers is the thread's own; nothing here
// parks, so a goroutine does not change threads in between.
#include "map/map_int.h"
#include "sched/sched.h"

#include <sys/random.h>
#include <time.h>

enum {
    HASH_STOCK = 32,  // seeds got at a time; 256 bytes are never cut short
    HASH_AES_MIN = 32 // bytes from which AES may be used
};

static _Thread_local struct {
    uint64_t words[HASH_STOCK];
    uint32_t left;
    struct leat__rand rand; // state 0: not begun
} hash_stock;

static void
hash_stock_fill(void)
{
    ssize_t n = getrandom(
        hash_stock.words, sizeof hash_stock.words, GRND_NONBLOCK);
    if (n != (ssize_t)sizeof hash_stock.words) {
        // Early at boot, or a kernel without the call.
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        struct leat__rand r;
        leat__rand_seed(&r, (uint64_t)now.tv_nsec ^
            (uint64_t)now.tv_sec << 30 ^ (uintptr_t)&hash_stock);
        for (int i = 0; i < HASH_STOCK; i++)
            hash_stock.words[i] ^= leat__rand_next(&r);
    }
    hash_stock.left = HASH_STOCK;
}

static uint64_t
hash_stock_take(void)
{
    if (hash_stock.left == 0)
        hash_stock_fill();
    return hash_stock.words[--hash_stock.left];
}

uint64_t
leat__map_seed(void)
{
    if (LEAT__UNLIKELY(leat__sched.seeded))
        return leat__rand_next(&leat__sched.rand) & ~(uint64_t)1;
    return hash_stock_take();
}

uint32_t
leat__map_random(void)
{
    if (LEAT__UNLIKELY(leat__sched.seeded))
        return (uint32_t)(leat__rand_next(&leat__sched.rand) >> 32);
    if (LEAT__UNLIKELY(hash_stock.rand.state == 0))
        leat__rand_seed(&hash_stock.rand, hash_stock_take());
    return (uint32_t)(leat__rand_next(&hash_stock.rand) >> 32);
}

// Bytes ------------------------------------------------------------------

// 16 bytes a step, and the last 16 again.
static uint64_t
hash_portable(const char *p, size_t n, uint64_t seed)
{
    uint64_t key = leat__hash_key(seed) + n * 0x9e3779b97f4a7c15u;
    uint64_t h = seed;
    const char *last = p + n - 16;
    for (; p < last; p += 16)
        h = leat__hash_fold(
            leat__load64(p) ^ h, leat__load64(p + 8) ^ key);
    h = leat__hash_fold(leat__load64(last) ^ h, leat__load64(last + 8) ^ key);
    return leat__hash_end(h, seed);
}

#if defined(__x86_64__)
#include <wmmintrin.h>

// Two lanes of 16 bytes, two rounds a block. (With one round, differences in
// one block can be undone in the next with a chance of 1 in 64.)
__attribute__((target("aes"))) static uint64_t
hash_aes(const char *p, size_t n, uint64_t seed)
{
    uint64_t key = leat__hash_key(seed);
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
        return leat__hash_short(p, n, seed);
    if (n >= HASH_AES_MIN && seed & 1 && hash_has_aes())
        return hash_aes(p, n, seed);
    return hash_portable(p, n, seed);
}
