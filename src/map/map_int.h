// SPDX-License-Identifier: MIT
// map/map_int.h: maps without types, for the guests that bring their own, and
// what the files of this room share. map.c tells the idea.
//
// struct hmap has Go's fields at Go 1.22's offsets, so that
// `p *(struct hmap *)m` prints in gdb what the literature shows.
#ifndef LEAT_MAP_MAP_INT_H
#define LEAT_MAP_MAP_INT_H

#include "base/check.h"

#include <leat/map_fast.h>
#include <leat/map_iter.h>

#include <string.h>

struct mapextra;

struct hmap {
    uint64_t count;      // entries
    uint8_t flags;       // enum leat__hmap_flags; others may look, racing
    uint8_t B;           // log2 of the number of buckets
    uint16_t noverflow;  // overflow buckets, about; exact below B = 16
    uint32_t hash0;      // the lower half of the seed
    void *buckets;       // 2^B of struct leat__bucket, or NULL for B = 0
    void *oldbuckets;    // the array before this one, while growing
    uint64_t nevacuate;  // old buckets below have moved
    struct mapextra *extra;
};

_Static_assert(offsetof(struct hmap, count) == 0x00, "Go's layout");
_Static_assert(offsetof(struct hmap, flags) == 0x08, "Go's layout");
_Static_assert(offsetof(struct hmap, B) == 0x09, "Go's layout");
_Static_assert(offsetof(struct hmap, noverflow) == 0x0a, "Go's layout");
_Static_assert(offsetof(struct hmap, hash0) == 0x0c, "Go's layout");
_Static_assert(offsetof(struct hmap, buckets) == 0x10, "Go's layout");
_Static_assert(offsetof(struct hmap, oldbuckets) == 0x18, "Go's layout");
_Static_assert(offsetof(struct hmap, nevacuate) == 0x20, "Go's layout");
_Static_assert(offsetof(struct hmap, extra) == 0x28, "Go's layout");
_Static_assert(sizeof(struct hmap) == 48, "Go's layout");

// Go's names and bits. (Its iterator and oldIterator, 1 and 2, have no use
// here: see iter.c.)
enum leat__hmap_flags {
    hmapBare = 1,     // buckets is NULL
    hmapChecked = 2,  // writes go through map.c, which checks after each
    hashWriting = 4,  // a goroutine is writing to the map
    sameSizeGrow = 8, // it grows into an array of the same size
    hmapOwned = 16,   // the memory of the map is the caller's
    hmapGrowing = 32, // oldbuckets is not NULL
    hmapDead = 64,    // extra->dead is not empty
    hmapBehind = 128  // there is place for a bucket behind the map
};

// Overflow buckets, cut from blocks. A bucket is a struct leat__bucket with
// its eight slots behind it.
struct leat__mapblock {
    struct leat__mapblock *link;
    size_t bytes; // of the block
};

// An array of buckets that is given back a piece at a time.
struct leat__mapdead {
    char *p;
    size_t bytes;                  // left
    struct leat__mapblock *blocks; // of its overflow buckets, left
};

// What Go's hmap has no place for. Lies behind it.
struct mapextra {
    uint64_t seed, factor; // of the hashes: factor follows from seed
    char *slots;   // 8 for each of buckets
    uint64_t mask; // 2^B - 1
    const struct leat__maptype *t;
    char *oldslots;
    uint64_t epoch;   // counts what makes an iterator look again
    uint32_t moves;   // those of them since there is this array, or all ones
    uint16_t deletes; // counts deletions
    uint16_t unused;
    uint64_t grow_at; // with so many entries, one more makes it grow
    struct leat__mapblock *blocks, *oldblocks;
    char *free, *free_end; // of the newest block
    struct leat__mapdead dead;
#if LEAT_DEBUG >= 2
    uint64_t writes; // since the last check, see leat__map_write_ok
    uint64_t checks;
#endif
};

// A map: what leat__makemap makes and expects as storage. If it makes it for
// few entries, then the first array of one bucket has its place behind.
struct leat__map {
    struct hmap h;
    struct mapextra x;
};

_Static_assert(sizeof(struct leat__map) % 16 == 0, "slots lie behind");
_Static_assert(sizeof(struct leat__hiter) <= 96, "room in Go's frames");
_Static_assert(offsetof(struct leat__hiter, key) == 0, "Go's layout");
_Static_assert(offsetof(struct leat__hiter, elem) == 8, "Go's layout");

// The untyped map -----------------------------------------------------
//
// t describes the map and must outlive it. A NULL h is a nil map: fine to
// read, delete from, clear and free. Pointers to keys and elements are valid
// until the next call that may write. Nothing parks. Several may read at
// once; a writer must be alone, and is often caught if it is not: a fatal
// error with Go's text. Reading is access, iterating, cloning from.

// Fills in what follows from the sizes.
void leat__maptype_layout(struct leat__maptype *t);

// A map with room for `hint` entries (0 or less: none asked for) in `at`, or
// in memory of its own if that is NULL. A hint for which there is no memory
// is dropped; NULL when there is no memory for the map itself.
struct hmap *leat__makemap(
    const struct leat__maptype *t, int64_t hint, struct leat__map *at);
// Gives everything back, also to `at`.
void leat__mapfree(const struct leat__maptype *t, struct hmap *h);

// The element for *key. 1: a zero value if there is none, for elements up to
// LEAT__MAP_ZERO_MAX bytes; fat: `zero` then. 2: NULL then.
void *leat__mapaccess1(
    const struct leat__maptype *t, struct hmap *h, const void *key);
void *leat__mapaccess1_fat(const struct leat__maptype *t, struct hmap *h,
    const void *key, void *zero);
void *leat__mapaccess2(
    const struct leat__maptype *t, struct hmap *h, const void *key);

// Room for the element of *key, which is added if it is not there (with an
// element of zeroes). Panics with "assignment to entry in nil map". Out of
// memory is fatal; for leat__mapassign_try it is NULL, and h is unchanged.
void *leat__mapassign(
    const struct leat__maptype *t, struct hmap *h, const void *key);
void *leat__mapassign_try(
    const struct leat__maptype *t, struct hmap *h, const void *key);

// Removes; true if it was there.
bool leat__mapdelete(
    const struct leat__maptype *t, struct hmap *h, const void *key);
void leat__mapclear(const struct leat__maptype *t, struct hmap *h);

// A copy. NULL when out of memory, and for NULL.
struct hmap *leat__mapclone(const struct leat__maptype *t, struct hmap *h);

// Goes over the entries from a random place; it->key is NULL behind the last
// one. init goes to the first, leat__mapiternext (leat/map_iter.h) to the next.
// An entry that is there all the time comes once, a deleted one no more, one
// added meanwhile perhaps. Nothing needs to be done when an iteration is left.
void leat__mapiterinit(struct hmap *h, struct leat__hiter *it);
// Removes what the iterator gave last, without looking at its key. Nothing was
// written to the map since.
void leat__mapiterdelete(struct leat__hiter *it);

// Verifies every invariant; LEAT_CHECK fails otherwise.
void leat__map_check(const struct leat__maptype *t, struct hmap *h);
// The same, now and then, for a leat_assert_slow at the end of each write;
// true. Only with LEAT_DEBUG >= 2.
bool leat__map_write_ok(struct hmap *h);

// Random numbers: from the system, or from the run's source in a seeded run.
uint64_t leat__map_seed(void);
uint32_t leat__map_random(void); // fast: for where to begin

// What the files of the room share -------------------------------------

enum {
    MAP_SLOTS = 8,       // of a bucket
    MAP_BEHIND_MAX = 512 // bytes
};

// Where a key's chain is: its first bucket and that one's slots.
struct leat__mapchain {
    struct leat__bucket *b;
    char *slots;
};

// The zero value.
extern char leat__map_zero[LEAT__MAP_ZERO_MAX];

LEAT__INLINE uint64_t
leat__map_mask(const struct hmap *h)
{
    return h->extra->mask;
}

LEAT__INLINE uint64_t
leat__map_oldmask(const struct hmap *h)
{
    return ((uint64_t)1 << (h->B - !(h->flags & sameSizeGrow))) - 1;
}

LEAT__INLINE bool
leat__map_evacuated(const struct leat__bucket *b)
{
    return (uint8_t)b->tags == LEAT__TAG_EVACUATED;
}

LEAT__INLINE size_t
leat__map_stride(const struct leat__maptype *t)
{
    return (size_t)MAP_SLOTS * t->slot_size;
}

// The slots of an overflow bucket are behind it.
LEAT__INLINE char *
leat__map_slots(struct leat__bucket *b)
{
    return (char *)(b + 1);
}

LEAT__INLINE struct leat__mapchain
leat__map_chain_at(const struct hmap *h, uint64_t i)
{
    return (struct leat__mapchain){(struct leat__bucket *)h->buckets + i,
        h->extra->slots + i * leat__map_stride(h->extra->t)};
}

LEAT__INLINE struct leat__mapchain
leat__map_oldchain_at(const struct hmap *h, uint64_t i)
{
    return (struct leat__mapchain){(struct leat__bucket *)h->oldbuckets + i,
        h->extra->oldslots + i * leat__map_stride(h->extra->t)};
}

// The chain that has the keys of this hash now.
LEAT__INLINE struct leat__mapchain
leat__map_chain(const struct hmap *h, uint64_t hash)
{
    if (LEAT__UNLIKELY(h->oldbuckets != NULL)) {
        struct leat__mapchain c =
            leat__map_oldchain_at(h, hash & leat__map_oldmask(h));
        if (!leat__map_evacuated(c.b))
            return c;
    }
    return leat__map_chain_at(h, hash & leat__map_mask(h));
}

// The next bucket of a chain.
LEAT__INLINE struct leat__mapchain
leat__map_chain_next(struct leat__mapchain c)
{
    struct leat__bucket *b = leat__next_bucket(c.b);
    return (struct leat__mapchain){b, b == NULL ? NULL : leat__map_slots(b)};
}

LEAT__INLINE void *
leat__map_key(const struct leat__maptype *t, char *slot)
{
    return t->flags & LEAT__MAP_INDIRECT_KEY ? *(void **)(void *)slot : slot;
}

LEAT__INLINE void *
leat__map_elem(const struct leat__maptype *t, char *slot)
{
    char *e = slot + t->elem_offset;
    return t->flags & LEAT__MAP_INDIRECT_ELEM ? *(void **)(void *)e : e;
}

LEAT__INLINE uint8_t
leat__map_tag_of(uint64_t tags, unsigned i)
{
    return (uint8_t)(tags >> 8 * i);
}

// Writes all eight: reading eight tags soon after writing one makes the CPU
// wait until that one has reached the cache.
LEAT__INLINE void
leat__map_set_tag(struct leat__bucket *b, unsigned i, unsigned tag)
{
    uint64_t others = b->tags & ~((uint64_t)0xff << 8 * i);
    b->tags = others | (uint64_t)tag << 8 * i;
}

// So many entries 2^B buckets have room for: 13/2 each, or one bucket full.
LEAT__INLINE uint64_t
leat__map_room(unsigned B)
{
    return B == 0 ? MAP_SLOTS : 13 * (((uint64_t)1 << B) / 2);
}

// What grow_at has to be: no room is left, or there are too many overflow
// buckets.
LEAT__INLINE uint64_t
leat__map_limit(const struct hmap *h)
{
    unsigned B = h->B < 15 ? h->B : 15;
    return h->noverflow >> B != 0 ? 0 : leat__map_room(h->B);
}

// hash and equal, as calls or, for a kind known to the compiler, in place.
LEAT__INLINE uint64_t
leat__map_hash(const struct leat__maptype *t, unsigned kind, const void *key,
    uint64_t seed, uint64_t factor)
{
    if (kind == LEAT__MAP_32)
        return leat__hash_number(leat__load32(key), seed, factor);
    if (kind == LEAT__MAP_64)
        return leat__hash_number(leat__load64(key), seed, factor);
    if (kind == LEAT__MAP_STR) {
        const char *p = *(const char *const *)key;
        return leat__hash_text(p, ((const size_t *)key)[1], seed, factor);
    }
    return t->hash(t, key, seed);
}

LEAT__INLINE bool
leat__map_equal(const struct leat__maptype *t, unsigned kind, const void *a,
    const void *b)
{
    if (kind == LEAT__MAP_32)
        return leat__load32(a) == leat__load32(b);
    if (kind == LEAT__MAP_64)
        return leat__load64(a) == leat__load64(b);
    if (kind == LEAT__MAP_STR) {
        const size_t *x = a, *y = b;
        return x[1] == y[1] &&
            (x[0] == y[0] ||
                leat__same_bytes(*(const char *const *)a,
                    *(const char *const *)b, x[1]));
    }
    return t->equal(t, a, b);
}

// Whether the key is equal to itself, so that it can be found.
LEAT__INLINE bool
leat__map_is_reflexive(const struct leat__maptype *t, const void *key)
{
    return t->flags & LEAT__MAP_REFLEXIVE || t->equal(t, key, key);
}

// The place behind a map for an array of one bucket.
LEAT__INLINE void *
leat__map_behind(struct hmap *h)
{
    return (struct leat__map *)(void *)h + 1;
}

// Its size, or 0 when it is too large to be kept for a map that may get more
// buckets.
LEAT__INLINE size_t
leat__map_behind_bytes(const struct leat__maptype *t)
{
    size_t bytes = sizeof(struct leat__bucket) + leat__map_stride(t);
    return bytes <= MAP_BEHIND_MAX ? bytes : 0;
}

// iter.c: which slot of it->bucket was given last, if nothing moved since.
unsigned leat__mapiter_slot(const struct leat__hiter *it);

// grow.c: false when out of memory.
bool leat__map_array(struct hmap *h, unsigned B); // the first one
bool leat__map_grow(struct hmap *h);
// Moves the old bucket of this hash, and one more. It may fail for the
// former, which then stays where it is.
void leat__map_growwork(struct hmap *h, uint64_t hash);
// An empty overflow bucket linked behind b, the last of its chain.
struct leat__bucket *leat__map_overflow(
    struct hmap *h, struct leat__bucket *b);
// Gives all arrays back; the second: forgets all entries, keeps an array.
void leat__map_arrays_free(struct hmap *h);
void leat__map_arrays_clear(struct hmap *h);
// Gives back some of what is dead.
void leat__map_release_some(struct hmap *h);

void leat__map_reseed(struct hmap *h);

#endif
