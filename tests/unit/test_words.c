// SPDX-License-Identifier: MIT
// test_words.c: the program `words` against the same count made with
// coreutils (tests/programs/words_reference.sh), and against bad input.
#include "lib/test.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    WORDS_TIMEOUT_S = 110, // for all of /usr/include, on request
    // What the readers of `words` take at a time; a few sizes around it and
    // around that of the binary test are where a mistake would show.
    WORDS_BUFFER = 256 << 10,
    WORDS_BINARY = 8 << 10,
};

static char *
formatted(const char *format, const char *a, const char *b)
{
    char *text;
    if (asprintf(&text, format, a, b) < 0)
        abort();
    return text;
}

static void
write_bytes(const char *dir, const char *name, const void *bytes, size_t n)
{
    char *path = formatted("%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    CHECK_MSG(f != NULL, "cannot create %s", path);
    CHECK_EQ(fwrite(bytes, 1, n, f), n);
    CHECK_EQ(fclose(f), 0);
    free(path);
}

static void
write_text(const char *dir, const char *name, const char *text)
{
    write_bytes(dir, name, text, strlen(text));
}

static char *
make_dir(const char *dir, const char *name)
{
    char *path = formatted("%s/%s", dir, name);
    CHECK_EQ(mkdir(path, 0777), 0);
    return path;
}

// n bytes of one letter, with `zero_at` (if below n) a zero byte.
static void
write_run(const char *dir, const char *name, size_t n, size_t zero_at)
{
    char *bytes = malloc(n + 1);
    CHECK(bytes != NULL);
    memset(bytes, 'q', n);
    if (zero_at < n)
        bytes[zero_at] = 0;
    write_bytes(dir, name, bytes, n);
    free(bytes);
}

// Words of 1 to 40 letters in both cases between other bytes (not zero), so
// that they lie at every place of a block and have every length.
static void
write_random(const char *dir, const char *name, size_t n, unsigned short seed)
{
    unsigned short state[3] = {seed, 1, 2};
    char *bytes = malloc(n);
    CHECK(bytes != NULL);
    size_t at = 0;
    while (at < n) {
        // Few letters, so that words repeat; both cases.
        int len = 1 + (int)(nrand48(state) % 40);
        int kinds = len < 4 ? 26 : 2;
        for (; len > 0 && at < n; len--) {
            char letter = (char)('a' + nrand48(state) % kinds);
            bytes[at++] = (char)(letter & ~(nrand48(state) & 0x20));
        }
        if (at < n)
            bytes[at++] = "\n \x80\xff@[`{0_\xe4\x01\x7f\r\t-"[
                nrand48(state) % 16];
    }
    write_bytes(dir, name, bytes, n);
    free(bytes);
}

// A tree with everything that needs care.
static const char *
make_tree(void)
{
    const char *tree = make_dir(test_tmpdir(), "tree");
    char *deep = make_dir(tree, "deep");
    write_text(tree, "empty", "");
    write_text(tree, "no_newline", "the last word");
    write_text(tree, "a name with blanks\nand a line break", "the name\n");
    write_text(tree, "-dash", "the dash\n");
    write_text(tree, "latin1", "caf\xe9 na\xefve stra\xdf" "e\n");
    write_text(tree, "utf8", "na\xc3\xafve \xe2\x82\xac\xf0\x9f\x98\x80 x\n");
    write_text(tree, "edges", "@A[`a{zZ@ AZaz 0a9 a\x01" "b a\x7f" "b a'b");
    write_text(tree, "lengths",
        "abcdefg abcdefgh abcdefghi abcdefghijklmno abcdefghijklmnop "
        "abcdefghijklmnopq ABCDEFGH ABCDEFGHIJKLMNOP ABCDEFGHIJKLMNOPQ "
        "abcdefghijklmnopqr abcdefghijklmnopqrstuvwxyz\n");
    write_run(tree, "huge_word", 3000001, SIZE_MAX);
    write_run(tree, "buffer", WORDS_BUFFER, SIZE_MAX);
    write_run(tree, "buffer_less", WORDS_BUFFER - 1, SIZE_MAX);
    write_run(tree, "buffer_more", WORDS_BUFFER + 1, SIZE_MAX);
    write_run(tree, "head", WORDS_BINARY, SIZE_MAX);
    write_run(tree, "zero_first", 100, 0);
    write_run(tree, "zero_last_of_head", 2 * WORDS_BINARY, WORDS_BINARY - 1);
    write_run(tree, "zero_behind_head", 2 * WORDS_BINARY, WORDS_BINARY);
    write_run(tree, "zero_late", 2 * WORDS_BUFFER, WORDS_BUFFER + 5);
    for (unsigned short i = 0; i < 8; i++) {
        char name[32];
        snprintf(name, sizeof name, "random%d", i);
        write_random(deep, name, 300000 + i, i);
    }
    CHECK_EQ(symlink("..", formatted("%s/%s", deep, "loop")), 0);
    CHECK_EQ(symlink("utf8", formatted("%s/%s", tree, "link")), 0);
    CHECK_EQ(symlink("nowhere", formatted("%s/%s", tree, "dangling")), 0);
    CHECK_EQ(link(formatted("%s/%s", tree, "utf8"),
                 formatted("%s/%s", deep, "second_name")),
        0);
    CHECK_EQ(mkfifo(formatted("%s/%s", tree, "fifo"), 0666), 0);
    return tree;
}

// Runs the built program; arguments end in NULL.
#define run_words(result, ...)                                                 \
    CHECK(test_spawn_built("words", (const char *[]){__VA_ARGS__, NULL}, NULL, \
        result, WORDS_TIMEOUT_S))

static char *
reference(const char *variable, const char *dirs)
{
    struct test_result r;
    CHECK(test_shell(&r, WORDS_TIMEOUT_S, "%s bash '%s' %s", variable,
        test_source_path("tests/programs/words_reference.sh"), dirs));
    CHECK_MSG(r.status == 0, "the reference failed: %s", r.err);
    return r.out;
}

// Without the blanks that align the counts.
static void
strip_blanks(char *text)
{
    char *to = text;
    bool start = true;
    for (; *text != 0; text++) {
        if (!start || *text != ' ')
            *to++ = *text;
        start = *text == '\n' || (start && *text == ' ');
    }
    *to = 0;
}

// The first line in which two long texts differ.
static void
check_same_lines(char *ours, char *theirs)
{
    char *a_rest, *b_rest;
    if (strcmp(ours, theirs) == 0)
        return;
    char *a = strtok_r(ours, "\n", &a_rest);
    char *b = strtok_r(theirs, "\n", &b_rest);
    while (a != NULL && b != NULL && strcmp(a, b) == 0) {
        a = strtok_r(NULL, "\n", &a_rest);
        b = strtok_r(NULL, "\n", &b_rest);
    }
    FAIL("words says '%.100s', coreutils say '%.100s'", a != NULL ? a : "",
        b != NULL ? b : "");
}

static void
check_counts(const char *readers, const char *dir, const char *dir2)
{
    struct test_result r;
    run_words(&r, "--all", "-j", readers, dir, dir2);
    CHECK_MSG(r.status == 0, "status %d: %s", r.status, r.err);
    CHECK(r.out_len > 0);
    strip_blanks(r.out);
    check_same_lines(r.out, reference("", formatted("%s %s", dir,
        dir2 != NULL ? dir2 : "")));
}

// What every machine with a compiler has, some megabytes of it; LEAT_TEST_WORDS
// names something larger (/usr/include is 30 seconds of sort).
PLAIN_TEST_WITH(words, counts_of_system_headers_equal_those_of_coreutils,
    .timeout_s = 2 * WORDS_TIMEOUT_S + 10,
    .skip_under = TEST_QEMU | TEST_VALGRIND)
{
    const char *dir = getenv("LEAT_TEST_WORDS");
    const char *more = "/usr/include/c++";
    if (dir != NULL)
        check_counts("2", dir, NULL);
    else
        check_counts("2", "/usr/include/linux",
            access(more, R_OK) == 0 ? more : NULL);
}

// Of all kinds of files of /usr/share, compressed and binary ones among them,
// every so many-th: a few megabytes on any machine.
PLAIN_TEST_WITH(words, counts_of_a_sample_of_usr_share_equal_those_of_coreutils,
    .timeout_s = 2 * WORDS_TIMEOUT_S + 10,
    .skip_under = TEST_QEMU | TEST_VALGRIND)
{
    struct test_result r;
    const char *dir = make_dir(test_tmpdir(), "sample");
    CHECK(test_shell(&r, WORDS_TIMEOUT_S,
        "find /usr/share -type f -readable -size -128k | LC_ALL=C sort | "
        "awk '{ all[NR] = $0 } END { step = int(NR / 400) + 1;"
        " for (i = 1; i <= NR; i += step) print all[i] }' | "
        "xargs -d '\\n' cp --parents -t '%s'", dir));
    CHECK_MSG(r.status == 0, "%s", r.err);
    check_counts("3", dir, NULL);
}

PLAIN_TEST_WITH(words, counts_of_odd_files_equal_those_of_coreutils,
    .timeout_s = WORDS_TIMEOUT_S)
{
    check_counts("3", make_tree(), NULL);
}

PLAIN_TEST_WITH(words, any_number_of_readers_and_processors_counts_the_same,
    .timeout_s = WORDS_TIMEOUT_S)
{
    const char *tree = make_tree();
    static const char *const procs[] = {"LEATPROCS=1", "LEATPROCS=4"};
    static const char *const readers[] = {"1", "2", "40"};
    char *expected = reference("", tree);
    for (int i = 0; i < 6; i++) {
        struct test_result r;
        CHECK(test_spawn_built("words",
            (const char *[]){"--all", "-j", readers[i % 3], tree, NULL},
            (const char *[]){procs[i / 3], NULL}, &r, WORDS_TIMEOUT_S));
        CHECK_EQ(r.status, 0);
        strip_blanks(r.out);
        check_same_lines(r.out, strdup(expected));
    }
}

PLAIN_TEST(words, binary_files_are_those_with_a_zero_among_the_first_8192)
{
    struct test_result r;
    const char *tree = make_tree();
    run_words(&r, tree);
    CHECK_STR(reference("BINARY=1", tree), "2\n");
    CHECK_HAS(r.out, "binary files, not counted: 2\n");
    CHECK_HAS(r.out, "/tree/zero_first\n");
    CHECK_HAS(r.out, "/tree/zero_last_of_head\n");
    CHECK(strstr(r.out, "zero_behind_head") == NULL);
    CHECK(strstr(r.out, "could not be read") == NULL);
}

PLAIN_TEST(words, totals_count_each_file_once)
{
    struct test_result r;
    const char *dir = make_dir(test_tmpdir(), "d");
    char *below = make_dir(dir, "below");
    write_text(below, "x", "one two two\n");
    write_text(dir, "y", "One, TWO, three");
    CHECK_EQ(link(formatted("%s/%s", dir, "y"), formatted("%s/%s", below, "z")),
        0);
    // The same directory again, and one inside it.
    run_words(&r, dir, below, dir);
    CHECK_EQ(r.status, 0);
    CHECK_HAS(r.out,
        "files: 2, bytes: 27, words: 6, distinct words: 3\n");
    CHECK_HAS(r.out, "           3 two\n           2 one\n"
                     "           1 three\n");
}

PLAIN_TEST(words, prints_the_20_most_frequent_words_unless_told_otherwise)
{
    struct test_result r;
    const char *dir = make_dir(test_tmpdir(), "d");
    // 26 words of one letter: a once, b twice ...; ties go by their bytes.
    FILE *f = fopen(formatted("%s/%s", dir, "f"), "w");
    CHECK(f != NULL);
    for (int c = 'a'; c <= 'z'; c++)
        for (int n = 'a'; n <= c; n++)
            fprintf(f, "%c %c%c ", c, c, c);
    fclose(f);
    run_words(&r, "-n", "3", dir);
    CHECK(strncmp(r.out,
              "          26 z\n          26 zz\n          25 y\n\n", 46) == 0);
    run_words(&r, dir);
    int lines = 0;
    for (char *at = r.out; *at != '\n'; at = strchr(at, '\n') + 1)
        lines++;
    CHECK_EQ(lines, 20);
}

PLAIN_TEST(words, what_cannot_be_read_is_named_and_is_not_fatal)
{
    struct test_result r;
    const char *dir = make_dir(test_tmpdir(), "d");
    write_text(dir, "good", "word");
    write_text(dir, "locked", "secret");
    CHECK_EQ(chmod(formatted("%s/%s", dir, "locked"), 0), 0);
    char *missing = formatted("%s/%s", dir, "missing");
    run_words(&r, missing, dir);
    CHECK_EQ(r.status, 0);
    CHECK_HAS(r.out, "/d/missing: No such file or directory\n");
    if (geteuid() != 0) { // root may read it
        CHECK_HAS(r.out, "could not be read: 2\n");
        CHECK_HAS(r.out, "/d/locked: Permission denied\n");
        CHECK_HAS(r.out, "files: 1, bytes: 4, words: 1,");
        return;
    }
    CHECK_HAS(r.out, "could not be read: 1\n");
    CHECK_HAS(r.out, "files: 2, bytes: 10, words: 2,");
}

PLAIN_TEST(words, a_read_that_fails_is_named)
{
    // Reading the unmapped page 0 of a process fails, for root as well.
    struct test_result r;
    if (access("/proc/self/mem", R_OK) != 0)
        test_skip("there is no /proc/self/mem");
    run_words(&r, "/proc/self/mem");
    CHECK_EQ(r.status, 1);
    CHECK_HAS(r.out, "/proc/self/mem: Input/output error\n");
}

PLAIN_TEST(words, of_many_names_ten_are_printed)
{
    struct test_result r;
    const char *dir = make_dir(test_tmpdir(), "d");
    for (int i = 0; i < 25; i++) {
        char name[16];
        snprintf(name, sizeof name, "b%02d", i);
        write_bytes(dir, name, "\0", 1);
    }
    run_words(&r, dir);
    CHECK_EQ(r.status, 0);
    CHECK_HAS(r.out, "binary files, not counted: 25\n");
    CHECK_HAS(r.out, "/d/b09\n    and 15 more\n");
    CHECK(strstr(r.out, "b10") == NULL);
}

PLAIN_TEST(words, ends_with_status_1_if_nothing_can_be_read)
{
    struct test_result r;
    run_words(&r, formatted("%s%s", test_tmpdir(), "/nowhere"));
    CHECK_EQ(r.status, 1);
    CHECK_HAS(r.out, "/nowhere: No such file or directory\n");
    CHECK_HAS(r.out, "files: 0, bytes: 0, words: 0, distinct words: 0\n");
    // An empty directory was read.
    run_words(&r, make_dir(test_tmpdir(), "none"));
    CHECK_EQ(r.status, 0);
}

PLAIN_TEST(words, explains_itself_and_refuses_wrong_options)
{
    struct test_result r;
    run_words(&r, "--help");
    CHECK_EQ(r.status, 0);
    CHECK_HAS(r.out, "usage: words");
    static const char *const wrong[] = {"-n0", "-nx", "-n-1", "-n1x",
        "-n99999999999999999999", "-j0", "-j5000", "--what"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        run_words(&r, wrong[i], test_tmpdir());
        CHECK_MSG(r.status == 2, "%s: status %d", wrong[i], r.status);
        CHECK_STR(r.out, "");
        CHECK(r.err_len > 0);
    }
}

PLAIN_TEST(words, says_so_when_the_result_cannot_be_written)
{
    struct test_result r;
    if (access("/dev/full", W_OK) != 0)
        test_skip("there is no /dev/full");
    write_text(test_tmpdir(), "f", "word");
    const char *wrapper = getenv("LEAT_TEST_WRAPPER");
    CHECK(test_shell(&r, 20, "%s '%s' '%s' > /dev/full",
        wrapper != NULL ? wrapper : "", test_build_path("words"),
        test_tmpdir()));
    CHECK_EQ(r.status, 1);
    CHECK_HAS(r.err, "words: cannot write the result");
}

// Runs words with a terminal as standard error; returns what that got.
static char *
terminal_output(const char *dir)
{
    int terminal, line;
    static char seen[4096];
    CHECK_EQ(openpty(&terminal, &line, NULL, NULL, NULL), 0);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        char *command;
        const char *wrapper = getenv("LEAT_TEST_WRAPPER");
        if (asprintf(&command, "exec %s '%s' '%s'",
                wrapper != NULL ? wrapper : "", test_build_path("words"),
                dir) < 0)
            _exit(126);
        dup2(line, STDERR_FILENO);
        dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
        close(line);
        close(terminal);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    close(line);
    size_t len = 0;
    // Ends with an error once nobody has the line open any more.
    for (ssize_t n; (n = read(terminal, seen + len,
                         sizeof seen - 1 - len)) > 0;)
        len += (size_t)n;
    seen[len] = 0;
    int status;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
    return seen;
}

PLAIN_TEST(words, shows_progress_on_a_terminal_only)
{
    struct test_result r;
    write_text(test_tmpdir(), "f", "word");
    char *seen = terminal_output(test_tmpdir());
    CHECK_HAS(seen, "\r0 files, 0 MB");
    CHECK_HAS(seen, "\r\033[K");
    run_words(&r, test_tmpdir());
    CHECK_STR(r.err, "");
}
