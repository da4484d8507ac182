// SPDX-License-Identifier: MIT
// gccgo/print.c: print and println, to the letter as Go's.
//
// The compiler brackets the parts of one statement with printlock and
// printunlock; what lies between is collected and written at once, so that
// lines of different goroutines do not mix.
//
// Locks: print_lock is real also on one P, because a thread that has lost
// its P may hold it. Nothing called here enters the runtime, so that the
// goroutine stays on its thread, whose print_depth says that the lock is its.
#include "gccgo/abi.h"

#include "base/lock.h"
#include "base/print.h"

#include <math.h>
#include <string.h>

enum {
    PRINT_BUF = 1024,     // bytes collected before a write
    PRINT_DIGITS = 7,     // of a floating-point number
    PRINT_EXPONENT = 3,   // digits of its exponent
    PRINT_NUMBER_MAX = 32 // bytes of any number
};

static struct leat__lock print_lock;
static __thread int print_depth; // of this thread's locks; 0: not its own
static char print_buf[PRINT_BUF];
static size_t print_len;

static void
print_flush(void)
{
    leat__write(2, print_buf, print_len);
    print_len = 0;
}

static void
print_bytes(const char *p, size_t n)
{
    if (print_depth == 0) {
        leat__write(2, p, n);
        return;
    }
    while (n > 0) {
        size_t part = n < PRINT_BUF - print_len ? n : PRINT_BUF - print_len;
        memcpy(print_buf + print_len, p, part);
        print_len += part;
        p += part;
        n -= part;
        if (print_len == PRINT_BUF)
            print_flush();
    }
}

void leat__go_printlock(void) GO_NAME("runtime.printlock");
void
leat__go_printlock(void)
{
    if (print_depth++ == 0)
        leat__spin_lock(&print_lock);
}

void leat__go_printunlock(void) GO_NAME("runtime.printunlock");
void
leat__go_printunlock(void)
{
    if (--print_depth > 0)
        return;
    print_flush();
    leat__spin_unlock(&print_lock);
}

void leat__go_printstring(struct go_string s) GO_NAME("runtime.printstring");
void
leat__go_printstring(struct go_string s)
{
    print_bytes(s.ptr, (size_t)s.len);
}

void leat__go_printsp(void) GO_NAME("runtime.printsp");
void
leat__go_printsp(void)
{
    print_bytes(" ", 1);
}

void leat__go_printnl(void) GO_NAME("runtime.printnl");
void
leat__go_printnl(void)
{
    print_bytes("\n", 1);
}

void leat__go_printbool(bool b) GO_NAME("runtime.printbool");
void
leat__go_printbool(bool b)
{
    print_bytes(b ? "true" : "false", b ? 4 : 5);
}

// Numbers -------------------------------------------------------------------

static void
print_unsigned(uint64_t v, unsigned base)
{
    char text[PRINT_NUMBER_MAX];
    size_t at = sizeof text;
    do
        text[--at] = "0123456789abcdef"[v % base];
    while ((v /= base) != 0);
    print_bytes(text + at, sizeof text - at);
}

void leat__go_printuint(uint64_t v) GO_NAME("runtime.printuint");
void
leat__go_printuint(uint64_t v)
{
    print_unsigned(v, 10);
}

void leat__go_printint(int64_t v) GO_NAME("runtime.printint");
void
leat__go_printint(int64_t v)
{
    if (v < 0)
        print_bytes("-", 1);
    print_unsigned(v < 0 ? -(uint64_t)v : (uint64_t)v, 10);
}

void leat__go_printhex(uint64_t v) GO_NAME("runtime.printhex");
void
leat__go_printhex(uint64_t v)
{
    print_bytes("0x", 2);
    print_unsigned(v, 16);
}

void leat__go_printpointer(const void *p) GO_NAME("runtime.printpointer");
void
leat__go_printpointer(const void *p)
{
    leat__go_printhex((uintptr_t)p);
}

// v > 0 as d.ddd * 10^*e, rounded to PRINT_DIGITS. Go's arithmetic, step by
// step: another way would round some numbers otherwise.
static double
print_normalize(double v, int *e)
{
    double half = 5;
    for (; v >= 10; ++*e)
        v /= 10;
    for (; v < 1; --*e)
        v *= 10;
    for (int i = 0; i < PRINT_DIGITS; i++)
        half /= 10;
    v += half;
    if (v >= 10) {
        ++*e;
        v /= 10;
    }
    return v;
}

static void
print_special(double v)
{
    const char *text = isnan(v) ? "NaN" : v > 0 ? "+Inf" : "-Inf";
    print_bytes(text, strlen(text));
}

void leat__go_printfloat(double v) GO_NAME("runtime.printfloat");
void
leat__go_printfloat(double v)
{
    char text[PRINT_NUMBER_MAX], *at = text;
    int e = 0;
    if (isnan(v) || isinf(v)) {
        print_special(v);
        return;
    }
    *at++ = signbit(v) ? '-' : '+';
    v = fabs(v);
    if (v != 0)
        v = print_normalize(v, &e);
    for (int i = 0; i < PRINT_DIGITS; i++) {
        int digit = (int)v;
        *at++ = (char)('0' + digit);
        if (i == 0)
            *at++ = '.';
        v = (v - digit) * 10;
    }
    *at++ = 'e';
    *at++ = e < 0 ? '-' : '+';
    e = e < 0 ? -e : e;
    for (int i = PRINT_EXPONENT - 1; i >= 0; i--, e /= 10)
        at[i] = (char)('0' + e % 10);
    print_bytes(text, (size_t)(at + PRINT_EXPONENT - text));
}

void leat__go_printcomplex(_Complex double v)
    GO_NAME("runtime.printcomplex");
void
leat__go_printcomplex(_Complex double v)
{
    print_bytes("(", 1);
    leat__go_printfloat(__real__ v);
    leat__go_printfloat(__imag__ v);
    print_bytes("i)", 2);
}

// Compound values -----------------------------------------------------------

void leat__go_printeface(struct go_eface e) GO_NAME("runtime.printeface");
void
leat__go_printeface(struct go_eface e)
{
    print_bytes("(", 1);
    leat__go_printpointer(e.type);
    print_bytes(",", 1);
    leat__go_printpointer(e.data);
    print_bytes(")", 1);
}

void leat__go_printiface(struct go_iface i) GO_NAME("runtime.printiface");
void
leat__go_printiface(struct go_iface i)
{
    print_bytes("(", 1);
    leat__go_printpointer(i.table);
    print_bytes(",", 1);
    leat__go_printpointer(i.data);
    print_bytes(")", 1);
}

void leat__go_printslice(struct go_slice s) GO_NAME("runtime.printslice");
void
leat__go_printslice(struct go_slice s)
{
    print_bytes("[", 1);
    leat__go_printint(s.len);
    print_bytes("/", 1);
    leat__go_printint(s.cap);
    print_bytes("]", 1);
    leat__go_printpointer(s.ptr);
}
