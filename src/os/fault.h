// SPDX-License-Identifier: MIT
// os/fault.h: making the system refuse on purpose, for tests.
//
// Every place where the system can say no asks leat__fault_hits first. With
// LEATDEBUG=fault=KIND:N (KIND one of the names below, N from 1) the N-th
// such call of that kind fails; fault=KIND:N+ makes it and all later ones
// fail. Costs one load of a zero when off.
#ifndef LEAT_OS_FAULT_H
#define LEAT_OS_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#define LEAT__FAULT_MAP(X)                                                    \
    X(LEAT__FAULT_MALLOC, "malloc")                                           \
    X(LEAT__FAULT_MMAP, "mmap")                                               \
    X(LEAT__FAULT_GUARD, "guard")                                             \
    X(LEAT__FAULT_THREAD, "thread")                                           \
    X(LEAT__FAULT_EPOLL, "epoll")                                             \
    X(LEAT__FAULT_EVENTFD, "eventfd")                                         \
    X(LEAT__FAULT_SIGSTACK, "sigstack")

enum leat__fault_kind {
#define LEAT__X(id, name) id,
    LEAT__FAULT_MAP(LEAT__X)
#undef LEAT__X
        LEAT__FAULT_KINDS
};

extern bool leat__fault_on;
bool leat__fault_count(enum leat__fault_kind kind);

// True if this call is to fail.
static inline bool
leat__fault_hits(enum leat__fault_kind kind)
{
    return __builtin_expect(leat__fault_on, 0) && leat__fault_count(kind);
}

// Calls of the armed kind so far; for tests.
uint64_t leat__fault_calls(void);

// Arms a fault from the text KIND:N or KIND:N+; false if it is not one.
bool leat__fault_parse(const char *text);

#endif
