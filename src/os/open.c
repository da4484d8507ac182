// SPDX-License-Identifier: MIT
// os/open.c: open(2), and the soft limit of descriptors raised while it is
// needed. Other threads may open one more meanwhile, which does no harm.
//
// Rejected: a descriptor kept for this, which programs that close all would
// close, and give its number to a file of theirs.
#include "os/open.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/resource.h>

// Somebody has raised the limit and puts it back: one at a time, or the raised
// one would be put back.
static _Atomic bool open_raised;

static int
open_beyond(const char *path, int flags)
{
    struct rlimit old, more;
    int fd = -1;
    if (atomic_exchange(&open_raised, true))
        return open(path, flags);
    if (getrlimit(RLIMIT_NOFILE, &old) == 0) {
        more = old;
        more.rlim_cur = old.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &more) == 0) {
            fd = open(path, flags);
            int saved = errno;
            setrlimit(RLIMIT_NOFILE, &old);
            errno = saved;
        }
    }
    atomic_store(&open_raised, false);
    return fd;
}

int
leat__os_open(const char *path, int flags)
{
    flags |= O_RDONLY | O_CLOEXEC;
    int fd = open(path, flags);
    return fd < 0 && errno == EMFILE ? open_beyond(path, flags) : fd;
}
