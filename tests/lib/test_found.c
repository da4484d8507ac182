// SPDX-License-Identifier: MIT
// test_found.c: tests that are files, found when the runner starts.
//
//   tests/diff/NAME.go and NAME.c   diff.NAME: the same output and status
//   tests/cxx/NAME.cc               cxx.NAME: the program ends with status 0
//   examples/NAME.c                 examples.NAME: it ends with status 0 and,
//                                   where examples/NAME.out is, prints that
//
// Both halves of a differential test run with nothing in their environment
// that could make them differ, the C half in the profile that does as Go does.
#include "lib/test.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    // Each of the programs is short; a hang is what this is for.
    FOUND_TIMEOUT_S = 30,
};

static char *
found_path(const char *format, const char *name)
{
    char *path;
    if (asprintf(&path, format, name) < 0)
        abort();
    return path;
}

// The file's text, or NULL when there is none.
static char *
found_text(const char *path)
{
    char *text = NULL;
    size_t room = 0;
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return NULL;
    if (getdelim(&text, &room, 0, f) < 0)
        text = strdup("");
    fclose(f);
    return text;
}

static void
run_twins(const char *name)
{
    struct test_result c, go;
    char *go_path = test_source_path(found_path("build/go/%s", name));
    if (access(go_path, X_OK) != 0)
        test_skip("no Go compiler was there to build the Go half");
    const char *const c_env[] = {"LEATDEBUG=profile=go", NULL};
    const char *const go_env[] = {"GOTRACEBACK=single", "GODEBUG=", NULL};
    CHECK(test_spawn((const char *[]){go_path, NULL}, go_env, &go,
        FOUND_TIMEOUT_S));
    CHECK(test_spawn_built(
        found_path("diff/%s", name), NULL, c_env, &c, FOUND_TIMEOUT_S));
    CHECK_STR(c.out, go.out);
    CHECK_MSG(c.status == go.status && !c.timed_out && !go.timed_out,
        "C ended with %d, Go with %d; C said\n%s\nGo said\n%s", c.status,
        go.status, c.err, go.err);
}

static void
run_cxx(const char *name)
{
    struct test_result r;
    CHECK(test_spawn_built(
        found_path("cxx/%s", name), NULL, NULL, &r, FOUND_TIMEOUT_S));
    CHECK_MSG(r.status == 0, "status %d, signal %d\n%s%s", r.status, r.signal,
        r.out, r.err);
}

static void
run_example(const char *name)
{
    struct test_result r;
    char *expected = found_text(
        test_source_path(found_path("examples/%s.out", name)));
    CHECK(test_spawn_built(
        found_path("examples/%s", name), NULL, NULL, &r, FOUND_TIMEOUT_S));
    CHECK_MSG(r.status == 0, "status %d, signal %d\n%s%s", r.status, r.signal,
        r.out, r.err);
    if (expected != NULL)
        CHECK_STR(r.out, expected);
}

// Registers a test for every file that the pattern finds.
static void
register_found(const char *pattern, const char *area,
    void (*body)(const char *name), unsigned skip_under)
{
    glob_t found;
    if (glob(test_source_path(pattern), 0, NULL, &found) != 0)
        return;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        char *name = strdup(strrchr(found.gl_pathv[i], '/') + 1);
        struct test_case *test = calloc(1, sizeof *test);
        if (name == NULL || test == NULL)
            abort();
        *strrchr(name, '.') = 0;
        *test = (struct test_case){
            .area = area,
            .name = name,
            .file = strdup(found.gl_pathv[i]),
            .line = 1,
            .plain = true,
            .body_with = body,
            .argument = name,
            // Two programs, each with a limit of its own, and some margin.
            .options = {.timeout_s = 2 * FOUND_TIMEOUT_S + 10,
                .skip_under = skip_under},
        };
        test_register(test);
    }
    globfree(&found);
}

__attribute__((constructor)) static void
find_tests(void)
{
    register_found("tests/diff/*.c", "diff", run_twins, 0);
    // The cross compiler of the test set has no C++ half.
    register_found("tests/cxx/*.cc", "cxx", run_cxx, TEST_QEMU);
    register_found("examples/*.c", "examples", run_example, 0);
}
