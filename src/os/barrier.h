// SPDX-License-Identifier: MIT
// os/barrier.h: the expensive half of an asymmetric fence.
//
// leat__barrier_all makes every thread of the process pass a full memory
// barrier, so that the frequent side of a protocol needs a compiler barrier
// only: see sched/sched.h and base/lock.h. membarrier(2), private expedited;
// measured at about 0.4 microseconds.
#ifndef LEAT_OS_BARRIER_H
#define LEAT_OS_BARRIER_H

#include <stdbool.h>

// True if the kernel has it (registers the process at the first call).
// Where it has not (old kernels, qemu-user), the frequent side must fence.
bool leat__barrier_init(void);
void leat__barrier_all(void);
// What leat__barrier_init returned.
bool leat__barrier_works(void);

#endif
