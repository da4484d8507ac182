// SPDX-License-Identifier: MIT
// leat/time.h: the clock, sleep, timers and tickers.
//
// Times are nanoseconds on the monotonic clock, which does not jump when
// somebody sets the date. In leat_test_run the clock is virtual.
//
// A timer's channel is synchronous, as in Go since 1.23: once stop or reset
// has returned, no tick from before can be received any more.
#ifndef LEAT_TIME_H
#define LEAT_TIME_H

#include <leat/chan.h>

struct leat_timer;

LEAT__BEGIN

// Now, in nanoseconds from an arbitrary start. Never parks.
LEAT_API int64_t leat_now(void);

// The deadline that is ns from now; LEAT_FOREVER when that overflows.
LEAT_API int64_t leat_deadline(int64_t ns);

// Of a duration: the multiple of unit nearest to it (a half goes away from 0),
// or the next towards 0; ns itself for unit <= 0. And its distance from 0. What
// does not fit is INT64_MAX or INT64_MIN. Go's Duration.Round, Truncate, Abs.
LEAT_API int64_t leat_duration_round(int64_t ns, int64_t unit);
LEAT_API int64_t leat_duration_truncate(int64_t ns, int64_t unit);
LEAT_API int64_t leat_duration_abs(int64_t ns);

// Parks the goroutine for at least ns nanoseconds; ns <= 0 returns at once.
LEAT_API void leat_sleep(int64_t ns);

// As leat_sleep, but until a point in time, and 0 for having slept,
// LEAT_ECANCELED when the goroutine's context ended first. One that has ended
// before the call counts even if the deadline has passed as well: a loop that
// is late for each of its deadlines is still told to end.
LEAT_API int leat_sleep_until(int64_t deadline);

// A channel that gets the time once, ns from now. It belongs to the calling
// goroutine and is freed when that ends (leat_free frees it earlier); in a
// loop prefer leat_select_until or one timer with leat_timer_reset.
LEAT_API leat_chan(int64_t) leat_after(int64_t ns);

// A timer that sends the time on its channel once, ns from now. The caller
// owns it: leat_timer_free. NULL when out of memory.
LEAT_API LEAT__MUST_USE
struct leat_timer *leat_new_timer(int64_t ns);

// A ticker sends the time every ns nanoseconds; a tick that finds the last
// one not received yet is dropped. Panics with "non-positive interval for
// NewTicker" for ns <= 0. NULL when out of memory.
LEAT_API LEAT__MUST_USE
struct leat_timer *leat_new_ticker(int64_t ns);

// Calls fn(arg) in a goroutine of its own, which has the background as its
// context, ns from now. NULL when out of memory. The timer has no channel.
// Nobody frees arg: fn does, or who has stopped the timer with true as the
// result (leat_timer_free does not say). fn may stop, reset and free its own
// timer, once it knows it: it may run before leat_after_func has returned.
LEAT_API struct leat_timer *leat_after_func(
    int64_t ns, void (*fn)(void *arg), void *arg);

// The timer's channel; NULL for leat_after_func. Freed with the timer.
LEAT_API leat_chan(int64_t) leat_timer_chan(const struct leat_timer *t);

// Stops the timer or ticker; true when that kept it from firing. Does not
// wait for a function that leat_after_func has already started.
LEAT_API bool leat_timer_stop(struct leat_timer *t);

// Makes the timer fire ns from now (a ticker: and every ns from then on);
// true when it was still waiting to fire. A ticker panics for ns <= 0.
LEAT_API bool leat_timer_reset(struct leat_timer *t, int64_t ns);

// Stops the timer and frees it with its channel; NULL is ignored. Fatal
// while somebody waits on the channel. Using it after that, or freeing it
// again, is not found.
LEAT_API void leat_timer_free(struct leat_timer *t);

LEAT__END

#endif
