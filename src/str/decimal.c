// SPDX-License-Identifier: MIT
// str/decimal.c: binary floating-point numbers as decimal ones, and back.
//
// The idea: a number is multiplied by a power of ten of 128 bits from a table,
// and the product, with the one place where the power is not exact in mind,
// says what the result is.
//
// The shortest decimal is Schubfach: Raffaello Giulietti, The Schubfach way to
// render doubles (2021). A number and the halves of the way to its neighbours
// are scaled to where one unit is less than the gap, but ten are not; what is
// cut off is kept as one odd bit, which is enough to compare them.
//
// Reading is Eisel-Lemire: Daniel Lemire, Number parsing at a gigabyte per
// second (2021), and writing with a number of digits is the same the other way
// round. The power is too large by less than one unit of its last bit, so the
// first 128 bits of the product are too large by one at most. Only where what
// is rounded off is exactly a half does that matter: then, unless the power is
// exact, the caller asks the C library. A short number, the usual one, takes a
// division of two doubles instead, which are exact (Clinger, 1990).
//
// Locks: none. No call here parks.
//
// Rejected: a table of every 27th power, and a multiplication for those in
// between: 10 KiB less, but those powers are off by more than one unit.
#include "str/power_table.h"
#include "str/str_int.h"

#include <float.h>
#include <string.h>

__extension__ typedef unsigned __int128 decimal_wide;

enum {
    DECIMAL_SHIFT_MIN = 64, // the rest of 128 bits fits into 64
    DECIMAL_SHIFT_MAX = 128,
    DECIMAL_TENS_MAX = 22 // the largest n for which 5^n fits into a mantissa
};

// The powers of ten that are doubles.
static const double decimal_tens[DECIMAL_TENS_MAX + 1] = {1e0, 1e1, 1e2, 1e3,
    1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

// A kind of binary number: the bits of the mantissa, and the exponent of its
// last bit in the smallest number.
struct decimal_kind {
    int mantissa, least;
};

static const struct decimal_kind decimal_kinds[] = {
    {FLT_MANT_DIG, FLT_MIN_EXP - FLT_MANT_DIG},
    {DBL_MANT_DIG, DBL_MIN_EXP - DBL_MANT_DIG}};

// c * 2^q; closer: to the number below it is half as far as to the one above.
struct decimal_binary {
    uint64_t c;
    int q;
    bool closer;
};

static uint64_t
decimal_float_bits(double v, int bits)
{
    uint64_t all;
    if (bits == 32) {
        float f = (float)v;
        uint32_t half;
        memcpy(&half, &f, sizeof half);
        return half;
    }
    memcpy(&all, &v, sizeof all);
    return all;
}

static double
decimal_from_bits(uint64_t all, int bits)
{
    double v;
    if (bits == 32) {
        float f;
        uint32_t half = (uint32_t)all;
        memcpy(&f, &half, sizeof f);
        return (double)f;
    }
    memcpy(&v, &all, sizeof v);
    return v;
}

// Of v >= 0, finite.
static struct decimal_binary
decimal_split(double v, int bits)
{
    const struct decimal_kind *kind = &decimal_kinds[bits == 64];
    uint64_t all = decimal_float_bits(v, bits);
    uint64_t hidden = (uint64_t)1 << (kind->mantissa - 1);
    int exponent = (int)(all >> (kind->mantissa - 1));
    struct decimal_binary b = {all & (hidden - 1), kind->least, false};
    if (exponent > 0) {
        b.closer = b.c == 0 && exponent > 1;
        b.c |= hidden;
        b.q += exponent - 1;
    }
    return b;
}

// floor(log2(10^e)), for the powers there are.
static int
decimal_log2(int e)
{
    return (e * 1741647) >> 19;
}

// floor(log10(2^q)), or of 3/4 of that, for the exponents there are.
static int
decimal_log10(int q, bool three_quarters)
{
    return (q * 1262611 - (three_quarters ? 524031 : 0)) >> 22;
}

// The first 128 bits of the 192 of c * p; *low are those behind them.
static decimal_wide
decimal_multiply(uint64_t c, struct power p, uint64_t *low)
{
    decimal_wide rest = (decimal_wide)c * p.lo;
    *low = (uint64_t)rest;
    return (decimal_wide)c * p.hi + (uint64_t)(rest >> 64);
}

// The first 64 bits of them; the last is set if any behind it is.
static uint64_t
decimal_multiply_odd(uint64_t c, struct power p)
{
    uint64_t low;
    decimal_wide top = decimal_multiply(c, p, &low);
    return (uint64_t)(top >> 64) | ((uint64_t)top > 1);
}

// Whether one of s and s + unit, but not the other, lies between lower and
// upper, which are in quarters; *up: it is s + unit.
static bool
decimal_inside(
    uint64_t s, uint64_t unit, uint64_t lower, uint64_t upper, bool *up)
{
    bool below = lower <= 4 * s, above = 4 * (s + unit) <= upper;
    *up = above;
    return below != above;
}

struct leat__decimal
leat__decimal_shortest(double v, int bits)
{
    struct decimal_binary b = decimal_split(v, bits);
    // A whole number that has all its digits has as few as possible.
    if (b.q <= 0 && b.q > -DBL_MANT_DIG &&
        (b.c & (((uint64_t)1 << -b.q) - 1)) == 0)
        return (struct leat__decimal){b.c >> -b.q, 0};
    int k = decimal_log10(b.q, b.closer);
    int h = b.q + decimal_log2(-k) + 1;
    struct power p = powers[-k - POWER_FIRST];
    uint64_t odd = b.c & 1, c = 4 * b.c;
    uint64_t lower =
        decimal_multiply_odd((c - 2 + b.closer) << h, p) + odd;
    uint64_t upper = decimal_multiply_odd((c + 2) << h, p) - odd;
    uint64_t quarters = decimal_multiply_odd(c << h, p), s = quarters / 4;
    bool up;
    if (s >= 10 && decimal_inside(s / 10 * 10, 10, lower, upper, &up))
        return (struct leat__decimal){s / 10 + up, k + 1};
    if (!decimal_inside(s, 1, lower, upper, &up))
        up = (quarters & 3) + (s & 1) > 2;
    return (struct leat__decimal){s + up, k};
}

// top / 2^shift to the nearest whole number, of two the even one. top has more
// bits behind it if `more`; unless exact, it may be too large by one. False if
// that matters, or if the number has more than 64 bits.
static inline bool
decimal_round(
    decimal_wide top, bool more, bool exact, int shift, uint64_t *to)
{
    const decimal_wide half = (decimal_wide)1 << (DECIMAL_SHIFT_MAX - 1);
    *to = 0;
    if (shift < DECIMAL_SHIFT_MIN)
        return false;
    if (shift > DECIMAL_SHIFT_MAX)
        return true; // less than a half
    if (shift < DECIMAL_SHIFT_MAX)
        *to = (uint64_t)(top >> shift);
    decimal_wide rest = top << (DECIMAL_SHIFT_MAX - shift);
    if (rest == half && !exact)
        return false;
    bool up = rest == half ? more || (*to & 1) != 0 : rest > half;
    *to += up;
    return *to != 0 || !up;
}

// c * 2^q * 10^e as a product of decimal_multiply, which *q is the exponent of
// from then on. c > 0.
static inline decimal_wide
decimal_scale(uint64_t c, int *q, int e, bool *more)
{
    int zeros = __builtin_clzll(c);
    uint64_t low;
    decimal_wide top =
        decimal_multiply(c << zeros, powers[e - POWER_FIRST], &low);
    *more = low != 0;
    *q += decimal_log2(e) - 127 + 64 - zeros;
    return top;
}

static bool
decimal_is_exact(int e)
{
    return e >= 0 && e <= POWER_EXACT;
}

bool
leat__decimal_places(double v, int places, uint64_t *whole)
{
    struct decimal_binary b = decimal_split(v, 64);
    bool more;
    *whole = 0;
    if (places < POWER_FIRST || places > POWER_LAST)
        return false;
    if (b.c == 0)
        return true;
    decimal_wide top = decimal_scale(b.c, &b.q, places, &more);
    return decimal_round(top, more, decimal_is_exact(places), -b.q, whole);
}

int
leat__decimal_exponent(double v)
{
    struct decimal_binary b = decimal_split(v, 64);
    return decimal_log10(b.q + 63 - __builtin_clzll(b.c), false);
}

bool
leat__decimal_read(uint64_t whole, int64_t exponent, int bits, double *v)
{
    const struct decimal_kind *kind = &decimal_kinds[bits == 64];
    // The usual number: of two doubles one division, which rounds correctly.
    if (bits == 64 && exponent <= 0 && exponent >= -DECIMAL_TENS_MAX &&
        whole <= (uint64_t)1 << DBL_MANT_DIG) {
        *v = (double)whole / decimal_tens[-exponent];
        return true;
    }
    *v = 0;
    if (whole == 0)
        return true;
    if (exponent < POWER_FIRST || exponent > POWER_LAST)
        return false;
    int e = (int)exponent, q = 0;
    bool more;
    decimal_wide top = decimal_scale(whole, &q, e, &more);
    int last = q + 127 + (int)(top >> 127) - kind->mantissa;
    if (last < kind->least)
        last = kind->least;
    uint64_t c, infinity = ((uint64_t)1 << (bits - 1)) -
                           ((uint64_t)1 << (kind->mantissa - 1));
    if (!decimal_round(top, more, decimal_is_exact(e), last - q, &c))
        return false;
    // The hidden bit, where there is one, adds one to the exponent.
    c += (uint64_t)(last - kind->least) << (kind->mantissa - 1);
    *v = decimal_from_bits(c, bits);
    return c < infinity;
}
