// SPDX-License-Identifier: MIT
// monitor.c: a service that watches itself: goroutines with names and stacks
// of their own, one that ends early, a call that blocks its thread, a select
// over as many channels as there happen to be, and what all of that looks
// like from outside.
#include <leat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SENSORS = 3, READINGS = 4 };

struct sensor {
    int number;
    leat_chan(int) readings;
};

// A select of a number of cases that is known only when the program runs.
// A case without a channel is never ready, so who has closed is left out.
static int
add_up(struct sensor *sensors, int n)
{
    struct leat_case *cases = calloc((size_t)n, sizeof *cases);
    bool ok;
    int value, sum = 0;
    if (cases == NULL)
        leat_throw("no memory for %d cases", n);
    for (int i = 0; i < n; i++)
        cases[i] = leat_case_recv_ok(sensors[i].readings, &value, &ok);
    for (int left = n; left > 0;) {
        int i = leat_select_cases(cases, (size_t)n, 0, LEAT_FOREVER);
        if (ok) {
            sum += value;
        } else {
            cases[i].ch = NULL;
            left--;
        }
    }
    free(cases);
    return sum;
}

static void
measure(struct sensor *s)
{
    char name[LEAT_NAME_MAX + 1];
    snprintf(name, sizeof name, "%s %d", leat_get_name(), s->number);
    leat_set_name(name); // what a dump shows from here on
    for (int i = 1; i <= READINGS; i++)
        leat_send(s->readings, s->number * i);
    leat_close(s->readings);
}

static void
show_sensors(void)
{
    // They do little, so they need little.
    struct leat_go_options options = {
        .name = "sensor", .stack_size = LEAT_STACK_MIN};
    struct sensor sensors[SENSORS];
    for (int i = 0; i < SENSORS; i++) {
        sensors[i] = (struct sensor){i + 1, leat_make_chan(int)};
        leat_go_with(&options, measure, &sensors[i]);
    }
    printf("sensors: the sum is %d\n", add_up(sensors, SENSORS));
    for (int i = 0; i < SENSORS; i++)
        leat_free(sensors[i].readings);
}

// leat_goexit ends the goroutine wherever it stands; what was deferred runs.
struct check {
    struct leat_waitgroup done;
    int passed;
};

static void
check_done(void *arg)
{
    struct check *c = arg;
    leat_waitgroup_done(&c->done);
}

static void
require(struct check *c, bool condition)
{
    if (!condition)
        leat_goexit();
    c->passed++;
}

static void
run_checks(void *arg)
{
    struct check *c = arg;
    leat_defer(check_done, c);
    require(c, leat_goid() > 1);
    require(c, leat_num_cpu() >= 1 && leat_num_goroutine() >= 2);
    require(c, leat_num_goroutine() > 1000);
    require(c, true); // is not reached
}

static void
show_checks(void)
{
    struct check c = LEAT_ZERO;
    leat_waitgroup_add(&c.done, 1);
    // As a binding to another language does it: a pointer, and no macro.
    int err = leat_go_ptr(NULL, run_checks, &c);
    if (err != 0)
        leat_throw("cannot start the checks: %s", leat_strerror(err));
    leat_waitgroup_wait(&c.done);
    printf("checks: %d passed before one did not\n", c.passed);
}

// A call that is known to block lends its P to others at once.
static void
slow_call(leat_chan(bool) done)
{
    struct timespec pause = {.tv_nsec = LEAT_MILLISECOND};
    leat_blocking_begin();
    nanosleep(&pause, NULL);
    leat_blocking_end();
    leat_send(done, true);
}

static void
show_blocking(void)
{
    leat_chan(bool) done = leat_make_chan(bool, 2);
    leat_go(slow_call, done);
    leat_go(slow_call, done);
    bool both = leat_recv(done) && leat_recv(done);
    printf("blocking: %s\n", both ? "both calls came back" : "one is lost");
    leat_free(done);
}

static void
wait_for_work(leat_chan(int) work)
{
    leat_recv(work);
}

// A dump goes to any descriptor; here to a pipe, to be searched.
static void
show_dump(void)
{
    struct leat_go_options options = {.name = "idler"};
    leat_chan(int) work = leat_make_chan(int);
    static char text[16384];
    int fds[2];
    if (pipe(fds) != 0)
        leat_throw("no pipe");
    leat_go_with(&options, wait_for_work, work);
    while (leat_num_goroutine() < 2)
        leat_yield();
    leat_stack_dump(fds[1], true);
    close(fds[1]);
    size_t n = 0;
    ssize_t got;
    while ((got = read(fds[0], text + n, sizeof text - 1 - n)) > 0)
        n += (size_t)got;
    close(fds[0]);
    printf("dump: goroutine 1 is %s, the idler is %s\n",
        strstr(text, "goroutine 1 [running]") != NULL ? "in it" : "missing",
        strstr(text, "idler") != NULL ? "in it" : "missing");
    leat_close(work); // and the idler ends
    while (leat_num_goroutine() > 1)
        leat_yield();
    leat_free(work);
}

static void
show_numbers(void)
{
    struct leat_stats stats;
    leat_get_stats(&stats);
    printf("numbers: %d goroutine now, %s than were started\n",
        (int)stats.goroutines,
        stats.goroutines_total > stats.goroutines ? "fewer" : "no fewer");
    printf("numbers: %s goroutine is leaked\n",
        leat_leak_report(-1) == 0 ? "no" : "a");
    printf("numbers: memory was %s back\n",
        leat_free_os_memory() >= 0 ? "given" : "not given");
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    show_sensors();
    show_checks();
    show_blocking();
    while (leat_num_goroutine() > 1) // they are about to end
        leat_yield();
    show_dump();
    show_numbers();
    return 0;
}
