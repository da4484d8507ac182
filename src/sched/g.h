// SPDX-License-Identifier: MIT
// sched/g.h: the goroutine descriptor.
//
// A g lies at the top of its own stack, so that a parked goroutine costs one
// page in all. Its memory is never unmapped while the program runs (a stale
// pointer reads a g, perhaps of another goroutine, never garbage).
//
// Who owns what: while `status` is G_RUNNING the thread that runs the g owns
// every field. While it is G_RUNNABLE it is on exactly one run queue, while
// G_WAITING on none, and whoever takes it from there owns it. `busy` is 1
// until its context is completely saved: a thread that has taken g from a
// queue must not resume it before `busy` is 0. (2: it has no stack yet, see
// sched/unstarted.h.)
#ifndef LEAT_SCHED_G_H
#define LEAT_SCHED_G_H

#include "arch/context.h"
#include "base/check.h"
#include "base/lock.h"

#include <leat/go.h>

struct leat__m;
struct leat__p;
struct leat__g;

enum leat__g_status {
    G_IDLE,     // never used: its stack is zero
    G_RUNNABLE, // on a run queue
    G_RUNNING,  // on a thread
    G_WAITING,  // parked; wait_reason says for what
    G_DEAD      // ended; its stack waits for reuse
};

// What a goroutine can wait for; the texts are Go's.
#define LEAT__WAIT_MAP(X)                                                     \
    X(WAIT_NONE, "")                                                          \
    X(WAIT_SLEEP, "sleep")                                                    \
    X(WAIT_CHAN_SEND, "chan send")                                            \
    X(WAIT_CHAN_RECV, "chan receive")                                         \
    X(WAIT_CHAN_SEND_NIL, "chan send (nil chan)")                             \
    X(WAIT_CHAN_RECV_NIL, "chan receive (nil chan)")                          \
    X(WAIT_SELECT, "select")                                                  \
    X(WAIT_SELECT_NO_CASES, "select (no cases)")                              \
    X(WAIT_SEMACQUIRE, "semacquire")                                          \
    X(WAIT_MUTEX, "sync.Mutex.Lock")                                          \
    X(WAIT_RWMUTEX_LOCK, "sync.RWMutex.Lock")                                 \
    X(WAIT_RWMUTEX_RLOCK, "sync.RWMutex.RLock")                               \
    X(WAIT_WAITGROUP, "sync.WaitGroup.Wait")                                  \
    X(WAIT_COND, "sync.Cond.Wait")                                            \
    X(WAIT_IO, "IO wait")                                                     \
    X(WAIT_TEST, "test wait")                                                 \
    X(WAIT_PANIC, "panicwait")

enum leat__wait {
#define LEAT__X(id, text) id,
    LEAT__WAIT_MAP(LEAT__X)
#undef LEAT__X
};
const char *leat__wait_text(enum leat__wait w);
extern const char *const leat__wait_texts[]; // read by tools/gdb/leat-gdb.py

// Why a parked goroutine was made ready.
enum leat__wake {
    WAKE_DONE,    // what it waited for happened
    WAKE_TIMEOUT, // its deadline came first
    WAKE_CLOSED   // what it waited on was closed
};

// Whether a sudog is queued, and who takes it out: see chan/chan_int.h.
enum leat__queued {
    SUDOG_OUT,     // in no queue: what it was queued on may be gone
    SUDOG_QUEUED,
    SUDOG_LEAVING, // its owner, woken, is about to take it out
    SUDOG_DROPPED  // somebody else takes it out; its owner waits for that
};

// A goroutine (or plain thread) in the queue of something it waits for. It
// lives on the waiter's stack and is guarded by the lock of what it waits
// on, but for `queued`. Go's name and use.
struct leat__sudog {
    struct leat__g *g;
    struct leat__sudog *next, *prev;
    void *elem;      // value to send or room to receive; may be NULL
    void *c;         // channel, for select and for dumps
    uint32_t index;  // select: case number
    bool is_select;  // must win g->select_done before it may be woken
    bool success;    // false: woken by close
    _Atomic uint8_t queued; // enum leat__queued
    uint64_t ticket; // sema: order of arrival; select: see select_mix
};

// What the futex says that a plain thread sleeps on.
enum leat__thread_word {
    THREAD_SLEEPS,
    THREAD_READY,
    THREAD_LOOKS // at the timers again, as it sees to them
};

struct leat__g {
    struct leat__context context;
    _Atomic uint32_t busy;
    _Atomic uint32_t status;
    struct leat__g *link; // next in a run queue or free list
    struct leat__m *m;    // thread it runs on; NULL unless running
    // Wake-up: set by whoever makes it ready.
    struct leat__sudog *waker; // the sudog that was served, or NULL
    uint32_t wake;             // enum leat__wake
    _Atomic uint32_t select_done; // 0 waiting, 1 somebody won
    uint32_t wait_reason;         // enum leat__wait
    bool foreign; // stands for a plain thread: parks on thread_word
    bool system;  // the runtime's own: not counted, not dumped
    bool odd_stack;    // stack not of the default size: freed at its end
    bool lost;         // left behind by leat_test_run
    struct leat__sudog *waiting; // array of what it is queued on, for dumps
    uint32_t waiting_count;
    void *wait_on;               // channel, mutex ...: for dumps
    int64_t wait_since;          // coarse clock at the park
    uint64_t goid;
    // Panic and defer (src/panic).
    struct leat__defer *defers; // newest first
    struct leat__panic *panics; // newest first
    // Upper rooms' things that end with the goroutine.
    void *ctx;   // struct leat_context of the goroutine, or NULL
    void *owned; // list of channels made by leat_after
    bool panic_on_fault; // any bad address is a panic, not just NULL
    uint32_t binding_word; // of a binding of another language
    void *binding; // the same; NULL at the start
    // Where it was started.
    void (*entry)(void); // the function
    void *creator_pc;    // return address of the leat_go
    uint64_t creator;    // goid of who called it
    char *stack_lo;      // lowest usable byte, the guard lies below
    char *stack_hi;      // end of the mapping
    uint32_t stack_slab; // unless odd_stack
    struct leat__g *_Atomic all_next; // odd stacks and plain threads
    struct leat__g *all_prev;
    _Atomic uint32_t thread_word;        // foreign: enum leat__thread_word
    void *fiber;                         // sanitizer's fiber
    void *fake_stack;                    // AddressSanitizer's
    char name[LEAT_NAME_MAX + 1];
};

// The main goroutine's number. Others have larger ones, whenever they were
// started, and plain threads have 0.
enum { GOID_MAIN = 1 };

LEAT__INLINE bool
leat__is_main(const struct leat__g *g)
{
    return g->goid == GOID_MAIN;
}

struct leat__gqueue {
    struct leat__g *head, *tail;
};

LEAT__INLINE void
leat__gqueue_push(struct leat__gqueue *q, struct leat__g *g)
{
    g->link = NULL;
    if (q->tail != NULL)
        q->tail->link = g;
    else
        q->head = g;
    q->tail = g;
}

LEAT__INLINE struct leat__g *
leat__gqueue_pop(struct leat__gqueue *q)
{
    struct leat__g *g = q->head;
    if (g != NULL) {
        q->head = g->link;
        if (q->head == NULL)
            q->tail = NULL;
    }
    return g;
}

// For the scheduler's own files ------------------------------------------

struct leat__g *leat__g_make(struct leat__m *m, size_t stack_size);
// The main goroutine, as leat__spawn makes others. m has a P.
struct leat__g *leat__spawn_main(
    struct leat__m *m, void (*fn)(void *), void *arg, void *pc);
void leat__g_release(struct leat__m *m, struct leat__g *g);
void leat__g_bury(struct leat__g *g);
// What it has of upper rooms' ends with it.
void leat__g_end_owned(struct leat__g *g);
// On and off the list odd_gs. sched.lock is held.
void leat__g_link_odd(struct leat__g *g);
void leat__g_unlink_odd(struct leat__g *g);
// u, which is unstarted, gets a stack: the goroutine to switch to. On g0.
struct leat__g *leat__g_start_on(struct leat__m *m, struct leat__g *u);
// u gets the stack of m->g, which has ended and was released: what is to be
// started is then m->g. False when that stack cannot be had.
bool leat__g_start_here(struct leat__m *m, struct leat__g *u);
int leat__gs_trim(int max);
void leat__gs_abandon(struct leat__m *m);

#endif
