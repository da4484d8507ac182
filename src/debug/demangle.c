// SPDX-License-Identifier: MIT
// debug/demangle.c: the names of C++ functions, as traces show them.
//
// The idea: a symbol of the Itanium C++ ABI (section 5.1) is a name and the
// types of parameters behind it. A trace wants the name: a list of parts, each
// a length and so many characters. Types are met inside, as arguments of
// templates and in functions a local name is in; they only have to be passed
// over, which needs no table of what was named before.
//
// Invariants: `p` never passes the NUL. Once bad, nothing more is read.
// Locks: none.
//
// Rejected: __cxa_demangle, where the program has it: it allocates, and a
// trace may be of a crash inside malloc.
#include "debug/demangle.h"

#include <string.h>

enum { DEMANGLE_DEPTH_MAX = 32 }; // of what is in each other

struct demangle {
    const char *p;
    char *out;
    size_t size, len; // len < size
    bool bad;
    unsigned depth;
    const char *last; // the last part with a name of its own, for constructors
    size_t last_len;
};

static void demangle_name(struct demangle *d);
static void demangle_skip(struct demangle *d);

static void
demangle_fail(struct demangle *d)
{
    d->bad = true;
    d->p = "";
}

static void
demangle_put(struct demangle *d, const char *text, size_t n)
{
    size_t room = d->size - 1 - d->len;
    n = n < room ? n : room;
    memcpy(d->out + d->len, text, n);
    d->len += n;
}

static void
demangle_puts(struct demangle *d, const char *text)
{
    demangle_put(d, text, strlen(text));
}

static bool
demangle_take(struct demangle *d, const char *prefix)
{
    size_t n = strlen(prefix);
    if (strncmp(d->p, prefix, n) != 0)
        return false;
    d->p += n;
    return true;
}

static bool
demangle_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// Passes over what ends in an underscore: S1_, T0_, the numbers of lambdas.
static void
demangle_skip_number(struct demangle *d)
{
    while (demangle_is_digit(*d->p) || (*d->p >= 'A' && *d->p <= 'Z'))
        d->p++;
    if (!demangle_take(d, "_"))
        demangle_fail(d);
}

// The characters a length is followed by; their number, 0 when bad.
static size_t
demangle_text(struct demangle *d, const char **text)
{
    size_t n = 0;
    while (demangle_is_digit(*d->p) && n < 100000)
        n = 10 * n + (size_t)(*d->p++ - '0');
    if (n == 0 || memchr(d->p, '\0', n) != NULL) {
        demangle_fail(d);
        return 0;
    }
    *text = d->p;
    d->p += n;
    return n;
}

// Types ---------------------------------------------------------------------

// Up to and with the E that ends a list.
static void
demangle_skip_list(struct demangle *d)
{
    if (++d->depth > DEMANGLE_DEPTH_MAX)
        demangle_fail(d);
    while (!d->bad && *d->p != 'E')
        demangle_skip(d);
    if (!d->bad)
        d->p++;
    d->depth--;
}

// A literal: its type, its value, E.
static void
demangle_skip_literal(struct demangle *d)
{
    if (demangle_take(d, "_Z")) {
        demangle_skip_list(d);
        return;
    }
    if (++d->depth > DEMANGLE_DEPTH_MAX)
        demangle_fail(d);
    demangle_skip(d);
    d->depth--;
    while (*d->p != 'E' && *d->p != '\0')
        d->p++;
    if (!demangle_take(d, "E"))
        demangle_fail(d);
}

// Ul types E number _, Ut number _.
static void
demangle_skip_unnamed(struct demangle *d)
{
    if (demangle_take(d, "l"))
        demangle_skip_list(d);
    else if (!demangle_take(d, "t"))
        return; // of a vendor: a name follows
    demangle_skip_number(d);
}

// St, Sa and their like, or S number _.
static void
demangle_skip_substitution(struct demangle *d)
{
    if (*d->p >= 'a' && *d->p <= 'z')
        d->p++;
    else
        demangle_skip_number(d);
}

// Types named by D and a letter.
static void
demangle_skip_two_letters(struct demangle *d)
{
    if (demangle_take(d, "v") || demangle_take(d, "F"))
        demangle_skip_number(d); // of a vector's elements, a float's bits
    else if (*d->p != '\0')
        d->p++;
}

// One part of a type or a name.
static void
demangle_skip(struct demangle *d)
{
    const char *text;
    if (demangle_is_digit(*d->p)) {
        demangle_text(d, &text);
        return;
    }
    switch (*d->p == '\0' ? '\0' : *d->p++) {
    case '\0':
        demangle_fail(d);
        break;
    case 'S':
        demangle_skip_substitution(d);
        break;
    case 'T':
    case 'A':
        demangle_skip_number(d);
        break;
    case 'L':
        demangle_skip_literal(d);
        break;
    case 'U':
        demangle_skip_unnamed(d);
        break;
    case 'D':
        demangle_skip_two_letters(d);
        break;
    case 'I':
    case 'N':
    case 'F':
    case 'J':
    case 'Z':
        demangle_skip_list(d);
        break;
    case 'X': // an expression: its parts have an E of their own, or not
        demangle_fail(d);
        break;
    default: // a type of the language, *, &, const
        break;
    }
}

// Names -----------------------------------------------------------------------

static const char *const demangle_operators[][2] = {{"nw", " new"},
    {"na", " new[]"}, {"dl", " delete"}, {"da", " delete[]"}, {"cl", "()"},
    {"ix", "[]"}, {"pt", "->"}, {"pl", "+"}, {"mi", "-"}, {"ml", "*"},
    {"dv", "/"}, {"rm", "%"}, {"eq", "=="}, {"ne", "!="}, {"lt", "<"},
    {"gt", ">"}, {"le", "<="}, {"ge", ">="}, {"ss", "<=>"}, {"aS", "="},
    {"pL", "+="}, {"mI", "-="}, {"mL", "*="}, {"dV", "/="}, {"nt", "!"},
    {"aa", "&&"}, {"oo", "||"}, {"pp", "++"}, {"mm", "--"}, {"ls", "<<"},
    {"rs", ">>"}, {"an", "&"}, {"or", "|"}, {"eo", "^"}, {"co", "~"},
    {"ng", "-"}, {"ps", "+"}, {"de", "*"}, {"ad", "&"}, {"cm", ","},
    {"rM", "%="}, {"aN", "&="}, {"oR", "|="}, {"eO", "^="}, {"lS", "<<="},
    {"rS", ">>="}, {"pm", "->*"}, {"cvb", " bool"}};

static void
demangle_operator(struct demangle *d)
{
    size_t n = sizeof demangle_operators / sizeof *demangle_operators;
    for (size_t i = 0; i < n; i++) {
        if (demangle_take(d, demangle_operators[i][0])) {
            demangle_puts(d, "operator");
            demangle_puts(d, demangle_operators[i][1]);
            return;
        }
    }
    demangle_fail(d);
}

static void
demangle_source_name(struct demangle *d)
{
    static const char anonymous[] = "_GLOBAL__N_";
    const char *text = "";
    size_t n = demangle_text(d, &text);
    d->last = text;
    d->last_len = n;
    if (n > sizeof anonymous - 1 &&
        memcmp(text, anonymous, sizeof anonymous - 1) == 0)
        demangle_puts(d, "(anonymous namespace)");
    else
        demangle_put(d, text, n);
}

static void
demangle_standard(struct demangle *d)
{
    static const char *const names[][2] = {{"t", "std"},
        {"a", "std::allocator"}, {"b", "std::basic_string"},
        {"s", "std::string"}, {"i", "std::istream"}, {"o", "std::ostream"},
        {"d", "std::iostream"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (demangle_take(d, names[i][0])) {
            demangle_puts(d, names[i][1]);
            return;
        }
    }
    demangle_fail(d); // what was named before
}

// A constructor (C1 to C3) or destructor (D0 to D2).
static void
demangle_like_the_last(struct demangle *d)
{
    if (*d->p++ == 'D')
        demangle_puts(d, "~");
    if (!demangle_is_digit(*d->p) || d->last == NULL) {
        demangle_fail(d);
        return;
    }
    d->p++;
    demangle_put(d, d->last, d->last_len);
}

// One part of a name, but for its arguments.
static void
demangle_part(struct demangle *d)
{
    demangle_take(d, "L"); // static
    if (demangle_is_digit(*d->p)) {
        demangle_source_name(d);
    } else if (demangle_take(d, "S")) {
        demangle_standard(d);
    } else if (*d->p == 'C' || *d->p == 'D') {
        demangle_like_the_last(d);
    } else if (*d->p == 'U' && (d->p[1] == 'l' || d->p[1] == 't')) {
        demangle_puts(d, d->p[1] == 'l' ? "{lambda}" : "{unnamed}");
        demangle_skip(d);
    } else {
        demangle_operator(d);
    }
    const char *text;
    while (!d->bad && demangle_take(d, "B")) // a tag of the ABI
        demangle_text(d, &text);
    if (!d->bad && demangle_take(d, "I")) {
        demangle_skip_list(d);
        demangle_puts(d, "<...>");
    }
}

// N, qualifiers, parts, E.
static void
demangle_nested(struct demangle *d)
{
    while (*d->p != '\0' && strchr("rVKRO", *d->p) != NULL)
        d->p++;
    for (bool first = true; !d->bad && *d->p != 'E'; first = false) {
        if (!first)
            demangle_puts(d, "::");
        demangle_part(d);
    }
    if (!d->bad)
        d->p++;
}

// Z, the function it is in, E, the name there. (A string has none.)
static void
demangle_local(struct demangle *d)
{
    demangle_name(d);
    demangle_skip_list(d);
    demangle_puts(d, "::");
    if (demangle_take(d, "d"))
        demangle_skip_number(d); // in a default argument
    demangle_name(d);
}

static void
demangle_name(struct demangle *d)
{
    if (++d->depth > DEMANGLE_DEPTH_MAX) {
        demangle_fail(d);
    } else if (demangle_take(d, "N")) {
        demangle_nested(d);
    } else if (demangle_take(d, "Z")) {
        demangle_local(d);
    } else if (demangle_take(d, "St")) {
        demangle_puts(d, "std::");
        demangle_part(d);
    } else {
        demangle_part(d);
    }
    d->depth--;
}

bool
leat__demangle(const char *symbol, char *out, size_t size)
{
    struct demangle d = {.p = symbol, .out = out, .size = size};
    if (!demangle_take(&d, "_Z"))
        return false;
    demangle_name(&d);
    out[d.len] = '\0';
    return !d.bad && d.len > 0;
}
