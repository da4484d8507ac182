// SPDX-License-Identifier: MIT
// closing.c: what close does to whom: buffered values first, then zero
// values, receivers woken in order, senders that panic, and range.
#include <leat.h>

#include <stdio.h>

static const char *
truth(bool b)
{
    return b ? "true" : "false";
}

static void
drain(int n, int buffered)
{
    leat_chan(int) c = leat_make_chan(int, n);
    for (int i = 0; i < buffered; i++)
        leat_send(c, i * i);
    leat_close(c);
    printf("%d %d\n", (int)leat_len(c), (int)leat_cap(c));
    leat_range(int, v, c)
        printf("ranged %d\n", v);
    int v;
    bool ok = leat_recv_ok(c, &v);
    printf("%d %s %d\n", v, truth(ok), (int)leat_len(c));
}

static void
receive(leat_chan(int) c, leat_chan(int) out, int i)
{
    if (leat_recv_ok(c, NULL))
        i += 100;
    leat_send(out, i);
}

static void
receivers(void)
{
    leat_chan(int) c = leat_make_chan(int), out = leat_make_chan(int);
    for (int i = 0; i < 5; i++)
        leat_go(receive, c, out, i);
    for (int i = 0; i < 100; i++)
        leat_yield();
    leat_send(c, 1);
    leat_send(c, 2);
    leat_close(c);
    int hundreds = 0;
    for (int i = 0; i < 5; i++)
        hundreds += leat_recv(out) / 100;
    printf("with a value: %d without: %d\n", hundreds, 5 - hundreds);
}

struct text {
    char text[64];
};

static void
tell(void *arg)
{
    leat_chan(struct text) out = arg;
    const struct leat_panic_info *info = leat_recover();
    struct text t;
    snprintf(t.text, sizeof t.text, "%s", info ? info->text : "<nil>");
    leat_send(out, t);
}

static void
send(leat_chan(int) c, leat_chan(struct text) out, int i)
{
    leat_defer(tell, (void *)out);
    if (i % 2 == 0)
        leat_send(c, i);
    else
        leat_select(leat_case_send(c, i));
}

static void
senders(void)
{
    leat_chan(int) c = leat_make_chan(int, 1);
    leat_chan(struct text) out = leat_make_chan(struct text);
    leat_send(c, 42);
    for (int i = 0; i < 4; i++)
        leat_go(send, c, out, i);
    for (int i = 0; i < 100; i++)
        leat_yield();
    leat_close(c);
    for (int i = 0; i < 4; i++)
        printf("%s\n", leat_recv(out).text);
    printf("%d\n", leat_recv(c));
    printf("%s\n", truth(leat_recv_ok(c, NULL)));
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    for (int n = 0; n < 4; n++)
        for (int buffered = 0; buffered <= n; buffered++)
            drain(n, buffered);
    receivers();
    senders();
    return 0;
}
