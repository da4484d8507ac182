// SPDX-License-Identifier: MIT
// test_base.c: the table of errors and the version.
#include "base/chacha.h"
#include "lib/test.h"

#include <leat.h>

#include <string.h>

PLAIN_TEST(base, every_error_has_a_negative_code_and_a_text_of_its_own)
{
    static const struct {
        int code;
        const char *text;
    } table[] = {
#define ROW(name, value, words) {name, words},
        LEAT_ERROR_MAP(ROW)
#undef ROW
    };
    size_t n = sizeof table / sizeof *table;
    CHECK(n >= 10);
    for (size_t i = 0; i < n; i++) {
        CHECK(table[i].code < 0);
        CHECK_STR(leat_strerror(table[i].code), table[i].text);
        for (size_t k = 0; k < i; k++) {
            CHECK(table[i].code != table[k].code);
            CHECK(strcmp(table[i].text, table[k].text) != 0);
        }
    }
}

PLAIN_TEST(base, numbers_outside_the_table_have_a_text_too)
{
    CHECK_STR(leat_strerror(0), "no error");
    CHECK_STR(leat_strerror(1), "unknown error");
    CHECK_STR(leat_strerror(-1000), "unknown error");
}

PLAIN_TEST(base, the_version_linked_is_that_of_the_header)
{
    CHECK_STR(leat_version(), LEAT_VERSION);
}

PLAIN_TEST(base, chacha_gives_the_block_of_rfc_8439)
{
    // Section 2.3.2: key, counter and nonce, and the state after 20 rounds.
    static const uint32_t nonce[4] = {1, 0x09000000, 0x4a000000, 0};
    static const uint32_t expected[16] = {0xe4e7f110, 0x15593bd1, 0x1fdd0f50,
        0xc47120a3, 0xc7f4d1c7, 0x0368c033, 0x9aaa2204, 0x4e6cd4c3, 0x466482d2,
        0x09aa9f07, 0x05d7c214, 0xa2028bd9, 0xd19c12b5, 0xb94e16de, 0xe883d0cb,
        0x4e3c50a2};
    unsigned char key[32];
    for (int i = 0; i < 32; i++)
        key[i] = (unsigned char)i;
    // As the first, the second, the third of those made at a time.
    for (uint32_t place = 0; place < LEAT__CHACHA_BLOCKS; place++) {
        struct leat__chacha c;
        leat__chacha_init(&c, key);
        memcpy(&c.row[3], nonce, sizeof nonce);
        c.row[3][0] -= place; // 1, 0, and the one before
        uint32_t blocks[LEAT__CHACHA_BLOCKS][16];
        leat__chacha_blocks(&c, 20, blocks);
        for (int i = 0; i < 16; i++)
            CHECK_EQ(blocks[place][i], expected[i]);
        CHECK_EQ(c.row[3][0], 1 - place + LEAT__CHACHA_BLOCKS);
        CHECK_EQ(c.row[3][1], nonce[1]); // nothing is carried there
    }
}

PLAIN_TEST(base, chacha_with_8_rounds_gives_the_known_stream)
{
    // ECRYPT's test vectors: 256 bits of key, all zero as the nonce is.
    static const unsigned char expected[16] = {0x3e, 0x00, 0xef, 0x2f, 0x89,
        0x5f, 0x40, 0xd6, 0x7f, 0x5b, 0xb8, 0xe8, 0x1f, 0x09, 0xa5, 0xa1};
    unsigned char key[32] = {0};
    unsigned char blocks[LEAT__CHACHA_BLOCKS * LEAT__CHACHA_BYTES];
    struct leat__chacha c;
    leat__chacha_init(&c, key);
    leat__chacha_blocks(&c, 8, blocks);
    CHECK(memcmp(blocks, expected, sizeof expected) == 0);
}
