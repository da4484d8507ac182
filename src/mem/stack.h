// SPDX-License-Identifier: MIT
// mem/stack.h: stacks for goroutines.
#ifndef LEAT_MEM_STACK_H
#define LEAT_MEM_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// [lo, hi) is usable; the LEAT__STACK_GUARD bytes below lo fault.
struct leat__stack {
    char *lo, *hi;
    bool odd;       // of a size of its own, not from a slab
    uint32_t slab;  // number of the slab, unless odd
};

// Bytes of the guard. A function touches its frame anywhere, so that one with
// a frame larger than the guard may step over it (unless it was compiled with
// -fstack-clash-protection): local arrays of some KiB are common, of 64 rare.
enum { LEAT__STACK_GUARD = 64 << 10 };

// The default stacks with their guards lie so far apart, a multiple of the
// page.
extern size_t leat__stack_slot;
// Sets their usable size, before the first one is made.
void leat__stack_set_default(size_t size);

// A stack of at least `size` usable bytes (0: the default), committed as it is
// touched, zero above lo if it was never used. False when the system refuses
// memory or the guard. Any thread; takes a lock, does not park.
bool leat__stack_alloc(size_t size, struct leat__stack *s);

// Gives the memory of a stack back. Nobody may be on it.
void leat__stack_free(struct leat__stack *s);

// Calls visit(arg, hi) for every default stack that is handed out. Without
// locks, so that it works in a dying process: a stack handed out meanwhile
// may be missed.
void leat__stack_each(void (*visit)(void *arg, char *hi), void *arg);

// The guard that addr lies in belongs to a default stack: its hi, else
// NULL. For the SIGSEGV handler.
char *leat__stack_of(uintptr_t addr);

// Bytes of address space handed out now.
int64_t leat__stack_bytes(void);

#endif
