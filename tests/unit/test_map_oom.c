// SPDX-License-Identifier: MIT
// test_map_oom.c: maps that get no memory, at every place where they ask.
#include "unit/test_map_util.h"

#include "os/fault.h"

// The n-th call from now on fails; with "+" the later ones too.
static void
oom_arm(const char *kind, int n, const char *more)
{
    char text[48];
    snprintf(text, sizeof text, "%s:%llu%s", kind,
        (unsigned long long)leat__fault_calls() + (unsigned)n, more);
    CHECK(leat__fault_parse(text));
}

// Puts the value, or leaves everything as it is.
static bool
oom_put(struct model *m, uint64_t i, uint64_t value)
{
    char key[MODEL_KEY_MAX] __attribute__((aligned(16))) = {0};
    m->type->key(i, key);
    void *elem = leat__mapassign_try(&m->type->t, m->h, key);
    if (elem == NULL) {
        CHECK(!m->there[i]);
        CHECK_EQ(m->h->count, m->count);
        return false;
    }
    value = model_cut(m, value);
    model_write(m, elem, value);
    m->count += !m->there[i];
    m->there[i] = true;
    m->value[i] = value;
    return true;
}

// A sequence of operations that grows, and packs overflow buckets; how many
// of its writes failed.
static int
oom_run(struct model *m)
{
    int failed = 0;
    for (uint64_t k = 0; k < 1500; k++) {
        uint64_t i = model_random(m, 700);
        if (model_random(m, 4) == 0)
            model_delete(m, i);
        else
            failed += !oom_put(m, i, k);
        if (k % 50 == 0)
            leat__map_check(&m->type->t, m->h);
    }
    leat__fault_on = false;
    model_check(m);
    return failed;
}

// Fails the n-th allocation (and the later ones), for every n.
static void
oom_each(struct model *m, size_t type, const char *more)
{
    for (int n = 1; n < 100000; n += 1 + n / 16) {
        model_init(m, model_type(type), 5);
        uint64_t before = leat__fault_calls();
        oom_arm("malloc", n, more);
        int failed = oom_run(m);
        uint64_t calls = leat__fault_calls() - before;
        model_free(m);
        if (n == 1 && *more == '+')
            CHECK(failed > 0);
        if (calls < (uint64_t)n) {
            CHECK_EQ(failed, 0);
            return;
        }
    }
    FAIL("it asks for ever");
}

PLAIN_TEST_WITH(map_oom, failed_write_leaves_the_map_as_it_was,
    .timeout_s = 120)
{
    struct model *m = malloc(sizeof *m);
    for (size_t type = 0; type < MODEL_TYPES; type++) {
        oom_each(m, type, "");
        oom_each(m, type, "+");
    }
    free(m);
}

PLAIN_TEST(map_oom, map_without_memory_for_its_array_works_on)
{
    // It cannot double; overflow buckets are small enough to be had.
    struct model *m = malloc(sizeof *m);
    model_init(m, model_type(0), 1);
    model_free(m);
    m->h = leat__makemap(&m->type->t, 0, NULL);
    for (uint64_t i = 0; i < 13; i++)
        model_put(m, i, i);
    CHECK_EQ(m->h->B, 1);
    oom_arm("malloc", 1, ""); // the array of four buckets
    model_put(m, 13, 13);
    leat__fault_on = false;
    CHECK_EQ(m->h->B, 1);
    model_put(m, 14, 14);
    CHECK_EQ(m->h->B, 2);
    model_check(m);
    model_free(m);
    free(m);
}

// Of Leat's heap, also where sanitizers have another.
PLAIN_TEST_WITH(map_oom, pages_that_are_refused_are_done_without,
    .env = {"LEATDEBUG=heap=own"})
{
    enum { N = 150000 };
    leat_gomaxprocs(0); // reads the settings
    leat_map(uint64_t, uint64_t) m = leat_make_map(uint64_t, uint64_t);
    oom_arm("mmap", 1, "+");
    for (uint64_t i = 0; i < N; i++)
        leat_map_put(m, i, i);
    leat__fault_on = false;
    uint8_t B = ((struct hmap *)m)->B;
    CHECK(N > (uint64_t)13 << B >> 1); // it has not grown when it should
    for (uint64_t i = 0; i < N; i++)
        CHECK_EQ(leat_map_get(m, i), i);
    leat_map_put(m, N, 1);
    CHECK_EQ(((struct hmap *)m)->B, B + 1);
    leat_map_free(m);
}

// An array of many megabytes, which the system refuses.
PLAIN_TEST(map_oom, a_hint_there_is_no_memory_for_is_dropped)
{
    enum { FEW = 20, HINT = 4000000 };
    // So that the heap has the little that a map itself takes.
    leat_map_free(leat_make_map(uint64_t, uint64_t, FEW));
    oom_arm("mmap", 1, "+");
    leat_map(uint64_t, uint64_t) m =
        leat_make_map(uint64_t, uint64_t, HINT);
    leat__fault_on = false;
    for (uint64_t i = 0; i < 1000; i++)
        leat_map_put(m, i, i);
    CHECK_EQ(leat_map_len(m), 1000);
    // It has grown from nothing, as a map without a hint does: to where half as
    // many buckets would be too few.
    CHECK_EQ(((struct hmap *)m)->B, 8);
    leat_map_free(m);
}

struct oom_point {
    int x, y;
};
LEAT_MAP_KEY(oom_key, struct oom_point, x, y);

PLAIN_TEST(map_oom, making_and_cloning_report_it)
{
    oom_arm("malloc", 1, "+");
    CHECK((leat_try_make_map(int, int)) == NULL);
    CHECK((leat_try_make_map(int, int, 1000)) == NULL);
    CHECK((leat_try_make_map_key(oom_key, int)) == NULL);
    CHECK((leat_try_make_map_key(oom_key, int, 1000)) == NULL);
    leat__fault_on = false;
    struct model *m = malloc(sizeof *m);
    for (size_t type = 0; type < MODEL_TYPES; type++) {
        model_init(m, model_type(type), 3);
        for (uint64_t i = 0; i < 100; i++)
            model_put(m, i, i);
        struct hmap *c = NULL;
        for (int n = 1; c == NULL; n++) {
            oom_arm("malloc", n, "");
            c = leat__mapclone(&m->type->t, m->h);
            CHECK(n < 1000);
        }
        leat__fault_on = false;
        leat__map_check(&m->type->t, c);
        CHECK_EQ(c->count, 100);
        leat__mapfree(&m->type->t, c);
        model_free(m);
    }
    free(m);
}

PLAIN_TEST(map_oom, try_put_reports_it)
{
    leat_map(int, struct model) m = leat_make_map(int, struct model);
    struct model *v = calloc(1, sizeof *v);
    CHECK_EQ(leat_map_try_put(m, 1, *v), 0);
    oom_arm("malloc", 1, "+");
    CHECK_EQ(leat_map_try_put(m, 2, *v), LEAT_ENOMEM);
    CHECK_EQ(leat_map_try_put(m, 1, *v), 0);
    leat__fault_on = false;
    CHECK_EQ(leat_map_len(m), 1);
    leat_map_free(m);
    free(v);
}

PLAIN_TEST_WITH(map_oom, put_is_fatal_without_memory, .exit_status = 2,
    .stderr_has = {"fatal error: out of memory: cannot add to a map of 8"})
{
    leat_map(int, int) m = leat_make_map(int, int);
    // The first bucket came with the map.
    oom_arm("malloc", 1, "+");
    for (int i = 0; i < 8; i++)
        leat_map_put(m, i, 1);
    CHECK_EQ(leat_map_len(m), 8);
    leat_map_put(m, 8, 1);
}

PLAIN_TEST_WITH(map_oom, put_of_a_large_value_is_fatal_without_memory,
    .exit_status = 2,
    .stderr_has = {"fatal error: out of memory: cannot add to a map of 0"})
{
    // Its bucket is too large to come with a map that may stay empty.
    struct wide {
        char bytes[128];
    } value = {{0}};
    leat_map(int, struct wide) m = leat_make_map(int, struct wide);
    oom_arm("malloc", 1, "+");
    leat_map_put(m, 1, value);
}
