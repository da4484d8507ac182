// SPDX-License-Identifier: MIT
// sched/idle.h: threads without work: going to sleep, waking them, the poller.
#ifndef LEAT_SCHED_IDLE_H
#define LEAT_SCHED_IDLE_H

#include "sched/sched.h"

// sched.lock must be held for these.
struct leat__p *leat__p_take_idle(void);
void leat__p_put_idle(struct leat__p *p);
void leat__p_bind(struct leat__m *m, struct leat__p *p);

// It must not be held for those that follow.
// Wakes a thread for an idle P, unless one looks for work already.
void leat__wake_p(void);
// p, whose thread has gone astray, goes to another or to the idle list.
void leat__p_hand_off(struct leat__p *p);
// m has found no work: returns when it has a P, and there may be some.
void leat__idle(struct leat__m *m);
// Wakes the poller if it sleeps too long for what there is to watch.
void leat__poke_poller(void);
// For sysmon, at each tick: work, or what a poller is for, although a P is
// idle.
void leat__idle_look(void);
// When the first timer of all is due; INT64_MAX: there is none.
int64_t leat__next_timer(void);
bool leat__any_work(void);

#endif
