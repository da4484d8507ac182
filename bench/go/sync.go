// SPDX-License-Identifier: MIT

// Locks and the like: the workloads of Go's sync package.

package main

import "sync"

var syncBenchmarks = []benchmark{
	{name: "MutexUncontended", run: mutexUncontended},
	{name: "Mutex", run: mutex(1, 0)},
	{name: "MutexSlack", run: mutex(10, 0)},
	{name: "MutexWork", run: mutex(1, 100)},
	{name: "MutexWorkSlack", run: mutex(10, 100)},
	{name: "MutexNoSpin", run: mutexNoSpin},
	{name: "MutexSpin", run: mutexSpin},
	{name: "RWMutexUncontended", run: rwMutexUncontended},
	{name: "RWMutexWrite100", run: rwMutex(100, 0)},
	{name: "RWMutexWrite10", run: rwMutex(10, 0)},
	{name: "RWMutexWorkWrite100", run: rwMutex(100, 100)},
	{name: "RWMutexWorkWrite10", run: rwMutex(10, 100)},
	{name: "WaitGroupUncontended", run: waitGroupUncontended},
	{name: "WaitGroupAddDone", run: waitGroupAddDone(0)},
	{name: "WaitGroupAddDoneWork", run: waitGroupAddDone(100)},
	{name: "WaitGroupWait", run: waitGroupWait(0)},
	{name: "WaitGroupWaitWork", run: waitGroupWait(100)},
	{name: "WaitGroupActuallyWait", run: waitGroupActuallyWait},
	{name: "Cond1", run: cond(1)},
	{name: "Cond2", run: cond(2)},
	{name: "Cond4", run: cond(4)},
	{name: "Cond8", run: cond(8)},
	{name: "Cond16", run: cond(16)},
	{name: "Cond32", run: cond(32)},
	{name: "Once", run: once},
	{name: "Pool", run: pool(1, 1)},
	{name: "PoolOverflow", run: pool(100, 100)},
	{name: "PoolStarvation", run: pool(67, 100)},
}

// pad keeps two objects off the same cache line.
type pad [128]byte

func mutexUncontended(n int) {
	parallel(n, 1, func(n int) {
		var mine struct {
			sync.Mutex
			_ pad
		}
		for i := 0; i < n; i++ {
			mine.Lock()
			mine.Unlock()
		}
	})
}

func mutex(perP, turns int) func(n int) {
	return func(n int) {
		var mu sync.Mutex
		parallel(n, perP, func(n int) {
			for i := 0; i < n; i++ {
				mu.Lock()
				mu.Unlock()
				workIf(turns)
			}
		})
	}
}

// transfer is the critical section of the two spin benchmarks.
type transfer struct {
	mu       sync.Mutex
	from, to uint64
}

func (t *transfer) do() {
	t.mu.Lock()
	t.from -= 100
	t.to += 100
	t.mu.Unlock()
}

// touch writes to every half cache line of data.
func touch(data []uint64) {
	for i := 0; i < len(data); i += 4 {
		data[i]++
	}
}

// mutexNoSpin has more goroutines than Ps and each of them gives way often, so
// spinning for the mutex would be a waste.
func mutexNoSpin(n int) {
	var t transfer
	parallel(n, 4, func(n int) {
		c := make(chan bool)
		var data [4096]uint64
		for i := 0; i < n; i++ {
			if i%4 == 0 {
				t.do()
				continue
			}
			touch(data[:])
			// Gives way without the global queue, unlike Gosched.
			go func() { c <- true }()
			<-c
		}
	})
}

// mutexSpin has one goroutine per P with much data in its cache, so parking
// for the mutex would be a waste.
func mutexSpin(n int) {
	var t transfer
	parallel(n, 1, func(n int) {
		var data [16384]uint64
		for i := 0; i < n; i++ {
			t.do()
			touch(data[:])
		}
	})
}

func rwMutexUncontended(n int) {
	parallel(n, 1, func(n int) {
		var mine struct {
			sync.RWMutex
			_ pad
		}
		for i := 0; i < n; i++ {
			mine.RLock()
			mine.RLock()
			mine.RUnlock()
			mine.RUnlock()
			mine.Lock()
			mine.Unlock()
		}
	})
}

func rwMutex(writeEvery, turns int) func(n int) {
	return func(n int) {
		var mu sync.RWMutex
		parallel(n, 1, func(n int) {
			foo := 0
			for i := 0; i < n; i++ {
				foo++
				if foo%writeEvery == 0 {
					mu.Lock()
					mu.Unlock()
					continue
				}
				mu.RLock()
				if turns > 0 {
					foo = arithmetic(foo, turns)
				}
				mu.RUnlock()
			}
		})
	}
}

func waitGroupUncontended(n int) {
	parallel(n, 1, func(n int) {
		var mine struct {
			sync.WaitGroup
			_ pad
		}
		for i := 0; i < n; i++ {
			mine.Add(1)
			mine.Done()
			mine.Wait()
		}
	})
}

func waitGroupAddDone(turns int) func(n int) {
	return func(n int) {
		var wg sync.WaitGroup
		parallel(n, 1, func(n int) {
			for i := 0; i < n; i++ {
				wg.Add(1)
				workIf(turns)
				wg.Done()
			}
		})
	}
}

func waitGroupWait(turns int) func(n int) {
	return func(n int) {
		var wg sync.WaitGroup
		parallel(n, 1, func(n int) {
			for i := 0; i < n; i++ {
				wg.Wait()
				workIf(turns)
			}
		})
	}
}

func waitGroupActuallyWait(n int) {
	parallel(n, 1, func(n int) {
		for i := 0; i < n; i++ {
			var wg sync.WaitGroup
			wg.Add(1)
			go func() { wg.Done() }()
			wg.Wait()
		}
	})
}

func cond(waiters int) func(n int) {
	return func(n int) {
		var mu sync.Mutex
		c := sync.NewCond(&mu)
		done := make(chan bool)
		arrived := 0
		member := func() {
			for i := 0; i < n; i++ {
				mu.Lock()
				if arrived == -1 {
					mu.Unlock()
					break
				}
				arrived++
				if arrived == waiters+1 {
					arrived = 0
					c.Broadcast()
				} else {
					c.Wait()
				}
				mu.Unlock()
			}
			// Whoever is through lets the others out.
			mu.Lock()
			arrived = -1
			c.Broadcast()
			mu.Unlock()
			done <- true
		}
		for i := 0; i < waiters+1; i++ {
			go member()
		}
		for i := 0; i < waiters+1; i++ {
			<-done
		}
	}
}

func once(n int) {
	var o sync.Once
	parallel(n, 1, func(n int) {
		for i := 0; i < n; i++ {
			o.Do(nothing)
		}
	})
}

func pool(puts, gets int) func(n int) {
	return func(n int) {
		var p sync.Pool
		parallel(n, 1, func(n int) {
			for i := 0; i < n; i++ {
				for j := 0; j < puts; j++ {
					p.Put(1)
				}
				for j := 0; j < gets; j++ {
					p.Get()
				}
			}
		})
	}
}
