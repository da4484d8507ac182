// SPDX-License-Identifier: MIT
// panic_repanic: what was recovered before a new panic is shown as such.
#include <leat.h>

static void
recover_and_panic(void *arg)
{
    (void)arg;
    leat_recover();
    leat_panic("B");
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    leat_defer(recover_and_panic, NULL);
    leat_panic("A");
}
