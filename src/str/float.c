// SPDX-License-Identifier: MIT
// str/float.c: floating-point numbers to and from text.
//
// The idea: the C library converts correctly in both directions; what is left
// to do is to accept what Go accepts, to keep the locale out, and to find the
// fewest digits that read back as the same number: 15 are enough for every
// decimal of 15 digits to survive, so the shortest form is those without
// their trailing zeros, or else 16 digits, or 17. Only subnormal numbers,
// which have fewer bits, are tried from one digit up.
//
// Most numbers that are read have few digits and a small exponent. Then the
// digits as a whole number and the power of ten are exact, and one division or
// multiplication rounds correctly (Clinger, 1990): the library is not asked.
// Nor is it for the fewest digits of a number that such a division makes.
//
// Locks: none. No call here parks, which uselocale needs.
//
// Rejected: an algorithm of our own for the shortest form (Ryu and its kin).
// Numbers that need more than 15 digits take a microsecond, three conversions
// by the library; a table of powers of 10 KiB would be the price of less.
#include "mem/alloc.h"
#include "sched/sched.h"
#include "str/str_int.h"

#include <leat/panic.h>

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FLOAT_TEXT_MAX = 128,  // bytes of a number to read without the heap
    FLOAT_DIGITS_MAX = 17, // always enough for a double; 9 for a float
    FLOAT_PRECISION_MAX = 1074, // of the smallest double; zeros follow
    // 'g' without a precision takes the exponent form from 10 to the 21 on in
    // fmt, but from 10 to the 6 on in strconv, which this follows.
    FLOAT_G_DIGITS = 6,
    FLOAT_POWER64_MAX = 22, // the largest n for which 5^n fits into a mantissa
    FLOAT_POWER32_MAX = 10
};

static const double float_powers[FLOAT_POWER64_MAX + 1] = {1e0, 1e1, 1e2, 1e3,
    1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

// Whole numbers up to this one are doubles.
static const uint64_t FLOAT_EXACT_MAX = (uint64_t)1 << DBL_MANT_DIG;

// Digits d[0..n) with the point before digit `point`: 0.ddd * 10^point.
struct float_decimal {
    char d[FLOAT_DIGITS_MAX + 1];
    int n, point;
};

static double
float_round(const char *text, int bits)
{
    return bits == 32 ? (double)strtof_l(text, NULL, leat__str_c_locale())
                      : strtod_l(text, NULL, leat__str_c_locale());
}

// Of two numbers that floats of so many bits have: their quotient as a float,
// rounded once.
static double
float_divide(double a, double b, int bits)
{
    return bits == 32 ? (double)((float)a / (float)b) : a / b;
}

// The digits of v > 0, `n` of them, correctly rounded. The C locale is set.
static void
float_digits(double v, int n, struct float_decimal *to)
{
    char text[FLOAT_DIGITS_MAX + 16]; // d.ddde-308
    snprintf(text, sizeof text, "%.*e", n - 1, v);
    to->d[0] = text[0];
    memcpy(to->d + 1, text + 2, (size_t)n - 1);
    to->n = n;
    to->point = atoi(strchr(text, 'e') + 1) + 1;
    while (to->n > 1 && to->d[to->n - 1] == '0')
        to->n--;
}

static bool
float_reads_back(const struct float_decimal *d, double v, int bits)
{
    char text[FLOAT_DIGITS_MAX + 16];
    snprintf(text, sizeof text, "0.%.*se%d", d->n, d->d, d->point);
    return float_round(text, bits) == v;
}

// The next decimal of n digits above d; false when that has another length.
static bool
float_next(struct float_decimal *d, int n)
{
    while (d->n < n)
        d->d[d->n++] = '0';
    int i = n - 1;
    while (i >= 0 && d->d[i] == '9')
        i--;
    if (i < 0)
        return false;
    d->d[i]++;
    d->n = i + 1;
    return true;
}

// The digits of a whole number > 0, below 10^15.
static void
float_whole_digits(uint64_t whole, struct float_decimal *to)
{
    int n = 0;
    for (uint64_t w = whole; w != 0; w /= 10)
        n++;
    to->n = to->point = n;
    for (; n > 0; whole /= 10)
        to->d[--n] = (char)('0' + whole % 10);
    while (to->n > 1 && to->d[to->n - 1] == '0')
        to->n--;
}

// The same for a number that is a whole one of at most 15 digits (6 as a
// float) divided by a power of ten; false for others. No other number so short
// reads back as v.
static bool
float_short(double v, int bits, struct float_decimal *to)
{
    double limit = bits == 32 ? 1e6 : 1e15;
    int most = bits == 32 ? FLOAT_POWER32_MAX : FLOAT_POWER64_MAX;
    for (int k = 0; k <= most; k++) {
        double scaled = v * float_powers[k] + 0.5;
        if (scaled >= limit)
            return false;
        uint64_t whole = (uint64_t)scaled;
        if (float_divide((double)whole, float_powers[k], bits) == v) {
            float_whole_digits(whole, to);
            to->point -= k;
            return true;
        }
    }
    return false;
}

// The fewest digits of v > 0 that read back as v.
static void
float_shortest(double v, int bits, struct float_decimal *to)
{
    if (float_short(v, bits, to))
        return;
    double least = bits == 32 ? (double)FLT_MIN : DBL_MIN;
    int most = bits == 32 ? 9 : 17, start = bits == 32 ? 6 : 15, exponent;
    locale_t old = uselocale(leat__str_c_locale());
    // Above a power of two numbers lie twice as far apart as below: there the
    // decimal above the nearest one may do when the nearest one does not.
    bool power = frexp(v, &exponent) == 0.5;
    for (int n = v < least ? 1 : start; n <= most; n++) {
        float_digits(v, n, to);
        if (float_reads_back(to, v, bits))
            break;
        if (power && n < most && float_next(to, n) &&
            float_reads_back(to, v, bits))
            break;
    }
    uselocale(old);
}

static void
float_put_exponent(
    struct leat_builder *b, const struct float_decimal *d, char e)
{
    int exponent = d->d[0] == '0' ? 0 : d->point - 1;
    leat_builder_byte(b, d->d[0]);
    if (d->n > 1)
        leat_builder_byte(b, '.');
    leat_builder_str(b, leat_str_view(d->d + 1, d->n - 1));
    leat_builder_byte(b, e);
    leat_builder_byte(b, exponent < 0 ? '-' : '+');
    if (exponent > -10 && exponent < 10)
        leat_builder_byte(b, '0');
    leat_builder_int(b, exponent < 0 ? -exponent : exponent, 10);
}

static void
float_put_point(struct leat_builder *b, const struct float_decimal *d)
{
    if (d->point <= 0)
        leat_builder_str(b, LEAT_STR("0."));
    for (int i = d->point < 0 ? d->point : 0; i < d->point || i < d->n; i++) {
        if (i == d->point && i > 0)
            leat_builder_byte(b, '.');
        leat_builder_byte(b, i >= 0 && i < d->n ? d->d[i] : '0');
    }
}

// Appends |v|, finite, with the fewest digits.
static void
float_put_shortest(struct leat_builder *b, double v, char format, int bits)
{
    struct float_decimal d = {"0", 1, 1};
    if (v > 0)
        float_shortest(v, bits, &d);
    char e = format == 'E' || format == 'G' ? 'E' : 'e';
    int exponent = d.point - 1;
    bool point = format == 'f';
    if (format == 'g' || format == 'G')
        point = exponent >= -4 && exponent < FLOAT_G_DIGITS;
    if (point)
        float_put_point(b, &d);
    else
        float_put_exponent(b, &d, e);
}

// Appends v, finite, with the digits asked for. The library counts what it
// writes in an int; behind FLOAT_PRECISION_MAX digits are zeros only.
static void
float_put_precise(
    struct leat_builder *b, double v, char format, int precision)
{
    char form[] = {'%', '.', '*', format, 0};
    int exact = precision;
    if (exact > FLOAT_PRECISION_MAX)
        exact = FLOAT_PRECISION_MAX;
    int64_t start = b->len;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    leat_builder_printf(b, form, exact, v);
#pragma GCC diagnostic pop
    if (precision == exact || format == 'g' || format == 'G')
        return; // 'g' leaves zeros out
    // They belong before the exponent.
    struct leat_str text = leat_str_sub_from(leat_builder_view(b), start);
    int64_t digits = leat_str_index_any(text, LEAT_STR("eE"));
    int64_t rest = digits < 0 ? 0 : text.len - digits;
    int64_t zeros = (int64_t)precision - exact;
    leat_builder_grow(b, zeros);
    char *end = b->ptr + b->len;
    memmove(end - rest + zeros, end - rest, (size_t)rest);
    memset(end - rest, '0', (size_t)zeros);
    b->len += zeros;
}

// Appends v >= 0, finite, where its digits are not the library's.
static void
float_put_magnitude(
    struct leat_builder *b, double v, char format, int precision, int bits)
{
    if (format == 'b')
        leat__float_put_b(b, v, bits);
    else if (format == 'x' || format == 'X')
        leat__float_put_x(b, v, format, precision);
    else
        float_put_shortest(b, v, format, bits);
}

void
leat_builder_float(
    struct leat_builder *b, double v, char format, int precision, int bits)
{
    if (bits != 32 && bits != 64)
        leat_panic("strconv: illegal AppendFloat/FormatFloat bitSize");
    if (bits == 32)
        v = (double)(float)v;
    if (isnan(v)) {
        leat_builder_str(b, LEAT_STR("NaN"));
    } else if (isinf(v)) {
        leat_builder_str(b, v > 0 ? LEAT_STR("+Inf") : LEAT_STR("-Inf"));
    } else if (format == 0 || strchr("beEfgGxX", format) == NULL) {
        // Go's mark for a format it does not know.
        leat_builder_byte(b, '%');
        leat_builder_byte(b, format);
    } else if (precision < 0 || strchr("bxX", format) != NULL) {
        if (signbit(v))
            leat_builder_byte(b, '-');
        float_put_magnitude(b, fabs(v), format, precision, bits);
    } else {
        float_put_precise(b, v, format, precision);
    }
}

struct leat_str
leat_str_from_float(double v, char format, int precision, int bits)
{
    struct leat_builder b = {NULL, 0, 0};
    leat_builder_float(&b, v, format, precision, bits);
    return leat_builder_finish(&b);
}

// Reading --------------------------------------------------------------------

// Past digits and underscores, which are in their places.
static int64_t
float_skip_digits(struct leat_str s, int64_t i, bool hex)
{
    while (i < s.len) {
        char c = (char)(s.ptr[i] | 0x20);
        bool digit = (s.ptr[i] >= '0' && s.ptr[i] <= '9') || s.ptr[i] == '_';
        if (!digit && !(hex && c >= 'a' && c <= 'f'))
            break;
        i++;
    }
    return i;
}

static bool
float_equals_fold(struct leat_str s, const char *lower)
{
    int64_t n = (int64_t)strlen(lower);
    if (s.len != n)
        return false;
    for (int64_t i = 0; i < n; i++) {
        if ((s.ptr[i] | 0x20) != lower[i])
            return false;
    }
    return true;
}

// Whether s is a number as Go writes them. strtod accepts more.
static bool
float_is_number(struct leat_str s)
{
    if (float_equals_fold(s, "nan"))
        return true;
    if (s.len > 0 && (s.ptr[0] == '+' || s.ptr[0] == '-'))
        s = leat_str_sub_from(s, 1);
    if (float_equals_fold(s, "inf") || float_equals_fold(s, "infinity"))
        return true;
    if (!leat__underscores_ok(s))
        return false;
    bool hex = s.len > 2 && s.ptr[0] == '0' && (s.ptr[1] | 0x20) == 'x';
    int64_t start = hex ? 2 : 0, i = float_skip_digits(s, start, hex);
    int64_t digits = i - start;
    if (i < s.len && s.ptr[i] == '.') {
        start = i + 1;
        i = float_skip_digits(s, start, hex);
        digits += i - start;
    }
    if (digits == 0)
        return false;
    if (i == s.len)
        return !hex; // a hexadecimal number has an exponent
    if ((s.ptr[i] | 0x20) != (hex ? 'p' : 'e'))
        return false;
    i++;
    if (i < s.len && (s.ptr[i] == '+' || s.ptr[i] == '-'))
        i++;
    return i < s.len && float_skip_digits(s, i, false) == s.len;
}

// Copies s without underscores, with the NUL that the library wants.
static void
float_copy(char *to, struct leat_str s)
{
    for (int64_t i = 0; i < s.len; i++) {
        if (s.ptr[i] != '_')
            *to++ = s.ptr[i];
    }
    *to = 0;
}

// The digits of s from i on, and how many there are; *m is what they make
// behind those it has, or more than any float_exact takes.
static int64_t
float_whole(struct leat_str s, int64_t i, uint64_t *m)
{
    int64_t start = i;
    for (; i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9'; i++) {
        if (*m <= FLOAT_EXACT_MAX)
            *m = *m * 10 + (uint64_t)(s.ptr[i] - '0');
    }
    return i - start;
}

// Of up to three digits; of anything else more than any fraction takes back.
static int64_t
float_exponent(struct leat_str s)
{
    uint64_t e = 0;
    bool minus = s.len > 0 && s.ptr[0] == '-';
    int64_t sign = minus || (s.len > 0 && s.ptr[0] == '+');
    int64_t digits = float_whole(s, sign, &e);
    if (digits == 0 || digits > 3 || sign + digits != s.len)
        return INT64_MAX / 2;
    return minus ? -(int64_t)e : (int64_t)e;
}

// m * 10^e, if m, the power and so the only rounding are exact.
static bool
float_scale(uint64_t m, int64_t e, int bits, double *v)
{
    int64_t most = bits == 32 ? FLOAT_POWER32_MAX : FLOAT_POWER64_MAX;
    if (m > (bits == 32 ? (uint64_t)1 << FLT_MANT_DIG : FLOAT_EXACT_MAX) ||
        e < -most || e > most)
        return false;
    double power = float_powers[e < 0 ? -e : e];
    if (e < 0)
        *v = float_divide((double)m, power, bits);
    else
        *v = bits == 32 ? (float)m * (float)power : (double)m * power;
    return true;
}

// Reads a plain decimal number with few digits; false for any other text.
static bool
float_exact(struct leat_str s, int bits, double *v)
{
    uint64_t m = 0;
    int64_t e = 0, i = s.len > 0 && (s.ptr[0] == '+' || s.ptr[0] == '-');
    bool minus = i > 0 && s.ptr[0] == '-';
    int64_t digits = float_whole(s, i, &m);
    i += digits;
    if (i < s.len && s.ptr[i] == '.') {
        e = -float_whole(s, i + 1, &m);
        digits -= e;
        i += 1 - e;
    }
    if (i < s.len && (s.ptr[i] | 0x20) == 'e') {
        e += float_exponent(leat_str_sub_from(s, i + 1));
        i = s.len;
    }
    if (digits == 0 || i != s.len || !float_scale(m, e, bits, v))
        return false;
    if (minus)
        *v = -*v;
    return true;
}

int
leat_str_parse_float(struct leat_str s, int bits, double *v)
{
    char buffer[FLOAT_TEXT_MAX], *text = buffer;
    *v = 0;
    if (bits != 32 && bits != 64)
        return LEAT_EINVAL;
    if (float_exact(s, bits, v))
        return 0;
    if (!float_is_number(s))
        return LEAT_ESYNTAX;
    if (s.len >= FLOAT_TEXT_MAX)
        text = leat__str_new(s.len);
    float_copy(text, s);
    *v = float_round(text, bits);
    if (text != buffer)
        leat__mem_free(text, 0);
    // An infinity that is not spelled as one is too large a number.
    if (isinf(*v) && leat_str_index_any(s, LEAT_STR("nN")) < 0)
        return LEAT_ERANGE;
    return 0;
}
