// SPDX-License-Identifier: MIT
// leat/test.h: owning chance and time in tests.
#ifndef LEAT_TEST_H
#define LEAT_TEST_H

#include <leat/base.h>

LEAT__BEGIN

// Runs fn(arg) as the main goroutine of a runtime of its own with a single
// P on the calling thread, where seed decides every choice (which goroutine
// runs next, which ready case a select takes) and the clock is virtual: it
// stands still while anything runs and jumps to the next timer when
// everything waits. The same seed gives the same run, always. Returns 0
// when fn has returned, or LEAT_EBUSY inside a running runtime. Goroutines
// still parked then are dropped without running. A deadlock, an unrecovered
// panic or a fatal error ends the process, as ever, and prints the seed.
// No other thread may call Leat meanwhile: that is fatal, also for one whose
// wait from before the run is ended by it.
LEAT_API int leat_test_run(
    uint64_t seed, void (*fn)(void *arg), void *arg);

// Parks until no other goroutine can go on: each waits for something, be it
// the clock, which has not moved meanwhile. So what was to follow from what
// the caller has just done is done, and can be looked at. Panics outside of
// leat_test_run (or LEATDEBUG=seed=N), and while another goroutine is in it.
LEAT_API void leat_test_wait(void);

// A number from the run's seeded source, for tests that need chance too.
LEAT_API uint64_t leat_test_random(void);

// A hash of every choice made so far: equal runs have equal traces.
LEAT_API uint64_t leat_test_trace(void);

LEAT__END

#endif
