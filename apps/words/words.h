// SPDX-License-Identifier: MIT
// words.h: what the parts of `words` share.
//
//   walk.c ---- paths ----> count.c (one goroutine per reader)
//                              |
//                            tallies
//                              v
//                           words.c ----> merge and report.c
#ifndef WORDS_H
#define WORDS_H

#include "table.h"

#include <leat.h>

#include <stdatomic.h>
#include <sys/types.h>

// A file or directory that was not counted, and why: an errno, or 0 for a
// binary file. The path is malloc'ed.
struct name {
    char *path;
    int err;
};

LEAT_SLICE(name_slice, struct name);

// Takes over path; drops it when out of memory.
void names_add(name_slice *n, char *path, int err);
void names_move(name_slice *to, name_slice *from);
// By path, in byte order.
void names_sort(name_slice *n);

// What one goroutine has found.
struct tally {
    struct table table;
    int64_t files, bytes, words;
    name_slice binary, failed;
};

// Files and directories that were met before: each is looked at once, also
// when the arguments overlap or it has several names.
struct seen_id {
    dev_t dev;
    ino_t ino;
};
LEAT_MAP_KEY(seen_key, struct seen_id, dev, ino);
struct seen {
    struct leat_mutex lock;
    leat_map(struct seen_id, bool) files; // made by the first
};

// True the first time this file is asked about (and when out of memory:
// counting twice is better than not at all). May park.
bool seen_first(struct seen *s, dev_t dev, ino_t ino);

// Read by the progress line while readers write.
struct progress {
    _Atomic int64_t files, bytes;
};

// Paths travel by the batch: a file takes some 20 microseconds, a reader that
// has to be woken for each costs as much again (measured: sending them one
// by one takes twice the time of the whole).
enum { BATCH_PATHS = 32 };
struct batch {
    size_t len;
    char *path[BATCH_PATHS]; // malloc'ed, the receiver frees
};

// One run of the program.
struct job {
    char **roots;
    size_t root_count;
    leat_chan(struct batch) paths;
    leat_chan(struct tally *) tallies;
    struct seen files;
    struct progress progress;
};

// Sends the path of every regular file under the roots, closes job->paths,
// and sends what could not be read on job->tallies.
void walk(struct job *job);

// Receives paths until there are no more and sends its tally.
void count_files(struct job *job);

// How the result is to be printed.
struct report {
    size_t top; // so many words
    bool all;   // every word on stdout, the rest on stderr
    int readers;
    int64_t elapsed_ns;
};

// Prints what the tables (n of them, without a common word) and the totals
// in sum say. False when out of memory or when it could not be written.
bool report_print(const struct report *r, const struct table *table, size_t n,
    struct tally *sum);

#endif
