// SPDX-License-Identifier: MIT
// panic/signal.h: faults as panics, and SIGQUIT. See signal.c.
#ifndef LEAT_PANIC_SIGNAL_H
#define LEAT_PANIC_SIGNAL_H

// Fills in the hooks of this room and of src/debug, and installs handlers
// for SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGQUIT and SIGURG where the program
// has left the default. May be called again.
void leat__signals_install(void);

#endif
