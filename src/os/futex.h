// SPDX-License-Identifier: MIT
// os/futex.h: sleeping until a word changes.
#ifndef LEAT_OS_FUTEX_H
#define LEAT_OS_FUTEX_H

#include <stdatomic.h>
#include <stdint.h>

// Sleeps while *word == expected, at most timeout_ns (negative: for ever).
// May return early for no reason. errno is left alone.
void leat__futex_wait(
    _Atomic uint32_t *word, uint32_t expected, int64_t timeout_ns);

// Wakes up to n sleepers of word.
void leat__futex_wake(_Atomic uint32_t *word, int n);

#endif
