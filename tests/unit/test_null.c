// SPDX-License-Identifier: MIT
// test_null.c: NULL for every pointer of every public function. Where the
// header gives it a meaning it has that; where not, the program ends with
// status 2 and says that it was a bad pointer.
//
// Each row runs as a program of its own, forked before the runtime starts.
#include "lib/test.h"

#include <leat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NULL_TEXT_MAX = 64 << 10 };

static const char null_go_text[] = "panic: go of nil func value\n";
static const char null_bad[] = "a bad pointer"; // either of two texts

static void
null_fn(void *arg)
{
    (void)arg;
}

static int
null_group_fn(void *arg)
{
    (void)arg;
    return 0;
}

static void
null_int(int value)
{
    CHECK_EQ(value, 0);
}

// ---- Where NULL means something --------------------------------------------

static void
null_chan(void)
{
    leat_chan(int) nil = NULL, c = leat_make_chan(int, 2);
    int64_t past = leat_now() - 1;
    CHECK_EQ(leat_len(nil), 0);
    CHECK_EQ(leat_cap(nil), 0);
    leat_free(nil);
    CHECK_EQ(leat_try_send(nil, 1), LEAT_EAGAIN);
    CHECK_EQ(leat_try_recv(nil, NULL), LEAT_EAGAIN);
    CHECK_EQ(leat_send_until(nil, past, 1), LEAT_ETIMEDOUT);
    CHECK_EQ(leat_recv_until(nil, NULL, leat_deadline(1000)), LEAT_ETIMEDOUT);
    leat_send(c, 1);
    leat_send(c, 2);
    CHECK(leat_recv_ok(c, NULL));
    CHECK_EQ(leat_recv_until(c, NULL, past), 0);
    leat_close(c);
    CHECK_EQ(leat_try_recv(c, NULL), LEAT_ECLOSED);
    CHECK(!leat_recv_ok(c, NULL));
    leat_free(c);
}

static void
null_select(void)
{
    leat_chan(int) nil = NULL, c = leat_make_chan(int, 1);
    leat_send(c, 1);
    CHECK_EQ(leat_select(leat_case_send(nil, 1), leat_case_recv(c, NULL)), 1);
    CHECK_EQ(leat_select(leat_case_recv_ok(nil, NULL, NULL), leat_default), 1);
    CHECK_EQ(leat_select_cases(NULL, 0, LEAT_SELECT_UNTIL, leat_now()),
        LEAT_ETIMEDOUT);
    leat_free(c);
}

static void
null_context(void)
{
    static const char key;
    struct leat_context *child = leat_with_cancel(NULL);
    leat_context_cancel(NULL, 1);
    null_int(leat_context_error(NULL));
    null_int(leat_context_cause(NULL));
    CHECK_EQ(leat_context_deadline(NULL), LEAT_FOREVER);
    CHECK(leat_context_value(NULL, &key) == NULL);
    CHECK(leat_context_value(child, NULL) == NULL);
    CHECK(leat_context_done(NULL) == NULL);
    leat_context_release(leat_context_retain(NULL));
    leat_context_release(NULL);
    CHECK(!leat_context_func_stop(NULL));
    struct leat_context_func *f =
        leat_context_after_func(NULL, null_fn, NULL);
    CHECK(leat_context_func_stop(f)); // the background never ends
    leat_set_context(child);
    leat_set_context(NULL);
    CHECK(leat_get_context() == leat_background());
    leat_context_release(leat_with_value(NULL, &key, NULL));
    leat_context_release(leat_without_cancel(NULL));
    leat_context_release(leat_with_timeout(NULL, 1));
    leat_context_release(leat_with_deadline(NULL, 1));
    leat_context_release(leat_with_timeout_cause(NULL, 1, 2));
    leat_context_release(leat_with_deadline_cause(NULL, 1, 2));
    leat_context_release(child);
}

static void
null_goroutines(void)
{
    CHECK_EQ(leat_go_ptr(NULL, null_fn, NULL), 0);
    struct leat_go_options o = {.name = NULL};
    CHECK_EQ(leat_go_ptr(&o, null_fn, NULL), 0);
    leat_go_with(NULL, null_fn, NULL);
    CHECK_EQ(leat_go_ptr(NULL, NULL, NULL), LEAT_EINVAL);
    leat_set_name("somebody");
    leat_set_name(NULL);
    CHECK_STR(leat_get_name(), "");
}

static void
null_strings(void)
{
    struct leat_str empty = {NULL, 0}, s = LEAT_STR("a=b");
    CHECK_EQ(leat_str_from_c(NULL).len, 0);
    CHECK_EQ(leat_str_view(NULL, 0).len, 0);
    CHECK(leat_str_cut(s, LEAT_STR("="), NULL, NULL));
    CHECK(leat_str_cut_prefix(s, LEAT_STR("a="), NULL));
    CHECK(leat_str_cut_suffix(s, LEAT_STR("=b"), NULL));
    CHECK(leat_str_equal(empty, LEAT_STR("")));
    CHECK_EQ(leat_str_compare(empty, s), -1);
    CHECK_EQ(leat_str_index(s, empty), 0);
    CHECK_EQ(leat_str_clone(empty).len, 0);
    leat_str_free(empty);
    struct leat_builder b = {0};
    leat_builder_str(&b, empty);
    leat_builder_free(&b);
}

static void
null_slices(void)
{
    leat_slice(int) nil = {NULL, 0, 0};
    CHECK_EQ(leat_slice_clone(nil).len, 0);
    CHECK_EQ(leat_sub(nil, 0, 0).len, 0);
    CHECK_EQ(leat_copy(nil, nil), 0);
    leat_slice_sort(nil);
    leat_slice_free(nil);
    leat_slice(int) one = leat_append(nil, 7);
    CHECK_EQ(one.len, 1);
    leat_slice_free(one);
}

static void
null_sync(void)
{
    struct leat_pool *pool = leat_new_pool(NULL, NULL, NULL);
    leat_pool_put(pool, NULL);
    CHECK(leat_pool_get(pool) == NULL);
    leat_pool_free(pool);
    leat_pool_free(NULL);
    struct leat_group *group = leat_new_group(NULL);
    leat_group_go(group, null_group_fn, NULL);
    CHECK_EQ(leat_group_wait_until(group, NULL, LEAT_FOREVER), 0);
    CHECK_EQ(leat_group_wait_arg(leat_new_group(NULL), NULL), 0);
    struct leat_once once = {0};
    leat_once_do(&once, null_fn, NULL);
}

static void
null_timers(void)
{
    leat_timer_free(NULL);
    struct leat_timer *t = leat_after_func(LEAT_HOUR, null_fn, NULL);
    CHECK(leat_timer_chan(t) == NULL);
    leat_timer_free(t);
}

// ---- Where it is a mistake -------------------------------------------------

// They do not return, so there is no result to be used.
#pragma GCC diagnostic ignored "-Wunused-result"
#define NULL_CALL(name, ...)                                                   \
    static void null_##name(void)                                              \
    {                                                                          \
        __VA_ARGS__;                                                           \
    }
// Not one that the compiler knows: it would warn, or do as it likes.
static void *volatile null_pointer;
#define NIL null_pointer

static struct leat_case null_send_case(leat_chan(int) c)
{
    return (struct leat_case){.ch = LEAT__CHAN(c), .op = LEAT_CASE_SEND};
}

NULL_CALL(close, leat_chan_close(NIL))
NULL_CALL(send, leat_send((leat_chan(int))NIL, 1))
NULL_CALL(recv, leat_recv((leat_chan(int))NIL))
NULL_CALL(send_value,
    leat_chan_send(LEAT__CHAN(leat_make_chan(int, 1)), NIL))
NULL_CALL(send_value_until,
    leat_chan_send_until(LEAT__CHAN(leat_make_chan(int, 1)), NIL, 0))
NULL_CALL(select_value,
    struct leat_case k = null_send_case(leat_make_chan(int, 1));
    leat_select_cases(&k, 1, 0, 0))
NULL_CALL(select_cases, leat_select_cases(NIL, 1, 0, 0))
NULL_CALL(configure, leat_configure(NIL))
NULL_CALL(go, void (*fn)(void) = (void (*)(void))NIL; leat_go(fn))
NULL_CALL(after_func,
    leat_after_func(0, (void (*)(void *))NIL, NULL);
    leat_sleep(LEAT_SECOND))
NULL_CALL(context_func,
    struct leat_context *c = leat_with_cancel(NULL);
    leat_context_cancel(c, 0);
    leat_context_after_func(c, (void (*)(void *))NIL, NULL);
    leat_sleep(LEAT_SECOND))
NULL_CALL(timer_chan, leat_timer_chan(NIL))
NULL_CALL(timer_stop, leat_timer_stop(NIL))
NULL_CALL(timer_reset, leat_timer_reset(NIL, 1))
NULL_CALL(mutex_lock, leat_mutex_lock(NIL))
NULL_CALL(mutex_try_lock, leat_mutex_try_lock(NIL))
NULL_CALL(mutex_lock_until, leat_mutex_lock_until(NIL, 0))
NULL_CALL(mutex_unlock, leat_mutex_unlock(NIL))
NULL_CALL(rwmutex_lock, leat_rwmutex_lock(NIL))
NULL_CALL(rwmutex_try_lock, leat_rwmutex_try_lock(NIL))
NULL_CALL(rwmutex_lock_until, leat_rwmutex_lock_until(NIL, 0))
NULL_CALL(rwmutex_unlock, leat_rwmutex_unlock(NIL))
NULL_CALL(rwmutex_rlock, leat_rwmutex_rlock(NIL))
NULL_CALL(rwmutex_try_rlock, leat_rwmutex_try_rlock(NIL))
NULL_CALL(rwmutex_rlock_until, leat_rwmutex_rlock_until(NIL, 0))
NULL_CALL(rwmutex_runlock, leat_rwmutex_runlock(NIL))
NULL_CALL(waitgroup_add, leat_waitgroup_add(NIL, 1))
NULL_CALL(waitgroup_done, leat_waitgroup_done(NIL))
NULL_CALL(waitgroup_wait, leat_waitgroup_wait(NIL))
NULL_CALL(waitgroup_wait_until, leat_waitgroup_wait_until(NIL, 0))
NULL_CALL(waitgroup_go, leat_waitgroup_go(NIL, null_fn, NULL))
NULL_CALL(waitgroup_go_fn,
    static struct leat_waitgroup wg;
    leat_waitgroup_go(&wg, (void (*)(void *))NIL, NULL);
    leat_waitgroup_wait(&wg))
NULL_CALL(once_do, leat_once_do((struct leat_once *)NIL, null_fn, NULL))
NULL_CALL(once_do_fn,
    struct leat_once once = {0};
    leat_once_do(&once, (void (*)(void *))NIL, NULL))
NULL_CALL(cond_wait, leat_cond_wait(NIL))
NULL_CALL(cond_wait_until, leat_cond_wait_until(NIL, 0))
NULL_CALL(cond_wait_no_lock,
    struct leat_cond cond = {0};
    leat_cond_wait(&cond))
NULL_CALL(cond_signal, leat_cond_signal(NIL))
NULL_CALL(cond_broadcast, leat_cond_broadcast(NIL))
NULL_CALL(sem_init, leat_sem_init(NIL, 1))
NULL_CALL(sem_acquire, leat_sem_acquire(NIL, 1))
NULL_CALL(sem_acquire_until, leat_sem_acquire_until(NIL, 1, 0))
NULL_CALL(sem_try_acquire, leat_sem_try_acquire(NIL, 1))
NULL_CALL(sem_release, leat_sem_release(NIL, 1))
NULL_CALL(pool_get, leat_pool_get(NIL))
NULL_CALL(pool_put, leat_pool_put(NIL, &(int){1}))
NULL_CALL(group_limit, leat_group_limit(NIL, 1))
NULL_CALL(group_go, leat_group_go(NIL, null_group_fn, NULL))
NULL_CALL(group_go_fn,
    struct leat_group *g = leat_new_group(NULL);
    leat_group_go(g, (int (*)(void *))NIL, NULL);
    leat_group_wait(g))
NULL_CALL(group_try_go, leat_group_try_go(NIL, null_group_fn, NULL))
NULL_CALL(group_try_go_fn,
    leat_group_try_go(leat_new_group(NULL), (int (*)(void *))NIL, NULL))
NULL_CALL(group_go_until, leat_group_go_until(NIL, null_group_fn, NULL, 0))
NULL_CALL(group_go_until_fn,
    leat_group_go_until(
        leat_new_group(NULL), (int (*)(void *))NIL, NULL, 0))
NULL_CALL(group_wait_until, leat_group_wait_until(NIL, NULL, 0))
NULL_CALL(group_context, leat_group_context(NIL))
NULL_CALL(group_wait, leat_group_wait(NIL))
NULL_CALL(group_wait_arg, leat_group_wait_arg(NIL, NULL))
NULL_CALL(get_stats, leat_get_stats(NIL))
NULL_CALL(panic_format, leat_panic((const char *)NIL, 0))
NULL_CALL(throw_format, leat_throw((const char *)NIL, 0))
NULL_CALL(builder_str, leat_builder_str(NIL, LEAT_STR("x")))
NULL_CALL(builder_quote, leat_builder_quote(NIL, LEAT_STR("x")))
NULL_CALL(parse_bool, leat_str_parse_bool(LEAT_STR("x"), NIL))
NULL_CALL(str_unquote, leat_str_unquote(LEAT_STR("'x'"), NIL))
NULL_CALL(builder_printf, leat_builder_printf(NIL, "x"))
NULL_CALL(builder_finish, leat_builder_finish(NIL))
NULL_CALL(builder_free, leat_builder_free(NIL))
NULL_CALL(rune_decode, leat_rune_decode(LEAT_STR("x"), NIL))
NULL_CALL(rune_encode, leat_rune_encode(NIL, 'x'))
NULL_CALL(str_index_func, leat_str_index_func(LEAT_STR("x"), NIL))
NULL_CALL(str_fields_func, leat_str_fields_func(LEAT_STR("x"), NIL))
NULL_CALL(str_trim_func, leat_str_trim_func(LEAT_STR("x"), NIL))
NULL_CALL(str_last_index_func, leat_str_last_index_func(LEAT_STR("x"), NIL))
NULL_CALL(str_contains_func, leat_str_contains_func(LEAT_STR("x"), NIL))
NULL_CALL(str_trim_left_func, leat_str_trim_left_func(LEAT_STR("x"), NIL))
NULL_CALL(str_trim_right_func, leat_str_trim_right_func(LEAT_STR("x"), NIL))
NULL_CALL(str_map, leat_str_map(LEAT_STR("x"), NIL))
NULL_CALL(rune_decode_last, leat_rune_decode_last(LEAT_STR("x"), NIL))
NULL_CALL(builder_grow, leat_builder_grow(NIL, 1))
NULL_CALL(builder_rune, leat_builder_rune(NIL, 'x'))
NULL_CALL(builder_int, leat_builder_int(NIL, 1, 10))
NULL_CALL(builder_uint, leat_builder_uint(NIL, 1, 10))
NULL_CALL(builder_duration, leat_builder_duration(NIL, 1))
NULL_CALL(parse_duration, leat_str_parse_duration(LEAT_STR("1s"), NIL))
NULL_CALL(builder_float, leat_builder_float(NIL, 1, 'g', -1, 64))
NULL_CALL(hash, leat_hash(NIL, 8, 1))
NULL_CALL(panic_value, leat_panic_value("some *", NIL))
NULL_CALL(panic_type, leat_panic_value((const char *)NIL, NIL))
NULL_CALL(parse_int, leat_str_parse_int(LEAT_STR("1"), 10, 64, NIL))
NULL_CALL(parse_uint, leat_str_parse_uint(LEAT_STR("1"), 10, 64, NIL))
NULL_CALL(parse_float, leat_str_parse_float(LEAT_STR("1"), 64, NIL))

// Without a runtime around them.
NULL_CALL(run_nothing, leat_run((int (*)(int, char **))NIL, 0, NULL))
NULL_CALL(test_run, leat_test_run(1, (void (*)(void *))NIL, NULL))

// ---- The table -------------------------------------------------------------

static const struct null_row {
    const char *name;
    void (*fn)(void);
    const char *end; // NULL: it returns
    bool starts;     // fn starts the runtime itself
} null_rows[] = {
#define RETURNS(name) {#name, null_##name, NULL, false}
#define BAD(name) {#name, null_##name, null_bad, false}
    RETURNS(chan), RETURNS(select), RETURNS(context), RETURNS(goroutines),
    RETURNS(strings), RETURNS(slices), RETURNS(sync), RETURNS(timers),
    {"close", null_close, "fatal error: close of nil channel\n", false},
    {"send", null_send, "fatal error: send on nil channel\n", false},
    {"recv", null_recv, "fatal error: receive on nil channel\n", false},
    {"go", null_go, null_go_text, false},
    {"waitgroup_go_fn", null_waitgroup_go_fn, null_go_text, false},
    {"group_go_fn", null_group_go_fn, null_go_text, false},
    {"group_try_go_fn", null_group_try_go_fn, null_go_text, false},
    {"group_go_until_fn", null_group_go_until_fn, null_go_text, false},
    {"cond_wait_no_lock", null_cond_wait_no_lock,
        "panic: leat_cond: l is not set\n", false},
    {"panic_format", null_panic_format,
        "panic: (a format that cannot be printed)\n", false},
    {"throw_format", null_throw_format,
        "fatal error: (a format that cannot be printed)\n", false},
    {"panic_value", null_panic_value, "panic: (some *) ", false},
    {"panic_type", null_panic_type,
        "panic: (", false},
    {"run", null_run_nothing, null_bad, true},
    {"test_run", null_test_run, null_bad, true},
    BAD(send_value), BAD(send_value_until), BAD(select_value),
    BAD(select_cases), BAD(configure), BAD(after_func), BAD(context_func),
    BAD(timer_chan), BAD(timer_stop), BAD(timer_reset), BAD(mutex_lock),
    BAD(mutex_try_lock), BAD(mutex_lock_until), BAD(mutex_unlock),
    BAD(rwmutex_lock), BAD(rwmutex_try_lock), BAD(rwmutex_lock_until),
    BAD(rwmutex_unlock), BAD(rwmutex_rlock), BAD(rwmutex_try_rlock),
    BAD(rwmutex_rlock_until), BAD(rwmutex_runlock), BAD(waitgroup_add),
    BAD(waitgroup_done), BAD(waitgroup_wait), BAD(waitgroup_wait_until),
    BAD(waitgroup_go), BAD(once_do), BAD(once_do_fn),
    BAD(cond_wait), BAD(cond_wait_until), BAD(cond_signal),
    BAD(cond_broadcast), BAD(sem_init), BAD(sem_acquire),
    BAD(sem_acquire_until), BAD(sem_try_acquire), BAD(sem_release),
    BAD(pool_get), BAD(pool_put), BAD(group_limit),
    BAD(group_go), BAD(group_try_go), BAD(group_go_until),
    BAD(group_context), BAD(group_wait), BAD(group_wait_until),
    BAD(group_wait_arg), BAD(get_stats),
    BAD(builder_str), BAD(builder_quote), BAD(builder_printf),
    BAD(str_unquote), BAD(parse_bool),
    BAD(builder_finish),
    BAD(builder_free), BAD(rune_decode), BAD(rune_encode), BAD(parse_int),
    BAD(parse_uint), BAD(parse_float), BAD(str_index_func),
    BAD(str_fields_func), BAD(str_trim_func), BAD(str_trim_left_func),
    BAD(str_trim_right_func), BAD(str_last_index_func),
    BAD(str_contains_func), BAD(str_map), BAD(parse_duration),
    BAD(builder_duration), BAD(rune_decode_last),
    BAD(builder_grow), BAD(builder_rune), BAD(builder_int),
    BAD(builder_uint), BAD(builder_float), BAD(hash),
#undef RETURNS
#undef BAD
};

static const struct null_row *null_row_now;

static int
null_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    null_row_now->fn();
    return 0;
}

// Runs a row in a child; what it wrote to stderr goes to text.
static int
null_run(const struct null_row *row, char *text)
{
    int fd[2], status;
    size_t n = 0;
    ssize_t got;
    CHECK_EQ(pipe(fd), 0);
    pid_t child = fork();
    if (child == 0) {
        null_row_now = row;
        dup2(fd[1], 2);
        if (row->starts) {
            row->fn();
            _exit(0);
        }
        leat_run(null_main, 0, NULL);
    }
    close(fd[1]);
    while ((got = read(fd[0], text + n, NULL_TEXT_MAX - 1 - n)) > 0)
        n += (size_t)got;
    text[n] = 0;
    close(fd[0]);
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    return status;
}

static bool
null_is_bad_pointer(const char *text)
{
    return strstr(text, "panic: runtime error: invalid memory address or nil "
                        "pointer dereference\n[signal SIGSEGV") == text ||
        strstr(text, "\nfatal error: fault\n[signal SIGSEGV") != NULL;
}

static void
null_check(const struct null_row *row)
{
    static char text[NULL_TEXT_MAX];
    int status = null_run(row, text);
    if (!WIFEXITED(status))
        FAIL("%s: signal %d\n%s", row->name, WTERMSIG(status), text);
    int expected = row->end == NULL ? 0 : 2;
    if (WEXITSTATUS(status) != expected)
        FAIL("%s: status %d\n%s", row->name, WEXITSTATUS(status), text);
    bool told = row->end == null_bad
        ? null_is_bad_pointer(text)
        : row->end == NULL || strstr(text, row->end) == text;
    if (!told)
        FAIL("%s: another message\n%s", row->name, text);
}

enum { NULL_ROWS = sizeof null_rows / sizeof *null_rows };

PLAIN_TEST_WITH(null, is_taken_by_every_function_as_its_header_says,
    .env = {"LEATDEBUG=profile=strict"}, .timeout_s = 60,
    .skip_under = TEST_ASAN)
{
    for (int i = 0; i < NULL_ROWS; i++)
        null_check(&null_rows[i]);
}

PLAIN_TEST_WITH(null, that_is_a_mistake_is_one_in_the_go_profile_too,
    .env = {"LEATDEBUG=profile=go"}, .timeout_s = 60,
    .skip_under = TEST_ASAN)
{
    for (int i = 0; i < NULL_ROWS; i++)
        if (null_rows[i].end == null_bad)
            null_check(&null_rows[i]);
}

// ---- Whether the table is complete -----------------------------------------

// Called here by the macro that the header has for it.
static const char *const null_by_macro[][2] = {
    {"leat_chan_cap", "leat_cap("},
    {"leat_chan_free", "leat_free("},
    {"leat_chan_len", "leat_len("},
    {"leat_chan_recv", "leat_recv_ok("},
    {"leat_chan_recv_until", "leat_recv_until("},
};

static char *
null_read(const char *path)
{
    struct test_result r;
    CHECK(test_shell(&r, 20, "cat '%s'", path));
    CHECK_EQ(r.status, 0);
    return r.out;
}

// Each exported function with a `*` among its parameters, a line for each.
static char *
null_exported(void)
{
    struct test_result r;
    CHECK(test_shell(&r, 60,
        "echo '#include <leat.h>' | gcc -E -P -I'%s' - | tr '\\n;' ' \\n' | "
        "sed -nE 's/.*visibility.*\\b(leat_[a-z][a-z0-9_]*)\\(.*\\*.*/\\1/p' | "
        "sort -u", test_source_path("include")));
    CHECK_EQ(r.status, 0);
    return r.out;
}

static bool
null_is_called(const char *source, const char *function)
{
    char call[128];
    snprintf(call, sizeof call, "%s(", function);
    for (size_t i = 0; i < sizeof null_by_macro / sizeof *null_by_macro; i++)
        if (strcmp(null_by_macro[i][0], function) == 0)
            snprintf(call, sizeof call, "%s", null_by_macro[i][1]);
    return strstr(source, call) != NULL;
}

PLAIN_TEST_WITH(null, no_function_that_takes_a_pointer_is_left_out,
    .timeout_s = 90,
    .skip_under = TEST_ASAN | TEST_TSAN | TEST_QEMU | TEST_VALGRIND)
{
    char *source = null_read(test_source_path("tests/unit/test_null.c"));
    int n = 0;
    for (char *name = strtok(null_exported(), "\n"); name != NULL;
         name = strtok(NULL, "\n"), n++)
        CHECK_MSG(null_is_called(source, name), "%s", name);
    CHECK_MSG(n > 80, "only %d functions were found", n);
}
