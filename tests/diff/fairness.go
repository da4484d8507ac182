// SPDX-License-Identifier: MIT

// How select shares among its cases: counts in buckets of an eighth. A fair
// choice's are 8 standard deviations from the edges of theirs.
package main

import "fmt"

func bucket(n, total int) int { return (8*n + total/2) / total }

func closedOnes() {
	var count [4]int
	var c [4]chan int
	for i := range c {
		c[i] = make(chan int)
		close(c[i])
	}
	for i := 0; i < 20000; i++ {
		select {
		case <-c[0]:
			count[0]++
		case <-c[1]:
			count[1]++
		case <-c[2]:
			count[2]++
		case <-c[3]:
			count[3]++
		}
	}
	for _, n := range count {
		fmt.Println("closed", bucket(n, 20000))
	}
}

func sendOrReceive() {
	sent := 0
	for round := 0; round < 50; round++ {
		c := make(chan int, 1000)
		for i := 0; i < 500; i++ {
			c <- i
		}
		for i := 0; i < 400; i++ {
			select {
			case c <- 1:
				sent++
			case <-c:
			}
		}
	}
	fmt.Println("sent", bucket(sent, 20000))
}

func sameTwice() {
	c, done := make(chan int), make(chan bool)
	ones := 0
	go func() {
		for i := 0; i < 4000; i++ {
			ones += <-c
		}
		done <- true
	}()
	for i := 0; i < 4000; i++ {
		select {
		case c <- 0:
		case c <- 1:
		}
	}
	<-done
	fmt.Println("ones", bucket(ones, 4000))
}

func readyBeforeDefault() {
	c := make(chan int, 1)
	defaults := 0
	for i := 0; i < 1000; i++ {
		select {
		case c <- i:
		default:
			defaults++
		}
		select {
		case <-c:
		default:
			defaults++
		}
	}
	fmt.Println("defaults", defaults)
}

func main() {
	closedOnes()
	sendOrReceive()
	sameTwice()
	readyBeforeDefault()
}
