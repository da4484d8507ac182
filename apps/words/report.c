// SPDX-License-Identifier: MIT
// report.c: the result as text.
#include "words.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    REPORT_NAMES = 10 // files named of each kind; the others are counted
};

// Most frequent first, equally frequent ones by their bytes.
static int
word_compare(const void *a, const void *b)
{
    const struct word *x = *(const struct word *const *)a;
    const struct word *y = *(const struct word *const *)b;
    char x_room[17], y_room[17];
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return strcmp(word_text(x, x_room), word_text(y, y_room));
}

// Pointers to the words of all tables that occur at least `least` times.
static size_t
words_collect(const struct word **list, const struct table *table, size_t n,
    uint64_t least)
{
    size_t len = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < table[i].cap; j++)
            if (table[i].slot[j].count >= least)
                list[len++] = &table[i].slot[j];
    return len;
}

static int
count_compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x > y ? -1 : x < y;
}

// How often a word must occur to be among the first `top`, at least 1: found
// with a small sorted list, since sorting millions for 20 is a waste.
static uint64_t
count_of_top(const struct table *table, size_t n, size_t top)
{
    size_t cap = 2 * top, len = 0;
    uint64_t least = 1;
    uint64_t *counts = calloc(cap + 1, sizeof *counts);
    if (counts == NULL || top == 0) {
        free(counts);
        return least;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < table[i].cap; j++) {
            uint64_t count = table[i].slot[j].count;
            if (count < least)
                continue;
            counts[len++] = count;
            if (len < cap)
                continue;
            qsort(counts, len, sizeof *counts, count_compare);
            len = top;
            least = counts[top - 1];
        }
    qsort(counts, len, sizeof *counts, count_compare);
    if (len >= top)
        least = counts[top - 1];
    free(counts);
    return least;
}

static bool
print_words(const struct table *table, size_t n, size_t distinct, size_t top)
{
    uint64_t least = top < distinct ? count_of_top(table, n, top) : 1;
    const struct word **list = calloc(distinct + 1, sizeof *list);
    if (list == NULL)
        return false;
    size_t len = words_collect(list, table, n, least);
    qsort(list, len, sizeof *list, word_compare);
    for (size_t i = 0; i < len && i < top; i++) {
        char room[17];
        printf("%12" PRIu64 " %s\n", list[i]->count, word_text(list[i], room));
    }
    free(list);
    return true;
}

static void
print_names(FILE *f, const char *what, struct names *n)
{
    if (n->len == 0)
        return;
    names_sort(n);
    fprintf(f, "%s: %zu\n", what, n->len);
    for (size_t i = 0; i < n->len && i < REPORT_NAMES; i++) {
        fprintf(f, "    %s", n->list[i].path);
        if (n->list[i].err != 0)
            fprintf(f, ": %s", strerror(n->list[i].err));
        fputc('\n', f);
    }
    if (n->len > REPORT_NAMES)
        fprintf(f, "    and %zu more\n", n->len - REPORT_NAMES);
}

bool
report_print(const struct report *r, const struct table *table, size_t n,
    struct tally *sum)
{
    size_t distinct = 0;
    for (size_t i = 0; i < n; i++)
        distinct += table[i].len;
    if (!print_words(table, n, distinct, r->all ? distinct : r->top))
        return false;
    FILE *f = r->all ? stderr : stdout;
    if (!r->all)
        fputc('\n', f);
    fprintf(f,
        "files: %" PRId64 ", bytes: %" PRId64 ", words: %" PRId64
        ", distinct words: %zu\n",
        sum->files, sum->bytes, sum->words, distinct);
    print_names(f, "binary files, not counted", &sum->binary);
    print_names(f, "could not be read", &sum->failed);
    fprintf(f, "elapsed: %.3f s, readers: %d, processors: %d\n",
        (double)r->elapsed_ns / 1e9, r->readers, leat_gomaxprocs(0));
    return fflush(stdout) == 0 && !ferror(stdout);
}
