// SPDX-License-Identifier: MIT
// start/run.c: starting the runtime, the main goroutine, and the end of the
// program; seeded runs.
//
// The main thread becomes the first M: its own stack is the g0 the scheduler
// loops on, so that leat_run never returns. In a seeded run it does: it is
// the only thread, and what is left of the run is dropped.
#include "base/print.h"
#include "chan/chan_int.h"
#include "mem/stack.h"
#include "os/barrier.h"
#include "os/clock.h"
#include "os/cpu.h"
#include "os/poll.h"
#include "os/thread.h"
#include "panic/signal.h"
#include "sched/entry.h"
#include "sched/fork.h"
#include "sched/idle.h"
#include "sched/proc.h"
#include "sched/runq.h"
#include "sched/sysmon.h"
#include "sched/world.h"
#include "start/settings.h"
#include "sync/sema.h"

#include <leat.h>

#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

enum {
    // Threads are refused while others of the same user end, mostly; and
    // without sysmon one goroutine can hold up all others for good.
    RUN_ATTEMPTS = 5,
    RUN_ATTEMPT_NS = 1000 * 1000
};

static pthread_once_t run_once = PTHREAD_ONCE_INIT;
static struct leat_config run_config;
// A run is under way, or just ending: its last step lets the next one in,
// which must not find the state of this one.
static _Atomic bool run_taken;

static uint64_t
run_entropy(void)
{
    uint64_t seed = 0;
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != sizeof seed)
        seed = (uint64_t)time(NULL) * 0x9e3779b97f4a7c15u;
    return seed;
}

static void
run_init(void)
{
    leat__sched.profile = (uint8_t)run_config.profile;
    if (run_config.stack_size != 0)
        leat__stack_set_default(run_config.stack_size);
    leat__sched.procs_wanted = run_config.procs;
    leat__settings_read();
    leat__sched.seed = run_entropy();
    if (!leat__barrier_init())
        leat__need_fence = true;
    // ThreadSanitizer has to see real locks.
    if (LEAT__TSAN)
        leat__multi = true;
    leat__multi_settle();
    leat__attach_init();
    leat__fork_install();
    leat__coarse_refresh();
    if (!leat__procs_init(1))
        leat__throw("out of memory: cannot start the runtime"
                    LEAT__RAISE_LIMIT);
}

void
leat__init(void)
{
    pthread_once(&run_once, run_init);
}

int
leat_configure(const struct leat_config *config)
{
    size_t stack = config->stack_size;
    if (config->procs < 0 || config->procs > LEAT_PROCS_MAX ||
        (config->profile != LEAT_STRICT && config->profile != LEAT_GO) ||
        (stack != 0 && (stack < LEAT_STACK_MIN || stack > LEAT_STACK_MAX)))
        return LEAT_EINVAL;
    if (leat__sched.running || leat__sched.allp[0] != NULL)
        return LEAT_EBUSY;
    run_config = *config;
    return 0;
}

enum leat_profile
leat_get_profile(void)
{
    leat__init();
    return (enum leat_profile)leat__sched.profile;
}

// The calling thread becomes the first M with the first P.
static struct leat__m *
run_adopt_main(void)
{
    struct leat__m *old = leat__this_m();
    if (!(atomic_load(&old->flags) & M_UNATTACHED))
        leat__detach(old);
    struct leat__m *m = leat__m_new();
    if (m == NULL)
        leat__throw("out of memory: cannot start the runtime"
                    LEAT__RAISE_LIMIT);
    leat__m_adopt(m);
    leat__sched.nm = 1;
    leat__p_bind(m, leat__sched.allp[0]);
    return m;
}

static void
run_spawn_main(struct leat__m *m, void (*fn)(void *), void *arg, void *pc)
{
    struct leat__g *g = leat__spawn_main(m, fn, arg, pc);
    if (g == NULL)
        leat__throw("out of memory: cannot make the main goroutine"
                    LEAT__RAISE_LIMIT);
    leat__ready(m, g);
}

// The program ------------------------------------------------------------

struct run_main {
    int (*fn)(int, char **);
    int argc;
    char **argv;
};
static struct run_main run_main_args;

// The leak report, once. The child of a fork is not the program, also where it
// goes on.
static void
run_report(void)
{
    static _Atomic bool reported;
    if (!leat__sched.forked && !atomic_exchange(&reported, true))
        leat__hooks.at_exit();
}

// Before what the program has left to atexit, which may free things.
static void
run_exit(int status)
{
    run_report();
    exit(status);
}

static void
run_main_goroutine(void *arg)
{
    struct run_main *a = arg;
    run_exit(a->fn(a->argc, a->argv));
}

static void
run_start_seeded(struct leat__m *m, uint64_t seed)
{
    leat__others_refuse(m);
    leat__sched.seeded = true;
    leat__sched.seed = seed;
    leat__sched.trace = 0xcbf29ce484222325u ^ seed;
    leat__sched.virtual_now = LEAT_SECOND;
    leat__coarse_refresh();
    // Every choice is made by seed, on g0.
    atomic_store(&leat__sched.allp[0]->check, 1);
    leat__rand_seed(&leat__sched.rand, seed);
    leat__rand_seed(&m->rand, seed + 1);
    atomic_fetch_or(&m->flags, M_CHANCE);
}

// There is no thread to watch the others.
static void
run_tell_alone(void)
{
    bool banned = leat__thread_banned();
    leat__printf(2, banned
        ? "leat: the system permits no thread: blocking calls and loops of "
          "one goroutine will hold up the others (a sandbox must allow "
          "clone, and allow clone3 or refuse it with ENOSYS)\n"
        : "leat: the system refused a thread: blocking calls and loops of "
          "one goroutine will hold up the others (raise ulimit -u, or "
          "pids.max of the cgroup)\n");
}

static void
run_start_parallel(struct leat__m *m)
{
    leat__procs_init(leat__procs_to_be());
    leat__spin_lock(&leat__sched.lock);
    leat__sched.auto_procs = leat__sched.procs_wanted == 0;
    for (int i = leat__sched.nprocs - 1; i > 0; i--)
        leat__p_put_idle(leat__sched.allp[i]);
    leat__spin_unlock(&leat__sched.lock);
    leat__poll_reserve();
    if (leat__sched.nprocs > 1)
        leat__go_multi(m);
    for (int i = 0; i < RUN_ATTEMPTS && !leat__sched.sysmon_runs; i++) {
        leat__sched.sysmon_runs = leat__sysmon_start();
        if (!leat__sched.sysmon_runs)
            leat__os_sleep(RUN_ATTEMPT_NS);
    }
    if (!leat__sched.sysmon_runs)
        run_tell_alone();
}

void
leat_run(int (*fn)(int argc, char **argv), int argc, char **argv)
{
    leat__init();
    if (atomic_exchange(&run_taken, true))
        leat__throw("leat_run called twice");
    leat__sched.running = true;
    run_main_args = (struct run_main){fn, argc, argv};
    struct leat__m *m = run_adopt_main();
    leat__signals_install();
    leat__hooks.main_return = run_exit;
    if (leat__sched.leak_at_exit)
        atexit(run_report); // for who calls exit
    if (leat__settings.seeded)
        run_start_seeded(m, leat__settings.seed);
    else
        run_start_parallel(m);
    run_spawn_main(m, run_main_goroutine, &run_main_args, (void *)fn);
    leat__schedule(m);
    __builtin_unreachable();
}

// Seeded runs ------------------------------------------------------------

struct run_test {
    void (*fn)(void *);
    void *arg;
};

static void
run_test_return(int status)
{
    (void)status;
    leat__sched.main_returned = true;
}

static void
run_test_goroutine(void *arg)
{
    struct run_test *t = arg;
    t->fn(t->arg);
    run_test_return(0);
}

static void
run_forget(void *arg, struct leat__g *g)
{
    (void)arg;
    if (g->foreign)
        return;
    leat__chan_forget(g);
    if (g->ctx != NULL)
        leat__hooks.context_forget(g);
}

// Timers that were set before the run are for threads that wait, and contexts
// that may be older: they keep to the machine's clock, and rest meanwhile.
// One that the run resets is the run's from then on.
static struct leat__timerheap run_resting = {
    .earliest = INT64_MAX, .resting = true};

// The state that one run must not leave to the next.
static void
run_test_end(struct leat__m *m)
{
    struct leat__p *p = leat__sched.allp[0];
    while (leat__runq_get(p) != NULL)
        ;
    leat__runnext_get(p);
    leat__sched.runq = (struct leat__gqueue){NULL, NULL};
    leat__sched.runq_size = 0;
    while (p->timers.len > 0)
        leat__timer_del(p->timers.slot[0].timer);
    // What outlives the run must not know the stacks that are used again.
    leat__each_g(run_forget, NULL);
    leat__sema_forget();
    if (leat__hooks.netpoll_forget != NULL)
        leat__hooks.netpoll_forget();
    leat__gs_abandon(m);
    p->spawned = p->ended = 0;
    leat__sched.test_waiters = NULL;
    leat__sched.seeded = leat__sched.main_returned = false;
    leat__detach_main(m);
}

int
leat_test_run(uint64_t seed, void (*fn)(void *arg), void *arg)
{
    leat__init();
    if (atomic_exchange(&run_taken, true))
        return LEAT_EBUSY;
    leat__sched.running = true;
    struct leat__m *m = run_adopt_main();
    leat__signals_install();
    leat__hooks.main_return = run_test_return;
    leat__sched.goid_last = GOID_MAIN;
    leat__sched.allp[0]->goid_next = leat__sched.allp[0]->goid_end = 0;
    run_start_seeded(m, seed);
    leat__timers_move(&run_resting, &leat__sched.allp[0]->timers);
    bool multi = leat__multi;
    leat__multi = LEAT__TSAN;
    leat__multi_settle();
    struct run_test t = {fn, arg};
    run_spawn_main(m, run_test_goroutine, &t, (void *)fn);
    leat__schedule(m);
    run_test_end(m);
    leat__timers_move(&leat__sched.allp[0]->timers, &run_resting);
    leat__multi = multi;
    leat__multi_settle();
    leat__coarse_refresh(); // the machine's time again
    // Threads that wait may look for a deadlock from here on: this one is
    // not among those the runtime knows.
    leat__sched.running = false;
    leat__others_admit();
    leat__threads_look(); // the timers are theirs to see to again
    run_taken = false;
    return 0;
}

static bool
run_test_idle(struct leat__m *m)
{
    struct leat__g *g = leat__sched.test_waiters;
    if (g == NULL)
        return false;
    leat__sched.test_waiters = NULL;
    leat__ready(m, g);
    return true;
}

void
leat_test_wait(void)
{
    struct leat__m *m = leat__enter();
    if (!leat__sched.seeded || leat__sched.test_waiters != NULL) {
        bool seeded = leat__sched.seeded;
        leat__leave(m);
        leat__panic_text(seeded ? "leat_test_wait: somebody waits already"
                                : "leat_test_wait outside a seeded run");
    }
    leat__sched.test_waiters = m->g;
    leat__hooks.test_idle = run_test_idle;
    leat__park_begin(m->g, WAIT_TEST, NULL);
    leat__leave(leat__park(m));
}

uint64_t
leat_test_random(void)
{
    struct leat__m *m = leat__enter();
    uint64_t x = leat__rand_next(
        leat__sched.seeded ? &leat__sched.rand : &m->rand);
    leat__leave(m);
    return x;
}

uint64_t
leat_test_trace(void)
{
    return leat__sched.trace;
}
