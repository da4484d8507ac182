// SPDX-License-Identifier: MIT
// sort_std.cc: leat_slice_sort beside std::sort, on many arrays in turn (no
// array is sorted twice, so no branch is learnt by heart) and in patterns.
//
//     make lib
//     g++ -O2 -Iinclude bench/sort_std.cc build/release/libleat.a -pthread
//     ./a.out
#include <leat/slice.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

typedef std::chrono::steady_clock stopwatch;

const char *const patterns[] = {
    "random", "16 values", "sorted", "reversed", "nearly", "organ pipe"};
enum { PATTERNS = 6, ROUNDS = 5 };

uint64_t state = 1;

uint64_t
next()
{
    state = state * UINT64_C(6364136223846793005) +
            UINT64_C(1442695040888963407);
    return state >> 20;
}

template <class T>
T
value(int pattern, size_t i, size_t n)
{
    switch (pattern) {
    case 0:
        return (T)next();
    case 1:
        return (T)(next() % 16);
    case 2:
        return (T)i;
    case 3:
        return (T)(n - i);
    case 4:
        return (T)(i + (i % 100 == 0 ? next() % 1000 : 0));
    default:
        return (T)(i < n / 2 ? i : n - i);
    }
}

// Nanoseconds per element for arrays of n that lie one behind the other.
template <class T>
double
measure(const std::vector<T> &base, size_t n, bool leat)
{
    double best = 1e18;
    for (int round = 0; round < ROUNDS; round++) {
        std::vector<T> v = base;
        auto start = stopwatch::now();
        for (size_t at = 0; at < v.size(); at += n) {
            leat_slice(T) s = {v.data() + at, (int64_t)n, (int64_t)n};
            if (leat)
                leat_slice_sort(s);
            else
                std::sort(s.ptr, s.ptr + n);
        }
        std::chrono::duration<double, std::nano> took =
            stopwatch::now() - start;
        best = std::min(best, took.count() / (double)v.size());
        for (size_t at = 0; at < v.size(); at += n) {
            if (!std::is_sorted(v.begin() + (long)at,
                    v.begin() + (long)(at + n)))
                std::abort();
        }
    }
    return best;
}

template <class T>
void
compare(const char *type, size_t n, int pattern)
{
    std::vector<T> base(std::max<size_t>(1, 1000000 / n) * n);
    for (size_t i = 0; i < base.size(); i++)
        base[i] = value<T>(pattern, i % n, n);
    double theirs = measure(base, n, false), ours = measure(base, n, true);
    std::printf("%-8s n=%-8zu %-10s std %6.2f leat %6.2f ns  %.2f\n", type, n,
        patterns[pattern], theirs, ours, theirs / ours);
}

} // namespace

int
main()
{
    for (size_t n : {10, 100, 1000, 10000, 1000000}) {
        for (int pattern = 0; pattern < PATTERNS; pattern++) {
            compare<int>("int", n, pattern);
            compare<int64_t>("int64_t", n, pattern);
        }
    }
    compare<double>("double", 1000000, 0);
}
