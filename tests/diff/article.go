// SPDX-License-Identifier: MIT

// The first program of the article, as it is meant: a deferred function
// recovers from a send on a closed channel.
package main

import "fmt"

func send(ch chan int) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Println("Recovered:", r)
		}
	}()
	ch <- 1
	fmt.Println("not reached")
}

func main() {
	ch := make(chan int)
	close(ch)
	send(ch)
	full := make(chan int, 1)
	full <- 7
	close(full)
	send(full)
	v, ok := <-full
	fmt.Println(v, ok)
	v, ok = <-full
	fmt.Println(v, ok)
	fmt.Println("main goes on")
}
