// SPDX-License-Identifier: MIT
// report.c: the result as text.
#include "words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    REPORT_NAMES = 10 // files named of each kind; the others are counted
};

// Most frequent first, equally frequent ones by their bytes.
static int
word_compare(const struct word *x, const struct word *y)
{
    char x_room[WORD_ROOM], y_room[WORD_ROOM];
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return leat_str_compare(word_text(x, x_room), word_text(y, y_room));
}

// The largest counts seen so far.
struct top_counts {
    leat_slice(int64_t) list; // twice `top` at most; then only the largest
    int64_t top;
    int64_t least; // smaller ones are not among the first
};

static void
top_trim(struct top_counts *t)
{
    leat_slice_sort(t->list);
    int64_t drop = t->list.len - t->top;
    if (drop < 0)
        return;
    leat_copy(t->list, leat_sub_from(t->list, drop));
    t->list = leat_sub_to(t->list, t->top);
    t->least = leat_at(t->list, 0);
}

static bool
top_add(struct top_counts *t, int64_t count)
{
    if (count < t->least)
        return true;
    if (t->list.len == 2 * t->top)
        top_trim(t);
    return leat_try_push(&t->list, count) == 0;
}

// How often a word must occur to be among the first `top`, at least 1: found
// with a small sorted list, since sorting millions for 20 is a waste.
static int64_t
count_of_top(const struct table *table, size_t n, int64_t top)
{
    struct top_counts t = {.top = top, .least = 1};
    bool ok = top > 0;
    for (size_t i = 0; i < n; i++) {
        leat_map_range (uint64_t, key, int64_t, count, table[i].brief)
            ok = ok && top_add(&t, count);
        leat_map_range (leat_str, text, int64_t, count, table[i].lengthy)
            ok = ok && top_add(&t, count);
    }
    if (ok)
        top_trim(&t);
    leat_slice_free(t.list);
    return ok ? t.least : 1;
}

static bool
print_words(
    const struct table *table, size_t n, int64_t distinct, int64_t top)
{
    int64_t least = top < distinct ? count_of_top(table, n, top) : 1;
    word_slice list = {0};
    bool ok = true;
    for (size_t i = 0; i < n && ok; i++)
        ok = table_words(&table[i], least, &list);
    leat_slice_sort_func(list, word_compare);
    for (int64_t i = 0; i < list.len && i < top && ok; i++) {
        char room[WORD_ROOM];
        const struct word *w = &leat_at(list, i);
        leat_str text = word_text(w, room);
        printf("%12" PRId64 " %.*s\n", w->count, (int)text.len, text.ptr);
    }
    leat_slice_free(list);
    return ok;
}

static void
print_names(FILE *f, const char *what, name_slice *n)
{
    if (n->len == 0)
        return;
    names_sort(n);
    fprintf(f, "%s: %" PRId64 "\n", what, n->len);
    for (int64_t i = 0; i < n->len && i < REPORT_NAMES; i++) {
        const struct name *name = &leat_at(*n, i);
        fprintf(f, "    %s", name->path);
        if (name->err != 0)
            fprintf(f, ": %s", strerror(name->err));
        fputc('\n', f);
    }
    if (n->len > REPORT_NAMES)
        fprintf(f, "    and %" PRId64 " more\n", n->len - REPORT_NAMES);
}

bool
report_print(const struct report *r, const struct table *table, size_t n,
    struct tally *sum)
{
    int64_t distinct = 0;
    for (size_t i = 0; i < n; i++)
        distinct += table_len(&table[i]);
    // More than there can be would not fit.
    int64_t top = r->all || r->top > INT32_MAX ? distinct : (int64_t)r->top;
    if (!print_words(table, n, distinct, top))
        return false;
    FILE *f = r->all ? stderr : stdout;
    if (!r->all)
        fputc('\n', f);
    fprintf(f,
        "files: %" PRId64 ", bytes: %" PRId64 ", words: %" PRId64
        ", distinct words: %" PRId64 "\n",
        sum->files, sum->bytes, sum->words, distinct);
    print_names(f, "binary files, not counted", &sum->binary);
    print_names(f, "could not be read", &sum->failed);
    fprintf(f, "elapsed: %.3f s, readers: %d, processors: %d\n",
        (double)r->elapsed_ns / 1e9, r->readers, leat_gomaxprocs(0));
    return fflush(stdout) == 0 && !ferror(stdout);
}
