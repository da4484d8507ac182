// SPDX-License-Identifier: MIT
// leat/panic.h: panic, defer, recover.
//
// leat_panic unwinds the goroutine: its deferred functions run, newest
// first, on top of the stack as it is. If none of them recovers, the program
// prints `panic: ...`, the goroutine's trace, and exits with status 2. If one
// calls leat_recover, the other deferred functions of the innermost leat_try
// that was open where that defer was made run, and control continues behind
// it. Without a leat_try the goroutine ends as if its function had returned;
// a deferred function that a panic runs ends the same way if a panic of its
// own is recovered in it, and the outer panic goes on.
//
// The rules are Go's (1.22), but that functions which a deferred function
// calls may recover as well. A NULL access or a division by zero is a panic
// that can be recovered in the go profile only: C code it leaves may hold
// locks.
//
// A longjmp may pass frames without leat_defer and leat_try only. One that
// leaves a deferred function while a panic runs it is fatal at the goroutine's
// next panic, leat_recover or leat_try, or where a leat_defer is due, as far as
// the stack still shows it, and undefined else. leat_recover is the way out.
//
//     static void note(void *p) { *(volatile int *)p = !!leat_recover(); }
//     volatile int failed = 0;
//     leat_try {
//         leat_defer(note, (void *)&failed);
//         risky();
//     }
#ifndef LEAT_PANIC_H
#define LEAT_PANIC_H

#include <leat/base.h>

enum leat_panic_kind {
    LEAT_PANIC_STRING = 1,  // leat_panic: text
    LEAT_PANIC_RUNTIME = 2, // the runtime's own, such as a nil dereference
    LEAT_PANIC_VALUE = 3    // leat_panic_value: the program's pointer
};

struct leat_panic_info {
    enum leat_panic_kind kind;
    const char *text; // what would be printed; valid until the deferred
                      // function that called leat_recover returns
    void *value;      // LEAT_PANIC_VALUE: the pointer given
};

LEAT__BEGIN

// Panics with a formatted text. May run deferred functions; does not return.
LEAT_API LEAT__NORETURN void leat_panic(const char *format, ...)
    LEAT__PRINTF(1, 2);

// Panics with a pointer of the program's; type names it in the message
// `panic: (TYPE) 0x...`.
LEAT_API LEAT__NORETURN void leat_panic_value(const char *type, void *value);

// In a deferred function that a panic runs: stops that panic and returns
// what it was. NULL when there is nothing to recover.
LEAT_API const struct leat_panic_info *leat_recover(void);

// Prints `fatal error: TEXT` and all goroutines, exits with status 2. No
// deferred function runs and nothing recovers it. As with every report of
// Leat's, what stdio holds for stdout is written too, unless another thread
// has stdout's lock.
LEAT_API LEAT__NORETURN void leat_throw(const char *format, ...)
    LEAT__PRINTF(1, 2);

// leat_defer(fn, arg) calls fn(arg) when the enclosing block is left, by
// whatever way: its end, break, return, goto, panic or leat_goexit. Newest
// first. (Not by longjmp or exit.) fn takes one pointer, of any type that arg
// fits as in a call; what it returns, a number, a pointer or nothing, is
// dropped: leat_defer(leat_mutex_unlock, &m). arg is evaluated now. It is a
// declaration, so it cannot be all that an `if` or a loop without braces
// governs; in braces it runs at their end.
//
// fn is a function: leat_close, leat_free and other macros are none. For a
// channel there are the functions behind them (leat/chan.h), and for maps,
// slices and strings one writes a function over a pointer to the variable,
// which then frees what the variable holds in the end:
//
//     leat_defer(leat_chan_close, (struct leat_chan *)jobs);
//     static void free_ints(leat_slice(int) *s) { leat_slice_free(*s); }
//     leat_slice(int) found = LEAT_ZERO;
//     leat_defer(free_ints, &found);
#define leat_defer(fn, arg) leat__defer(fn, arg, __COUNTER__)

// leat_try { ... } marks where a recovered panic continues: behind it. As
// with setjmp, a local that is changed inside (by a deferred function too) and
// read after a recovered panic must be volatile; what leat_catch fills in
// need not be. Leaving the block by break, return or goto is fine. (gcc's
// -Wclobbered, of -Wextra, warns of locals it might keep in registers, also of
// such that only inlined functions of C++ have: a leat_try in a short function
// of its own has none.)
#define leat_try leat__try_(LEAT__CAT(leat__t, __COUNTER__))

// Stands in the block of a leat_try: a deferred leat_recover that stores what
// it stopped in *caught; caught->kind stays 0 when nothing was. The text is
// copied, and cut if it is too long.
struct leat_caught {
    enum leat_panic_kind kind; // 0: nothing was caught
    void *value;
    char text[240];
};
#define leat_catch(caught)                                                    \
    leat_defer(leat__catch, caught);                                          \
    if (leat__never())                                                        \
    continue

// Behind the macros.
struct leat__defer {
    struct leat__defer *link;
    void (*fn)(void *);
    void *arg;
    void *g;
    uint32_t started, is_try;
};
enum { LEAT__TRY_WORDS = 22 }; // pc, sp and the callee-saved registers
struct leat__try {
    struct leat__defer d;
    uint32_t entered, masked;
    void *context[LEAT__TRY_WORDS];
};
LEAT_API void leat__defer_push(struct leat__defer *d);
LEAT_API void leat__defer_run(struct leat__defer *d);
LEAT_API bool leat__try_enter(struct leat__try *t);
LEAT_API void leat__try_leave(struct leat__try *t);
LEAT_API int leat__try_mark(void **context) __attribute__((returns_twice));
LEAT_API void leat__catch(void *caught);

// False, but no compiler knows: the `continue` of leat_catch is a way from
// there to the mark. Without one (the block ends in a call that does not
// return) clang holds that nobody can have changed *caught at the mark, as its
// address is not known to anybody yet.
static inline bool
leat__never(void)
{
    int zero = 0;
    __asm__ volatile("" : "+r"(zero));
    return zero != 0;
}

LEAT__END

// How leat_defer takes functions of any pointer: a call that is compiled, but
// not run, checks the types, and then fn is called as if it took a void *,
// which is passed like any other pointer.
#define LEAT__DEFER_RESULT                                                    \
    "leat_defer: the function returns a number, a pointer or nothing"
#ifdef __cplusplus
#define leat__defer(func, argument, n)                                        \
    struct leat__defer LEAT__CAT(leat__d, n)                                  \
        __attribute__((cleanup(leat__defer_run))) =                           \
            leat__deferred(func, argument);                                   \
    leat__defer_push(&LEAT__CAT(leat__d, n))

template <class Type> struct leat__as_given {
    typedef Type type;
};
template <class Type> struct leat__is_long_double {
    static constexpr bool yes = false;
};
template <> struct leat__is_long_double<long double> {
    static constexpr bool yes = true;
};
template <class Result, class Arg>
inline struct leat__defer
leat__deferred(
    Result (*fn)(Arg *), typename leat__as_given<Arg>::type *arg)
{
    static_assert(!__is_class(Result) && !__is_union(Result) &&
            !leat__is_long_double<Result>::yes,
        LEAT__DEFER_RESULT);
    const volatile void *p = arg;
    void (*any)(void) = reinterpret_cast<void (*)(void)>(fn);
    return {nullptr, reinterpret_cast<void (*)(void *)>(any),
        const_cast<void *>(p), nullptr, 0, 0};
}
// Of overloaded functions the one of a void *.
inline struct leat__defer
leat__deferred(void (*fn)(void *), void *arg)
{
    return {nullptr, fn, arg, nullptr, 0, 0};
}
// A lambda that captures nothing.
template <class Result, class Arg>
Arg *leat__taken_by(Result (*fn)(Arg *));
template <class Lambda>
inline struct leat__defer
leat__deferred(Lambda fn, decltype(leat__taken_by(+fn)) arg)
{
    return leat__deferred(+fn, arg);
}
#else
#define leat__defer(func, argument, n)                                        \
    struct leat__defer LEAT__CAT(leat__d, n)                                  \
        __attribute__((cleanup(leat__defer_run))) = {NULL,                    \
            leat__defer_fn(func, argument),                                   \
            leat__defer_arg(argument, LEAT__CAT(leat__h, n)), NULL, 0, 0};    \
    leat__defer_push(&LEAT__CAT(leat__d, n))
// 0 and NULL as a pointer: a function of a number would take them.
#define LEAT__DEFER_POINTER(argument) (1 ? (argument) : (void *)0)
#define LEAT__DEFER_TYPE(func, argument)                                      \
    __typeof__((func)(LEAT__DEFER_POINTER(argument)))
#define leat__defer_fn(func, argument)                                        \
    ({                                                                        \
        LEAT__STRICT                                                          \
        LEAT__ASSERT(__builtin_classify_type(__builtin_choose_expr(           \
                __builtin_types_compatible_p(                                 \
                    LEAT__DEFER_TYPE(func, argument), void),                  \
                0, (func)(LEAT__DEFER_POINTER(argument)))) <                  \
                    __builtin_classify_type((_Complex double)0) &&            \
                !__builtin_types_compatible_p(                                \
                    LEAT__DEFER_TYPE(func, argument), long double),           \
            LEAT__DEFER_RESULT);                                              \
        LEAT__STRICT_END                                                      \
        (void (*)(void *))(void (*)(void))(func);                             \
    })
#define leat__defer_arg(argument, name)                                       \
    ({                                                                        \
        LEAT__STRICT                                                          \
        const volatile void *name = (argument);                               \
        LEAT__STRICT_END                                                      \
        (void *)(uintptr_t)name;                                              \
    })
#endif

// The loop runs its body once: enter is true the first time only, and after
// a recovered panic mark returns 1.
#define leat__try_(t)                                                         \
    for (struct leat__try t __attribute__((cleanup(leat__try_leave))) =       \
             {{NULL, NULL, NULL, NULL, 0, 0}, 0, 0, {NULL}};                  \
         leat__try_enter(&t) && leat__try_mark(t.context) == 0;)

#endif
