// SPDX-License-Identifier: MIT
// test_map_compile.c: what the compiler makes of the macros of maps: wrong
// types are errors.
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>

// Compiles a function body behind leat.h. Skips the test where there is no
// compiler.
static bool
map_compiles(const char *flags, const char *body, struct test_result *r)
{
    const char *cc = getenv("CC") != NULL ? getenv("CC") : "gcc";
    char path[512];
    CHECK(test_shell(r, 20, "command -v %s", cc));
    if (r->status != 0)
        test_skip("there is no %s", cc);
    test_result_free(r);
    snprintf(path, sizeof path, "%s/body.c", test_tmpdir());
    FILE *f = fopen(path, "w");
    CHECK(f != NULL);
    fprintf(f,
        "#include <leat.h>\n"
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
    fclose(f);
    CHECK(test_shell(r, 60,
        "%s -std=gnu11 -O1 -S -o - -Wall -Wextra %s -I '%s' '%s'", cc, flags,
        test_source_path("include"), path));
    return r->status == 0;
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

PLAIN_TEST(map_compile, struct_without_a_key_names_what_is_missing)
{
    struct test_result r;
    CHECK(!map_compiles("", "leat_make_map(struct point, int)", &r));
    CHECK_HAS(r.err, "needs LEAT_MAP_KEY");
    test_result_free(&r);
}
