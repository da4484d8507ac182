// SPDX-License-Identifier: MIT
// pingpong.c: unbuffered channels hand over: a send returns when somebody
// has received. So two goroutines that pass a ball take strict turns.
#include <leat.h>

#include <stdio.h>

struct ball {
    int hits;
};

// Plays until the table is cleared (the channel closed), then tells.
static void
player(const char *name, leat_chan(struct ball) in,
    leat_chan(struct ball) out, leat_chan(const char *) left)
{
    struct ball ball;
    while (leat_recv_ok(in, &ball)) {
        ball.hits++;
        printf("%s %d\n", name, ball.hits);
        if (ball.hits == 6) {
            leat_close(out);
            break;
        }
        leat_send(out, ball);
    }
    leat_send(left, name);
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    leat_chan(struct ball) to_ping = leat_make_chan(struct ball);
    leat_chan(struct ball) to_pong = leat_make_chan(struct ball);
    leat_chan(const char *) left = leat_make_chan(const char *, 2);

    leat_go(player, "ping", to_ping, to_pong, left);
    leat_go(player, "pong", to_pong, to_ping, left);
    leat_send(to_ping, (struct ball){0});

    leat_recv(left);
    leat_recv(left);
    printf("both have left\n");
    return 0;
}
