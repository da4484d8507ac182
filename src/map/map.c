// SPDX-License-Identifier: MIT
// map/map.c: maps as Go's up to 1.23: looking up, assigning, deleting.
//
// The idea: an array of 2^B buckets of eight slots. The lower bits of a key's
// hash choose the bucket, its top byte is the tag that is compared with all
// eight of a bucket at once, so that a slot is looked at only when it has the
// key, nearly always. What has no room goes to overflow buckets behind, which
// a Bloom filter in the first one saves most look-ups. Above 13/2 entries a
// bucket the array doubles: see grow.c. For iterating see iter.c.
//
// Invariants (leat__map_check verifies them): every key is in the chain its
// hash leads to, once; its tag is there, and behind the first bucket its bit
// in the filter; count is their number. A free slot has tag 0.
//
// Locks: none. Several goroutines may read at once. Who writes has to be
// alone; hashWriting, set between, catches most who are not, as in Go: without
// any synchronisation, and never recoverable.
//
// Rejected: Go's emptyRest and emptyOne, which tell whether something comes
// behind a free slot: the filter tells it better. Rejected: tombstones and
// probing, as in Go from 1.24 on: deleting would then cost, and no array
// could be moved a bucket at a time.
#include "map/map_int.h"
#include "mem/alloc.h"
#include "sched/sched.h"

#include <leat/panic.h>

char leat__map_zero[LEAT__MAP_ZERO_MAX];

enum { MAP_B_MAX = 40 }; // more than memory holds

// The largest power of two that divides a size (as a type's alignment does),
// up to 16.
static uint32_t
map_align(uint32_t size)
{
    uint32_t low = size & -size;
    return low == 0 ? 1 : low < 16 ? low : 16;
}

static uint32_t
map_round(uint32_t size, uint32_t align)
{
    return (size + align - 1) & -align;
}

void
leat__maptype_layout(struct leat__maptype *t)
{
    uint32_t key = t->key_size, elem = t->elem_size;
    uint8_t indirect = LEAT__MAP_INDIRECT_KEY | LEAT__MAP_INDIRECT_ELEM;
    t->flags &= (uint8_t)~indirect;
    if (key > LEAT__MAP_INLINE_MAX) {
        t->flags |= LEAT__MAP_INDIRECT_KEY;
        key = sizeof(void *);
    }
    if (elem > LEAT__MAP_INLINE_MAX) {
        t->flags |= LEAT__MAP_INDIRECT_ELEM;
        elem = sizeof(void *);
    }
    uint32_t a = map_align(key), b = map_align(elem);
    t->elem_offset = map_round(key, b);
    t->slot_size = map_round(t->elem_offset + elem, a > b ? a : b);
    if (t->slot_size == 0)
        t->slot_size = 1;
}

// Concurrent use -----------------------------------------------------------
//
// Others may look at flags at any time. That is a race by intent: it is there
// to catch races.

LEAT__INLINE bool
map_is_written(const struct hmap *h)
{
    return __atomic_load_n(&h->flags, __ATOMIC_RELAXED) & hashWriting;
}

LEAT__COLD _Noreturn static void
map_throw(const char *text)
{
    leat__throw("%s", text);
}

LEAT__INLINE void
map_begin_read(const struct hmap *h)
{
    if (LEAT__UNLIKELY(map_is_written(h)))
        map_throw("concurrent map read and map write");
}

LEAT__INLINE void
map_begin_check(const struct hmap *h)
{
    if (LEAT__UNLIKELY(map_is_written(h)))
        map_throw("concurrent map writes");
}

LEAT__INLINE void
map_set_flags(struct hmap *h, uint8_t flags)
{
    __atomic_store_n(&h->flags, flags, __ATOMIC_RELAXED);
}

LEAT__INLINE void
map_begin_write(struct hmap *h)
{
    map_set_flags(h, h->flags ^ hashWriting);
}

LEAT__INLINE void
map_end_write(struct hmap *h)
{
    if (LEAT__UNLIKELY(!map_is_written(h)))
        map_throw("concurrent map writes");
    map_set_flags(h, h->flags & (uint8_t)~hashWriting);
    if (LEAT__UNLIKELY(h->flags & hmapDead))
        leat__map_release_some(h);
    leat_assert_slow(leat__map_write_ok(h));
}

// Making and giving back ---------------------------------------------------

static void
map_set_seed(struct hmap *h, uint64_t seed)
{
    h->extra->seed = seed;
    h->extra->factor = leat__hash_factor(seed);
    h->hash0 = (uint32_t)seed;
}

void
leat__map_reseed(struct hmap *h)
{
    map_set_seed(h, leat__map_seed());
}

struct hmap *
leat__makemap(
    const struct leat__maptype *t, int64_t hint, struct leat__map *at)
{
    struct leat__map *m = at;
    uint8_t flags = hmapOwned | hmapBare;
    if (m == NULL) {
        size_t behind = hint <= MAP_SLOTS ? leat__map_behind_bytes(t) : 0;
        m = leat__mem_alloc(sizeof *m + behind, 0);
        flags = behind > 0 ? hmapBehind | hmapBare : hmapBare;
    }
    if (m == NULL)
        return NULL;
    *m = (struct leat__map){.h.extra = &m->x, .x.t = t, .h.flags = flags};
#if LEAT_DEBUG >= 2
    m->h.flags |= hmapChecked;
#endif
    leat__map_reseed(&m->h);
    unsigned B = 0;
    while (hint > 0 && B < MAP_B_MAX && (uint64_t)hint > leat__map_room(B))
        B++;
    // With B = 0 the bucket is made when it is needed, as in Go, but its place
    // comes with the map: most maps are small, and two allocations took a
    // quarter of the time of filling one with six entries.
    if (B > 0 && B < MAP_B_MAX)
        (void)leat__map_array(&m->h, B);
    return &m->h;
}

LEAT__INLINE bool
map_has_indirect(const struct leat__maptype *t)
{
    return t->flags & (LEAT__MAP_INDIRECT_KEY | LEAT__MAP_INDIRECT_ELEM);
}

static void
map_free_entry(const struct leat__maptype *t, char *slot)
{
    if (t->flags & LEAT__MAP_INDIRECT_KEY)
        leat__mem_free(leat__map_key(t, slot), t->key_size);
    if (t->flags & LEAT__MAP_INDIRECT_ELEM)
        leat__mem_free(leat__map_elem(t, slot), t->elem_size);
}

static void
map_free_chain(const struct leat__maptype *t, struct leat__mapchain c)
{
    for (; c.b != NULL; c = leat__map_chain_next(c)) {
        for (unsigned s = 0; s < MAP_SLOTS; s++) {
            if (leat__map_tag_of(c.b->tags, s) != LEAT__TAG_EMPTY)
                map_free_entry(t, c.slots + s * t->slot_size);
        }
    }
}

// Gives back what slots point to.
static void
map_free_entries(const struct leat__maptype *t, struct hmap *h)
{
    if (!map_has_indirect(t) || h->buckets == NULL)
        return;
    for (uint64_t i = 0; i <= leat__map_mask(h); i++)
        map_free_chain(t, leat__map_chain_at(h, i));
    if (h->oldbuckets == NULL)
        return;
    for (uint64_t i = 0; i <= leat__map_oldmask(h); i++) {
        struct leat__mapchain c = leat__map_oldchain_at(h, i);
        if (!leat__map_evacuated(c.b))
            map_free_chain(t, c);
    }
}

void
leat__mapfree(const struct leat__maptype *t, struct hmap *h)
{
    if (h == NULL)
        return;
    map_begin_check(h);
    map_free_entries(t, h);
    leat__map_arrays_free(h);
    if (!(h->flags & hmapOwned))
        leat__mem_free(h, sizeof(struct leat__map) +
                (h->flags & hmapBehind ? leat__map_behind_bytes(t) : 0));
}

// Looking up ---------------------------------------------------------------

LEAT__INLINE uint64_t
map_hash(const struct leat__maptype *t, const struct mapextra *x,
    unsigned kind, const void *key)
{
    return leat__map_hash(t, kind, key, x->seed, x->factor);
}

enum { MAP_NONE = 8 }; // no slot of a bucket

// The slot with the key in one bucket, or MAP_NONE.
LEAT__INLINE unsigned
map_find_in(const struct leat__maptype *t, unsigned kind,
    struct leat__mapchain c, const void *key, uint64_t tag8)
{
    for (leat__match_t m = leat__match(c.b->tags, tag8); m != 0; m &= m - 1) {
        unsigned s = leat__match_first(m);
        const void *k = c.slots + s * (size_t)t->slot_size;
        if (kind == LEAT__MAP_GENERIC)
            k = leat__map_key(t, c.slots + s * (size_t)t->slot_size);
        if (LEAT__LIKELY(leat__map_equal(t, kind, key, k)))
            return s;
    }
    return MAP_NONE;
}

// In a whole chain; *c becomes the bucket it is in.
LEAT__INLINE unsigned
map_find(const struct leat__maptype *t, unsigned kind,
    struct leat__mapchain *c, const void *key, uint64_t hash)
{
    uint64_t tag8 = leat__tag8(hash);
    unsigned s = map_find_in(t, kind, *c, key, tag8);
    if (LEAT__LIKELY(s != MAP_NONE || !leat__bloom_has(c->b, hash)))
        return s;
    for (;;) {
        struct leat__mapchain next = leat__map_chain_next(*c);
        if (next.b == NULL)
            return MAP_NONE;
        *c = next;
        s = map_find_in(t, kind, next, key, tag8);
        if (s != MAP_NONE)
            return s;
    }
}

LEAT__INLINE char *
map_slot(const struct leat__maptype *t, struct leat__mapchain c, unsigned s)
{
    return c.slots + s * (size_t)t->slot_size;
}

LEAT__INLINE char *
map_access(const struct leat__maptype *t, struct hmap *h, unsigned kind,
    const void *key)
{
    if (h == NULL || h->count == 0) {
        // Go: a key that cannot be hashed panics all the same.
        if (t->flags & LEAT__MAP_HASH_PANICS)
            t->hash(t, key, 0);
        return NULL;
    }
    map_begin_read(h);
    uint64_t hash = map_hash(t, h->extra, kind, key);
    struct leat__mapchain c = leat__map_chain(h, hash);
    leat__map_fetch(h->extra->mask, c.slots, t->slot_size);
    unsigned s = map_find(t, kind, &c, key, hash);
    return s == MAP_NONE ? NULL : map_slot(t, c, s);
}

// Calls f with the kind of t as a constant, so that f is compiled for each.
#define MAP_BY_KIND(t, f, ...)                                                \
    ((t)->kind == LEAT__MAP_64    ? f(t, __VA_ARGS__, LEAT__MAP_64)           \
        : (t)->kind == LEAT__MAP_32 ? f(t, __VA_ARGS__, LEAT__MAP_32)         \
        : (t)->kind == LEAT__MAP_STR ? f(t, __VA_ARGS__, LEAT__MAP_STR)       \
                                    : f(t, __VA_ARGS__, LEAT__MAP_GENERIC))
#define MAP_ACCESS(t, h, key, kind) map_access(t, h, kind, key)

void *
leat__mapaccess2(
    const struct leat__maptype *t, struct hmap *h, const void *key)
{
    char *slot = MAP_BY_KIND(t, MAP_ACCESS, h, key);
    return slot == NULL ? NULL : leat__map_elem(t, slot);
}

// What the look-up in the program has left. The key comes by value, so that the
// caller does not need it in memory.
void *
leat__map_find_slow_64(struct leat_map *m, uint64_t key)
{
    struct hmap *h = (struct hmap *)(void *)m;
    if (h == NULL)
        return NULL;
    const struct leat__maptype *t = h->extra->t;
    char *slot = map_access(t, h, LEAT__MAP_64, &key);
    return slot == NULL ? NULL : leat__map_elem(t, slot);
}

void *
leat__mapaccess1_fat(const struct leat__maptype *t, struct hmap *h,
    const void *key, void *zero)
{
    void *elem = leat__mapaccess2(t, h, key);
    return elem == NULL ? zero : elem;
}

void *
leat__mapaccess1(
    const struct leat__maptype *t, struct hmap *h, const void *key)
{
    LEAT_CHECK(t->elem_size <= LEAT__MAP_ZERO_MAX);
    return leat__mapaccess1_fat(t, h, key, leat__map_zero);
}

// Assigning ----------------------------------------------------------------

// What is to be written before a new entry counts.
struct map_new {
    void *key, *elem; // out of line, or NULL
};

static bool
map_new_prepare(const struct leat__maptype *t, struct map_new *n)
{
    *n = (struct map_new){NULL, NULL};
    if (t->flags & LEAT__MAP_INDIRECT_KEY &&
        (n->key = leat__mem_alloc(t->key_size, 0)) == NULL)
        return false;
    if (t->flags & LEAT__MAP_INDIRECT_ELEM &&
        (n->elem = leat__mem_alloc(t->elem_size, LEAT__MEM_ZERO)) == NULL) {
        leat__mem_free(n->key, t->key_size);
        return false;
    }
    return true;
}

LEAT__INLINE void
map_write_key(const struct leat__maptype *t, unsigned kind, char *to,
    const void *key)
{
    if (kind == LEAT__MAP_32)
        memcpy(to, key, 4);
    else if (kind == LEAT__MAP_64)
        memcpy(to, key, 8);
    else if (kind == LEAT__MAP_STR)
        memcpy(to, key, 16);
    else
        memcpy(to, key, t->key_size);
}

// Without a call where it is short. (memset of no bytes may be slow: see
// growslice.)
LEAT__INLINE void *
map_zero_elem(const struct leat__maptype *t, void *elem)
{
    if (LEAT__UNLIKELY(t->elem_size == 0))
        return elem;
    if (t->elem_size == 8)
        return memset(elem, 0, 8);
    if (t->elem_size == 4)
        return memset(elem, 0, 4);
    return memset(elem, 0, t->elem_size);
}

// Writes key and a zero element; the element.
LEAT__INLINE void *
map_fill(const struct leat__maptype *t, unsigned kind, char *slot,
    const void *key, const struct map_new *n)
{
    char *e = slot + t->elem_offset;
    map_write_key(t, kind, n->key != NULL ? n->key : slot, key);
    if (n->key != NULL)
        memcpy(slot, &n->key, sizeof n->key);
    if (n->elem != NULL) {
        memcpy(e, &n->elem, sizeof n->elem);
        return n->elem;
    }
    return map_zero_elem(t, e);
}

// A free slot of the chain; *c becomes its bucket. MAP_NONE when out of
// memory.
LEAT__INLINE unsigned
map_free_slot(struct hmap *h, struct leat__mapchain *c, uint64_t hash)
{
    struct leat__bucket *first = c->b;
    uint64_t m = leat__free_slots(first->tags);
    if (LEAT__LIKELY(m != 0))
        return leat__free_first(m);
    do {
        struct leat__bucket *last = c->b;
        *c = leat__map_chain_next(*c);
        if (c->b == NULL) {
            c->b = leat__map_overflow(h, last);
            if (c->b == NULL)
                return MAP_NONE;
            c->slots = leat__map_slots(c->b);
        }
        m = leat__free_slots(c->b->tags);
    } while (m == 0);
    first->next |= leat__bloom(hash);
    return leat__free_first(m);
}

// A new entry in the chain c. NULL when out of memory.
LEAT__INLINE void *
map_insert(struct hmap *h, const struct leat__maptype *t, unsigned kind,
    struct leat__mapchain c, const void *key, uint64_t hash)
{
    struct map_new n = {NULL, NULL};
    if (LEAT__UNLIKELY(map_has_indirect(t)) && !map_new_prepare(t, &n))
        return NULL;
    unsigned s = map_free_slot(h, &c, hash);
    if (LEAT__UNLIKELY(s == MAP_NONE)) {
        leat__mem_free(n.key, t->key_size);
        leat__mem_free(n.elem, t->elem_size);
        return NULL;
    }
    leat__map_set_tag(c.b, s, leat__tag(hash));
    h->count++;
    return map_fill(t, kind, map_slot(t, c, s), key, &n);
}

// The part of an assignment during which hashWriting is set.
LEAT__INLINE void *
map_assign_in(struct hmap *h, const struct leat__maptype *t, unsigned kind,
    const void *key, uint64_t hash)
{
    if (LEAT__UNLIKELY(h->buckets == NULL) && !leat__map_array(h, 0))
        return NULL;
    if (LEAT__UNLIKELY(h->oldbuckets != NULL))
        leat__map_growwork(h, hash);
    struct leat__mapchain first = leat__map_chain(h, hash), c = first;
    leat__map_fetch(h->extra->mask, c.slots, t->slot_size);
    unsigned s = map_find(t, kind, &c, key, hash);
    if (s != MAP_NONE) {
        char *slot = map_slot(t, c, s);
        // Of equal numbers both are the same bytes.
        if ((kind == LEAT__MAP_STR || kind == LEAT__MAP_GENERIC) &&
            t->flags & LEAT__MAP_KEY_UPDATE)
            map_write_key(t, kind, leat__map_key(t, slot), key);
        return leat__map_elem(t, slot);
    }
    if (LEAT__UNLIKELY(h->count >= h->extra->grow_at) &&
        h->oldbuckets == NULL && leat__map_grow(h)) {
        leat__map_growwork(h, hash);
        first = leat__map_chain(h, hash);
    }
    return map_insert(h, t, kind, first, key, hash);
}

LEAT__INLINE void *
map_assign(const struct leat__maptype *t, struct hmap *h, const void *key,
    unsigned kind)
{
    if (LEAT__UNLIKELY(h == NULL))
        leat__panic_text("assignment to entry in nil map");
    map_begin_check(h);
    // Before the flag is set: it may panic.
    uint64_t hash = map_hash(t, h->extra, kind, key);
    map_begin_write(h);
    void *elem = map_assign_in(h, t, kind, key, hash);
    map_end_write(h);
    return elem;
}
#define MAP_ASSIGN(t, h, key, kind) map_assign(t, h, key, kind)

void *
leat__mapassign_try(
    const struct leat__maptype *t, struct hmap *h, const void *key)
{
    return MAP_BY_KIND(t, MAP_ASSIGN, h, key);
}

LEAT__COLD _Noreturn static void
map_out_of_memory(const struct hmap *h)
{
    leat__throw("out of memory: cannot add to a map of %llu "
        "(leat_map_try_put reports this instead)",
        (unsigned long long)h->count);
}

void *
leat__mapassign(
    const struct leat__maptype *t, struct hmap *h, const void *key)
{
    void *elem = leat__mapassign_try(t, h, key);
    if (LEAT__UNLIKELY(elem == NULL))
        map_out_of_memory(h);
    return elem;
}

// For the macros of leat/map.h, whose own way left it to a call.
void *
leat__map_assign(struct leat_map *m, const void *key)
{
    struct hmap *h = (struct hmap *)(void *)m;
    if (h == NULL)
        leat__panic_text("assignment to entry in nil map");
    return leat__mapassign(h->extra->t, h, key);
}

void *
leat__map_assign_64(struct leat_map *m, uint64_t key)
{
    struct hmap *h = (struct hmap *)(void *)m;
    if (LEAT__UNLIKELY(h == NULL))
        leat__panic_text("assignment to entry in nil map");
    void *elem = map_assign(h->extra->t, h, &key, LEAT__MAP_64);
    if (LEAT__UNLIKELY(elem == NULL))
        map_out_of_memory(h);
    return elem;
}

struct map_str {
    const char *p;
    int64_t n;
};

static LEAT__NOINLINE void *
map_assign_other_str(struct leat_map *m, const char *p, int64_t n)
{
    struct map_str key = {p, n};
    return leat__map_assign(m, &key);
}

// The usual way for strings: too long to stand at every call.
void *
leat__map_assign_str(struct leat_map *m, const char *p, int64_t n)
{
    struct map_str key = {p, n};
    struct hmap *h = (struct hmap *)(void *)m;
    const struct leat__maptype *t = h == NULL ? NULL : h->extra->t;
    if (LEAT__UNLIKELY(t == NULL || map_has_indirect(t)))
        return map_assign_other_str(m, p, n);
    bool added;
    char *slot = leat__map_put_usual((struct leat__map_view *)(void *)m, &key,
        LEAT__KEY_STR, sizeof key, t->slot_size, &added);
    if (LEAT__UNLIKELY(slot == NULL))
        return map_assign_other_str(m, p, n);
    char *elem = slot + t->elem_offset;
    return added ? map_zero_elem(t, elem) : elem;
}

// Removing -----------------------------------------------------------------

LEAT__INLINE void
map_remove(struct hmap *h, struct leat__bucket *b, unsigned s)
{
    leat__map_set_tag(b, s, LEAT__TAG_EMPTY);
    h->extra->deletes++;
    // What an attacker has learnt about the seed is worthless then.
    if (--h->count == 0)
        leat__map_reseed(h);
}

LEAT__INLINE bool
map_delete_in(struct hmap *h, const struct leat__maptype *t, unsigned kind,
    const void *key, uint64_t hash)
{
    if (LEAT__UNLIKELY(h->oldbuckets != NULL))
        leat__map_growwork(h, hash);
    struct leat__mapchain c = leat__map_chain(h, hash);
    leat__map_fetch(h->extra->mask, c.slots, t->slot_size);
    unsigned s = map_find(t, kind, &c, key, hash);
    if (s == MAP_NONE)
        return false;
    if (LEAT__UNLIKELY(map_has_indirect(t)))
        map_free_entry(t, map_slot(t, c, s));
    map_remove(h, c.b, s);
    return true;
}

LEAT__INLINE bool
map_delete(const struct leat__maptype *t, struct hmap *h, const void *key,
    unsigned kind)
{
    if (h == NULL || h->count == 0) {
        if (t->flags & LEAT__MAP_HASH_PANICS)
            t->hash(t, key, 0);
        return false;
    }
    map_begin_check(h);
    uint64_t hash = map_hash(t, h->extra, kind, key);
    map_begin_write(h);
    bool found = map_delete_in(h, t, kind, key, hash);
    map_end_write(h);
    return found;
}
#define MAP_DELETE(t, h, key, kind) map_delete(t, h, key, kind)

bool
leat__mapdelete(
    const struct leat__maptype *t, struct hmap *h, const void *key)
{
    return MAP_BY_KIND(t, MAP_DELETE, h, key);
}

// What leat__map_look has found; true.
bool
leat__map_erase(struct leat_map *m, struct leat__bucket *b, unsigned s)
{
    struct hmap *h = (struct hmap *)(void *)m;
    map_begin_check(h);
    map_begin_write(h);
    map_remove(h, b, s);
    map_end_write(h);
    return true;
}

void
leat__mapiterdelete(struct leat__hiter *it)
{
    struct hmap *h = it->h;
    const struct leat__maptype *t = h->extra->t;
    unsigned s = leat__mapiter_slot(it);
    map_begin_check(h);
    map_begin_write(h);
    if (t->flags & LEAT__MAP_INDIRECT_KEY)
        leat__mem_free(it->key, t->key_size);
    if (t->flags & LEAT__MAP_INDIRECT_ELEM)
        leat__mem_free(it->elem, t->elem_size);
    map_remove(h, it->bucket, s);
    map_end_write(h);
}

void
leat__mapclear(const struct leat__maptype *t, struct hmap *h)
{
    if (h == NULL || h->count == 0)
        return;
    map_begin_check(h);
    map_begin_write(h);
    map_free_entries(t, h);
    leat__map_arrays_clear(h);
    h->count = 0;
    leat__map_reseed(h);
    map_end_write(h);
}

// Cloning --------------------------------------------------------------

// The same buckets in a new array, for a map that does not grow.
static bool
map_copy_array(struct hmap *to, const struct hmap *from)
{
    const struct leat__maptype *t = from->extra->t;
    if (!leat__map_array(to, from->B))
        return false;
    uint64_t n = leat__map_mask(from) + 1;
    memcpy(to->buckets, from->buckets, n * sizeof(struct leat__bucket));
    memcpy(to->extra->slots, from->extra->slots, n * leat__map_stride(t));
    bool enough = true;
    for (uint64_t i = 0; i < n; i++) {
        struct leat__bucket *last = (struct leat__bucket *)to->buckets + i;
        struct leat__bucket *b = leat__next_bucket(last);
        // Also behind a failure, so that nothing leads into the original.
        for (last->next = last->next >> 48 << 48; b != NULL && enough;
             b = leat__next_bucket(b)) {
            last = leat__map_overflow(to, last);
            enough = last != NULL;
            if (!enough)
                break;
            last->tags = b->tags;
            memcpy(leat__map_slots(last), leat__map_slots(b),
                leat__map_stride(t));
        }
    }
    return enough;
}

// One after the other.
static bool
map_copy_entries(
    const struct leat__maptype *t, struct hmap *to, struct hmap *from)
{
    struct leat__hiter it;
    for (leat__mapiterinit(from, &it); it.key != NULL;
         leat__mapiternext(&it)) {
        void *elem = leat__mapassign_try(t, to, it.key);
        if (elem == NULL)
            return false;
        memcpy(elem, it.elem, t->elem_size);
    }
    return true;
}

struct hmap *
leat__mapclone(const struct leat__maptype *t, struct hmap *h)
{
    if (h == NULL)
        return NULL;
    if (LEAT__UNLIKELY(map_is_written(h)))
        map_throw("concurrent map clone and map write");
    bool whole = h->oldbuckets == NULL && h->count > 0 &&
        !map_has_indirect(t) && t->flags & LEAT__MAP_REFLEXIVE;
    struct hmap *c = leat__makemap(t, whole ? 0 : (int64_t)h->count, NULL);
    if (c == NULL)
        return NULL;
    bool ok;
    if (whole) {
        map_set_seed(c, h->extra->seed);
        ok = map_copy_array(c, h);
        c->count = ok ? h->count : 0;
    } else {
        ok = map_copy_entries(t, c, h);
    }
    leat_assert_slow(!ok || leat__map_write_ok(c));
    if (ok)
        return c;
    leat__mapfree(t, c);
    return NULL;
}
