// SPDX-License-Identifier: MIT
// chan/chan.c: channels.
//
// Idea: Go's chan.go. A ring of values, two FIFO queues of waiters, one
// lock. A sender that finds a waiting receiver copies straight into its
// variable; a receiver that finds a full buffer and a waiting sender takes
// the oldest value and puts the sender's into the slot it came from. The
// protocol is written once, in chan_int.h; here are the calls around it.
//
// Invariants (leat__chan_check), of who still waits: at least one of sendq and
// recvq is empty but for a select on both ends; qcount > 0 means recvq is
// empty; qcount < dataqsiz means sendq is empty; a closed channel has no
// waiters.
// Locks: the channel's, a leaf but for sched.lock; elided on one P.
// Rejected: a lock-free ring for buffered channels: FIFO order of waiters,
// close and select need the lock anyway, and uncontended it costs 2 ns.
#include "chan/chan_int.h"
#include "mem/alloc.h"
#include "os/cpu.h"
#include "sched/until.h"

_Noreturn void
leat__chan_misuse(const char *text)
{
    if (leat__strict())
        leat__throw("%s", text);
    leat__panic_text(text);
}

// Making and freeing -----------------------------------------------------

struct hchan *
leat__makechan(size_t size, uint64_t capacity)
{
    struct hchan *c =
        leat__mem_alloc(sizeof *c + size * capacity, LEAT__MEM_ZERO);
    if (c == NULL)
        return NULL;
    c->elemsize = (uint16_t)size;
    c->dataqsiz = capacity;
    c->buf = size * capacity > 0 ? (void *)(c + 1) : (void *)&c->buf;
    return c;
}

struct leat_chan *
leat_chan_make(size_t elem_size, int64_t capacity, int may_fail)
{
    const uint64_t room = (uint64_t)1 << 47; // bytes, Go's maxAlloc
    bool fits = elem_size <= LEAT_ELEM_MAX && capacity >= 0 &&
        (elem_size == 0 ||
            (uint64_t)capacity <= (room - sizeof(struct hchan)) / elem_size);
    if (!fits && may_fail)
        return NULL;
    if (elem_size > LEAT_ELEM_MAX)
        leat__panic_text("makechan: invalid channel element type");
    if (!fits)
        leat__panic_text("makechan: size out of range");
    struct hchan *c = leat__makechan(elem_size, (uint64_t)capacity);
    if (c == NULL && !may_fail)
        leat__throw("out of memory: makechan of %ld elements of %zu bytes "
                    "(leat_try_make_chan reports this instead)",
            (long)capacity, elem_size);
    return (struct leat_chan *)(void *)c;
}

// Whether somebody waits on q who was not woken yet.
static bool
chan_is_waited(const struct waitq *q)
{
    for (const struct leat__sudog *s = q->first; s != NULL; s = s->next)
        if (!s->is_select || atomic_load(&s->g->select_done) == 0)
            return true;
    return false;
}

// Drops all of q, where nobody waits; false while some are leaving.
static bool
chan_drop_all(struct waitq *q)
{
    for (struct leat__sudog *s = q->first, *next; s != NULL; s = next) {
        next = s->next;
        leat__waitq_drop(q, s);
    }
    return !leat__waitq_any(q);
}

bool
leat__chan_vacate(struct hchan *c)
{
    for (int turn = 0;; turn++) {
        leat__mutex_lock(&c->lock);
        bool waited = chan_is_waited(&c->recvq) || chan_is_waited(&c->sendq);
        bool vacant = !waited && chan_drop_all(&c->recvq) &&
            chan_drop_all(&c->sendq);
        leat__mutex_unlock(&c->lock);
        if (waited || vacant)
            return vacant;
        leat__cpu_give_way(turn); // who leaves is on its way to the lock
    }
}

void
leat_chan_free(struct leat_chan *ch)
{
    struct hchan *c = (struct hchan *)(void *)ch;
    if (c == NULL)
        return;
    leat__object_expect(c); // its lock may be anything else
    struct leat__m *m = leat__enter();
    leat__mutex_lock(&c->lock);
    bool queued = leat__waitq_any(&c->recvq) || leat__waitq_any(&c->sendq);
    leat__mutex_unlock(&c->lock);
    bool waited = queued && !leat__chan_vacate(c);
    bool borrowed = (c->flags & CHAN_BORROWED) != 0;
    if (!waited && borrowed)
        borrowed = !leat__hooks.chan_release(m, c);
    if (!waited && !borrowed)
        leat__mem_free(c, 0);
    leat__leave(m);
    if (waited)
        leat__throw("free of a channel with waiting goroutines");
    if (borrowed)
        leat__throw("free of a channel that a timer or context owns: free "
                    "that instead");
}

int64_t
leat_chan_len(const struct leat_chan *ch)
{
    const struct hchan *c = (const struct hchan *)(const void *)ch;
    if (c == NULL || (c->flags & CHAN_TIMER))
        return 0;
    return (int64_t)__atomic_load_n(&c->qcount, __ATOMIC_RELAXED);
}

int64_t
leat_chan_cap(const struct leat_chan *ch)
{
    const struct hchan *c = (const struct hchan *)(const void *)ch;
    return c == NULL || (c->flags & CHAN_TIMER) ? 0 : (int64_t)c->dataqsiz;
}

// Waiting ----------------------------------------------------------------

void
leat__waitq_leave_shared(
    struct hchan *c, struct waitq *q, struct leat__sudog *s)
{
    if (leat__sudog_claim(s, SUDOG_LEAVING)) {
        leat__mutex_lock(&c->lock);
        leat__waitq_remove(q, s);
        leat__mutex_unlock(&c->lock);
        return;
    }
    // Who drops it holds the lock, and is about to be done.
    for (int turn = 0; atomic_load_explicit(
             &s->queued, memory_order_acquire) != SUDOG_OUT; turn++)
        leat__cpu_give_way(turn);
}

// Parks on q with c locked; unlocks. True: served; false: closed.
static LEAT__NOINLINE bool
chan_wait(struct leat__m *m, struct hchan *c, struct waitq *q, void *elem,
    enum leat__wait reason)
{
    struct leat__g *g = m->g;
    struct leat__sudog s;
    s.g = g;
    s.elem = elem;
    s.c = c;
    s.is_select = false;
    s.success = false;
    leat__waitq_push(q, &s);
    g->waiting = &s;
    g->waiting_count = 1;
    leat__park_begin(g, reason, c);
    leat__mutex_unlock(&c->lock);
    m = leat__park(m);
    g->waiting = NULL;
    leat__leave(m);
    return s.success;
}

// The same with a deadline, and the goroutine's context: 0, or an error.
static LEAT__NOINLINE int
chan_wait_until(struct leat__m *m, struct hchan *c, struct waitq *q,
    void *elem, enum leat__wait reason, int64_t deadline)
{
    struct leat__g *g = m->g;
    struct leat__sudog s = {
        .g = g, .elem = elem, .c = c, .is_select = true};
    struct leat__wait_until w;
    if (c != NULL) {
        leat__waitq_push(q, &s);
        g->waiting = &s;
        g->waiting_count = 1;
    }
    leat__until_begin(&w, g, reason, c);
    if (c != NULL)
        leat__mutex_unlock(&c->lock);
    m = leat__until_park(m, &w, deadline);
    int err = w.error;
    // Who served it has taken s off the queue, and may have freed c.
    if (c != NULL && err != 0)
        leat__waitq_leave(c, q, &s);
    g->waiting = NULL;
    leat__leave(m);
    if (err == 0 && !s.success)
        err = LEAT_ECLOSED;
    return err;
}

void
leat__chan_forget(struct leat__g *g)
{
    for (uint32_t i = 0; g->waiting != NULL && i < g->waiting_count; i++) {
        struct leat__sudog *s = &g->waiting[i];
        struct hchan *c = s->c;
        if (s->queued == SUDOG_OUT)
            continue;
        bool sends = c->sendq.first == s || c->sendq.last == s;
        leat__waitq_remove(sends ? &c->sendq : &c->recvq, s);
    }
    g->waiting = NULL;
}

// Misuse of a nil channel, or waiting for ever.
static LEAT__COLD void
chan_wait_nil(enum leat__wait reason, const char *misuse)
{
    if (leat__strict())
        leat__throw("%s", misuse);
    struct leat__m *m = leat__enter();
    leat__park_begin(m->g, reason, NULL);
    leat__park(m);
    LEAT_CHECK(!"a goroutine on a nil channel was woken");
}

// Send -------------------------------------------------------------------

void
leat_chan_send(struct leat_chan *ch, const void *elem)
{
    struct hchan *c = (struct hchan *)(void *)ch;
    if (LEAT__UNLIKELY(c == NULL))
        chan_wait_nil(WAIT_CHAN_SEND_NIL, "send on nil channel");
    leat__chan_check_sender(c);
    struct leat__m *m = leat__enter();
    struct leat__g *wake = NULL;
    leat__mutex_lock(&c->lock);
    enum leat__chan_result r = leat__chan_try_send(c, elem, &wake);
    if (LEAT__LIKELY(r == CHAN_DONE)) {
        leat__mutex_unlock(&c->lock);
        if (wake != NULL)
            leat__ready(m, wake);
        leat__leave(m);
        return;
    }
    if (r == CHAN_BLOCK &&
        chan_wait(m, c, &c->sendq, (void *)(uintptr_t)elem, WAIT_CHAN_SEND))
        return;
    if (r == CHAN_CLOSED) {
        leat__mutex_unlock(&c->lock);
        leat__leave(m);
    }
    leat__chan_misuse("send on closed channel");
}

static LEAT__NOINLINE int
chan_send_until(struct hchan *c, const void *elem, int64_t deadline)
{
    struct leat__m *m = leat__enter();
    if (c == NULL)
        return chan_wait_until(
            m, c, NULL, NULL, WAIT_CHAN_SEND_NIL, deadline);
    struct leat__g *wake = NULL;
    leat__mutex_lock(&c->lock);
    enum leat__chan_result r = leat__chan_try_send(c, elem, &wake);
    if (r == CHAN_BLOCK && deadline != LEAT__TRY)
        return chan_wait_until(m, c, &c->sendq, (void *)(uintptr_t)elem,
            WAIT_CHAN_SEND, deadline);
    leat__mutex_unlock(&c->lock);
    if (wake != NULL)
        leat__ready(m, wake);
    leat__leave(m);
    if (r == CHAN_DONE)
        return 0;
    return r == CHAN_CLOSED ? LEAT_ECLOSED : LEAT_EAGAIN;
}

// A try that finds nothing to do is a leaf: it saves no registers.
int
leat_chan_send_until(
    struct leat_chan *ch, const void *elem, int64_t deadline)
{
    struct hchan *c = (struct hchan *)(void *)ch;
    if (c != NULL)
        leat__chan_check_sender(c);
    if (deadline == LEAT__TRY && leat__chan_full(ch) != 0)
        return LEAT_EAGAIN;
    return chan_send_until(c, elem, deadline);
}

// Receive ----------------------------------------------------------------

bool
leat_chan_recv(struct leat_chan *ch, void *elem)
{
    struct hchan *c = (struct hchan *)(void *)ch;
    if (LEAT__UNLIKELY(c == NULL))
        chan_wait_nil(WAIT_CHAN_RECV_NIL, "receive on nil channel");
    struct leat__m *m = leat__enter();
    struct leat__g *wake = NULL;
    leat__mutex_lock(&c->lock);
    enum leat__chan_result r = leat__chan_try_recv(c, elem, &wake);
    if (r == CHAN_BLOCK)
        return chan_wait(m, c, &c->recvq, elem, WAIT_CHAN_RECV);
    leat__mutex_unlock(&c->lock);
    if (wake != NULL)
        leat__ready(m, wake);
    leat__leave(m);
    return r == CHAN_DONE;
}

static LEAT__NOINLINE int
chan_recv_until(struct hchan *c, void *elem, int64_t deadline)
{
    struct leat__m *m = leat__enter();
    if (c == NULL)
        return chan_wait_until(
            m, c, NULL, NULL, WAIT_CHAN_RECV_NIL, deadline);
    struct leat__g *wake = NULL;
    leat__mutex_lock(&c->lock);
    enum leat__chan_result r = leat__chan_try_recv(c, elem, &wake);
    if (r == CHAN_BLOCK && deadline != LEAT__TRY)
        return chan_wait_until(
            m, c, &c->recvq, elem, WAIT_CHAN_RECV, deadline);
    leat__mutex_unlock(&c->lock);
    if (wake != NULL)
        leat__ready(m, wake);
    leat__leave(m);
    if (r == CHAN_DONE)
        return 0;
    return r == CHAN_CLOSED ? LEAT_ECLOSED : LEAT_EAGAIN;
}

int
leat_chan_recv_until(struct leat_chan *ch, void *elem, int64_t deadline)
{
    struct hchan *c = (struct hchan *)(void *)ch;
    int err = 0;
    if (deadline == LEAT__TRY)
        err = leat__chan_empty(ch, elem, c == NULL ? 0 : c->elemsize);
    return err != 0 ? err : chan_recv_until(c, elem, deadline);
}

// Close ------------------------------------------------------------------

// Moves all waiters of q to the list at *at; returns its new end.
static struct leat__g **
chan_release_all(struct hchan *c, struct waitq *q, struct leat__g **at)
{
    for (struct leat__sudog *s; (s = leat__waitq_pop(q)) != NULL;) {
        if (q == &c->recvq && s->elem != NULL)
            leat__elem_clear(s->elem, c->elemsize);
        struct leat__g *g = leat__sudog_served(s, false);
        *at = g;
        at = &g->link;
    }
    *at = NULL;
    return at;
}

bool
leat__closechan(struct leat__m *m, struct hchan *c)
{
    struct leat__g *list = NULL;
    leat__mutex_lock(&c->lock);
    if (c->closed != 0) {
        leat__mutex_unlock(&c->lock);
        return false;
    }
    __atomic_store_n(&c->closed, 1, __ATOMIC_RELEASE);
    struct leat__g **end = chan_release_all(c, &c->recvq, &list);
    chan_release_all(c, &c->sendq, end);
    leat__mutex_unlock(&c->lock);
    // First come, first served: the receivers run in the order they came.
    for (struct leat__g *g = list, *next; g != NULL; g = next) {
        next = g->link;
        leat__ready_last(m, g);
    }
    return true;
}

void
leat_chan_close(struct leat_chan *ch)
{
    struct hchan *c = (struct hchan *)(void *)ch;
    if (c == NULL)
        leat__chan_misuse("close of nil channel");
    struct leat__m *m = leat__enter();
    bool borrowed = (c->flags & CHAN_BORROWED) != 0;
    bool ok = borrowed || leat__closechan(m, c);
    leat__leave(m);
    if (borrowed)
        leat__chan_misuse("close of a channel that a timer or context owns");
    if (!ok)
        leat__chan_misuse("close of closed channel");
}

// Whether q has a waiter that nobody has won yet; its links are checked.
static bool
chan_check_queue(const struct hchan *c, const struct waitq *q)
{
    const struct leat__sudog *before = NULL;
    for (const struct leat__sudog *s = q->first; s != NULL; s = s->next) {
        LEAT_CHECK(s->queued != SUDOG_OUT && s->queued != SUDOG_DROPPED);
        LEAT_CHECK(s->c == c && s->prev == before);
        before = s;
    }
    LEAT_CHECK(q->last == before);
    return chan_is_waited(q);
}

void
leat__chan_check(struct hchan *c)
{
    leat__mutex_lock(&c->lock);
    LEAT_CHECK(c->qcount <= c->dataqsiz);
    LEAT_CHECK(c->dataqsiz == 0 || c->sendx < c->dataqsiz);
    LEAT_CHECK(c->dataqsiz == 0 || c->recvx < c->dataqsiz);
    LEAT_CHECK(c->dataqsiz == 0 ||
        (c->recvx + c->qcount) % c->dataqsiz == c->sendx);
    bool receives = chan_check_queue(c, &c->recvq);
    bool sends = chan_check_queue(c, &c->sendq);
    LEAT_CHECK(c->closed == 0 || (!receives && !sends));
    LEAT_CHECK(c->qcount == 0 || !receives);
    LEAT_CHECK(c->qcount == c->dataqsiz || !sends);
    // Both only where one select waits at both ends.
    LEAT_CHECK(!receives || !sends ||
        (c->recvq.first->is_select && c->sendq.first->is_select));
    leat__mutex_unlock(&c->lock);
}
