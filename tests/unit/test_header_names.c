// SPDX-License-Identifier: MIT
// test_header_names.c: leat.h in a program that has macros of its own. Its
// names are a program's to use, as far as they are not Leat's or C's.
#include "lib/test.h"

#include <stdio.h>

// What programs like to define before they include anything.
static const char *const header_macros[] = {"A", "B", "C", "D", "E", "F", "G",
    "H", "I", "J", "K", "L", "M", "N", "O", "P", "Q", "R", "S", "T", "U", "V",
    "W", "X", "Y", "Z", "MIN", "MAX", "LEN", "SIZE", "BIT", "KEY", "VALUE",
    "OK", "ERROR", "EMPTY", "LOW", "HIGH", "min", "max", "swap", "index",
    "error", "likely", "unlikely", "countof", "defer", "go", "chan", "nil",
    "string", "byte", "u8", "u32", "u64"};

// Each of them is an error wherever a header takes it for its own.
static void
header_with_macros(bool cxx)
{
    char flags[2048];
    size_t n = 0;
    for (size_t i = 0; i < sizeof header_macros / sizeof *header_macros; i++)
        n += (size_t)snprintf(
            flags + n, sizeof flags - n, "-D%s=@ ", header_macros[i]);
    CHECK(n < sizeof flags);
    struct test_result r;
    if (!test_compiles(&r, cxx, flags,
            "int main(void) { return 0; }\n"))
        FAIL("%s", r.err);
    test_result_free(&r);
}

PLAIN_TEST(header_names, a_program_s_macros_do_not_break_the_header)
{
    header_with_macros(false);
}

PLAIN_TEST(header_names, nor_one_of_cxx)
{
    header_with_macros(true);
}
