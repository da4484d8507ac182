// SPDX-License-Identifier: MIT
// map/mapcheck.c: verifies what map.c and grow.c promise. For tests, and after
// writes in the debug build.
#include "map/map_int.h"

// What one chain should have.
struct check_chain {
    uint64_t i, mask;  // hash & mask is i
    uint64_t overflow; // buckets behind the first ones, of all chains
};

// An entry: found by its key, and nowhere else.
static void
check_entry(const struct leat__maptype *t, struct hmap *h,
    struct leat__mapchain first, struct leat__mapchain c, unsigned s,
    const struct check_chain *at)
{
    char *slot = c.slots + s * t->slot_size;
    const void *key = leat__map_key(t, slot);
    unsigned tag = leat__map_tag_of(c.b->tags, s);
    LEAT_CHECK(tag >= LEAT__TAG_MIN);
    if (!leat__map_is_reflexive(t, key))
        return;
    const struct mapextra *x = h->extra;
    uint64_t hash = leat__map_hash(t, t->kind, key, x->seed, x->factor);
    LEAT_CHECK((hash & at->mask) == at->i);
    LEAT_CHECK(leat__tag(hash) == tag);
    if (c.b != first.b)
        LEAT_CHECK(first.b->next & leat__bloom(hash));
    LEAT_CHECK(leat__mapaccess2(t, h, key) == leat__map_elem(t, slot));
}

static uint64_t
check_chain(const struct leat__maptype *t, struct hmap *h,
    struct leat__mapchain first, struct check_chain *at)
{
    uint64_t count = 0;
    for (struct leat__mapchain c = first; c.b != NULL;
         c = leat__map_chain_next(c)) {
        LEAT_CHECK(!leat__map_evacuated(c.b));
        if (c.b != first.b) {
            LEAT_CHECK(c.b->next >> 48 == 0);
            at->overflow++;
        }
        for (unsigned s = 0; s < MAP_SLOTS; s++) {
            if (leat__map_tag_of(c.b->tags, s) == LEAT__TAG_EMPTY)
                continue;
            check_entry(t, h, first, c, s, at);
            count++;
        }
    }
    return count;
}

// The old array: its entries. What has moved from it has left nothing, what
// has not has nothing yet in the new one.
static uint64_t
check_old(const struct leat__maptype *t, struct hmap *h)
{
    uint64_t count = 0, mask = leat__map_oldmask(h);
    struct check_chain at = {0, mask, 0};
    LEAT_CHECK(h->nevacuate <= mask);
    for (at.i = 0; at.i <= mask; at.i++) {
        struct leat__mapchain c = leat__map_oldchain_at(h, at.i);
        if (leat__map_evacuated(c.b)) {
            LEAT_CHECK(c.b->next == 0);
            continue;
        }
        LEAT_CHECK(at.i >= h->nevacuate);
        for (uint64_t i = at.i; i <= leat__map_mask(h); i += mask + 1) {
            struct leat__mapchain empty = leat__map_chain_at(h, i);
            LEAT_CHECK(empty.b->tags == 0);
            LEAT_CHECK(empty.b->next == 0);
        }
        count += check_chain(t, h, c, &at);
    }
    return count;
}

void
leat__map_check(const struct leat__maptype *t, struct hmap *h)
{
    if (h == NULL)
        return;
    struct mapextra *x = h->extra;
    LEAT_CHECK(x->t == t);
    LEAT_CHECK(!(h->flags & hashWriting));
    LEAT_CHECK(h->hash0 == (uint32_t)x->seed);
    LEAT_CHECK(x->factor == leat__hash_factor(x->seed));
    LEAT_CHECK(((h->flags & hmapBare) != 0) == (h->buckets == NULL));
    if (h->buckets == NULL) {
        LEAT_CHECK(h->count == 0);
        LEAT_CHECK(h->oldbuckets == NULL);
        return;
    }
    uint64_t count = 0;
    if (h->oldbuckets != NULL) {
        count = check_old(t, h);
    } else {
        LEAT_CHECK(!(h->flags & sameSizeGrow));
        LEAT_CHECK(x->oldblocks == NULL);
    }
    struct check_chain at = {0, leat__map_mask(h), 0};
    for (at.i = 0; at.i <= at.mask; at.i++)
        count += check_chain(t, h, leat__map_chain_at(h, at.i), &at);
    LEAT_CHECK(count == h->count);
    // Counted exactly; an old chain that was added to counts as well.
    if (h->B < 16 && h->oldbuckets == NULL)
        LEAT_CHECK(h->noverflow >= at.overflow || h->noverflow == UINT16_MAX);
    LEAT_CHECK(x->grow_at == leat__map_limit(h));
    bool dead = x->dead.p != NULL || x->dead.blocks != NULL;
    LEAT_CHECK(dead == ((h->flags & hmapDead) != 0));
    LEAT_CHECK(x->free <= x->free_end);
}

#if LEAT_DEBUG >= 2
enum { CHECK_ALWAYS = 8 }; // buckets; their check takes a microsecond or two

// A check takes time for every bucket and every entry. A map of up to
// CHECK_ALWAYS buckets (52 entries, or more where there was no memory to grow)
// is checked after every write, one of n times as many after every n-th: so a
// write never costs more than the check of CHECK_ALWAYS buckets, on average.
// The map must not be in the middle of anything: the flag hashWriting is off
// by now, as leat__map_check looks up every key.
bool
leat__map_write_ok(struct hmap *h)
{
    struct mapextra *x = h->extra;
    if (++x->writes <= leat__map_mask(h) / CHECK_ALWAYS)
        return true;
    x->writes = 0;
    x->checks++;
    leat__map_check(x->t, h);
    return true;
}
#endif
