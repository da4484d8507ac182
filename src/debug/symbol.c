// SPDX-License-Identifier: MIT
// symbol.c: the function, file and line of a pc.
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

#include "debug/dwarf_line.h"
#include "debug/elf_symtab.h"

#include <stdatomic.h>

enum {
    SYMBOL_MODULES_MAX = 64, // more libraries at once only make it slower
    SYMBOL_ANSWERS = 512,    // direct-mapped; a power of two
};

struct symbol_module {
    const Elf64_Phdr *phdr; // with bias says which module this is
    uintptr_t bias;
    bool has_file;
    struct leat__elf_file file;
    struct leat__line_sections sections;
    struct leat__line_index index;
};

// is_entry: pc is where a function begins, see leat__symbolize_entry.
struct symbol_question {
    uintptr_t pc;
    bool is_entry;
};

struct symbol_answer {
    struct symbol_question q; // pc 0: empty
    const char *func;
    uintptr_t func_start;
    struct leat__line_place place;
};

static atomic_flag symbol_busy = ATOMIC_FLAG_INIT;
static struct symbol_module symbol_modules[SYMBOL_MODULES_MAX];
static unsigned symbol_module_count;
static uint64_t symbol_unload_count; // of the loader, when last looked
static struct symbol_answer symbol_answers[SYMBOL_ANSWERS];

static void
symbol_open(const struct leat__module *m, struct symbol_module *out)
{
    struct leat__elf_section s;
    memset(out, 0, sizeof(*out));
    out->phdr = m->phdr;
    out->bias = m->bias;
    out->has_file = leat__elf_open(m, &out->file);
    if (!out->has_file)
        return;
    if (leat__elf_section_find(&out->file, ".debug_line", &s))
        out->sections.line = s.bytes;
    if (leat__elf_section_find(&out->file, ".debug_line_str", &s))
        out->sections.line_str = s.bytes;
    if (leat__elf_section_find(&out->file, ".debug_str", &s))
        out->sections.str = s.bytes;
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
    leat__line_find(&sm->sections, &sm->index, q.pc - sm->bias, q.is_entry,
        &out->place);
}

// Copies a function's name without the version a library's names carry.
static void
symbol_copy_func(char *dst, size_t size, const char *name)
{
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

static void
symbol_write(const struct symbol_answer *answer, struct leat__symbol *out)
{
    if (answer->func != NULL) {
        symbol_copy_func(out->func, sizeof(out->func), answer->func);
        out->func_start = answer->func_start;
    }
    symbol_write_path(out->file, sizeof(out->file), &answer->place);
    if (out->file[0] != '\0')
        out->line = (int)answer->place.line;
}

// Answers with the tables; the caller holds symbol_busy.
static void
symbol_ask_tables(const struct leat__module *m, struct symbol_question q,
    struct leat__symbol *out)
{
    if (m->unload_count != symbol_unload_count) {
        symbol_forget_all();
        symbol_unload_count = m->unload_count;
    }
    struct symbol_answer *answer =
        &symbol_answers[(q.pc ^ q.pc >> 9) % SYMBOL_ANSWERS];
    if (answer->q.pc != q.pc || answer->q.is_entry != q.is_entry) {
        struct symbol_module *sm = symbol_module_get(m);
        symbol_look_up(sm, q, answer);
        symbol_write(answer, out);
        if (!sm->has_file)
            answer->q.pc = 0;
        return;
    }
    symbol_write(answer, out);
}

static void
symbol_ask_file(const struct leat__module *m, struct symbol_question q,
    struct leat__symbol *out)
{
    struct symbol_module sm;
    struct symbol_answer answer;
    symbol_open(m, &sm);
    symbol_look_up(&sm, q, &answer);
    symbol_write(&answer, out);
    symbol_close(&sm);
}

static bool
symbol_ask(struct symbol_question q, struct leat__symbol *out)
{
    struct leat__module m;
    memset(out, 0, sizeof(*out));
    if (!leat__module_find(q.pc, &m))
        return false;
    leat__elf_path(&m, out->module, sizeof(out->module));
    if (m.is_vdso)
        return true;
    // Pairs with the clear below: the tables are as the last holder left them.
    if (atomic_flag_test_and_set_explicit(&symbol_busy, memory_order_acquire)) {
        symbol_ask_file(&m, q, out);
        return true;
    }
    symbol_ask_tables(&m, q, out);
    atomic_flag_clear_explicit(&symbol_busy, memory_order_release);
    return true;
}

bool
leat__symbolize(uintptr_t pc, struct leat__symbol *out)
{
    return symbol_ask((struct symbol_question){.pc = pc}, out);
}

bool
leat__symbolize_entry(uintptr_t function, struct leat__symbol *out)
{
    return symbol_ask(
        (struct symbol_question){.pc = function, .is_entry = true}, out);
}
