// SPDX-License-Identifier: MIT
// runner.c: runs the tests linked into this program, each in a process of its
// own, several at a time, and judges how each ended.
//
// The idea: the runner execs itself with --run AREA.NAME. The child is the
// leader of a process group, writes into two files in a directory made for it,
// and dies with the runner. The parent has one thread and sleeps in
// sigtimedwait until a child ends or the nearest time limit is reached.
//
// Invariants: a slot with pid != 0 has a live process group and a directory;
// both are gone when the slot is free again, however the test ended.
//
// Rejected: running tests as goroutines of one process (a deadlock report, a
// fatal error or a corrupted heap would end the whole run), and pipes for the
// output (a leftover grandchild holds them open).
#include <leat.h>

#include "runner_int.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    RUNNER_TIMEOUT_S = 20,
    // How long a test may take to write its goroutines after SIGQUIT.
    RUNNER_QUIT_GRACE_S = 3,
    RUNNER_JOBS_MAX = 64,
    // What is compared, and what of it is shown for a failed test.
    RUNNER_OUTPUT_MAX = 64 << 20,
    RUNNER_SHOWN_MAX = 24 << 10,
};

struct slot {
    pid_t pid; // 0 when free.
    struct test_case *test;
    struct test_shared *shared;
    char dir[64];
    int out, err;
    double started, deadline;
    bool quit_sent, timed_out;
};

static struct {
    int jobs;
    bool list, verbose, seed_given;
    unsigned long long seed;
    int repeat;
    char **patterns; // NULL-terminated; none means every test.
    const char *run;
} runner_options = {.repeat = 1};

struct test_case *test_cases;
static int passed, failed, skipped;
static char runner_dir[] = "/tmp/leat-test.XXXXXX";
static char runner_self[4096];

void
test_register(struct test_case *test)
{
    test->next = test_cases;
    test_cases = test;
}

static double
runner_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static _Noreturn __attribute__((format(printf, 1, 2))) void
runner_die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "tests: ");
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
    exit(3);
}

// ---- The child ------------------------------------------------------------

static struct test_case *running_test;

static int
run_body(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    if (running_test->body_with != NULL)
        running_test->body_with(running_test->argument);
    else
        running_test->body();
    return 0;
}

// Sets the environment the test asks for.
static void
apply_environment(const struct test_case *test)
{
    for (int i = 0; i < TEST_LIST_MAX && test->options.env[i] != NULL; i++) {
        const char *entry = test->options.env[i];
        const char *caller = getenv("LEATDEBUG");
        char *copy;
        int n;
        if (strncmp(entry, "LEATDEBUG=", 10) == 0 && caller != NULL)
            n = asprintf(&copy, "LEATDEBUG=%s,%s", caller, entry + 10);
        else
            n = asprintf(&copy, "%s", entry);
        if (n < 0 || putenv(copy) != 0)
            runner_die("out of memory");
    }
}

// For the sanitizers in the test and in the programs it starts. Goroutines have
// stacks the leak checker does not know. What the caller set stays.
static void
apply_sanitizer_options(void)
{
    setenv("ASAN_OPTIONS", "detect_leaks=0", 0);
    setenv("UBSAN_OPTIONS", "print_stacktrace=1", 0);
    // Not thread leaks: a process ends as its main goroutine returns, and
    // plain threads of a test may then still be on their way out. The sleep
    // at exit is a second by default, ten minutes over all tests.
    setenv("TSAN_OPTIONS",
        "second_deadlock_stack=1:report_thread_leaks=0:atexit_sleep_ms=20",
        0);
}

// Runs one test in this process; what --run does. Does not return.
static _Noreturn void
run_here(const char *full_name, int argc, char **argv)
{
    char name[512];
    for (struct test_case *t = test_cases; t != NULL; t = t->next) {
        snprintf(name, sizeof name, "%s.%s", t->area, t->name);
        if (strcmp(name, full_name) == 0)
            running_test = t;
    }
    if (running_test == NULL)
        runner_die("no test is named %s", full_name);
    if (getenv("LEAT_TEST_CHILD") == NULL) {
        // By hand: the environment has to be there before anything starts.
        apply_environment(running_test);
        setenv("LEAT_TEST_CHILD", "1", 1);
        const char **wrapped = test_wrapped((const char *const *)argv);
        wrapped[0] = getenv("LEAT_TEST_WRAPPER") ? wrapped[0] : runner_self;
        execvp(wrapped[0], (char *const *)wrapped);
        runner_die("exec %s: %m", wrapped[0]);
    }
    unsetenv("LEAT_TEST_CHILD");
    test_attach_shared();
    // So that a process that ends without exit() has still said its lines.
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (running_test->plain)
        exit(run_body(argc, argv));
    leat_run(run_body, argc, argv);
}

// The child between fork and exec.
static _Noreturn void
exec_test(struct slot *slot, int shared_fd, pid_t parent)
{
    char name[512], fd_text[16];
    sigset_t none;
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(3);
    // A shell that put us in the background left SIGINT and SIGQUIT ignored.
    for (int sig = 1; sig < NSIG; sig++)
        signal(sig, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    dup2(null, STDIN_FILENO);
    dup2(slot->out, STDOUT_FILENO);
    dup2(slot->err, STDERR_FILENO);
    fcntl(shared_fd, F_SETFD, 0);
    snprintf(fd_text, sizeof fd_text, "%d", shared_fd);
    setenv("LEAT_TEST_SHARED_FD", fd_text, 1);
    setenv("LEAT_TEST_CHILD", "1", 1);
    setenv("LEAT_TEST_TMP", slot->dir, 1);
    apply_environment(slot->test);
    apply_sanitizer_options();
    snprintf(name, sizeof name, "%s.%s", slot->test->area, slot->test->name);
    const char **argv = test_wrapped(
        (const char *[]){runner_self, "--run", name, NULL});
    execvp(argv[0], (char *const *)argv);
    runner_die("exec %s: %m", argv[0]);
}

#ifdef __SANITIZE_ADDRESS__
// The runner itself is short-lived and frees little. The sanitizer looks this
// up from its shared library, so it must be visible.
__attribute__((visibility("default"))) const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
    return "detect_leaks=0";
}
#endif

// ---- Starting and ending a test -------------------------------------------

static void
start_test(struct slot *slot, struct test_case *test)
{
    static unsigned serial_number;
    *slot = (struct slot){.test = test};
    snprintf(slot->dir, sizeof slot->dir, "%s/%u", runner_dir, serial_number++);
    if (mkdir(slot->dir, 0700) != 0)
        runner_die("mkdir %s: %m", slot->dir);
    slot->out = memfd_create("stdout", MFD_CLOEXEC);
    slot->err = memfd_create("stderr", MFD_CLOEXEC);
    int fd = memfd_create("shared", MFD_CLOEXEC);
    if (slot->out < 0 || slot->err < 0 || fd < 0 ||
        ftruncate(fd, sizeof *slot->shared) != 0)
        runner_die("memory file: %m");
    slot->shared = mmap(NULL, sizeof *slot->shared, PROT_READ | PROT_WRITE,
        MAP_SHARED, fd, 0);
    if (slot->shared == MAP_FAILED)
        runner_die("mmap: %m");
    int limit_s = test->options.timeout_s ? test->options.timeout_s
                                          : RUNNER_TIMEOUT_S;
    slot->started = runner_now();
    slot->deadline = slot->started + (double)limit_s * test_slowness();
    pid_t parent = getpid();
    slot->pid = fork();
    if (slot->pid < 0)
        runner_die("fork: %m");
    if (slot->pid == 0)
        exec_test(slot, fd, parent);
    setpgid(slot->pid, slot->pid); // Also here: whoever is first.
    close(fd);
}

static int
remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    remove(path);
    return 0;
}

static void
remove_tree(const char *dir)
{
    nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

// Frees the slot of a test whose processes are gone.
static void
clear_slot(struct slot *slot)
{
    remove_tree(slot->dir);
    munmap(slot->shared, sizeof *slot->shared);
    close(slot->out);
    close(slot->err);
    slot->pid = 0;
}

// ---- Judging --------------------------------------------------------------

// Appends one reason why the test failed.
static __attribute__((format(printf, 2, 3))) void
add_reason(char **reasons, const char *format, ...)
{
    char *reason, *all;
    va_list args;
    va_start(args, format);
    if (vasprintf(&reason, format, args) < 0)
        runner_die("out of memory");
    va_end(args);
    if (asprintf(&all, "%s    %s\n", *reasons != NULL ? *reasons : "",
            reason) < 0)
        runner_die("out of memory");
    free(reason);
    free(*reasons);
    *reasons = all;
}

static bool
has_expectations(const struct test_options *o)
{
    return o->exit_status != 0 || o->signal != 0 || o->stdout_is != NULL ||
        o->stdout_has[0] != NULL || o->stderr_has[0] != NULL ||
        o->stderr_lacks[0] != NULL;
}

static void
judge_end(const struct slot *slot, int status, char **reasons)
{
    const struct test_options *o = &slot->test->options;
    if (slot->timed_out)
        add_reason(reasons, "did not end within %.0f s",
            slot->deadline - slot->started);
    else if (WIFSIGNALED(status) && WTERMSIG(status) != o->signal)
        add_reason(reasons, "killed by signal %d (%s), expected %s %d",
            WTERMSIG(status), strsignal(WTERMSIG(status)),
            o->signal ? "signal" : "exit status",
            o->signal ? o->signal : o->exit_status);
    else if (WIFEXITED(status) && o->signal != 0)
        add_reason(reasons, "exit status %d, expected signal %d (%s)",
            WEXITSTATUS(status), o->signal, strsignal(o->signal));
    else if (WIFEXITED(status) && WEXITSTATUS(status) != o->exit_status)
        add_reason(reasons, "exit status %d, expected %d", WEXITSTATUS(status),
            o->exit_status);
    if (*reasons == NULL && slot->shared->checks == 0 && !has_expectations(o))
        add_reason(reasons, "asserts nothing");
}

static void
judge_output(const struct slot *slot, const char *out, const char *err,
    char **reasons)
{
    const struct test_options *o = &slot->test->options;
    if (o->stdout_is != NULL && strcmp(out, o->stdout_is) != 0)
        add_reason(reasons, "stdout is not %s", o->stdout_is);
    for (int i = 0; i < TEST_LIST_MAX && o->stdout_has[i] != NULL; i++)
        if (strstr(out, o->stdout_has[i]) == NULL)
            add_reason(reasons, "stdout lacks: %s", o->stdout_has[i]);
    for (int i = 0; i < TEST_LIST_MAX && o->stderr_has[i] != NULL; i++)
        if (strstr(err, o->stderr_has[i]) == NULL)
            add_reason(reasons, "stderr lacks: %s", o->stderr_has[i]);
    for (int i = 0; i < TEST_LIST_MAX && o->stderr_lacks[i] != NULL; i++)
        if (strstr(err, o->stderr_lacks[i]) != NULL)
            add_reason(reasons, "stderr has: %s", o->stderr_lacks[i]);
    // Whatever status the test expects, it does not expect these.
    if (strstr(err, "ERROR: AddressSanitizer") != NULL ||
        strstr(err, "WARNING: ThreadSanitizer") != NULL)
        add_reason(reasons, "a sanitizer reported an error");
}

static void
show_text(const char *title, int fd)
{
    size_t len;
    char *text = test_slurp(fd, &len, RUNNER_SHOWN_MAX);
    if (len > 0)
        printf("  ---- %s\n%s%s", title, text,
            text[len - 1] == '\n' ? "" : "\n");
    free(text);
}

static void
report_failure(const struct slot *slot, const char *reasons)
{
    const struct test_case *t = slot->test;
    printf("FAIL %s.%s (%.2f s, %s:%d)\n%s", t->area, t->name,
        runner_now() - slot->started, t->file, t->line, reasons);
    show_text("stdout", slot->out);
    show_text("stderr", slot->err);
    printf("  ---- again: %s --seed %llu '%s.%s'\n", runner_self,
        runner_options.seed, t->area, t->name);
}

// Judges the ended test and counts it.
static void
finish_test(struct slot *slot, int status)
{
    const struct test_case *t = slot->test;
    char *reasons = NULL;
    // Whatever it left running must not write while we read.
    kill(-slot->pid, SIGKILL);
    if (slot->shared->skipped && WIFEXITED(status) &&
        WEXITSTATUS(status) == TEST_STATUS_SKIPPED) {
        printf("skip %s.%s: %s\n", t->area, t->name, slot->shared->skip_reason);
        skipped++;
        clear_slot(slot);
        return;
    }
    char *out = test_slurp(slot->out, NULL, RUNNER_OUTPUT_MAX);
    char *err = test_slurp(slot->err, NULL, RUNNER_OUTPUT_MAX);
    judge_end(slot, status, &reasons);
    judge_output(slot, out, err, &reasons);
    free(out);
    free(err);
    if (reasons != NULL) {
        failed++;
        report_failure(slot, reasons);
    } else {
        passed++;
        if (runner_options.verbose)
            printf("ok   %s.%s (%.2f s)\n", t->area, t->name,
                runner_now() - slot->started);
    }
    free(reasons);
    clear_slot(slot);
}

// ---- The loop -------------------------------------------------------------

static struct slot slots[RUNNER_JOBS_MAX];

static int
busy_slots(void)
{
    int n = 0;
    for (int i = 0; i < runner_options.jobs; i++)
        n += slots[i].pid != 0;
    return n;
}

// Takes in every child that has ended.
static void
reap_children(void)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        for (int i = 0; i < runner_options.jobs; i++)
            if (slots[i].pid == pid)
                finish_test(&slots[i], status);
}

// First SIGQUIT, for the goroutine dump in the log, then SIGKILL.
static void
enforce_limits(void)
{
    double t = runner_now();
    for (int i = 0; i < runner_options.jobs; i++) {
        struct slot *slot = &slots[i];
        if (slot->pid == 0 || t < slot->deadline)
            continue;
        double grace = RUNNER_QUIT_GRACE_S * test_slowness();
        slot->timed_out = true;
        if (!slot->quit_sent)
            kill(-slot->pid, SIGQUIT);
        else if (t >= slot->deadline + grace)
            kill(-slot->pid, SIGKILL);
        slot->quit_sent = true;
    }
}

// Removes everything of ours; a signal ended the run.
static _Noreturn void
stop_run(int sig)
{
    for (int i = 0; i < runner_options.jobs; i++)
        if (slots[i].pid != 0)
            kill(-slots[i].pid, SIGKILL);
    remove_tree(runner_dir);
    printf("stopped by %s\n", strsignal(sig));
    exit(128 + sig);
}

// Sleeps until a child ends or a limit may have passed, and handles both.
static void
wait_for_something(const sigset_t *set)
{
    // A tenth of a second is how late a limit may be noticed.
    struct timespec tick = {.tv_nsec = 100000000};
    int sig = sigtimedwait(set, NULL, &tick);
    if (sig > 0 && sig != SIGCHLD)
        stop_run(sig);
    reap_children();
    enforce_limits();
}

static void
run_all(struct test_case **tests, size_t count, const sigset_t *set)
{
    for (size_t i = 0; i < count; i++) {
        bool alone = tests[i]->options.serial;
        int limit = alone ? 1 : runner_options.jobs;
        while (busy_slots() >= limit)
            wait_for_something(set);
        for (int s = 0; s < runner_options.jobs; s++)
            if (slots[s].pid == 0) {
                start_test(&slots[s], tests[i]);
                break;
            }
    }
    while (busy_slots() > 0)
        wait_for_something(set);
}

// ---- Choosing and ordering ------------------------------------------------

static bool
is_chosen(const struct test_case *t)
{
    char name[512];
    if (runner_options.patterns[0] == NULL)
        return true;
    snprintf(name, sizeof name, "%s.%s", t->area, t->name);
    for (char **p = runner_options.patterns; *p != NULL; p++)
        if (fnmatch(*p, name, 0) == 0 || strcmp(*p, t->area) == 0)
            return true;
    return false;
}

// Serial tests last, longest limits first, then by name.
static int
compare_tests(const void *a, const void *b)
{
    const struct test_case *x = *(struct test_case *const *)a;
    const struct test_case *y = *(struct test_case *const *)b;
    if (!x->options.serial != !y->options.serial)
        return x->options.serial ? 1 : -1;
    if (x->options.timeout_s != y->options.timeout_s)
        return y->options.timeout_s - x->options.timeout_s;
    int by_area = strcmp(x->area, y->area);
    return by_area != 0 ? by_area : strcmp(x->name, y->name);
}

// The order of the parallel tests, decided by a seed (Fisher and Yates over
// the 64-bit generator of Knuth's MMIX).
static void
shuffle_tests(struct test_case **tests, size_t count, unsigned long long seed)
{
    for (size_t i = count; i > 1; i--) {
        seed = seed * 6364136223846793005ull + 1442695040888963407ull;
        size_t j = (size_t)((seed >> 33) % i);
        struct test_case *t = tests[i - 1];
        tests[i - 1] = tests[j];
        tests[j] = t;
    }
}

static struct test_case **
choose_tests(size_t *count)
{
    size_t room = 1;
    for (struct test_case *t = test_cases; t != NULL; t = t->next)
        room++;
    struct test_case **chosen = calloc(room, sizeof(struct test_case *));
    if (chosen == NULL)
        runner_die("out of memory");
    *count = 0;
    for (struct test_case *t = test_cases; t != NULL; t = t->next)
        if (is_chosen(t))
            chosen[(*count)++] = t;
    qsort(chosen, *count, sizeof(struct test_case *), compare_tests);
    for (size_t i = 1; i < *count; i++)
        if (strcmp(chosen[i]->area, chosen[i - 1]->area) == 0 &&
            strcmp(chosen[i]->name, chosen[i - 1]->name) == 0)
            runner_die("two tests are named %s.%s", chosen[i]->area,
                chosen[i]->name);
    return chosen;
}

// Whether the file that LEAT_TEST_KNOWN names lists the test. What stands in
// it is broken and known to be: it is named, counted as skipped, and not run.
static bool
is_known_failure(const struct test_case *t)
{
    const char *path = getenv("LEAT_TEST_KNOWN");
    FILE *f = path != NULL ? fopen(path, "r") : NULL;
    char line[256], name[256];
    bool known = false;
    snprintf(name, sizeof name, "%s.%s\n", t->area, t->name);
    while (f != NULL && !known && fgets(line, sizeof line, f) != NULL)
        known = strcmp(line, name) == 0;
    if (f != NULL)
        fclose(f);
    if (known)
        printf("KNOWN FAILURE, not run: %s", name);
    return known;
}

// Drops the tests that cannot run here and says so once.
static size_t
drop_excluded(struct test_case **tests, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if ((tests[i]->options.skip_under & test_under()) ||
            is_known_failure(tests[i]))
            skipped++;
        else
            tests[kept++] = tests[i];
    }
    if (skipped > 0)
        printf("skip %d tests marked as not for this build\n", skipped);
    return kept;
}

// ---- The command line -----------------------------------------------------

static _Noreturn void
print_usage(int status)
{
    fprintf(status ? stderr : stdout,
        "usage: tests [-v] [-j N] [--list] [--repeat N] [--seed N] "
        "[AREA | GLOB]...\n"
        "       tests --run AREA.NAME     in this process, for a debugger\n");
    exit(status);
}

static unsigned long long
number_argument(char ***arg)
{
    char *end;
    const char *text = *++*arg;
    if (text == NULL)
        print_usage(3);
    unsigned long long n = strtoull(text, &end, 0);
    if (*end != 0 || end == text)
        print_usage(3);
    return n;
}

static void
parse_arguments(char **argv)
{
    runner_options.jobs = (int)sysconf(_SC_NPROCESSORS_ONLN);
    for (argv++; *argv != NULL && **argv == '-'; argv++) {
        if (strcmp(*argv, "-v") == 0)
            runner_options.verbose = true;
        else if (strcmp(*argv, "--list") == 0)
            runner_options.list = true;
        else if (strcmp(*argv, "-j") == 0)
            runner_options.jobs = (int)number_argument(&argv);
        else if (strcmp(*argv, "--repeat") == 0)
            runner_options.repeat = (int)number_argument(&argv);
        else if (strcmp(*argv, "--seed") == 0) {
            runner_options.seed = number_argument(&argv);
            runner_options.seed_given = true;
        } else if (strcmp(*argv, "--run") == 0 && argv[1] != NULL)
            runner_options.run = *++argv;
        else
            print_usage(strcmp(*argv, "--help") == 0 ? 0 : 3);
    }
    runner_options.patterns = argv;
    if (runner_options.jobs < 1)
        runner_options.jobs = 1;
    if (runner_options.jobs > RUNNER_JOBS_MAX)
        runner_options.jobs = RUNNER_JOBS_MAX;
    if (!runner_options.seed_given)
        runner_options.seed = (unsigned long long)time(NULL);
}

static void
find_self(void)
{
    ssize_t n = readlink("/proc/self/exe", runner_self, sizeof runner_self - 1);
    if (n < 0)
        runner_die("readlink /proc/self/exe: %m");
    runner_self[n] = 0;
}

static void
prepare_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGCHLD);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGHUP);
    sigprocmask(SIG_BLOCK, set, NULL);
    signal(SIGCHLD, SIG_DFL);
}

// Runs the chosen tests as often as asked, each time with the next seed.
static void
run_rounds(struct test_case **tests, size_t count)
{
    sigset_t set;
    prepare_signals(&set);
    if (mkdtemp(runner_dir) == NULL)
        runner_die("mkdtemp %s: %m", runner_dir);
    for (int round = 0; round < runner_options.repeat; round++) {
        char text[32];
        snprintf(text, sizeof text, "%llu", runner_options.seed);
        setenv("LEAT_TEST_SEED", text, 1);
        size_t parallel = 0;
        while (parallel < count && !tests[parallel]->options.serial)
            parallel++;
        if (runner_options.seed_given)
            shuffle_tests(tests, parallel, runner_options.seed);
        run_all(tests, count, &set);
        runner_options.seed++;
    }
    remove_tree(runner_dir);
}

int
main(int argc, char **argv)
{
    parse_arguments(argv);
    find_self();
    if (runner_options.run != NULL)
        run_here(runner_options.run, argc, argv);
    setvbuf(stdout, NULL, _IOLBF, 0);
    size_t count;
    struct test_case **tests = choose_tests(&count);
    if (runner_options.list) {
        for (size_t i = 0; i < count; i++)
            printf("%s.%s\n", tests[i]->area, tests[i]->name);
        return 0;
    }
    if (count == 0)
        runner_die("no test matches");
    run_rounds(tests, drop_excluded(tests, count));
    free(tests);
    printf("%d passed, %d failed", passed, failed);
    if (skipped > 0)
        printf(", %d skipped", skipped);
    printf("\n");
    return failed > 0;
}
