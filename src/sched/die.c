// SPDX-License-Identifier: MIT
// sched/die.c: the end of the process after something went wrong.
//
// One thread reports, the others stand still: two traces at once would be
// unreadable. A second failure while reporting ends the process at once.
#include "sched/die.h"
#include "base/check.h"
#include "base/print.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

// Who reports; 0 as long as nobody does.
static _Atomic pthread_t die_thread;

void
leat__die_begin(void)
{
    pthread_t nobody = 0;
    if (atomic_compare_exchange_strong(
            &die_thread, &nobody, pthread_self())) {
        leat__sched.dying = true;
        return;
    }
    if (pthread_equal(nobody, pthread_self()))
        _exit(LEAT__EXIT_STATUS);
    for (;;)
        pause();
}

void
leat__die_forget(void)
{
    atomic_store(&die_thread, 0);
    leat__sched.dying = false;
}

_Noreturn void
leat__die(void)
{
    if (leat__sched.seeded)
        leat__printf(2, "leat: seed %lu\n",
            (unsigned long)leat__sched.seed);
    if (leat__sched.crash) {
        signal(SIGABRT, SIG_DFL);
        abort();
    }
    _exit(LEAT__EXIT_STATUS);
}

_Noreturn void
leat__throw(const char *format, ...)
{
    va_list ap;
    leat__die_begin();
    if (leat__hooks.flush != NULL)
        leat__hooks.flush();
    leat__write(2, "fatal error: ", 13);
    va_start(ap, format);
    leat__vprintf(2, format, ap);
    va_end(ap);
    leat__write(2, "\n", 1);
    if (leat__hooks.dump_all != NULL)
        leat__hooks.dump_all(2);
    leat__die();
}

static void
die_of_bad_free(const void *p, const char *what)
{
    leat__throw("free of %p: %s", p, what);
}

// Before main, so that no thread sees it change.
__attribute__((constructor)) static void
die_install(void)
{
    leat__object_misused = die_of_bad_free;
}
