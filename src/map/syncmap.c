// SPDX-License-Identifier: MIT
// map/syncmap.c: maps that many share.
//
// The idea: a key's hash, under a seed of the whole, chooses one of 32 parts.
// Each is a map of map.c with a lock in a line of its own, held for one
// operation on that map: some tens of nanoseconds, and while it grows a
// little more, because growing never does much at once. An iteration holds a
// part from one entry to the next only; that it can go on after anything may
// have happened to the map is what the iterators of iter.c are made for.
//
// Invariants: an entry is in the part its hash chooses. The map of a part is
// made when it gets its first entry, and stays.
//
// Locks: that of a part guards its map. Nobody holds two. In the child of a
// fork nobody releases what another thread held: `forks` tells it from what a
// thread of the child holds, and the call ends the child as every call into the
// runtime does there. The parts that were free it can use.
//
// Rejected: readers without locks. They need a way to tell when nobody reads
// an old array any more, which costs every reader a store to memory others
// look at; a lock nobody else wants costs one compare-and-swap. Rejected: the
// hash trie of Go 1.24, whose every entry is an allocation of its own.
#include "base/lock.h"
#include "map/map_int.h"
#include "mem/alloc.h"
#include "os/clock.h"
#include "sched/sched.h"

#include <leat/syncmap.h>

#include <pthread.h>

enum {
    SYNCMAP_PARTS = 32,
    SYNCMAP_SHIFT = 59, // of a hash: log2 of that many bits are left
    SYNCMAP_LINE = 64,
    // Looks at a lock, a millisecond apart, before it counts as the parent's:
    // whoever has taken it says so at once.
    SYNCMAP_LOOKS = 100,
    SYNCMAP_LOOK_NS = 1000 * 1000
};

struct syncmap_part {
    struct leat__lock lock;
    uint32_t forks; // syncmap_forks when the lock was last taken
    struct hmap *h; // or NULL; guarded by lock, as is the map
    char rest[SYNCMAP_LINE - sizeof(struct leat__lock) - 4 - sizeof(void *)];
};
_Static_assert(sizeof(struct syncmap_part) == SYNCMAP_LINE, "a line each");

struct leat_syncmap {
    const struct leat__maptype *t;
    uint64_t seed;
    void *memory; // what was allocated
    struct syncmap_part *parts;
};

static uint32_t syncmap_forks; // between the first process and this one
static pthread_once_t syncmap_once = PTHREAD_ONCE_INIT;

// In the child, in the only thread there is.
static void
syncmap_forked(void)
{
    syncmap_forks++;
}

static void
syncmap_watch_forks(void)
{
    pthread_atfork(NULL, NULL, syncmap_forked);
}

static LEAT__COLD void
syncmap_wait(struct syncmap_part *p)
{
    for (int i = 0; syncmap_forks > 0; i++) {
        if (__atomic_load_n(&p->forks, __ATOMIC_RELAXED) == syncmap_forks)
            break; // a thread of this process has it
        if (i == SYNCMAP_LOOKS)
            leat__fork_refuse();
        leat__os_sleep(SYNCMAP_LOOK_NS);
        if (leat__spin_try_lock(&p->lock))
            return;
    }
    leat__spin_lock(&p->lock);
}

LEAT__INLINE void
syncmap_lock(struct syncmap_part *p)
{
    if (LEAT__UNLIKELY(!leat__spin_try_lock(&p->lock)))
        syncmap_wait(p);
    __atomic_store_n(&p->forks, syncmap_forks, __ATOMIC_RELAXED);
}

struct leat_syncmap *
leat__syncmap_make(const struct leat__maptype *t)
{
    size_t bytes = sizeof(struct leat_syncmap) +
        (SYNCMAP_PARTS + 1) * sizeof(struct syncmap_part);
    pthread_once(&syncmap_once, syncmap_watch_forks);
    char *memory = leat__mem_alloc(bytes, LEAT__MEM_ZERO);
    if (memory == NULL)
        leat__throw("out of memory: cannot make a map" LEAT__RAISE_LIMIT);
    uintptr_t at = (uintptr_t)memory + sizeof(struct leat_syncmap);
    size_t skip = -at & (SYNCMAP_LINE - 1);
    struct leat_syncmap *m = (struct leat_syncmap *)(void *)memory;
    *m = (struct leat_syncmap){t, leat__map_seed(), memory,
        (struct syncmap_part *)(void *)(memory + sizeof *m + skip)};
    return m;
}

void
leat__syncmap_free(struct leat_syncmap *m)
{
    if (m == NULL)
        return;
    for (int i = 0; i < SYNCMAP_PARTS; i++)
        leat__mapfree(m->t, m->parts[i].h);
    leat__mem_free(m->memory,
        sizeof *m + (SYNCMAP_PARTS + 1) * sizeof(struct syncmap_part));
}

static struct syncmap_part *
syncmap_part(struct leat_syncmap *m, const void *key)
{
    uint64_t hash = leat__map_hash(
        m->t, m->t->kind, key, m->seed, leat__hash_factor(m->seed));
    return &m->parts[hash >> SYNCMAP_SHIFT];
}

static void
syncmap_put(struct leat_syncmap *m, struct syncmap_part *p, const void *key,
    const void *value)
{
    if (p->h == NULL)
        p->h = leat__makemap(m->t, 0, NULL);
    void *elem = p->h == NULL ? NULL : leat__mapassign_try(m->t, p->h, key);
    if (elem == NULL)
        leat__throw(
            "out of memory: cannot add to a shared map" LEAT__RAISE_LIMIT);
    memcpy(elem, value, m->t->elem_size);
}

// Reads a text to its end: where it leads to nowhere, the fault comes before
// the lock is taken, and whoever recovers from it leaves no lock behind.
static void
syncmap_touch(const void *value, size_t size, int value_class)
{
    if (value_class != LEAT__KEY_STR && value_class != LEAT__KEY_CSTR)
        return;
    // Or nobody needs to read it.
    volatile uint64_t hash = leat__key_hash_field(value, size, value_class, 0);
    (void)hash;
}

// What the operation does to the map of its part, given the value there or
// NULL. Its result.
static bool
syncmap_do(struct leat_syncmap *m, struct syncmap_part *p, int op,
    const void *key, void *value, const void *in, const void *old,
    int value_class)
{
    size_t size = m->t->elem_size;
    bool same = value != NULL && old != NULL &&
        leat__key_equal_field(value, old, size, value_class);
    switch (op) {
    case LEAT__SYNC_STORE:
        syncmap_put(m, p, key, in);
        break;
    case LEAT__SYNC_LOAD_OR_STORE:
        if (value == NULL)
            syncmap_put(m, p, key, in);
        break;
    case LEAT__SYNC_DELETE:
        if (value != NULL)
            leat__mapdelete(m->t, p->h, key);
        break;
    case LEAT__SYNC_COMPARE_SWAP:
        if (same)
            memcpy(value, in, size);
        return same;
    case LEAT__SYNC_COMPARE_DELETE:
        if (same)
            leat__mapdelete(m->t, p->h, key);
        return same;
    default:
        break;
    }
    return value != NULL;
}

bool
leat__syncmap_do(struct leat_syncmap *m, int op, const void *key, void *out,
    const void *in, const void *old, int value_class)
{
    size_t size = m->t->elem_size;
    struct syncmap_part *p = syncmap_part(m, key);
    if (old != NULL)
        syncmap_touch(old, size, value_class);
    syncmap_lock(p);
    void *value = leat__mapaccess2(m->t, p->h, key);
    if (out != NULL && value != NULL)
        memcpy(out, value, size);
    bool result = syncmap_do(m, p, op, key, value, in, old, value_class);
    leat__spin_unlock(&p->lock);
    if (out != NULL && value == NULL) {
        if (op == LEAT__SYNC_LOAD_OR_STORE)
            memcpy(out, in, size);
        else
            memset(out, 0, size);
    }
    return result;
}

void
leat__syncmap_clear(struct leat_syncmap *m)
{
    for (int i = 0; i < SYNCMAP_PARTS; i++) {
        struct syncmap_part *p = &m->parts[i];
        syncmap_lock(p);
        leat__mapclear(m->t, p->h);
        leat__spin_unlock(&p->lock);
    }
}

int64_t
leat__syncmap_len(struct leat_syncmap *m)
{
    int64_t n = 0;
    for (int i = 0; i < SYNCMAP_PARTS; i++) {
        struct syncmap_part *p = &m->parts[i];
        syncmap_lock(p);
        n += p->h == NULL ? 0 : (int64_t)p->h->count;
        leat__spin_unlock(&p->lock);
    }
    return n;
}

struct leat__syncrange
leat__syncrange_begin(struct leat_syncmap *m)
{
    struct leat__syncrange r = {.m = m, .left = SYNCMAP_PARTS};
    r.part = leat__map_random() % SYNCMAP_PARTS;
    return r;
}

bool
leat__syncrange_next(struct leat__syncrange *r, void *key, void *value)
{
    struct leat_syncmap *m = r->m;
    for (; r->left > 0; r->left--, r->part++, r->begun = false) {
        struct syncmap_part *p = &m->parts[r->part % SYNCMAP_PARTS];
        syncmap_lock(p);
        if (!r->begun)
            leat__mapiterinit(p->h, &r->it);
        else
            leat__mapiternext(&r->it);
        r->begun = true;
        bool found = r->it.key != NULL;
        if (found) {
            memcpy(key, r->it.key, m->t->key_size);
            memcpy(value, r->it.elem, m->t->elem_size);
        }
        leat__spin_unlock(&p->lock);
        if (found)
            return true;
    }
    return false;
}
