// SPDX-License-Identifier: MIT
// bench_modes.c: two measurements that are not a time per iteration: the
// memory of a parked goroutine, and how late a ticker is beside goroutines that
// never give way.
#include "bench.h"

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

// Parks N goroutines on one channel and prints what each costs: resident
// memory and page tables. They are woken before the end, so that all of them
// are known to have been alive.
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
    double each = 1024 / (double)n;
    printf("%lld parked: VmRSS %.0f bytes each, VmPTE %.0f bytes each, "
           "together %lld KiB, made in %lld ms\n",
        (long long)n, (double)rss * each, (double)pte * each, rss + pte,
        (long long)(took / LEAT_MILLISECOND));
    bench_check(leat_num_goroutine() == (int)n + 1, "parked goroutines");
    leat_close(gate);
    return 0;
}

static void
modes_hog(const bool *stop)
{
    while (!__atomic_load_n(stop, __ATOMIC_RELAXED))
        continue;
}

static int
modes_compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

// Receives the ticks of a 1 ms ticker beside hogs (default: one per P) for
// some seconds, and prints how late the receiver ran. A receive is due 1 ms
// after the tick before it was due, or after the last receive when ticks were
// dropped in between.
int
bench_hog_ticker(int argc, char **argv)
{
    int64_t hogs = argc > 0 ? modes_number(argv[0], 1000) : bench_procs;
    int64_t seconds = argc > 1 ? modes_number(argv[1], 3600) : 3;
    int64_t count = 0, total = seconds * 1000;
    int64_t *late = bench_alloc((size_t)total, sizeof *late);
    bool stop = false;
    for (int64_t i = 0; i < hogs; i++)
        leat_go(modes_hog, &stop);
    struct leat_timer *ticker = leat_new_ticker(LEAT_MILLISECOND);
    int64_t start = leat_now(), due = start + LEAT_MILLISECOND;
    while (count < total && due < start + seconds * LEAT_SECOND) {
        leat_recv(leat_timer_chan(ticker));
        int64_t now = leat_now();
        late[count++] = now - due;
        due += LEAT_MILLISECOND * (1 + (now - due) / LEAT_MILLISECOND);
    }
    __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
    leat_timer_free(ticker);
    qsort(late, (size_t)count, sizeof *late, modes_compare);
    printf("%d Ps, %lld hogs, 1 ms ticker: %lld of %lld ticks; late in us: "
           "median %.1f, 99%% %.1f, worst %.1f\n",
        bench_procs, (long long)hogs, (long long)count, (long long)total,
        (double)late[count / 2] / 1e3, (double)late[count * 99 / 100] / 1e3,
        (double)late[count - 1] / 1e3);
    free(late);
    return 0;
}
