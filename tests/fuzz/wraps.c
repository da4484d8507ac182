// SPDX-License-Identifier: MIT
// wraps.c: what the linker puts in place of three functions in the programs of
// `make fuzz`, so that an input always does the same and a failure is seen.
//
// A fatal error and a panic of Leat's end in _exit, behind libFuzzer's back:
// the input would be lost. And a map's seed comes from the system: an input
// that fails would not fail again.
#include "fuzz/fuzz.h"

#include <stdlib.h>

_Noreturn void __wrap__exit(int status);
uint64_t __wrap_leat__map_seed(void);
uint32_t __wrap_leat__map_random(void);

static uint64_t wraps_state;

void
fuzz_begin(void)
{
    wraps_state = 0;
}

_Noreturn void
__wrap__exit(int status)
{
    (void)status;
    abort();
}

// splitmix64
uint64_t
__wrap_leat__map_seed(void)
{
    uint64_t x = wraps_state += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

uint32_t
__wrap_leat__map_random(void)
{
    return (uint32_t)__wrap_leat__map_seed();
}
