// SPDX-License-Identifier: MIT
// str/case.c: strings rune by rune: the other case, any mapping, made valid,
// and equal but for the case.
//
// The idea: a string of ASCII only, which most are, is seen to be one in a
// first pass, and then a byte becomes a byte. All others go through a builder
// by runes: the other case of a rune may have more or fewer bytes.
//
// Invariants: a byte that is not part of valid UTF-8 is LEAT_RUNE_ERROR, as
// everywhere; so it comes out as U+FFFD, and two of them are equal.
//
// Locks: none.
#include "str/str_int.h"

#include <leat/panic.h>

struct leat_str
leat_str_map(struct leat_str s, int32_t (*fn)(int32_t r))
{
    struct leat_builder b = {NULL, 0, 0};
    leat_builder_grow(&b, s.len);
    leat_str_range (i, r, s) {
        int32_t to = fn(r);
        if (to >= 0 && to < 0x80)
            leat_builder_byte(&b, (char)to);
        else if (to >= 0)
            leat_builder_rune(&b, to);
    }
    return leat_builder_finish(&b);
}

struct leat_str
leat_str_to_valid(struct leat_str s, struct leat_str with)
{
    struct leat_builder b = {NULL, 0, 0};
    bool valid = true;
    leat_builder_grow(&b, s.len);
    for (int64_t i = 0; i < s.len;) {
        int32_t r;
        int64_t size = leat__rune_next(s, i, &r);
        bool was_valid = valid;
        valid = r != LEAT_RUNE_ERROR || size > 1;
        if (valid)
            leat_builder_str(&b, leat_str_view(s.ptr + i, size));
        else if (was_valid)
            leat_builder_str(&b, with);
        i += size;
    }
    return leat_builder_finish(&b);
}

static bool
case_is_ascii(struct leat_str s)
{
    unsigned char all = 0;
    for (int64_t i = 0; i < s.len; i++)
        all |= (unsigned char)s.ptr[i];
    return all < 0x80;
}

// s with the 26 letters from `first` on in the other case, or by `other` if it
// is not all ASCII.
static struct leat_str
case_change(struct leat_str s, char first, int32_t (*other)(int32_t r))
{
    if (!case_is_ascii(s))
        return leat_str_map(s, other);
    if (s.len == 0)
        return LEAT_STR("");
    char *to = leat__str_new(s.len);
    for (int64_t i = 0; i < s.len; i++) {
        bool letter = (unsigned char)(s.ptr[i] - first) < 26;
        to[i] = (char)(s.ptr[i] ^ (letter ? 'a' - 'A' : 0));
    }
    return leat_str_view(to, s.len);
}

struct leat_str
leat_str_to_upper(struct leat_str s)
{
    return case_change(s, 'a', leat_rune_to_upper);
}

struct leat_str
leat_str_to_lower(struct leat_str s)
{
    return case_change(s, 'A', leat_rune_to_lower);
}

struct leat_str
leat_str_to_title(struct leat_str s)
{
    return case_change(s, 'a', leat_rune_to_title);
}

// Whether b is in the ring of those that are equal to a but for their case.
static bool
case_same_rune(int32_t a, int32_t b)
{
    if (a == b)
        return true;
    if (a < 0x80 && b < 0x80)
        return leat_rune_to_lower(a) == leat_rune_to_lower(b);
    int32_t r = leat_rune_simple_fold(a);
    while (r != a && r != b)
        r = leat_rune_simple_fold(r);
    return r == b;
}

bool
leat_str_equal_fold(struct leat_str a, struct leat_str b)
{
    int64_t i = 0, k = 0;
    while (i < a.len && k < b.len) {
        int32_t r, q;
        i += leat__rune_next(a, i, &r);
        k += leat__rune_next(b, k, &q);
        if (!case_same_rune(r, q))
            return false;
    }
    return i == a.len && k == b.len;
}
