// SPDX-License-Identifier: MIT
// test_signal.c: faults, stack overflow, and signals that somebody sends.
// The texts are Go's. Under AddressSanitizer faults are its own business;
// ThreadSanitizer delivers signals that are sent when the thread next calls
// libc, which a sleeping scheduler does not.
#include "lib/test.h"
#include "panic/signal.h"
#include "sched/sched.h"

#include <leat.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define NIL_TEXT                                                               \
    "runtime error: invalid memory address or nil pointer dereference"
#define GO_PROFILE .env = {"LEATDEBUG=profile=go"}, .skip_under = TEST_ASAN

struct far {
    char before[4000];
    int last;
};

static struct far *volatile null;
static volatile int zero, sink;

__attribute__((noinline)) static int
read_null(void)
{
    return null->last;
}

__attribute__((noinline)) static int
divide(int a)
{
    return a / zero;
}

static void
say(void *text)
{
    puts(text);
}

// NULL and division -----------------------------------------------------

// Reads NULL and recovers. (No variable of who loops lives over the try: see
// leat/panic.h.)
static void
read_null_and_recover(void)
{
    struct leat_caught c = {0};
    leat_try {
        leat_catch(&c);
        read_null();
    }
    CHECK_EQ(c.kind, LEAT_PANIC_RUNTIME);
    CHECK_STR(c.text, NIL_TEXT);
}

TEST_WITH(signal, a_null_access_is_recovered_in_the_go_profile, GO_PROFILE)
{
    read_null_and_recover();
}

TEST_WITH(signal, a_division_by_zero_is_recovered_in_the_go_profile,
    .env = {"LEATDEBUG=profile=go"}, .skip_under = TEST_ASAN | TEST_QEMU)
{
    struct leat_caught c = {0};
    leat_try {
        leat_catch(&c);
        sink = divide(10);
    }
    CHECK_STR(c.text, "runtime error: integer divide by zero");
}

TEST_WITH(signal, faults_can_be_recovered_any_number_of_times, GO_PROFILE)
{
    for (int i = 0; i < 2000; i++)
        read_null_and_recover();
}

static void
recover_null(struct leat_waitgroup *wg)
{
    for (int i = 0; i < 100; i++) {
        read_null_and_recover();
        leat_yield();
    }
    leat_waitgroup_done(wg);
}

TEST_WITH(signal, goroutines_on_all_threads_recover_their_own_faults,
    .env = {"LEATDEBUG=profile=go", "LEATPROCS=4"}, .skip_under = TEST_ASAN)
{
    struct leat_waitgroup wg = LEAT_ZERO;
    leat_waitgroup_add(&wg, 8);
    for (int i = 0; i < 8; i++)
        leat_go(recover_null, &wg);
    leat_waitgroup_wait(&wg);
    CHECK_EQ(leat_num_goroutine() >= 1, 1);
}

// With about so many bytes of the goroutine's stack left.
__attribute__((noinline)) static int
read_null_with_stack_left(size_t left)
{
    char *here = __builtin_frame_address(0);
    size_t size = (size_t)(here - (char *)leat__this_m()->g->stack_lo) - left;
    volatile char *room = __builtin_alloca(size);
    room[0] = 1;
    return read_null() + room[0];
}

// A page is enough to panic and recover.
TEST_WITH(signal, a_null_access_near_the_end_of_the_stack_is_recovered,
    .env = {"LEATDEBUG=profile=go"}, .skip_under = TEST_ASAN | TEST_TSAN)
{
    struct leat_caught c = {0};
    leat_try {
        leat_catch(&c);
        read_null_with_stack_left(4096 + 512);
    }
    CHECK_STR(c.text, NIL_TEXT);
}

// A panic would only overflow the stack, and tell of that.
TEST_WITH(signal, a_null_access_at_the_end_of_the_stack_is_final,
    .env = {"LEATDEBUG=profile=go"}, .exit_status = 2,
    .skip_under = TEST_ASAN,
    .stderr_has = {"panic: " NIL_TEXT "\n[signal SIGSEGV"},
    .stderr_lacks = {"stack overflow"})
{
    struct leat_caught c = {0};
    leat_try {
        leat_catch(&c);
        read_null_with_stack_left(2048);
    }
}

static void
use_the_stack(void *arg)
{
    // Aligned stores and floating point fault on a stack that is not
    // aligned as the ABI has it.
    _Alignas(16) volatile double v[2] = {1.5, 2.5};
    char text[32];
    snprintf(text, sizeof text, "%.1f", v[0] + v[1]);
    strcpy(arg, text);
    leat_recover();
}

TEST_WITH(signal, a_panic_from_a_fault_runs_on_an_aligned_stack, GO_PROFILE)
{
    static char text[32];
    leat_try {
        leat_defer(use_the_stack, text);
        read_null();
    }
    CHECK_STR(text, "4.0");
}

static void
keep_locals(struct leat_caught *c)
{
    volatile int sum = 0;
    leat_try {
        leat_catch(c);
        for (int i = 1; i <= 10; i++)
            sum += i;
        memset(null, 0, sizeof *null); // in libc, not in this program
    }
    CHECK_EQ(sum, 55);
}

TEST_WITH(signal, a_fault_in_a_library_is_a_panic_of_who_called_it,
    GO_PROFILE)
{
    struct leat_caught c = {0};
    keep_locals(&c);
    CHECK_STR(c.text, NIL_TEXT);
}

TEST_WITH(signal, a_null_access_nobody_recovers_prints_go_s_text,
    .exit_status = 2, .env = {"LEATDEBUG=profile=go"},
    .stdout_is = "deferred\n", .skip_under = TEST_ASAN,
    .stderr_has = {"panic: " NIL_TEXT "\n[signal SIGSEGV: segmentation "
                   "violation code=0x1 addr=0xfa0 pc=0x",
        "]\n\ngoroutine 1 [running]:\nread_null(...)\n\t"},
    .stderr_lacks = {"sigpanic", "restore_rt"})
{
    leat_defer(say, "deferred");
    read_null();
}

TEST_WITH(signal, a_null_access_is_final_in_the_strict_profile,
    .exit_status = 2, .stdout_is = "before\n", .skip_under = TEST_ASAN,
    .stderr_has = {"panic: " NIL_TEXT "\n[signal SIGSEGV: segmentation "
                   "violation code=0x1 addr=0xfa0 pc=0x",
        "]\n\ngoroutine 1 [running]:\nread_null(...)\n\t"})
{
    struct leat_caught c = {0};
    puts("before");
    leat_try {
        leat_catch(&c);
        leat_defer(say, "deferred");
        read_null();
    }
    puts("after");
}

static void
read_null_deferred(void *arg)
{
    (void)arg;
    read_null();
}

TEST_WITH(signal, a_fault_in_a_deferred_function_is_a_newer_panic,
    .exit_status = 2, .env = {"LEATDEBUG=profile=go"},
    .skip_under = TEST_ASAN,
    .stderr_has = {"panic: A\n\tpanic: " NIL_TEXT "\n[signal SIGSEGV"})
{
    leat_defer(read_null_deferred, NULL);
    leat_panic("A");
}

static void
panic_B(void *arg)
{
    (void)arg;
    leat_panic("B");
}

TEST_WITH(signal, the_trace_of_a_later_panic_shows_where_the_fault_was,
    .exit_status = 2, .env = {"LEATDEBUG=profile=go"},
    .skip_under = TEST_ASAN | TEST_TSAN,
    .stderr_has = {"panic: " NIL_TEXT "\n\tpanic: B\n[signal SIGSEGV",
        "\npanic_B(...)\n", "\nread_null(...)\n"})
{
    leat_defer(panic_B, NULL);
    read_null();
}

TEST_WITH(signal, a_call_of_a_null_function_shows_the_caller,
    .exit_status = 2, .skip_under = TEST_ASAN,
    .stderr_has = {"panic: " NIL_TEXT "\n[signal SIGSEGV: segmentation "
                   "violation code=0x1 addr=0x0 pc=0x0]\n",
        "test_body__signal__a_call_of_a_null_function_shows_the_caller(...)"})
{
    void (*volatile f)(void) = NULL;
    f();
    puts("not reached");
}

// Other addresses -------------------------------------------------------

TEST_WITH(signal, a_bad_address_is_fatal_in_the_go_profile_too,
    .exit_status = 2, .env = {"LEATDEBUG=profile=go"}, .stdout_is = "",
    .skip_under = TEST_ASAN,
    .stderr_has = {"unexpected fault address 0x12345000\nfatal error: "
                   "fault\n[signal SIGSEGV: segmentation violation code=0x1 "
                   "addr=0x12345000 pc=0x",
        "]\n\ngoroutine 1 [running]:\n"})
{
    struct leat_caught c = {0};
    leat_try {
        leat_catch(&c);
        leat_defer(say, "deferred");
        *(volatile char *)(0x12345000 + (uintptr_t)zero) = 1;
    }
}

TEST_WITH(signal, a_truncated_file_mapping_is_a_bus_error, .exit_status = 2,
    .skip_under = TEST_ASAN | TEST_QEMU,
    .stderr_has = {"fatal error: fault\n[signal SIGBUS: bus error code=0x2 "
                   "addr=0x"})
{
    int fd = memfd_create("short", 0);
    CHECK_EQ(ftruncate(fd, 4096), 0);
    char *p = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);
    CHECK(p != MAP_FAILED);
    printf("%d\n", *(volatile char *)(p + 4096));
}

TEST_WITH(signal, a_bad_pointer_given_to_a_send_is_reported_not_a_hang,
    .exit_status = 2, .env = {"LEATDEBUG=profile=go"},
    .skip_under = TEST_ASAN,
    .stderr_has = {"fatal error: fault\n[signal SIGSEGV",
        "goroutine 1 [running]:\n"})
{
    leat_chan(int) c = leat_make_chan(int, 1);
    struct leat_caught caught = {0};
    leat_try {
        leat_catch(&caught);
        leat_chan_send((struct leat_chan *)(void *)c, (void *)(uintptr_t)8);
    }
}

TEST_WITH(signal, an_illegal_instruction_names_the_signal, .exit_status = 2,
    .skip_under = TEST_ASAN | TEST_QEMU,
    .stderr_has = {"SIGILL: illegal instruction\nPC=0x",
        "\n\ngoroutine 1 [running]:\n"})
{
#if defined(__x86_64__)
    __asm__ volatile("ud2");
#else
    __asm__ volatile(".inst 0");
#endif
}

// The stack -------------------------------------------------------------

// Not a tail call, and with a frame of some size.
__attribute__((noinline)) static int
deeper(int n)
{
    volatile char room[64];
    room[0] = (char)n;
    return (n == zero - 1 ? 0 : deeper(n + 1)) + room[0];
}

TEST_WITH(stack, an_overflow_is_told_from_a_bad_address, .exit_status = 2,
    .skip_under = TEST_ASAN,
    .stderr_has = {"runtime: goroutine stack exceeds ",
        "-byte limit\nruntime: sp=0x",
        "]\nfatal error: stack overflow\n\ngoroutine 1 [running]:\n"
        "deeper(...)\n\t",
        "\n...", " frames elided...\n",
        "\ntest_body__stack__an_overflow_is_told_from_a_bad_address(...)\n"})
{
    sink = deeper(0);
}

// Touches the far end of its frame first, as a read into a buffer does.
__attribute__((noinline)) static int
with_large_frame(int n)
{
    volatile char room[LEAT_STACK_DEFAULT + (48 << 10)];
    __asm__ volatile("" : : "r"(room)); // all of it
    room[0] = (char)n;
    return room[0];
}

static void
call_with_large_frame(void)
{
    sink = with_large_frame(zero);
}

TEST_WITH(stack, a_frame_of_48_kib_does_not_step_over_the_guard,
    .exit_status = 2, .skip_under = TEST_ASAN,
    .stderr_has = {"runtime: goroutine stack exceeds 196608-byte limit\n",
        "\nwith_large_frame(...)\n"})
{
    leat_go(call_with_large_frame);
    leat_recv((leat_chan(int))leat_make_chan(int));
}

__attribute__((noinline)) static int
with_frame_of(size_t size)
{
    volatile char *room = __builtin_alloca(size);
    __asm__ volatile("" : : "r"(room)); // all of it
    room[0] = (char)size;
    return room[0];
}

// Bytes from here down to where three pages in a row are nobody's; 0: nowhere
// within the frames that are taken for such.
static size_t
distance_to_nothing(void)
{
    enum { PAGE = 4096, MOST = 60 << 20 };
    unsigned char in_core[1];
    uintptr_t here = (uintptr_t)__builtin_frame_address(0) & -(uintptr_t)PAGE;
    for (size_t n = LEAT_STACK_DEFAULT * 2; n < MOST; n += PAGE * 3) {
        int missing = 0;
        for (int i = -1; i <= 1; i++)
            missing += mincore((char *)here - n + i * PAGE, 1, in_core) != 0 &&
                errno == ENOMEM;
        if (missing == 3)
            return n;
    }
    return 0;
}

TEST_WITH(stack, a_frame_larger_than_the_guard_is_told_from_a_bad_address,
    .exit_status = 2, .skip_under = TEST_ASAN | TEST_QEMU,
    .stderr_has = {"fatal error: stack overflow\n\ngoroutine 1 [running]:\n"})
{
    size_t n = distance_to_nothing();
    if (n == 0)
        test_skip("nothing within reach is nobody's");
    sink = with_frame_of(n);
}

TEST_WITH(stack, the_size_asked_for_at_spawn_is_the_limit, .exit_status = 2,
    .skip_under = TEST_ASAN,
    .stderr_has = {"runtime: goroutine stack exceeds 65536-byte limit\n",
        "\n\ngoroutine ", " \"small\" [running]:\n", "\ndeeper(...)\n",
        "\ncreated by test_body__stack__the_size_asked"})
{
    struct leat_go_options o = {.name = "small", .stack_size = 64 << 10};
    leat_go_with(&o, deeper, 0);
    leat_recv((leat_chan(int))leat_make_chan(int));
}

TEST_WITH(stack, an_overflow_cannot_be_recovered, .exit_status = 2,
    .env = {"LEATDEBUG=profile=go"}, .stdout_is = "",
    .skip_under = TEST_ASAN, .stderr_has = {"fatal error: stack overflow\n"})
{
    struct leat_caught c = {0};
    leat_try {
        leat_catch(&c);
        leat_defer(say, "deferred");
        sink = deeper(0);
    }
}

// Signals that are sent -------------------------------------------------

static void
wait_for_ever(leat_chan(int) c)
{
    leat_recv(c);
}

TEST_WITH(signal, sigquit_prints_all_goroutines_and_exits_with_2,
    .exit_status = 2,
    .stderr_has = {"SIGQUIT: quit\nPC=0x", "\n\ngoroutine 1 [running]:\n",
        "[chan receive]:\nwait_for_ever(...)\n"},
    .stdout_is = "printed")
{
    printf("printed");
    leat_go(wait_for_ever, leat_make_chan(int));
    leat_yield();
    raise(SIGQUIT);
    CHECK(false);
}

TEST_WITH(signal, sigquit_also_works_while_everything_waits,
    .exit_status = 2, .skip_under = TEST_TSAN,
    .stderr_has = {"SIGQUIT: quit\nPC=0x", "\ngoroutine 1 [sleep]:\n"})
{
    pid_t pid = getpid();
    if (fork() == 0) {
        // The parent sleeps in its scheduler by then, or is about to: both
        // have to work.
        usleep(50 * 1000);
        kill(pid, SIGQUIT);
        _exit(0);
    }
    leat_sleep(60 * LEAT_SECOND);
}

TEST_WITH(signal, a_fault_signal_that_was_sent_is_no_panic, .exit_status = 2,
    .env = {"LEATDEBUG=profile=go"}, .skip_under = TEST_ASAN,
    .stderr_has = {"SIGSEGV: segmentation violation\nPC=0x"},
    .stderr_lacks = {"panic:"})
{
    struct leat_caught c = {0};
    leat_try {
        leat_catch(&c);
        raise(SIGSEGV);
    }
}

static void
own_handler(int sig)
{
    (void)sig;
    static const char text[] = "mine\n";
    if (write(1, text, sizeof text - 1) < 0)
        _exit(1);
    _exit(7);
}

static int
null_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return read_null();
}

PLAIN_TEST_WITH(signal, a_handler_installed_before_the_start_stays,
    .exit_status = 7, .stdout_is = "mine\n",
    .skip_under = TEST_ASAN | TEST_TSAN)
{
    signal(SIGSEGV, own_handler);
    leat_run(null_main, 0, NULL);
}

PLAIN_TEST_WITH(signal, a_fault_that_the_parent_has_blocked_prints_go_s_text,
    .exit_status = 2, .skip_under = TEST_ASAN,
    .stderr_has = {"panic: " NIL_TEXT "\n[signal SIGSEGV"})
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    leat_run(null_main, 0, NULL);
}

// What was on the stack before is not taken for signals to let through.
__attribute__((noinline)) static void
fill_the_stack(void)
{
    char room[16384];
    memset(room, 0xff, sizeof room);
    __asm__ volatile("" : : "r"(room) : "memory");
}

// (Sanitizers have handlers of faults, which stay as they are, and the emulator
// keeps a signal for itself.)
PLAIN_TEST_WITH(signal, of_the_signals_that_are_blocked_only_faults_are_let_in,
    .skip_under = TEST_ASAN | TEST_QEMU)
{
    sigset_t all, now;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    fill_the_stack();
    leat__signals_install();
    CHECK_EQ(pthread_sigmask(SIG_SETMASK, NULL, &now), 0);
    for (int sig = 1; sig < SIGRTMAX; sig++) {
        bool fault = sig == SIGSEGV || sig == SIGBUS || sig == SIGFPE ||
            sig == SIGILL;
        // Not to be blocked at all, and libc's own.
        if (sig == SIGKILL || sig == SIGSTOP || (sig > 31 && sig < SIGRTMIN))
            continue;
        CHECK_MSG(sigismember(&now, sig) == !fault, "signal %d", sig);
    }
}

PLAIN_TEST_WITH(signal, a_fault_that_the_parent_ignores_prints_go_s_text,
    .exit_status = 2, .skip_under = TEST_ASAN,
    .stderr_has = {"panic: " NIL_TEXT "\n[signal SIGSEGV"})
{
    for (int sig = 1; sig < NSIG; sig++)
        signal(sig, SIG_IGN);
    leat_run(null_main, 0, NULL);
}

__attribute__((noinline)) static void
spin_for_ever(void)
{
    for (;;)
        sink++;
}

static int
dump_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    leat_go(spin_for_ever);
    leat_sleep(30 * LEAT_MILLISECOND); // it has a thread by now
    leat_stack_dump(2, true);
    return 0;
}

PLAIN_TEST_WITH(signal, a_dump_finds_what_runs_where_the_parent_ignores_sigurg,
    .skip_under = TEST_TSAN, .stderr_has = {"\nspin_for_ever(...)\n"})
{
    signal(SIGURG, SIG_IGN);
    leat_run(dump_main, 0, NULL);
}

static int
quit_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    CHECK_EQ(raise(SIGQUIT), 0);
    struct sigaction is;
    CHECK_EQ(sigaction(SIGQUIT, NULL, &is), 0);
    CHECK(is.sa_handler == SIG_IGN);
    return 0;
}

// (ThreadSanitizer does not tell whether a signal is ignored: Leat's handlers
// are installed over whatever there is.)
PLAIN_TEST_WITH(signal, an_ignored_sigquit_stays_ignored,
    .stderr_lacks = {"SIGQUIT"}, .skip_under = TEST_TSAN)
{
    signal(SIGQUIT, SIG_IGN);
    leat_run(quit_main, 0, NULL);
}

TEST_WITH(signal, a_handler_installed_later_replaces_ours, .exit_status = 7,
    .stdout_is = "mine\n", .skip_under = TEST_ASAN)
{
    signal(SIGSEGV, own_handler);
    read_null();
}

static void *
fault_in_thread(void *arg)
{
    (void)arg;
    read_null();
    return NULL;
}

TEST_WITH(signal, a_fault_in_a_plain_thread_is_the_system_s_business,
    .signal = SIGSEGV, .skip_under = TEST_ASAN)
{
    pthread_t t;
    CHECK_EQ(pthread_create(&t, NULL, fault_in_thread, NULL), 0);
    leat_blocking_begin();
    pthread_join(t, NULL);
}

TEST_WITH(signal, many_faults_at_once_end_in_one_report, .exit_status = 2,
    .env = {"LEATPROCS=4"}, .skip_under = TEST_ASAN,
    .stderr_has = {"panic: " NIL_TEXT "\n[signal SIGSEGV"},
    .stderr_lacks = {"panic: " NIL_TEXT "\npanic"})
{
    for (int i = 0; i < 20; i++)
        leat_go(read_null);
    leat_recv((leat_chan(int))leat_make_chan(int));
}
