// SPDX-License-Identifier: MIT

// What close does to whom: buffered values first, then zero values, receivers
// woken in order, senders that panic, and range.
package main

import (
	"fmt"
	"runtime"
	"sort"
)

func drain(n, buffered int) {
	c := make(chan int, n)
	for i := 0; i < buffered; i++ {
		c <- i * i
	}
	close(c)
	fmt.Println(len(c), cap(c))
	for v := range c {
		fmt.Println("ranged", v)
	}
	v, ok := <-c
	fmt.Println(v, ok, len(c))
}

func receivers() {
	c, out := make(chan int), make(chan int)
	for i := 0; i < 5; i++ {
		go func(i int) {
			_, ok := <-c
			if ok {
				i += 100
			}
			out <- i
		}(i)
	}
	for i := 0; i < 100; i++ {
		runtime.Gosched()
	}
	c <- 1
	c <- 2
	close(c)
	var got []int
	for i := 0; i < 5; i++ {
		got = append(got, <-out)
	}
	sort.Ints(got)
	hundreds := 0
	for _, v := range got {
		hundreds += v / 100
	}
	fmt.Println("with a value:", hundreds, "without:", 5-hundreds)
}

func senders() {
	c, out := make(chan int, 1), make(chan string)
	c <- 42
	for i := 0; i < 4; i++ {
		go func(i int) {
			defer func() { out <- fmt.Sprint(recover()) }()
			if i%2 == 0 {
				c <- i
			} else {
				select {
				case c <- i:
				}
			}
		}(i)
	}
	for i := 0; i < 100; i++ {
		runtime.Gosched()
	}
	close(c)
	for i := 0; i < 4; i++ {
		fmt.Println(<-out)
	}
	fmt.Println(<-c)
	_, ok := <-c
	fmt.Println(ok)
}

func main() {
	for n := 0; n < 4; n++ {
		for buffered := 0; buffered <= n; buffered++ {
			drain(n, buffered)
		}
	}
	receivers()
	senders()
}
