// SPDX-License-Identifier: MIT
// test_goker_more.c: more of the GoKer collection of blocking bugs, those that
// need only channels, locks and conds, in our own words: what remains when the
// project around them is taken away. (test_goker.c has the others, and asks
// the leak report about them.)
//
// Every scenario exists twice, as it was and as it was repaired. As it was it
// must leave goroutines blocked under some schedule, and never more than the
// row says; repaired it must leave none under any.
#include "lib/test.h"

#include <leat.h>

#include <string.h>

enum { BUG_SEEDS = 60 };

// What the goroutines of a scenario share. Each uses what it needs.
struct bug {
    bool fixed;
    struct leat_mutex mu, mu2;
    struct leat_rwmutex rw;
    struct leat_waitgroup wg;
    struct leat_cond cond;
    struct leat_context *ctx;
    leat_chan(int) a, b, stop;
    leat_chan(int) one; // with room for one
    int count;
    bool flag;
};

typedef void (*bug_fn)(struct bug *k);

static void
bug_go(struct bug *k, bug_fn fn)
{
    leat_go(fn, k);
}

// ---- Locks -----------------------------------------------------------------

// cockroach 584: one way out of the loop keeps the lock.
static void
bug_bootstrap(struct bug *k)
{
    for (int i = 0; i < 2; i++) {
        leat_mutex_lock(&k->mu);
        if (i == 0 && k->flag) { // closed meanwhile
            if (k->fixed)
                leat_mutex_unlock(&k->mu);
            continue;
        }
        leat_mutex_unlock(&k->mu);
    }
}

static void
bug_cockroach584(struct bug *k)
{
    k->flag = true;
    bug_go(k, bug_bootstrap);
    bug_go(k, bug_bootstrap);
}

// cockroach 9935: an error is handled by a function that takes the lock that
// is held.
static void
bug_cockroach9935(struct bug *k)
{
    leat_mutex_lock(&k->mu);
    if (k->fixed)
        leat_mutex_unlock(&k->mu);
    leat_mutex_lock(&k->mu);
    leat_mutex_unlock(&k->mu);
    if (!k->fixed)
        leat_mutex_unlock(&k->mu);
}

// cockroach 6181, 3710: read lock upon read lock, and a writer between them.
static void
bug_read_twice(struct bug *k)
{
    leat_rwmutex_rlock(&k->rw);
    leat_yield();
    if (!k->fixed) {
        leat_rwmutex_rlock(&k->rw);
        leat_rwmutex_runlock(&k->rw);
    }
    leat_rwmutex_runlock(&k->rw);
}

static void
bug_write(struct bug *k)
{
    leat_rwmutex_lock(&k->rw);
    leat_rwmutex_unlock(&k->rw);
}

static void
bug_cockroach6181(struct bug *k)
{
    bug_go(k, bug_read_twice);
    bug_go(k, bug_write);
}

// etcd 10492, moby 17176: a way out of the function goes by the unlock.
static void
bug_checkpoint(struct bug *k)
{
    leat_mutex_lock(&k->mu);
    if (k->count++ == 0 && !k->fixed)
        return;
    leat_mutex_unlock(&k->mu);
}

static void
bug_moby17176(struct bug *k)
{
    bug_go(k, bug_checkpoint);
    bug_go(k, bug_checkpoint);
}

// cockroach 7504, hugo 3251, moby 36114: two locks in both orders.
static void
bug_first_second(struct bug *k)
{
    leat_mutex_lock(&k->mu);
    leat_yield();
    leat_mutex_lock(&k->mu2);
    leat_mutex_unlock(&k->mu2);
    leat_mutex_unlock(&k->mu);
}

static void
bug_second_first(struct bug *k)
{
    leat_mutex_lock(k->fixed ? &k->mu : &k->mu2);
    leat_mutex_lock(k->fixed ? &k->mu2 : &k->mu);
    leat_mutex_unlock(&k->mu);
    leat_mutex_unlock(&k->mu2);
}

static void
bug_cockroach7504(struct bug *k)
{
    bug_go(k, bug_first_second);
    bug_go(k, bug_second_first);
}

// cockroach 10214: heartbeats that could not be sent are reported with the lock
// of the queue held; whoever ticks holds the replica's and wants the queue's.
static void
bug_report_unreachable(struct bug *k)
{
    leat_mutex_lock(&k->mu);
    leat_yield();
    if (k->fixed)
        leat_mutex_unlock(&k->mu);
    leat_mutex_lock(&k->mu2);
    leat_mutex_unlock(&k->mu2);
    if (!k->fixed)
        leat_mutex_unlock(&k->mu);
}

static void
bug_tick(struct bug *k)
{
    leat_mutex_lock(&k->mu2);
    leat_yield();
    leat_mutex_lock(&k->mu);
    leat_mutex_unlock(&k->mu);
    leat_mutex_unlock(&k->mu2);
}

static void
bug_cockroach10214(struct bug *k)
{
    bug_go(k, bug_report_unreachable);
    bug_go(k, bug_tick);
}

// kubernetes 13135: the same with a lock of readers.
static void
bug_watch(struct bug *k)
{
    leat_mutex_lock(&k->mu);
    leat_yield();
    leat_rwmutex_rlock(&k->rw);
    leat_rwmutex_runlock(&k->rw);
    leat_mutex_unlock(&k->mu);
}

static void
bug_dispatch(struct bug *k)
{
    leat_rwmutex_lock(&k->rw);
    leat_yield();
    if (k->fixed)
        leat_rwmutex_unlock(&k->rw);
    leat_mutex_lock(&k->mu);
    leat_mutex_unlock(&k->mu);
    if (!k->fixed)
        leat_rwmutex_unlock(&k->rw);
}

static void
bug_kubernetes13135(struct bug *k)
{
    bug_go(k, bug_watch);
    bug_go(k, bug_dispatch);
}

// etcd 5509: a client that is closed already is told so with its lock kept.
static bool
bug_acquire(struct bug *k)
{
    leat_rwmutex_rlock(&k->rw);
    if (k->flag) { // closed
        if (k->fixed)
            leat_rwmutex_runlock(&k->rw);
        return false;
    }
    return true;
}

static void
bug_etcd5509(struct bug *k)
{
    k->flag = true;
    if (bug_acquire(k))
        leat_rwmutex_runlock(&k->rw);
    leat_rwmutex_lock(&k->rw);
    leat_rwmutex_unlock(&k->rw);
}

// etcd 6708: with the write lock held, the leader is asked for, by a function
// that takes the read lock.
static void
bug_etcd6708(struct bug *k)
{
    leat_rwmutex_lock(&k->rw);
    if (k->fixed)
        leat_rwmutex_unlock(&k->rw);
    leat_rwmutex_rlock(&k->rw);
    leat_rwmutex_runlock(&k->rw);
    if (!k->fixed)
        leat_rwmutex_unlock(&k->rw);
}

// grpc 3017: a timer that finds its work called off keeps the lock.
static void
bug_delete_later(struct bug *k)
{
    leat_sleep((int64_t)(leat_test_random() % 3));
    leat_mutex_lock(&k->mu);
    if (k->flag && !k->fixed)
        return;
    leat_mutex_unlock(&k->mu);
}

static void
bug_grpc3017(struct bug *k)
{
    bug_go(k, bug_delete_later);
    leat_sleep(1);
    for (int i = 0; i < 2; i++) {
        leat_mutex_lock(&k->mu);
        k->flag = true; // wanted again
        leat_mutex_unlock(&k->mu);
        leat_sleep(5);
    }
}

// ---- Channels --------------------------------------------------------------

// kubernetes 38669, cockroach 24808: an event is sent before its reader runs,
// and the reader leaves at once when it is told to stop.
static void
bug_send_event(struct bug *k)
{
    if (k->fixed)
        leat_select(leat_case_send(k->a, 1), leat_case_recv(k->stop, NULL));
    else
        leat_send(k->a, 1);
}

static void
bug_stop(struct bug *k)
{
    leat_close(k->stop);
}

static void
bug_read_event(struct bug *k)
{
    leat_select(
        leat_case_recv(k->a, NULL), leat_case_recv(k->stop, NULL));
}

static void
bug_kubernetes38669(struct bug *k)
{
    bug_go(k, bug_read_event);
    bug_go(k, bug_send_event);
    bug_go(k, bug_stop);
}

// moby 4395, grpc 1424: the answer comes when nobody waits for it any more.
static void
bug_answer(struct bug *k)
{
    leat_sleep((int64_t)(leat_test_random() % 3));
    if (!k->fixed)
        leat_send(k->a, 1);
    else
        leat_try_send(k->b, 1);
}

static void
bug_moby4395(struct bug *k)
{
    bug_go(k, bug_answer);
    leat_select_until(leat_deadline(1), leat_case_recv(k->a, NULL),
        leat_case_recv(k->b, NULL));
}

// etcd 6873, grpc 1353, kubernetes 25331, 30872: the watcher holds the lock while it
// sends; who drains the channel wants the lock first.
static void
bug_broadcast(struct bug *k)
{
    leat_mutex_lock(&k->mu);
    if (k->fixed)
        leat_mutex_unlock(&k->mu);
    leat_send(k->a, 1);
    if (!k->fixed)
        leat_mutex_unlock(&k->mu);
}

static void
bug_drain(struct bug *k)
{
    leat_mutex_lock(&k->mu);
    leat_mutex_unlock(&k->mu);
    leat_recv(k->a);
}

static void
bug_etcd6873(struct bug *k)
{
    bug_go(k, bug_broadcast);
    bug_go(k, bug_drain);
}

// etcd 7443, 7902, grpc 862: closing takes the lock; who holds it waits for the
// channel that closing closes.
static void
bug_wait_closed(struct bug *k)
{
    leat_mutex_lock(&k->mu);
    if (k->fixed)
        leat_mutex_unlock(&k->mu);
    leat_recv(k->stop);
    if (!k->fixed)
        leat_mutex_unlock(&k->mu);
}

static void
bug_close_locked(struct bug *k)
{
    leat_mutex_lock(&k->mu);
    leat_close(k->stop);
    leat_mutex_unlock(&k->mu);
}

static void
bug_grpc862(struct bug *k)
{
    bug_go(k, bug_wait_closed);
    bug_go(k, bug_close_locked);
}

// hugo 5379, moby 25384: as many are waited for as were started, but the wait
// stands in the loop.
static void
bug_done(struct bug *k)
{
    leat_waitgroup_done(&k->wg);
}

static void
bug_moby25384(struct bug *k)
{
    leat_waitgroup_add(&k->wg, 2);
    for (int i = 0; i < 2; i++) {
        bug_go(k, bug_done);
        if (!k->fixed)
            leat_waitgroup_wait(&k->wg);
    }
    leat_waitgroup_wait(&k->wg);
}

// cockroach 1055, 16167: stopping waits for tasks, and a task that begins
// waits for stopping to be over.
static void
bug_task(struct bug *k)
{
    leat_mutex_lock(&k->mu);
    k->count++;
    leat_mutex_unlock(&k->mu);
    leat_yield();
    leat_mutex_lock(&k->mu);
    k->count--;
    leat_cond_broadcast(&k->cond);
    leat_mutex_unlock(&k->mu);
}

static void
bug_quiesce(struct bug *k)
{
    leat_mutex_lock(&k->mu);
    while (k->count > 0) {
        if (k->fixed) {
            leat_cond_wait(&k->cond);
        } else {
            leat_recv(k->a); // would be sent to under the lock
        }
    }
    leat_mutex_unlock(&k->mu);
}

static void
bug_cockroach16167(struct bug *k)
{
    bug_go(k, bug_task);
    bug_go(k, bug_quiesce);
}

// istio 17860, serving 2137: a wake-up for each of two who wait, but only one
// is sent.
static void
bug_agent(struct bug *k)
{
    leat_recv(k->a);
}

static void
bug_istio17860(struct bug *k)
{
    bug_go(k, bug_agent);
    bug_go(k, bug_agent);
    if (k->fixed)
        leat_close(k->a);
    else
        leat_send(k->a, 1);
}

// moby 30408, syncthing 4829: a signal before the wait is lost.
static void
bug_wait_signal(struct bug *k)
{
    leat_mutex_lock(&k->mu);
    while (!(k->fixed && k->flag)) {
        leat_cond_wait(&k->cond);
        if (!k->fixed)
            break;
    }
    leat_mutex_unlock(&k->mu);
}

static void
bug_signal(struct bug *k)
{
    leat_mutex_lock(&k->mu);
    k->flag = true;
    leat_cond_signal(&k->cond);
    leat_mutex_unlock(&k->mu);
}

static void
bug_moby30408(struct bug *k)
{
    bug_go(k, bug_wait_signal);
    bug_go(k, bug_signal);
}

// kubernetes 26980, 62464: results are collected under a lock by a goroutine
// that was told to end before the last producer.
static void
bug_produce(struct bug *k)
{
    leat_send(k->a, 1);
    k->count++;
}

static void
bug_collect(struct bug *k)
{
    for (int i = 0; i < 2; i++)
        if (leat_select(leat_case_recv(k->stop, NULL),
                leat_case_recv(k->a, NULL)) == 0 &&
            !k->fixed)
            return;
    while (k->fixed && k->count < 2)
        leat_select_until(leat_deadline(1), leat_case_recv(k->a, NULL));
}

static void
bug_kubernetes26980(struct bug *k)
{
    bug_go(k, bug_collect);
    bug_go(k, bug_produce);
    bug_go(k, bug_produce);
    bug_go(k, bug_stop);
}

// grpc 1460: a stream is opened while the transport is told to drain, and
// whoever has drained waits for the streams to end.
static void
bug_stream(struct bug *k)
{
    leat_mutex_lock(&k->mu);
    bool refused = k->fixed && k->flag;
    leat_mutex_unlock(&k->mu);
    if (!refused)
        leat_select(
            leat_case_send(k->a, 1), leat_case_recv(k->fixed ? k->stop
                                                             : k->b, NULL));
}

static void
bug_drain_transport(struct bug *k)
{
    leat_mutex_lock(&k->mu);
    k->flag = true;
    leat_mutex_unlock(&k->mu);
    leat_close(k->stop);
}

static void
bug_grpc1460(struct bug *k)
{
    bug_go(k, bug_stream);
    bug_go(k, bug_drain_transport);
}

// cockroach 13755: rows nobody closes are waited for.
static void
bug_await_done(struct bug *k)
{
    leat_recv(k->stop);
}

static void
bug_cockroach13755(struct bug *k)
{
    bug_go(k, bug_await_done);
    if (k->fixed)
        leat_close(k->stop);
}

// cockroach 18101: the importer leaves when its context ends, the splitter
// that sends to it does not look at the context.
static void
bug_split(struct bug *k)
{
    for (int i = 0; i < 3; i++) {
        if (!k->fixed)
            leat_send(k->a, i);
        else if (leat_select(leat_case_send(k->a, i),
                     leat_case_recv(k->stop, NULL)) == 1)
            return;
    }
}

static void
bug_import(struct bug *k)
{
    for (int i = 0; i < 3; i++)
        if (leat_select(leat_case_recv(k->a, NULL),
                leat_case_recv(k->stop, NULL)) == 1)
            return;
}

static void
bug_cockroach18101(struct bug *k)
{
    bug_go(k, bug_split);
    bug_go(k, bug_import);
    bug_go(k, bug_stop);
}

// etcd 7492: a token is handed over with the lock held; the keeper, who takes
// it, drops old ones now and then, for which it needs the lock.
static void
bug_assign_token(struct bug *k)
{
    leat_mutex_lock(&k->mu);
    if (k->fixed)
        leat_mutex_unlock(&k->mu);
    leat_sleep((int64_t)(leat_test_random() % 3));
    leat_send(k->a, 1);
    if (!k->fixed)
        leat_mutex_unlock(&k->mu);
}

static void
bug_keep_tokens(struct bug *k)
{
    while (leat_select_until(leat_deadline(1), leat_case_recv(k->a, NULL)) !=
        0) {
        leat_mutex_lock(&k->mu);
        leat_mutex_unlock(&k->mu);
    }
}

static void
bug_etcd7492(struct bug *k)
{
    bug_go(k, bug_keep_tokens);
    bug_go(k, bug_assign_token);
}

// kubernetes 10182: a status is sent with the lock held that who receives it
// takes next, while another status is on its way.
static void
bug_set_status(struct bug *k)
{
    leat_mutex_lock(&k->mu);
    if (k->fixed)
        leat_mutex_unlock(&k->mu);
    leat_send(k->a, 1);
    if (!k->fixed)
        leat_mutex_unlock(&k->mu);
}

static void
bug_sync_status(struct bug *k)
{
    for (int i = 0; i < 2; i++) {
        leat_recv(k->a);
        leat_mutex_lock(&k->mu);
        leat_mutex_unlock(&k->mu);
    }
}

static void
bug_kubernetes10182(struct bug *k)
{
    bug_go(k, bug_sync_status);
    bug_go(k, bug_set_status);
    bug_go(k, bug_set_status);
}

// moby 21233: the reader of a progress has seen enough, its writer goes on.
static void
bug_write_progress(struct bug *k)
{
    for (int i = 0; i < 3; i++)
        leat_send(k->a, i);
    leat_close(k->a);
}

static void
bug_moby21233(struct bug *k)
{
    bug_go(k, bug_write_progress);
    leat_recv(k->a);
    if (k->fixed)
        while (leat_recv_ok(k->a, NULL))
            ;
}

// moby 33293: an error is sent to who gets the channel only afterwards.
static leat_chan(int)
bug_container_wait(struct bug *k)
{
    leat_chan(int) result = k->fixed ? k->one : k->a;
    leat_send(result, -1);
    return result;
}

static void
bug_moby33293(struct bug *k)
{
    leat_recv(bug_container_wait(k));
}

// ---- Conds -----------------------------------------------------------------

// kubernetes 11298: that it is over is told without the lock, between the look
// and the wait.
static void
bug_serve(struct bug *k)
{
    leat_mutex_lock(&k->mu);
    while (leat_select(leat_case_recv(k->stop, NULL), leat_default) != 0) {
        leat_yield();
        leat_cond_wait(&k->cond);
    }
    leat_mutex_unlock(&k->mu);
}

static void
bug_finish(struct bug *k)
{
    if (k->fixed)
        leat_mutex_lock(&k->mu);
    leat_close(k->stop);
    leat_cond_signal(&k->cond);
    if (k->fixed)
        leat_mutex_unlock(&k->mu);
}

static void
bug_kubernetes11298(struct bug *k)
{
    bug_go(k, bug_serve);
    bug_go(k, bug_finish);
}

// kubernetes 58107: a worker waits for its queue with the read lock held; who
// would fill the queue takes the write lock first.
static void
bug_work(struct bug *k)
{
    if (!k->fixed)
        leat_rwmutex_rlock(&k->rw);
    leat_mutex_lock(&k->mu);
    while (k->count == 0)
        leat_cond_wait(&k->cond);
    k->count--;
    leat_mutex_unlock(&k->mu);
    if (k->fixed)
        leat_rwmutex_rlock(&k->rw);
    leat_rwmutex_runlock(&k->rw);
}

static void
bug_resync(struct bug *k)
{
    leat_rwmutex_lock(&k->rw);
    leat_mutex_lock(&k->mu);
    k->count++;
    leat_cond_signal(&k->cond);
    leat_mutex_unlock(&k->mu);
    leat_rwmutex_unlock(&k->rw);
}

static void
bug_kubernetes58107(struct bug *k)
{
    bug_go(k, bug_work);
    bug_go(k, bug_resync);
}

// moby 27782: the follower of a log waits for its watcher to be gone, and the
// watcher for the follower to take one more event.
static void
bug_watch_file(struct bug *k)
{
    leat_send(k->a, 1);
    if (k->fixed)
        leat_select(leat_case_send(k->a, 2), leat_case_recv(k->stop, NULL));
    else
        leat_send(k->a, 2);
    leat_mutex_lock(&k->mu);
    k->flag = true;
    leat_cond_broadcast(&k->cond);
    leat_mutex_unlock(&k->mu);
}

static void
bug_moby27782(struct bug *k)
{
    bug_go(k, bug_watch_file);
    leat_recv(k->a);
    leat_close(k->stop);
    leat_mutex_lock(&k->mu);
    while (!k->flag)
        leat_cond_wait(&k->cond);
    leat_mutex_unlock(&k->mu);
}

// moby 29733: a plugin that could not be activated wakes nobody.
static void
bug_activate(struct bug *k)
{
    leat_mutex_lock(&k->mu);
    k->flag = true; // with an error
    if (k->fixed)
        leat_cond_broadcast(&k->cond);
    leat_mutex_unlock(&k->mu);
}

static void
bug_wait_active(struct bug *k)
{
    leat_mutex_lock(&k->mu);
    while (!k->flag)
        leat_cond_wait(&k->cond);
    leat_mutex_unlock(&k->mu);
}

static void
bug_moby29733(struct bug *k)
{
    bug_go(k, bug_wait_active);
    bug_go(k, bug_activate);
}

// ---- The rows --------------------------------------------------------------

static const struct bug_row {
    const char *name;
    bug_fn run;
    int left; // the goroutine that runs the scenario included, if it hangs
} bug_rows[] = {
    {"cockroach 584", bug_cockroach584, 2},
    {"cockroach 9935", bug_cockroach9935, 1},
    {"cockroach 6181", bug_cockroach6181, 2},
    {"moby 17176", bug_moby17176, 1},
    {"cockroach 7504", bug_cockroach7504, 2},
    {"kubernetes 38669", bug_kubernetes38669, 1},
    {"moby 4395", bug_moby4395, 1},
    {"etcd 6873", bug_etcd6873, 2},
    {"grpc 862", bug_grpc862, 2},
    {"moby 25384", bug_moby25384, 1},
    {"cockroach 16167", bug_cockroach16167, 2},
    {"istio 17860", bug_istio17860, 1},
    {"moby 30408", bug_moby30408, 1},
    {"kubernetes 26980", bug_kubernetes26980, 2},
    {"grpc 1460", bug_grpc1460, 1},
    {"cockroach 10214", bug_cockroach10214, 2},
    {"kubernetes 13135", bug_kubernetes13135, 2},
    {"etcd 5509", bug_etcd5509, 1},
    {"etcd 6708", bug_etcd6708, 1},
    {"grpc 3017", bug_grpc3017, 1},
    {"cockroach 13755", bug_cockroach13755, 1},
    {"cockroach 18101", bug_cockroach18101, 1},
    {"etcd 7492", bug_etcd7492, 2},
    {"kubernetes 10182", bug_kubernetes10182, 2},
    {"moby 21233", bug_moby21233, 1},
    {"moby 33293", bug_moby33293, 1},
    {"kubernetes 11298", bug_kubernetes11298, 1},
    {"kubernetes 58107", bug_kubernetes58107, 2},
    {"moby 27782", bug_moby27782, 2},
    {"moby 29733", bug_moby29733, 1},
};

struct bug_run {
    const struct bug_row *row;
    struct bug k;
    int left;
};

static void
bug_root(struct bug_run *r)
{
    r->row->run(&r->k);
}

static void
bug_one_run(void *arg)
{
    struct bug_run *r = arg;
    struct bug *k = &r->k;
    k->a = leat_make_chan(int);
    k->b = leat_make_chan(int);
    k->stop = leat_make_chan(int);
    k->one = leat_make_chan(int, 1);
    k->cond.l = &k->mu;
    leat_go(bug_root, r);
    // Whatever goes on by itself is over after a minute of virtual time.
    leat_sleep(LEAT_MINUTE);
    leat_test_wait();
    r->left = leat_num_goroutine() - 1;
}

static int
bug_most_left(const struct bug_row *row, bool fixed)
{
    int most = 0;
    for (uint64_t seed = 0; seed < BUG_SEEDS; seed++) {
        struct bug_run r = {.row = row, .k = {.fixed = fixed}};
        CHECK_EQ(leat_test_run(seed, bug_one_run, &r), 0);
        most = r.left > most ? r.left : most;
        leat_free(r.k.a);
        leat_free(r.k.b);
        leat_free(r.k.stop);
        leat_free(r.k.one);
    }
    return most;
}

enum { BUG_ROWS = sizeof bug_rows / sizeof *bug_rows };

PLAIN_TEST(goker, each_of_these_bugs_hangs_under_some_schedule)
{
    for (int i = 0; i < BUG_ROWS; i++) {
        int most = bug_most_left(&bug_rows[i], false);
        CHECK_MSG(most == bug_rows[i].left, "%s: at most %d are left",
            bug_rows[i].name, most);
    }
}

PLAIN_TEST(goker, none_of_these_hangs_once_it_is_repaired)
{
    for (int i = 0; i < BUG_ROWS; i++) {
        int most = bug_most_left(&bug_rows[i], true);
        CHECK_MSG(
            most == 0, "%s: %d goroutines are left", bug_rows[i].name, most);
    }
}
