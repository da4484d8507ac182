// SPDX-License-Identifier: MIT
// labels.c: what stands on a book's back is made of the name of a scan, as
// whoever scanned it has typed it: upper, lower and title case, and trimming
// by what the runes are.
#include <leat.h>

#include <stdio.h>

static bool
is_no_letter(int32_t r)
{
    return !leat_rune_is_letter(r);
}

// The name without its folders, whichever system it comes from, and without
// its ending.
static leat_str
base_name(leat_str path)
{
    leat_str name = leat_str_sub_from(path,
        leat_str_last_index_any(path, LEAT_STR("/\\")) + 1);
    return leat_str_sub_to(name, leat_str_last_index_byte(name, '.'));
}

// Every word with a capital, and the rest small. The capital is the title
// case: some runes are two letters, of which only the first becomes large.
static leat_str
capitalized(leat_str text)
{
    struct leat_builder b = {0};
    bool inside = false;
    leat_str_range (i, r, text) {
        leat_builder_rune(&b,
            inside ? leat_rune_to_lower(r) : leat_rune_to_title(r));
        inside = leat_rune_is_letter(r);
    }
    return leat_builder_finish(&b);
}

// The last word goes first: the shelves are sorted by it.
static void
print_author(leat_str typed)
{
    leat_str name = capitalized(typed);
    int64_t space = leat_str_last_index_func(name, leat_rune_is_space);
    if (space < 0)
        printf("author: %s\n", name.ptr);
    else
        printf("author: %.*s, %.*s\n",
            LEAT_STR_ARG(leat_str_sub_from(name, space + 1)),
            LEAT_STR_ARG(leat_str_sub_to(name, space)));
    leat_str_free(name);
}

// The back is in capitals, the index under the first letter, whatever is
// before it; what a title ends with is no part of it.
static void
print_title(leat_str typed)
{
    int64_t size;
    char room[LEAT_RUNE_BYTES_MAX];
    leat_str part = leat_str_trim_right_func(
        leat_str_trim_left_func(typed, is_no_letter), leat_rune_is_punct);
    int32_t first = leat_rune_decode(part, &size);
    int n = leat_rune_encode(room, leat_rune_to_upper(first));
    leat_str title = capitalized(part);
    leat_str back = leat_str_to_upper(part);
    leat_str file = leat_str_to_lower(part);
    printf("title: %s\nback: %s\nfile: %s\nindex: %.*s\n", title.ptr, back.ptr,
        file.ptr, n, room);

    // Title case of a whole text is upper case but for such runes.
    if (leat_rune_is_title(leat_rune_decode(title, &size))) {
        leat_str all = leat_str_to_title(part);
        printf("begins with two letters in one: %s\n", all.ptr);
        leat_str_free(all);
    }
    leat_str_free(file);
    leat_str_free(back);
    leat_str_free(title);
}

static void
print_label(leat_str path)
{
    leat_str author, title;
    leat_str_cut(base_name(path), LEAT_STR(" - "), &author, &title);
    print_author(author);
    print_title(title);
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    print_label(
        LEAT_STR("/scans/2024/SELMA LAGERL\u00d6F - 1. nils holgersson!!.pdf"));
    print_label(LEAT_STR("C:\\scans/eps\\\u00e9mile zola - "
                         "\u00abL'\u0152UVRE\u00bb.pdf"));
    print_label(LEAT_STR("HOMER - (odyssey).pdf"));
    print_label(LEAT_STR("ana horvat - \u01c6ungla u gradu.pdf"));
    return 0;
}
