// SPDX-License-Identifier: MIT
// debug/symbol.h: the function, file and line of a pc.
#ifndef LEAT_DEBUG_SYMBOL_H
#define LEAT_DEBUG_SYMBOL_H

#include <stdbool.h>
#include <stdint.h>

// Texts end with a NUL and are "" when unknown. A name too long loses its end,
// a path too long its beginning. Of C++ names see debug/demangle.h.
struct leat__symbol {
    char func[128];
    uintptr_t func_start; // at run time; 0 when unknown
    char file[256];
    int line;         // 0 when unknown
    char module[128]; // path of the program or library
};

// Says what pc belongs to. False, and out all empty, when pc is in no loaded
// module. For a return address ask about pc - 1. Does not park or allocate,
// never waits for a lock of Leat's, keeps errno; for signal handlers too, with
// some 4 KiB of stack. Files once opened stay mapped.
bool leat__symbolize(uintptr_t pc, struct leat__symbol *out);
// The same for one of the functions that pc is inside of because they were
// compiled into another: depth 0 is the inmost of them, with the line of pc, 1
// the one that calls it, with the line of that call, and so on to the one that
// leat__symbolize tells, where *last is true. Behind that one *last is true
// too and out is empty.
bool leat__symbolize_inlined(
    uintptr_t pc, unsigned depth, struct leat__symbol *out, bool *last);
// The same for where a function begins: the line is the one that opens it,
// also where the first instruction comes from what is compiled into it.
bool leat__symbolize_entry(uintptr_t function, struct leat__symbol *out);

#endif
