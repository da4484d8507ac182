// SPDX-License-Identifier: MIT
// visitors.c: locks that are tried, and waits that end: a museum's guide that
// is read by many and closed by one, a turnstile that opens for one at a time,
// and a night watchman who does not wait for ever.
#include <leat.h>

#include <stdio.h>

// ---- A guide: many readers, or one who rewrites it -------------------------

struct guide {
    struct leat_rwmutex rw;
    int edition; // guarded by rw
};

static const char *
yes(bool b)
{
    return b ? "yes" : "no";
}

static void
show_guide(void)
{
    struct guide g = {.edition = 1};
    int64_t soon = leat_deadline(2 * LEAT_MILLISECOND);

    // A reader does not keep readers out, but who writes.
    leat_rwmutex_rlock(&g.rw);
    bool second = leat_rwmutex_try_rlock(&g.rw);
    printf("guide: a second reader: %s, a writer: %s\n", yes(second),
        yes(leat_rwmutex_try_lock(&g.rw)));
    int err = leat_rwmutex_lock_until(&g.rw, soon);
    printf("guide: a writer who waits: %s\n", leat_strerror(err));
    leat_rwmutex_runlock(&g.rw);
    leat_rwmutex_runlock(&g.rw);

    // And a writer keeps out everybody. A lock that is free is taken, even
    // when the deadline has passed.
    err = leat_rwmutex_lock_until(&g.rw, soon);
    g.edition += err == 0;
    printf("guide: then: %s, edition %d\n", leat_strerror(err), g.edition);
    err = leat_rwmutex_rlock_until(&g.rw, leat_deadline(LEAT_MILLISECOND));
    printf("guide: a reader meanwhile: %s\n", leat_strerror(err));
    leat_rwmutex_unlock(&g.rw);
}

// ---- A turnstile: each signal lets one in ----------------------------------

struct turnstile {
    struct leat_mutex mu;
    struct leat_cond turned;
    int tickets, inside; // guarded by mu
    struct leat_waitgroup queue;
};

static void
go_in(void *arg)
{
    struct turnstile *t = arg;
    leat_mutex_lock(&t->mu);
    while (t->tickets == 0)
        leat_cond_wait(&t->turned);
    t->tickets--;
    t->inside++;
    leat_mutex_unlock(&t->mu);
}

// One ticket, one to wake: with a broadcast all would look, and wait again.
static void
sell(struct turnstile *t)
{
    leat_mutex_lock(&t->mu);
    t->tickets++;
    leat_mutex_unlock(&t->mu);
    leat_cond_signal(&t->turned);
}

static void
show_turnstile(void)
{
    struct turnstile t = {.tickets = 0};
    t.turned.l = &t.mu;
    for (int i = 0; i < 5; i++)
        leat_waitgroup_go(&t.queue, go_in, &t);
    for (int i = 0; i < 5; i++)
        sell(&t);
    leat_waitgroup_wait(&t.queue);
    printf("turnstile: %d went in, %d tickets are left\n", t.inside,
        t.tickets);
}

// ---- The night: nobody comes, and who waits for that goes home -------------

static void
watch(struct turnstile *t)
{
    int64_t morning = leat_deadline(3 * LEAT_MILLISECOND);
    int err = 0;
    leat_mutex_lock(&t->mu);
    while (t->tickets == 0 && err == 0)
        err = leat_cond_wait_until(&t->turned, morning);
    // The mutex is held again, also after the deadline.
    printf("night: %s, %d tickets\n", leat_strerror(err), t->tickets);
    leat_mutex_unlock(&t->mu);
}

// Who finds it locked does something else in the meantime.
static void
sweep(struct turnstile *t)
{
    if (!leat_mutex_try_lock(&t->mu)) {
        printf("night: sweep elsewhere\n");
        return;
    }
    printf("night: sweep here\n");
    leat_mutex_unlock(&t->mu);
}

static void
show_night(void)
{
    struct turnstile t = {.tickets = 0};
    t.turned.l = &t.mu;
    watch(&t);
    sweep(&t);
    leat_mutex_lock(&t.mu);
    sweep(&t);
    leat_mutex_unlock(&t.mu);
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    show_guide();
    show_turnstile();
    show_night();
    return 0;
}
