// SPDX-License-Identifier: MIT
// test_slice_caps.c: the capacities that append gives. The rows were printed
// by Go programs (1.19 for the go profile) or, for the rule up to 1.17, come
// from Go 1.17 and a model that reproduces all rows of the newer rule.
#include "unit/test_slice_util.h"

#include "slice/slice_int.h"

#include <stdio.h>

// Elements of 12, 16, 24 and 40 bytes.
#define CAPS_ELEMENT(n)                                                        \
    struct caps_element##n {                                                   \
        int32_t v[n / 4];                                                      \
    };                                                                         \
    LEAT_SLICE(caps_slice##n, struct caps_element##n)
CAPS_ELEMENT(12);
CAPS_ELEMENT(16);
CAPS_ELEMENT(24);
CAPS_ELEMENT(40);

enum { CAPS_MAX = 32 }; // capacities of one row

// Appends one at a time until the capacity has changed n times.
#define CAPS_ROW(S, caps, n)                                                   \
    do {                                                                       \
        S s_ = {0};                                                            \
        int64_t last_ = 0;                                                     \
        for (int count_ = 0; count_ < (n);) {                                  \
            leat_push(&s_, (__typeof__(*s_.ptr)){0});                          \
            if (s_.cap != last_)                                               \
                last_ = (caps)[count_++] = s_.cap;                             \
        }                                                                      \
        leat_slice_free(s_);                                                   \
    } while (0)

// That the row is the list of numbers in `wanted`, ended by 0.
#define CHECK_CAPS(S, ...)                                                     \
    do {                                                                       \
        const int64_t wanted_[] = {__VA_ARGS__};                               \
        int64_t caps_[CAPS_MAX];                                               \
        int n_ = (int)(sizeof wanted_ / sizeof *wanted_);                      \
        CAPS_ROW(S, caps_, n_);                                                \
        for (int k_ = 0; k_ < n_; k_++)                                        \
            CHECK_MSG(caps_[k_] == wanted_[k_], "%s, step %d: %d, not %d",     \
                #S, k_, (int)caps_[k_], (int)wanted_[k_]);                     \
    } while (0)

TEST_WITH(slice_caps, of_1_byte_as_in_go_1_18, .env = {"LEATDEBUG=profile=go"})
{
    CHECK_CAPS(leat_bytes, 8, 16, 32, 64, 128, 256, 512, 896, 1408, 2048, 3072,
        4096, 5376, 6912, 9472, 12288, 16384, 21760, 28672, 40960, 57344,
        73728, 98304, 131072);
}

TEST_WITH(slice_caps, of_8_bytes_as_in_go_1_18, .env = {"LEATDEBUG=profile=go"})
{
    CHECK_CAPS(test_longs, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 848, 1280,
        1792, 2560, 3408, 5120, 7168, 9216, 12288, 16384, 21504, 27648, 34816,
        44032, 55296);
}

TEST_WITH(
    slice_caps, of_16_bytes_as_in_go_1_18, .env = {"LEATDEBUG=profile=go"})
{
    CHECK_CAPS(caps_slice16, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 848, 1280,
        1792, 2560, 3584, 5120, 6656, 8704, 11264, 14336, 18432, 23552, 29696,
        37376, 47104);
}

TEST_WITH(
    slice_caps, of_24_bytes_as_in_go_1_18, .env = {"LEATDEBUG=profile=go"})
{
    CHECK_CAPS(caps_slice24, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 853, 1365,
        2048, 3072, 4096, 5461, 7168, 9216, 11946, 15360, 19456, 24576, 31061,
        39253, 49493);
}

TEST_WITH(slice_caps, of_12_and_40_bytes_as_in_go_1_18,
    .env = {"LEATDEBUG=profile=go"})
{
    int64_t caps[16];
    CAPS_ROW(caps_slice12, caps, 14);
    int at = 0;
    while (at < 9 && caps[at] != 512)
        at++;
    const int64_t tail[] = {512, 853, 1365, 2048, 3413};
    for (int i = 0; i < 5; i++)
        CHECK_EQ(caps[at + i], tail[i]);
    CHECK_CAPS(
        caps_slice40, 1, 2, 4, 8, 16, 32, 67, 134, 272, 544, 1024, 1638);
}

// The strict profile is the default.
TEST(slice_caps, of_1_byte_as_in_go_1_17)
{
    CHECK_CAPS(leat_bytes, 8, 16, 32, 64, 128, 256, 512, 1024, 1280, 1792,
        2304, 3072, 4096, 5376, 6784, 9472, 12288, 16384, 20480, 27264, 40960,
        57344, 73728, 98304, 122880);
}

TEST(slice_caps, of_8_bytes_as_in_go_1_17)
{
    CHECK_CAPS(test_longs, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1280,
        1696, 2304, 3072, 4096, 5120, 7168, 9216, 12288, 15360, 19456, 24576,
        30720, 38912, 49152);
}

TEST(slice_caps, of_16_bytes_as_in_go_1_17)
{
    CHECK_CAPS(caps_slice16, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1280,
        1704, 2560, 3584, 4608, 6144, 7680, 9728, 12288, 15360, 19456, 24576,
        30720, 38400, 48128);
}

TEST(slice_caps, of_24_bytes_as_in_go_1_17)
{
    CHECK_CAPS(caps_slice24, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1365,
        1706, 2389, 3072, 4096, 5120, 6485, 8192, 10240, 12970, 16384, 20480,
        25600, 32085, 40277, 50517);
}

TEST(slice_caps, of_40_bytes_as_in_go_1_17)
{
    CHECK_CAPS(caps_slice40, 1, 2, 4, 8, 16, 32, 67, 134, 272, 544, 1228, 1638,
        2048, 2662, 3481, 4505, 5734, 7168, 9011, 11264);
}

TEST(slice_caps, appending_several_rounds_up_what_is_needed)
{
    // append([]int(nil), 1, 2, 3, 4, 5), and onto a full slice of 4.
    test_longs s = leat_append_values((test_longs){0}, 1, 2, 3, 4, 5);
    CHECK_EQ(s.cap, 6);
    leat_slice_free(s);
    leat_bytes b = leat_slice_make(leat_bytes, 33);
    leat_bytes c = leat_append_slice((leat_bytes){0}, b);
    CHECK_EQ(c.cap, 48);
    leat_slice_free(c);
    c = leat_append_slice((leat_bytes){0}, leat_sub_to(b, 5));
    CHECK_EQ(c.cap, 8);
    leat_slice_free(b);
    leat_slice_free(c);
    test_longs four = leat_slice_make(test_longs, 4);
    s = leat_append_values(four, 1, 2, 3, 4, 5);
    CHECK_EQ(s.cap, 10);
    leat_slice_free(four);
    leat_slice_free(s);
}

TEST_WITH(slice_caps, one_more_than_a_full_slice_as_in_go_1_18,
    .env = {"LEATDEBUG=profile=go"})
{
    static const int64_t jumps[][2] = {{3, 6}, {5, 10}, {7, 14}, {100, 224},
        {255, 512}, {256, 512}, {257, 608}, {512, 848}, {1024, 1536},
        {2048, 3072}};
    for (size_t i = 0; i < sizeof jumps / sizeof *jumps; i++) {
        test_longs s = leat_slice_make(test_longs, jumps[i][0]);
        test_longs t = leat_append(s, 0);
        CHECK_EQ(t.cap, jumps[i][1]);
        leat_slice_free(s);
        leat_slice_free(t);
    }
}

PLAIN_TEST(slice_caps, rules_differ_as_the_article_and_go_do)
{
    // Doubling below the threshold, in both.
    CHECK_EQ(leat__slice_next_cap(256, 255, LEAT_GO), 510);
    CHECK_EQ(leat__slice_next_cap(1024, 1023, LEAT_STRICT), 2046);
    // At it: a quarter more, and (256 + 768) / 4 more.
    CHECK_EQ(leat__slice_next_cap(1025, 1024, LEAT_STRICT), 1280);
    CHECK_EQ(leat__slice_next_cap(1028, 1027, LEAT_STRICT), 1283);
    CHECK_EQ(leat__slice_next_cap(257, 256, LEAT_GO), 512);
    CHECK_EQ(leat__slice_next_cap(1281, 1280, LEAT_STRICT), 1600);
    // More than double: what is needed.
    CHECK_EQ(leat__slice_next_cap(2561, 1280, LEAT_STRICT), 2561);
    CHECK_EQ(leat__slice_next_cap(7, 3, LEAT_GO), 7);
    CHECK_EQ(leat__slice_next_cap(1, 0, LEAT_GO), 1);
    CHECK_EQ(leat__slice_next_cap(INT64_MAX, INT64_MAX - 1, LEAT_GO),
        INT64_MAX);
}
