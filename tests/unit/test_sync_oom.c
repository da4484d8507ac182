// SPDX-License-Identifier: MIT
// test_sync_oom.c: pool, group and context when memory runs out.
#include "unit/test_sync_util.h"

#include "os/fault.h"

#include <stdio.h>

// From here on the n-th call of a kind fails, and with `all` the later ones
// too. What is counted is never set back: n other than 1 is for the first use
// in a process.
static void
oom_from(const char *kind, int n, bool all)
{
    char text[32];
    snprintf(text, sizeof text, "%s:%d%s", kind, n, all ? "+" : "");
    CHECK(leat__fault_parse(text));
}

static void
oom_over(void)
{
    leat__fault_on = false;
}

TEST(oom, what_makes_a_context_returns_null)
{
    static const char key;
    struct leat_context *parent = leat_with_cancel(NULL);
    oom_from("malloc", 1, true);
    CHECK(leat_with_cancel(parent) == NULL);
    CHECK(leat_with_value(parent, &key, NULL) == NULL);
    CHECK(leat_without_cancel(parent) == NULL);
    CHECK(leat_context_after_func(parent, NULL, NULL) == NULL);
    CHECK(leat_new_group(parent) == NULL);
    CHECK(leat_new_pool(NULL, NULL, NULL) == NULL);
    oom_over();
    leat_context_cancel(parent, 0);
    CHECK_EQ(leat_context_error(parent), LEAT_ECANCELED);
    leat_context_release(parent);
}

TEST(oom, group_without_a_context_is_none)
{
    oom_from("malloc", 2, false);
    CHECK(leat_new_group(NULL) == NULL);
    oom_over();
    struct leat_group *group = leat_new_group(NULL);
    CHECK_EQ(leat_group_wait(group), 0);
}

// The second allocation is the heap for this, the first timer of the process.
// Nothing half made stays behind in the parent.
TEST_WITH(oom, deadline_that_cannot_be_watched_makes_no_context,
    .env = {"LEATPROCS=1"})
{
    struct leat_context *parent = leat_with_cancel(NULL);
    oom_from("malloc", 2, false);
    CHECK(leat_with_timeout(parent, LEAT_HOUR) == NULL);
    oom_over();
    struct leat_context *ctx = leat_with_timeout(parent, LEAT_HOUR);
    CHECK(ctx != NULL);
    leat_context_cancel(parent, -2);
    CHECK_EQ(leat_context_cause(ctx), -2);
    leat_context_release(ctx);
    leat_context_release(parent);
}

TEST_WITH(oom, done_channel_that_cannot_be_made_is_fatal, .exit_status = 2,
    .stderr_has = {"fatal error: out of memory: cannot make the done channel"})
{
    struct leat_context *ctx = leat_with_cancel(NULL);
    oom_from("malloc", 1, true);
    leat_context_done(ctx);
}

// A pool that cannot grow drops what it has no room for.
static void
oom_drop(void *dropped, void *x)
{
    (void)x;
    ++*(int *)dropped;
}

TEST(oom, pool_drops_what_it_cannot_keep)
{
    static char object[1000];
    int dropped = 0, kept = 0;
    struct leat_pool *pool = leat_new_pool(NULL, oom_drop, &dropped);
    oom_from("malloc", 1, true);
    for (int i = 0; i < 1000; i++)
        leat_pool_put(pool, &object[i]);
    oom_over();
    CHECK_EQ(dropped, 1000); // not even a cache for the P
    dropped = 0;
    leat_pool_put(pool, &object[0]); // makes the cache
    oom_from("malloc", 1, true);
    for (int i = 1; i < 1000; i++)
        leat_pool_put(pool, &object[i]);
    oom_over();
    CHECK(dropped > 0);
    while (leat_pool_get(pool) != NULL)
        kept++;
    CHECK(kept > 0);
    CHECK_EQ(kept + dropped, 1000);
    leat_pool_free(pool);
}

static int
oom_wait(void *arg)
{
    (void)arg;
    return leat_sleep_until(LEAT_FOREVER) == LEAT_ECANCELED ? 0 : -1;
}

// One slab of stacks is 1024: soon there is none for another goroutine.
TEST_WITH(oom, group_that_cannot_start_a_goroutine_fails,
    .skip_under = TEST_TSAN)
{
    struct leat_group *group = leat_new_group(NULL);
    oom_from("mmap", 1, true);
    // Those that start never look at it.
    static char args[3000];
    void *arg = NULL;
    for (int i = 0; i < 3000; i++)
        leat_group_go(group, oom_wait, &args[i]);
    oom_over();
    CHECK_EQ(leat_group_wait_arg(group, &arg), LEAT_ENOMEM);
    CHECK((char *)arg > args && (char *)arg < args + 3000);
}
