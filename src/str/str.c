// SPDX-License-Identifier: MIT
// str/str.c: making, comparing and joining strings.
//
// The idea: a string is a pointer and a length, by value; parts are made by
// arithmetic in the header. Only what makes new bytes is here. A new string
// has a NUL behind it, which costs a byte and saves a copy wherever a C
// function wants the text.
//
// Invariants: ptr is NULL only if len is 0; the bytes of a string are never
// written after it was made.
//
// Locks: none.
//
// Rejected: short strings inside the struct. A part of such a string would
// point into a local variable.
#include "str/str_int.h"
#include "mem/alloc.h"
#include "sched/sched.h"

#include <leat/panic.h>

#include <string.h>

char *
leat__str_new(int64_t len)
{
    leat_assert(len > 0);
    char *p = leat__mem_alloc((size_t)len + 1, LEAT__MEM_PLAIN);
    if (p == NULL)
        leat__throw("out of memory: cannot make a string of %lld bytes"
            LEAT__RAISE_LIMIT,
            (long long)len);
    p[len] = 0;
    return p;
}

struct leat_str
leat_str_from_c(const char *text)
{
    return leat_str_view(text, text != NULL ? (int64_t)strlen(text) : 0);
}

struct leat_str
leat_str_clone(struct leat_str s)
{
    return leat__str_concat_all(&s, 1);
}

void
leat_str_free(struct leat_str s)
{
    if (s.len > 0)
        leat__mem_free((void *)s.ptr, 0);
}

bool
leat_str_equal(struct leat_str a, struct leat_str b)
{
    if (a.len != b.len)
        return false;
    return a.len == 0 || a.ptr == b.ptr ||
           memcmp(a.ptr, b.ptr, (size_t)a.len) == 0;
}

int
leat_str_compare(struct leat_str a, struct leat_str b)
{
    int64_t n = a.len < b.len ? a.len : b.len;
    int order = n > 0 ? memcmp(a.ptr, b.ptr, (size_t)n) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

// The sum of lengths, which may be those of one string many times.
static int64_t
str_add(int64_t a, int64_t b)
{
    if (__builtin_add_overflow(a, b, &a) || a == INT64_MAX)
        leat_throw("string concatenation too long");
    return a;
}

static char *
str_put(char *p, struct leat_str s)
{
    if (s.len > 0)
        memcpy(p, s.ptr, (size_t)s.len);
    return p + s.len;
}

struct leat_str
leat__str_concat_all(const struct leat_str *parts, int64_t count)
{
    leat_strs all = {(struct leat_str *)parts, count, count};
    return leat_str_join(all, LEAT_STR(""));
}

struct leat_str
leat_str_join(leat_strs parts, struct leat_str sep)
{
    int64_t len = 0;
    for (int64_t i = 0; i < parts.len; i++) {
        len = str_add(len, parts.ptr[i].len);
        if (i > 0)
            len = str_add(len, sep.len);
    }
    if (len == 0)
        return LEAT_STR("");
    char *to = leat__str_new(len), *p = to;
    for (int64_t i = 0; i < parts.len; i++) {
        if (i > 0)
            p = str_put(p, sep);
        p = str_put(p, parts.ptr[i]);
    }
    return leat_str_view(to, len);
}

struct leat_str
leat_str_repeat(struct leat_str s, int64_t n)
{
    int64_t len;
    if (n < 0)
        leat_panic("strings: negative Repeat count");
    if (__builtin_mul_overflow(s.len, n, &len) || len == INT64_MAX)
        leat_panic("strings: Repeat output length overflow");
    if (len == 0)
        return LEAT_STR("");
    char *to = leat__str_new(len);
    // Each copy doubles what is there.
    int64_t done = s.len;
    memcpy(to, s.ptr, (size_t)s.len);
    while (done < len) {
        int64_t more = done < len - done ? done : len - done;
        memcpy(to + done, to, (size_t)more);
        done += more;
    }
    return leat_str_view(to, len);
}

leat_bytes
leat_str_to_bytes(struct leat_str s)
{
    leat_bytes b = leat_slice_make(leat_bytes, 0);
    return leat_append_str(b, s);
}

struct leat_str
leat_str_from_bytes(leat_bytes b)
{
    return leat_str_clone(leat_str_view(b.ptr, b.len));
}
