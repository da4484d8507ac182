// SPDX-License-Identifier: MIT
// leat/sort.h: a sort made for one type: a template, to be included once for
// each sort that is wanted. (leat_slice_sort has those of the numbers and of
// strings already.)
//
//     #define LEAT_SORT_NAME sort_points
//     #define LEAT_SORT_TYPE struct point
//     #define LEAT_SORT_LESS(a, b) ((a).x < (b).x)
//     #include <leat/sort.h>
//
//     sort_points(ps.ptr, ps.len);
//
// defines `static void sort_points(struct point *a, int64_t n)`. More may be
// defined before:
//   LEAT_SORT_BRANCHLESS     the type is a number, or as cheap to copy and to
//                            compare
//   LEAT_SORT_STABLE         sort_points_stable(a, n, buffer) as well, with
//                            room for n / 2 elements at buffer
//   LEAT_SORT_CONTEXT        a type: each function takes one more argument
//                            of it, `context`, which LEAT_SORT_LESS may use
//   LEAT_SORT_ALIGN          an attribute for the copies that
//                            LEAT_SORT_LESS sees
// All of them are undefined again at the end.
//
// The idea: quicksort that defeats patterns. Sorted and reversed input is
// seen in one pass. Runs of equal elements are split off when a pivot equals
// the one before it. Lopsided partitions break the pattern that caused them
// by swapping some elements, and too many of them end in heap sort: never
// worse than n log n. Where comparing is cheap the partition has no branch
// that depends on the data: each step moves two elements and adds the outcome
// of the comparison to a pointer. Nor has most of what sorts the small parts
// that are left: a network of comparisons for eight elements, and a merge from
// both ends (as in Bergdoll's ipnsort).
//
// LEAT_SORT_LESS need not be consistent: whatever it says, no element is lost
// and nothing outside of the array is touched.
//
// Rejected: scans that need no test for the end because a pivot stops them.
// A LESS that contradicts itself walks them out of the array.
#include <leat/base.h>

#ifndef LEAT_SORT_ALIGN
#define LEAT_SORT_ALIGN
#endif
#define LEAT__SORT(name) LEAT__CAT(LEAT_SORT_NAME, name)
#define LEAT__SORT_T __typeof__(LEAT_SORT_TYPE)
#define LEAT__SORT_FN __attribute__((unused)) static
#ifdef LEAT_SORT_CONTEXT
#define LEAT__SORT_PARAM , LEAT_SORT_CONTEXT context
#define LEAT__SORT_PASS , context
#else
#define LEAT__SORT_PARAM
#define LEAT__SORT_PASS
#endif

// Arrays up to this length are not partitioned. On random int64_t, 16 to 32
// came out within 5 % of each other (arrays of 50, 1000 and a million).
#define LEAT__SORT_SMALL 20

LEAT__SORT_FN void
LEAT__SORT(__swap)(LEAT__SORT_T *a, LEAT__SORT_T *b)
{
    LEAT__SORT_T x = *a;
    *a = *b;
    *b = x;
}

// Sorts a[0..n), of which a[0..sorted) is sorted already, by insertion.
LEAT__SORT_FN void
LEAT__SORT(__insertion)(
    LEAT__SORT_T *a, int64_t sorted, int64_t n LEAT__SORT_PARAM)
{
    for (int64_t i = sorted; i < n; i++) {
        if (!(LEAT_SORT_LESS(a[i], a[i - 1])))
            continue;
        LEAT__SORT_T x LEAT_SORT_ALIGN = a[i];
        int64_t j = i;
        do {
            a[j] = a[j - 1];
            j--;
        } while (j > 0 && LEAT_SORT_LESS(x, a[j - 1]));
        a[j] = x;
    }
}

#ifdef LEAT_SORT_BRANCHLESS
__attribute__((always_inline)) static inline void
LEAT__SORT(__order)(LEAT__SORT_T *a, int i, int j LEAT__SORT_PARAM)
{
    LEAT__SORT_T x = a[i], y = a[j];
    bool swap = LEAT_SORT_LESS(y, x);
    a[i] = swap ? y : x;
    a[j] = swap ? x : y;
}

// Sorts n elements, 8 or more: the first 8 by the shortest network there is,
// 19 comparisons in 6 steps.
LEAT__SORT_FN void
LEAT__SORT(__eight)(LEAT__SORT_T *a, int64_t n LEAT__SORT_PARAM)
{
    static const unsigned char pairs[19][2] = {{0, 2}, {1, 3}, {4, 6}, {5, 7},
        {0, 4}, {1, 5}, {2, 6}, {3, 7}, {0, 1}, {2, 3}, {4, 5}, {6, 7}, {2, 4},
        {3, 5}, {1, 4}, {3, 6}, {1, 2}, {3, 4}, {5, 6}};
    _Pragma("GCC unroll 19") for (int k = 0; k < 19; k++)
        LEAT__SORT(__order)(a, pairs[k][0], pairs[k][1] LEAT__SORT_PASS);
    LEAT__SORT(__insertion)(a, 8, n LEAT__SORT_PASS);
}

// Merges the sorted a[0..m) and a[m..n), where m is n / 2, into `to`: from
// both ends at once, each for half of the elements. False if the two ends do
// not meet, because LEAT_SORT_LESS contradicts itself.
LEAT__SORT_FN bool
LEAT__SORT(__meet)(const LEAT__SORT_T *a, int64_t m, int64_t n,
    LEAT__SORT_T *to LEAT__SORT_PARAM)
{
    const LEAT__SORT_T *left = a, *right = a + m;
    const LEAT__SORT_T *left_end = right - 1, *right_end = a + n - 1;
    for (int64_t i = 0; i < m; i++) {
        LEAT__SORT_T x = *left, y = *right;
        bool less = LEAT_SORT_LESS(y, x);
        to[i] = less ? y : x;
        left += !less;
        right += less;
        x = *left_end;
        y = *right_end;
        less = LEAT_SORT_LESS(y, x);
        to[n - 1 - i] = less ? x : y;
        left_end -= less;
        right_end -= !less;
    }
    if (n % 2 != 0)
        to[m] = left <= left_end ? *left++ : *right++;
    return left == left_end + 1 && right == right_end + 1;
}
#endif

// Sorts up to LEAT__SORT_SMALL elements.
LEAT__SORT_FN void
LEAT__SORT(__small)(LEAT__SORT_T *a, int64_t n LEAT__SORT_PARAM)
{
#ifdef LEAT_SORT_BRANCHLESS
    int64_t m = n / 2;
    LEAT__SORT_T merged[LEAT__SORT_SMALL];
    if (m >= 8) {
        LEAT__SORT(__eight)(a, m LEAT__SORT_PASS);
        LEAT__SORT(__eight)(a + m, n - m LEAT__SORT_PASS);
        if (LEAT__SORT(__meet)(a, m, n, merged LEAT__SORT_PASS)) {
            for (int64_t i = 0; i < n; i++)
                a[i] = merged[i];
            return;
        }
    } else if (n >= 8) {
        LEAT__SORT(__eight)(a, n LEAT__SORT_PASS);
        return;
    }
#endif
    LEAT__SORT(__insertion)(a, 1, n LEAT__SORT_PASS);
}

// Lets a[i] sink to its place in the heap of n elements.
LEAT__SORT_FN void
LEAT__SORT(__sink)(LEAT__SORT_T *a, int64_t i, int64_t n LEAT__SORT_PARAM)
{
    for (int64_t child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && LEAT_SORT_LESS(a[child], a[child + 1]))
            child++;
        if (!(LEAT_SORT_LESS(a[i], a[child])))
            return;
        LEAT__SORT(__swap)(&a[i], &a[child]);
    }
}

LEAT__SORT_FN void
LEAT__SORT(__heap)(LEAT__SORT_T *a, int64_t n LEAT__SORT_PARAM)
{
    for (int64_t i = n / 2 - 1; i >= 0; i--)
        LEAT__SORT(__sink)(a, i, n LEAT__SORT_PASS);
    for (int64_t i = n - 1; i > 0; i--) {
        LEAT__SORT(__swap)(&a[0], &a[i]);
        LEAT__SORT(__sink)(a, 0, i LEAT__SORT_PASS);
    }
}

// The address of the median of three elements.
LEAT__SORT_FN LEAT__SORT_T *
LEAT__SORT(__median)(LEAT__SORT_T *a, LEAT__SORT_T *b,
    LEAT__SORT_T *c LEAT__SORT_PARAM)
{
    if (LEAT_SORT_LESS(*b, *a)) {
        LEAT__SORT_T *x = a;
        a = b;
        b = x;
    }
    if (!(LEAT_SORT_LESS(*c, *b)))
        return b;
    return LEAT_SORT_LESS(*c, *a) ? a : c;
}

// Puts an element of middling size at a[0]: the median of three, or of three
// medians of three.
LEAT__SORT_FN void
LEAT__SORT(__pivot)(LEAT__SORT_T *a, int64_t n LEAT__SORT_PARAM)
{
    LEAT__SORT_T *x = a + n / 4, *y = a + n / 2, *z = a + n / 4 * 3;
    if (n >= 128) {
        x = LEAT__SORT(__median)(x - 1, x, x + 1 LEAT__SORT_PASS);
        y = LEAT__SORT(__median)(y - 1, y, y + 1 LEAT__SORT_PASS);
        z = LEAT__SORT(__median)(z - 1, z, z + 1 LEAT__SORT_PASS);
    }
    LEAT__SORT(__swap)(a, LEAT__SORT(__median)(x, y, z LEAT__SORT_PASS));
}

#ifdef LEAT_SORT_BRANCHLESS
// Partitions a[1..n) around *p, a copy of a[0]: those less than it (equal: not
// greater) come first. Returns how many they are. One element is kept aside,
// so that each step fills the hole the step before has left.
__attribute__((always_inline)) static inline int64_t
LEAT__SORT(__split)(LEAT__SORT_T *a, int64_t n, LEAT__SORT_T *p,
    bool equal LEAT__SORT_PARAM)
{
    LEAT__SORT_T *left = a + 1, *hole = a + 1, aside = a[1];
    LEAT__SORT_T pivot = *p;
    _Pragma("GCC unroll 2") for (LEAT__SORT_T *r = a + 2; r < a + n; r++) {
        LEAT__SORT_T x = *r;
        *hole = *left;
        *left = x;
        hole = r;
        left += equal ? !(LEAT_SORT_LESS(pivot, x)) : LEAT_SORT_LESS(x, pivot);
    }
    *hole = *left;
    *left = aside;
    left += equal ? !(LEAT_SORT_LESS(pivot, aside))
                  : LEAT_SORT_LESS(aside, pivot);
    return left - (a + 1);
}
#else
// The same with two scans that meet; *moved stays false when everything was
// on its side already.
__attribute__((always_inline)) static inline int64_t
LEAT__SORT(__scan)(LEAT__SORT_T *a, int64_t n, LEAT__SORT_T *p,
    bool equal, bool *moved LEAT__SORT_PARAM)
{
    int64_t i = 1, j = n - 1;
    for (;;) {
        while (i <= j && (equal ? !(LEAT_SORT_LESS(*p, a[i]))
                                : LEAT_SORT_LESS(a[i], *p)))
            i++;
        while (i <= j && (equal ? LEAT_SORT_LESS(*p, a[j])
                                : !(LEAT_SORT_LESS(a[j], *p))))
            j--;
        if (i > j)
            return i - 1;
        LEAT__SORT(__swap)(&a[i++], &a[j--]);
        *moved = true;
    }
}
#endif

// Moves what is less than a[0] before it and returns where it is then.
LEAT__SORT_FN int64_t
LEAT__SORT(__partition)(LEAT__SORT_T *a, int64_t n,
    bool *moved LEAT__SORT_PARAM)
{
    LEAT__SORT_T pivot LEAT_SORT_ALIGN = a[0];
#ifdef LEAT_SORT_BRANCHLESS
    int64_t k = LEAT__SORT(__split)(a, n, &pivot, false LEAT__SORT_PASS);
    *moved = true;
#else
    int64_t k = LEAT__SORT(__scan)(a, n, &pivot, false, moved LEAT__SORT_PASS);
#endif
    a[0] = a[k];
    a[k] = pivot;
    return k;
}

// Nothing is less than a[0]: moves what equals it to the front and returns
// how many they are.
LEAT__SORT_FN int64_t
LEAT__SORT(__equal)(LEAT__SORT_T *a, int64_t n LEAT__SORT_PARAM)
{
    LEAT__SORT_T pivot LEAT_SORT_ALIGN = a[0];
#ifdef LEAT_SORT_BRANCHLESS
    return 1 + LEAT__SORT(__split)(a, n, &pivot, true LEAT__SORT_PASS);
#else
    bool moved;
    return 1 + LEAT__SORT(__scan)(a, n, &pivot, true, &moved LEAT__SORT_PASS);
#endif
}

// Swaps three elements of the middle with others, the same ones each time for
// the same n: the pattern is broken, the result can be repeated.
LEAT__SORT_FN void
LEAT__SORT(__shuffle)(LEAT__SORT_T *a, int64_t n)
{
    uint64_t x = (uint64_t)n;
    for (int k = -1; k <= 1 && n >= 8; k++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        LEAT__SORT(__swap)(&a[n / 4 * 2 + k], &a[x % (uint64_t)n]);
    }
}

#ifndef LEAT_SORT_BRANCHLESS
// Tries to finish an array that looks sorted by insertion; gives up after
// some moves.
LEAT__SORT_FN bool
LEAT__SORT(__nearly)(LEAT__SORT_T *a, int64_t n LEAT__SORT_PARAM)
{
    int64_t moves = 0;
    for (int64_t i = 1; i < n; i++) {
        if (!(LEAT_SORT_LESS(a[i], a[i - 1])))
            continue;
        LEAT__SORT_T x LEAT_SORT_ALIGN = a[i];
        int64_t j = i;
        do {
            a[j] = a[j - 1];
            j--;
        } while (j > 0 && LEAT_SORT_LESS(x, a[j - 1]));
        a[j] = x;
        moves += i - j;
        if (moves > 8)
            return false;
    }
    return true;
}
#endif

// Sorts a[0..n); with `follows` a[-1] is an element nothing here is less
// than. bad is how many lopsided partitions are allowed yet.
LEAT__SORT_FN void
LEAT__SORT(__quick)(LEAT__SORT_T *a, int64_t n, int bad,
    bool follows LEAT__SORT_PARAM)
{
    while (n > LEAT__SORT_SMALL) {
        if (bad == 0) {
            LEAT__SORT(__heap)(a, n LEAT__SORT_PASS);
            return;
        }
        LEAT__SORT(__pivot)(a, n LEAT__SORT_PASS);
        if (follows && !(LEAT_SORT_LESS(a[-1], a[0]))) {
            int64_t same = LEAT__SORT(__equal)(a, n LEAT__SORT_PASS);
            a += same;
            n -= same;
            continue;
        }
        bool moved = false;
        int64_t k = LEAT__SORT(__partition)(a, n, &moved LEAT__SORT_PASS);
        int64_t rest = n - k - 1;
        if (k < n / 8 || rest < n / 8) {
            bad--;
            LEAT__SORT(__shuffle)(a, k);
            LEAT__SORT(__shuffle)(a + k + 1, rest);
        }
#ifndef LEAT_SORT_BRANCHLESS
        else if (!moved && LEAT__SORT(__nearly)(a, k LEAT__SORT_PASS) &&
            LEAT__SORT(__nearly)(a + k + 1, rest LEAT__SORT_PASS))
            return;
#endif
        // The smaller part by recursion: at most log2(n) deep.
        if (k < rest) {
            LEAT__SORT(__quick)(a, k, bad, follows LEAT__SORT_PASS);
            a += k + 1;
            n = rest;
            follows = true;
        } else {
            LEAT__SORT(__quick)(a + k + 1, rest, bad, true LEAT__SORT_PASS);
            n = k;
        }
    }
    LEAT__SORT(__small)(a, n LEAT__SORT_PASS);
}

// Sorts a[0..n).
LEAT__SORT_FN void
LEAT_SORT_NAME(LEAT__SORT_T *a, int64_t n LEAT__SORT_PARAM)
{
    int64_t up = 1, down = 1;
    if (n <= LEAT__SORT_SMALL) {
        LEAT__SORT(__small)(a, n LEAT__SORT_PASS);
        return;
    }
    while (up < n && !(LEAT_SORT_LESS(a[up], a[up - 1])))
        up++;
    if (up == n)
        return;
    while (down < n && LEAT_SORT_LESS(a[down], a[down - 1]))
        down++;
    if (down == n) {
        for (int64_t i = 0, j = n - 1; i < j; i++, j--)
            LEAT__SORT(__swap)(&a[i], &a[j]);
        return;
    }
    int bad = 64 - __builtin_clzll((unsigned long long)n);
    LEAT__SORT(__quick)(a, n, bad, false LEAT__SORT_PASS);
}

#ifdef LEAT_SORT_STABLE
// Merges the sorted a[0..m) and a[m..n).
LEAT__SORT_FN void
LEAT__SORT(__merge)(LEAT__SORT_T *a, int64_t m, int64_t n,
    LEAT__SORT_T *buffer LEAT__SORT_PARAM)
{
    if (!(LEAT_SORT_LESS(a[m], a[m - 1])))
        return;
    for (int64_t i = 0; i < m; i++)
        buffer[i] = a[i];
    int64_t i = 0, j = m, k = 0;
    while (i < m && j < n) {
        if (LEAT_SORT_LESS(a[j], buffer[i]))
            a[k++] = a[j++];
        else
            a[k++] = buffer[i++];
    }
    while (i < m)
        a[k++] = buffer[i++];
}

// Sorts a[0..n) and leaves equal elements in their order.
LEAT__SORT_FN void
LEAT__SORT(_stable)(LEAT__SORT_T *a, int64_t n,
    LEAT__SORT_T *buffer LEAT__SORT_PARAM)
{
    if (n <= LEAT__SORT_SMALL) {
        // By insertion in any case: a network moves equal elements about.
        LEAT__SORT(__insertion)(a, 1, n LEAT__SORT_PASS);
        return;
    }
    int64_t m = n / 2;
    LEAT__SORT(_stable)(a, m, buffer LEAT__SORT_PASS);
    LEAT__SORT(_stable)(a + m, n - m, buffer LEAT__SORT_PASS);
    LEAT__SORT(__merge)(a, m, n, buffer LEAT__SORT_PASS);
}
#endif

#undef LEAT_SORT_NAME
#undef LEAT_SORT_TYPE
#undef LEAT_SORT_LESS
#undef LEAT_SORT_BRANCHLESS
#undef LEAT_SORT_STABLE
#undef LEAT_SORT_CONTEXT
#undef LEAT_SORT_ALIGN
#undef LEAT__SORT
#undef LEAT__SORT_T
#undef LEAT__SORT_FN
#undef LEAT__SORT_PARAM
#undef LEAT__SORT_PASS
#undef LEAT__SORT_SMALL
