// SPDX-License-Identifier: MIT
// map/iter.c: going over a map that may change meanwhile. docs/internals/map.md
// has an example.
//
// The problem: the loop's body may delete, add, and so make the map grow,
// once or many times, and no entry that is there all the time may come twice
// or not at all. In Go the iterator goes over the array it began with, which
// the collector keeps for it. Here an old array goes away when it is empty,
// and nobody says when an iteration was left.
//
// The idea: an iterator holds no memory. It is a position in an order of the
// entries that growing does not change:
//  - by the lower bits of the hash that chose the bucket when it began (and
//    on from a random one);
//  - among those equal, by the reversed bits above. When a bucket splits in
//    two, then what was between two positions is so still, and one of the
//    new buckets comes completely before the other (for some iterators they
//    come the other way round).
// So it has a bucket number, and a number `order` of reversed bits.
//
// Within a bucket the slots need not be sorted as long as nothing moves. On
// entering a chain the iterator copies its tags; slots are given in turn,
// from a random one on. When the entries move before the last of them was
// given, then those given are known by their tags, if no two were equal: the
// tags copied, up to where it got. From there on to the end of what was the
// bucket entries are looked for by their hash, the lowest first, leaving out
// those with a tag that was given (iter_hash.c). A chain with two equal tags,
// or of more than two buckets, is gone through by hash from the beginning.
//
// Whether they have moved a count tells that never comes round (`epoch`): of
// arrays made, of old buckets moved and of clears, 64 bits of it. While there
// is the array there was, a bucket has moved if it was in the old one and is
// not. When another was made since, it is taken to have moved.
//
// Entries with equal hashes (all 64 bits) are given in the order of the
// chain, which moving keeps. If such entries are deleted in the loop, and
// others are not, and that bucket moves while it is being gone through, then
// one of them may come twice: this needs a hash function that is not ours.
//
// A key that is not equal to itself has no hash; its number of bucket, which
// never changes, and its tag are taken for it. How many of those with one tag
// were given is counted on whatever is deleted: only clearing removes them,
// and leat__mapiterdelete, during whose iteration nothing moves.
//
// Locks: none; iterators do not write to the map, so several may be at it.
//
// Rejected: keeping old arrays while there may be iterators. An iteration
// that is left with break would keep them for ever. Rejected: reversed bits
// for all of the number. Then nothing would change for a map that does not
// grow but the speed, as the buckets would come in an order that no cache
// foresees.
#include "map/iter_int.h"
#include "sched/sched.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

// Whether no tag but LEAT__TAG_EMPTY is there twice in a bucket: compares it
// with itself turned by one to four bytes, each pair of slots then met.
#if defined(__SSE2__)
LEAT__INLINE bool
iter_distinct_one(uint64_t a)
{
    // Shifting the tags, there twice, turns those in the lower half.
    const __m128i x = _mm_set1_epi64x((long long)a);
    __m128i one = _mm_cmpeq_epi8(x, _mm_srli_si128(x, 1));
    __m128i two = _mm_cmpeq_epi8(x, _mm_srli_si128(x, 2));
    __m128i three = _mm_cmpeq_epi8(x, _mm_srli_si128(x, 3));
    __m128i four = _mm_cmpeq_epi8(x, _mm_srli_si128(x, 4));
    __m128i same =
        _mm_or_si128(_mm_or_si128(one, two), _mm_or_si128(three, four));
    // Free slots look all the same.
    __m128i empty = _mm_cmpeq_epi8(x, _mm_setzero_si128());
    return (_mm_movemask_epi8(_mm_andnot_si128(empty, same)) & 0xff) == 0;
}
#else
LEAT__INLINE bool
iter_distinct_one(uint64_t a)
{
    uint64_t same = 0;
    for (unsigned turn = 8; turn <= 32; turn += 8) {
        uint64_t x = a ^ (a << turn | a >> (64 - turn));
        const uint64_t low = 0x7f7f7f7f7f7f7f7fu;
        same |= ~(((x & low) + low) | x | low);
    }
    // Free slots look all the same.
    uint64_t used = ((a & 0x7f7f7f7f7f7f7f7fu) + 0x7f7f7f7f7f7f7f7fu) | a;
    return (same & used & 0x8080808080808080u) == 0;
}
#endif

// The same for two buckets.
static bool
iter_distinct(uint64_t a, uint64_t b)
{
    if (!iter_distinct_one(a))
        return false;
    if (LEAT__LIKELY(b == 0))
        return true;
    for (uint64_t rest = b; rest != 0; rest >>= 8) {
        unsigned tag = (uint8_t)rest;
        if (tag != LEAT__TAG_EMPTY && leat__match(a, LEAT__EIGHT(tag)) != 0)
            return false;
    }
    return iter_distinct_one(b);
}

// The tags that are there once; the others are LEAT__TAG_EMPTY.
static uint64_t
iter_unique(uint64_t tags)
{
    uint64_t unique = tags;
    for (unsigned s = 0; s < MAP_SLOTS; s++) {
        leat__match_t m = leat__match(
            tags, LEAT__EIGHT(leat__map_tag_of(tags, s)));
        if ((m & (m - 1)) != 0)
            unique &= ~((uint64_t)0xff << 8 * s);
    }
    return unique;
}

LEAT__INLINE unsigned
iter_rotate(unsigned mask, unsigned by)
{
    return ((mask << 8 | mask) >> by) & 0xff;
}

// The slots with a tag, as a mask, the one at the offset first.
LEAT__INLINE uint8_t
iter_used(const struct leat__hiter *it, uint64_t tags)
{
    leat__match_t free = leat__match(tags, LEAT__EIGHT(LEAT__TAG_EMPTY));
#if LEAT__MATCH_SHIFT != 0
    free = free * 0x0102040810204080u >> 56; // a bit of every byte
#endif
    return (uint8_t)iter_rotate(
        (unsigned)~free & 0xff, it->state & LEAT__ITER_LOW);
}

LEAT__INLINE void
iter_enter_bucket(struct leat__hiter *it, struct leat__mapchain c,
    uint64_t tags)
{
    it->bucket = c.b;
    it->slots = c.slots;
    it->ungiven = iter_used(it, tags);
}

// Takes the first slot that is left.
LEAT__INLINE unsigned
iter_take(struct leat__hiter *it)
{
    unsigned s = (unsigned)__builtin_ctz(it->ungiven);
    it->ungiven &= (uint8_t)(it->ungiven - 1);
    return (s + it->state) & LEAT__ITER_LOW;
}

void
leat__mapiter_enter(struct leat__hiter *it)
{
    struct hmap *h = it->h;
    struct iter_unit u = iter_unit(it);
    struct leat__mapchain second = leat__map_chain_next(u.c);
    it->epoch = h->extra->epoch;
    it->unit = (uint8_t)(u.bits | (u.old ? ITER_OLD : 0));
    it->tags[0] = u.c.b->tags;
    it->tags[1] = second.b == NULL ? 0 : second.b->tags;
    it->ties = 0;
    if (second.b == NULL) {
        uint64_t unique = it->tags[0];
        if (LEAT__UNLIKELY(!iter_distinct_one(unique)))
            unique = iter_unique(unique);
        // The rest comes by hash.
        it->ties = unique != it->tags[0];
        it->tags[0] = unique;
    } else if (leat__next_bucket(second.b) != NULL ||
        !iter_distinct(it->tags[0], it->tags[1])) {
        it->tags[0] = it->tags[1] = 0;
        it->bucket = NULL;
        iter_set_mode(it, LEAT__ITER_HASH);
        return;
    }
    iter_set_mode(it, LEAT__ITER_SLOTS);
    iter_enter_bucket(it, u.c, it->tags[0]);
}

bool
leat__mapiter_advance(struct leat__hiter *it, unsigned bits)
{
    const struct hmap *h = it->h;
    uint64_t end = iter_end(it->order, bits);
    it->order = end + 1;
    if (end == UINT64_MAX) {
        uint64_t mask = ((uint64_t)1 << it->lg) - 1;
        it->order = 0;
        it->number = (it->number + 1) & mask;
        if (--it->left == 0)
            return false;
        const char *ahead = h->extra->slots +
            ((it->number + 2) & leat__map_mask(h)) *
                leat__map_stride(h->extra->t);
        __builtin_prefetch(ahead);
        __builtin_prefetch(ahead + 64);
    }
    return true;
}

// By slots -----------------------------------------------------------------

// The entries moved: what was given of them is left in tags.
static void
iter_leave_slots(struct leat__hiter *it)
{
    unsigned ungiven =
        iter_rotate(it->ungiven, 8 - (it->state & LEAT__ITER_LOW));
    int k = iter_mode(it) == LEAT__ITER_SECOND;
    for (unsigned s = 0; s < MAP_SLOTS; s++) {
        if (ungiven >> s & 1)
            it->tags[k] &= ~((uint64_t)0xff << 8 * s);
    }
    if (k == 0)
        it->tags[1] = 0;
    it->ties = 0;
    it->bucket = NULL;
    iter_set_mode(it, LEAT__ITER_HASH);
}

// Something moved. Nothing else changes what was entered. As long as there is
// the same array, it has moved if it was in the old one and is not any more.
// Of another array nobody knows how many there were since.
static void
iter_look_again(struct leat__hiter *it)
{
    const struct hmap *h = it->h;
    const struct mapextra *x = h->extra;
    bool another = x->epoch - it->epoch > x->moves;
    if (another || iter_unit(it).old != ((it->unit & ITER_OLD) != 0))
        iter_leave_slots(it);
    else
        it->epoch = x->epoch;
}

// The next entry of the chain; false when there is none.
static bool
iter_next_slot(struct leat__hiter *it)
{
    const struct hmap *h = it->h;
    size_t slot_size = h->extra->t->slot_size;
    for (;;) {
        uint64_t tags = it->tags[iter_mode(it) == LEAT__ITER_SECOND];
        while (it->ungiven != 0) {
            unsigned s = iter_take(it);
            // Neither deleted nor, by then, another's.
            if (leat__map_tag_of(it->bucket->tags, s) ==
                leat__map_tag_of(tags, s)) {
                iter_give(it, it->slots + s * slot_size);
                return true;
            }
        }
        if (iter_mode(it) == LEAT__ITER_SECOND || it->tags[1] == 0)
            return false;
        iter_set_mode(it, LEAT__ITER_SECOND);
        struct leat__bucket *b = leat__next_bucket(it->bucket);
        iter_enter_bucket(it,
            (struct leat__mapchain){b, leat__map_slots(b)}, it->tags[1]);
    }
}

// A step in the modes LEAT__ITER_SLOTS and LEAT__ITER_SECOND.
static enum iter_outcome
iter_step_slots(struct leat__hiter *it)
{
    if (iter_next_slot(it))
        return ITER_GAVE;
    if (it->ties != 0) {
        iter_leave_slots(it);
        return ITER_ON;
    }
    if (!leat__mapiter_advance(it, iter_bits(it)))
        return ITER_DONE;
    leat__mapiter_enter(it);
    return ITER_ON;
}

// The usual way -------------------------------------------------------------

// To the first entry of the next bucket that has one, when nothing is unusual
// about this bucket or that: no overflow, no equal tags, nothing moving.
// False when something is, or there is none; then nothing was given, but
// buckets without entries may have been passed over.
LEAT__INLINE bool
iter_hurry(struct leat__hiter *it, const struct hmap *h)
{
    const struct mapextra *x = h->extra;
    if (h->B != it->lg || h->flags & hmapGrowing || it->tags[1] != 0 ||
        iter_mode(it) != LEAT__ITER_SLOTS || it->epoch != x->epoch ||
        it->ungiven != 0 || it->ties != 0)
        return false;
    const struct leat__bucket *buckets = h->buckets;
    while (it->left > 1) {
        uint64_t i = (it->number + 1) & x->mask;
        const struct leat__bucket *b = &buckets[i];
        if (b->next != 0 || !iter_distinct_one(b->tags))
            return false;
        it->number = i;
        it->left--;
        if (b->tags == 0)
            continue;
        struct leat__mapchain c = leat__map_chain_at(h, i);
        const char *ahead = c.slots + 4 * leat__map_stride(x->t);
        __builtin_prefetch(ahead);
        __builtin_prefetch(ahead + 64);
        it->tags[0] = b->tags;
        iter_enter_bucket(it, c, b->tags);
        iter_give(it, c.slots + iter_take(it) * x->t->slot_size);
        return true;
    }
    return false;
}

// Any other way to the next entry.
static LEAT__NOINLINE void
iter_go_on(struct leat__hiter *it)
{
    const struct hmap *h = it->h;
    enum iter_outcome outcome;
    do {
        if (iter_mode(it) != LEAT__ITER_HASH && it->epoch != h->extra->epoch)
            iter_look_again(it);
        outcome = iter_mode(it) == LEAT__ITER_HASH ? leat__mapiter_step_hash(it)
                                                   : iter_step_slots(it);
    } while (outcome == ITER_ON);
    if (outcome == ITER_DONE) {
        it->key = NULL;
        it->elem = NULL;
    }
}

void
leat__mapiternext(struct leat__hiter *it)
{
    const struct hmap *h = it->h;
    if (LEAT__UNLIKELY(
            __atomic_load_n(&h->flags, __ATOMIC_RELAXED) & hashWriting))
        leat__throw("concurrent map iteration and map write");
    if (LEAT__UNLIKELY(!iter_hurry(it, h)))
        iter_go_on(it);
}

unsigned
leat__mapiter_slot(const struct leat__hiter *it)
{
    if (iter_mode(it) == LEAT__ITER_HASH)
        return it->ungiven & LEAT__ITER_LOW;
    const struct hmap *h = it->h;
    const struct leat__maptype *t = h->extra->t;
    unsigned s = 0;
    while (leat__map_key(t, it->slots + s * (size_t)t->slot_size) != it->key)
        s++;
    return s;
}

void
leat__mapiterinit(struct hmap *h, struct leat__hiter *it)
{
    *it = (struct leat__hiter){.h = h};
    if (h == NULL || h->count == 0)
        return;
    uint32_t random = leat__map_random();
    uint64_t wide = random;
    it->lg = (uint8_t)(h->B -
        (h->oldbuckets != NULL && !(h->flags & sameSizeGrow)));
    it->left = (uint64_t)1 << it->lg;
    if (it->lg > 29)
        wide |= (uint64_t)leat__map_random() << 32;
    it->number = wide >> 3 & (it->left - 1);
    it->state = (uint8_t)(random & LEAT__ITER_LOW);
    leat__mapiter_enter(it);
    leat__mapiternext(it);
}
