// SPDX-License-Identifier: MIT
// test_model_sync.c: random programs on locks, seeded. Each goroutine notes
// what it waits for and what it holds. Whenever all of them wait, somebody must
// hold what they wait for: a wake-up that is lost, or that went to one who had
// given up, shows then. And as the clock stands while anything runs, a wait
// that gives up does so at its deadline, to the nanosecond.
#include "unit/test_sync_util.h"

enum {
    MODEL_LOCKS = 4,
    MODEL_ACTORS = 8,
    MODEL_STEPS = 12,
    MODEL_UNITS = 3, // of each semaphore
    MODEL_SEEDS = 3000
};

enum model_kind { MODEL_MUTEX, MODEL_READ, MODEL_WRITE, MODEL_SEM, MODEL_KINDS };

struct model_lock {
    struct leat_mutex mutex;
    struct leat_rwmutex rwmutex;
    struct leat_sem sem;
    int64_t held[MODEL_KINDS]; // holders; of the semaphore: units
};

struct model_wait {
    struct model_lock *lock; // NULL: does not wait
    enum model_kind kind;
    int64_t units;
};

static struct {
    struct model_lock lock[MODEL_LOCKS];
    struct model_wait wait[MODEL_ACTORS];
    struct leat_waitgroup all;
    int64_t end; // when `context` ends
    struct leat_context *context;
} model;

static int
model_chance(int below)
{
    return (int)(leat_test_random() % (uint64_t)below);
}

static int
model_acquire(const struct model_wait *w, int64_t deadline)
{
    switch (w->kind) {
    case MODEL_MUTEX:
        return leat_mutex_lock_until(&w->lock->mutex, deadline);
    case MODEL_READ:
        return leat_rwmutex_rlock_until(&w->lock->rwmutex, deadline);
    case MODEL_WRITE:
        return leat_rwmutex_lock_until(&w->lock->rwmutex, deadline);
    default:
        return leat_sem_acquire_until(&w->lock->sem, w->units, deadline);
    }
}

static void
model_release(const struct model_wait *w)
{
    w->lock->held[w->kind] -= w->units;
    switch (w->kind) {
    case MODEL_MUTEX:
        leat_mutex_unlock(&w->lock->mutex);
        break;
    case MODEL_READ:
        leat_rwmutex_runlock(&w->lock->rwmutex);
        break;
    case MODEL_WRITE:
        leat_rwmutex_unlock(&w->lock->rwmutex);
        break;
    default:
        leat_sem_release(&w->lock->sem, w->units);
    }
}

// What `kind` may not be held beside is not held.
static void
model_check_exclusion(const struct model_lock *l, enum model_kind kind)
{
    if (kind == MODEL_MUTEX)
        CHECK_EQ(l->held[MODEL_MUTEX], 1);
    if (kind == MODEL_READ)
        CHECK_EQ(l->held[MODEL_WRITE], 0);
    if (kind == MODEL_WRITE)
        CHECK_EQ(l->held[MODEL_WRITE] + l->held[MODEL_READ], 1);
    CHECK(l->held[MODEL_SEM] <= MODEL_UNITS);
}

static int64_t
model_later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void
model_check_time(int err, int64_t begin, int64_t deadline)
{
    int64_t now = leat_now();
    if (err == 0)
        CHECK(now <= model_later(begin, deadline));
    else if (err == LEAT_ETIMEDOUT)
        CHECK_EQ(now, model_later(begin, deadline));
    else
        CHECK_EQ(now, model_later(begin, model.end));
}

static void
model_pause(void)
{
    if (model_chance(2))
        leat_sleep(model_chance(20));
}

static int64_t
model_deadline(void)
{
    return model_chance(3) == 0 ? LEAT_FOREVER
                                : leat_now() + model_chance(25) - 2;
}

static void
model_step(struct model_wait *wait)
{
    struct model_wait w = {.lock = &model.lock[model_chance(MODEL_LOCKS)],
        .kind = (enum model_kind)model_chance(MODEL_KINDS), .units = 1};
    if (w.kind == MODEL_SEM)
        w.units += model_chance(MODEL_UNITS);
    int64_t begin = leat_now(), deadline = model_deadline();
    begin = model_later(begin, leat_now());
    *wait = w;
    int err = model_acquire(&w, deadline);
    wait->lock = NULL;
    if (err == 0) {
        w.lock->held[w.kind] += w.units;
        model_check_exclusion(w.lock, w.kind);
    }
    model_check_time(err, begin, deadline);
    if (err == 0) {
        model_pause();
        model_release(&w);
    }
}

static void
model_act(int id)
{
    if (model_chance(3) == 0)
        leat_set_context(model.context);
    for (int i = 0; i < MODEL_STEPS; i++) {
        model_step(&model.wait[id]);
        model_pause();
    }
    leat_waitgroup_done(&model.all);
}

// Everybody waits: for something that is held, or too little of which is free.
static void
model_check_waiters(const struct model_lock *l)
{
    int waiting[MODEL_KINDS] = {0}, fitting = 0;
    for (int i = 0; i < MODEL_ACTORS; i++) {
        const struct model_wait *w = &model.wait[i];
        if (w->lock != l)
            continue;
        waiting[w->kind]++;
        fitting += w->kind == MODEL_SEM &&
            l->held[MODEL_SEM] + w->units <= MODEL_UNITS;
    }
    if (waiting[MODEL_MUTEX] != 0)
        CHECK_EQ(l->held[MODEL_MUTEX], 1);
    if (waiting[MODEL_WRITE] != 0)
        CHECK(l->held[MODEL_WRITE] + l->held[MODEL_READ] > 0);
    else if (waiting[MODEL_READ] != 0)
        CHECK_EQ(l->held[MODEL_WRITE], 1);
    if (waiting[MODEL_SEM] != 0) // the first of them does not fit
        CHECK(fitting < waiting[MODEL_SEM]);
}

static void
model_run(void *arg)
{
    (void)arg;
    memset(&model, 0, sizeof model);
    for (int i = 0; i < MODEL_LOCKS; i++)
        leat_sem_init(&model.lock[i].sem, MODEL_UNITS);
    model.end = leat_deadline(model_chance(300));
    model.context = leat_with_deadline(NULL, model.end);
    CHECK(model.context != NULL);
    leat_waitgroup_add(&model.all, MODEL_ACTORS);
    for (int i = 0; i < MODEL_ACTORS; i++)
        leat_go(model_act, i);
    do {
        leat_test_wait();
        for (int i = 0; i < MODEL_LOCKS; i++)
            model_check_waiters(&model.lock[i]);
    } while (leat_waitgroup_wait_until(
                 &model.all, leat_deadline(1 + model_chance(9))) != 0);
    leat_context_release(model.context);
}

PLAIN_TEST(sync, who_waits_in_a_random_program_waits_for_what_is_held)
{
    run_seeds(model_run, MODEL_SEEDS / test_slowness());
}
