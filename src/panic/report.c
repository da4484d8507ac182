// SPDX-License-Identifier: MIT
// panic/report.c: the last words of a program that panicked.
//
// The layout is Go's, so that tools that read its traces read these:
//
//     panic: TEXT
//     [signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x4011f0]
//
//     goroutine 1 [running]:
//     ...
//
// A panic in a deferred function is printed below the one that ran it,
// behind a tab; one that was recovered before has ` [recovered]` behind it.
//
// What the program has printed to stdout, but stdio not yet written, comes
// first, if stdio's lock is free: Go programs do not lose output this way
// either, theirs is not buffered. After a fault it comes last, because the
// fault may lie in stdio's own code, and a second fault would take the
// trace with it.
#include "panic/panic.h"

#include "base/print.h"
#include "debug/dump.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    REPORT_THROW_MAX = 960 // bytes of a text: leat__throw cuts at 1 KiB
};

void
leat__flush_stdout(void)
{
    if (ftrylockfile(stdout) != 0)
        return;
    fflush_unlocked(stdout);
    funlockfile(stdout);
}

const char *
leat__signal_name(int sig)
{
    switch (sig) {
    case SIGSEGV:
        return "SIGSEGV: segmentation violation";
    case SIGBUS:
        return "SIGBUS: bus error";
    case SIGFPE:
        return "SIGFPE: floating-point exception";
    case SIGILL:
        return "SIGILL: illegal instruction";
    default:
        return "signal";
    }
}

void
leat__fault_print(const struct leat__fault *f)
{
    if (f != NULL)
        leat__printf(2, "[signal %s code=0x%x addr=0x%lx pc=0x%lx]\n",
            leat__signal_name(f->sig), (unsigned)f->code,
            (unsigned long)f->addr, (unsigned long)f->pc);
}

// The panics from the oldest to p.
static void
report_chain(const struct leat__panic *p)
{
    // The oldest is the last link: print from there, without recursion,
    // which a loop of panics in panics could make deep.
    const struct leat__panic *done = NULL;
    while (done != p) {
        const struct leat__panic *q = p;
        while (q->link != done)
            q = q->link;
        if (done != NULL && !done->goexit)
            leat__write(2, "\t", 1);
        done = q;
        if (q->goexit)
            continue;
        leat__write(2, "panic: ", 7);
        leat__write(2, q->info.text, strlen(q->info.text));
        leat__printf(2, "%s\n", q->recovered ? " [recovered]" : "");
    }
}

// The newest signal of the chain: as in Go it is shown even if a later panic
// is what ended the program.
static const struct leat__fault *
report_fault(const struct leat__panic *p)
{
    while (p != NULL && p->fault == NULL)
        p = p->link;
    return p != NULL ? p->fault : NULL;
}

_Noreturn void
leat__panic_fatal(struct leat__g *g, struct leat__panic *p)
{
    if (p->fault == NULL)
        leat__flush_stdout();
    for (struct leat__panic *q = p; q != NULL; q = q->link)
        if (q->info.text == NULL && !q->goexit)
            leat__hooks.panic_text(q);
    leat__die_begin();
    report_chain(p);
    leat__fault_print(report_fault(p));
    leat__write(2, "\n", 1);
    leat__dump_goroutine(2, g, p->at, NULL);
    if (p->fault != NULL)
        leat__flush_stdout();
    leat__die();
}

void
leat__panic_print(char *text, size_t n, const char *format, va_list ap)
{
    if (format == NULL || vsnprintf(text, n, format, ap) < 0)
        leat__format(text, n, "(a format that cannot be printed)");
}

_Noreturn void
leat_throw(const char *format, ...)
{
    char text[REPORT_THROW_MAX];
    va_list ap;
    va_start(ap, format);
    leat__panic_print(text, sizeof text, format, ap);
    va_end(ap);
    leat__throw("%s", text);
}
