// SPDX-License-Identifier: MIT
// mem/objects.c: allocating and freeing small and large objects.
//
// Idea: tcmalloc's and Go's. An object of a size class is popped from the
// list its P keeps; an empty list is refilled with a batch from the class's
// spans, one that grew too long gives a batch back. Going to the spans takes
// the class's lock, so it is done once in many calls. Objects over 32 KiB
// are spans of their own. Freeing needs no size: a byte of the arena's table
// says which list an address belongs to.
//
// A thread without a P (a plain thread, or one whose P was taken while it
// computes) has a cache of its own, made when it first needs one.
//
// Sanitizers and Valgrind see an object of malloc's as one thing, with
// forbidden ground around it and after its end; here they would see pages.
// Poisoning by hand would give them the ground but neither the quarantine nor
// the stacks of who allocated and freed. So where one of them is in the
// process, built into Leat or only into the program, objects come from
// malloc (leat__object_source), and so they do with LEATDEBUG=heap=malloc.
// That costs nothing otherwise: the lists are empty then, and what they do
// not have is looked for elsewhere in any case.
//
// Invariants: an object is allocated (its bit is set) from the moment it
// enters a cache; nfree counts clear bits; a span with 0 < nfree is on the
// list of its central for that many; up to CENTRAL_EMPTY of these are empty.
// Locks: one per class and layout, then the page heap's.
//
// Rejected: bitmaps as the only free list (Go): finding the next clear bit
// costs as much as a pop, and an explicit free would need an atomic on it.
#include "mem/objects.h"
#include "base/lock.h"
#include "base/print.h"
#include "os/heap.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    OBJECTS_BATCH_BYTES = 8 << 10, // moved at once, at most,
    OBJECTS_BATCH_MAX = 64,        // and objects
    // An empty span of one page stays on its list if it is the only one;
    // others go back to the page heap.
    CENTRAL_EMPTY = 1,
    // Lists of spans by how much of them is free, in quarters. Objects come
    // from the fullest, so that others become empty.
    CENTRAL_LISTS = 4,
    OBJECTS_DEAD = 0xdb // what freed objects are filled with (LEAT_DEBUG)
};

struct objects_central {
    struct leat__lock lock;
    uint32_t empty;             // spans without an object in use
    struct leat__span *partial[CENTRAL_LISTS]; // spans with free objects
} __attribute__((aligned(64)));

static struct objects_central
    objects_central[LAYOUT_KINDS * LEAT__SIZE_CLASSES];
char leat__zerobase[8] __attribute__((aligned(16)));
_Atomic int leat__object_source;

static uint32_t
objects_batch(uint32_t size)
{
    uint32_t n = OBJECTS_BATCH_BYTES / size;
    if (n > OBJECTS_BATCH_MAX)
        return OBJECTS_BATCH_MAX;
    return n > 0 ? n : 1;
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
    // It no longer leads to the others, for the leak report's search.
    *(void **)p = NULL;
    l->count--;
    return p;
}

static void
objects_misused(const void *p, const char *what)
{
    leat__printf(2, "leat: free of %p: %s\n", p, what);
    abort();
}

void (*leat__object_misused)(const void *p, const char *what) =
    objects_misused;

_Noreturn static void
objects_bad_free(const void *p, const char *what)
{
    leat__object_misused(p, what);
    __builtin_unreachable();
}

// Starting -----------------------------------------------------------------

// Weak: there only if a sanitizer's runtime is in the process.
extern void __asan_init(void) __attribute__((weak));
extern void __tsan_init(void) __attribute__((weak));
extern void __msan_init(void) __attribute__((weak));

// Valgrind's tools that replace malloc preload a library of that name;
// callgrind, which only counts, does not.
static bool
objects_in_valgrind(void)
{
    static const char *const tools[] = {"vgpreload_memcheck",
        "vgpreload_helgrind", "vgpreload_drd", "vgpreload_massif",
        "vgpreload_dhat"};
    const char *preload = getenv("LD_PRELOAD");
    for (size_t i = 0; preload != NULL && i < sizeof tools / sizeof *tools;
         i++)
        if (strstr(preload, tools[i]) != NULL)
            return true;
    return false;
}

// Every lock, in the order in which they nest, so that a child finds no list
// half changed. Caches are their owners'; only the caller's P goes on.
static void
objects_fork_lock(void)
{
    for (size_t i = 0; i < sizeof objects_central / sizeof *objects_central;
         i++)
        leat__spin_lock(&objects_central[i].lock);
    leat__heap_fork_lock();
}

static void
objects_fork_unlock(void)
{
    leat__heap_fork_unlock();
    for (size_t i = 0; i < sizeof objects_central / sizeof *objects_central;
         i++)
        leat__spin_unlock(&objects_central[i].lock);
}

static pthread_once_t objects_once = PTHREAD_ONCE_INIT;
static _Atomic bool objects_ready;
static pthread_key_t objects_key;
static bool objects_has_key; // else threads have no caches
static __thread struct leat__objcache *objects_thread_cache;

static void
objects_thread_ends(void *cache)
{
    objects_thread_cache = NULL;
    leat__objcache_flush(cache);
    leat__heap_free(cache);
}

static void
objects_init(void)
{
    objects_has_key =
        pthread_key_create(&objects_key, objects_thread_ends) == 0;
    pthread_atfork(
        objects_fork_lock, objects_fork_unlock, objects_fork_unlock);
    bool seen = LEAT__ASAN || LEAT__TSAN || &__asan_init != NULL ||
        &__tsan_init != NULL || &__msan_init != NULL || objects_in_valgrind();
    int undecided = OBJECTS_UNDECIDED;
    atomic_compare_exchange_strong(&leat__object_source, &undecided,
        seen ? OBJECTS_MALLOC : OBJECTS_OWN);
    atomic_store_explicit(&objects_ready, true, memory_order_release);
}

static bool
objects_from_malloc(void)
{
    if (!atomic_load_explicit(&objects_ready, memory_order_acquire))
        pthread_once(&objects_once, objects_init);
    return atomic_load_explicit(&leat__object_source, memory_order_relaxed) ==
        OBJECTS_MALLOC;
}

LEAT__NOINLINE struct leat__objcache *
leat__objcache_of_thread(void)
{
    struct leat__objcache *c = objects_thread_cache;
    if (LEAT__LIKELY(c != NULL))
        return c;
    if (objects_from_malloc() || !objects_has_key)
        return NULL;
    // Not an allocation of the program's: no injected fault.
    c = calloc(1, sizeof *c);
    if (c == NULL || pthread_setspecific(objects_key, c) != 0) {
        free(c);
        return NULL;
    }
    objects_thread_cache = c;
    return c;
}

LEAT__NOINLINE void
leat__objcache_flush_thread(void)
{
    if (objects_thread_cache != NULL)
        leat__objcache_flush(objects_thread_cache);
}

// Use by the program, known in debug builds only ---------------------------

#if LEAT_DEBUG >= 1
void
leat__object_mark(void *p, bool use)
{
    struct leat__span *s = leat__span_of(p);
    uint32_t i = leat__span_index(s, p);
    if (leat__span_base(s) + (size_t)i * s->elem_size != p)
        objects_bad_free(p, "not the start of an object");
    uint64_t bit = (uint64_t)1 << (i % 64);
    uint64_t old = use ? atomic_fetch_or(&s->in_use[i / 64], bit)
                       : atomic_fetch_and(&s->in_use[i / 64], ~bit);
    if (use)
        LEAT_CHECK((old & bit) == 0);
    else if ((old & bit) == 0)
        objects_bad_free(p, "it is free already");
    if (!use && s->state == SPAN_SMALL)
        memset(p, OBJECTS_DEAD, s->elem_size);
}
#endif

// Spans of a class ---------------------------------------------------------

// The central list of a span with so many free objects.
static uint32_t
objects_quarter(const struct leat__span *s, uint32_t nfree)
{
    uint32_t quarter = s->nelems / CENTRAL_LISTS;
    return (nfree > quarter) + (nfree > 2 * quarter) + (nfree > 3 * quarter);
}

static void
objects_link(struct objects_central *k, struct leat__span *s)
{
    struct leat__span **list = &k->partial[objects_quarter(s, s->nfree)];
    s->prev = NULL;
    s->next = *list;
    if (s->next != NULL)
        s->next->prev = s;
    *list = s;
}

// s is on the list for nfree objects.
static void
objects_unlink(
    struct objects_central *k, struct leat__span *s, uint32_t nfree)
{
    if (s->prev != NULL)
        s->prev->next = s->next;
    else
        k->partial[objects_quarter(s, nfree)] = s->next;
    if (s->next != NULL)
        s->next->prev = s->prev;
}

// The number of free objects of s was nfree and has changed.
static void
objects_relink(
    struct objects_central *k, struct leat__span *s, uint32_t nfree)
{
    if (nfree > 0 && s->nfree > 0 &&
        objects_quarter(s, nfree) == objects_quarter(s, s->nfree))
        return;
    if (nfree > 0)
        objects_unlink(k, s, nfree);
    if (s->nfree > 0)
        objects_link(k, s);
}

static struct leat__span *
objects_new_span(uint32_t number)
{
    uint32_t class = number % LEAT__SIZE_CLASSES;
    bool zeroed;
    struct leat__span *s =
        leat__span_alloc(leat__class_pages(class), false, &zeroed);
    if (s == NULL)
        return NULL;
    s->size_class = (uint8_t)class;
    s->layout = (uint8_t)(number / LEAT__SIZE_CLASSES);
    s->elem_size = leat__class_size(class);
    s->divmagic = UINT32_MAX / s->elem_size + 1;
    s->nelems = (uint16_t)(s->npages * LEAT__HEAP_PAGE / s->elem_size);
    s->nfree = s->nelems;
    bool typed = s->layout == LAYOUT_BITMAP;
    if (typed)
        s->bitmaps = leat__heap_zalloc(s->nelems * sizeof *s->bitmaps);
    if ((typed && s->bitmaps == NULL) || !leat__span_add_bits(s)) {
        leat__span_free(s);
        return NULL;
    }
    leat__span_set_state(s, SPAN_SMALL);
    leat__span_set_list(s, (uint8_t)number);
    return s;
}

static void
objects_free_span(struct leat__span *s)
{
    leat__span_set_list(s, 0);
    leat__span_free(s);
}

// Moves up to n free objects of s to l.
static uint32_t
objects_take_from(
    struct leat__span *s, struct leat__objlist *l, uint32_t n)
{
    uint32_t taken = 0;
    char *base = leat__span_base(s);
    for (uint32_t w = 0; w * 64 < s->nelems && taken < n; w++) {
        uint32_t in_word = s->nelems - w * 64;
        uint64_t all =
            in_word >= 64 ? UINT64_MAX : ((uint64_t)1 << in_word) - 1;
        uint64_t free = ~s->allocated[w] & all;
        for (; free != 0 && taken < n; free &= free - 1, taken++) {
            uint32_t i = w * 64 + (uint32_t)__builtin_ctzll(free);
            s->allocated[w] |= free & -free;
            objects_push(l, base + (size_t)i * s->elem_size);
        }
    }
    s->nfree = (uint16_t)(s->nfree - taken);
    return taken;
}

static struct leat__span *
objects_fullest(const struct objects_central *k)
{
    for (int i = 0; i < CENTRAL_LISTS; i++)
        if (k->partial[i] != NULL)
            return k->partial[i];
    return NULL;
}

// Fills l with up to n objects; false when out of memory and l is empty.
static bool
objects_refill(uint32_t number, struct leat__objlist *l, uint32_t n)
{
    struct objects_central *k = &objects_central[number];
    leat__spin_lock(&k->lock);
    while (n > 0) {
        struct leat__span *s = objects_fullest(k);
        uint32_t nfree = s != NULL ? s->nfree : 0;
        if (s == NULL)
            s = objects_new_span(number);
        else
            k->empty -= nfree == s->nelems;
        if (s == NULL)
            break;
        n -= objects_take_from(s, l, n);
        objects_relink(k, s, nfree);
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
    uint32_t nfree = s->nfree++;
    bool empty = s->nfree == s->nelems;
    if (empty && (s->npages > 1 || k->empty == CENTRAL_EMPTY)) {
        if (nfree > 0)
            objects_unlink(k, s, nfree);
        objects_free_span(s);
        return;
    }
    k->empty += empty;
    objects_relink(k, s, nfree);
}

// Gives n objects of l back to their spans.
static void
objects_drain(uint32_t number, struct leat__objlist *l, uint32_t n)
{
    struct objects_central *k = &objects_central[number];
    leat__spin_lock(&k->lock);
    while (n-- > 0 && l->count > 0)
        objects_return_one(k, objects_pop(l));
    leat__spin_unlock(&k->lock);
}

// Large objects --------------------------------------------------------------

static size_t
objects_pages(size_t size)
{
    return (size + LEAT__HEAP_PAGE - 1) / LEAT__HEAP_PAGE;
}

// *zero says whether nothing but zeroes is wanted, and then whether that is so.
static void *
objects_alloc_large(size_t size, enum leat__layout_kind layout,
    const uint8_t *bitmap, bool *zero)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    struct leat__span *s = leat__span_alloc(objects_pages(size), *zero, zero);
    if (s == NULL)
        return NULL;
    s->layout = (uint8_t)layout;
    s->nelems = 1;
    s->nfree = 0;
    s->elem_size = 0;
    s->divmagic = 0; // every address in it is object 0
    leat__span_add_bits(s);
    s->allocated[0] = 1;
    if (layout == LAYOUT_BITMAP) {
        s->bitmaps = leat__heap_alloc(sizeof *s->bitmaps);
        if (s->bitmaps == NULL) {
            leat__span_free(s);
            return NULL;
        }
        s->bitmaps[0] = bitmap;
    }
    leat__object_mark(leat__span_base(s), true);
    return leat__span_base(s);
}

// Allocating ---------------------------------------------------------------

static void *
objects_alloc_small(struct leat__objcache *c, size_t size,
    enum leat__layout_kind layout, const uint8_t *bitmap)
{
    uint32_t class = leat__size_class(size);
    uint32_t number = leat__objlist_number(layout, class), batch = 1;
    struct leat__objcache *from = c;
    struct leat__objlist one = {NULL, 0, 0};
    struct leat__objlist *l = &one;
    if (from != NULL) {
        l = &from->list[number];
        batch = objects_batch(leat__class_size(class));
        l->limit = 2 * batch;
    }
    if (l->count == 0 && !objects_refill(number, l, batch))
        return NULL;
    void *p = objects_pop(l);
    leat__object_mark(p, true);
    if (layout == LAYOUT_BITMAP) {
        struct leat__span *s = leat__span_of(p);
        s->bitmaps[leat__span_index(s, p)] = bitmap;
    }
    return p;
}

// Not zeroed, except that *zero tells of a large object that it is.
static void *
objects_alloc_any(struct leat__objcache *c, size_t size,
    enum leat__layout_kind layout, const uint8_t *bitmap, bool *zero)
{
    if (objects_from_malloc()) {
        void *p = *zero ? calloc(1, size) : malloc(size);
        return p;
    }
    if (size > LEAT__SMALL_MAX)
        return objects_alloc_large(size, layout, bitmap, zero);
    *zero = false;
    return objects_alloc_small(c, size, layout, bitmap);
}

LEAT__NOINLINE void *
leat__object_alloc(struct leat__objcache *c, size_t size,
    enum leat__layout_kind layout, const uint8_t *bitmap, size_t zero)
{
    if (size == 0)
        return leat__zerobase;
    if (leat__fault_hits(LEAT__FAULT_MALLOC))
        return NULL;
    bool is_zero = zero == size;
    void *p = objects_alloc_any(c, size, layout, bitmap, &is_zero);
    if (zero > 0 && !is_zero && p != NULL)
        memset(p, 0, zero);
    return p;
}

// Freeing ------------------------------------------------------------------

// The span of an object that is to be freed; anything else is fatal.
static struct leat__span *
objects_span_to_free(const void *p)
{
    struct leat__span *s = leat__span_of(p);
    if (s == NULL)
        objects_bad_free(p, "not memory of Leat's heap, or free already "
                            "(malloc's, a literal, an array in place?)");
    if (s->state == SPAN_FREE)
        objects_bad_free(p, "it is free already");
    uint32_t i = leat__span_index(s, p);
    if (leat__span_base(s) + (size_t)i * s->elem_size != p)
        objects_bad_free(p, "not the start of an object");
    return s;
}

#if LEAT_DEBUG >= 1
void
leat__object_expect(const void *p)
{
    if (leat__span_of(p) == NULL && objects_from_malloc())
        return;
    struct leat__span *s = objects_span_to_free(p);
    uint32_t i = leat__span_index(s, p);
    if ((atomic_load(&s->in_use[i / 64]) & (uint64_t)1 << (i % 64)) == 0)
        objects_bad_free(p, "it is free already");
}
#endif

static size_t
objects_size(const struct leat__span *s)
{
    return s->state == SPAN_LARGE ? s->npages * LEAT__HEAP_PAGE
                                  : s->elem_size;
}

static void
objects_free_small(
    struct leat__objcache *c, struct leat__span *s, void *p)
{
    uint32_t number = leat__objlist_number(
        (enum leat__layout_kind)s->layout, s->size_class);
    struct leat__objlist one = {NULL, 0, 0};
    struct leat__objlist *l = c != NULL ? &c->list[number] : &one;
    if (l->head == p)
        objects_bad_free(p, "it is free already");
    leat__object_mark(p, false);
    uint32_t batch = objects_batch(s->elem_size);
    objects_push(l, p);
    if (c == NULL) {
        objects_drain(number, l, 1);
        return;
    }
    l->limit = 2 * batch;
    if (l->count >= l->limit)
        objects_drain(number, l, batch);
}

LEAT__NOINLINE void
leat__object_free(struct leat__objcache *c, void *p, size_t size)
{
    if (p == NULL || p == leat__zerobase)
        return;
    if (leat__span_of(p) == NULL && objects_from_malloc()) {
        free(p);
        return;
    }
    struct leat__span *s = objects_span_to_free(p);
    if (LEAT_DEBUG >= 1 && size > objects_size(s))
        objects_bad_free(p, "it has fewer bytes than that");
    if (s->state == SPAN_LARGE) {
        leat__object_mark(p, false);
        leat__span_free(s);
    } else {
        objects_free_small(c, s, p);
    }
}

// Moving -------------------------------------------------------------------

// Whether the object is large enough where it lies, or can be made so.
static bool
objects_resize(struct leat__span *s, size_t size)
{
    size_t has = objects_size(s);
    if (s->state == SPAN_SMALL)
        return leat__mem_round(size) == has;
    size_t npages = objects_pages(size);
    if (size <= LEAT__SMALL_MAX || size > SIZE_MAX / 2)
        return false;
    // A much smaller one moves, to give the rest back.
    if (npages <= s->npages)
        return npages > s->npages / 2;
    return leat__span_extend(s, npages);
}

void *
leat__object_realloc(
    struct leat__objcache *c, void *p, size_t old_size, size_t new_size)
{
    leat_assert(new_size > 0);
    if (p == NULL || p == leat__zerobase)
        return leat__object_alloc(
            c, new_size, LAYOUT_CONSERVATIVE, NULL, 0);
    if (leat__fault_hits(LEAT__FAULT_MALLOC))
        return NULL;
    if (leat__span_of(p) == NULL && objects_from_malloc())
        return realloc(p, new_size);
    struct leat__span *s = objects_span_to_free(p);
    if (objects_resize(s, new_size))
        return p;
    const uint8_t *bitmap =
        s->bitmaps != NULL ? s->bitmaps[leat__span_index(s, p)] : NULL;
    bool zero = false;
    void *q = objects_alloc_any(
        c, new_size, (enum leat__layout_kind)s->layout, bitmap, &zero);
    if (q == NULL)
        return NULL;
    memcpy(q, p, old_size < new_size ? old_size : new_size);
    leat__object_free(c, p, 0);
    return q;
}

size_t
leat__object_size(const void *p)
{
    if (p == NULL || p == leat__zerobase)
        return 0;
    return objects_size(objects_span_to_free(p));
}

void
leat__objcache_flush(struct leat__objcache *c)
{
    for (uint32_t i = 0; i < sizeof c->list / sizeof *c->list; i++)
        if (c->list[i].count > 0)
            objects_drain(i, &c->list[i], c->list[i].count);
}

// Checking -----------------------------------------------------------------

static void
objects_check_span(const struct leat__span *s, uint32_t number)
{
    uint32_t used = 0;
    for (uint32_t w = 0; w * 64 < s->nelems; w++)
        used += (uint32_t)__builtin_popcountll(s->allocated[w]);
    LEAT_CHECK(used + s->nfree == s->nelems);
    LEAT_CHECK(s->nfree > 0);
    LEAT_CHECK(s->size_class == number % LEAT__SIZE_CLASSES);
    LEAT_CHECK(s->layout == number / LEAT__SIZE_CLASSES);
    LEAT_CHECK(s->state == SPAN_SMALL);
}

void
leat__objects_check(void)
{
    for (uint32_t i = 0; i < LAYOUT_KINDS * LEAT__SIZE_CLASSES; i++) {
        struct objects_central *k = &objects_central[i];
        uint32_t empty = 0;
        leat__spin_lock(&k->lock);
        for (uint32_t q = 0; q < CENTRAL_LISTS; q++)
            for (struct leat__span *s = k->partial[q]; s; s = s->next) {
                objects_check_span(s, i);
                LEAT_CHECK(objects_quarter(s, s->nfree) == q);
                empty += s->nfree == s->nelems;
            }
        LEAT_CHECK(empty == k->empty);
        LEAT_CHECK(empty <= CENTRAL_EMPTY);
        leat__spin_unlock(&k->lock);
    }
    leat__heap_check();
}
