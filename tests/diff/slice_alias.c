// SPDX-License-Identifier: MIT
// slice_alias: a long random program on a few slices that share arrays; who
// sees whose writes is the result. Nothing is given back before the end: any
// array may be shared.
#include <leat.h>

#include <stdio.h>

typedef leat_slice(int64_t) longs;

enum { SLICES = 5, ARRAYS_MAX = 20000 };

static uint32_t state = 12345;
static longs s[SLICES];
static longs made[ARRAYS_MAX]; // where an array begins
static int made_count;

static int64_t
pick(int64_t n)
{
    state = state * 1664525 + 1013904223;
    return (int64_t)(state >> 8) % n;
}

// Remembers the array of t if it is a new one.
static longs
keep(longs t, longs old)
{
    if (t.cap > 0 && t.ptr != old.ptr)
        made[made_count++] = t;
    return t;
}

static void
show(int n)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (int i = 0; i < SLICES; i++) {
        h = (h ^ (uint64_t)s[i].len) * UINT64_C(1099511628211);
        h = (h ^ (uint64_t)s[i].cap) * UINT64_C(1099511628211);
        leat_slice_range (j, v, leat_sub_to(s[i], s[i].cap))
            h = (h ^ (uint64_t)v) * UINT64_C(1099511628211);
    }
    printf("%d %llu\n", n, (unsigned long long)h);
}

static void
step(int n)
{
    int64_t k = pick(SLICES), l = pick(SLICES), lo, hi, max;
    switch (pick(8)) {
    case 0:
        hi = pick(20);
        s[k] = keep(leat_slice_make(longs, hi, 20 + pick(20)), (longs){0});
        break;
    case 1:
        hi = pick(s[l].cap + 1);
        lo = pick(hi + 1);
        s[k] = leat_sub(s[l], lo, hi);
        break;
    case 2:
        max = pick(s[l].cap + 1);
        hi = pick(max + 1);
        s[k] = leat_sub_max(s[l], pick(hi + 1), hi, max);
        break;
    case 3:
        s[k] = keep(leat_append(s[l], n), s[l]);
        break;
    case 4:
        s[k] = keep(leat_append_values(s[l], n, n + 1, n + 2), s[l]);
        break;
    case 5:
        if (s[k].len < 500)
            s[k] = keep(leat_append_slice(s[k], s[l]), s[k]);
        break;
    case 6:
        printf("copied %lld\n", (long long)leat_copy(s[k], s[l]));
        break;
    case 7:
        leat_slice_range (i, v, s[k])
            leat_at(s[k], i) = v + i * n;
        break;
    }
}

// slices.Chunk, part by part.
static void
show_chunks(void)
{
    leat_slice(long) all = leat_slice_make(leat_slice(long), 10, 20);
    for (int64_t length = 0; length <= 10; length++) {
        leat_slice(long) first = leat_sub_to(all, length);
        for (int n = 1; n < 13; n++) {
            printf("chunks of %d:", n);
            for (int64_t i = 0; i < leat_slice_chunks(first, n); i++) {
                leat_slice(long) part = leat_slice_chunk(first, n, i);
                leat_at(part, 0)++;
                printf(" %lld/%lld/%ld", (long long)part.len,
                    (long long)part.cap, leat_at(part, part.len - 1));
            }
            printf("\n");
        }
    }
    leat_slice_free(all);
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    for (int n = 0; n < 20000; n++) {
        step(n);
        if (n % 50 == 0)
            show(n);
    }
    for (int i = 0; i < made_count; i++)
        leat_slice_free(made[i]);
    show_chunks();
    return 0;
}
