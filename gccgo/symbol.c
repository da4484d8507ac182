// SPDX-License-Identifier: MIT
// gccgo/symbol.c: Caller, Callers, the names of functions, stack traces.
//
// Functions are found by src/debug: the walk by the frames' tables, names from
// the symbol table. There gccgo writes names in letters that assemblers take;
// they are turned back here.
#include "gccgo/abi.h"

#include "debug/unwind.h"
#include "debug/symbol.h"
#include "debug/dump.h"
#include "sched/sched.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// Names ---------------------------------------------------------------------

// Where the compiler's mark of a copy or a part of the function begins, or the
// end. ..r is the body of a function that calls recover: under the plain name
// is a part that asks its caller whether it may, and calls the body.
static const char *
symbol_end(const char *symbol)
{
    static const char *const marks[] = {
        ".constprop.", ".isra.", ".part.", ".cold", "..r"};
    const char *end = symbol + strlen(symbol);
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        const char *at = strstr(symbol, marks[i]);
        if (at != NULL && at < end)
            end = at;
    }
    return end;
}

// What stands behind an underscore for a character that is no letter.
static char
symbol_escape(char c)
{
    static const char from[] = "0123456789abcd", to[] = "./*,{}[]()\" ;`";
    const char *at = c != 0 ? strchr(from, c) : NULL;
    return at != NULL ? to[at - from] : c == '_' ? '_' : 0;
}

// How many hexadecimal digits of a rune stand behind an underscore and c.
static int
symbol_rune_digits(char c)
{
    return c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
}

// The number that `digits` hexadecimal digits are; -1 if they are none.
static int32_t
symbol_rune(const char *p, int digits)
{
    uint64_t rune;
    if (leat_str_parse_uint(leat_str_view(p, digits), 16, 31, &rune) != 0)
        return -1;
    return (int32_t)rune;
}

// Writes the rune at p, as in _u00e4, and returns the bytes it takes up there;
// 0 if there is none, or no room for it.
static size_t
symbol_put_rune(const char *p, const char *end, char *buf, size_t *n,
    size_t size)
{
    int digits = end - p > 2 ? symbol_rune_digits(p[1]) : 0;
    if (digits == 0 || end - p < 2 + digits)
        return 0;
    int32_t rune = symbol_rune(p + 2, digits);
    if (rune < 0 || *n + LEAT_RUNE_BYTES_MAX >= size)
        return 0;
    *n += (size_t)leat_rune_encode(buf + *n, rune);
    return 2 + (size_t)digits;
}

size_t
leat__go_demangle(const char *symbol, char *buf, size_t size)
{
    const char *end = symbol_end(symbol);
    size_t n = 0, taken;
    for (const char *p = symbol; p < end && n + 1 < size; p++) {
        char c = *p;
        if (c == '_' &&
            (taken = symbol_put_rune(p, end, buf, &n, size)) != 0) {
            p += taken - 1;
            continue;
        }
        if (c == '_' && symbol_escape(p[1]) != 0)
            c = symbol_escape(*++p);
        else if (c == '.' && p[1] == '.')
            p++; // main.f..func1
        buf[n++] = c;
    }
    buf[n] = 0;
    return n;
}

static bool
symbol_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

// Whether a frame is none of Go's: the adaptor's own, a thunk of the compiler,
// the C code below main.
static bool
symbol_is_hidden(const char *name)
{
    return name[0] == 0 || strstr(name, "..thunk") != NULL ||
        strstr(name, "..stub") != NULL ||
        memchr(name, '.', (size_t)(symbol_end(name) - name)) == NULL ||
        symbol_starts(name, "_") || symbol_starts(name, "leat__") ||
        symbol_starts(name, "reflect.ffi_") ||
        strcmp(name, "runtime.deferreturn") == 0;
}

// Whether symbol only calls inner, its own body.
static bool
symbol_is_front(const char *symbol, const char *inner)
{
    size_t n = strlen(symbol);
    return strncmp(symbol, inner, n) == 0 && strcmp(inner + n, "..r") == 0;
}

// leat__hooks.go_name.
static size_t
symbol_name(
    const char *symbol, const char *inner, char *buf, size_t size)
{
    if (symbol_is_hidden(symbol) || symbol_starts(symbol, "runtime.") ||
        symbol_is_front(symbol, inner))
        return 0;
    return leat__go_demangle(symbol, buf, size);
}

// Walking -------------------------------------------------------------------

struct symbol_walk {
    go_int skip, max, n;
    uintptr_t *pc;
    char inner[sizeof((struct leat__symbol *)0)->func];
};

static bool
symbol_visit(void *arg, uintptr_t pc, uintptr_t cfa, bool is_call)
{
    struct symbol_walk *w = arg;
    struct leat__symbol s;
    (void)cfa;
    leat__symbolize(is_call ? pc - 1 : pc, &s);
    bool hidden =
        symbol_is_hidden(s.func) || symbol_is_front(s.func, w->inner);
    memcpy(w->inner, s.func, sizeof w->inner);
    if (hidden)
        return true;
    if (w->skip > 0) {
        w->skip--;
        return true;
    }
    // Whoever looks at a pc looks at the instruction before it.
    w->pc[w->n++] = is_call ? pc : pc + 1;
    return w->n < w->max;
}

// The frames of Go functions from the caller's on, without the first `skip`.
static go_int
symbol_callers(go_int skip, uintptr_t *pc, go_int max)
{
    struct leat__regs here;
    struct symbol_walk w = {.skip = skip, .max = max, .pc = pc};
    const struct leat__g *g = leat__this_m()->g;
    leat__regs_here(&here);
    if (max > 0)
        leat__unwind(&here, (uintptr_t)g->stack_lo, (uintptr_t)g->stack_hi,
            symbol_visit, &w);
    return w.n;
}

// runtime.Callers counts itself as the first frame, and is hidden here only
// because it is C.
go_int leat__go_callers(go_int skip, struct go_slice pcs)
    GO_NAME("runtime.Callers");
go_int
leat__go_callers(go_int skip, struct go_slice pcs)
{
    return symbol_callers(skip, pcs.ptr, pcs.len);
}
GO_VALUE(leat__go_callers, "runtime.Callers")

struct go_place {
    struct go_string func, file;
    go_int line;
    uintptr_t entry;
};

// For the part in Go: what lies at the call before pc.
void leat__go_place(uintptr_t pc, struct go_place *out)
    GO_NAME("runtime.placeOf");
void
leat__go_place(uintptr_t pc, struct go_place *out)
{
    struct leat__symbol s;
    char name[sizeof s.func];
    memset(out, 0, sizeof *out);
    if (pc == 0 || !leat__symbolize(pc - 1, &s) || s.func[0] == 0)
        return;
    size_t n = leat__go_demangle(s.func, name, sizeof name);
    out->func = leat__go_string_copy(name, n);
    out->file = leat__go_string_copy(s.file, strlen(s.file));
    out->line = s.line;
    out->entry = s.func_start;
}

struct go_caller {
    uintptr_t pc;
    struct go_string file;
    go_int line;
    bool ok;
};

struct go_caller leat__go_caller(go_int skip) GO_NAME("runtime.Caller");
struct go_caller
leat__go_caller(go_int skip)
{
    uintptr_t pc;
    struct go_place place;
    if (symbol_callers(skip + 1, &pc, 1) == 0)
        return (struct go_caller){0, {NULL, 0}, 0, false};
    leat__go_place(pc, &place);
    return (struct go_caller){pc, place.file, place.line, true};
}
GO_VALUE(leat__go_caller, "runtime.Caller")

// Stack traces --------------------------------------------------------------

go_int leat__go_stack(struct go_slice buf, bool all)
    GO_NAME("runtime.Stack");
go_int
leat__go_stack(struct go_slice buf, bool all)
{
    int fd = memfd_create("leat stack", MFD_CLOEXEC);
    if (fd < 0)
        return 0;
    leat_stack_dump(fd, all);
    ssize_t n = pread(fd, buf.ptr, (size_t)buf.len, 0);
    close(fd);
    return n > 0 ? n : 0;
}
GO_VALUE(leat__go_stack, "runtime.Stack")

// reflect.MakeFunc ----------------------------------------------------------
//
// A function made by reflect is called through libffi's C code, which asks who
// called it, to let a deferred one recover.

static bool
symbol_pc_starts(uintptr_t pc, const char *prefix)
{
    struct leat__symbol s;
    return leat__symbolize(pc - 1, &s) && symbol_starts(s.func, prefix);
}

bool
leat__go_is_reflect(uintptr_t pc)
{
    return symbol_pc_starts(pc, "ffi_") || symbol_pc_starts(pc, "reflect.");
}

struct symbol_ffi {
    bool inside; // has met libffi
    uintptr_t pc;
};

static bool
symbol_visit_ffi(void *arg, uintptr_t pc, uintptr_t cfa, bool is_call)
{
    struct symbol_ffi *w = arg;
    (void)cfa;
    (void)is_call;
    if (symbol_pc_starts(pc, "ffi_"))
        w->inside = true;
    else if (w->inside)
        w->pc = pc;
    return w->pc == 0;
}

uintptr_t
leat__go_caller_of_ffi(void)
{
    struct leat__regs here;
    struct symbol_ffi w = {false, 0};
    const struct leat__g *g = leat__this_m()->g;
    leat__regs_here(&here);
    leat__unwind(&here, (uintptr_t)g->stack_lo, (uintptr_t)g->stack_hi,
        symbol_visit_ffi, &w);
    return w.pc;
}

struct go_location {
    uintptr_t pc;
    struct go_string file, func;
    go_int line;
};

int32_t runtime_callers(int32_t skip, struct go_location *out, int32_t max,
    bool keep_thunks);
int32_t
runtime_callers(int32_t skip, struct go_location *out, int32_t max,
    bool keep_thunks)
{
    (void)skip;
    (void)keep_thunks;
    if (max < 1)
        return 0;
    // One that is no function of libffi says that there is somebody.
    static const char any[] = "reflect.ffi_callback";
    *out = (struct go_location){.func = {any, sizeof any - 1}};
    return 1;
}

void
leat__go_symbol_init(void)
{
    leat__hooks.go_name = symbol_name;
}
