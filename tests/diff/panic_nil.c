// SPDX-License-Identifier: MIT
// panic_nil: a NULL access that nobody recovers.
#include <leat.h>

#include <inttypes.h>
#include <stdio.h>

struct pair {
    int64_t a, b;
};

static struct pair *volatile null;

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
#ifdef __SANITIZE_ADDRESS__
    // A NULL access is the sanitizer's business then.
    leat_panic("%s", "runtime error: invalid memory address or nil pointer "
                     "dereference");
#else
    printf("%" PRId64 "\n", null->b);
#endif
    return 0;
}
