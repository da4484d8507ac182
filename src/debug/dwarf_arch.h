// SPDX-License-Identifier: MIT
// debug/dwarf_arch.h: what an unwinder must know of a CPU, in one place.
//
// A port gives: how many DWARF registers are tracked and which of them are sp,
// fp and the return address; what a call and a frame record look like; where
// the kernel keeps each register in the ucontext of a signal; the code of the
// signal return trampoline and where the ucontext lies from its sp; how to
// clean a return address.
//
// The trampoline's code matters where no CFI describes it: the kernel's vdso
// has none on aarch64, nor has musl's on x86-64.
#ifndef LEAT_DEBUG_DWARF_ARCH_H
#define LEAT_DEBUG_DWARF_ARCH_H

#include <stddef.h>
#include <stdint.h>
#include <ucontext.h>

#if defined(__x86_64__)

enum {
    LEAT__REG_COUNT = 17, // DWARF numbers 0..15 and 16, the return address
    LEAT__REG_FP = 6,     // rbp
    LEAT__REG_SP = 7,     // rsp
    LEAT__REG_RA = 16,    // the System V ABI supplement, figure 3.36
    // On entry of a function [rsp] is the return address, so a call of a bad
    // address leaves it there.
    LEAT__CALL_PUSHES_BYTES = 8,
    // A frame record (saved fp, return address) is the end of its frame, so
    // the caller's sp is right behind it.
    LEAT__RECORD_ENDS_FRAME = 1,
    // After the handler's `ret` rsp points at the ucontext.
    LEAT__TRAMPOLINE_UCONTEXT_OFFSET = 0,
};

// mov $15, %rax; syscall (rt_sigreturn).
static const uint8_t leat__trampoline_code[] = {
    0x48, 0xc7, 0xc0, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05};

// Offset in ucontext_t of a DWARF register.
static inline size_t
leat__ucontext_reg_offset(unsigned reg)
{
    static const uint8_t greg[LEAT__REG_COUNT] = {REG_RAX, REG_RDX, REG_RCX,
        REG_RBX, REG_RSI, REG_RDI, REG_RBP, REG_RSP, REG_R8, REG_R9, REG_R10,
        REG_R11, REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP};
    return offsetof(ucontext_t, uc_mcontext.gregs) + 8u * greg[reg];
}

static inline size_t
leat__ucontext_pc_offset(void)
{
    return offsetof(ucontext_t, uc_mcontext.gregs) + 8u * REG_RIP;
}

static inline uintptr_t
leat__clean_pc(uintptr_t pc)
{
    return pc;
}

#elif defined(__aarch64__)

enum {
    LEAT__REG_COUNT = 32, // x0..x30 and sp
    LEAT__REG_FP = 29,
    LEAT__REG_SP = 31,
    LEAT__REG_RA = 30, // DWARF for the Arm 64-bit Architecture, table 1
    LEAT__CALL_PUSHES_BYTES = 0, // a call leaves its return address in x30
    LEAT__RECORD_ENDS_FRAME = 0, // it lies anywhere in the frame
    // The frame starts with a siginfo of 128 bytes.
    LEAT__TRAMPOLINE_UCONTEXT_OFFSET = 128,
};

// mov x8, #139; svc #0 (rt_sigreturn).
static const uint8_t leat__trampoline_code[] = {
    0x68, 0x11, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4};

static inline size_t
leat__ucontext_reg_offset(unsigned reg)
{
    if (reg == LEAT__REG_SP)
        return offsetof(ucontext_t, uc_mcontext.sp);
    return offsetof(ucontext_t, uc_mcontext.regs) + 8u * reg;
}

static inline size_t
leat__ucontext_pc_offset(void)
{
    return offsetof(ucontext_t, uc_mcontext.pc);
}

// Pointer authentication signs the bits above the 48 of a user address.
static inline uintptr_t
leat__clean_pc(uintptr_t pc)
{
    return pc & (((uintptr_t)1 << 48) - 1);
}

#else
#error "dwarf_arch.h: no register table for this CPU"
#endif

#endif
