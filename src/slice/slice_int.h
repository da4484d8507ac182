// SPDX-License-Identifier: MIT
// slice/slice_int.h: what other rooms and the tests may know of slices beyond
// leat/slice.h.
#ifndef LEAT_SLICE_SLICE_INT_H
#define LEAT_SLICE_SLICE_INT_H

#include "base/check.h"

#include <leat/go.h>
#include <leat/slice.h>

// The largest object Go would make on x86-64: 48 bits of address.
#define LEAT__SLICE_BYTES_MAX ((uint64_t)1 << 48)

// The capacity that a slice of capacity old_cap gets when it must hold `need`
// elements, before the bytes are rounded up: Go's rule up to 1.17 in the
// strict profile, that from 1.18 on in the go profile. need > old_cap.
int64_t leat__slice_next_cap(
    int64_t need, int64_t old_cap, enum leat_profile profile);

// How often copies took which path; counted at LEAT_DEBUG >= 1, and then only
// those compiled with it.
struct leat__slice_counts {
    int64_t nil;   // returned at once
    int64_t moved; // reached memmove, also with nothing to move
};
struct leat__slice_counts leat__slice_counts(void);

#endif
