// SPDX-License-Identifier: MIT
// test_go.c: goroutines: spawn options, numbers, names, turns, and how many.
#include "test_chan_matrix.h"
#include "test_room.h"
#include "test_waiters.h"
#include "sched/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
go_hold(leat_chan(int) c)
{
    leat_recv(c);
}

// Options -----------------------------------------------------------------------

static void
go_use_stack(size_t bytes, leat_chan(int) done)
{
    // Touches every page that was asked for, but for what the frames take.
    volatile char *room = __builtin_alloca(bytes - 8192);
    for (size_t i = 0; i < bytes - 8192; i += 1024)
        room[i] = 1;
    leat_send(done, room[0]);
}

static int
go_try_stack(size_t size)
{
    leat_chan(int) done = leat_make_chan(int);
    struct leat_go_options o = {.stack_size = size};
    leat_go_with(&o, go_use_stack, size, done);
    int r = leat_recv(done);
    leat_free(done);
    return r;
}

// A sanitizer's frames are larger than the smallest stack allows for.
TEST_WITH(go, a_stack_is_as_large_as_was_asked_for,
    .skip_under = TEST_ASAN | TEST_TSAN)
{
    CHECK_EQ(go_try_stack(LEAT_STACK_MIN), 1);
    CHECK_EQ(go_try_stack(LEAT_STACK_MIN + 1), 1);
    CHECK_EQ(go_try_stack(100001), 1);
    CHECK_EQ(go_try_stack(LEAT_STACK_DEFAULT), 1);
    CHECK_EQ(go_try_stack(8 << 20), 1);
    CHECK_EQ(go_try_stack(64 << 20), 1);
}

static void
go_nothing(void *arg)
{
    (void)arg;
}

static void
go_none(void)
{
}

static void
check_stack_size_is_refused(const struct leat_go_options *o)
{
    struct leat_caught c = {.kind = 0};
    CHECK_EQ(leat_go_ptr(o, go_nothing, NULL), LEAT_EINVAL);
    leat_try {
        leat_catch(&c);
        leat_go_with(o, go_none);
    }
    CHECK_STR(c.text, "leat_go: stack_size out of range "
                      "(LEAT_STACK_MIN to LEAT_STACK_MAX)");
}

TEST(go, stack_sizes_out_of_range_are_refused)
{
    static const size_t bad[] = {1, LEAT_STACK_MIN - 1,
        (size_t)LEAT_STACK_MAX + 1, SIZE_MAX};
    for (int i = 0; i < 4; i++) {
        struct leat_go_options o = {.stack_size = bad[i]};
        check_stack_size_is_refused(&o);
    }
    struct leat_go_options most = {.stack_size = LEAT_STACK_MAX};
    int err = leat_go_ptr(&most, go_nothing, NULL);
    CHECK(err == 0 || err == LEAT_ENOMEM);
    struct leat_go_options least = {.stack_size = LEAT_STACK_MIN};
    CHECK_EQ(leat_go_ptr(&least, go_nothing, NULL), 0);
    until_goroutines(1);
}

static void
go_tell_name(leat_chan(int) same, const char *want)
{
    leat_send(same, strcmp(leat_get_name(), want) == 0);
}

TEST_MATRIX(go, names_are_kept_cut_and_changed)
{
    leat_chan(int) same = leat_make_chan(int);
    char name[100] = "reader";
    struct leat_go_options o = {.name = name};
    CHECK_STR(leat_get_name(), "");
    leat_go_with(&o, go_tell_name, same, "reader");
    CHECK(leat_recv(same));
    memset(name, 'x', 60);
    name[60] = 0;
    char cut[LEAT_NAME_MAX + 1];
    memset(cut, 'x', LEAT_NAME_MAX);
    cut[LEAT_NAME_MAX] = 0;
    leat_go_with(&o, go_tell_name, same, cut);
    memset(name, 'y', 60); // it was copied
    CHECK(leat_recv(same));
    leat_go(go_tell_name, same, "");
    CHECK(leat_recv(same));
    leat_set_name("main");
    CHECK_STR(leat_get_name(), "main");
    leat_go(go_tell_name, same, "");
    CHECK(leat_recv(same));
    leat_set_name(NULL);
    CHECK_STR(leat_get_name(), "");
}

// Numbers -----------------------------------------------------------------------

static void
go_tell_id(leat_chan(uint64_t) c)
{
    leat_send(c, leat_goid());
}

TEST_MATRIX(go, every_goroutine_has_a_number_of_its_own)
{
    enum { N = 200 };
    leat_chan(uint64_t) c = leat_make_chan(uint64_t);
    uint64_t seen[N];
    CHECK_EQ(leat_goid(), 1);
    for (int i = 0; i < N; i++)
        leat_go(go_tell_id, c);
    for (int i = 0; i < N; i++) {
        seen[i] = leat_recv(c);
        CHECK(seen[i] > 1);
        for (int k = 0; k < i; k++)
            CHECK(seen[k] != seen[i]);
    }
    CHECK_EQ(leat_goid(), 1);
}

static void
go_recover(void *arg)
{
    (void)arg;
    leat_recover();
}

static _Atomic uint64_t go_early_id;

static void
go_early(void)
{
    go_early_id = leat_goid();
    leat_defer(go_recover, NULL);
    leat_panic("only this goroutine ends");
}

static int
go_main_after_early(int argc, char **argv)
{
    (void)argc, (void)argv;
    CHECK_EQ(leat_goid(), 1);
    until_goroutines(1);
    CHECK(go_early_id > 1);
    return 7;
}

PLAIN_TEST_WITH(go, main_is_number_1_though_others_were_started_before,
    .exit_status = 7)
{
    leat_go(go_early);
    leat_run(go_main_after_early, 0, NULL);
}

static int
go_main_recovers(int argc, char **argv)
{
    (void)argc, (void)argv;
    CHECK_EQ(leat_goid(), 1);
    leat_defer(go_recover, NULL);
    leat_panic("the program ends with status 0");
}

PLAIN_TEST_WITH(go, main_is_number_1_after_a_seeded_run,
    .stderr_lacks = {"fatal error"})
{
    CHECK_EQ(leat_test_run(1, go_nothing, NULL), 0);
    leat_run(go_main_recovers, 0, NULL);
}

TEST_MATRIX(go, num_goroutine_counts_those_that_exist)
{
    leat_chan(int) c = leat_make_chan(int);
    CHECK_EQ(leat_num_goroutine(), 1);
    for (int i = 1; i <= 300; i++) {
        leat_go(go_hold, c);
        CHECK_EQ(leat_num_goroutine(), i + 1);
    }
    for (int i = 0; i < 100; i++)
        leat_send(c, 1);
    until_goroutines(201);
    CHECK_EQ(leat_num_goroutine(), 201);
    leat_close(c);
    until_goroutines(1);
    CHECK_EQ(leat_num_goroutine(), 1);
}

// Turns -------------------------------------------------------------------------

static _Atomic int go_turns[4];

static void
go_take_turns(int me, int n, leat_chan(int) done)
{
    for (int i = 0; i < n; i++) {
        go_turns[me]++;
        leat_yield();
    }
    leat_send(done, me);
}

// On one P goroutines that only give way take turns: nobody is ahead of
// another by more than a few.
TEST_WITH(go, yield_lets_everybody_have_a_turn, .env = {"LEATPROCS=1"})
{
    leat_chan(int) done = leat_make_chan(int, 4);
    for (int i = 0; i < 4; i++)
        leat_go(go_take_turns, i, 1000, done);
    for (int i = 0; i < 900; i++) {
        leat_yield();
        for (int k = 1; k < 4; k++)
            CHECK(abs(go_turns[k] - go_turns[0]) <= 20);
    }
    for (int i = 0; i < 4; i++)
        leat_recv(done);
}

static void
go_chatter(leat_chan(int) in, leat_chan(int) out, _Atomic int *stop)
{
    while (!*stop) {
        leat_recv(in);
        leat_send(out, 1);
    }
}

// A pair that hands a value to and fro without end must not starve a third.
TEST_WITH(go, a_busy_pair_does_not_starve_others, .env = {"LEATPROCS=1"})
{
    leat_chan(int) a = leat_make_chan(int, 1), b = leat_make_chan(int, 1);
    _Atomic int stop = 0;
    leat_go(go_chatter, a, b, &stop);
    leat_go(go_chatter, b, a, &stop);
    leat_send(a, 1);
    for (int i = 0; i < 100; i++)
        leat_yield();
    stop = 1;
    CHECK_EQ(stop, 1);
}

static void
go_deep(int n, leat_chan(int) done)
{
    if (n == 0)
        leat_send(done, 1);
    else
        leat_go(go_deep, n - 1, done);
}

TEST_MATRIX(go, goroutines_start_goroutines)
{
    leat_chan(int) done = leat_make_chan(int);
    leat_go(go_deep, 2000, done);
    CHECK_EQ(leat_recv(done), 1);
}

// The number of Ps ------------------------------------------------------------------

TEST_WITH(go, gomaxprocs_asks_sets_and_cuts, .env = {"LEATPROCS=3"})
{
    CHECK_EQ(leat_gomaxprocs(0), 3);
    CHECK_EQ(leat_gomaxprocs(-1), 3);
    CHECK_EQ(leat_gomaxprocs(1), 3);
    CHECK_EQ(leat_gomaxprocs(8), 1);
    CHECK_EQ(leat_gomaxprocs(100000), 8);
    CHECK_EQ(leat_gomaxprocs(2), LEAT_PROCS_MAX);
    CHECK_EQ(leat_gomaxprocs(0), 2);
    CHECK(leat_num_cpu() >= 1);
}

// auto_procs: as without LEATPROCS. The last argument: what sysmon does.
static void
go_follow(int n)
{
    struct leat__m *m = leat__enter();
    leat__set_procs(m, n, true);
    leat__leave(leat__this_m());
}

TEST_WITH(go, gomaxprocs_follows_the_cpus_until_it_is_set,
    .env = {"LEATPROCS=3"})
{
    leat__sched.auto_procs = true;
    go_follow(2);
    CHECK_EQ(leat_gomaxprocs(0), 2);
    go_follow(3);
    CHECK_EQ(leat_gomaxprocs(3), 3); // the number that it is
    CHECK(!leat__sched.auto_procs);
    go_follow(2); // sysmon, which looked before that
    CHECK_EQ(leat_gomaxprocs(0), 3);
}

static int
go_main_on_four(int argc, char **argv)
{
    (void)argc, (void)argv;
    CHECK_EQ(leat_gomaxprocs(0), 4);
    for (int i = 0; i < 1000; i++)
        leat_go(go_none);
    until_goroutines(1);
    CHECK_EQ(leat_gomaxprocs(3), 4);
    CHECK_EQ(leat_gomaxprocs(1), 3);
    CHECK_EQ(leat_gomaxprocs(5), 1);
    for (int i = 0; i < 1000; i++)
        leat_go(go_none);
    until_goroutines(1);
    return 0;
}

PLAIN_TEST_WITH(go, gomaxprocs_before_the_run_is_what_the_run_starts_with,
    .env = {"LEATPROCS=2"})
{
    CHECK_EQ(leat_gomaxprocs(0), 2);
    CHECK_EQ(leat_gomaxprocs(LEAT_PROCS_MAX + 1), 2);
    CHECK_EQ(leat_gomaxprocs(4), LEAT_PROCS_MAX);
    CHECK_EQ(leat_gomaxprocs(0), 4);
    leat_run(go_main_on_four, 0, NULL);
}

PLAIN_TEST_WITH(go, before_the_run_gomaxprocs_is_what_the_machine_allows,
    .env = {"LEATPROCS="})
{
    CHECK_EQ(leat_gomaxprocs(0), leat_num_cpu());
    CHECK_EQ(leat_gomaxprocs(7), leat_num_cpu());
    CHECK_EQ(leat_gomaxprocs(0), 7);
}

TEST_WITH(go, LEATPROCS_out_of_range_is_ignored_and_said,
    .env = {"LEATPROCS=0"}, .stderr_has = {"LEATPROCS=0 ignored"})
{
    CHECK_EQ(leat_gomaxprocs(0), leat_num_cpu());
}

static void
go_count(leat_chan(int) in, leat_chan(int) out)
{
    leat_range(int, v, in)
        leat_send(out, v + 1);
    leat_send(out, -1);
}

static void
go_feed(leat_chan(int) in, int n)
{
    for (int i = 0; i < n; i++)
        leat_send(in, i);
    leat_close(in);
}

static void
go_change_procs(int n, leat_chan(int) done)
{
    static const int procs[] = {1, 4, 2, 8, 3, 1, 2};
    for (int i = 0; i < n; i++) {
        leat_gomaxprocs(procs[i % 7]);
        leat_yield();
    }
    leat_send(done, 1);
}

TEST_MATRIX(go, the_number_of_Ps_changes_while_goroutines_run)
{
    enum { WORKERS = 6 };
    int n = matrix_rounds(5000), ended = 0;
    leat_chan(int) in = leat_make_chan(int, 3), out = leat_make_chan(int);
    leat_chan(int) done = leat_make_chan(int);
    long sum = 0;
    for (int i = 0; i < WORKERS; i++)
        leat_go(go_count, in, out);
    leat_go(go_feed, in, n);
    leat_go(go_change_procs, matrix_rounds(200), done);
    while (ended < WORKERS) {
        int v = leat_recv(out);
        if (v < 0)
            ended++;
        else
            sum += v;
    }
    leat_recv(done);
    CHECK_EQ(sum, (long)n * (n + 1) / 2);
}

// What a goroutine leaves ------------------------------------------------------------

static void
go_set_context(struct leat_context *ctx, leat_chan(int) done)
{
    leat_set_context(ctx);
    leat_send(done, leat_get_context() == ctx);
}

TEST(go, a_new_goroutine_starts_with_its_creators_context)
{
    leat_chan(int) done = leat_make_chan(int);
    struct leat_context *ctx = leat_with_cancel(NULL);
    leat_go(go_set_context, ctx, done);
    CHECK(leat_recv(done));
    CHECK(leat_get_context() == leat_background());
    leat_context_release(ctx);
}

static _Thread_local int go_thread_local;

static __attribute__((noinline)) int *
go_local(void)
{
    return &go_thread_local;
}

// On one P the thread stays the same unless a call blocks: the accessor that
// is not inlined sees the variable of whatever thread it runs on.
TEST_MATRIX(go, a_thread_local_is_the_threads)
{
    for (int i = 0; i < 200; i++) {
        int *here = go_local();
        CHECK_EQ(*here, *go_local());
        leat_yield();
    }
}

// A million -------------------------------------------------------------------------

static long
go_statm(int field)
{
    long v[2] = {0, 0};
    FILE *f = fopen("/proc/self/statm", "r");
    CHECK(f != NULL && fscanf(f, "%ld %ld", &v[0], &v[1]) == 2);
    fclose(f);
    return v[field] * sysconf(_SC_PAGESIZE);
}

static void
go_one_of_many(leat_chan(int) c, _Atomic int *woken)
{
    if (leat_recv(c) == 0)
        (*woken)++;
}

TEST_WITH(go, a_million_parked_goroutines_take_a_page_each, .timeout_s = 120,
    .serial = 1,
    .skip_under = TEST_ASAN | TEST_TSAN | TEST_QEMU | TEST_VALGRIND)
{
    enum { N = 1000 * 1000 };
    // Stacks and page tables take 4.5 GB.
    if (room_available() < 7L << 30)
        test_skip("less than 7 GiB of memory are free");
    leat_chan(int) c = leat_make_chan(int);
    _Atomic int woken = 0;
    long before = go_statm(1);
    for (int i = 0; i < N; i++) {
        room_check(leat_try_go(go_one_of_many, c, &woken), N);
        if (i % 1024 == 0)
            leat_yield();
    }
    // Counting a million takes long and holds the channel's lock: between two
    // counts the others need time to wait as well.
    while (waiters_of(c, false) != N)
        leat_sleep(20 * LEAT_MILLISECOND);
    long each = (go_statm(1) - before) / N;
    // A page, and a little for the pages that describe the slabs.
    CHECK_MSG(each <= 4096 + 128, "%ld bytes each", each);
    CHECK_EQ(leat_num_goroutine(), N + 1);
    leat_close(c);
    until_goroutines(1);
    CHECK_EQ(woken, N);
}
