// SPDX-License-Identifier: MIT
// leat/slice_impl.h: what all macros of leat/slice.h stand on: the calls, the
// names, moving a few bytes. Not to be included or called by name.
//
// Each macro evaluates its operands once, into names made unique by n (from
// __COUNTER__): s a slice, p a pointer, v a value, i j k l positions. What
// costs little is inline; growing, sorting and panicking are calls that take
// ptr, len and cap apart, so that a slice in a local variable never needs an
// address.
//
// Lowest of the headers behind leat/slice.h: slice_bounds_impl.h (elements and
// parts), slice_append_impl.h, slice_edit_impl.h and slice_order_impl.h come
// behind it.
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
LEAT_API int64_t leat__slice_chunks(int64_t len, int64_t n);
LEAT_API struct leat__slice leat__slice_repeat(
    const void *ptr, int64_t len, int64_t n, size_t size);
LEAT_API void leat__slice_count_copy(int path);
LEAT_API int64_t leat__extreme_func(const void *a, int64_t n, size_t size,
    int (*cmp)(const void *, const void *), bool largest);
LEAT_API void leat__sort_func(void *a, int64_t n, size_t size,
    int (*cmp)(const void *, const void *));
LEAT_API void leat__sort_stable_func(void *a, int64_t n, size_t size,
    int (*cmp)(const void *, const void *));

#define LEAT__X(name, T)                                                      \
    LEAT_API void leat__sort_##name(T *a, int64_t n);                         \
    LEAT_API int64_t leat__extreme_##name(const T *a, int64_t n, bool largest);
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

// A macro whose result is a slice ends in LEAT__KEEP(s, n); }) LEAT__KEPT, so
// that gcc warns (-Wall) where the result is dropped, which Go refuses: a
// member that nobody uses is an unused value, the statement expression itself
// is not. It costs no instruction. clang and g++ do not warn of what stands in
// a macro.
#if defined(__GNUC__) && !defined(__clang__) && !defined(__cplusplus)
#define LEAT__KEEP(s, n)                                                      \
    struct {                                                                  \
        __typeof__(s) kept;                                                   \
    } LEAT__CAT(leat__keep, n) = {s};                                         \
    LEAT__CAT(leat__keep, n)
#define LEAT__KEPT .kept
#else
#define LEAT__KEEP(s, n) s
#define LEAT__KEPT
#endif

// The type and the size of an element of the slice s.
#define LEAT__ELEM(s) __typeof__(*(s).ptr)
#define LEAT__SIZE(s) LEAT__ELEM_SIZE(LEAT__ELEM(s))

// Declares the slice s of type S. Who has made channels gives the type of the
// elements: the messages then would be about members that it has not.
#ifdef __cplusplus
#define LEAT__IS_RECORD(s) __is_class(__typeof__(s))
#else
enum { LEAT__CLASS_RECORD = 12 }; // of __builtin_classify_type: no scalar
#define LEAT__IS_RECORD(s) (__builtin_classify_type(s) == LEAT__CLASS_RECORD)
#endif
#define LEAT__SLICE_VAR(S, s)                                                 \
    __typeof__(S) s;                                                          \
    LEAT__ASSERT(LEAT__IS_RECORD(s),                                          \
        "this takes a type of slices: leat_slice(int), or a name that "       \
        "LEAT_SLICE has made")

// A text of C is no value of type T if that is leat_str. gcc would only say
// "invalid initializer".
#ifdef __cplusplus
#define LEAT__STR_CHECK(T, ...)
#else
#define LEAT__STR_CHECK(T, ...)                                               \
    LEAT__ASSERT(!__builtin_types_compatible_p(T, struct leat_str) ||         \
            !_Generic(*(__typeof__(__VA_ARGS__) *)0,                          \
                char *: true, const char *: true, default: false),            \
        "elements are of type leat_str: LEAT_STR(\"...\"), leat_str_from_c");
#endif

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
template <class Type> struct leat__slice_type {
    struct type {
        Type *ptr;
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

#endif
