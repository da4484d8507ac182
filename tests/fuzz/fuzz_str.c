// SPDX-License-Identifier: MIT
// fuzz_str.c: every function on strings, on any bytes, against plain loops.
//
// The input is cut into three strings: its first two bytes say where. What a
// function finds is compared with the simplest code that finds it, and what
// takes apart with what puts together.
//
// tests/unit/test_str_fuzz.c runs it over the saved corpus and over random
// inputs. `make fuzz` runs it under libFuzzer.
#include "fuzz/fuzz.h"

#include <leat.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t fuzz_str_checks; // that held

#define FUZZ_STR_CHECK(c)                                                      \
    ((c) ? (void)fuzz_str_checks++ : fuzz_str_failed(__LINE__, #c))

static void
fuzz_str_failed(int line, const char *what)
{
    fprintf(stderr, "fuzz_str.c:%d: %s\n", line, what);
    abort();
}

static bool
fuzz_str_at(leat_str s, int64_t i, leat_str sub)
{
    for (int64_t k = 0; k < sub.len; k++) {
        if (i + k >= s.len || s.ptr[i + k] != sub.ptr[k])
            return false;
    }
    return true;
}

static void
fuzz_str_find(leat_str s, leat_str sub)
{
    int64_t first = -1, last = -1, count = 0, next = 0;
    for (int64_t i = 0; i <= s.len - sub.len; i++) {
        if (!fuzz_str_at(s, i, sub))
            continue;
        first = first < 0 ? i : first;
        last = i;
        if (i >= next) {
            count++;
            next = i + sub.len;
        }
    }
    FUZZ_STR_CHECK(leat_str_index(s, sub) == first);
    FUZZ_STR_CHECK(leat_str_last_index(s, sub) == last);
    FUZZ_STR_CHECK(leat_str_contains(s, sub) == (first >= 0));
    FUZZ_STR_CHECK(leat_str_has_prefix(s, sub) == fuzz_str_at(s, 0, sub));
    FUZZ_STR_CHECK(leat_str_has_suffix(s, sub) ==
                   (s.len >= sub.len && fuzz_str_at(s, s.len - sub.len, sub)));
    if (sub.len > 0) {
        FUZZ_STR_CHECK(leat_str_count(s, sub) == count);
        char c = sub.ptr[0];
        leat_str one = leat_str_view(&c, 1);
        FUZZ_STR_CHECK(leat_str_index_byte(s, c) == leat_str_index(s, one));
        FUZZ_STR_CHECK(
            leat_str_last_index_byte(s, c) == leat_str_last_index(s, one));
    }
}

// Taking apart and putting together.
static void
fuzz_str_split(leat_str s, leat_str sep, leat_str with)
{
    leat_strs parts = leat_str_split(s, sep);
    leat_str again = leat_str_join(parts, sep);
    FUZZ_STR_CHECK(leat_str_equal(again, s));
    leat_str_free(again);
    if (sep.len > 0) {
        FUZZ_STR_CHECK(parts.len == leat_str_count(s, sep) + 1);
        leat_slice_range (i, part, parts)
            FUZZ_STR_CHECK(!leat_str_contains(part, sep));
        leat_str joined = leat_str_join(parts, with);
        leat_str replaced = leat_str_replace(s, sep, with, -1);
        FUZZ_STR_CHECK(leat_str_equal(joined, replaced));
        leat_str_free(joined);
        leat_str_free(replaced);
    }
    leat_slice_free(parts);
    parts = leat_str_split_after(s, sep);
    again = leat_str_join(parts, LEAT_STR(""));
    FUZZ_STR_CHECK(leat_str_equal(again, s));
    leat_str_free(again);
    leat_slice_free(parts);
    parts = leat_str_split_n(s, sep, 3);
    FUZZ_STR_CHECK(parts.len <= 3);
    again = leat_str_join(parts, sep);
    FUZZ_STR_CHECK(leat_str_equal(again, s));
    leat_str_free(again);
    leat_slice_free(parts);

    leat_str before, after;
    bool found = leat_str_cut(s, sep, &before, &after);
    again = leat_str_concat(before, found ? sep : LEAT_STR(""), after);
    FUZZ_STR_CHECK(leat_str_equal(again, s));
    leat_str_free(again);
    again = leat_str_replace(s, sep, sep, -1);
    FUZZ_STR_CHECK(leat_str_equal(again, s));
    leat_str_free(again);
}

static void
fuzz_str_trim(leat_str s, leat_str set)
{
    leat_str t = leat_str_trim(s, set), left = leat_str_trim_left(s, set);
    leat_str right = leat_str_trim_right(s, set);
    FUZZ_STR_CHECK(leat_str_has_suffix(s, left));
    FUZZ_STR_CHECK(leat_str_has_prefix(s, right));
    FUZZ_STR_CHECK(leat_str_equal(t, leat_str_trim_right(left, set)));
    int64_t size;
    if (t.len > 0) {
        int32_t r = leat_rune_decode(t, &size);
        FUZZ_STR_CHECK(leat_str_index_rune(set, r) < 0);
        r = leat_rune_decode_last(t, &size);
        FUZZ_STR_CHECK(leat_str_index_rune(set, r) < 0);
    }
    leat_strs fields = leat_str_fields(s);
    leat_str joined = leat_str_join(fields, LEAT_STR(" "));
    leat_strs again = leat_str_fields(joined);
    FUZZ_STR_CHECK(leat_slice_equal(fields, again));
    t = leat_str_trim_space(joined);
    FUZZ_STR_CHECK(leat_str_equal(t, joined));
    if (leat_str_cut_suffix(s, set, &t))
        FUZZ_STR_CHECK(t.len + set.len == s.len);
    if (leat_str_cut_prefix(s, set, &t))
        FUZZ_STR_CHECK(leat_str_has_suffix(s, t));
    FUZZ_STR_CHECK(
        leat_str_contains_any(s, set) == (leat_str_index_any(s, set) >= 0));
    t = leat_str_trim_suffix(leat_str_trim_prefix(s, set), set);
    FUZZ_STR_CHECK(t.len <= s.len);
    leat_slice_free(fields);
    leat_slice_free(again);
    leat_str_free(joined);
}

// Forwards and backwards the runes are the same, if all of it is UTF-8; in
// any case every byte belongs to one.
static void
fuzz_str_runes(leat_str s)
{
    int64_t bytes = 0, count = 0, size;
    bool valid = true;
    leat_str_range (i, r, s) {
        FUZZ_STR_CHECK(i == bytes);
        int32_t first = leat_rune_decode(leat_str_sub_from(s, i), &size);
        FUZZ_STR_CHECK(first == r);
        FUZZ_STR_CHECK(leat_rune_valid(r));
        valid = valid && !(r == LEAT_RUNE_ERROR && size == 1);
        bytes += size;
        count++;
    }
    FUZZ_STR_CHECK(bytes == s.len);
    FUZZ_STR_CHECK(leat_str_valid(s) == valid);
    FUZZ_STR_CHECK(leat_str_rune_count(s) == count);
    leat_runes runes = leat_str_to_runes(s);
    leat_str again = leat_str_from_runes(runes), rest = s;
    FUZZ_STR_CHECK(leat_str_valid(again));
    FUZZ_STR_CHECK(leat_str_equal(again, s) == valid);
    for (int64_t k = runes.len - 1; valid && k >= 0; k--) {
        FUZZ_STR_CHECK(leat_rune_decode_last(rest, &size) == runes.ptr[k]);
        FUZZ_STR_CHECK(size == leat_rune_len(runes.ptr[k]));
        rest = leat_str_sub_to(rest, rest.len - size);
    }
    leat_str_free(again);
    leat_slice_free(runes);
    leat_bytes b = leat_str_to_bytes(s);
    again = leat_str_from_bytes(b);
    FUZZ_STR_CHECK(leat_str_equal(again, s));
    leat_str_free(again);
    leat_slice_free(b);
}

// What can be read can be written and read again.
static void
fuzz_str_numbers(leat_str s, int base)
{
    int64_t v, w;
    uint64_t u, x;
    double d, e;
    if (leat_str_parse_int(s, base, 0, &v) == 0) {
        leat_str text = leat_str_from_int(v, base == 0 ? 10 : base);
        FUZZ_STR_CHECK(leat_str_parse_int(text, base == 0 ? 10 : base, 64,
                           &w) == 0);
        FUZZ_STR_CHECK(v == w);
        leat_str_free(text);
    }
    if (leat_str_parse_uint(s, base, 32, &u) == 0) {
        FUZZ_STR_CHECK(u <= UINT32_MAX);
        FUZZ_STR_CHECK(leat_str_parse_uint(s, base, 64, &x) == 0);
        FUZZ_STR_CHECK(u == x);
    }
    if (leat_str_parse_float(s, 64, &d) == 0) {
        leat_str text = leat_str_from_float(d, 'g', -1, 64);
        FUZZ_STR_CHECK(leat_str_parse_float(text, 64, &e) == 0);
        FUZZ_STR_CHECK(d == e || (isnan(d) && isnan(e)));
        leat_str_free(text);
    }
}

static void
fuzz_str_compare(leat_str a, leat_str b)
{
    int order = leat_str_compare(a, b);
    FUZZ_STR_CHECK((order == 0) == leat_str_equal(a, b));
    int back = leat_str_compare(b, a);
    FUZZ_STR_CHECK((order > 0) == (back < 0));
    struct leat_builder w = {0};
    leat_builder_str(&w, a);
    leat_builder_printf(&w, "%d", 7);
    leat_builder_str(&w, leat_builder_view(&w));
    leat_builder_str(&w, b);
    FUZZ_STR_CHECK(w.len == 2 * (a.len + 1) + b.len);
    leat_str built = leat_builder_finish(&w);
    FUZZ_STR_CHECK(leat_str_has_prefix(built, a));
    FUZZ_STR_CHECK(leat_str_has_suffix(built, b));
    FUZZ_STR_CHECK(built.ptr[built.len] == 0);
    leat_str_free(built);
}

// The least of the runes that are r but for the case.
static int32_t
fuzz_str_least(int32_t r)
{
    int32_t least = r;
    for (int32_t q = leat_rune_simple_fold(r); q != r;
         q = leat_rune_simple_fold(q))
        least = q < least ? q : least;
    return least;
}

static int32_t
fuzz_str_same(int32_t r)
{
    return r;
}

// Equal but for the case is equal with the least of each ring in its place;
// the other case has as many runes, all valid.
static void
fuzz_str_case(leat_str a, leat_str b)
{
    leat_str folded[] = {
        leat_str_map(a, fuzz_str_least), leat_str_map(b, fuzz_str_least)};
    leat_str cases[] = {leat_str_to_upper(a), leat_str_to_lower(a),
        leat_str_to_title(a), leat_str_map(a, fuzz_str_same)};
    FUZZ_STR_CHECK(leat_str_equal_fold(a, b) ==
                   leat_str_equal(folded[0], folded[1]));
    FUZZ_STR_CHECK(leat_str_equal_fold(a, folded[0]));
    for (int i = 0; i < 4; i++) {
        FUZZ_STR_CHECK(leat_str_valid(cases[i]));
        FUZZ_STR_CHECK(leat_str_rune_count(cases[i]) == leat_str_rune_count(a));
        leat_str_free(cases[i]);
    }
    leat_str_free(folded[0]);
    leat_str_free(folded[1]);
    leat_str valid = leat_str_to_valid(a, LEAT_STR("\uFFFD"));
    leat_str none = leat_str_to_valid(a, LEAT_STR(""));
    FUZZ_STR_CHECK(leat_str_valid(valid) && leat_str_valid(none));
    FUZZ_STR_CHECK(leat_str_equal(valid, a) == leat_str_valid(a));
    FUZZ_STR_CHECK(leat_str_equal(none, a) == leat_str_valid(a));
    leat_str_free(valid);
    leat_str_free(none);
}

// A rune is whole when all its bytes are there, or no further one helps.
static void
fuzz_str_full(leat_str s)
{
    for (int64_t n = 0; n <= s.len && n <= LEAT_RUNE_BYTES_MAX; n++) {
        int64_t size;
        leat_str part = leat_str_sub_to(s, n);
        leat_rune_decode(s, &size);
        if (size > 1)
            FUZZ_STR_CHECK(leat_rune_full(part) == (n >= size));
        if (leat_rune_decode(part, &size) != LEAT_RUNE_ERROR)
            FUZZ_STR_CHECK(leat_rune_full(part));
    }
}

void
fuzz_str_run(const uint8_t *data, size_t size)
{
    if (size < 2)
        return;
    // The pieces are copied into blocks of their own size, so that reading
    // beyond one is seen by the sanitizer.
    int64_t n = (int64_t)size - 2, i = data[0] % (n + 1);
    int64_t j = i + data[1] % (n - i + 1);
    const int64_t cuts[] = {0, i, j, n};
    leat_str s[3];
    char *blocks[3];
    for (int k = 0; k < 3; k++) {
        int64_t len = cuts[k + 1] - cuts[k];
        blocks[k] = malloc((size_t)len + (len == 0));
        memcpy(blocks[k], data + 2 + cuts[k], (size_t)len);
        s[k] = leat_str_view(blocks[k], len);
    }
    for (int k = 0; k < 3; k++) {
        leat_str a = s[k], b = s[(k + 1) % 3], c = s[(k + 2) % 3];
        fuzz_str_find(a, b);
        fuzz_str_split(a, b, c);
        fuzz_str_trim(a, b);
        fuzz_str_runes(a);
        fuzz_str_numbers(a, data[0] % 37 == 1 ? 0 : data[0] % 37);
        fuzz_str_compare(a, b);
        fuzz_str_case(a, b);
        fuzz_str_full(a);
    }
    for (int k = 0; k < 3; k++)
        free(blocks[k]);
}

#ifdef LEAT_FUZZ
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_begin();
    fuzz_str_run(data, size);
    return 0;
}
#endif
