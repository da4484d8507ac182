// SPDX-License-Identifier: MIT

// Timers and tickers: the workloads of Go's time/sleep_test.go and
// time/tick_test.go.

package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

var timeBenchmarks = func() []benchmark {
	list := []benchmark{
		{name: "AfterFunc1000", run: loaded(afterFunc)},
		{name: "After", run: loaded(after)},
		{name: "Stop/impl=chan", run: loaded(stopChan)},
		{name: "Stop/impl=func", run: loaded(stopFunc)},
		{name: "SimultaneousAfterFunc1000", run: loaded(simultaneousAfterFunc)},
		{name: "StartStop1000", run: loaded(startStop)},
		{name: "Reset/impl=chan", run: loaded(resetChan)},
		{name: "Reset/impl=func", run: loaded(resetFunc)},
		{name: "Sleep1000", run: loaded(sleep)},
		{name: "ParallelTimerLatency", run: parallelTimerLatency, minProcs: 2},
	}
	list = append(list, staggered(300*time.Microsecond, "300us", 10)...)
	list = append(list, staggered(2*time.Millisecond, "2ms", 1)...)
	return append(list,
		benchmark{name: "AdjustTimers10000", run: loaded(adjustTimers)},
		benchmark{name: "Ticker", run: loaded(ticker)},
		benchmark{name: "TickerReset", run: loaded(tickerReset)},
		benchmark{name: "TickerResetNaive", run: loaded(tickerResetNaive)},
	)
}()

func nothing() {}

// loaded makes a parallel benchmark of body, among many timers that do not
// fire.
func loaded(body func(n int)) func(n int) {
	const perGoroutine = 32768
	return func(n int) {
		idle := make([][]*time.Timer, procs)
		var wg sync.WaitGroup
		wg.Add(procs)
		for i := range idle {
			go func(i int) {
				timers := make([]*time.Timer, perGoroutine)
				for j := range timers {
					timers[j] = time.AfterFunc(time.Hour, nothing)
				}
				idle[i] = timers
				wg.Done()
			}(i)
		}
		wg.Wait()
		resetTimer()
		parallel(n, 1, body)
		stopTimer()
		for _, timers := range idle {
			for _, t := range timers {
				t.Stop()
			}
		}
	}
}

func afterFunc(n int) {
	for i := 0; i < n; i++ {
		left := 1000
		done := make(chan bool)
		var f func()
		f = func() {
			left--
			if left >= 0 {
				time.AfterFunc(0, f)
			} else {
				done <- true
			}
		}
		time.AfterFunc(0, f)
		<-done
	}
}

func after(n int) {
	for i := 0; i < n; i++ {
		<-time.After(1)
	}
}

func stopChan(n int) {
	for i := 0; i < n; i++ {
		time.NewTimer(time.Second).Stop()
	}
}

// newTimerFunc makes a timer that sends the time from a function of its own.
func newTimerFunc(d time.Duration) *time.Timer {
	c := make(chan time.Time, 1)
	t := time.AfterFunc(d, func() { c <- time.Now() })
	t.C = c
	return t
}

func stopFunc(n int) {
	for i := 0; i < n; i++ {
		newTimerFunc(time.Second).Stop()
	}
}

func simultaneousAfterFunc(n int) {
	const timers = 1000
	for i := 0; i < n; i++ {
		var wg sync.WaitGroup
		wg.Add(timers)
		for j := 0; j < timers; j++ {
			time.AfterFunc(0, wg.Done)
		}
		wg.Wait()
	}
}

func startStop(n int) {
	for i := 0; i < n; i++ {
		timers := make([]*time.Timer, 1000)
		for j := range timers {
			timers[j] = time.AfterFunc(time.Hour, nothing)
		}
		for _, t := range timers {
			t.Stop()
		}
	}
}

func resetMany(t *time.Timer, n int) {
	for i := 0; i < n; i++ {
		t.Reset(time.Hour)
	}
	t.Stop()
}

func resetChan(n int) { resetMany(time.NewTimer(time.Hour), n) }
func resetFunc(n int) { resetMany(newTimerFunc(time.Hour), n) }

func sleep(n int) {
	const sleepers = 1000
	for i := 0; i < n; i++ {
		var wg sync.WaitGroup
		wg.Add(sleepers)
		for j := 0; j < sleepers; j++ {
			go func() {
				time.Sleep(time.Nanosecond)
				wg.Done()
			}()
		}
		wg.Wait()
	}
}

func adjustTimers(n int) {
	const count = 10000
	for i := 0; i < n; i++ {
		timers := make([]*time.Timer, 0, count)
		for j := 0; j < count; j++ {
			timers = append(timers, time.AfterFunc(time.Hour, nothing))
		}
		timers[count-1].Reset(time.Nanosecond)
		time.Sleep(time.Microsecond)
		for _, t := range timers {
			t.Stop()
		}
	}
}

func ticker(n int) {
	t := time.NewTicker(time.Nanosecond)
	for i := 0; i < n; i++ {
		<-t.C
	}
	t.Stop()
}

func tickerReset(n int) {
	t := time.NewTicker(time.Nanosecond)
	for i := 0; i < n; i++ {
		t.Reset(2 * time.Nanosecond)
	}
	t.Stop()
}

func tickerResetNaive(n int) {
	t := time.NewTicker(time.Nanosecond)
	for i := 0; i < n; i++ {
		t.Stop()
		t = time.NewTicker(2 * time.Nanosecond)
	}
	t.Stop()
}

// lateness adds up how late things were. It fills cache lines of its own, for
// one goroutine each writes to it.
type lateness struct {
	sum time.Duration
	_   [120]byte
}

// note adds the time that has passed since expected.
func (l *lateness) note(expected time.Time) {
	if late := time.Since(expected); late > 0 {
		l.sum += late
	}
}

func reportLateness(stats []lateness) {
	var sum time.Duration
	for i := range stats {
		sum += stats[i].sum
	}
	reportTime(sum / time.Duration(len(stats)))
}

// parallelTimerLatency is about timers made by a thread that is too busy to
// serve them. It spins wherever waiting would let that thread serve them.
func parallelTimerLatency(n int) {
	const delay = time.Millisecond
	timers := procs - 1
	stats := make([]lateness, timers)
	warmUp()
	compute(30 * time.Millisecond)
	resetTimer()
	var wg sync.WaitGroup
	var fired int32
	waitForAll := func() {
		for atomic.LoadInt32(&fired) < int32(timers) {
		}
	}
	for i := 0; i < n; i++ {
		wg.Add(timers)
		atomic.StoreInt32(&fired, 0)
		for j := 0; j < timers; j++ {
			mine := &stats[j]
			expected := time.Now().Add(delay)
			time.AfterFunc(delay, func() {
				mine.note(expected)
				atomic.AddInt32(&fired, 1)
				waitForAll()
				wg.Done()
			})
		}
		waitForAll()
		wg.Wait()
		compute(time.Millisecond)
	}
	reportLateness(stats)
}

// staggered makes the table of the StaggeredTickerLatency benchmarks with 1 to
// most tickers per P that each cause busy of work per tick.
func staggered(busy time.Duration, text string, most int) []benchmark {
	var list []benchmark
	for perP := 1; perP <= most; perP++ {
		list = append(list, benchmark{
			name: fmt.Sprintf("StaggeredTickerLatency/work-dur=%s/tickers-per-P=%d",
				text, perP),
			run:      staggeredTickers(busy, perP*procs),
			minProcs: 2,
		})
	}
	return list
}

func staggeredTickers(busy time.Duration, tickers int) func(n int) {
	const period = 3 * time.Millisecond
	return func(n int) {
		stats := make([]lateness, tickers)
		warmUp()
		resetTimer()
		var wg sync.WaitGroup
		wg.Add(tickers)
		follow := func(t *time.Ticker, expected time.Time, mine *lateness) {
			for i := 0; i < n; i++ {
				<-t.C
				mine.note(expected)
				expected = expected.Add(period)
				compute(busy)
			}
			t.Stop()
			wg.Done()
		}
		for i := range stats {
			compute(period / time.Duration(procs))
			expected := time.Now().Add(period)
			go follow(time.NewTicker(period), expected, &stats[i])
		}
		wg.Wait()
		reportLateness(stats)
	}
}
