// SPDX-License-Identifier: MIT
// leat/go.h: goroutines: starting the runtime, spawning, yielding, ending.
//
// A program writes leat_main instead of main. Each goroutine has a stack of
// its own (192 KiB by default, committed as it is touched) and below it 64 KiB
// that fault when they are touched. A function with a frame larger than that
// can step over them, unless it is compiled with -fstack-clash-protection, as
// what uses leat.pc or CMake's leat::leat is. Goroutines run on all processors
// and may wake on another thread than the one they parked on: do not hold the
// address of a thread_local variable, or errno, over a call that may park.
#ifndef LEAT_GO_H
#define LEAT_GO_H

#include <leat/base.h>

LEAT__BEGIN

// Starts the runtime with fn(argc, argv) as goroutine 1. Its return value
// is the program's exit status, whatever other goroutines are doing. Does
// not return. Fatal when called twice.
LEAT_API LEAT__NORETURN void leat_run(
    int (*fn)(int argc, char **argv), int argc, char **argv);

// `int leat_main(int argc, char **argv) { ... }` defines the program's main:
// the macro writes the C main that calls leat_run. Both parameters have to be
// there, and no prototype may stand before it. (Traces know the function by
// its name, which is the same in C++.)
#define leat_main(...)                                                        \
    leat__user_main(int, char **) __asm__("leat__user_main");                 \
    int main(int leat__argc, char **leat__argv)                               \
    {                                                                         \
        leat_run(leat__user_main, leat__argc, leat__argv);                    \
    }                                                                         \
    int leat__user_main(__VA_ARGS__)

// Settings a program may choose before leat_run; LEATPROCS and LEATDEBUG in
// the environment win over them.
enum leat_profile {
    LEAT_STRICT, // misuse of channels is fatal (the default)
    LEAT_GO      // misuse of channels panics or blocks, as in Go
};

struct leat_config {
    enum leat_profile profile;
    int procs;         // number of Ps; 0: CPUs the program may use
    size_t stack_size; // bytes for each goroutine; 0: LEAT_STACK_DEFAULT
};

// Applies *config. 0, LEAT_EINVAL for values out of range, LEAT_EBUSY once
// the runtime runs, which it does in leat_main, and from the first other call
// of Leat on that needs it: so this is for a main that calls leat_run. Never
// parks.
LEAT_API int leat_configure(const struct leat_config *config);

// The profile in force.
LEAT_API enum leat_profile leat_get_profile(void);

// Options of one spawn; zero means the default.
struct leat_go_options {
    const char *name;  // copied, at most LEAT_NAME_MAX bytes are kept
    size_t stack_size; // bytes, LEAT_STACK_MIN to LEAT_STACK_MAX
};

enum {
    LEAT_NAME_MAX = 31,              // bytes of a goroutine's name
    LEAT_STACK_MIN = 16 << 10,       // smallest stack_size
    LEAT_STACK_DEFAULT = 192 << 10,  // of a goroutine that does not ask
    LEAT_STACK_MAX = 1 << 30,        // largest stack_size
    LEAT_GO_ARGS_MAX = 6,            // arguments of leat_go
    LEAT_PROCS_MAX = 256             // largest number of Ps
};

// leat_go(fn, args...) runs fn(args...) in a new goroutine. The compiler
// checks the arguments against fn's prototype and converts them as in a
// call, and what a call would only warn of, a wrong pointer type, is an error;
// up to six arguments of integer, pointer, float or double type (no struct and
// no long double: pass a pointer to one; in C++ nullptr, not NULL; of a
// bit-field its value, +s.bit). They are evaluated now, fn's result is
// dropped; it is no long double and at most 16 bytes. In C++ no parameter is a
// reference, and neither a parameter nor the result is an object. fn may also
// be a pointer to a function. (With clang not one that is declared noreturn,
// as exit is: clang leaves out what follows such a call. Wrap it.) Never
// parks. Running out of memory for a new goroutine is fatal, and a NULL fn
// panics with "go of nil func value"; leat_try_go returns LEAT_ENOMEM instead
// of the former, and leat_go_with(&options, fn, args...) takes spawn options.
#define leat_go(fn, ...)                                                      \
    ((void)leat__go(NULL, 0, fn, __COUNTER__ __VA_OPT__(, ) __VA_ARGS__))
#define leat_try_go(fn, ...)                                                  \
    leat__go(NULL, 1, fn, __COUNTER__ __VA_OPT__(, ) __VA_ARGS__)
#define leat_go_with(options, fn, ...)                                        \
    ((void)leat__go(options, 0, fn, __COUNTER__ __VA_OPT__(, ) __VA_ARGS__))

// The same with one pointer and no macros: for language bindings, and for
// whatever does not fit into six scalars. options may be NULL. 0,
// LEAT_ENOMEM, or LEAT_EINVAL for a stack_size out of range and a NULL fn.
LEAT_API int leat_go_ptr(const struct leat_go_options *options,
    void (*fn)(void *arg), void *arg);

// Lets other goroutines run; the caller goes to the back of the queue.
LEAT_API void leat_yield(void);

// Ends the calling goroutine after running its deferred functions. From the
// main goroutine: the program goes on until every goroutine has ended, and
// then stops as a deadlock. On a plain thread: pthread_exit.
LEAT_API LEAT__NORETURN void leat_goexit(void);

// The number of goroutines that exist, the caller's included.
LEAT_API int leat_num_goroutine(void);

// Sets the number of Ps, that is, of goroutines that run at once, to n
// (1 to LEAT_PROCS_MAX, larger values are cut), and returns the number
// before; n <= 0 only asks. Stops the world for a moment. From then on the
// number stays, whatever leat_num_cpu becomes. Before leat_run it says how many
// that is to make, whatever LEATPROCS says.
LEAT_API int leat_gomaxprocs(int n);

// The number of CPUs the process may use: affinity mask and cgroup quota. While
// nobody has set the number of Ps both are looked at again every 10 s.
LEAT_API int leat_num_cpu(void);

// The calling goroutine's number, 1 for the main one; 0 on a plain thread.
LEAT_API uint64_t leat_goid(void);

// The calling goroutine's name ("" if none was given); shown in dumps.
LEAT_API void leat_set_name(const char *name);
LEAT_API const char *leat_get_name(void);

// Between begin and end the calling goroutine makes calls that block its
// thread: its P is lent to another thread at once. Without them a thread
// that has not come back for 10 ms loses its P anyway. Pairs do not nest.
// end may park.
LEAT_API void leat_blocking_begin(void);
LEAT_API void leat_blocking_end(void);

// Behind the macros; not to be called by name.
LEAT_API int leat__go_prepare(
    const struct leat_go_options *options, void (*fn)(void), int may_fail);
LEAT_API void leat__go_commit(void);

LEAT__END

// How leat_go works: the arguments are evaluated into temporaries, prepare
// makes the goroutine, and then leat__go_commit is called as if it were fn,
// so that the compiler checks and converts the arguments as fn's prototype
// says. commit takes whatever lies in the argument registers over into the
// new goroutine. A large result would need a hidden argument, and a long
// double is left on the stack of the floating-point unit, where nobody drops
// it: refused.
#define leat__go(opt, may_fail, fn, n, ...)                                   \
    leat__go_expand(LEAT__CAT(leat__go, LEAT__NARGS(__VA_ARGS__)), opt,       \
        may_fail, fn, LEAT__CAT(leat__f, n), LEAT__CAT(leat__e, n),           \
        LEAT__CAT(leat__a, n) __VA_OPT__(, ) __VA_ARGS__)
#define leat__go_expand(which, ...) which(__VA_ARGS__)

#define LEAT__NARGS(...)                                                      \
    LEAT__NARGS_(0 __VA_OPT__(, ) __VA_ARGS__, _many, _many, _many, _many,    \
        _many, _many, 6, 5, 4, 3, 2, 1, 0)
#define LEAT__NARGS_(z, a, b, c, d, e, f, g, h, i, j, k, l, n, ...) n

#define leat__go_head(fn, f, ...)                                             \
    __typeof__(&*(fn)) f = (fn);                                              \
    LEAT__CHECK_CALL(fn, f, __VA_ARGS__)

#define leat__go_tail(opt, may_fail, f, e, ...)                               \
    int e = leat__go_prepare(opt, (void (*)(void))f, may_fail);               \
    if (e == 0) {                                                             \
        f = (__typeof__(f))leat__go_commit;                                   \
        __asm__("" : "+r"(f)); /* the compiler must not see through this */   \
        LEAT__CHECKED                                                         \
        (void)f(__VA_ARGS__);                                                 \
        LEAT__STRICT_END                                                      \
    }                                                                         \
    e;

#define leat__go_many(...)                                                    \
    ({                                                                        \
        LEAT__ASSERT(0, "leat_go: at most 6 arguments, use leat_go_ptr");     \
        0;                                                                    \
    })

#define LEAT__RESULT_TEXT                                                     \
    "leat_go: the function's result is too large or of a kind that cannot be "\
    "dropped, pass a pointer to a place for it"

// The call as the program wrote it, which is never made: what the compiler
// has to say is about the program's own names, and wrong types are errors. It
// need not be said again about the call that is made. C++ knows no warnings
// here, and more about the function. void has size 1 in GNU C.
#ifdef __cplusplus
#define LEAT__CHECK_CALL(fn, f, ...)                                          \
    LEAT__ASSERT(leat__go_types<__typeof__(*f)>::no_long,                     \
        LEAT__NO_LONG_TEXT);                                                  \
    LEAT__ASSERT(leat__go_types<__typeof__(*f)>::fits,                        \
        "leat_go: a parameter is a number or a pointer, no object and no "    \
        "reference: pass a pointer");                                         \
    LEAT__ASSERT(leat__go_types<__typeof__(*f)>::gives,                       \
        LEAT__RESULT_TEXT);
#define LEAT__CHECKED _Pragma("GCC diagnostic push")
#else
#define LEAT__CHECK_CALL(fn, f, ...)                                          \
    LEAT__STRICT                                                              \
    typedef __typeof__((fn)(__VA_ARGS__)) f##_result;                         \
    LEAT__STRICT_END                                                          \
    LEAT__ASSERT(__extension__ sizeof(f##_result) <= 16,                      \
        LEAT__RESULT_TEXT);                                                   \
    LEAT__ASSERT(                                                             \
        !__builtin_types_compatible_p(f##_result, long double),               \
        LEAT__RESULT_TEXT);
#define LEAT__CHECKED                                                         \
    _Pragma("GCC diagnostic push")                                            \
    _Pragma("GCC diagnostic ignored \"-Wincompatible-pointer-types\"")        \
    _Pragma("GCC diagnostic ignored \"-Wint-conversion\"")
#endif

// A long double is passed in no register, or in a wider one than is taken
// over, so a function with such a parameter is refused. C tells what a
// function's parameters are only to who names all of them: found are those
// of which the other parameters are of just the types that are given. C++
// finds every one, and makes more of an argument than C does: a parameter
// that is a reference or an object would be, or lead to, something that is
// gone when the statement ends. And no such result has a place to go to.
#ifdef __cplusplus
#define LEAT__NO_OBJECT(T) (!__is_class(T) && !__is_union(T))
template <class Pn> struct leat__go_takes {
    static constexpr bool no_long = true;
    static constexpr bool fits = LEAT__NO_OBJECT(Pn) && sizeof(Pn) <= 8;
};
template <> struct leat__go_takes<long double> {
    static constexpr bool no_long = false, fits = true;
};
template <class Pn> struct leat__go_takes<Pn &> {
    static constexpr bool no_long = true, fits = false;
};
template <class Pn> struct leat__go_takes<Pn &&> : leat__go_takes<Pn &> {};

template <class Rt> struct leat__go_gives {
    static constexpr bool fits = LEAT__NO_OBJECT(Rt) && sizeof(Rt) <= 16;
};
template <> struct leat__go_gives<long double> {
    static constexpr bool fits = false;
};
template <> struct leat__go_gives<void> {
    static constexpr bool fits = true;
};
template <class Rt> struct leat__go_gives<Rt &> : leat__go_gives<void> {};
template <class Rt> struct leat__go_gives<Rt &&> : leat__go_gives<void> {};
template <class Rt> struct leat__go_gives<const Rt> : leat__go_gives<Rt> {};

// What is left over; with clang noreturn is a part of the type.
template <class Fn> struct leat__go_types {
    static_assert(sizeof(Fn *) == 0,
        "leat_go: no function of this kind can be called, wrap it");
    static constexpr bool no_long = true, fits = true, gives = true;
};
template <class Rt> struct leat__go_types<Rt()> {
    static constexpr bool no_long = true, fits = true;
    static constexpr bool gives = leat__go_gives<Rt>::fits;
};
template <class Rt, class P1, class... Pn>
struct leat__go_types<Rt(P1, Pn...)> {
    static constexpr bool no_long =
        leat__go_takes<P1>::no_long && leat__go_types<Rt(Pn...)>::no_long;
    static constexpr bool fits =
        leat__go_takes<P1>::fits && leat__go_types<Rt(Pn...)>::fits;
    static constexpr bool gives = leat__go_types<Rt(Pn...)>::gives;
};
template <class Rt, class... Pn>
struct leat__go_types<Rt(Pn..., ...)> : leat__go_types<Rt(Pn...)> {};
#ifdef __cpp_noexcept_function_type
template <class Rt, class... Pn>
struct leat__go_types<Rt(Pn...) noexcept> : leat__go_types<Rt(Pn...)> {};
template <class Rt, class... Pn>
struct leat__go_types<Rt(Pn..., ...) noexcept> : leat__go_types<Rt(Pn...)> {};
#endif
#define LEAT__NO_LONG(f, ...) (void)0
#else
#define LEAT__NO_LONG(f, ...)                                                 \
    LEAT__ASSERT(!__builtin_types_compatible_p(__typeof__(*f),                \
                     f##_result(__VA_ARGS__)),                                \
        LEAT__NO_LONG_TEXT)
#endif
#define LEAT__NO_LONG_TEXT                                                    \
    "leat_go: no long double can be passed, pass a pointer to it"

// A struct goes in as many registers of as many kinds as its members say, and
// a copy of a lock or of a waitgroup would be another one.
#ifdef __cplusplus
#define LEAT__IS_SCALAR(x)                                                    \
    (!__is_class(__typeof__(x)) && !__is_union(__typeof__(x)))
#else
enum { LEAT__CLASS_REAL = 8 }; // the classes up to it are those of scalars
#define LEAT__IS_SCALAR(x) (__builtin_classify_type(x) <= LEAT__CLASS_REAL)
#endif
#define LEAT__SCALAR(x)                                                       \
    LEAT__ASSERT(LEAT__IS_SCALAR(x) && sizeof(x) <= 8,                        \
        "leat_go: an argument is a number or a pointer; of a struct, slice "  \
        "or string pass its address")

// What is passed: the constant, which converts without a warning where it
// fits, or what was evaluated.
#ifdef __cplusplus
#define LEAT__PASS(x, a) a
#else
#define LEAT__PASS(x, a)                                                      \
    __builtin_choose_expr(__builtin_constant_p(x), x, a)
#endif

#define LEAT__AT(a, i) __typeof__(a##_##i)
#define LEAT__NO_LONG1(f, a)                                                  \
    LEAT__NO_LONG(f, long double)
#define LEAT__NO_LONG2(f, a)                                                  \
    LEAT__NO_LONG(f, long double, LEAT__AT(a, 2));                            \
    LEAT__NO_LONG(f, LEAT__AT(a, 1), long double);                            \
    LEAT__NO_LONG(f, long double, long double)
#define LEAT__NO_LONG3(f, a)                                                  \
    LEAT__NO_LONG(f, long double, LEAT__AT(a, 2), LEAT__AT(a, 3));            \
    LEAT__NO_LONG(f, LEAT__AT(a, 1), long double, LEAT__AT(a, 3));            \
    LEAT__NO_LONG(f, LEAT__AT(a, 1), LEAT__AT(a, 2), long double);            \
    LEAT__NO_LONG(f, long double, long double, long double)
#define LEAT__NO_LONG4(f, a)                                                  \
    LEAT__NO_LONG(f, long double, LEAT__AT(a, 2), LEAT__AT(a, 3),             \
        LEAT__AT(a, 4));                                                      \
    LEAT__NO_LONG(f, LEAT__AT(a, 1), long double, LEAT__AT(a, 3),             \
        LEAT__AT(a, 4));                                                      \
    LEAT__NO_LONG(f, LEAT__AT(a, 1), LEAT__AT(a, 2), long double,             \
        LEAT__AT(a, 4));                                                      \
    LEAT__NO_LONG(f, LEAT__AT(a, 1), LEAT__AT(a, 2), LEAT__AT(a, 3),          \
        long double);                                                         \
    LEAT__NO_LONG(f, long double, long double, long double,                   \
        long double)
#define LEAT__NO_LONG5(f, a)                                                  \
    LEAT__NO_LONG(f, long double, LEAT__AT(a, 2), LEAT__AT(a, 3),             \
        LEAT__AT(a, 4), LEAT__AT(a, 5));                                      \
    LEAT__NO_LONG(f, LEAT__AT(a, 1), long double, LEAT__AT(a, 3),             \
        LEAT__AT(a, 4), LEAT__AT(a, 5));                                      \
    LEAT__NO_LONG(f, LEAT__AT(a, 1), LEAT__AT(a, 2), long double,             \
        LEAT__AT(a, 4), LEAT__AT(a, 5));                                      \
    LEAT__NO_LONG(f, LEAT__AT(a, 1), LEAT__AT(a, 2), LEAT__AT(a, 3),          \
        long double, LEAT__AT(a, 5));                                         \
    LEAT__NO_LONG(f, LEAT__AT(a, 1), LEAT__AT(a, 2), LEAT__AT(a, 3),          \
        LEAT__AT(a, 4), long double);                                         \
    LEAT__NO_LONG(f, long double, long double, long double,                   \
        long double, long double)
#define LEAT__NO_LONG6(f, a)                                                  \
    LEAT__NO_LONG(f, long double, LEAT__AT(a, 2), LEAT__AT(a, 3),             \
        LEAT__AT(a, 4), LEAT__AT(a, 5), LEAT__AT(a, 6));                      \
    LEAT__NO_LONG(f, LEAT__AT(a, 1), long double, LEAT__AT(a, 3),             \
        LEAT__AT(a, 4), LEAT__AT(a, 5), LEAT__AT(a, 6));                      \
    LEAT__NO_LONG(f, LEAT__AT(a, 1), LEAT__AT(a, 2), long double,             \
        LEAT__AT(a, 4), LEAT__AT(a, 5), LEAT__AT(a, 6));                      \
    LEAT__NO_LONG(f, LEAT__AT(a, 1), LEAT__AT(a, 2), LEAT__AT(a, 3),          \
        long double, LEAT__AT(a, 5), LEAT__AT(a, 6));                         \
    LEAT__NO_LONG(f, LEAT__AT(a, 1), LEAT__AT(a, 2), LEAT__AT(a, 3),          \
        LEAT__AT(a, 4), long double, LEAT__AT(a, 6));                         \
    LEAT__NO_LONG(f, LEAT__AT(a, 1), LEAT__AT(a, 2), LEAT__AT(a, 3),          \
        LEAT__AT(a, 4), LEAT__AT(a, 5), long double);                         \
    LEAT__NO_LONG(f, long double, long double, long double,                   \
        long double, long double, long double)

#define leat__go0(opt, may_fail, fn, f, e, a)                                 \
    ({                                                                        \
        leat__go_head(fn, f);                                                 \
        leat__go_tail(opt, may_fail, f, e)                                    \
    })
// n arguments: each evaluated once, into a variable of its own.
#define LEAT__GO_ARG(a, i, x)                                                 \
    LEAT__AUTO a##_##i = (x);                                                 \
    LEAT__SCALAR(a##_##i);
#define LEAT__GO_ARGS1(a, x1) LEAT__GO_ARG(a, 1, x1)
#define LEAT__GO_ARGS2(a, x1, x2)                                             \
    LEAT__GO_ARGS1(a, x1) LEAT__GO_ARG(a, 2, x2)
#define LEAT__GO_ARGS3(a, x1, x2, x3)                                         \
    LEAT__GO_ARGS2(a, x1, x2) LEAT__GO_ARG(a, 3, x3)
#define LEAT__GO_ARGS4(a, x1, x2, x3, x4)                                     \
    LEAT__GO_ARGS3(a, x1, x2, x3) LEAT__GO_ARG(a, 4, x4)
#define LEAT__GO_ARGS5(a, x1, x2, x3, x4, x5)                                 \
    LEAT__GO_ARGS4(a, x1, x2, x3, x4) LEAT__GO_ARG(a, 5, x5)
#define LEAT__GO_ARGS6(a, x1, x2, x3, x4, x5, x6)                             \
    LEAT__GO_ARGS5(a, x1, x2, x3, x4, x5) LEAT__GO_ARG(a, 6, x6)
#define LEAT__GO_PASS1(a, x1) LEAT__PASS(x1, a##_1)
#define LEAT__GO_PASS2(a, x1, x2)                                             \
    LEAT__GO_PASS1(a, x1), LEAT__PASS(x2, a##_2)
#define LEAT__GO_PASS3(a, x1, x2, x3)                                         \
    LEAT__GO_PASS2(a, x1, x2), LEAT__PASS(x3, a##_3)
#define LEAT__GO_PASS4(a, x1, x2, x3, x4)                                     \
    LEAT__GO_PASS3(a, x1, x2, x3), LEAT__PASS(x4, a##_4)
#define LEAT__GO_PASS5(a, x1, x2, x3, x4, x5)                                 \
    LEAT__GO_PASS4(a, x1, x2, x3, x4), LEAT__PASS(x5, a##_5)
#define LEAT__GO_PASS6(a, x1, x2, x3, x4, x5, x6)                             \
    LEAT__GO_PASS5(a, x1, x2, x3, x4, x5), LEAT__PASS(x6, a##_6)

#define LEAT__GO_CALL(n, opt, may_fail, fn, f, e, a, ...)                     \
    ({                                                                        \
        leat__go_head(fn, f, __VA_ARGS__);                                    \
        LEAT__GO_ARGS##n(a, __VA_ARGS__)                                      \
        LEAT__NO_LONG##n(f, a);                                               \
        leat__go_tail(                                                        \
            opt, may_fail, f, e, LEAT__GO_PASS##n(a, __VA_ARGS__))            \
    })
#define leat__go1(...) LEAT__GO_CALL(1, __VA_ARGS__)
#define leat__go2(...) LEAT__GO_CALL(2, __VA_ARGS__)
#define leat__go3(...) LEAT__GO_CALL(3, __VA_ARGS__)
#define leat__go4(...) LEAT__GO_CALL(4, __VA_ARGS__)
#define leat__go5(...) LEAT__GO_CALL(5, __VA_ARGS__)
#define leat__go6(...) LEAT__GO_CALL(6, __VA_ARGS__)

#endif
