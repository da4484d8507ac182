// SPDX-License-Identifier: MIT
// os/cpu.h: how many CPUs the process may use, and waiting for another one.
#ifndef LEAT_OS_CPU_H
#define LEAT_OS_CPU_H

// CPUs in the affinity mask, at least 1, as when last looked.
int leat__cpu_count(void);
// Looks at the mask of the calling thread, which is to be that of the process;
// the first call of leat__cpu_count does so too.
int leat__cpu_look(void);

// The same, cut by the lowest CPU quota of the process's cgroup and all its
// ancestors (v2 cpu.max, v1 cpu.cfs_quota_us / cpu.cfs_period_us), rounded
// up, at least 1. Reads the files at every call.
int leat__cpu_quota(void);

// The quota found under `root` (where the cgroup file systems are mounted)
// for the memberships in the file `self` (/proc/self/cgroup): 0 when there
// is none. For tests.
int leat__cpu_quota_at(const char *root, const char *self);

// A pause of a loop that waits for another CPU: some 30 ns. (pause: 27 ns on
// an AMD EPYC, 47 on Intel since Skylake; isb: about ten; yield would be no
// time at all.)
static inline void
leat__cpu_relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb" ::: "memory");
#endif
}

// n of them.
static inline void
leat__cpu_pause(int n)
{
    for (int i = 0; i < n; i++)
        leat__cpu_relax();
}

// One turn, counted from 0, of a loop that waits for what another thread is
// about to do: a pause, or the CPU itself where that thread seems to lack it.
void leat__cpu_give_way(int turn);

#endif
