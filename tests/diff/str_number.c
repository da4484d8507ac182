// SPDX-License-Identifier: MIT
// str_number: numbers to and from text.
#include <leat.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const numbers[] = {
    "", "0", "-0", "+0", "1", "-1", "+7", "12345678901234567890",
    "9223372036854775807", "9223372036854775808", "-9223372036854775808",
    "-9223372036854775809", "127", "128", "-128", "-129",
    "18446744073709551615", "18446744073709551616", "0x1f", "0X1F", "0b101",
    "0B2", "0o17", "017", "08", "1_000", "_1", "1_", "1__0", "0x_f", "0_7",
    "0x", "0b", "0o", "zz", "ZZ", "a", "--1", "+-1", " 1", "1 ", "1.0", "0_",
    "0x1_", "-0x_ff", "0_x1", "99999999999999999999999999",
    "99999999999999999999__1", "99999999999999999999_",
    "_99999999999999999999", "1__99", "-0x_1__ff", "199z", "299z"};

static const char *const floats[] = {
    "", ".", "1", "1.", ".5", "0.1", "-0", "+1e3", "1e", "1e+", "1E-5",
    "1e400", "-1e400", "1e-400", "5e-324", "2e-324", "3e-324",
    "1.7976931348623157e308", "1.7976931348623159e308", "inf", "+Inf",
    "-INFINITY", "infin", "nan", "NaN", "-nan", "0x1p-2", "0x1.8p1", "0x.8p0",
    "0x1", "0xp1", "0x1p", "1x", " 1", "1 ", "1e5e5", "1..2",
    "1e1000000000000", "0e1000000000000", "0.0000001e8", "9007199254740993",
    "1e23", "8.41e21", "123456789012345678901234567890", "3.4028235e38",
    "3.4028236e38", "1_0", "1_000.2_5", "0x_1p-2", "0x1_0.8_0p1_0", "1e1_0",
    "0_1", "_1", "1_", "1__0", "1_.5", "1._5", "1_e1", "1e_1", "1e+_1",
    "0_x1p1", "0x1_p1", "0x_p1", "0x._1p1", "0xa_bp1", "0x__1p1", "in_f",
    "nan_", "_", "-_1", "-1_0", "0b_1", "0o_1", "0b_1e5", "1_0x1p1"};

static uint64_t state = 1;
static struct leat_builder out;

static uint64_t
next(void)
{
    state = state * UINT64_C(6364136223846793005) +
            UINT64_C(1442695040888963407);
    return state ^ state >> 29;
}

static void
flush_line(void)
{
    leat_builder_byte(&out, '\n');
    fwrite(out.ptr, 1, (size_t)out.len, stdout);
    leat_builder_reset(&out);
}

static void
put_float(double v, char format, int precision, int bits)
{
    if (out.len > 0)
        leat_builder_byte(&out, ' ');
    leat_builder_float(&out, v, format, precision, bits);
}

static void
shortest(double v, int bits)
{
    put_float(v, 'g', -1, bits);
    put_float(v, 'e', -1, bits);
    put_float(v, 'b', -1, bits);
    put_float(v, 'x', -1, bits);
    flush_line();
}

static void
read_number(leat_str s)
{
    static const int bases[] = {0, 2, 8, 10, 16, 36}, bits[] = {0, 8, 32, 64};
    for (int i = 0; i < 6; i++) {
        for (int k = 0; k < 4; k++) {
            int64_t v;
            uint64_t u;
            int err = leat_str_parse_int(s, bases[i], bits[k], &v);
            int uerr = leat_str_parse_uint(s, bases[i], bits[k], &u);
            printf("%s %lld %s %llu\n", leat_strerror(err), (long long)v,
                leat_strerror(uerr), (unsigned long long)u);
        }
    }
}

static void
read_float(leat_str s, int bits)
{
    double v;
    int err = leat_str_parse_float(s, bits, &v);
    leat_builder_str(&out, s);
    leat_builder_printf(&out, " %s", leat_strerror(err));
    put_float(v, 'g', -1, 64);
    flush_line();
}

// A decimal number of up to 40 digits.
static void
read_random(void)
{
    struct leat_builder b = LEAT_ZERO;
    uint64_t whole = next(), fraction = next(), bits = next();
    leat_builder_uint(&b, whole >> bits % 64, 10);
    leat_builder_byte(&b, '.');
    leat_builder_uint(&b, fraction >> (bits >> 8) % 64, 10);
    leat_builder_byte(&b, 'e');
    leat_builder_int(&b, (int64_t)((bits >> 16) % 700) - 360, 10);
    read_float(leat_builder_view(&b), 64);
    read_float(leat_builder_view(&b), 32);
    leat_builder_free(&b);
}

static void
random_numbers(int i)
{
    uint64_t bits = next();
    double v;
    memcpy(&v, &bits, sizeof v);
    if (isnan(v))
        return;
    shortest(v, 64);
    uint32_t half = (uint32_t)next();
    float f;
    memcpy(&f, &half, sizeof f);
    if (!isnan(f))
        shortest((double)f, 32);
    double small = (double)((int64_t)next() >> 20);
    small /= (double)(1 + next() % 1000);
    put_float(small, 'f', -1, 64);
    put_float(small, 'f', i % 20, 64);
    put_float(small, 'e', i % 20, 64);
    put_float(small, 'g', i % 20, 64);
    put_float(small, 'G', -1, 32);
    put_float(small, 'x', i % 20, 64);
    put_float(-small, 'X', i % 7, 32);
    put_float(v, 'x', i % 15, 64);
    put_float(v, 'b', i % 5, 64);
    flush_line();
    int64_t n = (int64_t)next();
    leat_builder_int(&out, n, 2 + i % 35);
    leat_builder_byte(&out, ' ');
    leat_builder_uint(&out, (uint64_t)n, 2 + i % 35);
    flush_line();
}

static void
read_bools(void)
{
    static const leat_str texts[] = {
        LEAT_STR("1"), LEAT_STR("t"), LEAT_STR("T"), LEAT_STR("TRUE"),
        LEAT_STR("true"), LEAT_STR("True"), LEAT_STR("0"), LEAT_STR("f"),
        LEAT_STR("F"), LEAT_STR("FALSE"), LEAT_STR("false"),
        LEAT_STR("False"), LEAT_STR(""), LEAT_STR("tRUE"), LEAT_STR("yes"),
        LEAT_STR("true "), LEAT_STR("2"), LEAT_STR("01"),
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        bool v = true;
        int err = leat_str_parse_bool(texts[i], &v);
        leat_str text = leat_str_from_bool(v);
        printf("%s %s\n", text.ptr, leat_strerror(err));
        leat_str_free(text);
    }
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        read_number(leat_str_from_c(numbers[i]));
    for (size_t i = 0; i < sizeof floats / sizeof *floats; i++) {
        read_float(leat_str_from_c(floats[i]), 32);
        read_float(leat_str_from_c(floats[i]), 64);
    }
    static const double halves[] = {0, -0.0, 1, 1.5, 2.5, 1.03125, 1.09375,
        0x1.08p0, 0x1.18p0, 0x1.f8p0, 0x1.e8p0, 0x1.ffp3, 0x1.08p-1050,
        0x1.fffffffffffffp1023, 0x1p-1074, 0x1.8p99, 0x1p100};
    for (size_t i = 0; i < sizeof halves / sizeof *halves; i++) {
        for (int precision = -1; precision < 18; precision++)
            put_float(halves[i], 'x', precision, 64);
        put_float(halves[i], 'b', -1, 64);
        put_float(halves[i], 'b', -1, 32);
        put_float(halves[i], 'y', -1, 32);
        flush_line();
    }
    for (int e = -1080; e < 1030; e++) {
        shortest(ldexp(1, e), 64);
        if (e != -12) // two shortest forms are equally near: either will do
            shortest(ldexp(1, e), 32);
    }
    for (int i = 0; i < 4000; i++)
        random_numbers(i);
    for (int i = 0; i < 4000; i++)
        read_random();
    leat_builder_free(&out);
    read_bools();
    return 0;
}
