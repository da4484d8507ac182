// SPDX-License-Identifier: MIT
// bench_modes.c: two measurements that are not a time per iteration: the
// memory of a parked goroutine, and how late a ticker is beside goroutines that
// never give way.
#include "bench.h"
#include "tick.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A number of the process's own, in KiB, such as "VmRSS:".
static long long
modes_status(const char *field)
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

static int64_t
modes_number(const char *text, int64_t most)
{
    char *end;
    long long n = strtoll(text, &end, 10);
    if (*text != '\0' && *end == '\0' && n >= 1 && n <= most)
        return n;
    fprintf(stderr, "bench: \"%s\" is not a number from 1 to %lld\n", text,
        (long long)most);
    exit(2);
}

static void
modes_parked(struct leat_waitgroup *ready, bench_empties gate)
{
    leat_waitgroup_done(ready);
    leat_recv_ok(gate, NULL);
}

// Parks N goroutines on one channel and prints what they cost together:
// resident memory and page tables, in bytes, and the time to make them. They
// are woken before the end, so that all of them are known to have been alive.
int
bench_memory(int argc, char **argv)
{
    int64_t n = modes_number(argc == 1 ? argv[0] : "", 100000000);
    struct leat_waitgroup ready = LEAT_ZERO;
    bench_empties gate = leat_make_chan(struct bench_empty);
    long long rss = modes_status("VmRSS:"), pte = modes_status("VmPTE:");
    int64_t began = leat_now();
    leat_waitgroup_add(&ready, (int)n);
    for (int64_t i = 0; i < n; i++)
        leat_go(modes_parked, &ready, gate);
    leat_waitgroup_wait(&ready);
    int64_t took = leat_now() - began;
    rss = modes_status("VmRSS:") - rss;
    pte = modes_status("VmPTE:") - pte;
    bench_check(leat_num_goroutine() == (int)n + 1, "parked goroutines");
    printf("memory %lld %lld %lld %lld\n", (long long)n, rss * 1024,
        pte * 1024, (long long)took);
    leat_close(gate);
    return 0;
}

static void
modes_hog(const bool *stop)
{
    while (!__atomic_load_n(stop, __ATOMIC_RELAXED))
        continue;
}

// Receives the ticks of a 1 ms ticker beside hogs for ms milliseconds, and
// prints how many microseconds late each was received.
int
bench_ticker(int argc, char **argv)
{
    int64_t hogs = modes_number(argc == 2 ? argv[0] : "", 1000);
    int64_t ms = modes_number(argc == 2 ? argv[1] : "", 3600000), count = 0;
    int64_t *late = bench_alloc((size_t)ms, sizeof *late);
    bool stop = false;
    for (int64_t i = 0; i < hogs; i++)
        leat_go(modes_hog, &stop);
    struct leat_timer *ticker = leat_new_ticker(LEAT_MILLISECOND);
    int64_t start = leat_now(), due = start + LEAT_MILLISECOND;
    while (count < ms && due < start + ms * LEAT_MILLISECOND) {
        leat_recv(leat_timer_chan(ticker));
        int64_t now = leat_now();
        late[count++] = now > due ? now - due : 0;
        due = bench_next_due(due, now);
    }
    __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
    leat_timer_free(ticker);
    printf("ticker %lld %lld", (long long)hogs, (long long)ms);
    for (int64_t i = 0; i < count; i++)
        printf(" %lld", (long long)(late[i] / LEAT_MICROSECOND));
    puts("");
    free(late);
    return 0;
}
