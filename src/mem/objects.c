// SPDX-License-Identifier: MIT
// mem/objects.c: allocating and freeing small and large objects.
//
// Idea: tcmalloc's and Go's. An object of a size class is popped from the
// list its P keeps; an empty list is refilled with a batch from the class's
// spans, one that grew too long gives a batch back. Going to the spans takes
// the class's lock, so it is done once in many calls. Objects over 32 KiB
// are spans of their own.
//
// Invariants: an object is allocated (its bit is set) from the moment it
// enters a cache; nfree counts clear bits; a span with 0 < nfree < nelems is
// on its central list; an empty one is kept only if it is alone there.
// Locks: one per class and layout, then the page heap's.
//
// Rejected: bitmaps as the only free list (Go): finding the next clear bit
// costs as much as a pop, and an explicit free would need an atomic on it.
#include "mem/objects.h"
#include "base/lock.h"
#include "base/print.h"
#include "os/heap.h"

#include <stdlib.h>
#include <string.h>

enum {
    OBJECTS_BATCH_BYTES = 16 << 10, // moved at once, at most
    OBJECTS_BATCH_MAX = 64,         // objects, at most
    OBJECTS_BATCH_MIN = 2
};

struct objects_central {
    struct leat__lock lock;
    struct leat__span *partial; // spans with free objects
};

static struct objects_central objects_central[LAYOUT_KINDS]
                                             [LEAT__SIZE_CLASSES];
char leat__zerobase[8] __attribute__((aligned(16)));

static uint32_t
objects_batch(uint32_t size)
{
    uint32_t n = OBJECTS_BATCH_BYTES / size;
    if (n > OBJECTS_BATCH_MAX)
        return OBJECTS_BATCH_MAX;
    return n < OBJECTS_BATCH_MIN ? OBJECTS_BATCH_MIN : n;
}

static void
objects_push(struct leat__objlist *l, void *p)
{
    *(void **)p = l->head;
    l->head = p;
    l->count++;
}

static void *
objects_pop(struct leat__objlist *l)
{
    void *p = l->head;
    l->head = *(void **)p;
    l->count--;
    return p;
}

_Noreturn static void
objects_bad_free(const void *p, const char *what)
{
    leat__printf(2, "leat: free of %p: %s\n", p, what);
    abort();
}

// Use by the program, known in debug builds only ---------------------------

static void
objects_mark_used(void *p, bool use)
{
#if LEAT_DEBUG >= 1
    struct leat__span *s = leat__span_of(p);
    uint32_t i = leat__span_index(s, p);
    uint64_t bit = (uint64_t)1 << (i % 64);
    uint64_t old = use ? atomic_fetch_or(&s->in_use[i / 64], bit)
                       : atomic_fetch_and(&s->in_use[i / 64], ~bit);
    if (use)
        LEAT_CHECK((old & bit) == 0);
    else if ((old & bit) == 0)
        objects_bad_free(p, "it is free already");
#else
    (void)p;
    (void)use;
#endif
}

// Spans of a class ---------------------------------------------------------

static void
objects_link(struct objects_central *k, struct leat__span *s)
{
    s->prev = NULL;
    s->next = k->partial;
    if (s->next != NULL)
        s->next->prev = s;
    k->partial = s;
}

static void
objects_unlink(struct objects_central *k, struct leat__span *s)
{
    if (s->prev != NULL)
        s->prev->next = s->next;
    else
        k->partial = s->next;
    if (s->next != NULL)
        s->next->prev = s->prev;
}

static struct leat__span *
objects_new_span(enum leat__layout_kind layout, uint32_t class)
{
    bool zeroed;
    struct leat__span *s =
        leat__span_alloc(leat__class_pages(class), &zeroed);
    if (s == NULL)
        return NULL;
    s->size_class = (uint8_t)class;
    s->layout = (uint8_t)layout;
    s->elem_size = leat__class_size(class);
    s->divmagic = UINT32_MAX / s->elem_size + 1;
    s->nelems =
        (uint16_t)(s->npages * LEAT__HEAP_PAGE / s->elem_size);
    s->nfree = s->nelems;
    memset(s->allocated, 0, sizeof s->allocated);
    s->state = SPAN_SMALL;
    if (layout == LAYOUT_BITMAP) {
        s->bitmaps = leat__heap_zalloc(s->nelems * sizeof *s->bitmaps);
        if (s->bitmaps == NULL) {
            leat__span_free(s);
            return NULL;
        }
    }
    return s;
}

// Moves up to n free objects of s to l.
static uint32_t
objects_take_from(
    struct leat__span *s, struct leat__objlist *l, uint32_t n)
{
    uint32_t taken = 0;
    for (uint32_t w = 0; w * 64 < s->nelems && taken < n; w++) {
        uint32_t in_word = s->nelems - w * 64;
        uint64_t all =
            in_word >= 64 ? UINT64_MAX : ((uint64_t)1 << in_word) - 1;
        uint64_t free = ~s->allocated[w] & all;
        for (; free != 0 && taken < n; free &= free - 1, taken++) {
            uint32_t i = w * 64 + (uint32_t)__builtin_ctzll(free);
            s->allocated[w] |= free & -free;
            objects_push(l, s->base + (size_t)i * s->elem_size);
        }
    }
    s->nfree = (uint16_t)(s->nfree - taken);
    return taken;
}

// Fills l with up to n objects; false when out of memory and l is empty.
static bool
objects_refill(enum leat__layout_kind layout, uint32_t class,
    struct leat__objlist *l, uint32_t n)
{
    struct objects_central *k = &objects_central[layout][class];
    leat__spin_lock(&k->lock);
    while (n > 0) {
        struct leat__span *s = k->partial;
        if (s == NULL) {
            s = objects_new_span(layout, class);
            if (s == NULL)
                break;
            objects_link(k, s);
        }
        n -= objects_take_from(s, l, n);
        if (s->nfree == 0)
            objects_unlink(k, s);
    }
    leat__spin_unlock(&k->lock);
    return l->count > 0;
}

static void
objects_return_one(struct objects_central *k, void *p)
{
    struct leat__span *s = leat__span_of(p);
    uint32_t i = leat__span_index(s, p);
    s->allocated[i / 64] &= ~((uint64_t)1 << (i % 64));
    // It no longer leads to the others, for the leak report's search.
    *(void **)p = NULL;
    if (s->nfree++ == 0)
        objects_link(k, s);
    if (s->nfree == s->nelems && (s->next != NULL || s->prev != NULL)) {
        objects_unlink(k, s);
        leat__span_free(s);
    }
}

// Gives n objects of l back to their spans.
static void
objects_drain(enum leat__layout_kind layout, uint32_t class,
    struct leat__objlist *l, uint32_t n)
{
    struct objects_central *k = &objects_central[layout][class];
    leat__spin_lock(&k->lock);
    while (n-- > 0 && l->count > 0)
        objects_return_one(k, objects_pop(l));
    leat__spin_unlock(&k->lock);
}

// Large objects --------------------------------------------------------------

static void *
objects_alloc_large(size_t size, enum leat__layout_kind layout,
    const uint8_t *bitmap, bool zero)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    bool zeroed;
    size_t npages = (size + LEAT__HEAP_PAGE - 1) / LEAT__HEAP_PAGE;
    struct leat__span *s = leat__span_alloc(npages, &zeroed);
    if (s == NULL)
        return NULL;
    s->layout = (uint8_t)layout;
    s->nelems = 1;
    s->nfree = 0;
    s->elem_size = 0;
    s->divmagic = 0; // every address in it is object 0
    s->allocated[0] = 1;
    if (layout == LAYOUT_BITMAP) {
        s->bitmaps = leat__heap_alloc(sizeof *s->bitmaps);
        if (s->bitmaps == NULL) {
            leat__span_free(s);
            return NULL;
        }
        s->bitmaps[0] = bitmap;
    }
    if (zero && !zeroed)
        memset(s->base, 0, npages * LEAT__HEAP_PAGE);
    objects_mark_used(s->base, true);
    return s->base;
}

// The interface ------------------------------------------------------------

void *
leat__object_alloc(struct leat__objcache *c, size_t size,
    enum leat__layout_kind layout, const uint8_t *bitmap, bool zero)
{
    if (LEAT__UNLIKELY(size == 0))
        return leat__zerobase;
    if (LEAT__UNLIKELY(size > LEAT__SMALL_MAX))
        return objects_alloc_large(size, layout, bitmap, zero);
    uint32_t class = leat__size_class(size);
    struct leat__objlist one = {NULL, 0};
    struct leat__objlist *l = c != NULL ? &c->list[layout][class] : &one;
    if (LEAT__UNLIKELY(l->count == 0) &&
        !objects_refill(layout, class, l,
            c != NULL ? objects_batch(leat__class_size(class)) : 1))
        return NULL;
    void *p = objects_pop(l);
    objects_mark_used(p, true);
    if (layout == LAYOUT_BITMAP) {
        struct leat__span *s = leat__span_of(p);
        s->bitmaps[leat__span_index(s, p)] = bitmap;
    }
    if (zero)
        memset(p, 0, size);
    return p;
}

// The span of an object that is to be freed; anything else is fatal.
static struct leat__span *
objects_span_to_free(const void *p)
{
    struct leat__span *s = leat__span_of(p);
    if (LEAT__UNLIKELY(s == NULL || s->state == SPAN_FREE))
        objects_bad_free(p, "not memory of Leat's heap");
    uint32_t i = leat__span_index(s, p);
    if (LEAT__UNLIKELY(s->base + (size_t)i * s->elem_size != p))
        objects_bad_free(p, "not the start of an object");
    return s;
}

void
leat__object_free(struct leat__objcache *c, void *p)
{
    if (LEAT__UNLIKELY(p == NULL || p == leat__zerobase))
        return;
    struct leat__span *s = objects_span_to_free(p);
    objects_mark_used(p, false);
    if (LEAT__UNLIKELY(s->state == SPAN_LARGE)) {
        leat__span_free(s);
        return;
    }
    struct leat__objlist one = {NULL, 0};
    enum leat__layout_kind layout = (enum leat__layout_kind)s->layout;
    uint32_t class = s->size_class;
    struct leat__objlist *l = c != NULL ? &c->list[layout][class] : &one;
    objects_push(l, p);
    if (c == NULL) {
        objects_drain(layout, class, l, 1);
        return;
    }
    uint32_t batch = objects_batch(s->elem_size);
    if (LEAT__UNLIKELY(l->count >= 2 * batch))
        objects_drain(layout, class, l, batch);
}

size_t
leat__object_size(const void *p)
{
    if (p == NULL || p == leat__zerobase)
        return 0;
    struct leat__span *s = objects_span_to_free(p);
    return s->state == SPAN_LARGE ? s->npages * LEAT__HEAP_PAGE
                                  : s->elem_size;
}

void
leat__objcache_flush(struct leat__objcache *c)
{
    for (int k = 0; k < LAYOUT_KINDS; k++)
        for (uint32_t i = 0; i < LEAT__SIZE_CLASSES; i++)
            if (c->list[k][i].count > 0)
                objects_drain((enum leat__layout_kind)k, i, &c->list[k][i],
                    c->list[k][i].count);
}

void
leat__objects_check(void)
{
    for (int k = 0; k < LAYOUT_KINDS; k++)
        for (uint32_t i = 0; i < LEAT__SIZE_CLASSES; i++) {
            struct objects_central *c = &objects_central[k][i];
            leat__spin_lock(&c->lock);
            for (struct leat__span *s = c->partial; s; s = s->next) {
                uint32_t used = 0;
                for (int w = 0; w < LEAT__SPAN_OBJECTS_MAX / 64; w++)
                    used += (uint32_t)__builtin_popcountll(s->allocated[w]);
                LEAT_CHECK(used + s->nfree == s->nelems);
                LEAT_CHECK(s->nfree > 0);
                LEAT_CHECK(s->size_class == i);
                LEAT_CHECK(s->state == SPAN_SMALL);
            }
            leat__spin_unlock(&c->lock);
        }
    leat__heap_check();
}
