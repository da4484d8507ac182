// SPDX-License-Identifier: MIT
// sched/proc.h: what the scheduler's own files share.
#ifndef LEAT_SCHED_PROC_H
#define LEAT_SCHED_PROC_H

#include "sched/fiber.h"
#include "sched/runq.h"
#include "sched/sched.h"

// The cheap half of the fence that pairs with leat__barrier_all: between
// publishing work and looking for sleepers.
extern bool leat__need_fence;
// The m of every thread the runtime has not seen.
extern struct leat__m leat__nobody;
LEAT__INLINE void
leat__light_fence(void)
{
    atomic_signal_fence(memory_order_seq_cst);
#if !LEAT__TSAN
    if (LEAT__UNLIKELY(leat__need_fence))
        atomic_thread_fence(memory_order_seq_cst);
#endif
}

// Global run queue; sched.lock must not be held.
void leat__globq_put(struct leat__g *g);
void leat__globq_put_list(struct leat__gqueue *q, int n);
// Takes a share of the global queue for p; returns one to run. max 0: a
// fair share.
struct leat__g *leat__globq_get(struct leat__p *p, int max);

// The loop every runtime thread runs on its own stack; returns only when a
// seeded run has ended.
void leat__schedule(struct leat__m *m);
struct leat__g *leat__find_runnable(struct leat__m *m);
// Leaves the goroutine m runs, which is queued, parked or dead, for the next
// one; returns when it runs again.
void leat__switch_away(struct leat__m *m, bool dying);
// Waits until g's last thread has left its stack; not for a goroutine that
// parks (see the top of proc.c).
void leat__g_wait_left(struct leat__g *g);
// Takes from other Ps; NULL when there is nothing.
struct leat__g *leat__steal(struct leat__m *m);
struct leat__g *leat__steal_lonely(struct leat__m *m);
// Takes one whose descriptor is ready, and readies the others; or NULL.
struct leat__g *leat__netpoll_now(struct leat__m *m);
// Looks out for work before m sleeps, up to 50 us; NULL if none came. With
// more than one P, m spins.
struct leat__g *leat__linger(struct leat__m *m);

// idle.c: sched.lock must be held unless said otherwise.
void leat__wake_p(void);              // without the lock
struct leat__p *leat__p_take_idle(void);
void leat__p_put_idle(struct leat__p *p);
void leat__p_bind(struct leat__m *m, struct leat__p *p);
void leat__p_hand_off(struct leat__p *p); // without the lock
void leat__idle(struct leat__m *m);   // without the lock; gains a P
void leat__poke_poller(void);         // without the lock
// For sysmon, at each tick: work, or what a poller is for, although a P is
// idle. Without the lock.
void leat__idle_look(void);
int64_t leat__next_timer(void);       // without the lock
struct leat__m *leat__m_new(void);
void leat__m_adopt(struct leat__m *m);
void leat__spin_stop(struct leat__m *m);
bool leat__any_work(void); // without the lock

// deadlock.c: with sched.lock held; ends the process if nothing can run.
void leat__check_dead(void);

// g.c
struct leat__g *leat__g_make(struct leat__m *m, size_t stack_size);
// The main goroutine, as leat__spawn makes others. m has a P.
struct leat__g *leat__spawn_main(
    struct leat__m *m, void (*fn)(void *), void *arg, void *pc);
void leat__g_release(struct leat__m *m, struct leat__g *g);
void leat__g_bury(struct leat__g *g);
// What it has of upper rooms' ends with it.
void leat__g_end_owned(struct leat__g *g);
// On and off the list odd_gs. sched.lock is held.
void leat__g_link_odd(struct leat__g *g);
void leat__g_unlink_odd(struct leat__g *g);
// u, which is unstarted, gets a stack: the goroutine to switch to. On g0.
struct leat__g *leat__g_start_on(struct leat__m *m, struct leat__g *u);
// u gets the stack of m->g, which has ended and was released: what is to be
// started is then m->g. False when that stack cannot be had.
bool leat__g_start_here(struct leat__m *m, struct leat__g *u);
int leat__gs_trim(int max);
void leat__gs_abandon(struct leat__m *m);
// fork.c
void leat__fork_install(void);
// die.c: nobody dies here (child of a fork).
void leat__die_forget(void);
// clock.c
void leat__coarse_refresh(void);
// sysmon.c
bool leat__sysmon_start(void);
void leat__sysmon_wake(void);
// entry.c
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
// world.c, with sched.lock held. True if p has a thread and that is out of the
// runtime: it will not come in before sched.lock is released, as it sees flag.
bool leat__p_is_outside(struct leat__p *p, enum leat__m_flags flag);
// Asks p's thread for it; true if taken.
bool leat__p_ask(struct leat__p *p);
bool leat__procs_init(int n);
// The number that leat_run will make of them.
int leat__procs_to_be(void);
// followed: what sysmon saw, which does nothing if the program set a number.
void leat__set_procs(struct leat__m *m, int n, bool followed);
// From now on locks are real: m is not alone in the runtime any more.
void leat__go_multi(struct leat__m *m);

#endif
