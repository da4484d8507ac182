// SPDX-License-Identifier: MIT
// mem/stack.c: stacks are cut from slabs of address space.
//
// Idea: address space is free, memory is not. A slab is one mapping of up to
// 1024 stacks; a stack costs memory only for the pages it touched, and its
// guard is one madvise that splits no mapping (os/pages.h), so that a
// million goroutines are all guarded. Slabs start small and double, because
// most programs have few goroutines; where the address space ends they are as
// large as fits. Slabs are never unmapped: the runtime
// may look at a dead goroutine's descriptor, which lies in its stack.
//
// Invariants: a slab's `used` only grows; its free list holds only stacks
// whose memory was given back (so nothing is written into them). Locks:
// stack_lock guards the free lists and the making of slabs; stack_slabs is
// read without it.
//
// Rejected: one mapping a stack (65,530 mappings is the kernel's default
// limit); segmented or copied stacks (C holds pointers into its stack).
#include "mem/stack.h"
#include "base/lock.h"
#include "os/heap.h"
#include "os/pages.h"

#include <leat/go.h>

#include <stdatomic.h>

enum {
    STACK_SLAB_FIRST = 16, // stacks of the first slab
    STACK_SLAB_MAX = 1024, // stacks of the largest
    STACK_SLABS_MAX = 1 << 16
};

struct stack_slab {
    char *base;
    uint32_t number; // in stack_slabs
    uint32_t count;
    _Atomic uint32_t used;        // the first so many were handed out once
    uint32_t free_count;          // of these, given back
    struct stack_slab *free_link; // next slab with free stacks
    uint16_t free[];              // their indexes
};

size_t leat__stack_slot = LEAT_STACK_DEFAULT + LEAT__STACK_GUARD;

static struct leat__lock stack_lock;
static struct stack_slab *_Atomic stack_slabs[STACK_SLABS_MAX];
static _Atomic uint32_t stack_slab_count;
static struct stack_slab *stack_free_slabs; // that have free stacks
static _Atomic int64_t stack_bytes;

// Address space for *count stacks, or for as many fewer as there is room for;
// NULL when there is none for one.
static char *
stack_reserve(uint32_t *count)
{
    for (;; *count /= 2) {
        char *base =
            leat__pages_reserve(*count * leat__stack_slot, "leat stacks");
        if (base != NULL || *count == 1)
            return base;
    }
}

static struct stack_slab *
stack_slab_make(uint32_t n)
{
    uint32_t count = STACK_SLAB_FIRST;
    for (uint32_t i = 0; i < n && count < STACK_SLAB_MAX; i++)
        count *= 2;
    char *base = stack_reserve(&count);
    if (base == NULL)
        return NULL;
    struct stack_slab *s =
        leat__heap_zalloc(sizeof *s + count * sizeof s->free[0]);
    if (s == NULL) {
        leat__pages_release(base, count * leat__stack_slot);
        return NULL;
    }
    s->number = n;
    s->count = count;
    s->base = base;
    return s;
}

// A slab with a stack never used before; NULL when out of address space.
static struct stack_slab *
stack_slab_current(void)
{
    uint32_t n = atomic_load(&stack_slab_count);
    if (n > 0) {
        struct stack_slab *last = atomic_load(&stack_slabs[n - 1]);
        if (atomic_load(&last->used) < last->count)
            return last;
    }
    if (n == STACK_SLABS_MAX)
        return NULL;
    struct stack_slab *s = stack_slab_make(n);
    if (s == NULL)
        return NULL;
    atomic_store(&stack_slabs[n], s);
    atomic_store(&stack_slab_count, n + 1);
    return s;
}

static void
stack_at(struct stack_slab *s, uint32_t i, struct leat__stack *out)
{
    char *base = s->base + i * leat__stack_slot;
    *out = (struct leat__stack){
        .lo = base + LEAT__STACK_GUARD,
        .hi = base + leat__stack_slot,
        .slab = s->number,
    };
}

static bool
stack_from_slab(struct leat__stack *out)
{
    struct stack_slab *s = stack_slab_current();
    if (s == NULL)
        return false;
    uint32_t i = atomic_load(&s->used);
    stack_at(s, i, out);
    if (!leat__pages_guard(out->lo - LEAT__STACK_GUARD, LEAT__STACK_GUARD))
        return false;
    atomic_store(&s->used, i + 1);
    return true;
}

static bool
stack_alloc_default(struct leat__stack *out)
{
    bool ok = true;
    leat__spin_lock(&stack_lock);
    struct stack_slab *s = stack_free_slabs;
    if (s != NULL) {
        stack_at(s, s->free[--s->free_count], out);
        if (s->free_count == 0)
            stack_free_slabs = s->free_link;
    } else {
        ok = stack_from_slab(out);
    }
    leat__spin_unlock(&stack_lock);
    return ok;
}

// size with the guard.
static bool
stack_alloc_odd(size_t size, struct leat__stack *out)
{
    char *base = leat__pages_reserve(size, "leat stack");
    if (base == NULL)
        return false;
    if (!leat__pages_guard(base, LEAT__STACK_GUARD)) {
        leat__pages_release(base, size);
        return false;
    }
    *out = (struct leat__stack){
        .lo = base + LEAT__STACK_GUARD, .hi = base + size, .odd = true};
    return true;
}

static size_t
stack_round(size_t size)
{
    return (size + LEAT__PAGE - 1) & ~(size_t)(LEAT__PAGE - 1);
}

void
leat__stack_set_default(size_t size)
{
    leat__stack_slot = stack_round(size) + LEAT__STACK_GUARD;
}

bool
leat__stack_alloc(size_t size, struct leat__stack *s)
{
    size = stack_round(size);
    bool ok = size == 0 || size + LEAT__STACK_GUARD == leat__stack_slot
        ? stack_alloc_default(s)
        : stack_alloc_odd(size + LEAT__STACK_GUARD, s);
    if (ok)
        atomic_fetch_add(
            &stack_bytes, s->hi - s->lo + LEAT__STACK_GUARD);
    return ok;
}

void
leat__stack_free(struct leat__stack *s)
{
    size_t size = (size_t)(s->hi - s->lo) + LEAT__STACK_GUARD;
    atomic_fetch_sub(&stack_bytes, (int64_t)size);
    if (s->odd) {
        leat__pages_release(s->lo - LEAT__STACK_GUARD, size);
        return;
    }
    leat__pages_discard(s->lo, (size_t)(s->hi - s->lo));
    struct stack_slab *slab = atomic_load(&stack_slabs[s->slab]);
    size_t i = (size_t)(s->lo - slab->base) / leat__stack_slot;
    leat__spin_lock(&stack_lock);
    if (slab->free_count == 0) {
        slab->free_link = stack_free_slabs;
        stack_free_slabs = slab;
    }
    slab->free[slab->free_count++] = (uint16_t)i;
    leat__spin_unlock(&stack_lock);
}

void
leat__stack_each(void (*visit)(void *arg, char *hi), void *arg)
{
    uint32_t slabs = atomic_load(&stack_slab_count);
    for (uint32_t i = 0; i < slabs; i++) {
        struct stack_slab *s = atomic_load(&stack_slabs[i]);
        uint32_t used = atomic_load(&s->used);
        for (uint32_t k = 0; k < used; k++)
            visit(arg, s->base + (k + 1) * leat__stack_slot);
    }
}

char *
leat__stack_of(uintptr_t addr)
{
    uint32_t slabs = atomic_load(&stack_slab_count);
    for (uint32_t i = 0; i < slabs; i++) {
        struct stack_slab *s = atomic_load(&stack_slabs[i]);
        uintptr_t base = (uintptr_t)s->base;
        uintptr_t end = base + s->count * leat__stack_slot;
        if (addr < base || addr >= end)
            continue;
        size_t k = (addr - base) / leat__stack_slot;
        return s->base + (k + 1) * leat__stack_slot;
    }
    return NULL;
}

int64_t
leat__stack_bytes(void)
{
    return atomic_load(&stack_bytes);
}
