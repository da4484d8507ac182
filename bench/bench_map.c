// SPDX-License-Identifier: MIT
// bench_map.c: maps: the workloads of Go's runtime/map_benchmark_test.go by
// their names, for three types of keys and more lengths, and the worst single
// insert. A map that Go drops is given back here.
#define BENCH_GROUP 11
#include "bench.h"

#include <stdio.h>
#include <time.h>

enum { MAP_STRIDE = 7919 }; // a prime: another order than that of adding

static uint64_t
map_mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

static uint64_t
map_number(int64_t i)
{
    return map_mix((uint64_t)(i + 1) * UINT64_C(0x9E3779B97F4A7C15));
}

static int32_t
map_key_int32(int64_t i)
{
    return (int32_t)((uint32_t)i * 0x9E3779B1u);
}

static int64_t
map_key_int64(int64_t i)
{
    return (int64_t)map_number(i);
}

// The keys of one workload live to its end.
static leat_str
map_key_string(int64_t i)
{
    char text[17];
    snprintf(text, sizeof text, "%016llx", (unsigned long long)map_number(i));
    return leat_str_clone(leat_str_from_c(text));
}

static volatile int64_t map_sink;

// The workloads for one type of keys.
#define MAP_WORKLOADS(K, T)                                                    \
    static K *map_keys_##T(int64_t from, int64_t n)                            \
    {                                                                          \
        K *keys = bench_alloc((size_t)n, sizeof *keys);                        \
        for (int64_t i = 0; i < n; i++)                                        \
            keys[i] = map_key_##T(from + i * MAP_STRIDE % n);                  \
        return keys;                                                           \
    }                                                                          \
    static leat_map(K, int64_t) map_full_##T(int64_t n)                        \
    {                                                                          \
        leat_map(K, int64_t) m = leat_make_map(K, int64_t);                    \
        for (int64_t i = 0; i < n; i++)                                        \
            leat_map_put(m, map_key_##T(i), i + 1);                            \
        return m;                                                              \
    }                                                                          \
    static void map_look_##T(const struct bench *b, int64_t n)                 \
    {                                                                          \
        int64_t size = b->arg[0], k = 0, sum = 0;                              \
        leat_map(K, int64_t) m = map_full_##T(size);                           \
        K *keys = map_keys_##T(b->arg[1] * size, size);                        \
        bench_reset();                                                         \
        for (int64_t i = 0; i < n; i++) {                                      \
            sum += leat_map_get(m, keys[k]);                                   \
            if (++k == size)                                                   \
                k = 0;                                                         \
        }                                                                      \
        map_sink = sum;                                                        \
        bench_stop();                                                          \
        bench_check((b->arg[1] == 0 && n > 0) == (sum > 0), "the sum");        \
        leat_map_free(m);                                                      \
    }                                                                          \
    static void map_fill_##T(const struct bench *b, int64_t n)                 \
    {                                                                          \
        int64_t size = b->arg[0];                                              \
        K *keys = map_keys_##T(0, size);                                       \
        bench_reset();                                                         \
        for (int64_t i = 0; i < n; i += size) {                                \
            leat_map(K, int64_t) m = leat_make_map(K, int64_t, b->arg[1]);     \
            for (int64_t k = 0; k < size; k++)                                 \
                leat_map_put(m, keys[k], 1);                                   \
            map_sink = leat_map_len(m);                                        \
            leat_map_free(m);                                                  \
        }                                                                      \
        bench_stop();                                                          \
        bench_check(map_sink == size, "the length");                           \
    }                                                                          \
    static void map_exists_##T(const struct bench *b, int64_t n)               \
    {                                                                          \
        int64_t size = b->arg[0], k = 0;                                       \
        leat_map(K, int64_t) m = map_full_##T(size);                           \
        K *keys = map_keys_##T(0, size);                                       \
        bench_reset();                                                         \
        for (int64_t i = 0; i < n; i++) {                                      \
            leat_map_put(m, keys[k], i);                                       \
            if (++k == size)                                                   \
                k = 0;                                                         \
        }                                                                      \
        bench_stop();                                                          \
        bench_check(leat_map_len(m) == size, "the length");                    \
        leat_map_free(m);                                                      \
    }                                                                          \
    static void map_delete_##T(const struct bench *b, int64_t n)               \
    {                                                                          \
        int64_t size = b->arg[0], k = 0;                                       \
        leat_map(K, int64_t) m = map_full_##T(size);                           \
        K *keys = map_keys_##T(0, size);                                       \
        bench_reset();                                                         \
        for (int64_t i = 0; i < n; i++) {                                      \
            leat_map_delete(m, keys[k]);                                       \
            leat_map_put(m, keys[k], 1);                                       \
            if (++k == size)                                                   \
                k = 0;                                                         \
        }                                                                      \
        bench_stop();                                                          \
        bench_check(leat_map_len(m) == size, "the length");                    \
        leat_map_free(m);                                                      \
    }                                                                          \
    static void map_iter_##T(const struct bench *b, int64_t n)                 \
    {                                                                          \
        int64_t size = b->arg[0], sum = 0;                                     \
        leat_map(K, int64_t) m = map_full_##T(size);                           \
        bench_reset();                                                         \
        for (int64_t i = 0; i < n; i += size) {                                \
            leat_map_range (K, k, int64_t, v, m)                               \
                sum += v;                                                      \
        }                                                                      \
        map_sink = sum;                                                        \
        bench_stop();                                                          \
        bench_check(sum >= size * (size - 1) / 2, "the sum");                  \
        leat_map_free(m);                                                      \
    }

MAP_WORKLOADS(int32_t, int32)
MAP_WORKLOADS(int64_t, int64)
MAP_WORKLOADS(leat_str, string)

BENCH("MapAccessHit/Key=int32/len=6", map_look_int32,
    .arg = {6, 0});
BENCH("MapAccessMiss/Key=int32/len=6", map_look_int32,
    .arg = {6, 1});
BENCH("MapAssignFillNoHint/Key=int32/len=6", map_fill_int32,
    .arg = {6, 0}, .granule = 6);
BENCH("MapAccessHit/Key=int32/len=1000", map_look_int32,
    .arg = {1000, 0});
BENCH("MapAccessMiss/Key=int32/len=1000", map_look_int32,
    .arg = {1000, 1});
BENCH("MapAssignFillNoHint/Key=int32/len=1000", map_fill_int32,
    .arg = {1000, 0}, .granule = 1000);
BENCH("MapAccessHit/Key=int32/len=60000", map_look_int32,
    .arg = {60000, 0});
BENCH("MapAccessMiss/Key=int32/len=60000", map_look_int32,
    .arg = {60000, 1});
BENCH("MapAssignFillNoHint/Key=int32/len=60000", map_fill_int32,
    .arg = {60000, 0}, .granule = 60000);
BENCH("MapAssignFillHint/Key=int32/len=60000", map_fill_int32,
    .arg = {60000, 60000}, .granule = 60000);
BENCH("MapAssignExists/Key=int32/len=60000", map_exists_int32,
    .arg = {60000, 0});
BENCH("MapDeleteAssign/Key=int32/len=60000", map_delete_int32,
    .arg = {60000, 0});
BENCH("MapIter/Key=int32/len=60000", map_iter_int32,
    .arg = {60000, 0}, .granule = 60000);
BENCH("MapAccessHit/Key=int64/len=6", map_look_int64,
    .arg = {6, 0});
BENCH("MapAccessMiss/Key=int64/len=6", map_look_int64,
    .arg = {6, 1});
BENCH("MapAssignFillNoHint/Key=int64/len=6", map_fill_int64,
    .arg = {6, 0}, .granule = 6);
BENCH("MapAccessHit/Key=int64/len=1000", map_look_int64,
    .arg = {1000, 0});
BENCH("MapAccessMiss/Key=int64/len=1000", map_look_int64,
    .arg = {1000, 1});
BENCH("MapAssignFillNoHint/Key=int64/len=1000", map_fill_int64,
    .arg = {1000, 0}, .granule = 1000);
BENCH("MapAccessHit/Key=int64/len=60000", map_look_int64,
    .arg = {60000, 0});
BENCH("MapAccessMiss/Key=int64/len=60000", map_look_int64,
    .arg = {60000, 1});
BENCH("MapAssignFillNoHint/Key=int64/len=60000", map_fill_int64,
    .arg = {60000, 0}, .granule = 60000);
BENCH("MapAccessHit/Key=int64/len=850000", map_look_int64,
    .arg = {850000, 0});
BENCH("MapAccessMiss/Key=int64/len=850000", map_look_int64,
    .arg = {850000, 1});
BENCH("MapAssignFillNoHint/Key=int64/len=850000", map_fill_int64,
    .arg = {850000, 0}, .granule = 850000);
BENCH("MapAssignFillHint/Key=int64/len=60000", map_fill_int64,
    .arg = {60000, 60000}, .granule = 60000);
BENCH("MapAssignExists/Key=int64/len=60000", map_exists_int64,
    .arg = {60000, 0});
BENCH("MapDeleteAssign/Key=int64/len=60000", map_delete_int64,
    .arg = {60000, 0});
BENCH("MapIter/Key=int64/len=60000", map_iter_int64,
    .arg = {60000, 0}, .granule = 60000);
BENCH("MapAccessHit/Key=string/len=6", map_look_string,
    .arg = {6, 0});
BENCH("MapAccessMiss/Key=string/len=6", map_look_string,
    .arg = {6, 1});
BENCH("MapAssignFillNoHint/Key=string/len=6", map_fill_string,
    .arg = {6, 0}, .granule = 6);
BENCH("MapAccessHit/Key=string/len=1000", map_look_string,
    .arg = {1000, 0});
BENCH("MapAccessMiss/Key=string/len=1000", map_look_string,
    .arg = {1000, 1});
BENCH("MapAssignFillNoHint/Key=string/len=1000", map_fill_string,
    .arg = {1000, 0}, .granule = 1000);
BENCH("MapAccessHit/Key=string/len=60000", map_look_string,
    .arg = {60000, 0});
BENCH("MapAccessMiss/Key=string/len=60000", map_look_string,
    .arg = {60000, 1});
BENCH("MapAssignFillNoHint/Key=string/len=60000", map_fill_string,
    .arg = {60000, 0}, .granule = 60000);
BENCH("MapAssignFillHint/Key=string/len=60000", map_fill_string,
    .arg = {60000, 60000}, .granule = 60000);
BENCH("MapAssignExists/Key=string/len=60000", map_exists_string,
    .arg = {60000, 0});
BENCH("MapDeleteAssign/Key=string/len=60000", map_delete_string,
    .arg = {60000, 0});
BENCH("MapIter/Key=string/len=60000", map_iter_string,
    .arg = {60000, 0}, .granule = 60000);

static int64_t
map_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void
map_worst(const struct bench *b, int64_t n)
{
    (void)b;
    leat_map(uint64_t, uint64_t) m = leat_make_map(uint64_t, uint64_t);
    int64_t worst = 0, before = map_now();
    for (int64_t i = 0; i < n; i++) {
        leat_map_put(m, map_number(i), 1);
        int64_t now = map_now();
        if (now - before > worst)
            worst = now - before;
        before = now;
    }
    bench_report(worst);
    leat_map_free(m);
}
BENCH("MapWorstAssign", map_worst, .limit = 4000000);
