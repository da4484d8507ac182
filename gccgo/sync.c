// SPDX-License-Identifier: MIT
// gccgo/sync.c: what package sync asks of the runtime: semaphores and the
// queues of Cond, by src/sync's table of waiters; and being alone on a P.
#include "gccgo/abi.h"

#include "sync/sema.h"

// Semaphores
//
// *addr counts what is free. It grows only under the lock of its root, and
// only while nobody waits: a release with somebody waiting hands over.

static bool
sync_try(uint32_t *addr)
{
    uint32_t v = __atomic_load_n(addr, __ATOMIC_RELAXED);
    while (v > 0)
        if (__atomic_compare_exchange_n(addr, &v, v - 1, false,
                __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return true;
    return false;
}

static void
sync_acquire(uint32_t *addr, bool in_front, enum leat__wait reason)
{
    if (sync_try(addr))
        return;
    struct leat__m *m = leat__enter();
    struct leat__semaroot *root = leat__sema_lock(addr);
    if (sync_try(addr)) {
        leat__sema_unlock(root);
        leat__leave(m);
        return;
    }
    struct leat__semawaiter w = {0};
    leat__sema_prepare(m, &w, NULL);
    leat__sema_push(root, addr, &w, in_front);
    leat__sema_begin(m, root, &w, reason, addr);
    leat__sema_finish(&m, root, &w, NULL);
    leat__leave(m);
}

static void
sync_release(uint32_t *addr)
{
    struct leat__m *m = leat__enter();
    struct leat__semaroot *root = leat__sema_lock(addr);
    struct leat__semawaiter *w = leat__sema_pop(root, addr);
    if (w == NULL)
        __atomic_fetch_add(addr, 1, __ATOMIC_RELEASE);
    leat__sema_unlock(root);
    if (w != NULL)
        leat__ready(m, w->g);
    leat__leave(m);
}

void leat__go_semacquire(uint32_t *addr) GO_NAME("sync.runtime__Semacquire");
void
leat__go_semacquire(uint32_t *addr)
{
    sync_acquire(addr, false, WAIT_SEMACQUIRE);
}

void leat__go_semacquire_mutex(uint32_t *addr, bool lifo, go_int skip)
    GO_NAME("sync.runtime__SemacquireMutex");
void
leat__go_semacquire_mutex(uint32_t *addr, bool lifo, go_int skip)
{
    (void)skip;
    sync_acquire(addr, lifo, WAIT_SEMACQUIRE);
}

void leat__go_semrelease(uint32_t *addr, bool handoff, go_int skip)
    GO_NAME("sync.runtime__Semrelease");
void
leat__go_semrelease(uint32_t *addr, bool handoff, go_int skip)
{
    (void)skip;
    sync_release(addr);
    if (handoff)
        leat_yield();
}

void leat__go_poll_semacquire(uint32_t *addr)
    GO_NAME("internal_1poll.runtime__Semacquire");
void
leat__go_poll_semacquire(uint32_t *addr)
{
    sync_acquire(addr, false, WAIT_SEMACQUIRE);
}

void leat__go_poll_semrelease(uint32_t *addr)
    GO_NAME("internal_1poll.runtime__Semrelease");
void
leat__go_poll_semrelease(uint32_t *addr)
{
    sync_release(addr);
}

// Cond
//
// sync.notifyList. Who is about to wait draws a ticket while it still holds
// the mutex; tickets are notified in their order, also before their owner has
// come to wait.

struct sync_waiter {
    struct leat__g *g;
    struct sync_waiter *next;
    uint32_t ticket;
};

struct sync_list {
    uint32_t wait;   // the next ticket
    uint32_t notify; // the next to be notified; guarded by lock
    struct leat__lock lock;
    struct sync_waiter *head, *tail;
};

static bool
sync_before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

uint32_t leat__go_notify_add(struct sync_list *l)
    GO_NAME("sync.runtime__notifyListAdd");
uint32_t
leat__go_notify_add(struct sync_list *l)
{
    return __atomic_fetch_add(&l->wait, 1, __ATOMIC_SEQ_CST);
}

void leat__go_notify_wait(struct sync_list *l, uint32_t ticket)
    GO_NAME("sync.runtime__notifyListWait");
void
leat__go_notify_wait(struct sync_list *l, uint32_t ticket)
{
    struct leat__m *m = leat__enter();
    leat__mutex_lock(&l->lock);
    if (sync_before(ticket, l->notify)) {
        leat__mutex_unlock(&l->lock);
        leat__leave(m);
        return;
    }
    struct sync_waiter w = {m->g, NULL, ticket};
    if (l->tail != NULL)
        l->tail->next = &w;
    else
        l->head = &w;
    l->tail = &w;
    leat__park_begin(m->g, WAIT_COND, l);
    leat__mutex_unlock(&l->lock);
    leat__leave(leat__park(m));
}

// The waiter with this ticket, taken off the list; NULL if it is still on
// its way.
static struct sync_waiter *
sync_take(struct sync_list *l, uint32_t ticket)
{
    struct sync_waiter *before = NULL, *w = l->head;
    while (w != NULL && w->ticket != ticket) {
        before = w;
        w = w->next;
    }
    if (w == NULL)
        return NULL;
    if (before != NULL)
        before->next = w->next;
    else
        l->head = w->next;
    if (l->tail == w)
        l->tail = before;
    return w;
}

void leat__go_notify_one(struct sync_list *l)
    GO_NAME("sync.runtime__notifyListNotifyOne");
void
leat__go_notify_one(struct sync_list *l)
{
    struct sync_waiter *w = NULL;
    struct leat__m *m = leat__enter();
    leat__mutex_lock(&l->lock);
    if (l->notify != __atomic_load_n(&l->wait, __ATOMIC_SEQ_CST))
        w = sync_take(l, l->notify++);
    leat__mutex_unlock(&l->lock);
    if (w != NULL)
        leat__ready(m, w->g);
    leat__leave(m);
}

void leat__go_notify_all(struct sync_list *l)
    GO_NAME("sync.runtime__notifyListNotifyAll");
void
leat__go_notify_all(struct sync_list *l)
{
    struct leat__m *m = leat__enter();
    leat__mutex_lock(&l->lock);
    struct sync_waiter *w = l->head;
    l->head = l->tail = NULL;
    l->notify = __atomic_load_n(&l->wait, __ATOMIC_SEQ_CST);
    leat__mutex_unlock(&l->lock);
    while (w != NULL) {
        struct sync_waiter *next = w->next; // w is gone once it runs
        leat__ready_last(m, w->g);
        w = next;
    }
    leat__leave(m);
}

void leat__go_notify_check(uintptr_t size)
    GO_NAME("sync.runtime__notifyListCheck");
void
leat__go_notify_check(uintptr_t size)
{
    if (size != sizeof(struct sync_list))
        leat__throw("bad notifyList size");
}

// Spinning
//
// Package sync would spin a little before it waits. Whether that pays depends
// on who else runs, which src/sched does not tell: it waits at once.

bool leat__go_can_spin(go_int i) GO_NAME("sync.runtime__canSpin");
bool
leat__go_can_spin(go_int i)
{
    (void)i;
    return false;
}

void leat__go_do_spin(void) GO_NAME("sync.runtime__doSpin");
void
leat__go_do_spin(void)
{
}

_Noreturn void leat__go_sync_throw(struct go_string s) GO_NAME("sync.throw");
_Noreturn void
leat__go_sync_throw(struct go_string s)
{
    leat__throw("%s", leat__go_c_string(s));
}

_Noreturn void leat__go_sync_fatal(struct go_string s) GO_NAME("sync.fatal");
_Noreturn void
leat__go_sync_fatal(struct go_string s)
{
    leat__go_sync_throw(s);
}

// Being alone on a P ----------------------------------------------------------
//
// sync.Pool indexes by P, and no other goroutine may come to the same index
// between procPin and procUnpin. A thread that is stopped by the system may
// lose its P meanwhile, so the number alone does not do: there is a lock for
// each P's number, and the goroutine knows which it holds: Pool unlocks a mutex
// while it is pinned, by which it may come to another thread.

static struct {
    struct leat__lock lock __attribute__((aligned(64)));
} sync_pins[LEAT_PROCS_MAX];
// The holder may be a goroutine that waits for a P.
static void
sync_pin_lock(int id)
{
    while (!leat__spin_try_lock(&sync_pins[id].lock))
        leat_yield();
}

static go_int
sync_pin(void)
{
    struct leat__m *m = leat__enter();
    int id = m->p != NULL ? m->p->id : 0;
    leat__leave(m);
    sync_pin_lock(id);
    leat__this_m()->g->binding_word = (uint32_t)id;
    return id;
}

static void
sync_unpin(void)
{
    leat__spin_unlock(&sync_pins[leat__this_m()->g->binding_word].lock);
}

go_int leat__go_proc_pin(void) GO_NAME("sync.runtime__procPin");
go_int
leat__go_proc_pin(void)
{
    return sync_pin();
}

void leat__go_proc_unpin(void) GO_NAME("sync.runtime__procUnpin");
void
leat__go_proc_unpin(void)
{
    sync_unpin();
}

go_int leat__go_atomic_pin(void) GO_NAME("sync_1atomic.runtime__procPin");
go_int
leat__go_atomic_pin(void)
{
    return sync_pin();
}

void leat__go_atomic_unpin(void) GO_NAME("sync_1atomic.runtime__procUnpin");
void
leat__go_atomic_unpin(void)
{
    sync_unpin();
}

// Called by runtime.GC, as a collection would.
typedef void sync_cleanup_fn(void);
static const struct go_func *sync_cleanup;

void leat__go_register_cleanup(const struct go_func *f)
    GO_NAME("sync.runtime__registerPoolCleanup");
void
leat__go_register_cleanup(const struct go_func *f)
{
    sync_cleanup = f;
}

void leat__go_gc(void) GO_NAME("runtime.GC");
void
leat__go_gc(void)
{
    // Nobody is in a pool while its caches are dropped.
    for (int i = 0; i < LEAT_PROCS_MAX; i++)
        sync_pin_lock(i);
    if (sync_cleanup != NULL)
        GO_CALL(sync_cleanup, sync_cleanup_fn);
    for (int i = 0; i < LEAT_PROCS_MAX; i++)
        leat__spin_unlock(&sync_pins[i].lock);
    leat_yield();
}
GO_VALUE(leat__go_gc, "runtime.GC")

// Atomics of pointers, which need a write barrier where there is one --------

void leat__go_store_pointer(void **p, void *v)
    GO_NAME("sync_1atomic.StorePointer");
void
leat__go_store_pointer(void **p, void *v)
{
    __atomic_store_n(p, v, __ATOMIC_SEQ_CST);
}

void *leat__go_swap_pointer(void **p, void *v)
    GO_NAME("sync_1atomic.SwapPointer");
void *
leat__go_swap_pointer(void **p, void *v)
{
    return __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST);
}

bool leat__go_cas_pointer(void **p, void *old, void *v)
    GO_NAME("sync_1atomic.CompareAndSwapPointer");
bool
leat__go_cas_pointer(void **p, void *old, void *v)
{
    return __atomic_compare_exchange_n(
        p, &old, v, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

