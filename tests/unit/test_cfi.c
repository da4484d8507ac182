// SPDX-License-Identifier: MIT
// test_cfi.c: programs with clang's control-flow integrity, which holds each
// indirect call against the type of what is called.
#include "lib/test.h"

#include <stdio.h>

enum {
    CFI_TIMEOUT_S = 100,
    CFI_SKIP = TEST_ASAN | TEST_TSAN | TEST_QEMU | TEST_VALGRIND
};

// Compiles the program with leat.c and flags, runs it, checks what it prints.
static void
cfi_run(const char *flags, const char *program, const char *prints)
{
    struct test_result r;
    const char *dir = test_tmpdir();
    char path[512];
    snprintf(path, sizeof path, "%s/program.c", dir);
    FILE *f = fopen(path, "w");
    CHECK(f != NULL);
    fputs(program, f);
    CHECK_EQ(fclose(f), 0);
    CHECK(test_shell(&r, CFI_TIMEOUT_S,
        "cd '%s' && cc='clang-14 -O0 -flto -fvisibility=hidden -fuse-ld=gold "
        "-fsanitize=cfi -fno-sanitize-trap=cfi -fno-sanitize-recover=all'; "
        "echo 'int main(void) { return 0; }' > none.c; "
        "$cc none.c -o none 2>/dev/null || exit 77; "
        "$cc %s -I '%s' program.c '%s' -pthread -o program && ./program",
        dir, flags, test_source_path("dist"), test_source_path("dist/leat.c")));
    if (r.status == 77)
        test_skip("no clang-14 that links with it");
    CHECK_STR(r.err, "");
    CHECK_EQ(r.status, 0);
    CHECK_STR(r.out, prints);
    test_result_free(&r);
}

PLAIN_TEST_WITH(cfi, deferred_functions_of_any_pointer_are_called,
    .timeout_s = CFI_TIMEOUT_S, .skip_under = CFI_SKIP)
{
    cfi_run("",
        "#include <leat.h>\n"
        "#include <stdio.h>\n"
        "static int show(int *n) { return printf(\"%d\\n\", *n); }\n"
        "int leat_main(int argc, char **argv)\n"
        "{\n"
        "    int one = 1, two = 2;\n"
        "    (void)argv;\n"
        "    leat_defer(show, &two);\n"
        "    leat_try {\n"
        "        struct leat_caught caught;\n"
        "        leat_catch(&caught);\n"
        "        leat_defer(show, &one);\n"
        "        if (argc > 0) leat_panic(\"out\");\n"
        "    }\n"
        "    return 0;\n"
        "}\n",
        "1\n2\n");
}

PLAIN_TEST_WITH(cfi, goroutines_start_where_indirect_calls_are_left_out,
    .timeout_s = CFI_TIMEOUT_S, .skip_under = CFI_SKIP)
{
    cfi_run("-fno-sanitize=cfi-icall",
        "#include <leat.h>\n"
        "#include <stdio.h>\n"
        "static void give(leat_chan(int) c, int n) { leat_send(c, n); }\n"
        "int leat_main(int argc, char **argv)\n"
        "{\n"
        "    leat_chan(int) c = leat_make_chan(int);\n"
        "    (void)argc, (void)argv;\n"
        "    leat_go(give, c, 3);\n"
        "    printf(\"%d\\n\", leat_recv(c));\n"
        "    return 0;\n"
        "}\n",
        "3\n");
}
