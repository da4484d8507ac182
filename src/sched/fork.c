// SPDX-License-Identifier: MIT
// sched/fork.c: the child of a fork.
//
// Idea: the child has one thread, the one that forked, and a copy of all
// memory as it was in that moment: with locks that other threads held, values
// on their way in them, goroutines that they ran. Nothing can be made of that
// in general, so the child may exec, or end, or do whatever does without the
// runtime, and its first call into the runtime ends it with a message. It
// never hangs: the flag that leads there is looked at before any lock.
//
// Where one thread is all there is, the copy is whole, and the child goes on:
// before leat_run as long as no other thread has called in, and in a seeded
// run. Memory is no part of this; the heap's locks are free in every child
// (mem/objects.c).
//
// Locks: none. Not called after vfork and posix_spawn, where there is nothing
// to be done.
// Rejected: stopping the world before the fork, and new threads in the child.
// Goroutines that ran, plain threads that waited and what either of them held
// would still be missing, so that a child that goes on is right only by luck;
// and every parent would pay, though nearly every child does exec.
#include "sched/fork.h"
#include "sched/die.h"
#include "sched/entry.h"
#include "base/check.h"
#include "base/print.h"

#include <pthread.h>
#include <unistd.h>

static bool
fork_was_alone(const struct leat__m *m)
{
    if (leat__sched.running)
        return leat__sched.seeded;
    bool known = !(atomic_load(&m->flags) & M_UNATTACHED);
    return leat__sched.nforeign == known;
}

static void
fork_child(void)
{
    struct leat__m *m = leat__this_m();
    leat__die_forget();
    leat__sched.forked = leat__sched.running;
    if (fork_was_alone(m)) {
        // What is waited for in a set shared with the parent.
        if (leat__hooks.after_fork != NULL)
            leat__hooks.after_fork(m);
        return;
    }
    atomic_fetch_or(&m->flags, M_FORKED);
    // And for threads that the child may start.
    atomic_fetch_or(&leat__nobody.flags, M_FORKED);
}

void
leat__fork_install(void)
{
    pthread_atfork(NULL, NULL, fork_child);
}

// What the parent has printed and not written yet stays the parent's.
_Noreturn void
leat__fork_refuse(void)
{
    leat__printf(2,
        "fatal error: the child of a fork called Leat: the threads and "
        "goroutines of the program are in the parent only. In the child "
        "exec or _exit, or fork before leat_run\n");
    _exit(LEAT__EXIT_STATUS);
}
