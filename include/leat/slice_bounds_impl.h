// SPDX-License-Identifier: MIT
// leat/slice_bounds_impl.h: elements and parts of slices and arrays, and the
// checks of their bounds. Not to be included or called by name.
//
// One unsigned comparison catches a negative index as well. The operand goes
// through `| 0`, which only integers survive.
#ifndef LEAT__SLICE_BOUNDS_IMPL_H
#define LEAT__SLICE_BOUNDS_IMPL_H

#include <leat/slice_impl.h>

#ifdef LEAT_NO_BOUNDS
#define LEAT__OVER(x, limit) ((void)(x), (void)(limit), 0)
#else
#define LEAT__OVER(x, limit)                                                  \
    __builtin_expect((uint64_t)(x) > (uint64_t)(limit), 0)
#endif
#define LEAT__IS_UNSIGNED(x) ((__typeof__(x))-1 > 0)

// Written as two comparisons and a fact about lengths: the compiler makes one
// unsigned comparison of it, and none where it knows the two to hold, which
// gcc 12 does not see through a cast.
LEAT__SLICE_INLINE bool
leat__is_outside(int64_t i, int64_t len)
{
#ifdef LEAT_NO_BOUNDS
    (void)i, (void)len;
    return false;
#else
    if (len < 0)
        __builtin_unreachable();
    return __builtin_expect(i < 0 || i >= len, 0);
#endif
}

// The checks are macros, so that the call which panics stands on the line of
// the program, and the trace shows that. Their arguments are names and
// constants.

#define leat__check_index(i, length, is_unsigned)                             \
    do {                                                                      \
        if (leat__is_outside(i, length))                                      \
            leat__panic_bounds(LEAT__BOUNDS_INDEX, i, length, is_unsigned);   \
    } while (0)

// The bits of u tell which operands are unsigned; top is the code for the
// last one.
#define leat__check_sub(lo, hi, max, u, top)                                  \
    do {                                                                      \
        if (LEAT__OVER(hi, max))                                              \
            leat__panic_bounds(top, hi, max, ((u) & 2) != 0);                 \
        if (LEAT__OVER(lo, hi))                                               \
            leat__panic_bounds(LEAT__BOUNDS_SLICE_B, lo, hi, ((u) & 1) != 0); \
    } while (0)

#define leat__check_sub3(lo, hi, max, cap, u, top)                            \
    do {                                                                      \
        if (LEAT__OVER(max, cap))                                             \
            leat__panic_bounds(top, max, cap, ((u) & 4) != 0);                \
        if (LEAT__OVER(hi, max))                                              \
            leat__panic_bounds(LEAT__BOUNDS_SLICE3_B, hi, max, ((u) & 2) != 0);\
        if (LEAT__OVER(lo, hi))                                               \
            leat__panic_bounds(LEAT__BOUNDS_SLICE3_C, lo, hi, ((u) & 1) != 0);\
    } while (0)

#define leat__check_replace(i, j, len, cap)                                   \
    do {                                                                      \
        leat__check_sub(i, j, cap, 0, LEAT__BOUNDS_SLICE_ACAP);               \
        if (LEAT__OVER(j, len))                                               \
            leat__panic_bounds(LEAT__BOUNDS_SLICE_B, j, len, false);          \
    } while (0)

#define leat__at(slice, i, n)                                                 \
    (*({                                                                      \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        LEAT__AUTO LEAT__I(n) = (i) | 0;                                      \
        leat__check_index((int64_t)LEAT__I(n), LEAT__S(n).len,                \
            LEAT__IS_UNSIGNED(LEAT__I(n)));                                   \
        &LEAT__S(n).ptr[LEAT__I(n)];                                          \
    }))

// Cuts s to [lo, hi) with capacity to max. A part without capacity keeps the
// address: it would lie behind the array, where something else may live. (It
// also keeps a nil slice nil.)
#define LEAT__CUT(s, lo, hi, max)                                             \
    (s).cap = (max) - (int64_t)(lo);                                          \
    (s).len = (int64_t)(hi) - (int64_t)(lo);                                  \
    if ((s).cap != 0)                                                         \
    (s).ptr += (lo)

#define leat__sub(slice, lo, hi, n)                                           \
    leat__sub2(slice, lo, hi, LEAT__BOUNDS_SLICE_ACAP, n)

#define leat__sub2(slice, lo, hi, top, n)                                     \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        LEAT__AUTO LEAT__I(n) = (lo) | 0;                                     \
        LEAT__AUTO LEAT__J(n) = (hi) | 0;                                     \
        leat__check_sub((int64_t)LEAT__I(n), (int64_t)LEAT__J(n),             \
            LEAT__S(n).cap,                                                   \
            LEAT__IS_UNSIGNED(LEAT__I(n)) |                                   \
                LEAT__IS_UNSIGNED(LEAT__J(n)) << 1,                           \
            top);                                                             \
        LEAT__CUT(                                                            \
            LEAT__S(n), LEAT__I(n), LEAT__J(n), LEAT__S(n).cap);              \
        LEAT__KEEP(LEAT__S(n), n);                                            \
    }) LEAT__KEPT

#define leat__sub_from(slice, lo, n)                                          \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        LEAT__AUTO LEAT__I(n) = (lo) | 0;                                     \
        if (LEAT__OVER((int64_t)LEAT__I(n), LEAT__S(n).len))                  \
            leat__panic_bounds(LEAT__BOUNDS_SLICE_B, (int64_t)LEAT__I(n),     \
                LEAT__S(n).len, LEAT__IS_UNSIGNED(LEAT__I(n)));               \
        LEAT__CUT(LEAT__S(n), LEAT__I(n), LEAT__S(n).len,                     \
            LEAT__S(n).cap);                                                  \
        LEAT__KEEP(LEAT__S(n), n);                                            \
    }) LEAT__KEPT

#define leat__sub_to(slice, hi, n)                                            \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        LEAT__AUTO LEAT__J(n) = (hi) | 0;                                     \
        if (LEAT__OVER((int64_t)LEAT__J(n), LEAT__S(n).cap))                  \
            leat__panic_bounds(LEAT__BOUNDS_SLICE_ACAP,                       \
                (int64_t)LEAT__J(n), LEAT__S(n).cap,                          \
                LEAT__IS_UNSIGNED(LEAT__J(n)));                               \
        LEAT__S(n).len = (int64_t)LEAT__J(n);                                 \
        LEAT__KEEP(LEAT__S(n), n);                                            \
    }) LEAT__KEPT

#define leat__sub_max(slice, lo, hi, max, n)                                  \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        leat__sub3(LEAT__S(n), lo, hi, max, LEAT__BOUNDS_SLICE3_ACAP, n);     \
    }) LEAT__KEPT

// s is a name, not an expression.
#define leat__sub3(s, lo, hi, max, top, n)                                    \
    LEAT__AUTO LEAT__I(n) = (lo) | 0;                                         \
    LEAT__AUTO LEAT__J(n) = (hi) | 0;                                         \
    LEAT__AUTO LEAT__K(n) = (max) | 0;                                        \
    leat__check_sub3((int64_t)LEAT__I(n), (int64_t)LEAT__J(n),                \
        (int64_t)LEAT__K(n), (s).cap,                                         \
        LEAT__IS_UNSIGNED(LEAT__I(n)) | LEAT__IS_UNSIGNED(LEAT__J(n)) << 1 |  \
            LEAT__IS_UNSIGNED(LEAT__K(n)) << 2,                               \
        top);                                                                 \
    LEAT__CUT(s, LEAT__I(n), LEAT__J(n), (int64_t)LEAT__K(n));                \
    LEAT__KEEP(s, n)

// Arrays. The length is a constant; a pointer is not taken for an array.
#define LEAT__ARRAY_LEN(array)                                                \
    ((int64_t)(sizeof(array) / (sizeof((array)[0]) ? sizeof((array)[0]) : 1)) \
        + 0 * (int64_t)sizeof(LEAT__IS_ARRAY(array)))
#ifdef __cplusplus
#define LEAT__IS_ARRAY(array) char[leat__is_array<decltype(array)>::yes]
template <class Type> struct leat__is_array {
    enum { yes = -1 };
};
template <class Type, size_t Count> struct leat__is_array<Type[Count]> {
    enum { yes = 1 };
};
template <class Type, size_t Count> struct leat__is_array<Type (&)[Count]> {
    enum { yes = 1 };
};
#else
#define LEAT__IS_ARRAY(array)                                                 \
    struct {                                                                  \
        _Static_assert(!__builtin_types_compatible_p(                         \
                           __typeof__(array), __typeof__(&(array)[0])),       \
            "this takes an array, whose length is known, and no pointer");    \
        char one;                                                             \
    }
#endif

#define leat__slice_array(S, array, n)                                        \
    ({                                                                        \
        LEAT__SLICE_VAR(S, LEAT__S(n));                                       \
        LEAT__STRICT                                                          \
        LEAT__S(n).ptr = (array);                                             \
        LEAT__STRICT_END                                                      \
        LEAT__S(n).len = LEAT__S(n).cap = LEAT__ARRAY_LEN(array);             \
        LEAT__KEEP(LEAT__S(n), n);                                            \
    }) LEAT__KEPT

#define leat__array_at(array, i, n)                                           \
    (*({                                                                      \
        __typeof__(&(array)[0]) LEAT__P(n) = (array);                         \
        LEAT__AUTO LEAT__I(n) = (i) | 0;                                      \
        leat__check_index((int64_t)LEAT__I(n), LEAT__ARRAY_LEN(array),        \
            LEAT__IS_UNSIGNED(LEAT__I(n)));                                   \
        &LEAT__P(n)[LEAT__I(n)];                                              \
    }))

#define leat__array_sub(S, array, lo, hi, n)                                  \
    leat__sub2(leat_slice_array(S, array), lo, hi, LEAT__BOUNDS_SLICE_ALEN, n)

#define leat__array_sub_max(S, array, lo, hi, max, n)                         \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = leat_slice_array(S, array);                   \
        leat__sub3(LEAT__S(n), lo, hi, max, LEAT__BOUNDS_SLICE3_ALEN, n);     \
    }) LEAT__KEPT

#define leat__slice_to_array(slice, count, n)                                 \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        typedef LEAT__ELEM(LEAT__S(n)) LEAT__T(n)[count];                     \
        if (LEAT__OVER((int64_t)(count), LEAT__S(n).len))                     \
            leat__panic_bounds(LEAT__BOUNDS_CONVERT, LEAT__S(n).len,          \
                (int64_t)(count), false);                                     \
        (LEAT__T(n) *)LEAT__S(n).ptr;                                         \
    })

// The two outer loops run once; a break ends the inner one, and with it all.
#define leat__slice_range(i, v, slice, n)                                     \
    for (LEAT__AUTO LEAT__S(n) = (slice); LEAT__S(n).cap >= 0;                \
         LEAT__S(n).cap = -1)                                                 \
        for (LEAT__ELEM(LEAT__S(n)) v, *LEAT__P(n) = &v; LEAT__P(n) != NULL;  \
             LEAT__P(n) = NULL)                                               \
            for (int64_t i = 0; i < LEAT__S(n).len &&                         \
                 (v = LEAT__S(n).ptr[i], (void)v, true);                      \
                 i++)

#endif
