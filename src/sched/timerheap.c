// SPDX-License-Identifier: MIT
// sched/timerheap.c: the 4-ary heap, and running what is due.
//
// Locks: the heap's own, held while a timer fires; so a timer that was
// deleted is neither firing nor will it. fire may ready goroutines and take
// a channel's lock (rank: timer heap, then channel, then sched.lock). What
// needs other locks or other timers is done after all that is due has fired
// and the lock is released.
#include "sched/timerheap.h"
#include "mem/objects.h"
#include "sched/idle.h"

enum { TIMERS_FIRST = 64 }; // slots of the first array

static void
timer_set(struct leat__timerheap *h, uint32_t i, struct leat__timerslot s)
{
    h->slot[i] = s;
    s.timer->place = i;
}

static void
timer_publish(struct leat__timerheap *h)
{
    // Pairs with the load in deadlock_is: who finds no timer finds that
    // sched.serving was raised before the last one was taken out.
    atomic_store_explicit(&h->earliest,
        h->len > 0 ? h->slot[0].when : INT64_MAX, memory_order_release);
    atomic_store_explicit(&h->count, h->len, memory_order_relaxed);
}

static void
timer_sift_up(struct leat__timerheap *h, uint32_t i)
{
    struct leat__timerslot s = h->slot[i];
    while (i > 0) {
        uint32_t parent = (i - 1) / 4;
        if (h->slot[parent].when <= s.when)
            break;
        timer_set(h, i, h->slot[parent]);
        i = parent;
    }
    timer_set(h, i, s);
}

// The earliest of i's children, or i's own place when it has none.
static uint32_t
timer_first_child(struct leat__timerheap *h, uint32_t i)
{
    uint32_t child = 4 * i + 1, best = child;
    for (uint32_t k = child + 1; k < child + 4 && k < h->len; k++)
        if (h->slot[k].when < h->slot[best].when)
            best = k;
    return child < h->len ? best : i;
}

static void
timer_sift_down(struct leat__timerheap *h, uint32_t i)
{
    struct leat__timerslot s = h->slot[i];
    for (;;) {
        uint32_t child = timer_first_child(h, i);
        if (child == i || h->slot[child].when >= s.when)
            break;
        timer_set(h, i, h->slot[child]);
        i = child;
    }
    timer_set(h, i, s);
}

static bool
timer_room(struct leat__timerheap *h)
{
    if (h->len < h->cap)
        return true;
    uint32_t cap = h->cap > 0 ? 2 * h->cap : TIMERS_FIRST;
    void *p = leat__object_realloc(
        NULL, h->slot, h->cap * sizeof *h->slot, cap * sizeof *h->slot);
    if (p == NULL)
        return false;
    h->slot = p;
    h->cap = cap;
    return true;
}

static void
timer_insert(struct leat__timerheap *h, struct leat__timer *t)
{
    h->slot[h->len] = (struct leat__timerslot){t->when, t};
    timer_sift_up(h, h->len++);
}

static void
timer_remove(struct leat__timerheap *h, uint32_t i)
{
    struct leat__timerslot last = h->slot[--h->len];
    // To the leak report an address that is left over would be a reference:
    // the timer lies on the stack of who slept.
    h->slot[h->len].timer = NULL;
    if (i == h->len)
        return;
    timer_set(h, i, last);
    timer_sift_down(h, i);
    timer_sift_up(h, last.timer->place);
}

// Before leat_run the threads that wait see to the timers, perhaps asleep.
static LEAT__COLD void
timer_tell_threads(int64_t when)
{
    if (!leat__sched.running && when <= leat__next_timer())
        leat__threads_look();
}

// The poller may sleep past a new time.
static void
timer_tell_poller(struct leat__m *m, int64_t when)
{
    // Who has a P looks again before it sleeps; a plain thread does not, and
    // the lock decides whether a poller to be sees the timer itself.
    if (m->p == NULL) {
        timer_tell_threads(when);
        leat__poke_poller();
    } else if (leat__sched.poller != NULL && when < leat__sched.poll_until) {
        leat__poke_poller();
    }
}

bool
leat__timer_add(struct leat__m *m, struct leat__timer *t)
{
    struct leat__p *p = m->p != NULL ? m->p : leat__sched.allp[0];
    struct leat__timerheap *h = &p->timers;
    int64_t when = t->when; // once it is in the heap it may change
    leat__mutex_lock(&h->lock);
    bool ok = timer_room(h);
    if (ok) {
        atomic_store_explicit(&t->heap, h, memory_order_relaxed);
        timer_insert(h, t);
        timer_publish(h);
    }
    leat__mutex_unlock(&h->lock);
    if (ok)
        timer_tell_poller(m, when);
    return ok;
}

bool
leat__timer_move(struct leat__m *m, struct leat__timer *t, int64_t when,
    int64_t period, void (*settle)(struct leat__timer *t))
{
    struct leat__timerheap *h =
        atomic_load_explicit(&t->heap, memory_order_acquire);
    if (h == NULL || h->resting)
        return false;
    leat__mutex_lock(&h->lock);
    bool waiting =
        atomic_load_explicit(&t->heap, memory_order_relaxed) == h;
    if (waiting) {
        bool later = when > t->when;
        t->when = h->slot[t->place].when = when;
        t->period = period;
        if (later)
            timer_sift_down(h, t->place);
        else
            timer_sift_up(h, t->place);
        timer_publish(h);
        settle(t);
    }
    leat__mutex_unlock(&h->lock);
    if (waiting)
        timer_tell_poller(m, when);
    return waiting;
}

bool
leat__timer_del(struct leat__timer *t)
{
    for (;;) {
        struct leat__timerheap *h =
            atomic_load_explicit(&t->heap, memory_order_acquire);
        if (h == NULL)
            return false;
        leat__mutex_lock(&h->lock);
        if (atomic_load_explicit(&t->heap, memory_order_relaxed) == h) {
            timer_remove(h, t->place);
            timer_publish(h);
            atomic_store_explicit(&t->heap, NULL, memory_order_release);
            leat__mutex_unlock(&h->lock);
            return true;
        }
        // It fired, or moved with its P, while the lock was taken.
        leat__mutex_unlock(&h->lock);
    }
}

// The first one is due: takes it out, or sets it to its next period. What it
// leaves for later goes to *end, the last link of a list; the link after it.
static struct leat__timer **
timer_fire_first(struct leat__m *m, struct leat__timerheap *h, int64_t now,
    struct leat__timer **end)
{
    struct leat__timer *t = h->slot[0].timer;
    if (t->period > 0) {
        int64_t ahead = t->period - (now - t->when) % t->period;
        // 292 years on it does not matter that it never comes.
        if (__builtin_add_overflow(now, ahead, &t->when))
            t->when = INT64_MAX;
        h->slot[0].when = t->when;
        timer_sift_down(h, 0);
        t->fire(m, t, now);
        return end;
    }
    timer_remove(h, 0);
    t->fire(m, t, now);
    if (LEAT__UNLIKELY(t->after != NULL)) {
        t->after_next = NULL;
        *end = t;
        end = &t->after_next;
    }
    // Only now: until here leat__timer_del waits for the lock.
    atomic_store_explicit(&t->heap, NULL, memory_order_release);
    return end;
}

void
leat__timers_run(struct leat__m *m, struct leat__timerheap *h, int64_t now)
{
    struct leat__timer *later = NULL, **end = &later, *t;
    leat__mutex_lock(&h->lock);
    while (h->len > 0 && h->slot[0].when <= now)
        end = timer_fire_first(m, h, now, end);
    timer_publish(h);
    leat__mutex_unlock(&h->lock);
    while ((t = later) != NULL) {
        later = t->after_next; // t is gone after this
        t->after(m, t);
    }
}

void
leat__timers_move(struct leat__timerheap *to, struct leat__timerheap *from)
{
    leat__spin_lock(&to->lock);
    leat__spin_lock(&from->lock);
    for (uint32_t i = 0; i < from->len; i++) {
        struct leat__timer *t = from->slot[i].timer;
        if (!timer_room(to))
            leat__throw("out of memory: cannot move timers" LEAT__RAISE_LIMIT);
        atomic_store(&t->heap, to);
        timer_insert(to, t);
        from->slot[i].timer = NULL; // see timer_remove
    }
    from->len = 0;
    timer_publish(from);
    timer_publish(to);
    leat__spin_unlock(&from->lock);
    leat__spin_unlock(&to->lock);
}

void
leat__timerheap_check(struct leat__timerheap *h)
{
    leat__spin_lock(&h->lock);
    LEAT_CHECK(h->len <= h->cap);
    for (uint32_t i = 0; i < h->len; i++) {
        LEAT_CHECK(h->slot[i].timer->place == i);
        LEAT_CHECK(h->slot[i].timer->heap == h);
        LEAT_CHECK(h->slot[i].when == h->slot[i].timer->when);
        if (i > 0)
            LEAT_CHECK(h->slot[(i - 1) / 4].when <= h->slot[i].when);
    }
    LEAT_CHECK(h->count == h->len);
    leat__spin_unlock(&h->lock);
}

// Deadlines --------------------------------------------------------------

static void
timer_fire_deadline(struct leat__m *m, struct leat__timer *t, int64_t now)
{
    struct leat__g *g = t->arg;
    (void)now;
    if (!leat__win(g))
        return;
    g->wake = WAKE_TIMEOUT;
    g->waker = NULL;
    leat__ready(m, g);
}

bool
leat__deadline_arm(
    struct leat__timer *t, struct leat__g *g, int64_t deadline)
{
    *t = (struct leat__timer){
        .when = deadline, .fire = timer_fire_deadline, .arg = g};
    return deadline == LEAT_FOREVER || leat__timer_add(leat__this_m(), t);
}

void
leat__deadline_disarm(struct leat__timer *t)
{
    leat__timer_del(t);
}
