// SPDX-License-Identifier: MIT
// leat/map_fast.h: what nearly every look-up, assignment to a number and
// deletion is, compiled into the program; anything else is a call. Not to be
// included or called by name.
//
// The first bucket of the key's chain is looked at, and no other. A look-up
// reads one byte of flags first, which tells whether anything is unusual; an
// assignment sets the flag that somebody writes and finds it as it was in the
// end, or leaves it to the call to say that two write at once.
#ifndef LEAT__MAP_FAST_H
#define LEAT__MAP_FAST_H

#include <leat/map_key.h>

LEAT__BEGIN

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

LEAT__END

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
    if (LEAT__MAP_CALLS_ONLY || !leat__key_is_fast(keyclass, size) ||
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
    if (LEAT__MAP_CALLS_ONLY || keyclass != LEAT__KEY_BYTES ||
        (size != 4 && size != 8) || elem_size > LEAT__MAP_INLINE_MAX ||
        m == NULL)
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

#endif
