// SPDX-License-Identifier: MIT
// debug/leak.h: the leak report, for other rooms. See leak.c.
#ifndef LEAT_DEBUG_LEAK_H
#define LEAT_DEBUG_LEAK_H

// leat__hooks.at_exit: makes the report if LEATDEBUG=leak=1.
void leat__leak_at_exit(void);

#endif
