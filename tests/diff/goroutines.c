// SPDX-License-Identifier: MIT
// goroutines.c: how many goroutines there are, how many run at once, and what
// they start.
#include <leat.h>

#include <inttypes.h>
#include <stdio.h>

static void
settle(int n)
{
    while (leat_num_goroutine() > n)
        leat_yield();
}

static void
hold_on(leat_chan(int) hold)
{
    leat_recv(hold);
}

static void
tree(int depth, leat_chan(int) leaves)
{
    if (depth == 0) {
        leat_send(leaves, 1);
        return;
    }
    leat_go(tree, depth - 1, leaves);
    leat_go(tree, depth - 1, leaves);
}

static struct leat_waitgroup wg;

static void
arguments(int8_t a, uint16_t b, int64_t c, float d, double e, const char *f)
{
    printf("%d %d %" PRId64 " %g %g %s\n", a, b, c, (double)d, e, f);
    leat_waitgroup_done(&wg);
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    int a = leat_gomaxprocs(3), b = leat_gomaxprocs(0);
    int c = leat_gomaxprocs(2), d = leat_gomaxprocs(-5);
    printf("%s %d %d %d\n", a >= 1 ? "true" : "false", b, c, d);
    leat_chan(int) hold = leat_make_chan(int);
    for (int i = 0; i < 100; i++)
        leat_go(hold_on, hold);
    printf("%d\n", leat_num_goroutine());
    for (int i = 0; i < 40; i++)
        leat_send(hold, i);
    settle(61);
    printf("%d\n", leat_num_goroutine());
    leat_close(hold);
    settle(1);
    printf("%d\n", leat_num_goroutine());
    leat_chan(int) leaves = leat_make_chan(int);
    leat_go(tree, 10, leaves);
    int n = 0;
    while (n < 1024)
        n += leat_recv(leaves);
    printf("%d\n", n);
    leat_waitgroup_add(&wg, 1);
    leat_go(arguments, -5, 65535, -((int64_t)1 << 62), 0.5, -2.25, "text");
    leat_waitgroup_wait(&wg);
    return 0;
}
