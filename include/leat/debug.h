// SPDX-License-Identifier: MIT
// leat/debug.h: seeing what a program does: dumps and the leak report.
#ifndef LEAT_DEBUG_H
#define LEAT_DEBUG_H

#include <leat/base.h>

LEAT__BEGIN

// Writes every goroutine to the descriptor fd: number, status, how long it
// has waited, where it is and where it was started (file and line where the
// program has debug information). SIGQUIT does the same on stderr and exits
// with status 2. all = false: only the caller.
LEAT_API void leat_stack_dump(int fd, bool all);

// Reports goroutines that can never run again: parked on channels that no
// goroutine that can still run, and no global, refers to (certain leaks);
// then those simply still parked. Writes to fd (-1: only counts). Returns
// the number of certain leaks. The report is made at exit with
// LEATDEBUG=leak=1.
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

LEAT__END

#endif
