// SPDX-License-Identifier: MIT
// fiber.cc: Boost.Fiber. With one P its round-robin scheduler on one thread,
// with more its work-stealing one, whose idle threads spin (as its own
// measurements have it; told to sleep, they do not wake for work to steal). A
// buffered channel holds one less than its size, a power of two. There is no
// select.
#include "peer.h"

#include <atomic>
#include <boost/fiber/all.hpp>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

namespace fibers = boost::fibers;

namespace {

enum { SIDE = 4, MEMBERS = 100, ROWS = 64 };
using Rendezvous = fibers::unbuffered_channel<int64_t>;
using Buffered = fibers::buffered_channel<int64_t>;

template <class Channel> int64_t
receive(Channel &c)
{
    int64_t v = 0;
    peer_check(c.pop(v) == fibers::channel_op_status::success, "a closed one");
    return v;
}

// Counts fibers down; one waiter.
class Tally {
  public:
    explicit Tally(int64_t count) : left_(count) {}
    void done()
    {
        std::unique_lock<fibers::mutex> lock(mutex_);
        if (--left_ == 0)
            zero_.notify_one();
    }
    void wait()
    {
        std::unique_lock<fibers::mutex> lock(mutex_);
        zero_.wait(lock, [this] { return left_ == 0; });
    }

  private:
    int64_t left_;
    fibers::mutex mutex_;
    fibers::condition_variable zero_;
};

void
ping_pong(int64_t, int64_t n)
{
    auto a = std::make_shared<Rendezvous>(), b = std::make_shared<Rendezvous>();
    fibers::fiber peer([a, b] {
        int64_t v;
        while (a->pop(v) == fibers::channel_op_status::success)
            b->push(v + 1);
    });
    for (int64_t i = 0; i < n; i++) {
        a->push(i);
        peer_check(receive(*b) == i + 1, "the answer of a ping");
    }
    peer_stop();
    a->close();
    peer.join();
}

void
ring(int64_t, int64_t n)
{
    std::vector<Rendezvous> c(MEMBERS);
    Buffered done(2);
    std::vector<fibers::fiber> members;
    for (int i = 0; i < MEMBERS; i++)
        members.emplace_back([&, i] {
            auto &next = c[(i + 1) % MEMBERS];
            int64_t v;
            while ((v = receive(c[i])) >= 0) {
                if (v == 0)
                    done.push(1);
                else
                    next.push(v - 1);
            }
            if (i != MEMBERS - 1)
                next.push(-1);
        });
    peer_reset();
    c[0].push(n);
    receive(done);
    peer_stop();
    c[0].push(-1);
    for (auto &m : members)
        m.join();
}

struct Crowd {
    explicit Crowd(int64_t n) : ready(n), done(n) {}
    Tally ready, done;
    Rendezvous gate;
};

void
crowd_start(Crowd &crowd, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        fibers::fiber([&crowd] {
            int64_t v;
            crowd.ready.done();
            crowd.gate.pop(v);
            crowd.done.done();
        }).detach();
    crowd.ready.wait();
}

void
spawn_idle(int64_t, int64_t n)
{
    for (int64_t batch; n > 0; n -= batch) {
        batch = n < 100000 ? n : 100000;
        Crowd crowd(batch);
        crowd_start(crowd, batch);
        crowd.gate.close();
        crowd.done.wait();
    }
}

void
prime_sieve(int64_t, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        auto c = std::make_shared<Rendezvous>();
        std::vector<fibers::fiber> all;
        int64_t count = 0, last = 0, prime;
        all.emplace_back([c] {
            for (int64_t v = 2; v <= 541; v++)
                c->push(v);
            c->close();
        });
        while (c->pop(prime) == fibers::channel_op_status::success) {
            auto out = std::make_shared<Rendezvous>();
            all.emplace_back([in = c, prime, out] {
                int64_t v;
                while (in->pop(v) == fibers::channel_op_status::success)
                    if (v % prime != 0)
                        out->push(v);
                out->close();
            });
            c = out;
            count++;
            last = prime;
        }
        for (auto &f : all)
            f.join();
        peer_check(count == 100 && last == 541, "the hundredth prime");
    }
}

int64_t
mandelbrot_row(int y)
{
    int64_t inside = 0;
    double ci = static_cast<double>(y) / 32 - 1;
    for (int x = 0; x < 64; x++) {
        double cr = static_cast<double>(x) / 32 - 1.5, zr = 0, zi = 0;
        int step = 0;
        while (step < 50 && zr * zr + zi * zi <= 4) {
            double r = zr * zr - zi * zi + cr;
            zi = 2 * zr * zi + ci;
            zr = r;
            step++;
        }
        inside += step == 50;
    }
    return inside;
}

void
mandelbrot(int64_t, int64_t n)
{
    int64_t expected = -1;
    for (int64_t i = 0; i < n; i++) {
        auto result = std::make_shared<Buffered>(2 * ROWS);
        int64_t sum = 0;
        for (int y = 0; y < ROWS; y++)
            fibers::fiber([=] { result->push(mandelbrot_row(y)); }).detach();
        for (int y = 0; y < ROWS; y++)
            sum += receive(*result);
        if (expected < 0)
            expected = sum;
        peer_check(sum == expected && sum > 0, "the points of the picture");
    }
}

using Result = std::shared_ptr<Rendezvous>;

void
skynet_node(int64_t first, int64_t size, const Result &result)
{
    if (size == 1) {
        result->push(first);
        return;
    }
    auto c = std::make_shared<Rendezvous>();
    int64_t children = size < 10 ? size : 10, sum = 0;
    for (int64_t i = 0; i < children; i++) {
        int64_t part = size / children + (i < size % children);
        fibers::fiber([=] { skynet_node(first, part, c); }).detach();
        first += part;
    }
    for (int64_t i = 0; i < children; i++)
        sum += receive(*c);
    result->push(sum);
}

void
skynet(int64_t, int64_t n)
{
    auto result = std::make_shared<Rendezvous>();
    fibers::fiber([=] { skynet_node(0, n, result); }).detach();
    peer_check(receive(*result) == n * (n - 1) / 2, "the leaves' sum");
}

void
buffered(int64_t, int64_t n)
{
    Buffered c(2);
    for (int64_t i = 0; i < n; i++) {
        c.push(i);
        peer_check(receive(c) == i, "a value from a buffer");
    }
}

void
spawn_finish(int64_t, int64_t n)
{
    for (int64_t batch; n > 0; n -= batch) {
        batch = n < 1000 ? n : 1000;
        auto tally = std::make_shared<Tally>(batch);
        for (int64_t i = 0; i < batch; i++)
            fibers::fiber([tally] { tally->done(); }).detach();
        tally->wait();
    }
}

void
yielding(int64_t, int64_t n)
{
    auto run = [n] {
        for (int64_t i = 0; i < n / 2; i++)
            boost::this_fiber::yield();
    };
    fibers::fiber a(run), b(run);
    a.join();
    b.join();
}

// The patterns ---------------------------------------------------------------

template <class Channel> void
pattern(Channel &c, int64_t n, int senders, int receivers)
{
    int64_t each = n / senders;
    std::atomic<int64_t> sum(0);
    std::vector<fibers::fiber> all;
    auto take = [&c, &sum](int64_t count) {
        int64_t mine = 0;
        for (int64_t i = 0; i < count; i++)
            mine += receive(c);
        sum += mine;
    };
    for (int i = 0; i < senders; i++)
        all.emplace_back([&c, each] {
            for (int64_t v = 1; v <= each; v++)
                c.push(v);
        });
    for (int i = 0; i < receivers; i++)
        all.emplace_back([&take, each] { take(each); });
    if (receivers == 0)
        take(n);
    for (auto &f : all)
        f.join();
    peer_check(sum == senders * (each * (each + 1) / 2), "the values' sum");
}

void
pattern_of(int64_t capacity, int64_t n, int senders, int receivers)
{
    size_t size = 2;
    while (static_cast<int64_t>(size) - 1 < capacity)
        size *= 2;
    if (capacity == 0) {
        Rendezvous c;
        pattern(c, n, senders, receivers);
    } else {
        Buffered c(size);
        pattern(c, n, senders, receivers);
    }
}

void
spsc(int64_t capacity, int64_t n)
{
    pattern_of(capacity, n, 1, 0);
}

void
mpsc(int64_t capacity, int64_t n)
{
    pattern_of(capacity, n, SIDE, 0);
}

void
mpmc(int64_t capacity, int64_t n)
{
    pattern_of(capacity, n, SIDE, SIDE);
}

void
seq(int64_t capacity, int64_t n)
{
    Buffered c(capacity == 1 ? 2 : 1024);
    int64_t sum = 0, burst = capacity;
    for (int64_t left = n; left > 0; left -= burst) {
        if (burst > left)
            burst = left;
        for (int64_t i = 0; i < burst; i++)
            c.push(left - i);
        for (int64_t i = 0; i < burst; i++)
            sum += receive(c);
    }
    peer_check(sum == n * (n + 1) / 2, "the values' sum");
}

} // namespace

// What peer.h asks for --------------------------------------------------------

bool
peer_park(int64_t n)
{
    static Crowd *crowd; // parked until the process ends
    crowd = new Crowd(n);
    try {
        crowd_start(*crowd, n);
    } catch (const std::exception &) {
        return false;
    }
    return true;
}

// A fiber that computes keeps its thread: with as many of them as threads the
// ticker waits until they end.
void
peer_ticker(int64_t hogs, int64_t)
{
    for (int64_t i = 0; i < hogs; i++)
        fibers::fiber([] {
            while (!peer_ticker_over())
                continue;
        }).detach();
    do {
        auto due = std::chrono::nanoseconds(peer_tick_due());
        boost::this_fiber::sleep_until(
            std::chrono::steady_clock::time_point(due));
    } while (peer_tick());
}

int
peer_echo_server(int64_t)
{
    return 2;
}

void
peer_begin(int procs)
{
    if (procs == 1)
        return; // round robin is what a thread has
    auto count = static_cast<uint32_t>(procs);
    for (int i = 1; i < procs; i++)
        std::thread([count] {
            fibers::use_scheduling_algorithm<fibers::algo::work_stealing>(
                count);
            fibers::mutex mutex;
            fibers::condition_variable never;
            std::unique_lock<fibers::mutex> lock(mutex);
            never.wait(lock, [] { return false; });
        }).detach();
    fibers::use_scheduling_algorithm<fibers::algo::work_stealing>(count);
}

const struct peer_bench peer_benches[] = {
    {"PingPong", ping_pong, 0, 0, 0, 0},
    {"Ring", ring, 0, 0, 0, 0},
    {"SpawnIdle", spawn_idle, 0, 0, 1000000, 0},
    {"PrimeSieve", prime_sieve, 0, 0, 0, 0},
    {"Mandelbrot", mandelbrot, 0, 0, 0, 0},
    {"Skynet", skynet, 0, 0, 1000000, 0},
    {"BufferedUncontended", buffered, 0, 0, 0, 0},
    {"SpawnFinish", spawn_finish, 0, 0, 0, 0},
    {"Yield", yielding, 0, 2, 0, 0},
    {"Pattern/seq/cap=1", seq, 1, SIDE, 0, 0},
    {"Pattern/seq/cap=1000", seq, 1000, SIDE, 0, 0},
    {"Pattern/spsc/cap=0", spsc, 0, SIDE, 0, 0},
    {"Pattern/spsc/cap=1", spsc, 1, SIDE, 0, 0},
    {"Pattern/spsc/cap=1000", spsc, 1000, SIDE, 0, 0},
    {"Pattern/mpsc/cap=0", mpsc, 0, SIDE, 0, 0},
    {"Pattern/mpsc/cap=1", mpsc, 1, SIDE, 0, 0},
    {"Pattern/mpsc/cap=1000", mpsc, 1000, SIDE, 0, 0},
    {"Pattern/mpmc/cap=0", mpmc, 0, SIDE, 0, 0},
    {"Pattern/mpmc/cap=1", mpmc, 1, SIDE, 0, 0},
    {"Pattern/mpmc/cap=1000", mpmc, 1000, SIDE, 0, 0},
    {nullptr, nullptr, 0, 0, 0, 0},
};
