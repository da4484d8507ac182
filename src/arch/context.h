// SPDX-License-Identifier: MIT
// arch/context.h: what a port must give: switching stacks, starting a
// goroutine, reading the thread's own m.
//
// leat__forget_registers clears the callee-saved registers.
//
// leat__switch is inlined and declares every callee-saved register as
// clobbered: the compiler then saves just those that are live, and the jump
// back is a jmp, which the return predictor cannot get wrong (measured: a
// pair of switches 3 ns against 31 ns with call and ret). A context is
// therefore three words.
#ifndef LEAT_ARCH_CONTEXT_H
#define LEAT_ARCH_CONTEXT_H

#include "base/check.h"

#include <leat/inline.h>

#include <stdatomic.h>

struct leat__context {
    void *sp, *pc, *fp;
};

// What a new goroutine's argument registers are loaded from; lies at the
// top of its stack. The layout is known to the assembly of each port.
struct leat__start {
    uintptr_t integer[8];
    double real[8];
    void (*fn)(void);
    uintptr_t pad;
};

// Entry point of every new goroutine: calls leat__g_begin(), loads the
// registers from the struct leat__start that sp points at, calls fn, then
// leat__g_end().
void leat__g_start(void);
void leat__g_begin(void);
_Noreturn void leat__g_end(void);

#if defined(__x86_64__)
#include "arch/context_x86_64.h"
#elif defined(__aarch64__)
#include "arch/context_aarch64.h"
#else
#error "Leat knows x86-64 and aarch64; a port gives arch/context_CPU.h"
#endif

struct leat__m;
extern __thread struct leat__m *leat__tls_m
    __attribute__((tls_model("initial-exec"), visibility("default")));

// The thread's m, which begins with the struct leat__thread of the headers.
LEAT__INLINE struct leat__m *
leat__this_m(void)
{
    return (struct leat__m *)(void *)leat__self();
}

#endif
