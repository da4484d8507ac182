// SPDX-License-Identifier: MIT
// panic_goexit_main: a main goroutine that exits leaves a deadlock.
#include <leat.h>

#include <stdio.h>

static void
say(void *text)
{
    puts(text);
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    leat_defer(say, "deferred");
    leat_goexit();
}
