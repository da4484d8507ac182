// SPDX-License-Identifier: MIT
// map_nil: assigning to a nil map, and nobody recovers.
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
    leat_map(leat_str, int) m = NULL;
    leat_defer(say, "deferred");
    printf("%lld\n", (long long)leat_map_len(m));
    leat_map_put(m, LEAT_STR("a"), 1);
    return 0;
}
