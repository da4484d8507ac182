// SPDX-License-Identifier: MIT
// table.h: how often each word occurred. Words are runs of ASCII letters,
// without regard to case; they are kept in lower case.
#ifndef WORDS_TABLE_H
#define WORDS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    // A word given to table_add must have this many readable bytes behind
    // its start, whatever its length.
    TABLE_READS = 16
};

// One word: up to 16 letters lie in key itself, padded with zeros. A longer
// one has the top bit of key[0] set, which no letter has; the other bits are
// its hash, and key[1] points to its text.
struct word {
    uint64_t key[2];
    uint64_t count; // 0: the slot is free
};

struct table {
    struct word *slot;
    size_t cap; // a power of two, or 0
    size_t len;
    char *arena; // texts of long words: the newest block, linked to others
    size_t arena_left;
};

// Counts the word of len > 0 letters at text n more times. False when out
// of memory: the count is then incomplete.
bool table_add(struct table *t, const char *text, size_t len, uint64_t n);

// Adds those words of `from` whose hash falls into part `part` of `parts`
// (a power of two), so that several can merge at once.
bool table_merge(struct table *t, const struct table *from, unsigned part,
    unsigned parts);

// The word's text; short ones are written to room (17 bytes).
const char *word_text(const struct word *w, char *room);

void table_free(struct table *t);

#endif
