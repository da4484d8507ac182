// SPDX-License-Identifier: MIT
// debug/dwarf_die.h: the entries of .debug_info, one after the other. See
// dwarf_die.c.
#ifndef LEAT_DEBUG_DWARF_DIE_H
#define LEAT_DEBUG_DWARF_DIE_H

#include "debug/dwarf_read.h"

// The sections that entries are made of; empty where a file has none.
struct leat__die_sections {
    struct leat__bytes info;        // .debug_info
    struct leat__bytes abbrev;      // .debug_abbrev
    struct leat__bytes str;         // .debug_str
    struct leat__bytes line_str;    // .debug_line_str
    struct leat__bytes str_offsets; // .debug_str_offsets, DWARF 5 as the rest:
    struct leat__bytes addr;        // .debug_addr
    struct leat__bytes rnglists;    // .debug_rnglists
    struct leat__bytes ranges;      // .debug_ranges, up to DWARF 4
};

enum {
    LEAT__DIE_ABBREVS = 192, // codes whose description is found at once
    LEAT__DIE_NOWHERE = 0    // no offset of an entry: a unit's header is there
};

struct leat__die_unit {
    const struct leat__die_sections *sections;
    uint64_t offset; // in .debug_info
    unsigned version;
    bool is_dwarf64;
    struct leat__cursor dies; // behind the first, which is for the unit itself
    uint64_t abbrevs;         // its table, in .debug_abbrev
    // Of the first entry: where its parts of the other sections are, what
    // ranges are relative to, and its line table (UINT64_MAX: none).
    uint64_t str_offsets_base, addr_base, rnglists_base;
    uint64_t base, line_offset;
    uint32_t known[LEAT__DIE_ABBREVS]; // descriptions, in .debug_abbrev
};

// What is kept of an entry. Texts are in the sections, "" for none; offsets
// are in .debug_info, LEAT__DIE_NOWHERE for none.
struct leat__die {
    unsigned tag;
    bool has_children;
    bool has_low, has_high, high_is_length, has_ranges;
    uint64_t low, high; // addresses [low, high)
    uint64_t ranges;    // in .debug_rnglists or .debug_ranges
    uint64_t sibling;   // the entry behind the children
    uint64_t origin;    // the entry this one is an instance of
    uint64_t call_file; // a number of the unit's line table
    unsigned call_line;
    const char *name, *linkage_name;
};

// Reads the header and the first entry of the unit at *c and moves behind the
// unit. False for units of no code, and what cannot be read.
bool leat__die_unit_open(const struct leat__die_sections *s,
    struct leat__cursor *c, struct leat__die_unit *u);

// The unit that an offset of .debug_info is in.
bool leat__die_unit_find(const struct leat__die_sections *s, uint64_t offset,
    struct leat__die_unit *u);

// A cursor at an entry of the unit; bad if it is in another.
struct leat__cursor leat__die_at(
    const struct leat__die_unit *u, uint64_t offset);

// Reads the entry at *c and moves behind it. False where a list of children
// ends, and when c is bad.
bool leat__die_read(struct leat__die_unit *u, struct leat__cursor *c,
    struct leat__die *d);

// Whether addr is among the entry's addresses.
bool leat__die_covers(
    const struct leat__die_unit *u, const struct leat__die *d, uint64_t addr);

#endif
