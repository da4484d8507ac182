// SPDX-License-Identifier: MIT
// os/fault.c: counts calls of one kind and fails the n-th.
#include "os/fault.h"

#include <errno.h>
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

// N or N+: sets what it says; false, and nothing set, for anything else.
static bool
fault_read_count(const char *text)
{
    char *end;
    if (*text < '0' || *text > '9')
        return false; // strtoull takes blanks and signs
    int saved = errno;
    errno = 0;
    uint64_t at = strtoull(text, &end, 10);
    bool fits = errno == 0;
    errno = saved;
    bool for_ever = *end == '+';
    if (!fits || at == 0 || end[for_ever] != 0)
        return false;
    fault_at = at;
    fault_for_ever = for_ever;
    return true;
}

bool
leat__fault_parse(const char *text)
{
    for (int k = 0; k < LEAT__FAULT_KINDS; k++) {
        size_t n = strlen(fault_names[k]);
        if (strncmp(text, fault_names[k], n) != 0 || text[n] != ':')
            continue;
        if (!fault_read_count(text + n + 1))
            return false;
        fault_kind = (enum leat__fault_kind)k;
        leat__fault_on = true;
        return true;
    }
    return false;
}
