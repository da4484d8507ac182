// SPDX-License-Identifier: MIT
// test_str_fuzz.c: the fuzz target of strings as a test: over the saved
// corpus, and over random bytes of a small alphabet, where things are found.
#include "unit/test_slice_util.h"

// The target is one file, so that libFuzzer can be given it as it is.
#include "fuzz/fuzz_str.c"

#include "unit/test_slice_corpus.h"

static void
str_fuzz_one(const uint8_t *data, size_t size)
{
    uint64_t before = fuzz_str_checks;
    fuzz_str_run(data, size);
    CHECK_EQ(fuzz_str_checks > before, size >= 2);
}

PLAIN_TEST(str_fuzz, corpus_agrees_with_plain_loops)
{
    corpus_each("tests/fuzz/corpus/str/*", str_fuzz_one);
}

PLAIN_TEST_WITH(str_fuzz, random_bytes_agree_with_plain_loops,
    .timeout_s = 60)
{
    // Letters, digits, signs, white space, and the bytes that make and break
    // UTF-8.
    static const uint8_t alphabet[] = "aab.,-+_ \t0123456789exXpinfINFnaN"
                                      "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"
                                      "\xC0\xED\xA0\xF4\x90\xFF\x80\xC2\x85";
    uint64_t state = test_seed();
    int turns = test_under() == 0 ? 100000 : 5000;
    for (int i = 0; i < turns; i++) {
        uint8_t data[40];
        size_t size = 2 + (size_t)test_below(&state, sizeof data - 2);
        int64_t letters = 1 + test_below(&state, sizeof alphabet);
        for (size_t k = 0; k < size; k++)
            data[k] = k < 2 ? (uint8_t)test_next(&state)
                            : alphabet[test_below(&state, letters)];
        str_fuzz_one(data, size);
    }
}
