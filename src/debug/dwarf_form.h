// SPDX-License-Identifier: MIT
// debug/dwarf_form.h: the value of an attribute, by the form it stands in.
#ifndef LEAT_DEBUG_DWARF_FORM_H
#define LEAT_DEBUG_DWARF_FORM_H

#include "debug/dwarf_read.h"

// A value as it stands: a number, or an offset or an index of another section,
// or a text ("" for every other form). Blocks and long data are passed over.
struct leat__form_value {
    uint64_t form;
    uint64_t number;
    const char *text;
};

// Reads the value at *c. A form nobody knows makes c bad: where the next one
// begins cannot be told.
struct leat__form_value leat__form_read(
    struct leat__cursor *c, uint64_t form, bool is_dwarf64);

#endif
