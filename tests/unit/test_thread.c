// SPDX-License-Identifier: MIT
// test_thread.c: plain threads that call the library: first calls at the same
// moment, values between threads and goroutines, threads that come and go.
#include "lib/test.h"
#include "os/fault.h"
#include "sched/sched.h"

#include <leat.h>

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

enum { THREAD_MAX = 16 };

static int
thread_scale(int n)
{
    return n / test_slowness() > 0 ? n / test_slowness() : 1;
}

// ---- First calls -----------------------------------------------------------

struct thread_pair {
    pthread_barrier_t start;
    leat_chan(int) c;
};

static void *
thread_first_call(void *arg)
{
    struct thread_pair *p = arg;
    pthread_barrier_wait(&p->start);
    leat_send(p->c, 1);
    return NULL;
}

// Every thread's first call asks for real locks, and only one can stop the
// world: none may wait for another that waits for it.
PLAIN_TEST(thread, first_calls_at_the_same_moment_do_not_wait_for_each_other)
{
    struct thread_pair p = {.c = leat_make_chan(int, THREAD_MAX)};
    pthread_t id[THREAD_MAX];
    pthread_barrier_init(&p.start, NULL, THREAD_MAX);
    for (int i = 0; i < THREAD_MAX; i++)
        pthread_create(&id[i], NULL, thread_first_call, &p);
    for (int i = 0; i < THREAD_MAX; i++)
        pthread_join(id[i], NULL);
    CHECK_EQ(leat_len(p.c), THREAD_MAX);
}

// The same with a runtime of one P, whose locks are still elided.
TEST_WITH(thread, first_calls_beside_one_busy_p_do_not_wait_for_each_other,
    .env = {"LEATPROCS=1"})
{
    struct thread_pair p = {.c = leat_make_chan(int)};
    pthread_t id[THREAD_MAX];
    pthread_barrier_init(&p.start, NULL, THREAD_MAX);
    for (int i = 0; i < THREAD_MAX; i++)
        pthread_create(&id[i], NULL, thread_first_call, &p);
    int sum = 0;
    for (int i = 0; i < THREAD_MAX; i++)
        sum += leat_recv(p.c);
    for (int i = 0; i < THREAD_MAX; i++)
        pthread_join(id[i], NULL);
    CHECK_EQ(sum, THREAD_MAX);
}

// Whoever stays inside is waited for by all that stop the world.
#define CHECK_LEAVES(call, wanted)                                             \
    (CHECK_EQ(call, wanted),                                                   \
        CHECK_EQ(atomic_load(&leat__this_m()->inside), 0))

static void
thread_do_nothing(void *arg)
{
    (void)arg;
}

static void
thread_check_leaves(void)
{
    struct leat_sem sem;
    struct leat_mutex m = LEAT_ZERO;
    struct leat_rwmutex rw = LEAT_ZERO;
    struct leat_waitgroup wg = LEAT_ZERO;
    struct leat_once once = LEAT_ZERO;
    struct leat_cond cond = {.l = &m};
    int64_t past = leat_now();
    leat_chan(int) c = leat_make_chan(int, 1);
    int n = 0;
    leat_sem_init(&sem, 1);
    CHECK_LEAVES(leat_sem_try_acquire(&sem, 1), true);
    CHECK_LEAVES(leat_sem_try_acquire(&sem, 1), false);
    CHECK_LEAVES(leat_sem_acquire_until(&sem, 1, past), LEAT_ETIMEDOUT);
    CHECK_LEAVES(leat_sem_acquire(&sem, 2), LEAT_EINVAL);
    CHECK_LEAVES((leat_sem_release(&sem, 1), 0), 0);
    CHECK_LEAVES((leat_mutex_lock(&m), 0), 0);
    CHECK_LEAVES(leat_mutex_try_lock(&m), false);
    CHECK_LEAVES(leat_mutex_lock_until(&m, past), LEAT_ETIMEDOUT);
    CHECK_LEAVES((leat_cond_signal(&cond), leat_cond_broadcast(&cond), 0), 0);
    CHECK_LEAVES(leat_cond_wait_until(&cond, past), LEAT_ETIMEDOUT);
    CHECK_LEAVES((leat_mutex_unlock(&m), 0), 0);
    CHECK_LEAVES((leat_rwmutex_rlock(&rw), 0), 0);
    CHECK_LEAVES(leat_rwmutex_try_lock(&rw), false);
    CHECK_LEAVES(leat_rwmutex_lock_until(&rw, past), LEAT_ETIMEDOUT);
    CHECK_LEAVES(leat_rwmutex_try_rlock(&rw), true);
    CHECK_LEAVES((leat_rwmutex_runlock(&rw), leat_rwmutex_runlock(&rw), 0), 0);
    CHECK_LEAVES((leat_rwmutex_lock(&rw), 0), 0);
    CHECK_LEAVES(leat_rwmutex_try_rlock(&rw), false);
    CHECK_LEAVES(leat_rwmutex_rlock_until(&rw, past), LEAT_ETIMEDOUT);
    CHECK_LEAVES((leat_rwmutex_unlock(&rw), 0), 0);
    CHECK_LEAVES((leat_waitgroup_add(&wg, 1), 0), 0);
    CHECK_LEAVES(leat_waitgroup_wait_until(&wg, past), LEAT_ETIMEDOUT);
    CHECK_LEAVES((leat_waitgroup_done(&wg), leat_waitgroup_wait(&wg), 0), 0);
    CHECK_LEAVES((leat_once_do(&once, thread_do_nothing, NULL), 0), 0);
    CHECK_LEAVES(leat_try_send(c, 1), 0);
    CHECK_LEAVES(leat_try_send(c, 1), LEAT_EAGAIN);
    CHECK_LEAVES(leat_send_until(c, 1, past), LEAT_ETIMEDOUT);
    CHECK_LEAVES(leat_recv(c), 1);
    CHECK_LEAVES(leat_try_recv(c, &n), LEAT_EAGAIN);
    CHECK_LEAVES(leat_recv_until(c, &n, past), LEAT_ETIMEDOUT);
    CHECK_LEAVES((leat_close(c), 0), 0);
    CHECK_LEAVES(leat_try_recv(c, &n), LEAT_ECLOSED);
    CHECK_LEAVES(leat_wait_fd(-1, LEAT_READ, 0), LEAT_EBADF);
    CHECK_LEAVES((leat_yield(), 0), 0);
}

TEST(thread, every_call_leaves_the_runtime)
{
    thread_check_leaves();
}

PLAIN_TEST(thread, every_call_of_a_plain_thread_leaves_the_runtime)
{
    thread_check_leaves();
}

struct thread_stop {
    pthread_barrier_t stopped;
    struct leat__m *_Atomic other; // inside, and about to stop the world too
};

static void *
thread_stops_world(void *arg)
{
    struct thread_stop *stop = arg;
    leat_num_goroutine(); // a first call, from which on locks are real
    struct leat__m *m = leat__enter(), *other;
    leat__stop_world(m);
    pthread_barrier_wait(&stop->stopped);
    while ((other = stop->other) == NULL || atomic_load(&other->inside) != 0)
        sched_yield();
    leat__start_world();
    leat__leave(m);
    return NULL;
}

// Else who has stopped it and waits for all that are inside would wait for
// one that waits for him.
PLAIN_TEST(thread, who_waits_to_stop_the_world_is_not_inside)
{
    struct thread_stop stop = {0};
    pthread_t id;
    pthread_barrier_init(&stop.stopped, NULL, 2);
    pthread_create(&id, NULL, thread_stops_world, &stop);
    pthread_barrier_wait(&stop.stopped);
    struct leat__m *m = leat__enter();
    stop.other = m;
    leat__stop_world(m);
    CHECK_EQ(atomic_load(&m->inside), 1);
    leat__start_world();
    leat__leave(m);
    pthread_join(id, NULL);
}

static void *
thread_main_partner(void *arg)
{
    struct thread_pair *p = arg;
    intptr_t next = 0;
    for (int n; leat_recv_ok(p->c, &n);)
        CHECK_EQ(n, next++);
    return (void *)next;
}

// Until another thread calls in, the main thread elides its locks, also
// while it waits with a deadline (a timer of its own).
PLAIN_TEST(thread, main_thread_gives_up_elided_locks_when_a_second_one_calls)
{
    for (int round = 0; round < thread_scale(200); round++) {
        struct thread_pair p = {.c = leat_make_chan(int, 1)};
        pthread_t id;
        pthread_create(&id, NULL, thread_main_partner, &p);
        for (int i = 0; i < 100; i++) {
            while (leat_send_until(p.c, leat_deadline(1000), i) != 0)
                ;
        }
        leat_close(p.c);
        void *received;
        pthread_join(id, &received);
        CHECK_EQ(received, 100);
        leat_free(p.c);
    }
    CHECK(leat__multi);
}

static _Atomic int thread_calling;
static _Atomic bool thread_enough;
static struct leat_mutex thread_mutex;

static void *
thread_calls_on(void *arg)
{
    leat_chan(int) c = leat_make_chan(int, 1);
    for (bool first = true; !thread_enough; first = false) {
        leat_mutex_lock(&thread_mutex);
        leat_mutex_unlock(&thread_mutex);
        leat_send(c, 1);
        leat_recv(c);
        thread_calling += first;
    }
    leat_free(c);
    return arg;
}

static int
thread_main(int argc, char **argv)
{
    (void)argc, (void)argv;
    leat_yield();
    thread_enough = true;
    CHECK(leat_goid() == 1);
    return 0;
}

// What the start changes they read without a lock: for ThreadSanitizer.
PLAIN_TEST_WITH(thread, threads_call_while_the_runtime_starts,
    .env = {"LEATPROCS=4"})
{
    enum { N = 3 };
    pthread_t id[N];
    for (int i = 0; i < N; i++)
        CHECK_EQ(pthread_create(&id[i], NULL, thread_calls_on, NULL), 0);
    while (thread_calling < N)
        sched_yield();
    leat_run(thread_main, 0, NULL);
}

// ---- Values ----------------------------------------------------------------

struct thread_flow {
    leat_chan(int64_t) in, out;
    int per_sender;
    _Atomic int senders;
};

static void
thread_flow_send(struct thread_flow *f)
{
    for (int i = 1; i <= f->per_sender; i++)
        leat_send(f->in, i);
    if (--f->senders == 0)
        leat_close(f->in);
}

static void
thread_flow_sum(struct thread_flow *f)
{
    int64_t sum = 0, v;
    while (leat_recv_ok(f->in, &v))
        sum += v;
    leat_send(f->out, sum);
}

static void *
thread_flow_send_plain(void *f)
{
    thread_flow_send(f);
    return NULL;
}

static void *
thread_flow_sum_plain(void *f)
{
    thread_flow_sum(f);
    return NULL;
}

static void
thread_check_flow(int capacity)
{
    enum { EACH = 4 };
    struct thread_flow f = {
        .in = leat_make_chan(int64_t, capacity),
        .out = leat_make_chan(int64_t),
        .per_sender = thread_scale(5000),
        .senders = 2 * EACH,
    };
    pthread_t send[EACH], sum[EACH];
    for (int i = 0; i < EACH; i++) {
        leat_go(thread_flow_send, &f);
        leat_go(thread_flow_sum, &f);
        pthread_create(&send[i], NULL, thread_flow_send_plain, &f);
        pthread_create(&sum[i], NULL, thread_flow_sum_plain, &f);
    }
    int64_t total = 0, n = f.per_sender;
    for (int i = 0; i < 2 * EACH; i++)
        total += leat_recv(f.out);
    for (int i = 0; i < EACH; i++) {
        pthread_join(send[i], NULL);
        pthread_join(sum[i], NULL);
    }
    CHECK_EQ(total, 2 * EACH * (n * (n + 1) / 2));
}

TEST(thread, values_pass_unbuffered_between_threads_and_goroutines)
{
    thread_check_flow(0);
}

TEST(thread, values_pass_buffered_between_threads_and_goroutines)
{
    thread_check_flow(7);
}

TEST_WITH(thread, values_pass_between_threads_and_goroutines_on_one_p,
    .env = {"LEATPROCS=1"})
{
    thread_check_flow(0);
}

// ---- Coming and going ------------------------------------------------------

static void *
thread_once(void *arg)
{
    leat_chan(int) c = *(leat_chan(int) *)arg;
    leat_send(c, 1);
    return NULL;
}

TEST(thread, threads_that_come_and_go_leave_nothing_behind)
{
    leat_chan(int) c = leat_make_chan(int, 1);
    int sum = 0, rounds = thread_scale(500);
    for (int i = 0; i < rounds; i++) {
        pthread_t a, b;
        pthread_create(&a, NULL, thread_once, &c);
        pthread_create(&b, NULL, thread_once, &c);
        sum += leat_recv(c) + leat_recv(c);
        pthread_join(a, NULL);
        pthread_join(b, NULL);
    }
    CHECK_EQ(sum, 2 * rounds);
    CHECK_EQ(leat_num_goroutine(), 1);
}

static long
thread_address_space(void)
{
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    CHECK(f != NULL && fscanf(f, "%ld", &pages) == 1);
    fclose(f);
    return pages * sysconf(_SC_PAGESIZE);
}

static void *
thread_call(void *arg)
{
    leat_yield();
    return arg;
}

static void
thread_call_in_turn(int n)
{
    for (int i = 0; i < n; i++) {
        pthread_t id;
        CHECK_EQ(pthread_create(&id, NULL, thread_call, NULL), 0);
        pthread_join(id, NULL);
    }
}

// A signal stack has 64 KiB.
PLAIN_TEST_WITH(thread, a_thread_that_ends_gives_its_signal_stack_back,
    .skip_under = TEST_ASAN | TEST_TSAN | TEST_QEMU | TEST_VALGRIND)
{
    thread_call_in_turn(10);
    long before = thread_address_space();
    thread_call_in_turn(200);
    long grown = thread_address_space() - before;
    CHECK_MSG(grown < 100 * (64 << 10), "%ld bytes", grown);
}

static void *
thread_with_own_sigstack(void *arg)
{
    stack_t own = {.ss_sp = arg, .ss_size = 64 << 10}, now;
    leat_yield(); // gets one of the runtime's
    CHECK_EQ(sigaltstack(&own, NULL), 0);
    leat_yield();
    CHECK_EQ(sigaltstack(NULL, &now), 0);
    CHECK(now.ss_sp == arg);
    return NULL;
}

// Sanitizers unmap whatever signal stack a thread ends with.
PLAIN_TEST_WITH(thread, a_signal_stack_of_the_program_is_left_alone,
    .skip_under = TEST_ASAN | TEST_TSAN)
{
    static char stack[64 << 10];
    pthread_t id;
    CHECK_EQ(pthread_create(&id, NULL, thread_with_own_sigstack, stack), 0);
    pthread_join(id, NULL);
    for (int i = 0; i < 64 << 10; i++)
        stack[i] = 1;
}

PLAIN_TEST_WITH(thread, no_memory_for_a_signal_stack_is_fatal,
    .exit_status = 2,
    .stderr_has = {"fatal error: out of memory: cannot make the signal stack "
                   "of a thread; raise the limit"},
    .skip_under = TEST_ASAN | TEST_TSAN)
{
    thread_call_in_turn(1); // leaves its record for the next one
    CHECK(leat__fault_parse("sigstack:1"));
    thread_call_in_turn(1);
}

static void *
thread_recv_reply(void *arg)
{
    leat_chan(int) *c = arg; // requests, replies
    for (int v; leat_recv_ok(c[0], &v);)
        leat_send(c[1], v + 1);
    leat_close(c[1]);
    return NULL;
}

// All goroutines wait for a thread that was woken and has not run yet: that
// is no deadlock.
TEST(thread, a_thread_on_its_way_is_not_asleep)
{
    leat_chan(int) c[2] = {leat_make_chan(int), leat_make_chan(int)};
    pthread_t id;
    pthread_create(&id, NULL, thread_recv_reply, c);
    int n = thread_scale(20000);
    for (int i = 0; i < n; i++) {
        leat_send(c[0], i);
        if (leat_recv(c[1]) != i + 1)
            FAIL("the reply to %d is wrong", i);
    }
    leat_close(c[0]);
    CHECK(!leat_recv_ok(c[1], NULL));
    pthread_join(id, NULL);
}

static void *
thread_send_and_end(void *arg)
{
    leat_chan(int) c = *(leat_chan(int) *)arg;
    leat_send(c, 7);
    return NULL;
}

// The last thread that could have sent has ended: the kernel still counts it
// for a moment after it has left the library.
TEST_WITH(thread, the_end_of_the_last_thread_uncovers_a_deadlock,
    .exit_status = 2, .stderr_has = {"all goroutines are asleep"},
    .skip_under = TEST_TSAN)
{
    leat_chan(int) c = leat_make_chan(int);
    pthread_t id;
    pthread_create(&id, NULL, thread_send_and_end, &c);
    pthread_detach(id);
    CHECK_EQ(leat_recv(c), 7);
    leat_recv(c);
}

static void *
thread_waits_for_ever(void *arg)
{
    leat_recv(*(leat_chan(int) *)arg);
    return NULL;
}

TEST_WITH(thread, a_thread_that_waits_for_ever_does_not_hide_a_deadlock,
    .exit_status = 2, .stderr_has = {"all goroutines are asleep"},
    .skip_under = TEST_TSAN)
{
    leat_chan(int) c = leat_make_chan(int);
    pthread_t id;
    pthread_create(&id, NULL, thread_waits_for_ever, &c);
    leat_recv(c);
    FAIL("nobody sends");
}

static void *
thread_unknown(void *arg)
{
    int *fd = arg;
    char byte;
    if (read(fd[0], &byte, 1) == 1)
        leat_send(*(leat_chan(int) *)(void *)(fd + 2), 5);
    return NULL;
}

// A thread the library has never seen may call in at any time.
TEST(thread, a_thread_never_seen_keeps_the_program_from_being_dead)
{
    struct {
        int fd[2];
        leat_chan(int) c;
    } a = {.c = leat_make_chan(int)};
    CHECK_EQ(pipe(a.fd), 0);
    pthread_t id;
    pthread_create(&id, NULL, thread_unknown, &a);
    // The write wakes the thread, which takes its time: now all wait.
    CHECK_EQ(write(a.fd[1], "x", 1), 1);
    CHECK_EQ(leat_recv(a.c), 5);
    pthread_join(id, NULL);
}

// ---- What a thread is ------------------------------------------------------

static void *
thread_asks(void *arg)
{
    (void)arg;
    CHECK_EQ(leat_goid(), 0);
    leat_set_name("plain");
    CHECK_STR(leat_get_name(), "plain");
    leat_yield();
    int64_t before = leat_now();
    leat_sleep(2 * LEAT_MILLISECOND);
    CHECK(leat_now() - before >= 2 * LEAT_MILLISECOND);
    leat_chan(int) c = leat_make_chan(int);
    CHECK_EQ(leat_recv_until(c, NULL, leat_deadline(LEAT_MILLISECOND)),
        LEAT_ETIMEDOUT);
    int r = leat_select_until(leat_deadline(LEAT_MILLISECOND),
        leat_case_recv(c, NULL), leat_case_send(c, 1));
    CHECK_EQ(r, LEAT_ETIMEDOUT);
    leat_chan(int64_t) tick = leat_after(LEAT_MILLISECOND);
    CHECK(leat_recv(tick) > before);
    leat_free(c);
    return NULL;
}

TEST(thread, every_wait_works_from_a_plain_thread)
{
    pthread_t id;
    pthread_create(&id, NULL, thread_asks, NULL);
    pthread_join(id, NULL);
    // The name ended with the thread, though its descriptor is used again.
    pthread_create(&id, NULL, thread_asks, NULL);
    pthread_join(id, NULL);
}

PLAIN_TEST(thread, every_wait_works_without_a_runtime)
{
    thread_asks(NULL);
}

static void *
thread_name_is_empty(void *arg)
{
    (void)arg;
    CHECK_STR(leat_get_name(), "");
    return NULL;
}

TEST(thread, a_thread_does_not_inherit_the_name_of_one_that_ended)
{
    for (int i = 0; i < 4; i++) {
        pthread_t id;
        pthread_create(&id, NULL, thread_asks, NULL);
        pthread_join(id, NULL);
        pthread_create(&id, NULL, thread_name_is_empty, NULL);
        pthread_join(id, NULL);
    }
}

static void
thread_add(leat_chan(int) c, int v)
{
    leat_send(c, v);
}

static void *
thread_spawns(void *arg)
{
    leat_chan(int) c = *(leat_chan(int) *)arg;
    int n = thread_scale(2000);
    for (int i = 0; i < n; i++)
        leat_go(thread_add, c, 1);
    return NULL;
}

TEST(thread, plain_threads_start_goroutines)
{
    leat_chan(int) c = leat_make_chan(int);
    pthread_t id[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&id[i], NULL, thread_spawns, &c);
    int sum = 0, n = 4 * thread_scale(2000);
    for (int i = 0; i < n; i++)
        sum += leat_recv(c);
    for (int i = 0; i < 4; i++)
        pthread_join(id[i], NULL);
    CHECK_EQ(sum, n);
}

// ---- Everybody stops the world ---------------------------------------------

static void
thread_set_procs(leat_chan(int) done, int n)
{
    for (int i = 0; i < thread_scale(200); i++)
        leat_gomaxprocs(1 + (i * n) % 5);
    leat_send(done, n);
}

static void *
thread_set_procs_plain(void *arg)
{
    thread_set_procs(*(leat_chan(int) *)arg, 3);
    return NULL;
}

static void
thread_pass(leat_chan(int) in, leat_chan(int) out)
{
    for (int v; leat_recv_ok(in, &v);)
        leat_send(out, v);
    leat_close(out);
}

static void
thread_source(leat_chan(int) out, _Atomic bool *stop)
{
    for (int i = 0; !*stop; i++)
        leat_send(out, i);
    leat_close(out);
}

// Several stop the world at once while values flow through a chain.
TEST(thread, changing_the_number_of_ps_from_everywhere_loses_nobody)
{
    static _Atomic bool stop;
    enum { CHAIN = 6 };
    leat_chan(int) c[CHAIN + 1], done = leat_make_chan(int, 8);
    for (int i = 0; i <= CHAIN; i++)
        c[i] = leat_make_chan(int, i % 3);
    for (int i = 0; i < CHAIN; i++)
        leat_go(thread_pass, c[i], c[i + 1]);
    leat_go(thread_source, c[0], &stop);
    pthread_t id;
    pthread_create(&id, NULL, thread_set_procs_plain, &done);
    leat_go(thread_set_procs, done, 2);
    leat_go(thread_set_procs, done, 7);
    int expect = 0, v, ended = 0;
    while (leat_recv_ok(c[CHAIN], &v)) {
        if (v != expect++)
            FAIL("%d came in place of %d", v, expect - 1);
        if (leat_try_recv(done, NULL) == 0 && ++ended == 3)
            stop = true;
    }
    CHECK_EQ(ended, 3);
    pthread_join(id, NULL);
}
