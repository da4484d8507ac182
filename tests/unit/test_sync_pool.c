// SPDX-License-Identifier: MIT
// test_sync_pool.c: the pool loses no object and hands none out twice.
#include "unit/test_sync_util.h"

// An object knows whether somebody has it.
struct pool_object {
    _Atomic int out;
    _Atomic int dropped;
};

struct pool_test {
    struct leat_pool *pool;
    struct leat_waitgroup wg;
    _Atomic int made, dropped;
    struct pool_object object[8192];
};

static struct pool_test pool_state;

static void *
pool_make(void *arg)
{
    struct pool_test *t = arg;
    int i = t->made++;
    CHECK(i < 8192);
    return &t->object[i];
}

static void
pool_drop(void *arg, void *x)
{
    struct pool_test *t = arg;
    struct pool_object *o = x;
    CHECK_EQ(o->out, 0);
    CHECK_EQ(o->dropped++, 0);
    t->dropped++;
}

static void *
pool_take(struct pool_test *t)
{
    struct pool_object *o = leat_pool_get(t->pool);
    CHECK_EQ(atomic_fetch_add(&o->out, 1), 0);
    CHECK_EQ(o->dropped, 0);
    return o;
}

static void
pool_return(struct pool_test *t, void *x)
{
    struct pool_object *o = x;
    CHECK_EQ(atomic_fetch_sub(&o->out, 1), 1);
    leat_pool_put(t->pool, o);
}

// Takes up to 200 objects and puts them back, in bursts that overflow the
// caches of the Ps.
static void
pool_member(struct pool_test *t)
{
    void *mine[200];
    for (int turn = 0; turn < 60; turn++) {
        int n = 1 + turn * 37 % 200;
        for (int i = 0; i < n; i++)
            mine[i] = pool_take(t);
        leat_yield();
        for (int i = 0; i < n; i++)
            pool_return(t, mine[i]);
    }
    leat_waitgroup_done(&t->wg);
}

static struct pool_test *
pool_begin(void)
{
    struct pool_test *t = &pool_state;
    t->pool = leat_new_pool(pool_make, pool_drop, t);
    CHECK(t->pool != NULL);
    return t;
}

static void
pool_end(struct pool_test *t)
{
    leat_pool_free(t->pool);
    CHECK_EQ(t->dropped, t->made);
    for (int i = 0; i < t->made; i++)
        CHECK_EQ(t->object[i].dropped, 1);
}

static void
pool_hammer(void)
{
    struct pool_test *t = pool_begin();
    for (int i = 0; i < 16; i++) {
        leat_waitgroup_add(&t->wg, 1);
        leat_go(pool_member, t);
    }
    leat_waitgroup_wait(&t->wg);
    CHECK(t->made <= 16 * 200 + 4 * 128);
    pool_end(t);
}

TEST_ON_PROCS(pool, keeps_every_object_in_one_place, pool_hammer)

TEST_WITH(pool, loses_nothing_while_the_number_of_ps_changes,
    .env = {"LEATPROCS=4"})
{
    struct pool_test *t = pool_begin();
    for (int i = 0; i < 12; i++) {
        leat_waitgroup_add(&t->wg, 1);
        leat_go(pool_member, t);
    }
    for (int i = 0; i < 40; i++) {
        leat_gomaxprocs(1 + i % 4);
        leat_yield();
    }
    leat_waitgroup_wait(&t->wg);
    pool_end(t);
}

static void
pool_put_all(struct pool_test *t, void **x, int n)
{
    for (int i = 0; i < n; i++)
        pool_return(t, x[i]);
    leat_waitgroup_done(&t->wg);
}

// What the caches of Ps held that are no more is found again: after the
// change to one P every object comes out once more and none is made.
TEST_WITH(pool, objects_of_ps_that_are_gone_are_found_again,
    .env = {"LEATPROCS=4"})
{
    struct pool_test *t = pool_begin();
    void *x[400];
    for (int i = 0; i < 400; i++)
        x[i] = pool_take(t);
    leat_waitgroup_add(&t->wg, 8);
    for (int i = 0; i < 8; i++)
        leat_go(pool_put_all, t, x + i * 50, 50);
    leat_waitgroup_wait(&t->wg);
    leat_gomaxprocs(1);
    for (int i = 0; i < 400; i++)
        x[i] = pool_take(t);
    CHECK_EQ(t->made, 400);
    for (int i = 0; i < 400; i++)
        pool_return(t, x[i]);
    pool_end(t);
}

// Both are on a P of their own: neither calls in before the other is there.
static void
pool_use_on_both(struct pool_test *t, _Atomic int *there, void **mine)
{
    ++*there;
    while (*there < 2)
        ;
    pool_return(t, pool_take(t));
    *mine = pool_take(t);
    leat_waitgroup_done(&t->wg);
}

// Copying nothing from nowhere to nowhere is still not allowed: UBSan ended a
// program whose pool found an empty cache when nothing had been shared yet.
TEST_WITH(pool, an_empty_cache_of_a_p_that_is_gone_is_no_trouble,
    .env = {"LEATPROCS=2"})
{
    struct pool_test *t = pool_begin();
    _Atomic int there = 0;
    void *x[2];
    leat_waitgroup_add(&t->wg, 2);
    leat_go(pool_use_on_both, t, &there, &x[0]);
    leat_go(pool_use_on_both, t, &there, &x[1]);
    leat_waitgroup_wait(&t->wg);
    leat_gomaxprocs(1);
    pool_return(t, pool_take(t));
    pool_return(t, x[0]);
    pool_return(t, x[1]);
    pool_end(t);
}

TEST_WITH(pool, drops_what_it_has_no_room_for, .env = {"LEATPROCS=1"})
{
    struct pool_test *t = pool_begin();
    static void *x[8000];
    for (int i = 0; i < 8000; i++)
        x[i] = pool_take(t);
    for (int i = 0; i < 8000; i++)
        pool_return(t, x[i]);
    CHECK(t->dropped > 0);
    CHECK(t->dropped < 8000);
    pool_end(t);
}

TEST_WITH(pool, without_drop_keeps_all_it_is_given, .env = {"LEATPROCS=1"})
{
    struct pool_test *t = &pool_state;
    static void *x[8000];
    t->pool = leat_new_pool(pool_make, NULL, t);
    for (int i = 0; i < 8000; i++)
        x[i] = pool_take(t);
    for (int i = 0; i < 8000; i++)
        pool_return(t, x[i]);
    for (int i = 0; i < 8000; i++)
        pool_take(t);
    CHECK_EQ(t->made, 8000);
    leat_pool_free(t->pool);
}

TEST_WITH(pool, gives_back_what_was_put_and_makes_when_empty,
    .env = {"LEATPROCS=1"})
{
    int a, b;
    struct leat_pool *pool = leat_new_pool(NULL, NULL, NULL);
    CHECK(leat_pool_get(pool) == NULL);
    leat_pool_put(pool, &a);
    leat_pool_put(pool, NULL); // ignored
    leat_pool_put(pool, &b);
    CHECK(leat_pool_get(pool) == &b); // the one last used is in the cache
    CHECK(leat_pool_get(pool) == &a);
    CHECK(leat_pool_get(pool) == NULL);
    leat_pool_free(pool);
    leat_pool_free(NULL);
}

static void *
pool_thread(void *t)
{
    pool_member(t);
    return NULL;
}

TEST(pool, serves_plain_threads_and_goroutines)
{
    struct pool_test *t = pool_begin();
    pthread_t thread[2];
    leat_waitgroup_add(&t->wg, 6);
    for (int i = 0; i < 2; i++)
        CHECK_EQ(pthread_create(&thread[i], NULL, pool_thread, t), 0);
    for (int i = 0; i < 4; i++)
        leat_go(pool_member, t);
    leat_waitgroup_wait(&t->wg);
    leat_blocking_begin();
    for (int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    leat_blocking_end();
    pool_end(t);
}
