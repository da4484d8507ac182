// SPDX-License-Identifier: MIT
// os/poll.c: epoll, an eventfd for the bell, poll(2) for a single descriptor.
//
// The idea: level-triggered and EPOLLONESHOT. A wait arms the descriptor and
// the kernel reports it at once if it is ready, so that callers need not
// have seen EAGAIN first; after that it is silent, so that a descriptor
// nobody reads does not keep the idle thread awake.
//
// The bell is an eventfd that is always ready; to ring is to arm it, which
// is one-shot as everything here. So nothing is ever written to its number,
// which may be that of a file of the program's: a loop over all descriptors
// closes these too. The kernel knows the bell by number and file, and arming
// anything else fails: that also tells whether the set is still there.
//
// Invariants: poll_set and poll_bell are both open while poll_ready is true,
// unless the program has closed them. The bell is in the set with tag
// UINT64_MAX.
// errno is kept as it was. What touches it is not inlined: the callers park,
// and compilers keep the address of a thread's errno over a park otherwise.
// Locks: none; the caller makes and drops the set one thread at a time.
// Rejected: edge-triggered registration once per descriptor (saves a system
// call per wait, but a caller who has not read until EAGAIN then hangs);
// EPOLLRDHUP (where it is set EPOLLIN is too, and counting it as writable
// makes a writer spin whose peer has only shut down its sending side);
// a timerfd for short timeouts (epoll_pwait2 takes nanoseconds).
#include "os/poll.h"
#include "base/check.h"
#include "os/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
    // Events taken in one call. 64 fill 768 bytes of the scheduler's stack;
    // what is left over comes with the next call.
    POLL_BATCH = 64,
    // The set and the bell take the last numbers below this one. A table of
    // so many descriptors takes the kernel 8 KB.
    POLL_HIGH = 1024,
    POLL_NS_PER_MS = 1000000
};
static const uint64_t poll_bell_tag = UINT64_MAX;

static _Atomic bool poll_ready;
// Atomic for who still uses the set that is being replaced.
static _Atomic int poll_set = -1, poll_bell = -1;
// The bell has been rung and not been heard: spares arming it again.
static _Atomic bool poll_rung;
// There is no epoll_pwait2 (before Linux 5.11, or in a sandbox that does not
// know it): milliseconds then.
static _Atomic bool poll_coarse;

// Why a descriptor could not be made.
static int
poll_make_error(int err)
{
    switch (err) {
    case EMFILE:
    case ENFILE:
        return LEAT_EMFILE;
    case ENOMEM:
    case ENOSPC: // fs.epoll.max_user_watches, memory by another name
        return LEAT_ENOMEM;
    default: // EPERM too: a sandbox
        return LEAT_ESYS;
    }
}

// Why one could not be armed.
static int
poll_error(int err)
{
    switch (err) {
    case EBADF:
    case EINVAL: // the set itself, or one of its own kind
    case ELOOP:
        return LEAT_EBADF;
    case EPERM:
        return LEAT__POLL_ALWAYS;
    case ENOENT:
        return LEAT__POLL_UNKNOWN;
    default:
        return poll_make_error(err);
    }
}

// epoll's flags are poll's, on every CPU: asserted, not assumed.
_Static_assert(EPOLLIN == POLLIN, "one set of flags");
_Static_assert(EPOLLOUT == POLLOUT, "one set of flags");
_Static_assert(EPOLLPRI == POLLPRI, "one set of flags");
_Static_assert(EPOLLERR == POLLERR, "one set of flags");
_Static_assert(EPOLLHUP == POLLHUP, "one set of flags");

static short
poll_flags(int events)
{
    return (short)((events & LEAT_READ ? POLLIN : 0) |
        (events & LEAT_WRITE ? POLLOUT : 0) |
        (events & LEAT_PRI ? POLLPRI : 0));
}

static int
poll_events(unsigned flags)
{
    if (flags & (POLLERR | POLLHUP))
        return LEAT_READ | LEAT_WRITE | LEAT_PRI;
    return (flags & POLLIN ? LEAT_READ : 0) |
        (flags & POLLOUT ? LEAT_WRITE : 0) | (flags & POLLPRI ? LEAT_PRI : 0);
}

// Every call of epoll_ctl. 0 or an errno, never left in errno itself.
static LEAT__NOINLINE int
poll_ctl(int op, int fd, uint32_t flags, uint64_t tag)
{
    int saved = errno;
    struct epoll_event e = {.events = flags, .data.u64 = tag};
    // Not by its function: ThreadSanitizer takes a close of the number
    // meanwhile for a race, but who waits hears of that (io/netpoll.c).
    int err =
        syscall(SYS_epoll_ctl, poll_set, op, fd, &e) == 0 ? 0 : errno;
    errno = saved;
    return err;
}

// Those that may be refused for want of memory.
static int
poll_control(int op, int fd, uint32_t flags, uint64_t tag)
{
    if (leat__fault_hits(LEAT__FAULT_EPOLL))
        return ENOMEM;
    return poll_ctl(op, fd, flags, tag);
}

// Rings by arming, whether rung already or not; 0 or an errno. Without fault
// injection: the kernel needs no memory for it.
static int
poll_arm_bell(void)
{
    return poll_ctl(EPOLL_CTL_MOD, poll_bell, EPOLLIN | EPOLLONESHOT,
        poll_bell_tag);
}

// An eventfd that is ready from the start if rings is 1.
static int
poll_eventfd(unsigned rings)
{
    if (leat__fault_hits(LEAT__FAULT_EVENTFD))
        return LEAT_EMFILE;
    int saved = errno;
    int bell = eventfd(rings, EFD_CLOEXEC | EFD_NONBLOCK);
    int result = bell >= 0 ? bell : poll_make_error(errno);
    errno = saved;
    return result;
}

// Gives fd a high number if it can: a program that counts on low ones, or has
// closed all and opens its own, does not meet it. The number now.
static int
poll_move_up(int fd)
{
    struct rlimit limit;
    int high = POLL_HIGH;
    if (fd < 0)
        return fd;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < POLL_HIGH)
        high = (int)limit.rlim_cur;
    high = fcntl(fd, F_DUPFD_CLOEXEC, high - 2);
    if (high < 0)
        return fd;
    close(fd);
    return high;
}

// A table that has grown stays so.
void
leat__poll_reserve(void)
{
    int saved = errno;
    int fd = poll_move_up(eventfd(0, EFD_CLOEXEC));
    if (fd >= 0)
        close(fd);
    errno = saved;
}

static int
poll_make_set(void)
{
    if (leat__fault_hits(LEAT__FAULT_EPOLL))
        return LEAT_EMFILE;
    poll_set = poll_move_up(epoll_create1(EPOLL_CLOEXEC));
    if (poll_set < 0)
        return poll_make_error(errno);
    poll_bell = poll_move_up(poll_eventfd(1));
    int err = poll_bell;
    if (poll_bell >= 0) {
        // Silent: armed for nothing.
        err = poll_control(
            EPOLL_CTL_ADD, poll_bell, EPOLLONESHOT, poll_bell_tag);
        if (err == 0)
            return 0;
        err = poll_make_error(err);
        close(poll_bell);
    }
    close(poll_set);
    return err;
}

LEAT__NOINLINE int
leat__poll_open(void)
{
    if (leat__poll_is_open())
        return 0;
    int saved = errno, err = poll_make_set();
    // Publishes both descriptors; pairs with leat__poll_is_open.
    if (err == 0)
        atomic_store_explicit(&poll_ready, true, memory_order_release);
    errno = saved;
    return err;
}

bool
leat__poll_is_open(void)
{
    return atomic_load_explicit(&poll_ready, memory_order_acquire);
}

bool
leat__poll_is_own(int fd)
{
    return leat__poll_is_open() &&
        (fd == atomic_load(&poll_set) || fd == atomic_load(&poll_bell));
}

LEAT__NOINLINE void
leat__poll_drop(bool close_it)
{
    if (!leat__poll_is_open())
        return;
    atomic_store_explicit(&poll_ready, false, memory_order_release);
    atomic_store(&poll_rung, false);
    if (!close_it)
        return;
    int saved = errno;
    close(poll_set);
    close(poll_bell);
    errno = saved;
}

// The kernel speaks of the descriptor or of the set, when the program has
// closed descriptors that are not its own. So the set is asked: a ring too
// many does no harm.
static LEAT__COLD int
poll_blame(int err)
{
    if ((err == EBADF || err == EINVAL) && poll_arm_bell() != 0)
        err = EIO;
    return poll_error(err);
}

int
leat__poll_rearm(int fd, int events, uint64_t tag)
{
    uint32_t flags = (uint32_t)poll_flags(events) | EPOLLONESHOT;
    int err = poll_control(EPOLL_CTL_MOD, fd, flags, tag);
    return err == 0 ? 0 : poll_blame(err);
}

int
leat__poll_add(int fd, int events, uint64_t tag)
{
    uint32_t flags = (uint32_t)poll_flags(events) | EPOLLONESHOT;
    int err = poll_control(EPOLL_CTL_ADD, fd, flags, tag);
    // A duplicate of a descriptor that was closed can bring it back.
    if (err == EEXIST)
        return leat__poll_rearm(fd, events, tag);
    return err == 0 ? 0 : poll_blame(err);
}

void
leat__poll_remove(int fd)
{
    if (leat__poll_is_open())
        poll_control(EPOLL_CTL_DEL, fd, 0, 0);
}

// The end of a wait for fewer than 2^31 milliseconds, rounded up so that the
// caller does not come back too early and spin.
static int
poll_timeout_ms(int64_t ns)
{
    if (ns < 0)
        return -1;
    int64_t ms = ns / POLL_NS_PER_MS + (ns % POLL_NS_PER_MS != 0);
    return ms > INT_MAX ? INT_MAX : (int)ms;
}

static int
poll_epoll(struct epoll_event *e, int max, int64_t timeout_ns)
{
#ifdef SYS_epoll_pwait2
    if (timeout_ns > 0 &&
        !atomic_load_explicit(&poll_coarse, memory_order_relaxed)) {
        struct timespec ts = {
            .tv_sec = (time_t)(timeout_ns / 1000000000),
            .tv_nsec = (long)(timeout_ns % 1000000000),
        };
        int n = (int)syscall(
            SYS_epoll_pwait2, poll_set, e, max, &ts, NULL, (size_t)0);
        // Sandboxes older than the call refuse it with EPERM.
        if (n >= 0 || (errno != ENOSYS && errno != EPERM))
            return n;
        atomic_store_explicit(&poll_coarse, true, memory_order_relaxed);
    }
#endif
    return epoll_wait(poll_set, e, max, poll_timeout_ms(timeout_ns));
}

// The bell was heard, and is silent until it is armed again. Only a thread
// that sleeps on the set listens: a passing look gives the ring back to the
// sleeper it is meant for.
static void
poll_hear(bool sleeps)
{
    // A ring just before this does not arm the bell, but this wait ends.
    if (sleeps)
        atomic_store(&poll_rung, false);
    else
        poll_arm_bell();
}

LEAT__NOINLINE int
leat__poll_wait(struct leat__poll_event *event, int max, int64_t timeout_ns)
{
    struct epoll_event e[POLL_BATCH];
    if (leat__fault_hits(LEAT__FAULT_EPOLL))
        return LEAT_ESYS;
    int saved = errno, count = 0;
    int n = poll_epoll(e, max < POLL_BATCH ? max : POLL_BATCH, timeout_ns);
    if (n < 0 && errno != EINTR)
        count = LEAT_ESYS;
    for (int i = 0; i < n; i++) {
        if (e[i].data.u64 != poll_bell_tag)
            event[count++] = (struct leat__poll_event){
                e[i].data.u64, poll_events(e[i].events)};
        else
            poll_hear(timeout_ns != 0);
    }
    errno = saved;
    return count;
}

bool
leat__poll_ring(void)
{
    if (!leat__poll_is_open() || atomic_exchange(&poll_rung, true))
        return true;
    if (poll_arm_bell() == 0)
        return true;
    atomic_store(&poll_rung, false);
    return false;
}

LEAT__NOINLINE int
leat__poll_close(int fd)
{
    int saved = errno;
    int err = close(fd) == 0 ? 0 : errno;
    errno = saved;
    if (err == EBADF)
        return LEAT_EBADF;
    // Linux has closed it whatever else went wrong; an interruption is none.
    return err == 0 || err == EINTR ? 0 : LEAT_ESYS;
}

int
leat__poll_now(int fd, int events)
{
    return leat__poll_pair(fd, events, -1, 0);
}

LEAT__NOINLINE int
leat__poll_bell(void)
{
    return poll_eventfd(0);
}

LEAT__NOINLINE void
leat__poll_bell_ring(int bell)
{
    int saved = errno;
    uint64_t one = 1;
    // Can fail only when it is full, and then it rings already.
    ssize_t n = write(bell, &one, sizeof one);
    (void)n;
    errno = saved;
}

LEAT__NOINLINE void
leat__poll_bell_hear(int bell)
{
    int saved = errno;
    uint64_t rings;
    ssize_t n = read(bell, &rings, sizeof rings);
    (void)n; // nothing to read: it was silent
    errno = saved;
}

LEAT__NOINLINE int
leat__poll_pair(int fd, int events, int bell, int64_t timeout_ns)
{
    struct pollfd p[2] = {
        {.fd = fd, .events = poll_flags(events)},
        {.fd = bell, .events = POLLIN}, // negative: ignored by the kernel
    };
    struct timespec ts = {
        .tv_sec = (time_t)(timeout_ns / 1000000000),
        .tv_nsec = (long)(timeout_ns % 1000000000),
    };
    int saved = errno;
    int n = timeout_ns == 0
        ? poll(p, 2, 0)
        : ppoll(p, 2, timeout_ns < 0 ? NULL : &ts, NULL);
    errno = saved;
    if (n <= 0 || p[0].revents == 0)
        return 0;
    if (p[0].revents & POLLNVAL)
        return LEAT_EBADF;
    return poll_events((unsigned)p[0].revents) & events;
}
