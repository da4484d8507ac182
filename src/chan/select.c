// SPDX-License-Identifier: MIT
// chan/select.c: waiting for whichever of several channels is ready first.
//
// Idea: first look without locks. If a case seems ready, lock just its
// channel and try; most selects end there. To wait, or to take the default
// with more than one channel in play, the select must see all channels at
// one moment: it locks them all in the order of their addresses (so that two
// selects cannot wait for each other's locks), looks again, and queues one
// sudog on each. Whoever then wins g->select_done serves that case; the
// other sudogs are taken back afterwards, each under its channel's lock. (Not
// under all of them: the channel that served the select, or one that has
// dropped its sudog, may be freed by then.)
//
// Fairness: of the ready cases each is as likely. They are counted and one
// random number picks one, which needs no shuffled order as Go's does. Cases
// that wait for the same thing are mixed when they queue.
//
// On one P no locks are needed and the first look is exact.
#include "chan/chan_int.h"
#include "mem/alloc.h"
#include "sched/until.h"

enum {
    SELECT_STACK_CASES = 16, // more than these allocate their sudogs
    SELECT_NONE = -1
};

struct select {
    const struct leat_case *cases;
    uint32_t n;
    uint32_t flags;
    int default_index; // or SELECT_NONE
    struct hchan **order; // channels by address, for locking
    uint32_t order_count;
    struct leat__sudog *sudogs; // one a case
};

// How a select ended.
struct select_result {
    int index;
    enum leat__chan_result result;
};

static inline struct hchan *
select_chan(const struct leat_case *k)
{
    return (struct hchan *)(void *)k->ch;
}

static inline bool
select_case_ready(const struct leat_case *k)
{
    struct hchan *c = select_chan(k);
    if (c == NULL)
        return false; // the default too, see select_prepare
    return k->op == LEAT_CASE_SEND ? leat__chan_send_ready(c)
                                   : leat__chan_recv_ready(c);
}

static inline enum leat__chan_result
select_try(const struct leat_case *k, struct leat__g **wake)
{
    return k->op == LEAT_CASE_SEND
        ? leat__chan_try_send(select_chan(k), k->elem, wake)
        : leat__chan_try_recv(select_chan(k), k->elem, wake);
}

// A ready case, each as likely (or the first); SELECT_NONE if there is none.
static int
select_pick(struct leat__m *m, const struct select *s)
{
    uint32_t ready = 0;
    int only = SELECT_NONE;
    for (uint32_t i = 0; i < s->n; i++) {
        if (!select_case_ready(&s->cases[i]))
            continue;
        only = (int)i;
        ready++;
        if (s->flags & LEAT_SELECT_PRIORITY)
            return only;
    }
    if (ready <= 1)
        return only;
    uint32_t k = leat__rand_below(&m->rand, ready);
    for (uint32_t i = 0; i < s->n; i++)
        if (select_case_ready(&s->cases[i]) && k-- == 0)
            return (int)i;
    return only; // some were taken meanwhile
}

// Tries one case under its own lock; true if that decided the select.
static bool
select_try_alone(struct leat__m *m, const struct select *s, int i,
    struct select_result *out)
{
    struct hchan *c = select_chan(&s->cases[i]);
    struct leat__g *wake = NULL;
    leat__mutex_lock(&c->lock);
    enum leat__chan_result r = select_try(&s->cases[i], &wake);
    leat__mutex_unlock(&c->lock);
    if (wake != NULL)
        leat__ready(m, wake);
    *out = (struct select_result){i, r};
    return r != CHAN_BLOCK;
}

// Locking them all -------------------------------------------------------

// Heap sort by address, in place: 65,536 cases are allowed, recursion and
// quadratic time are not.
static void
select_sift(struct hchan **a, uint32_t i, uint32_t n)
{
    struct hchan *x = a[i];
    for (uint32_t child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && (uintptr_t)a[child] < (uintptr_t)a[child + 1])
            child++;
        if ((uintptr_t)a[child] <= (uintptr_t)x)
            break;
        a[i] = a[child];
    }
    a[i] = x;
}

static void
select_sort(struct hchan **a, uint32_t n)
{
    for (uint32_t i = n / 2; i-- > 0;)
        select_sift(a, i, n);
    for (uint32_t end = n; end > 1;) {
        struct hchan *top = a[0];
        a[0] = a[--end];
        a[end] = top;
        select_sift(a, 0, end);
    }
}

static void
select_make_order(struct select *s)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->n; i++)
        if (s->cases[i].ch != NULL)
            s->order[n++] = select_chan(&s->cases[i]);
    select_sort(s->order, n);
    uint32_t distinct = 0;
    for (uint32_t i = 0; i < n; i++)
        if (distinct == 0 || s->order[distinct - 1] != s->order[i])
            s->order[distinct++] = s->order[i];
    s->order_count = distinct;
}

static void
select_lock_all(struct select *s)
{
    if (!leat__multi)
        return;
    if (s->order_count == 0)
        select_make_order(s);
    for (uint32_t i = 0; i < s->order_count; i++)
        leat__spin_lock(&s->order[i]->lock);
}

static void
select_unlock_all(struct select *s)
{
    if (!leat__multi)
        return;
    for (uint32_t i = s->order_count; i-- > 0;)
        leat__spin_unlock(&s->order[i]->lock);
}

// Waiting ----------------------------------------------------------------

static inline struct waitq *
select_queue(const struct leat_case *k)
{
    struct hchan *c = select_chan(k);
    return k->op == LEAT_CASE_SEND ? &c->sendq : &c->recvq;
}

// d joins `before`, a case of the same select, in a queue: only the first of
// them can be served, and each is to be that one as likely. The ticket says
// which case stands first, and how many there are.
static LEAT__COLD void
select_mix(struct leat__m *m, struct select *s,
    const struct leat__sudog *before, struct leat__sudog *d)
{
    uint32_t count = (uint32_t)before->ticket + 1;
    struct leat__sudog *first = &s->sudogs[before->ticket >> 32];
    d->ticket = before->ticket + 1;
    if (leat__rand_below(&m->rand, count) != 0)
        return;
    void *elem = first->elem;
    uint32_t index = first->index;
    first->elem = d->elem;
    first->index = d->index;
    d->elem = elem;
    d->index = index;
}

static void
select_enqueue(struct select *s, struct leat__m *m)
{
    struct leat__g *g = m->g;
    for (uint32_t i = 0; i < s->n; i++) {
        const struct leat_case *k = &s->cases[i];
        struct leat__sudog *d = &s->sudogs[i];
        d->queued = SUDOG_OUT;
        d->c = k->ch;
        if (k->ch == NULL)
            continue;
        d->g = g;
        d->elem = k->elem;
        d->index = i;
        d->is_select = true;
        d->success = false;
        d->ticket = (uint64_t)i << 32 | 1;
        struct waitq *q = select_queue(k);
        if (LEAT__UNLIKELY(q->last != NULL && q->last->g == g) &&
            !(s->flags & LEAT_SELECT_PRIORITY))
            select_mix(m, s, q->last, d);
        leat__waitq_push(q, d);
    }
    g->waiting = s->sudogs;
    g->waiting_count = s->n;
}

// Takes back what is still queued. Each by itself: the select is decided, and
// of a channel that it is no longer queued on it knows nothing.
static void
select_dequeue(struct select *s)
{
    for (uint32_t i = 0; i < s->n; i++) {
        const struct leat_case *k = &s->cases[i];
        if (k->ch != NULL)
            leat__waitq_leave(
                select_chan(k), select_queue(k), &s->sudogs[i]);
    }
}

// Queues on every case and parks; all channels are locked. The index, or an
// error as index. Leaves the runtime's m in *mp.
static struct select_result
select_wait(struct leat__m **mp, struct select *s, int64_t deadline)
{
    struct leat__g *g = (*mp)->g;
    struct leat__wait_until w;
    select_enqueue(s, *mp);
    leat__until_begin(
        &w, g, s->n > 0 ? WAIT_SELECT : WAIT_SELECT_NO_CASES, NULL);
    select_unlock_all(s);
    if (s->flags & LEAT_SELECT_UNTIL)
        *mp = leat__until_park(*mp, &w, deadline);
    else
        *mp = leat__park(*mp);
    select_dequeue(s);
    g->waiting = NULL;
    if (w.error != 0)
        return (struct select_result){w.error, CHAN_BLOCK};
    struct leat__sudog *d = g->waker;
    return (struct select_result){
        (int)d->index, d->success ? CHAN_DONE : CHAN_CLOSED};
}

// One that seemed ready was not: there are only waiters that others have won.
// The first of the others that can be served, or SELECT_NONE.
static LEAT__COLD struct select_result
select_try_others(
    struct leat__m *m, const struct select *s, struct leat__g **wake)
{
    uint32_t first = s->flags & LEAT_SELECT_PRIORITY
        ? 0 : leat__rand_below(&m->rand, s->n);
    for (uint32_t k = 0; k < s->n; k++) {
        int i = (int)((first + k) % s->n);
        if (!select_case_ready(&s->cases[i]))
            continue;
        enum leat__chan_result r = select_try(&s->cases[i], wake);
        if (r != CHAN_BLOCK)
            return (struct select_result){i, r};
    }
    return (struct select_result){SELECT_NONE, CHAN_BLOCK};
}

// Everything that the first look could not decide: with all channels locked,
// so that what cannot be served now is not ready.
static struct select_result
select_slow(struct leat__m **mp, struct select *s, int64_t deadline)
{
    struct leat__g *wake = NULL;
    struct select_result r = {SELECT_NONE, CHAN_BLOCK};
    select_lock_all(s);
    int i = select_pick(*mp, s);
    if (i != SELECT_NONE)
        r = (struct select_result){i, select_try(&s->cases[i], &wake)};
    if (i != SELECT_NONE && r.result == CHAN_BLOCK)
        r = select_try_others(*mp, s, &wake);
    if (r.result == CHAN_BLOCK && s->default_index == SELECT_NONE)
        return select_wait(mp, s, deadline);
    select_unlock_all(s);
    if (wake != NULL)
        leat__ready(*mp, wake);
    if (r.result == CHAN_BLOCK)
        r.index = s->default_index;
    return r;
}

// The stack suffices for most.
static LEAT__NOINLINE struct select_result
select_slow_small(struct leat__m **mp, struct select *s, int64_t deadline)
{
    struct leat__sudog sudogs[SELECT_STACK_CASES];
    struct hchan *order[SELECT_STACK_CASES];
    s->sudogs = sudogs;
    s->order = order;
    return select_slow(mp, s, deadline);
}

static LEAT__COLD struct select_result
select_slow_large(struct leat__m **mp, struct select *s, int64_t deadline)
{
    s->sudogs = leat__mem_alloc(s->n * sizeof *s->sudogs, 0);
    s->order = leat__mem_alloc(s->n * sizeof *s->order, 0);
    if (s->sudogs == NULL || s->order == NULL)
        leat__throw("out of memory: select with %u cases" LEAT__RAISE_LIMIT,
            s->n);
    struct select_result r = select_slow(mp, s, deadline);
    leat__mem_free(s->sudogs, 0);
    leat__mem_free(s->order, 0);
    return r;
}

// Validates; LEAT_EINVAL or 0.
static int
select_prepare(struct select *s)
{
    s->default_index = SELECT_NONE;
    for (uint32_t i = 0; i < s->n; i++) {
        uint32_t op = s->cases[i].op;
        if (LEAT__UNLIKELY(op - LEAT_CASE_SEND > 2))
            return LEAT_EINVAL;
        if (op == LEAT_CASE_SEND && s->cases[i].ch != NULL)
            leat__chan_check_sender(select_chan(&s->cases[i]));
        if (op != LEAT_CASE_DEFAULT)
            continue;
        if (s->default_index != SELECT_NONE || s->cases[i].ch != NULL)
            return LEAT_EINVAL;
        s->default_index = (int)i;
    }
    return 0;
}

// Whether the first look says for sure that nothing is ready: alone on the
// one P, or one channel only, read at one moment.
static bool
select_look_is_exact(const struct select *s)
{
    return !leat__multi || s->n <= 2;
}

int
leat_select_cases(
    const struct leat_case *cases, size_t n, unsigned flags, int64_t deadline)
{
    struct select s = {.cases = cases, .n = (uint32_t)n, .flags = flags};
    if (n > LEAT_CASES_MAX || select_prepare(&s) != 0)
        return LEAT_EINVAL;
    struct leat__m *m = leat__enter();
    struct select_result r = {s.default_index, CHAN_BLOCK};
    int i = select_pick(m, &s);
    bool done = i != SELECT_NONE && select_try_alone(m, &s, i, &r);
    if (!done && i == SELECT_NONE && s.default_index != SELECT_NONE &&
        select_look_is_exact(&s)) {
        r = (struct select_result){s.default_index, CHAN_BLOCK};
        done = true;
    }
    if (!done)
        r = n <= SELECT_STACK_CASES ? select_slow_small(&m, &s, deadline)
                                    : select_slow_large(&m, &s, deadline);
    leat__leave(m);
    if (r.index < 0 || r.index == s.default_index)
        return r.index;
    const struct leat_case *k = &cases[r.index];
    if (k->op == LEAT_CASE_SEND && r.result == CHAN_CLOSED)
        leat__chan_misuse("send on closed channel");
    if (k->ok != NULL)
        *k->ok = r.result == CHAN_DONE;
    return r.index;
}
