// SPDX-License-Identifier: MIT
// runner_int.h: what the files of the test runner share; not for tests.
#ifndef LEAT_TESTS_LIB_RUNNER_INT_H
#define LEAT_TESTS_LIB_RUNNER_INT_H

#include "test.h"

// One page that a test's process and the runner both map, so that the count of
// checks survives every way a process can end.
struct test_shared {
    unsigned long long checks; // Atomic.
    int skipped;               // Atomic; set after skip_reason is written.
    char skip_reason[256];
};

extern struct test_shared *test_shared;
extern struct test_case *test_cases;

// Points test_shared at the page behind the descriptor named in the
// environment; without one (a run by hand) it keeps a page of its own.
void test_attach_shared(void);

// The whole content of the file, 0-terminated; never NULL. Longer than limit
// bytes: the first and the last half of them with a note between.
char *test_slurp(int fd, size_t *len, size_t limit);

// LEAT_TEST_WRAPPER cut at blanks, followed by argv; NULL-terminated, the
// caller frees the array (not the strings).
const char **test_wrapped(const char *const *argv);

#endif
