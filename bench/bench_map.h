// SPDX-License-Identifier: MIT
// bench_map.h: what the files on maps share: the keys, which are the same in
// every program, and the workloads that are made for each type of keys.
#ifndef LEAT_BENCH_BENCH_MAP_H
#define LEAT_BENCH_BENCH_MAP_H

#include "bench.h"

#include <stdio.h>
#include <time.h>

// No file uses all of them.
#define MAP_SHARED __attribute__((unused)) static

enum { MAP_STRIDE = 7919 }; // a prime: another order than that of adding

MAP_SHARED uint64_t
map_mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

MAP_SHARED uint64_t
map_number(int64_t i)
{
    return map_mix((uint64_t)(i + 1) * UINT64_C(0x9E3779B97F4A7C15));
}

MAP_SHARED int32_t
map_key_int32(int64_t i)
{
    return (int32_t)((uint32_t)i * 0x9E3779B1u);
}

MAP_SHARED int64_t
map_key_int64(int64_t i)
{
    return (int64_t)map_number(i);
}

// The keys of one workload live to its end.
MAP_SHARED leat_str
map_key_string(int64_t i)
{
    char text[17];
    snprintf(text, sizeof text, "%016llx", (unsigned long long)map_number(i));
    return leat_str_clone(leat_str_from_c(text));
}

static volatile int64_t map_sink __attribute__((unused));

// The workloads for one type of keys.
#define MAP_WORKLOADS(K, T)                                                    \
    MAP_SHARED K *map_keys_##T(int64_t from, int64_t n)                        \
    {                                                                          \
        K *keys = bench_alloc((size_t)n, sizeof *keys);                        \
        for (int64_t i = 0; i < n; i++)                                        \
            keys[i] = map_key_##T(from + i * MAP_STRIDE % n);                  \
        return keys;                                                           \
    }                                                                          \
    MAP_SHARED leat_map(K, int64_t) map_full_##T(int64_t n)                    \
    {                                                                          \
        leat_map(K, int64_t) m = leat_make_map(K, int64_t);                    \
        for (int64_t i = 0; i < n; i++)                                        \
            leat_map_put(m, map_key_##T(i), i + 1);                            \
        return m;                                                              \
    }                                                                          \
    MAP_SHARED void map_look_##T(const struct bench *b, int64_t n)             \
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
    MAP_SHARED void map_fill_##T(const struct bench *b, int64_t n)             \
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
    MAP_SHARED void map_exists_##T(const struct bench *b, int64_t n)           \
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
    MAP_SHARED void map_delete_##T(const struct bench *b, int64_t n)           \
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
    MAP_SHARED void map_iter_##T(const struct bench *b, int64_t n)             \
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

MAP_SHARED int64_t
map_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

#endif
