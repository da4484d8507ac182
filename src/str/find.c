// SPDX-License-Identifier: MIT
// str/find.c: where something is in a string.
//
// The idea: forwards, the C library's memchr and memmem do it, which are
// linear and use the machine's widest registers; backwards, a rolling hash
// finds candidates in linear expected time.
//
// Locks: none.
#include "str/str_int.h"

#include <string.h>

// The multiplier of the rolling hash: any large odd number. The hash is not
// seeded: with chosen text the search is quadratic, as a plain one would be.
#define FIND_MULTIPLIER UINT64_C(0x9E3779B97F4A7C15)

int64_t
leat_str_index_byte(struct leat_str s, char c)
{
    const char *at = s.len > 0 ? memchr(s.ptr, c, (size_t)s.len) : NULL;
    return at != NULL ? at - s.ptr : -1;
}

int64_t
leat_str_last_index_byte(struct leat_str s, char c)
{
    const char *at = s.len > 0 ? memrchr(s.ptr, c, (size_t)s.len) : NULL;
    return at != NULL ? at - s.ptr : -1;
}

int64_t
leat_str_index(struct leat_str s, struct leat_str sub)
{
    if (sub.len == 0)
        return 0;
    if (sub.len > s.len)
        return -1;
    if (sub.len == 1)
        return leat_str_index_byte(s, sub.ptr[0]);
    const char *at =
        memmem(s.ptr, (size_t)s.len, sub.ptr, (size_t)sub.len);
    return at != NULL ? at - s.ptr : -1;
}

int64_t
leat_str_last_index(struct leat_str s, struct leat_str sub)
{
    if (sub.len == 0)
        return s.len;
    if (sub.len > s.len)
        return -1;
    // The last byte of a window has the highest power, so that a window can
    // move to the left: take its last byte out, multiply, add the new one.
    uint64_t wanted = 0, hash = 0, power = 1;
    int64_t at = s.len - sub.len;
    for (int64_t i = sub.len - 1; i >= 0; i--) {
        wanted = wanted * FIND_MULTIPLIER + (unsigned char)sub.ptr[i];
        hash = hash * FIND_MULTIPLIER + (unsigned char)s.ptr[at + i];
        power *= FIND_MULTIPLIER;
    }
    for (;;) {
        if (hash == wanted &&
            memcmp(s.ptr + at, sub.ptr, (size_t)sub.len) == 0)
            return at;
        if (at == 0)
            return -1;
        at--;
        hash = hash * FIND_MULTIPLIER + (unsigned char)s.ptr[at] -
               power * (unsigned char)s.ptr[at + sub.len];
    }
}

int64_t
leat_str_index_rune(struct leat_str s, int32_t r)
{
    if (r == LEAT_RUNE_ERROR) {
        // Also what decodes to it.
        leat_str_range (i, c, s) {
            if (c == r)
                return i;
        }
        return -1;
    }
    if (!leat_rune_valid(r))
        return -1;
    char buffer[LEAT_RUNE_BYTES_MAX];
    int n = leat_rune_encode(buffer, r);
    return leat_str_index(s, leat_str_view(buffer, n));
}

int64_t
leat_str_index_any(struct leat_str s, struct leat_str set)
{
    leat_str_range (i, r, s) {
        if (leat_str_index_rune(set, r) >= 0)
            return i;
    }
    return -1;
}

int64_t
leat_str_index_func(struct leat_str s, bool (*wanted)(int32_t r))
{
    leat_str_range (i, r, s) {
        if (wanted(r))
            return i;
    }
    return -1;
}

int64_t
leat_str_last_index_any(struct leat_str s, struct leat_str set)
{
    int64_t size;
    for (; s.len > 0; s.len -= size) {
        int32_t r = leat_rune_decode_last(s, &size);
        if (leat_str_index_rune(set, r) >= 0)
            return s.len - size;
    }
    return -1;
}

int64_t
leat_str_last_index_func(struct leat_str s, bool (*wanted)(int32_t r))
{
    int64_t size;
    for (; s.len > 0; s.len -= size) {
        if (wanted(leat_rune_decode_last(s, &size)))
            return s.len - size;
    }
    return -1;
}

bool
leat_str_contains_rune(struct leat_str s, int32_t r)
{
    return leat_str_index_rune(s, r) >= 0;
}

bool
leat_str_contains_any(struct leat_str s, struct leat_str set)
{
    return leat_str_index_any(s, set) >= 0;
}

bool
leat_str_contains_func(struct leat_str s, bool (*wanted)(int32_t r))
{
    return leat_str_index_func(s, wanted) >= 0;
}

bool
leat_str_contains(struct leat_str s, struct leat_str sub)
{
    return leat_str_index(s, sub) >= 0;
}

bool
leat_str_has_prefix(struct leat_str s, struct leat_str prefix)
{
    return s.len >= prefix.len &&
           leat_str_equal(leat_str_view(s.ptr, prefix.len), prefix);
}

bool
leat_str_has_suffix(struct leat_str s, struct leat_str suffix)
{
    return suffix.len == 0 ||
           (s.len >= suffix.len &&
               leat_str_equal(leat_str_view(s.ptr + (s.len - suffix.len),
                                  suffix.len), suffix));
}

int64_t
leat_str_count(struct leat_str s, struct leat_str sub)
{
    if (sub.len == 0)
        return leat_str_rune_count(s) + 1;
    int64_t count = 0, at;
    while ((at = leat_str_index(s, sub)) >= 0) {
        count++;
        s = leat_str_sub_from(s, at + sub.len);
    }
    return count;
}
