// SPDX-License-Identifier: MIT
// article.c: the first program of the article, as it is meant: a deferred
// function recovers from a send on a closed channel.
#include <leat.h>

#include <stdio.h>

static void
recovered(void *arg)
{
    const struct leat_panic_info *r = leat_recover();
    (void)arg;
    if (r != NULL)
        printf("Recovered: %s\n", r->text);
}

static void
send(leat_chan(int) ch)
{
    leat_try {
        leat_defer(recovered, NULL);
        leat_send(ch, 1);
        printf("not reached\n");
    }
}

static void
receive(leat_chan(int) ch)
{
    int v;
    bool ok = leat_recv_ok(ch, &v);
    printf("%d %s\n", v, ok ? "true" : "false");
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    leat_chan(int) ch = leat_make_chan(int);
    leat_close(ch);
    send(ch);
    leat_chan(int) full = leat_make_chan(int, 1);
    leat_send(full, 7);
    leat_close(full);
    send(full);
    receive(full);
    receive(full);
    printf("main goes on\n");
    return 0;
}
