// SPDX-License-Identifier: MIT
// sync/mutex.c: the mutex, with Go's two modes.
//
// Normal: the lock is free for whoever comes. A waiter that is woken competes
// with those that are running, and if it loses goes back to the head of the
// queue; that keeps the lock in use while the woken one is on its way, and a
// goroutine that locks again and again need not switch each time. Starvation:
// when the first in the queue has waited longer than 1 ms, unlock hands the
// lock over to it and it never becomes free in between.
//
// The state: MUTEX_LOCKED is alone in its lower half, the rest in the upper.
// What is compiled into the program (leat/sync.h) takes the lock by exchanging
// the lower half, and gives it back by storing 0 there if the upper one was 0
// a moment ago. That store can miss a MUTEX_WAITERS which was set meanwhile.
// So who sets it first counts itself in leat__sleepers before, and after it
// makes every thread pass a fence and looks at the state again: either it sees
// that store, or the unlocker, which loads the count after it, sees the count,
// and comes here (leat__mutex_unlocked). Only the holder of that moment can be
// so late: those who lock after it see the bit. See docs/design/0011.
//
// Invariants: MUTEX_WAITERS is set if and only if the queue is not empty
// (waiters that lost to their deadline included), and changes only under the
// root's lock. While that late holder has not unlocked, somebody in the queue
// is counted (w.counted). MUTEX_WOKEN is set while one goroutine is on its way
// to the lock, woken or spinning: until it gets there or gives up unlock wakes
// no other. It owns that bit (w.woken) and clears it. After the store that
// clears MUTEX_LOCKED the mutex is not touched: it may have been freed.
//
// Different from Go: there is no starving bit and no number of waiters in
// the state. Unlock looks at how long the head of the queue has waited, under
// the root's lock, which it needs for waking anyway; and a waiter can leave
// (deadline, context) without accounts to settle.
//
// Rejected: handing over always. It makes a queue that once exists stay for
// ever, each critical section costing a switch (a lock convoy).
#include "sync/sync_int.h"
#include "os/barrier.h"
#include "os/cpu.h"
#include "sched/runq.h"

#define MUTEX_LOCKED ((uint64_t)LEAT__MUTEX_LOCKED)
#define MUTEX_WAITERS ((uint64_t)1 << 32)
#define MUTEX_WOKEN ((uint64_t)2 << 32)

enum {
    MUTEX_STARVING_NS = 1000000, // Go's starvationThresholdNs
    // Go's active_spin and active_spin_cnt: in all about a microsecond,
    // what parking and waking on another CPU would cost at least.
    MUTEX_SPINS = 4,
    MUTEX_PAUSES = 30
};

// Spinning is worth it only if the owner can be running: another P is busy,
// and there is nothing else to do on this one.
static bool
mutex_can_spin(struct leat__m *m)
{
    if (!leat__multi || m->p == NULL || leat__cpu_count() == 1)
        return false;
    int idle = leat__sched.npidle + leat__sched.nspinning;
    return leat__sched.nprocs > idle + 1 && !leat__p_has_work(m->p);
}

bool
leat__sync_spin(struct leat__m *m, int turn)
{
    if (turn >= MUTEX_SPINS || !mutex_can_spin(m))
        return false;
    leat__cpu_pause(MUTEX_PAUSES);
    return true;
}

// Tells unlock that a spinner is coming, so that it wakes nobody.
static bool
mutex_announce(struct leat_mutex *mu, uint64_t s)
{
    uint64_t only = MUTEX_WAITERS | MUTEX_WOKEN;
    return (s & only) == MUTEX_WAITERS &&
        leat__sync_move64(&mu->state, s, s | MUTEX_WOKEN);
}

// w is counted, or no longer, among those a late unlocker has to look for.
static void
mutex_count(
    const struct leat_mutex *mu, struct leat__semawaiter *w, bool counted)
{
    if (w->counted == counted)
        return;
    w->counted = counted;
    // Pairs with the load in leat__mutex_unlock_here, by mutex_fence.
    __atomic_fetch_add(leat__sleepers_of(mu),
        counted ? 1 : (uint32_t)-1, __ATOMIC_SEQ_CST);
}

// Sets MUTEX_WAITERS (and gives MUTEX_WOKEN back if w has it) so that w can
// be queued; false when the lock was free for a moment. Root locked.
static bool
mutex_mark(struct leat_mutex *mu, struct leat__semawaiter *w)
{
    uint64_t s, n;
    do {
        s = leat__sync_load64(&mu->state);
        if ((s & MUTEX_LOCKED) == 0)
            return false;
        if ((s & MUTEX_WAITERS) == 0 && leat__is_shared())
            mutex_count(mu, w, true);
        n = s | MUTEX_WAITERS;
        if (w->woken)
            n &= ~MUTEX_WOKEN;
    } while (!leat__sync_move64(&mu->state, s, n));
    w->woken = false;
    return true;
}

// Whether w, which has marked the mutex and is to be queued, has to wait
// after all. Else the mark is taken back. Root locked.
static bool
mutex_fence(struct leat_mutex *mu, struct leat__semawaiter *w)
{
    if (!w->counted)
        return true;
    // Pairs with the store and the load in leat__mutex_unlock_here.
    leat__barrier_all();
    if ((leat__sync_load64(&mu->state) & MUTEX_LOCKED) != 0)
        return true;
    leat__sync_clear64(&mu->state, MUTEX_WAITERS);
    return false;
}

// w has given up. What its count guards falls to the one who is now first.
// Root locked.
static void
mutex_leave(struct leat__semaroot *root, struct leat_mutex *mu,
    struct leat__semawaiter *w)
{
    struct leat__semawaiter *head = leat__sema_head(root, mu);
    if (head == NULL)
        leat__sync_clear64(&mu->state, MUTEX_WAITERS);
    else if (w->counted)
        mutex_count(mu, head, true);
}

// Waits once. 0: woken, or no need to wait, so try again; 1: the lock was
// handed over; negative: gave up (MUTEX_WOKEN, if w had it, is given back).
static int
mutex_wait(struct leat__m **mp, struct leat_mutex *mu,
    struct leat__semawaiter *w, const int64_t *deadline)
{
    if (!w->again)
        w->since = leat__nanotime();
    struct leat__semaroot *root = leat__sema_lock(mu);
    if (!mutex_mark(mu, w) || !mutex_fence(mu, w)) {
        mutex_count(mu, w, false);
        leat__sema_unlock(root);
        return 0;
    }
    leat__sema_prepare(*mp, w, deadline);
    leat__sema_push(root, mu, w, w->again);
    w->again = true;
    leat__sema_begin(*mp, root, w, WAIT_MUTEX, mu);
    int err = leat__sema_finish(mp, root, w, deadline);
    if (err != 0) {
        mutex_leave(root, mu, w);
        leat__sema_unlock(root);
    }
    mutex_count(mu, w, false);
    return err != 0 ? err : w->granted;
}

// One step towards the lock: 1 when it has it, 0 to go on, or an error.
static int
mutex_try(struct leat__m **mp, struct leat_mutex *mu,
    struct leat__semawaiter *w, int *spins, const int64_t *deadline)
{
    uint64_t s = leat__sync_load64(&mu->state);
    uint64_t woken = w->woken ? MUTEX_WOKEN : 0;
    if ((s & MUTEX_LOCKED) == 0)
        return leat__sync_move64(&mu->state, s, (s | MUTEX_LOCKED) & ~woken);
    if (leat__sync_spin(*mp, *spins)) {
        w->woken = w->woken || mutex_announce(mu, s);
        (*spins)++;
        return 0;
    }
    *spins = 0;
    return mutex_wait(mp, mu, w, deadline);
}

// Leaves the runtime.
static LEAT__NOINLINE int
mutex_lock_slow(
    struct leat__m *m, struct leat_mutex *mu, const int64_t *deadline)
{
    struct leat__semawaiter w = {.since = 0};
    int spins = 0, r;
    while ((r = mutex_try(&m, mu, &w, &spins, deadline)) == 0)
        ;
    leat__leave(m);
    return r > 0 ? 0 : r;
}

// Takes the lock if it is free, whoever waits.
LEAT__INLINE bool
mutex_take(struct leat_mutex *mu)
{
    uint64_t s = leat__sync_load64(&mu->state);
    return (s & MUTEX_LOCKED) == 0 &&
        leat__sync_move64(&mu->state, s, s | MUTEX_LOCKED);
}

LEAT__INLINE int
mutex_lock(struct leat_mutex *mu, const int64_t *deadline)
{
    if (leat__sync_shared() && mutex_take(mu))
        return 0;
    struct leat__m *m = leat__enter();
    if (LEAT__UNLIKELY(!mutex_take(mu)))
        return mutex_lock_slow(m, mu, deadline);
    leat__leave(m);
    return 0;
}

void (leat_mutex_lock)(struct leat_mutex *mu)
{
    mutex_lock(mu, NULL);
}

// Called by the common case compiled into the program, which has just not had
// the lock. To ask at once would only move its cache line between two CPUs: a
// moment later the other has had it many times over. (Mutex at two Ps: 5.9 to
// 4.5 ns; RWMutexWrite100: 12.2 to 7.6.)
void
leat__mutex_lock_contended(struct leat_mutex *mu)
{
    struct leat__m *m = leat__enter();
    leat__sync_spin(m, 0);
    mutex_lock_slow(m, mu, NULL);
}

int
leat_mutex_lock_until(struct leat_mutex *mu, int64_t deadline)
{
    return mutex_lock(mu, &deadline);
}

bool
leat_mutex_try_lock(struct leat_mutex *mu)
{
    if ((leat__sync_load64(&mu->state) & MUTEX_LOCKED) != 0)
        return false;
    struct leat__m *m = leat__enter();
    bool ok = mutex_take(mu);
    leat__leave(m);
    return ok;
}

// The state after w (or nobody) was taken off the queue by who holds the
// lock, or by who does not (held 0). Says in w what it gets.
static uint64_t
mutex_after_pop(
    uint64_t s, uint64_t held, struct leat__semawaiter *w, bool hand, bool more)
{
    uint64_t n = (s & MUTEX_WOKEN) | (more ? MUTEX_WAITERS : 0);
    n |= (s & MUTEX_LOCKED) - held;
    if (w == NULL)
        return n;
    w->granted = hand && (n & MUTEX_LOCKED) == 0;
    // A spinner may have set it meanwhile: then it is the spinner's.
    w->woken = !w->granted && (s & MUTEX_WOKEN) == 0;
    return n | (w->granted ? MUTEX_LOCKED : MUTEX_WOKEN);
}

// Unlocks (held: MUTEX_LOCKED) with somebody in the queue, or has unlocked
// (0): wakes the first, or hands over. Root locked; unlocks it.
static void
mutex_hand_on(struct leat__m *m, struct leat__semaroot *root,
    struct leat_mutex *mu, uint64_t held)
{
    struct leat__semawaiter *w = leat__sema_pop(root, mu);
    bool more = leat__sema_head(root, mu) != NULL;
    bool hand =
        w != NULL && leat__nanotime() - w->since > MUTEX_STARVING_NS;
    uint64_t s;
    do
        s = leat__sync_load64(&mu->state);
    while (!leat__sync_move64(
        &mu->state, s, mutex_after_pop(s, held, w, hand, more)));
    leat__sema_unlock(root);
    if (w != NULL)
        leat__ready(m, w->g);
}

// The mutex was unlocked by a plain store, and somebody may have begun to
// wait just before: the mutex exists only if it is still in the queue. Who
// has locked it since sees MUTEX_WAITERS.
void
leat__mutex_unlocked(struct leat_mutex *mu)
{
    struct leat__m *m = leat__enter();
    struct leat__semaroot *root = leat__sema_lock(mu);
    if (leat__sema_head(root, mu) != NULL &&
        (leat__sync_load64(&mu->state) & (MUTEX_LOCKED | MUTEX_WOKEN)) == 0)
        mutex_hand_on(m, root, mu, 0);
    else
        leat__sema_unlock(root);
    leat__leave(m);
}

static LEAT__NOINLINE void
mutex_unlock_slow(struct leat__m *m, struct leat_mutex *mu)
{
    for (;;) {
        uint64_t s = leat__sync_load64(&mu->state);
        if ((s & MUTEX_LOCKED) == 0)
            leat__throw("sync: unlock of unlocked mutex");
        if ((s & (MUTEX_WAITERS | MUTEX_WOKEN)) == MUTEX_WAITERS) {
            mutex_hand_on(m, leat__sema_lock(mu), mu, MUTEX_LOCKED);
            return;
        }
        if (leat__sync_move64(&mu->state, s, s & ~MUTEX_LOCKED))
            return;
    }
}

// Whether unlocking from state s is nothing but clearing MUTEX_LOCKED: nobody
// waits, or one who does is on its way.
LEAT__INLINE bool
mutex_is_simple(uint64_t s)
{
    return (s & MUTEX_LOCKED) != 0 &&
        (s & (MUTEX_WAITERS | MUTEX_WOKEN)) != MUTEX_WAITERS;
}

LEAT__INLINE bool
mutex_drop(struct leat_mutex *mu)
{
    uint64_t s = leat__sync_load64(&mu->state);
    return mutex_is_simple(s) &&
        leat__sync_move64(&mu->state, s, s - MUTEX_LOCKED);
}

void
leat__sync_unlock(struct leat__m *m, struct leat_mutex *mu)
{
    if (LEAT__UNLIKELY(!mutex_drop(mu)))
        mutex_unlock_slow(m, mu);
}

void (leat_mutex_unlock)(struct leat_mutex *mu)
{
    if (leat__sync_shared() && mutex_drop(mu))
        return;
    struct leat__m *m = leat__enter();
    if (LEAT__UNLIKELY(!mutex_drop(mu)))
        mutex_unlock_slow(m, mu);
    leat__leave(m);
}
