// SPDX-License-Identifier: MIT
// debug/dwarf_memory.h: reads of stack memory that cannot fault.
#ifndef LEAT_DEBUG_DWARF_MEMORY_H
#define LEAT_DEBUG_DWARF_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LEAT__MEMORY_PAGES = 4
};

struct leat__memory {
    uintptr_t lo, hi; // every byte of [lo, hi) is readable; 0, 0: ask first
    // Pages the kernel has found readable in this walk, 0 where none yet.
    uintptr_t page[LEAT__MEMORY_PAGES];
    unsigned page_next; // the entry to replace next
};

// Reads the word at addr. False when addr is not aligned as stack slots are,
// or out of bounds, or not readable. Safe in a signal handler; keeps errno.
bool leat__memory_word(struct leat__memory *m, uintptr_t addr, uint64_t *out);

// Whether the code at addr is exactly these bytes; always asks the kernel
// first, as code may lie anywhere.
bool leat__memory_code_is(uintptr_t addr, const uint8_t *code, size_t len);

#endif
