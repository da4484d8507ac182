// SPDX-License-Identifier: MIT
// start/settings.c: LEATPROCS=N and LEATDEBUG=name=value,... in the
// environment, in Go's form. They win over leat_configure, so that a user
// can change a program that is built.
#include "start/settings.h"
#include "base/print.h"
#include "mem/objects.h"
#include "mem/stack.h"
#include "os/fault.h"
#include "os/pages.h"
#include "sched/proc.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SETTINGS_ITEM_MAX = 128 }; // bytes of an item of LEATDEBUG, and 0

struct leat__settings leat__settings;

static bool
settings_flag(const char *value, bool *flag)
{
    if (strcmp(value, "0") != 0 && strcmp(value, "1") != 0)
        return false;
    *flag = value[0] == '1';
    return true;
}

// Digits alone, decimal, or hexadecimal behind 0x.
static bool
settings_number(const char *value, uint64_t lo, uint64_t hi, uint64_t *out)
{
    bool hex = value[0] == '0' && (value[1] == 'x' || value[1] == 'X');
    const char *digits = hex ? value + 2 : value;
    char *end;
    if (!(hex ? isxdigit((unsigned char)*digits)
              : isdigit((unsigned char)*digits)))
        return false; // strtoull takes blanks and signs
    errno = 0;
    uint64_t n = strtoull(digits, &end, hex ? 16 : 10);
    if (errno != 0 || *end != 0 || n < lo || n > hi)
        return false;
    *out = n;
    return true;
}

static bool
settings_profile(const char *value)
{
    if (strcmp(value, "go") == 0)
        leat__sched.profile = LEAT_GO;
    else if (strcmp(value, "strict") == 0)
        leat__sched.profile = LEAT_STRICT;
    else
        return false;
    return true;
}

static bool
settings_seed(const char *value)
{
    if (!settings_number(value, 0, UINT64_MAX, &leat__settings.seed))
        return false;
    leat__settings.seeded = true;
    return true;
}

static bool
settings_stack(const char *value)
{
    uint64_t n;
    if (!settings_number(value, LEAT_STACK_MIN, LEAT_STACK_MAX, &n))
        return false;
    leat__stack_set_default(n);
    return true;
}

static bool
settings_heap(const char *value)
{
    bool own = strcmp(value, "own") == 0;
    if (!own && strcmp(value, "malloc") != 0)
        return false;
    leat__object_source = own ? OBJECTS_OWN : OBJECTS_MALLOC;
    return true;
}

// One item of LEATDEBUG; false when it is not understood.
static bool
settings_item(const char *name, const char *value)
{
    if (strcmp(name, "profile") == 0)
        return settings_profile(value);
    if (strcmp(name, "seed") == 0)
        return settings_seed(value);
    if (strcmp(name, "fault") == 0)
        return leat__fault_parse(value);
    if (strcmp(name, "stack") == 0)
        return settings_stack(value);
    if (strcmp(name, "leak") == 0)
        return settings_flag(value, &leat__sched.leak_at_exit);
    if (strcmp(name, "migrate") == 0)
        return settings_flag(value, &leat__sched.migrate);
    if (strcmp(name, "maptrace") == 0)
        return settings_flag(value, &leat__sched.maptrace);
    if (strcmp(name, "fence") == 0)
        return settings_flag(value, &leat__need_fence);
    if (strcmp(name, "heap") == 0)
        return settings_heap(value);
    if (strcmp(name, "traceback") == 0) {
        leat__sched.crash = strcmp(value, "crash") == 0;
        return leat__sched.crash;
    }
    return false;
}

static void
settings_refuse(const char *item, const char *more)
{
    leat__printf(2,
        "leat: LEATDEBUG: %s%s is not understood and ignored "
        "(known: profile=strict|go seed=N stack=BYTES leak=0|1 "
        "migrate=0|1 fence=0|1 maptrace=0|1 traceback=crash "
        "heap=own|malloc fault=KIND:N)\n",
        item, more);
}

// Takes the n bytes at text, an item; too long a one is none that is known.
static void
settings_read_item(const char *text, size_t n)
{
    char item[SETTINGS_ITEM_MAX], name[SETTINGS_ITEM_MAX];
    bool cut = n >= sizeof item;
    leat__format(item, sizeof item, "%s", text);
    item[cut ? sizeof item - 1 : n] = 0;
    leat__format(name, sizeof name, "%s", item);
    char *value = strchr(name, '=');
    if (value != NULL)
        *value++ = 0;
    if (cut || value == NULL || !settings_item(name, value))
        settings_refuse(item, cut ? "..." : "");
}

static void
settings_debug(const char *text)
{
    for (;;) {
        size_t n = strcspn(text, ",");
        if (n > 0)
            settings_read_item(text, n);
        if (text[n] == 0)
            return;
        text += n + 1;
    }
}

void
leat__settings_read(void)
{
    const char *procs = getenv("LEATPROCS");
    uint64_t n;
    if (procs != NULL && procs[0] != 0) {
        if (settings_number(procs, 1, LEAT_PROCS_MAX, &n))
            leat__sched.procs_wanted = (int)n;
        else
            leat__printf(2,
                "leat: LEATPROCS=%s ignored: it must be a number from 1 "
                "to %d\n",
                procs, LEAT_PROCS_MAX);
    }
    const char *debug = getenv("LEATDEBUG");
    if (debug != NULL)
        settings_debug(debug);
}
