// SPDX-License-Identifier: MIT
// str/str_int.h: what the files of this room share.
#ifndef LEAT_STR_STR_INT_H
#define LEAT_STR_STR_INT_H

#include "base/check.h"

#include <leat/str.h>

// Memory for a new string of len > 0 bytes, with its NUL in place.
char *leat__str_new(int64_t len);

// Whether each underscore in a number without its sign has a digit, or the
// prefix 0x, 0o or 0b, on its left and a digit on its right.
bool leat__underscores_ok(struct leat_str s);

// What C functions that follow the locale are called between: they see the
// locale "C", in this thread. No call that may park in between.
#include <locale.h>
locale_t leat__str_c_locale(void);

#endif
