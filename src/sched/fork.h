// SPDX-License-Identifier: MIT
// sched/fork.h: the child of a fork.
#ifndef LEAT_SCHED_FORK_H
#define LEAT_SCHED_FORK_H

#include "sched/sched.h"

void leat__fork_install(void);

#endif
