// SPDX-License-Identifier: MIT
// panic/defer.c: the list of what a goroutine has still to do.
//
// Idea: g->defers lists, newest first, the deferred calls and the marks of
// leat_try that are open. Both lie in the frames of the functions that made
// them; the compiler calls leat__defer_run and leat__try_leave when their
// block ends. Since blocks nest, the entry whose block ends is the newest
// one, and everything newer than a mark was made inside it.
//
// A block that ends drops all entries newer than its own as well: a longjmp
// out of them cannot be seen, and must not leave dangling ones for ever.
//
// Invariants: an entry is on the list if and only if `started` is 0 (`entered`
// is 1 for a mark). Who takes it off sets `started` first, so that a block
// that is unwound afterwards (a C++ exception, pthread_exit) does not run it
// again.
// Locks: none, the list belongs to the goroutine that runs.
//
// Rejected: a list of (function, argument) pairs in the heap as in Go: it
// allocates, and C has scopes to tie them to.
#include "panic/panic.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct leat__g *
leat__panic_g(void)
{
    struct leat__m *m = leat__this_m();
    if (LEAT__UNLIKELY(atomic_load_explicit(&m->flags,
                           memory_order_relaxed) &
            M_UNATTACHED)) {
        m = leat__enter();
        leat__leave(m);
    }
    return m->g;
}

void
leat__defer_push(struct leat__defer *d)
{
    struct leat__g *g = leat__panic_g();
    d->g = g;
    d->link = g->defers;
    g->defers = d;
}

LEAT__ANY_POINTER void
leat__defer_call(struct leat__g *g, struct leat__defer *d)
{
    struct leat__panic *p = leat__panic_newest(g, d);
    if (LEAT__LIKELY(p == NULL)) {
        d->fn(d->arg);
        return;
    }
    // p is what it was when fn returns: panics that began in fn are over.
    uint32_t masked = p->masked;
    p->masked = 1;
    d->fn(d->arg);
    p->masked = masked;
}

void
leat__defer_run(struct leat__defer *d)
{
    if (LEAT__UNLIKELY(d->started))
        return;
    struct leat__g *g = d->g;
    d->started = 1;
    g->defers = d->link;
    leat__defer_call(g, d);
}

bool
leat__try_enter(struct leat__try *t)
{
    if (t->entered)
        return false;
    struct leat__g *g = leat__panic_g();
    t->entered = 1;
    t->d.is_try = DEFER_TRY;
    t->d.g = g;
    t->d.link = g->defers;
    g->defers = &t->d;
    // A jump to the mark leaves the deferred functions that run then.
    struct leat__panic *p = leat__panic_newest(g, t);
    t->masked = p != NULL ? p->masked : 0;
    return true;
}

void
leat__try_leave(struct leat__try *t)
{
    if (!t->entered || t->d.started)
        return;
    struct leat__g *g = t->d.g;
    t->d.started = 1;
    g->defers = t->d.link;
}

void
leat__catch(void *caught)
{
    struct leat_caught *c = caught;
    const struct leat_panic_info *info = leat_recover();
    if (info == NULL)
        return;
    c->kind = info->kind;
    c->value = info->value;
    size_t n = strnlen(info->text, sizeof c->text - 1);
    memcpy(c->text, info->text, n);
    c->text[n] = 0;
}

void
leat__run_defers(struct leat__g *g)
{
    struct leat__panic exiting = {.goexit = true};
    leat__panic_run(g, &exiting);
    // Panics that it was called under are forgotten, as in Go.
    for (struct leat__panic *p = exiting.link; p != NULL; p = p->link)
        free(p->text);
    g->panics = NULL;
}

_Noreturn void
leat__panic_exit(struct leat__g *g)
{
    leat__run_defers(g);
    if (g->foreign)
        pthread_exit(NULL);
    leat__exit_g(leat__enter());
}

_Noreturn void
leat_goexit(void)
{
    struct leat__g *g = leat__panic_g();
    if (leat__is_main(g))
        leat__sched.main_ended = true;
    leat__panic_exit(g);
}
