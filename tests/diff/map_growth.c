// SPDX-License-Identifier: MIT
// map_growth: at which writes maps grow, to how many buckets, and when into
// an array of the same size; read from the fields that both languages have.
#include "map/map_int.h"

#include <leat.h>

#include <stdio.h>
#include <stdlib.h>

typedef leat_map(uint64_t, uint64_t) numbers;

// Prints what a write changed.
struct watch {
    const struct hmap *h;
    uint8_t B;
    bool growing;
};

static void
watch_look(struct watch *w, const char *what, int i)
{
    const struct hmap *h = w->h;
    bool growing = h->oldbuckets != NULL;
    if (h->B != w->B || (growing && !w->growing))
        printf("%s: %d: B %d to %d, %d entries, same size %d\n", what, i, w->B,
            h->B, (int)h->count, h->flags & sameSizeGrow);
    w->B = h->B;
    w->growing = growing;
}

static struct watch
watch_begin(const void *m)
{
    const struct hmap *h = m;
    return (struct watch){h, h->B, h->oldbuckets != NULL};
}

static void
insert_numbers(void)
{
    numbers m = leat_make_map(uint64_t, uint64_t);
    struct watch w = watch_begin(m);
    for (int i = 1; i <= 300000; i++) {
        leat_map_put(m, (uint64_t)i, 1);
        watch_look(&w, "numbers", i);
    }
    leat_map_free(m);
}

static void
insert_squares(void)
{
    leat_map(uint32_t, uint8_t) m = leat_make_map(uint32_t, uint8_t);
    struct watch w = watch_begin(m);
    for (int i = 1; i <= 5000; i++) {
        leat_map_put(m, (uint32_t)(i * i), 1);
        watch_look(&w, "squares", i);
    }
    leat_map_free(m);
}

static void
insert_texts(void)
{
    static char texts[5001][16];
    leat_map(leat_str, int) m = leat_make_map(leat_str, int);
    struct watch w = watch_begin(m);
    for (int i = 1; i <= 5000; i++) {
        snprintf(texts[i], sizeof texts[i], "key %d", i);
        leat_map_put(m, leat_str_from_c(texts[i]), i);
        watch_look(&w, "texts", i);
    }
    leat_map_free(m);
}

static numbers
filled(int from, int to)
{
    numbers m = leat_make_map(uint64_t, uint64_t);
    for (int i = from; i < to; i++)
        leat_map_put(m, (uint64_t)i, 1);
    return m;
}

// A map that has just no room left, and what happens then.
static void
full(int n)
{
    numbers m = filled(1, n + 1);
    struct watch w = watch_begin(m);
    for (int i = 1; i <= n; i++) {
        leat_map_put(m, (uint64_t)i, 2);
        watch_look(&w, "written again", i);
    }
    leat_map_delete(m, (uint64_t)n);
    leat_map_put(m, (uint64_t)(n + 1), 1);
    watch_look(&w, "one for another", n);
    leat_map_put(m, (uint64_t)n, 1);
    watch_look(&w, "one more", n);
    leat_map_free(m);
}

static void
removing(void)
{
    numbers m = filled(0, 1000);
    struct watch w = watch_begin(m);
    for (int i = 0; i < 1000; i++) {
        leat_map_delete(m, (uint64_t)i);
        watch_look(&w, "deleted", i);
    }
    printf("empty: %d %d\n", (int)w.h->count, w.h->B);
    for (int i = 0; i < 1000; i++) {
        leat_map_put(m, (uint64_t)i, 1);
        watch_look(&w, "filled again", i);
    }
    leat_map_clear(m);
    printf("cleared: %d %d\n", (int)w.h->count, w.h->B);
    leat_map_free(m);
}

static void
hint(int n)
{
    numbers m = leat_make_map(uint64_t, uint64_t, n);
    printf("hint %d %d\n", n, ((struct hmap *)m)->B);
    leat_map_free(m);
}

static void
hints(void)
{
    for (int n = -2; n < 2000; n++)
        hint(n);
    for (int n = 1 << 12; n <= 1 << 16; n *= 2)
        for (int d = -1; d <= 1; d++)
            hint(n * 13 / 2 + d);
}

// Numbers that are spread, for any hash.
static uint64_t
spread(int i)
{
    uint64_t x = (uint64_t)i * 0x9e3779b97f4a7c15u;
    return (x ^ x >> 29) * 0xbf58476d1ce4e5b9u;
}

// One in, one out, until there are as many overflow buckets as buckets.
static void
churn(int room, int n)
{
    numbers m = leat_make_map(uint64_t, uint64_t, room);
    for (int i = 0; i < n; i++)
        leat_map_put(m, spread(i), 1);
    struct watch w = watch_begin(m);
    for (int i = n, packed = 0; packed < 3; i++) {
        leat_map_delete(m, spread(i - n));
        watch_look(&w, "churn, deleted", 0);
        int before = w.h->noverflow;
        leat_map_put(m, spread(i), 1);
        if (w.h->oldbuckets != NULL && !w.growing) {
            packed++;
            printf("overflow buckets: %d\n", before);
            watch_look(&w, "churn", packed);
        }
        w.growing = w.h->oldbuckets != NULL;
    }
    leat_map_free(m);
}

int
main(void)
{
    static const int sizes[] = {8, 13, 26, 52, 104, 208, 13312};
    insert_numbers();
    insert_squares();
    insert_texts();
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        full(sizes[i]);
    removing();
    hints();
    churn(26, 24);
    churn(384, 384);
    churn(1600, 1500);
    return 0;
}
