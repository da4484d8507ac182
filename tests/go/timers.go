// SPDX-License-Identifier: MIT
// timers.go: packages time, context and sync on the runtime's timers and
// semaphores. Prints OK, or what differs.

package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

const ms = time.Millisecond

func check(ok bool, what string) {
	if !ok {
		fmt.Println("differs:", what)
	}
}

func timers() {
	start := time.Now()
	time.Sleep(5 * ms)
	check(time.Since(start) >= 5*ms, "sleep")

	t := time.NewTimer(time.Hour)
	check(t.Stop() && !t.Stop(), "stop")
	check(!t.Reset(ms), "reset of a stopped timer")
	check((<-t.C).Sub(start) >= 5*ms, "time of firing")

	var fired int32
	done := make(chan bool)
	f := time.AfterFunc(time.Hour, func() {
		atomic.AddInt32(&fired, 1)
		done <- true
	})
	check(f.Reset(ms), "reset of a running timer")
	<-done
	check(atomic.LoadInt32(&fired) == 1, "AfterFunc")

	tick := time.NewTicker(2 * ms)
	for i := 0; i < 3; i++ {
		<-tick.C
	}
	tick.Reset(ms)
	<-tick.C
	tick.Stop()

	select {
	case <-time.After(ms):
	case <-make(chan int):
		check(false, "select")
	}
}

func contexts() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*ms)
	defer cancel()
	<-ctx.Done()
	check(ctx.Err() == context.DeadlineExceeded, "deadline")
	ctx, cancel = context.WithCancel(context.Background())
	go cancel()
	<-ctx.Done()
	check(ctx.Err() == context.Canceled, "cancel")
}

func conds() {
	var mu sync.Mutex
	cond := sync.NewCond(&mu)
	ready, woken := 0, 0
	var wg sync.WaitGroup
	for i := 0; i < 10; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			mu.Lock()
			defer mu.Unlock()
			for ready == 0 {
				cond.Wait()
			}
			ready--
			woken++
		}()
	}
	for i := 0; i < 5; i++ {
		mu.Lock()
		ready++
		mu.Unlock()
		cond.Signal()
	}
	mu.Lock()
	ready += 5
	mu.Unlock()
	cond.Broadcast()
	wg.Wait()
	check(woken == 10 && ready == 0, "cond")
}

func locks() {
	var rw sync.RWMutex
	var once sync.Once
	var wg sync.WaitGroup
	pool := sync.Pool{New: func() interface{} { return new(int) }}
	n, first := 0, 0
	for i := 0; i < 50; i++ {
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			once.Do(func() { first++ })
			p := pool.Get().(*int)
			*p = i
			if i%5 == 0 {
				rw.Lock()
				n++
				rw.Unlock()
			} else {
				rw.RLock()
				_ = n
				rw.RUnlock()
			}
			check(*p == i, "pool")
			pool.Put(p)
		}(i)
	}
	wg.Wait()
	check(n == 10 && first == 1, "locks")
}

func main() {
	timers()
	contexts()
	conds()
	locks()
	fmt.Println("OK")
}
