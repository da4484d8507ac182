// SPDX-License-Identifier: MIT
// line.c: how long a cache line takes to go to another CPU and back: what
// every program pays that uses two of them, however it is written.
//
// The idea: two threads, each on a CPU of its own, hand one word to and fro,
// for some 10 ms. They are the last two CPUs that the process may use, where
// compare.py runs the programs. On a virtual machine the figure tells whether
// the two are near each other just now: the hypervisor may move them apart,
// and nothing else in the machine says so.
//
// It answers with a line: the two CPUs, and the median, the least and the most
// nanoseconds of a round trip:
//
//     line 0 1 91.3 88.7 412.0
//
// A few round trips are timed at a time, and the median is of those: while one
// of the threads has to wait for its CPU one time of many grows, and neither
// the median nor the least does. So it is about the machine and not about what
// else runs on it, unless that is so much that the two threads never run
// together: then the figures are the turns of the kernel's scheduler, which
// are milliseconds.
//
// Rejected: pausing while a thread waits for the other (a hypervisor may take
// the CPU away from who pauses often).
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    LINE_TRIPS = 16,           // timed at once
    LINE_NS = 10 * 1000000,    // for so long,
    LINE_MOST_NS = 100000000,  // or longer,
    LINE_TIMES_LEAST = 50,     // until there are so many,
    LINE_TIMES_MOST = 1 << 16,
    LINE_SPINS = 1 << 16       // between two looks at the clock
};

// The word: odd while it is at the other thread.
static _Atomic uint64_t line_word __attribute__((aligned(128)));
static _Atomic bool line_over __attribute__((aligned(128)));
static double line_times[LINE_TIMES_MOST]; // ns of a round trip each

static void
line_check(int error, const char *what)
{
    if (error == 0)
        return;
    fprintf(stderr, "line: %s: %s\n", what, strerror(error));
    exit(1);
}

// The last two CPUs of the affinity mask; false when there is one only.
static bool
line_cpus(int cpus[2])
{
    cpu_set_t set;
    int found = 0;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return false;
    for (int i = CPU_SETSIZE - 1; i >= 0 && found < 2; i--)
        if (CPU_ISSET(i, &set))
            cpus[1 - found++] = i;
    return found == 2;
}

static void
line_bind(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    line_check(pthread_setaffinity_np(pthread_self(), sizeof set, &set),
        "binding to a CPU");
}

static int64_t
line_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000 + t.tv_nsec;
}

// Sends the word back, until all is over.
static void *
line_answer(void *cpu)
{
    line_bind(*(int *)cpu);
    while (!atomic_load(&line_over)) {
        uint64_t word = atomic_load(&line_word);
        if (word % 2 == 1)
            atomic_store(&line_word, word + 1);
    }
    return NULL;
}

// Sends the word there and waits until it is back; false when it is not by the
// end: then it is not sent again.
static bool
line_trip(int64_t end)
{
    uint64_t word = atomic_load_explicit(&line_word, memory_order_relaxed);
    atomic_store(&line_word, word + 1);
    for (uint32_t spins = 1; atomic_load(&line_word) != word + 2; spins++)
        if (spins % LINE_SPINS == 0 && line_now() > end)
            return false;
    return true;
}

// So many round trips or fewer: ns of each.
static double
line_trips(int trips, int64_t end)
{
    int64_t began = line_now();
    int done = 0;
    while (done < trips && line_trip(end))
        done++;
    return (double)(line_now() - began) / (done == 0 ? 1 : done);
}

// Fills line_times: how many there are, at least one.
static int
line_measure(void)
{
    int count = 0;
    int64_t began = line_now(), end = began + LINE_MOST_NS, now;
    if (!line_trip(end)) { // the other has not begun
        line_times[0] = (double)LINE_MOST_NS;
        return 1;
    }
    do {
        line_times[count++] = line_trips(LINE_TRIPS, end);
        now = line_now();
    } while (count < LINE_TIMES_MOST && now < end &&
        (now - began < LINE_NS || count < LINE_TIMES_LEAST));
    return count;
}

static int
line_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int
main(void)
{
    int cpus[2];
    pthread_t other;
    if (!line_cpus(cpus)) {
        fputs("line: there are no two CPUs\n", stderr);
        return 1;
    }
    line_bind(cpus[0]);
    line_check(pthread_create(&other, NULL, line_answer, &cpus[1]),
        "starting a thread");
    int count = line_measure();
    atomic_store(&line_over, true);
    pthread_join(other, NULL);
    qsort(line_times, (size_t)count, sizeof line_times[0], line_compare);
    printf("line %d %d %.1f %.1f %.1f\n", cpus[0], cpus[1],
        line_times[count / 2], line_times[0], line_times[count - 1]);
    return 0;
}
