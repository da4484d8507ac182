// SPDX-License-Identifier: MIT
// ends.c: how a program ends that does something wrong: the first line it
// writes to standard error, the line that begins the trace, and the exit
// status. The program runs itself once for each case.
#include <leat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int zero, one = 1;
#ifndef __SANITIZE_ADDRESS__
static int *volatile nowhere;
#endif

static void
end_receive(void)
{
    leat_recv(leat_make_chan(int));
}

static void
end_send(void)
{
    leat_send(leat_make_chan(int), 1);
}

static void
end_send_full(void)
{
    leat_chan(int) c = leat_make_chan(int, 1);
    leat_send(c, 1);
    leat_send(c, 2);
}

static void
end_receive_nil(void)
{
    leat_chan(int) c = NULL;
    leat_recv(c);
}

static void
end_send_nil(void)
{
    leat_chan(int) c = NULL;
    leat_send(c, 1);
}

static void
end_select_none(void)
{
    leat_select();
}

static void
end_select_nil(void)
{
    leat_chan(int) c = NULL;
    leat_select(leat_case_recv(c, NULL), leat_case_send(c, 1));
}

static void
end_select(void)
{
    leat_chan(int) c = leat_make_chan(int), d = leat_make_chan(int);
    leat_select(leat_case_recv(c, NULL), leat_case_send(d, 1));
}

static void
end_select_itself(void)
{
    leat_chan(int) c = leat_make_chan(int);
    leat_select(leat_case_recv(c, NULL), leat_case_send(c, 1));
}

static void
receive_one(leat_chan(int) c)
{
    leat_recv(c);
}

static void
end_all_wait(void)
{
    leat_chan(int) c = leat_make_chan(int);
    for (int i = 0; i < 3; i++)
        leat_go(receive_one, c);
    leat_send(c, 1);
    leat_recv(c);
}

static void
nothing(void)
{
}

static void
end_goexit(void)
{
    leat_go(nothing);
    leat_goexit();
}

static void
end_close_nil(void)
{
    leat_chan(int) c = NULL;
    leat_close(c);
}

static void
end_close_closed(void)
{
    leat_chan(int) c = leat_make_chan(int);
    leat_close(c);
    leat_close(c);
}

static void
end_send_closed(void)
{
    leat_chan(int) c = leat_make_chan(int);
    leat_close(c);
    leat_send(c, 1);
}

static void
end_select_send_closed(void)
{
    leat_chan(int) c = leat_make_chan(int);
    leat_close(c);
    leat_select(leat_case_send(c, 1), leat_default);
}

static void
end_makechan(void)
{
    leat_make_chan(int, zero - 1);
}

static void
end_waitgroup(void)
{
    struct leat_waitgroup wg = LEAT_ZERO;
    leat_waitgroup_done(&wg);
}

static void
end_unlock(void)
{
    struct leat_mutex mu = LEAT_ZERO;
    leat_mutex_unlock(&mu);
}

static void
end_rwunlock(void)
{
    struct leat_rwmutex mu = LEAT_ZERO;
    leat_rwmutex_unlock(&mu);
}

static void
end_runlock(void)
{
    struct leat_rwmutex mu = LEAT_ZERO;
    leat_rwmutex_runlock(&mu);
}

static void
end_divide(void)
{
#if defined(__SANITIZE_ADDRESS__) || !defined(__x86_64__)
    // What this CPU, or a sanitizer, does not leave to the program.
    leat_panic("runtime error: integer divide by zero");
#else
    printf("%d\n", one / zero);
#endif
}

static void
end_nil(void)
{
#ifdef __SANITIZE_ADDRESS__
    leat_panic("%s", "runtime error: invalid memory address or nil pointer "
                     "dereference");
#else
    *nowhere = one;
#endif
}

static void
end_panic(void)
{
    leat_panic("by hand");
}

static void
end_exit(void)
{
    exit(7);
}

static const struct {
    const char *name;
    void (*run)(void);
} cases[] = {
    {"receive", end_receive},
    {"send", end_send},
    {"send full", end_send_full},
    {"receive nil", end_receive_nil},
    {"send nil", end_send_nil},
    {"select none", end_select_none},
    {"select nil", end_select_nil},
    {"select", end_select},
    {"select itself", end_select_itself},
    {"all wait", end_all_wait},
    {"goexit", end_goexit},
    {"close nil", end_close_nil},
    {"close closed", end_close_closed},
    {"send closed", end_send_closed},
    {"select send closed", end_select_send_closed},
    {"makechan", end_makechan},
    {"waitgroup", end_waitgroup},
    {"unlock", end_unlock},
    {"rwunlock", end_rwunlock},
    {"runlock", end_runlock},
    {"divide", end_divide},
    {"nil", end_nil},
    {"panic", end_panic},
    {"exit", end_exit},
    {"return", nothing},
};

// Runs the program itself with its standard error in a pipe.
static void
report(const char *self, const char *name)
{
    char command[4096], line[1024];
    bool first = true, traced = false;
    const char *wrapper = getenv("LEAT_TEST_WRAPPER"); // an emulator
    snprintf(command, sizeof command, "%s '%s' '%s' 2>&1 >/dev/null",
        wrapper != NULL ? wrapper : "", self, name);
    FILE *f = popen(command, "r");
    char *lines[2] = {strdup(""), NULL};
    while (fgets(line, sizeof line, f) != NULL) {
        line[strcspn(line, "\n")] = 0;
        if (first)
            lines[0] = strdup(line);
        first = false;
        if (!traced && strncmp(line, "goroutine ", 10) == 0) {
            lines[1] = strdup(line);
            traced = true;
        }
    }
    int status = pclose(f);
    printf("%s: status %d\n  %s\n", name, WEXITSTATUS(status), lines[0]);
    if (lines[1] != NULL)
        printf("  %s\n", lines[1]);
    fflush(stdout);
}

int
leat_main(int argc, char **argv)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (argc == 1)
            report(argv[0], cases[i].name);
        else if (strcmp(argv[1], cases[i].name) == 0)
            cases[i].run();
    }
    return 0;
}
