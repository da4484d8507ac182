// SPDX-License-Identifier: MIT
// echo_server.c: a TCP server with a goroutine per connection, and its
// clients, in one program.
//
// The sockets are ordinary ones, made non-blocking. Where a call would
// block, leat_wait_fd parks the goroutine and the thread runs another one.
#define _GNU_SOURCE 1 // accept4
#include <leat.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ECHO_CLIENTS = 50 };

// Writes all of buf; false when the other side has gone.
static bool
write_all(int fd, const char *buf, size_t n)
{
    while (n > 0) {
        if (leat_wait_fd(fd, LEAT_WRITE, LEAT_FOREVER) < 0)
            return false;
        ssize_t put = send(fd, buf, n, MSG_NOSIGNAL);
        if (put < 0)
            return false;
        buf += put;
        n -= (size_t)put;
    }
    return true;
}

// Reads up to n bytes, or fewer when there are no more within a second.
static size_t
read_all(int fd, char *buf, size_t n)
{
    size_t have = 0;
    int64_t deadline = leat_deadline(LEAT_SECOND);
    while (have < n && leat_wait_fd(fd, LEAT_READ, deadline) > 0) {
        ssize_t got = read(fd, buf + have, n - have);
        if (got <= 0)
            break;
        have += (size_t)got;
    }
    return have;
}

static void
serve(int fd)
{
    char buf[256];
    ssize_t n;
    while (leat_wait_fd(fd, LEAT_READ, LEAT_FOREVER) > 0 &&
        (n = read(fd, buf, sizeof buf)) > 0 &&
        write_all(fd, buf, (size_t)n))
        continue;
    leat_close_fd(fd);
}

// Accepts until the listener is closed, which wakes it.
static void
accept_all(int listener, leat_chan(int) done)
{
    int served = 0;
    while (leat_wait_fd(listener, LEAT_READ, LEAT_FOREVER) > 0) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        if (fd < 0)
            continue;
        served++;
        leat_go(serve, fd);
    }
    leat_send(done, served);
}

static void
client(const struct sockaddr_in *server, int number, leat_chan(bool) done)
{
    char line[64], back[64];
    int n = snprintf(line, sizeof line, "hello from client %d", number);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    // In progress, most likely: writable once it is connected.
    (void)!connect(fd, (const struct sockaddr *)server, sizeof *server);
    bool ok = write_all(fd, line, (size_t)n) &&
        read_all(fd, back, (size_t)n) == (size_t)n &&
        memcmp(line, back, (size_t)n) == 0;
    leat_close_fd(fd);
    leat_send(done, ok);
}

// A listener on any free port of the loopback interface.
static int
listen_somewhere(struct sockaddr_in *a)
{
    socklen_t len = sizeof *a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    *a = (struct sockaddr_in){.sin_family = AF_INET};
    a->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)a, len) != 0 ||
        listen(fd, ECHO_CLIENTS) != 0 ||
        getsockname(fd, (struct sockaddr *)a, &len) != 0) {
        perror("echo_server: cannot listen");
        exit(1);
    }
    return fd;
}

int
leat_main(int argc, char **argv)
{
    struct sockaddr_in address;
    leat_chan(bool) answered = leat_make_chan(bool);
    leat_chan(int) served = leat_make_chan(int);
    int listener = listen_somewhere(&address), good = 0;
    (void)argc;
    (void)argv;

    leat_go(accept_all, listener, served);
    for (int i = 0; i < ECHO_CLIENTS; i++)
        leat_go(client, &address, i, answered);
    for (int i = 0; i < ECHO_CLIENTS; i++)
        good += leat_recv(answered);
    leat_close_fd(listener);
    printf("%d connections served, %d clients heard themselves\n",
        leat_recv(served), good);
    return 0;
}
