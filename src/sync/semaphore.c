// SPDX-License-Identifier: MIT
// sync/semaphore.c: the weighted semaphore, after Go's x/sync/semaphore.
//
// First come, first served: while the head of the queue waits for more than
// is there, smaller requests behind it wait too (or it might wait for ever).
//
// All fields change under the lock of the root only; with one P that lock
// costs nothing. Invariant: the head of the queue does not fit, or has lost
// to its deadline and is about to leave and let in those behind it.
#include "sync/sync_int.h"

static bool
semaphore_fits(const struct leat_sem *s, int64_t n)
{
    return s->size - s->cur >= n;
}

// Grants what now fits and unlocks the root.
static void
semaphore_settle(
    struct leat__m *m, struct leat__semaroot *root, struct leat_sem *s)
{
    struct leat__semawaiter *woken = NULL, **end = &woken, *w;
    while ((w = leat__sema_head(root, s)) != NULL &&
        semaphore_fits(s, w->units)) {
        if (!leat__sema_take(root, w))
            continue;
        s->cur += w->units;
        *end = w;
        end = &w->next;
    }
    leat__sema_unlock(root);
    leat__sema_ready_all(m, woken);
}

// Takes n units if nobody is before the caller. Root locked.
static bool
semaphore_take(
    struct leat__semaroot *root, struct leat_sem *s, int64_t n)
{
    if (!semaphore_fits(s, n) || leat__sema_head(root, s) != NULL)
        return false;
    s->cur += n;
    return true;
}

// Waits, with the root locked, which it unlocks.
static int
semaphore_wait(struct leat__m **mp, struct leat__semaroot *root,
    struct leat_sem *s, int64_t n, const int64_t *deadline)
{
    struct leat__semawaiter w = {.units = n};
    leat__sema_prepare(*mp, &w, deadline);
    leat__sema_push(root, s, &w, false);
    leat__sema_begin(*mp, root, &w, WAIT_SEMACQUIRE, s);
    int err = leat__sema_finish(mp, root, &w, deadline);
    if (err != 0) // the first of the others may fit where this one did not
        semaphore_settle(*mp, root, s);
    return err;
}

static int
semaphore_acquire(struct leat_sem *s, int64_t n, const int64_t *deadline)
{
    struct leat__m *m = leat__enter();
    struct leat__semaroot *root = leat__sema_lock(s);
    int err = 0;
    if (n < 0 || n > s->size)
        err = LEAT_EINVAL;
    if (err == 0 && !semaphore_take(root, s, n))
        err = semaphore_wait(&m, root, s, n, deadline);
    else
        leat__sema_unlock(root);
    leat__leave(m);
    return err;
}

void
leat_sem_init(struct leat_sem *s, int64_t size)
{
    s->size = size;
    s->cur = 0;
}

int
leat_sem_acquire(struct leat_sem *s, int64_t n)
{
    return semaphore_acquire(s, n, NULL);
}

int
leat_sem_acquire_until(struct leat_sem *s, int64_t n, int64_t deadline)
{
    return semaphore_acquire(s, n, &deadline);
}

bool
leat_sem_try_acquire(struct leat_sem *s, int64_t n)
{
    struct leat__m *m = leat__enter();
    struct leat__semaroot *root = leat__sema_lock(s);
    bool ok = n >= 0 && semaphore_take(root, s, n);
    leat__sema_unlock(root);
    leat__leave(m);
    return ok;
}

void
leat_sem_release(struct leat_sem *s, int64_t n)
{
    struct leat__m *m = leat__enter();
    struct leat__semaroot *root = leat__sema_lock(s);
    bool ok = n >= 0 && n <= s->cur;
    if (ok) {
        s->cur -= n;
        semaphore_settle(m, root, s);
    } else {
        leat__sema_unlock(root);
    }
    leat__leave(m);
    if (LEAT__UNLIKELY(!ok))
        leat__panic_text("semaphore: released more than held");
}
