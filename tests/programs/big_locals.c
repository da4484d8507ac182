// SPDX-License-Identifier: MIT
// big_locals.c: a program whose threads have more thread-local memory than the
// runtime gives a thread for its stack.
#include <leat.h>

#include <stdio.h>
#include <string.h>

enum { LOCALS_BYTES = 3 << 20, LOCALS_USERS = 4 };

static __thread char locals[LOCALS_BYTES];

// On another thread than the next one, which it keeps its P from.
static void
use_locals(struct leat_waitgroup *all)
{
    leat_blocking_begin();
    memset(locals, 1, sizeof locals);
    leat_blocking_end();
    leat_waitgroup_done(all);
}

int
leat_main(int argc, char **argv)
{
    struct leat_waitgroup all = {0};
    (void)argc;
    (void)argv;
    leat_waitgroup_add(&all, LOCALS_USERS);
    for (int i = 0; i < LOCALS_USERS; i++)
        leat_go(use_locals, &all);
    leat_waitgroup_wait(&all);
    puts("used");
    return 0;
}
