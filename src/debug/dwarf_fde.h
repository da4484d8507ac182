// SPDX-License-Identifier: MIT
// debug/dwarf_fde.h: the frame description (FDE) that covers a pc.
#ifndef LEAT_DEBUG_DWARF_FDE_H
#define LEAT_DEBUG_DWARF_FDE_H

#include "debug/dwarf_read.h"
#include "debug/elf_module.h"

// One function's frame description with what its CIE says about it.
struct leat__fde {
    uintptr_t lo, hi;              // the code it describes: [lo, hi)
    struct leat__cursor cie_insns; // rules on entry
    struct leat__cursor insns;     // how they change through the code
    uint64_t code_align;           // unit of advances, in bytes
    int64_t data_align;            // unit of offsets, in bytes
    uint64_t ra_reg;               // the column that holds the caller's pc
    uint8_t pointer_encoding;      // DW_EH_PE_* of code addresses
    bool has_augmentation;         // the entry has data to skip
    bool is_signal;                // a signal frame: its caller's pc is exact
};

// Finds the description of the code at pc, which m holds. False when there is
// none. Async-signal-safe: no malloc and no lock; may open m's file once, for
// a program without .eh_frame_hdr.
bool leat__fde_find(
    const struct leat__module *m, uintptr_t pc, struct leat__fde *out);

// Reads a pointer in a DW_EH_PE_* encoding; data_base is what datarel means.
uintptr_t leat__read_encoded(
    struct leat__cursor *c, uint8_t encoding, uintptr_t data_base);

#endif
