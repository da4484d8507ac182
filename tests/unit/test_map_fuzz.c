// SPDX-License-Identifier: MIT
// test_map_fuzz.c: the fuzz target of maps as a test: over the saved corpus,
// and over random programs.
#include "unit/test_slice_util.h"

// The target is one file, so that libFuzzer can be given it as it is.
#include "fuzz/fuzz_map.c"

#include "unit/test_slice_corpus.h"

static void
map_fuzz_one(const uint8_t *data, size_t size)
{
    CHECK(fuzz_map_run(data, size) >= 0);
}

PLAIN_TEST(map_fuzz, corpus_agrees_with_the_model)
{
    corpus_each("tests/fuzz/corpus/map/*", map_fuzz_one);
}

PLAIN_TEST_WITH(map_fuzz, a_corpus_without_files_fails,
    .exit_status = TEST_STATUS_FAILED,
    .stderr_has = {"tests/fuzz/corpus/none/* finds 0 files"})
{
    corpus_each("tests/fuzz/corpus/none/*", map_fuzz_one);
}

PLAIN_TEST_WITH(map_fuzz, random_programs_agree_with_the_model,
    .timeout_s = 60)
{
    uint64_t state = test_seed();
    uint8_t program[800];
    int steps = 0, wanted = test_under() == 0 ? 40000 : 3000;
    while (steps < wanted) {
        for (size_t i = 0; i < sizeof program; i++)
            program[i] = (uint8_t)test_next(&state);
        steps += fuzz_map_run(program, sizeof program);
    }
    CHECK(steps >= wanted);
}
