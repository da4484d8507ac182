// SPDX-License-Identifier: MIT
// gccgo/iface.c: tables of methods and type assertions.
//
// Idea: an interface value with methods points to a table: the type, then
// the code of each method in the interface's order. The compiler makes the
// tables it can foresee; the others are made here, once, and found in a hash
// table of (interface, type). Tables are never freed, so that a reader needs
// no lock.
//
// Invariants: an entry of the hash table, once set, stays; a table that has
// grown is replaced as a whole. Locks: iface_lock guards writing.
#include "gccgo/abi.h"

#include "base/lock.h"

#include <string.h>

enum { IFACE_TABLE_FIRST = 512 }; // entries, a power of two

struct iface_entry {
    const struct go_interface_type *want;
    const struct go_type *have;
    const struct go_type **table;
};

struct iface_tables {
    size_t size, count;
    struct iface_entry *_Atomic slot[];
};

static struct iface_tables *_Atomic iface_tables;
static struct leat__lock iface_lock;

// Finding methods -----------------------------------------------------------

static bool
iface_same_pkg(const struct go_string *a, const struct go_string *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return leat__go_same(*a, *b);
}

// Both lists are sorted in the same way: *at is where to go on looking.
static const struct go_method *
iface_find(const struct go_uncommon *u, const struct go_imethod *m,
    go_int *at)
{
    for (; u != NULL && *at < u->methods_len; ++*at) {
        const struct go_method *have = &u->methods[*at];
        if (have->type == m->type && leat__go_same(*have->name, *m->name) &&
            iface_same_pkg(have->pkgpath, m->pkgpath))
            return have;
    }
    return NULL;
}

static const struct go_type **
iface_make(const struct go_interface_type *want, const struct go_type *have,
    struct go_string *missing)
{
    const struct go_type **table = leat__go_alloc(
        (uintptr_t)(want->methods_len + 1) * sizeof *table, false);
    go_int at = 0;
    table[0] = have;
    for (go_int i = 0; i < want->methods_len; i++) {
        const struct go_method *m =
            iface_find(have->uncommon, &want->methods[i], &at);
        if (m == NULL) {
            if (missing != NULL)
                *missing = *want->methods[i].name;
            return NULL;
        }
        table[i + 1] = m->code;
    }
    return table;
}

// The table of tables -------------------------------------------------------

static size_t
iface_hash(
    const struct go_interface_type *want, const struct go_type *have)
{
    return (want->t.hash ^ have->hash * 0x9e3779b1u) * 0x85ebca6bu >> 7;
}

static const struct go_type **
iface_lookup(const struct go_interface_type *want,
    const struct go_type *have)
{
    struct iface_tables *all = atomic_load(&iface_tables);
    if (all == NULL)
        return NULL;
    for (size_t i = iface_hash(want, have);; i++) {
        struct iface_entry *e = atomic_load(&all->slot[i & (all->size - 1)]);
        if (e == NULL)
            return NULL;
        if (e->want == want && e->have == have)
            return e->table;
    }
}

static void
iface_put(struct iface_tables *all, struct iface_entry *e)
{
    size_t i = iface_hash(e->want, e->have) & (all->size - 1);
    while (atomic_load(&all->slot[i]) != NULL)
        i = (i + 1) & (all->size - 1);
    atomic_store(&all->slot[i], e);
    all->count++;
}

// The hash table, with room for one more.
static struct iface_tables *
iface_room(void)
{
    struct iface_tables *old = atomic_load(&iface_tables);
    if (old != NULL && old->count < old->size / 2)
        return old;
    size_t size = old != NULL ? old->size * 2 : IFACE_TABLE_FIRST;
    struct iface_tables *all =
        leat__go_alloc(sizeof *all + size * sizeof all->slot[0], true);
    all->size = size;
    for (size_t i = 0; old != NULL && i < old->size; i++) {
        struct iface_entry *e = atomic_load(&old->slot[i]);
        if (e != NULL)
            iface_put(all, e);
    }
    atomic_store(&iface_tables, all);
    return all;
}

const struct go_type **
leat__go_itab(const struct go_interface_type *want,
    const struct go_type *have, struct go_string *missing)
{
    const struct go_type **table = iface_lookup(want, have);
    if (LEAT__LIKELY(table != NULL))
        return table;
    table = iface_make(want, have, missing);
    if (table == NULL)
        return NULL;
    struct iface_entry *e = leat__go_alloc(sizeof *e, false);
    *e = (struct iface_entry){want, have, table};
    leat__spin_lock(&iface_lock);
    const struct go_type **other = iface_lookup(want, have);
    if (other == NULL)
        iface_put(iface_room(), e);
    leat__spin_unlock(&iface_lock);
    return other != NULL ? other : table;
}

// Conversions and assertions ------------------------------------------------

static const struct go_interface_type *
iface_type(const struct go_type *t)
{
    return (const struct go_interface_type *)t;
}

// The first word of an interface of type want that holds a value of type
// `have`: the type itself if want has no methods. NULL if it lacks one.
static const void *
iface_word(const struct go_type *want, const struct go_type *have,
    struct go_string *missing)
{
    if (iface_type(want)->methods_len == 0)
        return have;
    return leat__go_itab(iface_type(want), have, missing);
}

const void *leat__go_requireitab(const struct go_type *want,
    const struct go_type *have) GO_NAME("runtime.requireitab");
const void *
leat__go_requireitab(const struct go_type *want, const struct go_type *have)
{
    struct go_string missing = {NULL, 0};
    if (have == NULL)
        return NULL;
    const void *word = iface_word(want, have, &missing);
    if (word == NULL)
        leat__go_panic_assert(NULL, have, want, missing);
    return word;
}

const void *leat__go_assertitab(const struct go_type *want,
    const struct go_type *have) GO_NAME("runtime.assertitab");
const void *
leat__go_assertitab(const struct go_type *want, const struct go_type *have)
{
    if (have == NULL)
        leat__go_panic_assert(NULL, NULL, want, (struct go_string){NULL, 0});
    return leat__go_requireitab(want, have);
}

_Noreturn void leat__go_panicdottype(const struct go_type *want,
    const struct go_type *have, const struct go_type *iface)
    GO_NAME("runtime.panicdottype");
_Noreturn void
leat__go_panicdottype(const struct go_type *want, const struct go_type *have,
    const struct go_type *iface)
{
    leat__go_panic_assert(iface, have, want, (struct go_string){NULL, 0});
}

bool leat__go_iface_t2ip(const struct go_type *want,
    const struct go_type *have) GO_NAME("runtime.ifaceT2Ip");
bool
leat__go_iface_t2ip(const struct go_type *want, const struct go_type *have)
{
    return have != NULL && iface_word(want, have, NULL) != NULL;
}

struct go_iface_bool leat__go_iface_e2i2(const struct go_type *want,
    struct go_eface e) GO_NAME("runtime.ifaceE2I2");
struct go_iface_bool
leat__go_iface_e2i2(const struct go_type *want, struct go_eface e)
{
    struct go_iface_bool r = {{NULL, NULL}, false};
    const void *word =
        e.type != NULL ? iface_word(want, e.type, NULL) : NULL;
    if (word != NULL)
        r = (struct go_iface_bool){
            {(const struct go_type **)(uintptr_t)word, e.data}, true};
    return r;
}

struct go_iface_bool leat__go_iface_i2i2(const struct go_type *want,
    struct go_iface i) GO_NAME("runtime.ifaceI2I2");
struct go_iface_bool
leat__go_iface_i2i2(const struct go_type *want, struct go_iface i)
{
    return leat__go_iface_e2i2(want, leat__go_to_eface(i));
}

struct go_eface_bool leat__go_iface_e2e2(struct go_eface e)
    GO_NAME("runtime.ifaceE2E2");
struct go_eface_bool
leat__go_iface_e2e2(struct go_eface e)
{
    return (struct go_eface_bool){e, e.type != NULL};
}

struct go_eface_bool leat__go_iface_i2e2(struct go_iface i)
    GO_NAME("runtime.ifaceI2E2");
struct go_eface_bool
leat__go_iface_i2e2(struct go_iface i)
{
    return leat__go_iface_e2e2(leat__go_to_eface(i));
}

struct go_ptr_bool leat__go_iface_e2t2p(const struct go_type *t,
    struct go_eface e) GO_NAME("runtime.ifaceE2T2P");
struct go_ptr_bool
leat__go_iface_e2t2p(const struct go_type *t, struct go_eface e)
{
    if (e.type != t)
        return (struct go_ptr_bool){NULL, false};
    return (struct go_ptr_bool){e.data, true};
}

struct go_ptr_bool leat__go_iface_i2t2p(const struct go_type *t,
    struct go_iface i) GO_NAME("runtime.ifaceI2T2P");
struct go_ptr_bool
leat__go_iface_i2t2p(const struct go_type *t, struct go_iface i)
{
    return leat__go_iface_e2t2p(t, leat__go_to_eface(i));
}

bool leat__go_iface_e2t2(const struct go_type *t, struct go_eface e,
    void *out) GO_NAME("runtime.ifaceE2T2");
bool
leat__go_iface_e2t2(const struct go_type *t, struct go_eface e, void *out)
{
    if (e.type != t)
        memset(out, 0, t->size);
    else if (leat__go_direct(t))
        memcpy(out, &e.data, sizeof e.data);
    else
        memcpy(out, e.data, t->size);
    return e.type == t;
}

bool leat__go_iface_i2t2(const struct go_type *t, struct go_iface i,
    void *out) GO_NAME("runtime.ifaceI2T2");
bool
leat__go_iface_i2t2(const struct go_type *t, struct go_iface i, void *out)
{
    return leat__go_iface_e2t2(t, leat__go_to_eface(i), out);
}

// reflect: stores e, which has the methods, as an interface of type t.
void leat__go_iface_e2i(const struct go_type *t, struct go_eface e,
    struct go_iface *out) GO_NAME("reflect.ifaceE2I");
void
leat__go_iface_e2i(
    const struct go_type *t, struct go_eface e, struct go_iface *out)
{
    const void *table = leat__go_assertitab(t, e.type);
    *out = (struct go_iface){
        (const struct go_type **)(uintptr_t)table, e.data};
}

void leat__go_reflectlite_e2i(const struct go_type *t, struct go_eface e,
    struct go_iface *out) GO_NAME("internal_1reflectlite.ifaceE2I");
void
leat__go_reflectlite_e2i(
    const struct go_type *t, struct go_eface e, struct go_iface *out)
{
    leat__go_iface_e2i(t, e, out);
}
