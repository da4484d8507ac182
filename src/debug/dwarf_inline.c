// SPDX-License-Identifier: MIT
// debug/dwarf_inline.c: the calls that were compiled into a function.
//
// The idea: among the entries of a unit are its functions, and inside of each
// those that were compiled into it (DW_TAG_inlined_subroutine), one in the
// other, with the addresses they take up and the line of the call. A search
// goes through the entries until it comes to the function that has the
// address, and on through that one. Whatever has other addresses is passed
// over whole where the compiler says where it ends (gcc does).
//
// The unit is known by its line table, which was searched before; so of all
// others only the first entry is read.
//
// Locks: none.

#include "debug/dwarf_inline.h"

#include "debug/dwarf_const.h"

enum { INLINE_HOPS_MAX = 4 }; // from an entry to the one that has the name

struct inline_search {
    struct leat__die_unit *unit;
    struct leat__cursor c;
    uint64_t addr;
    unsigned depth; // lists of children begun
    unsigned function; // the depth of the function that has addr; 0: not met
    struct leat__inline_chain *out;
    uint64_t origin[LEAT__INLINE_MAX]; // of each call
};

// The name of what an entry is an instance of. That may be in another unit.
static const char *
inline_name(struct leat__die_unit *u, uint64_t offset)
{
    struct leat__die d;
    for (int hops = 0; hops < INLINE_HOPS_MAX; hops++) {
        struct leat__cursor c = leat__die_at(u, offset);
        if (c.bad && !leat__die_unit_find(u->sections, offset, u))
            return "";
        if (c.bad)
            c = leat__die_at(u, offset);
        if (!leat__die_read(u, &c, &d))
            return "";
        if (d.linkage_name[0] != '\0')
            return d.linkage_name;
        if (d.name[0] != '\0')
            return d.name;
        offset = d.origin;
    }
    return "";
}

// Calls are met from the outer to the inner.
static void
inline_push(struct inline_search *s, const struct leat__die *d)
{
    struct leat__inline_chain *out = s->out;
    unsigned kept = out->count < LEAT__INLINE_MAX ? out->count
                                                  : LEAT__INLINE_MAX - 1;
    memmove(out->call + 1, out->call, kept * sizeof *out->call);
    memmove(s->origin + 1, s->origin, kept * sizeof *s->origin);
    out->call[0] = (struct leat__inline_call){
        .func = "", .call_file = d->call_file, .call_line = d->call_line};
    s->origin[0] = d->origin;
    out->count = kept + 1;
}

// Whether the children of an entry without addresses may have some.
static bool
inline_has_code(unsigned tag)
{
    return tag == DW_TAG_namespace || tag == DW_TAG_lexical_block ||
        tag == DW_TAG_module;
}

// Takes an entry in; true if its children are to be gone through.
static bool
inline_visit(struct inline_search *s, const struct leat__die *d)
{
    bool is_function = d->tag == DW_TAG_subprogram;
    if (!is_function && d->tag != DW_TAG_inlined_subroutine)
        return inline_has_code(d->tag);
    if (!leat__die_covers(s->unit, d, s->addr))
        return false;
    if (is_function) {
        s->function = s->depth;
        s->out->count = 0;
    } else if (s->function != 0) {
        inline_push(s, d);
    }
    return true;
}

// The next entry; false behind the last one that matters.
static bool
inline_step(struct inline_search *s)
{
    struct leat__die d;
    if (!leat__die_read(s->unit, &s->c, &d)) {
        s->depth--;
        return !s->c.bad && s->depth > s->function;
    }
    bool enter = inline_visit(s, &d);
    if (!d.has_children)
        return s->depth != s->function; // or the function has no calls in it
    struct leat__cursor next = leat__die_at(s->unit, d.sibling);
    if (!enter && !next.bad && next.p > s->c.p)
        s->c = next;
    else
        s->depth++;
    return true;
}

static bool
inline_search_unit(struct leat__die_unit *u, uint64_t addr,
    struct leat__inline_chain *out)
{
    struct inline_search s = {
        .unit = u, .c = u->dies, .addr = addr, .depth = 1, .out = out};
    while (inline_step(&s)) {
    }
    for (unsigned i = 0; i < out->count; i++)
        out->call[i].func = inline_name(u, s.origin[i]);
    return s.function != 0;
}

void
leat__inline_find(const struct leat__die_sections *s, uint64_t line_offset,
    uint64_t addr, struct leat__inline_chain *out)
{
    struct leat__die_unit u;
    out->count = 0;
    if (s->info.ptr == NULL)
        return;
    struct leat__cursor c =
        leat__cursor_over(s->info.ptr, s->info.ptr + s->info.len);
    while (leat__cursor_left(&c) != 0) {
        if (leat__die_unit_open(s, &c, &u) && u.line_offset == line_offset &&
            inline_search_unit(&u, addr, out))
            return;
    }
}
