// SPDX-License-Identifier: MIT
// runner_spawn.c: running another program from a test.
//
// Output goes to memory files, not pipes: a program that writes much cannot
// block on us, and a grandchild that keeps the descriptor cannot keep us
// waiting. The program stays in the test's process group, so when the runner
// ends the test it ends the program as well.
#include "runner_int.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum {
    // More than any test prints on purpose; bounds what a runaway costs us.
    SPAWN_OUTPUT_MAX = 64 << 20,
    // How long a program may take to write its goroutines after SIGQUIT.
    SPAWN_QUIT_GRACE_S = 3,
};

static double
spawn_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

// Reads len bytes at offset into to; short only at the end of the file.
static size_t
read_at(int fd, char *to, size_t len, off_t offset)
{
    size_t done = 0;
    while (done < len) {
        ssize_t n = pread(fd, to + done, len - done, offset + (off_t)done);
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    return done;
}

char *
test_slurp(int fd, size_t *len, size_t limit)
{
    static const char cut[] = "\n[... output cut here ...]\n";
    struct stat st;
    size_t size = fstat(fd, &st) == 0 ? (size_t)st.st_size : 0;
    size_t keep = size < limit ? size : limit;
    char *text = malloc(keep + sizeof cut);
    if (text == NULL)
        abort();
    if (size <= limit) {
        keep = read_at(fd, text, size, 0);
    } else {
        size_t half = limit / 2;
        keep = read_at(fd, text, half, 0);
        memcpy(text + keep, cut, sizeof cut - 1);
        keep += sizeof cut - 1;
        keep += read_at(fd, text + keep, half, (off_t)(size - half));
    }
    text[keep] = 0;
    if (len != NULL)
        *len = keep;
    return text;
}

const char **
test_wrapped(const char *const *argv)
{
    static const char blanks[] = " \t";
    const char *wrapper = getenv("LEAT_TEST_WRAPPER");
    size_t count = 0;
    while (argv[count] != NULL)
        count++;
    size_t room = count + 1 + (wrapper != NULL ? strlen(wrapper) : 0);
    const char **all = calloc(room, sizeof *all);
    char *words = strdup(wrapper != NULL ? wrapper : "");
    if (all == NULL || words == NULL)
        abort();
    size_t n = 0;
    char *rest;
    for (char *word = strtok_r(words, blanks, &rest); word != NULL;
         word = strtok_r(NULL, blanks, &rest))
        all[n++] = word;
    memcpy(all + n, argv, count * sizeof *argv);
    return all;
}

// The environment with entries added; those of the same name are replaced.
static char **
merged_environment(const char *const *extra)
{
    size_t count = 0, added = 0;
    while (environ[count] != NULL)
        count++;
    while (extra != NULL && extra[added] != NULL)
        added++;
    char **all = calloc(count + added + 1, sizeof *all);
    if (all == NULL)
        abort();
    size_t n = 0;
    for (size_t i = 0; i < added; i++)
        all[n++] = (char *)extra[i];
    for (size_t i = 0; i < count; i++) {
        size_t name_len = strcspn(environ[i], "=") + 1;
        bool replaced = false;
        for (size_t j = 0; j < added; j++)
            replaced |= strncmp(environ[i], extra[j], name_len) == 0;
        if (!replaced)
            all[n++] = environ[i];
    }
    return all;
}

// Starts argv with a default signal state; 0 or an errno.
static int
start_program(const char *const *argv, char **env, int out, int err, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int error = posix_spawnp(
        pid, argv[0], &actions, &attributes, (char *const *)argv, env);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

// Waits for the child until the deadline. A poll every millisecond, because
// the thread belongs to the runtime under test and so does SIGCHLD.
static bool
wait_until(pid_t pid, int *status, double deadline)
{
    for (;;) {
        pid_t got = waitpid(pid, status, WNOHANG);
        if (got == pid)
            return true;
        if (got < 0 && errno != EINTR)
            FAIL("waitpid: %m");
        if (spawn_now() >= deadline)
            return false;
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
}

// Waits for the end of the program, by force if it takes too long.
static void
await_program(pid_t pid, int timeout_s, struct test_result *result)
{
    double start = spawn_now();
    int status = 0;
    double limit_s = (double)timeout_s * test_slowness();
    if (!wait_until(pid, &status, start + limit_s)) {
        result->timed_out = true;
        kill(pid, SIGQUIT);
        if (!wait_until(pid, &status, spawn_now() + SPAWN_QUIT_GRACE_S)) {
            kill(pid, SIGKILL);
            while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
                continue;
        }
    }
    result->seconds = spawn_now() - start;
    result->status = -1;
    if (WIFSIGNALED(status))
        result->signal = WTERMSIG(status);
    else if (!result->timed_out)
        result->status = WEXITSTATUS(status);
}

bool
test_spawn(const char *const *argv, const char *const *env,
    struct test_result *result, int timeout_s)
{
    *result = (struct test_result){.status = -1};
    int out = memfd_create("stdout", MFD_CLOEXEC);
    int err = memfd_create("stderr", MFD_CLOEXEC);
    if (out < 0 || err < 0)
        FAIL("memfd_create: %m");
    char **all = merged_environment(env);
    pid_t pid;
    int error = start_program(argv, all, out, err, &pid);
    free(all);
    if (error == 0)
        await_program(pid, timeout_s, result);
    result->out = test_slurp(out, &result->out_len, SPAWN_OUTPUT_MAX);
    result->err = test_slurp(err, &result->err_len, SPAWN_OUTPUT_MAX);
    close(out);
    close(err);
    errno = error;
    return error == 0;
}

bool
test_spawn_built(const char *program, const char *const *arguments,
    const char *const *env, struct test_result *result, int timeout_s)
{
    size_t count = 0;
    while (arguments != NULL && arguments[count] != NULL)
        count++;
    const char **argv = calloc(count + 2, sizeof *argv);
    if (argv == NULL)
        abort();
    argv[0] = test_build_path(program);
    if (count > 0)
        memcpy(argv + 1, arguments, count * sizeof *argv);
    const char **wrapped = test_wrapped(argv);
    bool started = test_spawn(wrapped, env, result, timeout_s);
    free((char *)argv[0]);
    free(wrapped);
    free(argv);
    return started;
}

bool
test_shell(struct test_result *result, int timeout_s, const char *format, ...)
{
    char *line;
    va_list args;
    va_start(args, format);
    if (vasprintf(&line, format, args) < 0)
        abort();
    va_end(args);
    bool started = test_spawn(
        (const char *[]){"/bin/bash", "-c", line, NULL}, NULL, result,
        timeout_s);
    free(line);
    return started;
}

void
test_result_free(struct test_result *result)
{
    free(result->out);
    free(result->err);
    result->out = result->err = NULL;
}
