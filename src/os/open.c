// SPDX-License-Identifier: MIT
// os/open.c: open(2), and the soft limit of descriptors raised while it is
// needed. Other threads may open one more meanwhile, which does no harm. A
// child that is forked meanwhile puts its limit back itself; one of vfork or
// posix_spawn keeps it, as nothing of Leat's runs there.
//
// Rejected: clone(2) with the descriptors shared and limits of its own, which
// would raise nothing here: sandboxes and emulators know no such clone, and it
// is one more process where the limit may be on those. A descriptor kept for
// this, which programs that close all would close, and give its number to a
// file of theirs.
#include "os/open.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>

// Who raises the limit puts it back: one at a time, or the raised one would be
// put back.
enum open_state {
    OPEN_FREE,
    OPEN_TAKEN,
    OPEN_RAISED // or about to be: open_old is what it was
};

static _Atomic int open_state;
static struct rlimit open_old; // of who has taken it

static void
open_put_back(void)
{
    int saved = errno;
    setrlimit(RLIMIT_NOFILE, &open_old);
    errno = saved;
}

static int
open_beyond(const char *path, int flags)
{
    int fd = -1, state = OPEN_FREE;
    if (!atomic_compare_exchange_strong(&open_state, &state, OPEN_TAKEN))
        return open(path, flags);
    if (getrlimit(RLIMIT_NOFILE, &open_old) == 0) {
        struct rlimit more = {open_old.rlim_max, open_old.rlim_max};
        atomic_store(&open_state, OPEN_RAISED);
        if (setrlimit(RLIMIT_NOFILE, &more) == 0) {
            fd = open(path, flags);
            open_put_back();
        }
    }
    atomic_store(&open_state, OPEN_FREE);
    return fd;
}

// The thread that raised it is in the parent only.
static void
open_child(void)
{
    if (atomic_exchange(&open_state, OPEN_FREE) == OPEN_RAISED)
        open_put_back();
}

__attribute__((constructor)) static void
open_watch_forks(void)
{
    pthread_atfork(NULL, NULL, open_child);
}

int
leat__os_open(const char *path, int flags)
{
    flags |= O_RDONLY | O_CLOEXEC;
    int fd = open(path, flags);
    return fd < 0 && errno == EMFILE ? open_beyond(path, flags) : fd;
}
