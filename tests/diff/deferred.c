// SPDX-License-Identifier: MIT
// deferred.c: when deferred calls run: at the end of a block of code, in what
// order, with what arguments, on every way out, and at the end of a goroutine.
#include <leat.h>

#include <stdio.h>

static void
say(void *text)
{
    printf("deferred %s\n", (const char *)text);
}

static void
order(void)
{
    leat_defer(say, "first");
    leat_defer(say, "second");
    printf("body\n");
}

static void
left_with(void *n)
{
    printf("left with %d\n", *(int *)n);
}

static int
ways(int n)
{
    leat_defer(left_with, &n);
    if (n == 0)
        return 10;
    for (int i = 0; i < 3; i++)
        if (i == n)
            return 20 + i;
    return 30;
}

static leat_chan(const char *) done;

static void
tell(void *text)
{
    leat_send(done, text);
}

static void
inner(void)
{
    leat_defer(say, "inside");
    leat_goexit();
}

static void
exiting(void)
{
    leat_defer(tell, "ended");
    leat_defer(say, "in goexit");
    inner();
    leat_send(done, "not reached");
}

static void
recovered(int n)
{
    struct leat_caught c = {.kind = 0};
    leat_try {
        leat_catch(&c);
        leat_defer(say, "on the way");
        if (n > 0)
            leat_panic("panic %d", n);
    }
    printf("%s\n", c.kind != 0 ? c.text : "none");
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    order();
    for (int n = 0; n < 4; n++)
        printf("%d\n", ways(n));
    done = leat_make_chan(const char *);
    leat_go(exiting);
    printf("%s\n", leat_recv(done));
    recovered(0);
    recovered(1);
    return 0;
}
