// SPDX-License-Identifier: MIT
// bench_pattern.c: the six patterns of crossbeam-channel's own suite, at four
// capacities. Four goroutines a side; every value is counted by its sum.
#define BENCH_GROUP 9
#include "bench.h"

enum { PATTERN_SIDE = 4, PATTERN_UNBOUNDED = -1 };

struct pattern {
    bench_ints c[PATTERN_SIDE];
    int64_t each; // values that each of PATTERN_SIDE goroutines sends
    int64_t sum;  // of what was received; atomic
    struct leat_waitgroup ended;
};

// No run sends more than N values, so a buffer of N is as good as one without
// a bound.
static bench_ints
pattern_chan(const struct bench *b, int64_t n)
{
    int64_t capacity = b->arg[0] == PATTERN_UNBOUNDED ? n : b->arg[0];
    return leat_make_chan(int64_t, capacity);
}

static void
pattern_open(struct pattern *p, const struct bench *b, int64_t n, int chans)
{
    *p = (struct pattern){.each = n / PATTERN_SIDE};
    for (int i = 0; i < chans; i++)
        p->c[i] = pattern_chan(b, n);
}

// Waits for all goroutines, checks what was received, and gives it all back.
static void
pattern_close(struct pattern *p, int64_t senders, int64_t each, int chans)
{
    leat_waitgroup_wait(&p->ended);
    int64_t sum = __atomic_load_n(&p->sum, __ATOMIC_RELAXED);
    bench_check(sum == senders * (each * (each + 1) / 2), "the values' sum");
    for (int i = 0; i < chans; i++)
        leat_free(p->c[i]);
}

static void
pattern_send(struct pattern *p, int channel, int64_t count)
{
    for (int64_t v = 1; v <= count; v++)
        leat_send(p->c[channel], v);
    leat_waitgroup_done(&p->ended);
}

static void
pattern_receive(struct pattern *p, int64_t count)
{
    int64_t sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += leat_recv(p->c[0]);
    __atomic_add_fetch(&p->sum, sum, __ATOMIC_RELAXED);
}

static void
pattern_receiver(struct pattern *p, int64_t count)
{
    pattern_receive(p, count);
    leat_waitgroup_done(&p->ended);
}

static void
pattern_select_receive(struct pattern *p, int64_t count)
{
    int64_t sum = 0, v;
    for (int64_t i = 0; i < count; i++) {
        leat_select(leat_case_recv(p->c[0], &v), leat_case_recv(p->c[1], &v),
            leat_case_recv(p->c[2], &v), leat_case_recv(p->c[3], &v));
        sum += v;
    }
    __atomic_add_fetch(&p->sum, sum, __ATOMIC_RELAXED);
}

static void
pattern_select_receiver(struct pattern *p, int64_t count)
{
    pattern_select_receive(p, count);
    leat_waitgroup_done(&p->ended);
}

static void
pattern_select_sender(struct pattern *p, int64_t count)
{
    for (int64_t v = 1; v <= count; v++)
        leat_select(leat_case_send(p->c[0], v), leat_case_send(p->c[1], v),
            leat_case_send(p->c[2], v), leat_case_send(p->c[3], v));
    leat_waitgroup_done(&p->ended);
}

// The patterns ---------------------------------------------------------------

static void
pattern_seq(const struct bench *b, int64_t n)
{
    struct pattern p;
    pattern_open(&p, b, n, 1);
    int64_t burst = b->arg[0] == PATTERN_UNBOUNDED ? n : b->arg[0];
    for (int64_t left = n; left > 0; left -= burst) {
        if (burst > left)
            burst = left;
        for (int64_t i = 0; i < burst; i++)
            leat_send(p.c[0], left - i);
        for (int64_t i = 0; i < burst; i++)
            p.sum += leat_recv(p.c[0]);
    }
    pattern_close(&p, 1, n, 1);
}

static void
pattern_spsc(const struct bench *b, int64_t n)
{
    struct pattern p;
    pattern_open(&p, b, n, 1);
    leat_waitgroup_add(&p.ended, 1);
    leat_go(pattern_send, &p, 0, n);
    pattern_receive(&p, n);
    pattern_close(&p, 1, n, 1);
}

static void
pattern_mpsc(const struct bench *b, int64_t n)
{
    struct pattern p;
    pattern_open(&p, b, n, 1);
    leat_waitgroup_add(&p.ended, PATTERN_SIDE);
    for (int i = 0; i < PATTERN_SIDE; i++)
        leat_go(pattern_send, &p, 0, p.each);
    pattern_receive(&p, n);
    pattern_close(&p, PATTERN_SIDE, p.each, 1);
}

static void
pattern_mpmc(const struct bench *b, int64_t n)
{
    struct pattern p;
    pattern_open(&p, b, n, 1);
    leat_waitgroup_add(&p.ended, 2 * PATTERN_SIDE);
    for (int i = 0; i < PATTERN_SIDE; i++)
        leat_go(pattern_send, &p, 0, p.each);
    for (int i = 0; i < PATTERN_SIDE; i++)
        leat_go(pattern_receiver, &p, p.each);
    pattern_close(&p, PATTERN_SIDE, p.each, 1);
}

static void
pattern_select_rx(const struct bench *b, int64_t n)
{
    struct pattern p;
    pattern_open(&p, b, n, PATTERN_SIDE);
    leat_waitgroup_add(&p.ended, PATTERN_SIDE);
    for (int i = 0; i < PATTERN_SIDE; i++)
        leat_go(pattern_send, &p, i, p.each);
    pattern_select_receive(&p, n);
    pattern_close(&p, PATTERN_SIDE, p.each, PATTERN_SIDE);
}

static void
pattern_select_both(const struct bench *b, int64_t n)
{
    struct pattern p;
    pattern_open(&p, b, n, PATTERN_SIDE);
    leat_waitgroup_add(&p.ended, 2 * PATTERN_SIDE);
    for (int i = 0; i < PATTERN_SIDE; i++)
        leat_go(pattern_select_sender, &p, p.each);
    for (int i = 0; i < PATTERN_SIDE; i++)
        leat_go(pattern_select_receiver, &p, p.each);
    pattern_close(&p, PATTERN_SIDE, p.each, PATTERN_SIDE);
}

#define PATTERN_BUFFERED(name, fn)                                             \
    BENCH("Pattern/" name "/cap=1", fn, .granule = PATTERN_SIDE, .arg = {1});  \
    BENCH("Pattern/" name "/cap=1000", fn, .granule = PATTERN_SIDE,            \
        .arg = {1000});                                                        \
    BENCH("Pattern/" name "/unbounded", fn, .granule = PATTERN_SIDE,           \
        .arg = {PATTERN_UNBOUNDED}, .limit = 1000000)
#define PATTERN(name, fn)                                                      \
    BENCH("Pattern/" name "/cap=0", fn, .granule = PATTERN_SIDE);              \
    PATTERN_BUFFERED(name, fn)

PATTERN_BUFFERED("seq", pattern_seq);
PATTERN("spsc", pattern_spsc);
PATTERN("mpsc", pattern_mpsc);
PATTERN("mpmc", pattern_mpmc);
PATTERN("select_rx", pattern_select_rx);
PATTERN("select_both", pattern_select_both);
