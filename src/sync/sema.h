// SPDX-License-Identifier: MIT
// sync/sema.h: goroutines that wait for something, found by its address.
//
// Idea: Go's sema.go. One table of roots, chosen by a hash of the address;
// a root has a lock and, for each address somebody waits on, a queue. Mutex,
// rwmutex, waitgroup, once, cond and semaphore keep a few bits of state of
// their own and park here when those bits say no.
//
// The queue is not in the object, for two reasons. The object stays small
// (a mutex is 8 bytes). And it may be freed by whoever is let go: the usual
// waitgroup lies on the stack of who waits for it, and a waker that still
// had to unlock a queue in it would write into a dead frame. The roots are
// static, so the last touch of an object is the store that lets others go.
//
// The rule that makes the users simple: the bit of an object that says
// "somebody waits" changes only under the lock of its root.
//
// Different from Go: a waiter carries what it wants and gets what it was
// given (no counter per address), and the waiters of a root are found by a
// digital search tree over the bits of the hash rather than a treap: no
// rotations, and at most 64 steps whatever the addresses are.
#ifndef LEAT_SYNC_SEMA_H
#define LEAT_SYNC_SEMA_H

#include "sched/until.h"

// One who waits; lives on the waiter's stack, guarded by the root's lock
// while queued. Who pops it owns it until it readies g.
struct leat__semawaiter {
    struct leat__g *g;
    struct leat__semawaiter *next, *prev; // of the same address
    // Only in the first of an address: its place in the tree, and the last.
    struct leat__semawaiter *child[2];
    struct leat__semawaiter *tail;
    uint64_t hash;  // of the address; different addresses differ
    bool queued;
    bool left;      // its wait ended by an error, and it was still queued
    bool is_select; // has a deadline or context: must be won before waking
    // The user's own.
    bool granted;  // the waker gave it what it waits for
    bool woken;    // mutex: MUTEX_WOKEN was set for this one
    bool again;    // mutex: has waited before
    bool counted;  // mutex: in leat__sleepers
    int64_t since; // mutex: when it began to wait
    int64_t units; // semaphore: how many it wants
    struct leat__wait_until until; // if is_select
};

struct leat__semaroot {
    struct leat__lock lock;
    struct leat__semawaiter *tree;
} __attribute__((aligned(64)));

enum { LEAT__SEMA_ROOTS = 256 }; // a cache line each; Go has 251
extern struct leat__semaroot leat__sema_table[LEAT__SEMA_ROOTS];

// Every step is a bijection, so that two addresses never share a hash. The
// low bits order the tree, the high ones choose the root.
LEAT__INLINE uint64_t
leat__sema_hash(const void *addr)
{
    uint64_t x = (uintptr_t)addr;
    x *= 0x9e3779b97f4a7c15u; // 2^64 / golden ratio, odd
    x ^= x >> 32;
    return x;
}

// Locks the root that addr belongs to.
LEAT__INLINE struct leat__semaroot *
leat__sema_lock(const void *addr)
{
    uint32_t i = (uint32_t)(leat__sema_hash(addr) >> 56);
    struct leat__semaroot *root = &leat__sema_table[i % LEAT__SEMA_ROOTS];
    leat__mutex_lock(&root->lock);
    return root;
}

LEAT__INLINE void
leat__sema_unlock(struct leat__semaroot *root)
{
    leat__mutex_unlock(&root->lock);
}

// All of these need the root's lock. addr may be any address as long as it
// is always used with the same root: rwmutex has two queues in one root.
// w->granted is cleared by push, the other fields of the user are not.
void leat__sema_push(struct leat__semaroot *root, const void *addr,
    struct leat__semawaiter *w, bool in_front);
// The first in the queue, or NULL. It may have lost its race with a deadline
// and only wait for the lock to leave.
struct leat__semawaiter *leat__sema_head(
    struct leat__semaroot *root, const void *addr);
// Takes w, the first of its queue, off it; false when it has lost to its
// deadline or context. Otherwise the caller readies w->g (leat__ready), best
// after unlocking the root.
bool leat__sema_take(struct leat__semaroot *root, struct leat__semawaiter *w);
// The same with the first that still waits; NULL when there is none.
struct leat__semawaiter *leat__sema_pop(
    struct leat__semaroot *root, const void *addr);
// The same for all of them: a list linked by next, oldest first; adds their
// number to *count.
struct leat__semawaiter *leat__sema_pop_all(
    struct leat__semaroot *root, const void *addr, uint32_t *count);
// Readies such a list, in order. The root's lock is not held.
void leat__sema_ready_all(struct leat__m *m, struct leat__semawaiter *w);

// The end of a wait. Called between queueing and parking with the root's
// lock held, which it releases: begin, whatever has to happen in between
// (cond unlocks its mutex), finish.
//
// With deadline NULL in prepare, finish returns 0 once w was popped. With a
// deadline it does the same, or returns LEAT_ETIMEDOUT, or LEAT_ECANCELED
// when the goroutine's context ended; then w is off the queue and the lock of
// the root is held again, so that the user can put its bits right. w->left
// says whether w was queued until then: if not, somebody has let everybody go
// meanwhile, and what it waited for may be gone.
void leat__sema_begin(struct leat__m *m, struct leat__semaroot *root,
    struct leat__semawaiter *w, enum leat__wait reason, void *what);
int leat__sema_finish(struct leat__m **mp, struct leat__semaroot *root,
    struct leat__semawaiter *w, const int64_t *deadline);

// Says who waits and how; must come before push.
LEAT__INLINE void
leat__sema_prepare(struct leat__m *m, struct leat__semawaiter *w,
    const int64_t *deadline)
{
    w->g = m->g;
    w->is_select = deadline != NULL;
}

// Takes every goroutine off the table; plain threads stay. Only at the end of
// a seeded run, whose goroutines will never run again.
void leat__sema_forget(void);

// Checks the invariants of the whole table; for tests.
void leat__sema_check(void);

#endif
