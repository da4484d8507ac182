// SPDX-License-Identifier: MIT

// When deferred calls run: at the end of a block of code, in what order, with
// what arguments, on every way out, and at the end of a goroutine.
package main

import (
	"fmt"
	"runtime"
)

func say(s string) { fmt.Println("deferred", s) }

func order() {
	defer say("first")
	defer say("second")
	fmt.Println("body")
}

func ways(n int) (result int) {
	defer func() { fmt.Println("left with", n) }()
	if n == 0 {
		return 10
	}
	for i := 0; i < 3; i++ {
		if i == n {
			return 20 + i
		}
	}
	return 30
}

func goexit(done chan string) {
	defer func() { done <- "ended" }()
	defer say("in goexit")
	func() {
		defer say("inside")
		runtime.Goexit()
	}()
	done <- "not reached"
}

func recovered(n int) string {
	text := "none"
	func() {
		defer func() {
			if r := recover(); r != nil {
				text = fmt.Sprint(r)
			}
		}()
		defer say("on the way")
		if n > 0 {
			panic(fmt.Sprint("panic ", n))
		}
	}()
	return text
}

func main() {
	order()
	for n := 0; n < 4; n++ {
		fmt.Println(ways(n))
	}
	done := make(chan string)
	go goexit(done)
	fmt.Println(<-done)
	fmt.Println(recovered(0))
	fmt.Println(recovered(1))
}
