// SPDX-License-Identifier: MIT
// leat/fd.h: waiting for file descriptors.
#ifndef LEAT_FD_H
#define LEAT_FD_H

#include <leat/base.h>

// The runtime has two descriptors of its own from the first wait on, close-on-
// exec and numbered 1022 and 1023 where the limit allows it and they are free,
// and one for each plain thread while that waits, of the lowest free number.
// Waiting for these or closing them with leat_close_fd is LEAT_EBADF. A program
// that closes all descriptors does so before its first wait: later the waits
// end with LEAT_ESYS and new ones work, unless a thread of the runtime sleeps
// for events just then, which is fatal ("the program has closed the runtime's
// descriptors").
enum leat_fd_events {
    LEAT_READ = 1,  // data, end of file or an error can be read
    LEAT_WRITE = 2, // room to write, or an error
    LEAT_PRI = 4,   // out-of-band data
    // Not an event: the caller has just tried, and was told EAGAIN. So the
    // descriptor is not asked once more before parking.
    LEAT_TRIED = 8
};

LEAT__BEGIN

// Parks until fd is ready for one of events (a set of LEAT_READ, LEAT_WRITE,
// LEAT_PRI, with LEAT_TRIED or without) or the deadline passes. fd is anything
// epoll takes: sockets, pipes, eventfds, terminals, timerfds; a plain file or
// a directory is always ready. Level-triggered; any number of goroutines may
// wait for the same descriptor. Works from plain threads. Returns the set that
// is ready (an error or hang-up counts as every event asked for), or
// LEAT_ETIMEDOUT, LEAT_ECANCELED, LEAT_EBADF, LEAT_EINVAL, LEAT_ENOMEM,
// LEAT_EMFILE, LEAT_ESYS when the system refuses for another reason, or
// LEAT_ECLOSED when leat_close_fd closes it meanwhile.
LEAT_API int leat_wait_fd(int fd, int events, int64_t deadline);

// Closes fd and wakes everybody who waits for it with LEAT_ECLOSED. Plain
// close(2) does not wake anybody (the kernel tells nobody); they are woken
// when the number is waited for again or their deadline passes. 0,
// LEAT_EBADF, or LEAT_ESYS when the system says that what was written to it
// may be lost (fd is closed all the same).
LEAT_API int leat_close_fd(int fd);

LEAT__END

#endif
