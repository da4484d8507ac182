// SPDX-License-Identifier: MIT
// test_symbol.c: names and lines of this program's own code and of libraries,
// against what the source, the loader and addr2line say.

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

static void
check_opinion(uintptr_t pc, char *func, char *place)
{
    struct leat__symbol s;
    func[strcspn(func, "\n")] = '\0';
    place[strcspn(place, " \n")] = '\0'; // "(discriminator 2)" may follow
    CHECK(leat__symbolize(pc, &s));
    char *colon = strrchr(place, ':');
    CHECK(colon != NULL);
    *colon = '\0';
    CHECK_STR(base_name(s.file), base_name(place));
    CHECK_MSG(s.line == atoi(colon + 1), "%s: %d is not %s", s.func, s.line,
        colon + 1);
    (void)func;
}

PLAIN_TEST(symbol, lines_are_those_that_addr2line_finds)
{
    struct leat__module m;
    char func[512], place[4096], command[1024];
    size_t used;
    if (system("command -v addr2line >/dev/null 2>&1") != 0)
        SKIP("addr2line is not installed");
    uintptr_t pc = (uintptr_t)named;
    CHECK(leat__module_find(pc, &m));
    ssize_t len = readlink("/proc/self/exe", place, 512);
    CHECK(len > 0 && len < 512);
    used = (size_t)snprintf(command, sizeof(command),
        "exec addr2line -f -e '%.*s'", (int)len, place);
    char list[] = "/tmp/leat-unwind-XXXXXX";
    int fd = mkstemp(list);
    CHECK(fd >= 0);
    FILE *in = fdopen(fd, "w");
    CHECK(in != NULL);
    for (int i = 0; i < OPINIONS; i++)
        fprintf(in, "%#lx\n",
            (unsigned long)(pc - m.bias) + (unsigned)i * OPINION_STEP);
    fclose(in);
    snprintf(command + used, sizeof(command) - used, " < %s", list);
    FILE *out = popen(command, "r");
    CHECK(out != NULL);
    int compared = 0;
    for (int i = 0; i < OPINIONS; i++) {
        CHECK(fgets(func, sizeof(func), out) != NULL);
        CHECK(fgets(place, sizeof(place), out) != NULL);
        if (strncmp(place, "??", 2) == 0 || strstr(place, ":?") != NULL)
            continue;
        compared++;
        check_opinion(pc + (unsigned)i * OPINION_STEP, func, place);
    }
    pclose(out);
    unlink(list);
    CHECK(compared > OPINIONS / 4);
}
#endif
