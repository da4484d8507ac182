// SPDX-License-Identifier: MIT
// str/number.c: whole numbers to and from text.
//
// The idea: reading collects the magnitude as an unsigned number and says
// whether it went over the limit; sign and width come on top. What is a
// number and what is not, prefixes and underscores included, follows Go's
// strconv.
//
// Locks: none.
#include "str/str_int.h"

#include <leat/panic.h>

static int
number_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'Z')
        return c - 'A' + 10;
    return 36; // no digit to any base
}

// Takes the prefix off s and returns the base it names. A lone 0 means base 8
// only if something follows it.
static int
number_prefix(struct leat_str *s)
{
    if (s->len == 0 || s->ptr[0] != '0')
        return 10;
    int base = 8, skip = 1;
    if (s->len >= 3) {
        char c = (char)(s->ptr[1] | 0x20);
        base = c == 'x' ? 16 : c == 'b' ? 2 : 8;
        if (c == 'x' || c == 'b' || c == 'o')
            skip = 2;
    }
    *s = leat_str_sub_from(*s, skip);
    return base;
}

// Whether each underscore in s has a digit, or the prefix (at the front), on
// its left and a digit on its right. s has lost its sign and its prefix.
static bool
number_underscores_ok(struct leat_str s, bool prefix)
{
    char before = prefix ? '0' : '_';
    for (int64_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '_' && (before == '_' || i + 1 == s.len))
            return false;
        before = s.ptr[i];
    }
    return true;
}

// Reads the magnitude, which may be up to max; larger ones give max and
// LEAT_EINVAL, what is no number 0 and LEAT_EINVAL. As in Go nobody looks at
// what follows the digit that goes over the limit.
static int
number_read(struct leat_str s, int base, uint64_t max, uint64_t *v)
{
    uint64_t n = 0;
    bool grouped = base == 0, prefix;
    *v = 0;
    if (s.len == 0)
        return LEAT_EINVAL;
    if (base == 0) {
        int64_t whole = s.len;
        base = number_prefix(&s);
        prefix = s.len < whole;
        if (!number_underscores_ok(s, prefix))
            return LEAT_EINVAL;
    }
    for (int64_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '_' && grouped)
            continue;
        int digit = number_digit(s.ptr[i]);
        if (digit >= base)
            return LEAT_EINVAL;
        if (__builtin_mul_overflow(n, (uint64_t)base, &n) ||
            __builtin_add_overflow(n, (uint64_t)digit, &n) || n > max) {
            *v = max;
            return LEAT_EINVAL;
        }
    }
    *v = n;
    return 0;
}

static bool
number_form_ok(int base, int bits)
{
    return (base == 0 || (base >= 2 && base <= 36)) && bits >= 0 &&
           bits <= 64;
}

int
leat_str_parse_uint(struct leat_str s, int base, int bits, uint64_t *v)
{
    *v = 0;
    if (!number_form_ok(base, bits))
        return LEAT_EINVAL;
    uint64_t max = bits == 0 ? UINT64_MAX : UINT64_MAX >> (64 - bits);
    return number_read(s, base, max, v);
}

int
leat_str_parse_int(struct leat_str s, int base, int bits, int64_t *v)
{
    *v = 0;
    if (!number_form_ok(base, bits))
        return LEAT_EINVAL;
    bool negative = s.len > 0 && s.ptr[0] == '-';
    if (negative || (s.len > 0 && s.ptr[0] == '+'))
        s = leat_str_sub_from(s, 1);
    // One more on the negative side: 2^(bits-1).
    uint64_t magnitude, limit = UINT64_C(1) << ((bits == 0 ? 64 : bits) - 1);
    int err = number_read(s, base, negative ? limit : limit - 1, &magnitude);
    *v = (int64_t)(negative ? 0 - magnitude : magnitude);
    return err;
}

void
leat_builder_uint(struct leat_builder *b, uint64_t v, int base)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    char buffer[64]; // a digit for each bit
    int at = sizeof buffer;
    if (base < 2 || base > 36)
        leat_panic("strconv: illegal AppendInt/FormatInt base");
    do {
        buffer[--at] = digits[v % (unsigned)base];
        v /= (unsigned)base;
    } while (v > 0);
    leat_builder_str(
        b, leat_str_view(buffer + at, (int64_t)sizeof buffer - at));
}

void
leat_builder_int(struct leat_builder *b, int64_t v, int base)
{
    if (v < 0)
        leat_builder_byte(b, '-');
    leat_builder_uint(b, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, base);
}

struct leat_str
leat_str_from_int(int64_t v, int base)
{
    struct leat_builder b = {NULL, 0, 0};
    leat_builder_int(&b, v, base);
    return leat_builder_finish(&b);
}

struct leat_str
leat_str_from_uint(uint64_t v, int base)
{
    struct leat_builder b = {NULL, 0, 0};
    leat_builder_uint(&b, v, base);
    return leat_builder_finish(&b);
}
