// SPDX-License-Identifier: MIT
// debug/dwarf_line.c: the source line of an address, by .debug_line.
//
// The idea: each unit is a header (opcode lengths, directories, files) and a
// program that produces rows of address, file and line. A row holds until the
// next one of its sequence. Nothing is unpacked: a search runs the program and
// watches for the pair of rows around the address, then walks the header to
// the one file it needs. Versions 2 to 5.
//
// The index holds for each sequence its addresses and its unit. It is made by
// the same run of the same program and lives in pages of its own.
//
// Invariants: every byte is read through a cursor of its unit. A malformed
// unit ends there and the next one is read. Sequences at address 0 are code
// the linker threw away.
// Locks: none; the owner of an index guards it.
//
// Rejected: .debug_aranges (clang leaves it out); reading .debug_info for the
// directory of compilation of versions 2 to 4 (a parser of the whole DIE
// format for a prefix; version 5, the default of gcc 11 and clang 14, has it
// in the line table).

#include "debug/dwarf_line.h"

#include "debug/dwarf_const.h"
#include "debug/dwarf_form.h"

#include <sys/mman.h>

enum {
    LINE_INDEX_BYTES_MIN = 64 * 1024
}; // first size; doubles from there

struct leat__line_span {
    uint64_t lo, hi;      // addresses [lo, hi)
    uint64_t unit_offset; // in .debug_line
};

struct line_unit {
    const struct leat__line_sections *sections;
    uint64_t offset; // in .debug_line
    unsigned version;
    bool is_dwarf64;
    struct leat__cursor tables; // directories and files
    struct leat__cursor program;
    uint8_t min_insn_bytes;
    int8_t line_base;
    uint8_t line_range;
    uint8_t opcode_base;
    const uint8_t *operand_counts; // of opcodes 1 .. opcode_base - 1
};

struct line_row {
    uint64_t addr;
    uint64_t file;
    uint64_t line;
};

// A program at work. It serves a search for target, or fills an index.
struct line_machine {
    const struct line_unit *unit;
    struct leat__cursor c;
    struct line_row now;  // the registers
    struct line_row prev; // the last row, when in_sequence
    bool in_sequence;
    uint64_t sequence_lo;
    uint64_t target;
    bool is_entry; // the first row at target counts, not the last
    bool found;
    struct line_row hit; // the row that holds target
    uint64_t hit_sequence_lo;
    struct leat__line_index *index; // NULL in a search
    bool index_full;
};

// Reads the header of the unit at *c and moves behind the unit.
static bool
line_unit_open(const struct leat__line_sections *s, struct leat__cursor *c,
    struct line_unit *u)
{
    u->sections = s;
    u->offset = (uint64_t)(c->p - s->line.ptr);
    struct leat__cursor h = leat__read_unit(c, &u->is_dwarf64);
    u->version = (unsigned)leat__read_uint(&h, 2);
    if (u->version < 2 || u->version > 5)
        return false;
    if (u->version >= 5)
        leat__cursor_skip(&h, 2); // sizes of an address and a segment
    uint64_t header_len = leat__read_uint(&h, u->is_dwarf64 ? 8 : 4);
    u->program = h;
    leat__cursor_skip(&u->program, header_len);
    u->min_insn_bytes = leat__read_u8(&h);
    if (u->version >= 4)
        leat__cursor_skip(&h, 1); // operations in a VLIW instruction
    leat__cursor_skip(&h, 1);     // whether rows start as statements
    u->line_base = (int8_t)leat__read_u8(&h);
    u->line_range = leat__read_u8(&h);
    u->opcode_base = leat__read_u8(&h);
    u->operand_counts = h.p;
    if (u->opcode_base == 0 || u->line_range == 0)
        return false;
    leat__cursor_skip(&h, (uint64_t)u->opcode_base - 1);
    u->tables = h;
    u->tables.end = u->program.p;
    return !h.bad && !u->program.bad && h.p <= u->program.p;
}

static const char *
line_text(const struct line_unit *u, const struct leat__form_value *v)
{
    if (v->form == DW_FORM_line_strp)
        return leat__bytes_str(u->sections->line_str, v->number);
    if (v->form == DW_FORM_strp)
        return leat__bytes_str(u->sections->str, v->number);
    return v->text;
}

// One directory or file of a header.
struct line_entry {
    const char *path;
    uint64_t dir; // of a file: which directory it is in
};

// A table of version 5: a list of (content, form) pairs, then that many fields
// for each entry. Reads the table at *c, keeps entry `wanted`, and moves
// behind the table; false when there is no such entry.
static bool
line_table_v5(struct leat__cursor *c, const struct line_unit *u,
    uint64_t wanted, struct line_entry *out)
{
    unsigned field_count = leat__read_u8(c);
    struct leat__cursor formats = *c;
    for (unsigned i = 0; i < 2 * field_count; i++)
        leat__read_uleb(c);
    uint64_t entry_count = leat__read_uleb(c);
    bool found = false, took_bytes = true;
    // Of entries that take no bytes any count would do, and so does one.
    for (uint64_t n = 0; n < entry_count && took_bytes && !c->bad; n++) {
        struct leat__cursor f = formats;
        const uint8_t *start = c->p;
        struct line_entry e = {.path = "", .dir = 0};
        for (unsigned i = 0; i < field_count; i++) {
            uint64_t content = leat__read_uleb(&f), form = leat__read_uleb(&f);
            struct leat__form_value v =
                leat__form_read(c, form, u->is_dwarf64);
            if (content == DW_LNCT_path)
                e.path = line_text(u, &v);
            else if (content == DW_LNCT_directory_index)
                e.dir = v.number;
        }
        if (n == wanted && !c->bad) {
            *out = e;
            found = true;
        }
        took_bytes = c->p != start;
    }
    return found;
}

// The tables of versions 2 to 4: strings up to an empty one; a file has three
// numbers behind its name. Entries count from 1.
static bool
line_table_v2(struct leat__cursor *c, bool is_file, uint64_t wanted,
    struct line_entry *out)
{
    bool found = false;
    for (uint64_t n = 1; !c->bad; n++) {
        struct line_entry e = {.path = leat__read_cstr(c), .dir = 0};
        if (e.path[0] == '\0')
            break;
        if (is_file) {
            e.dir = leat__read_uleb(c);
            leat__read_uleb(c); // time of modification
            leat__read_uleb(c); // length
        }
        if (n == wanted && !c->bad) {
            *out = e;
            found = true;
        }
    }
    return found;
}

// Names the file with this number in a unit.
static void
line_name_file(
    const struct line_unit *u, uint64_t file, struct leat__line_place *out)
{
    struct leat__cursor dirs = u->tables, files = u->tables;
    struct line_entry e = {.path = "", .dir = 0}, dir = {.path = "", .dir = 0};
    bool v5 = u->version >= 5;
    out->base = out->dir = "";
    if (v5) {
        if (line_table_v5(&files, u, 0, &e))
            out->base = e.path;
        e = dir;
        line_table_v5(&files, u, file, &e);
        // Directory 0 is the base itself.
        if (e.dir != 0 && line_table_v5(&dirs, u, e.dir, &dir))
            out->dir = dir.path;
    } else {
        line_table_v2(&files, false, 0, &e);
        line_table_v2(&files, true, file, &e);
        if (e.dir != 0 && line_table_v2(&dirs, false, e.dir, &dir))
            out->dir = dir.path;
    }
    out->file = e.path;
}

static bool
line_index_grow(struct leat__line_index *index)
{
    size_t old_bytes = index->capacity * sizeof(*index->span);
    size_t bytes = old_bytes ? 2 * old_bytes : LINE_INDEX_BYTES_MIN;
    void *p = old_bytes ? mremap(index->span, old_bytes, bytes, MREMAP_MAYMOVE)
                        : mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return false;
    index->span = p;
    index->capacity = bytes / sizeof(*index->span);
    return true;
}

static void
line_index_add(struct line_machine *m)
{
    struct leat__line_index *index = m->index;
    if (m->sequence_lo == 0 || m->sequence_lo >= m->now.addr)
        return;
    if (index->count == index->capacity && !line_index_grow(index)) {
        m->index_full = true;
        return;
    }
    index->span[index->count++] = (struct leat__line_span){.lo = m->sequence_lo,
        .hi = m->now.addr,
        .unit_offset = m->unit->offset};
}

// Takes the registers as a row: it ends the one before.
static void
line_emit(struct line_machine *m)
{
    if (!m->in_sequence) {
        m->in_sequence = true;
        m->sequence_lo = m->now.addr;
    } else if (m->is_entry && m->now.addr == m->target &&
               m->prev.addr == m->target) {
        return;
    } else if (m->target >= m->prev.addr && m->target < m->now.addr &&
               m->sequence_lo != 0) {
        m->found = true;
        m->hit = m->prev;
        m->hit_sequence_lo = m->sequence_lo;
    }
    m->prev = m->now;
}

static void
line_reset(struct line_machine *m)
{
    m->now = (struct line_row){.addr = 0, .file = 1, .line = 1};
    m->in_sequence = false;
}

static void
line_end_sequence(struct line_machine *m)
{
    bool had_rows = m->in_sequence;
    line_emit(m);
    if (had_rows && m->index != NULL)
        line_index_add(m);
    line_reset(m);
}

static void
line_advance(struct line_machine *m, uint64_t insns)
{
    m->now.addr += insns * m->unit->min_insn_bytes;
}

static void
line_step_extended(struct line_machine *m)
{
    uint64_t len = leat__read_uleb(&m->c);
    struct leat__cursor body = m->c;
    leat__cursor_skip(&m->c, len);
    body.end = m->c.p;
    if (m->c.bad || len == 0)
        return;
    uint8_t op = leat__read_u8(&body);
    if (op == DW_LNE_end_sequence)
        line_end_sequence(m);
    else if (op == DW_LNE_set_address && len - 1 <= 8)
        m->now.addr = leat__read_uint(&body, len - 1);
}

// Opcodes that change neither address, file nor line only have operands to
// skip, as many as the header says.
static void
line_step_standard(struct line_machine *m, uint8_t op)
{
    const struct line_unit *u = m->unit;
    switch (op) {
    case DW_LNS_copy:
        line_emit(m);
        break;
    case DW_LNS_advance_pc:
        line_advance(m, leat__read_uleb(&m->c));
        break;
    case DW_LNS_advance_line:
        m->now.line += (uint64_t)leat__read_sleb(&m->c);
        break;
    case DW_LNS_set_file:
        m->now.file = leat__read_uleb(&m->c);
        break;
    case DW_LNS_const_add_pc:
        line_advance(m, (255u - u->opcode_base) / u->line_range);
        break;
    case DW_LNS_fixed_advance_pc:
        m->now.addr += leat__read_uint(&m->c, 2);
        break;
    default:
        for (unsigned n = u->operand_counts[op - 1]; n > 0; n--)
            leat__read_uleb(&m->c);
    }
}

static void
line_step(struct line_machine *m)
{
    const struct line_unit *u = m->unit;
    uint8_t op = leat__read_u8(&m->c);
    if (op >= u->opcode_base) {
        unsigned special = (unsigned)op - u->opcode_base;
        line_advance(m, special / u->line_range);
        m->now.line +=
            (uint64_t)(u->line_base + (int)(special % u->line_range));
        line_emit(m);
    } else if (op == 0) {
        line_step_extended(m);
    } else {
        line_step_standard(m, op);
    }
}

static void
line_run(struct line_machine *m, const struct line_unit *u)
{
    m->unit = u;
    m->c = u->program;
    m->found = false;
    line_reset(m);
    while (leat__cursor_left(&m->c) != 0 && !m->index_full)
        line_step(m);
}

bool
leat__line_index_build(
    const struct leat__line_sections *s, struct leat__line_index *out)
{
    struct line_machine m = {.target = UINT64_MAX, .index = out};
    struct line_unit u;
    *out = (struct leat__line_index){0};
    if (s->line.ptr == NULL)
        return false;
    struct leat__cursor c =
        leat__cursor_over(s->line.ptr, s->line.ptr + s->line.len);
    while (leat__cursor_left(&c) != 0 && !m.index_full) {
        if (line_unit_open(s, &c, &u))
            line_run(&m, &u);
    }
    // Half an index would hide lines; none makes searches slow but right.
    if (m.index_full)
        leat__line_index_free(out);
    return out->count != 0;
}

void
leat__line_index_free(struct leat__line_index *index)
{
    if (index->span != NULL)
        munmap(index->span, index->capacity * sizeof(*index->span));
    *index = (struct leat__line_index){0};
}

// Searches one unit. An address in two sequences belongs to the one that
// starts closer to it: the other was merged or thrown away by the linker.
static void
line_search_unit(struct line_machine *m, const struct line_unit *u,
    uint64_t *best_lo, struct leat__line_place *out)
{
    line_run(m, u);
    if (!m->found || m->hit_sequence_lo <= *best_lo)
        return;
    *best_lo = m->hit_sequence_lo;
    out->line = (unsigned)m->hit.line;
    out->unit = u->offset;
    line_name_file(u, m->hit.file, out);
}

static void
line_search_index(const struct leat__line_sections *s,
    const struct leat__line_index *index, struct line_machine *m,
    uint64_t *best_lo, struct leat__line_place *out)
{
    struct line_unit u;
    uint64_t last_offset = UINT64_MAX;
    for (size_t i = 0; i < index->count; i++) {
        const struct leat__line_span *span = &index->span[i];
        if (m->target < span->lo || m->target >= span->hi ||
            span->unit_offset == last_offset)
            continue;
        struct leat__cursor c = leat__cursor_over(
            s->line.ptr + span->unit_offset, s->line.ptr + s->line.len);
        if (line_unit_open(s, &c, &u))
            line_search_unit(m, &u, best_lo, out);
        last_offset = span->unit_offset;
    }
}

bool
leat__line_find(const struct leat__line_sections *s,
    const struct leat__line_index *index, uint64_t addr, bool is_entry,
    struct leat__line_place *out)
{
    struct line_machine m = {.target = addr, .is_entry = is_entry};
    struct line_unit u;
    uint64_t best_lo = 0;
    *out = (struct leat__line_place){.base = "", .dir = "", .file = ""};
    if (s->line.ptr == NULL)
        return false;
    if (index != NULL && index->count != 0) {
        line_search_index(s, index, &m, &best_lo, out);
        return best_lo != 0;
    }
    struct leat__cursor c =
        leat__cursor_over(s->line.ptr, s->line.ptr + s->line.len);
    while (leat__cursor_left(&c) != 0) {
        if (line_unit_open(s, &c, &u))
            line_search_unit(&m, &u, &best_lo, out);
    }
    return best_lo != 0;
}

bool
leat__line_file(const struct leat__line_sections *s, uint64_t unit,
    uint64_t file, struct leat__line_place *out)
{
    struct line_unit u;
    out->base = out->dir = out->file = "";
    if (s->line.ptr == NULL || unit >= s->line.len)
        return false;
    struct leat__cursor c =
        leat__cursor_over(s->line.ptr + unit, s->line.ptr + s->line.len);
    if (!line_unit_open(s, &c, &u))
        return false;
    out->unit = unit;
    line_name_file(&u, file, out);
    return out->file[0] != '\0';
}
