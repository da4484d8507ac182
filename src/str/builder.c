// SPDX-License-Identifier: MIT
// str/builder.c: collecting bytes into a string.
//
// The idea: a block that doubles, always with room for the NUL of the string
// it becomes: finish then hands the block over as it is.
//
// Invariants: len <= cap; the block has cap + 1 bytes; ptr is NULL only if
// cap is 0.
//
// Locks: none. uselocale changes the locale of the thread for the length of
// one vsnprintf, in which nothing parks.
#include "mem/alloc.h"
#include "sched/sched.h"
#include "str/str_int.h"

#include <leat/panic.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { BUILDER_FIRST = 64 }; // bytes of the first block: a short line

locale_t
leat__str_c_locale(void)
{
    // The C library has this one made and gives the same one every time, so
    // it is not freed.
    return newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

// The bytes of a block with room for n more, which the one of b has not.
static size_t
builder_more(const struct leat_builder *b, int64_t n)
{
    int64_t need;
    if (__builtin_add_overflow(b->len, n, &need) || need == INT64_MAX)
        leat_throw("string concatenation too long");
    if (need < 2 * b->cap)
        need = 2 * b->cap;
    return leat__mem_round(
        (size_t)(need < BUILDER_FIRST ? BUILDER_FIRST : need + 1));
}

// b has the block p from now on; NULL: there was no memory.
static void
builder_take(struct leat_builder *b, char *p, size_t bytes)
{
    if (p == NULL)
        leat__throw("out of memory: cannot make a string of %zu bytes"
            LEAT__RAISE_LIMIT,
            bytes);
    b->ptr = p;
    b->cap = (int64_t)bytes - 1;
}

void
leat_builder_grow(struct leat_builder *b, int64_t n)
{
    if (n < 0)
        leat_panic("strings.Builder.Grow: negative count");
    if (n <= b->cap - b->len)
        return;
    size_t bytes = builder_more(b, n);
    char *p = b->cap == 0
                  ? leat__mem_alloc(bytes, LEAT__MEM_PLAIN)
                  : leat__mem_realloc(b->ptr, (size_t)b->cap + 1, bytes);
    builder_take(b, p, bytes);
}

void
leat_builder_str(struct leat_builder *b, struct leat_str s)
{
    if (s.len == 0)
        return;
    // s may be a part of what was collected, which is about to move.
    uintptr_t at = (uintptr_t)s.ptr - (uintptr_t)b->ptr;
    bool own = b->ptr != NULL && at < (uintptr_t)b->cap;
    if (s.len > b->cap - b->len)
        leat_builder_grow(b, s.len);
    memcpy(b->ptr + b->len, own ? b->ptr + at : s.ptr, (size_t)s.len);
    b->len += s.len;
}

void
leat_builder_rune(struct leat_builder *b, int32_t r)
{
    leat_builder_grow(b, LEAT_RUNE_BYTES_MAX);
    b->len += leat_rune_encode(b->ptr + b->len, r);
}

// vsnprintf behind what was collected, in the C locale.
static int
builder_print(struct leat_builder *b, const char *format, va_list ap)
{
    // An empty builder has no block at all.
    size_t room = b->cap > 0 ? (size_t)(b->cap - b->len) + 1 : 0;
    char *to = room > 0 ? b->ptr + b->len : NULL;
    locale_t old = uselocale(leat__str_c_locale());
    int n = vsnprintf(to, room, format, ap);
    uselocale(old);
    return n;
}

// The same with room for n bytes. The arguments may lie in the block as it
// was, which stays until they are read.
static int
builder_print_more(
    struct leat_builder *b, int64_t n, const char *format, va_list ap)
{
    struct leat_builder old = *b;
    size_t bytes = builder_more(b, n);
    builder_take(b, leat__mem_alloc(bytes, LEAT__MEM_PLAIN), bytes);
    if (old.len > 0)
        memcpy(b->ptr, old.ptr, (size_t)old.len);
    int printed = builder_print(b, format, ap);
    leat_builder_free(&old);
    return printed;
}

int
leat_builder_printf(struct leat_builder *b, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    int n = builder_print(b, format, ap);
    va_end(ap);
    if (n > b->cap - b->len) {
        va_start(ap, format);
        n = builder_print_more(b, n, format, ap);
        va_end(ap);
    }
    if (n < 0)
        return LEAT_EINVAL;
    b->len += n;
    return 0;
}

struct leat_str
leat_builder_finish(struct leat_builder *b)
{
    struct leat_str s = {b->ptr, b->len};
    if (b->len == 0) {
        leat_builder_free(b);
        return LEAT_STR("");
    }
    b->ptr[b->len] = 0;
    *b = (struct leat_builder){NULL, 0, 0};
    return s;
}

void
leat_builder_free(struct leat_builder *b)
{
    leat__mem_free(b->ptr, b->cap > 0 ? (size_t)b->cap + 1 : 0);
    *b = (struct leat_builder){NULL, 0, 0};
}
