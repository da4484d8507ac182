// SPDX-License-Identifier: MIT
// panic/panic.h: what the files of this room share. See panic.c.
#ifndef LEAT_PANIC_PANIC_H
#define LEAT_PANIC_PANIC_H

#include "debug/frames.h"
#include "sched/sched.h"

#include <leat/panic.h>

#include <stdarg.h>

// What a signal said about a fault.
struct leat__fault {
    int sig, code; // si_signo, si_code
    uintptr_t addr, pc;
    bool any_address; // leat__g.panic_on_fault: not only NULL is a panic
    const void *ucontext; // registers at the fault
};

// A panic, or a leat_goexit, that is running deferred functions. Lies in the
// frame of the function that began it. Guarded by its goroutine.
struct leat__panic {
    struct leat__panic *link; // the one in whose deferred function this began
    struct leat_panic_info info;
    char *text;               // malloc'ed info.text, or NULL
    const struct leat__fault *fault; // the signal it comes from, or NULL
    const struct leat__frames_at *at; // where its trace begins
    // The list behind the deferred function it runs: when g->defers has come
    // down to this, that function's own ones are done.
    struct leat__defer *rest;
    bool goexit;
    bool recovered; // leat_recover stopped it
    bool aborted;   // a newer one left its deferred function
    // A deferred function runs because its block ended, inside the one that
    // this panic runs: as in Go it has nothing to recover.
    uint32_t masked;
    // Where the function that it runs was called from, when a binding of
    // another language knows: recover is then only for that function itself.
    uintptr_t called_from;
    // leat__try_mark: where that function returns to.
    void *context[LEAT__TRY_WORDS];
};

// What leat__defer.is_try says.
enum leat__defer_kind {
    DEFER_CALL,  // leat_defer
    DEFER_TRY,   // leat_try
    DEFER_FRAME  // of a function of another language, which goes on with it
                 // after a recovered panic: leat__hooks.defer_resume
};

// Continues behind the mark. Assembly (arch/context_*.c).
_Noreturn void leat__try_jump(void **context);

// The goroutine or thread that calls, without entering the runtime.
struct leat__g *leat__panic_g(void);

// The newest of g->panics, or NULL, for what lies at `newer` on the stack and
// has begun after it. Ends the program where a longjmp has left the deferred
// function that it ran, as far as the stack shows that.
LEAT__COLD void leat__panic_check_left(
    const struct leat__g *g, const void *newer);
LEAT__INLINE struct leat__panic *
leat__panic_newest(const struct leat__g *g, const void *newer)
{
    if (LEAT__UNLIKELY(g->panics != NULL))
        leat__panic_check_left(g, newer);
    return g->panics;
}

// Runs all deferred functions of g under p, which it links; returns when
// none is left. Does not return if one of them recovers p.
void leat__panic_run(struct leat__g *g, struct leat__panic *p);

// Runs a deferred function that was taken off the list, for a reason other
// than a panic.
void leat__defer_call(struct leat__g *g, struct leat__defer *d);

// Ends the goroutine (leat_goexit): runs its deferred functions first.
_Noreturn void leat__panic_exit(struct leat__g *g);

// leat__hooks.run_defers.
void leat__run_defers(struct leat__g *g);

// Prints p, what it began in, and the trace; ends the process. (report.c)
_Noreturn void leat__panic_fatal(struct leat__g *g, struct leat__panic *p);
// Formats into the n bytes of text, which is never left without one.
void leat__panic_print(
    char *text, size_t n, const char *format, va_list ap);
// Go's name of a signal that is a fault.
const char *leat__signal_name(int sig);
// The line `[signal SIGSEGV: ...]`. Prints nothing for NULL.
void leat__fault_print(const struct leat__fault *f);
// Writes out what stdio holds for stdout, unless a lock is in the way.
void leat__flush_stdout(void);

// Makes a fault a panic: the texts are Go's. The goroutine's stack is where
// it runs, the registers at the fault are in f->ucontext.
_Noreturn void leat__sigpanic(const struct leat__fault *f);
// The text of the panic a fault is, or NULL if it is none.
const char *leat__fault_text(const struct leat__fault *f);

#endif
