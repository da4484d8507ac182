// SPDX-License-Identifier: MIT
// slices.c: slices by value: sharing, growing, and who gives memory back.
#include <leat.h>

#include <stdio.h>

struct city {
    leat_str name;
    int people; // thousands
};
LEAT_SLICE(cities, struct city);

static void
print_ints(const char *what, leat_slice(int) s)
{
    printf("%-9s len %lld cap %lld:", what, (long long)s.len,
        (long long)s.cap);
    leat_slice_range (i, v, s)
        printf(" %d", v);
    printf("\n");
}

// A part of a slice shares its array, until one of them outgrows it.
static void
show_sharing(void)
{
    leat_slice(int) s = leat_slice_of(leat_slice(int), 1, 2, 3, 4);
    leat_slice(int) part = leat_sub(s, 1, 3);
    leat_at(part, 0) = 20;
    print_ints("s", s);
    print_ints("part", part);

    leat_slice(int) longer = leat_append(part, 30); // room: overwrites the 4
    leat_slice(int) moved = leat_append(longer, 40); // no room: a new array
    leat_at(moved, 0) = 200;
    print_ints("s", s);
    print_ints("moved", moved);
    leat_slice_free(moved);
    leat_slice_free(s); // part and longer have no array of their own
}

// One owner: leat_push gives back the array it outgrows.
static void
show_push(void)
{
    leat_slice(int) squares = {0}; // nil: nothing to give back yet
    for (int i = 0; i < 10; i++)
        leat_push(&squares, i * i);
    squares = leat_slice_delete(squares, 2, 5);
    squares = leat_slice_insert(squares, 0, -1);
    print_ints("squares", squares);
    bool found;
    long long at = leat_slice_search(squares, 36, &found);
    printf("36 %s at %lld\n", found ? "is" : "is not", at);
    leat_slice_free(squares);
}

// The same for what is put anywhere else: the old arrays are given back.
static void
show_owner(void)
{
    leat_slice(int) line = {0};
    leat_push_grow(&line, 4); // no array is outgrown before the fifth
    leat_push_insert(&line, 0, 5);
    leat_push_insert(&line, 0, 1);
    leat_push_insert_slice(&line, 1, line);
    leat_push_replace(&line, 1, 2, leat_sub_from(line, 2));
    print_ints("owner", leat_slice_clip(line));
    leat_slice_free(line);
}

// Pages of four; each is a part of the whole.
static void
show_pages(void)
{
    leat_slice(int) all = {0};
    for (int i = 1; i <= 10; i++)
        leat_push(&all, i);
    for (int64_t i = 0; i < leat_slice_chunks(all, 4); i++)
        print_ints("page", leat_slice_chunk(all, 4, i));
    leat_slice_free(all);
}

static int
by_people(const struct city *a, const struct city *b)
{
    return (a->people < b->people) - (a->people > b->people);
}

static void
show_structs(void)
{
    cities list = leat_slice_of(cities, {LEAT_STR("Bern"), 146},
        {LEAT_STR("Graz"), 305}, {LEAT_STR("Ulm"), 129});
    leat_push(&list, (struct city){LEAT_STR("Turku"), 202});
    leat_slice_sort_func(list, by_people);
    leat_slice_range (i, city, list)
        printf("%lld. %.*s\n", (long long)i + 1, LEAT_STR_ARG(city.name));
    leat_slice_free(list);
}

// What is out of range panics, with Go's text.
static void
show_bounds(void)
{
    leat_slice(int) s = leat_slice_make(leat_slice(int), 3, 10);
    struct leat_caught caught = {.kind = 0};
    print_ints("up to cap", leat_sub_to(s, 5));
    leat_try {
        leat_catch(&caught);
        leat_at(s, 5) = 1;
    }
    printf("%s\n", caught.text);
    leat_slice_free(s);
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    show_sharing();
    show_push();
    show_owner();
    show_pages();
    show_structs();
    show_bounds();
    return 0;
}
