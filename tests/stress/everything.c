// SPDX-License-Identifier: MIT
// everything.c: a short program that uses every part of the library, for runs
// in which the system refuses things (LEATDEBUG=fault=KIND:N, limits).
//
// It does without what is refused where the library reports it, and counts
// values: what was sent must have arrived. Its last line is `ok CALLS`,
// where CALLS is how many calls of the armed kind of fault were made, so that
// who runs it knows when no fault was hit any more. Any other end must be a
// message of the library and status 2.
#include "os/fault.h"

#include <leat.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MANY_CASES = 40 }; // more than a select keeps on the stack

static _Atomic long sent, received;

static void
fail(const char *what)
{
    fprintf(stderr, "everything: %s\n", what);
    exit(1);
}

static void
produce(leat_chan(int) c, struct leat_waitgroup *wg, int n)
{
    for (int i = 0; i < n; i++) {
        leat_send(c, i);
        sent += i;
    }
    leat_waitgroup_done(wg);
}

static void
consume(leat_chan(int) c, struct leat_waitgroup *wg)
{
    leat_range(int, v, c)
        received += v;
    leat_waitgroup_done(wg);
}

// ---- Channels, goroutines, threads -----------------------------------------

// leat_try_go, or here if there is no goroutine to be had.
static void
start_produce(leat_chan(int) c, struct leat_waitgroup *wg, int n)
{
    leat_waitgroup_add(wg, 1);
    if (leat_try_go(produce, c, wg, n) != 0)
        leat_waitgroup_done(wg);
}

struct thread_produce {
    leat_chan(int) c;
    struct leat_waitgroup *wg;
};

static void *
produce_plain(void *arg)
{
    struct thread_produce *p = arg;
    produce(p->c, p->wg, 50);
    return NULL;
}

static void
use_channels(int capacity)
{
    leat_chan(int) c = leat_try_make_chan(int, capacity);
    struct leat_waitgroup producers = {0}, consumers = {0};
    struct thread_produce p = {c, &producers};
    pthread_t id;
    if (c == NULL)
        return;
    leat_waitgroup_add(&consumers, 1);
    if (leat_try_go(consume, c, &consumers) != 0) {
        leat_free(c);
        return;
    }
    for (int i = 0; i < 4; i++)
        start_produce(c, &producers, 50);
    leat_waitgroup_add(&producers, 1);
    bool thread = pthread_create(&id, NULL, produce_plain, &p) == 0;
    if (thread)
        pthread_join(id, NULL);
    else
        leat_waitgroup_done(&producers);
    leat_waitgroup_wait(&producers);
    leat_close(c);
    leat_waitgroup_wait(&consumers);
    leat_free(c);
}

static void
finish(struct leat_waitgroup *wg)
{
    leat_waitgroup_done(wg);
}

static void
use_odd_stacks(void)
{
    struct leat_waitgroup wg = {0};
    for (int i = 0; i < 4; i++) {
        struct leat_go_options o = {.stack_size = (size_t)64 << (10 + i)};
        leat_waitgroup_add(&wg, 1);
        if (leat_go_ptr(&o, (void (*)(void *))finish, &wg) != 0)
            leat_waitgroup_done(&wg);
    }
    leat_waitgroup_wait(&wg);
}

static void
use_many_goroutines(void)
{
    struct leat_waitgroup wg = {0};
    for (int i = 0; i < 200; i++) {
        leat_waitgroup_add(&wg, 1);
        if (leat_try_go(finish, &wg) != 0)
            leat_waitgroup_done(&wg);
    }
    leat_waitgroup_wait(&wg);
}

static void
use_select(void)
{
    leat_chan(int) c[MANY_CASES];
    struct leat_case k[MANY_CASES];
    int v = 0, n = 0;
    for (; n < MANY_CASES; n++) {
        c[n] = leat_try_make_chan(int, 1);
        if (c[n] == NULL)
            break;
        k[n] = (struct leat_case){
            .ch = LEAT__CHAN(c[n]), .elem = &v, .op = LEAT_CASE_RECV};
    }
    int r = leat_select_cases(
        k, (size_t)n, LEAT_SELECT_UNTIL, leat_deadline(LEAT_MILLISECOND));
    if (r != LEAT_ETIMEDOUT)
        fail("select found something in empty channels");
    if (n > 0) {
        leat_send(c[n - 1], 5);
        if (leat_select_cases(k, (size_t)n, 0, 0) != n - 1 || v != 5)
            fail("select lost a value");
    }
    for (int i = 0; i < n; i++)
        leat_free(c[i]);
}

// ---- Time ------------------------------------------------------------------

static void
count_down(void *arg)
{
    --*(_Atomic int *)arg;
}

static void
use_timers(void)
{
    static _Atomic int pending;
    struct leat_timer *t = leat_new_timer(LEAT_MILLISECOND);
    struct leat_timer *k = leat_new_ticker(LEAT_MILLISECOND);
    if (t != NULL) {
        leat_recv(leat_timer_chan(t));
        leat_timer_reset(t, LEAT_HOUR);
        if (!leat_timer_stop(t))
            fail("a timer of an hour fired");
    }
    for (int i = 0; k != NULL && i < 3; i++)
        leat_recv(leat_timer_chan(k));
    leat_timer_free(t);
    leat_timer_free(k);
    pending = 1;
    t = leat_after_func(LEAT_MILLISECOND, count_down, (void *)&pending);
    while (t != NULL && pending > 0)
        leat_sleep(LEAT_MILLISECOND);
    leat_timer_free(t);
    leat_recv(leat_after(LEAT_MILLISECOND));
}

// ---- Context and sync ------------------------------------------------------

static int
hold_lock(void *arg)
{
    leat_mutex_lock(arg);
    leat_sleep(100 * LEAT_MICROSECOND);
    leat_mutex_unlock(arg);
    return 0;
}

static void
use_context(void)
{
    struct leat_mutex lock = {0};
    struct leat_context *ctx = leat_with_timeout(NULL, LEAT_MILLISECOND);
    if (ctx != NULL) {
        leat_recv(leat_context_done(ctx));
        if (leat_context_error(ctx) != LEAT_ETIMEDOUT)
            fail("a context with a timeout was cancelled");
        leat_context_release(ctx);
    }
    struct leat_group *g = leat_new_group(NULL);
    if (g == NULL)
        return;
    for (int i = 0; i < 5; i++)
        leat_group_go(g, hold_lock, &lock);
    leat_group_wait(g);
}

static void *
pool_make(void *arg)
{
    (void)arg;
    return malloc(8);
}

static void
pool_drop(void *arg, void *x)
{
    (void)arg;
    free(x);
}

static void
use_pool(void)
{
    struct leat_pool *p = leat_new_pool(pool_make, pool_drop, NULL);
    if (p == NULL)
        return;
    for (int i = 0; i < 50; i++) {
        void *a = leat_pool_get(p), *b = leat_pool_get(p);
        leat_pool_put(p, a);
        leat_pool_put(p, b);
    }
    leat_pool_free(p);
}

// ---- Descriptors and blocking ----------------------------------------------

static void
pipe_writer(int fd, struct leat_waitgroup *wg)
{
    for (int i = 0; i < 20; i++) {
        leat_yield();
        if (write(fd, "x", 1) == 1)
            sent++;
    }
    close(fd);
    leat_waitgroup_done(wg);
}

static void
pipe_reader(int fd)
{
    for (;;) {
        char byte;
        int r = leat_wait_fd(fd, LEAT_READ, LEAT_FOREVER);
        // A refusal is reported, and trying again is all there is to do.
        if (r < 0 && r != LEAT_ENOMEM && r != LEAT_EMFILE && r != LEAT_ESYS)
            fail("waiting for a pipe gave an error of no resource");
        if (r < 0)
            continue;
        if (read(fd, &byte, 1) != 1)
            break;
        received++;
    }
}

static void
use_pipe(bool blocking)
{
    struct leat_waitgroup wg = {0};
    int fd[2];
    char byte;
    if (pipe(fd) != 0)
        return;
    // Nobody writes yet, so that one wait at least is a real one: the writer
    // may be done before the reader looks.
    if (!blocking &&
        leat_wait_fd(fd[0], LEAT_READ, leat_now() + LEAT_MILLISECOND) >= 0)
        fail("an empty pipe was ready");
    leat_waitgroup_add(&wg, 1);
    if (leat_try_go(pipe_writer, fd[1], &wg) != 0) {
        leat_waitgroup_done(&wg);
        close(fd[1]);
    }
    if (blocking) {
        leat_blocking_begin();
        while (read(fd[0], &byte, 1) == 1)
            received++;
        leat_blocking_end();
    } else {
        pipe_reader(fd[0]);
    }
    leat_waitgroup_wait(&wg);
    leat_close_fd(fd[0]);
}

// The only P is held until the runtime takes it away.
static void
use_hog(void)
{
    struct leat_waitgroup wg = {0};
    int fd[2];
    char byte;
    if (pipe(fd) != 0)
        return;
    leat_waitgroup_add(&wg, 1);
    if (leat_try_go(pipe_writer, fd[1], &wg) != 0) {
        leat_waitgroup_done(&wg);
        close(fd[1]);
    }
    while (read(fd[0], &byte, 1) == 1)
        received++;
    leat_waitgroup_wait(&wg);
    close(fd[0]);
}

// ---- The program -----------------------------------------------------------

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    use_channels(0);
    use_channels(3);
    use_many_goroutines();
    use_odd_stacks();
    use_select();
    use_timers();
    use_context();
    use_pool();
    leat_gomaxprocs(4);
    use_channels(1);
    leat_gomaxprocs(2);
    use_pipe(false);
    use_pipe(true);
    use_hog();
    if (sent != received)
        fail("values were lost");
    printf("ok %llu\n", (unsigned long long)leat__fault_calls());
    return 0;
}
