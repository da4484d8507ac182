// SPDX-License-Identifier: MIT
// test_map_hash.c: that keys spread, also those chosen to collide.
#include "unit/test_map_util.h"

#include <sys/wait.h>
#include <unistd.h>

enum { HASH_KEYS = 6000, HASH_CHAIN_MAX = 4 };

// The number of buckets in the longest chain. At 13/2 entries a bucket a
// chain of five has a chance of 10^-12.
static int
hash_longest(struct hmap *h)
{
    int longest = 0;
    for (uint64_t i = 0; i <= leat__map_mask(h); i++) {
        int n = 0;
        for (struct leat__bucket *b = leat__map_chain_at(h, i).b; b != NULL;
             b = leat__next_bucket(b))
            n++;
        longest = n > longest ? n : longest;
    }
    return longest;
}

static void
hash_check_numbers(const char *what, const uint64_t *keys)
{
    for (int round = 0; round < 20; round++) {
        leat_map(uint64_t, int) m = leat_make_map(uint64_t, int);
        for (int i = 0; i < HASH_KEYS; i++)
            leat_map_put(m, keys[i], i);
        CHECK_EQ(leat_map_len(m), HASH_KEYS);
        int longest = hash_longest((struct hmap *)m);
        CHECK_MSG(longest <= HASH_CHAIN_MAX, "%s: %d", what, longest);
        leat_map_free(m);
    }
}

PLAIN_TEST_WITH(map_hash, keys_with_a_pattern_spread, .timeout_s = 60)
{
    static uint64_t keys[HASH_KEYS];
    for (int shift = 0; shift <= 48; shift += 4) {
        for (int i = 0; i < HASH_KEYS; i++)
            keys[i] = (uint64_t)i << shift;
        hash_check_numbers("shifted", keys);
    }
    for (int i = 0; i < HASH_KEYS; i++)
        keys[i] = (uint64_t)i * 0x9e3779b97f4a7c15u;
    hash_check_numbers("multiples", keys);
    for (int i = 0; i < HASH_KEYS; i++)
        keys[i] = (uint64_t)(i % 80) << 40 | (uint64_t)(i / 80) << 8;
    hash_check_numbers("grid", keys);
}

PLAIN_TEST_WITH(map_hash, attack_on_a_fixed_seed_has_no_effect,
    .timeout_s = 60)
{
    // Keys that would all be in one bucket of 1024 if every map had this
    // seed: the map of an attacker.
    static uint64_t keys[HASH_KEYS];
    const uint64_t theirs = 0x0123456789abcdefu;
    uint64_t k = 0;
    for (int n = 0; n < HASH_KEYS; k++) {
        if ((leat__hash64(k, theirs) & 1023) == 7)
            keys[n++] = k;
    }
    hash_check_numbers("chosen", keys);
}

PLAIN_TEST_WITH(map_hash, attack_with_strings_has_no_effect, .timeout_s = 60)
{
    // The same for short and for long strings.
    for (int length = 12; length <= 60; length += 24) {
        enum { N = 1500 };
        static char texts[N][64];
        const uint64_t theirs = 0x0123456789abcdefu;
        int n = 0;
        for (unsigned i = 0; n < N; i++) {
            snprintf(texts[n], sizeof texts[n], "%0*u", length, i);
            uint64_t hash =
                leat__hash_str(texts[n], (size_t)length, theirs);
            n += (hash & 255) == 7;
        }
        for (int round = 0; round < 20; round++) {
            leat_map(leat_str, int) m = leat_make_map(leat_str, int);
            for (int i = 0; i < N; i++)
                leat_map_put(m, leat_str_view(texts[i], length), i);
            CHECK_EQ(leat_map_len(m), N);
            CHECK(hash_longest((struct hmap *)m) <= HASH_CHAIN_MAX);
            leat_map_free(m);
        }
    }
}

PLAIN_TEST(map_hash, every_byte_and_the_length_count)
{
    // For seeds with and without AES, and every length around the borders.
    char text[200];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)(i * 37);
    for (uint64_t seed = 0x1234567812345678u; seed < 0x1234567812345680u;
         seed++) {
        for (size_t n = 1; n <= 150; n++) {
            uint64_t hash = leat__hash_str(text, n, seed);
            CHECK(hash == leat__hash_str(text, n, seed));
            CHECK(hash == leat_hash(text, n, seed));
            CHECK(hash != leat__hash_str(text, n, seed + 0x100));
            CHECK(hash != leat__hash_str(text, n - 1, seed));
            for (size_t i = 0; i < n; i++) {
                text[i] ^= 1;
                CHECK(hash != leat__hash_str(text, n, seed));
                text[i] ^= 1;
            }
        }
    }
}

// Of both kinds, behind others from the same stock.
static void
hash_next_seeds(uint64_t out[2])
{
    out[0] = leat__map_seed();
    out[1] = leat__map_random();
}

PLAIN_TEST(map_hash, child_and_parent_have_other_seeds_after_a_fork)
{
    uint64_t mine[2], its[2];
    int p[2], how;
    hash_next_seeds(mine);
    CHECK_EQ(pipe(p), 0);
    pid_t pid = fork();
    CHECK(pid >= 0);
    hash_next_seeds(mine);
    if (pid == 0)
        _exit(write(p[1], mine, sizeof mine) != sizeof mine);
    CHECK_EQ(read(p[0], its, sizeof its), sizeof its);
    CHECK_EQ(waitpid(pid, &how, 0), pid);
    CHECK_EQ(how, 0);
    CHECK(mine[0] != its[0]);
    CHECK(mine[1] != its[1]);
    close(p[0]);
    close(p[1]);
}
