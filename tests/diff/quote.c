// SPDX-License-Identifier: MIT
// quote: strconv.Quote and QuoteToASCII of every byte by itself and between
// letters, of runes that are seen and of those that are not, and what Unquote
// makes of all of them and of what is no literal. None of the runes became another
// kind between Unicode 13 (Go 1.16) and 15 (Go 1.21).
#include <leat.h>

#include <stdio.h>

static const leat_str texts[] = {
    LEAT_STR(""), LEAT_STR("a"),
    LEAT_STR("\"Fran & Freddie's Diner\t\u263a\""), LEAT_STR("\\"),
    LEAT_STR("'"), LEAT_STR("`"), LEAT_STR("\a\b\f\n\r\t\v"), LEAT_STR("\0"),
    LEAT_STR("\x7f"), LEAT_STR("\xc2\x80"), LEAT_STR("\u00a0"),
    LEAT_STR("\u00ad"), LEAT_STR("\u200b"), LEAT_STR("\u2028"),
    LEAT_STR("\ufeff"), LEAT_STR("\ufffd"), LEAT_STR("\uffff"),
    LEAT_STR("\ue000"), LEAT_STR("\U00010000"), LEAT_STR("\U0001F600"),
    LEAT_STR("\U000e0001"), LEAT_STR("\U0010ffff"), LEAT_STR("\xed\xa0\x80"),
    LEAT_STR("\xf4\x90\x80\x80"), LEAT_STR("\xe4\xb8"),
    LEAT_STR("\u4e16\u754c"), LEAT_STR("e\u0301"), LEAT_STR("\u3000"),
};

static const leat_str literals[] = {
    LEAT_STR("\"\""), LEAT_STR("''"), LEAT_STR("'a'"), LEAT_STR("'ab'"),
    LEAT_STR("'"), LEAT_STR("\""), LEAT_STR("\"a"), LEAT_STR("a\""),
    LEAT_STR("\"a\"b\""), LEAT_STR("\"a\\\""), LEAT_STR("\"a\\\\\""),
    LEAT_STR("\"\\\"\""), LEAT_STR("\"\\'\""), LEAT_STR("'\\''"),
    LEAT_STR("'\\\"'"), LEAT_STR("'\"'"), LEAT_STR("\"'\""), LEAT_STR("'''"),
    LEAT_STR("`a`"), LEAT_STR("``"), LEAT_STR("`a`b`"), LEAT_STR("`\\n`"),
    LEAT_STR("`a\\rb\\r`"), LEAT_STR("\"\\x41\\x7f\\x80\\xff\""),
    LEAT_STR("'\\x80'"), LEAT_STR("\"\\x4\""), LEAT_STR("\"\\xfg\""),
    LEAT_STR("\"\\XFF\""), LEAT_STR("\"\\xFf\""), LEAT_STR("\"\\u00e9\""),
    LEAT_STR("\"\\ud800\""), LEAT_STR("\"\\U0010ffff\""),
    LEAT_STR("\"\\U00110000\""), LEAT_STR("\"\\UFFFFFFFF\""),
    LEAT_STR("\"\\U80000041\""), LEAT_STR("\"\\u12\""), LEAT_STR("'\\u4e16'"),
    LEAT_STR("'\\U0001F600'"), LEAT_STR("\"\\101\""), LEAT_STR("\"\\377\""),
    LEAT_STR("\"\\400\""), LEAT_STR("\"\\12\""), LEAT_STR("\"\\18a\""),
    LEAT_STR("\"\\8\""), LEAT_STR("\"\\0\""), LEAT_STR("\"\\000\""),
    LEAT_STR("'\\000'"), LEAT_STR("\"\\a\\b\\f\\n\\r\\t\\v\\\\\""),
    LEAT_STR("\"\\z\""), LEAT_STR("\"\\`\""), LEAT_STR("\"\\ \""),
    LEAT_STR("\"\\\""), LEAT_STR("'\\'"), LEAT_STR("'\\\\'"),
    LEAT_STR(" \"a\""), LEAT_STR("\"a\" "), LEAT_STR("abc"), LEAT_STR(""),
    LEAT_STR("\"\"\"\""), LEAT_STR("'a"), LEAT_STR("a'"), LEAT_STR("'a''"),
    LEAT_STR("\"a\nb\""), LEAT_STR("`a\nb`"), LEAT_STR("'\n'"),
    LEAT_STR("\"\xff\""), LEAT_STR("'\xff'"), LEAT_STR("`\xff`"),
    LEAT_STR("\"\xe4\xb8\x96\xe7\""), LEAT_STR("'\xe4\xb8\x96'"),
    LEAT_STR("\"\r\t\x01\""), LEAT_STR("\"\xff\\n\""),
};

static void
show_bytes(leat_str s)
{
    for (int64_t i = 0; i < s.len; i++)
        printf("%02x", leat_str_at(s, i));
}

static void
show_unquoted(leat_str s)
{
    leat_str text;
    int err = leat_str_unquote(s, &text);
    show_bytes(text);
    printf(" %s\n", err == 0 ? "<nil>" : leat_strerror(err));
    leat_str_free(text);
}

static void
show(leat_str s, char end)
{
    leat_str quoted = leat_str_quote(s), ascii = leat_str_quote_ascii(s);
    printf("%s %s%c", quoted.ptr, ascii.ptr, end);
    show_unquoted(quoted);
    show_unquoted(ascii);
    leat_str_free(ascii);
    leat_str_free(quoted);
}

static void
show_rune(int32_t r)
{
    leat_str quoted = leat_rune_quote(r);
    printf("%s\n", quoted.ptr);
    show_unquoted(quoted);
    leat_str_free(quoted);
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        show(texts[i], '\n');
    for (int i = 0; i < 256; i++) {
        char bytes[] = {'x', (char)i, 'y'};
        show(leat_str_view(bytes + 1, 1), ' ');
        show(leat_str_view(bytes, 3), '\n');
    }
    for (int32_t r = 0x80; r < 0x370; r++) {
        leat_str s = leat_str_from_rune(r);
        show(s, '\n');
        leat_str_free(s);
    }
    for (int32_t r = -2; r < 0x370; r++)
        show_rune(r);
    show_rune(0xd800);
    show_rune(0x4e16);
    show_rune(0x10ffff);
    show_rune(0x110000);
    for (size_t i = 0; i < sizeof literals / sizeof *literals; i++)
        show_unquoted(literals[i]);
    return 0;
}
