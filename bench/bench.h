// SPDX-License-Identifier: MIT
// bench.h: what a benchmark file includes: registration, and what several
// groups share. README.md defines the protocol and every workload; the Go half
// (bench/go) follows the same page, so a change here is a change there.
//
//     static void
//     chan_sem(const struct bench *b, int64_t n) { ... n iterations ... }
//     BENCH("ChanSem", chan_sem);
//
// The idea: a benchmark is a function of N that is timed as a whole. Setting
// up and tearing down are left out with bench_reset and bench_stop. One call
// of the program does one benchmark, so that none inherits the memory, the
// threads or the timers of another.
//
// The workloads use the library as its users do: public headers and typed
// macros only. What Go leaves to its collector is given back by hand, in the
// place where Go drops it, inside the time.
#ifndef LEAT_BENCH_BENCH_H
#define LEAT_BENCH_BENCH_H

#include <leat.h>

// One named workload. Static storage; a constructor links it in.
struct bench {
    const char *name;
    void (*run)(const struct bench *b, int64_t n);
    int64_t arg[2];      // what tells workloads with one function apart
    int64_t granule;     // N is rounded up to a multiple of it; 0 is 1
    int64_t limit;       // largest N that auto tries; 0 is BENCH_N_MAX
    int64_t least_ms;    // auto runs at least so long: a long fixed part
    int procs_least;     // below this many Ps it has no meaning
    int procs_most;      // above this many Ps neither; 0 is no limit
    int64_t files;       // descriptors it needs beside the usual few
    int order;           // place in the list
    struct bench *next;  // sorted by order
};

enum {
    BENCH_N_MAX = 1000000000,  // where Go's testing package stops, too
    BENCH_GRANULE_PROCS = -1   // as a granule: the number of Ps
};

// What the types of README.md are in C.
struct bench_empty {
    char none[0]; // an empty struct has size 0 in C, but not in C++
};
typedef leat_chan(int64_t) bench_ints;
typedef leat_chan(bool) bench_bools;
typedef leat_chan(struct bench_empty) bench_empties;
#define BENCH_EMPTY ((struct bench_empty){})

// The number of Ps, from LEATPROCS; set before any workload runs.
extern int bench_procs;

// BENCH("Name", function, .field = value...) puts a workload on the list. Each
// file defines BENCH_GROUP before it includes this header: files follow each
// other in that order, the workloads of a file in that of their lines.
#define BENCH(label, fn, ...) BENCH_AT_(__COUNTER__, label, fn, __VA_ARGS__)
#define BENCH_AT_(id, label, fn, ...) BENCH_ADD_(id, label, fn, __VA_ARGS__)
#define BENCH_ADD_(id, label, fn, ...)                                         \
    __attribute__((constructor)) static void bench_add_##id(void)              \
    {                                                                          \
        static struct bench b = {.name = label, .run = fn,                     \
            .order = BENCH_GROUP * 100000 + id, __VA_ARGS__};                  \
        bench_register(&b);                                                    \
    }                                                                          \
    _Static_assert(BENCH_GROUP > 0, "groups count from 1")

// Links b into the list; called by constructors, before main.
void bench_register(struct bench *b);

// Forgets the time so far: what came before was setting up.
void bench_reset(void);
// Ends the time: what follows is tearing down.
void bench_stop(void);
// Makes ns the result, for workloads that measure a lateness.
void bench_report(int64_t ns);

// Ends the program if a workload computed nonsense: the time of wrong work is
// not a result.
void bench_check(bool ok, const char *what);

// Raises the limit of open files so that there is room for count more; the hard
// limit, too, where the process may. False, with a message, when it may not.
bool bench_files(int64_t count);

// Memory for a workload; ends the program when there is none.
void *bench_alloc(size_t count, size_t size);

// Shares n iterations between k goroutines per P that run body(ctx, share),
// and waits for them.
void bench_parallel(
    int64_t n, int k, void (*body)(void *ctx, int64_t share), void *ctx);

// README's work(n): an empty counted loop, about a cycle a turn. workIf of the
// Go half: no call where there is nothing to do.
void bench_work(int64_t n);
static inline void
bench_work_if(int64_t n)
{
    if (n > 0)
        bench_work(n);
}

// README's arithmetic(foo, n).
int64_t bench_arithmetic(int64_t foo, int64_t n);

// Keeps the CPU busy for ns nanoseconds.
void bench_compute(int64_t ns);

// Makes sure that every P has a thread and runs.
void bench_warm_up(void);

// The modes beyond the protocol, see README.md; the arguments after the name.
int bench_memory(int argc, char **argv);
int bench_allocator(int argc, char **argv);
int bench_ticker(int argc, char **argv);
// The other end of the echo workloads.
int bench_echo_server(int argc, char **argv);

#endif
