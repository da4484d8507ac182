// SPDX-License-Identifier: MIT
// bench_sync.c: locks and the like: the workloads of Go's sync package.
#define BENCH_GROUP 5
#include "bench.h"

#include <stdlib.h>

enum { SYNC_PAD = 128 }; // bytes that keep two objects off a cache line

// Mutex ----------------------------------------------------------------------

static void
sync_mutex_uncontended_body(void *ctx, int64_t n)
{
    (void)ctx;
    struct {
        struct leat_mutex m;
        char pad[SYNC_PAD];
    } mine = {.m = LEAT_ZERO};
    for (int64_t i = 0; i < n; i++) {
        leat_mutex_lock(&mine.m);
        leat_mutex_unlock(&mine.m);
    }
}

static void
sync_mutex_uncontended(const struct bench *b, int64_t n)
{
    (void)b;
    bench_parallel(n, 1, sync_mutex_uncontended_body, NULL);
}
BENCH("MutexUncontended", sync_mutex_uncontended);

struct sync_shared_mutex {
    struct leat_mutex m;
    int64_t work;
};

static void
sync_mutex_body(void *ctx, int64_t n)
{
    struct sync_shared_mutex *s = ctx;
    int64_t work = s->work;
    for (int64_t i = 0; i < n; i++) {
        leat_mutex_lock(&s->m);
        leat_mutex_unlock(&s->m);
        bench_work_if(work);
    }
}

static void
sync_mutex(const struct bench *b, int64_t n)
{
    struct sync_shared_mutex s = {.work = b->arg[1]};
    bench_parallel(n, (int)b->arg[0], sync_mutex_body, &s);
}
BENCH("Mutex", sync_mutex, .arg = {1, 0});
BENCH("MutexSlack", sync_mutex, .arg = {10, 0});
BENCH("MutexWork", sync_mutex, .arg = {1, 100});
BENCH("MutexWorkSlack", sync_mutex, .arg = {10, 100});

// The critical section of the two spin benchmarks.
struct sync_transfer {
    struct leat_mutex m;
    uint64_t from, to;
};

static void
sync_transfer_do(struct sync_transfer *t)
{
    leat_mutex_lock(&t->m);
    t->from -= 100;
    t->to += 100;
    leat_mutex_unlock(&t->m);
}

// Writes to every half cache line of data.
static void
sync_touch(uint64_t *data, size_t count)
{
    for (size_t i = 0; i < count; i += 4)
        data[i]++;
}

static void
sync_send_true(bench_bools c)
{
    leat_send(c, true);
}

// More goroutines than Ps, and each gives way often: spinning for the mutex
// would be a waste.
static void
sync_no_spin_body(void *ctx, int64_t n)
{
    enum { WORDS = 4096 };
    bench_bools c = leat_make_chan(bool);
    uint64_t *data = bench_alloc(WORDS, sizeof *data);
    for (int64_t i = 0; i < n; i++) {
        if (i % 4 == 0) {
            sync_transfer_do(ctx);
            continue;
        }
        sync_touch(data, WORDS);
        leat_go(sync_send_true, c);
        leat_recv(c);
    }
    free(data);
    leat_free(c);
}

static void
sync_no_spin(const struct bench *b, int64_t n)
{
    (void)b;
    struct sync_transfer t = {.from = 0};
    bench_parallel(n, 4, sync_no_spin_body, &t);
}
BENCH("MutexNoSpin", sync_no_spin);

// One goroutine per P with much data in its cache: parking for the mutex would
// be a waste.
static void
sync_spin_body(void *ctx, int64_t n)
{
    enum { WORDS = 16384 };
    uint64_t *data = bench_alloc(WORDS, sizeof *data);
    for (int64_t i = 0; i < n; i++) {
        sync_transfer_do(ctx);
        sync_touch(data, WORDS);
    }
    free(data);
}

static void
sync_spin(const struct bench *b, int64_t n)
{
    (void)b;
    struct sync_transfer t = {.from = 0};
    bench_parallel(n, 1, sync_spin_body, &t);
}
BENCH("MutexSpin", sync_spin);

// RWMutex --------------------------------------------------------------------

static void
sync_rw_uncontended_body(void *ctx, int64_t n)
{
    (void)ctx;
    struct {
        struct leat_rwmutex rw;
        char pad[SYNC_PAD];
    } mine = {.rw = LEAT_ZERO};
    for (int64_t i = 0; i < n; i++) {
        leat_rwmutex_rlock(&mine.rw);
        leat_rwmutex_rlock(&mine.rw);
        leat_rwmutex_runlock(&mine.rw);
        leat_rwmutex_runlock(&mine.rw);
        leat_rwmutex_lock(&mine.rw);
        leat_rwmutex_unlock(&mine.rw);
    }
}

static void
sync_rw_uncontended(const struct bench *b, int64_t n)
{
    (void)b;
    bench_parallel(n, 1, sync_rw_uncontended_body, NULL);
}
BENCH("RWMutexUncontended", sync_rw_uncontended);

struct sync_shared_rw {
    struct leat_rwmutex rw;
    int64_t write_every, work;
};

static void
sync_rw_body(void *ctx, int64_t n)
{
    struct sync_shared_rw *s = ctx;
    int64_t write_every = s->write_every, work = s->work, foo = 0;
    for (int64_t i = 0; i < n; i++) {
        foo++;
        if (foo % write_every == 0) {
            leat_rwmutex_lock(&s->rw);
            leat_rwmutex_unlock(&s->rw);
            continue;
        }
        leat_rwmutex_rlock(&s->rw);
        if (work > 0)
            foo = bench_arithmetic(foo, work);
        leat_rwmutex_runlock(&s->rw);
    }
}

static void
sync_rw(const struct bench *b, int64_t n)
{
    struct sync_shared_rw s = {.write_every = b->arg[0], .work = b->arg[1]};
    bench_parallel(n, 1, sync_rw_body, &s);
}
BENCH("RWMutexWrite100", sync_rw, .arg = {100, 0});
BENCH("RWMutexWrite10", sync_rw, .arg = {10, 0});
BENCH("RWMutexWorkWrite100", sync_rw, .arg = {100, 100});
BENCH("RWMutexWorkWrite10", sync_rw, .arg = {10, 100});

// WaitGroup ------------------------------------------------------------------

static void
sync_wg_uncontended_body(void *ctx, int64_t n)
{
    (void)ctx;
    struct {
        struct leat_waitgroup wg;
        char pad[SYNC_PAD];
    } mine = {.wg = LEAT_ZERO};
    for (int64_t i = 0; i < n; i++) {
        leat_waitgroup_add(&mine.wg, 1);
        leat_waitgroup_done(&mine.wg);
        leat_waitgroup_wait(&mine.wg);
    }
}

static void
sync_wg_uncontended(const struct bench *b, int64_t n)
{
    (void)b;
    bench_parallel(n, 1, sync_wg_uncontended_body, NULL);
}
BENCH("WaitGroupUncontended", sync_wg_uncontended);

struct sync_shared_wg {
    struct leat_waitgroup wg;
    int64_t work;
};

static void
sync_wg_add_done_body(void *ctx, int64_t n)
{
    struct sync_shared_wg *s = ctx;
    int64_t work = s->work;
    for (int64_t i = 0; i < n; i++) {
        leat_waitgroup_add(&s->wg, 1);
        bench_work_if(work);
        leat_waitgroup_done(&s->wg);
    }
}

static void
sync_wg_add_done(const struct bench *b, int64_t n)
{
    struct sync_shared_wg s = {.work = b->arg[0]};
    bench_parallel(n, 1, sync_wg_add_done_body, &s);
}
BENCH("WaitGroupAddDone", sync_wg_add_done);
BENCH("WaitGroupAddDoneWork", sync_wg_add_done, .arg = {100});

static void
sync_wg_wait_body(void *ctx, int64_t n)
{
    struct sync_shared_wg *s = ctx;
    int64_t work = s->work;
    for (int64_t i = 0; i < n; i++) {
        leat_waitgroup_wait(&s->wg);
        bench_work_if(work);
    }
}

static void
sync_wg_wait(const struct bench *b, int64_t n)
{
    struct sync_shared_wg s = {.work = b->arg[0]};
    bench_parallel(n, 1, sync_wg_wait_body, &s);
}
BENCH("WaitGroupWait", sync_wg_wait);
BENCH("WaitGroupWaitWork", sync_wg_wait, .arg = {100});

static void
sync_wg_actually_body(void *ctx, int64_t n)
{
    (void)ctx;
    for (int64_t i = 0; i < n; i++) {
        struct leat_waitgroup wg = LEAT_ZERO;
        leat_waitgroup_add(&wg, 1);
        leat_go(leat_waitgroup_done, &wg);
        leat_waitgroup_wait(&wg);
    }
}

static void
sync_wg_actually(const struct bench *b, int64_t n)
{
    (void)b;
    bench_parallel(n, 1, sync_wg_actually_body, NULL);
}
BENCH("WaitGroupActuallyWait", sync_wg_actually);

// Cond -----------------------------------------------------------------------

struct sync_cond {
    struct leat_mutex m;
    struct leat_cond c;
    int64_t arrived, waiters, n;
    bench_bools done;
};

static void
sync_cond_member(struct sync_cond *s)
{
    for (int64_t i = 0; i < s->n; i++) {
        leat_mutex_lock(&s->m);
        if (s->arrived == -1) {
            leat_mutex_unlock(&s->m);
            break;
        }
        s->arrived++;
        if (s->arrived == s->waiters + 1) {
            s->arrived = 0;
            leat_cond_broadcast(&s->c);
        } else {
            leat_cond_wait(&s->c);
        }
        leat_mutex_unlock(&s->m);
    }
    // Whoever is through lets the others out.
    leat_mutex_lock(&s->m);
    s->arrived = -1;
    leat_cond_broadcast(&s->c);
    leat_mutex_unlock(&s->m);
    leat_send(s->done, true);
}

static void
sync_cond(const struct bench *b, int64_t n)
{
    struct sync_cond s = {
        .waiters = b->arg[0], .n = n, .done = leat_make_chan(bool)};
    s.c.l = &s.m;
    for (int64_t i = 0; i < s.waiters + 1; i++)
        leat_go(sync_cond_member, &s);
    for (int64_t i = 0; i < s.waiters + 1; i++)
        leat_recv(s.done);
    leat_free(s.done);
}
BENCH("Cond1", sync_cond, .arg = {1});
BENCH("Cond2", sync_cond, .arg = {2});
BENCH("Cond4", sync_cond, .arg = {4});
BENCH("Cond8", sync_cond, .arg = {8});
BENCH("Cond16", sync_cond, .arg = {16});
BENCH("Cond32", sync_cond, .arg = {32});

// Once, Pool -----------------------------------------------------------------

static void
sync_nothing(void *arg)
{
    (void)arg;
}

static void
sync_once_body(void *ctx, int64_t n)
{
    struct leat_once *o = ctx;
    for (int64_t i = 0; i < n; i++)
        leat_once_do(o, sync_nothing, NULL);
}

static void
sync_once(const struct bench *b, int64_t n)
{
    (void)b;
    struct leat_once o = LEAT_ZERO;
    bench_parallel(n, 1, sync_once_body, &o);
}
BENCH("Once", sync_once);

struct sync_shared_pool {
    struct leat_pool *pool;
    int64_t puts, gets;
};

static void
sync_pool_body(void *ctx, int64_t n)
{
    static char constant; // what is put: needs no allocation
    struct sync_shared_pool *s = ctx;
    int64_t puts = s->puts, gets = s->gets;
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j < puts; j++)
            leat_pool_put(s->pool, &constant);
        for (int64_t j = 0; j < gets; j++)
            leat_pool_get(s->pool);
    }
}

static void
sync_pool(const struct bench *b, int64_t n)
{
    struct sync_shared_pool s = {.pool = leat_new_pool(NULL, NULL, NULL),
        .puts = b->arg[0], .gets = b->arg[1]};
    bench_check(s.pool != NULL, "a new pool");
    bench_parallel(n, 1, sync_pool_body, &s);
    leat_pool_free(s.pool);
}
BENCH("Pool", sync_pool, .arg = {1, 1});
BENCH("PoolOverflow", sync_pool, .arg = {100, 100});
BENCH("PoolStarvation", sync_pool, .arg = {67, 100});
