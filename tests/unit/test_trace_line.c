// SPDX-License-Identifier: MIT
// test_trace_line.c: a trace names the line of the program where a statement
// stands, however much of the statement is compiled into the program from a
// header.
#include "lib/test.h"

#include <leat.h>

#include <stdio.h>
#include <string.h>

#define LINE_TEXT_(n) #n
#define LINE_TEXT(n) LINE_TEXT_(n)
#define LINE_HERE "test_trace_line.c:" LINE_TEXT(__LINE__) " +0x"

// The statement ends the program, and the trace names the line of this macro.
#define LINE_TEST(name, ...)                                                   \
    TEST_WITH(trace_line, name, .exit_status = 2,                              \
        .stderr_has = {LINE_HERE}, .stderr_lacks = {"include/leat/"})          \
    {                                                                          \
        __VA_ARGS__;                                                           \
        __asm__ volatile(""); /* no tail call */                               \
    }

static leat_slice(int) line_ints;
static int line_array[4];
static volatile int64_t line_nine = 9;
static leat_map(int, int) line_ages;
static leat_map(leat_str, int) line_words;
static leat_chan(int) line_chan;
static struct leat_mutex line_mutex;
static struct leat_rwmutex line_rw;
static struct leat_waitgroup line_wg;
static struct leat_once line_once;

// What panics.
LINE_TEST(of_an_index, (void)leat_at(line_ints, line_nine))
LINE_TEST(of_an_index_of_an_array, leat_array_at(line_array, line_nine) = 1)
LINE_TEST(of_a_part, line_ints = leat_sub(line_ints, 0, line_nine))
LINE_TEST(of_a_part_of_three, (void)leat_sub_max(line_ints, 0, 0, line_nine))
LINE_TEST(of_deleting, (void)leat_slice_delete(line_ints, 0, line_nine))
LINE_TEST(of_replacing, (void)leat_slice_replace(line_ints, 0, line_nine, line_ints))
LINE_TEST(of_inserting, (void)leat_slice_insert(line_ints, line_nine, 1))
LINE_TEST(of_a_nil_map, leat_map_put(line_ages, 1, 2))
LINE_TEST(of_a_nil_map_of_strings, leat_map_put(line_words, LEAT_STR("a"), 2))
LINE_TEST(of_adding_too_little, leat_waitgroup_done(&line_wg))
LINE_TEST(of_an_unlock, leat_mutex_unlock(&line_mutex))
LINE_TEST(of_a_writers_unlock, leat_rwmutex_unlock(&line_rw))
LINE_TEST(of_a_readers_unlock, leat_rwmutex_runlock(&line_rw))

static void
line_panics(void *arg)
{
    (void)arg;
    leat_panic("once");
}
LINE_TEST(of_once, leat_once_do(&line_once, line_panics, NULL))

// What waits for ever.
static leat_chan(int)
line_make(int64_t room, int full)
{
    leat_chan(int) c = leat_make_chan(int, room);
    for (int i = 0; i < full; i++)
        leat_send(c, i);
    return line_chan = c;
}
LINE_TEST(of_a_send, leat_send(line_make(0, 0), 1))
LINE_TEST(of_a_send_to_a_full_buffer, leat_send(line_make(2, 2), 1))
LINE_TEST(of_a_receive, leat_recv(line_make(0, 0)))
LINE_TEST(of_a_receive_from_a_buffer, leat_recv_ok(line_make(2, 0), NULL))
LINE_TEST(of_a_send_until, leat_send_until(line_make(0, 0), LEAT_FOREVER, 1))
LINE_TEST(of_a_receive_until, leat_recv_until(line_make(1, 0), NULL, LEAT_FOREVER))
LINE_TEST(of_a_range, leat_range(int, v, line_make(1, 1)) (void)v)
LINE_TEST(of_a_mutex, leat_mutex_lock(&line_mutex); leat_mutex_lock(&line_mutex))
LINE_TEST(of_a_writer, leat_rwmutex_rlock(&line_rw); leat_rwmutex_lock(&line_rw))
LINE_TEST(of_a_reader, leat_rwmutex_lock(&line_rw); leat_rwmutex_rlock(&line_rw))
LINE_TEST(of_a_waitgroup, leat_waitgroup_add(&line_wg, 1); leat_waitgroup_wait(&line_wg))

// The last call of a goroutine may take the place of its frame: then it is
// named by the line that opens its function.
static void
line_locks(struct leat_mutex *m)
{
    leat_mutex_lock(m);
}

TEST_WITH(trace_line, of_a_goroutine_is_in_its_function, .exit_status = 2,
    .stderr_has = {"line_locks(...)\n", "test_trace_line.c:"},
    .stderr_lacks = {"include/leat/"})
{
    leat_mutex_lock(&line_mutex);
    leat_go(line_locks, &line_mutex);
    leat_mutex_lock(&line_mutex);
}

// Compilers add to the name of a function that is a part or a variant.
static void line_variant(void) __asm__("line_variant.constprop.0");
__attribute__((noinline)) static void
line_variant(void)
{
    leat_panic("variant");
}
TEST_WITH(trace_line, of_a_variant_has_the_functions_name, .exit_status = 2,
    .stderr_has = {"\nline_variant(...)\n"})
{
    line_variant();
    __asm__ volatile("");
}

// A lambda in leat_main, by the name g++ gives it.
static void line_lambda(void) __asm__("_ZZ15leat__user_mainiPPcENKUliE_clEi");
__attribute__((noinline)) static void
line_lambda(void)
{
    leat_panic("lambda");
}
TEST_WITH(trace_line, of_a_lambda_in_leat_main_is_the_programs,
    .exit_status = 2, .stderr_has = {"\nleat_main::{lambda}::operator()(...)\n"})
{
    line_lambda();
    __asm__ volatile("");
}

#define LINE_INSIDE static inline __attribute__((always_inline)) void
LINE_INSIDE line_others(void);
LINE_INSIDE line_begins_all(void);

// Functions of the program that are compiled into others: each has its name,
// and the line of its call. (Lines are numbered so that the texts can say them.)
TEST_WITH(trace_line, of_functions_compiled_into_others, .exit_status = 2,
    .stderr_has = {"line_inner(...)\n\t", "test_trace_line.c:1000 +0x",
        "line_outer(...)\n\t", "test_trace_line.c:2000 +0x",
        "line_others(...)\n\t", "test_trace_line.c:3000 +0x"},
    .stderr_lacks = {"include/leat/"})
{
    line_others();
    __asm__ volatile("");
}

TEST_WITH(trace_line, of_what_a_function_compiled_into_another_began,
    .exit_status = 2,
    .stderr_has = {"created by line_begins in goroutine 1\n\t",
        "test_trace_line.c:5000 +0x"})
{
    line_begins_all();
    leat_sleep(LEAT_SECOND);
}

// Programs of a build that counts coverage are linked like it.
#ifdef LEAT_COV
#define LINE_COMPILE "gcc --coverage"
#else
#define LINE_COMPILE "gcc"
#endif

// A program that panics in its third line, compiled with -gz.
static void
line_run(const char *before, struct test_result *r)
{
    char path[512];
    snprintf(path, sizeof path, "%s/gz.c", test_tmpdir());
    FILE *f = fopen(path, "w");
    CHECK(f != NULL);
    fputs("#include <leat.h>\n"
          "int leat_main(int argc, char **argv)\n"
          "{ (void)argv; leat_panic(\"%d\", argc); }\n", f);
    fclose(f);
    CHECK(test_shell(r, 60,
        "cd '%s' && " LINE_COMPILE " -g -gz=zlib -I'%s' -o gz gz.c '%s' "
        "-pthread && "
        "readelf -S -W gz | grep -q '\\.debug_line .* C ' && %s && ./gz",
        test_tmpdir(), test_source_path("include"),
        test_build_path("libleat.a"), before));
}

PLAIN_TEST_WITH(trace_line, needs_sections_that_are_not_compressed,
    .timeout_s = 120, .skip_under = TEST_ASAN | TEST_TSAN | TEST_QEMU)
{
    struct test_result r;
    line_run("true", &r);
    CHECK_HAS(r.err, "\nleat_main(...)\n");
    CHECK(strstr(r.err, "gz.c:3") == NULL);
    test_result_free(&r);
    line_run("objcopy --decompress-debug-sections gz", &r);
    CHECK_HAS(r.err, "\nleat_main(...)\n");
    CHECK_HAS(r.err, "gz.c:3 +0x");
    test_result_free(&r);
}

static void
line_last(int n)
{
    leat_panic("goroutine %d", n);
}

#line 1000
LINE_INSIDE line_inner(void) { leat_panic("inside"); }
#line 2000
LINE_INSIDE line_outer(void) { line_inner(); }
#line 3000
LINE_INSIDE line_others(void) { line_outer(); __asm__ volatile(""); }
#line 5000
LINE_INSIDE line_begins(void) { leat_go(line_last, 1); }
#line 6000
LINE_INSIDE line_begins_all(void) { line_begins(); __asm__ volatile(""); }
