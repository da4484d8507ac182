// SPDX-License-Identifier: MIT
// pipeline.c: a generator, a growing chain of filters, a bounded set of
// workers, and a merge: primes, what is made of them, in order and out of
// order.
#include <leat.h>

#include <inttypes.h>
#include <stdio.h>

enum { PRIMES = 100 };

static void
generate(leat_chan(int) out, leat_chan(bool) stop)
{
    for (int i = 2; leat_select(leat_case_send(out, i),
             leat_case_recv(stop, NULL)) == 0; i++)
        ;
}

static void
filter(leat_chan(int) in, leat_chan(int) out, leat_chan(bool) stop, int p)
{
    int v;
    while (leat_select(leat_case_recv(in, &v), leat_case_recv(stop, NULL)) ==
        0)
        if (v % p != 0 && leat_select(leat_case_send(out, v),
                leat_case_recv(stop, NULL)) != 0)
            return;
}

static void
primes(int *list, int n)
{
    leat_chan(int) c = leat_make_chan(int);
    leat_chan(bool) stop = leat_make_chan(bool);
    leat_go(generate, c, stop);
    for (int i = 0; i < n; i++) {
        list[i] = leat_recv(c);
        leat_chan(int) next = leat_make_chan(int);
        leat_go(filter, c, next, stop, list[i]);
        c = next;
    }
    leat_close(stop);
}

struct result {
    int index;
    uint64_t value;
};

static uint64_t
power(int p)
{
    uint64_t v = 1;
    for (int i = 0; i < p; i++)
        v = v * (uint64_t)p + (uint64_t)i;
    return v;
}

static void
done(void *wg)
{
    leat_waitgroup_done(wg);
}

static void
worker(const int *list, leat_chan(int) jobs, leat_chan(struct result) results,
    struct leat_waitgroup *wg)
{
    leat_defer(done, wg);
    leat_range(int, j, jobs)
        leat_send(results, (struct result){j, power(list[j])});
}

static void
feed(int n, leat_chan(int) jobs, leat_chan(struct result) results,
    struct leat_waitgroup *wg)
{
    for (int j = 0; j < n; j++)
        leat_send(jobs, j);
    leat_close(jobs);
    leat_waitgroup_wait(wg);
    leat_close(results);
}

static void
workers(const int *list, int limit)
{
    leat_chan(int) jobs = leat_make_chan(int);
    leat_chan(struct result) results = leat_make_chan(struct result);
    struct leat_waitgroup wg = LEAT_ZERO;
    uint64_t sorted[PRIMES], sum = 0;
    int n = 0;
    for (int i = 0; i < limit; i++) {
        leat_waitgroup_add(&wg, 1);
        leat_go(worker, list, jobs, results, &wg);
    }
    leat_go(feed, (int)PRIMES, jobs, results, &wg);
    leat_range(struct result, r, results) {
        sorted[r.index] = r.value;
        n++;
    }
    for (int i = 0; i < PRIMES; i++) {
        sum = sum * 31 + sorted[i];
        if (i % 20 == 0)
            printf("%d %" PRIu64 "\n", list[i], sorted[i]);
    }
    printf("%d %d %" PRIu64 "\n", limit, n, sum);
}

int
leat_main(int argc, char **argv)
{
    static const int limits[] = {1, 3, 16};
    int list[PRIMES];
    (void)argc;
    (void)argv;
    primes(list, PRIMES);
    printf("%d\n", list[PRIMES - 1]);
    for (int i = 0; i < 3; i++)
        workers(list, limits[i]);
    return 0;
}
