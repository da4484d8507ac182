// SPDX-License-Identifier: MIT
// seen.c: a set of files by device and inode number, shared by goroutines.
//
// Only directories and files with several links get here, so one mutex is
// enough. Open addressing, at most half full.
#include "words.h"

#include <stdlib.h>

static size_t
seen_hash(dev_t dev, ino_t ino)
{
    uint64_t h = ((uint64_t)ino ^ (uint64_t)dev << 32) * 0x9e3779b97f4a7c15u;
    return (size_t)(h >> 32);
}

// The slot that holds the file, or the free one where it belongs.
static struct seen_id *
seen_find(struct seen_id *slot, size_t cap, dev_t dev, ino_t ino)
{
    size_t at = seen_hash(dev, ino);
    for (;; at++) {
        struct seen_id *s = &slot[at & (cap - 1)];
        if (!s->used || (s->dev == dev && s->ino == ino))
            return s;
    }
}

static bool
seen_grow(struct seen *s)
{
    size_t cap = s->cap == 0 ? 256 : 2 * s->cap;
    struct seen_id *slot = calloc(cap, sizeof *slot);
    if (slot == NULL)
        return false;
    for (size_t i = 0; i < s->cap; i++)
        if (s->slot[i].used)
            *seen_find(slot, cap, s->slot[i].dev, s->slot[i].ino) =
                s->slot[i];
    free(s->slot);
    s->slot = slot;
    s->cap = cap;
    return true;
}

bool
seen_first(struct seen *s, dev_t dev, ino_t ino)
{
    bool first = true;
    leat_mutex_lock(&s->lock);
    if (s->cap > 2 * s->len || seen_grow(s)) {
        struct seen_id *id = seen_find(s->slot, s->cap, dev, ino);
        first = !id->used;
        if (first) {
            *id = (struct seen_id){dev, ino, true};
            s->len++;
        }
    }
    leat_mutex_unlock(&s->lock);
    return first;
}
