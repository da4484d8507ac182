// SPDX-License-Identifier: MIT
// peer.h: the protocol of ../../README.md for peers in C and C++. A peer
// defines peer_benches and peer_begin; peer.c has main().
#ifndef LEAT_BENCH_PEER_H
#define LEAT_BENCH_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct peer_bench {
    const char *name;
    void (*run)(int64_t arg, int64_t n);
    int64_t arg;
    int64_t granule; // N is rounded up to a multiple of it; 0 is 1
    int64_t limit;   // largest N that auto tries; 0 is 1,000,000,000
    int64_t files;   // descriptors it needs beside the usual few
};

// What the peer has; ends with a name of NULL.
extern const struct peer_bench peer_benches[];

// Called once, before anything runs, with the number of Ps.
void peer_begin(int procs);

// The two modes that measure no time per iteration. Memory returns after n
// tasks are parked; false when the peer cannot have so many. Ticker sleeps
// until each due time and calls peer_tick when it runs, until that is false.
bool peer_park(int64_t n);
void peer_ticker(int64_t hogs, int64_t ms);
int64_t peer_tick_due(void);
bool peer_tick(void);
bool peer_ticker_over(void); // for hogs that must see the end by themselves

// Forgets the time so far; ends it.
void peer_reset(void);
void peer_stop(void);
// Makes ns the result instead.
void peer_report(int64_t ns);
int64_t peer_now(void); // nanoseconds, monotonic

// Ends the program when a result is wrong or a call has failed.
void peer_check(bool ok, const char *what);

bool peer_files(int64_t count);
int peer_echo_server(int64_t conns);

#ifdef __cplusplus
}
#endif

#endif
