// SPDX-License-Identifier: MIT
// bench_alloc.c: `bench alloc`, the allocator against malloc of the C library.
//
// The idea: the same program asks both in turn, in short rounds that follow
// each other, so that what else the machine does falls on both; a figure is
// the median of the rounds. Memory is measured in a child for each of them,
// which replays one trace, as the most it had resident.
//
// This file alone of the benchmarks includes internal headers: the allocator
// has no public functions, what is made by them has.
#include "bench.h"
#include "mem/alloc.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    ALLOC_ROUNDS = 21,
    ALLOC_ROUND_NS = 4000000, // about
    ALLOC_SET = 512,          // objects alive in the workload "set"
    ALLOC_BURST = 128,        // allocated, then freed, in "burst"
    ALLOC_THREADS = 2,
    TRACE_LIVE = 200000,      // objects alive in the trace, about
    TRACE_STEPS = 3000000,
    TRACE_SEED = 88172645,
    TRACE_NARROW = 5, // doublings from 16 bytes: to 1 KiB
    TRACE_WIDE = 11   // to 64 KiB
};

struct allocator {
    const char *name;
    void *(*alloc)(size_t n);
    void (*free)(void *p, size_t n);
};

static void *
alloc_leat(size_t n)
{
    return leat__mem_alloc(n, 0);
}

static void
alloc_libc_free(void *p, size_t n)
{
    (void)n;
    free(p);
}

static const struct allocator alloc_both[2] = {
    {"leat", alloc_leat, leat__mem_free},
    {"libc", malloc, alloc_libc_free},
};

// What a workload is given; `ns` is what it took.
struct alloc_job {
    const struct allocator *by;
    size_t size; // 0: any from 16 bytes to 1 KiB
    int64_t n;
    int64_t ns;
    uint32_t random;
};

static uint32_t
alloc_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static size_t
alloc_size(struct alloc_job *j)
{
    return j->size != 0 ? j->size : 16 + alloc_random(&j->random) % 1009;
}

static void *
alloc_one(const struct alloc_job *j, size_t size)
{
    void *p = j->by->alloc(size);
    bench_check(p != NULL, "memory");
    // What a program does at least with what it asked for.
    *(volatile char *)p = 1;
    return p;
}

// One object after the other.
static void
alloc_pair(struct alloc_job *j)
{
    for (int64_t i = 0; i < j->n; i++) {
        size_t size = alloc_size(j);
        j->by->free(alloc_one(j, size), size);
    }
}

// A hundred, given back in the order in which they came.
static void
alloc_burst(struct alloc_job *j)
{
    void *p[ALLOC_BURST];
    size_t size[ALLOC_BURST];
    for (int64_t i = 0; i < j->n; i += ALLOC_BURST) {
        for (int k = 0; k < ALLOC_BURST; k++)
            p[k] = alloc_one(j, size[k] = alloc_size(j));
        for (int k = 0; k < ALLOC_BURST; k++)
            j->by->free(p[k], size[k]);
    }
}

// A set of which now this, now that object is replaced.
static void
alloc_set(struct alloc_job *j)
{
    void *p[ALLOC_SET] = {NULL};
    size_t size[ALLOC_SET] = {0};
    for (int64_t i = 0; i < j->n; i++) {
        uint32_t k = alloc_random(&j->random) % ALLOC_SET;
        if (p[k] != NULL)
            j->by->free(p[k], size[k]);
        p[k] = alloc_one(j, size[k] = alloc_size(j));
    }
    for (int k = 0; k < ALLOC_SET; k++)
        if (p[k] != NULL)
            j->by->free(p[k], size[k]);
}

static const struct {
    const char *name;
    void (*run)(struct alloc_job *j);
} alloc_workloads[] = {
    {"pair", alloc_pair}, {"burst", alloc_burst}, {"set", alloc_set}};

// Running ------------------------------------------------------------------

struct alloc_share {
    struct alloc_job job;
    void (*run)(struct alloc_job *j);
    struct leat_waitgroup *start, *done;
};

static void
alloc_body(struct alloc_share *s)
{
    // All begin together.
    leat_waitgroup_done(s->start);
    leat_waitgroup_wait(s->start);
    int64_t began = leat_now();
    s->run(&s->job);
    s->job.ns = leat_now() - began;
    leat_waitgroup_done(s->done);
}

// ns per allocation and its free, of the slowest of `threads`.
static double
alloc_run(int w, const struct allocator *by, size_t size, int threads,
    int64_t n)
{
    struct alloc_share s[ALLOC_THREADS];
    struct leat_waitgroup start = LEAT_ZERO, done = LEAT_ZERO;
    leat_waitgroup_add(&start, threads);
    leat_waitgroup_add(&done, threads);
    for (int i = 0; i < threads; i++) {
        s[i] = (struct alloc_share){.run = alloc_workloads[w].run,
            .start = &start, .done = &done,
            .job = {.by = by, .size = size, .n = n,
                .random = 1 + (uint32_t)i}};
        leat_go(alloc_body, &s[i]);
    }
    leat_waitgroup_wait(&done);
    int64_t ns = 0;
    for (int i = 0; i < threads; i++)
        ns = s[i].job.ns > ns ? s[i].job.ns : ns;
    return (double)ns / (double)n;
}

static int
alloc_order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double
alloc_median(double *v)
{
    qsort(v, ALLOC_ROUNDS, sizeof *v, alloc_order);
    return v[ALLOC_ROUNDS / 2];
}

static void
alloc_compare(int w, size_t size, int threads)
{
    double ns[2][ALLOC_ROUNDS], ratio[ALLOC_ROUNDS];
    // A multiple of the burst.
    int64_t n = ALLOC_BURST;
    while (alloc_run(w, &alloc_both[1], size, threads, n) * (double)n <
        ALLOC_ROUND_NS)
        n *= 2;
    for (int r = 0; r < ALLOC_ROUNDS; r++) {
        int first = r % 2;
        for (int k = 0; k < 2; k++) {
            int a = k == 0 ? first : 1 - first;
            ns[a][r] = alloc_run(w, &alloc_both[a], size, threads, n);
        }
        ratio[r] = ns[0][r] / ns[1][r];
    }
    char label[32] = "16-1024";
    if (size != 0)
        snprintf(label, sizeof label, "%zu", size);
    printf("%-6s %8s %8d %8.1f %8.1f %8.2f\n", alloc_workloads[w].name, label,
        threads, alloc_median(ns[0]), alloc_median(ns[1]),
        alloc_median(ratio));
    fflush(stdout);
}

// Memory -------------------------------------------------------------------

// Most objects are small: half of all below 32 bytes, each doubling of the
// size half as often, so that each has about as many bytes as the next.
static size_t
trace_size(uint32_t *random, int doublings_max)
{
    uint32_t r = alloc_random(random);
    int doublings = __builtin_ctz(r | 1u << doublings_max);
    size_t least = (size_t)16 << doublings;
    return least + (r >> 12) % least;
}

// Grows to TRACE_LIVE objects, replaces at random, drops half of them, and
// goes on with other sizes: where fragmentation shows.
static void
trace_run(const struct allocator *by, int doublings)
{
    void **p = bench_alloc(TRACE_LIVE, sizeof *p);
    size_t *size = bench_alloc(TRACE_LIVE, sizeof *size);
    uint32_t random = TRACE_SEED;
    struct alloc_job j = {.by = by};
    for (int64_t i = 0; i < TRACE_STEPS; i++) {
        uint32_t k = alloc_random(&random) % TRACE_LIVE;
        if (p[k] != NULL)
            by->free(p[k], size[k]);
        p[k] = NULL;
        if (i / (TRACE_STEPS / 3) == 1 && k % 2 == 0)
            continue;
        size[k] = trace_size(&random, doublings);
        p[k] = alloc_one(&j, size[k]);
        memset(p[k], 1, size[k]);
    }
}

// KiB resident at most, in a process that does nothing else.
static long
trace_resident(const struct allocator *by, int doublings)
{
    int fds[2];
    long kib = 0;
    bench_check(pipe(fds) == 0, "a pipe");
    pid_t pid = fork();
    if (pid == 0) {
        struct rusage use;
        trace_run(by, doublings);
        getrusage(RUSAGE_SELF, &use);
        kib = use.ru_maxrss;
        _exit(write(fds[1], &kib, sizeof kib) != sizeof kib);
    }
    bench_check(pid > 0, "a child");
    bench_check(read(fds[0], &kib, sizeof kib) == sizeof kib, "its report");
    waitpid(pid, NULL, 0);
    close(fds[0]);
    close(fds[1]);
    return kib;
}

static void
trace_compare(const char *label, int doublings)
{
    long kib[2];
    for (int k = 0; k < 2; k++)
        kib[k] = trace_resident(&alloc_both[k], doublings);
    printf("trace of %s: KiB resident at most: leat %ld libc %ld "
           "ratio %.2f\n",
        label, kib[0], kib[1], (double)kib[0] / (double)kib[1]);
}

int
bench_allocator(int argc, char **argv)
{
    static const size_t sizes[] = {16, 32, 64, 128, 256, 512, 1024, 0};
    (void)argv;
    if (argc != 0)
        return 2;
    trace_compare("16 B to 1 KiB", TRACE_NARROW);
    trace_compare("16 B to 64 KiB", TRACE_WIDE);
    printf("%-6s %8s %8s %8s %8s %8s\n", "work", "bytes", "threads", "leat ns",
        "libc ns", "ratio");
    for (int threads = 1; threads <= ALLOC_THREADS; threads++)
        for (int w = 0; w < 3; w++)
            for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
                alloc_compare(w, sizes[i], threads);
    return 0;
}
