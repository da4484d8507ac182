// SPDX-License-Identifier: MIT
// str_case: upper, lower and title case, equality but for the case, and what
// runes are. The blocks of runes are those in which nothing was assigned, and
// no rune got another class or case, between Unicode 13 (Go 1.16) and 15 (Go
// 1.21): every Go since 1.16 prints the same.
#include <leat.h>

#include <stdio.h>

static const leat_str texts[] = {
    LEAT_STR(""), LEAT_STR("a"), LEAT_STR("Hello, World 42!"),
    LEAT_STR("already lower"), LEAT_STR("ALREADY UPPER"), LEAT_STR("@[`{AZaz"),
    LEAT_STR("Stra\u00dfe"), LEAT_STR("STRASSE"), LEAT_STR("\u1e9e"),
    LEAT_STR("\u0130stanbul"), LEAT_STR("\u0131"), LEAT_STR("I"), LEAT_STR("i"),
    LEAT_STR("K\u212a"), LEAT_STR("kk"), LEAT_STR("\u03a3\u03c3\u03c2"),
    LEAT_STR("\u03c3\u03a3\u03a3"), LEAT_STR("\u01c4\u01c5\u01c6"),
    LEAT_STR("\u01c6\u01c6\u01c6"), LEAT_STR("\u00b5"), LEAT_STR("\u03bc"),
    LEAT_STR("\u039c"), LEAT_STR("\u10d0\u1c90"),
    LEAT_STR("\u13a0\uab70\u13f8"), LEAT_STR("\u2c65\u023a"),
    LEAT_STR("\u1fb3\u1fbc"), LEAT_STR("\U00010400\U00010428"),
    LEAT_STR("\u017fs"), LEAT_STR("SS"), LEAT_STR("ss"), LEAT_STR("A\xff" "b"),
    LEAT_STR("a\xfe" "B"), LEAT_STR("a\ufffdb"), LEAT_STR("nul\0IN\0side"),
    LEAT_STR("NUL\0in\0SIDE"), LEAT_STR("\xc3"), LEAT_STR("\xed\xa0\x80Q"),
    LEAT_STR("\u4e16\u754cx"), LEAT_STR("\U0001F600z"),
    LEAT_STR("\u00e9A\u0301"),
};
enum { TEXTS = sizeof texts / sizeof *texts };

static const int32_t blocks[][2] = {
    {-3, 0x036f}, {0x0370, 0x05ff}, {0x10a0, 0x10ff}, {0x13a0, 0x13ff},
    {0x1c80, 0x1c8f}, {0x1c90, 0x1cbf}, {0x1e00, 0x209f}, {0x2100, 0x2bff},
    {0x3000, 0x30ff}, {0xa640, 0xa69f}, {0xab30, 0xabbf}, {0xd7fe, 0xe001},
    {0xfb00, 0xfb4f}, {0xfe30, 0xffff}, {0x10400, 0x1044f},
    {0x1e900, 0x1e95f}, {0x10fffe, 0x110002},
};
enum { BLOCKS = sizeof blocks / sizeof *blocks };

static bool (*const is[])(int32_t) = {
    leat_rune_is_letter, leat_rune_is_upper, leat_rune_is_lower,
    leat_rune_is_title, leat_rune_is_digit, leat_rune_is_number,
    leat_rune_is_mark, leat_rune_is_punct, leat_rune_is_symbol,
    leat_rune_is_space, leat_rune_is_control, leat_rune_is_graphic,
    leat_rune_is_print,
};

static unsigned
bits(int32_t r)
{
    unsigned n = 0;
    for (size_t i = 0; i < sizeof is / sizeof *is; i++)
        n |= (unsigned)is[i](r) << i;
    return n;
}

static int32_t
change(int32_t r)
{
    switch (r) {
    case 'a':
        return -1;
    case 'l':
        return 0xd800;
    case 'i':
        return 0x110000;
    case 'x':
        return 0x10ffff;
    case 's':
        return 0;
    default:
        return r + 1;
    }
}

// Prints the bytes and gives the string back.
static void
hex(leat_str s, const char *behind)
{
    for (int64_t i = 0; i < s.len; i++)
        printf("%02x", leat_str_at(s, i));
    printf("%s", behind);
    leat_str_free(s);
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    for (int i = 0; i < TEXTS; i++) {
        hex(leat_str_to_upper(texts[i]), " ");
        hex(leat_str_to_lower(texts[i]), " ");
        hex(leat_str_to_title(texts[i]), " ");
        hex(leat_str_map(texts[i], change), "\n");
        for (int k = 0; k < TEXTS; k++)
            printf("%s ",
                leat_str_equal_fold(texts[i], texts[k]) ? "true" : "false");
        puts("");
    }
    for (int i = 0; i < BLOCKS; i++) {
        for (int32_t r = blocks[i][0]; r <= blocks[i][1]; r++)
            printf("%d %x %d %d %d %d\n", (int)r, bits(r),
                (int)leat_rune_to_upper(r), (int)leat_rune_to_lower(r),
                (int)leat_rune_to_title(r), (int)leat_rune_simple_fold(r));
    }
    return 0;
}
