// SPDX-License-Identifier: MIT
// os/open.h: opening files for a report, also for a program that has run out of
// descriptors: that is when it fails, and wants to tell where.
#ifndef LEAT_OS_OPEN_H
#define LEAT_OS_OPEN_H

// open(2) for reading, close-on-exec, with more flags: a descriptor, or -1 and
// errno. Where the program has no number left under its soft limit, that is
// raised to the hard one for the moment of the call. Does not allocate or lock;
// for signal handlers too.
int leat__os_open(const char *path, int flags);

#endif
