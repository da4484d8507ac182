// SPDX-License-Identifier: MIT
// chan/chan_int.h: the channel itself, for select, timers and dumps.
//
// struct hchan has Go's fields at Go 1.22's offsets, so that
// `p *(struct hchan *)ch` and `x/2dg buf` print in gdb what the literature
// on Go's channels shows.
#ifndef LEAT_CHAN_CHAN_INT_H
#define LEAT_CHAN_CHAN_INT_H

#include "sched/sched.h"

#include <leat/chan.h>

#include <string.h>

struct waitq {
    struct leat__sudog *first, *last;
};

struct hchan {
    uint64_t qcount;   // values in the buffer
    uint64_t dataqsiz; // room in the buffer, 0: unbuffered
    void *buf;         // dataqsiz values of elemsize bytes
    uint16_t elemsize;
    uint16_t flags; // enum leat__chan_flags
    uint32_t closed;
    void *elemtype; // described by whoever made the channel, or NULL
    uint64_t sendx; // buffer index of the next send
    uint64_t recvx; // and of the next receive
    struct waitq recvq;
    struct waitq sendq;
    struct leat__lock lock; // guards all fields, and the queued sudogs
};

_Static_assert(offsetof(struct hchan, qcount) == 0x00, "Go's layout");
_Static_assert(offsetof(struct hchan, dataqsiz) == 0x08, "Go's layout");
_Static_assert(offsetof(struct hchan, buf) == 0x10, "Go's layout");
_Static_assert(offsetof(struct hchan, elemsize) == 0x18, "Go's layout");
_Static_assert(offsetof(struct hchan, closed) == 0x1c, "Go's layout");
_Static_assert(offsetof(struct hchan, elemtype) == 0x20, "Go's layout");
_Static_assert(offsetof(struct hchan, sendx) == 0x28, "Go's layout");
_Static_assert(offsetof(struct hchan, recvx) == 0x30, "Go's layout");
_Static_assert(offsetof(struct hchan, recvq) == 0x38, "Go's layout");
_Static_assert(offsetof(struct hchan, sendq) == 0x48, "Go's layout");
_Static_assert(offsetof(struct hchan, lock) == 0x58, "Go's layout");
_Static_assert(sizeof(struct hchan) == LEAT__CHAN_BYTES, "Go's layout");

// The common case in the program sees a channel through a struct of its own.
#define CHAN_SAME(field, at)                                                  \
    _Static_assert(                                                           \
        offsetof(struct leat__chan_view, field) == offsetof(struct hchan, at), \
        "leat/chan_impl.h tells where " #field " is")
CHAN_SAME(qcount, qcount);
CHAN_SAME(dataqsiz, dataqsiz);
CHAN_SAME(buf, buf);
CHAN_SAME(elemsize, elemsize);
CHAN_SAME(closed, closed);
CHAN_SAME(sendx, sendx);
CHAN_SAME(recvx, recvx);
CHAN_SAME(recvq_first, recvq.first);
CHAN_SAME(sendq_first, sendq.first);
#undef CHAN_SAME
_Static_assert(offsetof(struct hchan, flags) == 0x1a,
    "leat__chan_takes reads elemsize, flags and closed as one");

enum leat__chan_flags {
    CHAN_TIMER = 1,   // a timer's: len and cap are told as 0
    CHAN_BORROWED = 2 // owned by a timer or context: not the user's to free
};

enum leat__chan_result {
    CHAN_DONE,  // the value was passed
    CHAN_BLOCK, // it would have to wait
    CHAN_CLOSED // send: misuse; receive: closed and drained
};

// A channel of elements of `size` bytes; NULL when out of memory. It
// goes back by leat__mem_free.
struct hchan *leat__makechan(size_t size, uint64_t capacity);

// Fails as the profile says: "send on closed channel" and the like.
// Outside the runtime.
_Noreturn void leat__chan_misuse(const char *text);

// A timer's channel has its ticks and a context's its end, and nothing else.
// Outside the runtime.
LEAT__INLINE void
leat__chan_check_sender(const struct hchan *c)
{
    if (LEAT__UNLIKELY((c->flags & CHAN_BORROWED) != 0))
        leat__chan_misuse("send on a channel that a timer or context owns");
}

// Closes c; false if it was closed. Inside only, c unlocked.
bool leat__closechan(struct leat__m *m, struct hchan *c);

// Before c is freed: false if somebody waits. Who no longer does but is still
// queued is taken out or waited for. Inside only, c unlocked.
bool leat__chan_vacate(struct hchan *c);

// Takes g, which will never run again, off the channels it waits for. Only at
// the end of a seeded run, when nobody else is in the runtime.
void leat__chan_forget(struct leat__g *g);

// Queues of waiters; the channel is locked -----------------------------
//
// A waiter in a select or with a deadline is woken by whoever wins its
// goroutine, and what else it was queued on it has to leave. Nobody waits
// there any more, so that the channel may be closed and freed meanwhile. Who
// comes first decides by a compare-and-swap of s->queued: the owner
// (SUDOG_LEAVING; the channel then stays until it has left, see
// leat__chan_vacate) or who holds the channel's lock (SUDOG_DROPPED; the owner
// then does not touch the channel at all).

LEAT__INLINE void
leat__waitq_push(struct waitq *q, struct leat__sudog *s)
{
    s->next = NULL;
    s->prev = q->last;
    atomic_store_explicit(&s->queued, SUDOG_QUEUED, memory_order_relaxed);
    if (q->last != NULL)
        q->last->next = s;
    else
        __atomic_store_n(&q->first, s, __ATOMIC_RELAXED);
    q->last = s;
}

// The owner of s may be gone after this.
LEAT__INLINE void
leat__waitq_remove(struct waitq *q, struct leat__sudog *s)
{
    if (s->prev != NULL)
        s->prev->next = s->next;
    else
        __atomic_store_n(&q->first, s->next, __ATOMIC_RELAXED);
    if (s->next != NULL)
        s->next->prev = s->prev;
    else
        q->last = s->prev;
    atomic_store_explicit(&s->queued, SUDOG_OUT, memory_order_release);
}

// Decides who takes s out, if it is in; true for the first.
LEAT__INLINE bool
leat__sudog_claim(struct leat__sudog *s, enum leat__queued as)
{
    uint8_t queued = SUDOG_QUEUED;
    if (leat__multi)
        return atomic_compare_exchange_strong_explicit(&s->queued, &queued,
            (uint8_t)as, memory_order_acquire, memory_order_acquire);
    return atomic_load_explicit(&s->queued, memory_order_relaxed) == queued;
}

// Takes out s, whose goroutine was won by somebody else, unless it is leaving.
LEAT__INLINE void
leat__waitq_drop(struct waitq *q, struct leat__sudog *s)
{
    if (leat__sudog_claim(s, SUDOG_DROPPED))
        leat__waitq_remove(q, s);
}

// The first waiter that can still be woken, removed; or NULL.
LEAT__INLINE struct leat__sudog *
leat__waitq_pop(struct waitq *q)
{
    for (struct leat__sudog *s = q->first, *next; s != NULL; s = next) {
        next = s->next;
        if (LEAT__LIKELY(!s->is_select) || leat__win(s->g)) {
            leat__waitq_remove(q, s);
            return s;
        }
        leat__waitq_drop(q, s);
    }
    return NULL;
}

// The owner of s, which was woken, takes it out of c's queue q. c is not
// locked, and touched only if s is still in.
void leat__waitq_leave_shared(
    struct hchan *c, struct waitq *q, struct leat__sudog *s);
LEAT__INLINE void
leat__waitq_leave(struct hchan *c, struct waitq *q, struct leat__sudog *s)
{
    if (atomic_load_explicit(&s->queued, memory_order_acquire) == SUDOG_OUT)
        return;
    if (leat__multi)
        leat__waitq_leave_shared(c, q, s);
    else
        leat__waitq_remove(q, s);
}

LEAT__INLINE bool
leat__waitq_any(const struct waitq *q)
{
    return __atomic_load_n(&q->first, __ATOMIC_RELAXED) != NULL;
}

// Values -----------------------------------------------------------------

LEAT__INLINE void
leat__elem_copy(void *to, const void *from, size_t n)
{
    if (LEAT__LIKELY(n == 8))
        memcpy(to, from, 8);
    else if (n == 4)
        memcpy(to, from, 4);
    else if (n != 0)
        memcpy(to, from, n);
}

LEAT__INLINE void
leat__elem_clear(void *to, size_t n)
{
    if (LEAT__LIKELY(n == 8))
        memset(to, 0, 8);
    else if (n == 4)
        memset(to, 0, 4);
    else if (n != 0)
        memset(to, 0, n);
}

LEAT__INLINE void *
leat__chan_slot(struct hchan *c, uint64_t i)
{
    return (char *)c->buf + i * c->elemsize;
}

LEAT__INLINE uint64_t
leat__chan_next(struct hchan *c, uint64_t i)
{
    return ++i == c->dataqsiz ? 0 : i;
}

LEAT__INLINE void
leat__chan_set_count(struct hchan *c, uint64_t n)
{
    __atomic_store_n(&c->qcount, n, __ATOMIC_RELAXED);
}

// The waiter s was served; it is made ready after the unlock.
LEAT__INLINE struct leat__g *
leat__sudog_served(struct leat__sudog *s, bool success)
{
    struct leat__g *g = s->g;
    s->success = success;
    g->waker = s;
    g->wake = success ? WAKE_DONE : WAKE_CLOSED;
    return g;
}

// The one protocol ---------------------------------------------------------
// Send, try-send and select all come here with c locked; they differ in what
// they do when the answer is CHAN_BLOCK. (leat/chan_impl.h has the case of a
// buffer and nobody who waits once more.) *wake is the goroutine to make ready
// after unlocking. A buffered value and a waiting receiver never coexist,
// nor room and a waiting sender.

LEAT__INLINE enum leat__chan_result
leat__chan_try_send(
    struct hchan *c, const void *elem, struct leat__g **wake)
{
    if (LEAT__UNLIKELY(c->closed != 0))
        return CHAN_CLOSED;
    struct leat__sudog *s = leat__waitq_pop(&c->recvq);
    if (s != NULL) {
        leat_assert(c->qcount == 0);
        if (s->elem != NULL)
            leat__elem_copy(s->elem, elem, c->elemsize);
        *wake = leat__sudog_served(s, true);
        return CHAN_DONE;
    }
    if (c->qcount == c->dataqsiz)
        return CHAN_BLOCK;
    leat__elem_copy(leat__chan_slot(c, c->sendx), elem, c->elemsize);
    c->sendx = leat__chan_next(c, c->sendx);
    leat__chan_set_count(c, c->qcount + 1);
    return CHAN_DONE;
}

// Takes the oldest value out of the buffer and clears its slot.
LEAT__INLINE void
leat__chan_take(struct hchan *c, void *elem)
{
    void *slot = leat__chan_slot(c, c->recvx);
    if (elem != NULL)
        leat__elem_copy(elem, slot, c->elemsize);
    leat__elem_clear(slot, c->elemsize);
    c->recvx = leat__chan_next(c, c->recvx);
}

LEAT__INLINE enum leat__chan_result
leat__chan_try_recv(struct hchan *c, void *elem, struct leat__g **wake)
{
    struct leat__sudog *s = leat__waitq_pop(&c->sendq);
    if (s != NULL && c->dataqsiz == 0) {
        if (elem != NULL)
            leat__elem_copy(elem, s->elem, c->elemsize);
        *wake = leat__sudog_served(s, true);
        return CHAN_DONE;
    }
    if (c->qcount > 0) {
        leat__chan_take(c, elem);
        if (s == NULL) {
            leat__chan_set_count(c, c->qcount - 1);
            return CHAN_DONE;
        }
        // Full, with a sender waiting: its value takes the freed slot.
        leat__elem_copy(leat__chan_slot(c, c->sendx), s->elem, c->elemsize);
        c->sendx = leat__chan_next(c, c->sendx);
        *wake = leat__sudog_served(s, true);
        return CHAN_DONE;
    }
    if (c->closed == 0)
        return CHAN_BLOCK;
    if (elem != NULL)
        leat__elem_clear(elem, c->elemsize);
    return CHAN_CLOSED;
}

// Whether a send or receive would find something to do, read without the
// lock as leat/chan_impl.h does it: true may be wrong a moment later, and so
// may false.
LEAT__INLINE bool
leat__chan_send_ready(const struct hchan *c)
{
    return leat__chan_full((const struct leat_chan *)(const void *)c) == 0;
}

LEAT__INLINE bool
leat__chan_recv_ready(const struct hchan *c)
{
    return leat__chan_empty((const struct leat_chan *)(const void *)c, NULL,
               0) != LEAT_EAGAIN;
}

// Checks the invariants above; for tests and LEAT_DEBUG.
void leat__chan_check(struct hchan *c);

#endif
