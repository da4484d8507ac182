// SPDX-License-Identifier: MIT
// sched/sched.h: what the other rooms may use of the scheduler: entering and
// leaving the runtime, parking and readying, and the structures behind it.
//
// G: a goroutine. M: an OS thread. P: the right to run goroutines, with the
// queues and caches that go with it; there are leat_gomaxprocs() of them.
#ifndef LEAT_SCHED_SCHED_H
#define LEAT_SCHED_SCHED_H

#include "base/lock.h"
#include "base/rand.h"
#include "mem/objects.h"
#include "sched/g.h"
#include "sched/timerheap.h"

enum {
    LEAT__RUNQ_CAP = 256,   // goroutines in the ring of a P, power of two
    LEAT__TICK_GLOBAL = 64, // every so many switches the global queue first
};

// Reasons for leat__enter to take its slow path.
enum leat__m_flags {
    M_UNATTACHED = 1, // thread the runtime has not seen
    M_ASK = 2,        // sysmon asks for the P (its time is up)
    M_TAKEN = 4,      // the P is gone
    M_FENCE = 8,      // no membarrier: entering needs a real fence
    M_CHANCE = 16,    // seeded test run: every entry may switch
    M_MIGRATE = 32,   // debug: every entry moves to another thread
    M_FORKED = 64,    // child of a fork, which cannot go on
    M_WATCHED = 128,  // the watcher looks at what only the P's thread may touch
    M_REFUSED = 256   // a seeded run begins, or is under way, elsewhere
};

struct leat__m {
    struct leat__start *start; // must be first: filled by leat__go_commit
    _Atomic uint32_t inside;   // 1 while in the runtime
    _Atomic uint32_t flags;    // enum leat__m_flags
    struct leat__g *g;         // what it runs (its g0 while scheduling)
    struct leat__p *p;         // NULL for a plain thread
    struct leat__g *g0;        // the thread's own stack
    struct leat__g *next;      // chosen already, to be run by schedule
    struct leat__g *spawned;   // between prepare and commit
    struct leat__g *retired;   // ended goroutine whose odd stack is to go
    struct leat__p *handed;    // P given while asleep
    _Atomic uint32_t note;     // futex: 1 when woken
    bool spinning;             // looks for work, counted in nspinning
    bool blocking;             // between leat_blocking_begin and end
    _Atomic int tid;           // the kernel's number of its (last) thread
    struct leat__m *idle_link, *all_link;
    struct leat__rand rand;
    struct leat__g g0_storage;
};

_Static_assert(offsetof(struct leat__m, inside) ==
            offsetof(struct leat__thread, inside) &&
        offsetof(struct leat__m, flags) == offsetof(struct leat__thread, flags),
    "leat/inline.h sees the beginning of struct leat__m");

struct leat__p {
    // Read and written by thieves.
    _Atomic uint32_t runq_head __attribute__((aligned(64)));
    _Atomic uint32_t runq_tail __attribute__((aligned(64)));
    struct leat__g *_Atomic runnext;
    struct leat__g *_Atomic runq[LEAT__RUNQ_CAP];
    // Owner only, unless said otherwise.
    _Atomic uint32_t tick; // switches; read by sysmon and the watcher
    _Atomic uint32_t check; // sysmon: look at timers and the global queue
    struct leat__m *_Atomic m;
    int id;
    struct leat__g *gfree; // dead goroutines with their stacks
    int gfree_count;
    struct leat__g *unstarted; // free records of src/sched/unstarted.c
    int unstarted_count;
    uint64_t goid_next, goid_end; // numbers reserved for this P
    _Atomic int64_t spawned, ended; // goroutines, ever
    struct leat__timerheap timers;
    struct leat__p *idle_link;
    bool limbo; // taken by who stops the world; guarded by sched.lock
    // sysmon only.
    uint32_t seen_tick;
    int64_t seen_at;
    // Lingering threads only: tick at the last look.
    _Atomic uint32_t linger_tick;
    // Watcher only.
    uint32_t watch_tick;
    struct leat__g *watch_next;
    struct leat__objcache objects; // free ones; see mem/alloc.c
};

// A wait that the end of the goroutine's context breaks off; on the waiter's
// stack. All fields belong to src/time/context.c.
struct leat__ctxwatch {
    struct leat__ctxwatch *next, *prev;
    struct leat__g *g;
    void *scope; // the context whose list it is on, or NULL
};

// What lower rooms need from upper ones; filled in before leat_run starts
// threads. A pointer may be NULL unless what it is for implies that its room
// is there: those of contexts with a context, main_return and at_exit once
// there is a run.
struct leat__hooks {
    // Writes out what the program printed before the runtime reports.
    void (*flush)(void);
    // Writes all goroutines (or only g) to fd.
    void (*dump_all)(int fd);
    void (*dump_g)(int fd, struct leat__g *g);
    // Descriptors: makes the goroutines ready whose descriptors are, after
    // waiting up to timeout_ns (negative: for ever; 0: not at all). Pushes
    // them on *ready; returns whether it waited at all.
    bool (*netpoll)(int64_t timeout_ns, struct leat__gqueue *ready);
    void (*netpoll_break)(void);   // makes a waiting netpoll return
    int (*netpoll_waiters)(void);  // goroutines waiting for descriptors
    void (*netpoll_forget)(void);  // drops them: a seeded run has ended
    // A goroutine ends: deferred functions were run already.
    void (*context_end)(struct leat__g *g);
    void (*owned_end)(struct leat__g *g);
    void (*context_inherit)(struct leat__g *from, struct leat__g *to);
    // For every wait with a deadline form (channels, select, sync, fds): the
    // goroutine's context. Inside only, and only to be called when g->ctx is
    // not NULL. ended: it has, so do not wait (LEAT_ECANCELED). watch: to be
    // called for m->g once it is queued, select_done is 0 and park_begin was
    // called, with no lock held; if the context ends (or has ended by then)
    // it wins the goroutine and readies it with WAKE_CLOSED and waker NULL.
    // unwatch: after the park, before the watch goes out of scope; when it
    // returns nobody touches the watch any more.
    bool (*context_ended)(struct leat__g *g);
    void (*context_watch)(struct leat__m *m, struct leat__ctxwatch *w);
    void (*context_unwatch)(struct leat__ctxwatch *w);
    // Drops the watches of all goroutines that wait under g's context, which
    // will not run again: a seeded run has ended.
    void (*context_forget)(struct leat__g *g);
    // Runs the deferred functions of the calling goroutine (leat_goexit).
    void (*run_defers)(struct leat__g *g);
    // For bindings of other languages. A deferred function of theirs
    // (DEFER_FRAME) has recovered a panic: unwinds to its frame, does not
    // return. A panic of theirs without a text is about to be printed: sets
    // info.text; may run code of the program.
    void (*defer_resume)(struct leat__defer *d);
    void (*panic_text)(struct leat__panic *p);
    // The name in their language of the function with this symbol, and its
    // length; 0 for a function that traces leave out. inner: the symbol of
    // the function it has called, "" if there is none.
    size_t (*go_name)(
        const char *symbol, const char *inner, char *buf, size_t size);
    // A borrowed channel is freed by its user: true if it was the goroutine's
    // to free (leat_after), and no longer is anybody's.
    bool (*chan_release)(struct leat__m *m, void *c);
    // The main goroutine's function has returned, or so to say: a panic was
    // recovered that leaves nothing to go on with. Comes back, for the
    // goroutine to end, only in a seeded run by leat_test_run.
    void (*main_return)(int status);
    // The program is about to exit normally: the leak report.
    void (*at_exit)(void);
    // In the child of a fork that was the only thread and goes on.
    void (*after_fork)(struct leat__m *m);
    // Seeded run: everything waits; true if that made a goroutine ready.
    bool (*test_idle)(struct leat__m *m);
};
extern struct leat__hooks leat__hooks;

struct leat__sched {
    struct leat__lock lock; // guards what follows unless said otherwise
    struct leat__gqueue runq;
    _Atomic int runq_size;
    struct leat__m *midle;
    struct leat__p *pidle;
    _Atomic int npidle;
    _Atomic int nsurplus; // Ps there are more than CPUs: no gain in waking them
    _Atomic int nspinning;
    _Atomic bool watching; // somebody will find a lonely runnext soon
    struct leat__m *_Atomic poller; // sleeps until the next timer or fd
    _Atomic int64_t poll_until;     // what it sleeps to at most
    _Atomic bool poll_fds;          // and whether it sleeps in netpoll
    int nmidle;
    int nm;      // threads that run goroutines
    _Atomic int nprocs;
    int procs_wanted; // that leat_run is to make; 0: as many as CPUs allow
    struct leat__p *allp[LEAT_PROCS_MAX];
    struct leat__m *allm;
    struct leat__m *mfree; // of plain threads that have ended
    struct leat__m *_Atomic stopping; // who stops the world
    // The main thread while it is the only one and leat_run is not called:
    // inside without a P, with elided locks.
    struct leat__m *_Atomic alone;
    _Atomic bool multi_settled; // leat__multi is set and everybody knows
    _Atomic bool running;  // leat_run was called
    bool forked;           // and this is a child that was forked afterwards
    _Atomic bool dying;    // the process is about to end
    _Atomic bool seeded;   // leat_test_run
    _Atomic bool refuses;  // and who has M_REFUSED may not come in any more
    bool migrate;          // LEATDEBUG=migrate=1
    _Atomic bool auto_procs;       // nprocs follows mask and quota
    bool sysmon_runs;
    _Atomic bool sysmon_polls; // holds goroutines that are ready
    bool main_ended;       // main goroutine called leat_goexit
    bool main_returned;    // seeded: its main goroutine is done
    uint64_t seed, trace;
    struct leat__g *test_waiters; // in leat_test_wait
    struct leat__rand rand;
    int nforeign;          // plain threads attached
    _Atomic int nforeign_parked; // of these, parked
    _Atomic int serving;   // of those, before leat_run: run due timers now
    struct leat__g *_Atomic odd_gs; // not from a slab, and plain threads
    struct leat__g *gfree;  // dead goroutines no P has room for
    _Atomic int gfree_count;
    _Atomic uint64_t goid_last;
    _Atomic int64_t coarse_now; // nanoseconds, refreshed by sysmon
    _Atomic int64_t virtual_now;
    _Atomic int64_t steals, retakes;
    int64_t foreign_spawned; // goroutines, by threads without a P
    _Atomic uint32_t sysmon_asleep; // futex
    uint8_t profile;
    bool maptrace, leak_at_exit, crash;
};
extern struct leat__sched leat__sched;

// Entering and leaving -------------------------------------------------

struct leat__m *leat__enter_slow(struct leat__m *m);

// Every public call enters first. Between enter and leave the thread holds
// its P (a plain thread has none) and sysmon does not take it. Costs two
// plain stores and a load: the matching fence is sysmon's (see sysmon.c).
LEAT__INLINE struct leat__m *
leat__enter(void)
{
    struct leat__m *m = leat__this_m();
    atomic_store_explicit(&m->inside, 1, memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst);
    if (LEAT__UNLIKELY(
            atomic_load_explicit(&m->flags, memory_order_relaxed) != 0))
        return leat__enter_slow(m);
    return m;
}

LEAT__INLINE void
leat__leave(struct leat__m *m)
{
    atomic_store_explicit(&m->inside, 0, memory_order_release);
}

// Parking and readying (inside only) -----------------------------------

// Parks the calling goroutine until somebody readies it; returns the m it
// is on then. The caller has queued itself where the waker finds it (under
// a lock it has released again: a wake-up before the park is not lost). A
// plain thread blocks.
struct leat__m *leat__park(struct leat__m *m);

// Before leat_run nobody sees to the timers but the plain threads that wait:
// runs those that are due. How long the thread may sleep then in ns, -1: for
// ever.
int64_t leat__serve_timers(struct leat__m *m);
// Makes those that wait do so again: they may sleep too long.
void leat__threads_look(void);

// The first half of parking, to be called before the lock is released: from
// here on leat__ready may be called. reason and what are for dumps.
LEAT__INLINE void
leat__park_begin(struct leat__g *g, enum leat__wait reason, void *what)
{
    g->wait_reason = reason;
    g->wait_on = what;
    atomic_store_explicit(&g->status, G_WAITING, memory_order_relaxed);
}

// Makes a parked goroutine runnable; next to run on this P. Any thread.
void leat__ready(struct leat__m *m, struct leat__g *g);

// The same, at the back of the queue: for waking many. A list ends up empty.
void leat__ready_last(struct leat__m *m, struct leat__g *g);
void leat__ready_list(struct leat__m *m, struct leat__gqueue *q);

// Puts the calling goroutine behind all that could run before it.
struct leat__m *leat__yield(struct leat__m *m);

// Deadlines: arms a timer that wakes g with WAKE_TIMEOUT unless somebody
// wins g->select_done first; false when out of memory. disarm must follow; it
// waits for a wake-up that is just happening.
bool leat__deadline_arm(struct leat__timer *t, struct leat__g *g,
    int64_t deadline);
void leat__deadline_disarm(struct leat__timer *t);

// One waker wins: true for the first caller since g->select_done was 0. A
// wait for a descriptor may be ended by a thread without a P.
LEAT__INLINE bool
leat__win(struct leat__g *g)
{
    if (!leat__multi && g->wait_reason != WAIT_IO) {
        if (atomic_load_explicit(&g->select_done, memory_order_relaxed) != 0)
            return false;
        atomic_store_explicit(&g->select_done, 1, memory_order_relaxed);
        return true;
    }
    uint32_t zero = 0;
    return atomic_compare_exchange_strong(&g->select_done, &zero, 1);
}

// Goroutines -----------------------------------------------------------

// Calls visit for every g that exists (not dead), foreign threads included.
// Without locks.
void leat__each_g(void (*visit)(void *arg, struct leat__g *g), void *arg);

// Starts fn(arg) as a goroutine; pc is where it was asked for. NULL when
// out of memory. Inside only.
struct leat__g *leat__spawn(struct leat__m *m,
    const struct leat_go_options *options, void (*fn)(void *), void *arg,
    void *pc);

// Ends the calling goroutine; deferred functions have run.
_Noreturn void leat__exit_g(struct leat__m *m);

// Makes what every call relies on, once: settings, the first P.
void leat__init(void);

// The clock: virtual in a seeded run.
int64_t leat__nanotime(void);
// When `ns` from now have passed for certain, perhaps some microseconds later;
// LEAT_FOREVER beyond the end of time.
int64_t leat__nanotime_after(int64_t ns);
// Reads the machine's clock into leat__sched.coarse_now.
void leat__coarse_refresh(void);

// Stops all other Ps and starts them again; between the two the caller is
// alone in the runtime. Must be inside and hold a P (or be a plain thread).
void leat__stop_world(struct leat__m *m);
void leat__start_world(void);

// Dying ----------------------------------------------------------------

// Ends every `out of memory: ...` that no other call reports: what to do.
#define LEAT__RAISE_LIMIT                                                     \
    "; raise the limit (ulimit -v, memory.max of the cgroup) or use less"

// `fatal error: TEXT`, every goroutine, exit 2.
_Noreturn void leat__throw(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
// Ends the child of a fork, which has called what it cannot have.
_Noreturn void leat__fork_refuse(void);
// Ends the process after the message has been printed: status 2, or SIGABRT
// with LEATDEBUG=traceback=crash. The first caller wins, others wait.
void leat__die_begin(void);
_Noreturn void leat__die(void);
// Recoverable misuse: a panic with a runtime text. Must be outside (after
// leat__leave). Implemented in src/panic.
_Noreturn void leat__panic_text(const char *text);
_Noreturn void leat__panic_runtime(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

// True in the strict profile.
LEAT__INLINE bool
leat__strict(void)
{
    return leat__sched.profile == LEAT_STRICT;
}

#endif
