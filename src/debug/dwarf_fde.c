// SPDX-License-Identifier: MIT
// debug/dwarf_fde.c: the frame description (FDE) that covers a pc.
//
// The idea: .eh_frame is loaded with every module, and .eh_frame_hdr beside it
// is a table sorted by address, made by the linker for binary search. gcc
// leaves the table out of non-PIE static programs; there the section is found
// by the program's file, once, and searched from the start.
//
// Invariants: no read leaves the loaded segment the section lies in.
// Locks: fde_bare_busy, only ever tried: a signal that interrupts its holder
// goes without.
//
// Rejected: libgcc's _Unwind_Find_FDE (takes a mutex; a static program may not
// have it).

#include "debug/dwarf_fde.h"

#include "debug/dwarf_const.h"
#include "debug/elf_file.h"

#include <stdatomic.h>

enum {
    // Found FDEs of a searched section; a power of two. A dump meets few
    // distinct pcs, and a search costs some 20 us in a small static program.
    FDE_MEMO_COUNT = 256,
    // The encoding every linker writes: 4-byte offsets from the header.
    FDE_TABLE_ENCODING = DW_EH_PE_datarel | DW_EH_PE_sdata4,
    FDE_TABLE_ENTRY_BYTES = 8,
};

// An .eh_frame without its table. Only the main program can be one (gcc -static
// without PIE), and that is never unloaded.
struct fde_bare {
    const Elf64_Phdr *phdr; // whose section this is; NULL before it is known
    uintptr_t lo, hi;       // the section; empty when there is none
};

static struct fde_bare fde_bare_main; // guarded by fde_bare_busy until ready
static atomic_flag fde_bare_busy = ATOMIC_FLAG_INIT;
// Release publishes fde_bare_main; pairs with the acquire in fde_bare_get.
static atomic_bool fde_bare_ready;
// Addresses of FDEs, each decoded again before use: a stale or foreign one is
// then seen not to cover the pc.
static atomic_uintptr_t fde_memo[FDE_MEMO_COUNT];

static uint64_t
fde_read_format(struct leat__cursor *c, uint8_t encoding)
{
    switch (encoding & DW_EH_PE_format_mask) {
    case DW_EH_PE_absptr:
    case DW_EH_PE_udata8:
    case DW_EH_PE_sdata8:
        return leat__read_uint(c, 8);
    case DW_EH_PE_udata4:
        return leat__read_uint(c, 4);
    case DW_EH_PE_sdata4:
        return (uint64_t)leat__read_int(c, 4);
    case DW_EH_PE_udata2:
        return leat__read_uint(c, 2);
    case DW_EH_PE_sdata2:
        return (uint64_t)leat__read_int(c, 2);
    case DW_EH_PE_uleb128:
        return leat__read_uleb(c);
    case DW_EH_PE_sleb128:
        return (uint64_t)leat__read_sleb(c);
    default:
        leat__cursor_fail(c);
        return 0;
    }
}

uintptr_t
leat__read_encoded(
    struct leat__cursor *c, uint8_t encoding, uintptr_t data_base)
{
    uintptr_t here = (uintptr_t)c->p;
    if (encoding == DW_EH_PE_omit)
        return 0;
    uintptr_t value = fde_read_format(c, encoding);
    switch (encoding & DW_EH_PE_apply_mask) {
    case DW_EH_PE_absptr:
        return value;
    case DW_EH_PE_pcrel:
        return value + here;
    case DW_EH_PE_datarel:
        return value + data_base;
    default:
        leat__cursor_fail(c);
        return 0;
    }
}

// Reads what the augmentation string announces. An unknown letter ends it:
// the length before the data makes the rest skippable.
static void
fde_cie_augmentation(
    struct leat__cursor *c, const char *letters, struct leat__fde *out)
{
    uint64_t len = leat__read_uleb(c);
    struct leat__cursor data = *c;
    leat__cursor_skip(c, len);
    data.end = c->p;
    for (; *letters != '\0'; letters++) {
        if (*letters == 'R') {
            out->pointer_encoding = leat__read_u8(&data);
        } else if (*letters == 'L') {
            leat__read_u8(&data);
        } else if (*letters == 'P') {
            uint8_t encoding = leat__read_u8(&data);
            leat__read_encoded(&data, encoding, 0);
        } else if (*letters == 'S') {
            out->is_signal = true;
        } else if (*letters != 'B') {
            break;
        }
    }
}

// Decodes the CIE at p. False when it is not one or of an unknown kind.
static bool
fde_read_cie(const uint8_t *p, const uint8_t *end, struct leat__fde *out)
{
    struct leat__cursor all = leat__cursor_over(p, end);
    bool is_dwarf64;
    struct leat__cursor c = leat__read_unit(&all, &is_dwarf64);
    // The id is 4 bytes in .eh_frame, in the long form too, and 0 says CIE.
    if (leat__read_uint(&c, 4) != 0)
        return false;
    uint8_t version = leat__read_u8(&c);
    const char *letters = leat__read_cstr(&c);
    if (version != 1 && version != 3)
        return false;
    out->code_align = leat__read_uleb(&c);
    out->data_align = leat__read_sleb(&c);
    out->ra_reg = version == 1 ? leat__read_u8(&c) : leat__read_uleb(&c);
    out->pointer_encoding = DW_EH_PE_absptr;
    out->is_signal = false;
    out->has_augmentation = letters[0] == 'z';
    if (out->has_augmentation)
        fde_cie_augmentation(&c, letters + 1, out);
    else if (letters[0] != '\0')
        return false;
    out->cie_insns = c;
    return !c.bad;
}

// Decodes the entry at *c and moves behind it. False at the end of the section
// and for what cannot be read (then c is bad or empty), and for a CIE.
static bool
fde_read_entry(
    struct leat__cursor *c, const uint8_t *section, struct leat__fde *out)
{
    bool is_dwarf64;
    struct leat__cursor e = leat__read_unit(c, &is_dwarf64);
    if (leat__cursor_left(&e) == 0) {
        leat__cursor_fail(c); // a length of 0 ends the section
        return false;
    }
    const uint8_t *id_at = e.p;
    uint64_t cie_distance = leat__read_uint(&e, 4);
    if (cie_distance == 0 || cie_distance > (uint64_t)(id_at - section))
        return false;
    if (!fde_read_cie(id_at - cie_distance, c->end, out))
        return false;
    out->lo = leat__read_encoded(&e, out->pointer_encoding, 0);
    // The length is a plain number of the same size as the address.
    out->hi = out->lo + leat__read_encoded(&e,
                            out->pointer_encoding & DW_EH_PE_format_mask, 0);
    // What the languages keep here is not for us.
    if (out->has_augmentation)
        leat__cursor_skip(&e, leat__read_uleb(&e));
    out->insns = e;
    return !e.bad;
}

static bool
fde_covers(const struct leat__fde *f, uintptr_t pc)
{
    return pc >= f->lo && pc < f->hi;
}

// Searches a section from its start.
static bool
fde_search_section(const uint8_t *lo, const uint8_t *hi, uintptr_t pc,
    struct leat__fde *out, const uint8_t **at)
{
    struct leat__cursor c = leat__cursor_over(lo, hi);
    while (leat__cursor_left(&c) != 0) {
        *at = c.p;
        if (fde_read_entry(&c, lo, out) && fde_covers(out, pc))
            return true;
    }
    return false;
}

// Finds the last table entry that starts at or before pc, and the FDE it
// names. The table is `count` pairs of offsets from the header: code, FDE.
static bool
fde_search_table(const uint8_t *hdr, const uint8_t *table, uint64_t count,
    uintptr_t pc, uintptr_t *fde_at)
{
    uint64_t lo = 0, hi = count;
    while (lo < hi) {
        uint64_t mid = lo + (hi - lo) / 2;
        struct leat__cursor c =
            leat__cursor_over(table + mid * FDE_TABLE_ENTRY_BYTES,
                table + count * FDE_TABLE_ENTRY_BYTES);
        uintptr_t start =
            leat__read_encoded(&c, FDE_TABLE_ENCODING, (uintptr_t)hdr);
        if (start <= pc) {
            *fde_at =
                leat__read_encoded(&c, FDE_TABLE_ENCODING, (uintptr_t)hdr);
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo != 0;
}

// Searches by .eh_frame_hdr: version, three encodings, the section's address,
// the table's length, the table.
static bool
fde_find_by_hdr(const struct leat__module *m, uintptr_t hdr_addr, uintptr_t pc,
    struct leat__fde *out)
{
    uintptr_t seg_lo, seg_hi, fde_at = 0, lo, hi;
    if (!leat__module_segment(m, hdr_addr, &seg_lo, &seg_hi))
        return false;
    const uint8_t *hdr = (const uint8_t *)hdr_addr;
    struct leat__cursor c = leat__cursor_over(hdr, (const uint8_t *)seg_hi);
    uint8_t version = leat__read_u8(&c), section_encoding = leat__read_u8(&c);
    uint8_t count_encoding = leat__read_u8(&c);
    uint8_t table_encoding = leat__read_u8(&c);
    uintptr_t section = leat__read_encoded(&c, section_encoding, hdr_addr);
    uint64_t count = leat__read_encoded(&c, count_encoding, hdr_addr);
    if (version != 1 || c.bad || !leat__module_segment(m, section, &lo, &hi))
        return false;
    const uint8_t *at;
    if (table_encoding != FDE_TABLE_ENCODING)
        return fde_search_section(
            (const uint8_t *)section, (const uint8_t *)hi, pc, out, &at);
    if (count > leat__cursor_left(&c) / FDE_TABLE_ENTRY_BYTES ||
        !fde_search_table(hdr, c.p, count, pc, &fde_at) || fde_at < section ||
        fde_at >= hi)
        return false;
    c = leat__cursor_over((const uint8_t *)fde_at, (const uint8_t *)hi);
    return fde_read_entry(&c, (const uint8_t *)section, out) &&
           fde_covers(out, pc);
}

// Looks the section of a program without a table up in the program's file.
static struct fde_bare
fde_bare_look_up(const struct leat__module *m)
{
    struct fde_bare bare = {.phdr = m->phdr};
    struct leat__elf_file file;
    struct leat__elf_section s;
    uintptr_t lo, hi;
    if (!leat__elf_open(m, &file))
        return bare;
    if (leat__elf_section_find(&file, ".eh_frame", &s) &&
        leat__module_segment(m, m->bias + s.addr, &lo, &hi) &&
        s.size <= hi - (m->bias + s.addr)) {
        bare.lo = m->bias + s.addr;
        bare.hi = bare.lo + s.size;
    }
    leat__elf_close(&file);
    return bare;
}

// The section of the main program when that has no table. The first caller
// keeps the answer; who meets it at work asks the file again.
static struct fde_bare
fde_bare_get(const struct leat__module *m)
{
    if (atomic_load_explicit(&fde_bare_ready, memory_order_acquire))
        return fde_bare_main;
    struct fde_bare bare = fde_bare_look_up(m);
    if (bare.lo == bare.hi ||
        atomic_flag_test_and_set_explicit(&fde_bare_busy, memory_order_acquire))
        return bare;
    fde_bare_main = bare;
    // The flag stays set: there is nothing more to write.
    atomic_store_explicit(&fde_bare_ready, true, memory_order_release);
    return bare;
}

static bool
fde_find_bare(const struct leat__module *m, uintptr_t pc, struct leat__fde *out)
{
    if (m->name[0] != '\0')
        return false;
    struct fde_bare bare = fde_bare_get(m);
    if (bare.phdr != m->phdr || bare.lo == bare.hi)
        return false;
    const uint8_t *lo = (const uint8_t *)bare.lo;
    const uint8_t *hi = (const uint8_t *)bare.hi, *at = NULL;
    atomic_uintptr_t *memo = &fde_memo[(pc ^ pc >> 8) % FDE_MEMO_COUNT];
    uintptr_t known = atomic_load_explicit(memo, memory_order_relaxed);
    if (known != 0) {
        struct leat__cursor c = leat__cursor_over((const uint8_t *)known, hi);
        if (fde_read_entry(&c, lo, out) && fde_covers(out, pc))
            return true;
    }
    if (!fde_search_section(lo, hi, pc, out, &at))
        return false;
    atomic_store_explicit(memo, (uintptr_t)at, memory_order_relaxed);
    return true;
}

bool
leat__fde_find(
    const struct leat__module *m, uintptr_t pc, struct leat__fde *out)
{
    const Elf64_Phdr *hdr = leat__module_phdr(m, PT_GNU_EH_FRAME);
    if (hdr != NULL)
        return fde_find_by_hdr(m, m->bias + hdr->p_vaddr, pc, out);
    return fde_find_bare(m, pc, out);
}
