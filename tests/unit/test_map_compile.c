// SPDX-License-Identifier: MIT
// test_map_compile.c: what the compiler makes of the macros of maps: wrong
// types are errors.
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Compiles a function body.
static bool
map_compiles(const char *flags, const char *body, struct test_result *r)
{
    char all[256];
    snprintf(all, sizeof all, "-O1 %s", flags);
    return test_compiles(r, false, all,
        "struct point { int x, y; };\n"
        "struct other { int x, y; };\n"
        "struct inner { struct point p; };\n"
        "LEAT_MAP_KEY(point_key, struct point, x, y);\n"
        "bool want(const int *k, const double *v);\n"
        "typedef leat_map(int, double) numbers;\n"
        "typedef leat_map(leat_str, int) words;\n"
        "typedef leat_map(struct point, int *) points;\n"
        "int f(numbers m, words w, points p, int *i, double *d);\n"
        "int f(numbers m, words w, points p, int *i, double *d)\n"
        "{ (void)m; (void)w; (void)p; (void)i; (void)d; %s; return 0; }\n",
        body);
}

PLAIN_TEST_WITH(map_compile, right_types_compile_without_a_warning,
    .timeout_s = 120)
{
    static const char *const right[] = {
        "m = leat_make_map(int, double)",
        "m = leat_make_map(int, double, 100)",
        "leat_map_put(m, 1, 2)",
        "*d = leat_map_get(m, 1)",
        "*d = leat_map_get(m, 'c')",
        "return leat_map_get_ok(m, 1, d)",
        "return leat_map_get(w, LEAT_STR(\"a\"))",
        "p = leat_make_map_key(point_key, int *)",
        "leat_map_put(p, ((struct point){1, 2}), i)",
        "*leat_map_at(m, 3) += 1",
        "leat_map_range (int, k, double, v, m) *d += k + v",
        "leat_map_delete(m, 1)",
        "leat_map_delete_if(int, double, m, want)",
        "leat_map_free(m); leat_map_clear(w)",
        "return leat_map_keys(leat_slice(int), m).len == leat_map_len(m)",
        "return leat_map_values(leat_slice(double), m).len",
        "numbers c = leat_map_clone(m); leat_map_free(c)",
    };
    struct test_result r;
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        bool ok = map_compiles("", right[i], &r);
        CHECK_MSG(ok && r.err_len == 0, "%s: %s", right[i], r.err);
        test_result_free(&r);
    }
}

PLAIN_TEST_WITH(map_compile, wrong_types_do_not_compile, .timeout_s = 120)
{
    static const char *const wrong[] = {
        "leat_map_put(m, \"a\", 1)",
        "leat_map_put(m, i, 1)",
        "leat_map_put(m, 1, i)",
        "leat_map_put(w, 1, 1)",
        "leat_map_put(w, \"a\", 1)",
        "leat_map_put(w, LEAT_STR(\"a\"), i)",
        "leat_map_put(p, ((struct other){1, 2}), i)",
        "leat_map_put(p, ((struct point){1, 2}), d)",
        "leat_map_put(p, 1, i)",
        "leat_map_get(p, ((struct other){1, 2}))",
        "leat_map_get_ok(m, 1, i)",
        "leat_map_delete(w, 1)",
        "leat_map_at(w, i)",
        "leat_map_range (int, k, int, v, m) (void)k, (void)v",
        "leat_map_range (long, k, double, v, m) (void)k, (void)v",
        "leat_map_keys(leat_slice(double), m)",
        "leat_map_values(leat_slice(int), m)",
        "leat_map_delete_if(leat_str, int, w, want)",
        "leat_map_equal(int, double, m, w)",
        "leat_map_equal_func(int, double, m, m, want)",
        "leat_map_copy(m, w)",
        "leat_map_free(i)",
        "leat_map_len(d)",
        "p = leat_make_map(struct point, int *)", // which of it counts?
        "leat_make_map(long double, int)",        // ten bytes of sixteen
        "LEAT_MAP_KEY(bad_key, struct inner, p)",
    };
    struct test_result r;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK_MSG(!map_compiles("", wrong[i], &r), "%s compiles", wrong[i]);
        CHECK_HAS(r.err, "error");
        test_result_free(&r);
    }
}

PLAIN_TEST_WITH(map_compile, what_is_no_map_is_called_none, .timeout_s = 120)
{
    static const char *const wrong[] = {
        "leat_slice(int) s = {0}; s = leat_map_keys(leat_slice(int), s)",
        "(void)leat_map_keys(leat_slice(int), i)",
        "(void)leat_map_values(leat_slice(int), 3)",
        "(void)leat_map_values(leat_slice(int), d)",
        "leat_map_put(i, 1, 2)",
        "(void)leat_map_get(3, 1)",
        "struct point q = {1, 2}; leat_map_delete(q, 1)",
    };
    struct test_result r;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK_MSG(!map_compiles("", wrong[i], &r), "%s compiles", wrong[i]);
        CHECK_HAS(r.err, "this takes a map");
        test_result_free(&r);
    }
}

// In C only the name of a variable can tell a channel from a map.
static void
map_check_handles(
    const char *const *wrong, size_t count, const char *const words[2])
{
    struct test_result r;
    for (size_t i = 0; i < 2 * count; i++) {
        int cxx = (int)(i % 2);
        const char *text = wrong[i / 2];
        CHECK_MSG(!test_compiles(&r, cxx, "-O1",
                      "#include <leat/syncmap.h>\n"
                      "typedef leat_map(int, double) numbers;\n"
                      "typedef leat_syncmap(int, double) shared;\n"
                      "int f(numbers m, shared h, leat_chan(int) c, int **i,\n"
                      "    double *d);\n"
                      "int f(numbers m, shared h, leat_chan(int) c, int **i,\n"
                      "    double *d)\n"
                      "{ (void)m, (void)h, (void)c, (void)i, (void)d;\n"
                      "  %s; return 0; }\n",
                      text),
            "%s compiles", text);
        CHECK_MSG(strstr(r.err, words[0]) != NULL ||
                strstr(r.err, words[1]) != NULL,
            "%s: %s", text, r.err);
        test_result_free(&r);
    }
}

PLAIN_TEST_WITH(map_compile, the_address_of_a_map_and_a_channel_are_no_maps,
    .timeout_s = 120)
{
    static const char *const wrong[] = {
        "leat_map_put(&m, 1, 2)", "(void)leat_map_try_put(&m, 1, 2)",
        "*d = leat_map_get(&m, 1)", "(void)leat_map_get_ok(&m, 1, d)",
        "(void)leat_map_find(&m, 1)", "*leat_map_at(&m, 1) += 1",
        "leat_map_delete(&m, 1)", "leat_map_clear(&m)", "leat_map_free(&m)",
        "leat_map_copy(&m, &m)", "leat_map_copy(c, c)",
        "(void)leat_map_len(&m)", "(void)leat_map_clone(&m)",
        "leat_map_clear(c)", "leat_map_free(c)", "(void)leat_map_len(c)",
        "leat_map_put(c, 1, 2)", "leat_map_clear(h)", "leat_map_put(h, 1, 2)",
        "leat_map_clear(i)", "leat_map_free(d)",
    };
    map_check_handles(wrong, sizeof wrong / sizeof *wrong,
        (const char *const[]){"this takes a map", "leat__this_takes_a_map"});
}

PLAIN_TEST_WITH(map_compile, a_shared_map_is_told_from_its_address_and_a_map,
    .timeout_s = 120)
{
    static const char *const wrong[] = {
        "leat_syncmap_store(&h, 1, 2)", "leat_syncmap_load(&h, 1, d)",
        "leat_syncmap_delete(&h, 1)", "leat_syncmap_clear(&h)",
        "(void)leat_syncmap_len(&h)", "leat_syncmap_free(&h)",
        "leat_syncmap_clear(m)", "leat_syncmap_store(m, 1, 2)",
        "leat_syncmap_free(c)",
    };
    map_check_handles(wrong, sizeof wrong / sizeof *wrong,
        (const char *const[]){
            "this takes a shared map", "leat__this_takes_a_shared_map"});
}

PLAIN_TEST_WITH(map_compile, leat_len_of_a_map_names_leat_map_len,
    .timeout_s = 120)
{
    static const char *const wrong[] = {
        "(void)leat_len(m)", "(void)leat_cap(h)", "(void)leat_len(&c)",
        "(void)leat_cap(i)", "(void)leat_len(d)", "(void)leat_len(3)",
    };
    map_check_handles(wrong, sizeof wrong / sizeof *wrong,
        (const char *const[]){"maps leat_map_len", "leat__maps_have_leat_map_len"});
}

PLAIN_TEST_WITH(map_compile, element_type_for_that_of_the_slice_is_called_one,
    .timeout_s = 60)
{
    static const char *const wrong[] = {
        "(void)leat_map_keys(int, m)",
        "(void)leat_map_values(double, m)",
    };
    struct test_result r;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK_MSG(!map_compiles("", wrong[i], &r), "%s compiles", wrong[i]);
        char *first = strstr(r.err, "error:");
        CHECK(first != NULL);
        first[strcspn(first, "\n")] = '\0';
        CHECK_HAS(first, "this takes a type of slices");
        test_result_free(&r);
    }
}

// A comma in braces is one for the preprocessor.
PLAIN_TEST_WITH(map_compile, a_key_with_a_comma_needs_parentheses_before_others,
    .timeout_s = 120)
{
    static const char *const right[] = {
        "leat_map_put(p, ((struct point){1, 2}), i)",
        "return leat_map_try_put(p, ((struct point){1, 2}), i)",
        "int *v; return leat_map_get_ok(p, ((struct point){1, 2}), &v)",
        "*leat_map_at(p, (struct point){1, 2}) = i",
        "return *leat_map_get(p, (struct point){1, 2})",
        "return leat_map_find(p, (struct point){1, 2}) == NULL",
        "return leat_map_delete(p, (struct point){1, 2})",
        "leat_map(int, struct point) q = 0; leat_map_put(q, 1, (struct point){1, 2})",
    };
    static const char *const wrong[] = {
        "leat_map_put(p, (struct point){1, 2}, i)",
        "return leat_map_try_put(p, (struct point){1, 2}, i)",
        "int *v; return leat_map_get_ok(p, (struct point){1, 2}, &v)",
    };
    struct test_result r;
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        bool ok = map_compiles("", right[i], &r);
        CHECK_MSG(ok && r.err_len == 0, "%s: %s", right[i], r.err);
        test_result_free(&r);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK_MSG(!map_compiles("", wrong[i], &r), "%s compiles", wrong[i]);
        test_result_free(&r);
    }
}

PLAIN_TEST_WITH(map_compile, maps_of_other_types_cannot_be_assigned,
    .timeout_s = 120)
{
    // Of pointers the compilers only warn, unless told otherwise.
    static const char *const wrong[] = {
        "m = w",
        "m = leat_make_map(long, double)",
        "m = leat_make_map(int, float)",
        "p = leat_make_map_key(point_key, double *)",
        "return f(w, w, p, i, d)",
    };
    struct test_result r;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK_MSG(!map_compiles(
                      "-Werror=incompatible-pointer-types", wrong[i], &r),
            "%s compiles", wrong[i]);
        CHECK_HAS(r.err, "error");
        test_result_free(&r);
    }
}

PLAIN_TEST_WITH(map_compile, errors_name_what_is_missing, .timeout_s = 120)
{
    static const char *const wrong[][2] = {
        {"leat_make_map(struct point, int)", "needs LEAT_MAP_KEY"},
        {"leat_make_map(long double, int)", "long double, complex numbers"},
        {"leat_make_map(_Complex double, int)", "complex numbers"},
        {"leat_make_map(char[8], int)", "an array cannot be a key"},
        {"leat_map_put(w, \"ada\", 3)", "LEAT_STR("},
        {"return leat_map_get(w, (char *)i)", "LEAT_STR("},
    };
    struct test_result r;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK_MSG(
            !map_compiles("", wrong[i][0], &r), "%s compiles", wrong[i][0]);
        CHECK_HAS(r.err, wrong[i][1]);
        test_result_free(&r);
    }
}

// A program of its own, in C and C++.
static void
map_check_program(const char *text, const char *error)
{
    struct test_result r;
    for (int cxx = 0; cxx < 2; cxx++) {
        bool ok = test_compiles(&r, cxx, "-O1", "%s\n", text);
        CHECK_MSG(ok == (error == NULL), "%s: %s", text, r.err);
        if (error != NULL)
            CHECK_HAS(r.err, error);
        else
            CHECK_MSG(r.err_len == 0, "%s: %s", text, r.err);
        test_result_free(&r);
    }
}

PLAIN_TEST_WITH(map_compile, arrays_in_a_key_are_of_integers,
    .timeout_s = 120)
{
    static const char *const wrong[] = {
        "double a[2]", "float a[2][2]", "leat_str a[2]", "const char *a[2]",
        "void *a[3]", "struct { int x; } a[1]", "struct { int x; } a",
        "long double a", "double a[1][1][1]",
    };
    static const char *const right[] = {
        "int a[2]", "unsigned char a[16]", "long a[2][3]", "bool a[8]",
        "enum { SOME, MORE } a[2]", "const char *a", "double a", "void *a",
        "const char a[4]", "leat_str a", "short a[2][2][2]", "int *a",
        "int (*a)[3]", "void (*a)(void)", "__int128 a[2]",
    };
    char text[256];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        snprintf(text, sizeof text,
            "struct s { %s; int b; }; LEAT_MAP_KEY(s_key, struct s, a, b);",
            wrong[i]);
        map_check_program(text, "array of integers");
    }
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        snprintf(text, sizeof text,
            "struct s { %s; int b; }; LEAT_MAP_KEY(s_key, struct s, a, b);",
            right[i]);
        map_check_program(text, NULL);
    }
}

PLAIN_TEST_WITH(map_compile, a_const_field_counts_as_what_it_is,
    .timeout_s = 120)
{
    static const char *const fields[][2] = {
        {"const char *const a", "LEAT__KEY_CSTR"},
        {"char *const a", "LEAT__KEY_CSTR"},
        {"const double a", "LEAT__KEY_DOUBLE"},
        {"const float a", "LEAT__KEY_FLOAT"},
        {"const leat_str a", "LEAT__KEY_STR"},
        {"const int a", "LEAT__KEY_BYTES"},
        {"void *const a", "LEAT__KEY_BYTES"},
        {"const char a[8]", "LEAT__KEY_BYTES"},
        {"const int a[2][3]", "LEAT__KEY_BYTES"},
    };
    char text[512];
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        snprintf(text, sizeof text,
            "struct s { %s; int b; }; LEAT_MAP_KEY(s_key, struct s, a, b);\n"
            "LEAT__ASSERT(LEAT__FIELD_CLASS(struct s, a) == %s, \"class\");",
            fields[i][0], fields[i][1]);
        map_check_program(text, NULL);
    }
}

PLAIN_TEST_WITH(map_compile, what_needs_more_than_16_bytes_is_refused,
    .timeout_s = 120)
{
    static const char *const wrong[] = {
        "leat_make_map(int, wide)",
        "leat_make_map(int, v4)",
        "leat_make_map_key(wide_key, int)",
        "leat_make_map_key(some_key, wide)",
        "leat_make_syncmap(int, wide)",
        "leat_make_syncmap_key(wide_key, int)",
    };
    static const char types[] =
        "#include <leat/syncmap.h>\n"
        "typedef double v4 __attribute__((vector_size(32)));\n"
        "typedef struct { int x __attribute__((aligned(64))); } wide;\n"
        "typedef struct { int x __attribute__((aligned(16))); } some;\n"
        "LEAT_MAP_KEY(wide_key, wide, x); LEAT_MAP_KEY(some_key, some, x);\n"
        "void f(void); void f(void) { (void)";
    char text[1024];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        snprintf(text, sizeof text, "%s%s; }", types, wrong[i]);
        map_check_program(text, "16 bytes at most");
    }
    snprintf(text, sizeof text, "%s%s; }", types,
        "leat_make_map_key(some_key, some)");
    map_check_program(text, NULL);
}

// The map and the caller would both own what such a key owns.
PLAIN_TEST_WITH(map_compile, a_cxx_key_is_copied_byte_by_byte,
    .timeout_s = 60)
{
    struct test_result r;
    CHECK(!test_compiles(&r, true, "-O1",
        "struct owner { int *p; ~owner() { delete p; } };\n"
        "LEAT_MAP_KEY(owner_key, owner, p);\n"
        "void f() { (void)leat_make_map_key(owner_key, int); }\n"));
    CHECK_HAS(r.err, "are copied byte by byte");
    test_result_free(&r);
}

PLAIN_TEST_WITH(map_compile, a_key_may_have_the_name_of_its_struct,
    .timeout_s = 120)
{
    map_check_program("struct point { int x, y; };\n"
        "LEAT_MAP_KEY(point, struct point, x, y);\n"
        "int f(struct point p);\n"
        "int f(struct point p) {\n"
        "    leat_map(struct point, int) m = leat_make_map_key(point, int);\n"
        "    return leat_map_get(m, p); }",
        NULL);
}

// Whoever looks into a bucket where the program stands compares its tags with
// that of the key, which is in this table.
static void
map_check_looks(const char *flags, const char *body, bool looks)
{
    struct test_result r;
    bool ok = map_compiles(flags, body, &r);
    CHECK_MSG(ok && r.err_len == 0, "%s: %s", body, r.err);
    bool has = strstr(r.out, "leat__tags8") != NULL;
    CHECK_MSG(has == looks, "%s%s has%s the look in it", body, flags,
        has ? "" : " not");
    test_result_free(&r);
}

PLAIN_TEST_WITH(map_compile, no_map_is_looked_into_with_LEAT_NO_INLINE,
    .timeout_s = 120)
{
    static const char *const looks[] = {
        "*d = leat_map_get(m, *i)",
        "return leat_map_get_ok(m, *i, d)",
        "return leat_map_find(w, LEAT_STR(\"a\")) != NULL",
        "return leat_map_delete(m, *i)",
        "leat_map_put(m, *i, 1)",
        "*leat_map_at(m, *i) += 1",
    };
    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++) {
        map_check_looks("", looks[i], true);
        map_check_looks("-DLEAT_NO_INLINE", looks[i], false);
    }
}

PLAIN_TEST(map_compile, the_length_and_the_next_are_calls_with_LEAT_NO_INLINE)
{
    static const char *const bodies[][2] = {
        {"return leat_map_len(m)", "leat__map_count"},
        {"leat_map_range (int, k, double, v, m) *d += k + v",
            "leat__mapiternext"},
    };
    struct test_result r;
    CHECK(map_compiles("", bodies[0][0], &r));
    CHECK(strstr(r.out, bodies[0][1]) == NULL);
    test_result_free(&r);
    for (int i = 0; i < 2; i++) {
        CHECK(map_compiles("-DLEAT_NO_INLINE", bodies[i][0], &r));
        CHECK_HAS(r.out, bodies[i][1]);
        test_result_free(&r);
    }
}

PLAIN_TEST(map_compile, the_semicolon_behind_a_key_is_no_extra_one)
{
    struct test_result r;
    CHECK_MSG(map_compiles("-Wpedantic -Wno-gnu", "", &r), "%s", r.err);
    CHECK(strstr(r.err, "extra") == NULL);
    test_result_free(&r);
}
