// SPDX-License-Identifier: MIT
// map/seed.c: where the seeds of maps come from.
//
// The idea: every map has a seed of 64 bits that nobody outside the process
// knows. The system is asked for a key now and then; ChaCha8 stretches it, so
// that whoever finds out one seed knows no other. In a seeded run seeds come
// from the run's source.
//
// Locks: none. The stock is the thread's own; nothing here parks, so a
// goroutine does not change threads in between. The child of a fork has the
// maps of its parent, but not the stock: it begins a new one.
//
// Rejected: getrandom for every few seeds. In the kernel a seed took 25 ns,
// as long as four insertions; here it takes two or three.
#include "base/chacha.h"
#include "map/map_int.h"
#include "sched/sched.h"

#include <pthread.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

enum {
    SEED_ROUNDS = 8,
    SEED_STOCK = LEAT__CHACHA_BLOCKS * LEAT__CHACHA_BYTES / 8, // seeds
    SEED_STOCKS_MAX = 42 // from one key: a thousand seeds
};

static _Thread_local struct {
    struct leat__chacha cipher;
    uint32_t stocks; // that may still come from the key
    uint32_t left;   // of words
    uint64_t words[SEED_STOCK];
    struct leat__rand rand; // state 0: not begun
} seed_stock;

// In the child, in the only thread there is.
static void
seed_forget(void)
{
    memset(&seed_stock, 0, sizeof seed_stock);
}

static void
seed_watch_forks(void)
{
    pthread_atfork(NULL, NULL, seed_forget);
}

static void
seed_new_key(void)
{
    static pthread_once_t watched = PTHREAD_ONCE_INIT;
    pthread_once(&watched, seed_watch_forks);
    uint64_t key[4];
    ssize_t n = getrandom(key, sizeof key, GRND_NONBLOCK);
    if (n != (ssize_t)sizeof key) {
        // Early at boot, or a kernel without the call.
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        struct leat__rand r;
        leat__rand_seed(&r, (uint64_t)now.tv_nsec ^
            (uint64_t)now.tv_sec << 30 ^ (uintptr_t)&seed_stock);
        for (int i = 0; i < 4; i++)
            key[i] = leat__rand_next(&r);
    }
    leat__chacha_init(&seed_stock.cipher, key);
    seed_stock.stocks = SEED_STOCKS_MAX;
}

static LEAT__NOINLINE void
seed_refill(void)
{
    if (seed_stock.stocks == 0)
        seed_new_key();
    leat__chacha_blocks(&seed_stock.cipher, SEED_ROUNDS, seed_stock.words);
    seed_stock.stocks--;
    seed_stock.left = SEED_STOCK;
}

static uint64_t
seed_take(void)
{
    if (LEAT__UNLIKELY(seed_stock.left == 0))
        seed_refill();
    uint64_t seed = seed_stock.words[--seed_stock.left];
    seed_stock.words[seed_stock.left] = 0; // known to its map alone
    return seed;
}

uint64_t
leat__map_seed(void)
{
    // The lowest bit allows AES (see hash.c), which not every machine has.
    if (LEAT__UNLIKELY(leat__sched.seeded))
        return leat__rand_next(&leat__sched.rand) & ~(uint64_t)1;
    return seed_take();
}

uint32_t
leat__map_random(void)
{
    if (LEAT__UNLIKELY(leat__sched.seeded))
        return (uint32_t)(leat__rand_next(&leat__sched.rand) >> 32);
    if (LEAT__UNLIKELY(seed_stock.rand.state == 0))
        leat__rand_seed(&seed_stock.rand, seed_take());
    return (uint32_t)(leat__rand_next(&seed_stock.rand) >> 32);
}
