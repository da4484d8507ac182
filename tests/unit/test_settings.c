// SPDX-License-Identifier: MIT
// test_settings.c: what LEATPROCS and LEATDEBUG take, and what they refuse.
#include "lib/test.h"

#include <leat.h>

#include <stdlib.h>
#include <string.h>

// ---- Numbers ---------------------------------------------------------------

TEST_WITH(settings, a_leading_zero_is_decimal, .env = {"LEATPROCS=010"},
    .stderr_lacks = {"ignored"})
{
    CHECK_EQ(leat_gomaxprocs(0), 10);
}

TEST_WITH(settings, a_number_may_be_hexadecimal, .env = {"LEATPROCS=0x0B"},
    .stderr_lacks = {"ignored"})
{
    CHECK_EQ(leat_gomaxprocs(0), 11);
}

TEST_WITH(settings, a_negative_number_is_refused,
    .env = {"LEATPROCS=-18446744073709551614"},
    .stderr_has = {"LEATPROCS=-18446744073709551614 ignored"})
{
    CHECK_EQ(leat_gomaxprocs(0), leat_num_cpu());
}

TEST_WITH(settings, a_sign_is_refused, .env = {"LEATPROCS=+3"},
    .stderr_has = {"LEATPROCS=+3 ignored"})
{
    CHECK_EQ(leat_gomaxprocs(0), leat_num_cpu());
}

TEST_WITH(settings, what_stands_behind_a_number_is_refused,
    .env = {"LEATPROCS=3 "}, .stderr_has = {"LEATPROCS=3  ignored"})
{
    CHECK_EQ(leat_gomaxprocs(0), leat_num_cpu());
}

TEST_WITH(settings, hexadecimal_needs_digits, .env = {"LEATPROCS=0x"},
    .stderr_has = {"LEATPROCS=0x ignored"})
{
    CHECK_EQ(leat_gomaxprocs(0), leat_num_cpu());
}

// ---- Items -----------------------------------------------------------------

// A seeded program has one P, whatever is asked for.
static void
settings_check_unseeded(void)
{
    leat_gomaxprocs(2);
    CHECK_EQ(leat_gomaxprocs(0), 2);
}

TEST_WITH(settings, a_bad_seed_is_named_and_is_none,
    .env = {"LEATDEBUG=seed=abc"},
    .stderr_has = {"LEATDEBUG: seed=abc is not understood"})
{
    settings_check_unseeded();
}

TEST_WITH(settings, a_seed_beyond_64_bits_is_named_and_is_none,
    .env = {"LEATDEBUG=seed=18446744073709551616"},
    .stderr_has = {"seed=18446744073709551616 is not understood"})
{
    settings_check_unseeded();
}

#define SETTINGS_64 "maptrace=0,maptrace=0,maptrace=0,maptrace=0,maptrace=0,.,"
#define SETTINGS_512                                                           \
    SETTINGS_64 SETTINGS_64 SETTINGS_64 SETTINGS_64 SETTINGS_64 SETTINGS_64    \
        SETTINGS_64 SETTINGS_64 SETTINGS_64 SETTINGS_64

TEST_WITH(settings, an_item_behind_600_bytes_is_read,
    .env = {"LEATDEBUG=" SETTINGS_512 "profile=go"})
{
    CHECK_EQ(leat_get_profile(), LEAT_GO);
}

#define SETTINGS_ZEROES                                                        \
    "0000000000000000000000000000000000000000000000000000000000000000"

TEST_WITH(settings, an_item_that_is_too_long_is_named_and_ignored,
    .env = {"LEATDEBUG=profile=go,seed=" SETTINGS_ZEROES SETTINGS_ZEROES
            "1,,profile=strict"},
    .stderr_has = {"LEATDEBUG: seed=000", "000... is not understood"})
{
    CHECK_EQ(leat_get_profile(), LEAT_STRICT);
    settings_check_unseeded();
}
