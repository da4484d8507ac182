// SPDX-License-Identifier: MIT
// catalogue.c: titles are found however their letters are typed: the key of a
// title has no case and no punctuation, and equal titles have equal keys.
#include <leat.h>

#include <stdio.h>

typedef leat_map(leat_str, leat_str) catalogue; // key to title, both its own

// Runes that differ in case only are a ring: simple_fold goes upwards in it,
// and from the largest to the smallest, which stands for all of them here.
static int32_t
folded(int32_t r)
{
    int32_t next;
    if (leat_rune_is_space(r))
        return ' ';
    if (!leat_rune_is_letter(r) && !leat_rune_is_number(r))
        return -1; // leat_str_map leaves it out
    while ((next = leat_rune_simple_fold(r)) > r)
        r = next;
    return next;
}

// What the old machine wrote is Latin-1, and is marked where it is no UTF-8.
static void
add(catalogue all, const char *line)
{
    leat_str title = leat_str_to_valid(leat_str_from_c(line), LEAT_STR("?"));
    leat_str key = leat_str_map(title, folded);
    leat_str *there = leat_map_find(all, key);
    if (there == NULL) {
        printf("new: %s as %s\n", title.ptr, key.ptr);
        leat_map_put(all, key, title);
        return;
    }
    printf("there: %s as %.*s\n", title.ptr, LEAT_STR_ARG(*there));
    leat_str_free(title);
    leat_str_free(key);
}

static void
search(catalogue all, const char *typed)
{
    leat_str key = leat_str_map(leat_str_from_c(typed), folded);
    leat_str *title = leat_map_find(all, key);
    printf("search: %s: %s\n", typed, title == NULL ? "-" : title->ptr);
    leat_str_free(key);
}

static void
free_strings(leat_strs list)
{
    leat_slice_range (i, s, list)
        leat_str_free(s);
    leat_slice_free(list);
}

// A loop over the map reads keys behind it too: they are freed after that.
static void
free_all(catalogue all)
{
    leat_strs keys = leat_map_keys(leat_strs, all);
    leat_strs titles = leat_map_values(leat_strs, all);
    leat_map_free(all);
    free_strings(keys);
    free_strings(titles);
}

// Two titles need no keys. Lower case is no way to compare: a Greek word ends
// in a small sigma of its own, which the capitals do not show.
static void
compare(leat_str a, leat_str b)
{
    leat_str small_a = leat_str_to_lower(a), small_b = leat_str_to_lower(b);
    printf("%.*s, %.*s: %s, in lower case %s\n", LEAT_STR_ARG(a),
        LEAT_STR_ARG(b), leat_str_equal_fold(a, b) ? "equal" : "not equal",
        leat_str_equal(small_a, small_b) ? "equal" : "not equal");
    leat_str_free(small_a);
    leat_str_free(small_b);
}

static void
show_typing(leat_str title)
{
    bool upper = leat_str_contains_func(title, leat_rune_is_upper);
    bool lower = leat_str_contains_func(title, leat_rune_is_lower);
    printf("%.*s: %s\n", LEAT_STR_ARG(title),
        upper && lower ? "as usual"
            : upper    ? "capitals only"
            : lower    ? "no capital"
                       : "a script without case");
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    catalogue all = leat_make_map(leat_str, leat_str);
    add(all, "Die Stra\u00dfe");
    add(all, "\u00abWho\u2019s there?\u00bb");
    add(all, "Caf\xE9 Noir");
    add(all, "\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2");
    add(all, "WHO'S THERE");
    search(all, "die stra\u1e9ee"); // the capital sharp s
    search(all, "die strasse");       // one rune is never two
    search(all, "\u03a3\u038a\u03a3\u03a5\u03a6\u039f\u03a3!");
    free_all(all);

    compare(LEAT_STR("\u03bb\u03cc\u03b3\u03bf\u03c2"),
        LEAT_STR("\u039b\u038c\u0393\u039f\u03a3"));
    compare(LEAT_STR("300 K"), LEAT_STR("300 \u212a")); // a sign for kelvins
    compare(LEAT_STR("Stra\u00dfe"), LEAT_STR("STRASSE"));
    show_typing(LEAT_STR("\u00c9mile"));
    show_typing(LEAT_STR("\u00c9MILE 2"));
    show_typing(LEAT_STR("\u00e9mile"));
    show_typing(LEAT_STR("\u7c89\u306e\u9053"));
    return 0;
}
