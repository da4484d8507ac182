// SPDX-License-Identifier: MIT
// timers.c: sleeping, timers, tickers and functions that run later.
#include <leat.h>

#include <stdio.h>

static void
show_sleep(void)
{
    int64_t start = leat_now();
    leat_sleep(3 * LEAT_MILLISECOND);
    printf("slept at least 3 ms: %s\n",
        leat_now() - start >= 3 * LEAT_MILLISECOND ? "yes" : "no");
}

// leat_after is a channel that gets the time once.
static void
show_after(void)
{
    leat_chan(int) answer = leat_make_chan(int);
    int v;
    if (leat_select(leat_case_recv(answer, &v),
            leat_case_recv(leat_after(2 * LEAT_MILLISECOND), NULL)) == 1)
        printf("no answer within 2 ms\n");
    leat_free(answer);
}

// A timer can be stopped and set again; a tick from before is never seen.
static void
show_timer(void)
{
    struct leat_timer *t = leat_new_timer(LEAT_HOUR);
    printf("stopped in time: %s\n", leat_timer_stop(t) ? "yes" : "no");
    leat_timer_reset(t, LEAT_MILLISECOND);
    leat_recv(leat_timer_chan(t));
    printf("fired, and is silent since: %s\n",
        leat_try_recv(leat_timer_chan(t), NULL) == LEAT_EAGAIN ? "yes" : "no");
    leat_timer_free(t);
}

static void
show_ticker(void)
{
    int64_t start = leat_now();
    struct leat_timer *t = leat_new_ticker(2 * LEAT_MILLISECOND);
    for (int i = 0; i < 5; i++)
        leat_recv(leat_timer_chan(t));
    printf("5 ticks took at least 10 ms: %s\n",
        leat_now() - start >= 10 * LEAT_MILLISECOND ? "yes" : "no");
    leat_timer_free(t);
}

static void
ring(void *done)
{
    leat_send((leat_chan(int))done, 1);
}

static void
show_after_func(void)
{
    leat_chan(int) done = leat_make_chan(int);
    struct leat_timer *t =
        leat_after_func(LEAT_MILLISECOND, ring, (void *)done);
    leat_recv(done);
    printf("the function has run\n");
    leat_timer_free(t);
    leat_free(done);
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    show_sleep();
    show_after();
    show_timer();
    show_ticker();
    show_after_func();
    return 0;
}
