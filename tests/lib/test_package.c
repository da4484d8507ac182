// SPDX-License-Identifier: MIT
// test_package.c: what a user gets: the names the libraries show, the two
// files to embed, what `make install` installs, and the tools of the house.
#include "lib/test.h"

#include <leat/base.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    // Compiling the whole library as one file, on a busy machine.
    PACKAGE_TIMEOUT_S = 100,
    // These test what was built, not how it runs; once is enough.
    PACKAGE_SKIP = TEST_ASAN | TEST_TSAN | TEST_QEMU | TEST_VALGRIND,
};

#define PACKAGE_TEST(area, name)                                               \
    PLAIN_TEST_WITH(area, name, .timeout_s = PACKAGE_TIMEOUT_S + 20,           \
        .skip_under = PACKAGE_SKIP)

// A plugin with the library in it, and a program that has unloaded it when the
// thread that used it ends.
static const char plugin_program[] =
    "#include <leat.h>\n"
    "int plugin(void);\n"
    "int plugin(void)\n"
    "{\n"
    "    leat_chan(int) c = leat_make_chan(int, 1);\n"
    "    leat_send(c, 7);\n"
    "    return leat_recv(c);\n"
    "}\n";
static const char plugin_host[] =
    "#include <dlfcn.h>\n"
    "#include <pthread.h>\n"
    "static void *use(void *h)\n"
    "{\n"
    "    int (*f)(void) = (int (*)(void))dlsym(h, \"plugin\");\n"
    "    return f() == 7 && dlclose(h) == 0 ? 0 : h;\n"
    "}\n"
    "int main(void)\n"
    "{\n"
    "    void *h = dlopen(\"./plugin.so\", RTLD_NOW), *bad = 0;\n"
    "    pthread_t t;\n"
    "    return h == 0 || pthread_create(&t, 0, use, h) != 0 ||\n"
    "        pthread_join(t, &bad) != 0 || bad != 0;\n"
    "}\n";

PACKAGE_TEST(package, a_plugin_with_leat_c_works_when_linked_nodelete)
{
    struct test_result r;
    CHECK(test_shell(&r, PACKAGE_TIMEOUT_S,
        "cd '%s' && printf '%%s' '%s' > plugin.c && printf '%%s' '%s' > host.c"
        " && cc=${CC:-gcc} && dist='%s' && $cc host.c -ldl -pthread -o host &&"
        " $cc -shared -fPIC -Wl,-z,nodelete -I\"$dist\" plugin.c"
        " \"$dist/leat.c\" -pthread -o plugin.so && ./host",
        test_tmpdir(), plugin_program, plugin_host, test_source_path("dist")));
    CHECK_STR(r.err, "");
    CHECK_EQ(r.status, 0);
    test_result_free(&r);
}

// What a user of the library writes first.
static const char embedded_program[] =
    "#include <leat.h>\n"
    "#include <stdio.h>\n"
    "\n"
    "static void\n"
    "twice(leat_chan(int) in, leat_chan(int) out)\n"
    "{\n"
    "    leat_send(out, 2 * leat_recv(in));\n"
    "}\n"
    "\n"
    "int\n"
    "leat_main(int argc, char **argv)\n"
    "{\n"
    "    (void)argc;\n"
    "    (void)argv;\n"
    "    leat_chan(int) in = leat_make_chan(int);\n"
    "    leat_chan(int) out = leat_make_chan(int, 1);\n"
    "    leat_go(twice, in, out);\n"
    "    leat_send(in, 21);\n"
    "    printf(\"%d\\n\", leat_recv(out));\n"
    "    return 0;\n"
    "}\n";

// Runs the shell line and fails unless it ends well; returns its output.
static __attribute__((format(printf, 1, 2))) char *
must_run(const char *format, ...)
{
    struct test_result r;
    char *line;
    __builtin_va_list args;
    __builtin_va_start(args, format);
    if (vasprintf(&line, format, args) < 0)
        abort();
    __builtin_va_end(args);
    CHECK(test_shell(&r, PACKAGE_TIMEOUT_S, "%s", line));
    CHECK_MSG(r.status == 0, "status %d of: %s\n%s%s", r.status, line, r.out,
        r.err);
    free(line);
    free(r.err);
    return r.out;
}

static void
need_command(const char *command)
{
    struct test_result r;
    CHECK(test_shell(&r, PACKAGE_TIMEOUT_S, "command -v %s", command));
    if (r.status != 0)
        test_skip("%s is not installed", command);
}

static void
write_file(const char *dir, const char *name, const char *text)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    CHECK_MSG(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0, "%s", path);
}

// Fails for a name in the list, one a line, that is not ours.
static void
check_names(char *names)
{
    int count = 0;
    char *rest;
    for (char *name = strtok_r(names, "\n", &rest); name != NULL;
         name = strtok_r(NULL, "\n", &rest)) {
        CHECK_MSG(strncmp(name, "leat_", 5) == 0, "%s is visible", name);
        count++;
    }
    CHECK_MSG(count > 20, "only %d names", count);
}

PACKAGE_TEST(package, shared_library_shows_only_leat_names)
{
    check_names(must_run("nm -D --defined-only -f posix '%s' | cut -d' ' -f1",
        test_build_path("libleat.so")));
}

PACKAGE_TEST(package, static_library_defines_only_leat_names)
{
    check_names(must_run("nm -g --defined-only -f posix '%s' | "
        "grep -v ':$' | cut -d' ' -f1", test_build_path("libleat.a")));
}

// A thread waits in the library, and ends later, while it is closed.
static const char unloading_program[] =
    "#include <dlfcn.h>\n"
    "#include <pthread.h>\n"
    "#include <stdint.h>\n"
    "#include <stdio.h>\n"
    "#include <string.h>\n"
    "static void (*sleep_ns)(int64_t);\n"
    "static int (*test_run)(uint64_t, void (*)(void *), void *);\n"
    "static void run(void *arg) { (void)arg; sleep_ns(1000000000); }\n"
    "static void *\n"
    "wait(void *barrier)\n"
    "{\n"
    "    sleep_ns(1);\n"
    "    pthread_barrier_wait(barrier);\n"
    "    sleep_ns(50000000);\n"
    "    return NULL;\n"
    "}\n"
    "int\n"
    "main(int argc, char **argv)\n"
    "{\n"
    "    void *lib = dlopen(argv[argc - 1], RTLD_NOW | RTLD_LOCAL);\n"
    "    if (lib == NULL)\n"
    "        return puts(dlerror());\n"
    "    void *symbol = dlsym(lib, \"leat_sleep\");\n"
    "    memcpy(&sleep_ns, &symbol, sizeof symbol);\n"
    "    symbol = dlsym(lib, \"leat_test_run\");\n"
    "    memcpy(&test_run, &symbol, sizeof symbol);\n"
    "    if (test_run(1, run, NULL) != 0)\n"
    "        return 1;\n"
    "    pthread_t thread;\n"
    "    pthread_barrier_t barrier;\n"
    "    pthread_barrier_init(&barrier, NULL, 2);\n"
    "    pthread_create(&thread, NULL, wait, &barrier);\n"
    "    pthread_barrier_wait(&barrier);\n"
    "    dlclose(lib);\n"
    "    pthread_join(thread, NULL);\n"
    "    return 0;\n"
    "}\n";

PACKAGE_TEST(package, shared_library_may_be_opened_late_and_closed_in_use)
{
    need_command("gcc");
    const char *dir = test_tmpdir();
    write_file(dir, "prog.c", unloading_program);
    must_run("cd '%s' && gcc -o prog prog.c -pthread && ./prog '%s'", dir,
        test_build_path("libleat.so"));
}

static void
build_embedded(const char *compiler)
{
    need_command(compiler);
    const char *dir = test_tmpdir();
    write_file(dir, "prog.c", embedded_program);
    must_run("cp '%s'/leat.[ch] '%s'", test_source_path("dist"), dir);
    must_run("cd '%s' && %s -Wall -Wextra -Werror -I. -o prog prog.c leat.c "
        "-pthread", dir, compiler);
    CHECK_STR(must_run("'%s'/prog", dir), "42\n");
}

PACKAGE_TEST(package, two_files_build_a_program_with_gcc)
{
    build_embedded("gcc");
}

PACKAGE_TEST(package, two_files_build_a_program_with_clang)
{
    build_embedded("clang-14");
}

PACKAGE_TEST(package, every_example_compiles_with_what_make_dist_writes)
{
    need_command("gcc");
    must_run("for f in '%s'/*.c; do gcc -fsyntax-only -Wall -Wextra -Werror "
        "-I'%s' \"$f\" || exit 1; done", test_source_path("examples"),
        test_source_path("dist"));
}

PACKAGE_TEST(package, installed_library_serves_pkg_config)
{
    need_command("pkg-config");
    const char *dir = test_tmpdir();
    write_file(dir, "prog.c", embedded_program);
    // The variables of a make that runs us are not for this one.
    must_run("env -u MAKEFLAGS -u MAKELEVEL make -s -C '%s' install-files "
        "BUILD='%s' PREFIX=/p DESTDIR='%s'", test_source_path("."),
        test_build_path("."), dir);
    must_run("cd '%s' && export PKG_CONFIG_PATH=p/lib/pkgconfig && "
        "flags=$(pkg-config --define-variable=prefix=p --cflags --libs leat) "
        "&& gcc -o shared prog.c $flags && gcc -o static -static prog.c "
        "$flags", dir);
    CHECK_STR(must_run("LD_LIBRARY_PATH='%s/p/lib' '%s/shared'", dir, dir),
        "42\n");
    CHECK_STR(must_run("'%s/static'", dir), "42\n");
    CHECK_STR(must_run("cd '%s/p/share' && find ./gdb ./leat -type f", dir),
        "./gdb/auto-load/p/lib/libleat.so." LEAT_VERSION "-gdb.py\n"
        "./leat/leat-gdb.py\n");
    must_run("env -u MAKEFLAGS -u MAKELEVEL make -s -C '%s' uninstall "
        "BUILD='%s' PREFIX=/p DESTDIR='%s'", test_source_path("."),
        test_build_path("."), dir);
    CHECK_STR(must_run("cd '%s' && find p -type f -o -type l", dir), "");
}

static const char cmake_program[] =
    "cmake_minimum_required(VERSION 3.16)\n"
    "project(app C)\n"
    "if(LEAT_TREE)\n"
    "    add_subdirectory(${LEAT_TREE} leat)\n"
    "else()\n"
    "    find_package(leat 0.1 REQUIRED)\n"
    "endif()\n"
    "add_executable(app program.c)\n"
    "target_link_libraries(app leat::leat)\n";

// Configures the program of cmake_program in DIR with options, builds it below
// DIR/name and checks that it works, and that no frame of the program can step
// over a guard.
static void
cmake_builds_the_program(const char *name, const char *options)
{
    const char *dir = test_tmpdir();
    write_file(dir, "CMakeLists.txt", cmake_program);
    write_file(dir, "program.c", embedded_program);
    must_run("cd '%s' && cmake -S . -B %s -DCMAKE_EXPORT_COMPILE_COMMANDS=ON "
             "%s && cmake --build %s", dir, name, options, name);
    CHECK_HAS(must_run("grep 'command.*program.c' "
        "'%s/%s/compile_commands.json'", dir, name),
        "-fstack-clash-protection");
    CHECK_STR(must_run("'%s/%s/app'", dir, name), "42\n");
}

// A program that has leat in it does not install leat's headers with its own.
PACKAGE_TEST(package, cmake_takes_the_two_files_as_a_subdirectory)
{
    char options[4096];
    need_command("cmake");
    must_run("mkdir -p '%s/leat/dist' && cp '%s' '%s/leat/' && "
             "cp '%s'/leat.[ch] '%s/leat/dist/'",
        test_tmpdir(), test_source_path("CMakeLists.txt"), test_tmpdir(),
        test_source_path("dist"), test_tmpdir());
    snprintf(options, sizeof options, "-DLEAT_TREE='%s/leat'", test_tmpdir());
    cmake_builds_the_program("sub", options);
    must_run("cmake --install '%s/sub' --prefix '%s/root'", test_tmpdir(),
        test_tmpdir());
    CHECK_STR(must_run("find '%s' -path '*/root/*'", test_tmpdir()), "");
}

// Also that a build type was chosen, and that only leat's names are shown. (It
// is built without optimization, which takes a third of the time.)
PACKAGE_TEST(package, cmake_installs_a_shared_library_that_it_finds)
{
    const char *dir = test_tmpdir();
    char options[4096];
    need_command("cmake");
    must_run("cd '%s' && cmake -S '%s' -B lib -DLEAT_SHARED=ON "
             "-DCMAKE_INSTALL_PREFIX='%s/root' -DCMAKE_INSTALL_LIBDIR=lib",
        dir, test_source_path(""), dir);
    CHECK_HAS(must_run("grep CMAKE_BUILD_TYPE: '%s/lib/CMakeCache.txt'", dir),
        "=RelWithDebInfo");
    must_run("cd '%s' && cmake -DCMAKE_BUILD_TYPE=Debug lib && "
             "cmake --build lib && cmake --install lib", dir);
    must_run("test -e '%s/root/lib/libleat.so'", dir);
    CHECK_STR(must_run("nm -D --defined-only -f posix '%s/root/lib/libleat.so'"
                       " | cut -d' ' -f1 | { grep -v '^leat_' || true; }",
                  dir), "");
    snprintf(options, sizeof options, "-DCMAKE_PREFIX_PATH='%s/root'", dir);
    cmake_builds_the_program("found", options);
}

// A tree with one breach of each rule in it.
static void
write_untidy_tree(const char *dir)
{
    must_run("mkdir -p '%s'/{src/base,src/chan,include/leat,tests}", dir);
    write_file(dir, "src/base/a.c", "// no licence line\n");
    write_file(dir, "src/base/b.c",
        "// SPDX-License-Identifier: MIT\n// b.c: something.\n"
        "#include \"chan/c.h\"\n\n"
        "static int\ntwin(void)\n{\n    return 1;\n}\n"
        "// FIX" "ME later\n");
    write_file(dir, "src/chan/c.h",
        "// SPDX-License-Identifier: MIT\n// c.h: something.\n"
        "// A line that is far too long for the eighty columns that the house "
        "gives to each of its lines.\n");
    write_file(dir, "src/chan/c.c",
        "// SPDX-License-Identifier: MIT\n// c.c: something.\n"
        "static int\ntwin(void)\n{\n    return 2;\n}\n");
    write_file(dir, "src/chan/b.c",
        "// SPDX-License-Identifier: MIT\n// b.c: something else.\n"
        "// See base/b.c and base/gone.c, leat__long and leat__gone.\n");
    write_file(dir, "include/leat/x.h",
        "// SPDX-License-Identifier: MIT\n// x.h: something.\n\n"
        "LEAT_API void leat_unheard_of(void);\n");
    must_run("cd '%s'/src/chan && { printf '%%s\\n' "
        "'// SPDX-License-Identifier: MIT' '// long.c: something.' "
        "'void' 'leat__long(void)' '{' && yes '    ;' | head -n 80 && "
        "echo '}'; } > long.c", dir);
}

PACKAGE_TEST(tools, tidy_finds_each_kind_of_breach)
{
    static const char *const said[] = {
        "src/base/a.c:1: lacks the SPDX line",
        "src/base/b.c:3: base may not use chan",
        ("src/base/b.c:10: FIX" "ME"),
        "src/chan/c.h:3: is 9",
        "src/chan/c.c:4: twin is also defined in src/base/b.c",
        "src/chan/b.c:1: src/base/b.c has the same name",
        "src/chan/b.c:3: there is no file base/gone.c",
        "src/chan/b.c:3: leat__gone is nowhere in the code",
        "src/chan/long.c:4: leat__long has 83 lines",
        "include/leat/x.h:4: leat_unheard_of has no comment",
        "include/leat/x.h:4: leat_unheard_of appears in no test",
    };
    struct test_result r;
    need_command("python3");
    write_untidy_tree(test_tmpdir());
    CHECK(test_shell(&r, PACKAGE_TIMEOUT_S, "python3 '%s' --root '%s'",
        test_source_path("tools/tidy.py"), test_tmpdir()));
    CHECK_EQ(r.status, 1);
    for (size_t i = 0; i < sizeof said / sizeof *said; i++)
        CHECK_HAS(r.out, said[i]);
    CHECK(strstr(r.out, "no file base/b.c") == NULL);
    CHECK(strstr(r.out, "leat__long is nowhere") == NULL);
    must_run("rm -r '%s/src' '%s/include'", test_tmpdir(), test_tmpdir());
    must_run("python3 '%s' --root '%s'", test_source_path("tools/tidy.py"),
        test_tmpdir());
}

PACKAGE_TEST(tools, setup_names_what_is_missing_when_it_cannot_install)
{
    struct test_result r;
    // An empty PATH: no compiler, no apt-get; bash's own commands remain.
    CHECK(test_shell(&r, PACKAGE_TIMEOUT_S, "PATH=/nonexistent /bin/bash '%s' "
        "run", test_source_path("tools/setup.sh")));
    // The witnesses outside PATH may be there; that of gcc is in /usr/bin.
    CHECK_EQ(r.status, 1);
    CHECK_HAS(r.err, "missing: gcc make");
    must_run("/bin/bash '%s' test", test_source_path("tools/setup.sh"));
}
