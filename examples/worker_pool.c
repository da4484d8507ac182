// SPDX-License-Identifier: MIT
// worker_pool.c: work for all cores: a channel of jobs, a channel of results.
//
// Closing `jobs` is how the workers learn that there is nothing more: each
// one's loop ends when the channel is closed and drained.
#include <leat.h>

#include <stdio.h>

struct range {
    int from, to;
};

static int
is_prime(int n)
{
    for (int d = 2; d * d <= n; d++)
        if (n % d == 0)
            return 0;
    return n > 1;
}

static void
worker(leat_chan(struct range) jobs, leat_chan(int) results)
{
    leat_range(struct range, job, jobs) {
        int primes = 0;
        for (int n = job.from; n < job.to; n++)
            primes += is_prime(n);
        leat_send(results, primes);
    }
}

int
leat_main(int argc, char **argv)
{
    enum { LIMIT = 200000, STEP = 5000, JOBS = LIMIT / STEP };
    (void)argc;
    (void)argv;
    // Room for all results, so that no worker waits for main.
    leat_chan(struct range) jobs = leat_make_chan(struct range, 8);
    leat_chan(int) results = leat_make_chan(int, JOBS);

    for (int i = 0; i < leat_gomaxprocs(0); i++)
        leat_go(worker, jobs, results);
    for (int n = 0; n < LIMIT; n += STEP)
        leat_send(jobs, (struct range){n, n + STEP});
    leat_close(jobs);

    int primes = 0;
    for (int i = 0; i < JOBS; i++)
        primes += leat_recv(results);
    printf("%d primes below %d\n", primes, LIMIT);
    return 0;
}
