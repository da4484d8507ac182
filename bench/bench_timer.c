// SPDX-License-Identifier: MIT
// bench_timer.c: timers and tickers: the workloads of Go's time/sleep_test.go
// and time/tick_test.go. Go's collector takes the timers; here each is freed
// with leat_timer_free, inside the time.
#define BENCH_GROUP 4
#include "bench.h"

#include <stdlib.h>

static void
timer_nothing(void *arg)
{
    (void)arg;
}

// Many timers that do not fire -----------------------------------------------

enum { TIMER_LOAD = 32768 }; // made by each of procs goroutines

typedef struct leat_timer *timer_ref;

static void
timer_load(timer_ref *timers, struct leat_waitgroup *wg)
{
    for (int i = 0; i < TIMER_LOAD; i++)
        timers[i] = leat_after_func(LEAT_HOUR, timer_nothing, NULL);
    leat_waitgroup_done(wg);
}

// Runs body in parallel, among many timers that do not fire.
static void
timer_loaded(int64_t n, void (*body)(void *ctx, int64_t n))
{
    struct leat_waitgroup wg = LEAT_ZERO;
    size_t count = (size_t)bench_procs * TIMER_LOAD;
    timer_ref *timers = bench_alloc(count, sizeof *timers);
    leat_waitgroup_add(&wg, bench_procs);
    for (int i = 0; i < bench_procs; i++)
        leat_go(timer_load, timers + i * TIMER_LOAD, &wg);
    leat_waitgroup_wait(&wg);
    bench_reset();
    bench_parallel(n, 1, body, NULL);
    bench_stop();
    for (size_t i = 0; i < count; i++)
        leat_timer_free(timers[i]);
    free(timers);
}

#define TIMER_LOADED(label, name)                                              \
    static void timer_run_##name(const struct bench *b, int64_t n)             \
    {                                                                          \
        (void)b;                                                               \
        timer_loaded(n, timer_##name);                                         \
    }                                                                          \
    BENCH(label, timer_run_##name)

// AfterFunc1000 --------------------------------------------------------------

enum { TIMER_CHAIN = 1000 };

struct timer_chain {
    int left;
    int returned; // functions that will not touch this any more; atomic
    bench_bools done;
    timer_ref timers[TIMER_CHAIN + 1]; // [left]: the one that finds left
};

static void
timer_chain_fire(void *arg)
{
    struct timer_chain *chain = arg;
    int left = --chain->left;
    // The next one may have run before its handle is stored, hence the count.
    if (left >= 0)
        chain->timers[left] = leat_after_func(0, timer_chain_fire, chain);
    else
        leat_send(chain->done, true);
    __atomic_add_fetch(&chain->returned, 1, __ATOMIC_RELEASE);
}

// Frees the timers of a chain that has come to its end.
static void
timer_chain_free(struct timer_chain *chain)
{
    while (__atomic_load_n(&chain->returned, __ATOMIC_ACQUIRE) <=
        TIMER_CHAIN)
        leat_yield();
    for (int i = 0; i <= TIMER_CHAIN; i++)
        leat_timer_free(chain->timers[i]);
    leat_free(chain->done);
}

static void
timer_after_func(void *ctx, int64_t n)
{
    (void)ctx;
    for (int64_t i = 0; i < n; i++) {
        struct timer_chain chain;
        chain.left = TIMER_CHAIN;
        chain.returned = 0;
        chain.done = leat_make_chan(bool);
        chain.timers[TIMER_CHAIN] =
            leat_after_func(0, timer_chain_fire, &chain);
        leat_recv(chain.done);
        timer_chain_free(&chain);
    }
}
TIMER_LOADED("AfterFunc1000", after_func);

// One timer after the other --------------------------------------------------

static void
timer_after(void *ctx, int64_t n)
{
    (void)ctx;
    for (int64_t i = 0; i < n; i++) {
        leat_chan(int64_t) c = leat_after(1);
        leat_recv(c);
        leat_free(c);
    }
}
TIMER_LOADED("After", after);

static void
timer_stop_chan(void *ctx, int64_t n)
{
    (void)ctx;
    for (int64_t i = 0; i < n; i++) {
        timer_ref t = leat_new_timer(LEAT_SECOND);
        leat_timer_stop(t);
        leat_timer_free(t);
    }
}
TIMER_LOADED("Stop/impl=chan", stop_chan);

// A timer that sends the time from a function of its own.
struct timer_func {
    timer_ref t;
    leat_chan(int64_t) c;
};

static void
timer_func_fire(void *arg)
{
    leat_chan(int64_t) c = arg;
    leat_send(c, leat_now());
}

static struct timer_func
timer_func_new(int64_t ns)
{
    struct timer_func f;
    f.c = leat_make_chan(int64_t, 1);
    f.t = leat_after_func(ns, timer_func_fire, f.c);
    return f;
}

static void
timer_func_free(struct timer_func f)
{
    leat_timer_free(f.t);
    leat_free(f.c);
}

static void
timer_stop_func(void *ctx, int64_t n)
{
    (void)ctx;
    for (int64_t i = 0; i < n; i++) {
        struct timer_func f = timer_func_new(LEAT_SECOND);
        leat_timer_stop(f.t);
        timer_func_free(f);
    }
}
TIMER_LOADED("Stop/impl=func", stop_func);

// Many timers at once --------------------------------------------------------

enum { TIMER_MANY = 1000 };

static void
timer_done(void *arg)
{
    leat_waitgroup_done(arg);
}

static void
timer_simultaneous(void *ctx, int64_t n)
{
    (void)ctx;
    for (int64_t i = 0; i < n; i++) {
        struct leat_waitgroup wg = LEAT_ZERO;
        timer_ref timers[TIMER_MANY];
        leat_waitgroup_add(&wg, TIMER_MANY);
        for (int j = 0; j < TIMER_MANY; j++)
            timers[j] = leat_after_func(0, timer_done, &wg);
        leat_waitgroup_wait(&wg);
        for (int j = 0; j < TIMER_MANY; j++)
            leat_timer_free(timers[j]);
    }
}
TIMER_LOADED("SimultaneousAfterFunc1000", simultaneous);

static void
timer_start_stop(void *ctx, int64_t n)
{
    (void)ctx;
    for (int64_t i = 0; i < n; i++) {
        timer_ref timers[TIMER_MANY];
        for (int j = 0; j < TIMER_MANY; j++)
            timers[j] = leat_after_func(LEAT_HOUR, timer_nothing, NULL);
        for (int j = 0; j < TIMER_MANY; j++) {
            leat_timer_stop(timers[j]);
            leat_timer_free(timers[j]);
        }
    }
}
TIMER_LOADED("StartStop1000", start_stop);

// Reset ----------------------------------------------------------------------

static void
timer_reset_many(timer_ref t, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        leat_timer_reset(t, LEAT_HOUR);
    leat_timer_stop(t);
}

static void
timer_reset_chan(void *ctx, int64_t n)
{
    (void)ctx;
    timer_ref t = leat_new_timer(LEAT_HOUR);
    timer_reset_many(t, n);
    leat_timer_free(t);
}
TIMER_LOADED("Reset/impl=chan", reset_chan);

static void
timer_reset_func(void *ctx, int64_t n)
{
    (void)ctx;
    struct timer_func f = timer_func_new(LEAT_HOUR);
    timer_reset_many(f.t, n);
    timer_func_free(f);
}
TIMER_LOADED("Reset/impl=func", reset_func);

// Sleep1000 ------------------------------------------------------------------

static void
timer_sleeper(struct leat_waitgroup *wg)
{
    leat_sleep(LEAT_NANOSECOND);
    leat_waitgroup_done(wg);
}

static void
timer_sleep(void *ctx, int64_t n)
{
    (void)ctx;
    for (int64_t i = 0; i < n; i++) {
        struct leat_waitgroup wg = LEAT_ZERO;
        leat_waitgroup_add(&wg, TIMER_MANY);
        for (int j = 0; j < TIMER_MANY; j++)
            leat_go(timer_sleeper, &wg);
        leat_waitgroup_wait(&wg);
    }
}
TIMER_LOADED("Sleep1000", sleep);

// Lateness -------------------------------------------------------------------

// Adds up how late things were; on cache lines of its own, for one goroutine
// each writes to it.
struct timer_lateness {
    int64_t sum_ns;
    char pad[120];
};

static void
timer_note(struct timer_lateness *l, int64_t expected)
{
    int64_t late = leat_now() - expected;
    if (late > 0)
        l->sum_ns += late;
}

static void
timer_report(const struct timer_lateness *l, int count)
{
    int64_t sum = 0;
    for (int i = 0; i < count; i++)
        sum += l[i].sum_ns;
    bench_report(sum / count);
}

// The workload is about timers made by a thread that is too busy to serve
// them. It spins wherever waiting would let that thread serve them.
struct timer_latency {
    struct leat_waitgroup wg;
    int fired; // atomic
};

struct timer_latency_one {
    struct timer_latency *all;
    struct timer_lateness *mine;
    int64_t expected;
    timer_ref t;
};

static void
timer_latency_wait(struct timer_latency *all)
{
    while (__atomic_load_n(&all->fired, __ATOMIC_SEQ_CST) < bench_procs - 1)
        continue;
}

static void
timer_latency_fire(void *arg)
{
    struct timer_latency_one *one = arg;
    timer_note(one->mine, one->expected);
    __atomic_add_fetch(&one->all->fired, 1, __ATOMIC_SEQ_CST);
    timer_latency_wait(one->all);
    leat_waitgroup_done(&one->all->wg);
}

static void
timer_latency_round(struct timer_latency *all, struct timer_latency_one *one,
    int timers)
{
    leat_waitgroup_add(&all->wg, timers);
    __atomic_store_n(&all->fired, 0, __ATOMIC_SEQ_CST);
    for (int j = 0; j < timers; j++) {
        one[j].expected = leat_now() + LEAT_MILLISECOND;
        one[j].t = leat_after_func(
            LEAT_MILLISECOND, timer_latency_fire, &one[j]);
    }
    timer_latency_wait(all);
    leat_waitgroup_wait(&all->wg);
    for (int j = 0; j < timers; j++)
        leat_timer_free(one[j].t);
    bench_compute(LEAT_MILLISECOND);
}

static void
timer_parallel_latency(const struct bench *b, int64_t n)
{
    (void)b;
    int timers = bench_procs - 1;
    struct timer_latency all = {.fired = 0};
    struct timer_lateness *stats =
        bench_alloc((size_t)timers, sizeof *stats);
    struct timer_latency_one *one = bench_alloc((size_t)timers, sizeof *one);
    for (int j = 0; j < timers; j++)
        one[j] = (struct timer_latency_one){.all = &all, .mine = &stats[j]};
    bench_warm_up();
    bench_compute(30 * LEAT_MILLISECOND);
    bench_reset();
    for (int64_t i = 0; i < n; i++)
        timer_latency_round(&all, one, timers);
    timer_report(stats, timers);
    free(stats);
    free(one);
}
BENCH("ParallelTimerLatency", timer_parallel_latency, .procs_least = 2);

// StaggeredTickerLatency -----------------------------------------------------

#define TIMER_PERIOD (3 * LEAT_MILLISECOND)

struct timer_follow {
    struct leat_waitgroup *wg;
    timer_ref t;
    int64_t n, expected, busy_ns;
    struct timer_lateness *mine;
};

static void
timer_follow_ticks(struct timer_follow *f)
{
    int64_t expected = f->expected;
    leat_chan(int64_t) c = leat_timer_chan(f->t);
    for (int64_t i = 0; i < f->n; i++) {
        leat_recv(c);
        timer_note(f->mine, expected);
        expected += TIMER_PERIOD;
        bench_compute(f->busy_ns);
    }
    leat_timer_free(f->t);
    leat_waitgroup_done(f->wg);
}

static void
timer_staggered(const struct bench *b, int64_t n)
{
    int tickers = (int)b->arg[1] * bench_procs;
    struct timer_lateness *stats =
        bench_alloc((size_t)tickers, sizeof *stats);
    struct timer_follow *follow =
        bench_alloc((size_t)tickers, sizeof *follow);
    struct leat_waitgroup wg = LEAT_ZERO;
    bench_warm_up();
    bench_reset();
    leat_waitgroup_add(&wg, tickers);
    for (int i = 0; i < tickers; i++) {
        bench_compute(TIMER_PERIOD / bench_procs);
        follow[i] = (struct timer_follow){.wg = &wg, .n = n,
            .expected = leat_now() + TIMER_PERIOD,
            .busy_ns = b->arg[0] * LEAT_MICROSECOND, .mine = &stats[i]};
        follow[i].t = leat_new_ticker(TIMER_PERIOD);
        leat_go(timer_follow_ticks, &follow[i]);
    }
    leat_waitgroup_wait(&wg);
    timer_report(stats, tickers);
    free(stats);
    free(follow);
}

#define TIMER_STAGGERED(text, busy_us, per_p)                                  \
    BENCH("StaggeredTickerLatency/work-dur=" text "/tickers-per-P=" #per_p,    \
        timer_staggered, .procs_least = 2, .arg = {busy_us, per_p})
TIMER_STAGGERED("300us", 300, 1);
TIMER_STAGGERED("300us", 300, 2);
TIMER_STAGGERED("300us", 300, 3);
TIMER_STAGGERED("300us", 300, 4);
TIMER_STAGGERED("300us", 300, 5);
TIMER_STAGGERED("300us", 300, 6);
TIMER_STAGGERED("300us", 300, 7);
TIMER_STAGGERED("300us", 300, 8);
TIMER_STAGGERED("300us", 300, 9);
TIMER_STAGGERED("300us", 300, 10);
TIMER_STAGGERED("2ms", 2000, 1);

// AdjustTimers10000 ----------------------------------------------------------

enum { TIMER_ADJUSTED = 10000 };

static void
timer_adjust(void *ctx, int64_t n)
{
    (void)ctx;
    for (int64_t i = 0; i < n; i++) {
        timer_ref *timers = bench_alloc(TIMER_ADJUSTED, sizeof *timers);
        for (int j = 0; j < TIMER_ADJUSTED; j++)
            timers[j] = leat_after_func(LEAT_HOUR, timer_nothing, NULL);
        leat_timer_reset(timers[TIMER_ADJUSTED - 1], LEAT_NANOSECOND);
        leat_sleep(LEAT_MICROSECOND);
        for (int j = 0; j < TIMER_ADJUSTED; j++) {
            leat_timer_stop(timers[j]);
            leat_timer_free(timers[j]);
        }
        free(timers);
    }
}
TIMER_LOADED("AdjustTimers10000", adjust);

// Tickers --------------------------------------------------------------------

static void
timer_ticker(void *ctx, int64_t n)
{
    (void)ctx;
    timer_ref t = leat_new_ticker(LEAT_NANOSECOND);
    leat_chan(int64_t) c = leat_timer_chan(t);
    for (int64_t i = 0; i < n; i++)
        leat_recv(c);
    leat_timer_free(t);
}
TIMER_LOADED("Ticker", ticker);

static void
timer_ticker_reset(void *ctx, int64_t n)
{
    (void)ctx;
    timer_ref t = leat_new_ticker(LEAT_NANOSECOND);
    for (int64_t i = 0; i < n; i++)
        leat_timer_reset(t, 2 * LEAT_NANOSECOND);
    leat_timer_free(t);
}
TIMER_LOADED("TickerReset", ticker_reset);

static void
timer_ticker_reset_naive(void *ctx, int64_t n)
{
    (void)ctx;
    timer_ref t = leat_new_ticker(LEAT_NANOSECOND);
    for (int64_t i = 0; i < n; i++) {
        leat_timer_stop(t);
        leat_timer_free(t);
        t = leat_new_ticker(2 * LEAT_NANOSECOND);
    }
    leat_timer_free(t);
}
TIMER_LOADED("TickerResetNaive", ticker_reset_naive);
