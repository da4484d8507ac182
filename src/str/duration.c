// SPDX-License-Identifier: MIT
// str/duration.c: durations to and from text, as Go's package time writes them:
// 1h2m0.5s.
//
// The idea: under a second one unit, and above hours, minutes and seconds;
// either way a whole number and a fraction without the zeros at its end.
// Reading adds up any numbers with units.
//
// Locks: none.
#include "str/str_int.h"

#include <leat/time.h>

#include <string.h>

// The largest magnitude: that of INT64_MIN.
#define DURATION_MAX ((uint64_t)1 << 63)

// units / whole, with at most `digits` decimals, 10 to the power of which
// `whole` is.
static void
duration_decimal(
    struct leat_builder *b, uint64_t units, uint64_t whole, int digits)
{
    char fraction[16];
    uint64_t rest = units % whole;
    leat_builder_uint(b, units / whole, 10);
    if (rest == 0)
        return;
    for (int i = digits - 1; i >= 0; i--) {
        fraction[i] = (char)('0' + rest % 10);
        rest /= 10;
    }
    while (fraction[digits - 1] == '0')
        digits--;
    leat_builder_byte(b, '.');
    leat_builder_str(b, leat_str_view(fraction, digits));
}

static void
duration_short(struct leat_builder *b, uint64_t ns)
{
    if (ns == 0) {
        leat_builder_str(b, LEAT_STR("0s"));
    } else if (ns < LEAT_MICROSECOND) {
        duration_decimal(b, ns, 1, 0);
        leat_builder_str(b, LEAT_STR("ns"));
    } else if (ns < LEAT_MILLISECOND) {
        duration_decimal(b, ns, LEAT_MICROSECOND, 3);
        leat_builder_str(b, LEAT_STR("\u00b5s"));
    } else {
        duration_decimal(b, ns, LEAT_MILLISECOND, 6);
        leat_builder_str(b, LEAT_STR("ms"));
    }
}

void
leat_builder_duration(struct leat_builder *b, int64_t ns)
{
    uint64_t u = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    if (ns < 0)
        leat_builder_byte(b, '-');
    if (u < LEAT_SECOND) {
        duration_short(b, u);
        return;
    }
    if (u >= LEAT_HOUR) {
        leat_builder_uint(b, u / LEAT_HOUR, 10);
        leat_builder_byte(b, 'h');
    }
    if (u >= LEAT_MINUTE) {
        leat_builder_uint(b, u % LEAT_HOUR / LEAT_MINUTE, 10);
        leat_builder_byte(b, 'm');
    }
    duration_decimal(b, u % LEAT_MINUTE, LEAT_SECOND, 9);
    leat_builder_byte(b, 's');
}

struct leat_str
leat_str_from_duration(int64_t ns)
{
    struct leat_builder b = {NULL, 0, 0};
    leat_builder_duration(&b, ns);
    return leat_builder_finish(&b);
}

// The digits at the beginning of *s, as a number; false if it is larger than
// DURATION_MAX.
static bool
duration_whole(struct leat_str *s, uint64_t *v)
{
    *v = 0;
    for (; s->len > 0 && s->ptr[0] >= '0' && s->ptr[0] <= '9';
         s->ptr++, s->len--) {
        if (*v > DURATION_MAX / 10)
            return false;
        *v = *v * 10 + (uint64_t)(s->ptr[0] - '0');
        if (*v > DURATION_MAX)
            return false;
    }
    return true;
}

// The digits behind a point, as a number and the power of ten it is to be
// divided by. What is beyond the range of *v does not count any more.
static void
duration_fraction(struct leat_str *s, uint64_t *v, double *scale)
{
    bool full = false;
    *v = 0;
    *scale = 1;
    for (; s->len > 0 && s->ptr[0] >= '0' && s->ptr[0] <= '9';
         s->ptr++, s->len--) {
        uint64_t digit = (uint64_t)(s->ptr[0] - '0');
        full = full || *v > (DURATION_MAX - 1) / 10 ||
               *v * 10 + digit > DURATION_MAX;
        if (full)
            continue;
        *v = *v * 10 + digit;
        *scale *= 10;
    }
}

// The nanoseconds of the unit at the beginning of *s, which goes on to the
// next number; 0 if there is none.
static uint64_t
duration_unit(struct leat_str *s)
{
    static const struct {
        leat_str name;
        int64_t ns;
    } units[] = {
        {LEAT_STR("ns"), 1}, {LEAT_STR("us"), 1000},
        {LEAT_STR("\u00b5s"), 1000}, {LEAT_STR("\u03bcs"), 1000},
        {LEAT_STR("ms"), 1000000}, {LEAT_STR("s"), 1000000000},
        {LEAT_STR("m"), 60000000000}, {LEAT_STR("h"), 3600000000000},
    };
    int64_t n = 0;
    while (n < s->len && s->ptr[n] != '.' &&
           !(s->ptr[n] >= '0' && s->ptr[n] <= '9'))
        n++;
    struct leat_str name = leat_str_sub_to(*s, n);
    *s = leat_str_sub_from(*s, n);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (leat_str_equal(name, units[i].name))
            return (uint64_t)units[i].ns;
    }
    return 0;
}

// One number with its unit from the beginning of *s; false if there is none,
// or it is too large.
static bool
duration_part(struct leat_str *s, uint64_t *v)
{
    struct leat_str before = *s;
    uint64_t fraction = 0;
    double scale = 1;
    if (!duration_whole(s, v))
        return false;
    bool digits = s->len != before.len;
    if (s->len > 0 && s->ptr[0] == '.') {
        *s = leat_str_sub_from(*s, 1);
        before = *s;
        duration_fraction(s, &fraction, &scale);
        digits = digits || s->len != before.len;
    }
    uint64_t unit = digits ? duration_unit(s) : 0;
    if (unit == 0 || *v > DURATION_MAX / unit)
        return false;
    *v *= unit;
    // A double is exact to the nanosecond here, even for fractions of hours.
    *v += (uint64_t)((double)fraction * ((double)unit / scale));
    return *v <= DURATION_MAX;
}

int
leat_str_parse_duration(struct leat_str s, int64_t *ns)
{
    uint64_t sum = 0, part;
    bool minus = s.len > 0 && s.ptr[0] == '-';
    *ns = 0;
    if (s.len > 0 && (minus || s.ptr[0] == '+'))
        s = leat_str_sub_from(s, 1);
    if (leat_str_equal(s, LEAT_STR("0")))
        return 0;
    if (s.len == 0)
        return LEAT_ESYNTAX;
    while (s.len > 0) {
        if (!duration_part(&s, &part) || part > DURATION_MAX - sum)
            return LEAT_ESYNTAX;
        sum += part;
    }
    if (sum == DURATION_MAX && !minus)
        return LEAT_ESYNTAX;
    *ns = (int64_t)(minus ? 0 - sum : sum);
    return 0;
}
