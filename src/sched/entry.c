// SPDX-License-Identifier: MIT
// sched/entry.c: the uncommon ways into the runtime: a thread seen for the
// first time, a P that was asked for or taken, a machine without membarrier,
// and tests that want every entry to be a choice.
//
// The protocol with sysmon and leat__stop_world (Dekker's, with an asymmetric
// fence): the thread stores `inside` and loads `flags`; the taker stores
// M_ASK in `flags`, runs leat__barrier_all, loads `inside`. So either the
// thread sees the flag and comes here, or the taker sees that it is inside
// and leaves the P alone. The taker holds sched.lock throughout, so that
// what is found here is settled. The watcher, who takes a runnext and not the
// P, does the same with M_WATCHED (sched/idle.c).
#include "sched/entry.h"
#include "sched/deadlock.h"
#include "sched/fiber.h"
#include "sched/idle.h"
#include "sched/proc.h"
#include "sched/sysmon.h"
#include "sched/world.h"
#include "os/barrier.h"
#include "os/clock.h"
#include "os/thread.h"

#include <errno.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    ENTRY_CHANCE = 4,          // seeded: one entry in so many yields
    ENTRY_POLL_NS = 20 * 1000  // between looks at who is still inside
};

static pthread_key_t entry_key;
static pthread_once_t entry_once = PTHREAD_ONCE_INIT;

struct leat__m *
leat__m_new(void)
{
    struct leat__m *m = leat__object_alloc(
        NULL, sizeof *m, LAYOUT_CONSERVATIVE, NULL, sizeof *m);
    if (m == NULL) {
        leat__thread_refused(ENOMEM);
        return NULL;
    }
    m->g0 = &m->g0_storage;
    m->g = m->g0;
    m->g0->system = true;
    leat__rand_seed(&m->rand, leat__sched.seed ^ (uintptr_t)m);
    return m;
}

// Where the thread's own stack lies, for sanitizers and dumps.
static void
entry_find_stack(struct leat__g *g0)
{
    pthread_attr_t attr;
    void *lo;
    size_t size;
    if (pthread_getattr_np(pthread_self(), &attr) != 0)
        return;
    if (pthread_attr_getstack(&attr, &lo, &size) == 0) {
        g0->stack_lo = lo;
        g0->stack_hi = (char *)lo + size;
    }
    pthread_attr_destroy(&attr);
}

// The calling thread becomes m.
void
leat__m_adopt(struct leat__m *m)
{
    entry_find_stack(m->g0);
    leat__fiber_adopt(m->g0);
    if (!leat__thread_sigstack())
        leat__throw("out of memory: cannot make the signal stack of a thread"
                    LEAT__RAISE_LIMIT);
    leat__thread_exact_timers();
    m->g0->m = m;
    atomic_store(&m->tid, (int)syscall(SYS_gettid));
    atomic_store(&m->g0->status, G_RUNNING);
    atomic_store(&m->g0->busy, 1);
    atomic_store(&m->inside, 1);
    uint32_t flags = leat__need_fence ? M_FENCE : 0;
    if (leat__sched.migrate)
        flags |= M_MIGRATE;
    atomic_store(&m->flags, flags);
    leat__spin_lock(&leat__sched.lock);
    m->all_link = leat__sched.allm;
    leat__sched.allm = m;
    leat__spin_unlock(&leat__sched.lock);
    leat__tls_m = m;
}

static void
entry_unlink_m(struct leat__m *m)
{
    struct leat__m **at = &leat__sched.allm;
    while (*at != NULL && *at != m)
        at = &(*at)->all_link;
    if (*at == m)
        *at = m->all_link;
}

// Plain threads ----------------------------------------------------------

// What the thread has of upper rooms ends inside the runtime, so that a seeded
// run waits for it, and not beside one, where locks are elided.
static void
entry_end_owned(struct leat__m *m)
{
    struct leat__g *g = m->g0;
    atomic_exchange(&m->inside, 1); // a full fence
    if (leat__is_refused(m) && (g->owned != NULL || g->ctx != NULL))
        leat__refuse();
    leat__g_end_owned(g);
}

// A plain thread ends, or becomes the runtime's main thread.
void
leat__detach(struct leat__m *m)
{
    entry_end_owned(m);
    leat__tls_m = &leat__nobody;
    pthread_setspecific(entry_key, NULL);
    struct leat__g *g = m->g0;
    atomic_store(&g->status, G_DEAD);
    leat__spin_lock(&leat__sched.lock);
    entry_unlink_m(m);
    leat__g_unlink_odd(g);
    leat__sched.nforeign--;
    if (leat__sched.alone == m)
        leat__sched.alone = NULL;
    leat__check_dead();
    // The kernel still counts this thread: sysmon, if it runs, looks again.
    leat__sysmon_wake();
    leat__spin_unlock(&leat__sched.lock);
    leat__leave(m);
    // Kept, not freed: a waker may still look at the g it has just woken.
    // Threads that call in are few; their m's are used again.
    leat__spin_lock(&leat__sched.lock);
    m->idle_link = leat__sched.mfree;
    leat__sched.mfree = m;
    leat__spin_unlock(&leat__sched.lock);
}

void
leat__detach_main(struct leat__m *m)
{
    leat__tls_m = &leat__nobody;
    leat__spin_lock(&leat__sched.lock);
    entry_unlink_m(m);
    leat__spin_unlock(&leat__sched.lock);
    leat__sched.nm = 0;
    atomic_store(&m->p->m, NULL);
    leat__object_free(NULL, m, sizeof *m);
    // Nothing tells of this thread's end unless it calls in again.
    leat__thread_sigstack_end();
}

static void
entry_thread_ends(void *arg)
{
    struct leat__m *m = arg;
    if (atomic_load(&m->flags) & M_FORKED)
        return;
    leat__detach(arg);
    leat__thread_sigstack_end();
}

static void
entry_make_key(void)
{
    if (pthread_key_create(&entry_key, entry_thread_ends) != 0)
        leat__throw("cannot start the runtime: the program has used up the "
                    "keys of pthread_key_create (PTHREAD_KEYS_MAX)");
}

void
leat__attach_init(void)
{
    pthread_once(&entry_once, entry_make_key);
}

static struct leat__m *
entry_reuse_m(void)
{
    leat__spin_lock(&leat__sched.lock);
    struct leat__m *m = leat__sched.mfree;
    if (m != NULL)
        leat__sched.mfree = m->idle_link;
    leat__spin_unlock(&leat__sched.lock);
    return m != NULL ? m : leat__m_new();
}

static void
entry_link_thread(struct leat__g *g)
{
    leat__spin_lock(&leat__sched.lock);
    leat__g_link_odd(g);
    leat__sched.nforeign++;
    leat__spin_unlock(&leat__sched.lock);
}

// A plain thread calls in for the first time.
static LEAT__COLD struct leat__m *
entry_attach(void)
{
    leat__init();
    struct leat__m *m = entry_reuse_m();
    if (m == NULL)
        leat__throw("out of memory: cannot attach a thread" LEAT__RAISE_LIMIT);
    m->g = m->g0;
    m->g0->foreign = true;
    m->g0->system = true;
    m->g0->thread_word = 0;
    m->g0->defers = NULL;
    m->g0->panics = NULL;
    m->g0->binding = NULL;
    m->g0->panic_on_fault = false;
    m->g0->name[0] = 0;
    leat__m_adopt(m);
    if (pthread_setspecific(entry_key, m) != 0) // its end would go unseen
        leat__throw("out of memory: cannot attach a thread" LEAT__RAISE_LIMIT);
    entry_link_thread(m->g0);
    // A run may have begun before this thread was on the list.
    if (atomic_load(&leat__nobody.flags) & M_REFUSED)
        leat__refuse();
    // The main thread before leat_run is alone: locks can stay elided.
    if (!leat__sched.running && syscall(SYS_gettid) == getpid())
        atomic_store(&leat__sched.alone, m);
    else
        leat__go_multi(m);
    return m;
}

// Beside a seeded run -----------------------------------------------------

// Whether anybody is in the runtime, or is readied and will come for what it
// has waited for.
static bool
entry_any_comes(struct leat__m *self)
{
    bool any = false;
    leat__spin_lock(&leat__sched.lock);
    for (struct leat__m *m = leat__sched.allm; m != NULL; m = m->all_link) {
        if (m == self)
            continue;
        // In this order: it is running when it is in. Pairs with the store in
        // proc_park_thread.
        any |= atomic_load(&m->g0->status) == G_RUNNABLE;
        any |= atomic_load(&m->inside) != 0;
    }
    leat__spin_unlock(&leat__sched.lock);
    return any;
}

// Twice, as the last that was looked at may have readied the first.
static void
entry_wait_for_all(struct leat__m *self)
{
    while (entry_any_comes(self) || entry_any_comes(self))
        leat__os_sleep(ENTRY_POLL_NS);
}

// The world is stopped meanwhile, so that nobody inside waits for this thread.
// First all that is under way ends; what begins as long as that takes is let
// in. Then `refuses` is stored, and who has not seen it is waited for: the
// protocol at the top.
void
leat__others_refuse(struct leat__m *self)
{
    leat__stop_world(self);
    atomic_fetch_or(&leat__nobody.flags, M_REFUSED);
    leat__spin_lock(&leat__sched.lock);
    for (struct leat__m *m = leat__sched.allm; m != NULL; m = m->all_link)
        if (m != self)
            atomic_fetch_or(&m->flags, M_REFUSED);
    leat__spin_unlock(&leat__sched.lock);
    leat__barrier_all();
    entry_wait_for_all(self);
    atomic_store(&leat__sched.refuses, true);
    leat__barrier_all();
    entry_wait_for_all(self);
    leat__start_world();
}

void
leat__others_admit(void)
{
    atomic_store(&leat__sched.refuses, false);
    atomic_fetch_and(&leat__nobody.flags, ~(uint32_t)M_REFUSED);
    leat__spin_lock(&leat__sched.lock);
    for (struct leat__m *m = leat__sched.allm; m != NULL; m = m->all_link)
        atomic_fetch_and(&m->flags, ~(uint32_t)M_REFUSED);
    leat__spin_unlock(&leat__sched.lock);
}

_Noreturn void
leat__refuse(void)
{
    leat__throw("a plain thread called into a seeded run: "
                "leat_test_run is for one thread");
}

bool
leat__is_refused(struct leat__m *m)
{
    uint32_t flags = atomic_load(&m->flags);
    if (!(flags & M_REFUSED))
        return false;
    if (flags & M_UNATTACHED)
        return true; // on no list: nobody would wait for it
    atomic_exchange(&m->inside, 1); // a full fence, before the look
    return atomic_load(&leat__sched.refuses);
}

// A thread that has waited since before the run and waits on does not call.
static bool
entry_is_call(struct leat__m *m)
{
    return m->g == NULL ||
        atomic_load_explicit(&m->g->status, memory_order_relaxed) !=
        G_WAITING;
}

// A P asked for or taken -------------------------------------------------

// Queues the goroutine and lets this thread wait until it has a P again.
static struct leat__m *
entry_requeue(struct leat__m *m)
{
    struct leat__g *g = m->g;
    atomic_store_explicit(&g->status, G_RUNNABLE, memory_order_relaxed);
    leat__globq_put(g);
    leat__switch_away(m, false);
    return leat__this_m();
}

static LEAT__COLD struct leat__m *
entry_asked(struct leat__m *m)
{
    leat__spin_lock(&leat__sched.lock);
    uint32_t flags = atomic_fetch_and(
        &m->flags, ~(uint32_t)(M_ASK | M_TAKEN | M_WATCHED));
    struct leat__p *p = NULL;
    if (flags & M_TAKEN) {
        m->p = NULL;
        p = leat__p_take_idle();
        if (p != NULL)
            leat__p_bind(m, p);
    }
    leat__spin_unlock(&leat__sched.lock);
    if ((flags & M_TAKEN) && p == NULL)
        return entry_requeue(m);
    if ((flags & M_ASK) && !(flags & M_TAKEN) && m->p != NULL &&
        m->g != m->g0) {
        atomic_store(&m->p->check, 1);
        return leat__yield(m);
    }
    return m;
}

// Moves the goroutine to another thread: P and all.
static LEAT__COLD struct leat__m *
entry_migrate(struct leat__m *m)
{
    if (m->g == m->g0 || m->p == NULL || leat__sched.seeded)
        return m;
    struct leat__p *p = m->p;
    struct leat__g *g = m->g;
    atomic_store_explicit(&g->status, G_RUNNABLE, memory_order_relaxed);
    leat__globq_put(g);
    leat__spin_lock(&leat__sched.lock);
    m->p = NULL;
    atomic_store(&p->m, NULL);
    leat__spin_unlock(&leat__sched.lock);
    leat__p_hand_off(p);
    leat__switch_away(m, false);
    return leat__this_m();
}

struct leat__m *
leat__enter_slow(struct leat__m *m)
{
    uint32_t flags = atomic_load(&m->flags);
    if (flags & M_FORKED)
        leat__fork_refuse();
    if ((flags & M_REFUSED) && entry_is_call(m) && leat__is_refused(m))
        leat__refuse();
    if (flags & M_UNATTACHED)
        return entry_attach();
    if (flags & M_FENCE) {
        atomic_exchange(&m->inside, 1); // a full fence, also for TSan
        flags = atomic_load(&m->flags);
    }
    if (flags & (M_ASK | M_TAKEN | M_WATCHED))
        m = entry_asked(m);
    if (flags & M_MIGRATE)
        m = entry_migrate(m);
    if ((flags & M_CHANCE) && m->g != m->g0 &&
        leat__rand_below(&leat__sched.rand, ENTRY_CHANCE) == 0)
        m = leat__yield(m);
    return m;
}

// Announced blocking -----------------------------------------------------

void
leat_blocking_begin(void)
{
    struct leat__m *m = leat__enter();
    struct leat__p *p = m->p;
    if (p == NULL || leat__sched.seeded) {
        leat__leave(m);
        return;
    }
    leat__spin_lock(&leat__sched.lock);
    atomic_fetch_or(&m->flags, M_TAKEN);
    atomic_store(&p->m, NULL);
    leat__spin_unlock(&leat__sched.lock);
    leat__p_hand_off(p);
    leat__leave(m);
}

void
leat_blocking_end(void)
{
    leat__leave(leat__enter());
}
