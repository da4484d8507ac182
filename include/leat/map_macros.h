// SPDX-License-Identifier: MIT
// leat/map_macros.h: the macros behind leat/map.h that work on a map: its
// entries, and iterating. Not to be included or called by name.
//
// Each evaluates its operands once, into names made unique by n: s the map, k
// a key, p a pointer to a value, v a value.
//
// Rejected: operands of put that are told apart behind the preprocessor, so
// that a key may have commas outside of parentheses. The value may have them
// too; the initializer of a struct of both would take `1, 2` for the fields of
// either; and the type of a key that is a struct is known from the key alone.
#ifndef LEAT__MAP_MACROS_H
#define LEAT__MAP_MACROS_H

#include <leat/map_fast.h>
#include <leat/map_iter.h>
#include <leat/map_key_macros.h>

// The map in s and the key in k, of the map's types.
#define LEAT__MAP_OPERANDS(map, n, ...)                                       \
    LEAT__AUTO LEAT__S(n) = (map);                                            \
    LEAT__MAP_CHECK(LEAT__S(n));                                              \
    LEAT__STRICT                                                              \
    typedef LEAT__MAP_K(LEAT__S(n), (__VA_ARGS__)) LEAT__KEY(n);              \
    LEAT__TEXT_CHECK(LEAT__KEY(n), (__VA_ARGS__))                             \
    LEAT__KEY(n) LEAT__K(n) = (__VA_ARGS__);                                  \
    (void)sizeof(LEAT__MAP_CALL(LEAT__S(n), &LEAT__K(n)), 0);                 \
    LEAT__STRICT_END                                                          \
    typedef LEAT__MAP_V(LEAT__S(n)) LEAT__T(n)

// The calls stand here, on the line of the program, for traces.
#define LEAT__MAP_FOUND(n)                                                    \
    ({                                                                        \
        bool LEAT__J(n);                                                      \
        void *LEAT__I(n) = leat__map_find((struct leat_map *)LEAT__S(n),      \
            &LEAT__K(n), LEAT__KEY_CLASS(LEAT__K(n)), sizeof LEAT__K(n),      \
            LEAT__ELEM_SIZE(LEAT__T(n)), &LEAT__J(n));                        \
        if (LEAT__J(n))                                                       \
            LEAT__I(n) = LEAT__MAP_FIND_SLOW(                                 \
                (struct leat_map *)LEAT__S(n), &LEAT__K(n),                   \
                LEAT__KEY_CLASS(LEAT__K(n)), sizeof LEAT__K(n));              \
        (LEAT__T(n) *)LEAT__I(n);                                             \
    })

#define LEAT__MAP_ADDED(n)                                                    \
    ({                                                                        \
        void *LEAT__I(n) = leat__map_put_number(                              \
            (struct leat_map *)LEAT__S(n), &LEAT__K(n),                       \
            LEAT__KEY_CLASS(LEAT__K(n)), sizeof LEAT__K(n),                   \
            LEAT__ELEM_SIZE(LEAT__T(n)));                                     \
        if (LEAT__I(n) == NULL)                                               \
            LEAT__I(n) = LEAT__MAP_ASSIGN((struct leat_map *)LEAT__S(n),      \
                &LEAT__K(n), LEAT__KEY_CLASS(LEAT__K(n)), sizeof LEAT__K(n)); \
        (LEAT__T(n) *)LEAT__I(n);                                             \
    })

#define LEAT__MAP_REMOVED(n)                                                  \
    ({                                                                        \
        struct leat__map_at LEAT__I(n);                                       \
        bool LEAT__J(n);                                                      \
        char *LEAT__P(n) = leat__map_look((struct leat_map *)LEAT__S(n),      \
            &LEAT__K(n), LEAT__KEY_CLASS(LEAT__K(n)), sizeof LEAT__K(n),      \
            LEAT__ELEM_SIZE(LEAT__T(n)), &LEAT__I(n), &LEAT__J(n));           \
        LEAT__P(n) != NULL                                                    \
            ? leat__map_erase((struct leat_map *)LEAT__S(n), LEAT__I(n).b,    \
                  LEAT__I(n).s)                                               \
            : LEAT__J(n) &&                                                   \
                leat__map_delete(                                             \
                    (struct leat_map *)LEAT__S(n), &LEAT__K(n));              \
    })

#define leat__map_get(map, n, ...)                                            \
    ({                                                                        \
        LEAT__MAP_OPERANDS(map, n, __VA_ARGS__);                              \
        LEAT__T(n) LEAT__V(n), *LEAT__P(n) = LEAT__MAP_FOUND(n);              \
        if (LEAT__P(n) != NULL)                                               \
            LEAT__V(n) = *LEAT__P(n);                                         \
        else                                                                  \
            __builtin_memset((void *)&LEAT__V(n), 0, sizeof LEAT__V(n));      \
        LEAT__V(n);                                                           \
    })

#define leat__map_get_ok(map, key, ptr, n)                                    \
    ({                                                                        \
        LEAT__MAP_OPERANDS(map, n, key);                                      \
        LEAT__STRICT                                                          \
        LEAT__T(n) *LEAT__V(n) = (ptr);                                       \
        LEAT__STRICT_END                                                      \
        LEAT__T(n) *LEAT__P(n) = LEAT__MAP_FOUND(n);                          \
        if (LEAT__V(n) != NULL && LEAT__P(n) != NULL)                         \
            *LEAT__V(n) = *LEAT__P(n);                                        \
        else if (LEAT__V(n) != NULL)                                          \
            __builtin_memset((void *)LEAT__V(n), 0, sizeof *LEAT__V(n));      \
        LEAT__P(n) != NULL;                                                   \
    })

#define leat__map_find_key(map, n, ...)                                       \
    ({                                                                        \
        LEAT__MAP_OPERANDS(map, n, __VA_ARGS__);                              \
        LEAT__MAP_FOUND(n);                                                   \
    })

#define leat__map_at(map, n, ...)                                             \
    ({                                                                        \
        LEAT__MAP_OPERANDS(map, n, __VA_ARGS__);                              \
        LEAT__MAP_ADDED(n);                                                   \
    })

// The value is evaluated before the map is touched, as in Go.
#define leat__map_put(map, key, n, ...)                                       \
    ({                                                                        \
        LEAT__MAP_OPERANDS(map, n, key);                                      \
        LEAT__STRICT                                                          \
        LEAT__T(n) LEAT__V(n) = (__VA_ARGS__);                                \
        LEAT__STRICT_END                                                      \
        *LEAT__MAP_ADDED(n) = LEAT__V(n);                                     \
        (void)0;                                                              \
    })

#define leat__map_try_put(map, key, n, ...)                                   \
    ({                                                                        \
        LEAT__MAP_OPERANDS(map, n, key);                                      \
        LEAT__STRICT                                                          \
        LEAT__T(n) LEAT__V(n) = (__VA_ARGS__);                                \
        LEAT__STRICT_END                                                      \
        LEAT__T(n) *LEAT__P(n) = (LEAT__T(n) *)leat__map_assign_try(          \
            (struct leat_map *)LEAT__S(n), &LEAT__K(n));                      \
        if (LEAT__P(n) != NULL)                                               \
            *LEAT__P(n) = LEAT__V(n);                                         \
        LEAT__P(n) != NULL ? 0 : (int)LEAT_ENOMEM;                            \
    })

#define leat__map_delete_key(map, n, ...)                                     \
    ({                                                                        \
        LEAT__MAP_OPERANDS(map, n, __VA_ARGS__);                              \
        LEAT__MAP_REMOVED(n);                                                 \
    })

// Iterating ------------------------------------------------------------------

// A map of exactly these types.
#define LEAT__MAP_OF(K, V, m, n)                                              \
    ({                                                                        \
        LEAT__STRICT                                                          \
        leat_map(K, V) LEAT__CAT(leat__m, n) = (m);                           \
        LEAT__STRICT_END                                                      \
        (struct leat_map *)LEAT__CAT(leat__m, n);                             \
    })

// The two outer loops run once; a break ends the inner one, and with it all.
#define leat__map_range(K, k, V, v, m, n)                                     \
    for (struct leat__hiter LEAT__I(n),                                       \
             *LEAT__J(n) = (leat__map_begin(                                  \
                                LEAT__MAP_OF(K, V, m, n), &LEAT__I(n)),       \
                 &LEAT__I(n));                                                \
         LEAT__J(n) != NULL; LEAT__J(n) = NULL)                               \
        for (__typeof__(V) v, *LEAT__P(n) = &v; LEAT__P(n) != NULL;           \
             LEAT__P(n) = NULL)                                               \
            for (__typeof__(K) k; leat__map_take(&LEAT__I(n), &k, sizeof k,   \
                     LEAT__P(n), LEAT__ELEM_SIZE(__typeof__(V)));             \
                 leat__map_next(&LEAT__I(n), sizeof k,                        \
                     LEAT__ELEM_SIZE(__typeof__(V)))                          \
                     ? (void)0 : leat__mapiternext(&LEAT__I(n)))

// A new slice of one part of every entry, in s; the map in l.
#define leat__map_collect(S, map, n, check, part)                             \
    ({                                                                        \
        LEAT__AUTO LEAT__L(n) = (map);                                        \
        LEAT__MAP_CHECK(LEAT__L(n));                                          \
        LEAT__SLICE_VAR(S, LEAT__S(n));                                       \
        LEAT__STRICT                                                          \
        check;                                                                \
        LEAT__STRICT_END                                                      \
        struct leat_map *LEAT__T(n) = (struct leat_map *)LEAT__L(n);          \
        LEAT__S(n).ptr = NULL;                                                \
        LEAT__S(n).len = LEAT__S(n).cap = 0;                                  \
        if (leat__map_len(LEAT__T(n)) > 0)                                    \
            LEAT__S(n) =                                                      \
                leat_slice_make(LEAT__S(n), 0, leat__map_len(LEAT__T(n)));    \
        struct leat__hiter LEAT__I(n);                                        \
        leat__map_begin(LEAT__T(n), &LEAT__I(n));                             \
        for (; LEAT__I(n).key != NULL; leat__mapiternext(&LEAT__I(n)))        \
            LEAT__S(n).ptr[LEAT__S(n).len++] =                                \
                *(__typeof__(LEAT__S(n).ptr))LEAT__I(n).part;                 \
        LEAT__KEEP(LEAT__S(n), n);                                            \
    }) LEAT__KEPT
#define leat__map_keys(S, map, n)                                             \
    leat__map_collect(S, map, n,                                              \
        (void)sizeof(LEAT__MAP_CALL(LEAT__L(n), LEAT__S(n).ptr), 0), key)
#define leat__map_values(S, map, n)                                           \
    leat__map_collect(S, map, n,                                              \
        __typeof__(LEAT__MAP_V(LEAT__L(n))) *LEAT__P(n) = NULL;               \
        LEAT__S(n).ptr = LEAT__P(n), elem)

#define leat__map_copy_typed(dst, src, n)                                     \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (dst);                                        \
        LEAT__MAP_CHECK(LEAT__S(n));                                          \
        LEAT__STRICT                                                          \
        __typeof__(LEAT__S(n)) LEAT__L(n) = (src);                            \
        LEAT__STRICT_END                                                      \
        leat__map_copy((struct leat_map *)LEAT__S(n),                         \
            (struct leat_map *)LEAT__L(n), LEAT__ELEM_SIZE(LEAT__MAP_V(       \
                LEAT__S(n))));                                                \
    })

// Whether the maps have the same keys, with values j and p of which `same` is.
#define leat__map_equal_if(K, V, a, b, same, n)                               \
    ({                                                                        \
        struct leat_map *LEAT__S(n) = LEAT__MAP_OF(K, V, a, n);               \
        struct leat_map *LEAT__L(n) = LEAT__MAP_OF(K, V, b, n);               \
        bool LEAT__V(n) =                                                     \
            leat__map_len(LEAT__S(n)) == leat__map_len(LEAT__L(n));           \
        struct leat__hiter LEAT__I(n);                                        \
        leat__map_begin(LEAT__S(n), &LEAT__I(n));                             \
        for (; LEAT__V(n) && LEAT__I(n).key != NULL;                          \
             leat__mapiternext(&LEAT__I(n))) {                                \
            const __typeof__(V) *LEAT__P(n) =                                 \
                (const __typeof__(V) *)leat__map_find_slow(                   \
                    LEAT__L(n), LEAT__I(n).key);                              \
            const __typeof__(V) *LEAT__J(n) =                                 \
                (const __typeof__(V) *)LEAT__I(n).elem;                       \
            LEAT__V(n) = LEAT__P(n) != NULL && (same);                        \
        }                                                                     \
        LEAT__V(n);                                                           \
    })
#define leat__map_equal_by(K, V, a, b, n)                                     \
    leat__map_equal_if(                                                       \
        K, V, a, b, LEAT__EQUAL(*LEAT__J(n), *LEAT__P(n)), n)
#define leat__map_equal_func(K, V, a, b, same, n)                             \
    ({                                                                        \
        LEAT__STRICT                                                          \
        bool (*LEAT__K(n))(                                                   \
            const __typeof__(V) *, const __typeof__(V) *) = (same);           \
        LEAT__STRICT_END                                                      \
        leat__map_equal_if(                                                   \
            K, V, a, b, LEAT__K(n)(LEAT__J(n), LEAT__P(n)), n);               \
    })

#define leat__map_delete_if(K, V, m, fn, n)                                   \
    ({                                                                        \
        struct leat_map *LEAT__S(n) = LEAT__MAP_OF(K, V, m, n);               \
        LEAT__STRICT                                                          \
        bool (*LEAT__P(n))(const __typeof__(K) *, const __typeof__(V) *) =    \
            (fn);                                                             \
        LEAT__STRICT_END                                                      \
        struct leat__hiter LEAT__I(n);                                        \
        leat__map_begin(LEAT__S(n), &LEAT__I(n));                             \
        for (; LEAT__I(n).key != NULL; leat__mapiternext(&LEAT__I(n))) {      \
            __typeof__(K) LEAT__K(n);                                         \
            __builtin_memcpy(                                                 \
                &LEAT__K(n), LEAT__I(n).key, sizeof LEAT__K(n));              \
            if (LEAT__P(n)(                                                   \
                    &LEAT__K(n), (const __typeof__(V) *)LEAT__I(n).elem))     \
                leat__map_delete_given(LEAT__S(n), &LEAT__I(n));              \
        }                                                                     \
        (void)0;                                                              \
    })

#endif
