// SPDX-License-Identifier: MIT
// test_go_args.c: what leat_go passes: none to six arguments of every scalar
// type, converted as in a call, evaluated once and before leat_go returns.
#include "test_chan_matrix.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

static leat_chan(int) args_done;

static void
args_begin(void)
{
    args_done = leat_make_chan(int);
}

static void
args_tell(bool ok)
{
    leat_send(args_done, ok);
}

// Numbers of arguments ----------------------------------------------------------

static void
args_0(void)
{
    args_tell(true);
}

static void
args_1(int a)
{
    args_tell(a == 1);
}

static void
args_2(int a, int b)
{
    args_tell(a == 1 && b == 2);
}

static void
args_3(int a, int b, int c)
{
    args_tell(a == 1 && b == 2 && c == 3);
}

static void
args_4(int a, int b, int c, int d)
{
    args_tell(a == 1 && b == 2 && c == 3 && d == 4);
}

static void
args_5(int a, int b, int c, int d, int e)
{
    args_tell(a == 1 && b == 2 && c == 3 && d == 4 && e == 5);
}

static void
args_6(int a, int b, int c, int d, int e, int f)
{
    args_tell(a == 1 && b == 2 && c == 3 && d == 4 && e == 5 && f == 6);
}

TEST_MATRIX(go_args, none_to_six_arguments_arrive_in_order)
{
    args_begin();
    leat_go(args_0);
    CHECK(leat_recv(args_done));
    leat_go(args_1, 1);
    CHECK(leat_recv(args_done));
    leat_go(args_2, 1, 2);
    CHECK(leat_recv(args_done));
    leat_go(args_3, 1, 2, 3);
    CHECK(leat_recv(args_done));
    leat_go(args_4, 1, 2, 3, 4);
    CHECK(leat_recv(args_done));
    leat_go(args_5, 1, 2, 3, 4, 5);
    CHECK(leat_recv(args_done));
    leat_go(args_6, 1, 2, 3, 4, 5, 6);
    CHECK(leat_recv(args_done));
}

// Every scalar type -----------------------------------------------------------------
// Each is passed first and last among five others, with its extreme values.

#define ARGS_TYPE(name, type)                                                  \
    static void args_##name(                                                   \
        type first, int b, double c, void *d, float e, type last)              \
    {                                                                          \
        args_tell(first == last && b == -2 && c == 3.25 &&                     \
            d == (void *)&args_done && e == 4.5f);                             \
    }                                                                          \
    static void args_try_##name(type v)                                        \
    {                                                                          \
        leat_go(args_##name, v, -2, 3.25, (void *)&args_done, 4.5f, v);        \
        CHECK_MSG(leat_recv(args_done), #type);                                \
    }

enum args_enum { ARGS_LOW = -7, ARGS_HIGH = 7 };

ARGS_TYPE(bool, bool)
ARGS_TYPE(char, char)
ARGS_TYPE(schar, signed char)
ARGS_TYPE(uchar, unsigned char)
ARGS_TYPE(short, short)
ARGS_TYPE(ushort, unsigned short)
ARGS_TYPE(int, int)
ARGS_TYPE(uint, unsigned)
ARGS_TYPE(long, long)
ARGS_TYPE(ulong, unsigned long)
ARGS_TYPE(llong, long long)
ARGS_TYPE(ullong, unsigned long long)
ARGS_TYPE(float, float)
ARGS_TYPE(double, double)
ARGS_TYPE(enum, enum args_enum)
ARGS_TYPE(ptr, const char *)
ARGS_TYPE(chan, leat_chan(int))

TEST_MATRIX(go_args, every_scalar_type_arrives_whole)
{
    args_begin();
    args_try_bool(true);
    args_try_bool(false);
    args_try_char('\xff');
    args_try_schar(-128);
    args_try_uchar(255);
    args_try_short(-32768);
    args_try_ushort(65535);
    args_try_int(INT32_MIN);
    args_try_uint(UINT32_MAX);
    args_try_long(INT64_MIN);
    args_try_ulong(UINT64_MAX);
    args_try_llong(INT64_MAX);
    args_try_ullong(UINT64_MAX);
    args_try_float(-0.1f);
    args_try_double(1e308);
    args_try_double(0.1);
    args_try_enum(ARGS_LOW);
    args_try_ptr("text");
    args_try_ptr(NULL);
    args_try_chan(args_done);
    args_try_chan(NULL);
}

static void
args_doubles(double a, double b, double c, double d, double e, double f)
{
    args_tell(a == 1.5 && b == 2.5 && c == 3.5 && d == 4.5 && e == 5.5 &&
        f == 6.5);
}

static void
args_mixed(int a, double b, long c, float d, char e, double f)
{
    args_tell(
        a == 1 && b == 2.5 && c == -3 && d == 4.5f && e == 'e' && f == 6.5);
}

TEST_MATRIX(go_args, integers_and_floating_point_mix)
{
    args_begin();
    leat_go(args_doubles, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5);
    CHECK(leat_recv(args_done));
    leat_go(args_mixed, 1, 2.5, -3L, 4.5f, (char)'e', 6.5);
    CHECK(leat_recv(args_done));
}

// Conversions as in a call ------------------------------------------------------------

static void
args_convert(double a, float b, int c, unsigned char d, bool e, int64_t f)
{
    args_tell(a == 3.0 && b == 0.5f && c == 2 && d == 0x34 && e && f == -1);
}

TEST_MATRIX(go_args, arguments_are_converted_as_the_prototype_says)
{
    args_begin();
    int wide = 0x1234;
    unsigned long wider = 0x534;
    double real = 2.9, half = 0.5;
    float single = 2.5f;
    leat_go(args_convert, 3, 0.5, real, wide, 42L, -1);
    CHECK(leat_recv(args_done));
    leat_go(args_convert, 3u, 0.5L > 0 ? 0.5 : 1.0, single, wider, half,
        (signed char)-1);
    CHECK(leat_recv(args_done));
}

static void
args_decayed(const char *text, int *array, void (*fn)(int), const void *any)
{
    args_tell(strcmp(text, "text") == 0 && array[2] == 3 && fn == args_1 &&
        any == array);
}

TEST(go_args, arrays_and_functions_decay_to_pointers)
{
    int array[3] = {1, 2, 3};
    args_begin();
    leat_go(args_decayed, "text", array, args_1, array);
    CHECK(leat_recv(args_done));
}

// Evaluation --------------------------------------------------------------------------

static int args_evaluated;

static int
args_next(void)
{
    args_evaluated++;
    return 1;
}

static void (*args_which(void))(int)
{
    args_evaluated += 100;
    return args_1;
}

TEST_MATRIX(go_args, arguments_are_evaluated_once_and_at_once)
{
    args_begin();
    int v = 1;
    leat_go(args_1, v);
    v = 2;
    CHECK(leat_recv(args_done));
    leat_go(args_which(), args_next());
    CHECK_EQ(args_evaluated, 101);
    CHECK(leat_recv(args_done));
    leat_go(args_1, (args_next(), 1));
    CHECK_EQ(args_evaluated, 102);
    CHECK(leat_recv(args_done));
    void (*fn)(int) = args_1;
    leat_go(fn, 1);
    CHECK(leat_recv(args_done));
    leat_go(&args_1, 1);
    CHECK(leat_recv(args_done));
    void (*table[2])(int) = {NULL, args_1};
    leat_go(table[1], 1);
    CHECK(leat_recv(args_done));
    leat_go(*fn, 1);
    CHECK(leat_recv(args_done));
}

static int
args_spawn_inside(void)
{
    leat_go(args_3, 1, 2, 3);
    return 1;
}

// An argument that itself starts a goroutine does not disturb the one begun.
TEST_MATRIX(go_args, an_argument_may_start_a_goroutine)
{
    args_begin();
    leat_go(args_2, args_spawn_inside(), leat_try_go(args_0) + 2);
    for (int i = 0; i < 3; i++)
        CHECK(leat_recv(args_done));
    CHECK(leat_try_recv(args_done, NULL) == LEAT_EAGAIN);
}

// Results are dropped -----------------------------------------------------------------

struct args_pair {
    long a, b;
};

static int
args_returns_int(int a)
{
    args_tell(a == 1);
    return a;
}

static struct args_pair
args_returns_pair(int a)
{
    args_tell(a == 1);
    return (struct args_pair){1, 2};
}

static double
args_returns_double(double a)
{
    args_tell(a == 0.5);
    return a;
}

TEST(go_args, results_are_dropped)
{
    args_begin();
    leat_go(args_returns_int, 1);
    CHECK(leat_recv(args_done));
    leat_go(args_returns_pair, 1);
    CHECK(leat_recv(args_done));
    leat_go(args_returns_double, 0.5);
    CHECK(leat_recv(args_done));
}

static void
args_variadic(const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    int i = va_arg(ap, int);
    double d = va_arg(ap, double);
    const char *s = va_arg(ap, const char *);
    va_end(ap);
    args_tell(strcmp(format, "ids") == 0 && i == 3 && d == 0.25 &&
        strcmp(s, "end") == 0);
}

TEST(go_args, functions_with_a_variable_list_work)
{
    args_begin();
    leat_go(args_variadic, "ids", 3, 0.25, "end");
    CHECK(leat_recv(args_done));
}

// The macro is an expression: leat_try_go's value, leat_go's none.
TEST(go_args, the_macros_are_expressions)
{
    args_begin();
    int err = leat_try_go(args_1, 1);
    CHECK_EQ(err, 0);
    CHECK(leat_recv(args_done));
    if (err == 0)
        leat_go(args_1, 1);
    else
        FAIL("not reached");
    CHECK(leat_recv(args_done));
    err = (leat_go(args_1, 1), leat_try_go(args_1, 1));
    CHECK(leat_recv(args_done) && leat_recv(args_done));
}

static void
args_pointed(void *arg)
{
    struct args_pair *p = arg;
    args_tell(p->a == 5 && p->b == 6);
}

TEST(go_args, one_pointer_for_everything_else)
{
    struct args_pair p = {5, 6};
    args_begin();
    CHECK_EQ(leat_go_ptr(NULL, args_pointed, &p), 0);
    CHECK(leat_recv(args_done));
    struct leat_go_options o = {.name = "one"};
    CHECK_EQ(leat_go_ptr(&o, args_pointed, &p), 0);
    CHECK(leat_recv(args_done));
    CHECK_EQ(leat_go_ptr(NULL, NULL, &p), LEAT_EINVAL);
}

TEST(go_args, a_nil_function_panics)
{
    struct leat_caught c = {.kind = 0};
    void (*nothing)(void) = NULL;
    leat_try {
        leat_catch(&c);
        leat_go(nothing);
    }
    CHECK_STR(c.text, "go of nil func value");
    CHECK_EQ(leat_num_goroutine(), 1);
}
