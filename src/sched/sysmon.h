// SPDX-License-Identifier: MIT
// sched/sysmon.h: the thread that watches the others.
#ifndef LEAT_SCHED_SYSMON_H
#define LEAT_SCHED_SYSMON_H

#include "sched/sched.h"

bool leat__sysmon_start(void);
// A P stops being idle; with sched.lock held.
void leat__sysmon_wake(void);

#endif
