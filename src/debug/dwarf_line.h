// SPDX-License-Identifier: MIT
// debug/dwarf_line.h: the source line of an address, by .debug_line.
#ifndef LEAT_DEBUG_DWARF_LINE_H
#define LEAT_DEBUG_DWARF_LINE_H

#include "debug/dwarf_read.h"

// The sections line tables are made of; empty where a file has none.
struct leat__line_sections {
    struct leat__bytes line;     // .debug_line
    struct leat__bytes line_str; // .debug_line_str, DWARF 5
    struct leat__bytes str;      // .debug_str
};

// Where an address comes from. Strings are in the sections, "" for none; the
// path is base/dir/file, where an absolute part makes those before it void.
struct leat__line_place {
    const char *base, *dir, *file;
    unsigned line; // from 1; 0: code that belongs to no line
    uint64_t unit; // which described it: its offset in .debug_line
};

// Which unit describes which addresses, so that a search reads one unit only.
struct leat__line_index {
    struct leat__line_span *span; // from mmap
    size_t count;
    size_t capacity;
};

// Builds the index by reading all units once. False without memory or line
// tables; the index is then empty and needs no free.
bool leat__line_index_build(
    const struct leat__line_sections *s, struct leat__line_index *out);

void leat__line_index_free(struct leat__line_index *index);

// Finds the place of addr (in the file's own terms). With an index that is
// empty or NULL all units are read. No malloc. is_entry: addr is where a
// function begins, and of several rows for it the first is wanted, the line
// that opens the function, not what is compiled into it there.
bool leat__line_find(const struct leat__line_sections *s,
    const struct leat__line_index *index, uint64_t addr, bool is_entry,
    struct leat__line_place *out);

// Names a file by its number in the unit at this offset; the line is left as
// it is. False, and "", when there is none.
bool leat__line_file(const struct leat__line_sections *s, uint64_t unit,
    uint64_t file, struct leat__line_place *out);

#endif
