// SPDX-License-Identifier: MIT
// gccgo/string.c: conversions, concatenation and comparison of strings.
//
// The compiler passes a buffer of its own where a result does not escape;
// short results go there. Runes are src/str's.
#include "gccgo/abi.h"
#include "mem/sizeclass.h"
#include "sched/sched.h"

#include <string.h>

enum {
    STRING_BUF = 32,      // bytes of the compiler's buffer
    STRING_RUNE_BUF = 32, // runes of that for []rune
    STRING_RUNE_MAX = 4   // bytes of a rune in UTF-8
};

struct go_string
leat__go_string_copy(const char *text, size_t len)
{
    char *p = leat__go_alloc(len, false);
    memcpy(p, text, len);
    return (struct go_string){p, (go_int)len};
}

static char *
string_room(void *buf, size_t buf_size, size_t n)
{
    return buf != NULL && n <= buf_size ? buf : leat__go_alloc(n, false);
}

// A string in a frame's buffer must not outlive the frame.
static bool
string_on_stack(const char *p)
{
    const struct leat__g *g = leat__this_m()->g;
    return p >= g->stack_lo && p < g->stack_hi;
}

static struct leat_str
string_view(const char *p, go_int n)
{
    return (struct leat_str){p, n};
}

// Strings -------------------------------------------------------------------

struct go_string leat__go_concatstrings(char *buf,
    const struct go_string *part, go_int n) GO_NAME("runtime.concatstrings");
struct go_string
leat__go_concatstrings(char *buf, const struct go_string *part, go_int n)
{
    go_int len = 0, full = 0, last = 0;
    for (go_int i = 0; i < n; i++) {
        if (part[i].len == 0)
            continue;
        if (__builtin_add_overflow(len, part[i].len, &len))
            leat_throw("string concatenation too long");
        full++;
        last = i;
    }
    if (full == 0)
        return (struct go_string){NULL, 0};
    if (full == 1 && (buf != NULL || !string_on_stack(part[last].ptr)))
        return part[last];
    char *p = string_room(buf, STRING_BUF, (size_t)len), *at = p;
    for (go_int i = 0; i < n; i++) {
        memcpy(at, part[i].ptr, (size_t)part[i].len);
        at += part[i].len;
    }
    return (struct go_string){p, len};
}

go_int leat__go_cmpstring(struct go_string a, struct go_string b)
    GO_NAME("runtime.cmpstring");
go_int
leat__go_cmpstring(struct go_string a, struct go_string b)
{
    size_t n = (size_t)(a.len < b.len ? a.len : b.len);
    int order = n > 0 ? memcmp(a.ptr, b.ptr, n) : 0;
    if (order != 0)
        return order < 0 ? -1 : 1;
    return (a.len > b.len) - (a.len < b.len);
}

struct go_rune_pos {
    int32_t rune;
    go_int pos;
};

struct go_rune_pos leat__go_decoderune(struct go_string s, go_int at)
    GO_NAME("runtime.decoderune");
struct go_rune_pos
leat__go_decoderune(struct go_string s, go_int at)
{
    int64_t size;
    int32_t r = leat_rune_decode(string_view(s.ptr + at, s.len - at), &size);
    return (struct go_rune_pos){r, at + size};
}

struct go_string leat__go_intstring(char *buf, int64_t value)
    GO_NAME("runtime.intstring");
struct go_string
leat__go_intstring(char *buf, int64_t value)
{
    int32_t r = value == (int32_t)value ? (int32_t)value : -1;
    char *p = string_room(buf, STRING_RUNE_MAX, STRING_RUNE_MAX);
    return (struct go_string){p, leat_rune_encode(p, r)};
}

// Bytes and runes -----------------------------------------------------------

struct go_string leat__go_slicebytetostring(char *buf, const char *from,
    go_int n) GO_NAME("runtime.slicebytetostring");
struct go_string
leat__go_slicebytetostring(char *buf, const char *from, go_int n)
{
    if (n == 0)
        return (struct go_string){NULL, 0};
    char *p = string_room(buf, STRING_BUF, (size_t)n);
    memcpy(p, from, (size_t)n);
    return (struct go_string){p, n};
}

struct go_slice leat__go_stringtoslicebyte(char *buf, struct go_string s)
    GO_NAME("runtime.stringtoslicebyte");
struct go_slice
leat__go_stringtoslicebyte(char *buf, struct go_string s)
{
    if (buf != NULL && s.len <= STRING_BUF) {
        memset(buf, 0, STRING_BUF);
        memcpy(buf, s.ptr, (size_t)s.len);
        return (struct go_slice){buf, s.len, STRING_BUF};
    }
    size_t cap = leat__mem_round((size_t)s.len);
    char *p = leat__go_alloc(cap, true);
    memcpy(p, s.ptr, (size_t)s.len);
    return (struct go_slice){p, s.len, (go_int)cap};
}

struct go_slice leat__go_stringtoslicerune(int32_t *buf, struct go_string s)
    GO_NAME("runtime.stringtoslicerune");
struct go_slice
leat__go_stringtoslicerune(int32_t *buf, struct go_string s)
{
    go_int n = leat_str_rune_count(string_view(s.ptr, s.len));
    size_t cap = leat__mem_round((size_t)n * sizeof *buf) / sizeof *buf;
    if (buf != NULL && n <= STRING_RUNE_BUF)
        cap = STRING_RUNE_BUF;
    else
        buf = leat__go_alloc(cap * sizeof *buf, true);
    int64_t size;
    for (go_int i = 0, at = 0; i < n; i++, at += size)
        buf[i] =
            leat_rune_decode(string_view(s.ptr + at, s.len - at), &size);
    return (struct go_slice){buf, n, (go_int)cap};
}

struct go_string leat__go_slicerunetostring(char *buf, struct go_slice s)
    GO_NAME("runtime.slicerunetostring");
struct go_string
leat__go_slicerunetostring(char *buf, struct go_slice s)
{
    const int32_t *r = s.ptr;
    char one[STRING_RUNE_MAX];
    go_int len = 0;
    for (go_int i = 0; i < s.len; i++)
        len += leat_rune_encode(one, r[i]);
    char *p = string_room(buf, STRING_BUF, (size_t)len), *at = p;
    for (go_int i = 0; i < s.len; i++) {
        int n = leat_rune_encode(one, r[i]);
        memcpy(at, one, (size_t)n);
        at += n;
    }
    return (struct go_string){p, len};
}
