// SPDX-License-Identifier: MIT
// trace.go: ends in a panic, with another goroutine parked.

package main

type T struct{ c chan int }

//go:noinline
func (t *T) wait(ready chan bool) {
	ready <- true
	<-t.c
}

//go:noinline
func index(a []int, i int) int {
	return a[i]
}

func main() {
	t := &T{make(chan int)}
	ready := make(chan bool)
	go t.wait(ready)
	<-ready
	func() {
		println(größe𝔸(7))
	}()
}

//go:noinline
func größe𝔸(i int) int {
	return index([]int{1, 2, 3}, i)
}
