// SPDX-License-Identifier: MIT
// fuzz.h: the entries of the fuzz targets, for the tests that run them over
// saved and random inputs. Each ends the process (abort) when something is
// wrong.
#ifndef LEAT_TESTS_FUZZ_FUZZ_H
#define LEAT_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

// Returns how many operations the input was.
int fuzz_slice_run(const uint8_t *data, size_t size);
int fuzz_map_run(const uint8_t *data, size_t size);
void fuzz_str_run(const uint8_t *data, size_t size);

// Before each input, where libFuzzer gives them: see wraps.c.
void fuzz_begin(void);

#endif
