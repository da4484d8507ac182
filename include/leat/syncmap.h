// SPDX-License-Identifier: MIT
// leat/syncmap.h: maps that goroutines and threads share, as Go's sync.Map
// (1.24), but typed.
//
// leat_syncmap(K, V) is the type of such a map from K to V; the rules for keys
// and memory are those of leat/map.h. Any number may read and write at once.
// There is no lock around the whole: keys are spread over parts, and a call
// holds up only those that want the same part at the same moment. Each call
// but for range, clear and len happens at one point in time: what a call
// stores, those that begin after it see.
//
// The text of a string key has to stay as it is until nobody can be looking at
// the entry any more; that of the first key stored stays, as in a map.
//
// Out of memory is fatal. No call parks; a call may wait as long as another
// copies an entry. A nil map does not work. Hash and equality functions of
// one's own (LEAT_MAP_KEY_FUNC) run while a part is held: they must not call
// the map, park or panic.
#ifndef LEAT_SYNCMAP_H
#define LEAT_SYNCMAP_H

#include <leat/map.h>

struct leat_syncmap;

// Nothing is ever called through this type, as with leat_map.
#define leat_syncmap(K, V)                                                    \
    __typeof__(__typeof__(V) (**)(struct leat_syncmap *, __typeof__(K) *))

// leat_make_syncmap(K, V) is a new map; leat_make_syncmap_key(name, V) one
// with a struct as the key, see LEAT_MAP_KEY. leat_syncmap_free gives it back
// when nobody uses it any more; NULL is ignored.
#define leat_make_syncmap(K, V) leat__make_syncmap(K, V, __COUNTER__)
#define leat_make_syncmap_key(name, V)                                        \
    leat__make_syncmap_key(name, V, __COUNTER__)
#define leat_syncmap_free(m) leat__syncmap_free(LEAT__SYNCMAP(m))

// leat_syncmap_load(m, k, &v) stores the value for k and is true, or clears v
// and is false when there is none. Pointers to values may be NULL here and
// below.
#define leat_syncmap_load(m, k, ptr)                                          \
    leat__syncmap_take(LEAT__SYNC_LOAD, m, k, ptr, __COUNTER__)

// Sets the value for k.
#define leat_syncmap_store(m, k, ...)                                         \
    ((void)leat__syncmap_give(                                                \
        LEAT__SYNC_STORE, m, k, NULL, __COUNTER__, __VA_ARGS__))

// leat_syncmap_swap(m, k, &old, v) sets the value for k; true, and the value
// before in old, if there was one.
#define leat_syncmap_swap(m, k, ptr, ...)                                     \
    leat__syncmap_give(LEAT__SYNC_STORE, m, k, ptr, __COUNTER__, __VA_ARGS__)

// leat_syncmap_load_or_store(m, k, &actual, v) sets the value for k if there
// is none and is false; true if there is one. Its value then is in actual.
#define leat_syncmap_load_or_store(m, k, ptr, ...)                            \
    leat__syncmap_give(                                                       \
        LEAT__SYNC_LOAD_OR_STORE, m, k, ptr, __COUNTER__, __VA_ARGS__)

// leat_syncmap_load_and_delete(m, k, &v) removes the entry for k; true, and
// its value in v, if there was one. leat_syncmap_delete(m, k) is the same
// without a value.
#define leat_syncmap_load_and_delete(m, k, ptr)                               \
    leat__syncmap_take(LEAT__SYNC_DELETE, m, k, ptr, __COUNTER__)
#define leat_syncmap_delete(m, k)                                             \
    leat__syncmap_take(LEAT__SYNC_DELETE, m, k, NULL, __COUNTER__)

// leat_syncmap_compare_and_swap(m, k, old, v) sets the value for k if it is
// old, leat_syncmap_compare_and_delete(m, k, old) removes the entry if its
// value is old; true if that was done. For values of a type that could be a
// key of leat_make_map.
#define leat_syncmap_compare_and_swap(m, k, old, ...)                         \
    leat__syncmap_compare(                                                    \
        LEAT__SYNC_COMPARE_SWAP, m, k, old, __COUNTER__, __VA_ARGS__)
#define leat_syncmap_compare_and_delete(m, k, old)                            \
    leat__syncmap_compare(                                                    \
        LEAT__SYNC_COMPARE_DELETE, m, k, old, __COUNTER__, old)

// leat_syncmap_range(K, k, V, v, m) { ... } runs its body for every entry,
// with copies of its key and its value, and holds nothing while it does: the
// body may use m. No key comes twice (unless it was removed and stored again);
// what others change meanwhile may be seen or not.
#define leat_syncmap_range(K, k, V, v, m)                                     \
    leat__syncmap_range(K, k, V, v, m, __COUNTER__)

// Removes all entries, a part at a time; their number, counted so.
#define leat_syncmap_clear(m) leat__syncmap_clear(LEAT__SYNCMAP(m))
#define leat_syncmap_len(m) leat__syncmap_len(LEAT__SYNCMAP(m))

// Behind the macros ---------------------------------------------------------

enum leat__sync_op {
    LEAT__SYNC_LOAD,
    LEAT__SYNC_STORE,
    LEAT__SYNC_LOAD_OR_STORE,
    LEAT__SYNC_DELETE,
    LEAT__SYNC_COMPARE_SWAP,
    LEAT__SYNC_COMPARE_DELETE
};

// An iteration over a leat_syncmap.
struct leat__syncrange {
    struct leat_syncmap *m;
    uint32_t part, left; // the part it is in, how many are left
    bool begun;          // `it` is in this part
    struct leat__hiter it;
};

LEAT__BEGIN

LEAT_API struct leat_syncmap *leat__syncmap_make(
    const struct leat__maptype *t);
LEAT_API void leat__syncmap_free(struct leat_syncmap *m);
LEAT_API bool leat__syncmap_do(struct leat_syncmap *m, int op,
    const void *key, void *out, const void *in, const void *old,
    int value_class);
LEAT_API void leat__syncmap_clear(struct leat_syncmap *m);
LEAT_API int64_t leat__syncmap_len(struct leat_syncmap *m);
LEAT_API struct leat__syncrange leat__syncrange_begin(struct leat_syncmap *m);
LEAT_API bool leat__syncrange_next(
    struct leat__syncrange *r, void *key, void *value);

LEAT__END

#define LEAT__SYNC_TEXT                                                       \
    "this takes a shared map, of a type leat_syncmap(K, V)"
#define LEAT__SYNC_CALL(m, key) (*(m))((struct leat_syncmap *)0, key)
#define LEAT__SYNC_V(m) __typeof__(LEAT__SYNC_CALL(m, 0))

#ifdef __cplusplus
template <class Key, class Value>
struct leat__map_types<Value (**)(struct leat_syncmap *, Key *)> {
    typedef Key key;
    typedef Value value;
};
#define LEAT__SYNC_K(m, k) LEAT__MAP_K(m, k)
#define LEAT__SYNC_CHECK(m)                                                   \
    LEAT__HANDLE_CHECK(m, struct leat_syncmap, LEAT__SYNC_TEXT)
LEAT__HANDLE_ONLY(leat__syncmap_only, struct leat_syncmap, LEAT__SYNC_TEXT);
#define LEAT__SYNCMAP(m) leat__syncmap_only(m)
#else
#define LEAT__SYNC_CHECK(m)                                                   \
    LEAT__HANDLE_CHECK(m, LEAT__SYNC_TEXT,                                    \
        leat__this_takes_a_shared_map, (struct leat_syncmap *)0, 0)
#define LEAT__SYNCMAP(m) (LEAT__SYNC_CHECK(m), (struct leat_syncmap *)(m))
#define LEAT__SYNC_K_ENTRY(m, T)                                              \
    LEAT__SYNC_V(m) (**)(struct leat_syncmap *, T *) : (T *)0,
#define LEAT__SYNC_K(m, k)                                                    \
    __typeof__(*_Generic((m), LEAT__KEY_TYPES(LEAT__SYNC_K_ENTRY, m)          \
        default: (__typeof__(0 ? (k) : (k)) *)0))
#endif

#define leat__make_syncmap(K, V, n)                                           \
    ({                                                                        \
        LEAT__STATIC_MAPTYPE(K, V, n);                                        \
        (leat_syncmap(K, V))leat__syncmap_make(&LEAT__T(n));                  \
    })
#define leat__make_syncmap_key(name, V, n)                                    \
    ({                                                                        \
        LEAT__RECORD_CHECK(name, V);                                          \
        static const struct leat__maptype LEAT__T(n) =                        \
            LEAT__RECORD_TYPE(name, V);                                       \
        (leat_syncmap(LEAT__RECORD(name), V))leat__syncmap_make(&LEAT__T(n)); \
    })

// The map in s, the key in k, the type of values as t.
#define LEAT__SYNC_OPERANDS(map, n, ...)                                      \
    LEAT__AUTO LEAT__S(n) = (map);                                            \
    LEAT__SYNC_CHECK(LEAT__S(n));                                             \
    LEAT__STRICT                                                              \
    typedef LEAT__SYNC_K(LEAT__S(n), (__VA_ARGS__)) LEAT__KEY(n);             \
    LEAT__TEXT_CHECK(LEAT__KEY(n), (__VA_ARGS__))                             \
    LEAT__KEY(n) LEAT__K(n) = (__VA_ARGS__);                                  \
    (void)sizeof(LEAT__SYNC_CALL(LEAT__S(n), &LEAT__K(n)), 0);                \
    LEAT__STRICT_END                                                          \
    typedef LEAT__SYNC_V(LEAT__S(n)) LEAT__T(n)

#define leat__syncmap_take(op, map, key, ptr, n)                              \
    ({                                                                        \
        LEAT__SYNC_OPERANDS(map, n, key);                                     \
        LEAT__STRICT                                                          \
        LEAT__T(n) *LEAT__P(n) = (ptr);                                       \
        LEAT__STRICT_END                                                      \
        leat__syncmap_do((struct leat_syncmap *)LEAT__S(n), op, &LEAT__K(n),  \
            LEAT__P(n), NULL, NULL, 0);                                       \
    })

#define leat__syncmap_give(op, map, key, ptr, n, ...)                         \
    ({                                                                        \
        LEAT__SYNC_OPERANDS(map, n, key);                                     \
        LEAT__STRICT                                                          \
        LEAT__T(n) *LEAT__P(n) = (ptr);                                       \
        LEAT__T(n) LEAT__V(n) = (__VA_ARGS__);                                \
        LEAT__STRICT_END                                                      \
        leat__syncmap_do((struct leat_syncmap *)LEAT__S(n), op, &LEAT__K(n),  \
            LEAT__P(n), &LEAT__V(n), NULL, 0);                                \
    })

#define leat__syncmap_compare(op, map, key, was, n, ...)                      \
    ({                                                                        \
        LEAT__SYNC_OPERANDS(map, n, key);                                     \
        LEAT__ASSERT(LEAT__KEY_CLASS(LEAT__T(n)) != LEAT__KEY_RECORD,         \
            "structs cannot be compared");                                    \
        LEAT__STRICT                                                          \
        LEAT__T(n) LEAT__I(n) = (was);                                        \
        LEAT__T(n) LEAT__V(n) =                                               \
            (op) == LEAT__SYNC_COMPARE_SWAP ? (__VA_ARGS__) : LEAT__I(n);     \
        LEAT__STRICT_END                                                      \
        leat__syncmap_do((struct leat_syncmap *)LEAT__S(n), op, &LEAT__K(n),  \
            NULL, &LEAT__V(n), &LEAT__I(n), LEAT__KEY_CLASS(LEAT__T(n)));     \
    })

#define LEAT__SYNCMAP_OF(K, V, m)                                             \
    ({                                                                        \
        LEAT__STRICT                                                          \
        leat_syncmap(K, V) leat__m = (m);                                     \
        LEAT__STRICT_END                                                      \
        (struct leat_syncmap *)leat__m;                                       \
    })

#define leat__syncmap_range(K, k, V, v, m, n)                                 \
    for (struct leat__syncrange LEAT__I(n) = leat__syncrange_begin(           \
                                    LEAT__SYNCMAP_OF(K, V, m)),               \
                                *LEAT__J(n) = &LEAT__I(n);                    \
         LEAT__J(n) != NULL; LEAT__J(n) = NULL)                               \
        for (__typeof__(V) v, *LEAT__P(n) = &v; LEAT__P(n) != NULL;           \
             LEAT__P(n) = NULL)                                               \
            for (__typeof__(K) k;                                             \
                 leat__syncrange_next(&LEAT__I(n), &k, LEAT__P(n));)

#endif
