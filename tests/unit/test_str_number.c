// SPDX-License-Identifier: MIT
// test_str_number.c: numbers to and from text. (Beside Go: tests/diff/
// str_number.)
#include "unit/test_slice_util.h"

#include "os/fault.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static leat_str str_unused; // of calls that panic

// What parse_int says about a text: the error and the value.
static void
check_int(const char *text, int base, int bits, int err, int64_t wanted)
{
    int64_t v = 77;
    int got = leat_str_parse_int(leat_str_from_c(text), base, bits, &v);
    CHECK_MSG(got == err && v == wanted, "\"%s\": error %d, value %lld", text,
        got, (long long)v);
}

PLAIN_TEST(str_number, whole_numbers_are_read_in_every_base)
{
    check_int("0", 10, 64, 0, 0);
    check_int("-0", 10, 64, 0, 0);
    check_int("+12", 10, 64, 0, 12);
    check_int("9223372036854775807", 10, 64, 0, INT64_MAX);
    check_int("-9223372036854775808", 10, 0, 0, INT64_MIN);
    check_int("-ff", 16, 64, 0, -255);
    check_int("zZ", 36, 64, 0, 35 * 36 + 35);
    check_int("0x1F", 0, 64, 0, 31);
    check_int("0b101", 0, 64, 0, 5);
    check_int("0o17", 0, 64, 0, 15);
    check_int("017", 0, 64, 0, 15);
    check_int("0", 0, 64, 0, 0);
    check_int("1_000", 0, 64, 0, 1000);
    check_int("0x_ff", 0, 64, 0, 255);
    check_int("0_7", 0, 64, 0, 7);
    check_int("-128", 10, 8, 0, -128);
}

PLAIN_TEST(str_number, what_is_no_number_gives_0)
{
    static const char *const bad[] = {"", "+", "-", "a", "1a", " 1", "1 ",
        "--1", "0x", "1_000", "_1", "1.5", "0b12"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        check_int(bad[i], 10, 64, LEAT_ESYNTAX, 0);
    static const char *const bad0[] = {"", "0x", "0b", "0b2", "08", "_1",
        "1_", "1__0", "0x1_", "0_x1", "1_a"};
    for (size_t i = 0; i < sizeof bad0 / sizeof *bad0; i++)
        check_int(bad0[i], 0, 64, LEAT_ESYNTAX, 0);
    check_int("1", 1, 64, LEAT_EINVAL, 0);
    check_int("1", 37, 64, LEAT_EINVAL, 0);
    check_int("1", 10, 65, LEAT_EINVAL, 0);
    int64_t v;
    CHECK_EQ(leat_str_parse_int(LEAT_STR("1\0"), 10, 64, &v), LEAT_ESYNTAX);
}

PLAIN_TEST(str_number, what_is_too_large_gives_the_nearest)
{
    check_int("9223372036854775808", 10, 64, LEAT_ERANGE, INT64_MAX);
    check_int("-9223372036854775809", 10, 64, LEAT_ERANGE, INT64_MIN);
    check_int("99999999999999999999999", 10, 64, LEAT_ERANGE, INT64_MAX);
    // Behind the digit that goes beyond the bits nothing matters, nor does
    // any underscore.
    check_int("99999999999999999999__1", 0, 64, LEAT_ERANGE, INT64_MAX);
    check_int("99999999999999999999_", 0, 64, LEAT_ERANGE, INT64_MAX);
    check_int("_99999999999999999999", 0, 64, LEAT_ERANGE, INT64_MAX);
    check_int("-2__99", 0, 8, LEAT_ERANGE, -128);
    // Up to there all of it does.
    check_int("-1__99", 0, 8, LEAT_ESYNTAX, 0);
    check_int("199z", 10, 8, LEAT_ESYNTAX, 0);
    check_int("299z", 10, 8, LEAT_ERANGE, 127);
    check_int("128", 10, 8, LEAT_ERANGE, 127);
    check_int("-129", 10, 8, LEAT_ERANGE, -128);
    uint64_t u;
    CHECK_EQ(leat_str_parse_uint(
                 LEAT_STR("18446744073709551615"), 10, 64, &u), 0);
    CHECK(u == UINT64_MAX);
    CHECK_EQ(leat_str_parse_uint(LEAT_STR("18446744073709551616"), 10, 64, &u),
        LEAT_ERANGE);
    CHECK(u == UINT64_MAX);
    CHECK_EQ(leat_str_parse_uint(LEAT_STR("256"), 10, 8, &u), LEAT_ERANGE);
    CHECK_EQ(u, 255);
    CHECK_EQ(leat_str_parse_uint(LEAT_STR("-1"), 10, 64, &u), LEAT_ESYNTAX);
}

PLAIN_TEST(str_number, whole_numbers_are_written_in_every_base)
{
    static const struct {
        int64_t v;
        int base;
        const char *text;
    } cases[] = {{0, 10, "0"}, {-1, 10, "-1"}, {INT64_MIN, 10,
        "-9223372036854775808"}, {255, 2, "11111111"}, {-255, 16, "-ff"},
        {35, 36, "z"}, {INT64_MIN, 2, "-1000000000000000000000000000000000000"
        "000000000000000000000000000"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        leat_str s = leat_str_from_int(cases[i].v, cases[i].base);
        CHECK_TEXT(s, cases[i].text);
        leat_str_free(s);
    }
    leat_str s = leat_str_from_uint(UINT64_MAX, 10);
    CHECK_TEXT(s, "18446744073709551615");
    leat_str_free(s);
    CHECK_PANICS("strconv: illegal AppendInt/FormatInt base",
        str_unused = leat_str_from_int(1, 37));
}

static void
check_float(double v, char format, int precision, int bits, const char *wanted)
{
    leat_str s = leat_str_from_float(v, format, precision, bits);
    CHECK_TEXT(s, wanted);
    leat_str_free(s);
}

PLAIN_TEST(str_number, floats_are_written_with_the_fewest_digits)
{
    check_float(0, 'g', -1, 64, "0");
    check_float(-0.0, 'g', -1, 64, "-0");
    check_float(0.1, 'g', -1, 64, "0.1");
    check_float(0.1, 'e', -1, 64, "1e-01");
    check_float(100000, 'g', -1, 64, "100000");
    check_float(1000000, 'g', -1, 64, "1e+06");
    check_float(0.0001, 'g', -1, 64, "0.0001");
    check_float(0.00001, 'g', -1, 64, "1e-05");
    check_float(1234567.8, 'f', -1, 64, "1234567.8");
    check_float(1e21, 'f', -1, 64, "1000000000000000000000");
    check_float(5e-324, 'g', -1, 64, "5e-324");
    check_float(1.7976931348623157e308, 'g', -1, 64, "1.7976931348623157e+308");
    check_float(0x1p-44, 'g', -1, 64, "5.684341886080802e-14");
    check_float(1.0 / 3, 'g', -1, 32, "0.33333334");
    check_float(16777216, 'G', -1, 32, "1.6777216E+07");
    check_float(0.5, 'f', 3, 64, "0.500");
    check_float(123456, 'e', 2, 64, "1.23e+05");
    check_float(123456, 'g', 3, 64, "1.23e+05");
    check_float(NAN, 'g', -1, 64, "NaN");
    check_float(INFINITY, 'f', 2, 64, "+Inf");
    check_float(-INFINITY, 'e', 2, 64, "-Inf");
    check_float(1, 'q', -1, 64, "%q");
}

PLAIN_TEST(str_number, floats_are_written_with_any_number_of_digits)
{
    static const double values[] = {1, 5e-324, 1.7976931348623157e308, 0.1, 0};
    char text[8000];
    for (size_t i = 0; i < 5 * 5; i++) {
        char format[] = {'%', '.', '*', "eEfgG"[i / 5], 0};
        double v = values[i % 5];
        for (int precision = 1000; precision < 6000; precision += 74) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            snprintf(text, sizeof text, format, precision, v);
#pragma GCC diagnostic pop
            check_float(v, format[3], precision, 64, text);
        }
    }
    check_float(1, 'g', INT32_MAX, 64, "1");
}

// More bytes than the C library counts; there is no memory for them here.
PLAIN_TEST_WITH(str_number, most_digits_of_all_lack_only_memory,
    .exit_status = 2,
    .stderr_has = {"fatal error: out of memory: cannot make a string of 21474"})
{
    struct leat_builder b = {0};
    leat_builder_grow(&b, 4000);
    leat_get_profile(); // starts what a panic report needs
    leat__fault_parse("malloc:1+");
    leat_builder_float(&b, 1, 'f', INT32_MAX, 64);
}

PLAIN_TEST(str_number, size_that_no_float_has_panics)
{
    CHECK_PANICS("strconv: illegal AppendFloat/FormatFloat bitSize",
        str_unused = leat_str_from_float(1, 'g', -1, 16));
    CHECK_PANICS("strconv: illegal AppendFloat/FormatFloat bitSize",
        str_unused = leat_str_from_float(1, 'q', -1, 0));
}

PLAIN_TEST(str_number, shortest_form_reads_back_and_one_digit_less_does_not)
{
    uint64_t state = test_seed();
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = test_next(&state);
        double v, w;
        memcpy(&v, &bits, sizeof v);
        if (isnan(v) || isinf(v))
            continue;
        leat_str s = leat_str_from_float(v, 'e', -1, 64);
        CHECK_EQ(leat_str_parse_float(s, 64, &w), 0);
        CHECK(v == w);
        int64_t digits = leat_str_index_byte(s, 'e') - (v < 0) - 1;
        char text[40];
        if (digits >= 3) {
            snprintf(text, sizeof text, "%.*e", (int)digits - 3, v);
            CHECK_MSG(strtod(text, NULL) != v, "%s and %.*s", text,
                LEAT_STR_ARG(s));
        }
        leat_str_free(s);
    }
}

// Of v, which has a decimal of up to 15 digits (6 as a float), by the C library.
static void
check_short(double v, int bits)
{
    char text[40];
    int n = 0;
    double back;
    do {
        snprintf(text, sizeof text, "%.*e", n++, v);
        back = bits == 32 ? (double)strtof(text, NULL) : strtod(text, NULL);
    } while (back != v);
    check_float(v, 'e', -1, bits, text);
}

PLAIN_TEST(str_number, short_decimals_are_written_with_the_fewest_digits)
{
    uint64_t state = test_seed();
    for (int i = 0; i < 30000; i++) {
        char text[40];
        uint64_t whole = test_next(&state) % 1000000000000000;
        whole >>= test_next(&state) % 50;
        snprintf(text, sizeof text, "%llue%d", (unsigned long long)whole,
            (int)(test_next(&state) % 50) - 30);
        check_short(strtod(text, NULL), 64);
        snprintf(text, sizeof text, "%llue%d",
            (unsigned long long)whole % 1000000,
            (int)(test_next(&state) % 30) - 20);
        check_short((double)strtof(text, NULL), 32);
    }
}

PLAIN_TEST(str_number, floats_are_read_as_go_reads_them)
{
    static const struct {
        const char *text;
        int err;
        double v;
    } cases[] = {
        {"1", 0, 1}, {"+1.5e3", 0, 1500}, {".5", 0, 0.5}, {"5.", 0, 5},
        {"1e-400", 0, 0}, {"0x1p-2", 0, 0.25}, {"0X.8P1", 0, 1},
        {"inf", 0, INFINITY}, {"-Infinity", 0, -INFINITY},
        {"1e309", LEAT_ERANGE, INFINITY}, {"-1e999", LEAT_ERANGE, -INFINITY},
        {"", LEAT_ESYNTAX, 0}, {".", LEAT_ESYNTAX, 0}, {"e1", LEAT_ESYNTAX, 0},
        {"1e", LEAT_ESYNTAX, 0}, {"1e+", LEAT_ESYNTAX, 0},
        {" 1", LEAT_ESYNTAX, 0}, {"1 ", LEAT_ESYNTAX, 0}, {"1x", LEAT_ESYNTAX, 0},
        {"0x1", LEAT_ESYNTAX, 0}, {"0xp1", LEAT_ESYNTAX, 0},
        {"infi", LEAT_ESYNTAX, 0}, {"nan(1)", LEAT_ESYNTAX, 0},
        {"+nan", LEAT_ESYNTAX, 0}, {"1,5", LEAT_ESYNTAX, 0},
        {"1_000.2_5", 0, 1000.25}, {"-0x_1p-2", 0, -0.25},
        {"0x1_0.8_0p1_0", 0, 16896}, {"1e1_0", 0, 1e10}, {"0_1", 0, 1},
        {"_1", LEAT_ESYNTAX, 0}, {"1_", LEAT_ESYNTAX, 0},
        {"1__0", LEAT_ESYNTAX, 0}, {"1_.5", LEAT_ESYNTAX, 0},
        {"1._5", LEAT_ESYNTAX, 0}, {"1_e1", LEAT_ESYNTAX, 0},
        {"1e_1", LEAT_ESYNTAX, 0}, {"1e+_1", LEAT_ESYNTAX, 0},
        {"0_x1p1", LEAT_ESYNTAX, 0}, {"0x1_p1", LEAT_ESYNTAX, 0},
        {"0x_p1", LEAT_ESYNTAX, 0}, {"0x._1p1", LEAT_ESYNTAX, 0},
        {"in_f", LEAT_ESYNTAX, 0}, {"_", LEAT_ESYNTAX, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double v = 77;
        int err =
            leat_str_parse_float(leat_str_from_c(cases[i].text), 64, &v);
        CHECK_MSG(err == cases[i].err && v == cases[i].v, "\"%s\": %d %g",
            cases[i].text, err, v);
    }
    double v;
    CHECK_EQ(leat_str_parse_float(LEAT_STR("NaN"), 64, &v), 0);
    CHECK(isnan(v));
    CHECK_EQ(leat_str_parse_float(LEAT_STR("1e39"), 32, &v), LEAT_ERANGE);
    CHECK_EQ(leat_str_parse_float(LEAT_STR("0.1"), 32, &v), 0);
    CHECK(v == (double)0.1f);
    // Longer than any buffer.
    leat_str zeroes = leat_str_repeat(LEAT_STR("0"), 1000);
    leat_str text = leat_str_concat(LEAT_STR("1."), zeroes, LEAT_STR("1"));
    CHECK_EQ(leat_str_parse_float(text, 64, &v), 0);
    CHECK(v == 1);
    leat_str_free(zeroes);
    leat_str_free(text);
}

static void
check_read(const char *text)
{
    double v, w;
    leat_str s = leat_str_from_c(text);
    CHECK_EQ(leat_str_parse_float(s, 64, &v), 0);
    CHECK_EQ(leat_str_parse_float(s, 32, &w),
        isinf(strtof(text, NULL)) ? LEAT_ERANGE : 0);
    CHECK_MSG(v == strtod(text, NULL) && signbit(v) == (text[0] == '-') &&
            w == (double)strtof(text, NULL),
        "%s: %.17g, as a float %.9g", text, v, w);
}

PLAIN_TEST(str_number, short_decimals_are_read_as_the_c_library_reads_them)
{
    static const char *const cases[] = {"0", "-0", "-0.000", "0e22",
        "9007199254740991", "9007199254740992", "9007199254740993",
        "-90071992547409.93", "16777216e10", "16777217e10", "16777216e11",
        "9007199254740992e22", "9007199254740992e-22", "1e23", "1e-23",
        "9007199254740992e23", "00000000000000000000000012.5",
        "18446744073709551617", "0.30000000000000004", "5e-1", "1.e+2"};
    uint64_t state = test_seed();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_read(cases[i]);
    for (int i = 0; i < 50000; i++) {
        char text[64];
        uint64_t whole = test_next(&state) >> (test_next(&state) % 64);
        snprintf(text, sizeof text, "%s%llu.%0*llue%d",
            test_next(&state) % 2 ? "-" : "", (unsigned long long)whole,
            (int)(test_next(&state) % 12),
            (unsigned long long)(test_next(&state) % 1000),
            (int)(test_next(&state) % 35) - 25);
        check_read(text);
    }
}

PLAIN_TEST(str_number, exponent_without_digits_is_none_behind_any_fraction)
{
    double v;
    for (int n = 0; n < 1100; n++) {
        leat_str zeroes = leat_str_repeat(LEAT_STR("0"), n);
        leat_str text = leat_str_concat(LEAT_STR("0.0"), zeroes, LEAT_STR("e"));
        CHECK_EQ(leat_str_parse_float(text, 64, &v), LEAT_ESYNTAX);
        leat_str_free(zeroes);
        leat_str_free(text);
    }
}

PLAIN_TEST(str_number, locale_of_the_program_does_not_matter)
{
    static const char *const commas[] = {
        "de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "ru_RU.UTF-8"};
    size_t i = 0, n = sizeof commas / sizeof *commas;
    while (i < n && setlocale(LC_ALL, commas[i]) == NULL)
        i++;
    if (i == n)
        test_skip("no locale with a decimal comma is installed");
    double v;
    CHECK_EQ(leat_str_parse_float(LEAT_STR("1.5"), 64, &v), 0);
    CHECK(v == 1.5);
    check_float(1.5, 'g', -1, 64, "1.5");
    check_float(1.5, 'f', 2, 64, "1.50");
    struct leat_builder b = {0};
    leat_builder_printf(&b, "%g", 2.5);
    leat_builder_float(&b, 0.25, 'g', -1, 64);
    CHECK_TEXT(leat_builder_view(&b), "2.50.25");
    leat_builder_free(&b);
    char text[10];
    snprintf(text, sizeof text, "%g", 2.5);
    CHECK_STR(text, "2,5"); // its own locale is as it was
}

// Beside Go otherwise: tests/diff/durations. 2^63 twice is 0 in 64 bits.
PLAIN_TEST(str_number, durations_that_do_not_fit_are_refused_and_0)
{
    static const leat_str wrong[] = {
        LEAT_STR("9223372036854775808ns9223372036854775808ns"),
        LEAT_STR("-9223372036854775808ns9223372036854775808ns"),
        LEAT_STR("9223372036854775807ns1ns"), LEAT_STR("1s\0"),
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        int64_t ns = 1;
        CHECK_EQ(leat_str_parse_duration(wrong[i], &ns), LEAT_ESYNTAX);
        CHECK_EQ(ns, 0);
    }
    int64_t ns = 1;
    CHECK_EQ(leat_str_parse_duration((leat_str){0}, &ns), LEAT_ESYNTAX);
    CHECK_EQ(ns, 0);
}

// Strings that are cut from others have no zero byte behind them. What each
// text begins with is put so that the next byte faults.
PLAIN_TEST(str_number, no_byte_behind_the_text_is_read)
{
    static const char *const texts[] = {"-12345678901234567890", "0x_ffp-12",
        "1_000.5e+10", "1h15m30.918s", "2.5ms1us.5ns", "\"a\\x41\\u00e9\\n\"",
        "'\\U0001f600'", "`raw\r`", "infinity", "NaN", "TRUE", "\xf0\x9f\x98\x80"};
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *area = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(area != MAP_FAILED);
    CHECK_EQ(mprotect(area + page, page, PROT_NONE), 0);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        for (size_t len = 0; len <= strlen(texts[i]); len++) {
            leat_str s = {area + page - len, (int64_t)len}, text = {0};
            memcpy(area + page - len, texts[i], len);
            int64_t n;
            uint64_t u;
            double d;
            bool b;
            leat_str_parse_int(s, 0, 64, &n);
            leat_str_parse_uint(s, 10, 64, &u);
            leat_str_parse_float(s, 64, &d);
            leat_str_parse_bool(s, &b);
            leat_str_parse_duration(s, &n);
            if (leat_str_unquote(s, &text) == 0)
                leat_str_free(text);
            leat_str_free(leat_str_quote(s));
            leat_str_free(leat_str_quote_ascii(s));
        }
    }
    CHECK_EQ(munmap(area, 2 * page), 0);
}
