// SPDX-License-Identifier: MIT
// echo.c: echo over TCP on the loopback address with plain epoll, one thread
// at each end, no task anywhere: what the system calls alone cost. The server
// is this program once more, in a process of its own: see ../../bench_echo.c.
#define _GNU_SOURCE
#include "peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MESSAGE = 64, EVENTS = 256, BACKLOG = 4096, SERVER_S = 300 };

extern char **environ;
void echo_run(int64_t conns, int64_t n);

// One connection as its client sees it.
struct call {
    int fd;
    int64_t left, turn;
    size_t have; // bytes of the answer
    char message[MESSAGE], answer[MESSAGE];
};

static void
echo_options(int fd, bool is_client)
{
    int on = 1;
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    peer_check(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0,
        "TCP_NODELAY");
    peer_check(fcntl(fd, F_SETFL, O_NONBLOCK) == 0, "O_NONBLOCK");
    if (is_client)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
}

static void
echo_watch(int epoll, int fd, void *data)
{
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = data};
    peer_check(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) == 0, "epoll_ctl");
}

// Answers what has come; false when the connection has ended. A message is so
// short that the socket always has room for it.
static bool
echo_answer(int fd)
{
    char message[MESSAGE];
    for (;;) {
        ssize_t got = read(fd, message, sizeof message);
        if (got < 0 && errno == EAGAIN)
            return true;
        if (got <= 0)
            return false;
        peer_check(write(fd, message, (size_t)got) == got, "write");
    }
}

static void
echo_accept(int epoll, int listener, int64_t conns)
{
    struct epoll_event events[EVENTS];
    int64_t open = 0, accepted = 0;
    while (accepted < conns || open > 0) {
        int count = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            int fd = (int)(intptr_t)events[i].data.ptr;
            if (fd == listener) {
                fd = accept(listener, NULL, NULL);
                if (fd < 0)
                    continue;
                echo_options(fd, false);
                peer_check(write(fd, "", 1) == 1, "write"); // "connected"
                echo_watch(epoll, fd, (void *)(intptr_t)fd);
                open++;
                accepted++;
            } else if (!echo_answer(fd)) {
                close(fd);
                open--;
            }
        }
    }
}

int
peer_echo_server(int64_t conns)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    peer_check(peer_files(conns), "room for connections");
    alarm(SERVER_S);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    peer_check(listener >= 0 &&
        bind(listener, (struct sockaddr *)&at, size) == 0 &&
        listen(listener, BACKLOG) == 0 &&
        getsockname(listener, (struct sockaddr *)&at, &size) == 0, "listen");
    printf("%d\n", ntohs(at.sin_port));
    fflush(stdout);
    int epoll = epoll_create1(0);
    echo_watch(epoll, listener, (void *)(intptr_t)listener);
    echo_accept(epoll, listener, conns);
    return 0;
}

static pid_t
echo_spawn(int64_t conns, int *port)
{
    char count[24], self[4096], answer[16] = "";
    int out[2];
    pid_t pid;
    posix_spawn_file_actions_t actions;
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    peer_check(length > 0, "readlink");
    self[length] = '\0';
    snprintf(count, sizeof count, "%lld", (long long)conns);
    char *arguments[] = {self, "echo-server", count, NULL};
    peer_check(pipe2(out, O_CLOEXEC) == 0, "pipe");
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    peer_check(posix_spawn(&pid, self, &actions, NULL, arguments, environ) == 0,
        "posix_spawn");
    posix_spawn_file_actions_destroy(&actions);
    close(out[1]);
    peer_check(read(out[0], answer, sizeof answer - 1) > 0, "read");
    close(out[0]);
    *port = atoi(answer);
    return pid;
}

static void
echo_send(struct call *c)
{
    memcpy(c->message, &c->turn, sizeof c->turn);
    c->have = 0;
    peer_check(write(c->fd, c->message, MESSAGE) == MESSAGE, "write");
}

// Reads more of the answer; true when this connection has had its turns.
static bool
echo_hear(struct call *c)
{
    ssize_t got = read(c->fd, c->answer + c->have, MESSAGE - c->have);
    peer_check(got > 0, "read");
    c->have += (size_t)got;
    if (c->have < MESSAGE)
        return false;
    peer_check(memcmp(c->message, c->answer, MESSAGE) == 0, "the echo");
    c->turn++;
    if (c->turn == c->left)
        return true;
    echo_send(c);
    return false;
}

static void
echo_calls(struct call *calls, int64_t conns, int epoll)
{
    struct epoll_event events[EVENTS];
    for (int64_t i = 0; i < conns; i++)
        echo_send(&calls[i]);
    for (int64_t ended = 0; ended < conns;) {
        int count = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < count; i++)
            ended += echo_hear(events[i].data.ptr);
    }
}

void
echo_run(int64_t conns, int64_t n)
{
    int port, status, epoll = epoll_create1(EPOLL_CLOEXEC);
    struct call *calls = calloc((size_t)conns, sizeof *calls);
    peer_check(calls != NULL && epoll >= 0, "memory");
    pid_t server = echo_spawn(conns, &port);
    struct sockaddr_in at = {.sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        .sin_port = htons((uint16_t)port)};
    for (int64_t i = 0; i < conns; i++) {
        char connected; // the server has accepted: see bench_echo.c
        struct call *c = &calls[i];
        memset(c->message, 'a', MESSAGE);
        c->left = n / conns;
        c->fd = socket(AF_INET, SOCK_STREAM, 0);
        peer_check(c->fd >= 0 &&
            connect(c->fd, (struct sockaddr *)&at, sizeof at) == 0 &&
            read(c->fd, &connected, 1) == 1, "connect");
        echo_options(c->fd, true);
        echo_watch(epoll, c->fd, c);
    }
    peer_reset();
    echo_calls(calls, conns, epoll);
    peer_stop();
    for (int64_t i = 0; i < conns; i++)
        close(calls[i].fd);
    close(epoll);
    free(calls);
    peer_check(waitpid(server, &status, 0) == server && status == 0,
        "the server's end");
}
