// SPDX-License-Identifier: MIT
// debug/demangle.h: the names of C++ functions. See demangle.c.
#ifndef LEAT_DEBUG_DEMANGLE_H
#define LEAT_DEBUG_DEMANGLE_H

#include <stdbool.h>
#include <stddef.h>

// Writes the name behind a symbol of C++ (_Z...), without parameters and with
// <...> for the arguments of templates; too long a name loses its end. False,
// and out is not to be used, for what is no such symbol or is not understood.
// No malloc; for signal handlers too.
bool leat__demangle(const char *symbol, char *out, size_t size);

#endif
