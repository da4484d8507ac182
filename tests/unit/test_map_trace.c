// SPDX-License-Identifier: MIT
// test_map_trace.c: what LEATDEBUG=maptrace=1 prints when a map grows.
#include "unit/test_map_util.h"

#include <fcntl.h>
#include <unistd.h>

enum { TRACE_TEXT_MAX = 1 << 14 };

// What stderr got, and what it should have got.
struct trace {
    int stderr_fd, file;
    char want[TRACE_TEXT_MAX], have[TRACE_TEXT_MAX];
    size_t want_len;
};

static void
trace_begin(struct trace *tr)
{
    char path[300];
    memset(tr, 0, sizeof *tr);
    snprintf(path, sizeof path, "%s/trace", test_tmpdir());
    tr->file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    tr->stderr_fd = dup(2);
    CHECK(tr->file >= 0 && tr->stderr_fd >= 0);
    CHECK_EQ(dup2(tr->file, 2), 2);
}

static void
trace_end(struct trace *tr)
{
    CHECK_EQ(dup2(tr->stderr_fd, 2), 2);
    CHECK(pread(tr->file, tr->have, sizeof tr->have - 1, 0) >= 0);
    close(tr->file);
}

static void
trace_want(struct trace *tr, const struct hmap *h, const char *rest)
{
    tr->want_len += (size_t)snprintf(tr->want + tr->want_len,
        sizeof tr->want - tr->want_len, "gc: map grow @%p: %s\n",
        (const void *)h, rest);
    CHECK(tr->want_len < sizeof tr->want);
}

TEST_WITH(map_trace, a_map_that_doubles_prints_a_line_each_time,
    .env = {"LEATDEBUG=maptrace=1"})
{
    static const uint64_t at[] = {9, 14, 27, 53, 105, 209, 417, 833};
    struct trace *tr = malloc(sizeof *tr);
    leat_map(uint64_t, int) m = leat_make_map(uint64_t, int);
    const struct hmap *h = (const struct hmap *)m;
    char rest[100];
    size_t k = 0;
    trace_begin(tr);
    for (uint64_t i = 1; i <= 1000; i++) {
        if (k < sizeof at / sizeof *at && i == at[k]) {
            snprintf(rest, sizeof rest,
                "B %zu -> %zu, %d entries, %u overflow buckets", k, k + 1,
                (int)i - 1, h->noverflow);
            trace_want(tr, h, rest);
            k++;
        }
        leat_map_put(m, i, 1);
    }
    trace_end(tr);
    CHECK_STR(tr->have, tr->want);
    leat_map_free(m);
    free(tr);
}

// The first lines without an overflow bucket have nothing that depends on the
// hashes.
TEST_WITH(map_trace, the_first_line_is_this_one,
    .env = {"LEATDEBUG=maptrace=1"})
{
    struct trace *tr = malloc(sizeof *tr);
    leat_map(int, int) m = leat_make_map(int, int);
    trace_begin(tr);
    for (int i = 0; i < 9; i++)
        leat_map_put(m, i, i);
    trace_end(tr);
    trace_want(tr, (const struct hmap *)m,
        "B 0 -> 1, 8 entries, 0 overflow buckets");
    CHECK_STR(tr->have, tr->want);
    CHECK_HAS(tr->have, "gc: map grow @0x");
    leat_map_free(m);
    free(tr);
}

// Numbers in a row would spread too well to need many overflow buckets.
static uint64_t
trace_key(uint64_t i)
{
    return test_next(&i);
}

// 384 keys of 64 buckets, one removed for each that is added: the overflow
// buckets come to be as many as the buckets.
static void
trace_churn(struct trace *tr, leat_map(uint64_t, int) m, uint64_t turns)
{
    const struct hmap *h = (const struct hmap *)m;
    bool growing = h->oldbuckets != NULL;
    for (uint64_t i = 384; i < turns; i++) {
        leat_map_delete(m, trace_key(i - 384));
        leat_map_put(m, trace_key(i), 1);
        if (!growing && h->oldbuckets != NULL)
            trace_want(tr, h,
                "B 6 -> 6, 383 entries, 64 overflow buckets, same size");
        growing = h->oldbuckets != NULL;
    }
}

TEST_WITH(map_trace, packing_overflow_buckets_says_same_size,
    .env = {"LEATDEBUG=maptrace=1"})
{
    struct trace *tr = malloc(sizeof *tr);
    leat_map(uint64_t, int) m = leat_make_map(uint64_t, int, 400);
    CHECK_EQ(((struct hmap *)m)->B, 6);
    for (uint64_t i = 0; i < 384; i++)
        leat_map_put(m, trace_key(i), 1);
    trace_begin(tr);
    trace_churn(tr, m, 30000);
    trace_end(tr);
    CHECK_STR(tr->have, tr->want);
    CHECK(tr->want_len > 0);
    leat_map_free(m);
    free(tr);
}

static void
trace_nothing(void)
{
    struct trace *tr = malloc(sizeof *tr);
    leat_map(int, int) m = leat_make_map(int, int);
    trace_begin(tr);
    for (int i = 0; i < 1000; i++)
        leat_map_put(m, i, i);
    trace_end(tr);
    CHECK_EQ(((struct hmap *)m)->B, 8);
    CHECK_STR(tr->have, "");
    leat_map_free(m);
    free(tr);
}

TEST(map_trace, nothing_is_printed_without_the_setting)
{
    trace_nothing();
}

TEST_WITH(map_trace, nothing_is_printed_when_it_is_off,
    .env = {"LEATDEBUG=maptrace=1,maptrace=0"})
{
    trace_nothing();
}
