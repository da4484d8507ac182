// SPDX-License-Identifier: MIT
// str/rune.c: UTF-8, one rune at a time.
//
// The idea: the first byte tells how many follow and which values the second
// may have; that one range shuts out encodings that are too long, surrogates
// and what lies beyond LEAT_RUNE_MAX. Whatever is not valid is one byte of
// LEAT_RUNE_ERROR, so that decoding always goes forward and the pieces add up
// to the whole.
//
// Locks: none.
//
// Rejected: a table of 256 first bytes. Text is mostly ASCII, which the
// macros see to inline; the rest is a few comparisons.
#include "str/str_int.h"

#include <leat/panic.h>

enum {
    RUNE_SURROGATE_MIN = 0xD800,
    RUNE_SURROGATE_MAX = 0xDFFF,
    RUNE_1_MAX = 0x7F,  // the largest runes of one, two and three bytes
    RUNE_2_MAX = 0x7FF,
    RUNE_3_MAX = 0xFFFF
};

// What a first byte says: the bytes in all, 0 if none can start with it, and
// the least and greatest second byte.
struct rune_start {
    int bytes;
    unsigned char lo, hi;
};

static struct rune_start
rune_start(unsigned char c)
{
    struct rune_start start = {0, 0x80, 0xBF};
    if (c >= 0xC2 && c <= 0xDF)
        start.bytes = 2;
    else if ((c & 0xF0) == 0xE0)
        start.bytes = 3;
    else if (c >= 0xF0 && c <= 0xF4)
        start.bytes = 4;
    if (c == 0xE0)
        start.lo = 0xA0; // below: two bytes would do
    else if (c == 0xED)
        start.hi = 0x9F; // above: surrogates
    else if (c == 0xF0)
        start.lo = 0x90; // below: three bytes would do
    else if (c == 0xF4)
        start.hi = 0x8F; // above: beyond LEAT_RUNE_MAX
    return start;
}

int32_t
leat_rune_decode(struct leat_str s, int64_t *size)
{
    const unsigned char *p = (const unsigned char *)s.ptr;
    *size = s.len > 0;
    if (s.len == 0)
        return LEAT_RUNE_ERROR;
    if (p[0] <= RUNE_1_MAX)
        return p[0];
    struct rune_start start = rune_start(p[0]);
    if (start.bytes == 0 || s.len < start.bytes)
        return LEAT_RUNE_ERROR;
    if (p[1] < start.lo || p[1] > start.hi)
        return LEAT_RUNE_ERROR;
    // Of the first byte, 7 - bytes bits count.
    int32_t r = p[0] & (0x7F >> start.bytes);
    for (int i = 1; i < start.bytes; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return LEAT_RUNE_ERROR;
        r = r << 6 | (p[i] & 0x3F);
    }
    *size = start.bytes;
    return r;
}

int32_t
leat_rune_decode_last(struct leat_str s, int64_t *size)
{
    if (s.len == 0)
        return leat_rune_decode(s, size);
    // Back over at most three bytes that only continue a rune.
    int64_t start = s.len - 1, limit = s.len - LEAT_RUNE_BYTES_MAX;
    while (start > 0 && start > limit && (s.ptr[start] & 0xC0) == 0x80)
        start--;
    int32_t r = leat_rune_decode(
        leat_str_view(s.ptr + start, s.len - start), size);
    if (start + *size == s.len)
        return r;
    *size = 1;
    return LEAT_RUNE_ERROR;
}

bool
leat_rune_valid(int32_t r)
{
    return r >= 0 && r <= LEAT_RUNE_MAX &&
           !(r >= RUNE_SURROGATE_MIN && r <= RUNE_SURROGATE_MAX);
}

int
leat_rune_len(int32_t r)
{
    if (!leat_rune_valid(r))
        return -1;
    return 1 + (r > RUNE_1_MAX) + (r > RUNE_2_MAX) + (r > RUNE_3_MAX);
}

int
leat_rune_encode(char to[LEAT_RUNE_BYTES_MAX], int32_t r)
{
    if (!leat_rune_valid(r))
        r = LEAT_RUNE_ERROR;
    int n = leat_rune_len(r);
    if (n == 1) {
        to[0] = (char)r;
        return 1;
    }
    for (int i = n - 1; i > 0; i--) {
        to[i] = (char)(0x80 | (r & 0x3F));
        r >>= 6;
    }
    // As many leading ones as there are bytes.
    to[0] = (char)(0xF00 >> n | r);
    return n;
}

bool
leat_rune_full(struct leat_str s)
{
    if (s.len == 0)
        return false;
    const unsigned char *p = (const unsigned char *)s.ptr;
    struct rune_start start = rune_start(p[0]);
    if (s.len >= start.bytes)
        return true;
    if (s.len > 1 && (p[1] < start.lo || p[1] > start.hi))
        return true;
    return s.len > 2 && (p[2] & 0xC0) != 0x80;
}

bool
leat_str_valid(struct leat_str s)
{
    int64_t i = 0;
    while (i < s.len) {
        int32_t r;
        int64_t size = leat__rune_next(s, i, &r);
        // A real U+FFFD has three bytes.
        if (r == LEAT_RUNE_ERROR && size == 1)
            return false;
        i += size;
    }
    return true;
}

int64_t
leat_str_rune_count(struct leat_str s)
{
    int64_t count = 0;
    leat_str_range (i, r, s)
        count++;
    return count;
}

leat_runes
leat_str_to_runes(struct leat_str s)
{
    leat_runes runes = leat_slice_make(leat_runes, leat_str_rune_count(s));
    int64_t n = 0;
    leat_str_range (i, r, s)
        runes.ptr[n++] = r;
    return runes;
}

struct leat_str
leat_str_from_runes(leat_runes runes)
{
    char buffer[LEAT_RUNE_BYTES_MAX];
    int64_t len = 0;
    for (int64_t i = 0; i < runes.len; i++)
        len += leat_rune_encode(buffer, runes.ptr[i]);
    if (len == 0)
        return LEAT_STR("");
    char *to = leat__str_new(len), *p = to;
    for (int64_t i = 0; i < runes.len; i++) {
        int n = leat_rune_encode(buffer, runes.ptr[i]);
        for (int k = 0; k < n; k++)
            *p++ = buffer[k];
    }
    return leat_str_view(to, len);
}

struct leat_str
leat_str_from_rune(int32_t r)
{
    leat_runes one = {&r, 1, 1};
    return leat_str_from_runes(one);
}
