// SPDX-License-Identifier: MIT
// io/netpoll.h: what lower and neighbouring rooms call of the poller by name;
// the scheduler reaches the rest through leat__hooks.
#ifndef LEAT_IO_NETPOLL_H
#define LEAT_IO_NETPOLL_H

// In the child, after fork, while its only thread is the caller: gives up
// the set shared with the parent and arms what is waited for in one of its
// own. Waiters whose place was being changed at the fork are forgotten.
void leat__netpoll_after_fork(void);

#endif
