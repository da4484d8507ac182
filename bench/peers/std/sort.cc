// SPDX-License-Identifier: MIT
// sort.cc: the workloads that sort, by std::sort and std::stable_sort.
#include "peer.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace {

enum { SMALL = 1 << 10, RANDOM = 100000 };

// Copies and sorts n times.
template <class T, class Sort>
void
repeat(const std::vector<T> &from, int64_t n, Sort sort)
{
    std::vector<T> x(from.size());
    peer_reset();
    for (int64_t i = 0; i < n; i++) {
        std::copy(from.begin(), from.end(), x.begin());
        sort(x);
        asm volatile("" : : "r"(x.data()) : "memory");
    }
    peer_stop();
    peer_check(std::is_sorted(x.begin(), x.end()), "the order");
}

std::vector<int64_t>
xored(int64_t count, int64_t with)
{
    std::vector<int64_t> numbers;
    for (int64_t i = 0; i < count; i++)
        numbers.push_back(i ^ with);
    return numbers;
}

template <class T>
void
sort_all(std::vector<T> &x)
{
    std::sort(x.begin(), x.end());
}

void
small(int64_t count, int64_t n)
{
    repeat(xored(count, count == SMALL ? 0x2cc : 0xcccc), n,
        sort_all<int64_t>);
}

void
random_numbers(int64_t, int64_t n)
{
    std::vector<int64_t> numbers;
    uint64_t x = 1;
    for (int64_t i = 0; i < RANDOM; i++) {
        x = x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        numbers.push_back(static_cast<int64_t>(x >> 33));
    }
    repeat(numbers, n, sort_all<int64_t>);
}

void
strings(int64_t, int64_t n)
{
    std::vector<std::string> texts;
    for (int64_t v : xored(SMALL, 0x2cc))
        texts.push_back(std::to_string(v));
    std::vector<std::string_view> views(texts.begin(), texts.end());
    repeat(views, n, sort_all<std::string_view>);
}

void
stable(int64_t, int64_t n)
{
    repeat(xored(SMALL, 0x2cc), n, [](std::vector<int64_t> &x) {
        std::stable_sort(x.begin(), x.end());
    });
}

} // namespace

extern "C" const struct peer_bench peer_benches[] = {
    {"SortInt1K", small, SMALL, 0, 0, 0},
    {"SortInt64K", small, 1 << 16, 0, 0, 0},
    {"SortIntRandom100K", random_numbers, 0, 0, 0, 0},
    {"SortString1K", strings, 0, 0, 0, 0},
    {"StableInt1K", stable, 0, 0, 0, 0},
    {nullptr, nullptr, 0, 0, 0, 0},
};

extern "C" void
peer_begin(int)
{
}

extern "C" bool
peer_park(int64_t)
{
    return false;
}

extern "C" void
peer_ticker(int64_t, int64_t)
{
}

extern "C" int
peer_echo_server(int64_t)
{
    return 1;
}
