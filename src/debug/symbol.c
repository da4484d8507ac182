// SPDX-License-Identifier: MIT
// debug/symbol.c: the function, file and line of a pc.
//
// The idea: a module's file is mapped once and stays; an index says which unit
// of its line table to read. Answers are kept for some hundred pcs, as the
// goroutines of a dump mostly stand in the same few places. An answer is a
// handful of pointers into the mapped file and is written out on demand.
//
// Invariants: answers point only into files of the module table, so both are
// dropped together: when a library was unloaded since, or the table is full.
// Locks: symbol_busy guards all state below. It is only ever tried: who does
// not get it (a signal interrupted the holder, another thread dumps too) maps
// the file for this one question and goes without the tables.
//
// Rejected: waiting for the lock (deadlock in a handler); reading names from
// memory when the file is gone (.dynsym is loaded, but without a count).

#include "debug/symbol.h"

#include "debug/demangle.h"
#include "debug/dwarf_inline.h"
#include "debug/dwarf_line.h"
#include "debug/elf_symtab.h"

#include <stdatomic.h>

enum {
    SYMBOL_MODULES_MAX = 64, // more libraries at once only make it slower
    SYMBOL_ANSWERS = 512,    // direct-mapped; a power of two
    SYMBOL_WHOLE = LEAT__INLINE_MAX + 1
};

struct symbol_module {
    const Elf64_Phdr *phdr; // with bias says which module this is
    uintptr_t bias;
    bool has_file;
    struct leat__elf_file file;
    struct leat__line_sections sections;
    struct leat__line_index index;
    struct leat__die_sections dies;
};

// is_entry: pc is where a function begins, see leat__symbolize_entry.
// depth: which of the functions compiled into each other; the inmost line with
// the outmost function for SYMBOL_WHOLE.
struct symbol_question {
    uintptr_t pc;
    bool is_entry;
    unsigned depth;
};

struct symbol_inlined {
    const char *func; // that was called
    struct leat__line_place place; // where
};

struct symbol_answer {
    struct symbol_question q; // pc 0: empty
    const char *func;
    uintptr_t func_start;
    struct leat__line_place place;
    unsigned inlined; // calls in whose place the function itself stands
    struct symbol_inlined call[LEAT__INLINE_MAX]; // the inmost first
};

static atomic_flag symbol_busy = ATOMIC_FLAG_INIT;
static struct symbol_module symbol_modules[SYMBOL_MODULES_MAX];
static unsigned symbol_module_count;
static uint64_t symbol_unload_count; // of the loader, when last looked
static struct symbol_answer symbol_answers[SYMBOL_ANSWERS];

static struct leat__bytes
symbol_section(const struct symbol_module *sm, const char *name)
{
    struct leat__elf_section s;
    if (!leat__elf_section_find(&sm->file, name, &s))
        return (struct leat__bytes){0};
    return s.bytes;
}

static void
symbol_open(const struct leat__module *m, struct symbol_module *out)
{
    memset(out, 0, sizeof(*out));
    out->phdr = m->phdr;
    out->bias = m->bias;
    out->has_file = leat__elf_open(m, &out->file);
    if (!out->has_file)
        return;
    out->sections = (struct leat__line_sections){
        .line = symbol_section(out, ".debug_line"),
        .line_str = symbol_section(out, ".debug_line_str"),
        .str = symbol_section(out, ".debug_str")};
    out->dies = (struct leat__die_sections){
        .info = symbol_section(out, ".debug_info"),
        .abbrev = symbol_section(out, ".debug_abbrev"),
        .str = out->sections.str,
        .line_str = out->sections.line_str,
        .str_offsets = symbol_section(out, ".debug_str_offsets"),
        .addr = symbol_section(out, ".debug_addr"),
        .rnglists = symbol_section(out, ".debug_rnglists"),
        .ranges = symbol_section(out, ".debug_ranges")};
}

static void
symbol_close(struct symbol_module *sm)
{
    leat__line_index_free(&sm->index);
    leat__elf_close(&sm->file);
}

static void
symbol_forget_all(void)
{
    for (unsigned i = 0; i < symbol_module_count; i++)
        symbol_close(&symbol_modules[i]);
    symbol_module_count = 0;
    memset(symbol_answers, 0, sizeof(symbol_answers));
}

// The module's place in the table. A file that could not be opened is tried
// again: the program may just have run out of descriptors.
static struct symbol_module *
symbol_module_get(const struct leat__module *m)
{
    struct symbol_module *sm = NULL;
    for (unsigned i = 0; i < symbol_module_count && sm == NULL; i++) {
        if (symbol_modules[i].phdr == m->phdr &&
            symbol_modules[i].bias == m->bias)
            sm = &symbol_modules[i];
    }
    if (sm != NULL && sm->has_file)
        return sm;
    if (sm == NULL) {
        if (symbol_module_count == SYMBOL_MODULES_MAX)
            symbol_forget_all();
        sm = &symbol_modules[symbol_module_count++];
    }
    symbol_open(m, sm);
    if (sm->has_file)
        leat__line_index_build(&sm->sections, &sm->index);
    return sm;
}

static void
symbol_look_up_inlined(const struct symbol_module *sm, uint64_t addr,
    struct symbol_answer *out)
{
    struct leat__inline_chain chain;
    leat__inline_find(&sm->dies, out->place.unit, addr, &chain);
    out->inlined = chain.count;
    for (unsigned i = 0; i < chain.count; i++) {
        struct symbol_inlined *to = &out->call[i];
        to->func = chain.call[i].func;
        to->place.line = chain.call[i].call_line;
        leat__line_file(&sm->sections, out->place.unit,
            chain.call[i].call_file, &to->place);
    }
}

static void
symbol_look_up(const struct symbol_module *sm, struct symbol_question q,
    struct symbol_answer *out)
{
    struct leat__elf_symbol sym;
    memset(out, 0, sizeof(*out));
    out->q = q;
    if (!sm->has_file)
        return;
    if (leat__symtab_find(&sm->file, q.pc - sm->bias, &sym)) {
        out->func = sym.name;
        out->func_start = sm->bias + sym.value;
    }
    if (leat__line_find(&sm->sections, &sm->index, q.pc - sm->bias, q.is_entry,
            &out->place) &&
        !q.is_entry)
        symbol_look_up_inlined(sm, q.pc - sm->bias, out);
}

// Copies a function's name without the version a library's names carry.
static void
symbol_copy_func(char *dst, size_t size, const char *name)
{
    if (leat__demangle(name, dst, size))
        return;
    size_t len = strcspn(name, "@");
    if (len >= size)
        len = size - 1;
    memcpy(dst, name, len);
    dst[len] = '\0';
}

// Puts a part of a path before what is already at *start.
static void
symbol_prepend(char *buf, size_t *start, const char *part, size_t len)
{
    size_t room = *start < len ? *start : len;
    memcpy(buf + *start - room, part + len - room, room);
    *start -= room;
}

// Writes base/dir/file, from the back: of a long path the end tells most.
static void
symbol_write_path(char *buf, size_t size, const struct leat__line_place *place)
{
    const char *part[3] = {place->file, place->dir, place->base};
    size_t start = size - 1;
    if (part[0] == NULL || part[0][0] == '\0')
        return;
    for (int i = 0; i < 3; i++) {
        if (part[i] == NULL || part[i][0] == '\0')
            continue;
        if (start != size - 1)
            symbol_prepend(buf, &start, "/", 1);
        symbol_prepend(buf, &start, part[i], strlen(part[i]));
        if (part[i][0] == '/')
            break;
    }
    memmove(buf, buf + start, size - 1 - start);
    buf[size - 1 - start] = '\0';
}

// What the answer says about the function at this depth; true for the outmost.
static bool
symbol_write(const struct symbol_answer *answer, unsigned depth,
    struct leat__symbol *out)
{
    bool whole = depth == SYMBOL_WHOLE, last = depth >= answer->inlined;
    const struct leat__line_place *place = &answer->place;
    const char *func = last ? answer->func : answer->call[depth].func;
    if (!whole && depth > answer->inlined)
        return true;
    if (!whole && depth > 0)
        place = &answer->call[depth - 1].place;
    if (func != NULL)
        symbol_copy_func(out->func, sizeof(out->func), func);
    out->func_start = answer->func_start;
    symbol_write_path(out->file, sizeof(out->file), place);
    if (out->file[0] != '\0')
        out->line = (int)place->line;
    return last;
}

// Answers with the tables; the caller holds symbol_busy.
static bool
symbol_ask_tables(const struct leat__module *m, struct symbol_question q,
    struct leat__symbol *out)
{
    if (m->unload_count != symbol_unload_count) {
        symbol_forget_all();
        symbol_unload_count = m->unload_count;
    }
    struct symbol_answer *answer =
        &symbol_answers[(q.pc ^ q.pc >> 9) % SYMBOL_ANSWERS];
    if (answer->q.pc == q.pc && answer->q.is_entry == q.is_entry)
        return symbol_write(answer, q.depth, out);
    struct symbol_module *sm = symbol_module_get(m);
    symbol_look_up(sm, q, answer);
    bool last = symbol_write(answer, q.depth, out);
    if (!sm->has_file)
        answer->q.pc = 0;
    return last;
}

static bool
symbol_ask_file(const struct leat__module *m, struct symbol_question q,
    struct leat__symbol *out)
{
    struct symbol_module sm;
    struct symbol_answer answer;
    symbol_open(m, &sm);
    symbol_look_up(&sm, q, &answer);
    bool last = symbol_write(&answer, q.depth, out);
    symbol_close(&sm);
    return last;
}

static bool
symbol_ask(struct symbol_question q, struct leat__symbol *out, bool *last)
{
    struct leat__module m;
    memset(out, 0, sizeof(*out));
    *last = true;
    if (!leat__module_find(q.pc, &m))
        return false;
    leat__elf_path(&m, out->module, sizeof(out->module));
    if (m.is_vdso)
        return true;
    // Pairs with the clear below: the tables are as the last holder left them.
    if (atomic_flag_test_and_set_explicit(&symbol_busy, memory_order_acquire)) {
        *last = symbol_ask_file(&m, q, out);
        return true;
    }
    *last = symbol_ask_tables(&m, q, out);
    atomic_flag_clear_explicit(&symbol_busy, memory_order_release);
    return true;
}

bool
leat__symbolize(uintptr_t pc, struct leat__symbol *out)
{
    bool last;
    return symbol_ask(
        (struct symbol_question){.pc = pc, .depth = SYMBOL_WHOLE}, out, &last);
}

bool
leat__symbolize_inlined(
    uintptr_t pc, unsigned depth, struct leat__symbol *out, bool *last)
{
    if (depth > LEAT__INLINE_MAX)
        depth = LEAT__INLINE_MAX;
    return symbol_ask(
        (struct symbol_question){.pc = pc, .depth = depth}, out, last);
}

bool
leat__symbolize_entry(uintptr_t function, struct leat__symbol *out)
{
    bool last;
    return symbol_ask((struct symbol_question){.pc = function,
                          .is_entry = true,
                          .depth = SYMBOL_WHOLE},
        out, &last);
}
