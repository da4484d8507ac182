// SPDX-License-Identifier: MIT
// ring.c: a token goes round rings of goroutines; who has it when it runs out.
#include <leat.h>

#include <stdio.h>

struct who {
    int i, visits;
};

static void
node(int i, leat_chan(int) in, leat_chan(int) out, leat_chan(struct who) last)
{
    int visits = 0;
    leat_range(int, token, in) {
        visits++;
        if (token == 0)
            leat_send(last, (struct who){i, visits});
        else
            leat_send(out, token - 1);
    }
    leat_close(out);
}

// The last of them hands on to the first through this goroutine.
static void
hand_on(leat_chan(int) in, leat_chan(int) first, leat_chan(int) rounds)
{
    int n = 0;
    leat_range(int, v, in) {
        n++;
        leat_send(first, v);
    }
    leat_send(rounds, n);
}

static void
ring(int n, int buffer, int token)
{
    leat_chan(struct who) last = leat_make_chan(struct who);
    leat_chan(int) first = leat_make_chan(int, buffer), in = first;
    leat_chan(int) rounds = leat_make_chan(int);
    for (int i = 0; i < n; i++) {
        leat_chan(int) out = leat_make_chan(int, buffer);
        leat_go(node, i, in, out, last);
        in = out;
    }
    leat_go(hand_on, in, first, rounds);
    leat_send(first, token);
    struct who who = leat_recv(last);
    leat_close(first);
    printf("%d %d %d ends at %d visited %d rounds %d\n", n, buffer, token,
        who.i, who.visits, leat_recv(rounds));
}

int
leat_main(int argc, char **argv)
{
    static const int sizes[] = {1, 2, 7, 50, 503};
    (void)argc;
    (void)argv;
    for (int i = 0; i < 5; i++)
        for (int buffer = 0; buffer < 3; buffer++)
            ring(sizes[i], buffer, 1000 + sizes[i] * buffer);
    return 0;
}
