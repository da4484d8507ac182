// SPDX-License-Identifier: MIT
// leat/debug.h: seeing what a program does: dumps, the leak report, numbers;
// and giving memory back.
#ifndef LEAT_DEBUG_H
#define LEAT_DEBUG_H

#include <leat/base.h>

LEAT__BEGIN

// Writes the caller's goroutine and then every other one, by number, to the
// descriptor fd, in Go's layout: number, name, status and how long it has
// waited (in minutes from one minute on, as Go does, and in seconds from ten
// on), where it is and where it was started (file and line where the program
// has debug information). The first 10,000 are written. Stops the world for
// a moment, and SIGURG makes threads that run a goroutine say where they
// are: a blocking system call of theirs may return early with EINTR. SIGQUIT
// writes the same to stderr and exits with status 2. all = false: only the
// caller.
LEAT_API void leat_stack_dump(int fd, bool all);

// Reports goroutines that can never run again: parked on channels (or mutexes
// and the like) whose address is nowhere in the memory that goroutines which
// can still run could read (certain leaks); then those simply still parked.
// C has no collector that knows which words are addresses and which memory is
// in use: all of it counts, so that a leak may be missed, but a goroutine
// named as leaked is one. Writes to fd (-1: only counts). Returns the number
// of certain leaks, LEAT_ENOMEM without memory for the search or LEAT_ESYS
// without /proc. Stops the world while it reads all writable memory (2
// GiB take about a second). Made at exit with LEATDEBUG=leak=1.
LEAT_API int leat_leak_report(int fd);

// Numbers about the runtime.
struct leat_stats {
    int64_t goroutines;       // that exist now
    int64_t goroutines_total; // ever started
    int64_t threads;          // OS threads of the runtime
    int64_t procs;            // Ps
    int64_t timers;           // waiting to fire
    int64_t stack_bytes;      // address space of stacks in use
    int64_t steals;           // goroutines taken from another P
    int64_t retakes;          // Ps taken from a thread that did not return
};
LEAT_API void leat_get_stats(struct leat_stats *stats);

// Sets how many threads that run goroutines there may be, those that are in a
// blocking call included, to n, and returns the number before; n <= 0 only
// asks (Go's debug.SetMaxThreads). It is 10,000 at first. A program that
// needs one more ends: `runtime: program exceeds 10000-thread limit` and
// `fatal error: thread exhaustion`, and so it does when there are more than n
// already.
LEAT_API int leat_set_max_threads(int n);

// Gives memory that is not in use back to the system now (Go's
// debug.FreeOSMemory). Leat does so by itself when it is idle; while it is not,
// it keeps what was in use at most in the last seconds, and an eighth of that
// and 32 MiB more. Objects in the caches of Ps stay, and stacks. Takes about
// 0.2 ms for each MiB and does not park. Returns how many bytes it were.
LEAT_API int64_t leat_free_os_memory(void);

LEAT__END

#endif
