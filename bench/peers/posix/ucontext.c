// SPDX-License-Identifier: MIT
// ucontext.c: a task is a context of makecontext(3), all on one thread; a
// channel is a ring and two queues of tasks. Each swapcontext is a system call,
// for it sets the signal mask.
#define _GNU_SOURCE
#include "task.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

enum { STACK_BYTES = 256 * 1024 };

const int64_t task_alive_max = 100000;

struct task {
    ucontext_t context;
    struct task *next; // in a queue
    void (*fn)(void *arg);
    void *arg;
    int64_t value; // what it sends, or was handed
    bool ok;       // whether it was handed a value
};

struct queue {
    struct task *first, *last;
};

struct chan {
    struct queue senders, receivers;
    int64_t capacity, count, head;
    bool closed;
    int64_t ring[];
};

static struct task task_main, *task_current = &task_main;
static struct queue task_ready, task_dead;

static void
queue_put(struct queue *q, struct task *t)
{
    t->next = NULL;
    if (q->first == NULL)
        q->first = t;
    else
        q->last->next = t;
    q->last = t;
}

static struct task *
queue_take(struct queue *q)
{
    struct task *t = q->first;
    if (t != NULL)
        q->first = t->next;
    return t;
}

// Runs whoever is ready until somebody makes this task ready again.
static void
task_park(void)
{
    struct task *self = task_current, *next = queue_take(&task_ready);
    peer_check(next != NULL, "everybody waits");
    task_current = next;
    if (next != self)
        swapcontext(&self->context, &next->context);
}

void
task_yield(void)
{
    queue_put(&task_ready, task_current);
    task_park();
}

static void
task_start(void)
{
    task_current->fn(task_current->arg);
    queue_put(&task_dead, task_current); // its stack serves the next one
    task_park();
}

// Once for each task: makecontext leaves the stack as it is.
static __attribute__((noinline)) void
task_template(ucontext_t *context)
{
    getcontext(context);
    context->uc_link = NULL;
}

static struct task *
task_make(void)
{
    struct task *t = calloc(1, sizeof *t);
    void *stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (t == NULL || stack == MAP_FAILED) {
        free(t);
        return NULL;
    }
    task_template(&t->context);
    t->context.uc_stack = (stack_t){.ss_sp = stack, .ss_size = STACK_BYTES};
    return t;
}

bool
task_go(void (*fn)(void *arg), void *arg)
{
    struct task *t = queue_take(&task_dead);
    if (t == NULL)
        t = task_make();
    if (t == NULL)
        return false;
    makecontext(&t->context, task_start, 0);
    t->fn = fn;
    t->arg = arg;
    queue_put(&task_ready, t);
    return true;
}

struct chan *
chan_make(int64_t capacity)
{
    struct chan *c =
        calloc(1, sizeof *c + (size_t)capacity * sizeof c->ring[0]);
    peer_check(c != NULL, "memory");
    c->capacity = capacity;
    return c;
}

void
chan_free(struct chan *c)
{
    free(c);
}

void
chan_send(struct chan *c, int64_t v)
{
    struct task *t = queue_take(&c->receivers);
    if (t != NULL) {
        t->value = v;
        t->ok = true;
        queue_put(&task_ready, t);
    } else if (c->count < c->capacity) {
        c->ring[(c->head + c->count++) % c->capacity] = v;
    } else {
        task_current->value = v;
        queue_put(&c->senders, task_current);
        task_park();
    }
}

bool
chan_recv(struct chan *c, int64_t *v)
{
    struct task *t;
    if (c->count > 0) {
        *v = c->ring[c->head];
        c->head = (c->head + 1) % c->capacity;
        c->count--;
        t = queue_take(&c->senders);
        if (t != NULL) {
            c->ring[(c->head + c->count++) % c->capacity] = t->value;
            queue_put(&task_ready, t);
        }
        return true;
    }
    t = queue_take(&c->senders);
    if (t != NULL) {
        *v = t->value;
        queue_put(&task_ready, t);
        return true;
    }
    if (c->closed)
        return false;
    t = task_current;
    t->ok = false;
    queue_put(&c->receivers, t);
    task_park();
    *v = t->value;
    return t->ok;
}

void
chan_close(struct chan *c)
{
    struct task *t;
    c->closed = true;
    while ((t = queue_take(&c->receivers)) != NULL)
        queue_put(&task_ready, t);
}

void
peer_begin(int procs)
{
    (void)procs; // one thread, whatever is asked for
}

static void
ticker_hog(void *arg)
{
    (void)arg;
    while (!peer_ticker_over())
        continue;
}

// Nobody takes the thread from a task that computes: the first hog that is
// given it keeps it to the end.
void
peer_ticker(int64_t hogs, int64_t ms)
{
    (void)ms;
    for (int64_t i = 0; i < hogs; i++)
        peer_check(task_go(ticker_hog, NULL), "a task");
    do {
        while (peer_now() < peer_tick_due())
            task_yield();
    } while (peer_tick());
}
