// SPDX-License-Identifier: MIT
// time/context.c: the tree along which cancellation, deadlines and values
// travel.
//
// Idea: only some contexts can end (those made with cancel, deadline or
// timeout); each context knows the nearest such at or above it, its scope,
// so whether a context has ended is one load. A scope lists the scopes
// directly below it. To end one is to mark it, wake what waits for it, take
// its children off and do the same with them, with a list of work instead of
// recursion: a chain of a million contexts needs no stack.
//
// Invariants: error goes from 0 to its value once; cause is written before.
// A context that has ended has no children, watches or functions on its
// lists. A child is on its parent scope's list from its making until one of
// the two ends or the child is freed. `done`, once made, is closed if and
// only if error is set, as far as anybody can tell: both change under the
// lock, and leat_context_error waits for it in the moment between.
//
// Who keeps what alive: a child counts on its parent, a goroutine, an
// after-func and who is about to end a context on that context. The lists
// count nothing; who takes a child off a list tries to count on it and lets
// it be if it is just being freed.
//
// Locks: scope->lock guards the lists, done and the writing of error and
// cause. At most one is held at a time: a parent's is released before a
// child's is taken. Below it: a channel's lock, sched.lock. No code of the
// user runs under a lock.
//
// A deadline is a timer. Ending a context deletes timers, so it is done by
// the thread that runs the timer, but after the lock of its heap is released:
// no goroutine is needed, and plain threads do it before there are any.
//
// Rejected: ending the children under the parent's lock, as Go does (it
// recurses). Here a second cancel may return while the first is still on its
// way down; with Go it waits.
#include "sched/sched.h"
#include "chan/chan_int.h"
#include "mem/alloc.h"
#include "time/spawn.h"

#include <leat/context.h>
#include <leat/time.h>

struct leat_context {
    _Atomic uint32_t refs;
    struct leat_context *parent; // counted; NULL for the background
    struct leat_context *scope;  // nearest that can end, or NULL
    const void *key;             // of a value context
    void *value;
    int64_t deadline;            // LEAT_FOREVER: none
    // What follows is used where scope is the context itself.
    _Atomic int error;
    int cause;
    int deadline_cause; // of its own deadline
    struct leat__lock lock;
    struct hchan *_Atomic done; // made when first asked for
    struct leat_context *children;
    struct leat_context *next, *prev; // guarded by the parent scope's lock
    bool linked;                      // as well
    struct leat_context *work;        // while its end is under way
    struct leat__ctxwatch *watches;
    struct leat_context_func *funcs;
    struct leat__timer timer;
};

struct leat_context_func {
    struct leat_context_func *next, *prev;
    struct leat_context *ctx; // counted
    void (*fn)(void *arg);
    void *arg;
    void *pc;     // who asked
    bool waiting; // not started: guarded by the lock of ctx's scope
};

static struct leat_context ctx_background = {
    .refs = 1,
    .deadline = LEAT_FOREVER,
};

static struct leat_context *
ctx_or_background(const struct leat_context *ctx)
{
    return ctx != NULL ? (struct leat_context *)ctx : &ctx_background;
}

// Lists ------------------------------------------------------------------

// Of children, watches and functions alike: linked by next and prev, which is
// NULL in the first one.
#define CTX_LIST_ADD(head, x)                                                 \
    do {                                                                      \
        (x)->prev = NULL;                                                     \
        (x)->next = (head);                                                   \
        if ((head) != NULL)                                                   \
            (head)->prev = (x);                                               \
        (head) = (x);                                                         \
    } while (0)

#define CTX_LIST_REMOVE(head, x)                                              \
    do {                                                                      \
        if ((x)->prev != NULL)                                                \
            (x)->prev->next = (x)->next;                                      \
        else                                                                  \
            (head) = (x)->next;                                               \
        if ((x)->next != NULL)                                                \
            (x)->next->prev = (x)->prev;                                      \
    } while (0)

// Counting ----------------------------------------------------------------

static struct leat_context *
ctx_retain(struct leat_context *ctx)
{
    if (ctx != &ctx_background)
        atomic_fetch_add_explicit(&ctx->refs, 1, memory_order_relaxed);
    return ctx;
}

// False when ctx is being freed: its count has reached 0.
static bool
ctx_retain_alive(struct leat_context *ctx)
{
    uint32_t n = atomic_load_explicit(&ctx->refs, memory_order_relaxed);
    do {
        if (n == 0)
            return false;
    } while (!atomic_compare_exchange_weak(&ctx->refs, &n, n + 1));
    return true;
}

static struct leat_context *
ctx_parent_scope(const struct leat_context *ctx)
{
    return ctx->parent != NULL ? ctx->parent->scope : NULL;
}

// Takes ctx, a scope, off the list it is on, if it still is.
static void
ctx_unlink(struct leat_context *ctx)
{
    struct leat_context *above = ctx_parent_scope(ctx);
    if (above == NULL)
        return;
    leat__mutex_lock(&above->lock);
    if (ctx->linked) {
        ctx->linked = false;
        CTX_LIST_REMOVE(above->children, ctx);
    }
    leat__mutex_unlock(&above->lock);
}

static void
ctx_destroy(struct leat_context *ctx)
{
    if (ctx->scope == ctx) {
        leat__timer_del(&ctx->timer);
        ctx_unlink(ctx);
        leat_assert(ctx->children == NULL);
        leat_assert(ctx->watches == NULL);
        leat_assert(ctx->funcs == NULL);
        struct hchan *done = ctx->done;
        if (done != NULL && !leat__chan_vacate(done))
            leat__throw("release of a context whose done channel has "
                        "waiting goroutines");
        leat__mem_free(done, 0);
    }
    leat__mem_free(ctx, 0);
}

// Inside only.
static void
ctx_release(struct leat_context *ctx)
{
    while (ctx != NULL && ctx != &ctx_background) {
        if (atomic_fetch_sub_explicit(
                &ctx->refs, 1, memory_order_acq_rel) != 1)
            return;
        struct leat_context *parent = ctx->parent;
        ctx_destroy(ctx);
        ctx = parent;
    }
}

// Ending ------------------------------------------------------------------

static void
ctx_func_start(struct leat__m *m, struct leat_context_func *f)
{
    struct leat__g *g = leat__spawn_apart(m, f->fn, f->arg, f->pc);
    if (g == NULL)
        leat__throw("out of memory: cannot start the function of a context "
                    "that has ended" LEAT__RAISE_LIMIT);
    f->waiting = false;
    leat__ready_last(m, g);
}

static void
ctx_wake(struct leat__m *m, struct leat__g *g)
{
    if (!leat__win(g))
        return;
    g->wake = WAKE_CLOSED;
    g->waker = NULL;
    leat__ready_last(m, g);
}

// Wakes and starts all that waits for the end of c, which is locked.
static void
ctx_tell(struct leat__m *m, struct leat_context *c)
{
    struct hchan *done = c->done;
    if (done != NULL)
        leat__closechan(m, done);
    struct leat__ctxwatch *w;
    while ((w = c->watches) != NULL) {
        c->watches = w->next;
        w->scope = NULL;
        ctx_wake(m, w->g);
    }
    struct leat_context_func *f;
    while ((f = c->funcs) != NULL) {
        c->funcs = f->next;
        ctx_func_start(m, f);
    }
}

// Moves the children of c, which is locked, to the list *work, counted.
static void
ctx_take_children(struct leat_context *c, struct leat_context **work)
{
    struct leat_context *child;
    while ((child = c->children) != NULL) {
        c->children = child->next;
        child->linked = false;
        if (ctx_retain_alive(child)) {
            child->work = *work;
            *work = child;
        }
    }
}

static void
ctx_end_one(struct leat__m *m, struct leat_context *c, int error, int cause,
    struct leat_context **work)
{
    leat__mutex_lock(&c->lock);
    bool first = c->error == 0;
    if (first) {
        c->cause = cause;
        // Pairs with the acquire in ctx_error: the cause is there.
        atomic_store_explicit(&c->error, error, memory_order_release);
        ctx_tell(m, c);
        ctx_take_children(c, work);
    }
    leat__mutex_unlock(&c->lock);
    if (first) {
        leat__timer_del(&c->timer);
        ctx_unlink(c);
    }
}

// Ends ctx, a scope the caller counts on, and all below it. Inside only.
static void
ctx_end(struct leat__m *m, struct leat_context *ctx, int error, int cause)
{
    struct leat_context *work = NULL, *c;
    ctx_end_one(m, ctx, error, cause, &work);
    while ((c = work) != NULL) {
        work = c->work;
        ctx_end_one(m, c, error, cause, &work);
        ctx_release(c);
    }
}

void
leat_context_cancel(struct leat_context *ctx, int cause)
{
    if (ctx == NULL || ctx->scope != ctx)
        return;
    struct leat__m *m = leat__enter();
    ctx_retain(ctx);
    ctx_end(m, ctx, LEAT_ECANCELED, cause != 0 ? cause : LEAT_ECANCELED);
    ctx_release(ctx);
    leat__leave(m);
}

static void
ctx_expire(struct leat__m *m, struct leat__timer *t)
{
    struct leat_context *ctx = t->arg;
    ctx_end(m, ctx, LEAT_ETIMEDOUT, ctx->deadline_cause);
    ctx_release(ctx);
}

// ctx exists, since freeing it begins with deleting this timer.
static void
ctx_fire(struct leat__m *m, struct leat__timer *t, int64_t now)
{
    struct leat_context *ctx = t->arg;
    (void)m;
    (void)now;
    if (ctx->error == 0 && ctx_retain_alive(ctx))
        t->after = ctx_expire;
}

// Making ------------------------------------------------------------------

static struct leat_context *
ctx_new(struct leat_context *parent)
{
    struct leat_context *ctx = leat__mem_alloc(sizeof *ctx, LEAT__MEM_ZERO);
    if (ctx == NULL)
        return NULL;
    parent = ctx_or_background(parent);
    ctx->refs = 1;
    ctx->parent = ctx_retain(parent);
    ctx->scope = parent->scope;
    ctx->deadline = parent->deadline;
    return ctx;
}

// Makes the new ctx a scope: below its parent's, or ended like that one.
static void
ctx_link(struct leat_context *ctx)
{
    struct leat_context *above = ctx->scope;
    ctx->scope = ctx;
    if (above == NULL)
        return;
    leat__mutex_lock(&above->lock);
    if (above->error != 0) {
        ctx->cause = above->cause;
        ctx->error = above->error;
    } else {
        ctx->linked = true;
        CTX_LIST_ADD(above->children, ctx);
    }
    leat__mutex_unlock(&above->lock);
}

// The new scope's own deadline has to be watched; false: out of memory.
static bool
ctx_arm(struct leat__m *m, struct leat_context *ctx, int64_t deadline,
    int cause)
{
    ctx->deadline = deadline;
    ctx->deadline_cause = cause != 0 ? cause : LEAT_ETIMEDOUT;
    if (ctx->error != 0)
        return true;
    if (deadline <= leat__nanotime()) {
        ctx_end(m, ctx, LEAT_ETIMEDOUT, ctx->deadline_cause);
        return true;
    }
    ctx->timer.when = deadline;
    ctx->timer.fire = ctx_fire;
    ctx->timer.arg = ctx;
    if (!leat__timer_add(m, &ctx->timer))
        return false;
    // Its parent may have ended it meanwhile. Who does that deletes the timer
    // behind the lock: now it is there to be deleted, or error is seen.
    leat__mutex_lock(&ctx->lock);
    bool ended = ctx->error != 0;
    leat__mutex_unlock(&ctx->lock);
    if (ended)
        leat__timer_del(&ctx->timer);
    return true;
}

struct leat_context *
leat_background(void)
{
    return &ctx_background;
}

struct leat_context *
leat_with_deadline_cause(
    struct leat_context *parent, int64_t deadline, int cause)
{
    struct leat__m *m = leat__enter();
    struct leat_context *ctx = ctx_new(parent);
    if (ctx != NULL) {
        // A parent that ends earlier does the watching.
        bool arm = deadline < ctx->deadline;
        ctx_link(ctx);
        if (arm && !ctx_arm(m, ctx, deadline, cause)) {
            ctx_release(ctx);
            ctx = NULL;
        }
    }
    leat__leave(m);
    return ctx;
}

struct leat_context *
leat_with_deadline(struct leat_context *parent, int64_t deadline)
{
    return leat_with_deadline_cause(parent, deadline, 0);
}

struct leat_context *
leat_with_cancel(struct leat_context *parent)
{
    return leat_with_deadline(parent, LEAT_FOREVER);
}

struct leat_context *
leat_with_timeout(struct leat_context *parent, int64_t ns)
{
    return leat_with_deadline(parent, leat_deadline(ns));
}

struct leat_context *
leat_with_timeout_cause(struct leat_context *parent, int64_t ns, int cause)
{
    return leat_with_deadline_cause(parent, leat_deadline(ns), cause);
}

struct leat_context *
leat_with_value(struct leat_context *parent, const void *key, void *value)
{
    struct leat_context *ctx = ctx_new(parent);
    if (ctx == NULL)
        return NULL;
    ctx->key = key;
    ctx->value = value;
    return ctx;
}

struct leat_context *
leat_without_cancel(struct leat_context *parent)
{
    struct leat_context *ctx = ctx_new(parent);
    if (ctx == NULL)
        return NULL;
    ctx->scope = NULL;
    ctx->deadline = LEAT_FOREVER;
    return ctx;
}

// Asking ------------------------------------------------------------------

// The error of a scope. Between the setting of error and the closing of done
// whoever ends it holds the lock: wait for that.
static int
ctx_error(struct leat_context *scope)
{
    int error = atomic_load_explicit(&scope->error, memory_order_acquire);
    if (error == 0)
        return 0;
    struct hchan *done =
        atomic_load_explicit(&scope->done, memory_order_acquire);
    if (LEAT__UNLIKELY(done != NULL &&
            __atomic_load_n(&done->closed, __ATOMIC_ACQUIRE) == 0)) {
        struct leat__m *m = leat__enter();
        leat__mutex_lock(&scope->lock);
        leat__mutex_unlock(&scope->lock);
        leat__leave(m);
    }
    return error;
}

int
leat_context_error(const struct leat_context *ctx)
{
    struct leat_context *scope = ctx_or_background(ctx)->scope;
    return scope != NULL ? ctx_error(scope) : 0;
}

int
leat_context_cause(const struct leat_context *ctx)
{
    struct leat_context *scope = ctx_or_background(ctx)->scope;
    return scope != NULL && ctx_error(scope) != 0 ? scope->cause : 0;
}

int64_t
leat_context_deadline(const struct leat_context *ctx)
{
    return ctx_or_background(ctx)->deadline;
}

void *
leat_context_value(const struct leat_context *ctx, const void *key)
{
    if (key == NULL)
        return NULL; // what contexts without a value have as their key
    for (; ctx != NULL; ctx = ctx->parent)
        if (ctx->key == key)
            return ctx->value;
    return NULL;
}

// Makes the done channel of a scope.
static LEAT__NOINLINE struct hchan *
ctx_make_done(struct leat_context *scope)
{
    struct leat__m *m = leat__enter();
    struct hchan *c = leat__makechan(0, 0);
    if (c == NULL)
        leat__throw("out of memory: cannot make the done channel of a "
                    "context" LEAT__RAISE_LIMIT);
    c->flags |= CHAN_BORROWED;
    leat__mutex_lock(&scope->lock);
    struct hchan *done = scope->done;
    if (done == NULL) {
        done = c;
        if (scope->error != 0)
            leat__closechan(m, done);
        atomic_store_explicit(&scope->done, done, memory_order_release);
    }
    leat__mutex_unlock(&scope->lock);
    if (done != c)
        leat__mem_free(c, 0); // somebody else was faster
    leat__leave(m);
    return done;
}

leat_chan(struct leat_done)
leat_context_done(struct leat_context *ctx)
{
    struct leat_context *scope = ctx_or_background(ctx)->scope;
    if (scope == NULL)
        return NULL;
    struct hchan *done =
        atomic_load_explicit(&scope->done, memory_order_acquire);
    if (done == NULL)
        done = ctx_make_done(scope);
    return (leat_chan(struct leat_done))(void *)done;
}

// After-funcs -------------------------------------------------------------

struct leat_context_func *
leat_context_after_func(
    struct leat_context *ctx, void (*fn)(void *arg), void *arg)
{
    struct leat_context_func *f = leat__mem_alloc(sizeof *f, LEAT__MEM_ZERO);
    if (f == NULL)
        return NULL;
    struct leat__m *m = leat__enter();
    f->ctx = ctx_retain(ctx_or_background(ctx));
    f->fn = fn;
    f->arg = arg;
    f->pc = __builtin_return_address(0);
    f->waiting = true;
    struct leat_context *scope = f->ctx->scope;
    if (scope != NULL) {
        leat__mutex_lock(&scope->lock);
        if (scope->error != 0) {
            ctx_func_start(m, f);
        } else {
            CTX_LIST_ADD(scope->funcs, f);
        }
        leat__mutex_unlock(&scope->lock);
    }
    leat__leave(m);
    return f;
}

static bool
ctx_func_unlink(struct leat_context *scope, struct leat_context_func *f)
{
    leat__mutex_lock(&scope->lock);
    bool waiting = f->waiting;
    if (waiting)
        CTX_LIST_REMOVE(scope->funcs, f);
    leat__mutex_unlock(&scope->lock);
    return waiting;
}

bool
leat_context_func_stop(struct leat_context_func *f)
{
    if (f == NULL)
        return false;
    struct leat__m *m = leat__enter();
    struct leat_context *scope = f->ctx->scope;
    bool stopped = scope == NULL || ctx_func_unlink(scope, f);
    ctx_release(f->ctx);
    leat__leave(m);
    leat__mem_free(f, 0);
    return stopped;
}

// Goroutines --------------------------------------------------------------

struct leat_context *
leat_context_retain(struct leat_context *ctx)
{
    return ctx_retain(ctx_or_background(ctx));
}

void
leat_context_release(struct leat_context *ctx)
{
    struct leat__m *m = leat__enter();
    ctx_release(ctx);
    leat__leave(m);
}

struct leat_context *
leat_get_context(void)
{
    struct leat__m *m = leat__enter();
    struct leat_context *ctx = m->g->ctx;
    leat__leave(m);
    return ctx_or_background(ctx);
}

void
leat_set_context(struct leat_context *ctx)
{
    struct leat__m *m = leat__enter();
    struct leat_context *old = m->g->ctx;
    // NULL stands for the background, so that most goroutines pay nothing.
    bool none = ctx == NULL || ctx == &ctx_background;
    m->g->ctx = none ? NULL : ctx_retain(ctx);
    ctx_release(old);
    leat__leave(m);
}

static void
ctx_hook_end(struct leat__g *g)
{
    struct leat_context *ctx = g->ctx;
    g->ctx = NULL;
    ctx_release(ctx);
}

static void
ctx_hook_inherit(struct leat__g *from, struct leat__g *to)
{
    to->ctx = ctx_retain(from->ctx);
}

// Without ctx_error: that is for callers outside the runtime.
static bool
ctx_hook_ended(struct leat__g *g)
{
    struct leat_context *scope = ((struct leat_context *)g->ctx)->scope;
    return scope != NULL &&
        atomic_load_explicit(&scope->error, memory_order_acquire) != 0;
}

static void
ctx_hook_watch(struct leat__m *m, struct leat__ctxwatch *w)
{
    struct leat_context *scope = ((struct leat_context *)m->g->ctx)->scope;
    w->g = m->g;
    w->scope = NULL;
    if (scope == NULL)
        return;
    leat__mutex_lock(&scope->lock);
    if (scope->error != 0) {
        ctx_wake(m, w->g);
    } else {
        w->scope = scope;
        CTX_LIST_ADD(scope->watches, w);
    }
    leat__mutex_unlock(&scope->lock);
}

// Takes w off the list of its scope, which is locked.
static void
ctx_unlink_watch(struct leat__ctxwatch *w)
{
    struct leat_context *scope = w->scope;
    CTX_LIST_REMOVE(scope->watches, w);
    w->scope = NULL;
}

// The scope is that of the goroutine's context, so it exists; w->scope says
// whether w is on its list and is guarded by its lock.
static void
ctx_hook_unwatch(struct leat__ctxwatch *w)
{
    struct leat_context *scope = ((struct leat_context *)w->g->ctx)->scope;
    if (scope == NULL)
        return;
    leat__mutex_lock(&scope->lock);
    if (w->scope != NULL)
        ctx_unlink_watch(w);
    leat__mutex_unlock(&scope->lock);
}

// Foreign ones are threads, which go on waiting.
static void
ctx_hook_forget(struct leat__g *g)
{
    struct leat_context *scope = ((struct leat_context *)g->ctx)->scope;
    struct leat__ctxwatch *next;
    if (scope == NULL)
        return;
    leat__mutex_lock(&scope->lock);
    for (struct leat__ctxwatch *w = scope->watches; w != NULL; w = next) {
        next = w->next;
        if (!w->g->foreign)
            ctx_unlink_watch(w);
    }
    leat__mutex_unlock(&scope->lock);
}

__attribute__((constructor)) static void
ctx_install(void)
{
    leat__hooks.context_end = ctx_hook_end;
    leat__hooks.context_inherit = ctx_hook_inherit;
    leat__hooks.context_ended = ctx_hook_ended;
    leat__hooks.context_watch = ctx_hook_watch;
    leat__hooks.context_unwatch = ctx_hook_unwatch;
    leat__hooks.context_forget = ctx_hook_forget;
}
