// SPDX-License-Identifier: MIT
// graph.c: values through a random graph of channels, from end to end: every
// value that a source has made comes out of exactly one sink, once.
//
//     graph [--values N] [--seed S] [--threads]
//     graph --seeds FIRST COUNT
//
// The first form runs rounds on all Ps until N values have come through, with
// --threads some of the actors being plain threads; the second one small
// round for each seed in the deterministic mode.
//
// One round: up to four layers of channels of random capacity. Sources send
// into the first, sinks receive from the last, relays stand between two
// layers. A relay holds some values and has one select with a case for each
// of its inputs, if it has room, and one for each of its outputs, if it has a
// value; now and then with a default, a deadline or by priority. Whoever is
// the last to send into a layer closes its channels, so that the end of a
// round runs through the graph while values are still on their way.
//
// On each channel every sender numbers its values: who receives them sees
// the numbers of one sender only rise (conserve.c has the channels with one
// receiver, where none may be missing either).
#include "rounds.h"

#include <pthread.h>

enum {
    LAYERS_MAX = 4,
    WIDTH_MAX = 4,   // channels of a layer, actors of a step
    HELD_MAX = 6,    // values a relay holds
    STEPS_MAX = LAYERS_MAX + 1,
    VALUES_MAX = 20000, // of one round
    SEEDED_MAX = 60     // of one with a seed
};

struct value {
    uint32_t origin; // its number in the round
    uint32_t sender; // the actor that sent it last
    uint32_t number; // among what this actor sent on this channel
    uint32_t check;  // ~(origin ^ sender ^ number)
};

typedef leat_chan(struct value) value_chan;

struct layer {
    value_chan chan[WIDTH_MAX];
    int width;
    _Atomic int senders; // who still sends into it
};

struct actor {
    struct round *r;
    uint64_t rand;
    int step, id;   // step 0: sources; id is unique in the round
    int from, left; // a source's values
    struct value held[HELD_MAX];
    int held_count;
    bool closed[WIDTH_MAX];                           // inputs seen closed
    uint32_t sent[WIDTH_MAX];                         // by output
    int64_t last[WIDTH_MAX][STEPS_MAX * WIDTH_MAX]; // by input and sender
};

struct round {
    uint64_t seed;
    int layers, count, made; // values asked for, handed to sources
    struct layer layer[LAYERS_MAX];
    struct leat_waitgroup all;
    struct actor actor[STEPS_MAX * WIDTH_MAX];
    _Atomic uint8_t arrived[VALUES_MAX];
};

static struct round the_round;

static _Noreturn void
wrong(const struct round *r, const char *what, const struct value *v)
{
    fprintf(stderr, "graph: seed %llu: %s: value %u, sender %u, number %u\n",
        (unsigned long long)r->seed, what, v->origin, v->sender, v->number);
    exit(1);
}

// ---- What an actor does with values ----------------------------------------

static struct layer *
input(const struct actor *a)
{
    return a->step == 0 ? NULL : &a->r->layer[a->step - 1];
}

static struct layer *
output(const struct actor *a)
{
    return a->step == a->r->layers ? NULL : &a->r->layer[a->step];
}

// v came over input i. A sink keeps it for good, a relay holds it.
static void
take(struct actor *a, int i, const struct value *v)
{
    struct round *r = a->r;
    if (v->check != ~(v->origin ^ v->sender ^ v->number) ||
        v->origin >= (uint32_t)r->count || v->sender >= STEPS_MAX * WIDTH_MAX)
        wrong(r, "nobody sent this", v);
    if ((int64_t)v->number <= a->last[i][v->sender])
        wrong(r, "out of order", v);
    a->last[i][v->sender] = v->number;
    if (output(a) != NULL) {
        a->held[a->held_count++] = *v;
        return;
    }
    if (atomic_exchange(&r->arrived[v->origin], 1) != 0)
        wrong(r, "arrived twice", v);
    rounds_passed++;
}

// The next value to send, as it goes over output i.
static struct value
offer(struct actor *a, int i)
{
    struct value v = a->held_count > 0
        ? a->held[0]
        : (struct value){.origin = (uint32_t)a->from};
    v.sender = (uint32_t)a->id;
    v.number = a->sent[i];
    v.check = ~(v.origin ^ v.sender ^ v.number);
    return v;
}

static bool
has_value(const struct actor *a)
{
    return a->held_count > 0 || a->left > 0;
}

static void
gave(struct actor *a, int i)
{
    a->sent[i]++;
    if (a->held_count > 0) {
        a->held_count--;
        memmove(a->held, a->held + 1,
            (size_t)a->held_count * sizeof a->held[0]);
    } else {
        a->from++;
        a->left--;
    }
}

// ---- One select ------------------------------------------------------------

struct plan {
    struct leat_case k[2 * WIDTH_MAX + 1];
    struct value v[2 * WIDTH_MAX + 1];
    bool ok[2 * WIDTH_MAX + 1];
    int chan[2 * WIDTH_MAX + 1];
    size_t n;
};

static void
plan_add(struct plan *p, value_chan c, uint32_t op, int i)
{
    p->chan[p->n] = i;
    p->k[p->n] = (struct leat_case){.ch = LEAT__CHAN(c), .elem = &p->v[p->n],
        .ok = op == LEAT_CASE_RECV ? &p->ok[p->n] : NULL, .op = op};
    p->n++;
}

// Inputs that are not closed while there is room, outputs if there is a value.
// A source and a relay sometimes offer on one output only.
static void
plan_make(struct actor *a, struct plan *p)
{
    struct layer *in = input(a), *out = output(a);
    p->n = 0;
    bool room = out == NULL || a->held_count < HELD_MAX;
    for (int i = 0; in != NULL && room && i < in->width; i++)
        if (!a->closed[i])
            plan_add(p, in->chan[i], LEAT_CASE_RECV, i);
    if (out == NULL || !has_value(a))
        return;
    int only = chance(&a->rand, 3) == 0
        ? (int)chance(&a->rand, (uint32_t)out->width)
        : -1;
    for (int i = 0; i < out->width; i++) {
        if (only >= 0 && i != only)
            continue;
        p->v[p->n] = offer(a, i);
        plan_add(p, out->chan[i], LEAT_CASE_SEND, i);
    }
}

static void
plan_done(struct actor *a, struct plan *p, int done)
{
    int i = p->chan[done];
    if (p->k[done].op == LEAT_CASE_SEND)
        gave(a, i);
    else if (p->ok[done])
        take(a, i, &p->v[done]);
    else
        a->closed[i] = true;
}

// False when there is nothing left to do.
static bool
step(struct actor *a)
{
    struct plan p;
    plan_make(a, &p);
    if (p.n == 0)
        return false;
    unsigned flags = chance(&a->rand, 4) == 0 ? LEAT_SELECT_PRIORITY : 0;
    int64_t deadline = LEAT_FOREVER;
    size_t n = p.n;
    uint32_t kind = chance(&a->rand, 4);
    if (kind == 0) {
        p.k[n++] = (struct leat_case){.op = LEAT_CASE_DEFAULT};
    } else if (kind == 1) {
        flags |= LEAT_SELECT_UNTIL;
        deadline = leat_deadline(chance(&a->rand, 20000));
    }
    int done = leat_select_cases(p.k, n, flags, deadline);
    if (done >= 0 && (size_t)done < p.n)
        plan_done(a, &p, done);
    else if (kind == 0)
        leat_yield();
    return true;
}

static void
act(void *arg)
{
    struct actor *a = arg;
    struct layer *out = output(a);
    while (step(a))
        ;
    if (a->held_count > 0)
        wrong(a->r, "kept back", &a->held[0]);
    if (out != NULL && --out->senders == 0)
        for (int i = 0; i < out->width; i++)
            leat_close(out->chan[i]);
    leat_waitgroup_done(&a->r->all);
}

// ---- A round ---------------------------------------------------------------

static void *
act_plain(void *arg)
{
    act(arg);
    return NULL;
}

static void
start_actor(struct actor *a, bool thread)
{
    pthread_t t;
    if (thread && pthread_create(&t, NULL, act_plain, a) == 0)
        pthread_detach(t);
    else
        leat_go(act, a);
}

static int
make_step(struct round *r, int s, uint64_t *rand, int first_id)
{
    int n = 1 + (int)chance(rand, WIDTH_MAX);
    for (int i = 0; i < n; i++) {
        struct actor *a = &r->actor[first_id + i];
        a->r = r;
        a->step = s;
        a->id = first_id + i;
        a->rand = (r->seed + 3) * 0x9e3779b97f4a7c15u + (uint64_t)a->id;
        memset(a->last, -1, sizeof a->last);
        if (s > 0)
            continue;
        int share = i == n - 1 ? r->count - r->made : r->count / n;
        a->from = r->made;
        a->left = share;
        r->made += share;
    }
    if (s < r->layers)
        r->layer[s].senders = n;
    return first_id + n;
}

static void
make_layers(struct round *r, uint64_t *rand)
{
    r->layers = 1 + (int)chance(rand, LAYERS_MAX);
    for (int l = 0; l < r->layers; l++) {
        r->layer[l].width = 1 + (int)chance(rand, WIDTH_MAX);
        for (int i = 0; i < r->layer[l].width; i++)
            r->layer[l].chan[i] = leat_make_chan(struct value,
                chance(rand, 2) == 0 ? 0 : chance(rand, 20));
    }
}

static void
run_round(uint64_t seed, int count_max)
{
    struct round *r = &the_round;
    uint64_t rand = (seed + 1) * 0x9e3779b97f4a7c15u | 1;
    int actors = 0;
    memset(r, 0, sizeof *r);
    r->seed = seed;
    r->count = 1 + (int)chance(&rand, (uint32_t)count_max);
    make_layers(r, &rand);
    for (int s = 0; s <= r->layers; s++)
        actors = make_step(r, s, &rand, actors);
    leat_waitgroup_add(&r->all, actors);
    for (int i = 0; i < actors; i++)
        start_actor(&r->actor[i], rounds.threads && chance(&rand, 4) == 0);
    leat_waitgroup_wait(&r->all);
    for (int i = 0; i < r->count; i++)
        if (!r->arrived[i])
            wrong(r, "lost", &(struct value){.origin = (uint32_t)i});
    for (int l = 0; l < r->layers; l++)
        for (int i = 0; i < r->layer[l].width; i++)
            leat_free(r->layer[l].chan[i]);
}

// ---- The program -----------------------------------------------------------

static int
run_parallel(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    rounds_parallel(run_round, VALUES_MAX);
    return 0;
}

int
main(int argc, char **argv)
{
    rounds_arguments(argv, NULL);
    if (rounds.seed_count == 0)
        leat_run(run_parallel, argc, argv);
    rounds_seeds(run_round, SEEDED_MAX);
    return 0;
}
