// SPDX-License-Identifier: MIT
// gccgo/memory.c: what Go programs allocate and copy.
//
// Memory comes from src/mem and is never given back: Go programs count on a
// collector, and there is none yet. So there are no write barriers either:
// runtime.writeBarrier stays 0 and the compiled code skips them.
#include "gccgo/abi.h"
#include "mem/alloc.h"
#include "sched/sched.h"
#include "slice/slice_int.h"

#include <string.h>

// The compiled code tests this before every store of a pointer.
uint32_t leat__go_write_barrier[4] GO_NAME("runtime.writeBarrier");

// Where all objects of no size lie.
static uint64_t memory_nothing[2];

// What this thread has allocated; read by all.
struct memory_counts {
    uint64_t objects, bytes;
    struct memory_counts *next;
    bool linked;
};
static __thread struct memory_counts memory_counts;
static struct memory_counts *_Atomic memory_all_counts;

static LEAT__COLD void
memory_link_counts(struct memory_counts *c)
{
    c->linked = true;
    c->next = atomic_load(&memory_all_counts);
    while (!atomic_compare_exchange_weak(&memory_all_counts, &c->next, c))
        ;
}

void leat__go_allocated(uint64_t *objects, uint64_t *bytes);
void
leat__go_allocated(uint64_t *objects, uint64_t *bytes)
{
    *objects = *bytes = 0;
    for (const struct memory_counts *c = atomic_load(&memory_all_counts);
         c != NULL; c = c->next) {
        *objects += __atomic_load_n(&c->objects, __ATOMIC_RELAXED);
        *bytes += __atomic_load_n(&c->bytes, __ATOMIC_RELAXED);
    }
}

void *
leat__go_alloc(uintptr_t bytes, bool zero)
{
    struct memory_counts *c = &memory_counts;
    if (bytes == 0)
        return memory_nothing;
    if (LEAT__UNLIKELY(!c->linked))
        memory_link_counts(c);
    c->objects++;
    c->bytes += bytes;
    void *p = leat__mem_alloc(bytes, zero ? LEAT__MEM_ZERO : 0);
    if (LEAT__UNLIKELY(p == NULL))
        leat__throw("runtime: out of memory: cannot allocate %zu bytes",
            (size_t)bytes);
    return p;
}

void *leat__go_newobject(const struct go_type *t)
    GO_NAME("runtime.newobject");
void *
leat__go_newobject(const struct go_type *t)
{
    return leat__go_alloc(t->size, true);
}

void *leat__go_mallocgc(uintptr_t bytes, const struct go_type *t, bool zero)
    GO_NAME("runtime.mallocgc");
void *
leat__go_mallocgc(uintptr_t bytes, const struct go_type *t, bool zero)
{
    return leat__go_alloc(bytes, zero || t != NULL);
}

void *leat__go_unsafe_new(const struct go_type *t)
    GO_NAME("reflect.unsafe__New");
void *
leat__go_unsafe_new(const struct go_type *t)
{
    return leat__go_alloc(t->size, true);
}

void *leat__go_reflectlite_new(const struct go_type *t)
    GO_NAME("internal_1reflectlite.unsafe__New");
void *
leat__go_reflectlite_new(const struct go_type *t)
{
    return leat__go_alloc(t->size, true);
}

// Slices --------------------------------------------------------------------

// The bytes of n elements; UINT64_MAX when they are too many.
static uint64_t
memory_bytes(const struct go_type *t, go_int n)
{
    uint64_t bytes;
    if (n < 0 ||
        __builtin_mul_overflow((uint64_t)n, (uint64_t)t->size, &bytes) ||
        bytes > LEAT__SLICE_BYTES_MAX)
        return UINT64_MAX;
    return bytes;
}

uintptr_t leat__go_check_make_slice(const struct go_type *t, go_int len,
    go_int cap) GO_NAME("runtime.checkMakeSlice");
uintptr_t
leat__go_check_make_slice(const struct go_type *t, go_int len, go_int cap)
{
    uint64_t bytes = memory_bytes(t, cap);
    if (LEAT__LIKELY(bytes != UINT64_MAX && len >= 0 && len <= cap))
        return bytes;
    // Go blames the length if it alone is too much: with make([]T, n) both
    // are, and the length is what was written.
    if (memory_bytes(t, len) == UINT64_MAX)
        leat__panic_runtime("makeslice: len out of range");
    leat__panic_runtime("makeslice: cap out of range");
}

void *leat__go_makeslice(const struct go_type *t, go_int len, go_int cap)
    GO_NAME("runtime.makeslice");
void *
leat__go_makeslice(const struct go_type *t, go_int len, go_int cap)
{
    return leat__go_alloc(leat__go_check_make_slice(t, len, cap), true);
}

void *leat__go_makeslice64(const struct go_type *t, int64_t len, int64_t cap)
    GO_NAME("runtime.makeslice64");
void *
leat__go_makeslice64(const struct go_type *t, int64_t len, int64_t cap)
{
    return leat__go_makeslice(t, len, cap);
}

void *leat__go_unsafe_new_array(const struct go_type *t, go_int n)
    GO_NAME("reflect.unsafe__NewArray");
void *
leat__go_unsafe_new_array(const struct go_type *t, go_int n)
{
    uint64_t bytes = memory_bytes(t, n);
    if (bytes == UINT64_MAX)
        leat__panic_text("runtime: allocation size out of range");
    return leat__go_alloc(bytes, true);
}

// append without room: gccgo wants the new length in the result.
struct go_slice leat__go_growslice(const struct go_type *t, void *old,
    go_int len, go_int cap, go_int need) GO_NAME("runtime.growslice");
struct go_slice
leat__go_growslice(const struct go_type *t, void *old, go_int len,
    go_int cap, go_int need)
{
    if (need < cap)
        leat__panic_runtime("growslice: cap out of range");
    struct leat__slice s =
        leat__slice_more(old, len, cap, need - len, t->size, 0);
    return (struct go_slice){s.ptr, need, s.cap};
}

go_int leat__go_typedslicecopy(const struct go_type *t, void *to,
    go_int to_len, const void *from, go_int from_len)
    GO_NAME("runtime.typedslicecopy");
go_int
leat__go_typedslicecopy(const struct go_type *t, void *to, go_int to_len,
    const void *from, go_int from_len)
{
    go_int n = to_len < from_len ? to_len : from_len;
    if (n > 0 && to != from)
        memmove(to, from, (size_t)n * t->size);
    return n;
}

go_int leat__go_reflect_slicecopy(const struct go_type *t,
    struct go_slice to, struct go_slice from)
    GO_NAME("reflect.typedslicecopy");
go_int
leat__go_reflect_slicecopy(
    const struct go_type *t, struct go_slice to, struct go_slice from)
{
    return leat__go_typedslicecopy(t, to.ptr, to.len, from.ptr, from.len);
}

void leat__go_unsafeslice(const struct go_type *t, void *p, go_int len)
    GO_NAME("runtime.unsafeslice");
void
leat__go_unsafeslice(const struct go_type *t, void *p, go_int len)
{
    uint64_t bytes = memory_bytes(t, len);
    if (bytes == UINT64_MAX || bytes > -(uintptr_t)p) {
        if (p == NULL && len > 0)
            leat__panic_runtime("unsafe.Slice: ptr is nil and len is not "
                                "zero");
        leat__panic_runtime("unsafe.Slice: len out of range");
    }
    if (p == NULL && len > 0)
        leat__panic_runtime("unsafe.Slice: ptr is nil and len is not zero");
}

// Copies --------------------------------------------------------------------

void leat__go_typedmemmove(const struct go_type *t, void *to,
    const void *from) GO_NAME("runtime.typedmemmove");
void
leat__go_typedmemmove(const struct go_type *t, void *to, const void *from)
{
    if (to != from)
        memmove(to, from, t->size);
}

void leat__go_reflect_memmove(const struct go_type *t, void *to,
    const void *from) GO_NAME("reflect.typedmemmove");
void
leat__go_reflect_memmove(const struct go_type *t, void *to, const void *from)
{
    memmove(to, from, t->size);
}

void leat__go_reflectlite_move(const struct go_type *t, void *to,
    const void *from) GO_NAME("internal_1reflectlite.typedmemmove");
void
leat__go_reflectlite_move(
    const struct go_type *t, void *to, const void *from)
{
    memmove(to, from, t->size);
}

void leat__go_memmove(void *to, const void *from, uintptr_t n)
    GO_NAME("reflect.memmove");
void
leat__go_memmove(void *to, const void *from, uintptr_t n)
{
    memmove(to, from, n);
}

void leat__go_typedmemclr(const struct go_type *t, void *p)
    GO_NAME("reflect.typedmemclr");
void
leat__go_typedmemclr(const struct go_type *t, void *p)
{
    memset(p, 0, t->size);
}

void leat__go_memclr(void *p, uintptr_t n)
    GO_NAME("runtime.memclrHasPointers");
void
leat__go_memclr(void *p, uintptr_t n)
{
    memset(p, 0, n);
}

void leat__go_memclr_plain(void *p, uintptr_t n)
    GO_NAME("runtime.memclrNoHeapPointers");
void
leat__go_memclr_plain(void *p, uintptr_t n)
{
    memset(p, 0, n);
}

// Never called: writeBarrier is 0.
void leat__go_gc_write_barrier(uintptr_t *to, uintptr_t value)
    GO_NAME("runtime.gcWriteBarrier");
void
leat__go_gc_write_barrier(uintptr_t *to, uintptr_t value)
{
    *to = value;
}

void leat__go_verify_not_in_heap(uintptr_t p)
    GO_NAME("reflect.verifyNotInHeapPtr");
void
leat__go_verify_not_in_heap(uintptr_t p)
{
    (void)p;
}

void leat__go_register_gc_roots(void *roots)
    GO_NAME("runtime.registerGCRoots");
void
leat__go_register_gc_roots(void *roots)
{
    (void)roots;
}
