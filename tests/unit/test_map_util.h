// SPDX-License-Identifier: MIT
// test_map_util.h: types of maps for the tests of the untyped core, and a
// model of a map that is obviously right.
#ifndef LEAT_TESTS_UNIT_TEST_MAP_UTIL_H
#define LEAT_TESTS_UNIT_TEST_MAP_UTIL_H

#include "unit/test_slice_util.h"

#include "map/map_int.h"

#include <math.h>
#include <stdio.h>

enum {
    MODEL_KEYS = 3000,     // keys are made from numbers below
    MODEL_KEY_MAX = 256,   // bytes of the largest key
    MODEL_TEXT = 40        // bytes of a string key at most
};

// A type and how the keys of a test are made for it.
struct model_type {
    const char *name;
    struct leat__maptype t;
    void (*key)(uint64_t i, void *key);
    uint64_t (*number)(const void *key);
};

// What a map should hold.
struct model {
    const struct model_type *type;
    struct hmap *h;
    uint64_t seed; // of the test's own choices
    uint64_t count;
    bool there[MODEL_KEYS];
    uint64_t value[MODEL_KEYS];
    // Of the iteration that is going on: there since it began; given.
    bool since[MODEL_KEYS], given[MODEL_KEYS];
};

static inline void
model_key_64(uint64_t i, void *key)
{
    i *= 0x1000;
    memcpy(key, &i, 8);
}
static inline uint64_t
model_number_64(const void *key)
{
    uint64_t i;
    memcpy(&i, key, 8);
    return i / 0x1000;
}
static inline void
model_key_32(uint64_t i, void *key)
{
    memcpy(key, &i, 4);
}
static inline uint64_t
model_number_32(const void *key)
{
    uint32_t i;
    memcpy(&i, key, 4);
    return i;
}
static inline void
model_key_16(uint64_t i, void *key)
{
    memcpy(key, &i, 2);
}
static inline uint64_t
model_number_16(const void *key)
{
    uint16_t i;
    memcpy(&i, key, 2);
    return i;
}

// Strings of all lengths from 1 to MODEL_TEXT, zero-padded numbers.
static char model_texts[MODEL_KEYS][MODEL_TEXT + 1];
static inline void
model_key_str(uint64_t i, void *key)
{
    int width = 4 + (int)(i * 7 % (MODEL_TEXT - 3));
    snprintf(model_texts[i], sizeof model_texts[i], "%0*u", width,
        (unsigned)i);
    leat_str s = leat_str_from_c(model_texts[i]);
    memcpy(key, &s, sizeof s);
}
static inline uint64_t
model_number_str(const void *key)
{
    leat_str s;
    memcpy(&s, key, sizeof s);
    return (uint64_t)strtoul(s.ptr, NULL, 10);
}

static inline void
model_key_double(uint64_t i, void *key)
{
    double d = (double)i / 8;
    memcpy(key, &d, 8);
}
static inline uint64_t
model_number_double(const void *key)
{
    double d;
    memcpy(&d, key, 8);
    return (uint64_t)(d * 8);
}
static inline uint64_t
model_hash_double(
    const struct leat__maptype *t, const void *key, uint64_t seed)
{
    (void)t;
    double d;
    memcpy(&d, key, 8);
    if (d != d)
        return leat__hash64(leat__map_random(), seed);
    d += 0.0; // -0 is 0
    uint64_t bits;
    memcpy(&bits, &d, 8);
    return leat__hash64(bits, seed);
}
static inline bool
model_equal_double(const struct leat__maptype *t, const void *a, const void *b)
{
    (void)t;
    return *(const double *)a == *(const double *)b;
}

// Large keys, and hashes of all qualities.
static inline void
model_key_big(uint64_t i, void *key)
{
    memset(key, (int)i, 200);
    memcpy((char *)key + 96, &i, 8);
}
static inline uint64_t
model_number_big(const void *key)
{
    return model_number_64((const char *)key + 96) * 0x1000 +
        (*(const uint64_t *)(const void *)((const char *)key + 96) & 0xfff);
}
static inline uint64_t
model_hash_bytes(
    const struct leat__maptype *t, const void *key, uint64_t seed)
{
    return leat__hash_bytes(key, t->key_size, seed);
}
static inline bool
model_equal_bytes(const struct leat__maptype *t, const void *a, const void *b)
{
    return memcmp(a, b, t->key_size) == 0;
}
static inline uint64_t
model_hash_same_tag(
    const struct leat__maptype *t, const void *key, uint64_t seed)
{
    (void)t;
    return leat__hash64(model_number_32(key), seed) >> 8 | (uint64_t)9 << 56;
}
// Buckets where some tags are there twice and others once.
static inline uint64_t
model_hash_few_tags(
    const struct leat__maptype *t, const void *key, uint64_t seed)
{
    (void)t;
    uint64_t hash = leat__hash64(model_number_32(key), seed);
    return hash >> 8 | (9 + (hash & 15)) << 56;
}
// Few values: chains of many buckets, and equal hashes.
static inline uint64_t
model_hash_few(const struct leat__maptype *t, const void *key, uint64_t seed)
{
    (void)t;
    return leat__hash64(model_number_32(key) / 16, seed);
}

#define MODEL_TYPE(kind_, key_, elem_, hash_, equal_, flags_)                 \
    {                                                                         \
        .key_size = key_, .elem_size = elem_, .kind = kind_,                  \
        .hash = hash_, .equal = equal_, .flags = flags_                       \
    }

static struct model_type model_types[] = {
    {"u64", MODEL_TYPE(LEAT__MAP_64, 8, 8, NULL, NULL, LEAT__MAP_REFLEXIVE),
        model_key_64, model_number_64},
    {"u32", MODEL_TYPE(LEAT__MAP_32, 4, 4, NULL, NULL, LEAT__MAP_REFLEXIVE),
        model_key_32, model_number_32},
    {"str",
        MODEL_TYPE(LEAT__MAP_STR, 16, 8, NULL, NULL,
            LEAT__MAP_REFLEXIVE | LEAT__MAP_KEY_UPDATE),
        model_key_str, model_number_str},
    {"u16",
        MODEL_TYPE(LEAT__MAP_GENERIC, 2, 2, model_hash_bytes,
            model_equal_bytes, LEAT__MAP_REFLEXIVE),
        model_key_16, model_number_16},
    {"double",
        MODEL_TYPE(LEAT__MAP_GENERIC, 8, 24, model_hash_double,
            model_equal_double, LEAT__MAP_KEY_UPDATE),
        model_key_double, model_number_double},
    {"big key and element",
        MODEL_TYPE(LEAT__MAP_GENERIC, 200, 300, model_hash_bytes,
            model_equal_bytes, LEAT__MAP_REFLEXIVE),
        model_key_big, model_number_big},
    {"big element",
        MODEL_TYPE(LEAT__MAP_64, 8, 129, NULL, NULL, LEAT__MAP_REFLEXIVE),
        model_key_64, model_number_64},
    {"set", MODEL_TYPE(LEAT__MAP_32, 4, 0, NULL, NULL, LEAT__MAP_REFLEXIVE),
        model_key_32, model_number_32},
    {"one tag",
        MODEL_TYPE(LEAT__MAP_GENERIC, 4, 4, model_hash_same_tag,
            model_equal_bytes, LEAT__MAP_REFLEXIVE),
        model_key_32, model_number_32},
    {"few tags",
        MODEL_TYPE(LEAT__MAP_GENERIC, 4, 4, model_hash_few_tags,
            model_equal_bytes, LEAT__MAP_REFLEXIVE),
        model_key_32, model_number_32},
    {"few hashes",
        MODEL_TYPE(LEAT__MAP_GENERIC, 4, 8, model_hash_few,
            model_equal_bytes, LEAT__MAP_REFLEXIVE),
        model_key_32, model_number_32},
};
enum { MODEL_TYPES = sizeof model_types / sizeof *model_types };

static inline const struct model_type *
model_type(size_t i)
{
    leat__maptype_layout(&model_types[i].t);
    return &model_types[i];
}

static inline uint64_t
model_random(struct model *m, uint64_t n)
{
    return test_next(&m->seed) % n;
}

static inline void
model_init(struct model *m, const struct model_type *type, uint64_t seed)
{
    memset(m, 0, sizeof *m);
    m->type = type;
    m->seed = seed;
    int64_t hint = model_random(m, 2) ? 0 : (int64_t)model_random(m, 500);
    m->h = leat__makemap(&type->t, hint, NULL);
    CHECK(m->h != NULL);
}

// The part of a value that an element has room for.
static inline uint64_t
model_cut(const struct model *m, uint64_t value)
{
    size_t n = m->type->t.elem_size;
    return n >= 8 ? value : n == 0 ? 0 : value & ((1ull << 8 * n) - 1);
}

static inline void
model_write(const struct model *m, void *elem, uint64_t value)
{
    size_t n = m->type->t.elem_size;
    memcpy(elem, &value, n < 8 ? n : 8);
    if (n > 8)
        memset((char *)elem + 8, (int)value, n - 8);
}

static inline uint64_t
model_read(const struct model *m, const void *elem)
{
    size_t n = m->type->t.elem_size;
    uint64_t value = 0;
    memcpy(&value, elem, n < 8 ? n : 8);
    for (size_t i = 8; i < n; i++)
        CHECK_EQ(((const uint8_t *)elem)[i], (uint8_t)value);
    return value;
}

static inline void
model_put(struct model *m, uint64_t i, uint64_t value)
{
    char key[MODEL_KEY_MAX] __attribute__((aligned(16))) = {0};
    m->type->key(i, key);
    void *elem = leat__mapassign(&m->type->t, m->h, key);
    // As it was, or zero.
    CHECK_EQ(model_read(m, elem), m->there[i] ? m->value[i] : 0);
    value = model_cut(m, value);
    model_write(m, elem, value);
    m->count += !m->there[i];
    m->there[i] = true;
    m->value[i] = value;
    CHECK_EQ(m->h->count, m->count);
}

static inline void
model_delete(struct model *m, uint64_t i)
{
    char key[MODEL_KEY_MAX] __attribute__((aligned(16))) = {0};
    m->type->key(i, key);
    CHECK_EQ(leat__mapdelete(&m->type->t, m->h, key), m->there[i]);
    m->count -= m->there[i];
    m->there[i] = m->since[i] = m->given[i] = false;
    CHECK_EQ(m->h->count, m->count);
}

static inline void
model_get(struct model *m, uint64_t i)
{
    char key[MODEL_KEY_MAX] __attribute__((aligned(16))) = {0};
    m->type->key(i, key);
    void *elem = leat__mapaccess2(&m->type->t, m->h, key);
    CHECK_EQ(elem != NULL, m->there[i]);
    if (elem != NULL)
        CHECK_EQ(model_read(m, elem), m->value[i]);
    else
        CHECK_EQ(model_read(m, leat__mapaccess1(&m->type->t, m->h, key)), 0);
}

static inline void
model_clear(struct model *m)
{
    leat__mapclear(&m->type->t, m->h);
    memset(m->there, 0, sizeof m->there);
    memset(m->since, 0, sizeof m->since);
    memset(m->given, 0, sizeof m->given);
    m->count = 0;
    CHECK_EQ(m->h->count, 0);
}

static inline void
model_free(struct model *m)
{
    leat__mapfree(&m->type->t, m->h);
}

// What the iterator gives must be there, as it is now, and new.
static inline uint64_t
model_given(struct model *m, const struct leat__hiter *it)
{
    uint64_t i = m->type->number(it->key);
    CHECK(i < MODEL_KEYS);
    CHECK_MSG(m->there[i], "%s: %d is not there", m->type->name, (int)i);
    CHECK_MSG(!m->given[i], "%s: %d comes twice", m->type->name, (int)i);
    CHECK_EQ(model_read(m, it->elem), m->value[i]);
    m->given[i] = true;
    return i;
}

static inline void
model_begin(struct model *m)
{
    memcpy(m->since, m->there, sizeof m->since);
    memset(m->given, 0, sizeof m->given);
}

// All that was there all the time has come.
static inline void
model_end(struct model *m)
{
    for (int i = 0; i < MODEL_KEYS; i++)
        CHECK_MSG(!m->since[i] || m->given[i], "%s: %d did not come",
            m->type->name, i);
}

static inline void
model_check(struct model *m)
{
    struct leat__hiter it;
    leat__map_check(&m->type->t, m->h);
    model_begin(m);
    uint64_t n = 0;
    for (leat__mapiterinit(m->h, &it); it.key != NULL;
         leat__mapiternext(&it), n++)
        model_given(m, &it);
    model_end(m);
    CHECK_EQ(n, m->count);
}

#endif
