// SPDX-License-Identifier: MIT
// base/error.c: the texts of the error codes, and the version.
#include <leat/base.h>

const char *
leat_strerror(int error)
{
    switch (error) {
    case 0:
        return "no error";
#define LEAT__X(name, value, text)                                            \
    case name:                                                                \
        return text;
        LEAT_ERROR_MAP(LEAT__X)
#undef LEAT__X
    default:
        return "unknown error";
    }
}

const char *
leat_version(void)
{
    return LEAT_VERSION;
}
