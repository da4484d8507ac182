// SPDX-License-Identifier: MIT
// deadlock.c: what happens when nothing can ever run again.
//
// The child process is the program of interest: two goroutines, each with a
// mutex the other one wants. The runtime notices, prints every goroutine
// with what it waits for and where it was started, and exits with status 2.
// The parent, an ordinary C program, shows that report and what to look for.
#include <leat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct leat_mutex left, right;
static struct leat_waitgroup both;

static void
philosopher(struct leat_mutex *first, struct leat_mutex *second)
{
    leat_mutex_lock(first);
    // Until each has one: now the deadlock is certain.
    leat_waitgroup_done(&both);
    leat_waitgroup_wait(&both);
    leat_mutex_lock(second);
}

static int
dine(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    leat_chan(int) dinner = leat_make_chan(int);
    leat_waitgroup_add(&both, 2);
    leat_go(philosopher, &left, &right);
    leat_go(philosopher, &right, &left);
    return leat_recv(dinner);
}

int
main(int argc, char **argv)
{
    int report[2], status;
    char line[1024];
    int fatal = 0, locks = 0, receives = 0;
    if (pipe(report) != 0)
        return 1;
    pid_t pid = fork();
    if (pid == 0) {
        dup2(report[1], STDERR_FILENO);
        close(report[0]);
        close(report[1]);
        leat_run(dine, argc, argv);
    }
    close(report[1]);
    FILE *f = fdopen(report[0], "r");
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        fputs(line, stderr);
        fatal += strcmp(line,
            "fatal error: all goroutines are asleep - deadlock!\n") == 0;
        locks += strstr(line, "[sync.Mutex.Lock") != NULL;
        receives += strstr(line, "[chan receive") != NULL;
    }
    if (waitpid(pid, &status, 0) != pid)
        return 1;
    printf("deadlock reported: %s\n", fatal == 1 ? "yes" : "no");
    printf("waiting for a mutex: %d, for a channel: %d\n", locks, receives);
    printf("exit status: %d\n", WEXITSTATUS(status));
    return 0;
}
