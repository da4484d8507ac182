// SPDX-License-Identifier: MIT
// slice/sort.c: the sorts that leat_slice_sort and leat_slice_sort_func call:
// leat/sort.h made for the numbers, for strings, and for elements of common
// sizes that a function compares.
//
// The idea: sorting by function is made for 4, 8, 16, 24 and 32 bytes, where
// an element is copied by a few instructions. Elements of other sizes stay
// where they are while pointers to them are sorted, and move once at the end.
//
// Locks: none. Does not park (a comparison of the caller's may).
//
// Rejected: one sort for all sizes that copies with memcpy of a size known at
// run time. Each copy is a call then, and they cost more than comparing.
#include "mem/alloc.h"
#include "sched/sched.h"

#include <leat/slice.h>

#include <string.h>

#define SORT_NUMBER_LESS(a, b) ((a) < (b))

#define LEAT_SORT_NAME sort_short
#define LEAT_SORT_TYPE short
#define LEAT_SORT_LESS SORT_NUMBER_LESS
#define LEAT_SORT_BRANCHLESS
#include <leat/sort.h>
#define LEAT_SORT_NAME sort_ushort
#define LEAT_SORT_TYPE unsigned short
#define LEAT_SORT_LESS SORT_NUMBER_LESS
#define LEAT_SORT_BRANCHLESS
#include <leat/sort.h>
#define LEAT_SORT_NAME sort_int
#define LEAT_SORT_TYPE int
#define LEAT_SORT_LESS SORT_NUMBER_LESS
#define LEAT_SORT_BRANCHLESS
#include <leat/sort.h>
#define LEAT_SORT_NAME sort_uint
#define LEAT_SORT_TYPE unsigned
#define LEAT_SORT_LESS SORT_NUMBER_LESS
#define LEAT_SORT_BRANCHLESS
#include <leat/sort.h>
#define LEAT_SORT_NAME sort_long
#define LEAT_SORT_TYPE long
#define LEAT_SORT_LESS SORT_NUMBER_LESS
#define LEAT_SORT_BRANCHLESS
#include <leat/sort.h>
#define LEAT_SORT_NAME sort_ulong
#define LEAT_SORT_TYPE unsigned long
#define LEAT_SORT_LESS SORT_NUMBER_LESS
#define LEAT_SORT_BRANCHLESS
#include <leat/sort.h>
#define LEAT_SORT_NAME sort_llong
#define LEAT_SORT_TYPE long long
#define LEAT_SORT_LESS SORT_NUMBER_LESS
#define LEAT_SORT_BRANCHLESS
#include <leat/sort.h>
#define LEAT_SORT_NAME sort_ullong
#define LEAT_SORT_TYPE unsigned long long
#define LEAT_SORT_LESS SORT_NUMBER_LESS
#define LEAT_SORT_BRANCHLESS
#include <leat/sort.h>
#define LEAT_SORT_NAME sort_float
#define LEAT_SORT_TYPE float
#define LEAT_SORT_LESS SORT_NUMBER_LESS
#define LEAT_SORT_BRANCHLESS
#include <leat/sort.h>
#define LEAT_SORT_NAME sort_double
#define LEAT_SORT_TYPE double
#define LEAT_SORT_LESS SORT_NUMBER_LESS
#define LEAT_SORT_BRANCHLESS
#include <leat/sort.h>

// Strings with their first eight bytes beside them, as a number in the same
// order: most comparisons end there, without a call and without a miss in the
// cache. (SortString1K: 2.6 times as fast as comparing the strings.)
struct sort_key {
    uint64_t prefix;
    struct leat_str s;
};

static uint64_t
sort_prefix(struct leat_str s)
{
    unsigned char b[8] = {0};
    if (s.len > 0)
        memcpy(b, s.ptr, s.len < 8 ? (size_t)s.len : 8);
    uint64_t x = 0;
    for (int i = 0; i < 8; i++)
        x = x << 8 | b[i];
    return x;
}

static inline bool
sort_key_less(const struct sort_key *a, const struct sort_key *b)
{
    if (a->prefix != b->prefix)
        return a->prefix < b->prefix;
    return leat_str_compare(a->s, b->s) < 0;
}

#define LEAT_SORT_NAME sort_keys
#define LEAT_SORT_TYPE struct sort_key
#define LEAT_SORT_LESS(a, b) sort_key_less(&(a), &(b))
#include <leat/sort.h>

// For a few strings, and where there is no memory for the prefixes.
#define LEAT_SORT_NAME sort_plain_str
#define LEAT_SORT_TYPE struct leat_str
#define LEAT_SORT_LESS(a, b) (leat_str_compare(a, b) < 0)
#include <leat/sort.h>

enum { SORT_KEYS_LEAST = 16 }; // strings; fewer are not worth the memory

static void
sort_str(struct leat_str *a, int64_t n)
{
    struct sort_key *keys = NULL;
    if (n >= SORT_KEYS_LEAST)
        keys = leat__mem_alloc((size_t)n * sizeof *keys, 0);
    if (keys == NULL) {
        sort_plain_str(a, n);
        return;
    }
    for (int64_t i = 0; i < n; i++)
        keys[i] = (struct sort_key){sort_prefix(a[i]), a[i]};
    sort_keys(keys, n);
    for (int64_t i = 0; i < n; i++)
        a[i] = keys[i].s;
    leat__mem_free(keys, 0);
}

// Defines leat__sort_NAME, which calls sort_NAME.
#define SORT_ENTRY(name, T)                                                   \
    void leat__sort_##name(T *a, int64_t n)                                   \
    {                                                                         \
        sort_##name(a, n);                                                    \
    }
SORT_ENTRY(short, short)
SORT_ENTRY(ushort, unsigned short)
SORT_ENTRY(int, int)
SORT_ENTRY(uint, unsigned)
SORT_ENTRY(long, long)
SORT_ENTRY(ulong, unsigned long)
SORT_ENTRY(llong, long long)
SORT_ENTRY(ullong, unsigned long long)
SORT_ENTRY(str, struct leat_str)

// NaNs come first; what is left has an order.
#define SORT_FLOAT_ENTRY(name, T)                                             \
    void leat__sort_##name(T *a, int64_t n)                                   \
    {                                                                         \
        int64_t nans = 0;                                                     \
        for (int64_t i = 0; i < n; i++) {                                     \
            T x = a[i];                                                       \
            if (__builtin_isnan(x)) {                                         \
                a[i] = a[nans];                                               \
                a[nans++] = x;                                                \
            }                                                                 \
        }                                                                     \
        sort_##name(a + nans, n - nans);                                      \
    }
SORT_FLOAT_ENTRY(float, float)
SORT_FLOAT_ENTRY(double, double)

// Bytes are counted. Values are xored with `flip` to make their order that
// of unsigned ones.
static void
sort_bytes(unsigned char *a, int64_t n, unsigned flip)
{
    int64_t counts[256] = {0};
    for (int64_t i = 0; i < n; i++)
        counts[a[i] ^ flip]++;
    for (unsigned v = 0; v < 256; v++) {
        memset(a, (int)(v ^ flip), (size_t)counts[v]);
        a += counts[v];
    }
}

void
leat__sort_uchar(unsigned char *a, int64_t n)
{
    if (n > 1)
        sort_bytes(a, n, 0);
}

void
leat__sort_schar(signed char *a, int64_t n)
{
    if (n > 1)
        sort_bytes((unsigned char *)a, n, 0x80);
}

void
leat__sort_char(char *a, int64_t n)
{
    if (n > 1)
        sort_bytes((unsigned char *)a, n, (char)-1 < 0 ? 0x80 : 0);
}

// By function -----------------------------------------------------------

typedef int (*sort_cmp)(const void *, const void *);

// Elements of a size, whatever is in them. They lie in the array as the
// caller's type wants it; the copies are aligned for any.
#define SORT_ELEMENT(bytes)                                                   \
    struct sort_element##bytes {                                              \
        unsigned char b[bytes];                                               \
    } __attribute__((may_alias))
SORT_ELEMENT(4);
SORT_ELEMENT(8);
SORT_ELEMENT(16);
SORT_ELEMENT(24);
SORT_ELEMENT(32);
#define SORT_ALIGNED __attribute__((aligned(32)))
#define SORT_BY_FUNC(a, b) (context(&(a), &(b)) < 0)

#define LEAT_SORT_NAME sort_by4
#define LEAT_SORT_TYPE struct sort_element4
#define LEAT_SORT_LESS SORT_BY_FUNC
#define LEAT_SORT_CONTEXT sort_cmp
#define LEAT_SORT_ALIGN SORT_ALIGNED
#define LEAT_SORT_STABLE
#include <leat/sort.h>
#define LEAT_SORT_NAME sort_by8
#define LEAT_SORT_TYPE struct sort_element8
#define LEAT_SORT_LESS SORT_BY_FUNC
#define LEAT_SORT_CONTEXT sort_cmp
#define LEAT_SORT_ALIGN SORT_ALIGNED
#define LEAT_SORT_STABLE
#include <leat/sort.h>
#define LEAT_SORT_NAME sort_by16
#define LEAT_SORT_TYPE struct sort_element16
#define LEAT_SORT_LESS SORT_BY_FUNC
#define LEAT_SORT_CONTEXT sort_cmp
#define LEAT_SORT_ALIGN SORT_ALIGNED
#define LEAT_SORT_STABLE
#include <leat/sort.h>
#define LEAT_SORT_NAME sort_by24
#define LEAT_SORT_TYPE struct sort_element24
#define LEAT_SORT_LESS SORT_BY_FUNC
#define LEAT_SORT_CONTEXT sort_cmp
#define LEAT_SORT_ALIGN SORT_ALIGNED
#define LEAT_SORT_STABLE
#include <leat/sort.h>
#define LEAT_SORT_NAME sort_by32
#define LEAT_SORT_TYPE struct sort_element32
#define LEAT_SORT_LESS SORT_BY_FUNC
#define LEAT_SORT_CONTEXT sort_cmp
#define LEAT_SORT_ALIGN SORT_ALIGNED
#define LEAT_SORT_STABLE
#include <leat/sort.h>

// Pointers to elements.
#define LEAT_SORT_NAME sort_pointers
#define LEAT_SORT_TYPE void *
#define LEAT_SORT_LESS(a, b) (context(a, b) < 0)
#define LEAT_SORT_CONTEXT sort_cmp
#define LEAT_SORT_STABLE
#include <leat/sort.h>

static void *
sort_memory(int64_t n, size_t size)
{
    size_t bytes;
    void *p = NULL;
    if (!__builtin_mul_overflow((size_t)n, size, &bytes))
        p = leat__mem_alloc(bytes, 0);
    if (p == NULL)
        leat__throw("out of memory: cannot sort %lld elements of %zu bytes"
            LEAT__RAISE_LIMIT,
            (long long)n, size);
    return p;
}

// Sorts pointers to the elements, then puts these in their order.
static void
sort_indirect(void *a, int64_t n, size_t size, sort_cmp cmp, bool stable)
{
    void **p = sort_memory(n, sizeof *p);
    char *sorted = sort_memory(n, size);
    for (int64_t i = 0; i < n; i++)
        p[i] = (char *)a + (size_t)i * size;
    // The copies are not needed yet: they are the buffer of the merges.
    if (!stable)
        sort_pointers(p, n, cmp);
    else if (size >= sizeof *p)
        sort_pointers_stable(p, n, (void **)sorted, cmp);
    else {
        void **buffer = sort_memory(n / 2, sizeof *p);
        sort_pointers_stable(p, n, buffer, cmp);
        leat__mem_free(buffer, 0);
    }
    for (int64_t i = 0; i < n; i++)
        memcpy(sorted + (size_t)i * size, p[i], size);
    memcpy(a, sorted, (size_t)n * size);
    leat__mem_free(sorted, 0);
    leat__mem_free(p, 0);
}

void
leat__sort_func(void *a, int64_t n, size_t size, sort_cmp cmp)
{
    if (n < 2 || size == 0)
        return;
    switch (size) {
    case 4:
        sort_by4(a, n, cmp);
        break;
    case 8:
        sort_by8(a, n, cmp);
        break;
    case 16:
        sort_by16(a, n, cmp);
        break;
    case 24:
        sort_by24(a, n, cmp);
        break;
    case 32:
        sort_by32(a, n, cmp);
        break;
    default:
        sort_indirect(a, n, size, cmp, false);
    }
}

void
leat__sort_stable_func(void *a, int64_t n, size_t size, sort_cmp cmp)
{
    if (n < 2 || size == 0)
        return;
    if (size != 4 && size != 8 && size != 16 && size != 24 && size != 32) {
        sort_indirect(a, n, size, cmp, true);
        return;
    }
    void *buffer = sort_memory(n / 2, size);
    switch (size) {
    case 4:
        sort_by4_stable(a, n, buffer, cmp);
        break;
    case 8:
        sort_by8_stable(a, n, buffer, cmp);
        break;
    case 16:
        sort_by16_stable(a, n, buffer, cmp);
        break;
    case 24:
        sort_by24_stable(a, n, buffer, cmp);
        break;
    default:
        sort_by32_stable(a, n, buffer, cmp);
    }
    leat__mem_free(buffer, 0);
}
