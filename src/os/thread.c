// SPDX-License-Identifier: MIT
// os/thread.c: pthread_create for the runtime's threads.
//
// Their stacks are small: goroutines run on stacks of their own, the thread
// itself only schedules. Handlers that the program installed may still run
// on it, hence not smaller. The C library has the thread-locals of the program
// and its libraries on them too: they come on top.
#include "os/thread.h"
#include "base/check.h"
#include "os/fault.h"
#include "os/heap.h"
#include "os/pages.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    THREAD_STACK = 256 << 10,  // bytes
    THREAD_SIGSTACK = 64 << 10 // bytes; a trace with symbols needs 20 KiB
};

// How the name of an emulator begins.
#define THREAD_EMULATOR "qemu-"

static _Atomic uint64_t thread_refusals;
static _Atomic bool thread_ban;
static int thread_tools; // threads that are not the program's
// The signal stack made for this thread, or NULL.
static __thread void *thread_sigstack;

struct thread_start {
    void (*fn)(void *);
    void *arg;
    const char *name;
    void *sigstack; // made before, so that its lack is a thread refused
};

static void *
thread_sigstack_new(void)
{
    if (leat__fault_hits(LEAT__FAULT_SIGSTACK))
        return NULL;
    int saved = errno;
    void *p = mmap(NULL, THREAD_SIGSTACK, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    errno = saved;
    return p != MAP_FAILED ? p : NULL;
}

// The calling thread's from now on.
static void
thread_sigstack_use(void *p)
{
    stack_t stack = {.ss_sp = p, .ss_size = THREAD_SIGSTACK};
    thread_sigstack = p;
    sigaltstack(&stack, NULL); // cannot fail: off any such stack, and large
}

static void *
thread_entry(void *p)
{
    struct thread_start s = *(struct thread_start *)p;
    leat__heap_free(p);
    thread_sigstack_use(s.sigstack);
    prctl(PR_SET_NAME, s.name);
    s.fn(s.arg);
    return NULL;
}

static int
thread_add_locals(struct dl_phdr_info *info, size_t size, void *sum)
{
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_TLS)
            *(size_t *)sum +=
                info->dlpi_phdr[i].p_memsz + info->dlpi_phdr[i].p_align;
    return 0;
}

// Bytes of thread-locals that a thread of the program has from its start. What
// is loaded after the first call the C library puts elsewhere.
static size_t
thread_locals(void)
{
    static _Atomic size_t known; // every thread computes the same
    size_t sum = atomic_load_explicit(&known, memory_order_relaxed);
    if (sum == 0) {
        dl_iterate_phdr(thread_add_locals, &sum);
        sum = (sum + LEAT__PAGE - 1) & -(size_t)LEAT__PAGE;
        atomic_store_explicit(&known, sum, memory_order_relaxed);
    }
    return sum;
}

// 0, or an error.
static int
thread_create(struct thread_start *s)
{
    pthread_attr_t attr;
    if (pthread_attr_init(&attr) != 0)
        return ENOMEM;
    pthread_attr_setstacksize(&attr, THREAD_STACK + thread_locals());
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_t id;
    int saved = errno;
    int err = pthread_create(&id, &attr, thread_entry, s);
    errno = saved;
    pthread_attr_destroy(&attr);
    return err;
}

bool
leat__thread_start(void (*fn)(void *arg), void *arg, const char *name)
{
    struct thread_start *s = leat__fault_hits(LEAT__FAULT_THREAD)
        ? NULL
        : leat__heap_alloc(sizeof *s);
    void *sigstack = s != NULL ? thread_sigstack_new() : NULL;
    int err = ENOMEM;
    if (sigstack != NULL) {
        *s = (struct thread_start){fn, arg, name, sigstack};
        err = thread_create(s);
        if (err == 0)
            return true;
        munmap(sigstack, THREAD_SIGSTACK);
    }
    leat__heap_free(s);
    leat__thread_refused(err);
    return false;
}

// Limits are EAGAIN. (The kernel's ENOMEM the C library makes that too.) A
// sandbox says EPERM or ENOSYS; where it says the latter of clone3 only, the C
// library has taken clone instead.
void
leat__thread_refused(int err)
{
    atomic_store(&thread_ban, err != EAGAIN && err != ENOMEM);
    atomic_fetch_add(&thread_refusals, 1);
}

bool
leat__thread_banned(void)
{
    return atomic_load(&thread_ban);
}

uint64_t
leat__thread_refusals(void)
{
    return atomic_load(&thread_refusals);
}

// The links of the directory of threads are its entries, `.` and `..`. One
// call, because listing it while threads end can miss others.
static int
thread_count_all(void)
{
    struct stat st;
    int saved = errno;
    bool ok = stat("/proc/self/task", &st) == 0;
    errno = saved;
    if (!ok || st.st_nlink < 3)
        return 0;
    return (int)st.st_nlink - 2;
}

// An emulator of user programs (qemu-aarch64) has a thread of its own in the
// process, and the process has the emulator's name. Before anything of the
// program could start one, all but the first thread are the emulator's; a
// child of fork has as many.
__attribute__((constructor(101))) static void
thread_find_emulator(void)
{
    char name[sizeof THREAD_EMULATOR] = "";
    int count = thread_count_all();
    if (count < 2)
        return;
    int fd = open("/proc/self/comm", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    if (read(fd, name, sizeof name - 1) == sizeof name - 1 &&
        strcmp(name, THREAD_EMULATOR) == 0)
        thread_tools = count - 1;
    close(fd);
}

#if LEAT__TSAN
// ThreadSanitizer starts a thread in the child of a fork, beside the one that
// comes with the first pthread_create and is the caller's to know.
static void
thread_after_fork(void)
{
    thread_tools = 1;
}

__attribute__((constructor)) static void
thread_watch_forks(void)
{
    pthread_atfork(NULL, NULL, thread_after_fork);
}
#endif

int
leat__thread_count(void)
{
    int count = thread_count_all();
    return count > thread_tools ? count - thread_tools : count;
}

bool
leat__thread_sigstack(void)
{
    stack_t old;
    if (sigaltstack(NULL, &old) == 0 && !(old.ss_flags & SS_DISABLE))
        return true;
    void *p = thread_sigstack_new();
    if (p == NULL)
        return false;
    thread_sigstack_use(p);
    return true;
}

// The program may have put another in its place, which is not to be touched.
void
leat__thread_sigstack_end(void)
{
    stack_t now, none = {.ss_flags = SS_DISABLE};
    void *p = thread_sigstack;
    if (p == NULL)
        return;
    if (sigaltstack(NULL, &now) != 0 ||
        (now.ss_sp == p && sigaltstack(&none, NULL) != 0))
        return;
    thread_sigstack = NULL;
    munmap(p, THREAD_SIGSTACK);
}

void
leat__thread_exact_timers(void)
{
    prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0);
}
