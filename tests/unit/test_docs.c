// SPDX-License-Identifier: MIT
// test_docs.c: what the documents say is true: the programs in the README
// compile and print what it shows, the reference is what the headers say and
// has every public name, so have the examples, and no document points at a
// file that is not there.
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    DOCS_TIMEOUT_S = 60,
    // These test texts, not how the library was built; once is enough.
    DOCS_SKIP = TEST_ASAN | TEST_TSAN | TEST_QEMU | TEST_VALGRIND,
    DOCS_BLOCKS_MAX = 64,
};

#define DOCS_TEST(name)                                                        \
    PLAIN_TEST_WITH(docs, name, .timeout_s = 2 * DOCS_TIMEOUT_S,               \
        .skip_under = DOCS_SKIP)

// Programs of a build that counts coverage are linked like it.
#ifdef LEAT_COV
#define DOCS_COMPILE "--coverage"
#else
#define DOCS_COMPILE ""
#endif

// A fenced block: ```LANG, lines, ```.
struct docs_block {
    char lang[16];
    char *text;
    char *heading; // the last line that began with "## " before it
};

static char *
docs_format(const char *format, ...)
{
    char *text;
    __builtin_va_list args;
    __builtin_va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        abort();
    __builtin_va_end(args);
    return text;
}

static char *
docs_read(const char *relative)
{
    char *text = NULL;
    size_t room = 0;
    FILE *f = fopen(test_source_path(relative), "r");
    CHECK_MSG(f != NULL && getdelim(&text, &room, 0, f) > 0, "%s", relative);
    fclose(f);
    return text;
}

static void
docs_write(const char *name, const char *text)
{
    FILE *f = fopen(docs_format("%s/%s", test_tmpdir(), name), "w");
    CHECK_MSG(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0, "%s", name);
}

// Runs a shell line, which has to end well; its standard output.
static __attribute__((format(printf, 1, 2))) char *
docs_run(const char *format, ...)
{
    struct test_result r;
    char *line;
    __builtin_va_list args;
    __builtin_va_start(args, format);
    if (vasprintf(&line, format, args) < 0)
        abort();
    __builtin_va_end(args);
    CHECK(test_shell(&r, DOCS_TIMEOUT_S, "%s", line));
    CHECK_MSG(r.status == 0, "status %d of: %s\n%s%s", r.status, line, r.out,
        r.err);
    return r.out;
}

// All fenced blocks of a text; the number of them.
static int
docs_blocks(const char *text, struct docs_block *out)
{
    int n = 0;
    char *copy = strdup(text), *heading = NULL;
    for (char *line = copy, *end; line != NULL && *line != 0; line = end) {
        end = strchr(line, '\n');
        if (end != NULL)
            *end++ = 0;
        if (strncmp(line, "## ", 3) == 0)
            heading = line + 3;
        if (strncmp(line, "```", 3) != 0)
            continue;
        char *close = end == NULL ? NULL : strstr(end, "\n```\n");
        CHECK_MSG(close != NULL && n < DOCS_BLOCKS_MAX, "block %d", n);
        close[1] = 0;
        snprintf(out[n].lang, sizeof out[n].lang, "%s", line + 3);
        out[n].text = end;
        out[n++].heading = heading;
        end = close + strlen("\n```\n");
    }
    return n;
}

// The file name in a block whose first line is `// NAME`, or NULL.
static char *
docs_file_name(const struct docs_block *b)
{
    char name[64];
    if (strncmp(b->text, "// ", 3) != 0 ||
        sscanf(b->text, "// %63[a-z.]\n", name) != 1)
        return NULL;
    return strdup(name);
}

static bool
docs_is_in_tour(const struct docs_block *b)
{
    return strcmp(b->lang, "c") == 0 && docs_file_name(b) == NULL &&
        strcmp(b->heading, "A five-minute tour") == 0;
}

// ---- The tour ---------------------------------------------------------------

DOCS_TEST(every_piece_of_the_tour_is_in_the_example)
{
    struct docs_block b[DOCS_BLOCKS_MAX];
    char *tour = docs_read("examples/tour.c");
    int n = docs_blocks(docs_read("README.md"), b), pieces = 0;
    for (int i = 0; i < n; i++) {
        if (!docs_is_in_tour(&b[i]))
            continue;
        CHECK_MSG(strstr(tour, b[i].text) != NULL,
            "not in examples/tour.c:\n%s", b[i].text);
        pieces++;
    }
    // And the other way round: nothing runs that the README does not show.
    int shown = 0;
    for (char *at = tour; (at = strstr(at, "\nshow_")) != NULL; at++)
        shown++;
    CHECK_EQ(pieces, shown);
}

DOCS_TEST(the_tour_prints_what_the_readme_shows)
{
    struct docs_block b[DOCS_BLOCKS_MAX];
    struct test_result r;
    int n = docs_blocks(docs_read("README.md"), b), found = 0;
    CHECK(test_spawn_built("examples/tour", NULL, NULL, &r, DOCS_TIMEOUT_S));
    CHECK_EQ(r.status, 0);
    for (int i = 0; i < n; i++) {
        if (strncmp(b[i].text, "$ ./tour\n", 9) != 0)
            continue;
        CHECK_STR(b[i].text + 9, r.out);
        found++;
    }
    CHECK_EQ(found, 1);
}

// ---- Programs ---------------------------------------------------------------

static void
docs_compile(const struct docs_block *b, const char *name)
{
    bool cxx = strcmp(b->lang, "cpp") == 0;
    docs_write(name, b->text);
    docs_run("cd '%s' && %s -g -O2 -Wall -Wextra -Werror %s -I'%s' -o '%.*s' "
        "'%s' '%s' -pthread", test_tmpdir(), cxx ? "g++" : "gcc",
        DOCS_COMPILE, test_source_path("include"),
        (int)strcspn(name, "."), name, name, test_build_path("libleat.a"));
}

// What differs from machine to machine in a trace: where the program was
// built, and how far into its function a pc is.
static char *
docs_plain(const char *text)
{
    docs_write("plain", text);
    return docs_run("sed -E 's|^\t.*/|\t|; s|\\+0x[0-9a-f]+|+0x|' '%s/plain'",
        test_tmpdir());
}

// Each line that begins with "$ " is run; what it prints has to be below it.
static void
docs_replay(char *session)
{
    for (char *at = session, *next; at != NULL; at = next) {
        CHECK_MSG(strncmp(at, "$ ", 2) == 0, "no command: %s", at);
        next = strstr(at, "\n$ ");
        next = next != NULL ? next + 1 : NULL;
        char *shown = strchr(at, '\n') + 1;
        if (next != NULL)
            shown = docs_format("%.*s", (int)(next - shown), shown);
        char *out = docs_run("cd '%s' && { %.*s; } 2>&1 || true",
            test_tmpdir(), (int)strcspn(at + 2, "\n"), at + 2);
        CHECK_STR(docs_plain(out), docs_plain(shown));
    }
}

DOCS_TEST(programs_of_the_readme_print_what_it_shows)
{
    struct docs_block b[DOCS_BLOCKS_MAX];
    int n = docs_blocks(docs_read("README.md"), b), programs = 0, runs = 0;
    for (int i = 0; i < n; i++) {
        char *name = docs_file_name(&b[i]);
        if (name == NULL)
            continue;
        docs_compile(&b[i], name);
        programs++;
    }
    for (int i = 0; i < n; i++) {
        if (strcmp(b[i].lang, "console") != 0 ||
            strncmp(b[i].text, "$ ./tour\n", 9) == 0)
            continue;
        docs_replay(b[i].text);
        runs++;
    }
    CHECK_EQ(programs, 5);
    CHECK_EQ(runs, 5);
}

// A piece of code that is in no test would be one that nobody compiles.
DOCS_TEST(no_block_of_c_in_the_readme_goes_untested)
{
    struct docs_block b[DOCS_BLOCKS_MAX];
    int n = docs_blocks(docs_read("README.md"), b);
    for (int i = 0; i < n; i++)
        if (strcmp(b[i].lang, "c") == 0 || strcmp(b[i].lang, "cpp") == 0)
            CHECK_MSG(docs_is_in_tour(&b[i]) || docs_file_name(&b[i]) != NULL,
                "a block without a file name:\n%s", b[i].text);
}

DOCS_TEST(the_article_program_recovers_in_go)
{
    struct docs_block b[DOCS_BLOCKS_MAX];
    struct test_result r;
    CHECK(test_shell(&r, DOCS_TIMEOUT_S,
        "PATH=$PATH:/usr/lib/go-1.19/bin command -v go"));
    if (r.status != 0)
        test_skip("no Go compiler is here");
    int n = docs_blocks(docs_read("README.md"), b), found = 0;
    for (int i = 0; i < n; i++) {
        if (strcmp(b[i].lang, "go") != 0)
            continue;
        docs_write("closed.go", b[i].text);
        CHECK_STR(docs_run("export PATH=$PATH:/usr/lib/go-1.19/bin "
            "GO111MODULE=off GOFLAGS= GOPROXY=off GOTOOLCHAIN=local "
            "CGO_ENABLED=0 GOCACHE='%s'; go run '%s/closed.go'",
            test_source_path("build/go/cache"), test_tmpdir()),
            "Recovered: send on closed channel\n");
        found++;
    }
    CHECK_EQ(found, 1);
}

// ---- Settings ---------------------------------------------------------------

DOCS_TEST(the_readme_lists_every_setting)
{
    static const char *const env[] = {"LEATDEBUG=nonsense=1", NULL};
    struct test_result r;
    char *readme = docs_read("README.md");
    int found = 0;
    CHECK(test_spawn_built("examples/tour", NULL, env, &r, DOCS_TIMEOUT_S));
    char *list = strstr(r.err, "(known: ");
    CHECK_MSG(list != NULL, "%s", r.err);
    for (char *item = strtok(list + strlen("(known: "), " )\n"); item != NULL;
         item = strtok(NULL, " )\n")) {
        char *shown = docs_format("`%.*s=", (int)strcspn(item, "="), item);
        CHECK_HAS(readme, shown);
        found++;
    }
    CHECK_MSG(found >= 5, "only %d settings", found);
}

// ---- Messages ---------------------------------------------------------------

DOCS_TEST(every_message_is_explained)
{
    CHECK_STR(docs_run("python3 '%s' || true",
        test_source_path("tools/messages.py")), "");
    char *count = docs_run("python3 '%s' --list | wc -l",
        test_source_path("tools/messages.py"));
    CHECK_MSG(atoi(count) > 60, "only %s messages", count);
}

// ---- The reference ----------------------------------------------------------

DOCS_TEST(the_reference_is_what_the_headers_say)
{
    CHECK_STR(docs_run("python3 '%s' --check",
        test_source_path("tools/apidoc.py")), "");
}

// Functions as the linker knows them, macros as the compiler does: nothing
// here is read the way apidoc.py reads it.
static char *
docs_public_names(void)
{
    docs_write("all.c", "#include <leat.h>\n");
    return docs_run("{ nm -D --defined-only -f posix '%s' | cut -d' ' -f1; "
        "gcc -I'%s' -E -dM '%s/all.c' | "
        "sed -nE 's/^#define ((leat|LEAT)_[A-Za-z0-9_]+).*/\\1/p'; } | "
        "grep -vE '^(leat|LEAT)__|^LEAT_([A-Z]+_)?H$|^LEAT_API$' | sort -u",
        test_build_path("libleat.so"), test_source_path("include"),
        test_tmpdir());
}

DOCS_TEST(every_public_name_is_in_the_reference_and_has_a_man_page)
{
    char *rest, *names = docs_public_names();
    int count = 0;
    char *pages = docs_run("cat '%s'/*.md", test_source_path("docs/api"));
    docs_run("python3 '%s' --markdown '%s/md' --man '%s/man'",
        test_source_path("tools/apidoc.py"), test_tmpdir(), test_tmpdir());
    for (char *name = strtok_r(names, "\n", &rest); name != NULL;
         name = strtok_r(NULL, "\n", &rest)) {
        CHECK_HAS(pages, docs_format("<a id=\"%s\"></a>", name));
        CHECK_MSG(access(docs_format("%s/man/%s.3", test_tmpdir(), name),
                      R_OK) == 0, "no manual page for %s", name);
        count++;
    }
    CHECK_MSG(count > 100, "only %d names", count);
}

// ---- The examples ------------------------------------------------------------

// To the public names those that neither the linker nor leat.h has: functions
// that are compiled into the program (their names begin a line), and what is
// defined for leat/sort.h.
static char *
docs_names_to_show(void)
{
    docs_write("names", docs_public_names());
    return docs_run("cd '%s/include/leat' && { cat '%s/names'; "
        "sed -nE 's/^(leat_[a-z0-9][a-z0-9_]*)\\(.*/\\1/p' *.h; "
        "grep -ohE '\\bLEAT_SORT_[A-Z]+' sort.h; } | "
        "grep -vx LEAT_SORT_ALIGN | sort -u",
        test_source_path("."), test_tmpdir());
}

// All names that the C programs of a folder use: comments and the texts of
// strings are no use.
static char *
docs_names_used(const char *folder)
{
    return docs_run("for f in '%s'/*.c; do "
        "gcc -w -fpreprocessed -dD -E -P \"$f\" || exit 1; done | "
        "sed -E 's/\"(\\\\.|[^\"\\])*\"//g' | "
        "grep -oE '\\b(leat|LEAT)_[A-Za-z0-9_]+' | sort -u", folder);
}

DOCS_TEST(every_public_function_and_macro_is_in_an_example)
{
    docs_write("public", docs_names_to_show());
    docs_write("used", docs_names_used(test_source_path("examples")));
    CHECK_STR(docs_run("cd '%s' && comm -23 public used", test_tmpdir()), "");
    char *count = docs_run("wc -l < '%s/public'", test_tmpdir());
    CHECK_MSG(atoi(count) > 300, "only %s names", count);
}

DOCS_TEST(a_name_in_a_comment_or_a_string_is_in_no_example)
{
    docs_run("mkdir '%s/some'", test_tmpdir());
    docs_write("some/one.c",
        "// leat_commented\n#define TWICE(x) (leat_in_a_macro(x), x)\n"
        "int x = sizeof \"\\\"leat_quoted\" + leat_used(1); /* leat_too */\n");
    CHECK_STR(docs_names_used(docs_format("%s/some", test_tmpdir())),
        "leat_in_a_macro\nleat_used\n");
}

DOCS_TEST(man_pages_have_no_mistake_of_markup)
{
    struct test_result r;
    CHECK(test_shell(&r, DOCS_TIMEOUT_S, "command -v groff"));
    if (r.status != 0)
        test_skip("groff is not installed");
    docs_run("python3 '%s' --markdown '%s/md' --man '%s/man3'",
        test_source_path("tools/apidoc.py"), test_tmpdir(), test_tmpdir());
    // All in one run: there are some hundreds.
    CHECK_STR(docs_run("cd '%s' && "
        "groff -ww -man -s -Tascii man3/*.3 2>&1 >/dev/null",
        test_tmpdir()), "");
    char *page = docs_run("cd '%s' && groff -man -s -Tascii man3/leat_send.3 | "
        "sed 's/\x1b\\[[0-9;]*m//g'", test_tmpdir());
    CHECK_HAS(page, "leat_send(ch, v) sends v");
}

DOCS_TEST(a_public_name_without_a_description_is_found)
{
    struct test_result r;
    docs_run("mkdir -p '%s/include/leat'", test_tmpdir());
    docs_write("include/leat.h", "#include <leat/base.h>\n");
    docs_write("include/leat/base.h",
        "// SPDX-License-Identifier: MIT\n// leat/base.h: something.\n\n"
        "#define LEAT_VERSION \"0\" // the version\n\n"
        "// Part -----\n// About all of it.\n\n"
        "// Has one.\nLEAT_API int leat_described(int x);\n\n"
        "LEAT_API int leat_bare(\n    int x, int y);\n");
    CHECK(test_shell(&r, DOCS_TIMEOUT_S, "python3 '%s' --root '%s'",
        test_source_path("tools/apidoc.py"), test_tmpdir()));
    CHECK_EQ(r.status, 1);
    CHECK_HAS(r.out, "leat_bare has no description");
    CHECK(strstr(r.out, "leat_described") == NULL);
    CHECK_HAS(docs_run("cat '%s/docs/api/base.md'", test_tmpdir()),
        "int leat_described(int x);\n```\n\nHas one.\n");
    CHECK_HAS(docs_run("cat '%s/docs/api/base.md'", test_tmpdir()),
        "## Part\n\nAbout all of it.\n\n### ");
}

// ---- All documents ----------------------------------------------------------

// Every path in `link`, of a document in folder, leads somewhere.
static int
docs_check_links(const char *file, const char *text)
{
    int n = 0;
    char *folder = strdup(file), *slash = strrchr(folder, '/');
    *(slash != NULL ? slash : folder) = 0;
    for (const char *at = text; (at = strstr(at, "](")) != NULL;) {
        at += 2;
        size_t len = strcspn(at, ")#\n");
        if (len == 0 || strncmp(at, "http", 4) == 0)
            continue;
        char *to = docs_format("%s%s%.*s", folder, slash ? "/" : "", (int)len,
            at);
        CHECK_MSG(access(test_source_path(to), F_OK) == 0,
            "%s points at %s, which is not there", file, to);
        n++;
    }
    return n;
}

// And every `src/...`, `tests/...` and so on that stands in running text.
static int
docs_check_names(const char *file, const char *text)
{
    static const char *const roots[] = {"`src/", "`tests/", "`tools/",
        "`include/", "`examples/", "`bench/", "`apps/", "`docs/"};
    int n = 0;
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
        for (const char *at = text; (at = strstr(at, roots[i])) != NULL;) {
            size_t len = strcspn(++at, "`*\n ");
            char *path = docs_format("%.*s", (int)len, at);
            if (at[len] != '`')
                continue;
            CHECK_MSG(access(test_source_path(path), F_OK) == 0,
                "%s names %s, which is not there", file, path);
            n++;
        }
    return n;
}

DOCS_TEST(every_file_that_a_document_names_exists)
{
    char *rest;
    int n = 0;
    char *files = docs_run("cd '%s' && "
        "find *.md docs examples -name '*.md' | sort", test_source_path("."));
    for (char *file = strtok_r(files, "\n", &rest); file != NULL;
         file = strtok_r(NULL, "\n", &rest)) {
        char *text = docs_read(file);
        n += docs_check_links(file, text);
        n += docs_check_names(file, text);
    }
    CHECK_MSG(n > 100, "only %d names of files", n);
}

DOCS_TEST(every_room_has_a_page)
{
    char *rest;
    char *rooms = docs_run("ls '%s'", test_source_path("src"));
    char *architecture = docs_read("docs/ARCHITECTURE.md");
    for (char *room = strtok_r(rooms, "\n", &rest); room != NULL;
         room = strtok_r(NULL, "\n", &rest)) {
        CHECK(docs_read(docs_format("docs/internals/%s.md", room)) != NULL);
        CHECK_HAS(architecture, docs_format("(internals/%s.md)", room));
    }
}

DOCS_TEST(the_pages_of_the_rooms_name_every_file)
{
    char *rest;
    char *files = docs_run("cd '%s' && ls src/*/*.c", test_source_path("."));
    for (char *file = strtok_r(files, "\n", &rest); file != NULL;
         file = strtok_r(NULL, "\n", &rest)) {
        char room[32];
        CHECK_EQ(sscanf(file, "src/%31[^/]", room), 1);
        char *page = docs_read(docs_format("docs/internals/%s.md", room));
        CHECK_MSG(strstr(page, docs_format("`%s`", file)) != NULL,
            "say in docs/internals/%s.md what %s is", room, file);
    }
}
