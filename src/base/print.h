// SPDX-License-Identifier: MIT
// base/print.h: printing that works in a signal handler and while the
// process is dying: no malloc, no stdio, no locks.
#ifndef LEAT_BASE_PRINT_H
#define LEAT_BASE_PRINT_H

#include <stdarg.h>
#include <stddef.h>

// Formats into buf (size bytes, always terminated) and returns the length
// written. Knows %s %d %u %x %p %c %% with l, ll, z, a width and zero
// padding; nothing else is needed here, and printf may take locks.
size_t leat__vformat(char *buf, size_t size, const char *format, va_list ap);
size_t leat__format(char *buf, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Writes to descriptor fd, cut at 1 KiB a call. Partial writes and EINTR
// are handled; errors are dropped, there is nobody to tell.
void leat__printf(int fd, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void leat__vprintf(int fd, const char *format, va_list ap);
void leat__write(int fd, const char *text, size_t n);

#endif
