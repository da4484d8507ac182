// SPDX-License-Identifier: MIT
// test_timerheap.c: the heap of timers against a model: a plain array that is
// searched from end to end.
#include "lib/test.h"

#include "sched/sched.h"

#include <leat.h>

#include <stdlib.h>

enum { HEAP_TIMERS = 300, HEAP_STEPS = 20000 };

struct heap_model {
    struct leat__timer timer[HEAP_TIMERS];
    bool waits[HEAP_TIMERS];
    int64_t when[HEAP_TIMERS], period[HEAP_TIMERS];
    int fired[HEAP_TIMERS];
    int64_t now, last;
};

static struct heap_model *heap_model;

static void
heap_fire(struct leat__m *m, struct leat__timer *t, int64_t now)
{
    struct heap_model *h = heap_model;
    size_t i = (size_t)(t - h->timer);
    (void)m;
    CHECK(h->waits[i]);
    CHECK_EQ(now, h->now);
    CHECK(h->when[i] <= now);
    // Earliest first, but for those that were late from the start.
    CHECK(h->when[i] >= h->last);
    h->last = h->when[i];
    h->fired[i]++;
    if (h->period[i] == 0)
        h->waits[i] = false;
    else
        while (h->when[i] <= now)
            h->when[i] += h->period[i];
}

static void
heap_settle(struct leat__timer *t)
{
    CHECK(t->arg == heap_model);
}

static void
heap_start(struct leat__m *m, struct heap_model *h, int i, unsigned *seed)
{
    h->when[i] = h->now + rand_r(seed) % 1000;
    h->period[i] = rand_r(seed) % 5 == 0 ? 1 + rand_r(seed) % 300 : 0;
    h->waits[i] = true;
    h->timer[i] = (struct leat__timer){.when = h->when[i],
        .period = h->period[i],
        .fire = heap_fire,
        .arg = h};
    CHECK(leat__timer_add(m, &h->timer[i]));
}

static void
heap_step(struct leat__m *m, struct heap_model *h, unsigned *seed)
{
    int i = rand_r(seed) % HEAP_TIMERS;
    struct leat__timerheap *heap = &m->p->timers;
    switch (rand_r(seed) % 5) {
    case 0:
    case 1:
        if (!h->waits[i])
            heap_start(m, h, i, seed);
        break;
    case 2:
        CHECK_EQ(leat__timer_del(&h->timer[i]), h->waits[i]);
        h->waits[i] = false;
        break;
    case 3: {
        int64_t when = h->now + rand_r(seed) % 1000;
        CHECK_EQ(leat__timer_move(
                     m, &h->timer[i], when, h->period[i], heap_settle),
            h->waits[i]);
        h->when[i] = when;
        break;
    }
    default:
        h->now += rand_r(seed) % 50;
        h->last = INT64_MIN;
        leat__timers_run(m, heap, h->now);
    }
}

static void
heap_compare(struct leat__m *m, struct heap_model *h)
{
    struct leat__timerheap *heap = &m->p->timers;
    int64_t earliest = INT64_MAX;
    uint32_t waiting = 0;
    leat__timerheap_check(heap);
    for (int i = 0; i < HEAP_TIMERS; i++) {
        if (!h->waits[i])
            continue;
        waiting++;
        if (h->when[i] < earliest)
            earliest = h->when[i];
        CHECK_EQ(h->timer[i].when, h->when[i]);
    }
    CHECK_EQ(heap->count, waiting);
    CHECK_EQ(heap->earliest, earliest);
}

static void
heap_run(void *arg)
{
    unsigned seed = *(unsigned *)arg;
    heap_model = calloc(1, sizeof *heap_model);
    struct leat__m *m = leat__enter();
    // Far ahead of the run's own clock, which must not fire them, and inside
    // throughout: nothing else runs meanwhile.
    heap_model->now = INT64_MAX / 2;
    for (int i = 0; i < HEAP_STEPS / test_slowness(); i++) {
        heap_step(m, heap_model, &seed);
        if (i % 50 == 0)
            heap_compare(m, heap_model);
    }
    for (int i = 0; i < HEAP_TIMERS; i++)
        leat__timer_del(&heap_model->timer[i]);
    CHECK_EQ(m->p->timers.count, 0);
    CHECK_EQ(m->p->timers.earliest, INT64_MAX);
    leat__leave(m);
    free(heap_model);
}

PLAIN_TEST(timer, the_heap_agrees_with_a_plain_array)
{
    for (unsigned i = 0; i < 5; i++) {
        unsigned seed = (unsigned)test_seed() + i;
        CHECK_EQ(leat_test_run(seed, heap_run, &seed), 0);
    }
}
