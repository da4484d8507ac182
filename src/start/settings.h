// SPDX-License-Identifier: MIT
// start/settings.h: what the environment and leat_configure ask for.
#ifndef LEAT_START_SETTINGS_H
#define LEAT_START_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

struct leat__settings {
    bool seeded;   // LEATDEBUG=seed=N
    uint64_t seed;
};
extern struct leat__settings leat__settings;

// Reads LEATPROCS and LEATDEBUG into leat__settings and leat__sched. An
// unknown or bad item is named on stderr and otherwise ignored.
void leat__settings_read(void);

#endif
