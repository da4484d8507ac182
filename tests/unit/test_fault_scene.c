// SPDX-License-Identifier: MIT
// test_fault_scene.c: every scene of tests/programs/fault_scene.c, with every
// single call of the system refused in turn, with all from some call on, and
// under limits that run out for real. Each run ends well, no value lost, or
// with one message of the list below that says what to do, and status 2.
#include "lib/test.h"

#include <leat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SCENE_CALLS_MAX = 2000, // a sweep that does not end is a failure
    SCENE_LIMIT_S = 10
};

static const char *const scene_kinds[] = {
    "malloc", "mmap", "guard", "thread", "sigstack", "epoll", "eventfd"};

// ---- What may be said ------------------------------------------------------

// The whole text, or all of it in two parts that say what and what to do.
static const struct scene_text {
    const char *what, *advice;
} scene_texts[] = {
#define RAISE "; raise the limit (ulimit -v, memory.max of the cgroup) or use"
    {"fatal error: out of memory: cannot start the runtime", RAISE},
    {"fatal error: out of memory: cannot make the main goroutine", RAISE},
    {"fatal error: out of memory: cannot attach a thread", RAISE},
    {"fatal error: out of memory: cannot make the signal stack of a thread",
        RAISE},
    {"fatal error: out of memory: cannot arm a deadline", RAISE},
    {"fatal error: out of memory: cannot move timers", RAISE},
    {"fatal error: out of memory: cannot sleep", RAISE},
    {"fatal error: out of memory: cannot reset a timer", RAISE},
    {"fatal error: out of memory: cannot start the goroutine of "
     "leat_after_func", RAISE},
    {"fatal error: out of memory: cannot start the function of a context "
     "that has ended", RAISE},
    {"fatal error: out of memory: cannot make the done channel of a context",
        RAISE},
    {"fatal error: out of memory: select with ", RAISE},
    {"fatal error: out of memory: cannot make a string of ", RAISE},
    {"fatal error: out of memory: cannot sort ", RAISE},
    {"fatal error: out of memory: cannot make a slice of ",
        "(leat_slice_try_make and leat_try_push report this instead)"},
    {"fatal error: out of memory: makechan of ",
        "(leat_try_make_chan reports this instead)"},
    {"fatal error: out of memory: leat_after ",
        "(leat_new_timer reports this instead)"},
    {"fatal error: out of memory: cannot make the stack of a new goroutine ",
        "leat_try_go reports this instead)"},
    {"fatal error: out of memory: cannot make a map ",
        "(leat_try_make_map reports this instead)"},
    {"fatal error: out of memory: cannot make a map", RAISE},
    {"fatal error: out of memory: cannot add to a map of ",
        "(leat_map_try_put reports this instead)"},
    {"fatal error: out of memory: cannot clone a map", RAISE},
    {"fatal error: out of memory: cannot add to a shared map", RAISE},
#undef RAISE
};

static bool
scene_text_allowed(const char *line)
{
    for (size_t i = 0; i < sizeof scene_texts / sizeof *scene_texts; i++) {
        const struct scene_text *t = &scene_texts[i];
        size_t n = strlen(t->what);
        const char *end = strchr(line, '\n');
        const char *advice = strstr(line, t->advice);
        if (strncmp(line, t->what, n) == 0 && advice != NULL &&
            (end == NULL || advice < end))
            return true;
    }
    return false;
}

// The only message in err; NULL when there is none, or more.
static const char *
scene_message(const char *err)
{
    const char *found = NULL;
    for (const char *line = err; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, "fatal error: ", 13) != 0 &&
            strncmp(line, "panic: ", 7) != 0)
            continue;
        if (found != NULL)
            return NULL;
        found = line;
    }
    return found;
}

// ---- One run ---------------------------------------------------------------

struct scene_run {
    const char *name, *end; // how it ends by itself: a message, or NULL
    const char *seeded;     // an argument to run it so, or NULL
};

static void
scene_judge(const struct scene_run *s, const char *how,
    const struct test_result *r)
{
    if (r->timed_out)
        FAIL("%s, %s: hung\n%s", s->name, how, r->err);
    if (r->signal != 0)
        FAIL("%s, %s: signal %d\n%s", s->name, how, r->signal, r->err);
    if (r->status == 0 && strstr(r->out, "ok ") == NULL)
        FAIL("%s, %s: ended without a result\n%s", s->name, how, r->err);
    if (r->status == 0 && s->end != NULL)
        FAIL("%s, %s: did not end in its message", s->name, how);
    if (r->status == 0)
        return;
    const char *message = scene_message(r->err);
    if (r->status != 2 || message == NULL)
        FAIL("%s, %s: status %d, not one message\n%s", s->name, how,
            r->status, r->err);
    bool own =
        s->end != NULL && strncmp(message, s->end, strlen(s->end)) == 0;
    if (!own && !scene_text_allowed(message))
        FAIL("%s, %s: a message nobody knows\n%s", s->name, how, r->err);
}

// The calls that the run made, or -1 when it ended before it could tell.
static long
scene_once(const struct scene_run *s, const char *const *env, const char *how)
{
    struct test_result r;
    long calls = -1;
    const char *arguments[] = {s->name, s->seeded, NULL};
    CHECK(test_spawn_built(
        "programs/fault_scene", arguments, env, &r, SCENE_LIMIT_S));
    scene_judge(s, how, &r);
    const char *told = strstr(r.out, s->end != NULL ? "dying " : "ok ");
    if (told != NULL)
        calls = atol(strchr(told, ' '));
    test_result_free(&r);
    return calls;
}

static long
scene_fault(const struct scene_run *s, const char *kind, int n,
    const char *plus, const char *procs)
{
    char debug[64], leatprocs[32];
    snprintf(debug, sizeof debug, "LEATDEBUG=fault=%s:%d%s", kind, n, plus);
    snprintf(leatprocs, sizeof leatprocs, "LEATPROCS=%s", procs);
    const char *env[] = {debug, leatprocs, NULL};
    return scene_once(s, env, debug);
}

// ---- Sweeps ----------------------------------------------------------------

// One after the other; a report may make some calls after it has told how
// many there were.
static void
scene_sweep(const struct scene_run *s, const char *procs)
{
    int beyond = s->end != NULL ? 10 : 0;
    for (size_t k = 0; k < sizeof scene_kinds / sizeof *scene_kinds; k++) {
        int n = 1;
        for (; n < SCENE_CALLS_MAX; n += test_slowness()) {
            long calls = scene_fault(s, scene_kinds[k], n, "", procs);
            if (calls >= 0 && n > calls + beyond)
                break;
        }
        CHECK_MSG(n < SCENE_CALLS_MAX, "%s: calls without end", s->name);
    }
}

// From the n-th call on nothing is granted any more.
static void
scene_sweep_on(const struct scene_run *s)
{
    for (size_t k = 0; k < sizeof scene_kinds / sizeof *scene_kinds; k++)
        for (int n = 1; n < 60; n += (1 + n / 4) * test_slowness())
            scene_fault(s, scene_kinds[k], n, "+", "2");
}

static void
scene_all(const char *name, const char *end)
{
    struct scene_run s = {name, end, NULL};
    scene_sweep(&s, "1");
    scene_sweep(&s, "2");
    scene_sweep_on(&s);
}

#define SCENE_ENDS(name_, end_, skip_)                                         \
    PLAIN_TEST_WITH(fault_scene, name_, .timeout_s = 60, .skip_under = skip_)  \
    {                                                                          \
        scene_all(#name_, end_);                                               \
    }
#define SCENE(name_) SCENE_ENDS(name_, NULL, 0)

SCENE(start_up)
SCENE(go)
SCENE(threads)
SCENE(procs)
SCENE(chan)
SCENE(select)
SCENE(timers)
SCENE(context)
SCENE(sync)
SCENE(pool)
SCENE(group)
SCENE(slices)
SCENE(slice_ops)
SCENE(strings)
SCENE(texts)
SCENE(maps)
SCENE(syncmaps)
SCENE(leak_report)
SCENE(dump)
SCENE(recover)
SCENE_ENDS(
    deadlock, "fatal error: all goroutines are asleep - deadlock!\n", 0)
SCENE_ENDS(panic, "panic: the end 42\n", 0)
SCENE_ENDS(throw, "fatal error: no more tests\n", 0)
// AddressSanitizer has handlers of its own.
SCENE_ENDS(nil,
    "panic: runtime error: invalid memory address or nil pointer dereference\n",
    TEST_ASAN)
SCENE_ENDS(overflow, "fatal error: stack overflow\n", TEST_ASAN)

// A read that only a goroutine without a thread could end is not to be swept
// from some call on: see the next test.
PLAIN_TEST_WITH(fault_scene, blocking, .timeout_s = 60)
{
    scene_sweep(&(struct scene_run){"blocking", NULL, NULL}, "1");
    scene_sweep(&(struct scene_run){"blocking", NULL, NULL}, "2");
}

PLAIN_TEST_WITH(fault_scene, fd, .timeout_s = 60)
{
    struct scene_run s = {"fd", NULL, NULL};
    scene_sweep(&s, "1");
    scene_sweep(&s, "2");
    for (int n = 1; n < 40; n += (1 + n / 4) * test_slowness())
        scene_fault(&s, "epoll", n, "+", "2");
    scene_fault(&s, "eventfd", 1, "+", "2");
}

// What cannot go on, because every thread blocks and the system grants no
// other, says so while it waits.
static void
scene_foretold(const char *fault, const char *text)
{
    char debug[64];
    struct test_result r;
    const char *env[] = {debug, "LEATPROCS=1", NULL};
    snprintf(debug, sizeof debug, "LEATDEBUG=fault=%s", fault);
    CHECK(test_spawn_built("programs/fault_scene",
        (const char *[]){"blocking", NULL}, env, &r, 1));
    CHECK(r.timed_out);
    CHECK_HAS(r.err, text);
    test_result_free(&r);
}

PLAIN_TEST(fault_scene, waiting_for_a_thread_that_is_never_granted_is_told)
{
    static const char again[] =
        "leat: the system refused a thread, again and again: goroutines "
        "wait until others no longer block (raise ulimit -u or -v, or "
        "pids.max or memory.max of the cgroup)\n";
    scene_foretold("thread:1+",
        "leat: the system refused a thread: blocking calls and loops of one "
        "goroutine will hold up the others (raise ulimit -u, or pids.max of "
        "the cgroup)\n");
    scene_foretold("thread:2+", again);
    scene_foretold("malloc:5+", again); // no memory for a thread
}

// The deterministic mode, which has one thread and a virtual clock.
PLAIN_TEST_WITH(fault_scene, seeded_runs, .timeout_s = 60)
{
    static const char *const names[] = {"go", "chan", "select", "timers",
        "context", "sync", "pool", "group", "slices", "maps"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        scene_sweep(&(struct scene_run){names[i], NULL, "seeded"}, "1");
}

// ---- Limits that run out ---------------------------------------------------

static const struct scene_run scene_limited[] = {
    {"start_up", NULL, NULL},
    {"go", NULL, NULL},
    {"threads", NULL, NULL},
    {"chan", NULL, NULL},
    {"timers", NULL, NULL},
    {"sync", NULL, NULL},
    {"group", NULL, NULL},
    {"fd", NULL, NULL},
    {"strings", NULL, NULL},
    {"dump", NULL, NULL},
    {"leak_report", NULL, NULL},
    {"deadlock", "fatal error: all goroutines are asleep - deadlock!\n",
        NULL},
};
enum { SCENES_LIMITED = sizeof scene_limited / sizeof *scene_limited };

// Whether the scene ended well, or came to its own end, with this limit.
static bool
scene_within(const struct scene_run *s, const char *what, long n)
{
    char limit[64];
    const char *env[] = {limit, "LEATPROCS=2", NULL};
    snprintf(limit, sizeof limit, "%s=%ld", what, n);
    return scene_once(s, env, limit) >= 0;
}

// The least address space with which a program starts is looked for; what
// happens just above it is where calls in the middle fail.
PLAIN_TEST_WITH(fault_scene, address_space_runs_out_at_every_step,
    .timeout_s = 60, .skip_under = TEST_ASAN | TEST_TSAN | TEST_QEMU)
{
    long no = 0, yes = 4L << 30;
    while (yes - no > 4096) {
        long middle = no + (yes - no) / 2;
        if (scene_within(&scene_limited[0], "SCENE_AS", middle))
            yes = middle;
        else
            no = middle;
    }
    CHECK_MSG(no > 0, "nothing was refused");
    for (int i = 0; i < SCENES_LIMITED; i++)
        for (long above = 0; above < 4L << 20; above += 100 << 10)
            scene_within(&scene_limited[i], "SCENE_AS", no + above);
}

PLAIN_TEST_WITH(fault_scene, descriptors_run_out_at_every_number,
    .timeout_s = 60)
{
    for (int i = 0; i < SCENES_LIMITED; i++)
        for (long n = 3; n < 14; n++)
            CHECK(scene_within(&scene_limited[i], "SCENE_NOFILE", n));
}

// The others of the same user count too: there are none.
PLAIN_TEST_WITH(fault_scene, threads_run_out_at_every_number,
    .timeout_s = 60, .skip_under = TEST_TSAN | TEST_QEMU)
{
    if (geteuid() != 0)
        test_skip("needs root to become a user without processes");
    for (int i = 0; i < SCENES_LIMITED; i++)
        for (long n = 1; n < 7; n++)
            CHECK(scene_within(&scene_limited[i], "SCENE_NPROC", n) || n < 3);
}
