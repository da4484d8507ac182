// SPDX-License-Identifier: MIT
// test_map_calls.c: maps in a program compiled with LEAT_NO_INLINE, as this
// file is: everything the library does then does what was compiled in.
#ifndef LEAT_NO_INLINE
#define LEAT_NO_INLINE
#endif
#include "lib/test.h"

#include <leat.h>

#include <stdio.h>

_Static_assert(LEAT__MAP_CALLS_ONLY, "nothing of a map is compiled in");

struct calls_point {
    short x;
    long y;
};
LEAT_MAP_KEY(calls_key, struct calls_point, x, y);

// n keys, each an expression of i, through everything that has a fast path:
// put (twice), at, get, find, delete, len, and a range that deletes.
#define CALLS_TRY(m, K, key_of_i, n)                                           \
    do {                                                                       \
        for (int i = 0; i < (n); i++)                                          \
            leat_map_put(m, key_of_i, -1);                                     \
        for (int i = 0; i < (n); i++)                                          \
            leat_map_put(m, key_of_i, i);                                      \
        CHECK_EQ(leat_map_len(m), n);                                          \
        for (int i = 0; i < (n); i++) {                                        \
            CHECK_EQ(leat_map_get(m, key_of_i), i);                            \
            *leat_map_at(m, key_of_i) += 1;                                    \
            CHECK_EQ(*leat_map_find(m, key_of_i), i + 1);                      \
        }                                                                      \
        for (int i = 0; i < (n); i += 2)                                       \
            CHECK(leat_map_delete(m, key_of_i));                               \
        for (int i = 0; i < (n); i++) {                                        \
            int v = 7;                                                         \
            CHECK_EQ(leat_map_get_ok(m, key_of_i, &v), i % 2 == 1);            \
            CHECK_EQ(v, i % 2 == 1 ? i + 1 : 0);                               \
        }                                                                      \
        int left = (n) / 2, turns = 0;                                         \
        leat_map_range (K, k, int, v, m) {                                     \
            turns++;                                                           \
            CHECK_EQ(leat_map_get(m, k), v);                                   \
            CHECK(leat_map_delete(m, k));                                      \
        }                                                                      \
        CHECK_EQ(turns, left);                                                 \
        CHECK_EQ(leat_map_len(m), 0);                                          \
        leat_map_free(m);                                                      \
    } while (0)

enum { CALLS_MANY = 3000, CALLS_TEXT = 24 };

PLAIN_TEST(map_calls, numbers)
{
    leat_map(long, int) wide = leat_make_map(long, int);
    CALLS_TRY(wide, long, i * 0x100000001L, CALLS_MANY);
    leat_map(int, int) whole = leat_make_map(int, int);
    CALLS_TRY(whole, int, i * 7919, CALLS_MANY);
    leat_map(unsigned char, int) bytes = leat_make_map(unsigned char, int);
    CALLS_TRY(bytes, unsigned char, (unsigned char)i, 256);
    leat_map(double, int) real = leat_make_map(double, int);
    CALLS_TRY(real, double, i / 8.0, CALLS_MANY);
}

PLAIN_TEST(map_calls, texts)
{
    static char text[CALLS_MANY][CALLS_TEXT];
    for (int i = 0; i < CALLS_MANY; i++)
        snprintf(text[i], CALLS_TEXT, "%*d", 1 + i % (CALLS_TEXT - 2), i);
    leat_map(leat_str, int) words = leat_make_map(leat_str, int);
    CALLS_TRY(words, leat_str, leat_str_from_c(text[i]), CALLS_MANY);
    leat_map(const char *, int) names = leat_make_map(const char *, int);
    CALLS_TRY(names, const char *, text[i], CALLS_MANY);
}

PLAIN_TEST(map_calls, structs)
{
    leat_map(struct calls_point, int) m = leat_make_map_key(calls_key, int);
    CALLS_TRY(m, struct calls_point, ((struct calls_point){(short)i, -i}),
        CALLS_MANY);
}

PLAIN_TEST(map_calls, a_nil_map_reads_as_empty)
{
    leat_map(int, int) m = NULL;
    CHECK_EQ(leat_map_len(m), 0);
    CHECK_EQ(leat_map_get(m, 1), 0);
    CHECK(leat_map_find(m, 1) == NULL);
    CHECK(!leat_map_delete(m, 1));
    leat_map_range (int, k, int, v, m) {
        (void)k, (void)v;
        CHECK(false);
    }
}

PLAIN_TEST(map_calls, slices_of_keys_and_values_and_maps_that_are_equal)
{
    leat_map(int, int) m = leat_make_map(int, int);
    for (int i = 0; i < 100; i++)
        leat_map_put(m, i, i * i);
    leat_map(int, int) other = leat_map_clone(m);
    CHECK(leat_map_equal(int, int, m, other));
    leat_slice(int) keys = leat_map_keys(leat_slice(int), m);
    leat_slice(int) values = leat_map_values(leat_slice(int), other);
    CHECK_EQ(leat_slice_max(keys), 99);
    CHECK_EQ(leat_slice_max(values), 99 * 99);
    CHECK_EQ(keys.len, 100);
    CHECK_EQ(values.len, 100);
    leat_slice_free(keys);
    leat_slice_free(values);
    leat_map_put(m, 0, 1);
    leat_map_copy(m, other);
    CHECK(leat_map_equal(int, int, m, other));
    leat_map_free(m);
    leat_map_free(other);
}
