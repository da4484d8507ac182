// SPDX-License-Identifier: MIT
// test_base.c: the table of errors and the version.
#include "lib/test.h"

#include <leat.h>

#include <string.h>

PLAIN_TEST(base, every_error_has_a_negative_code_and_a_text_of_its_own)
{
    static const struct {
        int code;
        const char *text;
    } table[] = {
#define ROW(name, value, words) {name, words},
        LEAT_ERROR_MAP(ROW)
#undef ROW
    };
    size_t n = sizeof table / sizeof *table;
    CHECK(n >= 10);
    for (size_t i = 0; i < n; i++) {
        CHECK(table[i].code < 0);
        CHECK_STR(leat_strerror(table[i].code), table[i].text);
        for (size_t k = 0; k < i; k++) {
            CHECK(table[i].code != table[k].code);
            CHECK(strcmp(table[i].text, table[k].text) != 0);
        }
    }
}

PLAIN_TEST(base, numbers_outside_the_table_have_a_text_too)
{
    CHECK_STR(leat_strerror(0), "no error");
    CHECK_STR(leat_strerror(1), "unknown error");
    CHECK_STR(leat_strerror(-1000), "unknown error");
}

PLAIN_TEST(base, the_version_linked_is_that_of_the_header)
{
    CHECK_STR(leat_version(), LEAT_VERSION);
}
