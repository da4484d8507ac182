// SPDX-License-Identifier: MIT
// test_map_debug.c: the debug build checks maps after writes, by itself.
#include "unit/test_map_util.h"

#if LEAT_DEBUG >= 2
static uint64_t
debug_checks(leat_map(uint64_t, int) m)
{
    return ((struct hmap *)m)->extra->checks;
}

PLAIN_TEST(map_debug, a_small_map_is_checked_after_every_write)
{
    leat_map(uint64_t, int) m = leat_make_map(uint64_t, int);
    for (uint64_t i = 1; i <= 52; i++) {
        leat_map_put(m, i, 1);
        CHECK_EQ(debug_checks(m), i);
    }
    CHECK_EQ(((struct hmap *)m)->B, 3);
    leat_map_put(m, 7, 2);
    CHECK_EQ(debug_checks(m), 53);
    leat_map_delete(m, 7);
    CHECK_EQ(debug_checks(m), 54);
    leat_map_clear(m);
    CHECK_EQ(debug_checks(m), 55);
    leat_map_free(m);
}

PLAIN_TEST(map_debug, a_large_map_is_checked_in_proportion)
{
    leat_map(uint64_t, int) m = leat_make_map(uint64_t, int, 832);
    CHECK_EQ(((struct hmap *)m)->B, 7); // 16 times 8 buckets
    for (uint64_t i = 1; i <= 320; i++) {
        leat_map_put(m, i, 1);
        CHECK_EQ(debug_checks(m), i / 16);
    }
    leat_map_free(m);
}

PLAIN_TEST(map_debug, a_copy_is_checked)
{
    leat_map(uint64_t, int) m = leat_make_map(uint64_t, int);
    leat_map_put(m, 1, 1);
    leat_map(uint64_t, int) c = leat_map_clone(m);
    CHECK_EQ(debug_checks(c), 1);
    leat_map_free(m);
    leat_map_free(c);
}

// A map of a few numbers; the bucket and slot of the number 3.
static unsigned
debug_break(struct hmap **h, struct leat__bucket **b)
{
    static struct leat__maptype t;
    t = model_types[0].t;
    leat__maptype_layout(&t);
    *h = leat__makemap(&t, 0, NULL);
    for (uint64_t i = 0; i < 5; i++)
        *(uint64_t *)leat__mapassign(&t, *h, &i) = i;
    *b = (*h)->buckets;
    for (unsigned s = 0; s < 8; s++) {
        if (leat__load64((*h)->extra->slots + s * t.slot_size) == 3)
            return s;
    }
    FAIL("3 is not there");
}

static void
debug_write(struct hmap *h)
{
    uint64_t key = 0;
    leat__mapassign(h->extra->t, h, &key);
    fprintf(stderr, "it went on\n");
}

#define DEBUG_BROKEN(text)                                                    \
    .signal = 6, .stderr_has = {"mapcheck.c:", "assertion failed: " text},    \
    .stderr_lacks = {"it went on"}

PLAIN_TEST_WITH(map_debug, a_key_that_was_overwritten_is_found_at_the_next_write,
    DEBUG_BROKEN("leat__tag(hash) == tag"))
{
    struct hmap *h;
    struct leat__bucket *b;
    // Of another tag; the bucket is the only one.
    unsigned s = debug_break(&h, &b), tag = leat__map_tag_of(b->tags, s);
    uint64_t key = 100;
    while (leat__tag(leat__hash64(key, h->extra->seed)) == tag)
        key++;
    memcpy(h->extra->slots + s * h->extra->t->slot_size, &key, sizeof key);
    debug_write(h);
}

PLAIN_TEST_WITH(map_debug, a_lost_entry_is_found_at_the_next_write,
    DEBUG_BROKEN("count == h->count"))
{
    struct hmap *h;
    struct leat__bucket *b;
    unsigned s = debug_break(&h, &b);
    leat__map_set_tag(b, s, LEAT__TAG_EMPTY);
    debug_write(h);
}

PLAIN_TEST_WITH(map_debug, a_key_that_is_there_twice_is_found_at_the_next_write,
    DEBUG_BROKEN("leat__mapaccess2(t, h, key) == leat__map_elem(t, slot)"))
{
    struct hmap *h;
    struct leat__bucket *b;
    unsigned s = debug_break(&h, &b), size = h->extra->t->slot_size;
    char *slots = h->extra->slots;
    memcpy(slots + 6 * size, slots + s * size, size);
    leat__map_set_tag(b, 6, leat__map_tag_of(b->tags, s));
    h->count++;
    debug_write(h);
}
#else
PLAIN_TEST(map_debug, maps_are_not_checked_in_other_builds)
{
    leat_map(uint64_t, int) m = leat_make_map(uint64_t, int);
    leat_map_put(m, 1, 1);
    ((struct hmap *)m)->count++;
    leat_map_put(m, 1, 2);
    CHECK_EQ(leat_map_len(m), 2);
    leat_map_free(m);
}
#endif
