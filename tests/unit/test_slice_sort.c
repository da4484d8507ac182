// SPDX-License-Identifier: MIT
// test_slice_sort.c: sorting: every type, every pattern that has fooled a
// quicksort, stability, and comparisons that lie. Held against qsort.
#include "mem/alloc.h"
#include "unit/test_slice_util.h"

#include <math.h>

#define LEAT_SORT_NAME sort_test_points
#define LEAT_SORT_TYPE struct test_point
#define LEAT_SORT_LESS(a, b) ((a).x < (b).x)
#define LEAT_SORT_STABLE
#include <leat/sort.h>

#define LEAT_SORT_NAME sort_test_cheap
#define LEAT_SORT_TYPE struct test_point
#define LEAT_SORT_LESS(a, b) ((a).x < (b).x)
#define LEAT_SORT_BRANCHLESS
#define LEAT_SORT_STABLE
#include <leat/sort.h>

enum {
    PATTERNS = 9,
    SORT_LARGEST = 3000 // elements: several levels of partitions
};

// Element i of n in a pattern.
static int64_t
pattern_value(int pattern, int64_t i, int64_t n, uint64_t *state)
{
    switch (pattern) {
    case 0:
        return (int64_t)test_next(state);
    case 1:
        return test_below(state, 4);
    case 2:
        return i;
    case 3:
        return n - i;
    case 4:
        return i < n / 2 ? i : n - i; // up and down
    case 5:
        return i % 7; // saw teeth
    case 6:
        return i % 97 == 0 ? test_below(state, n) : i; // nearly sorted
    case 7:
        return (i & 1) != 0 ? i : n + i; // two mixed runs
    default:
        return 5;
    }
}

// Sorts a slice of T with each pattern and each length, and the same by
// qsort; they must be equal byte for byte.
#define SORT_LIKE_QSORT(T)                                                     \
    static int sort_order_##T(const void *a, const void *b)                    \
    {                                                                          \
        T x = *(const T *)a, y = *(const T *)b;                                \
        return (x > y) - (x < y);                                              \
    }                                                                          \
    PLAIN_TEST(slice_sort, of_##T##_equals_qsort)                              \
    {                                                                          \
        uint64_t state = test_seed();                                          \
        static const int64_t sizes[] = {                                       \
            0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 18, 19, 20, 21, 60, 127, 128,     \
            500, SORT_LARGEST};                                                \
        for (int k = 0; k < (int)(sizeof sizes / sizeof *sizes); k++) {        \
            for (int p = 0; p < PATTERNS; p++) {                               \
                leat_slice(T) a = leat_slice_make(                             \
                    leat_slice(T), sizes[k]);                                  \
                for (int64_t i = 0; i < a.len; i++)                            \
                    a.ptr[i] = (T)pattern_value(p, i, a.len, &state);          \
                leat_slice(T) b = leat_slice_clone(a);                         \
                leat_slice_sort(a);                                            \
                qsort(b.ptr, (size_t)b.len, sizeof(T), sort_order_##T);        \
                CHECK_MSG(memcmp(a.ptr, b.ptr, (size_t)a.len * sizeof(T)) ==   \
                              0, "pattern %d of %d", p, (int)a.len);           \
                CHECK(leat_slice_is_sorted(a));                                \
                leat_slice_free(a);                                            \
                leat_slice_free(b);                                            \
            }                                                                  \
        }                                                                      \
    }
typedef signed char schar;
typedef unsigned char uchar;
typedef unsigned short ushort_;
typedef long long llong;
typedef unsigned long long ullong;
SORT_LIKE_QSORT(char)
SORT_LIKE_QSORT(schar)
SORT_LIKE_QSORT(uchar)
SORT_LIKE_QSORT(short)
SORT_LIKE_QSORT(ushort_)
SORT_LIKE_QSORT(int)
SORT_LIKE_QSORT(unsigned)
SORT_LIKE_QSORT(int64_t)
SORT_LIKE_QSORT(uint64_t)
SORT_LIKE_QSORT(llong)
SORT_LIKE_QSORT(ullong)
SORT_LIKE_QSORT(float)
SORT_LIKE_QSORT(double)

PLAIN_TEST(slice_sort, of_floats_puts_nans_first)
{
    leat_slice(double) d = leat_slice_of(leat_slice(double), 3, NAN, -INFINITY,
        0.5, NAN, INFINITY, -1);
    leat_slice_sort(d);
    CHECK(isnan(d.ptr[0]) && isnan(d.ptr[1]));
    CHECK(leat_slice_is_sorted(d));
    CHECK(d.ptr[2] == -INFINITY && d.ptr[3] == -1 && d.ptr[6] == INFINITY);
    bool found;
    CHECK_EQ(leat_slice_search(d, 0.5, &found), 4);
    CHECK(found);
    CHECK_EQ(leat_slice_search(d, NAN, &found), 0);
    CHECK(found);
    leat_slice_free(d);
}

PLAIN_TEST(slice_sort, of_strings_is_bytewise)
{
    uint64_t state = test_seed();
    leat_strs s = {0};
    for (int i = 0; i < 2000; i++) {
        char text[8];
        int64_t n = test_below(&state, 8);
        for (int64_t k = 0; k < n; k++)
            text[k] = (char)test_below(&state, 3); // NULs among them
        leat_push(&s, leat_str_clone(leat_str_view(text, n)));
    }
    leat_slice_sort(s);
    for (int64_t i = 1; i < s.len; i++)
        CHECK(leat_str_compare(s.ptr[i - 1], s.ptr[i]) <= 0);
    leat_slice_range (i, v, s)
        leat_str_free(v);
    leat_slice_free(s);
}

// Elements of n bytes with a key and the place they had.
#define SORT_ELEMENT_TEST(n)                                                   \
    struct sort_test##n {                                                      \
        uint16_t key, place;                                                   \
        char more[n - 4];                                                      \
    };                                                                         \
    LEAT_SLICE(sort_tests##n, struct sort_test##n);                            \
    static int sort_test_compare##n(                                           \
        const struct sort_test##n *a, const struct sort_test##n *b)            \
    {                                                                          \
        return a->key - b->key;                                                \
    }                                                                          \
    static void sort_test_check##n(sort_tests##n s, uint16_t *seen, bool st)   \
    {                                                                          \
        for (int64_t i = 0; i < s.len; i++) {                                  \
            struct sort_test##n *a = &s.ptr[i];                                \
            CHECK(seen[a->place] == a->key && a->more[n - 5] == (char)a->key); \
            seen[a->place] = UINT16_MAX;                                       \
            CHECK(i == 0 || a[-1].key <= a->key);                              \
            CHECK(i == 0 || !st || a[-1].key < a->key ||                       \
                  a[-1].place < a->place);                                     \
        }                                                                      \
    }                                                                          \
    PLAIN_TEST(slice_sort, by_function_of_##n##_bytes_keeps_every_element)     \
    {                                                                          \
        uint64_t state = test_seed();                                          \
        for (int round = 0; round < 4 * PATTERNS; round++) {                   \
            int64_t len = round < PATTERNS ? 10 : 5 + test_below(&state, 2000);\
            bool stable = round % 2 == 0;                                      \
            sort_tests##n s = leat_slice_make(sort_tests##n, len);             \
            uint16_t seen[2100];                                               \
            for (int64_t i = 0; i < len; i++) {                                \
                uint16_t key = (uint16_t)(                                     \
                    pattern_value(round % PATTERNS, i, len, &state) & 1023);   \
                s.ptr[i].key = seen[i] = key;                                  \
                s.ptr[i].place = (uint16_t)i;                                  \
                s.ptr[i].more[n - 5] = (char)key;                              \
            }                                                                  \
            if (stable)                                                        \
                leat_slice_sort_stable_func(s, sort_test_compare##n);          \
            else                                                               \
                leat_slice_sort_func(s, sort_test_compare##n);                 \
            CHECK(leat_slice_is_sorted_func(s, sort_test_compare##n));         \
            sort_test_check##n(s, seen, stable);                               \
            leat_slice_free(s);                                                \
        }                                                                      \
    }
SORT_ELEMENT_TEST(6)
SORT_ELEMENT_TEST(8)
SORT_ELEMENT_TEST(12)
SORT_ELEMENT_TEST(16)
SORT_ELEMENT_TEST(24)
SORT_ELEMENT_TEST(32)
SORT_ELEMENT_TEST(100)

PLAIN_TEST(slice_sort, template_makes_a_sort_for_any_type)
{
    uint64_t state = test_seed();
    struct test_point a[500], b[500], buffer[250];
    for (int i = 0; i < 500; i++)
        a[i] = b[i] = (struct test_point){(int)test_below(&state, 50), i};
    sort_test_points(a, 500);
    sort_test_points_stable(b, 500, buffer);
    for (int i = 1; i < 500; i++) {
        CHECK(a[i - 1].x <= a[i].x);
        CHECK(b[i - 1].x < b[i].x ||
              (b[i - 1].x == b[i].x && b[i - 1].y < b[i].y));
    }
}

// Whatever n: the halves are merged from a copy of the smaller one.
PLAIN_TEST(slice_sort, stable_template_needs_room_for_half_of_the_elements)
{
    enum { MOST = 200 };
    for (int n = 0; n <= MOST; n++) {
        struct test_point a[MOST], buffer[MOST];
        memset(buffer, 0x7e, sizeof buffer);
        for (int i = 0; i < n; i++)
            a[i] = (struct test_point){.x = n - i};
        sort_test_points_stable(a, n, buffer);
        for (int i = 0; i < n; i++)
            CHECK_EQ(a[i].x, i + 1);
        for (size_t i = (size_t)(n / 2) * sizeof *buffer; i < sizeof buffer;
             i++)
            CHECK_EQ(((unsigned char *)buffer)[i], 0x7e);
    }
}

// Sorts 2 m elements of some size so that each half is copied, m being one
// more than fills an object of the heap, among objects that are in use.
#define BUFFER_TEST(T, in_buffer)                                              \
    static int sort_buffer_order_##T(const T *a, const T *b)                   \
    {                                                                          \
        return memcmp(a, b, sizeof *a);                                        \
    }                                                                          \
    PLAIN_TEST(slice_sort, stable_of_##T##_stays_in_its_buffer)                \
    {                                                                          \
        enum { OBJECT = 1024, OBJECTS = 64, M = OBJECT / (in_buffer) + 1 };    \
        static char *object[OBJECTS], full[OBJECT];                            \
        memset(full, 0x7e, sizeof full);                                       \
        static T a[2 * M];                                                     \
        for (int i = 0; i < 2 * M; i++)                                        \
            memset(&a[i], 2 * M - i > 255 ? 255 : 2 * M - i, sizeof a[i]);     \
        for (int i = 0; i < OBJECTS; i++)                                      \
            object[i] = memcpy(leat__mem_alloc(OBJECT, 0), full, OBJECT);      \
        for (int i = 0; i < OBJECTS; i += 2) {                                 \
            leat__mem_free(object[i], 0);                                      \
            object[i] = NULL;                                                  \
        }                                                                      \
        T##_slice s = {a, 2 * M, 2 * M};                                       \
        leat_slice_sort_stable_func(s, sort_buffer_order_##T);                 \
        CHECK(leat_slice_is_sorted_func(s, sort_buffer_order_##T));            \
        for (int i = 1; i < OBJECTS; i += 2)                                   \
            CHECK_EQ(memcmp(object[i], full, OBJECT), 0);                      \
    }
typedef struct { char c[16]; } sixteen_bytes;
typedef struct { char c[2]; } two_bytes;
LEAT_SLICE(sixteen_bytes_slice, sixteen_bytes);
LEAT_SLICE(two_bytes_slice, two_bytes);
BUFFER_TEST(sixteen_bytes, sizeof(sixteen_bytes))
BUFFER_TEST(two_bytes, sizeof(void *))

PLAIN_TEST(slice_sort, template_without_branches_can_be_stable)
{
    uint64_t state = test_seed();
    struct test_point a[100], buffer[50];
    for (int n = 0; n <= 100; n++) {
        for (int i = 0; i < n; i++)
            a[i] = (struct test_point){(int)test_below(&state, 4), i};
        sort_test_cheap_stable(a, n, buffer);
        for (int i = 1; i < n; i++)
            CHECK(a[i - 1].x < a[i].x ||
                  (a[i - 1].x == a[i].x && a[i - 1].y < a[i].y));
    }
}

// No order at all: each answer is drawn. Goal: the sort ends, stays inside
// the array and loses nothing.
static uint64_t lie_state;

static int
lie(const int64_t *a, const int64_t *b)
{
    (void)a;
    (void)b;
    return (int)test_below(&lie_state, 3) - 1;
}

PLAIN_TEST(slice_sort, comparison_that_lies_loses_no_element)
{
    lie_state = test_seed();
    for (int round = 0; round < 200; round++) {
        int64_t n = test_below(&lie_state, 500), guard = 64;
        test_longs s = leat_slice_make(test_longs, n + 2 * guard);
        for (int64_t i = 0; i < s.len; i++)
            leat_at(s, i) = i - guard;
        test_longs middle = leat_sub(s, guard, guard + n);
        if (round % 2 == 0)
            leat_slice_sort_func(middle, lie);
        else
            leat_slice_sort_stable_func(middle, lie);
        leat_slice_sort(middle);
        for (int64_t i = 0; i < s.len; i++)
            CHECK_EQ(leat_at(s, i), i - guard);
        leat_slice_free(s);
    }
}

// The same for a sort without branches, which merges to another place.
#define LEAT_SORT_NAME sort_test_lies
#define LEAT_SORT_TYPE int64_t
#define LEAT_SORT_LESS(a, b) (lie(&(a), &(b)) < 0)
#define LEAT_SORT_BRANCHLESS
#include <leat/sort.h>

PLAIN_TEST(slice_sort, template_without_branches_survives_lies)
{
    lie_state = test_seed();
    for (int round = 0; round < 2000; round++) {
        enum { GUARD = 64 };
        int64_t a[2 * GUARD + 500], n = test_below(&lie_state, 500);
        if (round % 2 == 0)
            n %= 40;
        for (int64_t i = 0; i < n + 2 * GUARD; i++)
            a[i] = i - GUARD;
        sort_test_lies(a + GUARD, n);
        leat_slice_sort(((test_longs){a + GUARD, n, n}));
        for (int64_t i = 0; i < n + 2 * GUARD; i++)
            CHECK_EQ(a[i], i - GUARD);
    }
}

// What sorts all zeroes and ones by comparing fixed places sorts everything.
PLAIN_TEST(slice_sort, of_few_numbers_sorts_all_zeroes_and_ones)
{
    for (int n = 0; n <= 17; n++) {
        for (unsigned bits = 0; bits < 1u << n; bits++) {
            int a[17];
            for (int i = 0; i < n; i++)
                a[i] = bits >> i & 1;
            leat_slice_sort(((leat_slice(int)){a, n, n}));
            int zeroes = n - __builtin_popcount(bits);
            for (int i = 0; i < n; i++)
                CHECK_EQ(a[i], i >= zeroes);
        }
    }
}

// An adversary: it decides values only when they are compared, so that each
// pivot turns out to be almost the smallest. (The idea is McIlroy's.)
static struct {
    int64_t *value; // by element; INT64_MAX: not decided yet
    int64_t decided, candidate, compared;
} antagonist;

static int
antagonist_compare(const int64_t *a, const int64_t *b)
{
    int64_t *x = &antagonist.value[*a], *y = &antagonist.value[*b];
    antagonist.compared++;
    if (*x == INT64_MAX && *y == INT64_MAX) {
        if (*a == antagonist.candidate)
            *x = antagonist.decided++;
        else
            *y = antagonist.decided++;
    }
    if (*x == INT64_MAX)
        antagonist.candidate = *a;
    else if (*y == INT64_MAX)
        antagonist.candidate = *b;
    return (*x > *y) - (*x < *y);
}

PLAIN_TEST(slice_sort, adversary_cannot_make_it_quadratic)
{
    enum { N = 20000 };
    test_longs s = leat_slice_make(test_longs, N);
    antagonist.value = malloc(N * sizeof(int64_t));
    for (int64_t i = 0; i < N; i++) {
        leat_at(s, i) = i;
        antagonist.value[i] = INT64_MAX;
    }
    leat_slice_sort_func(s, antagonist_compare);
    // n log2 n is 286 thousand; half of n squared 200 million.
    CHECK_MSG(antagonist.compared < 6 * 286000, "%d comparisons",
        (int)antagonist.compared);
    free(antagonist.value);
    leat_slice_free(s);
}

PLAIN_TEST_WITH(slice_sort, without_memory_for_the_merge_is_fatal,
    .exit_status = 2,
    .stderr_has = {"fatal error: out of memory: cannot sort"})
{
    extern bool leat__fault_parse(const char *);
    sort_tests100 s = leat_slice_make(sort_tests100, 50);
    leat_get_profile();
    leat__fault_parse("malloc:1+");
    CHECK_EQ(s.len, 50);
    leat_slice_sort_stable_func(s, sort_test_compare100);
}
