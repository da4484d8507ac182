// SPDX-License-Identifier: MIT
// names.c: lists of files that were not counted.
#include "words.h"

#include <stdlib.h>
#include <string.h>

void
names_add(name_slice *n, char *path, int err)
{
    if (leat_try_push(n, (struct name){path, err}) != 0)
        free(path);
}

void
names_move(name_slice *to, name_slice *from)
{
    leat_slice_range (i, name, *from)
        names_add(to, name.path, name.err);
    leat_slice_free(*from);
    *from = (name_slice){0};
}

static int
name_compare(const struct name *x, const struct name *y)
{
    return strcmp(x->path, y->path);
}

void
names_sort(name_slice *n)
{
    leat_slice_sort_func(*n, name_compare);
}
