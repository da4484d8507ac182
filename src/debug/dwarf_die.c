// SPDX-License-Identifier: MIT
// debug/dwarf_die.c: the entries of .debug_info, one after the other.
//
// The idea: an entry is a code and the values of its attributes; what they are
// and in which form they stand tells the description of that code in
// .debug_abbrev. A reader has to know the length of every form to get to the
// next entry, but the meaning of a dozen attributes only. Versions 2 to 5.
//
// Descriptions have codes from 1 on, usually in this order; where the first
// LEAT__DIE_ABBREVS are is remembered as they are met, any other is looked for.
//
// Invariants: every byte is read through a cursor of its unit or section. A
// form nobody knows makes the cursor bad: what follows cannot be found.
// Locks: none; a unit lives on its user's stack.
//
// Rejected: a tree of entries in memory. A trace asks for a few addresses, in
// a signal handler.

#include "debug/dwarf_die.h"

#include "debug/dwarf_const.h"
#include "debug/dwarf_form.h"

enum { DIE_ADDRESS = 8 }; // bytes, on both CPUs

static struct leat__cursor
die_cursor(struct leat__bytes s, uint64_t offset)
{
    if (s.ptr == NULL || offset > s.len)
        return (struct leat__cursor){.bad = true};
    return leat__cursor_over(s.ptr + offset, s.ptr + s.len);
}

static size_t
die_offset_bytes(const struct leat__die_unit *u)
{
    return u->is_dwarf64 ? 8 : 4;
}

// Values ---------------------------------------------------------------------

static struct leat__form_value
die_read_value(const struct leat__die_unit *u, struct leat__cursor *c,
    uint64_t form, uint64_t implicit)
{
    // In version 2 its size was that of an address.
    bool wide = form == DW_FORM_ref_addr && u->version == 2;
    struct leat__form_value v =
        leat__form_read(c, wide ? DW_FORM_addr : form, u->is_dwarf64);
    v.form = form;
    if (form == DW_FORM_implicit_const)
        v.number = implicit;
    return v;
}

// Number `index` of a table of numbers that begins at `base` of a section.
static uint64_t
die_indexed(struct leat__bytes s, uint64_t base, uint64_t index, size_t bytes)
{
    if (index > s.len / bytes)
        return 0;
    struct leat__cursor c = die_cursor(s, base);
    leat__cursor_skip(&c, index * bytes);
    return leat__read_uint(&c, bytes);
}

static const char *
die_text(const struct leat__die_unit *u, const struct leat__form_value *v)
{
    const struct leat__die_sections *s = u->sections;
    switch (v->form) {
    case DW_FORM_strp:
        return leat__bytes_str(s->str, v->number);
    case DW_FORM_line_strp:
        return leat__bytes_str(s->line_str, v->number);
    case DW_FORM_strx:
    case DW_FORM_strx1:
    case DW_FORM_strx2:
    case DW_FORM_strx3:
    case DW_FORM_strx4:
        return leat__bytes_str(s->str,
            die_indexed(s->str_offsets, u->str_offsets_base, v->number,
                die_offset_bytes(u)));
    default:
        return v->text;
    }
}

static uint64_t
die_addr(const struct leat__die_unit *u, uint64_t index)
{
    return die_indexed(u->sections->addr, u->addr_base, index, DIE_ADDRESS);
}

static bool
die_is_addr_index(uint64_t form)
{
    return form == DW_FORM_addrx ||
        (form >= DW_FORM_addrx1 && form <= DW_FORM_addrx4);
}

static uint64_t
die_address(const struct leat__die_unit *u, const struct leat__form_value *v)
{
    return die_is_addr_index(v->form) ? die_addr(u, v->number) : v->number;
}

// An entry, as an offset of .debug_info.
static uint64_t
die_reference(const struct leat__die_unit *u, const struct leat__form_value *v)
{
    switch (v->form) {
    case DW_FORM_ref1:
    case DW_FORM_ref2:
    case DW_FORM_ref4:
    case DW_FORM_ref8:
    case DW_FORM_ref_udata:
        return u->offset + v->number;
    case DW_FORM_ref_addr:
        return v->number;
    default:
        return LEAT__DIE_NOWHERE;
    }
}

static uint64_t
die_range_list(const struct leat__die_unit *u, const struct leat__form_value *v)
{
    if (v->form != DW_FORM_rnglistx)
        return v->number;
    return u->rnglists_base +
        die_indexed(u->sections->rnglists, u->rnglists_base, v->number,
            die_offset_bytes(u));
}

// Descriptions ----------------------------------------------------------------

// Moves from behind a description's code to behind the description.
static void
die_skip_abbrev(struct leat__cursor *c)
{
    uint64_t name, form;
    leat__read_uleb(c); // tag
    leat__cursor_skip(c, 1);
    do {
        name = leat__read_uleb(c);
        form = leat__read_uleb(c);
        if (form == DW_FORM_implicit_const)
            leat__read_sleb(c);
    } while ((name != 0 || form != 0) && !c->bad);
}

// The description of a code, from its tag on; bad when there is none.
static struct leat__cursor
die_abbrev(struct leat__die_unit *u, uint64_t code)
{
    struct leat__bytes s = u->sections->abbrev;
    if (code < LEAT__DIE_ABBREVS && u->known[code] != 0)
        return die_cursor(s, u->known[code]);
    struct leat__cursor c = die_cursor(s, u->abbrevs);
    for (;;) {
        uint64_t at = leat__read_uleb(&c);
        if (at == 0 || c.bad)
            return (struct leat__cursor){.bad = true};
        uint64_t offset = (uint64_t)(c.p - s.ptr);
        if (at < LEAT__DIE_ABBREVS && offset <= UINT32_MAX)
            u->known[at] = (uint32_t)offset;
        if (at == code)
            return c;
        die_skip_abbrev(&c);
    }
}

// Entries ----------------------------------------------------------------

static void
die_keep_high(const struct leat__die_unit *u, const struct leat__form_value *v,
    struct leat__die *d)
{
    d->has_high = true;
    d->high = die_address(u, v);
    d->high_is_length =
        v->form != DW_FORM_addr && !die_is_addr_index(v->form);
}

static void
die_keep(const struct leat__die_unit *u, uint64_t name,
    const struct leat__form_value *v, struct leat__die *d)
{
    switch (name) {
    case DW_AT_sibling:
        d->sibling = die_reference(u, v);
        break;
    case DW_AT_name:
        d->name = die_text(u, v);
        break;
    case DW_AT_linkage_name:
    case DW_AT_MIPS_linkage_name:
        d->linkage_name = die_text(u, v);
        break;
    case DW_AT_low_pc:
        d->has_low = true;
        d->low = die_address(u, v);
        break;
    case DW_AT_high_pc:
        die_keep_high(u, v, d);
        break;
    case DW_AT_ranges:
        d->has_ranges = true;
        d->ranges = die_range_list(u, v);
        break;
    case DW_AT_abstract_origin:
    case DW_AT_specification:
        d->origin = die_reference(u, v);
        break;
    case DW_AT_call_file:
        d->call_file = v->number;
        break;
    case DW_AT_call_line:
        d->call_line = (unsigned)v->number;
        break;
    default:
        break;
    }
}

// What a unit's first entry says about the unit.
static void
die_keep_unit(struct leat__die_unit *u, uint64_t name,
    const struct leat__form_value *v)
{
    switch (name) {
    case DW_AT_stmt_list:
        u->line_offset = v->number;
        break;
    case DW_AT_str_offsets_base:
        u->str_offsets_base = v->number;
        break;
    case DW_AT_addr_base:
        u->addr_base = v->number;
        break;
    case DW_AT_rnglists_base:
        u->rnglists_base = v->number;
        break;
    default:
        break;
    }
}

static bool
die_read(struct leat__die_unit *u, struct leat__cursor *c, bool is_unit,
    struct leat__die *d)
{
    *d = (struct leat__die){.name = "", .linkage_name = ""};
    uint64_t code = leat__read_uleb(c);
    if (code == 0)
        return false;
    struct leat__cursor a = die_abbrev(u, code);
    d->tag = (unsigned)leat__read_uleb(&a);
    d->has_children = leat__read_u8(&a) != 0;
    while (!a.bad) {
        uint64_t name = leat__read_uleb(&a), form = leat__read_uleb(&a);
        if (name == 0 && form == 0) {
            d->high += d->high_is_length ? d->low : 0;
            return !a.bad && !c->bad;
        }
        uint64_t implicit = 0;
        if (form == DW_FORM_implicit_const)
            implicit = (uint64_t)leat__read_sleb(&a);
        if (form == DW_FORM_indirect)
            form = leat__read_uleb(c);
        struct leat__form_value v = die_read_value(u, c, form, implicit);
        if (is_unit)
            die_keep_unit(u, name, &v);
        die_keep(u, name, &v, d);
    }
    leat__cursor_fail(c); // where the next one begins nobody knows
    return false;
}

bool
leat__die_read(
    struct leat__die_unit *u, struct leat__cursor *c, struct leat__die *d)
{
    return die_read(u, c, false, d);
}

// Units ------------------------------------------------------------------

// Reads the header up to the first entry.
static bool
die_read_header(struct leat__die_unit *u, struct leat__cursor *h)
{
    unsigned type = DW_UT_compile, address;
    u->version = (unsigned)leat__read_uint(h, 2);
    if (u->version >= 5) {
        type = leat__read_u8(h);
        address = leat__read_u8(h);
        u->abbrevs = leat__read_uint(h, die_offset_bytes(u));
    } else {
        u->abbrevs = leat__read_uint(h, die_offset_bytes(u));
        address = leat__read_u8(h);
    }
    return !h->bad && u->version >= 2 && u->version <= 5 &&
        address == DIE_ADDRESS &&
        (type == DW_UT_compile || type == DW_UT_partial);
}

bool
leat__die_unit_open(const struct leat__die_sections *s,
    struct leat__cursor *c, struct leat__die_unit *u)
{
    struct leat__die root;
    memset(u, 0, sizeof *u);
    u->sections = s;
    u->offset = (uint64_t)(c->p - s->info.ptr);
    u->line_offset = UINT64_MAX;
    struct leat__cursor h = leat__read_unit(c, &u->is_dwarf64);
    if (!die_read_header(u, &h))
        return false;
    // Twice: what an index means is known only when the bases are.
    struct leat__cursor again = h;
    if (!die_read(u, &again, true, &root) || !die_read(u, &h, false, &root))
        return false;
    u->base = root.has_low ? root.low : 0;
    u->dies = h;
    return root.has_children;
}

bool
leat__die_unit_find(const struct leat__die_sections *s, uint64_t offset,
    struct leat__die_unit *u)
{
    struct leat__cursor c = die_cursor(s->info, 0);
    while (leat__cursor_left(&c) != 0) {
        struct leat__cursor unit = c;
        bool is_dwarf64;
        leat__read_unit(&c, &is_dwarf64);
        if (!c.bad && offset < (uint64_t)(c.p - s->info.ptr))
            return leat__die_unit_open(s, &unit, u);
    }
    return false;
}

struct leat__cursor
leat__die_at(const struct leat__die_unit *u, uint64_t offset)
{
    const uint8_t *start = u->sections->info.ptr;
    if (u->dies.p == NULL || offset < (uint64_t)(u->dies.p - start) ||
        offset >= (uint64_t)(u->dies.end - start))
        return (struct leat__cursor){.bad = true};
    return leat__cursor_over(start + offset, u->dies.end);
}

// Addresses ------------------------------------------------------------------

// Pairs relative to a base, up to (0, 0); a first of all ones sets the base.
static bool
die_ranges_cover(
    const struct leat__die_unit *u, uint64_t ranges, uint64_t addr)
{
    struct leat__cursor c = die_cursor(u->sections->ranges, ranges);
    uint64_t base = u->base;
    while (!c.bad) {
        uint64_t lo = leat__read_uint(&c, DIE_ADDRESS);
        uint64_t hi = leat__read_uint(&c, DIE_ADDRESS);
        if (lo == 0 && hi == 0)
            break;
        if (lo == UINT64_MAX)
            base = hi;
        else if (addr - base >= lo && addr - base < hi && addr >= base)
            return true;
    }
    return false;
}

struct die_range {
    uint64_t lo, hi;
};

// One entry of a list of version 5: a range, or an empty one when it sets the
// base.
static struct die_range
die_read_range(const struct leat__die_unit *u, struct leat__cursor *c,
    unsigned kind, uint64_t *base)
{
    uint64_t lo;
    switch (kind) {
    case DW_RLE_base_addressx:
        *base = die_addr(u, leat__read_uleb(c));
        break;
    case DW_RLE_startx_endx:
        lo = die_addr(u, leat__read_uleb(c));
        return (struct die_range){lo, die_addr(u, leat__read_uleb(c))};
    case DW_RLE_startx_length:
        lo = die_addr(u, leat__read_uleb(c));
        return (struct die_range){lo, lo + leat__read_uleb(c)};
    case DW_RLE_offset_pair:
        lo = *base + leat__read_uleb(c);
        return (struct die_range){lo, *base + leat__read_uleb(c)};
    case DW_RLE_base_address:
        *base = leat__read_uint(c, DIE_ADDRESS);
        break;
    case DW_RLE_start_end:
        lo = leat__read_uint(c, DIE_ADDRESS);
        return (struct die_range){lo, leat__read_uint(c, DIE_ADDRESS)};
    case DW_RLE_start_length:
        lo = leat__read_uint(c, DIE_ADDRESS);
        return (struct die_range){lo, lo + leat__read_uleb(c)};
    default:
        leat__cursor_fail(c);
    }
    return (struct die_range){0, 0};
}

static bool
die_rnglist_covers(
    const struct leat__die_unit *u, uint64_t ranges, uint64_t addr)
{
    struct leat__cursor c = die_cursor(u->sections->rnglists, ranges);
    uint64_t base = u->base;
    while (!c.bad) {
        unsigned kind = leat__read_u8(&c);
        if (kind == DW_RLE_end_of_list)
            break;
        struct die_range r = die_read_range(u, &c, kind, &base);
        if (!c.bad && addr >= r.lo && addr < r.hi)
            return true;
    }
    return false;
}

bool
leat__die_covers(
    const struct leat__die_unit *u, const struct leat__die *d, uint64_t addr)
{
    if (d->has_ranges)
        return u->version >= 5 ? die_rnglist_covers(u, d->ranges, addr)
                               : die_ranges_cover(u, d->ranges, addr);
    return d->has_low && d->has_high && addr >= d->low && addr < d->high;
}
