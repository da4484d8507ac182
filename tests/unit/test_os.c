// SPDX-License-Identifier: MIT
// test_os.c: what the lowest rooms ask of the system: the CPU quota of made
// up cgroup trees, counted faults, the formatter, guards, limits.
#include "lib/test.h"

#include "base/print.h"
#include "os/clock.h"
#include "os/cpu.h"
#include "os/fault.h"
#include "os/open.h"
#include "os/pages.h"
#include "os/thread.h"

#include <leat.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

// ---- CPU quota -------------------------------------------------------------

// Writes text to a file below the test's directory, making directories.
static void
os_put(const char *path, const char *text)
{
    char full[512];
    int len = snprintf(full, sizeof full, "%s/%s", test_tmpdir(), path);
    CHECK(len > 0 && (size_t)len < sizeof full);
    for (char *p = full + strlen(test_tmpdir()) + 1; *p != 0; p++) {
        if (*p != '/')
            continue;
        *p = 0;
        mkdir(full, 0755);
        *p = '/';
    }
    FILE *f = fopen(full, "w");
    CHECK(f != NULL);
    fputs(text, f);
    fclose(f);
}

static int
os_quota(const char *memberships)
{
    char root[512], self[512];
    os_put("self", memberships);
    snprintf(root, sizeof root, "%s/fs", test_tmpdir());
    snprintf(self, sizeof self, "%s/self", test_tmpdir());
    return leat__cpu_quota_at(root, self);
}

PLAIN_TEST(os, without_cgroups_there_is_no_quota)
{
    CHECK_EQ(os_quota("0::/\n"), 0);
    CHECK_EQ(os_quota("0::/some/group\n"), 0);
    CHECK_EQ(os_quota("nonsense\n"), 0);
    CHECK_EQ(os_quota("1:cpu\n"), 0);
    CHECK_EQ(os_quota("4:cpu,cpuacct:/x\n"), 0);
    CHECK_EQ(leat__cpu_quota_at("/nonexistent", "/nonexistent"), 0);
}

PLAIN_TEST(os, a_v2_quota_is_rounded_up)
{
    os_put("fs/a/cpu.max", "150000 100000\n");
    CHECK_EQ(os_quota("0::/a\n"), 2);
    os_put("fs/a/cpu.max", "200000 100000\n");
    CHECK_EQ(os_quota("0::/a\n"), 2);
    os_put("fs/a/cpu.max", "200001 100000\n");
    CHECK_EQ(os_quota("0::/a\n"), 3);
    os_put("fs/a/cpu.max", "1000 100000\n");
    CHECK_EQ(os_quota("0::/a\n"), 1);
    // More than there can be is no limit.
    os_put("fs/a/cpu.max", "9223372036854775807 1000000\n");
    CHECK_EQ(os_quota("0::/a\n"), 0);
    os_put("fs/a/cpu.max", "9223372036854775807 9223372036854775807\n");
    CHECK_EQ(os_quota("0::/a\n"), 1);
}

PLAIN_TEST(os, a_v2_group_without_quota_has_none)
{
    os_put("fs/a/cpu.max", "max 100000\n");
    CHECK_EQ(os_quota("0::/a\n"), 0);
    os_put("fs/a/cpu.max", "");
    CHECK_EQ(os_quota("0::/a\n"), 0);
    os_put("fs/a/cpu.max", "0 0\n");
    CHECK_EQ(os_quota("0::/a\n"), 0);
}

PLAIN_TEST(os, the_lowest_quota_of_all_ancestors_counts)
{
    os_put("fs/cpu.max", "800000 100000\n");
    os_put("fs/a/cpu.max", "300000 100000\n");
    os_put("fs/a/b/cpu.max", "max 100000\n");
    os_put("fs/a/b/c/cpu.max", "600000 100000\n");
    CHECK_EQ(os_quota("0::/a/b/c\n"), 3);
    CHECK_EQ(os_quota("0::/a\n"), 3);
    CHECK_EQ(os_quota("0::/\n"), 8);
    // Of a group that cannot be seen from here the mount's own is read.
    CHECK_EQ(os_quota("0::/elsewhere/x\n"), 8);
}

PLAIN_TEST(os, v1_quotas_are_read_under_both_names)
{
    os_put("fs/cpu/g/cpu.cfs_quota_us", "250000\n");
    os_put("fs/cpu/g/cpu.cfs_period_us", "100000\n");
    os_put("fs/cpu,cpuacct/h/cpu.cfs_quota_us", "50000\n");
    os_put("fs/cpu,cpuacct/h/cpu.cfs_period_us", "10000\n");
    CHECK_EQ(os_quota("3:cpuset:/g\n4:cpu,cpuacct:/g\n"), 3);
    CHECK_EQ(os_quota("4:cpuacct,cpu:/h\n"), 5);
    CHECK_EQ(os_quota("4:cpuset:/g\n"), 0);
    os_put("fs/cpu/g/cpu.cfs_quota_us", "-1\n");
    CHECK_EQ(os_quota("4:cpu:/g\n"), 0);
}

PLAIN_TEST(os, of_v1_and_v2_the_lower_counts)
{
    os_put("fs/cpu/g/cpu.cfs_quota_us", "700000\n");
    os_put("fs/cpu/g/cpu.cfs_period_us", "100000\n");
    os_put("fs/g/cpu.max", "400000 100000\n");
    CHECK_EQ(os_quota("4:cpu:/g\n0::/g\n"), 4);
    // One without a quota takes none away.
    CHECK_EQ(os_quota("4:cpu:/g\n0::/h\n"), 7);
    CHECK_EQ(os_quota("0::/g\n4:cpu:/h\n"), 4);
    os_put("fs/cpu/g/cpu.cfs_quota_us", "100000\n");
    CHECK_EQ(os_quota("4:cpu:/g\n0::/g\n"), 1);
}

PLAIN_TEST(os, the_number_of_cpus_respects_the_affinity_mask)
{
    cpu_set_t set;
    CHECK_EQ(sched_getaffinity(0, sizeof set, &set), 0);
    int first = 0;
    while (!CPU_ISSET(first, &set))
        first++;
    CPU_ZERO(&set);
    CPU_SET(first, &set);
    CHECK_EQ(sched_setaffinity(0, sizeof set, &set), 0);
    CHECK_EQ(leat__cpu_count(), 1);
    CHECK_EQ(leat__cpu_quota(), 1);
    CHECK_EQ(leat_num_cpu(), 1);
}

PLAIN_TEST(os, the_number_of_cpus_follows_the_affinity_mask)
{
    cpu_set_t all, one;
    CHECK_EQ(sched_getaffinity(0, sizeof all, &all), 0);
    int n = CPU_COUNT(&all), quota = leat__cpu_quota(), first = 0;
    CHECK(quota <= n);
    while (!CPU_ISSET(first, &all))
        first++;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    CHECK_EQ(sched_setaffinity(0, sizeof one, &one), 0);
    CHECK_EQ(leat__cpu_quota(), quota); // not looked yet
    CHECK_EQ(leat__cpu_look(), 1);
    CHECK_EQ(leat__cpu_quota(), 1);
    CHECK_EQ(leat__cpu_count(), 1); // locks do not spin any more
    CHECK_EQ(sched_setaffinity(0, sizeof all, &all), 0);
    CHECK_EQ(leat__cpu_look(), n);
    CHECK_EQ(leat__cpu_quota(), quota);
}

// ---- Faults ----------------------------------------------------------------

PLAIN_TEST(os, the_nth_call_of_a_kind_fails)
{
    CHECK(!leat__fault_hits(LEAT__FAULT_MMAP));
    CHECK(leat__fault_parse("mmap:3"));
    CHECK(!leat__fault_hits(LEAT__FAULT_MALLOC));
    for (int i = 1; i <= 6; i++)
        CHECK_EQ(leat__fault_hits(LEAT__FAULT_MMAP), i == 3);
}

PLAIN_TEST(os, with_a_plus_all_later_calls_fail_too)
{
    CHECK(leat__fault_parse("thread:2+"));
    for (int i = 1; i <= 6; i++)
        CHECK_EQ(leat__fault_hits(LEAT__FAULT_THREAD), i >= 2);
}

PLAIN_TEST(os, what_is_no_fault_is_refused)
{
    static const char *const bad[] = {"", "malloc", "malloc:", "malloc:0",
        "mallocs:1", "disk:1", ":1", "malloc:x", "malloc:3x", "malloc:3+x",
        "malloc:3++", "malloc:-1", "malloc:+1", "malloc: 1",
        "malloc:99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_MSG(!leat__fault_parse(bad[i]), "%s", bad[i]);
}

// ---- Printing --------------------------------------------------------------

// The formatter knows a part of printf, and in that part it agrees with it.
#define OS_SAME(...)                                                           \
    do {                                                                       \
        char ours[256], theirs[256];                                           \
        size_t n = leat__format(ours, sizeof ours, __VA_ARGS__);               \
        snprintf(theirs, sizeof theirs, __VA_ARGS__);                          \
        CHECK_STR(ours, theirs);                                               \
        CHECK_EQ(n, strlen(theirs));                                           \
    } while (0)

PLAIN_TEST(os, the_formatter_agrees_with_printf)
{
    OS_SAME("plain");
    OS_SAME("%d %d %d %d", 0, -1, 2147483647, (int)-2147483648LL);
    OS_SAME("%u %x", 4294967295u, 0xdeadbeefu);
    OS_SAME("%ld %lu %lx", -5L, ~0UL, ~0UL);
    OS_SAME("%lld %llu", (long long)INT64_MIN, ~0ULL);
    OS_SAME("%zu %zx", (size_t)-1, (size_t)1 << 40);
    OS_SAME("[%s] [%c] [%%] [%10s]", "text", 'c', "right");
    OS_SAME("[%5d] [%05d] [%08x] [%2u]", 42, 42, 0xbeefu, 12345u);
    OS_SAME("%p", (void *)os_put);
}

PLAIN_TEST(os, the_formatter_cuts_what_does_not_fit)
{
    char buf[8];
    memset(buf, 'x', sizeof buf);
    CHECK_EQ(leat__format(buf, 5, "%s", "too long"), 4);
    CHECK_STR(buf, "too ");
    CHECK_EQ(buf[5], 'x');
    CHECK_EQ(leat__format(buf, 1, "%d", 12), 0);
    CHECK_STR(buf, "");
    const char *volatile none = NULL;
    CHECK_EQ(leat__format(buf, sizeof buf, "%s", none), 6);
    CHECK_STR(buf, "(null)");
}

static void
os_fill_pipe(int flags)
{
    int fd[2];
    char byte;
    long total = 0;
    CHECK_EQ(pipe2(fd, flags), 0);
    pid_t child = fork();
    if (child == 0) {
        close(fd[0]);
        for (int i = 0; i < 300; i++)
            leat__printf(fd[1], "%01000d", i);
        _exit(0);
    }
    close(fd[1]);
    CHECK_EQ(fcntl(fd[0], F_SETFL, 0), 0);
    while (read(fd[0], &byte, 1) == 1)
        total++;
    CHECK_EQ(total, 300000);
}

PLAIN_TEST(os, writing_to_a_full_pipe_writes_everything)
{
    os_fill_pipe(0);
}

PLAIN_TEST(os, writing_to_a_full_pipe_that_does_not_block_does_too)
{
    os_fill_pipe(O_NONBLOCK);
}

// ---- Pages and threads -----------------------------------------------------

static sigjmp_buf os_jump;

static void
os_on_fault(int sig)
{
    siglongjmp(os_jump, sig);
}

PLAIN_TEST_WITH(os, a_guarded_page_faults_and_its_neighbours_do_not,
    .skip_under = TEST_ASAN | TEST_TSAN)
{
    char *p = leat__pages_reserve(3 * LEAT__PAGE, "test");
    CHECK(p != NULL);
    CHECK(leat__pages_guard(p + LEAT__PAGE, LEAT__PAGE));
    p[LEAT__PAGE - 1] = 1;
    p[2 * LEAT__PAGE] = 2;
    signal(SIGSEGV, os_on_fault);
    signal(SIGBUS, os_on_fault);
    int sig = sigsetjmp(os_jump, 1);
    if (sig == 0) {
        *(volatile char *)(p + LEAT__PAGE) = 1;
        FAIL("the guard can be written to");
    }
    CHECK(sig == SIGSEGV || sig == SIGBUS);
    CHECK_EQ(p[LEAT__PAGE - 1], 1);
    leat__pages_discard(p, LEAT__PAGE);
    CHECK_EQ(p[LEAT__PAGE - 1], 0);
    leat__pages_release(p, 3 * LEAT__PAGE);
}

static void *
os_wait_for_close(void *fd)
{
    char byte;
    ssize_t n = read(*(int *)fd, &byte, 1);
    (void)n;
    return NULL;
}

PLAIN_TEST(os, threads_are_counted)
{
    int fd[2];
    CHECK_EQ(pipe(fd), 0);
    CHECK(leat__thread_count() >= 1);
    pthread_t id[6];
    // With the first one comes a thread of ThreadSanitizer's.
    pthread_create(&id[0], NULL, os_wait_for_close, &fd[0]);
    int before = leat__thread_count();
    for (int i = 1; i < 6; i++)
        pthread_create(&id[i], NULL, os_wait_for_close, &fd[0]);
    CHECK_EQ(leat__thread_count(), before + 5);
    close(fd[1]);
    for (int i = 0; i < 6; i++)
        pthread_join(id[i], NULL);
}

// The thread-locals of the program lie on the stacks of the runtime's threads.
PLAIN_TEST(os, threads_have_room_for_the_thread_locals_of_the_program)
{
    const char *env[] = {"LEATPROCS=3", NULL};
    struct test_result r;
    CHECK(test_spawn_built("programs/big_locals", NULL, env, &r, 20));
    CHECK_STR(r.out, "used\n");
    CHECK_STR(r.err, "");
    CHECK_EQ(r.status, 0);
    test_result_free(&r);
}

// ---- errno -----------------------------------------------------------------

enum { OS_ERRNO = 12345 }; // none of the system's

static void
os_ignore(int sig)
{
    (void)sig;
}

PLAIN_TEST(os, files_that_are_not_there_leave_errno_alone)
{
    errno = OS_ERRNO;
    CHECK_EQ(leat__cpu_quota_at("/nowhere", "/proc/self/cgroup"), 0);
    CHECK_EQ(leat__cpu_quota_at("/nowhere", "/nowhere/self"), 0);
    CHECK(leat_num_cpu() > 0);
    CHECK_EQ(errno, OS_ERRNO);
}

PLAIN_TEST(os, a_signal_ends_a_sleep_and_leaves_errno_alone)
{
    struct sigaction action = {.sa_handler = os_ignore};
    struct itimerval soon = {.it_value = {.tv_usec = 1000}};
    CHECK_EQ(sigaction(SIGALRM, &action, NULL), 0);
    errno = OS_ERRNO;
    CHECK_EQ(setitimer(ITIMER_REAL, &soon, NULL), 0);
    leat__os_sleep(LEAT_HOUR);
    CHECK_EQ(errno, OS_ERRNO);
}

static void
os_thread_runs(void *arg)
{
    (void)arg;
}

// Sanitizers need the address space, qemu does not limit it.
PLAIN_TEST_WITH(os, a_thread_that_is_refused_leaves_errno_alone,
    .skip_under = TEST_ASAN | TEST_TSAN | TEST_QEMU)
{
    struct rlimit none = {0, RLIM_INFINITY};
    free(malloc(1000));
    CHECK_EQ(setrlimit(RLIMIT_AS, &none), 0);
    errno = OS_ERRNO;
    CHECK(!leat__thread_start(os_thread_runs, NULL, "none"));
    CHECK_EQ(errno, OS_ERRNO);
}

// ---- Descriptors beyond the limit -------------------------------------------

static void *
os_opens(void *path)
{
    close(leat__os_open(path, 0));
    return NULL;
}

static struct rlimit
os_descriptors(void)
{
    struct rlimit now;
    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &now), 0);
    return now;
}

// One thread is held in the midst of it by a fifo that nobody writes.
PLAIN_TEST(os, a_child_forked_while_the_limit_is_raised_has_the_old_one)
{
    char fifo[256];
    pthread_t t;
    int how;
    snprintf(fifo, sizeof fifo, "%s/fifo", test_tmpdir());
    CHECK_EQ(mkfifo(fifo, 0600), 0);
    int next = dup(0);
    close(next);
    struct rlimit low = {(rlim_t)next, os_descriptors().rlim_max};
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
    CHECK_EQ(pthread_create(&t, NULL, os_opens, fifo), 0);
    while (os_descriptors().rlim_cur == low.rlim_cur)
        sched_yield();
    pid_t pid = fork();
    if (pid == 0)
        _exit(os_descriptors().rlim_cur == low.rlim_cur ? 0 : 1);
    int fd = open(fifo, O_WRONLY); // lets the thread go on
    CHECK(fd >= 0);
    CHECK_EQ(pthread_join(t, NULL), 0);
    CHECK_EQ(waitpid(pid, &how, 0), pid);
    CHECK_EQ(how, 0);
    CHECK_EQ(os_descriptors().rlim_cur, low.rlim_cur);
}
