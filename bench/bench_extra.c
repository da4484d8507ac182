// SPDX-License-Identifier: MIT
// bench_extra.c: workloads that other runtimes publish figures for and Go's
// own benchmarks lack. Each checks its result: a lost or doubled value ends the
// program.
#define BENCH_GROUP 7
#include "bench.h"

#include <stdlib.h>

// PingPong -------------------------------------------------------------------

static void
extra_peer(bench_ints a, bench_ints b)
{
    leat_range(int64_t, v, a)
        leat_send(b, v + 1);
}

static void
extra_ping_pong(const struct bench *bench, int64_t n)
{
    (void)bench;
    bench_ints a = leat_make_chan(int64_t), b = leat_make_chan(int64_t);
    leat_go(extra_peer, a, b);
    for (int64_t i = 0; i < n; i++) {
        leat_send(a, i);
        if (leat_recv(b) != i + 1)
            bench_check(false, "the answer of a ping");
    }
    bench_stop();
    leat_close(a); // the peer sees it: a and b live until the process ends
}
BENCH("PingPong", extra_ping_pong);

// Ring -----------------------------------------------------------------------

enum { EXTRA_MEMBERS = 100 };

struct extra_ring {
    bench_ints c[EXTRA_MEMBERS];
    bench_bools done;
    struct leat_waitgroup members; // until the channels can be freed
};

static void
extra_ring_member(struct extra_ring *ring, int i)
{
    bench_ints next = ring->c[(i + 1) % EXTRA_MEMBERS];
    leat_range(int64_t, v, ring->c[i]) {
        if (v < 0) {
            if (i != EXTRA_MEMBERS - 1)
                leat_send(next, v);
            break;
        }
        if (v == 0)
            leat_send(ring->done, true);
        else
            leat_send(next, v - 1);
    }
    leat_waitgroup_done(&ring->members);
}

static void
extra_ring(const struct bench *b, int64_t n)
{
    (void)b;
    struct extra_ring ring = {.done = leat_make_chan(bool, 1)};
    for (int i = 0; i < EXTRA_MEMBERS; i++)
        ring.c[i] = leat_make_chan(int64_t);
    leat_waitgroup_add(&ring.members, EXTRA_MEMBERS);
    for (int i = 0; i < EXTRA_MEMBERS; i++)
        leat_go(extra_ring_member, &ring, i);
    bench_reset();
    leat_send(ring.c[0], n);
    leat_recv(ring.done);
    bench_stop();
    leat_send(ring.c[0], -1);
    leat_waitgroup_wait(&ring.members);
    for (int i = 0; i < EXTRA_MEMBERS; i++)
        leat_free(ring.c[i]);
    leat_free(ring.done);
}
BENCH("Ring", extra_ring);

// FanInSelect ----------------------------------------------------------------

static void
extra_count_up(bench_ints out, int64_t each)
{
    for (int64_t v = 1; v <= each; v++)
        leat_send(out, v);
}

static void
extra_fan_in(const struct bench *b, int64_t n)
{
    (void)b;
    bench_ints c[4];
    int64_t each = n / 4, sum = 0;
    for (int i = 0; i < 4; i++) {
        c[i] = leat_make_chan(int64_t);
        leat_go(extra_count_up, c[i], each);
    }
    for (int64_t i = 0; i < n; i++) {
        int64_t v;
        leat_select(leat_case_recv(c[0], &v), leat_case_recv(c[1], &v),
            leat_case_recv(c[2], &v), leat_case_recv(c[3], &v));
        sum += v;
    }
    bench_check(sum == 4 * (each * (each + 1) / 2), "the sum of the fan-in");
    for (int i = 0; i < 4; i++)
        leat_free(c[i]);
}
BENCH("FanInSelect", extra_fan_in, .granule = 4);

// SpawnIdle ------------------------------------------------------------------

static void
extra_idle(struct leat_waitgroup *ready, bench_empties gate,
    struct leat_waitgroup *done)
{
    leat_waitgroup_done(ready);
    leat_recv_ok(gate, NULL);
    leat_waitgroup_done(done);
}

static void
extra_spawn_idle(const struct bench *b, int64_t n)
{
    (void)b;
    enum { BATCH_MAX = 100000 };
    while (n > 0) {
        int batch = n > BATCH_MAX ? BATCH_MAX : (int)n;
        struct leat_waitgroup ready = LEAT_ZERO, done = LEAT_ZERO;
        leat_waitgroup_add(&ready, batch);
        leat_waitgroup_add(&done, batch);
        bench_empties gate = leat_make_chan(struct bench_empty);
        for (int i = 0; i < batch; i++)
            leat_go(extra_idle, &ready, gate, &done);
        leat_waitgroup_wait(&ready);
        leat_close(gate);
        leat_waitgroup_wait(&done);
        leat_free(gate);
        n -= batch;
    }
}
BENCH("SpawnIdle", extra_spawn_idle, .limit = 1000000);

// PrimeSieve -----------------------------------------------------------------

static void
extra_generate(int64_t last, bench_ints out)
{
    for (int64_t i = 2; i <= last; i++)
        leat_send(out, i);
    leat_close(out);
}

// Whoever drains a channel frees it.
static void
extra_filter(bench_ints in, int64_t prime, bench_ints out)
{
    leat_range(int64_t, v, in)
        if (v % prime != 0)
            leat_send(out, v);
    leat_free(in);
    leat_close(out);
}

static void
extra_prime_sieve(const struct bench *b, int64_t n)
{
    (void)b;
    for (int64_t i = 0; i < n; i++) {
        bench_ints c = leat_make_chan(int64_t);
        int64_t count = 0, last = 0, prime;
        leat_go(extra_generate, 541, c);
        while (leat_recv_ok(c, &prime)) {
            bench_ints out = leat_make_chan(int64_t);
            count++;
            last = prime;
            leat_go(extra_filter, c, prime, out);
            c = out;
        }
        leat_free(c);
        bench_check(count == 100 && last == 541, "the hundredth prime");
    }
}
BENCH("PrimeSieve", extra_prime_sieve);

// Mandelbrot -----------------------------------------------------------------

static void
extra_mandelbrot_row(int y, bench_ints result)
{
    int64_t inside = 0;
    double ci = (double)y / 32 - 1;
    for (int x = 0; x < 64; x++) {
        double cr = (double)x / 32 - 1.5, zr = 0, zi = 0;
        int step = 0;
        while (step < 50 && zr * zr + zi * zi <= 4) {
            double r = zr * zr - zi * zi + cr;
            zi = 2 * zr * zi + ci;
            zr = r;
            step++;
        }
        inside += step == 50;
    }
    leat_send(result, inside);
}

static void
extra_mandelbrot(const struct bench *b, int64_t n)
{
    (void)b;
    enum { ROWS = 64 };
    int64_t expected = -1;
    for (int64_t i = 0; i < n; i++) {
        bench_ints result = leat_make_chan(int64_t, ROWS);
        int64_t sum = 0;
        for (int y = 0; y < ROWS; y++)
            leat_go(extra_mandelbrot_row, y, result);
        for (int y = 0; y < ROWS; y++)
            sum += leat_recv(result);
        leat_free(result);
        if (expected < 0)
            expected = sum;
        bench_check(
            sum == expected && sum > 0, "the points of the picture");
    }
}
BENCH("Mandelbrot", extra_mandelbrot);

// Skynet ---------------------------------------------------------------------

static void
extra_node(int64_t first, int64_t size, bench_ints result)
{
    if (size == 1) {
        leat_send(result, first);
        return;
    }
    int64_t children = size < 10 ? size : 10, sum = 0;
    bench_ints c = leat_make_chan(int64_t);
    for (int64_t i = 0; i < children; i++) {
        int64_t part = size / children + (i < size % children);
        leat_go(extra_node, first, part, c);
        first += part;
    }
    for (int64_t i = 0; i < children; i++)
        sum += leat_recv(c);
    leat_free(c);
    leat_send(result, sum);
}

static void
extra_skynet(const struct bench *b, int64_t n)
{
    (void)b;
    bench_ints result = leat_make_chan(int64_t);
    leat_go(extra_node, 0, n, result);
    bench_check(
        leat_recv(result) == n * (n - 1) / 2, "the sum of the leaves");
    leat_free(result);
}
BENCH("Skynet", extra_skynet, .limit = 1000000);

// The rest -------------------------------------------------------------------

static void
extra_buffered(const struct bench *b, int64_t n)
{
    (void)b;
    bench_ints c = leat_make_chan(int64_t, 1);
    for (int64_t i = 0; i < n; i++) {
        leat_send(c, i);
        if (leat_recv(c) != i)
            bench_check(false, "a value from a buffer");
    }
    leat_free(c);
}
BENCH("BufferedUncontended", extra_buffered);

static void
extra_finish(int *left, bench_bools done)
{
    if (__atomic_sub_fetch(left, 1, __ATOMIC_SEQ_CST) == 0)
        leat_send(done, true);
}

static void
extra_spawn_finish(const struct bench *b, int64_t n)
{
    (void)b;
    enum { BATCH_MAX = 1000 };
    bench_bools done = leat_make_chan(bool);
    while (n > 0) {
        int batch = n > BATCH_MAX ? BATCH_MAX : (int)n;
        int left = batch;
        for (int i = 0; i < batch; i++)
            leat_go(extra_finish, &left, done);
        leat_recv(done);
        n -= batch;
    }
    leat_free(done);
}
BENCH("SpawnFinish", extra_spawn_finish);

static void
extra_yielder(int64_t n, struct leat_waitgroup *wg)
{
    for (int64_t i = 0; i < n; i++)
        leat_yield();
    leat_waitgroup_done(wg);
}

static void
extra_yield(const struct bench *b, int64_t n)
{
    (void)b;
    struct leat_waitgroup wg = LEAT_ZERO;
    leat_waitgroup_add(&wg, 2);
    leat_go(extra_yielder, n / 2, &wg);
    leat_go(extra_yielder, n / 2, &wg);
    leat_waitgroup_wait(&wg);
}
BENCH("Yield", extra_yield, .granule = 2);
