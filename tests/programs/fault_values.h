// SPDX-License-Identifier: MIT
// fault_values.h: the scenes of fault_scene.c with slices, strings and maps.
#ifndef LEAT_TESTS_PROGRAMS_FAULT_VALUES_H
#define LEAT_TESTS_PROGRAMS_FAULT_VALUES_H

#include <leat.h>

// Of fault_scene.c: ends the program unless it holds.
static void must(bool holds, const char *what);

// ---- Slices and strings ----------------------------------------------------

static void
scene_slices(void)
{
    leat_slice(int) s = leat_slice_try_make(leat_slice(int), 3, 4);
    for (int i = 0; i < 3000; i++) {
        int64_t before = s.len;
        if (leat_try_push(&s, i) == 0) {
            must(s.len == before + 1 && leat_at(s, before) == i, "push");
        } else {
            must(s.len == before, "a push that failed changed the slice");
        }
    }
    for (int64_t i = 4; i < s.len; i++)
        must(leat_at(s, i) > leat_at(s, i - 1), "elements were lost");
    leat_slice(int) none = {0}, t = leat_append(none, 1);
    leat_slice_sort(s);
    leat_slice(int) u = leat_slice_clone(s);
    must(u.len == s.len, "a clone of another length");
    leat_slice_free(u);
    leat_slice_free(t);
    leat_slice_free(s);
}

static int
by_number(const int *a, const int *b)
{
    return *a % 10 - *b % 10;
}

static int
by_text(const leat_str *a, const leat_str *b)
{
    return leat_str_compare(*a, *b);
}

typedef leat_slice(int) scene_ints;

// What makes new arrays, also out of parts of the old one.
static void
scene_slice_ops(void)
{
    scene_ints s = leat_slice_make(scene_ints, 100);
    leat_slice_range (i, v, s)
        leat_at(s, i) = (int)(i + v);
    scene_ints twice = leat_append_slice(s, s);
    must(twice.len == 200 && leat_at(twice, 199) == 99, "append");
    // There is room, and the source is about to move.
    scene_ints room = leat_slice_grow(leat_slice_clone(s), 300);
    room = leat_slice_insert_slice(room, 10, leat_sub(room, 5, 95));
    must(room.len == 190 && leat_at(room, 10) == 5, "insert");
    room = leat_slice_replace(room, 0, 2, leat_sub(room, 1, 31));
    must(room.len == 218 && leat_at(room, 0) == 1, "replace");
    scene_ints all = leat_slice_concat(scene_ints, s, twice, room);
    must(all.len == 518, "concat");
    leat_slice_sort_stable_func(all, by_number);
    leat_slice_sort_func(room, by_number);
    must(leat_slice_is_sorted_func(all, by_number), "stable sort");
    leat_slice_free(all);
    leat_slice_free(room);
    leat_slice_free(twice);
    leat_slice_free(s);
}

// Other ways to come by a string.
static void
scene_texts(void)
{
    struct leat_builder b = {0};
    leat_builder_grow(&b, 10);
    leat_builder_float(&b, 0.1, 'g', -1, 64);
    leat_builder_rune(&b, 0x20AC);
    leat_builder_str(&b, leat_builder_view(&b));
    struct leat_str s = leat_builder_finish(&b), t = leat_str_clone(s);
    must(leat_str_equal(s, LEAT_STR("0.1\u20AC0.1\u20AC")), "a builder");
    leat_bytes bytes = leat_str_to_bytes(s);
    leat_runes runes = leat_str_to_runes(s);
    must(bytes.len == s.len && runes.len == 8, "bytes or runes");
    struct leat_str u = leat_str_from_bytes(bytes);
    struct leat_str v = leat_str_from_runes(runes);
    must(leat_str_equal(u, v), "back again");
    leat_strs words = leat_str_fields(LEAT_STR("one two  three four"));
    leat_push(&words, s);
    leat_slice_sort(words);
    leat_slice_sort_stable_func(words, by_text);
    must(words.len == 5 && leat_str_equal(leat_at(words, 0), s), "sort");
    struct leat_str n = leat_str_from_int(-12345678, 2);
    struct leat_str f = leat_str_from_float(1.5, 'f', 30, 64);
    must(n.len == 25 && f.len == 32, "numbers");
    const struct leat_str made[] = {s, t, u, v, n, f};
    for (size_t i = 0; i < sizeof made / sizeof *made; i++)
        leat_str_free(made[i]);
    leat_slice_free(words);
    leat_slice_free(runes);
    leat_slice_free(bytes);
}

static void
scene_strings(void)
{
    struct leat_builder b = {0};
    for (int i = 0; i < 500; i++) {
        leat_builder_int(&b, i, 10);
        leat_builder_byte(&b, ',');
    }
    leat_builder_printf(&b, "%s", "end");
    struct leat_str s = leat_builder_finish(&b);
    leat_strs parts = leat_str_split(s, LEAT_STR(","));
    must(parts.len == 501, "parts were lost");
    struct leat_str joined = leat_str_join(parts, LEAT_STR(","));
    must(leat_str_equal(joined, s), "split and join differ");
    struct leat_str with =
        leat_str_replace(s, LEAT_STR(","), LEAT_STR("--"), -1);
    must(with.len == s.len + 500, "replaced too little");
    leat_runes r = leat_str_to_runes(with);
    must(r.len == with.len, "runes were lost");
    leat_str_free(leat_str_concat(s, joined));
    leat_slice_free(r);
    leat_slice_free(parts);
    leat_str_free(with);
    leat_str_free(joined);
    leat_str_free(s);
}

// ---- Maps --------------------------------------------------------------------

typedef leat_map(int, int) scene_map;

// Adds from..to - 1, as far as there is memory, and counts what is there.
static void
fill(scene_map m, int from, int to)
{
    for (int i = from; i < to; i++) {
        int64_t before = leat_map_len(m);
        int err = leat_map_try_put(m, i, i);
        must(err == 0 || err == LEAT_ENOMEM, "an error of another kind");
        must(leat_map_get_ok(m, i, NULL) == (err == 0), "put");
        must(leat_map_len(m) == before + (err == 0), "the length is wrong");
    }
    int64_t count = 0;
    leat_map_range (int, k, int, v, m)
        count += k == v;
    must(count == leat_map_len(m), "entries were lost");
}

struct scene_big {
    int n;
    char rest[300]; // so that an element has memory of its own
};

static void
scene_maps(void)
{
    scene_map m = leat_try_make_map(int, int);
    leat_map(leat_str, struct scene_big) big =
        leat_make_map(leat_str, struct scene_big, 20);
    if (m != NULL) {
        fill(m, 0, 1000);
        for (int i = 0; i < 1000; i += 2)
            leat_map_delete(m, i);
        fill(m, 1000, 2000);
        scene_map c = leat_map_clone(m);
        must(leat_map_equal(int, int, m, c), "the clone is another one");
        leat_map_free(c);
        leat_map_clear(m);
        fill(m, 0, 100);
    }
    struct leat_str text = LEAT_STR("abcdefghijkl");
    for (int i = 0; i < 12; i++)
        leat_map_put(big, leat_str_sub_to(text, i), (struct scene_big){.n = i});
    for (int i = 0; i < 12; i++)
        must(leat_map_get(big, leat_str_sub_to(text, i)).n == i, "elements");
    leat_map_free(big);
    leat_map_free(m);
}

static void
scene_syncmaps(void)
{
    leat_syncmap(int, int) m = leat_make_syncmap(int, int);
    int count = 0, v;
    for (int i = 0; i < 400; i++)
        leat_syncmap_store(m, i, i);
    for (int i = 0; i < 400; i += 2)
        must(leat_syncmap_delete(m, i), "delete");
    must(leat_syncmap_load_or_store(m, 1, &v, 5) && v == 1, "load or store");
    leat_syncmap_range (int, k, int, value, m)
        count += k == value;
    must(count == 200, "entries were lost");
    leat_syncmap_free(m);
}

#endif
