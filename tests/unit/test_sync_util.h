// SPDX-License-Identifier: MIT
// test_sync_util.h: what the tests of sync and context share.
#ifndef LEAT_TESTS_UNIT_TEST_SYNC_UTIL_H
#define LEAT_TESTS_UNIT_TEST_SYNC_UTIL_H

#include "lib/test.h"

#include <leat/chan.h>
#include <leat/context.h>
#include <leat/go.h>
#include <leat/panic.h>
#include <leat/sync.h>
#include <leat/test.h>
#include <leat/time.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

// The same test on 1, 2 and 4 Ps: calls body().
#define TEST_ON_PROCS(area, name, body)                                        \
    TEST_WITH(area, name##_on_1_p, .env = {"LEATPROCS=1"})                     \
    {                                                                          \
        body();                                                                \
    }                                                                          \
    TEST_WITH(area, name##_on_2_ps, .env = {"LEATPROCS=2"})                    \
    {                                                                          \
        body();                                                                \
    }                                                                          \
    TEST_WITH(area, name##_on_4_ps, .env = {"LEATPROCS=4"})                    \
    {                                                                          \
        body();                                                                \
    }

// Runs fn(NULL) under many seeds with a virtual clock; for PLAIN_TEST.
static inline void
run_seeds(void (*fn)(void *arg), int seeds)
{
    for (int i = 0; i < seeds; i++)
        CHECK_EQ(leat_test_run(test_seed() + (uint64_t)i, fn, NULL), 0);
}

// The virtual clock in milliseconds since `start`.
static inline int64_t
ms_since(int64_t start)
{
    return (leat_now() - start) / LEAT_MILLISECOND;
}

// A goroutine's results, in the order in which they arrive.
struct record {
    int count;
    int value[64];
};

static inline void
record_add(struct record *r, int value)
{
    CHECK(r->count < 64);
    r->value[r->count++] = value;
}

#endif
