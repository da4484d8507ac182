// SPDX-License-Identifier: MIT
// leat/map_view.h: a map as what is compiled into the program sees it, and the
// calls that make and end one. Not to be included or called by name.
//
// The view has the fields of the library's own struct at their offsets, which
// src/map/typed.c checks. Whoever changes the layout there changes it here,
// and programs have to be compiled again; not those with LEAT_NO_INLINE, which
// call the library wherever the others look at the view. (ThreadSanitizer gets
// no calls, as it does for locks: a map has one writer, so there is nothing it
// could see better behind them.)
#ifndef LEAT__MAP_VIEW_H
#define LEAT__MAP_VIEW_H

#include <leat/map_bucket.h>

#ifdef LEAT_NO_INLINE
#define LEAT__MAP_CALLS_ONLY 1
#else
#define LEAT__MAP_CALLS_ONLY 0
#endif

struct leat_map;

// struct hmap and what lies behind it (src/map/map_int.h), as far as the fast
// paths need it.
struct leat__map_view {
    uint64_t count;
    uint8_t flags, lg;
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

LEAT__BEGIN

LEAT_API struct leat_map *leat__map_make(
    const struct leat__maptype *t, int64_t hint, int may_fail);
LEAT_API void leat__map_free(struct leat_map *m);
LEAT_API void leat__map_clear(struct leat_map *m);
LEAT_API struct leat_map *leat__map_clone(struct leat_map *m);
LEAT_API void leat__map_copy(
    struct leat_map *dst, struct leat_map *src, size_t elem_size);
LEAT_API int64_t leat__map_count(const struct leat_map *m);

LEAT__END

LEAT__MAP_INLINE int64_t
leat__map_len(const struct leat_map *m)
{
    const struct leat__map_view *h = (const struct leat__map_view *)m;
    if (LEAT__MAP_CALLS_ONLY)
        return leat__map_count(m);
    return h == NULL ? 0 : (int64_t)h->count;
}

#endif
