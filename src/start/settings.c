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

#include <stdlib.h>
#include <string.h>

enum { SETTINGS_TEXT_MAX = 512 }; // bytes of LEATDEBUG

struct leat__settings leat__settings;

static bool
settings_flag(const char *value, bool *flag)
{
    if (strcmp(value, "0") != 0 && strcmp(value, "1") != 0)
        return false;
    *flag = value[0] == '1';
    return true;
}

static bool
settings_number(const char *value, uint64_t lo, uint64_t hi, uint64_t *n)
{
    char *end;
    *n = strtoull(value, &end, 0);
    return end != value && *end == 0 && *n >= lo && *n <= hi;
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
    if (strcmp(name, "seed") == 0) {
        leat__settings.seeded = true;
        return settings_number(
            value, 0, UINT64_MAX, &leat__settings.seed);
    }
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
settings_debug(const char *text)
{
    char copy[SETTINGS_TEXT_MAX];
    leat__format(copy, sizeof copy, "%s", text);
    char *rest = NULL;
    for (char *item = strtok_r(copy, ",", &rest); item != NULL;
         item = strtok_r(NULL, ",", &rest)) {
        char *value = strchr(item, '=');
        if (value != NULL)
            *value++ = 0;
        if (value == NULL || !settings_item(item, value))
            leat__printf(2,
                "leat: LEATDEBUG: %s%s%s is not understood and ignored "
                "(known: profile=strict|go seed=N stack=BYTES leak=0|1 "
                "migrate=0|1 fence=0|1 maptrace=0|1 traceback=crash "
                "heap=own|malloc fault=KIND:N)\n",
                item, value ? "=" : "", value ? value : "");
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
