// SPDX-License-Identifier: MIT
// sieve.go: primes by a chain of goroutines, one for each prime, that drops
// its multiples. The first argument says how many primes.

package main

import (
	"fmt"
	"os"
	"strconv"
)

func count(out chan<- int) {
	for n := 2; ; n++ {
		out <- n
	}
}

func drop(prime int, in <-chan int, out chan<- int) {
	for n := range in {
		if n%prime != 0 {
			out <- n
		}
	}
}

func main() {
	want := 20
	if len(os.Args) > 1 {
		n, err := strconv.Atoi(os.Args[1])
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		want = n
	}
	last, sum := 0, 0
	ch := make(chan int)
	go count(ch)
	for i := 0; i < want; i++ {
		last = <-ch
		sum += last
		if want <= 20 {
			fmt.Print(last, " ")
		}
		next := make(chan int)
		go drop(last, ch, next)
		ch = next
	}
	fmt.Printf("\n%d primes, the last is %d, their sum %d\n", want, last, sum)
}
