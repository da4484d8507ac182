// SPDX-License-Identifier: MIT
// bench_echo.c: echo over TCP on the loopback address, a goroutine for each
// end of each connection, waiting with leat_wait_fd. Each answer is compared
// with what was sent.
//
// The server is this program once more, in a process of its own: 10,000
// connections need 10,000 descriptors at each end, and 20,000 is more than many
// machines allow one process.
#define BENCH_GROUP 10
#include "bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    ECHO_MESSAGE = 64,   // bytes
    ECHO_BACKLOG = 4096, // what Linux allows if not told otherwise
    ECHO_SERVER_S = 300  // a server that is forgotten ends by itself
};

extern char **environ;

static void
echo_check(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "bench: echo: %s: %s\n", what, strerror(errno));
    exit(1);
}

// Reads at most size bytes: how many, 0 when the connection has ended.
static ssize_t
echo_read(int fd, char *to, size_t size)
{
    for (;;) {
        ssize_t got = read(fd, to, size);
        if (got >= 0)
            return got;
        if (errno == ECONNRESET)
            return 0;
        echo_check(errno == EAGAIN || errno == EINTR, "read");
        if (errno == EAGAIN)
            leat_wait_fd(fd, LEAT_READ | LEAT_TRIED, LEAT_FOREVER);
    }
}

static void
echo_write(int fd, const char *from, size_t size)
{
    while (size > 0) {
        ssize_t put = write(fd, from, size);
        if (put >= 0) {
            from += put;
            size -= (size_t)put;
            continue;
        }
        echo_check(errno == EAGAIN || errno == EINTR, "write");
        if (errno == EAGAIN)
            leat_wait_fd(fd, LEAT_WRITE | LEAT_TRIED, LEAT_FOREVER);
    }
}

static void
echo_serve(int fd, struct leat_waitgroup *ended)
{
    char message[ECHO_MESSAGE] = "";
    ssize_t got;
    echo_write(fd, message, 1); // "you are connected"
    while ((got = echo_read(fd, message, sizeof message)) > 0)
        echo_write(fd, message, (size_t)got);
    leat_close_fd(fd);
    leat_waitgroup_done(ended);
}

static void
echo_call(int fd, int64_t times, struct leat_waitgroup *ended)
{
    char message[ECHO_MESSAGE], answer[ECHO_MESSAGE];
    memset(message, 'a', sizeof message);
    for (int64_t i = 0; i < times; i++) {
        memcpy(message, &i, sizeof i);
        echo_write(fd, message, sizeof message);
        for (size_t have = 0; have < sizeof answer;) {
            ssize_t got =
                echo_read(fd, answer + have, sizeof answer - have);
            bench_check(got > 0, "the connection ended early");
            have += (size_t)got;
        }
        bench_check(memcmp(message, answer, sizeof answer) == 0, "the echo");
    }
    leat_waitgroup_done(ended);
}

// A reset at the end leaves no socket in TIME_WAIT: a run of 10,000
// connections would else use up the ports of the next.
static void
echo_options(int fd, bool is_client)
{
    int on = 1;
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    echo_check(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0,
        "TCP_NODELAY");
    echo_check(fcntl(fd, F_SETFL, O_NONBLOCK) == 0, "O_NONBLOCK");
    if (is_client)
        echo_check(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset,
                       sizeof reset) == 0, "SO_LINGER");
}

// Prints the port it listens at, serves so many connections, and ends when
// they have ended.
int
bench_echo_server(int argc, char **argv)
{
    int conns = argc == 1 ? atoi(argv[0]) : 0;
    struct sockaddr_in at = {.sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    struct leat_waitgroup ended = LEAT_ZERO;
    bench_check(conns > 0 && bench_files(conns), "room for connections");
    alarm(ECHO_SERVER_S);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    echo_check(listener >= 0, "socket");
    echo_check(bind(listener, (struct sockaddr *)&at, size) == 0, "bind");
    echo_check(listen(listener, ECHO_BACKLOG) == 0, "listen");
    echo_check(getsockname(listener, (struct sockaddr *)&at, &size) == 0,
        "getsockname");
    printf("%d\n", ntohs(at.sin_port));
    fflush(stdout);
    leat_waitgroup_add(&ended, conns);
    for (int i = 0; i < conns;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0) {
            echo_check(errno == EAGAIN || errno == EINTR, "accept");
            leat_wait_fd(listener, LEAT_READ, LEAT_FOREVER);
            continue;
        }
        echo_options(fd, false);
        leat_go(echo_serve, fd, &ended);
        i++;
    }
    leat_waitgroup_wait(&ended);
    return 0;
}

// Starts the server: its process, and in *port where it listens.
static pid_t
echo_spawn(int conns, int *port)
{
    char count[16], self[4096], answer[16] = "";
    int out[2];
    pid_t pid;
    posix_spawn_file_actions_t actions;
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    echo_check(length > 0, "readlink");
    self[length] = '\0';
    snprintf(count, sizeof count, "%d", conns);
    char *arguments[] = {self, "echo-server", count, NULL};
    echo_check(pipe2(out, O_CLOEXEC) == 0, "pipe");
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    errno = posix_spawn(&pid, self, &actions, NULL, arguments, environ);
    echo_check(errno == 0, "posix_spawn");
    posix_spawn_file_actions_destroy(&actions);
    close(out[1]);
    echo_check(read(out[0], answer, sizeof answer - 1) > 0, "read");
    close(out[0]);
    *port = atoi(answer);
    return pid;
}

// Returns when the server has accepted: the kernel would let connect return for
// more than the server's queue holds, and drop what comes too early.
static int
echo_connect(int port)
{
    char connected;
    struct sockaddr_in at = {.sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    echo_check(fd >= 0, "socket");
    echo_check(
        connect(fd, (struct sockaddr *)&at, sizeof at) == 0, "connect");
    echo_options(fd, true);
    bench_check(echo_read(fd, &connected, 1) == 1, "a connection");
    return fd;
}

static void
echo_run(const struct bench *b, int64_t n)
{
    int conns = (int)b->arg[0], port, status;
    int *fd = bench_alloc((size_t)conns, sizeof *fd);
    struct leat_waitgroup ended = LEAT_ZERO;
    pid_t server = echo_spawn(conns, &port);
    for (int i = 0; i < conns; i++)
        fd[i] = echo_connect(port);
    leat_waitgroup_add(&ended, conns);
    bench_reset();
    for (int i = 0; i < conns; i++)
        leat_go(echo_call, fd[i], n / conns, &ended);
    leat_waitgroup_wait(&ended);
    bench_stop();
    for (int i = 0; i < conns; i++)
        leat_close_fd(fd[i]);
    free(fd);
    echo_check(waitpid(server, &status, 0) == server, "waitpid");
    bench_check(status == 0, "the server's end");
}
BENCH("Echo/conns=1", echo_run, .arg = {1}, .files = 1);
BENCH("Echo/conns=100", echo_run, .arg = {100}, .granule = 100, .files = 100);
BENCH("Echo/conns=10000", echo_run, .arg = {10000}, .granule = 10000,
    .files = 10000);
