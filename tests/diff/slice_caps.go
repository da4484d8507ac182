// SPDX-License-Identifier: MIT
// slice_caps: the capacities that append gives, for elements of many sizes,
// one at a time and several at once.
package main

import "fmt"

// Through a pointer, so that the compiler cannot keep the array elsewhere.
//
//go:noinline
func push[T any](s *[]T, v T) {
	*s = append(*s, v)
}

func row[T any](size, steps int) {
	var v T
	s := new([]T)
	fmt.Printf("%d:", size)
	for last := 0; steps > 0; {
		push(s, v)
		if cap(*s) != last {
			last = cap(*s)
			steps--
			fmt.Printf(" %d", last)
		}
	}
	fmt.Println()
}

//go:noinline
func several[T any](s, t []T) []T {
	return append(s, t...)
}

func jumps[T any](size int) {
	fmt.Printf("%d jumps:", size)
	for old := 0; old < 3000; old += 1 + old/3 {
		for more := 1; more < 6000; more += 1 + more*2/3 {
			fmt.Printf(" %d", cap(several(make([]T, old), make([]T, more))))
		}
	}
	fmt.Println()
}

func main() {
	row[[1]byte](1, 26)
	row[[2]byte](2, 24)
	row[[3]byte](3, 24)
	row[int32](4, 24)
	row[int64](8, 26)
	row[[3]int32](12, 24)
	row[[2]int64](16, 24)
	row[[3]int64](24, 24)
	row[[4]int64](32, 20)
	row[[5]int64](40, 20)
	row[[100]byte](100, 20)
	row[[5000]byte](5000, 10)
	jumps[byte](1)
	jumps[int64](8)
	jumps[[3]int64](24)
	jumps[[5]int64](40)
}
