// SPDX-License-Identifier: MIT
// gdb_chan.c: what test_gdb.c looks at with a debugger: a channel of two
// 64-bit integers that holds one, 41, and a goroutine that waits for another.
#include <leat.h>

// Volatile: the debugger reads it, the program does not.
static leat_chan(int) volatile empty;

static void
wait_here(leat_chan(int) c)
{
    leat_recv(c);
}

// The place to stop: what there is to see is the arguments.
__attribute__((noinline)) void stop_here(
    leat_chan(int64_t) ch, const void *buf);
void
stop_here(leat_chan(int64_t) ch, const void *buf)
{
    __asm__ volatile("" : : "r"(ch), "r"(buf) : "memory");
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    leat_chan(int64_t) shown = leat_make_chan(int64_t, 2);
    empty = leat_make_chan(int);
    leat_go(wait_here, empty);
    leat_yield(); // on one P, which the test asks for, it waits after this
    leat_send(shown, 41);
    // The third field of the channel is where its values lie.
    stop_here(shown, ((void **)(void *)shown)[2]);
    return 0;
}
