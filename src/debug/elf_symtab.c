// SPDX-License-Identifier: MIT
// debug/elf_symtab.c: the function an address belongs to, by the symbol table.
//
// The idea: one pass over the table keeps two candidates. One says its size
// and reaches the address; among these the one that starts last wins. The
// other is simply the last to start: assembly often gives no size, then a
// symbol reaches to the next one. It is used only without the first, as
// labels inside a sized function must not hide the function.
//
// Among names of the same function the exported one with the fewest leading
// underscores wins, as that is the name in the manual (write, not __write).
//
// Locks: none; reads the mapped file only.
//
// Rejected: sorting the table once. It needs memory for the order, and the
// cache of answers in symbol.c makes passes rare; a pass over 100,000 symbols
// is a read of 2.4 MB.

#include "debug/elf_symtab.h"

struct symtab_best {
    Elf64_Sym sym;
    const char *name;
    int rank; // higher is better among symbols with the same start
    bool found;
};

static bool
symtab_is_code(const Elf64_Sym *sym, const char *name)
{
    unsigned type = ELF64_ST_TYPE(sym->st_info);
    if (sym->st_shndx == SHN_UNDEF || sym->st_shndx == SHN_ABS)
        return false;
    // "$x" and "$d" mark code and data inside functions on aarch64.
    if (name[0] == '\0' || name[0] == '$')
        return false;
    return type == STT_FUNC || type == STT_GNU_IFUNC || type == STT_NOTYPE;
}

static int
symtab_rank(const Elf64_Sym *sym, const char *name)
{
    int rank = 0;
    if (ELF64_ST_TYPE(sym->st_info) != STT_NOTYPE)
        rank += 100;
    if (sym->st_size != 0)
        rank += 50;
    if (ELF64_ST_BIND(sym->st_info) != STB_LOCAL)
        rank += 20;
    while (*name++ == '_' && rank > 0)
        rank--;
    return rank;
}

static void
symtab_offer(struct symtab_best *best, const Elf64_Sym *sym, const char *name)
{
    int rank = symtab_rank(sym, name);
    if (best->found &&
        (sym->st_value < best->sym.st_value ||
            (sym->st_value == best->sym.st_value && rank <= best->rank)))
        return;
    best->sym = *sym;
    best->name = name;
    best->rank = rank;
    best->found = true;
}

// Whether a symbol without a size may reach addr: to the end of its section
// at most.
static bool
symtab_reaches(
    const struct leat__elf_file *f, const Elf64_Sym *sym, uint64_t addr)
{
    struct leat__elf_section s;
    return sym->st_size == 0 && leat__elf_section_at(f, sym->st_shndx, &s) &&
           addr - s.addr < s.size;
}

// Sorts one symbol into the two candidates.
static void
symtab_consider(struct symtab_best *holder, struct symtab_best *last,
    const Elf64_Sym *sym, struct leat__bytes names, uint64_t addr)
{
    if (sym->st_value > addr)
        return;
    bool holds = addr - sym->st_value < sym->st_size;
    // Most symbols lose by their start; their names need not be read.
    if (!holds && last->found && sym->st_value < last->sym.st_value)
        return;
    const char *name = leat__bytes_str(names, sym->st_name);
    if (!symtab_is_code(sym, name))
        return;
    if (holds)
        symtab_offer(holder, sym, name);
    symtab_offer(last, sym, name);
}

static bool
symtab_search(const struct leat__elf_file *f, const char *section,
    uint64_t addr, struct leat__elf_symbol *out)
{
    struct leat__elf_section table, names;
    struct symtab_best holder = {.found = false}, last = {.found = false};
    if (!leat__elf_section_find(f, section, &table) ||
        !leat__elf_section_at(f, table.link, &names))
        return false;
    size_t count = table.bytes.len / sizeof(Elf64_Sym);
    for (size_t i = 0; i < count; i++) {
        Elf64_Sym sym;
        memcpy(&sym, table.bytes.ptr + i * sizeof(sym), sizeof(sym));
        symtab_consider(&holder, &last, &sym, names.bytes, addr);
    }
    if (!holder.found && last.found && symtab_reaches(f, &last.sym, addr))
        holder = last;
    if (!holder.found)
        return false;
    out->name = holder.name;
    out->value = holder.sym.st_value;
    return true;
}

bool
leat__symtab_find(
    const struct leat__elf_file *f, uint64_t addr, struct leat__elf_symbol *out)
{
    return symtab_search(f, ".symtab", addr, out) ||
           symtab_search(f, ".dynsym", addr, out);
}
