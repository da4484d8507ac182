// SPDX-License-Identifier: MIT
// table.c: two maps: one for the words that fit in a number, one by text.
//
// The idea: nearly all words have at most twelve letters. Those need no text:
// a 64-bit key holds them, eight as they are, up to twelve at five bits each,
// and the map's look-up by such a key is inline.
//
// Most words were there a moment ago: those counted last are kept, with how
// often, in a small array that stays in the first-level cache, and are added
// to the map when another word takes their place.
//
// Rejected: at most eight letters in the key. The look-ups of the longer words
// by their text, one in ten, then took as long as all others.
//
// Locks: none, each reader has a table of its own.
#include "table.h"

#include <stdlib.h>
#include <string.h>

enum {
    TABLE_BRIEF = 12,        // letters of a word that is its key
    TABLE_HINT = 1 << 12,    // entries a table begins with
    TABLE_RECENT_BITS = 10,  // log2 of the words that are kept
    TABLE_BLOCK = 64 << 10   // bytes of one block of texts
};

// The keys take the first letter from the lowest byte.
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
    "words need their first letter in the lowest byte");

#define KEY_PACKED (UINT64_C(1) << 63)

// A key (0: none) and what its count in the map lacks.
struct recent {
    uint64_t key;
    int64_t n;
};

// Eight letters in lower case, those behind the first n as zeros.
static inline uint64_t
letters_load(const char *text, size_t n)
{
    uint64_t x;
    memcpy(&x, text, sizeof x);
    x |= 0x2020202020202020u;
    return n >= 8 ? x : x & ((UINT64_C(1) << (8 * n)) - 1);
}

// Eight letters in 40 bits: what tells letters apart is their low five bits,
// and a letter is never 0.
static inline uint64_t
letters_pack(uint64_t x)
{
    x = (x & 0x001f001f001f001fu) | (x & 0x1f001f001f001f00u) >> 3;
    x = (x & 0x000003ff000003ffu) | (x & 0x03ff000003ff0000u) >> 6;
    return (x & 0x00000000000fffffu) | (x & 0x000fffff00000000u) >> 12;
}

static inline uint64_t
letters_unpack(uint64_t x)
{
    x = (x & 0x00000000000fffffu) | (x & 0x000000fffff00000u) << 12;
    x = (x & 0x000003ff000003ffu) | (x & 0x000ffc00000ffc00u) << 6;
    x = (x & 0x001f001f001f001fu) | (x & 0x03e003e003e003e0u) << 3;
    // 0x60 where there is a letter: adding 0x1f carries unless it is 0.
    uint64_t letter = (x + 0x1f1f1f1f1f1f1f1fu) & 0x2020202020202020u;
    return x | letter | letter << 1;
}

// The key of a word of up to TABLE_BRIEF letters.
static inline uint64_t
brief_key(const char *text, size_t len)
{
    uint64_t first = letters_load(text, len);
    if (__builtin_expect(len <= 8, 1))
        return first;
    // No letter has the top bit.
    return KEY_PACKED | letters_pack(first) |
        letters_pack(letters_load(text + 8, len - 8)) << 40;
}

static bool
table_ready(struct table *t)
{
    if (t->brief == NULL)
        t->brief = leat_try_make_map(uint64_t, int64_t, TABLE_HINT);
    if (t->recent == NULL)
        t->recent =
            calloc((size_t)1 << TABLE_RECENT_BITS, sizeof *t->recent);
    if (t->recent != NULL && t->lengthy == NULL)
        t->lengthy = leat_try_make_map(leat_str, int64_t, TABLE_HINT);
    return t->brief != NULL && t->lengthy != NULL && t->recent != NULL;
}

static bool
table_add_brief(struct table *t, uint64_t key, int64_t n)
{
    int64_t *count = leat_map_find(t->brief, key);
    if (__builtin_expect(count == NULL, 0))
        return leat_map_try_put(t->brief, key, n) == 0;
    *count += n;
    return true;
}

static inline bool
table_add_recent(struct table *t, uint64_t key, int64_t n)
{
    // Fibonacci hashing: the top bits of a product with 2^64 / phi.
    struct recent *r = &t->recent[key * UINT64_C(0x9e3779b97f4a7c15) >>
        (64 - TABLE_RECENT_BITS)];
    if (__builtin_expect(r->key == key, 1)) {
        r->n += n;
        return true;
    }
    bool ok = r->key == 0 || table_add_brief(t, r->key, r->n);
    *r = (struct recent){key, n};
    return ok;
}

bool
table_settle(struct table *t)
{
    bool ok = true;
    for (int i = 0; t->recent != NULL && i < 1 << TABLE_RECENT_BITS; i++)
        if (t->recent[i].key != 0)
            ok &= table_add_brief(t, t->recent[i].key, t->recent[i].n);
    free(t->recent);
    t->recent = NULL;
    return ok;
}

// text stays where it is while the table lives.
static bool
table_add_kept(struct table *t, leat_str text, int64_t n)
{
    int64_t *count = leat_map_find(t->lengthy, text);
    if (count == NULL)
        return leat_map_try_put(t->lengthy, text, n) == 0;
    *count += n;
    return true;
}

// Room for len bytes that stay where they are, at the end of the last block;
// NULL when out of memory.
static char *
table_room(struct table *t, int64_t len)
{
    leat_bytes *last =
        t->texts.len > 0 ? &leat_at(t->texts, t->texts.len - 1) : NULL;
    if (last == NULL || last->cap - last->len < len) {
        int64_t cap = len > TABLE_BLOCK ? len : TABLE_BLOCK;
        leat_bytes block = leat_slice_try_make(leat_bytes, 0, cap);
        if (block.ptr == NULL)
            return NULL;
        if (leat_try_push(&t->texts, block) != 0) {
            leat_slice_free(block);
            return NULL;
        }
        last = &leat_at(t->texts, t->texts.len - 1);
    }
    return (char *)last->ptr + last->len;
}

// The word is put in lower case behind the texts there are, and stays there
// if it is new.
static bool
table_add_lengthy(struct table *t, const char *text, size_t len, int64_t n)
{
    // Whole pieces of eight, read by the caller's leave and written ahead.
    char *low = table_room(t, (int64_t)(len + 8));
    if (low == NULL)
        return false;
    for (size_t i = 0; i < len; i += 8) {
        uint64_t piece = letters_load(text + i, 8);
        memcpy(low + i, &piece, sizeof piece);
    }
    leat_str word = leat_str_view(low, (int64_t)len);
    int64_t *count = leat_map_find(t->lengthy, word);
    if (count != NULL) {
        *count += n;
        return true;
    }
    leat_at(t->texts, t->texts.len - 1).len += (int64_t)len;
    return leat_map_try_put(t->lengthy, word, n) == 0;
}

bool
table_add(struct table *t, const char *text, size_t len, int64_t n)
{
    if (__builtin_expect(t->recent == NULL, 0) && !table_ready(t))
        return false;
    if (len <= TABLE_BRIEF)
        return table_add_recent(t, brief_key(text, len), n);
    return table_add_lengthy(t, text, len, n);
}

bool
table_merge(struct table *t, const struct table *from, unsigned part,
    unsigned parts)
{
    bool ok = table_ready(t);
    leat_map_range (uint64_t, key, int64_t, n, from->brief) {
        uint64_t hash = leat_hash(&key, sizeof key, 0);
        if (ok && (hash & (parts - 1)) == part)
            ok = table_add_brief(t, key, n);
    }
    leat_map_range (leat_str, text, int64_t, n, from->lengthy) {
        uint64_t hash = leat_hash(text.ptr, (size_t)text.len, 0);
        if (ok && (hash & (parts - 1)) == part)
            ok = table_add_kept(t, text, n);
    }
    return ok;
}

int64_t
table_len(const struct table *t)
{
    return leat_map_len(t->brief) + leat_map_len(t->lengthy);
}

bool
table_words(const struct table *t, int64_t least, word_slice *list)
{
    bool ok = true;
    leat_map_range (uint64_t, key, int64_t, n, t->brief)
        if (ok && n >= least)
            ok = leat_try_push(list,
                     (struct word){.count = n, .key = key}) == 0;
    leat_map_range (leat_str, text, int64_t, n, t->lengthy)
        if (ok && n >= least)
            ok = leat_try_push(list,
                     (struct word){.count = n, .text = text}) == 0;
    return ok;
}

leat_str
word_text(const struct word *w, char room[WORD_ROOM])
{
    uint64_t half[2] = {w->key, 0};
    if (w->text.len > 0)
        return w->text;
    if (w->key & KEY_PACKED) {
        half[0] = letters_unpack(w->key & 0xffffffffffu);
        half[1] = letters_unpack((w->key & ~KEY_PACKED) >> 40);
    }
    memcpy(room, half, sizeof half);
    return leat_str_view(room, (int64_t)strnlen(room, sizeof half));
}

void
table_free(struct table *t)
{
    free(t->recent);
    leat_map_free(t->brief);
    leat_map_free(t->lengthy);
    leat_slice_range (i, block, t->texts)
        leat_slice_free(block);
    leat_slice_free(t->texts);
    *t = (struct table){0};
}
