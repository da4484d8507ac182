// SPDX-License-Identifier: MIT
// pool.go: workers take jobs from a channel; the main goroutine waits for
// results, for a worker that has given up on a job, and no longer than a
// deadline. The first argument says how many jobs.

package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"
)

type job struct{ n int }

type result struct {
	n, steps int
	err      error
}

var errHopeless = errors.New("hopeless")

// collatz is the number of steps from n to 1.
func collatz(n int) int {
	steps := 0
	for ; n != 1; steps++ {
		if n%2 == 0 {
			n /= 2
		} else {
			n = 3*n + 1
		}
	}
	return steps
}

// work panics for multiples of 1000, and says so in its result.
func work(j job) (r result) {
	r.n = j.n
	defer func() {
		if e := recover(); e != nil {
			r.err = fmt.Errorf("job %d: %w", j.n, e.(error))
		}
	}()
	if j.n%1000 == 0 {
		panic(errHopeless)
	}
	r.steps = collatz(j.n)
	return r
}

func worker(jobs <-chan job, results chan<- result, failed chan<- error,
	wg *sync.WaitGroup) {
	defer wg.Done()
	for j := range jobs {
		r := work(j)
		if r.err != nil {
			failed <- r.err
			continue
		}
		results <- r
	}
}

func main() {
	total := 3000
	if len(os.Args) > 1 {
		n, err := strconv.Atoi(os.Args[1])
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		total = n
	}
	jobs := make(chan job, 16)
	results := make(chan result, 16)
	failed := make(chan error)
	done := make(chan struct{})
	var wg sync.WaitGroup
	for i := 0; i < 8; i++ {
		wg.Add(1)
		go worker(jobs, results, failed, &wg)
	}
	go func() {
		for n := 1; n <= total; n++ {
			jobs <- job{n}
		}
		close(jobs)
		wg.Wait()
		close(done)
	}()

	deadline := time.After(time.Minute)
	good, bad, steps, longest := 0, 0, 0, result{}
	add := func(r result) {
		good++
		steps += r.steps
		if r.steps > longest.steps ||
			r.steps == longest.steps && r.n < longest.n {
			longest = r
		}
	}
loop:
	for {
		select {
		case r := <-results:
			add(r)
		case err := <-failed:
			if !errors.Is(err, errHopeless) {
				panic(err)
			}
			bad++
		case <-deadline:
			fmt.Println("too late")
			os.Exit(1)
		case <-done:
			break loop
		}
	}
	close(results)
	for r := range results {
		add(r)
	}
	fmt.Printf("%d jobs done, %d given up, %d steps\n", good, bad, steps)
	fmt.Printf("the longest is %d with %d steps\n", longest.n, longest.steps)

	select {
	case <-make(chan int):
		fmt.Println("nobody sends")
	case <-time.After(10 * time.Millisecond):
		fmt.Println("nobody sent for 10 ms")
	}
}
