// SPDX-License-Identifier: MIT
// map/iter_int.h: what the two ways of iterating share, by slots (iter.c) and
// by hash (iter_hash.c). iter.c tells the idea.
#ifndef LEAT_MAP_ITER_INT_H
#define LEAT_MAP_ITER_INT_H

#include "map/map_int.h"

enum {
    ITER_ALONE = UINT16_MAX, // ties, by hash: no other entry has this hash
    // unit: six bits, at least, of what iter_unit.bits was on entering, and
    ITER_OLD = 0x80, // it was in the old array
    // ungiven, by hash: the slot of the last one given, and
    ITER_LOST = 0x80 // its key is not equal to itself
};

LEAT__INLINE uint64_t
iter_reverse(uint64_t x)
{
    x = (x >> 1 & 0x5555555555555555u) | (x & 0x5555555555555555u) << 1;
    x = (x >> 2 & 0x3333333333333333u) | (x & 0x3333333333333333u) << 2;
    x = (x >> 4 & 0x0f0f0f0f0f0f0f0fu) | (x & 0x0f0f0f0f0f0f0f0fu) << 4;
    return __builtin_bswap64(x);
}

// By hash too an iteration begins anywhere: `order` is taken exclusive-or
// this, which keeps together what had its first bits in common.
LEAT__INLINE uint64_t
iter_mask(const struct leat__hiter *it)
{
    return (it->state & LEAT__ITER_LOW) * 0x9249249249249249u;
}

LEAT__INLINE enum leat__iter_mode
iter_mode(const struct leat__hiter *it)
{
    return (enum leat__iter_mode)(it->state >> LEAT__ITER_MODE_SHIFT);
}

LEAT__INLINE void
iter_set_mode(struct leat__hiter *it, enum leat__iter_mode mode)
{
    it->state = (uint8_t)((it->state & LEAT__ITER_LOW) |
        (unsigned)mode << LEAT__ITER_MODE_SHIFT);
}

// Where the entries from it->order on are now.
struct iter_unit {
    struct leat__mapchain c;
    uint64_t i;   // number of the chain in its array
    uint8_t bits; // of the hash they have in common, above it->lg
    bool old;     // in the old array
};

LEAT__INLINE struct iter_unit
iter_unit(const struct leat__hiter *it)
{
    const struct hmap *h = it->h;
    uint64_t i = it->number;
    if (h->B != it->lg)
        i |= iter_reverse(it->order ^ iter_mask(it)) << it->lg;
    if (h->oldbuckets != NULL) {
        uint64_t old = i & leat__map_oldmask(h);
        struct leat__mapchain c = leat__map_oldchain_at(h, old);
        unsigned B = h->B - !(h->flags & sameSizeGrow);
        if (!leat__map_evacuated(c.b))
            return (struct iter_unit){c, old, (uint8_t)(B - it->lg), true};
    }
    i &= leat__map_mask(h);
    return (struct iter_unit){
        leat__map_chain_at(h, i), i, (uint8_t)(h->B - it->lg), false};
}

// What was entered is all that has so many bits in common.
LEAT__INLINE unsigned
iter_bits(const struct leat__hiter *it)
{
    return it->unit & ~(unsigned)ITER_OLD;
}

// The last order of those that have the first `bits` in common with `order`.
LEAT__INLINE uint64_t
iter_end(uint64_t order, unsigned bits)
{
    return bits >= 64 ? order : order | UINT64_MAX >> bits;
}

LEAT__INLINE void
iter_give(struct leat__hiter *it, char *slot)
{
    const struct hmap *h = it->h;
    const struct leat__maptype *t = h->extra->t;
    it->key = leat__map_key(t, slot);
    it->elem = leat__map_elem(t, slot);
}

// What a step has come to.
enum iter_outcome {
    ITER_GAVE, // an entry
    ITER_ON,   // it went on: another step has to follow, maybe in another mode
    ITER_DONE  // behind the last entry
};

// iter_hash.c: a step in the mode LEAT__ITER_HASH.
enum iter_outcome leat__mapiter_step_hash(struct leat__hiter *it);

// iter.c: begins with what is at it->order, in the mode it allows.
void leat__mapiter_enter(struct leat__hiter *it);
// Puts it->order behind all that has the first `bits` in common with it, with
// the next number if that was all of this one; false at the end.
bool leat__mapiter_advance(struct leat__hiter *it, unsigned bits);

#endif
