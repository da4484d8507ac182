// SPDX-License-Identifier: MIT
// debug/unwind.c: the chain of calls that led to a pc.
//
// The idea: compilers describe for every instruction how to find the caller's
// registers (.eh_frame). A walk applies this frame after frame. Where no
// description covers a pc, in the order of trust: the kernel's signal return
// code is known by its bytes; a pc outside of all code was called by mistake,
// so the return address is where a call leaves it; else the frame pointer may
// lead on, if what it points to looks like a frame.
//
// Invariants: the CFA grows from frame to frame, except over a signal frame
// (the handler may have a stack of its own), and those are counted: so every
// walk ends. Memory is read only through leat__memory_word.
// Locks: none of Leat's; finding a module takes the loader's for a moment.
//
// Rejected: _Unwind_Backtrace of libgcc (allocates on first use, reads memory
// without asking, and is not libc); frame pointers alone (libraries are built
// without); scanning the stack for return addresses (invents frames).

#include "debug/unwind.h"

#include "debug/dwarf_cfi.h"

enum {
    UNWIND_SIGNALS_MAX = 32, // nested handlers; more is a corrupt stack
    UNWIND_SLOT_BYTES = 8,   // alignment of every CFA on both CPUs
};

struct unwinder {
    struct leat__frame_regs regs;
    struct leat__memory mem;
    struct leat__module module; // holds regs.pc when has_module
    bool has_module;
    bool is_exact;    // regs.pc was interrupted, not left by a call
    uint64_t cfa_min; // the next CFA is at least this
    unsigned signal_count;
};

// What is found out about one frame.
struct unwind_step {
    struct leat__frame_regs caller;
    uint64_t cfa;   // 0: unknown
    bool is_signal; // a signal frame, whose caller was interrupted
    bool ok;        // caller is valid
};

// Finds the module of pc, which often is the one before.
static bool
unwind_find_module(struct unwinder *u, uintptr_t pc)
{
    if (u->has_module && pc >= u->module.seg_lo && pc < u->module.seg_hi)
        return true;
    u->has_module = leat__module_find(pc, &u->module);
    return u->has_module;
}

static bool
unwind_is_code(uintptr_t pc)
{
    struct leat__module m;
    return leat__module_find(pc, &m) && m.seg_exec;
}

static bool
unwind_cfa_plausible(const struct unwinder *u, uint64_t cfa)
{
    return cfa >= u->cfa_min && cfa % UNWIND_SLOT_BYTES == 0;
}

// Whether a row needs a register that is not known here: x30 of a leaf
// function on aarch64 when the walk started without it, or sp when the frame
// was reached by its frame pointer.
static bool
unwind_row_lacks_reg(
    const struct unwinder *u, const struct leat__cfi_row *row, uint64_t ra_reg)
{
    uint64_t value;
    if (row->cfa_expr == NULL &&
        !leat__frame_reg(&u->regs, row->cfa_reg, &value))
        return true;
    return ra_reg < LEAT__REG_COUNT && row->kind[ra_reg] == LEAT__CFI_SAME &&
           !leat__frame_reg(&u->regs, ra_reg, &value);
}

// Goes up by the compiler's description. False when none covers the pc or it
// cannot be used; true with s->ok unset when it says that there is no caller
// or leads out of the stack: nothing better is known then.
static bool
unwind_by_cfi(struct unwinder *u, struct unwind_step *s)
{
    struct leat__fde fde;
    struct leat__cfi_row row;
    // A call may be a function's last instruction; look at the call itself.
    uintptr_t pc = u->is_exact ? u->regs.pc : u->regs.pc - 1;
    if (!unwind_find_module(u, pc) || !leat__fde_find(&u->module, pc, &fde) ||
        !leat__cfi_row_at(&fde, pc, &row) ||
        unwind_row_lacks_reg(u, &row, fde.ra_reg))
        return false;
    s->is_signal = fde.is_signal;
    if (!leat__cfi_cfa(&row, &u->regs, &u->mem, &s->cfa) ||
        (!s->is_signal && !unwind_cfa_plausible(u, s->cfa))) {
        s->cfa = 0;
        return true;
    }
    s->ok = leat__cfi_caller(
                &row, fde.ra_reg, s->cfa, &u->regs, &u->mem, &s->caller) &&
            s->caller.pc != 0;
    // The call overwrote it: what the caller returns to is saved elsewhere.
    if (!s->is_signal)
        s->caller.known &= ~((uint64_t)1 << LEAT__REG_RA);
    return true;
}

// Reads the registers of an interrupted frame from a ucontext on the stack.
static bool
unwind_read_ucontext(
    struct leat__memory *mem, uint64_t at, struct leat__frame_regs *out)
{
    uint64_t value;
    out->known = 0;
    for (unsigned reg = 0; reg < LEAT__REG_COUNT; reg++) {
        if (leat__memory_word(mem, at + leat__ucontext_reg_offset(reg), &value))
            leat__frame_reg_set(out, reg, value);
    }
    if (!leat__memory_word(mem, at + leat__ucontext_pc_offset(), &value))
        return false;
    out->pc = leat__clean_pc(value);
    return true;
}

// Goes up from the code a signal handler returns to.
static bool
unwind_by_trampoline(struct unwinder *u, struct unwind_step *s)
{
    uint64_t sp;
    if (u->is_exact || !leat__frame_reg(&u->regs, LEAT__REG_SP, &sp) ||
        !leat__memory_code_is(
            u->regs.pc, leat__trampoline_code, sizeof(leat__trampoline_code)))
        return false;
    s->is_signal = true;
    s->ok = unwind_read_ucontext(
        &u->mem, sp + LEAT__TRAMPOLINE_UCONTEXT_OFFSET, &s->caller);
    if (s->ok && leat__frame_reg(&s->caller, LEAT__REG_SP, &sp))
        s->cfa = sp;
    return true;
}

// Goes up from a call of an address where no code is, a null function pointer
// for example: nothing has run there, so the return address is in its place.
static bool
unwind_by_bad_call(struct unwinder *u, struct unwind_step *s)
{
    uint64_t sp, ra;
    if (!u->is_exact || unwind_is_code(u->regs.pc) ||
        !leat__frame_reg(&u->regs, LEAT__REG_SP, &sp))
        return false;
    if (LEAT__CALL_PUSHES_BYTES != 0) {
        if (!leat__memory_word(&u->mem, sp, &ra))
            return false;
    } else if (!leat__frame_reg(&u->regs, LEAT__REG_RA, &ra)) {
        return false;
    }
    ra = leat__clean_pc(ra);
    if (!unwind_is_code(ra))
        return false;
    s->cfa = sp + LEAT__CALL_PUSHES_BYTES;
    s->caller = u->regs;
    s->caller.pc = ra;
    leat__frame_reg_set(&s->caller, LEAT__REG_SP, s->cfa);
    s->caller.known &= ~((uint64_t)1 << LEAT__REG_RA);
    s->ok = true;
    return true;
}

// Goes up by the frame record fp points to: the caller's fp, then the return
// address. Only if both look right, as fp may be any number.
static bool
unwind_by_fp(struct unwinder *u, struct unwind_step *s)
{
    uint64_t fp, next_fp, ra;
    if (!leat__frame_reg(&u->regs, LEAT__REG_FP, &fp) ||
        fp % UNWIND_SLOT_BYTES != 0 ||
        fp + 2 * UNWIND_SLOT_BYTES < u->cfa_min ||
        !leat__memory_word(&u->mem, fp, &next_fp) ||
        !leat__memory_word(&u->mem, fp + 8, &ra))
        return false;
    ra = leat__clean_pc(ra);
    if ((next_fp != 0 && next_fp <= fp) || !unwind_is_code(ra))
        return false;
    s->cfa = fp + 2 * UNWIND_SLOT_BYTES;
    s->caller.known = 0;
    s->caller.pc = ra;
    leat__frame_reg_set(&s->caller, LEAT__REG_FP, next_fp);
    if (LEAT__RECORD_ENDS_FRAME)
        leat__frame_reg_set(&s->caller, LEAT__REG_SP, s->cfa);
    s->ok = true;
    return true;
}

static void
unwind_step(struct unwinder *u, struct unwind_step *s)
{
    s->cfa = 0;
    s->is_signal = false;
    s->ok = false;
    if (unwind_by_cfi(u, s) || unwind_by_trampoline(u, s) ||
        unwind_by_bad_call(u, s))
        return;
    unwind_by_fp(u, s);
}

// Makes the caller the current frame; false when the walk ends here.
static bool
unwind_advance(struct unwinder *u, const struct unwind_step *s)
{
    uint64_t sp = 0;
    if (!s->ok || s->caller.pc == 0)
        return false;
    if (s->is_signal && ++u->signal_count > UNWIND_SIGNALS_MAX)
        return false;
    u->regs = s->caller;
    u->is_exact = s->is_signal;
    // The interrupted function may not have made its frame yet; a function
    // that called has at least its return address or its record.
    if (s->is_signal) {
        leat__frame_reg(&u->regs, LEAT__REG_SP, &sp);
        u->cfa_min = sp;
    } else {
        u->cfa_min = s->cfa + UNWIND_SLOT_BYTES;
    }
    return true;
}

static int
unwind_walk(struct unwinder *u, leat__frame_fn *visit, void *arg)
{
    int frame_count = 0;
    struct unwind_step s;
    do {
        unwind_step(u, &s);
        frame_count++;
        bool is_call = !u->is_exact && !s.is_signal;
        if (!visit(arg, u->regs.pc, s.cfa, is_call))
            break;
    } while (unwind_advance(u, &s));
    return frame_count;
}

static void
unwind_init(struct unwinder *u, uintptr_t stack_lo, uintptr_t stack_hi)
{
    memset(u, 0, sizeof(*u));
    u->mem.lo = stack_lo;
    u->mem.hi = stack_hi;
    u->is_exact = true;
}

int
leat__unwind(const struct leat__regs *r, uintptr_t stack_lo, uintptr_t stack_hi,
    leat__frame_fn *visit, void *arg)
{
    struct unwinder u;
    unwind_init(&u, stack_lo, stack_hi);
    u.regs.pc = r->pc;
    leat__frame_reg_set(&u.regs, LEAT__REG_SP, r->sp);
    leat__frame_reg_set(&u.regs, LEAT__REG_FP, r->fp);
    u.cfa_min = r->sp;
    return unwind_walk(&u, visit, arg);
}

int
leat__unwind_ucontext(const void *ucontext, uintptr_t stack_lo,
    uintptr_t stack_hi, leat__frame_fn *visit, void *arg)
{
    struct unwinder u;
    struct leat__memory context_mem = {.lo = 0, .hi = UINTPTR_MAX};
    unwind_init(&u, stack_lo, stack_hi);
    unwind_read_ucontext(&context_mem, (uintptr_t)ucontext, &u.regs);
    uint64_t sp = 0;
    leat__frame_reg(&u.regs, LEAT__REG_SP, &sp);
    u.cfa_min = sp;
    return unwind_walk(&u, visit, arg);
}
