// SPDX-License-Identifier: MIT
// test_str_number.c: numbers to and from text. (Beside Go: tests/diff/
// str_number.)
#include "unit/test_slice_util.h"

#include "os/fault.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum { POWERS_TIMEOUT_S = 30 };

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

// The shortest form of v > 0 reads back by the C library, and is what that
// rounds v to with as many digits; one less does not read back. Above a power
// of two that is not so: there a number farther off may do.
static void
check_shortest(double v, int bits)
{
    char text[40];
    leat_str s = leat_str_from_float(v, 'e', -1, bits);
    double back = bits == 32 ? (double)strtof(s.ptr, NULL) : strtod(s.ptr, NULL);
    CHECK_MSG(back == v, "%a is written %s", v, s.ptr);
    int e, digits = (int)leat_str_index_byte(s, 'e') - 1;
    digits += digits == 0;
    if (frexp(v, &e) != 0.5) {
        snprintf(text, sizeof text, "%.*e", digits - 1, v);
        CHECK_TEXT(s, text);
    }
    if (digits > 1) {
        snprintf(text, sizeof text, "%.*e", digits - 2, v);
        back = bits == 32 ? (double)strtof(text, NULL) : strtod(text, NULL);
        CHECK_MSG(back != v, "%s does for %s", text, s.ptr);
    }
    leat_str_free(s);
}

// v >= 0 and its two neighbours, as doubles and as floats.
static void
check_shortest_around(double v)
{
    float f = (float)v;
    uint64_t bits;
    uint32_t half;
    memcpy(&bits, &v, sizeof bits);
    memcpy(&half, &f, sizeof half);
    bits -= bits > 0;
    half -= half > 0;
    for (int i = 0; i < 3; i++, bits++, half++) {
        memcpy(&v, &bits, sizeof v);
        memcpy(&f, &half, sizeof f);
        if (v > 0 && v <= DBL_MAX)
            check_shortest(v, 64);
        if (f > 0 && f <= FLT_MAX)
            check_shortest((double)f, 32);
    }
}

PLAIN_TEST(str_number, shortest_forms_are_right_at_the_edges_and_anywhere)
{
    uint64_t state = test_seed();
    for (int e = -1074; e < 1024; e++)
        check_shortest_around(ldexp(1, e));
    for (int e = -323; e < 309; e++) {
        char text[40];
        snprintf(text, sizeof text, "1e%d", e);
        check_shortest_around(strtod(text, NULL));
    }
    check_shortest_around(DBL_MAX);
    check_shortest_around(DBL_MIN);
    check_shortest_around((double)FLT_MAX);
    check_shortest_around((double)FLT_MIN);
    check_shortest_around(9e15);
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = test_next(&state) >> (1 + test_next(&state) % 13);
        double v;
        memcpy(&v, &bits, sizeof v);
        if (!isnan(v))
            check_shortest_around(v);
        check_shortest_around((double)test_next(&state) / 1024);
    }
}

// By the C library, which is exact.
static void
check_rounded(double v, int precision)
{
    char text[400];
    snprintf(text, sizeof text, "%.*e", precision, v);
    check_float(v, 'e', precision, 64, text);
    snprintf(text, sizeof text, "%.*E", precision, v);
    check_float(v, 'E', precision, 64, text);
    snprintf(text, sizeof text, "%.*f", precision, v);
    check_float(v, 'f', precision, 64, text);
    snprintf(text, sizeof text, "%.*g", precision, v);
    check_float(v, 'g', precision, 64, text);
    snprintf(text, sizeof text, "%.*G", precision, v);
    check_float(v, 'G', precision, 64, text);
}

PLAIN_TEST(str_number, floats_are_rounded_to_the_digits_asked_for)
{
    static const double cases[] = {0, -0.0, 0.5, 1.5, 2.5, -2.5, 0.125, 0.375,
        0.05, 0.25, 0.75, 0.0625, 9.5, 99.5, 999.9996, 9.999999999999999e22,
        1e22, 1e23, 1e17, 123456789012345678.0, 18446744073709551615.0,
        1844674407370955161.5, 4503599627370497.5, 4503599627370498.5,
        9007199254740993.0, 1e-5, 0.0001, 0.00009999995, 999999.5, 5e-324,
        DBL_MIN, DBL_MAX, 0x1p-1060, 1e-17, 5e-18, 0.49999999999999994};
    uint64_t state = test_seed();
    for (int precision = 0; precision < 30; precision++) {
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
            check_rounded(cases[i], precision);
        for (int i = 0; i < 500; i++) {
            uint64_t bits = test_next(&state);
            double v;
            memcpy(&v, &bits, sizeof v);
            if (!isnan(v) && !isinf(v))
                check_rounded(v, precision);
            // Often in the middle of two decimals.
            v = (double)((int64_t)bits >> (14 + bits % 40));
            check_rounded(v / (double)(1 << bits % 25), precision);
            check_rounded(v * 1e5, precision);
        }
    }
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

// strtof of glibc 2.36 rounds some subnormal numbers the wrong way, those that
// lie in the middle between two of 24 bits; they are doubles.
static double
nearest_float(const char *text)
{
    double v = strtod(text, NULL);
    double f = (double)strtof(text, NULL), other = (double)(float)v;
    return fabs(v - other) < fabs(v - f) ? other : f;
}

static void
check_read(const char *text)
{
    double v, w;
    leat_str s = leat_str_from_c(text);
    CHECK_EQ(leat_str_parse_float(s, 64, &v), 0);
    CHECK_EQ(leat_str_parse_float(s, 32, &w),
        isinf(nearest_float(text)) ? LEAT_ERANGE : 0);
    CHECK_MSG(v == strtod(text, NULL) && signbit(v) == (text[0] == '-') &&
            w == nearest_float(text),
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

// With what makes a text longer, and the number no other or a little greater.
static void
check_read_longer(const char *text)
{
    static const char *const tails[] = {"", "e0", ".0", ".00000000000000000000",
        ".00000000000000000001", "0e-1", "00000000000000000000e-20",
        "0000000000000000000000000001e-28"};
    char longer[400];
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        snprintf(longer, sizeof longer, "%s%s", text, tails[i]);
        check_read(longer);
    }
}

PLAIN_TEST(str_number, numbers_between_two_floats_are_read_as_the_nearest)
{
    uint64_t state = test_seed();
    char text[300];
    for (int i = 0; i < 3000; i++) {
        // Bits of a double, or of a float, and the half of the last one.
        int kept = i % 2 ? 53 : 24, more = 1 + (int)(test_next(&state) % 10);
        uint64_t whole = (test_next(&state) >> (64 - kept)) | 1;
        whole = (2 * whole + 1) << more;
        for (int off = -1; off <= 1; off++) {
            snprintf(text, sizeof text, "%llu",
                (unsigned long long)whole + (unsigned long long)off);
            check_read_longer(text);
        }
        // The middle of two floats is a double.
        double v = ldexp((double)(whole >> (more + kept - 23)) + 0.5,
            (int)(test_next(&state) % 230) - 150);
        snprintf(text, sizeof text, "%.220e", v);
        check_read(text);
        snprintf(text, sizeof text, "%.17e", v);
        check_read(text);
    }
}

// 0x1.c4a45bp-127 is 7416086.75 times the smallest float, 2^-149.
PLAIN_TEST(str_number, subnormal_floats_in_hexadecimal_are_rounded_to_nearest)
{
    double v;
    CHECK_EQ(leat_str_parse_float(LEAT_STR("0x1.c4a45bp-127"), 32, &v), 0);
    CHECK(v == 7416087 * 0x1p-149);
    CHECK_EQ(leat_str_parse_float(LEAT_STR("0x1.c4a459p-127"), 32, &v), 0);
    CHECK(v == 7416086 * 0x1p-149);
    CHECK_EQ(leat_str_parse_float(LEAT_STR("0x1.c4a45ap-127"), 32, &v), 0);
    CHECK(v == 7416086 * 0x1p-149);
    CHECK_EQ(leat_str_parse_float(
                 LEAT_STR("0x1.c4a45a00000000000001p-127"), 32, &v), 0);
    CHECK(v == 7416087 * 0x1p-149);
}

PLAIN_TEST(str_number, every_kind_of_decimal_is_read_as_the_c_library_reads_it)
{
    static const char *const cases[] = {"5e-324", "4.9e-324",
        "2.4703282292062328e-324", "2.4703282292062327e-324", "1e-343",
        "18446744073709551615e-343", "9999999999999999999e-342",
        "2.2250738585072011e-308", "2.2250738585072012e-308",
        "2.2250738585072014e-308", "1.7976931348623157e308",
        "17976931348623157000000e286", "1.7976931348623158e308",
        "0.000000000000000000000000000000000000017976931348623157e346",
        "9007199254740993", "9007199254740993.0000000000000000000000000001",
        "9007199254740992999999999999999999", "9223372036854775808",
        "9223372036854776832", "1e-45", "7.0064923216240853e-46",
        "7.0064923216240854e-46", "1.1754943e-38", "1e0001", "0e9999",
        "0e-99999999999999999999", "1e-9999", "1e-10000", "16777217",
        "33554434.99999999999999999999999999999999999999"};
    uint64_t state = test_seed();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_read(cases[i]);
    for (int i = 0; i < 50000; i++) {
        char text[128];
        uint64_t bits = test_next(&state);
        double v;
        memcpy(&v, &bits, sizeof v);
        if (isnan(v) || isinf(v))
            continue;
        snprintf(text, sizeof text, "%.*e", (int)(test_next(&state) % 30), v);
        if (!isinf(strtod(text, NULL)))
            check_read(text);
        snprintf(text, sizeof text, "%llu%llue%d", (unsigned long long)bits,
            (unsigned long long)test_next(&state) >> (bits % 64),
            (int)(test_next(&state) % 100) - 70);
        check_read(text);
    }
}

PLAIN_TEST_WITH(str_number, the_powers_of_ten_are_what_their_tool_writes,
    .skip_under = TEST_QEMU | TEST_VALGRIND)
{
    struct test_result r;
    CHECK(test_shell(&r, POWERS_TIMEOUT_S, "command -v python3"));
    if (r.status != 0)
        test_skip("python3 is not installed");
    const char *tool = test_source_path("tools/powers.py");
    CHECK(test_shell(&r, POWERS_TIMEOUT_S, "python3 '%s' --out - | cmp - '%s'",
        tool, test_source_path("src/str/power_table.h")));
    CHECK_MSG(r.status == 0, "%s%s", r.out, r.err);
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
