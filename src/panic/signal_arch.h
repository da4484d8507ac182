// SPDX-License-Identifier: MIT
// panic/signal_arch.h: making an interrupted function look as if it had
// called another one.
//
// The call is laid out as the kernel lays out the call of a handler: a copy
// of the registers on the stack, and a return address that is the kernel's
// or libc's signal return code. Every unwinder (Leat's, gdb) knows that
// frame and passes through it to the interrupted instruction with all
// registers right; nobody ever returns through it.
#ifndef LEAT_PANIC_SIGNAL_ARCH_H
#define LEAT_PANIC_SIGNAL_ARCH_H

#include "debug/ucontext.h"
#include "panic/panic.h"

#include <signal.h>
#include <string.h>

enum {
    // The part of a ucontext_t that holds registers and is worth copying:
    // what follows is floating-point state, of varying size.
#if defined(__x86_64__)
    SIGNAL_UC_BYTES = offsetof(ucontext_t, uc_sigmask) + 8,
    SIGNAL_RED_ZONE = 128, // bytes below rsp a function may use (ABI)
#elif defined(__aarch64__)
    SIGNAL_UC_BYTES = offsetof(ucontext_t, uc_mcontext.__reserved),
    SIGNAL_RED_ZONE = 0,
#endif
};

// What is put on the stack of the interrupted function.
struct signal_call {
#if defined(__x86_64__)
    uintptr_t pad, ret; // the stack pointer will be &ret
#elif defined(__aarch64__)
    unsigned char siginfo[128]; // where the kernel has it
#endif
    _Alignas(16) unsigned char ucontext[SIGNAL_UC_BYTES];
    _Alignas(16) struct leat__fault fault;
};

// Lets the function that uc interrupted continue in fn(&call->fault); call
// lies below its stack and its red zone, aligned to 16. ret: where the
// running handler returns to.
LEAT__INLINE void
signal_arch_call(ucontext_t *uc, struct signal_call *call, void *ret,
    void (*fn)(const struct leat__fault *))
{
    memcpy(call->ucontext, uc, SIGNAL_UC_BYTES);
    call->fault.ucontext = call->ucontext;
#if defined(__x86_64__)
    greg_t *r = uc->uc_mcontext.gregs;
    call->ret = (uintptr_t)ret;
    r[REG_RSP] = (greg_t)&call->ret;
    r[REG_RIP] = (greg_t)fn;
    r[REG_RDI] = (greg_t)&call->fault;
    r[REG_EFL] &= ~(greg_t)0x400; // the ABI wants the direction flag clear
#elif defined(__aarch64__)
    memset(call->siginfo, 0, sizeof call->siginfo);
    uc->uc_mcontext.sp = (uintptr_t)call;
    uc->uc_mcontext.pc = (uintptr_t)fn;
    uc->uc_mcontext.regs[0] = (uintptr_t)&call->fault;
    uc->uc_mcontext.regs[30] = (uintptr_t)ret;
#endif
}

#endif
