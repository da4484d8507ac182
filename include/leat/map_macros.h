// SPDX-License-Identifier: MIT
// leat/map_macros.h: the macros behind leat/map.h. Not to be included or
// called by name.
//
// Each evaluates its operands once, into names made unique by n: s the map, k
// a key, p a pointer to a value, v a value.
//
// The type of a map gives the type of the values when it is called (nobody
// runs the call), also with a null pointer for the key. The type of the keys
// has to be guessed, and the guess checked by passing a pointer to it: in C
// _Generic tries those of numbers and strings, anything else has to be what
// the key itself is. In C++ a template takes the type apart.
#ifndef LEAT__MAP_MACROS_H
#define LEAT__MAP_MACROS_H

// Included from leat/map.h.

// Calls what m points to; for its type only.
#define LEAT__MAP_CALL(m, key) (**(m))((struct leat_map *)0, key)
#define LEAT__MAP_V(m) __typeof__(LEAT__MAP_CALL(m, 0))
// Takes maps only: &***m is the address of a function, and of nothing else.
#define LEAT__MAP(m)                                                          \
    ((void)sizeof(&***(m)), (struct leat_map *)(m))

#define LEAT__KEY_TYPES(X, m)                                                 \
    X(m, bool) X(m, char) X(m, signed char) X(m, unsigned char) X(m, short)   \
    X(m, unsigned short) X(m, int) X(m, unsigned) X(m, long)                  \
    X(m, unsigned long) X(m, long long) X(m, unsigned long long) X(m, float)  \
    X(m, double) X(m, struct leat_str) X(m, char *) X(m, const char *)        \
    X(m, void *) X(m, const void *)

// What the compiler calls a type: up to 4 are kinds of integers, 5 is a
// pointer, 12 and 13 are structs and unions. What is neither, nor float, double
// or a string, cannot be a key: long double has bytes that do not count.
#define LEAT__IS_INTEGER(x)                                                   \
    (__builtin_classify_type(x) > 0 && __builtin_classify_type(x) < 5)
#define LEAT__IS_STRUCT(x)                                                    \
    (__builtin_classify_type(x) == 12 || __builtin_classify_type(x) == 13)
#define LEAT__KEY_OTHER(x)                                                    \
    (__builtin_classify_type(x) > 0 && __builtin_classify_type(x) < 8         \
            ? LEAT__KEY_BYTES                                                 \
            : LEAT__KEY_RECORD)

#ifdef __cplusplus
template <class M> struct leat__map_types;
template <class K, class V>
struct leat__map_types<V (**)(struct leat_map *, K *)> {
    typedef K key;
    typedef V value;
};
#define LEAT__MAP_K(m, k)                                                     \
    typename leat__map_types<__typeof__((m))>::key

// whole: an array of them is one of integers.
template <class T> struct leat__key_class {
    enum {
        value = LEAT__KEY_OTHER(*(T *)0),
        whole = LEAT__IS_INTEGER(*(T *)0)
    };
};
template <class T, size_t N> struct leat__key_class<T[N]> {
    enum {
        whole = leat__key_class<T>::whole,
        value = whole ? LEAT__KEY_BYTES : LEAT__KEY_RECORD
    };
};
#define LEAT__X(T, c)                                                         \
    template <> struct leat__key_class<T> { enum { value = c, whole = 0 }; };
LEAT__X(leat_str, LEAT__KEY_STR)
LEAT__X(char *, LEAT__KEY_CSTR)
LEAT__X(const char *, LEAT__KEY_CSTR)
LEAT__X(float, LEAT__KEY_FLOAT)
LEAT__X(double, LEAT__KEY_DOUBLE)
#undef LEAT__X
// A const double is a double.
template <class T> struct leat__bare { typedef T type; };
template <class T> struct leat__bare<const T> { typedef T type; };
template <class T> struct leat__bare<volatile T> { typedef T type; };
template <class T> struct leat__bare<const volatile T> { typedef T type; };
#define LEAT__KEY_CLASS(T)                                                    \
    ((int)leat__key_class<typename leat__bare<__typeof__(T)>::type>::value)
#define LEAT__TYPE_IS_ARRAY(T) (leat__is_array<T>::yes == 1)
#define LEAT__FIELD_CHECK(T)                                                  \
    LEAT__ASSERT(LEAT__KEY_CLASS(T) != LEAT__KEY_RECORD, LEAT__FIELD_TEXT)
#define LEAT__TEXT_CHECK(K, k)
#else
#define LEAT__MAP_K_ENTRY(m, T)                                               \
    LEAT__MAP_V(m) (**)(struct leat_map *, T *) : (T *)0,
#define LEAT__MAP_K(m, k)                                                     \
    __typeof__(*_Generic((m), LEAT__KEY_TYPES(LEAT__MAP_K_ENTRY, m)           \
        default: (__typeof__(0 ? (k) : (k)) *)0))

// An array becomes a pointer in an expression, and so another type.
#define LEAT__TYPE_IS_ARRAY(T)                                                \
    (__builtin_classify_type(*(T *)0) == 5 &&                                 \
        !__builtin_types_compatible_p(T, __typeof__(0 ? *(T *)0 : *(T *)0)))
// The class of a type of keys; a const double is a double. An array as a
// field is one of bytes.
#define LEAT__KEY_CLASS(T)                                                    \
    __builtin_choose_expr(LEAT__TYPE_IS_ARRAY(__typeof__(T)),                 \
        LEAT__KEY_BYTES,                                                      \
        _Generic(*(__typeof__(T) *)0, struct leat_str: LEAT__KEY_STR,         \
            char *: LEAT__KEY_CSTR, const char *: LEAT__KEY_CSTR,             \
            float: LEAT__KEY_FLOAT, double: LEAT__KEY_DOUBLE,                 \
            default: LEAT__KEY_OTHER(*(__typeof__(T) *)0)))

// The type of an array's elements; that of anything else is its own.
#define LEAT__ELEMENT(T)                                                      \
    __typeof__(*__builtin_choose_expr(LEAT__TYPE_IS_ARRAY(T), *(T *)0, (T *)0))
// Arrays of up to three dimensions.
#define LEAT__FIELD_CHECK(T)                                                  \
    typedef LEAT__ELEMENT(T) leat__row;                                       \
    typedef LEAT__ELEMENT(leat__row) leat__cell;                              \
    typedef LEAT__ELEMENT(leat__cell) leat__part;                             \
    LEAT__ASSERT(LEAT__TYPE_IS_ARRAY(T)                                       \
            ? LEAT__IS_INTEGER(*(leat__part *)0)                              \
            : LEAT__KEY_CLASS(T) != LEAT__KEY_RECORD,                         \
        LEAT__FIELD_TEXT)
// Otherwise only "invalid initializer" is said.
#define LEAT__TEXT_CHECK(K, k)                                                \
    LEAT__ASSERT(LEAT__KEY_CLASS(K) != LEAT__KEY_STR ||                       \
            !_Generic(k, char *: true, const char *: true, default: false),   \
        "keys are of type leat_str: LEAT_STR(\"...\"), leat_str_from_c");
#endif
#define LEAT__FIELD_TEXT                                                      \
    "a field that counts is of a type that could be a key itself, or an "     \
    "array of integers; of a struct name the fields"

#define LEAT__KEY(n) LEAT__CAT(leat__key, n)
#define LEAT__CLASS_IS(T, c) (LEAT__KEY_CLASS(T) == LEAT__KEY_##c)

// Making ----------------------------------------------------------------

#define LEAT__MAP_KIND(K)                                                     \
    (LEAT__CLASS_IS(K, STR) ? LEAT__MAP_STR                                   \
        : !LEAT__CLASS_IS(K, BYTES) ? LEAT__MAP_GENERIC                       \
        : sizeof(K) == 4 ? LEAT__MAP_32                                       \
        : sizeof(K) == 8 ? LEAT__MAP_64                                       \
                         : LEAT__MAP_GENERIC)
#define LEAT__KEY_FUNCTION(K, what)                                           \
    (LEAT__CLASS_IS(K, CSTR) ? leat__key_##what##_cstr                        \
        : LEAT__CLASS_IS(K, FLOAT) ? leat__key_##what##_float                 \
        : LEAT__CLASS_IS(K, DOUBLE) ? leat__key_##what##_double               \
                                    : leat__key_##what##_bytes)
// What an update does to the key: 0 and -0 are equal and differ, so the newer
// is written. Text stays: who owns it knows the pointer that was stored first,
// and the newer may lead to something that goes away.
#define LEAT__KEY_IS_REAL(K)                                                  \
    (LEAT__CLASS_IS(K, FLOAT) || LEAT__CLASS_IS(K, DOUBLE))
#define LEAT__KEY_IS_TEXT(K)                                                  \
    (LEAT__CLASS_IS(K, STR) || LEAT__CLASS_IS(K, CSTR))
#define LEAT__KEY_FLAGS(K)                                                    \
    (LEAT__KEY_IS_REAL(K) ? LEAT__MAP_KEY_UPDATE : LEAT__MAP_REFLEXIVE)

#define LEAT__MAPTYPE(K, V, kind, flags, hash, equal)                         \
    {sizeof(K), LEAT__ELEM_SIZE(V),                                           \
        LEAT__MAP_SLOT(sizeof(K), LEAT__ELEM_SIZE(V)),                        \
        LEAT__MAP_OFFSET(sizeof(K), LEAT__ELEM_SIZE(V)), (uint8_t)(kind),     \
        (uint8_t)((flags) |                                                   \
            LEAT__MAP_INDIRECT(sizeof(K), LEAT__ELEM_SIZE(V))),               \
        hash, equal}

#define LEAT__KEY_CHECK(K)                                                    \
    LEAT__ASSERT(!LEAT__TYPE_IS_ARRAY(__typeof__(K)),                         \
        "an array cannot be a key: name it in LEAT_MAP_KEY of a struct");     \
    LEAT__ASSERT(LEAT__KEY_CLASS(K) != LEAT__KEY_RECORD ||                    \
            LEAT__IS_STRUCT(*(__typeof__(K) *)0),                             \
        "long double, complex numbers and vectors cannot be keys");           \
    LEAT__ASSERT(LEAT__KEY_CLASS(K) != LEAT__KEY_RECORD ||                    \
            !LEAT__IS_STRUCT(*(__typeof__(K) *)0),                            \
        "a struct as a key needs LEAT_MAP_KEY, see leat/map.h")
#define LEAT__ALIGN_CHECK(K, V)                                               \
    LEAT__COPY_CHECK(__typeof__(K));                                          \
    LEAT__ASSERT(__alignof__(__typeof__(K)) <= LEAT__MAP_ALIGN_MAX &&         \
            __alignof__(__typeof__(V)) <= LEAT__MAP_ALIGN_MAX,                \
        "a map aligns keys and values to 16 bytes at most: keep pointers")

#define leat__make_map(K, V, hint, may_fail, n)                               \
    ({                                                                        \
        LEAT__KEY_CHECK(K);                                                   \
        LEAT__ALIGN_CHECK(K, V);                                              \
        static const struct leat__maptype LEAT__T(n) =                        \
            LEAT__MAPTYPE(__typeof__(K), __typeof__(V), LEAT__MAP_KIND(K),    \
                LEAT__KEY_FLAGS(K), LEAT__KEY_FUNCTION(K, hash),              \
                LEAT__KEY_FUNCTION(K, equal));                                \
        (leat_map(K, V))leat__map_make(&LEAT__T(n), hint, may_fail);          \
    })

#define leat__make_map_key(name, V, hint, n)                                  \
    ({                                                                        \
        LEAT__RECORD_CHECK(name, V);                                          \
        static const struct leat__maptype LEAT__T(n) =                        \
            LEAT__RECORD_TYPE(name, V);                                       \
        (leat_map(LEAT__RECORD(name), V))leat__map_make(                      \
            &LEAT__T(n), hint, 0);                                            \
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

// Entries ------------------------------------------------------------------

// The map in s and the key in k, of the map's types.
#define LEAT__MAP_OPERANDS(map, n, ...)                                       \
    LEAT__AUTO LEAT__S(n) = (map);                                            \
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
        __typeof__(S) LEAT__S(n);                                             \
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
        LEAT__S(n);                                                           \
    })
#define leat__map_keys(S, map, n)                                             \
    leat__map_collect(S, map, n,                                              \
        (void)sizeof(LEAT__MAP_CALL(LEAT__L(n), LEAT__S(n).ptr), 0), key)
#define leat__map_values(S, map, n)                                           \
    leat__map_collect(S, map, n,                                              \
        __typeof__(LEAT__MAP_V(LEAT__L(n))) *LEAT__P(n) = NULL;               \
        LEAT__S(n).ptr = LEAT__P(n), elem)

#define leat__map_equal_by(K, V, a, b, n)                                     \
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
            LEAT__V(n) =                                                      \
                LEAT__P(n) != NULL && LEAT__EQUAL(*LEAT__J(n), *LEAT__P(n));  \
        }                                                                     \
        LEAT__V(n);                                                           \
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
