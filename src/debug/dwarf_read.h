// SPDX-License-Identifier: MIT
// debug/dwarf_read.h: a cursor over bytes nobody vouches for.
//
// The idea: every parser of ELF and DWARF data here reads through a cursor
// that knows its end. A read past the end gives 0, and sets `bad` for good, so
// a parser may read a whole header and ask once whether it was all there.
//
// Invariants: p <= end. Once bad, p == end and every read gives 0.
// Locks: none; a cursor lives on its user's stack.
//
// Rejected: returning an error from each read. It triples the parsers and the
// check that is forgotten is the one that matters.
#ifndef LEAT_DEBUG_DWARF_READ_H
#define LEAT_DEBUG_DWARF_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct leat__cursor {
    const uint8_t *p;   // next byte to read
    const uint8_t *end; // first byte that is not ours
    bool bad;           // a read went past the end, or a value was malformed
};

// A stretch of bytes in memory; empty when ptr is NULL.
struct leat__bytes {
    const uint8_t *ptr;
    size_t len; // in bytes
};

static inline struct leat__cursor
leat__cursor_over(const uint8_t *p, const uint8_t *end)
{
    bool bad = p > end;
    return (struct leat__cursor){.p = bad ? end : p, .end = end, .bad = bad};
}

static inline void
leat__cursor_fail(struct leat__cursor *c)
{
    c->bad = true;
    c->p = c->end;
}

static inline size_t
leat__cursor_left(const struct leat__cursor *c)
{
    return c->bad ? 0 : (size_t)(c->end - c->p);
}

static inline void
leat__cursor_skip(struct leat__cursor *c, uint64_t len)
{
    if (len > leat__cursor_left(c))
        leat__cursor_fail(c);
    else
        c->p += len;
}

// Reads a little-endian number of `size` bytes, at most 8; both CPUs of Leat
// are little-endian, so the bytes are copied as they stand.
static inline uint64_t
leat__read_uint(struct leat__cursor *c, size_t size)
{
    uint64_t value = 0;
    if (size > sizeof(value) || size > leat__cursor_left(c)) {
        leat__cursor_fail(c);
        return 0;
    }
    memcpy(&value, c->p, size);
    c->p += size;
    return value;
}

static inline uint8_t
leat__read_u8(struct leat__cursor *c)
{
    return (uint8_t)leat__read_uint(c, 1);
}

// The signed form of leat__read_uint.
static inline int64_t
leat__read_int(struct leat__cursor *c, size_t size)
{
    uint64_t value = leat__read_uint(c, size);
    unsigned unused_bits = 64 - 8 * (unsigned)size;
    if (unused_bits == 0 || unused_bits >= 64)
        return (int64_t)value;
    return (int64_t)(value << unused_bits) >> unused_bits;
}

// LEB128: seven bits a byte, lowest first. Bits beyond 64 are dropped, as
// producers pad numbers with empty bytes.
//
// Here the bits as they stand; *sign_bits are those above them if the number,
// read as signed, is negative, else 0.
static inline uint64_t
leat__read_leb(struct leat__cursor *c, uint64_t *sign_bits)
{
    uint64_t value = 0;
    unsigned shift = 0;
    uint8_t byte;
    do {
        byte = leat__read_u8(c);
        if (shift < 64)
            value |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
    } while (byte & 0x80);
    bool negative = shift < 64 && (byte & 0x40);
    *sign_bits = negative ? ~(uint64_t)0 << shift : 0;
    return value;
}

static inline uint64_t
leat__read_uleb(struct leat__cursor *c)
{
    uint64_t sign_bits;
    return leat__read_leb(c, &sign_bits);
}

static inline int64_t
leat__read_sleb(struct leat__cursor *c)
{
    uint64_t sign_bits;
    uint64_t value = leat__read_leb(c, &sign_bits);
    return (int64_t)(value | sign_bits);
}

// A string that ends inside the cursor; "" and bad when it does not.
static inline const char *
leat__read_cstr(struct leat__cursor *c)
{
    size_t left = leat__cursor_left(c);
    const uint8_t *nul = left ? memchr(c->p, 0, left) : NULL;
    const char *str = (const char *)c->p;
    if (nul == NULL) {
        leat__cursor_fail(c);
        return "";
    }
    c->p = nul + 1;
    return str;
}

// The length that opens a DWARF unit: 4 bytes, or 12 in the 64-bit format.
// Returns a cursor over the unit's body and moves c behind the unit.
static inline struct leat__cursor
leat__read_unit(struct leat__cursor *c, bool *is_dwarf64)
{
    uint64_t len = leat__read_uint(c, 4);
    *is_dwarf64 = len == 0xffffffff;
    if (*is_dwarf64)
        len = leat__read_uint(c, 8);
    struct leat__cursor unit = *c;
    leat__cursor_skip(c, len);
    if (c->bad)
        leat__cursor_fail(&unit);
    else
        unit.end = c->p;
    return unit;
}

// The string at an offset of a string section; "" when there is none.
static inline const char *
leat__bytes_str(struct leat__bytes section, uint64_t offset)
{
    if (section.ptr == NULL || offset >= section.len)
        return "";
    struct leat__cursor c =
        leat__cursor_over(section.ptr + offset, section.ptr + section.len);
    return leat__read_cstr(&c);
}

#endif
