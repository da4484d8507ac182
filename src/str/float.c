// SPDX-License-Identifier: MIT
// str/float.c: floating-point numbers to and from text.
//
// The idea: str/decimal.c converts between a binary number and a whole number
// with a power of ten; here that is text, in the forms that Go has and with
// what Go accepts.
//
// The C library, which is correct in both directions, does what is left: more
// digits than 64 bits hold, hexadecimal numbers, and the rare ones that lie too
// near to the middle between two results. The locale is kept out.
//
// Locks: none. No call here parks, which uselocale needs.
#include "mem/alloc.h"
#include "sched/sched.h"
#include "str/str_int.h"

#include <leat/panic.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FLOAT_TEXT_MAX = 128,  // bytes of a number to read without the heap
    FLOAT_DIGITS_MAX = 20, // of 64 bits
    FLOAT_DIGITS_ANY = 18, // so many digits of any number fit, and one more
    FLOAT_READ_MAX = 19,   // any so many digits do
    FLOAT_PRECISION_MAX = 1074, // of the smallest double; zeros follow
    // 'g' without a precision takes the exponent form from 10 to the 21 on in
    // fmt, but from 10 to the 6 on in strconv, which this follows.
    FLOAT_G_DIGITS = 6
};

// Digits d[0..n) with the point before digit `point`: 0.ddd * 10^point.
struct float_decimal {
    char d[FLOAT_DIGITS_MAX];
    int n, point;
};

// strtof of glibc 2.36 rounds a subnormal number the wrong way if it lies in
// the middle between two of 24 bits. It is a double then, and that rounded once
// more is right; rounding twice is wrong only in the middle between two floats.
static double
float_round(const char *text, int bits)
{
    locale_t c = leat__str_c_locale();
    double v = strtod_l(text, NULL, c);
    if (bits == 64)
        return v;
    double once = (double)strtof_l(text, NULL, c), twice = (double)(float)v;
    return fabs(v - twice) < fabs(v - once) ? twice : once;
}

// Writing --------------------------------------------------------------------

// The digits of a whole number times 10^exponent, without zeros behind them;
// 0 has one digit.
static void
float_digits(uint64_t whole, int exponent, struct float_decimal *to)
{
    char text[FLOAT_DIGITS_MAX];
    int start = FLOAT_DIGITS_MAX;
    // Two by two: the divisions wait for one another.
    for (; whole >= 10; whole /= 100) {
        unsigned pair = (unsigned)(whole % 100);
        text[--start] = (char)('0' + pair % 10);
        text[--start] = (char)('0' + pair / 10);
    }
    if (whole > 0 || start == FLOAT_DIGITS_MAX)
        text[--start] = (char)('0' + whole);
    to->n = FLOAT_DIGITS_MAX - start;
    to->point = to->n + exponent;
    memcpy(to->d, text + start, (size_t)to->n);
    while (to->n > 1 && to->d[to->n - 1] == '0')
        to->n--;
    if (to->d[0] == '0')
        to->point = 1;
}

// The digits from `from` to `to`, with zeros before and behind those there are.
static char *
float_copy_digits(char *p, const struct float_decimal *d, int from, int to)
{
    for (int i = from; i < to; i++)
        *p++ = i >= 0 && i < d->n ? d->d[i] : '0';
    return p;
}

// Appends d as d.ddde+dd, with `places` digits behind the point.
static void
float_put_exponent(
    struct leat_builder *b, const struct float_decimal *d, int places, char e)
{
    int exponent = d->point - 1;
    leat_builder_grow(b, places + 8); // d.e+ddd
    char *p = b->ptr + b->len;
    *p++ = d->d[0];
    if (places > 0)
        *p++ = '.';
    p = float_copy_digits(p, d, 1, 1 + places);
    *p++ = e;
    *p++ = exponent < 0 ? '-' : '+';
    exponent = exponent < 0 ? -exponent : exponent;
    if (exponent >= 100)
        *p++ = (char)('0' + exponent / 100);
    *p++ = (char)('0' + exponent / 10 % 10);
    *p++ = (char)('0' + exponent % 10);
    b->len = p - b->ptr;
}

// Appends d as ddd.ddd, with `places` digits behind the point.
static void
float_put_point(
    struct leat_builder *b, const struct float_decimal *d, int places)
{
    int whole = d->point > 0 ? d->point : 0;
    leat_builder_grow(b, whole + places + 2);
    char *p = b->ptr + b->len;
    if (whole == 0)
        *p++ = '0';
    p = float_copy_digits(p, d, 0, whole);
    if (places > 0)
        *p++ = '.';
    p = float_copy_digits(p, d, d->point, d->point + places);
    b->len = p - b->ptr;
}

// Appends d with the digits it has; 'g' takes the exponent form from 10 to the
// `most` on.
static void
float_put_all(
    struct leat_builder *b, const struct float_decimal *d, char format,
    int most)
{
    char e = format == 'E' || format == 'G' ? 'E' : 'e';
    bool point = format == 'f';
    if (format == 'g' || format == 'G')
        point = d->point > -4 && d->point <= most;
    if (point)
        float_put_point(b, d, d->n > d->point ? d->n - d->point : 0);
    else
        float_put_exponent(b, d, d->n - 1, e);
}

// Appends v >= 0, finite, with the fewest digits.
static void
float_put_shortest(struct leat_builder *b, double v, char format, int bits)
{
    struct float_decimal d;
    struct leat__decimal shortest = {0, 0};
    if (v > 0)
        shortest = leat__decimal_shortest(v, bits);
    float_digits(shortest.whole, shortest.exponent, &d);
    float_put_all(b, &d, format, FLOAT_G_DIGITS);
}

// v >= 0, finite, to n > 0 digits; false if there are too many.
static bool
float_round_digits(double v, int n, struct float_decimal *to)
{
    uint64_t whole = 0, end = 1;
    int places = 0;
    if (n > FLOAT_DIGITS_ANY)
        return false;
    for (int i = 0; i < n; i++)
        end *= 10;
    if (v > 0)
        places = n - 1 - leat__decimal_exponent(v);
    // One digit more if that exponent is one less than the number's, or if
    // this one was rounded up to the next power of ten.
    do {
        if (!leat__decimal_places(v, places--, &whole))
            return false;
    } while (whole >= end);
    float_digits(whole, -(places + 1), to);
    return true;
}

// Appends v >= 0, finite, with the digits asked for, unless it has too many.
static bool
float_put_rounded(
    struct leat_builder *b, double v, char format, int precision)
{
    struct float_decimal d;
    uint64_t whole;
    if (format == 'f') {
        if (!leat__decimal_places(v, precision, &whole))
            return false;
        float_digits(whole, -precision, &d);
        float_put_point(b, &d, precision);
        return true;
    }
    bool general = format == 'g' || format == 'G';
    if (precision >= FLOAT_DIGITS_ANY)
        return false;
    int n = general ? precision + (precision == 0) : precision + 1;
    if (!float_round_digits(v, n, &d))
        return false;
    if (general)
        float_put_all(b, &d, format, n);
    else
        float_put_exponent(b, &d, precision, format);
    return true;
}

// The same by the library, for any number of digits. It counts what it writes
// in an int; behind FLOAT_PRECISION_MAX digits are zeros only.
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

// Appends v >= 0, finite.
static void
float_put_magnitude(
    struct leat_builder *b, double v, char format, int precision, int bits)
{
    if (format == 'b')
        leat__float_put_b(b, v, bits);
    else if (format == 'x' || format == 'X')
        leat__float_put_x(b, v, format, precision);
    else if (precision < 0)
        float_put_shortest(b, v, format, bits);
    else if (!float_put_rounded(b, v, format, precision))
        float_put_precise(b, v, format, precision);
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
    } else {
        if (signbit(v))
            leat_builder_byte(b, '-');
        float_put_magnitude(b, fabs(v), format, precision, bits);
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

// A decimal number as it is read: whole * 10^exponent, and whether digits that
// are not zeros were left out behind those.
struct float_text {
    uint64_t whole;
    int64_t exponent;
    int digits;
    bool cut;
};

// Takes the digits of s from i on, and returns how many there are; they are
// worth one tenth of the last one's if they are behind the point.
static int64_t
float_take_digits(
    struct leat_str s, int64_t i, bool fraction, struct float_text *t)
{
    int64_t start = i, most = i + FLOAT_READ_MAX - t->digits;
    uint64_t whole = t->whole;
    for (; i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9'; i++) {
        if (i == most)
            break;
        whole = whole * 10 + (uint64_t)(s.ptr[i] - '0');
        most += whole == 0;
    }
    t->digits = FLOAT_READ_MAX - (int)(most - i);
    t->whole = whole;
    if (fraction)
        t->exponent -= i - start;
    int64_t left_out = i;
    for (; i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9'; i++)
        t->cut |= s.ptr[i] != '0';
    if (!fraction)
        t->exponent += i - left_out;
    return i - start;
}

// Takes an exponent of up to four digits that is all of s.
static bool
float_take_exponent(struct leat_str s, int64_t *exponent)
{
    bool minus = s.len > 0 && s.ptr[0] == '-';
    int64_t sign = minus || (s.len > 0 && s.ptr[0] == '+');
    struct float_text t = {0, 0, 0, false};
    int64_t digits = float_take_digits(s, sign, false, &t);
    if (digits == 0 || digits > 4 || sign + digits != s.len)
        return false;
    *exponent += minus ? -(int64_t)t.whole : (int64_t)t.whole;
    return true;
}

// Takes a plain decimal number without its sign; false for any other text.
static bool
float_take(struct leat_str s, struct float_text *t)
{
    int64_t i = float_take_digits(s, 0, false, t), digits = i;
    if (i < s.len && s.ptr[i] == '.') {
        int64_t fraction = float_take_digits(s, i + 1, true, t);
        digits += fraction;
        i += 1 + fraction;
    }
    if (digits == 0)
        return false;
    if (i < s.len && (s.ptr[i] | 0x20) == 'e')
        return float_take_exponent(
            leat_str_sub_from(s, i + 1), &t->exponent);
    return i == s.len;
}

// Reads a plain decimal number; false for any other text, and where only the
// library knows.
static bool
float_read(struct leat_str s, int bits, double *v)
{
    struct float_text t = {0, 0, 0, false};
    bool minus = s.len > 0 && s.ptr[0] == '-';
    if (minus || (s.len > 0 && s.ptr[0] == '+'))
        s = leat_str_sub_from(s, 1);
    if (!float_take(s, &t) ||
        !leat__decimal_read(t.whole, t.exponent, bits, v))
        return false;
    // The number lies between this one and the next.
    double next = *v;
    if (t.cut &&
        (!leat__decimal_read(t.whole + 1, t.exponent, bits, &next) ||
            next != *v))
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
    if (float_read(s, bits, v))
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
