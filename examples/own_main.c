// SPDX-License-Identifier: MIT
// own_main.c: a program with a main of its own: it checks which library it
// runs with, chooses settings, and starts the runtime when it is ready to.
#include <leat.h>

#include <stdio.h>
#include <string.h>

// The table of errors makes a function of the program's own.
static const char *
error_name(int error)
{
    switch (error) {
#define CASE(name, value, text)                                                \
    case name:                                                                 \
        return #name;
        LEAT_ERROR_MAP(CASE)
#undef CASE
    }
    return "none";
}

static void
add_up(int n, leat_chan(int) sums)
{
    leat_send(sums, n * (n + 1) / 2);
}

// A server would rather be slow than end for want of memory: what cannot be
// given to a goroutine of its own it does itself.
static void
show_try_go(void)
{
    leat_chan(int) sums = leat_make_chan(int, 1); // nobody needs to receive
    int err = leat_try_go(add_up, 100, sums);
    if (err != 0)
        add_up(100, sums);
    printf("the sum is %d\n", leat_recv(sums));
    leat_free(sums);
}

// In the profile that does as Go does misuse of channels can be recovered.
static void
show_profile(void)
{
    leat_chan(int) ch = leat_make_chan(int);
    struct leat_caught caught = {.kind = 0};
    leat_close(ch);
    if (leat_get_profile() == LEAT_GO) {
        leat_try {
            leat_catch(&caught);
            leat_close(ch);
        }
    }
    printf("closed again: %s\n", caught.text);
    leat_free(ch);
}

static int
serve(int argc, char **argv)
{
    struct leat_config late = {.profile = LEAT_STRICT};
    printf("%s runs, with %d argument\n",
        argc > 0 && strstr(argv[0], "own_main") != NULL ? "own_main" : "?",
        argc);
    printf("settings are changed later: %s\n",
        error_name(leat_configure(&late)));
    // Threads that block in calls: rather end than have thousands of them.
    int before = leat_set_max_threads(500);
    printf("threads: at most %d instead of %d\n", leat_set_max_threads(0),
        before);
    show_try_go();
    show_profile();
    return 0;
}

int
main(int argc, char **argv)
{
    struct leat_config config = {.profile = LEAT_GO, .procs = -1};
    // A shared library may be another than the headers say.
    if (strcmp(leat_version(), LEAT_VERSION) != 0)
        fprintf(stderr, "made for %s, runs with %s\n", LEAT_VERSION,
            leat_version());
    printf("-1 procs: %s\n", error_name(leat_configure(&config)));
    config.procs = 2;
    config.stack_size = LEAT_STACK_DEFAULT / 2;
    printf("2 procs: %s\n", error_name(leat_configure(&config)));
    leat_run(serve, argc, argv); // does not return
}
