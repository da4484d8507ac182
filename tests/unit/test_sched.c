// SPDX-License-Identifier: MIT
// test_sched.c: goroutines share the Ps: nobody starves beside a loop or a
// blocking call, idle costs nothing, work is stolen, deadlocks are told from
// waiting.
#include "lib/test.h"
#include "sched/sched.h"
#include "test_room.h"

#include <leat.h>

#include <dirent.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

static int
sched_scale(int n)
{
    return n / test_slowness() > 0 ? n / test_slowness() : 1;
}

// ---- The ticker's beat -----------------------------------------------------
//
// Two ticks may lie 20 ms apart. That is the runtime's duty; on a machine that
// others use, the kernel lets a thread wait on top of it, and a hypervisor a
// CPU. Both are counted: the former for each thread as its run delay, the
// latter as stolen time. What they took from threads that do not hog in the
// meantime is taken off a gap.

enum {
    BEAT_MS = 200,      // length of the measurement
    BEAT_GAP_MS = 20,   // no two ticks may lie further apart
    BEAT_SETTLE_MS = 100,
    BEAT_THREADS = 64,  // most that are looked at
    BEAT_HOGS = 8
};

static _Atomic bool beat_over;
static int beat_pipe[2];

static _Atomic int beat_hogs;
static _Atomic pid_t beat_hog_tid[BEAT_HOGS];

static void
beat_hog(void)
{
    int i = beat_hogs++;
    if (i < BEAT_HOGS)
        beat_hog_tid[i] = gettid();
    while (!beat_over)
        ;
}

static void
beat_sleep3(void)
{
    sleep(3);
}

static void
beat_read(void)
{
    char byte;
    ssize_t n = read(beat_pipe[0], &byte, 1);
    (void)n;
}

static void
beat_getaddrinfo(void)
{
    while (!beat_over) {
        struct addrinfo *list = NULL;
        // Refused at once or after a resolver's time-out: both are calls
        // that know nothing of goroutines.
        if (getaddrinfo("localhost", "http", NULL, &list) == 0)
            freeaddrinfo(list);
    }
}

static void
beat_announced(void)
{
    leat_blocking_begin();
    beat_read();
    leat_blocking_end();
}

// What the kernel has let a thread wait for a CPU, in ns; 0 if it does not say.
static int64_t
beat_run_delay(long tid)
{
    char path[64];
    long long ran = 0, waited = 0;
    snprintf(path, sizeof path, "/proc/self/task/%ld/schedstat", tid);
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return 0;
    if (fscanf(f, "%lld %lld", &ran, &waited) != 2)
        waited = 0;
    fclose(f);
    return waited;
}

static bool
beat_is_hog(long tid)
{
    for (int i = 0; i < BEAT_HOGS; i++)
        if (beat_hog_tid[i] == tid)
            return true;
    return false;
}

// What the hypervisor has taken from all CPUs, in ns.
static int64_t
beat_stolen(void)
{
    long long v[8] = {0};
    FILE *f = fopen("/proc/stat", "r");
    if (f == NULL)
        return 0;
    if (fscanf(f, "cpu %lld %lld %lld %lld %lld %lld %lld %lld", v, v + 1,
            v + 2, v + 3, v + 4, v + 5, v + 6, v + 7) != 8)
        v[7] = 0;
    fclose(f);
    return v[7] * (LEAT_SECOND / sysconf(_SC_CLK_TCK));
}

// What a counter has grown since it was last looked at, by its number.
static int64_t
beat_growth(long number, int64_t now)
{
    static struct {
        long number;
        int64_t last;
    } seen[BEAT_THREADS];
    static int count;
    int i = 0;
    while (i < count && seen[i].number != number)
        i++;
    CHECK(i < BEAT_THREADS);
    count += i == count;
    int64_t growth = now - seen[i].last;
    seen[i].number = number;
    seen[i].last = now;
    return growth;
}

// The delays of every thread but the hogs, and the stolen time, together,
// since it was last asked.
static int64_t
beat_excuse(void)
{
    int64_t all = beat_growth(0, beat_stolen());
    DIR *tasks = opendir("/proc/self/task");
    CHECK(tasks != NULL);
    for (struct dirent *e; (e = readdir(tasks)) != NULL;) {
        long tid = atol(e->d_name);
        int64_t growth = tid > 0 ? beat_growth(tid, beat_run_delay(tid)) : 0;
        if (!beat_is_hog(tid))
            all += growth;
    }
    closedir(tasks);
    return all;
}

// A 1 ms ticker, and then beside it `others` goroutines that run `body`.
static void
beat_beside(void (*body)(void), int others)
{
    CHECK_EQ(pipe(beat_pipe), 0);
    struct leat_timer *t = leat_new_ticker(LEAT_MILLISECOND);
    leat_recv(leat_timer_chan(t));
    for (int i = 0; i < others; i++)
        leat_go(body);
    int64_t start = leat_now(), last = start, gap_max = 0, excuse_at_max = 0;
    int slow = test_slowness();
    int64_t most = slow * BEAT_GAP_MS * LEAT_MILLISECOND;
    beat_excuse();
    while (last - start < slow * BEAT_MS * LEAT_MILLISECOND) {
        leat_recv(leat_timer_chan(t));
        int64_t now = leat_now(), gap = now - last, excuse = beat_excuse();
        if (gap - excuse >= most) {
            // A thread that still waits for a CPU has not been charged yet.
            leat_sleep(BEAT_SETTLE_MS * LEAT_MILLISECOND);
            excuse += beat_excuse();
        }
        if (gap - excuse > gap_max - excuse_at_max) {
            gap_max = gap;
            excuse_at_max = excuse;
        }
        last = leat_now();
    }
    beat_over = true;
    CHECK_MSG(gap_max - excuse_at_max < most,
        "a gap of %ld us, of which %ld are others' fault",
        (long)(gap_max / LEAT_MICROSECOND),
        (long)(excuse_at_max / LEAT_MICROSECOND));
    leat_timer_free(t);
}

TEST_WITH(sched, ticker_keeps_its_beat_beside_a_hog_on_one_p, .serial = 1,
    .env = {"LEATPROCS=1"})
{
    beat_beside(beat_hog, 1);
}

TEST_WITH(sched, ticker_keeps_its_beat_beside_two_hogs_on_two_ps, .serial = 1,
    .env = {"LEATPROCS=2"})
{
    beat_beside(beat_hog, 2);
}

TEST_WITH(sched, ticker_keeps_its_beat_beside_sleep_on_one_p, .serial = 1,
    .env = {"LEATPROCS=1"})
{
    beat_beside(beat_sleep3, 1);
}

TEST_WITH(sched, ticker_keeps_its_beat_beside_sleeps_on_two_ps, .serial = 1,
    .env = {"LEATPROCS=2"})
{
    beat_beside(beat_sleep3, 4);
}

TEST_WITH(sched, ticker_keeps_its_beat_beside_a_read_on_one_p, .serial = 1,
    .env = {"LEATPROCS=1"})
{
    beat_beside(beat_read, 1);
}

TEST_WITH(sched, ticker_keeps_its_beat_beside_reads_on_two_ps, .serial = 1,
    .env = {"LEATPROCS=2"})
{
    beat_beside(beat_read, 8);
}

TEST_WITH(sched, ticker_keeps_its_beat_beside_getaddrinfo_on_one_p,
    .serial = 1, .env = {"LEATPROCS=1"}, .skip_under = TEST_QEMU)
{
    beat_beside(beat_getaddrinfo, 1);
}

TEST_WITH(sched, ticker_keeps_its_beat_beside_getaddrinfo_on_two_ps,
    .serial = 1, .env = {"LEATPROCS=2"}, .skip_under = TEST_QEMU)
{
    beat_beside(beat_getaddrinfo, 2);
}

TEST_WITH(sched, ticker_keeps_its_beat_beside_announced_blocking, .serial = 1,
    .env = {"LEATPROCS=1"})
{
    beat_beside(beat_announced, 4);
}

// ---- Hogs and blocking calls -----------------------------------------------

static void
block_writer(int fd)
{
    CHECK_EQ(write(fd, "x", 1), 1);
}

// The reader holds the only P until sysmon takes it: then the writer runs.
TEST_WITH(sched, a_blocking_read_lets_the_writer_run_on_one_p,
    .env = {"LEATPROCS=1"})
{
    for (int i = 0; i < sched_scale(20); i++) {
        int fd[2];
        char byte;
        CHECK_EQ(pipe(fd), 0);
        leat_go(block_writer, fd[1]);
        CHECK_EQ(read(fd[0], &byte, 1), 1);
        close(fd[0]);
        close(fd[1]);
    }
    struct leat_stats s;
    leat_get_stats(&s);
    CHECK(s.retakes > 0);
}

TEST_WITH(sched, announced_blocking_needs_no_sysmon, .env = {"LEATPROCS=1"})
{
    int rounds = sched_scale(500);
    for (int i = 0; i < rounds; i++) {
        int fd[2];
        char byte;
        CHECK_EQ(pipe(fd), 0);
        leat_go(block_writer, fd[1]);
        leat_blocking_begin();
        CHECK_EQ(read(fd[0], &byte, 1), 1);
        leat_blocking_end();
        close(fd[0]);
        close(fd[1]);
    }
    struct leat_stats s;
    leat_get_stats(&s);
    CHECK_MSG(s.retakes < rounds / 2, "%ld", (long)s.retakes);
}

PLAIN_TEST(sched, blocking_begin_and_end_do_nothing_on_a_plain_thread)
{
    leat_blocking_begin();
    leat_blocking_end();
    leat_blocking_end();
    CHECK_EQ(leat__this_m()->inside, 0);
    CHECK_EQ(leat__this_m()->flags & M_TAKEN, 0);
    leat_chan(int) c = leat_make_chan(int, 1);
    leat_send(c, 1);
    CHECK_EQ(leat_recv(c), 1);
}

static void
hog_count(_Atomic int *running, leat_chan(int) done)
{
    ++*running;
    while (*running < 8)
        ; // until all eight run at once, each on a thread of its own
    leat_send(done, 1);
}

TEST_WITH(sched, every_hog_gets_a_thread_in_the_end, .env = {"LEATPROCS=2"},
    .timeout_s = 60)
{
    static _Atomic int running;
    leat_chan(int) done = leat_make_chan(int);
    for (int i = 0; i < 8; i++)
        leat_go(hog_count, &running, done);
    for (int i = 0; i < 8; i++)
        leat_recv(done);
    CHECK_EQ(running, 8);
}

// A loop that calls the runtime but never waits is asked to give way.
static void
busy_calls(_Atomic bool *stop, _Atomic int *rounds)
{
    leat_chan(int) c = leat_make_chan(int, 1);
    while (!*stop) {
        leat_send(c, 1);
        leat_recv(c);
        ++*rounds;
    }
}

TEST_WITH(sched, a_loop_of_calls_that_do_not_wait_gives_way,
    .env = {"LEATPROCS=1"})
{
    static _Atomic bool stop;
    static _Atomic int rounds;
    leat_go(busy_calls, &stop, &rounds);
    for (int i = 0; i < 10; i++) {
        leat_yield();
        CHECK(rounds > 0); // it had its turn, and gave it back
    }
    leat_sleep(LEAT_MILLISECOND);
    stop = true;
}

static void
pair_echo(leat_chan(int) a, leat_chan(int) b)
{
    for (int v; leat_recv_ok(a, &v);)
        leat_send(b, v);
}

static void
pair_run(_Atomic bool *stop, _Atomic int *rounds)
{
    leat_chan(int) a = leat_make_chan(int), b = leat_make_chan(int);
    leat_go(pair_echo, a, b);
    for (int i = 0; !*stop; i++) {
        leat_send(a, i);
        leat_recv(b);
        ++*rounds;
    }
    leat_close(a);
}

// The pair passes runnext to and fro; somebody in the queue must get a turn.
TEST_WITH(sched, a_pair_that_talks_does_not_starve_the_rest,
    .env = {"LEATPROCS=1"})
{
    static _Atomic bool stop;
    static _Atomic int rounds;
    leat_go(pair_run, &stop, &rounds);
    int turns = 0;
    for (int before = 0; turns < 200; turns += rounds > before) {
        before = rounds;
        leat_yield();
    }
    stop = true;
    CHECK(rounds >= turns);
}

static void
chain_yield(_Atomic int *count, int n)
{
    for (int i = 0; i < n; i++) {
        leat_yield();
        ++*count;
    }
}

// More than a ring holds: what spills is run as well.
TEST(sched, more_goroutines_than_a_ring_holds_all_run)
{
    static _Atomic int count;
    enum { N = 5000 };
    for (int i = 0; i < N; i++)
        leat_go(chain_yield, &count, 2);
    while (count < 2 * N)
        leat_yield();
    CHECK_EQ(count, 2 * N);
    while (leat_num_goroutine() > 1)
        leat_yield();
}

// ---- Idle ------------------------------------------------------------------

static int64_t
idle_cpu_us(void)
{
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return (r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1000000 +
        r.ru_utime.tv_usec + r.ru_stime.tv_usec;
}

// What 300 ms of rest cost, in us.
static int64_t
idle_cost_us(void)
{
    int64_t before = idle_cpu_us();
    leat_sleep(300 * LEAT_MILLISECOND);
    return idle_cpu_us() - before;
}

// A thread that spins uses all 300 ms, one that looks every 50 us 10: each
// time. A virtual machine may count as ours what its host takes away while a
// thread runs, so the least of three counts.
static void
idle_measure(void)
{
    int64_t most = 5000 * test_slowness(), used = most;
    leat_sleep(150 * LEAT_MILLISECOND); // everybody has come to rest
    for (int i = 0; i < 3 && used >= most; i++)
        used = idle_cost_us();
    CHECK_MSG(used < most, "%ld us", (long)used);
}

static void
idle_wait(leat_chan(int) c)
{
    leat_recv(c);
}

TEST_WITH(sched, idle_uses_no_cpu, .serial = 1, .skip_under = TEST_QEMU)
{
    leat_chan(int) c = leat_make_chan(int);
    for (int i = 0; i < 100; i++)
        leat_go(idle_wait, c);
    idle_measure();
    leat_close(c);
}

TEST_WITH(sched, idle_uses_no_cpu_on_eight_ps, .serial = 1,
    .env = {"LEATPROCS=8"}, .skip_under = TEST_QEMU)
{
    leat_chan(int) c = leat_make_chan(int);
    for (int i = 0; i < 100; i++)
        leat_go(idle_wait, c);
    idle_measure();
    leat_close(c);
}

static void
idle_wait_fd(int fd)
{
    leat_wait_fd(fd, LEAT_READ, LEAT_FOREVER);
}

TEST_WITH(sched, idle_uses_no_cpu_while_waiting_for_descriptors, .serial = 1,
    .skip_under = TEST_QEMU)
{
    int fd[2];
    CHECK_EQ(pipe(fd), 0);
    for (int i = 0; i < 8; i++)
        leat_go(idle_wait_fd, fd[0]);
    idle_measure();
}

static void *
idle_blocked_thread(void *arg)
{
    leat_chan(int) c = *(leat_chan(int) *)arg;
    leat_recv(c);
    return NULL;
}

TEST_WITH(sched, idle_uses_no_cpu_beside_plain_threads, .serial = 1,
    .skip_under = TEST_QEMU)
{
    leat_chan(int) c = leat_make_chan(int);
    pthread_t id;
    pthread_create(&id, NULL, idle_blocked_thread, &c);
    idle_measure();
    leat_close(c);
    pthread_join(id, NULL);
}

// ---- How many --------------------------------------------------------------

TEST_WITH(sched, leatprocs_sets_the_number_of_ps, .env = {"LEATPROCS=7"})
{
    CHECK_EQ(leat_gomaxprocs(0), 7);
}

TEST_WITH(sched, a_bad_leatprocs_is_named_and_ignored,
    .env = {"LEATPROCS=many"}, .stderr_has = {"LEATPROCS=many ignored"})
{
    CHECK_EQ(leat_gomaxprocs(0), leat_num_cpu());
}

TEST_WITH(sched, an_unknown_setting_is_named_and_ignored,
    .env = {"LEATDEBUG=nonsense=1,profile=go"},
    .stderr_has = {"nonsense=1 is not understood"})
{
    CHECK_EQ(leat_get_profile(), LEAT_GO); // what stands behind it is not
}

TEST(sched, gomaxprocs_returns_the_number_before)
{
    leat_gomaxprocs(3);
    CHECK_EQ(leat_gomaxprocs(5), 3);
    CHECK_EQ(leat_gomaxprocs(0), 5);
    CHECK_EQ(leat_gomaxprocs(-4), 5);
    CHECK_EQ(leat_gomaxprocs(1 << 20), 5);
    CHECK_EQ(leat_gomaxprocs(1), LEAT_PROCS_MAX);
    CHECK_EQ(leat_gomaxprocs(2), 1);
}

static void
steal_spin(_Atomic int *left)
{
    // Long enough that the other P comes for what is queued here.
    for (volatile int i = 0; i < 20000; i++)
        ;
    --*left;
}

TEST_WITH(sched, queued_goroutines_are_stolen, .env = {"LEATPROCS=2"})
{
    static _Atomic int left;
    struct leat_stats s;
    for (int round = 0; round < 50; round++) {
        left = 200;
        for (int i = 0; i < 200; i++)
            leat_go(steal_spin, &left);
        while (left > 0)
            leat_yield();
        leat_get_stats(&s);
        if (s.steals > 0)
            break;
    }
    CHECK(s.steals > 0);
    CHECK_EQ(s.procs, 2);
}

enum { NEXT_TAKEN = 8 }; // so many times the watcher comes for a goroutine

static void
next_echo(leat_chan(int) question, leat_chan(int) answer, _Atomic int *heard)
{
    int i;
    while (leat_recv_ok(question, &i)) {
        *heard = i;
        leat_send(answer, i);
    }
}

// The asker's P has the echo as its next; the asker computes for a while
// without a call, some 10 us to 1.5 ms, and then comes back into the runtime,
// at times just when the watcher takes its next. A watcher that has found
// nothing for long looks every 400 us, and takes what two looks have seen.
static void
next_run(void)
{
    leat_chan(int) question = leat_make_chan(int), answer =
        leat_make_chan(int, 1);
    static _Atomic int heard;
    struct leat_stats s = {0};
    leat_go(next_echo, question, answer, &heard);
    for (int i = 1; s.steals < NEXT_TAKEN; i++) {
        leat_send(question, i);
        for (volatile int k = 0; k < i % 150 * 5000 && heard < i; k++)
            ;
        CHECK_EQ(leat_recv(answer), i);
        leat_get_stats(&s);
    }
    leat_close(question);
}

TEST_WITH(sched, the_next_of_one_that_computes_is_taken,
    .env = {"LEATPROCS=2"}, .timeout_s = 60)
{
    next_run();
}

TEST_WITH(sched, the_next_of_one_that_computes_is_taken_of_4,
    .env = {"LEATPROCS=4"}, .timeout_s = 60)
{
    next_run();
}

static void
pinned_exchange(leat_chan(int) a, leat_chan(int) b, int n)
{
    for (int i = 0; i < n; i++) {
        leat_recv(a);
        leat_send(b, i);
    }
}

static int64_t
pinned_run(int pairs, int n)
{
    leat_chan(int) *c = calloc((size_t)pairs * 2, sizeof *c);
    int64_t start = leat_now();
    for (int i = 0; i < 2 * pairs; i++)
        c[i] = leat_make_chan(int);
    for (int i = 0; i < pairs; i++)
        leat_go(pinned_exchange, c[2 * i], c[2 * i + 1], n);
    for (int k = 0; k < n; k++) {
        for (int i = 0; i < pairs; i++)
            leat_send(c[2 * i], k);
        for (int i = 0; i < pairs; i++)
            leat_recv(c[2 * i + 1]);
    }
    free(c);
    return leat_now() - start;
}

// Two Ps on one CPU: who spins for the other burns the time it needs.
PLAIN_TEST_WITH(sched, pinned_to_one_cpu_does_not_collapse, .serial = 1,
    .skip_under = TEST_QEMU)
{
    char *self = test_build_path("tests");
    struct test_result r;
    CHECK(test_shell(&r, 20,
        "LEATPROCS=2 taskset -c 0 %s --run sched_aid.exchange_values", self));
    CHECK_EQ(r.status, 0);
    test_result_free(&r);
    free(self);
}

TEST(sched_aid, exchange_values)
{
    int n = sched_scale(5000);
    int64_t ns = pinned_run(4, n);
    // 8 values a round; 50 us for each is a thousand times what it takes.
    CHECK_MSG(ns < n * 8 * 50 * LEAT_MICROSECOND * test_slowness(),
        "%ld us a round", (long)(ns / n / 1000));
}

// ---- Descriptions ----------------------------------------------------------

static void
self_named(leat_chan(int) done, uint64_t parent)
{
    CHECK_STR(leat_get_name(), "worker");
    CHECK(leat_goid() != parent && leat_goid() != 0);
    leat_set_name("a name that is longer than thirty-one bytes");
    CHECK_STR(leat_get_name(), "a name that is longer than thir");
    leat_set_name(NULL);
    CHECK_STR(leat_get_name(), "");
    leat_send(done, 1);
}

TEST(sched, goroutines_have_numbers_and_names)
{
    leat_chan(int) done = leat_make_chan(int);
    CHECK_EQ(leat_goid(), 1);
    CHECK_STR(leat_get_name(), "");
    struct leat_go_options o = {.name = "worker"};
    leat_go_with(&o, self_named, done, leat_goid());
    leat_recv(done);
}

static void use_stack(leat_chan(int) done, size_t bytes);
// Volatile: inlined into itself it would use more than it says.
static void (*volatile use_more_stack)(leat_chan(int), size_t) = use_stack;

static void
use_stack(leat_chan(int) done, size_t bytes)
{
    volatile char room[4096];
    room[0] = 1;
    if (bytes > 8192)
        use_more_stack(done, bytes - 4096);
    else
        leat_send(done, room[0]);
    room[1] = 0;
}

TEST_WITH(sched, a_goroutine_gets_the_stack_it_asks_for,
    .skip_under = TEST_ASAN | TEST_TSAN)
{
    leat_chan(int) done = leat_make_chan(int);
    size_t sizes[] = {LEAT_STACK_MIN, 64 << 10, 1 << 20, 8 << 20};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct leat_go_options o = {.stack_size = sizes[i]};
        leat_go_with(&o, use_stack, done, sizes[i] / 2);
        CHECK_EQ(leat_recv(done), 1);
    }
    struct leat_stats s;
    while (leat_num_goroutine() > 1)
        leat_yield();
    leat_get_stats(&s);
    // Odd stacks are given back at once.
    CHECK_MSG(s.stack_bytes < 8 << 20, "%ld", (long)s.stack_bytes);
}

static void
nothing(void)
{
}

static void
nothing_ptr(void *arg)
{
    (void)arg;
}

TEST(sched, a_stack_size_out_of_range_is_an_error)
{
    struct leat_go_options o = {.stack_size = LEAT_STACK_MIN - 1};
    CHECK_EQ(leat_go_ptr(&o, nothing_ptr, NULL), LEAT_EINVAL);
    o.stack_size = (size_t)LEAT_STACK_MAX + 1;
    CHECK_EQ(leat_go_ptr(&o, nothing_ptr, NULL), LEAT_EINVAL);
    CHECK_EQ(leat_go_ptr(NULL, NULL, NULL), LEAT_EINVAL);
    CHECK_EQ(leat_num_goroutine(), 1);
}

static _Atomic int add_six_calls;

static double
add_six(int a, double b, long c, float d, const char *e, unsigned char f)
{
    CHECK_EQ(a, -1);
    CHECK(b == 2.5);
    CHECK_EQ(c, 1L << 40);
    CHECK(d == 0.25f);
    CHECK_STR(e, "five");
    CHECK_EQ(f, 255);
    add_six_calls++;
    return 0;
}

TEST(sched, six_arguments_arrive_as_in_a_call)
{
    leat_go(add_six, -1, 2.5, 1L << 40, 0.25f, "five", 255);
    while (leat_num_goroutine() > 1)
        leat_yield();
    CHECK_EQ(add_six_calls, 1);
}

TEST(sched, ended_goroutines_are_counted_and_used_again)
{
    struct leat_stats s;
    for (int i = 0; i < 10000; i++) {
        leat_go(nothing);
        if (i % 16 == 0)
            leat_yield();
    }
    while (leat_num_goroutine() > 1)
        leat_yield();
    leat_get_stats(&s);
    CHECK_EQ(s.goroutines, 1);
    CHECK(s.goroutines_total >= 10001);
    CHECK_MSG(s.stack_bytes < 512 << 20, "%ld", (long)s.stack_bytes);
}

static void
park_million(leat_chan(int) c, _Atomic int *started)
{
    ++*started;
    leat_recv(c);
}

// Many, all parked at once, all woken.
TEST_WITH(sched, a_hundred_thousand_wait_and_are_woken, .timeout_s = 60,
    .serial = 1, .skip_under = TEST_TSAN | TEST_QEMU)
{
    static _Atomic int started;
    int n = sched_scale(100000);
    leat_chan(int) c = leat_make_chan(int);
    for (int i = 0; i < n; i++)
        room_check(leat_try_go(park_million, c, &started), n);
    while (started < n)
        leat_yield();
    CHECK_EQ(leat_num_goroutine(), n + 1);
    leat_close(c);
    while (leat_num_goroutine() > 1)
        leat_sleep(LEAT_MILLISECOND);
}

// ---- Deadlock --------------------------------------------------------------

TEST_WITH(sched, everybody_asleep_is_a_deadlock, .exit_status = 2,
    .stderr_has = {"fatal error: all goroutines are asleep - deadlock!",
        "goroutine 1 [chan receive"})
{
    leat_chan(int) c = leat_make_chan(int);
    leat_go(idle_wait, c);
    leat_recv(c);
}

TEST_WITH(sched, the_end_of_main_by_goexit_is_a_deadlock_once_all_have_ended,
    .exit_status = 2,
    .stderr_has = {"no goroutines (main called runtime.Goexit) - deadlock!"})
{
    leat_go(nothing);
    leat_goexit();
}

static void
dead_sleeper(leat_chan(int) c)
{
    leat_sleep(20 * LEAT_MILLISECOND);
    leat_send(c, 1);
}

TEST(sched, who_waits_for_a_sleeper_is_not_dead)
{
    leat_chan(int) c = leat_make_chan(int);
    leat_go(dead_sleeper, c);
    CHECK_EQ(leat_recv(c), 1);
}

static void
event_forward(int fd, leat_chan(int) c, int n)
{
    for (int i = 0; i < n; i++) {
        char byte;
        if (leat_wait_fd(fd, LEAT_READ, LEAT_FOREVER) != LEAT_READ ||
            read(fd, &byte, 1) != 1)
            FAIL("round %d", i);
        leat_send(c, i);
    }
}

// The event has been taken from the kernel, the goroutine is not queued yet,
// and everybody else has just gone to sleep: that is no deadlock.
TEST_WITH(sched, a_descriptor_event_on_its_way_is_no_deadlock,
    .env = {"LEATPROCS=2"})
{
    int fd[2], n = sched_scale(20000);
    leat_chan(int) c = leat_make_chan(int);
    CHECK_EQ(pipe(fd), 0);
    leat_go(event_forward, fd[0], c, n);
    for (int i = 0; i < n; i++) {
        if (write(fd[1], "x", 1) != 1)
            FAIL("write");
        CHECK_EQ(leat_recv(c), i);
    }
}

// ---- The end of the program ------------------------------------------------

static void
end_busy(_Atomic int *n)
{
    leat_chan(int) c = leat_make_chan(int, 1);
    for (;;) {
        leat_send(c, 1);
        leat_recv(c);
        ++*n;
    }
}

static void
end_start_everything(void)
{
    static _Atomic int n;
    leat_chan(int) never = leat_make_chan(int);
    for (int i = 0; i < 4; i++) {
        leat_go(end_busy, &n);
        leat_go(idle_wait, never);
        leat_go(beat_hog);
        leat_go(beat_sleep3);
    }
    leat_go(pair_run, &beat_over, &n);
    while (n < 100)
        leat_yield();
}

TEST(sched, return_from_main_ends_the_program_while_goroutines_run)
{
    end_start_everything();
    CHECK(leat_num_goroutine() > 10);
}

// Not exit itself: see leat_go on functions that are declared noreturn.
static void
end_exit(int status)
{
    exit(status);
}

TEST_WITH(sched, exit_in_a_goroutine_ends_the_program_with_its_status,
    .exit_status = 7)
{
    end_start_everything();
    leat_go(end_exit, 7);
    for (;;)
        leat_yield();
}

static void
end_print(void)
{
    (void)!write(1, "at exit\n", 8);
}

TEST_WITH(sched, exit_runs_atexit_while_goroutines_run, .exit_status = 3,
    .stdout_has = {"at exit"})
{
    atexit(end_print);
    end_start_everything();
    exit(3);
}

// ---- The poller ------------------------------------------------------------

static _Atomic int poller_left;

static void
poller_brief(void)
{
    for (volatile int i = 0; i < 300; i++)
        ;
    poller_left--;
}

// The thread that sleeps for descriptors is given a P while the next one goes
// to sleep for them: the bell is for the first. A P that is lost on the way
// lets the change of the number of Ps wait for ever.
TEST_WITH(sched, a_poller_that_is_given_a_p_hears_of_it,
    .env = {"LEATPROCS=8"}, .timeout_s = 30)
{
    int fd[2];
    CHECK_EQ(pipe(fd), 0);
    leat_go(idle_wait_fd, fd[0]);
    for (int i = 0; i < sched_scale(20000); i++) {
        // Bursts, so that threads go to sleep while others are woken, and
        // pauses without a switch, after which nobody watches any more.
        poller_left = 1 + i % 8;
        for (int k = poller_left; k > 0; k--)
            leat_go(poller_brief);
        int64_t until = leat_now() + i % 50 * LEAT_MICROSECOND;
        while (leat_now() < until || poller_left > 0)
            leat_yield();
        if (i % 10 != 0)
            continue;
        leat_gomaxprocs(4 + i / 10 % 5);
        CHECK_EQ(leat_gomaxprocs(0), 4 + i / 10 % 5);
    }
    CHECK_EQ(poller_left, 0);
    CHECK_EQ(leat_num_goroutine(), 2);
}
