// SPDX-License-Identifier: MIT
// settings.c: a file of settings is read, checked, changed and written again:
// what strings, slices and maps are for, beyond strings.c, slices.c and maps.c.
#include <leat.h>

#include <stdio.h>

static const char file[] =
    "# a mill\n"
    "name = \"Upper Mill\"\n"
    "wheels=3\n"
    "flow = 1.25\n"
    "colour = 0xff8000\n"
    "\n"
    "days = mon,tue,tue,wed , fri\n"
    "debug.trace = yes\n"
    "debug.level = 2\n";

typedef leat_map(leat_str, leat_str) settings; // views of the file

// One line; a comment, a blank one and one without `=` hold nothing.
static void
read_line(settings all, leat_str line)
{
    line = leat_str_trim_space(line);
    if (line.len == 0 || leat_str_at(line, 0) == '#' ||
        !leat_str_contains(line, LEAT_STR("=")))
        return;
    leat_strs sides = leat_str_split_n(line, LEAT_STR("="), 2);
    leat_map_put(all, leat_str_trim_space(leat_at(sides, 0)),
        leat_str_trim(leat_str_trim_space(leat_at(sides, 1)),
            LEAT_STR("\"")));
    leat_slice_free(sides);
}

static settings
read_file(leat_str text)
{
    settings all = leat_make_map(leat_str, leat_str);
    leat_strs lines = leat_str_split(text, LEAT_STR("\n"));
    leat_slice_range (i, line, lines)
        read_line(all, line);
    printf("read: %d lines, %d with a dot\n",
        (int)leat_str_count(text, LEAT_STR("\n")),
        (int)leat_str_count(text, LEAT_STR("debug.")));
    leat_slice_free(lines);
    return all;
}

// The names, sorted.
static void
print_names(settings all)
{
    leat_strs names = leat_map_keys(leat_strs, all);
    leat_slice_sort(names);
    leat_str line = leat_str_join(names, LEAT_STR(" "));
    printf("names: %.*s\n", LEAT_STR_ARG(line));
    leat_str_free(line);
    leat_slice_free(names);
}

static void
print_numbers(settings all)
{
    uint64_t colour = 0;
    double flow = 0;
    if (leat_str_parse_uint(
            leat_map_get(all, LEAT_STR("colour")), 0, 24, &colour) != 0)
        printf("numbers: the colour is none\n");
    if (leat_str_parse_float(
            leat_map_get(all, LEAT_STR("flow")), 64, &flow) != 0)
        printf("numbers: the flow is none\n");
    leat_str hex = leat_str_from_uint(colour, 16);
    leat_str half = leat_str_from_float(flow / 2, 'f', -1, 64);
    leat_str next = leat_str_from_int((int64_t)flow + 1, 10);
    printf("numbers: colour %.*s, half the flow %.*s, rounded up %.*s\n",
        LEAT_STR_ARG(hex), LEAT_STR_ARG(half), LEAT_STR_ARG(next));
    leat_str_free(hex);
    leat_str_free(half);
    leat_str_free(next);
}

static int
by_length(const leat_str *a, const leat_str *b)
{
    return a->len < b->len ? -1 : a->len > b->len;
}

// A list is made clean, and compared with what it was.
static void
print_days(settings all)
{
    leat_strs days =
        leat_str_split(leat_map_get(all, LEAT_STR("days")), LEAT_STR(","));
    leat_slice_range (i, day, days)
        leat_at(days, i) = leat_str_trim_space(day);
    leat_strs before = leat_slice_clone(days);
    days = leat_slice_compact(days); // tuesday stands there twice
    if (!leat_slice_contains(days, LEAT_STR("thu")))
        days = leat_slice_insert(days,
            leat_slice_index(days, LEAT_STR("fri")), LEAT_STR("thursday"));
    leat_slice_sort_stable_func(days, by_length);
    leat_slice_reverse(days);
    leat_str line = leat_str_join(days, LEAT_STR(", "));
    printf("days: %.*s (%s)\n", LEAT_STR_ARG(line),
        leat_slice_equal(days, before) ? "as they were" : "changed");
    leat_str_free(line);
    leat_slice_free(before);
    leat_slice_free(days);
}

static bool
is_for_debugging(const leat_str *name, const leat_str *value)
{
    (void)value;
    return leat_str_has_prefix(*name, LEAT_STR("debug."));
}

static void
change(settings all)
{
    settings before = leat_map_clone(all);
    leat_map_delete_if(leat_str, leat_str, all, is_for_debugging);
    printf("changed: %d of %d are left, %s\n", (int)leat_map_len(all),
        (int)leat_map_len(before),
        leat_map_equal(leat_str, leat_str, all, before) ? "the same"
                                                        : "not the same");
    leat_map_clear(before);
    leat_map_free(before);
}

// What is written: names in capitals as far as the file's own are ASCII.
static void
write_name(struct leat_builder *out, leat_str name)
{
    leat_str_range (i, rune, name)
        leat_builder_rune(out, rune >= 'a' && rune <= 'z' ? rune - 32 : rune);
}

static void
write_file(settings all)
{
    struct leat_builder out = {0};
    leat_strs names = leat_map_keys(leat_strs, all);
    leat_slice_sort(names);
    leat_builder_grow(&out, 128);
    leat_slice_range (i, name, names) {
        leat_str value = leat_map_get(all, name);
        leat_builder_int(&out, i + 1, 10);
        leat_builder_str(&out, LEAT_STR(": "));
        write_name(&out, name);
        leat_builder_str(&out, LEAT_STR(" = "));
        leat_builder_str(&out, value);
        leat_builder_byte(&out, '\n');
    }
    printf("%.*s", LEAT_STR_ARG(leat_builder_view(&out)));
    leat_builder_free(&out);
    leat_slice_free(names);
}

// A path is taken apart from behind.
static void
show_path(void)
{
    leat_str path = leat_str_from_c("/etc/mill/settings.conf");
    int64_t slash = leat_str_last_index_byte(path, '/');
    leat_str name = leat_str_sub_from(path, slash + 1);
    leat_str dir = leat_str_sub_to(path, slash);
    leat_str stem = leat_str_trim_suffix(name, LEAT_STR(".conf"));
    leat_str saved = leat_str_concat(dir, LEAT_STR("/"), stem,
        LEAT_STR(".old"));
    leat_str rule = leat_str_repeat(LEAT_STR("-"), saved.len);
    printf("path: %.*s\n      %.*s\n", LEAT_STR_ARG(saved),
        LEAT_STR_ARG(rule));
    leat_str_free(rule);
    leat_str_free(saved);
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    settings all = read_file(leat_str_from_c(file));
    print_names(all);
    print_numbers(all);
    print_days(all);
    change(all);
    write_file(all);
    show_path();
    leat_map_free(all);
    return 0;
}
