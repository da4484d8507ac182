// SPDX-License-Identifier: MIT
// workloads.c: the workloads of ../../README.md that need no select, on the
// interface of task.h. They are built twice, see there.
#include "task.h"

#include <stdlib.h>

static void
work_go(void (*fn)(void *arg), void *arg)
{
    peer_check(task_go(fn, arg), "one more task");
}

static int64_t
work_receive(struct chan *c)
{
    int64_t v = 0;
    peer_check(chan_recv(c, &v), "a closed channel");
    return v;
}

void
tally_open(struct tally *t, int64_t count)
{
    t->left = count;
    t->zero = chan_make(1);
}

void
tally_done(struct tally *t)
{
    if (__atomic_sub_fetch(&t->left, 1, __ATOMIC_ACQ_REL) == 0)
        chan_send(t->zero, 1);
}

void
tally_wait(struct tally *t)
{
    work_receive(t->zero);
    chan_free(t->zero);
}

// PingPong -------------------------------------------------------------------

struct pair {
    struct chan *a, *b;
};

static void
ping_peer(void *arg)
{
    struct pair *p = arg;
    int64_t v;
    while (chan_recv(p->a, &v))
        chan_send(p->b, v + 1);
}

static void
ping_pong(int64_t arg, int64_t n)
{
    static struct pair p; // the peer may outlive this run
    (void)arg;
    p = (struct pair){chan_make(0), chan_make(0)};
    work_go(ping_peer, &p);
    for (int64_t i = 0; i < n; i++) {
        chan_send(p.a, i);
        peer_check(work_receive(p.b) == i + 1, "the answer of a ping");
    }
    peer_stop();
    chan_close(p.a);
}

// Ring -----------------------------------------------------------------------

enum { MEMBERS = 100 };

struct member {
    struct ring *ring;
    int index;
};

struct ring {
    struct chan *c[MEMBERS], *done;
    struct member member[MEMBERS];
    struct tally ended;
};

static void
ring_member(void *arg)
{
    struct member *m = arg;
    struct chan *in = m->ring->c[m->index];
    struct chan *out = m->ring->c[(m->index + 1) % MEMBERS];
    int64_t v;
    while (chan_recv(in, &v) && v >= 0) {
        if (v == 0)
            chan_send(m->ring->done, 1);
        else
            chan_send(out, v - 1);
    }
    if (m->index != MEMBERS - 1)
        chan_send(out, -1);
    tally_done(&m->ring->ended);
}

static void
ring(int64_t arg, int64_t n)
{
    struct ring r = {.done = chan_make(1)};
    (void)arg;
    tally_open(&r.ended, MEMBERS);
    for (int i = 0; i < MEMBERS; i++)
        r.c[i] = chan_make(0);
    for (int i = 0; i < MEMBERS; i++) {
        r.member[i] = (struct member){&r, i};
        work_go(ring_member, &r.member[i]);
    }
    peer_reset();
    chan_send(r.c[0], n);
    work_receive(r.done);
    peer_stop();
    chan_send(r.c[0], -1);
    tally_wait(&r.ended);
}

// SpawnIdle, SpawnFinish, Yield ----------------------------------------------

struct crowd {
    struct tally ready, done;
    struct chan *gate;
};

static void
crowd_idle(void *arg)
{
    struct crowd *c = arg;
    int64_t v;
    tally_done(&c->ready);
    chan_recv(c->gate, &v);
    tally_done(&c->done);
}

static void
spawn_idle(int64_t arg, int64_t n)
{
    (void)arg;
    for (int64_t batch; n > 0; n -= batch) {
        struct crowd c = {.gate = chan_make(0)};
        batch = n < task_alive_max ? n : task_alive_max;
        tally_open(&c.ready, batch);
        tally_open(&c.done, batch);
        for (int64_t i = 0; i < batch; i++)
            work_go(crowd_idle, &c);
        tally_wait(&c.ready);
        chan_close(c.gate);
        tally_wait(&c.done);
        chan_free(c.gate);
    }
}

static void
finish_one(void *arg)
{
    tally_done(arg);
}

static void
spawn_finish(int64_t arg, int64_t n)
{
    (void)arg;
    for (int64_t batch; n > 0; n -= batch) {
        struct tally t;
        batch = n < 1000 ? n : 1000;
        tally_open(&t, batch);
        for (int64_t i = 0; i < batch; i++)
            work_go(finish_one, &t);
        tally_wait(&t);
    }
}

struct yielder {
    int64_t times;
    struct tally *done;
};

static void
yielder_run(void *arg)
{
    struct yielder *y = arg;
    for (int64_t i = 0; i < y->times; i++)
        task_yield();
    tally_done(y->done);
}

static void
yielding(int64_t arg, int64_t n)
{
    struct tally done;
    struct yielder y = {n / 2, &done};
    (void)arg;
    tally_open(&done, 2);
    work_go(yielder_run, &y);
    work_go(yielder_run, &y);
    tally_wait(&done);
}

// PrimeSieve -----------------------------------------------------------------

struct filter {
    struct chan *in, *out;
    int64_t prime;
};

static void
sieve_generate(void *arg)
{
    struct chan *out = arg;
    for (int64_t i = 2; i <= 541; i++)
        chan_send(out, i);
    chan_close(out);
}

static void
sieve_filter(void *arg)
{
    struct filter f = *(struct filter *)arg;
    int64_t v;
    free(arg);
    while (chan_recv(f.in, &v))
        if (v % f.prime != 0)
            chan_send(f.out, v);
    chan_free(f.in);
    chan_close(f.out);
}

static void
prime_sieve(int64_t arg, int64_t n)
{
    (void)arg;
    for (int64_t i = 0; i < n; i++) {
        struct chan *c = chan_make(0);
        int64_t count = 0, last = 0, prime;
        work_go(sieve_generate, c);
        while (chan_recv(c, &prime)) {
            struct filter *f = malloc(sizeof *f);
            peer_check(f != NULL, "memory");
            *f = (struct filter){c, chan_make(0), prime};
            c = f->out;
            count++;
            last = prime;
            work_go(sieve_filter, f);
        }
        chan_free(c);
        peer_check(count == 100 && last == 541, "the hundredth prime");
    }
}

// Mandelbrot -----------------------------------------------------------------

enum { ROWS = 64 };

struct row {
    int y;
    struct chan *result;
};

static void
mandelbrot_row(void *arg)
{
    struct row *row = arg;
    int64_t inside = 0;
    double ci = (double)row->y / 32 - 1;
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
    chan_send(row->result, inside);
}

static void
mandelbrot(int64_t arg, int64_t n)
{
    int64_t expected = -1;
    (void)arg;
    for (int64_t i = 0; i < n; i++) {
        struct row rows[ROWS];
        struct chan *result = chan_make(ROWS);
        int64_t sum = 0;
        for (int y = 0; y < ROWS; y++) {
            rows[y] = (struct row){y, result};
            work_go(mandelbrot_row, &rows[y]);
        }
        for (int y = 0; y < ROWS; y++)
            sum += work_receive(result);
        chan_free(result);
        if (expected < 0)
            expected = sum;
        peer_check(sum == expected && sum > 0, "the points of the picture");
    }
}

#ifndef HAS_ECHO // as many threads as there are leaves are too many

// Skynet ---------------------------------------------------------------------

struct node {
    int64_t first, size;
    struct chan *result;
};

static void
skynet_node(void *arg)
{
    struct node *node = arg;
    if (node->size == 1) {
        chan_send(node->result, node->first);
        return;
    }
    struct node child[10];
    int64_t children = node->size < 10 ? node->size : 10, sum = 0;
    int64_t first = node->first;
    struct chan *c = chan_make(0), *result = node->result;
    for (int64_t i = 0; i < children; i++) {
        int64_t part = node->size / children + (i < node->size % children);
        child[i] = (struct node){first, part, c};
        work_go(skynet_node, &child[i]);
        first += part;
    }
    for (int64_t i = 0; i < children; i++)
        sum += work_receive(c);
    chan_free(c);
    chan_send(result, sum);
}

static void
skynet(int64_t arg, int64_t n)
{
    struct chan *result = chan_make(0);
    struct node root = {0, n, result};
    (void)arg;
    work_go(skynet_node, &root);
    peer_check(work_receive(result) == n * (n - 1) / 2, "the leaves' sum");
    chan_free(result);
}

#endif

static void
buffered(int64_t arg, int64_t n)
{
    struct chan *c = chan_make(1);
    (void)arg;
    for (int64_t i = 0; i < n; i++) {
        chan_send(c, i);
        peer_check(work_receive(c) == i, "a value from a buffer");
    }
    chan_free(c);
}

// The patterns ---------------------------------------------------------------

enum { SIDE = 4, UNBOUNDED = -1 };

struct pattern {
    struct chan *c;
    int64_t each;
    int64_t sum; // atomic
    struct tally ended;
};

static void
pattern_send(void *arg)
{
    struct pattern *p = arg;
    for (int64_t v = 1; v <= p->each; v++)
        chan_send(p->c, v);
    tally_done(&p->ended);
}

static void
pattern_receive(struct pattern *p, int64_t count)
{
    int64_t sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += work_receive(p->c);
    __atomic_add_fetch(&p->sum, sum, __ATOMIC_RELAXED);
}

static void
pattern_receiver(void *arg)
{
    struct pattern *p = arg;
    pattern_receive(p, p->each);
    tally_done(&p->ended);
}

// Receivers 0: the caller is the only one.
static void
pattern_run(int64_t capacity, int64_t n, int senders, int receivers)
{
    struct pattern p = {.each = n / senders};
    p.c = chan_make(capacity == UNBOUNDED ? n : capacity);
    tally_open(&p.ended, senders + receivers);
    for (int i = 0; i < senders; i++)
        work_go(pattern_send, &p);
    for (int i = 0; i < receivers; i++)
        work_go(pattern_receiver, &p);
    if (receivers == 0)
        pattern_receive(&p, n);
    tally_wait(&p.ended);
    int64_t expected = senders * (p.each * (p.each + 1) / 2);
    peer_check(p.sum == expected, "the values' sum");
    chan_free(p.c);
}

static void
pattern_seq(int64_t capacity, int64_t n)
{
    int64_t burst = capacity == UNBOUNDED ? n : capacity, sum = 0;
    struct chan *c = chan_make(burst);
    for (int64_t left = n; left > 0; left -= burst) {
        if (burst > left)
            burst = left;
        for (int64_t i = 0; i < burst; i++)
            chan_send(c, left - i);
        for (int64_t i = 0; i < burst; i++)
            sum += work_receive(c);
    }
    peer_check(sum == n * (n + 1) / 2, "the values' sum");
    chan_free(c);
}

static void
pattern_spsc(int64_t capacity, int64_t n)
{
    pattern_run(capacity, n, 1, 0);
}

static void
pattern_mpsc(int64_t capacity, int64_t n)
{
    pattern_run(capacity, n, SIDE, 0);
}

static void
pattern_mpmc(int64_t capacity, int64_t n)
{
    pattern_run(capacity, n, SIDE, SIDE);
}

// Memory ---------------------------------------------------------------------

bool
peer_park(int64_t n)
{
    static struct crowd c;
    c.gate = chan_make(0);
    tally_open(&c.ready, n);
    tally_open(&c.done, n);
    for (int64_t i = 0; i < n; i++)
        if (!task_go(crowd_idle, &c))
            return false;
    tally_wait(&c.ready);
    return true;
}

#ifdef HAS_ECHO
void echo_run(int64_t conns, int64_t n);
#else
int
peer_echo_server(int64_t conns)
{
    (void)conns;
    return 2;
}
#endif

#define PATTERN(name, fn)                                                      \
    {"Pattern/" name "/cap=1", fn, 1, SIDE, 0, 0},                             \
    {"Pattern/" name "/cap=1000", fn, 1000, SIDE, 0, 0},                       \
    {"Pattern/" name "/unbounded", fn, UNBOUNDED, SIDE, 1000000, 0}

const struct peer_bench peer_benches[] = {
    {"PingPong", ping_pong, 0, 0, 0, 0},
    {"Ring", ring, 0, 0, 0, 0},
    {"SpawnIdle", spawn_idle, 0, 0, 1000000, 0},
    {"PrimeSieve", prime_sieve, 0, 0, 0, 0},
    {"Mandelbrot", mandelbrot, 0, 0, 0, 0},
#ifndef HAS_ECHO
    {"Skynet", skynet, 0, 0, 1000000, 0},
#endif
    {"BufferedUncontended", buffered, 0, 0, 0, 0},
    {"SpawnFinish", spawn_finish, 0, 0, 0, 0},
    {"Yield", yielding, 0, 2, 0, 0},
    PATTERN("seq", pattern_seq),
    {"Pattern/spsc/cap=0", pattern_spsc, 0, SIDE, 0, 0},
    PATTERN("spsc", pattern_spsc),
    {"Pattern/mpsc/cap=0", pattern_mpsc, 0, SIDE, 0, 0},
    PATTERN("mpsc", pattern_mpsc),
    {"Pattern/mpmc/cap=0", pattern_mpmc, 0, SIDE, 0, 0},
    PATTERN("mpmc", pattern_mpmc),
#ifdef HAS_ECHO
    {"Echo/conns=1", echo_run, 1, 0, 0, 1},
    {"Echo/conns=100", echo_run, 100, 100, 0, 100},
    {"Echo/conns=10000", echo_run, 10000, 10000, 0, 10000},
#endif
    {NULL, NULL, 0, 0, 0, 0},
};
