// SPDX-License-Identifier: MIT
// test_syncmap.c: leat/syncmap.h alone, against a model, and shared.
#include "unit/test_map_util.h"

#include <leat/syncmap.h>

#include <pthread.h>

struct sync_point {
    int x, y;
};
LEAT_MAP_KEY(sync_point_key, struct sync_point, x, y);

PLAIN_TEST(syncmap, operations_are_those_of_gos_sync_map)
{
    leat_syncmap(leat_str, int) m = leat_make_syncmap(leat_str, int);
    leat_str a = LEAT_STR("a"), b = LEAT_STR("b");
    int v = 9;
    CHECK(!leat_syncmap_load(m, a, &v));
    CHECK_EQ(v, 0);
    leat_syncmap_store(m, a, 1);
    CHECK(leat_syncmap_load(m, a, &v));
    CHECK_EQ(v, 1);
    CHECK(leat_syncmap_load_or_store(m, a, &v, 5));
    CHECK_EQ(v, 1);
    CHECK(!leat_syncmap_load_or_store(m, b, &v, 5));
    CHECK_EQ(v, 5);
    CHECK(leat_syncmap_swap(m, b, &v, 6));
    CHECK_EQ(v, 5);
    CHECK(!leat_syncmap_swap(m, LEAT_STR("c"), &v, 7));
    CHECK_EQ(v, 0);
    CHECK(!leat_syncmap_compare_and_swap(m, b, 5, 8));
    CHECK(leat_syncmap_compare_and_swap(m, b, 6, 8));
    CHECK(!leat_syncmap_compare_and_swap(m, LEAT_STR("d"), 0, 8));
    CHECK(!leat_syncmap_compare_and_delete(m, b, 6));
    CHECK(leat_syncmap_compare_and_delete(m, b, 8));
    CHECK(!leat_syncmap_load(m, b, NULL));
    CHECK_EQ(leat_syncmap_len(m), 2);
    CHECK(leat_syncmap_load_and_delete(m, a, &v));
    CHECK_EQ(v, 1);
    CHECK(!leat_syncmap_load_and_delete(m, a, &v));
    CHECK_EQ(v, 0);
    CHECK(leat_syncmap_delete(m, LEAT_STR("c")));
    CHECK_EQ(leat_syncmap_len(m), 0);
    leat_syncmap_store(m, a, 1);
    leat_syncmap_clear(m);
    CHECK(!leat_syncmap_load(m, a, NULL));
    leat_syncmap_free(m);
    leat_syncmap(int, int) none = NULL;
    leat_syncmap_free(none);
}

PLAIN_TEST(syncmap, values_are_compared_as_values)
{
    char x[] = "x", y[] = "x";
    leat_syncmap(int, leat_str) m = leat_make_syncmap(int, leat_str);
    leat_syncmap(struct sync_point, double) d =
        leat_make_syncmap_key(sync_point_key, double);
    leat_syncmap_store(m, 1, leat_str_from_c(x));
    CHECK(leat_syncmap_compare_and_swap(
        m, 1, leat_str_from_c(y), LEAT_STR("z")));
    struct sync_point p = {1, 2};
    leat_syncmap_store(d, p, 0.0);
    CHECK(leat_syncmap_compare_and_swap(d, p, -0.0, NAN));
    CHECK(!leat_syncmap_compare_and_swap(d, p, NAN, 1));
    leat_syncmap_free(m);
    leat_syncmap_free(d);
}

PLAIN_TEST(syncmap, null_is_a_string_of_its_own)
{
    leat_syncmap(int, char *) m = leat_make_syncmap(int, char *);
    leat_syncmap(char *, int) k = leat_make_syncmap(char *, int);
    char *none = NULL, a[] = "a", empty[] = "", *v = a;
    leat_syncmap_store(m, 1, a);
    CHECK(!leat_syncmap_compare_and_swap(m, 1, none, a));
    leat_syncmap_store(m, 1, none);
    CHECK(!leat_syncmap_compare_and_swap(m, 1, empty, a));
    CHECK(leat_syncmap_compare_and_swap(m, 1, none, empty));
    CHECK(leat_syncmap_load(m, 1, &v));
    CHECK(v == empty);
    leat_syncmap_store(k, none, 1);
    leat_syncmap_store(k, empty, 2);
    CHECK_EQ(leat_syncmap_len(k), 2);
    CHECK(leat_syncmap_delete(k, none));
    leat_syncmap_free(m);
    leat_syncmap_free(k);
}

PLAIN_TEST(syncmap, text_of_the_key_stored_first_stays)
{
    leat_syncmap(leat_str, int) m = leat_make_syncmap(leat_str, int);
    char first[] = "a", then[] = "a";
    leat_syncmap_store(m, leat_str_from_c(first), 1);
    leat_syncmap_store(m, leat_str_from_c(then), 2);
    then[0] = 'b';
    leat_syncmap_range (leat_str, k, int, v, m)
        CHECK(k.ptr == first && v == 2);
    leat_syncmap_free(m);
}

TEST_WITH(syncmap, a_text_that_faults_leaves_no_lock_behind,
    .env = {"LEATDEBUG=profile=go"},
    .skip_under = TEST_ASAN | TEST_TSAN | TEST_VALGRIND)
{
    leat_syncmap(int, char *) m = leat_make_syncmap(int, char *);
    struct leat_caught caught = {.value = NULL};
    char *nowhere = (char *)8, a[] = "a", *v = NULL;
    leat_syncmap_store(m, 1, a);
    leat_try {
        leat_catch(&caught);
        leat_syncmap_compare_and_swap(m, 1, nowhere, a);
    }
    CHECK(caught.kind != 0);
    CHECK(leat_syncmap_load(m, 1, &v));
    CHECK(v == a);
    leat_syncmap_free(m);
}

PLAIN_TEST(syncmap, range_sees_every_entry_once_while_its_body_writes)
{
    leat_syncmap(int, int) m = leat_make_syncmap(int, int);
    for (int i = 0; i < 1000; i++)
        leat_syncmap_store(m, i, i);
    bool seen[1000] = {false};
    leat_syncmap_range (int, k, int, v, m) {
        CHECK_EQ(k, v);
        if (k >= 1000)
            continue;
        CHECK(!seen[k]);
        seen[k] = true;
        for (int i = 0; i < 10 && k < 500; i++)
            leat_syncmap_store(m, 1000 + k * 10 + i, 1000 + k * 10 + i);
        leat_syncmap_delete(m, k);
    }
    for (int i = 0; i < 1000; i++)
        CHECK(seen[i]);
    int n = 0;
    leat_syncmap_range (int, k, int, v, m) {
        CHECK(k >= 1000 && k == v);
        if (++n == 7)
            break;
    }
    CHECK_EQ(n, 7);
    CHECK_EQ(leat_syncmap_len(m), 5000);
    leat_syncmap_free(m);
}

// Shared -----------------------------------------------------------------

enum { SHARE_WORKERS = 8, SHARE_KEYS = 200 };
typedef leat_syncmap(int, int64_t) share_map;
static int64_t share_steps = 20000;

// Adds 1 to random keys, by comparing and swapping: no addition is lost.
static void
share_adder(share_map m, uint64_t seed, leat_chan(int64_t) done)
{
    int64_t added = 0;
    for (int64_t i = 0; i < share_steps; i++) {
        int k = (int)(test_next(&seed) % SHARE_KEYS);
        int64_t v;
        leat_syncmap_load_or_store(m, k, &v, (int64_t)0);
        while (!leat_syncmap_compare_and_swap(m, k, v, v + 1)) {
            if (!leat_syncmap_load(m, k, &v))
                leat_syncmap_load_or_store(m, k, &v, (int64_t)0);
        }
        added++;
    }
    leat_send(done, added);
}

// Takes entries away, and counts what they had.
static void
share_taker(share_map m, uint64_t seed, leat_chan(int64_t) done)
{
    int64_t taken = 0, v;
    for (int64_t i = 0; i < share_steps / 10; i++) {
        int k = (int)(test_next(&seed) % SHARE_KEYS);
        if (leat_syncmap_load_and_delete(m, k, &v))
            taken += v;
        if (i % 100 == 0) {
            leat_syncmap_range (int, key, int64_t, value, m)
                CHECK(key < SHARE_KEYS && value >= 0);
        }
    }
    leat_send(done, -taken);
}

TEST_WITH(syncmap, no_addition_is_lost_among_goroutines, .timeout_s = 60)
{
    if (test_under() != 0)
        share_steps = 1000;
    share_map m = leat_make_syncmap(int, int64_t);
    leat_chan(int64_t) done = leat_make_chan(int64_t);
    uint64_t seed = test_seed();
    for (int i = 0; i < SHARE_WORKERS; i++) {
        leat_go(share_adder, m, seed + (uint64_t)i * 1000, done);
        leat_go(share_taker, m, seed + (uint64_t)i * 1000 + 1, done);
    }
    int64_t total = 0;
    for (int i = 0; i < 2 * SHARE_WORKERS; i++)
        total += leat_recv(done);
    leat_syncmap_range (int, k, int64_t, v, m)
        total -= v + 0 * k;
    CHECK_EQ(total, 0);
    leat_syncmap_free(m);
    leat_free(done);
}

static share_map share_threads_map;

static void *
share_thread(void *arg)
{
    int64_t base = (int64_t)(intptr_t)arg;
    for (int64_t i = 0; i < share_steps; i++) {
        int64_t v;
        int k = (int)(base * share_steps + i);
        leat_syncmap_store(share_threads_map, k, i);
        if (!leat_syncmap_load(share_threads_map, k, &v) || v != i)
            return share_threads_map;
    }
    return NULL;
}

PLAIN_TEST_WITH(syncmap, plain_threads_see_what_they_store, .timeout_s = 60)
{
    if (test_under() != 0)
        share_steps = 1000;
    pthread_t threads[4];
    share_threads_map = leat_make_syncmap(int, int64_t);
    for (intptr_t i = 0; i < 4; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, share_thread, (void *)i),
            0);
    for (int i = 0; i < 4; i++) {
        void *wrong;
        pthread_join(threads[i], &wrong);
        CHECK(wrong == NULL);
    }
    CHECK_EQ(leat_syncmap_len(share_threads_map), 4 * share_steps);
    leat_syncmap_free(share_threads_map);
}
