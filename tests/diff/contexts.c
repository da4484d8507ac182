// SPDX-License-Identifier: MIT
// contexts.c: a tree of contexts: who ends with whom, with what error, and
// the values.
#include <leat.h>

#include <stdio.h>

static char a, b;

static const char *
err_text(struct leat_context *ctx)
{
    switch (leat_context_error(ctx)) {
    case 0:
        return "alive";
    case LEAT_ECANCELED:
        return "canceled";
    case LEAT_ETIMEDOUT:
        return "deadline";
    default:
        return "?";
    }
}

static const char *
truth(bool x)
{
    return x ? "true" : "false";
}

static int
value(struct leat_context *ctx, const char *key)
{
    int *v = leat_context_value(ctx, key);
    return v != NULL ? *v : -1;
}

static void
wait_done(struct leat_context *ctx)
{
    leat_recv_ok(leat_context_done(ctx), NULL);
}

static void
tree(void)
{
    static int one = 1, two = 2, three = 3;
    struct leat_context *root = leat_with_cancel(NULL);
    struct leat_context *va = leat_with_value(root, &a, &one);
    struct leat_context *left = leat_with_cancel(va);
    struct leat_context *vb = leat_with_value(left, &b, &two);
    struct leat_context *leaf = leat_with_cancel(vb);
    struct leat_context *vc = leat_with_value(root, &a, &three);
    struct leat_context *right = leat_with_timeout(vc, LEAT_HOUR);
#define SHOW()                                                                 \
    printf("%s %s %s %s\n", err_text(root), err_text(left), err_text(leaf),    \
        err_text(right))
    printf("%d %d %d %d\n", value(leaf, &a), value(leaf, &b),
        value(right, &a), value(right, &b));
    SHOW();
    leat_context_cancel(left, 0);
    wait_done(leaf);
    SHOW();
    leat_context_cancel(left, 0);
    leat_context_cancel(root, 0);
    wait_done(right);
    SHOW();
    struct leat_context *late = leat_with_timeout(root, LEAT_HOUR);
    printf("born %s\n", err_text(late));
    printf("%s %s\n", truth(leat_context_done(root) == NULL),
        truth(leat_context_done(leat_background()) == NULL));
    struct leat_context *all[] = {late, right, vc, leaf, vb, left, va, root};
    for (int i = 0; i < 8; i++)
        leat_context_release(all[i]);
}

static void
deadlines(void)
{
    struct leat_context *outer =
        leat_with_timeout(NULL, 50 * LEAT_MILLISECOND);
    struct leat_context *inner = leat_with_timeout(outer, LEAT_HOUR);
    printf("inherited %s\n", truth(leat_context_deadline(outer) ==
        leat_context_deadline(inner)));
    wait_done(inner);
    printf("%s %s\n", err_text(outer), err_text(inner));
    leat_context_cancel(outer, 0);
    printf("%s\n", err_text(outer));
    leat_context_release(inner);
    leat_context_release(outer);
}

static void
work(struct leat_context *ctx, leat_chan(int) done)
{
    int n = 0;
    while (leat_select(leat_case_recv(leat_context_done(ctx), NULL),
               leat_default) == 1) {
        if (n < 10)
            n++;
        if (n == 10)
            wait_done(ctx);
    }
    leat_send(done, n);
}

static void
workers(void)
{
    struct leat_context *ctx = leat_with_cancel(NULL);
    leat_chan(int) done = leat_make_chan(int);
    int sum = 0;
    for (int i = 0; i < 5; i++)
        leat_go(work, ctx, done);
    leat_sleep(50 * LEAT_MILLISECOND);
    leat_context_cancel(ctx, 0);
    for (int i = 0; i < 5; i++)
        sum += leat_recv(done);
    printf("worked %d\n", sum);
    leat_context_release(ctx);
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    tree();
    deadlines();
    workers();
    return 0;
}
