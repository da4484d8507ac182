// SPDX-License-Identifier: MIT
// debug/dwarf_cfi.h: from the registers of a frame to those of its caller.
#ifndef LEAT_DEBUG_DWARF_CFI_H
#define LEAT_DEBUG_DWARF_CFI_H

#include "debug/dwarf_expr.h"
#include "debug/dwarf_fde.h"

// How to find a register's value in the caller. SAME is 0: what no rule
// mentions is unchanged.
enum leat__cfi_kind {
    LEAT__CFI_SAME,
    LEAT__CFI_UNDEFINED,  // lost; for the return address: there is no caller
    LEAT__CFI_OFFSET,     // saved at CFA + arg
    LEAT__CFI_VAL_OFFSET, // is CFA + arg
    LEAT__CFI_REGISTER,   // is in register arg
    LEAT__CFI_EXPR,       // saved where the expression at arg says
    LEAT__CFI_VAL_EXPR,   // is what the expression at arg says
};

// The rules at one pc. Expressions are addresses of their length.
struct leat__cfi_row {
    uint8_t kind[LEAT__REG_COUNT]; // enum leat__cfi_kind
    int64_t arg[LEAT__REG_COUNT];
    const uint8_t *cfa_expr;  // the CFA is what this says; NULL:
    uint64_t cfa_reg;         // it is this register
    int64_t cfa_offset;       // plus this
    const uint8_t *insns_end; // bound of every expression
};

// Runs the instructions of f up to pc. False when they are malformed.
bool leat__cfi_row_at(
    const struct leat__fde *f, uintptr_t pc, struct leat__cfi_row *row);

// The frame's canonical address: sp before the call that made the frame.
bool leat__cfi_cfa(const struct leat__cfi_row *row,
    const struct leat__frame_regs *regs, struct leat__memory *mem,
    uint64_t *cfa);

// Finds the caller's registers; caller->pc is 0 when the rules say that there
// is no caller. False when the return address cannot be read.
bool leat__cfi_caller(const struct leat__cfi_row *row, uint64_t ra_reg,
    uint64_t cfa, const struct leat__frame_regs *regs, struct leat__memory *mem,
    struct leat__frame_regs *caller);

#endif
