// SPDX-License-Identifier: MIT
// basic.cc: the library from C++: channels, select, goroutines, sync, defer
// and panic, through the same macros.
#include <leat.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#define EXPECT(cond)                                                           \
    do {                                                                       \
        if (!(cond)) {                                                         \
            std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);    \
            std::exit(1);                                                      \
        }                                                                      \
    } while (0)

namespace {

struct point {
    int x, y;
};

struct nothing {};

// Channels ----------------------------------------------------------------------

void
square(leat_chan(int) in, leat_chan(point) out)
{
    leat_range(int, v, in)
        leat_send(out, (point{v, v * v}));
    leat_close(out);
}

void
test_chan()
{
    leat_chan(int) in = leat_make_chan(int, 3);
    leat_chan(point) out = leat_make_chan(point);
    leat_go(square, in, out);
    for (int i = 0; i < 3; i++)
        leat_send(in, i);
    leat_close(in);
    int n = 0;
    point p;
    while (leat_recv_ok(out, &p))
        EXPECT(p.x == n && p.y == n * n && ++n > 0);
    EXPECT(n == 3);
    EXPECT(leat_recv(out).y == 0);
    EXPECT(leat_try_recv(out, &p) == LEAT_ECLOSED);
    EXPECT(leat_cap(in) == 3 && leat_len(in) == 0);
    leat_free(in);
    leat_free(out);
}

void
test_try_and_until()
{
    leat_chan(double) c = leat_try_make_chan(double, 1);
    double v = 0;
    EXPECT(leat_try_send(c, 1) == 0);
    EXPECT(leat_try_send(c, 2) == LEAT_EAGAIN);
    EXPECT(leat_send_until(c, 0, 2.5) == LEAT_ETIMEDOUT);
    EXPECT(leat_recv_until(c, &v, LEAT_FOREVER) == 0 && v == 1.0);
    EXPECT(leat_recv_until(c, &v, leat_now() + 1000) == LEAT_ETIMEDOUT);
    leat_free(c);
}

// An empty class has size 1 in C++, and takes no room in a channel.
void
test_empty()
{
    leat_chan(nothing) c = leat_make_chan(nothing, 1000000);
    leat_chan(leat_done) d = leat_make_chan(leat_done, 2);
    leat_send(c, nothing{});
    leat_send(c, nothing{});
    nothing v;
    EXPECT(leat_recv_ok(c, &v));
    EXPECT(leat_len(c) == 1);
    EXPECT(leat_try_send(d, leat_done{}) == 0);
    leat_free(c);
    leat_free(d);
}

void
test_pointers()
{
    leat_chan(const char *) words = leat_make_chan(const char *, 2);
    leat_send(words, "one");
    leat_send(words, nullptr);
    EXPECT(std::strcmp(leat_recv(words), "one") == 0);
    EXPECT(leat_recv(words) == nullptr);
    leat_chan(leat_chan(int)) cc = leat_make_chan(leat_chan(int), 1);
    leat_chan(int) c = leat_make_chan(int, 1);
    leat_send(cc, c);
    leat_send(leat_recv(cc), 4);
    EXPECT(leat_recv(c) == 4);
    leat_chan(int) nil = nullptr;
    EXPECT(leat_try_send(nil, 1) == LEAT_EAGAIN);
}

// Select ------------------------------------------------------------------------

void
answer(leat_chan(int) c, int v)
{
    leat_send(c, v);
}

void
test_select()
{
    leat_chan(int) a = leat_make_chan(int), b = leat_make_chan(int, 1);
    leat_chan(point) p = leat_make_chan(point, 1);
    int v = 0;
    bool ok = false;
    EXPECT(leat_select(leat_case_recv(a, &v), leat_default) == 1);
    EXPECT(leat_select(leat_default) == 0);
    EXPECT(leat_select(leat_case_recv(a, NULL), leat_default) == 1);
    EXPECT(leat_select(leat_case_send(b, 7), leat_case_recv(a, &v)) == 0);
    EXPECT(leat_select_priority(leat_case_recv_ok(b, &v, &ok),
               leat_case_send(p, point{1, 2})) == 0);
    EXPECT(v == 7 && ok);
    EXPECT(leat_select(leat_case_send(p, (point{3, 4}))) == 0);
    EXPECT(leat_recv(p).y == 4);
    leat_go(answer, a, 9);
    EXPECT(leat_select(leat_case_recv(a, &v), leat_case_recv(b, nullptr)) ==
        0);
    EXPECT(v == 9);
    EXPECT(leat_select_until(leat_now() + 1000, leat_case_recv(a, nullptr)) ==
        LEAT_ETIMEDOUT);
    leat_close(a);
    EXPECT(leat_select(leat_case_recv_ok(a, &v, &ok)) == 0 && !ok && v == 0);
    leat_case list[2] = {leat_case_recv(b, &v), leat_default};
    EXPECT(leat_select_cases(list, 2, 0, 0) == 1);
}

// Goroutines ----------------------------------------------------------------------

void
mixed(int a, double b, const char *c, float d, long e, leat_chan(bool) out)
{
    leat_send(out,
        a == 1 && b == 2.5 && std::strcmp(c, "three") == 0 && d == 4.5f &&
            e == -5);
}

int
returns(leat_chan(bool) out)
{
    leat_send(out, true);
    return 3;
}

void
test_go()
{
    leat_chan(bool) out = leat_make_chan(bool);
    leat_go(mixed, 1, 2.5, "three", 4.5f, -5, out);
    EXPECT(leat_recv(out));
    leat_go(returns, out);
    EXPECT(leat_recv(out));
    void (*lambda)(leat_chan(bool)) = [](leat_chan(bool) c) {
        leat_send(c, true);
    };
    leat_go(lambda, out);
    EXPECT(leat_recv(out));
    leat_go_options options = {};
    options.name = "named";
    leat_go_with(&options, returns, out);
    EXPECT(leat_recv(out));
    EXPECT(leat_try_go(returns, out) == 0);
    EXPECT(leat_recv(out));
    EXPECT(leat_goid() == 1 && leat_gomaxprocs(0) >= 1);
}

// Sync, context, time ---------------------------------------------------------------

struct shared {
    leat_mutex mu;
    leat_waitgroup wg;
    leat_once once;
    int count, first;
};

void
add(shared *s)
{
    for (int i = 0; i < 1000; i++) {
        leat_mutex_lock(&s->mu);
        s->count++;
        leat_mutex_unlock(&s->mu);
    }
    leat_once_do(&s->once, [](void *p) { ++*static_cast<int *>(p); },
        &s->first);
    leat_waitgroup_done(&s->wg);
}

void
test_sync()
{
    shared s = LEAT_ZERO;
    leat_waitgroup_add(&s.wg, 4);
    for (int i = 0; i < 4; i++)
        leat_go(add, &s);
    leat_waitgroup_wait(&s.wg);
    EXPECT(s.count == 4000 && s.first == 1);
    leat_context *ctx = leat_with_timeout(nullptr, LEAT_MILLISECOND);
    leat_recv_ok(leat_context_done(ctx), nullptr);
    EXPECT(leat_context_error(ctx) == LEAT_ETIMEDOUT);
    leat_context_release(ctx);
    leat_timer *t = leat_new_timer(1000);
    EXPECT(leat_recv(leat_timer_chan(t)) > 0);
    leat_timer_free(t);
}

// Defer, panic, and destructors beside them ------------------------------------------

struct guard {
    int *n;
    ~guard() { ++*n; }
};

void
note(void *p)
{
    *static_cast<int *>(p) += 10;
}

void
leave_early(int *n)
{
    guard g = {n};
    leat_defer(note, n);
    if (*n == 0)
        return;
    *n = 1000;
}

void
test_defer_and_panic()
{
    int n = 0;
    leave_early(&n);
    EXPECT(n == 11);
    leat_caught c = {};
    leat_try {
        leat_catch(&c);
        leat_panic("number %d", 5);
    }
    EXPECT(c.kind == LEAT_PANIC_STRING);
    EXPECT(std::strcmp(c.text, "number 5") == 0);
    int done = 0;
    leat_try {
        leat_defer(note, &done);
        done++;
    }
    EXPECT(done == 11);
}

// An exception stays within its goroutine's own frames. Inside the handler
// nothing may park: what is being caught is the thread's.
void
thrower(leat_chan(int) out)
{
    int caught = 0;
    try {
        leat_yield();
        throw 7;
    } catch (int v) {
        caught = v;
    }
    leat_send(out, caught);
}

void
test_exceptions()
{
    leat_chan(int) out = leat_make_chan(int);
    for (int i = 0; i < 100; i++)
        leat_go(thrower, out);
    for (int i = 0; i < 100; i++)
        EXPECT(leat_recv(out) == 7);
}

} // namespace

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    test_chan();
    test_try_and_until();
    test_empty();
    test_pointers();
    test_select();
    test_go();
    test_sync();
    test_defer_and_panic();
    test_exceptions();
    return 0;
}
