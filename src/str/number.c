// SPDX-License-Identifier: MIT
// str/number.c: whole numbers, and true and false, to and from text.
//
// The idea: reading collects the magnitude as an unsigned number and says
// whether it went over the limit; sign and width come on top. What is a
// number and what is not, prefixes and underscores included, follows Go's
// strconv.
//
// Locks: none.
#include "str/str_int.h"

#include <leat/panic.h>

int
leat__digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'Z')
        return c - 'A' + 10;
    return LEAT__NO_DIGIT;
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

bool
leat__underscores_ok(struct leat_str s)
{
    char mark = s.len >= 2 && s.ptr[0] == '0' ? (char)(s.ptr[1] | 0x20) : 0;
    int base = mark == 'x' ? 16 : 10;
    bool prefix = mark == 'x' || mark == 'o' || mark == 'b';
    bool digit = prefix, underscore = false; // what the last character was
    for (int64_t i = prefix ? 2 : 0; i < s.len; i++) {
        bool now = s.ptr[i] == '_', was_digit = digit;
        digit = leat__digit(s.ptr[i]) < base;
        if ((now && !was_digit) || (underscore && !digit))
            return false;
        underscore = now;
    }
    return !underscore;
}

// Reads the magnitude, which may be up to max; larger ones give max and
// LEAT_ERANGE, what is no number 0 and LEAT_ESYNTAX. As in Go nobody looks at
// what follows the digit that goes over the limit, nor at any underscore then.
static int
number_read(struct leat_str s, int base, uint64_t max, uint64_t *v)
{
    uint64_t n = 0;
    struct leat_str whole = s;
    bool grouped = base == 0;
    *v = 0;
    if (s.len == 0)
        return LEAT_ESYNTAX;
    if (grouped)
        base = number_prefix(&s);
    for (int64_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '_' && grouped)
            continue;
        int digit = leat__digit(s.ptr[i]);
        if (digit >= base)
            return LEAT_ESYNTAX;
        if (__builtin_mul_overflow(n, (uint64_t)base, &n) ||
            __builtin_add_overflow(n, (uint64_t)digit, &n) || n > max) {
            *v = max;
            return LEAT_ERANGE;
        }
    }
    if (grouped && !leat__underscores_ok(whole))
        return LEAT_ESYNTAX;
    *v = n;
    return 0;
}

static bool
number_form_ok(int base, int bits)
{
    return (base == 0 || (base >= 2 && base <= 36)) && bits >= 0 &&
           bits <= 64;
}

// The largest unsigned number of so many bits.
static uint64_t
number_max(int bits)
{
    return bits == 0 ? UINT64_MAX : UINT64_MAX >> (64 - bits);
}

int
leat_str_parse_uint(struct leat_str s, int base, int bits, uint64_t *v)
{
    *v = 0;
    if (!number_form_ok(base, bits))
        return LEAT_EINVAL;
    return number_read(s, base, number_max(bits), v);
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
    // Up to the next power of two all of s is looked at, as in Go.
    uint64_t magnitude, max = number_max(bits);
    int err = number_read(s, base, max, &magnitude);
    // One more on the negative side: 2^(bits-1).
    uint64_t limit = max / 2 + negative;
    if (magnitude > limit) {
        magnitude = limit;
        err = LEAT_ERANGE;
    }
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

// Truth ----------------------------------------------------------------------

int
leat_str_parse_bool(struct leat_str s, bool *v)
{
    static const leat_str words[2][6] = {
        {LEAT_STR("0"), LEAT_STR("f"), LEAT_STR("F"), LEAT_STR("false"),
            LEAT_STR("False"), LEAT_STR("FALSE")},
        {LEAT_STR("1"), LEAT_STR("t"), LEAT_STR("T"), LEAT_STR("true"),
            LEAT_STR("True"), LEAT_STR("TRUE")},
    };
    *v = false;
    for (int truth = 0; truth < 2; truth++) {
        for (int i = 0; i < 6; i++) {
            if (!leat_str_equal(s, words[truth][i]))
                continue;
            *v = truth;
            return 0;
        }
    }
    return LEAT_ESYNTAX;
}

struct leat_str
leat_str_from_bool(bool v)
{
    return leat_str_clone(v ? LEAT_STR("true") : LEAT_STR("false"));
}
