// SPDX-License-Identifier: MIT
// test_gdb.c: a channel in the debugger: the two commands of the article on
// Go's channels, typed as printed there, show the same values here.
#include "lib/test.h"

#include <string.h>

enum { GDB_TIMEOUT_S = 60 };

// The values of the fields are the article's: qcount 1, dataqsiz 2, elemsize
// 8, closed 0, sendx 1, recvx 0; and `41 0` in the buffer.
#define GDB_TEST(name)                                                         \
    PLAIN_TEST_WITH(gdb, name, .timeout_s = GDB_TIMEOUT_S + 10,                \
        .skip_under = TEST_ASAN | TEST_TSAN | TEST_QEMU | TEST_VALGRIND)

// What gdb says to the commands (each `-ex '...'`) at the breakpoint.
static char *
gdb_ask(const char *commands)
{
    struct test_result r;
    CHECK(test_shell(&r, GDB_TIMEOUT_S, "command -v gdb"));
    if (r.status != 0)
        test_skip("gdb is not installed");
    CHECK(test_shell(&r, GDB_TIMEOUT_S,
        "LEATPROCS=1 gdb -nx -batch -iex 'set debuginfod enabled off' "
        "-ex 'set startup-with-shell off' -ex 'break stop_here' -ex run %s "
        "'%s' 2>&1",
        commands, test_build_path("programs/gdb_chan")));
    if (strstr(r.out, "Could not trace the inferior process") != NULL ||
        strstr(r.out, "ptrace: Operation not permitted") != NULL)
        test_skip("the system does not allow debuggers");
    CHECK_HAS(r.out, "Breakpoint 1, ");
    return r.out;
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
