// SPDX-License-Identifier: MIT
// debug/elf_symtab.h: the function an address belongs to, by the symbol table.
#ifndef LEAT_DEBUG_ELF_SYMTAB_H
#define LEAT_DEBUG_ELF_SYMTAB_H

#include "debug/elf_file.h"

struct leat__elf_symbol {
    const char *name; // in the mapped file; may carry a version after '@'
    uint64_t value;   // first address, in the file's own terms
};

// Finds the function that holds addr (in the file's own terms): in .symtab,
// which has the static functions too, else in .dynsym. False when neither
// knows it; a function that merely ends before addr is never named.
bool leat__symtab_find(const struct leat__elf_file *f, uint64_t addr,
    struct leat__elf_symbol *out);

#endif
