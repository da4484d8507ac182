// SPDX-License-Identifier: MIT
// map_rules: what maps do in every case the language defines; what depends on
// chance is printed as a set, sorted.
#include <leat.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef leat_map(int, int) ints;
typedef leat_map(double, int) doubles;
typedef leat_map(leat_str, int) words;

struct point {
    int x, y;
};
LEAT_MAP_KEY(point_key, struct point, x, y);

static void
assign_nil(void)
{
    ints m = NULL;
    struct leat_caught caught = {.kind = 0};
    leat_try {
        leat_catch(&caught);
        leat_map_put(m, 1, 1);
    }
    printf("recovered: %s\n", caught.text);
}

static void
nil_map(void)
{
    ints m = NULL;
    int n = 0;
    printf("nil: %lld %d %d\n", (long long)leat_map_len(m), leat_map_get(m, 3),
        leat_map_get_ok(m, 3, NULL));
    leat_map_delete(m, 3);
    leat_map_range (int, k, int, v, m)
        n += k + v + 1;
    printf("range over nil: %d\n", n);
    assign_nil();
}

static void
not_a_number(void)
{
    doubles m = leat_make_map(double, int);
    for (int i = 0; i < 5; i++)
        leat_map_put(m, NAN, i);
    leat_map_put(m, 0.0, 10);
    leat_map_put(m, -0.0, 11);
    int sum = 0;
    leat_map_range (double, k, int, v, m) {
        if (k == 0)
            printf("zero is negative: %d\n", signbit(k) != 0);
        sum += v;
    }
    printf("nan: %lld %d %d\n", (long long)leat_map_len(m), sum,
        leat_map_get_ok(m, NAN, NULL));
    leat_map_delete(m, NAN);
    printf("after delete: %lld\n", (long long)leat_map_len(m));
    leat_map_free(m);
}

// Prints the sums over the keys below n: which came is a set.
static void
show_set(const char *what, const bool *came, int n)
{
    int count = 0, sum = 0;
    for (int i = 0; i < n; i++) {
        count += came[i];
        sum += came[i] ? i : 0;
    }
    printf("%s: %d came, sum %d\n", what, count, sum);
}

static ints
make_ints(int n)
{
    ints m = leat_make_map(int, int);
    for (int i = 0; i < n; i++)
        leat_map_put(m, i, i * i);
    return m;
}

static void
delete_all_meanwhile(int n)
{
    ints m = make_ints(n);
    bool came[2000] = {false};
    leat_map_range (int, k, int, v, m) {
        came[k] = v == k * k;
        leat_map_delete(m, k);
    }
    show_set("delete each", came, n);
    printf("left: %lld\n", (long long)leat_map_len(m));
    leat_map_free(m);
}

static void
delete_others_meanwhile(int n)
{
    ints m = make_ints(n);
    bool first = true;
    int count = 0;
    leat_map_range (int, k, int, v, m) {
        count += v == k * k;
        for (int i = 0; first && i < n; i++) {
            if (i != k)
                leat_map_delete(m, i);
        }
        first = false;
    }
    printf("delete others: %d came\n", count);
    leat_map_free(m);
}

static void
add_meanwhile(int n)
{
    ints m = make_ints(n);
    bool came[2000] = {false};
    int twice = 0;
    leat_map_range (int, k, int, v, m) {
        if (k >= n)
            continue;
        twice += came[k];
        came[k] = v == k * k;
        for (int i = 0; i < 10; i++)
            leat_map_put(m, n + k * 10 + i, -1);
    }
    show_set("add", came, n);
    printf("twice: %d, now %lld\n", twice, (long long)leat_map_len(m));
    leat_map_free(m);
}

static void
update_meanwhile(int n)
{
    ints m = make_ints(n);
    int old = 0, sum = 0;
    bool first = true;
    leat_map_range (int, k, int, v, m) {
        if (!first)
            old += v != k + 1;
        for (int i = 0; first && i < n; i++)
            leat_map_put(m, i, i + 1);
        for (int i = 0; first && i < n; i++)
            leat_map_put(m, n + i, n + i + 1);
        first = false;
        sum += k < n ? k : 0;
    }
    printf("update: %d old, sum %d\n", old, sum);
    leat_map_free(m);
}

static void
keys_of_all_kinds(void)
{
    leat_map(struct point, int) points = leat_make_map_key(point_key, int);
    for (int i = 0; i < 100; i++)
        *leat_map_at(points, (struct point){i % 7, i % 3}) += i;
    printf("points: %lld %d\n", (long long)leat_map_len(points),
        leat_map_get(points, (struct point){3, 1}));
    words w = leat_make_map(leat_str, int);
    leat_str text = LEAT_STR("the cat and the dog and the end");
    leat_strs parts = leat_str_fields(text);
    leat_slice_range (i, part, parts)
        *leat_map_at(w, part) += 1;
    leat_strs sorted = leat_map_keys(leat_strs, w);
    leat_slice_sort(sorted);
    leat_slice_range (i, part, sorted)
        printf("%.*s %d\n", LEAT_STR_ARG(part), leat_map_get(w, part));
    leat_slice_free(sorted);
    leat_slice_free(parts);
    leat_map_free(w);
    leat_map_free(points);
}

static bool
same_parity(const int *a, const int *b)
{
    return *a % 2 == *b % 2;
}

static void
copy_to_nil(ints from)
{
    ints m = NULL;
    struct leat_caught caught = {.kind = 0};
    leat_try {
        leat_catch(&caught);
        leat_map_copy(m, from);
    }
    printf("copied to nil: %s\n", caught.text);
}

static void
copy_and_compare(void)
{
    ints a = leat_make_map(int, int), c = leat_make_map(int, int), none = NULL;
    for (int i = 0; i < 60; i++)
        leat_map_put(a, i, 3 * i);
    for (int i = 30; i < 90; i++)
        leat_map_put(c, i, -1);
    leat_map_copy(none, none);
    leat_map_copy(c, none);
    leat_map_copy(c, a);
    printf("copied: %lld", (long long)leat_map_len(c));
    for (int i = 0; i < 90; i += 7)
        printf(" %d", leat_map_get(c, i));
    printf("\nequal: %d", leat_map_equal_func(int, int, a, c, same_parity));
    for (int i = 60; i < 90; i++)
        leat_map_delete(c, i);
    leat_map_put(c, 10, 32);
    printf(" %d", leat_map_equal_func(int, int, a, c, same_parity));
    leat_map_put(c, 10, 33);
    printf(" %d", leat_map_equal_func(int, int, a, c, same_parity));
    printf(" %d\n", leat_map_equal_func(int, int, none, none, same_parity));
    copy_to_nil(a);
    leat_map_free(a);
    leat_map_free(c);
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    nil_map();
    not_a_number();
    int sizes[] = {1, 7, 8, 9, 13, 14, 27, 100, 1000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        delete_all_meanwhile(sizes[i]);
        delete_others_meanwhile(sizes[i]);
        add_meanwhile(sizes[i]);
        update_meanwhile(sizes[i]);
    }
    keys_of_all_kinds();
    copy_and_compare();
    return 0;
}
