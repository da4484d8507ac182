// SPDX-License-Identifier: MIT
// test_gccgo.c: Go programs that gccgo compiles, on Leat. Go's own test
// programs are run by tools/go-tests.py; here is what those do not show: the
// command leat-go, what is linked, traces, and our examples beside the go
// command.
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { GO_LIMIT_S = 60 }; // compiling and linking, on a busy machine

static char *
go_command(void)
{
    char *path = test_build_path("leat-go");
    if (access(path, X_OK) != 0)
        test_skip("no leat-go in this build: it needs gccgo-12");
    return path;
}

// Builds a program of tests/go or examples/go into the test's directory.
static char *
go_build(const char *source)
{
    struct test_result r;
    char *program;
    CHECK(asprintf(&program, "%s/program", test_tmpdir()) > 0);
    CHECK(test_spawn((const char *[]){go_command(), "build", "-o", program,
                         test_source_path(source), NULL},
        NULL, &r, GO_LIMIT_S));
    CHECK_MSG(r.status == 0, "%s: %s", source, r.err);
    CHECK_STR(r.err, "");
    test_result_free(&r);
    return program;
}

static struct test_result
go_run(const char *program, const char *setting)
{
    struct test_result r;
    CHECK(test_spawn((const char *[]){program, NULL},
        (const char *[]){setting, NULL}, &r, GO_LIMIT_S));
    return r;
}

PLAIN_TEST_WITH(gccgo, compiled_code_and_runtime_agree, .timeout_s = 120)
{
    static const char *const settings[] = {"LEATPROCS=1", "LEATPROCS=4",
        "LEATDEBUG=seed=1", "LEATDEBUG=seed=2", "LEATDEBUG=migrate=1"};
    const char *program = go_build("tests/go/abi.go");
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        struct test_result r = go_run(program, settings[i]);
        CHECK_STR(r.err, "OK\n");
        CHECK_EQ(r.status, 0);
        test_result_free(&r);
    }
}

PLAIN_TEST_WITH(gccgo, timers_contexts_and_locks_do_as_in_go, .timeout_s = 180)
{
    static const char *const settings[] = {"LEATPROCS=1", "LEATPROCS=8",
        "LEATDEBUG=migrate=1", "LEATDEBUG=seed=1", "LEATDEBUG=seed=2",
        "LEATDEBUG=seed=3", "LEATDEBUG=seed=4", "LEATDEBUG=seed=5"};
    const char *program = go_build("tests/go/timers.go");
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        struct test_result r = go_run(program, settings[i]);
        CHECK_STR(r.err, "");
        CHECK_STR(r.out, "OK\n");
        test_result_free(&r);
    }
}

PLAIN_TEST_WITH(gccgo, signals_reach_channels_and_commands_run, .timeout_s = 120)
{
    static const char *const settings[] = {"LEATPROCS=1", "LEATPROCS=4"};
    const char *program = go_build("tests/go/signal.go");
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        struct test_result r = go_run(program, settings[i]);
        CHECK_STR(r.err, "");
        CHECK_STR(r.out, "OK\n");
        test_result_free(&r);
    }
}

PLAIN_TEST_WITH(gccgo, packages_net_and_os_wait_by_the_poller, .timeout_s = 120)
{
    static const char *const settings[] = {
        "LEATPROCS=1", "LEATPROCS=4", "LEATDEBUG=migrate=1",
        "LEATDEBUG=migrate=1", "LEATDEBUG=migrate=1"};
    const char *program = go_build("tests/go/net.go");
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        struct test_result r = go_run(program, settings[i]);
        CHECK_STR(r.err, "");
        CHECK_STR(r.out, "OK\n");
        test_result_free(&r);
    }
}

PLAIN_TEST_WITH(gccgo, a_panic_shows_go_names_and_lines, .timeout_s = 120)
{
    struct test_result r =
        go_run(go_build("tests/go/trace.go"), "LEATPROCS=2");
    CHECK_EQ(r.status, 2);
    CHECK_STR(r.out, "");
    CHECK_HAS(r.err,
        "panic: runtime error: index out of range [7] with length 3\n"
        "\ngoroutine 1 [running]:\nmain.index(...)\n\t");
    CHECK_HAS(r.err, "tests/go/trace.go:16 +0x");
    CHECK_HAS(r.err, "\nmain.gr\u00f6\u00dfe\U0001d538(...)\n\t");
    CHECK_HAS(r.err, "\nmain.main");
    CHECK_HAS(r.err, "tests/go/trace.go:25 +0x");
    CHECK_MSG(strstr(r.err, "leat__") == NULL, "%s", r.err);
    CHECK_MSG(strstr(r.err, "runtime.") == NULL, "%s", r.err);
}

PLAIN_TEST_WITH(gccgo, a_deadlock_is_reported, .timeout_s = 120)
{
    static const char *const settings[] = {
        "LEATPROCS=1", "LEATPROCS=4", "LEATDEBUG=seed=3"};
    const char *program = go_build("tests/go/deadlock.go");
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        struct test_result r = go_run(program, settings[i]);
        CHECK_EQ(r.status, 2);
        CHECK_HAS(r.err, "fatal error: all goroutines are asleep - "
                         "deadlock!\n\ngoroutine 1 [chan receive]:\n"
                         "main.main(...)\n\t");
        CHECK_HAS(r.err, "tests/go/deadlock.go:10 +0x");
        test_result_free(&r);
    }
}

// The examples print what they print with the go command.
static void
go_compare_example(const char *name)
{
    struct test_result go, leat;
    char *source;
    CHECK(asprintf(&source, "examples/go/%s.go", name) > 0);
    char *path = test_source_path(source);
    CHECK(test_spawn((const char *[]){go_command(), "run", path, NULL}, NULL,
        &leat, GO_LIMIT_S));
    CHECK_MSG(leat.status == 0, "%s: %s", name, leat.err);
    CHECK_STR(leat.err, "");
    CHECK(leat.out_len > 0);
    CHECK(test_shell(&go, GO_LIMIT_S,
        "go=$(command -v go || echo /usr/lib/go-1.19/bin/go); "
        "\"$go\" version >&2 || exit 77; GO111MODULE=off GOFLAGS= "
        "GOTOOLCHAIN=local CGO_ENABLED=0 GOCACHE='%s' exec \"$go\" run '%s'",
        test_source_path("build/go/cache"), path));
    if (go.status == 77)
        test_skip("no go command");
    CHECK_MSG(go.status == 0, "%s: %s", name, go.err);
    CHECK_STR(leat.out, go.out);
}

PLAIN_TEST_WITH(gccgo, the_sieve_prints_what_go_prints, .timeout_s = 120)
{
    go_compare_example("sieve");
}
PLAIN_TEST_WITH(gccgo, the_pool_prints_what_go_prints, .timeout_s = 120)
{
    go_compare_example("pool");
}
PLAIN_TEST_WITH(gccgo, the_word_count_prints_what_go_prints, .timeout_s = 120)
{
    go_compare_example("words");
}

PLAIN_TEST_WITH(gccgo, nothing_of_libgos_runtime_is_linked, .timeout_s = 120)
{
    // A scheduler, channels, maps, slices and memory of libgo: some of its
    // names, which ours are not.
    static const char *const theirs[] = {"runtime.schedule",
        "runtime.findrunnable", "runtime.newproc", "runtime.mstart",
        "runtime.park__m", "runtime.chansend", "runtime.chanrecv",
        "runtime.sellock", "runtime.hashGrow", "runtime.evacuate",
        "runtime.growWork", "runtime.mallocinit", "runtime.gcStart",
        "runtime.sysmon", "runtime.netpoll", "runtime_mcall",
        "runtime_mstart", "__splitstack_getcontext"};
    struct test_result r;
    const char *program = go_build("examples/go/pool.go");
    CHECK(test_shell(&r, GO_LIMIT_S, "ldd '%s'", program));
    CHECK_EQ(r.status, 0);
    CHECK_HAS(r.out, "libc.so.6");
    CHECK_MSG(strstr(r.out, "libgo") == NULL, "%s", r.out);
    CHECK(test_shell(&r, GO_LIMIT_S,
        "nm '%s' | sed -n 's/.* [TtWw] //p' | sed 's/^/</; s/$/>/'",
        program));
    CHECK_HAS(r.out, "<runtime.chansend1>");
    CHECK_HAS(r.out, "<leat_chan_send>");
    CHECK_HAS(r.out, "<leat__mapassign>");
    for (size_t i = 0; i < sizeof theirs / sizeof *theirs; i++) {
        char name[64];
        snprintf(name, sizeof name, "<%s>", theirs[i]);
        CHECK_MSG(strstr(r.out, name) == NULL, "%s is linked", theirs[i]);
    }
}

// The command ------------------------------------------------------------

static void
go_fails(const char *arguments, int status, const char *says)
{
    struct test_result r;
    CHECK(test_shell(
        &r, GO_LIMIT_S, "cd '%s' && '%s' %s", test_tmpdir(), go_command(),
        arguments));
    CHECK_MSG(r.status == status, "leat-go %s: status %d: %s%s", arguments,
        r.status, r.out, r.err);
    CHECK_HAS(r.err, says);
    test_result_free(&r);
}

static void
go_write(const char *name, const char *text)
{
    char *path;
    CHECK(asprintf(&path, "%s/%s", test_tmpdir(), name) > 0);
    FILE *f = fopen(path, "w");
    CHECK(f != NULL);
    fputs(text, f);
    CHECK_EQ(fclose(f), 0);
    free(path);
}

PLAIN_TEST_WITH(gccgo, the_command_says_what_is_wrong, .timeout_s = 120)
{
    go_fails("", 2, "usage: leat-go run");
    go_fails("fly x.go", 2, "leat-go: unknown command fly\n");
    go_fails("run", 1, "leat-go: no Go files given");
    go_fails("run nowhere.go", 1, "leat-go: nowhere.go: no such file\n");
    go_fails("build -Q x.go", 1, "leat-go: unknown flag -Q");
    go_fails("run -o x y.go", 1, "leat-go: -o goes with build\n");
    go_fails("build x.go other", 1, "leat-go: other is not a Go file\n");
    go_write("bad.go", "package main\nfunc main() { x := 1 }\n");
    go_fails("run bad.go", 1, "bad.go:2:15: error:");
    go_write("none.go", "package other\n");
    go_fails("run none.go", 1,
        "leat-go: none.go: there is no package main with a function main\n");
}

PLAIN_TEST_WITH(gccgo, a_program_gets_its_arguments_and_gives_its_status,
    .timeout_s = 120)
{
    struct test_result r;
    go_write("a.go", "package main\nimport \"os\"\n"
                     "func main() { println(join(os.Args[1:])); os.Exit(7) }"
                     "\n");
    go_write("b.go", "package main\nimport \"strings\"\n"
                     "func join(a []string) string {\n"
                     "\treturn strings.Join(a, \"+\")\n}\n");
    CHECK(test_shell(&r, GO_LIMIT_S, "cd '%s' && '%s' run a.go b.go x 'y z'",
        test_tmpdir(), go_command()));
    CHECK_STR(r.err, "x+y z\n");
    CHECK_EQ(r.status, 7);
}
