// SPDX-License-Identifier: MIT
// io/netpoll.c: goroutines that wait for descriptors.
//
// The idea: one struct netpoll_desc per descriptor number, found by the
// number, holds the list of who waits for it. Every wait arms the descriptor
// for all that its waiters ask (os/poll.h: one event per arming); when it
// fires, all whose event it is are woken and it is armed again for the rest.
// The scheduler asks for events now and then and sleeps in the same call
// when it has nothing to run, through leat__hooks.
//
// Each arming has a number, which comes back with the event: what was armed
// before the last time, by a waiter that has given up or for a file that has
// been closed since, is stale and dropped. Nothing is lost by that, because
// arming looks at the state of the descriptor anew.
//
// A descriptor closed by plain close(2) has left the set without a word. The
// next wait for its number notices (re-arming finds it unknown, or the
// number bad) and wakes those of the old file with LEAT_ECLOSED.
//
// A number that was closed may become one of the set's own while somebody
// still waits for it, or begins to: it counts as closed.
//
// Plain threads do not park: they poll(2) the descriptor and an eventfd of
// their own, by which leat_close_fd reaches them. So they can wait before
// the runtime runs, and whether the scheduler sleeps is no matter to them.
//
// Invariants: a waiter is in a list exactly while `queued`; who takes a
// goroutine out to wake it has won g->select_done. While a goroutine waits
// for a descriptor that is open, it is armed for what the goroutine asks, or
// an event with the last number is on its way. Who closes it looks again when
// it is closed, so that one armed in between hears of it.
// netpoll_waiting is the number of goroutines in all lists.
//
// Locks: d->lock, a spin lock since the idle thread holds no P, and a leaf:
// goroutines are readied after it is released. It is held over epoll_ctl, not
// over close. Segments of the table are never freed.
//
// Rejected: registering once, edge-triggered, as Go does: its callers are
// all Go's own and read until EAGAIN, ours need not. Verifying each event by
// poll(2): a waiter can lose the race for the data all the same.
#include "io/netpoll.h"

#include "mem/alloc.h"
#include "os/clock.h"
#include "os/poll.h"
#include "sched/idle.h"
#include "sched/world.h"
#include "sched/until.h"

enum {
    // The table is cut into segments of 64, 128, 256 ... descriptors, so
    // that it grows without moving: 26 of them reach past INT_MAX.
    NETPOLL_FIRST_BITS = 6,
    NETPOLL_SEGMENTS = 26,
    NETPOLL_BATCH = 64, // events taken at once; see POLL_BATCH
    NETPOLL_ALL = LEAT_READ | LEAT_WRITE | LEAT_PRI,
    // How often a plain thread looks whether its context has ended.
    NETPOLL_GLANCE_NS = 10000000
};

// Somebody who waits; lives on the waiter's stack. Guarded by d->lock.
struct netpoll_waiter {
    struct netpoll_waiter *next, *prev;
    struct leat__g *g;
    int events; // asked for
    int result; // what leat_wait_fd is to return; 0: not woken by us
    int bell;   // plain thread: its eventfd, else -1
    bool queued;
};

struct netpoll_desc {
    struct leat__lock lock;
    // Guarded by lock; head is also peeked at without it.
    struct netpoll_waiter *_Atomic head;
    struct netpoll_waiter *tail;
    uint32_t arm; // number of the last arming
    bool known;   // in the set, as far as we have been told
    // The number is that of a waiting thread's eventfd. Written under lock.
    _Atomic bool is_bell;
};

static struct netpoll_desc *_Atomic netpoll_table[NETPOLL_SEGMENTS];
static _Atomic int netpoll_waiting;
static struct leat__lock netpoll_set_lock; // held to make or drop the set
// A thread sleeps, or is about to, in a wait for events.
static _Atomic bool netpoll_asleep;

// The table ------------------------------------------------------------

// The segment of fd and its place there.
static int
netpoll_place(int fd, uint32_t *offset)
{
    uint32_t i = (uint32_t)fd + (1u << NETPOLL_FIRST_BITS);
    int bits = 31 - __builtin_clz(i);
    *offset = i - (1u << bits);
    return bits - NETPOLL_FIRST_BITS;
}

// The place of fd, or NULL if nobody has waited for one near it.
static struct netpoll_desc *
netpoll_find(int fd)
{
    uint32_t offset;
    int s = netpoll_place(fd, &offset);
    // Pairs with the release in netpoll_desc: the segment is zeroed.
    struct netpoll_desc *segment =
        atomic_load_explicit(&netpoll_table[s], memory_order_acquire);
    return segment == NULL ? NULL : segment + offset;
}

// The place of fd, made if need be; NULL when out of memory.
static struct netpoll_desc *
netpoll_desc(int fd)
{
    struct netpoll_desc *d = netpoll_find(fd), *none = NULL;
    if (d != NULL)
        return d;
    uint32_t offset;
    int s = netpoll_place(fd, &offset);
    struct netpoll_desc *segment = leat__mem_alloc(
        sizeof *segment << (s + NETPOLL_FIRST_BITS), LEAT__MEM_ZERO);
    if (segment == NULL)
        return NULL;
    if (!atomic_compare_exchange_strong_explicit(&netpoll_table[s], &none,
            segment, memory_order_acq_rel, memory_order_acquire))
        leat__mem_free(segment, 0);
    return netpoll_find(fd);
}

// Calls visit for the place of every number that has one.
static void
netpoll_each(
    void (*visit)(struct netpoll_desc *d, int fd, void *arg), void *arg)
{
    for (int s = 0; s < NETPOLL_SEGMENTS; s++) {
        struct netpoll_desc *segment =
            atomic_load_explicit(&netpoll_table[s], memory_order_acquire);
        uint32_t size = 1u << (s + NETPOLL_FIRST_BITS);
        int first = (int)(size - (1u << NETPOLL_FIRST_BITS));
        for (uint32_t i = 0; segment != NULL && i < size; i++)
            visit(&segment[i], first + (int)i, arg);
    }
}

// Whether the number of d stands for one of the runtime's own files: that of
// the caller has been closed.
static bool
netpoll_is_own(const struct netpoll_desc *d, int fd)
{
    return leat__poll_is_own(fd) || (d != NULL && atomic_load(&d->is_bell));
}

// Lists of waiters (d->lock held) --------------------------------------

static void
netpoll_queue(struct netpoll_desc *d, struct netpoll_waiter *w)
{
    w->prev = d->tail;
    w->next = NULL;
    if (d->tail != NULL)
        d->tail->next = w;
    else
        d->head = w;
    d->tail = w;
    w->queued = true;
    if (w->bell < 0)
        netpoll_waiting++;
}

static void
netpoll_unqueue(struct netpoll_desc *d, struct netpoll_waiter *w)
{
    if (!w->queued)
        return;
    if (w->prev != NULL)
        w->prev->next = w->next;
    else
        d->head = w->next;
    if (w->next != NULL)
        w->next->prev = w->prev;
    else
        d->tail = w->prev;
    w->queued = false;
    if (w->bell < 0)
        netpoll_waiting--;
}

// Gives w its result; a goroutine goes to *ready. One whose deadline has
// just won the race for it stays queued and takes itself out.
static void
netpoll_wake(struct netpoll_desc *d, struct netpoll_waiter *w, int result,
    struct leat__gqueue *ready)
{
    if (w->bell >= 0) {
        w->result = result;
        netpoll_unqueue(d, w);
        // The thread closes its bell under d->lock, so it is there still.
        leat__poll_bell_ring(w->bell);
        return;
    }
    if (!leat__win(w->g))
        return;
    w->result = result;
    netpoll_unqueue(d, w);
    w->g->waker = NULL;
    w->g->wake = WAKE_DONE;
    leat__gqueue_push(ready, w->g);
}

// Wakes everybody with what arming has failed with: a file that is not there
// any more was closed, and an ordinary one is ready.
static void
netpoll_wake_all(struct netpoll_desc *d, int result,
    struct leat__gqueue *ready)
{
    struct netpoll_waiter *next;
    if (result == LEAT__POLL_UNKNOWN || result == LEAT_EBADF)
        result = LEAT_ECLOSED;
    for (struct netpoll_waiter *w = d->head; w != NULL; w = next) {
        next = w->next;
        netpoll_wake(d, w,
            result == LEAT__POLL_ALWAYS ? w->events : result, ready);
    }
}

// What goroutines ask of d, all together; 0 if none waits.
static int
netpoll_asked(const struct netpoll_desc *d)
{
    int events = 0;
    for (struct netpoll_waiter *w = d->head; w != NULL; w = w->next)
        if (w->bell < 0)
            events |= w->events;
    return events;
}

// Arming (d->lock held) ------------------------------------------------

static uint64_t
netpoll_tag(int fd, uint32_t arm)
{
    return (uint64_t)(uint32_t)fd << 32 | arm;
}

// Arms d for what is waited for, and for `events` of somebody about to wait.
// Waiters of a file that is not there any more are woken. The result is that
// of leat__poll_add.
static int
netpoll_arm(struct netpoll_desc *d, int fd, int events,
    struct leat__gqueue *ready)
{
    uint64_t tag = netpoll_tag(fd, ++d->arm);
    int result = LEAT__POLL_UNKNOWN;
    if (LEAT__UNLIKELY(netpoll_is_own(d, fd))) {
        d->known = false;
        netpoll_wake_all(d, LEAT_ECLOSED, ready);
        return LEAT_EBADF;
    }
    if (d->known) {
        result = leat__poll_rearm(fd, events | netpoll_asked(d), tag);
        if (result == 0)
            return 0;
        // The file they waited for is gone; the number may be another's.
        d->known = false;
        netpoll_wake_all(d, result, ready);
    }
    events |= netpoll_asked(d);
    if (result == LEAT__POLL_UNKNOWN && events != 0) {
        result = leat__poll_add(fd, events, tag);
        d->known = result == 0;
    }
    return result;
}

// Arms d for those who wait already; if that cannot be, they are woken.
static void
netpoll_arm_again(struct netpoll_desc *d, int fd, struct leat__gqueue *ready)
{
    if (netpoll_asked(d) == 0)
        return;
    int result = netpoll_arm(d, fd, 0, ready);
    if (result != 0)
        netpoll_wake_all(d, result, ready);
}

static int
netpoll_open(void)
{
    if (LEAT__LIKELY(leat__poll_is_open()))
        return 0;
    leat__spin_lock(&netpoll_set_lock);
    int result = leat__poll_open();
    leat__spin_unlock(&netpoll_set_lock);
    return result;
}

static void
netpoll_lost_desc(struct netpoll_desc *d, int fd, void *ready)
{
    struct netpoll_waiter *next;
    (void)fd;
    leat__spin_lock(&d->lock);
    d->known = false;
    for (struct netpoll_waiter *w = d->head; w != NULL; w = next) {
        next = w->next;
        if (w->bell < 0)
            netpoll_wake(d, w, LEAT_ESYS, ready);
    }
    leat__spin_unlock(&d->lock);
}

// The set is lost: all who rely on it are told, and the next wait makes a
// new one.
static void
netpoll_lost(struct leat__gqueue *ready)
{
    leat__spin_lock(&netpoll_set_lock);
    leat__poll_drop(false);
    leat__spin_unlock(&netpoll_set_lock);
    netpoll_each(netpoll_lost_desc, ready);
}

// The scheduler's side -------------------------------------------------

static void
netpoll_deliver(const struct leat__poll_event *e, struct leat__gqueue *ready)
{
    int fd = (int)(e->tag >> 32);
    struct netpoll_desc *d = netpoll_find(fd);
    leat__spin_lock(&d->lock);
    if ((uint32_t)e->tag == d->arm) {
        struct netpoll_waiter *next;
        for (struct netpoll_waiter *w = d->head; w != NULL; w = next) {
            next = w->next;
            if (w->bell < 0 && (w->events & e->events) != 0)
                netpoll_wake(d, w, w->events & e->events, ready);
        }
        netpoll_arm_again(d, fd, ready);
    }
    leat__spin_unlock(&d->lock);
}

static bool
netpoll_poll(int64_t timeout_ns, struct leat__gqueue *ready)
{
    if (!leat__poll_is_open())
        return false;
    struct leat__poll_event event[NETPOLL_BATCH];
    if (timeout_ns != 0)
        atomic_store(&netpoll_asleep, true);
    int n = leat__poll_wait(event, NETPOLL_BATCH, timeout_ns);
    if (timeout_ns != 0)
        atomic_store(&netpoll_asleep, false);
    // A passing look leaves the set to who may be asleep on it, and would
    // sleep on for ever: if it is lost, that one hears it as well, or the
    // next to sleep.
    if (n < 0 && timeout_ns != 0)
        netpoll_lost(ready);
    for (int i = 0; i < n; i++)
        netpoll_deliver(&event[i], ready);
    return n >= 0 && timeout_ns != 0;
}

static int
netpoll_waiters(void)
{
    // Pairs with netpoll_nudge: stored asleep, then loaded this.
    return atomic_load(&netpoll_waiting);
}

// The scheduler's poller may have gone to sleep while nobody waited for a
// descriptor, on its note and not on the set: makes it look again.
static void
netpoll_nudge(void)
{
    if (!atomic_load(&netpoll_asleep) && leat__sched.poller != NULL)
        leat__poke_poller();
}

// The program has closed the set, as a loop over all descriptors does. A
// thread that sleeps on it already can be woken by nothing any more, neither
// for events nor to run goroutines: that is the end.
static LEAT__COLD void
netpoll_set_is_gone(void)
{
    if (atomic_load(&netpoll_asleep))
        leat__throw("the program has closed the runtime's descriptors");
}

static void
netpoll_break(void)
{
    if (LEAT__UNLIKELY(!leat__poll_ring()))
        netpoll_set_is_gone();
}

struct netpoll_fork {
    int error; // why there is no set, or 0
    struct leat__gqueue ready;
};

// Goroutines go on waiting, in a set of the child's own, or hear why not.
static void
netpoll_fork_desc(struct netpoll_desc *d, int fd, void *arg)
{
    struct netpoll_fork *f = arg;
    struct netpoll_waiter *next;
    d->known = false;
    for (struct netpoll_waiter *w = d->head; w != NULL && f->error != 0;
         w = next) {
        next = w->next;
        netpoll_wake(d, w, f->error, &f->ready);
    }
    netpoll_arm_again(d, fd, &f->ready);
}

// In the child of a fork, of which m is the only thread, as in the parent:
// nobody holds a lock.
static void
netpoll_after_fork(struct leat__m *m)
{
    if (!leat__poll_is_open())
        return;
    leat__poll_drop(true);
    struct netpoll_fork f = {.error = leat__poll_open()};
    netpoll_each(netpoll_fork_desc, &f);
    leat__ready_list(m, &f.ready);
}

static void
netpoll_forget_desc(struct netpoll_desc *d, int fd, void *arg)
{
    struct netpoll_waiter *next;
    (void)fd;
    (void)arg;
    leat__spin_lock(&d->lock);
    for (struct netpoll_waiter *w = d->head; w != NULL; w = next) {
        next = w->next;
        if (w->bell < 0)
            netpoll_unqueue(d, w);
    }
    d->arm++; // an event on its way is nobody's
    leat__spin_unlock(&d->lock);
}

// Goroutines that are no more wait for nothing; threads still do.
static void
netpoll_forget(void)
{
    if (netpoll_waiting > 0)
        netpoll_each(netpoll_forget_desc, NULL);
}

// Before main, so that no thread sees the hooks change.
__attribute__((constructor)) static void
netpoll_install(void)
{
    leat__hooks.netpoll = netpoll_poll;
    leat__hooks.netpoll_break = netpoll_break;
    leat__hooks.netpoll_waiters = netpoll_waiters;
    leat__hooks.netpoll_forget = netpoll_forget;
    leat__hooks.after_fork = netpoll_after_fork;
}

// Waiting --------------------------------------------------------------

// The set is gone; unless somebody sleeps on it, the next wait makes another.
static LEAT__COLD void
netpoll_begin_anew(struct leat__m *m)
{
    struct leat__gqueue ready = {NULL, NULL};
    netpoll_set_is_gone();
    netpoll_lost(&ready);
    leat__ready_list(m, &ready);
}

// Arms and queues w; 0 when the goroutine is to park, else the result.
static int
netpoll_begin(struct leat__m *m, struct netpoll_desc *d, int fd,
    struct netpoll_waiter *w, struct leat__wait_until *until)
{
    struct leat__gqueue ready = {NULL, NULL};
    leat__spin_lock(&d->lock);
    int result = netpoll_arm(d, fd, w->events, &ready);
    if (result == 0) {
        leat__until_begin(until, w->g, WAIT_IO, d);
        until->may_fail = true;
        netpoll_queue(d, w);
    }
    leat__spin_unlock(&d->lock);
    if (result == 0)
        netpoll_nudge();
    leat__ready_list(m, &ready);
    if (result == LEAT_ESYS)
        netpoll_begin_anew(m);
    return result == LEAT__POLL_ALWAYS ? w->events : result;
}

// The goroutine's way: inside, returns outside.
static int
netpoll_park(struct leat__m *m, struct netpoll_desc *d, int fd, int events,
    int64_t deadline)
{
    struct netpoll_waiter w = {.g = m->g, .events = events, .bell = -1};
    struct leat__wait_until until;
    int result = netpoll_open();
    if (result == 0)
        result = netpoll_begin(m, d, fd, &w, &until);
    if (result != 0) {
        leat__leave(m);
        return result;
    }
    m = leat__until_park(m, &until, deadline);
    leat__spin_lock(&d->lock);
    netpoll_unqueue(d, &w);
    leat__spin_unlock(&d->lock);
    leat__leave(m);
    return until.error != 0 ? until.error : w.result;
}

// The time to the deadline of a plain thread, as ppoll wants it. By the
// machine's clock also beside a seeded run.
static int64_t
netpoll_left(int64_t deadline)
{
    if (deadline == LEAT_FOREVER)
        return -1;
    int64_t now = leat__os_clock();
    return deadline > now ? deadline - now : 0;
}

// Whether the thread's context has ended. Beside a seeded run it has not: its
// deadline, and who may end it, wait too.
static bool
netpoll_canceled(const struct leat__g *g)
{
    if (g->ctx == NULL)
        return false;
    struct leat__m *m = leat__enter();
    bool ended = false;
    if (!(atomic_load(&m->flags) & M_REFUSED)) {
        leat__serve_timers(m); // its deadline is one
        ended = leat__hooks.context_ended(m->g);
    }
    leat__leave(m);
    return ended;
}

// A new eventfd, marked as one of the runtime's own: it may have got the
// number of a file that was closed a moment ago, and whoever still waits for
// that one is told.
static int
netpoll_bell_open(void)
{
    struct leat__gqueue ready = {NULL, NULL};
    int bell = leat__poll_bell();
    if (bell < 0)
        return bell;
    struct netpoll_desc *d = netpoll_desc(bell);
    if (d == NULL) {
        leat__poll_close(bell);
        return LEAT_ENOMEM;
    }
    struct leat__m *m = leat__enter();
    leat__spin_lock(&d->lock);
    atomic_store(&d->is_bell, true);
    d->known = false;
    d->arm++;
    netpoll_wake_all(d, LEAT_ECLOSED, &ready);
    leat__spin_unlock(&d->lock);
    leat__ready_list(m, &ready);
    leat__leave(m);
    return bell;
}

static void
netpoll_bell_close(int bell)
{
    struct netpoll_desc *d = netpoll_find(bell);
    leat__spin_lock(&d->lock);
    atomic_store(&d->is_bell, false);
    leat__spin_unlock(&d->lock);
    leat__poll_close(bell);
}

// The plain thread's way, outside the runtime. The number is looked at again
// once w is queued, from when on a close is heard of: the file may have been
// closed before, and its number be a bell's, even w's own.
static int
netpoll_block(struct leat__g *g, struct netpoll_desc *d, int fd, int events,
    int64_t deadline)
{
    struct netpoll_waiter w = {.g = g, .events = events};
    w.bell = netpoll_bell_open();
    if (w.bell < 0)
        return w.bell;
    // It waits: to come in for a glance is no call into a seeded run.
    leat__park_begin(g, WAIT_IO, d);
    leat__spin_lock(&d->lock);
    netpoll_queue(d, &w);
    leat__spin_unlock(&d->lock);
    int result = netpoll_is_own(d, fd) ? LEAT_EBADF : 0;
    while (result == 0) {
        int64_t left_ns = netpoll_left(deadline), stretch_ns = left_ns;
        if (g->ctx != NULL && (left_ns < 0 || left_ns > NETPOLL_GLANCE_NS))
            stretch_ns = NETPOLL_GLANCE_NS;
        result = leat__poll_pair(fd, events, w.bell, stretch_ns);
        if (result == 0 && netpoll_canceled(g))
            result = LEAT_ECANCELED;
        leat__spin_lock(&d->lock);
        if (!w.queued)
            result = w.result;
        else if (result == 0 && left_ns == 0)
            result = LEAT_ETIMEDOUT;
        else
            leat__poll_bell_hear(w.bell);
        leat__spin_unlock(&d->lock);
    }
    leat__spin_lock(&d->lock);
    netpoll_unqueue(d, &w);
    leat__spin_unlock(&d->lock);
    atomic_store_explicit(&g->status, G_RUNNING, memory_order_relaxed);
    netpoll_bell_close(w.bell);
    return result;
}

// The number is bad: whoever still waits for it waits for a closed file.
static void
netpoll_orphans(struct leat__m *m, int fd)
{
    struct leat__gqueue ready = {NULL, NULL};
    struct netpoll_desc *d = netpoll_find(fd);
    if (d == NULL)
        return;
    leat__spin_lock(&d->lock);
    d->known = false;
    d->arm++;
    netpoll_wake_all(d, LEAT_ECLOSED, &ready);
    leat__spin_unlock(&d->lock);
    leat__ready_list(m, &ready);
}

// What can be said without waiting; 0 if nothing. Asking poll(2) first takes
// 0.4 us where arming and parking takes 1.0 us on an idle processor, and up
// to sysmon's 10 ms on busy ones; where the descriptor is not ready it adds
// 0.5 us to a round trip over two pipes of 4 to 5 us. So it is left out if
// the caller knows. Where others wait for the number it is left out too, so
// that they hear of a close. But a number that has no place yet is asked in
// any case: it may stand for nothing, and the place of a high one is large.
static int
netpoll_glance(
    struct leat__m *m, int fd, int events, bool tried, int64_t deadline)
{
    struct netpoll_desc *d = netpoll_find(fd);
    bool skip = d != NULL && (tried || d->head != NULL);
    int result = skip ? 0 : leat__poll_now(fd, events);
    if (result == 0 && deadline != LEAT_FOREVER &&
        deadline <= leat__nanotime()) {
        result = skip ? leat__poll_now(fd, events) : 0;
        if (result == 0)
            result = LEAT_ETIMEDOUT;
    }
    if (result == LEAT_EBADF)
        netpoll_orphans(m, fd);
    return result;
}

int
leat_wait_fd(int fd, int events, int64_t deadline)
{
    bool tried = events & LEAT_TRIED;
    events &= ~LEAT_TRIED;
    if (events == 0 || (events & ~NETPOLL_ALL) != 0)
        return LEAT_EINVAL;
    if (fd < 0 || netpoll_is_own(netpoll_find(fd), fd))
        return LEAT_EBADF;
    struct leat__m *m = leat__enter();
    // Threads without a P wake goroutines too: one P is no lock any more.
    if (!leat__multi && !leat__sched.seeded && !m->g->foreign) {
        leat__go_multi(m);
        m = leat__this_m();
    }
    struct netpoll_desc *d = NULL;
    int result = netpoll_glance(m, fd, events, tried, deadline);
    if (result == 0 && (d = netpoll_desc(fd)) == NULL)
        result = LEAT_ENOMEM;
    if (result == 0 && !m->g->foreign)
        return netpoll_park(m, d, fd, events, deadline);
    struct leat__g *g = m->g;
    leat__leave(m);
    if (result != 0)
        return result;
    return netpoll_block(g, d, fd, events, deadline);
}

// Closing --------------------------------------------------------------

// First half: tells everybody.
static void
netpoll_close_begin(struct leat__m *m, struct netpoll_desc *d, int fd)
{
    struct leat__gqueue ready = {NULL, NULL};
    leat__spin_lock(&d->lock);
    netpoll_wake_all(d, LEAT_ECLOSED, &ready);
    if (d->known)
        leat__poll_remove(fd);
    d->known = false;
    d->arm++;
    leat__spin_unlock(&d->lock);
    leat__ready_list(m, &ready);
}

// Second half: who has come since waits for the number's next file and is
// armed for that, or waits for the one that is closed, which arming tells.
static void
netpoll_close_end(struct leat__m *m, struct netpoll_desc *d, int fd)
{
    struct leat__gqueue ready = {NULL, NULL};
    leat__spin_lock(&d->lock);
    netpoll_arm_again(d, fd, &ready);
    // Threads look again: the file they poll may be the one just closed.
    for (struct netpoll_waiter *w = d->head; w != NULL; w = w->next)
        if (w->bell >= 0)
            leat__poll_bell_ring(w->bell);
    leat__spin_unlock(&d->lock);
    leat__ready_list(m, &ready);
}

// The place of fd, also when nobody has waited near it yet: who is about to
// wait for the first time is to find that it is being closed. NULL for a
// number that stands for nothing, or without memory, which a wait needs too.
static struct netpoll_desc *
netpoll_desc_to_close(int fd)
{
    struct netpoll_desc *d = netpoll_find(fd);
    if (d == NULL && leat__poll_now(fd, LEAT_READ) != LEAT_EBADF)
        d = netpoll_desc(fd);
    return d;
}

int
leat_close_fd(int fd)
{
    if (fd < 0 || netpoll_is_own(netpoll_find(fd), fd))
        return LEAT_EBADF;
    struct netpoll_desc *d = netpoll_desc_to_close(fd);
    if (d != NULL) {
        struct leat__m *m = leat__enter();
        netpoll_close_begin(m, d, fd);
        leat__leave(m);
    }
    // Outside: closing may block (lingering sockets, network file systems).
    int result = leat__poll_close(fd);
    if (d != NULL) {
        struct leat__m *m = leat__enter();
        netpoll_close_end(m, d, fd);
        leat__leave(m);
    }
    return result;
}

void
leat__fd_wake(int fd)
{
    struct netpoll_desc *d = netpoll_find(fd);
    if (d == NULL)
        return;
    struct leat__gqueue ready = {NULL, NULL};
    struct leat__m *m = leat__enter();
    leat__spin_lock(&d->lock);
    netpoll_wake_all(d, LEAT_EAGAIN, &ready);
    leat__spin_unlock(&d->lock);
    leat__ready_list(m, &ready);
    leat__leave(m);
}
