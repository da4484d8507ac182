// SPDX-License-Identifier: MIT
// bench_chan.c: channels: the workloads of Go's runtime/chan_test.go that have
// no select of several cases. What Go writes as a select of one case and
// default (its compiler makes a call of its own of that) is a try call in C.
#define BENCH_GROUP 1
#include "bench.h"

enum {
    // Operations a goroutine does each time it has taken a turn from the
    // shared counter.
    CHAN_PER_TURN = 1000
};

// MakeChan -------------------------------------------------------------------

struct chan_struct32 {
    int64_t a[4];
};
struct chan_struct40 {
    int64_t a[5];
};

#define CHAN_MAKE(label, name, T)                                              \
    static void chan_make_##name(const struct bench *b, int64_t n)             \
    {                                                                          \
        (void)b;                                                               \
        for (int64_t i = 0; i < n; i++) {                                      \
            leat_chan(T) c = leat_make_chan(T, 8);                             \
            leat_free(c);                                                      \
        }                                                                      \
    }                                                                          \
    BENCH(label, chan_make_##name)

CHAN_MAKE("MakeChan/Byte", byte, char);
CHAN_MAKE("MakeChan/Int", int, int64_t);
CHAN_MAKE("MakeChan/Ptr", ptr, char *);
CHAN_MAKE("MakeChan/Struct/0", struct0, struct bench_empty);
CHAN_MAKE("MakeChan/Struct/32", struct32, struct chan_struct32);
CHAN_MAKE("MakeChan/Struct/40", struct40, struct chan_struct40);

static void
chan_nonblocking_body(void *ctx, int64_t n)
{
    bench_ints c = ctx;
    for (int64_t i = 0; i < n; i++)
        leat_try_recv(c, NULL);
}

static void
chan_nonblocking(const struct bench *b, int64_t n)
{
    (void)b;
    bench_ints c = leat_make_chan(int64_t);
    bench_parallel(n, 1, chan_nonblocking_body, c);
    leat_free(c);
}
BENCH("ChanNonblocking", chan_nonblocking);

// Filling and draining a buffer ----------------------------------------------

static void
chan_fill_and_drain(void *ctx, int64_t n)
{
    bench_ints c = ctx;
    for (int64_t i = 0; i < n; i++) {
        for (int j = 0; j < 100; j++)
            leat_send(c, 0);
        for (int j = 0; j < 100; j++)
            leat_recv(c);
    }
}

static void
chan_uncontended_body(void *ctx, int64_t n)
{
    (void)ctx;
    bench_ints c = leat_make_chan(int64_t, 100);
    chan_fill_and_drain(c, n);
    leat_free(c);
}

static void
chan_uncontended(const struct bench *b, int64_t n)
{
    (void)b;
    bench_parallel(n, 1, chan_uncontended_body, NULL);
}
BENCH("ChanUncontended", chan_uncontended);

static void
chan_contended(const struct bench *b, int64_t n)
{
    (void)b;
    bench_ints c = leat_make_chan(int64_t, 100 * bench_procs);
    bench_parallel(n, 1, chan_fill_and_drain, c);
    leat_free(c);
}
BENCH("ChanContended", chan_contended);

// ChanSync -------------------------------------------------------------------

struct chan_sync {
    int32_t left; // turns not taken; atomic
    int64_t work;
    bench_ints c;
    bench_bools done;
};

static void
chan_sync_side(struct chan_sync *s)
{
    int64_t work = s->work;
    int32_t turn;
    while ((turn = __atomic_sub_fetch(&s->left, 1, __ATOMIC_SEQ_CST)) >= 0) {
        for (int i = 0; i < CHAN_PER_TURN; i++) {
            if (turn % 2 == 0) {
                leat_recv(s->c);
                bench_work_if(work);
                leat_send(s->c, 0);
                bench_work_if(work);
            } else {
                leat_send(s->c, 0);
                bench_work_if(work);
                leat_recv(s->c);
                bench_work_if(work);
            }
        }
    }
    leat_send(s->done, true);
}

static void
chan_sync(const struct bench *b, int64_t n)
{
    struct chan_sync s = {.left = (int32_t)(n / CHAN_PER_TURN),
        .work = b->arg[0], .c = leat_make_chan(int64_t),
        .done = leat_make_chan(bool, 2)};
    leat_go(chan_sync_side, &s);
    leat_go(chan_sync_side, &s);
    leat_recv(s.done);
    leat_recv(s.done);
    leat_free(s.c);
    leat_free(s.done);
}
BENCH("ChanSync", chan_sync, .granule = 2 * CHAN_PER_TURN);
BENCH("ChanSyncWork", chan_sync, .granule = 2 * CHAN_PER_TURN, .arg = {1000});

// ChanProdCons ---------------------------------------------------------------

struct chan_prodcons {
    int32_t left; // turns not taken; atomic
    int64_t work;
    bench_ints c;
    bench_bools done;
};

static void
chan_producer(struct chan_prodcons *s)
{
    while (__atomic_sub_fetch(&s->left, 1, __ATOMIC_SEQ_CST) >= 0) {
        for (int i = 0; i < CHAN_PER_TURN; i++) {
            bench_work_if(s->work);
            leat_send(s->c, 1);
        }
    }
    leat_send(s->c, 0);
    leat_send(s->done, true);
}

static void
chan_consumer(struct chan_prodcons *s)
{
    while (leat_recv(s->c) != 0)
        bench_work_if(s->work);
    leat_send(s->done, true);
}

static void
chan_prodcons(const struct bench *b, int64_t n)
{
    struct chan_prodcons s = {.left = (int32_t)(n / CHAN_PER_TURN),
        .work = b->arg[1], .c = leat_make_chan(int64_t, b->arg[0]),
        .done = leat_make_chan(bool, 2 * bench_procs)};
    for (int i = 0; i < bench_procs; i++) {
        leat_go(chan_producer, &s);
        leat_go(chan_consumer, &s);
    }
    for (int i = 0; i < 2 * bench_procs; i++)
        leat_recv(s.done);
    leat_free(s.c);
    leat_free(s.done);
}

#define CHAN_PRODCONS(label, capacity, work)                                   \
    BENCH(label, chan_prodcons, .granule = CHAN_PER_TURN,                      \
        .arg = {capacity, work})
CHAN_PRODCONS("ChanProdCons0", 0, 0);
CHAN_PRODCONS("ChanProdCons10", 10, 0);
CHAN_PRODCONS("ChanProdCons100", 100, 0);
CHAN_PRODCONS("ChanProdConsWork0", 0, 100);
CHAN_PRODCONS("ChanProdConsWork10", 10, 100);
CHAN_PRODCONS("ChanProdConsWork100", 100, 100);

// The rest -------------------------------------------------------------------

static void
chan_receive_closed(const struct bench *b, int64_t n)
{
    (void)b;
    bench_empties c = leat_make_chan(struct bench_empty, n);
    for (int64_t i = 0; i < n; i++)
        leat_send(c, BENCH_EMPTY);
    leat_close(c);
    bench_reset();
    while (leat_recv_ok(c, NULL))
        continue;
    bench_stop();
    leat_free(c);
}
BENCH("ReceiveDataFromClosedChan", chan_receive_closed, .limit = 10000000);

static void
chan_creation_body(void *ctx, int64_t n)
{
    (void)ctx;
    for (int64_t i = 0; i < n; i++) {
        bench_ints c = leat_make_chan(int64_t, 1);
        leat_send(c, 0);
        leat_recv(c);
        leat_free(c);
    }
}

static void
chan_creation(const struct bench *b, int64_t n)
{
    (void)b;
    bench_parallel(n, 1, chan_creation_body, NULL);
}
BENCH("ChanCreation", chan_creation);

static void
chan_sem_body(void *ctx, int64_t n)
{
    bench_empties c = ctx;
    for (int64_t i = 0; i < n; i++) {
        leat_send(c, BENCH_EMPTY);
        leat_recv_ok(c, NULL);
    }
}

static void
chan_sem(const struct bench *b, int64_t n)
{
    (void)b;
    bench_empties c = leat_make_chan(struct bench_empty, bench_procs);
    bench_parallel(n, 1, chan_sem_body, c);
    leat_free(c);
}
BENCH("ChanSem", chan_sem);

static void
chan_closed_body(void *ctx, int64_t n)
{
    bench_empties c = ctx;
    for (int64_t i = 0; i < n; i++)
        if (leat_try_recv(c, NULL) == LEAT_EAGAIN)
            bench_check(false, "a closed channel was not ready");
}

static void
chan_closed(const struct bench *b, int64_t n)
{
    (void)b;
    bench_empties c = leat_make_chan(struct bench_empty);
    leat_close(c);
    bench_parallel(n, 1, chan_closed_body, c);
    leat_free(c);
}
BENCH("ChanClosed", chan_closed);
