// SPDX-License-Identifier: MIT
// slice_panics: the text of every panic that indexes and sizes can cause.
#include <leat.h>

#include <stdio.h>

typedef leat_slice(int64_t) longs;

// Runs the statement and prints what it panics with, as Go prints an error or
// the nil of no panic.
#define TRY(...)                                                               \
    do {                                                                       \
        struct leat_caught caught = {.kind = 0};                               \
        leat_try {                                                             \
            leat_catch(&caught);                                               \
            __VA_ARGS__;                                                       \
        }                                                                      \
        puts(caught.kind != 0 ? caught.text : "<nil>");                        \
    } while (0)

static const int64_t values[] = {
    INT64_MIN, -1, 0, 1, 2, 3, 4, 5, 9, INT64_MAX};
enum { VALUES = sizeof values / sizeof *values };

static volatile int64_t sink_int;
static longs s, null, sink;
static int64_t a[4];
static leat_str str, sink_str;

static void
with_three(int64_t i, int64_t j, int64_t k)
{
    TRY(sink = leat_sub_max(s, i, j, k));
    TRY(sink = leat_array_sub_max(longs, a, i, j, k));
}

static void
with_two(int64_t i, int64_t j)
{
    TRY(sink = leat_sub(s, i, j));
    TRY(sink = leat_array_sub(longs, a, i, j));
    TRY(sink_str = leat_str_sub(str, i, j));
    for (int k = 0; k < VALUES; k++)
        with_three(i, j, values[k]);
}

static void
with_one(int64_t i)
{
    TRY(sink_int = leat_at(s, i));
    TRY(sink_int = leat_at(null, i));
    TRY(sink_int = leat_array_at(a, i));
    TRY(sink_int = leat_str_at(str, i));
    TRY(sink_int = leat_at(s, (uint64_t)i));
    TRY(sink_int = leat_at(s, (uint32_t)i));
    TRY(sink = leat_sub_from(s, i));
    TRY(sink = leat_sub_to(s, i));
    TRY(sink = leat_array_sub(longs, a, 0, i));
    TRY(sink_str = leat_str_sub_from(str, i));
    TRY(sink_str = leat_str_sub_to(str, i));
    TRY(sink = leat_sub_to(s, (uint64_t)i));
    for (int j = 0; j < VALUES; j++)
        with_two(i, values[j]);
    if (i == INT64_MAX)
        return;
    TRY(sink = leat_slice_make(longs, i); leat_slice_free(sink));
    TRY(sink = leat_slice_make(longs, 1, i); leat_slice_free(sink));
    TRY(sink = leat_slice_make(longs, i, 3); leat_slice_free(sink));
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    s = leat_slice_make(longs, 3, 5);
    str = LEAT_STR("abc");
    for (int i = 0; i < VALUES; i++)
        with_one(values[i]);
    TRY(sink_int = *leat_slice_to_array(leat_sub_to(s, 4), 4)[0]);
    leat_slice_free(s);
    return 0;
}
