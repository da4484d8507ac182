// SPDX-License-Identifier: MIT
// bench_slice.c: slices: the workloads of runtime/slice_test.go, sorting, and
// appending one at a time. A slice that Go drops is given back here; what
// grows by leat_push has one owner, which is what the Go programs mean.
#define BENCH_GROUP 8
#include "bench.h"

typedef leat_slice(int64_t) bench_int_slice;
typedef leat_slice(int16_t) bench_int16_slice;
typedef leat_slice(void *) bench_ptr_slice;
struct bench_24 {
    int64_t a, b, c;
};
struct bench_32 {
    int64_t a, b, c, d;
};
struct bench_40 {
    int64_t a, b, c, d, e;
};
struct bench_16 {
    int64_t a, b;
};
LEAT_SLICE(bench_24_slice, struct bench_24);
LEAT_SLICE(bench_32_slice, struct bench_32);
LEAT_SLICE(bench_40_slice, struct bench_40);
LEAT_SLICE(bench_16_slice, struct bench_16);

enum { SLICE_TWENTY = 20, IN_PLACE_LEN = 128, IN_PLACE_GROW = 5 };

// Lengths as variables, so that makes of them are not constant.
static volatile int64_t slice_two = 2, slice_nine = 9, slice_words = 32;

// The compiler may not leave out what leads to p.
static inline void
slice_sink(const void *p)
{
    __asm__ volatile("" : : "r"(p) : "memory");
}

// Making ---------------------------------------------------------------------

// A workload for each element: an iteration is the body, which leaves x.
#define SLICE_WORKLOAD(fn, S, from_len, ...)                                   \
    static void fn(const struct bench *b, int64_t n)                           \
    {                                                                          \
        (void)b;                                                               \
        S from = leat_slice_make(S, from_len);                                 \
        for (int64_t i = 0; i < n; i++) {                                      \
            S x = __VA_ARGS__;                                                 \
            slice_sink(x.ptr);                                                 \
            leat_slice_free(x);                                                \
        }                                                                      \
        leat_slice_free(from);                                                 \
    }
// A new slice with the elements of from.
#define SLICE_MOVED(S)                                                         \
    ({                                                                         \
        S moved = leat_slice_make(S, from.len);                                \
        leat_copy(moved, from);                                                \
        moved;                                                                 \
    })
SLICE_WORKLOAD(mallocmove_byte, leat_bytes, 8 * slice_words,
    SLICE_MOVED(leat_bytes))
SLICE_WORKLOAD(mallocmove_int, bench_int_slice, slice_words,
    SLICE_MOVED(bench_int_slice))
SLICE_WORKLOAD(mallocmove_ptr, bench_ptr_slice, slice_words,
    SLICE_MOVED(bench_ptr_slice))
BENCH("MakeSliceCopy/mallocmove/Byte", mallocmove_byte);
BENCH("MakeSliceCopy/mallocmove/Int", mallocmove_int);
BENCH("MakeSliceCopy/mallocmove/Ptr", mallocmove_ptr);

#define SLICE_APPENDED(S) leat_append_slice((S){0}, from)
SLICE_WORKLOAD(nilappend_byte, leat_bytes, 8 * slice_words,
    SLICE_APPENDED(leat_bytes))
SLICE_WORKLOAD(nilappend_int, bench_int_slice, slice_words,
    SLICE_APPENDED(bench_int_slice))
SLICE_WORKLOAD(nilappend_ptr, bench_ptr_slice, slice_words,
    SLICE_APPENDED(bench_ptr_slice))
BENCH("MakeSliceCopy/nilappend/Byte", nilappend_byte);
BENCH("MakeSliceCopy/nilappend/Int", nilappend_int);
BENCH("MakeSliceCopy/nilappend/Ptr", nilappend_ptr);

#define SLICE_MADE(S) leat_slice_make(S, slice_two, 2 * slice_two)
SLICE_WORKLOAD(make_byte, leat_bytes, 0, SLICE_MADE(leat_bytes))
SLICE_WORKLOAD(make_int16, bench_int16_slice, 0, SLICE_MADE(bench_int16_slice))
SLICE_WORKLOAD(make_int, bench_int_slice, 0, SLICE_MADE(bench_int_slice))
SLICE_WORKLOAD(make_ptr, bench_ptr_slice, 0, SLICE_MADE(bench_ptr_slice))
SLICE_WORKLOAD(make_24, bench_24_slice, 0, SLICE_MADE(bench_24_slice))
SLICE_WORKLOAD(make_32, bench_32_slice, 0, SLICE_MADE(bench_32_slice))
SLICE_WORKLOAD(make_40, bench_40_slice, 0, SLICE_MADE(bench_40_slice))
BENCH("MakeSlice/Byte", make_byte);
BENCH("MakeSlice/Int16", make_int16);
BENCH("MakeSlice/Int", make_int);
BENCH("MakeSlice/Ptr", make_ptr);
BENCH("MakeSlice/Struct/24", make_24);
BENCH("MakeSlice/Struct/32", make_32);
BENCH("MakeSlice/Struct/40", make_40);

SLICE_WORKLOAD(grow_byte, leat_bytes, slice_nine, SLICE_APPENDED(leat_bytes))
SLICE_WORKLOAD(grow_int16, bench_int16_slice, slice_nine,
    SLICE_APPENDED(bench_int16_slice))
SLICE_WORKLOAD(grow_int, bench_int_slice, slice_nine,
    SLICE_APPENDED(bench_int_slice))
SLICE_WORKLOAD(grow_ptr, bench_ptr_slice, slice_nine,
    SLICE_APPENDED(bench_ptr_slice))
SLICE_WORKLOAD(grow_24, bench_24_slice, slice_nine,
    SLICE_APPENDED(bench_24_slice))
SLICE_WORKLOAD(grow_32, bench_32_slice, slice_nine,
    SLICE_APPENDED(bench_32_slice))
SLICE_WORKLOAD(grow_40, bench_40_slice, slice_nine,
    SLICE_APPENDED(bench_40_slice))
BENCH("GrowSlice/Byte", grow_byte);
BENCH("GrowSlice/Int16", grow_int16);
BENCH("GrowSlice/Int", grow_int);
BENCH("GrowSlice/Ptr", grow_ptr);
BENCH("GrowSlice/Struct/24", grow_24);
BENCH("GrowSlice/Struct/32", grow_32);
BENCH("GrowSlice/Struct/40", grow_40);

// Go's append(s[:0:max], make([]int, length)...), in which nothing is made.
static void
extend_slice(const struct bench *b, int64_t n)
{
    int64_t length = 2 * slice_two;
    bench_int_slice s = leat_slice_make(bench_int_slice, 0, length);
    for (int64_t i = 0; i < n; i++) {
        bench_int_slice part =
            leat_sub_max(s, 0, 0, b->arg[0] ? length / 2 : length);
        part = leat_sub_to(leat_slice_grow(part, length), length);
        leat_slice_clear(part);
        if (part.ptr != s.ptr)
            leat_slice_free(s);
        s = part;
        slice_sink(s.ptr);
    }
    leat_slice_free(s);
}
BENCH("ExtendSlice/IntSlice", extend_slice, .arg = {1});
BENCH("ExtendSlice/NoGrow", extend_slice, .arg = {0});

// Appending ------------------------------------------------------------------

static void
append_ints(const struct bench *b, int64_t n)
{
    (void)b;
    bench_int_slice x = leat_slice_make(bench_int_slice, 0, SLICE_TWENTY);
    for (int64_t i = 0; i < n; i++) {
        x = leat_sub_to(x, 0);
        for (int64_t j = 0; j < SLICE_TWENTY; j++)
            x = leat_append(x, j);
        slice_sink(x.ptr);
    }
    leat_slice_free(x);
}
BENCH("Append", append_ints);

#define SLICE_GROW(fn, S, value)                                               \
    static void fn(const struct bench *b, int64_t n)                           \
    {                                                                          \
        (void)b;                                                               \
        for (int64_t i = 0; i < n; i++) {                                      \
            S x = {NULL, 0, 0};                                                \
            for (int64_t j = 0; j < 1 << 20; j++)                              \
                leat_push(&x, value);                                          \
            slice_sink(x.ptr);                                                 \
            leat_slice_free(x);                                                \
        }                                                                      \
    }
SLICE_GROW(append_grow_byte, leat_bytes, (uint8_t)j)
SLICE_GROW(append_grow_int, bench_int_slice, j)
SLICE_GROW(append_grow_string, leat_strs, LEAT_STR(""))
BENCH("AppendGrowByte", append_grow_byte);
BENCH("AppendGrowInt", append_grow_int);
BENCH("AppendGrowString", append_grow_string);

static void
append_slice(const struct bench *b, int64_t n)
{
    leat_bytes x = leat_slice_make(leat_bytes, 0, SLICE_TWENTY);
    leat_bytes y = leat_slice_make(leat_bytes, b->arg[0]);
    for (int64_t i = 0; i < n; i++) {
        x = leat_sub_to(x, 0);
        x = leat_append_slice(x, y);
        slice_sink(x.ptr);
    }
    leat_slice_free(x);
    leat_slice_free(y);
}
BENCH("AppendSlice/1Bytes", append_slice, .arg = {1});
BENCH("AppendSlice/4Bytes", append_slice, .arg = {4});
BENCH("AppendSlice/7Bytes", append_slice, .arg = {7});
BENCH("AppendSlice/8Bytes", append_slice, .arg = {8});
BENCH("AppendSlice/15Bytes", append_slice, .arg = {15});
BENCH("AppendSlice/16Bytes", append_slice, .arg = {16});

static void
append_slice_large(const struct bench *b, int64_t n)
{
    leat_bytes y = leat_slice_make(leat_bytes, b->arg[0]);
    for (int64_t i = 0; i < n; i++) {
        leat_bytes x = leat_append_slice((leat_bytes){0}, y);
        slice_sink(x.ptr);
        leat_slice_free(x);
    }
    leat_slice_free(y);
}
BENCH("AppendSliceLarge/1024Bytes", append_slice_large, .arg = {1 << 10});
BENCH("AppendSliceLarge/4096Bytes", append_slice_large, .arg = {4 << 10});
BENCH("AppendSliceLarge/16384Bytes", append_slice_large, .arg = {16 << 10});
BENCH("AppendSliceLarge/65536Bytes", append_slice_large, .arg = {64 << 10});
BENCH("AppendSliceLarge/262144Bytes", append_slice_large, .arg = {256 << 10});
BENCH("AppendSliceLarge/1048576Bytes", append_slice_large, .arg = {1 << 20});

static void
append_str(const struct bench *b, int64_t n)
{
    leat_bytes x = leat_slice_make(leat_bytes, 0, SLICE_TWENTY);
    leat_str s = leat_str_sub_to(LEAT_STR("1234567890123456"), b->arg[0]);
    for (int64_t i = 0; i < n; i++) {
        x = leat_sub_to(x, 0);
        x = leat_append_str(x, s);
        slice_sink(x.ptr);
    }
    leat_slice_free(x);
}
BENCH("AppendStr/1Bytes", append_str, .arg = {1});
BENCH("AppendStr/4Bytes", append_str, .arg = {4});
BENCH("AppendStr/8Bytes", append_str, .arg = {8});
BENCH("AppendStr/16Bytes", append_str, .arg = {16});

static void
append_special_case(const struct bench *b, int64_t n)
{
    (void)b;
    bench_int_slice x = leat_slice_make(bench_int_slice, 0, SLICE_TWENTY);
    for (int64_t i = 0; i < n; i++) {
        x = leat_sub_to(x, 0);
        for (int64_t j = 0; j < SLICE_TWENTY; j++) {
            if (x.len < x.cap) {
                x = leat_sub_to(x, x.len + 1);
                leat_at(x, x.len - 1) = j;
            } else {
                x = leat_append(x, j);
            }
        }
        slice_sink(x.ptr);
    }
    leat_slice_free(x);
}
BENCH("AppendSpecialCase", append_special_case);

static void
copy_bytes(const struct bench *b, int64_t n)
{
    leat_bytes to = leat_slice_make(leat_bytes, 4096);
    leat_bytes from = leat_slice_make(leat_bytes, b->arg[0]);
    for (int64_t i = 0; i < n; i++) {
        int64_t copied = leat_copy(to, from);
        slice_sink(&copied);
    }
    leat_slice_free(to);
    leat_slice_free(from);
}
BENCH("Copy/1Byte", copy_bytes, .arg = {1});
BENCH("Copy/2Byte", copy_bytes, .arg = {2});
BENCH("Copy/4Byte", copy_bytes, .arg = {4});
BENCH("Copy/8Byte", copy_bytes, .arg = {8});
BENCH("Copy/12Byte", copy_bytes, .arg = {12});
BENCH("Copy/16Byte", copy_bytes, .arg = {16});
BENCH("Copy/32Byte", copy_bytes, .arg = {32});
BENCH("Copy/128Byte", copy_bytes, .arg = {128});
BENCH("Copy/1024Byte", copy_bytes, .arg = {1024});

// The slice is a global that is appended to where it is.
#define SLICE_IN_PLACE(name, S, ...)                                           \
    S in_place_slice_##name;                                                   \
    static void in_place_##name(const struct bench *b, int64_t n)              \
    {                                                                          \
        (void)b;                                                               \
        for (int64_t i = 0; i < n; i++) {                                      \
            in_place_slice_##name = leat_slice_make(S, IN_PLACE_LEN);          \
            for (int64_t j = 0; j < IN_PLACE_LEN; j++)                         \
                leat_push(&in_place_slice_##name, __VA_ARGS__);                \
            leat_slice_free(in_place_slice_##name);                            \
        }                                                                      \
    }                                                                          \
    static void in_place_grow_##name(const struct bench *b, int64_t n)         \
    {                                                                          \
        (void)b;                                                               \
        for (int64_t i = 0; i < n; i++) {                                      \
            S s = in_place_slice_##name = leat_slice_make(S, 0);               \
            for (int64_t j = 0; j < IN_PLACE_GROW; j++) {                      \
                leat_push(&in_place_slice_##name, __VA_ARGS__);                \
                s = in_place_slice_##name;                                     \
                in_place_slice_##name = leat_sub_to(s, s.cap);                 \
            }                                                                  \
            leat_slice_free(in_place_slice_##name);                            \
        }                                                                      \
    }                                                                          \
    _Static_assert(sizeof(S) == 24, "a slice")
extern leat_bytes in_place_slice_byte;
extern bench_int_slice in_place_slice_1;
extern bench_16_slice in_place_slice_2;
extern bench_24_slice in_place_slice_3;
extern bench_32_slice in_place_slice_4;
SLICE_IN_PLACE(byte, leat_bytes, 0x77);
SLICE_IN_PLACE(1, bench_int_slice, 0x77);
SLICE_IN_PLACE(2, bench_16_slice, (struct bench_16){0x77, 0x88});
SLICE_IN_PLACE(3, bench_24_slice, (struct bench_24){0x77, 0x88, 0x99});
SLICE_IN_PLACE(4, bench_32_slice, (struct bench_32){0x77, 0x88, 0x99, 0xAA});
BENCH("AppendInPlace/NoGrow/Byte", in_place_byte);
BENCH("AppendInPlace/NoGrow/1Ptr", in_place_1);
BENCH("AppendInPlace/NoGrow/2Ptr", in_place_2);
BENCH("AppendInPlace/NoGrow/3Ptr", in_place_3);
BENCH("AppendInPlace/NoGrow/4Ptr", in_place_4);
BENCH("AppendInPlace/Grow/Byte", in_place_grow_byte);
BENCH("AppendInPlace/Grow/1Ptr", in_place_grow_1);
BENCH("AppendInPlace/Grow/2Ptr", in_place_grow_2);
BENCH("AppendInPlace/Grow/3Ptr", in_place_grow_3);
BENCH("AppendInPlace/Grow/4Ptr", in_place_grow_4);

// Sorting --------------------------------------------------------------------

static int
slice_compare(const int64_t *a, const int64_t *b)
{
    return (*a > *b) - (*a < *b);
}

// Copies and sorts numbers n times; gives them back.
static void
sort_numbers(int64_t n, bench_int_slice numbers, bool stable)
{
    bench_int_slice x = leat_slice_make(bench_int_slice, numbers.len);
    bench_reset();
    for (int64_t i = 0; i < n; i++) {
        leat_copy(x, numbers);
        if (stable)
            leat_slice_sort_stable_func(x, slice_compare);
        else
            leat_slice_sort(x);
        slice_sink(x.ptr);
    }
    bench_stop();
    bench_check(leat_slice_is_sorted(x), "the order of numbers");
    leat_slice_free(x);
    leat_slice_free(numbers);
}

static void
sort_xored(const struct bench *b, int64_t n)
{
    bench_int_slice numbers = leat_slice_make(bench_int_slice, b->arg[0]);
    for (int64_t i = 0; i < numbers.len; i++)
        leat_at(numbers, i) = i ^ b->arg[1];
    sort_numbers(n, numbers, false);
}
BENCH("SortInt1K", sort_xored, .arg = {1 << 10, 0x2cc});
BENCH("SortInt64K", sort_xored, .arg = {1 << 16, 0xcccc});

static void
sort_random(const struct bench *b, int64_t n)
{
    (void)b;
    bench_int_slice numbers = leat_slice_make(bench_int_slice, 100000);
    uint64_t x = 1;
    for (int64_t i = 0; i < numbers.len; i++) {
        x = x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        leat_at(numbers, i) = (int64_t)(x >> 33);
    }
    sort_numbers(n, numbers, false);
}
BENCH("SortIntRandom100K", sort_random);

static void
sort_strings(const struct bench *b, int64_t n)
{
    (void)b;
    leat_strs from = leat_slice_make(leat_strs, 1 << 10);
    for (int64_t i = 0; i < from.len; i++)
        leat_at(from, i) = leat_str_from_int(i ^ 0x2cc, 10);
    leat_strs x = leat_slice_make(leat_strs, from.len);
    bench_reset();
    for (int64_t i = 0; i < n; i++) {
        leat_copy(x, from);
        leat_slice_sort(x);
        slice_sink(x.ptr);
    }
    bench_stop();
    bench_check(leat_slice_is_sorted(x), "the order of strings");
    leat_slice_range (i, s, x)
        leat_str_free(s);
    leat_slice_free(x);
    leat_slice_free(from);
}
BENCH("SortString1K", sort_strings);

static void
sort_stable(const struct bench *b, int64_t n)
{
    (void)b;
    bench_int_slice numbers = leat_slice_make(bench_int_slice, 1 << 10);
    for (int64_t i = 0; i < numbers.len; i++)
        leat_at(numbers, i) = i ^ 0x2cc;
    sort_numbers(n, numbers, true);
}
BENCH("StableInt1K", sort_stable);
