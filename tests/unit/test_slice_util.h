// SPDX-License-Identifier: MIT
// test_slice_util.h: what the tests of slices and strings share.
#ifndef LEAT_TESTS_UNIT_TEST_SLICE_UTIL_H
#define LEAT_TESTS_UNIT_TEST_SLICE_UTIL_H

#include "lib/test.h"

#include <leat.h>

#include <stdlib.h>
#include <string.h>

// Runs the statement, which must panic with the text.
#define CHECK_PANICS(wanted, ...)                                              \
    do {                                                                       \
        struct leat_caught caught_ = {.kind = 0};                              \
        leat_try {                                                             \
            leat_catch(&caught_);                                              \
            __VA_ARGS__;                                                       \
        }                                                                      \
        CHECK_STR(caught_.text, wanted);                                       \
    } while (0)

typedef leat_slice(int) test_ints;
typedef leat_slice(int64_t) test_longs;

struct test_point {
    int x, y;
};
LEAT_SLICE(test_points, struct test_point);

// A slice of ints that must hold exactly the values listed.
#define CHECK_INTS(s, ...)                                                     \
    do {                                                                       \
        test_ints have_ = (s);                                                 \
        const int want_[] = {__VA_ARGS__};                                     \
        CHECK_EQ(have_.len, sizeof want_ / sizeof *want_);                     \
        for (int64_t k_ = 0; k_ < have_.len; k_++)                             \
            CHECK_EQ(have_.ptr[k_], want_[k_]);                                \
    } while (0)

// A string that must hold exactly the bytes of a C string.
#define CHECK_TEXT(s, wanted)                                                  \
    do {                                                                       \
        leat_str have_ = (s);                                                  \
        CHECK_MSG(leat_str_equal(have_, leat_str_from_c(wanted)),              \
            "have \"%.*s\", want \"%s\"", LEAT_STR_ARG(have_), wanted);        \
    } while (0)

// A new string, which is given back.
#define CHECK_NEW(s, wanted)                                                   \
    do {                                                                       \
        leat_str new_ = (s);                                                   \
        CHECK_TEXT(new_, wanted);                                              \
        CHECK_EQ(new_.ptr[new_.len], 0);                                       \
        leat_str_free(new_);                                                   \
    } while (0)

// A small generator with a state of its own; the seed decides everything.
static inline uint64_t
test_next(uint64_t *state)
{
    uint64_t x = *state += UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

// 0 <= result < n.
static inline int64_t
test_below(uint64_t *state, int64_t n)
{
    return (int64_t)(test_next(state) % (uint64_t)n);
}

#endif
