// SPDX-License-Identifier: MIT
// runner_check.c: the checks, and what a test can ask about its surroundings.
//
// Failure is reported by one write(2) and _exit, not through stdio and exit:
// the failing goroutine may stand on any thread, another may hold a stream's
// lock for ever, and exit handlers are not what is being tested.
#include "runner_int.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct test_shared private_page;
struct test_shared *test_shared = &private_page;

void
test_attach_shared(void)
{
    const char *fd_text = getenv("LEAT_TEST_SHARED_FD");
    if (fd_text == NULL)
        return;
    void *page = mmap(NULL, sizeof(struct test_shared), PROT_READ | PROT_WRITE,
        MAP_SHARED, atoi(fd_text), 0);
    if (page != MAP_FAILED)
        test_shared = page;
    close(atoi(fd_text));
    unsetenv("LEAT_TEST_SHARED_FD");
}

void
test_count_(void)
{
    __atomic_fetch_add(&test_shared->checks, 1, __ATOMIC_RELAXED);
}

// Writes what stdio holds unless somebody else is inside the stream, then the
// message, and ends the process.
static _Noreturn void
fail_now(const char *message, size_t len)
{
    if (ftrylockfile(stdout) == 0)
        fflush_unlocked(stdout);
    while (len > 0) {
        ssize_t n = write(STDERR_FILENO, message, len);
        if (n <= 0)
            break;
        message += n;
        len -= (size_t)n;
    }
    _exit(TEST_STATUS_FAILED);
}

// The end of what snprintf wrote, given what it returned.
static size_t
clamp_length(int n, size_t size)
{
    if (n < 0)
        return 0;
    return (size_t)n < size ? (size_t)n : size - 1;
}

void
test_fail_(const char *file, int line, const char *format, ...)
{
    char text[4096];
    size_t len = clamp_length(
        snprintf(text, sizeof text, "%s:%d: failed: ", file, line),
        sizeof text);
    va_list args;
    va_start(args, format);
    len += clamp_length(
        vsnprintf(text + len, sizeof text - len - 1, format, args),
        sizeof text - len - 1);
    va_end(args);
    text[len++] = '\n';
    fail_now(text, len);
}

void
test_fail_msg_(
    const char *file, int line, const char *cond, const char *format, ...)
{
    char text[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    test_fail_(file, line, "CHECK(%s): %s", cond, text);
}

void
test_eq_(const char *file, int line, const char *a_text, const char *b_text,
    long long a, long long b)
{
    if (a != b)
        test_fail_(file, line, "CHECK_EQ(%s, %s): %lld (0x%llx), not %lld "
            "(0x%llx)", a_text, b_text, a, (unsigned long long)a, b,
            (unsigned long long)b);
    test_count_();
}

void
test_str_(const char *file, int line, const char *a_text, const char *b_text,
    const char *a, const char *b)
{
    if (a == NULL || b == NULL || strcmp(a, b) != 0)
        test_fail_(file, line,
            "CHECK_STR(%s, %s):\n---- got\n%.1500s\n---- not\n%.1500s", a_text,
            b_text, a ? a : "(null)", b ? b : "(null)");
    test_count_();
}

void
test_has_(const char *file, int line, const char *what, const char *text,
    const char *part)
{
    if (text == NULL || strstr(text, part) == NULL)
        test_fail_(file, line,
            "CHECK_HAS(%s): no\n%.1000s\n---- in\n%.2500s", what, part,
            text ? text : "(null)");
    test_count_();
}

void
test_skip(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(test_shared->skip_reason, sizeof test_shared->skip_reason,
        format, args);
    va_end(args);
    __atomic_store_n(&test_shared->skipped, 1, __ATOMIC_RELEASE);
    _exit(TEST_STATUS_SKIPPED);
}

// Whether an environment variable mentions the word.
static bool
env_mentions(const char *variable, const char *word)
{
    const char *value = getenv(variable);
    return value != NULL && strstr(value, word) != NULL;
}

#ifdef __has_feature
#define TEST_HAS_FEATURE(name) __has_feature(name)
#else
#define TEST_HAS_FEATURE(name) 0
#endif

unsigned
test_under(void)
{
    unsigned under = 0;
#if defined(__SANITIZE_ADDRESS__) || TEST_HAS_FEATURE(address_sanitizer)
    under |= TEST_ASAN;
#endif
#if defined(__SANITIZE_THREAD__) || TEST_HAS_FEATURE(thread_sanitizer)
    under |= TEST_TSAN;
#endif
    // The second name is for emulation that needs no wrapper (binfmt).
    if (env_mentions("LEAT_TEST_WRAPPER", "qemu") ||
        env_mentions("LEAT_TEST_UNDER", "qemu"))
        under |= TEST_QEMU;
    if (env_mentions("LEAT_TEST_WRAPPER", "valgrind") ||
        env_mentions("LEAT_TEST_UNDER", "valgrind"))
        under |= TEST_VALGRIND;
    return under;
}

int
test_slowness(void)
{
    const char *slow = getenv("LEAT_TEST_SLOW");
    if (slow != NULL && atoi(slow) > 0)
        return atoi(slow);
    return test_under() != 0 ? 5 : 1;
}

uint64_t
test_seed(void)
{
    const char *seed = getenv("LEAT_TEST_SEED");
    return seed != NULL ? strtoull(seed, NULL, 0) : 1;
}

const char *
test_tmpdir(void)
{
    static char by_hand[] = "/tmp/leat-test-by-hand.XXXXXX";
    static int made;
    const char *dir = getenv("LEAT_TEST_TMP");
    if (dir != NULL)
        return dir;
    if (__atomic_exchange_n(&made, 1, __ATOMIC_ACQ_REL) == 0 &&
        mkdtemp(by_hand) == NULL)
        FAIL("mkdtemp %s: %m", by_hand);
    return by_hand;
}

char *
test_build_path(const char *relative)
{
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n < 0)
        FAIL("readlink /proc/self/exe: %m");
    self[n] = 0;
    *strrchr(self, '/') = 0;
    char *path;
    if (asprintf(&path, "%s/%s", self, relative) < 0)
        FAIL("out of memory");
    return path;
}

char *
test_source_path(const char *relative)
{
    // The Makefile says where the tree is; moved builds can say it themselves.
    const char *root = getenv("LEAT_TEST_SOURCE");
    char *path;
    if (asprintf(&path, "%s/%s", root != NULL ? root : LEAT_SOURCE_DIR,
            relative) < 0)
        FAIL("out of memory");
    return path;
}
