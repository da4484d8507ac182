// SPDX-License-Identifier: MIT
// gdb_values.c: what test_gdb.c prints with the script for gdb: a slice, a
// string, channels, a map, and goroutines that wait.
#include <leat.h>

struct point {
    int x, y;
};
LEAT_SLICE(points, struct point);

// In a file whose path could be one of the library's.
#line 1 "/home/somebody/src/chan/main.c"
static void
reads(leat_chan(int) c)
{
    leat_set_name("reader");
    leat_recv(c);
}
#line 20 "tests/programs/gdb_values.c"

static void
selects(leat_chan(int) a, leat_chan(int) b)
{
    leat_select(leat_case_recv(a, NULL), leat_case_send(b, 1));
}

// The place to stop.
__attribute__((noinline)) void show_here(leat_slice(int) numbers, points ps,
    leat_slice(int) none, leat_str text, leat_str part,
    leat_chan(struct point) ch, leat_chan(int) waited,
    leat_map(leat_str, int) ages, leat_map(int, int64_t) squares);
void
show_here(leat_slice(int) numbers, points ps, leat_slice(int) none,
    leat_str text, leat_str part, leat_chan(struct point) ch,
    leat_chan(int) waited, leat_map(leat_str, int) ages,
    leat_map(int, int64_t) squares)
{
    // The length of part is not used: a compiler may drop it.
    __asm__ volatile("" : : "r"(numbers.ptr), "r"(ps.ptr), "r"(none.ptr),
                     "r"(text.ptr), "r"(text.len), "r"(ch), "r"(waited)
                     : "memory");
    __asm__ volatile("" : : "r"(ages), "r"(squares), "r"(part.ptr) : "memory");
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    leat_slice(int) numbers = leat_slice_of(leat_slice(int), 10, 20, 30);
    points ps = leat_slice_of(points, {1, 2}, {3, 4});
    leat_chan(struct point) ch = leat_make_chan(struct point, 3);
    for (int i = 0; i < 4; i++) {
        leat_send(ch, (struct point){i, -i});
        if (i < 2)
            leat_recv(ch); // so that the buffer wraps round
    }
    leat_map(leat_str, int) ages = leat_make_map(leat_str, int);
    leat_map_put(ages, LEAT_STR("ann"), 41);
    leat_map_put(ages, LEAT_STR("bob"), 42);
    // The 105th entry makes it grow, and one step is done.
    leat_map(int, int64_t) squares = leat_make_map(int, int64_t);
    for (int i = 0; i < 105; i++)
        leat_map_put(squares, i, (int64_t)i * i);
    leat_chan(int) waited = leat_make_chan(int);
    leat_go(reads, waited);
    leat_go(selects, leat_make_chan(int), leat_make_chan(int));
    leat_yield(); // on one P, which the test asks for, both wait after this
    show_here(numbers, ps, (leat_slice(int)){0}, LEAT_STR("a\tb"),
        LEAT_STR("part"), ch, waited, ages, squares);
    return 0;
}
