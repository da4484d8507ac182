// SPDX-License-Identifier: MIT
// leat/sync.h: mutex, rwmutex, waitgroup, once, cond, semaphore, pool and
// group, with the semantics of Go's sync, x/sync/semaphore and errgroup.
//
// The types live in the caller's storage, their zero value is ready to use
// (LEAT_ZERO), they must not be copied after first use, and need no
// destruction unless said so. Every call works from goroutines and threads.
// The texts of misuse are Go's.
#ifndef LEAT_SYNC_H
#define LEAT_SYNC_H

#include <leat/base.h>
#include <leat/context.h>

// A mutex: fast for those who come when it is free, FIFO for those who have
// waited over 1 ms (Go's starvation mode). Any goroutine may unlock it.
struct leat_mutex {
    uint64_t state;
};

// Many readers or one writer; a waiting writer keeps new readers out, and a
// writer that unlocks lets in all readers that wait before the next writer.
struct leat_rwmutex {
    uint32_t state;
};

// Waits for a number of things to be done.
struct leat_waitgroup {
    uint64_t state;
};

// Does something once.
struct leat_once {
    uint32_t state;
};

// A condition variable; l is the mutex the waiters hold, set before use.
struct leat_cond {
    struct leat_mutex *l;
    uint32_t waiters;
};

// A weighted semaphore of size units, FIFO.
struct leat_sem {
    int64_t size, cur;
};

LEAT__BEGIN

// Locks m; may park. try: true if it got the lock, never parks. until: 0,
// LEAT_ETIMEDOUT, or LEAT_ECANCELED when the goroutine's context has ended;
// a lock that is free is taken whatever the deadline. Locking twice from one
// goroutine waits for ever.
LEAT_API void leat_mutex_lock(struct leat_mutex *m);
LEAT_API LEAT__MUST_USE
bool leat_mutex_try_lock(struct leat_mutex *m);
LEAT_API int leat_mutex_lock_until(struct leat_mutex *m, int64_t deadline);
// Unlocks m, never parks; fatal for one that is not locked ("sync: unlock of
// unlocked mutex"). Whoever can lock m after this may free it.
LEAT_API void leat_mutex_unlock(struct leat_mutex *m);

// The same for one writer, or with r for one of many readers. Fatal misuse:
// "sync: Unlock of unlocked RWMutex", "sync: RUnlock of unlocked RWMutex". A
// reader must not lock again: a writer may have come in between.
LEAT_API void leat_rwmutex_lock(struct leat_rwmutex *rw);
LEAT_API LEAT__MUST_USE
bool leat_rwmutex_try_lock(struct leat_rwmutex *rw);
LEAT_API int leat_rwmutex_lock_until(
    struct leat_rwmutex *rw, int64_t deadline);
LEAT_API void leat_rwmutex_unlock(struct leat_rwmutex *rw);
LEAT_API void leat_rwmutex_rlock(struct leat_rwmutex *rw);
LEAT_API LEAT__MUST_USE
bool leat_rwmutex_try_rlock(struct leat_rwmutex *rw);
LEAT_API int leat_rwmutex_rlock_until(
    struct leat_rwmutex *rw, int64_t deadline);
LEAT_API void leat_rwmutex_runlock(struct leat_rwmutex *rw);

// add panics with "sync: negative WaitGroup counter" below zero. wait parks
// until the counter is zero; then the waitgroup may go out of scope, or be
// used again, whether all its waiters have returned or not. wait_until: 0,
// LEAT_ETIMEDOUT or LEAT_ECANCELED, the latter at once when the caller's
// context has ended before (leat_get_context says what to do). go runs fn(arg)
// in a goroutine between add(1) and done; being out of memory for that is
// fatal, and a NULL fn panics as in leat_go.
LEAT_API void leat_waitgroup_add(struct leat_waitgroup *wg, int delta);
LEAT_API void leat_waitgroup_done(struct leat_waitgroup *wg);
LEAT_API void leat_waitgroup_wait(struct leat_waitgroup *wg);
LEAT_API int leat_waitgroup_wait_until(
    struct leat_waitgroup *wg, int64_t deadline);
LEAT_API void leat_waitgroup_go(
    struct leat_waitgroup *wg, void (*fn)(void *arg), void *arg);

// Calls fn(arg) the first time only; everybody waits until it has returned
// (or panicked: that counts as done). fn must not call leat_once_do for o.
// There is no _until form: who calls it needs what fn does, and has nothing to
// go on with before. A deadline belongs into fn, or to what fn waits for.
LEAT_API void leat_once_do(
    struct leat_once *o, void (*fn)(void *arg), void *arg);

// wait unlocks c->l, parks, and locks it again, also when it returns an
// error; loop on the condition. It panics with "leat_cond: l is not set" for a
// NULL l. signal wakes the one who has waited longest,
// broadcast all; the caller may hold c->l or not.
LEAT_API void leat_cond_wait(struct leat_cond *c);
LEAT_API int leat_cond_wait_until(struct leat_cond *c, int64_t deadline);
LEAT_API void leat_cond_signal(struct leat_cond *c);
LEAT_API void leat_cond_broadcast(struct leat_cond *c);

// acquire takes n units, parking until they are there; LEAT_EINVAL when n
// is negative or more than size. First come, first served, whatever the
// sizes: try is false also while somebody waits. release panics with
// "semaphore: released more than held".
LEAT_API void leat_sem_init(struct leat_sem *s, int64_t size);
LEAT_API int leat_sem_acquire(struct leat_sem *s, int64_t n);
LEAT_API int leat_sem_acquire_until(
    struct leat_sem *s, int64_t n, int64_t deadline);
LEAT_API LEAT__MUST_USE
bool leat_sem_try_acquire(struct leat_sem *s, int64_t n);
LEAT_API void leat_sem_release(struct leat_sem *s, int64_t n);

// A set of objects kept for reuse, with a cache per P. get returns one that
// was put, or make(arg) (NULL make: NULL); it may miss objects in the caches
// of other Ps. put ignores NULL. Neither parks. drop, which may be NULL,
// frees objects the pool has no room for (over some thousands) and, in
// leat_pool_free, those it holds; nobody may use the pool then (NULL is
// ignored). Without drop the pool keeps all it is given, and forgets what it
// has no memory for. new is NULL when out of memory.
struct leat_pool;
LEAT_API LEAT__MUST_USE
struct leat_pool *leat_new_pool(
    void *(*make)(void *arg), void (*drop)(void *arg, void *x), void *arg);
LEAT_API void *leat_pool_get(struct leat_pool *p);
LEAT_API void leat_pool_put(struct leat_pool *p, void *x);
LEAT_API void leat_pool_free(struct leat_pool *p);

// Goroutines that belong together. They run under the group's context, a child
// of parent (NULL: of the caller's context). The first of them to return
// something other than 0 decides the group's error and cancels that context,
// with the error as the cause. This library's errors are negative, so all
// positive numbers are the program's, such as 1 + the index of a job. limit
// sets how many run at once (0: any number; LEAT_EINVAL below, LEAT_EBUSY
// while some run or are waited for to make room; not beside a go); at the
// limit go parks, try_go is false and starts nothing, and so does go_until
// when it returns LEAT_ETIMEDOUT or, when the caller's context has ended,
// LEAT_ECANCELED. Being out of memory for a goroutine makes LEAT_ENOMEM the
// error. A panic in one of them ends the program as everywhere, and a NULL fn
// panics as in leat_go. new is NULL when out of memory.
struct leat_group;
LEAT_API LEAT__MUST_USE
struct leat_group *leat_new_group(struct leat_context *parent);
LEAT_API int leat_group_limit(struct leat_group *g, int n);
LEAT_API void leat_group_go(
    struct leat_group *g, int (*fn)(void *arg), void *arg);
LEAT_API bool leat_group_try_go(
    struct leat_group *g, int (*fn)(void *arg), void *arg);
LEAT_API int leat_group_go_until(struct leat_group *g, int (*fn)(void *arg),
    void *arg, int64_t deadline);
// Borrowed; retain it to keep it over leat_group_wait.
LEAT_API struct leat_context *leat_group_context(struct leat_group *g);
// Joins all of them, ends the group's context, frees the group, and returns
// its error or 0.
LEAT_API int leat_group_wait(struct leat_group *g);
// The same, and *arg, unless arg is NULL, is what was given with the function
// whose error it is (or which could not be started): there it may have put
// down more than a number says. It stays the caller's, and is told as it was
// given, also if the function has freed it. NULL when none failed.
LEAT_API int leat_group_wait_arg(struct leat_group *g, void **arg);
// The same, with the group's error in *err, unless that is NULL; 0. Or
// LEAT_ETIMEDOUT, or LEAT_ECANCELED when the caller's context has ended: then
// the group goes on, and is to be waited for again.
LEAT_API int leat_group_wait_until(
    struct leat_group *g, int *err, int64_t deadline);

// Called by what is compiled into the program.
LEAT_API void leat__mutex_lock_contended(struct leat_mutex *m);
LEAT_API void leat__mutex_unlocked(struct leat_mutex *m);
LEAT_API void leat__rwmutex_lock_contended(struct leat_rwmutex *rw);
LEAT_API void leat__rwmutex_rlock_contended(struct leat_rwmutex *rw);
// state: before delta was added.
LEAT_API void leat__waitgroup_added(
    struct leat_waitgroup *wg, uint64_t state, int delta);

LEAT__END

// Not {0}: struct leat_done has nothing to initialize.
#define LEAT_ZERO {}

#include <leat/sync_impl.h>

#endif
