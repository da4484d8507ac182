// SPDX-License-Identifier: MIT
// test_leak.c: the leak report names goroutines that nobody can wake, and
// no others. Since every word of memory counts as an address, a test that
// wants a leak found has to forget the channel thoroughly: it is made and
// lost far down the stack, in a part that is overwritten afterwards. Close to
// the test's frame this would not do: what overwrites has a frame of its own,
// with holes, and later the report has (under ASan its frames are large).
// ThreadSanitizer keeps addresses of its own; no leak is found under it.
#include "lib/test.h"
#include "os/fault.h"
#include "sched/sched.h"

#include <leat.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define NO_TAIL_CALL() __asm__ volatile("")

enum { DEEP = 4096, FORGET = 4 * DEEP };

// Calls f far down the stack.
__attribute__((noinline)) static void
deep_down(void (*f)(void))
{
    volatile char room[DEEP];
    room[0] = 0;
    f();
    NO_TAIL_CALL();
    room[DEEP - 1] = room[0];
}

// Overwrites what calls before have left on the stack and in registers.
__attribute__((noinline)) static void
forget(void)
{
    volatile char room[FORGET];
    for (size_t i = 0; i < sizeof room; i++)
        room[i] = 0;
#if defined(__x86_64__)
    __asm__ volatile("xor %%ebx, %%ebx\n\txor %%r12d, %%r12d\n\t"
                     "xor %%r13d, %%r13d\n\txor %%r14d, %%r14d\n\t"
                     "xor %%r15d, %%r15d" ::
                         : "rbx", "r12", "r13", "r14", "r15");
#endif
}

static void
receives(leat_chan(int) c)
{
    leat_recv(c);
    NO_TAIL_CALL();
}

static void
sends(leat_chan(int) c)
{
    leat_send(c, 1);
    NO_TAIL_CALL();
}

static void
selects(leat_chan(int) a, leat_chan(int) b)
{
    leat_select(leat_case_recv(a, NULL), leat_case_send(b, 1));
    NO_TAIL_CALL();
}

static void
yield_often(void)
{
    for (int i = 0; i < 10; i++)
        leat_yield();
}

// Runs what was spawned until it waits.
static void
settle(void)
{
    deep_down(yield_often);
    forget();
}

__attribute__((noinline)) static void
lose_receiver(void)
{
    leat_go(receives, leat_make_chan(int));
    NO_TAIL_CALL();
}

__attribute__((noinline)) static void
lose_sender(void)
{
    leat_go(sends, leat_make_chan(int));
    NO_TAIL_CALL();
}

__attribute__((noinline)) static void
lose_select(void)
{
    leat_go(selects, leat_make_chan(int), leat_make_chan(int));
    NO_TAIL_CALL();
}

// The report's text and number.
static int leaks;

static char *
report(void)
{
    int fd = memfd_create("report", 0);
    leaks = leat_leak_report(fd);
    off_t n = lseek(fd, 0, SEEK_END);
    char *text = calloc(1, (size_t)n + 1);
    CHECK(text != NULL && pread(fd, text, (size_t)n, 0) == n);
    close(fd);
    return text;
}

#define LEAK_ENV .env = {"LEATPROCS=1"}
#define LOST_ENV LEAK_ENV, .skip_under = TEST_TSAN

TEST_WITH(leak, nothing_is_reported_when_nothing_waits, LEAK_ENV)
{
    CHECK_STR(report(), "leak report: 0 goroutines leaked, 0 still parked\n");
    CHECK_EQ(leaks, 0);
}

TEST_WITH(leak, a_receiver_on_a_lost_channel, LOST_ENV)
{
    deep_down(lose_receiver);
    settle();
    char *text = report();
    CHECK_EQ(leaks, 1);
    CHECK_HAS(text, "leak report: 1 goroutine leaked, 0 still parked\n\n"
                    "goroutine 2 [chan receive (leaked)]:\n"
                    "receives(...)\n\t");
    CHECK_HAS(text, "\ncreated by lose_receiver in goroutine 1\n\t");
}

TEST_WITH(leak, a_sender_on_a_lost_channel, LOST_ENV)
{
    deep_down(lose_sender);
    settle();
    CHECK_HAS(report(), "\ngoroutine 2 [chan send (leaked)]:\nsends(...)\n");
    CHECK_EQ(leaks, 1);
}

TEST_WITH(leak, a_select_on_lost_channels, LOST_ENV)
{
    deep_down(lose_select);
    settle();
    CHECK_HAS(report(), "\ngoroutine 2 [select (leaked)]:\nselects(...)\n");
    CHECK_EQ(leaks, 1);
}

static void
nil_receives(void)
{
    leat_chan(int) c = NULL;
    leat_recv(c);
}

static void
selects_nothing(void)
{
    leat_select();
}

__attribute__((noinline)) static void
lose_two_for_ever(void)
{
    leat_go(nil_receives);
    leat_go(selects_nothing);
    NO_TAIL_CALL();
}

TEST_WITH(leak, waiting_for_a_nil_channel_or_nothing_at_all,
    .env = {"LEATPROCS=1", "LEATDEBUG=profile=go"})
{
    deep_down(lose_two_for_ever);
    settle();
    char *text = report();
    CHECK_EQ(leaks, 2);
    CHECK_HAS(text, "[chan receive (nil chan) (leaked)]:\n");
    CHECK_HAS(text, "[select (no cases) (leaked)]:\n");
}

// A ring of goroutines that only know each other.
static void
passes(leat_chan(int) in, leat_chan(int) out)
{
    for (;;)
        leat_send(out, leat_recv(in));
}

__attribute__((noinline)) static void
lose_ring(void)
{
    leat_chan(int) a = leat_make_chan(int), b = leat_make_chan(int);
    leat_go(passes, a, b);
    leat_go(passes, b, a);
    NO_TAIL_CALL();
}

TEST_WITH(leak, goroutines_that_only_know_each_other, LOST_ENV)
{
    deep_down(lose_ring);
    settle();
    report();
    CHECK_EQ(leaks, 2);
}

// A program's free blocks are full of addresses of other blocks. None of them
// ever was a channel's, so none counts as a reference to one.
TEST_WITH(leak, addresses_in_freed_memory_do_not_hide_it, LOST_ENV)
{
    enum { BLOCKS = 64 };
    for (size_t size = 16; size <= 1024; size += 16) {
        void *volatile *blocks = malloc(BLOCKS * sizeof *blocks);
        CHECK(blocks != NULL);
        for (int i = 0; i < BLOCKS; i++)
            blocks[i] = malloc(size);
        for (int i = 0; i < BLOCKS; i++)
            free(blocks[i]);
        free((void *)blocks);
    }
    for (int i = 0; i < 10; i++)
        deep_down(lose_receiver);
    settle();
    CHECK_EQ(leat_leak_report(-1), 10);
}

__attribute__((noinline)) static void
receives_deep_down(leat_chan(int) c)
{
    volatile char room[DEEP];
    room[0] = 0;
    receives(c);
    room[DEEP - 1] = room[0];
}

// In the end its stack is in use where the timer was.
static void
sleeps_and_receives(leat_chan(int) c)
{
    leat_sleep(10 * LEAT_MILLISECOND);
    receives_deep_down(c);
    NO_TAIL_CALL();
}

__attribute__((noinline)) static void
lose_sleeper(void)
{
    leat_go(sleeps_and_receives, leat_make_chan(int));
    NO_TAIL_CALL();
}

// As when the number of Ps sinks and grows again.
__attribute__((noinline)) static void
move_timers(void)
{
    static struct leat__timerheap other = {.earliest = INT64_MAX};
    struct leat__timerheap *own = &leat__sched.allp[0]->timers;
    struct leat__m *m = leat__enter();
    leat__timers_move(&other, own);
    leat__timers_move(own, &other);
    leat__leave(m);
}

TEST_WITH(leak, a_receiver_whose_timer_went_to_another_p, LOST_ENV)
{
    deep_down(lose_sleeper);
    settle();
    deep_down(move_timers);
    leat_sleep(50 * LEAT_MILLISECOND);
    settle();
    CHECK_HAS(report(), "leak report: 1 goroutine leaked, 0 still parked\n");
    CHECK_EQ(leaks, 1);
}

// What is no leak -------------------------------------------------------

static leat_chan(int) global;

TEST_WITH(leak, none_while_a_global_has_the_channel, LEAK_ENV)
{
    global = leat_make_chan(int);
    leat_go(receives, global);
    settle();
    CHECK_HAS(report(), "leak report: 0 goroutines leaked, 1 still parked\n\n"
                        "goroutine 2 [chan receive]:\nreceives(...)\n");
    CHECK_EQ(leaks, 0);
}

struct node {
    struct node *next;
    leat_chan(int) c;
};

static struct node *list;

TEST_WITH(leak, none_while_the_heap_has_the_channel, LEAK_ENV)
{
    list = malloc(sizeof *list);
    list->next = malloc(sizeof *list);
    list->next->c = leat_make_chan(int);
    leat_go(receives, list->next->c);
    settle();
    CHECK_EQ(leat_leak_report(-1), 0);
}

// A page within a mapping that cannot be read hides nothing behind it.
enum { GUARD_INSTALL = 102, GUARD_BYTES = 512 << 10 }; // Linux 6.13

static char *guarded;

__attribute__((noinline)) static void
keep_behind_a_guard(void)
{
    leat_chan(int) c = leat_make_chan(int);
    memcpy(guarded + 2 * 4096, &c, sizeof c);
    leat_go(receives, c);
    NO_TAIL_CALL();
}

TEST_WITH(leak, none_while_memory_behind_a_guard_has_the_channel, LEAK_ENV)
{
    char *map = mmap(NULL, GUARD_BYTES, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(map != MAP_FAILED);
    // The report reads 256 KiB at a time, aligned.
    guarded = map + -(uintptr_t)map % (256 << 10);
    memset(map, 0, GUARD_BYTES);
    if (madvise(guarded + 4096, 4096, GUARD_INSTALL) != 0)
        test_skip("the kernel has no guard pages");
    deep_down(keep_behind_a_guard);
    settle();
    CHECK_HAS(report(), "leak report: 0 goroutines leaked, 1 still parked\n");
    CHECK_EQ(leaks, 0);
}

// Who cannot look has not found that there are none.
TEST_WITH(leak, without_memory_the_report_is_an_error, LEAK_ENV,
    .stderr_has = {"leak report: none: out of memory (raise RLIMIT_AS"})
{
    CHECK(leat__fault_parse("mmap:1+"));
    CHECK_EQ(leat_leak_report(-1), LEAT_ENOMEM);
    CHECK_EQ(leat_leak_report(2), LEAT_ENOMEM);
    leat__fault_on = false;
    CHECK_EQ(leat_leak_report(-1), 0); // the next one can
}

TEST_WITH(leak, without_descriptors_the_report_is_an_error, LEAK_ENV,
    .stderr_has = {"leak report: none: /proc/self/mem cannot be opened"})
{
    struct rlimit none = {0, 0};
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
    CHECK_EQ(leat_leak_report(-1), LEAT_ESYS);
    CHECK_EQ(leat_leak_report(2), LEAT_ESYS);
}

TEST_WITH(leak, none_while_the_caller_has_the_channel, LEAK_ENV)
{
    leat_chan(int) c = leat_make_chan(int);
    leat_go(receives, c);
    settle();
    CHECK_EQ(leat_leak_report(-1), 0);
    leat_send(c, 1);
}

static void
sleeps_then_sends(leat_chan(int) c)
{
    leat_sleep(LEAT_HOUR);
    leat_send(c, 1);
}

__attribute__((noinline)) static void
lose_to_sleeper(void)
{
    leat_chan(int) c = leat_make_chan(int);
    leat_go(receives, c);
    leat_go(sleeps_then_sends, c);
    NO_TAIL_CALL();
}

TEST_WITH(leak, none_while_a_sleeper_has_the_channel, LEAK_ENV)
{
    deep_down(lose_to_sleeper);
    settle();
    CHECK_EQ(leat_leak_report(-1), 0);
}

static void
waits_then_sends(leat_chan(int) first, leat_chan(int) second)
{
    leat_recv(first);
    leat_send(second, 1);
}

// global -> waits_then_sends -> receives: two steps.
__attribute__((noinline)) static void
lose_to_waiter(void)
{
    leat_chan(int) second = leat_make_chan(int);
    leat_go(receives, second);
    leat_go(waits_then_sends, global, second);
    NO_TAIL_CALL();
}

TEST_WITH(leak, none_while_somebody_live_leads_there, LEAK_ENV)
{
    global = leat_make_chan(int);
    deep_down(lose_to_waiter);
    settle();
    CHECK_EQ(leat_leak_report(-1), 0);
}

typedef leat_chan(int) int_chan;
static leat_chan(int_chan) post;

__attribute__((noinline)) static void
lose_to_buffer(void)
{
    int_chan c = leat_make_chan(int);
    leat_send(post, c);
    leat_go(receives, c);
    NO_TAIL_CALL();
}

// Waits, because post is full: post's memory is then searched only if post
// is reached.
static void
sends_post(void)
{
    leat_send(post, NULL);
}

TEST_WITH(leak, none_while_a_buffer_in_reach_has_the_channel, LEAK_ENV)
{
    post = leat_make_chan(int_chan, 1);
    deep_down(lose_to_buffer);
    leat_go(sends_post);
    settle();
    CHECK_EQ(leat_leak_report(-1), 0);
}

__attribute__((noinline)) static void
lose_full_buffer(void)
{
    leat_chan(int_chan) own = leat_make_chan(int_chan, 1);
    int_chan c = leat_make_chan(int);
    leat_send(own, c);
    leat_go(receives, c);
    post = own;
    leat_go(sends_post);
    NO_TAIL_CALL();
}

TEST_WITH(leak, a_buffer_out_of_reach_keeps_nothing_alive, LOST_ENV)
{
    deep_down(lose_full_buffer);
    settle();
    post = NULL;
    report();
    CHECK_EQ(leaks, 2);
}

static void
receives_until(leat_chan(int) c)
{
    leat_recv_until(c, NULL, leat_now() + LEAT_HOUR);
    NO_TAIL_CALL();
}

__attribute__((noinline)) static void
lose_timed(void)
{
    leat_go(receives_until, leat_make_chan(int));
    NO_TAIL_CALL();
}

TEST_WITH(leak, none_with_a_deadline_to_come, LEAK_ENV)
{
    deep_down(lose_timed);
    settle();
    CHECK_EQ(leat_leak_report(-1), 0);
}

static void
waits_for_timer(void)
{
    leat_recv(leat_after(LEAT_HOUR));
    NO_TAIL_CALL();
}

TEST_WITH(leak, none_with_a_timer_to_come, LEAK_ENV)
{
    leat_go(waits_for_timer);
    settle();
    CHECK_EQ(leat_leak_report(-1), 0);
}

static _Atomic int spinning, stop;

static void
spins_with(leat_chan(int) c)
{
    spinning = 1;
    while (!stop)
        ;
    leat_send(c, 1);
}

__attribute__((noinline)) static void
lose_to_running(void)
{
    leat_chan(int) c = leat_make_chan(int);
    leat_go(receives, c);
    leat_go(spins_with, c);
    NO_TAIL_CALL();
}

TEST_WITH(leak, none_while_a_running_goroutine_has_the_channel,
    .env = {"LEATPROCS=2"})
{
    deep_down(lose_to_running);
    while (!spinning)
        leat_yield();
    settle();
    CHECK_EQ(leat_leak_report(-1), 0);
    stop = 1;
}

static leat_chan(int) given;
static _Atomic int taken;

static void *
thread_keeps(void *arg)
{
    (void)arg;
    leat_chan(int) volatile c = given;
    given = NULL;
    taken = 1;
    while (!stop)
        usleep(1000);
    return (void *)c;
}

__attribute__((noinline)) static void
lose_to_thread(void)
{
    given = leat_make_chan(int);
    leat_go(receives, given);
    pthread_t t;
    CHECK_EQ(pthread_create(&t, NULL, thread_keeps, NULL), 0);
    pthread_detach(t);
    while (!taken)
        leat_yield();
}

TEST_WITH(leak, none_while_a_plain_thread_has_the_channel, LEAK_ENV)
{
    deep_down(lose_to_thread);
    settle();
    CHECK_EQ(leat_leak_report(-1), 0);
    stop = 1;
}

// Other things to wait for ----------------------------------------------

static void
locks(struct leat_mutex *m)
{
    leat_mutex_lock(m);
    NO_TAIL_CALL();
}

static struct {
    char before[1000];
    struct leat_mutex m;
} *box;

TEST_WITH(leak, none_while_somebody_has_what_the_mutex_is_in, LEAK_ENV)
{
    box = calloc(1, sizeof *box);
    leat_mutex_lock(&box->m);
    leat_go(locks, &box->m);
    settle();
    CHECK_EQ(leat_leak_report(-1), 0);
}

__attribute__((noinline)) static void
lose_mutex(void)
{
    // A page away from everything else.
    struct leat_mutex *m = mmap(NULL, 65536, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    m += 32768 / sizeof *m;
    leat_mutex_lock(m);
    leat_go(locks, m);
    NO_TAIL_CALL();
}

TEST_WITH(leak, a_mutex_that_nobody_has_any_more, LOST_ENV)
{
    deep_down(lose_mutex);
    settle();
    CHECK_HAS(report(), "[sync.Mutex.Lock (leaked)]:\n");
    CHECK_EQ(leaks, 1);
}

// The report ------------------------------------------------------------

TEST_WITH(leak, the_leaked_come_before_those_still_parked, LOST_ENV)
{
    global = leat_make_chan(int);
    leat_go(receives, global);
    settle();
    deep_down(lose_sender);
    settle();
    char *text = report();
    CHECK_HAS(text, "leak report: 1 goroutine leaked, 1 still parked\n\n"
                    "goroutine 3 [chan send (leaked)]:\n");
    CHECK_HAS(text, "\n\ngoroutine 2 [chan receive]:\n");
}

TEST_WITH(leak, is_reported_at_exit_when_asked, .exit_status = 0,
    .env = {"LEATPROCS=1", "LEATDEBUG=leak=1"}, .skip_under = TEST_TSAN,
    .stderr_has = {"leak report: 1 goroutine leaked, 0 still parked\n",
        "\ngoroutine 2 [chan receive (leaked)]:\n"})
{
    deep_down(lose_receiver);
    settle();
    CHECK_EQ(leat_num_goroutine(), 2);
}

static void
leak_exit(int status)
{
    exit(status);
}

TEST_WITH(leak, is_reported_when_a_goroutine_calls_exit, .exit_status = 3,
    .env = {"LEATPROCS=1", "LEATDEBUG=leak=1"}, .skip_under = TEST_TSAN,
    .stderr_has = {"leak report: 1 goroutine leaked, 1 still parked\n"})
{
    deep_down(lose_receiver);
    settle();
    global = leat_make_chan(int);
    leat_go(leak_exit, 3);
    leat_recv(global);
}

PLAIN_TEST(leak, is_reported_once_when_main_returns)
{
    static const char report[] = "leak report:";
    const char *arguments[] = {
        "--run", "leak.is_reported_at_exit_when_asked", NULL};
    struct test_result r;
    CHECK(test_spawn_built("tests", arguments, NULL, &r, 20));
    const char *first = strstr(r.err, report);
    CHECK(first != NULL);
    CHECK(strstr(first + 1, report) == NULL);
    test_result_free(&r);
}

// Its goroutines are the parent's.
TEST_WITH(leak, is_not_reported_by_the_child_of_a_fork,
    .env = {"LEATDEBUG=leak=1"})
{
    int status;
    pid_t child = fork();
    if (child == 0)
        exit(5);
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK_EQ(WEXITSTATUS(status), 5);
}

TEST_WITH(leak, goroutines_go_on_after_a_report, .env = {"LEATPROCS=4"})
{
    leat_chan(int) c = leat_make_chan(int);
    for (int i = 0; i < 20; i++) {
        leat_go(receives, c);
        CHECK_EQ(leat_leak_report(-1), 0);
        leat_send(c, i);
    }
    while (leat_num_goroutine() > 1)
        leat_yield();
    CHECK_EQ(leat_num_goroutine(), 1);
}

// Objects of Leat's heap -----------------------------------------------------

// The heap's own tables know where an object lies, and must not count: the
// buffer makes the channel an object of whole pages.
__attribute__((noinline)) static void
lose_large_receiver(void)
{
    leat_go(receives, leat_make_chan(int, 100000));
    NO_TAIL_CALL();
}

TEST_WITH(leak, the_heap_itself_keeps_no_channel, LOST_ENV)
{
    deep_down(lose_large_receiver);
    settle();
    CHECK_HAS(report(), "leak report: 1 goroutine leaked, 0 still parked\n");
    CHECK_EQ(leaks, 1);
}

struct kept {
    leat_chan(int) c;
};
LEAT_SLICE(kept_slice, struct kept);
static kept_slice kept;

__attribute__((noinline)) static void
keep_in_a_slice(void)
{
    leat_push(&kept, (struct kept){leat_make_chan(int)});
    leat_go(receives, kept.ptr[0].c);
    NO_TAIL_CALL();
}

TEST_WITH(leak, a_channel_in_a_slice_is_live, LEAK_ENV)
{
    deep_down(keep_in_a_slice);
    settle();
    CHECK_HAS(report(), "leak report: 0 goroutines leaked, 1 still parked\n");
    CHECK_EQ(leaks, 0);
}
