// SPDX-License-Identifier: MIT
// bench_context.c: contexts: the workloads of Go's context/benchmark_test.go.
// Go's collector takes the contexts; here each is released, inside the time.
#define BENCH_GROUP 6
#include "bench.h"

#include <stdlib.h>

typedef struct leat_context *context_ref;

static char context_key, context_value; // their addresses count

// CommonParentCancel ---------------------------------------------------------

static void
context_common_body(void *ctx, int64_t n)
{
    context_ref shared = ctx;
    for (int64_t i = 0; i < n; i++) {
        context_ref child = leat_with_cancel(shared);
        if (leat_context_value(child, &context_key) != &context_value)
            bench_check(false, "the value of a context");
        bench_work(100);
        leat_context_cancel(child, 0);
        leat_context_release(child);
        bench_work(100);
    }
}

static void
context_common(const struct bench *b, int64_t n)
{
    (void)b;
    context_ref root = leat_with_value(NULL, &context_key, &context_value);
    context_ref shared = leat_with_cancel(root);
    bench_reset();
    bench_parallel(n, 1, context_common_body, shared);
    bench_stop();
    leat_context_cancel(shared, 0);
    leat_context_release(shared);
    leat_context_release(root);
}
BENCH("CommonParentCancel", context_common);

// WithTimeout ----------------------------------------------------------------

static void
context_make_timeouts(
    context_ref *list, int64_t count, struct leat_waitgroup *wg)
{
    for (int64_t i = 0; i < count; i++)
        list[i] = leat_with_timeout(NULL, LEAT_HOUR);
    leat_waitgroup_done(wg);
}

static void
context_cancel_all(context_ref *list, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        leat_context_cancel(list[i], 0);
        leat_context_release(list[i]);
    }
}

static void
context_timeout_body(void *ctx, int64_t n)
{
    (void)ctx;
    context_ref mine[10];
    for (int64_t i = 0; i < n; i++) {
        for (int j = 0; j < 10; j++)
            mine[j] = leat_with_timeout(NULL, LEAT_HOUR);
        context_cancel_all(mine, 10);
    }
}

static void
context_timeout(const struct bench *b, int64_t n)
{
    int64_t each = b->arg[0] / bench_procs, all = each * bench_procs;
    context_ref *list = bench_alloc((size_t)all, sizeof *list);
    struct leat_waitgroup wg = LEAT_ZERO;
    leat_waitgroup_add(&wg, bench_procs);
    for (int i = 0; i < bench_procs; i++)
        leat_go(context_make_timeouts, list + i * each, each, &wg);
    leat_waitgroup_wait(&wg);
    bench_reset();
    bench_parallel(n, 1, context_timeout_body, NULL);
    bench_stop();
    context_cancel_all(list, all);
    free(list);
}
BENCH("WithTimeout/concurrency=40", context_timeout, .arg = {40});
BENCH("WithTimeout/concurrency=4000", context_timeout, .arg = {4000});

// CancelTree -----------------------------------------------------------------

// Makes a chain of depth contexts below root; the caller's reference to the
// last of them keeps all alive.
static context_ref
context_chain(context_ref root, int64_t depth)
{
    context_ref last = leat_context_retain(root);
    for (int64_t i = 0; i < depth; i++) {
        context_ref child = leat_with_cancel(last);
        leat_context_release(last);
        last = child;
    }
    return last;
}

static void
context_tree_open(const struct bench *b, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        context_ref root = leat_with_cancel(NULL);
        context_ref last = context_chain(root, b->arg[0]);
        leat_context_cancel(root, 0);
        leat_context_release(last);
        leat_context_release(root);
    }
}

static void
context_tree_closed(const struct bench *b, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        context_ref root = leat_with_cancel(NULL);
        leat_context_cancel(root, 0);
        leat_context_release(context_chain(root, b->arg[0]));
        leat_context_release(root);
    }
}
BENCH("CancelTree/depth=10/Root=OpenCanceler", context_tree_open,
    .arg = {10});
BENCH("CancelTree/depth=10/Root=ClosedCanceler", context_tree_closed,
    .arg = {10});
BENCH("CancelTree/depth=100/Root=OpenCanceler", context_tree_open,
    .arg = {100});
BENCH("CancelTree/depth=100/Root=ClosedCanceler", context_tree_closed,
    .arg = {100});

// Asking ---------------------------------------------------------------------

static void
context_check_error(const struct bench *b, int64_t n)
{
    (void)b;
    context_ref ctx = leat_with_cancel(NULL);
    leat_context_cancel(ctx, 0);
    for (int64_t i = 0; i < n; i++)
        if (leat_context_error(ctx) == 0)
            bench_check(false, "the error of a cancelled context");
    leat_context_release(ctx);
}
BENCH("CheckCanceled/Err", context_check_error);

static void
context_check_done(const struct bench *b, int64_t n)
{
    (void)b;
    context_ref ctx = leat_with_cancel(NULL);
    leat_context_cancel(ctx, 0);
    for (int64_t i = 0; i < n; i++)
        leat_try_recv(leat_context_done(ctx), NULL);
    leat_context_release(ctx);
}
BENCH("CheckCanceled/Done", context_check_done);

static void
context_done_body(void *arg, int64_t n)
{
    context_ref ctx = arg;
    for (int64_t i = 0; i < n; i++)
        leat_try_recv(leat_context_done(ctx), NULL);
}

static void
context_cancel_done(const struct bench *b, int64_t n)
{
    (void)b;
    context_ref ctx = leat_with_cancel(NULL);
    bench_parallel(n, 1, context_done_body, ctx);
    bench_stop();
    leat_context_cancel(ctx, 0);
    leat_context_release(ctx);
}
BENCH("ContextCancelDone", context_cancel_done);

// DeepValue ------------------------------------------------------------------

static void
context_deep_lookup(context_ref ctx, struct leat_waitgroup *wg)
{
    leat_context_value(ctx, &context_key);
    leat_waitgroup_done(wg);
}

static void
context_deep_same(context_ref ctx, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        leat_context_value(ctx, &context_key);
}

static void
context_deep_new(context_ref ctx, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        struct leat_waitgroup wg = LEAT_ZERO;
        leat_waitgroup_add(&wg, 1);
        leat_go(context_deep_lookup, ctx, &wg);
        leat_waitgroup_wait(&wg);
    }
}

static void
context_deep(const struct bench *b, int64_t n)
{
    static char keys[50];
    context_ref ctx = leat_background();
    for (int64_t i = 0; i < b->arg[0]; i++) {
        context_ref child = leat_with_value(ctx, &keys[i], &keys[i]);
        leat_context_release(ctx);
        ctx = child;
    }
    bench_reset();
    (b->arg[1] ? context_deep_new : context_deep_same)(ctx, n);
    bench_stop();
    leat_context_release(ctx);
}
BENCH("DeepValueNewGoRoutine/depth=10", context_deep, .arg = {10, true});
BENCH("DeepValueSameGoRoutine/depth=10", context_deep, .arg = {10, false});
BENCH("DeepValueNewGoRoutine/depth=50", context_deep, .arg = {50, true});
BENCH("DeepValueSameGoRoutine/depth=50", context_deep, .arg = {50, false});
