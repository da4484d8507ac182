// SPDX-License-Identifier: MIT

// A token goes round rings of goroutines; who has it when it runs out.
package main

import "fmt"

func node(i int, in, out chan int, last chan [2]int) {
	visits := 0
	for token := range in {
		visits++
		if token == 0 {
			last <- [2]int{i, visits}
			continue
		}
		out <- token - 1
	}
	close(out)
}

func ring(n, buffer, token int) {
	last := make(chan [2]int)
	first := make(chan int, buffer)
	in := first
	for i := 0; i < n; i++ {
		out := make(chan int, buffer)
		go node(i, in, out, last)
		in = out
	}
	// The last of them hands on to the first through this goroutine.
	rounds := 0
	closed := make(chan bool)
	go func() {
		for v := range in {
			rounds++
			first <- v
		}
		closed <- true
	}()
	first <- token
	who := <-last
	close(first)
	<-closed
	fmt.Println(n, buffer, token, "ends at", who[0], "visited", who[1], "rounds", rounds)
}

func main() {
	for _, n := range []int{1, 2, 7, 50, 503} {
		for buffer := 0; buffer < 3; buffer++ {
			ring(n, buffer, 1000+n*buffer)
		}
	}
}
