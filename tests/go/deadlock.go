// SPDX-License-Identifier: MIT
// deadlock.go: all goroutines wait.

package main

func main() {
	c := make(chan int)
	go func() { c <- 1 }()
	<-c
	<-c
}
