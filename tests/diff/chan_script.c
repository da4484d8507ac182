// SPDX-License-Identifier: MIT
// chan_script.c: ten thousand random operations that do not block on a few
// channels, each result printed: the same generator decides in both programs.
#include <leat.h>

#include <stdio.h>

enum { CHANS = 5 };

static uint64_t state = 12345;
static leat_chan(int) c[CHANS];

static uint64_t
number(uint64_t n)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % n;
}

static const char *
truth(bool b)
{
    return b ? "true" : "false";
}

static void
try_close(int k)
{
    struct leat_caught caught = {.kind = 0};
    leat_try {
        leat_catch(&caught);
        leat_close(c[k]);
        printf("closed %d\n", k);
    }
    if (caught.kind != 0)
        printf("close %s\n", caught.text);
}

static void
try_send(int k, int v)
{
    struct leat_caught caught = {.kind = 0};
    leat_try {
        leat_catch(&caught);
        if (leat_select(leat_case_send(c[k], v), leat_default) == 0)
            printf("sent %d %d\n", k, v);
        else
            printf("would block %d\n", k);
    }
    if (caught.kind != 0)
        printf("send %s\n", caught.text);
}

static void
try_receive(int k)
{
    int x;
    bool ok;
    if (leat_select(leat_case_recv_ok(c[k], &x, &ok), leat_default) == 0)
        printf("received %d %d %s\n", k, x, truth(ok));
    else
        printf("nothing %d\n", k);
}

static void
step(int k, int v)
{
    uint64_t op = number(12);
    if (op == 0 && number(4) == 0) {
        int n = (int)number(4);
        c[k] = leat_make_chan(int, n);
        printf("make %d %d\n", k, n);
    } else if (op == 1 && number(4) == 0) {
        try_close(k);
    } else if (op == 2 && number(8) == 0) {
        c[k] = NULL;
        printf("nil %d\n", k);
    } else if (op >= 3 && op <= 6) {
        try_send(k, v);
    } else if (op >= 7 && op <= 10) {
        try_receive(k);
    } else if (op == 11) {
        printf("len %d %d %d\n", k, (int)leat_len(c[k]), (int)leat_cap(c[k]));
    }
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    for (int i = 0; i < 10000; i++) {
        int k = (int)number(CHANS);
        step(k, (int)number(1000));
    }
    return 0;
}
