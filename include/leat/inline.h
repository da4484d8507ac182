// SPDX-License-Identifier: MIT
// leat/inline.h: what the other headers compile into the program: the common
// case of a lock, where it stands. Nothing in here is called by name.
//
// Either one P exists (LEAT__ALONE): then whoever is between enter and leave
// is alone in the runtime and needs no atomic instruction (struct leat__thread,
// docs/design/0001). Or several threads may be inside at a time
// (LEAT__SHARED): then compare-and-swap stands by itself. Or the kernel has no
// membarrier (LEAT__FENCED), or the compiler or processor is none of those
// below: then every call goes to the library. So it does where the common
// case does not hold.
#ifndef LEAT_INLINE_H
#define LEAT_INLINE_H

#include <leat/base.h>

// ThreadSanitizer is to see the library's own operations.
#if defined(__SANITIZE_THREAD__) || defined(LEAT_NO_INLINE)
#define LEAT__CALLS_ONLY 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define LEAT__CALLS_ONLY 1
#endif
#endif
#if !defined(__x86_64__) && !(defined(__aarch64__) && defined(__AARCH64EL__))
#undef LEAT__CALLS_ONLY
#define LEAT__CALLS_ONLY 1
#endif
#ifndef LEAT__CALLS_ONLY
#define LEAT__CALLS_ONLY 0
#endif

#define LEAT__HERE static inline __attribute__((always_inline))
#define LEAT__COMMON(x) __builtin_expect(!!(x), 1)

enum { LEAT__ALONE, LEAT__SHARED, LEAT__FENCED };

// The beginning of the thread's own record in the runtime.
struct leat__thread {
    void *start;
    uint32_t inside; // 1: the thread is in the runtime and keeps its P
    uint32_t flags;  // why entering is not simple
};

enum { LEAT__SLEEPER_COUNTS = 256 };

LEAT__BEGIN
// Which of the three; changes with the world stopped.
extern LEAT_API uint32_t leat__sharing;
// By the address of a mutex: goroutines that had to wait for one which was
// perhaps just being unlocked.
extern LEAT_API uint32_t leat__sleepers[LEAT__SLEEPER_COUNTS];
LEAT__END

// The record of the calling thread. Assembly, because a compiler may keep
// the address of a thread-local over a switch, and the switch may change the
// thread.
LEAT__HERE struct leat__thread *
leat__self(void)
{
    struct leat__thread *self;
#if defined(__x86_64__)
    __asm__ volatile("movq leat__tls_m@gottpoff(%%rip), %0\n\t"
                     "movq %%fs:(%0), %0"
                     : "=r"(self));
#elif defined(__aarch64__)
    uintptr_t offset;
    __asm__ volatile("mrs %0, tpidr_el0\n\t"
                     "adrp %1, :gottprel:leat__tls_m\n\t"
                     "ldr %1, [%1, :gottprel_lo12:leat__tls_m]\n\t"
                     "ldr %0, [%0, %1]"
                     : "=&r"(self), "=&r"(offset));
#else
#error "leat: this processor is not supported"
#endif
    return self;
}

LEAT__HERE uint32_t *
leat__sleepers_of(const void *mutex)
{
    return &leat__sleepers[((uintptr_t)mutex >> 6) % LEAT__SLEEPER_COUNTS];
}

LEAT__HERE bool
leat__is_shared(void)
{
    return __atomic_load_n(&leat__sharing, __ATOMIC_RELAXED) == LEAT__SHARED;
}

LEAT__HERE void
leat__alone_leave(struct leat__thread *self)
{
    __atomic_store_n(&self->inside, 0, __ATOMIC_RELEASE);
}

// Enters; whether that was simple and the caller is alone now. leave must
// follow in any case. What wants the P, or more of them, stores flags or
// leat__sharing, makes every thread pass a fence, and then loads inside.
LEAT__HERE bool
leat__alone_enter(struct leat__thread *self)
{
    __atomic_store_n(&self->inside, 1, __ATOMIC_RELAXED);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    return (__atomic_load_n(&self->flags, __ATOMIC_RELAXED) |
               __atomic_load_n(&leat__sharing, __ATOMIC_RELAXED)) == 0;
}

// *word: old -> new while alone; or false, and then the library is to be
// called. The leave releases.
#define LEAT__ALONE_STEP(word, old, new)                                      \
    struct leat__thread *self = leat__self();                                 \
    if (LEAT__COMMON(leat__alone_enter(self) &&                               \
            __atomic_load_n(word, __ATOMIC_ACQUIRE) == (old))) {              \
        __atomic_store_n(word, new, __ATOMIC_RELAXED);                        \
        leat__alone_leave(self);                                              \
        return true;                                                          \
    }                                                                         \
    leat__alone_leave(self);                                                  \
    return false

LEAT__HERE bool
leat__alone_step(uint32_t *word, uint32_t old_, uint32_t new_)
{
    LEAT__ALONE_STEP(word, old_, new_);
}

LEAT__HERE bool
leat__alone_step64(uint64_t *word, uint64_t old_, uint64_t new_)
{
    LEAT__ALONE_STEP(word, old_, new_);
}

// The same alone or not. Acquires and releases.
LEAT__HERE bool
leat__step(uint32_t *word, uint32_t old_, uint32_t new_)
{
    if (leat__is_shared())
        return __atomic_compare_exchange_n(word, &old_, new_, false,
            __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
    return leat__alone_step(word, old_, new_);
}

LEAT__HERE bool
leat__step64(uint64_t *word, uint64_t old_, uint64_t new_)
{
    if (leat__is_shared())
        return __atomic_compare_exchange_n(word, &old_, new_, false,
            __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
    return leat__alone_step64(word, old_, new_);
}

#endif
