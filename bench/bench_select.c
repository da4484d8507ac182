// SPDX-License-Identifier: MIT
// bench_select.c: select: the workloads of Go's runtime/chan_test.go that have
// a select in them, SelectNonblock with its try calls among them.
#define BENCH_GROUP 2
#include "bench.h"

enum {
    SELECT_PER_TURN = 1000,  // as in ChanProdCons
    SELECT_LISTENERS = 1000  // of ChanPopular
};

// Two channels that a value goes back and forth between ---------------------

struct select_pair {
    bench_ints a, b;
};

static void
select_bounce(struct select_pair *pair, int64_t n)
{
    bench_ints a = pair->a, b = pair->b;
    for (int64_t i = 0; i < n; i++) {
        switch (leat_select(leat_case_recv(a, NULL), leat_case_recv(b, NULL))) {
        case 0:
            leat_send(b, 0);
            break;
        case 1:
            leat_send(a, 0);
            break;
        }
    }
}

static void
select_uncontended_body(void *ctx, int64_t n)
{
    (void)ctx;
    struct select_pair pair = {
        leat_make_chan(int64_t, 1), leat_make_chan(int64_t, 1)};
    leat_send(pair.a, 0);
    select_bounce(&pair, n);
    leat_free(pair.a);
    leat_free(pair.b);
}

static void
select_uncontended(const struct bench *b, int64_t n)
{
    (void)b;
    bench_parallel(n, 1, select_uncontended_body, NULL);
}
BENCH("SelectUncontended", select_uncontended);

static void
select_async_body(void *ctx, int64_t n)
{
    struct select_pair *pair = ctx;
    leat_send(pair->a, 0);
    select_bounce(pair, n);
}

static void
select_async_contended(const struct bench *b, int64_t n)
{
    (void)b;
    struct select_pair pair = {leat_make_chan(int64_t, bench_procs),
        leat_make_chan(int64_t, bench_procs)};
    bench_parallel(n, 1, select_async_body, &pair);
    leat_free(pair.a);
    leat_free(pair.b);
}

// SelectSyncContended --------------------------------------------------------

struct select_sync {
    bench_ints c[3], done;
    struct leat_waitgroup senders; // until the channels can be freed
};

static void
select_sync_sender(struct select_sync *s)
{
    while (leat_select(leat_case_send(s->c[0], 0), leat_case_send(s->c[1], 0),
               leat_case_send(s->c[2], 0),
               leat_case_recv(s->done, NULL)) != 3)
        continue;
    leat_waitgroup_done(&s->senders);
}

static void
select_sync_body(void *ctx, int64_t n)
{
    struct select_sync *s = ctx;
    leat_waitgroup_add(&s->senders, 1);
    leat_go(select_sync_sender, s);
    for (int64_t i = 0; i < n; i++)
        leat_select(leat_case_recv(s->c[0], NULL),
            leat_case_recv(s->c[1], NULL), leat_case_recv(s->c[2], NULL));
}

static void
select_sync_contended(const struct bench *b, int64_t n)
{
    (void)b;
    struct select_sync s = {.c = {leat_make_chan(int64_t),
                                leat_make_chan(int64_t),
                                leat_make_chan(int64_t)},
        .done = leat_make_chan(int64_t)};
    bench_reset();
    bench_parallel(n, 1, select_sync_body, &s);
    bench_stop();
    leat_close(s.done);
    leat_waitgroup_wait(&s.senders);
    for (int i = 0; i < 3; i++)
        leat_free(s.c[i]);
    leat_free(s.done);
}
BENCH("SelectSyncContended", select_sync_contended);
BENCH("SelectAsyncContended", select_async_contended);

// SelectNonblock -------------------------------------------------------------

struct select_four {
    bench_ints a, b, c, d;
};

static void
select_nonblock_body(void *ctx, int64_t n)
{
    struct select_four *s = ctx;
    for (int64_t i = 0; i < n; i++) {
        leat_try_recv(s->a, NULL);
        leat_try_send(s->b, 0);
        leat_try_recv(s->c, NULL);
        leat_try_send(s->d, 0);
    }
}

static void
select_nonblock(const struct bench *b, int64_t n)
{
    (void)b;
    struct select_four s = {leat_make_chan(int64_t), leat_make_chan(int64_t),
        leat_make_chan(int64_t, 1), leat_make_chan(int64_t, 1)};
    bench_parallel(n, 1, select_nonblock_body, &s);
    leat_free(s.a);
    leat_free(s.b);
    leat_free(s.c);
    leat_free(s.d);
}
BENCH("SelectNonblock", select_nonblock);

// SelectProdCons -------------------------------------------------------------

struct select_prodcons {
    int32_t left; // turns not taken; atomic
    bench_ints c;
    bench_bools quit, done;
};

static void
select_producer(struct select_prodcons *s)
{
    leat_chan(int64_t) timeout = leat_after(LEAT_HOUR);
    while (__atomic_sub_fetch(&s->left, 1, __ATOMIC_SEQ_CST) >= 0) {
        for (int i = 0; i < SELECT_PER_TURN; i++) {
            bench_work(100);
            leat_select(leat_case_send(s->c, 1), leat_case_recv(timeout, NULL),
                leat_case_recv(s->quit, NULL));
        }
    }
    leat_send(s->c, 0);
    leat_send(s->done, true);
}

static void
select_consumer(struct select_prodcons *s)
{
    leat_chan(int64_t) timeout = leat_after(LEAT_HOUR);
    for (int64_t v = 1; v != 0;) {
        leat_select(leat_case_recv(s->c, &v), leat_case_recv(timeout, NULL),
            leat_case_recv(s->quit, NULL));
        if (v != 0)
            bench_work(100);
    }
    leat_send(s->done, true);
}

static void
select_prodcons(const struct bench *b, int64_t n)
{
    (void)b;
    struct select_prodcons s = {.left = (int32_t)(n / SELECT_PER_TURN),
        .c = leat_make_chan(int64_t, 128), .quit = leat_make_chan(bool),
        .done = leat_make_chan(bool, 2 * bench_procs)};
    for (int i = 0; i < bench_procs; i++) {
        leat_go(select_producer, &s);
        leat_go(select_consumer, &s);
    }
    for (int i = 0; i < 2 * bench_procs; i++)
        leat_recv(s.done);
    leat_free(s.c);
    leat_free(s.quit);
    leat_free(s.done);
}
BENCH("SelectProdCons", select_prodcons, .granule = SELECT_PER_TURN);

// ChanPopular ----------------------------------------------------------------

static void
select_listen(bench_bools popular, bench_bools mine, int64_t n,
    struct leat_waitgroup *wg)
{
    for (int64_t i = 0; i < n; i++)
        leat_select(leat_case_recv(popular, NULL), leat_case_recv(mine, NULL));
    leat_waitgroup_done(wg);
}

static void
select_popular(const struct bench *b, int64_t n)
{
    (void)b;
    bench_bools popular = leat_make_chan(bool);
    bench_bools own[SELECT_LISTENERS];
    struct leat_waitgroup wg = LEAT_ZERO;
    leat_waitgroup_add(&wg, SELECT_LISTENERS);
    for (int i = 0; i < SELECT_LISTENERS; i++) {
        own[i] = leat_make_chan(bool);
        leat_go(select_listen, popular, own[i], n, &wg);
    }
    for (int64_t i = 0; i < n; i++)
        for (int j = 0; j < SELECT_LISTENERS; j++)
            leat_send(own[j], true);
    leat_waitgroup_wait(&wg);
    for (int i = 0; i < SELECT_LISTENERS; i++)
        leat_free(own[i]);
    leat_free(popular);
}
BENCH("ChanPopular", select_popular);
