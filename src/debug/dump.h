// SPDX-License-Identifier: MIT
// debug/dump.h: writing goroutines as Go does. See dump.c.
#ifndef LEAT_DEBUG_DUMP_H
#define LEAT_DEBUG_DUMP_H

#include "debug/frames.h"

#include <stddef.h>

struct leat__g;

// Writes g: `goroutine N [STATUS]:`, its frames, where it was started. at is
// where the walk starts if g is the goroutine of the caller, else NULL. note
// is put behind the status, as in ` (leaked)`; NULL for none. No
// allocation, no locks of Leat's; for signal handlers too.
void leat__dump_goroutine(int fd, struct leat__g *g,
    const struct leat__frames_at *at, const char *note);

// Writes the goroutine of the caller, then all others by number, with a
// blank line between two. at as above; NULL: the caller. As safe as
// leat__dump_goroutine; other threads are stopped for a moment if one of
// them runs a goroutine.
void leat__dump_all_at(int fd, const struct leat__frames_at *at);

// A file in memory to write to while the world is stopped: who reads fd may
// be a goroutine that is stopped too. Gives fd itself if there is none.
int leat__dump_spool_open(int fd);
// Copies it to fd, once the world runs again, and closes it.
void leat__dump_spool_close(int spool, int fd);

// leat__hooks.dump_all and dump_g.
void leat__dump_all(int fd);
void leat__dump_g(int fd, struct leat__g *g);

#endif
