// SPDX-License-Identifier: MIT
// panic.c: defer, panic and recover.
//
// A panic runs the deferred functions of its goroutine, newest first. One
// that nobody recovers ends the program with the goroutine's trace and
// status 2, as in Go.
#include <leat.h>

#include <stdio.h>

static void
say(void *text)
{
    printf("deferred: %s\n", (char *)text);
}

// Whatever way a block is left, what it deferred is done.
static int
leave_early(int n)
{
    leat_defer(say, "outer");
    for (int i = 0;; i++) {
        leat_defer(say, "each turn of the loop");
        if (i == n)
            return i;
    }
}

static void
risky(int divisor)
{
    leat_defer(say, "runs while panicking");
    if (divisor == 0)
        leat_panic("division by %s", "zero");
    printf("6 / %d = %d\n", divisor, 6 / divisor);
}

// leat_try marks where a recovered panic continues: behind it. leat_catch
// is a deferred leat_recover that keeps what it has stopped.
static void
show_catch(int divisor)
{
    struct leat_caught caught = {0};
    leat_try {
        leat_catch(&caught);
        risky(divisor);
    }
    if (caught.kind != 0)
        printf("caught: %s\n", caught.text);
}

// By hand: recover in a deferred function.
static void
note(void *arg)
{
    const struct leat_panic_info *info = leat_recover();
    if (info != NULL)
        *(volatile int *)arg = *(int *)info->value;
}

static void
show_value(void)
{
    static int code = 42;
    volatile int seen = 0; // it is changed inside leat_try and read behind it
    leat_try {
        leat_defer(note, (void *)&seen);
        leat_panic_value("int *", &code);
    }
    printf("recovered the value %d\n", seen);
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    printf("left after turn %d\n", leave_early(1));
    show_catch(3);
    show_catch(0);
    show_value();
    return 0;
}
