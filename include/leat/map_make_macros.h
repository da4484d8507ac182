// SPDX-License-Identifier: MIT
// leat/map_make_macros.h: making a map: the constant that describes its type,
// and LEAT_MAP_KEY, which lets a struct be a key. Not to be included or
// called by name.
//
// A struct is a key by a list of its fields, and never by its bytes, for no
// compiler tells where its padding is. What LEAT_MAP_KEY(name, ...) makes is
// name__hash, name__equal and name__flags for struct leat__maptype, and
// struct name__key, from which the type of the key is read back.
#ifndef LEAT__MAP_MAKE_MACROS_H
#define LEAT__MAP_MAKE_MACROS_H

#include <leat/map_key_macros.h>

#define LEAT__MAPTYPE(K, V, kind, flags, hash, equal)                         \
    {sizeof(K), LEAT__ELEM_SIZE(V),                                           \
        LEAT__MAP_SLOT(sizeof(K), LEAT__ELEM_SIZE(V)),                        \
        LEAT__MAP_OFFSET(sizeof(K), LEAT__ELEM_SIZE(V)), (uint8_t)(kind),     \
        (uint8_t)((flags) |                                                   \
            LEAT__MAP_INDIRECT(sizeof(K), LEAT__ELEM_SIZE(V))),               \
        hash, equal}

#define LEAT__ALIGN_CHECK(K, V)                                               \
    LEAT__COPY_CHECK(__typeof__(K));                                          \
    LEAT__ASSERT(__alignof__(__typeof__(K)) <= LEAT__MAP_ALIGN_MAX &&         \
            __alignof__(__typeof__(V)) <= LEAT__MAP_ALIGN_MAX,                \
        "a map aligns keys and values to 16 bytes at most: keep pointers")

// The type with its checks, as the constant LEAT__T(n).
#define LEAT__STATIC_MAPTYPE(K, V, n)                                         \
    LEAT__KEY_CHECK(K);                                                       \
    LEAT__ALIGN_CHECK(K, V);                                                  \
    static const struct leat__maptype LEAT__T(n) =                            \
        LEAT__MAPTYPE(__typeof__(K), __typeof__(V), LEAT__MAP_KIND(K),        \
            LEAT__KEY_FLAGS(K), LEAT__KEY_FUNCTION(K, hash),                  \
            LEAT__KEY_FUNCTION(K, equal))

#define leat__make_map(K, V, hint, may_fail, n)                               \
    ({                                                                        \
        LEAT__STATIC_MAPTYPE(K, V, n);                                        \
        (leat_map(K, V))leat__map_make(&LEAT__T(n), hint, may_fail);          \
    })

#define leat__make_map_key(name, V, hint, may_fail, n)                        \
    ({                                                                        \
        LEAT__RECORD_CHECK(name, V);                                          \
        static const struct leat__maptype LEAT__T(n) =                        \
            LEAT__RECORD_TYPE(name, V);                                       \
        (leat_map(LEAT__RECORD(name), V))leat__map_make(                      \
            &LEAT__T(n), hint, may_fail);                                     \
    })

// The type of the keys is that of what is in a struct. (A declaration of it
// once more makes place for a semicolon at the end.)
#define LEAT__RECORD(name) __typeof__(((struct name##__key *)0)->key)
#define LEAT__RECORD_CHECK(name, V)                                           \
    LEAT__ASSERT(LEAT__KEY_CLASS(LEAT__RECORD(name)) == LEAT__KEY_RECORD,     \
        "LEAT_MAP_KEY is for structs, see leat/map.h");                       \
    LEAT__ALIGN_CHECK(LEAT__RECORD(name), V)
#define LEAT__RECORD_TYPE(name, V)                                            \
    LEAT__MAPTYPE(struct name##__key, __typeof__(V), LEAT__MAP_GENERIC,       \
        name##__flags, name##__hash, name##__equal)

#define LEAT__MAP_KEY_FUNC(name, T, hash_function, equal_function)            \
    struct name##__key {                                                      \
        __typeof__(T) key;                                                    \
    };                                                                        \
    enum { name##__flags = LEAT__MAP_REFLEXIVE };                             \
    __attribute__((unused)) static inline uint64_t name##__hash(              \
        const struct leat__maptype *leat__t, const void *leat__key,           \
        uint64_t leat__seed)                                                  \
    {                                                                         \
        (void)leat__t;                                                        \
        return hash_function((const __typeof__(T) *)leat__key, leat__seed);   \
    }                                                                         \
    __attribute__((unused)) static inline bool name##__equal(                 \
        const struct leat__maptype *leat__t, const void *leat__a,             \
        const void *leat__b)                                                  \
    {                                                                         \
        (void)leat__t;                                                        \
        return equal_function(                                                \
            (const __typeof__(T) *)leat__a, (const __typeof__(T) *)leat__b);  \
    }                                                                         \
    struct name##__key

#define LEAT__FIELD_CLASS(T, f) LEAT__KEY_CLASS(((__typeof__(T) *)0)->f)
#define LEAT__FIELD_HASH(T, f)                                                \
    {                                                                         \
        typedef __typeof__(((__typeof__(T) *)0)->f) leat__field;              \
        LEAT__FIELD_CHECK(leat__field);                                       \
        leat__seed = leat__key_hash_field(                                    \
            &((const __typeof__(T) *)leat__key)->f, sizeof(leat__field),      \
            LEAT__FIELD_CLASS(T, f), leat__seed);                             \
    }
#define LEAT__FIELD_EQUAL(T, f)                                               \
    &&leat__key_equal_field(&((const __typeof__(T) *)leat__a)->f,             \
        &((const __typeof__(T) *)leat__b)->f,                                 \
        sizeof(((const __typeof__(T) *)leat__a)->f), LEAT__FIELD_CLASS(T, f))
#define LEAT__FIELD_IS_REAL(T, f)                                             \
    || LEAT__KEY_IS_REAL(((__typeof__(T) *)0)->f)
#define LEAT__FIELD_IS_TEXT(T, f)                                             \
    || LEAT__KEY_IS_TEXT(((__typeof__(T) *)0)->f)

#define LEAT__MAP_KEY(name, T, ...)                                           \
    struct name##__key {                                                      \
        __typeof__(T) key;                                                    \
    };                                                                        \
    enum {                                                                    \
        name##__flags =                                                       \
            !(false LEAT__EACH(LEAT__FIELD_IS_REAL, T, __VA_ARGS__))          \
            ? LEAT__MAP_REFLEXIVE                                             \
            : (false LEAT__EACH(LEAT__FIELD_IS_TEXT, T, __VA_ARGS__))         \
            ? 0                                                               \
            : LEAT__MAP_KEY_UPDATE                                            \
    };                                                                        \
    __attribute__((unused)) static inline uint64_t name##__hash(              \
        const struct leat__maptype *leat__t, const void *leat__key,           \
        uint64_t leat__seed)                                                  \
    {                                                                         \
        (void)leat__t;                                                        \
        LEAT__EACH(LEAT__FIELD_HASH, T, __VA_ARGS__)                          \
        return leat__seed;                                                    \
    }                                                                         \
    __attribute__((unused)) static inline bool name##__equal(                 \
        const struct leat__maptype *leat__t, const void *leat__a,             \
        const void *leat__b)                                                  \
    {                                                                         \
        (void)leat__t;                                                        \
        return true LEAT__EACH(LEAT__FIELD_EQUAL, T, __VA_ARGS__);            \
    }                                                                         \
    struct name##__key

// X(T, field) for 1 to 8 fields.
#define LEAT__EACH(X, T, ...)                                                 \
    LEAT__EACH_PICK(__VA_ARGS__, 8, 7, 6, 5, 4, 3, 2, 1)(X, T, __VA_ARGS__)
#define LEAT__EACH_PICK(a, b, c, d, e, f, g, h, count, ...)                   \
    LEAT__CAT(LEAT__EACH_, count)
#define LEAT__EACH_1(X, T, a) X(T, a)
#define LEAT__EACH_2(X, T, a, ...) X(T, a) LEAT__EACH_1(X, T, __VA_ARGS__)
#define LEAT__EACH_3(X, T, a, ...) X(T, a) LEAT__EACH_2(X, T, __VA_ARGS__)
#define LEAT__EACH_4(X, T, a, ...) X(T, a) LEAT__EACH_3(X, T, __VA_ARGS__)
#define LEAT__EACH_5(X, T, a, ...) X(T, a) LEAT__EACH_4(X, T, __VA_ARGS__)
#define LEAT__EACH_6(X, T, a, ...) X(T, a) LEAT__EACH_5(X, T, __VA_ARGS__)
#define LEAT__EACH_7(X, T, a, ...) X(T, a) LEAT__EACH_6(X, T, __VA_ARGS__)
#define LEAT__EACH_8(X, T, a, ...) X(T, a) LEAT__EACH_7(X, T, __VA_ARGS__)

#endif
