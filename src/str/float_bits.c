// SPDX-License-Identifier: MIT
// str/float_bits.c: floating-point numbers by their bits, as text: the formats
// 'b', 'x' and 'X' of strconv.FormatFloat.
//
// The idea: both write the mantissa as it is, so no digit is looked for. For
// 'x' it is moved to where a fixed point lies between bits 59 and 60, rounded
// there to even, and written by four bits at a time.
//
// Locks: none.
//
// Rejected: %a of the C library, which has no least number of digits for the
// exponent and rounds as the thread's rounding mode says.
#include "str/str_int.h"

#include <string.h>

enum {
    BITS_MANTISSA = 52, // bits of a double's, without the one that is implied
    BITS_FLOAT = 23,    // the same of a float
    BITS_BIAS = 1023,   // of a double's exponent; its largest number's
    BITS_FLOAT_BIAS = 127,
    BITS_POINT = 60,    // the bit left of the point in a fraction
    BITS_DIGITS = 15    // hexadecimal digits right of it
};

// |v| is mantissa * 2 to the power of exponent; v is finite.
static void
bits_take(double v, int bits, uint64_t *mantissa, int *exponent)
{
    float f = (float)v;
    uint32_t half;
    int width = bits == 32 ? BITS_FLOAT : BITS_MANTISSA;
    int bias = bits == 32 ? BITS_FLOAT_BIAS : BITS_BIAS;
    uint64_t all;
    memcpy(&all, &v, sizeof all);
    memcpy(&half, &f, sizeof half);
    if (bits == 32)
        all = half;
    uint64_t one = (uint64_t)1 << width;
    int biased = (int)(all >> width) & (2 * bias + 1);
    *mantissa = all & (one - 1);
    if (biased == 0)
        biased = 1; // subnormal: no bit is implied
    else
        *mantissa |= one;
    *exponent = biased - bias - width;
}

void
leat__float_put_b(struct leat_builder *b, double v, int bits)
{
    uint64_t mantissa;
    int exponent;
    bits_take(v, bits, &mantissa, &exponent);
    leat_builder_uint(b, mantissa, 10);
    leat_builder_printf(b, "p%+d", exponent);
}

// Rounds to so many digits right of the point.
static void
bits_round(uint64_t *mantissa, int *exponent, int digits)
{
    int kept = digits * 4;
    uint64_t extra =
        (*mantissa << kept) & (((uint64_t)1 << BITS_POINT) - 1);
    *mantissa >>= BITS_POINT - kept;
    // More than half, or half and odd.
    if ((extra | (*mantissa & 1)) > (uint64_t)1 << (BITS_POINT - 1))
        ++*mantissa;
    *mantissa <<= BITS_POINT - kept;
    if (*mantissa >> (BITS_POINT + 1) != 0) {
        *mantissa >>= 1;
        ++*exponent;
    }
}

void
leat__float_put_x(
    struct leat_builder *b, double v, char format, int precision)
{
    const char *digits =
        format == 'x' ? "0123456789abcdef" : "0123456789ABCDEF";
    uint64_t mantissa;
    int exponent;
    bits_take(v, 64, &mantissa, &exponent);
    exponent = mantissa == 0 ? 0 : exponent + BITS_MANTISSA;
    mantissa <<= BITS_POINT - BITS_MANTISSA;
    for (; mantissa != 0 && mantissa >> BITS_POINT == 0; mantissa <<= 1)
        exponent--;
    if (precision >= 0 && precision < BITS_DIGITS)
        bits_round(&mantissa, &exponent, precision);
    leat_builder_printf(b, "0%c%d", format, (int)(mantissa >> BITS_POINT));
    mantissa <<= 4;
    if (precision > 0 || (precision < 0 && mantissa != 0))
        leat_builder_byte(b, '.');
    for (; precision > 0 || (precision < 0 && mantissa != 0); mantissa <<= 4) {
        leat_builder_byte(b, digits[mantissa >> BITS_POINT]);
        precision -= precision > 0;
    }
    leat_builder_printf(b, format == 'x' ? "p%+03d" : "P%+03d", exponent);
}
