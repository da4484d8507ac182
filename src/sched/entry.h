// SPDX-License-Identifier: MIT
// sched/entry.h: the threads the runtime knows, and those that may not call.
#ifndef LEAT_SCHED_ENTRY_H
#define LEAT_SCHED_ENTRY_H

#include "sched/sched.h"

// The m of every thread the runtime has not seen.
extern struct leat__m leat__nobody;

struct leat__m *leat__m_new(void);
void leat__m_adopt(struct leat__m *m);
void leat__attach_init(void);
void leat__detach(struct leat__m *m);
// A seeded run begins on m's thread: no other may call in until it has ended.
void leat__others_refuse(struct leat__m *m);
void leat__others_admit(void);
// Whether m's thread is one of those others, and the run has begun. Unless m
// is that of a thread not seen before, it is inside afterwards.
bool leat__is_refused(struct leat__m *m);
// The caller is one of those others.
_Noreturn void leat__refuse(void);
// The main thread leaves a seeded run.
void leat__detach_main(struct leat__m *m);

#endif
