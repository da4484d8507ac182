// SPDX-License-Identifier: MIT
// mem/objects.h: small objects: spans cut into objects of one size class,
// and the caches in front of them. Rooms above the scheduler use mem/alloc.h,
// which finds the right cache.
#ifndef LEAT_MEM_OBJECTS_H
#define LEAT_MEM_OBJECTS_H

#include "mem/pageheap.h"
#include "mem/sizeclass.h"
#include "os/fault.h"

// Free objects of one class and layout, linked through their first word.
struct leat__objlist {
    void *head;
    uint32_t count;
    uint32_t limit; // of count; 0 until the list is first used
};

// What one P keeps. Zero is empty. Owned by whoever holds the P.
struct leat__objcache {
    struct leat__objlist list[LAYOUT_KINDS * LEAT__SIZE_CLASSES];
};

// The list of a class and layout, never 0.
LEAT__INLINE uint32_t
leat__objlist_number(enum leat__layout_kind layout, uint32_t class)
{
    return (uint32_t)layout * LEAT__SIZE_CLASSES + class;
}

// Memory for `size` bytes of the given layout, from c (NULL: for a thread
// without a P, straight from the shared spans). bitmap, for LAYOUT_BITMAP,
// has one bit a word and is borrowed for as long as the object lives. The
// first `zero` bytes are 0. NULL when out of memory. size 0 gives the one
// address leat__zerobase. Does not park.
void *leat__object_alloc(struct leat__objcache *c, size_t size,
    enum leat__layout_kind layout, const uint8_t *bitmap, size_t zero);

// Gives p back (NULL and leat__zerobase are ignored). An address that is not
// an object's is fatal; so is, with LEAT_DEBUG, giving back twice, and
// `size` (0: not known) beyond what the object has.
void leat__object_free(struct leat__objcache *c, void *p, size_t size);

// p with room for new_size bytes, moved if need be, the first old_size kept;
// the same layout and, for a bitmap, the same bitmap. NULL when out of
// memory, and p is as it was.
void *leat__object_realloc(
    struct leat__objcache *c, void *p, size_t old_size, size_t new_size);

// Bytes usable at p, which is an object of this heap.
size_t leat__object_size(const void *p);

// The cache of the calling thread, for when it has no P; NULL when there is
// no memory for one. It ends with the thread.
struct leat__objcache *leat__objcache_of_thread(void);
// Empties it: the thread is about to sleep for long.
void leat__objcache_flush_thread(void);

// Empties c into the shared spans: its P goes away, or idles.
void leat__objcache_flush(struct leat__objcache *c);

// Where all objects of size zero lie.
extern char leat__zerobase[8];

// Whether new objects come from malloc. Under a sanitizer or Valgrind they
// do, because those know malloc's objects one by one.
enum leat__object_source { OBJECTS_UNDECIDED, OBJECTS_OWN, OBJECTS_MALLOC };
extern _Atomic int leat__object_source;

// Checks the shared spans; for tests.
void leat__objects_check(void);

// Ends the program, which has freed p, because of what. The scheduler sets its
// own, which tells where.
extern void (*leat__object_misused)(const void *p, const char *what);

// Known in debug builds only: p is handed to the program, or comes back; p, an
// object that the program is about to give back and that is still used first,
// is its own (else the program ends).
#if LEAT_DEBUG >= 1
void leat__object_mark(void *p, bool use);
void leat__object_expect(const void *p);
#else
LEAT__INLINE void
leat__object_expect(const void *p)
{
    (void)p;
}
LEAT__INLINE void
leat__object_mark(void *p, bool use)
{
    (void)p;
    (void)use;
}
#endif

// An object of list n of c, or NULL if the list is empty.
LEAT__INLINE void *
leat__objcache_pop(struct leat__objcache *c, uint32_t n)
{
    struct leat__objlist *l = &c->list[n];
    void *p = l->head;
    if (LEAT__LIKELY(p != NULL)) {
        l->head = *(void **)p;
        *(void **)p = NULL; // see objects_pop
        l->count--;
        leat__object_mark(p, true);
    }
    return p;
}

// The list that p, a small object, belongs to; 0 if it is none.
LEAT__INLINE uint32_t
leat__objlist_of(const void *p)
{
    size_t page;
    struct leat__arena *a = leat__arena_of(p, &page);
    if (LEAT__UNLIKELY(a == NULL))
        return 0;
    return __atomic_load_n(&a->list[page], __ATOMIC_RELAXED);
}

// Gives p to the list of c that it belongs to; false if that is full, or p is
// not a small object.
LEAT__INLINE bool
leat__objcache_push(struct leat__objcache *c, void *p)
{
    // The limit of list 0, where all else is, stays 0.
    struct leat__objlist *l = &c->list[leat__objlist_of(p)];
    if (LEAT__UNLIKELY(l->count >= l->limit || l->head == p))
        return false;
    leat__object_mark(p, false);
    *(void **)p = l->head;
    l->head = p;
    l->count++;
    return true;
}

#endif
