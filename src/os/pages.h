// SPDX-License-Identifier: MIT
// os/pages.h: address space by the page.
#ifndef LEAT_OS_PAGES_H
#define LEAT_OS_PAGES_H

#include <stdbool.h>
#include <stddef.h>

enum { LEAT__PAGE = 4096 }; // what the sizes below are multiples of

// Reserves n bytes, readable and writable, committed by first touch, zero,
// never in huge pages. `name` shows in /proc/PID/maps where the kernel can.
// NULL when there is no address space.
void *leat__pages_reserve(size_t n, const char *name);
// The same for what will be used whole: the system refuses what it could never
// back (unless vm.overcommit_memory is 1).
void *leat__pages_commit(size_t n, const char *name);
void leat__pages_release(void *p, size_t n);

// The same for what will be used all over, and at random: at a multiple of
// the size of huge pages. make_huge asks for these; where pages were touched
// before, the kernel exchanges them when it has time, and where not, the first
// touch may take milliseconds.
void *leat__pages_reserve_huge(size_t n, const char *name);
void leat__pages_make_huge(void *p, size_t n);

// Gives the memory of [p, p + n) back; it reads as zero again. False when the
// system does not take it, as where it is locked (mlock): it may then hold
// anything.
bool leat__pages_discard(void *p, size_t n);

// Makes [p, p + n) fault on access. Uses MADV_GUARD_INSTALL (Linux 6.13),
// which splits no mapping, so that a million guards are possible; else
// mprotect, which the limit on mappings ends at some 32,000. False when the
// kernel refuses.
bool leat__pages_guard(void *p, size_t n);

// True if guards do not split mappings.
bool leat__pages_guard_is_light(void);

#endif
