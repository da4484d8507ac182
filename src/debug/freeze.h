// SPDX-License-Identifier: MIT
// debug/freeze.h: making the other threads of the process stand still and
// show their registers, for dumps and the leak report.
#ifndef LEAT_DEBUG_FREEZE_H
#define LEAT_DEBUG_FREEZE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct leat__g;

// Stops every other thread that takes SIGURG; returns when all have answered
// or a time-out is over. They stand until leat__thaw, which is given what this
// returned, but at most stand_ns, so that nobody waits for ever for a lock one
// of them holds. While another freeze is on it waits for the end of that, up
// to 2 seconds; one whose thread has ended, or that the caller has interrupted,
// ends at once. One that lasts longer is shared: leat__thaw of the other has no
// effect then. 0 when that one has not begun yet, or the handler is not
// installed: nothing is stopped then, and leat__thaw does nothing. No
// allocation, no locks; for signal handlers too.
uint32_t leat__freeze(int64_t stand_ns);
void leat__thaw(uint32_t round);

// The registers (a ucontext_t) with which the thread that runs g stands
// still; NULL if none said it does. Between leat__freeze and leat__thaw.
const void *leat__frozen(const struct leat__g *g);

// What SIGURG is to call, with SA_SIGINFO and SA_ONSTACK.
void leat__freeze_handler(int sig, siginfo_t *info, void *ucontext);
// Says that it does.
void leat__freeze_installed(void);

#endif
