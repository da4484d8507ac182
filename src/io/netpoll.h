// SPDX-License-Identifier: MIT
// io/netpoll.h: what lower and neighbouring rooms call of the poller by name;
// the scheduler reaches the rest through leat__hooks.
#ifndef LEAT_IO_NETPOLL_H
#define LEAT_IO_NETPOLL_H

struct leat__m;

// In the child of a fork, where the caller m is the only thread: gives up
// the set shared with the parent and arms what goroutines wait for in one of
// its own. Plain threads that waited are forgotten. leat__hooks.after_fork.
void leat__netpoll_after_fork(struct leat__m *m);

#endif
