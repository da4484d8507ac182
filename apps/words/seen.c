// SPDX-License-Identifier: MIT
// seen.c: a set of files by device and inode number, shared by goroutines.
//
// Only directories and files with several links get here, so one mutex is
// enough.
#include "words.h"

bool
seen_first(struct seen *s, dev_t dev, ino_t ino)
{
    struct seen_id id = {dev, ino};
    leat_mutex_lock(&s->lock);
    if (s->files == NULL)
        s->files = leat_make_map_key(seen_key, bool);
    bool first = !leat_map_get(s->files, id);
    if (first)
        (void)leat_map_try_put(s->files, id, true);
    leat_mutex_unlock(&s->lock);
    return first;
}
