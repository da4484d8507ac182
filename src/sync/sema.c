// SPDX-License-Identifier: MIT
// sync/sema.c: the table of waiters, and waiting in it.
//
// Invariants of a root: each queued waiter is in the queue of exactly one
// address; the first of a queue is in the tree, at a place where the bits of
// its hash from the lowest on name the path from the top (bit 0 the first
// step). So two queues on one path agree in the bits passed, and as hashes
// differ in some bit a path has at most 64 steps.
//
// Locks: the root's, taken by the caller; leaves below the scheduler's own.
#include "sync/sema.h"

struct leat__semaroot leat__sema_table[LEAT__SEMA_ROOTS];

// The tree ----------------------------------------------------------------

// The pointer that points to the queue of hash, or would.
static struct leat__semawaiter **
sema_slot(struct leat__semaroot *root, uint64_t hash)
{
    struct leat__semawaiter **slot = &root->tree;
    for (uint64_t path = hash; *slot != NULL && (*slot)->hash != hash;
         path >>= 1)
        slot = &(*slot)->child[path & 1];
    return slot;
}

// Puts w where `old` was, the first of the same queue.
static void
sema_replace(struct leat__semawaiter **slot, struct leat__semawaiter *old,
    struct leat__semawaiter *w)
{
    w->child[0] = old->child[0];
    w->child[1] = old->child[1];
    w->tail = old->tail;
    *slot = w;
}

// Takes the node at *slot out of the tree. Any node below it may take its
// place, since all of them share its path; a leaf leaves nothing behind.
static void
sema_cut(struct leat__semawaiter **slot)
{
    struct leat__semawaiter *w = *slot;
    struct leat__semawaiter **at = slot;
    while ((*at)->child[0] != NULL || (*at)->child[1] != NULL)
        at = &(*at)->child[(*at)->child[0] == NULL];
    struct leat__semawaiter *leaf = *at;
    *at = NULL;
    if (leaf == w)
        return;
    leaf->child[0] = w->child[0];
    leaf->child[1] = w->child[1];
    *slot = leaf;
}

// The queues --------------------------------------------------------------

void
leat__sema_push(struct leat__semaroot *root, const void *addr,
    struct leat__semawaiter *w, bool in_front)
{
    w->hash = leat__sema_hash(addr);
    w->queued = true;
    w->granted = false;
    w->next = NULL;
    w->prev = NULL;
    struct leat__semawaiter **slot = sema_slot(root, w->hash);
    struct leat__semawaiter *head = *slot;
    if (head == NULL) {
        w->child[0] = NULL;
        w->child[1] = NULL;
        w->tail = w;
        *slot = w;
    } else if (in_front) {
        w->next = head;
        head->prev = w;
        sema_replace(slot, head, w);
    } else {
        w->prev = head->tail;
        head->tail->next = w;
        head->tail = w;
    }
}

static void
sema_remove(struct leat__semaroot *root, struct leat__semawaiter *w)
{
    leat_assert(w->queued);
    struct leat__semawaiter **slot = sema_slot(root, w->hash);
    struct leat__semawaiter *head = *slot;
    w->queued = false;
    if (w->next != NULL)
        w->next->prev = w->prev;
    else
        head->tail = w->prev;
    if (w->prev != NULL)
        w->prev->next = w->next;
    else if (w->next != NULL)
        sema_replace(slot, w, w->next);
    else
        sema_cut(slot);
}

struct leat__semawaiter *
leat__sema_head(struct leat__semaroot *root, const void *addr)
{
    return *sema_slot(root, leat__sema_hash(addr));
}

bool
leat__sema_take(struct leat__semaroot *root, struct leat__semawaiter *w)
{
    sema_remove(root, w);
    if (w->is_select && !leat__win(w->g))
        return false; // its deadline came first; it finds itself unqueued
    w->g->wake = WAKE_DONE;
    w->g->waker = NULL;
    w->next = NULL;
    return true;
}

struct leat__semawaiter *
leat__sema_pop(struct leat__semaroot *root, const void *addr)
{
    struct leat__semawaiter *w;
    while ((w = leat__sema_head(root, addr)) != NULL)
        if (leat__sema_take(root, w))
            return w;
    return NULL;
}

struct leat__semawaiter *
leat__sema_pop_all(
    struct leat__semaroot *root, const void *addr, uint32_t *count)
{
    struct leat__semawaiter *first = NULL, **end = &first, *w;
    while ((w = leat__sema_pop(root, addr)) != NULL) {
        *end = w;
        end = &w->next;
        (*count)++;
    }
    return first;
}

void
leat__sema_ready_all(struct leat__m *m, struct leat__semawaiter *w)
{
    while (w != NULL) {
        // w is gone as soon as its goroutine runs.
        struct leat__semawaiter *next = w->next;
        leat__ready_last(m, w->g);
        w = next;
    }
}

// Waiting -----------------------------------------------------------------

void
leat__sema_begin(struct leat__m *m, struct leat__semaroot *root,
    struct leat__semawaiter *w, enum leat__wait reason, void *what)
{
    if (w->is_select)
        leat__until_begin(&w->until, m->g, reason, what);
    else
        leat__park_begin(m->g, reason, what);
    leat__sema_unlock(root);
}

int
leat__sema_finish(struct leat__m **mp, struct leat__semaroot *root,
    struct leat__semawaiter *w, const int64_t *deadline)
{
    struct leat__m *m = *mp;
    if (!w->is_select) {
        *mp = leat__park(m);
        return 0;
    }
    *mp = leat__until_park(m, &w->until, *deadline);
    if (w->until.error == 0)
        return 0;
    leat__mutex_lock(&root->lock);
    w->left = w->queued;
    if (w->left)
        sema_remove(root, w);
    return w->until.error;
}

// A goroutine that waits below w in the tree, or NULL.
static struct leat__semawaiter *
sema_find_goroutine(struct leat__semawaiter *w)
{
    if (w == NULL)
        return NULL;
    for (struct leat__semawaiter *x = w; x != NULL; x = x->next)
        if (!x->g->foreign)
            return x;
    struct leat__semawaiter *found = sema_find_goroutine(w->child[0]);
    return found != NULL ? found : sema_find_goroutine(w->child[1]);
}

void
leat__sema_forget(void)
{
    for (int i = 0; i < LEAT__SEMA_ROOTS; i++) {
        struct leat__semaroot *root = &leat__sema_table[i];
        struct leat__semawaiter *w;
        leat__mutex_lock(&root->lock);
        while ((w = sema_find_goroutine(root->tree)) != NULL)
            sema_remove(root, w);
        leat__mutex_unlock(&root->lock);
    }
}

// Checking ----------------------------------------------------------------

static void
sema_check_queue(const struct leat__semawaiter *head)
{
    const struct leat__semawaiter *last = NULL;
    for (const struct leat__semawaiter *w = head; w != NULL; w = w->next) {
        LEAT_CHECK(w->queued);
        LEAT_CHECK(w->hash == head->hash);
        LEAT_CHECK(w->prev == last);
        last = w;
    }
    LEAT_CHECK(head->tail == last);
}

static void
sema_check_tree(const struct leat__semawaiter *w, uint64_t path, int depth)
{
    if (w == NULL)
        return;
    uint64_t mask = depth < 64 ? ((uint64_t)1 << depth) - 1 : UINT64_MAX;
    LEAT_CHECK((w->hash & mask) == path);
    sema_check_queue(w);
    LEAT_CHECK(depth < 64 || (w->child[0] == NULL && w->child[1] == NULL));
    if (depth == 64)
        return;
    sema_check_tree(w->child[0], path, depth + 1);
    sema_check_tree(w->child[1], path | (uint64_t)1 << depth, depth + 1);
}

void
leat__sema_check(void)
{
    for (int i = 0; i < LEAT__SEMA_ROOTS; i++) {
        struct leat__semaroot *root = &leat__sema_table[i];
        leat__mutex_lock(&root->lock);
        sema_check_tree(root->tree, 0, 0);
        leat__mutex_unlock(&root->lock);
    }
}
