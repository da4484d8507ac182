// SPDX-License-Identifier: MIT
// test_sync_waitgroup.c: waiting until a number of things are done.
#include "sync/sema.h"
#include "unit/test_sync_util.h"

// Go's TestWaitGroup: sixteen goroutines are held by a second group, and none
// gets past it before all have arrived.
enum { WG_MEMBERS = 16 };

struct wg_pair {
    struct leat_waitgroup arrive, start;
    leat_chan(bool) out;
};

static void
wg_member(struct wg_pair *p)
{
    leat_waitgroup_done(&p->arrive);
    leat_waitgroup_wait(&p->start);
    leat_send(p->out, true);
}

static void
wg_two_groups(void)
{
    struct wg_pair p = {.out = leat_make_chan(bool, WG_MEMBERS)};
    for (int turn = 0; turn < 8; turn++) {
        leat_waitgroup_add(&p.arrive, WG_MEMBERS);
        leat_waitgroup_add(&p.start, 1);
        for (int i = 0; i < WG_MEMBERS; i++)
            leat_go(wg_member, &p);
        leat_waitgroup_wait(&p.arrive);
        CHECK_EQ(leat_len(p.out), 0);
        leat_waitgroup_done(&p.start);
        for (int i = 0; i < WG_MEMBERS; i++)
            CHECK(leat_recv(p.out));
        CHECK_EQ(p.arrive.state, 0);
        CHECK_EQ(p.start.state, 0);
    }
}

TEST_ON_PROCS(waitgroup, releases_all_waiters_at_zero, wg_two_groups)

// Go's TestWaitGroupRace, and more: the group and what it guards lie on a
// stack frame that is left as soon as wait returns.
struct wg_frame {
    struct leat_waitgroup wg;
    _Atomic int n;
};

static void
wg_count_up(struct wg_frame *f)
{
    f->n++;
    leat_waitgroup_done(&f->wg);
}

static int
wg_short_lived(int members)
{
    struct wg_frame f = {.n = 0};
    for (int i = 0; i < members; i++) {
        leat_waitgroup_add(&f.wg, 1);
        leat_go(wg_count_up, &f);
    }
    leat_waitgroup_wait(&f.wg);
    int n = f.n;
    // Whoever still wrote to the group now would be seen by the next turn.
    memset(&f, 0xff, sizeof f);
    return n;
}

static void
wg_on_the_stack(void)
{
    for (int i = 0; i < 3000; i++)
        CHECK_EQ(wg_short_lived(2), 2);
    CHECK_EQ(wg_short_lived(1000), 1000);
}

TEST_ON_PROCS(waitgroup, may_lie_on_the_stack_of_who_waits, wg_on_the_stack)

static void
wg_count_up_later(struct wg_frame *f, int turns)
{
    for (int i = 0; i < turns; i++)
        leat_yield();
    wg_count_up(f);
}

// The last one may find that who waited has just given up, then seen the
// counter at zero and freed the group. A sanitizer sees a touch too many.
static void
wg_freed_after_giving_up(void)
{
    for (int i = 0; i < 2000; i++) {
        struct wg_frame *f = calloc(1, sizeof *f);
        leat_waitgroup_add(&f->wg, 2);
        leat_go(wg_count_up_later, f, i % 5);
        leat_go(wg_count_up_later, f, i % 7);
        int64_t patience = i % 50 * LEAT_MICROSECOND;
        while (leat_waitgroup_wait_until(&f->wg, leat_deadline(patience)) != 0)
            continue;
        CHECK_EQ(f->n, 2);
        free(f);
    }
}

TEST_ON_PROCS(waitgroup, may_be_freed_by_who_gave_up_and_looked_again,
    wg_freed_after_giving_up)

static void *
wg_thread_member(void *p)
{
    wg_member(p);
    return NULL;
}

static void
wg_threads_too(void)
{
    struct wg_pair p = {.out = leat_make_chan(bool, 8)};
    pthread_t thread[3];
    leat_waitgroup_add(&p.arrive, 6);
    leat_waitgroup_add(&p.start, 1);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(pthread_create(&thread[i], NULL, wg_thread_member, &p), 0);
        leat_go(wg_member, &p);
    }
    leat_waitgroup_wait(&p.arrive);
    CHECK_EQ(leat_len(p.out), 0);
    leat_waitgroup_done(&p.start);
    for (int i = 0; i < 6; i++)
        CHECK(leat_recv(p.out));
    leat_blocking_begin();
    for (int i = 0; i < 3; i++)
        pthread_join(thread[i], NULL);
    leat_blocking_end();
}

TEST_ON_PROCS(waitgroup, serves_plain_threads_and_goroutines, wg_threads_too)

// go ----------------------------------------------------------------------

static void
wg_increment(void *n)
{
    (*(_Atomic int *)n)++;
}

static void
wg_exit_early(void *n)
{
    (*(_Atomic int *)n)++;
    leat_goexit();
}

static void
wg_go_runs(void)
{
    struct leat_waitgroup wg = LEAT_ZERO;
    _Atomic int n = 0;
    for (int i = 0; i < 100; i++)
        leat_waitgroup_go(&wg, i % 2 ? wg_increment : wg_exit_early, &n);
    leat_waitgroup_wait(&wg);
    CHECK_EQ(n, 100);
}

TEST_ON_PROCS(waitgroup, go_counts_a_goroutine_until_it_ends, wg_go_runs)

static void
wg_panic(void *text)
{
    leat_panic("%s", (const char *)text);
}

// Were done called on the way, main could return before the panic is out.
TEST_WITH(waitgroup, panic_in_go_is_reported_before_wait_returns,
    .exit_status = 2, .stderr_has = {"panic: on purpose"})
{
    struct leat_waitgroup wg = LEAT_ZERO;
    leat_waitgroup_go(&wg, wg_panic, "on purpose");
    leat_waitgroup_wait(&wg);
    exit(0);
}

// Deadlines and contexts --------------------------------------------------

static void
wg_until(void *arg)
{
    (void)arg;
    struct leat_waitgroup wg = LEAT_ZERO;
    int64_t start = leat_now();
    CHECK_EQ(leat_waitgroup_wait_until(&wg, start - 1), 0);
    leat_waitgroup_add(&wg, 1);
    CHECK_EQ(leat_waitgroup_wait_until(&wg, start - 1), LEAT_ETIMEDOUT);
    CHECK_EQ(
        leat_waitgroup_wait_until(&wg, start + 7 * LEAT_MILLISECOND), LEAT_ETIMEDOUT);
    CHECK_EQ(ms_since(start), 7);
    leat_go(leat_waitgroup_done, &wg);
    CHECK_EQ(leat_waitgroup_wait_until(&wg, leat_deadline(LEAT_SECOND)), 0);
    CHECK_EQ(ms_since(start), 7);
    CHECK_EQ(wg.state, 0);
}

PLAIN_TEST(waitgroup, wait_until_gives_up_at_its_deadline_or_succeeds)
{
    run_seeds(wg_until, 20);
}

static void
wg_wait_result(struct leat_waitgroup *wg, int64_t deadline, int *result)
{
    *result = leat_waitgroup_wait_until(wg, deadline);
}

static void
wg_canceled(void *arg)
{
    (void)arg;
    struct leat_waitgroup wg = LEAT_ZERO;
    struct leat_context *ctx = leat_with_timeout(NULL, 3 * LEAT_MILLISECOND);
    int with = 1, without = 1;
    leat_waitgroup_add(&wg, 1);
    leat_go(wg_wait_result, &wg, LEAT_FOREVER, &without);
    leat_set_context(ctx);
    leat_go(wg_wait_result, &wg, LEAT_FOREVER, &with);
    leat_set_context(NULL);
    leat_sleep(5 * LEAT_MILLISECOND);
    CHECK_EQ(with, LEAT_ECANCELED);
    CHECK_EQ(without, 1);
    leat_waitgroup_done(&wg);
    leat_test_wait();
    CHECK_EQ(without, 0);
    leat_context_release(ctx);
}

PLAIN_TEST(waitgroup, wait_until_ends_with_the_goroutines_context)
{
    run_seeds(wg_canceled, 20);
}

// Misuse ------------------------------------------------------------------

enum { WG_REFUSED = 30000 };

struct wg_refused {
    struct leat_waitgroup wg;
    _Atomic bool ended;
};

static void
wg_refuse(struct wg_refused *r)
{
    for (volatile int i = 0; i < WG_REFUSED / test_slowness(); i++) {
        struct leat_caught caught = {.value = NULL};
        leat_try {
            leat_catch(&caught);
            leat_waitgroup_done(&r->wg);
        }
    }
    r->ended = true;
}

// What a refused step has added is seen by those who wait, until it is taken
// back: they are let go then. The time limit of the test is the failure.
TEST_WITH(waitgroup, a_refused_step_leaves_no_waiter_behind,
    .env = {"LEATPROCS=3"})
{
    static struct wg_refused r;
    leat_go(wg_refuse, &r);
    while (!r.ended)
        leat_waitgroup_wait(&r.wg);
    leat_waitgroup_wait(&r.wg);
    CHECK_EQ(r.wg.state, 0);
}

TEST_WITH(waitgroup, negative_counter_panics, .exit_status = 2,
    .stderr_has = {"panic: sync: negative WaitGroup counter\n"})
{
    struct leat_waitgroup wg = LEAT_ZERO;
    leat_waitgroup_add(&wg, 1);
    leat_waitgroup_done(&wg);
    leat_waitgroup_done(&wg);
}

TEST(waitgroup, negative_counter_can_be_recovered)
{
    struct leat_waitgroup wg = LEAT_ZERO;
    struct leat_caught caught = {.value = NULL};
    leat_waitgroup_add(&wg, 1);
    leat_try {
        leat_catch(&caught);
        leat_waitgroup_add(&wg, -2);
    }
    CHECK_HAS(caught.text, "sync: negative WaitGroup counter");
    leat_waitgroup_done(&wg); // the counter is as it was
    leat_waitgroup_wait(&wg);
}

static void
wg_wait_and_count(struct leat_waitgroup *wg, _Atomic int *returned)
{
    leat_waitgroup_wait(wg);
    ++*returned;
}

// With one P the waiter that done has woken does not run before main parks.
TEST_WITH(waitgroup, may_be_used_again_before_its_waiters_have_returned,
    .env = {"LEATPROCS=1"})
{
    struct leat_waitgroup wg = LEAT_ZERO;
    _Atomic int returned = 0;
    leat_waitgroup_add(&wg, 1);
    leat_go(wg_wait_and_count, &wg, &returned);
    leat_yield();
    leat_waitgroup_done(&wg);
    leat_waitgroup_add(&wg, 1);
    leat_yield();
    CHECK_EQ(returned, 1);
    leat_go(wg_wait_and_count, &wg, &returned);
    leat_yield();
    CHECK_EQ(returned, 1);
    leat_waitgroup_done(&wg);
    leat_yield();
    CHECK_EQ(returned, 2);
}

static void
wg_yield_and_done(struct leat_waitgroup *wg)
{
    leat_yield();
    leat_waitgroup_done(wg);
}

// With one P main waits first, then the other, and main is woken first. What
// lies there next looks like a waitgroup in use.
TEST_WITH(waitgroup, may_be_freed_by_the_first_waiter_to_return,
    .env = {"LEATPROCS=1"})
{
    _Atomic int returned = 0;
    struct leat_waitgroup *wg = calloc(1, sizeof *wg);
    leat_waitgroup_add(wg, 1);
    leat_go(wg_wait_and_count, wg, &returned);
    leat_go(wg_yield_and_done, wg);
    leat_waitgroup_wait(wg);
    CHECK_EQ(returned, 0);
    memset(wg, 0x11, sizeof *wg);
    leat_yield();
    CHECK_EQ(returned, 1);
    free(wg);
}

TEST_WITH(waitgroup, waiting_for_nobody_is_a_deadlock, .exit_status = 2,
    .stderr_has = {"fatal error: all goroutines are asleep - deadlock!",
        "goroutine 1 [sync.WaitGroup.Wait"})
{
    struct leat_waitgroup wg = LEAT_ZERO;
    leat_waitgroup_add(&wg, 1);
    leat_waitgroup_wait(&wg);
}

// ---- Who may free it -------------------------------------------------------

static void
free_waits(struct leat_waitgroup *wg, leat_chan(int) ended)
{
    leat_waitgroup_wait(wg);
    leat_send(ended, 1);
}

static void
free_gives_up(struct leat_waitgroup *wg, leat_chan(int) ended)
{
    leat_waitgroup_wait_until(wg, leat_deadline(20 * LEAT_MICROSECOND));
    leat_send(ended, 1);
}

// How many are queued for wg.
static int
free_count(const struct leat_waitgroup *wg)
{
    int n = 0;
    struct leat__m *m = leat__enter();
    struct leat__semaroot *root = leat__sema_lock(wg);
    struct leat__semawaiter *w =
        leat__sema_head(root, (const char *)wg + 1);
    for (; w != NULL; w = w->next)
        n++;
    leat__sema_unlock(root);
    leat__leave(m);
    return n;
}

// Frees the waitgroup as soon as its own wait has returned, whatever the
// others are at: one that waits too, one that gives up, and who has counted.
static void
free_run(void)
{
    leat_chan(int) ended = leat_make_chan(int, 2);
    for (int i = 0; i < 2000 / test_slowness() + 1; i++) {
        struct leat_waitgroup *wg = calloc(1, sizeof *wg);
        leat_waitgroup_add(wg, 1);
        leat_go(free_waits, wg, ended);
        leat_go(free_gives_up, wg, ended);
        while (free_count(wg) + leat_len(ended) < 2)
            leat_yield();
        for (volatile int k = 0; k < i % 40 * 500; k++)
            ;
        leat_go(leat_waitgroup_done, wg);
        leat_waitgroup_wait(wg);
        free(wg);
        CHECK_EQ(leat_recv(ended), 1);
        CHECK_EQ(leat_recv(ended), 1);
    }
    leat_free(ended);
}

TEST_ON_PROCS(waitgroup, who_has_waited_may_free_it, free_run)
