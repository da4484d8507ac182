// SPDX-License-Identifier: MIT
// debug/leak_sort.c: the order of the leak report's arrays.
//
// The idea: heap sort of elements of any size, whose key, a number of 64 bits,
// lies at the start of each.
//
// Invariants: no allocation, no recursion; n log n steps whatever the order.
// Locks: none.
// Rejected: qsort, which may allocate while threads stand still that hold
// malloc's lock.
#include "debug/leak_int.h"

#include <string.h>

static uint64_t
leak_key(const char *p)
{
    uint64_t key;
    memcpy(&key, p, sizeof key);
    return key;
}

static void
leak_swap(char *a, char *b, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        char c = a[i];
        a[i] = b[i];
        b[i] = c;
    }
}

static void
leak_sift(char *base, size_t i, size_t n, size_t size)
{
    for (size_t child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n &&
            leak_key(base + (child + 1) * size) >
                leak_key(base + child * size))
            child++;
        if (leak_key(base + child * size) <= leak_key(base + i * size))
            return;
        leak_swap(base + child * size, base + i * size, size);
    }
}

void
leat__leak_sort(void *array, size_t n, size_t size)
{
    char *base = array;
    for (size_t i = n / 2; i-- > 0;)
        leak_sift(base, i, n, size);
    for (size_t end = n; end-- > 1;) {
        leak_swap(base, base + end * size, size);
        leak_sift(base, 0, end, size);
    }
}
