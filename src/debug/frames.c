// SPDX-License-Identifier: MIT
// debug/frames.c: a chain of calls in Go's layout, for dumps and panics.
//
// Idea: Go shows the program's own functions and hides the runtime's. What
// belongs to Leat is told by its source file where there is debug
// information (all of Leat lies in one tree or one leat.c, and this very
// function tells which), else by the prefix leat__. Public functions, such
// as leat_sleep, are shown as Go shows time.Sleep, but not those that stand
// for a statement of Go (send, receive, select, panic): their callers'
// lines say it.
//
// As in Go, 50 inner and 50 outer frames of a long chain are shown; what was
// compiled into a frame does not count. The outer ones are known only at the
// end of the walk, hence the ring.
//
// Rejected: the arguments of each call, as Go prints them. Compilers of C do
// not keep them where a walker finds them.
#include "debug/frames.h"

#include "base/check.h"
#include "base/print.h"
#include "debug/symbol.h"
#include "sched/sched.h"

#include <string.h>

enum {
    FRAMES_INNER = 50, // as Go's tracebackInnerFrames
    FRAMES_OUTER = 50, // as Go's tracebackOuterFrames
    // A walk ends here: 2 million frames take 0.4 seconds.
    FRAMES_WALK_MAX = 2000000
};

struct frames_spot {
    uintptr_t pc;
    bool is_call;
};

struct frames_walk {
    int fd;
    uintptr_t hide_to;
    bool after_sigpanic;    // the next frame is the kernel's trampoline
    bool cut;               // FRAMES_WALK_MAX was reached
    uint32_t walked, shown; // frames
    uint32_t beyond;        // frames after the first FRAMES_INNER
    char inner[sizeof((struct leat__symbol *)0)->func]; // of the last frame
    struct frames_spot ring[FRAMES_OUTER];
};

static bool
frames_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

// Whose frames ----------------------------------------------------------

// The source tree of Leat, with its last slash, or the path of leat.c.
struct frames_own {
    char path[256];
    bool is_file;
};

static const char frames_self[] = "src/debug/frames.c";

static void
frames_find_own(struct frames_own *own)
{
    struct leat__symbol s;
    own->path[0] = 0;
    own->is_file = true;
    leat__symbolize((uintptr_t)leat__frames_print, &s);
    memcpy(own->path, s.file, sizeof own->path);
    size_t n = strlen(own->path), tail = sizeof frames_self - 1;
    if (n >= tail && strcmp(own->path + n - tail, frames_self) == 0) {
        own->path[n - tail + 4] = 0; // up to and with src/
        own->is_file = false;
    }
}

static bool
frames_in_own_file(const char *file)
{
    // Found once: a race writes the same twice.
    static struct frames_own own;
    static _Atomic bool known;
    if (!atomic_load(&known)) {
        struct frames_own found;
        frames_find_own(&found);
        own = found;
        atomic_store(&known, true);
    }
    if (own.path[0] == 0 || file[0] == 0)
        return false;
    return own.is_file ? strcmp(own.path, file) == 0
                       : frames_starts(file, own.path);
}

// Cuts what the compiler has appended to the name of a part or a variant of
// the function. (In Go's names what follows a dot may be the name itself.)
static void
frames_cut_variant(char *func)
{
    static const char *const suffixes[] = {
        ".cold", ".part.", ".isra.", ".constprop.", ".lto_priv."};
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        char *at = strstr(func, suffixes[i]);
        if (at != NULL && leat__hooks.go_name == NULL)
            *at = 0;
    }
}

// Public functions that Go has as statements, or hides as well.
static bool
frames_is_statement(const char *func)
{
    static const char *const prefixes[] = {"leat_chan_", "leat_select_",
        "leat_run", "leat_test_run", "leat_goexit", "leat_stack_dump",
        "leat_leak_report"};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (frames_starts(func, prefixes[i]))
            return true;
    return false;
}

static bool
frames_is_panic(const char *func)
{
    return strcmp(func, "leat_panic") == 0 ||
        strcmp(func, "leat_panic_value") == 0 ||
        strcmp(func, "leat_throw") == 0;
}

// The macro leat_main gives the function another name, which is also the first
// part of the names of what is local to it in C++.
static const char frames_main[] = "leat__user_main";

static bool
frames_is_main(const char *func)
{
    const char *behind = func + sizeof frames_main - 1;
    return frames_starts(func, frames_main) &&
        (behind[0] == 0 || behind[0] == ':');
}

// Whether a frame belongs to the runtime. first: none was shown yet. inlined:
// it was compiled into its caller; what of Leat is so has no line in the
// program.
static bool
frames_is_hidden(const struct leat__symbol *s, bool first, bool inlined)
{
    if (frames_is_main(s->func))
        return false;
    if (frames_starts(s->func, "leat__") ||
        (inlined && frames_starts(s->func, "leat_")))
        return true;
    if (frames_is_panic(s->func))
        return first;
    if (frames_starts(s->func, "leat_"))
        return frames_is_statement(s->func);
    if (s->func[0] == 0 && strstr(s->module, "libleat.so") != NULL)
        return true;
    return frames_in_own_file(s->file);
}

// Printing --------------------------------------------------------------

static void
frames_print_place(int fd, const struct leat__symbol *s, uintptr_t pc)
{
    unsigned long off = s->func_start != 0 ? pc - s->func_start : 0;
    if (s->line != 0)
        leat__printf(fd, "\t%s:%d +0x%lx\n", s->file, s->line, off);
    else if (s->module[0] != 0 && s->func_start != 0)
        leat__printf(fd, "\t%s +0x%lx\n", s->module, off);
    else
        leat__printf(fd, "\t%s pc=0x%lx\n",
            s->module[0] != 0 ? s->module : "?", (unsigned long)pc);
}

static const char *
frames_name(struct leat__symbol *s)
{
    static const char shown[] = "leat_main";
    char *name = s->func;
    if (frames_is_main(name)) {
        name += sizeof frames_main - sizeof shown;
        memcpy(name, shown, sizeof shown - 1);
    }
    return name[0] != 0 ? name : "?";
}

// Puts the name a binding of another language has for it into s; false if it
// wants the function left out. inner: the symbol of the frame inside, and of
// this one afterwards.
static bool
frames_translate(struct leat__symbol *s, char *inner)
{
    char name[sizeof s->func];
    if (leat__hooks.go_name == NULL)
        return true;
    size_t n = leat__hooks.go_name(s->func, inner, name, sizeof name);
    memcpy(inner, s->func, sizeof s->func);
    memcpy(s->func, name, n == 0 ? 0 : sizeof name);
    return n != 0;
}

static void
frames_show_symbol(struct frames_walk *w, uintptr_t pc, struct leat__symbol *s,
    bool inlined)
{
    frames_cut_variant(s->func);
    bool trampoline = w->after_sigpanic;
    w->after_sigpanic = strcmp(s->func, "leat__sigpanic") == 0;
    if (trampoline || frames_is_hidden(s, w->shown == 0, inlined))
        return;
    if (!frames_translate(s, w->inner))
        return;
    w->shown++;
    leat__printf(w->fd, "%s(...)\n", frames_name(s));
    frames_print_place(w->fd, s, pc);
}

// A frame, and as Go does, those that the compiler has put into it.
static void
frames_show(struct frames_walk *w, uintptr_t pc, bool is_call)
{
    bool last = false;
    for (unsigned depth = 0; !last; depth++) {
        struct leat__symbol s;
        leat__symbolize_inlined(is_call ? pc - 1 : pc, depth, &s, &last);
        frames_show_symbol(w, pc, &s, !last);
    }
}

static bool
frames_visit(void *arg, uintptr_t pc, uintptr_t cfa, bool is_call)
{
    struct frames_walk *w = arg;
    (void)cfa;
    if (++w->walked > FRAMES_WALK_MAX) {
        w->cut = true;
        return false;
    }
    if (w->hide_to != 0 && pc != w->hide_to)
        return true;
    w->hide_to = 0;
    if (w->shown < FRAMES_INNER) {
        frames_show(w, pc, is_call);
        return true;
    }
    w->ring[w->beyond++ % FRAMES_OUTER] = (struct frames_spot){pc, is_call};
    return true;
}

static void
frames_print_outer(struct frames_walk *w)
{
    uint32_t n = w->beyond;
    if (w->cut) {
        leat__printf(w->fd, "...additional frames elided...\n");
        return;
    }
    uint32_t from = 0;
    if (n > FRAMES_OUTER) {
        from = n - FRAMES_OUTER;
        leat__printf(w->fd, "...%u frames elided...\n", from);
    }
    for (uint32_t i = from; i < n; i++) {
        struct frames_spot *s = &w->ring[i % FRAMES_OUTER];
        frames_show(w, s->pc, s->is_call);
    }
}

static void
frames_walk(struct frames_walk *w, const struct leat__frames_at *at)
{
    if (at->ucontext != NULL)
        leat__unwind_ucontext(
            at->ucontext, at->stack_lo, at->stack_hi, frames_visit, w);
    else
        leat__unwind(
            at->regs, at->stack_lo, at->stack_hi, frames_visit, w);
}

uint32_t
leat__frames_print(int fd, const struct leat__frames_at *at)
{
    struct frames_walk w = {.fd = fd, .hide_to = at->hide_to};
    frames_walk(&w, at);
    if (w.hide_to != 0) {
        // The frame it should have begun with was not met: show all.
        w = (struct frames_walk){.fd = fd};
        frames_walk(&w, at);
    }
    frames_print_outer(&w);
    return w.shown;
}

void
leat__frames_entry(int fd, uintptr_t function)
{
    struct frames_walk w = {.fd = fd};
    struct leat__symbol s;
    leat__symbolize_entry(function, &s);
    frames_show_symbol(&w, function, &s, false);
}

void
leat__frames_created_by(int fd, uintptr_t pc, unsigned long creator)
{
    struct leat__symbol s;
    bool last = false;
    // Of those that are compiled into each other the first of the program.
    for (unsigned depth = 0; !last; depth++) {
        leat__symbolize_inlined(pc - 1, depth, &s, &last);
        frames_cut_variant(s.func);
        last |= !frames_is_hidden(&s, false, !last);
    }
    char inner[sizeof s.func] = "";
    frames_translate(&s, inner);
    leat__printf(
        fd, "created by %s in goroutine %lu\n", frames_name(&s), creator);
    frames_print_place(fd, &s, pc);
}
