// SPDX-License-Identifier: MIT
// time/timer.c: the clock, sleep, timers and tickers as channels.
//
// Idea: a timer's channel has room for one value. Firing sends without
// waiting, so that a ticker whose last tick was not taken drops the new one.
// Stop and reset first take the timer out of its heap (after which it is
// neither firing nor will it) and then empty the channel: what was sent
// before can no longer be received. That is Go's promise since 1.23.
//
// Locks: firing holds the timer heap's lock and takes the channel's; stop
// and reset hold the timer's own before both.
#include "chan/chan_int.h"
#include "mem/alloc.h"
#include "sched/until.h"
#include "time/spawn.h"

#include <leat/time.h>

struct leat_timer {
    struct leat__timer t;
    struct hchan *c; // NULL for leat_after_func
    void (*fn)(void *);
    void *arg;
    void *pc; // where leat_after_func was called
    bool ticker; // for good: t.period changes under the heap's lock
    struct leat__lock lock; // one stop or reset at a time
    struct leat_timer *owned_next; // leat_after: list of the goroutine
    struct leat__g *owner;
};

int64_t
leat_now(void)
{
    leat__init();
    return leat__nanotime();
}

int64_t
leat_deadline(int64_t ns)
{
    int64_t now = leat_now(), sum;
    return __builtin_add_overflow(now, ns, &sum) ? LEAT_FOREVER : sum;
}

// Sleep ------------------------------------------------------------------

static void
time_wake(struct leat__m *m, struct leat__timer *t, int64_t now)
{
    (void)now;
    leat__ready(m, t->arg);
}

void
leat_sleep(int64_t ns)
{
    if (ns <= 0)
        return;
    struct leat__timer t = {.fire = time_wake};
    struct leat__m *m = leat__enter();
    t.when = leat__nanotime_after(ns);
    t.arg = m->g;
    leat__park_begin(m->g, WAIT_SLEEP, NULL);
    if (t.when != LEAT_FOREVER && !leat__timer_add(m, &t))
        leat__throw("out of memory: cannot sleep" LEAT__RAISE_LIMIT);
    m = leat__park(m);
    leat__timer_del(&t); // waits until the heap is done with it
    leat__leave(m);
}

int
leat_sleep_until(int64_t deadline)
{
    struct leat__m *m = leat__enter();
    struct leat__wait_until w;
    leat__until_begin(&w, m->g, WAIT_SLEEP, NULL);
    m = leat__until_park(m, &w, deadline);
    leat__leave(m);
    return w.error == LEAT_ETIMEDOUT ? 0 : w.error;
}

// Timers with a channel --------------------------------------------------

static void
time_send(struct leat__m *m, struct leat__timer *t, int64_t now)
{
    struct hchan *c = ((struct leat_timer *)t->arg)->c;
    struct leat__g *wake = NULL;
    leat__mutex_lock(&c->lock);
    leat__chan_try_send(c, &now, &wake); // a full channel drops the tick
    leat__mutex_unlock(&c->lock);
    if (wake != NULL)
        leat__ready(m, wake);
}

// Empties c; true if there was a tick in it.
static bool
time_drain(struct hchan *c)
{
    struct leat__g *wake = NULL;
    leat__mutex_lock(&c->lock);
    bool ticked = c->qcount > 0;
    if (ticked)
        leat__chan_try_recv(c, NULL, &wake);
    leat__mutex_unlock(&c->lock);
    return ticked;
}

// A tick sent before the reset is not to be received after it.
static void
time_settle(struct leat__timer *t)
{
    struct hchan *c = ((struct leat_timer *)t->arg)->c;
    if (c != NULL && __atomic_load_n(&c->qcount, __ATOMIC_RELAXED) > 0)
        time_drain(c);
}

static struct leat_timer *
time_new(void)
{
    leat__init();
    struct leat_timer *t = leat__mem_alloc(sizeof *t, LEAT__MEM_ZERO);
    if (t != NULL)
        t->t.arg = t;
    return t;
}

static struct leat_timer *
time_new_chan(void)
{
    struct leat_timer *t = time_new();
    if (t == NULL)
        return NULL;
    t->c = leat__makechan(sizeof(int64_t), 1);
    if (t->c == NULL) {
        leat__mem_free(t, 0);
        return NULL;
    }
    t->c->flags = CHAN_TIMER | CHAN_BORROWED;
    t->t.fire = time_send;
    return t;
}

// Starts t, which is stopped, or frees it.
static struct leat_timer *
time_start(struct leat_timer *t, int64_t ns, int64_t period)
{
    if (t == NULL)
        return NULL;
    struct leat__m *m = leat__enter();
    t->t.when = leat__nanotime_after(ns < 0 ? 0 : ns);
    t->t.period = period;
    t->ticker = period > 0;
    bool ok = leat__timer_add(m, &t->t);
    if (!ok) {
        leat__mem_free(t->c, 0);
        leat__mem_free(t, 0);
    }
    leat__leave(m);
    return ok ? t : NULL;
}

struct leat_timer *
leat_new_timer(int64_t ns)
{
    return time_start(time_new_chan(), ns, 0);
}

struct leat_timer *
leat_new_ticker(int64_t ns)
{
    if (ns <= 0)
        leat__panic_text("non-positive interval for NewTicker");
    return time_start(time_new_chan(), ns, ns);
}

static void
time_spawn(struct leat__m *m, struct leat__timer *t, int64_t now)
{
    struct leat_timer *lt = t->arg;
    (void)now;
    struct leat__g *g = leat__spawn_apart(m, lt->fn, lt->arg, lt->pc);
    if (g == NULL)
        leat__throw("out of memory: cannot start the goroutine of "
                    "leat_after_func" LEAT__RAISE_LIMIT);
    leat__ready_last(m, g);
}

struct leat_timer *
leat_after_func(int64_t ns, void (*fn)(void *arg), void *arg)
{
    struct leat_timer *t = time_new();
    if (t == NULL)
        return NULL;
    t->t.fire = time_spawn;
    t->fn = fn;
    t->arg = arg;
    t->pc = __builtin_return_address(0);
    return time_start(t, ns, 0);
}

leat_chan(int64_t)
leat_timer_chan(const struct leat_timer *t)
{
    return (leat_chan(int64_t))(void *)t->c;
}

// With t->lock held. A tick nobody has received counts as not fired.
static bool
time_stop(struct leat_timer *t)
{
    bool waiting = leat__timer_del(&t->t);
    bool ticked = t->c != NULL && time_drain(t->c);
    return waiting || ticked;
}

bool
leat_timer_stop(struct leat_timer *t)
{
    struct leat__m *m = leat__enter();
    leat__mutex_lock(&t->lock);
    bool waiting = time_stop(t);
    leat__mutex_unlock(&t->lock);
    leat__leave(m);
    return waiting;
}

bool
leat_timer_reset(struct leat_timer *t, int64_t ns)
{
    if (t->ticker && ns <= 0)
        leat__panic_text("non-positive interval for Ticker.Reset");
    int64_t when = leat__nanotime_after(ns < 0 ? 0 : ns);
    int64_t period = t->ticker ? ns : 0;
    struct leat__m *m = leat__enter();
    leat__mutex_lock(&t->lock);
    bool waiting = leat__timer_move(m, &t->t, when, period, time_settle);
    if (!waiting) {
        waiting = time_stop(t);
        t->t.when = when;
        t->t.period = period;
        if (!leat__timer_add(m, &t->t))
            leat__throw("out of memory: cannot reset a timer"
                        LEAT__RAISE_LIMIT);
    }
    leat__mutex_unlock(&t->lock);
    leat__leave(m);
    return waiting;
}

void
leat_timer_free(struct leat_timer *t)
{
    if (t == NULL)
        return;
    leat__object_expect(t);
    leat_timer_stop(t);
    if (t->c != NULL) {
        t->c->flags &= (uint16_t)~CHAN_BORROWED;
        leat_chan_free((struct leat_chan *)(void *)t->c);
    }
    leat__mem_free(t, 0);
}

// leat_after -------------------------------------------------------------

static void
time_owned_end(struct leat__g *g)
{
    struct leat_timer *t = g->owned, *next;
    g->owned = NULL;
    for (; t != NULL; t = next) {
        next = t->owned_next;
        leat__timer_del(&t->t);
        if (!leat__chan_vacate(t->c))
            leat__throw("end of a goroutine while others wait for its channel "
                        "of leat_after (use leat_new_timer)");
        leat__mem_free(t->c, 0);
        leat__mem_free(t, 0);
    }
}

// The user frees a channel of leat_after: its timer goes with it.
static bool
time_release(struct leat__m *m, void *c)
{
    struct leat_timer **at = (struct leat_timer **)&m->g->owned;
    while (*at != NULL && (*at)->c != c)
        at = &(*at)->owned_next;
    struct leat_timer *t = *at;
    if (t == NULL)
        return false;
    *at = t->owned_next;
    leat__timer_del(&t->t);
    leat__mem_free(t, 0);
    return true;
}

// Before main, so that no thread sees the hooks change.
__attribute__((constructor)) static void
time_install(void)
{
    leat__hooks.owned_end = time_owned_end;
    leat__hooks.chan_release = time_release;
}

leat_chan(int64_t)
leat_after(int64_t ns)
{
    struct leat_timer *t = leat_new_timer(ns);
    if (t == NULL)
        leat__throw("out of memory: leat_after "
                    "(leat_new_timer reports this instead)");
    struct leat__m *m = leat__enter();
    t->owned_next = m->g->owned;
    m->g->owned = t;
    leat__leave(m);
    return leat_timer_chan(t);
}
