// SPDX-License-Identifier: MIT
// test_compile.c: asks the compiler what it makes of a program on leat.h.
#include "lib/test.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { COMPILE_TIMEOUT_S = 60 };

static const char *
compile_command(bool cxx)
{
    const char *cc = getenv(cxx ? "CXX" : "CC");
    struct test_result r;
    if (cc == NULL)
        cc = cxx ? "g++" : "gcc";
    CHECK(test_shell(&r, COMPILE_TIMEOUT_S, "command -v %s", cc));
    if (r.status != 0)
        test_skip("there is no %s", cc);
    test_result_free(&r);
    return cc;
}

bool
test_compiles(struct test_result *result, bool cxx, const char *flags,
    const char *format, ...)
{
    const char *cc = compile_command(cxx);
    char path[512];
    va_list args;
    snprintf(path, sizeof path, "%s/program.%s", test_tmpdir(),
        cxx ? "cc" : "c");
    FILE *f = fopen(path, "w");
    CHECK(f != NULL);
    fprintf(f, "#include <leat.h>\n");
    va_start(args, format);
    vfprintf(f, format, args);
    va_end(args);
    CHECK_EQ(fclose(f), 0);
    CHECK(test_shell(result, COMPILE_TIMEOUT_S,
        "%s -std=%s -S -o - -Wall -Wextra %s -I '%s' '%s'", cc,
        cxx ? "gnu++17" : "gnu11", flags, test_source_path("include"), path));
    return result->status == 0;
}
