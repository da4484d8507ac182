// SPDX-License-Identifier: MIT
// unwind_scenarios.h: what test_unwind.c and test_symbol.c share.
//
// Their tests run in the test program and in many kinds of programs of their
// own (compilers, optimization, static, stripped, DWARF versions, aarch64):
// test_unwind_kinds.c compiles them with UNWIND_STANDALONE, which replaces the
// library of tests by what is below. UNWIND_NO_LINES, UNWIND_NO_STATICS and
// UNWIND_STATIC say what a kind lacks.
#ifndef LEAT_TESTS_UNWIND_SCENARIOS_H
#define LEAT_TESTS_UNWIND_SCENARIOS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifdef UNWIND_STANDALONE
// Scenarios link themselves into a list, which main at the end runs.
struct scenario {
    const char *name;
    void (*body)(void);
    struct scenario *next;
};
extern struct scenario *scenarios;
#define PLAIN_TEST(area, id)                                                   \
    static void scenario_##id(void);                                           \
    __attribute__((constructor)) static void scenario_add_##id(void)           \
    {                                                                          \
        static struct scenario s = {.name = #id, .body = scenario_##id};       \
        s.next = scenarios;                                                    \
        scenarios = &s;                                                        \
    }                                                                          \
    static void scenario_##id(void)
#define CHECK(cond) CHECK_MSG(cond, "%s", "")
#define CHECK_MSG(cond, ...)                                                   \
    ((cond) ? (void)0                                                          \
            : (printf("%s:%d: CHECK(%s) ", __FILE__, __LINE__, #cond),         \
                  printf(__VA_ARGS__), printf("\n"), exit(1)))
#define CHECK_EQ(a, b)                                                         \
    CHECK_MSG((long long)(a) == (long long)(b), "%s is %lld, %s is %lld", #a,  \
        (long long)(a), #b, (long long)(b))
#define CHECK_STR(a, b)                                                        \
    CHECK_MSG(strcmp(a, b) == 0, "\"%s\" is not \"%s\"", a, b)
#define SKIP(text) return
#else
#include "lib/test.h"
#define SKIP(text) test_skip(text)
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define UNWIND_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define UNWIND_SANITIZED 1
#endif
#endif
#ifndef UNWIND_SANITIZED
#define UNWIND_SANITIZED 0
#endif

#ifdef __clang__
#define APART __attribute__((noinline))
#else
#define APART __attribute__((noipa))
#endif

// ---- Damage -----------------------------------------------------------------

static uint64_t noise_state = 88172645463325252u;

static inline uint64_t
noise(void)
{
    noise_state ^= noise_state << 13;
    noise_state ^= noise_state >> 7;
    noise_state ^= noise_state << 17;
    return noise_state;
}

#ifdef __clang__
#define UNCHECKED __attribute__((no_sanitize("address")))
#else
#define UNCHECKED __attribute__((no_sanitize_address))
#endif

// Copies bytes so that a read behind them faults; unmap with guarded_free. The
// bytes may be those of whole segments, red zones included.
UNCHECKED static inline uint8_t *
guarded_copy(const uint8_t *from, size_t len, void **area)
{
    size_t bytes = (len + 4095) / 4096 * 4096;
    uint8_t *p = mmap(NULL, bytes + 4096, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK((void *)p != MAP_FAILED);
    CHECK_EQ(mprotect(p + bytes, 4096, PROT_NONE), 0);
    *area = p;
    uint8_t *copy = p + bytes - len;
    for (size_t i = 0; i < len; i++)
        copy[i] = ((const volatile uint8_t *)from)[i];
    return copy;
}

static inline void
guarded_free(void *area, size_t len)
{
    munmap(area, (len + 4095) / 4096 * 4096 + 4096);
}

// Changes a few bytes, and gives back how to undo it.
enum {
    DAMAGE = 4
};
struct damage {
    size_t at[DAMAGE];
    uint8_t old[DAMAGE];
};

static inline void
damage_do(uint8_t *p, size_t len, struct damage *d)
{
    for (int i = 0; i < DAMAGE; i++) {
        d->at[i] = noise() % len;
        d->old[i] = p[d->at[i]];
        p[d->at[i]] = noise() % 4 ? (uint8_t)noise() : 0xff;
    }
}

static inline void
damage_undo(uint8_t *p, const struct damage *d)
{
    for (int i = DAMAGE - 1; i >= 0; i--)
        p[d->at[i]] = d->old[i];
}

#endif
