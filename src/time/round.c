// SPDX-License-Identifier: MIT
// time/round.c: durations that are rounded, as Go's package time does it.
//
// Locks: none.
#include <leat/time.h>

int64_t
leat_duration_truncate(int64_t ns, int64_t unit)
{
    return unit <= 0 ? ns : ns - ns % unit;
}

int64_t
leat_duration_round(int64_t ns, int64_t unit)
{
    int64_t near = leat_duration_truncate(ns, unit), far;
    if (unit <= 0)
        return ns;
    uint64_t rest = ns < 0 ? (uint64_t)near - (uint64_t)ns
                           : (uint64_t)ns - (uint64_t)near;
    if (rest + rest < (uint64_t)unit)
        return near;
    if (ns < 0)
        return __builtin_sub_overflow(near, unit, &far) ? INT64_MIN : far;
    return __builtin_add_overflow(near, unit, &far) ? INT64_MAX : far;
}

int64_t
leat_duration_abs(int64_t ns)
{
    if (ns == INT64_MIN)
        return INT64_MAX;
    return ns < 0 ? -ns : ns;
}
