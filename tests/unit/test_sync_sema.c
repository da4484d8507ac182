// SPDX-License-Identifier: MIT
// test_sync_sema.c: the table of waiters against a simple model.
#include "unit/test_sync_util.h"

#include "sync/sema.h"

enum { SEMA_WAITERS = 600, SEMA_ADDRESSES = 48 };

// The model: for each address the waiters in order.
struct sema_model {
    int count;
    int id[SEMA_WAITERS];
};

static struct leat__g sema_g[SEMA_WAITERS];
static struct leat__semawaiter sema_waiter[SEMA_WAITERS];
static struct sema_model sema_model[SEMA_ADDRESSES];
static uint64_t sema_state;

static uint32_t
sema_random(uint32_t below)
{
    sema_state = sema_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(sema_state >> 33) % below;
}

// All in one root, so that the tree is deep: any root will do, as long as an
// address is always used with the same.
static const void *
sema_address(uint32_t a)
{
    return (const char *)sema_g + (uintptr_t)a * 4;
}

static void
sema_model_insert(struct sema_model *q, int id, bool in_front)
{
    if (in_front)
        memmove(q->id + 1, q->id, (size_t)q->count * sizeof q->id[0]);
    q->id[in_front ? 0 : q->count] = id;
    q->count++;
}

static int
sema_model_pop(struct sema_model *q)
{
    if (q->count == 0)
        return -1;
    int id = q->id[0];
    q->count--;
    memmove(q->id, q->id + 1, (size_t)q->count * sizeof q->id[0]);
    return id;
}

static int
sema_id(const struct leat__semawaiter *w)
{
    return w != NULL ? (int)(w - sema_waiter) : -1;
}

static void
sema_step(struct leat__semaroot *root, int id)
{
    uint32_t a = sema_random(SEMA_ADDRESSES);
    struct leat__semawaiter *w = &sema_waiter[id];
    if (!w->queued && sema_random(3) != 0) {
        bool in_front = sema_random(4) == 0;
        w->g = &sema_g[id];
        leat__sema_push(root, sema_address(a), w, in_front);
        sema_model_insert(&sema_model[a], id, in_front);
    }
    a = sema_random(SEMA_ADDRESSES);
    const void *addr = sema_address(a);
    int head = sema_model[a].count > 0 ? sema_model[a].id[0] : -1;
    CHECK_EQ(sema_id(leat__sema_head(root, addr)), head);
    if (sema_random(2) == 0)
        CHECK_EQ(sema_id(leat__sema_pop(root, addr)), sema_model_pop(&sema_model[a]));
}

PLAIN_TEST(sema, keeps_a_queue_for_each_address)
{
    struct leat__semaroot *root = &leat__sema_table[7];
    sema_state = test_seed();
    for (int i = 0; i < 20000; i++) {
        sema_step(root, (int)sema_random(SEMA_WAITERS));
        if (i % 500 == 0)
            leat__sema_check();
    }
    for (uint32_t a = 0; a < SEMA_ADDRESSES; a++) {
        uint32_t n = 0;
        struct leat__semawaiter *w =
            leat__sema_pop_all(root, sema_address(a), &n);
        CHECK_EQ(n, sema_model[a].count);
        for (int i = 0; i < sema_model[a].count; i++, w = w->next)
            CHECK_EQ(sema_id(w), sema_model[a].id[i]);
        CHECK(w == NULL);
    }
    CHECK(root->tree == NULL);
}

// One that has lost to its deadline is passed over by pop.
PLAIN_TEST(sema, passes_over_waiters_that_were_won_by_somebody_else)
{
    struct leat__semaroot *root = &leat__sema_table[0];
    for (int i = 0; i < 3; i++) {
        sema_waiter[i].g = &sema_g[i];
        sema_waiter[i].is_select = true;
        sema_g[i].select_done = i != 1;
        leat__sema_push(root, sema_g, &sema_waiter[i], false);
    }
    CHECK_EQ(sema_id(leat__sema_pop(root, sema_g)), 1);
    CHECK(leat__sema_pop(root, sema_g) == NULL);
    CHECK(!sema_waiter[2].queued);
    CHECK_EQ(sema_g[1].select_done, 1);
}

// The inverse of leat__sema_hash: each of its steps is undone.
static const void *
sema_unhash(uint64_t hash)
{
    uint64_t odd = 0x9e3779b97f4a7c15u, inverse = odd;
    for (int i = 0; i < 5; i++)
        inverse *= 2 - odd * inverse; // doubles the bits that are right
    hash ^= hash >> 32;
    return (const void *)(uintptr_t)(hash * inverse);
}

// Addresses chosen so that each agrees with the last in one more bit of its
// hash than the one before: the longest path there can be, 64 steps.
PLAIN_TEST(sema, finds_addresses_whose_hashes_differ_in_the_last_bit_only)
{
    struct leat__semaroot *root = &leat__sema_table[3];
    uint64_t hash = test_seed() * 0x2545f4914f6cdd1du;
    const void *address[65];
    for (int i = 0; i < 65; i++) {
        address[i] = sema_unhash(i < 64 ? hash ^ (uint64_t)1 << i : hash);
        CHECK(leat__sema_hash(address[i]) ==
            (i < 64 ? hash ^ (uint64_t)1 << i : hash));
        sema_waiter[i].g = &sema_g[i];
        leat__sema_push(root, address[i], &sema_waiter[i], false);
    }
    int depth = 0;
    for (struct leat__semawaiter *w = root->tree; w != &sema_waiter[64];
         w = w->child[w->child[0] == NULL])
        depth++;
    CHECK_EQ(depth, 64);
    leat__sema_check();
    for (int i = 0; i < 65; i += 2) {
        CHECK_EQ(sema_id(leat__sema_pop(root, address[i])), i);
        leat__sema_check();
    }
    for (int i = 1; i < 65; i += 2)
        CHECK_EQ(sema_id(leat__sema_head(root, address[i])), i);
    for (int i = 63; i > 0; i -= 2)
        CHECK_EQ(sema_id(leat__sema_pop(root, address[i])), i);
    CHECK(root->tree == NULL);
}

// A million waiting on as many mutexes would take for ever were the queues
// of a root in a list.
enum { SEMA_MANY = 20000, SEMA_MANY_TSAN = 2000 };

static void
sema_lock_unlock(struct leat_mutex *mu, struct leat_waitgroup *wg)
{
    leat_mutex_lock(mu);
    leat_mutex_unlock(mu);
    leat_waitgroup_done(wg);
}

TEST_WITH(sema, finds_one_of_many_addresses, .env = {"LEATPROCS=2"})
{
    // That sanitizer has room for 8128 stacks.
    int many = test_under() & TEST_TSAN ? SEMA_MANY_TSAN : SEMA_MANY;
    struct leat_mutex *mu = calloc((size_t)many, sizeof *mu);
    struct leat_waitgroup wg = LEAT_ZERO;
    for (int i = 0; i < many; i++) {
        leat_mutex_lock(&mu[i]);
        leat_waitgroup_add(&wg, 1);
        leat_go(sema_lock_unlock, &mu[i], &wg);
    }
    for (int i = 0; i < 4; i++)
        leat_yield();
    for (int i = 0; i < many; i++)
        leat_mutex_unlock(&mu[i]);
    leat_waitgroup_wait(&wg);
    for (int i = 0; i < many; i++)
        CHECK_EQ(mu[i].state, 0);
    free(mu);
}
