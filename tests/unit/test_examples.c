// SPDX-License-Identifier: MIT
// test_examples.c: what the comparison of each example's output with its .out
// file (test_found.c) does not see.
#include "lib/test.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static glob_t
all_examples(void)
{
    glob_t found;
    CHECK_EQ(glob(test_source_path("examples/*.c"), 0, NULL, &found), 0);
    CHECK(found.gl_pathc > 0);
    return found;
}

static char *
file_text(const char *path)
{
    char *text = NULL;
    size_t room = 0;
    FILE *f = fopen(path, "r");
    CHECK_MSG(f != NULL, "cannot open %s", path);
    CHECK(getdelim(&text, &room, 0, f) > 0);
    fclose(f);
    return text;
}

PLAIN_TEST(example, each_has_a_file_with_its_output)
{
    glob_t found = all_examples();
    for (size_t i = 0; i < found.gl_pathc; i++) {
        char *out;
        const char *path = found.gl_pathv[i];
        CHECK(asprintf(&out, "%.*s.out", (int)strlen(path) - 2, path) > 0);
        CHECK_MSG(access(out, R_OK) == 0, "%s is missing", out);
        free(out);
    }
}

PLAIN_TEST(example, each_is_in_the_list)
{
    glob_t found = all_examples();
    char *list = file_text(test_source_path("examples/README.md"));
    for (size_t i = 0; i < found.gl_pathc; i++) {
        char *entry;
        const char *name = strrchr(found.gl_pathv[i], '/') + 1;
        CHECK(asprintf(&entry, "| [%s](%s) | ", name, name) > 0);
        CHECK_MSG(strstr(list, entry) != NULL,
            "examples/README.md does not say what %s is", name);
        free(entry);
    }
    free(list);
}

PLAIN_TEST(example, each_includes_only_leat_h_and_the_systems_headers)
{
    glob_t found = all_examples();
    for (size_t i = 0; i < found.gl_pathc; i++) {
        char *text = file_text(found.gl_pathv[i]);
        const char *name = found.gl_pathv[i];
        CHECK_MSG(strstr(text, "#include <leat.h>\n") != NULL,
            "%s does not include <leat.h>", name);
        CHECK_MSG(strstr(text, "#include \"") == NULL,
            "%s includes a file of the tree", name);
        CHECK_MSG(strstr(text, "leat__") == NULL,
            "%s uses what is internal", name);
        free(text);
    }
}

PLAIN_TEST(example, deadlock_shows_the_whole_report)
{
    struct test_result r;
    CHECK(test_spawn_built("examples/deadlock", NULL, NULL, &r, 20));
    CHECK_EQ(r.status, 0);
    CHECK_HAS(r.err, "fatal error: all goroutines are asleep - deadlock!\n"
                     "\ngoroutine 1 [chan receive");
    CHECK_HAS(r.err, "dine(");
    CHECK_HAS(r.err, "philosopher(");
    CHECK_HAS(r.err, "examples/deadlock.c:");
    CHECK_HAS(r.err, "created by dine");
}

PLAIN_TEST(example, programs_run_on_one_processor_and_on_many)
{
    glob_t found = all_examples();
    static const char *const procs[] = {"LEATPROCS=1", "LEATPROCS=7"};
    for (size_t i = 0; i < 2 * found.gl_pathc; i++) {
        struct test_result r;
        char program[256];
        const char *name = strrchr(found.gl_pathv[i / 2], '/') + 1;
        snprintf(program, sizeof program, "examples/%.*s",
            (int)strlen(name) - 2, name);
        CHECK(test_spawn_built(program, NULL,
            (const char *[]){procs[i % 2], NULL}, &r, 20));
        CHECK_MSG(r.status == 0, "%s %s: status %d\n%s", procs[i % 2], name,
            r.status, r.err);
        test_result_free(&r);
    }
}

// As the README says under "Sanitizers and Valgrind": the two files, compiled
// with the program. Valgrind ends with 99 when it finds an error, and warns of
// a switch between stacks that it was not told of.
PLAIN_TEST_WITH(example, valgrind_finds_no_error_in_programs_built_for_it,
    .timeout_s = 180,
    .skip_under = TEST_ASAN | TEST_TSAN | TEST_QEMU | TEST_VALGRIND)
{
    static const char *const names[] = {"select", "sync", "maps",
        "playlist", "access_log", "tap"};
    const char *dir = test_tmpdir(), *dist = test_source_path("dist");
    struct test_result r;
    CHECK(test_shell(&r, 20, "command -v valgrind"));
    if (r.status != 0)
        test_skip("valgrind is not installed");
    CHECK(test_shell(&r, 100, "gcc -g -O1 -DLEAT_VALGRIND -I'%s' -c "
        "-o '%s/leat.o' '%s/leat.c'", dist, dir, dist));
    CHECK_MSG(r.status == 0, "%s", r.err);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char example[64];
        snprintf(example, sizeof example, "examples/%s.c", names[i]);
        CHECK(test_shell(&r, 100, "cd '%s' && gcc -g -O1 -I'%s' -o %s '%s' "
            "leat.o -pthread && valgrind -q --error-exitcode=99 ./%s",
            dir, dist, names[i], test_source_path(example), names[i]));
        CHECK_MSG(r.status == 0, "%s: status %d\n%s", names[i], r.status,
            r.err);
        CHECK_STR(r.err, "");
    }
}
