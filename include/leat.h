// SPDX-License-Identifier: MIT
// leat.h: Go's runtime for C: goroutines, channels, select, timers, sync,
// panic/defer/recover, slices, strings, maps. Include this one; link with
// -lleat -pthread.
#ifndef LEAT_H
#define LEAT_H

// C++ programs may ask for warnings that no header for both languages can do
// without, as of casts in the style of C: the macros here are not theirs, so
// from here on this is a system header, wherever it lies. Warnings of what a
// program gives to the macros stay. (An installed one is one anyway.)
#if defined __cplusplus && !defined LEAT_HEADER_WARNINGS
#pragma GCC system_header
#endif

#include <leat/base.h>
#include <leat/go.h>
#include <leat/chan.h>
#include <leat/time.h>
#include <leat/context.h>
#include <leat/sync.h>
#include <leat/panic.h>
#include <leat/slice.h>
#include <leat/str.h>
#include <leat/map.h>
#include <leat/syncmap.h>
#include <leat/fd.h>
#include <leat/debug.h>
#include <leat/test.h>

#endif
