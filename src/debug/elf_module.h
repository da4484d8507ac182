// SPDX-License-Identifier: MIT
// debug/elf_module.h: which loaded object a pc belongs to.
#ifndef LEAT_DEBUG_ELF_MODULE_H
#define LEAT_DEBUG_ELF_MODULE_H

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>

struct leat__module {
    uintptr_t bias;         // runtime address minus address in the file
    const Elf64_Phdr *phdr; // in memory, as loaded
    unsigned phdr_count;
    const char *name;         // the loader's; "" for the main program
    bool is_vdso;             // the kernel's object, which has no file
    uintptr_t seg_lo, seg_hi; // the loaded segment that holds the pc
    bool seg_exec;            // that segment is code
    uint64_t unload_count;    // objects unloaded so far: a cache older is stale
};

// Finds the loaded object whose segments hold pc; false when none does. Takes
// the loader's recursive lock for a moment (dl_iterate_phdr). Keeps errno.
bool leat__module_find(uintptr_t pc, struct leat__module *out);

// Finds the loaded segment of m that holds addr.
bool leat__module_segment(
    const struct leat__module *m, uintptr_t addr, uintptr_t *lo, uintptr_t *hi);

// The first program header of a type (PT_GNU_EH_FRAME, ...), or NULL.
const Elf64_Phdr *leat__module_phdr(
    const struct leat__module *m, uint32_t type);

#endif
