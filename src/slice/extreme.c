// SPDX-License-Identifier: MIT
// slice/extreme.c: the least and the greatest element, which leat_slice_min,
// leat_slice_max and their forms with a function call.
//
// The idea: one loop for each type, that remembers where the best so far is.
// Among equal ones that is the first, but no two equal ones can be told apart.
//
// Locks: none.
#include <leat/panic.h>
#include <leat/slice.h>

// func: "", or "Func".
static void
extreme_check(int64_t n, bool max, const char *func)
{
    if (n < 1)
        leat_panic("slices.%s%s: empty list", max ? "Max" : "Min", func);
}

#define EXTREME_NUMBER_LESS(a, b) ((a) < (b))
#define EXTREME_STR_LESS(a, b) (leat_str_compare(a, b) < 0)
// Go's min of two floats takes -0 for less than 0.
#define EXTREME_FLOAT_LESS(a, b)                                              \
    ((a) < (b) ||                                                             \
        ((a) == (b) && __builtin_signbit(a) && !__builtin_signbit(b)))
#define EXTREME_NO_NAN(x) false
#define EXTREME_NAN(x) __builtin_isnan(x)

// Defines leat__extreme_NAME, the index of the least or the greatest of a; of
// the first that ends the search, if one does.
#define EXTREME(name, T, less, ends)                                          \
    int64_t leat__extreme_##name(const T *a, int64_t n, bool max)             \
    {                                                                         \
        int64_t best = 0;                                                     \
        extreme_check(n, max, "");                                            \
        for (int64_t i = 0; i < n; i++) {                                     \
            if (ends(a[i]))                                                   \
                return i;                                                     \
            if (max ? less(a[best], a[i]) : less(a[i], a[best]))              \
                best = i;                                                     \
        }                                                                     \
        return best;                                                          \
    }
#define EXTREME_NUMBER(name, T)                                               \
    EXTREME(name, T, EXTREME_NUMBER_LESS, EXTREME_NO_NAN)

EXTREME_NUMBER(char, char)
EXTREME_NUMBER(schar, signed char)
EXTREME_NUMBER(uchar, unsigned char)
EXTREME_NUMBER(short, short)
EXTREME_NUMBER(ushort, unsigned short)
EXTREME_NUMBER(int, int)
EXTREME_NUMBER(uint, unsigned)
EXTREME_NUMBER(long, long)
EXTREME_NUMBER(ulong, unsigned long)
EXTREME_NUMBER(llong, long long)
EXTREME_NUMBER(ullong, unsigned long long)
EXTREME(float, float, EXTREME_FLOAT_LESS, EXTREME_NAN)
EXTREME(double, double, EXTREME_FLOAT_LESS, EXTREME_NAN)
EXTREME(str, struct leat_str, EXTREME_STR_LESS, EXTREME_NO_NAN)

int64_t
leat__extreme_func(const void *a, int64_t n, size_t size,
    int (*cmp)(const void *, const void *), bool max)
{
    const char *at = a, *best = at;
    int64_t best_i = 0;
    extreme_check(n, max, "Func");
    for (int64_t i = 1; i < n; i++) {
        at += size;
        int order = cmp(at, best);
        if (max ? order > 0 : order < 0) {
            best = at;
            best_i = i;
        }
    }
    return best_i;
}
