// SPDX-License-Identifier: MIT
// leat/map_bucket.h: a bucket: the tags of its eight slots, the next bucket of
// its chain, and a filter of the keys there. Not to be included or called by
// name.
//
// Nothing in here knows keys or slots: what it tells is which slots of the
// eight may hold a key, by its hash. Eight tags are compared at once.
#ifndef LEAT__MAP_BUCKET_H
#define LEAT__MAP_BUCKET_H

#include <leat/map_type.h>

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

// Eight times one byte.
#define LEAT__EIGHT(byte) ((byte) * UINT64_C(0x0101010101010101))

LEAT__BEGIN

// The tag of a key eight times, by the top byte of its hash: one load, where
// computing it takes five instructions.
LEAT_API extern const uint64_t leat__tags8[256];

LEAT__END

LEAT__MAP_INLINE uint64_t
leat__tag8(uint64_t hash)
{
    return leat__tags8[hash >> 56];
}

LEAT__MAP_INLINE unsigned
leat__tag(uint64_t hash)
{
    return (uint8_t)leat__tag8(hash);
}

// The number of the bit of the Bloom filter for a key in the chain behind a
// first bucket: 48 to 63.
LEAT__MAP_INLINE unsigned
leat__bloom_bit(uint64_t hash)
{
    return (unsigned)(hash >> 44 | 48) & 63;
}

LEAT__MAP_INLINE uint64_t
leat__bloom(uint64_t hash)
{
    return (uint64_t)1 << leat__bloom_bit(hash);
}

// Whether the key may be in the chain behind b.
LEAT__MAP_INLINE bool
leat__bloom_has(const struct leat__bucket *b, uint64_t hash)
{
    return b->next >> leat__bloom_bit(hash) & 1;
}

LEAT__MAP_INLINE struct leat__bucket *
leat__next_bucket(const struct leat__bucket *b)
{
    return (struct leat__bucket *)(uintptr_t)(b->next << 16 >> 16);
}

// A set of slots as bits: slot i is bit i << LEAT__MATCH_SHIFT, where
// leat__match_first is i for the lowest. leat__match: those of the eight in
// `tags` that are as in `tag8`.
#if defined(__SSE2__)
typedef char leat__bytes16 __attribute__((vector_size(16)));
typedef long long leat__words2 __attribute__((vector_size(16)));
#define LEAT__MATCH_SHIFT 0
typedef uint32_t leat__match_t;

LEAT__MAP_INLINE leat__match_t
leat__match(uint64_t tags, uint64_t tag8)
{
    // The upper halves are not looked at.
    leat__words2 v = {(long long)tags, 0};
    leat__words2 w = {(long long)tag8, 0};
    return (leat__match_t)__builtin_ia32_pmovmskb128(
               (leat__bytes16)((leat__bytes16)v == (leat__bytes16)w)) & 0xff;
}
#else
// Exact, unlike the shorter form that finds false ones above a true one.
#define LEAT__MATCH_SHIFT 3
typedef uint64_t leat__match_t;

LEAT__MAP_INLINE leat__match_t
leat__match(uint64_t tags, uint64_t tag8)
{
    const uint64_t low = 0x7f7f7f7f7f7f7f7fu;
    uint64_t x = tags ^ tag8;
    return ~(((x & low) + low) | x | low) >> 7;
}
#endif

LEAT__MAP_INLINE unsigned
leat__match_first(leat__match_t m)
{
    return (unsigned)(sizeof m == 4 ? __builtin_ctz((unsigned)m)
                                    : __builtin_ctzll(m)) >>
        LEAT__MATCH_SHIFT;
}

// The free slots among eight tags: the top bit of a byte for each, exact for
// the lowest, which is all one needs. In general registers, unlike
// leat__match: an insertion waits for it.
LEAT__MAP_INLINE uint64_t
leat__free_slots(uint64_t tags)
{
    return (tags - LEAT__EIGHT(1)) & ~tags & LEAT__EIGHT(0x80);
}

LEAT__MAP_INLINE unsigned
leat__free_first(uint64_t slots)
{
    return (unsigned)__builtin_ctzll(slots) >> 3;
}

#endif
