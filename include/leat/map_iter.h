// SPDX-License-Identifier: MIT
// leat/map_iter.h: an iteration, and the step within a bucket, which is
// compiled into the program. Not to be included or called by name.
//
// The step is taken as long as nothing moved since the iterator came to its
// bucket: the map has the epoch that was noted, and the slot the tag.
// Everything else is leat__mapiternext's (src/map/iter.c).
#ifndef LEAT__MAP_ITER_H
#define LEAT__MAP_ITER_H

#include <leat/map_view.h>

// An iteration; see leat__mapiterinit. key and elem are where Go has them, and
// lg is log2 of the number of buckets when it began.
struct leat__hiter {
    void *key, *elem;
    void *h;
    char *slots;
    struct leat__bucket *bucket;
    uint64_t tags[2];
    uint64_t order;
    uint64_t number, left;
    uint64_t epoch;
    uint16_t ties, deletes;
    uint8_t ungiven, state, lg, unit;
};

// How an iteration goes over the bucket it is in.
enum leat__iter_mode {
    LEAT__ITER_SLOTS,  // by slots; ungiven has those left of this bucket
    LEAT__ITER_SECOND, // the same, in the second bucket of the chain
    LEAT__ITER_HASH    // by hash
};

// hiter.state: the slot to begin with in each bucket, above it the mode.
enum {
    LEAT__ITER_LOW = 7,
    LEAT__ITER_MODE_SHIFT = 3
};

LEAT__BEGIN

LEAT_API void leat__map_begin(struct leat_map *m, struct leat__hiter *it);
LEAT_API void leat__mapiternext(struct leat__hiter *it);
LEAT_API void leat__map_delete_given(
    struct leat_map *m, struct leat__hiter *it);

LEAT__END

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
    unsigned mode = it->state >> LEAT__ITER_MODE_SHIFT;
    // By hash only the call knows.
    if (!LEAT__MAP_CALLS_ONLY && key_size <= LEAT__MAP_INLINE_MAX &&
        elem_size <= LEAT__MAP_INLINE_MAX && mode != LEAT__ITER_HASH &&
        it->epoch == h->epoch &&
        !(__atomic_load_n(&h->flags, __ATOMIC_RELAXED) & LEAT__MAP_WRITING)) {
        const uint8_t *was = (const uint8_t *)&it->tags[mode];
        const uint8_t *is = (const uint8_t *)&it->bucket->tags;
        while (it->ungiven != 0) {
            unsigned s =
                ((unsigned)__builtin_ctz(it->ungiven) + it->state) &
                LEAT__ITER_LOW;
            it->ungiven &= (uint8_t)(it->ungiven - 1);
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
