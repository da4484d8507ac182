// SPDX-License-Identifier: MIT
// debug/dwarf_form.c: the value of an attribute, by the form it stands in.
//
// The idea: one table says how many bytes each form takes, for line tables and
// for entries. What a number means is its reader's to know.
//
// Locks: none.

#include "debug/dwarf_form.h"

#include "debug/dwarf_const.h"

enum { FORM_COUNT = DW_FORM_addrx4 + 1 };

// How the value of a form stands there.
enum form_how {
    FORM_UNKNOWN,
    FORM_FIXED,  // so many bytes
    FORM_OFFSET, // 4 bytes, or 8 in the 64-bit format
    FORM_ULEB,
    FORM_SLEB,
    FORM_TEXT,
    FORM_BLOCK, // a length of so many bytes (0: a ULEB), and that many
};

struct form_shape {
    uint8_t how, bytes;
};

static const struct form_shape form_table[FORM_COUNT] = {
    [DW_FORM_addr] = {FORM_FIXED, 8},
    [DW_FORM_block2] = {FORM_BLOCK, 2},
    [DW_FORM_block4] = {FORM_BLOCK, 4},
    [DW_FORM_data2] = {FORM_FIXED, 2},
    [DW_FORM_data4] = {FORM_FIXED, 4},
    [DW_FORM_data8] = {FORM_FIXED, 8},
    [DW_FORM_string] = {FORM_TEXT, 0},
    [DW_FORM_block] = {FORM_BLOCK, 0},
    [DW_FORM_block1] = {FORM_BLOCK, 1},
    [DW_FORM_data1] = {FORM_FIXED, 1},
    [DW_FORM_flag] = {FORM_FIXED, 1},
    [DW_FORM_sdata] = {FORM_SLEB, 0},
    [DW_FORM_strp] = {FORM_OFFSET, 0},
    [DW_FORM_udata] = {FORM_ULEB, 0},
    [DW_FORM_ref_addr] = {FORM_OFFSET, 0},
    [DW_FORM_ref1] = {FORM_FIXED, 1},
    [DW_FORM_ref2] = {FORM_FIXED, 2},
    [DW_FORM_ref4] = {FORM_FIXED, 4},
    [DW_FORM_ref8] = {FORM_FIXED, 8},
    [DW_FORM_ref_udata] = {FORM_ULEB, 0},
    [DW_FORM_sec_offset] = {FORM_OFFSET, 0},
    [DW_FORM_exprloc] = {FORM_BLOCK, 0},
    [DW_FORM_flag_present] = {FORM_FIXED, 0},
    [DW_FORM_strx] = {FORM_ULEB, 0},
    [DW_FORM_addrx] = {FORM_ULEB, 0},
    [DW_FORM_ref_sup4] = {FORM_FIXED, 4},
    [DW_FORM_strp_sup] = {FORM_OFFSET, 0},
    [DW_FORM_data16] = {FORM_FIXED, 16},
    [DW_FORM_line_strp] = {FORM_OFFSET, 0},
    [DW_FORM_ref_sig8] = {FORM_FIXED, 8},
    [DW_FORM_implicit_const] = {FORM_FIXED, 0},
    [DW_FORM_loclistx] = {FORM_ULEB, 0},
    [DW_FORM_rnglistx] = {FORM_ULEB, 0},
    [DW_FORM_ref_sup8] = {FORM_FIXED, 8},
    [DW_FORM_strx1] = {FORM_FIXED, 1},
    [DW_FORM_strx2] = {FORM_FIXED, 2},
    [DW_FORM_strx3] = {FORM_FIXED, 3},
    [DW_FORM_strx4] = {FORM_FIXED, 4},
    [DW_FORM_addrx1] = {FORM_FIXED, 1},
    [DW_FORM_addrx2] = {FORM_FIXED, 2},
    [DW_FORM_addrx3] = {FORM_FIXED, 3},
    [DW_FORM_addrx4] = {FORM_FIXED, 4},
};

static uint64_t
form_read_fixed(struct leat__cursor *c, size_t bytes)
{
    if (bytes <= sizeof(uint64_t))
        return leat__read_uint(c, bytes);
    leat__cursor_skip(c, bytes);
    return 0;
}

struct leat__form_value
leat__form_read(struct leat__cursor *c, uint64_t form, bool is_dwarf64)
{
    struct leat__form_value v = {.form = form, .text = ""};
    struct form_shape f = {FORM_UNKNOWN, 0};
    if (form < FORM_COUNT)
        f = form_table[form];
    switch ((enum form_how)f.how) {
    case FORM_FIXED:
        v.number = form_read_fixed(c, f.bytes);
        break;
    case FORM_OFFSET:
        v.number = leat__read_uint(c, is_dwarf64 ? 8 : 4);
        break;
    case FORM_ULEB:
        v.number = leat__read_uleb(c);
        break;
    case FORM_SLEB:
        v.number = (uint64_t)leat__read_sleb(c);
        break;
    case FORM_TEXT:
        v.text = leat__read_cstr(c);
        break;
    case FORM_BLOCK:
        leat__cursor_skip(c,
            f.bytes == 0 ? leat__read_uleb(c) : leat__read_uint(c, f.bytes));
        break;
    case FORM_UNKNOWN:
        leat__cursor_fail(c);
        break;
    }
    return v;
}
