// SPDX-License-Identifier: MIT
// merge.c: idioms: a merge that switches off what has ended by setting it to
// nil, a pair of generators in step, a semaphore made of a channel, a tree
// walked by two goroutines at once.
#include <leat.h>

#include <stdio.h>
#include <stdlib.h>

static const char *
truth(bool b)
{
    return b ? "true" : "false";
}

static void
count_run(leat_chan(int) c, int n, int step)
{
    for (int i = 0; i < n; i++)
        leat_send(c, i * step);
    leat_close(c);
}

static leat_chan(int)
count(int n, int step)
{
    leat_chan(int) c = leat_make_chan(int);
    leat_go(count_run, c, n, step);
    return c;
}

static void
merge(leat_chan(int) a, leat_chan(int) b)
{
    int sum = 0, n = 0, nils = 0;
    while (a != NULL || b != NULL) {
        int v;
        bool ok;
        int r = leat_select(
            leat_case_recv_ok(a, &v, &ok), leat_case_recv_ok(b, &v, &ok));
        if (ok) {
            sum += v;
            n++;
            continue;
        }
        nils++;
        if (r == 0)
            a = NULL;
        else
            b = NULL;
    }
    printf("%d %d %d\n", sum, n, nils);
}

static void
zip(leat_chan(int) a, leat_chan(int) b)
{
    leat_range(int, x, a) {
        int y;
        bool ok = leat_recv_ok(b, &y);
        printf("%d %d %s\n", x, y, truth(ok));
    }
}

static void
enter(leat_chan(struct leat_done) sem, leat_chan(int) done)
{
    leat_send(sem, (struct leat_done){});
    int inside = (int)leat_len(sem);
    leat_recv_ok(sem, NULL);
    leat_send(done, inside);
}

static void
semaphore(int limit)
{
    leat_chan(struct leat_done) sem = leat_make_chan(struct leat_done, limit);
    leat_chan(int) done = leat_make_chan(int);
    bool ok = true;
    for (int i = 0; i < 20; i++)
        leat_go(enter, sem, done);
    for (int i = 0; i < 20; i++) {
        int n = leat_recv(done);
        ok = ok && n >= 1 && n <= limit;
    }
    printf("semaphore %d %s %d\n", limit, truth(ok), (int)leat_len(sem));
}

struct tree {
    struct tree *left, *right;
    int value;
};

static struct tree *
insert(struct tree *t, int v)
{
    if (t == NULL) {
        t = calloc(1, sizeof *t);
        t->value = v;
    } else if (v < t->value) {
        t->left = insert(t->left, v);
    } else {
        t->right = insert(t->right, v);
    }
    return t;
}

static void
walk(struct tree *t, leat_chan(int) c)
{
    if (t == NULL)
        return;
    walk(t->left, c);
    leat_send(c, t->value);
    walk(t->right, c);
}

static void
walk_all(struct tree *t, leat_chan(int) c)
{
    walk(t, c);
    leat_close(c);
}

static leat_chan(int)
walker(struct tree *t)
{
    leat_chan(int) c = leat_make_chan(int);
    leat_go(walk_all, t, c);
    return c;
}

static void
same(struct tree *a, struct tree *b)
{
    leat_chan(int) x = walker(a), y = walker(b);
    int n = 0;
    for (;; n++) {
        int v, w;
        bool ok1 = leat_recv_ok(x, &v), ok2 = leat_recv_ok(y, &w);
        if (ok1 != ok2 || v != w) {
            printf("false %d\n", n);
            return;
        }
        if (!ok1)
            break;
    }
    printf("true %d\n", n);
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    merge(count(100, 1), count(50, -3));
    merge(count(0, 1), count(1, 7));
    merge(NULL, NULL);
    zip(count(4, 2), count(3, 5));
    semaphore(1);
    semaphore(3);
    struct tree *a = NULL, *b = NULL, *c = NULL;
    for (int i = 0; i < 100; i++) {
        a = insert(a, i * 37 % 101);
        b = insert(b, i * 53 % 101);
        c = insert(c, i * 37 % 101 + i / 99);
    }
    same(a, a);
    same(a, b);
    same(a, c);
    return 0;
}
