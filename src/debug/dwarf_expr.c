// SPDX-License-Identifier: MIT
// debug/dwarf_expr.c: DWARF expressions, as call frame information uses them.
//
// The idea: a stack machine for what compilers and linkers emit: the saved
// frame pointer of a realigned stack (breg, deref), the two halves of a PLT
// entry (and, ge, shl), the registers in a signal's ucontext (breg, deref).
//
// Invariants: depth stays within [0, EXPR_DEPTH_MAX]; a failed machine stays
// failed and gives no answer. There are no jumps, so the code's length bounds
// the work.
// Locks: none.
//
// Rejected: branches, calls, pieces and entry values. No compiler writes them
// into call frame information, and branches could loop.

#include "debug/dwarf_expr.h"

#include "debug/dwarf_const.h"

enum {
    EXPR_DEPTH_MAX = 16
}; // the deepest seen, in a PLT, is 3

struct expr_machine {
    struct leat__cursor code;
    const struct leat__frame_regs *regs;
    struct leat__memory *mem;
    uint64_t stack[EXPR_DEPTH_MAX];
    unsigned depth;
    bool failed;
};

static void
expr_push(struct expr_machine *m, uint64_t value)
{
    if (m->depth == EXPR_DEPTH_MAX)
        m->failed = true;
    else
        m->stack[m->depth++] = value;
}

static uint64_t
expr_pop(struct expr_machine *m)
{
    if (m->depth == 0) {
        m->failed = true;
        return 0;
    }
    return m->stack[--m->depth];
}

// The value `back` places below the top, pushed again.
static void
expr_pick(struct expr_machine *m, unsigned back)
{
    if (m->depth <= back)
        m->failed = true;
    else
        expr_push(m, m->stack[m->depth - 1 - back]);
}

static void
expr_push_reg(struct expr_machine *m, uint64_t reg)
{
    uint64_t value = 0;
    int64_t offset = leat__read_sleb(&m->code);
    if (!leat__frame_reg(m->regs, reg, &value))
        m->failed = true;
    expr_push(m, value + (uint64_t)offset);
}

static void
expr_deref(struct expr_machine *m)
{
    uint64_t value = 0;
    if (!leat__memory_word(m->mem, expr_pop(m), &value))
        m->failed = true;
    expr_push(m, value);
}

static uint64_t
expr_shift(uint8_t op, uint64_t value, uint64_t count)
{
    bool is_negative = op == DW_OP_shra && (int64_t)value < 0;
    if (count >= 64)
        return is_negative ? ~(uint64_t)0 : 0;
    if (op == DW_OP_shl)
        return value << count;
    if (is_negative)
        return ~(~value >> count);
    return value >> count;
}

// Comparisons are signed, says DWARF. The last of the operations: what is none
// of them fails.
static bool
expr_compare(struct expr_machine *m, uint8_t op, int64_t a, int64_t b)
{
    switch (op) {
    case DW_OP_eq:
        return a == b;
    case DW_OP_ne:
        return a != b;
    case DW_OP_ge:
        return a >= b;
    case DW_OP_gt:
        return a > b;
    case DW_OP_le:
        return a <= b;
    case DW_OP_lt:
        return a < b;
    default:
        m->failed = true;
        return false;
    }
}

// Operations on the two top values.
static void
expr_binary(struct expr_machine *m, uint8_t op)
{
    uint64_t b = expr_pop(m), a = expr_pop(m), r = 0;
    switch (op) {
    case DW_OP_and:
        r = a & b;
        break;
    case DW_OP_or:
        r = a | b;
        break;
    case DW_OP_xor:
        r = a ^ b;
        break;
    case DW_OP_plus:
        r = a + b;
        break;
    case DW_OP_minus:
        r = a - b;
        break;
    case DW_OP_mul:
        r = a * b;
        break;
    case DW_OP_shl:
    case DW_OP_shr:
    case DW_OP_shra:
        r = expr_shift(op, a, b);
        break;
    default:
        r = expr_compare(m, op, (int64_t)a, (int64_t)b);
    }
    expr_push(m, r);
}

static void
expr_swap(struct expr_machine *m)
{
    uint64_t b = expr_pop(m), a = expr_pop(m);
    expr_push(m, b);
    expr_push(m, a);
}

// Operations that copy, drop or swap values; false when op is none.
static bool
expr_rearrange(struct expr_machine *m, uint8_t op)
{
    switch (op) {
    case DW_OP_dup:
        expr_pick(m, 0);
        return true;
    case DW_OP_over:
        expr_pick(m, 1);
        return true;
    case DW_OP_drop:
        expr_pop(m);
        return true;
    case DW_OP_swap:
        expr_swap(m);
        return true;
    default:
        return false;
    }
}

// Operations that push a number from the code; false when op is none.
static bool
expr_constant(struct expr_machine *m, uint8_t op)
{
    struct leat__cursor *c = &m->code;
    if (op >= DW_OP_const1u && op <= DW_OP_const8s) {
        unsigned size = 1u << (op - DW_OP_const1u) / 2;
        bool is_signed = (op - DW_OP_const1u) % 2 != 0;
        expr_push(m, is_signed ? (uint64_t)leat__read_int(c, size)
                               : leat__read_uint(c, size));
    } else if (op >= DW_OP_lit0 && op <= DW_OP_lit31) {
        expr_push(m, (uint64_t)(op - DW_OP_lit0));
    } else if (op == DW_OP_constu) {
        expr_push(m, leat__read_uleb(c));
    } else if (op == DW_OP_consts) {
        expr_push(m, (uint64_t)leat__read_sleb(c));
    } else if (op == DW_OP_addr) {
        expr_push(m, leat__read_uint(c, 8));
    } else {
        return false;
    }
    return true;
}

static void
expr_step(struct expr_machine *m)
{
    uint8_t op = leat__read_u8(&m->code);
    if (expr_constant(m, op))
        return;
    if (op >= DW_OP_breg0 && op <= DW_OP_breg31) {
        expr_push_reg(m, (uint64_t)(op - DW_OP_breg0));
        return;
    }
    switch (op) {
    case DW_OP_bregx:
        expr_push_reg(m, leat__read_uleb(&m->code));
        break;
    case DW_OP_deref:
        expr_deref(m);
        break;
    case DW_OP_neg:
        expr_push(m, -expr_pop(m));
        break;
    case DW_OP_not:
        expr_push(m, ~expr_pop(m));
        break;
    case DW_OP_plus_uconst:
        expr_push(m, expr_pop(m) + leat__read_uleb(&m->code));
        break;
    case DW_OP_nop:
        break;
    default:
        if (!expr_rearrange(m, op))
            expr_binary(m, op);
    }
}

bool
leat__expr_eval(struct leat__cursor code, const struct leat__frame_regs *regs,
    struct leat__memory *mem, const uint64_t *first, uint64_t *out)
{
    struct expr_machine m = {.code = code, .regs = regs, .mem = mem};
    if (first != NULL)
        expr_push(&m, *first);
    while (leat__cursor_left(&m.code) != 0 && !m.failed)
        expr_step(&m);
    *out = expr_pop(&m);
    return !m.failed && !m.code.bad;
}
