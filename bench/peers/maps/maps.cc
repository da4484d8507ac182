// SPDX-License-Identifier: MIT
// maps.cc: the workloads on maps by a hash table of C++ with its own hash
// function: boost::unordered_flat_map, or absl::flat_hash_map with
// -DMAP_ABSL. Strings are views, as Go's and Leat's are.
#include "peer.h"

#ifdef MAP_ABSL
#include <absl/container/flat_hash_map.h>
template <class K, class V> using table = absl::flat_hash_map<K, V>;
#else
#include <boost/unordered/unordered_flat_map.hpp>
template <class K, class V> using table = boost::unordered_flat_map<K, V>;
#endif

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace {

enum {
    STRIDE = 7919,
    HIGH_BITS = 40,
    SIZE = 60000,
    WORST = 4000000,
    WORST_LEFT_OUT = 10000
};

volatile int64_t sink;

uint64_t
number(int64_t i)
{
    uint64_t x =
        static_cast<uint64_t>(i + 1) * UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

// Keys -----------------------------------------------------------------------

struct Int32 {
    typedef int32_t type;
    static type make(int64_t i)
    {
        return static_cast<int32_t>(static_cast<uint32_t>(i) * 0x9E3779B1u);
    }
};
struct Int64 {
    typedef int64_t type;
    static type make(int64_t i) { return static_cast<int64_t>(number(i)); }
};
struct Low {
    typedef int64_t type;
    static type make(int64_t i) { return i; }
};
struct High {
    typedef int64_t type;
    static type make(int64_t i) { return i << HIGH_BITS; }
};
// Texts live to the end of the program.
struct Text {
    typedef std::string_view type;
    static type make(int64_t i)
    {
        char text[17];
        std::snprintf(text, sizeof text, "%016llx",
            static_cast<unsigned long long>(number(i)));
        return *new std::string(text);
    }
};
struct LongText {
    typedef std::string_view type;
    static type make(int64_t i)
    {
        std::string around(42, 'x');
        return *new std::string(
            around + std::string(Text::make(i)) + around);
    }
};

template <class Key>
std::vector<typename Key::type>
keys_from(int64_t from, int64_t n)
{
    std::vector<typename Key::type> keys;
    for (int64_t i = 0; i < n; i++)
        keys.push_back(Key::make(from + i * STRIDE % n));
    return keys;
}

template <class Key> using table_of = table<typename Key::type, int64_t>;

template <class Key>
table_of<Key>
full(int64_t n)
{
    table_of<Key> m;
    for (int64_t i = 0; i < n; i++)
        m[Key::make(i)] = i + 1;
    return m;
}

// Looking up -----------------------------------------------------------------

template <class M, class K>
void
use(const M &m, const std::vector<K> &keys, int64_t n, bool hits)
{
    int64_t sum = 0;
    size_t k = 0;
    peer_reset();
    for (int64_t i = 0; i < n; i++) {
        auto it = m.find(keys[k]);
        sum += it == m.end() ? 0 : it->second;
        if (++k == keys.size())
            k = 0;
    }
    sink = sum;
    peer_stop();
    peer_check(hits == (sum > 0), "the sum");
}

template <class Key>
void
hit(int64_t size, int64_t n)
{
    auto m = full<Key>(size);
    use(m, keys_from<Key>(0, size), n, true);
}

template <class Key>
void
miss(int64_t size, int64_t n)
{
    auto m = full<Key>(size);
    use(m, keys_from<Key>(size, size), n, false);
}

void
mixed(int64_t hits, int64_t n)
{
    auto m = full<Int64>(SIZE);
    auto keys = keys_from<Int64>(0, SIZE);
    for (int64_t i = 0; i < SIZE; i++)
        if (static_cast<int64_t>(number(i) % 100) >= hits)
            keys[static_cast<size_t>(i)] = Int64::make(SIZE + i);
    use(m, keys, n, true);
}

// Adding and removing --------------------------------------------------------

template <class Key, bool Hint>
void
fill(int64_t size, int64_t n)
{
    auto keys = keys_from<Key>(0, size);
    peer_reset();
    for (int64_t i = 0; i < n; i += size) {
        table_of<Key> m;
        if (Hint)
            m.reserve(static_cast<size_t>(size));
        for (const auto &k : keys)
            m[k] = 1;
        sink = static_cast<int64_t>(m.size());
    }
    peer_stop();
    peer_check(sink == size, "the length");
}

template <class Key>
void
exists(int64_t size, int64_t n)
{
    auto m = full<Key>(size);
    auto keys = keys_from<Key>(0, size);
    size_t k = 0;
    peer_reset();
    for (int64_t i = 0; i < n; i++) {
        m[keys[k]] = i;
        if (++k == keys.size())
            k = 0;
    }
    peer_stop();
    peer_check(static_cast<int64_t>(m.size()) == size, "the length");
}

template <class Key>
void
erase_and_add(int64_t size, int64_t n)
{
    auto m = full<Key>(size);
    auto keys = keys_from<Key>(0, size);
    size_t k = 0;
    peer_reset();
    for (int64_t i = 0; i < n; i++) {
        m.erase(keys[k]);
        m[keys[k]] = 1;
        if (++k == keys.size())
            k = 0;
    }
    peer_stop();
    peer_check(static_cast<int64_t>(m.size()) == size, "the length");
}

void
erase_miss(int64_t size, int64_t n)
{
    auto m = full<Int64>(size);
    auto keys = keys_from<Int64>(size, size);
    size_t k = 0;
    peer_reset();
    for (int64_t i = 0; i < n; i++) {
        m.erase(keys[k]);
        if (++k == keys.size())
            k = 0;
    }
    peer_stop();
    peer_check(static_cast<int64_t>(m.size()) == size, "the length");
}

// Whole maps -----------------------------------------------------------------

template <class Key>
void
iterate(int64_t size, int64_t n)
{
    auto m = full<Key>(size);
    int64_t sum = 0;
    peer_reset();
    for (int64_t i = 0; i < n; i += size)
        for (const auto &e : m)
            sum += e.second;
    sink = sum;
    peer_stop();
    peer_check(sum >= size * (size - 1) / 2, "the sum");
}

void
clone(int64_t size, int64_t n)
{
    auto m = full<Int64>(size);
    peer_reset();
    for (int64_t i = 0; i < n; i += size) {
        auto copy = m;
        sink = static_cast<int64_t>(copy.size());
    }
    peer_stop();
    peer_check(sink == size, "the length");
}

void
clear(int64_t size, int64_t n)
{
    auto m = full<Int64>(size);
    auto keys = keys_from<Int64>(0, size);
    peer_reset();
    for (int64_t i = 0; i < n; i += size) {
        m.clear();
        for (const auto &k : keys)
            m[k] = 1;
    }
    peer_stop();
    peer_check(static_cast<int64_t>(m.size()) == size, "the length");
}

void
make_empty(int64_t, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        auto *m = new table_of<Int64>;
        sink = static_cast<int64_t>(m->size());
        delete m;
    }
}

// Large elements -------------------------------------------------------------

struct Wide {
    int64_t a[7];
};

void
fill_wide(int64_t size, int64_t n)
{
    auto keys = keys_from<Int64>(0, size);
    peer_reset();
    for (int64_t i = 0; i < n; i += size) {
        table<int64_t, Wide> m;
        for (size_t k = 0; k < keys.size(); k++)
            m[keys[k]] = Wide{{static_cast<int64_t>(k)}};
        sink = static_cast<int64_t>(m.size());
    }
    peer_stop();
    peer_check(sink == size, "the length");
}

table<int64_t, Wide>
full_wide(int64_t size)
{
    table<int64_t, Wide> m;
    for (int64_t i = 0; i < size; i++)
        m[Int64::make(i)] = Wide{{i + 1}};
    return m;
}

void
hit_wide(int64_t size, int64_t n)
{
    auto m = full_wide(size);
    auto keys = keys_from<Int64>(0, size);
    int64_t sum = 0;
    size_t k = 0;
    peer_reset();
    for (int64_t i = 0; i < n; i++) {
        auto it = m.find(keys[k]);
        sum += it == m.end() ? 0 : it->second.a[0];
        if (++k == keys.size())
            k = 0;
    }
    sink = sum;
    peer_stop();
    peer_check(sum > 0, "the sum");
}

void
iterate_wide(int64_t size, int64_t n)
{
    auto m = full_wide(size);
    int64_t sum = 0;
    peer_reset();
    for (int64_t i = 0; i < n; i += size)
        for (const auto &e : m)
            sum += e.second.a[0];
    sink = sum;
    peer_stop();
    peer_check(sum > 0, "the sum");
}

// Bad cases and memory -------------------------------------------------------

std::vector<int64_t>
times_of_adding(int64_t n)
{
    table<uint64_t, uint64_t> m;
    std::vector<int64_t> each(static_cast<size_t>(n));
    int64_t before = peer_now();
    for (int64_t i = 0; i < n; i++) {
        m[number(i)] = 1;
        int64_t now = peer_now();
        each[static_cast<size_t>(i)] = now - before;
        before = now;
    }
    return each;
}

void
worst(int64_t, int64_t n)
{
    auto each = times_of_adding(n);
    peer_report(*std::max_element(each.begin(), each.end()) * n);
}

void
p9999(int64_t, int64_t n)
{
    auto each = times_of_adding(n);
    std::sort(each.begin(), each.end());
    peer_report(each[static_cast<size_t>(n - 1 - n / WORST_LEFT_OUT)] * n);
}

int64_t
resident()
{
    long long all = 0, pages = 0;
    FILE *f = std::fopen("/proc/self/statm", "r");
    peer_check(f != nullptr && std::fscanf(f, "%lld %lld", &all, &pages) == 2,
        "/proc/self/statm");
    std::fclose(f);
    return pages * sysconf(_SC_PAGESIZE);
}

void
bytes(int64_t, int64_t n)
{
    int64_t before = resident();
    table<uint64_t, uint64_t> m;
    for (int64_t i = 0; i < n; i++)
        m[number(i)] = 1;
    peer_report(resident() - before);
    peer_check(static_cast<int64_t>(m.size()) == n, "the length");
}

} // namespace

#define KEYS(name, Key)                                                        \
    {"MapAccessHit/Key=" name "/len=6", hit<Key>, 6, 0, 0, 0},                 \
        {"MapAccessMiss/Key=" name "/len=6", miss<Key>, 6, 0, 0, 0},           \
        {"MapAssignFillNoHint/Key=" name "/len=6", fill<Key, false>, 6, 6, 0,  \
            0},                                                                \
        {"MapAccessHit/Key=" name "/len=1000", hit<Key>, 1000, 0, 0, 0},       \
        {"MapAccessMiss/Key=" name "/len=1000", miss<Key>, 1000, 0, 0, 0},     \
        {"MapAssignFillNoHint/Key=" name "/len=1000", fill<Key, false>, 1000,  \
            1000, 0, 0},                                                       \
        {"MapAccessHit/Key=" name "/len=60000", hit<Key>, SIZE, 0, 0, 0},      \
        {"MapAccessMiss/Key=" name "/len=60000", miss<Key>, SIZE, 0, 0, 0},    \
        {"MapAssignFillNoHint/Key=" name "/len=60000", fill<Key, false>, SIZE, \
            SIZE, 0, 0},                                                       \
        {"MapAssignFillHint/Key=" name "/len=60000", fill<Key, true>, SIZE,    \
            SIZE, 0, 0},                                                       \
        {"MapAssignExists/Key=" name "/len=60000", exists<Key>, SIZE, 0, 0,    \
            0},                                                                \
        {"MapDeleteAssign/Key=" name "/len=60000", erase_and_add<Key>, SIZE,   \
            0, 0, 0},                                                          \
    {                                                                          \
        "MapIter/Key=" name "/len=60000", iterate<Key>, SIZE, SIZE, 0, 0       \
    }

extern "C" const struct peer_bench peer_benches[] = {
    KEYS("int32", Int32),
    KEYS("int64", Int64),
    KEYS("string", Text),
    {"MapAccessHit/Key=int64/len=850000", hit<Int64>, 850000, 0, 0, 0},
    {"MapAccessMiss/Key=int64/len=850000", miss<Int64>, 850000, 0, 0, 0},
    {"MapAssignFillNoHint/Key=int64/len=850000", fill<Int64, false>, 850000,
        850000, 0, 0},
    {"MapWorstAssign", worst, 0, WORST, WORST, 0},
    {"MapAccessHit/Key=int64/len=64", hit<Int64>, 64, 0, 0, 0},
    {"MapAccessHit/Key=int64/len=53000", hit<Int64>, 53000, 0, 0, 0},
    {"MapAccessHit/Key=int64/len=54000", hit<Int64>, 54000, 0, 0, 0},
    {"MapAssignFillNoHint/Key=int64/len=64", fill<Int64, false>, 64, 64, 0, 0},
    {"MapAccessHit/Key=low/len=60000", hit<Low>, SIZE, 0, 0, 0},
    {"MapAssignFillNoHint/Key=low/len=60000", fill<Low, false>, SIZE, SIZE, 0,
        0},
    {"MapAccessHit/Key=high/len=60000", hit<High>, SIZE, 0, 0, 0},
    {"MapAssignFillNoHint/Key=high/len=60000", fill<High, false>, SIZE, SIZE,
        0, 0},
    {"MapAccessHit/Key=string100/len=1000", hit<LongText>, 1000, 0, 0, 0},
    {"MapAccessHit/Key=string100/len=60000", hit<LongText>, SIZE, 0, 0, 0},
    {"MapAssignFillNoHint/Key=string100/len=1000", fill<LongText, false>, 1000,
        1000, 0, 0},
    {"MapAccessMixed/Hits=25/len=60000", mixed, 25, SIZE, 0, 0},
    {"MapAccessMixed/Hits=50/len=60000", mixed, 50, SIZE, 0, 0},
    {"MapAccessMixed/Hits=75/len=60000", mixed, 75, SIZE, 0, 0},
    {"MapAssignFillNoHint/Elem=56/len=60000", fill_wide, SIZE, SIZE, 0, 0},
    {"MapAccessHit/Elem=56/len=60000", hit_wide, SIZE, 0, 0, 0},
    {"MapIter/Elem=56/len=60000", iterate_wide, SIZE, SIZE, 0, 0},
    {"MapDeleteMiss/Key=int64/len=60000", erase_miss, SIZE, 0, 0, 0},
    {"MapClone/Key=int64/len=60000", clone, SIZE, SIZE, 0, 0},
    {"MapClear/Key=int64/len=60000", clear, SIZE, SIZE, 0, 0},
    {"MapMakeEmpty", make_empty, 0, 0, 0, 0},
    {"MapAssignP9999", p9999, 0, WORST, WORST, 0},
    {"MapBytes/Key=int64/len=1000000", bytes, 0, 1000000, 1000000, 0},
    {"MapBytes/Key=int64/len=1800000", bytes, 0, 1800000, 1800000, 0},
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
