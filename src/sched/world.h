// SPDX-License-Identifier: MIT
// sched/world.h: taking Ps from their threads, and their number.
#ifndef LEAT_SCHED_WORLD_H
#define LEAT_SCHED_WORLD_H

#include "sched/sched.h"

// With sched.lock held. True if p has a thread and that is out of the runtime:
// it will not come in before sched.lock is released, as it sees flag.
bool leat__p_is_outside(struct leat__p *p, enum leat__m_flags flag);
// Asks p's thread for it; true if taken.
bool leat__p_ask(struct leat__p *p);

// Makes the first Ps; false when out of memory.
bool leat__procs_init(int n);
// The number that leat_run will make of them.
int leat__procs_to_be(void);
// followed: what sysmon saw, which does nothing if the program set a number.
void leat__set_procs(struct leat__m *m, int n, bool followed);
// From now on locks are real: m is not alone in the runtime any more.
void leat__go_multi(struct leat__m *m);

#endif
