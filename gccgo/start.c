// SPDX-License-Identifier: MIT
// gccgo/start.c: main, the go statement, and what the program knows of its
// goroutines and threads.
//
// gccgo compiles package main to __go_init_main, which initializes every
// package in order, and main.main. Both run as goroutine 1.
//
// The packages of libgo are compiled for split stacks: their functions compare
// the stack pointer with a word of the thread (%fs:0x70). No thread of ours
// ever sets that word, it is 0 and every comparison passes; the function they
// would call otherwise is here, and must never be.
#include "gccgo/abi.h"
#include "sched/sched.h"

#include <string.h>
#include <unistd.h>

enum {
    // Address space, committed as it is touched. Go's limit is 1 GB; this
    // is less, so that a hundred thousand fit into the 47 bits there are.
    START_STACK = 256 << 20
};

void leat__go_init_main(void) GO_NAME("__go_init_main");
void leat__go_main(void) GO_NAME("main.main");

static int start_argc;
static char **start_argv;
extern char **environ;

void __morestack(void);
void
__morestack(void)
{
    leat__throw("runtime: a thread has a split stack");
}

// The beginning -------------------------------------------------------------

static int
start_main(int argc, char **argv)
{
    start_argc = argc;
    start_argv = argv;
    leat__go_init_main();
    leat__go_main();
    return 0;
}

int
main(int argc, char **argv)
{
    static const struct leat_config config = {
        .profile = LEAT_GO, .stack_size = START_STACK};
    leat_configure(&config);
    leat__init();
    leat__sched.profile = LEAT_GO; // whatever LEATDEBUG says
    leat__go_panic_init();
    leat__go_symbol_init();
    leat_run(start_main, argc, argv);
}

// A list of C strings as a []string.
static struct go_slice
start_strings(char **from, go_int n)
{
    struct go_string *s =
        leat__go_alloc((uintptr_t)n * sizeof *s, false);
    for (go_int i = 0; i < n; i++)
        s[i] = (struct go_string){from[i], (go_int)strlen(from[i])};
    return (struct go_slice){s, n, n};
}

struct go_slice leat__go_args(void) GO_NAME("os.runtime__args");
struct go_slice
leat__go_args(void)
{
    return start_strings(start_argv, start_argc);
}

struct go_slice leat__go_envs(void) GO_NAME("syscall.runtime__envs");
struct go_slice
leat__go_envs(void)
{
    go_int n = 0;
    while (environ[n] != NULL)
        n++;
    return start_strings(environ, n);
}

// Goroutines ----------------------------------------------------------------

void leat__go_go(void (*fn)(void *), void *arg) GO_NAME("__go_go");
void
leat__go_go(void (*fn)(void *), void *arg)
{
    struct leat__m *m = leat__enter();
    struct leat__g *g =
        leat__spawn(m, NULL, fn, arg, __builtin_return_address(0));
    if (LEAT__LIKELY(g != NULL))
        leat__ready(m, g);
    leat__leave(m);
    if (g == NULL)
        leat__throw("runtime: out of memory: cannot make the stack of a new "
                    "goroutine");
}

// runtime.Gosched is inlined as mcall(gosched_m): mcall has no other use.
static void
start_gosched(void)
{
}
const struct go_func leat__go_gosched_value GO_NAME("runtime.gosched__m..f");
const struct go_func leat__go_gosched_value = {start_gosched};

void leat__go_mcall(const struct go_func *fn) GO_NAME("runtime.mcall");
void
leat__go_mcall(const struct go_func *fn)
{
    (void)fn;
    leat_yield();
}

void leat__go_check_timeouts(void) GO_NAME("runtime.checkTimeouts");
void
leat__go_check_timeouts(void)
{
}

void leat__go_osyield(void) GO_NAME("runtime.osyield");
void
leat__go_osyield(void)
{
    leat_yield();
}

// System goroutines are not counted: there is nothing to wait for.
int32_t leat__go_expected GO_NAME("runtime.expectedSystemGoroutines");

void leat__go_wait_system(void) GO_NAME("runtime.waitForSystemGoroutines");
void
leat__go_wait_system(void)
{
}

int32_t leat__go_gcount(void) GO_NAME("runtime.gcount");
int32_t
leat__go_gcount(void)
{
    return leat_num_goroutine();
}

int32_t leat__go_ncpu GO_NAME("runtime.ncpu");
__attribute__((constructor)) static void
start_count_cpus(void)
{
    leat__go_ncpu = leat_num_cpu();
}

go_int leat__go_gomaxprocs(go_int n) GO_NAME("runtime.GOMAXPROCS");
go_int
leat__go_gomaxprocs(go_int n)
{
    return leat_gomaxprocs(n > LEAT_PROCS_MAX ? LEAT_PROCS_MAX : (int)n);
}
GO_VALUE(leat__go_gomaxprocs, "runtime.GOMAXPROCS")

// A goroutine cannot be bound to its thread; nothing in Go's library needs it.
void leat__go_lock_thread(void) GO_NAME("runtime.LockOSThread");
void
leat__go_lock_thread(void)
{
}
GO_VALUE(leat__go_lock_thread, "runtime.LockOSThread")

void leat__go_unlock_thread(void) GO_NAME("runtime.UnlockOSThread");
void
leat__go_unlock_thread(void)
{
}
GO_VALUE(leat__go_unlock_thread, "runtime.UnlockOSThread")

// Types ---------------------------------------------------------------------

// What a package lists: its types that reflect may look for, by their text.
struct go_type_list {
    go_int count;
    const struct go_type *type[];
};

static const struct go_type_list **start_lists;
static go_int start_list_count;

void leat__go_register_types(go_int n, const struct go_type_list **lists)
    GO_NAME("runtime.registerTypeDescriptors");
void
leat__go_register_types(go_int n, const struct go_type_list **lists)
{
    start_lists = lists;
    start_list_count = n;
}

// reflect: the type with this text, if the program has it.
const struct go_type *leat__go_lookup_type(struct go_string text)
    GO_NAME("reflect.lookupType");
const struct go_type *
leat__go_lookup_type(struct go_string text)
{
    for (go_int i = 0; i < start_list_count; i++) {
        const struct go_type_list *list = start_lists[i];
        for (go_int j = 0; j < list->count; j++)
            if (leat__go_same(*list->type[j]->string, text))
                return list->type[j];
    }
    return NULL;
}
