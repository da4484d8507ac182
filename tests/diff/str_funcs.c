// SPDX-License-Identifier: MIT
// str_funcs: the functions on strings, on valid and invalid text.
#include <leat.h>

#include <stdio.h>

static const leat_str texts[] = {
    LEAT_STR(""), LEAT_STR("a"), LEAT_STR("go gopher go"), LEAT_STR("aaaa"),
    LEAT_STR("a,b,,c,"), LEAT_STR(","), LEAT_STR("  x y\t z\n"),
    LEAT_STR("h\u00e9llo, \u4e16\u754c"), LEAT_STR("\U0001F600\U0001F601"),
    LEAT_STR("\xff\xfe"), LEAT_STR("a\xff" "b\xc3"),
    LEAT_STR("\xed\xa0\x80x"), LEAT_STR("nul\0in\0side"),
    LEAT_STR("\u00a0\u2003mixed\u3000space\xC2\x85"), LEAT_STR("\ufffd\xff"),
    LEAT_STR("\xe2\x82"), LEAT_STR("xxyxx"),
};
enum { TEXTS = sizeof texts / sizeof *texts };

static void
hex(leat_str s)
{
    printf(" [");
    for (int64_t i = 0; i < s.len; i++)
        printf("%02x", leat_str_at(s, i));
    printf("]");
}

// Prints the parts and gives back the slice.
static void
line_parts(const char *name, leat_strs parts)
{
    printf("%s", name);
    leat_slice_range (i, part, parts)
        hex(part);
    puts("");
    leat_slice_free(parts);
}

#define LINE(name, ...)                                                        \
    line_parts(name, leat_slice_of(leat_strs, __VA_ARGS__))

static const char *
truth(bool b)
{
    return b ? "true" : "false";
}

static void
pair(leat_str s, leat_str t)
{
    int order = leat_str_compare(s, t);
    printf("%lld %lld %lld %s %s %s %lld %d\n",
        (long long)leat_str_index(s, t), (long long)leat_str_last_index(s, t),
        (long long)leat_str_index_any(s, t), truth(leat_str_contains(s, t)),
        truth(leat_str_has_prefix(s, t)), truth(leat_str_has_suffix(s, t)),
        (long long)leat_str_count(s, t), (order > 0) - (order < 0));
    // Cutting invalid text into runes changed from Go 1.19 to 1.20.
    bool same = t.len > 0 || leat_str_valid(s);
    if (same)
        line_parts("split", leat_str_split(s, t));
    for (int n = -1; n < 4; n++) {
        if (same)
            line_parts("splitn", leat_str_split_n(s, t, n));
        leat_str replaced = leat_str_replace(s, t, LEAT_STR("<>"), n);
        LINE("replace", replaced);
        leat_str_free(replaced);
    }
    LINE("trim", leat_str_trim(s, t), leat_str_trim_left(s, t),
        leat_str_trim_right(s, t), leat_str_trim_prefix(s, t),
        leat_str_trim_suffix(s, t));
    printf("%s %lld\n", truth(leat_str_contains_any(s, t)),
        (long long)leat_str_last_index_any(s, t));
    if (same)
        line_parts("after", leat_str_split_after(s, t));
    for (int n = -1; n < 4 && same; n++)
        line_parts("aftern", leat_str_split_after_n(s, t, n));
    leat_str made_valid = leat_str_to_valid(s, t);
    LINE("valid", made_valid);
    leat_str_free(made_valid);
    leat_str before, after;
    bool found = leat_str_cut(s, t, &before, &after);
    LINE("cut", before, after);
    puts(truth(found));
}

static bool
odd(int32_t r)
{
    return r % 2 != 0;
}

static void
single(leat_str s)
{
    int64_t n, m;
    line_parts("fieldsfunc", leat_str_fields_func(s, odd));
    LINE("trimfunc", leat_str_trim_func(s, odd),
        leat_str_trim_left_func(s, odd), leat_str_trim_right_func(s, odd));
    printf("%lld %lld %s %s %s\n", (long long)leat_str_index_func(s, odd),
        (long long)leat_str_last_index_func(s, odd),
        truth(leat_str_contains_func(s, odd)), truth(leat_str_contains_rune(s, 'o')),
        truth(leat_str_contains_rune(s, 0xfffd)));
    line_parts("fields", leat_str_fields(s));
    leat_runes runes = leat_str_to_runes(s);
    leat_str thrice = leat_str_repeat(s, 3), back = leat_str_from_runes(runes);
    LINE("space", leat_str_trim_space(s), thrice, back);
    leat_str_free(thrice);
    leat_str_free(back);
    leat_slice_free(runes);
    leat_str_range (i, r, s)
        printf("%lld:%d ", (long long)i, (int)r);
    printf("%s %lld\n", truth(leat_str_valid(s)),
        (long long)leat_str_rune_count(s));
    for (int64_t i = 0; i <= s.len; i++) {
        int32_t r = leat_rune_decode(leat_str_sub_from(s, i), &n);
        int32_t q = leat_rune_decode_last(leat_str_sub_to(s, i), &m);
        printf("%d/%d %d/%d %s ", (int)r, (int)n, (int)q, (int)m,
            truth(leat_rune_full(leat_str_sub_from(s, i))));
    }
    printf("%lld %lld %lld %lld %lld\n",
        (long long)leat_str_index_rune(s, 0xfffd),
        (long long)leat_str_index_rune(s, 0x4e16),
        (long long)leat_str_index_rune(s, 0xd800),
        (long long)leat_str_index_byte(s, 'o'),
        (long long)leat_str_last_index_byte(s, 'o'));
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    leat_strs all = {0};
    for (int i = 0; i < TEXTS; i++) {
        leat_push(&all, texts[i]);
        single(texts[i]);
        for (int k = 0; k < TEXTS; k++)
            pair(texts[i], texts[k]);
    }
    leat_str joined = leat_str_join(all, LEAT_STR("--"));
    LINE("join", joined);
    leat_str_free(joined);
    leat_slice_free(all);
    for (int32_t r = -2; r < 0x110003; r += 1 + r / 200) {
        leat_str s = leat_str_from_rune(r);
        printf("%d %s ", leat_rune_len(r), truth(leat_rune_valid(r)));
        for (int64_t i = 0; i < s.len; i++)
            printf("%02x", leat_str_at(s, i));
        puts("");
        leat_str_free(s);
    }
    return 0;
}
