// SPDX-License-Identifier: MIT

// A generator, a growing chain of filters, a bounded set of workers, and a
// merge: primes, what is made of them, in order and out of order.
package main

import (
	"fmt"
	"sync"
)

func primes(n int) []int {
	var list []int
	c, stop := make(chan int), make(chan bool)
	go func(c chan int) {
		for i := 2; ; i++ {
			select {
			case c <- i:
			case <-stop:
				return
			}
		}
	}(c)
	for len(list) < n {
		p := <-c
		list = append(list, p)
		next := make(chan int)
		go func(in, out chan int, p int) {
			for {
				select {
				case v := <-in:
					if v%p == 0 {
						continue
					}
					select {
					case out <- v:
					case <-stop:
						return
					}
				case <-stop:
					return
				}
			}
		}(c, next, p)
		c = next
	}
	close(stop)
	return list
}

type result struct {
	index int
	value uint64
}

func power(p int) uint64 {
	v := uint64(1)
	for i := 0; i < p; i++ {
		v = v*uint64(p) + uint64(i)
	}
	return v
}

func workers(list []int, limit int) {
	jobs, results := make(chan int), make(chan result)
	var wg sync.WaitGroup
	for i := 0; i < limit; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for j := range jobs {
				results <- result{j, power(list[j])}
			}
		}()
	}
	go func() {
		for j := range list {
			jobs <- j
		}
		close(jobs)
		wg.Wait()
		close(results)
	}()
	sorted := make([]uint64, len(list))
	n := 0
	for r := range results {
		sorted[r.index] = r.value
		n++
	}
	sum := uint64(0)
	for i, v := range sorted {
		sum = sum*31 + v
		if i%20 == 0 {
			fmt.Println(list[i], v)
		}
	}
	fmt.Println(limit, n, sum)
}

func main() {
	list := primes(100)
	fmt.Println(list[99])
	for _, limit := range []int{1, 3, 16} {
		workers(list, limit)
	}
}
