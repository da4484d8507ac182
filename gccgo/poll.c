// SPDX-License-Identifier: MIT
// gccgo/poll.c: waiting for descriptors, as internal/poll asks for it, by
// src/io.
//
// Package internal/poll reads and writes without blocking, and waits here when
// the system says EAGAIN. It lets at most one goroutine a descriptor read and
// one write. Whatever ends a wait early, a deadline that is set or a close,
// changes a field and then wakes: the wait looks again.
//
// Invariants: a wait that has seen the fields as they were at number `changes`
// says so in `seen` before it sleeps; who changes a field does not return
// before the waits have seen it. So no change is missed between looking and
// sleeping.
// Locks: none; the fields are atomic.
#include "gccgo/abi.h"

#include "io/netpoll.h"
#include "sched/sched.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

// What internal/poll knows by numbers.
enum { POLL_OK, POLL_CLOSING, POLL_TIMEOUT, POLL_NOT_POLLABLE };

// One direction of a descriptor.
struct poll_way {
    _Atomic int64_t deadline; // 0: none; of leat_now's clock
    _Atomic bool waits;
    _Atomic uint32_t seen;
};

struct go_poll {
    int fd;
    _Atomic bool closing;
    _Atomic uint32_t changes;
    struct poll_way read, write;
};

static struct poll_way *
poll_way(struct go_poll *p, go_int mode)
{
    return mode == 'r' ? &p->read : &p->write;
}

// POLL_OK if a wait in this direction makes sense.
static go_int
poll_look(struct go_poll *p, struct poll_way *w)
{
    if (atomic_load(&p->closing))
        return POLL_CLOSING;
    int64_t deadline = atomic_load(&w->deadline);
    return deadline != 0 && deadline <= leat_now() ? POLL_TIMEOUT : POLL_OK;
}

// Opening ---------------------------------------------------------------------

void leat__go_poll_init(void)
    GO_NAME("internal_1poll.runtime__pollServerInit");
void
leat__go_poll_init(void)
{
}

bool leat__go_poll_is_server(uintptr_t fd)
    GO_NAME("internal_1poll.runtime__isPollServerDescriptor");
bool
leat__go_poll_is_server(uintptr_t fd)
{
    (void)fd;
    return false;
}

// 0, or why the system cannot poll fd: EPERM for a plain file.
static int
poll_check(int fd)
{
    struct epoll_event event = {.events = EPOLLIN};
    int set = epoll_create1(EPOLL_CLOEXEC);
    if (set < 0)
        return errno;
    int err = epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : errno;
    close(set);
    return err;
}

struct go_poll_open {
    struct go_poll *poll;
    go_int error;
};

struct go_poll_open leat__go_poll_open(uintptr_t fd)
    GO_NAME("internal_1poll.runtime__pollOpen");
struct go_poll_open
leat__go_poll_open(uintptr_t fd)
{
    int err = poll_check((int)fd);
    if (err != 0)
        return (struct go_poll_open){NULL, err};
    struct go_poll *p = calloc(1, sizeof *p);
    if (p == NULL)
        return (struct go_poll_open){NULL, ENOMEM};
    p->fd = (int)fd;
    return (struct go_poll_open){p, 0};
}

void leat__go_poll_close(struct go_poll *p)
    GO_NAME("internal_1poll.runtime__pollClose");
void
leat__go_poll_close(struct go_poll *p)
{
    free(p);
}

// Waiting ---------------------------------------------------------------------

go_int leat__go_poll_reset(struct go_poll *p, go_int mode)
    GO_NAME("internal_1poll.runtime__pollReset");
go_int
leat__go_poll_reset(struct go_poll *p, go_int mode)
{
    return poll_look(p, poll_way(p, mode));
}

static go_int
poll_wait(struct go_poll *p, struct poll_way *w, int events)
{
    for (;;) {
        atomic_store(&w->seen, atomic_load(&p->changes));
        go_int why = poll_look(p, w);
        if (why != POLL_OK)
            return why;
        int64_t deadline = atomic_load(&w->deadline);
        int ready = leat_wait_fd(
            p->fd, events, deadline != 0 ? deadline : LEAT_FOREVER);
        if (ready > 0)
            return POLL_OK;
        if (ready == LEAT_ECLOSED)
            return POLL_CLOSING;
        if (ready != LEAT_EAGAIN && ready != LEAT_ETIMEDOUT)
            return POLL_NOT_POLLABLE;
    }
}

go_int leat__go_poll_wait(struct go_poll *p, go_int mode)
    GO_NAME("internal_1poll.runtime__pollWait");
go_int
leat__go_poll_wait(struct go_poll *p, go_int mode)
{
    struct poll_way *w = poll_way(p, mode);
    atomic_store(&w->waits, true);
    go_int why = poll_wait(p, w, mode == 'r' ? LEAT_READ : LEAT_WRITE);
    atomic_store(&w->waits, false);
    return why;
}

// Waits for what a canceled operation still does. There is none.
void leat__go_poll_wait_canceled(struct go_poll *p, go_int mode)
    GO_NAME("internal_1poll.runtime__pollWaitCanceled");
void
leat__go_poll_wait_canceled(struct go_poll *p, go_int mode)
{
    (void)p;
    (void)mode;
}

// Changes ---------------------------------------------------------------------

static bool
poll_has_seen(struct poll_way *w, uint32_t number)
{
    return !atomic_load(&w->waits) ||
        (int32_t)(atomic_load(&w->seen) - number) >= 0;
}

// A field has changed: lets the waits see it.
static void
poll_tell(struct go_poll *p)
{
    uint32_t number = atomic_fetch_add(&p->changes, 1) + 1;
    while (!poll_has_seen(&p->read, number) ||
        !poll_has_seen(&p->write, number)) {
        leat__fd_wake(p->fd);
        leat_yield();
    }
}

// ns is how far off the deadline is, 0 for none; mode may be 'r' + 'w'.
void leat__go_poll_deadline(struct go_poll *p, int64_t ns, go_int mode)
    GO_NAME("internal_1poll.runtime__pollSetDeadline");
void
leat__go_poll_deadline(struct go_poll *p, int64_t ns, go_int mode)
{
    int64_t deadline = ns != 0 ? leat_deadline(ns) : 0;
    if (mode != 'w')
        atomic_store(&p->read.deadline, deadline);
    if (mode != 'r')
        atomic_store(&p->write.deadline, deadline);
    poll_tell(p);
}

void leat__go_poll_unblock(struct go_poll *p)
    GO_NAME("internal_1poll.runtime__pollUnblock");
void
leat__go_poll_unblock(struct go_poll *p)
{
    atomic_store(&p->closing, true);
    poll_tell(p);
}
