// SPDX-License-Identifier: MIT
// sieve.c: prime numbers by a chain of goroutines.
//
// Each prime gets a goroutine that passes on what it does not divide; the
// first number that comes out at the end of the chain is the next prime.
// Thousands of such goroutines are no burden: each costs about a page.
#include <leat.h>

#include <stdio.h>

enum { SIEVE_PRIMES = 100 };

static void
generate(leat_chan(int) out)
{
    for (int n = 2;; n++)
        leat_send(out, n);
}

static void
filter(leat_chan(int) in, leat_chan(int) out, int prime)
{
    for (;;) {
        int n = leat_recv(in);
        if (n % prime != 0)
            leat_send(out, n);
    }
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    leat_chan(int) in = leat_make_chan(int);
    leat_go(generate, in);
    for (int i = 1; i <= SIEVE_PRIMES; i++) {
        int prime = leat_recv(in);
        printf("%d%c", prime, i % 10 == 0 ? '\n' : ' ');
        leat_chan(int) out = leat_make_chan(int);
        leat_go(filter, in, out, prime);
        in = out;
    }
    printf("%d goroutines\n", leat_num_goroutine());
    return 0; // ends the others
}
