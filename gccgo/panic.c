// SPDX-License-Identifier: MIT
// gccgo/panic.c: defer, panic and recover, by src/panic.
//
// The protocol of gccgo. A function with a defer statement has a byte in its
// frame whose address names the frame. It calls deferproc (or, with a record
// in its own frame, deferprocStack) for each statement; deferreturn at its
// end, to run what it deferred; and its exception handler calls checkdefer.
// checkdefer either returns, then the function runs the rest of its deferred
// functions and returns to its caller; or it throws the exception on. A
// function that calls recover learns from its caller whether it may:
// canrecover is asked with the address that function was called from, and
// says yes if the thunk around a deferred call has announced that address by
// setdeferretaddr.
//
// How it maps. The record begins with a struct leat__defer of the kind
// DEFER_FRAME, so that src/panic runs Go's deferred functions in one list with
// those of C. When one of them recovers, src/panic calls panic_resume, which
// throws an exception that only checkdefer of the right frame catches: the
// frame it looks for is in leat__g.binding. So the stack is unwound by the
// compiler's tables, and cleanups in between run.
//
// Invariants: leat__g.binding is NULL but while such an exception flies.
// Locks: none; all of this belongs to the goroutine.
// Rejected: a jump to the frame in place of the exception: nobody but the
// exception tables knows where the function goes on.
#include "gccgo/abi.h"
#include "panic/panic.h"

#include <stdlib.h>
#include <string.h>
#include <unwind.h>

// What the compiler reserves for deferprocStack is 64 bytes.
struct go_defer {
    struct leat__defer d;
    bool *frame;
    struct leat__panic *panic; // that ran when it was deferred, or NULL
    uint32_t masked : 31;      // and its mask
    uint32_t heap : 1;         // made by deferproc
};
_Static_assert(sizeof(struct go_defer) <= 64, "gccgo's _defer");

// The exception of a recovered panic.
struct go_exception {
    struct _Unwind_Exception header;
    bool *frame;     // that goes on
    uint32_t masked; // and what its panic's mask was there
};

enum {
    // leat__panic.called_from: libffi calls; and the most calls of libffi that
    // may be nested in that one.
    PANIC_BY_FFI = 1,
    PANIC_FFI_MAX = 4096,
    PANIC_CALL_BYTES = 16, // a call ends at most so far behind its start
    PANIC_TEXT_MAX = 1 << 20, // bytes printed of a panic's value
    // leat__panic.masked while the function that the panic runs ends and runs
    // what it has deferred itself.
    PANIC_DEFERS = 2
};

// Deferring

static void
panic_defer(struct go_defer *d, bool *frame, void (*fn)(void *), void *arg,
    bool heap)
{
    struct leat__g *g = leat__panic_g();
    d->d = (struct leat__defer){
        .link = g->defers, .fn = fn, .arg = arg, .g = g,
        .is_try = DEFER_FRAME};
    d->frame = frame;
    d->panic = g->panics;
    d->masked = g->panics != NULL ? g->panics->masked & 0x7fffffff : 0;
    d->heap = heap;
    g->defers = &d->d;
}

void leat__go_deferproc(bool *frame, void (*fn)(void *), void *arg)
    GO_NAME("runtime.deferproc");
void
leat__go_deferproc(bool *frame, void (*fn)(void *), void *arg)
{
    struct go_defer *d = malloc(sizeof *d);
    if (d == NULL)
        leat__throw("runtime: out of memory: cannot defer a call");
    panic_defer(d, frame, fn, arg, true);
}

void leat__go_deferproc_stack(struct go_defer *d, bool *frame,
    void (*fn)(void *), void *arg) GO_NAME("runtime.deferprocStack");
void
leat__go_deferproc_stack(
    struct go_defer *d, bool *frame, void (*fn)(void *), void *arg)
{
    panic_defer(d, frame, fn, arg, false);
}

// Runs a deferred function at the end of the function that has deferred it.
// If a panic runs that function, the deferred one has nothing to recover,
// but for `defer recover()`: there recover is called by that function.
static void
panic_run_at_end(struct leat__g *g, struct go_defer *d)
{
    struct leat__panic *p = g->panics;
    if (LEAT__LIKELY(p == NULL)) {
        d->d.fn(d->d.arg);
        return;
    }
    uint32_t masked = p->masked;
    p->masked = d->panic == p && d->masked == 0 ? PANIC_DEFERS : 1;
    d->d.fn(d->d.arg);
    p->masked = masked;
}

void leat__go_deferreturn(bool *frame) GO_NAME("runtime.deferreturn");
void
leat__go_deferreturn(bool *frame)
{
    struct leat__g *g = leat__panic_g();
    for (;;) {
        struct go_defer *d = (struct go_defer *)g->defers;
        if (d == NULL || d->d.is_try != DEFER_FRAME || d->frame != frame)
            return;
        struct go_defer run = *d;
        g->defers = run.d.link;
        if (run.heap)
            free(d);
        panic_run_at_end(g, &run);
        *frame = true;
    }
}

// Unwinding

// leat__hooks.defer_resume: d, whose frame is open, has recovered a panic.
static void
panic_resume(struct leat__defer *defer)
{
    struct go_defer *d = (struct go_defer *)defer;
    struct leat__g *g = defer->g;
    struct go_exception *e = calloc(1, sizeof *e);
    if (e == NULL)
        leat__throw("runtime: out of memory: cannot recover a panic");
    memcpy(&e->header.exception_class, "LEAT\0GO", 8);
    e->frame = d->frame;
    e->masked = d->masked;
    if (d->heap)
        free(d);
    g->binding = e;
    _Unwind_RaiseException(&e->header);
    leat__throw("runtime: no frame to go on with after a recovered panic");
}

void leat__go_checkdefer(bool *frame) GO_NAME("runtime.checkdefer");
void
leat__go_checkdefer(bool *frame)
{
    struct leat__g *g = leat__panic_g();
    struct go_exception *e = g->binding;
    if (e == NULL)
        leat__throw("runtime: an exception of another language in Go code");
    if (e->frame != frame) {
        *frame = false;
        _Unwind_Resume_or_Rethrow(&e->header);
        leat__throw("runtime: no frame to go on with after a recovered "
                    "panic");
    }
    *frame = true;
    if (g->panics != NULL)
        g->panics->masked = e->masked;
    g->binding = NULL;
    free(e);
}

// Panicking

void leat__go_gopanic(struct go_eface value) GO_NAME("runtime.gopanic");
void
leat__go_gopanic(struct go_eface value)
{
    struct leat__regs here;
    struct leat__frames_at at = {.regs = &here,
        .hide_to = (uintptr_t)__builtin_return_address(0)};
    struct go_eface *box = leat__go_alloc(sizeof *box, false);
    *box = value;
    leat__regs_here(&here);
    struct leat__panic p = {
        .info = {LEAT_PANIC_VALUE, NULL, box}, .at = &at};
    struct leat__g *g = leat__panic_g();
    leat__panic_run(g, &p);
    leat__panic_fatal(g, &p);
}

// leat__hooks.panic_text: Go's Error and String methods may run.
static void
panic_text(struct leat__panic *p)
{
    static const char failed[] = "(panic while printing panic value)";
    p->info.text = failed; // when the methods panic themselves
    struct go_string s =
        leat__go_panic_text(*(const struct go_eface *)p->info.value);
    size_t n = (size_t)(s.len < PANIC_TEXT_MAX ? s.len : PANIC_TEXT_MAX);
    char *text = malloc(n + 1);
    if (text == NULL)
        return;
    memcpy(text, s.ptr, n);
    text[n] = 0;
    p->text = text;
    p->info.text = text;
}

// Recovering

// The panic that the running deferred function may recover, or NULL.
static struct leat__panic *
panic_open(void)
{
    struct leat__panic *p = leat__panic_g()->panics;
    if (p == NULL || p->goexit || p->recovered || p->masked)
        return NULL;
    return p;
}

bool leat__go_setdeferretaddr(uintptr_t addr)
    GO_NAME("runtime.setdeferretaddr");
bool
leat__go_setdeferretaddr(uintptr_t addr)
{
    struct leat__panic *p = panic_open();
    if (p != NULL)
        p->called_from = addr;
    return false;
}

// Whether a function that returns to ret was called by p's thunk, which has
// announced a place just behind the call.
static bool
panic_is_caller(const struct leat__panic *p, uintptr_t ret)
{
    return p->called_from - ret <= PANIC_CALL_BYTES;
}

bool leat__go_canrecover(uintptr_t ret) GO_NAME("runtime.canrecover");
bool
leat__go_canrecover(uintptr_t ret)
{
    struct leat__panic *p = panic_open();
    if (p == NULL)
        return false;
    if (p->called_from == PANIC_BY_FFI)
        return leat__go_is_reflect(ret);
    return panic_is_caller(p, ret);
}

// Stops p, if it is not NULL; its value.
static struct go_eface
panic_recover(struct leat__panic *p)
{
    if (p == NULL)
        return (struct go_eface){NULL, NULL};
    p->recovered = true;
    const struct leat_panic_info *info = &p->info;
    if (info->kind == LEAT_PANIC_VALUE)
        return *(const struct go_eface *)info->value;
    return leat__go_runtime_error(
        leat__go_string_copy(info->text, strlen(info->text)));
}

struct go_eface leat__go_gorecover(void) GO_NAME("runtime.gorecover");
struct go_eface
leat__go_gorecover(void)
{
    return panic_recover(panic_open());
}

// `defer recover()`.
struct go_eface leat__go_deferredrecover(void)
    GO_NAME("runtime.deferredrecover");
struct go_eface
leat__go_deferredrecover(void)
{
    struct leat__panic *p = leat__panic_g()->panics;
    bool open = p != NULL && !p->goexit && !p->recovered &&
        p->masked == PANIC_DEFERS;
    return panic_recover(open ? p : NULL);
}

void leat__go_goexit(void) GO_NAME("runtime.Goexit");
void
leat__go_goexit(void)
{
    leat_goexit();
}
GO_VALUE(leat__go_goexit, "runtime.Goexit")

// A deferred function that reflect has made is entered by libffi, and calls
// what it stands for through libffi again. When the first call comes from the
// thunk, whoever libffi or reflect calls may recover.
void leat__go_makefunc_can_recover(void)
    GO_NAME("runtime.makefuncfficanrecover");
void
leat__go_makefunc_can_recover(void)
{
    struct leat__panic *p = panic_open();
    if (p == NULL || p->called_from == 0)
        return;
    if (p->called_from < PANIC_FFI_MAX)
        p->called_from++;
    else if (panic_is_caller(p, leat__go_caller_of_ffi()))
        p->called_from = PANIC_BY_FFI;
}

void leat__go_makefunc_returning(void) GO_NAME("runtime.makefuncreturning");
void
leat__go_makefunc_returning(void)
{
    struct leat__panic *p = leat__panic_g()->panics;
    if (p != NULL && p->called_from != 0 && p->called_from < PANIC_FFI_MAX)
        p->called_from--;
}

// The panics that the compiler calls for ------------------------------------

void leat__go_panicmem(void) GO_NAME("runtime.panicmem");
void
leat__go_panicmem(void)
{
    leat__panic_runtime(
        "invalid memory address or nil pointer dereference");
}

void leat__go_panicdivide(void) GO_NAME("runtime.panicdivide");
void
leat__go_panicdivide(void)
{
    leat__panic_runtime("integer divide by zero");
}

void leat__go_panicshift(void) GO_NAME("runtime.panicshift");
void
leat__go_panicshift(void)
{
    leat__panic_runtime("negative shift amount");
}

void leat__go_panicgonil(void) GO_NAME("runtime.panicgonil");
void
leat__go_panicgonil(void)
{
    leat__throw("go of nil func value");
}

#define PANIC_BOUNDS(c_name, go, what)                                        \
    void c_name(go_int x, go_int y) GO_NAME("runtime.goPanic" go);            \
    void c_name(go_int x, go_int y)                                           \
    {                                                                         \
        leat__panic_bounds(what, x, y, false);                                \
    }                                                                         \
    void c_name##_u(uintptr_t x, go_int y)                                    \
        GO_NAME("runtime.goPanic" go "U");                                    \
    void c_name##_u(uintptr_t x, go_int y)                                    \
    {                                                                         \
        leat__panic_bounds(what, (go_int)x, y, true);                         \
    }

PANIC_BOUNDS(leat__go_panic_index, "Index", LEAT__BOUNDS_INDEX)
PANIC_BOUNDS(leat__go_panic_alen, "SliceAlen", LEAT__BOUNDS_SLICE_ALEN)
PANIC_BOUNDS(leat__go_panic_acap, "SliceAcap", LEAT__BOUNDS_SLICE_ACAP)
PANIC_BOUNDS(leat__go_panic_b, "SliceB", LEAT__BOUNDS_SLICE_B)
PANIC_BOUNDS(leat__go_panic_3alen, "Slice3Alen", LEAT__BOUNDS_SLICE3_ALEN)
PANIC_BOUNDS(leat__go_panic_3acap, "Slice3Acap", LEAT__BOUNDS_SLICE3_ACAP)
PANIC_BOUNDS(leat__go_panic_3b, "Slice3B", LEAT__BOUNDS_SLICE3_B)
PANIC_BOUNDS(leat__go_panic_3c, "Slice3C", LEAT__BOUNDS_SLICE3_C)

// gccgo gives the length of the array first.
void leat__go_panic_convert(go_int array_len, go_int len)
    GO_NAME("runtime.goPanicSliceConvert");
void
leat__go_panic_convert(go_int array_len, go_int len)
{
    leat__panic_bounds(LEAT__BOUNDS_CONVERT, len, array_len, false);
}

void
leat__go_panic_init(void)
{
    leat__hooks.defer_resume = panic_resume;
    leat__hooks.panic_text = panic_text;
}
