// SPDX-License-Identifier: MIT
// test_deadlock.c: what is a deadlock where the runtime knows little: before
// leat_run, without /proc, beside threads in a seeded run.
#include "chan/chan_int.h"
#include "lib/test.h"
#include "sched/deadlock.h"

#include <leat.h>

#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

static void
dead_send(leat_chan(int) c)
{
    leat_send(c, 1);
}

// ---- Before leat_run -------------------------------------------------------

PLAIN_TEST_WITH(deadlock, a_main_that_waits_for_goroutines_without_a_run_is_told,
    .exit_status = 2,
    .stderr_has = {"fatal error: all goroutines are asleep - deadlock!\n"
                   "leat_run was not called: name your main leat_main, or "
                   "call leat_run\n"})
{
    leat_chan(int) c = leat_make_chan(int);
    leat_go(dead_send, c);
    leat_recv(c);
}

PLAIN_TEST_WITH(deadlock, without_a_run_it_is_told_once_no_timer_is_left,
    .exit_status = 2, .stderr_has = {"leat_run was not called"})
{
    leat_chan(int) c = leat_make_chan(int);
    leat_chan(int64_t) tick = leat_after(LEAT_MILLISECOND);
    leat_go(dead_send, c);
    leat_select(leat_case_recv(tick, NULL));
    leat_chan(int64_t) later = leat_after(LEAT_MILLISECOND);
    leat_recv(c);
    leat_free(later);
}

static void *
dead_wait(void *c)
{
    leat_recv(*(leat_chan(int) *)c);
    return NULL;
}

PLAIN_TEST_WITH(deadlock, without_a_run_it_is_told_when_all_threads_wait,
    .exit_status = 2, .stderr_has = {"leat_run was not called"})
{
    leat_chan(int) c = leat_make_chan(int);
    pthread_t id;
    leat_go(dead_send, c);
    CHECK_EQ(pthread_create(&id, NULL, dead_wait, &c), 0);
    leat_recv(c);
}

// All that wait are asleep, no timer is left, and c is about to be closed.
static void
dead_close_after_a_look(struct leat__m *m, struct leat__timer *t)
{
    leat__spin_lock(&leat__sched.lock);
    leat__check_dead(); // as another thread that waits would
    leat__spin_unlock(&leat__sched.lock);
    leat__closechan(m, t->arg);
}

static void
dead_fire(struct leat__m *m, struct leat__timer *t, int64_t now)
{
    (void)m;
    (void)now;
    t->after = dead_close_after_a_look;
}

PLAIN_TEST(deadlock, a_timer_that_is_about_to_wake_somebody_is_hope)
{
    leat_chan(int) c = leat_make_chan(int);
    struct leat__timer t = {.when = leat__nanotime() + LEAT_MILLISECOND,
        .fire = dead_fire,
        .arg = (void *)c};
    struct leat__m *m = leat__enter();
    CHECK(leat__timer_add(m, &t));
    leat__leave(m);
    CHECK(!leat_recv_ok(c, NULL));
}

// Until `done` all threads that the runtime knows wait; this one it has not
// seen. The lock: what they looked at before they slept, they have looked at.
static void
dead_until(bool (*done)(void))
{
    for (bool waits = false; !waits;) {
        leat__spin_lock(&leat__sched.lock);
        waits = done();
        leat__spin_unlock(&leat__sched.lock);
        sched_yield();
    }
}

static bool
dead_threads_wait(void)
{
    return leat__sched.nforeign == 1 && leat__sched.nforeign_parked == 1;
}

static void *
dead_send_when_threads_wait(void *c)
{
    dead_until(dead_threads_wait);
    leat_send(*(leat_chan(int) *)c, 5);
    return NULL;
}

PLAIN_TEST(deadlock, without_a_run_a_thread_never_seen_may_still_send)
{
    leat_chan(int) c = leat_make_chan(int);
    pthread_t id;
    leat_go(dead_send, c);
    CHECK_EQ(pthread_create(&id, NULL, dead_send_when_threads_wait, &c), 0);
    CHECK_EQ(leat_recv(c), 5);
    pthread_join(id, NULL);
}

// ---- Without /proc ---------------------------------------------------------

static void
dead_hide_proc(void)
{
    if (unshare(CLONE_NEWNS) != 0 &&
        unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
        test_skip("no mounts of its own for a process");
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", "/proc", "tmpfs", 0, NULL) != 0)
        test_skip("/proc cannot be hidden");
}

static bool
dead_runtime_sleeps(void)
{
    return leat__sched.nm > 0 && leat__sched.nmidle == leat__sched.nm &&
        leat__sched.npidle == leat__sched.nprocs;
}

static void *
dead_send_when_runtime_sleeps(void *c)
{
    dead_until(dead_runtime_sleeps);
    leat_send(*(leat_chan(int) *)c, 5);
    return NULL;
}

static int
dead_main(int argc, char **argv)
{
    (void)argc, (void)argv;
    leat_chan(int) c = leat_make_chan(int);
    pthread_t id;
    CHECK_EQ(pthread_create(&id, NULL, dead_send_when_runtime_sleeps, &c), 0);
    CHECK_EQ(leat_recv(c), 5);
    pthread_join(id, NULL);
    return 0;
}

PLAIN_TEST(deadlock, without_proc_a_thread_never_seen_may_still_send)
{
    dead_hide_proc();
    leat_run(dead_main, 0, NULL);
}

static void
dead_seeded(void *arg)
{
    (void)arg;
    leat_recv(leat_make_chan(int));
}

PLAIN_TEST_WITH(deadlock, a_seeded_run_needs_no_proc_to_see_one,
    .exit_status = 2, .stderr_has = {"all goroutines are asleep"})
{
    dead_hide_proc();
    leat_test_run(1, dead_seeded, NULL);
}

static void *
dead_stays(void *fd)
{
    char byte;
    (void)!read(*(int *)fd, &byte, 1);
    return NULL;
}

// It may not call in.
PLAIN_TEST_WITH(deadlock, a_thread_beside_a_seeded_run_does_not_hide_one,
    .exit_status = 2, .stderr_has = {"all goroutines are asleep"})
{
    int fd[2];
    pthread_t id;
    CHECK_EQ(pipe(fd), 0);
    CHECK_EQ(pthread_create(&id, NULL, dead_stays, fd), 0);
    leat_test_run(1, dead_seeded, NULL);
}
