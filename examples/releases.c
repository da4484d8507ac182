// SPDX-License-Identifier: MIT
// releases.c: versions are compared as slices of what is between their dots,
// and the oldest and the newest of many is found without sorting them.
#include <leat.h>

#include <stdio.h>

struct release {
    leat_str text;
    leat_slice(int) numbers; // 1.10.2
    leat_strs stage;         // rc.1, or none: then it is the release itself
    int kilobytes;
};
LEAT_SLICE(releases, struct release);

static struct release
parse(const char *text, int kilobytes)
{
    struct release r = {.text = leat_str_from_c(text), .kilobytes = kilobytes};
    leat_str numbers, stage;
    leat_str_cut(r.text, LEAT_STR("-"), &numbers, &stage);
    leat_strs parts = leat_str_split(numbers, LEAT_STR("."));
    leat_slice_range (i, part, parts) {
        int64_t n;
        if (leat_str_parse_int(part, 10, 32, &n) != 0)
            leat_panic("%s is no version", text);
        leat_push(&r.numbers, (int)n);
    }
    leat_slice_free(parts);
    if (stage.len > 0)
        r.stage = leat_str_split(stage, LEAT_STR("."));
    return r;
}

// Numbers by their value and before words, which go by the alphabet.
static int
by_part(const leat_str *a, const leat_str *b)
{
    int64_t x, y;
    bool a_word = leat_str_parse_int(*a, 10, 64, &x) != 0;
    bool b_word = leat_str_parse_int(*b, 10, 64, &y) != 0;
    if (a_word && b_word)
        return leat_str_compare(*a, *b);
    if (a_word || b_word)
        return a_word ? 1 : -1;
    return (x > y) - (x < y);
}

static int
by_version(const struct release *a, const struct release *b)
{
    int order = leat_slice_compare(a->numbers, b->numbers);
    if (order != 0)
        return order;
    // What has a stage comes before what has none.
    bool a_done = a->stage.len == 0, b_done = b->stage.len == 0;
    if (a_done || b_done)
        return (int)a_done - (int)b_done;
    return leat_slice_compare_func(a->stage, b->stage, by_part);
}

static int
by_size(const struct release *a, const struct release *b)
{
    return (a->kilobytes > b->kilobytes) - (a->kilobytes < b->kilobytes);
}

static void
show_order(releases all)
{
    leat_slice_sort_func(all, by_version);
    leat_slice_range (i, r, all)
        printf("%s%.*s", i == 0 ? "" : " < ", LEAT_STR_ARG(r.text));
    printf("\n");
}

static void
free_all(releases all)
{
    leat_slice_range (i, r, all) {
        leat_slice_free(r.numbers);
        leat_slice_free(r.stage);
    }
    leat_slice_free(all);
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    releases all = leat_slice_of(releases, parse("1.9.2", 310),
        parse("1.10.0-rc.2", 290), parse("1.10.0", 355), parse("1.10", 290),
        parse("1.10.0-rc.11", 355), parse("1.10.0-beta", 300),
        parse("1.10.0-rc", 301), parse("1.10.0-rc.2.fix", 299));
    // Of equals, such as two of 290, it is the first.
    printf("oldest %s, newest %s, smallest %s, largest %s\n",
        leat_slice_min_func(all, by_version).text.ptr,
        leat_slice_max_func(all, by_version).text.ptr,
        leat_slice_min_func(all, by_size).text.ptr,
        leat_slice_max_func(all, by_size).text.ptr);
    show_order(all);
    printf("as text 1.9.2 is %s 1.10.0\n",
        leat_str_compare(LEAT_STR("1.9.2"), LEAT_STR("1.10.0")) > 0 ? "behind"
                                                                    : "before");
    free_all(all);
    return 0;
}
