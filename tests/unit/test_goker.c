// SPDX-License-Identifier: MIT
// test_goker.c: leaks that real Go programs had, as told by the GoKer
// collection of blocking bugs: what remains when the project around them is
// taken away, in our own words. Each row names the project and its issue.
//
// Every scenario exists twice, as it was and as it was repaired. In seeded
// runs the first must, under some schedule, leave exactly the goroutines that
// the row says, and the leak report must be certain of each of them; under
// no schedule may there be a goroutine it is not certain of. The second must
// leave nothing, under any schedule. So the report is tested in both ways.
//
// What the goroutines of a scenario share lies on the stack of the one that
// started them and waits for them: when they hang, nobody else knows of it.
#include "lib/test.h"

#include <leat.h>

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    GOKER_SEEDS = 40,
    GOKER_MOST = 4 // more goroutines than any row leaves
};

struct goker_row {
    const char *name;
    void (*run)(bool fixed);
    int leaked; // goroutines, the one that started the others included
    int hidden; // of these: the address is in the heap, in a context
};

// What a scenario's goroutines share. Each uses what it needs.
struct goker {
    bool fixed;
    struct leat_waitgroup wg;
    struct leat_mutex mu, mu2;
    struct leat_cond cond;
    leat_chan(int) a, b, c, stop, done;
    leat_chan(leat_chan(int)) ask;
    struct leat_context *ctx;
    int count;
    bool flag;
};

static void
goker_init(struct goker *k, bool fixed)
{
    memset(k, 0, sizeof *k);
    k->fixed = fixed;
    k->a = leat_make_chan(int);
    k->b = leat_make_chan(int);
    k->c = leat_make_chan(int);
    k->stop = leat_make_chan(int);
    k->done = leat_make_chan(int);
    k->cond.l = &k->mu;
}

struct goker_start {
    struct goker *k;
    void (*fn)(struct goker *k);
};

static void
goker_child(struct goker *k, void (*fn)(struct goker *k))
{
    fn(k);
    leat_waitgroup_done(&k->wg);
}

static void
goker_go(struct goker *k, void (*fn)(struct goker *k))
{
    leat_waitgroup_add(&k->wg, 1);
    leat_go(goker_child, k, fn);
}

static void
goker_join(struct goker *k)
{
    leat_waitgroup_wait(&k->wg);
    leat_free(k->a);
    leat_free(k->b);
    leat_free(k->c);
    leat_free(k->stop);
    leat_free(k->done);
    leat_free(k->ask);
}

// Channels that nobody reads or closes ------------------------------------------

// A full channel is sent to before its reader is started.
static __attribute__((noinline)) void
goker_cockroach24808(bool fixed)
{
    leat_chan(int) c = leat_make_chan(int, fixed ? 2 : 1);
    leat_send(c, 1);
    leat_send(c, 2);
}

// The channel that is to end a loop belongs to somebody who never closes it.
static void
goker_cockroach25456(bool fixed)
{
    leat_chan(int) quiescer = leat_make_chan(int);
    if (fixed)
        leat_close(quiescer);
    for (int i = 0; i < 2; i++)
        leat_recv(quiescer);
}

static void
goker_push(struct goker *k)
{
    leat_send(k->c, 1);
}

static void
goker_drain(struct goker *k)
{
    for (int i = 0; i < 6; i++)
        leat_recv(k->c);
}

// The consumer has gone, two producers still push into its full buffer.
static void
goker_cockroach35073(bool fixed)
{
    struct goker k;
    goker_init(&k, fixed);
    leat_free(k.c);
    k.c = leat_make_chan(int, 4);
    for (int i = 0; i < 4; i++)
        leat_send(k.c, i);
    goker_go(&k, goker_push);
    if (fixed)
        goker_go(&k, goker_drain);
    leat_send(k.c, 1);
    goker_join(&k);
}

// Cancelling pushes to every receiver, also to one that is full.
static void
goker_cockroach35931(bool fixed)
{
    leat_chan(int) left = leat_make_chan(int, 1);
    leat_chan(int) right = leat_make_chan(int, 1);
    leat_send(left, 1);
    leat_chan(int) all[2] = {left, right};
    for (int i = 0; i < 2; i++) {
        if (fixed)
            leat_try_send(all[i], 2);
        else
            leat_send(all[i], 2);
    }
}

static void
goker_await_context(struct goker *k)
{
    leat_recv_ok(leat_context_done(k->ctx), NULL);
}

// Nobody cancels the context that a goroutine waits for.
static void
goker_cockroach13197(bool fixed)
{
    struct goker k;
    goker_init(&k, fixed);
    k.ctx = leat_with_cancel(NULL);
    goker_go(&k, goker_await_context);
    if (fixed)
        leat_context_cancel(k.ctx, 0);
    goker_join(&k);
    leat_context_release(k.ctx);
}

// A stream that is closed does not tell its reader.
static void
goker_read_stream(struct goker *k)
{
    leat_select(leat_case_recv(k->c, NULL));
    leat_close(k->done);
}

static void
goker_grpc1275(bool fixed)
{
    struct goker k;
    goker_init(&k, fixed);
    goker_go(&k, goker_read_stream);
    if (fixed)
        leat_close(k.c);
    leat_select_until(leat_deadline(300), leat_case_recv(k.done, NULL));
    goker_join(&k);
}

// The one who asked has given up --------------------------------------------------

static void
goker_slow_answer(struct goker *k)
{
    leat_sleep((int64_t)(leat_test_random() % 4));
    leat_send(leat_test_random() % 2 ? k->a : k->b, 1);
}

// A request times out; its goroutine answers into a channel nobody reads.
static void
goker_kubernetes5316(bool fixed)
{
    struct goker k;
    goker_init(&k, fixed);
    if (fixed) {
        leat_free(k.a);
        leat_free(k.b);
        k.a = leat_make_chan(int, 1);
        k.b = leat_make_chan(int, 1);
    }
    goker_go(&k, goker_slow_answer);
    leat_select_until(leat_deadline(1), leat_case_recv(k.a, NULL),
        leat_case_recv(k.b, NULL));
    goker_join(&k);
}

static void
goker_work_once(struct goker *k)
{
    leat_send(k->c, 1);
}

static void
goker_close_loop(struct goker *k)
{
    for (int i = 0; i < 50; i++) {
        goker_go(k, goker_work_once);
        if (leat_select(leat_case_recv(k->stop, NULL),
                leat_case_recv(k->c, NULL)) == 0)
            break;
    }
}

static void
goker_stop(struct goker *k)
{
    leat_send(k->stop, 1);
}

// The loop is stopped while its worker is about to say that it is done.
static void
goker_grpc660(bool fixed)
{
    struct goker k;
    goker_init(&k, fixed);
    if (fixed) {
        leat_free(k.c);
        k.c = leat_make_chan(int, 1);
    }
    leat_free(k.stop);
    k.stop = leat_make_chan(int, 1);
    goker_go(&k, goker_close_loop);
    goker_go(&k, goker_stop);
    goker_join(&k);
}

static void
goker_node(struct goker *k)
{
    for (;;) {
        leat_chan(int) to = NULL;
        if (leat_select(leat_case_recv(k->ask, &to),
                leat_case_recv(k->stop, NULL)) == 1)
            break;
        leat_send(to, 1);
    }
    leat_close(k->done);
}

static void
goker_status(struct goker *k)
{
    leat_chan(int) to = leat_make_chan(int);
    if (!k->fixed)
        leat_send(k->ask, to);
    else if (leat_select(leat_case_send(k->ask, to),
                 leat_case_recv(k->done, NULL)) == 1)
        return;
    leat_recv(to);
}

static void
goker_stop_node(struct goker *k)
{
    if (leat_select(leat_case_send(k->stop, 1),
            leat_case_recv(k->done, NULL)) == 0)
        leat_recv(k->done);
}

// A node is asked for its status after it was stopped.
static void
goker_etcd6857(bool fixed)
{
    struct goker k;
    goker_init(&k, fixed);
    k.ask = leat_make_chan(leat_chan(int));
    goker_go(&k, goker_node);
    goker_go(&k, goker_status);
    goker_go(&k, goker_stop_node);
    goker_join(&k);
}

static void
goker_begin_commands(struct goker *k)
{
    for (int i = 0; i < 2; i++) {
        if (!k->fixed)
            leat_recv(i ? k->b : k->a);
        else if (leat_select(leat_case_recv(i ? k->b : k->a, NULL),
                     leat_case_recv_ok(leat_context_done(k->ctx), NULL,
                         NULL)) == 1)
            break;
    }
}

static void
goker_send_commands(struct goker *k)
{
    for (int i = 0; i < 2; i++)
        if (leat_select(leat_case_send(i ? k->b : k->a, 1),
                leat_case_recv_ok(leat_context_done(k->ctx), NULL, NULL)) ==
            1)
            break;
}

static void
goker_cancel(struct goker *k)
{
    leat_context_cancel(k->ctx, 0);
}

// Whoever sends stops when the context ends, whoever receives does not.
static void
goker_cockroach10790(bool fixed)
{
    struct goker k;
    goker_init(&k, fixed);
    k.ctx = leat_with_cancel(NULL);
    goker_go(&k, goker_send_commands);
    goker_go(&k, goker_begin_commands);
    goker_go(&k, goker_cancel);
    goker_join(&k);
    leat_context_release(k.ctx);
}

static void
goker_poll(struct goker *k)
{
    struct leat_timer *tick = leat_new_ticker(LEAT_SECOND);
    int64_t deadline = leat_deadline(10 * LEAT_SECOND);
    while (leat_select_until(deadline,
               leat_case_recv(leat_timer_chan(tick), NULL),
               leat_case_recv(k->stop, NULL)) == 0)
        leat_try_send(k->c, 1);
    leat_timer_free(tick);
    leat_close(k->c);
}

// The condition is met at the first poll; the channel that ends the poller is
// closed only after waiting for it.
static void
goker_kubernetes70277(bool fixed)
{
    struct goker k;
    goker_init(&k, fixed);
    goker_go(&k, goker_poll);
    leat_recv(k.c);
    if (fixed)
        leat_close(k.stop);
    leat_recv(fixed ? k.c : k.done);
    if (!fixed)
        leat_close(k.stop);
    goker_join(&k);
}

static void
goker_probe(struct goker *k)
{
    leat_sleep(2);
    leat_send(k->c, 1);
}

static void
goker_monitor(struct goker *k)
{
    leat_sleep(1);
    goker_go(k, goker_probe);
    leat_select_until(leat_deadline(3), leat_case_recv(k->stop, NULL),
        leat_case_recv(k->c, NULL));
}

static void
goker_stop_later(struct goker *k)
{
    leat_sleep((int64_t)(leat_test_random() % 4));
    leat_send_until(k->stop, leat_deadline(LEAT_SECOND), 1);
}

// A health monitor is stopped while a probe is under way.
static void
goker_moby33781(bool fixed)
{
    struct goker k;
    goker_init(&k, fixed);
    if (fixed) {
        leat_free(k.c);
        k.c = leat_make_chan(int, 1);
    }
    goker_go(&k, goker_monitor);
    goker_go(&k, goker_stop_later);
    goker_join(&k);
}

// Waiting for each other ------------------------------------------------------------

static void
goker_state(struct goker *k)
{
    for (int i = 0; i < 5; i++)
        if (leat_select(leat_case_recv(k->b, NULL), leat_default) == 1)
            leat_select(leat_case_send(k->a, 1),
                leat_case_recv(k->stop, NULL));
    leat_close(k->done);
}

static void
goker_store(struct goker *k)
{
    while (leat_select(leat_case_recv(k->a, NULL),
               leat_case_recv(k->done, NULL)) == 0) {
        if (k->fixed)
            leat_try_send(k->b, 1);
        else
            leat_select(
                leat_case_send(k->b, 1), leat_case_recv(k->stop, NULL));
    }
}

// Two loops, each sends to the other what only the other's loop receives.
static void
goker_cockroach2448(bool fixed)
{
    struct goker k;
    goker_init(&k, fixed);
    goker_go(&k, goker_state);
    goker_go(&k, goker_store);
    goker_join(&k);
}

static void
goker_close_connection(struct goker *k)
{
    if (!k->flag) {
        k->flag = true;
        leat_close(k->stop);
        if (!k->fixed)
            leat_recv(k->done);
    }
}

static void
goker_dispatch(struct goker *k)
{
    while (leat_select(leat_case_recv(k->c, NULL),
               leat_case_recv(k->stop, NULL)) == 0)
        goker_close_connection(k);
    leat_close(k->done);
}

// Closing waits for the dispatcher, and it is the dispatcher that closes.
static void
goker_syncthing5795(bool fixed)
{
    struct goker k;
    goker_init(&k, fixed);
    goker_go(&k, goker_dispatch);
    leat_send(k.c, 1);
    leat_recv(k.done);
    goker_join(&k);
}

// Locks ---------------------------------------------------------------------------

static void
goker_serve(struct goker *k)
{
    leat_mutex_lock(&k->mu);
    leat_mutex_unlock(&k->mu);
}

// The second call locks once more where it should unlock.
static void
goker_grpc795(bool fixed)
{
    struct goker k;
    goker_init(&k, fixed);
    goker_go(&k, goker_serve);
    for (int i = 0; i < 3; i++) {
        leat_mutex_lock(&k.mu);
        if (k.flag && !fixed)
            leat_mutex_lock(&k.mu);
        k.flag = true;
        leat_mutex_unlock(&k.mu);
    }
    goker_join(&k);
}

static void
goker_delete_device(struct goker *k)
{
    leat_mutex_lock(&k->mu);
    leat_mutex_lock(&k->mu2);
    // Waits for the device to be idle: without the devices' lock.
    leat_mutex_unlock(&k->mu);
    leat_yield();
    if (k->fixed) {
        leat_mutex_unlock(&k->mu2);
        leat_mutex_lock(&k->mu);
        leat_mutex_unlock(&k->mu);
        return;
    }
    leat_mutex_lock(&k->mu);
    leat_mutex_unlock(&k->mu);
    leat_mutex_unlock(&k->mu2);
}

// Two locks are taken in both orders.
static void
goker_moby4951(bool fixed)
{
    struct goker k;
    goker_init(&k, fixed);
    goker_go(&k, goker_delete_device);
    goker_go(&k, goker_delete_device);
    goker_join(&k);
}

// An error leaves the loop body before the unlock.
static void
goker_moby7559(bool fixed)
{
    struct goker k;
    goker_init(&k, fixed);
    for (int i = 0; i < 2; i++) {
        leat_mutex_lock(&k.mu);
        bool failed = i == 0;
        if (failed && fixed)
            leat_mutex_unlock(&k.mu);
        if (failed)
            continue;
        leat_mutex_unlock(&k.mu);
    }
}

// A lock and a channel ---------------------------------------------------------------

static void
goker_handle_event(struct goker *k)
{
    leat_recv(k->c);
    if (!k->fixed)
        leat_mutex_lock(&k->mu);
    leat_send(k->done, 1);
    if (!k->fixed)
        leat_mutex_unlock(&k->mu);
}

// The handler sends with the lock held that the receiver takes first.
static void
goker_istio16224(bool fixed)
{
    struct goker k;
    goker_init(&k, fixed);
    goker_go(&k, goker_handle_event);
    leat_send(k.c, 1);
    leat_mutex_lock(&k.mu);
    leat_mutex_unlock(&k.mu);
    leat_recv(k.done);
    goker_join(&k);
}

static void
goker_write_frame(struct goker *k)
{
    leat_mutex_lock(&k->mu);
    if (!k->flag && !k->fixed)
        leat_send(k->c, 1);
    if (!k->flag && k->fixed)
        leat_select(leat_case_send(k->c, 1), leat_case_recv(k->a, NULL));
    leat_mutex_unlock(&k->mu);
}

static void
goker_watch_frames(struct goker *k)
{
    leat_select(leat_case_recv(k->stop, NULL));
    if (k->fixed)
        leat_close(k->a);
    leat_mutex_lock(&k->mu);
    k->flag = true;
    leat_mutex_unlock(&k->mu);
}

// The writer holds the lock and sends to who wants the lock.
static void
goker_kubernetes6632(bool fixed)
{
    struct goker k;
    goker_init(&k, fixed);
    goker_go(&k, goker_watch_frames);
    goker_go(&k, goker_write_frame);
    leat_send(k.stop, 1);
    goker_join(&k);
}

static void
goker_health(struct goker *k)
{
    for (;;) {
        if (leat_select(leat_case_recv(k->stop, NULL), leat_default) == 0)
            return;
        leat_yield();
        leat_mutex_lock(&k->mu);
        leat_mutex_unlock(&k->mu);
    }
}

static void
goker_state_changed(struct goker *k)
{
    leat_mutex_lock(&k->mu);
    if (!k->fixed)
        leat_send(k->stop, 1);
    leat_mutex_unlock(&k->mu);
    if (k->fixed)
        leat_close(k->stop);
}

// Stopping the monitor holds the lock that the monitor takes between looks.
static void
goker_moby28462(bool fixed)
{
    struct goker k;
    goker_init(&k, fixed);
    goker_go(&k, goker_health);
    goker_go(&k, goker_state_changed);
    goker_join(&k);
}

static void
goker_distribute(struct goker *k)
{
    leat_mutex_lock(&k->mu);
    if (!k->flag && !k->fixed)
        leat_send(k->c, 1);
    else if (!k->flag)
        leat_select(leat_case_send(k->c, 1), leat_case_recv(k->stop, NULL));
    leat_mutex_unlock(&k->mu);
}

static void
goker_stop_watching(struct goker *k)
{
    if (k->fixed)
        leat_close(k->stop);
    leat_mutex_lock(&k->mu);
    k->flag = true;
    leat_mutex_unlock(&k->mu);
}

// A watcher that stops needs the lock under which it is sent to.
static void
goker_kubernetes1321(bool fixed)
{
    struct goker k;
    goker_init(&k, fixed);
    goker_go(&k, goker_distribute);
    goker_go(&k, goker_stop_watching);
    goker_join(&k);
}

static void
goker_transport(struct goker *k)
{
    while (leat_select(leat_case_recv(k->stop, NULL), leat_default) == 1) {
        if (!k->fixed)
            leat_send(k->c, 1);
        else
            leat_select(
                leat_case_send(k->c, 1), leat_case_recv(k->stop, NULL));
        leat_yield();
    }
}

static void
goker_process_events(struct goker *k)
{
    while (leat_select(leat_case_recv(k->c, NULL),
               leat_case_recv(k->stop, NULL)) == 0)
        ;
}

// The stopper is looked at before the event is sent, not while it is.
static void
goker_cockroach1462(bool fixed)
{
    struct goker k;
    goker_init(&k, fixed);
    goker_go(&k, goker_transport);
    goker_go(&k, goker_process_events);
    for (int i = 0; i < 5; i++)
        leat_yield();
    leat_close(k.stop);
    goker_join(&k);
}

// The rows ------------------------------------------------------------------------

static const struct goker_row goker_rows[] = {
    {"cockroach 24808", goker_cockroach24808, 1, 0},
    {"cockroach 25456", goker_cockroach25456, 1, 0},
    {"cockroach 35073", goker_cockroach35073, 2, 0},
    {"cockroach 35931", goker_cockroach35931, 1, 0},
    {"cockroach 13197", goker_cockroach13197, 2, 2},
    {"grpc 1275", goker_grpc1275, 2, 0},
    {"kubernetes 5316", goker_kubernetes5316, 2, 0},
    {"grpc 660", goker_grpc660, 2, 0},
    {"etcd 6857", goker_etcd6857, 2, 0},
    {"cockroach 10790", goker_cockroach10790, 2, 0},
    {"kubernetes 70277", goker_kubernetes70277, 1, 0},
    {"moby 33781", goker_moby33781, 2, 0},
    {"cockroach 2448", goker_cockroach2448, 3, 0},
    {"syncthing 5795", goker_syncthing5795, 2, 0},
    {"grpc 795", goker_grpc795, 2, 0},
    {"moby 4951", goker_moby4951, 3, 0},
    {"moby 7559", goker_moby7559, 1, 0},
    {"istio 16224", goker_istio16224, 2, 0},
    {"kubernetes 6632", goker_kubernetes6632, 3, 0},
    {"moby 28462", goker_moby28462, 3, 0},
    {"kubernetes 1321", goker_kubernetes1321, 3, 0},
    {"cockroach 1462", goker_cockroach1462, 2, 0},
};

struct goker_run {
    const struct goker_row *row;
    bool fixed;
    int left, certain;
};

static void
goker_root(struct goker_run *r)
{
    r->row->run(r->fixed);
}

static void
goker_one_run(void *arg)
{
    struct goker_run *r = arg;
    leat_go(goker_root, r);
    // Whatever goes on by itself is over after a minute of virtual time.
    leat_sleep(LEAT_MINUTE);
    leat_test_wait();
    r->left = leat_num_goroutine() - 1;
    r->certain = r->left > 0 ? leat_leak_report(-1) : 0;
}

// Runs it in a child: the report takes any word in memory for an address, and
// on stacks used before there is something left over of the last run.
static void
goker_run_alone(uint64_t seed, struct goker_run *r)
{
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        CHECK_EQ(leat_test_run(seed, goker_one_run, r), 0);
        _exit(r->left * GOKER_MOST + r->certain);
    }
    int status = 0;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) < TEST_STATUS_FAILED,
        "%s, seed %d: status %x", r->row->name, (int)seed, (unsigned)status);
    r->left = WEXITSTATUS(status) / GOKER_MOST;
    r->certain = WEXITSTATUS(status) % GOKER_MOST;
}

static void
goker_check_leak(const struct goker_row *row)
{
    int most = 0;
    // A report reads all memory, which takes qemu a tenth of a second.
    uint64_t seeds = test_under() & TEST_QEMU ? GOKER_SEEDS / 4 : GOKER_SEEDS;
    for (uint64_t seed = 0; seed < seeds; seed++) {
        struct goker_run r = {.row = row};
        goker_run_alone(seed, &r);
        CHECK_MSG(r.left <= row->leaked, "%s, seed %d: %d are left",
            row->name, (int)seed, r.left);
        CHECK_MSG(r.left == 0 || r.certain == r.left - row->hidden,
            "%s, seed %d: the report is certain of %d of %d", row->name,
            (int)seed, r.certain, r.left);
        most = r.left > most ? r.left : most;
    }
    CHECK_MSG(most == row->leaked,
        "%s: no schedule leaks %d goroutines, at most %d do", row->name,
        row->leaked, most);
}

static void
goker_check_fixed(const struct goker_row *row)
{
    for (uint64_t seed = 0; seed < GOKER_SEEDS; seed++) {
        struct goker_run r = {.row = row, .fixed = true};
        CHECK_EQ(leat_test_run(seed, goker_one_run, &r), 0);
        CHECK_MSG(r.left == 0, "%s, seed %d: %d goroutines are left",
            row->name, (int)seed, r.left);
    }
}

// ThreadSanitizer keeps addresses of its own: see test_leak.c.
#define GOKER_TEST(name)                                                       \
    PLAIN_TEST_WITH(goker, name, .timeout_s = 60, .skip_under = TEST_TSAN)

GOKER_TEST(the_report_is_certain_of_the_leaks)
{
    for (size_t i = 0; i < sizeof goker_rows / sizeof *goker_rows; i++)
        goker_check_leak(&goker_rows[i]);
}

GOKER_TEST(what_was_repaired_leaves_nothing)
{
    for (size_t i = 0; i < sizeof goker_rows / sizeof *goker_rows; i++)
        goker_check_fixed(&goker_rows[i]);
}

// On all cores, at the end of the program: the report by itself.
static void
goker_leave(bool fixed)
{
    goker_cockroach24808(fixed);
    __asm__ volatile(""); // no tail call: the trace shows both
}

TEST_WITH(goker, the_report_at_exit_names_them,
    .env = {"LEATDEBUG=leak=1", "LEATPROCS=2"}, .skip_under = TEST_TSAN,
    .stderr_has = {"leak report: 3 goroutines leaked",
        "[chan send (leaked)]:", "goker_cockroach24808",
        "[chan receive (leaked)]:", "created by"})
{
    leat_go(goker_leave, false);
    leat_go(goker_cockroach25456, false);
    leat_go(goker_cockroach35931, false);
    while (leat_num_goroutine() < 4)
        leat_yield();
    // Three that have parked: nothing else is runnable then.
    leat_sleep(20 * LEAT_MILLISECOND);
    CHECK_EQ(leat_num_goroutine(), 4);
}
