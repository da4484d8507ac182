// SPDX-License-Identifier: MIT
// map_peers.cc: leat_map beside boost::unordered_flat_map (1.81 or newer) and
// absl::flat_hash_map, each with its own hash function: nanoseconds per
// operation, the least of several rounds in turn; the worst single insert
// while 4 million keys are added; bytes per entry.
//
// Debian's libboost1.81-dev cannot be installed beside the 1.74 that other
// programs here use; unpacking it is enough.
//
//     make lib
//     apt-get download libboost1.81-dev
//     dpkg-deb -x libboost1.81-dev*.deb build/boost
//     g++ -std=c++17 -O2 -Iinclude -Ibuild/boost/usr/include
//         bench/map_peers.cc build/release/libleat.a -labsl_hash
//         -labsl_raw_hash_set -labsl_city -labsl_low_level_hash -pthread
//     ./a.out [most keys]
#include <leat.h>

#include <absl/container/flat_hash_map.h>
#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include <malloc.h>
#include <time.h>
#include <unistd.h>

namespace {

// The thread's own time: other programs count less.
struct stopwatch {
    typedef std::chrono::nanoseconds duration;
    typedef duration::rep rep;
    typedef duration::period period;
    typedef std::chrono::time_point<stopwatch> time_point;
    static time_point now()
    {
        timespec t;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        return time_point(duration(t.tv_sec * 1000000000ll + t.tv_nsec));
    }
};

enum { ROUNDS = 5, WORST_KEYS = 4000000 };

uint64_t state = 1;

uint64_t
next()
{
    uint64_t x = state += UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

// Keys: numbers, and strings of 16 characters.
template <class K> struct keys {
    static K make(uint64_t i) { return (K)i; }
};
std::vector<char> texts;
size_t texts_used;
template <> struct keys<leat_str> {
    static leat_str make(uint64_t i)
    {
        char *p = &texts[texts_used];
        texts_used += 16;
        char text[17];
        std::snprintf(text, sizeof text, "%016llx", (unsigned long long)i);
        std::memcpy(p, text, 16);
        return leat_str{p, 16};
    }
};

// One shape for all maps.
template <class K, class V> struct leat_peer {
    leat_map(K, V) m = NULL;
    void make(size_t n) { m = leat_make_map(K, V, (int64_t)n); }
    ~leat_peer() { leat_map_free(m); }
    void put(const K &k, V v) { leat_map_put(m, k, v); }
    const V *find(const K &k) { return leat_map_find(m, k); }
    bool erase(const K &k) { return leat_map_delete(m, k); }
    V sum()
    {
        V s = 0;
        leat_map_range (K, k, V, v, m)
            s += v;
        return s;
    }
};
template <class K> struct std_key {
    typedef K type;
    static K of(const K &k) { return k; }
};
template <> struct std_key<leat_str> {
    typedef std::string_view type;
    static std::string_view of(const leat_str &s)
    {
        return std::string_view(s.ptr, (size_t)s.len);
    }
};
template <class M, class K, class V> struct std_peer {
    M m;
    void make(size_t n)
    {
        if (n > 0)
            m.reserve(n);
    }
    void put(const K &k, V v) { m[std_key<K>::of(k)] = v; }
    const V *find(const K &k)
    {
        auto it = m.find(std_key<K>::of(k));
        return it == m.end() ? nullptr : &it->second;
    }
    bool erase(const K &k) { return m.erase(std_key<K>::of(k)) > 0; }
    V sum()
    {
        V s = 0;
        for (const auto &e : m)
            s += e.second;
        return s;
    }
};

double
since(stopwatch::time_point start)
{
    return std::chrono::duration<double, std::nano>(stopwatch::now() - start)
        .count();
}

enum { GROW, SIZED, HIT, MISS, CHURN, ITERATE, OPS };
const char *const op_names[OPS] = {
    "insert", "insert sized", "hit", "miss", "erase+insert", "iterate"};

// Small maps many times, so that each measurement is long enough.
template <class P, class K, class V>
void
measure(const std::vector<K> &in, const std::vector<K> &out,
    const std::vector<K> &mixed, double *best)
{
    size_t n = in.size(), times = std::max<size_t>(1, 400000 / n);
    V sink = 0;
    double ns[OPS] = {};
    for (int sized = 0; sized < 2; sized++) {
        auto start = stopwatch::now();
        for (size_t t = 0; t < times; t++) {
            P p;
            p.make(sized ? n : 0);
            for (size_t i = 0; i < n; i++)
                p.put(in[i], (V)i);
        }
        ns[sized ? SIZED : GROW] = since(start);
    }
    P p;
    p.make(0);
    for (size_t i = 0; i < n; i++)
        p.put(in[i], (V)i);
    auto start = stopwatch::now();
    for (size_t t = 0; t < times; t++)
        for (size_t i = 0; i < n; i++)
            sink += *p.find(mixed[i]);
    ns[HIT] = since(start);
    start = stopwatch::now();
    for (size_t t = 0; t < times; t++)
        for (size_t i = 0; i < n; i++)
            sink += p.find(out[i]) != nullptr;
    ns[MISS] = since(start);
    start = stopwatch::now();
    for (size_t t = 0; t < times; t++)
        sink += p.sum();
    ns[ITERATE] = since(start);
    start = stopwatch::now();
    for (size_t t = 0; t < times; t++) {
        const std::vector<K> &from = t % 2 ? out : in, &to = t % 2 ? in : out;
        for (size_t i = 0; i < n; i++) {
            p.erase(from[i]);
            p.put(to[i], (V)i);
        }
    }
    ns[CHURN] = since(start);
    if (sink == (V)12345)
        std::puts("");
    for (int op = 0; op < OPS; op++)
        best[op] = std::min(best[op], ns[op] / (double)(n * times));
}

template <class K, class V>
void
compare(const char *name, size_t n)
{
    typedef typename std_key<K>::type S;
    std::vector<K> in, out;
    texts.resize(2 * n * 16);
    texts_used = 0;
    for (size_t i = 0; i < n; i++) {
        in.push_back(keys<K>::make(next() | 1));
        out.push_back(keys<K>::make(next() & ~(uint64_t)1));
    }
    std::vector<K> mixed = in;
    for (size_t i = n - 1; i > 0; i--)
        std::swap(mixed[i], mixed[next() % (i + 1)]);
    double best[3][OPS];
    for (auto &row : best)
        for (double &b : row)
            b = 1e18;
    for (int r = 0; r < ROUNDS; r++) {
        measure<leat_peer<K, V>, K, V>(in, out, mixed, best[0]);
        measure<std_peer<boost::unordered_flat_map<S, V>, K, V>, K, V>(
            in, out, mixed, best[1]);
        measure<std_peer<absl::flat_hash_map<S, V>, K, V>, K, V>(
            in, out, mixed, best[2]);
    }
    for (int op = 0; op < OPS; op++)
        std::printf("%-5s %8zu  %-13s %7.1f %7.1f %7.1f   %.2f\n", name, n,
            op_names[op], best[0][op], best[1][op], best[2][op],
            best[0][op] / best[1][op]);
    std::fflush(stdout);
}

// The worst insert, each with its least time over the rounds: what the map
// does is the same every time, what the machine does is not.
template <class P>
double
worst()
{
    std::vector<float> least(WORST_KEYS, 1e18f);
    for (int r = 0; r < ROUNDS; r++) {
        P p;
        p.make(0);
        auto before = stopwatch::now();
        for (uint64_t i = 0; i < WORST_KEYS; i++) {
            p.put(i * UINT64_C(0x9E3779B97F4A7C15), i);
            auto now = stopwatch::now();
            float ns =
                std::chrono::duration<float, std::nano>(now - before).count();
            least[i] = std::min(least[i], ns);
            before = now;
        }
    }
    return *std::max_element(least.begin(), least.end()) / 1e6;
}

size_t
resident()
{
    long pages = 0, all = 0;
    FILE *f = std::fopen("/proc/self/statm", "r");
    if (f == nullptr || std::fscanf(f, "%ld %ld", &all, &pages) != 2)
        std::exit(1);
    std::fclose(f);
    return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

template <class P, class K>
double
bytes(size_t n)
{
    malloc_trim(0);
    size_t before = resident();
    P p;
    p.make(0);
    for (uint64_t i = 0; i < n; i++)
        p.put((K)(i * UINT64_C(0x9E3779B97F4A7C15)), 1);
    malloc_trim(0);
    return (double)(resident() - before) / (double)n;
}

} // namespace

int
main(int argc, char **argv)
{
    size_t most = argc > 1 ? std::strtoul(argv[1], NULL, 10) : 1000000;
    std::printf("key       keys  operation        leat   boost    absl   "
                "leat/boost\n");
    for (size_t n : {6, 64, 1000, 60000, 850000, 1000000}) {
        if (n > most)
            break;
        compare<uint32_t, uint32_t>("u32", n);
        compare<uint64_t, uint64_t>("u64", n);
        compare<leat_str, uint64_t>("str", n);
    }
    if (most < 1000000)
        return 0;
    typedef leat_peer<uint64_t, uint64_t> L;
    typedef std_peer<boost::unordered_flat_map<uint64_t, uint64_t>, uint64_t,
        uint64_t>
        B;
    typedef std_peer<absl::flat_hash_map<uint64_t, uint64_t>, uint64_t,
        uint64_t>
        A;
    std::printf("worst insert of 4 million, ms: leat %.2f boost %.2f absl "
                "%.2f\n",
        worst<L>(), worst<B>(), worst<A>());
    for (size_t n : {1000000, 2000000, 3000000, 4000000})
        std::printf("bytes per entry, u64 to u64, %zu: leat %.1f boost %.1f "
                    "absl %.1f\n",
            n, bytes<L, uint64_t>(n), bytes<B, uint64_t>(n),
            bytes<A, uint64_t>(n));
    return 0;
}
