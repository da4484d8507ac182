// SPDX-License-Identifier: MIT
// os/cpu.c: affinity mask and cgroup quota; waiting for another CPU.
//
// The quota of a cgroup binds all its descendants, so every ancestor is
// read and the lowest wins. A quota of 1.5 CPUs rounds up to 2: rounding
// down would leave time unused, and the kernel throttles anyway.
#include "os/cpu.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    CPU_TEXT_MAX = 4096, // longest path or small file read here
    CPU_SPINS = 200,     // turns of a loop before it gives the CPU away
    CPU_KERNEL_MAX = 8192 // CPUs that Linux can be built for
};

// CPUs when last looked, 0: never. Two threads that look store the same.
static int cpu_count;

// Reads a small file into buf, terminated; false if it cannot be.
static bool
cpu_read_file(const char *path, char *buf, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, buf, size - 1);
    close(fd);
    buf[n > 0 ? n : 0] = 0;
    return n > 0;
}

static int
cpu_round_up(long long quota, long long period)
{
    if (quota <= 0 || period <= 0)
        return 0;
    long long n = quota / period + (quota % period != 0);
    return n > 1 << 20 ? 0 : (int)n;
}

// The limit of one directory of cgroup v2 or v1; 0 for none.
static int
cpu_quota_of(const char *dir, bool v2)
{
    char path[CPU_TEXT_MAX + 32], text[128];
    if (v2) {
        snprintf(path, sizeof path, "%s/cpu.max", dir);
        long long quota = 0, period = 0;
        if (cpu_read_file(path, text, sizeof text) &&
            sscanf(text, "%lld %lld", &quota, &period) == 2)
            return cpu_round_up(quota, period);
        return 0;
    }
    snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", dir);
    if (!cpu_read_file(path, text, sizeof text))
        return 0;
    long long quota = atoll(text);
    snprintf(path, sizeof path, "%s/cpu.cfs_period_us", dir);
    if (!cpu_read_file(path, text, sizeof text))
        return 0;
    return cpu_round_up(quota, atoll(text));
}

// The lowest limit from mount/group up to mount itself; 0 for none.
static int
cpu_quota_upwards(const char *mount, const char *group, bool v2)
{
    char dir[CPU_TEXT_MAX];
    int len = snprintf(dir, sizeof dir, "%s%s", mount, group);
    if (len < 0 || (size_t)len >= sizeof dir)
        return 0;
    size_t root = strlen(mount);
    int lowest = 0;
    for (;;) {
        int n = cpu_quota_of(dir, v2);
        if (n > 0 && (lowest == 0 || n < lowest))
            lowest = n;
        if (strlen(dir) <= root)
            return lowest;
        char *slash = strrchr(dir, '/');
        if (slash == NULL || (size_t)(slash - dir) < root)
            return lowest;
        *slash = 0;
    }
}

// True if the comma-separated list of controllers names cpu.
static bool
cpu_has_controller(const char *list, const char *end)
{
    while (list < end) {
        const char *comma = memchr(list, ',', (size_t)(end - list));
        const char *stop = comma ? comma : end;
        if (stop - list == 3 && memcmp(list, "cpu", 3) == 0)
            return true;
        list = stop + 1;
    }
    return false;
}

// One line of /proc/self/cgroup: `hierarchy:controllers:group`.
static int
cpu_quota_of_line(const char *root, char *line)
{
    char *controllers = strchr(line, ':');
    char *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (group == NULL)
        return 0;
    controllers++;
    char mount[CPU_TEXT_MAX];
    if (controllers == group) {
        snprintf(mount, sizeof mount, "%s", root);
        return cpu_quota_upwards(mount, group + 1, true);
    }
    if (!cpu_has_controller(controllers, group))
        return 0;
    snprintf(mount, sizeof mount, "%s/cpu", root);
    int n = cpu_quota_upwards(mount, group + 1, false);
    if (n > 0)
        return n;
    snprintf(mount, sizeof mount, "%s/cpu,cpuacct", root);
    return cpu_quota_upwards(mount, group + 1, false);
}

// The lowest limit of all memberships in the file self; 0 for none.
static int
cpu_quota_of_all(const char *root, const char *self)
{
    char text[CPU_TEXT_MAX];
    if (!cpu_read_file(self, text, sizeof text))
        return 0;
    int lowest = 0;
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        int n = cpu_quota_of_line(root, line);
        if (n > 0 && (lowest == 0 || n < lowest))
            lowest = n;
    }
    return lowest;
}

int
leat__cpu_quota_at(const char *root, const char *self)
{
    int saved = errno;
    int quota = cpu_quota_of_all(root, self);
    errno = saved;
    return quota;
}

int
leat__cpu_look(void)
{
    // The kernel refuses a set that has no room for all its CPUs.
    cpu_set_t set[CPU_KERNEL_MAX / CPU_SETSIZE];
    int saved = errno;
    int n = sched_getaffinity(0, sizeof set, set) == 0
        ? CPU_COUNT_S(sizeof set, set) : 1;
    errno = saved;
    n = n > 0 ? n : 1;
    __atomic_store_n(&cpu_count, n, __ATOMIC_RELAXED);
    return n;
}

int
leat__cpu_count(void)
{
    int n = __atomic_load_n(&cpu_count, __ATOMIC_RELAXED);
    return n != 0 ? n : leat__cpu_look();
}

int
leat__cpu_quota(void)
{
    int n = leat__cpu_count();
    int quota = leat__cpu_quota_at("/sys/fs/cgroup", "/proc/self/cgroup");
    return quota > 0 && quota < n ? quota : n;
}

void
leat__cpu_give_way(int turn)
{
    if (turn < CPU_SPINS && leat__cpu_count() > 1)
        leat__cpu_relax();
    else
        sched_yield();
}
