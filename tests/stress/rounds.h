// SPDX-License-Identifier: MIT
// rounds.h: what graph.c and conserve.c have in common: rounds, each made from
// a number, that go on until enough values have come through, on all Ps; or
// one small round for each of some seeds in the deterministic mode. Each
// program includes it once.
#ifndef LEAT_TESTS_STRESS_ROUNDS_H
#define LEAT_TESTS_STRESS_ROUNDS_H

#include <leat.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// One round, with up to `size` values (of whatever the program counts).
typedef void rounds_fn(uint64_t seed, int size);

static struct {
    long values;        // on all Ps: enough
    uint64_t first_seed;
    int seed_count;     // 0: on all Ps
    bool threads;       // some of those who send and receive are threads
} rounds = {.values = 1000000, .first_seed = 1};

// Values that have come through so far.
static _Atomic long rounds_passed;

// xorshift64*. Everybody has a state of their own, so that a round does not
// depend on others.
static uint32_t
chance(uint64_t *rand, uint32_t below)
{
    *rand ^= *rand >> 12;
    *rand ^= *rand << 25;
    *rand ^= *rand >> 27;
    return (uint32_t)((*rand * 0x2545f4914f6cdd1du) >> 33) % below;
}

static uint64_t
rounds_number(const char *arg)
{
    if (arg == NULL) {
        fprintf(stderr, "a number is missing\n");
        exit(2);
    }
    return strtoull(arg, NULL, 0);
}

// Reads the arguments; `own` takes those only this program knows, if it has
// any, and is true then.
static void
rounds_arguments(char **argv, bool (*own)(const char *arg))
{
    for (char **arg = argv + 1; *arg != NULL; arg++) {
        if (strcmp(*arg, "--values") == 0) {
            rounds.values = (long)rounds_number(*++arg);
        } else if (strcmp(*arg, "--seed") == 0) {
            rounds.first_seed = rounds_number(*++arg);
        } else if (strcmp(*arg, "--seeds") == 0) {
            rounds.first_seed = rounds_number(*++arg);
            rounds.seed_count = (int)rounds_number(*++arg);
        } else if (strcmp(*arg, "--threads") == 0) {
            rounds.threads = true;
        } else if (own == NULL || !own(*arg)) {
            fprintf(stderr, "%s: %s is unknown\n", argv[0], *arg);
            exit(2);
        }
    }
}

static void
rounds_parallel(rounds_fn *round, int size)
{
    uint64_t seed = rounds.first_seed;
    for (; rounds_passed < rounds.values; seed++)
        round(seed, size);
    printf("%ld values in %llu rounds\n", (long)rounds_passed,
        (unsigned long long)(seed - rounds.first_seed));
}

struct rounds_seeded {
    rounds_fn *round;
    uint64_t seed;
    int size;
};

static void
rounds_run_seed(void *arg)
{
    const struct rounds_seeded *r = arg;
    r->round(r->seed, r->size);
}

static void
rounds_seeds(rounds_fn *round, int size)
{
    for (int i = 0; i < rounds.seed_count; i++) {
        struct rounds_seeded r = {
            round, rounds.first_seed + (uint64_t)i, size};
        leat_test_run(r.seed, rounds_run_seed, &r);
    }
    printf("%ld values in %d seeds\n", (long)rounds_passed,
        rounds.seed_count);
}

#endif
