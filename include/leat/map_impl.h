// SPDX-License-Identifier: MIT
// leat/map_impl.h: what stands behind the macros of leat/map.h. Not to be
// included or called by name.
//
// The layout of a map as the fast paths see it, the hash functions for keys of
// 4 and 8 bytes and for short strings, the comparison of the eight tags of a
// bucket at once, and the fast paths: what nearly every look-up, assignment
// to a number and deletion is stands in the program, anything else is a call.
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
    LEAT__MAP_ALIGN_MAX = 16,   // of keys and elements: what allocators give
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
// its kin; the fixed multipliers there are what attacks on them use.) A
// second one follows, by the same secret factor: after only one, keys at equal
// distances are so still, and for one seed in a hundred they meet in a few
// buckets.

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

// The map -------------------------------------------------------------------

// struct hmap and what lies behind it (src/map/map_int.h), as far as the fast
// paths need it.
struct leat__map_view {
    uint64_t count;
    uint8_t flags, B;
    uint16_t noverflow;
    uint32_t hash0;
    struct leat__bucket *buckets, *oldbuckets;
    uint64_t nevacuate;
    void *extra;
    uint64_t seed, factor;
    char *slots;
    uint64_t mask;
    const struct leat__maptype *t;
    char *oldslots;
    uint64_t epoch;
    uint32_t moves;
    uint16_t deletes, unused;
    uint64_t grow_at;
} __attribute__((may_alias));

enum {
    LEAT__MAP_PREFETCH = (1 << 12) - 1, // mask from which slots are prefetched
    LEAT__MAP_BARE = 1,     // hmapBare
    LEAT__MAP_PLAIN = 16 | 128, // hmapOwned, hmapBehind
    LEAT__MAP_WRITING = 4,  // hashWriting
    LEAT__MAP_GROWING = 32  // hmapGrowing
};

// An iteration; see leat__mapiterinit. Up to `todo` Go's layout.
struct leat__hiter {
    void *key, *elem;
    void *h;
    char *slots;
    struct leat__bucket *bucket;
    uint64_t tags[2];
    uint64_t order;
    uint64_t index, left;
    uint64_t epoch;
    uint16_t ties, deletes;
    uint8_t todo, state, B, unit;
};

// hiter.state: three bits of offset, above them where it is.
enum {
    LEAT__ITER_LOW = 7,
    LEAT__ITER_STATE_SHIFT = 3,
    LEAT__ITER_SLOTS = 0,  // by slots; todo has those left of this bucket
    LEAT__ITER_SECOND = 1, // the same, in the second bucket of the chain
    LEAT__ITER_HASH = 2    // by hash
};

// The layout of a slot; leat__maptype_layout computes the same.
#define LEAT__MAP_KEPT(size)                                                  \
    ((size) > LEAT__MAP_INLINE_MAX ? sizeof(void *) : (size))
#define LEAT__MAP_ALIGN(size)                                                 \
    ((size) == 0               ? 1                                            \
        : ((size) & -(size)) < 16 ? ((size) & -(size))                        \
                                  : (size_t)LEAT__MAP_ALIGN_MAX)
#define LEAT__MAP_ROUND(size, align) (((size) + (align) - 1) & -(align))
#define LEAT__MAP_OFFSET(key, elem)                                           \
    LEAT__MAP_ROUND(LEAT__MAP_KEPT(key),                                      \
        LEAT__MAP_ALIGN(LEAT__MAP_KEPT(elem)))
#define LEAT__MAP_SLOT_ALIGN(key, elem)                                       \
    (LEAT__MAP_ALIGN(LEAT__MAP_KEPT(key)) >                                   \
                LEAT__MAP_ALIGN(LEAT__MAP_KEPT(elem))                         \
            ? LEAT__MAP_ALIGN(LEAT__MAP_KEPT(key))                            \
            : LEAT__MAP_ALIGN(LEAT__MAP_KEPT(elem)))
#define LEAT__MAP_SLOT(key, elem)                                             \
    LEAT__MAP_ROUND(                                                          \
        LEAT__MAP_OFFSET(key, elem) + LEAT__MAP_KEPT(elem),                   \
        LEAT__MAP_SLOT_ALIGN(key, elem))
#define LEAT__MAP_INDIRECT(key, elem)                                         \
    ((key) > LEAT__MAP_INLINE_MAX ? LEAT__MAP_INDIRECT_KEY : 0) |             \
        ((elem) > LEAT__MAP_INLINE_MAX ? LEAT__MAP_INDIRECT_ELEM : 0)

// How the public macros see a key.
enum leat__keyclass {
    LEAT__KEY_BYTES,  // integers and pointers
    LEAT__KEY_STR,    // struct leat_str
    LEAT__KEY_CSTR,   // char *
    LEAT__KEY_FLOAT,
    LEAT__KEY_DOUBLE,
    LEAT__KEY_RECORD  // needs LEAT_MAP_KEY
};

struct leat_map;

LEAT__BEGIN

LEAT_API struct leat_map *leat__map_make(
    const struct leat__maptype *t, int64_t hint, int may_fail);
LEAT_API void leat__map_free(struct leat_map *m);
LEAT_API void leat__map_clear(struct leat_map *m);
LEAT_API struct leat_map *leat__map_clone(struct leat_map *m);
LEAT_API void *leat__map_find_slow(struct leat_map *m, const void *key);
LEAT_API void *leat__map_find_slow_64(struct leat_map *m, uint64_t key);
LEAT_API void *leat__map_assign(struct leat_map *m, const void *key);
LEAT_API void *leat__map_assign_64(struct leat_map *m, uint64_t key);
LEAT_API void *leat__map_assign_str(
    struct leat_map *m, const char *p, int64_t n);
LEAT_API void *leat__map_assign_try(struct leat_map *m, const void *key);
LEAT_API bool leat__map_delete(struct leat_map *m, const void *key);
LEAT_API bool leat__map_erase(
    struct leat_map *m, struct leat__bucket *b, unsigned s);
LEAT_API void leat__map_begin(struct leat_map *m, struct leat__hiter *it);
LEAT_API void leat__mapiternext(struct leat__hiter *it);
LEAT_API void leat__map_delete_given(
    struct leat_map *m, struct leat__hiter *it);

LEAT_API uint64_t leat__key_hash_bytes(
    const struct leat__maptype *t, const void *key, uint64_t seed);
LEAT_API uint64_t leat__key_hash_cstr(
    const struct leat__maptype *t, const void *key, uint64_t seed);
LEAT_API uint64_t leat__key_hash_float(
    const struct leat__maptype *t, const void *key, uint64_t seed);
LEAT_API uint64_t leat__key_hash_double(
    const struct leat__maptype *t, const void *key, uint64_t seed);
LEAT_API bool leat__key_equal_bytes(
    const struct leat__maptype *t, const void *a, const void *b);
LEAT_API bool leat__key_equal_cstr(
    const struct leat__maptype *t, const void *a, const void *b);
LEAT_API bool leat__key_equal_float(
    const struct leat__maptype *t, const void *a, const void *b);
LEAT_API bool leat__key_equal_double(
    const struct leat__maptype *t, const void *a, const void *b);
// A field of a key that is a struct.
LEAT_API uint64_t leat__key_hash_field(
    const void *p, size_t n, int keyclass, uint64_t seed);
LEAT_API bool leat__key_equal_field(
    const void *a, const void *b, size_t n, int keyclass);

LEAT__END

LEAT__MAP_INLINE int64_t
leat__map_len(const struct leat_map *m)
{
    const struct leat__map_view *h = (const struct leat__map_view *)m;
    return h == NULL ? 0 : (int64_t)h->count;
}

// A key of 1, 2, 4 or 8 bytes as a number.
LEAT__MAP_INLINE uint64_t
leat__key_load(const void *key, size_t size)
{
    if (size == 1)
        return *(const unsigned char *)key;
    if (size == 2) {
        uint16_t x;
        __builtin_memcpy(&x, key, 2);
        return x;
    }
    return size == 4 ? leat__load32((const char *)key)
                     : leat__load64((const char *)key);
}

// The bytes of a string key.
LEAT__MAP_INLINE const char *
leat__key_text(const void *key, size_t *n)
{
    const char *p;
    __builtin_memcpy(&p, key, sizeof p);
    __builtin_memcpy(n, (const char *)key + sizeof p, sizeof *n);
    return p;
}

LEAT__MAP_INLINE const char *
leat__key_bytes(const void *key, size_t size)
{
    size_t n;
    return size == 16 ? leat__key_text(key, &n) : NULL;
}

LEAT__MAP_INLINE int64_t
leat__key_len(const void *key, size_t size)
{
    size_t n = 0;
    if (size == 16)
        leat__key_text(key, &n);
    return (int64_t)n;
}

// Whether the fast paths are for keys of this class.
LEAT__MAP_INLINE bool
leat__key_is_fast(int keyclass, size_t size)
{
    return keyclass == LEAT__KEY_STR ||
        (keyclass == LEAT__KEY_BYTES && size <= 8);
}

LEAT__MAP_INLINE uint64_t
leat__key_hash(int keyclass, size_t size, const void *key,
    const struct leat__map_view *h)
{
    if (keyclass == LEAT__KEY_STR) {
        size_t n;
        const char *p = leat__key_text(key, &n);
        return leat__hash_text(p, n, h->seed, h->factor);
    }
    return leat__hash_number(
        leat__key_load(key, size), h->seed, h->factor);
}

LEAT__MAP_INLINE bool
leat__key_equal(int keyclass, size_t size, const void *a, const void *b)
{
    if (keyclass == LEAT__KEY_STR) {
        size_t n, m;
        const char *p = leat__key_text(a, &n), *q = leat__key_text(b, &m);
        return n == m && leat__same_bytes(p, q, n);
    }
    return leat__key_load(a, size) == leat__key_load(b, size);
}

// Where a look-up got to: the first bucket of the key's chain, its slots, and
// the number of the key's slot if it is there.
struct leat__map_at {
    struct leat__bucket *b;
    char *slots;
    uint64_t hash;
    unsigned s;
};

// In tables beyond the caches the lines of a bucket's slots are fetched at
// once: up to four, which fill from the first on.
LEAT__MAP_INLINE void
leat__map_fetch(uint64_t mask, const char *slots, size_t slot_size)
{
    if (mask < LEAT__MAP_PREFETCH)
        return;
    __builtin_prefetch(slots);
    if (8 * slot_size > 64)
        __builtin_prefetch(slots + 64);
    if (slot_size >= 32)
        __builtin_prefetch(slots + 128);
    if (slot_size >= 64)
        __builtin_prefetch(slots + 192);
}

// The slot with *key, whose hash is in *at, in the first bucket of its chain,
// or NULL. The slots are fetched early if one is needed in any case; else
// behind a branch on an equal tag: where keys are found, it is guessed before
// the tags are there; where they are not, no line is fetched.
LEAT__MAP_INLINE char *
leat__map_seek(const struct leat__map_view *h, const void *key, int keyclass,
    size_t size, size_t slot_size, bool early, struct leat__map_at *at)
{
    uint64_t hash = at->hash;
    uint64_t i = hash & h->mask;
    at->b = h->buckets + i;
    at->slots = h->slots + i * 8 * slot_size;
    if (early)
        leat__map_fetch(h->mask, at->slots, slot_size);
    leat__match_t match = leat__match(at->b->tags, leat__tag8(hash));
    if (!early && match != 0)
        leat__map_fetch(h->mask, at->slots, slot_size);
    for (; match != 0; match &= match - 1) {
        at->s = leat__match_first(match);
        char *slot = at->slots + at->s * slot_size;
        if (__builtin_expect(leat__key_equal(keyclass, size, key, slot), 1))
            return slot;
    }
    return NULL;
}

// The slot with *key, or NULL. What is not in the first bucket of a chain is
// left to a call, as is everything unusual: *ask is true then.
LEAT__MAP_INLINE char *
leat__map_look(struct leat_map *m, const void *key, int keyclass, size_t size,
    size_t elem_size, struct leat__map_at *at, bool *ask)
{
    const struct leat__map_view *h = (const struct leat__map_view *)m;
    *ask = true;
    if (!leat__key_is_fast(keyclass, size) ||
        elem_size > LEAT__MAP_INLINE_MAX)
        return NULL;
    *ask = h != NULL;
    if (!*ask)
        return NULL;
    if (__builtin_expect((__atomic_load_n(&h->flags, __ATOMIC_RELAXED) &
                             (LEAT__MAP_WRITING | LEAT__MAP_GROWING |
                                 LEAT__MAP_BARE)) != 0,
            0))
        return NULL;
    at->hash = leat__key_hash(keyclass, size, key, h);
    char *slot = leat__map_seek(h, key, keyclass, size,
        LEAT__MAP_SLOT(size, elem_size), false, at);
    *ask = slot == NULL &&
        __builtin_expect(leat__bloom_has(at->b, at->hash), 0);
    return slot;
}

// The value in a slot; never NULL, so that the caller need not ask again.
LEAT__MAP_INLINE void *
leat__map_value(char *slot, size_t size, size_t elem_size)
{
    slot += LEAT__MAP_OFFSET(size, elem_size);
    if (slot == NULL)
        __builtin_unreachable();
    return slot;
}

// The value for *key, or NULL; *ask is true when only a call knows it.
LEAT__MAP_INLINE void *
leat__map_find(struct leat_map *m, const void *key, int keyclass, size_t size,
    size_t elem_size, bool *ask)
{
    struct leat__map_at at;
    char *slot = leat__map_look(m, key, keyclass, size, elem_size, &at, ask);
    return slot == NULL ? NULL : leat__map_value(slot, size, elem_size);
}

// The way out of line. A number goes by value, so that the fast path does not
// need it in memory.
#define LEAT__MAP_FIND_SLOW(m, key, keyclass, size)                           \
    ((keyclass) == LEAT__KEY_BYTES && (size) == 8                             \
            ? leat__map_find_slow_64(m, leat__key_load(key, size))            \
            : leat__map_find_slow(m, key))

// A slot for a key that is not in the first bucket of its chain, if that is
// alone, has room, and nothing is about to grow; else NULL.
LEAT__MAP_INLINE char *
leat__map_add(struct leat__map_view *h, const struct leat__map_at *at,
    size_t slot_size)
{
    uint64_t tags = at->b->tags, m = leat__free_slots(tags);
    if (__builtin_expect(
            m == 0 || at->b->next != 0 || h->count >= h->grow_at, 0))
        return NULL;
    unsigned s = leat__free_first(m);
    at->b->tags = tags | (leat__tag8(at->hash) & (uint64_t)0xff << 8 * s);
    h->count++;
    return at->slots + s * slot_size;
}

// What nearly every assignment is: nothing grows or is about to, and the first
// bucket of the chain has the key, or is alone and has room. Then the slot,
// with the key in it; the element of a new one still has to be zeroed. NULL
// for any other; then nothing was done. Not for keys an update writes too.
LEAT__MAP_INLINE char *
leat__map_put_usual(struct leat__map_view *h, const void *key, int keyclass,
    size_t size, size_t slot_size, bool *added)
{
    *added = false;
    uint8_t flags = __atomic_load_n(&h->flags, __ATOMIC_RELAXED);
    if (__builtin_expect((flags & ~LEAT__MAP_PLAIN) != 0, 0))
        return NULL;
    uint8_t writing = flags | LEAT__MAP_WRITING;
    struct leat__map_at at;
    // Before the flag is set: it reads the text of a string, and may fault.
    at.hash = leat__key_hash(keyclass, size, key, h);
    __atomic_store_n(&h->flags, writing, __ATOMIC_RELAXED);
    char *slot = leat__map_seek(
        h, key, keyclass, size, slot_size, true, &at);
    *added = slot == NULL;
    if (slot == NULL)
        slot = leat__map_add(h, &at, slot_size);
    if (slot != NULL && *added)
        __builtin_memcpy(slot, key, size);
    // Somebody else wrote: the flag stays, and the call will tell.
    if (__builtin_expect(
            __atomic_load_n(&h->flags, __ATOMIC_RELAXED) != writing, 0)) {
        __atomic_store_n(&h->flags, writing, __ATOMIC_RELAXED);
        return NULL;
    }
    __atomic_store_n(&h->flags, flags, __ATOMIC_RELAXED);
    return slot;
}

// The value for a number *key, which is added if it is not there, or NULL
// when that is left to a call.
LEAT__MAP_INLINE void *
leat__map_put_number(struct leat_map *m, const void *key, int keyclass,
    size_t size, size_t elem_size)
{
    if (keyclass != LEAT__KEY_BYTES || (size != 4 && size != 8) ||
        elem_size > LEAT__MAP_INLINE_MAX || m == NULL)
        return NULL;
    bool added;
    char *slot = leat__map_put_usual((struct leat__map_view *)m, key,
        LEAT__KEY_BYTES, size, LEAT__MAP_SLOT(size, elem_size), &added);
    if (slot == NULL)
        return NULL;
    void *elem = leat__map_value(slot, size, elem_size);
    if (added)
        __builtin_memset(elem, 0, elem_size);
    return elem;
}

// The way out of line. A macro, so that the call stands on the line of the
// program: it may panic.
#define LEAT__MAP_ASSIGN(m, key, keyclass, size)                              \
    ((keyclass) == LEAT__KEY_BYTES && (size) == 8                             \
            ? leat__map_assign_64(m, leat__key_load(key, size))               \
        : (keyclass) == LEAT__KEY_STR                                         \
            ? leat__map_assign_str(                                           \
                  m, leat__key_bytes(key, size), leat__key_len(key, size))    \
            : leat__map_assign(m, key))

// Copies what the iterator is at; false at the end.
LEAT__MAP_INLINE bool
leat__map_take(const struct leat__hiter *it, void *key, size_t key_size,
    void *elem, size_t elem_size)
{
    if (it->key == NULL)
        return false;
    __builtin_memcpy(key, it->key, key_size);
    __builtin_memcpy(elem, it->elem, elem_size);
    return true;
}

// The next slot of the bucket the iterator is in, as long as nothing moved;
// false when leat__mapiternext has to look.
LEAT__MAP_INLINE bool
leat__map_next(struct leat__hiter *it, size_t key_size, size_t elem_size)
{
    const struct leat__map_view *h = (const struct leat__map_view *)it->h;
    unsigned state = it->state >> LEAT__ITER_STATE_SHIFT;
    // By hash only the call knows.
    if (key_size <= LEAT__MAP_INLINE_MAX &&
        elem_size <= LEAT__MAP_INLINE_MAX && state != LEAT__ITER_HASH &&
        it->epoch == h->epoch &&
        !(__atomic_load_n(&h->flags, __ATOMIC_RELAXED) & LEAT__MAP_WRITING)) {
        const uint8_t *was = (const uint8_t *)&it->tags[state];
        const uint8_t *is = (const uint8_t *)&it->bucket->tags;
        while (it->todo != 0) {
            unsigned s =
                ((unsigned)__builtin_ctz(it->todo) + it->state) &
                LEAT__ITER_LOW;
            it->todo &= (uint8_t)(it->todo - 1);
            if (__builtin_expect(was[s] == is[s], 1)) {
                it->key = it->slots + s * LEAT__MAP_SLOT(key_size, elem_size);
                it->elem = (char *)it->key +
                    LEAT__MAP_OFFSET(key_size, elem_size);
                return true;
            }
        }
    }
    return false;
}

#endif
