// SPDX-License-Identifier: MIT
// str/quote.c: text as Go would write it in a program, strconv.Quote. (Reading
// it is unquote.c.)
//
// The idea: rune by rune. What can be seen stays as it is, so that the result
// is UTF-8 whatever the bytes were, on one line, and without a NUL.
//
// Locks: none.
#include "str/str_int.h"

#include <string.h>

enum {
    QUOTE_DELETE = 0x7f, // the control code behind the signs of ASCII
    QUOTE_SHORT = 0x10000 // runes below it have four hexadecimal digits
};

const char leat__escape_codes[] = "\a\b\f\n\r\t\v\\";
const char leat__escape_letters[] = "abfnrtv\\";

// Whether the rune stands for itself.
static bool
quote_is_plain(int32_t r, bool ascii)
{
    return leat_rune_is_print(r) && !(ascii && r > QUOTE_DELETE);
}

static void
quote_rune(struct leat_builder *b, int32_t r, char quote, bool ascii)
{
    const char *code =
        r != 0 && r < ' ' ? strchr(leat__escape_codes, r) : NULL;
    if (r == quote || r == '\\')
        leat_builder_byte(b, '\\');
    if (quote_is_plain(r, ascii))
        leat_builder_rune(b, r);
    else if (code != NULL)
        leat_builder_printf(
            b, "\\%c", leat__escape_letters[code - leat__escape_codes]);
    else if (r < ' ' || r == QUOTE_DELETE)
        leat_builder_printf(b, "\\x%02x", (unsigned)r);
    else
        leat_builder_printf(
            b, r < QUOTE_SHORT ? "\\u%04x" : "\\U%08x", (unsigned)r);
}

static void
quote_text(struct leat_builder *b, struct leat_str s, bool ascii)
{
    leat_builder_byte(b, '"');
    while (s.len > 0) {
        int64_t size;
        int32_t r = leat_rune_decode(s, &size);
        if (r == LEAT_RUNE_ERROR && size == 1)
            leat_builder_printf(b, "\\x%02x", (unsigned)leat_str_at(s, 0));
        else
            quote_rune(b, r, '"', ascii);
        s = leat_str_sub_from(s, size);
    }
    leat_builder_byte(b, '"');
}

void
leat_builder_quote(struct leat_builder *b, struct leat_str s)
{
    // s may be a part of what was collected, which is about to move.
    struct leat_builder quoted = {NULL, 0, 0};
    quote_text(&quoted, s, false);
    leat_builder_str(b, leat_builder_view(&quoted));
    leat_builder_free(&quoted);
}

struct leat_str
leat_str_quote(struct leat_str s)
{
    struct leat_builder b = {NULL, 0, 0};
    quote_text(&b, s, false);
    return leat_builder_finish(&b);
}

struct leat_str
leat_str_quote_ascii(struct leat_str s)
{
    struct leat_builder b = {NULL, 0, 0};
    quote_text(&b, s, true);
    return leat_builder_finish(&b);
}

struct leat_str
leat_rune_quote(int32_t r)
{
    struct leat_builder b = {NULL, 0, 0};
    leat_builder_byte(&b, '\'');
    quote_rune(&b, leat_rune_valid(r) ? r : LEAT_RUNE_ERROR, '\'', false);
    leat_builder_byte(&b, '\'');
    return leat_builder_finish(&b);
}
