// SPDX-License-Identifier: MIT
// slices.cc: slices and strings from C++, through the same macros.
#include <leat.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#define EXPECT(cond)                                                           \
    do {                                                                       \
        if (!(cond)) {                                                         \
            std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);    \
            std::exit(1);                                                      \
        }                                                                      \
    } while (0)

namespace {

struct point {
    int x, y;
};
LEAT_SLICE(points, point);
struct nothing {};

int
by_x(const point *a, const point *b)
{
    return a->x - b->x;
}

bool
same(const point *a, const point *b)
{
    return a->x == b->x && a->y == b->y;
}

void
store(leat_slice(int) s, int64_t i)
{
    leat_at(s, i) = 1;
}

void
numbers()
{
    leat_slice(int) s = leat_slice_make(leat_slice(int), 1, 4);
    leat_slice(int32_t) t = s; // the same type
    leat_at(t, 0) = 5;
    s = leat_append(s, 3);
    s = leat_append_values(s, 9, 1);
    EXPECT(s.ptr == t.ptr && s.len == 4);
    leat_slice(int) u = leat_append_slice(s, leat_sub(s, 1, 3));
    EXPECT(u.ptr != s.ptr && u.len == 6);
    leat_slice_sort(u);
    EXPECT(leat_slice_is_sorted(u));
    bool found;
    EXPECT(leat_slice_search(u, 9, &found) == 4 && found);
    EXPECT(leat_slice_index(u, 5) == 3);
    EXPECT(leat_slice_min(u) == 1 && leat_slice_max(u) == 9);
    EXPECT(leat_slice_compare(u, s) < 0 && leat_slice_compare(u, u) == 0);
    u = leat_slice_compact(u);
    u = leat_slice_insert(u, 1, 2);
    u = leat_slice_delete(u, 0, 1);
    int sum = 0;
    leat_slice_range (i, v, u)
        sum += v * static_cast<int>(i + 1);
    EXPECT(sum == 2 * 1 + 3 * 2 + 5 * 3 + 9 * 4);
    int array[4] = {1, 2, 3, 4};
    EXPECT(leat_copy(u, leat_array_sub(leat_slice(int), array, 1, 3)) == 2);
    EXPECT(leat_at(u, 0) == 2 && leat_array_at(array, 3) == 4);
    int (*two)[2] = leat_slice_to_array(u, 2);
    EXPECT(two[0] == u.ptr && (*two)[1] == leat_at(u, 1));
    leat_slice_free(s);
    leat_slice_free(u);
}

void
structs()
{
    points p = leat_slice_of(points, {3, 4}, {1, 2});
    leat_slice(point) q = leat_slice_make(leat_slice(point), 0);
    leat_push(&p, point{2, 2});
    leat_push(&q, point{3, 4});
    leat_slice_sort_func(p, by_x);
    EXPECT(leat_at(p, 0).x == 1 && leat_at(p, 2).x == 3);
    points copy = leat_slice_clone(p);
    EXPECT(leat_slice_equal_func(p, copy, same));
    leat_slice(nothing) none = leat_slice_make(leat_slice(nothing), 3);
    none = leat_append(none, nothing());
    EXPECT(none.len == 4 && none.cap == 4);
    leat_push_grow(&q, 3);
    leat_push_insert(&q, 0, point{9, 9});
    leat_push_insert_slice(&q, 1, q);
    leat_push_replace(&q, 0, 1, leat_slice_chunk(q, 1, 1));
    EXPECT(leat_at(q, 0).x == leat_at(q, 1).x);
    leat_slice_free(p);
    leat_slice_free(q);
    leat_slice_free(copy);
}

void
strings()
{
    leat_str s = LEAT_STR("h\xC3\xA9\0llo");
    EXPECT(s.len == 7 && leat_str_at(s, 3) == 0);
    int runes = 0;
    leat_str_range (i, r, s)
        runes += (r == 0xE9 && i == 1) ? 10 : 1;
    EXPECT(runes == 15);
    leat_str joined = leat_str_concat(s, LEAT_STR(","), s);
    leat_strs parts = leat_str_split(joined, LEAT_STR(","));
    EXPECT(parts.len == 2 && leat_slice_contains(parts, s));
    EXPECT(leat_str_equal(leat_str_sub_from(s, 4), LEAT_STR("llo")));
    leat_slice_free(parts);
    leat_str_free(joined);
    leat_builder b = {};
    leat_builder_printf(&b, "%d", 7);
    leat_builder_byte(&b, '!');
    EXPECT(leat_str_equal(leat_builder_view(&b), LEAT_STR("7!")));
    leat_builder_free(&b);
}

void
bounds()
{
    leat_slice(int) s = leat_slice_make(leat_slice(int), 3);
    leat_caught caught = {};
    leat_try {
        leat_catch(&caught);
        store(s, 5);
    }
    EXPECT(std::strcmp(caught.text,
               "runtime error: index out of range [5] with length 3") == 0);
    leat_slice_free(s);
}

} // namespace

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    numbers();
    structs();
    strings();
    bounds();
    return 0;
}
