// SPDX-License-Identifier: MIT
// bench_mapset.c: maps beyond Go's own names: what else a fair comparison of
// hash tables asks for. Keys whose low or high bits alone differ, long strings,
// large elements, other hit rates, loads before and after growing, erasing
// what is not there, copying, clearing, empty maps, the worst inserts but a
// few, and memory.
#define BENCH_GROUP 12
#include "bench_map.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    MAP_TEXT_LONG = 100, // bytes of a long key
    MAP_HIGH_BITS = 40,  // how far the keys `high` are shifted
    MAP_WORST_LEFT_OUT = 10000 // one of so many is worse than P9999
};

static int64_t
map_key_low(int64_t i)
{
    return i;
}

static int64_t
map_key_high(int64_t i)
{
    return (int64_t)((uint64_t)i << MAP_HIGH_BITS);
}

// Different in the middle.
static leat_str
map_key_string100(int64_t i)
{
    char text[MAP_TEXT_LONG + 1];
    memset(text, 'x', MAP_TEXT_LONG);
    text[MAP_TEXT_LONG] = '\0';
    for (int k = 0; k < 16; k++)
        text[42 + k] = "0123456789abcdef"[map_number(i) >> (60 - 4 * k) & 15];
    return leat_str_clone(leat_str_from_c(text));
}

MAP_WORKLOADS(int64_t, int64)
MAP_WORKLOADS(int64_t, low)
MAP_WORKLOADS(int64_t, high)
MAP_WORKLOADS(leat_str, string100)

BENCH("MapAccessHit/Key=int64/len=64", map_look_int64, .arg = {64, 0});
BENCH("MapAccessHit/Key=int64/len=53000", map_look_int64, .arg = {53000, 0});
BENCH("MapAccessHit/Key=int64/len=54000", map_look_int64, .arg = {54000, 0});
BENCH("MapAssignFillNoHint/Key=int64/len=64", map_fill_int64,
    .arg = {64, 0}, .granule = 64);
BENCH("MapAccessHit/Key=low/len=60000", map_look_low, .arg = {60000, 0});
BENCH("MapAssignFillNoHint/Key=low/len=60000", map_fill_low,
    .arg = {60000, 0}, .granule = 60000);
BENCH("MapAccessHit/Key=high/len=60000", map_look_high, .arg = {60000, 0});
BENCH("MapAssignFillNoHint/Key=high/len=60000", map_fill_high,
    .arg = {60000, 0}, .granule = 60000);
BENCH("MapAccessHit/Key=string100/len=1000", map_look_string100,
    .arg = {1000, 0});
BENCH("MapAccessHit/Key=string100/len=60000", map_look_string100,
    .arg = {60000, 0});
BENCH("MapAssignFillNoHint/Key=string100/len=1000", map_fill_string100,
    .arg = {1000, 0}, .granule = 1000);

// Hit rates ------------------------------------------------------------------

static void
map_mixed(const struct bench *b, int64_t n)
{
    int64_t size = b->arg[0], hits = b->arg[1], k = 0, sum = 0;
    leat_map(int64_t, int64_t) m = map_full_int64(size);
    int64_t *keys = map_keys_int64(0, size);
    for (int64_t i = 0; i < size; i++) {
        if ((int64_t)(map_number(i) % 100) >= hits)
            keys[i] = map_key_int64(size + i);
    }
    bench_reset();
    for (int64_t i = 0; i < n; i++) {
        sum += leat_map_get(m, keys[k]);
        if (++k == size)
            k = 0;
    }
    map_sink = sum;
    bench_stop();
    bench_check(sum > 0, "the sum");
    leat_map_free(m);
}
BENCH("MapAccessMixed/Hits=25/len=60000", map_mixed,
    .arg = {60000, 25}, .granule = 60000);
BENCH("MapAccessMixed/Hits=50/len=60000", map_mixed,
    .arg = {60000, 50}, .granule = 60000);
BENCH("MapAccessMixed/Hits=75/len=60000", map_mixed,
    .arg = {60000, 75}, .granule = 60000);

// Large elements -------------------------------------------------------------

struct map_wide {
    int64_t a[7];
};

static void
map_fill_wide(const struct bench *b, int64_t n)
{
    int64_t size = b->arg[0];
    int64_t *keys = map_keys_int64(0, size);
    bench_reset();
    for (int64_t i = 0; i < n; i += size) {
        leat_map(int64_t, struct map_wide) m =
            leat_make_map(int64_t, struct map_wide);
        for (int64_t k = 0; k < size; k++)
            leat_map_put(m, keys[k], (struct map_wide){{k}});
        map_sink = leat_map_len(m);
        leat_map_free(m);
    }
    bench_stop();
    bench_check(map_sink == size, "the length");
}
BENCH("MapAssignFillNoHint/Elem=56/len=60000", map_fill_wide,
    .arg = {60000, 0}, .granule = 60000);

static void
map_use_wide(const struct bench *b, int64_t n)
{
    int64_t size = b->arg[0], sum = 0;
    int64_t *keys = map_keys_int64(0, size);
    leat_map(int64_t, struct map_wide) m =
        leat_make_map(int64_t, struct map_wide);
    for (int64_t i = 0; i < size; i++)
        leat_map_put(m, map_key_int64(i), (struct map_wide){{i + 1}});
    bench_reset();
    for (int64_t i = 0; b->arg[1] && i < n; i += size) {
        leat_map_range (int64_t, k, struct map_wide, v, m)
            sum += v.a[0];
    }
    for (int64_t i = 0, k = 0; !b->arg[1] && i < n; i++) {
        const struct map_wide *v = leat_map_find(m, keys[k]);
        sum += v == NULL ? 0 : v->a[0];
        if (++k == size)
            k = 0;
    }
    map_sink = sum;
    bench_stop();
    bench_check(sum > 0, "the sum");
    leat_map_free(m);
}
BENCH("MapAccessHit/Elem=56/len=60000", map_use_wide, .arg = {60000, 0});
BENCH("MapIter/Elem=56/len=60000", map_use_wide,
    .arg = {60000, 1}, .granule = 60000);

// Whole maps -----------------------------------------------------------------

static void
map_delete_miss(const struct bench *b, int64_t n)
{
    int64_t size = b->arg[0], k = 0;
    leat_map(int64_t, int64_t) m = map_full_int64(size);
    int64_t *keys = map_keys_int64(size, size);
    bench_reset();
    for (int64_t i = 0; i < n; i++) {
        leat_map_delete(m, keys[k]);
        if (++k == size)
            k = 0;
    }
    bench_stop();
    bench_check(leat_map_len(m) == size, "the length");
    leat_map_free(m);
}
BENCH("MapDeleteMiss/Key=int64/len=60000", map_delete_miss, .arg = {60000});

static void
map_clone(const struct bench *b, int64_t n)
{
    int64_t size = b->arg[0];
    leat_map(int64_t, int64_t) m = map_full_int64(size);
    bench_reset();
    for (int64_t i = 0; i < n; i += size) {
        leat_map(int64_t, int64_t) copy = leat_map_clone(m);
        map_sink = leat_map_len(copy);
        leat_map_free(copy);
    }
    bench_stop();
    bench_check(map_sink == size, "the length");
    leat_map_free(m);
}
BENCH("MapClone/Key=int64/len=60000", map_clone,
    .arg = {60000}, .granule = 60000);

static void
map_clear(const struct bench *b, int64_t n)
{
    int64_t size = b->arg[0];
    leat_map(int64_t, int64_t) m = map_full_int64(size);
    int64_t *keys = map_keys_int64(0, size);
    bench_reset();
    for (int64_t i = 0; i < n; i += size) {
        leat_map_clear(m);
        for (int64_t k = 0; k < size; k++)
            leat_map_put(m, keys[k], 1);
    }
    bench_stop();
    bench_check(leat_map_len(m) == size, "the length");
    leat_map_free(m);
}
BENCH("MapClear/Key=int64/len=60000", map_clear,
    .arg = {60000}, .granule = 60000);

static void
map_make_empty(const struct bench *b, int64_t n)
{
    (void)b;
    for (int64_t i = 0; i < n; i++) {
        leat_map(int64_t, int64_t) m = leat_make_map(int64_t, int64_t);
        map_sink = leat_map_len(m);
        leat_map_free(m);
    }
}
BENCH("MapMakeEmpty", map_make_empty);

// Bad cases and memory -------------------------------------------------------

static int
map_compare_ns(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void
map_p9999(const struct bench *b, int64_t n)
{
    (void)b;
    leat_map(uint64_t, uint64_t) m = leat_make_map(uint64_t, uint64_t);
    uint32_t *each = bench_alloc((size_t)n, sizeof *each);
    int64_t before = map_now();
    for (int64_t i = 0; i < n; i++) {
        leat_map_put(m, map_number(i), 1);
        int64_t now = map_now(), took = now - before;
        each[i] = took < UINT32_MAX ? (uint32_t)took : UINT32_MAX;
        before = now;
    }
    qsort(each, (size_t)n, sizeof *each, map_compare_ns);
    bench_report(each[n - 1 - n / MAP_WORST_LEFT_OUT] * n);
    leat_map_free(m);
}
BENCH("MapAssignP9999", map_p9999, .granule = 4000000, .limit = 4000000);

static int64_t
map_resident(void)
{
    leat_free_os_memory();
    long long all = 0, pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    bool ok = f != NULL && fscanf(f, "%lld %lld", &all, &pages) == 2;
    bench_check(ok, "/proc/self/statm");
    fclose(f);
    return pages * sysconf(_SC_PAGESIZE);
}

// The bytes of the map are the result, as if they were nanoseconds.
static void
map_bytes(const struct bench *b, int64_t n)
{
    (void)b;
    int64_t before = map_resident();
    leat_map(uint64_t, uint64_t) m = leat_make_map(uint64_t, uint64_t);
    for (int64_t i = 0; i < n; i++)
        leat_map_put(m, map_number(i), 1);
    bench_report(map_resident() - before);
    bench_check(leat_map_len(m) == n, "the length");
    leat_map_free(m);
}
BENCH("MapBytes/Key=int64/len=1000000", map_bytes,
    .granule = 1000000, .limit = 1000000);
BENCH("MapBytes/Key=int64/len=1800000", map_bytes,
    .granule = 1800000, .limit = 1800000);
