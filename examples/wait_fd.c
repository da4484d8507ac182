// SPDX-License-Identifier: MIT
// wait_fd.c: descriptors: a signal that becomes something to wait for, reading
// and writing that tries first, deadlines, and closing under who waits.
#define _GNU_SOURCE 1 // pipe2
#include <leat.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static void
make_pipe(int fds[2])
{
    if (pipe2(fds, O_NONBLOCK | O_CLOEXEC) != 0)
        leat_throw("no pipe");
}

// ---- Signals ----------------------------------------------------------------

static int signal_pipe[2];

// A handler must not call Leat. It writes to a pipe, which is allowed.
static void
on_signal(int number)
{
    unsigned char byte = (unsigned char)number;
    int saved = errno;
    ssize_t n = write(signal_pipe[1], &byte, 1);
    (void)n; // full: somebody is told already
    errno = saved;
}

static void
show_signal(void)
{
    unsigned char number = 0;
    make_pipe(signal_pipe);
    signal(SIGUSR1, on_signal);
    raise(SIGUSR1);
    int ready = leat_wait_fd(signal_pipe[0], LEAT_READ, LEAT_FOREVER);
    if (ready == LEAT_READ && read(signal_pipe[0], &number, 1) == 1)
        printf("signal: %s\n", number == SIGUSR1 ? "USR1" : "another");
    signal(SIGUSR1, SIG_DFL);
    leat_close_fd(signal_pipe[0]);
    leat_close_fd(signal_pipe[1]);
}

// ---- Reading and writing ----------------------------------------------------

// As read(2), but parks where that would block. Most reads find something, so
// it tries first, and says so when it has to wait: then the descriptor is not
// asked once more. errno is looked at before anything that may park.
static ssize_t
read_some(int fd, char *to, size_t n)
{
    ssize_t got;
    while ((got = read(fd, to, n)) < 0 && errno == EAGAIN)
        leat_wait_fd(fd, LEAT_READ | LEAT_TRIED, LEAT_FOREVER);
    return got;
}

// More than a pipe has room for: the writer waits for the reader.
static void
write_all(int fd, int64_t n)
{
    static const char block[4096];
    while (n > 0) {
        size_t part = n < (int64_t)sizeof block ? (size_t)n : sizeof block;
        ssize_t put = write(fd, block, part);
        if (put > 0)
            n -= put;
        else if (errno != EAGAIN)
            leat_throw("the reader has gone");
        else
            leat_wait_fd(fd, LEAT_WRITE | LEAT_TRIED, LEAT_FOREVER);
    }
    leat_close_fd(fd); // and the reader comes to the end
}

static void
show_pipe(void)
{
    char buffer[8192];
    int fds[2];
    int64_t total = 0;
    make_pipe(fds);
    leat_go(write_all, fds[1], 1000000);
    for (ssize_t n; (n = read_some(fds[0], buffer, sizeof buffer)) > 0;)
        total += n;
    printf("pipe: %lld bytes\n", (long long)total);
    leat_close_fd(fds[0]);
}

// ---- Ends of waiting --------------------------------------------------------

static void
wait_for_data(int fd, leat_chan(int) result)
{
    leat_send(result, leat_wait_fd(fd, LEAT_READ, LEAT_FOREVER));
}

static void
show_ends(void)
{
    int fds[2];
    leat_chan(int) result = leat_make_chan(int);
    make_pipe(fds);
    int err = leat_wait_fd(fds[0], LEAT_READ, leat_deadline(LEAT_MILLISECOND));
    printf("silence: %s\n", leat_strerror(err));
    leat_go(wait_for_data, fds[0], result);
    leat_yield();
    leat_close_fd(fds[0]); // unlike close(2) it wakes who waits
    err = leat_recv(result);
    // Who comes too late finds no descriptor.
    printf("closed: %s\n",
        err == LEAT_ECLOSED || err == LEAT_EBADF ? "told" : leat_strerror(err));
    leat_close_fd(fds[1]);
    leat_free(result);
}

// ---- Urgent data ------------------------------------------------------------

// Two ends of a TCP connection.
static bool
connect_pair(int fds[2])
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t size = sizeof at;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    fds[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    fds[1] = -1;
    if (bind(listener, (struct sockaddr *)&at, size) == 0 &&
        listen(listener, 1) == 0 &&
        getsockname(listener, (struct sockaddr *)&at, &size) == 0 &&
        connect(fds[0], (struct sockaddr *)&at, size) == 0)
        fds[1] = accept(listener, NULL, NULL);
    leat_close_fd(listener);
    return fds[1] >= 0;
}

// What is out of band overtakes what is not.
static void
show_urgent(void)
{
    int fds[2];
    char urgent = 0;
    if (!connect_pair(fds))
        leat_throw("no connection");
    if (send(fds[0], "corn", 4, 0) != 4 || send(fds[0], "!", 1, MSG_OOB) != 1)
        leat_throw("nothing sent");
    int ready = leat_wait_fd(fds[1], LEAT_PRI, leat_deadline(LEAT_MINUTE));
    if (ready == LEAT_PRI && recv(fds[1], &urgent, 1, MSG_OOB) == 1)
        printf("urgent: %c\n", urgent);
    leat_close_fd(fds[0]);
    leat_close_fd(fds[1]);
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    show_signal();
    show_pipe();
    show_ends();
    show_urgent();
    return 0;
}
