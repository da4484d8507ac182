// SPDX-License-Identifier: MIT
// sched/deadlock.h: nothing can ever run again.
#ifndef LEAT_SCHED_DEADLOCK_H
#define LEAT_SCHED_DEADLOCK_H

#include "sched/sched.h"

// With sched.lock held; ends the process if nothing can run.
void leat__check_dead(void);

#endif
