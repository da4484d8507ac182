// SPDX-License-Identifier: MIT
// leat/slice_impl.h: what stands behind the macros of leat/slice.h. Not to be
// included or called by name.
//
// Each macro evaluates its operands once, into names made unique by n (from
// __COUNTER__): s a slice, p a pointer, v a value, i j k l positions. What
// costs little is inline here; growing, sorting and panicking are calls that
// take ptr, len and cap apart, so that a slice in a local variable never
// needs an address.
//
// Bounds: one unsigned comparison catches a negative index as well. The
// operand goes through `| 0`, which only integers survive.
#ifndef LEAT__SLICE_IMPL_H
#define LEAT__SLICE_IMPL_H

// Included from leat/slice.h, after the types.

// A slice of something.
struct leat__slice {
    void *ptr;
    int64_t len, cap;
};

// Which index was wrong, and in what; Go's names for the cases.
enum leat__bounds {
    LEAT__BOUNDS_INDEX,       // s[x], y the length
    LEAT__BOUNDS_SLICE_ALEN,  // s[?:x], y the length of a string or array
    LEAT__BOUNDS_SLICE_ACAP,  // s[?:x], y the capacity
    LEAT__BOUNDS_SLICE_B,     // s[x:y]
    LEAT__BOUNDS_SLICE3_ALEN, // s[::x], y the length of an array
    LEAT__BOUNDS_SLICE3_ACAP, // s[::x], y the capacity
    LEAT__BOUNDS_SLICE3_B,    // s[:x:y]
    LEAT__BOUNDS_SLICE3_C,    // s[x:y:]
    LEAT__BOUNDS_CONVERT      // x the length of the slice, y of the array
};

// How the array of a slice is to be enlarged; bits.
enum leat__grow {
    LEAT__GROW_ZERO = 1, // the new elements are zeroed, not only what follows
    LEAT__GROW_OWN = 2,  // the old array goes away
    LEAT__GROW_TRY = 4   // out of memory or range: the cap stays
};

LEAT__BEGIN

LEAT_API LEAT__NORETURN void leat__panic_bounds(enum leat__bounds what,
    int64_t x, int64_t y, bool is_unsigned) __attribute__((cold));
LEAT_API void *leat__slice_alloc(
    size_t size, int64_t len, int64_t cap, bool may_fail);
LEAT_API void leat__slice_free(void *p, int64_t cap);
LEAT_API struct leat__slice leat__slice_more(void *ptr, int64_t len,
    int64_t cap, int64_t more, size_t size, unsigned how);
LEAT_API struct leat__slice leat__slice_push_all(void *ptr, int64_t len,
    int64_t cap, const void *from, int64_t n, size_t size);
LEAT_API struct leat__slice leat__slice_reserve(
    void *ptr, int64_t len, int64_t cap, int64_t n, size_t size);
LEAT_API struct leat__slice leat__slice_splice(void *ptr, int64_t len,
    int64_t cap, int64_t i, int64_t j, const void *from, int64_t n,
    size_t size);
LEAT_API struct leat__slice leat__slice_concat(
    const void *slices, int64_t count, size_t size);
LEAT_API struct leat__slice leat__slice_repeat(
    const void *ptr, int64_t len, int64_t n, size_t size);
LEAT_API void leat__slice_count_copy(int path);
LEAT_API void leat__sort_func(void *a, int64_t n, size_t size,
    int (*cmp)(const void *, const void *));
LEAT_API void leat__sort_stable_func(void *a, int64_t n, size_t size,
    int (*cmp)(const void *, const void *));

#define LEAT__X(name, T)                                                      \
    LEAT_API void leat__sort_##name(T *a, int64_t n);                         \
    LEAT_API int64_t leat__extreme_##name(const T *a, int64_t n, bool max);
LEAT__SLICE_NUMBERS(LEAT__X)
LEAT__X(str, struct leat_str)
#undef LEAT__X

LEAT__END

#define LEAT__SLICE_INLINE static inline __attribute__((always_inline, unused))
#define LEAT__SLICE_MOVE static inline __attribute__((unused))
// The third of its arguments: make3 when both a length and a capacity come
// first, make2 when there is only a length.
#define LEAT__SLICE_PICK(a, b, c, ...) c

// memmove. Up to 32 bytes without a call: loads that may overlap, then stores.
// (The benchmark Copy/8Byte takes 0.6 ns with it, 3.1 with a call.)
//
// gcc 12 follows each branch with sizes that the others are for, and warns.
#ifdef __GNUC__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Warray-bounds"
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wstringop-overflow"
#pragma GCC diagnostic ignored "-Wstringop-overread"
#endif
#endif
LEAT__SLICE_MOVE void
leat__move(void *to, const void *from, size_t n)
{
    char *d = (char *)to;
    const char *s = (const char *)from;
    if (n > 32) {
        __builtin_memmove(d, s, n);
    } else if (n >= 16) {
        uint64_t a[2], b[2];
        __builtin_memcpy(a, s, 16);
        __builtin_memcpy(b, s + n - 16, 16);
        __builtin_memcpy(d, a, 16);
        __builtin_memcpy(d + n - 16, b, 16);
    } else if (n >= 8) {
        uint64_t a, b;
        __builtin_memcpy(&a, s, 8);
        __builtin_memcpy(&b, s + n - 8, 8);
        __builtin_memcpy(d, &a, 8);
        __builtin_memcpy(d + n - 8, &b, 8);
    } else if (n >= 4) {
        uint32_t a, b;
        __builtin_memcpy(&a, s, 4);
        __builtin_memcpy(&b, s + n - 4, 4);
        __builtin_memcpy(d, &a, 4);
        __builtin_memcpy(d + n - 4, &b, 4);
    } else if (n > 0) {
        char a = s[0], b = s[n / 2], c = s[n - 1];
        d[0] = a;
        d[n / 2] = b;
        d[n - 1] = c;
    }
}
// memset to 0, likewise.
LEAT__SLICE_MOVE void
leat__wipe(void *at, size_t n)
{
    char *d = (char *)at;
    if (n > 32) {
        __builtin_memset(d, 0, n);
    } else if (n >= 16) {
        __builtin_memset(d, 0, 16);
        __builtin_memset(d + n - 16, 0, 16);
    } else if (n >= 8) {
        __builtin_memset(d, 0, 8);
        __builtin_memset(d + n - 8, 0, 8);
    } else if (n >= 4) {
        __builtin_memset(d, 0, 4);
        __builtin_memset(d + n - 4, 0, 4);
    } else if (n > 0) {
        d[0] = d[n / 2] = d[n - 1] = 0;
    }
}
#ifdef __GNUC__
#pragma GCC diagnostic pop
#endif

// The names a macro makes.
#define LEAT__S(n) LEAT__CAT(leat__s, n)
#define LEAT__T(n) LEAT__CAT(leat__t, n)
#define LEAT__V(n) LEAT__CAT(leat__v, n)
#define LEAT__P(n) LEAT__CAT(leat__p, n)
#define LEAT__I(n) LEAT__CAT(leat__i, n)
#define LEAT__J(n) LEAT__CAT(leat__j, n)
#define LEAT__K(n) LEAT__CAT(leat__k, n)
#define LEAT__L(n) LEAT__CAT(leat__l, n)

// The type and the size of an element of the slice s.
#define LEAT__ELEM(s) __typeof__(*(s).ptr)
#define LEAT__SIZE(s) LEAT__ELEM_SIZE(LEAT__ELEM(s))

// Another slice l of the same element type as s; its elements are at p.
#define LEAT__OTHER(other, n)                                                 \
    LEAT__AUTO LEAT__L(n) = (other);                                          \
    LEAT__STRICT                                                              \
    __typeof__(LEAT__S(n).ptr) LEAT__P(n) = LEAT__L(n).ptr;                   \
    LEAT__STRICT_END
#define LEAT__TWO(slice, other, n)                                            \
    LEAT__AUTO LEAT__S(n) = (slice);                                          \
    LEAT__OTHER(other, n)

#ifdef __cplusplus
// C++: leat_slice(T) for any T, the same types as in C for those on the list.
template <class T> struct leat__slice_type {
    struct type {
        T *ptr;
        int64_t len, cap;
    };
};
#define LEAT__X(name, T)                                                      \
    template <> struct leat__slice_type<T> {                                  \
        typedef struct leat_slice_##name type;                                \
    };
LEAT__SLICE_TYPES(LEAT__X)
#undef LEAT__X
#define leat_slice(T) typename leat__slice_type<T>::type
#endif

// Bounds ----------------------------------------------------------------

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
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        LEAT__AUTO LEAT__I(n) = (lo) | 0;                                     \
        LEAT__AUTO LEAT__J(n) = (hi) | 0;                                     \
        leat__check_sub((int64_t)LEAT__I(n), (int64_t)LEAT__J(n),             \
            LEAT__S(n).cap,                                                   \
            LEAT__IS_UNSIGNED(LEAT__I(n)) |                                   \
                LEAT__IS_UNSIGNED(LEAT__J(n)) << 1,                           \
            LEAT__BOUNDS_SLICE_ACAP);                                         \
        LEAT__CUT(                                                            \
            LEAT__S(n), LEAT__I(n), LEAT__J(n), LEAT__S(n).cap);              \
        LEAT__S(n);                                                           \
    })

#define leat__sub_from(slice, lo, n)                                          \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        LEAT__AUTO LEAT__I(n) = (lo) | 0;                                     \
        if (LEAT__OVER((int64_t)LEAT__I(n), LEAT__S(n).len))                  \
            leat__panic_bounds(LEAT__BOUNDS_SLICE_B, (int64_t)LEAT__I(n),     \
                LEAT__S(n).len, LEAT__IS_UNSIGNED(LEAT__I(n)));               \
        LEAT__CUT(LEAT__S(n), LEAT__I(n), LEAT__S(n).len,                     \
            LEAT__S(n).cap);                                                  \
        LEAT__S(n);                                                           \
    })

#define leat__sub_to(slice, hi, n)                                            \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        LEAT__AUTO LEAT__J(n) = (hi) | 0;                                     \
        if (LEAT__OVER((int64_t)LEAT__J(n), LEAT__S(n).cap))                  \
            leat__panic_bounds(LEAT__BOUNDS_SLICE_ACAP,                       \
                (int64_t)LEAT__J(n), LEAT__S(n).cap,                          \
                LEAT__IS_UNSIGNED(LEAT__J(n)));                               \
        LEAT__S(n).len = (int64_t)LEAT__J(n);                                 \
        LEAT__S(n);                                                           \
    })

#define leat__sub_max(slice, lo, hi, max, n)                                  \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        leat__sub3(LEAT__S(n), lo, hi, max, LEAT__BOUNDS_SLICE3_ACAP, n);     \
    })

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
    s

// Arrays. The length is a constant; a pointer is not taken for an array.
#define LEAT__ARRAY_LEN(array)                                                \
    ((int64_t)(sizeof(array) / (sizeof((array)[0]) ? sizeof((array)[0]) : 1)) \
        + 0 * (int64_t)sizeof(LEAT__IS_ARRAY(array)))
#ifdef __cplusplus
#define LEAT__IS_ARRAY(array) char[leat__is_array<decltype(array)>::yes]
template <class T> struct leat__is_array {
    enum { yes = -1 };
};
template <class T, size_t N> struct leat__is_array<T[N]> {
    enum { yes = 1 };
};
template <class T, size_t N> struct leat__is_array<T (&)[N]> {
    enum { yes = 1 };
};
#else
#define LEAT__IS_ARRAY(array)                                                 \
    char[__builtin_types_compatible_p(                                        \
        __typeof__(array), __typeof__(&(array)[0])) ? -1 : 1]
#endif

#define leat__slice_array(S, array, n)                                        \
    ({                                                                        \
        __typeof__(S) LEAT__S(n);                                             \
        LEAT__STRICT                                                          \
        LEAT__S(n).ptr = (array);                                             \
        LEAT__STRICT_END                                                      \
        LEAT__S(n).len = LEAT__S(n).cap = LEAT__ARRAY_LEN(array);             \
        LEAT__S(n);                                                           \
    })

#define leat__array_at(array, i, n)                                           \
    (*({                                                                      \
        __typeof__(&(array)[0]) LEAT__P(n) = (array);                         \
        LEAT__AUTO LEAT__I(n) = (i) | 0;                                      \
        leat__check_index((int64_t)LEAT__I(n), LEAT__ARRAY_LEN(array),        \
            LEAT__IS_UNSIGNED(LEAT__I(n)));                                   \
        &LEAT__P(n)[LEAT__I(n)];                                              \
    }))

#define leat__array_sub(S, array, lo, hi, n)                                  \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = leat_slice_array(S, array);                   \
        LEAT__AUTO LEAT__I(n) = (lo) | 0;                                     \
        LEAT__AUTO LEAT__J(n) = (hi) | 0;                                     \
        leat__check_sub((int64_t)LEAT__I(n), (int64_t)LEAT__J(n),             \
            LEAT__S(n).cap,                                                   \
            LEAT__IS_UNSIGNED(LEAT__I(n)) |                                   \
                LEAT__IS_UNSIGNED(LEAT__J(n)) << 1,                           \
            LEAT__BOUNDS_SLICE_ALEN);                                         \
        LEAT__CUT(                                                            \
            LEAT__S(n), LEAT__I(n), LEAT__J(n), LEAT__S(n).cap);              \
        LEAT__S(n);                                                           \
    })

#define leat__array_sub_max(S, array, lo, hi, max, n)                         \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = leat_slice_array(S, array);                   \
        leat__sub3(LEAT__S(n), lo, hi, max, LEAT__BOUNDS_SLICE3_ALEN, n);     \
    })

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

// Making ------------------------------------------------------------------

#define leat__slice_make2(S, n, may_fail, len)                                \
    leat__slice_make(S, n, may_fail, LEAT__J(n), (len) | 0)
#define leat__slice_make3(S, n, may_fail, len, cap)                           \
    leat__slice_make(S, n, may_fail, (cap) | 0, (len) | 0)
// C++ has parameters evaluated in any order, and so has this.
#define leat__slice_make(S, n, may_fail, capacity, length)                    \
    ({                                                                        \
        int64_t LEAT__J(n) = (int64_t)(length);                               \
        int64_t LEAT__K(n) = (int64_t)(capacity);                             \
        __typeof__(S) LEAT__S(n);                                             \
        LEAT__S(n).ptr = (__typeof__(LEAT__S(n).ptr))leat__slice_alloc(       \
            LEAT__SIZE(LEAT__S(n)), LEAT__J(n), LEAT__K(n), may_fail);        \
        if ((may_fail) && LEAT__S(n).ptr == NULL)                             \
            LEAT__J(n) = LEAT__K(n) = 0;                                      \
        LEAT__S(n).len = LEAT__J(n);                                          \
        LEAT__S(n).cap = LEAT__K(n);                                          \
        LEAT__S(n);                                                           \
    })

#define leat__slice_of(S, n, ...)                                             \
    ({                                                                        \
        __typeof__(S) LEAT__S(n);                                             \
        LEAT__STRICT                                                          \
        LEAT__ELEM(LEAT__S(n)) LEAT__V(n)[] = {__VA_ARGS__};                  \
        LEAT__STRICT_END                                                      \
        LEAT__S(n).len = LEAT__S(n).cap = LEAT__ARRAY_LEN(LEAT__V(n));        \
        LEAT__S(n).ptr = (__typeof__(LEAT__S(n).ptr))leat__slice_alloc(       \
            LEAT__SIZE(LEAT__S(n)), LEAT__S(n).len, LEAT__S(n).cap, false);   \
        __builtin_memcpy(                                                     \
            (void *)LEAT__S(n).ptr, LEAT__V(n), sizeof LEAT__V(n));           \
        LEAT__S(n);                                                           \
    })

#define leat__slice_free_typed(slice, n)                                      \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        leat__slice_free((void *)LEAT__S(n).ptr, LEAT__S(n).cap);             \
    })

#define leat__slice_clear(slice, n)                                           \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        leat__wipe((void *)LEAT__S(n).ptr,                                    \
            (size_t)LEAT__S(n).len * LEAT__SIZE(LEAT__S(n)));                 \
    })

// Appending -----------------------------------------------------------------

// Room for `more` elements behind those of the slice that is named s.
#define LEAT__MORE(s, more, how, n)                                           \
    if (__builtin_expect((more) > (s).cap - (s).len, 0)) {                    \
        struct leat__slice LEAT__T(n) = leat__slice_more((void *)(s).ptr,     \
            (s).len, (s).cap, more, LEAT__SIZE(s), how);                      \
        (s).ptr = (__typeof__((s).ptr))LEAT__T(n).ptr;                        \
        (s).cap = LEAT__T(n).cap;                                             \
    }

#define leat__append(slice, n, ...)                                           \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        LEAT__STRICT                                                          \
        LEAT__ELEM(LEAT__S(n)) LEAT__V(n) = (__VA_ARGS__);                    \
        LEAT__STRICT_END                                                      \
        LEAT__MORE(LEAT__S(n), 1, 0, n)                                       \
        LEAT__S(n).ptr[LEAT__S(n).len++] = LEAT__V(n);                        \
        LEAT__S(n);                                                           \
    })

#define leat__append_values(slice, n, ...)                                    \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        LEAT__STRICT                                                          \
        LEAT__ELEM(LEAT__S(n)) LEAT__V(n)[] = {__VA_ARGS__};                  \
        LEAT__STRICT_END                                                      \
        LEAT__MORE(LEAT__S(n), LEAT__ARRAY_LEN(LEAT__V(n)), 0, n)             \
        __builtin_memcpy((void *)&LEAT__S(n).ptr[LEAT__S(n).len],             \
            LEAT__V(n), sizeof LEAT__V(n));                                   \
        LEAT__S(n).len += LEAT__ARRAY_LEN(LEAT__V(n));                        \
        LEAT__S(n);                                                           \
    })

// Appends count elements from the pointer `from`, which may point into s.
#define LEAT__APPEND_ALL(s, from, count, n)                                   \
    LEAT__MORE(s, count, 0, n)                                                \
    if ((count) > 0)                                                          \
        leat__move((void *)&(s).ptr[(s).len], from,                           \
            (size_t)(count) * LEAT__SIZE(s));                                 \
    (s).len += (count)

#define leat__append_slice(slice, other, n)                                   \
    ({                                                                        \
        LEAT__TWO(slice, other, n)                                            \
        LEAT__APPEND_ALL(LEAT__S(n), LEAT__P(n), LEAT__L(n).len, n);          \
        LEAT__S(n);                                                           \
    })

#define LEAT__ONLY_BYTES(s) ((void)sizeof(char[sizeof(*(s).ptr) == 1 ? 1 : -1]))
#define leat__append_str(slice, string, n)                                    \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        struct leat_str LEAT__L(n) = (string);                                \
        LEAT__ONLY_BYTES(LEAT__S(n));                                         \
        LEAT__APPEND_ALL(LEAT__S(n), LEAT__L(n).ptr, LEAT__L(n).len, n);      \
        LEAT__S(n);                                                           \
    })

#define leat__push(slice, may_fail, n, ...)                                   \
    ({                                                                        \
        LEAT__AUTO LEAT__P(n) = (slice);                                      \
        LEAT__STRICT                                                          \
        LEAT__ELEM(*LEAT__P(n)) LEAT__V(n) = (__VA_ARGS__);                   \
        LEAT__STRICT_END                                                      \
        LEAT__MORE(*LEAT__P(n), 1,                                            \
            LEAT__GROW_OWN | ((may_fail) ? LEAT__GROW_TRY : 0), n)            \
        int LEAT__I(n) = LEAT_ENOMEM;                                         \
        if (!(may_fail) || LEAT__P(n)->len < LEAT__P(n)->cap) {               \
            LEAT__P(n)->ptr[LEAT__P(n)->len++] = LEAT__V(n);                  \
            LEAT__I(n) = 0;                                                   \
        }                                                                     \
        LEAT__I(n);                                                           \
    })

#define leat__push_slice(slice, other, n)                                     \
    ({                                                                        \
        LEAT__AUTO LEAT__P(n) = (slice);                                      \
        LEAT__AUTO LEAT__L(n) = (other);                                      \
        LEAT__STRICT                                                          \
        __typeof__(LEAT__P(n)->ptr) LEAT__V(n) = LEAT__L(n).ptr;              \
        LEAT__STRICT_END                                                      \
        LEAT__TAKE(*LEAT__P(n),                                               \
            leat__slice_push_all((void *)LEAT__P(n)->ptr, LEAT__P(n)->len,    \
                LEAT__P(n)->cap, LEAT__V(n), LEAT__L(n).len,                  \
                LEAT__SIZE(*LEAT__P(n))),                                     \
            n);                                                               \
    })

// Makes s what a call says it is now.
#define LEAT__TAKE(s, call, n)                                                \
    struct leat__slice LEAT__T(n) = call;                                     \
    (s).ptr = (__typeof__((s).ptr))LEAT__T(n).ptr;                            \
    (s).len = LEAT__T(n).len;                                                 \
    (s).cap = LEAT__T(n).cap

// Copying -------------------------------------------------------------------

// Go returns at once when there is nothing to copy. Here only nil returns at
// once and an empty slice goes through the call with n = 0, which can be told
// apart by the counters of the debug build (path 0 and 1).
LEAT__SLICE_INLINE int64_t
leat__slicecopy(
    void *dst, int64_t dst_len, const void *src, int64_t src_len, size_t size)
{
    if (dst == NULL || src == NULL) {
#if defined(LEAT_DEBUG) && LEAT_DEBUG >= 1
        leat__slice_count_copy(0);
#endif
        return 0;
    }
    int64_t n = dst_len < src_len ? dst_len : src_len;
#if defined(LEAT_DEBUG) && LEAT_DEBUG >= 1
    leat__slice_count_copy(1);
#endif
    leat__move(dst, src, (size_t)n * size);
    return n;
}

#define leat__copy_typed(dst, src, n)                                         \
    ({                                                                        \
        LEAT__TWO(dst, src, n)                                                \
        leat__slicecopy((void *)LEAT__S(n).ptr, LEAT__S(n).len, LEAT__P(n),   \
            LEAT__L(n).len, LEAT__SIZE(LEAT__S(n)));                          \
    })

LEAT__SLICE_INLINE int64_t
leat__copy_str(struct leat_slice_uchar dst, struct leat_str src)
{
    return leat__slicecopy(dst.ptr, dst.len, src.ptr, src.len, 1);
}

// As package slices -----------------------------------------------------------

#define leat__slice_grow_typed(slice, more, n)                                \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        int64_t LEAT__I(n) = (int64_t)((more) | 0);                           \
        if (__builtin_expect((uint64_t)LEAT__I(n) >                           \
                    (uint64_t)(LEAT__S(n).cap - LEAT__S(n).len), 0)) {        \
            LEAT__TAKE(LEAT__S(n),                                            \
                leat__slice_reserve((void *)LEAT__S(n).ptr, LEAT__S(n).len,   \
                    LEAT__S(n).cap, LEAT__I(n), LEAT__SIZE(LEAT__S(n))),      \
                n);                                                           \
        }                                                                     \
        LEAT__S(n);                                                           \
    })

#define leat__slice_clip(slice, n)                                            \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        LEAT__S(n).cap = LEAT__S(n).len;                                      \
        LEAT__S(n);                                                           \
    })

// Elements i to j - 1 of the slice that is named s become count from `from`.
#define LEAT__SPLICE(s, i, j, from, count, n)                                 \
    LEAT__TAKE(s,                                                             \
        leat__slice_splice((void *)(s).ptr, (s).len, (s).cap, i, j, from,     \
            count, LEAT__SIZE(s)),                                            \
        n)

#define leat__slice_insert(slice, at, n, ...)                                 \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        int64_t LEAT__I(n) = (int64_t)((at) | 0);                             \
        LEAT__STRICT                                                          \
        LEAT__ELEM(LEAT__S(n)) LEAT__V(n) = (__VA_ARGS__);                    \
        LEAT__STRICT_END                                                      \
        if (LEAT__OVER(LEAT__I(n), LEAT__S(n).len))                           \
            leat__panic_bounds(LEAT__BOUNDS_SLICE_B, LEAT__I(n),              \
                LEAT__S(n).len, false);                                       \
        LEAT__SPLICE(                                                         \
            LEAT__S(n), LEAT__I(n), LEAT__I(n), &LEAT__V(n), 1, n);           \
        LEAT__S(n);                                                           \
    })

#define leat__slice_insert_slice(slice, at, other, n)                         \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        int64_t LEAT__I(n) = (int64_t)((at) | 0);                             \
        LEAT__OTHER(other, n)                                                 \
        if (LEAT__OVER(LEAT__I(n), LEAT__S(n).len))                           \
            leat__panic_bounds(LEAT__BOUNDS_SLICE_B, LEAT__I(n),              \
                LEAT__S(n).len, false);                                       \
        LEAT__SPLICE(LEAT__S(n), LEAT__I(n), LEAT__I(n), LEAT__P(n),          \
            LEAT__L(n).len, n);                                               \
        LEAT__S(n);                                                           \
    })

#define leat__slice_delete(slice, lo, hi, n)                                  \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        int64_t LEAT__I(n) = (int64_t)((lo) | 0);                             \
        int64_t LEAT__J(n) = (int64_t)((hi) | 0);                             \
        leat__check_sub3(LEAT__I(n), LEAT__J(n), LEAT__S(n).len,              \
            LEAT__S(n).cap, 0, LEAT__BOUNDS_SLICE3_ACAP);                     \
        LEAT__SPLICE(LEAT__S(n), LEAT__I(n), LEAT__J(n), NULL, 0, n);         \
        LEAT__S(n);                                                           \
    })

#define leat__slice_replace(slice, lo, hi, other, n)                          \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        int64_t LEAT__I(n) = (int64_t)((lo) | 0);                             \
        int64_t LEAT__J(n) = (int64_t)((hi) | 0);                             \
        LEAT__OTHER(other, n)                                                 \
        leat__check_replace(                                                  \
            LEAT__I(n), LEAT__J(n), LEAT__S(n).len, LEAT__S(n).cap);          \
        LEAT__SPLICE(LEAT__S(n), LEAT__I(n), LEAT__J(n), LEAT__P(n),          \
            LEAT__L(n).len, n);                                               \
        LEAT__S(n);                                                           \
    })

#define leat__slice_concat_typed(S, n, ...)                                   \
    ({                                                                        \
        __typeof__(S) LEAT__V(n)[] = {__VA_ARGS__}, LEAT__S(n);               \
        LEAT__TAKE(LEAT__S(n),                                                \
            leat__slice_concat(LEAT__V(n),                                    \
                (int64_t)(sizeof LEAT__V(n) / sizeof LEAT__S(n)),             \
                LEAT__SIZE(LEAT__S(n))),                                      \
            n);                                                               \
        LEAT__S(n);                                                           \
    })

// An empty slice is cloned without memory: the part s[:0:0], which has no
// array to give back.
#define leat__slice_clone(slice, n)                                           \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        LEAT__S(n).cap = LEAT__S(n).len;                                      \
        if (LEAT__S(n).len > 0) {                                             \
            LEAT__TAKE(LEAT__S(n),                                            \
                leat__slice_concat(                                           \
                    &LEAT__S(n), 1, LEAT__SIZE(LEAT__S(n))),                  \
                n);                                                           \
        }                                                                     \
        LEAT__S(n);                                                           \
    })

#define leat__slice_repeat_typed(slice, count, n)                             \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        int64_t LEAT__I(n) = (int64_t)((count) | 0);                          \
        LEAT__TAKE(LEAT__S(n),                                                \
            leat__slice_repeat((void *)LEAT__S(n).ptr, LEAT__S(n).len,        \
                LEAT__I(n), LEAT__SIZE(LEAT__S(n))),                          \
            n);                                                               \
        LEAT__S(n);                                                           \
    })

#endif
