// SPDX-License-Identifier: MIT
// debug/freeze.c: other threads' registers, by asking them with a signal.
//
// A thread that runs can only tell itself where it is. The asker sends
// SIGURG (which Go uses too: its default is to be ignored, so that a stray
// one harms nobody) to every thread; the handler puts the address of its
// ucontext in a slot and sleeps until the asker has read what it wants. As
// long as it sleeps its stack does not change.
//
// Invariants: freeze_round is odd while a freeze is on; slots are written by
// the threads that answer, each its own, and read by the asker only after
// it has seen the slot's `answered`. A handler that runs late, in no round,
// returns at once. Where /proc does not list the threads, those are asked that
// run a goroutine or have called Leat, as far as the runtime knows.
// freeze_owner is who asks, from before its round until behind it; others wait
// for that. An owner that is gone (its thread has ended, or the process is the
// child of a fork), or that the caller itself has interrupted, releases nothing
// any more: the freeze is taken from it, and it has then none. One that is at
// work for longer (the leak report, which may search gigabytes) shares the
// round that is on: FREEZE_SHARED is set in it, and who set it ends the round
// then, not the owner.
// Locks: none of Leat's. A thread may hold any lock while it stands still
// (malloc's, the loader's), hence the time limits.
//
// Rejected: ptrace and /proc/PID/task/TID/syscall (need rights that
// containers take away); stopping only threads of the runtime where there is
// /proc (who stands in a foreign thread may be what the others wait for, and
// nothing tells which thread is whose); taking a freeze from a thread that
// lives and has no round on (it may be about to begin it).
#include "debug/freeze.h"

#include "base/check.h"
#include "os/clock.h"
#include "os/futex.h"
#include "os/open.h"
#include "sched/sched.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    FREEZE_SLOTS = 512,                 // threads whose answer is kept
    FREEZE_ANSWER_NS = 200 * 1000000,   // for all to answer
    FREEZE_TURN_NS = 2 * 1000000000,    // for another's: more than a dump takes
    FREEZE_RETRY_NS = 100 * 1000,       // between looks whether it is over
    FREEZE_DIRENTS = 2048               // bytes of one getdents64
};
#define FREEZE_SHARED (UINT32_C(1) << 31) // in freeze_round

struct freeze_slot {
    struct leat__g *g;
    const void *ucontext;
    _Atomic uint32_t answered; // the round it is of
};

static struct freeze_slot freeze_slots[FREEZE_SLOTS];
// odd: on; futex of who stands
static _Atomic uint32_t freeze_round;
static _Atomic uint32_t freeze_claimed;  // slots given out in this round
static _Atomic uint32_t freeze_answers;  // futex of the asker
static _Atomic int freeze_owner;         // tid of who asks, or 0
static _Atomic int64_t freeze_until;     // clock at which all go on
static _Atomic bool freeze_has_handler;

void
leat__freeze_installed(void)
{
    atomic_store(&freeze_has_handler, true);
}

static void
freeze_stand(uint32_t round)
{
    for (;;) {
        uint32_t now = atomic_load(&freeze_round);
        int64_t left = atomic_load(&freeze_until) - leat__os_clock();
        if ((now & ~FREEZE_SHARED) != round || left <= 0)
            break;
        leat__futex_wait(&freeze_round, now, left);
    }
}

void
leat__freeze_handler(int sig, siginfo_t *info, void *ucontext)
{
    (void)sig;
    (void)info;
    uint32_t round = atomic_load(&freeze_round) & ~FREEZE_SHARED;
    if (round % 2 == 0)
        return;
    int saved = errno;
    uint32_t i = atomic_fetch_add(&freeze_claimed, 1);
    if (i < FREEZE_SLOTS) {
        struct freeze_slot *s = &freeze_slots[i];
        s->g = leat__this_m()->g;
        s->ucontext = ucontext;
        atomic_store(&s->answered, round);
    }
    atomic_fetch_add(&freeze_answers, 1);
    leat__futex_wake(&freeze_answers, 1);
    freeze_stand(round);
    errno = saved;
}

// What getdents64 gives: the kernel's interface, which libc does not declare
// in a form that works without opendir's malloc.
struct freeze_dirent {
    uint64_t ino;
    int64_t off;
    unsigned short reclen;
    unsigned char type;
    char name[];
};

// The number a directory entry's name is, or 0.
static int
freeze_parse_tid(const char *name)
{
    int tid = 0;
    for (; *name >= '0' && *name <= '9'; name++)
        tid = tid * 10 + (*name - '0');
    return *name == 0 ? tid : 0;
}

static uint32_t
freeze_signal(int tid)
{
    return syscall(SYS_tgkill, getpid(), tid, SIGURG) == 0;
}

// The thread that runs g, or waits as g. Its fields may change meanwhile.
static __attribute__((no_sanitize("thread"))) void
freeze_signal_known(void *sent, struct leat__g *g)
{
    struct leat__m *m = g->m, *self = leat__this_m();
    bool there = g->foreign || atomic_load(&g->status) == G_RUNNING ||
        atomic_load(&g->busy) == 1;
    if (there && m != NULL && m != self)
        *(uint32_t *)sent += freeze_signal(atomic_load(&m->tid));
}

// Signals all threads but the caller; returns how many.
static uint32_t
freeze_signal_all(void)
{
    _Alignas(8) char buf[FREEZE_DIRENTS];
    int fd = leat__os_open("/proc/self/task", O_DIRECTORY);
    uint32_t sent = 0;
    if (fd < 0) {
        leat__each_g(freeze_signal_known, &sent);
        return sent;
    }
    int self = (int)syscall(SYS_gettid);
    long n;
    while ((n = syscall(SYS_getdents64, fd, buf, sizeof buf)) > 0) {
        for (long at = 0; at < n;) {
            struct freeze_dirent *e = (void *)(buf + at);
            int tid = freeze_parse_tid(e->name);
            if (tid != 0 && tid != self)
                sent += freeze_signal(tid);
            at += e->reclen;
        }
    }
    close(fd);
    return sent;
}

static void
freeze_wait_answers(uint32_t expected)
{
    int64_t until = leat__os_clock() + FREEZE_ANSWER_NS;
    for (;;) {
        uint32_t n = atomic_load(&freeze_answers);
        int64_t left = until - leat__os_clock();
        if (n >= expected || left <= 0)
            return;
        leat__futex_wait(&freeze_answers, n, left);
    }
}

// Ends the round; false if that has been done.
static bool
freeze_end(uint32_t round)
{
    uint32_t next = (round + 1) & ~FREEZE_SHARED;
    if (!atomic_compare_exchange_strong(&freeze_round, &round, next))
        return false;
    leat__futex_wake(&freeze_round, INT32_MAX);
    return true;
}

// Whether the owner will never release what it has: it is the caller, below
// the handler that this is, or a thread of this process no more.
static bool
freeze_is_left(int owner, int self)
{
    return owner == self ||
        (syscall(SYS_tgkill, getpid(), owner, 0) != 0 && errno == ESRCH);
}

// Makes the caller the owner; false when another one was it for too long.
static bool
freeze_own(int self)
{
    int64_t until = leat__os_clock() + FREEZE_TURN_NS;
    for (;;) {
        int owner = 0;
        if (atomic_compare_exchange_strong(&freeze_owner, &owner, self))
            return true;
        if (freeze_is_left(owner, self) &&
            atomic_compare_exchange_strong(&freeze_owner, &owner, self)) {
            uint32_t round = atomic_load(&freeze_round);
            if (round % 2 != 0)
                freeze_end(round);
            return true;
        }
        if (leat__os_clock() >= until)
            return false;
        leat__os_sleep(FREEZE_RETRY_NS);
    }
}

// The round of an owner that has had it for too long, which is the caller's to
// end from now on; 0 when none is on.
static uint32_t
freeze_share(int64_t stand_ns)
{
    uint32_t round = atomic_load(&freeze_round);
    if (round % 2 == 0)
        return 0;
    atomic_store(&freeze_until, leat__os_clock() + stand_ns);
    if (!atomic_compare_exchange_strong(
            &freeze_round, &round, round | FREEZE_SHARED))
        return 0;
    return round | FREEZE_SHARED;
}

static uint32_t
freeze_begin(int64_t stand_ns)
{
    atomic_store(&freeze_claimed, 0);
    atomic_store(&freeze_answers, 0);
    atomic_store(&freeze_until, leat__os_clock() + stand_ns);
    uint32_t round = atomic_fetch_add(&freeze_round, 1) + 1;
    freeze_wait_answers(freeze_signal_all());
    return round;
}

uint32_t
leat__freeze(int64_t stand_ns)
{
    // ThreadSanitizer delivers signals when the thread next calls libc.
    if (LEAT__TSAN || !atomic_load(&freeze_has_handler))
        return 0;
    int saved = errno;
    uint32_t round = 0;
    if (freeze_own((int)syscall(SYS_gettid)))
        round = freeze_begin(stand_ns);
    else
        round = freeze_share(stand_ns);
    errno = saved;
    return round;
}

void
leat__thaw(uint32_t round)
{
    if (round != 0 && freeze_end(round))
        atomic_store(&freeze_owner, 0);
}

const void *
leat__frozen(const struct leat__g *g)
{
    uint32_t round = atomic_load(&freeze_round) & ~FREEZE_SHARED;
    if (round % 2 == 0)
        return NULL;
    uint32_t n = atomic_load(&freeze_claimed);
    for (uint32_t i = 0; i < n && i < FREEZE_SLOTS; i++) {
        struct freeze_slot *s = &freeze_slots[i];
        if (atomic_load(&s->answered) == round && s->g == g)
            return s->ucontext;
    }
    return NULL;
}
