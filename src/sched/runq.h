// SPDX-License-Identifier: MIT
// sched/runq.h: the ring of runnable goroutines that one P owns and others
// steal from.
//
// Invariants: tail - head <= LEAT__RUNQ_CAP; only the owner writes tail and
// fills slots; head moves only by compare-and-swap once leat__multi is set.
// runnext is the one to run before the ring. Only the owner writes it, without
// locked instructions: the watcher, who may take it, makes sure first that the
// owner is out of the runtime (leat__p_is_outside), and becomes the owner so.
// Locks: none; the caller of put and get owns the P.
#ifndef LEAT_SCHED_RUNQ_H
#define LEAT_SCHED_RUNQ_H

#include "sched/sched.h"

LEAT__INLINE bool
leat__runq_empty(struct leat__p *p)
{
    return atomic_load_explicit(&p->runq_head, memory_order_acquire) ==
        atomic_load_explicit(&p->runq_tail, memory_order_acquire);
}

LEAT__INLINE bool
leat__p_has_work(struct leat__p *p)
{
    return !leat__runq_empty(p) ||
        atomic_load_explicit(&p->runnext, memory_order_relaxed) != NULL;
}

// Appends g; false when full, and the caller spills half.
LEAT__INLINE bool
leat__runq_put(struct leat__p *p, struct leat__g *g)
{
    uint32_t tail = atomic_load_explicit(&p->runq_tail, memory_order_relaxed);
    // Pairs with the thieves' compare-and-swap: freed slots are ours again.
    uint32_t head = atomic_load_explicit(&p->runq_head, memory_order_acquire);
    leat_assert(tail - head <= LEAT__RUNQ_CAP);
    if (LEAT__UNLIKELY(tail - head == LEAT__RUNQ_CAP))
        return false;
    atomic_store_explicit(
        &p->runq[tail % LEAT__RUNQ_CAP], g, memory_order_relaxed);
    // Publishes the slot; pairs with the acquire of tail in the thieves.
    atomic_store_explicit(&p->runq_tail, tail + 1, memory_order_release);
    return true;
}

// Moves head from *head to *head + n; false (and *head is fresh) when a
// thief was faster.
LEAT__INLINE bool
leat__runq_claim(struct leat__p *p, uint32_t *head, uint32_t n)
{
    if (!leat__multi) {
        atomic_store_explicit(
            &p->runq_head, *head + n, memory_order_relaxed);
        return true;
    }
    // Release: who reuses the slots has to see that they were read.
    return atomic_compare_exchange_strong_explicit(&p->runq_head, head,
        *head + n, memory_order_acq_rel, memory_order_acquire);
}

// The owner takes the oldest; NULL when empty.
LEAT__INLINE struct leat__g *
leat__runq_get(struct leat__p *p)
{
    uint32_t head = atomic_load_explicit(&p->runq_head, memory_order_acquire);
    for (;;) {
        uint32_t tail =
            atomic_load_explicit(&p->runq_tail, memory_order_relaxed);
        if (head == tail)
            return NULL;
        struct leat__g *g = atomic_load_explicit(
            &p->runq[head % LEAT__RUNQ_CAP], memory_order_relaxed);
        if (LEAT__LIKELY(leat__runq_claim(p, &head, 1)))
            return g;
    }
}

// The owner takes runnext; NULL when there is none.
LEAT__INLINE struct leat__g *
leat__runnext_get(struct leat__p *p)
{
    struct leat__g *g =
        atomic_load_explicit(&p->runnext, memory_order_relaxed);
    if (g == NULL)
        return NULL;
    atomic_store_explicit(&p->runnext, NULL, memory_order_relaxed);
    return g;
}

// Puts g into runnext and returns the one that was there.
LEAT__INLINE struct leat__g *
leat__runnext_put(struct leat__p *p, struct leat__g *g)
{
    struct leat__g *old =
        atomic_load_explicit(&p->runnext, memory_order_relaxed);
    atomic_store_explicit(&p->runnext, g, memory_order_relaxed);
    return old;
}

// Moves half of from's ring (rounded up) to to's, which is empty; returns
// one of them to run at once, or NULL.
static inline struct leat__g *
leat__runq_steal(struct leat__p *to, struct leat__p *from)
{
    uint32_t tail = atomic_load_explicit(&to->runq_tail, memory_order_relaxed);
    uint32_t head =
        atomic_load_explicit(&from->runq_head, memory_order_acquire);
    for (;;) {
        uint32_t end =
            atomic_load_explicit(&from->runq_tail, memory_order_acquire);
        uint32_t n = end - head;
        n -= n / 2;
        if (n == 0)
            return NULL;
        if (n > LEAT__RUNQ_CAP / 2) { // head and tail read apart in time
            head =
                atomic_load_explicit(&from->runq_head, memory_order_acquire);
            continue;
        }
        for (uint32_t i = 0; i < n; i++) {
            struct leat__g *g = atomic_load_explicit(
                &from->runq[(head + i) % LEAT__RUNQ_CAP],
                memory_order_relaxed);
            atomic_store_explicit(&to->runq[(tail + i) % LEAT__RUNQ_CAP], g,
                memory_order_relaxed);
        }
        if (!leat__runq_claim(from, &head, n))
            continue;
        atomic_store_explicit(
            &to->runq_tail, tail + n - 1, memory_order_release);
        return atomic_load_explicit(
            &to->runq[(tail + n - 1) % LEAT__RUNQ_CAP],
            memory_order_relaxed);
    }
}

#endif
