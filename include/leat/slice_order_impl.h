// SPDX-License-Identifier: MIT
// leat/slice_order_impl.h: what stands behind the macros of leat/slice.h that
// compare elements, search and sort. Not to be included or called by name.
//
// As in leat/slice_impl.h each macro evaluates its operands once, into names
// made unique by n: s a slice, p a pointer or a function, v a value, i j k l
// positions.
#ifndef LEAT__SLICE_ORDER_IMPL_H
#define LEAT__SLICE_ORDER_IMPL_H

#include <leat/slice_impl.h>

// Comparing elements. _Generic compiles every branch, so in each the operand
// of the other kind is replaced by something that compiles there as well.
// A NaN is less than a number, as in Go's cmp.Less.
#ifdef __cplusplus
template <class Type>
inline bool
leat__equal(const Type &a, const Type &b)
{
    return a == b;
}
template <class Type>
inline bool
leat__less(const Type &a, const Type &b)
{
    return !(a >= b) && b == b;
}
#define LEAT__EQUAL(a, b) leat__equal(a, b)
#define LEAT__LESS(a, b) leat__less(a, b)
#define LEAT__COMPARED(x) (void)0
#else
#define LEAT__AS_STR(x)                                                       \
    _Generic((x), struct leat_str: (x), default: (struct leat_str){NULL, 0})
#define LEAT__AS_NUMBER(x) _Generic((x), struct leat_str: 0, default: (x))
#define LEAT__EQUAL(a, b)                                                     \
    _Generic((a),                                                             \
        struct leat_str: leat_str_equal(LEAT__AS_STR(a), LEAT__AS_STR(b)),    \
        default: LEAT__AS_NUMBER(a) == LEAT__AS_NUMBER(b))
#define LEAT__LESS(a, b)                                                      \
    _Generic((a),                                                             \
        struct leat_str: leat_str_compare(                                    \
            LEAT__AS_STR(a), LEAT__AS_STR(b)) < 0,                            \
        default: !(LEAT__AS_NUMBER(a) >= LEAT__AS_NUMBER(b)) &&               \
            LEAT__AS_NUMBER(b) == LEAT__AS_NUMBER(b))
#define LEAT__COMPARED(x)                                                     \
    LEAT__ASSERT(_Generic((x), struct leat_str: 1,                            \
                     default: __builtin_classify_type(x) <                    \
                         LEAT__CLASS_RECORD),                                 \
        "structs are compared by a function: see the form with _func")
#endif

// Whether they are equal, where `same` tells it of the elements i.
#define LEAT__ALL_EQUAL(n, same)                                              \
    bool LEAT__V(n) = LEAT__S(n).len == LEAT__L(n).len;                       \
    for (int64_t LEAT__I(n) = 0; LEAT__V(n) && LEAT__I(n) < LEAT__L(n).len;   \
         LEAT__I(n)++)                                                        \
        LEAT__V(n) = (same);                                                  \
    LEAT__V(n)

#define leat__slice_equal(slice, other, n)                                    \
    ({                                                                        \
        LEAT__TWO(slice, other, n)                                            \
        LEAT__COMPARED(LEAT__S(n).ptr[0]);                                    \
        LEAT__ALL_EQUAL(n, LEAT__EQUAL(LEAT__S(n).ptr[LEAT__I(n)],            \
            LEAT__P(n)[LEAT__I(n)]));                                         \
    })

#define leat__slice_equal_func(slice, other, same, n)                         \
    ({                                                                        \
        LEAT__TWO(slice, other, n)                                            \
        LEAT__STRICT                                                          \
        bool (*LEAT__K(n))(const LEAT__ELEM(LEAT__S(n)) *,                    \
            const LEAT__ELEM(LEAT__S(n)) *) = (same);                         \
        LEAT__STRICT_END                                                      \
        LEAT__ALL_EQUAL(n, LEAT__K(n)(&LEAT__S(n).ptr[LEAT__I(n)],            \
            &LEAT__P(n)[LEAT__I(n)]));                                        \
    })

#define leat__slice_index(slice, n, ...)                                      \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        LEAT__STRICT                                                          \
        LEAT__STR_CHECK(LEAT__ELEM(LEAT__S(n)), (__VA_ARGS__))                \
        LEAT__ELEM(LEAT__S(n)) LEAT__V(n) = (__VA_ARGS__);                    \
        LEAT__STRICT_END                                                      \
        LEAT__COMPARED(LEAT__V(n));                                           \
        int64_t LEAT__I(n) = 0;                                               \
        while (LEAT__I(n) < LEAT__S(n).len &&                                 \
            !(LEAT__EQUAL(LEAT__S(n).ptr[LEAT__I(n)], LEAT__V(n))))           \
            LEAT__I(n)++;                                                     \
        LEAT__I(n) < LEAT__S(n).len ? LEAT__I(n) : -1;                        \
    })

#define leat__slice_index_func(slice, wanted, n)                              \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        LEAT__STRICT                                                          \
        bool (*LEAT__P(n))(const LEAT__ELEM(LEAT__S(n)) *) = (wanted);        \
        LEAT__STRICT_END                                                      \
        int64_t LEAT__I(n) = 0;                                               \
        while (LEAT__I(n) < LEAT__S(n).len &&                                 \
            !LEAT__P(n)(&LEAT__S(n).ptr[LEAT__I(n)]))                         \
            LEAT__I(n)++;                                                     \
        LEAT__I(n) < LEAT__S(n).len ? LEAT__I(n) : -1;                        \
    })

// Keeps the elements i, from `first` on, for which `drop` is false, clears the
// others' places.
#define LEAT__COMPACT(n, first, drop)                                         \
    int64_t LEAT__J(n) = (first);                                             \
    for (int64_t LEAT__I(n) = LEAT__J(n); LEAT__I(n) < LEAT__S(n).len;        \
         LEAT__I(n)++) {                                                      \
        if (!(drop))                                                          \
            LEAT__S(n).ptr[LEAT__J(n)++] = LEAT__S(n).ptr[LEAT__I(n)];        \
    }                                                                         \
    if (LEAT__J(n) < LEAT__S(n).len)                                          \
        __builtin_memset((void *)&LEAT__S(n).ptr[LEAT__J(n)], 0,              \
            (size_t)(LEAT__S(n).len - LEAT__J(n)) * LEAT__SIZE(LEAT__S(n)));  \
    LEAT__S(n).len = LEAT__J(n);                                              \
    LEAT__KEEP(LEAT__S(n), n)

#define leat__slice_compact(slice, n)                                         \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        LEAT__COMPARED(LEAT__S(n).ptr[0]);                                    \
        LEAT__COMPACT(n, LEAT__S(n).len > 0,                                  \
            LEAT__EQUAL(LEAT__S(n).ptr[LEAT__I(n)],                           \
                LEAT__S(n).ptr[LEAT__I(n) - 1]));                             \
    }) LEAT__KEPT

#define leat__slice_compact_func(slice, same, n)                              \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        LEAT__STRICT                                                          \
        bool (*LEAT__P(n))(const LEAT__ELEM(LEAT__S(n)) *,                    \
            const LEAT__ELEM(LEAT__S(n)) *) = (same);                         \
        LEAT__STRICT_END                                                      \
        LEAT__COMPACT(n, LEAT__S(n).len > 0,                                  \
            LEAT__P(n)(&LEAT__S(n).ptr[LEAT__I(n)],                           \
                &LEAT__S(n).ptr[LEAT__I(n) - 1]));                            \
    }) LEAT__KEPT

#define leat__slice_delete_func(slice, unwanted, n)                           \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        LEAT__STRICT                                                          \
        bool (*LEAT__P(n))(const LEAT__ELEM(LEAT__S(n)) *) = (unwanted);      \
        LEAT__STRICT_END                                                      \
        LEAT__COMPACT(n, 0, LEAT__P(n)(&LEAT__S(n).ptr[LEAT__I(n)]));         \
    }) LEAT__KEPT

#define leat__slice_reverse(slice, n)                                         \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        for (int64_t LEAT__I(n) = 0, LEAT__J(n) = LEAT__S(n).len - 1;         \
             LEAT__I(n) < LEAT__J(n); LEAT__I(n)++, LEAT__J(n)--) {           \
            LEAT__ELEM(LEAT__S(n)) LEAT__V(n) =                               \
                LEAT__S(n).ptr[LEAT__I(n)];                                   \
            LEAT__S(n).ptr[LEAT__I(n)] = LEAT__S(n).ptr[LEAT__J(n)];          \
            LEAT__S(n).ptr[LEAT__J(n)] = LEAT__V(n);                          \
        }                                                                     \
    })

#define LEAT__ORDER_ADVICE                                                    \
    "only numbers and strings have an order: see leat_slice_sort_func"
#ifdef __cplusplus
#define LEAT__X(name, T)                                                      \
    inline void leat__sort_any(T *a, int64_t n) { leat__sort_##name(a, n); }  \
    inline int64_t leat__extreme_any(const T *a, int64_t n, bool largest)     \
    {                                                                         \
        return leat__extreme_##name(a, n, largest);                           \
    }
LEAT__SLICE_NUMBERS(LEAT__X)
LEAT__X(str, struct leat_str)
#undef LEAT__X
template <class Type>
inline void
leat__sort_any(Type *, int64_t)
{
    static_assert(sizeof(Type) == 0, LEAT__ORDER_ADVICE);
}
template <class Type>
inline int64_t
leat__extreme_any(const Type *, int64_t, bool)
{
    static_assert(sizeof(Type) == 0, LEAT__ORDER_ADVICE);
    return 0;
}
#define LEAT__SORT_OF(p) leat__sort_any
#define LEAT__EXTREME_OF(p) leat__extreme_any
#define LEAT__HAS_ORDER(of)
#else
#define LEAT__SORT_ENTRY(name, T) T *: leat__sort_##name,
#define LEAT__SORT_OF(p)                                                      \
    _Generic((p), LEAT__SLICE_NUMBERS(LEAT__SORT_ENTRY) struct leat_str *     \
             : leat__sort_str, default: leat__no_order)
#define LEAT__EXTREME_ENTRY(name, T) T *: leat__extreme_##name,
#define LEAT__EXTREME_OF(p)                                                   \
    _Generic((p), LEAT__SLICE_NUMBERS(LEAT__EXTREME_ENTRY) struct leat_str *  \
             : leat__extreme_str, default: leat__no_order)
// For the elements that LEAT__HAS_ORDER refuses.
LEAT__SLICE_MOVE int
leat__no_order(void *a, ...)
{
    return a == NULL;
}
#define LEAT__HAS_ORDER(of)                                                   \
    _Static_assert(!__builtin_types_compatible_p(                             \
                       __typeof__(of), int(void *, ...)),                     \
        LEAT__ORDER_ADVICE);
#endif

#define leat__slice_sort(slice, n)                                            \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        LEAT__HAS_ORDER(LEAT__SORT_OF(LEAT__S(n).ptr))                        \
        LEAT__SORT_OF(LEAT__S(n).ptr)(LEAT__S(n).ptr, LEAT__S(n).len);        \
    })

#define leat__slice_extreme(slice, max, n)                                    \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        LEAT__HAS_ORDER(LEAT__EXTREME_OF(LEAT__S(n).ptr))                     \
        LEAT__S(n).ptr[LEAT__EXTREME_OF(LEAT__S(n).ptr)(                      \
            LEAT__S(n).ptr, LEAT__S(n).len, max)];                            \
    })

// A comparison of elements of s, named p.
#define LEAT__CMP(cmp, n)                                                     \
    LEAT__STRICT                                                              \
    int (*LEAT__P(n))(const LEAT__ELEM(LEAT__S(n)) *,                         \
        const LEAT__ELEM(LEAT__S(n)) *) = (cmp);                              \
    LEAT__STRICT_END

// The order of s and of what leat__slice_compare calls p and l, where `one` is
// that of the elements i.
#define LEAT__ORDER(n, one)                                                   \
    int LEAT__V(n) = 0;                                                       \
    int64_t LEAT__I(n) = 0;                                                   \
    for (; LEAT__V(n) == 0 && LEAT__I(n) < LEAT__S(n).len &&                  \
         LEAT__I(n) < LEAT__L(n).len;                                         \
         LEAT__I(n)++)                                                        \
        LEAT__V(n) = (one);                                                   \
    LEAT__V(n) != 0 ? LEAT__V(n)                                              \
                    : (LEAT__S(n).len > LEAT__L(n).len) -                     \
            (LEAT__S(n).len < LEAT__L(n).len)

#define leat__slice_compare(slice, other, n)                                  \
    ({                                                                        \
        LEAT__TWO(slice, other, n)                                            \
        LEAT__COMPARED(LEAT__S(n).ptr[0]);                                    \
        LEAT__ORDER(n, (LEAT__LESS(LEAT__P(n)[LEAT__I(n)],                    \
                           LEAT__S(n).ptr[LEAT__I(n)])) -                     \
                (LEAT__LESS(LEAT__S(n).ptr[LEAT__I(n)],                       \
                    LEAT__P(n)[LEAT__I(n)])));                                \
    })

#define leat__slice_compare_func(slice, other, cmp, n)                        \
    ({                                                                        \
        LEAT__TWO(slice, other, n)                                            \
        LEAT__STRICT                                                          \
        int (*LEAT__K(n))(const LEAT__ELEM(LEAT__S(n)) *,                     \
            const LEAT__ELEM(LEAT__S(n)) *) = (cmp);                          \
        LEAT__STRICT_END                                                      \
        LEAT__ORDER(n, LEAT__K(n)(&LEAT__S(n).ptr[LEAT__I(n)],                \
            &LEAT__P(n)[LEAT__I(n)]));                                        \
    })

#define leat__slice_extreme_func(slice, cmp, max, n)                          \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        LEAT__CMP(cmp, n)                                                     \
        LEAT__S(n).ptr[leat__extreme_func((const void *)LEAT__S(n).ptr,       \
            LEAT__S(n).len, LEAT__SIZE(LEAT__S(n)),                           \
            (int (*)(const void *, const void *))LEAT__P(n), max)];           \
    })

#define leat__slice_sort_func(slice, cmp, sort, n)                            \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        LEAT__CMP(cmp, n)                                                     \
        sort((void *)LEAT__S(n).ptr, LEAT__S(n).len, LEAT__SIZE(LEAT__S(n)),  \
            (int (*)(const void *, const void *))LEAT__P(n));                 \
    })

#define LEAT__IS_SORTED(n, before)                                            \
    int64_t LEAT__I(n) = 1;                                                   \
    while (LEAT__I(n) < LEAT__S(n).len && !(before))                          \
        LEAT__I(n)++;                                                         \
    LEAT__I(n) >= LEAT__S(n).len

#define leat__slice_is_sorted(slice, n)                                       \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        LEAT__COMPARED(LEAT__S(n).ptr[0]);                                    \
        LEAT__IS_SORTED(n, LEAT__LESS(LEAT__S(n).ptr[LEAT__I(n)],             \
            LEAT__S(n).ptr[LEAT__I(n) - 1]));                                 \
    })

#define leat__slice_is_sorted_func(slice, cmp, n)                             \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        LEAT__CMP(cmp, n)                                                     \
        LEAT__IS_SORTED(n, LEAT__P(n)(&LEAT__S(n).ptr[LEAT__I(n)],            \
            &LEAT__S(n).ptr[LEAT__I(n) - 1]) < 0);                            \
    })

// The first position k for which `before` is false, in s, where it is true
// for the beginning.
#define LEAT__BISECT(n, before)                                               \
    int64_t LEAT__I(n) = 0, LEAT__J(n) = LEAT__S(n).len;                      \
    while (LEAT__I(n) < LEAT__J(n)) {                                         \
        int64_t LEAT__K(n) =                                                  \
            LEAT__I(n) + (LEAT__J(n) - LEAT__I(n)) / 2;                       \
        if (before)                                                           \
            LEAT__I(n) = LEAT__K(n) + 1;                                      \
        else                                                                  \
            LEAT__J(n) = LEAT__K(n);                                          \
    }

#define leat__slice_search(slice, v, found, n)                                \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        LEAT__STRICT                                                          \
        LEAT__ELEM(LEAT__S(n)) LEAT__V(n) = (v);                              \
        bool *LEAT__L(n) = (found);                                           \
        LEAT__STRICT_END                                                      \
        LEAT__COMPARED(LEAT__V(n));                                           \
        LEAT__BISECT(                                                         \
            n, LEAT__LESS(LEAT__S(n).ptr[LEAT__K(n)], LEAT__V(n)))            \
        if (LEAT__L(n) != NULL)                                               \
            *LEAT__L(n) = LEAT__I(n) < LEAT__S(n).len &&                      \
                !(LEAT__LESS(LEAT__V(n), LEAT__S(n).ptr[LEAT__I(n)]));        \
        LEAT__I(n);                                                           \
    })

#define leat__slice_search_func(slice, v, cmp, found, n)                      \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        LEAT__CMP(cmp, n)                                                     \
        LEAT__STRICT                                                          \
        const LEAT__ELEM(LEAT__S(n)) *LEAT__V(n) = (v);                       \
        bool *LEAT__L(n) = (found);                                           \
        LEAT__STRICT_END                                                      \
        LEAT__BISECT(                                                         \
            n, LEAT__P(n)(&LEAT__S(n).ptr[LEAT__K(n)], LEAT__V(n)) < 0)       \
        if (LEAT__L(n) != NULL)                                               \
            *LEAT__L(n) = LEAT__I(n) < LEAT__S(n).len &&                      \
                LEAT__P(n)(&LEAT__S(n).ptr[LEAT__I(n)], LEAT__V(n)) == 0;     \
        LEAT__I(n);                                                           \
    })

#endif
