// SPDX-License-Identifier: MIT
// fuzz_slice.c: any sequence of operations on slices, against a model.
//
// The idea: the input is a program. Each operation takes its operands from the
// bytes that follow, and is done twice: by the library, and on a model where an
// array is a list of numbers and a slice a place in it. After each operation
// every slice must see exactly what its model sees, also between its length
// and its capacity, and at the same place of the same array.
//
// tests/unit/test_slice_fuzz.c runs it over the saved corpus and over random
// programs. `make fuzz` runs it under libFuzzer.
#include "fuzz/fuzz.h"

#include <leat.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FUZZ_CHECK(c)                                                          \
    ((c) ? (void)0 : fuzz_slice_failed(__LINE__, #c))

enum {
    FUZZ_SLICES = 4,    // at a time
    FUZZ_ARRAYS = 2000, // of one program
    FUZZ_LEN_MAX = 3000 // elements; longer ones are cut before an operation
};

typedef leat_slice(int) fuzz_ints;

// An array of the library, and what must be in it.
struct fuzz_array {
    int *real, *model;
    int64_t n;
};

// A place in an array; array -1 is nil or of no capacity.
struct fuzz_view {
    int array;
    int64_t off, len, cap;
};

struct fuzz_state {
    const uint8_t *p, *end;
    fuzz_ints s[FUZZ_SLICES];
    struct fuzz_view v[FUZZ_SLICES];
    struct fuzz_array arrays[FUZZ_ARRAYS];
    int array_count;
    int steps;
};

static void
fuzz_slice_failed(int line, const char *what)
{
    fprintf(stderr, "fuzz_slice.c:%d: %s\n", line, what);
    abort();
}

// The next operand, below n > 0.
static int64_t
fuzz_pick(struct fuzz_state *f, int64_t n)
{
    int64_t x = 0;
    for (int i = 0; i < 2 && f->p < f->end; i++)
        x = x << 8 | *f->p++;
    return x % n;
}

static int *
fuzz_model(struct fuzz_state *f, int k)
{
    struct fuzz_view *v = &f->v[k];
    return v->array < 0 ? NULL : f->arrays[v->array].model + v->off;
}

// What the model sees of slice k, copied.
static int *
fuzz_copy(struct fuzz_state *f, int k)
{
    size_t bytes = (size_t)f->v[k].len * sizeof(int);
    int *copy = malloc(bytes + 1);
    if (bytes > 0)
        memcpy(copy, fuzz_model(f, k), bytes);
    return copy;
}

// The library has made an array for slice k: its model begins as zeroes.
static void
fuzz_new(struct fuzz_state *f, int k, int64_t len)
{
    fuzz_ints s = f->s[k];
    FUZZ_CHECK(s.len == len);
    FUZZ_CHECK(s.cap >= len);
    f->v[k] = (struct fuzz_view){-1, 0, len, s.cap};
    if (s.cap == 0)
        return;
    for (int i = 0; i < f->array_count; i++) {
        struct fuzz_array *a = &f->arrays[i];
        FUZZ_CHECK(s.ptr + s.cap <= a->real || s.ptr >= a->real + a->n);
    }
    f->v[k].array = f->array_count;
    f->arrays[f->array_count++] = (struct fuzz_array){
        s.ptr, calloc((size_t)s.cap, sizeof(int)), s.cap};
}

static void
fuzz_same(struct fuzz_state *f)
{
    for (int k = 0; k < FUZZ_SLICES; k++) {
        struct fuzz_view *v = &f->v[k];
        FUZZ_CHECK(f->s[k].len == v->len);
        FUZZ_CHECK(f->s[k].cap == v->cap);
        if (v->cap == 0)
            continue;
        FUZZ_CHECK(f->s[k].ptr == f->arrays[v->array].real + v->off);
        FUZZ_CHECK(memcmp(f->s[k].ptr, fuzz_model(f, k),
                       (size_t)v->cap * sizeof(int)) == 0);
    }
}

static void
fuzz_make(struct fuzz_state *f, int k, int l)
{
    int64_t len = fuzz_pick(f, 40), cap = len + fuzz_pick(f, 20);
    (void)l;
    f->s[k] = leat_slice_make(fuzz_ints, len, cap);
    FUZZ_CHECK(f->s[k].cap == cap);
    FUZZ_CHECK(f->s[k].ptr != NULL);
    fuzz_new(f, k, len);
}

static void
fuzz_sub(struct fuzz_state *f, int k, int l)
{
    fuzz_ints s = f->s[l];
    int64_t hi = fuzz_pick(f, s.cap + 1), lo = fuzz_pick(f, hi + 1);
    int64_t max = hi + fuzz_pick(f, s.cap - hi + 1);
    struct fuzz_view v = f->v[l];
    switch (fuzz_pick(f, 4)) {
    case 0:
        f->s[k] = leat_sub(s, lo, hi);
        max = s.cap;
        break;
    case 1:
        f->s[k] = leat_sub_to(s, hi);
        lo = 0;
        max = s.cap;
        break;
    case 2:
        lo = fuzz_pick(f, s.len + 1);
        hi = s.len;
        max = s.cap;
        f->s[k] = leat_sub_from(s, lo);
        break;
    default:
        f->s[k] = leat_sub_max(s, lo, hi, max);
    }
    f->v[k] = (struct fuzz_view){
        max - lo > 0 ? v.array : -1, v.off + lo, hi - lo, max - lo};
}

// Slice k gets `n` elements from `from` in place of i to j - 1.
static void
fuzz_spliced(struct fuzz_state *f, int k, int64_t i, int64_t j,
    const int *from, int64_t n)
{
    struct fuzz_view old = f->v[k];
    int64_t len = old.len - (j - i) + n;
    int *copy = fuzz_copy(f, k);
    if (len > old.cap)
        fuzz_new(f, k, len);
    else
        f->v[k].len = len;
    int *to = fuzz_model(f, k);
    if (to != NULL) {
        memcpy(to, copy, (size_t)i * sizeof(int));
        memcpy(to + i, from, (size_t)n * sizeof(int));
        memcpy(to + i + n, copy + j, (size_t)(old.len - j) * sizeof(int));
        // What falls off the end is cleared.
        for (int64_t x = len; x < old.len && len <= old.cap; x++)
            to[x] = 0;
    }
    free(copy);
}

static void
fuzz_append(struct fuzz_state *f, int k, int l)
{
    int x = (int)fuzz_pick(f, 256), n = 1;
    int values[3] = {x, x + 1, x + 2};
    (void)l;
    if (x % 4 == 0) {
        n = 3;
        f->s[k] = leat_append_values(f->s[k], x, x + 1, x + 2);
    } else {
        f->s[k] = leat_append(f->s[k], x);
    }
    fuzz_spliced(f, k, f->v[k].len, f->v[k].len, values, n);
}

static void
fuzz_append_slice(struct fuzz_state *f, int k, int l)
{
    int *from = fuzz_copy(f, l);
    int64_t n = f->v[l].len;
    f->s[k] = leat_append_slice(f->s[k], f->s[l]);
    fuzz_spliced(f, k, f->v[k].len, f->v[k].len, from, n);
    free(from);
}

static void
fuzz_insert(struct fuzz_state *f, int k, int l)
{
    int64_t i = fuzz_pick(f, f->s[k].len + 1);
    int *from = fuzz_copy(f, l), x = (int)fuzz_pick(f, 256);
    int64_t n = f->v[l].len;
    if (x % 2 == 0) {
        f->s[k] = leat_slice_insert(f->s[k], i, x);
        fuzz_spliced(f, k, i, i, &x, 1);
    } else {
        f->s[k] = leat_slice_insert_slice(f->s[k], i, f->s[l]);
        fuzz_spliced(f, k, i, i, from, n);
    }
    free(from);
}

static void
fuzz_replace(struct fuzz_state *f, int k, int l)
{
    int64_t j = fuzz_pick(f, f->s[k].len + 1), i = fuzz_pick(f, j + 1);
    int *from = fuzz_copy(f, l);
    int64_t n = f->v[l].len;
    if (fuzz_pick(f, 2) == 0) {
        f->s[k] = leat_slice_delete(f->s[k], i, j);
        n = 0;
    } else {
        f->s[k] = leat_slice_replace(f->s[k], i, j, f->s[l]);
    }
    fuzz_spliced(f, k, i, j, from, n);
    free(from);
}

static void
fuzz_copy_op(struct fuzz_state *f, int k, int l)
{
    int64_t n = f->v[k].len < f->v[l].len ? f->v[k].len : f->v[l].len;
    int *from = fuzz_copy(f, l);
    FUZZ_CHECK(leat_copy(f->s[k], f->s[l]) == n);
    if (n > 0)
        memcpy(fuzz_model(f, k), from, (size_t)n * sizeof(int));
    free(from);
}

// Not inlined: what it touches must not live in registers over a panic.
static __attribute__((noinline)) void
fuzz_store(fuzz_ints s, int64_t i, int x)
{
    leat_at(s, i) = x;
}

// The text of the panic that storing at a bad index is.
static __attribute__((noinline)) void
fuzz_store_caught(fuzz_ints s, int64_t i, struct leat_caught *caught)
{
    leat_try {
        leat_catch(caught);
        fuzz_store(s, i, 1);
    }
}

static void
fuzz_write(struct fuzz_state *f, int k, int l)
{
    int64_t i = fuzz_pick(f, f->s[k].len + 1);
    (void)l;
    if (i < f->s[k].len) {
        fuzz_store(f->s[k], i, (int)i * 3);
        fuzz_model(f, k)[i] = (int)i * 3;
        return;
    }
    struct leat_caught caught = {.kind = 0};
    char text[100];
    snprintf(text, sizeof text,
        "runtime error: index out of range [%lld] with length %lld",
        (long long)i, (long long)f->s[k].len);
    fuzz_store_caught(f->s[k], i, &caught);
    FUZZ_CHECK(strcmp(caught.text, text) == 0);
}

static int
fuzz_order(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static int
fuzz_compare(const int *a, const int *b)
{
    return *a - *b;
}

static void
fuzz_sort(struct fuzz_state *f, int k, int l)
{
    int way = (int)fuzz_pick(f, 3);
    (void)l;
    if (way == 0)
        leat_slice_sort(f->s[k]);
    else if (way == 1)
        leat_slice_sort_func(f->s[k], fuzz_compare);
    else
        leat_slice_sort_stable_func(f->s[k], fuzz_compare);
    if (f->v[k].len > 0)
        qsort(fuzz_model(f, k), (size_t)f->v[k].len, sizeof(int), fuzz_order);
    FUZZ_CHECK(leat_slice_is_sorted(f->s[k]));
    bool found;
    int wanted = (int)fuzz_pick(f, 256);
    int64_t at = leat_slice_search(f->s[k], wanted, &found);
    FUZZ_CHECK(found == leat_slice_contains(f->s[k], wanted));
    FUZZ_CHECK(at == 0 || f->s[k].ptr[at - 1] < wanted);
    FUZZ_CHECK(at == f->s[k].len || f->s[k].ptr[at] >= wanted);
}

static void
fuzz_reverse(struct fuzz_state *f, int k, int l)
{
    int *copy = fuzz_copy(f, k);
    (void)l;
    leat_slice_reverse(f->s[k]);
    for (int64_t i = 0; i < f->v[k].len; i++)
        fuzz_model(f, k)[i] = copy[f->v[k].len - 1 - i];
    free(copy);
}

static void
fuzz_compact(struct fuzz_state *f, int k, int l)
{
    int *copy = fuzz_copy(f, k), *m = fuzz_model(f, k);
    int64_t n = 0, len = f->v[k].len;
    (void)l;
    f->s[k] = leat_slice_compact(f->s[k]);
    for (int64_t i = 0; i < len; i++) {
        if (i == 0 || copy[i] != copy[i - 1])
            m[n++] = copy[i];
    }
    f->v[k].len = n;
    while (n < len)
        m[n++] = 0;
    free(copy);
}

static void
fuzz_clone(struct fuzz_state *f, int k, int l)
{
    int *from = fuzz_copy(f, l);
    int64_t n = f->v[l].len;
    if (fuzz_pick(f, 2) == 0) {
        f->s[k] = leat_slice_clone(f->s[l]);
        if (n > 0)
            fuzz_new(f, k, n);
        else
            f->v[k] = (struct fuzz_view){-1, 0, 0, 0};
    } else {
        f->s[k] = leat_slice_concat(fuzz_ints, f->s[l]);
        fuzz_new(f, k, n);
    }
    if (n > 0)
        memcpy(fuzz_model(f, k), from, (size_t)n * sizeof(int));
    FUZZ_CHECK(k == l || leat_slice_equal(f->s[k], f->s[l]));
    free(from);
}

static void
fuzz_grow(struct fuzz_state *f, int k, int l)
{
    int64_t n = fuzz_pick(f, 30);
    struct fuzz_view old = f->v[k];
    int *whole = NULL;
    (void)l;
    if (fuzz_pick(f, 3) == 0) {
        f->s[k] = leat_slice_clip(f->s[k]);
        f->v[k].cap = f->v[k].len;
        return;
    }
    if (old.cap > 0) {
        // As append(s[:cap], ...): all of it moves.
        whole = malloc((size_t)old.cap * sizeof(int));
        memcpy(whole, fuzz_model(f, k), (size_t)old.cap * sizeof(int));
    }
    f->s[k] = leat_slice_grow(f->s[k], n);
    FUZZ_CHECK(f->s[k].cap - f->s[k].len >= n);
    if (n > old.cap - old.len) {
        fuzz_new(f, k, old.len);
        if (old.cap > 0)
            memcpy(fuzz_model(f, k), whole, (size_t)old.cap * sizeof(int));
    }
    free(whole);
}

static void
fuzz_cut(struct fuzz_state *f, int k)
{
    f->s[k] = (fuzz_ints){NULL, 0, 0};
    f->v[k] = (struct fuzz_view){-1, 0, 0, 0};
}

static void (*const fuzz_ops[])(struct fuzz_state *, int, int) = {
    fuzz_make,
    fuzz_sub,
    fuzz_append,
    fuzz_append_slice,
    fuzz_insert,
    fuzz_replace,
    fuzz_copy_op,
    fuzz_write,
    fuzz_sort,
    fuzz_reverse,
    fuzz_compact,
    fuzz_clone,
    fuzz_grow,
};

// Runs one program; returns the number of its steps.
int
fuzz_slice_run(const uint8_t *data, size_t size)
{
    struct fuzz_state *f = calloc(1, sizeof *f);
    f->p = data;
    f->end = data + size;
    for (int k = 0; k < FUZZ_SLICES; k++)
        fuzz_cut(f, k);
    while (f->p < f->end && f->array_count < FUZZ_ARRAYS - 1) {
        int op = *f->p++ % (int)(sizeof fuzz_ops / sizeof *fuzz_ops);
        int k = (int)fuzz_pick(f, FUZZ_SLICES);
        int l = (int)fuzz_pick(f, FUZZ_SLICES);
        if (f->s[k].len > FUZZ_LEN_MAX)
            fuzz_cut(f, k);
        fuzz_ops[op](f, k, l);
        fuzz_same(f);
        f->steps++;
    }
    int steps = f->steps;
    for (int i = 0; i < f->array_count; i++) {
        free(f->arrays[i].model);
        leat_slice_free(
            ((fuzz_ints){f->arrays[i].real, f->arrays[i].n, f->arrays[i].n}));
    }
    free(f);
    return steps;
}

#ifdef LEAT_FUZZ
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_begin();
    fuzz_slice_run(data, size);
    return 0;
}
#endif
