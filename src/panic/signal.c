// SPDX-License-Identifier: MIT
// panic/signal.c: what a fault means, and SIGQUIT.
//
// In a goroutine:
// - an access to the first page is `invalid memory address or nil pointer
//   dereference`, a division by zero `integer divide by zero`: in the go
//   profile panics, which are made by letting the faulting instruction look
//   as if it had called leat__sigpanic; in the strict profile the same
//   message and trace, but nothing runs any more;
// - an access to the guard below the stack, or with the stack pointer below
//   it, is `fatal error: stack overflow`;
// - any other bad address is `fatal error: fault`;
// - the same faults inside Leat's own code (the program has given it a bad
//   pointer) are `fatal error: fault` too, because locks may be held.
// In a plain thread, outside Leat, the system's default action follows, as
// in any C program. A signal that somebody sent (kill -SEGV) prints its name
// and all goroutines. All that is Go's, to the words.
//
// C code that a panic leaves by a fault may hold locks: a recovered NULL
// access inside printf keeps stdio's. That is why only the go profile has it.
//
// Invariants: handlers run on the thread's alternate stack and use nothing
// that allocates or locks. A fault of the thread that is printing its last
// words ends the process at once (leat__die_begin).
// Rejected: replacing handlers that the program, or AddressSanitizer,
// installed before the runtime started: they know better what they want.
// ThreadSanitizer's are replaced, because they add nothing to ours and say
// nothing about goroutines.
#include "panic/signal.h"

#include "base/print.h"
#include "debug/dump.h"
#include "debug/freeze.h"
#include "debug/leak.h"
#include "mem/stack.h"
#include "panic/panic.h"
#include "panic/signal_arch.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

enum {
    SIGNAL_NULL_PAGE = 4096, // as Go: an address below this was NULL + offset
    // A panic needs this much stack, or it would only overflow: the copy of
    // the registers, leat__sigpanic and the first deferred function.
    SIGNAL_ROOM = 4096,
    SIGNAL_FRAME_MAX = 64 << 20 // larger frames are taken for bad addresses
};

// Classifying -----------------------------------------------------------

const char *
leat__fault_text(const struct leat__fault *f)
{
    static const char nil[] =
        "runtime error: invalid memory address or nil pointer dereference";
    bool null = f->addr < SIGNAL_NULL_PAGE || f->any_address;
    if (f->sig == SIGSEGV && null &&
        (f->code == SEGV_MAPERR || f->code == SEGV_ACCERR))
        return nil;
    if (f->sig == SIGBUS && null && f->code == BUS_ADRERR)
        return nil;
    if (f->sig != SIGFPE)
        return NULL;
    if (f->code == FPE_INTDIV)
        return "runtime error: integer divide by zero";
    if (f->code == FPE_INTOVF)
        return "runtime error: integer overflow";
    return "runtime error: floating point error";
}

// The goroutine that this thread runs, or NULL.
static struct leat__g *
signal_goroutine(struct leat__m *m)
{
    struct leat__g *g = m->g;
    return g == NULL || g == m->g0 || g->foreign ? NULL : g;
}

// Whether the stack is used up: the fault lies in its guard, or the stack
// pointer below it, as that of a frame larger than the guard.
static bool
signal_is_overflow(const struct leat__g *g, const struct leat__fault *f)
{
    uintptr_t lo = (uintptr_t)g->stack_lo;
    uintptr_t sp = leat__ucontext_sp(f->ucontext);
    if ((f->sig != SIGSEGV && f->sig != SIGBUS) || f->addr >= lo)
        return false;
    return f->addr >= lo - LEAT__STACK_GUARD ||
        (sp < lo && lo - sp <= SIGNAL_FRAME_MAX &&
            f->addr >= sp - SIGNAL_RED_ZONE);
}

// The last words --------------------------------------------------------

static _Noreturn void
signal_overflow(struct leat__g *g, const struct leat__fault *f)
{
    struct leat__frames_at at = {.ucontext = f->ucontext};
    leat__die_begin();
    leat__printf(2, "runtime: goroutine stack exceeds %ld-byte limit\n",
        (long)(g->stack_hi - g->stack_lo));
    leat__printf(2, "runtime: sp=0x%lx stack=[%p, %p]\n",
        (unsigned long)leat__ucontext_sp(f->ucontext), (void *)g->stack_lo,
        (void *)g->stack_hi);
    leat__printf(2, "fatal error: stack overflow\n\n");
    leat__dump_goroutine(2, g, &at, NULL);
    leat__flush_stdout();
    leat__die();
}

static _Noreturn void
signal_fatal_fault(const struct leat__fault *f)
{
    struct leat__frames_at at = {.ucontext = f->ucontext};
    leat__die_begin();
    leat__printf(
        2, "unexpected fault address 0x%lx\n", (unsigned long)f->addr);
    leat__printf(2, "fatal error: fault\n");
    leat__fault_print(f);
    leat__dump_all_at(2, &at);
    leat__flush_stdout();
    leat__die();
}

// A signal that is no panic: its name and all goroutines.
static _Noreturn void
signal_name_and_die(const char *name, const struct leat__fault *f)
{
    struct leat__frames_at at = {.ucontext = f->ucontext};
    leat__die_begin();
    leat__printf(2, "%s\nPC=0x%lx sigcode=%d\n", name, (unsigned long)f->pc,
        f->code);
    leat__dump_all_at(2, &at);
    leat__flush_stdout();
    leat__die();
}

static _Noreturn void
signal_strict_panic(struct leat__g *g, const struct leat__fault *f)
{
    struct leat__frames_at at = {.ucontext = f->ucontext};
    struct leat__panic p = {
        .link = g->panics,
        .info = {LEAT_PANIC_RUNTIME, leat__fault_text(f), NULL},
        .fault = f,
        .at = &at,
    };
    leat__panic_fatal(g, &p);
}

// Panicking -------------------------------------------------------------

// Where on g's stack the call of leat__sigpanic is laid out; NULL when there
// is no room, or the program is on another stack.
static struct signal_call *
signal_place_call(const struct leat__g *g, const ucontext_t *uc)
{
    uintptr_t sp = leat__ucontext_sp(uc);
    uintptr_t lo = (uintptr_t)g->stack_lo, hi = (uintptr_t)g->stack_hi;
    if (sp < lo + SIGNAL_ROOM || sp > hi)
        return NULL;
    sp = (sp - SIGNAL_RED_ZONE - sizeof(struct signal_call)) & ~(uintptr_t)15;
    return (struct signal_call *)sp;
}

// A fault in user code of goroutine g that is a panic.
static void
signal_panic(struct leat__g *g, const struct leat__fault *f, ucontext_t *uc,
    void *ret)
{
    struct signal_call *call = signal_place_call(g, uc);
    if (leat__strict() || call == NULL)
        signal_strict_panic(g, f);
    call->fault = *f;
    signal_arch_call(uc, call, ret, leat__sigpanic);
}

// The handlers ----------------------------------------------------------

// The default action, by the instruction that faults once more or by
// sending the signal again.
static void
signal_default(int sig, bool sent)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigaction(sig, &action, NULL);
    if (sent)
        raise(sig);
}

static void
signal_on_fault(int sig, siginfo_t *info, void *context)
{
    struct leat__fault f = {sig, info->si_code, (uintptr_t)info->si_addr,
        leat__ucontext_pc(context), false, context};
    struct leat__m *m = leat__this_m();
    struct leat__g *g = signal_goroutine(m);
    f.any_address = g != NULL && g->panic_on_fault;
    // What a thread that was never seen has in `inside` means nothing.
    bool inside = atomic_load(&m->inside) != 0 &&
        !(atomic_load(&m->flags) & M_UNATTACHED);
    if (atomic_load(&leat__sched.dying))
        leat__die_begin(); // ends the process, or waits for its end
    if (f.code <= 0)
        signal_name_and_die(leat__signal_name(sig), &f);
    if (g != NULL && signal_is_overflow(g, &f))
        signal_overflow(g, &f);
    if (g == NULL && !inside)
        signal_default(sig, false);
    else if (sig == SIGILL)
        signal_name_and_die(leat__signal_name(sig), &f);
    else if (g != NULL && !inside && leat__fault_text(&f) != NULL)
        signal_panic(g, &f, context, __builtin_return_address(0));
    else
        signal_fatal_fault(&f);
}

static void
signal_on_quit(int sig, siginfo_t *info, void *context)
{
    struct leat__fault f = {
        sig, info->si_code, 0, leat__ucontext_pc(context), false, context};
    // Whoever dies prints all goroutines, or what matters more.
    if (atomic_load(&leat__sched.dying))
        return;
    signal_name_and_die("SIGQUIT: quit", &f);
}

// Whether nobody wants to handle sig in another way. A fault cannot be ignored
// (the kernel kills), and to ignore SIGURG is its default: that they are comes
// from who started the program, and says nothing.
static bool
signal_is_free(int sig, const struct sigaction *old)
{
    return old->sa_handler == SIG_DFL ||
        (old->sa_handler == SIG_IGN && sig != SIGQUIT);
}

// Installs a handler where nobody else has; true if it is in place.
static bool
signal_install(int sig, void (*handler)(int, siginfo_t *, void *), int flags)
{
    struct sigaction old, action = {.sa_sigaction = handler};
    if (sigaction(sig, NULL, &old) != 0)
        return false;
    if (!LEAT__TSAN) {
        if (old.sa_flags & SA_SIGINFO)
            return old.sa_sigaction == handler;
        if (!signal_is_free(sig, &old))
            return false;
    }
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | flags;
    // The last words are not to be interrupted by a question or by ^\.
    sigaddset(&action.sa_mask, SIGURG);
    sigaddset(&action.sa_mask, SIGQUIT);
    return sigaction(sig, &action, NULL) == 0;
}

// The faults that Leat handles. Blocked, as a parent can leave them, one would
// kill without a word. Threads that are made later inherit it.
static void
signal_install_faults(void)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    sigset_t ours;
    sigemptyset(&ours);
    // A second fault while the first one is handled is to be seen, not to
    // kill: SA_NODEFER.
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (signal_install(faults[i], signal_on_fault, SA_NODEFER))
            sigaddset(&ours, faults[i]);
    pthread_sigmask(SIG_UNBLOCK, &ours, NULL);
}

void
leat__signals_install(void)
{
    leat__hooks.flush = leat__flush_stdout;
    leat__hooks.dump_all = leat__dump_all;
    leat__hooks.dump_g = leat__dump_g;
    leat__hooks.run_defers = leat__run_defers;
    leat__hooks.at_exit = leat__leak_at_exit;
    signal_install_faults();
    signal_install(SIGQUIT, signal_on_quit, SA_RESTART);
    if (signal_install(SIGURG, leat__freeze_handler, SA_RESTART))
        leat__freeze_installed();
}
