// SPDX-License-Identifier: MIT
// fuzz_map.c: any sequence of operations on a map, against a model.
//
// The idea: the input is a program. Each operation takes its operands from the
// bytes that follow, and is done twice: by the library, and on a model that is
// an array of values, one for every possible key. Two iterations may be under
// way while the map changes; each keeps an account of what it gave and of what
// it still has to give. After each operation every invariant of the map must
// hold. Every second write, and every look-up too, takes the fast path that
// the macros of leat/map.h take, where the type has one.
//
// tests/unit/test_map_fuzz.c runs it over the saved corpus and over random
// programs. `make fuzz` runs it under libFuzzer.
#include "fuzz/fuzz.h"

#include "map/map_int.h"

#include <leat/map.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FUZZ_MAP_CHECK(c)                                                      \
    ((c) ? (void)0 : fuzz_map_failed(__LINE__, #c))

enum {
    FUZZ_MAP_KEYS = 1024,
    FUZZ_MAP_KEY_BYTES = 200, // of the largest kind of keys
    FUZZ_MAP_TEXT = 40,       // bytes of a string key at most
    FUZZ_MAP_RANGES = 2       // iterations at a time
};

// An iteration under way, and its account.
struct fuzz_range {
    struct leat__hiter it;
    bool on;
    uint64_t at; // the key it gave last
    bool since[FUZZ_MAP_KEYS]; // there since it began, not given yet
    bool given[FUZZ_MAP_KEYS];
};

struct fuzz_map {
    const uint8_t *p, *end;
    const struct leat__maptype *t;
    struct hmap *h;
    uint64_t count;
    uint64_t value[FUZZ_MAP_KEYS]; // 0: not there
    uint64_t last;                 // value put
    struct fuzz_range ranges[FUZZ_MAP_RANGES];
    int steps;
};

static char fuzz_map_texts[FUZZ_MAP_KEYS][FUZZ_MAP_TEXT + 1];

static void
fuzz_map_failed(int line, const char *what)
{
    fprintf(stderr, "fuzz_map.c:%d: %s\n", line, what);
    abort();
}

// The next operand, below n > 0.
static uint64_t
fuzz_map_pick(struct fuzz_map *f, uint64_t n)
{
    uint64_t x = 0;
    for (int i = 0; i < 2 && f->p < f->end; i++)
        x = x << 8 | *f->p++;
    return x % n;
}

// Strings of all lengths from 4 to 40 bytes.
static void
fuzz_map_text(uint64_t i, char *key)
{
    char *text = fuzz_map_texts[i];
    int width = 4 + (int)(i * 7 % (FUZZ_MAP_TEXT - 3));
    snprintf(text, FUZZ_MAP_TEXT + 1, "%0*u", width, (unsigned)i);
    struct leat_str s = {text, width};
    memcpy(key, &s, sizeof s);
}

// Keys begin with their number, in 8 or 4 bytes, or are strings.
static void
fuzz_map_key(const struct fuzz_map *f, uint64_t i, char *key)
{
    memset(key, 0, FUZZ_MAP_KEY_BYTES);
    if (f->t->kind == LEAT__MAP_STR)
        fuzz_map_text(i, key);
    else
        memcpy(key, &i, f->t->key_size < 8 ? f->t->key_size : 8);
}

static uint64_t
fuzz_map_number(const struct fuzz_map *f, const void *key)
{
    uint64_t i = 0;
    if (f->t->kind == LEAT__MAP_STR)
        i = strtoul(*(const char *const *)key, NULL, 10);
    else
        memcpy(&i, key, f->t->key_size < 8 ? f->t->key_size : 8);
    FUZZ_MAP_CHECK(i < FUZZ_MAP_KEYS);
    return i;
}

static uint64_t
fuzz_map_hash(const struct leat__maptype *t, const void *key, uint64_t seed)
{
    return leat__hash_bytes(key, t->key_size, seed);
}

// All keys have one tag. (Not one hash: see iter.c for what is not promised
// then.)
static uint64_t
fuzz_map_hash_badly(
    const struct leat__maptype *t, const void *key, uint64_t seed)
{
    uint32_t i;
    (void)t;
    memcpy(&i, key, sizeof i);
    return leat__hash64(i, seed) >> 8;
}

static bool
fuzz_map_equal(const struct leat__maptype *t, const void *a, const void *b)
{
    return memcmp(a, b, t->key_size) == 0;
}

static struct leat__maptype fuzz_map_types[] = {
    {.key_size = 8, .elem_size = 8, .kind = LEAT__MAP_64},
    {.key_size = 4, .elem_size = 8, .kind = LEAT__MAP_32},
    {.key_size = FUZZ_MAP_KEY_BYTES, .elem_size = 300,
        .hash = fuzz_map_hash, .equal = fuzz_map_equal},
    {.key_size = 4, .elem_size = 8, .hash = fuzz_map_hash_badly,
        .equal = fuzz_map_equal},
    {.key_size = 16, .elem_size = 8, .kind = LEAT__MAP_STR},
};
enum { FUZZ_MAP_TYPES = sizeof fuzz_map_types / sizeof *fuzz_map_types };

// As leat_map_put and leat_map_get do it, for the types that have a fast path.
static uint64_t *
fuzz_map_fast_put(struct fuzz_map *f, const char *key)
{
    struct leat_map *m = (struct leat_map *)(void *)f->h;
    uint64_t *elem = NULL;
    switch (f->t->kind) {
    case LEAT__MAP_64:
        elem = leat__map_put_number(m, key, LEAT__KEY_BYTES, 8, 8);
        break;
    case LEAT__MAP_32:
        elem = leat__map_put_number(m, key, LEAT__KEY_BYTES, 4, 8);
        break;
    case LEAT__MAP_STR:
        return LEAT__MAP_ASSIGN(m, key, LEAT__KEY_STR, 16);
    default:
        break;
    }
    return elem != NULL ? elem : leat__map_assign(m, key);
}

static uint64_t *
fuzz_map_fast_get(struct fuzz_map *f, const char *key)
{
    struct leat_map *m = (struct leat_map *)(void *)f->h;
    uint64_t *elem = NULL;
    bool ask = true;
    switch (f->t->kind) {
    case LEAT__MAP_64:
        elem = leat__map_find(m, key, LEAT__KEY_BYTES, 8, 8, &ask);
        break;
    case LEAT__MAP_32:
        elem = leat__map_find(m, key, LEAT__KEY_BYTES, 4, 8, &ask);
        break;
    case LEAT__MAP_STR:
        elem = leat__map_find(m, key, LEAT__KEY_STR, 16, 8, &ask);
        break;
    default:
        break;
    }
    return ask ? leat__map_find_slow(m, key) : elem;
}

// Looks in the first bucket of the chain; what it finds there, it removes.
static bool
fuzz_map_fast_delete(struct fuzz_map *f, const char *key)
{
    struct leat_map *m = (struct leat_map *)(void *)f->h;
    struct leat__map_at at;
    const char *slot = NULL;
    bool ask = true;
    switch (f->t->kind) {
    case LEAT__MAP_64:
        slot = leat__map_look(m, key, LEAT__KEY_BYTES, 8, 8, &at, &ask);
        break;
    case LEAT__MAP_32:
        slot = leat__map_look(m, key, LEAT__KEY_BYTES, 4, 8, &at, &ask);
        break;
    case LEAT__MAP_STR:
        slot = leat__map_look(m, key, LEAT__KEY_STR, 16, 8, &at, &ask);
        break;
    default:
        break;
    }
    return slot != NULL ? leat__map_erase(m, at.b, at.s)
                        : ask && leat__map_delete(m, key);
}

static void
fuzz_map_fast_next(struct fuzz_map *f, struct leat__hiter *it)
{
    bool done = false;
    switch (f->t->kind) {
    case LEAT__MAP_64:
        done = leat__map_next(it, 8, 8);
        break;
    case LEAT__MAP_32:
        done = leat__map_next(it, 4, 8);
        break;
    case LEAT__MAP_STR:
        done = leat__map_next(it, 16, 8);
        break;
    default:
        break;
    }
    if (!done)
        leat__mapiternext(it);
}

static void
fuzz_map_put(struct fuzz_map *f, uint64_t i)
{
    char key[FUZZ_MAP_KEY_BYTES] __attribute__((aligned(16)));
    fuzz_map_key(f, i, key);
    uint64_t *v = f->last % 2 ? fuzz_map_fast_put(f, key)
                              : leat__mapassign(f->t, f->h, key);
    FUZZ_MAP_CHECK(*v == f->value[i]);
    f->count += f->value[i] == 0;
    f->value[i] = *v = ++f->last;
}

static void
fuzz_map_delete(struct fuzz_map *f, uint64_t i)
{
    char key[FUZZ_MAP_KEY_BYTES] __attribute__((aligned(16)));
    fuzz_map_key(f, i, key);
    bool there = f->last % 2 ? fuzz_map_fast_delete(f, key)
                             : leat__mapdelete(f->t, f->h, key);
    FUZZ_MAP_CHECK(there == (f->value[i] != 0));
    f->count -= there;
    f->value[i] = 0;
    for (int r = 0; r < FUZZ_MAP_RANGES; r++)
        f->ranges[r].since[i] = f->ranges[r].given[i] = false;
}

static void
fuzz_map_get(struct fuzz_map *f, uint64_t i)
{
    char key[FUZZ_MAP_KEY_BYTES] __attribute__((aligned(16)));
    fuzz_map_key(f, i, key);
    uint64_t *v = leat__mapaccess2(f->t, f->h, key);
    FUZZ_MAP_CHECK((v != NULL) == (f->value[i] != 0));
    FUZZ_MAP_CHECK(v == NULL || *v == f->value[i]);
    FUZZ_MAP_CHECK(fuzz_map_fast_get(f, key) == v);
}

static void
fuzz_map_clear(struct fuzz_map *f)
{
    leat__mapclear(f->t, f->h);
    memset(f->value, 0, sizeof f->value);
    f->count = 0;
    for (int r = 0; r < FUZZ_MAP_RANGES; r++) {
        memset(f->ranges[r].since, 0, sizeof f->ranges[r].since);
        memset(f->ranges[r].given, 0, sizeof f->ranges[r].given);
    }
}

// Goes on by one entry, or begins.
static void
fuzz_map_step(struct fuzz_map *f, struct fuzz_range *r)
{
    if (!r->on) {
        memset(r->given, 0, sizeof r->given);
        for (int i = 0; i < FUZZ_MAP_KEYS; i++)
            r->since[i] = f->value[i] != 0;
        leat__mapiterinit(f->h, &r->it);
    } else if (f->last % 2) {
        fuzz_map_fast_next(f, &r->it);
    } else {
        leat__mapiternext(&r->it);
    }
    r->on = r->it.key != NULL;
    if (!r->on) {
        for (int i = 0; i < FUZZ_MAP_KEYS; i++)
            FUZZ_MAP_CHECK(!r->since[i]);
        return;
    }
    uint64_t i = fuzz_map_number(f, r->it.key);
    FUZZ_MAP_CHECK(f->value[i] != 0);
    FUZZ_MAP_CHECK(*(uint64_t *)r->it.elem == f->value[i]);
    FUZZ_MAP_CHECK(!r->given[i]);
    r->given[i] = true;
    r->since[i] = false;
    r->at = i;
}

static void
fuzz_map_clone(struct fuzz_map *f)
{
    struct hmap *c = leat__mapclone(f->t, f->h);
    leat__mapclear(f->t, f->h);
    leat__mapfree(f->t, f->h);
    f->h = c;
    for (int r = 0; r < FUZZ_MAP_RANGES; r++)
        f->ranges[r].on = false;
}

static void
fuzz_map_operation(struct fuzz_map *f)
{
    uint64_t op = fuzz_map_pick(f, 16), i = fuzz_map_pick(f, FUZZ_MAP_KEYS);
    switch (op) {
    case 0: case 1: case 2: case 3:
        fuzz_map_put(f, i);
        break;
    case 4: case 5: // many, so that it grows
        for (uint64_t n = fuzz_map_pick(f, 100); n > 0; n--)
            fuzz_map_put(f, (i + n * 7) % FUZZ_MAP_KEYS);
        break;
    case 6: case 7:
        fuzz_map_delete(f, i);
        break;
    case 8:
        for (uint64_t n = fuzz_map_pick(f, 100); n > 0; n--)
            fuzz_map_delete(f, (i + n) % FUZZ_MAP_KEYS);
        break;
    case 9:
        fuzz_map_get(f, i);
        break;
    case 10:
        fuzz_map_clear(f);
        break;
    case 11:
        fuzz_map_clone(f);
        break;
    case 12: // what the iteration is at
        if (f->ranges[0].on)
            fuzz_map_delete(f, f->ranges[0].at);
        fuzz_map_step(f, &f->ranges[0]);
        break;
    default:
        for (uint64_t n = i % 8; n > 0; n--)
            fuzz_map_step(f, &f->ranges[op % FUZZ_MAP_RANGES]);
    }
    leat__map_check(f->t, f->h);
    FUZZ_MAP_CHECK(f->h->count == f->count);
}

int
fuzz_map_run(const uint8_t *data, size_t size)
{
    static struct fuzz_map f;
    f = (struct fuzz_map){.p = data, .end = data + size};
    uint64_t type = fuzz_map_pick(&f, 1 << 16);
    type = type >= 0xc000 ? FUZZ_MAP_TYPES - 1 : type % (FUZZ_MAP_TYPES - 1);
    fuzz_map_types[type].flags = LEAT__MAP_REFLEXIVE;
    leat__maptype_layout(&fuzz_map_types[type]);
    f.t = &fuzz_map_types[type];
    f.h = leat__makemap(f.t, (int64_t)fuzz_map_pick(&f, 200), NULL);
    FUZZ_MAP_CHECK(f.h != NULL);
    for (; f.p < f.end; f.steps++)
        fuzz_map_operation(&f);
    leat__mapfree(f.t, f.h);
    return f.steps;
}

#ifdef LEAT_FUZZ
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_begin();
    fuzz_map_run(data, size);
    return 0;
}
#endif
