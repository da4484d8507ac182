// SPDX-License-Identifier: MIT

// Workloads that other runtimes publish figures for and Go's own benchmarks
// lack. Each checks its result: a lost or doubled value ends the program.

package main

import (
	"runtime"
	"sync"
	"sync/atomic"
)

var extraBenchmarks = []benchmark{
	{name: "PingPong", run: pingPong},
	{name: "Ring", run: ring},
	{name: "FanInSelect", run: fanInSelect, granule: 4},
	{name: "SpawnIdle", run: spawnIdle, limit: 1000000},
	{name: "PrimeSieve", run: primeSieve},
	{name: "Mandelbrot", run: mandelbrot},
	{name: "Skynet", run: skynet, limit: 1000000},
	{name: "BufferedUncontended", run: bufferedUncontended},
	{name: "SpawnFinish", run: spawnFinish},
	{name: "Yield", run: yield, granule: 2},
}

func pingPong(n int) {
	a, b := make(chan int), make(chan int)
	go func() {
		for v := range a {
			b <- v + 1
		}
	}()
	for i := 0; i < n; i++ {
		a <- i
		if <-b != i+1 {
			check(false, "the answer of a ping")
		}
	}
	stopTimer()
	close(a)
}

func ring(n int) {
	const members = 100
	var c [members]chan int
	for i := range c {
		c[i] = make(chan int)
	}
	done := make(chan bool, 1)
	member := func(i int) {
		next := c[(i+1)%members]
		for v := range c[i] {
			if v < 0 {
				if i != members-1 {
					next <- v
				}
				return
			}
			if v == 0 {
				done <- true
			} else {
				next <- v - 1
			}
		}
	}
	for i := range c {
		go member(i)
	}
	resetTimer()
	c[0] <- n
	<-done
	stopTimer()
	c[0] <- -1
}

func fanInSelect(n int) {
	var c [4]chan int
	each := n / len(c)
	for i := range c {
		c[i] = make(chan int)
		go func(out chan int) {
			for v := 1; v <= each; v++ {
				out <- v
			}
		}(c[i])
	}
	sum := 0
	for i := 0; i < n; i++ {
		var v int
		select {
		case v = <-c[0]:
		case v = <-c[1]:
		case v = <-c[2]:
		case v = <-c[3]:
		}
		sum += v
	}
	check(sum == len(c)*(each*(each+1)/2), "the sum of the fan-in")
}

func spawnIdle(n int) {
	const batchMax = 100000
	for n > 0 {
		batch := n
		if batch > batchMax {
			batch = batchMax
		}
		var ready, done sync.WaitGroup
		ready.Add(batch)
		done.Add(batch)
		gate := make(chan empty)
		for i := 0; i < batch; i++ {
			go func() {
				ready.Done()
				<-gate
				done.Done()
			}()
		}
		ready.Wait()
		close(gate)
		done.Wait()
		n -= batch
	}
}

func generate(last int) chan int {
	out := make(chan int)
	go func() {
		for i := 2; i <= last; i++ {
			out <- i
		}
		close(out)
	}()
	return out
}

func filter(in chan int, prime int) chan int {
	out := make(chan int)
	go func() {
		for v := range in {
			if v%prime != 0 {
				out <- v
			}
		}
		close(out)
	}()
	return out
}

func primeSieve(n int) {
	for i := 0; i < n; i++ {
		c := generate(541)
		count, last := 0, 0
		for {
			prime, open := <-c
			if !open {
				break
			}
			count++
			last = prime
			c = filter(c, prime)
		}
		check(count == 100 && last == 541, "the hundredth prime")
	}
}

func mandelbrotRow(y int, result chan int) {
	inside := 0
	ci := float64(y)/32 - 1
	for x := 0; x < 64; x++ {
		cr := float64(x)/32 - 1.5
		zr, zi := 0.0, 0.0
		step := 0
		for step < 50 && zr*zr+zi*zi <= 4 {
			zr, zi = zr*zr-zi*zi+cr, 2*zr*zi+ci
			step++
		}
		if step == 50 {
			inside++
		}
	}
	result <- inside
}

func mandelbrot(n int) {
	const rows = 64
	expected := -1
	for i := 0; i < n; i++ {
		result := make(chan int, rows)
		for y := 0; y < rows; y++ {
			go mandelbrotRow(y, result)
		}
		sum := 0
		for y := 0; y < rows; y++ {
			sum += <-result
		}
		if expected < 0 {
			expected = sum
		}
		check(sum == expected && sum > 0, "the points of the picture")
	}
}

func skynetNode(first, size int, result chan int) {
	if size == 1 {
		result <- first
		return
	}
	children := 10
	if children > size {
		children = size
	}
	c := make(chan int)
	for i := 0; i < children; i++ {
		part := size / children
		if i < size%children {
			part++
		}
		go skynetNode(first, part, c)
		first += part
	}
	sum := 0
	for i := 0; i < children; i++ {
		sum += <-c
	}
	result <- sum
}

func skynet(n int) {
	result := make(chan int)
	go skynetNode(0, n, result)
	check(<-result == n*(n-1)/2, "the sum of the leaves")
}

func bufferedUncontended(n int) {
	c := make(chan int, 1)
	for i := 0; i < n; i++ {
		c <- i
		if <-c != i {
			check(false, "a value from a buffer")
		}
	}
}

func spawnFinish(n int) {
	const batchMax = 1000
	done := make(chan bool)
	for n > 0 {
		batch := n
		if batch > batchMax {
			batch = batchMax
		}
		left := int32(batch)
		for i := 0; i < batch; i++ {
			go func() {
				if atomic.AddInt32(&left, -1) == 0 {
					done <- true
				}
			}()
		}
		<-done
		n -= batch
	}
}

func yield(n int) {
	var wg sync.WaitGroup
	wg.Add(2)
	for i := 0; i < 2; i++ {
		go func() {
			for j := 0; j < n/2; j++ {
				runtime.Gosched()
			}
			wg.Done()
		}()
	}
	wg.Wait()
}
