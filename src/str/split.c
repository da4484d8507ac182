// SPDX-License-Identifier: MIT
// str/split.c: taking strings apart, and replacing parts of them.
//
// The idea: what comes out are views of the string that went in. Splitting
// counts first, so that the slice of parts is made once, in its size.
//
// Locks: none.
#include "str/str_int.h"

#include <string.h>

bool
leat_str_cut(struct leat_str s, struct leat_str sep, struct leat_str *before,
    struct leat_str *after)
{
    int64_t at = leat_str_index(s, sep);
    if (before != NULL)
        *before = at >= 0 ? leat_str_sub_to(s, at) : s;
    if (after != NULL)
        *after = at >= 0 ? leat_str_sub_from(s, at + sep.len) : LEAT_STR("");
    return at >= 0;
}

bool
leat_str_cut_prefix(
    struct leat_str s, struct leat_str prefix, struct leat_str *rest)
{
    bool found = leat_str_has_prefix(s, prefix);
    if (rest != NULL)
        *rest = leat_str_trim_prefix(s, prefix);
    return found;
}

bool
leat_str_cut_suffix(
    struct leat_str s, struct leat_str suffix, struct leat_str *rest)
{
    bool found = leat_str_has_suffix(s, suffix);
    if (rest != NULL)
        *rest = leat_str_trim_suffix(s, suffix);
    return found;
}

// The single runes of s, at most n parts; what is not UTF-8 by bytes.
static leat_strs
split_runes(struct leat_str s, int64_t n)
{
    int64_t count = leat_str_rune_count(s);
    if (n >= 0 && n < count)
        count = n;
    leat_strs parts = leat_slice_make(leat_strs, count);
    for (int64_t i = 0; i < count; i++) {
        int32_t r;
        int64_t size = leat__rune_next(s, 0, &r);
        parts.ptr[i] = i == count - 1 ? s : leat_str_sub_to(s, size);
        s = leat_str_sub_from(s, size);
    }
    return parts;
}

// The parts of s, at most n, with the first `keep` bytes of the sep behind
// them.
static leat_strs
split_all(struct leat_str s, struct leat_str sep, int64_t keep, int64_t n)
{
    if (n == 0)
        return (leat_strs){NULL, 0, 0};
    if (sep.len == 0)
        return split_runes(s, n);
    int64_t count = leat_str_count(s, sep) + 1;
    if (n > 0 && n < count)
        count = n;
    leat_strs parts = leat_slice_make(leat_strs, count);
    for (int64_t i = 0; i < count - 1; i++) {
        leat_str_cut(s, sep, &parts.ptr[i], &s);
        parts.ptr[i].len += keep;
    }
    parts.ptr[count - 1] = s;
    return parts;
}

leat_strs
leat_str_split_n(struct leat_str s, struct leat_str sep, int64_t n)
{
    return split_all(s, sep, 0, n);
}

leat_strs
leat_str_split(struct leat_str s, struct leat_str sep)
{
    return split_all(s, sep, 0, -1);
}

leat_strs
leat_str_split_after(struct leat_str s, struct leat_str sep)
{
    return split_all(s, sep, sep.len, -1);
}

leat_strs
leat_str_split_after_n(struct leat_str s, struct leat_str sep, int64_t n)
{
    return split_all(s, sep, sep.len, n);
}

// The next run of runes that `between` is false for; *s is what follows it.
// False when there is none.
static bool
split_field(struct leat_str *s, bool (*between)(int32_t r),
    struct leat_str *field)
{
    int64_t start = -1;
    leat_str_range (i, r, *s) {
        bool space = between(r);
        if (start < 0 && !space) {
            start = i;
        } else if (start >= 0 && space) {
            *field = leat_str_sub(*s, start, i);
            *s = leat_str_sub_from(*s, i);
            return true;
        }
    }
    if (start < 0)
        return false;
    *field = leat_str_sub_from(*s, start);
    *s = LEAT_STR("");
    return true;
}

leat_strs
leat_str_fields_func(struct leat_str s, bool (*between)(int32_t r))
{
    struct leat_str rest = s, field;
    int64_t count = 0;
    while (split_field(&rest, between, &field))
        count++;
    leat_strs parts = leat_slice_make(leat_strs, count);
    for (int64_t i = 0; i < count; i++)
        split_field(&s, between, &parts.ptr[i]);
    return parts;
}

leat_strs
leat_str_fields(struct leat_str s)
{
    return leat_str_fields_func(s, leat_rune_is_space);
}

// Trimming: by a set, or by a function if set is NULL.
static bool
trim_wants(int32_t r, const struct leat_str *set, bool (*unwanted)(int32_t r))
{
    return set != NULL ? leat_str_contains_rune(*set, r) : unwanted(r);
}

static struct leat_str
trim_front(struct leat_str s, const struct leat_str *set,
    bool (*unwanted)(int32_t r))
{
    int64_t size;
    while (s.len > 0 &&
        trim_wants(leat_rune_decode(s, &size), set, unwanted))
        s = leat_str_sub_from(s, size);
    return s;
}

static struct leat_str
trim_back(struct leat_str s, const struct leat_str *set,
    bool (*unwanted)(int32_t r))
{
    int64_t size;
    while (s.len > 0 &&
        trim_wants(leat_rune_decode_last(s, &size), set, unwanted))
        s.len -= size;
    return s;
}

struct leat_str
leat_str_trim(struct leat_str s, struct leat_str set)
{
    return trim_back(trim_front(s, &set, NULL), &set, NULL);
}

struct leat_str
leat_str_trim_left(struct leat_str s, struct leat_str set)
{
    return trim_front(s, &set, NULL);
}

struct leat_str
leat_str_trim_right(struct leat_str s, struct leat_str set)
{
    return trim_back(s, &set, NULL);
}

struct leat_str
leat_str_trim_func(struct leat_str s, bool (*unwanted)(int32_t r))
{
    return trim_back(trim_front(s, NULL, unwanted), NULL, unwanted);
}

struct leat_str
leat_str_trim_left_func(struct leat_str s, bool (*unwanted)(int32_t r))
{
    return trim_front(s, NULL, unwanted);
}

struct leat_str
leat_str_trim_right_func(struct leat_str s, bool (*unwanted)(int32_t r))
{
    return trim_back(s, NULL, unwanted);
}

struct leat_str
leat_str_trim_space(struct leat_str s)
{
    return leat_str_trim_func(s, leat_rune_is_space);
}

struct leat_str
leat_str_trim_prefix(struct leat_str s, struct leat_str prefix)
{
    return leat_str_has_prefix(s, prefix) ? leat_str_sub_from(s, prefix.len)
                                          : s;
}

struct leat_str
leat_str_trim_suffix(struct leat_str s, struct leat_str suffix)
{
    if (leat_str_has_suffix(s, suffix))
        s.len -= suffix.len;
    return s;
}

// Before every rune and at the end, n times at most.
static void
replace_empty(struct leat_builder *b, struct leat_str s, struct leat_str with,
    int64_t n)
{
    while (n-- > 0) {
        int64_t size;
        leat_builder_str(b, with);
        leat_rune_decode(s, &size);
        leat_builder_str(b, leat_str_sub_to(s, size));
        s = leat_str_sub_from(s, size);
    }
    leat_builder_str(b, s);
}

struct leat_str
leat_str_replace(struct leat_str s, struct leat_str old, struct leat_str with,
    int64_t n)
{
    int64_t count = leat_str_count(s, old);
    if (n >= 0 && n < count)
        count = n;
    struct leat_builder b = {NULL, 0, 0};
    if (old.len == 0) {
        replace_empty(&b, s, with, count);
        return leat_builder_finish(&b);
    }
    struct leat_str before;
    while (count-- > 0) {
        leat_str_cut(s, old, &before, &s);
        leat_builder_str(&b, before);
        leat_builder_str(&b, with);
    }
    leat_builder_str(&b, s);
    return leat_builder_finish(&b);
}
