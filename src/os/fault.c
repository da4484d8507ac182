// SPDX-License-Identifier: MIT
// os/fault.c: counts calls of one kind and fails the n-th.
#include "os/fault.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

bool leat__fault_on;

// What fails: written before threads exist.
static enum leat__fault_kind fault_kind;
static uint64_t fault_at;
static bool fault_for_ever;
static _Atomic uint64_t fault_calls;

static const char *const fault_names[LEAT__FAULT_KINDS] = {
#define LEAT__X(id, name) name,
    LEAT__FAULT_MAP(LEAT__X)
#undef LEAT__X
};

bool
leat__fault_count(enum leat__fault_kind kind)
{
    if (kind != fault_kind)
        return false;
    uint64_t n = atomic_fetch_add(&fault_calls, 1) + 1;
    return n == fault_at || (fault_for_ever && n > fault_at);
}

uint64_t
leat__fault_calls(void)
{
    return atomic_load(&fault_calls);
}

bool
leat__fault_parse(const char *text)
{
    for (int k = 0; k < LEAT__FAULT_KINDS; k++) {
        size_t n = strlen(fault_names[k]);
        if (strncmp(text, fault_names[k], n) != 0 || text[n] != ':')
            continue;
        char *end;
        fault_at = strtoull(text + n + 1, &end, 10);
        fault_for_ever = *end == '+';
        fault_kind = (enum leat__fault_kind)k;
        leat__fault_on = fault_at > 0;
        return leat__fault_on;
    }
    return false;
}
