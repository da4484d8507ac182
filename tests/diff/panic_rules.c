// SPDX-License-Identifier: MIT
// panic_rules: which panic which recover gets, in every nesting. Go's `func()
// { defer ...; ... }()` is a leat_try here: what is behind it is what the
// caller does next.
#include <leat.h>

#include <stdio.h>

static int *volatile null;

// What this CPU, or AddressSanitizer, does not leave to the program.
static int
read_null(void)
{
#ifdef __SANITIZE_ADDRESS__
    leat_panic("%s", "runtime error: invalid memory address or nil pointer "
                     "dereference");
#else
    return *null;
#endif
}

static int
divide(int a, int b)
{
#if defined(__SANITIZE_ADDRESS__) || !defined(__x86_64__)
    if (b == 0)
        leat_panic("runtime error: integer divide by zero");
#endif
    return a / b;
}

static volatile int zero;

static void
say(void *text)
{
    puts(text);
}

static void
show(void *name)
{
    const struct leat_panic_info *i = leat_recover();
    printf("%s %s\n", (char *)name, i != NULL ? i->text : "nothing");
}

static void
panic_with(void *text)
{
    leat_panic("%s", (char *)text);
}

static void
goexit(void *arg)
{
    (void)arg;
    leat_goexit();
}

static void
try(void (*f)(void))
{
    leat_defer(say, "end of try");
    leat_try {
        f();
    }
}

struct job {
    void (*f)(void);
    struct leat_waitgroup wg;
};

static void
done(void *wg)
{
    leat_waitgroup_done(wg);
}

static void
job(struct job *j)
{
    leat_defer(done, &j->wg);
    try(j->f);
    puts("returned");
}

// A goroutine of its own, so that it may exit.
static void
run(const char *title, void (*f)(void))
{
    struct job j = {.f = f};
    printf("-- %s\n", title);
    leat_waitgroup_add(&j.wg, 1);
    leat_go(job, &j);
    leat_waitgroup_wait(&j.wg);
}

static void
recovered(void)
{
    leat_defer(show, "second");
    leat_defer(show, "first");
    leat_defer(say, "before");
    leat_panic("A");
}

static void
inner_recovers(void *arg)
{
    (void)arg;
    leat_try {
        leat_defer(show, "inner");
        leat_panic("B");
    }
    puts("inner done");
}

static void
outer_goes_on(void)
{
    leat_defer(show, "outer");
    leat_defer(inner_recovers, NULL);
    leat_panic("A");
}

static void
newer_replaces(void)
{
    leat_defer(show, "second");
    leat_defer(show, "first");
    leat_defer(panic_with, "B");
    leat_panic("A");
}

static void
returns_normally(void *arg)
{
    (void)arg;
    leat_defer(show, "not run by the panic");
}

static void
not_run_by_the_panic(void)
{
    leat_defer(show, "outer");
    leat_defer(returns_normally, NULL);
    leat_panic("A");
}

static void
recover_and_panic(void *arg)
{
    (void)arg;
    puts(leat_recover()->text);
    leat_panic("B");
}

static void
recover_then_panic(void)
{
    leat_defer(show, "outer");
    leat_defer(recover_and_panic, NULL);
    leat_panic("A");
}

static void
panic_after_recovered(void)
{
    leat_defer(show, "outer");
    leat_try {
        leat_defer(panic_with, "C");
        leat_defer(show, "inner");
        leat_panic("A");
    }
    puts("never");
}

static void
plain_goexit(void)
{
    leat_defer(show, "recover in goexit:");
    leat_goexit();
}

static void
goexit_in_panic(void)
{
    leat_defer(show, "recover in goexit:");
    leat_defer(goexit, NULL);
    leat_panic("A");
}

static void
panic_in_goexit(void)
{
    leat_defer(say, "third");
    leat_defer(show, "second");
    leat_defer(panic_with, "A");
    leat_goexit();
}

static void
recovers_inside(void *arg)
{
    (void)arg;
    leat_try {
        leat_defer(show, "first");
        leat_panic("A");
    }
}

static void
panic_in_goexit_inside(void)
{
    leat_defer(show, "second");
    leat_defer(recovers_inside, NULL);
    leat_goexit();
}

static void
nil(void)
{
    leat_defer(show, "nil:");
    printf("%d\n", read_null());
}

static void
division(void)
{
    leat_defer(show, "division:");
    printf("%d\n", divide(10, zero));
}

static void
print_null(void *arg)
{
    (void)arg;
    printf("%d\n", read_null());
}

static void
nil_in_deferred(void)
{
    leat_defer(show, "nil:");
    leat_defer(print_null, NULL);
    leat_panic("A");
}

static void
send_closed(void)
{
    leat_defer(show, "send:");
    leat_chan(int) c = leat_make_chan(int);
    leat_close(c);
    leat_send(c, 1);
}

static void
close_closed(void)
{
    leat_defer(show, "close:");
    leat_chan(int) c = leat_make_chan(int);
    leat_close(c);
    leat_close(c);
}

static void
close_nil(void)
{
    leat_defer(show, "close nil:");
    leat_chan(int) c = NULL;
    leat_close(c);
}

static void
select_closed(void)
{
    leat_defer(show, "select:");
    leat_chan(int) c = leat_make_chan(int);
    leat_close(c);
    leat_select(leat_case_send(c, 1), leat_default);
}

static void
channel_job(struct job *j)
{
    leat_defer(done, &j->wg);
    try(send_closed);
    try(close_closed);
    try(close_nil);
    try(select_closed);
    puts("returned");
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    run("recovered", recovered);
    run("inner recovers, outer goes on", outer_goes_on);
    run("newer replaces older", newer_replaces);
    run("recover in a call that a normal return runs", not_run_by_the_panic);
    run("recover, then panic", recover_then_panic);
    run("panic after a recovered one, same function", panic_after_recovered);
    run("goexit", plain_goexit);
    run("goexit in a panic", goexit_in_panic);
    run("panic in goexit, recovered", panic_in_goexit);
    run("panic in goexit, recovered inside", panic_in_goexit_inside);
    run("nil", nil);
    run("division", division);
    run("nil in a deferred function", nil_in_deferred);
    puts("-- channels");
    struct job j = {.f = NULL};
    leat_waitgroup_add(&j.wg, 1);
    leat_go(channel_job, &j);
    leat_waitgroup_wait(&j.wg);
    return 0;
}
