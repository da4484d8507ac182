// SPDX-License-Identifier: MIT
// panic_nested: panics in deferred functions of panics.
#include <leat.h>

static void
panic_with(void *text)
{
    leat_panic("%s", (const char *)text);
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    leat_defer(panic_with, "C");
    leat_defer(panic_with, "B");
    leat_panic("A");
}
