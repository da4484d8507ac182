// SPDX-License-Identifier: MIT
// os/poll.h: what a port must give so that many descriptors can be waited
// for at once: one set of armed descriptors per process, a wait on it, and a
// bell that ends the wait.
//
// Arming is for one event: a descriptor that has fired is silent until it is
// armed again, and arming one that is ready already makes it fire. Events
// are sets of LEAT_READ, LEAT_WRITE and LEAT_PRI; an error or a hang-up
// counts as all of them. Results are 0, an error of LEAT_ERROR_MAP, or one
// of enum leat__poll_result. Nothing here waits but leat__poll_wait and
// leat__poll_pair.
#ifndef LEAT_OS_POLL_H
#define LEAT_OS_POLL_H

#include <leat/fd.h>

enum leat__poll_result {
    LEAT__POLL_UNKNOWN = 1, // the descriptor is not in the set
    LEAT__POLL_ALWAYS = 2   // of a kind that is always ready
};

struct leat__poll_event {
    uint64_t tag; // as given when it was armed
    int events;
};

// Makes room for the numbers of the set where that costs nothing, before the
// process has a second thread: with more, the kernel waits for all processors
// when a table of descriptors grows, which takes some 10 ms.
void leat__poll_reserve(void);

// Makes the set unless there is one; one thread at a time. 0, LEAT_EMFILE,
// LEAT_ENOMEM, LEAT_ESYS.
int leat__poll_open(void);
// Whether there is a set now.
bool leat__poll_is_open(void);

// Whether fd is one of the two descriptors the set is made of. A number that
// the program has closed and goes on using may have become one.
bool leat__poll_is_own(int fd);

// Puts fd into the set and arms it. tag is any number but UINT64_MAX.
// LEAT_EBADF, LEAT_ENOMEM, LEAT_ESYS (the set is lost), LEAT__POLL_ALWAYS.
int leat__poll_add(int fd, int events, uint64_t tag);
// Arms a descriptor of the set again; LEAT__POLL_UNKNOWN when what fd stands
// for is not in the set (it was closed and opened anew).
int leat__poll_rearm(int fd, int events, uint64_t tag);
// Takes fd out of the set; harmless when it is not in it.
void leat__poll_remove(int fd);

// Waits up to timeout_ns (0: not at all, negative: for ever) for armed
// descriptors and stores at most max of them; their number, 0 when time or
// the bell or a signal ended the wait, or LEAT_ESYS when the set is lost:
// nothing that was armed will fire any more.
int leat__poll_wait(struct leat__poll_event *event, int max,
    int64_t timeout_ns);
// Rings the bell: ends the wait that is on, or else the next one. False when
// the set is lost: a wait that is on ends by its timeout alone. True without
// a set.
bool leat__poll_ring(void);

// Drops the set without touching who shares it: for the child after fork,
// and for a set that is lost. leat__poll_open makes a new one. One thread
// at a time, and not beside leat__poll_open.
void leat__poll_drop(bool close_it);

// close(2): 0, LEAT_EBADF, or LEAT_ESYS when what was written to it may be
// lost; it is closed all the same.
int leat__poll_close(int fd);

// Whether fd is ready for some of events now: those, 0, or LEAT_EBADF.
int leat__poll_now(int fd, int events);

// A bell of one thread's own: a descriptor, or LEAT_EMFILE or LEAT_ENOMEM.
int leat__poll_bell(void);
void leat__poll_bell_ring(int bell);
void leat__poll_bell_hear(int bell); // silences it
// Waits for fd or the bell up to timeout_ns (negative: for ever). As
// leat__poll_now; 0 for the bell, a signal or the end of time.
int leat__poll_pair(int fd, int events, int bell, int64_t timeout_ns);

#endif
