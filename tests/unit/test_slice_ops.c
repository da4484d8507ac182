// SPDX-License-Identifier: MIT
// test_slice_ops.c: what Go's package slices does: insert, delete, compare,
// search, compact. (Against a model: test_slice_fuzz.c; sorting:
// test_slice_sort.c.)
#include "unit/test_slice_util.h"

#include <math.h>

static bool
ops_same(const struct test_point *a, const struct test_point *b)
{
    return a->x == b->x && a->y == b->y;
}

static bool
ops_is_large(const int *v)
{
    return *v > 100;
}

static int
ops_compare(const struct test_point *a, const struct test_point *b)
{
    return (a->x > b->x) - (a->x < b->x);
}

PLAIN_TEST(slice_ops, insert_uses_the_room_there_is)
{
    test_ints s = leat_slice_make(test_ints, 0, 8);
    s = leat_append_values(s, 1, 2, 3);
    test_ints t = leat_slice_insert(s, 1, 9);
    CHECK(t.ptr == s.ptr);
    CHECK_INTS(t, 1, 9, 2, 3);
    t = leat_slice_insert_slice(t, 4, leat_sub(t, 0, 2));
    CHECK_INTS(t, 1, 9, 2, 3, 1, 9);
    // A part of itself, that moves while it is inserted.
    t = leat_slice_insert_slice(t, 1, leat_sub(t, 2, 4));
    CHECK_INTS(t, 1, 2, 3, 9, 2, 3, 1, 9);
    CHECK(t.ptr == s.ptr);
    test_ints u = leat_slice_insert(t, 8, 7);
    CHECK(u.ptr != t.ptr);
    CHECK_INTS(u, 1, 2, 3, 9, 2, 3, 1, 9, 7);
    CHECK_PANICS("runtime error: slice bounds out of range [4:3]",
        (void)leat_slice_insert(s, 4, 1));
    CHECK_PANICS("runtime error: slice bounds out of range [-1:]",
        (void)leat_slice_insert(s, -1, 1));
    leat_slice_free(s);
    leat_slice_free(u);
}

PLAIN_TEST(slice_ops, delete_clears_what_falls_off_the_end)
{
    test_ints s = leat_slice_of(test_ints, 1, 2, 3, 4, 5);
    test_ints t = leat_slice_delete(s, 1, 3);
    CHECK(t.ptr == s.ptr);
    CHECK_INTS(t, 1, 4, 5);
    CHECK_INTS(s, 1, 4, 5, 0, 0);
    CHECK_EQ(leat_slice_delete(t, 3, 3).len, 3);
    CHECK_PANICS("runtime error: slice bounds out of range [:4:3]",
        (void)leat_slice_delete(t, 0, 4));
    CHECK_PANICS("runtime error: slice bounds out of range [2:1:]",
        (void)leat_slice_delete(t, 2, 1));
    leat_slice_free(s);
}

PLAIN_TEST(slice_ops, replace_makes_room_or_closes_the_gap)
{
    test_ints s = leat_slice_of(test_ints, 1, 2, 3, 4, 5);
    test_ints two = leat_slice_of(test_ints, 8, 9);
    test_ints t = leat_slice_replace(s, 1, 4, two);
    CHECK_INTS(t, 1, 8, 9, 5);
    CHECK_INTS(s, 1, 8, 9, 5, 0);
    t = leat_slice_replace(t, 0, 1, two);
    CHECK_INTS(t, 8, 9, 8, 9, 5);
    CHECK(t.ptr == s.ptr);
    test_ints u = leat_slice_replace(t, 5, 5, two);
    CHECK(u.ptr != t.ptr);
    CHECK_INTS(u, 8, 9, 8, 9, 5, 8, 9);
    CHECK_PANICS("runtime error: slice bounds out of range [4:3]",
        (void)leat_slice_replace(leat_sub_to(s, 3), 2, 4, two));
    CHECK_PANICS("runtime error: slice bounds out of range [:6] with "
                 "capacity 5", (void)leat_slice_replace(s, 2, 6, two));
    leat_slice_free(s);
    leat_slice_free(two);
    leat_slice_free(u);
}

PLAIN_TEST(slice_ops, concat_and_clone_make_new_arrays)
{
    test_ints a = leat_slice_of(test_ints, 1, 2), nil = {0};
    test_ints b = leat_slice_of(test_ints, 3);
    test_ints c = leat_slice_concat(test_ints, a, nil, b, a);
    CHECK_INTS(c, 1, 2, 3, 1, 2);
    CHECK(leat_slice_concat(test_ints, nil, nil).ptr == NULL);
    test_ints d = leat_slice_clone(c);
    leat_at(d, 0) = 7;
    CHECK_EQ(leat_at(c, 0), 1);
    CHECK_EQ(leat_slice_clip(d).cap, 5);
    leat_slice_free(a);
    leat_slice_free(b);
    leat_slice_free(c);
    leat_slice_free(d);
}

PLAIN_TEST(slice_ops, grow_makes_room_and_keeps_the_length)
{
    test_ints s = leat_slice_of(test_ints, 1, 2, 3);
    test_ints t = leat_slice_grow(s, 10);
    CHECK_INTS(t, 1, 2, 3);
    CHECK(t.cap >= 13);
    CHECK(leat_slice_grow(t, 5).ptr == t.ptr);
    CHECK(leat_slice_grow(s, 0).ptr == s.ptr);
    leat_slice_free(s);
    leat_slice_free(t);
}

PLAIN_TEST(slice_ops, values_are_compared_by_equality_of_their_type)
{
    test_ints a = leat_slice_of(test_ints, 1, 2, 3, 2);
    test_ints b = leat_slice_clone(a);
    CHECK(leat_slice_equal(a, b));
    leat_at(b, 3) = 0;
    CHECK(!leat_slice_equal(a, b));
    CHECK(!leat_slice_equal(a, leat_sub_to(a, 3)));
    CHECK_EQ(leat_slice_index(a, 2), 1);
    CHECK_EQ(leat_slice_index(a, 7), -1);
    CHECK(leat_slice_contains(a, 3));
    CHECK_EQ(leat_slice_index_func(a, ops_is_large), -1);
    leat_at(a, 2) = 101;
    CHECK_EQ(leat_slice_index_func(a, ops_is_large), 2);
    leat_slice_free(a);
    leat_slice_free(b);
    leat_slice(double) d = leat_slice_of(leat_slice(double), NAN, 0.0, 1.5);
    CHECK(!leat_slice_equal(d, d)); // a NaN equals nothing
    CHECK_EQ(leat_slice_index(d, NAN), -1);
    CHECK_EQ(leat_slice_index(d, -0.0), 1);
    leat_slice_free(d);
    leat_strs s = leat_slice_of(leat_strs, LEAT_STR("a"), LEAT_STR("bb"));
    CHECK_EQ(leat_slice_index(s, leat_str_from_c("bb")), 1);
    CHECK(!leat_slice_contains(s, LEAT_STR("b")));
    leat_strs t = leat_slice_clone(s);
    CHECK(leat_slice_equal(s, t));
    leat_slice_free(s);
    leat_slice_free(t);
}

PLAIN_TEST(slice_ops, structs_are_compared_by_function)
{
    test_points a = leat_slice_of(test_points, {1, 2}, {1, 2}, {3, 4}, {1, 2});
    test_points b = leat_slice_clone(a);
    CHECK(leat_slice_equal_func(a, b, ops_same));
    leat_at(b, 0).y = 0;
    CHECK(!leat_slice_equal_func(a, b, ops_same));
    a = leat_slice_compact_func(a, ops_same);
    CHECK_EQ(a.len, 3);
    CHECK_EQ(leat_at(a, 1).x, 3);
    CHECK_EQ(leat_at(a, 2).x, 1);
    leat_slice_free(a);
    leat_slice_free(b);
}

// A function that is named by an expression with an effect.
static int ops_named;
typedef bool ops_same_func(
    const struct test_point *, const struct test_point *);

static ops_same_func *
ops_name_same(void)
{
    ops_named++;
    return ops_same;
}

PLAIN_TEST(slice_ops, function_operand_is_evaluated_once)
{
    test_points a = leat_slice_of(test_points, {1, 2}, {3, 4}, {5, 6});
    CHECK(leat_slice_equal_func(a, a, ops_name_same()));
    CHECK_EQ(ops_named, 1);
    a = leat_slice_compact_func(a, ops_name_same());
    CHECK_EQ(ops_named, 2);
    leat_slice_free(a);
}

PLAIN_TEST(slice_ops, lengths_beyond_all_numbers_are_refused)
{
    // Of size zero, so that there are slices of such a length.
    struct nothing {
        char none[0];
    };
    LEAT_SLICE(nothings, struct nothing);
    nothings s = leat_slice_make(nothings, INT64_MAX), t = s;
    CHECK_PANICS("runtime error: growslice: len out of range",
        t = leat_slice_insert(s, 1, (struct nothing){}));
    CHECK_PANICS("runtime error: growslice: len out of range",
        t = leat_slice_insert(s, INT64_MAX, (struct nothing){}));
    CHECK_PANICS("runtime error: growslice: len out of range",
        t = leat_slice_insert_slice(s, 1, s));
    CHECK_PANICS("runtime error: growslice: len out of range",
        t = leat_slice_replace(s, 0, 1, s));
    CHECK_PANICS("runtime error: growslice: len out of range",
        t = leat_slice_concat(nothings, s, s));
    CHECK_EQ(t.len, INT64_MAX);
    CHECK_EQ(leat_slice_replace(s, 0, INT64_MAX, s).len, INT64_MAX);
}

PLAIN_TEST(slice_ops, compact_keeps_the_first_of_each_run)
{
    test_ints s = leat_slice_of(test_ints, 1, 1, 2, 2, 2, 3, 1, 1);
    test_ints t = leat_slice_compact(s);
    CHECK_INTS(t, 1, 2, 3, 1);
    CHECK_INTS(s, 1, 2, 3, 1, 0, 0, 0, 0);
    CHECK_EQ(leat_slice_compact((test_ints){0}).len, 0);
    leat_slice_free(s);
}

PLAIN_TEST(slice_ops, delete_by_function_keeps_the_order)
{
    test_ints s = leat_slice_of(test_ints, 101, 1, 200, 300, 2, 3, 400);
    CHECK(leat_slice_contains_func(s, ops_is_large));
    test_ints t = leat_slice_delete_func(s, ops_is_large);
    CHECK_INTS(t, 1, 2, 3);
    CHECK(t.ptr == s.ptr);
    CHECK_INTS(s, 1, 2, 3, 0, 0, 0, 0);
    CHECK(!leat_slice_contains_func(s, ops_is_large));
    CHECK_INTS(leat_slice_delete_func(t, ops_is_large), 1, 2, 3);
    CHECK_EQ(leat_slice_delete_func((test_ints){0}, ops_is_large).len, 0);
    leat_slice_free(s);
}

// All orders of some numbers, of which no two are equal.
#define EXTREME_TEST(T)                                                        \
    PLAIN_TEST(slice_ops, least_and_greatest_##T##_are_found_in_any_place)     \
    {                                                                          \
        enum { N = 5, ORDERS = 120 };                                          \
        for (int order = 0; order < ORDERS; order++) {                         \
            T a[N] = {-2, -1, 0, 1, 2};                                        \
            for (int i = N, left = order; i > 1; left /= i--) {                \
                T x = a[i - 1];                                                \
                a[i - 1] = a[left % i];                                        \
                a[left % i] = x;                                               \
            }                                                                  \
            leat_slice(T) s = {a, N, N};                                       \
            CHECK_EQ(leat_slice_min(s), -2);                                   \
            CHECK_EQ(leat_slice_max(s), 2);                                    \
        }                                                                      \
    }
EXTREME_TEST(int)
EXTREME_TEST(float)
EXTREME_TEST(double)

PLAIN_TEST(slice_ops, least_and_greatest_are_found)
{
    test_ints s = leat_slice_of(test_ints, 3, -7, 9, -7, 9, 0), nil = {0};
    CHECK_EQ(leat_slice_min(s), -7);
    CHECK_EQ(leat_slice_max(s), 9);
    CHECK_EQ(leat_slice_max(leat_sub_to(s, 1)), 3);
    CHECK_PANICS("slices.Min: empty list", (void)leat_slice_min(nil));
    CHECK_PANICS("slices.Max: empty list", (void)leat_slice_max(nil));
    leat_slice_free(s);
    leat_slice(double) d = leat_slice_of(leat_slice(double), 0.0, -0.0, 0.0);
    CHECK(signbit(leat_slice_min(d)));
    CHECK(!signbit(leat_slice_max(d)));
    CHECK(!signbit(leat_slice_max(leat_sub_from(d, 1))));
    d = leat_append_values(d, 2.5, NAN, -3.5);
    CHECK(isnan(leat_slice_min(d)));
    CHECK(isnan(leat_slice_max(d)));
    leat_at(d, 4) = -INFINITY;
    CHECK(leat_slice_min(d) == -INFINITY);
    CHECK(leat_slice_max(d) == 2.5);
    leat_strs t = leat_slice_of(
        leat_strs, LEAT_STR("b"), LEAT_STR("ab"), LEAT_STR("a"));
    CHECK_TEXT(leat_slice_min(t), "a");
    CHECK_TEXT(leat_slice_max(t), "b");
    leat_slice_free(t);
    unsigned char bytes[] = {200, 3, 255};
    CHECK_EQ(leat_slice_max(leat_slice_array(leat_bytes, bytes)), 255);
}

PLAIN_TEST(slice_ops, repeat_makes_a_new_array)
{
    test_ints s = leat_slice_of(test_ints, 1, 2), nil = {0};
    test_ints t = leat_slice_repeat(s, 3);
    CHECK_INTS(t, 1, 2, 1, 2, 1, 2);
    CHECK_EQ(t.cap, 6);
    CHECK(leat_slice_repeat(nil, 3).ptr != NULL);
    CHECK_EQ(leat_slice_repeat(s, 0).len, 0);
    CHECK_PANICS("cannot be negative", (void)leat_slice_repeat(s, -1));
    CHECK_PANICS("the result of (len(x) * count) overflows",
        (void)leat_slice_repeat(s, INT64_MAX));
    CHECK_PANICS("runtime error: makeslice: len out of range",
        (void)leat_slice_repeat(s, INT64_MAX / 2));
    leat_slice_free(s);
    leat_slice_free(t);
}

PLAIN_TEST(slice_ops, reverse_turns_the_order_round)
{
    test_ints s = leat_slice_of(test_ints, 1, 2, 3, 4, 5);
    leat_slice_reverse(s);
    CHECK_INTS(s, 5, 4, 3, 2, 1);
    leat_slice_reverse(leat_sub_to(s, 4));
    CHECK_INTS(s, 2, 3, 4, 5, 1);
    leat_slice_free(s);
}

PLAIN_TEST(slice_ops, search_finds_the_first_place)
{
    test_ints s = leat_slice_of(test_ints, 1, 3, 3, 3, 7);
    bool found;
    CHECK_EQ(leat_slice_search(s, 3, &found), 1);
    CHECK(found);
    CHECK_EQ(leat_slice_search(s, 4, &found), 4);
    CHECK(!found);
    CHECK_EQ(leat_slice_search(s, 8, NULL), 5);
    CHECK_EQ(leat_slice_search(s, 0, NULL), 0);
    leat_slice_free(s);
    leat_strs t = leat_slice_of(leat_strs, LEAT_STR("a"), LEAT_STR("c"));
    CHECK_EQ(leat_slice_search(t, LEAT_STR("b"), &found), 1);
    CHECK(!found);
    CHECK_EQ(leat_slice_search(t, LEAT_STR("c"), &found), 1);
    CHECK(found);
    leat_slice_free(t);
    test_points p = leat_slice_of(test_points, {1, 0}, {5, 0}, {9, 0});
    struct test_point five = {.x = 5};
    CHECK_EQ(leat_slice_search_func(p, &five, ops_compare, &found), 1);
    CHECK(found);
    CHECK(leat_slice_is_sorted_func(p, ops_compare));
    leat_slice_free(p);
}

static int
ops_by_tens(const int *a, const int *b)
{
    return 5 * (*a / 10 - *b / 10);
}

PLAIN_TEST(slice_ops, least_and_greatest_by_a_function_are_the_first_of_such)
{
    test_ints s = leat_slice_of(test_ints, 25, 14, 36, 11, 32, 28), nil = {0};
    CHECK_EQ(leat_slice_min_func(s, ops_by_tens), 14);
    CHECK_EQ(leat_slice_max_func(s, ops_by_tens), 36);
    CHECK_EQ(leat_slice_max_func(leat_sub_to(s, 1), ops_by_tens), 25);
    CHECK_PANICS("slices.MinFunc: empty list",
        (void)leat_slice_min_func(nil, ops_by_tens));
    CHECK_PANICS("slices.MaxFunc: empty list",
        (void)leat_slice_max_func(nil, ops_by_tens));
    leat_slice_free(s);
}

PLAIN_TEST(slice_ops, slices_are_ordered_by_what_differs_first_then_by_length)
{
    test_ints s = leat_slice_of(test_ints, 1, 2, 3), nil = {0};
    test_ints t = leat_slice_of(test_ints, 1, 9);
    CHECK_EQ(leat_slice_compare(s, s), 0);
    CHECK_EQ(leat_slice_compare(s, t), -1);
    CHECK_EQ(leat_slice_compare(t, s), 1);
    CHECK_EQ(leat_slice_compare(leat_sub_to(s, 2), s), -1);
    CHECK_EQ(leat_slice_compare(s, leat_sub_to(s, 2)), 1);
    CHECK_EQ(leat_slice_compare(nil, leat_sub_to(s, 0)), 0);
    CHECK_EQ(leat_slice_compare(nil, s), -1);
    CHECK_EQ(leat_slice_compare(s, nil), 1);
    // What the function says, as it is.
    CHECK_EQ(leat_slice_compare_func(s, t, ops_by_tens), 1);
    leat_at(t, 1) = 42;
    CHECK_EQ(leat_slice_compare_func(s, t, ops_by_tens), -20);
    CHECK_EQ(leat_slice_compare_func(nil, nil, ops_by_tens), 0);
    leat_slice_free(s);
    leat_slice_free(t);
}

// As cmp.Compare: any NaN equals any other and is less than a number.
PLAIN_TEST(slice_ops, slices_of_nan_zeros_and_strings_have_an_order)
{
    leat_slice(double) d = leat_slice_of(leat_slice(double), NAN, -0.0);
    leat_slice(double) e = leat_slice_of(leat_slice(double), -NAN, 0.0);
    CHECK_EQ(leat_slice_compare(d, e), 0);
    leat_at(e, 0) = -INFINITY;
    CHECK_EQ(leat_slice_compare(d, e), -1);
    CHECK_EQ(leat_slice_compare(e, d), 1);
    leat_slice_free(d);
    leat_slice_free(e);
    unsigned large[] = {4000000000u}, small[] = {1};
    CHECK_EQ(leat_slice_compare(
        leat_slice_array(leat_slice(unsigned), large),
        leat_slice_array(leat_slice(unsigned), small)), 1);
    leat_str b[] = {LEAT_STR("a"), LEAT_STR("b")}, c[] = {LEAT_STR("ab")};
    CHECK_EQ(leat_slice_compare(
        leat_slice_array(leat_strs, b), leat_slice_array(leat_strs, c)), -1);
}

PLAIN_TEST(slice_ops, chunks_are_parts_without_room)
{
    leat_slice(int) s = leat_slice_make(leat_slice(int), 0, 32);
    for (int i = 0; i < 10; i++)
        leat_push(&s, i);
    CHECK_EQ(leat_slice_chunks(s, 4), 3);
    CHECK_EQ(leat_slice_chunks(s, 5), 2);
    CHECK_EQ(leat_slice_chunks(s, 100), 1);
    CHECK_EQ(leat_slice_chunks(s, INT64_MAX), 1);
    CHECK_EQ(leat_slice_chunks(leat_sub_to(s, 0), 4), 0);
    for (int64_t i = 0; i < 3; i++) {
        leat_slice(int) part = leat_slice_chunk(s, 4, i);
        CHECK_EQ(part.len, i < 2 ? 4 : 2);
        CHECK_EQ(part.cap, part.len);
        CHECK(part.ptr == s.ptr + 4 * i);
    }
    CHECK_EQ(leat_slice_chunk(s, INT64_MAX, 0).len, 10);
    leat_slice_free(s);
}

static void
slice_chunk_panics(int64_t n, int64_t i, const char *text)
{
    leat_slice(int) s = leat_slice_make(leat_slice(int), 10);
    struct leat_caught caught = {.kind = 0};
    leat_try {
        leat_catch(&caught);
        (void)leat_slice_chunk(s, n, i);
    }
    CHECK_STR(caught.text, text);
    leat_slice_free(s);
}

TEST(slice_ops, a_chunk_that_there_is_not_panics)
{
    slice_chunk_panics(0, 0, "cannot be less than 1");
    slice_chunk_panics(-1, 0, "cannot be less than 1");
    slice_chunk_panics(4, 3, "runtime error: index out of range [3] with length 3");
    slice_chunk_panics(4, -1, "runtime error: index out of range [-1]");
}

// What they do not give back is a leak that AddressSanitizer reports.
PLAIN_TEST(slice_ops, owner_forms_edit_and_give_the_old_array_back)
{
    leat_slice(int) s = {0};
    for (int i = 0; i < 200; i++)
        leat_push_insert(&s, i / 2, i); // always in the middle
    CHECK_EQ(s.len, 200);
    CHECK_EQ(leat_at(s, 0), 1);
    CHECK_EQ(leat_at(s, 99), 199);
    CHECK_EQ(leat_at(s, 100), 198);
    CHECK_EQ(leat_at(s, 199), 0);
    leat_push_grow(&s, 1000);
    CHECK(s.cap >= 1200);
    CHECK_EQ(s.len, 200);
    leat_slice_free(s);
}

PLAIN_TEST(slice_ops, owner_forms_take_parts_of_the_slice_itself)
{
    leat_slice(int) s = leat_slice_of(leat_slice(int), 1, 2, 3);
    leat_push_insert(&s, 0, leat_at(s, 2)); // 3 1 2 3
    leat_push_insert_slice(&s, 1, s);       // 3 3 1 2 3 1 2 3
    CHECK_EQ(s.len, 8);
    static const int doubled[] = {3, 3, 1, 2, 3, 1, 2, 3};
    for (int i = 0; i < 8; i++)
        CHECK_EQ(leat_at(s, i), doubled[i]);
    leat_push_replace(&s, 0, 7, leat_sub(s, 2, 4)); // 1 2 3
    CHECK_EQ(s.len, 3);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(leat_at(s, i), i + 1);
    int64_t cap = s.cap;
    leat_push_replace(&s, 1, 2, leat_sub_to(s, 0)); // in its place: 1 3
    CHECK_EQ(s.cap, cap);
    CHECK_EQ(s.len, 2);
    CHECK_EQ(leat_at(s, 1), 3);
    leat_slice_free(s);
}
