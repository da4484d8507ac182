// SPDX-License-Identifier: MIT
// leat/map_impl.h: what stands behind the macros of leat/map.h. Not to be
// included or called by name.
//
// The layout of a map as the inline fast paths see it, the hash functions for
// keys of 4 and 8 bytes and for short strings, and the comparison of the
// eight tags of a bucket at once.
#ifndef LEAT__MAP_IMPL_H
#define LEAT__MAP_IMPL_H

#include <leat/base.h>

struct leat__maptype;

// What the code of the map knows about keys without calling hash and equal.
enum leat__mapkind {
    LEAT__MAP_GENERIC, // hash and equal of the type
    LEAT__MAP_32,      // 4 bytes, equal when the bytes are
    LEAT__MAP_64,      // 8 bytes, equal when the bytes are
    LEAT__MAP_STR      // struct leat_str
};

// Properties of a type of maps; Go's names and bits.
enum leat__mapflags {
    LEAT__MAP_INDIRECT_KEY = 1,  // the slot holds a pointer to the key
    LEAT__MAP_INDIRECT_ELEM = 2, // the slot holds a pointer to the element
    LEAT__MAP_REFLEXIVE = 4,     // k == k for every key (not so for NaN)
    LEAT__MAP_KEY_UPDATE = 8,    // an update writes the key too (+0 and -0)
    LEAT__MAP_HASH_PANICS = 16   // hash may panic
};

enum {
    LEAT__MAP_INLINE_MAX = 128, // bytes of a key or element kept in the slot
    LEAT__MAP_ZERO_MAX = 1024   // bytes of the zero value that is shared
};

// A type of maps. leat__maptype_layout fills in slot_size, elem_offset and
// the bits for what is kept out of line. Whoever needs more (the type of the
// key in another language) embeds this struct.
struct leat__maptype {
    uint32_t key_size, elem_size;    // bytes
    uint32_t slot_size, elem_offset; // of a slot: the key, then the element
    uint8_t kind;                    // enum leat__mapkind
    uint8_t flags;                   // enum leat__mapflags
    uint64_t (*hash)(
        const struct leat__maptype *t, const void *key, uint64_t seed);
    bool (*equal)(
        const struct leat__maptype *t, const void *a, const void *b);
};

// Eight tags, and a word: the address of the next bucket of the chain in its
// lower 48 bits, above them a Bloom filter of the keys there (only in the
// first bucket of a chain).
struct leat__bucket {
    uint64_t tags;
    uint64_t next;
};

// Tags of slots; Go's names and values. A key's tag is the top byte of its
// hash, and at least LEAT__TAG_MIN.
enum {
    LEAT__TAG_EMPTY = 0,     // emptyRest
    LEAT__TAG_EVACUATED = 4, // evacuatedEmpty: the bucket has moved
    LEAT__TAG_MIN = 5        // minTopHash
};

#define LEAT__MAP_INLINE static inline __attribute__((always_inline, unused))

// Hash functions --------------------------------------------------------
//
// A product of 128 bits folded by exclusive or. Both factors depend on the
// seed of the map, which is from the system's random source: without knowing
// it no two keys are known to collide. (The idea is that of wyhash and of
// its kin; the fixed multipliers there are what attacks on them use.)

LEAT__MAP_INLINE uint64_t
leat__hash_fold(uint64_t a, uint64_t b)
{
    __extension__ unsigned __int128 p = (unsigned __int128)a * b;
    return (uint64_t)p ^ (uint64_t)(p >> 64);
}

// The second factor.
LEAT__MAP_INLINE uint64_t
leat__hash_key(uint64_t seed)
{
    return __builtin_bswap64(seed) | 1;
}

LEAT__MAP_INLINE uint64_t
leat__hash64(uint64_t k, uint64_t seed)
{
    return leat__hash_fold(k ^ seed, leat__hash_key(seed));
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
leat__hash_short(const char *p, size_t n, uint64_t seed)
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
    uint64_t key = leat__hash_key(seed) + n * 0x9e3779b97f4a7c15u;
    return leat__hash_fold(a ^ seed, b ^ key);
}

LEAT__MAP_INLINE uint64_t
leat__hash_str(const char *p, size_t n, uint64_t seed)
{
    return n <= LEAT__HASH_SHORT ? leat__hash_short(p, n, seed)
                                 : leat__hash_bytes(p, n, seed);
}

LEAT__MAP_INLINE bool
leat__same_bytes(const char *a, const char *b, size_t n)
{
    if (n > 16)
        return __builtin_memcmp(a, b, n) == 0;
    if (n >= 8)
        return ((leat__load64(a) ^ leat__load64(b)) |
                   (leat__load64(a + n - 8) ^ leat__load64(b + n - 8))) == 0;
    if (n >= 4)
        return ((leat__load32(a) ^ leat__load32(b)) |
                   (leat__load32(a + n - 4) ^ leat__load32(b + n - 4))) == 0;
    return n == 0 ||
        (a[0] == b[0] && a[n / 2] == b[n / 2] && a[n - 1] == b[n - 1]);
}

// Tags -----------------------------------------------------------------

LEAT__MAP_INLINE unsigned
leat__tag(uint64_t hash)
{
    unsigned top = (unsigned)(hash >> 56);
    return top < LEAT__TAG_MIN ? top + LEAT__TAG_MIN : top;
}

// The bit of the Bloom filter for a key in the chain behind a first bucket.
LEAT__MAP_INLINE uint64_t
leat__bloom(uint64_t hash)
{
    return (uint64_t)1 << (48 + (hash >> 44 & 15));
}

LEAT__MAP_INLINE struct leat__bucket *
leat__next_bucket(const struct leat__bucket *b)
{
    return (struct leat__bucket *)(uintptr_t)(b->next << 16 >> 16);
}

// A set of slots as bits: slot i is bit i << LEAT__MATCH_SHIFT, where
// leat__match_first is i for the lowest.
#if defined(__SSE2__)
typedef char leat__v16 __attribute__((vector_size(16)));
typedef long long leat__v2 __attribute__((vector_size(16)));
#define LEAT__MATCH_SHIFT 0
typedef uint32_t leat__match_t;

LEAT__MAP_INLINE leat__match_t
leat__match(uint64_t tags, unsigned tag)
{
    leat__v2 v = {(long long)tags, (long long)tags};
    char t = (char)tag;
    leat__v16 w = {t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t};
    return (leat__match_t)__builtin_ia32_pmovmskb128(
               (leat__v16)((leat__v16)v == w)) & 0xff;
}
#else
// Exact, unlike the shorter form that finds false ones above a true one.
#define LEAT__MATCH_SHIFT 3
typedef uint64_t leat__match_t;

LEAT__MAP_INLINE leat__match_t
leat__match(uint64_t tags, unsigned tag)
{
    const uint64_t low = 0x7f7f7f7f7f7f7f7fu;
    uint64_t x = tags ^ tag * 0x0101010101010101u;
    return ~(((x & low) + low) | x | low) >> 7;
}
#endif

LEAT__MAP_INLINE unsigned
leat__match_first(leat__match_t m)
{
    return (unsigned)__builtin_ctzll(m) >> LEAT__MATCH_SHIFT;
}

// An iteration; see leat__mapiterinit.
struct leat__hiter {
    void *key, *elem;
    void *h;
    char *slots;
    struct leat__bucket *bucket;
    uint64_t tags[2];
    uint64_t order;
    uint64_t index, left;
    uint32_t epoch;
    uint16_t array, ties, deletes;
    uint8_t todo, state, B, unit;
};

#endif
