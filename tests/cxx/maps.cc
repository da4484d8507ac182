// SPDX-License-Identifier: MIT
// maps.cc: maps from C++, through the same macros.
#include <leat.h>

#include <cstdio>
#include <cstdlib>

#define EXPECT(cond)                                                           \
    do {                                                                       \
        if (!(cond)) {                                                         \
            std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);    \
            std::exit(1);                                                      \
        }                                                                      \
    } while (0)

namespace {

struct point {
    short x;
    int y;
};
LEAT_MAP_KEY(point_key, point, x, y);

struct named {
    leat_str name;
    char code[4];
};
LEAT_MAP_KEY(named_key, named, name, code);

bool
is_odd(const int *k, const double *)
{
    return *k % 2;
}

bool
are_same(const double *a, const double *b)
{
    return *a == *b;
}

void
numbers()
{
    leat_map(int, double) m = leat_make_map(int, double);
    for (int i = 0; i < 1000; i++)
        leat_map_put(m, i, i / 2.0);
    EXPECT(leat_map_len(m) == 1000);
    EXPECT(leat_map_get(m, 7) == 3.5);
    double v = 1;
    EXPECT(!leat_map_get_ok(m, 1000, &v) && v == 0);
    EXPECT(leat_map_find(m, 1000) == nullptr);
    *leat_map_at(m, 8) += 1;
    EXPECT(leat_map_get(m, 8) == 5);
    EXPECT(leat_map_delete(m, 8));
    double sum = 0;
    leat_map_range (int, k, double, w, m)
        sum += w * 2 - k;
    EXPECT(sum == 0);
    leat_map(int, double) c = leat_map_clone(m);
    EXPECT(leat_map_equal(int, double, m, c));
    leat_map_delete_if(int, double, m, is_odd);
    EXPECT(leat_map_len(m) == 499);
    leat_slice(int) keys = leat_map_keys(leat_slice(int), c);
    leat_slice(double) values = leat_map_values(leat_slice(double), c);
    EXPECT(keys.len == 999 && values.len == 999);
    leat_slice_free(keys);
    leat_slice_free(values);
    leat_map_clear(c);
    EXPECT(leat_map_try_put(c, 1, 2.0) == 0);
    leat_map_copy(c, m);
    EXPECT(leat_map_len(c) == 500);
    EXPECT(!leat_map_equal_func(int, double, c, m, are_same));
    leat_map_copy(m, c);
    EXPECT(leat_map_equal_func(int, double, c, m, are_same));
    leat_map_free(m);
    leat_map_free(c);
}

struct cell {
    int xy[2];
    const char *text;
};
LEAT_MAP_KEY(cell, cell, xy, text);

void
arrays_and_null()
{
    leat_map(cell, int) m = leat_make_map_key(cell, int);
    cell a = {{1, 2}, nullptr}, b = {{1, 3}, nullptr};
    leat_map_put(m, a, 1);
    leat_map_put(m, b, 2);
    EXPECT(leat_map_len(m) == 2 && leat_map_get(m, a) == 1);
    b.text = "";
    EXPECT(!leat_map_get_ok(m, b, NULL));
    leat_map_free(m);
}

void
structs()
{
    leat_map(point, int) m = leat_make_map_key(point_key, int);
    leat_map(named, const char *) n =
        leat_make_map_key(named_key, const char *);
    for (int i = 0; i < 100; i++) {
        point p = {static_cast<short>(i), i * i};
        leat_map_put(m, p, i);
        EXPECT(leat_map_get(m, p) == i);
    }
    named a = {LEAT_STR("ada"), {'a', 'b', 'c', 0}};
    leat_map_put(n, a, "found");
    EXPECT(leat_map_get(n, a)[0] == 'f');
    leat_map_free(m);
    leat_map_free(n);
}

void
strings()
{
    leat_map(leat_str, int) m = leat_make_map(leat_str, int, 10);
    leat_map(const char *, unsigned long) c =
        leat_make_map(const char *, unsigned long);
    leat_map_put(m, LEAT_STR("one"), 1);
    EXPECT(leat_map_get(m, leat_str_from_c("one")) == 1);
    leat_map_put(c, "two", 2);
    EXPECT(leat_map_get(c, "two") == 2);
    leat_map_free(m);
    leat_map_free(c);
}

} // namespace

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    numbers();
    arrays_and_null();
    structs();
    strings();
    return 0;
}
