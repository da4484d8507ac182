// SPDX-License-Identifier: MIT
// gccgo/system.c: what packages syscall, os and runtime/debug ask of the
// runtime.
#include "gccgo/abi.h"

#include "sched/sched.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *
leat__go_c_string(struct go_string s)
{
    char *p = leat__go_alloc((uintptr_t)s.len + 1, false);
    memcpy(p, s.ptr, (size_t)s.len);
    p[s.len] = 0;
    return p;
}

// System calls --------------------------------------------------------------
//
// Short ones are the rule, and sysmon sees the others.

void leat__go_entersyscall(void) GO_NAME("syscall.Entersyscall");
void
leat__go_entersyscall(void)
{
}

void leat__go_exitsyscall(void) GO_NAME("syscall.Exitsyscall");
void
leat__go_exitsyscall(void)
{
}

_Noreturn void leat__go_exit(go_int status) GO_NAME("syscall.Exit");
_Noreturn void
leat__go_exit(go_int status)
{
    if (status == 0 && leat__hooks.at_exit != NULL)
        leat__hooks.at_exit();
    exit((int)status);
}

go_int leat__go_pagesize(void) GO_NAME("syscall.Getpagesize");
go_int
leat__go_pagesize(void)
{
    return sysconf(_SC_PAGESIZE);
}

// C code that calls back; nothing to be done, goroutines have C stacks.
#define SYSTEM_NOTHING(c_name, go)                                            \
    void c_name(void) GO_NAME(go);                                            \
    void c_name(void)                                                         \
    {                                                                         \
    }
SYSTEM_NOTHING(leat__go_cgocall, "syscall.Cgocall")
SYSTEM_NOTHING(leat__go_cgocall_done, "syscall.CgocallDone")
SYSTEM_NOTHING(leat__go_cgocall_back, "syscall.CgocallBack")
SYSTEM_NOTHING(leat__go_cgocall_back_done, "syscall.CgocallBackDone")
SYSTEM_NOTHING(leat__go_before_exec, "syscall.runtime__BeforeExec")
SYSTEM_NOTHING(leat__go_after_exec, "syscall.runtime__AfterExec")
SYSTEM_NOTHING(leat__go_before_exit, "os.runtime__beforeExit")

// Around a fork no signal may reach the child, which has no runtime. Only one
// goroutine forks at a time: package syscall has a lock.
static sigset_t system_mask;

void leat__go_before_fork(void) GO_NAME("syscall.runtime__BeforeFork");
void
leat__go_before_fork(void)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &system_mask);
}

void leat__go_after_fork(void) GO_NAME("syscall.runtime__AfterFork");
void
leat__go_after_fork(void)
{
    pthread_sigmask(SIG_SETMASK, &system_mask, NULL);
}

void leat__go_after_fork_in_child(void)
    GO_NAME("syscall.runtime__AfterForkInChild");
void
leat__go_after_fork_in_child(void)
{
    pthread_sigmask(SIG_SETMASK, &system_mask, NULL);
}

void leat__go_setenv(struct go_string name, struct go_string value)
    GO_NAME("syscall.setenv__c");
void
leat__go_setenv(struct go_string name, struct go_string value)
{
    setenv(leat__go_c_string(name), leat__go_c_string(value), 1);
}

void leat__go_unsetenv(struct go_string name) GO_NAME("syscall.unsetenv__c");
void
leat__go_unsetenv(struct go_string name)
{
    unsetenv(leat__go_c_string(name));
}

struct go_string leat__go_getenv(struct go_string name)
    GO_NAME("runtime.gogetenv");
struct go_string
leat__go_getenv(struct go_string name)
{
    const char *v = getenv(leat__go_c_string(name));
    return (struct go_string){v, v != NULL ? (go_int)strlen(v) : 0};
}

uint32_t leat__go_fastrand(void) GO_NAME("os.fastrand");
uint32_t
leat__go_fastrand(void)
{
    return (uint32_t)leat_test_random();
}

uint32_t leat__go_net_fastrand(void) GO_NAME("net.fastrand");
uint32_t
leat__go_net_fastrand(void)
{
    return (uint32_t)leat_test_random();
}

uint32_t leat__go_runtime_fastrand(void) GO_NAME("runtime.fastrand");
uint32_t
leat__go_runtime_fastrand(void)
{
    return (uint32_t)leat_test_random();
}

void leat__go_sigpipe(void) GO_NAME("os.sigpipe");
void
leat__go_sigpipe(void)
{
    signal(SIGPIPE, SIG_DFL);
    raise(SIGPIPE);
}

// runtime/debug
bool leat__go_set_panic_on_fault(bool on)
    GO_NAME("runtime_1debug.setPanicOnFault");
bool
leat__go_set_panic_on_fault(bool on)
{
    struct leat__g *g = leat__this_m()->g;
    bool old = g->panic_on_fault;
    g->panic_on_fault = on;
    return old;
}

// Traces are complete always, and there is no heap to dump.
void leat__go_set_traceback(struct go_string level)
    GO_NAME("runtime_1debug.SetTraceback");
void
leat__go_set_traceback(struct go_string level)
{
    (void)level;
}

void leat__go_write_heap_dump(uintptr_t fd)
    GO_NAME("runtime_1debug.WriteHeapDump");
void
leat__go_write_heap_dump(uintptr_t fd)
{
    (void)fd;
}

// Variables that functions of package runtime use where they are inlined.
uint64_t leat__go_block_rate GO_NAME("runtime.blockprofilerate");
uint64_t leat__go_mutex_rate GO_NAME("runtime.mutexprofilerate");
const struct go_string leat__go_goroot GO_NAME("runtime.defaultGOROOT");
const struct go_string leat__go_goroot = {"", 0};
const struct go_string leat__go_version GO_NAME("runtime.buildVersion");
const struct go_string leat__go_version = {
    "go1.18 gccgo Leat " LEAT_VERSION,
    sizeof "go1.18 gccgo Leat " LEAT_VERSION - 1};
