// SPDX-License-Identifier: MIT
// slice_caps: the capacities that append gives, for elements of many sizes,
// one at a time and several at once.
#include <leat.h>

#include <stdio.h>

// A slice of elements of n bytes, and what slice_caps.go does with it.
#define ELEMENT(n, T, count)                                                   \
    struct element##n {                                                        \
        T v[count];                                                            \
    };                                                                         \
    LEAT_SLICE(slice##n, struct element##n);                                   \
    static void row##n(int steps)                                              \
    {                                                                          \
        slice##n s = {0};                                                      \
        int64_t last = 0;                                                      \
        printf("%d:", n);                                                      \
        while (steps > 0) {                                                    \
            leat_push(&s, (struct element##n){{0}});                           \
            if (s.cap != last) {                                               \
                last = s.cap;                                                  \
                steps--;                                                       \
                printf(" %lld", (long long)last);                              \
            }                                                                  \
        }                                                                      \
        puts("");                                                              \
        leat_slice_free(s);                                                    \
    }                                                                          \
    __attribute__((unused)) static void jumps##n(void)                         \
    {                                                                          \
        printf("%d jumps:", n);                                                \
        for (int64_t old = 0; old < 3000; old += 1 + old / 3) {                \
            for (int64_t more = 1; more < 6000; more += 1 + more * 2 / 3) {    \
                slice##n s = leat_slice_make(slice##n, old);                   \
                slice##n t = leat_slice_make(slice##n, more);                  \
                slice##n u = leat_append_slice(s, t);                          \
                printf(" %lld", (long long)u.cap);                             \
                leat_slice_free(s);                                            \
                leat_slice_free(t);                                            \
                leat_slice_free(u);                                            \
            }                                                                  \
        }                                                                      \
        puts("");                                                              \
    }
ELEMENT(1, char, 1)
ELEMENT(2, char, 2)
ELEMENT(3, char, 3)
ELEMENT(4, int32_t, 1)
ELEMENT(8, int64_t, 1)
ELEMENT(12, int32_t, 3)
ELEMENT(16, int64_t, 2)
ELEMENT(24, int64_t, 3)
ELEMENT(32, int64_t, 4)
ELEMENT(40, int64_t, 5)
ELEMENT(100, char, 100)
ELEMENT(5000, char, 5000)

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    row1(26);
    row2(24);
    row3(24);
    row4(24);
    row8(26);
    row12(24);
    row16(24);
    row24(24);
    row32(20);
    row40(20);
    row100(20);
    row5000(10);
    jumps1();
    jumps8();
    jumps24();
    jumps40();
    return 0;
}
