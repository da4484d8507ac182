// SPDX-License-Identifier: MIT
// base/check.c: what happens when an assertion of ours fails.
//
// A failed assertion is a bug in Leat, so nothing of Leat is trusted any
// more: the text goes out by write(2) and the process aborts.
#include "base/check.h"
#include "base/print.h"

#include <stdlib.h>

_Noreturn void
leat__assert_failed(const char *file, int line, const char *text)
{
    leat__printf(2, "leat: %s:%d: assertion failed: %s\n", file, line, text);
    abort();
}
