// SPDX-License-Identifier: MIT
// test_map.c: the untyped map against the model, and what is Go's about it.
#include "unit/test_map_util.h"

PLAIN_TEST(map, header_has_gos_fields_at_gos_offsets)
{
    CHECK_EQ(sizeof(struct hmap), 48);
    CHECK_EQ(offsetof(struct hmap, count), 0);
    CHECK_EQ(offsetof(struct hmap, flags), 8);
    CHECK_EQ(offsetof(struct hmap, B), 9);
    CHECK_EQ(offsetof(struct hmap, noverflow), 0xa);
    CHECK_EQ(offsetof(struct hmap, hash0), 0xc);
    CHECK_EQ(offsetof(struct hmap, buckets), 0x10);
    CHECK_EQ(offsetof(struct hmap, oldbuckets), 0x18);
    CHECK_EQ(offsetof(struct hmap, nevacuate), 0x20);
    CHECK_EQ(offsetof(struct hmap, extra), 0x28);
}

// Random operations ---------------------------------------------------------

// A sequence of operations in a part of the keys; the map grows and shrinks.
static void
map_random_steps(struct model *m, int steps)
{
    uint64_t keys = 1 + model_random(m, MODEL_KEYS);
    uint64_t puts = 1 + model_random(m, 9); // of 10 changes
    for (int k = 0; k < steps; k++) {
        uint64_t i = model_random(m, keys);
        if (model_random(m, 3) == 0)
            model_get(m, i);
        else if (model_random(m, 10) < puts)
            model_put(m, i, test_next(&m->seed));
        else
            model_delete(m, i);
    }
    if (model_random(m, 20) == 0)
        model_clear(m);
}

static void
map_model_run(size_t type, int rounds)
{
    struct model *m = malloc(sizeof *m);
    for (int r = 0; r < rounds; r++) {
        model_init(m, model_type(type), test_seed() + (uint64_t)r);
        for (int k = 0; k < 12; k++) {
            map_random_steps(m, 1500);
            model_check(m);
        }
        model_free(m);
    }
    free(m);
}

PLAIN_TEST_WITH(map, random_operations_agree_with_the_model, .timeout_s = 120)
{
    int rounds = test_under() == 0 ? 8 : 1;
    for (size_t type = 0; type < MODEL_TYPES; type++)
        map_model_run(type, rounds);
}

// One change of what an iteration is at.
static void
map_change_meanwhile(struct model *m, uint64_t at, int what)
{
    uint64_t i = model_random(m, MODEL_KEYS);
    switch (what) {
    case 0: // deletes what it gets
        model_delete(m, at);
        break;
    case 1: // adds a few
        model_put(m, i, test_next(&m->seed));
        break;
    case 2: // adds and deletes
        model_put(m, i, test_next(&m->seed));
        model_delete(m, model_random(m, MODEL_KEYS));
        break;
    case 3: // writes to what it gets, and grows at once by much, rarely
        model_put(m, at, test_next(&m->seed));
        for (int k = 0; k < 400 && i < 40; k++)
            model_put(m, model_random(m, MODEL_KEYS), 1);
        break;
    case 4: // deletes others
        for (int k = 0; k < 3; k++)
            model_delete(m, model_random(m, MODEL_KEYS));
        break;
    case 5: // empties it
        if (i < 5)
            model_clear(m);
        model_put(m, model_random(m, 50), 7);
        break;
    default:
        break;
    }
}

static void
map_iterate_and_change(struct model *m, int what)
{
    struct leat__hiter it;
    int left = 20000; // what is added may be given, and then more is added
    model_begin(m);
    for (leat__mapiterinit(m->h, &it);
         it.key != NULL && left > 0; leat__mapiternext(&it), left--) {
        uint64_t at = model_given(m, &it);
        map_change_meanwhile(m, at, what);
    }
    if (it.key == NULL)
        model_end(m);
}

PLAIN_TEST_WITH(map, iteration_is_right_while_the_map_changes,
    .timeout_s = 200)
{
    struct model *m = malloc(sizeof *m);
    int rounds = test_under() == 0 ? 60 : 6;
    for (int r = 0; r < rounds * 7; r++) {
        for (size_t type = 0; type < MODEL_TYPES; type++) {
            // Equal hashes, some deleted and some not: see iter.c.
            if (strcmp(model_types[type].name, "few hashes") == 0 &&
                (r % 7 == 2 || r % 7 == 4 || r % 7 == 5))
                continue;
            model_init(m, model_type(type), test_seed() + (uint64_t)r);
            uint64_t n = model_random(m, r % 3 == 0 ? 1200 : 60);
            for (uint64_t k = 0; k < n; k++)
                model_put(m, model_random(m, MODEL_KEYS), k);
            map_iterate_and_change(m, r % 7);
            model_check(m);
            model_free(m);
        }
    }
    free(m);
}

PLAIN_TEST(map, every_invariant_holds_after_every_operation)
{
    struct model *m = malloc(sizeof *m);
    for (size_t type = 0; type < MODEL_TYPES; type++) {
        model_init(m, model_type(type), test_seed());
        for (int k = 0; k < 600; k++) {
            uint64_t i = model_random(m, 300);
            if (model_random(m, 3) > 0)
                model_put(m, i, i);
            else
                model_delete(m, i);
            leat__map_check(&m->type->t, m->h);
        }
        model_free(m);
    }
    free(m);
}

// Growing ------------------------------------------------------------------

static struct hmap *
map_new_u64(int64_t hint)
{
    return leat__makemap(&model_type(0)->t, hint, NULL);
}

static void
map_put_u64(struct hmap *h, uint64_t key, uint64_t value)
{
    *(uint64_t *)leat__mapassign(&model_types[0].t, h, &key) = value;
}

PLAIN_TEST(map, grows_at_the_inserts_go_grows_at)
{
    // Printed by Go 1.17 to 1.23 through a copy of hmap.
    static const uint64_t at[] = {9, 14, 27, 53, 105, 209, 417, 833, 1665,
        3329, 6657, 13313, 26625, 53249, 106497};
    struct hmap *h = map_new_u64(0);
    size_t k = 0;
    for (uint64_t i = 1; i <= 106497; i++) {
        uint8_t B = h->B;
        map_put_u64(h, i, i);
        if (h->B == B)
            continue;
        CHECK_EQ(i, at[k]);
        CHECK_EQ(h->B, B + 1);
        k++;
    }
    CHECK_EQ(k, sizeof at / sizeof *at);
    leat__mapfree(&model_types[0].t, h);
}

PLAIN_TEST(map, hint_gives_the_least_B_with_room)
{
    static const struct {
        int64_t hint;
        int B;
    } cases[] = {{-5, 0}, {0, 0}, {8, 0}, {9, 1}, {13, 1}, {14, 2}, {26, 2},
        {27, 3}, {52, 3}, {53, 4}, {104, 4}, {105, 5}, {1000, 8},
        {100000, 14}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct hmap *h = map_new_u64(cases[k].hint);
        CHECK_EQ(h->B, cases[k].B);
        for (int64_t i = 0; i < cases[k].hint; i++)
            map_put_u64(h, (uint64_t)i, 1);
        CHECK_EQ(h->B, cases[k].B);
        leat__mapfree(&model_types[0].t, h);
    }
    // What nobody has memory for is dropped.
    struct hmap *h = map_new_u64(INT64_MAX);
    CHECK(h != NULL);
    map_put_u64(h, 1, 1);
    CHECK_EQ(h->count, 1);
    leat__mapfree(&model_types[0].t, h);
}

// 53 entries: B becomes 4, eight old buckets.
static struct hmap *
map_growing(void)
{
    struct hmap *h = map_new_u64(0);
    for (uint64_t i = 1; i <= 53; i++)
        map_put_u64(h, i, i);
    CHECK_EQ(h->B, 4);
    CHECK(h->oldbuckets != NULL);
    return h;
}

PLAIN_TEST(map, write_moves_at_most_two_old_buckets)
{
    struct hmap *h = map_growing();
    int writes = 1;
    while (h->oldbuckets != NULL) {
        int before = 0, after = 0;
        const struct leat__bucket *old = h->oldbuckets;
        for (int i = 0; i < 8; i++)
            before += leat__map_evacuated(&old[i]);
        map_put_u64(h, 7, 7); // there already
        writes++;
        if (h->oldbuckets == NULL)
            break;
        for (int i = 0; i < 8; i++)
            after += leat__map_evacuated(&old[i]);
        CHECK(after - before >= 1);
        CHECK(after - before <= 2);
    }
    // One each, and at most one more of its own: the same key every time.
    CHECK(writes >= 4);
    CHECK(writes <= 8);
    leat__mapfree(&model_types[0].t, h);
}

PLAIN_TEST(map, reading_and_iterating_move_nothing)
{
    struct hmap *h = map_growing();
    uint64_t nevacuate = h->nevacuate;
    uint64_t epoch = h->extra->epoch;
    for (int k = 0; k < 100; k++) {
        struct leat__hiter it;
        int n = 0;
        for (leat__mapiterinit(h, &it); it.key != NULL;
             leat__mapiternext(&it)) {
            CHECK(leat__mapaccess2(&model_types[0].t, h, it.key) == it.elem);
            n++;
        }
        CHECK_EQ(n, 53);
    }
    CHECK_EQ(h->nevacuate, nevacuate);
    CHECK_EQ(h->extra->epoch, epoch);
    leat__mapfree(&model_types[0].t, h);
}

PLAIN_TEST(map, churn_packs_overflow_buckets_without_doubling)
{
    // As Go: 384 entries stay 384 for ever, in 64 buckets. (Numbers in a row
    // would spread too well to need many overflow buckets.)
    struct hmap *h = map_new_u64(384);
    CHECK_EQ(h->B, 6);
    int same_size = 0;
    for (uint64_t i = 0; i < 400000 && same_size < 3; i++) {
        uint64_t state = i - 384, old = test_next(&state);
        if (i >= 384)
            CHECK(leat__mapdelete(&model_types[0].t, h, &old));
        state = i;
        bool growing = h->oldbuckets != NULL;
        uint64_t before = h->noverflow;
        map_put_u64(h, test_next(&state), i);
        if (!growing && h->flags & sameSizeGrow) {
            same_size++;
            CHECK_EQ(before, 64);
        }
        CHECK_EQ(h->B, 6);
    }
    CHECK_EQ(same_size, 3);
    leat__map_check(&model_types[0].t, h);
    leat__mapfree(&model_types[0].t, h);
}

PLAIN_TEST(map, never_shrinks)
{
    struct hmap *h = map_new_u64(0);
    for (uint64_t i = 0; i < 10000; i++)
        map_put_u64(h, i, i);
    for (uint64_t i = 0; i < 10000; i++)
        CHECK(leat__mapdelete(&model_types[0].t, h, &i));
    CHECK_EQ(h->count, 0);
    CHECK_EQ(h->B, 11);
    leat__mapclear(&model_types[0].t, h);
    CHECK_EQ(h->B, 11);
    leat__mapfree(&model_types[0].t, h);
}

PLAIN_TEST(map, seed_is_new_when_the_map_is_empty)
{
    struct hmap *h = map_new_u64(0);
    uint64_t seed = h->extra->seed, key = 1;
    map_put_u64(h, 1, 1);
    CHECK(h->extra->seed == seed);
    CHECK(leat__mapdelete(&model_types[0].t, h, &key));
    CHECK(h->extra->seed != seed);
    struct hmap *other = map_new_u64(0);
    CHECK(h->extra->seed != other->extra->seed);
    leat__mapfree(&model_types[0].t, h);
    leat__mapfree(&model_types[0].t, other);
}

// Elements of 128 bytes: an array of 2^16 buckets has more than 64 MiB.
static struct leat__maptype wide_type =
    MODEL_TYPE(LEAT__MAP_64, 8, 128, NULL, NULL, LEAT__MAP_REFLEXIVE);

static void
wide_put(struct hmap *h, uint64_t key)
{
    memcpy(leat__mapassign(&wide_type, h, &key), &key, sizeof key);
}

// Inserts from *key on while the array that died has bytes left; how many
// times some went.
static int
wide_put_until_released(struct hmap *h, uint64_t *key)
{
    int pieces = 0;
    while (h->extra->dead.p != NULL) {
        size_t before = h->extra->dead.bytes;
        wide_put(h, (*key)++);
        CHECK(before - h->extra->dead.bytes <= 256 << 10);
        pieces += h->extra->dead.bytes < before;
    }
    return pieces;
}

PLAIN_TEST(map, an_array_of_many_megabytes_goes_back_in_pieces)
{
    leat__maptype_layout(&wide_type);
    struct hmap *h = leat__makemap(&wide_type, 0, NULL);
    uint64_t n = 0;
    while (h->extra->dead.p == NULL)
        wide_put(h, n++);
    CHECK_EQ(h->B, 17); // it was that of 16
    size_t bytes = h->extra->dead.bytes;
    CHECK(bytes >= 64 << 20);
    CHECK_EQ(wide_put_until_released(h, &n),
        (bytes + (256 << 10) - 1) / (256 << 10));
    leat__map_check(&wide_type, h);
    for (uint64_t i = 0; i < n; i++)
        CHECK_EQ(*(uint64_t *)leat__mapaccess1(&wide_type, h, &i), i);
    leat__mapclear(&wide_type, h);
    CHECK_EQ(h->count, 0);
    wide_put(h, 1);
    leat__map_check(&wide_type, h);
    leat__mapfree(&wide_type, h);
}

// Nil, NaN, clone ----------------------------------------------------------

PLAIN_TEST(map, nil_map_reads_as_empty)
{
    const struct leat__maptype *t = &model_type(0)->t;
    uint64_t key = 3;
    struct leat__hiter it;
    CHECK_EQ(*(uint64_t *)leat__mapaccess1(t, NULL, &key), 0);
    CHECK(leat__mapaccess2(t, NULL, &key) == NULL);
    CHECK(!leat__mapdelete(t, NULL, &key));
    leat__mapclear(t, NULL);
    leat__mapiterinit(NULL, &it);
    CHECK(it.key == NULL);
    CHECK(leat__mapclone(t, NULL) == NULL);
    leat__mapfree(t, NULL);
    leat__map_check(t, NULL);
}

TEST(map, assigning_to_a_nil_map_panics)
{
    uint64_t key = 3;
    CHECK_PANICS("assignment to entry in nil map",
        leat__mapassign(&model_type(0)->t, NULL, &key));
}

PLAIN_TEST(map, fat_elements_get_the_callers_zero)
{
    struct leat__maptype t = {.key_size = 8,
        .elem_size = 2000,
        .kind = LEAT__MAP_64,
        .flags = LEAT__MAP_REFLEXIVE};
    leat__maptype_layout(&t);
    struct leat__map at;
    struct hmap *h = leat__makemap(&t, 0, &at);
    CHECK((void *)h == (void *)&at);
    char zero[2000] = {0};
    uint64_t key = 5;
    CHECK(leat__mapaccess1_fat(&t, h, &key, zero) == zero);
    memset(leat__mapassign(&t, h, &key), 7, 2000);
    CHECK_EQ(((char *)leat__mapaccess1_fat(&t, h, &key, zero))[1999], 7);
    leat__mapfree(&t, h);
}

static int
map_count(struct hmap *h)
{
    struct leat__hiter it;
    int n = 0;
    for (leat__mapiterinit(h, &it); it.key != NULL; leat__mapiternext(&it))
        n++;
    return n;
}

PLAIN_TEST(map, nan_keys_are_all_kept_and_never_found)
{
    const struct leat__maptype *t = &model_type(4)->t;
    struct hmap *h = leat__makemap(t, 0, NULL);
    double nan = NAN, zero = 0.0, minus = -0.0;
    for (int i = 1; i <= 1000; i++) {
        *(char *)leat__mapassign(t, h, &nan) = 1;
        CHECK_EQ(h->count, i);
        CHECK(leat__mapaccess2(t, h, &nan) == NULL);
        CHECK(!leat__mapdelete(t, h, &nan));
    }
    CHECK_EQ(map_count(h), 1000);
    leat__map_check(t, h);
    // +0 and -0 are one key, the one written last.
    leat__mapassign(t, h, &zero);
    leat__mapassign(t, h, &minus);
    CHECK_EQ(h->count, 1001);
    struct leat__hiter it;
    int minuses = 0;
    for (leat__mapiterinit(h, &it); it.key != NULL; leat__mapiternext(&it))
        minuses += *(double *)it.key == 0 && signbit(*(double *)it.key);
    CHECK_EQ(minuses, 1);
    leat__mapclear(t, h);
    CHECK_EQ(h->count, 0);
    CHECK_EQ(map_count(h), 0);
    leat__mapfree(t, h);
}

PLAIN_TEST(map, nan_keys_come_once_while_the_map_grows)
{
    const struct leat__maptype *t = &model_type(4)->t;
    for (int start = 1; start < 200; start += 7) {
        struct hmap *h = leat__makemap(t, 0, NULL);
        double nan = NAN;
        for (int i = 0; i < start; i++)
            *(double *)leat__mapassign(t, h, &nan) = i;
        bool given[200] = {false};
        struct leat__hiter it;
        for (leat__mapiterinit(h, &it); it.key != NULL;
             leat__mapiternext(&it)) {
            int i = (int)*(double *)it.elem;
            if (i < 0)
                continue;
            CHECK(!given[i]);
            given[i] = true;
            for (int k = 0; k < 9; k++) {
                double other = i * 16 + k;
                *(double *)leat__mapassign(t, h, &other) = -1;
            }
        }
        for (int i = 0; i < start; i++)
            CHECK(given[i]);
        leat__mapfree(t, h);
    }
}

// Those deleted are none of those whose places are counted.
PLAIN_TEST(map, nan_keys_come_once_while_others_are_deleted_and_the_map_grows)
{
    enum { NANS = 1660 };
    const struct leat__maptype *t = &model_type(4)->t;
    for (int round = 0; round < 20; round++) {
        struct hmap *h = leat__makemap(t, 0, NULL);
        double nan = NAN, k = 0;
        for (int i = 0; i < NANS; i++)
            *(double *)leat__mapassign(t, h, &nan) = i;
        bool given[NANS] = {false};
        struct leat__hiter it;
        for (leat__mapiterinit(h, &it); it.key != NULL;
             leat__mapiternext(&it)) {
            int i = (int)*(double *)it.elem;
            if (i >= 0) {
                CHECK(!given[i]);
                given[i] = true;
            }
            double other = -k;
            if (k >= 30000)
                continue;
            *(double *)leat__mapassign(t, h, &k) = -1;
            leat__mapdelete(t, h, &k);
            *(double *)leat__mapassign(t, h, &other) = -1;
            k++;
        }
        for (int i = 0; i < NANS; i++)
            CHECK(given[i]);
        leat__mapfree(t, h);
    }
}

// As often as a short count of arrays needs to come round, in one step.
PLAIN_TEST(map, iteration_knows_its_array_after_any_number_of_clears)
{
    enum { CLEARS = 32767 };
    const struct model_type *type = model_type(0);
    for (int more = 0; more < 3; more++) {
        struct hmap *h = leat__makemap(&type->t, 0, NULL);
        char key[MODEL_KEY_MAX] __attribute__((aligned(16))) = {0};
        for (uint64_t i = 0; i < 8; i++) {
            type->key(i, key);
            leat__mapassign(&type->t, h, key);
        }
        struct leat__hiter it;
        leat__mapiterinit(h, &it);
        leat__mapclear(&type->t, h);
        // Two arrays more.
        for (uint64_t i = 100; i < 120; i++) {
            type->key(i, key);
            leat__mapassign(&type->t, h, key);
        }
        for (int i = 1; i < CLEARS + more - 1; i++) {
            leat__mapclear(&type->t, h);
            type->key(777, key);
            leat__mapassign(&type->t, h, key);
        }
        // The first array lies behind the map: as if others used it by now.
        ((struct leat__bucket *)leat__map_behind(h))->tags = it.tags[0];
        int n = 0;
        for (leat__mapiternext(&it); it.key != NULL; leat__mapiternext(&it)) {
            CHECK_EQ(type->number(it.key), 777);
            n++;
        }
        CHECK(n <= 1);
        leat__mapfree(&type->t, h);
    }
}

// The example of docs/internals/map.md: a key is a letter, its tag, and the
// two lowest bits of its hash.
static uint64_t
map_example_hash(const struct leat__maptype *t, const void *key, uint64_t seed)
{
    (void)t, (void)seed;
    uint16_t k;
    memcpy(&k, key, sizeof k);
    return (uint64_t)(k >> 8) << 56 | (k & 3);
}

static void
map_example_put(const struct leat__maptype *t, struct hmap *h, char letter,
    unsigned low)
{
    uint16_t key = (uint16_t)((unsigned)letter << 8 | low);
    leat__mapassign(t, h, &key);
}

PLAIN_TEST(map, iteration_gives_the_halves_of_a_split_bucket_one_by_one)
{
    struct leat__maptype t = {.key_size = 2,
        .hash = map_example_hash,
        .equal = model_equal_bytes,
        .flags = LEAT__MAP_REFLEXIVE};
    leat__maptype_layout(&t);
    struct hmap *h = leat__makemap(&t, 13, NULL);
    for (int i = 0; i < 8; i++)
        map_example_put(&t, h, "abcdefgh"[i], i < 4 ? 0 : 2);
    for (int i = 0; i < 5; i++)
        map_example_put(&t, h, "pqrst"[i], i % 3 == 0 ? 3 : 1);
    CHECK_EQ(h->B, 1);
    struct leat__hiter it;
    do {
        leat__mapiterinit(h, &it);
    } while (it.number != 1 || (it.state & LEAT__ITER_LOW) != 0);
    char given[16] = "";
    for (size_t n = 0; it.key != NULL && n < 15; leat__mapiternext(&it)) {
        given[n++] = (char)(*(uint16_t *)it.key >> 8);
        if (n == 2)
            map_example_put(&t, h, 'u', 3);
    }
    CHECK_EQ(h->B, 2);
    CHECK(h->oldbuckets == NULL);
    CHECK_STR(given, "pqtrusabcdefgh");
    leat__mapfree(&t, h);
}

PLAIN_TEST(map, clone_is_equal_and_apart)
{
    struct model *m = malloc(sizeof *m);
    for (size_t type = 0; type < MODEL_TYPES; type++) {
        for (uint64_t n = 0; n < 900; n = n * 5 / 4 + 1) {
            model_init(m, model_type(type), test_seed());
            for (uint64_t k = 0; k < n; k++)
                model_put(m, k, k + 1);
            struct hmap *first = m->h;
            m->h = leat__mapclone(&m->type->t, first);
            model_check(m);
            leat__mapclear(&m->type->t, first);
            leat__mapfree(&m->type->t, first);
            model_check(m);
            model_free(m);
        }
    }
    free(m);
}

// Chance -------------------------------------------------------------------

// How many different entries come first in some iteration.
static unsigned
map_firsts(struct hmap *h)
{
    bool first[100] = {false};
    unsigned seen = 0;
    for (int k = 0; k < 60000; k++) {
        struct leat__hiter it;
        leat__mapiterinit(h, &it);
        uint64_t i = *(uint64_t *)it.key;
        seen += !first[i];
        first[i] = true;
    }
    return seen;
}

static bool
map_has_equal_tags(const struct hmap *h)
{
    const struct leat__bucket *b = h->buckets;
    bool seen[256] = {false};
    for (unsigned s = 0; s < 8; s++) {
        uint8_t tag = leat__map_tag_of(b->tags, s);
        if (seen[tag])
            return true;
        seen[tag] = true;
    }
    return false;
}

PLAIN_TEST(map, iteration_begins_anywhere)
{
    // 100 entries in 256 buckets.
    struct hmap *h = map_new_u64(1000);
    for (uint64_t i = 0; i < 100; i++)
        map_put_u64(h, i, i);
    CHECK(map_firsts(h) >= 95); // each, but those in a bucket with equal tags
    leat__mapfree(&model_types[0].t, h);
    // 8 in one bucket, with and without equal tags.
    for (int done = 0; done != 3;) {
        h = map_new_u64(0);
        for (uint64_t i = 0; i < 8; i++)
            map_put_u64(h, i, i);
        bool equal = map_has_equal_tags(h);
        unsigned firsts = map_firsts(h);
        if (equal)
            CHECK(firsts >= 2);
        else
            CHECK_EQ(firsts, 8);
        done |= 1 << equal;
        leat__mapfree(&model_types[0].t, h);
    }
}

static void
map_trace_order(void *arg)
{
    uint64_t *hash = arg;
    const struct leat__maptype *t = &model_type(2)->t;
    struct hmap *h = leat__makemap(t, 0, NULL);
    for (uint64_t i = 0; i < 500; i++) {
        leat_str key;
        model_key_str(i, &key);
        *(uint64_t *)leat__mapassign(t, h, &key) = i;
    }
    for (int k = 0; k < 3; k++) {
        struct leat__hiter it;
        for (leat__mapiterinit(h, &it); it.key != NULL;
             leat__mapiternext(&it))
            *hash = leat__hash64(*hash, *(uint64_t *)it.elem);
    }
    leat__mapfree(t, h);
}

PLAIN_TEST(map, same_seed_gives_the_same_order)
{
    uint64_t a = 0, b = 0, c = 0;
    CHECK_EQ(leat_test_run(7, map_trace_order, &a), 0);
    CHECK_EQ(leat_test_run(7, map_trace_order, &b), 0);
    CHECK_EQ(leat_test_run(8, map_trace_order, &c), 0);
    CHECK(a == b);
    CHECK(a != c);
}

// Concurrent use -------------------------------------------------------------

// A map in the middle of a write, as another goroutine would see it.
static struct hmap *
map_being_written(void)
{
    struct hmap *h = map_new_u64(0);
    map_put_u64(h, 1, 1);
    h->flags |= hashWriting;
    return h;
}

TEST_WITH(map, reading_while_another_writes_is_fatal, .exit_status = 2,
    .stderr_has = {"fatal error: concurrent map read and map write"},
    .stderr_lacks = {"recovered"})
{
    struct leat_caught caught;
    struct hmap *h = map_being_written();
    uint64_t key = 1;
    leat_try {
        leat_catch(&caught);
        leat__mapaccess2(&model_types[0].t, h, &key);
    }
    fprintf(stderr, "recovered\n");
}

TEST_WITH(map, writing_while_another_writes_is_fatal, .exit_status = 2,
    .stderr_has = {"fatal error: concurrent map writes"})
{
    map_put_u64(map_being_written(), 1, 1);
}

TEST_WITH(map, deleting_while_another_writes_is_fatal, .exit_status = 2,
    .stderr_has = {"fatal error: concurrent map writes"})
{
    uint64_t key = 1;
    leat__mapdelete(&model_types[0].t, map_being_written(), &key);
}

TEST_WITH(map, clearing_while_another_writes_is_fatal, .exit_status = 2,
    .stderr_has = {"fatal error: concurrent map writes"})
{
    leat__mapclear(&model_types[0].t, map_being_written());
}

TEST_WITH(map, iterating_while_another_writes_is_fatal, .exit_status = 2,
    .stderr_has = {"fatal error: concurrent map iteration and map write"})
{
    struct leat__hiter it;
    leat__mapiterinit(map_being_written(), &it);
}

TEST_WITH(map, cloning_while_another_writes_is_fatal, .exit_status = 2,
    .stderr_has = {"fatal error: concurrent map clone and map write"})
{
    leat__mapclone(&model_types[0].t, map_being_written());
}

static uint64_t
map_hash_panics(const struct leat__maptype *t, const void *key, uint64_t seed)
{
    (void)t, (void)key, (void)seed;
    leat_panic("hash of unhashable type []int");
}

TEST(map, hash_that_panics_leaves_the_map_usable)
{
    struct leat__maptype t = {.key_size = 4,
        .elem_size = 4,
        .hash = model_hash_bytes,
        .equal = model_equal_bytes,
        .flags = LEAT__MAP_REFLEXIVE | LEAT__MAP_HASH_PANICS};
    leat__maptype_layout(&t);
    struct hmap *h = leat__makemap(&t, 0, NULL);
    uint32_t key = 4;
    leat__mapassign(&t, h, &key);
    t.hash = map_hash_panics;
    const char *text = "hash of unhashable type []int";
    CHECK_PANICS(text, leat__mapassign(&t, h, &key));
    CHECK_PANICS(text, leat__mapdelete(&t, h, &key));
    CHECK_PANICS(text, leat__mapaccess2(&t, h, &key));
    CHECK_PANICS(text, leat__mapaccess2(&t, NULL, &key));
    t.hash = model_hash_bytes;
    CHECK(leat__mapaccess2(&t, h, &key) != NULL);
    leat__mapfree(&t, h);
}
