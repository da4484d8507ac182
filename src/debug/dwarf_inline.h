// SPDX-License-Identifier: MIT
// debug/dwarf_inline.h: the calls that were compiled into a function, by
// .debug_info. See dwarf_inline.c.
#ifndef LEAT_DEBUG_DWARF_INLINE_H
#define LEAT_DEBUG_DWARF_INLINE_H

#include "debug/dwarf_die.h"

enum { LEAT__INLINE_MAX = 16 }; // calls; of more the inner ones are kept

// A call in whose place the function itself was compiled.
struct leat__inline_call {
    const char *func;   // that was called; in the sections, "" if unknown
    uint64_t call_file; // where: a number of the unit's line table,
    unsigned call_line; // and a line of that
};

struct leat__inline_chain {
    struct leat__inline_call call[LEAT__INLINE_MAX]; // the inmost first
    unsigned count;
};

// The calls that addr (in the file's own terms) is inside of, in the unit
// whose line table is at line_offset. None when it is in a function's own
// code, or nothing is known. No malloc; some 1.5 KiB of stack.
void leat__inline_find(const struct leat__die_sections *s,
    uint64_t line_offset, uint64_t addr, struct leat__inline_chain *out);

#endif
