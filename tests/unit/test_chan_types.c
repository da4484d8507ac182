// SPDX-License-Identifier: MIT
// test_chan_types.c: what must compile and what must not.
//
// Each line of the tables is put into a function with some channels and
// values in scope and given to the compilers of the house. A line that must
// not compile is an error without any warning option; one that must compile
// does so with every warning of the house made an error.
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TYPES_TIMEOUT_S = 60 };

#define TYPES_TEST(name)                                                       \
    PLAIN_TEST_WITH(chan_types, name, .timeout_s = TYPES_TIMEOUT_S,            \
        .skip_under = TEST_ASAN | TEST_TSAN | TEST_QEMU | TEST_VALGRIND)

static const char types_head[] =
    "#include <leat.h>\n"
    "#include <stdlib.h>\n"
    "struct one { int a; };\n"
    "struct two { int a, b; };\n"
    "struct big { char bytes[100]; };\n"
    "void take_int(int v);\n"
    "void take_two(int *p, double d);\n"
    "void take_one(struct one v);\n"
    "union small { int a; float b; };\n"
    "void take_small(union small v);\n"
    "void take_wg(struct leat_waitgroup wg);\n"
    "void take_seven(int a, int b, int c, int d, int e, int f, int g);\n"
    "void deferred(void *arg);\n"
    "void take_none(void);\n"
    "void take_size(size_t v, unsigned w);\n"
    "void take_short(short v, unsigned char w, float f);\n"
    "void take_long(long double v);\n"
    "double take_long_2(int *p, long double v);\n"
    "void take_long_6(int a, double b, int c, int *d, long double e,\n"
    "    float f);\n"
    "void take_longs(long double a, long double b, long double c);\n"
    "void take_chan(leat_chan(int) c);\n"
    "struct big give_big(int v);\n"
    "long double give_long(void);\n"
    "leat_chan(int) same(leat_chan(int) c);\n"
    "void use(leat_chan(int) ci, leat_chan(struct one) c1,\n"
    "    leat_chan(struct two) c2, leat_chan(int *) cp,\n"
    "    leat_chan(const char *) cs, leat_chan(struct leat_done) cd,\n"
    "    leat_chan(double) cf, struct one v1, struct two v2, int i, int *p,\n"
    "    double *d, struct big big);\n"
    "void use(leat_chan(int) ci, leat_chan(struct one) c1,\n"
    "    leat_chan(struct two) c2, leat_chan(int *) cp,\n"
    "    leat_chan(const char *) cs, leat_chan(struct leat_done) cd,\n"
    "    leat_chan(double) cf, struct one v1, struct two v2, int i, int *p,\n"
    "    double *d, struct big big)\n"
    "{\n"
    "    (void)ci, (void)c1, (void)c2, (void)cp, (void)cs, (void)cd;\n"
    "    (void)cf, (void)v1, (void)v2, (void)i, (void)p, (void)d;\n"
    "    (void)big;\n";

// No register carries one.
#define TYPES_LONG_DOUBLE                                                      \
    "leat_go(take_long, 1.0L);", "leat_go(take_long, 1.0);",                   \
    "leat_go(take_long, i);", "leat_go(take_long_2, p, 1.0);",                 \
    "leat_try_go(take_long_6, 1, 2.0, 3, p, 5.0, 6.0f);",                      \
    "leat_go(take_longs, 1, 2, 3);",

static const char *const types_good[] = {
    "leat_send(ci, 1);",
    "leat_send(cf, 1);",
    "leat_send(c1, v1);",
    "leat_send(c2, (struct two){1, 2});",
    "leat_send(cp, NULL);",
    "leat_send(cp, p);",
    "leat_send(cs, \"text\");",
    "leat_send(cd, (struct leat_done){});",
    "i = leat_recv(ci);",
    "v2 = leat_recv(c2);",
    "if (leat_recv_ok(ci, &i)) i++;",
    "while (leat_recv_ok(ci, NULL)) ;",
    "i = leat_try_send(c2, (struct two){1, 2});",
    "i = leat_recv_until(ci, &i, leat_deadline(LEAT_SECOND));",
    "switch (leat_select(leat_case_recv(ci, &i),"
    " leat_case_send(c2, (struct two){1, 2}), leat_case_send(c1, v1),"
    " leat_case_recv(cs, NULL), leat_case_send(cp, p), leat_default))"
    " { case 0: break; default: break; }",
    "leat_select();",
    "leat_range(int, v, ci) { leat_range(struct two, w, c2) i += v + w.b; }",
    "leat_range(int *, v, cp) i += *v;",
    "leat_range(int, v, ci) if (v) break;",
    "ci = leat_make_chan(int, 4); cp = leat_make_chan(int *);",
    "ci = same(ci); leat_close(ci); leat_free(ci);",
    "leat_go(take_int, 1); leat_go(take_two, p, 2); leat_go(take_none);",
    "leat_go(take_chan, ci);",
    "leat_go(take_int, i++); leat_go(take_int, leat_recv(ci));",
    "void (*fn)(int) = take_int; leat_go(fn, leat_try_go(*fn, 1) + 1);",
    "leat_go(exit, 1);",
    "leat_defer(deferred, p); leat_defer(&deferred, NULL);",
    "void (*fn)(void *) = deferred; leat_defer(fn, big.bytes);",
    "leat_defer(leat_chan_free, (struct leat_chan *)ci);"
    " leat_defer(leat_chan_close, (struct leat_chan *)c1);",
    "struct leat_mutex m = {}; leat_defer(leat_mutex_unlock, &m);"
    " leat_defer(free, p); leat_defer(atoi, \"1\"); leat_defer(free, NULL);",
    "leat_chan(leat_chan(int)) cc = leat_make_chan(leat_chan(int), 1);"
    " leat_send(cc, ci); leat_send(leat_recv(cc), leat_recv(ci));",
    NULL,
};

// Addresses of handles, and handles for cases; in C and C++.
#define TYPES_BAD_HANDLES                                                     \
    "leat_close(&ci);", "leat_send(&ci, 1);", "leat_recv_ok(&ci, NULL);",     \
        "leat_select(leat_case_send(&ci, 1));", "i = leat_select(ci, c1);",   \
        "i = leat_select(leat_case_recv(ci, &i), c1);"

static const char *const types_bad[] = {
    "leat_send(c1, v2);",
    "leat_send(c1, 1);",
    "leat_send(ci, v1);",
    "leat_send(cp, d);",
    "leat_send(cp, 7);",
    "leat_send(ci, p);",
    "leat_send(p, 1);",
    "i = leat_try_send(c1, v2);",
    "i = leat_try_send(cp, d);",
    "i = leat_send_until(cp, 0, d);",
    "v1 = leat_recv(c2);",
    "i = leat_recv(c1);",
    "leat_recv_ok(ci, d);",
    "leat_recv_ok(c1, &v2);",
    "leat_recv_ok(ci, i);",
    "i = leat_try_recv(cp, p);",
    "i = leat_recv_until(ci, d, 0);",
    "leat_select(leat_case_recv(ci, d));",
    "leat_select(leat_case_recv_ok(c1, &v2, NULL));",
    "leat_select(leat_case_send(cp, d));",
    "leat_select(leat_case_send(c1, v2));",
    "leat_select(leat_case_send(c1, 5));",
    "leat_close(i);",
    TYPES_BAD_HANDLES,
    "leat_close(1.5);",
    "i = (int)leat_len(v1);",
    "leat_range(double, v, ci) (void)v;",
    "leat_go(take_int, v1);",
    "leat_go(take_int);",
    "leat_go(take_int, 1, 2);",
    "leat_go(take_none, 1);",
    "leat_go(take_int, big);",
    "leat_go(take_two, d, 1.0);",
    "leat_go(take_two, 3, 1.0);",
    "leat_go(take_int, p);",
    "leat_go(take_chan, c1);",
    "leat_try_go(take_two, d, 1.0);",
    "leat_go_with(NULL, take_two, d, 1.0);",
    "leat_go(take_one, v1);",
    "struct leat_waitgroup wg = LEAT_ZERO; leat_go(take_wg, wg);",
    "union small u = {1}; leat_go(take_small, u);",
    "leat_defer(take_int, p);",
    "leat_defer(take_none, NULL);",
    "leat_defer(deferred, 3);",
    "leat_defer(take_int, 3);",
    "leat_defer(leat_mutex_unlock, p);",
    "struct big (*fn)(int *) = 0; leat_defer(fn, p);",
    "long double (*fn)(int *) = 0; leat_defer(fn, p);",
    "void (*fn)(double) = 0; leat_defer(fn, 0);",
    "leat_defer(take_int, 0);",
    "if (i) leat_defer(deferred, p);",
    TYPES_LONG_DOUBLE
    "leat_go(give_big, 1);",
    "leat_go(give_long);",
    "leat_go(i, 1);",
    NULL,
};

static const char *const types_compilers[] = {
    "gcc -std=gnu11", "clang-14 -std=gnu11", NULL};

static bool
types_compiles(const char *compiler, const char *flags, const char *line,
    char **messages)
{
    char path[4096];
    struct test_result r;
    snprintf(path, sizeof path, "%s/line.c", test_tmpdir());
    FILE *f = fopen(path, "w");
    CHECK(f != NULL);
    fprintf(f, "%s    %s\n}\n", types_head, line);
    CHECK_EQ(fclose(f), 0);
    CHECK(test_shell(&r, TYPES_TIMEOUT_S, "%s %s -I'%s' -c -o /dev/null '%s'",
        compiler, flags, test_source_path("include"), path));
    if (messages != NULL)
        *messages = r.err;
    return r.status == 0;
}

static bool
types_have(const char *compiler)
{
    struct test_result r;
    CHECK(test_shell(&r, TYPES_TIMEOUT_S, "%s --version", compiler));
    return r.status == 0;
}

TYPES_TEST(what_is_right_compiles_without_a_warning)
{
    int n = 0;
    for (int c = 0; types_compilers[c] != NULL; c++) {
        if (!types_have(types_compilers[c]))
            continue;
        // All in one: each line is a block of its own.
        char *all = strdup("");
        for (int i = 0; types_good[i] != NULL; i++) {
            char *more;
            CHECK(asprintf(&more, "%s    { %s }\n", all, types_good[i]) > 0);
            all = more;
        }
        char *messages;
        bool ok = types_compiles(types_compilers[c],
            "-O2 -Wall -Wextra -Wshadow -Wundef -Wvla -Wstrict-prototypes "
            "-Wmissing-prototypes -Werror", all, &messages);
        CHECK_MSG(ok, "%s says\n%s", types_compilers[c], messages);
        n++;
    }
    if (n == 0)
        test_skip("no compiler");
}

// As in a call.
TYPES_TEST(a_constant_that_fits_converts_without_a_warning)
{
    for (int c = 0; types_compilers[c] != NULL; c++) {
        char *messages;
        if (!types_have(types_compilers[c]))
            continue;
        bool ok = types_compiles(types_compilers[c],
            "-Wall -Wextra -Wconversion -Wsign-conversion -Werror",
            "leat_go(take_size, 1, 2); leat_go(take_short, 1, 2, 3.0);",
            &messages);
        CHECK_MSG(ok, "%s says\n%s", types_compilers[c], messages);
        CHECK(!types_compiles(types_compilers[c], "-Wconversion -Werror",
            "leat_go(take_short, i, 2, 3.0);", NULL));
    }
}

// A wrong type is an error, not a warning: no warning is asked for.
static void
types_refuse(const char *compiler)
{
    if (!types_have(compiler))
        test_skip("no %s", compiler);
    CHECK(types_compiles(compiler, "", "", NULL));
    for (int i = 0; types_bad[i] != NULL; i++)
        CHECK_MSG(!types_compiles(compiler, "", types_bad[i], NULL),
            "%s compiles: %s", compiler, types_bad[i]);
}

TYPES_TEST(what_is_wrong_does_not_compile_with_gcc)
{
    types_refuse("gcc -std=gnu11");
}

TYPES_TEST(what_is_wrong_does_not_compile_with_clang)
{
    types_refuse("clang-14 -std=gnu11");
}

TYPES_TEST(a_long_double_is_refused_in_words)
{
    static const char *const compilers[] = {
        "gcc -std=gnu11", "clang-14 -std=gnu11", "g++ -x c++ -std=gnu++17"};
    for (int i = 0; i < 3; i++) {
        if (!types_have(compilers[i]))
            continue;
        char *messages;
        CHECK(!types_compiles(
            compilers[i], "", "leat_go(take_long_2, p, 1);", &messages));
        CHECK_HAS(messages, "leat_go: no long double can be passed, pass a "
                            "pointer to it");
    }
}

// What the compiler says about line, in one error or, if two, as often.
static void
types_say(const char *line, const char *text, int times)
{
    static const char *const compilers[] = {
        "gcc -std=gnu11", "clang-14 -std=gnu11", "g++ -x c++ -std=gnu++17"};
    for (int i = 0; i < 3; i++) {
        if (!types_have(compilers[i]))
            continue;
        char *messages;
        CHECK(!types_compiles(compilers[i], "", line, &messages));
        CHECK_HAS(messages, text);
        int n = 0;
        for (char *at = messages; (at = strstr(at, "error:")) != NULL; at++)
            n++;
        CHECK_MSG(n <= times, "%s: %d errors\n%s", compilers[i], n, messages);
    }
}

TYPES_TEST(what_leat_go_does_not_take_is_refused_in_words)
{
    // In C++ the parameter is one, too.
    types_say("leat_go(take_one, v1);", "of a struct, slice or string pass "
                                        "its address", 2);
    types_say("leat_go(take_seven, 1, 2, 3, 4, 5, 6, 7);",
        "leat_go: at most 6 arguments, use leat_go_ptr", 1);
    types_say("leat_go(take_seven, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);",
        "leat_go: at most 6 arguments, use leat_go_ptr", 1);
}

TYPES_TEST(the_length_of_a_slice_is_told_of_where_a_channel_is_meant)
{
    static const char *const lines[] = {
        "leat_strs s = {}; i = (int)leat_len(s);",
        "leat_strs s = {}; i = (int)leat_cap(s);",
        "i = (int)leat_len(LEAT_STR(\"a\"));",
    };
    for (int c = 0; types_compilers[c] != NULL; c++) {
        if (!types_have(types_compilers[c]))
            continue;
        for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
            char *messages;
            CHECK(!types_compiles(types_compilers[c], "", lines[i], &messages));
            CHECK_HAS(messages, "slices and strings have members len and cap");
        }
    }
}

// The first message is about the function that the program named.
TYPES_TEST(a_wrong_argument_of_leat_go_is_told_of_by_the_functions_name)
{
    char *messages;
    if (!types_have("gcc"))
        test_skip("no gcc");
    CHECK(!types_compiles(
        "gcc -std=gnu11", "", "leat_go(take_two, p);", &messages));
    char *error = strstr(messages, "error:");
    CHECK(error != NULL);
    error[strcspn(error, "\n")] = '\0';
    CHECK_HAS(error, "too few arguments to function");
    CHECK_HAS(error, "take_two");
    CHECK(!types_compiles(
        "gcc -std=gnu11", "", "leat_go(take_two, d, 1.0);", &messages));
    CHECK_HAS(messages, "argument 1 of");
    CHECK_HAS(messages, "take_two");
    CHECK(strstr(messages, "leat__f") == NULL);
}

// The types in two files are the same, so that a channel goes from one to
// the other.
TYPES_TEST(a_channel_type_is_the_same_in_every_file)
{
    CHECK(types_compiles("gcc -std=gnu11", "-Werror",
        "extern leat_chan(struct two) shared;"
        " leat_chan(struct two) *at = &shared; (void)at;"
        " _Static_assert(__builtin_types_compatible_p(leat_chan(struct two),"
        " __typeof__(c2)), \"\");"
        " _Static_assert(!__builtin_types_compatible_p(leat_chan(struct one),"
        " __typeof__(c2)), \"\");", NULL));
}

// Of pointers the compilers only warn, unless told otherwise.
TYPES_TEST(a_channel_of_another_type_is_told_of)
{
    static const char *const lines[] = {
        "leat_chan(int) c = leat_make_chan(long, 1); (void)c;",
        "c2 = c1;",
    };
    for (int c = 0; types_compilers[c] != NULL; c++) {
        if (!types_have(types_compilers[c]))
            continue;
        for (int i = 0; i < 2; i++) {
            char *messages;
            types_compiles(types_compilers[c], "", lines[i], &messages);
            CHECK_HAS(messages, "incompatible pointer type");
            CHECK(!types_compiles(types_compilers[c],
                "-Werror=incompatible-pointer-types", lines[i], NULL));
        }
    }
}

// C++ -----------------------------------------------------------------------------

static const char *const types_cxx[] = {"g++", "clang++-14", NULL};

static const char *const types_cxx_bad[] = {
    "leat_send(ci, p);",
    "leat_send(cp, d);",
    "leat_send(c1, v2);",
    "leat_recv_ok(ci, d);",
    "leat_select(leat_case_recv(ci, d));",
    "leat_select(leat_case_send(c1, v2));",
    "leat_select(leat_case_send(cp, d));",
    "leat_close(i);",
    TYPES_BAD_HANDLES,
    "leat_go(take_int, v1);",
    "leat_go(take_int, 1, 2);",
    "leat_go(take_none, 1);",
    "leat_go(take_two, d, 1.0);",
    "leat_go(take_one, v1);",
    "leat_defer(take_int, p);",
    TYPES_LONG_DOUBLE
    // Whatever the other arguments are.
    "leat_go(take_long_2, nullptr, 1);",
    "leat_go(take_long_6, 1, 1, 1, p, 1, 1);",
    // What the goroutine would find of the caller's is gone by then.
    "struct text { text(const char *); };"
    " void (*fn)(const text &) = nullptr; leat_go(fn, \"x\");",
    "struct text { text(const char *); };"
    " void (*fn)(int, text) = nullptr; leat_go(fn, 1, \"x\");",
    "void (*fn)(const int &) = nullptr; leat_go(fn, 5);",
    "void (*fn)(int, int &) = nullptr; leat_go(fn, 5, i);",
    "void (*fn)(int &&) = nullptr; leat_go(fn, 5);",
    "void (*fn)(int, union small) = nullptr; leat_go(fn, 5, {});",
    "void (*fn)(const int &) noexcept = nullptr; leat_go(fn, 5);",
    "void (*fn)(const int &, ...) = nullptr; leat_go(fn, 5);",
    "struct big (*fn)() = nullptr; leat_go(fn);",
    "struct one (*fn)() = nullptr; leat_go(fn);",
    "union small (*fn)(int) = nullptr; leat_go(fn, 1);",
    "_Complex long double (*fn)(int) = nullptr; leat_go(fn, 1);",
    "leat_go(give_long);",
    NULL,
};

static const char *const types_cxx_good[] = {
    "int &(*fn)(int) = nullptr; leat_go(fn, 1);",
    "unsigned long (*fn)(const char *, ...) = nullptr; leat_go(fn, \"\", 1);",
    "void *(*fn)(int *, double) noexcept = nullptr; leat_go(fn, nullptr, 1);",
    "leat_go(take_two, p, 1); leat_go(take_none);",
    "struct leat_mutex m = {}; leat_defer(leat_mutex_unlock, &m);"
    " leat_defer(free, p); leat_defer(deferred, nullptr);"
    " leat_defer([](int *) {}, p); leat_defer([](void *) {}, p);"
    " leat_defer([](int *) noexcept {}, NULL);",
    "struct s { static void f(void *) {} static void f(int) {} };"
    " leat_defer(s::f, p); leat_defer(s::f, nullptr);",
    "int (*fn)(int, long *) = [](int v, long *) { return v; };"
    " leat_go(fn, 1, nullptr);",
    NULL,
};

TYPES_TEST(the_cxx_program_compiles_with_every_compiler_and_standard)
{
    static const char *const standards[] = {"11", "14", "17", "20"};
    int n = 0;
    for (int c = 0; types_cxx[c] != NULL; c++) {
        if (!types_have(types_cxx[c]))
            continue;
        for (int k = 0; k < 4; k++) {
            struct test_result r;
            CHECK(test_shell(&r, TYPES_TIMEOUT_S,
                "%s -std=gnu++%s -fsyntax-only -Wall -Wextra -Wshadow "
                "-Wundef -Wvla -Werror -DLEAT_HEADER_WARNINGS -I'%s' '%s'",
                types_cxx[c], standards[k], test_source_path("include"),
                test_source_path("tests/cxx/basic.cc")));
            CHECK_MSG(r.status == 0, "%s, C++%s\n%s", types_cxx[c],
                standards[k], r.err);
            n++;
        }
    }
    if (n == 0)
        test_skip("no C++ compiler");
}

// -I makes no system header of leat.h. What g++ alone knows, clang is not told.
TYPES_TEST(cxx_programs_may_have_all_warnings_and_get_none_of_leats)
{
    static const char *const programs[] = {"basic", "slices", "maps"};
    int n = 0;
    for (int c = 0; types_cxx[c] != NULL; c++) {
        if (!types_have(types_cxx[c]))
            continue;
        for (int k = 0; k < 3; k++, n++) {
            struct test_result r;
            CHECK(test_shell(&r, TYPES_TIMEOUT_S,
                "%s -std=gnu++17 -fsyntax-only -Werror -Wall -Wextra "
                "-Wconversion -Wsign-conversion -Wold-style-cast "
                "-Wno-unknown-warning-option -Wcast-align -Wuseless-cast "
                "-Wzero-as-null-pointer-constant -I'%s' '%s/tests/cxx/%s.cc'",
                types_cxx[c], test_source_path("include"),
                test_source_path(""), programs[k]));
            CHECK_MSG(r.status == 0, "%s, %s.cc\n%s", types_cxx[c],
                programs[k], r.err);
        }
    }
    if (n == 0)
        test_skip("no C++ compiler");
}

// The pragma that does so hides nothing of what the program itself wrote.
TYPES_TEST(cxx_programs_are_warned_of_what_they_give_to_macros)
{
    if (!types_have("g++"))
        test_skip("no g++");
    CHECK(types_compiles("g++ -x c++ -std=gnu++17", "-Wconversion -Werror",
        "leat_send(ci, i);", NULL));
    CHECK(!types_compiles("g++ -x c++ -std=gnu++17", "-Wconversion -Werror",
        "leat_send(ci, *d);", NULL));
    CHECK(!types_compiles("g++ -x c++ -std=gnu++17",
        "-Wold-style-cast -Werror", "leat_send(ci, (int)*d);", NULL));
}

TYPES_TEST(what_is_wrong_does_not_compile_as_cxx)
{
    if (!types_have("g++"))
        test_skip("no g++");
    CHECK(types_compiles("g++ -x c++ -std=gnu++17", "", "", NULL));
    for (int i = 0; types_cxx_bad[i] != NULL; i++)
        CHECK_MSG(!types_compiles("g++ -x c++ -std=gnu++17", "",
            types_cxx_bad[i], NULL), "g++ compiles: %s", types_cxx_bad[i]);
}

TYPES_TEST(what_leat_go_takes_compiles_as_cxx)
{
    for (int c = 0; types_cxx[c] != NULL; c++) {
        if (!types_have(types_cxx[c]))
            continue;
        for (int i = 0; types_cxx_good[i] != NULL; i++) {
            char compiler[64], *messages;
            snprintf(compiler, sizeof compiler, "%s -x c++ -std=gnu++17",
                types_cxx[c]);
            bool ok = types_compiles(
                compiler, "-Wall -Wextra", types_cxx_good[i], &messages);
            CHECK_MSG(ok, "%s: %s", types_cxx_good[i], messages);
        }
    }
}

// A value whose copy constructor, destructor or move does something would be
// owned by two: the sender and the receiver.
TYPES_TEST(a_cxx_element_that_is_not_trivially_copyable_is_refused_in_words)
{
    static const char *const lines[] = {
        "struct owner { int *p; ~owner() { delete p; } };"
        " (void)leat_make_chan(owner, 1);",
        "struct owner { int *p; ~owner() { delete p; } };"
        " leat_chan(owner) c = NULL; leat_send(c, owner());",
        "struct owner { int *p; ~owner() { delete p; } };"
        " leat_chan(owner) c = NULL; leat_recv(c);",
        "struct owner { int *p; ~owner() { delete p; } };"
        " (void)leat_make_map(int, owner);",
        "struct owner { int *p; ~owner() { delete p; } };"
        " leat_slice(owner) s = {}; s = leat_append(s, owner());",
        NULL,
    };
    for (int c = 0; types_cxx[c] != NULL; c++) {
        if (!types_have(types_cxx[c]))
            continue;
        for (int i = 0; lines[i] != NULL; i++) {
            char compiler[64], *messages;
            snprintf(compiler, sizeof compiler, "%s -x c++ -std=gnu++17",
                types_cxx[c]);
            CHECK(!types_compiles(compiler, "", lines[i], &messages));
            CHECK_HAS(messages, "are copied byte by byte");
        }
    }
}
