// SPDX-License-Identifier: MIT
// test_slice_compile.c: what the compiler makes of the macros: wrong types are
// errors, checks that cannot fail cost nothing, and they can be turned off.
#include "unit/test_slice_util.h"

#include <stdio.h>

// Compiles a function body; the assembly or the messages are in *r.
static bool
compile_body(const char *flags, const char *body, struct test_result *r)
{
    char all[256];
    snprintf(all, sizeof all, "-O2 %s", flags);
    return test_compiles(r, false, all,
        "struct point { int x, y; };\n"
        "struct other { int x, y; };\n"
        "LEAT_SLICE(points, struct point);\n"
        "typedef leat_slice(int) ints;\n"
        "int cmp(const struct point *, const struct point *);\n"
        "int f(ints s, points p, int64_t i);\n"
        "int f(ints s, points p, int64_t i)\n"
        "{ (void)s; (void)p; (void)i; %s return 0; }\n",
        body);
}

// None of n bodies compiles, and the messages for each say why.
static void
compile_refused(const char *const *wrong, size_t n, const char *why)
{
    struct test_result r;
    for (size_t i = 0; i < n; i++) {
        CHECK_MSG(!compile_body("", wrong[i], &r), "%s compiles", wrong[i]);
        CHECK_HAS(r.err, why);
        test_result_free(&r);
    }
}

PLAIN_TEST(slice_compile, wrong_types_do_not_compile)
{
    static const char *const wrong[] = {
        "s = leat_append(s, p);",
        "p = leat_append(p, 1);",
        "p = leat_append(p, (struct other){1, 2});",
        "s = leat_append_slice(s, p);",
        "leat_copy(s, p);",
        "leat_push(&p, (struct other){1, 2});",
        "leat_push(s, 1);",
        "leat_at(p, 0) = 3;",
        "leat_at(s, 1.5) = 3;",
        "leat_at(s, \"1\") = 3;",
        "s = p;",
        "p = leat_slice_of(points, \"a\");",
        "leat_slice_equal(s, p);",
        "leat_slice_index(p, (struct point){1, 2});", // == is not for structs
        "leat_slice_sort(p);",
        "leat_slice_sort_func(s, cmp);",
        "leat_slice(struct point) q; (void)q;", // needs a name
        "leat_slice_array(ints, s.ptr);",       // a pointer is no array
        "double a[3]; leat_slice_array(ints, a);",
        "p = leat_append_str(p, LEAT_STR(\"a\"));",
    };
    struct test_result r;
    CHECK(compile_body("", "s = leat_append(s, 1); return s.ptr[i];", &r));
    test_result_free(&r);
    compile_refused(wrong, sizeof wrong / sizeof *wrong, "error");
}

PLAIN_TEST(slice_compile, element_without_a_name_is_named_in_the_message)
{
    struct test_result r;
    CHECK(!compile_body("", "leat_slice(struct point) q; (void)q;", &r));
    CHECK_HAS(r.err, "struct point");
    CHECK_HAS(r.err, "declare_it_with_LEAT_SLICE");
    test_result_free(&r);
}

PLAIN_TEST(slice_compile, sort_without_an_order_names_the_sort_by_function)
{
    struct test_result r;
    CHECK(!compile_body("", "leat_slice_sort(p);", &r));
    CHECK_HAS(r.err, "leat_slice_sort_func");
    test_result_free(&r);
    CHECK(!compile_body("", "(void)leat_slice_min(p);", &r));
    CHECK_HAS(r.err, "only numbers and strings have an order");
    test_result_free(&r);
}

PLAIN_TEST(slice_compile, comparing_structs_names_the_forms_by_function)
{
    static const char *const wrong[] = {
        "(void)leat_slice_contains(p, ((struct point){1, 2}));",
        "(void)leat_slice_equal(p, p);",
        "p = leat_slice_compact(p);",
        "(void)leat_slice_is_sorted(p);",
        "(void)leat_slice_compare(p, p);",
        "(void)leat_slice_search(p, ((struct point){1, 2}), NULL);",
    };
    struct test_result r;
    compile_refused(wrong, sizeof wrong / sizeof *wrong, "see the form with _func");
    // What is no struct is compared, whatever it is.
    CHECK_MSG(compile_body("-Werror",
        "enum colour { RED }; LEAT_SLICE(colours, enum colour); "
        "LEAT_SLICE(pairs, _Complex double); LEAT_SLICE(refs, struct point *); "
        "colours c = {0}; pairs z = {0}; refs q = {0}; leat_strs t = {0}; "
        "return leat_slice_contains(c, RED) + leat_slice_contains(z, 1) + "
        "leat_slice_contains(q, NULL) + leat_slice_equal(t, t) + "
        "leat_slice_is_sorted(c);", &r), "%s", r.err);
    test_result_free(&r);
}

PLAIN_TEST(slice_compile, pointer_for_an_array_is_called_one)
{
    static const char *const wrong[] = {
        "leat_array_at(s.ptr, 0) = 1;",
        "s = leat_slice_array(ints, s.ptr);",
        "s = leat_array_sub(ints, s.ptr, 0, 1);",
    };
    struct test_result r;
    compile_refused(wrong, sizeof wrong / sizeof *wrong, "this takes an array");
    CHECK_MSG(compile_body("-Werror", "int vla[i]; vla[0] = 1; "
        "s = leat_slice_array(ints, vla); return leat_array_at(vla, 0);", &r),
        "%s", r.err);
    test_result_free(&r);
}

PLAIN_TEST(slice_compile, element_type_for_that_of_the_slice_is_called_one)
{
    static const char *const wrong[] = {
        "s = leat_slice_make(int, 3);",
        "s = leat_slice_try_make(int, 3, 4);",
        "s = leat_slice_of(int, 1, 2);",
        "int a[3]; s = leat_slice_array(int, a);",
        "int a[3] = {1, 2, 3}; s = leat_array_sub(int, a, 0, 1);",
        "s = leat_slice_concat(int, s, s);",
    };
    compile_refused(
        wrong, sizeof wrong / sizeof *wrong, "this takes a type of slices");
}

PLAIN_TEST(slice_compile, text_of_c_for_a_string_names_what_makes_one)
{
    static const char *const wrong[] = {
        "t = leat_append(t, \"a\");",
        "char *c = NULL; t = leat_append(t, c);",
        "const char *c = NULL; leat_push(&t, c);",
        "char c[4] = \"a\"; t = leat_slice_insert(t, 0, c);",
        "(void)leat_slice_contains(t, \"a\");",
    };
    struct test_result r;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char body[128];
        snprintf(body, sizeof body, "leat_strs t = {0}; %s", wrong[i]);
        CHECK_MSG(!compile_body("", body, &r), "%s compiles", body);
        CHECK_HAS(r.err, "elements are of type leat_str");
        test_result_free(&r);
    }
    // Others take it; and what the value does it does once, without a warning.
    CHECK_MSG(compile_body("-Werror",
        "leat_slice(const char *) c = {0}; leat_strs t = {0}, u = {0}; "
        "c = leat_append(c, \"a\"); leat_push(&c, \"b\"); "
        "t = leat_append(t, *u.ptr++); leat_push(&t, LEAT_STR(\"a\")); "
        "s = leat_append(s, (*s.ptr)++); p = leat_append(p, (struct point){1, 2});"
        "return leat_slice_contains(t, LEAT_STR(\"a\"));", &r), "%s", r.err);
    test_result_free(&r);
}

PLAIN_TEST(slice_compile, string_of_no_literal_names_what_takes_others)
{
    static const char *const wrong[] = {
        "const char *c = \"a\"; (void)LEAT_STR(c);",
        "const char c[] = \"a\"; (void)LEAT_STR(c);",
        "static const char c[] = \"a\"; (void)LEAT_STR(c);",
        "char c[4] = \"a\"; (void)LEAT_STR(c);",
        "(void)LEAT_STR(L\"a\");",
        "(void)LEAT_STR(NULL);",
    };
    struct test_result r;
    compile_refused(wrong, sizeof wrong / sizeof *wrong, "leat_str_from_c");
    static const char *const right[] = {
        "static const leat_str c = LEAT_STR(\"a\" \"b\"); (void)c;",
        "static const leat_str c[] = {LEAT_STR(\"\")}; (void)c;",
        "return (int)LEAT_STR(\"a\\0b\").len;",
    };
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        CHECK_MSG(compile_body("-Werror -O0", right[i], &r), "%s", r.err);
        test_result_free(&r);
        CHECK_MSG(compile_body("-Werror", right[i], &r), "%s", r.err);
        test_result_free(&r);
    }
}

// Go refuses them: "append(s, 1) (value of type []int) is not used".
PLAIN_TEST_WITH(slice_compile, results_that_are_dropped_are_warned_of_by_gcc,
    .timeout_s = 120)
{
    static const char *const dropped[] = {
        "leat_append(s, 1);",
        "leat_append_values(s, 1, 2);",
        "leat_append_slice(s, s);",
        "if (i > 0) leat_append(s, 1);",
        "for (; s.len < i; leat_append(s, 1)) i--;",
        "leat_append(s, 1), i++;",
        "leat_sub(s, 0, i);",
        "leat_sub_from(s, i);",
        "leat_sub_to(s, i);",
        "leat_sub_max(s, 0, i, i);",
        "leat_slice_make(ints, i);",
        "leat_slice_of(ints, 1, 2);",
        "leat_slice_clone(s);",
        "leat_slice_grow(s, i);",
        "leat_slice_clip(s);",
        "leat_slice_insert(s, 0, 1);",
        "leat_slice_insert_slice(s, 0, s);",
        "leat_slice_delete(s, 0, 1);",
        "leat_slice_replace(s, 0, 1, s);",
        "leat_slice_compact(s);",
        "leat_map(int, int) m = NULL; leat_map_keys(ints, m);",
    };
    struct test_result r;
    CHECK(compile_body("-dM -E", "", &r));
    if (strstr(r.out, "__clang__") != NULL)
        test_skip("clang does not warn of what stands in a macro");
    test_result_free(&r);
    for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++) {
        CHECK_MSG(compile_body("", dropped[i], &r), "%s: %s", dropped[i], r.err);
        CHECK_MSG(strstr(r.err, "-Wunused-value") != NULL, "%s", dropped[i]);
        test_result_free(&r);
    }
    CHECK_MSG(compile_body("-Werror",
        "(void)leat_append(s, 1); s = leat_append(leat_sub(s, 0, 1), 2); "
        "if (i > 0) s = leat_append(s, 1); else (void)leat_slice_clone(s); "
        "for (; s.len < i; s = leat_append(s, 1)) i--; leat_push(&s, 3); "
        "leat_slice_free(leat_slice_of(ints, 1)); ints a[1] = "
        "{leat_sub(s, 0, 1)}; s = i > 0 ? leat_sub(s, 0, 1) : a[0]; "
        "return leat_sub(s, 0, 1).ptr[0] + (int)leat_append(s, 1).len;", &r),
        "%s", r.err);
    test_result_free(&r);
}

PLAIN_TEST(slice_compile, dropping_what_only_the_result_owns_is_warned_of)
{
    static const char *const dropped[] = {
        "leat_str_clone(LEAT_STR(\"a\"));",
        "leat_str_fields(LEAT_STR(\"a\"));",
        "leat_new_timer(1);",
        "leat_with_cancel(NULL);",
        "leat_new_group(NULL);",
        "struct leat_mutex m = LEAT_ZERO; leat_mutex_try_lock(&m);",
    };
    struct test_result r;
    for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++) {
        CHECK_MSG(compile_body("", dropped[i], &r), "%s: %s", dropped[i], r.err);
        CHECK_MSG(strstr(r.err, "-Wunused-result") != NULL, "%s", dropped[i]);
        test_result_free(&r);
    }
}

PLAIN_TEST(slice_compile, lengths_of_any_integer_type_give_no_warning)
{
    static const char body[] =
        "size_t n = (size_t)i; unsigned u = 2; int a[8] = {0}; "
        "s = leat_slice_make(ints, n); s = leat_slice_make(ints, u, n); "
        "s = leat_slice_try_make(ints, n); s = leat_slice_grow(s, n); "
        "s = leat_slice_insert(s, n, 1); "
        "s = leat_slice_insert_slice(s, n, s); "
        "s = leat_slice_delete(s, u, n); s = leat_slice_replace(s, u, n, s); "
        "s = leat_sub(s, u, n); s = leat_sub_max(s, u, n, n); "
        "s = leat_sub_from(s, n); s = leat_sub_to(s, n); "
        "s = leat_array_sub(ints, a, u, n); "
        "return leat_at(s, n) + leat_array_at(a, n) + "
        "(*leat_slice_to_array(s, sizeof a))[u];";
    struct test_result r;
    CHECK_MSG(compile_body("-Werror -Wconversion -Wsign-conversion", body, &r),
        "%s", r.err);
    test_result_free(&r);
}

// Whether the code contains a call of the function that panics.
static bool
checks_remain(const char *flags, const char *body)
{
    struct test_result r;
    CHECK_MSG(compile_body(flags, body, &r), "%s", r.err);
    bool found = strstr(r.out, "leat__panic_bounds") != NULL;
    test_result_free(&r);
    return found;
}

PLAIN_TEST(slice_compile, checks_that_cannot_fail_cost_nothing)
{
    // A length that the compiler knows: of an array, of a make.
    CHECK(!checks_remain("", "int a[10] = {0}; return leat_array_at(a, 3);"));
    CHECK(!checks_remain("", "static int a[10]; ints t = leat_slice_array("
                             "ints, a); return leat_at(t, 3);"));
    CHECK(!checks_remain(
        "", "ints t = leat_slice_make(ints, 10); return leat_at(t, 3);"));
    CHECK(!checks_remain("", "ints t = leat_slice_make(ints, 10); "
                             "t = leat_sub(t, 2, 5); return leat_at(t, 2);"));
    // Indexes that were compared already.
    CHECK(!checks_remain(
        "", "if (i >= 0 && i < s.len) return leat_at(s, i);"));
    CHECK(!checks_remain("", "int sum = 0; for (int64_t k = 0; k < s.len; k++)"
                             " sum += leat_at(s, k); return sum;"));
    // And where they can fail, they are there.
    CHECK(checks_remain("", "return leat_at(s, 3);"));
    CHECK(checks_remain("", "return leat_at(s, i);"));
    CHECK(checks_remain("", "if (i < s.len) return leat_at(s, i);"));
    CHECK(checks_remain("", "int a[10] = {0}; return leat_array_at(a, i);"));
}

PLAIN_TEST(slice_compile, checks_can_be_turned_off)
{
    static const char body[] =
        "s = leat_sub(s, i, 5); s = leat_sub_from(s, i); "
        "s = leat_sub_max(s, i, i, i); s = leat_sub_to(s, i); "
        "p = leat_slice_delete(p, i, i); return leat_at(s, i);";
    CHECK(checks_remain("", body));
    CHECK(!checks_remain("-DLEAT_NO_BOUNDS", body));
    CHECK(!checks_remain("", "return leat_at_unchecked(s, i);"));
}
