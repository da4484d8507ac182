// SPDX-License-Identifier: MIT
// sched/fiber.h: telling sanitizers and Valgrind about stacks. Empty in a
// plain build.
//
// ThreadSanitizer is told that a switch synchronizes: the scheduler's own
// per-thread data would otherwise look like a race between the goroutines
// that share a thread. Races between goroutines on different threads are
// found; LEATPROCS=4 finds more of them than 1.
#ifndef LEAT_SCHED_FIBER_H
#define LEAT_SCHED_FIBER_H

#include "sched/g.h"

#if LEAT__TSAN
void *__tsan_get_current_fiber(void);
void *__tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void *fiber);
void __tsan_switch_to_fiber(void *fiber, unsigned flags);
#endif
#if LEAT__ASAN
void __sanitizer_start_switch_fiber(
    void **fake_stack_save, const void *bottom, size_t size);
void __sanitizer_finish_switch_fiber(
    void *fake_stack_save, const void **bottom_old, size_t *size_old);
void __asan_unpoison_memory_region(const volatile void *p, size_t n);
#endif
#if defined(LEAT_VALGRIND)
#include <valgrind/valgrind.h>
#endif

// A goroutine gets a stack for the first time.
LEAT__INLINE void
leat__fiber_create(struct leat__g *g)
{
#if LEAT__TSAN
    g->fiber = __tsan_create_fiber(0);
#elif defined(LEAT_VALGRIND)
    g->fiber = (void *)(uintptr_t)VALGRIND_STACK_REGISTER(
        g->stack_lo, g->stack_hi);
#else
    (void)g;
#endif
}

LEAT__INLINE void
leat__fiber_destroy(struct leat__g *g)
{
#if LEAT__TSAN
    __tsan_destroy_fiber(g->fiber);
#elif LEAT__ASAN
    // What lies there next is not to be taken for the frames it was left with.
    __asan_unpoison_memory_region(
        g->stack_lo, (size_t)(g->stack_hi - g->stack_lo));
#elif defined(LEAT_VALGRIND)
    VALGRIND_STACK_DEREGISTER((uintptr_t)g->fiber);
#else
    (void)g;
#endif
}

// A thread adopts its own stack as g0.
LEAT__INLINE void
leat__fiber_adopt(struct leat__g *g0)
{
#if LEAT__TSAN
    g0->fiber = __tsan_get_current_fiber();
#else
    (void)g0;
#endif
}

// Around leat__switch; dying: `from` will not be resumed.
LEAT__INLINE void
leat__fiber_leave(struct leat__g *from, struct leat__g *to, bool dying)
{
#if LEAT__ASAN
    __sanitizer_start_switch_fiber(dying ? NULL : &from->fake_stack,
        to->stack_lo, (size_t)(to->stack_hi - to->stack_lo));
#endif
#if LEAT__TSAN
    __tsan_switch_to_fiber(to->fiber, 0);
#endif
    (void)from;
    (void)to;
    (void)dying;
}

LEAT__INLINE void
leat__fiber_arrive(struct leat__g *self)
{
#if LEAT__ASAN
    __sanitizer_finish_switch_fiber(self->fake_stack, NULL, NULL);
#endif
    (void)self;
}

// A dead goroutine's stack is used again: forget what was poisoned on it.
LEAT__INLINE void
leat__fiber_reuse(struct leat__g *g, char *top)
{
#if LEAT__ASAN
    __asan_unpoison_memory_region(
        g->stack_lo, (size_t)(top - g->stack_lo));
    g->fake_stack = NULL;
#endif
    (void)g;
    (void)top;
}

#endif
