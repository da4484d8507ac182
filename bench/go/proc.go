// SPDX-License-Identifier: MIT

// Starting, waking and ending goroutines: the workloads of Go's
// runtime/proc_test.go.

package main

import (
	"fmt"
	"math"
	"sync"
	"syscall"
	"time"
)

var procBenchmarks = append([]benchmark{
	{name: "PingPongHog", run: pingPongHog, maxProcs: 1, least: 500 * time.Millisecond},
	{name: "CreateGoroutines", run: createGoroutines},
	{name: "CreateGoroutinesParallel", run: createGoroutinesParallel, granule: granuleProcs},
	{name: "CreateGoroutinesCapture", run: createGoroutinesCapture},
	{name: "CreateGoroutinesSingle", run: createGoroutinesSingle},
	{name: "Matmult", run: matmult},
}, wakeups()...)

func pingPongHog(n int) {
	stop, done := make(chan bool), make(chan bool)
	ping, pong := make(chan bool), make(chan bool)
	go func() { // the hog
		for {
			select {
			case <-stop:
				done <- true
				return
			default:
			}
		}
	}()
	go func() {
		for i := 0; i < n; i++ {
			pong <- <-ping
		}
		close(stop)
		done <- true
	}()
	go func() {
		for i := 0; i < n; i++ {
			ping <- <-pong
		}
		done <- true
	}()
	resetTimer()
	ping <- true
	<-stop
	stopTimer()
	<-ping // the last send of the second player
	for i := 0; i < 3; i++ {
		<-done
	}
}

// spawnChains starts k goroutines that each start another, n times.
func spawnChains(n, k int) {
	done := make(chan bool)
	var link func(n int)
	link = func(n int) {
		if n == 0 {
			done <- true
			return
		}
		go link(n - 1)
	}
	for i := 0; i < k; i++ {
		go link(n / k)
	}
	for i := 0; i < k; i++ {
		<-done
	}
}

func createGoroutines(n int)         { spawnChains(n, 1) }
func createGoroutinesParallel(n int) { spawnChains(n, procs) }

func createGoroutinesCapture(n int) {
	const perIteration = 4
	outOfRange := 0
	for i := 0; i < n; i++ {
		var wg sync.WaitGroup
		wg.Add(perIteration)
		for j := 0; j < perIteration; j++ {
			j := j
			go func() {
				if j >= perIteration {
					outOfRange++
				}
				wg.Done()
			}()
		}
		wg.Wait()
	}
	check(outOfRange == 0, "an argument of a goroutine")
}

func createGoroutinesSingle(n int) {
	warmUp()
	var wg sync.WaitGroup
	resetTimer()
	wg.Add(n)
	for i := 0; i < n; i++ {
		go func() {
			wg.Done()
		}()
	}
	wg.Wait()
}

type matrix [][]float64

func newMatrix(n int) matrix {
	m := make(matrix, n)
	for i := range m {
		m[i] = make([]float64, n)
		for j := range m[i] {
			m[i][j] = float64(i*n + j)
		}
	}
	return m
}

// A block is the part of a product that one call computes.
type block struct {
	i0, i1, j0, j1, k0, k1 int
}

// multiply adds the product of a and b inside bl to c. Below blockMax a side
// is not halved any more.
func multiply(a, b, c matrix, bl block) {
	const blockMax = 8
	di, dj, dk := bl.i1-bl.i0, bl.j1-bl.j0, bl.k1-bl.k0
	first, second := bl, bl
	switch {
	case di >= dj && di >= dk && di >= blockMax:
		first.i1 = bl.i0 + di/2
		second.i0 = first.i1
		multiplyBoth(a, b, c, first, second)
	case dj >= dk && dj >= blockMax:
		first.j1 = bl.j0 + dj/2
		second.j0 = first.j1
		multiplyBoth(a, b, c, first, second)
	case dk >= blockMax:
		// Both halves add to the same elements: one after the other.
		first.k1 = bl.k0 + dk/2
		second.k0 = first.k1
		multiply(a, b, c, first)
		multiply(a, b, c, second)
	default:
		multiplyBlock(a, b, c, bl)
	}
}

func multiplyBoth(a, b, c matrix, first, second block) {
	done := make(chan empty, 1)
	go func() {
		multiply(a, b, c, first)
		done <- empty{}
	}()
	multiply(a, b, c, second)
	<-done
}

func multiplyBlock(a, b, c matrix, bl block) {
	for i := bl.i0; i < bl.i1; i++ {
		for j := bl.j0; j < bl.j1; j++ {
			for k := bl.k0; k < bl.k1; k++ {
				c[i][j] += a[i][k] * b[k][j]
			}
		}
	}
}

func matmult(n int) {
	side := int(math.Cbrt(float64(n))) + 1
	a, b, c := newMatrix(side), newMatrix(side), newMatrix(side)
	resetTimer()
	multiply(a, b, c, block{0, side, 0, side, 0, side})
}

// wakeups makes the table of the WakeupParallel benchmarks.
func wakeups() []benchmark {
	kinds := []struct {
		name  string
		delay func(time.Duration)
	}{
		{"WakeupParallelSpinning", spin},
		{"WakeupParallelSyscall", sleepInKernel},
	}
	var list []benchmark
	for _, kind := range kinds {
		for _, us := range []int{0, 1, 2, 5, 10, 20, 50, 100} {
			list = append(list, benchmark{
				name:     fmt.Sprintf("%s/%dus", kind.name, us),
				run:      wakeup(kind.delay, time.Duration(us)*time.Microsecond),
				minProcs: 2,
			})
		}
	}
	return list
}

func spin(d time.Duration) {
	end := time.Now().Add(d)
	for time.Now().Before(end) {
	}
}

// sleepInKernel blocks the thread, unlike time.Sleep.
func sleepInKernel(d time.Duration) {
	left := syscall.NsecToTimespec(int64(d))
	for syscall.Nanosleep(&left, &left) == syscall.EINTR {
	}
}

// wakeup passes the part of the sender between two goroutines. The sender
// waits longer, so that the receiver is most likely parked when the value
// comes: what is measured is waking it.
func wakeup(delay func(time.Duration), d time.Duration) func(n int) {
	const senderExtra = 5 * time.Microsecond
	return func(n int) {
		ping, pong := make(chan empty), make(chan empty)
		start, done := make(chan empty), make(chan empty)
		go func() {
			<-start
			for i := 0; i < n; i++ {
				delay(d + senderExtra)
				ping <- empty{}
				delay(d)
				<-pong
			}
			done <- empty{}
		}()
		go func() {
			for i := 0; i < n; i++ {
				delay(d)
				<-ping
				delay(d + senderExtra)
				pong <- empty{}
			}
			done <- empty{}
		}()
		resetTimer()
		start <- empty{}
		<-done
		<-done
	}
}
