// SPDX-License-Identifier: MIT
// base/print.c: the small formatter behind messages, dumps and traces.
//
// Rejected: vsnprintf, which glibc does not promise to be safe in a signal
// handler and which may allocate for wide fields.
#include "base/print.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

enum {
    PRINT_LINE_MAX = 1024,   // bytes of one leat__printf
    PRINT_PATIENCE_MS = 1000 // with a reader who takes nothing
};

struct print_out {
    char *buf;
    size_t size, len;
};

static void
print_char(struct print_out *o, char c)
{
    if (o->len + 1 < o->size)
        o->buf[o->len++] = c;
}

static void
print_text(struct print_out *o, const char *s, int width)
{
    size_t n = strlen(s);
    for (int i = (int)n; i < width; i++)
        print_char(o, ' ');
    for (size_t i = 0; i < n; i++)
        print_char(o, s[i]);
}

static void
print_number(
    struct print_out *o, uint64_t v, unsigned base, int width, char pad)
{
    char digits[24];
    int n = 0;
    do {
        digits[n++] = "0123456789abcdef"[v % base];
        v /= base;
    } while (v != 0);
    for (int i = n; i < width; i++)
        print_char(o, pad);
    while (n > 0)
        print_char(o, digits[--n]);
}

// The argument of an integer conversion with `longs` l's (z counts as one).
static uint64_t
print_argument(va_list *ap, int longs, bool is_signed)
{
    if (longs >= 2)
        return va_arg(*ap, unsigned long long);
    if (longs == 1)
        return va_arg(*ap, unsigned long);
    unsigned v = va_arg(*ap, unsigned);
    return is_signed ? (uint64_t)(int64_t)(int)v : v;
}

struct print_spec {
    int width, longs;
    char pad;
};

static void
print_conversion(
    struct print_out *o, char c, struct print_spec s, va_list *ap)
{
    if (c == 's') {
        const char *text = va_arg(*ap, const char *);
        print_text(o, text ? text : "(null)", s.width);
    } else if (c == 'c') {
        print_char(o, (char)va_arg(*ap, int));
    } else if (c == 'p') {
        print_text(o, "0x", 0);
        print_number(o, (uintptr_t)va_arg(*ap, void *), 16, 0, ' ');
    } else if (c == 'd') {
        int64_t v = (int64_t)print_argument(ap, s.longs, true);
        if (v < 0)
            print_char(o, '-');
        uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
        print_number(o, u, 10, s.width, s.pad);
    } else if (c == 'u' || c == 'x') {
        uint64_t u = print_argument(ap, s.longs, false);
        print_number(o, u, c == 'x' ? 16 : 10, s.width, s.pad);
    } else {
        print_char(o, c);
    }
}

static const char *
print_parse(const char *f, struct print_spec *s)
{
    *s = (struct print_spec){.pad = ' '};
    if (*f == '0') {
        s->pad = '0';
        f++;
    }
    for (; *f >= '0' && *f <= '9'; f++)
        s->width = s->width * 10 + (*f - '0');
    for (; *f == 'l' || *f == 'z'; f++)
        s->longs++;
    return f;
}

size_t
leat__vformat(char *buf, size_t size, const char *format, va_list ap)
{
    struct print_out o = {.buf = buf, .size = size};
    va_list copy;
    va_copy(copy, ap);
    for (const char *f = format; *f != 0; f++) {
        if (*f != '%') {
            print_char(&o, *f);
            continue;
        }
        struct print_spec s;
        f = print_parse(f + 1, &s);
        if (*f == 0)
            break;
        print_conversion(&o, *f, s, &copy);
    }
    va_end(copy);
    if (size > 0)
        buf[o.len] = 0;
    return o.len;
}

size_t
leat__format(char *buf, size_t size, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    size_t n = leat__vformat(buf, size, format, ap);
    va_end(ap);
    return n;
}

// Whether a descriptor that does not block has room before patience ends. That
// of standard error is often shared with a program that has made it so.
static bool
print_room(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    int n = poll(&p, 1, PRINT_PATIENCE_MS);
    return n > 0 || (n < 0 && errno == EINTR);
}

void
leat__write(int fd, const char *text, size_t n)
{
    int saved = errno;
    while (n > 0) {
        ssize_t w = write(fd, text, n);
        if (w < 0 && (errno == EINTR || (errno == EAGAIN && print_room(fd))))
            continue;
        if (w <= 0)
            break;
        text += w;
        n -= (size_t)w;
    }
    errno = saved;
}

void
leat__vprintf(int fd, const char *format, va_list ap)
{
    char line[PRINT_LINE_MAX];
    size_t n = leat__vformat(line, sizeof line, format, ap);
    leat__write(fd, line, n);
}

void
leat__printf(int fd, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    leat__vprintf(fd, format, ap);
    va_end(ap);
}
