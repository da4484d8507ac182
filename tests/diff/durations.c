// SPDX-License-Identifier: MIT
// durations: to text, and from text that is one or is not.
#include <leat.h>

#include <stdio.h>

static const leat_str texts[] = {
    LEAT_STR(""), LEAT_STR("0"), LEAT_STR("-0"), LEAT_STR("+0"),
    LEAT_STR("00"), LEAT_STR("0s"), LEAT_STR("1"), LEAT_STR("5s"),
    LEAT_STR("30s"), LEAT_STR("1478s"), LEAT_STR("-5s"), LEAT_STR("+5s"),
    LEAT_STR("--5s"), LEAT_STR("-+5s"), LEAT_STR("5.0s"), LEAT_STR("5.6s"),
    LEAT_STR("5.s"), LEAT_STR(".5s"), LEAT_STR("1.0s"), LEAT_STR("1.00s"),
    LEAT_STR("1.004s"), LEAT_STR("1.0040s"), LEAT_STR("100.00100s"),
    LEAT_STR("10ns"), LEAT_STR("11us"), LEAT_STR("12\u00b5s"),
    LEAT_STR("12\u03bcs"), LEAT_STR("13ms"), LEAT_STR("14s"), LEAT_STR("15m"),
    LEAT_STR("16h"), LEAT_STR("3h30m"), LEAT_STR("10.5s4m"),
    LEAT_STR("-2m3.4s"), LEAT_STR("1h2m3s4ms5us6ns"),
    LEAT_STR("39h9m14.425s"), LEAT_STR("52763797000ns"),
    LEAT_STR("0.3333333333333333333h"), LEAT_STR("9007199254740993ns"),
    LEAT_STR("9223372036854775807ns"), LEAT_STR("9223372036854775.807us"),
    LEAT_STR("9223372036s854ms775us807ns"),
    LEAT_STR("-9223372036854775808ns"), LEAT_STR("-9223372036854775.808us"),
    LEAT_STR("-9223372036s854ms775us808ns"),
    LEAT_STR("9223372036854775808ns"), LEAT_STR("9223372036854775.808us"),
    LEAT_STR("9223372036854ms775us808ns"), LEAT_STR("-9223372036854775809ns"),
    LEAT_STR("9223372036854775810ns"), LEAT_STR("10000000000000000000ns"),
    LEAT_STR("3000000h"), LEAT_STR("2562047h47m16.854775807s"),
    LEAT_STR("2562047h47m16.854775808s"),
    LEAT_STR("-2562047h47m16.854775808s"),
    LEAT_STR("0.100000000000000000000h"),
    LEAT_STR("0.830103483285477580700h"), LEAT_STR("0.9223372036854775808h"),
    LEAT_STR("0.99999999999999999999999s"), LEAT_STR("3"), LEAT_STR("-"),
    LEAT_STR("s"), LEAT_STR("."), LEAT_STR("-."), LEAT_STR(".s"),
    LEAT_STR("+.s"), LEAT_STR("1."), LEAT_STR("1.2.3s"), LEAT_STR("1 s"),
    LEAT_STR(" 1s"), LEAT_STR("1s "), LEAT_STR("1d"), LEAT_STR("1S"),
    LEAT_STR("1hour"), LEAT_STR("1h 2m"), LEAT_STR("1s1"),
    LEAT_STR("\u00b5s"), LEAT_STR("1\xb5s"), LEAT_STR("1\xff"),
    LEAT_STR("1.5ns"), LEAT_STR("0.1ns"), LEAT_STR("0.9ns"),
    LEAT_STR("99999999999999999999999999999999h"), LEAT_STR("1e3s"),
    LEAT_STR("0x10s"), LEAT_STR("1_000s"), LEAT_STR("-1s2"),
    LEAT_STR("0h0m0s"), LEAT_STR("-0.5ms"), LEAT_STR("1m.5s"),
    LEAT_STR("1ms1ms1ms"),
};

static const int64_t values[] = {0, 1, -1, 999, 1000, 1001, 1100, -2200000,
    999999, 1000000, 999999999, 1000000000, 3300000000, 59999999999,
    60000000000, 245000000000, 245001000000, 3599999999999, 3600000000000,
    18367001000000, 480000000001, INT64_MAX, INT64_MIN, INT64_MIN + 1};

static uint64_t state = 1;

static uint64_t
next(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return state ^ state >> 29;
}

static void
read_text(leat_str s)
{
    int64_t ns;
    int err = leat_str_parse_duration(s, &ns);
    for (int64_t i = 0; i < s.len; i++)
        printf("%02x", leat_str_at(s, i));
    printf(" %lld %s\n", (long long)ns, err == 0 ? "true" : "false");
}

static void
write_text(int64_t ns)
{
    leat_str s = leat_str_from_duration(ns);
    struct leat_builder b = {0};
    leat_builder_duration(&b, ns);
    leat_str t = leat_builder_view(&b);
    printf("%lld %.*s\n", (long long)ns, LEAT_STR_ARG(t));
    read_text(s);
    leat_str_free(s);
    leat_builder_free(&b);
}

static void
read_parts(void)
{
    unsigned long long hours = next() % 100, part = next();
    unsigned long long minutes = next() % 1000, small = next() >> 20;
    struct leat_builder b = {0};
    leat_builder_printf(&b, "%llu.%lluh%llu.%llum.%llus", hours, part, minutes,
        small, (unsigned long long)next());
    read_text(leat_builder_view(&b));
    leat_builder_free(&b);
}

static void
round_to(int64_t ns, int64_t unit)
{
    printf("%lld %lld %lld\n", (long long)leat_duration_round(ns, unit),
        (long long)leat_duration_truncate(ns, unit),
        (long long)leat_duration_abs(ns));
}

static void
round_all(void)
{
    static const int64_t edges[] = {0, 1, -1, 2, -2, 3, 5, -5, 10, 14, 15, 16,
        -15, LEAT_HOUR, -LEAT_HOUR, INT64_MAX, INT64_MAX - 1, INT64_MAX / 2,
        INT64_MAX / 2 + 1, INT64_MIN, INT64_MIN + 1, INT64_MIN / 2};
    enum { COUNT = sizeof edges / sizeof *edges };
    for (int i = 0; i < COUNT; i++) {
        for (int k = 0; k < COUNT; k++)
            round_to(edges[i], edges[k]);
    }
    for (int i = 0; i < 2000; i++) {
        int64_t ns = (int64_t)next() >> (i % 60);
        round_to(ns, (int64_t)next() >> (i % 63));
    }
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        read_text(texts[i]);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        write_text(values[i]);
    for (int i = 0; i < 4000; i++) {
        write_text((int64_t)next() >> (i % 64));
        read_parts();
    }
    round_all();
    return 0;
}
