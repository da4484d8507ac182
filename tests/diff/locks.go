// SPDX-License-Identifier: MIT

// What may be locked beside what, once, cond, and the texts of misuse that
// can be recovered.
package main

import (
	"fmt"
	"sync"
)

func mutexes() {
	var mu sync.Mutex
	fmt.Println(mu.TryLock(), mu.TryLock())
	mu.Unlock()
	fmt.Println(mu.TryLock())
	var rw sync.RWMutex
	fmt.Println(rw.TryRLock(), rw.TryRLock(), rw.TryLock())
	rw.RUnlock()
	fmt.Println(rw.TryLock())
	rw.RUnlock()
	fmt.Println(rw.TryLock(), rw.TryLock(), rw.TryRLock())
	rw.Unlock()
	fmt.Println(rw.TryRLock())
}

func counting() {
	var mu sync.Mutex
	var rw sync.RWMutex
	var wg sync.WaitGroup
	n, m := 0, 0
	for i := 0; i < 8; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for k := 0; k < 1000; k++ {
				mu.Lock()
				n++
				mu.Unlock()
				rw.RLock()
				_ = m
				rw.RUnlock()
				rw.Lock()
				m++
				rw.Unlock()
			}
		}()
	}
	wg.Wait()
	fmt.Println(n, m)
}

func onces() {
	var once sync.Once
	for i := 0; i < 3; i++ {
		once.Do(func() { fmt.Println("once") })
	}
	var failing sync.Once
	func() {
		defer func() { fmt.Println("recovered", recover()) }()
		failing.Do(func() { panic("in once") })
	}()
	failing.Do(func() { fmt.Println("twice") })
}

func conds() {
	var mu sync.Mutex
	cond := sync.NewCond(&mu)
	turn := 0
	var wg sync.WaitGroup
	for i := 0; i < 5; i++ {
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			mu.Lock()
			for turn != i {
				cond.Wait()
			}
			fmt.Println("turn", i)
			turn++
			mu.Unlock()
			cond.Broadcast()
		}(i)
	}
	wg.Wait()
}

func misuse() {
	defer func() { fmt.Println(recover()) }()
	var wg sync.WaitGroup
	wg.Add(1)
	wg.Done()
	wg.Wait()
	wg.Add(-1)
}

func main() {
	mutexes()
	counting()
	onces()
	conds()
	misuse()
}
