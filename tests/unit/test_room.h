// SPDX-License-Identifier: MIT
// test_room.h: whether the machine has room for many goroutines. A test that
// cannot start them is skipped for a lack that was measured, and for no other
// reason: else a library that refuses them would pass.
#ifndef LEAT_TESTS_TEST_ROOM_H
#define LEAT_TESTS_TEST_ROOM_H

#include <leat.h>

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>

// The number behind the text in a file of the system; 0 if it is not there.
static inline long
room_number(const char *path, const char *text)
{
    long n = 0;
    char line[256];
    FILE *f = fopen(path, "r");
    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, text, strlen(text)) == 0 &&
            sscanf(line + strlen(text), "%ld", &n) == 1)
            break;
    if (f != NULL)
        fclose(f);
    return n;
}

static inline long
room_available(void)
{
    return room_number("/proc/meminfo", "MemAvailable:") * 1024;
}

// From Linux 6.13 on a guard is no mapping of its own.
static inline bool
room_guards_are_mappings(void)
{
    struct utsname u;
    int major = 0, minor = 0;
    if (uname(&u) != 0 || sscanf(u.release, "%d.%d", &major, &minor) != 2)
        return true;
    return major < 6 || (major == 6 && minor < 13);
}

// What n parked goroutines lack, or NULL if they have to fit.
static inline const char *
room_lacks(long n)
{
    enum { RESIDENT = 3 * 4096 }; // stack, page table, the kernel's own
    struct rlimit r;
    if (room_available() < n * RESIDENT)
        return "too little memory is free";
    if (getrlimit(RLIMIT_AS, &r) == 0 && r.rlim_cur != RLIM_INFINITY &&
        r.rlim_cur / LEAT_STACK_DEFAULT < (rlim_t)n + n / 8)
        return "the address space is limited";
    if (room_number("/proc/sys/vm/overcommit_memory", "") == 2)
        return "the system does not overcommit memory";
    if (room_guards_are_mappings() &&
        room_number("/proc/sys/vm/max_map_count", "") < 2 * n + n / 8)
        return "vm.max_map_count is too low";
    return NULL;
}

// leat_try_go has returned err for one of n.
static inline void
room_check(int err, long n)
{
    if (err == 0)
        return;
    if (err == LEAT_ENOMEM && room_lacks(n) != NULL)
        test_skip("%ld goroutines: %s", n, room_lacks(n));
    FAIL("%ld goroutines: leat_try_go: %d", n, err);
}

#endif
