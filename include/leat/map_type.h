// SPDX-License-Identifier: MIT
// leat/map_type.h: what a type of maps is: the sizes of its keys and elements,
// how they lie in a slot, and how keys are hashed and compared. Not to be
// included or called by name.
//
// A program has one constant struct leat__maptype for each leat_make_map in
// it; the map points to it. What the macros compute from the sizes where they
// know them and what the library computes (leat__maptype_layout) is the same
// layout, which tests compare.
//
// Lowest of the headers of maps, each of which includes only those before it:
// map_type.h, map_hash.h, map_bucket.h, map_view.h, map_key.h, map_fast.h and
// map_iter.h. leat/map.h has what programs see.
#ifndef LEAT__MAP_TYPE_H
#define LEAT__MAP_TYPE_H

#include <leat/base.h>

struct leat__maptype;

// What the code of the map knows about keys without calling hash and equal.
enum leat__mapkind {
    LEAT__MAP_GENERIC, // hash and equal of the type
    LEAT__MAP_32,      // 4 bytes, equal when the bytes are
    LEAT__MAP_64,      // 8 bytes, equal when the bytes are
    LEAT__MAP_STR      // struct leat_str
};

// Properties of a type of maps; Go's names and bits.
enum leat__mapflags {
    LEAT__MAP_INDIRECT_KEY = 1,  // the slot holds a pointer to the key
    LEAT__MAP_INDIRECT_ELEM = 2, // the slot holds a pointer to the element
    LEAT__MAP_REFLEXIVE = 4,     // k == k for every key (not so for NaN)
    LEAT__MAP_KEY_UPDATE = 8,    // an update writes the key too (+0 and -0)
    LEAT__MAP_HASH_PANICS = 16   // hash may panic
};

enum {
    LEAT__MAP_INLINE_MAX = 128, // bytes of a key or element kept in the slot
    LEAT__MAP_ALIGN_MAX = 16,   // of keys and elements: what allocators give
    LEAT__MAP_ZERO_MAX = 1024   // bytes of the zero value that is shared
};

// A type of maps. leat__maptype_layout fills in slot_size, elem_offset and
// the bits for what is kept out of line. Whoever needs more (the type of the
// key in another language) embeds this struct.
struct leat__maptype {
    uint32_t key_size, elem_size;    // bytes
    uint32_t slot_size, elem_offset; // of a slot: the key, then the element
    uint8_t kind;                    // enum leat__mapkind
    uint8_t flags;                   // enum leat__mapflags
    uint64_t (*hash)(
        const struct leat__maptype *t, const void *key, uint64_t seed);
    bool (*equal)(
        const struct leat__maptype *t, const void *a, const void *b);
};

// The layout of a slot; leat__maptype_layout computes the same.
#define LEAT__MAP_KEPT(size)                                                  \
    ((size) > LEAT__MAP_INLINE_MAX ? sizeof(void *) : (size))
#define LEAT__MAP_ALIGN(size)                                                 \
    ((size) == 0               ? 1                                            \
        : ((size) & -(size)) < 16 ? ((size) & -(size))                        \
                                  : (size_t)LEAT__MAP_ALIGN_MAX)
#define LEAT__MAP_ROUND(size, align) (((size) + (align) - 1) & -(align))
#define LEAT__MAP_OFFSET(key, elem)                                           \
    LEAT__MAP_ROUND(LEAT__MAP_KEPT(key),                                      \
        LEAT__MAP_ALIGN(LEAT__MAP_KEPT(elem)))
#define LEAT__MAP_SLOT_ALIGN(key, elem)                                       \
    (LEAT__MAP_ALIGN(LEAT__MAP_KEPT(key)) >                                   \
                LEAT__MAP_ALIGN(LEAT__MAP_KEPT(elem))                         \
            ? LEAT__MAP_ALIGN(LEAT__MAP_KEPT(key))                            \
            : LEAT__MAP_ALIGN(LEAT__MAP_KEPT(elem)))
#define LEAT__MAP_SLOT(key, elem)                                             \
    LEAT__MAP_ROUND(                                                          \
        LEAT__MAP_OFFSET(key, elem) + LEAT__MAP_KEPT(elem),                   \
        LEAT__MAP_SLOT_ALIGN(key, elem))
#define LEAT__MAP_INDIRECT(key, elem)                                         \
    ((key) > LEAT__MAP_INLINE_MAX ? LEAT__MAP_INDIRECT_KEY : 0) |             \
        ((elem) > LEAT__MAP_INLINE_MAX ? LEAT__MAP_INDIRECT_ELEM : 0)

#define LEAT__MAP_INLINE static inline __attribute__((always_inline, unused))

#endif
