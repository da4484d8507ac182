// SPDX-License-Identifier: MIT
// test_timer_oom.c: timers, sleeps, deadlines and large selects when memory
// runs out at this very call: an error where the header names one, else a
// message and nothing half done.
#include "unit/test_sync_util.h"

#include "os/fault.h"
#include "sched/sched.h"

#include <leat/fd.h>

#include <stdio.h>
#include <unistd.h>

enum { OOM_HEAP_FIRST = 64 }; // timers a heap has room for at first

// The n-th call of a kind from here on fails, and with `all` the later too.
static void
oom_at(const char *kind, int n, const char *all)
{
    char text[64];
    snprintf(text, sizeof text, "%s:%llu%s", kind,
        (unsigned long long)leat__fault_calls() + (unsigned)n, all);
    CHECK(leat__fault_parse(text));
}

static void
oom_none(void)
{
    leat__fault_on = false;
}

static void
oom_nothing(void *arg)
{
    (void)arg;
}

// ---- What is reported ------------------------------------------------------

// The timer, its channel, its place in the heap.
TEST_WITH(oom, a_timer_that_cannot_be_made_is_null, .env = {"LEATPROCS=1"})
{
    for (int n = 1; n <= 3; n++) {
        oom_at("malloc", n, "");
        CHECK(leat_new_timer(LEAT_HOUR) == NULL);
        oom_none();
    }
    for (int n = 1; n <= 2; n++) {
        oom_at("malloc", n, "");
        CHECK(leat_after_func(LEAT_HOUR, oom_nothing, NULL) == NULL);
        oom_none();
    }
    for (int n = 1; n <= 3; n++) {
        oom_at("malloc", n, "");
        CHECK(leat_new_ticker(LEAT_HOUR) == NULL);
        oom_none();
    }
    struct leat_timer *t = leat_new_timer(1);
    CHECK(t != NULL);
    leat_recv(leat_timer_chan(t));
    leat_timer_free(t);
}

// ---- What is fatal ---------------------------------------------------------

// Leaves the heap of the only P full, with a timer that is stopped.
static struct leat_timer *
oom_fill_heap(void)
{
    struct leat_timer *stopped = leat_new_timer(LEAT_HOUR);
    leat_timer_stop(stopped);
    for (int i = 0; i < OOM_HEAP_FIRST; i++)
        CHECK(leat_new_timer(LEAT_HOUR) != NULL);
    oom_at("malloc", 1, "+");
    return stopped;
}

#define OOM_FATAL(name, text)                                                  \
    TEST_WITH(oom, name, .env = {"LEATPROCS=1"}, .exit_status = 2,             \
        .stderr_has = {"fatal error: out of memory: " text})
// ThreadSanitizer has no room for as many stacks as a slab has.
#define OOM_STACKS(name, text)                                                 \
    TEST_WITH(oom, name, .env = {"LEATPROCS=1"}, .exit_status = 2,             \
        .skip_under = TEST_TSAN,                                               \
        .stderr_has = {"fatal error: out of memory: " text})

OOM_FATAL(a_timer_that_cannot_be_reset_is_fatal, "cannot reset a timer; raise")
{
    leat_timer_reset(oom_fill_heap(), LEAT_HOUR);
}

TEST_WITH(oom, a_wait_for_a_descriptor_without_memory_is_an_error,
    .env = {"LEATPROCS=1"})
{
    int p[2];
    CHECK_EQ(pipe(p), 0);
    CHECK_EQ(leat_wait_fd(p[0], LEAT_READ, leat_deadline(LEAT_MILLISECOND)),
        LEAT_ETIMEDOUT);
    oom_fill_heap();
    CHECK_EQ(leat_wait_fd(p[0], LEAT_READ, leat_deadline(LEAT_HOUR)),
        LEAT_ENOMEM);
    CHECK_EQ(leat__hooks.netpoll_waiters(), 0);
}

OOM_FATAL(a_sleep_without_memory_is_fatal, "cannot sleep; raise the limit")
{
    oom_fill_heap();
    leat_sleep(1);
}

OOM_FATAL(a_deadline_without_memory_is_fatal, "cannot arm a deadline; raise")
{
    leat_chan(int) c = leat_make_chan(int);
    oom_fill_heap();
    leat_recv_until(c, NULL, leat_deadline(LEAT_HOUR));
}

OOM_FATAL(after_without_memory_is_fatal, "leat_after (leat_new_timer reports")
{
    oom_at("malloc", 1, "");
    leat_after(1);
}

static void
oom_select(int n)
{
    struct leat_case k[20];
    leat_chan(int) c = leat_make_chan(int);
    for (int i = 0; i < 20; i++)
        k[i] = (struct leat_case){
            .ch = (struct leat_chan *)(void *)c, .op = LEAT_CASE_RECV};
    oom_at("malloc", n, "");
    leat_select_cases(k, 20, 0, 0);
}

OOM_FATAL(a_large_select_without_memory_for_its_waiters_is_fatal,
    "select with 20 cases; raise the limit")
{
    oom_select(1);
}

OOM_FATAL(a_large_select_without_memory_for_its_order_is_fatal,
    "select with 20 cases; raise the limit")
{
    oom_select(2);
}

static void
oom_park(leat_chan(int) c)
{
    leat_recv(c);
}

// No goroutine can be made any more.
static void
oom_use_up_stacks(void)
{
    leat_chan(int) c = leat_make_chan(int);
    oom_at("mmap", 1, "+");
    while (leat_try_go(oom_park, c) == 0)
        ;
}

// Not before the stacks are used up, which takes an emulator a while.
#define OOM_LATER (200 * LEAT_MILLISECOND)

OOM_STACKS(a_function_that_cannot_be_started_after_a_while_is_fatal,
    "cannot start the goroutine of leat_after_func; raise the limit")
{
    CHECK(leat_after_func(OOM_LATER, oom_nothing, NULL) != NULL);
    oom_use_up_stacks();
    for (;;)
        leat_yield();
}

OOM_STACKS(a_context_whose_function_cannot_be_started_is_fatal,
    "cannot start the function of a context that has ended; raise the limit")
{
    struct leat_context *ctx = leat_with_cancel(NULL);
    CHECK(leat_context_after_func(ctx, oom_nothing, NULL) != NULL);
    oom_use_up_stacks();
    leat_context_cancel(ctx, 0);
}

TEST_WITH(oom, a_context_ends_at_its_deadline_without_memory,
    .skip_under = TEST_ASAN | TEST_TSAN)
{
    struct leat_context *ctx = leat_with_timeout(NULL, OOM_LATER);
    CHECK(ctx != NULL);
    oom_use_up_stacks();
    while (leat_context_error(ctx) == 0)
        leat_yield();
    CHECK_EQ(leat_context_error(ctx), LEAT_ETIMEDOUT);
}

// A timer on the second P and none ever on the first: there is no heap yet
// for what is to be moved.
static void
oom_fire(struct leat__m *m, struct leat__timer *t, int64_t now)
{
    (void)m;
    (void)t;
    (void)now;
}

// Both of two goroutines try, since each may stay on the P it is on.
static void
oom_timer_on_second_p(_Atomic bool *made)
{
    static struct leat__timer timer = {.fire = oom_fire};
    static _Atomic bool claimed;
    while (!*made) {
        struct leat__m *m = leat__enter();
        if (m->p != NULL && m->p->id == 1 && !atomic_exchange(&claimed, true)) {
            timer.when = leat_deadline(LEAT_HOUR);
            *made = leat__timer_add(m, &timer);
        }
        leat__leave(m);
        leat_yield();
    }
}

TEST_WITH(oom, timers_that_cannot_be_moved_from_a_p_that_goes_are_fatal,
    .env = {"LEATPROCS=2"}, .exit_status = 2,
    .stderr_has = {"fatal error: out of memory: cannot move timers; raise"})
{
    _Atomic bool made = false;
    leat_go(oom_timer_on_second_p, &made);
    oom_timer_on_second_p(&made);
    CHECK_EQ(leat__sched.allp[0]->timers.cap, 0);
    oom_at("malloc", 1, "+");
    leat_gomaxprocs(1);
    FAIL("the timer was moved without memory");
}
