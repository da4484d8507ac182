// SPDX-License-Identifier: MIT
// debug/dwarf_expr.h: DWARF expressions, as call frame information uses them.
#ifndef LEAT_DEBUG_DWARF_EXPR_H
#define LEAT_DEBUG_DWARF_EXPR_H

#include "debug/dwarf_arch.h"
#include "debug/dwarf_memory.h"
#include "debug/dwarf_read.h"

// What is known of a frame's registers, by DWARF number.
struct leat__frame_regs {
    uint64_t value[LEAT__REG_COUNT];
    uint64_t known; // bit n: value[n] is the register's, not a guess
    uintptr_t pc;
};

_Static_assert(LEAT__REG_COUNT <= 64, "one bit of `known` for each register");

static inline bool
leat__frame_reg(const struct leat__frame_regs *r, uint64_t reg, uint64_t *out)
{
    if (reg >= LEAT__REG_COUNT || !(r->known >> reg & 1))
        return false;
    *out = r->value[reg];
    return true;
}

static inline void
leat__frame_reg_set(struct leat__frame_regs *r, uint64_t reg, uint64_t value)
{
    if (reg >= LEAT__REG_COUNT)
        return;
    r->value[reg] = value;
    r->known |= (uint64_t)1 << reg;
}

// Evaluates the expression; `first`, if not NULL, is on the stack when it
// starts. False for an unknown register, operation or address.
bool leat__expr_eval(struct leat__cursor code,
    const struct leat__frame_regs *regs, struct leat__memory *mem,
    const uint64_t *first, uint64_t *out);

#endif
