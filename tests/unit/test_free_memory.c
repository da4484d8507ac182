// SPDX-License-Identifier: MIT
// test_free_memory.c: leat_free_os_memory.
#include "lib/test.h"

#include <leat.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FREE_BYTES = 8 << 20, FREE_SLACK = 1 << 20 };

static int64_t
free_resident(void)
{
    long long all = 0, pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    CHECK(f != NULL);
    CHECK_EQ(fscanf(f, "%lld %lld", &all, &pages), 2);
    fclose(f);
    return pages * sysconf(_SC_PAGESIZE);
}

// Under the sanitizers memory is malloc's.
#define FREE_SKIP .skip_under = TEST_ASAN | TEST_TSAN | TEST_VALGRIND

TEST_WITH(free_memory, what_was_freed_goes_back_to_the_system, FREE_SKIP)
{
    leat_slice(char) s = leat_slice_make(leat_slice(char), FREE_BYTES);
    memset(s.ptr, 1, FREE_BYTES);
    leat_slice_free(s);
    int64_t before = free_resident();
    int64_t given = leat_free_os_memory();
    CHECK(given >= FREE_BYTES);
    CHECK(before - free_resident() >= FREE_BYTES - FREE_SLACK);
    CHECK_EQ(leat_free_os_memory(), 0);
}

TEST_WITH(free_memory, what_is_in_use_stays, FREE_SKIP)
{
    leat_slice(char) s = leat_slice_make(leat_slice(char), FREE_BYTES);
    memset(s.ptr, 7, FREE_BYTES);
    leat_free_os_memory();
    int64_t before = free_resident();
    for (int i = 0; i < FREE_BYTES; i++)
        CHECK_EQ(s.ptr[i], 7);
    CHECK(free_resident() - before < FREE_SLACK);
    leat_slice_free(s);
}

PLAIN_TEST(free_memory, needs_no_runtime)
{
    CHECK(leat_free_os_memory() >= 0);
}
