// SPDX-License-Identifier: MIT
// debug/frames.h: writing a chain of calls as Go does. See frames.c.
#ifndef LEAT_DEBUG_FRAMES_H
#define LEAT_DEBUG_FRAMES_H

#include "debug/unwind.h"

// Where a walk starts and what it may read.
struct leat__frames_at {
    const void *ucontext;          // of a signal handler; else
    const struct leat__regs *regs; // of a function that is still on
    // Frames inside the one with this return address belong to whoever
    // wants the walk and are left out. 0: none.
    uintptr_t hide_to;
    uintptr_t stack_lo, stack_hi; // 0, 0: see leat__unwind
};

// Writes `func(...)` and, below it, a tab and `file:line +0xoffset` for each
// frame, without those of the runtime. Of long chains the middle is left
// out: `...N frames elided...`. Returns how many frames were written. No
// allocation, for signal handlers too.
uint32_t leat__frames_print(int fd, const struct leat__frames_at *at);

// Writes the frame of a function that has not begun; of a function of the
// runtime, nothing.
void leat__frames_entry(int fd, uintptr_t function);

// Writes `created by FUNC in goroutine N` and the line of the call before
// the return address pc.
void leat__frames_created_by(int fd, uintptr_t pc, unsigned long creator);

#endif
