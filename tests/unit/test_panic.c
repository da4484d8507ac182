// SPDX-License-Identifier: MIT
// test_panic.c: panic, defer, recover and goexit. What is expected is what
// Go 1.22 does (tests/diff/panic_*.go are run beside their C twins); where C
// differs, because a recovered panic goes on behind leat_try, the name of
// the test says so.
#include "lib/test.h"

#include <leat.h>

#include <malloc.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// What happened, in order. One test is one process.
static char order[256];

static void
say(void *text)
{
    puts(text);
}

static void
log_step(void *text)
{
    strcat(order, text);
}

static void
recover_and_log(void *text)
{
    strcat(order, leat_recover() != NULL ? text : "-");
}

static void
panic_text(void *text)
{
    leat_panic("%s", (const char *)text);
}

TEST(panic, a_deferred_call_runs_when_its_block_ends)
{
    {
        leat_defer(log_step, "b");
        log_step("a");
    }
    log_step("c");
    CHECK_STR(order, "abc");
}

static int *
log_number(const int *number)
{
    char text[12];
    snprintf(text, sizeof text, "%d", *number);
    strcat(order, text);
    return NULL;
}

TEST(panic, a_deferred_function_takes_a_pointer_of_any_type)
{
    struct leat_mutex m = LEAT_ZERO;
    struct leat_caught caught = LEAT_ZERO;
    int seven = 7;
    leat_mutex_lock(&m);
    leat_try {
        leat_catch(&caught);
        leat_defer(leat_mutex_unlock, &m);
        leat_defer(log_number, &seven);
        leat_panic("with the lock held");
    }
    CHECK_STR(order, "7");
    CHECK_STR(caught.text, "with the lock held");
    CHECK(leat_mutex_try_lock(&m));
}

static int
leave_by_return(void)
{
    leat_defer(log_step, "r");
    for (int i = 0; i < 3; i++) {
        leat_defer(log_step, "i");
        if (i == 1)
            break;
    }
    leat_try {
        leat_defer(log_step, "t");
        return 7;
    }
    return 0;
}

TEST(panic, a_channel_is_closed_and_freed_by_deferred_calls)
{
    leat_chan(int) ch = leat_make_chan(int, 1);
    leat_defer(leat_chan_free, (struct leat_chan *)ch);
    {
        leat_defer(leat_chan_close, (struct leat_chan *)ch);
        leat_send(ch, 7);
    }
    int v;
    CHECK(leat_recv_ok(ch, &v));
    CHECK_EQ(v, 7);
    CHECK(!leat_recv_ok(ch, &v));
}

TEST(panic, break_and_return_out_of_blocks_run_their_deferred_calls)
{
    CHECK_EQ(leave_by_return(), 7);
    CHECK_STR(order, "iitr");
    // Nothing is left on the list: an empty one recovers nothing.
    CHECK(leat_recover() == NULL);
}

TEST(panic, deferred_calls_of_one_block_run_newest_first)
{
    {
        leat_defer(log_step, "1");
        leat_defer(log_step, "2");
        leat_defer(log_step, "3");
    }
    CHECK_STR(order, "321");
}

static void
panics_with_defers(void)
{
    leat_defer(log_step, "x");
    {
        leat_defer(log_step, "y");
        leat_panic("%s", "boom");
    }
    log_step("never");
}

TEST(panic, a_recovered_panic_goes_on_behind_its_try)
{
    leat_defer(log_step, "outside");
    leat_try {
        leat_defer(log_step, "1");
        leat_defer(recover_and_log, "R");
        leat_defer(log_step, "2");
        panics_with_defers();
        log_step("never");
    }
    log_step("end");
    CHECK_STR(order, "yx2R1end");
}

TEST(panic, the_try_that_goes_on_is_that_of_the_function_that_recovers)
{
    leat_try {
        leat_defer(recover_and_log, "R");
        leat_try {
            leat_defer(log_step, "i");
            leat_panic("inner");
        }
        log_step("never");
    }
    log_step("e");
    CHECK_STR(order, "iRe");
}

TEST(panic, recover_without_a_panic_is_null)
{
    CHECK(leat_recover() == NULL);
    leat_try {
        leat_defer(recover_and_log, "R");
    }
    CHECK_STR(order, "-");
}

struct seen {
    enum leat_panic_kind kind;
    void *value;
    char text[2048];
    int count;
};

static void
recover_all(void *arg)
{
    struct seen *s = arg;
    const struct leat_panic_info *i;
    while ((i = leat_recover()) != NULL) {
        s->kind = i->kind;
        s->value = i->value;
        snprintf(s->text, sizeof s->text, "%s", i->text);
        s->count++;
    }
}

TEST(panic, recover_tells_text_and_kind_once)
{
    static struct seen s;
    leat_try {
        leat_defer(recover_all, &s);
        leat_panic("%d of %.2f %s", 3, 4.5, "apples");
    }
    CHECK_EQ(s.kind, LEAT_PANIC_STRING);
    CHECK_STR(s.text, "3 of 4.50 apples");
    CHECK_EQ(s.count, 1);
}

TEST(panic, a_long_text_is_kept_whole)
{
    static struct seen s;
    char text[1500];
    memset(text, 'q', sizeof text);
    text[sizeof text - 1] = 0;
    leat_try {
        leat_defer(recover_all, &s);
        leat_panic("%s", text);
    }
    CHECK_STR(s.text, text);
}

TEST(panic, a_value_comes_back_as_the_pointer_it_was)
{
    static struct seen s;
    int thing;
    char expected[64];
    snprintf(expected, sizeof expected, "(*struct thing) %p", (void *)&thing);
    leat_try {
        leat_defer(recover_all, &s);
        leat_panic_value("*struct thing", &thing);
    }
    CHECK_EQ(s.kind, LEAT_PANIC_VALUE);
    CHECK(s.value == &thing);
    CHECK_STR(s.text, expected);
}

TEST(panic, a_panic_of_the_runtime_says_so)
{
    static struct seen s;
    leat_try {
        leat_defer(recover_all, &s);
        leat_make_chan(int, -1);
    }
    CHECK_EQ(s.kind, LEAT_PANIC_RUNTIME);
    CHECK_STR(s.text, "makechan: size out of range");
}

TEST(panic, catch_copies_what_it_stops)
{
    struct leat_caught none = {0}, c = {0};
    leat_try {
        leat_catch(&none);
    }
    leat_try {
        leat_catch(&c);
        leat_panic("caught %d", 1);
    }
    CHECK_EQ(none.kind, 0);
    CHECK_EQ(c.kind, LEAT_PANIC_STRING);
    CHECK_STR(c.text, "caught 1");
}

TEST(panic, catch_cuts_a_long_text_and_ends_it)
{
    struct leat_caught c = {0};
    leat_try {
        leat_catch(&c);
        leat_panic("%0500d", 7);
    }
    CHECK_EQ(strlen(c.text), sizeof c.text - 1);
}

// Panics with the text and catches it. (No variable of who loops lives over
// the try: see panic.h.)
static struct leat_caught
catch_text(const char *text)
{
    struct leat_caught c = {0};
    leat_try {
        leat_catch(&c);
        leat_panic("%s", text);
    }
    return c;
}

TEST(panic, a_panic_after_a_recovered_one_is_a_new_one)
{
    for (int i = 0; i < 3; i++) {
        char expected[32];
        snprintf(expected, sizeof expected, "round %d", i);
        CHECK_STR(catch_text(expected).text, expected);
    }
}

TEST(panic, recovered_panics_leave_no_memory_behind)
{
    char text[600];
    size_t before = 0;
    memset(text, 'm', sizeof text);
    text[sizeof text - 1] = 0;
    for (int i = 0; i < 3000; i++) {
        if (i == 1000)
            before = mallinfo2().uordblks;
        CHECK_EQ(catch_text(text).kind, LEAT_PANIC_STRING);
    }
    // A text that stayed would be 1.2 MB in all. Some KiB may come from a
    // thread of the runtime that starts meanwhile.
    CHECK(mallinfo2().uordblks <= before + (64 << 10));
}

// Panics in deferred functions ------------------------------------------

static void
tries_inside(void *arg)
{
    (void)arg;
    struct leat_caught c = {0};
    leat_try {
        leat_catch(&c);
        leat_panic("inner");
    }
    log_step(c.kind != 0 ? c.text : "none");
}

TEST(panic, a_panic_caught_inside_a_deferred_function_leaves_the_outer_one)
{
    struct leat_caught c = {0};
    leat_try {
        leat_catch(&c);
        leat_defer(tries_inside, NULL);
        leat_panic("outer");
    }
    CHECK_STR(order, "inner");
    CHECK_STR(c.text, "outer");
}

static void
recovers_without_try(void *arg)
{
    (void)arg;
    leat_defer(log_step, "o");
    leat_defer(recover_and_log, "R");
    leat_panic("inner");
}

TEST(panic, without_a_try_a_recovered_panic_ends_the_deferred_function)
{
    struct leat_caught c = {0};
    leat_try {
        leat_catch(&c);
        leat_defer(log_step, "n");
        leat_defer(recovers_without_try, NULL);
        leat_panic("outer");
    }
    CHECK_STR(order, "Ron");
    CHECK_STR(c.text, "outer");
}

TEST(panic, recovering_a_newer_panic_ends_the_older_one_it_left)
{
    struct leat_caught first = {0}, second = {0};
    leat_try {
        leat_catch(&second);
        leat_catch(&first);
        leat_defer(panic_text, "B");
        leat_panic("A");
    }
    CHECK_STR(first.text, "B");
    CHECK_EQ(second.kind, 0);
}

static void
recovers_then_panics(void *arg)
{
    (void)arg;
    recover_and_log("R");
    leat_panic("B");
}

TEST(panic, a_deferred_function_may_recover_and_panic_anew)
{
    struct leat_caught c = {0};
    leat_try {
        leat_catch(&c);
        leat_defer(recovers_then_panics, NULL);
        leat_panic("A");
    }
    CHECK_STR(order, "R");
    CHECK_STR(c.text, "B");
}

TEST(panic, a_panic_while_the_rest_of_a_try_runs_is_not_the_recovered_one)
{
    struct leat_caught outer = {0};
    leat_try {
        leat_catch(&outer);
        leat_try {
            leat_defer(panic_text, "C");
            leat_defer(recover_and_log, "R");
            leat_panic("A");
        }
        log_step("never");
    }
    CHECK_STR(order, "R");
    CHECK_STR(outer.text, "C");
}

static void
defers_a_recover(void *arg)
{
    (void)arg;
    // Runs because this block ends, not because of the panic.
    leat_defer(recover_and_log, "R");
}

TEST(panic, recover_is_null_in_a_call_the_panic_does_not_run_itself)
{
    struct leat_caught c = {0};
    leat_try {
        leat_catch(&c);
        leat_defer(defers_a_recover, NULL);
        leat_panic("A");
    }
    CHECK_STR(order, "-");
    CHECK_STR(c.text, "A");
}

static void
tries_in_a_deferred_call(void *arg)
{
    (void)arg;
    {
        leat_defer(defers_a_recover, NULL);
        leat_try {
            leat_defer(recover_and_log, "x");
            leat_panic("inner");
        }
        // Behind a try it is as it was before it: this may recover.
        leat_defer(log_step, "d");
    }
    recover_and_log("A");
}

TEST(panic, a_try_in_a_deferred_function_leaves_what_may_be_recovered)
{
    leat_try {
        leat_defer(tries_in_a_deferred_call, NULL);
        leat_panic("A");
    }
    CHECK_STR(order, "xd-A");
}

static void
tries_around_a_deferred_call(void *arg)
{
    (void)arg;
    leat_try {
        leat_defer(recover_and_log, "x");
        {
            // Panics while the end of its block runs it: it does not return.
            leat_defer(panic_text, "inner");
        }
    }
    recover_and_log("A");
}

TEST(panic, a_try_that_goes_on_says_again_what_may_be_recovered)
{
    leat_try {
        leat_defer(tries_around_a_deferred_call, NULL);
        leat_panic("A");
    }
    CHECK_STR(order, "xA");
}

static void
panic_deep(void *arg)
{
    intptr_t n = (intptr_t)arg;
    if (n > 0) {
        leat_defer(panic_deep, (void *)(n - 1));
        leat_panic("%d", (int)n);
    }
    leat_panic("last");
}

TEST(panic, a_hundred_panics_in_panics_end_in_one_that_is_recovered)
{
    struct leat_caught c = {0};
    leat_try {
        leat_catch(&c);
        panic_deep((void *)100);
    }
    CHECK_STR(c.text, "last");
    c = (struct leat_caught){0};
    leat_try {
        leat_catch(&c);
        leat_panic("next");
    }
    CHECK_STR(c.text, "next");
}

static void
parks(void *c)
{
    leat_chan(int) ch = c;
    leat_yield();
    leat_recv(ch);
    log_step("p");
}

static void
send_one(leat_chan(int) ch)
{
    leat_send(ch, 1);
}

static void
park_and_recover(void)
{
    leat_chan(int) ch = leat_make_chan(int);
    order[0] = 0;
    leat_go(send_one, ch);
    leat_try {
        leat_defer(recover_and_log, "R");
        leat_defer(parks, (void *)ch);
        leat_panic("A");
    }
    CHECK_STR(order, "pR");
}

TEST(panic, deferred_functions_may_park)
{
    park_and_recover();
}

TEST_WITH(panic, deferred_functions_may_wake_on_another_thread,
    .env = {"LEATDEBUG=migrate=1", "LEATPROCS=4"})
{
    for (int i = 0; i < 50; i++)
        park_and_recover();
}

// Where no try is -------------------------------------------------------

static void
recovers_and_ends(leat_chan(int) done)
{
    leat_defer(log_step, "l");
    leat_defer(recover_and_log, "R");
    (void)done;
    leat_panic("A");
}

static void
close_it(void *c)
{
    leat_chan(int) done = c;
    leat_close(done);
}

static void
runs_and_closes(leat_chan(int) done)
{
    leat_defer(close_it, (void *)done);
    recovers_and_ends(done);
    log_step("never");
}

TEST(panic, without_a_try_a_recovered_panic_ends_the_goroutine)
{
    leat_chan(int) done = leat_make_chan(int);
    leat_go(runs_and_closes, done);
    leat_recv(done);
    CHECK_STR(order, "Rl");
}

TEST_WITH(panic, without_a_try_a_recovered_panic_in_main_ends_with_status_0,
    .stdout_is = "deferred\n")
{
    leat_defer(say, "deferred");
    leat_defer(recover_and_log, "R");
    leat_panic("A");
}

// Goexit ----------------------------------------------------------------

static void
run_and_wait(void (*fn)(void))
{
    struct leat_waitgroup wg = LEAT_ZERO;
    leat_waitgroup_go(&wg, (void (*)(void *))(void *)fn, NULL);
    leat_waitgroup_wait(&wg);
}

static void
exits(void)
{
    leat_defer(log_step, "1");
    leat_try {
        leat_defer(recover_and_log, "R");
        leat_goexit();
    }
    log_step("never");
}

TEST(goexit, runs_the_deferred_calls_and_is_no_panic)
{
    run_and_wait(exits);
    CHECK_STR(order, "-1");
}

static void
call_goexit(void *arg)
{
    (void)arg;
    leat_goexit();
}

static void
exits_in_panic(void)
{
    leat_defer(recover_and_log, "R");
    leat_defer(call_goexit, NULL);
    leat_panic("forgotten");
}

TEST(goexit, in_a_deferred_function_forgets_the_panic)
{
    run_and_wait(exits_in_panic);
    CHECK_STR(order, "-");
}

static void
panics_in_exit(void)
{
    leat_defer(log_step, "1");
    leat_try {
        leat_defer(log_step, "2");
        leat_defer(recover_and_log, "R");
        leat_defer(panic_text, "A");
        leat_goexit();
    }
    log_step("never");
}

TEST(goexit, goes_on_after_a_panic_in_it_was_recovered)
{
    run_and_wait(panics_in_exit);
    CHECK_STR(order, "R21");
}

static void
panics_in_exit_for_itself(void)
{
    leat_defer(log_step, "1");
    leat_defer(recovers_without_try, NULL);
    leat_goexit();
}

TEST(goexit, goes_on_after_a_deferred_function_that_recovered_its_own_panic)
{
    run_and_wait(panics_in_exit_for_itself);
    CHECK_STR(order, "Ro1");
}

TEST_WITH(goexit, of_main_lets_the_others_end_and_is_then_a_deadlock,
    .exit_status = 2, .stdout_is = "other\n",
    .stderr_has = {"fatal error: no goroutines (main called runtime.Goexit) "
                   "- deadlock!\n"})
{
    leat_go(puts, "other");
    leat_goexit();
}

static void *
exits_a_thread(void *arg)
{
    (void)arg;
    leat_defer(log_step, "t");
    leat_goexit();
}

TEST(goexit, on_a_plain_thread_ends_the_thread)
{
    pthread_t t;
    CHECK_EQ(pthread_create(&t, NULL, exits_a_thread, NULL), 0);
    leat_blocking_begin();
    pthread_join(t, NULL);
    leat_blocking_end();
    CHECK_STR(order, "t");
}

static void *
panics_on_a_thread(void *arg)
{
    leat_try {
        leat_catch(arg);
        leat_panic("on a thread");
    }
    return NULL;
}

PLAIN_TEST(panic, works_on_a_plain_thread_without_a_runtime)
{
    struct leat_caught c = {0};
    panics_on_a_thread(&c);
    CHECK_STR(c.text, "on a thread");
    c.text[0] = 0;
    pthread_t t;
    CHECK_EQ(pthread_create(&t, NULL, panics_on_a_thread, &c), 0);
    pthread_join(t, NULL);
    CHECK_STR(c.text, "on a thread");
}

// What is printed -------------------------------------------------------

__attribute__((noinline)) static void
boom(void)
{
    leat_panic("boom %d", 42);
}

TEST_WITH(panic, unrecovered_prints_text_and_trace_and_exits_with_2,
    .exit_status = 2,
    .stderr_has = {"panic: boom 42\n\ngoroutine 1 [running]:\nboom(...)\n\t",
        "test_panic.c:",
        "\ntest_body__panic__unrecovered_prints_text_and_trace_and_exits"},
    .stderr_lacks = {"leat_panic", "leat__", "fatal error"})
{
    boom();
}

TEST_WITH(panic, in_another_goroutine_says_where_that_was_started,
    .exit_status = 2,
    .stderr_has = {"panic: boom 42\n\ngoroutine ", " [running]:\nboom(...)\n",
        "\ncreated by test_body__panic__in_another_goroutine_says_where_that"
        "_was_started in goroutine 1\n\t"})
{
    leat_go(boom);
    leat_recv((leat_chan(int))leat_make_chan(int));
}

TEST_WITH(panic, main_cannot_recover_what_another_goroutine_panics,
    .exit_status = 2, .stderr_has = {"panic: boom 42\n"})
{
    struct leat_caught c = {0};
    leat_try {
        leat_catch(&c);
        leat_go(boom);
        leat_recv((leat_chan(int))leat_make_chan(int));
    }
}

TEST_WITH(panic, unrecovered_has_run_all_deferred_calls, .exit_status = 2,
    .stdout_is = "inner\nouter\n", .stderr_has = {"panic: boom 42\n\n"})
{
    leat_defer(say, "outer");
    leat_try {
        leat_defer(say, "inner");
        boom();
    }
}

static void
recover_and_panic_B(void *arg)
{
    (void)arg;
    if (leat_recover() != NULL)
        leat_panic("B");
}

TEST_WITH(panic, a_repanic_shows_what_was_recovered, .exit_status = 2,
    .stderr_has = {"panic: A [recovered]\n\tpanic: B\n\ngoroutine 1 "
                   "[running]:\nrecover_and_panic_B(...)\n"})
{
    leat_defer(recover_and_panic_B, NULL);
    leat_panic("A");
}

TEST_WITH(panic, a_panic_in_a_panic_shows_both_the_older_first,
    .exit_status = 2,
    .stderr_has = {"panic: A\n\tpanic: B\n\tpanic: C\n\ngoroutine 1 "
                   "[running]:\npanic_text(...)\n"})
{
    leat_defer(panic_text, "C");
    leat_defer(panic_text, "B");
    leat_panic("A");
}

TEST_WITH(panic, a_panic_in_a_goexit_is_printed_alone, .exit_status = 2,
    .stderr_has = {"panic: A\n\ngoroutine 1 "}, .stderr_lacks = {"\tpanic"})
{
    leat_defer(panic_text, "A");
    leat_goexit();
}

TEST_WITH(panic, a_value_is_printed_with_its_type, .exit_status = 2,
    .stderr_has = {"panic: (*struct thing) 0x10\n\n"})
{
    leat_panic_value("*struct thing", (void *)16);
}

TEST_WITH(panic, what_was_printed_before_is_not_lost, .exit_status = 2,
    .stdout_is = "no newline", .stderr_has = {"panic: boom 42\n"})
{
    printf("no newline");
    boom();
}

static void *
lock_stdout(void *arg)
{
    flockfile(stdout);
    leat_chan(int) c = arg;
    leat_close(c);
    for (;;)
        pause();
    return NULL;
}

TEST_WITH(panic, a_thread_that_holds_stdout_does_not_hold_up_the_end,
    .exit_status = 2, .stderr_has = {"panic: boom 42\n"},
    .skip_under = TEST_TSAN)
{
    pthread_t t;
    leat_chan(int) c = leat_make_chan(int);
    CHECK_EQ(pthread_create(&t, NULL, lock_stdout, (void *)c), 0);
    leat_recv(c);
    boom();
}

static void
all_panic(leat_chan(int) start)
{
    leat_recv(start);
    leat_panic("one of many");
}

TEST_WITH(panic, of_many_goroutines_at_once_prints_one, .exit_status = 2,
    .env = {"LEATPROCS=4"},
    .stderr_has = {"panic: one of many\n\ngoroutine "},
    .stderr_lacks = {"panic: one of many\npanic", "[running]:\npanic"})
{
    leat_chan(int) start = leat_make_chan(int);
    for (int i = 0; i < 50; i++)
        leat_go(all_panic, start);
    leat_yield();
    leat_close(start);
    leat_recv((leat_chan(int))leat_make_chan(int));
}

TEST_WITH(throw, is_fatal_and_neither_deferred_nor_recovered,
    .exit_status = 2, .stdout_is = "before\n",
    .stderr_has = {"fatal error: my 3 words\n\ngoroutine 1 [running]:\n"})
{
    puts("before");
    leat_try {
        leat_defer(say, "deferred");
        leat_defer(recover_and_log, "R");
        leat_throw("my %d words", 3);
    }
}

TEST_WITH(panic, traceback_crash_ends_with_sigabrt, .signal = 6,
    .env = {"LEATDEBUG=traceback=crash"}, .stderr_has = {"panic: boom 42\n"})
{
    boom();
}

// Go's own words --------------------------------------------------------

// What stands before the trace, without addresses.
static char *
head_of(char *text)
{
    char *end = strstr(text, "\n\ngoroutine ");
    if (end != NULL)
        end[1] = 0;
    char *pc = strstr(text, "pc=0x");
    if (pc != NULL)
        memmove(pc, pc + strcspn(pc, "]"), strlen(pc + strcspn(pc, "]")) + 1);
    return text;
}

PLAIN_TEST_WITH(panic, reports_begin_as_those_of_go, .timeout_s = 60,
    .skip_under = TEST_ASAN)
{
    static const char *const names[] = {"panic_plain", "panic_repanic",
        "panic_nested", "panic_goexit_main", "panic_nil", NULL};
    const char *const c_env[] = {"LEATDEBUG=profile=go", NULL};
    const char *const go_env[] = {"GOTRACEBACK=single", NULL};
    for (int i = 0; names[i] != NULL; i++) {
        struct test_result c, go;
        char path[64];
        snprintf(path, sizeof path, "build/go/%s", names[i]);
        char *go_path = test_source_path(path);
        if (access(go_path, X_OK) != 0)
            test_skip("no Go compiler was there to build %s", path);
        CHECK(test_spawn(
            (const char *[]){go_path, NULL}, go_env, &go, 30));
        snprintf(path, sizeof path, "diff/%s", names[i]);
        CHECK(test_spawn_built(path, NULL, c_env, &c, 30));
        CHECK_STR(head_of(c.err), head_of(go.err));
        CHECK_EQ(c.status, go.status);
    }
}

// A longjmp out of what a panic runs ------------------------------------

static jmp_buf far;

static void
jump_far(void *unused)
{
    (void)unused;
    longjmp(far, 1);
}

static void
panic_and_jump(void)
{
    leat_defer(jump_far, NULL);
    leat_panic("left behind");
}

static void
leave_a_panic(void)
{
    if (setjmp(far) == 0)
        panic_and_jump();
}

#define LEFT_PANIC                                                            \
    .exit_status = 2,                                                         \
    .stderr_has = {"fatal error: longjmp out of a deferred function that a "  \
                   "panic runs\n\ngoroutine 1 [running]:\n"}

TEST_WITH(panic, a_panic_that_a_longjmp_left_is_fatal_at_the_next, LEFT_PANIC)
{
    leave_a_panic();
    leat_panic("another");
}

TEST_WITH(panic, a_panic_that_a_longjmp_left_is_fatal_at_a_recover, LEFT_PANIC)
{
    leave_a_panic();
    leat_recover();
}

TEST_WITH(panic, a_panic_that_a_longjmp_left_is_fatal_at_a_try, LEFT_PANIC)
{
    leave_a_panic();
    leat_try
        say("not reached");
}

TEST_WITH(panic, a_panic_that_a_longjmp_left_is_fatal_at_a_defer, LEFT_PANIC)
{
    leat_defer(say, "not reached");
    leave_a_panic();
}

static void
jump_near(void *unused)
{
    (void)unused;
    if (setjmp(far) == 0)
        jump_far(NULL);
    log_step("jumped ");
    recover_and_log("recovered");
}

TEST(panic, a_longjmp_within_a_deferred_function_is_as_ever)
{
    leat_try {
        leat_defer(jump_near, NULL);
        leat_panic("stays");
    }
    CHECK_STR(order, "jumped recovered");
}
