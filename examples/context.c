// SPDX-License-Identifier: MIT
// context.c: cancellation, deadlines and values that travel down a tree of
// goroutines.
#include <leat.h>

#include <stdio.h>

// Values are found by the address of a static: no two parts of a program can
// choose the same key by accident.
static const char user_key;

// A server's request: the work is spread over goroutines, which inherit the
// context of who starts them, and ends when the client goes away.
static void
search(int shard, leat_chan(int) found)
{
    int64_t takes = shard == 0 ? 0 : LEAT_HOUR;
    int err = leat_sleep_until(leat_deadline(takes)); // some slow work
    leat_send(found, err == 0 ? shard : err);
}

static void
show_cancel(void)
{
    struct leat_context *request = leat_with_cancel(NULL);
    leat_chan(int) found = leat_make_chan(int);
    leat_set_context(request);
    for (int shard = 0; shard < 3; shard++)
        leat_go(search, shard, found);

    printf("found by shard %d\n", leat_recv(found));
    leat_context_cancel(request, 0); // one answer is enough
    for (int i = 0; i < 2; i++)
        printf("another: %s\n", leat_strerror(leat_recv(found)));

    leat_set_context(NULL);
    leat_context_release(request);
    leat_free(found);
}

// The child's deadline is never later than its parent's.
static void
show_deadline(void)
{
    struct leat_context *request =
        leat_with_timeout(NULL, 50 * LEAT_MILLISECOND);
    struct leat_context *query = leat_with_timeout(request, LEAT_HOUR);
    printf("before: %s\n", leat_strerror(leat_context_error(query)));
    leat_recv(leat_context_done(query)); // closed when it ends
    printf("after: %s\n", leat_strerror(leat_context_error(query)));
    leat_context_release(query);
    leat_context_release(request);
}

static void
log_in(void)
{
    const char *user = leat_context_value(leat_get_context(), &user_key);
    printf("user: %s\n", user);
}

static void
show_value(void)
{
    struct leat_context *ctx = leat_with_value(NULL, &user_key, "gopher");
    leat_set_context(ctx);
    leat_context_release(ctx); // the goroutine has its own reference
    log_in();
    leat_set_context(NULL);
}

// The cause says why; after-funcs clean up behind calls that know nothing of
// contexts.
static void
hang_up(void *done)
{
    leat_send((leat_chan(int))done, 1);
}

static void
show_cause(void)
{
    enum { CLIENT_LEFT = -1001 };
    struct leat_context *ctx = leat_with_cancel(NULL);
    leat_chan(int) done = leat_make_chan(int);
    struct leat_context_func *f =
        leat_context_after_func(ctx, hang_up, (void *)done);
    leat_context_cancel(ctx, CLIENT_LEFT);
    leat_recv(done);
    printf("hung up, cause %d\n", leat_context_cause(ctx));
    leat_context_func_stop(f);
    leat_context_release(ctx);
    leat_free(done);
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    show_cancel();
    show_deadline();
    show_value();
    show_cause();
    return 0;
}
