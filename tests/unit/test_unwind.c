// SPDX-License-Identifier: MIT
// test_unwind.c: walks of this program's own stack, against what the source
// knows of itself: the names of its functions and the lines of its calls.

#include "debug/dwarf_cfi.h"
#include "debug/symbol.h"
#include "debug/unwind.h"

#include "unit/unwind_scenarios.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

// Keeps a call from being the last thing a function does: a jump would leave
// no frame to find.
#define STAY() __asm__ volatile("" ::: "memory")
// The line of the call, kept where the scenario can compare it.
#define CALL(slot, call)                                                       \
    do {                                                                       \
        unwind_line[slot] = __LINE__;                                          \
        call;                                                                  \
        STAY();                                                                \
    } while (0)

enum {
    FRAMES_MAX = 64,
    LINES = 8
};

static volatile int unwind_line[LINES];

struct walk {
    int count;
    int limit; // stop after this many; 0: never
    uintptr_t pc[FRAMES_MAX], cfa[FRAMES_MAX];
    bool is_call[FRAMES_MAX];
};

static struct walk walk;

static bool
walk_visit(void *arg, uintptr_t pc, uintptr_t cfa, bool is_call)
{
    struct walk *w = arg;
    if (w->count < FRAMES_MAX) {
        w->pc[w->count] = pc;
        w->cfa[w->count] = cfa;
        w->is_call[w->count] = is_call;
    }
    w->count++;
    return w->count != w->limit;
}

static struct leat__symbol
symbol_of_frame(int i)
{
    struct leat__symbol s;
    memset(&s, 0x7e, sizeof(s));
    leat__symbolize(walk.pc[i] - walk.is_call[i], &s);
    return s;
}

// The number of the first frame of this function at or after `from`, or -1.
static int
frame_of(const char *func, int from)
{
    for (int i = from; i < walk.count && i < FRAMES_MAX; i++) {
        if (strcmp(symbol_of_frame(i).func, func) == 0)
            return i;
    }
    return -1;
}

static void
check_func(int i, const char *func)
{
    CHECK(i >= 0 && i < walk.count);
#ifndef UNWIND_NO_STATICS
    struct leat__symbol s = symbol_of_frame(i);
    CHECK_STR(s.func, func);
    CHECK(s.func_start != 0);
    CHECK(s.func_start <= walk.pc[i]);
#else
    (void)func;
#endif
}

// Frame i is in func, and in this file at the line kept in slot.
static void
check_frame(int i, const char *func, int slot)
{
    check_func(i, func);
#ifndef UNWIND_NO_LINES
    struct leat__symbol s = symbol_of_frame(i);
    const char *base = strrchr(s.file, '/');
    CHECK_STR(base ? base + 1 : s.file, "test_unwind.c");
    CHECK_EQ(s.line, unwind_line[slot]);
#else
    (void)slot;
#endif
}

// ---- A plain chain of calls -------------------------------------------------

static APART void
chain_inner(uintptr_t lo, uintptr_t hi)
{
    struct leat__regs regs;
    walk.count = 0;
    leat__regs_here(&regs);
    int count = leat__unwind(&regs, lo, hi, walk_visit, &walk);
    CHECK_EQ(count, walk.count);
}

static APART void
chain_middle(uintptr_t lo, uintptr_t hi)
{
    CALL(1, chain_inner(lo, hi));
}

static APART void
chain_outer(uintptr_t lo, uintptr_t hi)
{
    CALL(2, chain_middle(lo, hi));
}

PLAIN_TEST(unwind, a_chain_of_calls_has_its_functions_and_lines_in_order)
{
    walk.limit = 0;
    CALL(3, chain_outer(0, 0));
    check_func(0, "chain_inner");
    check_frame(1, "chain_middle", 1);
    check_frame(2, "chain_outer", 2);
    check_frame(3, symbol_of_frame(3).func, 3);
    CHECK(!walk.is_call[0]);
    for (int i = 1; i < walk.count; i++)
        CHECK(walk.is_call[i]);
}

PLAIN_TEST(unwind, the_walk_ends_at_the_first_frame_of_the_program)
{
    walk.limit = 0;
    chain_outer(0, 0);
    STAY();
    CHECK(walk.count > 4);
    CHECK(walk.count < FRAMES_MAX);
    for (int i = 1; i < walk.count; i++) {
        CHECK(walk.cfa[i] > walk.cfa[i - 1] || i == walk.count - 1);
        struct leat__symbol s;
        CHECK(leat__symbolize(walk.pc[i], &s));
    }
#ifndef UNWIND_NO_STATICS
    CHECK(frame_of("main", 4) > 0);
    CHECK_STR(symbol_of_frame(walk.count - 1).func, "_start");
#endif
}

PLAIN_TEST(unwind, a_visitor_that_says_no_ends_the_walk)
{
    walk.limit = 2;
    chain_outer(0, 0);
    STAY();
    CHECK_EQ(walk.count, 2);
}

PLAIN_TEST(unwind, no_frame_is_found_beyond_the_bounds_of_the_stack)
{
    struct walk full;
    walk.limit = 0;
    chain_outer(0, 0);
    STAY();
    full = walk;
    // The same depth again, so the frames are where they were. What the second
    // frame saved is below its CFA, and what the third did is not.
    uintptr_t hi = full.cfa[1];
    chain_outer(hi - 4096, hi);
    STAY();
    CHECK_EQ(walk.count, 3);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(walk.pc[i], full.pc[i]);
    chain_outer(hi, hi + 4096);
    STAY();
    CHECK_EQ(walk.count, 1);
}

// ---- Frames that are hard to leave ------------------------------------------

static int
order_and_walk(const void *a, const void *b)
{
    if (walk.count == 0)
        CALL(4, chain_outer(0, 0));
    return *(const int *)a - *(const int *)b;
}

PLAIN_TEST(unwind, a_callback_from_libc_is_left_through_libc)
{
    int numbers[] = {3, 1, 2};
    walk.count = walk.limit = 0;
    CALL(5, qsort(numbers, 3, sizeof(numbers[0]), order_and_walk));
    check_frame(3, "order_and_walk", 4);
#ifndef UNWIND_NO_STATICS
    CHECK(UNWIND_SANITIZED || frame_of("qsort", 4) > 0 ||
          frame_of("qsort_r", 4) > 0);
#endif
#ifndef UNWIND_NO_LINES
    int found = 0;
    for (int i = 4; i < walk.count; i++)
        found += symbol_of_frame(i).line == unwind_line[5];
    CHECK_EQ(found, 1);
#endif
}

// Aligned locals, arguments on the stack and a stack that moves: gcc finds the
// CFA of such a frame by an expression.
static APART int
realigned(int a, int b, int c, int d, int e, int f, int g, int h, size_t size)
{
    _Alignas(64) volatile char local[64];
    volatile char *moved = __builtin_alloca(size);
    local[0] = (char)size;
    moved[0] = local[0];
    CALL(4, chain_outer(0, 0));
    return a + b + c + d + e + f + g + h + local[0] + moved[0];
}

PLAIN_TEST(unwind, a_frame_with_a_realigned_stack_is_left)
{
    walk.limit = 0;
    for (size_t size = 1; size < 200; size += 33) {
        CALL(5, realigned(1, 2, 3, 4, 5, 6, 7, 8, size));
        check_frame(3, "realigned", 4);
        check_frame(4, symbol_of_frame(4).func, 5);
    }
}

static void *
thread_body(void *arg)
{
    CALL(5, chain_outer(0, 0));
    return arg;
}

PLAIN_TEST(unwind, the_walk_ends_at_the_first_frame_of_a_thread)
{
    pthread_t thread;
    walk.limit = 0;
    CHECK_EQ(pthread_create(&thread, NULL, thread_body, NULL), 0);
    pthread_join(thread, NULL);
    check_frame(3, "thread_body", 5);
    CHECK(walk.count < 10);
    CHECK_EQ(frame_of("main", 0), -1);
}

// ---- Another stack ----------------------------------------------------------

enum {
    OTHER_STACK_BYTES = 64 * 1024
};

static ucontext_t other_context, own_context;
static struct leat__regs other_regs;
static _Alignas(16) char other_stack[OTHER_STACK_BYTES];

static APART void
other_inner(void)
{
    leat__regs_here(&other_regs);
    swapcontext(&other_context, &own_context);
    STAY();
}

static APART void
other_body(void)
{
    CALL(1, other_inner());
}

PLAIN_TEST(unwind, a_suspended_stack_is_walked_from_outside)
{
    if (UNWIND_SANITIZED)
        SKIP("sanitizers intercept swapcontext");
    CHECK_EQ(getcontext(&other_context), 0);
    other_context.uc_stack.ss_sp = other_stack;
    other_context.uc_stack.ss_size = sizeof(other_stack);
    other_context.uc_link = NULL;
    makecontext(&other_context, other_body, 0);
    swapcontext(&own_context, &other_context);
    uintptr_t lo = (uintptr_t)other_stack;
    walk.count = walk.limit = 0;
    leat__unwind(&other_regs, lo, lo + sizeof(other_stack), walk_visit, &walk);
    check_func(0, "other_inner");
    check_frame(1, "other_body", 1);
    CHECK(walk.count <= 3);
}

// ---- Signals ----------------------------------------------------------------

enum {
    PAINT = 0x5a,
    ALT_STACK_BYTES = 128 * 1024
};

static sigjmp_buf after_fault;
static int handler_uses_context;
static uintptr_t handler_sp;
static int handler_errno;
static _Alignas(4096) unsigned char alt_stack[ALT_STACK_BYTES];

static struct leat__regs
regs_of(const ucontext_t *uc)
{
    const char *base = (const char *)uc;
    struct leat__regs r;
    memcpy(&r.pc, base + leat__ucontext_pc_offset(), 8);
    memcpy(&r.sp, base + leat__ucontext_reg_offset(LEAT__REG_SP), 8);
    memcpy(&r.fp, base + leat__ucontext_reg_offset(LEAT__REG_FP), 8);
    return r;
}

static void
walk_and_leave(int sig, siginfo_t *info, void *uc)
{
    struct leat__regs regs;
    (void)sig;
    (void)info;
    walk.count = walk.limit = 0;
    handler_sp = (uintptr_t)__builtin_frame_address(0);
    errno = 1234;
    if (handler_uses_context == 1) {
        leat__unwind_ucontext(uc, 0, 0, walk_visit, &walk);
    } else {
        if (handler_uses_context == 2)
            regs = regs_of(uc);
        else
            leat__regs_here(&regs);
        leat__unwind(&regs, 0, 0, walk_visit, &walk);
    }
    handler_errno = errno;
    siglongjmp(after_fault, 1);
}

static void
catch_faults(bool on_alt_stack)
{
    struct sigaction sa;
    stack_t ss = {.ss_sp = alt_stack, .ss_size = sizeof(alt_stack)};
    memset(&sa, 0, sizeof(sa));
    memset(alt_stack, PAINT, sizeof(alt_stack));
    sigaltstack(&ss, NULL);
    sa.sa_sigaction = walk_and_leave;
    sa.sa_flags = SA_SIGINFO | (on_alt_stack ? SA_ONSTACK : 0);
    sigaction(SIGSEGV, &sa, NULL);
    sigaction(SIGBUS, &sa, NULL);
}

static int *volatile nowhere = (int *)16;
static void (*volatile no_function)(void);

static APART void
fault_inner(void)
{
    CALL(0, *nowhere = 1);
}

static APART void
fault_outer(void)
{
    CALL(1, fault_inner());
}

static void
run_fault(void (*body)(void))
{
    if (sigsetjmp(after_fault, 1) == 0) {
        body();
        CHECK(!"the fault came");
    }
    CHECK_EQ(handler_errno, 1234);
}

static void
check_walk_through_handler(void)
{
    int at = 0;
    run_fault(fault_outer);
    // The handler, the code it returns to, what was interrupted.
    if (handler_uses_context == 0) {
#ifndef UNWIND_NO_STATICS
        CHECK_STR(symbol_of_frame(0).func, "walk_and_leave");
#endif
        // Sanitizers call it from a handler of their own.
        at = UNWIND_SANITIZED ? frame_of("fault_inner", 1) : 2;
        CHECK(at >= 2);
        CHECK(!walk.is_call[at - 1]);
    }
    check_frame(at, "fault_inner", 0);
    CHECK(!walk.is_call[at]);
#if defined(__aarch64__)
    // Without x30 the caller of a leaf function is not known.
    if (handler_uses_context == 2)
        return;
#endif
    check_frame(at + 1, "fault_outer", 1);
    CHECK(walk.is_call[at + 1]);
#ifndef UNWIND_NO_STATICS
    CHECK(frame_of("main", at + 2) > 0);
#endif
}

PLAIN_TEST(unwind, a_walk_inside_a_handler_goes_on_in_what_it_interrupted)
{
    handler_uses_context = 0;
    catch_faults(false);
    check_walk_through_handler();
}

PLAIN_TEST(unwind, a_walk_leaves_the_alternate_stack_of_a_handler)
{
    handler_uses_context = 0;
    catch_faults(true);
    check_walk_through_handler();
}

PLAIN_TEST(unwind, a_walk_starts_from_the_context_of_a_signal)
{
    catch_faults(true);
    handler_uses_context = 1;
    check_walk_through_handler();
    handler_uses_context = 2;
    check_walk_through_handler();
}

static APART void
call_nothing(void)
{
    CALL(1, no_function());
}

PLAIN_TEST(unwind, a_call_of_a_null_function_shows_its_caller)
{
    catch_faults(true);
    handler_uses_context = 1;
    run_fault(call_nothing);
    CHECK_EQ(walk.pc[0], 0);
    check_frame(1, "call_nothing", 1);
}

PLAIN_TEST(unwind, a_walk_in_a_handler_uses_less_than_8_KiB_of_stack)
{
    if (UNWIND_SANITIZED)
        SKIP("sanitizers enlarge frames");
    size_t lowest = 0;
    catch_faults(true);
    handler_uses_context = 0;
    run_fault(fault_outer);
    while (lowest < sizeof(alt_stack) && alt_stack[lowest] == PAINT)
        lowest++;
    CHECK(handler_sp > (uintptr_t)alt_stack + lowest);
    size_t used = handler_sp - ((uintptr_t)alt_stack + lowest);
    CHECK_MSG(used < 8192, "used %zu", used);
    CHECK_MSG(
        used > 1024, "used %zu: the paint is not where the stack is", used);
}

// ---- Every instruction ------------------------------------------------------

static APART __attribute__((noreturn)) void
never_back(void)
{
    chain_outer(0, 0);
    siglongjmp(after_fault, 1);
}

// Its last instruction is the call, so the return address is not in it.
static APART void
last_call(void)
{
    never_back();
}

PLAIN_TEST(unwind, a_call_that_is_the_last_instruction_is_in_its_function)
{
    walk.limit = 0;
    if (sigsetjmp(after_fault, 1) == 0)
        CALL(5, last_call());
    check_func(3, "never_back");
    check_func(4, "last_call");
    check_frame(5, symbol_of_frame(5).func, 5);
}

#if defined(__x86_64__) && !defined(UNWIND_NO_STATICS)
enum {
    STEPS_MAX = 2000,
    STEPS_MIN = 50
};

static void *step_return; // where step_inner returns to, as it sees it
static int step_count, step_lost;
static uintptr_t step_pc[STEPS_MAX], step_cfa[STEPS_MAX];

static APART int
step_leaf(int x)
{
    return x * 3;
}

// Saves registers, has a frame of its own, calls, and returns in two places.
static APART int
step_inner(int a, int b)
{
    volatile int local[20];
    step_return = __builtin_return_address(0);
    for (int i = 0; i < 20; i++)
        local[i] = step_leaf(a + i) + step_leaf(b - i);
    if (local[1] == 12345)
        return 1;
    return local[0] + local[2] + a + b;
}

// In step_inner and what it calls, keeps what the walk says of step_outer.
static void
walk_step(int sig, siginfo_t *info, void *uc)
{
    (void)sig;
    (void)info;
    walk.count = walk.limit = 0;
    leat__unwind_ucontext(uc, 0, 0, walk_visit, &walk);
    int inner = frame_of("step_inner", 0);
    if (inner == 0 || frame_of("step_leaf", 0) == 0) {
        if (inner < 0 || inner + 1 >= walk.count || step_count == STEPS_MAX) {
            step_lost++;
            return;
        }
        step_pc[step_count] = walk.pc[inner + 1];
        step_cfa[step_count] = walk.cfa[inner + 1];
        step_count++;
    }
}

// The trap flag makes the CPU stop after each instruction.
#define TRAP_FLAG(change)                                                      \
    __asm__ volatile("subq $128, %%rsp\n pushfq\n" change ", (%%rsp)\n"        \
                     "popfq\n addq $128, %%rsp" ::                             \
                         : "memory", "cc")

static APART int
step_outer(int n)
{
    TRAP_FLAG("orq $0x100");
    n = step_inner(n, n + 1);
    TRAP_FLAG("andq $-0x101");
    return n;
}

PLAIN_TEST(unwind, the_caller_is_found_from_each_instruction_of_a_function)
{
    struct sigaction sa;
    if (UNWIND_SANITIZED)
        SKIP("sanitizers delay signals");
    memset(&sa, 0, sizeof(sa));
    sa.sa_sigaction = walk_step;
    sa.sa_flags = SA_SIGINFO;
    sigaction(SIGTRAP, &sa, NULL);
    step_outer(1);
    CHECK(step_count >= STEPS_MIN);
    CHECK_EQ(step_lost, 0);
    for (int i = 0; i < step_count; i++) {
        CHECK_EQ(step_pc[i], (uintptr_t)step_return);
        CHECK_EQ(step_cfa[i], step_cfa[0]);
    }
}
#endif

// ---- Corrupt stacks ---------------------------------------------------------

enum {
    JUNK_WORDS = 512
};

// A word of a corrupt stack: junk, a place in the stack, or code.
static uint64_t
junk_word(const uint64_t *stack)
{
    switch (noise() % 4) {
    case 0:
        return noise();
    case 1:
        return (uintptr_t)(stack + noise() % (2 * JUNK_WORDS));
    case 2:
        return (uintptr_t)chain_inner + noise() % 4096;
    default:
        return (uintptr_t)qsort + noise() % 4096;
    }
}

PLAIN_TEST(unwind, junk_on_the_stack_ends_a_walk_and_crashes_nothing)
{
    // Behind the stack is a page that cannot be read.
    size_t bytes = JUNK_WORDS * 8;
    char *area = mmap(NULL, bytes + 4096, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint64_t *stack = (uint64_t *)area;
    CHECK(area != MAP_FAILED);
    CHECK_EQ(mprotect(area + bytes, 4096, PROT_NONE), 0);
    for (int round = 0; round < 2000; round++) {
        for (int i = 0; i < JUNK_WORDS; i++)
            stack[i] = junk_word(stack);
        struct leat__regs regs = {.pc = junk_word(stack),
            .sp = junk_word(stack),
            .fp = junk_word(stack)};
        bool bounded = round % 2;
        walk.count = walk.limit = 0;
        leat__unwind(&regs, bounded ? (uintptr_t)stack : 0,
            bounded ? (uintptr_t)stack + bytes : 0, walk_visit, &walk);
        CHECK(walk.count >= 1);
        CHECK(walk.count <= JUNK_WORDS + 64);
    }
    munmap(area, bytes + 4096);
}

PLAIN_TEST(unwind, a_frame_pointer_that_points_at_itself_ends_a_walk)
{
    uint64_t stack[16];
    for (int i = 0; i < 16; i += 2) {
        stack[i] = (uintptr_t)&stack[i];
        stack[i + 1] = (uintptr_t)chain_inner + 1;
    }
    // No description covers this pc, so only the frame pointer is left.
    struct leat__regs regs = {.pc = (uintptr_t)stack,
        .sp = (uintptr_t)&stack[2],
        .fp = (uintptr_t)&stack[2]};
    walk.count = walk.limit = 0;
    leat__unwind(
        &regs, (uintptr_t)stack, (uintptr_t)(stack + 16), walk_visit, &walk);
    CHECK_EQ(walk.count, 1);
}

// The CFA of such a frame is read from the stack, here over and over the same.
PLAIN_TEST(unwind, a_frame_that_is_its_own_caller_ends_a_walk)
{
    uint64_t stack[64];
    walk.limit = 0;
    realigned(1, 2, 3, 4, 5, 6, 7, 8, 100);
    STAY();
    struct leat__regs regs = {.pc = walk.pc[3],
        .sp = (uintptr_t)&stack[1],
        .fp = (uintptr_t)&stack[32]};
    for (int i = 0; i < 64; i++)
        stack[i] = (uintptr_t)&stack[32];
    stack[31] = walk.pc[3];
    walk.count = 0;
    walk.limit = 1000;
    leat__unwind(
        &regs, (uintptr_t)stack, (uintptr_t)(stack + 64), walk_visit, &walk);
    CHECK(walk.count < 10);
}

// ---- Corrupt descriptions ---------------------------------------------------

// Finds the caller by a description that may be damaged. Returns the CFA.
static uint64_t
step_by(const struct leat__module *m, uintptr_t pc)
{
    // What is saved on it looks like addresses on it.
    uint64_t stack[64];
    for (int i = 0; i < 64; i++)
        stack[i] = (uintptr_t)&stack[i ^ 1];
    struct leat__memory mem = {
        .lo = (uintptr_t)stack, .hi = (uintptr_t)(stack + 64)};
    struct leat__frame_regs regs, caller;
    struct leat__fde fde;
    struct leat__cfi_row row;
    uint64_t cfa = 0;
    memset(&regs, 0, sizeof(regs));
    for (unsigned reg = 0; reg < LEAT__REG_COUNT; reg++)
        leat__frame_reg_set(&regs, reg, (uintptr_t)(stack + 32));
    if (!leat__fde_find(m, pc, &fde) || !leat__cfi_row_at(&fde, pc, &row) ||
        !leat__cfi_cfa(&row, &regs, &mem, &cfa))
        return 0;
    leat__cfi_caller(&row, fde.ra_reg, cfa, &regs, &mem, &caller);
    return cfa;
}

PLAIN_TEST(unwind, damaged_frame_descriptions_crash_nothing)
{
    struct leat__module m;
    uintptr_t lo, hi;
    void *area;
    uintptr_t pc = (uintptr_t)realigned + 40;
    CHECK(leat__module_find(pc, &m));
    const Elf64_Phdr *hdr = leat__module_phdr(&m, PT_GNU_EH_FRAME);
    if (hdr == NULL)
        SKIP("this program has no table of frames");
    CHECK(leat__module_segment(&m, m.bias + hdr->p_vaddr, &lo, &hi));
    CHECK(step_by(&m, pc) != 0);
    // A copy of the segment, as if the module were loaded elsewhere.
    uint8_t *copy = guarded_copy((const uint8_t *)lo, hi - lo, &area);
    uintptr_t shift = (uintptr_t)copy - lo;
    // It has no other segment.
    Elf64_Phdr phdr[2] = {
        {.p_type = PT_LOAD, .p_vaddr = lo - m.bias, .p_memsz = hi - lo}, *hdr};
    hdr = &phdr[1];
    m.phdr = phdr;
    m.phdr_count = 2;
    m.bias += shift;
    CHECK(step_by(&m, pc + shift) != 0);
    // Damage is done where it is read: the table, and the description.
    struct leat__fde fde;
    CHECK(leat__fde_find(&m, pc + shift, &fde));
    uint8_t *targets[] = {copy + (m.bias + hdr->p_vaddr - (uintptr_t)copy),
        (uint8_t *)(uintptr_t)fde.insns.p - 24,
        (uint8_t *)(uintptr_t)fde.cie_insns.p - 16};
    size_t lens[] = {64, 64, 24};
    for (int round = 0; round < 30000; round++) {
        struct damage d;
        int t = round % 3;
        damage_do(targets[t], lens[t], &d);
        step_by(&m, pc + shift);
        damage_undo(targets[t], &d);
    }
    CHECK(step_by(&m, pc + shift) != 0);
    guarded_free(area, hi - lo);
}

// ---- A program of its own ----------------------------------------------------

#ifdef UNWIND_STANDALONE

struct scenario *scenarios;

// Each scenario in a process of its own; the status is how many failed.
int
main(void)
{
    int failed = 0, status;
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (struct scenario *s = scenarios; s != NULL; s = s->next) {
        pid_t pid = fork();
        if (pid == 0) {
            s->body();
            exit(0);
        }
        if (waitpid(pid, &status, 0) != pid || status != 0) {
            printf("%s: status %#x\n", s->name, (unsigned)status);
            failed++;
        }
    }
    return failed;
}

#endif
