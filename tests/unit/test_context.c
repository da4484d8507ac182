// SPDX-License-Identifier: MIT
// test_context.c: cancellation, deadlines and values that travel down a tree.
#include "unit/test_sync_util.h"
#include "sched/sched.h"

#include <leat/debug.h>
#include <leat/fd.h>

#include <sched.h>
#include <unistd.h>

static bool
context_done(struct leat_context *ctx)
{
    return leat_try_recv(leat_context_done(ctx), NULL) == LEAT_ECLOSED;
}

// Alive: error, cause and the done channel agree.
static void
context_check_alive(struct leat_context *ctx)
{
    CHECK_EQ(leat_context_error(ctx), 0);
    CHECK_EQ(leat_context_cause(ctx), 0);
    CHECK(!context_done(ctx));
}

static void
context_check_ended(struct leat_context *ctx, int error, int cause)
{
    CHECK_EQ(leat_context_error(ctx), error);
    CHECK_EQ(leat_context_cause(ctx), cause);
    CHECK(context_done(ctx));
}

TEST(context, background_never_ends_and_holds_nothing)
{
    static const char key;
    struct leat_context *bg = leat_background();
    CHECK(leat_context_done(bg) == NULL);
    CHECK_EQ(leat_context_error(bg), 0);
    CHECK_EQ(leat_context_cause(bg), 0);
    CHECK_EQ(leat_context_deadline(bg), LEAT_FOREVER);
    CHECK(leat_context_value(bg, &key) == NULL);
    CHECK(leat_context_value(bg, NULL) == NULL);
    leat_context_cancel(bg, 0);
    CHECK_EQ(leat_context_error(bg), 0);
    leat_context_release(leat_context_retain(bg));
    leat_context_release(bg);
    CHECK(leat_background() == bg);
}

TEST(context, null_stands_for_the_background)
{
    static const char key;
    CHECK(leat_context_done(NULL) == NULL);
    CHECK_EQ(leat_context_error(NULL), 0);
    CHECK_EQ(leat_context_cause(NULL), 0);
    CHECK_EQ(leat_context_deadline(NULL), LEAT_FOREVER);
    CHECK(leat_context_value(NULL, &key) == NULL);
    leat_context_cancel(NULL, 0);
    leat_context_release(NULL);
    CHECK(leat_context_retain(NULL) == leat_background());
    CHECK(!leat_context_func_stop(NULL));
    leat_set_context(NULL);
    CHECK(leat_get_context() == leat_background());
}

// It has no size, and a value of it can be written down all the same.
TEST(context, element_of_a_done_channel_is_nothing)
{
    struct leat_done nothing = LEAT_ZERO;
    leat_chan(struct leat_done) c = leat_make_chan(struct leat_done, 1);
    CHECK_EQ(sizeof nothing, 0);
    leat_send(c, nothing);
    CHECK_EQ(leat_len(c), 1);
    nothing = leat_recv(c);
    (void)nothing;
    leat_free(c);
}

// The tree ----------------------------------------------------------------

TEST(context, cancel_ends_a_context_and_those_below_it_only)
{
    static const char key;
    struct leat_context *root = leat_with_cancel(NULL);
    struct leat_context *value = leat_with_value(root, &key, NULL);
    struct leat_context *child = leat_with_cancel(value);
    struct leat_context *other = leat_with_cancel(root);
    struct leat_context *grandchild = leat_with_timeout(child, LEAT_HOUR);
    struct leat_context *all[] = {root, value, child, other, grandchild};
    for (int i = 0; i < 5; i++)
        context_check_alive(all[i]);
    leat_context_cancel(child, -100);
    context_check_ended(child, LEAT_ECANCELED, -100);
    context_check_ended(grandchild, LEAT_ECANCELED, -100);
    context_check_alive(root);
    context_check_alive(value);
    context_check_alive(other);
    leat_context_cancel(value, 0); // cannot be ended by itself
    context_check_alive(value);
    leat_context_cancel(root, 0);
    context_check_ended(root, LEAT_ECANCELED, LEAT_ECANCELED);
    context_check_ended(value, LEAT_ECANCELED, LEAT_ECANCELED);
    context_check_ended(other, LEAT_ECANCELED, LEAT_ECANCELED);
    context_check_ended(child, LEAT_ECANCELED, -100); // the first cause stays
    for (int i = 0; i < 5; i++)
        leat_context_release(all[i]);
}

TEST(context, first_cancel_decides_the_cause)
{
    struct leat_context *ctx = leat_with_cancel(NULL);
    leat_context_cancel(ctx, 17);
    leat_context_cancel(ctx, 18);
    context_check_ended(ctx, LEAT_ECANCELED, 17);
    leat_context_release(ctx);
}

TEST(context, child_of_an_ended_context_has_ended)
{
    struct leat_context *root = leat_with_cancel(NULL);
    leat_context_cancel(root, -5);
    struct leat_context *child = leat_with_cancel(root);
    struct leat_context *timed = leat_with_timeout(root, LEAT_HOUR);
    context_check_ended(child, LEAT_ECANCELED, -5);
    context_check_ended(timed, LEAT_ECANCELED, -5);
    leat_context_release(root);
    leat_context_release(child);
    leat_context_release(timed);
}

// Go's TestCancelRemoves, by what can be seen from outside: children that are
// released or cancelled leave the parent's list (else the sanitizers would
// see the cancel of the parent walk through freed ones).
TEST(context, released_children_leave_their_parent)
{
    struct leat_context *root = leat_with_cancel(NULL);
    struct leat_context *kept[100];
    for (int i = 0; i < 1000; i++) {
        struct leat_context *child = leat_with_timeout(root, LEAT_HOUR);
        if (i % 3 == 0)
            leat_context_cancel(child, 0);
        if (i % 10 == 0)
            kept[i / 10] = child;
        else
            leat_context_release(child);
    }
    leat_context_cancel(root, -9);
    for (int i = 0; i < 100; i++) {
        bool before = i * 10 % 3 == 0;
        context_check_ended(kept[i], LEAT_ECANCELED, before ? LEAT_ECANCELED : -9);
        leat_context_release(kept[i]);
    }
    leat_context_release(root);
}

TEST(context, child_keeps_its_parent_alive)
{
    static const char key;
    int value = 1;
    struct leat_context *root = leat_with_value(NULL, &key, &value);
    struct leat_context *middle = leat_with_cancel(root);
    struct leat_context *leaf = leat_with_cancel(middle);
    leat_context_release(root);
    leat_context_cancel(middle, -3);
    leat_context_release(middle);
    CHECK(leat_context_value(leaf, &key) == &value);
    context_check_ended(leaf, LEAT_ECANCELED, -3);
    leat_context_release(leaf);
}

// A chain as deep as no stack would take: neither ending nor freeing it may
// recurse.
TEST(context, chain_of_100000_is_ended_and_freed)
{
    struct leat_context *root = leat_with_cancel(NULL), *ctx = root;
    leat_context_retain(root);
    for (int i = 0; i < 100000; i++) {
        struct leat_context *child = leat_with_cancel(ctx);
        leat_context_release(ctx);
        ctx = child;
    }
    context_check_alive(ctx);
    leat_context_cancel(root, -4);
    context_check_ended(ctx, LEAT_ECANCELED, -4);
    leat_context_release(root);
    leat_context_release(ctx); // and with it all the others
}

// Values ------------------------------------------------------------------

TEST(context, value_is_that_of_the_nearest_under_the_key)
{
    static const char a, b, c;
    int one = 1, two = 2, three = 3;
    struct leat_context *c1 = leat_with_value(NULL, &a, &one);
    struct leat_context *c2 = leat_with_cancel(c1);
    struct leat_context *c3 = leat_with_value(c2, &b, &two);
    struct leat_context *c4 = leat_with_value(c3, &a, &three);
    CHECK(leat_context_value(c1, &a) == &one);
    CHECK(leat_context_value(c3, &a) == &one);
    CHECK(leat_context_value(c3, &b) == &two);
    CHECK(leat_context_value(c4, &a) == &three);
    CHECK(leat_context_value(c4, &b) == &two);
    CHECK(leat_context_value(c4, &c) == NULL);
    CHECK(leat_context_value(c2, &b) == NULL);
    CHECK(leat_context_value(c4, NULL) == NULL);
    leat_context_release(c1);
    leat_context_release(c2);
    leat_context_release(c3);
    leat_context_release(c4);
}

TEST(context, without_cancel_keeps_values_and_nothing_else)
{
    static const char key;
    int value = 1;
    struct leat_context *v = leat_with_value(NULL, &key, &value);
    struct leat_context *root = leat_with_timeout(v, LEAT_HOUR);
    struct leat_context *free_one = leat_without_cancel(root);
    struct leat_context *below = leat_with_cancel(free_one);
    leat_context_cancel(root, 0);
    CHECK_EQ(leat_context_error(free_one), 0);
    CHECK(leat_context_done(free_one) == NULL);
    CHECK_EQ(leat_context_deadline(free_one), LEAT_FOREVER);
    CHECK(leat_context_value(free_one, &key) == &value);
    context_check_alive(below);
    leat_context_cancel(below, 0);
    CHECK_EQ(leat_context_error(free_one), 0);
    leat_context_release(v);
    leat_context_release(root);
    leat_context_release(free_one);
    leat_context_release(below);
}

// Deadlines ---------------------------------------------------------------

static void
context_deadlines(void *arg)
{
    (void)arg;
    int64_t start = leat_now();
    struct leat_context *early = leat_with_timeout(NULL, 5 * LEAT_MILLISECOND);
    struct leat_context *child = leat_with_timeout(early, LEAT_HOUR);
    struct leat_context *late = leat_with_timeout(NULL, LEAT_HOUR);
    struct leat_context *sooner =
        leat_with_deadline(late, start + 7 * LEAT_MILLISECOND);
    CHECK_EQ(leat_context_deadline(early), start + 5 * LEAT_MILLISECOND);
    CHECK_EQ(leat_context_deadline(child), start + 5 * LEAT_MILLISECOND);
    CHECK_EQ(leat_context_deadline(sooner), start + 7 * LEAT_MILLISECOND);
    context_check_alive(child);
    CHECK(!leat_recv_ok(leat_context_done(child), NULL));
    CHECK_EQ(ms_since(start), 5);
    context_check_ended(early, LEAT_ETIMEDOUT, LEAT_ETIMEDOUT);
    context_check_ended(child, LEAT_ETIMEDOUT, LEAT_ETIMEDOUT);
    context_check_alive(sooner);
    CHECK(!leat_recv_ok(leat_context_done(sooner), NULL));
    CHECK_EQ(ms_since(start), 7);
    context_check_alive(late);
    leat_context_release(early);
    leat_context_release(child);
    leat_context_release(sooner);
    leat_context_release(late);
}

PLAIN_TEST(context, ends_by_itself_at_its_deadline_and_not_before)
{
    run_seeds(context_deadlines, 20);
}

static void
context_deadline_past(void *arg)
{
    (void)arg;
    struct leat_context *ctx = leat_with_deadline(NULL, leat_now());
    context_check_ended(ctx, LEAT_ETIMEDOUT, LEAT_ETIMEDOUT);
    leat_context_release(ctx);
    ctx = leat_with_timeout(NULL, -LEAT_SECOND);
    context_check_ended(ctx, LEAT_ETIMEDOUT, LEAT_ETIMEDOUT);
    leat_context_release(ctx);
}

PLAIN_TEST(context, deadline_in_the_past_has_passed)
{
    run_seeds(context_deadline_past, 3);
}

// Else a program that waits for ever would not be told for an hour.
TEST_WITH(context, one_that_was_cancelled_leaves_no_timer, .exit_status = 2,
    .stderr_has = {"all goroutines are asleep"}, .skip_under = TEST_TSAN)
{
    struct leat_context *ctx = leat_with_timeout(NULL, LEAT_HOUR);
    struct leat_stats stats;
    leat_context_cancel(ctx, 0);
    leat_get_stats(&stats);
    CHECK_EQ(stats.timers, 0);
    leat_recv((leat_chan(int))leat_make_chan(int));
}

// The cause of the deadline that passed, down the tree; not of one that a
// parent's is before, nor of one that was cancelled.
static void
context_deadline_cause(void *arg)
{
    (void)arg;
    struct leat_context *outer = leat_with_timeout_cause(NULL, 9, 71);
    struct leat_context *inner = leat_with_timeout_cause(outer, 5, 72);
    struct leat_context *below = leat_with_cancel(inner);
    struct leat_context *later = leat_with_timeout_cause(outer, 20, 73);
    struct leat_context *plain = leat_with_timeout_cause(NULL, 5, 0);
    struct leat_context *ended = leat_with_timeout_cause(NULL, 5, 74);
    leat_context_cancel(ended, 75);
    leat_recv_ok(leat_context_done(below), NULL);
    context_check_ended(inner, LEAT_ETIMEDOUT, 72);
    context_check_ended(below, LEAT_ETIMEDOUT, 72);
    context_check_alive(outer);
    leat_sleep(20);
    context_check_ended(outer, LEAT_ETIMEDOUT, 71);
    context_check_ended(later, LEAT_ETIMEDOUT, 71);
    context_check_ended(plain, LEAT_ETIMEDOUT, LEAT_ETIMEDOUT);
    context_check_ended(ended, LEAT_ECANCELED, 75);
    struct leat_context *past = leat_with_deadline_cause(NULL, leat_now(), -76);
    context_check_ended(past, LEAT_ETIMEDOUT, -76);
    struct leat_context *all[] = {
        outer, inner, below, later, plain, ended, past};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        leat_context_release(all[i]);
}

PLAIN_TEST(context, a_deadline_has_a_cause_of_its_own)
{
    run_seeds(context_deadline_cause, 20);
}

// A cancelled one does not time out later; one that is released neither.
static void
context_canceled_timeout(void *arg)
{
    (void)arg;
    struct leat_context *ctx = leat_with_timeout(NULL, LEAT_MILLISECOND);
    leat_context_release(leat_with_timeout(NULL, LEAT_MILLISECOND));
    leat_context_cancel(ctx, 0);
    leat_sleep(2 * LEAT_MILLISECOND);
    context_check_ended(ctx, LEAT_ECANCELED, LEAT_ECANCELED);
    leat_context_release(ctx);
}

PLAIN_TEST(context, canceled_before_its_deadline_stays_canceled)
{
    run_seeds(context_canceled_timeout, 20);
}

// After-funcs -------------------------------------------------------------

static void
context_note_time(void *arg)
{
    *(int64_t *)arg = leat_now();
}

static void
context_after_funcs(void *arg)
{
    (void)arg;
    int64_t start = leat_now(), first = 0, second = 0, third = 0;
    struct leat_context *ctx = leat_with_timeout(NULL, 4 * LEAT_MILLISECOND);
    struct leat_context_func *f1 =
        leat_context_after_func(ctx, context_note_time, &first);
    struct leat_context_func *f2 =
        leat_context_after_func(ctx, context_note_time, &second);
    CHECK(leat_context_func_stop(f2));
    leat_sleep(10 * LEAT_MILLISECOND);
    CHECK_EQ(first - start, 4 * LEAT_MILLISECOND);
    CHECK_EQ(second, 0);
    CHECK(!leat_context_func_stop(f1));
    // Already over: at once, but not on this goroutine.
    struct leat_context_func *f3 =
        leat_context_after_func(ctx, context_note_time, &third);
    leat_test_wait();
    CHECK_EQ(third - start, 10 * LEAT_MILLISECOND);
    CHECK(!leat_context_func_stop(f3));
    f3 = leat_context_after_func(NULL, context_note_time, &third);
    CHECK(leat_context_func_stop(f3)); // the background never ends
    leat_context_release(ctx);
}

PLAIN_TEST(context, after_func_runs_when_it_ends_unless_stopped)
{
    run_seeds(context_after_funcs, 20);
}

static void
context_func_context(void *arg)
{
    *(bool *)arg = leat_get_context() == leat_background();
}

static void
context_func_is_free(void *arg)
{
    (void)arg;
    bool background = false;
    struct leat_context *ctx = leat_with_cancel(NULL);
    struct leat_context_func *f =
        leat_context_after_func(ctx, context_func_context, &background);
    leat_set_context(ctx); // who ends it runs under it
    leat_context_release(ctx);
    leat_context_cancel(ctx, 0);
    leat_test_wait();
    CHECK(background);
    CHECK(!leat_context_func_stop(f));
    leat_set_context(NULL);
}

PLAIN_TEST(context, after_func_runs_under_the_background)
{
    run_seeds(context_func_is_free, 10);
}

// The handle keeps the context: stop works when nobody else has it.
TEST(context, after_func_keeps_its_context)
{
    int64_t when = 0;
    struct leat_context *ctx = leat_with_timeout(NULL, LEAT_HOUR);
    struct leat_context_func *f[3];
    for (int i = 0; i < 3; i++)
        f[i] = leat_context_after_func(ctx, context_note_time, &when);
    leat_context_release(ctx);
    CHECK(leat_context_func_stop(f[1]));
    CHECK(leat_context_func_stop(f[0]));
    CHECK(leat_context_func_stop(f[2]));
    CHECK_EQ(when, 0);
}

// The goroutine's context -------------------------------------------------

static void
context_report(struct leat_context **seen)
{
    *seen = leat_get_context();
}

static void
context_inherited(void *arg)
{
    (void)arg;
    struct leat_context *ctx = leat_with_cancel(NULL), *seen = NULL;
    CHECK(leat_get_context() == leat_background());
    leat_set_context(ctx);
    CHECK(leat_get_context() == ctx);
    leat_go(context_report, &seen);
    leat_test_wait();
    CHECK(seen == ctx);
    leat_set_context(NULL);
    leat_go(context_report, &seen);
    leat_test_wait();
    CHECK(seen == leat_background());
    leat_context_release(ctx);
}

PLAIN_TEST(context, goroutine_starts_with_its_creators)
{
    run_seeds(context_inherited, 10);
}

struct context_calls {
    leat_chan(int) ch;
    int send, recv, select, sleep;
};

static void
context_call_send(struct context_calls *c)
{
    c->send = leat_send_until(c->ch, LEAT_FOREVER, 1);
}

static void
context_call_select(struct context_calls *c)
{
    c->select = leat_select_until(LEAT_FOREVER, leat_case_send(c->ch, 1));
}

static void
context_call_sleep(struct context_calls *c)
{
    c->sleep = leat_sleep_until(leat_deadline(LEAT_HOUR));
}

// With a context on the way to a deadline, and with one that has ended.
static void
context_ends_calls(void *arg)
{
    (void)arg;
    int64_t start = leat_now();
    for (int turn = 0; turn < 2; turn++) {
        struct context_calls c = {
            .ch = leat_make_chan(int), .send = 1, .select = 1, .sleep = 1};
        leat_chan(int) silent = leat_make_chan(int);
        struct leat_context *ctx =
            leat_with_deadline(NULL, start + 3 * LEAT_MILLISECOND);
        leat_set_context(ctx);
        leat_context_release(ctx);
        leat_go(context_call_send, &c);
        leat_go(context_call_select, &c);
        leat_go(context_call_sleep, &c);
        CHECK_EQ(leat_recv_until(silent, NULL, LEAT_FOREVER), LEAT_ECANCELED);
        CHECK_EQ(ms_since(start), 3);
        leat_test_wait();
        CHECK_EQ(c.send, LEAT_ECANCELED);
        CHECK_EQ(c.select, LEAT_ECANCELED);
        CHECK_EQ(c.sleep, LEAT_ECANCELED);
        leat_set_context(NULL);
        leat_free(c.ch);
        leat_free(silent);
    }
}

PLAIN_TEST(context, end_breaks_off_the_calls_with_a_deadline)
{
    run_seeds(context_ends_calls, 20);
}

// A plain receive does not look at the context.
static void
context_plain_recv(leat_chan(int) ch, int *got)
{
    *got = leat_recv(ch);
}

static void
context_leaves_plain_calls(void *arg)
{
    (void)arg;
    leat_chan(int) ch = leat_make_chan(int);
    struct leat_context *ctx = leat_with_cancel(NULL);
    int got = 0;
    leat_set_context(ctx);
    leat_go(context_plain_recv, ch, &got);
    leat_test_wait();
    leat_context_cancel(ctx, 0);
    leat_test_wait();
    CHECK_EQ(got, 0);
    leat_send(ch, 7);
    leat_test_wait();
    CHECK_EQ(got, 7);
    leat_set_context(NULL);
    leat_context_release(ctx);
    leat_free(ch);
}

PLAIN_TEST(context, end_leaves_the_plain_calls_alone)
{
    run_seeds(context_leaves_plain_calls, 10);
}

// Many at once ------------------------------------------------------------

struct context_crowd {
    struct leat_context *ctx[64];
    struct leat_waitgroup wg;
};

static void
context_cancel_one(struct context_crowd *c, int i)
{
    leat_context_cancel(c->ctx[i], -1 - i);
    // Go's TestContextErrDoneRace: an error means that done is closed.
    CHECK(leat_context_error(c->ctx[i]) != 0);
    CHECK(context_done(c->ctx[i]));
    leat_waitgroup_done(&c->wg);
}

static void
context_watch_one(struct context_crowd *c, int i)
{
    // Either way round: closed means an error, an error means closed.
    if (i % 2 == 0) {
        leat_recv(leat_context_done(c->ctx[i]));
        CHECK(leat_context_error(c->ctx[i]) != 0);
    } else {
        while (leat_context_error(c->ctx[i]) == 0)
            leat_yield();
        CHECK(context_done(c->ctx[i]));
    }
    CHECK(leat_context_cause(c->ctx[i]) < 0);
    leat_waitgroup_done(&c->wg);
}

// Go's TestSimultaneousCancels on a binary tree: every node is cancelled by a
// goroutine of its own and watched by another.
static void
context_crowd_run(void)
{
    for (int turn = 0; turn < 30; turn++) {
        struct context_crowd c = {.wg = LEAT_ZERO};
        c.ctx[0] = leat_with_cancel(NULL);
        for (int i = 1; i < 64; i++)
            c.ctx[i] = leat_with_timeout(c.ctx[(i - 1) / 2], LEAT_HOUR);
        leat_waitgroup_add(&c.wg, 128);
        for (int i = 0; i < 64; i++) {
            leat_go(context_watch_one, &c, i);
            leat_go(context_cancel_one, &c, 63 - i);
        }
        leat_waitgroup_wait(&c.wg);
        for (int i = 0; i < 64; i++)
            leat_context_release(c.ctx[i]);
    }
}

TEST_ON_PROCS(context, many_are_canceled_and_watched_at_once,
    context_crowd_run)

// Children are made, waited under and released while the root is cancelled.
struct context_churn {
    struct leat_context *root;
    struct leat_waitgroup wg;
    _Atomic int funcs, called;
};

static void
context_called(void *arg)
{
    struct context_churn *c = arg;
    c->called++;
    leat_waitgroup_done(&c->wg);
}

static void
context_churn_member(struct context_churn *c)
{
    leat_chan(int) ch = leat_make_chan(int);
    while (leat_context_error(c->root) == 0) {
        struct leat_context *child = leat_with_timeout(c->root, LEAT_HOUR);
        leat_waitgroup_add(&c->wg, 1);
        struct leat_context_func *f =
            leat_context_after_func(child, context_called, c);
        leat_set_context(child);
        int err = leat_recv_until(ch, NULL, leat_deadline(20 * LEAT_MICROSECOND));
        CHECK(err == LEAT_ETIMEDOUT || err == LEAT_ECANCELED);
        leat_set_context(NULL);
        leat_context_release(child);
        c->funcs++;
        if (leat_context_func_stop(f)) {
            c->funcs--;
            leat_waitgroup_done(&c->wg);
        }
    }
    leat_free(ch);
    leat_waitgroup_done(&c->wg);
}

static void
context_churn_run(void)
{
    for (int turn = 0; turn < 10; turn++) {
        struct context_churn c = {.root = leat_with_timeout(NULL, 2 * LEAT_MILLISECOND)};
        leat_waitgroup_add(&c.wg, 8);
        for (int i = 0; i < 8; i++)
            leat_go(context_churn_member, &c);
        leat_waitgroup_wait(&c.wg);
        CHECK_EQ(c.called, c.funcs);
        leat_context_release(c.root);
    }
}

TEST_ON_PROCS(context, survives_children_that_come_and_go, context_churn_run)

static void *
context_thread(void *arg)
{
    leat_context_cancel(arg, -6);
    return NULL;
}

static void *
context_thread_waits(void *arg)
{
    leat_set_context(arg);
    leat_chan(int) ch = leat_make_chan(int);
    int err = leat_recv_until(ch, NULL, LEAT_FOREVER);
    leat_free(ch);
    return (void *)(intptr_t)err;
}

TEST(context, works_from_plain_threads)
{
    struct leat_context *ctx = leat_with_cancel(NULL);
    pthread_t waits, cancels;
    void *result = NULL;
    CHECK_EQ(pthread_create(&waits, NULL, context_thread_waits, ctx), 0);
    CHECK_EQ(pthread_create(&cancels, NULL, context_thread, ctx), 0);
    CHECK(!leat_recv_ok(leat_context_done(ctx), NULL));
    context_check_ended(ctx, LEAT_ECANCELED, -6);
    leat_blocking_begin();
    pthread_join(waits, &result);
    pthread_join(cancels, NULL);
    leat_blocking_end();
    CHECK_EQ((intptr_t)result, LEAT_ECANCELED);
    leat_context_release(ctx);
}

// There is no runtime yet that could see to it.
PLAIN_TEST(context, deadline_ends_the_wait_of_a_thread_before_leat_run)
{
    int p[2];
    uint64_t before = leat__sched.goid_last;
    struct leat_context *ctx = leat_with_timeout(NULL, LEAT_MILLISECOND);
    struct leat_context *child = leat_with_cancel(ctx);
    leat_set_context(child);
    CHECK_EQ(leat_sleep_until(LEAT_FOREVER), LEAT_ECANCELED);
    context_check_ended(ctx, LEAT_ETIMEDOUT, LEAT_ETIMEDOUT);
    context_check_ended(child, LEAT_ETIMEDOUT, LEAT_ETIMEDOUT);
    leat_set_context(NULL);
    leat_context_release(child);
    leat_context_release(ctx);
    ctx = leat_with_timeout(NULL, LEAT_MILLISECOND);
    leat_set_context(ctx);
    CHECK_EQ(pipe(p), 0);
    CHECK_EQ(leat_wait_fd(p[0], LEAT_READ, LEAT_FOREVER), LEAT_ECANCELED);
    leat_set_context(NULL);
    leat_context_release(ctx);
    CHECK_EQ(leat__sched.goid_last, before); // and it took no goroutine
}

static void *
context_thread_makes(void *parent)
{
    return leat_with_timeout(parent, LEAT_HOUR);
}

// The timers are held while a context is made: its parent ends when it is below
// it already and its own deadline not yet among them.
PLAIN_TEST(context, end_of_its_parent_while_it_is_made_leaves_no_timer)
{
    struct leat_context *parent = leat_with_cancel(NULL);
    struct leat__timerheap *heap = &leat__sched.allp[0]->timers;
    pthread_t t;
    void *child = NULL;
    leat__spin_lock(&heap->lock);
    CHECK_EQ(pthread_create(&t, NULL, context_thread_makes, parent), 0);
    while (*leat__lock_count(&heap->lock) == 0)
        sched_yield();
    leat_context_cancel(parent, 0);
    CHECK_EQ(heap->count, 0);
    leat__spin_unlock(&heap->lock);
    CHECK_EQ(pthread_join(t, &child), 0);
    context_check_ended(child, LEAT_ECANCELED, LEAT_ECANCELED);
    CHECK_EQ(heap->count, 0);
    leat_context_release(child);
    leat_context_release(parent);
}

static struct leat_context *context_of_func;

static void
context_note(void *done)
{
    context_of_func = leat_get_context();
    leat_send((leat_chan(bool))done, true);
}

static int
context_func_main(int argc, char **argv)
{
    (void)argc;
    CHECK(leat_recv((leat_chan(bool))(void *)argv));
    CHECK(context_of_func == leat_background());
    return 0;
}

// The thread that waits runs the timer; its context is its own affair.
PLAIN_TEST(context, function_of_a_timer_has_the_background)
{
    leat_chan(bool) done = leat_make_chan(bool, 1);
    struct leat_context *own = leat_with_cancel(NULL);
    leat_set_context(own);
    CHECK(leat_after_func(0, context_note, (void *)done) != NULL);
    leat_sleep(LEAT_MILLISECOND);
    leat_run(context_func_main, 0, (char **)(void *)done);
}

// Misuse ------------------------------------------------------------------

static void
context_wait_done(struct leat_context *ctx)
{
    leat_recv(leat_context_done(ctx));
}

TEST_WITH(context, release_while_somebody_waits_on_done_is_fatal,
    .exit_status = 2,
    .stderr_has = {"fatal error: release of a context whose done channel"},
    .env = {"LEATPROCS=1"})
{
    struct leat_context *ctx = leat_with_cancel(NULL);
    leat_go(context_wait_done, ctx);
    leat_yield();
    leat_context_release(ctx);
}

TEST_WITH(context, done_channel_is_not_the_users_to_close, .exit_status = 2)
{
    struct leat_context *ctx = leat_with_cancel(NULL);
    leat_close(leat_context_done(ctx));
}
