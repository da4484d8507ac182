// SPDX-License-Identifier: MIT
// os/thread.h: starting OS threads of the runtime.
#ifndef LEAT_OS_THREAD_H
#define LEAT_OS_THREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Starts a detached thread that runs fn(arg) with all signals it inherits, and
// with a signal stack. False when the system refuses another thread, or the
// memory for one.
bool leat__thread_start(void (*fn)(void *arg), void *arg, const char *name);

// How often there was no thread, or no memory for one: told by whoever wanted
// it, with the error, or by leat__thread_start itself.
void leat__thread_refused(int err);
uint64_t leat__thread_refusals(void);
// Whether the last refusal was a ban (of a sandbox, say) and not a limit: then
// nothing that one raises helps.
bool leat__thread_banned(void);

// The number of threads of this process, without those of an emulator, or 0
// when it cannot be told. Under ThreadSanitizer it is one too high from the
// first pthread_create on.
int leat__thread_count(void);

// Gives the calling thread an alternate signal stack (once), so that a
// handler can run when the stack it was on has overflowed. False when there
// is no memory for one.
bool leat__thread_sigstack(void);
// Gives back what leat__thread_sigstack has made: the thread ends.
void leat__thread_sigstack_end(void);

// Lets the kernel end this thread's sleeps on time rather than up to 50
// microseconds late to batch wake-ups.
void leat__thread_exact_timers(void);

#endif
