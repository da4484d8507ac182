// SPDX-License-Identifier: MIT
// str/rune_class.c: what a rune is, and its other cases.
//
// The idea: a table of where the class of runes changes, and one of ranges
// whose other cases are equally far away; both are searched by halves. Text
// is mostly Latin, so the classes of its first 256 runes are a table of their
// own, and the cases of ASCII are arithmetic. Runes that are equal but for
// their case form a ring, each leading to the next larger and the last to the
// first; most rings are an upper and a lower case, and only what the table of
// cases does not say stands in a third. (Ranges with an offset, upper and
// lower case in turn as one range, and the rings are ideas of Go's package
// unicode.)
//
// Invariants: the tables are sorted; rune_classes begins with rune 0.
//
// Locks: none.
//
// Rejected: tables of two levels, by the upper bits of the rune. They take one
// step in place of twelve, and more than twice the memory.
#include "str/str_int.h"
#include "str/rune_table.h"

#include <leat/panic.h>

#define RUNE_COUNT(table) (sizeof(table) / sizeof *(table))
// Classes as a set.
#define RUNE_IS(class) (1u << (class))

enum {
    RUNE_LETTERS = RUNE_IS(RUNE_UPPER) | RUNE_IS(RUNE_LOWER) |
                   RUNE_IS(RUNE_TITLE) | RUNE_IS(RUNE_LETTER),
    RUNE_NUMBERS = RUNE_IS(RUNE_DIGIT) | RUNE_IS(RUNE_NUMBER),
    RUNE_PRINTED = RUNE_LETTERS | RUNE_NUMBERS | RUNE_IS(RUNE_MARK) |
                   RUNE_IS(RUNE_PUNCT) | RUNE_IS(RUNE_SYMBOL)
};

// The class of r; RUNE_OTHER for what is no rune.
static unsigned
rune_class_of(int32_t r)
{
    if (r >= 0 && r < (int32_t)RUNE_COUNT(rune_latin1))
        return rune_latin1[r];
    if (r < 0 || r > LEAT_RUNE_MAX)
        return RUNE_OTHER;
    // The last that begins at or before r.
    size_t low = 0, high = RUNE_COUNT(rune_classes);
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (rune_classes[middle] >> 8 <= (uint32_t)r)
            low = middle;
        else
            high = middle;
    }
    return rune_classes[low] & 0xFF;
}

static bool
rune_is(int32_t r, unsigned set)
{
    return (RUNE_IS(rune_class_of(r)) & set) != 0;
}

bool
leat_rune_is_letter(int32_t r)
{
    return rune_is(r, RUNE_LETTERS);
}

bool
leat_rune_is_upper(int32_t r)
{
    return rune_is(r, RUNE_IS(RUNE_UPPER));
}

bool
leat_rune_is_lower(int32_t r)
{
    return rune_is(r, RUNE_IS(RUNE_LOWER));
}

bool
leat_rune_is_title(int32_t r)
{
    return rune_is(r, RUNE_IS(RUNE_TITLE));
}

bool
leat_rune_is_digit(int32_t r)
{
    return rune_is(r, RUNE_IS(RUNE_DIGIT));
}

bool
leat_rune_is_number(int32_t r)
{
    return rune_is(r, RUNE_NUMBERS);
}

bool
leat_rune_is_mark(int32_t r)
{
    return rune_is(r, RUNE_IS(RUNE_MARK));
}

bool
leat_rune_is_punct(int32_t r)
{
    return rune_is(r, RUNE_IS(RUNE_PUNCT));
}

bool
leat_rune_is_symbol(int32_t r)
{
    return rune_is(r, RUNE_IS(RUNE_SYMBOL));
}

bool
leat_rune_is_control(int32_t r)
{
    return rune_is(r, RUNE_IS(RUNE_CONTROL));
}

bool
leat_rune_is_graphic(int32_t r)
{
    return rune_is(r, RUNE_PRINTED | RUNE_IS(RUNE_SPACE));
}

bool
leat_rune_is_print(int32_t r)
{
    return r == ' ' || rune_is(r, RUNE_PRINTED);
}

bool
leat_rune_is_space(int32_t r)
{
    switch (r) {
    case '\t':
    case '\n':
    case '\v':
    case '\f':
    case '\r':
    case ' ':
    case 0x85:
    case 0xA0:
    case 0x1680:
    case 0x2028:
    case 0x2029:
    case 0x202F:
    case 0x205F:
    case 0x3000:
        return true;
    default:
        return r >= 0x2000 && r <= 0x200A;
    }
}

// The range of the other cases of r, or NULL if it has none.
static const struct rune_cases *
rune_cases_of(int32_t r)
{
    size_t low = 0, high = RUNE_COUNT(rune_cases);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (rune_cases[middle].last < r)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == RUNE_COUNT(rune_cases) || r < rune_cases[low].first)
        return NULL;
    return &rune_cases[low];
}

// In the order of struct rune_cases.
enum rune_case { RUNE_TO_UPPER, RUNE_TO_LOWER, RUNE_TO_TITLE };

static int32_t
rune_to(int32_t r, enum rune_case wanted)
{
    const struct rune_cases *cases = rune_cases_of(r);
    if (cases == NULL)
        return r;
    if (cases->away[0] != RUNE_PAIRS)
        return r + cases->away[wanted];
    // A title case is as the upper case.
    int32_t place = (r - cases->first) & ~1;
    return cases->first + place + (wanted == RUNE_TO_LOWER);
}

int32_t
leat_rune_to_upper(int32_t r)
{
    if (r < 0x80)
        return r >= 'a' && r <= 'z' ? r - ('a' - 'A') : r;
    return rune_to(r, RUNE_TO_UPPER);
}

int32_t
leat_rune_to_lower(int32_t r)
{
    if (r < 0x80)
        return r >= 'A' && r <= 'Z' ? r + ('a' - 'A') : r;
    return rune_to(r, RUNE_TO_LOWER);
}

int32_t
leat_rune_to_title(int32_t r)
{
    return r < 0x80 ? leat_rune_to_upper(r) : rune_to(r, RUNE_TO_TITLE);
}

int32_t
leat_rune_simple_fold(int32_t r)
{
    size_t low = 0, high = RUNE_COUNT(rune_folds);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (rune_folds[middle][0] < r)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < RUNE_COUNT(rune_folds) && rune_folds[low][0] == r)
        return rune_folds[low][1];
    int32_t lower = leat_rune_to_lower(r);
    return lower != r ? lower : leat_rune_to_upper(r);
}
