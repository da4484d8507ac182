// SPDX-License-Identifier: MIT
// test_fd.c: waiting for descriptors of every kind, from goroutines and
// threads, with deadlines, contexts and closing.
#include "unit/test_fd_util.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <pty.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

enum {
    FD_MANY = 1000, // pipes at once
    FD_ROUNDS = 2000,
};

static void
make_pair(int ends[2])
{
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
}

// Writes until the kernel takes no more; the number of bytes. Not inlined:
// errno's address must not be kept over a park of the caller.
static __attribute__((noinline)) size_t
fill(int fd)
{
    char block[4096] = {0};
    size_t total = 0;
    ssize_t n;
    while ((n = write(fd, block, sizeof block)) > 0)
        total += (size_t)n;
    // What is left may hold less than a block.
    while ((n = write(fd, block, 1)) > 0)
        total += (size_t)n;
    CHECK_EQ(errno, EAGAIN);
    return total;
}

static void
drain(int fd)
{
    char block[4096];
    while (read(fd, block, sizeof block) > 0)
        continue;
}

// Kinds of descriptors --------------------------------------------------

// A number of /proc/self/status.
static int
status_number(const char *name)
{
    char line[128];
    int number = -1;
    FILE *f = fopen("/proc/self/status", "r");
    while (fgets(line, sizeof line, f) != NULL) {
        if (strncmp(line, name, strlen(name)) == 0)
            number = atoi(line + strlen(name) + 1);
    }
    fclose(f);
    return number;
}

TEST(fd, a_pipe_wakes_its_reader)
{
    int p[2];
    make_pipe(p);
    check_reader_wakes(p[0], p[1]);
}

TEST(fd, a_pipe_wakes_its_writer_when_there_is_room)
{
    int p[2];
    make_pipe(p);
    fill(p[1]);
    struct waiter *w = start_waiter(p[1], LEAT_WRITE, LEAT_FOREVER);
    until_waiting(1);
    drain(p[0]);
    CHECK_EQ(leat_recv(w->result), LEAT_WRITE);
}

// A table of descriptors that grows while there are threads takes the kernel
// some 10 ms; so the first wait must find it large enough.
TEST_WITH(fd, first_wait_does_not_make_the_kernels_table_grow,
    .skip_under = TEST_QEMU)
{
    int before = status_number("FDSize"), fds[2];
    CHECK_EQ(pipe(fds), 0);
    check_nothing_comes(fds[0]);
    CHECK_EQ(status_number("FDSize"), before);
    leat_close_fd(fds[0]);
    leat_close_fd(fds[1]);
}

TEST(fd, what_is_ready_already_does_not_park)
{
    int p[2];
    make_pipe(p);
    write_byte(p[1]);
    // Level-triggered: it stays ready until somebody reads.
    for (int i = 0; i < 3; i++)
        CHECK_EQ(leat_wait_fd(p[0], LEAT_READ, LEAT_FOREVER), LEAT_READ);
    CHECK_EQ(leat_wait_fd(p[1], LEAT_WRITE, 0), LEAT_WRITE);
}

TEST(fd, only_what_was_asked_for_is_reported)
{
    int s[2];
    make_pair(s);
    write_byte(s[1]);
    CHECK_EQ(leat_wait_fd(s[0], LEAT_READ, 0), LEAT_READ);
    CHECK_EQ(leat_wait_fd(s[0], LEAT_WRITE, 0), LEAT_WRITE);
    CHECK_EQ(leat_wait_fd(s[0], LEAT_READ | LEAT_WRITE, 0),
        LEAT_READ | LEAT_WRITE);
    CHECK_EQ(leat_wait_fd(s[0], LEAT_PRI, 0), LEAT_ETIMEDOUT);
}

// LEAT_TRIED is a promise about the past; data may have come since.
TEST(fd, what_was_tried_in_vain_is_reported_once_it_is_ready)
{
    int p[2];
    make_pipe(p);
    const int tried = LEAT_READ | LEAT_TRIED;
    CHECK_EQ(leat_wait_fd(p[0], tried, 0), LEAT_ETIMEDOUT);
    CHECK_EQ(leat_wait_fd(p[0], tried, leat_deadline(LEAT_MILLISECOND)),
        LEAT_ETIMEDOUT);
    write_byte(p[1]);
    CHECK_EQ(leat_wait_fd(p[0], tried, 0), LEAT_READ);
    CHECK_EQ(leat_wait_fd(p[0], tried, LEAT_FOREVER), LEAT_READ);
    CHECK_EQ(leat_wait_fd(p[0], tried, leat_deadline(LEAT_SECOND)), LEAT_READ);
    struct waiter *w = start_waiter(p[1], LEAT_WRITE | LEAT_TRIED,
        LEAT_FOREVER);
    CHECK_EQ(leat_recv(w->result), LEAT_WRITE);
    // A plain file cannot say EAGAIN; it is ready whatever is promised.
    int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    CHECK_EQ(leat_wait_fd(file, tried, LEAT_FOREVER), LEAT_READ);
    close(file);
    CHECK_EQ(leat_wait_fd(file, tried, LEAT_FOREVER), LEAT_EBADF);
    CHECK_EQ(leat_wait_fd(p[0], LEAT_TRIED, 0), LEAT_EINVAL);
}

TEST(fd, a_socket_wakes_its_reader)
{
    int s[2];
    make_pair(s);
    check_reader_wakes(s[0], s[1]);
    check_reader_wakes(s[1], s[0]);
}

TEST(fd, the_end_of_the_other_side_wakes_reader_and_writer)
{
    int s[2], p[2];
    make_pair(s);
    struct waiter *w = start_waiter(s[0], LEAT_READ, LEAT_FOREVER);
    until_waiting(1);
    CHECK_EQ(close(s[1]), 0);
    CHECK_EQ(leat_recv(w->result), LEAT_READ);
    make_pipe(p);
    fill(p[1]);
    w = start_waiter(p[1], LEAT_WRITE, LEAT_FOREVER);
    until_waiting(1);
    CHECK_EQ(close(p[0]), 0);
    CHECK_EQ(leat_recv(w->result), LEAT_WRITE);
}

TEST(fd, a_peer_that_only_stops_sending_does_not_make_a_socket_writable)
{
    int s[2];
    make_pair(s);
    fill(s[0]);
    CHECK_EQ(shutdown(s[1], SHUT_WR), 0);
    CHECK_EQ(leat_wait_fd(s[0], LEAT_READ, LEAT_FOREVER), LEAT_READ);
    struct waiter *w = start_waiter(s[0], LEAT_WRITE, LEAT_FOREVER);
    until_waiting(1);
    drain(s[1]);
    CHECK_EQ(leat_recv(w->result), LEAT_WRITE);
}

// A TCP listener on the loopback interface, and its port.
static int
listen_tcp(struct sockaddr_in *a)
{
    socklen_t len = sizeof *a;
    memset(a, 0, sizeof *a);
    a->sin_family = AF_INET;
    a->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    CHECK(fd >= 0);
    CHECK_EQ(bind(fd, (struct sockaddr *)a, len), 0);
    CHECK_EQ(listen(fd, 8), 0);
    CHECK_EQ(getsockname(fd, (struct sockaddr *)a, &len), 0);
    return fd;
}

static void
echo_one(int listener)
{
    CHECK_EQ(leat_wait_fd(listener, LEAT_READ, LEAT_FOREVER), LEAT_READ);
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    CHECK(fd >= 0);
    for (;;) {
        char buf[512];
        CHECK(leat_wait_fd(fd, LEAT_READ, LEAT_FOREVER) > 0);
        ssize_t n = read(fd, buf, sizeof buf);
        if (n <= 0)
            break;
        CHECK(leat_wait_fd(fd, LEAT_WRITE, LEAT_FOREVER) > 0);
        CHECK_EQ(write(fd, buf, (size_t)n), n);
    }
    CHECK_EQ(leat_close_fd(fd), 0);
}

static void
check_echoes(void)
{
    struct sockaddr_in a;
    int listener = listen_tcp(&a);
    leat_go(echo_one, listener);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (connect(fd, (struct sockaddr *)&a, sizeof a) != 0)
        CHECK_EQ(errno, EINPROGRESS);
    CHECK_EQ(leat_wait_fd(fd, LEAT_WRITE, LEAT_FOREVER), LEAT_WRITE);
    for (int i = 0; i < 200; i++) {
        write_byte(fd);
        CHECK_EQ(leat_wait_fd(fd, LEAT_READ, LEAT_FOREVER), LEAT_READ);
        read_byte(fd);
    }
    CHECK_EQ(leat_close_fd(fd), 0);
    CHECK_EQ(leat_close_fd(listener), 0);
}

TEST(fd, tcp_connects_accepts_and_echoes)
{
    check_echoes();
}

TEST_WITH(fd, tcp_echoes_on_one_processor, .env = {"LEATPROCS=1"})
{
    check_echoes();
}

TEST_WITH(fd, tcp_echoes_while_goroutines_move_between_threads,
    .env = {"LEATDEBUG=migrate=1"})
{
    check_echoes();
}

TEST(fd, a_refused_connection_is_an_event)
{
    struct sockaddr_in a;
    CHECK_EQ(close(listen_tcp(&a)), 0);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    // The error comes now or with the event, as the kernel likes.
    CHECK_EQ(connect(fd, (struct sockaddr *)&a, sizeof a), -1);
    int at_once = errno;
    CHECK_EQ(
        leat_wait_fd(fd, LEAT_READ | LEAT_WRITE | LEAT_PRI, LEAT_FOREVER),
        LEAT_READ | LEAT_WRITE | LEAT_PRI);
    int err = 0;
    socklen_t len = sizeof err;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len);
    CHECK(err == ECONNREFUSED || at_once == ECONNREFUSED);
}

TEST_WITH(fd, out_of_band_data_is_an_event_of_its_own,
    .skip_under = TEST_QEMU)
{
    struct sockaddr_in a;
    int listener = listen_tcp(&a);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_EQ(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
    int peer = accept(listener, NULL, NULL);
    struct waiter *w = start_waiter(peer, LEAT_PRI, LEAT_FOREVER);
    until_waiting(1);
    write_byte(fd); // ordinary: not what is waited for
    CHECK_EQ(send(fd, "!", 1, MSG_OOB), 1);
    CHECK_EQ(leat_recv(w->result), LEAT_PRI);
}

TEST(fd, an_eventfd_wakes_its_reader)
{
    uint64_t n = 3;
    int fd = eventfd(0, EFD_NONBLOCK);
    struct waiter *w = start_waiter(fd, LEAT_READ, LEAT_FOREVER);
    until_waiting(1);
    CHECK_EQ(write(fd, &n, sizeof n), sizeof n);
    CHECK_EQ(leat_recv(w->result), LEAT_READ);
    CHECK_EQ(leat_wait_fd(fd, LEAT_WRITE, 0), LEAT_WRITE);
}

TEST(fd, a_timerfd_wakes_its_reader)
{
    uint64_t n = 0;
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct itimerspec t = {.it_value.tv_nsec = 2000000};
    CHECK_EQ(timerfd_settime(fd, 0, &t, NULL), 0);
    CHECK_EQ(leat_wait_fd(fd, LEAT_READ, LEAT_FOREVER), LEAT_READ);
    CHECK_EQ(read(fd, &n, sizeof n), sizeof n);
    CHECK_EQ(n, 1);
}

TEST(fd, a_terminal_wakes_its_reader)
{
    int terminal, line;
    CHECK_EQ(openpty(&terminal, &line, NULL, NULL, NULL), 0);
    struct waiter *w = start_waiter(line, LEAT_READ, LEAT_FOREVER);
    until_waiting(1);
    CHECK_EQ(write(terminal, "hello\n", 6), 6);
    CHECK_EQ(leat_recv(w->result), LEAT_READ);
    CHECK_EQ(leat_wait_fd(terminal, LEAT_READ, LEAT_FOREVER), LEAT_READ);
}

TEST(fd, files_and_directories_are_always_ready)
{
    char *path = NULL;
    CHECK(asprintf(&path, "%s/f", test_tmpdir()) > 0);
    int file = open(path, O_RDWR | O_CREAT, 0666);
    int dir = open(test_tmpdir(), O_RDONLY | O_DIRECTORY);
    CHECK(file >= 0 && dir >= 0);
    CHECK_EQ(leat_wait_fd(file, LEAT_READ | LEAT_WRITE, LEAT_FOREVER),
        LEAT_READ | LEAT_WRITE);
    CHECK_EQ(leat_wait_fd(dir, LEAT_READ, LEAT_FOREVER), LEAT_READ);
    // poll(2) never says so of out-of-band data; epoll refuses the file.
    CHECK_EQ(leat_wait_fd(file, LEAT_PRI, LEAT_FOREVER), LEAT_PRI);
    CHECK_EQ(leat_wait_fd(dir, LEAT_PRI, LEAT_FOREVER), LEAT_PRI);
}

// Bad arguments ---------------------------------------------------------

static long
address_space_pages(void)
{
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    CHECK(f != NULL && fscanf(f, "%ld", &pages) == 1);
    fclose(f);
    return pages;
}

TEST(fd, a_high_number_that_stands_for_nothing_takes_no_memory)
{
    long before = address_space_pages();
    CHECK_EQ(leat_wait_fd(1 << 30, LEAT_READ | LEAT_TRIED, LEAT_FOREVER),
        LEAT_EBADF);
    CHECK_EQ(leat_close_fd(1 << 30), LEAT_EBADF);
    CHECK(address_space_pages() - before < 1 << 18); // a GB
}

TEST(fd, bad_descriptors_and_events_are_errors)
{
    int p[2];
    make_pipe(p);
    CHECK_EQ(leat_wait_fd(-1, LEAT_READ, LEAT_FOREVER), LEAT_EBADF);
    CHECK_EQ(leat_wait_fd(INT32_MIN, LEAT_READ, LEAT_FOREVER), LEAT_EBADF);
    CHECK_EQ(leat_wait_fd(INT32_MAX, LEAT_READ, LEAT_FOREVER), LEAT_EBADF);
    CHECK_EQ(leat_wait_fd(9999, LEAT_READ, LEAT_FOREVER), LEAT_EBADF);
    CHECK_EQ(leat_wait_fd(p[0], 0, LEAT_FOREVER), LEAT_EINVAL);
    CHECK_EQ(leat_wait_fd(p[0], 8, LEAT_FOREVER), LEAT_EINVAL);
    CHECK_EQ(leat_wait_fd(p[0], -1, LEAT_FOREVER), LEAT_EINVAL);
    CHECK_EQ(leat_close_fd(-1), LEAT_EBADF);
    CHECK_EQ(leat_close_fd(9999), LEAT_EBADF);
    CHECK_EQ(leat_close_fd(p[0]), 0);
    CHECK_EQ(leat_close_fd(p[0]), LEAT_EBADF);
    CHECK_EQ(leat_wait_fd(p[0], LEAT_READ, LEAT_FOREVER), LEAT_EBADF);
}

// Such a descriptor is open, but good for nothing of the kind.
TEST(fd, a_descriptor_epoll_calls_bad_is_an_error_and_harms_nobody)
{
    int p[2];
    make_pipe(p);
    struct waiter *w = start_waiter(p[0], LEAT_READ, LEAT_FOREVER);
    until_waiting(1);
    int path = open("/", O_PATH | O_CLOEXEC);
    CHECK(path >= 0);
    CHECK_EQ(leat_wait_fd(path, LEAT_READ | LEAT_TRIED, LEAT_FOREVER),
        LEAT_EBADF);
    CHECK_EQ(leat_wait_fd(path, LEAT_READ, LEAT_FOREVER), LEAT_EBADF);
    CHECK_EQ(leat_try_recv(w->result, NULL), LEAT_EAGAIN);
    write_byte(p[1]);
    CHECK_EQ(leat_recv(w->result), LEAT_READ);
}

// Several waiters -------------------------------------------------------

TEST(fd, everybody_who_waits_for_the_event_is_woken)
{
    struct waiter *w[10];
    int p[2];
    make_pipe(p);
    for (int i = 0; i < 10; i++)
        w[i] = start_waiter(p[0], LEAT_READ, LEAT_FOREVER);
    until_waiting(10);
    write_byte(p[1]);
    for (int i = 0; i < 10; i++)
        CHECK_EQ(leat_recv(w[i]->result), LEAT_READ);
}

TEST(fd, reader_and_writer_of_one_socket_wake_apart)
{
    int s[2];
    make_pair(s);
    fill(s[0]);
    struct waiter *reader = start_waiter(s[0], LEAT_READ, LEAT_FOREVER);
    struct waiter *writer = start_waiter(s[0], LEAT_WRITE, LEAT_FOREVER);
    until_waiting(2);
    write_byte(s[1]);
    CHECK_EQ(leat_recv(reader->result), LEAT_READ);
    // The event has disarmed the descriptor: it must be armed again for the
    // one who still waits.
    CHECK_EQ(leat_try_recv(writer->result, NULL), LEAT_EAGAIN);
    CHECK_EQ(leat__hooks.netpoll_waiters(), 1);
    drain(s[1]);
    CHECK_EQ(leat_recv(writer->result), LEAT_WRITE);
}

TEST(fd, a_waiter_that_times_out_does_not_take_the_others_event)
{
    int p[2];
    make_pipe(p);
    struct waiter *patient = start_waiter(p[0], LEAT_READ, LEAT_FOREVER);
    until_waiting(1);
    check_nothing_comes(p[0]);
    CHECK_EQ(leat__hooks.netpoll_waiters(), 1);
    write_byte(p[1]);
    CHECK_EQ(leat_recv(patient->result), LEAT_READ);
}

TEST(fd, a_thousand_pipes_wake_the_right_waiters)
{
    static int p[FD_MANY][2];
    static struct waiter *w[FD_MANY];
    struct rlimit limit;
    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_max < 2 * FD_MANY + 100)
        test_skip("only %ld descriptors allowed", (long)limit.rlim_max);
    for (int i = 0; i < FD_MANY; i++) {
        make_pipe(p[i]);
        w[i] = start_waiter(p[i][0], LEAT_READ, LEAT_FOREVER);
    }
    until_waiting(FD_MANY);
    // Odd ones backwards, so that neither order nor neighbours fit.
    for (int i = FD_MANY - 1; i > 0; i -= 2) {
        write_byte(p[i][1]);
        CHECK_EQ(leat_recv(w[i]->result), LEAT_READ);
    }
    CHECK_EQ(leat__hooks.netpoll_waiters(), FD_MANY / 2);
    for (int i = 0; i < FD_MANY; i += 2)
        write_byte(p[i][1]);
    for (int i = 0; i < FD_MANY; i += 2)
        CHECK_EQ(leat_recv(w[i]->result), LEAT_READ);
    CHECK_EQ(leat__hooks.netpoll_waiters(), 0);
}

static void
pong(int in, int out)
{
    for (int i = 0; i < FD_ROUNDS; i++) {
        CHECK_EQ(leat_wait_fd(in, LEAT_READ, LEAT_FOREVER), LEAT_READ);
        read_byte(in);
        write_byte(out);
    }
}

TEST(fd, no_wake_up_is_lost_in_a_ping_pong)
{
    int there[2], back[2];
    make_pipe(there);
    make_pipe(back);
    leat_go(pong, there[0], back[1]);
    for (int i = 0; i < FD_ROUNDS; i++) {
        write_byte(there[1]);
        CHECK_EQ(leat_wait_fd(back[0], LEAT_READ, LEAT_FOREVER), LEAT_READ);
        read_byte(back[0]);
    }
}

// Deadlines and contexts ------------------------------------------------

TEST(fd, a_deadline_ends_the_wait_and_not_before_its_time)
{
    int p[2];
    make_pipe(p);
    int64_t deadline = leat_deadline(5 * LEAT_MILLISECOND);
    CHECK_EQ(leat_wait_fd(p[0], LEAT_READ, deadline), LEAT_ETIMEDOUT);
    CHECK(leat_now() >= deadline);
    CHECK_EQ(leat__hooks.netpoll_waiters(), 0);
    // One that has passed does not wait at all, but takes what is there.
    CHECK_EQ(leat_wait_fd(p[0], LEAT_READ, deadline), LEAT_ETIMEDOUT);
    CHECK_EQ(leat_wait_fd(p[0], LEAT_READ, 0), LEAT_ETIMEDOUT);
    write_byte(p[1]);
    CHECK_EQ(leat_wait_fd(p[0], LEAT_READ, deadline), LEAT_READ);
}

TEST(fd, an_event_before_the_deadline_wins)
{
    int p[2];
    make_pipe(p);
    struct waiter *w =
        start_waiter(p[0], LEAT_READ, leat_deadline(LEAT_HOUR));
    until_waiting(1);
    write_byte(p[1]);
    CHECK_EQ(leat_recv(w->result), LEAT_READ);
}

static void
wait_under(struct leat_context *ctx, struct waiter *w)
{
    leat_set_context(ctx);
    wait_and_tell(w);
}

TEST(fd, the_end_of_its_context_ends_the_wait)
{
    int p[2];
    make_pipe(p);
    struct leat_context *ctx = leat_with_cancel(NULL);
    struct waiter w = {
        p[0], LEAT_READ, LEAT_FOREVER, leat_make_chan(int, 1)};
    leat_go(wait_under, ctx, &w);
    until_waiting(1);
    leat_context_cancel(ctx, 0);
    CHECK_EQ(leat_recv(w.result), LEAT_ECANCELED);
    CHECK_EQ(leat__hooks.netpoll_waiters(), 0);
    // Ended already: does not wait, but takes what is there.
    leat_go(wait_under, ctx, &w);
    CHECK_EQ(leat_recv(w.result), LEAT_ECANCELED);
    write_byte(p[1]);
    leat_go(wait_under, ctx, &w);
    CHECK_EQ(leat_recv(w.result), LEAT_READ);
    leat_context_release(ctx);
}

// Closing ---------------------------------------------------------------

TEST(fd, closing_wakes_all_waiters_with_an_error)
{
    struct waiter *w[4];
    int s[2];
    make_pair(s);
    fill(s[0]);
    for (int i = 0; i < 4; i++)
        w[i] = start_waiter(
            s[0], i % 2 ? LEAT_WRITE : LEAT_READ, LEAT_FOREVER);
    until_waiting(4);
    CHECK_EQ(leat_close_fd(s[0]), 0);
    for (int i = 0; i < 4; i++)
        CHECK_EQ(leat_recv(w[i]->result), LEAT_ECLOSED);
    CHECK_EQ(fcntl(s[0], F_GETFD), -1);
}

TEST(fd, a_number_used_again_wakes_those_of_the_closed_file)
{
    int old[2], now[2];
    make_pipe(old);
    struct waiter *orphan = start_waiter(old[0], LEAT_READ, LEAT_FOREVER);
    until_waiting(1);
    CHECK_EQ(close(old[0]), 0); // tells nobody
    make_pipe(now);
    CHECK_EQ(now[0], old[0]);
    CHECK_EQ(leat_try_recv(orphan->result, NULL), LEAT_EAGAIN);
    struct waiter *w = start_waiter(now[0], LEAT_READ, LEAT_FOREVER);
    CHECK_EQ(leat_recv(orphan->result), LEAT_ECLOSED);
    until_waiting(1);
    write_byte(now[1]);
    CHECK_EQ(leat_recv(w->result), LEAT_READ);
}

TEST(fd, waiting_for_a_bad_number_wakes_those_of_the_closed_file)
{
    int p[2];
    make_pipe(p);
    struct waiter *orphan = start_waiter(p[0], LEAT_READ, LEAT_FOREVER);
    until_waiting(1);
    CHECK_EQ(close(p[0]), 0);
    CHECK_EQ(leat_wait_fd(p[0], LEAT_READ, 0), LEAT_EBADF);
    CHECK_EQ(leat_recv(orphan->result), LEAT_ECLOSED);
}

TEST(fd, events_of_a_file_closed_before_do_not_wake_the_next_one)
{
    // A duplicate keeps the first pipe alive in the kernel, armed under the
    // number that the second pipe then gets.
    int old[2], now[2];
    make_pipe(old);
    CHECK_EQ(leat_wait_fd(old[0], LEAT_READ, leat_deadline(1)),
        LEAT_ETIMEDOUT);
    int kept = dup(old[0]);
    CHECK(kept >= 0);
    CHECK_EQ(close(old[0]), 0);
    make_pipe(now);
    CHECK_EQ(now[0], old[0]);
    struct waiter *w = start_waiter(now[0], LEAT_READ, LEAT_FOREVER);
    until_waiting(1);
    write_byte(old[1]);
    CHECK_EQ(leat_wait_fd(kept, LEAT_READ, LEAT_FOREVER), LEAT_READ);
    CHECK_EQ(leat_try_recv(w->result, NULL), LEAT_EAGAIN);
    write_byte(now[1]);
    CHECK_EQ(leat_recv(w->result), LEAT_READ);
}

static _Atomic bool lingered;

static void
close_lingering(int fd, leat_chan(int) result)
{
    int r = leat_close_fd(fd);
    lingered = true;
    leat_send(result, r);
}

// A connection that nobody reads from: closing `near` waits until somebody
// does.
static void
make_lingering(int *near, int *far)
{
    struct sockaddr_in a;
    struct linger linger = {.l_onoff = 1, .l_linger = 1000};
    int listener = listen_tcp(&a);
    *near = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_EQ(connect(*near, (struct sockaddr *)&a, sizeof a), 0);
    CHECK_EQ(leat_wait_fd(listener, LEAT_READ, LEAT_FOREVER), LEAT_READ);
    *far = accept(listener, NULL, NULL);
    CHECK(*far >= 0);
    CHECK_EQ(setsockopt(*near, SOL_SOCKET, SO_LINGER, &linger, sizeof linger),
        0);
    CHECK_EQ(fcntl(*near, F_SETFL, O_NONBLOCK), 0);
    fill(*near);
    CHECK_EQ(fcntl(*near, F_SETFL, 0), 0);
    CHECK_EQ(close(listener), 0);
}

// The kernel gives the number to others before close(2) has returned.
TEST_WITH(fd, a_close_that_takes_long_does_not_hold_up_the_numbers_next_file,
    .env = {"LEATPROCS=2"})
{
    leat_chan(int) result = leat_make_chan(int, 1);
    int near, far, p[2];
    make_lingering(&near, &far);
    make_pipe(p);
    leat_go(close_lingering, near, result);
    while (fcntl(near, F_GETFD) >= 0)
        leat_yield();
    CHECK_EQ(dup2(p[0], near), near);
    struct waiter *w = start_waiter(near, LEAT_READ, LEAT_FOREVER);
    until_waiting(1);
    write_byte(p[1]);
    CHECK_EQ(leat_recv(w->result), LEAT_READ);
    CHECK(!lingered);
    CHECK_EQ(close(far), 0); // unread: the connection is reset
    CHECK_EQ(leat_recv(result), 0);
}

static void
wait_until_closed(int fd, leat_chan(int) result)
{
    int r;
    do
        r = leat_wait_fd(fd, LEAT_READ, LEAT_FOREVER);
    while (r == LEAT_READ);
    leat_send(result, r);
}

TEST(fd, closing_at_any_moment_of_a_wait_ends_it)
{
    leat_chan(int) result = leat_make_chan(int);
    for (int i = 0; i < 300; i++) {
        int p[2];
        make_pipe(p);
        // Forwards or not: now it is ready, now it is parked.
        if (i % 3 == 0)
            write_byte(p[1]);
        leat_go(wait_until_closed, p[0], result);
        for (int k = 0; k < i % 7; k++)
            leat_yield();
        CHECK_EQ(leat_close_fd(p[0]), 0);
        int r = leat_recv(result);
        CHECK_MSG(r == LEAT_ECLOSED || r == LEAT_EBADF, "result %d", r);
        CHECK_EQ(close(p[1]), 0);
    }
    CHECK_EQ(leat__hooks.netpoll_waiters(), 0);
}

// The first wait for any of a range of numbers makes the place where its
// waiters are found. A close beside it must not miss them.
TEST(fd, closing_beside_the_first_wait_ends_it)
{
    leat_chan(int) result = leat_make_chan(int);
    struct rlimit limit;
    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
    // The ranges begin at 0, 64, 192, 448 and so on.
    for (int fd = 64; fd < 1 << 16 && (rlim_t)fd < limit.rlim_max;
         fd = 2 * fd + 64) {
        int p[2];
        make_pipe(p);
        CHECK_EQ(dup2(p[0], fd), fd);
        leat_go(wait_until_closed, fd, result);
        leat_yield();
        CHECK_EQ(leat_close_fd(fd), 0);
        int r = leat_recv(result);
        CHECK_MSG(r == LEAT_ECLOSED || r == LEAT_EBADF, "result %d", r);
        CHECK(close(p[0]) == 0 && close(p[1]) == 0);
    }
    CHECK_EQ(leat__hooks.netpoll_waiters(), 0);
}

// Threads, hogs, one processor ------------------------------------------

struct thread_wait {
    int fd;
    int64_t deadline;
    int result;
    _Atomic bool started;
};

static void *
thread_waits(void *arg)
{
    struct thread_wait *w = arg;
    w->started = true;
    w->result = leat_wait_fd(w->fd, LEAT_READ, w->deadline);
    return NULL;
}

static int
wait_in_thread(int fd, int64_t deadline, void (*meanwhile)(int), int arg)
{
    struct thread_wait w = {.fd = fd, .deadline = deadline};
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, thread_waits, &w), 0);
    while (!w.started)
        sched_yield();
    if (meanwhile != NULL)
        meanwhile(arg);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    return w.result;
}

static void
close_by_leat(int fd)
{
    CHECK_EQ(leat_close_fd(fd), 0);
}

static void
check_thread_waits(void)
{
    int p[2];
    make_pipe(p);
    CHECK_EQ(wait_in_thread(p[0], LEAT_FOREVER, write_byte, p[1]), LEAT_READ);
    CHECK_EQ(wait_in_thread(p[0], 0, NULL, 0), LEAT_READ);
    read_byte(p[0]);
    CHECK_EQ(wait_in_thread(p[0], leat_deadline(LEAT_MILLISECOND), NULL, 0),
        LEAT_ETIMEDOUT);
    // It may come before or after the close.
    int result = wait_in_thread(p[0], LEAT_FOREVER, close_by_leat, p[0]);
    CHECK_MSG(result == LEAT_ECLOSED || result == LEAT_EBADF, "%d", result);
}

TEST(fd, a_plain_thread_waits_beside_goroutines)
{
    check_thread_waits();
}

// Between a thread's looking at the number and its waiting, the number may
// come to be that of its own eventfd, the first free one. The number of Ps is
// given, or the runtime would look after the cgroup's quota now and then, in
// a file that may get the number too.
TEST_WITH(fd, closing_at_any_moment_of_a_threads_wait_ends_it,
    .timeout_s = 60, .env = {"LEATPROCS=2"})
{
    for (int i = 0; i < 2000; i++) {
        int p[2];
        make_pipe(p);
        int result = wait_in_thread(p[0], LEAT_FOREVER, close_by_leat, p[0]);
        CHECK_MSG(result == LEAT_ECLOSED || result == LEAT_EBADF, "%d", result);
        close(p[1]);
    }
}

PLAIN_TEST(fd, the_end_of_its_context_ends_a_threads_wait)
{
    int p[2];
    make_pipe(p);
    struct leat_context *canceled = leat_with_cancel(NULL);
    struct leat_context *late = leat_with_timeout(NULL, LEAT_MILLISECOND);
    leat_context_cancel(canceled, 0);
    leat_set_context(canceled);
    CHECK_EQ(leat_wait_fd(p[0], LEAT_READ, LEAT_FOREVER), LEAT_ECANCELED);
    leat_set_context(late);
    CHECK_EQ(leat_wait_fd(p[0], LEAT_READ, LEAT_FOREVER), LEAT_ECANCELED);
    write_byte(p[1]);
    CHECK_EQ(leat_wait_fd(p[0], LEAT_READ, LEAT_FOREVER), LEAT_READ);
    leat_set_context(NULL);
    leat_context_release(canceled);
    leat_context_release(late);
}

// What a wait for a file ends with that is closed before a thread makes its
// bell, which gets the first free number.
static int
orphan_by_a_bell(void)
{
    int old[2], other[2];
    make_pipe(old);
    make_pipe(other);
    struct waiter *orphan =
        start_waiter(old[0], LEAT_READ, leat_deadline(LEAT_SECOND));
    until_waiting(1);
    CHECK_EQ(close(old[0]), 0); // tells nobody
    CHECK_EQ(wait_in_thread(other[0], leat_deadline(LEAT_MILLISECOND), NULL,
                 0),
        LEAT_ETIMEDOUT);
    return leat_recv(orphan->result);
}

// On another P the goroutine may be counted as one that waits a moment before
// it does, and then it finds the bell, or nothing: another time.
TEST_WITH(fd, a_threads_bell_with_a_closed_files_number_wakes_its_waiters,
    .env = {"LEATPROCS=2"})
{
    int result = LEAT_ETIMEDOUT;
    for (int i = 0; i < 10 && result != LEAT_ECLOSED; i++)
        result = orphan_by_a_bell();
    CHECK_EQ(result, LEAT_ECLOSED);
}

PLAIN_TEST(fd, threads_wait_without_a_running_runtime)
{
    check_thread_waits();
}

static _Atomic bool hogs_stop;

static void
hog(void)
{
    while (!hogs_stop)
        continue;
}

static void
check_wakes_beside_hogs(void)
{
    int p[2];
    make_pipe(p);
    struct waiter *w = start_waiter(p[0], LEAT_READ, LEAT_FOREVER);
    until_waiting(1);
    for (int i = 0; i < leat_gomaxprocs(0); i++)
        leat_go(hog);
    leat_yield();
    write_byte(p[1]);
    CHECK_EQ(leat_recv(w->result), LEAT_READ);
    hogs_stop = true;
}

TEST(fd, a_waiter_wakes_while_every_processor_computes)
{
    check_wakes_beside_hogs();
}

TEST_WITH(fd, a_waiter_wakes_beside_a_hog_on_one_processor,
    .env = {"LEATPROCS=1"})
{
    check_wakes_beside_hogs();
}

static void
seeded_wait(void *arg)
{
    int *p = arg;
    struct waiter *w = start_waiter(p[0], LEAT_READ, LEAT_FOREVER);
    until_waiting(1);
    write_byte(p[1]);
    CHECK_EQ(leat_recv(w->result), LEAT_READ);
    read_byte(p[0]);
    // The clock is virtual: an hour passes at once.
    int64_t start = leat_now();
    CHECK_EQ(leat_wait_fd(p[0], LEAT_READ, leat_deadline(LEAT_HOUR)),
        LEAT_ETIMEDOUT);
    CHECK_EQ(leat_now() - start, LEAT_HOUR);
}

PLAIN_TEST(fd, waits_work_in_a_seeded_run)
{
    int p[2];
    make_pipe(p);
    for (uint64_t seed = 1; seed < 50; seed++)
        CHECK_EQ(leat_test_run(seed, seeded_wait, p), 0);
}

TEST_WITH(fd, waiting_for_ever_is_no_deadlock, .timeout_s = 10)
{
    // Another process makes it ready, after everybody here is asleep: it
    // sees this thread blocked in the kernel before it writes.
    int p[2];
    CHECK_EQ(pipe(p), 0);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        char path[64], state = 'R';
        snprintf(path, sizeof path, "/proc/%d/stat", (int)getppid());
        while (state != 'S') {
            FILE *f = fopen(path, "r");
            if (f == NULL || fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
                _exit(1);
            fclose(f);
        }
        _exit(write(p[1], "x", 1) != 1);
    }
    CHECK_EQ(leat_wait_fd(p[0], LEAT_READ, LEAT_FOREVER), LEAT_READ);
    int status;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
}

static void
wait_for_ever(int fd)
{
    leat_wait_fd(fd, LEAT_READ, LEAT_FOREVER);
}

TEST_WITH(fd, a_dump_says_io_wait, .stderr_has = {"[IO wait"})
{
    int p[2];
    make_pipe(p);
    leat_go(wait_for_ever, p[0]);
    until_waiting(1);
    leat_stack_dump(STDERR_FILENO, true);
}
