// SPDX-License-Identifier: MIT
// names.c: lists of files that were not counted.
#include "words.h"

#include <stdlib.h>
#include <string.h>

void
names_add(struct names *n, char *path, int err)
{
    if (n->len == n->cap) {
        size_t cap = n->cap == 0 ? 16 : 2 * n->cap;
        struct name *list = realloc(n->list, cap * sizeof *list);
        if (list == NULL) {
            free(path);
            return;
        }
        n->list = list;
        n->cap = cap;
    }
    n->list[n->len++] = (struct name){path, err};
}

void
names_move(struct names *to, struct names *from)
{
    for (size_t i = 0; i < from->len; i++)
        names_add(to, from->list[i].path, from->list[i].err);
    from->len = 0;
    names_free(from);
}

static int
name_compare(const void *a, const void *b)
{
    const struct name *x = a, *y = b;
    return strcmp(x->path, y->path);
}

void
names_sort(struct names *n)
{
    if (n->len > 0)
        qsort(n->list, n->len, sizeof *n->list, name_compare);
}

void
names_free(struct names *n)
{
    for (size_t i = 0; i < n->len; i++)
        free(n->list[i].path);
    free(n->list);
    *n = (struct names){0};
}
