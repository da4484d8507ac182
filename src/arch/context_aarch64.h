// SPDX-License-Identifier: MIT
// arch/context_aarch64.h: AAPCS64.
#ifndef LEAT_ARCH_CONTEXT_AARCH64_H
#define LEAT_ARCH_CONTEXT_AARCH64_H

// See arch/context_x86_64.h. *busy is cleared by a store-release: this CPU
// would otherwise let other threads see it before *from is written. x18 is
// one more scratch register on Linux.
LEAT__INLINE void
leat__switch(struct leat__context *from, struct leat__context *to,
    _Atomic uint32_t *busy)
{
    register struct leat__context *x0 __asm__("x0") = from;
    register struct leat__context *x1 __asm__("x1") = to;
    register _Atomic uint32_t *x2 __asm__("x2") = busy;
    __asm__ volatile("adr x9, 1f\n\t"
                     "mov x10, sp\n\t"
                     "stp x10, x9, [x0]\n\t"
                     "str x29, [x0, #16]\n\t"
                     "stlr wzr, [x2]\n\t"
                     "ldp x10, x9, [x1]\n\t"
                     "ldr x29, [x1, #16]\n\t"
                     "mov sp, x10\n\t"
                     "br x9\n\t"
                     "1:\n\t"
                     : "+r"(x0), "+r"(x1), "+r"(x2)
                     :
                     : "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10",
                     "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x18",
                     "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26",
                     "x27", "x28", "x30", "v0", "v1", "v2", "v3", "v4", "v5",
                     "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13",
                     "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21",
                     "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29",
                     "v30", "v31", "memory", "cc");
}

// See arch/context_x86_64.h.
LEAT__INLINE void
leat__forget_registers(void)
{
    __asm__ volatile("mov x19, xzr\n\t"
                     "mov x20, xzr\n\t"
                     "mov x21, xzr\n\t"
                     "mov x22, xzr\n\t"
                     "mov x23, xzr\n\t"
                     "mov x24, xzr\n\t"
                     "mov x25, xzr\n\t"
                     "mov x26, xzr\n\t"
                     "mov x27, xzr\n\t"
                     "mov x28, xzr"
                     :
                     :
                     : "x19", "x20", "x21", "x22", "x23", "x24", "x25",
                     "x26", "x27", "x28");
}

#endif
