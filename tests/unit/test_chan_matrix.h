// SPDX-License-Identifier: MIT
// test_chan_matrix.h: one body run as five tests, for goroutines, channels and
// select.
#ifndef LEAT_TESTS_TEST_CHAN_MATRIX_H
#define LEAT_TESTS_TEST_CHAN_MATRIX_H

#include "lib/test.h"
#include "sched/sched.h"

#include <leat.h>

// One body as five tests: on one P (where locks are elided), on two, on more
// than the machine has, with a goroutine moved to another thread at every
// call, and without the asymmetric fence.
#define TEST_MATRIX(area, name)                                                \
    static void matrix_body_##name(void);                                      \
    TEST_WITH(area, name##_p1, .env = {"LEATPROCS=1"})                         \
    {                                                                          \
        matrix_body_##name();                                                  \
    }                                                                          \
    TEST_WITH(area, name##_p2, .env = {"LEATPROCS=2"})                         \
    {                                                                          \
        matrix_body_##name();                                                  \
    }                                                                          \
    TEST_WITH(area, name##_p8, .env = {"LEATPROCS=8"})                         \
    {                                                                          \
        matrix_body_##name();                                                  \
    }                                                                          \
    TEST_WITH(area, name##_migrate,                                            \
        .env = {"LEATPROCS=2", "LEATDEBUG=migrate=1"}, .timeout_s = 60)        \
    {                                                                          \
        matrix_body_##name();                                                  \
    }                                                                          \
    TEST_WITH(area, name##_fence, .env = {"LEATPROCS=2", "LEATDEBUG=fence=1"}) \
    {                                                                          \
        matrix_body_##name();                                                  \
    }                                                                          \
    static void matrix_body_##name(void)

// How many rounds a race is given: fewer where each round is dear.
static inline int
matrix_rounds(int n)
{
    return test_slowness() > 1 || leat__sched.migrate ? n / 10 + 1 : n;
}

#endif
