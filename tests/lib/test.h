// SPDX-License-Identifier: MIT
// test.h: what a test file includes. A test is one sentence about behaviour:
//
//     TEST(chan, what_is_buffered_survives_close)
//     {
//         ...
//         CHECK_EQ(woken, 3);
//     }
//
// The idea: each test runs in a process of its own, so a test may end in a
// deadlock report, a panic or a signal and that can be what it expects; a test
// that hangs is stopped without harming the others. The body of TEST runs as
// the main goroutine, that of PLAIN_TEST in main() with no runtime started.
//
// A test that executes no check and expects nothing but exit status 0 fails
// ("asserts nothing"): such a test could never have failed otherwise.
//
// Everything below works from any goroutine and any thread. A failed check
// prints where it stands and ends the process with TEST_STATUS_FAILED.
//
// Rejected: a check that records the failure and goes on. What follows a
// broken assumption is noise, and a goroutine cannot be unwound from outside.
#ifndef LEAT_TESTS_LIB_TEST_H
#define LEAT_TESTS_LIB_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    // Neither a shell (126, 127, 128+n), Go (2) nor a sanitizer (1, 66, 77 is
    // the skip convention of automake) uses this status.
    TEST_STATUS_FAILED = 99,
    TEST_STATUS_SKIPPED = 77,

    TEST_LIST_MAX = 16,
};

// Where a test cannot run as it stands: `.skip_under = TEST_TSAN | TEST_QEMU`.
enum {
    TEST_ASAN = 1 << 0,
    TEST_TSAN = 1 << 1,
    TEST_QEMU = 1 << 2,
    TEST_VALGRIND = 1 << 3,
};

// What a test needs and what it must end in. All zero means: 20 seconds, the
// caller's environment, exit status 0, any output.
struct test_options {
    // The time limit, multiplied under sanitizers and emulators; 0 means 20.
    int timeout_s;
    // "NAME=value" each. A LEATDEBUG here is appended to the caller's, so that
    // a whole run can be made under one more setting.
    const char *env[TEST_LIST_MAX];
    // How the process must end: by this status, or by this signal if not 0.
    int exit_status;
    int signal;
    // What its output must equal, contain, and not contain.
    const char *stdout_is;
    const char *stdout_has[TEST_LIST_MAX];
    const char *stderr_has[TEST_LIST_MAX];
    const char *stderr_lacks[TEST_LIST_MAX];
    // TEST_ASAN and so on, in any combination.
    unsigned skip_under;
    // Not beside other tests: it measures time or needs every core.
    int serial;
};

// One test. Static storage, linked into the runner's list by a constructor.
struct test_case {
    const char *area, *name;
    const char *file;
    int line;
    bool plain;
    void (*body)(void);
    // For tests found at run time (test_found.c): called instead of body.
    void (*body_with)(const char *argument);
    const char *argument;
    struct test_options options;
    struct test_case *next;
};

// Called by constructors, before main.
void test_register(struct test_case *test);

// The three ways to write a test. The stringizing and pasting happens at the
// first level so that an area named like some macro is not expanded.
#define TEST(area, name)                                                       \
    TEST_DEFINE_(#area, #name, area##__##name, false, .timeout_s = 0)
#define TEST_WITH(area, name, ...)                                             \
    TEST_DEFINE_(#area, #name, area##__##name, false, __VA_ARGS__)
#define PLAIN_TEST(area, name)                                                 \
    TEST_DEFINE_(#area, #name, area##__##name, true, .timeout_s = 0)
#define PLAIN_TEST_WITH(area, name, ...)                                       \
    TEST_DEFINE_(#area, #name, area##__##name, true, __VA_ARGS__)

#define TEST_DEFINE_(area_, name_, id, plain_, ...)                            \
    static void test_body__##id(void);                                         \
    __attribute__((constructor)) static void test_add__##id(void)              \
    {                                                                          \
        static struct test_case test = {                                       \
            .area = area_,                                                     \
            .name = name_,                                                     \
            .file = __FILE__,                                                  \
            .line = __LINE__,                                                  \
            .plain = plain_,                                                   \
            .body = test_body__##id,                                           \
            .options = {__VA_ARGS__},                                          \
        };                                                                     \
        test_register(&test);                                                  \
    }                                                                          \
    static void test_body__##id(void)

// The checks. Each argument is evaluated once.
#define CHECK(cond)                                                            \
    ((cond) ? test_count_()                                                    \
            : test_fail_(__FILE__, __LINE__, "CHECK(%s)", #cond))
#define CHECK_MSG(cond, ...)                                                   \
    ((cond) ? test_count_()                                                    \
            : test_fail_msg_(__FILE__, __LINE__, #cond, __VA_ARGS__))
// Integers, enums, pointers; compared and shown as signed 64-bit values.
#define CHECK_EQ(a, b)                                                         \
    test_eq_(__FILE__, __LINE__, #a, #b, (long long)(a), (long long)(b))
#define CHECK_STR(a, b) test_str_(__FILE__, __LINE__, #a, #b, a, b)
// That text contains part.
#define CHECK_HAS(text, part) test_has_(__FILE__, __LINE__, #text, text, part)
#define FAIL(...) test_fail_(__FILE__, __LINE__, __VA_ARGS__)

// Ends the test as skipped: something outside the project is missing (gdb, a
// kernel feature). It is counted and shown, so it cannot go unnoticed.
_Noreturn void test_skip(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

// What this run is under: TEST_ASAN and so on, or 0.
unsigned test_under(void);
// How much slower than the plain build things may be: 1, or LEAT_TEST_SLOW,
// or 5 under a sanitizer or an emulator. For limits inside a test.
int test_slowness(void);
// The seed of this run (--seed, else different each time, shown on failure).
uint64_t test_seed(void);
// A directory of this test's own, removed afterwards.
const char *test_tmpdir(void);
// The path of something built, as "words" or "programs/hog"; and of something
// in the tree, as "tests/diff/ring.go". The caller may free it, or not.
char *test_build_path(const char *relative);
char *test_source_path(const char *relative);

// How a program ended and what it wrote. out and err end in a 0 byte that
// out_len and err_len do not count.
struct test_result {
    int status; // Exit status, or -1 when a signal or the limit ended it.
    int signal; // The signal that ended it, or 0.
    bool timed_out;
    char *out, *err;
    size_t out_len, err_len;
    double seconds;
};

// Runs argv (looked up in PATH) with extra environment "NAME=value" entries
// (NULL for none) and nothing on its standard input, waits for its end, fills
// *result. After timeout_s times test_slowness() it gets SIGQUIT, for a dump
// of its goroutines, and then SIGKILL. Returns false when it could not be
// started (an emulator may give true and status 127). Blocks its thread.
bool test_spawn(const char *const *argv, const char *const *env,
    struct test_result *result, int timeout_s);
// The same for a program of this build ("programs/hog"); arguments may be
// NULL. It goes through LEAT_TEST_WRAPPER, as the tests themselves do.
bool test_spawn_built(const char *program, const char *const *arguments,
    const char *const *env, struct test_result *result, int timeout_s);
// The same, with a command line for the shell, formatted.
bool test_shell(struct test_result *result, int timeout_s, const char *format,
    ...) __attribute__((format(printf, 3, 4)));
void test_result_free(struct test_result *result);
// Compiles a program (the text, formatted, behind leat.h) with CC or gcc, as
// C++ with CXX or g++, with -Wall, -Wextra and flags ("-O2"), to assembly in
// result->out; messages are in result->err. True if it compiles. Skips the
// test where there is no compiler.
bool test_compiles(struct test_result *result, bool cxx, const char *flags,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

// Behind the macros.
void test_count_(void);
_Noreturn void test_fail_(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
_Noreturn void test_fail_msg_(const char *file, int line, const char *cond,
    const char *format, ...) __attribute__((format(printf, 4, 5)));
void test_eq_(const char *file, int line, const char *a_text,
    const char *b_text, long long a, long long b);
void test_str_(const char *file, int line, const char *a_text,
    const char *b_text, const char *a, const char *b);
void test_has_(const char *file, int line, const char *what, const char *text,
    const char *part);

#endif
