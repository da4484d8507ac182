// SPDX-License-Identifier: MIT
// test_slice.c: what a slice is: header, sharing, bounds, appending, copying.
#include "unit/test_slice_util.h"

#include "mem/objects.h"
#include "os/fault.h"
#include "slice/slice_int.h"

// The header --------------------------------------------------------------

PLAIN_TEST(slice, header_is_three_words_at_0_8_16)
{
    CHECK_EQ(offsetof(test_ints, ptr), 0);
    CHECK_EQ(offsetof(test_ints, len), 8);
    CHECK_EQ(offsetof(test_ints, cap), 16);
    CHECK_EQ(sizeof(test_ints), 24);
    CHECK_EQ(sizeof(test_points), 24);
}

static leat_slice(int)
pass_on(leat_slice(int) s)
{
    return s;
}

PLAIN_TEST(slice, type_of_a_scalar_needs_no_declaration)
{
    // The same type at every mention: assigned, passed and returned.
    leat_slice(int) a = leat_slice_of(leat_slice(int), 1, 2, 3);
    leat_slice(signed) b = pass_on(a);
    leat_slice(int32_t) c = b;
    leat_runes d = c;
    CHECK(d.ptr == a.ptr);
    CHECK(_Generic((leat_slice(int64_t)){0}, leat_slice(long): 1, default: 0));
    CHECK(_Generic((leat_slice(leat_str)){0}, leat_strs: 1, default: 0));
    CHECK(_Generic((leat_slice(uint8_t)){0}, leat_bytes: 1, default: 0));
    leat_slice_free(a);
}

PLAIN_TEST(slice, make_gives_zeroes_and_parts_as_in_go)
{
    // s := make([]int, 3, 5); s1 := s[1:]; s2 := s[:2]
    test_longs s = leat_slice_make(test_longs, 3, 5);
    test_longs s1 = leat_sub_from(s, 1), s2 = leat_sub_to(s, 2);
    CHECK_EQ(s.len, 3);
    CHECK_EQ(s.cap, 5);
    CHECK_EQ(s1.len, 2);
    CHECK_EQ(s1.cap, 4);
    CHECK_EQ(s2.len, 2);
    CHECK_EQ(s2.cap, 5);
    CHECK((char *)s1.ptr == (char *)s.ptr + 8);
    CHECK(s2.ptr == s.ptr);
    for (int i = 0; i < 5; i++)
        CHECK_EQ(leat_at_unchecked(s, i), 0);
    leat_at(s1, 0) = 7;
    CHECK_EQ(leat_at(s, 1), 7);
    leat_slice_free(s);
}

PLAIN_TEST(slice, nil_and_empty_are_told_apart)
{
    test_ints nil = {0}, empty = leat_slice_make(test_ints, 0);
    CHECK(nil.ptr == NULL);
    CHECK(empty.ptr != NULL);
    CHECK_EQ(nil.len + nil.cap + empty.len + empty.cap, 0);
    CHECK((void *)empty.ptr == leat__zerobase);
    CHECK(leat_sub(nil, 0, 0).ptr == NULL);
    CHECK(leat_sub(empty, 0, 0).ptr != NULL);
    CHECK(leat_append_slice(nil, empty).ptr == NULL);
    CHECK(leat_slice_clone(nil).ptr == NULL);
    CHECK(leat_slice_clone(empty).ptr != NULL);
    CHECK(leat_slice_equal(nil, empty));
    leat_slice_free(nil);
    leat_slice_free(empty);
}

PLAIN_TEST(slice, part_without_capacity_does_not_point_behind_the_array)
{
    test_ints s = leat_slice_of(test_ints, 1, 2, 3);
    test_ints end = leat_sub_from(s, 3);
    CHECK_EQ(end.len, 0);
    CHECK_EQ(end.cap, 0);
    CHECK(end.ptr == s.ptr);
    leat_slice_free(s);
}

// Were the array given back, the next one of its size would lie there.
PLAIN_TEST(slice, part_without_room_does_not_give_the_array_back)
{
    test_ints s = leat_slice_of(test_ints, 1, 2, 3, 4);
    leat_slice_free(leat_sub_from(s, 4));
    leat_slice_free(leat_slice_clip(leat_sub_to(s, 0)));
    test_ints other = leat_slice_of(test_ints, 9, 9, 9, 9);
    CHECK(other.ptr != s.ptr);
    CHECK_INTS(s, 1, 2, 3, 4);
    leat_slice_free(other);
    leat_slice_free(s);
}

PLAIN_TEST(slice, clone_of_an_empty_slice_has_no_array_to_give_back)
{
    test_ints s = leat_slice_make(test_ints, 0, 8);
    test_ints copy = leat_slice_clone(s);
    CHECK(copy.ptr != NULL);
    CHECK_EQ(copy.cap, 0);
    leat_slice_free(copy);
    test_ints other = leat_slice_make(test_ints, 8);
    CHECK(other.ptr != s.ptr);
    leat_slice_free(other);
    leat_slice_free(s);
}

PLAIN_TEST(slice, elements_of_size_zero_take_no_memory)
{
    struct nothing {
        char none[0];
    };
    LEAT_SLICE(nothings, struct nothing);
    nothings s = leat_slice_make(nothings, 3, 7), t = {0};
    CHECK((void *)s.ptr == leat__zerobase);
    CHECK_EQ(s.cap, 7);
    for (int i = 0; i < 100; i++) {
        t = leat_append(t, (struct nothing){});
        CHECK_EQ(t.cap, t.len);
    }
    CHECK_EQ(t.len, 100);
    CHECK((void *)t.ptr == leat__zerobase);
    CHECK_EQ(leat_copy(s, t), 3);
    t = leat_slice_delete(t, 10, 20);
    CHECK_EQ(t.len, 90);
    CHECK_EQ(leat_slice_concat(nothings, s, t).len, 93);
    CHECK_PANICS("runtime error: index out of range [90] with length 90",
        (void)leat_at(t, 90));
    leat_push_slice(&t, s);
    CHECK_EQ(t.len, 93);
}

// Making ------------------------------------------------------------------

PLAIN_TEST(slice, make_refuses_sizes_as_go_does)
{
    int64_t huge = INT64_MAX, minus = -1, ok = 2;
    CHECK_PANICS("runtime error: makeslice: len out of range",
        (void)leat_slice_make(test_ints, minus));
    CHECK_PANICS("runtime error: makeslice: len out of range",
        (void)leat_slice_make(test_ints, huge));
    CHECK_PANICS("runtime error: makeslice: len out of range",
        (void)leat_slice_make(test_ints, huge, huge));
    CHECK_PANICS("runtime error: makeslice: cap out of range",
        (void)leat_slice_make(test_ints, ok, huge));
    CHECK_PANICS("runtime error: makeslice: cap out of range",
        (void)leat_slice_make(test_ints, ok, 1));
    CHECK_PANICS("runtime error: makeslice: cap out of range",
        (void)leat_slice_make(test_ints, ok, minus));
    CHECK(leat_slice_try_make(test_ints, minus).ptr == NULL);
    CHECK(leat_slice_try_make(test_ints, ok, 1).ptr == NULL);
    CHECK_EQ(leat_slice_try_make(test_ints, huge).len, 0);
    test_ints s = leat_slice_try_make(test_ints, ok, 4);
    CHECK_EQ(s.len, 2);
    CHECK_EQ(s.cap, 4);
    leat_slice_free(s);
}

PLAIN_TEST(slice, append_refuses_lengths_beyond_memory)
{
    // A length no memory can have: of size zero, so that there is one.
    struct nothing {
        char none[0];
    };
    LEAT_SLICE(nothings, struct nothing);
    nothings s = leat_slice_make(nothings, INT64_MAX);
    CHECK_PANICS("runtime error: growslice: len out of range",
        (void)leat_append(s, (struct nothing){}));
    CHECK_EQ(leat_try_push(&s, (struct nothing){}), LEAT_ENOMEM);
    CHECK_EQ(s.len, INT64_MAX);
    CHECK_PANICS("cannot be negative", (void)leat_slice_grow(s, -1));
}

PLAIN_TEST(slice, literal_holds_its_values)
{
    test_points p = leat_slice_of(test_points, {1, 2}, {3, 4}, {.y = 5});
    CHECK_EQ(p.len, 3);
    CHECK_EQ(p.cap, 3);
    CHECK_EQ(leat_at(p, 2).x, 0);
    CHECK_EQ(leat_at(p, 2).y, 5);
    leat_at(p, 0).x = 9;
    CHECK_EQ(p.ptr[0].x, 9);
    leat_slice_free(p);
}

PLAIN_TEST(slice, array_is_seen_without_a_copy)
{
    int a[4] = {1, 2, 3, 4};
    test_ints s = leat_slice_array(test_ints, a);
    CHECK_EQ(s.cap, 4);
    leat_at(s, 3) = 8;
    CHECK_EQ(a[3], 8);
    CHECK_EQ(leat_array_at(a, 3), 8);
    test_ints mid = leat_array_sub(test_ints, a, 1, 3);
    CHECK_INTS(mid, 2, 3);
    CHECK_EQ(mid.cap, 3);
    CHECK_EQ(leat_array_sub_max(test_ints, a, 1, 2, 3).cap, 2);
    int(*back)[4] = leat_slice_to_array(s, 4);
    CHECK(back == &a);
}

// Bounds --------------------------------------------------------------------

PLAIN_TEST(slice, index_panics_have_gos_texts)
{
    test_ints s = leat_slice_make(test_ints, 3);
    int five = 5, minus = -1;
    uint64_t large = UINT64_MAX;
    uint8_t small = 255;
    CHECK_PANICS("runtime error: index out of range [5] with length 3",
        (void)leat_at(s, five));
    CHECK_PANICS("runtime error: index out of range [3] with length 3",
        leat_at(s, 3) = 1);
    CHECK_PANICS(
        "runtime error: index out of range [-1]", (void)leat_at(s, minus));
    CHECK_PANICS("runtime error: index out of range [18446744073709551615] "
                 "with length 3",
        (void)leat_at(s, large));
    CHECK_PANICS("runtime error: index out of range [255] with length 3",
        (void)leat_at(s, small));
    test_ints nil = {0};
    CHECK_PANICS("runtime error: index out of range [0] with length 0",
        (void)leat_at(nil, 0));
    leat_slice_free(s);
}

PLAIN_TEST(slice, reslice_panics_have_gos_texts)
{
    test_ints s = leat_slice_make(test_ints, 3), t;
    int m1 = -1, i2 = 2, i4 = 4, i5 = 5, i9 = 9;
    uint64_t large = UINT64_C(1) << 63;
    t = s;
    CHECK_PANICS("runtime error: slice bounds out of range [:5] with "
                 "capacity 3", t = leat_sub_to(s, i5));
    CHECK_PANICS("runtime error: slice bounds out of range [:5] with "
                 "capacity 3", t = leat_sub(s, 1, i5));
    CHECK_PANICS("runtime error: slice bounds out of range [5:3]",
        t = leat_sub_from(s, i5));
    CHECK_PANICS("runtime error: slice bounds out of range [2:1]",
        t = leat_sub(s, i2, 1));
    CHECK_PANICS("runtime error: slice bounds out of range [:-1]",
        t = leat_sub_to(s, m1));
    CHECK_PANICS("runtime error: slice bounds out of range [-1:]",
        t = leat_sub_from(s, m1));
    CHECK_PANICS("runtime error: slice bounds out of range [-1:]",
        t = leat_sub(s, m1, 2));
    CHECK_PANICS("runtime error: slice bounds out of range [::9] with "
                 "capacity 3", t = leat_sub_max(s, 1, 2, i9));
    CHECK_PANICS("runtime error: slice bounds out of range [::-1]",
        t = leat_sub_max(s, 1, 2, m1));
    CHECK_PANICS("runtime error: slice bounds out of range [:5:2]",
        t = leat_sub_max(s, 1, i5, i2));
    CHECK_PANICS("runtime error: slice bounds out of range [:-1:]",
        t = leat_sub_max(s, 1, m1, i2));
    CHECK_PANICS("runtime error: slice bounds out of range [4:3:]",
        t = leat_sub_max(s, i4, 3, 3));
    CHECK_PANICS("runtime error: slice bounds out of range [-1::]",
        t = leat_sub_max(s, m1, 3, 3));
    CHECK_PANICS("runtime error: slice bounds out of range "
                 "[:9223372036854775808] with capacity 3",
        t = leat_sub_to(s, large));
    CHECK(t.ptr == s.ptr);
    leat_slice_free(s);
}

PLAIN_TEST(slice, array_panics_have_gos_texts)
{
    int a[4] = {0}, i9 = 9, i5 = 5;
    test_ints t = leat_slice_array(test_ints, a);
    CHECK_PANICS("runtime error: slice bounds out of range [:9] with length 4",
        t = leat_array_sub(test_ints, a, 0, i9));
    CHECK_PANICS("runtime error: slice bounds out of range [::9] with length 4",
        t = leat_array_sub_max(test_ints, a, 0, 1, i9));
    CHECK_PANICS("runtime error: index out of range [5] with length 4",
        (void)leat_array_at(a, i5));
    t = leat_sub_to(t, 3);
    CHECK_PANICS("runtime error: cannot convert slice with length 3 to array "
                 "or pointer to array with length 4",
        (void)leat_slice_to_array(t, 4));
}

PLAIN_TEST(slice, hi_may_reach_beyond_the_length_to_the_capacity)
{
    test_ints s = leat_slice_make(test_ints, 3, 10);
    CHECK_EQ(leat_sub_to(s, 5).len, 5);
    CHECK_EQ(leat_sub(s, 2, 10).len, 8);
    CHECK_EQ(leat_sub_max(s, 2, 3, 4).cap, 2);
    leat_slice_free(s);
}

PLAIN_TEST(slice, operands_are_evaluated_once)
{
    test_ints s = leat_slice_make(test_ints, 8);
    int n = 0;
    leat_at(s, n++) = 1;
    s = leat_append(s, n++);
    (void)leat_sub(s, n++, n == 0 ? 5 : 6);
    CHECK_EQ(n, 3);
    leat_slice_free(s);
}

// Appending -----------------------------------------------------------------

PLAIN_TEST(slice, append_shares_the_array_while_there_is_room)
{
    test_ints s = leat_slice_make(test_ints, 0, 2);
    test_ints a = leat_append(s, 1), b = leat_append(s, 2);
    CHECK(a.ptr == b.ptr);
    CHECK_EQ(leat_at(a, 0), 2); // the second has overwritten the first
    test_ints c = leat_append_values(a, 3, 4);
    CHECK(c.ptr != a.ptr);
    CHECK_INTS(c, 2, 3, 4);
    CHECK_EQ(a.len, 1);
    leat_at(c, 0) = 9;
    CHECK_EQ(leat_at(a, 0), 2);
    leat_slice_free(s);
    leat_slice_free(c);
}

PLAIN_TEST(slice, append_of_itself_sees_the_old_elements)
{
    int digits[] = {1, 2, 3, 4};
    test_ints x = leat_slice_array(test_ints, digits);
    // append(x[1:], x...) must grow, for there is no room.
    test_ints y = leat_append_slice(leat_sub_from(x, 1), x);
    CHECK_INTS(y, 2, 3, 4, 1, 2, 3, 4);
    // With room, and source and destination overlapping.
    test_ints z = leat_sub(y, 0, 3);
    z = leat_append_slice(leat_sub_to(z, 1), z);
    CHECK_INTS(z, 2, 2, 3, 4);
    leat_slice_free(y);
}

PLAIN_TEST(slice, what_append_leaves_over_is_zero)
{
    test_ints s = {0};
    for (int i = 0; i < 5000; i++) {
        s = leat_append(s, -1);
        for (int64_t k = s.len; k < s.cap; k++)
            CHECK_MSG(s.ptr[k] == 0, "len %d, place %d", (int)s.len, (int)k);
        if (s.len == s.cap && s.len > 100)
            break;
    }
    test_ints t = leat_slice_grow((test_ints){0}, 100);
    CHECK_EQ(t.len, 0);
    CHECK(t.cap >= 100);
    for (int64_t k = 0; k < t.cap; k++)
        CHECK_EQ(t.ptr[k], 0);
    leat_slice_free(t);
}

PLAIN_TEST(slice, push_moves_what_one_owner_has)
{
    test_ints s = {0};
    for (int i = 0; i < 100000; i++)
        leat_push(&s, i);
    CHECK_EQ(s.len, 100000);
    for (int i = 0; i < 100000; i++)
        CHECK_EQ(s.ptr[i], i);
    for (int64_t k = s.len; k < s.cap; k++)
        CHECK_EQ(s.ptr[k], 0);
    // A part of itself, while it moves.
    s = leat_slice_clip(s);
    leat_push_slice(&s, leat_sub(s, 10, 20));
    for (int i = 0; i < 10; i++)
        CHECK_EQ(leat_at(s, 100000 + i), 10 + i);
    leat_slice_free(s);
    test_points p = {0};
    leat_push(&p, (struct test_point){1, 2});
    CHECK_EQ(leat_at(p, 0).y, 2);
    leat_slice_free(p);
}

PLAIN_TEST(slice, bytes_take_strings)
{
    leat_bytes b = {0};
    b = leat_append_str(b, LEAT_STR("ab\0c"));
    CHECK_EQ(b.len, 4);
    CHECK_EQ(leat_at(b, 2), 0);
    CHECK_EQ(leat_copy_str(leat_sub_from(b, 1), LEAT_STR("xyzw")), 3);
    CHECK(memcmp(b.ptr, "axyz", 4) == 0);
    leat_slice_free(b);
}

// Copying ---------------------------------------------------------------------

PLAIN_TEST(slice, copy_takes_what_both_have_room_for)
{
    test_ints a = leat_slice_of(test_ints, 1, 2, 3, 4, 5);
    test_ints b = leat_slice_make(test_ints, 3);
    CHECK_EQ(leat_copy(b, a), 3);
    CHECK_INTS(b, 1, 2, 3);
    CHECK_EQ(leat_copy(a, leat_sub_from(b, 2)), 1);
    CHECK_INTS(a, 3, 2, 3, 4, 5);
    // Overlapping both ways.
    CHECK_EQ(leat_copy(leat_sub_from(a, 1), a), 4);
    CHECK_INTS(a, 3, 3, 2, 3, 4);
    CHECK_EQ(leat_copy(a, leat_sub_from(a, 2)), 3);
    CHECK_INTS(a, 2, 3, 4, 3, 4);
    leat_slice_free(a);
    leat_slice_free(b);
}

// Nil returns at once, an empty slice reaches the move with nothing to do.
PLAIN_TEST(slice, copy_of_nil_and_of_empty_take_different_paths)
{
    test_ints to = leat_slice_make(test_ints, 3), nil = {0};
    test_ints empty = leat_slice_make(test_ints, 0);
    struct leat__slice_counts before = leat__slice_counts(), after;
    CHECK_EQ(leat_copy(to, nil), 0);
    CHECK_EQ(leat_copy(nil, to), 0);
    CHECK_EQ(leat_copy(to, empty), 0);
    after = leat__slice_counts();
    int64_t counted = LEAT_DEBUG >= 1;
    CHECK_EQ(after.nil - before.nil, 2 * counted);
    CHECK_EQ(after.moved - before.moved, 1 * counted);
    leat_slice_free(to);
}

PLAIN_TEST(slice, range_visits_what_was_there_at_its_start)
{
    test_ints s = leat_slice_of(test_ints, 5, 6, 7), old = s;
    int64_t sum = 0, turns = 0;
    leat_slice_range (i, v, s) {
        sum += v * (i + 1);
        turns++;
        if (i == 0)
            s = leat_append(s, 100);
        v = 0; // a copy
    }
    CHECK_EQ(turns, 3);
    CHECK_EQ(sum, 5 + 12 + 21);
    CHECK_INTS(s, 5, 6, 7, 100);
    leat_slice_free(old);
    turns = 0;
    leat_slice_range (i, v, s) {
        if (v == 6)
            continue;
        if (v == 7)
            break;
        turns += 1 + i;
    }
    CHECK_EQ(turns, 1);
    test_ints nil = {0};
    leat_slice_range (i, v, nil)
        FAIL("%d %d", (int)i, v);
    leat_slice_clear(s);
    CHECK_INTS(s, 0, 0, 0, 0);
    leat_slice_free(s);
}

// Faults ------------------------------------------------------------------------

PLAIN_TEST_WITH(slice, make_without_memory_is_fatal, .exit_status = 2,
    .stderr_has = {"fatal error: out of memory: cannot make a slice"})
{
    leat_get_profile(); // starts what a panic report needs
    leat__fault_parse("malloc:1+");
    CHECK(leat_slice_try_make(test_ints, 10).ptr == NULL);
    (void)leat_slice_make(test_ints, 10);
}

PLAIN_TEST_WITH(slice, append_without_memory_is_fatal, .exit_status = 2,
    .stderr_has = {"fatal error: out of memory: cannot make a slice"})
{
    leat_get_profile();
    leat__fault_parse("malloc:1+");
    test_ints s = {0};
    CHECK_EQ(leat_try_push(&s, 1), LEAT_ENOMEM);
    CHECK(s.ptr == NULL);
    (void)leat_append(s, 1);
}

// With room in the array nothing is asked of the system.
PLAIN_TEST(slice, push_without_memory_leaves_the_slice_alone)
{
    test_ints s = leat_slice_of(test_ints, 1, 2, 3);
    leat_get_profile();
    leat__fault_parse("malloc:1+");
    int *before = s.ptr;
    s = leat_sub_to(s, 2);
    CHECK_EQ(leat_try_push(&s, 9), 0);
    CHECK_EQ(leat_try_push(&s, 10), LEAT_ENOMEM);
    CHECK(s.ptr == before);
    CHECK_INTS(s, 1, 2, 9);
    leat_slice_free(s);
}

PLAIN_TEST(slice, clear_writes_all_bytes_of_the_slice_and_no_others)
{
    enum { MOST = 100, GUARD = 64 };
    for (int n = 0; n <= MOST; n++) {
        unsigned char a[GUARD + MOST + GUARD];
        memset(a, 0x7e, sizeof a);
        leat_slice_clear(((leat_bytes){a + GUARD, n, n}));
        for (int i = 0; i < (int)sizeof a; i++)
            CHECK_EQ(a[i], i >= GUARD && i < GUARD + n ? 0 : 0x7e);
    }
}

// Without capacity it is no owner, though its address is that of an array.
PLAIN_TEST(slice, a_push_to_a_slice_without_capacity_leaves_the_array_it_is_of)
{
    test_ints s = leat_slice_of(test_ints, 1, 2, 3);
    test_ints none = leat_sub_max(s, 0, 0, 0);
    leat_push(&none, 9);
    CHECK(none.ptr != s.ptr);
    test_ints other = leat_slice_of(test_ints, 7, 7, 7);
    CHECK_INTS(s, 1, 2, 3);
    CHECK_INTS(none, 9);
    leat_slice_free(other);
    leat_slice_free(none);
    leat_slice_free(s);
}
