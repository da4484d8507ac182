// SPDX-License-Identifier: MIT
// requests.c: a server's requests: each part of one gets a share of its time,
// what has to be done is done although the client has left, and a group that
// does not end is told to.
#include <leat.h>

#include <stdio.h>

static const char user_key;

static long long
minutes(int64_t ns)
{
    return (ns + LEAT_MINUTE / 2) / LEAT_MINUTE;
}

// Half of the time is for the query, the rest for the answer.
static void
show_budget(void)
{
    struct leat_context *request =
        leat_with_deadline(leat_background(), leat_deadline(LEAT_HOUR));
    int64_t now = leat_now();
    int64_t left = leat_context_deadline(request) - now;
    struct leat_context *query = leat_with_deadline(request, now + left / 2);
    printf("budget: %lld minutes in all, %lld for the query\n", minutes(left),
        minutes(leat_context_deadline(query) - now));
    printf("budget: the background has %s\n",
        leat_context_deadline(leat_background()) == LEAT_FOREVER
            ? "for ever" : "a deadline");
    leat_context_release(query);
    leat_context_release(request);
}

// Writes who it was. The context is the goroutine's own to release.
static void
write_audit(struct leat_context *ctx, leat_chan(const char *) written)
{
    leat_set_context(ctx);
    leat_context_release(ctx);
    const char *user = leat_context_value(leat_get_context(), &user_key);
    int err = leat_sleep_until(leat_deadline(LEAT_MILLISECOND)); // the disk
    leat_send(written, err == 0 ? user : leat_strerror(err));
}

// Under a request that has ended nothing is waited for any more. What is to
// be written all the same needs the request's values, but not its end.
static void
show_audit(void)
{
    struct leat_context *login = leat_with_value(NULL, &user_key, "ada");
    struct leat_context *request = leat_with_cancel(login);
    struct leat_context *audit = leat_without_cancel(request);
    leat_chan(const char *) written = leat_make_chan(const char *);
    leat_context_cancel(request, 0); // the client leaves

    // write_audit releases what it is given: of request a reference that is
    // taken for it, of audit the only one.
    leat_go(write_audit, leat_context_retain(request), written);
    printf("audit with the request: %s\n", leat_recv(written));
    leat_go(write_audit, audit, written);
    printf("audit without its end: %s\n", leat_recv(written));

    leat_free(written);
    leat_context_release(request);
    leat_context_release(login);
}

enum { SHUTDOWN = 77 };

// A part of the work that goes on until it is told to end. Why it ends is
// what the group's error will be.
static int
follow(void *started)
{
    struct leat_context *ctx = leat_get_context();
    leat_close((leat_chan(bool))started);
    leat_recv(leat_context_done(ctx));
    return leat_context_cause(ctx);
}

static int
look_up(void *n)
{
    return *(int *)n;
}

static void
show_shutdown(void)
{
    struct leat_group *group = leat_new_group(NULL);
    leat_chan(bool) started = leat_make_chan(bool);
    int n = 1, error = 0;
    leat_group_limit(group, 1);
    leat_group_go(group, follow, (void *)started);
    leat_recv(started);

    // There is no room for another, and there will be none.
    int err = leat_group_go_until(
        group, look_up, &n, leat_deadline(LEAT_MILLISECOND));
    printf("shutdown: another: %s\n", leat_strerror(err));
    err = leat_group_wait_until(group, &error, leat_deadline(LEAT_MILLISECOND));
    printf("shutdown: the end: %s\n", leat_strerror(err));

    // The group lives on after a deadline: it is told, and waited for again.
    leat_context_cancel(leat_group_context(group), SHUTDOWN);
    err = leat_group_wait_until(group, &error, LEAT_FOREVER);
    printf("shutdown: the end: %s, with %d\n", leat_strerror(err), error);
    leat_free(started);
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    show_budget();
    show_audit();
    show_shutdown();
    return 0;
}
