// SPDX-License-Identifier: MIT
// letters.c: text as letters: what is UTF-8 and what is not, reading it from
// both ends and in pieces, turning it round, and writing letters by numbers.
#include <leat.h>

#include <stdio.h>

// The first rune and the last have to be the same, and so on inwards. No
// array of runes is made for that.
static bool
is_palindrome(leat_str s)
{
    while (s.len > 0) {
        int64_t first_size, last_size;
        int32_t first = leat_rune_decode(s, &first_size);
        int32_t last = leat_rune_decode_last(s, &last_size);
        if (first != last)
            return false;
        if (s.len == first_size)
            break; // the one in the middle
        s = leat_str_sub(s, first_size, s.len - last_size);
    }
    return true;
}

// By bytes the letters that take more than one would fall apart.
static leat_str
reversed(leat_str s)
{
    leat_runes runes = leat_str_to_runes(s);
    leat_slice_reverse(runes);
    leat_str turned = leat_str_from_runes(runes);
    leat_slice_free(runes);
    return turned;
}

static void
show_words(void)
{
    static const char *const words[] = {"rotor", "\u017eu\u017e", "r\u00e9tro"};
    for (int i = 0; i < 3; i++) {
        leat_str word = leat_str_from_c(words[i]);
        leat_str turned = reversed(word);
        printf("%s from behind is %s: %s\n", words[i], turned.ptr,
            is_palindrome(word) ? "a palindrome" : "none");
        leat_str_free(turned);
    }
}

// From somewhere: it may be anything. Writes what is not UTF-8 as numbers,
// into a builder that serves for all lines.
static void
show_line(struct leat_builder *b, leat_str line)
{
    leat_builder_reset(b); // keeps its memory
    for (int64_t i = 0, size; i < line.len; i += size) {
        int32_t r = leat_rune_decode(leat_str_sub_from(line, i), &size);
        if (r == LEAT_RUNE_ERROR && size == 1)
            leat_builder_printf(b, "<%02X>", leat_str_at(line, i));
        else
            leat_builder_rune(b, r);
    }
    printf("%s: %.*s\n", leat_str_valid(line) ? "text" : "bytes",
        LEAT_STR_ARG(leat_builder_view(b)));
}

static void
show_lines(void)
{
    struct leat_builder b = {0};
    show_line(&b, LEAT_STR("gr\u00fcn \u2713"));
    show_line(&b, LEAT_STR("gr\xFCn"));         // Latin-1
    show_line(&b, LEAT_STR("end \xE2\x9C"));    // cut in the middle of a rune
    show_line(&b, LEAT_STR("\xED\xA0\x80 \xC0\x80")); // forbidden in UTF-8
    leat_builder_free(&b);
}

// What has arrived of a text is shown as soon as it is whole runes: the
// beginning of one waits for the next piece, but nothing waits for ever.
static void
show_pieces(void)
{
    static const char *const pieces[] = {"gr\xC3", "\xBCn \xE2", "\x9C",
        "\x93 \xE2", "!\xF0\x9F"};
    struct leat_builder b = {0};
    leat_str rest = LEAT_STR(""); // borrowed from text
    leat_str text = leat_str_clone(rest);
    printf("pieces:");
    for (int i = 0; i < 5; i++) {
        leat_str joined = leat_str_concat(rest, leat_str_from_c(pieces[i]));
        leat_str_free(text);
        rest = text = joined;
        leat_builder_reset(&b);
        while (leat_rune_full(rest)) {
            int64_t size;
            leat_builder_rune(&b, leat_rune_decode(rest, &size));
            rest = leat_str_sub_from(rest, size);
        }
        printf(" [%.*s]", LEAT_STR_ARG(leat_builder_view(&b)));
    }
    printf(" and %d bytes of a rune\n", (int)rest.len);
    leat_str_free(text);
    leat_builder_free(&b);
}

// "U+2713" and the like, as charts have it.
static void
show_number(leat_str text)
{
    leat_str digits;
    int64_t r;
    char room[LEAT_RUNE_BYTES_MAX];
    if (!leat_str_cut_prefix(text, LEAT_STR("U+"), &digits) ||
        leat_str_parse_int(digits, 16, 32, &r) != 0 ||
        !leat_rune_valid((int32_t)r)) {
        printf("%.*s is no letter\n", LEAT_STR_ARG(text));
        return;
    }
    leat_str letter = leat_str_from_rune((int32_t)r);
    printf("%.*s is %s, of %d:", LEAT_STR_ARG(text), letter.ptr,
        leat_rune_len((int32_t)r));
    // The same without memory of its own.
    int n = leat_rune_encode(room, (int32_t)r);
    for (int i = 0; i < n; i++)
        printf(" %02X", (unsigned char)room[i]);
    printf("\n");
    leat_str_free(letter);
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    show_words();
    show_lines();
    show_pieces();
    show_number(LEAT_STR("U+41"));
    show_number(LEAT_STR("U+20AC"));
    show_number(LEAT_STR("U+1F33E"));
    show_number(LEAT_STR("U+D800")); // half of a pair, as in UTF-16
    show_number(LEAT_STR("flour"));
    return 0;
}
