// SPDX-License-Identifier: MIT

// Channels and select: the workloads of Go's runtime/chan_test.go.

package main

import (
	"sync"
	"sync/atomic"
	"time"
)

type (
	empty    struct{}
	struct32 struct{ a, b, c, d int64 }
	struct40 struct{ a, b, c, d, e int64 }
)

var chanBenchmarks = []benchmark{
	{name: "MakeChan/Byte", run: makeChan[byte]},
	{name: "MakeChan/Int", run: makeChan[int]},
	{name: "MakeChan/Ptr", run: makeChan[*byte]},
	{name: "MakeChan/Struct/0", run: makeChan[empty]},
	{name: "MakeChan/Struct/32", run: makeChan[struct32]},
	{name: "MakeChan/Struct/40", run: makeChan[struct40]},
	{name: "ChanNonblocking", run: chanNonblocking},
	{name: "SelectUncontended", run: selectUncontended},
	{name: "SelectSyncContended", run: selectSyncContended},
	{name: "SelectAsyncContended", run: selectAsyncContended},
	{name: "SelectNonblock", run: selectNonblock},
	{name: "ChanUncontended", run: chanUncontended},
	{name: "ChanContended", run: chanContended},
	{name: "ChanSync", run: chanSync(0), granule: 2 * perTurn},
	{name: "ChanSyncWork", run: chanSync(1000), granule: 2 * perTurn},
	{name: "ChanProdCons0", run: chanProdCons(0, 0), granule: perTurn},
	{name: "ChanProdCons10", run: chanProdCons(10, 0), granule: perTurn},
	{name: "ChanProdCons100", run: chanProdCons(100, 0), granule: perTurn},
	{name: "ChanProdConsWork0", run: chanProdCons(0, 100), granule: perTurn},
	{name: "ChanProdConsWork10", run: chanProdCons(10, 100), granule: perTurn},
	{name: "ChanProdConsWork100", run: chanProdCons(100, 100), granule: perTurn},
	{name: "SelectProdCons", run: selectProdCons, granule: perTurn},
	{name: "ReceiveDataFromClosedChan", run: receiveDataFromClosedChan, limit: 10000000},
	{name: "ChanCreation", run: chanCreation},
	{name: "ChanSem", run: chanSem},
	{name: "ChanPopular", run: chanPopular},
	{name: "ChanClosed", run: chanClosed},
}

// perTurn is how many operations a goroutine does each time it has taken a
// turn from the shared counter.
const perTurn = 1000

func makeChan[T any](n int) {
	var c chan T
	for i := 0; i < n; i++ {
		c = make(chan T, 8)
	}
	close(c)
}

func chanNonblocking(n int) {
	c := make(chan int)
	parallel(n, 1, func(n int) {
		for i := 0; i < n; i++ {
			select {
			case <-c:
			default:
			}
		}
	})
}

// bounce moves a value between a and b, n times.
func bounce(a, b chan int, n int) {
	for i := 0; i < n; i++ {
		select {
		case <-a:
			b <- 0
		case <-b:
			a <- 0
		}
	}
}

func selectUncontended(n int) {
	parallel(n, 1, func(n int) {
		a, b := make(chan int, 1), make(chan int, 1)
		a <- 0
		bounce(a, b, n)
	})
}

func selectAsyncContended(n int) {
	a, b := make(chan int, procs), make(chan int, procs)
	parallel(n, 1, func(n int) {
		a <- 0
		bounce(a, b, n)
	})
}

func selectSyncContended(n int) {
	a, b, c := make(chan int), make(chan int), make(chan int)
	done := make(chan int)
	sender := func() {
		for {
			select {
			case a <- 0:
			case b <- 0:
			case c <- 0:
			case <-done:
				return
			}
		}
	}
	resetTimer()
	parallel(n, 1, func(n int) {
		go sender()
		for i := 0; i < n; i++ {
			select {
			case <-a:
			case <-b:
			case <-c:
			}
		}
	})
	stopTimer()
	close(done)
}

func selectNonblock(n int) {
	a, b := make(chan int), make(chan int)
	c, d := make(chan int, 1), make(chan int, 1)
	parallel(n, 1, func(n int) {
		for i := 0; i < n; i++ {
			select {
			case <-a:
			default:
			}
			select {
			case b <- 0:
			default:
			}
			select {
			case <-c:
			default:
			}
			select {
			case d <- 0:
			default:
			}
		}
	})
}

// fillAndDrain sends and receives 100 values, n times.
func fillAndDrain(c chan int, n int) {
	for i := 0; i < n; i++ {
		for j := 0; j < 100; j++ {
			c <- 0
		}
		for j := 0; j < 100; j++ {
			<-c
		}
	}
}

func chanUncontended(n int) {
	parallel(n, 1, func(n int) {
		fillAndDrain(make(chan int, 100), n)
	})
}

func chanContended(n int) {
	c := make(chan int, 100*procs)
	parallel(n, 1, func(n int) {
		fillAndDrain(c, n)
	})
}

func chanSync(turns int) func(n int) {
	return func(n int) {
		left := int32(n / perTurn)
		c := make(chan int)
		done := make(chan bool, 2)
		side := func() {
			for {
				turn := atomic.AddInt32(&left, -1)
				if turn < 0 {
					break
				}
				for i := 0; i < perTurn; i++ {
					if turn%2 == 0 {
						<-c
						workIf(turns)
						c <- 0
						workIf(turns)
					} else {
						c <- 0
						workIf(turns)
						<-c
						workIf(turns)
					}
				}
			}
			done <- true
		}
		go side()
		go side()
		<-done
		<-done
	}
}

func chanProdCons(capacity, turns int) func(n int) {
	return func(n int) {
		left := int32(n / perTurn)
		c := make(chan int, capacity)
		done := make(chan bool, 2*procs)
		producer := func() {
			for atomic.AddInt32(&left, -1) >= 0 {
				for i := 0; i < perTurn; i++ {
					workIf(turns)
					c <- 1
				}
			}
			c <- 0
			done <- true
		}
		consumer := func() {
			for <-c != 0 {
				workIf(turns)
			}
			done <- true
		}
		for i := 0; i < procs; i++ {
			go producer()
			go consumer()
		}
		for i := 0; i < 2*procs; i++ {
			<-done
		}
	}
}

func selectProdCons(n int) {
	left := int32(n / perTurn)
	c := make(chan int, 128)
	quit := make(chan bool)
	done := make(chan bool, 2*procs)
	producer := func() {
		timeout := time.After(time.Hour)
		for atomic.AddInt32(&left, -1) >= 0 {
			for i := 0; i < perTurn; i++ {
				work(100)
				select {
				case c <- 1:
				case <-timeout:
				case <-quit:
				}
			}
		}
		c <- 0
		done <- true
	}
	consumer := func() {
		timeout := time.After(time.Hour)
		for v := 1; v != 0; {
			select {
			case v = <-c:
			case <-timeout:
			case <-quit:
			}
			if v != 0 {
				work(100)
			}
		}
		done <- true
	}
	for i := 0; i < procs; i++ {
		go producer()
		go consumer()
	}
	for i := 0; i < 2*procs; i++ {
		<-done
	}
}

func receiveDataFromClosedChan(n int) {
	c := make(chan empty, n)
	for i := 0; i < n; i++ {
		c <- empty{}
	}
	close(c)
	resetTimer()
	for range c {
	}
}

func chanCreation(n int) {
	parallel(n, 1, func(n int) {
		for i := 0; i < n; i++ {
			c := make(chan int, 1)
			c <- 0
			<-c
		}
	})
}

func chanSem(n int) {
	c := make(chan empty, procs)
	parallel(n, 1, func(n int) {
		for i := 0; i < n; i++ {
			c <- empty{}
			<-c
		}
	})
}

func chanPopular(n int) {
	const listeners = 1000
	popular := make(chan bool)
	own := make([]chan bool, listeners)
	var wg sync.WaitGroup
	wg.Add(listeners)
	listen := func(mine chan bool) {
		for i := 0; i < n; i++ {
			select {
			case <-popular:
			case <-mine:
			}
		}
		wg.Done()
	}
	for i := range own {
		own[i] = make(chan bool)
		go listen(own[i])
	}
	for i := 0; i < n; i++ {
		for _, c := range own {
			c <- true
		}
	}
	wg.Wait()
}

func chanClosed(n int) {
	c := make(chan empty)
	close(c)
	parallel(n, 1, func(n int) {
		for i := 0; i < n; i++ {
			select {
			case <-c:
			default:
				check(false, "a closed channel was not ready")
			}
		}
	})
}
