// SPDX-License-Identifier: MIT
// table.h: how often each word occurred. Words are runs of ASCII letters,
// without regard to case; they are kept in lower case.
#ifndef WORDS_TABLE_H
#define WORDS_TABLE_H

#include <leat.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    // So many bytes behind the end of a word given to table_add must be
    // readable.
    TABLE_READS = 8,
    WORD_ROOM = 16 // bytes of a word that is its key
};

LEAT_SLICE(byte_blocks, leat_bytes);

// Words of up to twelve letters are the key themselves, see table.c; the
// others are in a map by their text. Zero is an empty table.
struct recent;
struct table {
    struct recent *recent; // brief words not in the map yet
    leat_map(uint64_t, int64_t) brief;
    leat_map(leat_str, int64_t) lengthy;
    byte_blocks texts; // of the lengthy ones that were added here
};

// A word and how often it occurred. A brief one has no text, but its key.
struct word {
    int64_t count;
    uint64_t key;
    leat_str text;
};
LEAT_SLICE(word_slice, struct word);

// Counts the word of len > 0 letters at text n more times. False when out
// of memory: the count is then incomplete.
bool table_add(struct table *t, const char *text, size_t len, int64_t n);

// Must follow the last table_add, before anything else. False when out of
// memory.
bool table_settle(struct table *t);

// Adds those words of `from` whose hash falls into part `part` of `parts`
// (a power of two), so that several can merge at once. The texts stay with
// `from`, which must live as long as t.
bool table_merge(struct table *t, const struct table *from, unsigned part,
    unsigned parts);

// The number of words.
int64_t table_len(const struct table *t);

// Appends to *list the words that occurred at least `least` times. False
// when out of memory.
bool table_words(const struct table *t, int64_t least, word_slice *list);

// The word's text; that of a brief one is written to room.
leat_str word_text(const struct word *w, char room[WORD_ROOM]);

void table_free(struct table *t);

#endif
