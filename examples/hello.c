// SPDX-License-Identifier: MIT
// hello.c: goroutines and a channel.
//
// leat_main is the main goroutine; when it returns, the program ends with
// its value, whatever other goroutines are doing. So it waits for them.
#include <leat.h>

#include <stdio.h>

struct greeting {
    const char *text;
    int number;
};

// Runs in a goroutine of its own. The compiler has checked the arguments of
// leat_go against this prototype.
static void
greet(const char *text, int number, leat_chan(struct greeting) out)
{
    leat_send(out, (struct greeting){text, number});
}

int
leat_main(int argc, char **argv)
{
    static const char *const texts[] = {"hello", "ahoy", "servus"};
    const char *said[3] = {NULL};
    (void)argc;
    (void)argv;

    leat_chan(struct greeting) out = leat_make_chan(struct greeting);
    for (int i = 0; i < 3; i++)
        leat_go(greet, texts[i], i, out);

    // They run at once and may arrive in any order.
    for (int i = 0; i < 3; i++) {
        struct greeting g = leat_recv(out);
        said[g.number] = g.text;
    }
    for (int i = 0; i < 3; i++)
        printf("goroutine %d says %s\n", i, said[i]);
    leat_free(out);
    return 0;
}
