// SPDX-License-Identifier: MIT

// How many goroutines there are, how many run at once, and what they start.
package main

import (
	"fmt"
	"runtime"
	"sync"
)

func settle(n int) {
	for runtime.NumGoroutine() > n {
		runtime.Gosched()
	}
}

func tree(depth int, leaves chan int) {
	if depth == 0 {
		leaves <- 1
		return
	}
	go tree(depth-1, leaves)
	go tree(depth-1, leaves)
}

func arguments(a int8, b uint16, c int64, d float32, e float64, f string) {
	fmt.Println(a, b, c, d, e, f)
}

func main() {
	fmt.Println(runtime.GOMAXPROCS(3) >= 1, runtime.GOMAXPROCS(0), runtime.GOMAXPROCS(2), runtime.GOMAXPROCS(-5))
	hold := make(chan int)
	for i := 0; i < 100; i++ {
		go func() { <-hold }()
	}
	fmt.Println(runtime.NumGoroutine())
	for i := 0; i < 40; i++ {
		hold <- i
	}
	settle(61)
	fmt.Println(runtime.NumGoroutine())
	close(hold)
	settle(1)
	fmt.Println(runtime.NumGoroutine())
	leaves := make(chan int)
	go tree(10, leaves)
	n := 0
	for n < 1024 {
		n += <-leaves
	}
	fmt.Println(n)
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		arguments(-5, 65535, -1<<62, 0.5, -2.25, "text")
	}()
	wg.Wait()
}
