// SPDX-License-Identifier: MIT
// bench_share.c: what several groups of benchmarks share: splitting N over
// goroutines, local work, warming up the scheduler. The twin of go/share.go.
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

void *
bench_alloc(size_t count, size_t size)
{
    void *p = calloc(count, size);
    if (p != NULL)
        return p;
    fprintf(stderr, "bench: out of memory\n");
    exit(1);
}

typedef void share_body(void *ctx, int64_t share);

static void
share_run(share_body *body, void *ctx, int64_t share,
    struct leat_waitgroup *wg)
{
    body(ctx, share);
    leat_waitgroup_done(wg);
}

void
bench_parallel(int64_t n, int k, share_body *body, void *ctx)
{
    struct leat_waitgroup wg = LEAT_ZERO;
    int goroutines = k * bench_procs;
    leat_waitgroup_add(&wg, goroutines);
    for (int i = 0; i < goroutines; i++) {
        int64_t share = n / goroutines + (i < n % goroutines);
        leat_go(share_run, body, ctx, share, &wg);
    }
    leat_waitgroup_wait(&wg);
}

__attribute__((noinline)) void
bench_work(int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        __asm__ volatile(""); // or the compiler removes the loop
}

__attribute__((noinline)) int64_t
bench_arithmetic(int64_t foo, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        foo *= 2;
        __asm__ volatile("" : "+r"(foo)); // or it cancels out
        foo /= 2;
        __asm__ volatile("" : "+r"(foo));
    }
    return foo;
}

void
bench_compute(int64_t ns)
{
    int64_t start = leat_now();
    while (leat_now() - start < ns)
        continue;
}

static void
share_warm(int *running, struct leat_waitgroup *wg)
{
    __atomic_add_fetch(running, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(running, __ATOMIC_SEQ_CST) < bench_procs)
        continue;
    bench_compute(LEAT_MILLISECOND);
    leat_waitgroup_done(wg);
}

void
bench_warm_up(void)
{
    struct leat_waitgroup wg = LEAT_ZERO;
    int running = 0;
    leat_waitgroup_add(&wg, bench_procs);
    for (int i = 0; i < bench_procs; i++)
        leat_go(share_warm, &running, &wg);
    leat_waitgroup_wait(&wg);
}
