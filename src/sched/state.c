// SPDX-License-Identifier: MIT
// sched/state.c: the scheduler's one global state, and what a thread that
// the runtime has never seen looks like.
#include "sched/sched.h"

struct leat__sched leat__sched = {.goid_last = GOID_MAIN};
struct leat__hooks leat__hooks;

// Every thread starts with this m: its flag sends the first leat__enter to
// the slow path, which makes a real one. Of what is written to it only the
// flags are read: they are for all such threads.
struct leat__m leat__nobody = {.flags = M_UNATTACHED};
// Visible, because leat/inline.h reads it in the program.
__thread struct leat__m *leat__tls_m
    __attribute__((tls_model("initial-exec"), visibility("default"))) =
        &leat__nobody;

// Not static: clang makes offsets of such a table, and gdb cannot read them.
const char *const leat__wait_texts[] = {
#define LEAT__X(id, text) text,
    LEAT__WAIT_MAP(LEAT__X)
#undef LEAT__X
};

const char *
leat__wait_text(enum leat__wait w)
{
    size_t n = sizeof leat__wait_texts / sizeof *leat__wait_texts;
    return (size_t)w < n ? leat__wait_texts[w] : "?";
}
