// SPDX-License-Identifier: MIT
// leat/base.h: what every other public header needs: linkage, durations and
// the table of errors.
//
// The GNU extensions the public macros use, named once: statement
// expressions, __typeof__, __auto_type, __COUNTER__ and the cleanup
// attribute. gcc 12 and clang 14 have them all, in C and in C++.
#ifndef LEAT_BASE_H
#define LEAT_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define LEAT__BEGIN extern "C" {
#define LEAT__END }
#define LEAT__NORETURN __attribute__((noreturn))
#define LEAT__AUTO auto
#define LEAT__ASSERT(cond, text) static_assert(cond, text)
#else
#define LEAT__BEGIN
#define LEAT__END
#define LEAT__NORETURN _Noreturn
#define LEAT__AUTO __auto_type
#define LEAT__ASSERT(cond, text) _Static_assert(cond, text)
#endif

#define LEAT_API __attribute__((visibility("default")))
// Dropping the result is a leak, or leaves open whether a lock is held.
#define LEAT__MUST_USE __attribute__((warn_unused_result))
#define LEAT__PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

#define LEAT__CAT_(a, b) a##b
#define LEAT__CAT(a, b) LEAT__CAT_(a, b)

// Between these a wrong pointer type, or a number for a pointer, is an error
// and not a warning; as it always is in C++. Not as the first thing of a
// macro that may follow an `if`: gcc takes a pragma there for its body.
#define LEAT__STRICT _Pragma("GCC diagnostic push") LEAT__STRICT_C
#define LEAT__STRICT_END _Pragma("GCC diagnostic pop")
#ifdef __cplusplus
#define LEAT__STRICT_C
#else
#define LEAT__STRICT_C                                                        \
    _Pragma("GCC diagnostic error \"-Wincompatible-pointer-types\"")          \
    _Pragma("GCC diagnostic error \"-Wint-conversion\"")
#endif

// The library's version; leat_version() gives that of the one linked.
#define LEAT_VERSION "0.1.0"

LEAT__BEGIN

// Durations and deadlines are nanoseconds in an int64_t. A deadline is a
// point on the monotonic clock of leat_now(); LEAT_FOREVER never comes.
#define LEAT_NANOSECOND ((int64_t)1)
#define LEAT_MICROSECOND (1000 * LEAT_NANOSECOND)
#define LEAT_MILLISECOND (1000 * LEAT_MICROSECOND)
#define LEAT_SECOND (1000 * LEAT_MILLISECOND)
#define LEAT_MINUTE (60 * LEAT_SECOND)
#define LEAT_HOUR (60 * LEAT_MINUTE)
#define LEAT_FOREVER INT64_MAX

// Every error the library returns: name, value, message. Calls that can
// fail return 0 (or a count) on success and one of these, always negative,
// on failure; errno is never used, because a goroutine may wake on another
// thread than the one it parked on.
//
// A call that needs memory and whose description names no error for that ends
// the program when there is none: `fatal error: out of memory: ...`, which
// says what to do, and status 2.
//
// A NULL where the description allows none is a mistake of the program and
// ends it with status 2, as an access to NULL of its own does (leat/panic.h),
// or with `fatal error: fault` when the library was at work with it.
#define LEAT_ERROR_MAP(X)                                                     \
    X(LEAT_EAGAIN, -1, "operation would block")                               \
    X(LEAT_ECLOSED, -2, "channel or descriptor is closed")                    \
    X(LEAT_ETIMEDOUT, -3, "deadline passed")                                  \
    X(LEAT_ECANCELED, -4, "context canceled")                                 \
    X(LEAT_ENOMEM, -5, "out of memory or address space")                      \
    X(LEAT_EINVAL, -6, "argument out of range")                               \
    X(LEAT_EBADF, -7, "descriptor is not open or cannot be waited for")       \
    X(LEAT_EMFILE, -8, "too many open descriptors")                           \
    X(LEAT_EBUSY, -9, "in use by somebody else")                              \
    X(LEAT_ETHREAD, -10, "the system refused another thread")                 \
    X(LEAT_ESYS, -11, "the system refused the call")                          \
    X(LEAT_ERANGE, -12, "value out of range")                                 \
    X(LEAT_ESYNTAX, -13, "invalid syntax")

enum leat_error {
#define LEAT__X(name, value, text) name = value,
    LEAT_ERROR_MAP(LEAT__X)
#undef LEAT__X
};

// The message for an error code, a static string; "no error" for 0 and
// "unknown error" for a number outside the table. Never parks.
LEAT_API const char *leat_strerror(int err);

// The version of the library that is linked, such as "0.1.0".
LEAT_API const char *leat_version(void);

LEAT__END

// Channels and maps are pointers to pointers to functions, which take a pointer
// to what the handle leads to first. LEAT__HANDLE_CHECK does not compile unless
// x is such a handle.
#ifdef __cplusplus
template <class Handle, class To> struct leat__leads {
    enum { yes = 0 };
};
template <class Value, class To, class... Rest>
struct leat__leads<Value (**)(To *, Rest...), To> {
    enum { yes = 1 };
};
#define LEAT__HANDLE_CHECK(x, To, text)                                       \
    LEAT__ASSERT((leat__leads<__typeof__(x), To>::yes == 1), text)
// The function that takes such a handle and no other. (Declared once more, so
// that a semicolon may follow.)
#define LEAT__HANDLE_ONLY(name, To, text)                                     \
    template <class Handle> inline To *name(Handle x)                         \
    {                                                                         \
        LEAT__HANDLE_CHECK(x, To, text);                                      \
        return (To *)x;                                                       \
    }                                                                         \
    template <class Handle> To *name(Handle x)
#else
// A function becomes a pointer to itself where its value is asked for, and
// nothing else does.
#define LEAT__IS_POINTER(x) (__builtin_classify_type(x) == 5)
#define LEAT__IF_POINTER(x, T)                                                \
    __builtin_choose_expr(LEAT__IS_POINTER(x), x, (T *)0)
#define LEAT__IS_FUNCTION(f) _Generic(f, __typeof__(f) *: 1, default: 0)
#define LEAT__IS_HANDLE(x)                                                    \
    (LEAT__IS_POINTER(x) && LEAT__IS_POINTER(*LEAT__IF_POINTER(x, int)) &&    \
        LEAT__IS_FUNCTION(                                                    \
            *LEAT__IF_POINTER(*LEAT__IF_POINTER(x, int), int)))

// With the text if it is no handle at all. If what it leads to cannot be called
// with these there is no text: gcc's message has `name` in it. (clang shows the
// line that uses this: the name stands beside what is passed.) An expression.
#define LEAT__HANDLE_CHECK(x, text, name, ...)                                \
    (void)sizeof(__extension__({                                              \
        __typeof__(x) *name;                                                  \
        LEAT__ASSERT(LEAT__IS_HANDLE(*name), text);                           \
        LEAT__STRICT                                                          \
        (void)sizeof((**name)(__VA_ARGS__), 0);                               \
        LEAT__STRICT_END                                                      \
        0;                                                                    \
    }))
#endif

#endif
