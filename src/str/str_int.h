// SPDX-License-Identifier: MIT
// str/str_int.h: what the files of this room share.
#ifndef LEAT_STR_STR_INT_H
#define LEAT_STR_STR_INT_H

#include "base/check.h"

#include <leat/str.h>

// Memory for a new string of len > 0 bytes, with its NUL in place.
char *leat__str_new(int64_t len);

// The value of a digit to a base up to 36, or LEAT__NO_DIGIT, which is one to
// none.
enum { LEAT__NO_DIGIT = 36 };
int leat__digit(char c);

// What has an escape of one letter in a literal of Go, and the letters, in the
// same order.
extern const char leat__escape_codes[], leat__escape_letters[];

// Whether each underscore in a number without its sign has a digit, or the
// prefix 0x, 0o or 0b, on its left and a digit on its right.
bool leat__underscores_ok(struct leat_str s);

// Append v >= 0, finite, by its bits: as 4503599627370496p-52 (bits: 64 or 32),
// and as 0x1.8p+01 or 0X1.8P+01 with so many digits, or with those it has if
// precision is negative.
void leat__float_put_b(struct leat_builder *b, double v, int bits);
void leat__float_put_x(
    struct leat_builder *b, double v, char format, int precision);

// whole * 10^exponent.
struct leat__decimal {
    uint64_t whole;
    int exponent;
};

// Of v > 0, finite: the decimal of the fewest digits that reads back as v (as a
// float, if bits is 32), and of these the nearest. whole may end in zeros.
struct leat__decimal leat__decimal_shortest(double v, int bits);

// v >= 0, finite, times 10^places to the nearest whole number, of two the even
// one; false if it has more than 64 bits or only the C library knows.
bool leat__decimal_places(double v, int places, uint64_t *whole);

// Of v > 0, finite: the exponent of its first decimal digit, or one less.
int leat__decimal_exponent(double v);

// The double (float, if bits is 32) nearest to whole * 10^exponent; false if
// it is infinite or only the C library knows.
bool leat__decimal_read(
    uint64_t whole, int64_t exponent, int bits, double *v);

// What C functions that follow the locale are called between: they see the
// locale "C", in this thread. No call that may park in between.
#include <locale.h>
locale_t leat__str_c_locale(void);

#endif
