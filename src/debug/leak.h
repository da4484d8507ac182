// SPDX-License-Identifier: MIT
// debug/leak.h: the leak report, for other rooms. See leak.c.
#ifndef LEAT_DEBUG_LEAK_H
#define LEAT_DEBUG_LEAK_H

#include <stddef.h>

// leat__hooks.at_exit: makes the report if LEATDEBUG=leak=1.
void leat__leak_at_exit(void);

// Memory of the runtime's own that refers to waiting goroutines for its own
// ends only: nobody is reached through it. At most LEAT__LEAK_IGNORED calls,
// before any report.
enum { LEAT__LEAK_IGNORED = 4 };
void leat__leak_ignore(const void *p, size_t n);

#endif
