// SPDX-License-Identifier: MIT
// fairness.c: how select shares among its cases: counts in buckets of an
// eighth. A fair choice's are 8 standard deviations from the edges of theirs.
#include <leat.h>

#include <stdio.h>

static int
bucket(int n, int total)
{
    return (8 * n + total / 2) / total;
}

static void
closed_ones(void)
{
    int count[4] = {0};
    leat_chan(int) c[4];
    for (int i = 0; i < 4; i++) {
        c[i] = leat_make_chan(int);
        leat_close(c[i]);
    }
    for (int i = 0; i < 20000; i++)
        count[leat_select(leat_case_recv(c[0], NULL),
            leat_case_recv(c[1], NULL), leat_case_recv(c[2], NULL),
            leat_case_recv(c[3], NULL))]++;
    for (int i = 0; i < 4; i++)
        printf("closed %d\n", bucket(count[i], 20000));
}

static void
send_or_receive(void)
{
    int sent = 0;
    for (int round = 0; round < 50; round++) {
        leat_chan(int) c = leat_make_chan(int, 1000);
        for (int i = 0; i < 500; i++)
            leat_send(c, i);
        for (int i = 0; i < 400; i++)
            sent += leat_select(leat_case_recv(c, NULL), leat_case_send(c, 1));
        leat_free(c);
    }
    printf("sent %d\n", bucket(sent, 20000));
}

static void
add_up(leat_chan(int) c, int n, int *sum, leat_chan(bool) done)
{
    for (int i = 0; i < n; i++)
        *sum += leat_recv(c);
    leat_send(done, true);
}

static void
same_twice(void)
{
    leat_chan(int) c = leat_make_chan(int);
    leat_chan(bool) done = leat_make_chan(bool);
    int ones = 0;
    leat_go(add_up, c, 4000, &ones, done);
    for (int i = 0; i < 4000; i++)
        leat_select(leat_case_send(c, 0), leat_case_send(c, 1));
    leat_recv(done);
    printf("ones %d\n", bucket(ones, 4000));
}

static void
ready_before_default(void)
{
    leat_chan(int) c = leat_make_chan(int, 1);
    int defaults = 0;
    for (int i = 0; i < 1000; i++) {
        defaults += leat_select(leat_case_send(c, i), leat_default);
        defaults += leat_select(leat_case_recv(c, NULL), leat_default);
    }
    printf("defaults %d\n", defaults);
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    closed_ones();
    send_or_receive();
    same_twice();
    ready_before_default();
    return 0;
}
