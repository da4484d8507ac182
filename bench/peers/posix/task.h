// SPDX-License-Identifier: MIT
// task.h: the little that the workloads of this folder need, made twice: of
// threads, mutexes and conditions (pthread.c), and of ucontext on one thread
// (ucontext.c). Neither is a runtime; they are the floor that everybody knows.
#ifndef LEAT_BENCH_TASK_H
#define LEAT_BENCH_TASK_H

#include "peer.h"

struct chan;

// A channel of int64_t; capacity 0 is a rendezvous. Unbounded does not exist.
struct chan *chan_make(int64_t capacity);
void chan_free(struct chan *c);
void chan_send(struct chan *c, int64_t v);
// False when c is closed and drained.
bool chan_recv(struct chan *c, int64_t *v);
void chan_close(struct chan *c);

// Starts fn(arg); false when there is no room for one more.
bool task_go(void (*fn)(void *arg), void *arg);
void task_yield(void);

// Counts tasks down. Zeroed before use; one waiter.
struct tally {
    int64_t left; // atomic
    struct chan *zero;
};
void tally_open(struct tally *t, int64_t count);
void tally_done(struct tally *t);
void tally_wait(struct tally *t); // and gives back what it holds

// How many tasks a workload may have alive at once.
extern const int64_t task_alive_max;

#endif
