// SPDX-License-Identifier: MIT
// leat/slice.h: slices: views of arrays with Go's semantics.
//
// A slice is a value of three words: ptr, len, cap (offsets 0, 8, 16). It
// shares its array with the slice it was cut from; s.len and s.cap are read
// directly. A nil slice is all zero; an empty one has a ptr.
//
// leat_slice(T) is the type of a slice of T for bool, the integers, float,
// double, leat_str, void *, char * and const char *: nothing is declared
// first and it is the same type in every file. For any other element one
// line gives the type a name, and everything else is the same:
//
//     LEAT_SLICE(points, struct point);       // at file scope, or in a header
//     points ps = leat_slice_of(points, {1, 2}, {3, 4});
//     ps = leat_append(ps, (struct point){5, 6});
//     leat_at(ps, 0).x = 7;                   // bounds-checked
//
// An element of a wrong type does not compile. An index out of range panics
// with Go's text; with LEAT_NO_BOUNDS defined before leat.h is included
// nothing is checked, and a bad index is undefined behaviour.
//
// Memory. leat_append and its relatives do as Go does: when the room is used
// up they return a new array and leave the old one alone, because other
// slices may share it; without a collector somebody must give it back
// (leat_slice_free). leat_push is for the usual case of one owner: it takes a
// pointer to the slice, and the old array goes when it moves. A slice given
// to leat_push or leat_slice_free starts where its array starts, and the
// array came from this header, not from leat_slice_array.
//
// A result that is dropped, as that of `leat_append(s, 1);`, is lost. Go
// refuses that; here gcc warns of it with -Wall (in C; clang does not look into
// macros).
//
// The preprocessor cuts operands at commas that no parentheses hold together:
// leat_append_slice(((ints){p, 3, 3}), t). (The value to append needs none.)
//
// Out of memory is fatal, but for leat_slice_try_make and leat_try_push.
// No call parks. A slice is plain memory: goroutines that share one and write
// to it need a lock.
#ifndef LEAT_SLICE_H
#define LEAT_SLICE_H

#include <leat/base.h>
#include <leat/chan.h>

// An immutable string; see leat/str.h.
typedef struct leat_str {
    const char *ptr; // NULL only if len is 0
    int64_t len;     // bytes
} leat_str;

// The element types whose slices have a name of their own. int64_t is long.
#define LEAT__SLICE_NUMBERS(X)                                                \
    X(char, char)                                                             \
    X(schar, signed char)                                                     \
    X(uchar, unsigned char)                                                   \
    X(short, short)                                                           \
    X(ushort, unsigned short)                                                 \
    X(int, int)                                                               \
    X(uint, unsigned)                                                         \
    X(long, long)                                                             \
    X(ulong, unsigned long)                                                   \
    X(llong, long long)                                                       \
    X(ullong, unsigned long long)                                             \
    X(float, float)                                                           \
    X(double, double)
#define LEAT__SLICE_TYPES(X)                                                  \
    LEAT__SLICE_NUMBERS(X)                                                    \
    X(boolean, bool)                                                          \
    X(str, struct leat_str)                                                   \
    X(ptr, void *)                                                            \
    X(cstr, char *)                                                           \
    X(ccstr, const char *)

#define LEAT__X(name, T)                                                      \
    struct leat_slice_##name {                                                \
        T *ptr;                                                               \
        int64_t len, cap;                                                     \
    };
LEAT__SLICE_TYPES(LEAT__X)
#undef LEAT__X

// LEAT_SLICE(name, T) makes `name` the type of a slice of T, also as `struct
// name`. Once per scope, like any struct.
#define LEAT_SLICE(name, T)                                                   \
    typedef struct name {                                                     \
        __typeof__(T) *ptr;                                                   \
        int64_t len, cap;                                                     \
    } name

// leat_slice(T), see above. For an element that is not on the list it does
// not compile: "struct leat__declare_it_with_LEAT_SLICE *(*)(T *) is not
// compatible with any association".
#ifndef __cplusplus
struct leat__declare_it_with_LEAT_SLICE; // for the message alone
#define LEAT__SLICE_OF(T) struct leat__declare_it_with_LEAT_SLICE *(*)(T *)
#define LEAT__SLICE_ENTRY(name, T)                                            \
    , LEAT__SLICE_OF(T) : (struct leat_slice_##name *)0
#define leat_slice(T)                                                         \
    __typeof__(*_Generic((LEAT__SLICE_OF(__typeof__(T)))0 LEAT__SLICE_TYPES(  \
        LEAT__SLICE_ENTRY)))
#endif

typedef struct leat_slice_uchar leat_bytes; // of uint8_t
typedef struct leat_slice_int leat_runes;   // of int32_t
typedef struct leat_slice_str leat_strs;    // of leat_str

// Making --------------------------------------------------------------
// S stands for a slice type (leat_slice(int), points) or any slice of it;
// only its type is looked at.

// leat_slice_make(S, len) or leat_slice_make(S, len, cap): a new array of
// zeroed elements, never nil. Panics with "makeslice: len out of range" or
// "makeslice: cap out of range".
#define leat_slice_make(S, ...)                                               \
    LEAT__SLICE_PICK(__VA_ARGS__, leat__slice_make3, leat__slice_make2)       \
    (S, __COUNTER__, 0, __VA_ARGS__)

// The same, but a nil slice where that one would panic or there is no
// memory.
#define leat_slice_try_make(S, ...)                                           \
    LEAT__SLICE_PICK(__VA_ARGS__, leat__slice_make3, leat__slice_make2)       \
    (S, __COUNTER__, 1, __VA_ARGS__)

// leat_slice_of(S, values...): a new array of these values, as in an
// initialiser. len is cap is their number; at least one.
#define leat_slice_of(S, ...) leat__slice_of(S, __COUNTER__, __VA_ARGS__)

// leat_slice_array(S, array): all of a C array, without a copy, as Go's
// a[:]. Lives as long as the array; not for leat_slice_free or leat_push.
#define leat_slice_array(S, array) leat__slice_array(S, array, __COUNTER__)

// Gives the array of s back. s starts where the array starts. Nil slices and
// those without room (cap 0) have no array and are ignored.
#define leat_slice_free(s) leat__slice_free_typed(s, __COUNTER__)

// Elements and parts --------------------------------------------------

// leat_at(s, i) is element i, to read or to assign to. Panics with "index
// out of range [5] with length 3".
#define leat_at(s, i) leat__at(s, i, __COUNTER__)

// The same without a check, whatever LEAT_NO_BOUNDS says.
#define leat_at_unchecked(s, i) ((s).ptr[i])

// Parts of s that share its array: leat_sub(s, lo, hi) is Go's s[lo:hi],
// leat_sub_from(s, lo) is s[lo:], leat_sub_to(s, hi) is s[:hi],
// leat_sub_max(s, lo, hi, max) is s[lo:hi:max], which sets the capacity.
// hi and max may reach to s.cap. Panics with "slice bounds out of range ..."
#define leat_sub(s, lo, hi) leat__sub(s, lo, hi, __COUNTER__)
#define leat_sub_from(s, lo) leat__sub_from(s, lo, __COUNTER__)
#define leat_sub_to(s, hi) leat__sub_to(s, hi, __COUNTER__)
#define leat_sub_max(s, lo, hi, max) leat__sub_max(s, lo, hi, max, __COUNTER__)

// The same for a C array, whose length is known: element i, Go's a[lo:hi]
// and a[lo:hi:max] as slices of type S. An index that is a constant costs
// nothing.
#define leat_array_at(array, i) leat__array_at(array, i, __COUNTER__)
#define leat_array_sub(S, array, lo, hi)                                      \
    leat__array_sub(S, array, lo, hi, __COUNTER__)
#define leat_array_sub_max(S, array, lo, hi, max)                             \
    leat__array_sub_max(S, array, lo, hi, max, __COUNTER__)

// Go's (*[n]T)(s): a pointer to an array of the constant n that shares s's
// memory. Panics when s is shorter.
#define leat_slice_to_array(s, n) leat__slice_to_array(s, n, __COUNTER__)

// leat_slice_range(i, v, s) { ... } runs its body for every element, with
// its index in i (int64_t) and a copy of it in v. s is evaluated once; what
// is appended meanwhile is not visited. Not to be mixed with leat_push to the
// same slice, which may give the array back.
#define leat_slice_range(i, v, s) leat__slice_range(i, v, s, __COUNTER__)

// Sets all elements to zero.
#define leat_slice_clear(s) leat__slice_clear(s, __COUNTER__)

// Appending and copying -----------------------------------------------

// leat_append(s, v) is Go's append(s, v): s with v behind it, in the same
// array while there is room, else in a new one. leat_append_values(s, v,
// w, ...) appends several, leat_append_slice(s, t) all of t, which may
// overlap with s, leat_append_str(s, str) the bytes of a string to a
// leat_bytes. Panic with "growslice: len out of range".
#define leat_append(s, ...) leat__append(s, __COUNTER__, __VA_ARGS__)
#define leat_append_values(s, ...)                                            \
    leat__append_values(s, __COUNTER__, __VA_ARGS__)
#define leat_append_slice(s, t) leat__append_slice(s, t, __COUNTER__)
#define leat_append_str(s, str) leat__append_str(s, str, __COUNTER__)

// leat_push(&s, v): appends v to s, which owns its array alone: when it
// moves, the old array is given back. leat_push_slice(&s, t) appends all of
// t, which may be a part of s. leat_try_push is 0, or LEAT_ENOMEM and s is
// unchanged.
#define leat_push(ps, ...) ((void)leat__push(ps, 0, __COUNTER__, __VA_ARGS__))
#define leat_try_push(ps, ...) leat__push(ps, 1, __COUNTER__, __VA_ARGS__)
#define leat_push_slice(ps, t) leat__push_slice(ps, t, __COUNTER__)

// Copies the elements both have room for from src to dst and is their
// number. The two may overlap. leat_copy_str copies from a string to a
// leat_bytes.
#define leat_copy(dst, src) leat__copy_typed(dst, src, __COUNTER__)
#define leat_copy_str(dst, str) leat__copy_str(dst, str)

// As Go's package slices ----------------------------------------------
// Those that return a slice return it with the array of s where that has
// room, as Go's do; elements that fall off its end are set to zero. Where it
// has not (leat_slice_grow, insert, replace) they return a new array, and the
// one of s is still to be given back by who owns it: who makes room for all
// there will be beforehand need not see to that. Indexes are checked as in
// leat_sub.

// leat_slice_grow: room for n more elements. Panics with "cannot be
// negative". leat_slice_clip: capacity down to the length; an empty slice
// then has no room, and its owner gives the array back by the slice from
// before.
#define leat_slice_grow(s, n) leat__slice_grow_typed(s, n, __COUNTER__)
#define leat_slice_clip(s) leat__slice_clip(s, __COUNTER__)

// leat_slice_insert(s, i, v) puts v before element i, leat_slice_insert_slice
// all of t, leat_slice_delete(s, i, j) removes elements i to j-1,
// leat_slice_replace(s, i, j, t) puts t in their place. t may overlap with s.
#define leat_slice_insert(s, i, ...)                                          \
    leat__slice_insert(s, i, __COUNTER__, __VA_ARGS__)
#define leat_slice_insert_slice(s, i, t)                                      \
    leat__slice_insert_slice(s, i, t, __COUNTER__)
#define leat_slice_delete(s, i, j) leat__slice_delete(s, i, j, __COUNTER__)
#define leat_slice_replace(s, i, j, t)                                        \
    leat__slice_replace(s, i, j, t, __COUNTER__)

// The same for an s that owns its array alone, as leat_push is to leat_append:
// leat_push_grow(&s, n), leat_push_insert(&s, i, v), leat_push_insert_slice(&s,
// i, t), leat_push_replace(&s, i, j, t) change s, and where it moves give the
// old array back. t may be a part of s; other parts are gone then. They panic
// as the others do, and s is unchanged.
#define leat_push_grow(ps, n) leat__push_grow(ps, n, __COUNTER__)
#define leat_push_insert(ps, i, ...)                                          \
    leat__push_insert(ps, i, __COUNTER__, __VA_ARGS__)
#define leat_push_insert_slice(ps, i, t)                                      \
    leat__push_insert_slice(ps, i, t, __COUNTER__)
#define leat_push_replace(ps, i, j, t)                                        \
    leat__push_replace(ps, i, j, t, __COUNTER__)

// New arrays: leat_slice_concat(S, s, t, ...) of all elements of slices of
// type S (nil when there is none), leat_slice_clone(s) of those of s (nil for
// nil), leat_slice_repeat(s, n) of n times those of s (never nil; it panics
// with "cannot be negative").
#define leat_slice_concat(S, ...)                                             \
    leat__slice_concat_typed(S, __COUNTER__, __VA_ARGS__)
#define leat_slice_clone(s) leat__slice_clone(s, __COUNTER__)
#define leat_slice_repeat(s, n) leat__slice_repeat_typed(s, n, __COUNTER__)

// leat_slice_chunk(s, n, i): part i of s, from 0, when it is cut into parts of
// n elements; the last may have fewer, and none has room beyond its end.
// leat_slice_chunks(s, n) is how many there are. Panic with "cannot be less
// than 1"; an i that is too large panics as in leat_at.
#define leat_slice_chunk(s, n, i) leat__slice_chunk(s, n, i, __COUNTER__)
#define leat_slice_chunks(s, n) leat__slice_chunks((s).len, n)

// Comparing by ==, or leat_str_equal for strings: whether s and t have equal
// elements in the same order, the index of the first that equals v or -1,
// whether there is one, and s without those that equal the one before them.
#define leat_slice_equal(s, t) leat__slice_equal(s, t, __COUNTER__)
#define leat_slice_index(s, ...) leat__slice_index(s, __COUNTER__, __VA_ARGS__)
#define leat_slice_contains(s, ...) (leat_slice_index(s, __VA_ARGS__) >= 0)
#define leat_slice_compact(s) leat__slice_compact(s, __COUNTER__)

// The same with a function over pointers to elements, for any type:
// `bool same(const T *a, const T *b)`, `bool wanted(const T *v)`.
#define leat_slice_equal_func(s, t, same)                                     \
    leat__slice_equal_func(s, t, same, __COUNTER__)
#define leat_slice_index_func(s, wanted)                                      \
    leat__slice_index_func(s, wanted, __COUNTER__)
#define leat_slice_contains_func(s, wanted)                                   \
    (leat_slice_index_func(s, wanted) >= 0)
#define leat_slice_compact_func(s, same)                                      \
    leat__slice_compact_func(s, same, __COUNTER__)

// Negative, 0 or positive as s comes before, with or behind t: by the first
// elements that differ (-1 or 1; a NaN is less than a number), or what the
// first `int cmp(const T *a, const T *b)` that is not 0 is; else by length.
#define leat_slice_compare(s, t) leat__slice_compare(s, t, __COUNTER__)
#define leat_slice_compare_func(s, t, cmp)                                    \
    leat__slice_compare_func(s, t, cmp, __COUNTER__)

// s without the elements that `bool unwanted(const T *v)` says true of.
#define leat_slice_delete_func(s, unwanted)                                   \
    leat__slice_delete_func(s, unwanted, __COUNTER__)

// The least and the greatest of numbers or strings. Any NaN is both; -0.0 is
// less than 0.0. Panic with "slices.Min: empty list" ("slices.Max: ...").
#define leat_slice_min(s) leat__slice_extreme(s, false, __COUNTER__)
#define leat_slice_max(s) leat__slice_extreme(s, true, __COUNTER__)

// The same by `int cmp(const T *a, const T *b)`, for any type: the first of
// those no other comes before (behind). Panic with "slices.MinFunc: empty list"
// ("slices.MaxFunc: ...").
#define leat_slice_min_func(s, cmp)                                           \
    leat__slice_extreme_func(s, cmp, false, __COUNTER__)
#define leat_slice_max_func(s, cmp)                                           \
    leat__slice_extreme_func(s, cmp, true, __COUNTER__)

// Turns the order of the elements round.
#define leat_slice_reverse(s) leat__slice_reverse(s, __COUNTER__)

// Sorts numbers and strings in place, ascending; NaNs come first. Not
// stable. For other elements: leat_slice_sort_func, or a sort of their own
// made by leat/sort.h, which is faster.
#define leat_slice_sort(s) leat__slice_sort(s, __COUNTER__)

// Sorts by `int cmp(const T *a, const T *b)`, negative when a comes first;
// stable keeps the order of equal elements. cmp sees copies of elements and
// must not panic: what is between two places then is lost.
#define leat_slice_sort_func(s, cmp)                                          \
    leat__slice_sort_func(s, cmp, leat__sort_func, __COUNTER__)
#define leat_slice_sort_stable_func(s, cmp)                                   \
    leat__slice_sort_func(s, cmp, leat__sort_stable_func, __COUNTER__)

// Whether no element comes before its predecessor.
#define leat_slice_is_sorted(s) leat__slice_is_sorted(s, __COUNTER__)
#define leat_slice_is_sorted_func(s, cmp)                                     \
    leat__slice_is_sorted_func(s, cmp, __COUNTER__)

// In sorted s: the index of the first element not before v, or s.len;
// *found (a bool *, or NULL) tells whether it equals v. By function: v is a
// pointer to an element.
#define leat_slice_search(s, v, found)                                        \
    leat__slice_search(s, v, found, __COUNTER__)
#define leat_slice_search_func(s, v, cmp, found)                              \
    leat__slice_search_func(s, v, cmp, found, __COUNTER__)

#include <leat/slice_edit_impl.h>
#include <leat/slice_order_impl.h>
#include <leat/str.h>

#endif
