// SPDX-License-Identifier: MIT
// leat/map_key.h: the kinds of key, and how a key is read, hashed and
// compared. Not to be included or called by name.
//
// The compiler knows the class and the size of a key wherever the functions
// here are called, so that of each one case is left. What goes through struct
// leat__maptype instead are calls with the same results.
#ifndef LEAT__MAP_KEY_H
#define LEAT__MAP_KEY_H

#include <leat/map_hash.h>
#include <leat/map_view.h>

// How the public macros see a key.
enum leat__keyclass {
    LEAT__KEY_BYTES,  // integers and pointers
    LEAT__KEY_STR,    // struct leat_str
    LEAT__KEY_CSTR,   // char *
    LEAT__KEY_FLOAT,
    LEAT__KEY_DOUBLE,
    LEAT__KEY_RECORD  // needs LEAT_MAP_KEY
};

LEAT__BEGIN

LEAT_API uint64_t leat__key_hash_bytes(
    const struct leat__maptype *t, const void *key, uint64_t seed);
LEAT_API uint64_t leat__key_hash_cstr(
    const struct leat__maptype *t, const void *key, uint64_t seed);
LEAT_API uint64_t leat__key_hash_float(
    const struct leat__maptype *t, const void *key, uint64_t seed);
LEAT_API uint64_t leat__key_hash_double(
    const struct leat__maptype *t, const void *key, uint64_t seed);
LEAT_API bool leat__key_equal_bytes(
    const struct leat__maptype *t, const void *a, const void *b);
LEAT_API bool leat__key_equal_cstr(
    const struct leat__maptype *t, const void *a, const void *b);
LEAT_API bool leat__key_equal_float(
    const struct leat__maptype *t, const void *a, const void *b);
LEAT_API bool leat__key_equal_double(
    const struct leat__maptype *t, const void *a, const void *b);
// A field of a key that is a struct.
LEAT_API uint64_t leat__key_hash_field(
    const void *p, size_t n, int keyclass, uint64_t seed);
LEAT_API bool leat__key_equal_field(
    const void *a, const void *b, size_t n, int keyclass);

LEAT__END

LEAT__MAP_INLINE bool
leat__same_bytes(const char *a, const char *b, size_t n)
{
    if (n > 16)
        return __builtin_memcmp(a, b, n) == 0;
    if (n >= 8)
        return ((leat__load64(a) ^ leat__load64(b)) |
                   (leat__load64(a + n - 8) ^ leat__load64(b + n - 8))) == 0;
    if (n >= 4)
        return ((leat__load32(a) ^ leat__load32(b)) |
                   (leat__load32(a + n - 4) ^ leat__load32(b + n - 4))) == 0;
    return n == 0 ||
        (a[0] == b[0] && a[n / 2] == b[n / 2] && a[n - 1] == b[n - 1]);
}

// A key of 1, 2, 4 or 8 bytes as a number.
LEAT__MAP_INLINE uint64_t
leat__key_load(const void *key, size_t size)
{
    if (size == 1)
        return *(const unsigned char *)key;
    if (size == 2) {
        uint16_t x;
        __builtin_memcpy(&x, key, 2);
        return x;
    }
    return size == 4 ? leat__load32((const char *)key)
                     : leat__load64((const char *)key);
}

// The bytes of a string key.
LEAT__MAP_INLINE const char *
leat__key_text(const void *key, size_t *n)
{
    const char *p;
    __builtin_memcpy(&p, key, sizeof p);
    __builtin_memcpy(n, (const char *)key + sizeof p, sizeof *n);
    return p;
}

LEAT__MAP_INLINE const char *
leat__key_bytes(const void *key, size_t size)
{
    size_t n;
    return size == 16 ? leat__key_text(key, &n) : NULL;
}

LEAT__MAP_INLINE int64_t
leat__key_len(const void *key, size_t size)
{
    size_t n = 0;
    if (size == 16)
        leat__key_text(key, &n);
    return (int64_t)n;
}

// Whether the fast paths are for keys of this class.
LEAT__MAP_INLINE bool
leat__key_is_fast(int keyclass, size_t size)
{
    return keyclass == LEAT__KEY_STR ||
        (keyclass == LEAT__KEY_BYTES && size <= 8);
}

LEAT__MAP_INLINE uint64_t
leat__key_hash(int keyclass, size_t size, const void *key,
    const struct leat__map_view *h)
{
    if (keyclass == LEAT__KEY_STR) {
        size_t n;
        const char *p = leat__key_text(key, &n);
        return leat__hash_text(p, n, h->seed, h->factor);
    }
    return leat__hash_number(
        leat__key_load(key, size), h->seed, h->factor);
}

LEAT__MAP_INLINE bool
leat__key_equal(int keyclass, size_t size, const void *a, const void *b)
{
    if (keyclass == LEAT__KEY_STR) {
        size_t n, m;
        const char *p = leat__key_text(a, &n), *q = leat__key_text(b, &m);
        return n == m && leat__same_bytes(p, q, n);
    }
    return leat__key_load(a, size) == leat__key_load(b, size);
}

#endif
