// SPDX-License-Identifier: MIT
// leat/slice_edit_impl.h: inserting, deleting, cloning and others of Go's
// package slices. Not to be included or called by name.
//
// All of them are calls, which get elements as bytes: here the types are
// checked, and bounds where Go checks them first.
#ifndef LEAT__SLICE_EDIT_IMPL_H
#define LEAT__SLICE_EDIT_IMPL_H

#include <leat/slice_append_impl.h>

#define leat__slice_grow_typed(slice, more, n)                                \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        int64_t LEAT__I(n) = (int64_t)((more) | 0);                           \
        if (__builtin_expect((uint64_t)LEAT__I(n) >                           \
                    (uint64_t)(LEAT__S(n).cap - LEAT__S(n).len), 0)) {        \
            LEAT__TAKE(LEAT__S(n),                                            \
                leat__slice_reserve((void *)LEAT__S(n).ptr, LEAT__S(n).len,   \
                    LEAT__S(n).cap, LEAT__I(n), LEAT__SIZE(LEAT__S(n))),      \
                n);                                                           \
        }                                                                     \
        LEAT__KEEP(LEAT__S(n), n);                                            \
    }) LEAT__KEPT

#define leat__slice_clip(slice, n)                                            \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        LEAT__S(n).cap = LEAT__S(n).len;                                      \
        LEAT__KEEP(LEAT__S(n), n);                                            \
    }) LEAT__KEPT

// Elements i to j - 1 of the slice that is named s become count from `from`.
#define LEAT__SPLICE(s, i, j, from, count, n)                                 \
    LEAT__TAKE(s,                                                             \
        leat__slice_splice((void *)(s).ptr, (s).len, (s).cap, i, j, from,     \
            count, LEAT__SIZE(s)),                                            \
        n)

#define leat__slice_insert(slice, at, n, ...)                                 \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        int64_t LEAT__I(n) = (int64_t)((at) | 0);                             \
        LEAT__STRICT                                                          \
        LEAT__STR_CHECK(LEAT__ELEM(LEAT__S(n)), (__VA_ARGS__))                \
        LEAT__ELEM(LEAT__S(n)) LEAT__V(n) = (__VA_ARGS__);                    \
        LEAT__STRICT_END                                                      \
        if (LEAT__OVER(LEAT__I(n), LEAT__S(n).len))                           \
            leat__panic_bounds(LEAT__BOUNDS_SLICE_B, LEAT__I(n),              \
                LEAT__S(n).len, false);                                       \
        LEAT__SPLICE(                                                         \
            LEAT__S(n), LEAT__I(n), LEAT__I(n), &LEAT__V(n), 1, n);           \
        LEAT__KEEP(LEAT__S(n), n);                                            \
    }) LEAT__KEPT

#define leat__slice_insert_slice(slice, at, other, n)                         \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        int64_t LEAT__I(n) = (int64_t)((at) | 0);                             \
        LEAT__OTHER(other, n)                                                 \
        if (LEAT__OVER(LEAT__I(n), LEAT__S(n).len))                           \
            leat__panic_bounds(LEAT__BOUNDS_SLICE_B, LEAT__I(n),              \
                LEAT__S(n).len, false);                                       \
        LEAT__SPLICE(LEAT__S(n), LEAT__I(n), LEAT__I(n), LEAT__P(n),          \
            LEAT__L(n).len, n);                                               \
        LEAT__KEEP(LEAT__S(n), n);                                            \
    }) LEAT__KEPT

#define leat__slice_delete(slice, lo, hi, n)                                  \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        int64_t LEAT__I(n) = (int64_t)((lo) | 0);                             \
        int64_t LEAT__J(n) = (int64_t)((hi) | 0);                             \
        leat__check_sub3(LEAT__I(n), LEAT__J(n), LEAT__S(n).len,              \
            LEAT__S(n).cap, 0, LEAT__BOUNDS_SLICE3_ACAP);                     \
        LEAT__SPLICE(LEAT__S(n), LEAT__I(n), LEAT__J(n), NULL, 0, n);         \
        LEAT__KEEP(LEAT__S(n), n);                                            \
    }) LEAT__KEPT

#define leat__slice_replace(slice, lo, hi, other, n)                          \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        int64_t LEAT__I(n) = (int64_t)((lo) | 0);                             \
        int64_t LEAT__J(n) = (int64_t)((hi) | 0);                             \
        LEAT__OTHER(other, n)                                                 \
        leat__check_replace(                                                  \
            LEAT__I(n), LEAT__J(n), LEAT__S(n).len, LEAT__S(n).cap);          \
        LEAT__SPLICE(LEAT__S(n), LEAT__I(n), LEAT__J(n), LEAT__P(n),          \
            LEAT__L(n).len, n);                                               \
        LEAT__KEEP(LEAT__S(n), n);                                            \
    }) LEAT__KEPT

// *p becomes what `call` makes of it; the array it had is given back.
#define LEAT__OWNED(p, call, n)                                               \
    LEAT__AUTO LEAT__V(n) = *(p);                                             \
    *(p) = call;                                                              \
    if ((p)->ptr != LEAT__V(n).ptr)                                           \
        leat__slice_free((void *)LEAT__V(n).ptr, LEAT__V(n).cap)

#define leat__push_grow(slice, more, n)                                       \
    ({                                                                        \
        LEAT__AUTO LEAT__P(n) = (slice);                                      \
        LEAT__OWNED(LEAT__P(n), leat_slice_grow(*LEAT__P(n), more), n);       \
    })
#define leat__push_insert(slice, at, n, ...)                                  \
    ({                                                                        \
        LEAT__AUTO LEAT__P(n) = (slice);                                      \
        LEAT__OWNED(LEAT__P(n),                                               \
            leat_slice_insert(*LEAT__P(n), at, __VA_ARGS__), n);              \
    })
#define leat__push_insert_slice(slice, at, other, n)                          \
    ({                                                                        \
        LEAT__AUTO LEAT__P(n) = (slice);                                      \
        LEAT__OWNED(LEAT__P(n),                                               \
            leat_slice_insert_slice(*LEAT__P(n), at, other), n);              \
    })
#define leat__push_replace(slice, lo, hi, other, n)                           \
    ({                                                                        \
        LEAT__AUTO LEAT__P(n) = (slice);                                      \
        LEAT__OWNED(LEAT__P(n),                                               \
            leat_slice_replace(*LEAT__P(n), lo, hi, other), n);               \
    })

#define leat__slice_chunk(slice, size, at, n)                                 \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        int64_t LEAT__J(n) = (int64_t)((size) | 0);                           \
        int64_t LEAT__I(n) = (int64_t)((at) | 0);                             \
        leat__check_index(LEAT__I(n),                                         \
            leat__slice_chunks(LEAT__S(n).len, LEAT__J(n)), 0);               \
        LEAT__I(n) *= LEAT__J(n);                                             \
        LEAT__S(n).ptr += LEAT__I(n);                                         \
        LEAT__S(n).len -= LEAT__I(n);                                         \
        if (LEAT__S(n).len > LEAT__J(n))                                      \
            LEAT__S(n).len = LEAT__J(n);                                      \
        LEAT__S(n).cap = LEAT__S(n).len;                                      \
        LEAT__KEEP(LEAT__S(n), n);                                            \
    }) LEAT__KEPT

#define leat__slice_concat_typed(S, n, ...)                                   \
    ({                                                                        \
        LEAT__SLICE_VAR(S, LEAT__S(n));                                       \
        __typeof__(S) LEAT__V(n)[] = {__VA_ARGS__};                           \
        LEAT__TAKE(LEAT__S(n),                                                \
            leat__slice_concat(LEAT__V(n),                                    \
                (int64_t)(sizeof LEAT__V(n) / sizeof LEAT__S(n)),             \
                LEAT__SIZE(LEAT__S(n))),                                      \
            n);                                                               \
        LEAT__KEEP(LEAT__S(n), n);                                            \
    }) LEAT__KEPT

// An empty slice is cloned without memory: the part s[:0:0], which has no
// array to give back.
#define leat__slice_clone(slice, n)                                           \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        LEAT__S(n).cap = LEAT__S(n).len;                                      \
        if (LEAT__S(n).len > 0) {                                             \
            LEAT__TAKE(LEAT__S(n),                                            \
                leat__slice_concat(                                           \
                    &LEAT__S(n), 1, LEAT__SIZE(LEAT__S(n))),                  \
                n);                                                           \
        }                                                                     \
        LEAT__KEEP(LEAT__S(n), n);                                            \
    }) LEAT__KEPT

#define leat__slice_repeat_typed(slice, count, n)                             \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        int64_t LEAT__I(n) = (int64_t)((count) | 0);                          \
        LEAT__TAKE(LEAT__S(n),                                                \
            leat__slice_repeat((void *)LEAT__S(n).ptr, LEAT__S(n).len,        \
                LEAT__I(n), LEAT__SIZE(LEAT__S(n))),                          \
            n);                                                               \
        LEAT__KEEP(LEAT__S(n), n);                                            \
    }) LEAT__KEPT

#endif
