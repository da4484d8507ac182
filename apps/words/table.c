// SPDX-License-Identifier: MIT
// table.c: a hash table with the words in the slots themselves.
//
// The idea: of the words of English or C nearly all have at most 16 letters,
// so two 64-bit words hold them, and a look-up is one load of the slot and
// one comparison, with no pointer to follow. Linear probing, at most half
// full: the frequent words came first and sit where their hash points.
//
// Invariants: cap is a power of two above 2 * len. A slot with count 0 is
// free, and nothing is ever removed, so probing stops there.
// Locks: none, each reader has a table of its own.
#include "table.h"

#include <stdlib.h>
#include <string.h>

enum {
    TABLE_FIRST_CAP = 1 << 14, // 384 KiB: stays in a second-level cache
    TABLE_ARENA = 64 << 10     // bytes of one block of long words
};

// The key masks below take the first letter from the lowest byte.
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
    "words need their first letter in the lowest byte");

static const uint64_t key_long = UINT64_C(1) << 63;

// Both halves of a 128-bit product, folded: every bit of a and b counts.
static uint64_t
key_mix(uint64_t a, uint64_t b)
{
    __extension__ unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t
key_hash(const uint64_t key[2], bool is_long)
{
    // A long word's key[1] is a pointer, which says nothing about it. The
    // constants are digits of pi, for want of a reason to take others.
    uint64_t second = is_long ? 0 : key[1];
    return key_mix(key[0] ^ 0x243f6a8885a308d3u, second ^ 0x13198a2e03707345u);
}

// Eight letters in lower case, those behind the first n as zeros.
static uint64_t
letters_load(const char *text, size_t n)
{
    uint64_t x;
    memcpy(&x, text, sizeof x);
    x |= 0x2020202020202020u;
    return n >= 8 ? x : x & ((UINT64_C(1) << (8 * n)) - 1);
}

static uint64_t
text_hash(const char *text, size_t len)
{
    uint64_t h = len, part[2] = {0, 0};
    for (size_t i = 0; i < len; i += 8) {
        char last[8] = {0};
        size_t n = len - i < 8 ? len - i : 8;
        memcpy(last, text + i, n);
        part[0] = h ^ letters_load(last, n);
        h = key_hash(part, false);
    }
    return h | key_long;
}

static bool
text_equal(const char *kept, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (kept[i] != (text[i] | 0x20))
            return false;
    return kept[len] == 0;
}

// A copy of a long word in lower case that lives as long as the table.
static char *
arena_copy(struct table *t, const char *text, size_t len)
{
    if (t->arena == NULL || t->arena_left < len + 1) {
        size_t room = len + 1 > TABLE_ARENA ? len + 1 : TABLE_ARENA;
        char **block = malloc(sizeof *block + room);
        if (block == NULL)
            return NULL;
        *block = t->arena;
        t->arena = (char *)block;
        t->arena_left = room;
    }
    // Filled from its end, so that the size of a block need not be kept.
    t->arena_left -= len + 1;
    char *copy = t->arena + sizeof(char *) + t->arena_left;
    for (size_t i = 0; i < len; i++)
        copy[i] = (char)(text[i] | 0x20);
    copy[len] = 0;
    return copy;
}

static bool
table_grow(struct table *t)
{
    size_t cap = t->cap == 0 ? TABLE_FIRST_CAP : 2 * t->cap;
    struct word *slot = calloc(cap, sizeof *slot);
    if (slot == NULL)
        return false;
    for (size_t i = 0; i < t->cap; i++) {
        const struct word *w = &t->slot[i];
        if (w->count == 0)
            continue;
        size_t at = key_hash(w->key, (w->key[0] & key_long) != 0);
        while (slot[at & (cap - 1)].count != 0)
            at++;
        slot[at & (cap - 1)] = *w;
    }
    free(t->slot);
    t->slot = slot;
    t->cap = cap;
    return true;
}

// The slot of a short word (len 0), or of the long one at text; a free slot
// when it is new.
static inline struct word *
table_find(struct table *t, const uint64_t key[2], const char *text,
    size_t len)
{
    size_t mask = t->cap - 1;
    for (size_t at = key_hash(key, len > 0);; at++) {
        struct word *w = &t->slot[at & mask];
        if (w->count == 0)
            return w;
        if (w->key[0] != key[0])
            continue;
        if (len == 0 ? w->key[1] == key[1]
                     : text_equal((const char *)w->key[1], text, len))
            return w;
    }
}

static bool
table_add_key(struct table *t, uint64_t key[2], const char *text, size_t len,
    uint64_t n)
{
    if (t->cap <= 2 * t->len && !table_grow(t))
        return false;
    struct word *w = table_find(t, key, text, len);
    if (w->count == 0) {
        if (len > 0) {
            char *copy = arena_copy(t, text, len);
            if (copy == NULL)
                return false;
            key[1] = (uint64_t)copy;
        }
        w->key[0] = key[0];
        w->key[1] = key[1];
        t->len++;
    }
    w->count += n;
    return true;
}

bool
table_add(struct table *t, const char *text, size_t len, uint64_t n)
{
    uint64_t key[2] = {0, 0};
    if (len > TABLE_READS) {
        key[0] = text_hash(text, len);
        return table_add_key(t, key, text, len, n);
    }
    key[0] = letters_load(text, len);
    if (len > 8)
        key[1] = letters_load(text + 8, len - 8);
    return table_add_key(t, key, NULL, 0, n);
}

bool
table_merge(struct table *t, const struct table *from, unsigned part,
    unsigned parts)
{
    for (size_t i = 0; i < from->cap; i++) {
        const struct word *w = &from->slot[i];
        if (w->count == 0)
            continue;
        bool is_long = (w->key[0] & key_long) != 0;
        // The top bits: the low ones choose the slot.
        if (((key_hash(w->key, is_long) >> 32) & (parts - 1)) != part)
            continue;
        uint64_t key[2] = {w->key[0], w->key[1]};
        const char *text = is_long ? (const char *)key[1] : NULL;
        if (!table_add_key(
                t, key, text, is_long ? strlen(text) : 0, w->count))
            return false;
    }
    return true;
}

const char *
word_text(const struct word *w, char *room)
{
    if (w->key[0] & key_long)
        return (const char *)w->key[1];
    memcpy(room, w->key, 16);
    room[16] = 0;
    return room;
}

void
table_free(struct table *t)
{
    free(t->slot);
    for (char *block = t->arena, *next; block != NULL; block = next) {
        next = *(char **)block;
        free(block);
    }
    *t = (struct table){0};
}
