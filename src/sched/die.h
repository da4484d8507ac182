// SPDX-License-Identifier: MIT
// sched/die.h: the end of the process.
#ifndef LEAT_SCHED_DIE_H
#define LEAT_SCHED_DIE_H

#include "sched/sched.h"

// Nobody dies here (child of a fork).
void leat__die_forget(void);

#endif
