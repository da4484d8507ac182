// SPDX-License-Identifier: MIT
// pthread.c: a task is a thread; a channel is a mutex and conditions.
#define _GNU_SOURCE
#include "task.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

enum { STACK_BYTES = 256 * 1024 };

const int64_t task_alive_max = 1000;

struct chan {
    pthread_mutex_t lock;
    pthread_cond_t not_empty, not_full, taken;
    int64_t capacity, count, head, size;
    int64_t sent, received; // to let a sender wait for its own value
    bool closed;
    int64_t ring[];
};

struct chan *
chan_make(int64_t capacity)
{
    int64_t size = capacity > 0 ? capacity : 1;
    struct chan *c = calloc(1, sizeof *c + (size_t)size * sizeof c->ring[0]);
    peer_check(c != NULL, "memory");
    c->capacity = capacity;
    c->size = size;
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->not_empty, NULL);
    pthread_cond_init(&c->not_full, NULL);
    pthread_cond_init(&c->taken, NULL);
    return c;
}

void
chan_free(struct chan *c)
{
    pthread_mutex_lock(&c->lock); // whoever used it last has let go
    pthread_mutex_unlock(&c->lock);
    pthread_cond_destroy(&c->not_empty);
    pthread_cond_destroy(&c->not_full);
    pthread_cond_destroy(&c->taken);
    free(c);
}

void
chan_send(struct chan *c, int64_t v)
{
    pthread_mutex_lock(&c->lock);
    while (c->count == c->size)
        pthread_cond_wait(&c->not_full, &c->lock);
    c->ring[(c->head + c->count++) % c->size] = v;
    int64_t mine = ++c->sent;
    pthread_cond_signal(&c->not_empty);
    while (c->capacity == 0 && c->received < mine)
        pthread_cond_wait(&c->taken, &c->lock);
    pthread_mutex_unlock(&c->lock);
}

bool
chan_recv(struct chan *c, int64_t *v)
{
    pthread_mutex_lock(&c->lock);
    while (c->count == 0 && !c->closed)
        pthread_cond_wait(&c->not_empty, &c->lock);
    bool got = c->count > 0;
    if (got) {
        *v = c->ring[c->head];
        c->head = (c->head + 1) % c->size;
        c->count--;
        c->received++;
        pthread_cond_signal(&c->not_full);
        if (c->capacity == 0)
            pthread_cond_broadcast(&c->taken);
    }
    pthread_mutex_unlock(&c->lock);
    return got;
}

void
chan_close(struct chan *c)
{
    pthread_mutex_lock(&c->lock);
    c->closed = true;
    pthread_cond_broadcast(&c->not_empty);
    pthread_mutex_unlock(&c->lock);
}

struct start {
    void (*fn)(void *arg);
    void *arg;
};

static void *
task_start(void *arg)
{
    struct start s = *(struct start *)arg;
    free(arg);
    s.fn(s.arg);
    return NULL;
}

bool
task_go(void (*fn)(void *arg), void *arg)
{
    pthread_t thread;
    pthread_attr_t attr;
    struct start *s = malloc(sizeof *s);
    peer_check(s != NULL, "memory");
    *s = (struct start){fn, arg};
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    bool made = pthread_create(&thread, &attr, task_start, s) == 0;
    if (!made)
        free(s);
    pthread_attr_destroy(&attr);
    return made;
}

void
task_yield(void)
{
    sched_yield();
}

void
peer_begin(int procs)
{
    (void)procs; // the kernel spreads threads over the CPUs it may use
}

static void
ticker_hog(void *arg)
{
    (void)arg;
    while (!peer_ticker_over())
        continue;
}

void
peer_ticker(int64_t hogs, int64_t ms)
{
    (void)ms;
    for (int64_t i = 0; i < hogs; i++)
        peer_check(task_go(ticker_hog, NULL), "a thread");
    do {
        int64_t due = peer_tick_due();
        struct timespec t = {due / 1000000000, due % 1000000000};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
    } while (peer_tick());
}
