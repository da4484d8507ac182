// SPDX-License-Identifier: MIT
// locks.c: what may be locked beside what, once, cond, and the texts of
// misuse that can be recovered.
#include <leat.h>

#include <stdio.h>

static const char *
truth(bool b)
{
    return b ? "true" : "false";
}

static void
mutexes(void)
{
    struct leat_mutex mu = LEAT_ZERO;
    bool a = leat_mutex_try_lock(&mu), b = leat_mutex_try_lock(&mu);
    printf("%s %s\n", truth(a), truth(b));
    leat_mutex_unlock(&mu);
    printf("%s\n", truth(leat_mutex_try_lock(&mu)));
    struct leat_rwmutex rw = LEAT_ZERO;
    a = leat_rwmutex_try_rlock(&rw);
    b = leat_rwmutex_try_rlock(&rw);
    printf("%s %s %s\n", truth(a), truth(b),
        truth(leat_rwmutex_try_lock(&rw)));
    leat_rwmutex_runlock(&rw);
    printf("%s\n", truth(leat_rwmutex_try_lock(&rw)));
    leat_rwmutex_runlock(&rw);
    a = leat_rwmutex_try_lock(&rw);
    b = leat_rwmutex_try_lock(&rw);
    printf("%s %s %s\n", truth(a), truth(b),
        truth(leat_rwmutex_try_rlock(&rw)));
    leat_rwmutex_unlock(&rw);
    printf("%s\n", truth(leat_rwmutex_try_rlock(&rw)));
}

struct shared {
    struct leat_mutex mu;
    struct leat_rwmutex rw;
    struct leat_waitgroup wg;
    struct leat_cond cond;
    int n, m, turn;
};

static void
count(struct shared *s)
{
    for (int k = 0; k < 1000; k++) {
        leat_mutex_lock(&s->mu);
        s->n++;
        leat_mutex_unlock(&s->mu);
        leat_rwmutex_rlock(&s->rw);
        leat_rwmutex_runlock(&s->rw);
        leat_rwmutex_lock(&s->rw);
        s->m++;
        leat_rwmutex_unlock(&s->rw);
    }
    leat_waitgroup_done(&s->wg);
}

static void
counting(void)
{
    struct shared s = LEAT_ZERO;
    for (int i = 0; i < 8; i++) {
        leat_waitgroup_add(&s.wg, 1);
        leat_go(count, &s);
    }
    leat_waitgroup_wait(&s.wg);
    printf("%d %d\n", s.n, s.m);
}

static void
say(void *text)
{
    printf("%s\n", (const char *)text);
}

static void
fail(void *text)
{
    leat_panic("%s", (const char *)text);
}

static void
onces(void)
{
    struct leat_once once = LEAT_ZERO, failing = LEAT_ZERO;
    for (int i = 0; i < 3; i++)
        leat_once_do(&once, say, "once");
    struct leat_caught c = {.kind = 0};
    leat_try {
        leat_catch(&c);
        leat_once_do(&failing, fail, "in once");
    }
    printf("recovered %s\n", c.text);
    leat_once_do(&failing, say, "twice");
}

static void
take_turn(struct shared *s, int i)
{
    leat_mutex_lock(&s->mu);
    while (s->turn != i)
        leat_cond_wait(&s->cond);
    printf("turn %d\n", i);
    s->turn++;
    leat_mutex_unlock(&s->mu);
    leat_cond_broadcast(&s->cond);
    leat_waitgroup_done(&s->wg);
}

static void
conds(void)
{
    struct shared s = LEAT_ZERO;
    s.cond.l = &s.mu;
    for (int i = 0; i < 5; i++) {
        leat_waitgroup_add(&s.wg, 1);
        leat_go(take_turn, &s, i);
    }
    leat_waitgroup_wait(&s.wg);
}

static void
misuse(void)
{
    struct leat_caught c = {.kind = 0};
    struct leat_waitgroup wg = LEAT_ZERO;
    leat_try {
        leat_catch(&c);
        leat_waitgroup_add(&wg, 1);
        leat_waitgroup_done(&wg);
        leat_waitgroup_wait(&wg);
        leat_waitgroup_add(&wg, -1);
    }
    printf("%s\n", c.text);
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    mutexes();
    counting();
    onces();
    conds();
    misuse();
    return 0;
}
