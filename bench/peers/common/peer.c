// SPDX-License-Identifier: MIT
// peer.c: the protocol of ../../README.md: list, NAME N, NAME auto [MS],
// memory N, ticker HOGS MS. The number of Ps is in PEERPROCS.
#define _GNU_SOURCE
#include "peer.h"
#include "../../tick.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
    PEER_N_MAX = 1000000000,
    PEER_GROWTH_MAX = 100,
    PEER_MS = 200,
    PEER_FILES_USUAL = 64
};

static int64_t clock_start, clock_elapsed;
static bool clock_stopped;

int64_t
peer_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

void
peer_reset(void)
{
    clock_start = peer_now();
}

void
peer_stop(void)
{
    clock_elapsed = peer_now() - clock_start;
    clock_stopped = true;
}

void
peer_report(int64_t ns)
{
    clock_elapsed = ns;
    clock_stopped = true;
}

void
peer_check(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "peer: wrong result: %s\n", what);
    fflush(stderr);
    _exit(1);
}

bool
peer_files(int64_t count)
{
    struct rlimit limit;
    rlim_t needed = (rlim_t)count + PEER_FILES_USUAL;
    if (count == 0 || getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
        limit.rlim_cur >= needed)
        return true;
    limit.rlim_cur = needed;
    if (limit.rlim_max < needed)
        limit.rlim_max = needed;
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
        return true;
    fprintf(stderr, "peer: %lld open files are needed\n", (long long)needed);
    return false;
}

static int64_t
peer_measure(const struct peer_bench *b, int64_t n)
{
    clock_stopped = false;
    peer_reset();
    b->run(b->arg, n);
    if (!clock_stopped)
        peer_stop();
    return clock_elapsed;
}

static int64_t
peer_round(const struct peer_bench *b, int64_t n)
{
    int64_t granule = b->granule > 1 ? b->granule : 1;
    return (n + granule - 1) / granule * granule;
}

static int64_t
peer_calibrate(const struct peer_bench *b, int64_t ms, int64_t *n)
{
    int64_t limit = b->limit != 0 ? b->limit : PEER_N_MAX;
    double goal_ns = 1e6 * (double)ms;
    *n = peer_round(b, 1);
    for (;;) {
        int64_t took = peer_measure(b, *n);
        if ((double)took >= goal_ns || *n >= limit)
            return took;
        double at = (double)*n;
        double next = at * goal_ns / (double)(took < 1 ? 1 : took) * 1.2;
        if (next > at * PEER_GROWTH_MAX)
            next = at * PEER_GROWTH_MAX;
        if (next > (double)limit)
            next = (double)limit;
        if (next < at + 1)
            next = at + 1;
        *n = peer_round(b, (int64_t)next);
    }
}

static int64_t
peer_positive(const char *text)
{
    char *end;
    long long n = strtoll(text, &end, 10);
    if (*text != '\0' && *end == '\0' && n >= 1 && n <= PEER_N_MAX)
        return n;
    fprintf(stderr, "peer: \"%s\" is not a number from 1 to %d\n", text,
        PEER_N_MAX);
    _exit(2);
}

// Memory ---------------------------------------------------------------------

static long long
peer_status(const char *field)
{
    char line[256];
    long long kib = -1;
    FILE *f = fopen("/proc/self/status", "r");
    if (f == NULL)
        return -1;
    while (kib < 0 && fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, field, strlen(field)) == 0)
            kib = atoll(line + strlen(field));
    fclose(f);
    return kib;
}

static int
peer_memory(int64_t n)
{
    long long rss = peer_status("VmRSS:"), pte = peer_status("VmPTE:");
    int64_t began = peer_now();
    if (!peer_park(n)) {
        fprintf(stderr, "peer: cannot have %lld parked\n", (long long)n);
        return 1;
    }
    int64_t took = peer_now() - began;
    rss = peer_status("VmRSS:") - rss;
    pte = peer_status("VmPTE:") - pte;
    printf("memory %lld %lld %lld %lld\n", (long long)n, rss * 1024,
        pte * 1024, (long long)took);
    return 0;
}

// Ticker ---------------------------------------------------------------------

static struct {
    int64_t *late, count, most, due, end;
} tick;

int64_t
peer_tick_due(void)
{
    return tick.due;
}

bool
peer_tick(void)
{
    int64_t now = peer_now();
    tick.late[tick.count++] = now > tick.due ? now - tick.due : 0;
    tick.due = bench_next_due(tick.due, now);
    return tick.count < tick.most && tick.due < tick.end;
}

bool
peer_ticker_over(void)
{
    return peer_now() >= __atomic_load_n(&tick.end, __ATOMIC_RELAXED);
}

static int
peer_lateness(int64_t hogs, int64_t ms)
{
    tick.late = (int64_t *)calloc((size_t)ms, sizeof *tick.late);
    peer_check(tick.late != NULL, "memory");
    int64_t start = peer_now();
    tick.most = ms;
    tick.due = start + BENCH_TICK_NS;
    tick.end = start + ms * BENCH_TICK_NS;
    peer_ticker(hogs, ms);
    printf("ticker %lld %lld", (long long)hogs, (long long)ms);
    for (int64_t i = 0; i < tick.count; i++)
        printf(" %lld", (long long)(tick.late[i] / 1000));
    puts("");
    return 0;
}

// The protocol ---------------------------------------------------------------

static int
peer_workload(int argc, char **argv)
{
    bool is_auto = argc >= 3 && strcmp(argv[2], "auto") == 0;
    if (argc != 3 && !(is_auto && argc == 4)) {
        fputs("usage: list | NAME N | NAME auto [MS] | memory N | "
              "ticker HOGS MS\n", stderr);
        return 2;
    }
    const struct peer_bench *b = peer_benches;
    while (b->name != NULL && strcmp(b->name, argv[1]) != 0)
        b++;
    if (b->name == NULL) {
        fprintf(stderr, "peer: no benchmark is named \"%s\"\n", argv[1]);
        return 2;
    }
    int64_t ms = argc == 4 ? peer_positive(argv[3]) : PEER_MS;
    int64_t n = is_auto ? 0 : peer_round(b, peer_positive(argv[2])), ns = 0;
    if (!peer_files(b->files))
        n = 0;
    else if (is_auto)
        ns = peer_calibrate(b, ms, &n);
    else
        ns = peer_measure(b, n);
    printf("%s %lld %lld\n", b->name, (long long)n, (long long)ns);
    return 0;
}

int
main(int argc, char **argv)
{
    const char *procs = getenv("PEERPROCS");
    if (argc == 2 && strcmp(argv[1], "list") == 0) {
        for (const struct peer_bench *b = peer_benches; b->name != NULL; b++)
            puts(b->name);
        return 0;
    }
    int status;
    peer_begin(procs != NULL ? (int)peer_positive(procs) : 1);
    if (argc == 3 && strcmp(argv[1], "memory") == 0)
        status = peer_memory(peer_positive(argv[2]));
    else if (argc == 3 && strcmp(argv[1], "echo-server") == 0)
        status = peer_echo_server(peer_positive(argv[2]));
    else if (argc == 4 && strcmp(argv[1], "ticker") == 0)
        status = peer_lateness(peer_positive(argv[2]), peer_positive(argv[3]));
    else
        status = peer_workload(argc, argv);
    fflush(stdout);
    _exit(status); // threads and parked tasks end with the process
}
