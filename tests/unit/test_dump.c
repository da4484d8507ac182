// SPDX-License-Identifier: MIT
// test_dump.c: what a dump of goroutines says. Line numbers are compared
// with __LINE__ of the calls, the layout with Go's.
#include "debug/dump.h"
#include "debug/elf_file.h"
#include "debug/freeze.h"
#include "lib/test.h"
#include "sched/sched.h"

#include <leat.h>

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

// Keeps the call before it from replacing its caller's frame.
#define NO_TAIL_CALL() __asm__ volatile("")

// The text of a dump; the caller's frames begin with who called this.
__attribute__((noinline)) static char *
dump(bool all)
{
    int fd = memfd_create("dump", 0);
    leat_stack_dump(fd, all);
    off_t n = lseek(fd, 0, SEEK_END);
    char *text = calloc(1, (size_t)n + 1);
    CHECK(text != NULL && pread(fd, text, (size_t)n, 0) == n);
    close(fd);
    return text;
}

// The part of text from `from` to the next blank line.
static char *
section(const char *text, const char *from)
{
    const char *at = strstr(text, from);
    CHECK_MSG(at != NULL, "%s not in\n%s", from, text);
    const char *end = strstr(at, "\n\n");
    return strndup(at, end != NULL ? (size_t)(end - at + 1) : strlen(at));
}

static int
count(const char *text, const char *part)
{
    int n = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at++)
        n++;
    return n;
}

// Checks that text has what, a tab, and this file's line in the next line.
static void
check_place(const char *text, const char *what, int line)
{
    char place[64];
    const char *at = strstr(text, what);
    CHECK_MSG(at != NULL, "%s not in\n%s", what, text);
    at += strlen(what);
    CHECK(strncmp(at, "\n\t/", 3) == 0 || strncmp(at, "\n\ttests/", 8) == 0);
    char *rest = strndup(at + 2, strcspn(at + 2, "\n"));
    snprintf(place, sizeof place, "tests/unit/test_dump.c:%d +0x", line);
    CHECK_HAS(rest, place);
    free(rest);
}

static _Atomic int recv_line;
static int go_line;

static void
waits(leat_chan(int) c)
{
    recv_line = __LINE__ + 1;
    leat_recv(c);
    NO_TAIL_CALL();
}

TEST(dump, of_the_caller_has_number_function_file_and_line)
{
    char *text = dump(false);
    int line = __LINE__ - 1;
    CHECK(strncmp(text, "goroutine 1 [running]:\ndump(...)\n\t", 34) == 0);
    check_place(text,
        "\ntest_body__dump__of_the_caller_has_number_function_file_and_line"
        "(...)",
        line);
    CHECK(strstr(text, "leat_") == NULL);
    CHECK(strstr(text, "created by") == NULL);
}

TEST_WITH(dump, of_all_says_where_each_waits_and_was_started,
    .env = {"LEATPROCS=1"})
{
    leat_chan(int) c = leat_make_chan(int);
    go_line = __LINE__ + 1;
    leat_go(waits, c);
    leat_yield();
    char *text = section(dump(true), "\ngoroutine 2 ");
    check_place(text, "\ngoroutine 2 [chan receive]:\nwaits(...)", recv_line);
    check_place(text,
        "\ncreated by test_body__dump__of_all_says_where_each_waits_and_was_"
        "started in goroutine 1",
        go_line);
    // Nothing else: 5 lines and the blank one before.
    CHECK_EQ(count(text, "\n"), 6);
}

TEST(dump, begins_with_the_caller_and_goes_by_number)
{
    leat_chan(int) c = leat_make_chan(int);
    for (int i = 0; i < 300; i++)
        leat_go(waits, c);
    leat_yield();
    char *text = dump(true);
    CHECK(strncmp(text, "goroutine 1 [", 13) == 0);
    const char *at = text;
    unsigned long last = 1;
    int seen = 0;
    while ((at = strstr(at, "\n\ngoroutine ")) != NULL) {
        unsigned long n = strtoul(at + 12, NULL, 10);
        CHECK(n > last);
        last = n;
        seen++;
        at++;
    }
    CHECK_EQ(seen, 300);
}

// The words of Go for each way to wait ----------------------------------

static void
wait_send(void)
{
    leat_send((leat_chan(int))leat_make_chan(int), 1);
    NO_TAIL_CALL();
}

static void
wait_select(void)
{
    leat_chan(int) a = leat_make_chan(int), b = leat_make_chan(int);
    leat_select(leat_case_recv(a, NULL), leat_case_recv(b, NULL));
    NO_TAIL_CALL();
}

static void
wait_select_none(void)
{
    leat_select();
    NO_TAIL_CALL();
}

static void
wait_sleep(void)
{
    leat_sleep(LEAT_HOUR);
    NO_TAIL_CALL();
}

static void
wait_mutex(struct leat_mutex *m)
{
    leat_mutex_lock(m);
    NO_TAIL_CALL();
}

static void
wait_group(struct leat_waitgroup *wg)
{
    leat_waitgroup_wait(wg);
    NO_TAIL_CALL();
}

static void
wait_nil(void)
{
    leat_chan(int) c = NULL;
    leat_recv(c);
    NO_TAIL_CALL();
}

static void
wait_nil_send(void)
{
    leat_chan(int) c = NULL;
    leat_send(c, 1);
    NO_TAIL_CALL();
}

static void
wait_fd(int fd)
{
    leat_wait_fd(fd, LEAT_READ, LEAT_FOREVER);
    NO_TAIL_CALL();
}

static void
not_yet_run(void)
{
}

// The header of the goroutine that waits in a function, and its frames up to
// that function. Public functions of Leat in between are shown like
// time.Sleep in Go, where the compiler has kept their frames.
static void
check_waits(const char *text, const char *header, const char *function)
{
    char *part = section(text, header);
    CHECK_HAS(part, function);
    CHECK(strstr(part, "leat__") == NULL);
    free(part);
}

TEST_WITH(dump, tells_the_reason_in_the_words_of_go,
    .env = {"LEATDEBUG=profile=go", "LEATPROCS=1"})
{
    struct leat_mutex m = LEAT_ZERO;
    struct leat_waitgroup wg = LEAT_ZERO;
    int fds[2];
    CHECK_EQ(pipe(fds), 0);
    leat_mutex_lock(&m);
    leat_waitgroup_add(&wg, 1);
    leat_go(wait_send);
    leat_go(wait_select);
    leat_go(wait_select_none);
    leat_go(wait_sleep);
    leat_go(wait_mutex, &m);
    leat_go(wait_group, &wg);
    leat_go(wait_nil);
    leat_go(wait_nil_send);
    leat_go(wait_fd, fds[0]);
    for (int i = 0; i < 20; i++)
        leat_yield();
    leat_go(not_yet_run);
    char *text = dump(true);
    check_waits(text, " [chan send]:\n", "]:\nwait_send(...)\n");
    check_waits(text, " [select]:\n", "]:\nwait_select(...)\n");
    check_waits(
        text, " [select (no cases)]:\n", "]:\nwait_select_none(...)\n");
    check_waits(text, " [sleep]:\n", "\nwait_sleep(...)\n");
    check_waits(text, " [sync.Mutex.Lock]:\n", "\nwait_mutex(...)\n");
    check_waits(text, " [sync.WaitGroup.Wait]:\n", "\nwait_group(...)\n");
    check_waits(
        text, " [chan receive (nil chan)]:\n", "]:\nwait_nil(...)\n");
    check_waits(
        text, " [chan send (nil chan)]:\n", "]:\nwait_nil_send(...)\n");
    check_waits(text, " [IO wait]:\n", "\nwait_fd(...)\n");
    check_waits(text, " [runnable]:\n", "]:\nnot_yet_run(...)\n");
}

static void
named(leat_chan(int) c)
{
    leat_set_name("reader");
    leat_recv(c);
    NO_TAIL_CALL();
}

TEST_WITH(dump, shows_names, .env = {"LEATPROCS=1"})
{
    struct leat_go_options o = {.name = "spawned so"};
    leat_chan(int) c = leat_make_chan(int);
    leat_go_with(&o, waits, c);
    leat_go(named, c);
    leat_yield();
    leat_yield();
    char *text = dump(true);
    CHECK_HAS(text, " \"spawned so\" [chan receive]:\nwaits(...)\n");
    CHECK_HAS(text, " \"reader\" [chan receive]:\nnamed(...)\n");
}

// The virtual clock makes waiting free.
TEST_WITH(dump, tells_how_long_in_minutes_as_go_does,
    .env = {"LEATDEBUG=seed=1"})
{
    leat_chan(int) c = leat_make_chan(int);
    leat_go(waits, c);
    leat_sleep(LEAT_SECOND * 19 / 2);
    CHECK_HAS(dump(true), " [chan receive]:\n");
    leat_sleep(LEAT_SECOND);
    CHECK_HAS(dump(true), " [chan receive, 10 seconds]:\n");
    leat_sleep(49 * LEAT_SECOND);
    CHECK_HAS(dump(true), " [chan receive, 59 seconds]:\n");
    leat_sleep(LEAT_SECOND);
    CHECK_HAS(dump(true), " [chan receive, 1 minutes]:\n");
    leat_sleep(LEAT_HOUR);
    CHECK_HAS(dump(true), " [chan receive, 61 minutes]:\n");
}

// Others that run -------------------------------------------------------

static _Atomic int spinning, stop;

__attribute__((noinline)) static void
spins(void)
{
    spinning = 1;
    while (!stop)
        ;
}

TEST_WITH(dump, shows_where_a_goroutine_in_a_loop_is,
    .env = {"LEATPROCS=2"}, .skip_under = TEST_TSAN)
{
    leat_go(spins);
    while (!spinning)
        leat_yield();
    char *text = section(dump(true), " [running]:\nspins(...)\n\t");
    CHECK_HAS(text, "\ncreated by test_body__dump__shows_where_a_goroutine");
    stop = 1;
}

TEST_WITH(dump, lets_stopped_threads_go_on, .env = {"LEATPROCS=2"})
{
    leat_go(spins);
    while (!spinning)
        leat_yield();
    for (int i = 0; i < 20; i++)
        free(dump(true));
    stop = 1;
    while (leat_num_goroutine() > 1)
        leat_yield();
    CHECK_EQ(leat_num_goroutine(), 1);
}

static void
hops(leat_chan(int) in, leat_chan(int) out)
{
    for (;;)
        leat_send(out, leat_recv(in) + 1);
}

TEST_WITH(dump, works_while_others_work, .env = {"LEATPROCS=4"})
{
    leat_chan(int) ring[4];
    for (int i = 0; i < 4; i++)
        ring[i] = leat_make_chan(int);
    for (int i = 0; i < 3; i++)
        leat_go(hops, ring[i], ring[i + 1]);
    for (int i = 0; i < 100; i++) {
        leat_send(ring[0], i);
        char *text = dump(true);
        CHECK_EQ(count(text, "\n\ngoroutine "), 3);
        CHECK_EQ(count(text, "\ncreated by "), 3);
        CHECK_EQ(leat_recv(ring[3]), i + 3);
        free(text);
    }
}

static void
read_all(int fd, leat_chan(size_t) total)
{
    char buf[4096];
    size_t n = 0;
    ssize_t got;
    while (leat_wait_fd(fd, LEAT_READ, LEAT_FOREVER) >= 0 &&
        (got = read(fd, buf, sizeof buf)) > 0)
        n += (size_t)got;
    leat_send(total, n);
}

TEST(dump, may_go_to_a_pipe_that_a_goroutine_reads)
{
    int fds[2];
    leat_chan(int) c = leat_make_chan(int);
    leat_chan(size_t) total = leat_make_chan(size_t);
    CHECK_EQ(pipe(fds), 0);
    for (int i = 0; i < 2000; i++)
        leat_go(waits, c);
    leat_go(read_all, fds[0], total);
    leat_yield();
    leat_blocking_begin();
    leat_blocking_end();
    leat_stack_dump(fds[1], true);
    close(fds[1]);
    // More than a pipe holds.
    CHECK(leat_recv(total) > 65536);
}

// A dump in the midst of which another thread reports the end of the process,
// which waits for nobody. The names of functions pass by here.
static _Atomic int died;

static void *
thread_dies(void *fd)
{
    leat__sched.dying = true;
    leat__dump_all(*(int *)fd);
    leat__sched.dying = false;
    return NULL;
}

static size_t
die_at_a_name(const char *symbol, const char *inner, char *buf, size_t size)
{
    (void)inner;
    if (strcmp(symbol, "waits") == 0 && died++ == 0) {
        pthread_t t;
        int fd = open("/dev/null", O_WRONLY);
        CHECK_EQ(pthread_create(&t, NULL, thread_dies, &fd), 0);
        CHECK_EQ(pthread_join(t, NULL), 0);
        close(fd);
    }
    return (size_t)snprintf(buf, size, "%s", symbol);
}

TEST_WITH(dump, shares_nothing_with_that_of_a_dying_process,
    .env = {"LEATPROCS=1"})
{
    leat_chan(int) c = leat_make_chan(int);
    for (int i = 0; i < 10; i++)
        leat_go(waits, c);
    leat_yield();
    leat__hooks.go_name = die_at_a_name;
    char *text = dump(true);
    leat__hooks.go_name = NULL;
    CHECK(died > 1); // both have named functions
    for (int i = 2; i <= 11; i++) {
        char header[32];
        snprintf(header, sizeof header, "goroutine %d [", i);
        CHECK_EQ(count(text, header), 1);
    }
}

// The same while others stand still for the first dump: the second one has to
// stop them itself, or they go on while it reads them.
static _Atomic int second_tid, second_over;
static int second_over_before, second_fd;
static pthread_t second;

static void *
thread_dies_second(void *unused)
{
    second_tid = (int)syscall(SYS_gettid);
    leat__sched.dying = true;
    leat__dump_all(second_fd);
    leat__sched.dying = false;
    second_over = 1;
    return unused;
}

// Whether the kernel says that the thread sleeps.
static bool
sleeps(int tid)
{
    char path[64], state = 0;
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return false;
    if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
        state = 0;
    fclose(f);
    return state == 'S';
}

static size_t
die_second_at_a_name(
    const char *symbol, const char *inner, char *buf, size_t size)
{
    (void)inner;
    if (strcmp(symbol, "spins") == 0 && second_tid == 0) {
        CHECK_EQ(
            pthread_create(&second, NULL, thread_dies_second, NULL), 0);
        while (!second_over && (second_tid == 0 || !sleeps(second_tid)))
            ;
        second_over_before = second_over;
    }
    return (size_t)snprintf(buf, size, "%s", symbol);
}

TEST_WITH(dump, of_a_dying_process_waits_until_others_stand_for_it_alone,
    .env = {"LEATPROCS=2"}, .skip_under = TEST_TSAN)
{
    second_fd = memfd_create("second", 0);
    leat_go(spins);
    while (!spinning)
        leat_yield();
    leat__hooks.go_name = die_second_at_a_name;
    CHECK_HAS(dump(true), " [running]:\nspins(...)\n\t");
    CHECK_EQ(pthread_join(second, NULL), 0);
    leat__hooks.go_name = NULL;
    stop = 1;
    CHECK_EQ(second_over_before, 0);
    char text[4096] = "";
    CHECK(pread(second_fd, text, sizeof text - 1, 0) > 0);
    CHECK_HAS(text, " [running]:\nspins(...)\n\t");
}

static void *
thread_freezes(void *unused)
{
    CHECK(leat__freeze(LEAT_MILLISECOND) != 0);
    return unused;
}

TEST_WITH(dump, freeze_of_a_thread_that_has_ended_is_over,
    .skip_under = TEST_TSAN)
{
    pthread_t t;
    CHECK_EQ(pthread_create(&t, NULL, thread_freezes, NULL), 0);
    CHECK_EQ(pthread_join(t, NULL), 0);
    uint32_t round = leat__freeze(LEAT_SECOND);
    CHECK(round != 0);
    leat__thaw(round);
}

TEST_WITH(dump, freeze_that_the_caller_has_interrupted_is_over,
    .env = {"LEATPROCS=2"}, .skip_under = TEST_TSAN)
{
    leat_go(spins);
    while (!spinning)
        leat_yield();
    uint32_t outer = leat__freeze(LEAT_MINUTE);
    uint32_t round = leat__freeze(LEAT_MINUTE); // as a handler would
    CHECK(outer != 0 && round != 0 && round != outer);
    leat__thaw(round);
    leat__thaw(outer); // has nothing to end, nor begins anything
    round = leat__freeze(LEAT_MINUTE);
    CHECK(round != 0);
    leat__thaw(round);
    stop = 1;
}

// A freeze that lasts, and of which the caller is no part, as the handler of
// SIGQUIT is none of the leak report's.
static _Atomic uint32_t lasting, lasting_over;

static void *
thread_freezes_for_long(void *unused)
{
    lasting = leat__freeze(LEAT_MINUTE);
    while (!lasting_over)
        sched_yield();
    leat__thaw(lasting);
    return unused;
}

static void
count_frozen(void *sum, struct leat__g *g)
{
    *(int *)sum += leat__frozen(g) != NULL;
}

static int
frozen_count(void)
{
    int sum = 0;
    leat__each_g(count_frozen, &sum);
    return sum;
}

TEST_WITH(dump, freeze_that_lasts_is_shared_and_goes_on_after_it,
    .env = {"LEATPROCS=2"}, .skip_under = TEST_TSAN)
{
    pthread_t t;
    sigset_t urg;
    sigemptyset(&urg);
    sigaddset(&urg, SIGURG);
    leat_go(spins);
    while (!spinning)
        leat_yield();
    pthread_sigmask(SIG_BLOCK, &urg, NULL);
    CHECK_EQ(pthread_create(&t, NULL, thread_freezes_for_long, NULL), 0);
    while (!lasting)
        sched_yield();
    uint32_t round = leat__freeze(LEAT_MINUTE);
    CHECK(round != 0);
    CHECK_EQ(frozen_count(), 1); // spins
    lasting_over = 1;
    CHECK_EQ(pthread_join(t, NULL), 0);
    CHECK_EQ(frozen_count(), 1);
    leat__thaw(round);
    CHECK_EQ(frozen_count(), 0);
    round = leat__freeze(LEAT_MINUTE); // and there may be another
    CHECK_EQ(frozen_count(), 1);
    leat__thaw(round);
    stop = 1;
    pthread_sigmask(SIG_UNBLOCK, &urg, NULL);
}

static leat_chan(int) thread_chan;

static void *
thread_waits(void *arg)
{
    (void)arg;
    leat_recv(thread_chan);
    return NULL;
}

TEST(dump, shows_plain_threads_that_wait)
{
    pthread_t t;
    thread_chan = leat_make_chan(int);
    CHECK_EQ(pthread_create(&t, NULL, thread_waits, NULL), 0);
    char *text;
    do {
        leat_sleep(LEAT_MILLISECOND);
        text = dump(true);
    } while (strstr(text, "\nthread [chan receive]:\n") == NULL);
    if (!(test_under() & TEST_TSAN))
        CHECK_HAS(text, "\nthread_waits(...)\n");
    leat_send(thread_chan, 1);
    leat_blocking_begin();
    pthread_join(t, NULL);
    leat_blocking_end();
    CHECK(strstr(dump(true), "\nthread [") == NULL);
}

// Many ------------------------------------------------------------------

TEST_WITH(dump, of_more_than_10000_goroutines_says_how_many_more,
    .timeout_s = 60, .env = {"LEATPROCS=1"}, .skip_under = TEST_QEMU | TEST_TSAN)
{
    leat_chan(int) c = leat_make_chan(int);
    for (int i = 0; i < 12345; i++)
        leat_go(waits, c);
    char *text = dump(true);
    CHECK_HAS(text, "\n\n...2345 more goroutines...\n");
    CHECK_HAS(text, "\n\ngoroutine 2 [");
    CHECK_EQ(count(text, "\n\ngoroutine "), 10000);
}

__attribute__((noinline)) static int
recurse(int n, char **text)
{
    volatile int r = 1;
    if (n == 1)
        *text = dump(false);
    else
        r += recurse(n - 1, text);
    NO_TAIL_CALL();
    return r;
}

TEST(dump, of_a_deep_stack_leaves_out_the_middle)
{
    char *text;
    CHECK_EQ(recurse(400, &text), 400);
    const char *gap = strstr(text, "\n...");
    CHECK(gap != NULL);
    CHECK_HAS(gap, " frames elided...\nrecurse(...)\n");
    int inner = 0, outer = 0;
    for (const char *at = text; (at = strstr(at, "\nrecurse(...)")); at++) {
        inner += at < gap;
        outer += at > gap;
    }
    // 50 frames, the first of which is dump's; 50 at the outer end, some of
    // which are the test's and the runner's.
    CHECK_EQ(inner, 49);
    CHECK(outer > 40 && outer < 50);
    // What is left out is the rest, and nothing is counted twice.
    CHECK_EQ(inner + outer + atoi(gap + 4), 400);
}

static void
sleeps_virtually(void *unused)
{
    (void)unused;
    leat_sleep(LEAT_SECOND);
}

static int
run_and_dump(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    leat_go(waits, leat_make_chan(int));
    leat_yield();
    char *text = dump(true);
    CHECK_HAS(text, "\ngoroutine 2 [chan receive]:\n");
    return 0;
}

// The time that a seeded run has made up is not the time since when.
PLAIN_TEST_WITH(dump, tells_no_time_right_after_a_seeded_run,
    .env = {"LEATPROCS=1"})
{
    CHECK_EQ(leat_test_run(1, sleeps_virtually, NULL), 0);
    leat_run(run_and_dump, 0, NULL);
}

// Limits ----------------------------------------------------------------

// Sets the limit until limit_end.
static struct rlimit
limit_begin(int resource, rlim_t n)
{
    struct rlimit old, now;
    CHECK_EQ(getrlimit(resource, &old), 0);
    now = old;
    now.rlim_cur = n;
    CHECK_EQ(setrlimit(resource, &now), 0);
    return old;
}

static void
limit_end(int resource, struct rlimit old)
{
    CHECK_EQ(setrlimit(resource, &old), 0);
}

// A write that makes a file larger than it may become kills (SIGXFSZ). (qemu
// writes what a program reads as /proc/self/maps to a file of its own.)
TEST_WITH(dump, and_the_leak_report_work_where_files_may_not_grow,
    .skip_under = TEST_QEMU)
{
    int fds[2];
    char text[4096] = "";
    CHECK_EQ(pipe(fds), 0);
    struct rlimit old = limit_begin(RLIMIT_FSIZE, 0);
    leat_stack_dump(fds[1], true);
    CHECK(leat_leak_report(fds[1]) >= 0);
    limit_end(RLIMIT_FSIZE, old);
    CHECK(read(fds[0], text, sizeof text - 1) > 0);
    CHECK_HAS(text, "goroutine 1 [running]:\n");
    CHECK_HAS(text, "leak report: ");
}

__attribute__((noinline)) static void
spins_for_ever(volatile long *n)
{
    for (;;)
        ++*n;
}

// With no descriptor left: names are in files, and so are the threads' numbers.
TEST_WITH(dump, has_names_and_threads_where_descriptors_have_run_out,
    .skip_under = TEST_TSAN | TEST_QEMU)
{
    static volatile long n;
    int fds[2];
    char text[8192] = "";
    CHECK_EQ(pipe(fds), 0);
    leat_go(spins_for_ever, &n);
    leat_sleep(30 * LEAT_MILLISECOND); // it has a thread by now
    struct rlimit old = limit_begin(RLIMIT_NOFILE, (rlim_t)fds[1] + 1);
    CHECK(dup(0) < 0);
    leat_stack_dump(fds[1], true);
    CHECK(leat_leak_report(fds[1]) >= 0);
    CHECK(dup(0) < 0); // the limit is what it was
    limit_end(RLIMIT_NOFILE, old);
    CHECK(read(fds[0], text, sizeof text - 1) > 0);
    CHECK_HAS(text, "test_body__dump__has_names_and_threads_where_");
    CHECK_HAS(text, "\nspins_for_ever(...)\n");
    CHECK_HAS(text, "leak report: ");
}

// In a namespace of its own, with nothing in /proc.
static void
leave_proc(void)
{
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0 ||
        mount("none", "/proc", "tmpfs", 0, NULL) != 0)
        test_skip("no namespaces here");
    CHECK(access("/proc/self/exe", F_OK) != 0);
}

static int
dump_of_one_that_spins(int argc, char **argv)
{
    (void)argc, (void)argv;
    leat_go(spins);
    while (!spinning)
        leat_yield();
    CHECK_HAS(dump(true), " [running]:\nspins(...)\n\t");
    stop = 1;
    return 0;
}

PLAIN_TEST_WITH(dump, has_the_stacks_of_other_threads_without_proc,
    .env = {"LEATPROCS=2"}, .skip_under = TEST_ASAN | TEST_TSAN | TEST_QEMU)
{
    leave_proc();
    leat_run(dump_of_one_that_spins, 0, NULL);
}

PLAIN_TEST_WITH(dump, finds_the_program_s_file_without_proc,
    .skip_under = TEST_ASAN | TEST_TSAN | TEST_QEMU)
{
    struct leat__module m;
    struct leat__elf_file file;
    leave_proc();
    CHECK(leat__module_find((uintptr_t)run_and_dump, &m));
    CHECK(leat__elf_open(&m, &file));
    leat__elf_close(&file);
}

// Deadlocks -------------------------------------------------------------

TEST_WITH(dump, a_deadlock_lists_all_goroutines, .exit_status = 2,
    .env = {"LEATPROCS=1"},
    .stderr_has = {"fatal error: all goroutines are asleep - deadlock!\n\n"
                   "goroutine 1 [chan receive]:\ntest_body__dump__a_deadlock"
                   "_lists_all_goroutines(...)\n\t",
        "\n\ngoroutine 2 [chan receive]:\nwaits(...)\n\t",
        "\ncreated by test_body__dump__a_deadlock_lists_all_goroutines in "
        "goroutine 1\n\t"})
{
    leat_go(waits, leat_make_chan(int));
    leat_recv((leat_chan(int))leat_make_chan(int));
}

TEST_WITH(dump, a_deadlock_keeps_what_was_printed, .exit_status = 2,
    .stdout_is = "before", .stderr_has = {"deadlock!\n"})
{
    printf("before");
    leat_recv((leat_chan(int))leat_make_chan(int));
}

// Numbers ---------------------------------------------------------------

TEST_WITH(stats, count_goroutines_timers_and_procs, .env = {"LEATPROCS=3"})
{
    struct leat_stats s;
    leat_chan(int) c = leat_make_chan(int);
    for (int i = 0; i < 10; i++)
        leat_go(waits, c);
    for (int i = 0; i < 5; i++)
        leat_go(wait_sleep);
    do {
        leat_yield();
        leat_get_stats(&s);
    } while (s.timers < 5);
    CHECK_EQ(s.goroutines, 16);
    CHECK_EQ(s.goroutines_total, 16);
    CHECK_EQ(s.timers, 5);
    CHECK_EQ(s.procs, 3);
    CHECK(s.threads >= 1 && s.threads <= 16);
    CHECK(s.stack_bytes >= 16 * LEAT_STACK_DEFAULT);
    for (int i = 0; i < 10; i++)
        leat_send(c, i);
    while (leat_num_goroutine() > 6)
        leat_yield();
    leat_get_stats(&s);
    CHECK_EQ(s.goroutines, 6);
    CHECK_EQ(s.goroutines_total, 16);
}
