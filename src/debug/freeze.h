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
// or a time-out is over. False when another freeze is on or the handler is
// not installed: nothing is stopped then. They stand until leat__thaw, but
// at most stand_ns, so that nobody waits for ever for a lock one of them
// holds. No allocation, no locks; for signal handlers too.
bool leat__freeze(int64_t stand_ns);
void leat__thaw(void);

// The registers (a ucontext_t) with which the thread that runs g stands
// still; NULL if none said it does. Between leat__freeze and leat__thaw.
const void *leat__frozen(const struct leat__g *g);

// What SIGURG is to call, with SA_SIGINFO and SA_ONSTACK.
void leat__freeze_handler(int sig, siginfo_t *info, void *ucontext);
// Says that it does.
void leat__freeze_installed(void);

#endif
