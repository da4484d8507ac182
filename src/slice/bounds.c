// SPDX-License-Identifier: MIT
// slice/bounds.c: the panics of indexes that are out of range. The texts are
// Go's, to the letter: programs and people match on them.
//
// Locks: none. Called by inline code, outside the runtime.
#include "base/check.h"
#include "sched/sched.h"

#include <leat/slice.h>

// What stands in the text in place of x and y: a part of s[i:j:k].
struct bounds_text {
    const char *format;   // x and y
    const char *negative; // x alone: a negative index needs no limit
    const char *too_large; // x as an unsigned number
};

#define BOUNDS_SLICE "slice bounds out of range "

static const struct bounds_text bounds_texts[] = {
    [LEAT__BOUNDS_INDEX] = {"index out of range [%lld] with length %lld",
        "index out of range [%lld]",
        "index out of range [%llu] with length %lld"},
    [LEAT__BOUNDS_SLICE_ALEN] = {BOUNDS_SLICE "[:%lld] with length %lld",
        BOUNDS_SLICE "[:%lld]", BOUNDS_SLICE "[:%llu] with length %lld"},
    [LEAT__BOUNDS_SLICE_ACAP] = {BOUNDS_SLICE "[:%lld] with capacity %lld",
        BOUNDS_SLICE "[:%lld]", BOUNDS_SLICE "[:%llu] with capacity %lld"},
    [LEAT__BOUNDS_SLICE_B] = {BOUNDS_SLICE "[%lld:%lld]",
        BOUNDS_SLICE "[%lld:]", BOUNDS_SLICE "[%llu:%lld]"},
    [LEAT__BOUNDS_SLICE3_ALEN] = {BOUNDS_SLICE "[::%lld] with length %lld",
        BOUNDS_SLICE "[::%lld]", BOUNDS_SLICE "[::%llu] with length %lld"},
    [LEAT__BOUNDS_SLICE3_ACAP] = {BOUNDS_SLICE "[::%lld] with capacity %lld",
        BOUNDS_SLICE "[::%lld]", BOUNDS_SLICE "[::%llu] with capacity %lld"},
    [LEAT__BOUNDS_SLICE3_B] = {BOUNDS_SLICE "[:%lld:%lld]",
        BOUNDS_SLICE "[:%lld:]", BOUNDS_SLICE "[:%llu:%lld]"},
    [LEAT__BOUNDS_SLICE3_C] = {BOUNDS_SLICE "[%lld:%lld:]",
        BOUNDS_SLICE "[%lld::]", BOUNDS_SLICE "[%llu:%lld:]"},
    [LEAT__BOUNDS_CONVERT] = {"cannot convert slice with length %lld to array "
                              "or pointer to array with length %lld",
        "", ""},
};

// Panics for index x against y; is_unsigned: x came as an unsigned number.
void
leat__panic_bounds(
    enum leat__bounds what, int64_t x, int64_t y, bool is_unsigned)
{
    const struct bounds_text *t = &bounds_texts[what];
    const char *format = t->format;
    if (x < 0 && what != LEAT__BOUNDS_CONVERT)
        format = is_unsigned ? t->too_large : t->negative;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
    leat__panic_runtime(format, (long long)x, (long long)y);
#pragma GCC diagnostic pop
}
