// SPDX-License-Identifier: MIT
// gccgo/signal.c: what package os/signal asks of the runtime.
//
// Idea: the handler sets a bit for the signal and writes to an eventfd; the
// package's goroutine waits for that, takes a bit, and tells the channels.
//
// Faults and SIGURG, by which Leat stops threads for a dump, stay Leat's: a
// program that asks for them gets none.
#include "gccgo/abi.h"

#include "sched/sched.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { SIGNAL_COUNT = 65 };

static pthread_once_t signal_once = PTHREAD_ONCE_INIT;
static int signal_bell = -1; // the eventfd
static _Atomic uint64_t signal_pending; // bit of a signal: its number - 1
static struct sigaction signal_before[SIGNAL_COUNT]; // of enabled ones
static bool signal_enabled[SIGNAL_COUNT]; // guarded by os/signal's lock

static void
signal_open(void)
{
    signal_bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (signal_bell < 0)
        leat__throw("runtime: no descriptor for os/signal");
}

static void
signal_arrived(int sig)
{
    const uint64_t one = 1;
    int saved = errno;
    atomic_fetch_or(&signal_pending, (uint64_t)1 << (sig - 1));
    // When it fails it is readable already.
    ssize_t n = write(signal_bell, &one, sizeof one);
    (void)n;
    errno = saved;
}

static bool
signal_is_ours(uint32_t sig)
{
    switch (sig) {
    case 0:
    case SIGSEGV:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGURG:
    case SIGKILL:
    case SIGSTOP:
        return true;
    default:
        return sig >= SIGNAL_COUNT;
    }
}

static void
signal_set(uint32_t sig, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};
    action.sa_flags = SA_RESTART | SA_ONSTACK;
    sigfillset(&action.sa_mask);
    if (!signal_enabled[sig])
        sigaction((int)sig, NULL, &signal_before[sig]);
    signal_enabled[sig] = true;
    sigaction((int)sig, &action, NULL);
}

void leat__go_signal_enable(uint32_t sig)
    GO_NAME("os_1signal.signal__enable");
void
leat__go_signal_enable(uint32_t sig)
{
    pthread_once(&signal_once, signal_open);
    if (!signal_is_ours(sig))
        signal_set(sig, signal_arrived);
}

void leat__go_signal_ignore(uint32_t sig)
    GO_NAME("os_1signal.signal__ignore");
void
leat__go_signal_ignore(uint32_t sig)
{
    if (!signal_is_ours(sig))
        signal_set(sig, SIG_IGN);
}

void leat__go_signal_disable(uint32_t sig)
    GO_NAME("os_1signal.signal__disable");
void
leat__go_signal_disable(uint32_t sig)
{
    if (signal_is_ours(sig) || !signal_enabled[sig])
        return;
    signal_enabled[sig] = false;
    sigaction((int)sig, &signal_before[sig], NULL);
}

bool leat__go_signal_ignored(uint32_t sig)
    GO_NAME("os_1signal.signal__ignored");
bool
leat__go_signal_ignored(uint32_t sig)
{
    struct sigaction now;
    return sig < SIGNAL_COUNT && sigaction((int)sig, NULL, &now) == 0 &&
        !(now.sa_flags & SA_SIGINFO) && now.sa_handler == SIG_IGN;
}

// The next signal; parks.
uint32_t leat__go_signal_recv(void) GO_NAME("os_1signal.signal__recv");
uint32_t
leat__go_signal_recv(void)
{
    pthread_once(&signal_once, signal_open);
    for (;;) {
        uint64_t count, all = atomic_load(&signal_pending);
        if (all != 0) {
            int i = __builtin_ctzll(all);
            atomic_fetch_and(&signal_pending, ~((uint64_t)1 << i));
            return (uint32_t)i + 1;
        }
        // A signal between the look and the read has rung again.
        if (leat_wait_fd(signal_bell, LEAT_READ, LEAT_FOREVER) > 0 &&
            read(signal_bell, &count, sizeof count) < 0 && errno != EAGAIN)
            leat__throw("runtime: the descriptor of os/signal was closed");
    }
}

// Handlers run at once: nothing is on its way.
void leat__go_signal_idle(void) GO_NAME("os_1signal.signalWaitUntilIdle");
void
leat__go_signal_idle(void)
{
}
