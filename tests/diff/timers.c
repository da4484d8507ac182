// SPDX-License-Identifier: MIT
// timers.c: what comes first, with times so far apart that a busy machine
// keeps the order: sleeps, timers, after, after-func, tickers, deadlines of
// select.
#include <leat.h>

#include <stdio.h>

#define UNIT (60 * LEAT_MILLISECOND)

static const char *
truth(bool b)
{
    return b ? "true" : "false";
}

static void
sleeper(int n, leat_chan(int) out)
{
    leat_sleep(n * UNIT);
    leat_send(out, n);
}

static void
sleepers(void)
{
    static const int list[] = {4, 1, 3, 2};
    leat_chan(int) out = leat_make_chan(int);
    for (int i = 0; i < 4; i++)
        leat_go(sleeper, list[i], out);
    for (int i = 0; i < 4; i++)
        printf("slept %d\n", leat_recv(out));
}

static leat_chan(const char *) said;

static void
say(void *text)
{
    leat_send(said, text);
}

static void
timers(void)
{
    said = leat_make_chan(const char *, 4);
    leat_after_func(2 * UNIT, say, "func");
    struct leat_timer *stopped = leat_after_func(UNIT, say, "stopped");
    struct leat_timer *moved = leat_after_func(LEAT_HOUR, say, "moved");
    bool first = leat_timer_stop(stopped), second = leat_timer_stop(stopped);
    printf("%s %s %s\n", truth(first), truth(second),
        truth(leat_timer_reset(moved, 3 * UNIT)));
    leat_chan(int64_t) after = leat_after(UNIT);
    for (int i = 0; i < 3; i++) {
        const char *s = "after";
        leat_select(leat_case_recv(said, &s), leat_case_recv(after, NULL));
        printf("%s\n", s);
    }
    bool a = leat_timer_stop(moved);
    bool b = leat_timer_reset(moved, LEAT_HOUR);
    printf("%s %s %s\n", truth(a), truth(b), truth(leat_timer_stop(moved)));
}

static void
ticker(void)
{
    int64_t start = leat_now();
    struct leat_timer *t = leat_new_ticker(UNIT);
    for (int i = 0; i < 3; i++)
        leat_recv(leat_timer_chan(t));
    printf("%s\n", truth((leat_now() - start) / UNIT >= 3));
    leat_timer_stop(t);
    leat_sleep(2 * UNIT);
    if (leat_try_recv(leat_timer_chan(t), NULL) == 0)
        printf("tick\n");
    else
        printf("no tick\n");
}

static void
send_late(leat_chan(int) c)
{
    leat_sleep(3 * UNIT);
    leat_send(c, 5);
}

static void
deadlines(void)
{
    leat_chan(int) c = leat_make_chan(int);
    leat_go(send_late, c);
    for (int i = 0; i < 3; i++) {
        int v;
        if (leat_select_until(leat_deadline(2 * UNIT),
                leat_case_recv(c, &v)) == 0)
            printf("%d\n", v);
        else
            printf("too late\n");
    }
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    sleepers();
    timers();
    ticker();
    deadlines();
    return 0;
}
