// SPDX-License-Identifier: MIT
// map/grow.c: the arrays behind a map: making, growing, giving back.
//
// The idea, Go's: a map that grows gets a new array at once, and the entries
// move a bucket at a time: every write and every deletion moves the old
// bucket it needs and one more. An old bucket is split in two, or, when the
// map grows because of too many overflow buckets, packed into one.
//
// One array is one piece of memory: 2^B buckets of 16 bytes (eight tags, the
// chain) and behind them 2^B times eight slots. A look-up needs the line with
// the tags and the line with the slot, and when the key is not there only the
// former. Overflow buckets have their slots right behind them and are cut
// from blocks that go away with the array.
//
// What is large must not be large at once: arrays from 64 MiB come from the
// system, whose pages are zero and made at the first touch, and go back in
// pieces of 256 KiB, one a write. (Building a map of 4 million, one free() of
// the old array took 3.7 ms; in pieces the worst write takes under 1 ms.)
// Smaller ones are the heap's, which has them ready for the next map: half
// the time of filling a map of 60,000 went into the faults of fresh pages.
//
// Out of memory: a map that gets no array goes on without growing, and an old
// bucket that would need an overflow bucket there is no memory for stays
// where it is; it is read and written there. So only a write that itself
// needs an overflow bucket can fail.
//
// Invariants: an old bucket has moved completely or not at all; those below
// nevacuate have. While growing the map does not begin to grow again. A chain
// holds in its first bucket a Bloom filter of all keys behind that.
//
// Rejected: Go's layout, with tags, keys, elements and the pointer in one
// bucket: a hit in a table larger than the caches then needs three lines.
#include "map/map_int.h"
#include "base/print.h"
#include "mem/alloc.h"
#include "os/pages.h"
#include "sched/sched.h"

enum {
    GROW_PAGES = 64 << 20,      // bytes from which arrays are pages
    GROW_STEP = 256 << 10,      // bytes of these given back at a time
    GROW_BLOCK_MAX = 64 << 10,  // bytes of a block of overflow buckets
    GROW_BLOCK_PAGES = 256 << 10, // of a block that is pages
    GROW_SKIP_MAX = 1024        // moved buckets passed over at a time, as Go
};

// What iterators see ---------------------------------------------------------

// From now on the entries are in another array, or gone.
static void
grow_count_array(struct mapextra *x)
{
    x->epoch++;
    x->moves = 0;
}

// An old bucket has moved.
static void
grow_count_move(struct mapextra *x)
{
    x->epoch++;
    if (x->moves < UINT32_MAX)
        x->moves++;
}

// Arrays -------------------------------------------------------------------

static size_t
grow_array_bytes(const struct leat__maptype *t, unsigned B)
{
    return ((size_t)1 << B) *
        (sizeof(struct leat__bucket) + leat__map_stride(t));
}

// 2^B empty buckets, or NULL.
static char *
grow_array_new(const struct leat__maptype *t, unsigned B)
{
    size_t bytes = grow_array_bytes(t, B);
    if (bytes >= GROW_PAGES)
        return leat__pages_reserve_huge(bytes, "leat map");
    return leat__mem_alloc_head(bytes, sizeof(struct leat__bucket) << B);
}

// Not if it lies behind the map.
static void
grow_array_free(struct hmap *h, void *p, size_t bytes)
{
    if (h->flags & hmapBehind && p == leat__map_behind(h))
        return;
    if (bytes >= GROW_PAGES)
        leat__pages_release(p, bytes);
    else
        leat__mem_free(p, bytes);
}

static void
grow_set_array(struct hmap *h, char *p, unsigned B)
{
    h->buckets = p;
    h->extra->slots = p + (sizeof(struct leat__bucket) << B);
    h->extra->mask = ((uint64_t)1 << B) - 1;
    h->B = (uint8_t)B;
    h->flags &= (uint8_t)~hmapBare;
    h->extra->grow_at = leat__map_limit(h);
}

// The array is about to be written all over, or was.
static void
grow_settle(struct hmap *h)
{
    size_t bytes = grow_array_bytes(h->extra->t, h->B);
    if (bytes >= GROW_PAGES)
        leat__pages_make_huge(h->buckets, bytes);
}

bool
leat__map_array(struct hmap *h, unsigned B)
{
    if (B == 0 && h->flags & hmapBehind) {
        struct leat__bucket *b = leat__map_behind(h);
        *b = (struct leat__bucket){0, 0};
        grow_set_array(h, (char *)b, 0);
        return true;
    }
    char *p = grow_array_new(h->extra->t, B);
    if (p == NULL)
        return false;
    grow_set_array(h, p, B);
    grow_settle(h);
    return true;
}

// Blocks -----------------------------------------------------------------

static struct leat__mapblock *
grow_block_new(size_t bytes)
{
    struct leat__mapblock *b = bytes < GROW_BLOCK_PAGES
        ? leat__mem_alloc(bytes, 0)
        : leat__pages_reserve(bytes, "leat map");
    if (b != NULL)
        b->bytes = bytes;
    return b;
}

// Returns the next one.
static struct leat__mapblock *
grow_block_free(struct leat__mapblock *b)
{
    struct leat__mapblock *link = b->link;
    if (b->bytes < GROW_BLOCK_PAGES)
        leat__mem_free(b, b->bytes);
    else
        leat__pages_release(b, b->bytes);
    return link;
}

static void
grow_blocks_free(struct leat__mapblock *b)
{
    while (b != NULL)
        b = grow_block_free(b);
}

// The dead ----------------------------------------------------------------

static void
grow_release_all(struct leat__mapdead *d)
{
    if (d->p != NULL)
        leat__pages_release(d->p, d->bytes);
    grow_blocks_free(d->blocks);
    *d = (struct leat__mapdead){0};
}

// Notes whether there is something left.
static void
grow_note_dead(struct hmap *h)
{
    const struct leat__mapdead *d = &h->extra->dead;
    bool left = d->p != NULL || d->blocks != NULL;
    h->flags = (uint8_t)((h->flags & ~hmapDead) | (left ? hmapDead : 0));
}

LEAT__COLD void
leat__map_release_some(struct hmap *h)
{
    struct leat__mapdead *d = &h->extra->dead;
    if (d->blocks != NULL) {
        d->blocks = grow_block_free(d->blocks);
    } else {
        size_t step = d->bytes < GROW_STEP ? d->bytes : GROW_STEP;
        d->bytes -= step;
        leat__pages_release(d->p + d->bytes, step);
        if (d->bytes == 0)
            d->p = NULL;
    }
    grow_note_dead(h);
}

// The old array has nothing left that counts.
static void
grow_retire(struct hmap *h)
{
    struct mapextra *x = h->extra;
    size_t bytes = (leat__map_oldmask(h) + 1) *
        (sizeof(struct leat__bucket) + leat__map_stride(x->t));
    // Long done: growing took as many writes as there were buckets.
    grow_release_all(&x->dead);
    if (bytes >= GROW_PAGES)
        x->dead = (struct leat__mapdead){
            h->oldbuckets, (bytes + LEAT__PAGE - 1) & -(size_t)LEAT__PAGE,
            NULL};
    else
        grow_array_free(h, h->oldbuckets, bytes);
    x->dead.blocks = x->oldblocks;
    x->oldblocks = NULL;
    h->oldbuckets = NULL;
    x->oldslots = NULL;
    h->flags &= (uint8_t)~(sameSizeGrow | hmapGrowing);
    grow_note_dead(h);
}

void
leat__map_arrays_free(struct hmap *h)
{
    struct mapextra *x = h->extra;
    if (h->oldbuckets != NULL)
        grow_retire(h);
    if (h->flags & hmapDead)
        grow_release_all(&x->dead);
    grow_blocks_free(x->blocks);
    x->blocks = NULL;
    if (h->buckets != NULL)
        grow_array_free(h, h->buckets, grow_array_bytes(x->t, h->B));
    h->buckets = NULL;
    h->flags |= hmapBare;
}

void
leat__map_arrays_clear(struct hmap *h)
{
    struct mapextra *x = h->extra;
    if (h->oldbuckets != NULL)
        grow_retire(h);
    grow_blocks_free(x->blocks);
    x->blocks = NULL;
    x->free = x->free_end = NULL;
    h->nevacuate = 0;
    h->noverflow = 0;
    x->grow_at = leat__map_limit(h);
    grow_count_array(x);
    if (h->buckets != NULL)
        memset(h->buckets, 0, sizeof(struct leat__bucket) << h->B);
}

// Overflow buckets ---------------------------------------------------------

static size_t
grow_overflow_bytes(const struct leat__maptype *t)
{
    return (sizeof(struct leat__bucket) + leat__map_stride(t) + 15) &
        ~(size_t)15;
}

// A block of at least n buckets: as many as Go makes with the array, but in
// pieces. Those of an array that is pages are so too, for the same reason.
static struct leat__mapblock *
grow_block_for(const struct hmap *h, size_t n)
{
    size_t one = grow_overflow_bytes(h->extra->t);
    size_t want = h->B >= 4 ? (size_t)1 << (h->B - 4) : 1;
    struct leat__mapblock *b = NULL;
    if (want * one >= GROW_BLOCK_PAGES &&
        grow_array_bytes(h->extra->t, h->B) >= GROW_PAGES)
        b = grow_block_new(sizeof *b + (GROW_BLOCK_PAGES / one + n) * one);
    if (b != NULL)
        return b;
    if (want > GROW_BLOCK_MAX / one)
        want = GROW_BLOCK_MAX / one;
    return grow_block_new(sizeof *b + (want < n ? n : want) * one);
}

// Sees that n overflow buckets can be had.
static bool
grow_reserve(struct hmap *h, size_t n)
{
    struct mapextra *x = h->extra;
    size_t one = grow_overflow_bytes(x->t);
    if ((size_t)(x->free_end - x->free) >= n * one)
        return true;
    struct leat__mapblock *b = grow_block_for(h, n);
    if (b == NULL)
        return false;
    b->link = x->blocks;
    x->blocks = b;
    x->free = (char *)(b + 1);
    x->free_end = x->free + (b->bytes - sizeof *b);
    return true;
}

// Counts exactly while the count fits easily, then by chance, as Go.
static void
grow_count_overflow(struct hmap *h)
{
    uint32_t mask = h->B < 16 ? 0 : ((uint32_t)1 << (h->B - 15)) - 1;
    if (h->noverflow < UINT16_MAX && (mask == 0 ||
            (leat__map_random() & mask) == 0))
        h->noverflow++;
    h->extra->grow_at = leat__map_limit(h);
}

struct leat__bucket *
leat__map_overflow(struct hmap *h, struct leat__bucket *b)
{
    struct mapextra *x = h->extra;
    if (!grow_reserve(h, 1))
        return NULL;
    struct leat__bucket *o = (struct leat__bucket *)(void *)x->free;
    x->free += grow_overflow_bytes(x->t);
    *o = (struct leat__bucket){0};
    leat_assert((uintptr_t)o >> 48 == 0);
    b->next = (b->next >> 48 << 48) | (uintptr_t)o;
    grow_count_overflow(h);
    return o;
}

// Growing -----------------------------------------------------------------

static void
grow_trace(const struct hmap *h, bool bigger)
{
    leat__printf(2,
        "gc: map grow @%p: B %u -> %u, %llu entries, %u overflow buckets%s\n",
        (const void *)h, h->B - bigger, h->B, (unsigned long long)h->count,
        h->noverflow, bigger ? "" : ", same size");
}

bool
leat__map_grow(struct hmap *h)
{
    struct mapextra *x = h->extra;
    bool bigger = h->count >= leat__map_room(h->B);
    char *p = grow_array_new(x->t, h->B + bigger);
    if (p == NULL)
        return false;
    h->oldbuckets = h->buckets;
    x->oldslots = x->slots;
    x->oldblocks = x->blocks;
    x->blocks = NULL;
    x->free = x->free_end = NULL;
    grow_set_array(h, p, h->B + bigger);
    h->flags |= bigger ? hmapGrowing : hmapGrowing | sameSizeGrow;
    if (LEAT__UNLIKELY(leat__sched.maptrace))
        grow_trace(h, bigger);
    h->nevacuate = 0;
    h->noverflow = 0;
    x->grow_at = leat__map_limit(h);
    grow_count_array(x);
    return true;
}

// Where the entries of an old bucket go: to the end of a chain that was empty.
struct grow_to {
    struct leat__bucket *first, *b;
    char *slots;
    unsigned n;
};

LEAT__INLINE void
grow_copy(char *to, const char *from, size_t bytes)
{
    if (bytes == 16)
        memcpy(to, from, 16);
    else if (bytes == 8)
        memcpy(to, from, 8);
    else if (bytes == 24)
        memcpy(to, from, 24);
    else
        memcpy(to, from, bytes);
}

LEAT__INLINE void
grow_put(struct hmap *h, struct grow_to *to, const char *slot, unsigned tag,
    uint64_t hash, size_t slot_size)
{
    if (LEAT__UNLIKELY(to->n == MAP_SLOTS)) {
        to->b = leat__map_overflow(h, to->b);
        LEAT_CHECK(to->b != NULL); // reserved by grow_evacuate
        to->slots = leat__map_slots(to->b);
        to->n = 0;
    }
    if (to->b != to->first)
        to->first->next |= leat__bloom(hash);
    // Nobody reads the eight soon, so only this one is written.
    ((uint8_t *)&to->b->tags)[to->n] = (uint8_t)tag;
    grow_copy(to->slots + to->n * slot_size, slot, slot_size);
    to->n++;
}

// The hash that tells where an entry of old bucket i goes. Keys that are not
// equal to themselves (NaN) have none one could find again; they stay at i,
// and nothing is lost by it, for nobody looks them up.
LEAT__INLINE uint64_t
grow_hash(const struct leat__maptype *t, unsigned kind, char *slot,
    uint64_t seed, uint64_t factor, uint64_t i)
{
    if (kind != LEAT__MAP_GENERIC)
        return leat__map_hash(t, kind, slot, seed, factor);
    const void *key = leat__map_key(t, slot);
    return leat__map_is_reflexive(t, key) ? t->hash(t, key, seed) : i;
}

// Moves the first bucket of a chain that is split in two, for keys of a known
// kind: nothing can overflow, and no branch depends on where an entry goes,
// which is a coin tossed, or, for numbers, on which slots are free: an entry
// of tag 0 is copied to where the next one goes, and there is room for it, as
// fewer than eight are used.
LEAT__INLINE void
grow_split(const struct hmap *h, const struct leat__maptype *t, unsigned kind,
    struct leat__mapchain c, uint64_t bit, struct grow_to xy[2],
    size_t slot_size)
{
    uint64_t seed = h->extra->seed, factor = h->extra->factor;
    uint64_t tags = c.b->tags, x_tags = 0, y_tags = 0;
    char *const x = xy[0].slots;
    const uintptr_t away = (uintptr_t)xy[1].slots - (uintptr_t)x;
    uint64_t nx = 0, ny = 0;
    for (const char *slot = c.slots, *end = slot + MAP_SLOTS * slot_size;
         slot < end; slot += slot_size, tags >>= 8) {
        uint64_t tag = (uint8_t)tags;
        bool used = tag != LEAT__TAG_EMPTY;
        if (kind == LEAT__MAP_STR && !used)
            continue;
        uint64_t hash = leat__map_hash(t, kind, slot, seed, factor);
        uint64_t up = -(uint64_t)(((hash & bit) != 0) & used);
        // Or the compiler makes branches of what follows.
        __asm__("" : "+r"(up));
        uint64_t at = nx ^ ((nx ^ ny) & up);
        grow_copy(x + (away & up) + at * slot_size, slot, slot_size);
        tag <<= 8 * at;
        x_tags |= tag & ~up;
        y_tags |= tag & up;
        nx += used + up;
        ny -= up;
    }
    xy[0].b->tags = x_tags;
    xy[1].b->tags = y_tags;
    xy[0].n = (unsigned)nx;
    xy[1].n = (unsigned)ny;
}

LEAT__INLINE void
grow_split_kind(const struct hmap *h, const struct leat__maptype *t,
    unsigned kind, struct leat__mapchain c, uint64_t bit, struct grow_to xy[2])
{
    if (t->slot_size == 16)
        grow_split(h, t, kind, c, bit, xy, 16);
    else if (t->slot_size == 8)
        grow_split(h, t, kind, c, bit, xy, 8);
    else
        grow_split(h, t, kind, c, bit, xy, t->slot_size);
}

// Moves all entries of the chain c, old bucket i.
LEAT__INLINE void
grow_move(struct hmap *h, const struct leat__maptype *t, unsigned kind,
    struct leat__mapchain c, uint64_t i)
{
    uint64_t bit = h->flags & sameSizeGrow ? 0 : leat__map_oldmask(h) + 1;
    struct leat__mapchain to = leat__map_chain_at(h, i);
    struct grow_to xy[2] = {{to.b, to.b, to.slots, 0}};
    if (bit != 0) {
        to = leat__map_chain_at(h, i + bit);
        xy[1] = (struct grow_to){to.b, to.b, to.slots, 0};
    }
    if (kind != LEAT__MAP_GENERIC && bit != 0) {
        grow_split_kind(h, t, kind, c, bit, xy);
        c = leat__map_chain_next(c);
    }
    uint64_t seed = h->extra->seed, factor = h->extra->factor;
    size_t slot_size = t->slot_size;
    for (; c.b != NULL; c = leat__map_chain_next(c)) {
        uint64_t tags = c.b->tags;
        for (unsigned s = 0; s < MAP_SLOTS; s++, tags >>= 8) {
            if ((uint8_t)tags == LEAT__TAG_EMPTY)
                continue;
            char *slot = c.slots + s * slot_size;
            uint64_t hash = grow_hash(t, kind, slot, seed, factor, i);
            grow_put(h, &xy[(hash & bit) != 0], slot, (uint8_t)tags, hash,
                slot_size);
        }
    }
}

// Passes over buckets that have moved.
static void
grow_mark(struct hmap *h)
{
    uint64_t all = leat__map_oldmask(h) + 1, stop = h->nevacuate + 1 +
        GROW_SKIP_MAX;
    if (stop > all)
        stop = all;
    const struct leat__bucket *old = h->oldbuckets;
    do {
        h->nevacuate++;
    } while (h->nevacuate < stop && leat__map_evacuated(&old[h->nevacuate]));
    if (h->nevacuate == all) {
        grow_retire(h);
        grow_settle(h);
    }
}

static void
grow_evacuate(struct hmap *h, uint64_t i)
{
    const struct leat__maptype *t = h->extra->t;
    struct leat__mapchain c = leat__map_oldchain_at(h, i);
    if (!leat__map_evacuated(c.b)) {
        size_t behind = 0;
        for (struct leat__bucket *b = leat__next_bucket(c.b); b != NULL;
             b = leat__next_bucket(b))
            behind++;
        // Both halves together need no more than the whole.
        if (behind > 0 && !grow_reserve(h, behind))
            return;
        if (t->kind == LEAT__MAP_64)
            grow_move(h, t, LEAT__MAP_64, c, i);
        else if (t->kind == LEAT__MAP_32)
            grow_move(h, t, LEAT__MAP_32, c, i);
        else if (t->kind == LEAT__MAP_STR)
            grow_move(h, t, LEAT__MAP_STR, c, i);
        else
            grow_move(h, t, LEAT__MAP_GENERIC, c, i);
        c.b->tags = LEAT__EIGHT(LEAT__TAG_EVACUATED);
        c.b->next = 0;
        grow_count_move(h->extra);
    }
    if (i == h->nevacuate)
        grow_mark(h);
}

void
leat__map_growwork(struct hmap *h, uint64_t hash)
{
    grow_evacuate(h, hash & leat__map_oldmask(h));
    if (h->oldbuckets != NULL)
        grow_evacuate(h, h->nevacuate);
}
