// SPDX-License-Identifier: MIT
// trace.cc: a trace of a C++ program: leat_main has its name, and statements
// that stand in a header are on the line of the program.
#include <leat.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

static void
waits(leat_chan(int) c)
{
    leat_recv(c); // line 14
}

static void
dump(char *text, size_t size)
{
    int fd[2];
    if (pipe(fd) != 0)
        std::exit(1);
    leat_stack_dump(fd[1], true);
    close(fd[1]);
    ssize_t n = read(fd[0], text, size - 1);
    text[n > 0 ? n : 0] = 0;
    close(fd[0]);
}

int
leat_main(int, char **)
{
    leat_chan(int) c = leat_make_chan(int, 1);
    char text[4096];
    leat_go(waits, c);
    do {
        leat_yield();
        dump(text, sizeof text);
    } while (std::strstr(text, "[chan receive]:\n") == nullptr);
    bool ok = std::strstr(text, "\nleat_main(...)\n") != nullptr &&
        std::strstr(text, "trace.cc:14 +0x") != nullptr &&
        std::strstr(text, "include/leat/") == nullptr;
    if (!ok)
        std::fprintf(stderr, "%s", text);
    return ok ? 0 : 1;
}
