// SPDX-License-Identifier: MIT
// panic/panic.c: panic and recover, with the semantics of Go 1.22.
//
// Idea: leat_panic does not return; it calls the goroutine's deferred
// functions, newest first, on top of the stack as it is. If one of them
// recovers, the panic is over: the rest of the deferred functions of that
// leat_try run as if the block had ended, and a jump to the mark drops the
// frames in between. Where Go continues in the caller of the function that
// deferred, C has no way to find that caller's frame, hence leat_try. Two
// places are marks by themselves: a deferred function that a panic runs (a
// panic that is recovered in it ends it, and the outer panic goes on), and
// the goroutine (it ends).
//
// g->panics lists the panics and calls of leat_goexit, newest first: one
// that begins in a deferred function is newer than the one that runs it. A
// newer one that runs out of deferred functions of its own goes on with the
// older one's; the older one is then `aborted`: it is printed if all ends in
// a crash, but it cannot be recovered any more. An aborted leat_goexit goes
// on when the newer panic is recovered.
//
// Invariants: every entry of g->panics but the newest is running a deferred
// function, and `rest` says where that one's own deferred functions end in
// g->defers.
// Locks: none; all of this belongs to the goroutine. User functions run
// outside the runtime, and may wake on another thread.
//
// Rejected: unwinding by tables and cleanup (_Unwind_RaiseException): needs
// -fexceptions everywhere, and a trace of a panic in a deferred function
// would not show what panicked first. Checking that leat_recover is called by
// the deferred function itself: C gives no way to tell, so functions that it
// calls may recover too.
#include "panic/panic.h"

#include "base/print.h"
#include "os/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    PANIC_RUNTIME_MAX = 256 // bytes of a text of the runtime's own
};

// A longjmp out of a deferred function that a panic runs leaves the panic on
// the list, though its frame is gone: what is newer lies no longer below it.
// (Where the stack has grown over it nothing can tell. Nothing is known of
// stacks of the program's own, on which it may run a deferred function.)
void
leat__panic_check_left(const struct leat__g *g, const void *newer)
{
    uintptr_t p = (uintptr_t)g->panics, n = (uintptr_t)newer;
    uintptr_t lo = (uintptr_t)g->stack_lo, hi = (uintptr_t)g->stack_hi;
    if (p >= lo && p <= n && n < hi)
        leat__throw("longjmp out of a deferred function that a panic runs");
}

// Running deferred functions --------------------------------------------

// p is about to go on with what older panics would have run.
static void
panic_abort_passed(struct leat__g *g, struct leat__panic *p)
{
    for (struct leat__panic *q = p->link; q != NULL; q = q->link) {
        if (q->aborted)
            continue;
        if (g->defers != q->rest)
            break;
        q->aborted = true;
    }
}

// Takes p, which was recovered, and what it aborted off the list. True if
// there was a leat_goexit among them.
static bool
panic_drop(struct leat__g *g, struct leat__panic *p)
{
    bool exits = false;
    free(p->text);
    for (p = p->link; p != NULL && p->aborted; p = p->link) {
        exits |= p->goexit;
        free(p->text);
    }
    g->panics = p;
    return exits;
}

// Nothing is left to go on with: the goroutine's function has, so to say,
// returned. For main that is the end of the program, or of the seeded run.
static _Noreturn void
panic_return(struct leat__g *g)
{
    if (leat__is_main(g)) {
        g->panics = NULL;
        leat__hooks.main_return(0);
    }
    leat__panic_exit(g);
}

// Control goes on behind the innermost leat_try, after the deferred
// functions that are left in it.
static _Noreturn void
panic_continue(struct leat__g *g)
{
    for (;;) {
        struct leat__panic *outer = g->panics;
        struct leat__defer *d = g->defers;
        if (outer != NULL && d == outer->rest)
            leat__try_jump(outer->context);
        if (d == NULL)
            panic_return(g);
        if (d->is_try == DEFER_TRY) {
            struct leat__try *t = (struct leat__try *)d;
            if (outer != NULL)
                outer->masked = t->masked;
            leat__try_jump(t->context);
        }
        d->started = 1;
        g->defers = d->link;
        leat__defer_call(g, d);
    }
}

// d, which p ran, has recovered it.
static _Noreturn void
panic_recovered(
    struct leat__g *g, struct leat__panic *p, struct leat__defer *d)
{
    if (panic_drop(g, p))
        leat__panic_exit(g);
    if (d->is_try == DEFER_FRAME)
        leat__hooks.defer_resume(d);
    panic_continue(g);
}

// Calls fn(arg) for p; a panic that is recovered in it returns here too.
static LEAT__NOINLINE LEAT__ANY_POINTER void
panic_call(struct leat__panic *p, struct leat__defer *d)
{
    p->masked = 0;
    p->called_from = 0;
    p->rest = d->link;
    if (leat__try_mark(p->context) == 0)
        d->fn(d->arg);
}

void
leat__panic_run(struct leat__g *g, struct leat__panic *p)
{
    p->link = leat__panic_newest(g, p);
    g->panics = p;
    for (;;) {
        panic_abort_passed(g, p);
        struct leat__defer *d = g->defers;
        if (d == NULL)
            return;
        d->started = 1;
        g->defers = d->link;
        if (d->is_try == DEFER_TRY)
            continue;
        panic_call(p, d);
        if (p->recovered)
            panic_recovered(g, p, d);
    }
}

// Starting a panic ------------------------------------------------------

static _Noreturn void
panic_start(struct leat__panic *p)
{
    struct leat__g *g = leat__panic_g();
    leat__panic_run(g, p);
    leat__panic_fatal(g, p);
}

// The formatted text, malloc'ed; without memory in `small`, perhaps cut, and
// NULL is returned.
static char *
panic_format(char *small, size_t n, const char *format, va_list ap)
{
    char *text = NULL;
    va_list again;
    va_copy(again, ap);
    bool refused = format == NULL || leat__fault_hits(LEAT__FAULT_MALLOC) ||
        vasprintf(&text, format, ap) < 0;
    if (refused)
        leat__panic_print(small, n, format, again);
    va_end(again);
    return refused ? NULL : text;
}

_Noreturn void
leat_panic(const char *format, ...)
{
    struct leat__regs here;
    struct leat__frames_at at = {.regs = &here,
        .hide_to = (uintptr_t)__builtin_return_address(0)};
    char small[PANIC_RUNTIME_MAX];
    va_list ap;
    va_start(ap, format);
    char *text = panic_format(small, sizeof small, format, ap);
    va_end(ap);
    leat__regs_here(&here);
    struct leat__panic p = {
        .info = {LEAT_PANIC_STRING, text ? text : small, NULL},
        .text = text,
        .at = &at,
    };
    panic_start(&p);
}

_Noreturn void
leat_panic_value(const char *type, void *value)
{
    struct leat__regs here;
    struct leat__frames_at at = {.regs = &here,
        .hide_to = (uintptr_t)__builtin_return_address(0)};
    char text[PANIC_RUNTIME_MAX];
    leat__format(text, sizeof text, "(%s) %p", type, value);
    leat__regs_here(&here);
    struct leat__panic p = {
        .info = {LEAT_PANIC_VALUE, text, value},
        .at = &at,
    };
    panic_start(&p);
}

_Noreturn void
leat__panic_text(const char *text)
{
    struct leat__regs here;
    struct leat__frames_at at = {.regs = &here};
    leat__regs_here(&here);
    struct leat__panic p = {
        .info = {LEAT_PANIC_RUNTIME, text, NULL},
        .at = &at,
    };
    panic_start(&p);
}

_Noreturn void
leat__panic_runtime(const char *format, ...)
{
    static const char prefix[] = "runtime error: ";
    struct leat__regs here;
    struct leat__frames_at at = {.regs = &here};
    char text[PANIC_RUNTIME_MAX];
    size_t n = leat__format(text, sizeof text, "%s", prefix);
    va_list ap;
    va_start(ap, format);
    leat__vformat(text + n, sizeof text - n, format, ap);
    va_end(ap);
    leat__regs_here(&here);
    struct leat__panic p = {
        .info = {LEAT_PANIC_RUNTIME, text, NULL},
        .at = &at,
    };
    panic_start(&p);
}

_Noreturn void
leat__sigpanic(const struct leat__fault *f)
{
    struct leat__frames_at at = {.ucontext = f->ucontext};
    struct leat__panic p = {
        .info = {LEAT_PANIC_RUNTIME, leat__fault_text(f), NULL},
        .fault = f,
        .at = &at,
    };
    panic_start(&p);
}

// Stopping one ----------------------------------------------------------

const struct leat_panic_info *
leat_recover(void)
{
    struct leat__panic *p =
        leat__panic_newest(leat__panic_g(), __builtin_frame_address(0));
    if (p == NULL || p->goexit || p->recovered || p->masked)
        return NULL;
    p->recovered = true;
    return &p->info;
}
