// SPDX-License-Identifier: MIT
// debug/dwarf_cfi.c: from the registers of a frame to those of its caller.
//
// The idea: call frame information is a small program that edits a row of
// rules, one for each register and one for the canonical frame address (CFA),
// as the code advances. Running it up to a pc leaves the rules at that pc.
//
// Invariants: rules of registers that are not tracked are read and dropped.
// A malformed program makes the cursor bad and the row is not used.
// Locks: none. Stack use: eight rows of about 350 bytes, in cfi_machine.
//
// Rejected: remembering rows by pc. Running a program of some 20 instructions
// is cheaper than a table safe against signals.

#include "debug/dwarf_cfi.h"

#include "debug/dwarf_const.h"

enum {
    CFI_SAVED_MAX = 6
}; // gcc and clang remember one state at a time

struct cfi_machine {
    const struct leat__fde *fde;
    struct leat__cursor insns;
    uintptr_t loc;    // the rules of `row` hold from here on
    uintptr_t target; // and are wanted for here
    bool done;        // an advance has passed the target
    unsigned saved_count;
    struct leat__cfi_row row;
    struct leat__cfi_row entry; // after the CIE's instructions
    struct leat__cfi_row saved[CFI_SAVED_MAX];
};

static void
cfi_rule(
    struct cfi_machine *m, uint64_t reg, enum leat__cfi_kind kind, int64_t arg)
{
    if (reg >= LEAT__REG_COUNT)
        return;
    m->row.kind[reg] = (uint8_t)kind;
    m->row.arg[reg] = arg;
}

// Offsets are multiplied in unsigned arithmetic, where nonsense cannot
// overflow.
static int64_t
cfi_scaled(const struct cfi_machine *m, uint64_t factor)
{
    return (int64_t)(factor * (uint64_t)m->fde->data_align);
}

static void
cfi_restore(struct cfi_machine *m, uint64_t reg)
{
    if (reg < LEAT__REG_COUNT)
        cfi_rule(m, reg, m->entry.kind[reg], m->entry.arg[reg]);
}

static void
cfi_advance(struct cfi_machine *m, uint64_t delta)
{
    uintptr_t loc = m->loc + delta * m->fde->code_align;
    if (loc > m->target)
        m->done = true;
    else
        m->loc = loc;
}

static void
cfi_set_loc(struct cfi_machine *m)
{
    m->loc = leat__read_encoded(&m->insns, m->fde->pointer_encoding, 0);
    m->done = m->loc > m->target;
}

// The address of the expression that comes next, which is skipped.
static int64_t
cfi_skip_expr(struct cfi_machine *m)
{
    int64_t at = (int64_t)(uintptr_t)m->insns.p;
    leat__cursor_skip(&m->insns, leat__read_uleb(&m->insns));
    return at;
}

static void
cfi_remember(struct cfi_machine *m)
{
    if (m->saved_count == CFI_SAVED_MAX)
        leat__cursor_fail(&m->insns);
    else
        m->saved[m->saved_count++] = m->row;
}

static void
cfi_restore_state(struct cfi_machine *m)
{
    if (m->saved_count == 0)
        leat__cursor_fail(&m->insns);
    else
        m->row = m->saved[--m->saved_count];
}

static void
cfi_cfa_reg(struct cfi_machine *m, uint64_t reg)
{
    m->row.cfa_expr = NULL;
    m->row.cfa_reg = reg;
}

// Instructions that define the CFA; false when op is none of them.
static bool
cfi_step_cfa(struct cfi_machine *m, uint8_t op)
{
    struct leat__cursor *c = &m->insns;
    switch (op) {
    case DW_CFA_def_cfa:
        cfi_cfa_reg(m, leat__read_uleb(c));
        m->row.cfa_offset = (int64_t)leat__read_uleb(c);
        return true;
    case DW_CFA_def_cfa_sf:
        cfi_cfa_reg(m, leat__read_uleb(c));
        m->row.cfa_offset = cfi_scaled(m, (uint64_t)leat__read_sleb(c));
        return true;
    case DW_CFA_def_cfa_register:
        cfi_cfa_reg(m, leat__read_uleb(c));
        return true;
    case DW_CFA_def_cfa_offset:
        m->row.cfa_offset = (int64_t)leat__read_uleb(c);
        return true;
    case DW_CFA_def_cfa_offset_sf:
        m->row.cfa_offset = cfi_scaled(m, (uint64_t)leat__read_sleb(c));
        return true;
    case DW_CFA_def_cfa_expression:
        m->row.cfa_expr = (const uint8_t *)(uintptr_t)cfi_skip_expr(m);
        return true;
    default:
        return false;
    }
}

// Those of the instructions below whose rule has an offset; false when op is
// none of them, and nothing is read then.
static bool
cfi_step_offset(struct cfi_machine *m, uint8_t op, uint64_t reg)
{
    struct leat__cursor *c = &m->insns;
    switch (op) {
    case DW_CFA_offset_extended:
        cfi_rule(m, reg, LEAT__CFI_OFFSET, cfi_scaled(m, leat__read_uleb(c)));
        return true;
    case DW_CFA_offset_extended_sf:
        cfi_rule(m, reg, LEAT__CFI_OFFSET,
            cfi_scaled(m, (uint64_t)leat__read_sleb(c)));
        return true;
    case DW_CFA_GNU_negative_offset_extended:
        cfi_rule(m, reg, LEAT__CFI_OFFSET, cfi_scaled(m, -leat__read_uleb(c)));
        return true;
    case DW_CFA_val_offset:
        cfi_rule(
            m, reg, LEAT__CFI_VAL_OFFSET, cfi_scaled(m, leat__read_uleb(c)));
        return true;
    case DW_CFA_val_offset_sf:
        cfi_rule(m, reg, LEAT__CFI_VAL_OFFSET,
            cfi_scaled(m, (uint64_t)leat__read_sleb(c)));
        return true;
    default:
        return false;
    }
}

// Instructions that give a register its rule; false when op is none of them.
static bool
cfi_step_rule(struct cfi_machine *m, uint8_t op)
{
    struct leat__cursor *c = &m->insns;
    if (op < DW_CFA_offset_extended || op > DW_CFA_GNU_negative_offset_extended)
        return false;
    struct leat__cursor after_op = *c;
    uint64_t reg = leat__read_uleb(c);
    if (cfi_step_offset(m, op, reg))
        return true;
    switch (op) {
    case DW_CFA_register:
        cfi_rule(m, reg, LEAT__CFI_REGISTER, (int64_t)leat__read_uleb(c));
        return true;
    case DW_CFA_expression:
        cfi_rule(m, reg, LEAT__CFI_EXPR, cfi_skip_expr(m));
        return true;
    case DW_CFA_val_expression:
        cfi_rule(m, reg, LEAT__CFI_VAL_EXPR, cfi_skip_expr(m));
        return true;
    case DW_CFA_undefined:
        cfi_rule(m, reg, LEAT__CFI_UNDEFINED, 0);
        return true;
    case DW_CFA_same_value:
        cfi_rule(m, reg, LEAT__CFI_SAME, 0);
        return true;
    case DW_CFA_restore_extended:
        cfi_restore(m, reg);
        return true;
    default:
        *c = after_op;
        return false;
    }
}

// Instructions that move through the code, keep rows, or mean nothing here.
static void
cfi_step_other(struct cfi_machine *m, uint8_t op)
{
    struct leat__cursor *c = &m->insns;
    switch (op) {
    case DW_CFA_nop:
        break;
    case DW_CFA_set_loc:
        cfi_set_loc(m);
        break;
    case DW_CFA_advance_loc1:
        cfi_advance(m, leat__read_uint(c, 1));
        break;
    case DW_CFA_advance_loc2:
        cfi_advance(m, leat__read_uint(c, 2));
        break;
    case DW_CFA_advance_loc4:
        cfi_advance(m, leat__read_uint(c, 4));
        break;
    case DW_CFA_remember_state:
        cfi_remember(m);
        break;
    case DW_CFA_restore_state:
        cfi_restore_state(m);
        break;
    case DW_CFA_GNU_args_size:
        leat__read_uleb(c);
        break;
    // Whether return addresses are signed; they are cleaned in any case.
    case DW_CFA_AARCH64_negate_ra_state:
    case DW_CFA_AARCH64_negate_ra_state_with_pc:
        break;
    default:
        leat__cursor_fail(c);
    }
}

static void
cfi_step(struct cfi_machine *m)
{
    uint8_t op = leat__read_u8(&m->insns), low = op & 0x3f;
    switch (op & 0xc0) {
    case DW_CFA_advance_loc:
        cfi_advance(m, low);
        break;
    case DW_CFA_offset:
        cfi_rule(m, low, LEAT__CFI_OFFSET,
            cfi_scaled(m, leat__read_uleb(&m->insns)));
        break;
    case DW_CFA_restore:
        cfi_restore(m, low);
        break;
    default:
        if (!cfi_step_cfa(m, op) && !cfi_step_rule(m, op))
            cfi_step_other(m, op);
    }
}

// Runs one list of instructions; false when it is malformed.
static bool
cfi_run(struct cfi_machine *m, struct leat__cursor insns)
{
    m->insns = insns;
    m->row.insns_end = insns.end;
    while (leat__cursor_left(&m->insns) != 0 && !m->done)
        cfi_step(m);
    return !m->insns.bad;
}

bool
leat__cfi_row_at(
    const struct leat__fde *f, uintptr_t pc, struct leat__cfi_row *row)
{
    struct cfi_machine m;
    memset(&m.row, 0, sizeof(m.row));
    m.fde = f;
    m.loc = f->lo;
    m.target = pc;
    m.done = false;
    m.saved_count = 0;
    m.entry = m.row;
    if (!cfi_run(&m, f->cie_insns))
        return false;
    m.entry = m.row;
    if (!cfi_run(&m, f->insns))
        return false;
    *row = m.row;
    return true;
}

static struct leat__cursor
cfi_expr(const struct leat__cfi_row *row, const uint8_t *at)
{
    struct leat__cursor c = leat__cursor_over(at, row->insns_end);
    uint64_t len = leat__read_uleb(&c);
    struct leat__cursor code = c;
    leat__cursor_skip(&c, len);
    code.end = c.p;
    code.bad = c.bad;
    return code;
}

bool
leat__cfi_cfa(const struct leat__cfi_row *row,
    const struct leat__frame_regs *regs, struct leat__memory *mem,
    uint64_t *cfa)
{
    if (row->cfa_expr != NULL)
        return leat__expr_eval(
            cfi_expr(row, row->cfa_expr), regs, mem, NULL, cfa);
    if (!leat__frame_reg(regs, row->cfa_reg, cfa))
        return false;
    *cfa += (uint64_t)row->cfa_offset;
    return true;
}

// The value of one register in the caller; false when it is lost.
static bool
cfi_reg(const struct leat__cfi_row *row, unsigned reg, uint64_t cfa,
    const struct leat__frame_regs *regs, struct leat__memory *mem,
    uint64_t *out)
{
    int64_t arg = row->arg[reg];
    const uint8_t *expr = (const uint8_t *)(uintptr_t)arg;
    uint64_t at;
    switch (row->kind[reg]) {
    case LEAT__CFI_SAME:
        return leat__frame_reg(regs, reg, out);
    case LEAT__CFI_OFFSET:
        return leat__memory_word(mem, cfa + (uint64_t)arg, out);
    case LEAT__CFI_VAL_OFFSET:
        *out = cfa + (uint64_t)arg;
        return true;
    case LEAT__CFI_REGISTER:
        return leat__frame_reg(regs, (uint64_t)arg, out);
    case LEAT__CFI_EXPR:
        return leat__expr_eval(cfi_expr(row, expr), regs, mem, &cfa, &at) &&
               leat__memory_word(mem, at, out);
    case LEAT__CFI_VAL_EXPR:
        return leat__expr_eval(cfi_expr(row, expr), regs, mem, &cfa, out);
    default:
        return false;
    }
}

bool
leat__cfi_caller(const struct leat__cfi_row *row, uint64_t ra_reg, uint64_t cfa,
    const struct leat__frame_regs *regs, struct leat__memory *mem,
    struct leat__frame_regs *caller)
{
    uint64_t value;
    caller->known = 0;
    caller->pc = 0;
    // The CFA is sp in the caller, by definition, unless a rule says better.
    leat__frame_reg_set(caller, LEAT__REG_SP, cfa);
    for (unsigned reg = 0; reg < LEAT__REG_COUNT; reg++) {
        if (reg == LEAT__REG_SP && row->kind[reg] == LEAT__CFI_SAME)
            continue;
        if (cfi_reg(row, reg, cfa, regs, mem, &value))
            leat__frame_reg_set(caller, reg, value);
    }
    if (ra_reg >= LEAT__REG_COUNT)
        return false;
    if (row->kind[ra_reg] == LEAT__CFI_UNDEFINED)
        return true;
    if (!leat__frame_reg(caller, ra_reg, &value))
        return false;
    caller->pc = leat__clean_pc(value);
    return true;
}
