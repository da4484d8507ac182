// SPDX-License-Identifier: MIT

// What several groups of benchmarks share: splitting N over goroutines, local
// work, warming up the scheduler.

package main

import (
	"sync"
	"sync/atomic"
	"time"
)

// parallel shares n iterations between k goroutines per P and waits for them.
// A plain split instead of testing's batches: see README.md.
func parallel(n, k int, body func(n int)) {
	var wg sync.WaitGroup
	goroutines := k * procs
	wg.Add(goroutines)
	for i := 0; i < goroutines; i++ {
		share := n / goroutines
		if i < n%goroutines {
			share++
		}
		go func() {
			body(share)
			wg.Done()
		}()
	}
	wg.Wait()
}

// work is n turns of an empty loop, README's work(n). Go's own benchmarks have
// arithmetic on a constant 0 there, which newer compilers remove (1.26 does, 1.19
// does not); the loop itself they leave in place.
//
//go:noinline
func work(n int) {
	for i := 0; i < n; i++ {
	}
}

// arithmetic is n turns of dependent arithmetic on foo, README's
// arithmetic(foo, n).
//
//go:noinline
func arithmetic(foo, n int) int {
	for i := 0; i < n; i++ {
		foo *= 2
		foo /= 2
	}
	return foo
}

// compute keeps the CPU busy for d.
func compute(d time.Duration) {
	start := time.Now()
	for time.Since(start) < d {
	}
}

// warmUp makes sure that every P has a thread and runs.
func warmUp() {
	var wg sync.WaitGroup
	var running int32
	wg.Add(procs)
	for i := 0; i < procs; i++ {
		go func() {
			atomic.AddInt32(&running, 1)
			for atomic.LoadInt32(&running) < int32(procs) {
			}
			compute(time.Millisecond)
			wg.Done()
		}()
	}
	wg.Wait()
}

// workIf is work, without a call where there is nothing to do.
func workIf(n int) {
	if n > 0 {
		work(n)
	}
}
