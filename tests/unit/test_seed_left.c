// SPDX-License-Identifier: MIT
// test_seed_left.c: what goroutines of a seeded run waited for when it ended
// outlives them: nothing in it leads to those who will never run again.
#include "chan/chan_int.h"
#include "lib/test.h"
#include "sched/entry.h"
#include "sched/world.h"
#include "sync/sema.h"
#include "test_waiters.h"

#include <leat.h>

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

enum { LEFT_SEEDS = 60, LEFT_WAITERS = 4 };

static struct leat_mutex left_mutex;
static struct leat_rwmutex left_rw;
static struct leat_sem left_sem;
static struct leat_mutex left_cond_mutex;
static struct leat_cond left_cond = {.l = &left_cond_mutex};
static struct leat_waitgroup left_wg;
static leat_chan(int) left_full, left_empty, left_other;

// ---- Channels --------------------------------------------------------------

static void
left_send(int v)
{
    leat_send(left_full, v);
    FAIL("sent to a channel nobody receives from");
}

static void
left_receive(void)
{
    leat_recv(left_empty);
    FAIL("received from a channel nobody sends to");
}

static void
left_select(int v)
{
    leat_select(leat_case_send(left_full, v), leat_case_recv(left_empty, NULL),
        leat_case_recv(left_other, NULL));
    FAIL("a select found something");
}

// Who parks first is for the seed to decide.
static void
left_on_channels(void *arg)
{
    (void)arg;
    for (int i = 0; i < LEFT_WAITERS; i++) {
        leat_go(left_send, i);
        leat_go(left_receive);
        leat_go(left_select, i);
    }
    leat_test_wait();
}

static void
left_channels_again(void *arg)
{
    (void)arg;
    struct hchan *c[] = {(void *)left_full, (void *)left_empty,
        (void *)left_other};
    for (int i = 0; i < 3; i++) {
        CHECK(c[i]->sendq.first == NULL && c[i]->sendq.last == NULL);
        CHECK(c[i]->recvq.first == NULL && c[i]->recvq.last == NULL);
        leat__chan_check(c[i]);
    }
    CHECK_EQ(leat_recv(left_full), 77);
    CHECK_EQ(leat_try_recv(left_full, NULL), LEAT_EAGAIN);
    CHECK_EQ(leat_try_send(left_full, 77), 0);
    CHECK_EQ(leat_try_send(left_empty, 1), LEAT_EAGAIN);
}

PLAIN_TEST(seed, channels_forget_who_waited_when_the_run_ended)
{
    left_full = leat_make_chan(int, 1);
    left_empty = leat_make_chan(int);
    left_other = leat_make_chan(int);
    leat_send(left_full, 77);
    for (uint64_t i = 0; i < LEFT_SEEDS; i++) {
        uint64_t seed = test_seed() + i;
        CHECK_EQ(leat_test_run(seed, left_on_channels, NULL), 0);
        CHECK_EQ(leat_test_run(seed, left_channels_again, NULL), 0);
    }
    leat_close(left_empty);
    leat_free(left_empty);
    leat_free(left_full);
    leat_free(left_other);
}

// ---- Sync ------------------------------------------------------------------

static void
left_lock(void)
{
    leat_mutex_lock(&left_mutex);
    FAIL("locked a mutex that nobody unlocks");
}

static void
left_lock_rw(void)
{
    leat_rwmutex_lock(&left_rw);
    FAIL("locked a rwmutex that nobody unlocks");
}

static void
left_acquire(void)
{
    leat_sem_acquire(&left_sem, 1);
    FAIL("acquired what nobody releases");
}

static void
left_wait(void)
{
    leat_mutex_lock(&left_cond_mutex);
    leat_cond_wait(&left_cond);
    FAIL("woken by nobody");
}

static void
left_wait_group(void)
{
    leat_waitgroup_wait_until(&left_wg, leat_deadline(LEAT_HOUR));
    FAIL("nobody was done");
}

static void
left_on_locks(void *arg)
{
    (void)arg;
    for (int i = 0; i < LEFT_WAITERS; i++) {
        leat_go(left_lock);
        leat_go(left_lock_rw);
        leat_go(left_acquire);
        leat_go(left_wait);
        leat_go(left_wait_group);
    }
    leat_test_wait();
}

static void
left_locks_again(void *arg)
{
    (void)arg;
    leat__sema_check();
    leat_mutex_unlock(&left_mutex);
    leat_mutex_lock(&left_mutex);
    CHECK(!leat_mutex_try_lock(&left_mutex));
    leat_rwmutex_unlock(&left_rw);
    leat_rwmutex_lock(&left_rw);
    CHECK(!leat_rwmutex_try_lock(&left_rw));
    leat_sem_release(&left_sem, 1);
    CHECK(leat_sem_try_acquire(&left_sem, 1));
    leat_cond_broadcast(&left_cond);
    leat__sema_check();
}

PLAIN_TEST(seed, locks_forget_who_waited_when_the_run_ended)
{
    leat_mutex_lock(&left_mutex);
    leat_rwmutex_lock(&left_rw);
    leat_sem_init(&left_sem, 1);
    CHECK(leat_sem_try_acquire(&left_sem, 1));
    for (uint64_t i = 0; i < LEFT_SEEDS; i++) {
        uint64_t seed = test_seed() + i;
        left_wg = (struct leat_waitgroup)LEAT_ZERO;
        leat_waitgroup_add(&left_wg, 1);
        CHECK_EQ(leat_test_run(seed, left_on_locks, NULL), 0);
        CHECK_EQ(leat_test_run(seed, left_locks_again, NULL), 0);
    }
    leat_mutex_unlock(&left_mutex);
    CHECK_EQ(left_mutex.state, 0);
}

// Plain threads that wait since before the run are not of the run, and are
// served when it is over, wherever in the table goroutines stood around them:
// so many addresses that each tree of it has branches.
enum { LEFT_MANY = 2000, LEFT_THREADS = 20 };

static struct leat_mutex left_many[LEFT_MANY];
static _Atomic int left_served;

static void *
left_thread(void *mutex)
{
    leat_mutex_lock(mutex);
    left_served++;
    leat_mutex_unlock(mutex);
    return NULL;
}

static bool
left_somebody_waits(struct leat_mutex *mutex)
{
    struct leat__m *m = leat__enter(); // or the lock may be elided
    struct leat__semaroot *root = leat__sema_lock(mutex);
    struct leat__semawaiter *w = leat__sema_head(root, mutex);
    leat__sema_unlock(root);
    leat__leave(m);
    return w != NULL;
}

static void
left_lock_one(struct leat_mutex *mutex)
{
    leat_mutex_lock(mutex);
    FAIL("locked a mutex that nobody unlocks");
}

static void
left_on_many(void *arg)
{
    (void)arg;
    for (int i = 0; i < LEFT_MANY; i++)
        leat_go(left_lock_one, &left_many[i]);
    leat_test_wait();
}

PLAIN_TEST(seed, threads_that_waited_before_the_run_are_not_forgotten)
{
    pthread_t id[LEFT_THREADS];
    for (int i = 0; i < LEFT_MANY; i++)
        leat_mutex_lock(&left_many[i]);
    for (int i = 0; i < LEFT_THREADS; i++) {
        CHECK_EQ(pthread_create(&id[i], NULL, left_thread, &left_many[i]), 0);
        while (!left_somebody_waits(&left_many[i]))
            sched_yield();
    }
    CHECK_EQ(leat_test_run(test_seed(), left_on_many, NULL), 0);
    leat__sema_check();
    for (int i = 0; i < LEFT_MANY; i++) {
        CHECK_EQ(left_somebody_waits(&left_many[i]), i < LEFT_THREADS);
        leat_mutex_unlock(&left_many[i]);
    }
    for (int i = 0; i < LEFT_THREADS; i++)
        pthread_join(id[i], NULL);
    CHECK_EQ(left_served, LEFT_THREADS);
}

// ---- Descriptors -----------------------------------------------------------

static int left_pipe[2];

static void
left_wait_fd(void)
{
    leat_wait_fd(left_pipe[0], LEAT_READ, LEAT_FOREVER);
    FAIL("woken after the run");
}

static void
left_on_descriptors(void *arg)
{
    (void)arg;
    for (int i = 0; i < LEFT_WAITERS; i++)
        leat_go(left_wait_fd);
    leat_sleep(1); // the clock moves once all wait
}

static void
left_receive_here(leat_chan(int) c, int *received)
{
    *received += leat_recv(c);
}

// Goroutines on the stacks of those before; the event is for this run alone.
static void
left_descriptors_again(void *arg)
{
    (void)arg;
    leat_chan(int) c = leat_make_chan(int);
    int received = 0;
    for (int i = 0; i < 4 * LEFT_WAITERS; i++)
        leat_go(left_receive_here, c, &received);
    leat_sleep(1);
    CHECK_EQ(write(left_pipe[1], "x", 1), 1);
    CHECK_EQ(leat_wait_fd(left_pipe[0], LEAT_READ | LEAT_TRIED, LEAT_FOREVER),
        LEAT_READ);
    char byte;
    CHECK_EQ(read(left_pipe[0], &byte, 1), 1);
    CHECK_EQ(received, 0);
    for (int i = 0; i < 4 * LEFT_WAITERS; i++)
        leat_send(c, 1);
    leat_sleep(1);
    CHECK_EQ(received, 4 * LEFT_WAITERS);
    leat_free(c);
}

PLAIN_TEST(seed, descriptors_forget_who_waited_when_the_run_ended)
{
    CHECK_EQ(pipe(left_pipe), 0);
    for (uint64_t i = 0; i < LEFT_SEEDS; i++) {
        uint64_t seed = test_seed() + i;
        CHECK_EQ(leat_test_run(seed, left_on_descriptors, NULL), 0);
        CHECK_EQ(leat_test_run(seed, left_descriptors_again, NULL), 0);
    }
}

static void
left_deadlock(void *arg)
{
    (void)arg;
    leat_recv(left_empty);
}

// Who waited for a descriptor in an earlier run could not wake anybody.
PLAIN_TEST_WITH(seed, a_deadlock_after_a_run_with_descriptors_is_reported,
    .exit_status = 2, .stderr_has = {"all goroutines are asleep"})
{
    CHECK_EQ(pipe(left_pipe), 0);
    left_empty = leat_make_chan(int);
    CHECK_EQ(leat_test_run(1, left_on_descriptors, NULL), 0);
    leat_test_run(2, left_deadlock, NULL);
}

// ---- Contexts --------------------------------------------------------------

static struct leat_context *left_ctx;

static void
left_under_context(void)
{
    leat_set_context(left_ctx);
    leat_recv_until(left_empty, NULL, LEAT_FOREVER);
    FAIL("woken after the run");
}

static void
left_on_context(void *arg)
{
    (void)arg;
    for (int i = 0; i < LEFT_WAITERS; i++)
        leat_go(left_under_context);
    leat_sleep(1);
}

static void
left_context_again(void *arg)
{
    (void)arg;
    leat_chan(int) c = leat_make_chan(int);
    int received = 0;
    for (int i = 0; i < 4 * LEFT_WAITERS; i++)
        leat_go(left_receive_here, c, &received);
    leat_sleep(1);
    leat_context_cancel(left_ctx, 0);
    leat_sleep(1);
    for (int i = 0; i < 4 * LEFT_WAITERS; i++)
        leat_send(c, 1);
    leat_sleep(1);
    CHECK_EQ(received, 4 * LEFT_WAITERS);
    leat_free(c);
}

PLAIN_TEST(seed, contexts_forget_who_waited_when_the_run_ended)
{
    left_empty = leat_make_chan(int);
    for (uint64_t i = 0; i < LEFT_SEEDS; i++) {
        uint64_t seed = test_seed() + i;
        left_ctx = leat_with_cancel(NULL);
        CHECK_EQ(leat_test_run(seed, left_on_context, NULL), 0);
        CHECK_EQ(leat_test_run(seed, left_context_again, NULL), 0);
        leat_context_release(left_ctx);
    }
}

// ---- Threads beside the run ------------------------------------------------

static _Atomic bool left_called, left_begun, left_ended;

// Calls before the run, in it if `left_begun` says so, and after it.
static void *
left_calls(void *arg)
{
    (void)arg;
    leat_yield();
    left_called = true;
    while (!left_begun && !left_ended)
        sched_yield();
    leat_yield();
    left_called = false;
    return NULL;
}

static void
left_let_it_call(void *arg)
{
    (void)arg;
    left_begun = true;
    while (left_called)
        ;
    FAIL("a thread called into the run");
}

PLAIN_TEST_WITH(seed, a_thread_that_called_before_may_not_call_into_a_run,
    .exit_status = 2,
    .stderr_has = {"a plain thread called into a seeded run"})
{
    pthread_t id;
    CHECK_EQ(pthread_create(&id, NULL, left_calls, NULL), 0);
    while (!left_called)
        sched_yield();
    leat_test_run(1, left_let_it_call, NULL);
}

static void
left_do_nothing(void *arg)
{
    (void)arg;
    CHECK(left_called);
}

PLAIN_TEST(seed, a_thread_that_called_before_may_call_after_a_run)
{
    pthread_t id;
    CHECK_EQ(pthread_create(&id, NULL, left_calls, NULL), 0);
    while (!left_called)
        sched_yield();
    CHECK_EQ(leat_test_run(1, left_do_nothing, NULL), 0);
    left_ended = true;
    pthread_join(id, NULL);
    CHECK(!left_called);
    CHECK_EQ(pthread_create(&id, NULL, left_calls, NULL), 0);
    pthread_join(id, NULL);
}

static void
left_unlock(void *arg)
{
    (void)arg;
    leat_mutex_unlock(&left_mutex);
    while (left_served == 0)
        ;
    FAIL("a thread went on in the run");
}

PLAIN_TEST_WITH(seed, a_run_may_not_end_the_wait_of_a_thread,
    .exit_status = 2,
    .stderr_has = {"a plain thread called into a seeded run"})
{
    pthread_t id;
    leat_mutex_lock(&left_mutex);
    CHECK_EQ(pthread_create(&id, NULL, left_thread, &left_mutex), 0);
    while (!left_somebody_waits(&left_mutex))
        sched_yield();
    leat_test_run(1, left_unlock, NULL);
}

// A thread that waits in a channel, held up in a handler when its wait ends.
static _Atomic bool left_held, left_let_go;

static void
left_hold(int sig)
{
    (void)sig;
    left_held = true;
    while (!left_let_go)
        sched_yield();
}

static void *
left_receive_one(void *arg)
{
    CHECK_EQ(leat_recv((leat_chan(int))arg), 7);
    left_called = true;
    return NULL;
}

static void *
left_let_go_when_it_begins(void *arg)
{
    while (!(atomic_load(&leat__nobody.flags) & M_REFUSED))
        sched_yield();
    left_let_go = true;
    return arg;
}

static void
left_run_shortly(void *arg)
{
    (void)arg;
    leat_sleep(LEAT_SECOND);
}

// Its wait has ended before the run, and only its thread is late.
PLAIN_TEST(seed, a_run_begins_when_threads_have_what_they_were_readied_for)
{
    pthread_t id, other;
    left_full = leat_make_chan(int);
    signal(SIGUSR1, left_hold);
    CHECK_EQ(pthread_create(&id, NULL, left_receive_one, left_full), 0);
    until_receivers(left_full, 1);
    CHECK_EQ(pthread_kill(id, SIGUSR1), 0);
    while (!left_held)
        sched_yield();
    leat_send(left_full, 7);
    CHECK_EQ(pthread_create(&other, NULL, left_let_go_when_it_begins, NULL), 0);
    CHECK_EQ(leat_test_run(1, left_run_shortly, NULL), 0);
    CHECK_EQ(pthread_join(other, NULL), 0);
    CHECK_EQ(pthread_join(id, NULL), 0);
    CHECK(left_called);
}

// Its end is none of the run's business, nor is it a deadlock.
static void *
left_call_and_end(void *arg)
{
    (void)arg;
    leat_yield();
    left_called = true;
    while (!left_begun)
        sched_yield();
    return NULL;
}

static void
left_see_it_end(void *arg)
{
    left_begun = true;
    CHECK_EQ(pthread_join(*(pthread_t *)arg, NULL), 0);
}

PLAIN_TEST(seed, a_thread_may_end_beside_a_run)
{
    pthread_t id;
    CHECK_EQ(pthread_create(&id, NULL, left_call_and_end, NULL), 0);
    while (!left_called)
        sched_yield();
    CHECK_EQ(leat_test_run(1, left_see_it_end, &id), 0);
}

// What it has of the runtime would end beside the run.
static void *
left_end_with_a_context(void *ctx)
{
    leat_set_context(ctx);
    return left_call_and_end(NULL);
}

PLAIN_TEST_WITH(seed, a_thread_with_a_context_may_not_end_beside_a_run,
    .exit_status = 2,
    .stderr_has = {"a plain thread called into a seeded run"})
{
    pthread_t id;
    struct leat_context *ctx = leat_with_timeout(NULL, LEAT_MINUTE);
    CHECK_EQ(pthread_create(&id, NULL, left_end_with_a_context, ctx), 0);
    while (!left_called)
        sched_yield();
    leat_test_run(1, left_see_it_end, &id);
}

// ---- One run after the other -----------------------------------------------

enum { LEFT_RUNS = 5000 };

static void
left_nothing(void *arg)
{
    (void)arg;
}

static void *
left_run_often(void *arg)
{
    for (int i = 0; i < LEFT_RUNS; i++)
        while (leat_test_run(1, left_nothing, NULL) == LEAT_EBUSY)
            ;
    return arg;
}

PLAIN_TEST(seed, a_run_begins_when_the_one_before_has_ended_altogether)
{
    pthread_t id;
    leat__go_multi(leat__enter());
    leat__leave(leat__this_m());
    CHECK(leat__multi);
    CHECK_EQ(pthread_create(&id, NULL, left_run_often, NULL), 0);
    left_run_often(NULL);
    pthread_join(id, NULL);
    CHECK(leat__multi);
    CHECK_EQ(leat__sched.nm, 0);
}

PLAIN_TEST(seed, a_run_leaves_its_thread_no_signal_stack)
{
    stack_t before, after;
    CHECK_EQ(sigaltstack(NULL, &before), 0);
    CHECK_EQ(leat_test_run(1, left_nothing, NULL), 0);
    CHECK_EQ(sigaltstack(NULL, &after), 0);
    CHECK_EQ(after.ss_flags, before.ss_flags);
    CHECK(after.ss_sp == before.ss_sp);
}

// ---- Timed waits beside a run ----------------------------------------------

static _Atomic bool left_awake;

static void *
left_sleep(void *arg)
{
    leat_sleep(LEAT_MILLISECOND);
    left_awake = true;
    return arg;
}

// A virtual minute is longer than what the thread waits for.
static void
left_sleep_long(void *arg)
{
    int64_t until = LEAT_SECOND + LEAT_MINUTE;
    (void)arg;
    leat_sleep(LEAT_MINUTE);
    CHECK_EQ(leat_now(), until);
}

PLAIN_TEST(seed, a_thread_that_sleeps_since_before_a_run_wakes_after_it)
{
    for (int i = 0; i < 20; i++) {
        pthread_t id;
        left_awake = false;
        CHECK_EQ(pthread_create(&id, NULL, left_sleep, NULL), 0);
        while (leat__sched.nforeign_parked == 0 && !left_awake)
            sched_yield();
        CHECK_EQ(leat_test_run(1, left_sleep_long, NULL), 0);
        CHECK_EQ(pthread_join(id, NULL), 0);
    }
}

// A timer from before the run: reset it is the run's, on the run's clock.
static void
left_reset(void *timer)
{
    CHECK(leat_timer_reset(timer, LEAT_MINUTE));
    int64_t fired = leat_recv(leat_timer_chan(timer));
    CHECK_EQ(fired, LEAT_SECOND + LEAT_MINUTE);
    CHECK(!leat_timer_reset(timer, LEAT_HOUR));
}

PLAIN_TEST(seed, a_timer_set_before_a_run_can_be_reset_in_it)
{
    struct leat_timer *timer = leat_new_timer(LEAT_HOUR);
    for (uint64_t seed = 0; seed < 10; seed++) {
        CHECK_EQ(leat_test_run(seed, left_reset, timer), 0);
        CHECK(!leat_timer_reset(timer, LEAT_HOUR));
    }
    CHECK(leat_timer_stop(timer));
    leat_timer_free(timer);
}

static int left_pipe_of_thread[2];

static void *
left_wait_under_context(void *ctx)
{
    leat_set_context(ctx);
    int result =
        leat_wait_fd(left_pipe_of_thread[0], LEAT_READ, LEAT_FOREVER);
    while (!left_ended)
        sched_yield();
    leat_set_context(NULL);
    return (void *)(intptr_t)result;
}

static void
left_count(void *n, struct leat__g *g)
{
    *(int *)n += g->foreign && atomic_load(&g->status) == G_WAITING;
}

// The thread looks a hundred times a second whether its context has ended.
static void
left_let_it_look(void *arg)
{
    struct pollfd none;
    (void)arg;
    poll(&none, 0, 100);
}

PLAIN_TEST(seed, a_thread_may_wait_for_a_descriptor_with_a_context_beside_a_run)
{
    pthread_t id;
    void *result;
    int waiting = 0;
    struct leat_context *ctx = leat_with_cancel(NULL);
    CHECK_EQ(pipe(left_pipe_of_thread), 0);
    CHECK_EQ(pthread_create(&id, NULL, left_wait_under_context, ctx), 0);
    while (waiting == 0)
        leat__each_g(left_count, &waiting);
    CHECK_EQ(leat_test_run(1, left_let_it_look, NULL), 0);
    leat_context_cancel(ctx, 0);
    left_ended = true;
    CHECK_EQ(pthread_join(id, &result), 0);
    CHECK_EQ((intptr_t)result, LEAT_ECANCELED);
    leat_context_release(ctx);
}
