// SPDX-License-Identifier: MIT
// fault_scene.c: one short scene for each part of the library, for runs in
// which the system refuses something.
//
//     fault_scene NAME            --list names all
//     fault_scene NAME seeded     in the deterministic mode
//
// What is refused comes from LEATDEBUG=fault=KIND:N, or from limits that the
// environment asks for and that begin before the runtime starts: SCENE_AS
// (bytes of address space above what is in use), SCENE_NOFILE (descriptors),
// SCENE_NPROC (threads; as root it becomes another user first).
//
// A scene does without what it is refused where the library says so, and
// counts values: what was sent must have been received. One that ends well
// prints `ok CALLS` at the end, where CALLS is how many calls of the armed
// kind there were; one that ends in a report prints `dying CALLS` before it.
#include "os/fault.h"
#include "programs/fault_values.h"

#include <leat.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static _Atomic long sent, received;

static _Noreturn void
fail(const char *what)
{
    fprintf(stderr, "fault_scene: %s\n", what);
    exit(1);
}

static void
must(bool holds, const char *what)
{
    if (!holds)
        fail(what);
}

static void
dying(void)
{
    printf("dying %llu\n", (unsigned long long)leat__fault_calls());
    fflush(stdout);
}

// Starts fn(arg) in a goroutine that wg knows, unless that is refused.
static bool
start(struct leat_waitgroup *wg, void (*fn)(void *), void *arg)
{
    leat_waitgroup_add(wg, 1);
    if (leat_go_ptr(NULL, fn, arg) == 0)
        return true;
    leat_waitgroup_done(wg);
    return false;
}

static void
finish(void *wg)
{
    leat_waitgroup_done(wg);
}

// ---- Goroutines and threads ------------------------------------------------

static void
scene_start_up(void)
{
}

static void
six(struct leat_waitgroup *wg, int a, char b, long c, double d, float e)
{
    must(a == 1 && b == 2 && c == 3 && d == 4 && e == 5, "arguments changed");
    leat_waitgroup_done(wg);
}

static void
exits(struct leat_waitgroup *wg)
{
    leat_waitgroup_done(wg);
    leat_goexit();
}

static void
scene_go(void)
{
    struct leat_waitgroup wg = {0};
    for (int i = 0; i < 300; i++) {
        leat_waitgroup_add(&wg, 1);
        int err = i % 2 ? leat_try_go(six, &wg, 1, 2, 3, 4, 5)
                        : leat_try_go(exits, &wg);
        if (err != 0)
            leat_waitgroup_done(&wg);
        must(err == 0 || err == LEAT_ENOMEM, "an error of another kind");
    }
    leat_waitgroup_wait(&wg);
    for (int i = 0; i < 5; i++) {
        struct leat_go_options o = {
            .name = "odd", .stack_size = (size_t)16 << (10 + i)};
        leat_waitgroup_add(&wg, 1);
        if (leat_go_ptr(&o, finish, &wg) != 0)
            leat_waitgroup_done(&wg);
    }
    leat_waitgroup_go(&wg, (void (*)(void *))leat_yield, NULL);
    leat_waitgroup_wait(&wg);
}

static void *
thread_body(void *arg)
{
    struct leat_chan *c = arg;
    for (int i = 0; i < 20; i++) {
        leat_chan_send(c, &i);
        sent += i;
    }
    return NULL;
}

static void
scene_threads(void)
{
    leat_chan(int) c = leat_make_chan(int);
    pthread_t id[3];
    int n = 0;
    for (; n < 3; n++)
        if (pthread_create(&id[n], NULL, thread_body, (void *)c) != 0)
            break;
    for (int i = 0; i < 20 * n; i++)
        received += leat_recv(c);
    for (int i = 0; i < n; i++)
        pthread_join(id[i], NULL);
    leat_free(c);
}

static void
scene_procs(void)
{
    struct leat_waitgroup wg = {0};
    struct leat_timer *t[40];
    for (int i = 0; i < 40; i++) {
        t[i] = leat_new_timer(LEAT_HOUR);
        start(&wg, finish, &wg);
        leat_gomaxprocs(1 + i % 5);
    }
    leat_waitgroup_wait(&wg);
    for (int i = 0; i < 40; i++) {
        must(t[i] == NULL || leat_timer_stop(t[i]), "an hour has passed");
        leat_timer_free(t[i]);
    }
}

// Writes to the pipe that the only P may sit in a read of.
static void
write_byte(void *arg)
{
    int fd = *(int *)arg;
    if (write(fd, "x", 1) == 1)
        sent++;
    close(fd);
}

static void
scene_blocking(void)
{
    for (int announced = 0; announced < 2; announced++) {
        int fd[2];
        char byte;
        if (pipe(fd) != 0)
            return;
        if (leat_go_ptr(NULL, write_byte, &fd[1]) != 0)
            close(fd[1]);
        if (announced)
            leat_blocking_begin();
        while (read(fd[0], &byte, 1) == 1)
            received++;
        if (announced)
            leat_blocking_end();
        close(fd[0]);
    }
}

// ---- Channels and select ---------------------------------------------------

enum { PIPE_VALUES = 50 };

struct pipeline {
    leat_chan(long) in, out;
};

static void
pipeline_send(void *arg)
{
    struct pipeline *p = arg;
    // Counted before: the program may end before a send returns.
    for (long i = 1; i <= PIPE_VALUES; i++) {
        sent += i;
        leat_send(p->in, i);
    }
}

static void
pipeline_pass(void *arg)
{
    struct pipeline *p = arg;
    leat_range(long, v, p->in)
        leat_send(p->out, v);
    leat_close(p->out);
}

static void
run_pipeline(int capacity)
{
    struct pipeline p = {
        leat_try_make_chan(long, capacity), leat_try_make_chan(long)};
    if (p.in != NULL && p.out != NULL &&
        leat_go_ptr(NULL, pipeline_pass, &p) == 0) {
        int senders = 0;
        long v;
        for (int i = 0; i < 3; i++)
            senders += leat_go_ptr(NULL, pipeline_send, &p) == 0;
        for (int i = 0; i < senders * PIPE_VALUES; i++)
            received += leat_recv(p.out);
        leat_close(p.in);
        must(!leat_recv_ok(p.out, &v) && v == 0, "a value out of nothing");
    }
    leat_free(p.in);
    leat_free(p.out);
}

struct large {
    char byte[60000];
};

static void
use_large(void)
{
    leat_chan(struct large) c = leat_try_make_chan(struct large, 2);
    static struct large v, w;
    if (c == NULL)
        return;
    memset(&v, 7, sizeof v);
    leat_send(c, v);
    must(leat_recv_ok(c, &w) && memcmp(&v, &w, sizeof v) == 0, "torn value");
    leat_free(c);
}

static void
scene_chan(void)
{
    run_pipeline(0);
    run_pipeline(3);
    use_large();
    int v;
    leat_chan(int) c = leat_make_chan(int, 1);
    must(leat_try_send(c, 5) == 0, "no room in an empty channel");
    must(leat_try_send(c, 6) == LEAT_EAGAIN, "room in a full channel");
    must(leat_send_until(c, leat_deadline(1000), 7) == LEAT_ETIMEDOUT,
        "room in a full channel");
    must(leat_recv_until(c, &v, LEAT_FOREVER) == 0 && v == 5, "value lost");
    must(leat_recv_until(c, &v, leat_deadline(1000)) == LEAT_ETIMEDOUT,
        "a value out of nothing");
    leat_free(c);
}

enum { CASES_MANY = 40 }; // more than a select keeps on the stack

struct select_ends {
    leat_chan(int) c[CASES_MANY];
    struct leat_waitgroup wg;
    int n;
};

static void
select_feed(void *arg)
{
    struct select_ends *e = arg;
    for (int i = 0; i < e->n; i++) {
        leat_send(e->c[i], i);
        sent += i;
    }
    leat_waitgroup_done(&e->wg);
}

static void
run_select(int want)
{
    struct select_ends e = {.n = 0};
    struct leat_case k[CASES_MANY];
    int v = 0;
    for (; e.n < want; e.n++) {
        e.c[e.n] = leat_try_make_chan(int);
        if (e.c[e.n] == NULL)
            break;
        k[e.n] = (struct leat_case){
            .ch = LEAT__CHAN(e.c[e.n]), .elem = &v, .op = LEAT_CASE_RECV};
    }
    size_t n = (size_t)e.n;
    must(leat_select_cases(k, n, LEAT_SELECT_UNTIL, leat_deadline(1000)) ==
            LEAT_ETIMEDOUT,
        "a value out of nothing");
    if (start(&e.wg, select_feed, &e)) {
        for (int i = 0; i < e.n; i++) {
            int done = leat_select_cases(k, n, i % 2 ? LEAT_SELECT_PRIORITY : 0, 0);
            must(done == v, "the value of another channel");
            received += v;
        }
    }
    leat_waitgroup_wait(&e.wg);
    for (int i = 0; i < e.n; i++)
        leat_free(e.c[i]);
}

static void
scene_select(void)
{
    run_select(8);
    run_select(CASES_MANY);
}

// ---- Time ------------------------------------------------------------------

static void
count_down(void *arg)
{
    --*(_Atomic int *)arg;
}

static void
scene_timers(void)
{
    static _Atomic int pending = 1;
    struct leat_timer *many[100];
    struct leat_timer *t = leat_new_timer(1000);
    struct leat_timer *tick = leat_new_ticker(100 * LEAT_MICROSECOND);
    for (int i = 0; i < 100; i++)
        many[i] = leat_new_timer(LEAT_HOUR + i);
    if (t != NULL) {
        leat_recv(leat_timer_chan(t));
        must(!leat_timer_reset(t, LEAT_HOUR), "a timer fired and waits");
        must(leat_timer_stop(t), "a timer of an hour fired");
    }
    for (int i = 0; tick != NULL && i < 3; i++)
        leat_recv(leat_timer_chan(tick));
    leat_timer_free(t);
    leat_timer_free(tick);
    t = leat_after_func(1000, count_down, (void *)&pending);
    while (t != NULL && pending > 0)
        leat_sleep(10 * LEAT_MICROSECOND);
    leat_timer_free(t);
    leat_recv(leat_after(1000));
    must(leat_sleep_until(leat_deadline(1000)) == 0, "sleep was cancelled");
    for (int i = 0; i < 100; i++) {
        must(many[i] == NULL || leat_timer_stop(many[i]), "a timer was lost");
        leat_timer_free(many[i]);
    }
}

static _Atomic int ctx_calls;

static void
ctx_called(void *arg)
{
    ctx_calls++;
    leat_waitgroup_done(arg);
}

static void
wait_for_context(void *arg)
{
    leat_set_context(arg);
    must(leat_sleep_until(LEAT_FOREVER) == LEAT_ECANCELED, "not cancelled");
    sent++;
}

static void
scene_context(void)
{
    static const char key;
    struct leat_waitgroup wg = {0};
    struct leat_context *top = leat_with_cancel(NULL), *child[8];
    if (top == NULL)
        return;
    struct leat_context *with = leat_with_value(top, &key, &wg);
    must(with == NULL || leat_context_value(with, &key) == &wg, "value lost");
    for (int i = 0; i < 8; i++)
        child[i] = leat_with_timeout(top, LEAT_HOUR);
    leat_waitgroup_add(&wg, 1);
    struct leat_context_func *f =
        leat_context_after_func(top, ctx_called, &wg);
    if (f == NULL)
        leat_waitgroup_done(&wg);
    long waiting = leat_go_ptr(NULL, wait_for_context, top) == 0;
    leat_context_cancel(top, 7);
    leat_waitgroup_wait(&wg);
    must(f == NULL || (!leat_context_func_stop(f) && ctx_calls == 1),
        "the function of a context was not called once");
    while (sent != waiting)
        leat_sleep(1000);
    received = waiting;
    for (int i = 0; i < 8; i++) {
        must(child[i] == NULL || leat_context_cause(child[i]) == 7,
            "a child outlived its parent");
        leat_context_release(child[i]);
    }
    leat_context_release(with);
    leat_context_release(top);
    top = leat_with_timeout(NULL, 1000);
    if (top != NULL) {
        leat_recv(leat_context_done(top));
        must(leat_context_error(top) == LEAT_ETIMEDOUT, "another end");
    }
    leat_context_release(top);
}

// ---- Sync ------------------------------------------------------------------

struct locks {
    struct leat_mutex m;
    struct leat_rwmutex rw;
    struct leat_cond cond;
    struct leat_sem sem;
    struct leat_once once;
    struct leat_waitgroup wg;
    int in, ready;
};

static void
locks_once(void *arg)
{
    received += ((struct locks *)arg)->ready;
}

static void
locks_work(void *arg)
{
    struct locks *l = arg;
    for (int i = 0; i < 20; i++) {
        if (leat_mutex_lock_until(&l->m, leat_deadline(LEAT_HOUR)) != 0)
            fail("an hour has passed");
        must(l->in++ == 0, "two in a mutex");
        leat_yield();
        l->in--;
        leat_mutex_unlock(&l->m);
        leat_rwmutex_rlock(&l->rw);
        leat_yield();
        leat_rwmutex_runlock(&l->rw);
        leat_rwmutex_lock(&l->rw);
        leat_rwmutex_unlock(&l->rw);
        must(leat_sem_acquire(&l->sem, 2) == 0, "not acquired");
        leat_yield();
        leat_sem_release(&l->sem, 2);
        sent++;
    }
    leat_once_do(&l->once, locks_once, l);
    leat_mutex_lock(&l->m);
    l->ready++;
    leat_cond_broadcast(&l->cond);
    leat_mutex_unlock(&l->m);
    leat_waitgroup_done(&l->wg);
}

static void
scene_sync(void)
{
    struct locks l = {.in = 0};
    int started = 0;
    l.cond.l = &l.m;
    leat_sem_init(&l.sem, 3);
    for (int i = 0; i < 5; i++)
        started += start(&l.wg, locks_work, &l);
    leat_mutex_lock(&l.m);
    while (l.ready < started)
        leat_cond_wait(&l.cond);
    leat_mutex_unlock(&l.m);
    must(leat_waitgroup_wait_until(&l.wg, leat_deadline(LEAT_HOUR)) == 0,
        "an hour has passed");
    must(sent == 20 * started, "work was lost");
    received = sent;
}

static _Atomic int pool_made;

static void *
pool_make(void *arg)
{
    (void)arg;
    pool_made++;
    return malloc(8);
}

static void
pool_drop(void *arg, void *x)
{
    (void)arg;
    pool_made--;
    free(x);
}

static struct leat_waitgroup pool_users;

static void
pool_work(void *arg)
{
    struct leat_pool *p = arg;
    void *x[60];
    for (int i = 0; i < 60; i++)
        x[i] = leat_pool_get(p);
    for (int i = 0; i < 60; i++)
        leat_pool_put(p, x[i]);
    leat_waitgroup_done(&pool_users);
}

static void
scene_pool(void)
{
    struct leat_pool *p = leat_new_pool(pool_make, pool_drop, NULL);
    if (p == NULL)
        return;
    leat_waitgroup_add(&pool_users, 5);
    for (int i = 0; i < 4; i++)
        if (leat_go_ptr(NULL, pool_work, p) != 0)
            leat_waitgroup_done(&pool_users);
    pool_work(p);
    leat_waitgroup_wait(&pool_users);
    leat_pool_free(p);
    must(pool_made == 0, "objects of a pool were lost");
}

static int
group_work(void *arg)
{
    (void)arg;
    leat_sleep(1000);
    sent++;
    return 0;
}

static int
group_fails(void *arg)
{
    (void)arg;
    return -77;
}

static void
scene_group(void)
{
    struct leat_group *g = leat_new_group(NULL);
    if (g == NULL)
        return;
    must(leat_group_limit(g, 3) == 0, "no limit");
    for (int i = 0; i < 9; i++)
        leat_group_go(g, group_work, NULL);
    int err = leat_group_wait(g);
    must(err == LEAT_ENOMEM || (err == 0 && sent == 9), "work was lost");
    received = sent;
    g = leat_new_group(NULL);
    if (g == NULL)
        return;
    leat_group_go(g, group_fails, NULL);
    err = leat_group_wait(g);
    must(err == -77 || err == LEAT_ENOMEM, "the error was lost");
}

// ---- Descriptors -----------------------------------------------------------

// A refusal; trying again is all there is to do.
static bool
refused(int r)
{
    return r == LEAT_ENOMEM || r == LEAT_EMFILE || r == LEAT_ESYS;
}

static void
fd_write(void *arg)
{
    int fd = *(int *)arg;
    for (int i = 0; i < 10; i++) {
        leat_yield();
        must(write(fd, "x", 1) == 1, "a pipe was full");
        sent++;
    }
    close(fd);
}

// Reads to the end of the pipe; waiting may be refused for good.
static void
fd_read(int fd)
{
    for (int refusals = 0;;) {
        char byte;
        int r = leat_wait_fd(fd, LEAT_READ, leat_deadline(LEAT_HOUR));
        must(r == LEAT_READ || refused(r), "an error of another kind");
        if (r < 0 && ++refusals < 100)
            continue;
        if (read(fd, &byte, 1) != 1)
            return;
        received++;
    }
}

static void *
fd_thread(void *arg)
{
    fd_read(*(int *)arg);
    return NULL;
}

struct fd_waiter {
    int fd, result;
    struct leat_waitgroup wg;
};

static void
fd_wait(void *arg)
{
    struct fd_waiter *w = arg;
    w->result = leat_wait_fd(w->fd, LEAT_READ, LEAT_FOREVER);
    leat_waitgroup_done(&w->wg);
}

static void
scene_fd(void)
{
    struct fd_waiter w = {.fd = eventfd(0, EFD_CLOEXEC)};
    int fd[2];
    if (w.fd >= 0 && start(&w.wg, fd_wait, &w))
        leat_yield();
    for (int thread = 0; thread < 2; thread++) {
        pthread_t id;
        if (pipe(fd) != 0)
            continue;
        if (leat_go_ptr(NULL, fd_write, &fd[1]) != 0)
            close(fd[1]);
        if (thread && pthread_create(&id, NULL, fd_thread, &fd[0]) == 0) {
            leat_blocking_begin();
            pthread_join(id, NULL);
            leat_blocking_end();
        } else {
            fd_read(fd[0]);
        }
        leat_close_fd(fd[0]);
    }
    if (w.fd >= 0)
        leat_close_fd(w.fd);
    leat_waitgroup_wait(&w.wg);
    must(w.result == 0 || w.result == LEAT_ECLOSED ||
            w.result == LEAT_EBADF || refused(w.result),
        "an error of another kind");
}

// ---- Ends and reports ------------------------------------------------------

static void
wait_for_ever(void *arg)
{
    leat_recv((leat_chan(int))arg);
}

static void
scene_deadlock(void)
{
    leat_chan(int) c = leat_make_chan(int);
    for (int i = 0; i < 5; i++)
        leat_go_ptr(NULL, wait_for_ever, (void *)c);
    dying();
    leat_recv(c);
}

static void
scene_leak_report(void)
{
    leat_chan(int) c = leat_make_chan(int, 3);
    int parked = 0;
    for (int i = 0; i < 5; i++)
        parked += leat_go_ptr(NULL, wait_for_ever, (void *)c) == 0;
    for (int i = 0; i < 10; i++)
        leat_yield();
    leat_leak_report(2);
    for (int i = 0; i < parked; i++)
        leat_send(c, i);
    leat_close(c);
    while (leat_num_goroutine() > 1)
        leat_sleep(1000);
    leat_free(c);
}

static void
scene_dump(void)
{
    leat_chan(int) c = leat_make_chan(int);
    for (int i = 0; i < 5; i++)
        leat_go_ptr(NULL, wait_for_ever, (void *)c);
    leat_yield();
    leat_stack_dump(1, true);
    printf("\n");
    leat_close(c);
}

static void
scene_panic(void)
{
    dying();
    leat_panic("the end %d", 42);
}

static void
note_panic(void *arg)
{
    *(volatile bool *)arg = leat_recover() != NULL;
}

static void
scene_recover(void)
{
    volatile bool noted = false; // changed inside leat_try, read behind it
    leat_try {
        leat_defer(note_panic, (void *)&noted);
        leat_panic("over and over %d", 1);
    }
    must(noted, "a panic was not recovered");
    leat_slice(int) s = leat_slice_of(leat_slice(int), 1, 2, 3);
    struct leat_caught caught = {0};
    leat_try {
        leat_catch(&caught);
        leat_at(s, s.len) = 1;
    }
    must(caught.kind == LEAT_PANIC_RUNTIME, "an index out of range went by");
    leat_slice_free(s);
}

static void
scene_throw(void)
{
    dying();
    leat_throw("no more %s", "tests");
}

static void
scene_nil(void)
{
    volatile int *volatile nil = NULL;
    dying();
    *nil = 1;
}

static int
deeper(volatile char *above)
{
    volatile char here[500];
    here[0] = above[0];
    return here[0] == 0 ? deeper(here) + here[0] : 1;
}

static void
scene_overflow(void)
{
    volatile char here = 0;
    dying();
    must(deeper(&here) == 0, "endless recursion ended");
}

static const struct scene {
    const char *name;
    void (*fn)(void);
} scenes[] = {
    {"start_up", scene_start_up},
    {"go", scene_go},
    {"threads", scene_threads},
    {"procs", scene_procs},
    {"blocking", scene_blocking},
    {"chan", scene_chan},
    {"select", scene_select},
    {"timers", scene_timers},
    {"context", scene_context},
    {"sync", scene_sync},
    {"pool", scene_pool},
    {"group", scene_group},
    {"fd", scene_fd},
    {"slices", scene_slices},
    {"slice_ops", scene_slice_ops},
    {"strings", scene_strings},
    {"texts", scene_texts},
    {"maps", scene_maps},
    {"syncmaps", scene_syncmaps},
    {"deadlock", scene_deadlock},
    {"leak_report", scene_leak_report},
    {"dump", scene_dump},
    {"panic", scene_panic},
    {"recover", scene_recover},
    {"throw", scene_throw},
    {"nil", scene_nil},
    {"overflow", scene_overflow},
};

// ---- The program -----------------------------------------------------------

static const struct scene *the_scene;

static int
run_scene(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    the_scene->fn();
    must(sent == received, "values were lost");
    printf("ok %llu\n", (unsigned long long)leat__fault_calls());
    return 0;
}

static void
run_scene_seeded(void *arg)
{
    run_scene(0, arg);
}

// Lowers a limit to n above `used`, if the environment says so.
static void
limit(const char *name, int what, rlim_t used)
{
    const char *text = getenv(name);
    if (text == NULL)
        return;
    struct rlimit r = {used + strtoull(text, NULL, 0), RLIM_INFINITY};
    r.rlim_max = r.rlim_cur;
    if (setrlimit(what, &r) != 0)
        fail("a limit cannot be set");
}

static rlim_t
address_space(void)
{
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f == NULL || fscanf(f, "%lu", &pages) != 1)
        fail("no /proc/self/statm");
    fclose(f);
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

static void
limits(void)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    limit("SCENE_AS", RLIMIT_AS, address_space());
    limit("SCENE_NOFILE", RLIMIT_NOFILE, 0);
    limit("SCENE_NPROC", RLIMIT_NPROC, 0);
    if (getenv("SCENE_NPROC") != NULL && geteuid() == 0) {
        // The limit does not bind root.
        if (setresgid(61234, 61234, 61234) != 0 ||
            setresuid(61234, 61234, 61234) != 0)
            fail("cannot become another user");
        prctl(PR_SET_DUMPABLE, 1); // or /proc/self is closed to us
    }
}

int
main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
        if (strcmp(name, "--list") == 0)
            printf("%s\n", scenes[i].name);
        else if (strcmp(name, scenes[i].name) == 0)
            the_scene = &scenes[i];
    }
    if (the_scene == NULL)
        return strcmp(name, "--list") == 0 ? 0 : 3;
    limits();
    if (argc > 2)
        return leat_test_run(1, run_scene_seeded, NULL);
    leat_run(run_scene, argc, argv);
}
