// SPDX-License-Identifier: MIT
// test_fd_own.c: the runtime's own descriptors: where they are, a system that
// refuses them, and a program that closes what is not its own.
#include "unit/test_fd_util.h"
#include "io/netpoll.h"
#include "os/fault.h"
#include "os/poll.h"

// Whether the descriptor is of the kinds the runtime makes for itself.
static bool
is_the_runtimes(int fd)
{
    char path[64], to[64] = "";
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(path, to, sizeof to - 1);
    return n > 0 &&
        (strcmp(to, "anon_inode:[eventpoll]") == 0 ||
            strcmp(to, "anon_inode:[eventfd]") == 0);
}

// A program that goes on with a number it has closed may meet them.
TEST(fd, the_runtimes_own_descriptors_are_not_to_be_waited_for)
{
    int p[2], found = 0;
    make_pipe(p);
    check_reader_wakes(p[0], p[1]);
    for (int fd = 0; fd < 1 << 12; fd++) {
        if (!is_the_runtimes(fd))
            continue;
        CHECK_EQ(leat_wait_fd(fd, LEAT_READ, LEAT_FOREVER), LEAT_EBADF);
        CHECK_EQ(leat_close_fd(fd), LEAT_EBADF);
        found++;
    }
    CHECK_EQ(found, 2);
    check_reader_wakes(p[0], p[1]);
}

// A system that refuses -------------------------------------------------

TEST(fd, too_many_open_descriptors_is_an_error)
{
    int p[2];
    make_pipe(p);
    struct rlimit limit, low;
    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
    low = limit;
    low.rlim_cur = (rlim_t)p[1] + 1;
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
    int result = leat_wait_fd(p[0], LEAT_READ, LEAT_FOREVER);
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
    CHECK_EQ(result, LEAT_EMFILE);
    // Nothing is left behind: with room it works.
    check_reader_wakes(p[0], p[1]);
}

// Fails the n-th call of epoll, n from the environment: whichever it is, a
// wait ends with an error or an event, and the next one works.
static void
check_one_refusal(void)
{
    int refused = 0;
    for (int i = 0; i < 3; i++) {
        int p[2];
        make_pipe(p);
        struct waiter *w = start_waiter(p[0], LEAT_READ, LEAT_FOREVER);
        int result = LEAT_EAGAIN;
        // Not parked if refused at once.
        while (leat__hooks.netpoll_waiters() == 0 &&
            (result = leat_try_recv(w->result, &result)) == LEAT_EAGAIN)
            leat_yield();
        write_byte(p[1]);
        if (result == LEAT_EAGAIN)
            result = leat_recv(w->result);
        if (result == LEAT_READ)
            continue;
        CHECK_MSG(result == LEAT_EMFILE || result == LEAT_ENOMEM ||
                result == LEAT_ESYS || result == 0,
            "result %d", result);
        refused++;
    }
    CHECK_MSG(refused <= 1, "%d waits were refused", refused);
}

#define REFUSE(n)                                                              \
    TEST_WITH(fd, epoll_call_##n##_failing_ends_a_wait_with_an_error,          \
        .env = {"LEATDEBUG=fault=epoll:" #n})                                  \
    {                                                                          \
        check_one_refusal();                                                   \
    }
REFUSE(1)
REFUSE(2)
REFUSE(3)
REFUSE(4)
REFUSE(5)
REFUSE(6)

TEST_WITH(fd, epoll_that_always_fails_is_an_error_not_a_hang,
    .env = {"LEATDEBUG=fault=epoll:1+"})
{
    int p[2];
    make_pipe(p);
    CHECK_EQ(leat_wait_fd(p[0], LEAT_READ, LEAT_FOREVER), LEAT_EMFILE);
    write_byte(p[1]);
    CHECK_EQ(leat_wait_fd(p[0], LEAT_READ, LEAT_FOREVER), LEAT_READ);
}

// On one processor and without forced migration: nobody sleeps on the set
// meanwhile, which would be the end. (An emulator may take so long that the
// monitor gives the processor to a thread that does.)
TEST_WITH(fd, a_program_that_closes_what_is_not_its_own_gets_an_error,
    .env = {"LEATPROCS=1", "LEATDEBUG=migrate=0"}, .skip_under = TEST_QEMU)
{
    int p[2];
    make_pipe(p);
    struct waiter *w = start_waiter(p[0], LEAT_READ, LEAT_FOREVER);
    until_waiting(1);
    CHECK_EQ(close_range((unsigned)p[1] + 1, ~0u, 0), 0);
    // Unless the monitor has looked in between, and this waits on a new set.
    int result = leat_wait_fd(
        p[0], LEAT_READ, leat_deadline(100 * LEAT_MILLISECOND));
    CHECK_MSG(result == LEAT_ESYS || result == LEAT_ETIMEDOUT, "%d", result);
    CHECK_EQ(leat_recv(w->result), LEAT_ESYS);
    // The next wait starts afresh.
    check_reader_wakes(p[0], p[1]);
}

// Which round meets a thread asleep on the set is chance: in the others the
// wait ends with an error.
TEST_WITH(fd, closing_the_runtimes_descriptors_under_a_sleeper_is_fatal,
    .env = {"LEATPROCS=2"}, .exit_status = 2,
    .stderr_has = {
        "fatal error: the program has closed the runtime's descriptors"})
{
    int p[2];
    make_pipe(p);
    for (;;) {
        start_waiter(p[0], LEAT_READ, LEAT_FOREVER);
        while (leat__sched.poller == NULL || !leat__sched.poll_fds)
            leat_yield();
        CHECK_EQ(close_range((unsigned)p[1] + 1, ~0u, 0), 0);
        leat_wait_fd(p[0], LEAT_READ | LEAT_TRIED,
            leat_deadline(LEAT_MILLISECOND));
    }
}

// The numbers of the set and its bell.
static int
own_descriptors(int own[2])
{
    int found = 0;
    for (int fd = 0; fd < 1 << 16 && found < 2; fd++)
        if (leat__poll_is_own(fd))
            own[found++] = fd;
    return found;
}

PLAIN_TEST(fd, the_runtimes_own_descriptors_have_high_numbers)
{
    int own[2];
    struct rlimit limit;
    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = 100;
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
    int lowest = dup(0);
    CHECK_EQ(leat__poll_open(), 0);
    CHECK_EQ(own_descriptors(own), 2);
    CHECK_EQ(own[0], 98);
    CHECK_EQ(own[1], 99);
    CHECK_EQ(dup(0), lowest + 1);
    // Where these are taken, low ones have to do.
    leat__poll_drop(true);
    CHECK_EQ(dup2(0, 98), 98);
    CHECK_EQ(dup2(0, 99), 99);
    CHECK_EQ(leat__poll_open(), 0);
    CHECK_EQ(own_descriptors(own), 2);
    CHECK_EQ(own[1], lowest + 3);
}

PLAIN_TEST(fd, ringing_writes_to_no_file_that_has_the_bells_number)
{
    int own[2];
    char path[256];
    struct leat__poll_event event[4];
    CHECK_EQ(leat__poll_open(), 0);
    CHECK_EQ(own_descriptors(own), 2);
    snprintf(path, sizeof path, "%s/file", test_tmpdir());
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    CHECK(file >= 0);
    CHECK(leat__poll_ring());
    CHECK_EQ(leat__poll_wait(event, 4, 0), 0);
    CHECK_EQ(leat__poll_wait(event, 4, -1), 0); // the ring is there still
    for (int i = 0; i < 2; i++)
        CHECK_EQ(dup2(file, own[i]), own[i]);
    CHECK(!leat__poll_ring());
    CHECK_EQ(lseek(file, 0, SEEK_END), 0);
}

// A ring that is taken for one that has not been heard yet is lost, and who
// sleeps on the set sleeps on.
PLAIN_TEST(fd, every_ring_after_one_that_was_heard_is_heard_too)
{
    struct leat__poll_event event[4];
    CHECK_EQ(leat__poll_open(), 0);
    for (int i = 0; i < 3; i++) {
        CHECK(leat__poll_ring());
        CHECK_EQ(leat__poll_wait(event, 4, -1), 0);
    }
    // A new set knows nothing of the rings of the old one.
    CHECK(leat__poll_ring());
    leat__poll_drop(true);
    CHECK_EQ(leat__poll_open(), 0);
    CHECK(leat__poll_ring());
    CHECK_EQ(leat__poll_wait(event, 4, -1), 0);
}

PLAIN_TEST(fd, a_ring_that_fails_is_no_reason_to_leave_out_the_next)
{
    int own[2];
    CHECK_EQ(leat__poll_open(), 0);
    CHECK_EQ(own_descriptors(own), 2);
    CHECK(close(own[0]) == 0 && close(own[1]) == 0);
    for (int i = 0; i < 3; i++)
        CHECK(!leat__poll_ring());
}

// What the kernel says is in the runtime's set.
static bool
is_in_the_set(int fd)
{
    int own[2], in;
    bool found = false;
    CHECK_EQ(own_descriptors(own), 2);
    for (int i = 0; i < 2; i++) {
        char path[64], line[256];
        snprintf(path, sizeof path, "/proc/self/fdinfo/%d", own[i]);
        FILE *f = fopen(path, "r");
        CHECK(f != NULL);
        while (fgets(line, sizeof line, f) != NULL)
            found |= sscanf(line, "tfd: %d", &in) == 1 && in == fd;
        fclose(f);
    }
    return found;
}

// The kernel forgets a file with its last descriptor only. (Under the emulator
// the set is not where this test looks for it.)
TEST_WITH(fd, closing_takes_a_file_out_of_the_set_that_a_duplicate_keeps,
    .skip_under = TEST_QEMU)
{
    int p[2];
    make_pipe(p);
    check_nothing_comes(p[0]);
    CHECK(is_in_the_set(p[0]));
    CHECK(dup(p[0]) >= 0);
    CHECK_EQ(leat_close_fd(p[0]), 0);
    CHECK(!is_in_the_set(p[0]));
}

static int
lowest_free_number(void)
{
    int fd = dup(0);
    CHECK(fd >= 0);
    close(fd);
    return fd;
}

PLAIN_TEST(fd, a_threads_wait_leaves_no_descriptor_behind)
{
    int p[2];
    make_pipe(p);
    int lowest = lowest_free_number();
    for (int i = 0; i < 3; i++) {
        check_nothing_comes(p[0]);
        CHECK_EQ(lowest_free_number(), lowest);
    }
}

// As any other that is free.
PLAIN_TEST(fd, a_threads_bell_may_have_the_number_0)
{
    int p[2];
    make_pipe(p);
    CHECK_EQ(close(0), 0);
    check_nothing_comes(p[0]);
}

// The bell is the first number of a range for which there is no place yet.
PLAIN_TEST(fd, a_threads_wait_without_memory_leaves_no_descriptor_behind)
{
    int p[2];
    make_pipe(p);
    check_nothing_comes(p[0]);
    while (lowest_free_number() < 64)
        CHECK(dup(0) >= 0);
    int lowest = lowest_free_number();
    CHECK(leat__fault_parse("malloc:1+"));
    int result = leat_wait_fd(
        p[0], LEAT_READ, leat_deadline(LEAT_MILLISECOND));
    leat__fault_on = false;
    CHECK_EQ(result, LEAT_ENOMEM);
    CHECK_EQ(lowest_free_number(), lowest);
    check_nothing_comes(p[0]);
}

// What a deadline that is set anew does to those who wait.
TEST(fd, who_waits_can_be_told_to_look_again)
{
    struct waiter *w[2];
    int p[2];
    make_pipe(p);
    leat__fd_wake(p[1]); // nobody waits
    for (int i = 0; i < 2; i++)
        w[i] = start_waiter(p[0], LEAT_READ, LEAT_FOREVER);
    until_waiting(2);
    leat__fd_wake(p[0]);
    for (int i = 0; i < 2; i++)
        CHECK_EQ(leat_recv(w[i]->result), LEAT_EAGAIN);
    check_reader_wakes(p[0], p[1]);
}

// Threads without a P wake goroutines then, beside those that have one. (A
// thread sanitizer sees real locks from the start.)
TEST_WITH(fd, from_the_first_wait_on_locks_are_real,
    .env = {"LEATPROCS=1"}, .skip_under = TEST_TSAN)
{
    int p[2];
    make_pipe(p);
    CHECK(!leat__multi);
    leat_wait_fd(p[0], LEAT_READ, 0);
    CHECK(leat__multi);
}

// The only one there is has nobody to lock out.
PLAIN_TEST_WITH(fd, a_lone_threads_wait_leaves_locks_elided,
    .skip_under = TEST_TSAN)
{
    int p[2];
    make_pipe(p);
    check_nothing_comes(p[0]);
    CHECK(!leat__multi);
}

TEST_WITH(fd, a_wait_in_a_seeded_run_leaves_one_goroutine_at_a_time,
    .env = {"LEATDEBUG=seed=1"}, .skip_under = TEST_TSAN)
{
    int p[2];
    make_pipe(p);
    check_reader_wakes(p[0], p[1]);
    CHECK(!leat__multi);
}
