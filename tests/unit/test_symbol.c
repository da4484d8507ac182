// SPDX-License-Identifier: MIT
// test_symbol.c: names and lines of this program's own code and of libraries,
// against what the source, the loader and addr2line say.

#include "debug/dwarf_inline.h"
#include "debug/dwarf_line.h"
#include "debug/elf_file.h"
#include "debug/symbol.h"

#include "unit/unwind_scenarios.h"

#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <unistd.h>

// A static function with some code to ask about.
static APART int
named(int a, int b)
{
    volatile int sum = 0;
    for (int i = a; i < b; i++)
        sum += i * b;
    return sum + atoi("1");
}

// ---- Names ------------------------------------------------------------------

PLAIN_TEST(symbol, a_pc_in_no_module_is_refused_and_leaves_nothing)
{
    struct leat__symbol s;
    int local = 0;
    void *heap = malloc(100);
    uintptr_t pc[] = {0, 1, (uintptr_t)&local, (uintptr_t)heap, UINTPTR_MAX};
    for (int i = 0; i < 5; i++) {
        memset(&s, 0x7e, sizeof(s));
        CHECK(!leat__symbolize(pc[i], &s));
        CHECK_EQ(s.func[0], 0);
        CHECK_EQ(s.func_start, 0);
        CHECK_EQ(s.file[0], 0);
        CHECK_EQ(s.line, 0);
        CHECK_EQ(s.module[0], 0);
    }
    free(heap);
}

PLAIN_TEST(symbol, the_start_of_a_static_function_is_named_with_this_program)
{
    struct leat__symbol s;
    char path[4096];
    ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);
    CHECK(len > 0);
    path[len] = '\0';
    CHECK(leat__symbolize((uintptr_t)named, &s));
    const char *end = strlen(path) > 127 ? path + strlen(path) - 127 : path;
    CHECK_STR(s.module, end);
#ifndef UNWIND_NO_STATICS
    CHECK_STR(s.func, "named");
    CHECK_EQ(s.func_start, (uintptr_t)named);
#else
    CHECK_STR(s.func, "");
#endif
#ifdef UNWIND_NO_LINES
    CHECK_STR(s.file, "");
    CHECK_EQ(s.line, 0);
#endif
}

#ifndef UNWIND_STATIC
PLAIN_TEST(symbol, a_function_of_a_stripped_library_has_its_exported_name)
{
    struct leat__symbol s;
    uintptr_t pc = (uintptr_t)dlsym(RTLD_DEFAULT, "getenv");
    if (pc == 0)
        SKIP("a static program has no libraries");
    if (UNWIND_SANITIZED)
        SKIP("sanitizers have a getenv of their own");
    CHECK(leat__symbolize(pc + 1, &s));
    CHECK_STR(s.func, "getenv");
    CHECK_EQ(s.func_start, pc);
    CHECK(strstr(s.module, "libc.so") != NULL);
}
#endif

PLAIN_TEST(symbol, asking_allocates_nothing_and_keeps_errno)
{
    struct leat__symbol s;
    struct mallinfo2 before, after;
    before = mallinfo2();
    errno = 4321;
    for (unsigned n = 0; n < 20; n++)
        leat__symbolize((uintptr_t)named + n, &s);
    leat__symbolize((uintptr_t)qsort, &s);
    CHECK_EQ(errno, 4321);
    after = mallinfo2();
    CHECK_EQ(after.uordblks, before.uordblks);
    CHECK_EQ(after.hblkhd, before.hblkhd);
    CHECK(s.module[0] != '\0');
}

enum {
    ASKERS = 4,
    ASKS = 200
};

static int asker_mismatches[ASKERS];
static struct leat__symbol asker_expected[8];

static void *
asker_body(void *arg)
{
    int *mismatches = arg;
    struct leat__symbol s;
    for (int n = 0; n < ASKS; n++) {
        for (int i = 0; i < 8; i++) {
            leat__symbolize((uintptr_t)named + (unsigned)i, &s);
            *mismatches += memcmp(&s, &asker_expected[i], sizeof(s)) != 0;
        }
    }
    return NULL;
}

PLAIN_TEST(symbol, threads_that_ask_at_once_get_the_same_answers)
{
    pthread_t thread[ASKERS];
    for (int i = 0; i < 8; i++)
        leat__symbolize((uintptr_t)named + (unsigned)i, &asker_expected[i]);
    for (int i = 0; i < ASKERS; i++)
        CHECK_EQ(
            pthread_create(&thread[i], NULL, asker_body, &asker_mismatches[i]),
            0);
    for (int i = 0; i < ASKERS; i++)
        pthread_join(thread[i], NULL);
    for (int i = 0; i < ASKERS; i++)
        CHECK_EQ(asker_mismatches[i], 0);
}

// ---- Corrupt files ----------------------------------------------------------

#ifndef UNWIND_NO_LINES
PLAIN_TEST(symbol, damaged_line_tables_crash_nothing)
{
    struct leat__module m;
    struct leat__elf_file file;
    struct leat__elf_section line, line_str;
    struct leat__line_place place;
    struct leat__line_index index;
    void *area;
    CHECK(leat__module_find((uintptr_t)named, &m));
    CHECK(leat__elf_open(&m, &file));
    CHECK(leat__elf_section_find(&file, ".debug_line", &line));
    leat__elf_section_find(&file, ".debug_line_str", &line_str);
    // Some units will do: more only cost time.
    size_t len = line.bytes.len < 200000 ? line.bytes.len : 200000;
    uint8_t *copy = guarded_copy(line.bytes.ptr, len, &area);
    struct leat__line_sections s = {
        .line = {copy, len}, .line_str = line_str.bytes};
    CHECK(leat__line_index_build(&s, &index));
    leat__line_index_free(&index);
    for (int round = 0; round < 300; round++) {
        struct damage d;
        damage_do(copy, len, &d);
        leat__line_find(&s, NULL, (uintptr_t)named - m.bias, false, &place);
        CHECK(place.file != NULL);
        leat__line_index_build(&s, &index);
        leat__line_index_free(&index);
        damage_undo(copy, &d);
    }
    guarded_free(area, len);
    leat__elf_close(&file);
}
#endif

// ---- Functions in functions ---------------------------------------------------

#ifndef UNWIND_NO_LINES
#define INSIDE static inline __attribute__((always_inline))

static volatile uintptr_t inside_pc;

static APART void
inside_mark(void)
{
    inside_pc = (uintptr_t)__builtin_return_address(0) - 1;
}

INSIDE void
inside_inner(void)
{
    inside_mark();
    inside_pc += 0; // so that the call above returns to here
}
enum { INSIDE_INNER = __LINE__ - 3 };

INSIDE void
inside_outer(void)
{
    inside_inner();
}
enum { INSIDE_OUTER = __LINE__ - 2 };

static APART void
inside_all(void)
{
    inside_outer();
}
enum { INSIDE_ALL = __LINE__ - 2 };

PLAIN_TEST(symbol, functions_compiled_into_others_are_told_with_their_lines)
{
    static const struct {
        const char *func;
        int line;
    } expected[] = {{"inside_inner", INSIDE_INNER},
        {"inside_outer", INSIDE_OUTER}, {"inside_all", INSIDE_ALL}};
    struct leat__symbol s, whole;
    bool last;
    inside_all();
    for (unsigned i = 0; i < 3; i++) {
        CHECK(leat__symbolize_inlined(inside_pc, i, &s, &last));
#ifdef UNWIND_NO_STATICS
        if (last)
            break;
#endif
        CHECK_STR(s.func, expected[i].func);
        CHECK_EQ(s.line, expected[i].line);
        CHECK(strstr(s.file, "test_symbol.c") != NULL);
        CHECK_EQ(last, i == 2);
    }
    CHECK(leat__symbolize_inlined(inside_pc, 3, &s, &last));
    CHECK(last);
    CHECK_STR(s.func, "");
    CHECK_EQ(s.line, 0);
    CHECK(leat__symbolize(inside_pc, &whole));
    CHECK_STR(whole.func, "inside_all");
    CHECK_EQ(whole.line, INSIDE_INNER);
    CHECK(!leat__symbolize_inlined(1, 0, &s, &last));
    CHECK(last);
}

// One more than is kept: the outmost is left out.
#define INSIDE_LEVEL(n, inner)                                                 \
    INSIDE void inside_##n(void)                                               \
    {                                                                          \
        inner();                                                               \
        inside_pc += 0;                                                        \
    }
INSIDE_LEVEL(1, inside_mark)
INSIDE_LEVEL(2, inside_1)
INSIDE_LEVEL(3, inside_2)
INSIDE_LEVEL(4, inside_3)
INSIDE_LEVEL(5, inside_4)
INSIDE_LEVEL(6, inside_5)
INSIDE_LEVEL(7, inside_6)
INSIDE_LEVEL(8, inside_7)
INSIDE_LEVEL(9, inside_8)
INSIDE_LEVEL(10, inside_9)
INSIDE_LEVEL(11, inside_10)
INSIDE_LEVEL(12, inside_11)
INSIDE_LEVEL(13, inside_12)
INSIDE_LEVEL(14, inside_13)
INSIDE_LEVEL(15, inside_14)
INSIDE_LEVEL(16, inside_15)
INSIDE_LEVEL(17, inside_16)

static APART void
inside_as_many_as_are_kept(void)
{
    inside_16();
}

static APART void
inside_one_more(void)
{
    inside_17();
}

static void
check_inside_many(const char *outmost)
{
    char name[32];
    struct leat__symbol s;
    bool last = false;
    for (unsigned i = 0; i < LEAT__INLINE_MAX; i++) {
        CHECK(leat__symbolize_inlined(inside_pc, i, &s, &last));
        snprintf(name, sizeof name, "inside_%u", i + 1);
        CHECK_STR(s.func, name);
        CHECK(!last);
    }
    CHECK(leat__symbolize_inlined(inside_pc, LEAT__INLINE_MAX, &s, &last));
    CHECK(last);
#ifndef UNWIND_NO_STATICS
    CHECK_STR(s.func, outmost);
#endif
    (void)outmost;
}

PLAIN_TEST(symbol, of_many_functions_in_each_other_the_inner_ones_are_told)
{
    inside_as_many_as_are_kept();
    check_inside_many("inside_as_many_as_are_kept");
    inside_one_more();
    check_inside_many("inside_one_more");
}

// A table of 2^63 directories, each of a form that takes no bytes.
PLAIN_TEST(symbol, a_line_table_of_entries_without_bytes_ends)
{
    static const uint8_t unit[] = {
        55, 0, 0, 0, 5, 0, 8, 0, // length, version, sizes
        30, 0, 0, 0, 1, 1, 1, 0, 1, 10, // header's length to first opcode
        0, 1, 1, 1, 1, 0, 0, 0, 1, // operands
        1, 1, 0x19, // directories: path, flag_present
        0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1,
        0, 0, // no files
        0, 9, 2, 0, 0x10, 0, 0, 0, 0, 0, 0, // address 0x1000
        1, 2, 16, // a row, 16 bytes on
        0, 1, 1}; // the end of the sequence
    struct leat__line_sections s = {.line = {unit, sizeof unit}};
    struct leat__line_place place;
    CHECK_EQ(unit[0], sizeof unit - 4);
    CHECK(leat__line_find(&s, NULL, 0x1004, false, &place));
    CHECK_EQ(place.line, 1);
    CHECK_STR(place.dir, "");
    CHECK_STR(place.file, "");
}

enum { DIE_PARTS = 3, DIE_PART_MAX = 200000 };

PLAIN_TEST(symbol, damaged_entries_crash_nothing)
{
    static const char *const names[DIE_PARTS] = {
        ".debug_info", ".debug_abbrev", ".debug_rnglists"};
    struct leat__module m;
    struct leat__elf_file file;
    struct leat__elf_section e;
    struct leat__bytes part[DIE_PARTS];
    uint8_t *copy[DIE_PARTS];
    void *area[DIE_PARTS];
    struct leat__inline_chain chain;
    CHECK(leat__module_find((uintptr_t)named, &m));
    CHECK(leat__elf_open(&m, &file));
    for (int i = 0; i < DIE_PARTS; i++) {
        part[i] = (struct leat__bytes){(const uint8_t *)"", 1}; // of DWARF 4
        if (leat__elf_section_find(&file, names[i], &e) && e.bytes.len > 0)
            part[i] = e.bytes;
        part[i].len = part[i].len < DIE_PART_MAX ? part[i].len : DIE_PART_MAX;
        copy[i] = guarded_copy(part[i].ptr, part[i].len, &area[i]);
    }
    struct leat__die_sections s = {.info = {copy[0], part[0].len},
        .abbrev = {copy[1], part[1].len}, .rnglists = {copy[2], part[2].len}};
    for (int round = 0; round < 300; round++) {
        struct damage d;
        int i = round % DIE_PARTS;
        damage_do(copy[i], part[i].len, &d);
        struct leat__cursor c =
            leat__cursor_over(copy[0], copy[0] + part[0].len);
        while (leat__cursor_left(&c) != 0) {
            struct leat__die_unit u;
            if (leat__die_unit_open(&s, &c, &u))
                leat__inline_find(&s, u.line_offset,
                    u.base + (unsigned)round * 16, &chain);
        }
        damage_undo(copy[i], &d);
    }
    for (int i = 0; i < DIE_PARTS; i++)
        guarded_free(area[i], part[i].len);
    leat__elf_close(&file);
}
#endif

// ---- A second opinion -------------------------------------------------------

#if !defined(UNWIND_NO_LINES) && !defined(UNWIND_NO_STATICS)
enum {
    OPINIONS = 400,
    OPINION_STEP = 9
};

// The last component, as that is what both must agree on.
static const char *
base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

// addr2line's answers: an address, then a function and its place for each of
// those that are compiled into each other.
struct opinions {
    FILE *out;
    char line[4096]; // the next one
    bool more;
    int compared, inlined;
};

// Some addresses from one function on, some from another.
static uintptr_t
opinion_pc(unsigned i)
{
    return i < OPINIONS / 2
        ? (uintptr_t)named + i * OPINION_STEP
        : (uintptr_t)inside_all + (i - OPINIONS / 2) * OPINION_STEP;
}

static void
opinion_read(struct opinions *o)
{
    o->more = fgets(o->line, sizeof o->line, o->out) != NULL;
    o->line[strcspn(o->line, "\n")] = '\0';
}

static bool
opinion_is_address(const struct opinions *o)
{
    return strncmp(o->line, "0x", 2) == 0;
}

static void
check_opinion(struct opinions *o, uintptr_t pc, unsigned depth)
{
    char func[512];
    struct leat__symbol s;
    bool last;
    snprintf(func, sizeof func, "%.500s", o->line);
    opinion_read(o);
    char *place = o->line;
    place[strcspn(place, " ")] = '\0'; // "(discriminator 2)" may follow
    if (strncmp(place, "??", 2) == 0 || strstr(place, ":?") != NULL ||
        depth >= LEAT__INLINE_MAX)
        return;
    CHECK(leat__symbolize_inlined(pc, depth, &s, &last));
    char *colon = strrchr(place, ':');
    CHECK(colon != NULL);
    *colon = '\0';
    CHECK_STR(base_name(s.file), base_name(place));
    CHECK_MSG(s.line == atoi(colon + 1), "%s (%u): %d is not %s", s.func,
        depth, s.line, colon + 1);
#ifndef __clang__ // whose lists of ranges addr2line 2.40 does not find
    if (!last)
        CHECK_STR(s.func, func);
#endif
    o->compared++;
    o->inlined += depth > 0;
}

static void
check_opinions(struct opinions *o, uintptr_t pc)
{
    CHECK(o->more && opinion_is_address(o));
    opinion_read(o);
    for (unsigned depth = 0; o->more && !opinion_is_address(o); depth++) {
        check_opinion(o, pc, depth);
        opinion_read(o);
    }
}

PLAIN_TEST(symbol, lines_are_those_that_addr2line_finds)
{
    struct leat__module m;
    char place[4096], command[1024];
    size_t used;
    if (system("command -v addr2line >/dev/null 2>&1") != 0)
        SKIP("addr2line is not installed");
    CHECK(leat__module_find((uintptr_t)named, &m));
    ssize_t len = readlink("/proc/self/exe", place, 512);
    CHECK(len > 0 && len < 512);
    used = (size_t)snprintf(command, sizeof(command),
        "exec addr2line -a -f -i -e '%.*s'", (int)len, place);
    char list[] = "/tmp/leat-unwind-XXXXXX";
    int fd = mkstemp(list);
    CHECK(fd >= 0);
    FILE *in = fdopen(fd, "w");
    CHECK(in != NULL);
    for (unsigned i = 0; i < OPINIONS; i++)
        fprintf(in, "%#lx\n", (unsigned long)(opinion_pc(i) - m.bias));
    fclose(in);
    snprintf(command + used, sizeof(command) - used, " < %s", list);
    struct opinions o = {.out = popen(command, "r")};
    CHECK(o.out != NULL);
    opinion_read(&o);
    for (unsigned i = 0; i < OPINIONS; i++)
        check_opinions(&o, opinion_pc(i));
    pclose(o.out);
    unlink(list);
    CHECK(o.compared > OPINIONS / 4);
#ifndef __clang__
    CHECK(o.inlined > 0);
#endif
}
#endif
