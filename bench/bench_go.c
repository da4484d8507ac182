// SPDX-License-Identifier: MIT
// bench_go.c: starting, waking and ending goroutines: the workloads of Go's
// runtime/proc_test.go.
#define BENCH_GROUP 3
#include "bench.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

// PingPongHog ----------------------------------------------------------------

struct go_players {
    bench_bools stop, done, ping, pong;
    int64_t n;
};

static void
go_hog(struct go_players *s)
{
    while (leat_try_recv(s->stop, NULL) == LEAT_EAGAIN)
        continue;
    leat_send(s->done, true);
}

static void
go_first_player(struct go_players *s)
{
    for (int64_t i = 0; i < s->n; i++)
        leat_send(s->pong, leat_recv(s->ping));
    leat_close(s->stop);
    leat_send(s->done, true);
}

static void
go_second_player(struct go_players *s)
{
    for (int64_t i = 0; i < s->n; i++)
        leat_send(s->ping, leat_recv(s->pong));
    leat_send(s->done, true);
}

static void
go_ping_pong_hog(const struct bench *b, int64_t n)
{
    (void)b;
    struct go_players s = {leat_make_chan(bool), leat_make_chan(bool),
        leat_make_chan(bool), leat_make_chan(bool), n};
    leat_go(go_hog, &s);
    leat_go(go_first_player, &s);
    leat_go(go_second_player, &s);
    bench_reset();
    leat_send(s.ping, true);
    leat_recv(s.stop);
    bench_stop();
    leat_recv(s.ping); // the last send of the second player
    for (int i = 0; i < 3; i++)
        leat_recv(s.done);
    leat_free(s.stop);
    leat_free(s.done);
    leat_free(s.ping);
    leat_free(s.pong);
}
BENCH("PingPongHog", go_ping_pong_hog, .procs_most = 1, .least_ms = 500);

// CreateGoroutines -----------------------------------------------------------

static void
go_link(int64_t n, bench_bools done)
{
    if (n == 0)
        leat_send(done, true);
    else
        leat_go(go_link, n - 1, done);
}

// Starts chains of goroutines that each start the next, n in all.
static void
go_chains(int64_t n, int chains)
{
    bench_bools done = leat_make_chan(bool);
    for (int i = 0; i < chains; i++)
        leat_go(go_link, n / chains, done);
    for (int i = 0; i < chains; i++)
        leat_recv(done);
    leat_free(done);
}

static void
go_create(const struct bench *b, int64_t n)
{
    (void)b;
    go_chains(n, 1);
}
BENCH("CreateGoroutines", go_create);

static void
go_create_parallel(const struct bench *b, int64_t n)
{
    (void)b;
    go_chains(n, bench_procs);
}
BENCH("CreateGoroutinesParallel", go_create_parallel,
    .granule = BENCH_GRANULE_PROCS);

enum { GO_CAPTURE = 4 };

static void
go_capture_one(int64_t j, int64_t *out_of_range, struct leat_waitgroup *wg)
{
    if (j >= GO_CAPTURE)
        ++*out_of_range;
    leat_waitgroup_done(wg);
}

static void
go_create_capture(const struct bench *b, int64_t n)
{
    (void)b;
    int64_t out_of_range = 0;
    for (int64_t i = 0; i < n; i++) {
        struct leat_waitgroup wg = LEAT_ZERO;
        leat_waitgroup_add(&wg, GO_CAPTURE);
        for (int64_t j = 0; j < GO_CAPTURE; j++)
            leat_go(go_capture_one, j, &out_of_range, &wg);
        leat_waitgroup_wait(&wg);
    }
    bench_check(out_of_range == 0, "an argument of a goroutine");
}
BENCH("CreateGoroutinesCapture", go_create_capture);

static void
go_create_single(const struct bench *b, int64_t n)
{
    (void)b;
    bench_warm_up();
    struct leat_waitgroup wg = LEAT_ZERO;
    bench_reset();
    leat_waitgroup_add(&wg, (int)n);
    for (int64_t i = 0; i < n; i++)
        leat_go(leat_waitgroup_done, &wg);
    leat_waitgroup_wait(&wg);
}
BENCH("CreateGoroutinesSingle", go_create_single);

// Matmult --------------------------------------------------------------------

typedef double **go_matrix;

struct go_product {
    go_matrix a, b, c;
};

// The part of a product that one call computes.
struct go_block {
    int64_t i0, i1, j0, j1, k0, k1;
};

enum { GO_BLOCK_MAX = 8 }; // below this a side is not halved any more

static go_matrix
go_matrix_make(int64_t n)
{
    go_matrix m = bench_alloc((size_t)n, sizeof *m);
    for (int64_t i = 0; i < n; i++) {
        m[i] = bench_alloc((size_t)n, sizeof **m);
        for (int64_t j = 0; j < n; j++)
            m[i][j] = (double)(i * n + j);
    }
    return m;
}

static void
go_matrix_free(go_matrix m, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        free(m[i]);
    free(m);
}

static void
go_multiply_block(const struct go_product *p, const struct go_block *at)
{
    for (int64_t i = at->i0; i < at->i1; i++)
        for (int64_t j = at->j0; j < at->j1; j++)
            for (int64_t k = at->k0; k < at->k1; k++)
                p->c[i][j] += p->a[i][k] * p->b[k][j];
}

static void go_multiply(const struct go_product *p, const struct go_block *at);

static void
go_multiply_half(const struct go_product *p, const struct go_block *at,
    bench_empties done)
{
    go_multiply(p, at);
    leat_send(done, BENCH_EMPTY);
}

static void
go_multiply_both(const struct go_product *p, const struct go_block *first,
    const struct go_block *second)
{
    bench_empties done = leat_make_chan(struct bench_empty, 1);
    leat_go(go_multiply_half, p, first, done);
    go_multiply(p, second);
    leat_recv_ok(done, NULL);
    leat_free(done);
}

// Adds the product of a and b inside *at to c.
static void
go_multiply(const struct go_product *p, const struct go_block *at)
{
    int64_t di = at->i1 - at->i0, dj = at->j1 - at->j0, dk = at->k1 - at->k0;
    struct go_block first = *at, second = *at;
    if (di >= dj && di >= dk && di >= GO_BLOCK_MAX) {
        first.i1 = second.i0 = at->i0 + di / 2;
        go_multiply_both(p, &first, &second);
    } else if (dj >= dk && dj >= GO_BLOCK_MAX) {
        first.j1 = second.j0 = at->j0 + dj / 2;
        go_multiply_both(p, &first, &second);
    } else if (dk >= GO_BLOCK_MAX) {
        // Both halves add to the same elements: one after the other.
        first.k1 = second.k0 = at->k0 + dk / 2;
        go_multiply(p, &first);
        go_multiply(p, &second);
    } else {
        go_multiply_block(p, at);
    }
}

static void
go_matmult(const struct bench *b, int64_t n)
{
    (void)b;
    int64_t side = 1; // ends as the floor of the cube root, plus 1
    while (side * side * side <= n)
        side++;
    struct go_product p = {
        go_matrix_make(side), go_matrix_make(side), go_matrix_make(side)};
    struct go_block all = {0, side, 0, side, 0, side};
    bench_reset();
    go_multiply(&p, &all);
    bench_stop();
    go_matrix_free(p.a, side);
    go_matrix_free(p.b, side);
    go_matrix_free(p.c, side);
}
BENCH("Matmult", go_matmult);

// WakeupParallel -------------------------------------------------------------

typedef void go_delay(int64_t ns);

// The sender waits longer by this, so that the receiver is most likely parked
// when the value comes: what is measured is waking it.
#define GO_SENDER_EXTRA (5 * LEAT_MICROSECOND)

struct go_wakeup {
    go_delay *delay;
    int64_t n, ns;
    bench_empties ping, pong, start, done;
};

static void
go_spin(int64_t ns)
{
    int64_t end = leat_now() + ns;
    while (leat_now() < end)
        continue;
}

// Blocks the thread, unlike leat_sleep.
static void
go_sleep_in_kernel(int64_t ns)
{
    struct timespec left = {.tv_sec = 0, .tv_nsec = (long)ns};
    leat_blocking_begin();
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        continue;
    leat_blocking_end();
}

static void
go_wakeup_first(struct go_wakeup *w)
{
    leat_recv_ok(w->start, NULL);
    for (int64_t i = 0; i < w->n; i++) {
        w->delay(w->ns + GO_SENDER_EXTRA);
        leat_send(w->ping, BENCH_EMPTY);
        w->delay(w->ns);
        leat_recv_ok(w->pong, NULL);
    }
    leat_send(w->done, BENCH_EMPTY);
}

static void
go_wakeup_second(struct go_wakeup *w)
{
    for (int64_t i = 0; i < w->n; i++) {
        w->delay(w->ns);
        leat_recv_ok(w->ping, NULL);
        w->delay(w->ns + GO_SENDER_EXTRA);
        leat_send(w->pong, BENCH_EMPTY);
    }
    leat_send(w->done, BENCH_EMPTY);
}

static void
go_wakeup_run(go_delay *delay, int64_t us, int64_t n)
{
    struct go_wakeup w = {.delay = delay, .n = n,
        .ns = us * LEAT_MICROSECOND,
        .ping = leat_make_chan(struct bench_empty),
        .pong = leat_make_chan(struct bench_empty),
        .start = leat_make_chan(struct bench_empty),
        .done = leat_make_chan(struct bench_empty)};
    leat_go(go_wakeup_first, &w);
    leat_go(go_wakeup_second, &w);
    bench_reset();
    leat_send(w.start, BENCH_EMPTY);
    leat_recv_ok(w.done, NULL);
    leat_recv_ok(w.done, NULL);
    bench_stop();
    leat_free(w.ping);
    leat_free(w.pong);
    leat_free(w.start);
    leat_free(w.done);
}

static void
go_wakeup_spinning(const struct bench *b, int64_t n)
{
    go_wakeup_run(go_spin, b->arg[0], n);
}

static void
go_wakeup_syscall(const struct bench *b, int64_t n)
{
    go_wakeup_run(go_sleep_in_kernel, b->arg[0], n);
}

#define GO_WAKEUP(kind, fn, us)                                                \
    BENCH("WakeupParallel" kind "/" #us "us", fn, .procs_least = 2,            \
        .arg = {us})
#define GO_WAKEUPS(kind, fn)                                                   \
    GO_WAKEUP(kind, fn, 0);                                                    \
    GO_WAKEUP(kind, fn, 1);                                                    \
    GO_WAKEUP(kind, fn, 2);                                                    \
    GO_WAKEUP(kind, fn, 5);                                                    \
    GO_WAKEUP(kind, fn, 10);                                                   \
    GO_WAKEUP(kind, fn, 20);                                                   \
    GO_WAKEUP(kind, fn, 50);                                                   \
    GO_WAKEUP(kind, fn, 100)
GO_WAKEUPS("Spinning", go_wakeup_spinning);
GO_WAKEUPS("Syscall", go_wakeup_syscall);
