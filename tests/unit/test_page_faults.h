// SPDX-License-Identifier: MIT
// test_page_faults.h: how often the process got a page of memory: whether what
// it uses was there.
#ifndef LEAT_TESTS_UNIT_TEST_PAGE_FAULTS_H
#define LEAT_TESTS_UNIT_TEST_PAGE_FAULTS_H

#include "lib/test.h"

#include <sys/resource.h>

static inline long
page_faults(void)
{
    struct rusage used;
    CHECK_EQ(getrusage(RUSAGE_SELF, &used), 0);
    return used.ru_minflt;
}

#endif
