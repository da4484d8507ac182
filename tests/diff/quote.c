// SPDX-License-Identifier: MIT
// quote: strconv.Quote of every byte by itself and between letters, of runes
// that are seen and of those that are not. None of the runes became another
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

static void
show(leat_str s, char end)
{
    leat_str quoted = leat_str_quote(s);
    printf("%s%c", quoted.ptr, end);
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
    return 0;
}
