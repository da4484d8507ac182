// SPDX-License-Identifier: MIT
// conserve.c: values through random graphs of channels; none may be lost,
// doubled, or overtake another of the same sender on the same channel.
//
//     conserve [--values N] [--seed S] [--threads] [--procs] [--storm]
//     conserve --seeds FIRST COUNT
//
// The first form runs rounds on all Ps until N values have passed: with
// --threads some of the workers are plain threads, with --procs the number
// of Ps changes all the time, with --storm a timer signal interrupts every
// blocking call each millisecond. The second runs one small round for each
// seed in the deterministic mode.
//
// One round: channels of random capacity, each with a receiver that ranges
// over it to its end, and workers that send their values by every kind of
// send, now and then receiving in the same select. Some channels are closed
// while values are still being sent; their senders use the calls that report
// it. Each value says who sent it where and as which; a table notes what has
// arrived. When all have ended it must equal what was sent.
#include "rounds.h"

#include <pthread.h>
#include <signal.h>
#include <sys/time.h>

enum {
    CHANS_MAX = 8,
    WORKERS_MAX = 10,
    EARLY_MAX = CHANS_MAX / 2, // channels closed while in use come first
    QUOTA_MAX = 4000,          // values of one worker
    SEEDED_MAX = 40            // of one in a round with a seed
};

struct value {
    uint32_t worker, chan, number;
    uint32_t check; // ~(worker ^ chan ^ number): a torn copy shows
};

struct lane { // one worker's values on one channel
    uint32_t sent;             // the worker's own
    _Atomic uint32_t received;
    _Atomic uint8_t seen[QUOTA_MAX];
};

struct round {
    leat_chan(struct value) chan[CHANS_MAX];
    int chans, early, workers, quota;
    uint64_t seed;
    _Atomic int senders; // workers that still send
    struct leat_waitgroup all;
    struct lane lane[WORKERS_MAX][CHANS_MAX];
};

// What one worker or receiver knows.
struct actor {
    struct round *r;
    uint64_t rand;
    int id;               // worker number, or the receiver's channel
    int left;             // values still to send
    bool closed[CHANS_MAX]; // early channels seen closed
    int64_t last[WORKERS_MAX][CHANS_MAX]; // number received last, or -1
};

static bool with_procs;
static struct round the_round;

static _Noreturn void
wrong(const struct round *r, const char *what, const struct value *v)
{
    fprintf(stderr, "conserve: seed %llu: %s", (unsigned long long)r->seed,
        what);
    if (v != NULL)
        fprintf(stderr, ": worker %u, channel %u, number %u", v->worker,
            v->chan, v->number);
    fprintf(stderr, "\n");
    exit(1);
}

// ---- Receiving -------------------------------------------------------------

static void
arrived(struct actor *a, int chan, const struct value *v)
{
    struct round *r = a->r;
    if (v->check != ~(v->worker ^ v->chan ^ v->number) ||
        v->chan != (uint32_t)chan || v->worker >= (uint32_t)r->workers)
        wrong(r, "a value that nobody sent", v);
    struct lane *l = &r->lane[v->worker][v->chan];
    if (v->number >= QUOTA_MAX || atomic_exchange(&l->seen[v->number], 1))
        wrong(r, "received twice", v);
    if ((int64_t)v->number <= a->last[v->worker][v->chan])
        wrong(r, "out of order", v);
    a->last[v->worker][v->chan] = v->number;
    l->received++;
    rounds_passed++;
}

static void
actor_init(struct actor *a, struct round *r, int id, int left)
{
    memset(a, 0, sizeof *a);
    a->r = r;
    a->id = id;
    a->left = left;
    a->rand = (r->seed + 1) * 0x9e3779b97f4a7c15u + (uint64_t)id * 77 +
        (left > 0);
    a->rand |= 1;
    memset(a->last, -1, sizeof a->last);
}

// Ranges over one channel, by every kind of receive.
static void
receiver(struct round *r, int chan)
{
    struct actor *a = malloc(sizeof *a);
    struct value v;
    actor_init(a, r, chan, 0);
    leat_chan(struct value) c = r->chan[chan];
    for (;;) {
        bool ok = false;
        int err = 0;
        switch (chance(&a->rand, 4)) {
        case 0:
            err = leat_try_recv(c, &v);
            break;
        case 1:
            err = leat_recv_until(
                c, &v, leat_deadline(chance(&a->rand, 20000)));
            break;
        case 2:
            err = leat_select(leat_case_recv_ok(c, &v, &ok));
            err = ok ? 0 : LEAT_ECLOSED;
            break;
        default:
            err = leat_recv_ok(c, &v) ? 0 : LEAT_ECLOSED;
        }
        if (err == 0)
            arrived(a, chan, &v);
        else if (err == LEAT_ECLOSED)
            break;
        else if (err == LEAT_EAGAIN)
            leat_yield();
    }
    free(a);
    leat_waitgroup_done(&r->all);
}

// ---- Sending ---------------------------------------------------------------

static struct value
next_value(struct actor *a, int chan)
{
    struct value v = {.worker = (uint32_t)a->id, .chan = (uint32_t)chan,
        .number = a->r->lane[a->id][chan].sent};
    v.check = ~(v.worker ^ v.chan ^ v.number);
    return v;
}

static void
was_sent(struct actor *a, int chan)
{
    a->r->lane[a->id][chan].sent++;
    a->left--;
}

// To a channel that may be closed at any time: only the calls that say so.
static void
send_early(struct actor *a, int chan)
{
    leat_chan(struct value) c = a->r->chan[chan];
    if (a->closed[chan])
        return;
    int err = chance(&a->rand, 2) == 0
        ? leat_try_send(c, next_value(a, chan))
        : leat_send_until(
              c, leat_deadline(chance(&a->rand, 50000)), next_value(a, chan));
    if (err == 0)
        was_sent(a, chan);
    else if (err == LEAT_ECLOSED)
        a->closed[chan] = true;
}

// A case on a channel that is not closed early: send, or receive.
static void
random_case(struct actor *a, struct leat_case *k, struct value *v, int chan)
{
    bool sends = chance(&a->rand, 3) != 0;
    if (sends)
        *v = next_value(a, chan);
    *k = (struct leat_case){
        .ch = LEAT__CHAN(a->r->chan[chan]),
        .elem = v,
        .op = sends ? LEAT_CASE_SEND : LEAT_CASE_RECV,
    };
}

// Several channels at once; the first case always sends, so that somebody
// will take it in the end.
static void
send_select(struct actor *a)
{
    struct leat_case k[CHANS_MAX + 1];
    struct value v[CHANS_MAX];
    int chan[CHANS_MAX], n = 1 + (int)chance(&a->rand, CHANS_MAX - 1);
    int late = a->r->chans - a->r->early;
    for (int i = 0; i < n; i++) {
        chan[i] = a->r->early + (int)chance(&a->rand, (uint32_t)late);
        do
            random_case(a, &k[i], &v[i], chan[i]);
        while (i == 0 && k[i].op != LEAT_CASE_SEND);
    }
    unsigned flags = chance(&a->rand, 4) == 0 ? LEAT_SELECT_PRIORITY : 0;
    int64_t deadline = LEAT_FOREVER;
    size_t cases = (size_t)n;
    uint32_t kind = chance(&a->rand, 3);
    if (kind == 0) {
        k[cases++] = (struct leat_case){.op = LEAT_CASE_DEFAULT};
    } else if (kind == 1) {
        flags |= LEAT_SELECT_UNTIL;
        deadline = leat_deadline(chance(&a->rand, 50000));
    }
    int done = leat_select_cases(k, cases, flags, deadline);
    if (done < 0 || done >= n)
        return; // the deadline, or the default
    if (k[done].op == LEAT_CASE_SEND)
        was_sent(a, chan[done]);
    else
        arrived(a, chan[done], &v[done]);
}

static void
send_late(struct actor *a, int chan)
{
    leat_chan(struct value) c = a->r->chan[chan];
    int err = 0;
    switch (chance(&a->rand, 3)) {
    case 0:
        err = leat_try_send(c, next_value(a, chan));
        break;
    case 1:
        err = leat_send_until(
            c, leat_deadline(chance(&a->rand, 50000)), next_value(a, chan));
        break;
    default:
        leat_send(c, next_value(a, chan));
    }
    if (err == 0)
        was_sent(a, chan);
}

static void
worker(struct round *r, int id)
{
    struct actor *a = malloc(sizeof *a);
    actor_init(a, r, id, r->quota);
    while (a->left > 0) {
        int chan = (int)chance(&a->rand, (uint32_t)r->chans);
        if (chan < r->early)
            send_early(a, chan);
        else if (chance(&a->rand, 2) == 0)
            send_late(a, chan);
        else
            send_select(a);
        if (chance(&a->rand, 64) == 0)
            leat_yield();
    }
    free(a);
    if (--r->senders == 0)
        for (int i = r->early; i < r->chans; i++)
            leat_close(r->chan[i]);
    leat_waitgroup_done(&r->all);
}

struct thread_start {
    struct round *r;
    int id;
};

static void *
worker_thread(void *arg)
{
    struct thread_start s = *(struct thread_start *)arg;
    free(arg);
    worker(s.r, s.id);
    return NULL;
}

// ---- A round ---------------------------------------------------------------

static void
close_early(struct round *r, struct actor *a)
{
    for (int i = 0; i < r->early; i++) {
        for (uint32_t n = chance(&a->rand, 200); n > 0; n--)
            leat_yield();
        leat_close(r->chan[i]);
    }
}

static void
check(struct round *r)
{
    for (int w = 0; w < r->workers; w++) {
        for (int c = 0; c < r->chans; c++) {
            struct lane *l = &r->lane[w][c];
            struct value v = {
                .worker = (uint32_t)w, .chan = (uint32_t)c, .number = 0};
            for (; v.number < l->sent; v.number++)
                if (!l->seen[v.number])
                    wrong(r, "lost", &v);
            if (l->received != l->sent)
                wrong(r, "more received than sent", &v);
        }
    }
}

static void
start_worker(struct round *r, int id, bool thread)
{
    pthread_t t;
    struct thread_start *s = thread ? malloc(sizeof *s) : NULL;
    if (s == NULL) {
        leat_go(worker, r, id);
        return;
    }
    *s = (struct thread_start){r, id};
    if (pthread_create(&t, NULL, worker_thread, s) == 0) {
        pthread_detach(t);
        return;
    }
    free(s);
    leat_go(worker, r, id);
}

static void
run_round(uint64_t seed, int quota_max)
{
    struct round *r = &the_round;
    struct actor *a = malloc(sizeof *a);
    memset(r, 0, sizeof *r);
    r->seed = seed;
    actor_init(a, r, WORKERS_MAX, 0);
    r->chans = 1 + (int)chance(&a->rand, CHANS_MAX);
    r->early = (int)chance(&a->rand, (uint32_t)(r->chans + 1) / 2);
    int workers = 1 + (int)chance(&a->rand, WORKERS_MAX);
    r->workers = workers;
    r->senders = workers;
    r->quota = 1 + (int)chance(&a->rand, (uint32_t)quota_max);
    for (int i = 0; i < r->chans; i++)
        r->chan[i] = leat_make_chan(
            struct value, chance(&a->rand, 2) == 0 ? 0 : chance(&a->rand, 20));
    leat_waitgroup_add(&r->all, r->chans + r->workers);
    for (int i = 0; i < r->chans; i++)
        leat_go(receiver, r, i);
    for (int i = 0; i < r->workers; i++)
        start_worker(r, i, rounds.threads && chance(&a->rand, 3) == 0);
    close_early(r, a);
    free(a);
    leat_waitgroup_wait(&r->all);
    check(r);
    for (int i = 0; i < r->chans; i++)
        leat_free(r->chan[i]);
}

// ---- The program -----------------------------------------------------------

static void
change_procs(_Atomic bool *stop)
{
    for (unsigned i = 0; !*stop; i = i * 5 + 3) {
        leat_gomaxprocs(1 + (int)(i >> 8) % 6);
        leat_sleep(200 * LEAT_MICROSECOND);
    }
}

static int
run_parallel(int argc, char **argv)
{
    static _Atomic bool stop;
    (void)argc;
    (void)argv;
    if (with_procs)
        leat_go(change_procs, &stop);
    rounds_parallel(run_round, QUOTA_MAX);
    stop = true;
    return 0;
}

static void
on_alarm(int sig)
{
    (void)sig;
}

static void
start_storm(void)
{
    struct sigaction action = {.sa_handler = on_alarm};
    struct itimerval every = {{0, 1000}, {0, 1000}};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &every, NULL);
}

static bool
own_argument(const char *arg)
{
    if (strcmp(arg, "--procs") == 0)
        with_procs = true;
    else if (strcmp(arg, "--storm") == 0)
        start_storm();
    else
        return false;
    return true;
}

int
main(int argc, char **argv)
{
    rounds_arguments(argv, own_argument);
    if (rounds.seed_count == 0)
        leat_run(run_parallel, argc, argv);
    rounds_seeds(run_round, SEEDED_MAX);
    return 0;
}
