// SPDX-License-Identifier: MIT
// map/iter_hash.c: the next entry by its hash, for iterators whose bucket has
// moved or has tags that are there twice. See iter.c.
//
// The idea: nothing is known of the slots, so all entries of the chain where
// the position now is are looked at, and the one given is the one with the
// lowest order that is not behind the iterator. Left out is what has a tag
// that was given by slots (it->tags), and what has the order of the last one
// given and stands before it in the chain (struct iter_tie).
//
// Invariants: it->order never falls, but to begin the next bucket. By hash
// it->ungiven has the slot of the last entry given, it->bucket its bucket, as
// long as the epoch is it->epoch; it->ties counts how many of that order were
// given, or is ITER_ALONE.
//
// Locks: none, see iter.c.
//
// Rejected: sorting a chain once and keeping the outcome. An iterator holds no
// memory, and a chain has few entries: eight or less, nearly always.
#include "map/iter_int.h"

#include <limits.h>

// Sets of slots, see leat__match.
#define ITER_ALL                                                              \
    ((leat__match_t)(LEAT__MATCH_SHIFT == 0 ? 0xff : LEAT__EIGHT(1)))

static leat__match_t
iter_bit(unsigned slot)
{
    return (leat__match_t)1 << (slot << LEAT__MATCH_SHIFT);
}

// The slots of a bucket with a tag that was not given, as a mask.
static leat__match_t
iter_not_given(const struct leat__hiter *it, uint64_t tags)
{
    leat__match_t m = leat__match(tags, LEAT__EIGHT(LEAT__TAG_EMPTY));
    for (int k = 0; k < 2; k++) {
        for (uint64_t rest = it->tags[k]; rest != 0; rest >>= 8)
            m |= leat__match(tags, LEAT__EIGHT((uint8_t)rest));
    }
    return ~m & ITER_ALL;
}

static uint64_t
iter_order(const struct leat__hiter *it, const struct leat__mapchain *c,
    unsigned s, uint64_t i)
{
    const struct hmap *h = it->h;
    const struct leat__maptype *t = h->extra->t;
    const void *key = leat__map_key(t, c->slots + s * t->slot_size);
    uint64_t hash = i | (uint64_t)leat__map_tag_of(c->b->tags, s) << 56;
    if (leat__map_is_reflexive(t, key))
        hash = leat__map_hash(
            t, t->kind, key, h->extra->seed, h->extra->factor);
    return iter_reverse(hash >> it->lg) ^ iter_mask(it);
}

// Which entries with the order of the last one given were given.
struct iter_tie {
    unsigned skip;                // so many from the beginning of the chain
    const struct leat__bucket *b; // or all to this slot, if not NULL
    unsigned slot;
};

static struct iter_tie
iter_tie(struct leat__hiter *it)
{
    const struct hmap *h = it->h;
    struct iter_tie tie = {it->ties, NULL, 0};
    if (it->ties == 0)
        return tie;
    if (it->ties == ITER_ALONE) {
        tie.skip = UINT_MAX;
    } else if (it->epoch == h->extra->epoch) {
        tie.b = it->bucket;
        tie.slot = it->ungiven & LEAT__ITER_LOW;
    } else if (it->deletes != h->extra->deletes && !(it->ungiven & ITER_LOST)) {
        // Those given are gone, if the loop deletes what it gets. (It cannot
        // name what is not equal to itself.)
        tie.skip = it->ties = 0;
    }
    return tie;
}

static bool
iter_tie_passes(struct iter_tie *tie, const struct leat__bucket *b, unsigned s)
{
    if (tie->b != NULL) {
        if (tie->b == b && tie->slot == s) {
            tie->b = NULL;
            tie->skip = 0;
        }
        return false;
    }
    if (tie->skip == 0)
        return true;
    tie->skip--;
    return false;
}

// The entry with the lowest order seen so far.
struct iter_lowest {
    struct leat__mapchain c; // c.b is NULL: none was seen
    uint64_t order;
    unsigned slot;
    unsigned same; // how many have this order
};

LEAT__INLINE void
iter_lower(struct iter_lowest *l, struct leat__mapchain c, unsigned s,
    uint64_t order)
{
    l->same += order == l->order;
    if (l->c.b != NULL && order >= l->order)
        return;
    *l = (struct iter_lowest){c, order, s, 1};
}

// The entry of the chain with the lowest order from it->order on.
LEAT__INLINE struct iter_lowest
iter_find(struct leat__hiter *it, const struct iter_unit *u)
{
    struct iter_lowest l = {{NULL, NULL}, UINT64_MAX, 0, 0};
    struct iter_tie tie = iter_tie(it);
    for (struct leat__mapchain c = u->c; c.b != NULL;
         c = leat__map_chain_next(c)) {
        leat__match_t left = iter_not_given(it, c.b->tags);
        // In the position of the last one given there may be another by now.
        leat__match_t last = tie.b == c.b ? iter_bit(tie.slot) : 0;
        for (leat__match_t m = left | last; m != 0; m &= m - 1) {
            unsigned s = leat__match_first(m);
            bool there = (left & iter_bit(s)) != 0;
            uint64_t order = there ? iter_order(it, &c, s, u->i) : 0;
            bool tied = (last & iter_bit(s)) != 0 ||
                (order == it->order && it->ties > 0);
            if (tied && !iter_tie_passes(&tie, c.b, s))
                continue;
            if (order >= it->order)
                iter_lower(&l, c, s, order);
        }
    }
    return l;
}

// Gives the entry of u with the lowest order from it->order on, and puts the
// iterator there. False when there is none; nothing is changed then.
LEAT__INLINE bool
iter_next_hash(struct leat__hiter *it, const struct iter_unit *u)
{
    const struct hmap *h = it->h;
    struct iter_lowest l = iter_find(it, u);
    if (l.c.b == NULL)
        return false;
    if (l.order != it->order || it->ties == 0) {
        it->ties = l.same == 1 ? ITER_ALONE : 0;
        it->deletes = h->extra->deletes;
    }
    it->order = l.order;
    if (it->ties < ITER_ALONE - 1)
        it->ties++;
    it->bucket = l.c.b;
    it->epoch = h->extra->epoch;
    iter_give(it, l.c.slots + l.slot * h->extra->t->slot_size);
    bool lost = !leat__map_is_reflexive(h->extra->t, it->key);
    it->ungiven = (uint8_t)(l.slot | (lost ? ITER_LOST : 0));
    return true;
}

enum iter_outcome
leat__mapiter_step_hash(struct leat__hiter *it)
{
    struct iter_unit u = iter_unit(it);
    if (iter_next_hash(it, &u))
        return ITER_GAVE;
    // All that was entered may be several chains by now.
    uint64_t end = iter_end(it->order, iter_bits(it));
    bool last = iter_end(it->order, u.bits) == end;
    it->ties = 0;
    if (!leat__mapiter_advance(it, u.bits))
        return ITER_DONE;
    if (last)
        leat__mapiter_enter(it);
    return ITER_ON;
}
