// SPDX-License-Identifier: MIT
// test_unwind_kinds.c: test_unwind.c and test_symbol.c in every kind of program:
// compilers, optimization, static and position-independent or not, stripped,
// versions of DWARF, another CPU. Each kind is compiled here and run. And
// libraries that come and go while their names are asked for.

#include "debug/symbol.h"

#include "lib/test.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMMON_FLAGS "-std=gnu11 -D_GNU_SOURCE -DUNWIND_STANDALONE -w -pthread"

// What the scenarios test, compiled once for each compiler: that is most of the
// time, and what kind of program is read does not depend on it. The directory
// of the objects.
static const char *
reader_objects(const char *compiler)
{
    static char dir[512];
    struct test_result r;
    char *root = test_source_path(".");
    snprintf(dir, sizeof(dir), "%s/%s", test_tmpdir(), compiler);
    CHECK(test_shell(&r, 60,
        "[ -d '%s' ] || { mkdir '%s' && cd '%s' && %s " COMMON_FLAGS
        " -O2 -g -fPIE -I'%s/include' -I'%s/src' -I'%s/tests' -c"
        " $(cd '%s' && ls -d \"$PWD\"/src/debug/dwarf_*.c"
        " \"$PWD\"/src/debug/elf_*.c \"$PWD\"/src/debug/unwind.c"
        " \"$PWD\"/src/debug/symbol.c \"$PWD\"/src/debug/demangle.c"
        " \"$PWD\"/src/os/open.c); }",
        dir, dir, dir, compiler, root, root, root, root));
    CHECK_MSG(r.status == 0, "%s: %s", compiler, r.err);
    test_result_free(&r);
    free(root);
    return dir;
}

// Compiles the scenarios with the compiler and flags, links them with what they
// test, and runs the program, under the emulator if any.
static void
check_kind(const char *compiler, const char *flags, const char *emulator)
{
    static int kind_count;
    struct test_result r;
    char program[512];
    char *root = test_source_path(".");
    snprintf(
        program, sizeof(program), "%s/kind%d", test_tmpdir(), kind_count++);
    CHECK(test_shell(&r, 60,
        "cd '%s' && %s " COMMON_FLAGS " %s -Iinclude -Isrc -Itests"
        " tests/unit/test_unwind.c tests/unit/test_symbol.c '%s'/*.o -o '%s'",
        root, compiler, flags, reader_objects(compiler), program));
    CHECK_MSG(r.status == 0, "%s %s: %s", compiler, flags, r.err);
    test_result_free(&r);
    CHECK(test_shell(&r, 60, "%s '%s'", emulator, program));
    CHECK_MSG(r.status == 0, "%s %s: status %d, %s%s", compiler, flags,
        r.status, r.out, r.err);
    test_result_free(&r);
    free(root);
}

static bool
is_installed(const char *command)
{
    struct test_result r;
    CHECK(test_shell(&r, 10, "command -v %s >/dev/null", command));
    bool found = r.status == 0;
    test_result_free(&r);
    return found;
}

#define KINDS_WITH                                                             \
    .timeout_s = 120,                                                          \
    .skip_under = TEST_ASAN | TEST_TSAN | TEST_QEMU | TEST_VALGRIND

PLAIN_TEST_WITH(unwind, works_in_every_kind_of_program_of_gcc, KINDS_WITH)
{
    if (!is_installed("gcc"))
        test_skip("gcc is not installed");
    check_kind("gcc", "-O0 -g", "");
    check_kind("gcc", "-O2 -g -fomit-frame-pointer -no-pie -fno-pie", "");
    check_kind("gcc", "-O2 -g -gdwarf-4 -static -DUNWIND_STATIC", "");
    check_kind("gcc", "-O1 -g -gdwarf-2 -static-pie -DUNWIND_STATIC", "");
}

PLAIN_TEST_WITH(unwind, works_in_stripped_programs, KINDS_WITH)
{
    const char *compiler = is_installed("gcc") ? "gcc" : "cc";
    // All symbols gone, and only the line tables gone.
    check_kind(compiler, "-O2 -s -DUNWIND_NO_LINES -DUNWIND_NO_STATICS", "");
    check_kind(compiler, "-O2 -g -Wl,-S -DUNWIND_NO_LINES", "");
    // Compressed line tables are not read.
    check_kind(compiler, "-O2 -g -gz -DUNWIND_NO_LINES", "");
}

PLAIN_TEST_WITH(unwind, works_in_every_kind_of_program_of_clang, KINDS_WITH)
{
    const char *clang = is_installed("clang") ? "clang" : "clang-14";
    if (!is_installed(clang))
        test_skip("clang is not installed");
    check_kind(clang, "-O0 -g", "");
    check_kind(clang, "-O2 -g -fomit-frame-pointer", "");
    check_kind(clang, "-O2 -gdwarf-3 -static -DUNWIND_STATIC", "");
}

PLAIN_TEST_WITH(unwind, works_on_aarch64, KINDS_WITH)
{
    if (!is_installed("aarch64-linux-gnu-gcc") || !is_installed("qemu-aarch64"))
        test_skip("no compiler or emulator for aarch64");
    check_kind("aarch64-linux-gnu-gcc", "-O2 -g -static -DUNWIND_STATIC",
        "qemu-aarch64");
    check_kind("aarch64-linux-gnu-gcc", "-O0 -g",
        "qemu-aarch64 -L /usr/aarch64-linux-gnu");
}

// Builds a library whose function `entry` gives the address of a static
// function of this name, which stands at this line of NAME.c, and loads it.
static uintptr_t
load_library(const char *name, int line, void **handle)
{
    struct test_result r;
    char path[512];
    snprintf(path, sizeof(path), "%s/lib%s.so", test_tmpdir(), name);
    CHECK(test_shell(&r, 60,
        "printf '#line %d \"%s.c\"\\n"
        "static int %s(int x) { return x + 1; }\\n"
        "void *entry(void) { return (void *)%s; }\\n'"
        " | gcc -O0 -g -shared -fPIC -x c - -o '%s'",
        line, name, name, name, path));
    CHECK_MSG(r.status == 0, "%s", r.err);
    test_result_free(&r);
    *handle = dlopen(path, RTLD_NOW);
    CHECK_MSG(*handle != NULL, "%s", dlerror());
    void *(*entry)(void);
    *(void **)&entry = dlsym(*handle, "entry");
    CHECK(entry != NULL);
    return (uintptr_t)entry();
}

static void
check_library_symbol(uintptr_t pc, const char *name, int line)
{
    struct leat__symbol s;
    char file[64], module[64];
    snprintf(file, sizeof(file), "%s.c", name);
    snprintf(module, sizeof(module), "/lib%s.so", name);
    // Twice: the second answer is a kept one.
    for (int i = 0; i < 2; i++) {
        CHECK(leat__symbolize(pc, &s));
        CHECK_STR(s.func, name);
        CHECK_EQ(s.func_start, pc);
        CHECK_HAS(s.file, file);
        CHECK_EQ(s.line, line);
        CHECK_HAS(s.module, module);
    }
}

PLAIN_TEST_WITH(
    symbol, a_library_in_the_place_of_another_has_its_own_names, KINDS_WITH)
{
    if (!is_installed("gcc"))
        test_skip("gcc is not installed");
    void *handle;
    struct leat__symbol s;
    uintptr_t first = load_library("alpha", 100, &handle);
    check_library_symbol(first, "alpha", 100);
    CHECK_EQ(dlclose(handle), 0);
    CHECK(!leat__symbolize(first, &s));
    uintptr_t second = load_library("omega", 2000, &handle);
    check_library_symbol(second, "omega", 2000);
    // Else the test has not seen what it is for.
    if (second != first)
        test_skip("the loader did not use the same place again");
}

// What is known of the others is forgotten once, not at every question: of a
// file that is gone since it could not be learned again.
PLAIN_TEST_WITH(
    symbol, names_are_kept_after_a_library_was_unloaded, KINDS_WITH)
{
    if (!is_installed("gcc"))
        test_skip("gcc is not installed");
    void *handle;
    char path[512];
    struct leat__symbol s;
    check_library_symbol(load_library("alpha", 100, &handle), "alpha", 100);
    CHECK_EQ(dlclose(handle), 0);
    uintptr_t kept = load_library("kept", 10, &handle);
    check_library_symbol(kept, "kept", 10);
    snprintf(path, sizeof path, "%s/libkept.so", test_tmpdir());
    CHECK_EQ(unlink(path), 0);
    CHECK(leat__symbolize(kept + 1, &s)); // not asked before
    CHECK_STR(s.func, "kept");
}

PLAIN_TEST_WITH(
    symbol, a_file_that_is_not_what_was_loaded_is_not_believed, KINDS_WITH)
{
    if (!is_installed("gcc"))
        test_skip("gcc is not installed");
    void *handle, *other;
    struct leat__symbol s;
    struct test_result r;
    uintptr_t pc = load_library("alpha", 100, &handle);
    load_library("omega", 2000, &other);
    CHECK(test_shell(
        &r, 10, "cd '%s' && mv libomega.so libalpha.so", test_tmpdir()));
    CHECK_EQ(r.status, 0);
    test_result_free(&r);
    CHECK(leat__symbolize(pc, &s));
    CHECK_HAS(s.module, "libalpha.so");
    CHECK_STR(s.func, "");
    CHECK_STR(s.file, "");
}
