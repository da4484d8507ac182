// SPDX-License-Identifier: MIT
// base/check.h: assertions at three prices and the compiler's hints.
//
// leat_assert costs nothing in a release build (LEAT_DEBUG 0), is checked at
// LEAT_DEBUG >= 1; leat_assert_slow at >= 2. LEAT_CHECK stays everywhere:
// it guards memory safety. One fact per assert.
#ifndef LEAT_BASE_CHECK_H
#define LEAT_BASE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef LEAT_DEBUG
#define LEAT_DEBUG 0
#endif

#define LEAT__LIKELY(x) __builtin_expect(!!(x), 1)
#define LEAT__UNLIKELY(x) __builtin_expect(!!(x), 0)
#define LEAT__NOINLINE __attribute__((noinline))
// Of a function that calls others by a type they do not quite have.
#ifdef __clang__
#define LEAT__ANY_POINTER __attribute__((no_sanitize("function", "cfi-icall")))
#else
#define LEAT__ANY_POINTER
#endif
#define LEAT__INLINE static inline __attribute__((always_inline))
#define LEAT__COLD __attribute__((noinline, cold))

enum { LEAT__EXIT_STATUS = 2 }; // of a program that the runtime ends, as Go's

// Prints `leat: FILE:LINE: assertion failed: TEXT` and aborts.
_Noreturn void leat__assert_failed(
    const char *file, int line, const char *text);

#define LEAT_CHECK(c)                                                         \
    (LEAT__LIKELY(c) ? (void)0 : leat__assert_failed(__FILE__, __LINE__, #c))
#if LEAT_DEBUG >= 1
#define leat_assert(c) LEAT_CHECK(c)
#else
#define leat_assert(c) ((void)sizeof(c))
#endif
#if LEAT_DEBUG >= 2
#define leat_assert_slow(c) LEAT_CHECK(c)
#else
#define leat_assert_slow(c) ((void)sizeof(c))
#endif

// Which sanitizer the library is built with.
#if defined(__SANITIZE_THREAD__)
#define LEAT__TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define LEAT__TSAN 1
#endif
#endif
#ifndef LEAT__TSAN
#define LEAT__TSAN 0
#endif
#if defined(__SANITIZE_ADDRESS__)
#define LEAT__ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LEAT__ASAN 1
#endif
#endif
#ifndef LEAT__ASAN
#define LEAT__ASAN 0
#endif

#endif
