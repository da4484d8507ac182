// SPDX-License-Identifier: MIT
// bench_map.c: maps: the workloads of Go's runtime/map_benchmark_test.go by
// their names, for three types of keys and more lengths, and the worst single
// insert. A map that Go drops is given back here.
#define BENCH_GROUP 11
#include "bench_map.h"

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
    bench_report(worst * n);
    leat_map_free(m);
}
BENCH("MapWorstAssign", map_worst, .granule = 4000000, .limit = 4000000);
