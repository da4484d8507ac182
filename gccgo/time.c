// SPDX-License-Identifier: MIT
// gccgo/time.c: the clock, sleep and the timers of package time, by src/sched's
// timer heaps.
//
// Package time keeps its timers in structs of its own; ours hangs at one. A
// timer of a channel sends the time of its firing without waiting, any other
// one is AfterFunc's and starts a goroutine.
#include "gccgo/abi.h"

#include "chan/chan_int.h"
#include "sched/sched.h"

#include <time.h>

// Wall time in a seeded run, where time begins with the program: that of Go's
// playground.
#define TIME_SEEDED_EPOCH ((int64_t)1257894000)

struct go_now {
    int64_t sec;
    int32_t nsec;
    int64_t mono;
};

struct go_now leat__go_now(void) GO_NAME("time.now");
struct go_now
leat__go_now(void)
{
    int64_t mono = leat__nanotime();
    struct timespec wall;
    if (leat__sched.seeded) {
        wall.tv_sec = TIME_SEEDED_EPOCH + mono / LEAT_SECOND;
        wall.tv_nsec = mono % LEAT_SECOND;
    } else {
        clock_gettime(CLOCK_REALTIME, &wall);
    }
    return (struct go_now){wall.tv_sec, (int32_t)wall.tv_nsec, mono};
}

int64_t leat__go_nanotime(void) GO_NAME("runtime.nanotime");
int64_t
leat__go_nanotime(void)
{
    return leat__nanotime();
}

int64_t leat__go_sync_nanotime(void) GO_NAME("sync.runtime__nanotime");
int64_t
leat__go_sync_nanotime(void)
{
    return leat__nanotime();
}

int64_t leat__go_ticks_per_second(void) GO_NAME("runtime.tickspersecond");
int64_t
leat__go_ticks_per_second(void)
{
    return LEAT_SECOND;
}

void leat__go_sleep(int64_t ns) GO_NAME("time.Sleep");
void
leat__go_sleep(int64_t ns)
{
    leat_sleep(ns);
}

// Timers --------------------------------------------------------------------

// time.runtimeTimer.
struct go_timer {
    struct leat__timer *ours; // NULL: never started
    int64_t when;
    int64_t period;
    const struct go_func *fn; // func(any, uintptr)
    struct go_eface arg;
    uintptr_t seq;
    int64_t next_when;
    uint32_t status;
};

// time.Time and time.Now, if the program has the package.
struct go_time {
    uint64_t wall;
    int64_t ext;
    void *location;
};
struct go_time leat__go_time_now(void) GO_NAME("time.Now")
    __attribute__((weak));

typedef void timer_fn(struct go_eface, uintptr_t);

static void
timer_call(void *arg)
{
    struct go_timer *t = arg;
    GO_CALL(t->fn, timer_fn, t->arg, t->seq);
}

static void
timer_fire(struct leat__m *m, struct leat__timer *ours, int64_t now)
{
    struct go_timer *t = ours->arg;
    struct leat__g *wake = NULL;
    (void)now;
    if ((t->arg.type->kind & GO_KIND_MASK) == GO_CHAN) {
        struct hchan *c = t->arg.data;
        struct go_time tick = leat__go_time_now();
        leat__mutex_lock(&c->lock);
        leat__chan_try_send(c, &tick, &wake); // a full channel drops it
        leat__mutex_unlock(&c->lock);
        if (wake != NULL)
            leat__ready(m, wake);
        return;
    }
    struct leat__g *g = leat__spawn(m, NULL, timer_call, t, NULL);
    if (g == NULL)
        leat__throw("runtime: out of memory: cannot start the goroutine of "
                    "a timer");
    leat__ready_last(m, g);
}

// Starts t, which is stopped.
static void
timer_start(struct go_timer *t)
{
    if (t->ours == NULL)
        t->ours = leat__go_alloc(sizeof *t->ours, true);
    t->ours->fire = timer_fire;
    t->ours->arg = t;
    t->ours->when = t->when < 0 ? LEAT_FOREVER : t->when;
    t->ours->period = t->period;
    struct leat__m *m = leat__enter();
    bool ok = leat__timer_add(m, t->ours);
    leat__leave(leat__this_m());
    if (!ok)
        leat__throw("runtime: out of memory: cannot start a timer");
}

static bool
timer_stop(struct go_timer *t)
{
    if (t->ours == NULL)
        return false;
    struct leat__m *m = leat__enter();
    bool waiting = leat__timer_del(t->ours);
    leat__leave(m);
    return waiting;
}

void leat__go_start_timer(struct go_timer *t) GO_NAME("time.startTimer");
void
leat__go_start_timer(struct go_timer *t)
{
    timer_start(t);
}

bool leat__go_stop_timer(struct go_timer *t) GO_NAME("time.stopTimer");
bool
leat__go_stop_timer(struct go_timer *t)
{
    return timer_stop(t);
}

bool leat__go_reset_timer(struct go_timer *t, int64_t when)
    GO_NAME("time.resetTimer");
bool
leat__go_reset_timer(struct go_timer *t, int64_t when)
{
    bool waiting = timer_stop(t);
    t->when = when;
    timer_start(t);
    return waiting;
}

void leat__go_mod_timer(struct go_timer *t, int64_t when, int64_t period,
    const struct go_func *fn, struct go_eface arg, uintptr_t seq)
    GO_NAME("time.modTimer");
void
leat__go_mod_timer(struct go_timer *t, int64_t when, int64_t period,
    const struct go_func *fn, struct go_eface arg, uintptr_t seq)
{
    timer_stop(t);
    t->when = when;
    t->period = period;
    t->fn = fn;
    t->arg = arg;
    t->seq = seq;
    timer_start(t);
}
