// SPDX-License-Identifier: MIT
// leat/slice_append_impl.h: making, appending to and copying slices. Not to be
// included or called by name.
//
// Room for what is appended is looked for where the macro stands; only when
// there is none, a call enlarges the array and says what the slice is then.
#ifndef LEAT__SLICE_APPEND_IMPL_H
#define LEAT__SLICE_APPEND_IMPL_H

#include <leat/slice_bounds_impl.h>

// Making ------------------------------------------------------------------

#define leat__slice_make2(S, n, may_fail, len)                                \
    leat__slice_make(S, n, may_fail, LEAT__J(n), (len) | 0)
#define leat__slice_make3(S, n, may_fail, len, cap)                           \
    leat__slice_make(S, n, may_fail, (cap) | 0, (len) | 0)
// C++ has parameters evaluated in any order, and so has this.
#define leat__slice_make(S, n, may_fail, capacity, length)                    \
    ({                                                                        \
        int64_t LEAT__J(n) = (int64_t)(length);                               \
        int64_t LEAT__K(n) = (int64_t)(capacity);                             \
        LEAT__SLICE_VAR(S, LEAT__S(n));                                       \
        LEAT__S(n).ptr = (__typeof__(LEAT__S(n).ptr))leat__slice_alloc(       \
            LEAT__SIZE(LEAT__S(n)), LEAT__J(n), LEAT__K(n), may_fail);        \
        if ((may_fail) && LEAT__S(n).ptr == NULL)                             \
            LEAT__J(n) = LEAT__K(n) = 0;                                      \
        LEAT__S(n).len = LEAT__J(n);                                          \
        LEAT__S(n).cap = LEAT__K(n);                                          \
        LEAT__KEEP(LEAT__S(n), n);                                            \
    }) LEAT__KEPT

#define leat__slice_of(S, n, ...)                                             \
    ({                                                                        \
        LEAT__SLICE_VAR(S, LEAT__S(n));                                       \
        LEAT__STRICT                                                          \
        LEAT__ELEM(LEAT__S(n)) LEAT__V(n)[] = {__VA_ARGS__};                  \
        LEAT__STRICT_END                                                      \
        LEAT__S(n).len = LEAT__S(n).cap = LEAT__ARRAY_LEN(LEAT__V(n));        \
        LEAT__S(n).ptr = (__typeof__(LEAT__S(n).ptr))leat__slice_alloc(       \
            LEAT__SIZE(LEAT__S(n)), LEAT__S(n).len, LEAT__S(n).cap, false);   \
        __builtin_memcpy(                                                     \
            (void *)LEAT__S(n).ptr, LEAT__V(n), sizeof LEAT__V(n));           \
        LEAT__KEEP(LEAT__S(n), n);                                            \
    }) LEAT__KEPT

#define leat__slice_free_typed(slice, n)                                      \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        leat__slice_free((void *)LEAT__S(n).ptr, LEAT__S(n).cap);             \
    })

#define leat__slice_clear(slice, n)                                           \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        leat__wipe((void *)LEAT__S(n).ptr,                                    \
            (size_t)LEAT__S(n).len * LEAT__SIZE(LEAT__S(n)));                 \
    })

// Appending -----------------------------------------------------------------

// Room for `more` elements behind those of the slice that is named s.
#define LEAT__MORE(s, more, how, n)                                           \
    if (__builtin_expect((more) > (s).cap - (s).len, 0)) {                    \
        struct leat__slice LEAT__T(n) = leat__slice_more((void *)(s).ptr,     \
            (s).len, (s).cap, more, LEAT__SIZE(s), how);                      \
        (s).ptr = (__typeof__((s).ptr))LEAT__T(n).ptr;                        \
        (s).cap = LEAT__T(n).cap;                                             \
    }

#define leat__append(slice, n, ...)                                           \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        LEAT__STRICT                                                          \
        LEAT__STR_CHECK(LEAT__ELEM(LEAT__S(n)), (__VA_ARGS__))                \
        LEAT__ELEM(LEAT__S(n)) LEAT__V(n) = (__VA_ARGS__);                    \
        LEAT__STRICT_END                                                      \
        LEAT__MORE(LEAT__S(n), 1, 0, n)                                       \
        LEAT__S(n).ptr[LEAT__S(n).len++] = LEAT__V(n);                        \
        LEAT__KEEP(LEAT__S(n), n);                                            \
    }) LEAT__KEPT

#define leat__append_values(slice, n, ...)                                    \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        LEAT__STRICT                                                          \
        LEAT__ELEM(LEAT__S(n)) LEAT__V(n)[] = {__VA_ARGS__};                  \
        LEAT__STRICT_END                                                      \
        LEAT__MORE(LEAT__S(n), LEAT__ARRAY_LEN(LEAT__V(n)), 0, n)             \
        __builtin_memcpy((void *)&LEAT__S(n).ptr[LEAT__S(n).len],             \
            LEAT__V(n), sizeof LEAT__V(n));                                   \
        LEAT__S(n).len += LEAT__ARRAY_LEN(LEAT__V(n));                        \
        LEAT__KEEP(LEAT__S(n), n);                                            \
    }) LEAT__KEPT

// Appends count elements from the pointer `from`, which may point into s.
#define LEAT__APPEND_ALL(s, from, count, n)                                   \
    LEAT__MORE(s, count, 0, n)                                                \
    if ((count) > 0)                                                          \
        leat__move((void *)&(s).ptr[(s).len], from,                           \
            (size_t)(count) * LEAT__SIZE(s));                                 \
    (s).len += (count)

#define leat__append_slice(slice, other, n)                                   \
    ({                                                                        \
        LEAT__TWO(slice, other, n)                                            \
        LEAT__APPEND_ALL(LEAT__S(n), LEAT__P(n), LEAT__L(n).len, n);          \
        LEAT__KEEP(LEAT__S(n), n);                                            \
    }) LEAT__KEPT

#define LEAT__ONLY_BYTES(s) ((void)sizeof(char[sizeof(*(s).ptr) == 1 ? 1 : -1]))
#define leat__append_str(slice, string, n)                                    \
    ({                                                                        \
        LEAT__AUTO LEAT__S(n) = (slice);                                      \
        struct leat_str LEAT__L(n) = (string);                                \
        LEAT__ONLY_BYTES(LEAT__S(n));                                         \
        LEAT__APPEND_ALL(LEAT__S(n), LEAT__L(n).ptr, LEAT__L(n).len, n);      \
        LEAT__KEEP(LEAT__S(n), n);                                            \
    }) LEAT__KEPT

#define leat__push(slice, may_fail, n, ...)                                   \
    ({                                                                        \
        LEAT__AUTO LEAT__P(n) = (slice);                                      \
        LEAT__STRICT                                                          \
        LEAT__STR_CHECK(LEAT__ELEM(*LEAT__P(n)), (__VA_ARGS__))               \
        LEAT__ELEM(*LEAT__P(n)) LEAT__V(n) = (__VA_ARGS__);                   \
        LEAT__STRICT_END                                                      \
        LEAT__MORE(*LEAT__P(n), 1,                                            \
            LEAT__GROW_OWN | ((may_fail) ? LEAT__GROW_TRY : 0), n)            \
        int LEAT__I(n) = LEAT_ENOMEM;                                         \
        if (!(may_fail) || LEAT__P(n)->len < LEAT__P(n)->cap) {               \
            LEAT__P(n)->ptr[LEAT__P(n)->len++] = LEAT__V(n);                  \
            LEAT__I(n) = 0;                                                   \
        }                                                                     \
        LEAT__I(n);                                                           \
    })

#define leat__push_slice(slice, other, n)                                     \
    ({                                                                        \
        LEAT__AUTO LEAT__P(n) = (slice);                                      \
        LEAT__AUTO LEAT__L(n) = (other);                                      \
        LEAT__STRICT                                                          \
        __typeof__(LEAT__P(n)->ptr) LEAT__V(n) = LEAT__L(n).ptr;              \
        LEAT__STRICT_END                                                      \
        LEAT__TAKE(*LEAT__P(n),                                               \
            leat__slice_push_all((void *)LEAT__P(n)->ptr, LEAT__P(n)->len,    \
                LEAT__P(n)->cap, LEAT__V(n), LEAT__L(n).len,                  \
                LEAT__SIZE(*LEAT__P(n))),                                     \
            n);                                                               \
    })

// Makes s what a call says it is now.
#define LEAT__TAKE(s, call, n)                                                \
    struct leat__slice LEAT__T(n) = call;                                     \
    (s).ptr = (__typeof__((s).ptr))LEAT__T(n).ptr;                            \
    (s).len = LEAT__T(n).len;                                                 \
    (s).cap = LEAT__T(n).cap

// Copying -------------------------------------------------------------------

// Go returns at once when there is nothing to copy. Here only nil returns at
// once and an empty slice goes through the call with n = 0, which can be told
// apart by the counters of the debug build (path 0 and 1).
LEAT__SLICE_INLINE int64_t
leat__slicecopy(
    void *dst, int64_t dst_len, const void *src, int64_t src_len, size_t size)
{
    if (dst == NULL || src == NULL) {
#if defined(LEAT_DEBUG) && LEAT_DEBUG >= 1
        leat__slice_count_copy(0);
#endif
        return 0;
    }
    int64_t n = dst_len < src_len ? dst_len : src_len;
#if defined(LEAT_DEBUG) && LEAT_DEBUG >= 1
    leat__slice_count_copy(1);
#endif
    leat__move(dst, src, (size_t)n * size);
    return n;
}

#define leat__copy_typed(dst, src, n)                                         \
    ({                                                                        \
        LEAT__TWO(dst, src, n)                                                \
        leat__slicecopy((void *)LEAT__S(n).ptr, LEAT__S(n).len, LEAT__P(n),   \
            LEAT__L(n).len, LEAT__SIZE(LEAT__S(n)));                          \
    })

LEAT__SLICE_INLINE int64_t
leat__copy_str(struct leat_slice_uchar dst, struct leat_str src)
{
    return leat__slicecopy(dst.ptr, dst.len, src.ptr, src.len, 1);
}

#endif
