// SPDX-License-Identifier: MIT
// str/unquote.c: what a literal of Go stands for, strconv.Unquote. (Writing one
// is quote.c.)
//
// The idea: the quotes are taken off first, and what is between them is read
// from its beginning, one character or escape at a time, into a builder. A
// quote of the literal's own kind that no escape takes is not between them.
//
// Locks: none.
#include "str/str_int.h"

#include <string.h>

// The value of the n digits to the base 8 or 16 that *s begins with, which are
// taken off; false if they are not there.
static bool
unquote_digits(struct leat_str *s, int n, unsigned base, uint32_t *v)
{
    *v = 0;
    if (s->len < n)
        return false;
    for (int i = 0; i < n; i++) {
        unsigned digit = (unsigned)leat__digit(s->ptr[i]);
        if (digit >= base)
            return false;
        *v = *v * base + digit;
    }
    *s = leat_str_sub_from(*s, n);
    return true;
}

// A byte by its number.
static bool
unquote_byte(
    struct leat_builder *b, struct leat_str *s, int n, unsigned base)
{
    uint32_t v;
    if (!unquote_digits(s, n, base, &v) || v > UINT8_MAX)
        return false;
    leat_builder_byte(b, (char)v);
    return true;
}

// A rune by its number.
static bool
unquote_rune(struct leat_builder *b, struct leat_str *s, int n)
{
    uint32_t v;
    if (!unquote_digits(s, n, 16, &v) || v > INT32_MAX ||
        !leat_rune_valid((int32_t)v))
        return false;
    leat_builder_rune(b, (int32_t)v);
    return true;
}

// What follows a backslash.
static bool
unquote_escape(struct leat_builder *b, struct leat_str *s, char quote)
{
    if (s->len == 0)
        return false;
    char c = s->ptr[0];
    if (c >= '0' && c <= '7')
        return unquote_byte(b, s, 3, 8);
    *s = leat_str_sub_from(*s, 1);
    switch (c) {
    case 'x':
        return unquote_byte(b, s, 2, 16);
    case 'u':
        return unquote_rune(b, s, 4);
    case 'U':
        return unquote_rune(b, s, 8);
    }
    const char *at = c == 0 ? NULL : strchr(leat__escape_letters, c);
    if (at == NULL && c != quote)
        return false;
    leat_builder_byte(b,
        at == NULL ? quote : leat__escape_codes[at - leat__escape_letters]);
    return true;
}

// One character, or an escape.
static bool
unquote_one(struct leat_builder *b, struct leat_str *s, char quote)
{
    int64_t size;
    int32_t r = leat_rune_decode(*s, &size);
    if (r == quote || r == '\n')
        return false;
    *s = leat_str_sub_from(*s, size);
    if (r == '\\')
        return unquote_escape(b, s, quote);
    leat_builder_rune(b, r);
    return true;
}

// Between back quotes everything is as it stands, without carriage returns.
static bool
unquote_raw(struct leat_builder *b, struct leat_str s)
{
    for (int64_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '`')
            return false;
        if (s.ptr[i] != '\r')
            leat_builder_byte(b, s.ptr[i]);
    }
    return true;
}

// What is between the quotes. Go takes two single ones for an empty text.
static bool
unquote_text(struct leat_builder *b, struct leat_str s, char quote)
{
    if (quote == '`')
        return unquote_raw(b, s);
    if (quote == '\'')
        return s.len == 0 || (unquote_one(b, &s, quote) && s.len == 0);
    while (s.len > 0) {
        if (!unquote_one(b, &s, quote))
            return false;
    }
    return true;
}

int
leat_str_unquote(struct leat_str s, struct leat_str *text)
{
    struct leat_builder b = {NULL, 0, 0};
    *text = LEAT_STR("");
    if (s.len < 2 || strchr("\"'`", s.ptr[0]) == NULL || s.ptr[0] == 0 ||
        s.ptr[s.len - 1] != s.ptr[0])
        return LEAT_ESYNTAX;
    if (!unquote_text(&b, leat_str_sub(s, 1, s.len - 1), s.ptr[0])) {
        leat_builder_free(&b);
        return LEAT_ESYNTAX;
    }
    *text = leat_builder_finish(&b);
    return 0;
}
