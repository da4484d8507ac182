// SPDX-License-Identifier: MIT
// sched/memory.h: memory for channels.
//
// The idea: it comes from Leat's own heap, through the cache of the P, and not
// from malloc. Blocks that malloc has free still hold the addresses that were
// in them: of other blocks, which malloc may since have given out again. A
// channel in one of these would look as if somebody had it, for ever, and the
// leak report (debug/leak.c) could not name who waits for it.
//
// Large ones are malloc's all the same: that gives their memory back to the
// system at once. So are all of them while a tool watches malloc, which could
// not tell a use of freed memory otherwise, and when there is no room for an
// arena. Locks: none of its own.
#ifndef LEAT_SCHED_MEMORY_H
#define LEAT_SCHED_MEMORY_H

#include "os/heap.h"
#include "sched/sched.h"

#if LEAT__ASAN || LEAT__TSAN || defined(LEAT_VALGRIND)
#define LEAT__MEMORY_WATCHED 1
#else
#define LEAT__MEMORY_WATCHED 0
#endif

// Zeroed memory, or NULL. Inside only: the caches are the P's.
LEAT__INLINE void *
leat__memory_new(struct leat__m *m, size_t bytes)
{
    if (LEAT__UNLIKELY(leat__fault_hits(LEAT__FAULT_MALLOC)))
        return NULL;
    void *p = NULL;
    if (!LEAT__MEMORY_WATCHED && LEAT__LIKELY(bytes <= LEAT__SMALL_MAX))
        p = leat__object_alloc(m->p != NULL ? &m->p->objects : NULL, bytes,
            LAYOUT_CONSERVATIVE, NULL, true);
    return LEAT__LIKELY(p != NULL) ? p : calloc(1, bytes);
}

// Gives p (NULL is ignored) back. Inside only.
LEAT__INLINE void
leat__memory_drop(struct leat__m *m, void *p)
{
    if (LEAT__MEMORY_WATCHED || leat__span_of(p) == NULL)
        leat__heap_free(p);
    else
        leat__object_free(m->p != NULL ? &m->p->objects : NULL, p);
}

#endif
