// SPDX-License-Identifier: MIT
// seeded_test.c: a test that owns chance and time.
//
// leat_test_run decides every scheduling choice by a seed, and its clock
// jumps when everything waits. So a race that shows once in many runs shows
// for a certain seed, and then every time: a failing seed is a test.
#include <leat.h>

#include <stdio.h>

enum { DEPOSITS = 5, SEEDS = 1000 };

// The program under test, with a mistake: between reading the balance and
// writing it somebody else may run.
struct account {
    int balance;
    uint64_t trace;
};

static void
deposit(struct account *a, struct leat_waitgroup *wg)
{
    int balance = a->balance;
    leat_yield(); // as any channel operation, lock or print could be
    a->balance = balance + 1;
    leat_waitgroup_done(wg);
}

static void
make_deposits(void *arg)
{
    struct account *a = arg;
    struct leat_waitgroup wg = LEAT_ZERO;
    a->balance = 0;
    for (int i = 0; i < DEPOSITS; i++) {
        leat_waitgroup_add(&wg, 1);
        leat_go(deposit, a, &wg);
    }
    leat_waitgroup_wait(&wg);
    a->trace = leat_test_trace();
}

static void
sleep_a_year(void *arg)
{
    int64_t start = leat_now();
    leat_sleep(365 * 24 * LEAT_HOUR);
    *(int64_t *)arg = (leat_now() - start) / LEAT_HOUR;
}

int
main(void)
{
    struct account first = {0}, again = {0};
    int different = 0;
    uint64_t bad_seed = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        int before = first.balance;
        leat_test_run(seed, make_deposits, &first);
        different += first.balance != before && seed > 1;
        if (first.balance < DEPOSITS && bad_seed == 0)
            bad_seed = seed;
    }
    printf("the result depends on the seed: %s\n",
        different > 0 ? "yes" : "no");
    printf("a seed loses deposits: %s\n", bad_seed != 0 ? "yes" : "no");

    leat_test_run(bad_seed, make_deposits, &first);
    leat_test_run(bad_seed, make_deposits, &again);
    printf("run again, it loses as many: %s\n",
        first.balance == again.balance ? "yes" : "no");
    printf("and makes the same choices: %s\n",
        first.trace == again.trace ? "yes" : "no");

    int64_t hours = 0;
    leat_test_run(1, sleep_a_year, &hours);
    printf("a year of %lld hours passes at once\n", (long long)hours);
    return 0;
}
