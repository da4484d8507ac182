// SPDX-License-Identifier: MIT
// gccgo/map.c: Go's maps, by src/map.
//
// A Go map is struct hmap itself: the compiler reads its first word as len.
// Every call brings Go's descriptor of the map's type; the one src/map wants
// is made from it once and found by a table. A map knows its own, so that the
// table is asked only when a map is made, or when a nil one is used.
//
// The compiler makes small maps without telling their type (makemap_small).
// Such a map is a block of zeroes until something is put into it: reads see
// a nil map, the first assignment makes it.
//
// Invariants: h->extra is NULL in such a map and in no other. A table entry,
// once set, stays. Locks: map_types_lock guards writing the table.
#include "gccgo/abi.h"

#include "base/lock.h"
#include "map/map_int.h"
#include "sched/sched.h"

enum { MAP_TYPES_FIRST = 256 }; // a power of two

// src/map's descriptor and where it came from.
struct go_maptype {
    struct leat__maptype m;
    const struct go_map_type *go;
};

struct map_types {
    size_t size, count;
    struct go_maptype *_Atomic slot[];
};

static struct map_types *_Atomic map_types;
static struct leat__lock map_types_lock;

extern const struct go_func map_hash32 GO_NAME("runtime.memhash32..f");
extern const struct go_func map_hash64 GO_NAME("runtime.memhash64..f");
extern const struct go_func map_hash_str GO_NAME("runtime.strhash..f");

// Descriptors ---------------------------------------------------------------

static uint64_t
map_hash(const struct leat__maptype *t, const void *key, uint64_t seed)
{
    const struct go_map_type *go = ((const struct go_maptype *)t)->go;
    return GO_CALL(go->hasher, go_hash_fn, key, seed);
}

static bool
map_equal(const struct leat__maptype *t, const void *a, const void *b)
{
    const struct go_map_type *go = ((const struct go_maptype *)t)->go;
    return GO_CALL(go->key->equal, go_equal_fn, a, b);
}

// Whether hash may panic: the key has an interface in it.
static bool
map_hash_panics(const struct go_type *t)
{
    switch (t->kind & GO_KIND_MASK) {
    case GO_INTERFACE:
        return true;
    case GO_ARRAY:
        return map_hash_panics(((const struct go_array_type *)t)->elem);
    case GO_STRUCT: {
        const struct go_struct_type *s = (const struct go_struct_type *)t;
        for (go_int i = 0; i < s->fields_len; i++)
            if (map_hash_panics(s->fields[i].type))
                return true;
        return false;
    }
    default:
        return false;
    }
}

// Whether k == k always, and whether equal keys have equal bytes: not so with
// floating-point numbers in them.
static bool
map_is_plain(const struct go_type *t)
{
    switch (t->kind & GO_KIND_MASK) {
    case GO_FLOAT32:
    case GO_FLOAT64:
    case GO_COMPLEX64:
    case GO_COMPLEX128:
    case GO_INTERFACE:
        return false;
    case GO_ARRAY:
        return map_is_plain(((const struct go_array_type *)t)->elem);
    case GO_STRUCT: {
        const struct go_struct_type *s = (const struct go_struct_type *)t;
        for (go_int i = 0; i < s->fields_len; i++)
            if (!map_is_plain(s->fields[i].type))
                return false;
        return true;
    }
    default:
        return true;
    }
}

static uint8_t
map_kind(const struct go_map_type *go)
{
    if (go->hasher == &map_hash32 && go->key->size == 4)
        return LEAT__MAP_32;
    if (go->hasher == &map_hash64 && go->key->size == 8)
        return LEAT__MAP_64;
    if (go->hasher == &map_hash_str)
        return LEAT__MAP_STR;
    return LEAT__MAP_GENERIC;
}

static struct go_maptype *
map_type_make(const struct go_map_type *go)
{
    struct go_maptype *t = leat__go_alloc(sizeof *t, true);
    t->go = go;
    t->m.key_size = (uint32_t)go->key->size;
    t->m.elem_size = (uint32_t)go->elem->size;
    t->m.kind = map_kind(go);
    // A string is written anew too: the old one may keep much memory alive.
    t->m.flags = map_is_plain(go->key) ? LEAT__MAP_REFLEXIVE
                                       : LEAT__MAP_KEY_UPDATE;
    if (t->m.kind == LEAT__MAP_STR)
        t->m.flags |= LEAT__MAP_KEY_UPDATE;
    if (map_hash_panics(go->key))
        t->m.flags |= LEAT__MAP_HASH_PANICS;
    t->m.hash = map_hash;
    t->m.equal = map_equal;
    leat__maptype_layout(&t->m);
    return t;
}

static size_t
map_types_hash(const struct go_map_type *go)
{
    return ((uintptr_t)go >> 3) * 0x9e3779b97f4a7c15u >> 20;
}

static struct go_maptype *
map_types_find(const struct go_map_type *go)
{
    struct map_types *all = atomic_load(&map_types);
    if (all == NULL)
        return NULL;
    for (size_t i = map_types_hash(go);; i++) {
        struct go_maptype *t = atomic_load(&all->slot[i & (all->size - 1)]);
        if (t == NULL || t->go == go)
            return t;
    }
}

static void
map_types_put(struct map_types *all, struct go_maptype *t)
{
    size_t i = map_types_hash(t->go) & (all->size - 1);
    while (atomic_load(&all->slot[i]) != NULL)
        i = (i + 1) & (all->size - 1);
    atomic_store(&all->slot[i], t);
    all->count++;
}

// The table, with room for one more.
static struct map_types *
map_types_room(void)
{
    struct map_types *old = atomic_load(&map_types);
    if (old != NULL && old->count < old->size / 2)
        return old;
    size_t size = old != NULL ? old->size * 2 : MAP_TYPES_FIRST;
    struct map_types *all =
        leat__go_alloc(sizeof *all + size * sizeof all->slot[0], true);
    all->size = size;
    for (size_t i = 0; old != NULL && i < old->size; i++) {
        struct go_maptype *t = atomic_load(&old->slot[i]);
        if (t != NULL)
            map_types_put(all, t);
    }
    atomic_store(&map_types, all);
    return all;
}

static const struct leat__maptype *
map_type(const struct go_map_type *go)
{
    struct go_maptype *t = map_types_find(go);
    if (LEAT__LIKELY(t != NULL))
        return &t->m;
    t = map_type_make(go);
    leat__spin_lock(&map_types_lock);
    struct go_maptype *other = map_types_find(go);
    if (other == NULL)
        map_types_put(map_types_room(), t);
    leat__spin_unlock(&map_types_lock);
    return other != NULL ? &other->m : &t->m;
}

// The descriptor for a call on *h; *h is NULL then if there is no map yet.
static inline const struct leat__maptype *
map_enter(const struct go_map_type *go, struct hmap **h)
{
    if (LEAT__LIKELY(*h != NULL && (*h)->extra != NULL))
        return (*h)->extra->t;
    *h = NULL;
    return map_type(go);
}

// Making --------------------------------------------------------------------

static struct hmap *
map_make(const struct go_map_type *go, go_int hint, struct hmap *at)
{
    if (at == NULL)
        at = leat__go_alloc(sizeof(struct leat__map), true);
    leat__makemap(map_type(go), hint, (struct leat__map *)at);
    return at;
}

struct hmap *leat__go_makemap(const struct go_map_type *t, go_int hint,
    struct hmap *at) GO_NAME("runtime.makemap");
struct hmap *
leat__go_makemap(const struct go_map_type *t, go_int hint, struct hmap *at)
{
    (void)at; // of the size of gccgo's own hmap, which is less than ours
    return map_make(t, hint, NULL);
}

struct hmap *leat__go_makemap64(const struct go_map_type *t, int64_t hint,
    struct hmap *at) GO_NAME("runtime.makemap64");
struct hmap *
leat__go_makemap64(const struct go_map_type *t, int64_t hint, struct hmap *at)
{
    return leat__go_makemap(t, hint, at);
}

struct hmap *leat__go_makemap_small(void) GO_NAME("runtime.makemap__small");
struct hmap *
leat__go_makemap_small(void)
{
    return leat__go_alloc(sizeof(struct leat__map), true);
}

struct hmap *leat__go_reflect_makemap(const struct go_map_type *t,
    go_int hint) GO_NAME("reflect.makemap");
struct hmap *
leat__go_reflect_makemap(const struct go_map_type *t, go_int hint)
{
    return map_make(t, hint, NULL);
}

// Access --------------------------------------------------------------------

static inline void *
map_access2(const struct go_map_type *go, struct hmap *h, const void *key)
{
    const struct leat__maptype *t = map_enter(go, &h);
    return leat__mapaccess2(t, h, key);
}

static inline void *
map_access1(const struct go_map_type *go, struct hmap *h, const void *key)
{
    const struct leat__maptype *t = map_enter(go, &h);
    return leat__mapaccess1(t, h, key);
}

// The result for a key that is missing is a zero value.
static inline struct go_ptr_bool
map_access_ok(const struct go_map_type *go, struct hmap *h, const void *key)
{
    void *p = map_access2(go, h, key);
    bool ok = p != NULL;
    return (struct go_ptr_bool){ok ? p : leat__map_zero, ok};
}

static inline void *
map_assign(const struct go_map_type *go, struct hmap *h, const void *key)
{
    if (LEAT__UNLIKELY(h == NULL))
        leat__panic_text("assignment to entry in nil map");
    if (LEAT__UNLIKELY(h->extra == NULL))
        map_make(go, 0, h);
    return leat__mapassign(h->extra->t, h, key);
}

static inline void
map_delete(const struct go_map_type *go, struct hmap *h, const void *key)
{
    const struct leat__maptype *t = map_enter(go, &h);
    leat__mapdelete(t, h, key);
}

// All calls for one form of key: NAME(type, map, key).
#define MAP_CALLS(suffix, go_suffix, T, address)                              \
    void *leat__go_mapaccess1##suffix(const struct go_map_type *t,            \
        struct hmap *h, T key) GO_NAME("runtime.mapaccess1" go_suffix);       \
    void *leat__go_mapaccess1##suffix(                                        \
        const struct go_map_type *t, struct hmap *h, T key)                   \
    {                                                                         \
        return map_access1(t, h, address);                                    \
    }                                                                         \
    struct go_ptr_bool leat__go_mapaccess2##suffix(                           \
        const struct go_map_type *t, struct hmap *h, T key)                   \
        GO_NAME("runtime.mapaccess2" go_suffix);                              \
    struct go_ptr_bool leat__go_mapaccess2##suffix(                           \
        const struct go_map_type *t, struct hmap *h, T key)                   \
    {                                                                         \
        return map_access_ok(t, h, address);                                  \
    }                                                                         \
    void *leat__go_mapassign##suffix(const struct go_map_type *t,             \
        struct hmap *h, T key) GO_NAME("runtime.mapassign" go_suffix);        \
    void *leat__go_mapassign##suffix(                                         \
        const struct go_map_type *t, struct hmap *h, T key)                   \
    {                                                                         \
        return map_assign(t, h, address);                                     \
    }                                                                         \
    void leat__go_mapdelete##suffix(const struct go_map_type *t,              \
        struct hmap *h, T key) GO_NAME("runtime.mapdelete" go_suffix);        \
    void leat__go_mapdelete##suffix(                                          \
        const struct go_map_type *t, struct hmap *h, T key)                   \
    {                                                                         \
        map_delete(t, h, address);                                            \
    }

MAP_CALLS(, "", const void *, key)
MAP_CALLS(_32, "__fast32", uint32_t, &key)
MAP_CALLS(_64, "__fast64", uint64_t, &key)
MAP_CALLS(_str, "__faststr", struct go_string, &key)

void *leat__go_mapassign_32ptr(const struct go_map_type *t, struct hmap *h,
    uint32_t key) GO_NAME("runtime.mapassign__fast32ptr");
void *
leat__go_mapassign_32ptr(
    const struct go_map_type *t, struct hmap *h, uint32_t key)
{
    return map_assign(t, h, &key);
}

void *leat__go_mapassign_64ptr(const struct go_map_type *t, struct hmap *h,
    void *key) GO_NAME("runtime.mapassign__fast64ptr");
void *
leat__go_mapassign_64ptr(
    const struct go_map_type *t, struct hmap *h, void *key)
{
    return map_assign(t, h, &key);
}

// For elements larger than the shared zero value.
void *leat__go_mapaccess1_fat(const struct go_map_type *t, struct hmap *h,
    const void *key, void *zero) GO_NAME("runtime.mapaccess1__fat");
void *
leat__go_mapaccess1_fat(const struct go_map_type *t, struct hmap *h,
    const void *key, void *zero)
{
    void *p = map_access2(t, h, key);
    return p != NULL ? p : zero;
}

struct go_ptr_bool leat__go_mapaccess2_fat(const struct go_map_type *t,
    struct hmap *h, const void *key, void *zero)
    GO_NAME("runtime.mapaccess2__fat");
struct go_ptr_bool
leat__go_mapaccess2_fat(const struct go_map_type *t, struct hmap *h,
    const void *key, void *zero)
{
    void *p = map_access2(t, h, key);
    return (struct go_ptr_bool){p != NULL ? p : zero, p != NULL};
}

void leat__go_mapclear(const struct go_map_type *t, struct hmap *h)
    GO_NAME("runtime.mapclear");
void
leat__go_mapclear(const struct go_map_type *t, struct hmap *h)
{
    const struct leat__maptype *m = map_enter(t, &h);
    leat__mapclear(m, h);
}

// A literal: `count` entries of entry_size bytes, key first.
struct hmap *leat__go_construct_map(const struct go_map_type *t,
    uintptr_t count, uintptr_t entry_size, uintptr_t elem_offset,
    const char *entries) GO_NAME("__go_construct_map");
struct hmap *
leat__go_construct_map(const struct go_map_type *t, uintptr_t count,
    uintptr_t entry_size, uintptr_t elem_offset, const char *entries)
{
    struct hmap *h = map_make(t, (go_int)count, NULL);
    for (; count > 0; count--, entries += entry_size) {
        void *elem = map_assign(t, h, entries);
        memcpy(elem, entries + elem_offset, t->elem->size);
    }
    return h;
}

// Iterating -----------------------------------------------------------------

void leat__go_mapiterinit(const struct go_map_type *t, struct hmap *h,
    struct leat__hiter *it) GO_NAME("runtime.mapiterinit");
void
leat__go_mapiterinit(
    const struct go_map_type *t, struct hmap *h, struct leat__hiter *it)
{
    (void)t;
    memset(it, 0, sizeof *it);
    if (h != NULL && h->count != 0)
        leat__mapiterinit(h, it);
    else
        it->h = it; // reflect takes this word for "has begun"
}

void leat__go_mapiternext(struct leat__hiter *it)
    GO_NAME("runtime.mapiternext");
void
leat__go_mapiternext(struct leat__hiter *it)
{
    leat__mapiternext(it);
}

// reflect -------------------------------------------------------------------

void leat__go_reflect_mapiterinit(const struct go_map_type *t,
    struct hmap *h, struct leat__hiter *it) GO_NAME("reflect.mapiterinit");
void
leat__go_reflect_mapiterinit(
    const struct go_map_type *t, struct hmap *h, struct leat__hiter *it)
{
    leat__go_mapiterinit(t, h, it);
}

void leat__go_reflect_mapiternext(struct leat__hiter *it)
    GO_NAME("reflect.mapiternext");
void
leat__go_reflect_mapiternext(struct leat__hiter *it)
{
    leat__mapiternext(it);
}

void *leat__go_reflect_mapiterkey(struct leat__hiter *it)
    GO_NAME("reflect.mapiterkey");
void *
leat__go_reflect_mapiterkey(struct leat__hiter *it)
{
    return it->key;
}

void *leat__go_reflect_mapiterelem(struct leat__hiter *it)
    GO_NAME("reflect.mapiterelem");
void *
leat__go_reflect_mapiterelem(struct leat__hiter *it)
{
    return it->elem;
}

go_int leat__go_reflect_maplen(const struct hmap *h)
    GO_NAME("reflect.maplen");
go_int
leat__go_reflect_maplen(const struct hmap *h)
{
    return h != NULL ? (go_int)h->count : 0;
}

go_int leat__go_reflectlite_maplen(const struct hmap *h)
    GO_NAME("internal_1reflectlite.maplen");
go_int
leat__go_reflectlite_maplen(const struct hmap *h)
{
    return leat__go_reflect_maplen(h);
}

// The same with keys in memory and strings as such.
#define MAP_REFLECT(suffix, go_suffix, T, address)                            \
    void *leat__go_reflect_access##suffix(const struct go_map_type *t,        \
        struct hmap *h, T key) GO_NAME("reflect.mapaccess" go_suffix);        \
    void *leat__go_reflect_access##suffix(                                    \
        const struct go_map_type *t, struct hmap *h, T key)                   \
    {                                                                         \
        return map_access2(t, h, address);                                    \
    }                                                                         \
    void leat__go_reflect_assign##suffix(const struct go_map_type *t,         \
        struct hmap *h, T key, const void *elem)                              \
        GO_NAME("reflect.mapassign" go_suffix);                               \
    void leat__go_reflect_assign##suffix(const struct go_map_type *t,         \
        struct hmap *h, T key, const void *elem)                              \
    {                                                                         \
        memcpy(map_assign(t, h, address), elem, t->elem->size);               \
    }                                                                         \
    void leat__go_reflect_delete##suffix(const struct go_map_type *t,         \
        struct hmap *h, T key) GO_NAME("reflect.mapdelete" go_suffix);        \
    void leat__go_reflect_delete##suffix(                                     \
        const struct go_map_type *t, struct hmap *h, T key)                   \
    {                                                                         \
        map_delete(t, h, address);                                            \
    }

MAP_REFLECT(, "", const void *, key)
MAP_REFLECT(_str, "__faststr", struct go_string, &key)
