// SPDX-License-Identifier: MIT
// mem/sizeclass.h: Go's 67 sizes that small objects are rounded up to. They
// decide the capacities that append shows, so they are part of the contract.
#ifndef LEAT_MEM_SIZECLASS_H
#define LEAT_MEM_SIZECLASS_H

#include <stddef.h>
#include <stdint.h>

enum {
    LEAT__SIZE_CLASSES = 68,  // 1 to 67; 0 is not used
    LEAT__SMALL_MAX = 32768,  // bytes of the largest class
    LEAT__CLASS_FINE = 1024,  // up to here classes are 8 bytes apart at least
    LEAT__CLASS_PAGE = 8192   // what larger sizes are rounded up to
};

extern const uint16_t leat__class_sizes[LEAT__SIZE_CLASSES];
// By (size + 7) / 8 up to LEAT__CLASS_FINE, then by (size - 1024 + 127) / 128.
extern const uint8_t leat__class_of_8[LEAT__CLASS_FINE / 8 + 1];
extern const uint8_t
    leat__class_of_128[(LEAT__SMALL_MAX - LEAT__CLASS_FINE) / 128 + 1];

// The class for 1 <= size <= LEAT__SMALL_MAX.
static inline uint32_t
leat__size_class(size_t size)
{
    if (size <= LEAT__CLASS_FINE)
        return leat__class_of_8[(size + 7) / 8];
    return leat__class_of_128[(size - LEAT__CLASS_FINE + 127) / 128];
}

// Bytes of an object of the class.
static inline uint32_t
leat__class_size(uint32_t class)
{
    return leat__class_sizes[class];
}

// Pages of LEAT__CLASS_PAGE bytes in a span of the class: the fewest that
// leave at most an eighth unused, as in Go.
uint32_t leat__class_pages(uint32_t class);

// The bytes that a request for `size` gets: its class, or whole pages; 0 for
// 0; SIZE_MAX when rounding up overflows.
size_t leat__mem_round(size_t size);

#endif
