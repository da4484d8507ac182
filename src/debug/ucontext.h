// SPDX-License-Identifier: MIT
// debug/ucontext.h: the registers of an interrupted function that Leat looks
// at or changes.
#ifndef LEAT_DEBUG_UCONTEXT_H
#define LEAT_DEBUG_UCONTEXT_H

#include "base/check.h"

#include <ucontext.h>

#if defined(__x86_64__)
#define LEAT__UC_PC(uc) ((uc)->uc_mcontext.gregs[REG_RIP])
#define LEAT__UC_SP(uc) ((uc)->uc_mcontext.gregs[REG_RSP])
#elif defined(__aarch64__)
#define LEAT__UC_PC(uc) ((uc)->uc_mcontext.pc)
#define LEAT__UC_SP(uc) ((uc)->uc_mcontext.sp)
#else
#error "debug/ucontext.h: no way to read the registers of this CPU"
#endif

LEAT__INLINE uintptr_t
leat__ucontext_pc(const void *ucontext)
{
    return (uintptr_t)LEAT__UC_PC((const ucontext_t *)ucontext);
}

LEAT__INLINE uintptr_t
leat__ucontext_sp(const void *ucontext)
{
    return (uintptr_t)LEAT__UC_SP((const ucontext_t *)ucontext);
}

#endif
