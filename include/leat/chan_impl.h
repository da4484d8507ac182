// SPDX-License-Identifier: MIT
// leat/chan_impl.h: the common case of sending and receiving, compiled into
// the program (see leat/inline.h): a buffer that has room, or a value, and
// nobody who waits.
//
// Only while one P exists: then no lock is to be taken, and what is left is
// shorter than a call. And a try that finds nothing to do, which needs no
// lock. It is leat__chan_try_send and the like of src/chan/chan_int.h, as far
// as they go here; everything else is theirs.
#ifndef LEAT__CHAN_IMPL_H
#define LEAT__CHAN_IMPL_H

#include <leat/inline.h>

struct leat_chan;

// struct hchan, as far as it is needed here.
struct leat__chan_view {
    uint64_t qcount, dataqsiz;
    char *buf;
    uint16_t elemsize, flags;
    uint32_t closed;
    void *elemtype;
    uint64_t sendx, recvx;
    void *recvq_first, *recvq_last, *sendq_first, *sendq_last;
} __attribute__((may_alias));

enum {
    LEAT__CHAN_BYTES = 96,   // of a channel without its buffer
    LEAT__CHAN_HERE_MAX = 32 // bytes of an element; longer ones: a call
};

LEAT__HERE uint64_t
leat__chan_step(const struct leat__chan_view *c, uint64_t i)
{
    return i + 1 == c->dataqsiz ? 0 : i + 1;
}

LEAT__HERE uint64_t
leat__chan_count(const struct leat__chan_view *c)
{
    return __atomic_load_n(&c->qcount, __ATOMIC_RELAXED);
}

// Whether the common case is looked for at all.
LEAT__HERE bool
leat__chan_is_here(size_t size)
{
    return !LEAT__CALLS_ONLY && size <= LEAT__CHAN_HERE_MAX &&
        !leat__is_shared();
}

// Whether c is an open channel of elements of this size that anybody may send
// to: one comparison for three fields, as flags and closed are to be 0.
LEAT__HERE bool
leat__chan_takes(const struct leat__chan_view *c, size_t size)
{
    uint64_t fields;
    __builtin_memcpy(&fields, &c->elemsize, sizeof fields);
    return fields == size;
}

// Sends the size bytes at elem; false when nothing was done.
LEAT__HERE bool
leat__chan_put(struct leat_chan *ch, const void *elem, size_t size)
{
    struct leat__chan_view *c = (struct leat__chan_view *)(void *)ch;
    // Not sure yet, but so a call that finds another case costs little.
    if (!leat__chan_is_here(size) || c == NULL ||
        leat__chan_count(c) >= c->dataqsiz)
        return false;
    struct leat__thread *self = leat__self();
    uint64_t n = 0;
    bool ok = LEAT__COMMON(leat__alone_enter(self) &&
        leat__chan_takes(c, size) && c->recvq_first == NULL &&
        (n = leat__chan_count(c)) < c->dataqsiz);
    if (ok) {
        uint64_t x = c->sendx;
        __builtin_memcpy(c->buf + x * size, elem, size);
        c->sendx = leat__chan_step(c, x);
        __atomic_store_n(&c->qcount, n + 1, __ATOMIC_RELAXED);
    }
    leat__alone_leave(self);
    return ok;
}

// Receives into elem, if it is not NULL; false when nothing was done.
LEAT__HERE bool
leat__chan_get(struct leat_chan *ch, void *elem, size_t size)
{
    struct leat__chan_view *c = (struct leat__chan_view *)(void *)ch;
    if (!leat__chan_is_here(size) || c == NULL || leat__chan_count(c) == 0 ||
        c->elemsize != size)
        return false;
    struct leat__thread *self = leat__self();
    uint64_t n = 0;
    bool ok = LEAT__COMMON(leat__alone_enter(self) &&
        (n = leat__chan_count(c)) > 0 && c->sendq_first == NULL);
    if (ok) {
        uint64_t x = c->recvx;
        char *slot = c->buf + x * size;
        if (elem != NULL)
            __builtin_memcpy(elem, slot, size);
        __builtin_memset(slot, 0, size);
        c->recvx = leat__chan_step(c, x);
        __atomic_store_n(&c->qcount, n - 1, __ATOMIC_RELAXED);
    }
    leat__alone_leave(self);
    return ok;
}

// What a try to send or to receive ends with if there is nothing to do for
// it, or 0; read without the lock, so it may be wrong a moment later. But
// there was a moment when it was right, as what does not come back is read
// last: a channel seen full and then open was full and open when it was seen
// full; one seen empty and then open was empty and open; and one seen closed
// and then empty gains nothing any more.
LEAT__HERE int
leat__chan_full(const struct leat_chan *ch)
{
    const struct leat__chan_view *c =
        (const struct leat__chan_view *)(const void *)ch;
    bool full = c == NULL ||
        (__atomic_load_n(&c->qcount, __ATOMIC_ACQUIRE) >= c->dataqsiz &&
            __atomic_load_n(&c->recvq_first, __ATOMIC_ACQUIRE) == NULL &&
            __atomic_load_n(&c->closed, __ATOMIC_RELAXED) == 0);
    return full ? LEAT_EAGAIN : 0;
}

LEAT__HERE int
leat__chan_empty(const struct leat_chan *ch, void *elem, size_t size)
{
    const struct leat__chan_view *c =
        (const struct leat__chan_view *)(const void *)ch;
    if (c == NULL)
        return LEAT_EAGAIN;
    if (__atomic_load_n(&c->qcount, __ATOMIC_ACQUIRE) != 0)
        return 0;
    bool sends = __atomic_load_n(&c->sendq_first, __ATOMIC_ACQUIRE) != NULL;
    if (__atomic_load_n(&c->closed, __ATOMIC_ACQUIRE) == 0)
        return sends ? 0 : LEAT_EAGAIN;
    if (__atomic_load_n(&c->qcount, __ATOMIC_ACQUIRE) != 0)
        return 0;
    if (elem != NULL)
        __builtin_memset(elem, 0, size);
    return LEAT_ECLOSED;
}

#endif
