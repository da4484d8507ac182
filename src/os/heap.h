// SPDX-License-Identifier: MIT
// os/heap.h: malloc and friends with fault injection, for the little that the
// heap of src/mem is made of or may not serve.
#ifndef LEAT_OS_HEAP_H
#define LEAT_OS_HEAP_H

#include "os/fault.h"

#include <stddef.h>
#include <stdlib.h>

// Zeroed memory, or NULL. leat__heap_free gives it back.
static inline void *
leat__heap_zalloc(size_t n)
{
    return leat__fault_hits(LEAT__FAULT_MALLOC) ? NULL : calloc(1, n);
}

static inline void *
leat__heap_alloc(size_t n)
{
    return leat__fault_hits(LEAT__FAULT_MALLOC) ? NULL : malloc(n);
}

static inline void
leat__heap_free(void *p)
{
    free(p);
}

#endif
