// SPDX-License-Identifier: MIT
// tokens.c: lines of recipes in any script are taken apart into words, numbers
// and signs. What a rune is, is asked of Unicode and of no list of one's own.
#include <leat.h>

#include <stdio.h>

// By its first rune.
static const char *
kind_of(int32_t r)
{
    if (leat_rune_is_letter(r))
        return "word";
    if (leat_rune_is_digit(r))
        return "number";
    if (leat_rune_is_number(r))
        return "value"; // a fraction, a Roman numeral: a number by itself
    if (leat_rune_is_punct(r))
        return "punctuation";
    if (leat_rune_is_symbol(r))
        return "symbol";
    return "unknown";
}

// Whether a token goes on. An accent may be a rune of its own, behind the
// letter it is put on.
static bool
goes_on(int32_t first, int32_t r)
{
    if (leat_rune_is_letter(first))
        return leat_rune_is_letter(r) || leat_rune_is_mark(r);
    return leat_rune_is_digit(first) && leat_rune_is_digit(r);
}

// Cuts the token off that the line begins with.
static leat_str
next_token(leat_str *line)
{
    int64_t size, end;
    int32_t first = leat_rune_decode(*line, &end);
    while (end < line->len &&
           goes_on(first,
               leat_rune_decode(leat_str_sub_from(*line, end), &size)))
        end += size;
    leat_str token = leat_str_sub_to(*line, end);
    *line = leat_str_sub_from(*line, end);
    return token;
}

// Only ' ' of the spaces is printable: the others look like it and are not.
static void
print_visibly(leat_str text)
{
    char room[LEAT_RUNE_BYTES_MAX];
    leat_str_range (i, r, text) {
        if (leat_rune_is_print(r))
            printf("%.*s", leat_rune_encode(room, r), room);
        else
            printf("<U+%04X %s>", (unsigned)r,
                leat_rune_is_control(r)       ? "control"
                    : leat_rune_is_graphic(r) ? "space"
                                              : "hidden");
    }
}

static void
show_line(leat_str line)
{
    print_visibly(line);
    printf("\n");
    while (line.len > 0) {
        int64_t size;
        int32_t first = leat_rune_decode(line, &size);
        if (leat_rune_is_space(first)) {
            line = leat_str_sub_from(line, size);
            continue;
        }
        printf("  %s ", kind_of(first));
        print_visibly(next_token(&line));
        printf("\n");
    }
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    show_line(LEAT_STR("2\u00bd dl Milch, 350g Mehl"));
    show_line(LEAT_STR("cafe\u0301 + \u0967\u0968 \u20ac")); // 12 in Hindi
    // A space that does not break, and VIII as one rune.
    show_line(LEAT_STR("\u00ab\u7c89\u00bb\u00a0\u2167 90\u00b0"));
    show_line(LEAT_STR("Salz\u200b\t1\a"));
    return 0;
}
