// SPDX-License-Identifier: MIT
// panic_plain: deferred calls run, then the text, status 2.
#include <leat.h>

#include <stdio.h>

static void
say(void *text)
{
    puts(text);
}

static void
inner(void)
{
    leat_defer(say, "inner");
    leat_panic("boom %d", 42);
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    leat_defer(say, "outer");
    inner();
    return 0;
}
