// SPDX-License-Identifier: MIT
// sched/linger.h: looking out for work before sleeping.
#ifndef LEAT_SCHED_LINGER_H
#define LEAT_SCHED_LINGER_H

#include "sched/sched.h"

// Looks out for work before m sleeps, up to 50 us; NULL if none came. With
// more than one P, m spins.
struct leat__g *leat__linger(struct leat__m *m);

#endif
