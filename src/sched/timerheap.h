// SPDX-License-Identifier: MIT
// sched/timerheap.h: timers of one P, earliest first.
//
// A 4-ary heap of {when, timer} pairs, the key beside the pointer so that
// sifting reads no timer (Go's reason for 4: fewer levels, same cache line).
// Every timer knows its place, so that stopping one is a removal, not a
// mark: nothing stale stays behind.
#ifndef LEAT_SCHED_TIMERHEAP_H
#define LEAT_SCHED_TIMERHEAP_H

#include "base/lock.h"

struct leat__m;
struct leat__timerheap;

// A timer in its owner's storage. Zero is a stopped timer. fire runs with
// the heap's lock held and inside the runtime, must be short and must not
// park; it may not touch other timers. After leat__timer_del has returned,
// fire is not running and will not run. What is too much for it fire leaves
// for later by setting after; then the timer must stay until after is called.
struct leat__timer {
    int64_t when;   // nanoseconds; guarded by the heap's lock
    int64_t period; // 0: once
    void (*fire)(struct leat__m *m, struct leat__timer *t, int64_t now);
    // Called once, inside, soon after the heap's lock is released. Not for
    // timers with a period.
    void (*after)(struct leat__m *m, struct leat__timer *t);
    struct leat__timer *after_next;
    void *arg;
    struct leat__timerheap *_Atomic heap; // NULL while stopped
    uint32_t place;                       // index in heap->slot
};

struct leat__timerslot {
    int64_t when;
    struct leat__timer *timer;
};

struct leat__timerheap {
    struct leat__lock lock;
    _Atomic int64_t earliest; // INT64_MAX when empty; read without the lock
    struct leat__timerslot *slot;
    uint32_t len, cap;
    _Atomic uint32_t count; // len, readable without the lock
    bool resting; // nobody runs it: a timer is not to be set to fire in it
};

// Starts a stopped timer at t->when on the caller's P (a plain thread: on
// the first P). Inside only. False when out of memory.
bool leat__timer_add(struct leat__m *m, struct leat__timer *t);
// Gives a timer that waits to fire another time, in place, and calls
// settle(t) before it can fire; false (nothing done) if it does not wait, or in
// a heap that rests.
bool leat__timer_move(struct leat__m *m, struct leat__timer *t, int64_t when,
    int64_t period, void (*settle)(struct leat__timer *t));
// Stops it; true if it was waiting to fire.
bool leat__timer_del(struct leat__timer *t);
// Runs what is due in h at `now`. No lock is held.
void leat__timers_run(
    struct leat__m *m, struct leat__timerheap *h, int64_t now);
// Moves all timers of `from` to `to` (the world is stopped).
void leat__timers_move(
    struct leat__timerheap *to, struct leat__timerheap *from);
// Checks every invariant; for tests and LEAT_DEBUG.
void leat__timerheap_check(struct leat__timerheap *h);

#endif
