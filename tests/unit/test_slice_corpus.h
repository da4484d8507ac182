// SPDX-License-Identifier: MIT
// test_slice_corpus.h: runs a function over the files of a saved corpus, of
// which there are some.
#ifndef LEAT_TESTS_UNIT_TEST_SLICE_CORPUS_H
#define LEAT_TESTS_UNIT_TEST_SLICE_CORPUS_H

#include "lib/test.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    CORPUS_FILE_MAX = 1 << 16, // bytes that are read of one file
    CORPUS_FILES_MIN = 20      // each corpus has more
};

static inline void
corpus_each(const char *pattern, void (*run)(const uint8_t *, size_t))
{
    glob_t found = {0};
    (void)glob(test_source_path(pattern), 0, NULL, &found);
    CHECK_MSG(found.gl_pathc >= CORPUS_FILES_MIN, "%s finds %d files",
        pattern, (int)found.gl_pathc);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        FILE *file = fopen(found.gl_pathv[i], "rb");
        uint8_t *data = malloc(CORPUS_FILE_MAX);
        CHECK(file != NULL && data != NULL);
        size_t size = fread(data, 1, CORPUS_FILE_MAX, file);
        fclose(file);
        // A block of its own size: reading beyond it is seen.
        data = realloc(data, size + (size == 0));
        run(data, size);
        free(data);
    }
    globfree(&found);
}

#endif
