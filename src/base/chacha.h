// SPDX-License-Identifier: MIT
// base/chacha.h: blocks of the stream cipher ChaCha (D. J. Bernstein, 2008;
// RFC 8439 for 20 rounds), for random numbers that nobody can foresee from
// those seen. Go takes 8 rounds for that (math/rand/v2.ChaCha8), as we do.
//
// The four rows of the state are vectors, so that the four columns, and after
// turning the rows the four diagonals, are worked on at once.
#ifndef LEAT_BASE_CHACHA_H
#define LEAT_BASE_CHACHA_H

#include "base/check.h"

typedef uint32_t leat__chacha_row __attribute__((vector_size(16)));

struct leat__chacha {
    leat__chacha_row row[4]; // constants; key; key; counter and nonce
};

// key has 32 bytes; counter and nonce are zero.
LEAT__INLINE void
leat__chacha_init(struct leat__chacha *c, const void *key)
{
    c->row[0] = (leat__chacha_row){
        0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    __builtin_memcpy(&c->row[1], key, 32);
    c->row[3] = (leat__chacha_row){0};
}

#define LEAT__CHACHA_STEP(x, y, z, n)                                         \
    ((x) += (y), (z) ^= (x), (z) = (z) << (n) | (z) >> (32 - (n)))
#define LEAT__CHACHA_TURN(x, a, b, c, d)                                      \
    ((x) = __builtin_shufflevector(x, x, a, b, c, d))

LEAT__INLINE void
leat__chacha_quarters(leat__chacha_row r[4])
{
    LEAT__CHACHA_STEP(r[0], r[1], r[3], 16);
    LEAT__CHACHA_STEP(r[2], r[3], r[1], 12);
    LEAT__CHACHA_STEP(r[0], r[1], r[3], 8);
    LEAT__CHACHA_STEP(r[2], r[3], r[1], 7);
}

// Two rounds.
LEAT__INLINE void
leat__chacha_rounds(leat__chacha_row r[4])
{
    leat__chacha_quarters(r);
    LEAT__CHACHA_TURN(r[1], 1, 2, 3, 0);
    LEAT__CHACHA_TURN(r[2], 2, 3, 0, 1);
    LEAT__CHACHA_TURN(r[3], 3, 0, 1, 2);
    leat__chacha_quarters(r);
    LEAT__CHACHA_TURN(r[1], 3, 0, 1, 2);
    LEAT__CHACHA_TURN(r[2], 2, 3, 0, 1);
    LEAT__CHACHA_TURN(r[3], 1, 2, 3, 0);
}

enum { LEAT__CHACHA_BLOCKS = 3, LEAT__CHACHA_BYTES = 64 }; // of one

// The three blocks of 64 bytes from the counter on, which goes on by three
// (32 bits). One alone takes as long: every step waits for the one before.
// Four would not fit into 16 registers.
LEAT__INLINE void
leat__chacha_blocks(struct leat__chacha *c, int rounds, void *out)
{
    const leat__chacha_row next = {1};
    leat__chacha_row x[4], y[4], z[4];
    __builtin_memcpy(x, c->row, sizeof x);
    __builtin_memcpy(y, c->row, sizeof y);
    __builtin_memcpy(z, c->row, sizeof z);
    y[3] += next;
    z[3] += next + next;
    for (int i = 0; i < rounds; i += 2) {
        leat__chacha_rounds(x);
        leat__chacha_rounds(y);
        leat__chacha_rounds(z);
    }
    for (int i = 0; i < 4; i++) {
        x[i] += c->row[i];
        y[i] += c->row[i];
        z[i] += c->row[i];
    }
    y[3] += next;
    z[3] += next + next;
    __builtin_memcpy(out, x, sizeof x);
    __builtin_memcpy((char *)out + sizeof x, y, sizeof y);
    __builtin_memcpy((char *)out + sizeof x + sizeof y, z, sizeof z);
    c->row[3] += next + next + next;
}

#endif
