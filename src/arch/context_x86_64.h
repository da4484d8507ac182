// SPDX-License-Identifier: MIT
// arch/context_x86_64.h: System V x86-64.
#ifndef LEAT_ARCH_CONTEXT_X86_64_H
#define LEAT_ARCH_CONTEXT_X86_64_H

#ifdef __AVX512F__
#define LEAT__CLOBBER_AVX512                                                  \
    , "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22",          \
        "xmm23", "xmm24", "xmm25", "xmm26", "xmm27", "xmm28", "xmm29",        \
        "xmm30", "xmm31", "k1", "k2", "k3", "k4", "k5", "k6", "k7"
#else
#define LEAT__CLOBBER_AVX512
#endif

// Saves the caller in *from, stores 0 to *busy (the release that tells other
// threads that *from is complete) and continues in *to. Returns when
// somebody switches back to *from, perhaps on another thread. The red zone
// of the caller stays intact: nothing is pushed.
LEAT__INLINE void
leat__switch(struct leat__context *from, struct leat__context *to,
    _Atomic uint32_t *busy)
{
    __asm__ volatile("leaq 1f(%%rip), %%rax\n\t"
                     "movq %%rsp, 0(%%rdi)\n\t"
                     "movq %%rax, 8(%%rdi)\n\t"
                     "movq %%rbp, 16(%%rdi)\n\t"
                     "movl $0, (%%rdx)\n\t"
                     "movq 0(%%rsi), %%rsp\n\t"
                     "movq 16(%%rsi), %%rbp\n\t"
                     "jmpq *8(%%rsi)\n\t"
                     "1:\n\t"
                     : "+D"(from), "+S"(to), "+d"(busy)
                     :
                     : "rax", "rbx", "rcx", "r8", "r9", "r10", "r11", "r12",
                     "r13", "r14", "r15", "xmm0", "xmm1", "xmm2", "xmm3",
                     "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
                     "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "memory",
                     "cc" LEAT__CLOBBER_AVX512);
}

// Clears the registers that a function may find on entry and save, though
// they mean nothing to it: after a switch they are still those of who was
// left, and on a stack they look like references to what it waits for.
LEAT__INLINE void
leat__forget_registers(void)
{
    __asm__ volatile("xorl %%ebx, %%ebx\n\t"
                     "xorl %%r12d, %%r12d\n\t"
                     "xorl %%r13d, %%r13d\n\t"
                     "xorl %%r14d, %%r14d\n\t"
                     "xorl %%r15d, %%r15d"
                     :
                     :
                     : "rbx", "r12", "r13", "r14", "r15", "cc");
}

#endif
