// SPDX-License-Identifier: MIT
// debug/elf_file.h: the file a module was loaded from, mapped for reading.
#ifndef LEAT_DEBUG_ELF_FILE_H
#define LEAT_DEBUG_ELF_FILE_H

#include "debug/dwarf_read.h"
#include "debug/elf_module.h"

struct leat__elf_file {
    const uint8_t *map; // the whole file, or NULL
    size_t size;        // in bytes
};

// A section by name. `link` is the section's sh_link, `addr` its address in
// the file's own terms; bytes are empty when the section is missing, has no
// content in the file or is compressed.
struct leat__elf_section {
    struct leat__bytes bytes;
    uint64_t addr;
    uint64_t size; // as loaded, even when bytes are empty
    uint32_t link;
};

// Maps the module's file. False when there is none (the vdso), when it cannot
// be opened, or when it is not what was loaded. No malloc; keeps errno.
bool leat__elf_open(const struct leat__module *m, struct leat__elf_file *out);

void leat__elf_close(struct leat__elf_file *f);

// Finds a section; false when the file has none of this name.
bool leat__elf_section_find(const struct leat__elf_file *f, const char *name,
    struct leat__elf_section *out);

// The section with this index, for following sh_link.
bool leat__elf_section_at(const struct leat__elf_file *f, uint32_t index,
    struct leat__elf_section *out);

// Writes the path of the module's file, cut on the left when it is too long.
void leat__elf_path(const struct leat__module *m, char *buf, size_t size);

#endif
