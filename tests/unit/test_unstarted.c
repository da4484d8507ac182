// SPDX-License-Identifier: MIT
// test_unstarted.c: goroutines that wait long for their first turn, and have no
// stack until then (src/sched/unstarted.c). Whatever is asked of a goroutine
// must hold for these too.
//
// A goroutine waits without a stack when it is started behind many others by
// one that does not give way; unstarted_count says how many do.
#include "test_chan_matrix.h"
#include "test_page_faults.h"
#include "test_waiters.h"

#include "sched/unstarted.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { UNSTARTED_MANY = 1000 };

static void
unstarted_count_one(void *arg, struct leat__g *g)
{
    (void)g;
    ++*(int *)arg;
}

static int
unstarted_count(void)
{
    int n = 0;
    leat__unstarted_each(unstarted_count_one, &n);
    return n;
}

// Resident memory in bytes.
static long
unstarted_resident(void)
{
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    CHECK(f != NULL && fscanf(f, "%*d %ld", &pages) == 1);
    fclose(f);
    return pages * sysconf(_SC_PAGESIZE);
}

static void
unstarted_receive(leat_chan(int) c, struct leat_waitgroup *wg)
{
    leat_recv(c);
    leat_waitgroup_done(wg);
}

static void
unstarted_receive_one(leat_chan(int) c)
{
    leat_recv(c);
}

struct unstarted_sum {
    _Atomic int64_t integers, calls;
    _Atomic int wrong;
};

static void
unstarted_add(struct unstarted_sum *s, int i, double d, const char *text,
    int64_t wide, float f)
{
    if (d != i + 0.5 || strcmp(text, "text") != 0 || wide != (int64_t)i << 33 ||
        f != (float)i)
        s->wrong++;
    s->integers += i;
    s->calls++;
}

static void
unstarted_start_adders(struct unstarted_sum *s, int n)
{
    for (int i = 0; i < n; i++)
        leat_go(unstarted_add, s, i, i + 0.5, "text", (int64_t)i << 33, (float)i);
}

TEST_MATRIX(unstarted, each_runs_once_with_its_arguments)
{
    struct unstarted_sum s = {0};
    for (int round = 0; round < 3; round++) {
        unstarted_start_adders(&s, UNSTARTED_MANY);
        until_goroutines(1);
    }
    CHECK_EQ(s.wrong, 0);
    CHECK_EQ(s.calls, 3 * UNSTARTED_MANY);
    CHECK_EQ(s.integers, 3L * UNSTARTED_MANY * (UNSTARTED_MANY - 1) / 2);
    CHECK_EQ(unstarted_count(), 0);
}

// Starts n and makes sure that more than `least` of them wait. The monitor may
// let others run before all are started, and then it is tried again.
static void
unstarted_start_waiting(struct unstarted_sum *s, int n, int least)
{
    unstarted_start_adders(s, n);
    while (unstarted_count() <= least) {
        until_goroutines(1);
        unstarted_start_adders(s, n);
    }
}

TEST_WITH(unstarted, those_far_behind_have_no_stack, .env = {"LEATPROCS=1"})
{
    struct leat_stats before, after;
    struct unstarted_sum s = {0};
    leat_get_stats(&before);
    unstarted_start_waiting(&s, UNSTARTED_MANY, UNSTARTED_MANY / 2);
    leat_get_stats(&after);
    CHECK(after.stack_bytes - before.stack_bytes < 100L * LEAT_STACK_DEFAULT);
    until_goroutines(1);
    // They ran one after the other, on the stacks of those before.
    leat_get_stats(&after);
    CHECK(after.stack_bytes - before.stack_bytes < 100L * LEAT_STACK_DEFAULT);
    CHECK_EQ(s.wrong, 0);
}

// All wait at once, so each needs a stack of its own.
TEST_MATRIX(unstarted, they_may_all_park)
{
    leat_chan(int) c = leat_make_chan(int);
    struct leat_waitgroup wg = LEAT_ZERO;
    leat_waitgroup_add(&wg, UNSTARTED_MANY);
    for (int i = 0; i < UNSTARTED_MANY; i++)
        leat_go(unstarted_receive, c, &wg);
    until_receivers(c, UNSTARTED_MANY);
    leat_close(c);
    leat_waitgroup_wait(&wg);
    until_goroutines(1);
    CHECK_EQ(unstarted_count(), 0);
    leat_free(c);
}

static void
unstarted_see_context(struct leat_context *ctx, _Atomic int *seen)
{
    if (leat_get_context() == ctx)
        ++*seen;
}

TEST_MATRIX(unstarted, they_have_their_creators_context)
{
    _Atomic int seen = 0;
    struct leat_context *ctx = leat_with_cancel(NULL);
    leat_set_context(ctx);
    for (int i = 0; i < UNSTARTED_MANY; i++)
        leat_go(unstarted_see_context, ctx, &seen);
    until_goroutines(1);
    CHECK_EQ(seen, UNSTARTED_MANY);
    leat_set_context(NULL);
    leat_context_release(ctx);
}

static void
unstarted_see_name(_Atomic int *seen)
{
    if (strcmp(leat_get_name(), "a name") == 0)
        ++*seen;
}

TEST_MATRIX(unstarted, they_keep_their_names)
{
    _Atomic int seen = 0;
    struct leat_go_options o = {.name = "a name"};
    for (int i = 0; i < UNSTARTED_MANY; i++)
        leat_go_with(&o, unstarted_see_name, &seen);
    until_goroutines(1);
    CHECK_EQ(seen, UNSTARTED_MANY);
}

// A dump shows them as goroutines that can run, with where they come from.
TEST_WITH(unstarted, a_dump_shows_them, .env = {"LEATPROCS=1"},
    .stderr_has = {" [runnable]:\nunstarted_add(...)\n"})
{
    struct unstarted_sum s = {0};
    unstarted_start_waiting(&s, 500, 400);
    leat_stack_dump(2, true);
    // The monitor may have let them run meanwhile, on another thread: they
    // use s.
    until_goroutines(1);
    CHECK_EQ(s.wrong, 0);
}

// The last one who has a channel is one that has not started.
static void
unstarted_send(leat_chan(int) c)
{
    leat_send(c, 1);
}

TEST_WITH(unstarted, what_they_were_given_is_not_lost, .env = {"LEATPROCS=1"},
    .skip_under = TEST_ASAN | TEST_TSAN | TEST_QEMU | TEST_VALGRIND)
{
    for (int i = 0; i < 10; i++) {
        leat_chan(int) c = leat_make_chan(int);
        leat_go(unstarted_receive_one, c);
        leat_yield();
        struct unstarted_sum s = {0};
        unstarted_start_adders(&s, 100);
        leat_go(unstarted_send, c);
        c = NULL;
        CHECK_EQ(leat_leak_report(-1), 0);
        until_goroutines(1);
        CHECK_EQ(s.wrong, 0);
        CHECK_EQ(s.calls, 100);
    }
}

static void
unstarted_in_a_run(void *arg)
{
    (void)arg;
    struct unstarted_sum s = {0};
    unstarted_start_adders(&s, 300);
    leat_yield();
} // the rest is left behind

PLAIN_TEST(unstarted, a_seeded_run_leaves_none_behind)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        CHECK_EQ(leat_test_run(seed, unstarted_in_a_run, NULL), 0);
        CHECK_EQ(unstarted_count(), 0);
    }
}

// Ps come and go while thousands wait.
TEST_MATRIX(unstarted, the_number_of_Ps_may_change)
{
    struct unstarted_sum s = {0};
    for (int round = 0; round < 8; round++) {
        unstarted_start_adders(&s, UNSTARTED_MANY / 4);
        leat_gomaxprocs(1 + round % 4);
    }
    until_goroutines(1);
    CHECK_EQ(s.calls, 8 * (UNSTARTED_MANY / 4));
    CHECK_EQ(s.wrong, 0);
}

// Whether the system has huge pages for who asks for them.
static bool
unstarted_huge_pages(void)
{
    char text[64] = "";
    FILE *f = fopen("/sys/kernel/mm/transparent_hugepage/enabled", "r");
    if (f == NULL)
        return false;
    bool read = fgets(text, sizeof(text), f) != NULL;
    fclose(f);
    return read && strstr(text, "[never]") == NULL;
}

// A page fault for every nine of them would be most of what they cost.
TEST_WITH(unstarted, many_lie_in_huge_pages, .env = {"LEATPROCS=1"},
    .skip_under = TEST_ASAN | TEST_TSAN | TEST_QEMU | TEST_VALGRIND)
{
    if (!unstarted_huge_pages())
        test_skip("this system has no transparent huge pages");
    enum { N = 200000, PAGE = 4096 };
    struct unstarted_sum s = {0};
    long before = page_faults();
    unstarted_start_adders(&s, N);
    long faults = page_faults() - before;
    until_goroutines(1);
    CHECK_EQ(s.calls, N);
    // The system may not have a huge page just now; it has most of them.
    long pages = (long)N * (long)sizeof(struct leat__g) / PAGE;
    CHECK_MSG(faults < pages / 2, "%ld faults for %ld pages", faults, pages);
}

// A thousand at a time, again and again, use the memory of the first thousand.
TEST_WITH(unstarted, the_next_thousand_take_no_fresh_memory, .env = {"LEATPROCS=1"},
    .skip_under = TEST_ASAN | TEST_TSAN | TEST_QEMU | TEST_VALGRIND)
{
    struct unstarted_sum s = {0};
    unstarted_start_adders(&s, UNSTARTED_MANY);
    until_goroutines(1);
    long before = page_faults();
    for (int round = 0; round < 10; round++) {
        unstarted_start_adders(&s, UNSTARTED_MANY);
        until_goroutines(1);
    }
    long faults = page_faults() - before;
    CHECK_EQ(s.calls, 11 * UNSTARTED_MANY);
    CHECK_MSG(faults < 50, "%ld faults", faults);
}

// What was used for a peak goes back to the system.
TEST_WITH(unstarted, a_peak_gives_its_memory_back, .env = {"LEATPROCS=1"},
    .skip_under = TEST_ASAN | TEST_TSAN | TEST_QEMU | TEST_VALGRIND)
{
    enum { N = 200000 };
    struct unstarted_sum s = {0};
    long before = unstarted_resident();
    unstarted_start_adders(&s, N);
    until_goroutines(1);
    CHECK_EQ(s.calls, N);
    CHECK_EQ(unstarted_count(), 0);
    // Two chunks of 2 MiB are kept, one or two that the P has records of, and
    // the small ones.
    long kept = unstarted_resident() - before;
    CHECK_MSG(kept < 10L << 20, "%ld bytes", kept);
}
