// SPDX-License-Identifier: MIT
// slice/slice.c: the arrays behind slices: making, enlarging, splicing.
//
// The idea: a slice is three words that the caller's macros keep; here are
// only the operations that touch memory. A new array is rounded up to the
// size class its bytes fall in, and what that leaves over is capacity. As in
// Go the old array of a slice that grows stays as it is, for others may share
// it; leat_push, which owns its array, has it moved by realloc instead: a
// large block then grows where it lies if the pages behind it are free.
//
// Invariants: 0 <= len <= cap; elements from len to cap of an array made here
// are zero until somebody writes there; ptr of a slice that was made is not
// NULL (the empty ones share leat__zerobase), ptr NULL means nil; a slice
// without room (cap 0) has no array, wherever its ptr points.
//
// Locks: none. A slice belongs to whoever has it; two goroutines that append
// to slices of one array race as in Go.
//
// Rejected: growing in place in leat_append, where the block behind is free.
// It would change which slices share memory from run to run. Rejected as
// well: handing the old array to a list of the goroutine, to be freed later.
// Nobody can tell when the last slice of it is gone; that takes a collector.
#include "mem/alloc.h"
#include "mem/objects.h"
#include "sched/sched.h"
#include "slice/slice_int.h"

#include <leat/panic.h>

#include <string.h>

// Go doubles up to a threshold and then adds a quarter; the newer rule moved
// the threshold down and adds 3/4 of it, so that the factor falls smoothly
// from 2 to 1.25.
enum {
    SLICE_DOUBLE_STRICT = 1024, // elements; Go up to 1.17
    SLICE_DOUBLE_GO = 256       // elements; Go from 1.18 on
};

static _Atomic int64_t slice_copies[2]; // by path; see leat__slicecopy

void
leat__slice_count_copy(int path)
{
    atomic_fetch_add_explicit(&slice_copies[path], 1, memory_order_relaxed);
}

struct leat__slice_counts
leat__slice_counts(void)
{
    return (struct leat__slice_counts){
        .nil = atomic_load_explicit(&slice_copies[0], memory_order_relaxed),
        .moved = atomic_load_explicit(&slice_copies[1], memory_order_relaxed),
    };
}

// Bytes for n elements, or UINT64_MAX when Go would find them too many.
static uint64_t
slice_bytes(int64_t n, size_t size)
{
    uint64_t bytes;
    if (n < 0 || __builtin_mul_overflow((uint64_t)n, (uint64_t)size, &bytes))
        return UINT64_MAX;
    return bytes > LEAT__SLICE_BYTES_MAX ? UINT64_MAX : bytes;
}

#define SLICE_NO_MEMORY                                                       \
    "out of memory: cannot make a slice of %zu bytes "                        \
    "(leat_slice_try_make and leat_try_push report this instead)"

// Memory, or the end of the program unless may_fail.
static void *
slice_memory(size_t bytes, unsigned flags, bool may_fail)
{
    void *p = leat__mem_alloc(bytes, flags);
    if (p == NULL && !may_fail)
        leat__throw(SLICE_NO_MEMORY, bytes);
    return p;
}

void *
leat__slice_alloc(size_t size, int64_t len, int64_t cap, bool may_fail)
{
    uint64_t bytes = slice_bytes(cap, size);
    if (bytes == UINT64_MAX || len < 0 || len > cap) {
        if (may_fail)
            return NULL;
        // Go names the length when that alone is wrong already.
        if (slice_bytes(len, size) == UINT64_MAX)
            leat__panic_runtime("makeslice: len out of range");
        leat__panic_runtime("makeslice: cap out of range");
    }
    if (bytes == 0)
        return leat__zerobase;
    return slice_memory(bytes, LEAT__MEM_ZERO, may_fail);
}

void
leat__slice_free(void *p, int64_t cap)
{
    // Without room p may be the array of the slice this one was cut from.
    // The capacity may have been cut, so the size is not known.
    if (cap > 0 && p != leat__zerobase)
        leat__mem_free(p, 0);
}

int64_t
leat__slice_next_cap(
    int64_t need, int64_t old_cap, enum leat_profile profile)
{
    int64_t cap = old_cap, add = 0, threshold = SLICE_DOUBLE_STRICT;
    if (profile == LEAT_GO) {
        threshold = SLICE_DOUBLE_GO;
        add = 3 * SLICE_DOUBLE_GO;
    }
    if (old_cap > INT64_MAX / 2 || need > 2 * old_cap)
        return need;
    if (old_cap < threshold)
        return 2 * old_cap;
    while (cap < need)
        cap += (cap + add) / 4;
    return cap;
}

// The bytes of the array that holds `need` elements instead of old_cap, and
// in *cap how many it holds; UINT64_MAX when that is too large.
static uint64_t
slice_grown(int64_t need, int64_t old_cap, size_t size, int64_t *cap)
{
    // Below both thresholds the profiles agree.
    enum leat_profile profile = LEAT_STRICT;
    if (old_cap >= SLICE_DOUBLE_GO)
        profile = leat_get_profile();
    uint64_t bytes =
        slice_bytes(leat__slice_next_cap(need, old_cap, profile), size);
    if (bytes == UINT64_MAX)
        return UINT64_MAX;
    bytes = leat__mem_round(bytes);
    *cap = (int64_t)(bytes / size);
    return bytes;
}

// The array for an owner: the old one moves.
static void *
slice_move(void *ptr, int64_t cap, size_t size, uint64_t bytes, bool may_fail)
{
    if (ptr == NULL || ptr == leat__zerobase || cap == 0)
        return slice_memory(bytes, 0, may_fail);
    void *p = leat__mem_realloc(ptr, (size_t)cap * size, bytes);
    if (p == NULL && !may_fail)
        leat__throw(SLICE_NO_MEMORY, (size_t)bytes);
    return p;
}

// Go's growslice: an array for len + more elements with the first len of ptr
// in it. `how` is of enum leat__grow. Returns the slice with its old length.
static struct leat__slice
growslice(void *ptr, int64_t len, int64_t cap, int64_t more, size_t size,
    unsigned how)
{
    struct leat__slice s = {ptr, len, cap};
    int64_t need, new_cap = 0;
    uint64_t bytes = UINT64_MAX;
    bool may_fail = how & LEAT__GROW_TRY;
    bool fits = !__builtin_add_overflow(len, more, &need);
    if (fits && size == 0)
        return (struct leat__slice){leat__zerobase, len, need};
    if (fits)
        bytes = slice_grown(need, cap, size, &new_cap);
    if (bytes == UINT64_MAX) {
        if (may_fail)
            return s;
        leat__panic_runtime("growslice: len out of range");
    }
    char *p = how & LEAT__GROW_OWN
                  ? slice_move(ptr, cap, size, bytes, may_fail)
                  : slice_memory(bytes, 0, may_fail);
    if (p == NULL)
        return s;
    size_t used = (size_t)len * size;
    if (!(how & LEAT__GROW_OWN) && used > 0)
        memcpy(p, ptr, used);
    // What the caller is about to write needs no zeroes.
    if (!(how & LEAT__GROW_ZERO))
        used = (size_t)need * size;
    // Not for no bytes: the memset of AVX-512 stores under a mask, which
    // takes 60 ns when the page behind the array was never touched.
    if (used < bytes)
        memset(p + used, 0, bytes - used);
    return (struct leat__slice){p, len, new_cap};
}

LEAT__COLD struct leat__slice
leat__slice_more(void *ptr, int64_t len, int64_t cap, int64_t more,
    size_t size, unsigned how)
{
    return growslice(ptr, len, cap, more, size, how);
}

struct leat__slice
leat__slice_push_all(void *ptr, int64_t len, int64_t cap, const void *from,
    int64_t n, size_t size)
{
    struct leat__slice s = {ptr, len, cap};
    // Where `from` lies if it is a part of the slice, which may move.
    uintptr_t at = (uintptr_t)from - (uintptr_t)ptr;
    bool own = ptr != NULL && at < (uintptr_t)cap * size;
    if (n > cap - len)
        s = growslice(ptr, len, cap, n, size, LEAT__GROW_OWN);
    if (own)
        from = (char *)s.ptr + at;
    if (n > 0 && size > 0)
        memmove((char *)s.ptr + (size_t)len * size, from, (size_t)n * size);
    s.len += n;
    return s;
}

struct leat__slice
leat__slice_reserve(
    void *ptr, int64_t len, int64_t cap, int64_t n, size_t size)
{
    if (n < 0)
        leat_panic("cannot be negative");
    if (n <= cap - len)
        return (struct leat__slice){ptr, len, cap};
    // As append(s[:cap], make([]T, missing)...)[:len].
    struct leat__slice s =
        growslice(ptr, cap, cap, n - (cap - len), size, LEAT__GROW_ZERO);
    s.len = len;
    return s;
}

// The parts of a splice in a new array.
static struct leat__slice
splice_new(const struct leat__slice *s, int64_t i, int64_t j, const void *from,
    int64_t n, size_t size)
{
    int64_t tail = s->len - j, more;
    if (__builtin_add_overflow(n, tail, &more))
        leat__panic_runtime("growslice: len out of range");
    struct leat__slice to = growslice(s->ptr, i, s->cap, more, size, 0);
    char *p = (char *)to.ptr + (size_t)i * size;
    size_t bytes = (size_t)n * size;
    if (bytes > 0)
        memcpy(p, from, bytes);
    if (tail > 0)
        memcpy(p + bytes, (char *)s->ptr + (size_t)j * size,
            (size_t)tail * size);
    to.len = i + n + tail;
    return to;
}

// The parts of a splice in the array of s, where they have room. `from` does
// not overlap with it.
static void
splice_here(struct leat__slice *s, int64_t i, int64_t j, const void *from,
    int64_t n, size_t size)
{
    char *p = s->ptr;
    int64_t old_len = s->len;
    s->len = i + n + (old_len - j);
    if (n != j - i && old_len > j)
        memmove(p + (size_t)(i + n) * size, p + (size_t)j * size,
            (size_t)(old_len - j) * size);
    if (n > 0)
        memcpy(p + (size_t)i * size, from, (size_t)n * size);
    if (s->len < old_len)
        memset(p + (size_t)s->len * size, 0,
            (size_t)(old_len - s->len) * size);
}

struct leat__slice
leat__slice_splice(void *ptr, int64_t len, int64_t cap, int64_t i, int64_t j,
    const void *from, int64_t n, size_t size)
{
    struct leat__slice s = {ptr, len, cap};
    leat_assert(0 <= i && i <= j);
    leat_assert(j <= len);
    if (n > cap - len + (j - i))
        return splice_new(&s, i, j, from, n, size);
    if (size == 0) {
        s.len = i + n + (len - j);
        return s;
    }
    uintptr_t at = (uintptr_t)from, start = (uintptr_t)ptr;
    size_t bytes = (size_t)n * size;
    if (n == 0 || ptr == NULL || at + bytes <= start ||
        at >= start + (size_t)cap * size) {
        splice_here(&s, i, j, from, n, size);
        return s;
    }
    // The new elements are a part of the slice that is about to move.
    void *copy = slice_memory(bytes, 0, false);
    memcpy(copy, from, bytes);
    splice_here(&s, i, j, copy, n, size);
    leat__mem_free(copy, bytes);
    return s;
}

int64_t
leat__slice_chunks(int64_t len, int64_t n)
{
    if (n < 1)
        leat_panic("cannot be less than 1");
    return len / n + (len % n != 0);
}

struct leat__slice
leat__slice_repeat(const void *ptr, int64_t len, int64_t n, size_t size)
{
    int64_t total;
    if (n < 0)
        leat_panic("cannot be negative");
    if (__builtin_mul_overflow(len, n, &total))
        leat_panic("the result of (len(x) * count) overflows");
    char *p = leat__slice_alloc(size, total, total, false);
    // Each copy doubles what is there.
    size_t bytes = (size_t)total * size, done = (size_t)len * size;
    if (bytes > 0)
        memcpy(p, ptr, done);
    while (done < bytes) {
        size_t more = done < bytes - done ? done : bytes - done;
        memcpy(p + done, p, more);
        done += more;
    }
    return (struct leat__slice){p, total, total};
}

struct leat__slice
leat__slice_concat(const void *slices, int64_t count, size_t size)
{
    struct leat__slice all = {NULL, 0, 0}, s;
    const char *header = slices;
    int64_t total = 0;
    // The headers are of a type not known here: they are copied, not read.
    for (int64_t k = 0; k < count; k++) {
        memcpy(&s, header + (size_t)k * sizeof s, sizeof s);
        if (__builtin_add_overflow(total, s.len, &total))
            leat__panic_runtime("growslice: len out of range");
    }
    if (total == 0)
        return all;
    all = growslice(NULL, 0, 0, total, size, 0);
    for (int64_t k = 0; k < count && size > 0; k++) {
        memcpy(&s, header + (size_t)k * sizeof s, sizeof s);
        if (s.len > 0)
            memcpy((char *)all.ptr + (size_t)all.len * size, s.ptr,
                (size_t)s.len * size);
        all.len += s.len;
    }
    all.len = total;
    return all;
}
