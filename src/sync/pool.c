// SPDX-License-Identifier: MIT
// sync/pool.c: objects kept for reuse.
//
// Idea: between enter and leave a thread owns its P, so what a P caches in a
// pool needs no lock and no atomic operation: put and get are a push and a
// pop. A full cache moves its older half to a list all Ps share, an empty one
// fetches from there; those two take the pool's lock, once for many objects.
//
// Invariants: pool->local[i] belongs to who holds P i. When the number of Ps
// has shrunk, the caches of Ps that are no more are emptied by whoever needs
// an object next (the number cannot change while that one is inside, and no
// thread holds such a P). An object is in one place at a time.
//
// Different from Go: nothing expires, there being no collection to do it; the
// shared list has a limit instead when there is a drop function. A cache is
// not robbed by other Ps: what each may hold back is small.
//
// Locks: pool->lock; a leaf.
#include "sync/sync_int.h"
#include "mem/alloc.h"

#include <string.h>

enum {
    POOL_LOCAL_MAX = 128,  // objects cached per P; the benchmarks use 100
    POOL_BATCH = 64,       // moved to and from the shared list at once
    POOL_SHARED_MAX = 4096 // objects in the shared list, if they can be dropped
};

struct pool_local {
    uint32_t count;
    void *object[POOL_LOCAL_MAX];
};

struct leat_pool {
    void *(*make)(void *arg);
    void (*drop)(void *arg, void *x);
    void *arg;
    struct leat__lock lock;
    // Guarded by lock; count may be read without it, as a hint.
    _Atomic uint32_t count;
    uint32_t cap;
    void **shared;
    _Atomic int ids; // Ps below this have, or had, a cache
    struct pool_local *local[LEAT_PROCS_MAX];
};

struct leat_pool *
leat_new_pool(
    void *(*make)(void *arg), void (*drop)(void *arg, void *x), void *arg)
{
    struct leat_pool *pool = leat__mem_alloc(sizeof *pool, LEAT__MEM_ZERO);
    if (pool == NULL)
        return NULL;
    pool->make = make;
    pool->drop = drop;
    pool->arg = arg;
    return pool;
}

// The shared list, with the lock held -------------------------------------

// Room for n more; false when there is none to be had.
static bool
pool_reserve(struct leat_pool *pool, uint32_t n)
{
    uint32_t need = atomic_load(&pool->count) + n;
    if (need <= pool->cap)
        return true;
    if (pool->drop != NULL && need > POOL_SHARED_MAX)
        return false;
    uint32_t cap = pool->cap == 0 ? POOL_BATCH : pool->cap * 2;
    cap = cap < need ? need : cap;
    void **shared = leat__mem_realloc(pool->shared,
        (size_t)pool->cap * sizeof *shared, (size_t)cap * sizeof *shared);
    if (shared == NULL)
        return false;
    pool->shared = shared;
    pool->cap = cap;
    return true;
}

static bool
pool_give(struct leat_pool *pool, void *const *from, uint32_t n)
{
    if (n == 0)
        return true; // there may be no list yet, nor memory for one
    if (!pool_reserve(pool, n))
        return false;
    uint32_t count = atomic_load(&pool->count);
    memcpy(pool->shared + count, from, n * sizeof *from);
    atomic_store(&pool->count, count + n);
    return true;
}

static uint32_t
pool_fetch(struct leat_pool *pool, void **to, uint32_t max)
{
    uint32_t count = atomic_load(&pool->count);
    uint32_t n = count < max ? count : max;
    if (n != 0)
        memcpy(to, pool->shared + (count - n), n * sizeof *to);
    atomic_store(&pool->count, count - n);
    return n;
}

// Empties the caches of Ps that are no more. The caller holds a P.
static void
pool_salvage(struct leat_pool *pool)
{
    int live = leat__sched.nprocs, ids = atomic_load(&pool->ids);
    for (int i = live; i < ids; i++) {
        struct pool_local *local = pool->local[i];
        if (local == NULL)
            continue;
        if (!pool_give(pool, local->object, local->count))
            return;
        pool->local[i] = NULL;
        leat__mem_free(local, 0);
    }
    atomic_store(&pool->ids, live);
}

// Get and put -------------------------------------------------------------

static bool
pool_has_stranded(struct leat__m *m, struct leat_pool *pool)
{
    return m->p != NULL &&
        atomic_load_explicit(&pool->ids, memory_order_relaxed) >
        leat__sched.nprocs;
}

// From the shared list, with a batch for the cache; NULL when it is empty.
static LEAT__NOINLINE void *
pool_get_shared(struct leat__m *m, struct leat_pool *pool)
{
    bool stranded = pool_has_stranded(m, pool);
    if (!stranded &&
        atomic_load_explicit(&pool->count, memory_order_relaxed) == 0)
        return NULL;
    struct pool_local *local = m->p != NULL ? pool->local[m->p->id] : NULL;
    void *x = NULL;
    leat__mutex_lock(&pool->lock);
    if (stranded)
        pool_salvage(pool);
    pool_fetch(pool, &x, 1);
    if (local != NULL)
        local->count = pool_fetch(pool, local->object, POOL_BATCH);
    leat__mutex_unlock(&pool->lock);
    return x;
}

void *
leat_pool_get(struct leat_pool *pool)
{
    struct leat__m *m = leat__enter();
    struct pool_local *local =
        LEAT__LIKELY(m->p != NULL) ? pool->local[m->p->id] : NULL;
    void *x;
    if (LEAT__LIKELY(local != NULL && local->count != 0))
        x = local->object[--local->count];
    else
        x = pool_get_shared(m, pool);
    leat__leave(m);
    if (LEAT__UNLIKELY(x == NULL) && pool->make != NULL)
        x = pool->make(pool->arg);
    return x;
}

// The cache of m's P, made if need be; NULL for a plain thread and when out
// of memory.
static struct pool_local *
pool_local_of(struct leat__m *m, struct leat_pool *pool)
{
    if (m->p == NULL)
        return NULL;
    int id = m->p->id;
    if (LEAT__UNLIKELY(pool->local[id] == NULL)) {
        pool->local[id] =
            leat__mem_alloc(sizeof(struct pool_local), LEAT__MEM_ZERO);
        leat__mutex_lock(&pool->lock);
        if (atomic_load(&pool->ids) <= id)
            atomic_store(&pool->ids, id + 1);
        leat__mutex_unlock(&pool->lock);
    }
    return pool->local[id];
}

// Puts x where there is room; false when there is none.
static LEAT__NOINLINE bool
pool_put_slow(struct leat__m *m, struct leat_pool *pool, void *x)
{
    struct pool_local *local = pool_local_of(m, pool);
    if (local != NULL && local->count < POOL_LOCAL_MAX) {
        local->object[local->count++] = x;
        return true;
    }
    leat__mutex_lock(&pool->lock);
    bool ok;
    if (local == NULL) {
        ok = pool_give(pool, &x, 1);
    } else if ((ok = pool_give(pool, local->object, POOL_BATCH))) {
        // The newest stay: they are in the processor's cache.
        local->count -= POOL_BATCH;
        memmove(local->object, local->object + POOL_BATCH,
            local->count * sizeof *local->object);
        local->object[local->count++] = x;
    }
    leat__mutex_unlock(&pool->lock);
    return ok;
}

void
leat_pool_put(struct leat_pool *pool, void *x)
{
    if (x == NULL)
        return;
    struct leat__m *m = leat__enter();
    struct pool_local *local =
        LEAT__LIKELY(m->p != NULL) ? pool->local[m->p->id] : NULL;
    bool ok = true;
    if (LEAT__LIKELY(local != NULL && local->count < POOL_LOCAL_MAX))
        local->object[local->count++] = x;
    else
        ok = pool_put_slow(m, pool, x);
    leat__leave(m);
    if (LEAT__UNLIKELY(!ok) && pool->drop != NULL)
        pool->drop(pool->arg, x);
}

static void
pool_drop(struct leat_pool *pool, void *const *object, uint32_t n)
{
    for (uint32_t i = 0; pool->drop != NULL && i < n; i++)
        pool->drop(pool->arg, object[i]);
}

void
leat_pool_free(struct leat_pool *pool)
{
    if (pool == NULL)
        return;
    for (int i = 0; i < LEAT_PROCS_MAX; i++) {
        struct pool_local *local = pool->local[i];
        if (local == NULL)
            continue;
        pool_drop(pool, local->object, local->count);
        leat__mem_free(local, 0);
    }
    pool_drop(pool, pool->shared, atomic_load(&pool->count));
    leat__mem_free(pool->shared, 0);
    leat__mem_free(pool, 0);
}
