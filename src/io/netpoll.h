// SPDX-License-Identifier: MIT
// io/netpoll.h: what bindings may use beyond leat/fd.h.
#ifndef LEAT_IO_NETPOLL_H
#define LEAT_IO_NETPOLL_H

// Makes every leat_wait_fd that waits for fd return LEAT_EAGAIN: who waits is
// to look at something else and may come back. Any thread; does not park.
void leat__fd_wake(int fd);

#endif
