// SPDX-License-Identifier: MIT
// map/typed.c: what the macros of leat/map.h call; see map.c for the map.
#include "map/map_int.h"
#include "sched/sched.h"

#include <leat/map.h>
#include <leat/panic.h>

// The fast paths see the map through a struct of their own.
#define TYPED_SAME(field, at)                                                 \
    _Static_assert(offsetof(struct leat__map_view, field) ==                  \
            offsetof(struct leat__map, at),                                   \
        "leat/map_view.h tells where " #field " is")
TYPED_SAME(count, h.count);
TYPED_SAME(flags, h.flags);
TYPED_SAME(lg, h.B);
TYPED_SAME(buckets, h.buckets);
TYPED_SAME(oldbuckets, h.oldbuckets);
TYPED_SAME(seed, x.seed);
TYPED_SAME(factor, x.factor);
TYPED_SAME(slots, x.slots);
TYPED_SAME(mask, x.mask);
TYPED_SAME(t, x.t);
TYPED_SAME(epoch, x.epoch);
TYPED_SAME(grow_at, x.grow_at);
_Static_assert((int)LEAT__MAP_WRITING == (int)hashWriting, "the same flag");
_Static_assert((int)LEAT__MAP_BARE == (int)hmapBare, "the same flag");
_Static_assert((int)LEAT__MAP_PLAIN == (int)hmapOwned + (int)hmapBehind,
    "the same flags");
_Static_assert((int)LEAT__MAP_GROWING == (int)hmapGrowing, "the same flag");

static struct hmap *
typed_map(struct leat_map *m)
{
    return (struct hmap *)(void *)m;
}

static const struct leat__maptype *
typed_type(struct leat_map *m)
{
    return typed_map(m)->extra->t;
}

LEAT__COLD _Noreturn static void
typed_nil(void)
{
    leat__panic_text("assignment to entry in nil map");
}

struct leat_map *
leat__map_make(const struct leat__maptype *t, int64_t hint, int may_fail)
{
    struct hmap *h = leat__makemap(t, hint, NULL);
    if (h == NULL && !may_fail)
        leat__throw("out of memory: cannot make a map "
            "(leat_try_make_map reports this instead)");
    return (struct leat_map *)(void *)h;
}

int64_t
leat__map_count(const struct leat_map *m)
{
    const struct hmap *h = (const struct hmap *)(const void *)m;
    return h == NULL ? 0 : (int64_t)h->count;
}

void
leat__map_free(struct leat_map *m)
{
    if (m != NULL)
        leat__mapfree(typed_type(m), typed_map(m));
}

void
leat__map_clear(struct leat_map *m)
{
    if (m != NULL)
        leat__mapclear(typed_type(m), typed_map(m));
}

struct leat_map *
leat__map_clone(struct leat_map *m)
{
    if (m == NULL)
        return NULL;
    struct hmap *h = leat__mapclone(typed_type(m), typed_map(m));
    if (h == NULL)
        leat__throw("out of memory: cannot clone a map" LEAT__RAISE_LIMIT);
    return (struct leat_map *)(void *)h;
}

// Copied to itself a map could grow below the iteration, where keys are NaNs.
void
leat__map_copy(struct leat_map *dst, struct leat_map *src, size_t elem_size)
{
    struct leat__hiter it;
    if (dst == src)
        return;
    leat__map_begin(src, &it);
    for (; it.key != NULL; leat__mapiternext(&it))
        memcpy(leat__map_assign(dst, it.key), it.elem, elem_size);
}

void *
leat__map_find_slow(struct leat_map *m, const void *key)
{
    return m == NULL ? NULL
                     : leat__mapaccess2(typed_type(m), typed_map(m), key);
}

void *
leat__map_assign_try(struct leat_map *m, const void *key)
{
    if (m == NULL)
        typed_nil();
    return leat__mapassign_try(typed_type(m), typed_map(m), key);
}

bool
leat__map_delete(struct leat_map *m, const void *key)
{
    return m != NULL && leat__mapdelete(typed_type(m), typed_map(m), key);
}

// For leat_map_delete_if. The entry is where it was given, unless something
// was written since. Its key is not looked at: the text may be gone by now.
void
leat__map_delete_given(struct leat_map *m, struct leat__hiter *it)
{
    if (LEAT__UNLIKELY(it->epoch != typed_map(m)->extra->epoch))
        leat__throw("concurrent map iteration and map write");
    leat__mapiterdelete(it);
}

void
leat__map_begin(struct leat_map *m, struct leat__hiter *it)
{
    leat__mapiterinit(typed_map(m), it);
}

// Keys -----------------------------------------------------------------

uint64_t
leat_hash(const void *p, size_t n, uint64_t seed)
{
    return leat__hash_bytes(p, n, seed);
}

// Of 1, 2, 4 and 8 bytes as the fast paths have it.
uint64_t
leat__key_hash_bytes(
    const struct leat__maptype *t, const void *key, uint64_t seed)
{
    return leat__key_hash_field(key, t->key_size, LEAT__KEY_BYTES, seed);
}

uint64_t
leat__key_hash_cstr(
    const struct leat__maptype *t, const void *key, uint64_t seed)
{
    (void)t;
    return leat__key_hash_field(key, sizeof(char *), LEAT__KEY_CSTR, seed);
}

uint64_t
leat__key_hash_float(
    const struct leat__maptype *t, const void *key, uint64_t seed)
{
    (void)t;
    return leat__key_hash_field(key, sizeof(float), LEAT__KEY_FLOAT, seed);
}

uint64_t
leat__key_hash_double(
    const struct leat__maptype *t, const void *key, uint64_t seed)
{
    (void)t;
    return leat__key_hash_field(key, sizeof(double), LEAT__KEY_DOUBLE, seed);
}

bool
leat__key_equal_bytes(
    const struct leat__maptype *t, const void *a, const void *b)
{
    return memcmp(a, b, t->key_size) == 0;
}

bool
leat__key_equal_cstr(
    const struct leat__maptype *t, const void *a, const void *b)
{
    (void)t;
    return leat__key_equal_field(a, b, sizeof(char *), LEAT__KEY_CSTR);
}

bool
leat__key_equal_float(
    const struct leat__maptype *t, const void *a, const void *b)
{
    (void)t;
    return leat__key_equal_field(a, b, sizeof(float), LEAT__KEY_FLOAT);
}

bool
leat__key_equal_double(
    const struct leat__maptype *t, const void *a, const void *b)
{
    (void)t;
    return leat__key_equal_field(a, b, sizeof(double), LEAT__KEY_DOUBLE);
}

// 0 and -0 are equal, so they hash alike; NaNs are not, so they need not, and
// would all be in one chain if they did.
static uint64_t
typed_hash_real(double d, uint64_t seed)
{
    uint64_t bits = leat__map_random();
    if (d == d) {
        d += 0.0;
        memcpy(&bits, &d, sizeof bits);
    }
    return leat__hash64(bits, seed);
}

uint64_t
leat__key_hash_field(const void *p, size_t n, int keyclass, uint64_t seed)
{
    const char *text;
    float f;
    double d;
    switch (keyclass) {
    case LEAT__KEY_STR:
        text = leat__key_text(p, &n);
        return leat__hash_str(text, n, seed);
    case LEAT__KEY_CSTR:
        memcpy(&text, p, sizeof text);
        return leat__hash_str(text, text == NULL ? 0 : strlen(text), seed);
    case LEAT__KEY_FLOAT:
        memcpy(&f, p, sizeof f);
        return typed_hash_real((double)f, seed);
    case LEAT__KEY_DOUBLE:
        memcpy(&d, p, sizeof d);
        return typed_hash_real(d, seed);
    default:
        if (n == 1 || n == 2 || n == 4 || n == 8)
            return leat__hash64(leat__key_load(p, n), seed);
        return leat__hash_bytes(p, n, seed);
    }
}

bool
leat__key_equal_field(const void *a, const void *b, size_t n, int keyclass)
{
    const char *x, *y;
    size_t m;
    float f, g;
    double d, e;
    switch (keyclass) {
    case LEAT__KEY_STR:
        x = leat__key_text(a, &n);
        y = leat__key_text(b, &m);
        return n == m && leat__same_bytes(x, y, n);
    case LEAT__KEY_CSTR:
        memcpy(&x, a, sizeof x);
        memcpy(&y, b, sizeof y);
        // NULL is equal to NULL only.
        return x == y || (x != NULL && y != NULL && strcmp(x, y) == 0);
    case LEAT__KEY_FLOAT:
        memcpy(&f, a, sizeof f);
        memcpy(&g, b, sizeof g);
        return f == g;
    case LEAT__KEY_DOUBLE:
        memcpy(&d, a, sizeof d);
        memcpy(&e, b, sizeof e);
        return d == e;
    default:
        return memcmp(a, b, n) == 0;
    }
}
