// SPDX-License-Identifier: MIT
// test_gdb.c: a channel in the debugger: the two commands of the article on
// Go's channels, typed as printed there, show the same values here.
#include "lib/test.h"

#include <stdio.h>
#include <string.h>

enum { GDB_TIMEOUT_S = 60 };

// The values of the fields are the article's: qcount 1, dataqsiz 2, elemsize
// 8, closed 0, sendx 1, recvx 0; and `41 0` in the buffer.
#define GDB_TEST(name)                                                         \
    PLAIN_TEST_WITH(gdb, name, .timeout_s = GDB_TIMEOUT_S + 10,                \
        .skip_under = TEST_ASAN | TEST_TSAN | TEST_QEMU | TEST_VALGRIND)

// What gdb says to the commands (each `-ex '...'`) where the program calls
// this function.
static char *
gdb_ask_program(
    const char *program, const char *function, const char *commands)
{
    struct test_result r;
    CHECK(test_shell(&r, GDB_TIMEOUT_S, "command -v gdb"));
    if (r.status != 0)
        test_skip("gdb is not installed");
    CHECK(test_shell(&r, GDB_TIMEOUT_S,
        "LEATPROCS=1 gdb -nx -batch -iex 'set debuginfod enabled off' "
        "-ex 'set startup-with-shell off' -ex 'break %s' -ex run %s "
        "'%s' 2>&1",
        function, commands, test_build_path(program)));
    if (strstr(r.out, "Could not trace the inferior process") != NULL ||
        strstr(r.out, "ptrace: Operation not permitted") != NULL)
        test_skip("the system does not allow debuggers");
    CHECK_HAS(r.out, "Breakpoint 1, ");
    return r.out;
}

static char *
gdb_ask(const char *commands)
{
    return gdb_ask_program("programs/gdb_chan", "stop_here", commands);
}

GDB_TEST(the_articles_command_prints_the_channel)
{
    char *out = gdb_ask("-ex 'p *(struct hchan *)ch'");
    CHECK_HAS(out, "qcount = 1, dataqsiz = 2, buf = 0x");
    CHECK_HAS(out, "elemsize = 8, ");
    CHECK_HAS(out, "closed = 0, ");
    CHECK_HAS(out, "sendx = 1, recvx = 0, ");
    CHECK_HAS(out, "recvq = {first = 0x0, last = 0x0}");
    CHECK_HAS(out, "sendq = {first = 0x0, last = 0x0}");
}

GDB_TEST(the_articles_spelling_without_a_space_works_too)
{
    CHECK_HAS(gdb_ask("-ex 'p *(struct hchan*)ch'"), "qcount = 1");
}

GDB_TEST(the_buffer_can_be_examined)
{
    CHECK_HAS(gdb_ask("-ex 'x/2dg buf'"), ":\t41\t0\n");
    CHECK_HAS(gdb_ask("-ex 'x/2dg ((struct hchan *)ch)->buf'"), ":\t41\t0\n");
}

GDB_TEST(the_fields_lie_where_go_has_them)
{
    char *out = gdb_ask("-ex 'ptype /o struct hchan'");
    CHECK_HAS(out, "/*      0      |       8 */    uint64_t qcount;");
    CHECK_HAS(out, "/*     24      |       2 */    uint16_t elemsize;");
    CHECK_HAS(out, "/*     28      |       4 */    uint32_t closed;");
    CHECK_HAS(out, "/*     40      |       8 */    uint64_t sendx;");
    CHECK_HAS(out, "/* total size (bytes):   96 */");
}

// Where gdb is in the runtime, it walks on to the goroutine's function and
// ends there, at the bottom of its stack.
GDB_TEST(a_backtrace_ends_at_the_goroutines_start)
{
    char *out = gdb_ask("-ex backtrace");
    CHECK_HAS(out, "stop_here (");
    CHECK_HAS(out, "leat__user_main (");
    CHECK_HAS(out, "g_start"); // gdb takes leat__g for an Ada package
    CHECK(strstr(out, "Backtrace stopped") == NULL);
}

// A goroutine that waits: its queue entry leads to it, and the registers it
// saved to its frames.
GDB_TEST(a_parked_goroutine_can_be_walked)
{
    char *out = gdb_ask(
        "-ex 'set $g = ((struct hchan *)empty)->recvq.first->g' "
        "-ex 'p $g->goid' "
        "-ex 'set $pc = $g->context.pc' -ex 'set $sp = $g->context.sp' "
        "-ex 'set $rbp = $g->context.fp' -ex backtrace");
    CHECK_HAS(out, "$1 = 2\n");
    CHECK_HAS(out, "wait_here (");
    CHECK_HAS(out, "g_start");
}

// The script ------------------------------------------------------------------

// With tools/gdb/leat-gdb.py loaded, where programs/gdb_values calls function.
static char *
gdb_script_at(const char *function, const char *commands)
{
    char all[1024];
    CHECK((size_t)snprintf(all, sizeof all, "-ex 'source %s' %s",
              test_source_path("tools/gdb/leat-gdb.py"),
              commands) < sizeof all);
    char *out = gdb_ask_program("programs/gdb_values", function, all);
    CHECK(strstr(out, "Python Exception") == NULL);
    return out;
}

static char *
gdb_script(const char *commands)
{
    return gdb_script_at("show_here", commands);
}

GDB_TEST(slices_and_strings_are_shown_as_what_they_hold)
{
    char *out = gdb_script(
        "-ex 'p numbers' -ex 'p ps' -ex 'p none' -ex 'p text'");
    CHECK_HAS(out, "$1 = slice of len 3, cap 3 = {10, 20, 30}\n");
    CHECK_HAS(out, "$2 = slice of len 2, cap 2 = {{x = 1, y = 2}, "
                   "{x = 3, y = 4}}\n");
    CHECK_HAS(out, "$3 = nil slice\n");
    CHECK_HAS(out, "$4 = \"a\\tb\"\n");
}

// Clang describes no more of a parameter than is used. What gdb does not know
// it reads as 0.
GDB_TEST(a_length_the_compiler_dropped_is_not_shown_as_0)
{
    char *out = gdb_script("-ex 'p part'");
#ifdef __clang__
    CHECK_HAS(out, "$1 = string of len unknown\n");
#else
    CHECK_HAS(out, "$1 = \"part\"\n");
#endif
}

// The oldest value first, though the buffer has wrapped round.
GDB_TEST(channels_are_shown_with_their_values_and_waiters)
{
    char *out = gdb_script("-ex 'p ch' -ex 'p waited'");
    CHECK_HAS(out, "$1 = channel 0x");
    CHECK_HAS(out, " of len 2, cap 3 = {{x = 2, y = -2}, {x = 3, y = -3}}\n");
    CHECK_HAS(out, "$2 = channel 0x");
    CHECK_HAS(out, " of len 0, cap 0, 1 receiver waiting\n");
}

GDB_TEST(maps_are_shown_with_their_entries)
{
    char *out = gdb_script("-ex 'p ages' -ex 'set print elements 1000' "
                           "-ex 'p squares'");
    CHECK_HAS(out, "$1 = map 0x");
    CHECK_HAS(out, " of len 2, B 0 = {");
    CHECK_HAS(out, "[\"ann\"] = 41");
    CHECK_HAS(out, "[\"bob\"] = 42");
    // This one has overflow buckets and is growing: entries in both arrays.
    CHECK_HAS(out, " of len 105, B 5, growing = {");
    for (int i = 0; i < 105; i++) {
        char entry[32];
        snprintf(entry, sizeof entry, "[%d] = %d", i, i * i);
        CHECK_HAS(out, entry);
    }
}

GDB_TEST(the_fields_of_a_channel_can_still_be_printed)
{
    CHECK_HAS(gdb_script("-ex 'p *(struct hchan *)ch'"),
        "$1 = {qcount = 2, dataqsiz = 3, buf = 0x");
}

GDB_TEST(goroutines_are_listed_with_what_they_wait_for)
{
    char *out = gdb_script("-ex 'leat goroutines' -ex 'p $leat_g(3)->goid'");
    CHECK_HAS(out, "* 1      [running] show_here (");
    CHECK_HAS(out, "  2 \"reader\" [chan receive 0x");
    CHECK_HAS(out, "] reads (");
    CHECK_HAS(out, "  3      [select] selects (");
    CHECK_HAS(out, "3 goroutines\n");
    CHECK_HAS(out, "$1 = 3\n");
}

// Goroutine 1 has given way to the first of the others.
GDB_TEST(a_goroutine_is_listed_at_the_programs_innermost_line)
{
    char *out = gdb_script_at("reads", "-ex 'leat goroutines'");
    CHECK_HAS(out, "  1      [runnable] leat_main (");
    CHECK_HAS(out, "gdb_values.c:");
    CHECK_HAS(out, " reads (/home/somebody/src/chan/main.c:");
}

GDB_TEST(the_frames_of_any_goroutine_can_be_walked)
{
    char *out = gdb_script("-ex 'leat bt 2' -ex 'leat goroutine 3 bt 1' "
                           "-ex 'leat bt all' -ex 'backtrace 1'");
    CHECK_HAS(out, "#0  ");
    // Clang makes a jump of leat_chan_recv's last call: that has no frame then.
    CHECK_HAS(out, " at src/chan/chan.c:");
    CHECK_HAS(out, " in reads (");
    CHECK_HAS(out, "\ngoroutine 3      [select]\n#0  ");
    CHECK_HAS(out, " in selects (");
    CHECK_HAS(out, "\ngoroutine 1      [running]\n#0  show_here (");
    // Afterwards everything is as it was.
    CHECK_HAS(strstr(out, " in selects ("), "#0  show_here (");
    CHECK_HAS(gdb_script("-ex 'leat bt 77'"), "there is no goroutine 77\n");
}
