// SPDX-License-Identifier: MIT
// test_str.c: strings: literals, parts, finding, taking apart, building.
// (Numbers: test_str_number.c; any bytes against plain loops: test_str_fuzz.c;
// beside Go: tests/diff/str_*.)
#include "unit/test_slice_util.h"

#include "os/fault.h"

#include <stdio.h>

static leat_str str_unused; // of calls that panic

// The parts of a slice of strings, with | between them.
#define CHECK_PARTS(parts, wanted)                                             \
    do {                                                                       \
        leat_strs parts_ = (parts);                                            \
        leat_str joined_ = leat_str_join(parts_, LEAT_STR("|"));               \
        CHECK_TEXT(joined_, wanted);                                           \
        leat_str_free(joined_);                                                \
        leat_slice_free(parts_);                                               \
    } while (0)

PLAIN_TEST(str, literal_counts_its_bytes_at_compile_time)
{
    static const leat_str fixed = {"abc", sizeof "abc" - 1};
    leat_str s = LEAT_STR("a\0b");
    CHECK_EQ(s.len, 3);
    CHECK_EQ(sizeof s, 16);
    CHECK_EQ(offsetof(leat_str, len), 8);
    CHECK_EQ(leat_str_at(s, 1), 0);
    CHECK_TEXT(fixed, "abc");
    CHECK_EQ(LEAT_STR("").len, 0);
    CHECK_EQ(leat_str_from_c(NULL).len, 0);
    leat_str zero = {0};
    CHECK(leat_str_equal(zero, LEAT_STR("")));
    char text[10];
    snprintf(text, sizeof text, "%.*s", LEAT_STR_ARG(LEAT_STR("xy")));
    CHECK_STR(text, "xy");
}

PLAIN_TEST(str, parts_share_the_bytes_and_are_checked)
{
    leat_str s = LEAT_STR("abc");
    int five = 5, m1 = -1, two = 2;
    uint64_t large = UINT64_MAX;
    CHECK(leat_str_sub(s, 1, 3).ptr == s.ptr + 1);
    CHECK_TEXT(leat_str_sub(s, 1, 2), "b");
    CHECK_TEXT(leat_str_sub_from(s, 2), "c");
    CHECK_TEXT(leat_str_sub_to(s, 2), "ab");
    CHECK_EQ(leat_str_sub_from(s, 3).len, 0);
    leat_str t = s;
    CHECK_PANICS("runtime error: slice bounds out of range [:5] with length 3",
        t = leat_str_sub_to(s, five));
    CHECK_PANICS("runtime error: slice bounds out of range [:5] with length 3",
        t = leat_str_sub(s, 1, five));
    CHECK_PANICS("runtime error: slice bounds out of range [5:3]",
        t = leat_str_sub_from(s, five));
    CHECK_PANICS("runtime error: slice bounds out of range [2:1]",
        t = leat_str_sub(s, two, 1));
    CHECK_PANICS("runtime error: slice bounds out of range [:-1]",
        t = leat_str_sub_to(s, m1));
    CHECK_PANICS("runtime error: slice bounds out of range [-1:]",
        t = leat_str_sub(s, m1, 2));
    CHECK_PANICS("runtime error: index out of range [5] with length 3",
        (void)leat_str_at(s, five));
    CHECK_PANICS("runtime error: index out of range [-1]",
        (void)leat_str_at(s, m1));
    CHECK_PANICS("runtime error: index out of range [18446744073709551615] "
                 "with length 3",
        (void)leat_str_at(s, large));
    CHECK_EQ(t.len, 3);
}

PLAIN_TEST(str, order_is_bytewise_and_shorter_first)
{
    CHECK(leat_str_compare(LEAT_STR("a"), LEAT_STR("b")) < 0);
    CHECK(leat_str_compare(LEAT_STR("a"), LEAT_STR("a\0")) < 0);
    CHECK(leat_str_compare(LEAT_STR("\xff"), LEAT_STR("z")) > 0);
    CHECK_EQ(leat_str_compare(LEAT_STR(""), (leat_str){0}), 0);
    CHECK(!leat_str_equal(LEAT_STR("a\0b"), LEAT_STR("a\0c")));
}

PLAIN_TEST(str, joining_makes_new_strings)
{
    CHECK_NEW(leat_str_concat(LEAT_STR("ab"), LEAT_STR(""), LEAT_STR("c")),
        "abc");
    CHECK_NEW(leat_str_concat(LEAT_STR("")), "");
    CHECK_NEW(leat_str_repeat(LEAT_STR("abc"), 5), "abcabcabcabcabc");
    CHECK_NEW(leat_str_repeat(LEAT_STR("abc"), 0), "");
    CHECK_PANICS("strings: negative Repeat count",
        str_unused = leat_str_repeat(LEAT_STR("a"), -1));
    CHECK_PANICS("strings: Repeat output length overflow",
        str_unused = leat_str_repeat(LEAT_STR("ab"), INT64_MAX));
    // And one whose length fits, but not with the NUL behind it.
    CHECK_PANICS("strings: Repeat output length overflow",
        str_unused = leat_str_repeat(LEAT_STR("a"), INT64_MAX));
    leat_str s = leat_str_clone(LEAT_STR("xyz"));
    CHECK_EQ(strlen(s.ptr), 3);
    leat_str_free(s);
    leat_bytes b = leat_str_to_bytes(LEAT_STR("hi"));
    leat_at(b, 0) = 'H';
    CHECK_NEW(leat_str_from_bytes(b), "Hi");
    leat_slice_free(b);
    b = leat_str_to_bytes(LEAT_STR(""));
    CHECK(b.ptr != NULL);
    CHECK_EQ(b.len, 0);
}

PLAIN_TEST(str, runes_decode_and_encode)
{
    static const struct {
        const char *bytes;
        int32_t rune;
        int size;
    } cases[] = {
        {"a", 'a', 1},
        {"\x7F", 0x7F, 1},
        {"\xC2\x80", 0x80, 2},
        {"\xDF\xBF", 0x7FF, 2},
        {"\xE0\xA0\x80", 0x800, 3},
        {"\xED\x9F\xBF", 0xD7FF, 3},
        {"\xEE\x80\x80", 0xE000, 3},
        {"\xEF\xBF\xBD", 0xFFFD, 3},
        {"\xF0\x90\x80\x80", 0x10000, 4},
        {"\xF4\x8F\xBF\xBF", 0x10FFFF, 4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        leat_str s = leat_str_from_c(cases[i].bytes);
        int64_t size;
        char to[LEAT_RUNE_BYTES_MAX];
        CHECK_EQ(leat_rune_decode(s, &size), cases[i].rune);
        CHECK_EQ(size, cases[i].size);
        CHECK_EQ(leat_rune_decode_last(s, &size), cases[i].rune);
        CHECK_EQ(leat_rune_encode(to, cases[i].rune), cases[i].size);
        CHECK(memcmp(to, cases[i].bytes, (size_t)size) == 0);
        CHECK_EQ(leat_rune_len(cases[i].rune), cases[i].size);
        CHECK(leat_rune_valid(cases[i].rune));
        CHECK(leat_str_valid(s));
        CHECK_NEW(leat_str_from_rune(cases[i].rune), cases[i].bytes);
    }
}

PLAIN_TEST(str, bytes_that_are_no_utf8_decode_one_by_one)
{
    static const char *const bad[] = {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF",
        "\xC2", "\xC2" "a", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xED\xBF\xBF",
        "\xE2\x82", "\xE2\x82" "a", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\xFF", "\xF0\x9F\x98"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        leat_str s = leat_str_from_c(bad[i]);
        int64_t size;
        CHECK_EQ(leat_rune_decode(s, &size), LEAT_RUNE_ERROR);
        CHECK_EQ(size, 1);
        CHECK(!leat_str_valid(s));
    }
    int64_t size;
    CHECK_EQ(leat_rune_decode(LEAT_STR(""), &size), LEAT_RUNE_ERROR);
    CHECK_EQ(size, 0);
    CHECK_EQ(leat_rune_decode_last(LEAT_STR("a\xC3"), &size), LEAT_RUNE_ERROR);
    CHECK_EQ(size, 1);
    char to[LEAT_RUNE_BYTES_MAX];
    CHECK_EQ(leat_rune_encode(to, 0xD800), 3);
    CHECK(memcmp(to, "\xEF\xBF\xBD", 3) == 0);
    CHECK_EQ(leat_rune_encode(to, -1), 3);
    CHECK_EQ(leat_rune_len(0x110000), -1);
    CHECK(!leat_rune_valid(0xDFFF) && leat_rune_valid(LEAT_RUNE_MAX));
}

PLAIN_TEST(str, range_goes_over_runes_with_their_positions)
{
    leat_str s = LEAT_STR("a\xC3\xA9\xFF\xE2\x82\xAC");
    static const int64_t places[] = {0, 1, 3, 4};
    static const int32_t runes[] = {'a', 0xE9, LEAT_RUNE_ERROR, 0x20AC};
    int n = 0;
    leat_str_range (i, r, s) {
        CHECK_EQ(i, places[n]);
        CHECK_EQ(r, runes[n]);
        n++;
    }
    CHECK_EQ(n, 4);
    n = 0;
    leat_str_range (i, r, s) {
        if (r == 'a')
            continue;
        n += (int)i;
        if (i == 3)
            break;
    }
    CHECK_EQ(n, 4);
    CHECK_EQ(leat_str_rune_count(s), 4);
    leat_runes back = leat_str_to_runes(s);
    CHECK_INTS(back, 'a', 0xE9, 0xFFFD, 0x20AC);
    CHECK_NEW(leat_str_from_runes(back), "a\xC3\xA9\xEF\xBF\xBD\xE2\x82\xAC");
    leat_slice_free(back);
}

PLAIN_TEST(str, finds_first_and_last)
{
    leat_str s = LEAT_STR("go gopher\0go");
    CHECK_EQ(leat_str_index(s, LEAT_STR("go")), 0);
    CHECK_EQ(leat_str_index(s, LEAT_STR("gop")), 3);
    CHECK_EQ(leat_str_last_index(s, LEAT_STR("go")), 10);
    CHECK_EQ(leat_str_index(s, LEAT_STR("\0g")), 9);
    CHECK_EQ(leat_str_index(s, LEAT_STR("goo")), -1);
    CHECK_EQ(leat_str_last_index(s, LEAT_STR("goo")), -1);
    CHECK_EQ(leat_str_index(s, LEAT_STR("")), 0);
    CHECK_EQ(leat_str_last_index(s, LEAT_STR("")), 12);
    CHECK_EQ(leat_str_index_byte(s, 'h'), 6);
    CHECK_EQ(leat_str_last_index_byte(s, 'o'), 11);
    CHECK_EQ(leat_str_index_any(s, LEAT_STR("xhp")), 5);
    CHECK_EQ(leat_str_index_any(s, LEAT_STR("")), -1);
    leat_str t = LEAT_STR("a\xE2\x82\xAC\xFF");
    CHECK_EQ(leat_str_index_rune(t, 0x20AC), 1);
    CHECK_EQ(leat_str_index_rune(t, LEAT_RUNE_ERROR), 4);
    CHECK_EQ(leat_str_index_rune(t, 0xD800), -1);
    CHECK(leat_str_contains(s, LEAT_STR("ph")));
    CHECK(leat_str_has_prefix(s, LEAT_STR("go ")));
    CHECK(!leat_str_has_prefix(LEAT_STR("g"), LEAT_STR("go")));
    CHECK(leat_str_has_suffix(s, LEAT_STR("\0go")));
    CHECK_EQ(leat_str_count(s, LEAT_STR("go")), 3);
    CHECK_EQ(leat_str_count(LEAT_STR("cheese"), LEAT_STR("")), 7);
}

// Of the memory of a longer one, which had a byte where the NUL is now.
PLAIN_TEST(str, a_string_in_used_memory_has_its_nul)
{
    char text[200];
    memset(text, 'x', sizeof text);
    for (int64_t len = 1; len < (int64_t)sizeof text; len++) {
        leat_str longer = leat_str_clone(leat_str_view(text, len + 1));
        leat_str_free(longer);
        leat_str s = leat_str_clone(leat_str_view(text, len));
        CHECK_EQ(s.ptr[len], 0);
        leat_str_free(s);
    }
}

// Whether a number has an odd number of ones, for the first 2048, and the
// opposite: every polynomial in an odd number has the same value modulo 2^64
// for these two texts (Thue and Morse), whatever the multiplier of a hash is.
PLAIN_TEST(str, texts_with_the_same_hash_are_not_taken_for_one_another)
{
    enum { HASH_BYTES = 2048 };
    char one[HASH_BYTES], other[HASH_BYTES];
    for (int i = 0; i < HASH_BYTES; i++) {
        int odd = __builtin_popcount((unsigned)i) & 1;
        one[i] = odd ? 'b' : 'a';
        other[i] = odd ? 'a' : 'b';
    }
    leat_str s = leat_str_view(one, HASH_BYTES);
    leat_str t = leat_str_view(other, HASH_BYTES);
    CHECK_EQ(leat_str_last_index(s, t), -1);
    CHECK_EQ(leat_str_last_index(t, s), -1);
    CHECK_EQ(leat_str_last_index(s, s), 0);
}

PLAIN_TEST(str, splits_and_puts_nothing_in_between)
{
    leat_str s = LEAT_STR("a,b,,c");
    CHECK_PARTS(leat_str_split(s, LEAT_STR(",")), "a|b||c");
    CHECK_PARTS(leat_str_split_n(s, LEAT_STR(","), 2), "a|b,,c");
    CHECK(leat_str_split_n(s, LEAT_STR(","), 0).ptr == NULL);
    CHECK_PARTS(leat_str_split(LEAT_STR("h\xC3\xA9y"), LEAT_STR("")),
        "h|\xC3\xA9|y");
    CHECK_PARTS(leat_str_split_n(LEAT_STR("abc"), LEAT_STR(""), 2), "a|bc");
    leat_strs none = leat_str_split(LEAT_STR(""), LEAT_STR(","));
    CHECK_EQ(none.len, 1);
    leat_slice_free(none);
    none = leat_str_split(LEAT_STR(""), LEAT_STR(""));
    CHECK_EQ(none.len, 0);
    CHECK_PARTS(leat_str_fields(LEAT_STR("  a \t\n b\xC2\xA0" "c\xE3\x80\x80")),
        "a|b|c");
    CHECK_EQ(leat_str_fields(LEAT_STR(" \n ")).len, 0);
    leat_str before, after;
    CHECK(leat_str_cut(LEAT_STR("k=v=w"), LEAT_STR("="), &before, &after));
    CHECK_TEXT(before, "k");
    CHECK_TEXT(after, "v=w");
    CHECK(!leat_str_cut(LEAT_STR("kv"), LEAT_STR("="), &before, &after));
    CHECK_TEXT(before, "kv");
    CHECK_TEXT(after, "");
    CHECK(leat_str_cut(LEAT_STR("kv"), LEAT_STR("v"), NULL, NULL));
}

static bool
str_is_vowel(int32_t r)
{
    return leat_str_contains_rune(LEAT_STR("aeiou\xC3\xA9"), r);
}

PLAIN_TEST(str, functions_tell_runes_apart)
{
    leat_str s = LEAT_STR("\xC3\xA9xay\xFFzoe");
    CHECK_EQ(leat_str_index_func(s, str_is_vowel), 0);
    CHECK_EQ(leat_str_index_func(leat_str_sub_from(s, 2), str_is_vowel), 1);
    CHECK_EQ(leat_str_index_func(LEAT_STR("xyz"), str_is_vowel), -1);
    CHECK_EQ(leat_str_index_func(LEAT_STR(""), str_is_vowel), -1);
    CHECK_TEXT(leat_str_trim_func(s, str_is_vowel), "xay\xFFz");
    CHECK_TEXT(leat_str_trim_func(LEAT_STR("aei"), str_is_vowel), "");
    CHECK_PARTS(leat_str_fields_func(s, str_is_vowel), "x|y\xFFz");
    leat_strs none = leat_str_fields_func(LEAT_STR("oua"), str_is_vowel);
    CHECK_EQ(none.len, 0);
    CHECK(none.ptr != NULL);
    CHECK(leat_str_contains_rune(s, 0xE9));
    CHECK(leat_str_contains_rune(s, LEAT_RUNE_ERROR));
    CHECK(!leat_str_contains_rune(s, 'q'));
    CHECK(leat_str_contains_any(s, LEAT_STR("qz")));
    CHECK(!leat_str_contains_any(s, LEAT_STR("qQ")));
    CHECK(!leat_str_contains_any(s, LEAT_STR("")));
}

PLAIN_TEST(str, splits_and_keeps_what_is_in_between)
{
    leat_str s = LEAT_STR("a, b, , c");
    CHECK_PARTS(leat_str_split_after(s, LEAT_STR(", ")), "a, |b, |, |c");
    CHECK_PARTS(leat_str_split_after(LEAT_STR("a,"), LEAT_STR(",")), "a,|");
    CHECK_PARTS(leat_str_split_after(LEAT_STR("ab"), LEAT_STR("")), "a|b");
    leat_strs one = leat_str_split_after(LEAT_STR(""), LEAT_STR(","));
    CHECK_EQ(one.len, 1);
    leat_slice_free(one);
}

PLAIN_TEST(str, cuts_at_the_ends)
{
    leat_str rest = LEAT_STR("?");
    CHECK(leat_str_cut_prefix(LEAT_STR("aab"), LEAT_STR("a"), &rest));
    CHECK_TEXT(rest, "ab");
    CHECK(!leat_str_cut_prefix(LEAT_STR("aab"), LEAT_STR("b"), &rest));
    CHECK_TEXT(rest, "aab");
    CHECK(leat_str_cut_suffix(LEAT_STR("aab"), LEAT_STR("ab"), &rest));
    CHECK_TEXT(rest, "a");
    CHECK(!leat_str_cut_suffix(LEAT_STR("aab"), LEAT_STR("a"), &rest));
    CHECK_TEXT(rest, "aab");
    CHECK(leat_str_cut_prefix(LEAT_STR("x"), LEAT_STR("x"), NULL));
}

PLAIN_TEST(str, trims_sets_and_white_space)
{
    CHECK_TEXT(leat_str_trim(LEAT_STR("xxayx"), LEAT_STR("yx")), "a");
    CHECK_TEXT(leat_str_trim_left(LEAT_STR("xxax"), LEAT_STR("x")), "ax");
    CHECK_TEXT(leat_str_trim_right(LEAT_STR("xxax"), LEAT_STR("x")), "xxa");
    CHECK_TEXT(leat_str_trim(LEAT_STR("\xC3\xA9" "a\xC3\xA9"),
        LEAT_STR("\xC3\xA9")), "a");
    CHECK_TEXT(leat_str_trim_space(LEAT_STR("\t a b\xE2\x80\x83\n")), "a b");
    CHECK_TEXT(leat_str_trim_space(LEAT_STR(" \n")), "");
    CHECK_TEXT(leat_str_trim_prefix(LEAT_STR("aab"), LEAT_STR("a")), "ab");
    CHECK_TEXT(leat_str_trim_suffix(LEAT_STR("aab"), LEAT_STR("ab")), "a");
    CHECK_TEXT(leat_str_trim_suffix(LEAT_STR("aab"), LEAT_STR("x")), "aab");
}

PLAIN_TEST(str, replaces_as_often_as_asked)
{
    leat_str s = LEAT_STR("oink oink oink");
    CHECK_NEW(leat_str_replace(s, LEAT_STR("k"), LEAT_STR("ky"), 2),
        "oinky oinky oink");
    CHECK_NEW(leat_str_replace(s, LEAT_STR("oink"), LEAT_STR("moo"), -1),
        "moo moo moo");
    CHECK_NEW(leat_str_replace(s, LEAT_STR("x"), LEAT_STR("y"), -1),
        "oink oink oink");
    CHECK_NEW(leat_str_replace(LEAT_STR("a\xC3\xA9"), LEAT_STR(""),
        LEAT_STR("-"), -1), "-a-\xC3\xA9-");
    CHECK_NEW(leat_str_replace(LEAT_STR("abc"), LEAT_STR(""), LEAT_STR("-"),
        2), "-a-bc");
    CHECK_NEW(leat_str_replace(LEAT_STR("abc"), LEAT_STR("abc"), LEAT_STR(""),
        -1), "");
}

PLAIN_TEST(str, builder_collects_and_hands_over)
{
    struct leat_builder b = {0};
    leat_builder_byte(&b, 'a');
    leat_builder_str(&b, LEAT_STR("b\0c"));
    leat_builder_rune(&b, 0x20AC);
    leat_builder_int(&b, -42, 10);
    leat_builder_uint(&b, 255, 16);
    CHECK_EQ(leat_builder_printf(&b, "<%s %03d>", "x", 7), 0);
    CHECK(leat_str_equal(leat_builder_view(&b),
        LEAT_STR("ab\0c\xE2\x82\xAC-42ff<x 007>")));
    // Itself, while it moves.
    for (int i = 0; i < 10; i++)
        leat_builder_str(&b, leat_builder_view(&b));
    CHECK_EQ(b.len, 1024 * 19);
    leat_str s = leat_builder_finish(&b);
    CHECK_EQ(b.len + b.cap, 0);
    CHECK_EQ(s.ptr[s.len], 0);
    CHECK(leat_str_has_suffix(s, LEAT_STR("<x 007>")));
    leat_str_free(s);
    leat_builder_grow(&b, 100);
    int64_t cap = b.cap;
    char *block = b.ptr;
    for (int i = 0; i < 100; i++)
        leat_builder_byte(&b, 'x');
    CHECK(b.ptr == block);
    leat_builder_reset(&b);
    CHECK_EQ(b.cap, cap);
    CHECK_EQ(leat_builder_finish(&b).len, 0);
    CHECK_PANICS("strings.Builder.Grow: negative count",
        leat_builder_grow(&b, -1));
    leat_builder_free(&b);
}

PLAIN_TEST(str, printf_into_a_builder_fits_any_length)
{
    struct leat_builder b = {0};
    int64_t len = 0;
    for (int i = 0; i < 300; i++) {
        CHECK_EQ(leat_builder_printf(&b, "%*d", i, 1), 0);
        len += i == 0 ? 1 : i;
        CHECK_EQ(b.len, len);
    }
    CHECK_EQ(leat_builder_printf(&b, "%s", ""), 0);
    CHECK_EQ(b.len, len);
    leat_builder_free(&b);
    CHECK_EQ(leat_builder_printf(&b, "%s", ""), 0);
    CHECK_EQ(b.len, 0);
    leat_builder_free(&b);
}

PLAIN_TEST(str, printf_into_a_builder_takes_parts_of_it)
{
    // With room left, with none, and beyond twice the block.
    for (int len = 1; len < 300; len++) {
        struct leat_builder b = {0};
        for (int i = 0; i < len; i++)
            leat_builder_byte(&b, (char)('a' + i % 26));
        leat_str once = leat_str_clone(leat_builder_view(&b));
        CHECK_EQ(leat_builder_printf(&b, "<%.*s%.*s>",
                     LEAT_STR_ARG(leat_builder_view(&b)),
                     LEAT_STR_ARG(leat_builder_view(&b))), 0);
        leat_str wanted = leat_str_concat(
            once, LEAT_STR("<"), once, once, LEAT_STR(">"));
        CHECK(leat_str_equal(leat_builder_view(&b), wanted));
        leat_builder_free(&b);
        leat_str_free(once);
        leat_str_free(wanted);
    }
}

// The edge is INT64_MAX: no lengths but those of views can reach it.
PLAIN_TEST_WITH(str, concat_beyond_every_length_is_fatal, .exit_status = 2,
    .stderr_has = {"fatal error: string concatenation too long"})
{
    leat_str half = leat_str_view("", INT64_MAX / 2);
    (void)leat_str_concat(half, half, LEAT_STR("x"));
}

PLAIN_TEST_WITH(str, concat_of_the_longest_length_lacks_only_memory,
    .exit_status = 2,
    .stderr_has = {"fatal error: out of memory: cannot make a string of "
                   "9223372036854775806 bytes"})
{
    leat_str half = leat_str_view("", INT64_MAX / 2);
    leat_get_profile();
    leat__fault_parse("malloc:1+"); // some malloc would end it otherwise
    (void)leat_str_concat(half, half);
}

PLAIN_TEST_WITH(str, builder_beyond_every_length_is_fatal, .exit_status = 2,
    .stderr_has = {"fatal error: string concatenation too long"})
{
    struct leat_builder b = {0};
    leat_builder_grow(&b, INT64_MAX);
}

PLAIN_TEST_WITH(str, builder_of_the_longest_length_lacks_only_memory,
    .exit_status = 2,
    .stderr_has = {"fatal error: out of memory: cannot make a string of "
                   "9223372036854775808 bytes"})
{
    struct leat_builder b = {0};
    leat_builder_byte(&b, 'x');
    leat_get_profile();
    leat__fault_parse("malloc:1+");
    leat_builder_grow(&b, INT64_MAX - 2);
}

PLAIN_TEST_WITH(str, concat_without_memory_is_fatal, .exit_status = 2,
    .stderr_has = {"fatal error: out of memory: cannot make a string"})
{
    leat_get_profile();
    leat__fault_parse("malloc:1+");
    CHECK_EQ(leat_str_concat(LEAT_STR("")).len, 0); // needs none
    (void)leat_str_concat(LEAT_STR("a"), LEAT_STR("b"));
}

PLAIN_TEST_WITH(str, builder_without_memory_is_fatal, .exit_status = 2,
    .stderr_has = {"fatal error: out of memory: cannot make a string"})
{
    struct leat_builder b = {0};
    leat_get_profile();
    leat__fault_parse("malloc:1+");
    CHECK_EQ(b.len, 0);
    leat_builder_byte(&b, 'a');
}

// Go's strconv.Quote of the same; the rest is in tests/diff/quote.
TEST(str, a_builder_quotes_also_what_it_has_collected)
{
    struct leat_builder b = LEAT_ZERO;
    leat_builder_str(&b, LEAT_STR("a\n\"\\\0\xff"));
    leat_builder_quote(&b, leat_builder_view(&b));
    leat_str s = leat_builder_finish(&b);
    CHECK(leat_str_equal(s,
        LEAT_STR("a\n\"\\\0\xff" "\"a\\n\\\"\\\\\\x00\\xff\"")));
    leat_str_free(s);
}
