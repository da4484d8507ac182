// SPDX-License-Identifier: MIT
// sync.c: goroutines that share things: mutex, rwmutex, waitgroup, once,
// condition variable, semaphore, pool, and a group that carries an error.
#include <leat.h>

#include <stdio.h>
#include <stdlib.h>

// Ten goroutines count in one variable; the waitgroup waits for them. Both
// may lie on the stack.
struct counter {
    struct leat_mutex mu;
    int n; // guarded by mu
};

static void
count(void *arg)
{
    struct counter *c = arg;
    for (int i = 0; i < 1000; i++) {
        leat_mutex_lock(&c->mu);
        c->n++;
        leat_mutex_unlock(&c->mu);
    }
}

static void
show_mutex(void)
{
    struct counter c = {.n = 0};
    struct leat_waitgroup wg = LEAT_ZERO;
    for (int i = 0; i < 10; i++)
        leat_waitgroup_go(&wg, count, &c);
    leat_waitgroup_wait(&wg);
    printf("mutex: counted to %d\n", c.n);

    // Every wait has a form with a deadline.
    leat_mutex_lock(&c.mu);
    int err = leat_mutex_lock_until(&c.mu, leat_deadline(LEAT_MILLISECOND));
    printf("mutex: locked a second time: %s\n", leat_strerror(err));
    leat_mutex_unlock(&c.mu);
}

// Readers share the table; who changes it is alone.
struct table {
    struct leat_rwmutex rw;
    struct leat_once filled;
    int square[8];
};

static void
fill(void *arg)
{
    struct table *t = arg;
    leat_rwmutex_lock(&t->rw);
    for (int i = 0; i < 8; i++)
        t->square[i] = i * i;
    leat_rwmutex_unlock(&t->rw);
    printf("once: filled the table\n");
}

static void
look_up(void *arg)
{
    struct table *t = arg;
    leat_once_do(&t->filled, fill, t); // the first fills it, the others wait
    leat_rwmutex_rlock(&t->rw);
    if (t->square[7] != 49)
        abort();
    leat_rwmutex_runlock(&t->rw);
}

static void
show_once_and_rwmutex(void)
{
    struct table t = {.square = {0}};
    struct leat_waitgroup wg = LEAT_ZERO;
    for (int i = 0; i < 5; i++)
        leat_waitgroup_go(&wg, look_up, &t);
    leat_waitgroup_wait(&wg);
    printf("rwmutex: 7 * 7 is %d\n", t.square[7]);
}

// A condition is a place to wait for something that a mutex guards.
struct door {
    struct leat_mutex mu;
    struct leat_cond opened;
    bool open;
    int went_in;
};

static void
go_in(void *arg)
{
    struct door *d = arg;
    leat_mutex_lock(&d->mu);
    while (!d->open)
        leat_cond_wait(&d->opened);
    d->went_in++;
    leat_mutex_unlock(&d->mu);
}

static void
show_cond(void)
{
    struct door d = {.open = false};
    struct leat_waitgroup wg = LEAT_ZERO;
    d.opened.l = &d.mu;
    for (int i = 0; i < 3; i++)
        leat_waitgroup_go(&wg, go_in, &d);
    leat_mutex_lock(&d.mu);
    d.open = true;
    leat_mutex_unlock(&d.mu);
    leat_cond_broadcast(&d.opened);
    leat_waitgroup_wait(&wg);
    printf("cond: %d went in\n", d.went_in);
}

static void
show_semaphore(void)
{
    struct leat_sem memory;
    leat_sem_init(&memory, 100); // megabytes, say
    leat_sem_acquire(&memory, 70);
    printf("semaphore: 40 more of 100: %s\n",
        leat_sem_try_acquire(&memory, 40) ? "yes" : "not now");
    leat_sem_release(&memory, 70);
    printf("semaphore: and now: %s\n",
        leat_sem_try_acquire(&memory, 40) ? "yes" : "not now");
    leat_sem_release(&memory, 40);
}

static void *
make_buffer(void *size)
{
    return malloc(*(size_t *)size);
}

static void
drop_buffer(void *size, void *buffer)
{
    (void)size;
    free(buffer);
}

static void
show_pool(void)
{
    size_t size = 4096;
    struct leat_pool *pool = leat_new_pool(make_buffer, drop_buffer, &size);
    char *buffer = leat_pool_get(pool); // made
    snprintf(buffer, size, "pool: a buffer that is used again");
    puts(buffer);
    leat_pool_put(pool, buffer);
    leat_pool_free(pool); // drops what it holds
}

// One of them fails: the others learn it from the group's context.
static int
work(void *arg)
{
    int id = *(int *)arg;
    if (id == 2)
        return -100; // an error of the program's own
    int err = leat_sleep_until(leat_deadline(LEAT_HOUR));
    return err == LEAT_ECANCELED ? 0 : 1;
}

static void
show_group(void)
{
    int id[4] = {0, 1, 2, 3};
    struct leat_group *group = leat_new_group(NULL);
    for (int i = 0; i < 4; i++)
        leat_group_go(group, work, &id[i]);
    printf("group: first error: %d\n", leat_group_wait(group));
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    show_mutex();
    show_once_and_rwmutex();
    show_cond();
    show_semaphore();
    show_pool();
    show_group();
    return 0;
}
