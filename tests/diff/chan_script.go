// SPDX-License-Identifier: MIT

// Ten thousand random operations that do not block on a few channels, each
// result printed: the same generator decides in both programs.
package main

import "fmt"

var state uint64 = 12345

func random(n uint64) uint64 {
	state = state*6364136223846793005 + 1442695040888963407
	return (state >> 33) % n
}

func try(what string, f func()) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Println(what, r)
		}
	}()
	f()
}

func main() {
	var c [5]chan int
	for i := 0; i < 10000; i++ {
		k := int(random(5))
		v := int(random(1000))
		switch random(12) {
		case 0:
			if random(4) == 0 {
				n := int(random(4))
				c[k] = make(chan int, n)
				fmt.Println("make", k, n)
			}
		case 1:
			if random(4) == 0 {
				try("close", func() { close(c[k]); fmt.Println("closed", k) })
			}
		case 2:
			if random(8) == 0 {
				c[k] = nil
				fmt.Println("nil", k)
			}
		case 3, 4, 5, 6:
			try("send", func() {
				select {
				case c[k] <- v:
					fmt.Println("sent", k, v)
				default:
					fmt.Println("would block", k)
				}
			})
		case 7, 8, 9, 10:
			select {
			case x, ok := <-c[k]:
				fmt.Println("received", k, x, ok)
			default:
				fmt.Println("nothing", k)
			}
		case 11:
			fmt.Println("len", k, len(c[k]), cap(c[k]))
		}
	}
}
