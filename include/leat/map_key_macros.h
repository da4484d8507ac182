// SPDX-License-Identifier: MIT
// leat/map_key_macros.h: what the types of a map's keys and values are, and
// of which class a type of keys is. Not to be included or called by name.
//
// The type of a map gives the type of the values when it is called (nobody
// runs the call), also with a null pointer for the key. The type of the keys
// has to be guessed, and the guess checked by passing a pointer to it: in C
// _Generic tries those of numbers and strings, anything else has to be what
// the key itself is. In C++ a template takes the type apart.
//
// Lowest of the headers of macros. map_make_macros.h and map_macros.h come
// behind it, and leat/map.h includes both.
#ifndef LEAT__MAP_KEY_MACROS_H
#define LEAT__MAP_KEY_MACROS_H

#include <leat/map_key.h>

// Calls what m points to; for its type only.
#define LEAT__MAP_CALL(m, key) (*(m))((struct leat_map *)0, key)
#define LEAT__MAP_V(m) __typeof__(LEAT__MAP_CALL(m, 0))
#define LEAT__MAP_TEXT "this takes a map, of a type leat_map(K, V)"

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
template <class Map> struct leat__map_types;
template <class Key, class Value>
struct leat__map_types<Value (**)(struct leat_map *, Key *)> {
    typedef Key key;
    typedef Value value;
};
#define LEAT__MAP_K(m, k)                                                     \
    typename leat__map_types<__typeof__((m))>::key
// What is no map would otherwise be told by what the macros do with it.
#define LEAT__MAP_CHECK(m)                                                    \
    LEAT__HANDLE_CHECK(m, struct leat_map, LEAT__MAP_TEXT)
LEAT__HANDLE_ONLY(leat__map_only, struct leat_map, LEAT__MAP_TEXT);
#define LEAT__MAP(m) leat__map_only(m)

// whole: an array of them is one of integers.
template <class Type> struct leat__key_class {
    enum {
        value = LEAT__KEY_OTHER(*(Type *)0),
        whole = LEAT__IS_INTEGER(*(Type *)0)
    };
};
template <class Type, size_t Count> struct leat__key_class<Type[Count]> {
    enum {
        whole = leat__key_class<Type>::whole,
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
template <class Type> struct leat__bare { typedef Type type; };
template <class Type> struct leat__bare<const Type> { typedef Type type; };
template <class Type> struct leat__bare<volatile Type> { typedef Type type; };
template <class Type> struct leat__bare<const volatile Type> {
    typedef Type type;
};
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

// What is no map would otherwise be told by what the macros do with it.
#define LEAT__MAP_CHECK(m)                                                    \
    LEAT__HANDLE_CHECK(m, LEAT__MAP_TEXT,                                     \
        leat__this_takes_a_map, (struct leat_map *)0, 0)
#define LEAT__MAP(m) (LEAT__MAP_CHECK(m), (struct leat_map *)(m))

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

#define LEAT__KEY_CHECK(K)                                                    \
    LEAT__ASSERT(!LEAT__TYPE_IS_ARRAY(__typeof__(K)),                         \
        "an array cannot be a key: name it in LEAT_MAP_KEY of a struct");     \
    LEAT__ASSERT(LEAT__KEY_CLASS(K) != LEAT__KEY_RECORD ||                    \
            LEAT__IS_STRUCT(*(__typeof__(K) *)0),                             \
        "long double, complex numbers and vectors cannot be keys");           \
    LEAT__ASSERT(LEAT__KEY_CLASS(K) != LEAT__KEY_RECORD ||                    \
            !LEAT__IS_STRUCT(*(__typeof__(K) *)0),                            \
        "a struct as a key needs LEAT_MAP_KEY, see leat/map.h")

#endif
