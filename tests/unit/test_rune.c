// SPDX-License-Identifier: MIT
// test_rune.c: what runes are, their other cases, and strings in them. (Beside
// Go, on what every version of Unicode says the same of: tests/diff/str_case.)
#include "unit/test_slice_util.h"

#include "str/rune_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RUNE_TIMEOUT_S = 60 };

// In the order of tests/diff/runes.go.
static bool (*const rune_tests[])(int32_t) = {
    leat_rune_is_letter, leat_rune_is_upper, leat_rune_is_lower,
    leat_rune_is_title, leat_rune_is_digit, leat_rune_is_number,
    leat_rune_is_mark, leat_rune_is_punct, leat_rune_is_symbol,
    leat_rune_is_space, leat_rune_is_control, leat_rune_is_graphic,
    leat_rune_is_print,
};
enum { RUNE_TESTS = sizeof rune_tests / sizeof *rune_tests };

// The line of runes.go for r.
static void
rune_line(char *to, size_t room, int32_t r)
{
    unsigned bits = 0;
    for (int i = 0; i < RUNE_TESTS; i++)
        bits |= (unsigned)rune_tests[i](r) << i;
    int32_t upper = leat_rune_to_upper(r), lower = leat_rune_to_lower(r);
    int32_t title = leat_rune_to_title(r), fold = leat_rune_simple_fold(r);
    *to = 0;
    if (bits != 0 || upper != r || lower != r || title != r || fold != r)
        snprintf(to, room, "%d %u %d %d %d %d\n", r, bits, upper, lower, title,
            fold);
}

PLAIN_TEST_WITH(rune, every_rune_is_what_it_is_in_a_go_of_the_same_unicode,
    .timeout_s = RUNE_TIMEOUT_S)
{
    FILE *go = popen(test_source_path("build/go/runes 2>&1"), "r");
    char theirs[128], ours[128];
    if (go == NULL || fgets(theirs, sizeof theirs, go) == NULL ||
        strchr("0123456789", theirs[0]) == NULL)
        test_skip("no Go compiler was there to build the Go half");
    if (strcmp(theirs, RUNE_TABLE_VERSION "\n") != 0)
        test_skip("the Unicode of this Go is %.*s, ours is " RUNE_TABLE_VERSION,
            (int)strcspn(theirs, "\n"), theirs);
    int lines = 0;
    for (int32_t r = 0; r <= LEAT_RUNE_MAX; r++) {
        rune_line(ours, sizeof ours, r);
        if (*ours == 0)
            continue;
        CHECK(fgets(theirs, sizeof theirs, go) != NULL);
        CHECK_STR(ours, theirs);
        lines++;
    }
    CHECK(fgets(theirs, sizeof theirs, go) == NULL);
    CHECK(lines > 100000);
    pclose(go);
}

PLAIN_TEST(rune, spaces_without_a_width_are_not_graphic)
{
    for (int32_t r = 0; r <= LEAT_RUNE_MAX; r++) {
        bool sign = leat_rune_is_letter(r) || leat_rune_is_number(r) ||
            leat_rune_is_mark(r) || leat_rune_is_punct(r) ||
            leat_rune_is_symbol(r);
        bool wide = leat_rune_is_space(r) && !leat_rune_is_control(r) &&
            r != 0x2028 && r != 0x2029;
        CHECK_EQ(leat_rune_is_graphic(r), sign || wide);
        CHECK_EQ(leat_rune_is_print(r), sign || r == ' ');
    }
}

PLAIN_TEST_WITH(rune, the_table_is_what_its_tool_writes,
    .timeout_s = RUNE_TIMEOUT_S, .skip_under = TEST_QEMU | TEST_VALGRIND)
{
    struct test_result r;
    const char *tool = test_source_path("tools/unicode.py");
    const char *table = test_source_path("src/str/rune_table.h");
    CHECK(test_shell(&r, RUNE_TIMEOUT_S, "command -v python3 && "
        "ls /usr/share/unicode/UnicodeData.txt"
        " /usr/share/unicode/CaseFolding.txt"));
    if (r.status != 0)
        test_skip("python3 or Debian's unicode-data is not installed");
    CHECK(test_shell(&r, RUNE_TIMEOUT_S,
        "head -n 1 /usr/share/unicode/CaseFolding.txt"));
    if (strstr(r.out, "-" RUNE_TABLE_VERSION ".") == NULL)
        test_skip("unicode-data is not of Unicode " RUNE_TABLE_VERSION);
    CHECK(test_shell(&r, RUNE_TIMEOUT_S, "python3 '%s' --out - | cmp - '%s'",
        tool, table));
    CHECK_MSG(r.status == 0, "%s%s", r.out, r.err);
}

PLAIN_TEST(rune, the_header_names_the_version_of_the_table)
{
    struct test_result r;
    CHECK(test_shell(&r, RUNE_TIMEOUT_S,
        "grep -c 'Unicode " RUNE_TABLE_VERSION "\\.' '%s'",
        test_source_path("include/leat/str.h")));
    CHECK_STR(r.out, "1\n");
}

PLAIN_TEST(rune, what_is_no_rune_is_nothing_and_its_own_other_case)
{
    const int32_t none[] = {-1, INT32_MIN, 0xD800, 0xDFFF, 0x110000, INT32_MAX};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        for (int k = 0; k < RUNE_TESTS; k++)
            CHECK(!rune_tests[k](none[i]));
        CHECK_EQ(leat_rune_to_upper(none[i]), none[i]);
        CHECK_EQ(leat_rune_to_lower(none[i]), none[i]);
        CHECK_EQ(leat_rune_to_title(none[i]), none[i]);
        CHECK_EQ(leat_rune_simple_fold(none[i]), none[i]);
    }
}

// "Next larger, and behind the largest the smallest".
PLAIN_TEST(rune, folding_goes_round_a_ring_that_rises_but_once)
{
    for (int32_t r = 0; r <= LEAT_RUNE_MAX; r++) {
        int falls = 0, steps = 0;
        for (int32_t at = r, next; steps == 0 || at != r; at = next, steps++) {
            next = leat_rune_simple_fold(at);
            falls += next <= at;
            CHECK_MSG(steps < 8, "from %x on", (unsigned)r);
        }
        CHECK_EQ(falls, 1);
    }
}

PLAIN_TEST(rune, strings_change_their_case_by_runes)
{
    CHECK_NEW(leat_str_to_upper(LEAT_STR("gr\u00fc\u00df Gott, \u01c6")),
        "GR\u00dc\u00df GOTT, \u01c4");
    CHECK_NEW(leat_str_to_title(LEAT_STR("\u01c6")), "\u01c5");
    CHECK_NEW(leat_str_to_lower(LEAT_STR("\u041c\u0418\u0420 \u212a")),
        "\u043c\u0438\u0440 k");
    CHECK_NEW(leat_str_to_upper(LEAT_STR("az{`@[\x7f")), "AZ{`@[\x7f");
    CHECK_NEW(leat_str_to_lower((leat_str){0}), "");
    CHECK_NEW(leat_str_to_upper((leat_str){0}), "");
    CHECK_NEW(leat_str_map((leat_str){0}, leat_rune_to_upper), "");
    CHECK_NEW(leat_str_to_valid((leat_str){0}, LEAT_STR("x")), "");
}

PLAIN_TEST(rune, changing_the_case_makes_bytes_that_are_no_utf8_u_fffd)
{
    leat_str s = leat_str_to_upper(LEAT_STR("a\0\xff\xc3"));
    CHECK(leat_str_equal(s, LEAT_STR("A\0\uFFFD\uFFFD")));
    leat_str_free(s);
    CHECK_NEW(
        leat_str_to_valid(LEAT_STR("a\xff\xfe" "b\xc3"), LEAT_STR("?")), "a?b?");
}

PLAIN_TEST(rune, strings_are_equal_but_for_the_case)
{
    CHECK(leat_str_equal_fold(LEAT_STR("GO\0"), LEAT_STR("go\0")));
    CHECK(!leat_str_equal_fold(LEAT_STR("GO"), LEAT_STR("go\0")));
    CHECK(leat_str_equal_fold((leat_str){0}, LEAT_STR("")));
    CHECK(!leat_str_equal_fold((leat_str){0}, LEAT_STR("a")));
    CHECK(!leat_str_equal_fold(LEAT_STR("@["), LEAT_STR("`{")));
    // Of three bytes and one.
    CHECK(leat_str_equal_fold(LEAT_STR("\u212aelvin"), LEAT_STR("KELVIN")));
    CHECK(leat_str_equal_fold(LEAT_STR("KELVIN"), LEAT_STR("\u212aelvin")));
    // Folding is by single runes: no two for one.
    CHECK(!leat_str_equal_fold(LEAT_STR("\u00df"), LEAT_STR("ss")));
}
