// SPDX-License-Identifier: MIT
// bench_main.c: the protocol of the benchmark program, defined in README.md:
// `bench list`, `bench NAME N`, `bench NAME auto [MS]`, and the two modes
// that measure no time per iteration.
//
// Rejected: a benchmark library. Its figures could not be held against the Go
// half, which has the same few rules for growing N.
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum {
    GROWTH_MAX = 100, // as in Go: a first run of N = 1 predicts badly
    MS_DEFAULT = 200,
    FILES_USUAL = 64 // what a program has open anyhow
};

int bench_procs;

static struct bench *bench_first;

// The time of the current run. One benchmark runs at a time, and only the
// goroutine that runs it touches this.
static struct {
    int64_t start_ns, elapsed_ns, reported_ns;
    bool stopped, reported;
} bench_clock;

void
bench_register(struct bench *b)
{
    struct bench **at = &bench_first;
    while (*at != NULL && (*at)->order < b->order)
        at = &(*at)->next;
    b->next = *at;
    *at = b;
}

void
bench_reset(void)
{
    bench_clock.start_ns = leat_now();
}

void
bench_stop(void)
{
    bench_clock.elapsed_ns = leat_now() - bench_clock.start_ns;
    bench_clock.stopped = true;
}

void
bench_report(int64_t ns)
{
    bench_clock.reported_ns = ns;
    bench_clock.reported = true;
}

void
bench_check(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "bench: wrong result: %s\n", what);
    exit(1);
}

// Runs b once: the time to report, and in *took the time it took.
static int64_t
bench_measure(const struct bench *b, int64_t n, int64_t *took)
{
    bench_clock.stopped = false;
    bench_clock.reported = false;
    int64_t began = leat_now();
    bench_clock.start_ns = began;
    b->run(b, n);
    if (!bench_clock.stopped)
        bench_stop();
    if (!bench_clock.reported) {
        *took = bench_clock.elapsed_ns;
        return bench_clock.elapsed_ns;
    }
    *took = leat_now() - began;
    return bench_clock.reported_ns;
}

// n as the benchmark can run it.
static int64_t
bench_round(const struct bench *b, int64_t n)
{
    int64_t granule =
        b->granule == BENCH_GRANULE_PROCS ? bench_procs : b->granule;
    return granule > 1 ? (n + granule - 1) / granule * granule : n;
}

// Grows N until a run lasts ms: the time to report, and in *n that N.
static int64_t
bench_calibrate(const struct bench *b, int64_t ms, int64_t *n)
{
    int64_t limit = b->limit != 0 ? b->limit : BENCH_N_MAX;
    double goal_ns = 1e6 * (double)(ms < b->least_ms ? b->least_ms : ms);
    *n = bench_round(b, 1);
    for (;;) {
        int64_t took;
        int64_t reported = bench_measure(b, *n, &took);
        if ((double)took >= goal_ns || *n >= limit)
            return reported;
        double at = (double)*n;
        double next = at * goal_ns / (double)(took < 1 ? 1 : took) * 1.2;
        if (next > at * GROWTH_MAX)
            next = at * GROWTH_MAX;
        if (next > (double)limit)
            next = (double)limit;
        if (next < at + 1)
            next = at + 1;
        *n = bench_round(b, (int64_t)next);
    }
}

bool
bench_files(int64_t count)
{
    struct rlimit limit;
    rlim_t needed = (rlim_t)count + FILES_USUAL;
    if (count == 0 || getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
        limit.rlim_cur >= needed)
        return true;
    limit.rlim_cur = needed;
    if (limit.rlim_max < needed)
        limit.rlim_max = needed;
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
        return true;
    fprintf(stderr, "bench: %lld open files are needed\n", (long long)needed);
    return false;
}

static bool
bench_defined(const struct bench *b)
{
    return bench_procs >= b->procs_least &&
        (b->procs_most == 0 || bench_procs <= b->procs_most) &&
        bench_files(b->files);
}

// A number above 0, or the end of the program.
static int64_t
bench_positive(const char *what, const char *text)
{
    char *end;
    long long n = strtoll(text, &end, 10);
    if (*text != '\0' && *end == '\0' && n >= 1 && n <= BENCH_N_MAX)
        return n;
    fprintf(stderr, "bench: %s must be a number from 1 to %d, not \"%s\"\n",
        what, BENCH_N_MAX, text);
    exit(2);
}

static const struct bench *
bench_find(const char *name)
{
    const struct bench *b = bench_first;
    while (b != NULL && strcmp(b->name, name) != 0)
        b = b->next;
    if (b != NULL)
        return b;
    fprintf(stderr, "bench: no benchmark is named \"%s\"\n", name);
    exit(2);
}

static int
bench_list(void)
{
    for (const struct bench *b = bench_first; b != NULL; b = b->next)
        puts(b->name);
    return 0;
}

static int
bench_usage(void)
{
    fputs("usage: bench list | NAME N | NAME auto [MS]\n"
          "       bench memory N | ticker HOGS MS | alloc\n",
        stderr);
    return 2;
}

int
leat_main(int argc, char **argv)
{
    bench_procs = leat_gomaxprocs(0);
    if (argc == 2 && strcmp(argv[1], "list") == 0)
        return bench_list();
    if (argc >= 2 && strcmp(argv[1], "memory") == 0)
        return bench_memory(argc - 2, argv + 2);
    if (argc == 2 && strcmp(argv[1], "alloc") == 0)
        return bench_allocator(argc - 2, argv + 2);
    if (argc >= 2 && strcmp(argv[1], "ticker") == 0)
        return bench_ticker(argc - 2, argv + 2);
    if (argc >= 2 && strcmp(argv[1], "echo-server") == 0)
        return bench_echo_server(argc - 2, argv + 2);
    bool is_auto = argc >= 3 && strcmp(argv[2], "auto") == 0;
    if (argc != 3 && !(is_auto && argc == 4))
        return bench_usage();
    const struct bench *b = bench_find(argv[1]);
    int64_t n = 0, ns = 0, took;
    int64_t ms = argc == 4 ? bench_positive("MS", argv[3]) : MS_DEFAULT;
    int64_t count = is_auto ? 1 : bench_positive("N", argv[2]);
    if (bench_defined(b) && is_auto) {
        ns = bench_calibrate(b, ms, &n);
    } else if (bench_defined(b)) {
        n = bench_round(b, count);
        ns = bench_measure(b, n, &took);
    }
    printf("%s %lld %lld\n", b->name, (long long)n, (long long)ns);
    return 0;
}
