// SPDX-License-Identifier: MIT
// mem/alloc.c: which cache serves the calling thread.
//
// The idea: a thread that holds a P uses the P's cache, as long as sysmon can
// not take the P away: `inside` is set, as leat__enter does. Unlike there
// nothing else happens if the P was asked for or is gone: the thread's own
// cache serves, and the next real entry sees to the rest. So no allocation
// is a point where a goroutine may move.
//
// This file lies above the scheduler, the rest of its room below (see
// tools/layers.py). Locks: those of objects.c, for what a cache has not.
//
// Rejected: only caches of threads. A program may have ten thousand threads
// that wait in system calls, and as many full caches.
#include "mem/alloc.h"
#include "sched/sched.h"

#include <string.h>

enum { ALLOC_NO_P = M_UNATTACHED | M_ASK | M_TAKEN | M_FENCE };

// Keeps the P of m, if it has one: its cache, else NULL. alloc_unpin(m, *was)
// must follow at once.
LEAT__INLINE struct leat__objcache *
alloc_pin(struct leat__m *m, uint32_t *was)
{
    struct leat__p *p = m->p;
    if (LEAT__UNLIKELY(p == NULL))
        return NULL;
    *was = atomic_load_explicit(&m->inside, memory_order_relaxed);
    atomic_store_explicit(&m->inside, 1, memory_order_relaxed);
    // The fence that matters is the taker's (see sched/entry.c).
    atomic_signal_fence(memory_order_seq_cst);
    if (LEAT__LIKELY(!(atomic_load_explicit(
                           &m->flags, memory_order_relaxed) &
                       ALLOC_NO_P)))
        return &p->objects;
    atomic_store_explicit(&m->inside, *was, memory_order_release);
    return NULL;
}

LEAT__INLINE void
alloc_unpin(struct leat__m *m, uint32_t was)
{
    // Whoever takes the P then sees the cache as it is.
    atomic_store_explicit(&m->inside, was, memory_order_release);
}

LEAT__INLINE enum leat__layout_kind
alloc_layout(unsigned flags)
{
    return flags & LEAT__MEM_PLAIN ? LAYOUT_NONE : LAYOUT_CONSERVATIVE;
}

// What the list of the cache does not have, or without a P.
static LEAT__NOINLINE void *
alloc_slow(
    size_t bytes, const uint8_t *bitmap, unsigned flags, size_t zero)
{
    struct leat__m *m = leat__this_m();
    enum leat__layout_kind layout =
        bitmap != NULL ? LAYOUT_BITMAP : alloc_layout(flags);
    uint32_t was;
    struct leat__objcache *c = alloc_pin(m, &was);
    // Zeroing may take long, and a P that is kept is missed elsewhere.
    bool small = bytes <= LEAT__SMALL_MAX;
    if (c != NULL && small) {
        void *p = leat__object_alloc(c, bytes, layout, bitmap, zero);
        alloc_unpin(m, was);
        return p;
    }
    if (c != NULL)
        alloc_unpin(m, was);
    return leat__object_alloc(small ? leat__objcache_of_thread() : NULL,
        bytes, layout, bitmap, zero);
}

LEAT__INLINE size_t
alloc_zeroes(size_t bytes, unsigned flags)
{
    return flags & LEAT__MEM_ZERO ? bytes : 0;
}

// From a cache's list; NULL if that is empty.
LEAT__INLINE void *
alloc_cached(struct leat__objcache *c, size_t bytes, unsigned flags)
{
    return leat__objcache_pop(c,
        leat__objlist_number(alloc_layout(flags), leat__size_class(bytes)));
}

// memset to 0 of an object; a few words without a call, and without a loop,
// which compilers take for a memset. Objects have whole words.
LEAT__INLINE void *
alloc_zero(void *p, size_t bytes)
{
    uint64_t *words = p;
    if (bytes > 32)
        return memset(p, 0, bytes);
    words[0] = 0;
    if (bytes > 8)
        words[1] = 0;
    if (bytes > 16)
        words[2] = 0;
    if (bytes > 24)
        words[3] = 0;
    return p;
}

void *
leat__mem_alloc(size_t bytes, unsigned flags)
{
    struct leat__m *m = leat__this_m();
    uint32_t was;
    void *p = NULL;
    if (LEAT__UNLIKELY(bytes - 1 >= LEAT__SMALL_MAX || leat__fault_on))
        return alloc_slow(bytes, NULL, flags, alloc_zeroes(bytes, flags));
    struct leat__objcache *c = alloc_pin(m, &was);
    if (LEAT__LIKELY(c != NULL)) {
        p = alloc_cached(c, bytes, flags);
        alloc_unpin(m, was);
    } else if ((c = leat__objcache_of_thread()) != NULL) {
        p = alloc_cached(c, bytes, flags);
    }
    if (LEAT__UNLIKELY(p == NULL))
        return alloc_slow(bytes, NULL, flags, alloc_zeroes(bytes, flags));
    return flags & LEAT__MEM_ZERO ? alloc_zero(p, bytes) : p;
}

void *
leat__mem_alloc_typed(size_t bytes, const uint8_t *bitmap, unsigned flags)
{
    return alloc_slow(bytes, bitmap, flags, alloc_zeroes(bytes, flags));
}

void *
leat__mem_alloc_head(size_t bytes, size_t head)
{
    if (bytes > LEAT__SMALL_MAX)
        return alloc_slow(bytes, NULL, 0, head);
    void *p = leat__mem_alloc(bytes, 0);
    if (p != NULL)
        memset(p, 0, head);
    return p;
}

static LEAT__NOINLINE void
free_slow(void *p, size_t bytes)
{
    struct leat__m *m = leat__this_m();
    uint32_t was;
    if (p == NULL)
        return;
    struct leat__objcache *c = alloc_pin(m, &was);
    if (c == NULL || bytes > LEAT__SMALL_MAX) {
        if (c != NULL)
            alloc_unpin(m, was);
        leat__object_free(leat__objcache_of_thread(), p, bytes);
        return;
    }
    leat__object_free(c, p, bytes);
    alloc_unpin(m, was);
}

void
leat__mem_free(void *p, size_t bytes)
{
    struct leat__m *m = leat__this_m();
    uint32_t was;
    struct leat__objcache *c = alloc_pin(m, &was);
    bool done = false;
    if (LEAT__LIKELY(c != NULL)) {
        done = leat__objcache_push(c, p);
        alloc_unpin(m, was);
    } else if ((c = leat__objcache_of_thread()) != NULL) {
        done = leat__objcache_push(c, p);
    }
    if (LEAT__UNLIKELY(!done))
        free_slow(p, bytes);
}

static LEAT__NOINLINE void *
realloc_slow(void *p, size_t old_bytes, size_t new_bytes)
{
    struct leat__m *m = leat__this_m();
    uint32_t was;
    struct leat__objcache *c = alloc_pin(m, &was);
    if (c == NULL || old_bytes > LEAT__SMALL_MAX ||
        new_bytes > LEAT__SMALL_MAX) {
        if (c != NULL)
            alloc_unpin(m, was);
        return leat__object_realloc(
            leat__objcache_of_thread(), p, old_bytes, new_bytes);
    }
    void *q = leat__object_realloc(c, p, old_bytes, new_bytes);
    alloc_unpin(m, was);
    return q;
}

void *
leat__mem_realloc(void *p, size_t old_bytes, size_t new_bytes)
{
    uint32_t n = leat__objlist_of(p);
    uint32_t layout = n / LEAT__SIZE_CLASSES;
    if (n == 0 || layout == LAYOUT_BITMAP ||
        new_bytes - 1 >= LEAT__SMALL_MAX || leat__fault_on)
        return realloc_slow(p, old_bytes, new_bytes);
    if (leat__size_class(new_bytes) == n % LEAT__SIZE_CLASSES)
        return p;
    void *q =
        leat__mem_alloc(new_bytes, layout == LAYOUT_NONE ? LEAT__MEM_PLAIN : 0);
    if (q == NULL)
        return NULL;
    memcpy(q, p, old_bytes < new_bytes ? old_bytes : new_bytes);
    leat__mem_free(p, old_bytes);
    return q;
}
