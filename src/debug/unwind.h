// SPDX-License-Identifier: MIT
// debug/unwind.h: the chain of calls that led to a pc.
#ifndef LEAT_DEBUG_UNWIND_H
#define LEAT_DEBUG_UNWIND_H

#include <stdbool.h>
#include <stdint.h>

// What a walk starts from.
struct leat__regs {
    uintptr_t pc, sp;
    uintptr_t fp; // rbp, x29
};

// Reads the registers of the function it is used in. They describe that
// function until it returns, as long as it does not move its stack.
static inline __attribute__((always_inline)) void
leat__regs_here(struct leat__regs *r)
{
#if defined(__x86_64__)
    // Fixed registers: none of them may be rbp before that is read.
    __asm__ volatile("leaq 1f(%%rip), %%rax\n"
                     "1:\tmovq %%rsp, %%rcx\n"
                     "\tmovq %%rbp, %%rdx"
                     : "=a"(r->pc), "=c"(r->sp), "=d"(r->fp));
#elif defined(__aarch64__)
    register uintptr_t pc __asm__("x9");
    register uintptr_t sp __asm__("x10");
    register uintptr_t fp __asm__("x11");
    // The clobber makes the function save its return address before this.
    __asm__ volatile("adr x9, .\n"
                     "\tmov x10, sp\n"
                     "\tmov x11, x29"
                     : "=r"(pc), "=r"(sp), "=r"(fp)::"x30");
    r->pc = pc;
    r->sp = sp;
    r->fp = fp;
#else
#error "unwind.h: no way to read the registers of this CPU"
#endif
}

// Called for each frame. cfa is the frame's canonical address (sp before the
// call that made it), 0 when unknown. is_call: pc is a return address, so the
// call is at pc - 1. Returning false ends the walk.
typedef bool leat__frame_fn(
    void *arg, uintptr_t pc, uintptr_t cfa, bool is_call);

// Walks the frames from r outwards and returns how many were visited: first
// r->pc itself, then return addresses, through signal handlers into what they
// interrupted. Every stack read stays within [stack_lo, stack_hi), which must
// be readable; with 0, 0 the kernel is asked about each page instead.
//
// Ends at the outermost frame, at a return address of 0, and at whatever does
// not look like a stack any more. Does not crash on a corrupt stack, does not
// park, allocate or lock, keeps errno; for signal handlers on small stacks
// too (bounded use, below 8 KiB without the visitor's own).
int leat__unwind(const struct leat__regs *r, uintptr_t stack_lo,
    uintptr_t stack_hi, leat__frame_fn *visit, void *arg);

// The same from the ucontext_t a signal handler is given: the walk starts at
// the interrupted instruction. Knows all registers, so that on aarch64 the
// caller of a leaf function, whose address is only in x30, is not missed.
int leat__unwind_ucontext(const void *ucontext, uintptr_t stack_lo,
    uintptr_t stack_hi, leat__frame_fn *visit, void *arg);

#endif
