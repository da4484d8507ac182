// SPDX-License-Identifier: MIT
// mem/objects.h: small objects: spans cut into objects of one size class,
// and the caches in front of them.
#ifndef LEAT_MEM_OBJECTS_H
#define LEAT_MEM_OBJECTS_H

#include "mem/pageheap.h"
#include "mem/sizeclass.h"

// Free objects of one class, linked through their first word.
struct leat__objlist {
    void *head;
    uint32_t count;
};

// What one P keeps. Zero is empty. Owned by whoever holds the P.
struct leat__objcache {
    struct leat__objlist list[LAYOUT_KINDS][LEAT__SIZE_CLASSES];
};

// Memory for `size` bytes of the given layout, from c (NULL: for a thread
// without a P, straight from the shared spans). bitmap, for LAYOUT_BITMAP,
// has one bit a word and is borrowed for as long as the object lives. Zeroed
// if asked. NULL when out of memory. size 0 gives the one address
// leat__zerobase. Does not park.
void *leat__object_alloc(struct leat__objcache *c, size_t size,
    enum leat__layout_kind layout, const uint8_t *bitmap, bool zero);

// Gives p back (NULL and leat__zerobase are ignored). An address that is not
// an object's is fatal; so is, with LEAT_DEBUG, giving back twice.
void leat__object_free(struct leat__objcache *c, void *p);

// Bytes usable at p.
size_t leat__object_size(const void *p);

// Empties c into the shared spans: its P goes away, or idles.
void leat__objcache_flush(struct leat__objcache *c);

// Where all objects of size zero lie.
extern char leat__zerobase[8];

// Checks the shared spans; for tests.
void leat__objects_check(void);

#endif
