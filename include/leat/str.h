// SPDX-License-Identifier: MIT
// leat/str.h: strings: immutable bytes with a length, as Go's.
//
// struct leat_str (also plain leat_str) is a value of two words, ptr and
// len. The bytes may be anything, NULs and invalid UTF-8 included, and are
// not followed by a NUL unless something here says so. The zero value is the
// empty string. A string is never written to: parts share the bytes of the
// whole.
//
// Memory. Functions that return a part of their argument (sub, cut, trim,
// the elements of split and fields) allocate nothing: the part lives as long
// as the whole. Those that make something new say so: "a new string" is given
// back with leat_str_free, is followed by a NUL byte that len does not count,
// and costs nothing when it is empty. A new slice is given back with
// leat_slice_free. Out of memory is fatal. No call parks.
//
// Runes are int32_t. A byte that is not part of valid UTF-8 decodes as
// LEAT_RUNE_ERROR of size 1, as in Go.
#ifndef LEAT_STR_H
#define LEAT_STR_H

#include <leat/slice.h>

// LEAT_STR("text") is a literal as a string: no strlen at run time, and its
// NUL bytes count. Also for initialisers of static variables, in C.
#ifdef __cplusplus
#define LEAT_STR(literal)                                                     \
    (leat_str{"" literal "", (int64_t)sizeof(literal) - 1})
#else
#define LEAT_STR(literal)                                                     \
    ((struct leat_str){                                                       \
        literal, (int64_t)(sizeof(literal) - LEAT__LITERAL(literal))})
// 1, where it is a literal.
#define LEAT__LITERAL(text)                                                   \
    sizeof(struct {                                                           \
        _Static_assert(__builtin_constant_p(text) &&                          \
                __builtin_types_compatible_p(                                 \
                    __typeof__(text), char[sizeof(text)]),                    \
            "LEAT_STR takes a string literal only: see leat_str_from_c");     \
        char one;                                                             \
    })
#endif

// For printf's "%.*s" (which stops at a NUL byte, and after INT_MAX bytes).
// Evaluates s more than once.
#define LEAT_STR_ARG(s)                                                       \
    (int)((s).len < 0x7fffffff ? (s).len : 0x7fffffff), (s).ptr

enum {
    LEAT_RUNE_ERROR = 0xFFFD,  // what invalid bytes decode to
    LEAT_RUNE_MAX = 0x10FFFF,  // the largest rune
    LEAT_RUNE_BYTES_MAX = 4    // bytes of the longest encoding
};

// Collects bytes. The zero value is empty and ready; leat_builder_free or
// leat_builder_finish ends it. Not to be copied while it holds something.
struct leat_builder {
    char *ptr;
    int64_t len, cap;
};

LEAT__BEGIN

// Views of bytes that live elsewhere, as long as these do: of a C string
// (NULL is the empty string), of n bytes.
LEAT_API struct leat_str leat_str_from_c(const char *text);
static inline struct leat_str
leat_str_view(const void *p, int64_t n)
{
    struct leat_str s = {(const char *)p, n};
    return s;
}

// A new string with the same bytes. Its ptr can be given to C functions.
LEAT_API LEAT__MUST_USE
struct leat_str leat_str_clone(struct leat_str s);

// Gives a new string's memory back. Not for parts of strings.
LEAT_API void leat_str_free(struct leat_str s);

// Whether the bytes are the same; negative, 0 or positive as a sorts before,
// with or behind b, byte by byte.
LEAT_API bool leat_str_equal(struct leat_str a, struct leat_str b);
LEAT_API int leat_str_compare(struct leat_str a, struct leat_str b);

// leat_str_concat(a, b, ...) is a new string of all of them in turn.
// leat_str_join puts sep between the elements, leat_str_repeat is n times s
// and panics with "strings: negative Repeat count".
#define leat_str_concat(...)                                                  \
    leat__str_concat(__COUNTER__, __VA_ARGS__)
LEAT_API LEAT__MUST_USE
struct leat_str leat_str_join(leat_strs parts, struct leat_str sep);
LEAT_API LEAT__MUST_USE
struct leat_str leat_str_repeat(struct leat_str s, int64_t n);

// Copies: a new slice of the bytes, a new string of the bytes.
LEAT_API LEAT__MUST_USE
leat_bytes leat_str_to_bytes(struct leat_str s);
LEAT_API LEAT__MUST_USE
struct leat_str leat_str_from_bytes(leat_bytes b);

// Runes ------------------------------------------------------------------

// The first (last) rune of s and its size in bytes in *size; LEAT_RUNE_ERROR
// and 0 for the empty string, LEAT_RUNE_ERROR and 1 for what is not UTF-8.
LEAT_API int32_t leat_rune_decode(struct leat_str s, int64_t *size);
LEAT_API int32_t leat_rune_decode_last(struct leat_str s, int64_t *size);

// Writes the UTF-8 of r, or of LEAT_RUNE_ERROR if r is no rune, and returns
// its bytes, 1 to 4.
LEAT_API int leat_rune_encode(char to[LEAT_RUNE_BYTES_MAX], int32_t r);

// The bytes of r in UTF-8, or -1 if it is no rune; whether it is one (not a
// surrogate, not too large).
LEAT_API int leat_rune_len(int32_t r);
LEAT_API bool leat_rune_valid(int32_t r);

// Whether s begins with a whole rune, or with what more bytes would not make
// one: false for the beginning of a rune, and for the empty string. For text
// that arrives in pieces.
LEAT_API bool leat_rune_full(struct leat_str s);

// Whether all of s is UTF-8; its number of runes, invalid bytes counting one
// each.
LEAT_API bool leat_str_valid(struct leat_str s);
LEAT_API int64_t leat_str_rune_count(struct leat_str s);

// A new slice of the runes; a new string of the runes in UTF-8, of one rune.
LEAT_API LEAT__MUST_USE
leat_runes leat_str_to_runes(struct leat_str s);
LEAT_API LEAT__MUST_USE
struct leat_str leat_str_from_runes(leat_runes runes);
LEAT_API LEAT__MUST_USE
struct leat_str leat_str_from_rune(int32_t r);

// leat_str_range(i, r, s) { ... } runs its body for every rune r (int32_t) of
// s, with the position of its first byte in i (int64_t).
#define leat_str_range(i, r, s) leat__str_range(i, r, s, __COUNTER__)

// What a rune is, as in Go's package unicode, by the tables of Unicode 15.0.0.
// All are false for what is no rune. letter: a letter of any kind, of either
// case or (as in Arabic) of none; upper, lower, title: in that case (title:
// two letters in one rune, of which the first is upper); digit: decimal, of
// any script; number: also fractions, Roman ones and the like; mark: put on
// the rune before; punct, symbol: signs (of ASCII, $+<=>^`|~ are symbols);
// space: white space, as leat_str_fields cuts at; control: a control code;
// graphic: letter, number, mark, punct, symbol or a space of some width (so no
// control code, and not U+2028 and U+2029, which separate lines and
// paragraphs); print: as graphic, but of the spaces ' ' only.
LEAT_API bool leat_rune_is_letter(int32_t r);
LEAT_API bool leat_rune_is_upper(int32_t r);
LEAT_API bool leat_rune_is_lower(int32_t r);
LEAT_API bool leat_rune_is_title(int32_t r);
LEAT_API bool leat_rune_is_digit(int32_t r);
LEAT_API bool leat_rune_is_number(int32_t r);
LEAT_API bool leat_rune_is_mark(int32_t r);
LEAT_API bool leat_rune_is_punct(int32_t r);
LEAT_API bool leat_rune_is_symbol(int32_t r);
LEAT_API bool leat_rune_is_space(int32_t r);
LEAT_API bool leat_rune_is_control(int32_t r);
LEAT_API bool leat_rune_is_graphic(int32_t r);
LEAT_API bool leat_rune_is_print(int32_t r);

// The other case of r, or r where there is none, as for what is no rune: one
// rune for one rune in every language, as in Go (U+00DF stays as it is).
// simple_fold is the next larger of the runes that are equal to r but for
// their case, or, behind the largest, the smallest: 'K', 'k', U+212A, 'K'.
LEAT_API int32_t leat_rune_to_upper(int32_t r);
LEAT_API int32_t leat_rune_to_lower(int32_t r);
LEAT_API int32_t leat_rune_to_title(int32_t r);
LEAT_API int32_t leat_rune_simple_fold(int32_t r);

// New strings: s with every rune in the other case, with fn(r) in the place of
// every rune r, which is left out if that is negative. What is not UTF-8
// becomes U+FFFD, byte for byte, and so does what fn returns and is no rune.
LEAT_API LEAT__MUST_USE
struct leat_str leat_str_to_upper(struct leat_str s);
LEAT_API LEAT__MUST_USE
struct leat_str leat_str_to_lower(struct leat_str s);
LEAT_API LEAT__MUST_USE
struct leat_str leat_str_to_title(struct leat_str s);
LEAT_API LEAT__MUST_USE
struct leat_str leat_str_map(
    struct leat_str s, int32_t (*fn)(int32_t r));

// A new string, where each run of bytes that are not UTF-8 is replaced by
// `with` (which may be empty).
LEAT_API LEAT__MUST_USE
struct leat_str leat_str_to_valid(
    struct leat_str s, struct leat_str with);

// Whether a and b are equal but for the case, rune by rune (simple_fold).
// Bytes that are not UTF-8 are equal to each other and to U+FFFD.
LEAT_API bool leat_str_equal_fold(struct leat_str a, struct leat_str b);

// Finding ----------------------------------------------------------------

// Where the first (last) instance of sub begins, or -1; the empty string is
// found at 0 (at s.len). In linear time.
LEAT_API int64_t leat_str_index(struct leat_str s, struct leat_str sub);
LEAT_API int64_t leat_str_last_index(struct leat_str s, struct leat_str sub);

// The same for a byte, for a rune, and for any rune of a set; -1 for the empty
// set.
LEAT_API int64_t leat_str_index_byte(struct leat_str s, char c);
LEAT_API int64_t leat_str_last_index_byte(struct leat_str s, char c);
LEAT_API int64_t leat_str_index_rune(struct leat_str s, int32_t r);
LEAT_API int64_t leat_str_index_any(struct leat_str s, struct leat_str set);
LEAT_API int64_t leat_str_last_index_any(
    struct leat_str s, struct leat_str set);

// For any rune that `wanted` says true of.
LEAT_API int64_t leat_str_index_func(
    struct leat_str s, bool (*wanted)(int32_t r));
LEAT_API int64_t leat_str_last_index_func(
    struct leat_str s, bool (*wanted)(int32_t r));

// Whether a rune is in s, any rune of a set, any that `wanted` says true of.
LEAT_API bool leat_str_contains_rune(struct leat_str s, int32_t r);
LEAT_API bool leat_str_contains_any(struct leat_str s, struct leat_str set);
LEAT_API bool leat_str_contains_func(
    struct leat_str s, bool (*wanted)(int32_t r));

// Whether sub is in s, at its beginning, at its end.
LEAT_API bool leat_str_contains(struct leat_str s, struct leat_str sub);
LEAT_API bool leat_str_has_prefix(struct leat_str s, struct leat_str prefix);
LEAT_API bool leat_str_has_suffix(struct leat_str s, struct leat_str suffix);

// How many instances of sub do not overlap; one more than the runes of s for
// the empty string.
LEAT_API int64_t leat_str_count(struct leat_str s, struct leat_str sub);

// Taking apart -------------------------------------------------------------

// Whether sep is in s; then *before and *after are what is around its first
// instance, else all of s and nothing. Both may be NULL.
LEAT_API bool leat_str_cut(struct leat_str s, struct leat_str sep,
    struct leat_str *before, struct leat_str *after);

// Whether s begins with prefix (ends with suffix); then *rest is s without it,
// else all of s. rest may be NULL.
LEAT_API bool leat_str_cut_prefix(
    struct leat_str s, struct leat_str prefix, struct leat_str *rest);
LEAT_API bool leat_str_cut_suffix(
    struct leat_str s, struct leat_str suffix, struct leat_str *rest);

// A new slice of the parts between the instances of sep (of the single runes
// if sep is empty). split_n makes at most n parts, the last being the rest; a
// nil slice for n = 0, any number for n < 0.
LEAT_API LEAT__MUST_USE
leat_strs leat_str_split(struct leat_str s, struct leat_str sep);
LEAT_API LEAT__MUST_USE
leat_strs leat_str_split_n(
    struct leat_str s, struct leat_str sep, int64_t n);

// The same, but every part keeps the sep behind it.
LEAT_API LEAT__MUST_USE
leat_strs leat_str_split_after(
    struct leat_str s, struct leat_str sep);
LEAT_API LEAT__MUST_USE
leat_strs leat_str_split_after_n(
    struct leat_str s, struct leat_str sep, int64_t n);

// A new slice of the parts between runs of white space (as Unicode sees it),
// of runes that `between` says true of, the same each time; empty when there
// is nothing else.
LEAT_API LEAT__MUST_USE
leat_strs leat_str_fields(struct leat_str s);
LEAT_API LEAT__MUST_USE
leat_strs leat_str_fields_func(
    struct leat_str s, bool (*between)(int32_t r));

// s without the runes of a set at both ends, at its beginning, at its end;
// without white space at both ends; without runes that `unwanted` says true
// of, in the same three ways; without a prefix or suffix if it has it.
LEAT_API struct leat_str leat_str_trim(struct leat_str s, struct leat_str set);
LEAT_API struct leat_str leat_str_trim_left(
    struct leat_str s, struct leat_str set);
LEAT_API struct leat_str leat_str_trim_right(
    struct leat_str s, struct leat_str set);
LEAT_API struct leat_str leat_str_trim_space(struct leat_str s);
LEAT_API struct leat_str leat_str_trim_func(
    struct leat_str s, bool (*unwanted)(int32_t r));
LEAT_API struct leat_str leat_str_trim_left_func(
    struct leat_str s, bool (*unwanted)(int32_t r));
LEAT_API struct leat_str leat_str_trim_right_func(
    struct leat_str s, bool (*unwanted)(int32_t r));
LEAT_API struct leat_str leat_str_trim_prefix(
    struct leat_str s, struct leat_str prefix);
LEAT_API struct leat_str leat_str_trim_suffix(
    struct leat_str s, struct leat_str suffix);

// A new string, where the first n instances of old (all for n < 0) are
// replaced by with. An empty old is found before every rune and at the end.
LEAT_API LEAT__MUST_USE
struct leat_str leat_str_replace(struct leat_str s,
    struct leat_str old, struct leat_str with, int64_t n);

// Numbers --------------------------------------------------------------------

// Read a whole number with an optional sign (uint: none). base is 2 to 36, or
// 0 for Go's prefixes 0b, 0o, 0, 0x, and then digits may be grouped by single
// underscores. The value must fit into `bits` bits (0: 64). 0, or LEAT_ESYNTAX
// and *v is 0 if s is no number, LEAT_ERANGE and the nearest value if it is too
// large, LEAT_EINVAL and 0 for another base or more bits.
// As in Go the digit that goes beyond `bits` bits ends the reading: what
// follows it may be anything, and underscores may be anywhere.
LEAT_API int leat_str_parse_int(
    struct leat_str s, int base, int bits, int64_t *v);
LEAT_API int leat_str_parse_uint(
    struct leat_str s, int base, int bits, uint64_t *v);

// Reads a floating-point number: decimal or hexadecimal (0x1p-2), its digits
// grouped by single underscores or not, inf, infinity, nan; never depends on
// the locale. bits is 64, or 32 to round to a float. 0, or LEAT_ESYNTAX and *v
// is 0 if s is no number, LEAT_ERANGE and an infinity if it is too large,
// LEAT_EINVAL and 0 for other bits.
LEAT_API int leat_str_parse_float(struct leat_str s, int bits, double *v);

// Reads 1, t, T, true, True, TRUE, and 0, f, F, false, False, FALSE, nothing
// else. 0, or LEAT_ESYNTAX and *v is false.
LEAT_API int leat_str_parse_bool(struct leat_str s, bool *v);

// New strings: "true" or "false"; a number to a base (2 to 36, else it panics
// with "strconv: illegal AppendInt/FormatInt base"); a floating-point number
// as leat_builder_float writes it.
LEAT_API LEAT__MUST_USE
struct leat_str leat_str_from_bool(bool v);
LEAT_API LEAT__MUST_USE
struct leat_str leat_str_from_int(int64_t v, int base);
LEAT_API LEAT__MUST_USE
struct leat_str leat_str_from_uint(uint64_t v, int base);
LEAT_API LEAT__MUST_USE
struct leat_str leat_str_from_float(
    double v, char format, int precision, int bits);

// Durations, in nanoseconds, as Go writes them: 1h2m0.5s, 1.5ms, -3ns, 0s. To
// be read is 0, or one or more decimal numbers, each with a unit of its own (h,
// m, s, ms, us or with either sign for micro, ns), all behind one sign or none.
// 0, or LEAT_ESYNTAX and *ns is 0: for anything else, and for what does not fit
// (of which Go says the same: "invalid duration").
LEAT_API int leat_str_parse_duration(struct leat_str s, int64_t *ns);
LEAT_API LEAT__MUST_USE
struct leat_str leat_str_from_duration(int64_t ns);

// A new string: s as a literal of Go, as its strconv.Quote writes it (and
// printf's %q there), for messages: in double quotes, on one line. What cannot
// be seen, and \ and \", are escapes (\n, \x00, \u200b), and so are bytes that
// are not UTF-8 (\xff).
LEAT_API LEAT__MUST_USE
struct leat_str leat_str_quote(struct leat_str s);

// New strings: the same in ASCII only (strconv.QuoteToASCII), other runes being
// escapes; and a rune as a literal of Go, in single quotes (QuoteRune). One
// that is not valid is U+FFFD.
LEAT_API LEAT__MUST_USE
struct leat_str leat_str_quote_ascii(struct leat_str s);
LEAT_API LEAT__MUST_USE
struct leat_str leat_rune_quote(int32_t r);

// Reads a literal of Go, strconv.Unquote: in double quotes or back quotes a
// text, in single quotes a rune (or, as in Go, nothing). 0, and *text is a new
// string of what it stands for; LEAT_ESYNTAX, and *text is empty, if s is none
// from end to end.
// Bytes that are not UTF-8 are read as U+FFFD, but for those in back quotes.
LEAT_API int leat_str_unquote(struct leat_str s, struct leat_str *text);

// Builder --------------------------------------------------------------------

// Append a string, the same quoted (leat_str_quote), a byte, a rune in UTF-8,
// numbers, a duration. The string may be a part of what was collected.
LEAT_API void leat_builder_str(struct leat_builder *b, struct leat_str s);
LEAT_API void leat_builder_quote(struct leat_builder *b, struct leat_str s);
LEAT_API void leat_builder_rune(struct leat_builder *b, int32_t r);
LEAT_API void leat_builder_int(struct leat_builder *b, int64_t v, int base);
LEAT_API void leat_builder_uint(struct leat_builder *b, uint64_t v, int base);
LEAT_API void leat_builder_duration(struct leat_builder *b, int64_t ns);

// Appends v as Go's strconv.FormatFloat does: format is 'e', 'f' or 'g' (or
// 'E', 'G'), precision the digits behind the point ('g': all digits) or -1
// for the fewest that read back as the same number; or 'x' (or 'X') for a
// hexadecimal number with a power of two, 0x1.8p+01, in which precision counts
// hexadecimal digits; or 'b' for 4503599627370496p-52, which has no precision
// and is not read back. Of another format c it is %c. bits is 64 or 32, else it
// panics with "strconv: illegal AppendFloat/FormatFloat bitSize".
LEAT_API void leat_builder_float(
    struct leat_builder *b, double v, char format, int precision, int bits);

// Appends as printf does, in the C locale whatever the program's is. The
// arguments may be parts of what was collected (by leat_builder_view). 0, or
// LEAT_EINVAL when the C library refuses the format; then b is unchanged.
LEAT_API int leat_builder_printf(
    struct leat_builder *b, const char *format, ...) LEAT__PRINTF(2, 3);

// Room for n more bytes without another allocation. Panics with
// "strings.Builder.Grow: negative count".
LEAT_API void leat_builder_grow(struct leat_builder *b, int64_t n);

// What was collected, as long as b is not changed; and as a new string that
// takes over b's memory: b is empty then.
static inline struct leat_str
leat_builder_view(const struct leat_builder *b)
{
    struct leat_str s = {b->ptr, b->len};
    return s;
}
LEAT_API LEAT__MUST_USE
struct leat_str leat_builder_finish(struct leat_builder *b);

// Forgets what was collected, and keeps the memory; gives that back too.
static inline void
leat_builder_reset(struct leat_builder *b)
{
    b->len = 0;
}
LEAT_API void leat_builder_free(struct leat_builder *b);

// Appends a byte.
static inline void
leat_builder_byte(struct leat_builder *b, char c)
{
    if (b->len >= b->cap)
        leat_builder_grow(b, 1);
    b->ptr[b->len++] = c;
}

// Behind the macros.
LEAT_API struct leat_str leat__str_concat_all(
    const struct leat_str *parts, int64_t count);

LEAT__END

// Bytes and parts ------------------------------------------------------------

// Byte i. Panics with "index out of range [5] with length 3".
#define leat_str_at(s, i) leat__str_at(s, i, __COUNTER__)

// Go's s[lo:hi], s[lo:], s[:hi]. Panics with "slice bounds out of range ..."
#define leat_str_sub(s, lo, hi) leat__str_sub(s, lo, hi, __COUNTER__)
#define leat_str_sub_from(s, lo) leat__str_sub_from(s, lo, __COUNTER__)
#define leat_str_sub_to(s, hi) leat__str_sub_to(s, hi, __COUNTER__)

#define leat__str_at(string, i, n)                                            \
    ({                                                                        \
        struct leat_str LEAT__S(n) = (string);                                \
        LEAT__AUTO LEAT__I(n) = (i) | 0;                                      \
        leat__check_index((int64_t)LEAT__I(n), LEAT__S(n).len,                \
            LEAT__IS_UNSIGNED(LEAT__I(n)));                                   \
        (unsigned char)LEAT__S(n).ptr[LEAT__I(n)];                            \
    })

// An empty part keeps the address of the whole: NULL takes no addition.
#define LEAT__STR_CUT(s, lo, hi)                                              \
    (s).len = (int64_t)(hi) - (int64_t)(lo);                                  \
    if ((s).len != 0)                                                         \
    (s).ptr += (lo)

#define leat__str_sub(string, lo, hi, n)                                      \
    ({                                                                        \
        struct leat_str LEAT__S(n) = (string);                                \
        LEAT__AUTO LEAT__I(n) = (lo) | 0;                                     \
        LEAT__AUTO LEAT__J(n) = (hi) | 0;                                     \
        leat__check_sub((int64_t)LEAT__I(n), (int64_t)LEAT__J(n),             \
            LEAT__S(n).len,                                                   \
            LEAT__IS_UNSIGNED(LEAT__I(n)) |                                   \
                LEAT__IS_UNSIGNED(LEAT__J(n)) << 1,                           \
            LEAT__BOUNDS_SLICE_ALEN);                                         \
        LEAT__STR_CUT(LEAT__S(n), LEAT__I(n), LEAT__J(n));                    \
        LEAT__S(n);                                                           \
    })

#define leat__str_sub_from(string, lo, n)                                     \
    ({                                                                        \
        struct leat_str LEAT__S(n) = (string);                                \
        LEAT__AUTO LEAT__I(n) = (lo) | 0;                                     \
        if (LEAT__OVER((int64_t)LEAT__I(n), LEAT__S(n).len))                  \
            leat__panic_bounds(LEAT__BOUNDS_SLICE_B, (int64_t)LEAT__I(n),     \
                LEAT__S(n).len, LEAT__IS_UNSIGNED(LEAT__I(n)));               \
        LEAT__STR_CUT(LEAT__S(n), LEAT__I(n), LEAT__S(n).len);                \
        LEAT__S(n);                                                           \
    })

#define leat__str_sub_to(string, hi, n)                                       \
    ({                                                                        \
        struct leat_str LEAT__S(n) = (string);                                \
        LEAT__AUTO LEAT__J(n) = (hi) | 0;                                     \
        if (LEAT__OVER((int64_t)LEAT__J(n), LEAT__S(n).len))                  \
            leat__panic_bounds(LEAT__BOUNDS_SLICE_ALEN,                       \
                (int64_t)LEAT__J(n), LEAT__S(n).len,                          \
                LEAT__IS_UNSIGNED(LEAT__J(n)));                               \
        LEAT__S(n).len = (int64_t)LEAT__J(n);                                 \
        LEAT__S(n);                                                           \
    })

#define leat__str_concat(n, ...)                                              \
    ({                                                                        \
        struct leat_str LEAT__V(n)[] = {__VA_ARGS__};                         \
        leat__str_concat_all(LEAT__V(n),                                      \
            (int64_t)(sizeof LEAT__V(n) / sizeof *LEAT__V(n)));               \
    })

// The rune that begins at byte i of s in *r; its size.
LEAT__SLICE_INLINE int64_t
leat__rune_next(struct leat_str s, int64_t i, int32_t *r)
{
    unsigned char c = (unsigned char)s.ptr[i];
    int64_t size = 1;
    if (c < 0x80)
        *r = c;
    else
        *r = leat_rune_decode(leat_str_view(s.ptr + i, s.len - i), &size);
    return size;
}

// The two outer loops run once; a break ends the inner one, and with it all.
#define leat__str_range(i, r, string, n)                                      \
    for (struct leat_str LEAT__S(n) = (string); LEAT__S(n).len >= 0;          \
         LEAT__S(n).len = -1)                                                 \
        for (int32_t r = 0, *LEAT__P(n) = &r; LEAT__P(n) != NULL;             \
             LEAT__P(n) = NULL)                                               \
            for (int64_t i = 0, LEAT__J(n) = 0;                               \
                 i < LEAT__S(n).len &&                                        \
                 (LEAT__J(n) = leat__rune_next(                               \
                      LEAT__S(n), i, LEAT__P(n)), (void)r, true);             \
                 i += LEAT__J(n))

#ifdef __cplusplus
// Elements of slices that are strings (LEAT__EQUAL, LEAT__LESS).
inline bool
leat__equal(const leat_str &a, const leat_str &b)
{
    return leat_str_equal(a, b);
}
inline bool
leat__less(const leat_str &a, const leat_str &b)
{
    return leat_str_compare(a, b) < 0;
}
#endif

#endif
